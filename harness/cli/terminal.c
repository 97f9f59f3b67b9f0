/* SPDX-License-Identifier: MIT */
/* Manners: results go to stdout and are the same wherever it leads, but for colour and width; stderr is for people. */
#include "harness/cli/cli.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define WIDTH_DEFAULT 100U
#define WIDTH_MIN 40U
#define WIDTH_MAX 240U
#define PROGRESS_AFTER_NS (2 * UINT64_C(1000000000))
#define PROGRESS_LINE_EVERY_NS (30 * UINT64_C(1000000000))
#define PROGRESS_LINE_EVERY_MS_MAX UINT64_C(86400000)
#define PROGRESS_EVERY_NS (UINT64_C(100000000))

static bool is_on(const char *value)
{
    return value != NULL && *value != '\0' && strcmp(value, "0") != 0;
}

/* --color, NO_COLOR, CLICOLOR_FORCE and FORCE_COLOR, CLICOLOR, then whether it is a terminal that can. */
static bool wants_colour(const struct cli *cli)
{
    const char *no_color = getenv("NO_COLOR");
    const char *clicolor = getenv("CLICOLOR");
    const char *term = getenv("TERM");
    if (cli_has(cli, CLI_OPTION_COLOR) || cli_has(cli, CLI_OPTION_NO_COLOR)) {
        return !cli_has(cli, CLI_OPTION_NO_COLOR);
    }
    if (no_color != NULL && *no_color != '\0') {
        return false;
    }
    if (is_on(getenv("CLICOLOR_FORCE")) || is_on(getenv("FORCE_COLOR"))) {
        return true;
    }
    if (clicolor != NULL && strcmp(clicolor, "0") == 0) {
        return false;
    }
    return isatty(STDOUT_FILENO) == 1 && term != NULL && strcmp(term, "dumb") != 0;
}

static unsigned find_width(const struct cli *cli)
{
    uint64_t width = WIDTH_DEFAULT;
    const char *columns = getenv("COLUMNS");
    struct winsize size;
    if (cli_has(cli, CLI_OPTION_WIDTH)) {
        width = cli->arguments.values[CLI_OPTION_WIDTH].number;
    } else if (isatty(STDOUT_FILENO) == 1 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
               size.ws_col > 0) {
        width = size.ws_col;
    } else if (columns != NULL && !cli_number(columns, &width)) {
        width = WIDTH_DEFAULT;
    }
    width = width < WIDTH_MIN ? WIDTH_MIN : width;
    return (unsigned)(width < WIDTH_MAX ? width : WIDTH_MAX);
}

void cli_look_at_terminal(struct cli *cli)
{
    cli->with_colour = wants_colour(cli);
    cli->width = find_width(cli);
    cli->is_terminal = isatty(STDOUT_FILENO) == 1;
}

uint64_t cli_clock(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static uint64_t line_every_ns(void)
{
    const char *every = getenv("REHEARSE_PROGRESS_EVERY");
    uint64_t milliseconds = 0;
    bool is_given = every != NULL && cli_number(every, &milliseconds) && milliseconds > 0 &&
                    milliseconds <= PROGRESS_LINE_EVERY_MS_MAX;
    return is_given ? milliseconds * UINT64_C(1000000) : PROGRESS_LINE_EVERY_NS;
}

uint64_t cli_clock_after(uint64_t number, uint64_t ns)
{
    uint64_t now = cli_clock();
    return number > (UINT64_MAX - now) / ns ? UINT64_MAX : now + number * ns;
}

void cli_progress_start(struct cli_progress *progress, const char *what)
{
    *progress = (struct cli_progress){.what = what, .started = cli_clock()};
    progress->is_terminal = isatty(STDERR_FILENO) == 1;
    progress->line_every_ns = line_every_ns();
    progress->next =
        progress->started + (progress->is_terminal ? PROGRESS_AFTER_NS : progress->line_every_ns);
}

/* ", about 12 %, 3 min left": what has been explored says how long the rest takes. */
static void print_estimate(const struct cli_progress *progress, uint64_t elapsed, char *text,
                           size_t capacity)
{
    *text = '\0';
    if (progress->share <= 0.0 || progress->share > 1.0) {
        return;
    }
    double left = (double)elapsed * (1.0 - progress->share) / progress->share / 1e9;
    const char *unit = left < 120.0 ? "s" : left < 7200.0 ? "min" : left < 172800.0 ? "h" : "days";
    double of = left < 120.0 ? 1.0 : left < 7200.0 ? 60.0 : left < 172800.0 ? 3600.0 : 86400.0;
    (void)snprintf(text, capacity, ", about %.3g %%, %.0f %s left", 100.0 * progress->share,
                   left / of, unit);
}

/* A line that wraps cannot be wiped away: of what is too long the beginning of the name is left out, and then the end of
 * all. */
static void print_fitting(const struct cli_progress *progress, const char *before,
                          const char *behind)
{
    struct winsize size;
    bool has_size = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
    size_t width = has_size ? (size_t)size.ws_col - 1 : WIDTH_DEFAULT;
    size_t others = strlen(before) + strlen(behind);
    size_t length = strlen(progress->what);
    size_t room = width > others ? width - others : 0;
    const char *what = progress->what + (length > room ? length - room : 0);
    while (((unsigned char)*what & 0xC0U) == 0x80) { /* not in the middle of a character */
        what++;
    }
    size_t took = strlen(before) + strlen(what);
    (void)fprintf(stderr, "\r\x1b[K%s%s%.*s", before, what, (int)(width > took ? width - took : 0),
                  behind);
}

void cli_progress_tell(struct cli_progress *progress, uint64_t runs)
{
    uint64_t now = cli_clock();
    char before[48] = "";
    char estimate[64];
    char behind[128];
    bool is_due = progress->is_terminal || progress->silent_since == NULL
                      ? now >= progress->next
                      : now >= atomic_load(progress->silent_since) + progress->line_every_ns;
    if (!is_due) {
        return;
    }
    uint64_t elapsed = now - progress->started;
    if (progress->number > 0) {
        (void)snprintf(before, sizeof before, "%zu/%zu ", progress->number, progress->count);
    }
    print_estimate(progress, elapsed, estimate, sizeof estimate);
    (void)snprintf(behind, sizeof behind, ": %llu run%s, %llu s%s", (unsigned long long)runs,
                   runs == 1 ? "" : "s", (unsigned long long)(elapsed / UINT64_C(1000000000)),
                   estimate);
    if (progress->is_terminal) {
        print_fitting(progress, before, behind);
    } else {
        (void)fprintf(stderr, "%s%s%s\n", before, progress->what, behind);
    }
    (void)fflush(stderr);
    if (progress->silent_since != NULL) {
        atomic_store(progress->silent_since, now);
    }
    progress->next = now + (progress->is_terminal ? PROGRESS_EVERY_NS : progress->line_every_ns);
    progress->is_shown = progress->is_terminal;
}

void cli_progress_end(struct cli_progress *progress)
{
    if (progress->is_shown) {
        (void)fputs("\r\x1b[K", stderr);
        (void)fflush(stderr);
    }
    progress->is_shown = false;
}

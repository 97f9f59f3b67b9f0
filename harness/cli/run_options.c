/* SPDX-License-Identifier: MIT */
/* Whatever would be ignored, or would destroy something, is refused before anything is played. */
#include "harness/cli/run_options.h"

#include "harness/cli/output.h"
#include "harness/document/diagnostic.h"
#include "harness/scenario/words.h"

#include <string.h>
#include <unistd.h>

#define JOBS_MAX 256u
#define SWARM_MAX 1000000u

/* --jobs */
static bool read_jobs(const struct cli *cli, uint32_t *ret_jobs)
{
    const char *text = cli_text(cli, CLI_OPTION_JOBS);
    uint64_t jobs = 1;
    if (text != NULL && strcmp(text, "auto") != 0 &&
        (!cli_number(text, &jobs) || jobs > JOBS_MAX)) {
        (void)cli_complain(cli, CLI_EXIT_USAGE, "'--jobs' takes a number up to %u, or auto, not %s",
                           JOBS_MAX, rh_quote(text, strlen(text)).text);
        return false;
    }
    if (text != NULL && (jobs == 0 || strcmp(text, "auto") == 0)) {
        long cores = sysconf(_SC_NPROCESSORS_ONLN);
        jobs = cores < 1 ? 1 : cores > (long)JOBS_MAX ? JOBS_MAX : (uint64_t)cores;
    }
    *ret_jobs =
        cli_has(cli, CLI_OPTION_LIVE) ? 1 : (uint32_t)jobs; /* its nodes share the processors */
    return true;
}

static bool knows_strategy(const char *strategy)
{
    uint64_t depth;
    size_t length = cli_split_strategy(strategy, &depth);
    for (size_t i = 0; i < RH_PLAN_STRATEGY_COUNT; i++) {
        const char *word = rh_plan_strategy_words[i];
        if (strlen(word) == length && strncmp(word, strategy, length) == 0) {
            return true;
        }
    }
    return false;
}

/* --strategy */
static bool check_strategy(const struct cli *cli)
{
    const char *strategy = cli_text(cli, CLI_OPTION_STRATEGY);
    char all[160] = "";
    size_t at = 0;
    if (strategy == NULL || knows_strategy(strategy)) {
        return true;
    }
    if (strncmp(strategy, "pct:", 4) == 0) {
        (void)cli_complain(cli, CLI_EXIT_USAGE,
                           "the depth in 'pct:DEPTH' is a number from 1 to %u, not %s",
                           CLI_DEPTH_MAX, rh_quote(strategy + 4, strlen(strategy + 4)).text);
        return false;
    }
    for (size_t i = 0; i < RH_PLAN_STRATEGY_COUNT; i++) {
        at += (size_t)snprintf(all + at, sizeof all - at, "%s%s",
                               i == 0                            ? ""
                               : i == RH_PLAN_STRATEGY_COUNT - 1 ? " and "
                                                                 : ", ",
                               rh_plan_strategy_words[i]);
    }
    (void)cli_complain(cli, CLI_EXIT_USAGE, "there is no strategy %s; there are %s",
                       rh_quote(strategy, strlen(strategy)).text, all);
    return false;
}

/* --budget-time: "90s", "5m", "500ms" */
static bool read_time(const struct cli *cli, uint64_t *ret_ends_at)
{
    static const struct {
        const char *unit;
        uint64_t ns;
    } units[] = {{"ms", 1000000}, {"s", 1000000000}, {"m", 60000000000}, {"h", 3600000000000}};
    const char *text = cli_text(cli, CLI_OPTION_BUDGET_TIME);
    if (text == NULL) {
        return true;
    }
    char digits[8] = "";
    size_t length = strspn(text, "0123456789");
    for (size_t i = 0; i < sizeof units / sizeof units[0] && length < sizeof digits; i++) {
        uint64_t number = 0;
        memcpy(digits, text, length);
        if (strcmp(text + length, units[i].unit) == 0 && cli_number(digits, &number) &&
            number > 0) {
            *ret_ends_at = cli_clock_after(number, units[i].ns);
            return true;
        }
    }
    (void)cli_complain(cli, CLI_EXIT_USAGE,
                       "'--budget-time' takes a time such as 90s, 5m or 500ms, not %s",
                       rh_quote(text, strlen(text)).text);
    return false;
}

static bool are_numbers_in_range(const struct cli *cli)
{
    const struct cli_value *values = cli->arguments.values;
    const struct cli_value *swarm = &values[CLI_OPTION_SWARM];
    if (cli_has(cli, CLI_OPTION_RUNS) && values[CLI_OPTION_RUNS].number == 0) {
        (void)cli_complain(cli, CLI_EXIT_USAGE,
                           "'--runs' takes a number from 1 up: no run shows nothing");
        return false;
    }
    if (values[CLI_OPTION_SKIP_CODE].number > 255) {
        (void)cli_complain(cli, CLI_EXIT_USAGE, "'--skip-code' takes a number up to 255");
        return false;
    }
    if (swarm->is_set && (swarm->number == 0 || swarm->number > SWARM_MAX)) {
        (void)cli_complain(cli, CLI_EXIT_USAGE, "'--swarm' takes a number from 1 to %u", SWARM_MAX);
        return false;
    }
    return true;
}

static bool go_together(const struct cli *cli)
{
    static const char by_the_world[] = ": what a live run does is not chosen";
    static const char of_plans[] = ": each plan is a scenario of its own";
    static const struct {
        enum cli_option one;
        enum cli_option other;
        const char *why;
    } pairs[] = {
        {CLI_OPTION_CHECKPOINT, CLI_OPTION_CHECK_DETERMINISM, ""},
        {CLI_OPTION_RESUME, CLI_OPTION_CHECK_DETERMINISM, ""},
        {CLI_OPTION_LIVE, CLI_OPTION_CHECK_DETERMINISM, by_the_world},
        {CLI_OPTION_LIVE, CLI_OPTION_CHECKPOINT, by_the_world},
        {CLI_OPTION_LIVE, CLI_OPTION_RESUME, by_the_world},
        {CLI_OPTION_LIVE, CLI_OPTION_STRATEGY, by_the_world},
        {CLI_OPTION_SWARM, CLI_OPTION_CHECKPOINT, of_plans},
        {CLI_OPTION_SWARM, CLI_OPTION_RESUME, of_plans},
        {CLI_OPTION_SWARM, CLI_OPTION_TRACE, of_plans},
        {CLI_OPTION_SWARM, CLI_OPTION_STRATEGY, ": a plan says how it is explored"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        if (cli_has(cli, pairs[i].one) && cli_has(cli, pairs[i].other)) {
            (void)cli_complain(cli, CLI_EXIT_USAGE, "'--%s' and '--%s' do not go together%s",
                               cli_option_name(pairs[i].one), cli_option_name(pairs[i].other),
                               pairs[i].why);
            return false;
        }
    }
    return true;
}

bool cli_run_options_read(const struct cli *cli, struct cli_playing *all)
{
    return check_strategy(cli) && are_numbers_in_range(cli) && go_together(cli) &&
           read_jobs(cli, &all->jobs) && read_time(cli, &all->ends_at);
}

/* What stands in one file can be of one scenario. */
static bool is_for_one(const struct cli *cli, const struct cli_files *files)
{
    static const enum cli_option all[] = {CLI_OPTION_TRACE, CLI_OPTION_CHECKPOINT,
                                          CLI_OPTION_RESUME};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (cli_has(cli, all[i]) && files->count != 1) {
            (void)cli_complain(cli, CLI_EXIT_USAGE, "'--%s' is for one scenario, not %zu",
                               cli_option_name(all[i]), files->count);
            return false;
        }
    }
    return true;
}

/* Collect what is written under a name that was given. */
static size_t list_places(const struct cli *cli, const char **places)
{
    const struct cli_value *reports = &cli->arguments.values[CLI_OPTION_REPORT];
    size_t count = 0;
    if (cli_has(cli, CLI_OPTION_TRACE)) {
        places[count++] = cli_text(cli, CLI_OPTION_TRACE);
    }
    if (cli_has(cli, CLI_OPTION_CHECKPOINT)) {
        places[count++] = cli_text(cli, CLI_OPTION_CHECKPOINT);
    }
    for (size_t i = 0; i < reports->count; i++) {
        const char *equals = strchr(reports->repeated[i], '=');
        if (equals != NULL && strcmp(equals, "=-") != 0) {
            places[count++] = equals + 1;
        }
    }
    return count;
}

static bool is_taken(const struct cli *cli, const char *place, const char *const *others,
                     size_t count, const char *why)
{
    for (size_t i = 0; i < count; i++) {
        if (cli_is_same_file(place, others[i])) {
            (void)cli_complain(cli, CLI_EXIT_USAGE, "%s: %s", place, why);
            return true;
        }
    }
    return false;
}

bool cli_run_options_suit(const struct cli *cli, const struct cli_files *files)
{
    const char *places[CLI_REPEATED_MAX + 2];
    size_t count = list_places(cli, places);
    bool suit = is_for_one(cli, files);
    for (size_t i = 0; suit && i < count; i++) {
        suit = !is_taken(cli, places[i], places, i, "two things cannot be written to one file") &&
               !is_taken(cli, places[i], (const char *const *)files->paths, files->count,
                         "is a scenario to be played, over which nothing is written");
    }
    /* Nobody wants to hear of it when an hour has been played. Reports are opened before that anyway. */
    static const enum cli_option written[] = {CLI_OPTION_TRACE, CLI_OPTION_CHECKPOINT};
    for (size_t i = 0; suit && i < sizeof written / sizeof *written; i++) {
        suit = !cli_has(cli, written[i]) || cli_output_can(cli, cli_text(cli, written[i]));
    }
    return suit;
}

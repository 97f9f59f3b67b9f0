/* SPDX-License-Identifier: MIT */
/*
 * The other build may be of any version: all that is asked of it is that `run` plays a file and says by its exit code what came
 * of it. What it cannot read does not hold there. It gets no input and says nothing, and what it writes goes with the folder.
 */
#include "harness/cli/against.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOT_FOUND_CODE 127

bool cli_against_open(struct cli_against *against, const struct cli *cli)
{
    const char *base = getenv("TMPDIR");
    *against = (struct cli_against){
        .cli = cli, .program = cli_text(cli, CLI_OPTION_AGAINST), .folder = ""};
    if (against->program == NULL) {
        return true;
    }
    base = base == NULL || strlen(base) > 36 ? "/tmp" : base;
    (void)snprintf(against->folder, sizeof against->folder, "%s/rehearse-against-XXXXXX", base);
    if (mkdtemp(against->folder) == NULL) {
        (void)cli_complain(cli, CLI_EXIT_INTERNAL, "%s: %s", against->folder, strerror(errno));
        against->folder[0] = '\0';
        return false;
    }
    (void)snprintf(against->file, sizeof against->file, "%s/a.yaml", against->folder);
    return true;
}

void cli_against_close(struct cli_against *against)
{
    if (against->folder[0] != '\0') {
        (void)unlink(against->file);
        (void)rmdir(against->folder);
    }
    against->folder[0] = '\0';
}

/* Only what may be called between fork and exec. */
static void become(const struct cli_against *against)
{
    int nothing = open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3; fd++) {
        if (nothing < 0 || dup2(nothing, fd) != fd) {
            _exit(NOT_FOUND_CODE);
        }
    }
    (void)execlp(against->program, against->program, "run", "--no-shrink", "--no-color",
                 "--trace-dir", "/dev/null", against->file, (char *)NULL);
    _exit(NOT_FOUND_CODE);
}

static int ask(const struct cli_against *against)
{
    int state = 0;
    pid_t pid = fork();
    if (pid == 0) {
        become(against);
    }
    while (pid > 0 && waitpid(pid, &state, 0) < 0) {
        if (errno != EINTR) {
            return NOT_FOUND_CODE;
        }
    }
    return pid > 0 && WIFEXITED(state) ? WEXITSTATUS(state) : pid > 0 ? -1 : NOT_FOUND_CODE;
}

bool cli_against_holds(void *self, const char *text, size_t length)
{
    struct cli_against *against = self;
    if (against->is_out_of_order ||
        !cli_write_file(against->cli, against->file, (const uint8_t *)text, length)) {
        against->is_out_of_order = true;
        return false;
    }
    int code = ask(against);
    if (code == NOT_FOUND_CODE) {
        against->is_out_of_order = true;
        (void)cli_complain(against->cli, CLI_EXIT_USAGE, "%s: cannot be run", against->program);
    }
    return code == CLI_EXIT_HELD || code == CLI_EXIT_INCONCLUSIVE;
}

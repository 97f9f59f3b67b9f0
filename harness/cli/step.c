/* SPDX-License-Identifier: MIT */
/*
 * Standing still in front of a step. What is about to happen is read from the recording, which the run follows; the state
 * is that of the run. Commands come from stdin, so that a script can give them, too; when they end, the run goes on.
 */
#include "harness/cli/step.h"

#include "harness/debug/stop.h"
#include "harness/debug/view.h"
#include "harness/trace/print.h"
#include "harness/trace/reader.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct cli_stepper {
    struct rh_trace_reader reader;
    uint64_t at;   /**< the step to stop in front of; 0: none */
    uint64_t last; /**< the step that was looked at last */
    bool asks;
    bool has_left;
};

enum rh_status cli_step_open(const struct cli *cli, const uint8_t *bytes, size_t size,
                             struct cli_stepper **ret_stepper)
{
    *ret_stepper = NULL;
    if (!cli_has(cli, CLI_OPTION_AT) && !cli_has(cli, CLI_OPTION_STEP)) {
        return RH_OK;
    }
    struct cli_stepper *stepper = calloc(1, sizeof *stepper);
    if (stepper == NULL) {
        return RH_NO_MEMORY;
    }
    stepper->at = cli_has(cli, CLI_OPTION_AT) ? cli->arguments.values[CLI_OPTION_AT].number : 1;
    stepper->asks = cli_has(cli, CLI_OPTION_STEP);
    *ret_stepper = stepper;
    return rh_trace_open(&stepper->reader, NULL, bytes, size);
}

void cli_step_close(struct cli_stepper *stepper)
{
    if (stepper != NULL) {
        rh_trace_close(&stepper->reader);
        free(stepper);
    }
}

/* What the recording says of a step; the names of later ones are known from reading on. */
static void print_step(struct cli_stepper *stepper, uint64_t step)
{
    struct rh_print_names names = {rh_trace_print_name, &stepper->reader};
    struct rh_trace_item item;
    char line[512];
    rh_trace_rewind(&stepper->reader);
    while (rh_trace_next(&stepper->reader, &item) == RH_OK && item.step <= step) {
        if (item.step == step && rh_trace_matters(&item)) {
            (void)rh_trace_print_line(&item, &names, line, sizeof line);
            (void)printf("> %s\n", line);
        }
    }
}

static void print_commands(void)
{
    (void)printf("  Enter     this step, and stand still again\n"
                 "  NUMBER    go on to this step\n"
                 "  c         go on to the end\n"
                 "  q         leave the run here\n"
                 "  w         every actor, and what may happen\n"
                 "  a NAME    one actor: its mailbox, links and monitors\n"
                 "  p         the signals and timers that wait\n"
                 "  h         these commands\n");
}

static void print_actor(struct rh_world *world, const char *name)
{
    if (!rh_debug_view_actor(world, name, stdout)) {
        (void)printf("there is no live actor '%s'\n", name);
    }
}

/* Carry out a command; true: the run goes on. */
static bool obey(struct cli_stepper *stepper, struct rh_world *world, char *line)
{
    uint64_t number = 0;
    line[strcspn(line, "\r\n")] = '\0';
    if (line[0] == '\0' || strcmp(line, "n") == 0) {
        stepper->at = stepper->last + 1;
        return true;
    }
    if (cli_number(line, &number)) {
        stepper->at = number;
        if (number <= stepper->last) {
            (void)printf("step %" PRIu64 " is over: a run goes forward only\n", number);
        }
        return number > stepper->last;
    }
    if (strcmp(line, "c") == 0) {
        stepper->at = 0;
        return true;
    }
    if (strcmp(line, "q") == 0) {
        stepper->at = 0;
        stepper->has_left = true;
        return true;
    }
    if (strcmp(line, "w") == 0) {
        rh_debug_view(world, stdout);
    } else if (strcmp(line, "p") == 0) {
        rh_debug_view_pending(world, stdout);
    } else if (strncmp(line, "a ", 2) == 0) {
        print_actor(world, line + 2);
    } else {
        print_commands();
    }
    return false;
}

static void ask(struct cli_stepper *stepper, struct rh_world *world)
{
    char line[256];
    do {
        (void)printf("step %" PRIu64 "> ", stepper->last);
        (void)fflush(stdout);
        if (fgets(line, sizeof line, stdin) == NULL) {
            (void)putchar('\n');
            stepper->at = 0;
            return;
        }
    } while (!obey(stepper, world, line));
}

bool cli_step_has_left(const struct cli_stepper *stepper)
{
    return stepper != NULL && stepper->has_left;
}

void cli_step_before(struct cli_stepper *stepper, struct rh_world *world)
{
    uint64_t step = rh_world_steps(world) + 1;
    if (step != stepper->at || step == stepper->last) {
        return;
    }
    stepper->last = step;
    rh_debug_stop(world, &stepper->at);
    if (stepper->asks) {
        print_step(stepper, step);
        ask(stepper, world);
    } else if (stepper->at == step) { /* no debugger has other plans */
        rh_debug_view(world, stdout);
        print_step(stepper, step);
    }
}

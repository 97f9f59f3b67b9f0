/* SPDX-License-Identifier: MIT */
/* A failed assertion is a bug of ours or of an actor under test. Whoever sees it needs the run, so the hook prints the
 * scenario, the seed, the step, the time and the last events, and lets the trace reach its file before the process ends. */
#include "harness/cli/cli.h"

#include "harness/trace/print.h"
#include "harness/trace/trace.h"

#include <rehearse/panic.h>

#include <unistd.h>

#define LINES 20U
#define LINES_BYTES 8192

static const char *program_name = "rehearse";

static void on_panic(const char *file, int line, const char *text)
{
    static char lines[LINES_BYTES];
    struct rh_trace_writer *writer = rh_trace_current();
    (void)fflush(stdout);
    (void)fprintf(stderr, "\n%s: internal error: %s:%d: %s does not hold\n", program_name, file,
                  line, text);
    if (writer != NULL) {
        char time[40];
        rh_trace_print_time(rh_trace_now(writer), time, sizeof time);
        const char *path = rh_trace_path(writer);
        (void)fprintf(stderr, "%s: %s%sseed 0x%llx, step %llu, virtual time %s; the last events:\n",
                      program_name, path == NULL ? "" : path, path == NULL ? "" : ", ",
                      (unsigned long long)rh_trace_seed(writer),
                      (unsigned long long)rh_trace_step(writer), time);
        rh_trace_print_last(writer, LINES, lines, sizeof lines);
        (void)fputs(lines, stderr);
        rh_trace_flush(writer);
    }
    (void)fflush(stderr);
    _exit(CLI_EXIT_INTERNAL);
}

void cli_panic_watch(const char *name)
{
    program_name = name;
    (void)rh_panic_hook_set(on_panic);
}

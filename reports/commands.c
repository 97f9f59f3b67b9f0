/* SPDX-License-Identifier: MIT */
/* What all runs together show is shown by all of them again, and by no trace; and with the options of this time. One run comes
 * again by its strategy and, at random, its seed. */
#include "reports/commands.h"

#include <string.h>

const char *report_command_purpose(enum report_command which)
{
#define X(identifier, purpose) purpose,
    static const char *const purposes[] = {REPORT_COMMAND_MAP(X)};
#undef X
    return (unsigned)which < REPORT_COMMAND_COUNT ? purposes[which] : "";
}

static void put(FILE *out, const struct rh_report *report, const char *verb, const char *operand)
{
    rh_report_quoted(out, report->command != NULL ? report->command : "rehearse");
    (void)fprintf(out, " %s ", verb);
    rh_report_quoted(out, operand);
}

static void put_run(FILE *out, const struct rh_report *report, const struct rh_result *result)
{
    put(out, report, "run", result->path);
    if (result->is_of_no_run && report->options != NULL) {
        (void)fprintf(out, " %s", report->options);
    }
    if (!result->is_of_no_run) {
        (void)fprintf(out, " --strategy %s", result->strategy);
    }
    if (!result->is_of_no_run && strcmp(result->strategy, "random") == 0) {
        (void)fprintf(out, " --seed 0x%llx --runs 1", (unsigned long long)result->seed);
    }
}

bool report_command(FILE *out, const struct rh_report *report, const struct rh_report_entry *entry,
                    enum report_command which)
{
    const struct rh_result *result = entry->result;
    const bool of_all = result->is_of_no_run;
    const bool has_trace = entry->trace_path != NULL && !of_all;
    const bool can_run = result->path != NULL && (of_all || result->strategy != NULL);
    switch (which) {
    case REPORT_COMMAND_REPLAY:
        if (has_trace) {
            put(out, report, "replay", entry->trace_path);
        }
        return has_trace;
    case REPORT_COMMAND_SHOW:
        if (has_trace) {
            put(out, report, "trace show", entry->trace_path);
        }
        return has_trace;
    case REPORT_COMMAND_EXPLAIN:
        if (entry->shrunk_path != NULL) {
            put(out, report, "explain", entry->shrunk_path);
        }
        return entry->shrunk_path != NULL;
    default:
        if (can_run) {
            put_run(out, report, result);
        }
        return can_run;
    }
}

/* SPDX-License-Identifier: MIT */
/* What all runs together show is shown by all of them again, and by no trace; and with the options of this time. One run comes
 * again by its strategy and, where it was drawn, its seed. */
#include "reports/commands.h"
#include "reports/internal.h"

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
    (void)fprintf(out, " %s %s", verb, *operand == '-' ? "./" : "");
    rh_report_quoted(out, operand);
}

/* Runs that are drawn are numbered by their seeds. */
static bool is_drawn(const char *strategy)
{
    static const char *const drawn[] = {"random", "uniform", "pct", "pos", "fair", "portfolio"};
    for (size_t i = 0; i < sizeof drawn / sizeof drawn[0]; i++) {
        if (strcmp(strategy, drawn[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* What was asked for this time may say more than the name: "pct:4". */
static void put_strategy(FILE *out, const char *options, const char *strategy)
{
    static const char option[] = "--strategy ";
    const char *asked = options == NULL ? NULL : strstr(options, option);
    size_t length = strlen(strategy);
    const char *word = asked == NULL ? strategy : asked + sizeof option - 1;
    if (strncmp(word, strategy, length) == 0 && word[length] == ':') {
        length = strcspn(word, " ");
    } else {
        word = strategy;
    }
    (void)fprintf(out, " --strategy %.*s", (int)length, word);
}

void report_plan(FILE *out, const char *plan)
{
    const char *name = plan;
    for (const char *at = plan; *at != '\0' && *at != '\n'; at++) {
        name = *at == ' ' ? at + 1 : name;
    }
    (void)fprintf(out, "%.*s", (int)strcspn(name, "\n"), name);
}

static void put_run(FILE *out, const struct rh_report *report, const struct rh_report_entry *entry)
{
    const struct rh_result *result = entry->result;
    put(out, report, "run", result->path);
    bool is_of_plans = report->options != NULL && strstr(report->options, "--swarm ") != NULL;
    if (is_of_plans && entry->plan != NULL) { /* this one alone, with as many runs */
        const char *runs = strstr(report->options, "--runs ");
        (void)fputs(" --swarm 1 --seed ", out);
        report_plan(out, entry->plan);
        (void)fprintf(out, "%s%.*s", runs == NULL ? "" : " ",
                      runs == NULL ? 0 : (int)(7 + strcspn(runs + 7, " ")),
                      runs == NULL ? "" : runs);
        return;
    }
    if (result->is_of_no_run || is_of_plans) { /* the file alone does not fail */
        (void)fprintf(out, "%s%s", report->options == NULL ? "" : " ",
                      report->options == NULL ? "" : report->options);
        return;
    }
    bool drawn = is_drawn(result->strategy);
    put_strategy(out, report->options, result->strategy);
    if (drawn || (report->options != NULL && strstr(report->options, "--seed ") != NULL)) {
        (void)fprintf(out, " --seed 0x%llx", (unsigned long long)result->seed);
    }
    (void)fputs(drawn ? " --runs 1" : "", out);
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
            put_run(out, report, entry);
        }
        return can_run;
    }
}

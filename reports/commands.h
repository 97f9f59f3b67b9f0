/* SPDX-License-Identifier: MIT */
/** @file
 *  The commands that go with a failure, as a shell reads them. Private to reports. */
#ifndef REPORTS_COMMANDS_H
#define REPORTS_COMMANDS_H

#include <rehearse/report.h>

/** One row per command: identifier, what it is good for. */
#define REPORT_COMMAND_MAP(X)                                                                      \
    X(REPLAY, "play exactly this run again")                                                       \
    X(RUN, "run the scenario again")                                                               \
    X(SHOW, "list every event of the run")                                                         \
    X(EXPLAIN, "tell the smallest failing run step by step")

enum report_command {
#define X(identifier, purpose) REPORT_COMMAND_##identifier,
    REPORT_COMMAND_MAP(X)
#undef X
    REPORT_COMMAND_COUNT
};

const char *report_command_purpose(enum report_command which);

/** Write a command; false: there is none of the kind for this failure, and nothing was written. Of `report` only `command` and
 *  `options` are looked at. */
bool report_command(FILE *out, const struct rh_report *report, const struct rh_report_entry *entry,
                    enum report_command which);

#endif

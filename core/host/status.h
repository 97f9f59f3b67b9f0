/* SPDX-License-Identifier: MIT */
/* The life of a proc as one table: what each thing that can happen to it leads to in each status. */
#ifndef CORE_HOST_STATUS_H
#define CORE_HOST_STATUS_H

#include <rehearse/host.h>

/** One row per thing that can happen to a proc: identifier, word, then what it leads to in STARTING, RUNNING, READY, STOPPING,
 *  STOPPED, KILLED and FAILED: another status; KEPT, nothing has to change; or ILLEGAL, nothing changes and it is recorded. */
#define PROC_EVENT_MAP(X)                                                                          \
    /* it runs; a proc that is to end may still have been on its way up */                         \
    X(LAUNCHED, "launched", RUNNING, ILLEGAL, ILLEGAL, KEPT, ILLEGAL, ILLEGAL, ILLEGAL)            \
    /* it has told its agent and address; once */                                                  \
    X(CALLBACK, "callback", READY, READY, ILLEGAL, ILLEGAL, ILLEGAL, ILLEGAL, ILLEGAL)             \
    /* somebody wants it to end, or its spawn has failed */                                        \
    X(STOP, "stop", STOPPING, STOPPING, STOPPING, KEPT, ILLEGAL, ILLEGAL, ILLEGAL)                 \
    /* its agent cannot be reached any more: it is of no use, and will be killed */                \
    X(LOST, "lost", STOPPING, STOPPING, STOPPING, KEPT, ILLEGAL, ILLEGAL, ILLEGAL)                 \
    /* it has ended */                                                                             \
    X(EXITED, "exited", STOPPED, STOPPED, STOPPED, STOPPED, ILLEGAL, ILLEGAL, ILLEGAL)             \
    X(SIGNALLED, "signalled", KILLED, KILLED, KILLED, KILLED, ILLEGAL, ILLEGAL, ILLEGAL)           \
    X(BROKEN, "broken", FAILED, FAILED, FAILED, FAILED, ILLEGAL, ILLEGAL, ILLEGAL)

enum proc_event_kind {
#define X(identifier, ...) PROC_EVENT_##identifier,
    PROC_EVENT_MAP(X)
#undef X
    PROC_EVENT_COUNT
};

const char *proc_event_word(enum proc_event_kind kind);

enum proc_move {
#define X(identifier, word) PROC_MOVE_##identifier = RH_PROC_##identifier,
    RH_PROC_STATUS_MAP(X)
#undef X
    PROC_MOVE_KEPT,
    PROC_MOVE_ILLEGAL,
};

/** Look up a cell. */
enum proc_move proc_move(enum rh_proc_status status, enum proc_event_kind kind);

static inline bool proc_status_is_terminal(enum rh_proc_status status)
{
    return status >= RH_PROC_STOPPED;
}

#endif

/* SPDX-License-Identifier: MIT */
/* What happens in which phase: one table for everything that depends on the phase. */
#ifndef CORE_CONVERSATION_TABLE_H
#define CORE_CONVERSATION_TABLE_H

#include <rehearse/conversation.h>

/** One row per outcome: identifier, word. */
#define CONVERSATION_OUTCOME_MAP(X)                                                                \
    X(NEVER, "never")         /* cannot happen in this phase: what could cause it is gone */       \
    X(REFUSE, "refuse")       /* answer closing, closed or failed, as the phase says */            \
    X(DELIVER, "deliver")     /* to a participant, or to a client that waits */                    \
    X(REROUTE, "reroute")     /* to the next live participant, or answer delivery_failed */        \
    X(KEEP, "keep")           /* until somebody collects it */                                     \
    X(PARK, "park")           /* the command waits */                                              \
    X(GIVE_UP, "give_up")     /* the command waits no longer */                                    \
    X(DISCARD, "discard")     /* say so, and nothing else */                                       \
    X(COMPLETE, "complete")   /* begin completing */                                               \
    X(WIND_DOWN, "wind_down") /* as complete, but the phase stays failed until it is closed */     \
    X(JOIN, "join")           /* wait for what is under way */                                     \
    X(AGREE, "agree")         /* it is so already: ok */                                           \
    X(FAIL, "fail")           /* become failed, answer everybody */                                \
    X(CARRY_ON, "carry_on")   /* by the policy: route to the next, or compensate */                \
    X(LEAVE, "leave")         /* what was asked of it fails, nothing else */                       \
    X(RECORD, "record")       /* note it, tell who asked to be told */                             \
    X(RESTART, "restart")     /* answer what was under way, start the next incarnation */          \
    X(TAKE_OVER, "take_over") /* answer what was under way, the keeper does the rest */            \
    X(FORCE, "force")         /* kill what has not ended, become closed */                         \
    X(SNAPSHOT, "snapshot")   /* answer with the state */

enum outcome {
#define X(identifier, word) OUTCOME_##identifier,
    CONVERSATION_OUTCOME_MAP(X)
#undef X
    OUTCOME_COUNT
};

/* clang-format off */
/** One row per event: identifier, word, and the outcome in created, active, completing, closed, failed.
 *
 *  What is NEVER: a command makes created active, so nothing waits and no reply is kept there; whoever waits for a reply is
 *  answered, and its timer gone, once the phase is neither; the actor has ended before closed, the deadline with it. */
#define CONVERSATION_EVENT_MAP(X)                                                                  \
    X(SEND_LIVE, "send_live",             DELIVER, DELIVER, REFUSE, REFUSE, REFUSE)                \
    X(SEND_DEAD, "send_dead",             REROUTE, REROUTE, REFUSE, REFUSE, REFUSE)                \
    X(SEND_PARKED, "send_parked",         NEVER, DELIVER, NEVER, NEVER, NEVER)                     \
    X(SEND_BUFFER, "send_buffer",         KEEP, KEEP, REFUSE, REFUSE, REFUSE)                      \
    X(RECEIVE_READY, "receive_ready",     NEVER, DELIVER, DELIVER, REFUSE, DELIVER)                \
    X(RECEIVE_EMPTY, "receive_empty",     PARK, PARK, REFUSE, REFUSE, REFUSE)                      \
    X(RECEIVE_TIMEOUT, "receive_timeout", NEVER, GIVE_UP, NEVER, NEVER, NEVER)                     \
    X(REPLY, "reply",                     DISCARD, DELIVER, DISCARD, DISCARD, DISCARD)             \
    X(CLOSE, "close",                     COMPLETE, COMPLETE, JOIN, AGREE, WIND_DOWN)              \
    X(EXIT_FAIL, "exit_fail",             FAIL, FAIL, RECORD, RECORD, RECORD)                      \
    X(EXIT_OTHER, "exit_other",           CARRY_ON, CARRY_ON, RECORD, RECORD, RECORD)              \
    X(EXIT_NORMAL, "exit_normal",         LEAVE, LEAVE, RECORD, RECORD, RECORD)                    \
    X(ACTOR_CRASH, "actor_crash",         RESTART, RESTART, TAKE_OVER, NEVER, TAKE_OVER)           \
    X(DEADLINE, "deadline",               FAIL, FAIL, FORCE, NEVER, NEVER)                         \
    X(QUERY, "query",                     SNAPSHOT, SNAPSHOT, SNAPSHOT, SNAPSHOT, SNAPSHOT)        \
    X(AWAIT_EXIT, "await_exit",           PARK, PARK, PARK, REFUSE, PARK)                          \
    X(COMPENSATE, "compensate",           KEEP, KEEP, REFUSE, REFUSE, REFUSE)
/* clang-format on */

enum event {
#define X(identifier, word, created, active, completing, closed, failed) EVENT_##identifier,
    CONVERSATION_EVENT_MAP(X)
#undef X
    EVENT_COUNT
};

enum outcome table_outcome(enum rh_conversation_phase phase, enum event event);
const char *event_word(enum event event);
const char *outcome_word(enum outcome outcome);

#endif

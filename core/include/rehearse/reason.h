/* SPDX-License-Identifier: MIT */
/** @file
 *  Exit reasons: messages with a class that links and supervisors decide by. */
#ifndef REHEARSE_REASON_H
#define REHEARSE_REASON_H

#include <rehearse/message.h>

RH_PUBLIC_BEGIN

/** One row per class: identifier, the text that is a reason of that class. */
#define RH_REASON_MAP(X)                                                                           \
    X(NORMAL, "normal")                                                                            \
    X(SHUTDOWN, "shutdown")                                                                        \
    X(KILLED, "killed")                                                                            \
    X(KILL, "kill")                                                                                \
    X(ERROR, "error")                                                                              \
    X(NOPROC, "noproc")                                                                            \
    X(NOCONNECTION, "noconnection")                                                                \
    X(TIMEOUT, "timeout")                                                                          \
    X(NORECEIVE, "noreceive")

enum rh_reason_class {
#define X(identifier, word) RH_REASON_##identifier,
    RH_REASON_MAP(X)
#undef X
    RH_REASON_COUNT
};

/** Return the word of a class, such as "noproc". Static storage. */
const char *rh_reason_word(enum rh_reason_class reason_class);

/** Return the class of a reason: that of its text; RH_REASON_SHUTDOWN also for ["shutdown", anything];
 *  RH_REASON_ERROR for everything else, empty and failed handles included. */
enum rh_reason_class rh_reason_class(const struct rh_message *reason);

/** Return the reason that is the class's text. Inline: it needs no unref, and never fails. */
struct rh_message rh_reason(enum rh_reason_class reason_class);

/** Return a reason that may be an exit's: `reason` itself, or, where it is larger than
 *  `reason_bytes_max` and not just a class's text, [class, "truncated"]; ["error", status word] for a
 *  handle that failed and ["error", "invalid"] for an empty one. Consumes its argument; the result
 *  is owned by the caller. Never allocates, never fails; what it makes anew is inline. */
struct rh_message rh_reason_limit(struct rh_message reason, uint32_t reason_bytes_max);

RH_PUBLIC_END
#endif

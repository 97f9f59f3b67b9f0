/* SPDX-License-Identifier: MIT */
/** @file
 *  Statuses: what an operation answers when something other than a bug went wrong. */
#ifndef REHEARSE_STATUS_H
#define REHEARSE_STATUS_H

#include <rehearse/api.h>

RH_PUBLIC_BEGIN

/** One row per status: identifier, the word that traces and messages print, a sentence for people. */
#define RH_STATUS_MAP(X)                                                                           \
    X(OK, "ok", "the operation was carried out")                                                   \
    X(DONE, "done", "the actor has finished and exits with reason normal")                         \
    X(EXITED, "exited", "the turn has already ended, nothing was changed")                         \
    X(INVALID, "invalid", "an argument is not acceptable")                                         \
    X(NO_MEMORY, "no_memory", "the allocator refused")                                             \
    X(LIMIT, "limit", "a limit of struct rh_limits was reached")                                   \
    X(FULL, "full", "the mailbox has a cap and is full")                                           \
    X(TAKEN, "taken", "the name belongs to a live actor")                                          \
    X(ALREADY, "already", "it is in place already, with other parameters")                         \
    X(NOT_FOUND, "not_found", "nothing of that name or reference exists")                          \
    X(NOPROC, "noproc", "the actor is not alive")                                                  \
    X(NOCONNECTION, "noconnection", "the node cannot be reached")                                  \
    X(EXHAUSTED, "exhausted", "an id space is used up")                                            \
    X(MALFORMED, "malformed", "the bytes are not what the format demands")                         \
    X(TRUNCATED, "truncated", "the bytes end too early")                                           \
    X(IO, "io", "the operating system refused")                                                    \
    X(DIVERGED, "diverged", "a replay did not follow its recording")

enum rh_status {
#define X(identifier, word, sentence) RH_##identifier,
    RH_STATUS_MAP(X)
#undef X
    RH_STATUS_COUNT
};

/** Return the word of a status, such as "no_memory". Static storage; never NULL. */
const char *rh_status_word(enum rh_status status);

/** Return the sentence of a status. Static storage; never NULL. */
const char *rh_status_sentence(enum rh_status status);

#if defined(__GNUC__)
#define RH_MUST_USE __attribute__((warn_unused_result))
#else
#define RH_MUST_USE
#endif

/** Marks for functions that are not to be inlined: their registers and their stack would be their callers' too, also where
 *  those go another way. RH_COLD: off the common way. RH_APART: a common one of several. */
#if defined(__GNUC__)
#define RH_COLD __attribute__((cold, noinline))
#define RH_APART __attribute__((noinline))
#else
#define RH_COLD
#define RH_APART
#endif

RH_PUBLIC_END
#endif

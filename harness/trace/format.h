/* SPDX-License-Identifier: MIT */
/** @file
 *  The items of a trace, as writer, reader and legend share them. Private to harness/trace and its users' tests.
 *
 *  Everything is an item of the subset that messages use (rehearse/message.h), so that one validator serves both. */
#ifndef HARNESS_TRACE_FORMAT_H
#define HARNESS_TRACE_FORMAT_H

#include <rehearse/world.h>

/** Number of rows of RH_STATUS_MAP. */
enum {
#define X(identifier, word, sentence) +1
    RH_STATUS_WORDS = 0 RH_STATUS_MAP(X)
#undef X
};

/** Goes up with every change of an item, of a code below, or of the order of an enumeration that is written as a number. */
#define RH_TRACE_FORMAT 1
/** First entry of the header. */
#define RH_TRACE_MAGIC "rehearse-trace"
#define RH_TRACE_DIGEST_BYTES 16
/** No item is larger: a scenario of 1 MiB, or the largest message. */
#define RH_TRACE_ITEM_BYTES_MAX ((size_t)4 << 20)

/** One row per code that begins an item: identifier, code, word, the entries behind the code. */
#define RH_TRACE_ITEM_MAP(X)                                                                       \
    X(STEP, 0, "step", "time, source + 1, id, actor: the next event of the world")                 \
    X(NAME, 1, "name", "index, text: the first mention of an actor")                               \
    X(DECISION, 2, "decision", "site, count, chosen")                                              \
    X(FAULT, 3, "fault", "kind, actor, reason: a fault strikes")                                   \
    X(PHASE, 4, "phase", "word")                                                                   \
    X(DIGEST, 5, "digest", "items, digest: of everything since the header")                        \
    X(FOOTER, 6, "footer", "items, digest, end, verdict, violation")                               \
    X(TIME, 7, "time", "time: it has passed within a step")                                        \
    X(PIPE, 8, "pipe", "actor, news, pipe, how much or why: something has come out of a pipe")     \
    X(EVENT, 9, "event", "actor, peer, signal, message, ordinal, name, why, status, number, due")

enum rh_trace_code {
#define X(identifier, code, word, entries) RH_TRACE_##identifier = (code),
    RH_TRACE_ITEM_MAP(X)
#undef X
};

/** The kinds of event that use the fields which other kinds leave undefined. */
#define RH_TRACE_NUMBERED                                                                          \
    (RH_LISTEN(ALIAS_OPEN) | RH_LISTEN(TRAP) | RH_LISTEN(CAP) | RH_LISTEN(FLUSH) |                 \
     RH_LISTEN(INPUT) | RH_LISTEN(EFFECT) | RH_LISTEN(CONNECTION_UP) |                             \
     RH_LISTEN(CONNECTION_DOWN) | RH_LISTEN(PROXY_ADD) | RH_LISTEN(PROXY_REMOVE) |                 \
     RH_LISTEN(EXPORT_ADD) | RH_LISTEN(EXPORT_REMOVE))
#define RH_TRACE_DUE                                                                               \
    (RH_LISTEN(TIMER_SET) | RH_LISTEN(TIMER_CANCEL) | RH_LISTEN(TIMER_FIRE) | RH_LISTEN(WAIT))

#endif

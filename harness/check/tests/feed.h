/* SPDX-License-Identifier: MIT */
/* Events written by hand, for one family or for all of them, and what they must say about it. */
#ifndef HARNESS_CHECK_TESTS_FEED_H
#define HARNESS_CHECK_TESTS_FEED_H

#include "harness/check/judge.h"

#include <rehearse/actor.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct feed {
    struct rh_judge *judge;
    uint64_t step;
    uint32_t node; /* index of the one that tells the next events */
    rh_instant now;
};

/* Begin a run that only this family judges; NULL: all of them. */
struct feed feed_open(const char *family);
/* Hand over one event. */
void feed(struct feed *f, struct rh_event event);
/* Hand over that a fault of this kind has struck. */
void feed_fault(struct feed *f, const char *kind);
/* What comes next belongs to the step of what came last. */
void feed_same_step(struct feed *f);
/* End the run; this violation must have been found. Texts are parts of what is expected and observed. */
void feed_fails(struct feed *f, enum rh_end end, const char *invariant, const char *expected,
                const char *observed);
/* End the run; nothing must have been found. */
void feed_holds(struct feed *f, enum rh_end end);

/* The n-th actor of node 1, and a later tenant of its slot. */
struct rh_pid actor(uint32_t n);
struct rh_pid later_actor(uint32_t n);
/* The n-th actor of node 2. */
struct rh_pid far_actor(uint32_t n);
/* A text as a message: inline, so it needs no unref. */
struct rh_message text(const char *word);

/* SPAWN by nobody, START, and the first turn. */
void born(struct feed *f, struct rh_pid who);
/* EXIT and EXIT_END, with nothing in between. */
void dies(struct feed *f, struct rh_pid who, const char *reason);
/* A message or signal without payload, sent and met. `kind` is HANDLE, PUT, DROP or RETURN. */
void sends(struct feed *f, enum rh_signal_kind signal, struct rh_pid from, struct rh_pid to,
           uint64_t ordinal, const char *payload);
void meets(struct feed *f, enum rh_event_kind kind, enum rh_signal_kind signal, struct rh_pid to,
           struct rh_pid from, uint64_t ordinal, const char *payload, enum rh_why why);
/* Two halves of a link, as a spawn makes them. */
void linked(struct feed *f, struct rh_pid a, struct rh_pid b);
/* Both halves of a monitor, as a spawn makes them. */
void watched(struct feed *f, struct rh_pid watcher, struct rh_pid target, uint64_t ordinal);

#define TELL(f, event_kind, ...)                                                                   \
    feed((f), (struct rh_event){.kind = RH_EVENT_##event_kind, __VA_ARGS__})

#endif

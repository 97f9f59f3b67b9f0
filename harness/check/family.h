/* SPDX-License-Identifier: MIT */
/** @file
 *  What the built-in families share: the model, and the words for a violation. */
#ifndef HARNESS_CHECK_FAMILY_H
#define HARNESS_CHECK_FAMILY_H

#include "harness/check/model.h"

extern const struct rh_checker checker_conservation;
extern const struct rh_checker checker_order;
extern const struct rh_checker checker_links;
extern const struct rh_checker checker_monitors;
extern const struct rh_checker checker_reasons;
extern const struct rh_checker checker_names;
extern const struct rh_checker checker_timers;
extern const struct rh_checker checker_aliases;
extern const struct rh_checker checker_mailboxes;
extern const struct rh_checker checker_exits;
extern const struct rh_checker checker_balance;
extern const struct rh_checker checker_deadlock;

/** Return the shared model, which has followed the event that is being told. */
struct model *rh_judge_model(struct rh_judge *judge);
/** Return whether the nodes can be asked, and their counters, summed. */
bool rh_judge_stats(const struct rh_judge *judge, struct rh_node_stats *ret_stats);

/** An actor's name, a message, a count with its noun: for one call of a printing function. */
struct words {
    char text[96];
};
struct words say_who(const struct rh_judge *judge, struct rh_pid pid);
struct words say_what(const struct rh_judge *judge, const struct rh_message *message);
struct words say_ordinal(uint64_t number);
/** A signal as "MESSAGE [ping, 1]". */
struct words say_signal(const struct rh_judge *judge, enum rh_signal_kind signal,
                        const struct rh_message *message);

#if defined(__GNUC__)
#define CHECK_PRINTF(text, rest) __attribute__((format(printf, text, rest)))
#else
#define CHECK_PRINTF(text, rest)
#endif

/** Begin a violation; then say what was expected and observed, and hand it to rh_judge_fail. */
struct rh_violation violation_of(const char *invariant, struct rh_pid a, struct rh_pid b);
CHECK_PRINTF(2, 3) void violation_expect(struct rh_violation *violation, const char *format, ...);
CHECK_PRINTF(2, 3) void violation_observe(struct rh_violation *violation, const char *format, ...);
/** Say more of what was observed. */
CHECK_PRINTF(2, 3) void violation_add(struct rh_violation *violation, const char *format, ...);

/** The two pids of something directed. */
struct pair {
    struct rh_pid a;
    struct rh_pid b;
};
static inline bool pair_is(const struct pair *pair, struct rh_pid a, struct rh_pid b)
{
    return rh_pid_equal(pair->a, a) && rh_pid_equal(pair->b, b);
}

/** Allocate the state of a family: its first members are `struct family`. */
struct family {
    struct rh_judge *judge;
    struct model *model;
    uint64_t evaluated; /**< as rh_judge_evaluated counts */
    const struct rh_allocator *allocator;
    size_t bytes;
};
static inline void family_evaluated(struct family *family)
{
    family->evaluated++;
}
RH_MUST_USE enum rh_status family_create(const struct rh_allocator *allocator,
                                         struct rh_judge *judge, size_t bytes, void **ret_self);
void family_destroy(void *self);

#endif

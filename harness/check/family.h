/* SPDX-License-Identifier: MIT */
/** @file
 *  What the built-in families share: the model, and the words for a violation. */
#ifndef HARNESS_CHECK_FAMILY_H
#define HARNESS_CHECK_FAMILY_H

#include "harness/check/model.h"

#include <stddef.h>

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
extern const struct rh_checker checker_connections;
extern const struct rh_checker checker_proxies;
extern const struct rh_checker checker_frames;
extern const struct rh_checker checker_distance;
extern const struct rh_checker checker_conversations;
extern const struct rh_checker checker_commands;
extern const struct rh_checker checker_requests;
extern const struct rh_checker checker_procs;
extern const struct rh_checker checker_waiters;
extern const struct rh_checker checker_bulks;
extern const struct rh_checker checker_envelopes;
extern const struct rh_checker checker_effects;
extern const struct rh_checker checker_deadlock;

/** Return the shared model, which has followed the event that is being told. */
struct model *rh_judge_model(struct rh_judge *judge);
/** Count one more, or one less, who is to be told everything it listens to. */
void rh_judge_attend(struct rh_judge *judge, bool attends);
/** Spare the records of steps before this one. One family waits at a time: balance. */
void rh_judge_wait(struct rh_judge *judge, uint64_t step);
/** Return how many events of this kind every family was spared in this run. */
uint64_t rh_judge_spared(const struct rh_judge *judge, enum rh_event_kind kind);
/** Return whether the nodes can be asked, and their counters, summed. */
bool rh_judge_stats(const struct rh_judge *judge, struct rh_node_stats *ret_stats);

/** Return how many signals wait for a connection. */
uint64_t rh_judge_held(const struct rh_judge *judge);
/** At the end of a run that was not cut: is nothing under way between nodes, and has nothing vanished there, so that they
 *  must agree? */
bool rh_judge_is_still(const struct rh_judge *judge);

/** Recognise a mark of a conversation: return its topic without "conversation.", and its keeper, or NULL. */
const char *conversation_topic(const struct rh_event *event, struct rh_pid *ret_keeper);

/** Return whether a view is this word. */
bool check_is_word(struct rh_text text, const char *word);
/** As model_name, of a view; what is long is cut. */
uint32_t check_name(struct model *model, uint32_t node, struct rh_text name);

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

/** What a family can be spared: events of these kinds that carry no signal or a MESSAGE, and other records, when nothing
 *  about them is unusual in its eyes and it does not attend. It must take them as well: they are told when anybody wants
 *  them. */
struct spared {
    uint64_t kinds; /**< RH_LISTEN(…), RH_LISTEN_RECORD(…) */
    unsigned facts; /**< enum fact: with one of these an event is not spared */
    /** Of these each one that it is spared is an evaluation: the facts are what it looks at. */
    uint64_t counted;
};

/** A table in the state of a family, where it is and of what. */
struct family_table {
    size_t offset;
    size_t key_bytes;
    size_t row_bytes;
};

/** What a family is made of. Static storage. */
struct family_plan {
    size_t bytes;                /**< of its state */
    const struct spared *spared; /**< NULL: nothing */
    const struct family_table *tables;
    size_t table_count;
};
#define FAMILY_TABLES(of) .tables = (of), .table_count = sizeof(of) / sizeof((of)[0])

/** The state of a family begins with this. */
struct family {
    struct rh_judge *judge;
    struct model *model;
    const struct family_plan *plan;
    bool attends;
    uint64_t evaluated; /**< as rh_judge_evaluated counts, those that it was spared apart */
    const struct rh_allocator *allocator;
};
static inline void family_evaluated(struct family *family)
{
    family->evaluated++;
}
/** Say whether the next event matters whatever it is; a run begins with nobody attending. */
static inline void family_attend(struct family *family, bool attends)
{
    if (family->attends != attends) {
        family->attends = attends;
        rh_judge_attend(family->judge, attends);
    }
}
/** Allocate it, zeroed behind, its tables empty. */
RH_MUST_USE enum rh_status family_create(const struct rh_allocator *allocator,
                                         struct rh_judge *judge, const struct family_plan *plan,
                                         void **ret_self);
/** Empty its tables. */
void family_begin(void *self);
void family_destroy(void *self);
/** Find a row of one of its tables, or add it, zeroed behind its key. NULL: there was no memory, which has been told. */
void *family_row(struct family *family, struct table *table, const void *key);

#endif

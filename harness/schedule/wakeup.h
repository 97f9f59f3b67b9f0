/* SPDX-License-Identifier: MIT */
/** @file
 *  Events as the explorer remembers them, sequences of events that are still to be tried, and the trees that hold them. */
#ifndef HARNESS_SCHEDULE_WAKEUP_H
#define HARNESS_SCHEDULE_WAKEUP_H

#include <rehearse/choice.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Memory with a bound. */
struct store {
    struct rh_allocator allocator;
    size_t used;
    size_t max;
    bool is_exhausted; /**< the bound was reached */
};
void *store_take(struct store *store, size_t bytes);
void store_give(struct store *store, void *block, size_t bytes);

/** What a step touched, shared. */
struct label {
    uint32_t references;
    uint32_t count;
    struct rh_touch touches[];
};
/** NULL without memory. */
struct label *label_create(struct store *store, const struct rh_touch *touches, uint32_t count);

#define DRAWS_MAX 12u

/** What was drawn within a step. */
struct draws {
    uint32_t count;
    uint32_t chosen[DRAWS_MAX];
};

struct event {
    uint64_t id;
    uint64_t whose;
    struct label *label; /**< NULL: not known at all */
    enum rh_signal_kind signal;
    bool optional;
    bool
        is_exact; /**< the label is what it touches here; otherwise what it touched in another order */
    struct draws draws;
    uint32_t base; /**< of what is enabled: until when it must happen or be taken away */
    rh_duration window_end;
};
bool event_equal(const struct event *a, const struct event *b);
/** Take another reference to its label. */
struct event event_keep(const struct event *event);
void event_drop(struct store *store, struct event *event);

/** What turns of this program have ever touched of others: bits 1 << enum rh_object_kind. */
uint32_t label_reach(const struct event *event);

/** Do they certainly commute, whatever an event that is not exact will turn out to touch? `exact` is. */
bool surely_commute(const struct event *exact, const struct event *other, uint32_t reach);

/** Sequences that are to be tried at one place, as a tree: children in the order in which they were added. */
struct branch {
    struct branch *next;
    struct branch *children;
    struct event event;
    bool
        is_doubtful; /**< a leaf: something explored or tried before may cover a part of what it covers */
};
void branches_free(struct store *store, struct branch *branches);

/** A sequence of events. */
struct sequence {
    struct event *at;
    uint32_t count;
};
/** May one of the sleepers go first, so that what begins with it covers the sequence? Says no when it is not sure, and notes
 *  that in *ret_doubt. */
bool sequence_is_asleep(const struct sequence *sequence, const struct event *sleepers,
                        uint32_t sleeper_count, uint32_t reach, bool *ret_doubt);
/** Add a sequence unless a branch covers it. Its events are kept, the array is rearranged. Returns false without memory. */
bool branches_insert(struct store *store, struct branch **branches, struct sequence *sequence,
                     uint32_t reach, bool is_doubtful);

#ifdef __cplusplus
}
#endif
#endif

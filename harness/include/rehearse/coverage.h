/* SPDX-License-Identifier: MIT */
/** @file
 *  Behaviour coverage: which of the things that can happen have happened, in numbers that add up.
 *
 *      init -> (add | merge)* -> look -> deinit
 *
 *  A coverage is a set of items; an item is (family, key) with two counts. Merging adds counts, so that it is associative and
 *  commutative, and the same runs give the same coverage, whoever played them. What could be there is told by
 *  rh_coverage_universe. */
#ifndef REHEARSE_COVERAGE_H
#define REHEARSE_COVERAGE_H

#include <rehearse/allocator.h>
#include <rehearse/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

RH_PUBLIC_BEGIN

/** One row per family: identifier, word, what the first count is of, what the second is of (NULL: it is 0), sentence. An item
 *  is covered if every count that its family has is above 0. */
#define RH_COVERAGE_FAMILY_MAP(X)                                                                  \
    X(MESSAGE, "message", "turns", NULL, "which kind of actor has handled which message")          \
    X(TRANSITION, "transition", "times", NULL,                                                     \
      "what has become of actors, signals, entries, connections, procs and conversations")         \
    X(PAIR, "pair", "times the first came first", "times the second did",                          \
      "two kinds of steps that depend on each other, one right behind the other")                  \
    X(FAULT, "fault", "strikes", NULL, "which kind of fault has struck what in which state")       \
    X(INVARIANT, "invariant", "runs judged", "runs that it had something to say about",            \
      "which invariants were judged, and not in vain")

enum rh_coverage_family {
#define X(identifier, word, first, second, sentence) RH_COVERAGE_##identifier,
    RH_COVERAGE_FAMILY_MAP(X)
#undef X
    RH_COVERAGE_FAMILY_COUNT
};
/** NULL for none. */
const char *rh_coverage_family_word(enum rh_coverage_family family);
const char *rh_coverage_family_sentence(enum rh_coverage_family family);
/** What count 0 or 1 of an item is of; NULL: the family does not have it. */
const char *rh_coverage_count_word(enum rh_coverage_family family, unsigned count);
/** Find a family by its word, not terminated; false: there is none. */
bool rh_coverage_family_find(const char *word, size_t length, enum rh_coverage_family *ret_family);

/** No key is longer. Keys are one line of printable ASCII. */
#define RH_COVERAGE_KEY_BYTES_MAX 95
/** No coverage has more items: what comes then is left out, and `is_cut` says so. */
#define RH_COVERAGE_ITEMS_MAX 16384

struct rh_coverage_item {
    char *key; /**< owned by the coverage */
    enum rh_coverage_family family;
    uint64_t counts[2];
};

/** Zeroed it is empty, and uses the C library's allocator. Items are sorted by family, then by key as strcmp does, each
 *  there once; so equal coverages are equal item by item. To be read by anyone, and changed by the functions below. */
struct rh_coverage {
    const struct rh_allocator *allocator; /**< NULL: the C library's */
    struct rh_coverage_item *items;
    size_t count;
    size_t capacity;
    bool is_cut;     /**< there were more items than fit */
    bool is_partial; /**< some runs are not in it: an exploration was resumed */
};

/** `allocator` NULL is the C library's. */
void rh_coverage_init(struct rh_coverage *coverage, const struct rh_allocator *allocator);
/** Free what it holds; it is empty then. */
void rh_coverage_deinit(struct rh_coverage *coverage);
/** Add counts to an item, which is made if it is not there; counts stop at UINT64_MAX. RH_INVALID: no such family, a key
 *  that is none (empty, too long, not printable ASCII), or a second count where the family has none. RH_NO_MEMORY. Otherwise
 *  RH_OK, also when it was left out for want of room. */
RH_MUST_USE enum rh_status rh_coverage_add(struct rh_coverage *coverage,
                                           enum rh_coverage_family family, const char *key,
                                           uint64_t first, uint64_t second);
/** Add all that another one holds, which is left as it is. RH_NO_MEMORY: some of it was added. */
RH_MUST_USE enum rh_status rh_coverage_merge(struct rh_coverage *coverage,
                                             const struct rh_coverage *other);
/** Return an item, NULL if it is not there. Valid until the coverage is changed. */
const struct rh_coverage_item *rh_coverage_find(const struct rh_coverage *coverage,
                                                enum rh_coverage_family family, const char *key);
/** Is every count that its family has above 0? NULL is not covered. */
bool rh_coverage_is_covered(const struct rh_coverage_item *item);

/** Tell what could be in a family, as far as that is known, in a fixed order; `why` it cannot happen at all, NULL: it
 *  can. Stops when `visit` returns false. What is there and is not told here was not foreseen: names of a scenario's own
 *  behaviours and messages, and of a program's invariants. */
void rh_coverage_universe(enum rh_coverage_family family,
                          bool (*visit)(void *self, const char *key, const char *why), void *self);

/** How much of a family is covered. */
struct rh_coverage_sum {
    uint64_t covered;  /**< of what is in the universe */
    uint64_t possible; /**< in the universe, without what cannot happen */
    uint64_t others;   /**< covered, and not in the universe */
    uint64_t absurd;   /**< there, though it is said that it cannot happen: the universe is wrong */
};
struct rh_coverage_sum rh_coverage_sum(const struct rh_coverage *coverage,
                                       enum rh_coverage_family family);

RH_PUBLIC_END
#endif

/* SPDX-License-Identifier: MIT */
/** @file
 *  Every choice that a run makes is drawn here, at a named site. A run is its list of choices; a strategy answers them.
 *
 *      create -> (begin -> below* -> end)* -> destroy      until end says that no further run is wanted
 *
 *  fifo, random, exhaustive and replay are implementations; reduction and shrinking slot into the same interface. */
#ifndef REHEARSE_CHOICE_H
#define REHEARSE_CHOICE_H

#include <rehearse/node.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One row per site: identifier, word, what is chosen. 0 is always the unremarkable answer. */
#define RH_SITE_MAP(X)                                                                             \
    X(NEXT, "next", "which of the pending events happens, in sending order")                       \
    X(FAULT, "fault", "whether an optional fault strikes at this event")                           \
    X(DRAW, "draw", "a number that a scenario or behaviour asks for")                              \
    X(CUT, "cut", "how many bytes of a pipe arrive; 0: what was written at once")

enum rh_site {
#define X(identifier, word, sentence) RH_SITE_##identifier,
    RH_SITE_MAP(X)
#undef X
    RH_SITE_COUNT
};

const char *rh_site_word(enum rh_site site);

/** One drawn choice: `chosen` of `count` at `site`. */
struct rh_decision {
    enum rh_site site;
    uint32_t count;
    uint32_t chosen;
};

/** A candidate of RH_SITE_NEXT, for strategies that look at what they choose between. */
struct rh_candidate {
    enum rh_pending_kind kind;
    uint32_t source;     /**< which node or menu it comes from */
    struct rh_pid actor; /**< whose turn it is */
    struct rh_pid from;
    uint64_t ordinal;
    rh_instant earliest;
    rh_instant latest;
};

struct rh_strategy;
struct rh_strategy_functions {
    const char *name;
    /** It takes the first candidate always: a driver need not list the others, and nothing is drawn or recorded. */
    bool first_only;
    /** A run starts. NULL: nothing to do. */
    void (*begin)(struct rh_strategy *self);
    /** Answer a number below `count` (>= 2: forced choices are not asked). `candidates` has `count` rows at NEXT and is
     *  NULL elsewhere. */
    uint32_t (*below)(struct rh_strategy *self, enum rh_site site, uint32_t count,
                      const struct rh_candidate *candidates);
    /** The run is over. Returns whether another one is wanted. `runs` is counted by rh_strategy_end. */
    bool (*end)(struct rh_strategy *self);
    void (*destroy)(struct rh_strategy *self);
};
/** Common head of every strategy. */
struct rh_strategy {
    const struct rh_strategy_functions *functions;
    uint64_t runs; /**< runs ended so far */
    bool complete; /**< exhaustive: everything has been explored */
    bool failed;   /**< out of memory or diverged: answers are 0 from now on */
    enum rh_status status;
    uint64_t
        diverged_at; /**< replay: index of the first decision that did not fit, when status is RH_DIVERGED */
};

/** Tell the strategy that a run starts; the caller then draws its choices. */
void rh_strategy_begin(struct rh_strategy *strategy);
/** Tell it that the run is over; counts it. Returns whether another one is wanted, never after a failure. */
bool rh_strategy_end(struct rh_strategy *strategy);

/** Draw: forced choices (count <= 1) answer 0 and are not recorded. */
uint32_t rh_choice_below(struct rh_strategy *strategy, enum rh_site site, uint32_t count,
                         const struct rh_candidate *candidates);

/** Always 0: the oldest signal first, no faults. One run. */
RH_MUST_USE enum rh_status rh_strategy_fifo(const struct rh_allocator *allocator,
                                            struct rh_strategy **ret_strategy);
/** Uniform draws, counter-based from (seed, run, site, how often that site was asked). `runs` runs from seed on: run i
 *  uses seed + i, so that any run can be had alone by its own seed. */
RH_MUST_USE enum rh_status rh_strategy_random(const struct rh_allocator *allocator, uint64_t seed,
                                              uint64_t runs, struct rh_strategy **ret_strategy);
/** Every sequence of answers, depth first, in lexicographic order. Depth is bounded by `depth_max` decisions; reaching it
 *  sets status RH_LIMIT and complete never becomes true. */
RH_MUST_USE enum rh_status rh_strategy_exhaustive(const struct rh_allocator *allocator,
                                                  uint32_t depth_max,
                                                  struct rh_strategy **ret_strategy);
/** The answers of a recording (borrowed). The first decision whose site or count differs, or that is missing, sets
 *  status RH_DIVERGED; from there on it answers 0. */
RH_MUST_USE enum rh_status rh_strategy_replay(const struct rh_allocator *allocator,
                                              const struct rh_decision *decisions, size_t count,
                                              struct rh_strategy **ret_strategy);
/** Accepts NULL. */
void rh_strategy_destroy(struct rh_strategy *strategy);

#ifdef __cplusplus
}
#endif
#endif

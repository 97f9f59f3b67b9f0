/* SPDX-License-Identifier: MIT */
/** @file
 *  What the explorer remembers: the steps of a run, and a stack of runs. Private to dpor.c, tree.c, journal.c and times.c. */
#ifndef HARNESS_SCHEDULE_DPOR_H
#define HARNESS_SCHEDULE_DPOR_H

#include <rehearse/choice.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- storage (journal.c) ---- */

struct block {
    struct block *next;
    size_t capacity;
    size_t used;
};
/** Memory with a bound that is given back in the reverse order, as the stack of runs needs it. */
struct arena {
    struct rh_allocator allocator;
    struct block *first;
    struct block *current; /**< those behind it are empty */
    size_t taken;
    size_t max;
    bool is_exhausted; /**< the bound was reached */
    bool no_memory;
};
struct mark {
    struct block *block;
    size_t used;
};
/** NULL without memory, or beyond the bound. */
void *arena_take(struct arena *arena, size_t bytes);
struct mark arena_mark(const struct arena *arena);
void arena_return(struct arena *arena, struct mark mark);
void arena_deinit(struct arena *arena);

/** What a step touched. */
struct footprint {
    const struct rh_touch *touches;
    uint32_t count;
    bool is_known;
    uint64_t summary; /**< steps with disjoint summaries commute */
};
/** Copy touches; their memory may be what has just been returned. Not known without memory. */
struct footprint footprint_create(struct arena *arena, const struct rh_touch *touches,
                                  uint32_t count);
bool footprints_depend(const struct footprint *a, const struct footprint *b);
bool footprints_equal(const struct footprint *a, const struct footprint *b);

/** Numbers drawn within a step. */
struct draws {
    const uint32_t *at;
    uint32_t count;
};

/* ---- steps ---- */

enum role {
    ROLE_DEFAULT, /**< taken because nothing said otherwise */
    ROLE_INNER,   /**< behind a step that it was put in front of, for the sake of the next FINAL */
    ROLE_FINAL,   /**< it was put in front of a step that it depends on */
    ROLE_OTHER    /**< it happens instead of a step, or a step with other numbers */
};

struct step;

/** What was put in front of a step that is still to come, or has come at last. */
struct obstacle {
    const struct obstacle *before;
    const struct step *passed; /**< the step, as it was without this */
    uint64_t id;
    uint32_t position;
    uint32_t rank; /**< among the others of the step; RANK_NONE: behind all, by id */
};
#define RANK_NONE UINT32_MAX

/** A step that comes next if it can. */
struct sticky {
    const struct step *step; /**< what it was when it was passed */
    const struct obstacle *chain;
};

/** What could happen instead of a step, or before it. */
struct other {
    uint64_t id;
    uint64_t strikes;
    uint64_t whose;
    struct draws draws;
    struct footprint footprint; /**< there, once it was explored */
    uint64_t needs;             /**< digest of the steps that must come with it */
    uint32_t
        later;     /**< the step that it is in the run; NONE: it was taken away, or other numbers */
    uint32_t base; /**< until when it would have had to happen, as of a candidate */
    rh_duration window_end;
    bool optional;
    enum rh_signal_kind signal;
    bool is_option; /**< otherwise it matters for times alone */
};

struct step {
    uint64_t id;
    uint64_t whose;
    uint64_t strikes;
    uint64_t digest; /**< of it and all that comes before it: equal iff that is equal */
    struct footprint footprint;
    enum role role;
    bool optional;
    enum rh_signal_kind signal;
    uint32_t index;
    uint64_t *before; /**< bits of the steps that come before it in any equivalent run */
    uint64_t *races;  /**< of those that it could have come before instead */
    uint64_t *makers; /**< of those without which it would not be */
    const uint32_t *drawn;
    uint32_t *draw_counts; /**< of how many the numbers were */
    uint32_t draw_count;
    uint32_t draws_given;         /**< so many were not free */
    const struct step *base;      /**< OTHER: what it happens instead of */
    const struct step *origin;    /**< FINAL: what it was behind what it was put in front of */
    const struct obstacle *chain; /**< what was put in front of it */
    const struct sticky *sticky;  /**< FINAL and OTHER: what comes next if it can */
    struct other *
        others; /**< those that were taken away, other numbers, and then those that come later in its run */
    uint32_t other_count;
    uint32_t behind; /**< it comes behind so many steps in any order */
    uint32_t window_base;
    rh_duration window_begin;
    rh_duration window_end;
};

static inline bool has_bit(const uint64_t *bits, uint32_t index)
{
    return (bits[index / 64] >> (index % 64) & 1U) != 0;
}

static inline void set_bit(uint64_t *bits, uint32_t index)
{
    bits[index / 64] |= UINT64_C(1) << (index % 64);
}

/* ---- runs ---- */

/** What a run is to do behind what it shares with the run that it comes from. */
struct order {
    uint64_t id;
    struct draws draws; /**< given */
    enum role role;
    const struct step *base;
    const struct step *origin; /**< INNER: what it must be again */
    const struct obstacle *chain;
    const struct sticky *sticky;
};

/** A run that was played; what comes of it is explored before it is forgotten. */
struct frame {
    struct step **steps;
    uint32_t length;
    uint32_t shared; /**< so many steps belong to runs below */
    uint32_t fresh;  /**< the first step that no other run has considered */
    bool was_cut;    /**< only its last step has others */
    bool is_barren;  /**< not even that */
    bool is_prepared;
    uint32_t
        *later; /**< what is new in this run and could be reversed, by what it would come before */
    uint32_t *later_ends; /**< of each position: where its part ends */
    uint32_t position;    /**< what is considered next */
    uint32_t index;
    uint32_t other_position; /**< in the run below, whose other it begins with; NONE */
    uint32_t other_index;
    struct mark mark;
};

#define NONE UINT32_MAX

struct draw {
    uint32_t number;
    uint32_t count;
};

struct candidate {
    uint64_t id;
    uint64_t whose;
    uint64_t strikes;
    uint32_t base;
    rh_duration window_end;
    bool optional;
    enum rh_signal_kind signal;
};

struct dpor {
    struct rh_strategy head;
    struct arena arena;
    uint32_t depth_max;
    /* the runs below, and the one under way */
    struct frame *frames;
    uint32_t frame_count;
    uint32_t frame_capacity;
    /* the run under way */
    struct step **steps;
    uint32_t step_capacity;
    uint32_t depth;
    struct order *orders;
    uint32_t order_count;
    uint32_t order_capacity;
    uint32_t shared;
    struct order order; /**< of the step under way */
    const struct sticky *sticky;
    struct candidate *enabled; /**< when the last step was chosen */
    uint32_t enabled_count;
    uint32_t enabled_capacity;
    struct draw *draws; /**< within the step under way */
    uint32_t draw_count;
    uint32_t draw_capacity;
    uint64_t *bits; /**< scratch */
    uint32_t bit_capacity;
    bool is_covered;    /**< by others, as the last step shows */
    bool is_infeasible; /**< times do not allow what was put in front of something */
    bool is_cut;
    bool is_timed; /**< some event has a window */
    bool has_lost; /**< something was not as it had been: nothing is proved */
};

/** Plan the next run that comes of the topmost frame; false: there is none. */
bool tree_next(struct dpor *dpor, struct frame *frame);
/** Is the run so far what another one covers? Looks at its last step. */
bool tree_covers(const struct dpor *dpor, const struct step *last);
/** The same, now that a step that was put off is known to have been taken away by the last one. */
bool tree_covers_without(const struct step *last, const struct sticky *gone);
/** What was put in front of the end of the run, within the first so many steps. */
const struct obstacle *tree_end_chain(const struct dpor *dpor, uint32_t count);

/** Make room for `wanted` elements, as struct dpor's arrays need it; false: it has failed. */
bool dpor_reserve(struct dpor *dpor, void *array, uint32_t *capacity, uint32_t wanted,
                  size_t bytes);
void dpor_fail(struct dpor *dpor);

/** Are there times for all events of the run under way that respect windows and orders? */
bool dpor_is_feasible(struct dpor *dpor);

#ifdef __cplusplus
}
#endif
#endif

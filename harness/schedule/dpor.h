/* SPDX-License-Identifier: MIT */
/** @file
 *  What the explorer remembers: the steps of a run, and what is open at each of them. Private to dpor.c and what it is made
 *  of: tree.c, race.c, journal.c, memo.c, dream.c, lore.c, way.c, trunk.c, trunk_state.c. */
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
/** The bit of an object in a summary. */
static inline uint64_t footprint_bit(uint64_t object)
{
    return UINT64_C(1) << (object >> 58);
}
bool footprints_depend(const struct footprint *a, const struct footprint *b);
/** Which of what waits until nothing holds it does a step mind, as bits of enum rh_hold: a barrier, that time goes on? */
unsigned footprint_waits(const struct footprint *footprint);

/** Numbers drawn within a step. */
struct draws {
    const uint32_t *at;
    uint32_t count;
};

/* ---- steps ---- */

struct step {
    uint64_t id;
    struct rh_bound bound; /**< of a fault */
    uint64_t digest;       /**< of it and all that comes before it: equal iff that is equal */
    struct footprint footprint;
    bool optional;
    bool strikes; /**< a fault: of a message */
    bool spawns;
    bool ends_instant;
    bool is_slow;     /**< it takes time, or one before it does: what is there is not remembered */
    bool passes_over; /**< what comes next is left out, since somebody is dead */
    uint32_t index;
    uint64_t *before; /**< bits of the steps that come before it in any equivalent run */
    uint64_t *races;  /**< of those that it could have come before instead */
    uint64_t *makers; /**< of those without which it would not be */
    struct draws draws;
    const uint32_t *draw_counts; /**< of how many the numbers were */
    uint64_t *sent;              /**< what the signals that it sent are called */
    uint32_t sent_count;
    struct rh_hindrance hindrance; /**< what it came behind and need not have */
    uint32_t behind;               /**< it comes behind so many steps in any order */
    uint32_t phase;                /**< so many are of phases that have ended, itself included */
    uint64_t instead; /**< what is to be explored as well, as time could have gone on; 0: nothing */
};

static inline bool has_bit(const uint64_t *bits, uint32_t index)
{
    return (bits[index / 64] >> (index % 64) & 1U) != 0;
}

static inline void set_bit(uint64_t *bits, uint32_t index)
{
    bits[index / 64] |= UINT64_C(1) << (index % 64);
}

/* ---- what is open ---- */

/** A step that was explored where it stands, with all that can come after it. */
struct explored {
    struct explored *next;
    size_t bytes;
    uint64_t id;
    struct draws draws;
    struct footprint footprint;
};

/** An explored step that is still what it was: a run that takes it now is equivalent to one that was played. */
struct asleep {
    const struct explored *what;
    bool is_alone; /**< the same event with other numbers has been woken */
};

/** An event that is to happen, with the first numbers that it is to draw. */
struct wish {
    uint64_t id;
    struct draws draws;
};

/** Events that are to happen one after the other; then whatever happens by default. */
struct plan {
    struct plan *next;
    size_t bytes;
    uint32_t count;
    uint32_t needed; /**< so many of them can happen; the others are a hint */
    struct wish *wishes;
};

struct candidate {
    uint64_t id;
    uint64_t whose;
    uint64_t strikes;
    struct rh_bound bound;
    bool optional;
    unsigned holds; /**< as in struct rh_candidate */
    unsigned held_by;
};

/** What is known of the place before a step of the run: the steps up to here are the place's name. */
struct place {
    struct candidate *enabled; /**< what may happen there */
    uint32_t enabled_count;
    struct asleep *asleep;
    uint32_t asleep_count;
    struct explored *explored; /**< oldest first */
    struct plan *plans;        /**< what is still to be played from here, oldest first */
    struct mark before;        /**< all that belongs to the place */
    struct mark mark;          /**< all that belongs to the step that is taken from it now */
};

#define NONE UINT32_MAX

struct draw {
    uint32_t number;
    uint32_t count;
};

/** What steps were like, see memo.c; and the run that is dreamt. */
struct memo {
    struct record **slots; /**< a power of two of them, or none */
    struct record **digests;
    struct link **links; /**< as many of each */
    uint32_t slot_count;
    uint32_t record_count;
    struct record *last;     /**< that was remembered */
    bool is_used;            /**< something was dreamt, if not to its end */
    struct arena arena;      /**< the records */
    struct candidate *there; /**< what may happen next in a dream */
    uint32_t there_count;
    uint32_t there_capacity;
    struct rh_candidate *shown; /**< the same, as it is asked for */
    uint32_t shown_capacity;
    unsigned waited; /**< what is waited for, of enum rh_hold, as far as is known */
    uint64_t next;   /**< what it broke off at; 0: behind a step */
    uint64_t *gone;  /**< what has been taken away in it */
    uint32_t gone_count;
    uint32_t gone_capacity;
    uint32_t *makers;
    uint32_t maker_capacity;
};

/* ---- parts ---- */

/** What the runs of a part ask for at a place that is not its own. */
struct ask {
    struct ask *next;
    size_t bytes;
    struct plan *plan;
    bool *is_first; /**< of each wish: nothing in front of it has to come before it */
};

/** A place on the way to where a part begins. */
struct waypoint {
    struct wish step; /**< that is taken from it, but for the last one */
    struct explored
        *explored; /**< until it is entered; and of one of the part's own that was left for good */
    struct plan *plans; /**< until it is entered */
    struct ask *asks;
};

/** Where a part begins, see way.c. Of what is no part all is 0. */
struct way {
    struct waypoint *points;
    uint32_t capacity;
    uint32_t count; /**< places that are still those of the way */
    uint32_t floor; /**< the first place that is the part's own */
    uint32_t steps; /**< that are taken again, until the end of the first run */
};

struct dpor {
    struct rh_strategy head;
    struct arena arena;
    size_t memory_max;
    struct way way;
    struct trunk *trunk; /**< of what is played in parts: trunk.c */
    uint32_t depth_max;
    /* the run that was played last, or is being played */
    struct step **steps;
    uint32_t step_capacity;
    struct place *places; /**< one before each step */
    uint32_t place_count;
    uint32_t place_capacity;
    uint32_t depth;
    uint32_t shared;         /**< so many steps are played again */
    struct plan *plan;       /**< what is to happen behind them */
    uint32_t planned;        /**< so much of it has been taken; what is under way included */
    const struct wish *wish; /**< the step under way, or NULL */
    struct memo memo;
    bool is_dreaming;
    struct draw *draws; /**< within the step under way */
    uint32_t draw_count;
    uint32_t draw_capacity;
    bool is_covered; /**< by others: all that could happen next is asleep */
    bool is_cut;
    uint64_t *bits; /**< of steps: what one needs, see race.c */
    uint32_t bit_words;
    bool has_lost; /**< something was not as it had been: nothing is proved */
};

/* ---- places (tree.c) ---- */

/** Make the place before the next step, behind the steps so far. `candidates` are what may happen there. */
bool tree_enter(struct dpor *dpor, uint32_t count, const struct rh_candidate *candidates);
/** May a fault not strike any more behind the steps so far, since enough of them have? */
bool tree_is_spent(const struct dpor *dpor, const struct candidate *fault);
const struct candidate *tree_candidate(const struct place *place, uint64_t id);
/** May this be taken from the place before the next step? Not if it is asleep. */
bool tree_is_asleep(const struct dpor *dpor, uint64_t id);
/** Nothing that must happen is awake: plan every fault that is, but for the first, which is returned. `count`: none is. */
uint32_t tree_wake_by_fault(struct dpor *dpor, uint32_t count,
                            const struct rh_candidate *candidates);
/** Is the last step, numbers included, one that was asleep? */
bool tree_has_slept(const struct dpor *dpor);
/** What the last step has taken away could have happened instead of it, and other numbers could have been drawn. */
bool tree_note_others(struct dpor *dpor, uint32_t count, const struct rh_candidate *candidates);
/** Go back to the last place from which something is to be played, and take its plan; false: there is none. */
bool tree_go_back(struct dpor *dpor);
/** Is it explored at a place, planned, or asleep there? `draws` NULL: with whatever numbers. */
bool tree_is_known(const struct dpor *dpor, uint32_t position, uint64_t id,
                   const struct draws *draws);
/** A plan without wishes, with room for `count` and all their numbers; NULL without memory. */
struct plan *tree_create_plan(struct dpor *dpor, uint32_t count, uint32_t draw_count);
/** Add a wish to a plan that has room for `most`, and for its numbers behind the others. */
void tree_add_wish(struct plan *plan, uint32_t most, uint64_t id, const struct draws *draws);
/** Plan it last of all, or tell those whose place it is. Takes the plan. */
bool tree_put(struct dpor *dpor, uint32_t position, struct plan *plan);
void tree_free_plan(struct dpor *dpor, struct plan *plan);
/** Put the steps behind the shared ones, and what comes next, if it is not 0, in place of the plan: those that are not in
 *  it are a hint. */
bool tree_hint(struct dpor *dpor, uint64_t next);
/** Forget all places from `count` on. */
void tree_forget(struct dpor *dpor, uint32_t count);

/** Memory of its own that counts as the arena's. NULL: it has failed. */
void *tree_allocate(struct dpor *dpor, size_t bytes);
void tree_release(struct dpor *dpor, void *at, size_t bytes);
struct explored *tree_copy_explored(struct dpor *dpor, const struct explored *explored);
/** Copy the first `count` wishes. */
struct plan *tree_copy_plan(struct dpor *dpor, const struct plan *plan, uint32_t count);
/** Free a list. */
void tree_free_explored(struct dpor *dpor, struct explored *explored);
void tree_free_plans(struct dpor *dpor, struct plan *plan);

/* ---- what could have been the other way round (race.c) ---- */

/** Plan what the steps from `fresh` on ask for. */
bool race_note_all(struct dpor *dpor, uint32_t fresh);

/* ---- the way to where a part begins (way.c) ---- */

/** Make room for a way of `count` places, all empty. */
bool way_init(struct dpor *dpor, uint32_t count, uint32_t floor);
void way_deinit(struct dpor *dpor);
/** Choose the step that was taken. */
uint32_t way_next(struct dpor *dpor, uint32_t count, const struct rh_candidate *candidates);
/** The place before the next step is entered: if it is of the way, it has what it had. */
void way_enter(struct dpor *dpor, struct place *place);
/** Something is asked for at a place that is not the part's own. Takes the plan. */
bool way_ask(struct dpor *dpor, uint32_t position, struct plan *plan);
/** Is this the last place of the way, and the part's own? It is left: keep what was explored there. */
bool way_ends_at(const struct dpor *dpor, uint32_t position);
void way_leave(struct dpor *dpor, struct place *place);
void ask_free_all(struct dpor *dpor, struct ask *ask);

/* ---- the whole, of which parts are given away (trunk.c, trunk_state.c) ---- */

enum rh_status trunk_split(struct rh_strategy *self, uint64_t runs, struct rh_strategy **ret_part);
enum rh_status trunk_join(struct rh_strategy *self, struct rh_strategy *part);
enum rh_status trunk_save(const struct rh_strategy *self, struct rh_numbers *numbers);
enum rh_status trunk_load(struct rh_strategy *self, struct rh_numbers *numbers);
void trunk_tell_open(const struct rh_strategy *self, char *buffer, size_t capacity);
void trunk_destroy(struct dpor *dpor);

/* ---- the strategy (dpor.c) ---- */

/** Make room for `wanted` elements, as struct dpor's arrays need it; false: it has failed. */
bool dpor_reserve(struct dpor *dpor, void *array, uint32_t *capacity, uint32_t wanted,
                  size_t bytes);
void dpor_fail(struct dpor *dpor);
void dpor_begin_run(struct dpor *dpor);
/** Choose what is next: an index into `candidates`, of no meaning if the run is cut now, or has failed. */
uint32_t dpor_next(struct dpor *dpor, uint32_t count, const struct rh_candidate *candidates);
/** Draw a number within the step that was chosen. */
uint32_t dpor_draw(struct dpor *dpor, uint32_t count);
/** The step that was chosen has been taken. */
void dpor_note_step(struct dpor *dpor, const struct rh_followed *deed);

/* ---- runs that need not be played (memo.c, dream.c) ---- */

/** How many of the first `end` steps are of phases that have ended? */
static inline uint32_t memo_phase(const struct dpor *dpor, uint32_t end)
{
    return end == 0 ? 0 : dpor->steps[end - 1]->phase;
}
/** Digest of a step that is in order behind the steps so far. */
uint64_t memo_digest(const struct dpor *dpor, const struct step *step);
/** Remember what the last step did, now that what may happen behind it is known. */
void memo_note(struct dpor *dpor, const struct step *last, uint32_t count,
               const struct rh_candidate *candidates);
void memo_deinit(struct dpor *dpor);
/** Follow the plan from the last place as far as it is known what comes of it. Returns whether that is a run that others cover,
 *  which then is the run that was played last; otherwise nothing has changed. */
bool dream(struct dpor *dpor);

/* ---- what is handed on of it to other parts (lore.c) ---- */

/** Write down what has been remembered last. RH_NO_MEMORY. */
enum rh_status lore_write(const struct dpor *dpor, struct rh_numbers *numbers);
/** Remember what was written down, all that is left of the numbers; false: it is nothing of the kind. */
bool lore_read(struct dpor *dpor, struct rh_numbers *numbers);

#ifdef __cplusplus
}
#endif
#endif

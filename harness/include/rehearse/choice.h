/* SPDX-License-Identifier: MIT */
/** @file
 *  Every choice that a run makes is drawn here, at a named site. A run is its list of choices; a strategy answers them.
 *
 *      create -> (begin -> below* -> end)* -> destroy      until end says that no further run is wanted
 *
 *  fifo, random, uniform, pct, pos, fair, portfolio, exhaustive, dpor and replay are implementations; shrinking slots into the
 *  same interface. */
#ifndef REHEARSE_CHOICE_H
#define REHEARSE_CHOICE_H

#include <rehearse/node.h>

RH_PUBLIC_BEGIN

/** One row per site: identifier, word, what is chosen. 0 is always the unremarkable answer. */
#define RH_SITE_MAP(X)                                                                             \
    X(NEXT, "next", "which of the pending events happens, in sending order")                       \
    X(FAULT, "fault", "whether an optional fault strikes at this event")                           \
    X(DRAW, "draw", "a number that a scenario or behaviour asks for")                              \
    X(CUT, "cut", "how many bytes of a pipe arrive; 0: what was written at once")                  \
    X(CLOCK, "clock", "what the clock shows at this event, where told: seconds, then nanoseconds")

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

/** How often faults may strike in a run. */
struct rh_bound {
    uint32_t line;     /**< which of the scenario's faults it is, from 1; 0: it is none */
    uint32_t line_max; /**< how often that one may; UINT32_MAX: always */
    uint64_t all_max;  /**< how often all that may strike or not may together; 0: always */
};

/** What waits for events of any kind to be over. */
enum rh_hold {
    RH_HOLD_BARRIER = 1, /**< until nothing is under way */
    RH_HOLD_TIME = 2,    /**< until nothing would be too late if time went on */
    RH_HOLD_ALL = 3
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
    bool optional; /**< the run may end without it: a fault, or the end */
    uint32_t
        weight; /**< how likely random strategies take it, against 1 of any other; at least 1 */
    /* Filled in for strategies that follow a run. */
    uint64_t
        id; /**< the same in every run for the same event, wherever it happens; 0: the run ends */
    uint64_t
        strikes; /**< id of the event that it is an alternative to: either takes the other away; 0: none */
    uint64_t whose; /**< key of the actor; 0: nobody's */
    struct rh_bound bound;
    enum rh_signal_kind signal;
    unsigned holds;   /**< what waits for it, of enum rh_hold */
    unsigned held_by; /**< what it has waited for: it is there since nothing holds that any more */
};

/** How a step touches an object. Two steps commute iff they share no object, or only as read/read and add/add. */
enum rh_mode {
    RH_MODE_READ,
    RH_MODE_WRITE,
    RH_MODE_ADD
};

/** What steps share: identifier, sentence. */
#define RH_OBJECT_MAP(X)                                                                           \
    X(STATE, "what an actor's turns see, its mailbox and own halves of monitors included")         \
    X(LIFE, "whether an actor lives, and who watches it")                                          \
    X(LINKS, "an actor's links")                                                                   \
    X(NAME, "a registered name")                                                                   \
    X(GROUP, "a group")                                                                            \
    X(TIMER, "a timer")                                                                            \
    X(DUE, "the order of the timers aimed at an actor, once others set them")                      \
    X(MAILBOX, "the room at an actor with a cap of its own")                                       \
    X(CHANNEL, "the sending order from one actor to another")                                      \
    X(NET, "what a node knows of other nodes, a connection of it, or what that has to write")      \
    X(PIPE, "an end of one direction of a pipe, a child, an address, a handle")                    \
    X(TIME, "which instant it is, for what can wait and for faults, which always can")             \
    X(BARRIER,                                                                                     \
      "whether all that is under way has come to rest, for timers and who waits for that")         \
    X(RUN, "everything: for steps that commute with none")                                         \
    X(PROMISE, "whether something that was promised behind something else has come")

enum rh_object_kind {
#define X(identifier, sentence) RH_OBJECT_##identifier,
    RH_OBJECT_MAP(X)
#undef X
    RH_OBJECT_COUNT
};

struct rh_touch {
    uint64_t object; /**< kind, owner and the rest, mixed */
    uint64_t owner;  /**< key of the actor it belongs to, or 0 */
    enum rh_object_kind kind;
    enum rh_mode mode;
};

/** What was in the way of a step: a forged signal in front of it, the time that its actor took for a turn. */
struct rh_hindrance {
    uint32_t by;     /**< the deed that put it there, by its number from 1; 0: nothing was */
    uint32_t passed; /**< the deed behind which it was no longer */
};

/** What a step was, for strategies that follow a run. Borrowed for the call. */
struct rh_followed {
    uint64_t id;                    /**< of its candidate; 0: the run ended here */
    const struct rh_touch *touches; /**< sorted by object, each once */
    uint32_t touch_count;
    const uint32_t *makers; /**< deeds that it cannot do without, by their number in the run */
    uint32_t maker_count;
    const uint64_t *sent; /**< what the signals that it sent are called */
    uint32_t sent_count;
    const uint64_t
        *passed; /**< the lives for whose end something is left out that would come next */
    uint32_t passed_count;
    bool spawns;                   /**< one of them is the first of a new actor */
    struct rh_hindrance hindrance; /**< which might have come only behind the step */
    bool takes_time;               /**< its actor can do nothing more for a while */
    uint32_t behind; /**< it cannot happen before the first so many deeds of the run */
    bool
        ends_instant; /**< time goes on by it: until when, and whether, depends on what else is there */
    uint64_t
        instead; /**< time could have gone on before it: that, or what had to come before; 0: it could not */
};

/** Numbers in a row, for what is written down of a strategy. Zeroed but for the allocator it is empty. */
struct rh_numbers {
    const struct rh_allocator *allocator;
    uint64_t *at;
    size_t count;
    size_t capacity;
    size_t taken; /**< numbers from the front */
};
/** Add one; false: no memory. */
bool rh_numbers_put(struct rh_numbers *numbers, uint64_t number);
/** Take the next one from the front; false: there is none. */
bool rh_numbers_take(struct rh_numbers *numbers, uint64_t *ret_number);
/** As rh_numbers_take, of one that is at most `most`; false also for one that is not. */
bool rh_numbers_take_most(struct rh_numbers *numbers, uint64_t most, uint64_t *ret_number);
void rh_numbers_deinit(struct rh_numbers *numbers);

struct rh_strategy;
struct rh_strategy_functions {
    const char *name;
    /** It takes the first candidate always: a driver need not list the others, and nothing is drawn or recorded. */
    bool first_only;
    bool sees_forced; /**< forced choices at NEXT are asked too, as of strategies that follow */
    /** A run starts. NULL: nothing to do. */
    void (*begin)(struct rh_strategy *self);
    /** Answer a number below `count` (>= 2: forced choices are not asked). `candidates` has `count` rows at NEXT and is
     *  NULL elsewhere. */
    uint32_t (*below)(struct rh_strategy *self, enum rh_site site, uint32_t count,
                      const struct rh_candidate *candidates);
    /** NULL, or it follows: forced choices at NEXT are asked too, candidates are identified, and this is told what each
     *  step did, the end of a phase included. */
    void (*did)(struct rh_strategy *self, const struct rh_followed *deed);
    /** The run under way leads nowhere: it is to stop, and says nothing. NULL: never. */
    bool (*cuts)(const struct rh_strategy *self);
    /** Seed of the run under way: the run that `seed` alone begins with. NULL: it has none. */
    uint64_t (*seed)(const struct rh_strategy *self);
    /** Say what its runs show, if nothing was violated, as a clause of a sentence. NULL: nothing to add. */
    void (*tell)(const struct rh_strategy *self, char *text, size_t capacity);
    /** The run is over. Returns whether another one is wanted. `runs` is counted by rh_strategy_end. */
    bool (*end)(struct rh_strategy *self);
    /** Give away a part of what is to be explored, to be played by itself, on any thread, for at most `runs` runs. *ret_part is
     *  NULL if there is nothing to give now; a part that is away may bring more. NULL: it is played as one. */
    enum rh_status (*split)(struct rh_strategy *self, uint64_t runs, struct rh_strategy **ret_part);
    /** Take a part back, in the order in which they were given away: what it has left is to be explored again. */
    enum rh_status (*join)(struct rh_strategy *self, struct rh_strategy *part);
    /** Say what is open, between joins, as part of a sentence. NULL: nothing is to be said. */
    void (*tell_open)(const struct rh_strategy *self, char *buffer, size_t capacity);
    /** Write down what is to be explored: parts that are away as they were given, in order, then the rest. RH_NO_MEMORY. NULL:
     *  it begins anew. */
    enum rh_status (*save)(const struct rh_strategy *self, struct rh_numbers *numbers);
    /** Take over what was written down, before anything else is done. RH_MALFORMED, RH_NO_MEMORY. */
    enum rh_status (*load)(struct rh_strategy *self, struct rh_numbers *numbers);
    void (*destroy)(struct rh_strategy *self);
};
/** Common head of every strategy. */
struct rh_strategy {
    const struct rh_strategy_functions *functions;
    uint64_t runs;    /**< runs ended so far */
    uint64_t asked;   /**< questions so far, in all runs */
    uint64_t classes; /**< dpor: runs that no other one is equivalent to */
    uint64_t blocked; /**< dpor: runs that were cut because others cover them */
    double share;     /**< of what is to be explored, as far as it can be told: 0 is not known */
    bool complete;    /**< exhaustive: everything has been explored */
    bool failed;      /**< out of memory or diverged: answers are 0 from now on */
    enum rh_status status;
    uint64_t
        diverged_at; /**< replay: index of the first decision that did not fit, when status is RH_DIVERGED */
    /** Set by whoever runs it, for the time of a question at NEXT: write what candidate i is called, in the words of a
     *  scenario's `schedule`; as snprintf. NULL: nobody can. */
    size_t (*line)(void *self, uint32_t candidate, char *buffer, size_t capacity);
    void *line_self;
};

/** Tell the strategy that a run starts; the caller then draws its choices. */
void rh_strategy_begin(struct rh_strategy *strategy);
/** Tell it that the run is over; counts it. Returns whether another one is wanted, never after a failure. */
bool rh_strategy_end(struct rh_strategy *strategy);

/** Can it be played in parts? The parts, and what comes of them together, depend on the order of splits and joins and on
 *  nothing else. A strategy is either played or split. */
static inline bool rh_strategy_splits(const struct rh_strategy *strategy)
{
    return strategy->functions->split != NULL;
}
/** Give away a part of at most `runs` runs, >= 1. *ret_part is NULL if there is nothing to give now, and when it fails:
 *  RH_NO_MEMORY. The part is to be joined, or destroyed when nothing is to be made of the whole any more. */
RH_MUST_USE enum rh_status rh_strategy_split(struct rh_strategy *strategy, uint64_t runs,
                                             struct rh_strategy **ret_part);
/** Take a part back that was played, whose last run has ended, and destroy it. Its counts are added, and if it has failed so
 *  has the whole. RH_NO_MEMORY: what it has left is lost. */
RH_MUST_USE enum rh_status rh_strategy_join(struct rh_strategy *strategy, struct rh_strategy *part);

/** Can it be written down between joins, so that another one, made alike, goes on where it was? */
static inline bool rh_strategy_saves(const struct rh_strategy *strategy)
{
    return rh_strategy_splits(strategy) && strategy->functions->save != NULL;
}
/** RH_NO_MEMORY. */
RH_MUST_USE enum rh_status rh_strategy_save(const struct rh_strategy *strategy,
                                            struct rh_numbers *numbers);
/** Into a new strategy. RH_MALFORMED: they are of no such strategy; it is to be destroyed then. RH_NO_MEMORY. */
RH_MUST_USE enum rh_status rh_strategy_load(struct rh_strategy *strategy,
                                            struct rh_numbers *numbers);

/** Does it follow the run, and is it to be cut? */
static inline bool rh_strategy_follows(const struct rh_strategy *strategy)
{
    return strategy != NULL && strategy->functions->did != NULL;
}
static inline bool rh_strategy_cuts(const struct rh_strategy *strategy)
{
    return strategy->functions->cuts != NULL && strategy->functions->cuts(strategy);
}

/** Return the seed of the run under way, for a strategy without seeds `otherwise`. */
static inline uint64_t rh_strategy_seed(const struct rh_strategy *strategy, uint64_t otherwise)
{
    return strategy->functions->seed == NULL ? otherwise : strategy->functions->seed(strategy);
}

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
/* The next ones take seeds as random does. Those that have to know how long a run is play one more at first, which takes the
 * oldest and lets no fault strike; it has the seed of the run behind it. */
/** Uniform over interleavings: each candidate weighs what its channel has left, by the measured run. */
RH_MUST_USE enum rh_status rh_strategy_uniform(const struct rh_allocator *allocator, uint64_t seed,
                                               uint64_t runs, struct rh_strategy **ret_strategy);
/** Priorities that change `depth` - 1 times in a run (1 to 64; otherwise RH_INVALID). See pct.c for its guarantee. */
RH_MUST_USE enum rh_status rh_strategy_pct(const struct rh_allocator *allocator, uint64_t seed,
                                           uint64_t runs, uint32_t depth,
                                           struct rh_strategy **ret_strategy);
/** Partial order sampling: priorities of events, drawn again by those that race. */
RH_MUST_USE enum rh_status rh_strategy_pos(const struct rh_allocator *allocator, uint64_t seed,
                                           uint64_t runs, struct rh_strategy **ret_strategy);
/** Whoever has waited longest: nobody starves. */
RH_MUST_USE enum rh_status rh_strategy_fair(const struct rh_allocator *allocator, uint64_t seed,
                                            uint64_t runs, struct rh_strategy **ret_strategy);
/** random, uniform, pct of depths 2 and 3, and pos, in turn. */
RH_MUST_USE enum rh_status rh_strategy_portfolio(const struct rh_allocator *allocator,
                                                 uint64_t seed, uint64_t runs,
                                                 struct rh_strategy **ret_strategy);

/** What an exhaustive exploration leaves out. A run beyond a bound is not made; the oldest event may always happen. */
struct rh_bounds {
    uint64_t
        choices; /**< decisions of one run that are tried in every way; after them the oldest */
    uint64_t preemptions; /**< turns taken from an actor that could go on */
    uint64_t delays;      /**< how many older events are overtaken, over a run */
    uint64_t faults;      /**< that strike in one run */
};
#define RH_UNBOUNDED UINT64_MAX
/** As exhaustive, within bounds (copied). What is complete is what is within them, and `tell` says so; it says nothing if
 *  nothing was beyond. */
RH_MUST_USE enum rh_status rh_strategy_bounded(const struct rh_allocator *allocator,
                                               uint32_t depth_max, const struct rh_bounds *bounds,
                                               struct rh_strategy **ret_strategy);
/** Every sequence of answers, depth first, in lexicographic order. Depth is bounded by `depth_max` decisions; reaching it
 *  sets status RH_LIMIT and complete never becomes true. */
RH_MUST_USE enum rh_status rh_strategy_exhaustive(const struct rh_allocator *allocator,
                                                  uint32_t depth_max,
                                                  struct rh_strategy **ret_strategy);
/** One run of each class of equivalent runs: orders of steps that commute count once. Depth is bounded by `depth_max` steps and
 *  what is still to be explored by `memory_max` bytes; reaching either sets status RH_LIMIT and complete never becomes
 *  true. */
RH_MUST_USE enum rh_status rh_strategy_dpor(const struct rh_allocator *allocator,
                                            uint32_t depth_max, size_t memory_max,
                                            struct rh_strategy **ret_strategy);
/** The answers of a recording (borrowed). The first decision whose site or count differs, or that is missing, sets
 *  status RH_DIVERGED; from there on it answers 0. */
RH_MUST_USE enum rh_status rh_strategy_replay(const struct rh_allocator *allocator,
                                              const struct rh_decision *decisions, size_t count,
                                              struct rh_strategy **ret_strategy);
/** Accepts NULL. */
void rh_strategy_destroy(struct rh_strategy *strategy);

RH_PUBLIC_END
#endif

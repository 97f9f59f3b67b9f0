/* SPDX-License-Identifier: MIT */
/** @file
 *  What the strategies share that draw their runs: seeds, the run that is measured first, channels, priorities. Private to
 *  this folder and to the calibration.
 *
 *  A channel is what happens in one order of its own: signals of one sender to one receiver, an actor's timers for another,
 *  the operations of a script, an optional fault. It is known by pids, which runs share as far as the same actors are spawned
 *  in the same order. */
#ifndef HARNESS_SCHEDULE_SAMPLER_H
#define HARNESS_SCHEDULE_SAMPLER_H

#include "harness/schedule/draw.h"

#include <rehearse/choice.h>

#define SAMPLER_DEPTH_MAX 64u
#define SAMPLER_MANNERS_MAX 8u

struct sampler;

/** How the next event of a run is found. */
struct sampler_manner {
    const char *name;
    uint32_t depth; /**< pct */
    /** A run starts. NULL: nothing to do. */
    void (*begin)(struct sampler *sampler);
    /** Pick one of `count` (>= 1) candidates. */
    uint32_t (*next)(struct sampler *sampler, uint32_t count,
                     const struct rh_candidate *candidates);
    /** What its runs show, as a clause. */
    void (*tell)(const struct sampler *sampler, char *text, size_t capacity);
};

struct channel {
    uint64_t key;
    uint64_t priority; /**< 0: none in this run */
    uint64_t served;   /**< step at which it was last served in this run; 0: not yet */
    uint32_t measured; /**< events in the run that was measured */
    uint32_t done;     /**< events in this run */
};

/** Numbers by key; 0 is not there. */
struct marks {
    uint64_t *keys;
    uint64_t *values;
    uint32_t capacity;
    uint32_t count;
};

struct sampler {
    struct rh_strategy head;
    struct rh_strategy_functions functions;
    struct rh_allocator allocator;
    uint64_t seed;
    uint64_t runs;
    struct sampler_manner manners[SAMPLER_MANNERS_MAX];
    uint32_t manner_count;
    bool measures;  /**< the first run is fifo, and is measured */
    uint64_t given; /**< runs given away in parts, the measured one included */
    uint64_t asked[RH_SITE_COUNT];
    struct channel *channels;
    uint32_t channel_count;
    uint32_t channel_capacity;
    uint32_t channels_used;              /**< in this run */
    struct marks places;                 /**< channel -> place in `channels`, + 1 */
    struct marks pending;                /**< pos: event -> priority */
    uint64_t step;                       /**< of this run, from 1 */
    uint64_t measured;                   /**< events of the run that was measured */
    uint64_t longest;                    /**< of all runs */
    uint32_t widest;                     /**< channels of one run */
    uint64_t changes[SAMPLER_DEPTH_MAX]; /**< pct: steps, as they were drawn */
    uint32_t change_count;
};

struct sampler_options {
    uint64_t seed;
    uint64_t runs;
    const struct sampler_manner *manners; /**< one, or several in turn; copied */
    uint32_t manner_count;
    bool measures; /**< it plays a run of its own at first */
};
/** RH_INVALID: no manner, or too many. RH_NO_MEMORY. */
RH_MUST_USE enum rh_status sampler_create(const struct rh_allocator *allocator,
                                          const struct sampler_options *options,
                                          struct rh_strategy **ret_strategy);

/** The manner of the run under way. */
const struct sampler_manner *sampler_manner(const struct sampler *sampler);
/** Draw a number below `count`, a candidate or a priority for one, of this run. */
uint32_t sampler_below(struct sampler *sampler, uint32_t count);
uint32_t sampler_draw(struct sampler *sampler, uint32_t count,
                      const struct rh_candidate *candidates);
uint64_t sampler_priority(struct sampler *sampler, const struct rh_candidate *candidate);
/** Return the channel of a candidate, added if it is new; NULL without memory, which fails the strategy. Valid until the
 *  next call. */
struct channel *sampler_channel(struct sampler *sampler, const struct rh_candidate *candidate);
/** The same by its key. */
struct channel *sampler_channel_at(struct sampler *sampler, uint64_t key);
uint64_t sampler_channel_key(const struct rh_candidate *candidate);
/** Return where the number of a key is, 0 if it is new; NULL without memory, which fails the strategy. */
uint64_t *sampler_mark(struct sampler *sampler, struct marks *marks, uint64_t key);
void sampler_forget(struct marks *marks);

/* sampler_parts.c: as struct rh_strategy_functions says. */
enum rh_status sampler_split(struct rh_strategy *self, uint64_t runs,
                             struct rh_strategy **ret_part);
enum rh_status sampler_join(struct rh_strategy *self, struct rh_strategy *part);
enum rh_status sampler_save(const struct rh_strategy *self, struct rh_numbers *numbers);
enum rh_status sampler_load(struct rh_strategy *self, struct rh_numbers *numbers);

extern const struct sampler_manner sampler_walk;
extern const struct sampler_manner sampler_uniform;
extern const struct sampler_manner sampler_pct; /**< depth to be set */
extern const struct sampler_manner sampler_pos;
extern const struct sampler_manner sampler_fair;

#endif

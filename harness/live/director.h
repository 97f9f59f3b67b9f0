/* SPDX-License-Identifier: MIT */
/** @file
 *  One live run from the parent's side: the stage, the steps, the faults, the rest, the end. Private to harness/live. */
#ifndef HARNESS_LIVE_DIRECTOR_H
#define HARNESS_LIVE_DIRECTOR_H

#include "harness/live/company.h"
#include "harness/play/real.h"
#include "harness/scenario/scenario.h"

/** What the parent has done, in order: identifier, what. */
enum deed_kind {
    DEED_COMMAND, /**< told a child to perform or to strike: that child's word is the event */
    DEED_LANE,    /**< a step without an actor: a wait, or something done to nodes and pipes */
    DEED_FAULT,   /**< an armed fault of nodes or pipes has struck */
    DEED_HEAL     /**< the run converges from here on */
};
struct live_deed {
    enum deed_kind kind;
    rh_instant time;
    uint32_t number; /**< COMMAND */
    uint32_t id;     /**< LANE: of the lane; FAULT: index */
    uint32_t *heard; /**< how many records of each node were heard before */
    bool is_kill;    /**< it has ended `node` */
    bool is_harm;    /**< it has done something to the pipes between `node` and `other` */
    uint32_t links;  /**< of all connections, so many were there before it */
    uint32_t node;
    uint32_t other;
};

/** A connection, as the relay has seen it. */
struct live_link {
    uint32_t from;
    uint32_t to;
    uint32_t connected; /**< the how-manyeth that way, from 0 */
    uint32_t accepted;  /**< the how-manyeth at `to`; UINT32_MAX: nobody was there */
};

enum director_end {
    DIRECTOR_RESTED, /**< nothing more can happen */
    DIRECTOR_BUSY,   /**< it did not come to rest in time */
    DIRECTOR_FAILED, /**< a child or the system: see `why` */
    DIRECTOR_STOPPED /**< the caller said so */
};

struct director {
    const struct rh_scenario *scenario;
    const struct rh_plan *plan;
    const struct rh_play *play;
    const struct rh_live_options *options;
    uint64_t seed;
    uint64_t shuffle; /**< 0: none */
    struct company company;
    struct live_deed *deeds;
    uint32_t deed_count;
    struct live_link *links;
    uint32_t link_count;
    char why[COMPANY_TEXT_BYTES];
    struct work *work; /**< of the run under way */
};

/** Of the actors' own streams, in both worlds. */
static inline uint64_t live_actors_seed(const struct rh_plan *plan)
{
    return plan->explore.strategies[0].seed;
}

/** Play it. The director holds all that was said and done until deinit. */
enum director_end director_play(struct director *director);
void director_deinit(struct director *director);

#endif

/* SPDX-License-Identifier: MIT */
/** @file
 *  A play on a real node: those actors of the scenario that live on one node, in a process that somebody else drives. The
 *  world of such a play never runs: it gives names, hears what the node does, and is where faults are armed.
 *
 *      rh_play_create -> begin -> (set_up | dial)* -> give* -> (perform | strike)* -> end -> rh_play_destroy */
#ifndef HARNESS_PLAY_REAL_H
#define HARNESS_PLAY_REAL_H

#include "harness/play/play.h"
#include "harness/scenario/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

#define RH_PLAY_WHOLE UINT32_MAX

/** One operation of a script, of a step or of an entry of a race. */
struct rh_play_part {
    bool is_script;
    uint32_t index; /**< of the script, among actors that have one; of the step */
    uint32_t entry; /**< of a race; RH_PLAY_WHOLE: it is none */
    uint32_t op;
};
enum rh_play_performed {
    RH_PLAY_PERFORMED,
    RH_PLAY_LEFT_OUT, /**< who was to do it has ended, or there is no such operation: the lane is over */
    RH_PLAY_NOT_YET /**< who is to do it does not exist yet */
};
/** Return what the simulator's source of steps and scripts calls the lane of a part. */
uint32_t rh_play_lane(const struct rh_play *play, const struct rh_play_part *part);

/** Return the pid of the i-th actor of the file: the same in every run. */
struct rh_pid rh_play_pid(const struct rh_play *play, uint32_t actor);
/** Return a script as a step. */
const struct rh_plan_step *rh_play_script(const struct rh_play *play, uint32_t index);

struct rh_play_real {
    uint32_t node;                 /**< index */
    uint64_t seed;                 /**< of the actors' streams */
    struct rh_judge *judge;        /**< hears what cannot be set up */
    const struct rh_play_run *run; /**< its strategy draws; the rest is not looked at */
    const struct rh_listener *listener;
    rh_instant now;
};
/** Make the node, spawn its actors, let it join the others. Nothing of that has had a turn yet. All borrowed until the
 *  end. */
RH_MUST_USE enum rh_status rh_play_real_begin(struct rh_play *play,
                                              const struct rh_play_real *real);
struct rh_world *rh_play_real_world(const struct rh_play *play);
/** Do the next thing that belongs to the stage; false: there is none at the moment. */
bool rh_play_real_set_up(struct rh_play *play, uint32_t node, rh_instant now);
/** Come to rest and do what is `given`, in sending order. */
RH_MUST_USE enum rh_status rh_play_real_give(struct rh_play *play, uint32_t node, rh_instant now);
enum rh_play_performed rh_play_real_perform(struct rh_play *play, const struct rh_play_part *part,
                                            rh_instant now);
/** The values that the steps share, by slot: empty, or a message. */
uint8_t rh_play_real_value_count(const struct rh_play *play);
struct rh_message *rh_play_real_value(struct rh_play *play, uint8_t slot);
void rh_play_real_end(struct rh_play *play);
/** RH_OK, or what went wrong in the harness itself. */
enum rh_status rh_play_real_status(const struct rh_play *play);

#ifdef __cplusplus
}
#endif
#endif

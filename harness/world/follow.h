/* SPDX-License-Identifier: MIT */
/** @file
 *  Following a run for strategies that reduce it: names for events that are the same in every run, what each step touched,
 *  and which steps it came from. Private to harness/world. */
#ifndef HARNESS_WORLD_FOLLOW_H
#define HARNESS_WORLD_FOLLOW_H

#include <rehearse/world.h>

struct follow;

/** The number of no deed. */
#define FOLLOW_NO_DEED UINT32_MAX

/** Begin to follow a world; before its nodes. RH_NO_MEMORY. */
RH_MUST_USE enum rh_status follow_create(struct rh_world *world, struct follow **ret_follow);
void follow_destroy(struct follow *follow);

/** Watch what steps of a node look at. */
void follow_node(struct follow *follow, struct rh_node *node);
/** Name all candidates of the world, also those that are too early; the end has no name, that is 0. */
void follow_identify(struct follow *follow);
/** What it is called that time goes on now. */
uint64_t follow_tick_id(struct follow *follow);
/** A signal is about to be handled before the first step: it leaves its channel. */
void follow_set_up(struct follow *follow, uint32_t node, const struct rh_pending *pending);
/** What the step is called that all draw in who draw before the first one. */
#define FOLLOW_STAGE UINT64_C(15)
/** The stage is set: if anything was drawn that was a step, behind which all others come. */
void follow_end_stage(struct follow *follow);
/** One of them begins, and is over: the strategy is told what it did. */
void follow_begin(struct follow *follow, uint32_t chosen);
void follow_end(struct follow *follow);
/** What follows from now on cannot happen before anything that has happened. */
void follow_barrier(struct follow *follow);

/** What steps share of a direction of a pipe, or of what has a name like one. */
enum follow_part {
    FOLLOW_REST, /**< of a child, an address, a program: all there is; of a pipe nothing */
    FOLLOW_TAIL, /**< what is written into it, and how its writer fares */
    FOLLOW_HEAD, /**< what arrives out of it */
    FOLLOW_WAYS, /**< of a node: how many pipes it has opened to the first node; plus n: to another */
};
/** A step touches it; no-ops for NULL or between steps. */
void follow_touch_pipe(struct follow *follow, const char *name, uint64_t part, enum rh_mode mode);
/** An actor writes. Return the deed in which it first had something of that to say, if it waits for what was written before;
 *  FOLLOW_NO_DEED: this one. */
uint32_t follow_write(struct follow *follow, struct rh_pid writer);
/** The number of the deed under way; FOLLOW_NO_DEED: none is, or nobody follows. */
uint32_t follow_deed(const struct follow *follow);
/** A step depends on whether an actor is alive. */
void follow_touch_life(struct follow *follow, struct rh_pid pid);
/** A step commutes with none. */
void follow_touch_run(struct follow *follow);

#endif

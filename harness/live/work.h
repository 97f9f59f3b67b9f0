/* SPDX-License-Identifier: MIT */
/** @file
 *  A run under way: what the files of the director share. Private to harness/live. */
#ifndef HARNESS_LIVE_WORK_H
#define HARNESS_LIVE_WORK_H

#include "harness/live/director.h"

#define PATIENCE (20 * RH_SECOND) /* for a run to come to rest */
#define TURN_MS 20

enum lane_state {
    LANE_IDLE,
    LANE_ASKED,   /* an answer is awaited */
    LANE_WAITING, /* for somebody who is not there yet */
    LANE_OVER
};
struct lane {
    const struct rh_plan_step *step; /* NULL: nothing */
    struct rh_play_part part;
    enum lane_state state;
    uint32_t number; /* of the command */
    rh_instant due;  /* not before */
    rh_instant at;   /* in the simulator's time: what of a single node happens then */
};

/* An armed fault that is not pinned to a message. */
struct armed {
    uint32_t left;  /* how often it will still strike */
    uint64_t after; /* so much has been heard */
    rh_instant due; /* pinned to a time */
    bool is_pinned;
    bool is_asked;
    bool is_told; /* to the node, before it played */
    uint32_t number;
};

/* A node that thaws, or a way that is free again, by itself. */
struct relief {
    rh_instant due;
    bool is_node;
    uint32_t node;
    uint32_t other;
};

struct work {
    struct lane *lanes; /* the steps, the scripts, the race */
    uint32_t lane_count;
    uint32_t script_count;
    uint32_t step;
    struct armed *armed;
    struct relief *reliefs;
    uint32_t relief_count;
    struct rh_message values[RH_VARIABLES];
    uint32_t numbers; /* commands so far */
    uint64_t spent;   /* drawn faults */
    uint64_t draws;
    uint32_t round;
    bool is_asking;
    uint64_t activity; /* when the last round was answered */
    uint64_t asked_at; /* when this one was asked */
    bool is_resting;   /* at the last round */
    bool has_timers;
    bool is_healing;
    rh_instant begun;       /* on the clock: the time of the run begins */
    rh_instant now;         /* of the last event, in the time of its node */
    struct live_deed spare; /* written where there is no memory for another */
};

rh_instant live_clock(void);
uint64_t live_draw(struct director *it, uint64_t below);
/** Note a deed, with all that has been heard by now. */
struct live_deed *live_note(struct director *it, enum deed_kind kind);
void live_say(struct director *it, uint32_t node, enum live_command command);
void live_say_number(struct director *it, uint32_t node, enum live_command command,
                     uint32_t number);
/** Does it run, and listen? */
bool live_answers(const struct live_node *node);
/** Let a frozen node go on. */
void live_thaw(struct director *it, uint32_t node);
/** Where an actor of the file lives; children are on the only node. */
uint32_t live_node_of(const struct director *it, uint32_t actor);

/** Do what a step does to nodes and pipes. */
void live_do_step(struct director *it, uint32_t lane, const struct rh_plan_deed *plan);
/** Let go of what was held for so long. */
void live_relieve(struct director *it, rh_instant now);
/** Tell the only node what will strike it, and how late, before anything has happened: all faults of messages, and each other
 *  fault of actors in every other run. */
void live_tell_faults(struct director *it);
/** Draw how often each other fault will strike, and when. */
void live_arm(struct director *it);
/** Let strike what is to; `at_rest`: there will be no later moment. Returns whether any is still to come. */
bool live_work_faults(struct director *it, bool at_rest);

#endif

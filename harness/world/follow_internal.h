/* SPDX-License-Identifier: MIT */
/** @file
 *  What follow*.c share. Private to those. */
#ifndef HARNESS_WORLD_FOLLOW_INTERNAL_H
#define HARNESS_WORLD_FOLLOW_INTERNAL_H

#include "harness/world/follow.h"
#include "harness/world/internal.h"
#include "harness/world/keys.h"

/* What is under way on a channel. */
struct channel {
    uint32_t sent; /* forgeries are not counted */
    uint32_t handled;
    uint32_t first; /* of the makers of what was sent, oldest first; FOLLOW_NO_DEED */
    uint32_t last;
    uint32_t handler;     /* deed that handled the last one, FOLLOW_NO_DEED */
    uint32_t own_handler; /* the last one that is no forgery */
    uint32_t
        forger; /* deed that forged the last one that was handled, FOLLOW_NO_DEED: it is none */
};
struct maker {
    uint32_t deed;
    uint32_t next;
    uint64_t forgery; /* what it is called, as its fault was its maker; 0: it is none */
};

/* Since when, and until when, an event was there: so many deeds had happened. */
struct birth {
    uint32_t deeds;
    uint32_t seen;
    rh_instant since; /* it can happen */
};

/* A timer that was taken away from the timers of an actor. */
struct expiry {
    uint32_t deed;
    uint32_t set; /* deed in which it was set, + 1 */
    uint64_t whose;
    rh_instant due;
};

/* A deed of the instant under way. */
struct instant_deed {
    uint32_t deed;
    rh_instant latest; /* time could not go on past this before it */
    rh_instant frees;  /* nor, otherwise, because of what it took away; RH_NEVER: nothing */
};

/* Something that must happen. */
struct due {
    uint64_t id;
    rh_instant latest;
};

/* An event of a source that has happened. */
struct lane_event {
    uint32_t deed;
    uint64_t lane;
    uint64_t group;
    uint64_t round;
};

/* What an endpoint has to say. */
struct lane_of {
    uint64_t puts;     /* so far */
    uint64_t waiting;  /* the first of them that is not being written yet; 0: none */
    uint64_t bytes;    /* of all of them */
    uint32_t put_by;   /* deed of the last */
    uint32_t first_by; /* deed of the first that waited last */
};

struct follow {
    struct rh_world *world;
    const struct rh_allocator *allocator;
    uint32_t deeds; /* told so far */
    uint32_t barrier;
    uint32_t tick;        /* deed with which this instant began; FOLLOW_NO_DEED */
    rh_instant before;    /* the instant that ended then */
    struct keys channels; /* channel -> index into channel_list */
    struct keys there;    /* event -> index into births */
    struct keys done;     /* source event -> how often */
    struct keys set;      /* timer -> deed that set it, + 1; actor -> deed it last waited in, + 1 */
    struct keys started;  /* actor -> deed in which it handled its START, + 1 */
    struct keys named;    /* name of a node -> deed in which it was taken, + 1; 0: it was before */
    struct keys capped;   /* actors with a cap of their own */
    struct keys endpoints; /* actor -> index into lanes */
    struct array births;
    struct array channel_list;
    struct array lanes;
    struct array makers_under_way;
    struct array expiries;
    struct array lane_events;
    struct array instant; /* its deeds, its beginning included */
    struct array dues;    /* what had to happen before a step that could have waited */
    struct array touches; /* of the step */
    struct array makers;
    struct array sent;
    struct array passed;
    bool is_running; /* of the step, as all that follows */
    bool spawns;
    struct rh_hindrance hindrance;
    bool takes_time;
    bool is_node_event;
    uint32_t node;
    uint64_t id;
    uint64_t whose;
    struct rh_pending pending;
    uint64_t last_sent; /* channel of the last SEND */
    uint32_t behind;
    bool ends_instant;
    uint64_t instead;
};

/* ---- follow.c ---- */

/** One more element of an array; NULL without memory, noted. */
void *follow_grow(struct follow *follow, struct array *array, size_t bytes);
/** Find a number, or put `value` there; NULL without memory, noted. */
uint32_t *follow_map(struct follow *follow, struct keys *keys, uint64_t key, uint32_t value);
/** The step comes from a deed; any number that is none is left out. */
void follow_add_maker(struct follow *follow, uint32_t deed);

/* ---- follow_names.c ---- */

/** What all ticks are called before they are counted. */
#define FOLLOW_TICKS UINT64_C(14)
/** Children are nodes too: how many there are is no part of a name. */
#define FOLLOW_SOURCE_OF(candidate) ((candidate)->source - follow->world->node_count)

/** The same in every run for the same actor of the same life of its node. */
uint64_t follow_actor_key(const struct follow *follow, struct rh_pid pid);
uint64_t follow_object(enum rh_object_kind kind, uint64_t owner, uint64_t rest);
/** The way of a signal: what leaves by way of one node shares a connection, a name is a target of its own. */
uint64_t follow_channel_key(const struct follow *follow, uint32_t node,
                            const struct rh_pending *pending);
/** Where an event says that a signal went, or came from: the name of a notice is that of the group that it is about. */
uint64_t follow_channel_of(const struct follow *follow, uint32_t node, const struct rh_event *event,
                           struct rh_pid from, struct rh_pid to);
/** What the first turn of an actor is called. */
uint64_t follow_start_id(const struct follow *follow, struct rh_pid actor);
/** The n-th signal of a channel. */
uint64_t follow_channel_id(uint64_t key, uint32_t n);
/** What an actor's waits are called, each of which ends in at most one taking. */
uint64_t follow_waits_of(uint64_t actor);
/** What an event of a source is called before it is counted. */
uint64_t follow_source_key(struct follow *follow, const struct rh_candidate *candidate,
                           const struct choice_row *row);
/** The same of an event of a pipe. */
uint64_t follow_pipe_key(struct follow *follow, uint64_t event);
/** The deed behind which an event came to be there, or was let go; FOLLOW_NO_DEED: it was there from the begin. */
uint32_t follow_born(struct follow *follow, uint64_t id);
/** It has happened once more. */
void follow_count(struct follow *follow, uint64_t key);
/** What is under way on a channel; NULL without memory. */
struct channel *follow_channel(struct follow *follow, uint64_t key);
/** The oldest of a channel leaves it; its maker, or FOLLOW_NO_DEED. */
struct maker follow_take(struct follow *follow, struct channel *channel);
/** Where fault may forge: what is next in a channel is asked for, or changed. */
void follow_touch_front(struct follow *follow, uint64_t channel);

/* ---- follow_touches.c ---- */

/** The step touches an object; its touches stay sorted by object. */
void follow_touch(struct follow *follow, enum rh_object_kind kind, uint64_t owner, uint64_t rest,
                  enum rh_mode mode);
/** What a turn looks at. */
void follow_on_touch(void *self, enum rh_touch_kind kind, struct rh_pid actor, uint64_t ordinal,
                     const char *name);
/** What happens. */
void follow_on_record(void *self, const struct rh_record *record);
/** A timer of an actor's is taken away. */
void follow_log_expiry(struct follow *follow, struct rh_pid target, rh_instant due, uint32_t set);

/* ---- follow_lanes.c ---- */

/** The lane of a connection is spoken of, or its connection. */
void follow_lane(struct follow *follow, enum rh_touch_kind kind, struct rh_pid pid, uint64_t bytes);
bool follow_is_endpoint(const struct follow *follow, struct rh_pid pid);

/* ---- follow_instant.c ---- */

/** See what the last step has taken away of what had to happen. */
void follow_look_for_due(struct follow *follow);
/** What waits for an event, or for what is behind it, of enum rh_hold. */
unsigned follow_holds(const struct rh_world *world, const struct rh_candidate *candidate);
/** What could have happened instead if a barrier is waited for, which the step, chosen now, does not hold up. */
void follow_mind_barrier(struct follow *follow, uint32_t chosen);
/** What the step has to do with time: makers, touches, what could have been instead. */
void follow_begin_in_time(struct follow *follow, const struct rh_candidate *candidate,
                          const struct choice_row *row);
/** The same with `time: free`. */
void follow_begin_whenever(struct follow *follow, const struct rh_candidate *candidate);

#endif

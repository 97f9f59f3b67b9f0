/* SPDX-License-Identifier: MIT */
/*
 * Which steps depend on each other.
 *
 * A step touches objects; two steps depend on each other iff they share one, unless both only read it or both only add to
 * it. What a step touches is found in three tables: what handling or dropping a signal does to the actor that it is for
 * (by kind of signal), what every event within the step does (by kind of event), and what a turn only looks at (by kind of
 * look, told by core's witness because no event tells of it). A turn writes its actor's state; everything else here is what
 * actors share.
 *
 *   - LINK and UNLINK add to links and life: of different partners they commute, and entries are ordered only within a
 *     partner, whose signals come in their own order. MONITOR and DEMONITOR add to life for the same reason.
 *   - An exit writes state, links and life, and whatever there is to release, also when there is nothing: names and groups
 *     that others may give and take away, timers that others set. What it does release tells of itself.
 *   - A connection that has an actor's number watches it: it adds to its life, and takes itself away again.
 *   - A dead letter reads life, and nothing else: what reaches the dead has no order.
 *   - Other nodes are three things: which there are and how they are reached; of each connection what it knows of actors; and
 *     its lane, what waits to be written. Once a connection is up, who sends by it has to do with all who do, but not with
 *     those who use another one, and that something was written has to do with the lane only, and there with the second that
 *     waits, see harness/world/follow_lanes.c. Where nodes relay, all is one.
 *   - A pipe is a tail and a head for each direction. A write adds to the tail, an arrival takes from the head; where one needs
 *     the other, makers say so. They have to do with each other only where there might be no room, and where an arrival takes
 *     what several have written. The end of anything has to do with all of its pipe.
 *   - Sending writes the channel: its sender's turns are in order anyway, but the runtime also answers on behalf of the
 *     asked, of the dead and of nobody.
 *
 * harness/play/tests/test_dependence.c plays all orders of programs and compares what comes of them: where this table says
 * that they are equivalent they must end alike, and without state, life, links, names, groups or timers they would not.
 */
#include "harness/schedule/dependence.h"

#include "core/base/assert.h"

#include <rehearse/node.h>

#define R RH_MODE_READ
#define W RH_MODE_WRITE
#define A RH_MODE_ADD
#define NO (-1)

static const struct rh_handling turn = {W, NO, NO};

struct rh_handling rh_handling_of(enum rh_signal_kind signal)
{
    switch (signal) {
    case RH_SIGNAL_LINK:
    case RH_SIGNAL_UNLINK:
        return (struct rh_handling){NO, A, A};
    case RH_SIGNAL_MONITOR:
    case RH_SIGNAL_DEMONITOR:
        return (struct rh_handling){NO, A, NO};
    case RH_SIGNAL_ASK_ALIVE:
        return (struct rh_handling){NO, R, NO};
    case RH_SIGNAL_EXIT:
        return (struct rh_handling){W, NO, A}; /* the half is the partner's own */
    default:
        return turn;
    }
}

struct rh_handling rh_dropping_of(enum rh_signal_kind signal, enum rh_why why)
{
    switch (signal) {
    case RH_SIGNAL_UNLINK:
        return (struct rh_handling){NO, A, A};
    case RH_SIGNAL_DEMONITOR:
        return (struct rh_handling){NO, A, NO};
    case RH_SIGNAL_EXIT:
        return why == RH_WHY_IGNORED ? (struct rh_handling){R, NO, A}
                                     : (struct rh_handling){NO, NO, A};
    case RH_SIGNAL_START:
        return turn;
    case RH_SIGNAL_MESSAGE:
        return why == RH_WHY_FAULT ? (struct rh_handling){NO, R, NO}
                                   : (struct rh_handling){R, NO, NO};
    default:
        return (struct rh_handling){R, NO, NO};
    }
}

#define NOTHING                                                                                    \
    {                                                                                              \
        RH_OBJECT_RUN, R, RH_OF_NOTHING                                                            \
    }

static const struct rh_telling none[RH_TELLINGS_MAX] = {NOTHING};

static const struct rh_telling tellings[RH_EVENT_COUNT][RH_TELLINGS_MAX] = {
    [RH_EVENT_EXIT] = {{RH_OBJECT_STATE, W, RH_OF_ACTOR},
                       {RH_OBJECT_LIFE, W, RH_OF_ACTOR},
                       {RH_OBJECT_LINKS, W, RH_OF_ACTOR},
                       {RH_OBJECT_NAME, W, RH_OF_ACTOR},
                       {RH_OBJECT_GROUP, W, RH_OF_ACTOR},
                       {RH_OBJECT_DUE, W, RH_OF_ACTOR}},
    [RH_EVENT_SEND] = {{RH_OBJECT_CHANNEL, W, RH_OF_CHANNEL}, NOTHING},
    [RH_EVENT_NAME_ADD] = {{RH_OBJECT_NAME, W, RH_OF_NAME},
                           {RH_OBJECT_NAME, W, RH_OF_ACTOR},
                           NOTHING},
    [RH_EVENT_NAME_REMOVE] = {{RH_OBJECT_NAME, W, RH_OF_NAME},
                              {RH_OBJECT_NAME, W, RH_OF_ACTOR},
                              NOTHING},
    [RH_EVENT_GROUP_ADD] = {{RH_OBJECT_GROUP, W, RH_OF_NAME},
                            {RH_OBJECT_GROUP, W, RH_OF_ACTOR},
                            NOTHING},
    [RH_EVENT_GROUP_REMOVE] = {{RH_OBJECT_GROUP, W, RH_OF_NAME},
                               {RH_OBJECT_GROUP, W, RH_OF_ACTOR},
                               NOTHING},
    [RH_EVENT_TIMER_SET] = {{RH_OBJECT_TIMER, W, RH_OF_REF}, NOTHING},
    [RH_EVENT_TIMER_CANCEL] = {{RH_OBJECT_TIMER, W, RH_OF_REF}, NOTHING},
    [RH_EVENT_TIMER_FIRE] = {{RH_OBJECT_TIMER, W, RH_OF_REF}, NOTHING},
    [RH_EVENT_LINK_ADD] = {{RH_OBJECT_LINKS, W, RH_OF_ACTOR}, NOTHING},
    [RH_EVENT_LINK_REMOVE] = {{RH_OBJECT_LINKS, W, RH_OF_ACTOR}, NOTHING},
    [RH_EVENT_EXPORT_ADD] = {{RH_OBJECT_LIFE, A, RH_OF_ACTOR}, NOTHING},
    [RH_EVENT_EXPORT_REMOVE] = {{RH_OBJECT_LIFE, A, RH_OF_ACTOR}, NOTHING},
};

const struct rh_telling *rh_tellings_of(enum rh_event_kind event)
{
    const struct rh_telling *found = tellings[event];
    /* What the table leaves out is all zero: STATE, read, of nothing. */
    return found[0].of == RH_OF_NOTHING ? none : found;
}

static const struct rh_telling touchings[RH_TOUCH_COUNT] = {
    [RH_TOUCH_LIFE] = {RH_OBJECT_LIFE, R, RH_OF_ACTOR},
    [RH_TOUCH_NAME] = {RH_OBJECT_NAME, R, RH_OF_NAME},
    [RH_TOUCH_GROUP] = {RH_OBJECT_GROUP, W, RH_OF_NAME},
    [RH_TOUCH_SEES_GROUP] = {RH_OBJECT_GROUP, R, RH_OF_NAME},
    [RH_TOUCH_TIMER] = {RH_OBJECT_TIMER, R, RH_OF_REF},
    [RH_TOUCH_LINKS] = {RH_OBJECT_LINKS, W, RH_OF_ACTOR},
    [RH_TOUCH_SEES_LINKS] = {RH_OBJECT_LINKS, R, RH_OF_ACTOR},
    [RH_TOUCH_MAILBOX] = {RH_OBJECT_MAILBOX, W, RH_OF_ACTOR},
    [RH_TOUCH_HANDLE] = {RH_OBJECT_PIPE, W, RH_OF_REF},
    [RH_TOUCH_NET] = {RH_OBJECT_NET, W, RH_OF_NODE},
    [RH_TOUCH_SEES_NET] = {RH_OBJECT_NET, R, RH_OF_NODE},
    [RH_TOUCH_CONNECTION] = {RH_OBJECT_NET, W, RH_OF_REF},
    [RH_TOUCH_LANE] = {RH_OBJECT_NET, W, RH_OF_REF},
    [RH_TOUCH_PUT] = {RH_OBJECT_NET, W, RH_OF_NOTHING}, /* see follow_lanes.c */
    [RH_TOUCH_WRITTEN] = {RH_OBJECT_NET, W, RH_OF_NOTHING},
    [RH_TOUCH_WATCH] = {RH_OBJECT_NET, A, RH_OF_NAME},
    [RH_TOUCH_WATCHES] = {RH_OBJECT_NET, W, RH_OF_NAME},
    [RH_TOUCH_TAKEN] = {RH_OBJECT_NET, W, RH_OF_NOTHING}, /* see follow_touches.c */
};

struct rh_telling rh_touching_of(unsigned touch_kind)
{
    RH_ASSERT(touch_kind < RH_TOUCH_COUNT);
    return touchings[touch_kind];
}

/* ---- modes ---- */

enum rh_mode rh_mode_join(enum rh_mode a, enum rh_mode b)
{
    return a == b ? a : W;
}

static bool modes_depend(enum rh_mode a, enum rh_mode b)
{
    return a != b || a == W;
}

bool rh_touches_depend(const struct rh_touch *a, uint32_t a_count, const struct rh_touch *b,
                       uint32_t b_count)
{
    uint32_t i = 0;
    uint32_t j = 0;
    if ((a_count > 0 && a[0].object == RH_OBJECT_OF_RUN) ||
        (b_count > 0 && b[0].object == RH_OBJECT_OF_RUN)) {
        return true;
    }
    while (i < a_count && j < b_count) {
        if (a[i].object == b[j].object) {
            if (modes_depend(a[i].mode, b[j].mode)) {
                return true;
            }
            i++;
            j++;
        } else if (a[i].object < b[j].object) {
            i++;
        } else {
            j++;
        }
    }
    return false;
}

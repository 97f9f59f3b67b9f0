/* SPDX-License-Identifier: MIT */
/** @file
 *  Which steps depend on each other: the one table of what touches what, and how. See dependence.c. */
#ifndef HARNESS_SCHEDULE_DEPENDENCE_H
#define HARNESS_SCHEDULE_DEPENDENCE_H

#include <rehearse/choice.h>
#include <rehearse/event.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a signal touches of the actor that it is for: -1 is nothing, otherwise an enum rh_mode. */
struct rh_handling {
    signed char state;
    signed char life;
    signed char links;
};

/** A signal that is handled by a live actor, or put into its mailbox. */
struct rh_handling rh_handling_of(enum rh_signal_kind signal);
/** A signal that a live actor drops. */
struct rh_handling rh_dropping_of(enum rh_signal_kind signal, enum rh_why why);

/** What an event within a step touches: a kind of object, and of whom or what. */
enum rh_of {
    RH_OF_NOTHING,
    RH_OF_ACTOR,   /**< the event's actor */
    RH_OF_PEER,    /**< its peer */
    RH_OF_NAME,    /**< its name, on its node */
    RH_OF_REF,     /**< reference `ordinal` of its actor */
    RH_OF_CHANNEL, /**< from its actor to its peer or name */
    RH_OF_NODE
};
struct rh_telling {
    enum rh_object_kind object;
    enum rh_mode mode;
    enum rh_of of;
};
#define RH_TELLINGS_MAX 6
/** What an event touches besides what its step does; ends at RH_OF_NOTHING or after RH_TELLINGS_MAX. */
const struct rh_telling *rh_tellings_of(enum rh_event_kind event);
/** What a look that is no event touches. */
struct rh_telling rh_touching_of(unsigned touch_kind);

/** The object of RH_OBJECT_RUN: who touches it depends on every step. Lower than every other. */
#define RH_OBJECT_OF_RUN UINT64_C(0)

/** Join two modes of one step on one object. */
enum rh_mode rh_mode_join(enum rh_mode a, enum rh_mode b);
/** Do two steps, each with its touches sorted by object, depend on each other? */
bool rh_touches_depend(const struct rh_touch *a, uint32_t a_count, const struct rh_touch *b,
                       uint32_t b_count);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: MIT */
/** @file
 *  The one seam for faults. Core declares it, production leaves it NULL, fault-injection implements it. */
#ifndef REHEARSE_FILTER_H
#define REHEARSE_FILTER_H

#include <rehearse/event.h>

RH_PUBLIC_BEGIN

/** Where the filter is asked. */
enum rh_filter_point {
    RH_FILTER_SIGNAL, /**< before a signal, take or timer is handled */
    RH_FILTER_INPUT,  /**< on an input: signal is USER or IO, which only has a turn to lose */
    RH_FILTER_EFFECT, /**< on an effect: signal is USER or IO; see RH_EFFECT_MAP for what it can lose */
};

/** What it may answer. Hold is not among them: a held event is one that the scheduler does not pick. What is not among the
 *  `actions` of the question passes. */
enum rh_filter_action {
    RH_FILTER_PASS,
    RH_FILTER_DROP, /**< no turn, no effect; accounted as a fault; without its START an actor is killed */
    RH_FILTER_DUPLICATE, /**< messages: handle it; an identical copy waits next in the same channel */
    RH_FILTER_REPLACE, /**< messages, timers, inputs: handle `replacement` (taken) instead of the payload */
    RH_FILTER_CRASH, /**< the turn ends after `operations` (>= 1) operations with `replacement` as reason */
};

#define RH_FILTER_CAN(action) (1u << RH_FILTER_##action)

struct rh_filter_answer {
    enum rh_filter_action action;
    uint32_t operations;
    struct rh_message replacement;
};

/** What is about to happen. Borrowed for the call. */
struct rh_filter_question {
    enum rh_filter_point point;
    enum rh_signal_kind signal;
    struct rh_pid actor; /**< whose turn it would be */
    struct rh_pid from;
    const struct rh_message *message; /**< NULL where there is none */
    bool
        turn; /**< a turn of the behaviour would follow; false: into a mailbox, or the runtime's own business */
    bool is_of_fault;     /**< a fault has made it: a copy, a forgery; or it has been held */
    unsigned actions;     /**< RH_FILTER_CAN of each action that it can suffer */
    const char *name;     /**< of IO: the word of RH_IO_MAP or RH_EFFECT_MAP; otherwise NULL */
    struct rh_ref handle; /**< of IO */
    uint64_t number;      /**< of IO: as in its event */
    rh_instant now;
};

struct rh_filter {
    struct rh_filter_answer (*ask)(void *self, const struct rh_filter_question *question);
    void *self;
};

RH_PUBLIC_END
#endif

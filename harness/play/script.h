/* SPDX-License-Identifier: MIT */
/** @file
 *  Private to this folder: operations of the plan, carried out in a turn. */
#ifndef HARNESS_PLAY_SCRIPT_H
#define HARNESS_PLAY_SCRIPT_H

#include "harness/play/internal.h"

#ifdef __cplusplus
extern "C" {
#endif

/** One turn of an actor as its operations see it. Lives on the stack; the bindings are views into `values`, into the
 *  delivery and into the three pids. */
struct frame {
    struct rh_play *play;
    struct rh_context *ctx;
    const struct rh_plan_scope *scope;
    struct rh_message *values; /**< as many as the scope has variables */
    const struct rh_delivery *in;
    struct rh_bindings bindings;
    struct rh_message pids[3]; /**< self, sender, parent */
    bool is_call;              /**< `in` is a request of the row's: `reply` answers it */
    struct rh_ref call;
};

/** Begin a turn: bind what has a value. `in` may be NULL. */
void frame_init(struct frame *frame, struct rh_play *play, struct rh_context *ctx,
                const struct rh_plan_scope *scope, struct rh_message *values,
                const struct rh_delivery *in);
/** Carry out operations, until one says that the turn is over. Returns as a behaviour does. */
enum rh_status frame_run(struct frame *frame, struct rh_plan_ops ops);
/** Carry out one. */
enum rh_status frame_run_one(struct frame *frame, const struct rh_plan_op *op);
/** The operations that touch nobody (ops_control.c). */
enum rh_status run_SET(struct frame *frame, const struct rh_plan_op *op);
enum rh_status run_ADD(struct frame *frame, const struct rh_plan_op *op);
enum rh_status run_RANDOM(struct frame *frame, const struct rh_plan_op *op);
enum rh_status run_DRAW(struct frame *frame, const struct rh_plan_op *op);
enum rh_status run_IF(struct frame *frame, const struct rh_plan_op *op);
enum rh_status run_REPEAT(struct frame *frame, const struct rh_plan_op *op);
/** Arm a selective receive. */
enum rh_status frame_receive(struct frame *frame, const struct rh_plan_receive *receive);

/** Fill a template (index of the plan). The result is the caller's. RH_INVALID: a variable without a value. */
RH_MUST_USE enum rh_status frame_fill(struct frame *frame, uint32_t message,
                                      struct rh_message *ret_message);
/** Give a variable a value (taken). RH_OK, or the status of a message that failed to build. */
enum rh_status frame_set(struct frame *frame, uint8_t slot, struct rh_message value);
/** Judge conditions; false when a variable has no value. `bindings` has the variables of the scope. */
bool conditions_hold(struct rh_play *play, const struct rh_plan_conditions *conditions,
                     const struct rh_bindings *bindings);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: MIT */
/* The operations that touch nobody: variables, numbers drawn, conditions, repetition. */
#include "harness/play/script.h"

enum rh_status run_SET(struct frame *frame, const struct rh_plan_op *op)
{
    enum rh_status status = RH_OK;
    for (uint32_t i = 0; i < op->assignment_count && status == RH_OK; i++) {
        struct rh_message value;
        status = frame_fill(frame, op->assignments[i].value, &value);
        if (status == RH_OK) {
            status = frame_set(frame, op->assignments[i].slot, value);
        }
    }
    return status;
}

static bool number_of(struct rh_item item, int64_t *ret_number)
{
    struct rh_reader reader;
    rh_reader_item(&reader, item);
    return rh_read_int(&reader, ret_number);
}

static enum rh_status add_one(struct frame *frame, const struct rh_plan_assignment *assignment)
{
    struct rh_message addend;
    int64_t number = 0;
    int64_t more = 0;
    enum rh_status status = frame_fill(frame, assignment->value, &addend);
    if (status != RH_OK) {
        return status;
    }
    bool good = number_of(rh_message_item(&addend), &more) &&
                number_of(rh_bindings_get(&frame->bindings, assignment->slot), &number);
    rh_message_unref(addend);
    if (!good) {
        return RH_INVALID;
    }
    if ((more > 0 && number > INT64_MAX - more) || (more < 0 && number < INT64_MIN - more)) {
        return RH_LIMIT;
    }
    number += more;
    return frame_set(frame, assignment->slot, RH_ITEM(NULL, number));
}

enum rh_status run_ADD(struct frame *frame, const struct rh_plan_op *op)
{
    enum rh_status status = RH_OK;
    for (uint32_t i = 0; i < op->assignment_count && status == RH_OK; i++) {
        status = add_one(frame, &op->assignments[i]);
    }
    return status;
}

enum rh_status run_RANDOM(struct frame *frame, const struct rh_plan_op *op)
{
    uint64_t number = rh_random(frame->ctx, op->number);
    return frame_set(frame, op->as, RH_ITEM(NULL, number));
}

enum rh_status run_DRAW(struct frame *frame, const struct rh_plan_op *op)
{
    uint64_t number = rh_world_draw(frame->play->world, (uint32_t)op->number);
    return frame_set(frame, op->as, RH_ITEM(NULL, number));
}

enum rh_status run_IF(struct frame *frame, const struct rh_plan_op *op)
{
    bool holds = conditions_hold(frame->play, &op->conditions, &frame->bindings);
    return frame_run(frame, holds ? op->body : op->otherwise);
}

/* A long loop is a long turn: somebody may want to end it. */
#define ASK_EVERY 256u

enum rh_status run_REPEAT(struct frame *frame, const struct rh_plan_op *op)
{
    enum rh_status status = RH_OK;
    for (uint64_t i = 0; i < op->number && status == RH_OK; i++) {
        if (i % ASK_EVERY == ASK_EVERY - 1 && !play_goes_on(frame->play)) {
            return RH_DONE;
        }
        status = frame_set(frame, op->as, RH_ITEM(NULL, i));
        if (status == RH_OK) {
            status = frame_run(frame, op->body);
        }
    }
    return status;
}

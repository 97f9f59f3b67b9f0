/* SPDX-License-Identifier: MIT */
/* Variables during a turn. A value that lasts beyond it is a message in the actor's state, one per variable of the scope;
 * the bindings of the turn are views on those, on the delivery, and on what patterns have bound. Setting a variable
 * replaces the message and its view together, so that no view outlives what it looks at. */
#include "harness/play/script.h"

static void bind_special(struct frame *frame, uint32_t slot, unsigned which, struct rh_pid pid)
{
    frame->pids[which] = RH_ITEM(NULL, pid); /* inline: a pid always fits */
    rh_bindings_set(&frame->bindings, slot, rh_message_item(&frame->pids[which]));
}

void frame_init(struct frame *frame, struct rh_play *play, struct rh_context *ctx,
                const struct rh_plan_scope *scope, struct rh_message *values,
                const struct rh_delivery *in)
{
    frame->play = play;
    frame->ctx = ctx;
    frame->scope = scope;
    frame->values = values;
    frame->in = in;
    frame->is_call = false;
    rh_bindings_init(&frame->bindings);
    for (uint32_t slot = 0; slot < scope->count; slot++) {
        switch (scope->variables[slot].kind) {
        case RH_VARIABLE_STATE:
        case RH_VARIABLE_RESULT:
            rh_bindings_set(&frame->bindings, slot, rh_message_item(&values[slot]));
            break;
        case RH_VARIABLE_LOCAL:
            break;
        case RH_VARIABLE_SELF:
            bind_special(frame, slot, 0, rh_self(ctx));
            break;
        case RH_VARIABLE_SENDER:
            bind_special(frame, slot, 1, in == NULL ? rh_pid_none() : in->from);
            break;
        case RH_VARIABLE_PARENT:
            bind_special(frame, slot, 2, rh_parent(ctx));
            break;
        }
    }
}

enum rh_status frame_fill(struct frame *frame, uint32_t message, struct rh_message *ret_message)
{
    const struct rh_message *value = play_message(frame->play, message);
    if (message == 0 || !frame->play->plan->messages[message].has_variables) {
        *ret_message = rh_message_ref(*value);
        return RH_OK;
    }
    return rh_template_fill(rh_allocator_of(frame->ctx), rh_limits_of(frame->ctx), value,
                            &frame->bindings, ret_message);
}

enum rh_status frame_set(struct frame *frame, uint8_t slot, struct rh_message value)
{
    enum rh_status status = rh_message_status(value);
    if (slot == RH_NO_SLOT || status != RH_OK) {
        rh_message_unref(value);
        return status;
    }
    rh_message_unref(frame->values[slot]);
    frame->values[slot] = value;
    rh_bindings_set(&frame->bindings, slot, rh_message_item(&frame->values[slot]));
    return RH_OK;
}

/* ---- conditions ---- */

static bool compare_numbers(struct rh_item a, struct rh_item b, enum rh_compare compare)
{
    struct rh_reader reader;
    int64_t left = 0;
    int64_t right = 0;
    rh_reader_item(&reader, a);
    bool numbers = rh_read_int(&reader, &left);
    rh_reader_item(&reader, b);
    numbers = rh_read_int(&reader, &right) && numbers;
    switch (compare) {
    case RH_COMPARE_LT:
        return numbers && left < right;
    case RH_COMPARE_LE:
        return numbers && left <= right;
    case RH_COMPARE_GT:
        return numbers && left > right;
    default:
        return numbers && left >= right;
    }
}

static bool condition_holds(struct rh_play *play, const struct rh_plan_condition *condition,
                            const struct rh_bindings *bindings)
{
    struct rh_item value = rh_bindings_get(bindings, condition->slot);
    struct rh_message wanted;
    if (value.size == 0 ||
        rh_template_fill(play->allocator, NULL, play_message(play, condition->value), bindings,
                         &wanted) != RH_OK) {
        return false;
    }
    bool holds;
    if (condition->compare == RH_COMPARE_EQ || condition->compare == RH_COMPARE_NE) {
        bool equal = rh_item_equal(value, rh_message_item(&wanted));
        holds = equal == (condition->compare == RH_COMPARE_EQ);
    } else {
        holds = compare_numbers(value, rh_message_item(&wanted), condition->compare);
    }
    rh_message_unref(wanted);
    return holds;
}

bool conditions_hold(struct rh_play *play, const struct rh_plan_conditions *conditions,
                     const struct rh_bindings *bindings)
{
    for (uint32_t i = 0; i < conditions->count; i++) {
        if (!condition_holds(play, &conditions->at[i], bindings)) {
            return false;
        }
    }
    return true;
}

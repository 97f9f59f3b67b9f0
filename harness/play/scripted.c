/* SPDX-License-Identifier: MIT */
/* Behaviours written in a scenario. The state is one message per variable of the scope; a turn finds the first row that
 * fits the delivery and carries out its operations. */
#include "harness/play/script.h"

static const struct role *role_of(const struct rh_context *ctx)
{
    return rh_config(ctx);
}

/* ---- the first turn ---- */

static void set_first(struct rh_play *play, const struct rh_plan_scope *scope,
                      struct rh_message *values)
{
    for (uint32_t slot = 0; slot < scope->count; slot++) {
        if (scope->variables[slot].kind == RH_VARIABLE_STATE) {
            values[slot] = rh_message_ref(*play_message(play, scope->variables[slot].initial));
        }
    }
}

static enum rh_status give_values(const struct rh_plan_scope *scope, struct rh_message *values,
                                  const struct rh_delivery *start, struct rh_context *ctx)
{
    for (uint32_t slot = 0; slot < scope->count; slot++) {
        const struct rh_plan_variable *variable = &scope->variables[slot];
        enum rh_status status = RH_OK;
        if (variable->kind == RH_VARIABLE_STATE) {
            status = rh_parameter_message(ctx, start, variable->name, &values[slot]);
        }
        if (status != RH_OK) {
            return status;
        }
    }
    return RH_OK;
}

/* An agent's START is ["$proc", id, address, host, argument]: give values by the argument, if that is a map, and by the
 * rest. */
static enum rh_status give_proc(const struct rh_plan_scope *scope, struct rh_message *values,
                                const struct rh_delivery *start, struct rh_context *ctx)
{
    const struct rh_allocator *allocator = rh_allocator_of(ctx);
    struct rh_text id;
    struct rh_text address;
    struct rh_item host;
    struct rh_item argument;
    if (!RH_MATCH(&start->message, "$proc", &id, &address, &host, &argument)) {
        return RH_OK;
    }
    const struct rh_message parts[] = {
        RH_ITEM(allocator, argument),
        RH_MAP(allocator, "id", id, "address", address, "host", host),
    };
    enum rh_status status = RH_OK;
    for (size_t i = 0; i < 2; i++) {
        struct rh_delivery part = {.message = parts[i]};
        status = status == RH_OK ? rh_message_status(parts[i]) : status;
        status = status == RH_OK ? give_values(scope, values, &part, ctx) : status;
        rh_message_unref(parts[i]);
    }
    return status;
}

/* Arm the receive anew; an actor that has ended in this turn has nothing to wait for. */
static enum rh_status wait_again(struct frame *frame, const struct rh_plan_behaviour *scripted,
                                 enum rh_status status)
{
    if (status != RH_OK || scripted->receive.at.start.line == 0) {
        return status;
    }
    return frame_receive(frame, &scripted->receive);
}

static enum rh_status scripted_init(struct rh_context *ctx, void *state,
                                    const struct rh_delivery *start)
{
    const struct role *role = role_of(ctx);
    const struct rh_plan_behaviour *scripted = role->scripted;
    struct frame frame;
    set_first(role->play, &scripted->scope, state);
    enum rh_status status = give_values(&scripted->scope, state, start, ctx);
    if (status == RH_OK) {
        status = give_proc(&scripted->scope, state, start, ctx);
    }
    if (status != RH_OK) {
        return status;
    }
    frame_init(&frame, role->play, ctx, &scripted->scope, state, start);
    return wait_again(&frame, scripted, frame_run(&frame, scripted->init));
}

/* ---- rows ---- */

static bool matches(struct frame *frame, uint32_t pattern, struct rh_item item,
                    struct rh_bindings *bindings)
{
    if (pattern == 0) {
        return true;
    }
    const struct rh_message *message = play_message(frame->play, pattern);
    return item.size > 0 && rh_item_match(rh_message_item(message), item, bindings);
}

static bool matches_value(struct frame *frame, uint32_t pattern, struct rh_message *value,
                          struct rh_bindings *bindings)
{
    return matches(frame, pattern, rh_message_item(value), bindings);
}

/* What a delivery is, and what it says besides its message, as items; they live as long as the frame's turn. */
struct particulars {
    uint32_t occasion;      /* enum rh_plan_occasion, or the kind of delivery */
    struct rh_ref exchange; /* the call, or the ask */
    struct rh_item request; /* of a call */
    struct rh_message from;
    struct rh_message reference;
    struct rh_message name;
    struct rh_message tag;
    struct rh_message truth;
    struct rh_message status;
};

/* Is it the request of somebody who asks, or what came of an own ask? The ask is closed then. */
static void find_occasion(struct particulars *particulars, struct rh_play *play,
                          struct rh_context *ctx, const struct rh_delivery *in)
{
    static const uint32_t occasions[] = {[RH_OUTCOME_REPLY] = RH_OCCASION_ANSWER,
                                         [RH_OUTCOME_DOWN] = RH_OCCASION_ASK_DOWN,
                                         [RH_OUTCOME_TIMEOUT] = RH_OCCASION_ASK_TIMEOUT};
    struct rh_outcome outcome;
    particulars->occasion = in->kind;
    if (asks_result(play, ctx, in, &outcome, &particulars->exchange)) {
        particulars->occasion = occasions[outcome.kind];
    } else if (rh_is_call(in, &particulars->exchange, &particulars->request)) {
        particulars->occasion = RH_OCCASION_CALL;
    }
}

static void particulars_init(struct particulars *particulars, const struct rh_play *play,
                             const struct rh_context *ctx, const struct rh_delivery *in)
{
    const struct particulars found = *particulars;
    const struct rh_allocator *allocator = rh_allocator_of(ctx);
    struct rh_ref reference =
        found.occasion == in->kind ? rh_delivery_ref(ctx, in) : found.exchange;
    const char *name = rh_delivery_name(ctx, in);
    if (in->kind == RH_DELIVERY_NODE_UP || in->kind == RH_DELIVERY_NODE_DOWN) {
        uint32_t node = in->from.node - 1;
        name = node < play->plan->nodes.count ? play->plan->nodes.at[node] : NULL;
    }
    int64_t tag = 0;
    bool has_tag = rh_delivery_link_tag(in, &tag);
    *particulars = (struct particulars){
        .occasion = found.occasion,
        .exchange = found.exchange,
        .request = found.request,
        .from = RH_ITEM(allocator, in->from),
        .reference = rh_pid_is_none(reference.owner) ? RH_ITEM(allocator, RH_NULL)
                                                     : RH_ITEM(allocator, reference),
        .name = name == NULL ? RH_ITEM(allocator, RH_NULL) : RH_ITEM(allocator, name),
        .tag = has_tag ? RH_ITEM(allocator, tag) : RH_ITEM(allocator, RH_NULL),
        .truth = RH_ITEM(allocator, (bool)rh_delivery_is_alive(in)),
        .status = RH_ITEM(allocator, rh_status_word(rh_delivery_status(in))),
    };
}

static void particulars_deinit(struct particulars *particulars)
{
    rh_message_unref(particulars->from);
    rh_message_unref(particulars->reference);
    rh_message_unref(particulars->name);
    rh_message_unref(particulars->tag);
    rh_message_unref(particulars->truth);
    rh_message_unref(particulars->status);
}

static bool fits(struct frame *frame, const struct rh_plan_row *row,
                 struct particulars *particulars, struct rh_bindings *bindings)
{
    const struct rh_delivery *in = frame->in;
    bool is_plain = row->kind == in->kind;
    struct rh_item message =
        row->kind == RH_OCCASION_CALL ? particulars->request : rh_message_item(&in->message);
    return (is_plain || row->kind == particulars->occasion) &&
           matches(frame, row->message, message, bindings) &&
           matches_value(frame, row->from, &particulars->from, bindings) &&
           matches_value(frame, row->reference, &particulars->reference, bindings) &&
           matches_value(frame, row->name, &particulars->name, bindings) &&
           matches_value(frame, row->tag, &particulars->tag, bindings) &&
           matches_value(frame, row->truth, &particulars->truth, bindings) &&
           matches_value(frame, row->status, &particulars->status, bindings) &&
           conditions_hold(frame->play, &row->conditions, bindings);
}

static enum rh_status scripted_receive(struct rh_context *ctx, void *state,
                                       const struct rh_delivery *in)
{
    const struct role *role = role_of(ctx);
    const struct rh_plan_behaviour *scripted = role->scripted;
    struct frame frame;
    struct particulars particulars = {.occasion = in->kind};
    frame_init(&frame, role->play, ctx, &scripted->scope, state, in);
    find_occasion(&particulars, role->play, ctx, in);
    particulars_init(&particulars, role->play, ctx, in);
    enum rh_status status = RH_OK;
    const struct rh_bindings before = frame.bindings;
    for (uint32_t i = 0; i < scripted->row_count; i++) {
        struct rh_bindings bindings = before;
        if (fits(&frame, &scripted->rows[i], &particulars, &bindings)) {
            frame.bindings = bindings;
            frame.is_call = scripted->rows[i].kind == RH_OCCASION_CALL;
            frame.call = particulars.exchange;
            status = frame_run(&frame, scripted->rows[i].ops);
            break;
        }
    }
    status = wait_again(&frame, scripted, status);
    particulars_deinit(&particulars);
    return status;
}

static void scripted_deinit(void *state, const void *config)
{
    const struct role *role = config;
    struct rh_message *values = state;
    for (uint32_t slot = 0; slot < role->scripted->scope.count; slot++) {
        rh_message_unref(values[slot]);
    }
}

struct rh_behaviour scripted_behaviour(const struct role *role)
{
    uint32_t count = role->scripted->scope.count;
    return (struct rh_behaviour){
        .name = role->scripted->name,
        .state_bytes = (count > 0 ? count : 1) * sizeof(struct rh_message),
        .init = scripted_init,
        .receive = scripted_receive,
        .deinit = scripted_deinit,
        .config = role,
    };
}

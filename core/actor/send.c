/* SPDX-License-Identifier: MIT */
/* Sending: arguments, caps and limits are judged here; the target's life is not. */
#include "core/actor/internal.h"

void message_refuse(struct rh_node *node, struct rh_pid from, struct rh_pid to,
                    struct rh_message message, enum rh_status status)
{
    node->stats.messages_refused++;
    EMIT(node, .kind = RH_EVENT_REFUSE, .signal = RH_SIGNAL_MESSAGE, .actor = from, .peer = to,
         .message = &message, .status = status);
    rh_message_unref(message);
}

/* Drop the message that has waited longest: mail first, then the oldest in the inbox. */
static void drop_oldest(struct rh_node *node, struct actor *actor)
{
    if (mailbox_drop_oldest(node, actor)) {
        return;
    }
    struct rh_pid pid = actor_pid(node, actor);
    struct signal *signal = node->queue.head;
    while (signal != NULL &&
           !((signal->body.flags & SIGNAL_COUNTED) != 0 && rh_pid_equal(signal->to, pid))) {
        signal = signal->next;
    }
    RH_ASSERT(signal != NULL);
    queue_remove(node, signal);
    waiting_ends(actor, signal);
    node->stats.messages_dropped++;
    emit_signal(node, RH_EVENT_DROP, signal, RH_WHY_OVERFLOW);
    signal_destroy(node, signal);
}

/* Make room for one more message at a capped actor; *ret_drop: accepted, and dropped at once. */
static enum rh_status admit(struct rh_node *node, struct rh_pid to, struct signal *signal,
                            bool *ret_drop)
{
    *ret_drop = false;
    struct actor *actor = actor_find(node, to);
    if (actor == NULL || actor->cap == 0) {
        return RH_OK;
    }
    touch(node, RH_TOUCH_MAILBOX, to, actor->cap, NULL);
    if (actor->waiting >= actor->cap) {
        if (actor->overflow == RH_OVERFLOW_REFUSE) {
            return RH_FULL;
        }
        if (actor->overflow == RH_OVERFLOW_DROP_NEWEST) {
            *ret_drop = true;
            return RH_OK;
        }
        drop_oldest(node, actor);
    }
    actor->waiting++;
    signal->body.flags |= SIGNAL_COUNTED;
    return RH_OK;
}

bool message_fits(struct rh_node *node, struct actor *actor, struct signal *signal)
{
    if (actor->mailbox == NULL) {
        return true; /* it has waited, and waits no more */
    }
    bool drop = false;
    return admit(node, signal->to, signal, &drop) == RH_OK && !drop;
}

enum rh_status message_judge(const struct rh_node *node, const struct rh_message *message)
{
    enum rh_status status = rh_message_status(*message);
    if (status == RH_OK && rh_message_size(message) > node->limits.message_bytes_max) {
        status = RH_LIMIT;
    }
    return status;
}

enum rh_status message_post(struct rh_node *node, const struct envelope *envelope,
                            struct signal *signal)
{
    bool drop = false;
    enum rh_status status = message_judge(node, &signal->body.message);
    if (status == RH_OK && envelope->actor != NULL) {
        status = export_prepare(node, envelope->actor, signal->to);
    }
    if (status == RH_OK && node->capped != 0) {
        status = admit(node, signal->to, signal, &drop);
    }
    if (status != RH_OK) {
        message_refuse(node, envelope->from, signal->to, signal->body.message, status);
        signal->body.message = (struct rh_message){0};
        signal_destroy(node, signal);
        return status;
    }
    signal->body.flags |= envelope->flags;
    signal->body.hops = envelope->hops;
    signal->body.id.ordinal = envelope->alias;
    if (envelope->name != NULL) {
        signal->body.flags |= SIGNAL_BY_NAME;
        signal->body.detail = name_detail(envelope->name);
        name_ref(envelope->name);
    }
    signal_post_from(node, signal, RH_SIGNAL_MESSAGE, envelope->from);
    if (drop) {
        queue_remove(node, signal);
        node->stats.messages_dropped++;
        emit_signal(node, RH_EVENT_DROP, signal, RH_WHY_OVERFLOW);
        signal_destroy(node, signal);
    }
    return RH_OK;
}

static enum rh_status post_message(struct rh_node *node, const struct envelope *envelope,
                                   struct rh_pid to, struct rh_message message)
{
    enum rh_status status = RH_OK;
    struct signal *signal = signal_create(node, &status);
    if (signal == NULL) {
        message_refuse(node, envelope->from, to, message, status);
        return status;
    }
    signal->to = to;
    signal->body.message = message;
    return message_post(node, envelope, signal);
}

static enum rh_status begin(struct rh_context *ctx, struct rh_message message)
{
    if (!turn_operation(ctx)) {
        rh_message_unref(message);
        return RH_EXITED;
    }
    return RH_OK;
}

enum rh_status rh_send_with(struct rh_context *ctx, struct rh_pid to, struct rh_message message,
                            unsigned flags)
{
    enum rh_status status = begin(ctx, message);
    if (status != RH_OK) {
        return status;
    }
    if (rh_pid_is_none(to)) {
        rh_message_unref(message);
        return RH_INVALID;
    }
    struct envelope envelope = {.actor = ctx->actor, .from = ctx->self};
    envelope.flags = (flags & RH_RETURN) != 0 ? SIGNAL_RETURN : 0;
    return post_message(ctx->node, &envelope, to, message);
}

enum rh_status rh_send(struct rh_context *ctx, struct rh_pid to, struct rh_message message)
{
    return rh_send_with(ctx, to, message, 0);
}

struct rh_builder *rh_send_begin(struct rh_context *ctx, struct rh_pid to, unsigned head,
                                 struct rh_builder *builder)
{
    enum rh_status status = RH_OK;
    struct signal *signal = NULL;
    if (!turn_operation(ctx)) {
        status = RH_EXITED;
    } else if (rh_pid_is_none(to)) {
        status = RH_INVALID;
    } else {
        signal = signal_create(ctx->node, &status);
    }
    builder->context = ctx;
    builder->allocator = &ctx->node->allocator;
    if (signal == NULL) {
        builder->message = &builder->own;
        builder->status = (uint8_t)status; /* room stays 0: nothing is put */
        return builder;
    }
    signal->to = to;
    builder->message = &signal->body.message;
    builder->room = RH_MESSAGE_INLINE_BYTES;
    builder->message->small.bytes[0] = (uint8_t)head;
    builder->used = 1;
    return builder;
}

enum rh_status rh_send_end(struct rh_builder *builder)
{
    struct rh_context *ctx = builder->context;
    if (builder->message == &builder->own) {
        return (enum rh_status)builder->status;
    }
    unsigned char *message = (unsigned char *)builder->message;
    struct signal *signal =
        (struct signal *)(void *)(message - offsetof(struct signal, body.message));
    struct rh_node *node = ctx->node;
    if (builder->room == 0) {
        signal->body.message = rh_put_finish_slow(builder);
    } else {
        signal->body.message.small.size = (uint8_t)builder->used;
        if (signal->to.node == node->id && node->capped == 0 &&
            builder->used <= node->limits.message_bytes_max) {
            signal_post_from(node, signal, RH_SIGNAL_MESSAGE, ctx->self); /* nothing to judge */
            return RH_OK;
        }
    }
    struct envelope envelope = {.actor = ctx->actor, .from = ctx->self};
    return message_post(node, &envelope, signal);
}

enum rh_status rh_send_name(struct rh_context *ctx, const char *text, struct rh_message message)
{
    enum rh_status status = begin(ctx, message);
    if (status != RH_OK) {
        return status;
    }
    touch(ctx->node, RH_TOUCH_NAME, rh_pid_none(), 0, text);
    struct name *name = name_find(ctx->node, text);
    if (name == NULL || rh_pid_is_none(name->owner)) {
        rh_message_unref(message);
        return RH_NOT_FOUND;
    }
    struct envelope envelope = {.actor = ctx->actor, .from = ctx->self};
    return post_message(ctx->node, &envelope, name->owner, message);
}

enum rh_status rh_send_name_at(struct rh_context *ctx, const char *text, uint32_t node,
                               struct rh_message message)
{
    enum rh_status status = begin(ctx, message);
    if (status != RH_OK) {
        return status;
    }
    struct name *name = NULL;
    status = name_intern(ctx->node, text, &name);
    if (status != RH_OK) {
        rh_message_unref(message);
        return status;
    }
    struct rh_pid to = {.node = node};
    struct envelope envelope = {.actor = ctx->actor, .from = ctx->self, .name = name};
    status = post_message(ctx->node, &envelope, to, message);
    name_unref(ctx->node, name);
    return status;
}

enum rh_status rh_send_alias(struct rh_context *ctx, struct rh_ref alias, struct rh_message message)
{
    enum rh_status status = begin(ctx, message);
    if (status != RH_OK) {
        return status;
    }
    if (rh_pid_is_none(alias.owner) || alias.ordinal == 0) {
        rh_message_unref(message);
        return RH_INVALID;
    }
    struct envelope envelope = {.actor = ctx->actor, .from = ctx->self, .alias = alias.ordinal};
    return post_message(ctx->node, &envelope, alias.owner, message);
}

enum rh_status rh_forward(struct rh_context *ctx, const struct rh_delivery *in, struct rh_pid to)
{
    struct rh_message message = rh_message_ref(in->message);
    enum rh_status status = begin(ctx, message);
    if (status != RH_OK) {
        return status;
    }
    if (rh_pid_is_none(to)) {
        rh_message_unref(message);
        return RH_INVALID;
    }
    if (in->hops >= ctx->node->limits.hops_max) {
        emit_limit(ctx->node, ctx->self, RH_LIMIT, "hops_max");
        message_refuse(ctx->node, ctx->self, to, message, RH_LIMIT);
        return RH_LIMIT;
    }
    struct envelope envelope = {
        .actor = ctx->actor, .from = ctx->self, .hops = (uint16_t)(in->hops + 1)};
    envelope.flags = in->flags & SIGNAL_RETURN;
    return post_message(ctx->node, &envelope, to, message);
}

enum rh_status rh_node_send(struct rh_node *node, rh_instant now, struct rh_pid to,
                            struct rh_message message)
{
    node->now = now;
    struct envelope envelope = {.from = rh_pid_none()};
    return post_message(node, &envelope, to, message);
}

static enum rh_status effect_push(struct rh_context *ctx, struct rh_message message,
                                  enum rh_why why, enum rh_status fault)
{
    struct rh_node *node = ctx->node;
    if (!effect_say(node, ctx->self, message)) {
        rh_message_unref(message);
        return RH_NO_MEMORY;
    }
    EMIT(node, .kind = RH_EVENT_OUTPUT, .actor = ctx->self, .message = &message, .why = why,
         .status = fault);
    return RH_OK;
}

/* As rh_output, with the filter's word; takes `message`. */
static enum rh_status effect_filtered(struct rh_context *ctx, struct rh_message message)
{
    struct rh_node *node = ctx->node;
    struct rh_filter_question question = {
        .signal = RH_SIGNAL_USER,
        .actor = ctx->self,
        .message = &message,
        .actions = RH_FILTER_CAN(DROP) | RH_FILTER_CAN(DUPLICATE) | RH_FILTER_CAN(REPLACE),
    };
    struct effect_fate fate = effect_ask_filter(node, &question);
    if (fate.action == RH_FILTER_DROP) {
        EMIT(node, .kind = RH_EVENT_DROP, .signal = RH_SIGNAL_USER, .actor = ctx->self,
             .message = &message, .why = RH_WHY_FAULT);
        rh_message_unref(message);
        return RH_OK;
    }
    if (fate.action == RH_FILTER_REPLACE) {
        rh_message_unref(message);
        return effect_push(ctx, fate.replacement, RH_WHY_FAULT, RH_OK);
    }
    if (fate.action == RH_FILTER_DUPLICATE) {
        enum rh_status status = effect_push(ctx, rh_message_ref(message), RH_WHY_FAULT, RH_OK);
        if (status != RH_OK) {
            rh_message_unref(message);
            return status;
        }
    }
    return effect_push(ctx, message, RH_WHY_NONE, fate.status);
}

enum rh_status rh_output(struct rh_context *ctx, struct rh_message message)
{
    enum rh_status status = begin(ctx, message);
    if (status != RH_OK) {
        return status;
    }
    status = message_judge(ctx->node, &message);
    if (status != RH_OK) {
        rh_message_unref(message);
        return status;
    }
    return ctx->node->filter.ask == NULL ? effect_push(ctx, message, RH_WHY_NONE, RH_OK)
                                         : effect_filtered(ctx, message);
}

enum rh_status rh_ask_alive(struct rh_context *ctx, struct rh_pid target,
                            struct rh_ref *ret_question)
{
    if (!turn_operation(ctx)) {
        return RH_EXITED;
    }
    if (rh_pid_is_none(target)) {
        return RH_INVALID;
    }
    enum rh_status status = RH_OK;
    struct signal *signal = signal_create(ctx->node, &status);
    if (signal == NULL) {
        return status;
    }
    status = export_prepare(ctx->node, ctx->actor, target);
    if (status == RH_OK && !actor_next_reference(ctx->actor, &signal->body.id.ordinal)) {
        status = RH_EXHAUSTED;
    }
    if (status != RH_OK) {
        signal_destroy(ctx->node, signal);
        return status;
    }
    *ret_question = (struct rh_ref){ctx->self, signal->body.id.ordinal};
    signal_post(ctx->node, signal, RH_SIGNAL_ASK_ALIVE, ctx->self, target);
    return RH_OK;
}

/* SPDX-License-Identifier: MIT */
/*
 * A turn: one call of a behaviour, atomic, never nested. What it does goes through its context; once the context is
 * marked as ended every later operation returns RH_EXITED and changes nothing, and the exit step runs when the behaviour
 * has returned, because until then it still uses its state.
 */
#include "core/actor/internal.h"
#include "core/base/random.h"

struct rh_pid rh_self(const struct rh_context *ctx)
{
    return ctx->self;
}

struct rh_pid rh_parent(const struct rh_context *ctx)
{
    return ctx->actor->parent;
}

struct rh_pid rh_linked_parent(const struct rh_context *ctx)
{
    return ctx->actor->start_linked ? ctx->actor->parent : rh_pid_none();
}

rh_instant rh_now(const struct rh_context *ctx)
{
    return ctx->node->now;
}

const struct rh_behaviour *rh_behaviour_of(const struct rh_context *ctx)
{
    return ctx->actor->behaviour;
}

const void *rh_config(const struct rh_context *ctx)
{
    return ctx->actor->behaviour->config;
}

const struct rh_allocator *rh_mark_allocator(const struct rh_context *ctx)
{
    return &ctx->node->marks;
}

const struct rh_allocator *rh_allocator_of(const struct rh_context *ctx)
{
    return &ctx->node->allocator;
}

const struct rh_limits *rh_limits_of(const struct rh_context *ctx)
{
    return &ctx->node->limits;
}

uint64_t rh_random(struct rh_context *ctx, uint64_t bound)
{
    ctx->node->has_drawn = true;
    return random_below(random_stream(ctx->node->seed, ctx->actor->key), &ctx->actor->draws, bound);
}

static struct rh_message reason_of_status(enum rh_status status)
{
    return RH_ITEM(NULL, rh_status_word(status)); /* short enough to need no allocator */
}

static void crash(struct rh_context *ctx)
{
    turn_end_with(ctx, ctx->node->crash_reason, rh_pid_none(), RH_WHY_FAULT);
    ctx->node->crash_reason = (struct rh_message){0};
    ctx->counted = false;
}

bool turn_count_operation(struct rh_context *ctx)
{
    if (ctx->operations_left == 0) {
        crash(ctx);
        return false;
    }
    ctx->operations_left--;
    return true;
}

enum rh_status rh_exit(struct rh_context *ctx, struct rh_message reason)
{
    if (!turn_operation(ctx)) {
        rh_message_unref(reason);
        return RH_EXITED;
    }
    if (rh_message_status(reason) != RH_OK) {
        reason = reason_of_status(rh_message_status(reason));
    }
    turn_end_with(ctx, reason, rh_pid_none(), RH_WHY_REQUESTED);
    return RH_EXITED;
}

bool rh_trap(struct rh_context *ctx, bool trap)
{
    bool before = ctx->actor->trap;
    if (turn_operation(ctx) && before != trap) {
        ctx->actor->trap = trap;
        EMIT(ctx->node, .kind = RH_EVENT_TRAP, .actor = ctx->self, .number = trap);
    }
    return before;
}

bool rh_is_observed(const struct rh_context *ctx)
{
    return ctx->node->observer.event != NULL;
}

void rh_mark(struct rh_context *ctx, const char *topic, struct rh_message message)
{
    if (!ctx->ended && rh_message_status(message) == RH_OK) {
        EMIT(ctx->node, .kind = RH_EVENT_MARK, .actor = ctx->self, .name = topic,
             .message = &message);
    }
    rh_message_unref(message);
}

void turn_arm_crash(struct rh_node *node, uint32_t operations, struct rh_message reason)
{
    rh_message_unref(node->crash_reason);
    node->crash_operations = operations;
    node->crash_reason = reason;
}

static void turn_begin(struct rh_context *ctx, struct rh_node *node, struct actor *actor)
{
    RH_ASSERT(!node->in_turn);
    node->in_turn = true;
    node->stats.turns++;
    ctx->node = node;
    ctx->actor = actor;
    ctx->self = actor_pid(node, actor);
    ctx->ended = false;
    ctx->counted = node->crash_operations != 0;
    ctx->operations_left = node->crash_operations;
    node->crash_operations = 0;
}

RH_APART static enum rh_status turn_end_oddly(struct rh_context *ctx, enum rh_status status)
{
    struct rh_node *node = ctx->node;
    if (status != RH_OK) {
        EMIT(node, .kind = RH_EVENT_TURN_END, .actor = ctx->self, .status = status);
    }
    if (ctx->counted) {
        if (ctx->ended) {
            rh_message_unref(node->crash_reason);
            node->crash_reason = (struct rh_message){0};
        } else {
            crash(ctx);
        }
    }
    if (ctx->ended) {
        actor_exit(node, ctx->actor, ctx->reason, ctx->cause, ctx->why);
    } else if (status == RH_DONE) {
        actor_exit(node, ctx->actor, rh_reason(RH_REASON_NORMAL), rh_pid_none(), RH_WHY_REQUESTED);
    } else if (status != RH_OK) {
        actor_exit(node, ctx->actor, reason_of_status(status), rh_pid_none(), RH_WHY_REQUESTED);
    }
    return status;
}

static inline enum rh_status turn_end(struct rh_context *ctx, enum rh_status status)
{
    ctx->node->in_turn = false;
    return status == RH_OK && !ctx->counted && !ctx->ended ? RH_OK : turn_end_oddly(ctx, status);
}

static enum rh_status turn_init(struct rh_context *ctx, const struct rh_delivery *in)
{
    struct actor *actor = ctx->actor;
    const struct rh_behaviour *behaviour = actor->behaviour;
    actor->phase = PHASE_ALIVE;
    enum rh_status status = RH_OK;
    if (behaviour->init != NULL) {
        status = behaviour->init(ctx, actor->state, in);
    }
    if (status == RH_OK && behaviour->receive == NULL) {
        (void)rh_exit(ctx, rh_reason(RH_REASON_NORECEIVE));
    }
    return status;
}

enum rh_status turn_run(struct rh_node *node, struct actor *actor, const struct rh_delivery *in)
{
    struct rh_context ctx;
    turn_begin(&ctx, node, actor);
    enum rh_status status;
    if (in->kind == RH_DELIVERY_START) {
        status = turn_init(&ctx, in);
    } else {
        status = actor->behaviour->receive(&ctx, actor->state, in);
    }
    return turn_end(&ctx, status);
}

enum rh_status turn_run_body(struct rh_node *node, struct actor *actor,
                             enum rh_status (*body)(struct rh_context *, void *, void *),
                             void *argument)
{
    struct rh_context ctx;
    turn_begin(&ctx, node, actor);
    return turn_end(&ctx, body(&ctx, actor->state, argument));
}

struct rh_ref delivery_ref(struct rh_pid receiver, const struct rh_delivery *in)
{
    struct rh_ref ref = {rh_pid_none(), 0};
    switch (in->kind) {
    case RH_DELIVERY_TIMEOUT:
        ref.owner = in->from;
        break;
    case RH_DELIVERY_MESSAGE:
        if (in->id.ordinal == 0) {
            return ref;
        }
        ref.owner = receiver;
        break;
    case RH_DELIVERY_DOWN:
    case RH_DELIVERY_LIVENESS:
    case RH_DELIVERY_SPAWN_REPLY:
    case RH_DELIVERY_GROUP_JOIN:
    case RH_DELIVERY_GROUP_LEAVE:
        ref.owner = receiver;
        break;
    default:
        return ref;
    }
    ref.ordinal = in->id.ordinal;
    return ref;
}

struct rh_ref rh_delivery_ref(const struct rh_context *ctx, const struct rh_delivery *in)
{
    return delivery_ref(ctx->self, in);
}

bool rh_delivery_link_tag(const struct rh_delivery *in, int64_t *ret_tag)
{
    if (in->kind != RH_DELIVERY_EXIT || (in->flags & SIGNAL_HAS_TAG) == 0) {
        return false;
    }
    *ret_tag = in->id.tag;
    return true;
}

const char *rh_delivery_name(const struct rh_context *ctx, const struct rh_delivery *in)
{
    if ((in->flags & SIGNAL_BY_NAME) == 0) {
        return NULL;
    }
    const struct name *name = name_of_detail(ctx->node, in->detail);
    return name == NULL ? NULL : name->text;
}

bool rh_delivery_is_alive(const struct rh_delivery *in)
{
    return in->kind == RH_DELIVERY_LIVENESS && in->detail != 0;
}

enum rh_status rh_delivery_status(const struct rh_delivery *in)
{
    if (in->kind == RH_DELIVERY_SPAWN_REPLY || in->kind == RH_DELIVERY_UNDELIVERABLE) {
        return (enum rh_status)in->detail;
    }
    return RH_OK;
}

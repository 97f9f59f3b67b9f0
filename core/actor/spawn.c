/* SPDX-License-Identifier: MIT */
/* Spawning: everything is allocated first, then nothing can fail. A failed spawn leaves nothing behind. */
#include "core/actor/internal.h"
#include "core/base/random.h"

#include <string.h>

/* The storage of one spawn. */
struct birth {
    struct actor *actor;
    struct signal *start;
    struct signal *link[2];
    struct signal *monitor[2];
    struct signal *alias;
    struct signal *reply;
};

static void birth_undo(struct rh_node *node, struct birth *birth,
                       const struct rh_behaviour *behaviour)
{
    struct signal *signals[] = {birth->start,      birth->link[0],    birth->link[1],
                                birth->monitor[0], birth->monitor[1], birth->alias,
                                birth->reply};
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        if (signals[i] != NULL) {
            signal_destroy(node, signals[i]);
        }
    }
    if (birth->actor != NULL) {
        node_release(node, birth->actor->state, behaviour->state_bytes);
        if (birth->actor->mailbox != NULL) {
            mailbox_destroy(node, birth->actor);
        }
        actor_free(node, birth->actor);
    }
}

static enum rh_status birth_signals(struct rh_node *node, struct birth *birth,
                                    const struct rh_spawn_options *options, bool reply)
{
    enum rh_status status = RH_OK;
    struct {
        struct signal **place;
        bool wanted;
    } wanted[] = {
        {&birth->start, true},
        {&birth->link[0], options->link},
        {&birth->link[1], options->link},
        {&birth->monitor[0], options->monitor},
        {&birth->monitor[1], options->monitor},
        {&birth->alias, options->monitor && options->alias != RH_ALIAS_NONE},
        {&birth->reply, reply},
    };
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]) && status == RH_OK; i++) {
        if (wanted[i].wanted) {
            *wanted[i].place = signal_create(node, &status);
        }
    }
    return status;
}

static enum rh_status birth_prepare(struct rh_node *node, struct birth *birth,
                                    const struct rh_behaviour *behaviour,
                                    const struct rh_spawn_options *options, bool reply)
{
    enum rh_status status = actor_create(node, &birth->actor);
    if (status != RH_OK) {
        birth->actor = NULL;
        return status;
    }
    birth->actor->behaviour = behaviour;
    if (behaviour->state_bytes > 0) {
        birth->actor->state = node_allocate(node, behaviour->state_bytes);
        if (birth->actor->state == NULL) {
            return RH_NO_MEMORY;
        }
        memset(birth->actor->state, 0, behaviour->state_bytes);
    }
    if (options->mailbox || birth->actor->behaviour->mailbox) {
        status = mailbox_create(node, birth->actor);
        if (status != RH_OK) {
            return status;
        }
    }
    return birth_signals(node, birth, options, reply);
}

static void set_options(struct rh_node *node, struct actor *child,
                        const struct rh_spawn_options *options)
{
    child->trap = options->trap;
    child->cap = options->cap;
    child->overflow = (uint8_t)options->overflow;
    if ((options->mailbox || child->behaviour->mailbox) && child->cap == 0) {
        child->cap = node->limits.mailbox_messages_max;
    }
    if (child->cap > 0) {
        node->capped++;
    }
}

/* The step itself. `parent` is NULL for a root. */
static void birth_complete(struct rh_node *node, struct birth *birth, struct actor *parent,
                           const struct rh_spawn_options *options, uint64_t ordinal)
{
    struct actor *child = birth->actor;
    struct rh_pid parent_pid = parent == NULL ? rh_pid_none() : actor_pid(node, parent);
    uint32_t place = parent == NULL ? ++node->roots : ++parent->children;
    child->parent = parent_pid;
    child->start_linked = options->link;
    child->key = random_stream(parent == NULL ? node->id : parent->key, place);
    set_options(node, child, options);
    node->stats.spawned++;
    struct rh_pid pid = actor_pid(node, child);
    EMIT(node, .kind = RH_EVENT_SPAWN, .actor = pid, .peer = parent_pid, .ordinal = place,
         .number = child->key, .name = child->behaviour->name);
    if (options->trap) {
        EMIT(node, .kind = RH_EVENT_TRAP, .actor = pid, .number = 1);
    }
    if (child->cap > 0) {
        EMIT(node, .kind = RH_EVENT_CAP, .actor = pid, .number = child->cap);
    }
    if (options->link) {
        link_install(node, parent, child, birth->link[0], birth->link[1], options);
    }
    if (options->monitor) {
        monitor_install(node, parent, child, birth->monitor[0], birth->monitor[1], ordinal);
        if (birth->alias != NULL) {
            alias_add(node, parent, birth->alias, ordinal, (enum rh_alias_mode)options->alias);
        }
    }
    if (birth->reply != NULL) {
        birth->reply->body.id.ordinal = ordinal;
        birth->reply->body.detail = RH_OK;
        signal_post(node, birth->reply, RH_SIGNAL_SPAWN_REPLY, pid, parent_pid);
    }
    birth->start->body.message = options->argument;
    signal_post(node, birth->start, RH_SIGNAL_START, parent_pid, pid);
}

enum rh_status actor_spawn(struct rh_node *node, struct actor *parent,
                           const struct rh_behaviour *behaviour,
                           const struct rh_spawn_options *options, bool reply,
                           struct rh_pid *ret_child, uint64_t *ret_ordinal)
{
    static const struct rh_spawn_options plain = {0};
    options = options == NULL ? &plain : options;
    struct birth birth = {0};
    enum rh_status status = message_judge(node, &options->argument);
    if (status == RH_OK && (parent == NULL ? node->roots : parent->children) == UINT32_MAX) {
        status = RH_EXHAUSTED;
    }
    if (status == RH_OK && options->link && parent->link_generation == UINT32_MAX) {
        status = RH_EXHAUSTED;
    }
    if (status == RH_OK) {
        status = birth_prepare(node, &birth, behaviour, options, reply);
    }
    if (status == RH_OK && (options->monitor || reply) &&
        !actor_next_reference(parent, ret_ordinal)) {
        status = RH_EXHAUSTED;
    }
    if (status != RH_OK) {
        birth_undo(node, &birth, behaviour);
        rh_message_unref(options->argument);
        return status;
    }
    *ret_child = actor_pid(node, birth.actor);
    birth_complete(node, &birth, parent, options, *ret_ordinal);
    return RH_OK;
}

static void drop_argument(const struct rh_spawn_options *options)
{
    if (options != NULL) {
        rh_message_unref(options->argument);
    }
}

enum rh_status rh_spawn(struct rh_context *ctx, const struct rh_behaviour *behaviour,
                        const struct rh_spawn_options *options, struct rh_pid *ret_child,
                        struct rh_ref *ret_monitor)
{
    if (!turn_operation(ctx)) {
        drop_argument(options);
        return RH_EXITED;
    }
    uint64_t ordinal = 0;
    enum rh_status status =
        actor_spawn(ctx->node, ctx->actor, behaviour, options, false, ret_child, &ordinal);
    if (status == RH_OK && ret_monitor != NULL) {
        *ret_monitor = (struct rh_ref){ctx->self, ordinal};
    }
    return status;
}

enum rh_status rh_spawn_request(struct rh_context *ctx, const struct rh_behaviour *behaviour,
                                const struct rh_spawn_options *options, struct rh_ref *ret_request)
{
    if (!turn_operation(ctx)) {
        drop_argument(options);
        return RH_EXITED;
    }
    struct rh_pid child;
    uint64_t ordinal = 0;
    enum rh_status status =
        actor_spawn(ctx->node, ctx->actor, behaviour, options, true, &child, &ordinal);
    if (status == RH_OK) {
        *ret_request = (struct rh_ref){ctx->self, ordinal};
    }
    return status;
}

enum rh_status rh_node_spawn(struct rh_node *node, rh_instant now,
                             const struct rh_behaviour *behaviour,
                             const struct rh_spawn_options *options, struct rh_pid *ret_actor)
{
    node->now = now;
    if (options != NULL && (options->link || options->monitor)) {
        drop_argument(options);
        return RH_INVALID;
    }
    uint64_t ordinal = 0;
    return actor_spawn(node, NULL, behaviour, options, false, ret_actor, &ordinal);
}

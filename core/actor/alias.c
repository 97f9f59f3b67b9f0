/* SPDX-License-Identifier: MIT */
/* Aliases and ports: one table of reply addresses on an actor's own inbox. A monitor's alias has the monitor's reference. */
#include "core/actor/internal.h"

static struct signal *alias_find(const struct actor *owner, uint64_t ordinal)
{
    return entry_find(owner, owner->aliases, ROLE_ALIAS, rh_pid_none(), ordinal);
}

void alias_add(struct rh_node *node, struct actor *owner, struct signal *entry, uint64_t ordinal,
               enum rh_alias_mode mode)
{
    entry->to = actor_pid(node, owner);
    entry->body.id.ordinal = ordinal;
    entry->body.detail = (uint32_t)mode;
    entry_add(node, owner, &owner->aliases, entry, ROLE_ALIAS);
    EMIT(node, .kind = RH_EVENT_ALIAS_OPEN, .actor = entry->to, .ordinal = ordinal,
         .number = (uint64_t)mode);
}

void alias_remove(struct rh_node *node, struct actor *owner, struct signal *entry, enum rh_why why)
{
    EMIT(node, .kind = RH_EVENT_ALIAS_CLOSE, .actor = entry->to, .ordinal = entry->body.id.ordinal,
         .why = why);
    entry_take(node, owner, &owner->aliases, entry);
    signal_destroy(node, entry);
}

bool alias_is_open(const struct actor *owner, uint64_t ordinal)
{
    return ordinal == 0 || alias_find(owner, ordinal) != NULL;
}

bool alias_pass(struct rh_node *node, struct actor *owner, uint64_t ordinal)
{
    struct signal *entry = alias_find(owner, ordinal);
    if (entry == NULL) {
        return false;
    }
    enum rh_alias_mode mode = (enum rh_alias_mode)entry->body.detail;
    if (mode == RH_ALIAS_REPLY || mode == RH_ALIAS_REPLY_DEMONITOR) {
        alias_remove(node, owner, entry, RH_WHY_FIRED);
    }
    if (mode == RH_ALIAS_REPLY_DEMONITOR) {
        struct signal *monitor = monitor_find(owner, ordinal);
        if (monitor != NULL) {
            monitor_withdraw(node, owner, monitor, RH_WHY_FIRED);
        }
    }
    return true;
}

void alias_monitor_ended(struct rh_node *node, struct actor *owner, uint64_t ordinal)
{
    struct signal *entry = alias_find(owner, ordinal);
    if (entry == NULL) {
        return;
    }
    enum rh_alias_mode mode = (enum rh_alias_mode)entry->body.detail;
    if (mode == RH_ALIAS_DEMONITOR || mode == RH_ALIAS_REPLY_DEMONITOR) {
        alias_remove(node, owner, entry, RH_WHY_PARTNER);
    }
}

enum rh_status rh_alias_open(struct rh_context *ctx, enum rh_alias_mode mode,
                             struct rh_ref *ret_alias)
{
    if (!turn_operation(ctx)) {
        return RH_EXITED;
    }
    if (mode != RH_ALIAS_EXPLICIT && mode != RH_ALIAS_REPLY) {
        return RH_INVALID;
    }
    enum rh_status status = RH_OK;
    struct signal *entry = signal_create(ctx->node, &status);
    if (entry == NULL) {
        return status;
    }
    uint64_t ordinal = 0;
    if (!actor_next_reference(ctx->actor, &ordinal)) {
        signal_destroy(ctx->node, entry);
        return RH_EXHAUSTED;
    }
    alias_add(ctx->node, ctx->actor, entry, ordinal, mode);
    *ret_alias = (struct rh_ref){ctx->self, ordinal};
    return RH_OK;
}

enum rh_status rh_alias_close(struct rh_context *ctx, struct rh_ref alias)
{
    if (!turn_operation(ctx)) {
        return RH_EXITED;
    }
    struct rh_node *node = ctx->node;
    if (!rh_pid_equal(alias.owner, ctx->self)) {
        node->stats.foreign_refs++;
        return RH_NOT_FOUND;
    }
    struct signal *entry = alias_find(ctx->actor, alias.ordinal);
    if (entry == NULL) {
        return RH_NOT_FOUND;
    }
    alias_remove(node, ctx->actor, entry, RH_WHY_REQUESTED);
    return RH_OK;
}

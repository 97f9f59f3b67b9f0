/* SPDX-License-Identifier: MIT */
/* Names: interned once per node, so that a monitor, a signal or a timer can carry one as a number. An interned name has an
 * owner, is a group, is referred to, or is freed. */
#include "core/actor/internal.h"

#include <string.h>

static uint32_t text_hash(const char *text, size_t length)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ (uint8_t)text[i]) * 16777619u;
    }
    return hash;
}

struct name *name_find(const struct rh_node *node, const char *text)
{
    if (node->name_bucket_count == 0) {
        return NULL;
    }
    size_t length = strlen(text);
    struct name *name = node->name_buckets[text_hash(text, length) & (node->name_bucket_count - 1)];
    while (name != NULL && !(name->length == length && memcmp(name->text, text, length) == 0)) {
        name = name->hash_next;
    }
    return name;
}

static bool grow_name_buckets(struct rh_node *node)
{
    uint32_t count = node->name_bucket_count == 0 ? 16 : node->name_bucket_count * 2;
    struct name **buckets = node_allocate(node, count * sizeof(struct name *));
    if (buckets == NULL) {
        return node->name_bucket_count > 0;
    }
    for (uint32_t i = 0; i < count; i++) {
        buckets[i] = NULL;
    }
    for (uint32_t i = 0; i < node->name_count; i++) {
        struct name *name = node->names[i].name;
        if (name != NULL) {
            uint32_t to = text_hash(name->text, name->length) & (count - 1);
            name->hash_next = buckets[to];
            buckets[to] = name;
        }
    }
    node_release(node, node->name_buckets, node->name_bucket_count * sizeof(struct name *));
    node->name_buckets = buckets;
    node->name_bucket_count = count;
    return true;
}

static bool free_index(struct rh_node *node, uint32_t *ret_index)
{
    if (node->first_free_name != 0) {
        *ret_index = node->first_free_name - 1;
        node->first_free_name = node->names[*ret_index].next_free;
        return true;
    }
    if (node->name_count == node->name_capacity) {
        void *names = node->names;
        if (!node_grow(node, &names, &node->name_capacity, sizeof(*node->names))) {
            return false;
        }
        node->names = names;
    }
    *ret_index = node->name_count++;
    return true;
}

static enum rh_status name_check(const struct rh_node *node, const char *text)
{
    size_t length = text == NULL ? 0 : strlen(text);
    if (length == 0 || length > node->limits.name_bytes_max || strcmp(text, "undefined") == 0) {
        return RH_INVALID;
    }
    return RH_OK;
}

enum rh_status name_intern(struct rh_node *node, const char *text, struct name **ret_name)
{
    enum rh_status status = name_check(node, text);
    if (status != RH_OK) {
        return status;
    }
    struct name *name = name_find(node, text);
    if (name != NULL) {
        name_ref(name);
        *ret_name = name;
        return RH_OK;
    }
    if (node->interned >= node->limits.names_max + node->limits.groups_max) {
        emit_limit(node, rh_pid_none(), RH_LIMIT, "names_max");
        return RH_LIMIT;
    }
    size_t length = strlen(text);
    if (node->interned >= node->name_bucket_count && !grow_name_buckets(node)) {
        return RH_NO_MEMORY;
    }
    name = node_allocate(node, sizeof(*name) + length + 1);
    if (name == NULL) {
        return RH_NO_MEMORY;
    }
    *name = (struct name){.references = 1, .length = (uint32_t)length};
    memcpy(name->text, text, length + 1);
    if (!free_index(node, &name->index)) {
        node_release(node, name, sizeof(*name) + length + 1);
        return RH_NO_MEMORY;
    }
    node->names[name->index].name = name;
    node->interned++;
    struct name **bucket =
        &node->name_buckets[text_hash(text, length) & (node->name_bucket_count - 1)];
    name->hash_next = *bucket;
    *bucket = name;
    *ret_name = name;
    return RH_OK;
}

void name_ref(struct name *name)
{
    name->references++;
}

void name_unref(struct rh_node *node, struct name *name)
{
    RH_ASSERT(name->references > 0);
    name->references--;
    if (name->references > 0) {
        return;
    }
    struct name **at =
        &node->name_buckets[text_hash(name->text, name->length) & (node->name_bucket_count - 1)];
    while (*at != name) {
        at = &(*at)->hash_next;
    }
    *at = name->hash_next;
    node->names[name->index] = (struct name_slot){NULL, node->first_free_name};
    node->first_free_name = name->index + 1;
    node->interned--;
    node_release(node, name, sizeof(*name) + name->length + 1);
}

struct name *name_of_detail(const struct rh_node *node, uint32_t detail)
{
    RH_ASSERT(detail >= 1);
    RH_ASSERT(detail <= node->name_count);
    return node->names[detail - 1].name;
}

uint32_t name_detail(const struct name *name)
{
    return name->index + 1;
}

void names_destroy(struct rh_node *node)
{
    for (uint32_t i = 0; i < node->name_count; i++) {
        struct name *name = node->names[i].name;
        if (name != NULL) {
            group_destroy(node, name);
            node_release(node, name, sizeof(*name) + name->length + 1);
        }
    }
    node_release(node, node->names, node->name_capacity * sizeof(*node->names));
    node_release(node, node->name_buckets, node->name_bucket_count * sizeof(struct name *));
}

enum rh_status rh_register(struct rh_context *ctx, const char *text, struct rh_pid pid)
{
    if (!turn_operation(ctx)) {
        return RH_EXITED;
    }
    struct rh_node *node = ctx->node;
    enum rh_status status = name_check(node, text);
    if (status != RH_OK) {
        return status;
    }
    touch(node, RH_TOUCH_LIFE, pid, 0, NULL);
    struct actor *actor = actor_find(node, pid);
    if (actor == NULL) {
        return RH_NOPROC;
    }
    touch(node, RH_TOUCH_NAME, pid, 0, text);
    struct name *name = name_find(node, text);
    if (name != NULL && !rh_pid_is_none(name->owner)) {
        return RH_TAKEN;
    }
    if (actor->name != NULL) {
        return RH_ALREADY;
    }
    if (node->registered >= node->limits.names_max) {
        emit_limit(node, ctx->self, RH_LIMIT, "names_max");
        return RH_LIMIT;
    }
    status = name_intern(node, text, &name);
    if (status != RH_OK) {
        return status;
    }
    name->owner = pid;
    actor->name = name;
    node->registered++;
    EMIT(node, .kind = RH_EVENT_NAME_ADD, .actor = pid, .peer = ctx->self, .name = name->text);
    return RH_OK;
}

void name_release(struct rh_node *node, struct actor *owner, enum rh_why why)
{
    struct name *name = owner->name;
    if (name == NULL) {
        return;
    }
    EMIT(node, .kind = RH_EVENT_NAME_REMOVE, .actor = name->owner, .name = name->text, .why = why);
    owner->name = NULL;
    name->owner = rh_pid_none();
    node->registered--;
    name_unref(node, name);
}

enum rh_status rh_unregister(struct rh_context *ctx, const char *text)
{
    if (!turn_operation(ctx)) {
        return RH_EXITED;
    }
    touch(ctx->node, RH_TOUCH_NAME, rh_pid_none(), 0, text);
    struct name *name = name_find(ctx->node, text);
    struct actor *owner = name == NULL ? NULL : actor_find(ctx->node, name->owner);
    if (owner == NULL) {
        return RH_NOT_FOUND;
    }
    name_release(ctx->node, owner, RH_WHY_REQUESTED);
    return RH_OK;
}

enum rh_status rh_whereis(struct rh_context *ctx, const char *text, struct rh_pid *ret_actor)
{
    *ret_actor = rh_pid_none();
    if (!turn_operation(ctx)) {
        return RH_EXITED;
    }
    touch(ctx->node, RH_TOUCH_NAME, rh_pid_none(), 0, text);
    struct name *name = name_find(ctx->node, text);
    if (name == NULL || rh_pid_is_none(name->owner)) {
        return RH_NOT_FOUND;
    }
    *ret_actor = name->owner;
    return RH_OK;
}

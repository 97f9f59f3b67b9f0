/* SPDX-License-Identifier: MIT */
/* The names of actors: as the scenario calls them, or parent/ordinal. Slots decide nothing here but a bucket.
 *
 * A child on another node is parent@node/ordinal: its node counts the children of its parent's proxy, which knows nothing of
 * those on the parent's own node, and begins anew with every connection. So these are counted here, for each node. */
#include "harness/world/internal.h"

#include <stdio.h>
#include <string.h>

/* Names of actors further down the family tree are not spelt out: each generation would make them longer. Their key says
 * the same place in the tree in 16 digits. */
#define DEPTH_MAX 12

enum rh_status registry_init(struct registry *registry, const struct rh_allocator *allocator)
{
    *registry = (struct registry){.allocator = allocator, .bucket_count = 64};
    registry->buckets =
        allocator->allocate(allocator->self, registry->bucket_count * sizeof(*registry->buckets));
    if (registry->buckets == NULL) {
        return RH_NO_MEMORY;
    }
    memset(registry->buckets, 0, registry->bucket_count * sizeof(*registry->buckets));
    return RH_OK;
}

void registry_deinit(struct registry *registry)
{
    while (registry->all != NULL) {
        struct registered *actor = registry->all;
        registry->all = actor->allocated_next;
        registry->allocator->release(registry->allocator->self, actor, sizeof(*actor));
    }
    if (registry->buckets != NULL) {
        registry->allocator->release(registry->allocator->self, registry->buckets,
                                     registry->bucket_count * sizeof(*registry->buckets));
    }
}

static size_t bucket_of(struct rh_pid pid, size_t bucket_count)
{
    uint64_t bits =
        (uint64_t)pid.slot * 2654435761u + (uint64_t)pid.generation * 40503u + pid.node * 97u;
    return (size_t)(bits ^ bits >> 17) & (bucket_count - 1);
}

static void grow(struct registry *registry)
{
    size_t count = registry->bucket_count * 2;
    struct registered **buckets =
        registry->allocator->allocate(registry->allocator->self, count * sizeof(*buckets));
    if (buckets == NULL) {
        return; /* longer chains serve as well */
    }
    memset(buckets, 0, count * sizeof(*buckets));
    for (struct registered *actor = registry->all; actor != NULL; actor = actor->allocated_next) {
        size_t to = bucket_of(actor->pid, count);
        actor->hash_next = buckets[to];
        buckets[to] = actor;
    }
    registry->allocator->release(registry->allocator->self, registry->buckets,
                                 registry->bucket_count * sizeof(*registry->buckets));
    registry->buckets = buckets;
    registry->bucket_count = count;
}

/* Find an actor, or make room for it; NULL without memory. */
static struct registered *place(struct registry *registry, struct rh_pid pid)
{
    struct registered *actor = registry_find(registry, pid);
    if (actor != NULL) {
        return actor;
    }
    actor = registry->allocator->allocate(registry->allocator->self, sizeof(*actor));
    if (actor == NULL) {
        return NULL;
    }
    if (registry->count >= registry->bucket_count) {
        grow(registry);
    }
    *actor = (struct registered){.pid = pid};
    actor->allocated_next = registry->all;
    registry->all = actor;
    struct registered **bucket = &registry->buckets[bucket_of(pid, registry->bucket_count)];
    actor->hash_next = *bucket;
    *bucket = actor;
    registry->count++;
    return actor;
}

/* The next ordinal of a child on another node than its parent's. */
static uint64_t next_far(const struct registered *parent, uint32_t node)
{
    const struct registered *at = parent->far_children;
    while (at != NULL && at->pid.node != node) {
        at = at->far_next;
    }
    return at == NULL ? 1 : at->ordinal + 1;
}

enum rh_status registry_add(struct registry *registry, struct rh_pid pid, struct rh_pid parent,
                            uint64_t ordinal, uint64_t key)
{
    struct registered *actor = place(registry, pid);
    if (actor == NULL) {
        return RH_NO_MEMORY;
    }
    actor->ordinal = ordinal;
    actor->key = key;
    actor->parent = registry_find(registry, parent);
    actor->is_far = actor->parent != NULL && parent.node != pid.node;
    if (actor->is_far) {
        actor->ordinal = next_far(actor->parent, pid.node);
        actor->far_next = actor->parent->far_children;
        actor->parent->far_children = actor;
    }
    actor->root = "root";
    actor->is_network = actor->parent == NULL ? actor->given == NULL : actor->parent->is_network;
    actor->depth = actor->parent == NULL ? 0 : actor->parent->depth + 1;
    return RH_OK;
}

enum rh_status registry_call(struct registry *registry, struct rh_pid pid, const char *name)
{
    struct registered *actor = place(registry, pid);
    if (actor == NULL) {
        return RH_NO_MEMORY;
    }
    actor->given = name;
    actor->is_network = actor->is_network && actor->parent != NULL;
    return RH_OK;
}

struct registered *registry_find(const struct registry *registry, struct rh_pid pid)
{
    struct registered *actor = registry->buckets[bucket_of(pid, registry->bucket_count)];
    while (actor != NULL && !rh_pid_equal(actor->pid, pid)) {
        actor = actor->hash_next;
    }
    return actor;
}

static size_t append(char *buffer, size_t capacity, size_t length, const char *text)
{
    for (; *text != '\0'; text++) {
        if (length + 1 < capacity) {
            buffer[length] = *text;
        }
        length++;
    }
    return length;
}

static size_t write_name(const struct registered *actor, char *buffer, size_t capacity)
{
    if (actor->given != NULL) {
        return append(buffer, capacity, 0, actor->given);
    }
    if (actor->depth > DEPTH_MAX) {
        char key[24];
        (void)snprintf(key, sizeof(key), "#%016llx", (unsigned long long)actor->key);
        return append(buffer, capacity, 0, key);
    }
    size_t length = actor->parent == NULL ? append(buffer, capacity, 0, actor->root)
                                          : write_name(actor->parent, buffer, capacity);
    char place[40];
    int used = actor->is_far ? snprintf(place, sizeof(place), "@%u", actor->pid.node) : 0;
    (void)snprintf(place + used, sizeof(place) - (size_t)used, "/%llu",
                   (unsigned long long)actor->ordinal);
    return append(buffer, capacity, length, place);
}

size_t registry_name(const struct registry *registry, struct rh_pid pid, char *buffer,
                     size_t capacity)
{
    const struct registered *actor = registry_find(registry, pid);
    size_t length;
    if (rh_pid_is_none(pid)) {
        length = append(buffer, capacity, 0, "-");
    } else if (actor == NULL) {
        length = append(buffer, capacity, 0, "?");
    } else {
        length = write_name(actor, buffer, capacity);
    }
    if (capacity > 0) {
        buffer[length < capacity ? length : capacity - 1] = '\0';
    }
    return length;
}

bool registry_find_name(const struct registry *registry, const char *name, struct rh_pid *ret_pid)
{
    char text[256];
    for (const struct registered *actor = registry->all; actor != NULL;
         actor = actor->allocated_next) {
        size_t length = registry_name(registry, actor->pid, text, sizeof(text));
        if (length < sizeof(text) && strcmp(text, name) == 0) {
            *ret_pid = actor->pid;
            return true;
        }
    }
    return false;
}

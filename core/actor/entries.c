/* SPDX-License-Identifier: MIT */
/*
 * Entries: the halves of links and monitors, aliases and timers, in one table of the node and in lists of their owners.
 *
 * The table is chained through the entries themselves, so that inserting one allocates nothing; its buckets grow when
 * they can, and a refused growth only makes chains longer. The lists are circular and keep insertion order, because the
 * exit step speaks to each partner in that order.
 */
#include "core/actor/internal.h"
#include "core/base/random.h"

void list_append(struct signal **list, struct signal *entry)
{
    if (*list == NULL) {
        entry->next = entry;
        entry->prev = entry;
        *list = entry;
        return;
    }
    struct signal *first = *list;
    entry->next = first;
    entry->prev = first->prev;
    first->prev->next = entry;
    first->prev = entry;
}

void list_remove(struct signal **list, struct signal *entry)
{
    if (entry->next == entry) {
        *list = NULL;
    } else {
        entry->prev->next = entry->next;
        entry->next->prev = entry->prev;
        if (*list == entry) {
            *list = entry->next;
        }
    }
    entry->next = NULL;
    entry->prev = NULL;
}

static uint64_t pid_bits(struct rh_pid pid)
{
    return ((uint64_t)pid.slot << 32 | pid.generation) ^ ((uint64_t)pid.node << 48);
}

static uint64_t entry_hash(enum role role, struct rh_pid owner, struct rh_pid partner,
                           uint64_t ordinal)
{
    uint64_t bits =
        pid_bits(owner) * RANDOM_STRIDE + pid_bits(partner) + ordinal * 0x2545f4914f6cdd1dU;
    return random_mix(bits + (uint64_t)role);
}

static uint64_t hash_of(const struct signal *entry)
{
    struct rh_pid none = rh_pid_none();
    switch (entry->role) {
    case ROLE_LINK:
        return entry_hash(ROLE_LINK, entry->to, entry->body.from, 0);
    case ROLE_WATCH:
        return entry_hash(ROLE_WATCH, entry->to, entry->body.from, entry->body.id.ordinal);
    case ROLE_TIMER:
        return entry_hash(ROLE_TIMER, entry->body.from, none, entry->body.id.ordinal);
    default:
        return entry_hash((enum role)entry->role, entry->to, none, entry->body.id.ordinal);
    }
}

static struct signal **bucket_of(const struct rh_node *node, uint64_t hash)
{
    return &node->buckets[hash & (node->bucket_count - 1)];
}

static void grow_buckets(struct rh_node *node)
{
    size_t count = node->bucket_count == 0 ? 16 : node->bucket_count * 2;
    struct signal **buckets =
        node->allocator.allocate(node->allocator.self, count * sizeof(struct signal *));
    if (buckets == NULL) {
        node->stats.allocation_failures++;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        buckets[i] = NULL;
    }
    for (size_t i = 0; i < node->bucket_count; i++) {
        struct signal *entry = node->buckets[i];
        while (entry != NULL) {
            struct signal *following = entry->hash_next;
            size_t to = (size_t)hash_of(entry) & (count - 1);
            entry->hash_next = buckets[to];
            buckets[to] = entry;
            entry = following;
        }
    }
    node_release(node, node->buckets, node->bucket_count * sizeof(struct signal *));
    node->buckets = buckets;
    node->bucket_count = count;
}

void entry_insert(struct rh_node *node, struct signal *entry, enum role role)
{
    if (node->entry_count >= node->bucket_count) {
        grow_buckets(node);
    }
    entry->role = (uint8_t)role;
    struct signal **bucket = bucket_of(node, hash_of(entry));
    entry->hash_next = *bucket;
    *bucket = entry;
    node->entry_count++;
}

void entry_remove(struct rh_node *node, struct signal *entry)
{
    struct signal **at = bucket_of(node, hash_of(entry));
    while (*at != entry) {
        RH_ASSERT(*at != NULL);
        at = &(*at)->hash_next;
    }
    *at = entry->hash_next;
    entry->hash_next = NULL;
    entry->role = ROLE_QUEUED;
    node->entry_count--;
}

struct signal *entry_find_link(const struct rh_node *node, struct rh_pid owner,
                               struct rh_pid partner)
{
    struct signal *entry = *bucket_of(node, entry_hash(ROLE_LINK, owner, partner, 0));
    while (entry != NULL && !(entry->role == ROLE_LINK && rh_pid_equal(entry->to, owner) &&
                              rh_pid_equal(entry->body.from, partner))) {
        entry = entry->hash_next;
    }
    return entry;
}

struct signal *entry_find_watch(const struct rh_node *node, struct rh_pid target,
                                struct rh_pid watcher, uint64_t ordinal)
{
    struct signal *entry = *bucket_of(node, entry_hash(ROLE_WATCH, target, watcher, ordinal));
    while (entry != NULL &&
           !(entry->role == ROLE_WATCH && entry->body.id.ordinal == ordinal &&
             rh_pid_equal(entry->to, target) && rh_pid_equal(entry->body.from, watcher))) {
        entry = entry->hash_next;
    }
    return entry;
}

struct signal *entry_find_ref(const struct rh_node *node, enum role role, struct rh_pid owner,
                              uint64_t ordinal)
{
    struct signal *entry = *bucket_of(node, entry_hash(role, owner, rh_pid_none(), ordinal));
    for (; entry != NULL; entry = entry->hash_next) {
        struct rh_pid entry_owner = role == ROLE_TIMER ? entry->body.from : entry->to;
        if (entry->role == role && entry->body.id.ordinal == ordinal &&
            rh_pid_equal(entry_owner, owner)) {
            return entry;
        }
    }
    return NULL;
}

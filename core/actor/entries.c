/* SPDX-License-Identifier: MIT */
/*
 * Entries: the halves of links and monitors, aliases and timers.
 *
 * An actor's entries hang from its lists, circular and in insertion order, because the exit step speaks to each partner in
 * that order. A short list is searched by walking it: its first entries are what is needed anyway. An actor with many
 * entries also has an index, chained through the entries themselves, which goes as a whole when the actor exits. Timers
 * are found by their creator, who may be dead; theirs is the node's own index. Inserting allocates nothing but buckets, and
 * a refused growth only makes chains longer.
 */
#include "core/actor/internal.h"
#include "core/base/random.h"

#define ENTRIES_WITHOUT_INDEX 8u
#define BUCKETS_MIN 16u

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

/* ---- the index ---- */

static uint64_t pid_bits(struct rh_pid pid)
{
    return ((uint64_t)pid.slot << 32 | pid.generation) ^ ((uint64_t)pid.node << 48);
}

/* What an entry is found by: its role, the other actor where one belongs to the key, the ordinal. Links by neighbouring
 * slots and references in a row lie in neighbouring buckets, because a storm visits them in that order. */
static uint64_t key_hash(enum role role, struct rh_pid other, uint64_t ordinal)
{
    if (role == ROLE_LINK) {
        return other.slot;
    }
    return random_mix(pid_bits(other) * RANDOM_STRIDE + (uint64_t)role) + ordinal;
}

static uint64_t hash_of(const struct signal *entry)
{
    switch ((enum role)entry->role) {
    case ROLE_LINK:
        return key_hash(ROLE_LINK, entry->body.from, 0);
    case ROLE_WATCH:
    case ROLE_TIMER:
        return key_hash((enum role)entry->role, entry->body.from, entry->body.id.ordinal);
    default:
        return key_hash((enum role)entry->role, rh_pid_none(), entry->body.id.ordinal);
    }
}

static struct signal **bucket_of(const struct index *index, uint64_t hash)
{
    return &index->buckets[hash & (index->bucket_count - 1)];
}

static void chain(struct index *index, struct signal *entry)
{
    struct signal **bucket = bucket_of(index, hash_of(entry));
    entry->hash_next = *bucket;
    *bucket = entry;
}

static bool index_grow(struct rh_node *node, struct index *index)
{
    struct index grown = {.bucket_count =
                              index->bucket_count == 0 ? BUCKETS_MIN : index->bucket_count * 2};
    grown.buckets = node_allocate(node, grown.bucket_count * sizeof(struct signal *));
    if (grown.buckets == NULL) {
        return false;
    }
    for (size_t i = 0; i < grown.bucket_count; i++) {
        grown.buckets[i] = NULL;
    }
    for (size_t i = 0; i < index->bucket_count; i++) {
        struct signal *entry = index->buckets[i];
        while (entry != NULL) {
            struct signal *following = entry->hash_next;
            chain(&grown, entry);
            entry = following;
        }
    }
    index_free(node, index);
    *index = grown;
    return true;
}

void index_free(struct rh_node *node, struct index *index)
{
    node_release(node, index->buckets, index->bucket_count * sizeof(struct signal *));
    *index = (struct index){0};
}

bool index_insert(struct rh_node *node, struct index *index, struct signal *entry, size_t count)
{
    if (count > index->bucket_count && !index_grow(node, index) && index->bucket_count == 0) {
        return false;
    }
    chain(index, entry);
    return true;
}

void index_remove(struct index *index, struct signal *entry)
{
    struct signal **at = bucket_of(index, hash_of(entry));
    while (*at != entry) {
        RH_ASSERT(*at != NULL);
        at = &(*at)->hash_next;
    }
    *at = entry->hash_next;
}

static bool is_key(const struct signal *entry, enum role role, struct rh_pid other,
                   uint64_t ordinal)
{
    bool same_other =
        role == ROLE_MONITOR || role == ROLE_ALIAS || rh_pid_equal(entry->body.from, other);
    bool same_ordinal = role == ROLE_LINK || entry->body.id.ordinal == ordinal;
    return entry->role == role && same_other && same_ordinal;
}

struct signal *index_find(const struct index *index, enum role role, struct rh_pid other,
                          uint64_t ordinal)
{
    struct signal *entry = *bucket_of(index, key_hash(role, other, ordinal));
    while (entry != NULL && !is_key(entry, role, other, ordinal)) {
        entry = entry->hash_next;
    }
    return entry;
}

/* ---- an actor's entries ---- */

static void index_list(struct rh_node *node, struct actor *actor, struct signal *list)
{
    for (struct signal *entry = list; entry != NULL;
         entry = entry->next == list ? NULL : entry->next) {
        chain(&actor->index, entry);
    }
    (void)node;
}

static void start_index(struct rh_node *node, struct actor *actor)
{
    if (index_grow(node, &actor->index)) {
        index_list(node, actor, actor->links);
        index_list(node, actor, actor->monitors);
        index_list(node, actor, actor->watchers);
        index_list(node, actor, actor->aliases);
    }
}

void entry_add(struct rh_node *node, struct actor *owner, struct signal **list,
               struct signal *entry, enum role role)
{
    entry->role = (uint8_t)role;
    list_append(list, entry);
    node->entry_count++;
    owner->entry_count++;
    if (owner->index.buckets != NULL) {
        (void)index_insert(node, &owner->index, entry, owner->entry_count);
    } else if (owner->entry_count > ENTRIES_WITHOUT_INDEX) {
        start_index(node, owner);
    }
}

void entry_take(struct rh_node *node, struct actor *owner, struct signal **list,
                struct signal *entry)
{
    if (owner->index.buckets != NULL) {
        index_remove(&owner->index, entry);
    }
    list_remove(list, entry);
    entry->role = ROLE_QUEUED;
    node->entry_count--;
    owner->entry_count--;
}

struct signal *entry_find(const struct actor *owner, struct signal *list, enum role role,
                          struct rh_pid other, uint64_t ordinal)
{
    if (list == NULL || is_key(list, role, other, ordinal)) {
        return list; /* nothing to find, or the oldest: notices come in the order in which entries were made */
    }
    if (owner->index.buckets != NULL) {
        return index_find(&owner->index, role, other, ordinal);
    }
    for (struct signal *entry = list; entry != NULL;
         entry = entry->next == list ? NULL : entry->next) {
        if (is_key(entry, role, other, ordinal)) {
            return entry;
        }
    }
    return NULL;
}

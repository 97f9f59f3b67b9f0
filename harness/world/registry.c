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

#define PLACE_BYTES 48
#define NAME_BYTES 256

static void *make_empty(const struct rh_allocator *allocator, size_t bytes)
{
    void *made = allocator->allocate(allocator->self, bytes);
    if (made != NULL) {
        memset(made, 0, bytes);
    }
    return made;
}

static size_t names_bytes(size_t count)
{
    return sizeof(struct name_table) + count * sizeof(struct registered *);
}

/* Take this many buckets of both kinds, empty; false: no memory, and nothing has changed. */
static bool make_buckets(struct registry *registry, size_t count)
{
    const struct rh_allocator *allocator = registry->allocator;
    struct registered **buckets = make_empty(allocator, count * sizeof(*buckets));
    struct name_table *names = buckets == NULL ? NULL : make_empty(allocator, names_bytes(count));
    if (names == NULL) {
        if (buckets != NULL) {
            allocator->release(allocator->self, buckets, count * sizeof(*buckets));
        }
        return false;
    }
    registry->buckets = buckets;
    registry->names = names;
    registry->bucket_count = count;
    return true;
}

static void free_buckets(const struct registry *registry)
{
    const struct rh_allocator *allocator = registry->allocator;
    allocator->release(allocator->self, registry->buckets,
                       registry->bucket_count * sizeof(*registry->buckets));
    allocator->release(allocator->self, registry->names, names_bytes(registry->bucket_count));
}

enum rh_status registry_init(struct registry *registry, const struct rh_allocator *allocator)
{
    *registry = (struct registry){.allocator = allocator};
    return make_buckets(registry, 64) ? RH_OK : RH_NO_MEMORY;
}

void registry_deinit(struct registry *registry)
{
    while (registry->all != NULL) {
        struct registered *actor = registry->all;
        registry->all = actor->allocated_next;
        registry->allocator->release(registry->allocator->self, actor, sizeof(*actor));
    }
    if (registry->buckets != NULL) {
        free_buckets(registry);
    }
}

static size_t bucket_of(struct rh_pid pid, size_t bucket_count)
{
    uint64_t bits =
        (uint64_t)pid.slot * 2654435761u + (uint64_t)pid.generation * 40503u + pid.node * 97u;
    return (size_t)(bits ^ bits >> 17) & (bucket_count - 1);
}

/* ---- names ---- */

static char *prepend(char *end, uint64_t number)
{
    do {
        *--end = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    return end;
}

/* Write what a name adds to the parent's: "/2", "@3/2". */
static const char *place_of(const struct registered *actor, char buffer[PLACE_BYTES])
{
    char *at = buffer + PLACE_BYTES;
    *--at = '\0';
    at = prepend(at, actor->ordinal);
    *--at = '/';
    if (actor->is_far) {
        at = prepend(at, actor->pid.node);
        *--at = '@';
    }
    return at;
}

/* A name's words come one by one; `hears` takes each, `self` is what it has until then. */
static void spell(const struct registered *actor, void (*hears)(void *self, const char *words),
                  void *self)
{
    char text[PLACE_BYTES];
    if (actor->given != NULL) {
        hears(self, actor->given);
    } else if (actor->depth > DEPTH_MAX) {
        (void)snprintf(text, sizeof(text), "#%016llx", (unsigned long long)actor->key);
        hears(self, text);
    } else {
        if (actor->parent == NULL) {
            hears(self, actor->root);
        } else {
            spell(actor->parent, hears, self);
        }
        hears(self, place_of(actor, text));
    }
}

/* FNV-1a: the same for a name as a whole as for its words in turn. */
static void hash(void *self, const char *words)
{
    uint64_t *value = self;
    for (; *words != '\0'; words++) {
        *value = (*value ^ (unsigned char)*words) * 0x100000001b3;
    }
}

#define NO_WORDS 0xcbf29ce484222325u

struct line {
    char *buffer;
    size_t capacity;
    size_t length; /**< of the whole, even where it is cut */
};

static void append(void *self, const char *words)
{
    struct line *line = self;
    for (; *words != '\0'; words++) {
        if (line->length + 1 < line->capacity) {
            line->buffer[line->length] = *words;
        }
        line->length++;
    }
}

size_t registry_name(const struct registry *registry, struct rh_pid pid, char *buffer,
                     size_t capacity)
{
    const struct registered *actor = registry_find(registry, pid);
    struct line line = {.buffer = buffer, .capacity = capacity};
    if (rh_pid_is_none(pid)) {
        append(&line, "-");
    } else if (actor == NULL) {
        append(&line, "?");
    } else {
        spell(actor, append, &line);
    }
    if (capacity > 0) {
        buffer[line.length < capacity ? line.length : capacity - 1] = '\0';
    }
    return line.length;
}

static bool is_called(const struct registered *actor, const char *name)
{
    char text[NAME_BYTES];
    struct line line = {.buffer = text, .capacity = sizeof(text)};
    spell(actor, append, &line);
    if (line.length >= sizeof(text)) {
        return false;
    }
    text[line.length] = '\0';
    return strcmp(text, name) == 0;
}

static struct registered **name_bucket(const struct registry *registry, uint64_t name_hash)
{
    size_t place = (size_t)(name_hash ^ name_hash >> 32) & (registry->bucket_count - 1);
    return &registry->names->buckets[place];
}

/* List those who have come since somebody last asked. */
static void list_names(const struct registry *registry)
{
    struct registered *actor = registry->all;
    for (; actor != NULL && actor->number >= registry->names->listed;
         actor = actor->allocated_next) {
        actor->name_hash = NO_WORDS;
        spell(actor, hash, &actor->name_hash);
        struct registered **bucket = name_bucket(registry, actor->name_hash);
        actor->name_next = *bucket;
        *bucket = actor;
    }
    registry->names->listed = registry->count;
}

/* An actor is called otherwise from now on, and so are its children. */
static void unlist_names(struct registry *registry, const struct registered *actor)
{
    if (actor->number < registry->names->listed) {
        memset(registry->names, 0, names_bytes(registry->bucket_count));
    }
}

bool registry_find_name(const struct registry *registry, const char *name, struct rh_pid *ret_pid)
{
    uint64_t sought = NO_WORDS;
    hash(&sought, name);
    list_names(registry);
    const struct registered *found = NULL;
    const struct registered *at = *name_bucket(registry, sought);
    for (; at != NULL; at = at->name_next) {
        if (at->name_hash == sought && (found == NULL || at->number > found->number) &&
            is_called(at, name)) {
            found = at;
        }
    }
    *ret_pid = found == NULL ? *ret_pid : found->pid;
    return found != NULL;
}

/* ---- who ---- */

static void grow(struct registry *registry)
{
    const struct registry before = *registry;
    if (!make_buckets(registry, before.bucket_count * 2)) {
        return; /* longer chains serve as well */
    }
    free_buckets(&before);
    for (struct registered *actor = registry->all; actor != NULL; actor = actor->allocated_next) {
        size_t to = bucket_of(actor->pid, registry->bucket_count);
        actor->hash_next = registry->buckets[to];
        registry->buckets[to] = actor;
    }
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
    *actor = (struct registered){.pid = pid, .number = registry->count};
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
                            uint64_t ordinal, uint64_t key, const char *root)
{
    struct registered *actor = place(registry, pid);
    if (actor == NULL) {
        return RH_NO_MEMORY;
    }
    unlist_names(registry, actor);
    actor->ordinal = ordinal;
    actor->key = key;
    actor->parent = registry_find(registry, parent);
    actor->is_far = actor->parent != NULL && parent.node != pid.node;
    if (actor->is_far) {
        actor->ordinal = next_far(actor->parent, pid.node);
        actor->far_next = actor->parent->far_children;
        actor->parent->far_children = actor;
    }
    actor->root = root;
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
    unlist_names(registry, actor);
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

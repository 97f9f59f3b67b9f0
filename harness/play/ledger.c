/* SPDX-License-Identifier: MIT */
/* The ledger digests as it goes: two runs have the same outcome iff they end with the same digest, so that an exploration of
 * a million runs keeps sixteen bytes of each. In a digest an actor is its name and a reference the n-th of its owner's;
 * slots and times are no part of it. The outcome is a sum over actors: their order of birth does not matter. */
#include "harness/play/ledger.h"

#include <rehearse/cluster.h>
#include <rehearse/reason.h>
#include <string.h>
#include <xxhash.h>

#define NAME_BYTES 256

void ledger_init(struct ledger *ledger, const struct rh_allocator *allocator)
{
    *ledger = (struct ledger){.allocator = allocator};
}

static void list_clear(struct mail_list *list)
{
    for (uint32_t i = 0; i < list->count; i++) {
        rh_message_unref(list->at[i]);
    }
    list->count = 0;
}

static void list_deinit(const struct ledger *ledger, struct mail_list *list)
{
    list_clear(list);
    ledger->allocator->release(ledger->allocator->self, list->at,
                               list->capacity * sizeof *list->at);
    *list = (struct mail_list){NULL, 0, 0};
}

void ledger_end(struct ledger *ledger)
{
    for (uint32_t i = 0; i < ledger->count; i++) {
        rh_message_unref(ledger->actors[i].reason);
        list_deinit(ledger, &ledger->actors[i].received);
        list_deinit(ledger, &ledger->actors[i].said);
    }
    ledger->count = 0;
    if (ledger->index_capacity > 0) {
        memset(ledger->index, 0, ledger->index_capacity * sizeof *ledger->index);
    }
}

void ledger_deinit(struct ledger *ledger)
{
    const struct rh_allocator *allocator = ledger->allocator;
    if (allocator == NULL) {
        return;
    }
    ledger_end(ledger);
    allocator->release(allocator->self, ledger->actors, ledger->capacity * sizeof *ledger->actors);
    allocator->release(allocator->self, ledger->index,
                       ledger->index_capacity * sizeof *ledger->index);
    allocator->release(allocator->self, ledger->scratch, ledger->scratch_capacity);
    *ledger = (struct ledger){0};
}

/* ---- finding actors ---- */

static uint32_t place_of(const struct ledger *ledger, struct rh_pid pid)
{
    uint32_t hash = (pid.slot * 2654435761U) ^ (pid.generation * 2246822519U) ^
                    (pid.node * 3266489917U) ^ (pid.incarnation * 668265263U);
    uint32_t at = (hash ^ hash >> 15) & (ledger->index_capacity - 1);
    while (ledger->index[at] != 0 &&
           !rh_pid_equal(ledger->actors[ledger->index[at] - 1].pid, pid)) {
        at = (at + 1) & (ledger->index_capacity - 1);
    }
    return at;
}

struct ledger_actor *ledger_find(const struct ledger *ledger, struct rh_pid pid)
{
    if (ledger->index_capacity == 0) {
        return NULL;
    }
    uint32_t found = ledger->index[place_of(ledger, pid)];
    return found == 0 ? NULL : &ledger->actors[found - 1];
}

static bool grow(struct ledger *ledger)
{
    const struct rh_allocator *allocator = ledger->allocator;
    uint32_t capacity = ledger->capacity == 0 ? 16 : ledger->capacity * 2;
    struct ledger_actor *actors =
        allocator->resize(allocator->self, ledger->actors, ledger->capacity * sizeof *actors,
                          capacity * sizeof *actors);
    if (actors == NULL) {
        return false;
    }
    ledger->actors = actors;
    ledger->capacity = capacity;
    uint32_t *index = allocator->allocate(allocator->self, capacity * 4 * sizeof *index);
    if (index == NULL) {
        return false;
    }
    allocator->release(allocator->self, ledger->index,
                       ledger->index_capacity * sizeof *ledger->index);
    memset(index, 0, capacity * 4 * sizeof *index);
    ledger->index = index;
    ledger->index_capacity = capacity * 4;
    for (uint32_t i = 0; i < ledger->count; i++) {
        ledger->index[place_of(ledger, ledger->actors[i].pid)] = i + 1;
    }
    return true;
}

static bool is_watched(const struct ledger *ledger, struct rh_pid pid)
{
    char name[NAME_BYTES];
    if (ledger->watched_count == 0) {
        return false;
    }
    (void)rh_world_actor_name(ledger->world, pid, name, sizeof name);
    for (uint32_t i = 0; i < ledger->watched_count; i++) {
        if (strcmp(ledger->watched[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static void born(struct ledger *ledger, struct rh_pid pid)
{
    if (ledger->count * 2 >= ledger->index_capacity || ledger->count == ledger->capacity) {
        if (!grow(ledger)) {
            ledger->is_out_of_memory = true;
            return;
        }
    }
    ledger->actors[ledger->count] = (struct ledger_actor){.pid = pid};
    ledger->actors[ledger->count].is_watched = is_watched(ledger, pid);
    ledger->index[place_of(ledger, pid)] = ++ledger->count;
}

/* ---- deliveries ---- */

static enum rh_delivery_kind delivery_of(const struct rh_event *event)
{
    switch (event->signal) {
    case RH_SIGNAL_MESSAGE:
        return RH_DELIVERY_MESSAGE;
    case RH_SIGNAL_EXIT:
    case RH_SIGNAL_EXIT_SIGNAL:
        return RH_DELIVERY_EXIT;
    case RH_SIGNAL_DOWN:
        return RH_DELIVERY_DOWN;
    case RH_SIGNAL_TIMER:
        return event->ordinal == 0 ? RH_DELIVERY_MESSAGE : RH_DELIVERY_TIMEOUT;
    case RH_SIGNAL_RECEIVE_TIMER:
        return RH_DELIVERY_RECEIVE_TIMEOUT;
    case RH_SIGNAL_UNDELIVERABLE:
        return RH_DELIVERY_UNDELIVERABLE;
    case RH_SIGNAL_LIVENESS:
        return RH_DELIVERY_LIVENESS;
    case RH_SIGNAL_SPAWN_REPLY:
        return RH_DELIVERY_SPAWN_REPLY;
    case RH_SIGNAL_GROUP_JOIN:
        return RH_DELIVERY_GROUP_JOIN;
    case RH_SIGNAL_GROUP_LEAVE:
        return RH_DELIVERY_GROUP_LEAVE;
    case RH_SIGNAL_NODE_UP:
        return RH_DELIVERY_NODE_UP;
    case RH_SIGNAL_NODE_DOWN:
        return RH_DELIVERY_NODE_DOWN;
    case RH_SIGNAL_USER:
        return RH_DELIVERY_USER;
    default:
        return RH_DELIVERY_COUNT; /* nothing that a behaviour sees; START is no delivery here */
    }
}

bool ledger_delivered(const struct ledger *ledger, const struct rh_event *event,
                      struct delivered *ret_delivered)
{
    if (event->kind != RH_EVENT_HANDLE && event->kind != RH_EVENT_TAKE) {
        return false;
    }
    enum rh_delivery_kind kind = delivery_of(event);
    if (kind == RH_DELIVERY_COUNT) {
        return false;
    }
    if (kind == RH_DELIVERY_EXIT && event->kind == RH_EVENT_HANDLE) {
        const struct ledger_actor *actor = ledger_find(ledger, event->actor);
        bool kills = event->signal == RH_SIGNAL_EXIT_SIGNAL && event->message != NULL &&
                     rh_reason_class(event->message) == RH_REASON_KILL;
        if (actor == NULL || !actor->traps || kills) {
            return false; /* it ends the actor instead */
        }
    }
    *ret_delivered = (struct delivered){kind, event->actor, event->peer, event->message};
    return true;
}

static const char *node_name(const struct rh_world *world, struct rh_pid of)
{
    bool known = of.node > 0 && of.node <= rh_world_node_count(world);
    return known ? rh_world_node_name(world, of.node - 1) : "?";
}

struct rh_message delivered_message(const struct rh_world *world,
                                    const struct rh_allocator *allocator,
                                    const struct rh_event *event, const struct delivered *delivered)
{
    const char *word = rh_delivery_kind_word(delivered->kind);
    struct rh_item payload = {NULL, 0};
    if (delivered->message != NULL) {
        payload = rh_message_item(delivered->message);
    }
    switch (delivered->kind) {
    case RH_DELIVERY_RECEIVE_TIMEOUT:
        return RH_ARRAY(allocator, word);
    case RH_DELIVERY_USER:
        return payload.size == 0 ? RH_ARRAY(allocator, word, RH_NULL)
                                 : RH_ARRAY(allocator, word, payload);
    case RH_DELIVERY_LIVENESS: {
        bool is_alive = event->number != 0;
        return RH_ARRAY(allocator, word, delivered->from, is_alive);
    }
    case RH_DELIVERY_SPAWN_REPLY:
        return RH_ARRAY(allocator, word, delivered->from,
                        rh_status_word((enum rh_status)event->number));
    case RH_DELIVERY_NODE_UP:
        return RH_ARRAY(allocator, word, node_name(world, delivered->from));
    case RH_DELIVERY_NODE_DOWN:
        return payload.size == 0
                   ? RH_ARRAY(allocator, word, node_name(world, delivered->from), RH_NULL)
                   : RH_ARRAY(allocator, word, node_name(world, delivered->from), payload);
    case RH_DELIVERY_GROUP_JOIN:
    case RH_DELIVERY_GROUP_LEAVE:
        return RH_ARRAY(allocator, word, delivered->from, event->name == NULL ? "" : event->name);
    default:
        break;
    }
    return payload.size == 0 ? RH_ARRAY(allocator, word, delivered->from, RH_NULL)
                             : RH_ARRAY(allocator, word, delivered->from, payload);
}

static bool keep(struct ledger *ledger, struct mail_list *list, struct rh_message message)
{
    if (rh_message_status(message) != RH_OK) {
        return false;
    }
    if (list->count == list->capacity) {
        uint32_t capacity = list->capacity == 0 ? 8 : list->capacity * 2;
        struct rh_message *at = ledger->allocator->resize(
            ledger->allocator->self, list->at, list->capacity * sizeof *at, capacity * sizeof *at);
        if (at == NULL) {
            rh_message_unref(message);
            return false;
        }
        list->at = at;
        list->capacity = capacity;
    }
    list->at[list->count++] = message;
    return true;
}

/* ---- normal forms ---- */

static bool reserve(struct ledger *ledger, size_t bytes)
{
    if (ledger->scratch_capacity >= bytes) {
        return true;
    }
    size_t capacity = ledger->scratch_capacity == 0 ? 512 : ledger->scratch_capacity;
    while (capacity < bytes) {
        capacity *= 2;
    }
    uint8_t *scratch = ledger->allocator->resize(ledger->allocator->self, ledger->scratch,
                                                 ledger->scratch_capacity, capacity);
    if (scratch == NULL) {
        ledger->is_out_of_memory = true;
        return false;
    }
    ledger->scratch = scratch;
    ledger->scratch_capacity = capacity;
    return true;
}

static size_t put(struct ledger *ledger, size_t at, const void *bytes, size_t size)
{
    if (!reserve(ledger, at + size)) {
        return at;
    }
    if (size > 0) {
        memcpy(ledger->scratch + at, bytes, size);
    }
    return at + size;
}

static size_t put_actor(struct ledger *ledger, size_t at, struct rh_pid pid)
{
    char name[NAME_BYTES];
    size_t length = rh_world_actor_name(ledger->world, pid, name, sizeof name);
    length = length < sizeof name ? length : sizeof name - 1;
    name[length] = '\0';
    return put(ledger, at, name, length + 1);
}

/* Put items as they are, but pids and references by name. A marker that begins no item stands before a name. */
static size_t put_message(struct ledger *ledger, size_t at, const struct rh_message *message)
{
    static const uint8_t mark = 0xff;
    struct rh_reader reader;
    struct rh_pid pid;
    struct rh_ref ref;
    struct rh_item item;
    size_t count = 0;
    rh_reader_message(&reader, message);
    for (;;) {
        const uint8_t *from = reader.at;
        switch (rh_read_kind(&reader)) {
        case RH_KIND_NONE:
            return at;
        case RH_KIND_ARRAY:
            (void)rh_read_array(&reader, &count);
            at = put(ledger, at, from, (size_t)(reader.at - from));
            break;
        case RH_KIND_MAP:
            (void)rh_read_map(&reader, &count);
            at = put(ledger, at, from, (size_t)(reader.at - from));
            break;
        case RH_KIND_PID:
            (void)rh_read_pid(&reader, &pid);
            at = put_actor(ledger, put(ledger, at, &mark, 1), pid);
            break;
        case RH_KIND_REF:
            (void)rh_read_ref(&reader, &ref);
            at = put_actor(ledger, put(ledger, at, &mark, 1), ref.owner);
            at = put(ledger, at, &ref.ordinal, sizeof ref.ordinal);
            break;
        default:
            if (!rh_read_item(&reader, &item)) {
                return at;
            }
            at = put(ledger, at, item.bytes, item.size);
            break;
        }
    }
}

static void roll(struct ledger *ledger, uint64_t digest[2], uint8_t what, struct rh_pid from,
                 const struct rh_message *message)
{
    size_t at = put(ledger, 0, digest, 2 * sizeof digest[0]);
    at = put(ledger, at, &what, 1);
    at = put_actor(ledger, at, from);
    if (message != NULL) {
        at = put_message(ledger, at, message);
    }
    if (!ledger->is_out_of_memory) {
        XXH128_hash_t hash = XXH3_128bits(ledger->scratch, at);
        digest[0] = hash.high64;
        digest[1] = hash.low64;
    }
}

/* ---- the listener ---- */

bool ledger_is_abroad(const struct rh_record *record)
{
    return record->event->actor.node != 0 && record->event->actor.node != record->node + 1;
}

static void on_delivery(struct ledger *ledger, const struct rh_event *event)
{
    struct delivered delivered;
    if (!ledger_delivered(ledger, event, &delivered)) {
        return;
    }
    struct ledger_actor *actor = ledger_find(ledger, event->actor);
    if (actor == NULL) {
        return;
    }
    bool numbered =
        delivered.kind == RH_DELIVERY_LIVENESS || delivered.kind == RH_DELIVERY_SPAWN_REPLY;
    struct rh_message number = rh_message_none();
    if (numbered) {
        number = RH_ITEM(NULL, event->number);
    }
    roll(ledger, actor->deliveries, (uint8_t)delivered.kind, delivered.from,
         numbered ? &number : delivered.message);
    if (actor->is_watched &&
        !keep(ledger, &actor->received,
              delivered_message(ledger->world, ledger->allocator, event, &delivered))) {
        ledger->is_out_of_memory = true;
    }
}

static void on_output(struct ledger *ledger, const struct rh_event *event)
{
    struct ledger_actor *actor = ledger_find(ledger, event->actor);
    if (actor == NULL) {
        return;
    }
    roll(ledger, actor->outputs, 0, rh_pid_none(), event->message);
    if (actor->is_watched && !keep(ledger, &actor->said, rh_message_ref(*event->message))) {
        ledger->is_out_of_memory = true;
    }
}

static void on_exit(struct ledger *ledger, const struct rh_event *event)
{
    struct ledger_actor *actor = ledger_find(ledger, event->actor);
    if (actor != NULL) {
        actor->is_dead = true;
        rh_message_unref(actor->reason);
        actor->reason = event->why == RH_WHY_NODE ? RH_ITEM(ledger->allocator, "node_down")
                        : event->message == NULL  ? rh_message_none()
                                                  : rh_message_ref(*event->message);
    }
}

static void on_record(void *self, const struct rh_record *record)
{
    struct ledger *ledger = self;
    const struct rh_event *event = record->event;
    struct ledger_actor *actor;
    if (record->kind != RH_RECORD_EVENT || ledger_is_abroad(record)) {
        return;
    }
    switch (event->kind) {
    case RH_EVENT_SPAWN:
        if (rh_world_node_count(ledger->world) == 1 ||
            !rh_world_is_network(ledger->world, event->actor)) {
            born(ledger, event->actor);
        }
        break;
    case RH_EVENT_TRAP:
        actor = ledger_find(ledger, event->actor);
        if (actor != NULL) {
            actor->traps = event->number != 0;
        }
        break;
    case RH_EVENT_HANDLE:
    case RH_EVENT_TAKE:
        on_delivery(ledger, event);
        break;
    case RH_EVENT_OUTPUT:
        on_output(ledger, event);
        break;
    case RH_EVENT_EXIT:
        on_exit(ledger, event);
        break;
    default:
        break;
    }
}

enum rh_status ledger_begin(struct ledger *ledger, struct rh_world *world)
{
    ledger->world = world;
    ledger->is_out_of_memory = false;
    const struct rh_listener listener = {RH_LISTEN(SPAWN) | RH_LISTEN(TRAP) | RH_LISTEN(HANDLE) |
                                             RH_LISTEN(TAKE) | RH_LISTEN(OUTPUT) | RH_LISTEN(EXIT),
                                         on_record, ledger};
    return rh_world_listen(world, &listener);
}

void ledger_outcome(struct ledger *ledger, uint64_t ret_digest[2])
{
    ret_digest[0] = 0;
    ret_digest[1] = 0;
    for (uint32_t i = 0; i < ledger->count && !ledger->is_out_of_memory; i++) {
        struct ledger_actor *actor = &ledger->actors[i];
        uint64_t digest[2] = {0, 0};
        size_t at = put_actor(ledger, 0, actor->pid);
        at = put(ledger, at, actor->deliveries, sizeof actor->deliveries);
        at = put(ledger, at, actor->outputs, sizeof actor->outputs);
        at = put(ledger, at, &actor->is_dead, 1);
        at = put_message(ledger, at, &actor->reason);
        XXH128_hash_t hash = XXH3_128bits(ledger->scratch, at);
        digest[0] = hash.high64;
        digest[1] = hash.low64;
        ret_digest[1] += digest[1];
        ret_digest[0] += digest[0] + (ret_digest[1] < digest[1] ? 1 : 0);
    }
}

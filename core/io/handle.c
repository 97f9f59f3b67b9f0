/* SPDX-License-Identifier: MIT */
/*
 * The table of handles.
 *
 * A handle is a reference of the actor that made it and never changes; who owns it may. Its record is found by reference
 * and hangs from its owner. It holds the storage of every effect that it can ever need, so that whatever ends an owner
 * can close its handles and kill its children without allocating:
 *
 *      owner exits -> record without owner, CLOSE (and KILL) queued -> CLOSED (and EXITED) fed -> freed
 *
 * An effect that the driver has not taken when it loses its point is withdrawn: the WRITE of an owner that exits, whose
 * bytes go with its state; everything, when nothing but the wish to open was there.
 */
#include "core/io/handle.h"

#include <string.h>

static size_t bucket_of(struct rh_ref ref, size_t bucket_count)
{
    uint64_t mixed = ref.ordinal * UINT64_C(0x9e3779b97f4a7c15);
    mixed ^= (uint64_t)ref.owner.slot * UINT64_C(0xbf58476d1ce4e5b9);
    mixed ^= mixed >> 29;
    return (size_t)mixed & (bucket_count - 1);
}

/* Without memory a table stays as small as it is, unless there is none. */
static bool table_reserve(struct rh_node *node)
{
    size_t before = node->handle_bucket_count;
    if (node->stats.handles < before) {
        return true;
    }
    size_t after = before == 0 ? 8 : before * 2;
    struct handle **buckets = node_allocate(node, after * sizeof(*buckets));
    if (buckets == NULL) {
        return before > 0;
    }
    memset(buckets, 0, after * sizeof(*buckets));
    for (size_t i = 0; i < before; i++) {
        while (node->handle_buckets[i] != NULL) {
            struct handle *handle = node->handle_buckets[i];
            node->handle_buckets[i] = handle->hash_next;
            size_t at = bucket_of(handle->ref, after);
            handle->hash_next = buckets[at];
            buckets[at] = handle;
        }
    }
    node_release(node, node->handle_buckets, before * sizeof(*buckets));
    node->handle_buckets = buckets;
    node->handle_bucket_count = after;
    return true;
}

struct handle *handle_find(const struct rh_node *node, struct rh_ref ref)
{
    if (node->handle_bucket_count == 0) {
        return NULL;
    }
    struct handle *handle = node->handle_buckets[bucket_of(ref, node->handle_bucket_count)];
    while (handle != NULL && !rh_ref_equal(handle->ref, ref)) {
        handle = handle->hash_next;
    }
    return handle;
}

void handle_hang(struct actor *owner, struct handle *handle)
{
    if (owner->handles == NULL) {
        owner->handles = handle;
        handle->next = handle;
        handle->prev = handle;
        return;
    }
    handle->next = owner->handles;
    handle->prev = owner->handles->prev;
    handle->prev->next = handle;
    handle->next->prev = handle;
}

void handle_unhang(struct actor *owner, struct handle *handle)
{
    if (owner->handles == handle) {
        owner->handles = handle->next == handle ? NULL : handle->next;
    }
    handle->prev->next = handle->next;
    handle->next->prev = handle->prev;
    handle->next = NULL;
    handle->prev = NULL;
}

enum rh_status handle_create(struct rh_node *node, struct actor *owner, enum handle_kind kind,
                             size_t text_bytes, struct handle **ret_handle)
{
    if (node->stats.handles >= node->limits.handles_max) {
        emit_limit(node, actor_pid(node, owner), RH_LIMIT, "handles_max");
        return RH_LIMIT;
    }
    size_t block_bytes = sizeof(struct handle) + text_bytes;
    struct handle *handle = table_reserve(node) ? node_allocate(node, block_bytes) : NULL;
    if (handle == NULL) {
        return RH_NO_MEMORY;
    }
    memset(handle, 0, sizeof(*handle));
    handle->block_bytes = block_bytes;
    handle->kind = (uint8_t)kind;
    handle->owner = actor_pid(node, owner);
    handle->ref.owner = handle->owner;
    if (!actor_next_reference(owner, &handle->ref.ordinal)) {
        node_release(node, handle, block_bytes);
        return RH_EXHAUSTED;
    }
    for (size_t i = 0; i < SLOT_COUNT; i++) {
        handle->effects[i].handle = handle;
    }
    size_t at = bucket_of(handle->ref, node->handle_bucket_count);
    handle->hash_next = node->handle_buckets[at];
    node->handle_buckets[at] = handle;
    node->stats.handles++;
    handle_hang(owner, handle);
    *ret_handle = handle;
    return RH_OK;
}

bool handle_may(struct rh_node *node, const struct handle *handle, enum rh_effect_kind kind,
                uint64_t number)
{
    struct effect_fate fate = {0};
    if (node->filter.ask != NULL) {
        bool close = kind == RH_EFFECT_CLOSE;
        struct rh_filter_question question = {
            .signal = RH_SIGNAL_IO,
            .actor = handle->owner,
            .actions = close ? 0 : RH_FILTER_CAN(DROP),
            .name = rh_effect_kind_word(kind),
            .handle = handle->ref,
            .number = number,
        };
        fate = effect_ask_filter(node, &question);
    }
    bool dropped = fate.action == RH_FILTER_DROP;
    EMIT(node, .kind = RH_EVENT_EFFECT, .signal = RH_SIGNAL_IO, .actor = handle->owner,
         .name = rh_effect_kind_word(kind), .peer = handle->ref.owner,
         .ordinal = handle->ref.ordinal, .number = number,
         .why = dropped ? RH_WHY_FAULT : RH_WHY_NONE, .status = fate.status);
    return !dropped;
}

void handle_queue(struct rh_node *node, struct handle *handle, enum handle_slot slot,
                  enum rh_effect_kind kind)
{
    struct effect *effect = &handle->effects[slot];
    if (!effect->queued) {
        effect->kind = kind;
        effect_queue(node, effect);
    }
}

bool handle_ask(struct rh_node *node, struct handle *handle, enum handle_slot slot,
                enum rh_effect_kind kind, uint64_t number)
{
    bool may = handle_may(node, handle, kind, number);
    if (may) {
        handle_queue(node, handle, slot, kind);
    }
    return may;
}

void handle_withdraw(struct rh_node *node, struct handle *handle, enum handle_slot slot)
{
    if (handle->effects[slot].queued) {
        effect_unqueue(node, &handle->effects[slot]);
    }
}

void handle_free(struct rh_node *node, struct handle *handle)
{
    for (unsigned slot = 0; slot < SLOT_COUNT; slot++) {
        handle_withdraw(node, handle, (enum handle_slot)slot);
    }
    if (handle->next != NULL) {
        handle_unhang(actor_at(node, handle->owner.slot), handle);
    }
    struct handle **link = &node->handle_buckets[bucket_of(handle->ref, node->handle_bucket_count)];
    while (*link != handle) {
        link = &(*link)->hash_next;
    }
    *link = handle->hash_next;
    node->stats.handles--;
    node_release(node, handle, handle->block_bytes);
}

void handle_free_when_done(struct rh_node *node, struct handle *handle)
{
    if (handle->phase == HANDLE_CLOSED && (!handle->started || handle->exited)) {
        handle_free(node, handle);
    }
}

static bool may_run(const struct handle *handle)
{
    return handle->kind == HANDLE_CHILD && !handle->exited &&
           (handle->started || handle->phase != HANDLE_CLOSED);
}

/* Its owner is going. */
static void abandon(struct rh_node *node, struct actor *owner, struct handle *handle)
{
    if (handle->effects[SLOT_OPEN].queued) {
        handle_free(node, handle);
        return;
    }
    handle->writing = handle->writing && !handle->effects[SLOT_WRITE].queued;
    handle->refused = false;
    handle_withdraw(node, handle, SLOT_WRITE);
    handle_withdraw(node, handle, SLOT_FLOW);
    handle_withdraw(node, handle, SLOT_SHUTDOWN);
    if (may_run(handle) && handle_ask(node, handle, SLOT_KILL, RH_EFFECT_KILL, SIGNAL_KILL)) {
        handle->signals = UINT64_C(1) << SIGNAL_KILL;
    }
    if (handle->phase < HANDLE_CLOSING) {
        handle->phase = HANDLE_CLOSING;
        (void)handle_ask(node, handle, SLOT_CLOSE, RH_EFFECT_CLOSE, 0);
    }
    handle_unhang(owner, handle);
}

void handles_exit(struct rh_node *node, struct actor *actor)
{
    while (actor->handles != NULL) {
        abandon(node, actor, actor->handles);
    }
}

void handles_destroy(struct rh_node *node)
{
    for (size_t i = 0; i < node->handle_bucket_count; i++) {
        while (node->handle_buckets[i] != NULL) {
            handle_free(node, node->handle_buckets[i]);
        }
    }
    node_release(node, node->handle_buckets, node->handle_bucket_count * sizeof(struct handle *));
}

static bool signals_take(struct handle *handle, int *ret_number)
{
    int number = 0;
    while ((handle->signals >> number & 1) == 0) {
        number++;
    }
    handle->signals &= ~(UINT64_C(1) << number);
    *ret_number = number;
    return handle->signals == 0;
}

bool handle_effect(struct effect *effect, struct rh_effect *ret_effect)
{
    struct handle *handle = effect->handle;
    *ret_effect =
        (struct rh_effect){.kind = effect->kind, .actor = handle->owner, .handle = handle->ref};
    switch (effect->kind) {
    case RH_EFFECT_CONNECT:
    case RH_EFFECT_LISTEN:
        ret_effect->address = handle->address;
        break;
    case RH_EFFECT_START:
        ret_effect->command = &handle->command;
        break;
    case RH_EFFECT_REFUSE:
        ret_effect->size = effect == &handle->effects[SLOT_WRITE] ? handle->size : 0;
        ret_effect->address =
            handle->kind == HANDLE_CHILD ? handle->command.program : handle->address;
        break;
    case RH_EFFECT_WRITE:
        ret_effect->bytes = handle->bytes;
        ret_effect->size = handle->size;
        break;
    case RH_EFFECT_PAUSE:
    case RH_EFFECT_RESUME:
        handle->paused = effect->kind == RH_EFFECT_PAUSE;
        break;
    case RH_EFFECT_KILL:
        return signals_take(handle, &ret_effect->number);
    default:
        break;
    }
    return true;
}

static const char *check_one(const struct rh_node *node, const struct handle *handle)
{
    const struct actor *owner = actor_find(node, handle->owner);
    if ((handle->next != NULL) != (owner != NULL)) {
        return "a handle and its owner disagree about who is alive";
    }
    if (owner != NULL && (handle->next->prev != handle || owner->handles == NULL)) {
        return "a list of handles is torn";
    }
    if (owner == NULL && handle->phase < HANDLE_CLOSING) {
        return "nobody owns a handle and nobody closes it";
    }
    if (handle->phase == HANDLE_CLOSED && (!handle->started || handle->exited)) {
        return "a handle that is done is still there";
    }
    if (handle->effects[SLOT_WRITE].queued && (!handle->writing || owner == NULL)) {
        return "bytes are to be written that nobody has";
    }
    if (handle->refused && !handle->writing) {
        return "a write is refused that nobody waits for";
    }
    if (handle->effects[SLOT_KILL].queued != (handle->signals != 0)) {
        return "a child's signals and its effect disagree";
    }
    return NULL;
}

bool rh_inspect_handle_owner(const struct rh_node *node, struct rh_ref ref,
                             struct rh_pid *ret_owner)
{
    const struct handle *handle = handle_find(node, ref);
    *ret_owner = handle == NULL ? rh_pid_none() : handle->owner;
    return handle != NULL;
}

const char *handles_check(const struct rh_node *node)
{
    uint64_t count = 0;
    for (size_t i = 0; i < node->handle_bucket_count; i++) {
        for (const struct handle *handle = node->handle_buckets[i]; handle != NULL;
             handle = handle->hash_next) {
            count++;
            const char *what = check_one(node, handle);
            if (what != NULL) {
                return what;
            }
        }
    }
    if (count != node->stats.handles) {
        return "the handles have lost count";
    }
    const struct effect *previous = NULL;
    for (const struct effect *effect = node->effects_head; effect != NULL; effect = effect->next) {
        if (effect->prev != previous || !effect->queued) {
            return "the effects are torn";
        }
        previous = effect;
    }
    return previous == node->effects_tail ? NULL : "the effects have lost count";
}

/* SPDX-License-Identifier: MIT */
/* The record: plain lists, each with its nodes from the node's allocator, all counted against one limit. */
#include "core/base/assert.h"
#include "core/conversation/internal.h"

static void *record_allocate(const struct conversation *conv, size_t bytes)
{
    return conv->allocator->allocate(conv->allocator->self, bytes);
}

static void record_release(const struct conversation *conv, void *block, size_t bytes)
{
    if (block != NULL) {
        conv->allocator->release(conv->allocator->self, block, bytes);
    }
}

static void actor_release(const void *config)
{
    struct conversation *const *self = config;
    conversation_unref(*self);
}

/* ---- life ---- */

enum rh_status conversation_create(struct rh_context *ctx, struct conversation **ret_conv)
{
    const struct rh_allocator *allocator = rh_allocator_of(ctx);
    struct conversation *conv = allocator->allocate(allocator->self, sizeof(*conv));
    if (conv == NULL) {
        return RH_NO_MEMORY;
    }
    *conv = (struct conversation){.allocator = allocator, .references = 1, .keeper = rh_self(ctx)};
    conv->self = conv;
    conv->actor = conversation_actor;
    conv->actor.config = &conv->self;
    conv->actor.release = actor_release;
    *ret_conv = conv;
    return RH_OK;
}

void conversation_unref(struct conversation *conv)
{
    if (conv == NULL || --conv->references > 0) {
        return;
    }
    while (conv->open != NULL) {
        exchange_remove(conv, conv->open);
    }
    while (conv->kept != NULL) {
        exchange_remove(conv, conv->kept);
    }
    while (conv->waiters != NULL) {
        waiter_remove(conv, conv->waiters);
    }
    while (conv->compensators != NULL) {
        compensator_remove(conv);
    }
    for (size_t i = 0; i < conv->participant_count; i++) {
        rh_message_unref(conv->participants[i].reason);
    }
    record_release(conv, conv->participants,
                   conv->participant_capacity * sizeof(*conv->participants));
    record_release(conv, conv->context, conv->context_capacity * sizeof(*conv->context));
    rh_message_unref(conv->cause);
    record_release(conv, conv, sizeof(*conv));
}

/* ---- participants ---- */

size_t participant_find(const struct conversation *conv, struct rh_pid pid)
{
    for (size_t i = 0; i < conv->participant_count; i++) {
        if (rh_pid_equal(conv->participants[i].pid, pid)) {
            return i;
        }
    }
    return NOBODY;
}

enum rh_status participant_add(struct conversation *conv, struct rh_pid pid,
                               struct participant **ret_participant)
{
    size_t index = participant_find(conv, pid);
    if (index == NOBODY) {
        if (conv->participant_count == conv->participant_capacity) {
            size_t capacity = conv->participant_capacity == 0 ? 2 : 2 * conv->participant_capacity;
            struct participant *grown = conv->allocator->resize(
                conv->allocator->self, conv->participants,
                conv->participant_capacity * sizeof(*grown), capacity * sizeof(*grown));
            if (grown == NULL) {
                return RH_NO_MEMORY;
            }
            conv->participants = grown;
            conv->participant_capacity = capacity;
        }
        index = conv->participant_count++;
        conv->participants[index] = (struct participant){.pid = pid};
    }
    *ret_participant = &conv->participants[index];
    return RH_OK;
}

bool has_receivers_of_payloads(const struct conversation *conv)
{
    for (size_t i = 0; i < conv->participant_count; i++) {
        if (!conv->participants[i].is_inert) {
            return true;
        }
    }
    return false;
}

size_t participant_next(const struct conversation *conv, size_t after)
{
    size_t count = conv->participant_count;
    for (size_t i = 0; i < count; i++) {
        size_t index = after == NOBODY ? i : (after + 1 + i) % count;
        const struct participant *participant = &conv->participants[index];
        if (!participant->is_inert && participant->health == HEALTH_ALIVE) {
            return index;
        }
    }
    return NOBODY;
}

/* ---- exchanges, waiters, compensators ---- */

/* Room for one more entry of any list, cleared; NULL: refused. */
static void *entry_create(struct rh_context *ctx, struct conversation *conv, size_t bytes,
                          enum rh_conversation_error *ret_error)
{
    *ret_error = RH_CONVERSATION_ERROR_LIMIT;
    bool is_close = conv->has_current && conv->current.verb == VERB_CLOSE; /* always allowed */
    if (!is_close && conv->entry_count >= rh_limits_of(ctx)->conversation_entries_max) {
        return NULL;
    }
    *ret_error = RH_CONVERSATION_ERROR_NO_MEMORY;
    void *entry = record_allocate(conv, bytes);
    if (entry != NULL) {
        memset(entry, 0, bytes);
        conv->entry_count++;
    }
    return entry;
}

static void entry_destroy(struct conversation *conv, void *entry, size_t bytes)
{
    conv->entry_count--;
    record_release(conv, entry, bytes);
}

static void exchange_append(struct exchange **list, struct exchange *exchange)
{
    while (*list != NULL) {
        list = &(*list)->next;
    }
    exchange->next = NULL;
    *list = exchange;
}

static bool exchange_unlink(struct exchange **list, struct exchange *exchange)
{
    while (*list != NULL && *list != exchange) {
        list = &(*list)->next;
    }
    if (*list == NULL) {
        return false;
    }
    *list = exchange->next;
    return true;
}

struct exchange *exchange_add(struct rh_context *ctx, struct conversation *conv,
                              enum rh_conversation_error *ret_error)
{
    struct exchange *exchange = entry_create(ctx, conv, sizeof(*exchange), ret_error);
    if (exchange != NULL) {
        exchange->id = ++conv->last_id;
        exchange->participant = NOBODY;
        exchange_append(&conv->open, exchange);
    }
    return exchange;
}

void exchange_remove(struct conversation *conv, struct exchange *exchange)
{
    bool was_listed =
        exchange_unlink(&conv->open, exchange) || exchange_unlink(&conv->kept, exchange);
    RH_ASSERT(was_listed);
    rh_message_unref(exchange->message);
    entry_destroy(conv, exchange, sizeof(*exchange));
}

void exchange_keep(struct conversation *conv, struct exchange *exchange)
{
    bool was_open = exchange_unlink(&conv->open, exchange);
    RH_ASSERT(was_open);
    exchange_append(&conv->kept, exchange);
}

struct exchange *exchange_find(struct exchange *list, uint64_t id)
{
    while (list != NULL && list->id != id) {
        list = list->next;
    }
    return list;
}

struct waiter *waiter_add(struct rh_context *ctx, struct conversation *conv,
                          enum rh_conversation_error *ret_error)
{
    struct waiter *waiter = entry_create(ctx, conv, sizeof(*waiter), ret_error);
    struct waiter **list = &conv->waiters;
    while (waiter != NULL && *list != NULL) {
        list = &(*list)->next;
    }
    if (waiter != NULL) {
        *list = waiter;
    }
    return waiter;
}

void waiter_remove(struct conversation *conv, struct waiter *waiter)
{
    struct waiter **list = &conv->waiters;
    while (*list != waiter) {
        list = &(*list)->next;
    }
    *list = waiter->next;
    entry_destroy(conv, waiter, sizeof(*waiter));
}

struct compensator *compensator_add(struct rh_context *ctx, struct conversation *conv,
                                    enum rh_conversation_error *ret_error)
{
    struct compensator *compensator = entry_create(ctx, conv, sizeof(*compensator), ret_error);
    if (compensator != NULL) {
        compensator->next = conv->compensators;
        conv->compensators = compensator;
    }
    return compensator;
}

void compensator_remove(struct conversation *conv)
{
    struct compensator *last = conv->compensators;
    conv->compensators = last->next;
    rh_message_unref(last->message);
    entry_destroy(conv, last, sizeof(*last));
}

/* ---- the context ---- */

static bool context_grow(struct conversation *conv, size_t entries_max)
{
    size_t capacity = conv->context_capacity == 0 ? 4 : 2 * conv->context_capacity;
    capacity = capacity < entries_max ? capacity : entries_max;
    if (capacity <= conv->context_capacity) {
        return false;
    }
    /* It grows only while nothing has been lost, and so begins at its first entry. */
    struct context_entry *grown =
        conv->allocator->resize(conv->allocator->self, conv->context,
                                conv->context_capacity * sizeof(*grown), capacity * sizeof(*grown));
    if (grown == NULL) {
        return false;
    }
    conv->context = grown;
    conv->context_capacity = capacity;
    return true;
}

void context_note(struct rh_context *ctx, struct conversation *conv, enum context_kind kind,
                  uint64_t number)
{
    if (conv->context_count == conv->context_capacity &&
        (conv->context_dropped > 0 ||
         !context_grow(conv, rh_limits_of(ctx)->conversation_context_max))) {
        conv->context_dropped++;
        if (conv->context_capacity == 0) {
            return;
        }
        conv->context_first = (conv->context_first + 1) % conv->context_capacity;
        conv->context_count--;
    }
    size_t at = (conv->context_first + conv->context_count++) % conv->context_capacity;
    conv->context[at] = (struct context_entry){.kind = kind, .number = number, .at = rh_now(ctx)};
}

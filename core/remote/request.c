/* SPDX-License-Identifier: MIT */
/*
 * Requests: what an own actor has asked of the other node and is owed an answer for, in one table keyed by reference. The
 * answer takes the request out, or the loss of the connection does: whoever comes second finds nothing and is counted.
 */
#include "core/base/random.h"
#include "core/remote/internal.h"

#define BUCKETS_MIN 16u

static struct request **reference_bucket(const struct requests *requests, uint64_t reference)
{
    return &requests->by_reference[reference & (requests->bucket_count - 1)];
}

static struct request **asker_bucket(const struct requests *requests, struct rh_pid asker,
                                     uint64_t ordinal)
{
    uint64_t bits = ((uint64_t)asker.slot << 32 | asker.generation) + ordinal * RANDOM_STRIDE;
    return &requests->by_asker[random_mix(bits) & (requests->bucket_count - 1)];
}

static void chain(struct requests *requests, struct request *request)
{
    struct request **at = reference_bucket(requests, request->reference);
    request->reference_next = *at;
    *at = request;
    at = asker_bucket(requests, request->asker, request->ordinal);
    request->asker_next = *at;
    *at = request;
}

static bool reserve(struct rh_node *node, struct requests *requests)
{
    if (requests->count < requests->bucket_count) {
        return true;
    }
    size_t wanted = requests->bucket_count == 0 ? BUCKETS_MIN : requests->bucket_count * 2;
    struct request **buckets = node_allocate(node, 2 * wanted * sizeof(struct request *));
    if (buckets == NULL) {
        return false;
    }
    for (size_t i = 0; i < 2 * wanted; i++) {
        buckets[i] = NULL;
    }
    node_release(node, requests->by_reference,
                 2 * requests->bucket_count * sizeof(struct request *));
    requests->by_reference = buckets;
    requests->by_asker = buckets + wanted;
    requests->bucket_count = wanted;
    for (struct request *request = requests->first; request != NULL; request = request->next) {
        chain(requests, request);
    }
    return true;
}

enum rh_status request_make(struct rh_node *node, struct requests *requests,
                            const struct request *plan, struct request **ret_request)
{
    if (requests->next_reference > REFERENCE_LAST) {
        emit_limit(node, plan->asker, RH_EXHAUSTED, "references");
        return RH_EXHAUSTED;
    }
    struct request *request =
        reserve(node, requests) ? node_allocate(node, sizeof(*request)) : NULL;
    if (request == NULL) {
        return RH_NO_MEMORY;
    }
    *request = *plan;
    request->reference = requests->next_reference++;
    request->next = NULL;
    request->prev = requests->last;
    *(requests->last == NULL ? &requests->first : &requests->last->next) = request;
    requests->last = request;
    requests->count++;
    chain(requests, request);
    *ret_request = request;
    return RH_OK;
}

struct request *request_find(const struct requests *requests, uint64_t reference)
{
    if (requests->count == 0) {
        return NULL;
    }
    struct request *request = *reference_bucket(requests, reference);
    while (request != NULL && request->reference != reference) {
        request = request->reference_next;
    }
    return request;
}

struct request *request_find_asker(const struct requests *requests, enum request_kind kind,
                                   struct rh_pid asker, uint64_t ordinal, struct rh_pid target)
{
    if (requests->count == 0) {
        return NULL;
    }
    struct request *request = *asker_bucket(requests, asker, ordinal);
    while (request != NULL &&
           !(request->kind == kind && request->ordinal == ordinal &&
             rh_pid_equal(request->asker, asker) && rh_pid_equal(request->target, target))) {
        request = request->asker_next;
    }
    return request;
}

void request_remove(struct rh_node *node, struct requests *requests, struct request *request)
{
    struct request **at = reference_bucket(requests, request->reference);
    while (*at != request) {
        at = &(*at)->reference_next;
    }
    *at = request->reference_next;
    at = asker_bucket(requests, request->asker, request->ordinal);
    while (*at != request) {
        at = &(*at)->asker_next;
    }
    *at = request->asker_next;
    *(request->prev == NULL ? &requests->first : &request->prev->next) = request->next;
    *(request->next == NULL ? &requests->last : &request->next->prev) = request->prev;
    requests->count--;
    node_release(node, request, sizeof(*request));
}

void requests_free(struct rh_node *node, struct requests *requests)
{
    while (requests->first != NULL) {
        struct request *request = requests->first;
        spawn_parts_free(node, &request->spawn);
        if (request->notice != NULL) {
            signal_destroy(node, request->notice);
        }
        request_remove(node, requests, request);
    }
    node_release(node, requests->by_reference,
                 2 * requests->bucket_count * sizeof(struct request *));
    *requests = (struct requests){0};
}

/* SPDX-License-Identifier: MIT */
/*
 * Envelopes. ["$route", destination, payload] is fresh: its sender is who sent it. From the first host or agent on it travels
 * as ["$route", destination, payload, sender], passed on by rh_forward, which counts the hops, and with the promise that it
 * comes back to whoever passed it on if its next stop is dead. Wherever its way ends in nothing, that stop tells the sender,
 * in an ordinary message that nobody returns: so there is at most one for each, and none for an undeliverable.
 */
#include "core/host/internal.h"

/* ---- envelopes ---- */

bool envelope_read(const struct rh_delivery *in, struct envelope *ret_envelope)
{
    struct envelope envelope = {.sender = in->from, .is_fresh = true};
    if (RH_MATCH(&in->message, "$route", &envelope.destination, &envelope.payload)) {
        *ret_envelope = envelope;
        return true;
    }
    envelope.is_fresh = false;
    bool has_sender = RH_MATCH(&in->message, "$route", &envelope.destination, &envelope.payload,
                               &envelope.sender);
    if (!has_sender) {
        envelope.sender = rh_pid_none();
    }
    *ret_envelope = envelope;
    return has_sender || RH_MATCH(&in->message, "$route", &ret_envelope->destination,
                                  &ret_envelope->payload, RH_NULL);
}

static void mark_undeliverable(struct rh_context *ctx, const struct envelope *envelope,
                               const char *why)
{
    if (!rh_is_observed(ctx)) {
        return;
    }
    const struct rh_allocator *allocator = rh_mark_allocator(ctx);
    if (rh_pid_is_none(envelope->sender)) {
        rh_mark(ctx, "host.undeliverable",
                RH_ARRAY(allocator, envelope->destination, why, RH_NULL));
    } else {
        rh_mark(ctx, "host.undeliverable",
                RH_ARRAY(allocator, envelope->destination, why, envelope->sender));
    }
}

void envelope_return(struct rh_context *ctx, const struct envelope *envelope, const char *why)
{
    mark_undeliverable(ctx, envelope, why);
    if (!rh_pid_is_none(envelope->sender)) {
        may_fail(rh_send(ctx, envelope->sender,
                         RH_ARRAY(rh_allocator_of(ctx), "$undeliverable", envelope->destination,
                                  why, envelope->payload)));
    }
}

const char *undeliverable_why(const struct rh_delivery *in)
{
    enum rh_status status = rh_delivery_status(in);
    return status == RH_LIMIT ? "hops" : rh_status_word(status);
}

static enum rh_status envelope_send(struct rh_context *ctx, const struct envelope *envelope,
                                    struct rh_pid target)
{
    const struct rh_allocator *allocator = rh_allocator_of(ctx);
    struct rh_message message =
        rh_pid_is_none(envelope->sender)
            ? RH_ARRAY(allocator, "$route", envelope->destination, envelope->payload, RH_NULL)
            : RH_ARRAY(allocator, "$route", envelope->destination, envelope->payload,
                       envelope->sender);
    return rh_send_with(ctx, target, message, RH_RETURN);
}

void envelope_pass(struct rh_context *ctx, const struct rh_delivery *in,
                   const struct envelope *envelope, struct rh_pid target)
{
    if (rh_pid_is_none(target)) {
        envelope_return(ctx, envelope, "unroutable");
        return;
    }
    enum rh_status status =
        envelope->is_fresh ? envelope_send(ctx, envelope, target) : rh_forward(ctx, in, target);
    if (status != RH_OK && status != RH_EXITED) {
        bool is_worn = in->hops >= rh_limits_of(ctx)->hops_max;
        envelope_return(ctx, envelope, is_worn ? "hops" : rh_status_word(status));
    }
}

bool segment_of(struct rh_text destination, size_t n, struct rh_text *ret_segment)
{
    const char *end = destination.bytes + destination.size;
    const char *at = destination.bytes;
    for (;;) {
        const char *stop = at == end ? NULL : memchr(at, '/', (size_t)(end - at));
        *ret_segment = (struct rh_text){at, (size_t)((stop == NULL ? end : stop) - at)};
        if (n == 0 || stop == NULL) {
            return n == 0;
        }
        at = stop + 1;
        n--;
    }
}

/* ---- what a host does with them ---- */

/* The reserved procs come first, and are made when they are first asked for. */
static struct rh_pid target_of(struct rh_context *ctx, struct host *host,
                               struct rh_text destination)
{
    struct rh_text first;
    struct proc *proc = NULL;
    (void)segment_of(destination, 0, &first);
    if (proc_name_is_reserved(first)) {
        enum rh_status status = spawn_reserved(ctx, host, first, &proc);
        return status == RH_OK ? proc->local.agent : rh_pid_none();
    }
    const struct route *route = router_find(&host->router, destination);
    return route == NULL ? rh_pid_none() : route->target;
}

bool route_receive(struct rh_context *ctx, struct host *host, const struct rh_delivery *in)
{
    struct envelope envelope;
    bool is_message = in->kind == RH_DELIVERY_MESSAGE || in->kind == RH_DELIVERY_UNDELIVERABLE;
    if (!is_message || !envelope_read(in, &envelope)) {
        return false;
    }
    if (in->kind == RH_DELIVERY_UNDELIVERABLE) {
        envelope_return(ctx, &envelope, undeliverable_why(in));
    } else {
        envelope_pass(ctx, in, &envelope, target_of(ctx, host, envelope.destination));
    }
    return true;
}

/* ---- routes that somebody binds ---- */

void route_mark(struct rh_context *ctx, const char *word, const struct route *route)
{
    if (rh_is_observed(ctx)) {
        bool is_exact = route->is_exact;
        rh_mark(
            ctx, "host.route",
            RH_ARRAY(rh_mark_allocator(ctx), word, route->destination, is_exact, route->target));
    }
}

static void custom_free(struct host *host, struct custom_route *custom)
{
    host->allocator->release(host->allocator->self, custom, custom->bytes);
}

void routes_destroy(struct host *host)
{
    while (host->customs != NULL) {
        struct custom_route *custom = host->customs;
        host->customs = custom->next;
        custom_free(host, custom);
    }
    router_deinit(&host->router);
}

static struct custom_route **custom_find(struct host *host, struct rh_text destination,
                                         bool is_exact)
{
    struct custom_route **at = &host->customs;
    while (*at != NULL && !((*at)->route.is_exact == is_exact &&
                            texts_equal((*at)->route.destination, destination))) {
        at = &(*at)->next;
    }
    return at;
}

/* Return what is against a route, RH_HOST_ERROR_COUNT if nothing is. */
static enum rh_host_error objection(const struct rh_context *ctx, const struct host *host,
                                    struct rh_text destination, bool is_exact)
{
    struct rh_text first;
    (void)segment_of(destination, 0, &first);
    if (proc_name_is_reserved(first)) {
        return RH_HOST_ERROR_RESERVED;
    }
    bool is_default = destination.size == 0 && !is_exact;
    bool is_long = destination.size > rh_limits_of(ctx)->name_bytes_max;
    if (is_long || (destination.size == 0 && !is_default)) {
        return RH_HOST_ERROR_BAD_NAME;
    }
    const struct proc *proc = proc_find(host, destination);
    bool is_procs = proc != NULL && !proc_status_is_terminal(proc->status) && !is_exact;
    return is_procs ? RH_HOST_ERROR_EXISTS : RH_HOST_ERROR_COUNT;
}

/* Make a route that is not bound; false: no room or no memory, which *ret_status tells. */
static bool custom_create(struct rh_context *ctx, struct host *host, struct rh_text destination,
                          bool is_exact, enum rh_status *ret_status)
{
    *ret_status = RH_LIMIT;
    if (host->custom_count >= rh_limits_of(ctx)->routes_max) {
        return false;
    }
    size_t bytes = sizeof(struct custom_route) + destination.size;
    *ret_status = router_reserve(&host->router, host->proc_count + host->custom_count + 1);
    struct custom_route *custom =
        *ret_status == RH_OK ? host->allocator->allocate(host->allocator->self, bytes) : NULL;
    if (custom == NULL) {
        *ret_status = RH_NO_MEMORY;
        return false;
    }
    char *copy = (char *)(custom + 1);
    if (destination.size > 0) {
        memcpy(copy, destination.bytes, destination.size);
    }
    *custom = (struct custom_route){
        .next = host->customs,
        .route = {.destination = {copy, destination.size}, .is_exact = is_exact},
        .bytes = bytes};
    host->customs = custom;
    host->custom_count++;
    return true;
}

void route_bind_request(struct rh_context *ctx, struct host *host, struct rh_ref call,
                        struct rh_text destination, bool is_exact, struct rh_pid target)
{
    enum rh_status status = RH_OK;
    enum rh_host_error against = objection(ctx, host, destination, is_exact);
    if (against != RH_HOST_ERROR_COUNT) {
        host_refuse(ctx, host, call, against, destination);
        return;
    }
    struct custom_route *custom = *custom_find(host, destination, is_exact);
    if (custom == NULL && !custom_create(ctx, host, destination, is_exact, &status)) {
        host_answer(ctx, host, call, reply_refused(ctx, status));
        return;
    }
    custom = *custom_find(host, destination, is_exact);
    custom->route.target = target;
    if (!custom->route.is_bound) {
        router_bind(&host->router, &custom->route);
    }
    route_mark(ctx, "bind", &custom->route);
    host_answer(ctx, host, call, reply_ok(ctx));
}

void route_unbind_request(struct rh_context *ctx, struct host *host, struct rh_ref call,
                          struct rh_text destination, bool is_exact)
{
    struct custom_route **at = custom_find(host, destination, is_exact);
    struct custom_route *custom = *at;
    if (custom == NULL) {
        host_refuse(ctx, host, call, RH_HOST_ERROR_NOT_FOUND, destination);
        return;
    }
    router_unbind(&host->router, &custom->route);
    route_mark(ctx, "unbind", &custom->route);
    *at = custom->next;
    host->custom_count--;
    custom_free(host, custom);
    host_answer(ctx, host, call, reply_ok(ctx));
}

/* ---- what is public ---- */

enum rh_status rh_route_send(struct rh_context *ctx, struct rh_pid host, const char *destination,
                             struct rh_message payload)
{
    struct rh_message message = RH_ARRAY(rh_allocator_of(ctx), "$route", destination, payload);
    rh_message_unref(payload);
    return rh_send_with(ctx, host, message, RH_RETURN);
}

bool rh_is_routed(const struct rh_delivery *in, struct rh_text *ret_destination,
                  struct rh_item *ret_payload, struct rh_pid *ret_sender)
{
    struct envelope envelope;
    if (in->kind != RH_DELIVERY_MESSAGE || !envelope_read(in, &envelope)) {
        return false;
    }
    *ret_destination = envelope.destination;
    *ret_payload = envelope.payload;
    if (ret_sender != NULL) {
        *ret_sender = envelope.sender;
    }
    return true;
}

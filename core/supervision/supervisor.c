/* SPDX-License-Identifier: MIT */
/*
 * A supervisor's turns: boot, and sorting what arrives. A delivery is either what the present work waits for, or it
 * means something and is handled now (nothing is being done) or later (the backlog, in order of arrival), or nothing.
 *
 * An end of a child that the work will stop anyway may wait in the backlog; stopping that child takes it out again. An
 * exit signal whose sender is a child is its end, even if it was sent by hand: the two look alike, as in Erlang.
 */
#include "core/supervision/internal.h"

#define X(identifier, word) word,
static const char *const strategy_words[] = {RH_RESTART_STRATEGY_MAP(X)};
static const char *const restart_words[] = {RH_RESTART_MAP(X)};
#undef X

const char *rh_restart_strategy_word(enum rh_restart_strategy strategy)
{
    return (unsigned)strategy < RH_RESTART_STRATEGY_COUNT ? strategy_words[strategy]
                                                          : "unknown_strategy";
}

const char *rh_restart_word(enum rh_restart restart)
{
    return (unsigned)restart < RH_RESTART_COUNT ? restart_words[restart] : "unknown_restart";
}

/* ---- the backlog ---- */

void backlog_push(struct supervisor *sup, struct event *event)
{
    event->next = NULL;
    if (sup->backlog_tail == NULL) {
        sup->backlog_head = event;
    } else {
        sup->backlog_tail->next = event;
    }
    sup->backlog_tail = event;
}

void backlog_withdraw(struct supervisor *sup, struct event *event)
{
    if (event->kind == EVENT_NONE) {
        return;
    }
    struct event *before = NULL;
    for (struct event *at = sup->backlog_head; at != NULL && at != event; at = at->next) {
        before = at;
    }
    if (before == NULL) {
        sup->backlog_head = event->next;
    } else {
        before->next = event->next;
    }
    if (sup->backlog_tail == event) {
        sup->backlog_tail = before;
    }
    event->kind = EVENT_NONE;
}

/* Release what an event that has left the backlog holds. */
static void event_release(struct supervisor *sup, struct event *event)
{
    rh_message_unref(event->message);
    event->message = rh_message_none();
    if (event->child == NULL && event != &sup->parent_exit) {
        sup->allocator->release(sup->allocator->self, event, sizeof(*event));
    }
}

static void backlog_destroy(struct supervisor *sup)
{
    while (sup->backlog_head != NULL) {
        struct event *event = sup->backlog_head;
        backlog_withdraw(sup, event);
        event_release(sup, event);
    }
}

/* ---- events when nothing is being done ---- */

static enum rh_status message_handle(struct rh_context *ctx, struct supervisor *sup,
                                     const struct event *event)
{
    enum rh_status status = RH_OK;
    if (restart_on_message(ctx, sup, event, &status)) {
        return status;
    }
    return request_handle(ctx, sup, &event->message);
}

static enum rh_status event_handle(struct rh_context *ctx, struct supervisor *sup,
                                   struct event *event, enum event_kind kind)
{
    switch (kind) {
    case EVENT_CHILD_EXIT:
        return restart_on_exit(ctx, sup, event->child, event->child->exit_class);
    case EVENT_PARENT_EXIT:
        return work_end(ctx, sup, rh_message_ref(event->message));
    default:
        return message_handle(ctx, sup, event);
    }
}

/* Handle what waits, as far as the work that it causes allows. */
static enum rh_status backlog_run(struct rh_context *ctx, struct supervisor *sup)
{
    enum rh_status status = RH_OK;
    while (status == RH_OK && !is_busy(sup) && sup->backlog_head != NULL) {
        struct event *event = sup->backlog_head;
        enum event_kind kind = event->kind;
        backlog_withdraw(sup, event);
        status = event_handle(ctx, sup, event, kind);
        if (kind != EVENT_CHILD_EXIT) { /* that one is part of the child, which may be gone */
            event_release(sup, event);
        }
    }
    return status;
}

/* ---- deliveries ---- */

static enum rh_status exit_arrived(struct rh_context *ctx, struct supervisor *sup,
                                   const struct rh_delivery *in)
{
    enum rh_status status = RH_OK;
    struct rh_pid parent = rh_linked_parent(ctx);
    if (!rh_pid_is_none(parent) && rh_pid_equal(in->from, parent)) {
        if (sup->parent_exit.kind == EVENT_NONE) {
            sup->parent_exit.kind = EVENT_PARENT_EXIT;
            sup->parent_exit.message = rh_message_ref(in->message);
            backlog_push(sup, &sup->parent_exit);
        }
        return RH_OK;
    }
    if (work_on_exit(ctx, sup, in, &status)) {
        return status;
    }
    struct child *child = child_find_pid(sup, in->from);
    if (child != NULL && child->exit.kind == EVENT_NONE) {
        child->exit.kind = EVENT_CHILD_EXIT;
        child->exit.child = child;
        child->exit_class = rh_reason_class(&in->message);
        backlog_push(sup, &child->exit);
    }
    return RH_OK;
}

/* A request that cannot even wait is refused; anything else that somebody counts on ends the supervisor. */
static enum rh_status message_refuse(struct rh_context *ctx, const struct rh_delivery *in)
{
    struct rh_ref call;
    struct rh_item request;
    if (rh_is_call(in, &call, &request)) {
        return request_reply(ctx, call, rh_message_failed(RH_NO_MEMORY));
    }
    bool counts = rh_is_start_question(in, &call) || rh_pid_equal(in->from, rh_self(ctx));
    return counts ? RH_NO_MEMORY : RH_OK;
}

static enum rh_status message_defer(struct rh_context *ctx, struct supervisor *sup,
                                    const struct rh_delivery *in)
{
    struct event *later = sup->allocator->allocate(sup->allocator->self, sizeof(*later));
    if (later == NULL) {
        return message_refuse(ctx, in);
    }
    *later = (struct event){
        .kind = EVENT_MESSAGE, .from = in->from, .message = rh_message_ref(in->message)};
    backlog_push(sup, later);
    return RH_OK;
}

static enum rh_status message_arrived(struct rh_context *ctx, struct supervisor *sup,
                                      const struct rh_delivery *in)
{
    enum rh_status status = RH_OK;
    if (work_on_message(ctx, sup, in, &status)) {
        return status;
    }
    if (is_busy(sup)) {
        return message_defer(ctx, sup, in);
    }
    struct event now = {.from = in->from, .message = in->message};
    return message_handle(ctx, sup, &now);
}

static enum rh_status delivery_arrived(struct rh_context *ctx, struct supervisor *sup,
                                       const struct rh_delivery *in)
{
    switch ((enum rh_delivery_kind)in->kind) {
    case RH_DELIVERY_EXIT:
        return exit_arrived(ctx, sup, in);
    case RH_DELIVERY_DOWN:
        return work_on_down(ctx, sup, in);
    case RH_DELIVERY_TIMEOUT:
        return work_on_timeout(ctx, sup, in);
    case RH_DELIVERY_LIVENESS:
        return work_on_liveness(ctx, sup, in);
    case RH_DELIVERY_MESSAGE:
        return message_arrived(ctx, sup, in);
    default:
        return RH_OK;
    }
}

static enum rh_status supervisor_receive(struct rh_context *ctx, void *state,
                                         const struct rh_delivery *in)
{
    struct supervisor *sup = state;
    enum rh_status status = delivery_arrived(ctx, sup, in);
    return status == RH_OK ? backlog_run(ctx, sup) : status;
}

/* ---- life ---- */

static bool templates_are_acceptable(const struct rh_supervisor *config)
{
    for (size_t i = 0; i < config->template_count; i++) {
        if (!spec_is_acceptable(&config->templates[i])) {
            return false;
        }
    }
    return (unsigned)config->strategy < RH_RESTART_STRATEGY_COUNT;
}

static enum rh_status children_add(struct supervisor *sup)
{
    const struct rh_supervisor *config = sup->config;
    for (size_t i = 0; i < config->child_count; i++) {
        const struct rh_child_spec *spec = &config->children[i];
        if (!spec_is_acceptable(spec)) {
            return RH_INVALID;
        }
        struct rh_text id = {spec->id, strlen(spec->id)};
        if (child_find_id(sup, id, NULL) != NULL) {
            return RH_INVALID;
        }
        struct child *child;
        enum rh_status status = child_add(sup, spec, id, rh_message_none(), &child);
        if (status != RH_OK) {
            return status;
        }
    }
    return RH_OK;
}

static enum rh_status supervisor_init(struct rh_context *ctx, void *state,
                                      const struct rh_delivery *start)
{
    (void)start;
    struct supervisor *sup = state;
    sup->allocator = rh_allocator_of(ctx);
    sup->config = rh_config(ctx);
    (void)rh_trap(ctx, true);
    if (!templates_are_acceptable(sup->config)) {
        return RH_INVALID;
    }
    enum rh_status status = children_add(sup);
    if (status != RH_OK) {
        return status;
    }
    sup->work = (struct work){.kind = WORK_BOOT};
    return work_start(ctx, sup, 0, sup->count);
}

static void supervisor_deinit(void *state, const void *config)
{
    (void)config;
    struct supervisor *sup = state;
    if (sup->allocator == NULL) {
        return;
    }
    rh_message_unref(sup->work.reason);
    backlog_destroy(sup);
    children_destroy(sup);
    if (sup->restarts != NULL) {
        sup->allocator->release(sup->allocator->self, sup->restarts,
                                sup->restart_capacity * sizeof(*sup->restarts));
    }
}

struct rh_behaviour rh_supervisor_behaviour(const struct rh_supervisor *supervisor)
{
    return (struct rh_behaviour){
        .name = "supervisor",
        .state_bytes = sizeof(struct supervisor),
        .init = supervisor_init,
        .receive = supervisor_receive,
        .deinit = supervisor_deinit,
        .config = supervisor,
    };
}

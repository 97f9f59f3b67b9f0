/* SPDX-License-Identifier: MIT */
/* Actors for tests with real processes: sources and drains that count, watchers that tell what they hear. */
#include <rehearse/rehearse.h>

/* ---- source: [to, report, count, window], then [seq, n]... until all are acknowledged, then [sent, count] to report ---- */

struct source {
    struct rh_pid to;
    struct rh_pid report;
    int64_t count;
    int64_t window;
    int64_t sent;
};

static enum rh_status send_up_to(struct rh_context *ctx, struct source *source, int64_t limit)
{
    enum rh_status status = RH_OK;
    while (source->sent < limit && source->sent < source->count && status == RH_OK) {
        status = RH_SEND(ctx, source->to, "seq", ++source->sent);
    }
    return status;
}

static enum rh_status source_init(struct rh_context *ctx, void *state,
                                  const struct rh_delivery *start)
{
    struct source *source = state;
    if (!RH_MATCH(&start->message, &source->to, &source->report, &source->count, &source->window)) {
        return RH_INVALID;
    }
    return send_up_to(ctx, source, source->window);
}

static enum rh_status source_receive(struct rh_context *ctx, void *state,
                                     const struct rh_delivery *in)
{
    struct source *source = state;
    int64_t number;
    if (in->kind != RH_DELIVERY_MESSAGE || !RH_MATCH(&in->message, "ack", &number)) {
        return RH_OK;
    }
    if (number == source->count) {
        enum rh_status status = RH_SEND(ctx, source->report, "sent", number);
        return status == RH_OK ? RH_DONE : status;
    }
    return send_up_to(ctx, source, number + source->window);
}

/* ---- drain: [report, count, every]; acknowledges, and reports [drained, count] or [disorder, found, wanted] ---- */

struct drain {
    struct rh_pid report;
    int64_t count;
    int64_t every;
    int64_t last;
};

static enum rh_status drain_init(struct rh_context *ctx, void *state,
                                 const struct rh_delivery *start)
{
    struct drain *drain = state;
    (void)ctx;
    return RH_MATCH(&start->message, &drain->report, &drain->count, &drain->every) ? RH_OK
                                                                                   : RH_INVALID;
}

static enum rh_status drain_receive(struct rh_context *ctx, void *state,
                                    const struct rh_delivery *in)
{
    struct drain *drain = state;
    int64_t number;
    if (in->kind != RH_DELIVERY_MESSAGE || !RH_MATCH(&in->message, "seq", &number)) {
        return RH_OK;
    }
    if (number != drain->last + 1) {
        return RH_SEND(ctx, drain->report, "disorder", number, drain->last + 1);
    }
    drain->last = number;
    enum rh_status status = RH_OK;
    if (number % drain->every == 0 || number == drain->count) {
        status = RH_SEND(ctx, in->from, "ack", number);
    }
    if (number == drain->count && status == RH_OK) {
        status = RH_SEND(ctx, drain->report, "drained", number);
        return status == RH_OK ? RH_DONE : status;
    }
    return status;
}

/* ---- watcher: [target, report, round]; links, monitors, pings, and reports [what, round, reason] ---- */

struct watcher {
    struct rh_pid target;
    struct rh_pid report;
    int64_t round;
};

static enum rh_status watcher_init(struct rh_context *ctx, void *state,
                                   const struct rh_delivery *start)
{
    struct watcher *watcher = state;
    struct rh_ref unused;
    if (!RH_MATCH(&start->message, &watcher->target, &watcher->report, &watcher->round)) {
        return RH_INVALID;
    }
    (void)rh_trap(ctx, true);
    enum rh_status status = rh_link(ctx, watcher->target);
    if (status == RH_OK) {
        status = rh_monitor(ctx, watcher->target, RH_ALIAS_NONE, &unused);
    }
    return status == RH_OK ? RH_SEND(ctx, watcher->target, "ping") : status;
}

static enum rh_status watcher_receive(struct rh_context *ctx, void *state,
                                      const struct rh_delivery *in)
{
    struct watcher *watcher = state;
    switch ((enum rh_delivery_kind)in->kind) {
    case RH_DELIVERY_EXIT:
        return RH_SEND(ctx, watcher->report, "exit", watcher->round, in->message);
    case RH_DELIVERY_DOWN:
        return RH_SEND(ctx, watcher->report, "down", watcher->round, in->message);
    case RH_DELIVERY_MESSAGE: {
        struct rh_message stop = RH_ITEM(NULL, "stop");
        return rh_message_equal(&in->message, &stop)
                   ? RH_DONE
                   : rh_send(ctx, watcher->target, rh_message_ref(in->message));
    }
    default:
        return RH_OK;
    }
}

static const struct rh_behaviour source = {.name = "source",
                                           .state_bytes = sizeof(struct source),
                                           .init = source_init,
                                           .receive = source_receive};
static const struct rh_behaviour drain = {.name = "drain",
                                          .state_bytes = sizeof(struct drain),
                                          .init = drain_init,
                                          .receive = drain_receive};
static const struct rh_behaviour watcher = {.name = "watcher",
                                            .state_bytes = sizeof(struct watcher),
                                            .init = watcher_init,
                                            .receive = watcher_receive};

int main(int argc, char **argv)
{
    static const struct rh_program_behaviour behaviours[] = {
        {.behaviour = &source, .about = "sends numbers in a window", .takes_anything = true},
        {.behaviour = &drain, .about = "expects numbers in order", .takes_anything = true},
        {.behaviour = &watcher, .about = "tells what it hears", .takes_anything = true},
    };
    static const struct rh_program program = {
        .name = "actors", .version = "1", .behaviours = behaviours, .behaviour_count = 3};
    return rh_main(argc, argv, &program);
}

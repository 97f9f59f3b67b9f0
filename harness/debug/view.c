/* SPDX-License-Identifier: MIT */
/* The state of a world in words. */
#include "harness/debug/view.h"

#include "harness/trace/print.h"

#include <rehearse/cluster.h>

#include <inttypes.h>

struct text {
    char bytes[200];
};

struct view {
    struct rh_world *world;
    struct rh_node *node;
    FILE *out;
    const char *what; /**< of the list under way */
    uint64_t count;
};

static struct text name_of(const struct rh_world *world, struct rh_pid pid)
{
    struct text text;
    (void)rh_world_actor_name(world, pid, text.bytes, sizeof text.bytes);
    return text;
}

static struct text payload_of(struct rh_world *world, const struct rh_message *message)
{
    struct rh_print_names names = {rh_world_print_name, world};
    struct text text = {""};
    if (message != NULL && rh_message_size(message) > 0) {
        (void)rh_message_print(message, &names, text.bytes, sizeof text.bytes);
    }
    return text;
}

static struct text time_of(rh_instant time)
{
    struct text text;
    (void)rh_trace_print_time(time, text.bytes, sizeof text.bytes);
    return text;
}

/* ---- one actor ---- */

static bool write_mail(void *self, const struct rh_delivery *mail)
{
    const struct view *view = self;
    (void)fprintf(view->out, "      mail     %s from %s %s\n",
                  rh_delivery_kind_word((enum rh_delivery_kind)mail->kind),
                  name_of(view->world, mail->from).bytes,
                  payload_of(view->world, &mail->message).bytes);
    return true;
}

static bool write_relation(void *self, struct rh_pid other, uint64_t ordinal, const char *name)
{
    const struct view *view = self;
    (void)fprintf(view->out, "      %-8s %s", view->what, name_of(view->world, other).bytes);
    if (ordinal != 0) {
        (void)fprintf(view->out, ", #%" PRIu64, ordinal);
    }
    (void)fprintf(view->out, name == NULL ? "\n" : ", as '%s'\n", name);
    return true;
}

static void write_head(const struct view *view, const struct rh_actor_view *actor)
{
    (void)fprintf(view->out, "  %-8s %s", name_of(view->world, actor->pid).bytes, actor->behaviour);
    if (actor->name != NULL) {
        (void)fprintf(view->out, ", registered as '%s'", actor->name);
    }
    if (!actor->started) {
        (void)fprintf(view->out, ", not started");
    }
    if (actor->trapping) {
        (void)fprintf(view->out, ", traps");
    }
    if (actor->waiting) {
        (void)fprintf(view->out, ", waits%s%s", actor->wait_due == RH_NEVER ? "" : " until ",
                      actor->wait_due == RH_NEVER ? "" : time_of(actor->wait_due).bytes);
    }
    if (actor->timer_count > 0) {
        (void)fprintf(view->out, ", %zu timers", actor->timer_count);
    }
    (void)fputc('\n', view->out);
}

static bool write_actor(void *self, const struct rh_actor_view *actor)
{
    static const char *const words[] = {
        [RH_RELATION_LINK] = "link",
        [RH_RELATION_MONITOR] = "watches",
        [RH_RELATION_WATCHER] = "watcher",
    };
    struct view *view = self;
    write_head(view, actor);
    rh_inspect_each_mail(view->node, actor->pid, write_mail, view);
    for (enum rh_relation relation = RH_RELATION_LINK; relation <= RH_RELATION_WATCHER;
         relation++) {
        view->what = words[relation];
        rh_inspect_each_relation(view->node, actor->pid, relation, write_relation, view);
    }
    return true;
}

bool rh_debug_view_actor(struct rh_world *world, const char *name, FILE *out)
{
    struct rh_pid pid;
    struct rh_actor_view actor;
    struct view view = {.world = world, .out = out};
    if (!rh_world_find(world, name, &pid)) {
        return false;
    }
    view.node = rh_world_node_of(world, pid);
    if (view.node == NULL || !rh_inspect_actor(view.node, pid, &actor)) {
        return false;
    }
    return write_actor(&view, &actor);
}

/* ---- what may happen ---- */

static bool write_pending(void *self, const struct rh_pending *pending)
{
    struct view *view = self;
    view->count++;
    const char *whose = pending->name;
    struct text actor = name_of(view->world, pending->actor);
    (void)fprintf(view->out, "  %-8s ",
                  rh_pid_is_none(pending->actor) && whose != NULL ? whose : actor.bytes);
    switch (pending->kind) {
    case RH_PENDING_TAKE:
        (void)fprintf(view->out, "takes from its mailbox\n");
        return true;
    case RH_PENDING_TIMER:
        (void)fprintf(view->out, "timer #%" PRIu64 " of %s, due at %s %s\n", pending->ordinal,
                      name_of(view->world, pending->from).bytes, time_of(pending->due).bytes,
                      payload_of(view->world, pending->message).bytes);
        return true;
    default:
        (void)fprintf(view->out, "<- %s %s %s\n", name_of(view->world, pending->from).bytes,
                      rh_signal_kind_word(pending->signal),
                      payload_of(view->world, pending->message).bytes);
        return true;
    }
}

void rh_debug_view_pending(struct rh_world *world, FILE *out)
{
    struct view view = {.world = world, .out = out};
    (void)fprintf(out, "may happen\n");
    for (uint32_t i = 0; i < rh_world_node_count(world); i++) {
        view.node = rh_world_node(world, i);
        rh_node_each_pending(view.node, RH_NEVER, write_pending, &view);
    }
    if (view.count == 0) {
        (void)fprintf(out, "  no signal or timer\n");
    }
}

/* ---- all of it ---- */

void rh_debug_view(struct rh_world *world, FILE *out)
{
    struct view view = {.world = world, .out = out};
    (void)fprintf(out, "in front of step %" PRIu64 ", at %s\n", rh_world_steps(world) + 1,
                  time_of(rh_world_now(world)).bytes);
    for (uint32_t i = 0; i < rh_world_node_count(world); i++) {
        view.node = rh_world_node(world, i);
        if (rh_world_node_count(world) > 1) {
            (void)fprintf(out, "node %s\n", rh_world_node_name(world, i));
        }
        rh_inspect_each_actor(view.node, write_actor, &view);
    }
    rh_debug_view_pending(world, out);
}

void rh_debug_world(struct rh_world *world)
{
    rh_debug_view(world, stdout);
    (void)fflush(stdout);
}

void rh_debug_actor(struct rh_world *world, const char *name)
{
    if (!rh_debug_view_actor(world, name, stdout)) {
        (void)fprintf(stdout, "there is no live actor '%s'\n", name);
    }
    (void)fflush(stdout);
}

void rh_debug_pending(struct rh_world *world)
{
    rh_debug_view_pending(world, stdout);
    (void)fflush(stdout);
}

/* SPDX-License-Identifier: MIT */
#include "core/actor/tests/stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t print_name(void *self, struct rh_pid pid, char *buffer, size_t capacity)
{
    const struct stage *stage = self;
    const char *name = "?";
    for (size_t i = 0; i < stage->count; i++) {
        if (rh_pid_equal(stage->cast[i].pid, pid)) {
            name = stage->cast[i].name;
        }
    }
    return (size_t)snprintf(buffer, capacity, "%s", rh_pid_is_none(pid) ? "-" : name);
}

static void write_down(struct stage *stage, struct member *member, const struct rh_context *ctx,
                       const struct rh_delivery *in)
{
    struct rh_print_names names = {print_name, stage};
    char from[16];
    char payload[128] = "";
    char extra[64] = "";
    (void)print_name(stage, in->from, from, sizeof(from));
    if (rh_message_size(&in->message) > 0) {
        (void)rh_message_print(&in->message, &names, payload, sizeof(payload));
    }
    int64_t tag = 0;
    if (rh_delivery_link_tag(in, &tag)) {
        (void)snprintf(extra, sizeof(extra), " tag=%lld", (long long)tag);
    } else if (rh_delivery_name(ctx, in) != NULL) {
        (void)snprintf(extra, sizeof(extra), " name=%s", rh_delivery_name(ctx, in));
    } else if (in->kind == RH_DELIVERY_LIVENESS) {
        (void)snprintf(extra, sizeof(extra), " %s", rh_delivery_is_alive(in) ? "alive" : "dead");
    }
    size_t used = strlen(member->heard);
    (void)snprintf(member->heard + used, sizeof(member->heard) - used, "%s %s%s%s%s; ",
                   rh_delivery_kind_word((enum rh_delivery_kind)in->kind), from,
                   payload[0] == '\0' ? "" : " ", payload, extra);
}

static enum rh_status receive(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    (void)state;
    struct stage *stage = (struct stage *)(uintptr_t)rh_config(ctx);
    for (size_t i = 0; i < stage->count; i++) {
        if (rh_pid_equal(stage->cast[i].pid, rh_self(ctx))) {
            write_down(stage, &stage->cast[i], ctx, in);
        }
    }
    return RH_OK;
}

static struct rh_behaviour member_behaviour;

void stage_open_with(struct stage *stage, const struct rh_node_options *options)
{
    struct rh_node_options complete = *options;
    memset(stage, 0, sizeof(*stage));
    stage->limits = options->limits == NULL ? rh_limits_default() : *options->limits;
    complete.limits = &stage->limits;
    assert_status(rh_node_create(&complete, &stage->node), RH_OK);
    member_behaviour = (struct rh_behaviour){.name = "member", .receive = receive, .config = stage};
}

void stage_open(struct stage *stage)
{
    struct rh_node_options options = {0};
    stage_open_with(stage, &options);
}

void stage_close(struct stage *stage)
{
    const char *what = NULL;
    if (!rh_inspect_validate(stage->node, &what)) {
        fail_msg("%s", what);
    }
    rh_node_destroy(stage->node);
}

void stage_close_empty(struct stage *stage)
{
    settle(stage);
    struct rh_node_stats now = stats(stage);
    assert_int_equal(now.actors, 0);
    assert_int_equal(now.entries, 0);
    assert_int_equal(now.links, 0);
    assert_int_equal(now.monitors, 0);
    assert_int_equal(now.timers, 0);
    assert_int_equal(now.signals_waiting, 0);
    assert_int_equal(now.spawned, now.exited);
    stage_close(stage);
}

static bool count_signal(void *self, const struct rh_pending *pending)
{
    *(size_t *)self += pending->kind != RH_PENDING_TIMER;
    return true;
}

void stage_audit(struct stage *stage)
{
    const char *what = NULL;
    if (!rh_inspect_validate(stage->node, &what)) {
        fail_msg("%s", what);
    }
    struct rh_node_stats now = stats(stage);
    uint64_t under_way = now.messages_sent + stage->copies + stage->discards -
                         now.messages_handled - now.messages_dropped - now.messages_returned;
    assert_in_range(under_way, 0, now.signals_waiting);
    if (now.signals_waiting == 0) {
        size_t pending = 0;
        rh_node_each_pending(stage->node, 0, count_signal, &pending);
        assert_int_equal(pending, 0);
    }
}

/* ---- what is written down ---- */

static void append(struct stage *stage, const char *format, ...)
{
    va_list arguments;
    size_t used = strlen(stage->log);
    va_start(arguments, format);
    (void)vsnprintf(stage->log + used, sizeof(stage->log) - used, format, arguments);
    va_end(arguments);
}

static bool names_signal(enum rh_event_kind kind)
{
    return kind == RH_EVENT_SEND || kind == RH_EVENT_REFUSE || kind == RH_EVENT_HANDLE ||
           kind == RH_EVENT_PUT || kind == RH_EVENT_TAKE || kind == RH_EVENT_DISCARD ||
           kind == RH_EVENT_DROP || kind == RH_EVENT_RETURN || kind == RH_EVENT_FLUSH;
}

static void log_event(void *self, const struct rh_event *event)
{
    struct stage *stage = self;
    if (stage->also.event != NULL) {
        stage->also.event(stage->also.self, event);
    }
    bool message = event->signal == RH_SIGNAL_MESSAGE;
    stage->copies += event->kind == RH_EVENT_SEND && message && event->why == RH_WHY_FAULT;
    stage->discards += event->kind == RH_EVENT_DISCARD && message;
    if ((stage->kinds >> event->kind & 1) == 0) {
        return;
    }
    char actor[16];
    char peer[16];
    (void)print_name(stage, event->actor, actor, sizeof(actor));
    (void)print_name(stage, event->peer, peer, sizeof(peer));
    append(stage, "%s", rh_event_kind_word(event->kind));
    if (event->why != RH_WHY_NONE) {
        append(stage, ":%s", rh_why_word(event->why));
    }
    if (names_signal(event->kind)) {
        append(stage, " %s", rh_signal_kind_word(event->signal));
    }
    append(stage, rh_pid_is_none(event->peer) ? " %s" : " %s>%s", actor, peer);
    if (event->name != NULL) {
        append(stage, " %s", event->name);
    }
    append(stage, "; ");
}

void stage_log(struct stage *stage, uint64_t kinds)
{
    struct rh_observer observer = {log_event, stage};
    stage->kinds = kinds;
    rh_node_observe(stage->node, &observer);
}

const char *logged(struct stage *stage)
{
    static char text[sizeof(stage->log)];
    memcpy(text, stage->log, sizeof(text));
    stage->log[0] = '\0';
    return text;
}

/* ---- memory ---- */

static bool purse_refuses(struct purse *purse)
{
    if (purse->forbid) {
        fail_msg("allocates where nothing may");
    }
    purse->allocations++;
    return purse->refuse_at != 0 &&
           (purse->allocations == purse->refuse_at ||
            (purse->refuse_after && purse->allocations > purse->refuse_at));
}

static void *purse_allocate(void *self, size_t bytes)
{
    struct purse *purse = self;
    void *block = purse_refuses(purse) ? NULL : malloc(bytes > 0 ? bytes : 1);
    if (block != NULL) {
        purse->blocks++;
        purse->bytes += bytes;
    }
    return block;
}

static void *purse_resize(void *self, void *block, size_t before, size_t bytes)
{
    struct purse *purse = self;
    if (purse_refuses(purse)) {
        return NULL;
    }
    purse->blocks += block == NULL;
    purse->bytes = purse->bytes - before + bytes;
    return realloc(block, bytes > 0 ? bytes : 1);
}

static void purse_release(void *self, void *block, size_t bytes)
{
    struct purse *purse = self;
    if (block != NULL) {
        assert_true(purse->blocks > 0);
        assert_true(purse->bytes >= bytes);
        purse->blocks--;
        purse->bytes -= bytes;
    }
    free(block);
}

struct rh_allocator purse_allocator(struct purse *purse)
{
    struct rh_allocator allocator = {purse_allocate, purse_resize, purse_release, purse};
    return allocator;
}

void adopt(struct stage *stage, const char *name, struct rh_pid pid)
{
    assert_true(stage->count < CAST_MAX);
    struct member *member = &stage->cast[stage->count++];
    (void)snprintf(member->name, sizeof(member->name), "%s", name);
    member->pid = pid;
}

const struct rh_behaviour *stage_member(void)
{
    return &member_behaviour;
}

struct rh_pid enter(struct stage *stage, const char *name, const struct rh_spawn_options *options)
{
    struct rh_pid pid;
    assert_status(rh_node_spawn(stage->node, stage->now, &member_behaviour, options, &pid), RH_OK);
    adopt(stage, name, pid);
    settle(stage);
    return pid;
}

struct rh_pid enter_plain(struct stage *stage, const char *name)
{
    return enter(stage, name, NULL);
}

struct rh_pid enter_trapping(struct stage *stage, const char *name)
{
    struct rh_spawn_options options = {.trap = true};
    return enter(stage, name, &options);
}

struct rh_pid enter_selective(struct stage *stage, const char *name)
{
    struct rh_spawn_options options = {.mailbox = true, .trap = true};
    return enter(stage, name, &options);
}

enum rh_status act(struct stage *stage, struct rh_pid actor,
                   enum rh_status (*body)(struct rh_context *ctx, void *state, void *argument),
                   void *argument)
{
    return rh_node_turn(stage->node, stage->now, actor, body, argument);
}

void settle(struct stage *stage)
{
    while (rh_node_run(stage->node, stage->now, 1000) == 1000) {
    }
}

void wait_for(struct stage *stage, rh_duration duration)
{
    rh_instant end = stage->now + duration;
    settle(stage);
    while (rh_node_next_due(stage->node) <= end) {
        stage->now = rh_node_next_due(stage->node);
        settle(stage);
    }
    stage->now = end;
}

const char *heard(struct stage *stage, struct rh_pid actor)
{
    static char text[sizeof(stage->cast[0].heard)];
    text[0] = '\0';
    for (size_t i = 0; i < stage->count; i++) {
        struct member *member = &stage->cast[i];
        if (rh_pid_equal(member->pid, actor)) {
            memcpy(text, member->heard, sizeof(text));
            member->heard[0] = '\0';
        }
    }
    return text;
}

bool is_alive(const struct stage *stage, struct rh_pid actor)
{
    return rh_inspect_is_alive(stage->node, actor);
}

struct rh_actor_view look(const struct stage *stage, struct rh_pid actor)
{
    struct rh_actor_view view;
    assert_true(rh_inspect_actor(stage->node, actor, &view));
    return view;
}

struct rh_node_stats stats(const struct stage *stage)
{
    struct rh_node_stats found;
    rh_node_stats(stage->node, &found);
    return found;
}

void assert_status(enum rh_status found, enum rh_status wanted)
{
    assert_string_equal(rh_status_word(found), rh_status_word(wanted));
}

struct rh_message word(const char *text)
{
    return RH_ITEM(rh_allocator_default(), text);
}

/* ---- one operation each ---- */

struct operation perform(struct stage *stage, struct rh_pid actor, struct operation operation,
                         enum rh_status (*body)(struct rh_context *, void *, void *))
{
    assert_status(act(stage, actor, body, &operation), RH_OK);
    return operation;
}

OPERATION(do_send, rh_send(ctx, op->to, word(op->text)))
OPERATION(do_link, rh_link(ctx, op->to))
OPERATION(do_link_tagged, rh_link_tagged(ctx, op->to, op->tag))
OPERATION(do_unlink, rh_unlink(ctx, op->to, op->flags))
OPERATION(do_exit, rh_exit(ctx, word(op->text)))
OPERATION(do_exit_signal, rh_exit_signal(ctx, op->to, word(op->text)))
OPERATION(do_monitor, rh_monitor(ctx, op->to, op->alias, &op->ref))
OPERATION(do_demonitor, rh_demonitor(ctx, op->ref, op->flags))
OPERATION(do_register, rh_register(ctx, op->text, op->to))
OPERATION(do_spawn, rh_spawn(ctx, op->behaviour, op->options, &op->pids[0], &op->ref))
OPERATION(do_trap, (rh_trap(ctx, op->flags != 0), RH_OK))
OPERATION(do_receive, rh_receive(ctx, op->want))

enum rh_status act_send(struct stage *stage, struct rh_pid actor, struct rh_pid to,
                        const char *text)
{
    return perform(stage, actor, (struct operation){.to = to, .text = text}, do_send).status;
}

enum rh_status act_link(struct stage *stage, struct rh_pid actor, struct rh_pid to)
{
    return perform(stage, actor, (struct operation){.to = to}, do_link).status;
}

enum rh_status act_link_tagged(struct stage *stage, struct rh_pid actor, struct rh_pid to,
                               int64_t tag)
{
    return perform(stage, actor, (struct operation){.to = to, .tag = tag}, do_link_tagged).status;
}

enum rh_status act_unlink(struct stage *stage, struct rh_pid actor, struct rh_pid to,
                          unsigned flags)
{
    return perform(stage, actor, (struct operation){.to = to, .flags = flags}, do_unlink).status;
}

void act_exit(struct stage *stage, struct rh_pid actor, const char *reason)
{
    assert_status(perform(stage, actor, (struct operation){.text = reason}, do_exit).status,
                  RH_EXITED);
}

enum rh_status act_exit_signal(struct stage *stage, struct rh_pid actor, struct rh_pid to,
                               const char *reason)
{
    return perform(stage, actor, (struct operation){.to = to, .text = reason}, do_exit_signal)
        .status;
}

struct rh_ref act_monitor(struct stage *stage, struct rh_pid actor, struct rh_pid to,
                          enum rh_alias_mode alias)
{
    struct operation done =
        perform(stage, actor, (struct operation){.to = to, .alias = alias}, do_monitor);
    assert_status(done.status, RH_OK);
    return done.ref;
}

enum rh_status act_demonitor(struct stage *stage, struct rh_pid actor, struct rh_ref ref,
                             unsigned flags)
{
    return perform(stage, actor, (struct operation){.ref = ref, .flags = flags}, do_demonitor)
        .status;
}

enum rh_status act_register(struct stage *stage, struct rh_pid actor, const char *name,
                            struct rh_pid who)
{
    return perform(stage, actor, (struct operation){.to = who, .text = name}, do_register).status;
}

struct rh_pid act_spawn(struct stage *stage, struct rh_pid actor, const char *name,
                        const struct rh_spawn_options *options, struct rh_ref *ret_monitor)
{
    struct operation done =
        perform(stage, actor,
                (struct operation){.behaviour = &member_behaviour, .options = options}, do_spawn);
    assert_status(done.status, RH_OK);
    adopt(stage, name, done.pids[0]);
    if (ret_monitor != NULL) {
        *ret_monitor = done.ref;
    }
    return done.pids[0];
}

void act_trap(struct stage *stage, struct rh_pid actor, bool trap)
{
    (void)perform(stage, actor, (struct operation){.flags = trap}, do_trap);
}

enum rh_status act_receive(struct stage *stage, struct rh_pid actor, const struct rh_receive *want)
{
    return perform(stage, actor, (struct operation){.want = want}, do_receive).status;
}

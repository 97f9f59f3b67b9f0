/* SPDX-License-Identifier: MIT */
#include "core/actor/tests/stage.h"

#include <stdio.h>
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

struct rh_pid enter(struct stage *stage, const char *name, const struct rh_spawn_options *options)
{
    assert_true(stage->count < CAST_MAX);
    struct member *member = &stage->cast[stage->count++];
    (void)snprintf(member->name, sizeof(member->name), "%s", name);
    assert_status(rh_node_spawn(stage->node, stage->now, &member_behaviour, options, &member->pid),
                  RH_OK);
    settle(stage);
    return member->pid;
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

struct operation {
    struct rh_pid to;
    const char *text;
    int64_t tag;
    unsigned flags;
    enum rh_alias_mode alias;
    struct rh_ref ref;
    const struct rh_receive *want;
    enum rh_status status;
};

static struct operation perform(struct stage *stage, struct rh_pid actor,
                                struct operation operation,
                                enum rh_status (*body)(struct rh_context *, void *, void *))
{
    assert_status(act(stage, actor, body, &operation), RH_OK);
    return operation;
}

#define BODY(name, expression)                                                                     \
    static enum rh_status name(struct rh_context *ctx, void *state, void *argument)                \
    {                                                                                              \
        struct operation *op = argument;                                                           \
        (void)state;                                                                               \
        op->status = (expression);                                                                 \
        return RH_OK;                                                                              \
    }

BODY(do_send, rh_send(ctx, op->to, word(op->text)))
BODY(do_link, rh_link(ctx, op->to))
BODY(do_link_tagged, rh_link_tagged(ctx, op->to, op->tag))
BODY(do_unlink, rh_unlink(ctx, op->to, op->flags))
BODY(do_exit, rh_exit(ctx, word(op->text)))
BODY(do_exit_signal, rh_exit_signal(ctx, op->to, word(op->text)))
BODY(do_monitor, rh_monitor(ctx, op->to, op->alias, &op->ref))
BODY(do_demonitor, rh_demonitor(ctx, op->ref, op->flags))
BODY(do_register, rh_register(ctx, op->text, op->to))
BODY(do_trap, (rh_trap(ctx, op->flags != 0), RH_OK))
BODY(do_receive, rh_receive(ctx, op->want))

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

void act_trap(struct stage *stage, struct rh_pid actor, bool trap)
{
    (void)perform(stage, actor, (struct operation){.flags = trap}, do_trap);
}

enum rh_status act_receive(struct stage *stage, struct rh_pid actor, const struct rh_receive *want)
{
    return perform(stage, actor, (struct operation){.want = want}, do_receive).status;
}

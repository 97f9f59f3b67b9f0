/* SPDX-License-Identifier: MIT */
#include "core/supervision/tests/play.h"

/* ---- memory that can fail and is counted ---- */

static void *play_allocate(void *self, size_t bytes)
{
    struct play *play = self;
    if (++play->attempts == play->fail_at) {
        return NULL;
    }
    const struct rh_allocator *base = rh_allocator_default();
    void *block = base->allocate(base->self, bytes);
    play->blocks += block != NULL ? 1 : 0;
    return block;
}

static void *play_resize(void *self, void *block, size_t bytes_before, size_t bytes)
{
    struct play *play = self;
    if (++play->attempts == play->fail_at) {
        return NULL;
    }
    const struct rh_allocator *base = rh_allocator_default();
    void *resized = base->resize(base->self, block, bytes_before, bytes);
    play->blocks += block == NULL && resized != NULL ? 1 : 0;
    return resized;
}

static void play_release(void *self, void *block, size_t bytes)
{
    struct play *play = self;
    const struct rh_allocator *base = rh_allocator_default();
    play->blocks -= block != NULL ? 1 : 0;
    base->release(base->self, block, bytes);
}

/* ---- the log ---- */

static void play_write(struct play *play, const char *text)
{
    size_t length = strlen(play->log);
    assert_true(length + strlen(text) < sizeof play->log);
    memcpy(play->log + length, text, strlen(text) + 1);
}

static void play_name(struct play *play, const char *name, struct rh_pid pid)
{
    assert_true(play->actor_count < sizeof play->actors / sizeof play->actors[0]);
    struct play_actor *actor = &play->actors[play->actor_count++];
    (void)snprintf(actor->name, sizeof actor->name, "%s", name);
    actor->pid = pid;
}

static size_t name_of_pid(void *self, struct rh_pid pid, char *buffer, size_t capacity)
{
    const struct play *play = self;
    for (size_t i = 0; i < play->actor_count; i++) {
        if (rh_pid_equal(play->actors[i].pid, pid)) {
            return (size_t)snprintf(buffer, capacity, "%s", play->actors[i].name);
        }
    }
    return 0;
}

static void print(struct play *play, const struct rh_message *message, char *buffer, size_t size)
{
    struct rh_print_names names = {.pid = name_of_pid, .self = play};
    (void)rh_message_print(message, &names, buffer, size);
}

static void observe(void *self, const struct rh_event *event)
{
    struct play *play = self;
    char name[24];
    char reason[128];
    char line[160];
    if (event->kind != RH_EVENT_EXIT || event->message == NULL ||
        name_of_pid(play, event->actor, name, sizeof name) == 0) {
        return;
    }
    print(play, event->message, reason, sizeof reason);
    (void)snprintf(line, sizeof line, "-%s:%s ", name, reason);
    play_write(play, line);
}

void play_clear_log(struct play *play)
{
    play->log[0] = '\0';
}

/* ---- life ---- */

void play_begin(struct play *play)
{
    static struct rh_observer observer;
    size_t fail_at = play->fail_at;
    *play = (struct play){.fail_at = fail_at};
    play->allocator = (struct rh_allocator){play_allocate, play_resize, play_release, play};
    observer = (struct rh_observer){observe, play};
    struct rh_limits limits = rh_limits_default();
    limits.pool_objects_per_chunk = 1; /* so that every signal is an allocation */
    limits.reason_bytes_max = 255;
    struct rh_node_options options = {.node = 1, .allocator = &play->allocator};
    options.observer = &observer;
    options.limits = &limits;
    if (rh_node_create(&options, &play->node) != RH_OK) {
        play->node = NULL;
    }
}

void play_end(struct play *play)
{
    const char *what = NULL;
    if (play->node != NULL) {
        assert_true(rh_inspect_validate(play->node, &what));
    }
    rh_node_destroy(play->node);
    assert_int_equal(play->blocks, 0);
}

void play_settle(struct play *play)
{
    size_t budget = 100000;
    assert_true(rh_node_run(play->node, play->now, budget) < budget);
}

void play_wait(struct play *play, rh_duration duration)
{
    rh_instant end = play->now + duration;
    play_settle(play);
    while (rh_node_next_due(play->node) <= end) {
        play->now = rh_node_next_due(play->node);
        play_settle(play);
    }
    play->now = end;
    play_settle(play);
}

/* ---- children ---- */

static enum rh_status child_init(struct rh_context *ctx, void *state,
                                 const struct rh_delivery *start)
{
    (void)state;
    struct rh_text name;
    bool trap = false;
    bool fail = false;
    assert_true(RH_MATCH(&start->message, &name, &trap, &fail));
    (void)rh_trap(ctx, trap);
    return fail ? rh_exit(ctx, RH_ITEM(NULL, "bad")) : RH_OK;
}

static enum rh_status child_receive(struct rh_context *ctx, void *state,
                                    const struct rh_delivery *in)
{
    (void)ctx;
    (void)state;
    return RH_MATCH(&in->message, "stop") ? RH_DONE : RH_OK;
}

static const struct rh_behaviour child_behaviour = {
    .name = "child", .init = child_init, .receive = child_receive};

enum rh_status play_child(struct rh_context *ctx, const struct rh_child_start *child,
                          struct rh_pid *ret_child)
{
    struct play *play = *(struct play *const *)child->config;
    char name[24];
    if (play->refuse) {
        return RH_LIMIT;
    }
    (void)snprintf(name, sizeof name, "%s#%u", child->id, (unsigned)child->incarnation);
    bool trap = child->id[0] == 't';
    bool fail = play->fail_inits > 0;
    struct rh_spawn_options options = {.argument = RH_ARRAY(rh_allocator_of(ctx), name, trap, fail),
                                       .link = true};
    enum rh_status status = rh_spawn(ctx, &child_behaviour, &options, ret_child, NULL);
    if (status == RH_OK) {
        play->fail_inits -= fail ? 1 : 0;
        play_name(play, name, *ret_child);
        play_write(play, "+");
        play_write(play, name);
        play_write(play, " ");
    }
    return status;
}

struct rh_pid play_pid(const struct play *play, const char *id, uint64_t incarnation)
{
    char name[24];
    (void)snprintf(name, sizeof name, "%s#%u", id, (unsigned)incarnation);
    for (size_t i = 0; i < play->actor_count; i++) {
        if (strcmp(play->actors[i].name, name) == 0) {
            return play->actors[i].pid;
        }
    }
    return rh_pid_none();
}

bool play_is_alive(const struct play *play, const char *id, uint64_t incarnation)
{
    struct rh_pid pid = play_pid(play, id, incarnation);
    return !rh_pid_is_none(pid) && rh_inspect_is_alive(play->node, pid);
}

/* ---- the parent ---- */

static enum rh_status parent_receive(struct rh_context *ctx, void *state,
                                     const struct rh_delivery *in)
{
    (void)state;
    struct play *play = *(struct play *const *)rh_config(ctx);
    struct rh_outcome outcome;
    char text[200] = "";
    if (in->kind == RH_DELIVERY_EXIT) {
        print(play, &in->message, play->parent_saw, sizeof play->parent_saw);
    } else if (rh_call_result(ctx, in, &play->call, &outcome)) {
        static const char *const words[] = {"reply ", "down ", "timeout"};
        if (outcome.message != NULL) {
            print(play, outcome.message, text, sizeof text);
        }
        (void)snprintf(play->outcome, sizeof play->outcome, "%s%s", words[outcome.kind], text);
    }
    return RH_OK;
}

static enum rh_status spawn_supervisor(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct rh_spawn_options options = {.link = true};
    struct play *play = *(struct play *const *)rh_config(ctx);
    return rh_spawn(ctx, argument, &options, &play->supervisor, NULL);
}

void play_supervise(struct play *play, const struct rh_behaviour *behaviour)
{
    static struct play *current;
    static const struct rh_behaviour parent = {
        .name = "parent", .receive = parent_receive, .config = &current};
    current = play;
    struct rh_spawn_options options = {.trap = true};
    if (play->node == NULL ||
        rh_node_spawn(play->node, play->now, &parent, &options, &play->parent) != RH_OK) {
        return;
    }
    play_settle(play);
    static struct rh_behaviour kept;
    kept = *behaviour;
    assert_int_equal(rh_node_turn(play->node, play->now, play->parent, spawn_supervisor, &kept),
                     RH_OK);
    play_name(play, "sup", play->supervisor);
    play_settle(play);
}

static enum rh_status exit_body(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    return rh_exit(ctx, *(struct rh_message *)argument);
}

void play_exit(struct play *play, struct rh_pid actor, struct rh_message reason)
{
    assert_int_equal(rh_node_turn(play->node, play->now, actor, exit_body, &reason), RH_OK);
    play_settle(play);
}

struct sending {
    struct rh_pid to;
    struct rh_message message;
};

static enum rh_status signal_body(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    const struct sending *sending = argument;
    return rh_exit_signal(ctx, sending->to, sending->message);
}

void play_signal_only(struct play *play, struct rh_pid from, struct rh_pid to,
                      struct rh_message reason)
{
    struct sending sending = {to, reason};
    assert_int_equal(rh_node_turn(play->node, play->now, from, signal_body, &sending), RH_OK);
}

void play_signal(struct play *play, struct rh_pid from, struct rh_pid to, struct rh_message reason)
{
    play_signal_only(play, from, to, reason);
    play_settle(play);
}

static enum rh_status call_body(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    const struct sending *sending = argument;
    struct play *play = *(struct play *const *)rh_config(ctx);
    rh_call_cancel(ctx, &play->call);
    enum rh_status status =
        rh_call(ctx, sending->to, sending->message, 60 * RH_SECOND, &play->call);
    (void)snprintf(play->outcome, sizeof play->outcome, "%s", status == RH_OK ? "open" : "refused");
    return RH_OK;
}

void play_call_only(struct play *play, struct rh_message request)
{
    struct sending sending = {play->supervisor, request};
    assert_int_equal(rh_node_turn(play->node, play->now, play->parent, call_body, &sending), RH_OK);
}

const char *play_call(struct play *play, struct rh_message request)
{
    play_call_only(play, request);
    play_settle(play);
    return play->outcome;
}

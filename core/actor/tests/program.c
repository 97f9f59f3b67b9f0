/* SPDX-License-Identifier: MIT */
#include "core/actor/tests/program.h"

#include <string.h>

static uint64_t below(struct program *p, uint64_t bound)
{
    p->random ^= p->random << 13;
    p->random ^= p->random >> 7;
    p->random ^= p->random << 17;
    return (p->random >> 16) % bound;
}

static bool once_in(struct program *p, uint64_t times)
{
    return below(p, times) == 0;
}

static struct rh_pid some_pid(struct program *p)
{
    struct rh_pid far = {.node = 9, .incarnation = 1, .slot = 0, .generation = 1};
    if (once_in(p, 24)) {
        return once_in(p, 2) ? far : rh_pid_none();
    }
    return p->pids[below(p, PROGRAM_PIDS)];
}

/* Mostly a reference of that kind, and mostly an own one. */
static struct rh_ref some_ref(struct rh_context *ctx, struct program *p, enum reference kind)
{
    uint64_t at = below(p, PROGRAM_REFS);
    for (int tries = 0; tries < 8; tries++) {
        if (p->kinds[at] == kind && rh_pid_equal(p->refs[at].owner, rh_self(ctx))) {
            break;
        }
        at = below(p, PROGRAM_REFS);
    }
    return p->refs[at];
}

static const char *some_name(struct program *p)
{
    static const char *const names[] = {"one", "two", "three"};
    return names[below(p, 3)];
}

static enum rh_alias_mode some_mode(struct program *p)
{
    return (enum rh_alias_mode)below(p, 5);
}

static unsigned some_flags(struct program *p)
{
    return once_in(p, 2) ? RH_FLUSH : 0;
}

/* Short or long, so that some live in the handle and some need an allocator, and a few exceed the limit. */
static struct rh_message some_message(struct program *p, const struct rh_allocator *allocator)
{
    static const char text[] =
        "a long text that has no place in a handle, and some of it in no message";
    const char *tail = text + below(p, sizeof(text));
    return RH_ARRAY(allocator, "tag", below(p, 4), tail);
}

static struct rh_message some_reason(struct program *p, const struct rh_allocator *allocator)
{
    switch (below(p, 9)) {
    case 0:
        return rh_reason(RH_REASON_KILL);
    case 1:
        return rh_reason(RH_REASON_SHUTDOWN);
    case 2:
    case 3:
    case 4:
    case 5:
        return rh_reason(RH_REASON_NORMAL);
    default:
        return some_message(p, allocator);
    }
}

static struct rh_message message(struct rh_context *ctx, struct program *p)
{
    return some_message(p, rh_allocator_of(ctx));
}

static void keep_ref(struct program *p, enum rh_status status, struct rh_ref ref,
                     enum reference kind)
{
    if (status == RH_OK) {
        uint64_t at = below(p, PROGRAM_REFS);
        p->refs[at] = ref;
        p->kinds[at] = kind;
    }
}

/* ---- the actors ---- */

static const struct rh_behaviour anybody;
static enum rh_status operate(struct rh_context *ctx, struct program *p);

static struct program *program_of(const struct rh_context *ctx)
{
    return *(struct program *const *)rh_config(ctx);
}

static struct program *playing;

struct diary {
    struct program *program;
    bool selective;
};

static enum rh_status init(struct rh_context *ctx, void *state, const struct rh_delivery *start)
{
    struct program *p = program_of(ctx);
    struct diary *diary = state;
    assert_null(diary->program); /* the storage is zeroed */
    diary->program = p;
    p->inits++;
    (void)start;
    if (once_in(p, 24)) {
        return once_in(p, 2) ? RH_DONE : RH_FULL;
    }
    return once_in(p, 4) ? operate(ctx, p) : RH_OK;
}

static enum rh_status receive(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    struct program *p = program_of(ctx);
    struct diary *diary = state;
    enum rh_status status = RH_OK;
    assert_ptr_equal(diary->program, p);
    (void)rh_delivery_ref(ctx, in);
    (void)rh_delivery_name(ctx, in);
    if (p->budget > 0) {
        p->budget--;
        p->in = in;
        status = operate(ctx, p);
        p->in = NULL;
    }
    if (status == RH_OK && once_in(p, 2)) { /* RH_INVALID for most */
        struct rh_receive want = {.timeout = RH_NEVER};
        enum rh_status waits = rh_receive(ctx, &want);
        assert_true(waits == RH_OK || waits == RH_INVALID || waits == RH_NO_MEMORY ||
                    waits == RH_EXITED);
    }
    return status;
}

static void deinit(void *state, const void *config)
{
    struct diary *diary = state;
    assert_ptr_equal(config, &playing);
    diary->program->deinits++;
}

static const struct rh_behaviour anybody = {.name = "anybody",
                                            .state_bytes = sizeof(struct diary),
                                            .init = init,
                                            .receive = receive,
                                            .deinit = deinit,
                                            .config = &playing};

static struct rh_spawn_options some_options(struct program *p, const struct rh_allocator *allocator,
                                            bool root)
{
    struct rh_spawn_options options = {
        .link = !root && once_in(p, 3),
        .monitor = !root && once_in(p, 2),
        .trap = !once_in(p, 3),
        .mailbox = once_in(p, 3),
        .has_link_tag = once_in(p, 3),
        .link_tag = 7,
        .cap = once_in(p, 3) ? (uint32_t)(1 + below(p, 3)) : 0,
        .overflow = (enum rh_overflow)below(p, 3),
        .alias = (uint8_t)some_mode(p),
    };
    options.argument = some_message(p, allocator);
    return options;
}

/* ---- the operations ---- */

#define PERFORM(name, expression)                                                                  \
    static enum rh_status name(struct rh_context *ctx, struct program *p)                          \
    {                                                                                              \
        return (expression);                                                                       \
    }
/* The same for operations that hand out a reference. */
#define PERFORM_REF(name, kind, expression)                                                        \
    static enum rh_status name(struct rh_context *ctx, struct program *p)                          \
    {                                                                                              \
        struct rh_ref ref = {rh_pid_none(), 0};                                                    \
        enum rh_status status = (expression);                                                      \
        keep_ref(p, status, ref, kind);                                                            \
        return status;                                                                             \
    }

PERFORM(send_plain, rh_send(ctx, some_pid(p), message(ctx, p)))
PERFORM(send_back, rh_send_with(ctx, some_pid(p), message(ctx, p), RH_RETURN))
PERFORM(send_array, RH_SEND(ctx, some_pid(p), "tag", below(p, 4)))
PERFORM(send_long, RH_SEND(ctx, some_pid(p), "tag", "a text that does not fit into a handle"))
PERFORM(send_name, rh_send_name(ctx, some_name(p), message(ctx, p)))
PERFORM(send_name_at, rh_send_name_at(ctx, some_name(p), once_in(p, 8) ? 9 : 1, message(ctx, p)))
PERFORM(send_alias, rh_send_alias(ctx, some_ref(ctx, p, REFERENCE_ALIAS), message(ctx, p)))
PERFORM(output, rh_output(ctx, message(ctx, p)))
PERFORM(link_plain, rh_link(ctx, some_pid(p)))
PERFORM(link_tagged, rh_link_tagged(ctx, some_pid(p), (int64_t)below(p, 3)))
PERFORM(unlink_some, rh_unlink(ctx, some_pid(p), some_flags(p)))
PERFORM(exit_signal, rh_exit_signal(ctx, some_pid(p), some_reason(p, rh_allocator_of(ctx))))
PERFORM_REF(ask_alive, REFERENCE_QUESTION, rh_ask_alive(ctx, some_pid(p), &ref))
PERFORM_REF(monitor, REFERENCE_MONITOR, rh_monitor(ctx, some_pid(p), some_mode(p), &ref))
PERFORM_REF(monitor_name, REFERENCE_MONITOR, rh_monitor_name(ctx, some_name(p), some_mode(p), &ref))
PERFORM(demonitor, rh_demonitor(ctx, some_ref(ctx, p, REFERENCE_MONITOR), some_flags(p)))
PERFORM_REF(alias_open, REFERENCE_ALIAS, rh_alias_open(ctx, some_mode(p), &ref))
PERFORM(alias_close, rh_alias_close(ctx, some_ref(ctx, p, REFERENCE_ALIAS)))
PERFORM(register_name, rh_register(ctx, some_name(p), some_pid(p)))
PERFORM(unregister, rh_unregister(ctx, some_name(p)))
PERFORM(group_join, rh_group_join(ctx, some_name(p), some_pid(p)))
PERFORM(group_leave, rh_group_leave(ctx, some_name(p), some_pid(p)))
PERFORM_REF(group_monitor, REFERENCE_GROUP, rh_group_monitor(ctx, some_name(p), &ref))
PERFORM(group_demonitor, rh_group_demonitor(ctx, some_ref(ctx, p, REFERENCE_GROUP), some_flags(p)))
PERFORM_REF(timer_start, REFERENCE_TIMER,
            rh_timer_start(ctx, below(p, 6), some_pid(p), message(ctx, p), &ref))
PERFORM_REF(timer_name, REFERENCE_TIMER,
            rh_timer_start_name(ctx, below(p, 6), some_name(p), message(ctx, p), &ref))
PERFORM_REF(send_after, REFERENCE_TIMER,
            rh_send_after(ctx, below(p, 6), some_pid(p), message(ctx, p), &ref))
PERFORM_REF(after_name, REFERENCE_TIMER,
            rh_send_after_name(ctx, below(p, 6), some_name(p), message(ctx, p), &ref))
PERFORM(timer_cancel, rh_timer_cancel(ctx, some_ref(ctx, p, REFERENCE_TIMER), NULL))
PERFORM(cancel_receive, (rh_receive_cancel(ctx), (void)p, RH_OK))
PERFORM(trap, (rh_trap(ctx, !once_in(p, 3)), RH_OK))
PERFORM(draw, (rh_random(ctx, below(p, 9)), RH_OK))
PERFORM(leave, once_in(p, 12) ? rh_exit(ctx, some_reason(p, rh_allocator_of(ctx))) : RH_OK)

static enum rh_status forward(struct rh_context *ctx, struct program *p)
{
    struct rh_delivery nothing = {.kind = RH_DELIVERY_MESSAGE};
    return rh_forward(ctx, p->in == NULL ? &nothing : p->in, some_pid(p));
}

static enum rh_status spawn(struct rh_context *ctx, struct program *p)
{
    struct rh_spawn_options options = some_options(p, rh_allocator_of(ctx), false);
    struct rh_pid child = rh_pid_none();
    struct rh_ref ref = {rh_pid_none(), 0};
    enum rh_status status = rh_spawn(ctx, &anybody, &options, &child, &ref);
    if (status == RH_OK) {
        p->pids[below(p, PROGRAM_PIDS)] = child;
    }
    keep_ref(p, status, ref, REFERENCE_MONITOR);
    return status;
}

static enum rh_status spawn_request(struct rh_context *ctx, struct program *p)
{
    struct rh_spawn_options options = some_options(p, rh_allocator_of(ctx), false);
    struct rh_ref ref = {rh_pid_none(), 0};
    enum rh_status status = rh_spawn_request(ctx, &anybody, &options, &ref);
    keep_ref(p, status, ref, REFERENCE_QUESTION);
    return status;
}

static enum rh_status whereis(struct rh_context *ctx, struct program *p)
{
    struct rh_pid pid;
    enum rh_status status = rh_whereis(ctx, some_name(p), &pid);
    assert_int_equal(rh_pid_is_none(pid), status != RH_OK);
    return status;
}

static enum rh_status timer_read(struct rh_context *ctx, struct program *p)
{
    rh_duration left = 0;
    enum rh_status status = rh_timer_read(ctx, some_ref(ctx, p, REFERENCE_TIMER), &left);
    assert_in_range(left, 0, 5);
    return status;
}

static enum rh_status receive_some(struct rh_context *ctx, struct program *p)
{
    struct rh_message want[2] = {RH_ITEM(rh_allocator_of(ctx), "tag"), RH_ITEM(NULL, RH_ANY)};
    struct rh_ref ref = some_ref(ctx, p, REFERENCE_QUESTION);
    struct rh_receive receive = {
        .tags = want,
        .tag_count = below(p, 2),
        .patterns = want + 1,
        .pattern_count = below(p, 2),
        .refs = &ref,
        .ref_count = below(p, 2),
        .timeout = once_in(p, 2) ? RH_NEVER : below(p, 4),
    };
    return rh_receive(ctx, &receive);
}

static enum rh_status look_around(struct rh_context *ctx, struct program *p)
{
    struct rh_pid found[4];
    struct rh_actor_view view;
    assert_true(rh_inspect_actor(p->stage.node, rh_self(ctx), &view));
    assert_int_equal(rh_links(ctx, found, 4), view.link_count);
    assert_int_equal(rh_monitors(ctx, found, 4), view.monitor_count);
    assert_int_equal(rh_mailbox_length(ctx), view.mailbox_length);
    (void)rh_group_members(ctx, some_name(p), found, 4);
    return RH_OK;
}

static const struct {
    const char *name;
    enum rh_status (*perform)(struct rh_context *ctx, struct program *p);
} operations[] = {
    {"send", send_plain},
    {"send_with", send_back},
    {"RH_SEND", send_array},
    {"RH_SEND long", send_long},
    {"send_name", send_name},
    {"send_name_at", send_name_at},
    {"send_alias", send_alias},
    {"forward", forward},
    {"output", output},
    {"spawn", spawn},
    {"spawn_request", spawn_request},
    {"link", link_plain},
    {"link_tagged", link_tagged},
    {"unlink", unlink_some},
    {"exit_signal", exit_signal},
    {"ask_alive", ask_alive},
    {"monitor", monitor},
    {"monitor_name", monitor_name},
    {"demonitor", demonitor},
    {"alias_open", alias_open},
    {"alias_close", alias_close},
    {"register", register_name},
    {"unregister", unregister},
    {"whereis", whereis},
    {"group_join", group_join},
    {"group_leave", group_leave},
    {"group_monitor", group_monitor},
    {"group_demonitor", group_demonitor},
    {"timer_start", timer_start},
    {"timer_start_name", timer_name},
    {"send_after", send_after},
    {"send_after_name", after_name},
    {"timer_cancel", timer_cancel},
    {"timer_read", timer_read},
    {"receive", receive_some},
    {"receive_cancel", cancel_receive},
    {"trap", trap},
    {"random", draw},
    {"look_around", look_around},
    {"exit", leave},
};

unsigned program_operation_count(void)
{
    return sizeof(operations) / sizeof(operations[0]);
}

const char *program_operation_name(unsigned operation)
{
    return operations[operation].name;
}

/* One operation; what it says is either a matter of course or the end of memory. */
static enum rh_status operate(struct rh_context *ctx, struct program *p)
{
    unsigned count = program_operation_count();
    unsigned which = p->in_a_row ? p->next++ % count : (unsigned)below(p, count);
    enum rh_status status = operations[which].perform(ctx, p);
    p->succeeded[which] += status == RH_OK;
    switch (status) {
    case RH_OK:
    case RH_INVALID:
    case RH_LIMIT:
    case RH_FULL:
    case RH_TAKEN:
    case RH_ALREADY:
    case RH_NOT_FOUND:
    case RH_NOPROC:
        return RH_OK;
    case RH_EXITED:
        return RH_EXITED;
    case RH_NO_MEMORY:
        assert_true(p->purse.refuse_at != 0);
        return once_in(p, 3) ? RH_NO_MEMORY : RH_OK;
    default:
        fail_msg("%s says %s", operations[which].name, rh_status_word(status));
        return status;
    }
}

static enum rh_status operate_a_little(struct rh_context *ctx, void *state, void *argument)
{
    struct program *p = argument;
    enum rh_status status = RH_OK;
    (void)state;
    for (uint64_t i = 1 + below(p, 3); i > 0; i--) {
        enum rh_status said = operate(ctx, p);
        status = status == RH_OK ? said : status;
    }
    return status;
}

/* ---- the world ---- */

static struct rh_filter_answer strike(void *self, const struct rh_filter_question *question)
{
    struct program *p = self;
    struct rh_filter_answer answer = {.action = RH_FILTER_PASS};
    (void)question;
    if (once_in(p, 12)) {
        answer.action = (enum rh_filter_action)below(p, RH_FILTER_CRASH + 1);
        answer.operations = (uint32_t)below(p, 3);
    }
    if (answer.action == RH_FILTER_REPLACE || answer.action == RH_FILTER_CRASH) {
        answer.replacement = rh_reason(RH_REASON_TIMEOUT);
    }
    return answer;
}

static void enter_somebody(struct program *p, uint64_t place)
{
    struct rh_spawn_options options = some_options(p, &p->allocator, true);
    struct rh_pid pid;
    enum rh_status status = rh_node_spawn(p->stage.node, p->stage.now, &anybody, &options, &pid);
    if (status == RH_OK) {
        p->pids[place] = pid;
    }
    assert_true(status == RH_OK || status == RH_LIMIT || status == RH_NO_MEMORY);
}

enum rh_status program_open(struct program *p, uint64_t seed, uint32_t objects_per_chunk)
{
    struct rh_limits limits = {
        .actors_max = 10,
        .signals_max = 150,
        .names_max = 2,
        .name_bytes_max = 16,
        .groups_max = 2,
        .message_bytes_max = 64,
        .reason_bytes_max = 40,
        .nesting_max = 8,
        .hops_max = 3,
        .mailbox_messages_max = 5,
        .pool_objects_per_chunk = objects_per_chunk,
    };
    p->allocator = purse_allocator(&p->purse);
    p->filter = (struct rh_filter){strike, p};
    p->random = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
    p->budget = 40;
    playing = p;
    struct rh_node_options options = {
        .seed = seed,
        .limits = &limits,
        .allocator = &p->allocator,
        .filter = p->faults ? &p->filter : NULL,
    };
    enum rh_status status = rh_node_create(&options, &p->stage.node);
    if (status == RH_OK) {
        stage_log(&p->stage, 0);
        for (int i = 0; i < 6; i++) {
            enter_somebody(p, (uint64_t)i);
        }
    }
    return status;
}

static void meddle(struct program *p)
{
    struct rh_node *node = p->stage.node;
    struct rh_effect effect;
    enum rh_status status = RH_OK;
    switch (below(p, 9)) {
    case 0:
        status = rh_node_send(node, p->stage.now, some_pid(p), some_message(p, &p->allocator));
        break;
    case 1:
        status = rh_node_input(node, p->stage.now, some_pid(p), some_message(p, &p->allocator));
        break;
    case 2:
        status =
            rh_node_exit_signal(node, p->stage.now, some_pid(p), some_reason(p, &p->allocator));
        break;
    case 3:
        status = rh_node_crash(node, p->stage.now, some_pid(p), some_reason(p, &p->allocator));
        break;
    default:
        if (rh_node_take_effect(node, &effect)) {
            rh_message_unref(effect.message);
        }
        break;
    }
    assert_true(status == RH_OK || status == RH_NOPROC || status == RH_FULL || status == RH_LIMIT ||
                status == RH_NO_MEMORY);
}

static void let_act(struct program *p)
{
    struct rh_pid actor = p->pids[below(p, PROGRAM_PIDS)];
    enum rh_status status = rh_node_turn(p->stage.node, p->stage.now, actor, operate_a_little, p);
    assert_true(status == RH_OK || status == RH_NOPROC);
}

struct pick {
    size_t wanted; /**< how many to pass over */
    size_t seen;
    struct rh_pending pending;
};

static bool pick_one(void *self, const struct rh_pending *pending)
{
    struct pick *pick = self;
    if (pick->seen++ == pick->wanted) {
        pick->pending = *pending;
        return false;
    }
    return true;
}

static void happen(struct program *p)
{
    struct rh_node *node = p->stage.node;
    if (!p->any_order) {
        (void)rh_node_run(node, p->stage.now, 1);
        return;
    }
    struct pick count = {.wanted = SIZE_MAX};
    rh_node_each_pending(node, p->stage.now, pick_one, &count);
    if (count.seen > 0) {
        struct pick pick = {.wanted = below(p, count.seen)};
        rh_node_each_pending(node, p->stage.now, pick_one, &pick);
        rh_node_execute(node, p->stage.now, &pick.pending);
    }
}

void program_step(struct program *p)
{
    switch (below(p, 12)) {
    case 0:
    case 1:
    case 4:
    case 5:
        let_act(p);
        break;
    case 2:
        if (once_in(p, 2)) {
            enter_somebody(p, below(p, PROGRAM_PIDS));
        } else {
            meddle(p);
        }
        break;
    case 3:
        p->stage.now += below(p, 3);
        break;
    default:
        happen(p);
        break;
    }
    stage_audit(&p->stage);
}

static bool note_first(void *self, const struct rh_actor_view *view)
{
    *(struct rh_pid *)self = view->pid;
    return false;
}

void program_finish(struct program *p)
{
    struct rh_node *node = p->stage.node;
    p->budget = 0;
    rh_node_set_filter(node, NULL);
    for (;;) {
        struct rh_pid pid = rh_pid_none();
        rh_inspect_each_actor(node, note_first, &pid);
        if (rh_pid_is_none(pid)) {
            break;
        }
        assert_status(rh_node_crash(node, p->stage.now, pid, rh_message_none()), RH_OK);
        stage_audit(&p->stage);
    }
    while (stats(&p->stage).signals_waiting > 0 || rh_node_next_due(node) != RH_NEVER) {
        if (stats(&p->stage).signals_waiting == 0 && rh_node_next_due(node) > p->stage.now) {
            p->stage.now = rh_node_next_due(node);
        }
        happen(p);
        stage_audit(&p->stage);
    }
    struct rh_node_stats end = stats(&p->stage);
    assert_int_equal(end.actors, 0);
    assert_int_equal(end.spawned, end.exited);
    assert_int_equal(end.entries, 0);
    assert_int_equal(end.links, 0);
    assert_int_equal(end.monitors, 0);
    assert_int_equal(end.timers, 0);
    assert_int_equal(end.messages_sent + p->stage.copies + p->stage.discards,
                     end.messages_handled + end.messages_dropped + end.messages_returned);
    assert_int_equal(p->inits, p->deinits);
}

void program_close(struct program *p)
{
    rh_node_destroy(p->stage.node);
    assert_int_equal(p->inits, p->deinits);
    assert_int_equal(p->purse.blocks, 0);
    assert_int_equal(p->purse.bytes, 0);
}

/* SPDX-License-Identifier: MIT */
/* What the actors of a swarm do, to anybody, in any turn. */
#include "core/remote/tests/swarm.h"

#include <string.h>

uint64_t swarm_below(struct swarm *s, uint64_t bound)
{
    s->random ^= s->random << 13;
    s->random ^= s->random >> 7;
    s->random ^= s->random << 17;
    return (s->random >> 16) % bound;
}

bool swarm_once_in(struct swarm *s, uint64_t times)
{
    return swarm_below(s, times) == 0;
}

static struct rh_pid some_pid(struct swarm *s)
{
    if (swarm_once_in(s, 40)) {
        struct rh_pid odd = {(uint32_t)swarm_below(s, 6), 1, 900 + (uint32_t)swarm_below(s, 9), 1};
        return odd; /* nobody */
    }
    return s->pids[swarm_below(s, SWARM_PIDS)];
}

static uint32_t some_node(struct swarm *s)
{
    return swarm_once_in(s, 24) ? 9 : (uint32_t)(1 + swarm_below(s, s->count));
}

static const char *some_name(struct swarm *s)
{
    static const char *const names[] = {"one", "two", "three"};
    return names[swarm_below(s, 3)];
}

static struct rh_ref some_ref(struct rh_context *ctx, struct swarm *s)
{
    uint64_t at = swarm_below(s, SWARM_REFS);
    for (int tries = 0; tries < 8 && !rh_pid_equal(s->refs[at].owner, rh_self(ctx)); tries++) {
        at = swarm_below(s, SWARM_REFS);
    }
    return s->refs[at];
}

static struct rh_message some_message(struct swarm *s, const struct rh_allocator *allocator)
{
    static char text[3000];
    memset(text, 'x', sizeof(text) - 1);
    size_t tail = swarm_once_in(s, 30) ? 1 : sizeof(text) - 1 - swarm_below(s, 60);
    return RH_ARRAY(allocator, "tag", swarm_below(s, 4), s->pids[swarm_below(s, SWARM_PIDS)],
                    (const char *)text + tail);
}

static struct rh_message some_reason(struct swarm *s, const struct rh_allocator *allocator)
{
    switch (swarm_below(s, 9)) {
    case 0:
        return rh_reason(RH_REASON_KILL);
    case 1:
        return rh_reason(RH_REASON_SHUTDOWN);
    case 2:
    case 3:
    case 4:
        return rh_reason(RH_REASON_NORMAL);
    case 5:
        return rh_message_none();
    default:
        return some_message(s, allocator);
    }
}

static struct rh_message message(struct rh_context *ctx, struct swarm *s)
{
    return some_message(s, rh_allocator_of(ctx));
}

static void keep_ref(struct swarm *s, enum rh_status status, struct rh_ref ref)
{
    if (status == RH_OK) {
        s->refs[swarm_below(s, SWARM_REFS)] = ref;
    }
}

static void keep_watch(struct swarm *s, enum rh_status status, struct rh_ref ref,
                       struct rh_pid target, bool lenient)
{
    keep_ref(s, status, ref);
    if (status == RH_OK) {
        assert_true(s->watch_count < SWARM_WATCHES);
        s->watches[s->watch_count++] =
            (struct swarm_watch){.ref = ref, .target = target, .lenient = lenient};
    }
}

static struct swarm_watch *watch_of(struct swarm *s, struct rh_ref ref)
{
    for (size_t i = 0; i < s->watch_count; i++) {
        if (rh_ref_equal(s->watches[i].ref, ref)) {
            return &s->watches[i];
        }
    }
    return NULL;
}

/* ---- the actors ---- */

struct swarm *swarm_playing;
static enum rh_status operate(struct rh_context *ctx, struct swarm *s);

static enum rh_status init(struct rh_context *ctx, void *state, const struct rh_delivery *start)
{
    (void)ctx;
    (void)state;
    (void)start;
    return swarm_once_in(swarm_playing, 16) ? RH_DONE : RH_OK;
}

static enum rh_status receive(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    struct swarm *s = swarm_playing;
    (void)state;
    if (in->kind == RH_DELIVERY_DOWN || in->kind == RH_DELIVERY_NODE_DOWN) {
        struct swarm_watch *watch = watch_of(s, rh_delivery_ref(ctx, in));
        if (watch != NULL) {
            assert_false(watch->withdrawn); /* a demonitor is a barrier */
            assert_int_equal(watch->fired, 0);
            watch->fired++;
        }
    }
    if (in->kind == RH_DELIVERY_SPAWN_REPLY && !rh_pid_is_none(in->from)) {
        s->pids[swarm_below(s, SWARM_PIDS)] = in->from;
    }
    if (s->budget == 0) {
        return RH_OK;
    }
    s->budget--;
    return operate(ctx, s);
}

const struct rh_behaviour swarm_anybody = {
    .name = "anybody", .state_bytes = 8, .init = init, .receive = receive};

const struct rh_behaviour *swarm_find_behaviour(void *self, const char *name)
{
    (void)self;
    return strcmp(name, "anybody") == 0 ? &swarm_anybody : NULL;
}

/* ---- the operations ---- */

#define PERFORM(name, expression)                                                                  \
    static enum rh_status name(struct rh_context *ctx, struct swarm *s)                            \
    {                                                                                              \
        return (expression);                                                                       \
    }

PERFORM(send_plain, rh_send(ctx, some_pid(s), message(ctx, s)))
PERFORM(send_back, rh_send_with(ctx, some_pid(s), message(ctx, s), RH_RETURN))
PERFORM(send_short, RH_SEND(ctx, some_pid(s), "tag", swarm_below(s, 4)))
PERFORM(send_name_at, rh_send_name_at(ctx, some_name(s), some_node(s), message(ctx, s)))
PERFORM(send_alias, rh_send_alias(ctx, s->refs[swarm_below(s, SWARM_REFS)], message(ctx, s)))
PERFORM(link_some, rh_link(ctx, some_pid(s)))
PERFORM(unlink_some, rh_unlink(ctx, some_pid(s), 0))
PERFORM(exit_signal, rh_exit_signal(ctx, some_pid(s), some_reason(s, rh_allocator_of(ctx))))
PERFORM(register_name, rh_register(ctx, some_name(s), rh_self(ctx)))
PERFORM(unregister, rh_unregister(ctx, some_name(s)))
PERFORM(group_join, rh_group_join(ctx, some_name(s), rh_self(ctx)))
PERFORM(group_leave, rh_group_leave(ctx, some_name(s), rh_self(ctx)))
PERFORM(trap, (rh_trap(ctx, !swarm_once_in(s, 3)), RH_OK))
PERFORM(leave, swarm_once_in(s, 6) ? rh_exit(ctx, some_reason(s, rh_allocator_of(ctx))) : RH_OK)

/* Ask for it, or kill whoever has that slot: perhaps an endpoint. */
static enum rh_status disconnect(struct rh_context *ctx, struct swarm *s)
{
    if (s->calm || !swarm_once_in(s, 5)) {
        return RH_OK;
    }
    struct rh_pid victim = {some_node(s), 1, 2 + (uint32_t)swarm_below(s, 20), 1};
    return swarm_once_in(s, 2) ? rh_disconnect(ctx, some_node(s))
                               : rh_exit_signal(ctx, victim, rh_reason(RH_REASON_KILL));
}

static enum rh_status unlink_own(struct rh_context *ctx, struct swarm *s)
{
    struct rh_pid partners[8];
    size_t count = rh_links(ctx, partners, 8);
    return count == 0 ? RH_NOT_FOUND
                      : rh_unlink(ctx, partners[swarm_below(s, count < 8 ? count : 8)], RH_FLUSH);
}

static enum rh_status link_again(struct rh_context *ctx, struct swarm *s)
{
    struct rh_pid partners[8];
    size_t count = rh_links(ctx, partners, 8);
    if (count == 0) {
        return RH_NOT_FOUND;
    }
    struct rh_pid to = partners[swarm_below(s, count < 8 ? count : 8)];
    enum rh_status status = rh_unlink(ctx, to, 0);
    return status == RH_OK ? rh_link(ctx, to) : status;
}

static enum rh_status ask_alive(struct rh_context *ctx, struct swarm *s)
{
    struct rh_ref ref;
    return rh_ask_alive(ctx, some_pid(s), &ref);
}

static enum rh_status monitor(struct rh_context *ctx, struct swarm *s)
{
    struct rh_ref ref;
    struct rh_pid target = some_pid(s);
    enum rh_alias_mode mode = (enum rh_alias_mode)swarm_below(s, 5);
    enum rh_status status = rh_monitor(ctx, target, mode, &ref);
    if (rh_pid_equal(target, rh_self(ctx))) {
        return status; /* a reference, but no monitor */
    }
    keep_watch(s, status, ref, target, mode == RH_ALIAS_REPLY_DEMONITOR);
    return status;
}

static enum rh_status monitor_name(struct rh_context *ctx, struct swarm *s)
{
    struct rh_ref ref;
    struct rh_pid target = {.node = some_node(s)};
    if (target.node == rh_self(ctx).node) {
        return RH_OK; /* the local one is tested elsewhere */
    }
    enum rh_status status = rh_monitor_name_at(ctx, some_name(s), target.node, RH_ALIAS_NONE, &ref);
    keep_watch(s, status, ref, target, true);
    return status;
}

static enum rh_status monitor_node(struct rh_context *ctx, struct swarm *s)
{
    struct rh_ref ref;
    struct rh_pid target = {.node = some_node(s)};
    if (swarm_once_in(s, 3)) {
        enum rh_status all = rh_monitor_nodes(ctx, &ref);
        keep_ref(s, all, ref);
        return all;
    }
    enum rh_status status = rh_monitor_node(ctx, target.node, &ref);
    keep_watch(s, status, ref, target, true);
    return status;
}

static enum rh_status demonitor(struct rh_context *ctx, struct swarm *s)
{
    struct rh_ref ref = some_ref(ctx, s);
    struct swarm_watch *watch = watch_of(s, ref);
    enum rh_status status = rh_demonitor(ctx, ref, RH_FLUSH);
    if (status == RH_OK && watch != NULL) {
        assert_int_equal(watch->fired, 0);
        watch->withdrawn = true;
    }
    return status;
}

static enum rh_status alias_open(struct rh_context *ctx, struct swarm *s)
{
    struct rh_ref ref;
    enum rh_status status = rh_alias_open(ctx, (enum rh_alias_mode)swarm_below(s, 5), &ref);
    keep_ref(s, status, ref);
    return status;
}

static enum rh_status spawn_at(struct rh_context *ctx, struct swarm *s)
{
    struct rh_spawn_options options = {.link = swarm_once_in(s, 2),
                                       .monitor = swarm_once_in(s, 2),
                                       .has_link_tag = swarm_once_in(s, 2),
                                       .link_tag = 7,
                                       .argument = message(ctx, s)};
    struct rh_ref ref;
    const char *what = swarm_once_in(s, 8) ? "nothing" : "anybody";
    return rh_spawn_at(ctx, some_node(s), what, &options, &ref);
}

static enum rh_status spawn_here(struct rh_context *ctx, struct swarm *s)
{
    struct rh_spawn_options options = {.link = swarm_once_in(s, 2), .trap = !swarm_once_in(s, 3)};
    struct rh_pid child;
    enum rh_status status = rh_spawn(ctx, &swarm_anybody, &options, &child, NULL);
    if (status == RH_OK) {
        s->pids[swarm_below(s, SWARM_PIDS)] = child;
    }
    return status;
}

static enum rh_status look_around(struct rh_context *ctx, struct swarm *s)
{
    struct rh_pid found[4];
    uint32_t numbers[4];
    (void)rh_group_members(ctx, some_name(s), found, 4);
    return rh_nodes(ctx, numbers, 4) < SWARM_NODES ? RH_OK : RH_FULL;
}

static const struct {
    const char *name;
    enum rh_status (*perform)(struct rh_context *ctx, struct swarm *s);
} operations[] = {
    {"send", send_plain},
    {"send_with", send_back},
    {"RH_SEND", send_short},
    {"send_name_at", send_name_at},
    {"send_alias", send_alias},
    {"link", link_some},
    {"link more", link_some},
    {"unlink", unlink_some},
    {"unlink own", unlink_own},
    {"link again", link_again},
    {"exit_signal", exit_signal},
    {"ask_alive", ask_alive},
    {"monitor", monitor},
    {"monitor more", monitor},
    {"monitor_name_at", monitor_name},
    {"monitor_node", monitor_node},
    {"demonitor", demonitor},
    {"alias_open", alias_open},
    {"register", register_name},
    {"unregister", unregister},
    {"group_join", group_join},
    {"group_leave", group_leave},
    {"spawn_at", spawn_at},
    {"spawn", spawn_here},
    {"trap", trap},
    {"disconnect", disconnect},
    {"look_around", look_around},
    {"exit", leave},
};

unsigned swarm_operation_count(void)
{
    return sizeof(operations) / sizeof(operations[0]);
}

const char *swarm_operation_name(unsigned operation)
{
    return operations[operation].name;
}

static enum rh_status operate(struct rh_context *ctx, struct swarm *s)
{
    unsigned which = (unsigned)swarm_below(s, swarm_operation_count());
    enum rh_status status = operations[which].perform(ctx, s);
    s->succeeded[which] += status == RH_OK;
    switch (status) {
    case RH_EXITED:
        return RH_EXITED;
    case RH_NO_MEMORY:
        assert_true(s->poor);
        return RH_OK;
    case RH_EXHAUSTED:
        assert_true(s->exhausted);
        return RH_OK;
    default:
        return RH_OK;
    }
}

enum rh_status swarm_operate(struct rh_context *ctx, void *state, void *argument)
{
    struct swarm *s = argument;
    enum rh_status status = RH_OK;
    (void)state;
    for (uint64_t i = 1 + swarm_below(s, 3); i > 0 && status == RH_OK; i--) {
        status = operate(ctx, s);
    }
    return status;
}

/* SPDX-License-Identifier: MIT */
#include "core/remote/tests/swarm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t below(struct swarm *s, uint64_t bound)
{
    s->random ^= s->random << 13;
    s->random ^= s->random >> 7;
    s->random ^= s->random << 17;
    return (s->random >> 16) % bound;
}

static bool once_in(struct swarm *s, uint64_t times)
{
    return below(s, times) == 0;
}

static struct rh_pid some_pid(struct swarm *s)
{
    if (once_in(s, 40)) {
        struct rh_pid odd = {(uint32_t)below(s, 6), 1, 900 + (uint32_t)below(s, 9), 1};
        return odd; /* nobody */
    }
    return s->pids[below(s, SWARM_PIDS)];
}

static uint32_t some_node(struct swarm *s)
{
    return once_in(s, 24) ? 9 : (uint32_t)(1 + below(s, s->count));
}

static const char *some_name(struct swarm *s)
{
    static const char *const names[] = {"one", "two", "three"};
    return names[below(s, 3)];
}

static struct rh_ref some_ref(struct rh_context *ctx, struct swarm *s)
{
    uint64_t at = below(s, SWARM_REFS);
    for (int tries = 0; tries < 8 && !rh_pid_equal(s->refs[at].owner, rh_self(ctx)); tries++) {
        at = below(s, SWARM_REFS);
    }
    return s->refs[at];
}

static struct rh_message some_message(struct swarm *s, const struct rh_allocator *allocator)
{
    static char text[3000];
    memset(text, 'x', sizeof(text) - 1);
    size_t tail = once_in(s, 30) ? 1 : sizeof(text) - 1 - below(s, 60);
    return RH_ARRAY(allocator, "tag", below(s, 4), s->pids[below(s, SWARM_PIDS)],
                    (const char *)text + tail);
}

static struct rh_message some_reason(struct swarm *s, const struct rh_allocator *allocator)
{
    switch (below(s, 9)) {
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
        s->refs[below(s, SWARM_REFS)] = ref;
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

static struct swarm *playing;
static enum rh_status operate(struct rh_context *ctx, struct swarm *s);

static enum rh_status init(struct rh_context *ctx, void *state, const struct rh_delivery *start)
{
    (void)ctx;
    (void)state;
    (void)start;
    return once_in(playing, 16) ? RH_DONE : RH_OK;
}

static enum rh_status receive(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    struct swarm *s = playing;
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
        s->pids[below(s, SWARM_PIDS)] = in->from;
    }
    if (s->budget == 0) {
        return RH_OK;
    }
    s->budget--;
    return operate(ctx, s);
}

static const struct rh_behaviour anybody = {
    .name = "anybody", .state_bytes = 8, .init = init, .receive = receive};

static const struct rh_behaviour *find_behaviour(void *self, const char *name)
{
    (void)self;
    return strcmp(name, "anybody") == 0 ? &anybody : NULL;
}

/* ---- the operations ---- */

#define PERFORM(name, expression)                                                                  \
    static enum rh_status name(struct rh_context *ctx, struct swarm *s)                            \
    {                                                                                              \
        return (expression);                                                                       \
    }

PERFORM(send_plain, rh_send(ctx, some_pid(s), message(ctx, s)))
PERFORM(send_back, rh_send_with(ctx, some_pid(s), message(ctx, s), RH_RETURN))
PERFORM(send_short, RH_SEND(ctx, some_pid(s), "tag", below(s, 4)))
PERFORM(send_name_at, rh_send_name_at(ctx, some_name(s), some_node(s), message(ctx, s)))
PERFORM(send_alias, rh_send_alias(ctx, s->refs[below(s, SWARM_REFS)], message(ctx, s)))
PERFORM(link_some, rh_link(ctx, some_pid(s)))
PERFORM(unlink_some, rh_unlink(ctx, some_pid(s), 0))
PERFORM(exit_signal, rh_exit_signal(ctx, some_pid(s), some_reason(s, rh_allocator_of(ctx))))
PERFORM(register_name, rh_register(ctx, some_name(s), rh_self(ctx)))
PERFORM(unregister, rh_unregister(ctx, some_name(s)))
PERFORM(group_join, rh_group_join(ctx, some_name(s), rh_self(ctx)))
PERFORM(group_leave, rh_group_leave(ctx, some_name(s), rh_self(ctx)))
PERFORM(trap, (rh_trap(ctx, !once_in(s, 3)), RH_OK))
PERFORM(leave, once_in(s, 6) ? rh_exit(ctx, some_reason(s, rh_allocator_of(ctx))) : RH_OK)

/* Ask for it, or kill whoever has that slot: perhaps an endpoint. */
static enum rh_status disconnect(struct rh_context *ctx, struct swarm *s)
{
    if (s->calm || !once_in(s, 5)) {
        return RH_OK;
    }
    struct rh_pid victim = {some_node(s), 1, 2 + (uint32_t)below(s, 20), 1};
    return once_in(s, 2) ? rh_disconnect(ctx, some_node(s))
                         : rh_exit_signal(ctx, victim, rh_reason(RH_REASON_KILL));
}

static enum rh_status unlink_own(struct rh_context *ctx, struct swarm *s)
{
    struct rh_pid partners[8];
    size_t count = rh_links(ctx, partners, 8);
    return count == 0 ? RH_NOT_FOUND
                      : rh_unlink(ctx, partners[below(s, count < 8 ? count : 8)], RH_FLUSH);
}

static enum rh_status link_again(struct rh_context *ctx, struct swarm *s)
{
    struct rh_pid partners[8];
    size_t count = rh_links(ctx, partners, 8);
    if (count == 0) {
        return RH_NOT_FOUND;
    }
    struct rh_pid to = partners[below(s, count < 8 ? count : 8)];
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
    enum rh_alias_mode mode = (enum rh_alias_mode)below(s, 5);
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
    enum rh_status status =
        rh_monitor_name_at(ctx, some_name(s), target.node, RH_ALIAS_NONE, &ref);
    keep_watch(s, status, ref, target, true);
    return status;
}

static enum rh_status monitor_node(struct rh_context *ctx, struct swarm *s)
{
    struct rh_ref ref;
    struct rh_pid target = {.node = some_node(s)};
    if (once_in(s, 3)) {
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
    enum rh_status status = rh_alias_open(ctx, (enum rh_alias_mode)below(s, 5), &ref);
    keep_ref(s, status, ref);
    return status;
}

static enum rh_status spawn_at(struct rh_context *ctx, struct swarm *s)
{
    struct rh_spawn_options options = {.link = once_in(s, 2),
                                       .monitor = once_in(s, 2),
                                       .has_link_tag = once_in(s, 2),
                                       .link_tag = 7,
                                       .argument = message(ctx, s)};
    struct rh_ref ref;
    const char *what = once_in(s, 8) ? "nothing" : "anybody";
    return rh_spawn_at(ctx, some_node(s), what, &options, &ref);
}

static enum rh_status spawn_here(struct rh_context *ctx, struct swarm *s)
{
    struct rh_spawn_options options = {.link = once_in(s, 2), .trap = !once_in(s, 3)};
    struct rh_pid child;
    enum rh_status status = rh_spawn(ctx, &anybody, &options, &child, NULL);
    if (status == RH_OK) {
        s->pids[below(s, SWARM_PIDS)] = child;
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
    unsigned which = (unsigned)below(s, swarm_operation_count());
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

static enum rh_status operate_a_little(struct rh_context *ctx, void *state, void *argument)
{
    struct swarm *s = argument;
    enum rh_status status = RH_OK;
    (void)state;
    for (uint64_t i = 1 + below(s, 3); i > 0 && status == RH_OK; i--) {
        status = operate(ctx, s);
    }
    return status;
}

/* ---- pipes ---- */

static void feed(struct swarm *s, uint32_t node, const struct rh_io *io)
{
    enum rh_status status = rh_node_feed(s->nodes[node], s->now, io, NULL);
    assert_true(status == RH_OK || status == RH_NOPROC);
}

static void end_drop_bytes(struct swarm_end *end)
{
    free(end->bytes);
    end->bytes = NULL;
    end->size = 0;
}

static void pipe_rest(struct swarm_pipe *pipe)
{
    if (!pipe->end[0].known && !pipe->end[1].known && !pipe->knocking) {
        end_drop_bytes(&pipe->end[0]);
        end_drop_bytes(&pipe->end[1]);
        pipe->used = false;
    }
}

static struct swarm_pipe *pipe_of(struct swarm *s, uint32_t node, struct rh_ref handle,
                                  struct swarm_end **ret_end)
{
    for (size_t i = 0; i < SWARM_PIPES; i++) {
        for (size_t e = 0; s->pipes[i].used && e < 2; e++) {
            struct swarm_end *end = &s->pipes[i].end[e];
            if (end->known && end->node == node && rh_ref_equal(end->handle, handle)) {
                *ret_end = end;
                return &s->pipes[i];
            }
        }
    }
    return NULL;
}

static struct swarm_end *other(struct swarm_pipe *pipe, const struct swarm_end *end)
{
    return end == &pipe->end[0] ? &pipe->end[1] : &pipe->end[0];
}

static void end_close(struct swarm_pipe *pipe, struct swarm_end *end)
{
    end->known = false;
    end_drop_bytes(end);
    other(pipe, end)->eof = true;
    pipe->knocking = false;
    pipe_rest(pipe);
}

static void connect_effect(struct swarm *s, uint32_t node, const struct rh_effect *effect)
{
    struct swarm_pipe *pipe = NULL;
    for (size_t i = 0; i < SWARM_PIPES && pipe == NULL; i++) {
        pipe = s->pipes[i].used ? NULL : &s->pipes[i];
    }
    assert_non_null(pipe);
    uint32_t to = (uint32_t)strtoul(effect->address + 5, NULL, 10) - 1;
    *pipe = (struct swarm_pipe){.used = true, .knocking = true};
    pipe->end[0] = (struct swarm_end){.node = node, .handle = effect->handle, .known = true};
    pipe->end[1] = (struct swarm_end){.node = to};
}

static void knock(struct swarm *s, struct swarm_pipe *pipe)
{
    struct swarm_end *far = &pipe->end[1];
    enum rh_status status = RH_NOPROC;
    pipe->knocking = false;
    if (s->nodes[far->node] != NULL && s->listeners[far->node].ordinal != 0) {
        struct rh_io io = {.kind = RH_IO_ACCEPTED, .handle = s->listeners[far->node]};
        far->known = true;
        status = rh_node_feed(s->nodes[far->node], s->now, &io, &far->handle);
        far->known = status == RH_OK;
    }
    if (status == RH_OK) {
        pipe->end[0].opened_due = true;
        return;
    }
    struct rh_io io = {
        .kind = RH_IO_CLOSED, .handle = pipe->end[0].handle, .why = RH_CLOSE_REFUSED};
    pipe->end[0].known = false;
    feed(s, pipe->end[0].node, &io);
    pipe_rest(pipe);
}

static void write_effect(struct swarm *s, uint32_t node, const struct rh_effect *effect)
{
    struct swarm_end *end = NULL;
    struct swarm_pipe *pipe = pipe_of(s, node, effect->handle, &end);
    if (pipe == NULL) {
        return;
    }
    struct swarm_end *far = other(pipe, end);
    if (far->known && !end->reset_due && !far->reset_due) {
        far->bytes = realloc(far->bytes, far->size + effect->size);
        assert_non_null(far->bytes);
        memcpy(far->bytes + far->size, effect->bytes, effect->size);
        far->size += effect->size;
        s->bytes_crossed += effect->size;
    }
    end->written_due = true;
}

static bool apply_one(struct swarm *s, uint32_t node)
{
    struct rh_effect effect;
    struct swarm_end *end = NULL;
    struct swarm_pipe *pipe;
    if (!rh_node_take_effect(s->nodes[node], &effect)) {
        return false;
    }
    switch (effect.kind) {
    case RH_EFFECT_CONNECT:
        connect_effect(s, node, &effect);
        break;
    case RH_EFFECT_LISTEN:
        s->listeners[node] = effect.handle;
        feed(s, node, &(struct rh_io){.kind = RH_IO_OPENED, .handle = effect.handle});
        break;
    case RH_EFFECT_WRITE:
        write_effect(s, node, &effect);
        break;
    case RH_EFFECT_CLOSE:
        pipe = pipe_of(s, node, effect.handle, &end);
        if (pipe != NULL) {
            end_close(pipe, end);
        } else if (rh_ref_equal(effect.handle, s->listeners[node])) {
            s->listeners[node] = (struct rh_ref){.ordinal = 0};
        }
        feed(s, node, &(struct rh_io){.kind = RH_IO_CLOSED, .handle = effect.handle});
        break;
    default:
        rh_message_unref(effect.message);
        break;
    }
    return true;
}

static void tell_end(struct swarm *s, struct swarm_end *end, enum rh_io_kind kind,
                     enum rh_close_why why)
{
    if (kind == RH_IO_CLOSED) {
        end->known = false;
    }
    feed(s, end->node, &(struct rh_io){.kind = kind, .handle = end->handle, .why = why});
}

static void deliver_bytes(struct swarm *s, struct swarm_end *end)
{
    size_t size = once_in(s, 3) ? end->size : 1 + (size_t)below(s, end->size < 40 ? end->size : 40);
    uint8_t *piece = malloc(size);
    assert_non_null(piece);
    memcpy(piece, end->bytes, size);
    memmove(end->bytes, end->bytes + size, end->size - size);
    end->size -= size;
    struct rh_io io = {.kind = RH_IO_BYTES, .handle = end->handle, .bytes = piece, .size = size};
    feed(s, end->node, &io);
    free(piece);
}

/* Whatever the driver owes this end, the oldest first. */
static bool serve_end(struct swarm *s, struct swarm_pipe *pipe, struct swarm_end *end)
{
    if (!end->known || s->nodes[end->node] == NULL) {
        return false;
    }
    if (end->reset_due) {
        end_drop_bytes(end);
        tell_end(s, end, RH_IO_CLOSED, RH_CLOSE_RESET);
    } else if (end->opened_due) {
        end->opened_due = false;
        tell_end(s, end, RH_IO_OPENED, RH_CLOSE_REQUESTED);
    } else if (end->written_due && once_in(s, 2)) {
        end->written_due = false;
        tell_end(s, end, RH_IO_WRITTEN, RH_CLOSE_REQUESTED);
    } else if (end->size > 0) {
        deliver_bytes(s, end);
    } else if (end->eof) {
        tell_end(s, end, RH_IO_CLOSED, RH_CLOSE_EOF);
    } else if (end->written_due) {
        end->written_due = false;
        tell_end(s, end, RH_IO_WRITTEN, RH_CLOSE_REQUESTED);
    } else {
        return false;
    }
    pipe_rest(pipe);
    return true;
}

static bool serve_pipe(struct swarm *s, struct swarm_pipe *pipe)
{
    if (!pipe->used) {
        return false;
    }
    if (pipe->knocking) {
        knock(s, pipe);
        return true;
    }
    size_t first = (size_t)below(s, 2);
    return serve_end(s, pipe, &pipe->end[first]) ||
           (pipe->used && serve_end(s, pipe, &pipe->end[1 - first]));
}

static bool break_pipe(struct swarm *s, struct swarm_pipe *pipe)
{
    if (!pipe->used || pipe->knocking) {
        return false;
    }
    for (size_t e = 0; e < 2; e++) {
        pipe->end[e].reset_due = true;
        if (once_in(s, 2)) {
            end_drop_bytes(&pipe->end[e]);
        }
    }
    return true;
}

/* ---- nodes ---- */

static enum rh_status listen_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    (void)argument;
    struct rh_pid listener;
    char address[32];
    (void)snprintf(address, sizeof(address), "node:%u", rh_self(ctx).node);
    (void)!rh_listener_spawn(ctx, address, NULL, &listener);
    return RH_OK;
}

static enum rh_status keep(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    (void)ctx;
    (void)state;
    (void)in;
    return RH_OK;
}

static const struct rh_behaviour keeper = {.name = "keeper", .receive = keep};

static void enter_somebody(struct swarm *s, uint32_t node)
{
    struct rh_spawn_options options = {.trap = !once_in(s, 3)};
    struct rh_pid pid;
    if (rh_node_spawn(s->nodes[node], s->now, &anybody, &options, &pid) == RH_OK) {
        s->pids[below(s, SWARM_PIDS)] = pid;
    }
}

static void node_open(struct swarm *s, uint32_t index)
{
    struct rh_node_options options = {
        .node = index + 1,
        .incarnation = ++s->incarnation[index],
        .limits = &s->limits,
        .allocator = &s->allocator,
        .find_behaviour = find_behaviour,
        .first_generation = s->first_generation,
    };
    if (rh_node_create(&options, &s->nodes[index]) != RH_OK) {
        assert_true(s->poor);
        s->nodes[index] = NULL;
        return;
    }
    for (uint32_t peer = 1; peer <= s->count; peer++) {
        char address[32];
        (void)snprintf(address, sizeof(address), "node:%u", peer);
        struct rh_endpoint_options know = {.address = address, .node = peer};
        enum rh_status status = rh_node_know(s->nodes[index], &know);
        assert_true(peer == index + 1 ? status == RH_INVALID : status == RH_OK || s->poor);
    }
    struct rh_pid root;
    struct rh_spawn_options trap = {.trap = true};
    if (rh_node_spawn(s->nodes[index], s->now, &keeper, &trap, &root) == RH_OK) {
        (void)rh_node_run(s->nodes[index], s->now, 1);
        (void)!rh_node_turn(s->nodes[index], s->now, root, listen_turn, NULL);
    }
    for (int i = 0; i < 4; i++) {
        enter_somebody(s, index);
    }
}

static void node_kill(struct swarm *s, uint32_t node)
{
    rh_node_destroy(s->nodes[node]);
    s->nodes[node] = NULL;
    s->listeners[node] = (struct rh_ref){.ordinal = 0};
    for (size_t i = 0; i < SWARM_PIPES; i++) {
        for (size_t e = 0; e < 2 && s->pipes[i].used; e++) {
            if (s->pipes[i].end[e].known && s->pipes[i].end[e].node == node) {
                end_close(&s->pipes[i], &s->pipes[i].end[e]);
            }
        }
    }
}

void swarm_open(struct swarm *s, uint64_t seed, uint32_t count)
{
    if (s->limits.actors_max == 0) {
        s->limits = rh_limits_default();
    }
    s->count = count;
    s->allocator = purse_allocator(&s->purse);
    s->random = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
    s->budget = 150;
    playing = s;
    for (uint32_t i = 0; i < count; i++) {
        node_open(s, i);
    }
}

static void validate(struct swarm *s)
{
    for (uint32_t i = 0; i < s->count; i++) {
        const char *what = NULL;
        if (s->nodes[i] != NULL && !rh_inspect_validate(s->nodes[i], &what)) {
            fail_msg("node %u: %s", i + 1, what);
        }
    }
}

struct pick {
    size_t wanted;
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

static bool happen(struct swarm *s, uint32_t index)
{
    struct rh_node *node = s->nodes[index];
    if (node == NULL) {
        return false;
    }
    if (!s->any_order) {
        return rh_node_run(node, s->now, 1) > 0;
    }
    struct pick count = {.wanted = SIZE_MAX};
    rh_node_each_pending(node, s->now, pick_one, &count);
    if (count.seen == 0) {
        return false;
    }
    struct pick pick = {.wanted = below(s, count.seen)};
    rh_node_each_pending(node, s->now, pick_one, &pick);
    rh_node_execute(node, s->now, &pick.pending);
    return true;
}

static void let_act(struct swarm *s)
{
    struct rh_pid actor = s->pids[below(s, SWARM_PIDS)];
    if (actor.node == 0 || s->nodes[actor.node - 1] == NULL) {
        return;
    }
    enum rh_status status =
        rh_node_turn(s->nodes[actor.node - 1], s->now, actor, operate_a_little, s);
    assert_true(status == RH_OK || status == RH_NOPROC);
}

static void meddle(struct swarm *s)
{
    uint32_t node = (uint32_t)below(s, s->count);
    if (s->nodes[node] == NULL) {
        node_open(s, node);
    } else if (once_in(s, 2)) {
        enter_somebody(s, node);
    } else if (!s->calm && once_in(s, 3)) {
        (void)break_pipe(s, &s->pipes[below(s, SWARM_PIPES)]);
    } else if (!s->calm && once_in(s, 12)) {
        node_kill(s, node);
    }
}

void swarm_step(struct swarm *s)
{
    uint32_t node = (uint32_t)below(s, s->count);
    switch (below(s, 20)) {
    case 0:
    case 1:
    case 2:
        let_act(s);
        break;
    case 3:
        meddle(s);
        break;
    case 4:
    case 5:
    case 6:
    case 7:
    case 8:
        (void)(s->nodes[node] != NULL && apply_one(s, node));
        break;
    case 9:
    case 10:
    case 11:
    case 12:
        for (size_t i = 0, at = (size_t)below(s, SWARM_PIPES);
             i < SWARM_PIPES && !serve_pipe(s, &s->pipes[(at + i) % SWARM_PIPES]); i++) {
        }
        break;
    default:
        (void)happen(s, node);
        break;
    }
    validate(s);
}

/* ---- what must hold when nothing is on its way ---- */

static bool lives(const struct swarm *s, struct rh_pid pid)
{
    return pid.node >= 1 && pid.node <= s->count && s->nodes[pid.node - 1] != NULL &&
           rh_inspect_is_alive(s->nodes[pid.node - 1], pid);
}

struct seek {
    struct rh_pid wanted;
    uint64_t ordinal;
    bool found;
};

static bool seek_one(void *self, struct rh_pid partner, uint64_t ordinal, const char *name)
{
    struct seek *seek = self;
    (void)name;
    seek->found = seek->found || (seek->ordinal == 0 ? rh_pid_equal(partner, seek->wanted)
                                                     : ordinal == seek->ordinal);
    return true;
}

struct pair {
    struct swarm *swarm;
    struct rh_pid self;
};

static bool agree_link(void *self, struct rh_pid partner, uint64_t ordinal, const char *name)
{
    const struct pair *pair = self;
    (void)ordinal;
    (void)name;
    if (!lives(pair->swarm, partner)) {
        fail_msg("linked to a dead actor of node %u", partner.node);
    }
    struct seek seek = {.wanted = pair->self};
    rh_inspect_each_relation(pair->swarm->nodes[partner.node - 1], partner, RH_RELATION_LINK,
                             seek_one, &seek);
    if (!seek.found) {
        fail_msg("%u.%u.%u is linked to %u.%u.%u, which is not", pair->self.node, pair->self.slot,
                 pair->self.generation, partner.node, partner.slot, partner.generation);
    }
    return true;
}

static bool agree_watcher(void *self, struct rh_pid watcher, uint64_t ordinal, const char *name)
{
    const struct pair *pair = self;
    (void)name;
    if (!lives(pair->swarm, watcher)) {
        fail_msg("watched by a dead actor of node %u", watcher.node);
    }
    (void)ordinal; /* of a remote one it is the connection's reference */
    return true;
}

static bool agree(void *self, const struct rh_actor_view *view)
{
    struct swarm *s = self;
    struct pair pair = {s, view->pid};
    struct rh_node *node = s->nodes[view->pid.node - 1];
    rh_inspect_each_relation(node, view->pid, RH_RELATION_LINK, agree_link, &pair);
    rh_inspect_each_relation(node, view->pid, RH_RELATION_WATCHER, agree_watcher, &pair);
    return true;
}

static void agree_watches(const struct swarm *s)
{
    for (size_t i = 0; i < s->watch_count; i++) {
        const struct swarm_watch *watch = &s->watches[i];
        struct rh_pid self = watch->ref.owner;
        bool over = watch->fired > 0 || watch->withdrawn;
        if (over || !lives(s, self) || watch->lenient) {
            continue;
        }
        struct seek seek = {.ordinal = watch->ref.ordinal};
        rh_inspect_each_relation(s->nodes[self.node - 1], self, RH_RELATION_MONITOR, seek_one,
                                 &seek);
        if (!seek.found || !lives(s, watch->target)) {
            fail_msg("a monitor of %u.%u.%u/%u on node %u has not fired (%s)", self.node, self.slot, self.generation, (unsigned)watch->ref.ordinal,
                     watch->target.node, seek.found ? "target dead" : "lost");
        }
    }
}

void swarm_settle(struct swarm *s)
{
    bool busy = true;
    while (busy) {
        busy = false;
        for (uint32_t node = 0; node < s->count; node++) {
            busy = happen(s, node) || busy;
            while (s->nodes[node] != NULL && apply_one(s, node)) {
                busy = true;
            }
        }
        for (size_t i = 0; i < SWARM_PIPES; i++) {
            busy = serve_pipe(s, &s->pipes[i]) || busy;
        }
        validate(s);
    }
    for (uint32_t i = 0; i < s->count; i++) {
        if (s->nodes[i] != NULL) {
            rh_inspect_each_actor(s->nodes[i], agree, s);
        }
    }
    agree_watches(s);
}

struct last {
    struct rh_pid pid;
};

static bool somebody(void *self, const struct rh_actor_view *view)
{
    struct last *last = self;
    if (strcmp(view->behaviour, "anybody") == 0) {
        last->pid = view->pid;
        return false;
    }
    return true;
}

static bool is_empty(void *self, const struct rh_connection_view *view)
{
    (void)self;
    assert_int_equal(view->proxy_count, 0);
    assert_int_equal(view->export_count, 0);
    assert_int_equal(view->monitor_count, 0);
    assert_int_equal(view->unlink_count, 0);
    assert_int_equal(view->held_count, 0);
    assert_int_equal(view->lane_bytes, 0);
    return true;
}

void swarm_finish(struct swarm *s)
{
    s->budget = 0;
    swarm_settle(s);
    for (uint32_t i = 0; i < s->count; i++) {
        struct last last = {rh_pid_none()};
        while (s->nodes[i] != NULL) {
            last.pid = rh_pid_none();
            rh_inspect_each_actor(s->nodes[i], somebody, &last);
            if (rh_pid_is_none(last.pid)) {
                break;
            }
            assert_status(rh_node_crash(s->nodes[i], s->now, last.pid, rh_message_none()), RH_OK);
        }
    }
    swarm_settle(s);
    for (uint32_t i = 0; i < s->count; i++) {
        struct rh_node_stats stats;
        if (s->nodes[i] == NULL) {
            continue;
        }
        rh_node_stats(s->nodes[i], &stats);
        assert_int_equal(stats.signals_waiting, 0);
        assert_int_equal(stats.monitors, 0);
        assert_int_equal(stats.proxies, 0);
        assert_int_equal(stats.exports, 0);
        assert_int_equal(stats.entries, stats.links); /* endpoints, listener and keeper */
        rh_inspect_each_connection(s->nodes[i], is_empty, s);
    }
}

void swarm_close(struct swarm *s)
{
    for (uint32_t i = 0; i < s->count; i++) {
        if (s->nodes[i] != NULL) {
            node_kill(s, i);
        }
    }
    for (size_t i = 0; i < SWARM_PIPES; i++) {
        end_drop_bytes(&s->pipes[i].end[0]);
        end_drop_bytes(&s->pipes[i].end[1]);
    }
    assert_int_equal(s->purse.blocks, 0);
    assert_int_equal(s->purse.bytes, 0);
}

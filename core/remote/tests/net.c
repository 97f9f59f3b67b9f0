/* SPDX-License-Identifier: MIT */
#include "core/remote/tests/net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOBODY UINT32_MAX

/* ---- actors that write down what they hear ---- */

static size_t print_name(void *self, struct rh_pid pid, char *buffer, size_t capacity)
{
    const struct net *net = self;
    char text[32];
    (void)snprintf(text, sizeof(text), "?%u", pid.node);
    for (size_t i = 0; i < net->actor_count; i++) {
        if (rh_pid_equal(net->actors[i].pid, pid)) {
            return (size_t)snprintf(buffer, capacity, "%s", net->actors[i].name);
        }
    }
    if (pid.generation == 0) {
        (void)snprintf(text, sizeof(text), pid.node == 0 ? "-" : "n%u", pid.node);
    }
    return (size_t)snprintf(buffer, capacity, "%s", text);
}

static enum rh_status receive(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    (void)state;
    struct net *net = (struct net *)(uintptr_t)rh_config(ctx);
    struct net_actor *actor = NULL;
    for (size_t i = 0; i < net->actor_count; i++) {
        actor = rh_pid_equal(net->actors[i].pid, rh_self(ctx)) ? &net->actors[i] : actor;
    }
    if (actor == NULL) {
        return RH_OK;
    }
    struct rh_print_names names = {print_name, net};
    char from[32];
    char payload[512] = "";
    (void)print_name(net, in->from, from, sizeof(from));
    if (rh_message_size(&in->message) > 0) {
        (void)rh_message_print(&in->message, &names, payload, sizeof(payload));
    }
    const char *name = rh_delivery_name(ctx, in);
    size_t used = strlen(actor->heard);
    (void)snprintf(
        actor->heard + used, sizeof(actor->heard) - used, "%s %s%s%s%s%s%s; ",
        rh_delivery_kind_word((enum rh_delivery_kind)in->kind), from, payload[0] == '\0' ? "" : " ",
        payload, name == NULL ? "" : " name=", name == NULL ? "" : name,
        in->kind == RH_DELIVERY_LIVENESS ? (rh_delivery_is_alive(in) ? " yes" : " no") : "");
    return RH_OK;
}

static struct rh_behaviour recorder;

static const struct rh_behaviour *find_behaviour(void *self, const char *name)
{
    (void)self;
    return strcmp(name, "recorder") == 0 ? &recorder : NULL;
}

/* ---- pipes ---- */

static struct net_pipe *pipe_of(struct net *net, uint32_t node, struct rh_ref handle,
                                struct net_end **ret_end)
{
    for (size_t i = 0; i < NET_PIPES; i++) {
        for (size_t e = 0; net->pipes[i].used && e < 2; e++) {
            struct net_end *end = &net->pipes[i].end[e];
            if (end->open && end->node == node && rh_ref_equal(end->handle, handle)) {
                *ret_end = end;
                return &net->pipes[i];
            }
        }
    }
    return NULL;
}

static struct net_end *other(struct net_pipe *pipe, const struct net_end *end)
{
    return end == &pipe->end[0] ? &pipe->end[1] : &pipe->end[0];
}

static struct net_pipe *pipe_new(struct net *net)
{
    for (size_t i = 0; i < NET_PIPES; i++) {
        if (!net->pipes[i].used) {
            net->pipes[i] = (struct net_pipe){.used = true};
            return &net->pipes[i];
        }
    }
    fail_msg("too many pipes");
    return NULL;
}

static void feed(struct net *net, uint32_t node, const struct rh_io *io, struct rh_ref *accepted)
{
    enum rh_status status = rh_node_feed(net->nodes[node], net->now, io, accepted);
    assert_true(status == RH_OK || status == RH_NOPROC);
}

static void append(struct net_end *end, const uint8_t *bytes, size_t size)
{
    end->bytes = realloc(end->bytes, end->size + size);
    assert_non_null(end->bytes);
    memcpy(end->bytes + end->size, bytes, size);
    end->size += size;
}

/* One end closes: the other one gets what is under way and then the end. */
static void end_close(struct net_pipe *pipe, struct net_end *end)
{
    end->open = false;
    free(end->bytes);
    end->bytes = NULL;
    end->size = 0;
    other(pipe, end)->eof = true;
    pipe->used = other(pipe, end)->open;
}

static void connect_effect(struct net *net, uint32_t node, const struct rh_effect *effect)
{
    struct rh_io io = {.handle = effect->handle};
    uint32_t to = NOBODY;
    if (strncmp(effect->address, "node:", 5) == 0) {
        to = (uint32_t)strtoul(effect->address + 5, NULL, 10) - 1;
    }
    if (to >= net->count || net->nodes[to] == NULL || net->listeners[to].ordinal == 0) {
        io.kind = RH_IO_CLOSED;
        io.why = RH_CLOSE_REFUSED;
        feed(net, node, &io, NULL);
        return;
    }
    struct rh_ref accepted;
    struct rh_io knock = {.kind = RH_IO_ACCEPTED, .handle = net->listeners[to]};
    feed(net, to, &knock, &accepted);
    struct net_pipe *pipe = pipe_new(net);
    pipe->end[0] = (struct net_end){.node = node, .handle = effect->handle, .open = true};
    pipe->end[1] = (struct net_end){.node = to, .handle = accepted, .open = true};
    io.kind = RH_IO_OPENED;
    feed(net, node, &io, NULL);
}

static void write_effect(struct net *net, uint32_t node, const struct rh_effect *effect)
{
    struct net_end *end = NULL;
    struct net_pipe *pipe = pipe_of(net, node, effect->handle, &end);
    if (pipe == NULL) {
        return;
    }
    if (net->stalled && other(pipe, end)->node == NOBODY) {
        return; /* the test does not read: the write is never done */
    }
    if (other(pipe, end)->open) {
        append(other(pipe, end), effect->bytes, effect->size);
        net->frames += effect->size;
    }
    feed(net, node, &(struct rh_io){.kind = RH_IO_WRITTEN, .handle = effect->handle}, NULL);
}

static void close_effect(struct net *net, uint32_t node, const struct rh_effect *effect)
{
    struct net_end *end = NULL;
    struct net_pipe *pipe = pipe_of(net, node, effect->handle, &end);
    if (pipe != NULL) {
        end_close(pipe, end);
    }
    feed(net, node, &(struct rh_io){.kind = RH_IO_CLOSED, .handle = effect->handle}, NULL);
}

static bool apply_one(struct net *net, uint32_t node)
{
    struct rh_effect effect;
    if (!rh_node_take_effect(net->nodes[node], &effect)) {
        return false;
    }
    switch (effect.kind) {
    case RH_EFFECT_CONNECT:
        connect_effect(net, node, &effect);
        break;
    case RH_EFFECT_LISTEN:
        net->listeners[node] = effect.handle;
        feed(net, node, &(struct rh_io){.kind = RH_IO_OPENED, .handle = effect.handle}, NULL);
        break;
    case RH_EFFECT_WRITE:
        write_effect(net, node, &effect);
        break;
    case RH_EFFECT_CLOSE:
        close_effect(net, node, &effect);
        break;
    default:
        rh_message_unref(effect.message);
        break;
    }
    return true;
}

static bool deliver_one(struct net *net, struct net_pipe *pipe, struct net_end *end)
{
    if (!end->open || end->node == NOBODY || net->frozen[end->node] ||
        (end->size == 0 && !end->eof)) {
        return false;
    }
    struct rh_io io = {.kind = RH_IO_BYTES, .handle = end->handle};
    if (end->size == 0) {
        io.kind = RH_IO_CLOSED;
        io.why = RH_CLOSE_EOF;
        free(end->bytes);
        end->bytes = NULL;
        end->open = false;
        pipe->used = other(pipe, end)->open;
        feed(net, end->node, &io, NULL);
        return true;
    }
    size_t size = net->chunk == 0 || net->chunk > end->size ? end->size : net->chunk;
    uint8_t *piece = malloc(size);
    assert_non_null(piece);
    memcpy(piece, end->bytes, size);
    memmove(end->bytes, end->bytes + size, end->size - size);
    end->size -= size;
    io.bytes = piece;
    io.size = size;
    feed(net, end->node, &io, NULL);
    free(piece);
    return true;
}

bool net_round(struct net *net)
{
    bool busy = false;
    for (uint32_t node = 0; node < net->count; node++) {
        if (net->nodes[node] == NULL || net->frozen[node]) {
            continue;
        }
        busy = (!net->idle && rh_node_run(net->nodes[node], net->now, 1) > 0) || busy;
        const char *what = NULL;
        assert_true(rh_inspect_validate(net->nodes[node], &what));
        while (net->nodes[node] != NULL && apply_one(net, node)) {
            busy = true;
        }
    }
    for (size_t i = 0; i < NET_PIPES; i++) {
        for (size_t e = 0; e < 2 && net->pipes[i].used; e++) {
            busy = deliver_one(net, &net->pipes[i], &net->pipes[i].end[e]) || busy;
        }
    }
    return busy;
}

void net_settle(struct net *net)
{
    while (net_round(net)) {
    }
}

/* ---- opening ---- */

static enum rh_status listen_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    const struct net *net = rh_config(ctx);
    struct rh_pid listener;
    char address[32];
    struct rh_endpoint_options options = {.relay = net->relay};
    (void)snprintf(address, sizeof(address), "node:%u", *(const uint32_t *)argument);
    return rh_listener_spawn(ctx, address, &options, &listener);
}

static void net_event(void *self, const struct rh_event *event)
{
    struct net *net = self;
    if ((net->kinds >> event->kind & 1) == 0) {
        return;
    }
    char actor[32];
    char peer[32];
    (void)print_name(net, event->actor, actor, sizeof(actor));
    (void)print_name(net, event->peer, peer, sizeof(peer));
    size_t used = strlen(net->log);
    (void)snprintf(net->log + used, sizeof(net->log) - used, "%s %s %s %s; ",
                   rh_event_kind_word(event->kind), rh_signal_kind_word(event->signal), actor,
                   peer);
}

static void node_open(struct net *net, uint32_t index)
{
    struct rh_observer observer = {net_event, net};
    struct rh_node_options options = {
        .node = index + 1,
        .incarnation = ++net->incarnation[index],
        .limits = &net->limits,
        .observer = &observer,
        .allocator = net->allocator,
        .first_generation = net->first_generation,
        .find_behaviour = find_behaviour,
    };
    assert_int_equal(rh_node_create(&options, &net->nodes[index]), RH_OK);
    for (uint32_t peer = 1; peer <= net->count; peer++) {
        char address[32];
        (void)snprintf(address, sizeof(address), "node:%u", peer);
        struct rh_endpoint_options know = {.address = address, .node = peer};
        if (peer != index + 1) {
            assert_int_equal(rh_node_know(net->nodes[index], &know), RH_OK);
        }
    }
    struct rh_pid root;
    uint32_t number = index + 1;
    struct rh_spawn_options trap = {.trap = true};
    assert_int_equal(rh_node_spawn(net->nodes[index], net->now, &recorder, &trap, &root), RH_OK);
    net_settle(net);
    assert_int_equal(rh_node_turn(net->nodes[index], net->now, root, listen_turn, &number), RH_OK);
    net_settle(net);
}

void net_open_in(struct net *net, size_t count, const struct rh_limits *limits,
                 const struct rh_allocator *allocator)
{
    *net = (struct net){.count = count, .limits = *limits, .allocator = allocator};
    recorder = (struct rh_behaviour){.name = "recorder", .receive = receive, .config = net};
    for (uint32_t i = 0; i < count; i++) {
        node_open(net, i);
    }
}

void net_open_relay(struct net *net)
{
    *net = (struct net){.count = 1, .limits = rh_limits_default(), .relay = true};
    recorder = (struct rh_behaviour){.name = "recorder", .receive = receive, .config = net};
    node_open(net, 0);
}

void net_open_with(struct net *net, size_t count, const struct rh_limits *limits)
{
    net_open_in(net, count, limits, NULL);
}

void net_open_late(struct net *net, size_t count, uint32_t first_generation)
{
    *net = (struct net){
        .count = count, .limits = rh_limits_default(), .first_generation = first_generation};
    recorder = (struct rh_behaviour){.name = "recorder", .receive = receive, .config = net};
    for (uint32_t i = 0; i < count; i++) {
        node_open(net, i);
    }
}

void net_restart(struct net *net, uint32_t node)
{
    node_open(net, node - 1);
}

void net_open(struct net *net, size_t count)
{
    struct rh_limits limits = rh_limits_default();
    net_open_with(net, count, &limits);
}

void net_close(struct net *net)
{
    for (uint32_t i = 0; i < net->count; i++) {
        if (net->nodes[i] != NULL) {
            const char *what = NULL;
            assert_true(rh_inspect_validate(net->nodes[i], &what));
            rh_node_destroy(net->nodes[i]);
        }
    }
    for (size_t i = 0; i < NET_PIPES; i++) {
        free(net->pipes[i].end[0].bytes);
        free(net->pipes[i].end[1].bytes);
    }
}

/* ---- acting ---- */

struct rh_pid net_actor_with(struct net *net, uint32_t node, const char *name,
                             const struct rh_spawn_options *options)
{
    struct net_actor *actor = &net->actors[net->actor_count++];
    assert_true(net->actor_count <= NET_ACTORS);
    *actor = (struct net_actor){.name = name, .node = node - 1};
    assert_int_equal(rh_node_spawn(net->nodes[node - 1], net->now, &recorder, options, &actor->pid),
                     RH_OK);
    net_settle(net);
    actor->heard[0] = '\0';
    return actor->pid;
}

struct rh_pid net_actor(struct net *net, uint32_t node, const char *name)
{
    struct rh_spawn_options options = {.trap = true};
    return net_actor_with(net, node, name, &options);
}

static struct net_actor *actor_of(const struct net *net, const char *name)
{
    for (size_t i = 0; i < net->actor_count; i++) {
        if (strcmp(net->actors[i].name, name) == 0) {
            return (struct net_actor *)(uintptr_t)&net->actors[i];
        }
    }
    fail_msg("no actor %s", name);
    return NULL;
}

const char *net_heard(struct net *net, const char *name)
{
    static char heard[2048];
    struct net_actor *actor = actor_of(net, name);
    (void)snprintf(heard, sizeof(heard), "%s", actor->heard);
    actor->heard[0] = '\0';
    return heard;
}

struct rh_pid net_pid(const struct net *net, const char *name)
{
    return actor_of(net, name)->pid;
}

bool net_alive(const struct net *net, const char *name)
{
    const struct net_actor *actor = actor_of(net, name);
    return net->nodes[actor->node] != NULL &&
           rh_inspect_is_alive(net->nodes[actor->node], actor->pid);
}

void net_act(struct net *net, const char *name,
             enum rh_status (*body)(struct rh_context *, void *, void *), void *argument)
{
    struct net_actor *actor = actor_of(net, name);
    assert_int_equal(rh_node_turn(net->nodes[actor->node], net->now, actor->pid, body, argument),
                     RH_OK);
}

void net_cut(struct net *net, uint32_t a, uint32_t b)
{
    for (size_t i = 0; i < NET_PIPES; i++) {
        struct net_pipe *pipe = &net->pipes[i];
        bool between = (pipe->end[0].node == a - 1 && pipe->end[1].node == b - 1) ||
                       (pipe->end[0].node == b - 1 && pipe->end[1].node == a - 1);
        if (!pipe->used || !between) {
            continue;
        }
        pipe->used = false;
        for (size_t e = 0; e < 2; e++) {
            struct net_end *end = &pipe->end[e];
            struct rh_io io = {.kind = RH_IO_CLOSED, .handle = end->handle, .why = RH_CLOSE_RESET};
            free(end->bytes);
            end->bytes = NULL;
            bool tell = end->open && end->node != NOBODY;
            end->open = false;
            if (tell) {
                feed(net, end->node, &io, NULL);
            }
        }
    }
}

void net_kill(struct net *net, uint32_t node)
{
    rh_node_destroy(net->nodes[node - 1]);
    net->nodes[node - 1] = NULL;
    net->listeners[node - 1] = (struct rh_ref){.ordinal = 0};
    for (size_t i = 0; i < NET_PIPES; i++) {
        for (size_t e = 0; e < 2 && net->pipes[i].used; e++) {
            if (net->pipes[i].end[e].open && net->pipes[i].end[e].node == node - 1) {
                end_close(&net->pipes[i], &net->pipes[i].end[e]);
            }
        }
    }
}

size_t net_dial(struct net *net, uint32_t node)
{
    struct rh_ref accepted;
    struct rh_io knock = {.kind = RH_IO_ACCEPTED, .handle = net->listeners[node - 1]};
    feed(net, node - 1, &knock, &accepted);
    struct net_pipe *pipe = pipe_new(net);
    pipe->end[0] = (struct net_end){.node = NOBODY, .open = true};
    pipe->end[1] = (struct net_end){.node = node - 1, .handle = accepted, .open = true};
    net_settle(net);
    return (size_t)(pipe - net->pipes);
}

void net_write(struct net *net, size_t pipe, const void *bytes, size_t size)
{
    append(&net->pipes[pipe].end[1], bytes, size);
    net_settle(net);
}

size_t net_read(struct net *net, size_t pipe, uint8_t *buffer, size_t capacity)
{
    struct net_end *end = &net->pipes[pipe].end[0];
    size_t size = end->size < capacity ? end->size : capacity;
    if (size > 0) {
        memcpy(buffer, end->bytes, size);
        memmove(end->bytes, end->bytes + size, end->size - size);
        end->size -= size;
    }
    return size;
}

static bool keep_view(void *self, const struct rh_connection_view *view)
{
    struct rh_connection_view *views = self;
    assert_int_equal(views[0].endpoint.generation, 0);
    views[0] = *view;
    return true;
}

struct rh_connection_view net_connection(const struct net *net, uint32_t node)
{
    struct rh_connection_view view = {.node = 0};
    rh_inspect_each_connection(net->nodes[node - 1], keep_view, &view);
    assert_int_not_equal(view.endpoint.generation, 0);
    return view;
}

/* ---- turns in one line ---- */

struct act {
    struct rh_pid to;
    struct rh_message message;
    struct rh_ref ref;
};

static enum rh_status send_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    const struct act *act = argument;
    assert_int_equal(rh_send(ctx, act->to, act->message), RH_OK);
    return RH_OK;
}

void net_send(struct net *net, const char *from, struct rh_pid to, struct rh_message message)
{
    net_act(net, from, send_turn, &(struct act){.to = to, .message = message});
}

static enum rh_status link_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    assert_int_equal(rh_link(ctx, ((const struct act *)argument)->to), RH_OK);
    return RH_OK;
}

void net_link(struct net *net, const char *from, struct rh_pid to)
{
    net_act(net, from, link_turn, &(struct act){.to = to});
}

static enum rh_status unlink_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    assert_int_equal(rh_unlink(ctx, ((const struct act *)argument)->to, RH_FLUSH), RH_OK);
    return RH_OK;
}

void net_unlink(struct net *net, const char *from, struct rh_pid to)
{
    net_act(net, from, unlink_turn, &(struct act){.to = to});
}

static enum rh_status monitor_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct act *act = argument;
    assert_int_equal(rh_monitor(ctx, act->to, RH_ALIAS_NONE, &act->ref), RH_OK);
    return RH_OK;
}

struct rh_ref net_monitor(struct net *net, const char *from, struct rh_pid to)
{
    struct act act = {.to = to};
    net_act(net, from, monitor_turn, &act);
    return act.ref;
}

static enum rh_status exit_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    return rh_exit(ctx, RH_ITEM(rh_allocator_of(ctx), (const char *)argument));
}

void net_exit(struct net *net, const char *name, const char *reason)
{
    net_act(net, name, exit_turn, (void *)(uintptr_t)reason);
}

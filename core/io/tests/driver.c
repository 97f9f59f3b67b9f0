/* SPDX-License-Identifier: MIT */
#include "core/io/tests/driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char script[2048];           /* what all players have heard, in order */
static struct rh_ref handles[4096]; /* printed as their index */
static size_t handle_count;
enum rh_status on_accept = RH_OK;

size_t handle_index(struct rh_ref ref)
{
    for (size_t i = 0; i < handle_count; i++) {
        if (rh_ref_equal(handles[i], ref)) {
            return i;
        }
    }
    handles[handle_count] = ref;
    return handle_count++;
}

void append(char *text, size_t capacity, const char *what)
{
    size_t used = strlen(text);
    (void)snprintf(text + used, capacity - used, "%s; ", what);
}

static enum rh_status hear(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    (void)state;
    char line[96];
    const struct rh_io *io = rh_delivery_io(ctx);
    if (in->kind != RH_DELIVERY_IO) {
        assert_null(io);
        append(script, sizeof(script), rh_delivery_kind_word((enum rh_delivery_kind)in->kind));
        return RH_OK;
    }
    int used =
        snprintf(line, sizeof(line), "%zu %s", handle_index(io->handle), rh_io_kind_word(io->kind));
    size_t room = sizeof(line) - (size_t)used;
    switch (io->kind) {
    case RH_IO_ACCEPTED:
        (void)snprintf(line + used, room, " %zu", handle_index(io->accepted));
        append(script, sizeof(script), line);
        return on_accept;
    case RH_IO_BYTES:
    case RH_IO_STDERR:
        (void)snprintf(line + used, room, " %.*s", (int)io->size, (const char *)io->bytes);
        break;
    case RH_IO_EXITED:
        (void)snprintf(line + used, room, " %d %d", (int)io->number, io->signal);
        break;
    case RH_IO_CLOSED:
        (void)snprintf(line + used, room, " %s", rh_close_word(io->why));
        break;
    default:
        break;
    }
    append(script, sizeof(script), line);
    return RH_OK;
}

static void leave(void *state, const void *config)
{
    struct player *player = state;
    (void)config;
    free(player->storage);
}

const struct rh_behaviour player_behaviour = {
    .name = "player", .state_bytes = sizeof(struct player), .receive = hear, .deinit = leave};

struct rh_node *node;
struct purse purse;
static struct rh_allocator allocator;

void open_node_with(struct rh_node_options options)
{
    purse = (struct purse){0};
    allocator = purse_allocator(&purse);
    script[0] = '\0';
    handle_count = 0;
    on_accept = RH_OK;
    options.allocator = &allocator;
    assert_status(rh_node_create(&options, &node), RH_OK);
}

void open_node(const struct rh_limits *limits)
{
    open_node_with((struct rh_node_options){.limits = limits});
}

void close_node(void)
{
    const char *what = NULL;
    if (!rh_inspect_validate(node, &what)) {
        fail_msg("%s", what);
    }
    rh_node_destroy(node);
    assert_int_equal(purse.blocks, 0);
}

struct rh_pid enter_player(void)
{
    struct rh_pid pid;
    assert_status(rh_node_spawn(node, 0, &player_behaviour, NULL, &pid), RH_OK);
    (void)rh_node_run(node, 0, 100);
    return pid;
}

const char *heard_all(void)
{
    static char copy[sizeof(script)];
    const char *what = NULL;
    if (!rh_inspect_validate(node, &what)) {
        fail_msg("%s", what);
    }
    memcpy(copy, script, sizeof(copy));
    script[0] = '\0';
    return copy;
}

uint64_t handles_now(void)
{
    struct rh_node_stats now;
    rh_node_stats(node, &now);
    return now.handles;
}

/* Take all effects: "connect 0 unix:a; write 0 hello; ". */
const char *effects(void)
{
    static char text[1024];
    struct rh_effect effect;
    text[0] = '\0';
    while (rh_node_take_effect(node, &effect)) {
        char line[128];
        int used = snprintf(line, sizeof(line), "%s %zu", rh_effect_kind_word(effect.kind),
                            effect.kind == RH_EFFECT_USER ? 99 : handle_index(effect.handle));
        size_t room = sizeof(line) - (size_t)used;
        if (effect.address != NULL) {
            (void)snprintf(line + used, room, " %s", effect.address);
        } else if (effect.command != NULL) {
            (void)snprintf(line + used, room, " %s", effect.command->program);
        } else if (effect.bytes != NULL) {
            (void)snprintf(line + used, room, " %.*s", (int)effect.size,
                           (const char *)effect.bytes);
        } else if (effect.kind == RH_EFFECT_KILL) {
            (void)snprintf(line + used, room, " %d", effect.number);
        }
        append(text, sizeof(text), line);
        rh_message_unref(effect.message);
    }
    return text;
}

/* ---- one operation per turn ---- */

struct order tell(struct rh_pid actor, struct order order,
                  enum rh_status (*body)(struct rh_context *, void *, void *))
{
    assert_status(rh_node_turn(node, 0, actor, body, &order), RH_OK);
    return order;
}

#define ORDER(name, expression)                                                                    \
    enum rh_status name(struct rh_context *ctx, void *state, void *argument)                       \
    {                                                                                              \
        struct order *order = argument;                                                            \
        (void)state;                                                                               \
        order->status = (expression);                                                              \
        return RH_OK;                                                                              \
    }

ORDER(do_connect, rh_connect(ctx, order->text, &order->ref))
ORDER(do_listen, rh_listen(ctx, order->text, &order->ref))
ORDER(do_start, rh_start(ctx, order->command, &order->ref))
ORDER(do_write, rh_write(ctx, order->ref, order->text, strlen(order->text)))
ORDER(do_pause, rh_pause(ctx, order->ref))
ORDER(do_resume, rh_resume(ctx, order->ref))
ORDER(do_shutdown, rh_shutdown(ctx, order->ref))
ORDER(do_close, rh_close(ctx, order->ref))
ORDER(do_kill, rh_kill(ctx, order->ref, order->number))
ORDER(do_give, rh_give(ctx, order->ref, order->to))
ORDER(do_output, rh_output(ctx, RH_ITEM(NULL, "said")))

static enum rh_status do_exit(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    (void)argument;
    return rh_exit(ctx, rh_reason(RH_REASON_NORMAL));
}

/* The bytes live in the state and go with it. */
enum rh_status do_write_own(struct rh_context *ctx, void *state, void *argument)
{
    struct player *player = state;
    struct order *order = argument;
    player->storage = malloc(8);
    assert_non_null(player->storage);
    memcpy(player->storage, "storage", 8);
    order->status = rh_write(ctx, order->ref, player->storage, 7);
    return RH_OK;
}

void leave_now(struct rh_pid actor)
{
    purse.forbid = true;
    (void)tell(actor, (struct order){0}, do_exit);
    purse.forbid = false;
}

enum rh_status feed_io(struct rh_io io)
{
    return rh_node_feed(node, 0, &io, NULL);
}

enum rh_status feed(struct rh_ref handle, enum rh_io_kind kind)
{
    return feed_io((struct rh_io){.kind = kind, .handle = handle});
}

enum rh_status feed_bytes(struct rh_ref handle, enum rh_io_kind kind, const char *text)
{
    return feed_io((struct rh_io){
        .kind = kind, .handle = handle, .bytes = (const uint8_t *)text, .size = strlen(text)});
}

enum rh_status feed_closed(struct rh_ref handle, enum rh_close_why why)
{
    return feed_io((struct rh_io){.kind = RH_IO_CLOSED, .handle = handle, .why = why});
}

struct rh_ref connect_to(struct rh_pid actor, const char *address)
{
    struct order order = tell(actor, (struct order){.text = address}, do_connect);
    assert_status(order.status, RH_OK);
    (void)handle_index(order.ref);
    return order.ref;
}

/* A pipe that is open, its effects taken and its opening heard. */
struct rh_ref open_pipe(struct rh_pid actor)
{
    struct rh_ref ref = connect_to(actor, "unix:a");
    (void)effects();
    assert_status(feed(ref, RH_IO_OPENED), RH_OK);
    (void)heard_all();
    return ref;
}

const struct rh_command cat = {.program = "cat"};

struct rh_ref open_child(struct rh_pid actor)
{
    struct order order = tell(actor, (struct order){.command = &cat}, do_start);
    assert_status(order.status, RH_OK);
    (void)handle_index(order.ref);
    (void)effects();
    assert_status(feed(order.ref, RH_IO_STARTED), RH_OK);
    (void)heard_all();
    return order.ref;
}

enum rh_status status_of(struct rh_pid actor, struct rh_ref ref,
                         enum rh_status (*body)(struct rh_context *, void *, void *))
{
    return tell(actor, (struct order){.ref = ref, .text = "hello", .number = 15}, body).status;
}

enum rh_status feed_accepted(struct rh_ref listener, struct rh_ref *ret_accepted)
{
    struct rh_io io = {.kind = RH_IO_ACCEPTED, .handle = listener};
    return rh_node_feed(node, 0, &io, ret_accepted);
}

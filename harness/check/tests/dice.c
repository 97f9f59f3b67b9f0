/* SPDX-License-Identifier: MIT */
#include "harness/check/tests/dice.h"

#include <rehearse/remote.h>

#include <string.h>

static const char *const names[] = {"red", "green", "blue"};

static enum rh_status roll(struct rh_context *ctx, void *state, const struct rh_delivery *in);
static enum rh_status enter(struct rh_context *ctx, void *state, const struct rh_delivery *in);

static struct dice *table; /* one world at a time */
static const struct rh_behaviour player = {
    .name = "player", .init = enter, .receive = roll, .config = &table};

static struct dice *dice_of(const struct rh_context *ctx)
{
    return *(struct dice *const *)rh_config(ctx);
}

static struct rh_pid somebody(struct rh_context *ctx)
{
    const struct dice *dice = dice_of(ctx);
    return dice->cast[rh_random(ctx, dice->count < DICE_CAST ? dice->count : DICE_CAST)];
}

static const char *some_name(struct rh_context *ctx)
{
    return names[rh_random(ctx, 3)];
}

static void keep_ref(struct dice *dice, enum rh_status status, struct rh_ref ref)
{
    if (status == RH_OK) {
        dice->refs[dice->ref_count++ % DICE_REFS] = ref;
    }
}

static struct rh_ref some_ref(struct rh_context *ctx)
{
    const struct dice *dice = dice_of(ctx);
    uint32_t count = dice->ref_count < DICE_REFS ? dice->ref_count : DICE_REFS;
    struct rh_ref none = {rh_self(ctx), 77};
    if (count == 0) {
        return none;
    }
    struct rh_ref ref = dice->refs[rh_random(ctx, count)];
    if (rh_random(ctx, 2) == 0) { /* most operations want an own one */
        ref.owner = rh_self(ctx);
    }
    return ref;
}

/* A node, its own one included. */
static uint32_t some_node(struct rh_context *ctx)
{
    return 1 + (uint32_t)rh_random(ctx, dice_of(ctx)->nodes);
}

static struct rh_message some_message(struct rh_context *ctx)
{
    uint64_t tag = rh_random(ctx, 4);
    if (rh_random(ctx, 8) == 0) {
        return RH_ARRAY(rh_allocator_of(ctx), "a rather long text that needs a block of its own",
                        (int64_t)tag);
    }
    return RH_ARRAY(rh_allocator_of(ctx), (int64_t)tag, rh_self(ctx));
}

static struct rh_message some_reason(struct rh_context *ctx)
{
    static const char *const words[] = {"normal", "kill", "boom", "shutdown"};
    return RH_ITEM(rh_allocator_of(ctx), words[rh_random(ctx, 4)]);
}

static void spawn(struct rh_context *ctx)
{
    struct dice *dice = dice_of(ctx);
    struct rh_spawn_options options = {
        .link = rh_random(ctx, 2) == 0,
        .monitor = rh_random(ctx, 2) == 0,
        .trap = rh_random(ctx, 2) == 0,
        .mailbox = rh_random(ctx, 3) == 0,
        .cap = rh_random(ctx, 3) == 0 ? 2 : 0,
        .overflow = (enum rh_overflow)rh_random(ctx, 3),
        .alias = (uint8_t)rh_random(ctx, 5),
    };
    struct rh_pid child;
    struct rh_ref ref;
    if (rh_random(ctx, 4) == 0) {
        keep_ref(dice, rh_spawn_request(ctx, &player, &options, &ref), ref);
    } else if (rh_spawn(ctx, &player, &options, &child, &ref) == RH_OK && options.monitor) {
        keep_ref(dice, RH_OK, ref);
    }
}

static void talk(struct rh_context *ctx, const struct rh_delivery *in)
{
    enum rh_status status = RH_OK;
    switch (rh_random(ctx, 7)) {
    case 0:
        status = rh_send_with(ctx, somebody(ctx), some_message(ctx), RH_RETURN);
        break;
    case 1:
        status = rh_send_name(ctx, some_name(ctx), some_message(ctx));
        break;
    case 2:
        status = rh_send_name_at(ctx, some_name(ctx), 1 + (uint32_t)rh_random(ctx, 2),
                                 some_message(ctx));
        break;
    case 3:
        status = rh_send_alias(ctx, some_ref(ctx), some_message(ctx));
        break;
    case 4:
        status = in == NULL ? RH_OK : rh_forward(ctx, in, somebody(ctx));
        break;
    default:
        status = rh_send(ctx, somebody(ctx), some_message(ctx));
        break;
    }
    (void)status;
}

static void tie(struct rh_context *ctx)
{
    struct dice *dice = dice_of(ctx);
    struct rh_ref ref;
    unsigned flags = rh_random(ctx, 2) == 0 ? RH_FLUSH : 0;
    enum rh_alias_mode mode = (enum rh_alias_mode)rh_random(ctx, 5);
    switch (rh_random(ctx, 8)) {
    case 0:
    case 1:
        if (rh_link_tagged(ctx, somebody(ctx), 7) != RH_OK) {
            (void)rh_trap(ctx, true);
        }
        break;
    case 2:
        (void)rh_unlink(ctx, somebody(ctx), flags);
        break;
    case 3:
        keep_ref(dice, rh_monitor(ctx, somebody(ctx), mode, &ref), ref);
        break;
    case 4:
        keep_ref(dice, rh_monitor_name(ctx, some_name(ctx), mode, &ref), ref);
        break;
    case 5:
        (void)rh_demonitor(ctx, some_ref(ctx), flags);
        break;
    case 6:
        keep_ref(dice, rh_ask_alive(ctx, somebody(ctx), &ref), ref);
        break;
    default:
        keep_ref(dice, rh_alias_open(ctx, mode, &ref), ref);
        (void)rh_alias_close(ctx, some_ref(ctx));
        break;
    }
}

static void clocks(struct rh_context *ctx)
{
    struct dice *dice = dice_of(ctx);
    rh_duration delay = rh_random(ctx, 5);
    struct rh_ref ref;
    switch (rh_random(ctx, 5)) {
    case 0:
        keep_ref(dice, rh_timer_start(ctx, delay, somebody(ctx), some_message(ctx), &ref), ref);
        break;
    case 1:
        keep_ref(dice, rh_send_after(ctx, delay, somebody(ctx), some_message(ctx), &ref), ref);
        break;
    case 2:
        keep_ref(dice, rh_send_after_name(ctx, delay, some_name(ctx), some_message(ctx), &ref),
                 ref);
        break;
    case 3:
        keep_ref(dice, rh_timer_start_name(ctx, delay, some_name(ctx), some_message(ctx), &ref),
                 ref);
        break;
    default:
        (void)rh_timer_cancel(ctx, some_ref(ctx), NULL);
        break;
    }
}

static void want(struct rh_context *ctx)
{
    struct rh_message tag = RH_ITEM(NULL, (int64_t)rh_random(ctx, 4));
    struct rh_message pattern = RH_ARRAY(rh_allocator_of(ctx), tag, rh_self(ctx));
    struct rh_ref ref = some_ref(ctx);
    struct rh_receive receive = {.tags = &tag, .patterns = &pattern, .refs = &ref};
    uint64_t kind = rh_random(ctx, 8);
    receive.tag_count = kind >> 0 & 1;
    receive.pattern_count = kind >> 1 & 1;
    receive.ref_count = kind >> 2 & 1;
    receive.timeout = rh_random(ctx, 3) == 0 ? RH_NEVER : rh_random(ctx, 4);
    if (rh_receive(ctx, &receive) == RH_OK && rh_random(ctx, 8) == 0) {
        rh_receive_cancel(ctx);
    }
    rh_message_unref(pattern);
}

static void rule(struct rh_context *ctx)
{
    struct dice *dice = dice_of(ctx);
    struct rh_ref ref;
    enum rh_status status = RH_OK;
    switch (rh_random(ctx, 8)) {
    case 0:
        status = rh_register(ctx, some_name(ctx), somebody(ctx));
        break;
    case 1:
        status = rh_unregister(ctx, some_name(ctx));
        break;
    case 2:
        (void)rh_trap(ctx, rh_random(ctx, 2) == 0);
        break;
    case 3:
        status = rh_exit_signal(ctx, somebody(ctx), some_reason(ctx));
        break;
    case 4:
        status = rh_group_join(ctx, some_name(ctx), somebody(ctx));
        break;
    case 5:
        status = rh_group_leave(ctx, some_name(ctx), somebody(ctx));
        break;
    case 6:
        keep_ref(dice, rh_group_monitor(ctx, some_name(ctx), &ref), ref);
        break;
    default:
        status = rh_group_demonitor(ctx, some_ref(ctx), RH_FLUSH);
        break;
    }
    (void)status;
}

/* What only makes sense with other nodes. */
static void travel(struct rh_context *ctx)
{
    struct dice *dice = dice_of(ctx);
    struct rh_ref ref;
    const struct rh_spawn_options options = {
        .link = rh_random(ctx, 2) == 0,
        .monitor = rh_random(ctx, 2) == 0,
    };
    enum rh_alias_mode mode = (enum rh_alias_mode)rh_random(ctx, 5);
    switch (rh_random(ctx, 6)) {
    case 0:
        if (rh_random(ctx, 6) == 0) {
            (void)rh_disconnect(ctx, some_node(ctx));
        }
        break;
    case 1:
        keep_ref(dice, rh_monitor_node(ctx, some_node(ctx), &ref), ref);
        break;
    case 2:
        keep_ref(dice, rh_monitor_nodes(ctx, &ref), ref);
        break;
    case 3:
        keep_ref(dice, rh_monitor_name_at(ctx, some_name(ctx), some_node(ctx), mode, &ref), ref);
        break;
    case 4:
        if (rh_group_join(ctx, some_name(ctx), rh_self(ctx)) != RH_OK) {
            (void)rh_trap(ctx, true);
        }
        break;
    default:
        keep_ref(dice, rh_spawn_at(ctx, some_node(ctx), "player", &options, &ref), ref);
        break;
    }
}

static enum rh_status roll(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    struct dice *dice = dice_of(ctx);
    (void)state;
    if (dice->nodes > 1 && dice->fuel > 0 && rh_random(ctx, 3) == 0) {
        travel(ctx);
    }
    for (uint64_t left = 1 + rh_random(ctx, 4); left > 0 && dice->fuel > 0; left--) {
        dice->fuel--;
        switch (rh_random(ctx, 12)) {
        case 0:
            spawn(ctx);
            break;
        case 1:
        case 2:
        case 3:
            tie(ctx);
            break;
        case 4:
            clocks(ctx);
            break;
        case 5:
        case 6:
            rule(ctx);
            break;
        case 7:
            if (rh_random(ctx, 6) == 0) {
                return rh_exit(ctx, some_reason(ctx));
            }
            break;
        default:
            talk(ctx, in);
            break;
        }
    }
    want(ctx); /* refused without a mailbox */
    return rh_random(ctx, 40) == 0 ? RH_DONE : RH_OK;
}

static enum rh_status enter(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    struct dice *dice = dice_of(ctx);
    dice->cast[dice->count++ % DICE_CAST] = rh_self(ctx);
    return roll(ctx, state, in);
}

enum rh_status dice_cast(struct dice *dice, struct rh_world *world, uint32_t actors, uint32_t fuel)
{
    static const char *const roles[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    *dice = (struct dice){.fuel = fuel, .nodes = rh_world_node_count(world)};
    table = dice;
    for (uint32_t i = 0; i < actors; i++) {
        struct rh_spawn_options options = {.mailbox = i % 3 == 2, .trap = i % 2 == 1};
        enum rh_status status =
            rh_world_spawn(world, i % dice->nodes, roles[i % 8], &player, &options, &dice->cast[i]);
        if (status != RH_OK) {
            return status;
        }
        dice->count++;
    }
    return RH_OK;
}

/* ---- nodes that know each other ---- */

static enum rh_status listen_here(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    struct rh_text address;
    char text[16];
    (void)state;
    if (!RH_MATCH(&in->message, &address) || address.size >= sizeof(text)) {
        return RH_INVALID;
    }
    memcpy(text, address.bytes, address.size);
    text[address.size] = '\0';
    const struct rh_endpoint_options options = {0};
    struct rh_pid listener;
    return rh_listener_spawn(ctx, text, &options, &listener);
}

static enum rh_status go_on(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    (void)ctx;
    (void)state;
    (void)in;
    return RH_OK;
}

static const struct rh_behaviour host = {.name = "host", .init = listen_here, .receive = go_on};

const struct rh_behaviour *dice_find_behaviour(void *self, const char *name)
{
    (void)self;
    return strcmp(name, "player") == 0 ? &player : NULL;
}

enum rh_status dice_join(struct rh_world *world, uint32_t node)
{
    static const char *const addresses[] = {"node:1", "node:2", "node:3", "node:4"};
    static const char *const hosts[] = {"host1", "host2", "host3", "host4"};
    enum rh_status status = RH_OK;
    for (uint32_t other = 0; other < rh_world_node_count(world) && status == RH_OK; other++) {
        const struct rh_endpoint_options way = {.address = addresses[other], .node = other + 1};
        if (other != node) {
            status = rh_node_know(rh_world_node(world, node), &way);
        }
    }
    const struct rh_spawn_options options = {.trap = true,
                                             .argument = RH_ARRAY(NULL, addresses[node])};
    struct rh_pid pid;
    return status == RH_OK ? rh_world_spawn(world, node, hosts[node], &host, &options, &pid)
                           : status;
}

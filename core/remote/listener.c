/* SPDX-License-Identifier: MIT */
/* The listener: an actor that accepts pipes at an address and spawns an endpoint for each. It traps, so that the end of one
 * connection is not the end of the rest; its own end is theirs. */
#include "core/remote/internal.h"

#include <string.h>

struct listener {
    struct rh_endpoint_options options; /**< for what it accepts */
    struct rh_ref handle;
};

/* The argument is [address, heartbeat, deadline, plain, relay]. */
static enum rh_status listener_init(struct rh_context *ctx, void *state,
                                    const struct rh_delivery *start)
{
    struct listener *listener = state;
    struct rh_text text;
    uint64_t heartbeat = 0;
    uint64_t deadline = 0;
    bool plain = false;
    bool relay = false;
    char address[UINT8_MAX + 1];
    if (!RH_MATCH(&start->message, &text, &heartbeat, &deadline, &plain, &relay) ||
        text.size >= sizeof(address)) {
        return RH_INVALID;
    }
    memcpy(address, text.bytes, text.size);
    address[text.size] = '\0';
    listener->options.heartbeat = heartbeat;
    listener->options.deadline = deadline;
    listener->options.plain = plain;
    listener->options.relay = relay;
    return rh_listen(ctx, address, &listener->handle);
}

static enum rh_status accept(struct rh_context *ctx, struct listener *listener,
                             struct rh_ref accepted)
{
    struct rh_endpoint_options options = listener->options;
    options.handle = accepted;
    struct rh_pid endpoint;
    if (rh_endpoint_spawn(ctx, &options, &endpoint) != RH_OK) {
        (void)rh_close(ctx, accepted); /* no room for it now; the next one may find some */
    }
    return RH_OK;
}

static enum rh_status listener_receive(struct rh_context *ctx, void *state,
                                       const struct rh_delivery *in)
{
    struct listener *listener = state;
    if (in->kind == RH_DELIVERY_EXIT && rh_pid_equal(in->from, rh_parent(ctx))) {
        return rh_exit(ctx, rh_message_ref(in->message));
    }
    if (in->kind != RH_DELIVERY_IO) {
        return RH_OK;
    }
    const struct rh_io *io = rh_delivery_io(ctx);
    if (io->kind == RH_IO_ACCEPTED) {
        return accept(ctx, listener, io->accepted);
    }
    bool gone = io->kind == RH_IO_CLOSED && rh_ref_equal(io->handle, listener->handle);
    return gone ? rh_exit(ctx, RH_ITEM(NULL, rh_close_word(io->why))) : RH_OK;
}

static const struct rh_behaviour listener_behaviour = {
    .name = "listener",
    .state_bytes = sizeof(struct listener),
    .init = listener_init,
    .receive = listener_receive,
};

enum rh_status rh_listener_spawn(struct rh_context *ctx, const char *address,
                                 const struct rh_endpoint_options *options,
                                 struct rh_pid *ret_listener)
{
    if (!turn_operation(ctx)) {
        return RH_EXITED;
    }
    static const struct rh_endpoint_options plain = {0};
    options = options == NULL ? &plain : options;
    struct rh_node *node = ctx->node;
    if (address == NULL || strlen(address) > node->limits.address_bytes_max) {
        return RH_INVALID;
    }
    struct rh_spawn_options how = {
        .argument = RH_ARRAY(&node->allocator, address, options->heartbeat, options->deadline,
                             options->plain, options->relay),
        .link = true,
        .trap = true,
    };
    uint64_t unused = 0;
    return actor_spawn(node, ctx->actor, &listener_behaviour, &how, false, ret_listener, &unused);
}

/* SPDX-License-Identifier: MIT */
/* What <rehearse/remote.h> offers to actors and drivers: spawning endpoints and listeners, knowing nodes, letting go. */
#include "core/remote/internal.h"

enum rh_status rh_endpoint_spawn(struct rh_context *ctx, const struct rh_endpoint_options *options,
                                 struct rh_pid *ret_endpoint)
{
    if (!turn_operation(ctx)) {
        return RH_EXITED;
    }
    bool handle = !rh_pid_is_none(options->handle.owner);
    int ways = handle + (options->address != NULL) + (options->command != NULL);
    if (ways != 1 || options->node == ctx->node->id) {
        return RH_INVALID;
    }
    struct connection *connection = NULL;
    /* Can it be given away? If not, nothing is spawned that would have to end, and end the caller. */
    enum rh_status status = handle ? rh_give(ctx, options->handle, ctx->self) : RH_OK;
    if (status == RH_OK) {
        status = connection_spawn(ctx->node, ctx->actor, options, &connection);
    }
    if (status != RH_OK) {
        return status;
    }
    struct rh_pid endpoint = connection->endpoint->pid;
    if (handle) {
        status = rh_give(ctx, options->handle, endpoint);
    }
    if (status != RH_OK) { /* the caller's turn was ended in between */
        connection->has_handle = false;
        connection_fail(connection, rh_status_word(status));
        connection_settle(connection);
        return status;
    }
    *ret_endpoint = endpoint;
    return RH_OK;
}

enum rh_status rh_node_endpoint(struct rh_node *node, rh_instant now,
                                const struct rh_endpoint_options *options,
                                struct rh_pid *ret_endpoint, struct rh_ref *ret_handle)
{
    node->now = now;
    struct rh_endpoint_options own = {0};
    if (options != NULL && options->node == node->id) {
        return RH_INVALID;
    }
    if (options != NULL) {
        own.node = options->node;
        own.greets = options->greets;
        own.plain = options->plain;
        own.relay = options->relay;
        own.heartbeat = options->heartbeat;
        own.deadline = options->deadline;
    }
    struct connection *connection = NULL;
    enum rh_status status = connection_spawn(node, NULL, &own, &connection);
    if (status != RH_OK) {
        return status;
    }
    *ret_endpoint = connection->endpoint->pid;
    status = rh_node_adopt(node, now, *ret_endpoint, ret_handle);
    if (status != RH_OK) {
        connection_fail(connection, rh_status_word(status));
        connection_settle(connection);
        return status;
    }
    connection->handle = *ret_handle;
    connection->has_handle = true;
    return RH_OK;
}

enum rh_status rh_node_know(struct rh_node *node, const struct rh_endpoint_options *options)
{
    if (options->node == 0 || options->node == node->id ||
        (options->address == NULL) == (options->command == NULL)) {
        return RH_INVALID;
    }
    struct peer *peer = peer_open(node, options->node);
    struct options copy;
    if (peer == NULL) {
        return RH_NO_MEMORY;
    }
    if (!endpoint_options_copy(node, options, &copy)) {
        peer_forget(node->remote, options->node);
        return RH_NO_MEMORY;
    }
    touch_net(node, RH_TOUCH_NET);
    node->relays = node->relays || options->relay;
    endpoint_options_free(node, &peer->options);
    peer->options = copy;
    return RH_OK;
}

enum rh_status rh_disconnect(struct rh_context *ctx, uint32_t number)
{
    if (!turn_operation(ctx)) {
        return RH_EXITED;
    }
    struct remote *remote = ctx->node->remote;
    touch_net(ctx->node, RH_TOUCH_SEES_NET);
    struct peer *peer = remote == NULL ? NULL : peer_find(remote, number);
    if (peer == NULL || peer->connection == NULL) {
        return RH_NOT_FOUND;
    }
    touch_connection(peer->connection);
    connection_fail(peer->connection, "requested");
    connection_settle(peer->connection);
    return RH_OK;
}

size_t rh_nodes(const struct rh_context *ctx, uint32_t *nodes, size_t capacity)
{
    const struct remote *remote = ctx->node->remote;
    size_t count = 0;
    touch_net(ctx->node, RH_TOUCH_SEES_NET);
    for (uint32_t i = 0; remote != NULL && i < remote->peer_count; i++) {
        const struct connection *connection = remote->peers[i].connection;
        if (connection != NULL && connection->state == CONNECTION_UP) {
            if (count < capacity) {
                nodes[count] = remote->peers[i].node;
            }
            count++;
        }
    }
    return count;
}

enum rh_status rh_monitor_name_at(struct rh_context *ctx, const char *name, uint32_t node,
                                  enum rh_alias_mode alias, struct rh_ref *ret_monitor)
{
    if (node == ctx->node->id) {
        return rh_monitor_name(ctx, name, alias, ret_monitor);
    }
    if (!turn_operation(ctx)) {
        return RH_EXITED;
    }
    return node == 0 ? RH_INVALID : monitor_name_at(ctx, name, node, alias, ret_monitor);
}

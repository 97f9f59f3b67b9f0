/* SPDX-License-Identifier: MIT */
/*
 * Connections: making and ending.
 *
 * A connection ends only with its endpoint, in the endpoint's exit step: names and groups of the other node first, then what
 * waits in the queue and can go no other way, then each proxy in order of its number, then what was asked and not answered,
 * then what still waited to be sent, then whoever watches nodes. Everything is stored already; nothing is allocated.
 */
#include "core/remote/internal.h"

#include <string.h>

/* ---- the node's table of peers ---- */

static void destroy(struct rh_node *node);

static bool unwatch(struct rh_node *node, struct actor *watcher, uint64_t ordinal)
{
    return watches_remove(node, watcher, ordinal);
}

static void flush(struct rh_node *node)
{
    for (struct connection *at = node->remote->first; at != NULL; at = at->next) {
        connection_flush(at);
    }
}

static const struct foreign foreign = {
    .handle = route,
    .hop = relay_hop,
    .endpoint_exit = connection_lost,
    .proxy_exit = proxy_freed,
    .member = member_say,
    .unwatch = unwatch,
    .watched = watches_have,
    .heard = watches_heard,
    .flush = flush,
    .destroy = destroy,
    .validate = remote_validate,
};

struct remote *remote_open(struct rh_node *node)
{
    if (node->remote == NULL) {
        struct remote *remote = node_allocate(node, sizeof(*remote));
        if (remote == NULL) {
            return NULL;
        }
        *remote = (struct remote){
            .next_reference = node->first_generation == 1
                                  ? REFERENCE_FIRST
                                  : REFERENCE_LAST - (UINT32_MAX - node->first_generation),
            .link_generation = node->first_generation - 1,
        };
        node->remote = remote;
        node->foreign = &foreign;
    }
    return node->remote;
}

/* Where the peer of this number is, or would be. */
static uint32_t peer_index(const struct remote *remote, uint32_t number)
{
    uint32_t low = 0;
    uint32_t high = remote->peer_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (remote->peers[middle].node < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct peer *peer_find(const struct remote *remote, uint32_t number)
{
    uint32_t index = peer_index(remote, number);
    bool found = index < remote->peer_count && remote->peers[index].node == number;
    return found ? &remote->peers[index] : NULL;
}

struct peer *peer_open(struct rh_node *node, uint32_t number)
{
    struct remote *remote = remote_open(node);
    struct peer *peer = remote == NULL ? NULL : peer_find(remote, number);
    if (remote == NULL || peer != NULL) {
        return peer;
    }
    if (remote->peer_count == remote->peer_capacity) {
        void *peers = remote->peers;
        if (!node_grow(node, &peers, &remote->peer_capacity, sizeof(struct peer))) {
            return NULL;
        }
        remote->peers = peers;
    }
    uint32_t index = peer_index(remote, number);
    memmove(&remote->peers[index + 1], &remote->peers[index],
            (remote->peer_count - index) * sizeof(struct peer));
    remote->peer_count++;
    remote->peers[index] =
        (struct peer){.node = number, .generation = remote->forgotten_generation};
    return &remote->peers[index];
}

void peer_forget(struct remote *remote, uint32_t number)
{
    struct peer *peer = peer_find(remote, number);
    if (peer == NULL || peer->connection != NULL || peer->options.block != NULL) {
        return;
    }
    if (remote->forgotten_generation < peer->generation) {
        remote->forgotten_generation = peer->generation;
    }
    size_t behind = remote->peer_count - (size_t)(peer - remote->peers) - 1;
    memmove(peer, peer + 1, behind * sizeof(struct peer));
    remote->peer_count--;
}

/* ---- one connection ---- */

static void connection_free(struct rh_node *node, struct connection *connection)
{
    endpoint_options_free(node, &connection->options);
    directory_free(node, &connection->proxies);
    directory_free(node, &connection->exports);
    requests_free(node, &connection->requests);
    lane_free(node, &connection->lane);
    node_release(node, connection->cutter_buffer,
                 (size_t)node->limits.frame_bytes_max + FRAME_HEADER_BYTES);
    node_release(node, connection, sizeof(*connection));
}

static struct connection *connection_make(struct rh_node *node,
                                          const struct rh_endpoint_options *options)
{
    struct connection *connection = node_allocate(node, sizeof(*connection));
    if (connection == NULL) {
        return NULL;
    }
    size_t cutter_bytes = (size_t)node->limits.frame_bytes_max + FRAME_HEADER_BYTES;
    *connection = (struct connection){
        .home = node,
        .outgoing = options->address != NULL || options->command != NULL || options->greets,
        .plain = options->plain,
        .handle = options->handle,
        .has_handle = !rh_pid_is_none(options->handle.owner),
        .heard = node->now,
        .made = node->remote->up_count,
    };
    connection->cutter_buffer = node_allocate(node, cutter_bytes);
    bool copied = endpoint_options_copy(node, options, &connection->options);
    if (!copied || connection->cutter_buffer == NULL) {
        connection_free(node, connection);
        return NULL;
    }
    frame_cutter_init(&connection->cutter, connection->cutter_buffer, node->limits.frame_bytes_max);
    return connection;
}

static void connection_list(struct remote *remote, struct connection *connection)
{
    *(remote->last == NULL ? &remote->first : &remote->last->next) = connection;
    remote->last = connection;
    remote->connection_count++;
}

static void connection_unlist(struct remote *remote, struct connection *connection)
{
    struct connection *previous = NULL;
    for (struct connection *at = remote->first; at != connection; at = at->next) {
        previous = at;
    }
    *(previous == NULL ? &remote->first : &previous->next) = connection->next;
    if (remote->last == connection) {
        remote->last = previous;
    }
    remote->connection_count--;
}

/* The endpoint of a connection that is made; on failure it is freed. */
static enum rh_status spawn_endpoint(struct rh_node *node, struct actor *spawner,
                                     struct connection *connection)
{
    struct rh_spawn_options how = {.link = spawner != NULL, .trap = true};
    struct rh_pid pid;
    uint64_t unused = 0;
    enum rh_status status =
        actor_spawn(node, spawner, &endpoint_behaviour, &how, false, &pid, &unused);
    if (status != RH_OK) {
        connection_free(node, connection);
        return status;
    }
    connection->endpoint = actor_find(node, pid);
    connection->endpoint->form = FORM_ENDPOINT;
    ((struct endpoint *)connection->endpoint->state)->connection = connection;
    return RH_OK;
}

static enum rh_status spawn_connection(struct rh_node *node, struct actor *spawner,
                                       const struct rh_endpoint_options *options,
                                       struct connection **ret_connection)
{
    struct remote *remote = node->remote;
    if (remote->connection_count >= node->limits.connections_max) {
        emit_limit(node, rh_pid_none(), RH_LIMIT, "connections_max");
        return RH_LIMIT;
    }
    struct connection *connection = connection_make(node, options);
    if (connection == NULL) {
        return RH_NO_MEMORY;
    }
    enum rh_status status = spawn_endpoint(node, spawner, connection);
    if (status != RH_OK) {
        return status;
    }
    connection_list(remote, connection);
    struct peer *peer = options->node == 0 ? NULL : peer_find(remote, options->node);
    if (peer != NULL && peer->connection == NULL) {
        peer->connection = connection;
        connection->node = peer->node;
    }
    *ret_connection = connection;
    return RH_OK;
}

enum rh_status connection_spawn(struct rh_node *node, struct actor *spawner,
                                const struct rh_endpoint_options *options,
                                struct connection **ret_connection)
{
    struct remote *remote = remote_open(node);
    touch_net(node, RH_TOUCH_NET);
    if (remote == NULL || (options->node != 0 && peer_open(node, options->node) == NULL)) {
        return RH_NO_MEMORY;
    }
    node->relays = node->relays || options->relay;
    enum rh_status status = spawn_connection(node, spawner, options, ret_connection);
    if (status != RH_OK) {
        peer_forget(remote, options->node);
    }
    return status;
}

struct connection *connection_of(const struct rh_node *node, struct rh_pid endpoint)
{
    struct actor *actor = actor_find(node, endpoint);
    bool found = actor != NULL && actor->form == FORM_ENDPOINT;
    return found ? ((struct endpoint *)actor->state)->connection : NULL;
}

void connection_fail(struct connection *connection, const char *why)
{
    if (connection->failed == NULL) {
        connection->failed = why;
    }
}

struct rh_message connection_reason(const struct connection *connection)
{
    bool requested = strcmp(connection->failed, "requested") == 0;
    return requested ? rh_reason(RH_REASON_NORMAL) : RH_ITEM(NULL, connection->failed);
}

void connection_settle(struct connection *connection)
{
    if (connection->failed != NULL && !connection->in_turn) {
        struct rh_node *node = connection->home;
        actor_exit(node, connection->endpoint, connection_reason(connection), rh_pid_none(),
                   RH_WHY_REQUESTED);
    }
}

enum rh_status connection_put(struct connection *connection, enum lane_class lane_class,
                              const struct wire_message *message)
{
    touch_lane(connection, RH_TOUCH_PUT, wire_size_most(message));
    return lane_put(connection->home, &connection->lane, lane_class, message);
}

void connection_say(struct connection *connection, const struct wire_message *message)
{
    if (connection->failed != NULL) {
        return;
    }
    struct rh_node *node = connection->home;
    enum rh_status status = connection_put(connection, LANE_CONTROL, message);
    if (status == RH_OK) {
        return;
    }
    emit_limit(node, actor_pid(node, connection->endpoint), status, "lane_controls_max");
    connection_fail(connection, status == RH_NO_MEMORY ? "no_memory" : "control_overflow");
}

void connection_flush(struct connection *connection)
{
    struct lane *lane = &connection->lane;
    bool open = connection->has_handle && connection->open;
    if (!open || lane->flying_size > 0 || lane->used == 0 || connection->failed != NULL) {
        return;
    }
    uint8_t *bytes = lane->bytes;
    size_t capacity = lane->capacity;
    lane->flying_size = lane->used;
    lane->bytes = lane->flying;
    lane->capacity = lane->flying_capacity;
    lane->flying = bytes;
    lane->flying_capacity = capacity;
    lane->used = 0;
    lane->data_bytes = 0;
    lane->controls = 0;
    connection->said = connection->home->now;
    struct rh_context ctx = {.node = connection->home,
                             .actor = connection->endpoint,
                             .self = actor_pid(connection->home, connection->endpoint)};
    if (rh_write(&ctx, connection->handle, lane->flying, lane->flying_size) != RH_OK) {
        lane->flying_size = 0; /* it is closed already, and CLOSED is on its way */
    }
}

/* ---- the end ---- */

static void end_proxies(struct connection *connection)
{
    struct rh_node *node = connection->home;
    for (struct numbered *id = connection->proxies.first; id != NULL; id = id->next) {
        groups_exit(node, &proxy_of(id)->actor);
    }
    way_lost(connection, NULL);
    while (connection->proxies.first != NULL) {
        proxy_end(proxy_of(connection->proxies.first), rh_reason(RH_REASON_NOCONNECTION));
    }
}

static void end_requests(struct connection *connection)
{
    while (connection->requests.first != NULL) {
        request_lost(connection, connection->requests.first);
    }
    while (connection->held != NULL) {
        struct signal *signal = connection->held;
        list_remove(&connection->held, signal);
        signal->role = ROLE_QUEUED;
        connection->held_count--;
        dead_letter(connection->home, signal, RH_WHY_NOCONNECTION);
    }
    while (connection->exports.first != NULL) {
        export_remove(connection, connection->exports.first);
    }
}

void connection_lost(struct rh_node *node, struct actor *endpoint, const struct rh_message *reason)
{
    struct connection *connection = ((struct endpoint *)endpoint->state)->connection;
    struct remote *remote = node->remote;
    uint32_t number = connection->node;
    bool was_up = connection->state == CONNECTION_UP;
    struct peer *peer = number == 0 ? NULL : peer_find(remote, number);
    bool current = peer != NULL && peer->connection == connection;
    touch_net(node, RH_TOUCH_NET);
    touch_connection(connection);
    touch_lane(connection, RH_TOUCH_LANE, 0);
    connection->failed = connection->failed == NULL ? "exited" : connection->failed;
    if (current) {
        peer->connection = NULL;
    }
    if (was_up) {
        if (remote->next_reference < connection->requests.next_reference) {
            remote->next_reference = connection->requests.next_reference;
        }
        node->stats.connections--;
        struct rh_pid who = {.node = number, .incarnation = connection->incarnation};
        EMIT(node, .kind = RH_EVENT_CONNECTION_DOWN, .actor = actor_pid(node, endpoint),
             .peer = who, .number = connection->generation, .name = connection->failed);
    }
    end_proxies(connection);
    end_requests(connection);
    if (was_up || current) {
        watches_down(node, number, connection->incarnation, reason, was_up);
    }
    ((struct endpoint *)endpoint->state)->connection = NULL;
    connection_unlist(remote, connection);
    connection_free(node, connection);
    if (current) {
        connection_unpark(node, number);
    }
    peer_forget(remote, number);
}

static void destroy_proxies(struct rh_node *node, struct connection *connection)
{
    while (connection->proxies.first != NULL) {
        struct proxy *proxy = proxy_of(connection->proxies.first);
        actor_abandon(node, &proxy->actor);
        proxy_freed(node, &proxy->actor);
    }
    while (connection->exports.first != NULL) {
        struct numbered *record = connection->exports.first;
        directory_remove(&connection->exports, record);
        node_release(node, record, sizeof(*record));
    }
    while (connection->held != NULL) {
        struct signal *signal = connection->held;
        list_remove(&connection->held, signal);
        signal_destroy(node, signal);
    }
}

/* The node goes: nobody is told anything. */
static void destroy(struct rh_node *node)
{
    struct remote *remote = node->remote;
    while (remote->first != NULL) {
        struct connection *connection = remote->first;
        destroy_proxies(node, connection);
        connection_unlist(remote, connection);
        connection_free(node, connection);
    }
    watches_free(node);
    for (uint32_t i = 0; i < remote->peer_count; i++) {
        endpoint_options_free(node, &remote->peers[i].options);
    }
    node_release(node, remote->peers, remote->peer_capacity * sizeof(struct peer));
    node_release(node, remote, sizeof(*remote));
    node->remote = NULL;
    node->foreign = NULL;
}

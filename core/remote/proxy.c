/* SPDX-License-Identifier: MIT */
/*
 * Proxies and exports: the same actor seen from both ends of a connection.
 *
 * A proxy is the record of one remote actor on one connection. It is an actor record like any other, with links, monitors
 * and groups, and ends through the one exit routine; but it takes no turns and has no slot. An export is the other side of
 * that: a number under which the peer knows an actor of ours, or one that we relay. Numbers are given once.
 */
#include "core/base/random.h"
#include "core/remote/internal.h"

#include <string.h>

static const struct rh_behaviour proxy_behaviour = {.name = "proxy"};

struct proxy *proxy_of(struct numbered *id)
{
    return (struct proxy *)(void *)((unsigned char *)id - offsetof(struct proxy, id));
}

struct proxy *proxy_of_actor(struct actor *actor)
{
    return (struct proxy *)(void *)((unsigned char *)actor - offsetof(struct proxy, actor));
}

struct proxy *proxy_find(struct connection *connection, struct rh_pid pid)
{
    struct numbered *id = directory_find_pid(&connection->proxies, pid);
    return id == NULL ? NULL : proxy_of(id);
}

static void tell_added(const struct proxy *proxy)
{
    struct connection *connection = proxy->connection;
    EMIT(connection->home, .kind = RH_EVENT_PROXY_ADD,
         .actor = actor_pid(connection->home, connection->endpoint), .peer = proxy->id.pid,
         .number = proxy->id.number);
}

static enum rh_status proxy_make(struct connection *connection, struct rh_pid pid, uint64_t number,
                                 struct proxy **ret_proxy)
{
    struct rh_node *node = connection->home;
    if (connection->proxies.count >= node->limits.proxies_max) {
        emit_limit(node, actor_pid(node, connection->endpoint), RH_LIMIT, "proxies_max");
        return RH_LIMIT;
    }
    struct proxy *proxy =
        directory_reserve(node, &connection->proxies) ? node_allocate(node, sizeof(*proxy)) : NULL;
    if (proxy == NULL) {
        return RH_NO_MEMORY;
    }
    memset(proxy, 0, sizeof(*proxy));
    proxy->connection = connection;
    proxy->id.number = number;
    proxy->id.pid = pid;
    proxy->actor.behaviour = &proxy_behaviour;
    proxy->actor.pid = pid;
    proxy->actor.phase = PHASE_ALIVE;
    proxy->actor.form = FORM_PROXY;
    proxy->actor.key = random_stream(random_stream(pid.node, connection->generation), number);
    proxy->actor.link_generation = connection->link_generation;
    directory_add(&connection->proxies, &proxy->id);
    node->stats.proxies++;
    node->relayed += pid.node != connection->node;
    tell_added(proxy);
    *ret_proxy = proxy;
    return RH_OK;
}

enum rh_status proxy_open(struct connection *connection, struct rh_pid pid, uint64_t number,
                          struct proxy **ret_proxy)
{
    struct proxy *proxy = proxy_find(connection, pid);
    if (proxy == NULL) {
        return proxy_make(connection, pid, number, ret_proxy);
    }
    if (number != 0 && proxy->id.number == 0) {
        directory_number(&connection->proxies, &proxy->id, number);
        tell_added(proxy);
    }
    *ret_proxy = proxy;
    return RH_OK;
}

/* Those to whom it was introduced will hear noconnection. What they have said to it until then must not go another way:
 * they would not know of the links and monitors that it made. */
static void exports_lose(const struct rh_node *node, const struct actor *actor, struct rh_pid pid)
{
    const struct signal *first = actor->exports;
    for (const struct signal *entry = first; entry != NULL;
         entry = entry->next == first ? NULL : entry->next) {
        struct peer *peer = peer_find(node->remote, entry->body.from.node);
        struct connection *to = peer == NULL ? NULL : peer->connection;
        struct numbered *record = to == NULL ? NULL : directory_find_pid(&to->exports, pid);
        if (entry->role == ROLE_EXPORT && record != NULL) {
            touch_connection(to);
            record->is_lost = true;
        }
    }
}

void proxy_end(struct proxy *proxy, struct rh_message reason)
{
    struct connection *connection = proxy->connection;
    struct rh_node *node = connection->home;
    if (rh_reason_class(&reason) == RH_REASON_NOCONNECTION) {
        exports_lose(node, &proxy->actor, proxy->id.pid);
    }
    EMIT(node, .kind = RH_EVENT_PROXY_REMOVE, .actor = actor_pid(node, connection->endpoint),
         .peer = proxy->id.pid, .number = proxy->id.number, .message = &reason);
    actor_exit(node, &proxy->actor, reason, proxy->id.pid, RH_WHY_PARTNER);
}

void proxy_freed(struct rh_node *node, struct actor *actor)
{
    struct proxy *proxy = proxy_of_actor(actor);
    if (node->remote->link_generation < actor->link_generation) {
        node->remote->link_generation = actor->link_generation;
    }
    node->relayed -= proxy->id.pid.node != proxy->connection->node;
    node->stats.proxies--;
    directory_remove(&proxy->connection->proxies, &proxy->id);
    node_release(node, proxy, sizeof(*proxy));
}

/* ---- exports ---- */

static struct numbered *export_add(struct connection *connection, struct rh_pid pid)
{
    struct rh_node *node = connection->home;
    struct numbered *record =
        directory_reserve(node, &connection->exports) ? node_allocate(node, sizeof(*record)) : NULL;
    if (record == NULL) {
        connection_fail(connection, "no_memory");
        return NULL;
    }
    *record = (struct numbered){.number = ++connection->last_number, .pid = pid};
    directory_add(&connection->exports, record);
    node->stats.exports++;
    EMIT(node, .kind = RH_EVENT_EXPORT_ADD, .actor = pid,
         .peer = actor_pid(node, connection->endpoint), .number = record->number);
    if (!connection->plain) {
        connection_say(connection,
                       &(struct wire_message){
                           .verb = WIRE_EXPORT,
                           .from = record->number,
                           .numbers = {pid.node, pid.incarnation, pid.slot, pid.generation},
                       });
    }
    return record;
}

uint64_t export_number(struct connection *connection, struct rh_pid pid)
{
    if (rh_pid_is_none(pid)) {
        return 0;
    }
    struct numbered *record = directory_find_pid(&connection->exports, pid);
    if (record == NULL) {
        record = export_add(connection, pid);
    }
    return record == NULL ? 0 : record->number;
}

void export_remove(struct connection *connection, struct numbered *record)
{
    struct rh_node *node = connection->home;
    EMIT(node, .kind = RH_EVENT_EXPORT_REMOVE, .actor = record->pid,
         .peer = actor_pid(node, connection->endpoint), .number = record->number);
    directory_remove(&connection->exports, record);
    node->stats.exports--;
    node_release(node, record, sizeof(*record));
}

void export_dead(struct connection *connection, struct rh_pid pid)
{
    struct rh_node *node = connection->home;
    enum rh_status status = RH_OK;
    struct signal *gone = signal_create(node, &status);
    if (gone == NULL) {
        connection_fail(connection, "no_memory");
        return;
    }
    (void)export_number(connection, pid);
    gone->body.message = rh_reason(RH_REASON_NOPROC);
    signal_post(node, gone, RH_SIGNAL_GONE, pid, (struct rh_pid){.node = connection->node});
}

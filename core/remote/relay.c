/* SPDX-License-Identifier: MIT */
/*
 * Relays: how an actor of a node is reached that this node cannot dial.
 *
 * Whoever says a pid to such a node introduces the actor first, under a number of its own, as if it were its own; so it can
 * be used like any other, and its exit will be said. For that it must have been introduced to the relay itself: connections
 * that are to relay introduce everybody, own actors and foreign ones. Names and groups are not relayed.
 *
 * The first way that an actor's signals take stays theirs as long as its connection lives, even if a shorter one turns up:
 * signals on two ways would overtake each other. A loop cannot arise by itself, because nobody is introduced to the
 * connection that he is reached by; what circles while a circle of nodes learns of an exit ends with it.
 *
 * When a way is lost, what still waits for it is lost in the same step: whoever hears of the loss is not linked by the next
 * way all the same, and what is said next overtakes nothing. For the same reason no way is taken while something waits that
 * was said when there was none. Further than one's own queue this does not go: what has got past a leg before it broke goes
 * on, and may come behind what another way has brought since; that its sender is out of reach comes behind it.
 */
#include "core/message/head.h"
#include "core/remote/internal.h"

#include <rehearse/message_match.h>

#include <string.h>

static bool is_in_reach(const struct remote *remote, uint32_t number)
{
    const struct peer *peer = peer_find(remote, number);
    return peer != NULL && (peer->connection != NULL || peer->options.block != NULL);
}

/* Does something wait that is to go to its own node, by no other way? */
static bool is_waited_for(const struct rh_node *node, struct rh_pid to)
{
    const struct signal *at = node->queue.head;
    while (at != NULL && !(rh_pid_equal(at->to, to) && at->hop == to.node)) {
        at = at->next;
    }
    return at != NULL;
}

struct connection *relay_of(const struct rh_node *node, struct rh_pid to)
{
    const struct remote *remote = node->remote;
    struct proxy *first = NULL;
    struct connection *at = remote->first;
    for (; at != NULL; at = at->next) {
        struct proxy *proxy = at->node == to.node ? NULL : proxy_find(at, to);
        if (proxy != NULL && proxy->is_way) {
            return at;
        }
        first = first == NULL ? proxy : first;
    }
    if (first == NULL || is_in_reach(remote, to.node) || is_waited_for(node, to)) {
        return NULL;
    }
    first->is_way = true;
    return first->connection;
}

/* Does a signal that waits need this way? What we pass on does, the actor's own node or not: whoever sent it will hear that
 * the way is lost. What own actors say to a node that can be dialled does not: it dials. */
static bool is_for(const struct connection *connection, const struct signal *signal)
{
    const struct rh_node *node = connection->home;
    return !pid_is_local(node, signal->to) && signal->hop == connection->node &&
           (signal->to.node != connection->node || !pid_is_local(node, signal->body.from));
}

void way_lost(struct connection *connection, const struct proxy *only)
{
    struct rh_node *node = connection->home;
    const struct signal *last = node->queue.tail; /* answers come behind it */
    struct signal *following = NULL;
    for (struct signal *at = node->queue.head; at != NULL; at = following) {
        following = at == last ? NULL : at->next;
        const struct proxy *proxy = is_for(connection, at) ? proxy_find(connection, at->to) : NULL;
        if (proxy != NULL && (only == NULL || proxy == only)) {
            touch(node, RH_TOUCH_TAKEN, at->body.from, at->hop, NULL);
            queue_remove(node, at);
            dead_letter(node, at, RH_WHY_NOCONNECTION);
        }
    }
}

uint32_t relay_hop(const struct rh_node *node, struct rh_pid to)
{
    const struct connection *connection = to.generation == 0 ? NULL : relay_of(node, to);
    return connection == NULL ? to.node : connection->node;
}

/* The record of an actor that this node can speak for on `connection`; NULL: it cannot. */
static struct actor *introducible(const struct connection *connection, struct rh_pid pid)
{
    struct rh_node *node = connection->home;
    if (pid_is_local(node, pid)) {
        touch(node, RH_TOUCH_LIFE, pid, 0, NULL);
        return actor_find(node, pid);
    }
    struct connection *way = relay_of(node, pid);
    if (way == NULL) {
        const struct peer *peer = peer_find(node->remote, pid.node);
        way = peer == NULL ? NULL : peer->connection;
    }
    struct proxy *proxy = way == NULL || way == connection ? NULL : proxy_find(way, pid);
    return proxy == NULL ? NULL : &proxy->actor;
}

/* Without memory for the word of its exit nobody is introduced: he is out of reach there then. */
static void introduce(struct connection *connection, struct rh_pid pid)
{
    if (pid.generation == 0 || pid.node == connection->node ||
        directory_find_pid(&connection->exports, pid) != NULL) {
        return;
    }
    struct actor *actor = introducible(connection, pid);
    if (actor != NULL && export_prepare_slow(connection->home, actor, connection->node) == RH_OK) {
        (void)export_number(connection, pid);
    }
}

void introduce_all(struct connection *connection, const struct rh_message *message)
{
    size_t left = 0;
    const uint8_t *at = rh_message_bytes(message, &left);
    struct rh_head head;
    if (left == 0 || memchr(at, RH_MAJOR_TAG << 5 | 24, left) == NULL) {
        return; /* no tag in it: the usual case */
    }
    while (rh_head_read(at, left, &head)) {
        size_t size = head.size;
        if (head.major == RH_MAJOR_BYTES || head.major == RH_MAJOR_TEXT) {
            size += (size_t)head.argument;
        } else if (head.major == RH_MAJOR_TAG) {
            size = rh_item_skip(at, left);
            struct rh_reader reader;
            struct rh_ref ref = {0};
            rh_reader_item(&reader, (struct rh_item){at, size});
            if (head.argument == RH_TAG_PID ? rh_read_pid(&reader, &ref.owner)
                                            : rh_read_ref(&reader, &ref)) {
                introduce(connection, ref.owner);
            }
        }
        if (size == 0 || size > left) {
            return;
        }
        at += size;
        left -= size;
    }
}

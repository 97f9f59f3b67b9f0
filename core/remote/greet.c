/* SPDX-License-Identifier: MIT */
/*
 * Hello: which node this is, which of two connections to it stays, and what happens when it can be used.
 *
 * Both sides may dial at once. Who is dialled answers hello only after it has claimed the number for that pipe, and the pipe
 * of the lower number wins. If the lower number is still dialling when the other's hello comes, that one is parked: it is
 * refused when our own pipe is up, when nothing waits for it any more, and accepted when ours fails. Its hello may also come
 * only then: a pipe that was accepted before ours was up does not displace it.
 *
 * A pipe that comes later may be one that the other side has given up since, for the very connection that is up; or it has lost
 * that one, and we have not noticed. So it is parked, too, and asked: a heartbeat in front of our hello. Whoever still dials
 * answers with one, and then the pipe displaces the old one; whoever does not has closed it.
 */
#include "core/message/utf8.h"
#include "core/remote/internal.h"

#include <string.h>

/* Give what waits for one connection to another. */
static void held_move(struct connection *from, struct connection *to)
{
    while (from->held != NULL) {
        struct signal *signal = from->held;
        list_remove(&from->held, signal);
        list_append(&to->held, signal);
    }
    to->held_count += from->held_count;
    from->held_count = 0;
}

/* Was a pipe accepted before ours was up? Then it was dialled before that, and has been given up since. */
static bool is_crossed(const struct connection *connection, const struct connection *other,
                       uint32_t incarnation)
{
    return other->outgoing && !connection->outgoing && connection->made < other->up &&
           incarnation == other->incarnation;
}

/* Which of two connections to one node stays? True: the new one. */
static bool displaces(const struct connection *connection, const struct connection *other,
                      uint32_t incarnation)
{
    if (other->state == CONNECTION_UP) {
        /* Otherwise it has lost the old one, or it was restarted. */
        return !is_crossed(connection, other, incarnation) && incarnation >= other->incarnation;
    }
    if (other->outgoing && !connection->outgoing) {
        return connection->home->id > other->node; /* both have dialled: the lower number's pipe */
    }
    return true;
}

static enum rh_status claim(struct connection *connection, uint32_t number, uint32_t incarnation)
{
    struct rh_node *node = connection->home;
    bool other_wanted = connection->options.set.node != 0 && connection->options.set.node != number;
    if (number == 0 || number == node->id || other_wanted) {
        return RH_INVALID;
    }
    struct peer *peer = peer_open(node, number);
    if (peer == NULL) {
        return RH_NO_MEMORY;
    }
    struct connection *other = peer->connection;
    if (other != NULL && other != connection) {
        if (!displaces(connection, other, incarnation)) {
            return RH_ALREADY;
        }
        if (other->state != CONNECTION_UP) {
            held_move(other, connection);
        }
        peer->connection = connection;
        connection_fail(other, "displaced");
        connection_settle(other);
    }
    peer->connection = connection;
    connection->node = number;
    connection->incarnation = incarnation;
    return RH_OK;
}

void connection_hello(struct connection *connection)
{
    const struct rh_node *node = connection->home;
    size_t length = strlen(node->name);
    if (length > node->limits.name_bytes_max ||
        !rh_utf8_valid((const uint8_t *)node->name, length)) {
        length = 0; /* it is for people only, and a bad hello would not be heard at all */
    }
    connection_say(connection, &(struct wire_message){
                                   .verb = WIRE_HELLO,
                                   .numbers = {WIRE_VERSION, node->id, node->incarnation},
                                   .name = {(const uint8_t *)node->name, length},
                               });
}

void connection_refuse(struct connection *connection, const char *why)
{
    struct rh_message reason = RH_ITEM(NULL, why);
    touch_lane(connection, RH_TOUCH_LANE, 0);
    connection_say(connection, &(struct wire_message){.verb = WIRE_TRANSPORT_ERROR,
                                                      .reason = rh_message_item(&reason)});
    connection->closing = why;
}

/* Ours is up: who said hello as the same node in the meantime was late. */
static void refuse_parked(const struct connection *winner)
{
    struct connection *following = NULL;
    for (struct connection *at = winner->home->remote->first; at != NULL; at = following) {
        following = at->next;
        if (at->parked == winner->node && at != winner) {
            at->parked = 0;
            connection_refuse(at, "duplicate");
            connection_settle(at);
        }
    }
}

void connection_ready(struct connection *connection)
{
    struct rh_node *node = connection->home;
    struct peer *peer = peer_find(node->remote, connection->node);
    bool spent = connection->plain && peer->generation >= UINT32_MAX; /* its incarnations are */
    if (spent || watches_reserve(node) != RH_OK) {
        connection_fail(connection, spent ? "exhausted" : "no_memory");
        return;
    }
    connection->state = CONNECTION_UP;
    connection->up = ++node->remote->up_count;
    connection->requests.next_reference = node->remote->next_reference;
    connection->link_generation = node->remote->link_generation;
    connection->generation = ++peer->generation;
    if (connection->plain) {
        connection->incarnation = (uint32_t)connection->generation;
    }
    node->stats.connections++;
    struct rh_pid who = {.node = connection->node, .incarnation = connection->incarnation};
    EMIT(node, .kind = RH_EVENT_CONNECTION_UP, .actor = actor_pid(node, connection->endpoint),
         .peer = who, .number = connection->generation);
    watches_up(node, connection);
    connection->lane.opening = true;
    members_say(connection);
    while (connection->held != NULL) {
        struct signal *signal = connection->held;
        list_remove(&connection->held, signal);
        signal->role = ROLE_QUEUED;
        connection->held_count--;
        depart(connection, signal);
    }
    connection->lane.opening = false;
    refuse_parked(connection);
}

/* Does the other side want it? Not known, of a pipe that would displace one that is up with the same incarnation. */
static bool has_to_ask(const struct connection *connection, uint32_t number, uint32_t incarnation)
{
    const struct peer *peer = peer_find(connection->home->remote, number);
    const struct connection *other = peer == NULL ? NULL : peer->connection;
    return other != NULL && other->state == CONNECTION_UP && incarnation == other->incarnation &&
           !connection->outgoing && !connection->is_wanted &&
           !is_crossed(connection, other, incarnation);
}

static void park(struct connection *connection, uint32_t number, uint32_t incarnation)
{
    connection->parked = number;
    connection->incarnation = incarnation;
}

void connection_heartbeat(struct connection *connection)
{
    if (connection->parked == 0 && connection->outgoing) { /* we are asked */
        connection_say(connection, &(struct wire_message){.verb = WIRE_HEARTBEAT});
    } else if (connection->is_asked) {
        uint32_t number = connection->parked;
        connection->parked = 0;
        connection->is_wanted = true;
        connection_greet(connection, number, connection->incarnation);
    } else {
        arrive_forged(connection, "no_hello");
    }
}

void connection_greet(struct connection *connection, uint32_t number, uint32_t incarnation)
{
    if (has_to_ask(connection, number, incarnation)) {
        park(connection, number, incarnation);
        connection->is_asked = true;
        connection_say(connection, &(struct wire_message){.verb = WIRE_HEARTBEAT});
        return;
    }
    enum rh_status status = claim(connection, number, incarnation);
    if (status == RH_ALREADY &&
        peer_find(connection->home->remote, number)->connection->state != CONNECTION_UP) {
        park(connection, number, incarnation);
        connection->is_asked = false;
        return;
    }
    if (status != RH_OK) {
        connection_refuse(connection, status == RH_ALREADY ? "duplicate" : "node_number");
        return;
    }
    if (!connection->outgoing && !connection->plain) {
        connection_hello(connection);
    }
    connection_ready(connection);
}

void connection_unpark(struct rh_node *node, uint32_t number)
{
    struct connection *at = node->remote->first;
    while (at != NULL && at->parked != number) {
        at = at->next;
    }
    if (at != NULL) {
        at->parked = 0;
        at->is_asked = false;
        connection_greet(at, number, at->incarnation);
        connection_settle(at);
    }
}

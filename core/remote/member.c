/* SPDX-License-Identifier: MIT */
/* Groups over nodes: a connection that goes up hears of all members here, and then of every join and leave. An exit is heard
 * as an exit: the proxy leaves its groups itself. */
#include "core/remote/internal.h"

static void say(struct connection *connection, struct actor *actor, const struct name *group,
                enum wire_verb verb)
{
    if (connection->plain || connection->state != CONNECTION_UP) {
        return;
    }
    touch_connection(connection);
    if (export_prepare_slow(connection->home, actor, connection->node) != RH_OK) {
        connection_fail(connection, "no_memory"); /* the other side would not know of a member */
        return;
    }
    struct wire_message frame = {
        .verb = verb,
        .from = export_number(connection, actor->pid),
        .name = {(const uint8_t *)group->text, group->length},
    };
    connection_say(connection, &frame);
}

struct member_visit {
    struct connection *connection;
    struct actor *actor;
};

static void say_join(void *self, const struct name *group)
{
    struct member_visit *visit = self;
    say(visit->connection, visit->actor, group, WIRE_JOIN);
}

void members_say(struct connection *connection)
{
    struct rh_node *node = connection->home;
    for (uint32_t slot = 0; slot < node->slot_count; slot++) {
        struct actor *actor = actor_at(node, slot);
        if (actor->phase == PHASE_ALIVE || actor->phase == PHASE_EMBRYO) {
            struct member_visit visit = {connection, actor};
            groups_each_membership(actor, say_join, &visit);
        }
    }
}

void member_say(struct rh_node *node, struct actor *actor, const struct name *group, bool joined)
{
    struct connection *following = NULL;
    touch_net(node, RH_TOUCH_SEES_NET);
    for (struct connection *at = node->remote->first; at != NULL; at = following) {
        following = at->next;
        say(at, actor, group, joined ? WIRE_JOIN : WIRE_LEAVE);
        connection_settle(at);
    }
}

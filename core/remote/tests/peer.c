/* SPDX-License-Identifier: MIT */
#include "core/remote/tests/peer.h"

#include <stdio.h>
#include <string.h>

void peer_dial(struct peer_side *peer, struct net *net)
{
    *peer = (struct peer_side){.net = net};
    peer->pipe = net_dial(net, 1);
}

struct rh_item peer_text(const char *text)
{
    return (struct rh_item){(const uint8_t *)text, strlen(text)};
}

struct rh_item peer_item(const char *text)
{
    static struct rh_message message;
    message = RH_ITEM(NULL, text);
    assert_int_equal(rh_message_status(message), RH_OK);
    return rh_message_item(&message);
}

void peer_say(struct peer_side *peer, const struct wire_message *message)
{
    uint8_t bytes[4096];
    size_t size = wire_size(message);
    assert_true(size <= sizeof(bytes));
    assert_int_equal(wire_encode(message, bytes, sizeof(bytes)), size);
    net_write(peer->net, peer->pipe, bytes, size);
}

void peer_hello(struct peer_side *peer, struct net *net, uint32_t node, uint32_t incarnation)
{
    peer_dial(peer, net);
    SAY(peer, .verb = WIRE_HELLO, .numbers = {WIRE_VERSION, node, incarnation},
        .name = peer_text("peer"));
    (void)peer_heard(peer);
}

void peer_export(struct peer_side *peer, uint64_t number, struct rh_pid pid)
{
    SAY(peer, .verb = WIRE_EXPORT, .from = number,
        .numbers = {pid.node, pid.incarnation, pid.slot, pid.generation});
}

static void write_down(struct peer_side *peer, const struct wire_message *message)
{
    size_t used = strlen(peer->heard);
    char *at = peer->heard + used;
    size_t room = sizeof(peer->heard) - used;
    int size = snprintf(at, room, "%s", wire_verb_word(message->verb));
    const char *fields = wire_verb_fields(message->verb);
    if (strpbrk(fields, "fF") != NULL && message->from != 0) {
        size += snprintf(at + size, room - (size_t)size,
                         wire_is_by_pid(message->from) ? " pid" : " %u", (unsigned)message->from);
    }
    if (strpbrk(fields, "tT") != NULL) {
        size += snprintf(at + size, room - (size_t)size, ">%u", (unsigned)message->to);
    }
    if (message->reason.size > 0) {
        struct rh_message reason;
        char text[64];
        assert_int_equal(
            rh_message_copy(NULL, message->reason.bytes, message->reason.size, &reason), RH_OK);
        (void)rh_message_print(&reason, NULL, text, sizeof(text));
        size += snprintf(at + size, room - (size_t)size, " %s", text);
    }
    (void)snprintf(at + size, room - (size_t)size, "; ");
}

const char *peer_heard(struct peer_side *peer)
{
    static uint8_t bytes[1 << 20];
    struct rh_limits limits = rh_limits_default();
    size_t size = net_read(peer->net, peer->pipe, bytes, sizeof(bytes));
    peer->heard[0] = '\0';
    for (size_t at = 0; at < size;) {
        struct wire_message message;
        size_t length = (size_t)bytes[at + 1] << 24 | (size_t)bytes[at + 2] << 16 |
                        (size_t)bytes[at + 3] << 8 | bytes[at + 4];
        assert_int_equal(bytes[at], 0x5a);
        assert_true(at + FRAME_HEADER_BYTES + length <= size);
        assert_int_equal(
            wire_decode(bytes + at + FRAME_HEADER_BYTES, length, &limits, false, &message),
            WIRE_OK);
        if (message.verb != WIRE_HELLO) {
            write_down(peer, &message);
        }
        at += FRAME_HEADER_BYTES + length;
    }
    return peer->heard;
}

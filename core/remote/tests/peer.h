/* SPDX-License-Identifier: MIT */
/* A peer made by hand: it says what no node would. */
#ifndef CORE_REMOTE_TESTS_PEER_H
#define CORE_REMOTE_TESTS_PEER_H

#include "core/remote/tests/net.h"
#include "core/wire/frame.h"
#include "core/wire/wire.h"

struct peer_side {
    struct net *net;
    size_t pipe;
    char heard[4096];
};

/** Open a pipe into node 1. */
void peer_dial(struct peer_side *peer, struct net *net);
/** The same, and say hello as this node. */
void peer_hello(struct peer_side *peer, struct net *net, uint32_t node, uint32_t incarnation);
void peer_say(struct peer_side *peer, const struct wire_message *message);
#define SAY(peer, ...) peer_say((peer), &(struct wire_message){__VA_ARGS__})
/** Introduce an actor: node, incarnation, slot, generation. */
void peer_export(struct peer_side *peer, uint64_t number, struct rh_pid pid);
/** What the node said since: "export 1; send 1>7; exit 1; ", verbs with from and to, without hello. */
const char *peer_heard(struct peer_side *peer);
/** Text as an item, for names and reasons. */
struct rh_item peer_text(const char *text);
struct rh_item peer_item(const char *text);

#endif

/* SPDX-License-Identifier: MIT */
/** @file
 *  Between the sockets of the nodes: everything that one writes to another passes here, and can be delayed, swallowed, cut or
 *  ended. Private to harness/live. */
#ifndef HARNESS_LIVE_RELAY_H
#define HARNESS_LIVE_RELAY_H

#include "harness/live/live.h"
#include "harness/live/pack.h"

#include <rehearse/cluster.h>

#include <poll.h>

/** Ways and connections together. */
#define RELAY_FILES_MAX 512u

/** Somebody may connect from one node to another. */
struct relay_way {
    uint32_t from;
    uint32_t to;
    int listener; /**< -1: closed */
    bool is_held; /**< nothing passes, not even a connection */
    bool is_shut; /**< whoever connects waits */
};

/** One side of a connection: what comes from its socket and goes to the other one. */
struct relay_side {
    uint32_t node;
    int fd;            /**< -1: closed */
    struct pack bytes; /**< read here, not yet written there */
    uint64_t seen;     /**< bytes read */
    uint64_t passed;   /**< bytes written to the other side */
    bool has_ended;    /**< nothing more comes */
    bool has_rest;     /**< one byte was left in the socket, see relay.c */
    bool has_told;     /**< its end was passed on */
    bool is_muted;     /**< what comes vanishes */
    bool is_cut;
    uint64_t cut_at;
    uint64_t frames; /**< passed, as flaws count */
};
struct relay_pipe {
    struct relay_side sides[2]; /**< who connected; who accepted */
    uint32_t accepted;          /**< the how-manyeth connection of the accepting node it is */
    uint32_t connected;         /**< of this way */
};

struct relay {
    struct relay_way *ways;
    uint32_t way_count;
    struct relay_pipe *pipes;
    uint32_t pipe_count;
    uint32_t *accepted; /**< by node */
    uint32_t node_count;
    char folder[64];
    bool is_held; /**< everything is */
    uint64_t
        unaware; /**< bits of nodes that hear of an end where a reset was meant: they have written nothing */
    enum rh_live_flaw flaw;
    bool is_flawed; /**< the flaw has struck */
    bool has_failed;
};

RH_MUST_USE enum rh_status relay_open(struct relay *relay, const char *folder, uint32_t nodes);
void relay_close(struct relay *relay);
/** Fill in what is to be waited for; shortens the wait where looking is the only way. */
nfds_t relay_files(struct relay *relay, struct pollfd *files, int *timeout_ms);
/** Pass on what can be; returns how much has happened. */
uint64_t relay_turn(struct relay *relay);

void relay_harm(struct relay *relay, uint32_t from, uint32_t to, enum rh_harm harm, uint64_t bytes);
/** Let nothing pass between two nodes, or let it again. */
void relay_part(struct relay *relay, uint32_t a, uint32_t b, bool is_parted);
/** Let whoever connects from one node to another wait, or come in. */
void relay_shut(struct relay *relay, uint32_t from, uint32_t to, bool is_shut);
/** Nobody is there any more: connections to it are refused. */
void relay_forget(struct relay *relay, uint32_t node);
/** Has everything that was passed on been read? */
bool relay_is_read(const struct relay *relay);
/** Are there connections between the two that neither has left? */
bool relay_connects(const struct relay *relay, uint32_t a, uint32_t b);

#endif

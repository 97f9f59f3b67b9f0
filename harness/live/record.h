/* SPDX-License-Identifier: MIT */
/** @file
 *  What a child says: everything its node does, as it happens, between the steps that it begins. Private to harness/live. */
#ifndef HARNESS_LIVE_RECORD_H
#define HARNESS_LIVE_RECORD_H

#include "harness/live/pack.h"

#include <rehearse/actor.h>
#include <rehearse/world.h>

/** What the parent says: identifier, byte, what follows. */
#define LIVE_COMMAND_MAP(X)                                                                        \
    X(SET, 'S', "node, seed, shuffle, folder, name and text of the scenario: be a node")           \
    X(DIAL, 'D', "node: connect to it")                                                            \
    X(GO, 'G', "instant: the stage is set; the time of the run begins then, the same for all")     \
    X(PERFORM, 'P', "number, part, values: an operation of a step or script")                      \
    X(STRIKE, 'T', "number, fault, patience, draw: an armed fault strikes, after so many events")  \
    X(ROUND, 'R', "number: answer as soon as there is nothing to do")                              \
    X(HOLD, 'H', "do nothing until RESUME, or SIGKILL")                                            \
    X(RESUME, 'V', "go on")                                                                        \
    X(HEAL, 'C', "no more faults")                                                                 \
    X(END, 'E', "close everything and exit")

/** What a child says. */
#define LIVE_WORD_MAP(X)                                                                           \
    X(EVENT, 'e', "of its node, or a fault")                                                       \
    X(STEP, 's', "time: its node is about to handle this")                                         \
    X(PART, 'l', "lane, number, time: it is about to perform")                                     \
    X(STRUCK, 'f', "event, number, time, message: a fault is about to strike")                     \
    X(DONE, 'd', "number, how, values: it has performed, or has not")                              \
    X(QUIET, 'i', "round, timers: there is nothing to do")                                         \
    X(DIALLED, 'c', "node, 0: it has begun to connect there")                                      \
    X(STARTED, 'g', "what is told from here on is the run")                                        \
    X(HELD, 'h', "as it was told to")                                                              \
    X(COMPLAINT, 'x', "text: it cannot go on")

enum live_command {
#define X(identifier, byte, sentence) LIVE_##identifier = (byte),
    LIVE_COMMAND_MAP(X)
#undef X
};
enum live_word {
#define X(identifier, byte, sentence) LIVE_SAYS_##identifier = (byte),
    LIVE_WORD_MAP(X)
#undef X
};

/** What a WAIT wants; the event's `want` points to `receive`. */
struct live_want {
    struct rh_receive receive;
    struct rh_message *messages; /**< patterns, then tags */
    struct rh_ref *refs;
};

/** One word of a stream that has a place in the order of the run: EVENT, STEP, PART, STRUCK, DIALLED, STARTED. */
struct live_record {
    enum live_word word;
    enum rh_record_kind kind; /**< EVENT */
    struct rh_event event;    /**< EVENT; its message points to `message`, its name is owned; STEP,
                                   PART, STRUCK: its time */
    struct rh_message message;
    struct live_want *want;
    enum rh_pending_kind
        pending;     /**< STEP, as its other fields in `event`; STRUCK: of the message */
    bool is_network; /**< EVENT, STEP: of an actor that keeps nodes connected */
    bool has_prey;   /**< STRUCK: it is a message that is struck */
    uint64_t id;     /**< PART: lane; STRUCK: event; DIALLED: index of the node */
    uint32_t number; /**< PART, STRUCK: of the command */
};

void live_put_event(struct pack *pack, enum rh_record_kind kind, const struct rh_event *event,
                    bool is_network);
/** `prey`: the message, or NULL. */
void live_put_struck(struct pack *pack, uint64_t event, uint32_t number, rh_instant now,
                     const struct rh_pending *prey);
void live_put_step(struct pack *pack, rh_instant now, const struct rh_pending *pending,
                   bool is_network);
void live_put_part(struct pack *pack, uint32_t lane, uint32_t number, rh_instant now);
/** Read a word into a record, which is to be freed in every case. False: it is no such word, or cut. */
bool live_read(struct unpack *frame, enum live_word word, struct live_record *ret_record);
/** Does it say no more than that a connection is kept: that a timer of one fires, or that bytes come and go? */
bool live_is_small_talk(const struct live_record *record);
void live_record_free(struct live_record *record);
/** The record was moved to another place: mend what points into it. */
void live_record_moved(struct live_record *record);

#endif

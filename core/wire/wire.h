/* SPDX-License-Identifier: MIT */
/** @file
 *  What frames say: CBOR arrays that begin with a verb. One table; encoder, decoder, document and tests read it.
 *
 *  Ids. A side numbers its own actors from 1 as they first cross the connection; `from` is such a number of the sender's,
 *  `to` one of the receiver's, 0 nobody. After `hello` a `to` may also name an actor of the receiver's node by its pid
 *  (WIRE_BY_PID), because pids travel in payloads too; and a verb that answers for an actor may name it by its pid, so that
 *  a dead one needs no number. */
#ifndef CORE_WIRE_WIRE_H
#define CORE_WIRE_WIRE_H

#include <rehearse/limits.h>
#include <rehearse/message.h>
#include <rehearse/pid.h>

/** The format's version, told by hello. Peers of another one are refused. */
#define WIRE_VERSION 1U

/** One row per verb: identifier, word, opcode of Erlang's and beamr's distribution for the same thing or 0, the fields of the
 *  array behind the verb, a sentence. A field is one letter:
 *
 *      f  from: a number of the sender's            t  to: a number of the receiver's, or a pid of its node
 *      T  to, or a name: an actor or a registered name (for a name `to` is 0)
 *      F  from, a pid of the sender's node, or a name (for a name `from` is 0)
 *      r  reference, 0 to 2^64-1
 *      n  name: text                                a b c d  numbers, 0 to 2^32-1
 *      i  item: any value                           x  reason: any value up to reason_bytes_max; before hello text only
 *
 *  i and x may be CBOR's `undefined`, the byte 0xf7, which is no value: the empty message, a reason that there is none. The
 *  encoder writes it for an item of size 0. Names have at most name_bytes_max bytes, none of them 0; T and F take no empty
 *  ones. Before hello ids are below WIRE_BY_PID; that of f always is. */
#define WIRE_MAP(X)                                                                                \
    X(HELLO, "hello", 0, "abcn", "version, node, incarnation, name: the first frame of each side") \
    X(EXPORT, "export", 0, "fabcd",                                                                \
      "the number belongs to the actor node, incarnation, slot, generation")                       \
    X(SEND, "send", 2, "fti", "a message")                                                         \
    X(SEND_NAMED, "send_named", 6, "fni", "a message to whoever has the name")                     \
    X(ALIAS_SEND, "alias_send", 33, "ftrabi",                                                      \
      "a message through an alias (0: none), with flags and hops")                                 \
    X(LINK, "link", 1, "ft", "install the other half of a link")                                   \
    X(UNLINK, "unlink", 35, "ftr", "remove it; acknowledged with the same reference")              \
    X(UNLINK_ACK, "unlink_ack", 36, "ftr", "it is removed")                                        \
    X(EXIT, "exit", 3, "fx",                                                                       \
      "the actor of this number has exited; the number is never used again")                       \
    X(SIGNAL, "signal", 8, "ftx", "an exit signal that somebody sent")                             \
    X(MONITOR, "monitor", 19, "fTr", "watch an actor or the owner of a name")                      \
    X(DEMONITOR, "demonitor", 20, "fTr", "watch it no longer")                                     \
    X(MONITOR_EXIT, "monitor_exit", 21, "Ftrx", "what was watched has exited")                     \
    X(ASK_ALIVE, "ask_alive", 0, "ftr", "is it alive?")                                            \
    X(LIVENESS, "liveness", 0, "Ftra", "answer: 1 alive, 0 not")                                   \
    X(SPAWN, "spawn", 29, "frnai", "start a behaviour by name, with flags and argument")           \
    X(SPAWN_REPLY, "spawn_reply", 31, "ftrx", "the child, or 0 and a reason")                      \
    X(UNDELIVERABLE, "undeliverable", 0, "Ftxi", "a message comes back, with why")                 \
    X(JOIN, "join", 101, "fn", "an actor has joined a group")                                      \
    X(LEAVE, "leave", 101, "fn", "an actor has left a group")                                      \
    X(HEARTBEAT, "heartbeat", 0, "", "nothing to say")                                             \
    X(TRANSPORT_ERROR, "transport_error", 0, "x", "the connection ends, for this reason")

enum wire_verb {
#define X(identifier, word, opcode, fields, sentence) WIRE_##identifier,
    WIRE_MAP(X)
#undef X
    WIRE_COUNT
};

const char *wire_verb_word(enum wire_verb verb);
const char *wire_verb_fields(enum wire_verb verb);
/** Return whether thespian has the verb: the only ones for a peer that did not say hello. */
bool wire_verb_is_plain(enum wire_verb verb);

/** `to` by pid: this bit, 31 bits of generation, 32 bits of slot. */
#define WIRE_BY_PID ((uint64_t)1 << 63)
static inline bool wire_is_by_pid(uint64_t id)
{
    return (id & WIRE_BY_PID) != 0;
}
/** Generations from 2^31 up cannot be written so. */
static inline bool wire_pid_fits(struct rh_pid pid)
{
    return pid.generation < (uint32_t)1 << 31;
}
static inline uint64_t wire_by_pid(struct rh_pid pid)
{
    return WIRE_BY_PID | (uint64_t)pid.generation << 32 | pid.slot;
}
/** Return the pid that `id` means on the node (node, incarnation). */
static inline struct rh_pid wire_pid(uint64_t id, uint32_t node, uint32_t incarnation)
{
    struct rh_pid pid = {node, incarnation, (uint32_t)id, (uint32_t)(id >> 32) & 0x7fffffffU};
    return pid;
}

/** What one frame says. Fields that the verb does not have are 0 or empty. Nothing is owned: name and item are views. */
struct wire_message {
    enum wire_verb verb; /**< WIRE_COUNT: none that we know */
    uint64_t from;
    uint64_t to;
    uint64_t reference;
    uint64_t numbers[4]; /**< a b c d; decoded ones fit 32 bits */
    struct rh_item
        name; /**< the bytes of the text, without head; not terminated; size 0: no name */
    struct rh_item item;   /**< i, one validated item; size 0: none */
    struct rh_item reason; /**< x, one validated item; size 0: none */
};

/** Make a message that says nothing but its verb. Names each field: a compiler clears what is left out as a block, which takes
 *  longer than all the rest of a small frame. */
static inline void wire_message_init(struct wire_message *message, enum wire_verb verb)
{
    message->verb = verb;
    message->from = 0;
    message->to = 0;
    message->reference = 0;
    message->numbers[0] = 0;
    message->numbers[1] = 0;
    message->numbers[2] = 0;
    message->numbers[3] = 0;
    message->name.bytes = NULL;
    message->name.size = 0;
    message->item.bytes = NULL;
    message->item.size = 0;
    message->reason.bytes = NULL;
    message->reason.size = 0;
}

/** How a frame is bad. The first class is counted and the connection lives, the second closes it. */
enum wire_result {
    WIRE_OK,
    WIRE_UNKNOWN_VERB, /**< ignored: a younger peer may know more */
    WIRE_BAD_ITEM, /**< ignored: payload or reason is not of our subset, above the limits, or a plain peer's that is no text;
                            an end is acted upon all the same, without its reason */
    WIRE_BAD_FIELD,    /**< ignored: wrong arity, type or range of a field */
    WIRE_NOT_AN_ARRAY, /**< fatal: "bad_frame": what carries the frames is broken */
};

/** Return the word of a result, as counters and reasons carry it; "ok" for WIRE_OK. */
const char *wire_result_word(enum wire_result result);
static inline bool wire_is_fatal(enum wire_result result)
{
    return result == WIRE_NOT_AN_ARRAY;
}

/** Read the bytes of one frame. `plain`: the peer did not say hello; reasons must be text and verbs thespian's. Exactly one
 *  item, nothing behind it (what is behind it counts for its last field). Never allocates; time is linear in `size`. On
 *  anything but WIRE_OK *ret_message tells what was read before the flaw, so that an answer can be sent. */
enum wire_result wire_decode(const uint8_t *bytes, size_t size, const struct rh_limits *limits,
                             bool plain, struct wire_message *ret_message);

/** Return the bytes that a message needs with its frame header. */
size_t wire_size(const struct wire_message *message);
/** Return a number that is no less, and found at once. */
size_t wire_size_most(const struct wire_message *message);

/** Write header and message; `room` is at least wire_size(). Returns what was written: wire_size(). Items are copied as they
 *  are: the caller vouches for them, and for the ranges of the fields. */
size_t wire_encode(const struct wire_message *message, uint8_t *to, size_t room);

#endif

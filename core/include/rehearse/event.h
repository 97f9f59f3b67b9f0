/* SPDX-License-Identifier: MIT */
/** @file
 *  The event stream: everything that a node does, told to one observer as it happens. Checks, traces and reports read
 *  nothing else. In production the observer is NULL and costs one comparison per event. */
#ifndef REHEARSE_EVENT_H
#define REHEARSE_EVENT_H

#include <rehearse/message.h>
#include <rehearse/pid.h>
#include <rehearse/status.h>

RH_PUBLIC_BEGIN

/** One row per kind of signal: identifier, word, sentence. */
#define RH_SIGNAL_MAP(X)                                                                           \
    X(START, "START", "run init of a new actor")                                                   \
    X(MESSAGE, "MESSAGE", "a payload")                                                             \
    X(LINK, "LINK", "install the other half of a link")                                            \
    X(UNLINK, "UNLINK", "remove the other half of a link")                                         \
    X(EXIT, "EXIT", "a linked actor has exited")                                                   \
    X(EXIT_SIGNAL, "EXIT2", "an exit signal that somebody sent")                                   \
    X(MONITOR, "MONITOR", "install the target's half of a monitor")                                \
    X(DEMONITOR, "DEMONITOR", "remove the target's half of a monitor")                             \
    X(DOWN, "DOWN", "a monitored actor has exited")                                                \
    X(ASK_ALIVE, "ASK_ALIVE", "is the target alive?")                                              \
    X(LIVENESS, "LIVENESS", "answer to ASK_ALIVE")                                                 \
    X(UNDELIVERABLE, "UNDELIVERABLE", "a message comes back to its sender")                        \
    X(SPAWN_REPLY, "SPAWN_REPLY", "answer to a spawn request")                                     \
    X(GROUP_JOIN, "GROUP_JOIN", "an actor has joined a monitored group")                           \
    X(GROUP_LEAVE, "GROUP_LEAVE", "an actor has left a monitored group")                           \
    X(SPAWN_REQUEST, "SPAWN_REQUEST", "spawn an actor on another node")                            \
    X(GONE, "GONE", "an actor whose number a peer knows has exited")                               \
    X(NODE_UP, "NODE_UP", "a node can be reached")                                                 \
    X(NODE_DOWN, "NODE_DOWN", "a node cannot be reached any more")                                 \
    X(TAKE, "TAKE", "take a wanted delivery from the own mailbox")                                 \
    X(TIMER, "TIMER", "a timer is due")                                                            \
    X(RECEIVE_TIMER, "RECEIVE_TIMER", "a selective receive gives up")                              \
    X(IO, "IO", "something happened to a pipe or child")                                           \
    X(USER, "USER", "an input of the driver")

enum rh_signal_kind {
#define X(identifier, word, sentence) RH_SIGNAL_##identifier,
    RH_SIGNAL_MAP(X)
#undef X
    RH_SIGNAL_COUNT
};

const char *rh_signal_kind_word(enum rh_signal_kind kind);

/** One row per reason for which something was dropped, removed or refused. */
#define RH_WHY_MAP(X)                                                                              \
    X(NONE, "-", "nothing to explain")                                                             \
    X(REQUESTED, "requested", "the owner asked for it")                                            \
    X(NOPROC, "noproc", "the target is dead or never was")                                         \
    X(NOCONNECTION, "noconnection", "the target's node cannot be reached")                         \
    X(NONAME, "noname", "nobody has the name")                                                     \
    X(STALE, "stale", "its entry is gone or newer")                                                \
    X(IGNORED, "ignored", "an exit signal with reason normal")                                     \
    X(CLOSED, "closed", "the alias is closed")                                                     \
    X(OVERFLOW, "overflow", "the mailbox cap")                                                     \
    X(EXIT, "exit", "the owner has exited")                                                        \
    X(PARTNER, "partner", "the other side's signal")                                               \
    X(FLUSHED, "flushed", "removed by flush")                                                      \
    X(FIRED, "fired", "it has been delivered")                                                     \
    X(FAULT, "fault", "an injected fault")                                                         \
    X(HOPS, "hops", "forwarded too often")                                                         \
    X(NODE, "node", "the node has stopped")

enum rh_why {
#define X(identifier, word, sentence) RH_WHY_##identifier,
    RH_WHY_MAP(X)
#undef X
    RH_WHY_COUNT
};

const char *rh_why_word(enum rh_why why);

/** One row per kind of event: identifier, word, what its signal is (see enum rh_event_signal), which fields mean what
 *  (besides `kind` and `now`).
 *
 *  A signal's life is SEND, then exactly one of HANDLE, PUT, DROP, RETURN, DEPART; a PUT one's then one of TAKE,
 *  DISCARD, or it is still in the mailbox at the end. What departs from one node arrives at another, where it is SENT
 *  once more on its sender's behalf, or is lost with the connection. REFUSE stands alone. Timers, receive time-outs and
 *  inputs are not SENT: FIRE or INPUT precedes their HANDLE. Faults show by why = FAULT: at SEND it is a copy that
 *  waits next in its channel, behind what is being handled, or with number = 1 a forgery that comes first of all; at
 *  HANDLE, PUT and TAKE the payload has been replaced, at DROP and DISCARD it was taken away; at OUTPUT it is a copy or
 *  a replacement, and an output that was taken away is the DROP of a USER of the actor itself; an EFFECT with it never
 *  reaches the driver, see RH_EFFECT_MAP. EFFECT and the INPUT of IO name a handle: peer = who made it, ordinal. */
#define RH_EVENT_MAP(X)                                                                            \
    X(SPAWN, "spawn", NONE,                                                                        \
      "actor = child, peer = parent, ordinal = n-th child, key, name = behaviour")                 \
    X(SEND, "send", LOCAL,                                                                         \
      "actor = sender, peer = target (name set: by name), signal, message, ordinal")               \
    X(REFUSE, "refuse", LOCAL, "actor = sender, peer = target, signal, message, status")           \
    X(HANDLE, "handle", LOCAL, "actor = receiver, peer = sender, signal, message, ordinal")        \
    X(PUT, "put", LOCAL, "as HANDLE: the delivery went to the mailbox")                            \
    X(TAKE, "take", LOCAL, "actor = owner, peer = sender, signal, message: a turn follows")        \
    X(DISCARD, "discard", LOCAL,                                                                   \
      "actor = owner, peer = sender, signal, message, why: left the mailbox")                      \
    X(DROP, "drop", LOCAL, "actor = receiver, peer = sender, signal, message, why: had no effect") \
    X(RETURN, "return", LOCAL,                                                                     \
      "actor = dead target, peer = sender, message: an UNDELIVERABLE is sent")                     \
    X(TURN_END, "turn_end", NONE,                                                                  \
      "actor, status = what the behaviour returned: told unless it is RH_OK")                      \
    X(EXIT, "exit", NONE,                                                                          \
      "actor, message = reason (NULL: the node went), peer = cause or none, why")                  \
    X(EXIT_END, "exit_end", NONE, "actor: its exit step is complete")                              \
    X(LINK_ADD, "link_add", NONE, "actor = owner of the half, peer = partner")                     \
    X(LINK_REMOVE, "link_remove", NONE, "actor, peer, why")                                        \
    X(MONITOR_ADD, "monitor_add", NONE,                                                            \
      "actor = watcher, peer = target, ordinal, name: watcher's half")                             \
    X(MONITOR_REMOVE, "monitor_remove", NONE, "actor = watcher, peer = target, ordinal, why")      \
    X(WATCH_ADD, "watch_add", NONE, "actor = target, peer = watcher, ordinal: target's half")      \
    X(WATCH_REMOVE, "watch_remove", NONE, "actor = target, peer = watcher, ordinal, why")          \
    X(NAME_ADD, "name_add", NONE, "actor = owner, name, peer = who registered")                    \
    X(NAME_REMOVE, "name_remove", NONE, "actor = owner, name, why")                                \
    X(ALIAS_OPEN, "alias_open", NONE, "actor = owner, ordinal, number = enum rh_alias_mode")       \
    X(ALIAS_CLOSE, "alias_close", NONE, "actor = owner, ordinal, why")                             \
    X(TIMER_SET, "timer_set", NONE,                                                                \
      "actor = creator, peer = target or name, ordinal, message, due")                             \
    X(TIMER_CANCEL, "timer_cancel", NONE, "actor = creator, peer = target, ordinal, why, due")     \
    X(TIMER_FIRE, "timer_fire", NONE, "actor = creator, peer = target, ordinal, message, due")     \
    X(GROUP_ADD, "group_add", NONE, "actor = member, name = group")                                \
    X(GROUP_REMOVE, "group_remove", NONE, "actor = member, name = group, why")                     \
    X(TRAP, "trap", NONE, "actor, number = 1 on, 0 off")                                           \
    X(CAP, "cap", NONE, "actor, number = how many messages may wait for it: told after its SPAWN") \
    X(WAIT, "wait", NONE, "actor, due, want: armed a selective receive")                           \
    X(WAIT_END, "wait_end", NONE, "actor, why: FIRED, REQUESTED or EXIT")                          \
    X(FLUSH, "flush", LOCAL,                                                                       \
      "actor, signal = EXIT, peer or DOWN, ordinal; number = how many were removed")               \
    X(INPUT, "input", NONE,                                                                        \
      "actor = target, message: a driver's input; of IO: name = its word, peer, ordinal, number")  \
    X(OUTPUT, "output", NONE, "actor, message: an effect for the driver")                          \
    X(LIMIT, "limit", NONE, "actor, status, name = the limit that was reached")                    \
    X(DEPART, "depart", CROSSING,                                                                  \
      "actor = sender, peer = target, signal, message, ordinal: into a frame")                     \
    X(ARRIVE, "arrive", CROSSING,                                                                  \
      "actor = sender, peer = target, signal, message: from a frame, SEND next")                   \
    X(LOSE, "lose", CROSSING,                                                                      \
      "actor = sender, peer = target, signal: from a frame, and it had no effect; why")            \
    X(CONNECTION_UP, "connection_up", NONE, "actor = endpoint, peer = node, number = generation")  \
    X(CONNECTION_DOWN, "connection_down", NONE,                                                    \
      "actor = endpoint, peer = node, number, name = why")                                         \
    X(PROXY_ADD, "proxy_add", NONE,                                                                \
      "actor = endpoint, peer = remote actor, number = of the peer's or 0")                        \
    X(PROXY_REMOVE, "proxy_remove", NONE,                                                          \
      "actor = endpoint, peer = remote actor, number, message = reason")                           \
    X(EXPORT_ADD, "export_add", NONE,                                                              \
      "actor, peer = endpoint, number: the peer knows it by this number")                          \
    X(EXPORT_REMOVE, "export_remove", NONE,                                                        \
      "actor, peer = endpoint, number: the peer was told of its exit")                             \
    X(FRAME_BAD, "frame_bad", NONE, "actor = endpoint, name = what is wrong: ignored, or the end") \
    X(MARK, "mark", NONE,                                                                          \
      "actor, name = topic, message: what an actor wants to be seen, see rh_mark")                 \
    X(EFFECT, "effect", NONE,                                                                      \
      "actor, name = its word, peer, ordinal, number; why; status = what a fault could not do")    \
    X(NODE_END, "node_end", NONE,                                                                  \
      "name = the node's: it has gone, with all that still waited there")

enum rh_event_kind {
#define X(identifier, word, signal, sentence) RH_EVENT_##identifier,
    RH_EVENT_MAP(X)
#undef X
    RH_EVENT_COUNT
};

const char *rh_event_kind_word(enum rh_event_kind kind);

/** What `signal` of an event stands for. */
enum rh_event_signal {
    RH_EVENT_SIGNAL_NONE,    /**< for nothing that was sent */
    RH_EVENT_SIGNAL_LOCAL,   /**< for a signal between two actors of this node */
    RH_EVENT_SIGNAL_CROSSING /**< for one on its way from node to node */
};

/** Say what the signal of such events is; RH_EVENT_SIGNAL_NONE for what is no kind. */
enum rh_event_signal rh_event_kind_signal(enum rh_event_kind kind);

struct rh_receive;

/** One event. Pointers are borrowed for the call; message is NULL where the kind has none. */
struct rh_event {
    enum rh_event_kind kind;
    enum rh_signal_kind signal;
    enum rh_why why;
    enum rh_status status;
    rh_instant now;
    struct rh_pid actor;
    struct rh_pid peer;
    uint64_t
        ordinal; /**< reference or spawn ordinal; for SEND and later of a MESSAGE: alias ordinal or 0 */
    uint64_t number; /**< small numbers; for SPAWN the actor's key */
    rh_instant due;
    const struct rh_message *message;
    const char *name;
    const struct rh_receive *want; /**< WAIT: what is wanted; otherwise NULL */
    uint32_t hop; /**< SEND and DEPART of what leaves: the node that it goes to next; otherwise 0 */
};

/** Who listens. Called inside the step; must not call back into the node but for <rehearse/inspect.h>. */
struct rh_observer {
    void (*event)(void *self, const struct rh_event *event);
    void *self;
};

RH_PUBLIC_END
#endif

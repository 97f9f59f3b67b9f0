/* SPDX-License-Identifier: MIT */
/** @file
 *  A node: a single-threaded container of actors, and a state machine. A driver feeds it inputs (each with the time)
 *  and applies its effects; the node never calls the operating system and hangs from no global state.
 *
 *      create -> (spawn | input | run | deliver | take | fire)* -> destroy
 *
 *  Two ways to drive it. `rh_node_run` takes the oldest signal each time: production, and the fifo strategy. A
 *  scheduler that wants other orders asks what is pending and executes one event by name. */
#ifndef REHEARSE_NODE_H
#define REHEARSE_NODE_H

#include <rehearse/actor.h>
#include <rehearse/event.h>
#include <rehearse/filter.h>
#include <rehearse/io.h>
#include <rehearse/limits.h>

RH_PUBLIC_BEGIN

struct rh_node;

/** One row per input: what a driver may tell a node. Inputs never queue: they are handled at once, a turn included. */
#define RH_INPUT_MAP(X)                                                                            \
    X(TIME, "time", "time has passed: rh_node_run with a later now")                               \
    X(USER, "user", "a payload for one actor: rh_node_input")                                      \
    X(IO, "io", "something has happened to a handle: rh_node_feed, see RH_IO_MAP")

/** One row per effect: what a node may ask of its driver. Taken with rh_node_take_effect, in order. One that can fail is
 *  answered by exactly one input, in a later event: CONNECT and LISTEN by OPENED or CLOSED, START by STARTED or CLOSED, WRITE
 *  by WRITTEN or CLOSED, CLOSE by CLOSED.
 *
 *  The filter is asked, and the observer told, when an effect is asked for. It can drop all but CLOSE, and what was promised
 *  of an answer holds: a dropped CONNECT, LISTEN, START or WRITE becomes REFUSE, and a SHUTDOWN
 *  behind such a WRITE is none; PAUSE, RESUME, SHUTDOWN and KILL are lost, and nobody hears of it. It can double
 *  and replace USER alone. Any other answer is told as the status RH_INVALID of an effect that passed. */
#define RH_EFFECT_MAP(X)                                                                           \
    X(USER, "user", "an actor said something to the world: rh_output")                             \
    X(CONNECT, "connect", "open a pipe to address")                                                \
    X(LISTEN, "listen", "accept pipes at address")                                                 \
    X(WRITE, "write", "write bytes; they are the node's and stay until it is answered")            \
    X(PAUSE, "pause", "read no more for now")                                                      \
    X(RESUME, "resume", "read again")                                                              \
    X(SHUTDOWN, "shutdown", "end the writing direction behind what was written")                   \
    X(CLOSE, "close", "close; bytes being written are not read again; answered by CLOSED")         \
    X(START, "start", "start the child of command")                                                \
    X(KILL, "kill", "send signal number to the child and its process group")                       \
    X(REFUSE, "refuse",                                                                            \
      "a fault: open nothing, or end what is open, and feed CLOSED with FAULT; as it was asked for")

enum rh_input_kind {
#define X(identifier, word, sentence) RH_INPUT_##identifier,
    RH_INPUT_MAP(X)
#undef X
    RH_INPUT_COUNT
};
enum rh_effect_kind {
#define X(identifier, word, sentence) RH_EFFECT_##identifier,
    RH_EFFECT_MAP(X)
#undef X
    RH_EFFECT_COUNT
};

const char *rh_effect_kind_word(enum rh_effect_kind kind);

/** Pointers are borrowed: `bytes` until WRITE is answered or CLOSE taken, the others until the next call that changes the
 *  node. After each such call a driver takes all effects before it reads `bytes` of an earlier one again: an owner that
 *  exits frees them. */
struct rh_effect {
    enum rh_effect_kind kind;
    struct rh_pid actor;              /**< who asked */
    struct rh_message message;        /**< USER; the driver unrefs it */
    struct rh_ref handle;             /**< all others */
    const char *address;              /**< CONNECT, LISTEN; REFUSE: or the program of a START */
    const struct rh_command *command; /**< START */
    const uint8_t *bytes;             /**< WRITE */
    size_t size;                      /**< WRITE; REFUSE: of a WRITE, else 0 */
    int number;                       /**< KILL */
};

/** How to create a node. Zeroed but for `node` is production with default limits. All pointers are borrowed for the
 *  node's life, `limits` is copied. */
struct rh_node_options {
    uint32_t node;        /**< its number in the cluster, from 1 (0 becomes 1) */
    uint32_t incarnation; /**< from 1 (0 becomes 1) */
    uint64_t seed;        /**< of the actors' random streams */
    const struct rh_limits *limits;
    const struct rh_allocator *allocator;
    const struct rh_allocator *marks; /**< of what only observers are told; NULL: `allocator` */
    const struct rh_observer *observer;
    const struct rh_filter *filter;
    const char *name; /**< what it calls itself to other nodes; NULL: "" */
    /** Find a behaviour that other nodes may spawn here by name; NULL: there is none. */
    const struct rh_behaviour *(*find_behaviour)(void *self, const char *name);
    void *behaviours; /**< self of find_behaviour */
    uint32_t
        first_generation; /**< of slots, and start of every id space; for exhaustion tests; 0 becomes 1 */
};

RH_MUST_USE enum rh_status rh_node_create(const struct rh_node_options *options,
                                          struct rh_node **ret_node);
/** Free everything. Runs no exit steps: actors are accounted `node`; their deinit runs. Accepts NULL. */
void rh_node_destroy(struct rh_node *node);

/** Has an actor drawn from its stream? */
bool rh_node_has_drawn(const struct rh_node *node);
/** Give the streams another seed, before anybody has drawn. */
void rh_node_reseed(struct rh_node *node, uint64_t seed);

/** What a step looks at or leans on without a word in the event stream: a whereis, a cancel that comes too late. Identifier,
 *  what it touches. */
#define RH_TOUCH_MAP(X)                                                                            \
    X(LIFE, "looks whether actor lives")                                                           \
    X(NAME, "looks at who has name, or at what name actor has")                                    \
    X(GROUP, "changes the group name, or what groups actor is in")                                 \
    X(SEES_GROUP, "looks at the group name")                                                       \
    X(TIMER, "looks at timer ordinal of actor")                                                    \
    X(LINKS, "looks at the links of actor, in order to change them")                               \
    X(SEES_LINKS, "looks at the links of actor")                                                   \
    X(MAILBOX, "asks for room at actor, which has a cap")                                          \
    X(HANDLE, "gives handle ordinal of actor to another")                                          \
    X(NET, "changes which other nodes the node of actor knows, or how it reaches them")            \
    X(SEES_NET, "looks at that")                                                                   \
    X(CONNECTION, "uses what the connection of actor, an endpoint, knows of actors")               \
    X(LANE, "changes how the connection of actor writes; ordinal is 1")                            \
    X(PUT, "has ordinal bytes to say by the connection of actor, now or behind what is written")   \
    X(WRITTEN, "the connection of actor has written, and may write what it has to say since")      \
    X(WATCH, "begins or ends to watch nodes; name is watches")                                     \
    X(WATCHES, "looks who watches nodes; name is watches")                                         \
    X(TAKEN,                                                                                       \
      "takes out of the queue what waited first of what actor sent by way of the node ordinal")

enum rh_touch_kind {
#define X(identifier, sentence) RH_TOUCH_##identifier,
    RH_TOUCH_MAP(X)
#undef X
    RH_TOUCH_COUNT
};

/** Who hears of that, for schedulers that ask which steps commute. Called inside the step. */
struct rh_witness {
    void (*touch)(void *self, enum rh_touch_kind kind, struct rh_pid actor, uint64_t ordinal,
                  const char *name);
    void *self;
};
/** Set it (copied); NULL for none, as in production. */
void rh_node_set_witness(struct rh_node *node, const struct rh_witness *witness);

/** Change what listens and what filters; NULL for none. */
void rh_node_observe(struct rh_node *node, const struct rh_observer *observer);
void rh_node_set_filter(struct rh_node *node, const struct rh_filter *filter);

/** Spawn a root actor at `now`. As rh_spawn; `link` and `monitor` must be off (RH_INVALID). */
RH_MUST_USE enum rh_status rh_node_spawn(struct rh_node *node, rh_instant now,
                                         const struct rh_behaviour *behaviour,
                                         const struct rh_spawn_options *options,
                                         struct rh_pid *ret_actor);
/** Queue a message (taken) from nobody. */
RH_MUST_USE enum rh_status rh_node_send(struct rh_node *node, rh_instant now, struct rh_pid to,
                                        struct rh_message message);
/** Feed a USER input (message taken): one turn of `to`, at once. RH_NOPROC: it is dead or has not
 *  handled START. */
RH_MUST_USE enum rh_status rh_node_input(struct rh_node *node, rh_instant now, struct rh_pid to,
                                         struct rh_message message);
/** Feed what has happened to a handle: one turn of its owner, at once, or none if the owner has exited or closed it. An
 *  owner that has not handled its START handles it first. ACCEPTED makes the new pipe's handle and writes it to *ret_accepted
 *  (NULL for other kinds) before the turn; on failure the driver closes that pipe. RH_NOPROC: the node knows no such handle
 *  (any more), or nobody accepts. RH_INVALID: that cannot happen to this handle now. RH_LIMIT, RH_NO_MEMORY, RH_EXHAUSTED:
 *  ACCEPTED was refused, and nobody told. */
RH_MUST_USE enum rh_status rh_node_feed(struct rh_node *node, rh_instant now,
                                        const struct rh_io *io, struct rh_ref *ret_accepted);
/** Give an actor a pipe that the driver has open already, such as the stdin and stdout of this process. RH_NOPROC,
 *  RH_LIMIT, RH_NO_MEMORY, RH_EXHAUSTED. No turn. */
RH_MUST_USE enum rh_status rh_node_adopt(struct rh_node *node, rh_instant now, struct rh_pid owner,
                                         struct rh_ref *ret_handle);
/** Run one turn of `to` that calls `body` with its context instead of its behaviour: how a driver makes an actor act
 *  (scripted steps, tests). What body returns is treated as receive's. RH_NOPROC as rh_node_input. */
RH_MUST_USE enum rh_status rh_node_turn(struct rh_node *node, rh_instant now, struct rh_pid to,
                                        enum rh_status (*body)(struct rh_context *ctx, void *state,
                                                               void *argument),
                                        void *argument);
/** End an actor from outside, between turns, through the one exit routine; `reason` is taken. A fault. RH_NOPROC. */
RH_MUST_USE enum rh_status rh_node_crash(struct rh_node *node, rh_instant now, struct rh_pid actor,
                                         struct rh_message reason);

/** Put a signal (message taken) that nobody sent next into the channel from `from` to `to`, an actor of this node: a fault. A
 *  MESSAGE is as good as any; an EXIT, UNLINK, DOWN or DEMONITOR is one that nothing current backs, and has no effect.
 *  RH_INVALID: another kind, or another node's actor. RH_NOPROC: `to` is dead or has not handled START. */
RH_MUST_USE enum rh_status rh_node_forge(struct rh_node *node, rh_instant now,
                                         enum rh_signal_kind kind, struct rh_pid from,
                                         struct rh_pid to, struct rh_message message);
/** Leave an actor at most `left` identities of each of its own: references, links, children. A fault: nothing that is given is
 *  given again. RH_NOPROC: it is dead. */
RH_MUST_USE enum rh_status rh_node_exhaust(struct rh_node *node, struct rh_pid actor,
                                           uint32_t left);
/** Queue an exit signal (reason taken) from nobody: as rh_exit_signal of an actor that is not there. */
RH_MUST_USE enum rh_status rh_node_exit_signal(struct rh_node *node, rh_instant now,
                                               struct rh_pid to, struct rh_message reason);

/** Handle up to `budget` events, due timers first, then the oldest signal each time; returns how many it handled.
 *  Fewer than `budget` means idle until rh_node_next_due. */
size_t rh_node_run(struct rh_node *node, rh_instant now, size_t budget);
/** Return when the earliest timer is due; RH_NEVER without timers. */
rh_instant rh_node_next_due(const struct rh_node *node);
/** Take the oldest effect; false when there is none. */
bool rh_node_take_effect(struct rh_node *node, struct rh_effect *ret_effect);

/** An event that could happen next. Identified by (kind, actor, from or name, ordinal), never by position. */
enum rh_pending_kind {
    RH_PENDING_SIGNAL, /**< the oldest signal on the channel (from, actor) */
    RH_PENDING_TAKE,   /**< `actor` takes a wanted delivery from its mailbox */
    RH_PENDING_TIMER,  /**< a timer: `from` is its creator */
};
struct rh_pending {
    struct rh_pid actor; /**< whose turn it is; none for a timer or signal to a name nobody has */
    struct rh_pid from;
    enum rh_pending_kind kind;
    enum rh_signal_kind signal;
    uint64_t ordinal; /**< timers: n-th reference of the creator */
    rh_instant due;   /**< timers: exact; signals: when it was sent, or until when it is held */
    const struct rh_message *message; /**< borrowed until the next call that changes the node */
    const char *name;                 /**< target by name, or NULL */
    uint32_t hop;     /**< of a signal that leaves: the node that it goes to next; otherwise 0 */
    bool is_of_fault; /**< a fault has made it, a copy or a forgery, or held it */
    void *handle; /**< private: the event itself; valid until the next call that changes the node */
};
/** Tell `visit` every pending event: deliverable signals and takes in sending order, then the timers that are due by
 *  `due_max` in due order. What is for an actor that has not handled START waits. Stops when visit returns false. */
void rh_node_each_pending(struct rh_node *node, rh_instant due_max,
                          bool (*visit)(void *self, const struct rh_pending *pending), void *self);
/** Of two pending timers for the same target, the first due before the second: was it set before, too? Of those for a name
 *  nobody keeps account. */
bool rh_node_set_before(const struct rh_node *node, const struct rh_pending *first,
                        const struct rh_pending *second);
/** Tell only the oldest signal or take, for a driver that wants nothing else; false: there is none, or it has to wait. */
bool rh_node_oldest(const struct rh_node *node, struct rh_pending *ret_pending);
/** Execute one event that rh_node_each_pending has just told. A timer must be due. */
void rh_node_execute(struct rh_node *node, rh_instant now, const struct rh_pending *pending);
/** Let a signal that rh_node_each_pending has just told wait, and its channel behind it: its `due` is `until` from now on.
 *  Whoever drives the node minds that; RH_NEVER: until rh_node_let_go. A fault. */
void rh_node_hold(struct rh_node *node, const struct rh_pending *pending, rh_instant until);
/** Hold nothing any more. */
void rh_node_let_go(struct rh_node *node, rh_instant now);
/** Return whether nothing comes before the oldest signal or take, and when it was sent: no effect waits to be taken, and
 *  neither names nor other nodes have to be looked at. False says nothing: see rh_node_oldest. */
bool rh_node_is_plain(const struct rh_node *node, rh_instant *ret_sent);
/** Execute the oldest signal or take of a node that is plain, as rh_node_execute would. */
void rh_node_execute_oldest(struct rh_node *node, rh_instant now);

/** One row per counter. */
#define RH_STATS_MAP(X)                                                                            \
    X(events, "events handled")                                                                    \
    X(turns, "turns of behaviours")                                                                \
    X(spawned, "actors spawned")                                                                   \
    X(exited, "actors that ran their exit step")                                                   \
    X(actors, "actors alive now")                                                                  \
    X(messages_sent, "messages accepted")                                                          \
    X(messages_bytes, "bytes of messages accepted")                                                \
    X(messages_handled, "messages that reached a behaviour or a mailbox")                          \
    X(messages_dropped, "messages that were dropped, on their way or from a mailbox")              \
    X(messages_returned, "messages that went back to their sender")                                \
    X(messages_refused, "messages refused, at a cap or a limit")                                   \
    X(signals_sent, "signals other than messages that were sent")                                  \
    X(signals_waiting, "signals in the inbox now")                                                 \
    X(entries, "link, monitor, alias and timer entries now")                                       \
    X(links, "halves of links now")                                                                \
    X(monitors, "monitors now, counted at their watchers")                                         \
    X(timers, "timers now")                                                                        \
    X(dead_letters, "signals whose target was dead")                                               \
    X(stale_exits, "EXIT or UNLINK signals of links that were gone")                               \
    X(stale_downs, "DOWN, NODE_UP and NODE_DOWN signals of monitors that were gone")               \
    X(stale_group_notices, "joins and leaves for watches of groups that were gone")                \
    X(foreign_refs, "operations with another actor's reference")                                   \
    X(stale_pids, "operations with a pid whose slot has a later tenant")                           \
    X(alias_closed, "messages through a closed alias")                                             \
    X(allocation_failures, "times the allocator refused")                                          \
    X(connections, "connections that are up now")                                                  \
    X(proxies, "remote actors known now")                                                          \
    X(exports, "numbers that peers know now")                                                      \
    X(handles, "pipes and children now, their owner dead or alive")                                \
    X(memberships_passed, "memberships looked at to end one")                                      \
    X(frames_in, "frames that were read")                                                          \
    X(frames_out, "frames that were written")                                                      \
    X(frames_bad, "frames that were ignored because they were bad")                                \
    X(frames_stale, "frames for actors, links or monitors that are gone")                          \
    X(frames_forged, "frames that spoke for another node or to another one")                       \
    X(limits_reached, "times a limit was reached")

struct rh_node_stats {
#define X(field, sentence) uint64_t field;
    RH_STATS_MAP(X)
#undef X
};
void rh_node_stats(const struct rh_node *node, struct rh_node_stats *ret_stats);

RH_PUBLIC_END
#endif

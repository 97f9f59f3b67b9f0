/* SPDX-License-Identifier: MIT */
/** @file
 *  Actors: what a behaviour is, what it receives and what it can do in its turn.
 *
 *  An actor is a small set of functions over a state of its own. The node calls them, one turn at a time; a turn runs
 *  to its end and is atomic. Everything that an actor does goes through the context of its turn:
 *
 *      spawn -> init -> receive* -> (done | rh_exit | exit signal | kill | failure) -> exit step -> deinit
 *
 *  Semantics are Erlang/OTP's unless a comment says otherwise; control travels as typed signals, never in payloads. */
#ifndef REHEARSE_ACTOR_H
#define REHEARSE_ACTOR_H

#include <rehearse/allocator.h>
#include <rehearse/message.h>
#include <rehearse/pid.h>
#include <rehearse/reason.h>
#include <rehearse/status.h>

#include <stddef.h>

RH_PUBLIC_BEGIN

/** The turn that is running. Valid until the behaviour's function returns; never keep it. */
struct rh_context;

/** One row per kind of delivery: identifier, word, what `message` and the accessors mean. */
#define RH_DELIVERY_MAP(X)                                                                         \
    X(START, "start", "first turn: message is the spawn argument, from the spawner")               \
    X(MESSAGE, "message", "message is the payload, from its sender")                               \
    X(EXIT, "exit", "an exit signal reached this trapping actor: message is the reason")           \
    X(DOWN, "down",                                                                                \
      "a monitor fired: message is the reason, from the target, see rh_delivery_ref")              \
    X(TIMEOUT, "timeout", "a timer fired: message is its payload, from its creator")               \
    X(RECEIVE_TIMEOUT, "receive_timeout", "rh_receive gave up: nothing matched in time")           \
    X(UNDELIVERABLE, "undeliverable", "an own message came back: from is the target")              \
    X(LIVENESS, "liveness", "answer of rh_ask_alive: see rh_delivery_is_alive")                    \
    X(SPAWN_REPLY, "spawn_reply",                                                                  \
      "answer of rh_spawn_request: from is the child, none if refused")                            \
    X(GROUP_JOIN, "group_join", "from has joined the monitored group rh_delivery_name")            \
    X(GROUP_LEAVE, "group_leave", "from has left the monitored group rh_delivery_name")            \
    X(NODE_UP, "node_up", "a node can be reached: from.node and from.incarnation are its own")     \
    X(NODE_DOWN, "node_down", "a node cannot be reached any more: message is why")                 \
    X(IO, "io", "something happened to a pipe or child: see rh_delivery_io")                       \
    X(USER, "user", "an input of the driver")

enum rh_delivery_kind {
#define X(identifier, word, sentence) RH_DELIVERY_##identifier,
    RH_DELIVERY_MAP(X)
#undef X
    RH_DELIVERY_COUNT
};

const char *rh_delivery_kind_word(enum rh_delivery_kind kind);

/** What a turn is about. Owned by the node; borrow `message` for the turn, rh_message_ref it to keep it. */
struct rh_delivery {
    uint8_t kind;    /**< enum rh_delivery_kind */
    uint8_t flags;   /**< private */
    uint16_t hops;   /**< how often rh_forward has passed this message on */
    uint32_t detail; /**< private: see the accessors */
    struct rh_pid from;
    union {
        uint64_t ordinal; /**< private: see rh_delivery_ref */
        int64_t tag;      /**< private: see rh_delivery_link_tag */
        struct {
            uint32_t own;
            uint32_t peer;
        } pair; /**< private: link generations of the sender's entry */
    } id;
    struct rh_message message;
};

/** Return the monitor, timer, question, spawn request or group subscription that this delivery belongs to, or the
 *  alias that a message came through; a none owner when there is none. */
struct rh_ref rh_delivery_ref(const struct rh_context *ctx, const struct rh_delivery *in);

/** Return the tag that the link was made with; false when it had none (or the EXIT came from rh_exit_signal). */
bool rh_delivery_link_tag(const struct rh_delivery *in, int64_t *ret_tag);

/** Return the name that the monitor was set up by, or the name of the group; NULL otherwise. Valid for the turn. */
const char *rh_delivery_name(const struct rh_context *ctx, const struct rh_delivery *in);

/** Return whether the target of rh_ask_alive was alive when the question reached it. */
bool rh_delivery_is_alive(const struct rh_delivery *in);

/** Return why a SPAWN_REPLY or UNDELIVERABLE says no. */
enum rh_status rh_delivery_status(const struct rh_delivery *in);

/** What an actor does. The struct and `config` are borrowed for as long as any actor runs it.
 *
 *  A function that returns RH_OK stays; RH_DONE exits with reason normal; any other status exits with that status's
 *  word as reason. `receive` NULL means that the actor is spent after `init`: it exits with reason noreceive unless
 *  `init` said RH_DONE. `init` and `deinit` may be NULL. `deinit` gets no context: it can only free. */
struct rh_behaviour {
    const char *name; /**< for traces; static storage */
    size_t
        state_bytes; /**< zeroed storage that the node allocates and passes as `state`; 0: state is NULL */
    enum rh_status (*init)(struct rh_context *ctx, void *state, const struct rh_delivery *start);
    enum rh_status (*receive)(struct rh_context *ctx, void *state, const struct rh_delivery *in);
    void (*deinit)(void *state, const void *config);
    const void *config; /**< see rh_config */
    bool
        mailbox; /**< its actors have a mailbox, also when somebody spawns them without asking for one */
    /** Called once for every actor that was spawned with this behaviour, whether it ever started or not, when the node needs
     *  neither struct nor `config` for it any more; after `deinit`. NULL: whoever made them keeps them long enough. For
     *  behaviours that are made while the node runs. */
    void (*release)(const void *config);
};

/** What happens to a message for a capped actor that has its fill. Only messages count, never signals. */
enum rh_overflow {
    RH_OVERFLOW_REFUSE,      /**< the sender gets RH_FULL */
    RH_OVERFLOW_DROP_NEWEST, /**< accepted and dropped */
    RH_OVERFLOW_DROP_OLDEST, /**< accepted; the message that waited longest is dropped */
};

/** How to spawn. Zeroed is a plain actor. */
struct rh_spawn_options {
    struct rh_message argument; /**< taken; given to `init` in the START delivery */
    bool link;                  /**< both halves of a link in one step with the spawn */
    bool monitor;               /**< both halves of a monitor in one step with the spawn */
    bool trap;                  /**< starts out trapping exits */
    bool mailbox; /**< selective: messages wait in a mailbox until rh_receive takes them */
    bool has_link_tag;
    int64_t link_tag;
    uint32_t cap;              /**< messages that may wait; 0: no cap */
    enum rh_overflow overflow; /**< what happens at the cap */
    uint8_t alias;             /**< enum rh_alias_mode of the monitor */
};

/** Flags of single operations. */
enum rh_flag {
    RH_FLUSH = 1,  /**< also remove the notice if it is in the mailbox already */
    RH_RETURN = 2, /**< give the message back as UNDELIVERABLE if its target is dead */
};

/* ---- the turn ---- */

struct rh_pid rh_self(const struct rh_context *ctx);
/** Return the actor that spawned this one, dead or alive; none for a root. */
struct rh_pid rh_parent(const struct rh_context *ctx);
/** Return the parent if the spawn itself linked the two (as Erlang's start_link); none for all others, whoever they are
 *  linked with by now. */
struct rh_pid rh_linked_parent(const struct rh_context *ctx);
/** Return the time of this event, the same all through the turn. */
rh_instant rh_now(const struct rh_context *ctx);
/** Return the behaviour that the actor runs, as it was given to the spawn: whoever wraps behaviours finds what it keeps
 *  beside one. */
const struct rh_behaviour *rh_behaviour_of(const struct rh_context *ctx);
/** Return the `config` of the actor's behaviour. */
const void *rh_config(const struct rh_context *ctx);
/** Return the node's allocator, to build messages with. */
const struct rh_allocator *rh_allocator_of(const struct rh_context *ctx);
const struct rh_limits *rh_limits_of(const struct rh_context *ctx);
/** Draw from the actor's own stream: uniform in [0, bound), 0 for bound 0. Equal seeds and equal actors draw alike,
 *  whatever other actors do. */
uint64_t rh_random(struct rh_context *ctx, uint64_t bound);

/** End this turn and the actor with `reason` (taken). Returns RH_EXITED: write `return rh_exit(ctx, reason);`. What
 *  the behaviour does afterwards in this turn changes nothing. As Erlang's exit/1: no reason is special. */
enum rh_status rh_exit(struct rh_context *ctx, struct rh_message reason);

/** Switch trapping of exit signals; returns the old value. Judged when a signal is handled. */
bool rh_trap(struct rh_context *ctx, bool trap);

/* ---- messages ---- */

/** Send `message` (always taken). RH_OK says accepted, nothing about the target's life. Otherwise nothing was sent:
 *  RH_FULL (capped target that refuses), RH_LIMIT, RH_NO_MEMORY, RH_EXITED, or the status of a message that failed to
 *  build. Allocates from the signal pool. */
RH_MUST_USE enum rh_status rh_send(struct rh_context *ctx, struct rh_pid to,
                                   struct rh_message message);

/** As rh_send, with RH_RETURN. An undeliverable is never itself returned and never ends its sender. */
RH_MUST_USE enum rh_status rh_send_with(struct rh_context *ctx, struct rh_pid to,
                                        struct rh_message message, unsigned flags);

/** Send to the owner of a local name; RH_NOT_FOUND if it is free (as Erlang's badarg). */
RH_MUST_USE enum rh_status rh_send_name(struct rh_context *ctx, const char *name,
                                        struct rh_message message);

/** Send to (name, node): never refused for the name, which is resolved when the signal is handled. */
RH_MUST_USE enum rh_status rh_send_name_at(struct rh_context *ctx, const char *name, uint32_t node,
                                           struct rh_message message);

/** Pass a message on; its hop count rises. RH_LIMIT once it has been forwarded hops_max times. */
RH_MUST_USE enum rh_status rh_forward(struct rh_context *ctx, const struct rh_delivery *in,
                                      struct rh_pid to);

/** Send an array that reads like the data: RH_SEND(ctx, pong, "ping", 1). As rh_send; built where it will wait, so that
 *  nothing is copied. Arguments as RH_ARRAY's. */
#define RH_SEND(ctx, to, ...) RH_SEND_N_(RH_COUNT_(ctx, __VA_ARGS__), ctx, to, __VA_ARGS__)
#define RH_SEND_N_(count, ctx, to, ...)                                                            \
    rh_send_end(RH_JOIN_(RH_EACH_, count)(                                                         \
        RH_PUT_, rh_send_begin((ctx), (to), 0x80U | count, RH_BUILDER_(NULL)), __VA_ARGS__))
/* Private: what RH_SEND expands to. */
struct rh_builder *rh_send_begin(struct rh_context *ctx, struct rh_pid to, unsigned head,
                                 struct rh_builder *builder);
RH_MUST_USE enum rh_status rh_send_end(struct rh_builder *builder);

/** Hand `message` (taken) to the driver: the node's one way to say something to the world outside. */
RH_MUST_USE enum rh_status rh_output(struct rh_context *ctx, struct rh_message message);

/** Tell whoever observes the node something about oneself: a phase, a status, a promise kept. It is in the trace, checks judge
 *  it, and nothing else comes of it: no signal, no effect, no operation that a fault may count. `topic` is a word of the
 *  caller's, `message` is taken. In production, where nobody observes, ask rh_is_observed first and build nothing. */
void rh_mark(struct rh_context *ctx, const char *topic, struct rh_message message);
bool rh_is_observed(const struct rh_context *ctx);
/** What such a message is built with: who watches is not to go blind where a fault leaves an actor without memory. */
const struct rh_allocator *rh_mark_allocator(const struct rh_context *ctx);

/* ---- spawning, links, exit signals ---- */

/** Spawn an actor. START goes out on (self, child); its handling runs `init`. `options` may be NULL. On failure
 *  nothing remains. RH_LIMIT, RH_NO_MEMORY, RH_EXHAUSTED, RH_EXITED. `ret_monitor` may be NULL without monitor. */
RH_MUST_USE enum rh_status rh_spawn(struct rh_context *ctx, const struct rh_behaviour *behaviour,
                                    const struct rh_spawn_options *options,
                                    struct rh_pid *ret_child, struct rh_ref *ret_monitor);

/** As rh_spawn, with the answer as a SPAWN_REPLY delivery that precedes everything from the child. The request's
 *  reference is the monitor's, too. */
RH_MUST_USE enum rh_status rh_spawn_request(struct rh_context *ctx,
                                            const struct rh_behaviour *behaviour,
                                            const struct rh_spawn_options *options,
                                            struct rh_ref *ret_request);

/** Link with `to`. Linking twice is one link, linking oneself nothing. A dead target answers with EXIT(noproc); only
 *  an own caller that does not trap learns it at once as RH_NOPROC for a target on its node (as Erlang's link/1). */
RH_MUST_USE enum rh_status rh_link(struct rh_context *ctx, struct rh_pid to);

/** Link with every one of `partners`, or, unless RH_OK, with none that one was not linked with: a single operation, so that no
 *  crash comes between them. Whoever is dead answers with EXIT(noproc), also to a caller that does not trap. RH_INVALID (one is
 *  nobody), RH_NO_MEMORY, RH_EXHAUSTED, RH_EXITED. */
RH_MUST_USE enum rh_status rh_link_all(struct rh_context *ctx, const struct rh_pid *partners,
                                       size_t count);

/** As rh_link, with a tag that comes back in the EXIT (as lunatic's). The first tag stays: linking again with
 *  another one changes nothing and returns RH_ALREADY. */
RH_MUST_USE enum rh_status rh_link_tagged(struct rh_context *ctx, struct rh_pid to, int64_t tag);

/** Remove the link; a barrier: after it no EXIT of that link has any effect, with RH_FLUSH not even one in the
 *  mailbox. Without a link it does nothing. Never allocates. */
enum rh_status rh_unlink(struct rh_context *ctx, struct rh_pid to, unsigned flags);

/** Send an exit signal (as Erlang's exit/2); `reason` is taken. "kill" cannot be trapped. To oneself, one that would
 *  end a non-trapping actor ends it at once and returns RH_EXITED. RH_INVALID: `to` is nobody. */
RH_MUST_USE enum rh_status rh_exit_signal(struct rh_context *ctx, struct rh_pid to,
                                          struct rh_message reason);

/** Ask whether `target` is alive, behind everything already sent to it. Answered by a LIVENESS delivery. */
RH_MUST_USE enum rh_status rh_ask_alive(struct rh_context *ctx, struct rh_pid target,
                                        struct rh_ref *ret_question);

/* ---- monitors, aliases, ports ---- */

/** How an alias ends. One table serves monitor aliases, plain aliases and ports (reply addresses). */
enum rh_alias_mode {
    RH_ALIAS_NONE,
    RH_ALIAS_EXPLICIT,        /**< open until rh_alias_close */
    RH_ALIAS_DEMONITOR,       /**< as explicit; also ends when the monitor does */
    RH_ALIAS_REPLY,           /**< ends with the first message through it (a once port) */
    RH_ALIAS_REPLY_DEMONITOR, /**< as reply; ends the monitor, too */
};

/** Watch `target`: exactly one of DOWN, rh_demonitor or the own exit follows. Dead target: DOWN(noproc), after the
 *  reference is in the caller's hands. `alias` also opens an alias under the same reference. */
RH_MUST_USE enum rh_status rh_monitor(struct rh_context *ctx, struct rh_pid target,
                                      enum rh_alias_mode alias, struct rh_ref *ret_monitor);

/** Watch the actor that owns `name` now; the DOWN carries the name. A free name gives DOWN(noproc). */
RH_MUST_USE enum rh_status rh_monitor_name(struct rh_context *ctx, const char *name,
                                           enum rh_alias_mode alias, struct rh_ref *ret_monitor);

/** Stop watching. RH_OK: it was active. RH_NOT_FOUND: it was not, or it belongs to another actor (counted). With
 *  RH_FLUSH no DOWN of it remains in the mailbox. Never allocates. */
enum rh_status rh_demonitor(struct rh_context *ctx, struct rh_ref monitor, unsigned flags);

/** Open an alias (EXPLICIT) or a once port (REPLY) on the own inbox. */
RH_MUST_USE enum rh_status rh_alias_open(struct rh_context *ctx, enum rh_alias_mode mode,
                                         struct rh_ref *ret_alias);
/** Close it. RH_NOT_FOUND when it is not open or not one's own. What arrives later is dropped and counted. */
enum rh_status rh_alias_close(struct rh_context *ctx, struct rh_ref alias);
/** Send through an alias; as rh_send to its owner. Dropped silently when it is closed on arrival. */
RH_MUST_USE enum rh_status rh_send_alias(struct rh_context *ctx, struct rh_ref alias,
                                         struct rh_message message);

/* ---- names and groups ---- */

/** Give a free name to a live actor of this node that has none (as Erlang's register/2). RH_TAKEN, RH_NOPROC,
 *  RH_ALREADY (the actor has a name), RH_INVALID (empty, too long, "undefined"), RH_LIMIT, RH_NO_MEMORY. */
RH_MUST_USE enum rh_status rh_register(struct rh_context *ctx, const char *name,
                                       struct rh_pid actor);
/** Free a name, whoever owns it. RH_NOT_FOUND. */
enum rh_status rh_unregister(struct rh_context *ctx, const char *name);
/** Find the owner of a name; never a dead actor. RH_NOT_FOUND leaves none in *ret_actor. */
enum rh_status rh_whereis(struct rh_context *ctx, const char *name, struct rh_pid *ret_actor);

/** Join or leave a process group, oneself or another local actor; as often as joined (as Erlang's pg). */
RH_MUST_USE enum rh_status rh_group_join(struct rh_context *ctx, const char *group,
                                         struct rh_pid member);
enum rh_status rh_group_leave(struct rh_context *ctx, const char *group, struct rh_pid member);
/** Write up to `capacity` members in joining order; returns how many there are. */
size_t rh_group_members(struct rh_context *ctx, const char *group, struct rh_pid *members,
                        size_t capacity);
/** Be told of every later join and leave, until rh_group_demonitor: after that no notice of it arrives any more, with
 *  RH_FLUSH none remains in the mailbox either. */
RH_MUST_USE enum rh_status rh_group_monitor(struct rh_context *ctx, const char *group,
                                            struct rh_ref *ret_monitor);
/** Be told no longer: a notice that is under way is dropped. RH_NOT_FOUND when it is not open or not one's own. */
enum rh_status rh_group_demonitor(struct rh_context *ctx, struct rh_ref monitor, unsigned flags);

/* ---- timers ---- */

/** Deliver TIMEOUT with `message` (taken) to `to` after `delay`. Fires at most once, never early, never for a later
 *  tenant of the slot; it outlives its creator, and ends with its target. Otherwise nothing was started: RH_LIMIT,
 *  RH_NO_MEMORY, RH_EXHAUSTED, RH_EXITED, or the status of a message that failed to build. */
RH_MUST_USE enum rh_status rh_timer_start(struct rh_context *ctx, rh_duration delay,
                                          struct rh_pid to, struct rh_message message,
                                          struct rh_ref *ret_timer);
/** As rh_timer_start, but it arrives as an ordinary message from its creator (as Erlang's send_after). */
RH_MUST_USE enum rh_status rh_send_after(struct rh_context *ctx, rh_duration delay,
                                         struct rh_pid to, struct rh_message message,
                                         struct rh_ref *ret_timer);
/** As rh_send_after to a name that is resolved at expiry. */
RH_MUST_USE enum rh_status rh_send_after_name(struct rh_context *ctx, rh_duration delay,
                                              const char *name, struct rh_message message,
                                              struct rh_ref *ret_timer);
/** As rh_timer_start to a name that is resolved at expiry. */
RH_MUST_USE enum rh_status rh_timer_start_name(struct rh_context *ctx, rh_duration delay,
                                               const char *name, struct rh_message message,
                                               struct rh_ref *ret_timer);
/** Cancel: RH_OK means that it never fires; *ret_left (may be NULL) is the time it had left. RH_NOT_FOUND: it has fired
 *  or is gone. Never allocates. */
enum rh_status rh_timer_cancel(struct rh_context *ctx, struct rh_ref timer, rh_duration *ret_left);
/** Read the time left. RH_NOT_FOUND as rh_timer_cancel. */
enum rh_status rh_timer_read(struct rh_context *ctx, struct rh_ref timer, rh_duration *ret_left);

/* ---- selective receive (actors spawned with `mailbox`) ---- */

/** What to take from the mailbox: the earliest delivery that any row wants. Zeroed but for the time-out: anything. */
struct rh_receive {
    const struct rh_message
        *patterns; /**< messages only; see rh_pattern_match; referenced, not taken */
    size_t pattern_count;
    const struct rh_message
        *tags; /**< messages that are this item or an array that begins with it (lunatic) */
    size_t tag_count;
    const struct rh_ref *refs; /**< deliveries whose rh_delivery_ref is one of these; copied */
    size_t ref_count;
    rh_duration timeout; /**< RH_NEVER: wait for ever; 0: only look */
};

/** Take the first wanted delivery in a later turn of its own, or RECEIVE_TIMEOUT. One wait at a time: another call
 *  replaces it. A cancelled or timed-out wait leaves the queue as it was. RH_INVALID without a mailbox. */
RH_MUST_USE enum rh_status rh_receive(struct rh_context *ctx, const struct rh_receive *want);
/** Give up waiting. */
void rh_receive_cancel(struct rh_context *ctx);
/** Return how many deliveries are in the mailbox. */
size_t rh_mailbox_length(const struct rh_context *ctx);

/* ---- looking at oneself ---- */

/** Write the partners of the own links, in no promised order; returns how many there are. */
size_t rh_links(const struct rh_context *ctx, struct rh_pid *partners, size_t capacity);
/** Return whether the two are linked, as far as this one knows. In the turn of an EXIT: whether its sender, still linked, has
 *  sent it as an exit signal, by hand, instead of ending. */
bool rh_is_linked(const struct rh_context *ctx, struct rh_pid partner);
/** Write the targets of the own monitors, one per monitor. */
size_t rh_monitors(const struct rh_context *ctx, struct rh_pid *targets, size_t capacity);

RH_PUBLIC_END
#endif

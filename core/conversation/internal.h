/* SPDX-License-Identifier: MIT */
/*
 * What a conversation is made of. Private to core/conversation; built on the public actor interface only.
 *
 * Two actors and one record. The keeper is the address, holds the links and outlives the actor; the actor does the work
 * of the phases created and active and is started again when it crashes. The record is what they know. It has one owner
 * at a time: the actor while there is one, otherwise the keeper, which takes it over in the turn that handles the
 * actor's EXIT, so that no two turns that could happen in either order ever touch it. Code that works on the record runs in
 * whichever of the two owns it.
 *
 * A turn may end after any operation of its context. So the record is written first and acted on afterwards, what was done
 * leaves the record only when the operation has said RH_OK, and what an end of a participant leads to is derived from
 * the record, again and again until nothing is left to do. RH_EXITED, like every status but RH_OK, is passed up at once.
 *
 *      table.c     what happens in which phase
 *      mark.c      what observers are told
 *      record.c    the record and its lists
 *      start.c     START's argument
 *      command.c   requests in, answers out; close, await_exit, compensate
 *      exchange.c  a request and its reply: send, ask, route
 *      receive.c   who waits for a reply
 *      settle.c    ends of participants and all that they lead to
 *      query.c     the map of a query
 *      actor.c     the turns of the actor
 *      keeper.c    the turns of the keeper: passing on, starting again, taking over
 *      close.c     winding down
 *      client.c    for C programs
 *
 * All functions return RH_OK to go on; anything else ends the turn's actor and is passed up at once.
 */
#ifndef CORE_CONVERSATION_INTERNAL_H
#define CORE_CONVERSATION_INTERNAL_H

#include "core/conversation/table.h"

/** One row per command: identifier, word, items with the verb, and whether it may be carried out again after a crash. */
#define CONVERSATION_COMMAND_MAP(X)                                                                \
    X(SEND, "send", 2, 3, false)                                                                   \
    X(RECEIVE, "receive", 1, 2, false)                                                             \
    X(RECEIVE_OF, "receive_of", 2, 3, false)                                                       \
    X(ASK, "ask", 2, 4, false)                                                                     \
    X(AWAIT_EXIT, "await_exit", 2, 2, true)                                                        \
    X(COMPENSATE, "compensate", 3, 3, false)                                                       \
    X(CLOSE, "close", 1, 1, true)                                                                  \
    X(QUERY, "query", 1, 1, true)

enum verb {
#define X(identifier, word, items_min, items_max, is_idempotent) VERB_##identifier,
    CONVERSATION_COMMAND_MAP(X)
#undef X
    VERB_COUNT
};

/** A command that is being carried out. The views last for the turn. */
struct command {
    struct rh_ref call; /**< of nobody: the keeper's own */
    enum verb verb;
    struct rh_item payload; /**< send, ask, compensate */
    struct rh_pid
        actor;   /**< send, ask, await_exit: the participant, or none; compensate: the target */
    uint64_t id; /**< receive_of; ask, once it has one */
    size_t participant;  /**< await_exit: its index */
    rh_duration timeout; /**< RH_NEVER: none */
};

enum health {
    HEALTH_ALIVE,
    HEALTH_LEFT,
    HEALTH_CRASHED
};

struct participant {
    struct rh_pid pid;
    bool is_owned;
    bool is_inert;
    enum health health;
    bool is_down; /**< dead before this incarnation looked: the keeper will say how */
    bool
        is_told; /**< the keeper has said how, below; what the participant said before may still be on its way */
    struct rh_message reason; /**< of its end */
    rh_instant ended_at;
};

enum exchange_state {
    EXCHANGE_OPEN,    /**< sent, not answered; in `open` */
    EXCHANGE_REPLIED, /**< in `kept`, as is one that failed */
    EXCHANGE_FAILED,
};

/** A request and what became of it. */
struct exchange {
    struct exchange *next;
    uint64_t id;
    enum exchange_state state;
    bool is_sent;       /**< so that observers know of it */
    bool is_asked;      /**< an ask's: only that one may have the reply */
    bool is_accepted;   /**< the sender has been given the id */
    size_t participant; /**< index; NOBODY: of a buffer */
    struct rh_ref alias;
    struct rh_message
        message; /**< open: the payload, if it may have to be sent again; replied: the reply */
    enum rh_conversation_error error; /**< failed */
};

#define NOBODY SIZE_MAX

/** A command that waits. */
struct waiter {
    struct waiter *next;
    struct rh_ref call;
    enum verb verb;     /**< RECEIVE, RECEIVE_OF, ASK, AWAIT_EXIT or CLOSE */
    uint64_t id;        /**< RECEIVE_OF, ASK */
    size_t participant; /**< AWAIT_EXIT */
    struct rh_ref timer;
    struct rh_ref monitor; /**< of a client that waits for a reply */
};

struct compensator {
    struct compensator *next;
    struct rh_pid target;
    struct rh_message message;
};

/** One row per kind of context entry: identifier, word, what its number is. */
#define CONVERSATION_CONTEXT_MAP(X)                                                                \
    X(SENT, "sent")           /* id */                                                             \
    X(RESENT, "resent")       /* id */                                                             \
    X(REPLIED, "replied")     /* id */                                                             \
    X(RECEIVED, "received")   /* id */                                                             \
    X(LEFT, "left")           /* which participant, from 0 */                                      \
    X(CRASHED, "crashed")     /* which participant, from 0 */                                      \
    X(RESTARTED, "restarted") /* incarnation */

enum context_kind {
#define X(identifier, word) CONTEXT_##identifier,
    CONVERSATION_CONTEXT_MAP(X)
#undef X
    CONTEXT_COUNT
};

struct context_entry {
    uint64_t number;
    rh_instant at;
    enum context_kind kind;
};

/** The record. */
struct conversation {
    const struct rh_allocator *allocator;
    struct rh_behaviour actor; /**< of all incarnations; its `config` leads back here */
    struct conversation *self;
    size_t references; /**< of the keeper and of every incarnation that is not gone */
    struct rh_pid keeper;
    enum rh_conversation_phase phase;
    struct rh_message cause; /**< failed */
    enum rh_crash_policy policy;
    rh_instant deadline; /**< RH_NEVER: none */
    rh_duration grace;
    uint64_t restarts_max;
    rh_duration within;
    struct participant *participants; /**< in the order of routing */
    size_t participant_count;
    size_t participant_capacity;
    struct exchange *open; /**< oldest first, as the other lists */
    struct exchange *kept; /**< nobody has collected them yet, in order of completion */
    struct waiter *waiters;
    struct compensator *compensators; /**< the last one first */
    bool is_compensating;
    size_t entry_count; /**< exchanges, waiters, compensators */
    uint64_t last_id;
    uint64_t incarnation;
    bool has_current; /**< `current` is carried out: not answered, and not in a list yet */
    struct command current;
    struct rh_ref deadline_timer;
    struct rh_ref grace_timer;
    bool is_winding_down;          /**< owned participants have been told to end */
    struct context_entry *context; /**< a ring */
    size_t context_capacity;
    size_t context_count;
    size_t context_first;
    uint64_t context_dropped;
};

/* ---- record.c ---- */

enum rh_status conversation_create(struct rh_context *ctx, struct conversation **ret_conv);
/** Give one reference back; the last one frees. */
void conversation_unref(struct conversation *conv);
/** Append a participant; one that is there already keeps its place. RH_NO_MEMORY. */
enum rh_status participant_add(struct conversation *conv, struct rh_pid pid,
                               struct participant **ret_participant);
size_t participant_find(const struct conversation *conv, struct rh_pid pid);
/** Return the first one after `after` (NOBODY: from the start; wraps around) that is alive and takes payloads. */
size_t participant_next(const struct conversation *conv, size_t after);
bool has_receivers_of_payloads(const struct conversation *conv);
/** Append to a list. NULL: no memory or too many; *ret_error says which. */
struct exchange *exchange_add(struct rh_context *ctx, struct conversation *conv,
                              enum rh_conversation_error *ret_error);
void exchange_remove(struct conversation *conv, struct exchange *exchange);
/** Move an open exchange to those that are kept. */
void exchange_keep(struct conversation *conv, struct exchange *exchange);
struct exchange *exchange_find(struct exchange *list, uint64_t id);
struct waiter *waiter_add(struct rh_context *ctx, struct conversation *conv,
                          enum rh_conversation_error *ret_error);
void waiter_remove(struct conversation *conv, struct waiter *waiter);
struct compensator *compensator_add(struct rh_context *ctx, struct conversation *conv,
                                    enum rh_conversation_error *ret_error);
void compensator_remove(struct conversation *conv);
/** Note something in the context; the oldest entry goes when it is full, the new one when there is no memory. */
void context_note(struct rh_context *ctx, struct conversation *conv, enum context_kind kind,
                  uint64_t number);

/* ---- mark.c: what observers are told ---- */

/** Look an event up in the table; every decision about phases begins here. */
enum outcome conversation_event(struct rh_context *ctx, const struct conversation *conv,
                                enum event event);
/** A command makes created active. */
void become_active(struct rh_context *ctx, struct conversation *conv);
/** Become another phase; `cause` is taken and kept if it is failed. */
void become_phase(struct rh_context *ctx, struct conversation *conv,
                  enum rh_conversation_phase phase, struct rh_message cause);
void mark_incarnation(struct rh_context *ctx, const struct conversation *conv, struct rh_pid actor);
void mark_command(struct rh_context *ctx, const struct conversation *conv,
                  const struct command *command);
void mark_wait(struct rh_context *ctx, const struct conversation *conv,
               const struct waiter *waiter);
void mark_answer(struct rh_context *ctx, const struct conversation *conv, struct rh_ref call,
                 const char *word);
void mark_request(struct rh_context *ctx, const struct conversation *conv, uint64_t id,
                  const char *word, const char *why);
void mark_request_at(struct rh_context *ctx, const struct conversation *conv, uint64_t id,
                     const char *word, size_t participant);
void mark_received(struct rh_context *ctx, const struct conversation *conv, uint64_t id,
                   struct rh_ref call);
void mark_participant(struct rh_context *ctx, const struct conversation *conv,
                      const struct participant *participant);
void mark_notifier(struct rh_context *ctx, const struct conversation *conv,
                   const struct waiter *waiter, const char *word);
void mark_compensator(struct rh_context *ctx, const struct conversation *conv, struct rh_pid target,
                      const char *word);

/* ---- start.c ---- */

/** Read START's argument into a record. RH_INVALID. */
enum rh_status start_read(struct conversation *conv, const struct rh_delivery *start,
                          rh_instant now);
/** Kill those that START's argument says are owned, by the argument alone. */
void start_kill_owned(struct rh_context *ctx, const struct rh_delivery *start);

/* ---- command.c ---- */

/** Read a call; false: no request that there is. `command->call` is set in either case. */
bool command_read(struct rh_ref call, struct rh_item request, struct command *command);
bool command_is_idempotent(const struct command *command);
/** Carry a command out, as the phase allows. */
enum rh_status command_handle(struct rh_context *ctx, struct conversation *conv,
                              const struct command *command);
/** Answer a call with `reply` (taken); it is `current` no longer. `word` is "ok" or the kind of the error. A client that
 *  takes no more loses it; one that is too large is answered limit. */
enum rh_status command_answer(struct rh_context *ctx, struct conversation *conv, struct rh_ref call,
                              const char *word, struct rh_message reply);
enum rh_status command_refuse(struct rh_context *ctx, struct conversation *conv, struct rh_ref call,
                              enum rh_conversation_error error);
/** Refuse because of the phase: closing, closed, or failed with the cause. */
enum rh_status command_refuse_phase(struct rh_context *ctx, struct conversation *conv,
                                    struct rh_ref call);
/** Refuse for a status that an operation returned; RH_EXITED is passed up. */
enum rh_status command_refuse_status(struct rh_context *ctx, struct conversation *conv,
                                     struct rh_ref call, enum rh_status status);

/** Is this the phase of an actor? */
bool conversation_is_open(const struct conversation *conv);

/* ---- exchange.c ---- */

enum rh_status command_send(struct rh_context *ctx, struct conversation *conv,
                            const struct command *command);
/** A message came through an alias: the reply to that request, or to none. */
enum rh_status reply_arrived(struct rh_context *ctx, struct conversation *conv,
                             const struct rh_delivery *in);
/** Send an open exchange to its participant. */
enum rh_status exchange_dispatch(struct rh_context *ctx, const struct conversation *conv,
                                 const struct exchange *exchange, struct rh_item payload);
/** An open exchange will have no reply: tell whoever waits for it, or keep that for who will ask. */
enum rh_status exchange_fail(struct rh_context *ctx, struct conversation *conv,
                             struct exchange *exchange, enum rh_conversation_error error);
/** Fail those that were accepted and drop the others: their replies can no longer arrive. */
enum rh_status exchanges_abandon(struct rh_context *ctx, struct conversation *conv,
                                 enum rh_conversation_error error);
/** Forget an exchange, its alias with it: nobody will be told. RH_EXITED: the turn has ended with that. */
enum rh_status exchange_drop(struct rh_context *ctx, struct conversation *conv,
                             struct exchange *exchange, const char *why);
/** Hand a replied or failed exchange to whoever waits for it, or keep it. */
enum rh_status exchange_hand_over(struct rh_context *ctx, struct conversation *conv,
                                  struct exchange *exchange);

/* ---- receive.c ---- */

enum rh_status command_receive(struct rh_context *ctx, struct conversation *conv,
                               const struct command *command);
/** Let the current command wait, with a time-out; *ret_waiter is NULL if it was refused instead. */
enum rh_status command_park(struct rh_context *ctx, struct conversation *conv,
                            const struct command *command, struct waiter **ret_waiter);
/** Answer a command with an exchange that is replied or failed, and forget that. */
enum rh_status exchange_give(struct rh_context *ctx, struct conversation *conv, struct rh_ref call,
                             struct exchange *exchange);
/** Who waits for this exchange, NULL if nobody does. */
struct waiter *waiter_for(const struct conversation *conv, const struct exchange *exchange);
/** Forget a waiter that has been answered; its timer and monitor go with it. RH_EXITED: the turn has ended with that. */
enum rh_status waiter_end(struct rh_context *ctx, struct conversation *conv, struct waiter *waiter);
/** Nobody is left who could reply, and no reply is kept: what to tell who waits for one; NONE: there is hope. */
enum rh_conversation_error receivers_without_hope(const struct conversation *conv);
enum rh_status receivers_drain_hopeless(struct rh_context *ctx, struct conversation *conv);
enum rh_status receive_timed_out(struct rh_context *ctx, struct conversation *conv,
                                 struct rh_ref timer);
/** Is this the monitor of a client that waits? It has ended then. */
bool receiver_is_watched_by(const struct conversation *conv, struct rh_ref monitor);
enum rh_status receiver_ended(struct rh_context *ctx, struct conversation *conv,
                              struct rh_ref monitor);
/** Answer everybody who waits for a reply: for this error, or, if it is none, because of the phase. Asks are forgotten. */
enum rh_status receivers_drain(struct rh_context *ctx, struct conversation *conv,
                               enum rh_conversation_error error);

/* ---- settle.c ---- */

/** A participant has ended at this time. Does nothing when that is known. */
enum rh_status participant_ended(struct rh_context *ctx, struct conversation *conv, size_t index,
                                 struct rh_message reason, rh_instant at);
/** Do all that ends of participants still lead to. */
enum rh_status conversation_settle(struct rh_context *ctx, struct conversation *conv);
enum rh_status command_await_exit(struct rh_context *ctx, struct conversation *conv,
                                  const struct command *command);
enum rh_status command_compensate(struct rh_context *ctx, struct conversation *conv,
                                  const struct command *command);
/** Forget the notifiers of a conversation that is closed: they are answered closed. */
enum rh_status notifiers_cancel(struct rh_context *ctx, struct conversation *conv);
void compensators_drop(struct rh_context *ctx, struct conversation *conv);

/* ---- query.c ---- */

enum rh_status command_query(struct rh_context *ctx, struct conversation *conv,
                             const struct command *command);

/* ---- actor.c ---- */

extern const struct rh_behaviour conversation_actor;

/* ---- close.c: only the keeper ---- */

/** Send every owned participant that is alive an exit signal. */
enum rh_status owned_tell(struct rh_context *ctx, const struct conversation *conv,
                          enum rh_reason_class how);
/** Let the owned participants end, or become closed at once if there are none. Once. */
enum rh_status conversation_wind_down(struct rh_context *ctx, struct conversation *conv);
bool conversation_is_wound_down(const struct conversation *conv);
/** Become closed, and answer whoever waits for that or will wait in vain. */
enum rh_status become_closed(struct rh_context *ctx, struct conversation *conv);

#endif

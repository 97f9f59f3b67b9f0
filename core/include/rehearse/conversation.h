/* SPDX-License-Identifier: MIT */
/** @file
 *  Conversations: an actor that keeps the thread between clients and the participants that answer them, whoever of them
 *  fails.
 *
 *      Created -> Active -> Completing -> Closed
 *         |          |
 *         +----------+--> Failed -> Closed
 *
 *  A conversation is one address, its keeper. The keeper is linked with the participants and runs the work in a child of its
 *  own, the actor, which it starts again when it crashes, within an intensity; what the two know survives both. Whoever
 *  sends one of these requests as a call (see <rehearse/server.h>) is a client:
 *
 *      ["send", payload]                      ["ok", id]
 *      ["send", payload, participant]
 *      ["receive"]                            ["ok", id, participant, reply]
 *      ["receive", timeout]                   the oldest reply that nobody has collected, or the next
 *      ["receive_of", id]                     ["ok", id, participant, reply]
 *      ["receive_of", id, timeout]            the reply to that request and no other
 *      ["ask", payload]                       ["ok", id, participant, reply]
 *      ["ask", payload, timeout]              send and receive_of in one; given up, its reply is dropped
 *      ["ask", payload, timeout, participant]
 *      ["await_exit", participant]            ["ok", reason, instant] once it has ended, at once if it has
 *      ["compensate", target, message]        "ok": `target` gets `message` if a participant crashes, last one first
 *      ["close"]                              "ok" once the participants that it owns have ended; always allowed
 *      ["query"]                              a map: see below
 *
 *  or, for each, ["error", kind] with a kind of RH_CONVERSATION_ERROR_MAP or the word of a status, and for some a third item.
 *  Time-outs are nanoseconds; null or nothing waits for ever; 0 only looks. They belong into the command: of a call that its
 *  client gives up by itself nobody is told, and it may be given a reply that is lost then. A client that ends waits no more.
 *  Each command is answered exactly once. A bare text is an array of itself.
 *
 *  A participant is any server: a payload reaches it as the call ["$call", reference, payload]. Without one whose payloads
 *  are answered the conversation is a buffer: what one client sends another receives, from participant null. The order of
 *  `participants` is that in which they are chosen. A participant that ends with normal or shutdown has *left*: what
 *  was asked of it fails, nothing else happens. One that ends otherwise has *crashed*, and the policy says what follows.
 *
 *  A conversation that is closed ends with reason normal, once what was under way has been answered; to a client it is then
 *  a server that is gone, which rh_conversation_result reports as closed. One that was spawned with a link closes when its
 *  parent ends, and ends with that reason. One that failed waits to be closed.
 *
 *  START's argument is a map, so that scenario files configure it with `with:`; none is a buffer. Everything is optional:
 *
 *      participants      [pid, ...], in order
 *      owned             [pid, ...]: these end with the conversation (and are participants, if not named above)
 *                        from its first turn on, however that ends; one killed before it has taken nobody over
 *      inert             [pid, ...]: these are watched and get no payloads
 *      policy            a word of RH_CRASH_POLICY_MAP; fail
 *      deadline          nanoseconds from the start until it fails with timeout; 0: none
 *      grace             nanoseconds that owned participants get from "shutdown" to kill; 5 s; 0: they are killed at once
 *      restarts, within  the (restarts + 1)th crash of the actor within that time is one too many; 3 within 5 s
 *
 *  The map of a query: "phase", "cause" (null unless failed), "policy", "incarnation", "participants" [[pid, word, reason,
 *  instant], ...] (the last two null while it is alive), "outstanding", "replies", "waiting", "compensators" (numbers),
 *  "context" [[word, number, instant], ...] oldest first and "dropped", how many entries the context has lost.
 *
 *  Marks (see rh_mark), for checks. `conversation` is the keeper's pid, `reference` that of the command's call:
 *
 *      conversation.event        [conversation, phase, event, outcome]          a cell of the table
 *      conversation.phase        [conversation, from, to, cause]                cause null unless to is failed
 *      conversation.incarnation  [conversation, number, actor]                  started; null: it has ended
 *      conversation.command      [conversation, reference, verb]                accepted: an answer follows
 *      conversation.wait         [conversation, reference, verb]                it waits until its answer
 *      conversation.answer       [conversation, reference, word]                "ok", the kind of the error, or "gone": its
 *                                                                               sender ended while it waited
 *      conversation.request      [conversation, id, word, detail]
 *          sent, resent (participant or null); replied (participant or null); received (reference);
 *          failed (kind: the sender will be told); dropped (kind or why: nobody will)
 *      conversation.participant  [conversation, participant, word, reason]      alive (reason null), left, crashed
 *      conversation.notifier     [conversation, reference, participant, word]   set, fired, cancelled
 *      conversation.compensator  [conversation, target, word]                   recorded, run, dropped */
#ifndef REHEARSE_CONVERSATION_H
#define REHEARSE_CONVERSATION_H

#include <rehearse/server.h>

RH_PUBLIC_BEGIN

/** One row per phase: identifier, word. Closed is the last; nothing leads from Failed or Closed back. */
#define RH_CONVERSATION_PHASE_MAP(X)                                                               \
    X(CREATED, "created")                                                                          \
    X(ACTIVE, "active")                                                                            \
    X(COMPLETING, "completing")                                                                    \
    X(CLOSED, "closed")                                                                            \
    X(FAILED, "failed")

enum rh_conversation_phase {
#define X(identifier, word) RH_CONVERSATION_##identifier,
    RH_CONVERSATION_PHASE_MAP(X)
#undef X
    RH_CONVERSATION_PHASE_COUNT
};
const char *rh_conversation_phase_word(enum rh_conversation_phase phase);

/** One row per policy: identifier, word, what the crash of a participant leads to. */
#define RH_CRASH_POLICY_MAP(X)                                                                     \
    X(FAIL, "fail", "the conversation fails")                                                      \
    X(ROUTE_TO_NEXT, "route_to_next",                                                              \
      "what it had not answered goes to the next live participant, at least once")                 \
    X(COMPENSATE, "compensate", "the recorded compensators run, the last one first")

enum rh_crash_policy {
#define X(identifier, word, sentence) RH_CRASH_POLICY_##identifier,
    RH_CRASH_POLICY_MAP(X)
#undef X
    RH_CRASH_POLICY_COUNT
};
const char *rh_crash_policy_word(enum rh_crash_policy policy);

/** One row per kind of error: identifier, word, what it says, and the third item where there is one. */
#define RH_CONVERSATION_ERROR_MAP(X)                                                               \
    X(INVALID, "invalid", "no such request")                                                       \
    X(CLOSING, "closing", "it is completing, and takes nothing new")                               \
    X(CLOSED, "closed", "it is closed, or was before this could be carried out")                   \
    X(FAILED, "failed", "it has failed: [error, failed, cause]")                                   \
    X(RESTARTED, "restarted", "the actor crashed on it; it may have been carried out")             \
    X(TIMEOUT, "timeout", "nothing came in time")                                                  \
    X(DELIVERY_FAILED, "delivery_failed", "nobody is left to send it to; it was not sent")         \
    X(PARTICIPANT_CRASHED, "participant_crashed",                                                  \
      "who should have answered has crashed: with the id, if it is one request")                   \
    X(PARTICIPANT_LEFT, "participant_left", "who should have answered has left: as above")         \
    X(NOT_PARTICIPANT, "not_participant", "the actor is none, or takes no payloads")               \
    X(NOT_FOUND, "not_found", "no reply to a request of this id is to be had (any more)")          \
    X(ALREADY, "already", "another client waits for the reply to this request")                    \
    X(LIMIT, "limit", "a limit was reached")                                                       \
    X(NO_MEMORY, "no_memory", "the allocator refused")

enum rh_conversation_error {
    RH_CONVERSATION_ERROR_NONE,
#define X(identifier, word, sentence) RH_CONVERSATION_ERROR_##identifier,
    RH_CONVERSATION_ERROR_MAP(X)
#undef X
    RH_CONVERSATION_ERROR_COUNT
};
/** Return the word of an error, "ok" for none. Static storage. */
const char *rh_conversation_error_word(enum rh_conversation_error error);

/** The behaviour of a keeper, to spawn with a START argument as above. */
extern const struct rh_behaviour rh_conversation_behaviour;

/* ---- for C programs ---- */

enum rh_participant_flag {
    RH_PARTICIPANT_OWNED = 1, /**< ends with the conversation */
    RH_PARTICIPANT_INERT = 2, /**< is watched and gets no payloads */
};

struct rh_participant {
    struct rh_pid pid;
    unsigned flags; /**< of enum rh_participant_flag */
};

/** How to open a conversation. Zeroed is a buffer that fails when its actor crashes once. Borrowed for the call. */
struct rh_conversation_options {
    const struct rh_participant *participants;
    size_t participant_count;
    enum rh_crash_policy policy;
    rh_duration deadline; /**< 0: none */
    rh_duration grace;    /**< 0: owned participants are killed at once */
    uint32_t restarts;
    rh_duration within; /**< 0: 5 s */
};

/** Spawn a conversation that is linked with the caller. As rh_spawn; unless RH_OK the participants are as they were. */
RH_MUST_USE enum rh_status rh_conversation_open(struct rh_context *ctx,
                                                const struct rh_conversation_options *options,
                                                struct rh_pid *ret_conversation);

/** Ask, the one-line form: `payload` (taken) goes to a participant, and its reply, an error or a time-out comes back as the
 *  outcome of `call`. `timeout` RH_NEVER waits for ever. As rh_call. Who has one server and nothing to compensate, close or
 *  route needs no conversation to ask: rh_call is the same without one. */
RH_MUST_USE enum rh_status rh_conversation_ask(struct rh_context *ctx, struct rh_pid conversation,
                                               struct rh_message payload, rh_duration timeout,
                                               struct rh_call *ret_call);

/** What a command led to. The views last as long as the delivery. */
struct rh_conversation_outcome {
    enum rh_conversation_error error; /**< NONE: ok */
    uint64_t id;                      /**< of send, receive, receive_of, ask */
    struct rh_pid participant;        /**< who replied; none: another client, of a buffer */
    /** Of receive, receive_of and ask; the map of query; the reason of await_exit. */
    struct rh_item reply;
    struct rh_item detail; /**< the third item of an error; size 0: none */
};

/** As rh_call_result, with the answer taken apart, whatever the command: all but ask are an rh_call with the arrays above, as
 *  in rh_call(ctx, conversation, RH_ARRAY(allocator, "close"), RH_NEVER, &call). A conversation that is gone, or
 *  goes instead of answering, is the error CLOSED (to who asked it to close, as good as ok); one that was ended by a failure
 *  of its own FAILED with the reason as `detail`. The time-out of the call itself is the error TIMEOUT. */
bool rh_conversation_result(struct rh_context *ctx, const struct rh_delivery *in,
                            struct rh_call *call, struct rh_conversation_outcome *ret_outcome);

RH_PUBLIC_END
#endif

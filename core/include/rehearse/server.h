/* SPDX-License-Identifier: MIT */
/** @file
 *  Requests that are answered: a server (as Erlang's gen_server) and its clients.
 *
 *      rh_call -> rh_call_result: reply | down | timeout
 *
 *  A request is an ordinary message; whoever sends one of these three arrays is a client, in any language:
 *
 *      ["$call", reference, request]   the answer goes to the alias `reference`, as it is
 *      ["$cast", request]              no answer
 *      ["$start", reference]           "ok" goes to the alias once the server is up
 *
 *  Actors are event-driven, so a call does not wait: the answer is a later delivery, which the client recognises by
 *  asking rh_call_result about everything that it receives while a call is open. */
#ifndef REHEARSE_SERVER_H
#define REHEARSE_SERVER_H

#include <rehearse/actor.h>

RH_PUBLIC_BEGIN

/* ---- the server ---- */

/** What a call or cast leads to. Zeroed: nothing yet, go on. Both messages are taken. */
struct rh_answer {
    struct rh_message reply; /**< calls: send this now; empty: later, with rh_reply, or never */
    struct rh_message stop;  /**< then exit with this reason; empty: go on */
};

/** What a server does. Borrowed for as long as a server runs it. All functions may be NULL.
 *
 *  They return as a behaviour's `receive` does, but a reply goes out before the end: RH_OK goes on (or stops, as the
 *  answer says), RH_DONE stops with reason normal, any other status with its word. After rh_exit nothing goes out.
 *
 *  A server's parent is the actor that spawned it with a link. A server that traps exits ends when its parent does or
 *  sends it an exit signal, with the same reason, `normal` included (as Erlang's); one that does not trap survives a
 *  normal end of its parent. Spawned without a link it has no parent: every EXIT goes to handle_info. `terminate` runs
 *  before every end that the server itself sees coming: stop, a status, the parent's exit. It does not run for kill,
 *  crash, rh_exit and untrapped exit signals. */
struct rh_server {
    const char *name;   /**< for traces; static storage */
    size_t state_bytes; /**< as rh_behaviour's */
    enum rh_status (*init)(struct rh_context *ctx, void *state, const struct rh_delivery *start);
    /** NULL: calls go to handle_info as they came. `call` identifies the request for rh_reply; `request` is borrowed. */
    enum rh_status (*handle_call)(struct rh_context *ctx, void *state, struct rh_ref call,
                                  const struct rh_message *request, struct rh_answer *answer);
    /** NULL: casts go to handle_info as they came. `answer->reply` is ignored. */
    enum rh_status (*handle_cast)(struct rh_context *ctx, void *state,
                                  const struct rh_message *request, struct rh_answer *answer);
    /** Everything else. NULL: ignored. */
    enum rh_status (*handle_info)(struct rh_context *ctx, void *state,
                                  const struct rh_delivery *in);
    void (*terminate)(struct rh_context *ctx, void *state, const struct rh_message *reason);
    void (*deinit)(void *state,
                   const void *config); /**< as rh_behaviour's; `config` is this struct's */
    const void *config;                 /**< see rh_server_config */
};

/** Return the behaviour that runs `server`. Both are borrowed by every actor that runs them. */
struct rh_behaviour rh_server_behaviour(const struct rh_server *server);

/** Return the `config` of the server whose turn it is. Only in functions of struct rh_server. */
const void *rh_server_config(const struct rh_context *ctx);

/** Answer a call (message taken), in any later turn of any actor; once: a second answer is dropped on arrival, as is one
 *  that comes after the client's time-out. As rh_send_alias. */
RH_MUST_USE enum rh_status rh_reply(struct rh_context *ctx, struct rh_ref call,
                                    struct rh_message reply);

/** Recognise a request in a delivery and give out its parts: for actors that are no struct rh_server but answer calls.
 *  `ret_request` is a view into the delivery. */
bool rh_is_call(const struct rh_delivery *in, struct rh_ref *ret_call, struct rh_item *ret_request);
bool rh_is_cast(const struct rh_delivery *in, struct rh_item *ret_request);
/** Recognise the question whether this actor is up; answer it with rh_reply. */
bool rh_is_start_question(const struct rh_delivery *in, struct rh_ref *ret_call);

/* ---- the client ---- */

/** An open call. The client's storage; zeroed: no call is open. Fields are private, but for the first. */
struct rh_call {
    struct rh_ref reply; /**< which call: what the answer comes through, see rh_delivery_ref */
    struct rh_ref timer;
    struct rh_pid started; /**< rh_server_start: whom to kill at the time-out */
    bool open;
};

enum rh_outcome_kind {
    RH_OUTCOME_REPLY,   /**< message is the server's answer */
    RH_OUTCOME_DOWN,    /**< message is the reason why the server ended, noproc or noconnection */
    RH_OUTCOME_TIMEOUT, /**< message is empty */
};

struct rh_outcome {
    enum rh_outcome_kind kind;
    const struct rh_message *message; /**< borrowed from the delivery; NULL at a time-out */
};

/** Send `request` (taken) to `to` and watch it. `timeout` RH_NEVER waits for ever. Exactly one outcome follows, unless
 *  the client ends first. RH_INVALID: to oneself or nobody, or the request is empty; otherwise as rh_monitor, rh_send
 *  and rh_timer_start. Unless RH_OK nothing remains and no call is open. */
RH_MUST_USE enum rh_status rh_call(struct rh_context *ctx, struct rh_pid to,
                                   struct rh_message request, rh_duration timeout,
                                   struct rh_call *ret_call);
/** As rh_call, to the owner of a local name. A free name is the outcome DOWN(noproc), not a status (as Erlang's). */
RH_MUST_USE enum rh_status rh_call_name(struct rh_context *ctx, const char *name,
                                        struct rh_message request, rh_duration timeout,
                                        struct rh_call *ret_call);
/** Ask whether `in` is the outcome of `call`; if so the call is closed, its monitor, alias and timer are gone and a late
 *  answer will be dropped on arrival. False for a call that is not open. */
bool rh_call_result(struct rh_context *ctx, const struct rh_delivery *in, struct rh_call *call,
                    struct rh_outcome *ret_outcome);
/** Give a call up: no outcome follows. Harmless when it is not open. Never allocates. */
void rh_call_cancel(struct rh_context *ctx, struct rh_call *call);
/** Send `request` (taken) without wanting an answer. As rh_send. */
RH_MUST_USE enum rh_status rh_cast(struct rh_context *ctx, struct rh_pid to,
                                   struct rh_message request);

/** Spawn a server, supervisor or anything that answers "$start", and learn whether it comes up. The outcome is REPLY
 *  ("ok": it is up), DOWN (its start failed for this reason) or TIMEOUT (it was not up in time and has been unlinked and
 *  killed, as Erlang's start with a time-out). `options` as rh_spawn's, `monitor` and `alias` ignored; with `link`, a
 *  failing start is also an exit signal to the caller (as Erlang's start_link). */
RH_MUST_USE enum rh_status rh_server_start(struct rh_context *ctx,
                                           const struct rh_behaviour *behaviour,
                                           const struct rh_spawn_options *options,
                                           rh_duration timeout, struct rh_pid *ret_server,
                                           struct rh_call *ret_call);

RH_PUBLIC_END
#endif

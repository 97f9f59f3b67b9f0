/* SPDX-License-Identifier: MIT */
/** @file
 *  Dispatchers: an actor that passes each request on to one member of a process group, and to another one when that ends
 *  before it has answered.
 *
 *      pick -> (member answers: done | member ends: exclude it, pick again | nobody is left: error | time is up: error)
 *
 *  Requests are calls (see <rehearse/server.h>), and members are servers: a payload reaches them as such.
 *
 *      ["dispatch", payload]              ["ok", member, reply, attempts]
 *      ["dispatch", payload, timeout]     ["error", "no_consumer_available", attempts]
 *                                         ["error", "unknown_consumer_selected", attempts]
 *                                         ["error", "timeout", attempts]
 *                                         ["error", "invalid"], ["error", status word]
 *
 *  With one attempt the payload was handled at most once; with more of them at least once, as a member that ends may have
 *  handled it before. There is no window after which a member's end is not noticed: an attempt lasts until it is answered.
 *  A member is asked at most once per request. `timeout` is for all attempts together: nanoseconds; null or nothing waits for
 *  ever.
 *
 *  START's argument is a map: "group", the name of the group (required), and "routing", a word of RH_ROUTING_MAP.
 *
 *  Marks, for checks; a reroute happens in the turn that hears of the member's end, so that its instant less that of the
 *  member's exit is what rerouting took:
 *
 *      dispatch.attempt   [dispatcher, reference, member, attempt]
 *      dispatch.reroute   [dispatcher, reference, member, reason]     the member has ended
 *      dispatch.answer    [dispatcher, reference, word]               "ok", or the kind of the error */
#ifndef REHEARSE_DISPATCH_H
#define REHEARSE_DISPATCH_H

#include <rehearse/server.h>

RH_PUBLIC_BEGIN

/** One row per routing: identifier, word, whom it picks among the members that this request has not been to. */
#define RH_ROUTING_MAP(X)                                                                          \
    X(ROUND_ROBIN, "round_robin", "the one after the last one picked")                             \
    X(FIRST, "first", "the one that joined first")                                                 \
    X(RANDOM, "random", "any, drawn from the dispatcher's own stream")

enum rh_routing {
#define X(identifier, word, sentence) RH_ROUTING_##identifier,
    RH_ROUTING_MAP(X)
#undef X
    RH_ROUTING_COUNT
};
const char *rh_routing_word(enum rh_routing routing);

/** A routing of one's own. Borrowed for as long as a dispatcher uses it. */
struct rh_router {
    /** Pick one of `count` (> 0) members by its index, as `payload` says; `count` or more: none of them, which is answered
     *  unknown_consumer_selected. Members are in joining order. */
    size_t (*pick)(const struct rh_router *router, const struct rh_pid *members, size_t count,
                   struct rh_item payload);
};

/** The behaviour of a dispatcher, to spawn with a START argument as above. For a routing of one's own copy it and let `config`
 *  point to a struct rh_router; "routing" is then ignored. */
extern const struct rh_behaviour rh_dispatcher_behaviour;

RH_PUBLIC_END
#endif

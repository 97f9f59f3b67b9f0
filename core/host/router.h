/* SPDX-License-Identifier: MIT */
/* Where messages go: a table of destinations. A destination is segments joined by '/'. A route for a prefix takes whatever
 * begins with its segments ("a/b" takes "a/b" and "a/b/c", not "a/bc"), the empty one takes everything; an exact route takes
 * its own destination only, and wins over every prefix; among prefixes the longest wins. Knows nothing of actors but pids. */
#ifndef CORE_HOST_ROUTER_H
#define CORE_HOST_ROUTER_H

#include <rehearse/message.h>

/** An entry. Its owner's storage. */
struct route {
    struct rh_text destination;
    bool is_exact;
    bool is_bound;
    struct rh_pid target;
};

/** Zeroed is an empty router. */
struct router {
    const struct rh_allocator *allocator;
    struct route **routes; /**< by destination, bytewise, prefix before exact */
    size_t count;
    size_t capacity;
};

/** Make room for `count` routes altogether. RH_NO_MEMORY. */
enum rh_status router_reserve(struct router *router, size_t count);
/** Add a route; there is room, and none of its kind for its destination. It stays where it is until it is unbound. */
void router_bind(struct router *router, struct route *route);
/** Take it out; harmless if it is not in. */
void router_unbind(struct router *router, struct route *route);
/** Find the route of this very destination and kind. */
struct route *router_get(const struct router *router, struct rh_text destination, bool is_exact);
/** Find where to send; NULL: nowhere. */
const struct route *router_find(const struct router *router, struct rh_text destination);
void router_deinit(struct router *router);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The routes are sorted, so that each question is a binary search: one for the destination as it is, then one for each prefix
 * of whole segments, the longest first. A destination of n segments costs n + 2 searches however many routes there are.
 */
#include "core/host/router.h"

#include "core/base/assert.h"

/* Order by bytes, then prefix before exact. */
static int compare(const struct route *route, struct rh_text destination, bool is_exact)
{
    size_t common =
        route->destination.size < destination.size ? route->destination.size : destination.size;
    int order = common == 0 ? 0 : memcmp(route->destination.bytes, destination.bytes, common);
    if (order == 0 && route->destination.size != destination.size) {
        order = route->destination.size < destination.size ? -1 : 1;
    }
    return order != 0 ? order : (int)route->is_exact - (int)is_exact;
}

/* Return where such a route is, or would have to be put. */
static size_t position(const struct router *router, struct rh_text destination, bool is_exact)
{
    size_t first = 0;
    size_t end = router->count;
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        if (compare(router->routes[middle], destination, is_exact) < 0) {
            first = middle + 1;
        } else {
            end = middle;
        }
    }
    return first;
}

enum rh_status router_reserve(struct router *router, size_t count)
{
    if (count <= router->capacity) {
        return RH_OK;
    }
    size_t capacity = router->capacity < 8 ? 8 : router->capacity * 2;
    capacity = capacity < count ? count : capacity;
    const struct rh_allocator *allocator = router->allocator;
    void *routes = allocator->resize(allocator->self, router->routes,
                                     router->capacity * sizeof(struct route *),
                                     capacity * sizeof(struct route *));
    if (routes == NULL) {
        return RH_NO_MEMORY;
    }
    router->routes = routes;
    router->capacity = capacity;
    return RH_OK;
}

void router_bind(struct router *router, struct route *route)
{
    RH_ASSERT(router->count < router->capacity);
    RH_ASSERT(router_get(router, route->destination, route->is_exact) == NULL);
    size_t at = position(router, route->destination, route->is_exact);
    memmove(router->routes + at + 1, router->routes + at,
            (router->count - at) * sizeof(struct route *));
    router->routes[at] = route;
    router->count++;
    route->is_bound = true;
}

void router_unbind(struct router *router, struct route *route)
{
    if (!route->is_bound) {
        return;
    }
    size_t at = position(router, route->destination, route->is_exact);
    RH_ASSERT(at < router->count);
    RH_ASSERT(router->routes[at] == route);
    router->count--;
    memmove(router->routes + at, router->routes + at + 1,
            (router->count - at) * sizeof(struct route *));
    route->is_bound = false;
}

struct route *router_get(const struct router *router, struct rh_text destination, bool is_exact)
{
    size_t at = position(router, destination, is_exact);
    if (at < router->count && compare(router->routes[at], destination, is_exact) == 0) {
        return router->routes[at];
    }
    return NULL;
}

/* Leave the last segment out; what has only one becomes the empty prefix. */
static struct rh_text parent_of(struct rh_text prefix)
{
    while (prefix.size > 0 && prefix.bytes[prefix.size - 1] != '/') {
        prefix.size--;
    }
    prefix.size -= prefix.size > 0 ? 1 : 0;
    return prefix;
}

const struct route *router_find(const struct router *router, struct rh_text destination)
{
    const struct route *route = router_get(router, destination, true);
    struct rh_text prefix = destination;
    while (route == NULL) {
        route = router_get(router, prefix, false);
        if (prefix.size == 0) {
            break;
        }
        prefix = parent_of(prefix);
    }
    return route;
}

void router_deinit(struct router *router)
{
    if (router->allocator != NULL) {
        router->allocator->release(router->allocator->self, router->routes,
                                   router->capacity * sizeof(struct route *));
    }
    *router = (struct router){0};
}

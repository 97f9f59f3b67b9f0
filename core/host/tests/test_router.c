/* SPDX-License-Identifier: MIT */
/* The router against a list that is searched from one end to the other. */
#include "core/host/router.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ROUTES 40

static uint64_t seed;

/* One step of a 64-bit linear congruential generator; the test's own, so that a seed means the same everywhere. */
static size_t below(size_t bound)
{
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return (size_t)(seed >> 33) % bound;
}

/* Draw a destination of few letters and many slashes, so that prefixes are common. */
static size_t draw(char *text, size_t segments_max)
{
    static const char *const segments[] = {"a", "b", "ab", "a b", "", "\xc3\xa9"};
    size_t size = 0;
    size_t count = below(segments_max + 1);
    for (size_t i = 0; i < count; i++) {
        const char *segment = segments[below(6)];
        if (i > 0) {
            text[size++] = '/';
        }
        memcpy(text + size, segment, strlen(segment));
        size += strlen(segment);
    }
    return size;
}

struct entry {
    struct route route;
    char text[64];
};

static bool is_prefix(struct rh_text prefix, struct rh_text destination)
{
    if (prefix.size == 0) {
        return true;
    }
    return prefix.size <= destination.size &&
           memcmp(prefix.bytes, destination.bytes, prefix.size) == 0 &&
           (prefix.size == destination.size || destination.bytes[prefix.size] == '/');
}

static const struct route *find_naively(const struct entry *entries, struct rh_text destination)
{
    const struct route *best = NULL;
    for (size_t i = 0; i < ROUTES; i++) {
        const struct route *route = &entries[i].route;
        if (!route->is_bound) {
            continue;
        }
        bool is_same = route->destination.size == destination.size &&
                       (destination.size == 0 ||
                        memcmp(route->destination.bytes, destination.bytes, destination.size) == 0);
        if (route->is_exact && is_same) {
            return route;
        }
        if (!route->is_exact && is_prefix(route->destination, destination) &&
            (best == NULL || route->destination.size > best->destination.size)) {
            best = route;
        }
    }
    return best;
}

static void check(const struct router *router, const struct entry *entries)
{
    char text[64];
    for (size_t i = 0; i < 30; i++) {
        struct rh_text destination = {text, draw(text, 5)};
        const struct route *found = router_find(router, destination);
        const struct route *expected = find_naively(entries, destination);
        if (found != expected) {
            fail_msg("seed %llu, '%.*s': '%.*s'", (unsigned long long)seed, (int)destination.size,
                     text, found == NULL ? 0 : (int)found->destination.size,
                     found == NULL ? "" : found->destination.bytes);
        }
    }
}

static void change(struct router *router, struct entry *entry)
{
    if (entry->route.is_bound) {
        router_unbind(router, &entry->route);
        return;
    }
    bool is_exact = below(4) == 0;
    entry->route =
        (struct route){.destination = {entry->text, draw(entry->text, 4)}, .is_exact = is_exact};
    if (router_get(router, entry->route.destination, is_exact) == NULL) {
        router_bind(router, &entry->route);
    }
}

/* Covers: HY-B75 */
static void agrees_with_a_list_that_is_searched(void **state)
{
    (void)state;
    static struct entry entries[ROUTES];
    size_t found = 0;
    for (uint64_t run = 1; run <= 60; run++) {
        struct router router = {.allocator = rh_allocator_default()};
        seed = run;
        memset(entries, 0, sizeof entries);
        assert_int_equal(router_reserve(&router, ROUTES), RH_OK);
        for (size_t step = 0; step < 120; step++) {
            change(&router, &entries[below(ROUTES)]);
            check(&router, entries);
        }
        found += router.count;
        router_deinit(&router);
    }
    assert_true(found > 100);
}

static void bind(struct router *router, struct route *route, const char *destination, bool exact)
{
    *route = (struct route){.destination = {destination, strlen(destination)}, .is_exact = exact};
    router_bind(router, route);
}

static struct rh_text text(const char *words)
{
    return (struct rh_text){words, strlen(words)};
}

static void prefers_exact_then_longest_then_default(void **state)
{
    (void)state;
    struct router router = {.allocator = rh_allocator_default()};
    struct route routes[4];
    assert_int_equal(router_reserve(&router, 4), RH_OK);
    assert_null(router_find(&router, text("p")));
    bind(&router, &routes[0], "p", false);
    bind(&router, &routes[1], "p/w", false);
    bind(&router, &routes[2], "p", true);
    assert_null(router_find(&router, text("q")));
    bind(&router, &routes[3], "", false);
    assert_ptr_equal(router_find(&router, text("p")), &routes[2]);
    assert_ptr_equal(router_find(&router, text("p/x")), &routes[0]);
    assert_ptr_equal(router_find(&router, text("p/w/1")), &routes[1]);
    assert_ptr_equal(router_find(&router, text("p/we")), &routes[0]);
    assert_ptr_equal(router_find(&router, text("pp")), &routes[3]);
    assert_ptr_equal(router_find(&router, text("")), &routes[3]);
    router_unbind(&router, &routes[2]);
    router_unbind(&router, &routes[2]); /* harmless */
    assert_ptr_equal(router_find(&router, text("p")), &routes[0]);
    router_deinit(&router);
}

static void *refuse_resize(void *self, void *block, size_t bytes_before, size_t bytes)
{
    (void)self;
    (void)block;
    (void)bytes_before;
    (void)bytes;
    return NULL;
}

static void a_reservation_that_fails_changes_nothing(void **state)
{
    (void)state;
    struct rh_allocator allocator = *rh_allocator_default();
    struct router router = {.allocator = &allocator};
    assert_int_equal(router_reserve(&router, 8), RH_OK);
    allocator.resize = refuse_resize;
    assert_int_equal(router_reserve(&router, 8), RH_OK);
    assert_int_equal(router_reserve(&router, 9), RH_NO_MEMORY);
    struct route route;
    bind(&router, &route, "p", false);
    assert_ptr_equal(router_find(&router, text("p/w")), &route);
    router_deinit(&router);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_a_list_that_is_searched),
        cmocka_unit_test(prefers_exact_then_longest_then_default),
        cmocka_unit_test(a_reservation_that_fails_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}

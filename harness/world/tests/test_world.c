/* SPDX-License-Identifier: MIT */
/* The world counts: small programs have exactly as many interleavings as arithmetic says. And it knows everybody's name. */
#include <rehearse/world.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static enum rh_status sink_receive(struct rh_context *ctx, void *state,
                                   const struct rh_delivery *in)
{
    (void)ctx;
    (void)state;
    (void)in;
    return RH_OK;
}

static const struct rh_behaviour sink = {.name = "sink", .receive = sink_receive};

struct send_plan {
    struct rh_pid to;
    int count;
};

static enum rh_status send_body(struct rh_context *ctx, void *state, void *argument)
{
    const struct send_plan *plan = argument;
    (void)state;
    for (int i = 0; i < plan->count; i++) {
        enum rh_status status = RH_SEND(ctx, plan->to, "n", i);
        if (status != RH_OK) {
            return status;
        }
    }
    return RH_OK;
}

/* n senders have sent k messages each to one receiver: how many orders of delivery are there? */
static uint64_t count_fan_in(uint32_t n, int k)
{
    struct rh_strategy *strategy = NULL;
    assert_int_equal(rh_strategy_exhaustive(rh_allocator_default(), 4096, &strategy), RH_OK);
    bool more = true;
    while (more) {
        struct rh_world *world = NULL;
        struct rh_world_options options = {.strategy = strategy};
        assert_int_equal(rh_world_create(&options, &world), RH_OK);
        uint32_t node = 0;
        assert_int_equal(rh_world_add_node(world, "n1", &node), RH_OK);
        struct rh_pid receiver;
        assert_int_equal(rh_world_spawn(world, node, "receiver", &sink, NULL, &receiver), RH_OK);
        struct rh_pid senders[8];
        for (uint32_t i = 0; i < n; i++) {
            assert_int_equal(rh_world_spawn(world, node, "sender", &sink, NULL, &senders[i]),
                             RH_OK);
        }
        (void)rh_node_run(rh_world_node(world, node), 0, 1000);
        struct send_plan plan = {receiver, k};
        for (uint32_t i = 0; i < n; i++) {
            assert_int_equal(
                rh_node_turn(rh_world_node(world, node), 0, senders[i], send_body, &plan), RH_OK);
        }
        rh_strategy_begin(strategy);
        assert_int_equal(rh_world_run(world), RH_END_QUIESCENT);
        assert_int_equal(rh_world_steps(world), n * (uint32_t)k);
        more = rh_strategy_end(strategy);
        rh_world_destroy(world);
    }
    assert_true(strategy->complete);
    uint64_t runs = strategy->runs;
    rh_strategy_destroy(strategy);
    return runs;
}

static void fan_in_has_factorial_interleavings(void **state)
{
    (void)state;
    assert_int_equal(count_fan_in(1, 1), 1);
    assert_int_equal(count_fan_in(2, 1), 2);
    assert_int_equal(count_fan_in(3, 1), 6);
    assert_int_equal(count_fan_in(4, 1), 24);
    assert_int_equal(count_fan_in(2, 2), 6);
    assert_int_equal(count_fan_in(2, 5), 252);
    assert_int_equal(count_fan_in(3, 2), 90);
}

/* ---- names ---- */

#define GENERATIONS 14

static enum rh_status ancestor_init(struct rh_context *ctx, void *state,
                                    const struct rh_delivery *start);
static const struct rh_behaviour ancestor = {
    .name = "ancestor", .init = ancestor_init, .receive = sink_receive};

/* Spawn a child with one generation less to go. */
static enum rh_status ancestor_init(struct rh_context *ctx, void *state,
                                    const struct rh_delivery *start)
{
    struct rh_pid child;
    int64_t left = 0;
    (void)state;
    if (!RH_MATCH(&start->message, "left", &left) || left == 0) {
        return RH_OK;
    }
    struct rh_spawn_options options = {.argument =
                                           RH_ARRAY(rh_allocator_of(ctx), "left", left - 1)};
    return rh_spawn(ctx, &ancestor, &options, &child, NULL);
}

static struct rh_world *named_world(struct rh_strategy **ret_strategy)
{
    struct rh_world *world = NULL;
    uint32_t node;
    assert_int_equal(rh_strategy_fifo(rh_allocator_default(), ret_strategy), RH_OK);
    struct rh_world_options options = {.strategy = *ret_strategy};
    assert_int_equal(rh_world_create(&options, &world), RH_OK);
    assert_int_equal(rh_world_add_node(world, "n1", &node), RH_OK);
    return world;
}

static void name_is(const struct rh_world *world, struct rh_pid pid, const char *expected)
{
    char name[128];
    assert_int_equal(rh_world_actor_name(world, pid, name, sizeof name), strlen(expected));
    assert_string_equal(name, expected);
}

static void an_actor_has_its_name_before_it_is_spawned(void **state)
{
    (void)state;
    struct rh_strategy *strategy = NULL;
    struct rh_world *first = named_world(&strategy);
    struct rh_pid pid;
    assert_int_equal(rh_world_spawn(first, 0, "later", &sink, NULL, &pid), RH_OK);
    rh_world_destroy(first);
    rh_strategy_destroy(strategy);

    struct rh_world *world = named_world(&strategy);
    struct rh_pid again;
    name_is(world, pid, "?");
    name_is(world, rh_pid_none(), "-");
    assert_int_equal(rh_world_name_actor(world, pid, "later"), RH_OK);
    name_is(world, pid, "later");
    assert_int_equal(rh_world_spawn(world, 0, "now", &sink, NULL, &again), RH_OK);
    assert_true(rh_pid_equal(pid, again));
    name_is(world, pid, "now");
    struct rh_pid found;
    assert_true(rh_world_find(world, "now", &found));
    assert_true(rh_pid_equal(found, pid));
    assert_false(rh_world_find(world, "later", &found));
    rh_world_destroy(world);
    rh_strategy_destroy(strategy);
}

static void a_child_is_called_after_its_parent(void **state)
{
    (void)state;
    struct rh_strategy *strategy = NULL;
    struct rh_world *world = named_world(&strategy);
    struct rh_spawn_options options = {.argument =
                                           RH_ARRAY(rh_allocator_default(), "left", GENERATIONS)};
    struct rh_pid pid;
    assert_int_equal(rh_world_spawn(world, 0, "eve", &ancestor, &options, &pid), RH_OK);
    rh_strategy_begin(strategy);
    assert_int_equal(rh_world_run(world), RH_END_QUIESCENT);
    (void)rh_strategy_end(strategy);
    static const char descent[] = "eve/1/1/1/1/1/1/1/1/1/1/1/1/1/1";
    for (size_t i = 1; i <= GENERATIONS; i++) {
        char name[sizeof descent] = {0};
        memcpy(name, descent, 3 + 2 * i);
        assert_int_equal(rh_world_find(world, name, &pid), i <= 12);
    }
    assert_true(rh_world_find(world, "eve/1/1/1", &pid));
    char cut[6];
    assert_int_equal(rh_world_actor_name(world, pid, cut, sizeof cut), strlen("eve/1/1/1"));
    assert_string_equal(cut, "eve/1");
    assert_true(rh_world_find(world, "eve", &pid));
    assert_int_equal(rh_world_name_actor(world, pid, "lilith"), RH_OK);
    assert_true(rh_world_find(world, "lilith/1/1", &pid));
    name_is(world, pid, "lilith/1/1");
    assert_false(rh_world_find(world, "eve/1/1", &pid));
    rh_world_destroy(world);
    rh_strategy_destroy(strategy);
}

static void the_youngest_has_the_name(void **state)
{
    (void)state;
    struct rh_strategy *strategy = NULL;
    struct rh_world *world = named_world(&strategy);
    for (int i = 0; i < 200; i++) { /* so many that the tables grow */
        struct rh_pid last;
        struct rh_pid found;
        assert_int_equal(rh_world_spawn(world, 0, "same", &sink, NULL, &last), RH_OK);
        if (i % 7 == 0) {
            assert_true(rh_world_find(world, "same", &found));
            assert_true(rh_pid_equal(found, last));
        }
    }
    rh_world_destroy(world);
    rh_strategy_destroy(strategy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fan_in_has_factorial_interleavings),
        cmocka_unit_test(an_actor_has_its_name_before_it_is_spawned),
        cmocka_unit_test(a_child_is_called_after_its_parent),
        cmocka_unit_test(the_youngest_has_the_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) == 0 ? 0 : 1;
}

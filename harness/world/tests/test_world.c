/* SPDX-License-Identifier: MIT */
/* The world counts: small programs have exactly as many interleavings as arithmetic says. */
#include <rehearse/world.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fan_in_has_factorial_interleavings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) == 0 ? 0 : 1;
}

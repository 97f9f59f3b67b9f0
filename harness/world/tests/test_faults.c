/* SPDX-License-Identifier: MIT */
/* Faults of messages as a C program has them: specs, armed in a world. Each test is one kind and what the catalogue promises
 * under it. */
#include <rehearse/rehearse.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SENT 4

struct stage {
    struct rh_strategy *strategy;
    struct rh_world *world;
    struct rh_pid receiver;
    struct rh_pid sender;
    char heard[128]; /**< what the receiver has handled, and when */
};

static struct stage stage;

static enum rh_status receive(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    (void)state;
    char text[64];
    (void)rh_message_print(&in->message, NULL, text, sizeof text);
    size_t at = strlen(stage.heard);
    (void)snprintf(stage.heard + at, sizeof stage.heard - at, "%s%s@%llu", at > 0 ? " " : "", text,
                   (unsigned long long)rh_now(ctx));
    return RH_OK;
}

static enum rh_status send_all(struct rh_context *ctx, void *state, const struct rh_delivery *start)
{
    (void)state;
    (void)start;
    for (int i = 1; i <= SENT; i++) {
        enum rh_status status = rh_send(ctx, stage.receiver, RH_ARRAY(NULL, "n", i));
        if (status != RH_OK) {
            return status;
        }
    }
    return RH_OK;
}

static enum rh_status hear_nothing(struct rh_context *ctx, void *state,
                                   const struct rh_delivery *in)
{
    (void)ctx;
    (void)state;
    (void)in;
    return RH_OK;
}

static const struct rh_behaviour receiver = {.name = "receiver", .receive = receive};
static const struct rh_behaviour sender = {
    .name = "sender", .init = send_all, .receive = hear_nothing};

static enum rh_end play(const struct rh_fault_spec *specs, size_t count, uint64_t seed,
                        uint64_t budget)
{
    stage = (struct stage){.heard = ""};
    enum rh_status status = seed == 0 ? rh_strategy_fifo(NULL, &stage.strategy)
                                      : rh_strategy_random(NULL, seed, 1, &stage.strategy);
    assert_int_equal(status, RH_OK);
    const struct rh_world_options options = {.strategy = stage.strategy};
    uint32_t node;
    assert_int_equal(rh_world_create(&options, &stage.world), RH_OK);
    assert_int_equal(rh_world_add_node(stage.world, "n1", &node), RH_OK);
    assert_int_equal(rh_world_arm(stage.world, specs, count), RH_OK);
    rh_world_bound_faults(stage.world, budget);
    assert_int_equal(rh_world_spawn(stage.world, node, "r", &receiver, NULL, &stage.receiver),
                     RH_OK);
    assert_int_equal(rh_world_spawn(stage.world, node, "s", &sender, NULL, &stage.sender), RH_OK);
    rh_strategy_begin(stage.strategy);
    enum rh_end end = rh_world_run(stage.world);
    if (end == RH_END_QUIESCENT) {
        rh_world_heal(stage.world);
        end = rh_world_run(stage.world);
    }
    (void)rh_strategy_end(stage.strategy);
    return end;
}

static void clear(void)
{
    rh_world_destroy(stage.world);
    rh_strategy_destroy(stage.strategy);
}

static void hears(const struct rh_fault_spec *specs, size_t count, const char *wanted)
{
    assert_int_equal(play(specs, count, 0, 0), RH_END_QUIESCENT);
    assert_string_equal(stage.heard, wanted);
    clear();
}

static void drops_the_third(void **state)
{
    (void)state;
    const struct rh_fault_spec spec = {
        .kind = RH_FAULT_DROP, .actor = "r", .is_pinned = true, .times = 3};
    hears(&spec, 1, "[n, 1]@0 [n, 2]@0 [n, 4]@0");
}

static void drops_what_it_fits_and_nothing_else(void **state)
{
    (void)state;
    static const char *const nobody[] = {"r"};
    struct rh_message pattern = RH_ARRAY(NULL, "n", 2);
    const struct rh_fault_spec specs[] = {
        {.kind = RH_FAULT_DROP, .message = &pattern, .is_pinned = true, .every = 1},
        {.kind = RH_FAULT_DROP, .from = {.names = nobody, .count = 1}, .is_pinned = true},
        {.kind = RH_FAULT_DROP, .group = {.node = 2}, .is_pinned = true},
    };
    hears(specs, 3, "[n, 1]@0 [n, 3]@0 [n, 4]@0");
    rh_message_unref(pattern);
}

static void leaves_a_copy_that_comes_next(void **state)
{
    (void)state;
    const struct rh_fault_spec spec = {.kind = RH_FAULT_DUPLICATE, .is_pinned = true, .every = 2};
    hears(&spec, 1, "[n, 1]@0 [n, 1]@0 [n, 2]@0 [n, 3]@0 [n, 3]@0 [n, 4]@0");
}

static void puts_another_payload_in_its_place(void **state)
{
    (void)state;
    const struct rh_fault_spec specs[] = {
        {.kind = RH_FAULT_REPLACE, .is_pinned = true, .times = 2, .payload = RH_ITEM(NULL, "x")},
        {.kind = RH_FAULT_CORRUPT, .is_pinned = true, .times = 2},
    };
    hears(specs, 2, "[n, 1]@0 x@0 [n, 2]@0 [n, 4]@0");
}

static void strikes_no_message_with_what_refuses_effects(void **state)
{
    (void)state;
    const struct rh_fault_spec spec = {
        .kind = RH_FAULT_REFUSE_IO, .is_pinned = true, .has_at = true};
    hears(&spec, 1, "[n, 1]@0 [n, 2]@0 [n, 3]@0 [n, 4]@0");
}

static void lets_one_wait_and_the_rest_behind_it(void **state)
{
    (void)state;
    const struct rh_fault_spec spec = {
        .kind = RH_FAULT_HOLD, .is_pinned = true, .times = 2, .span = 7};
    hears(&spec, 1, "[n, 1]@0 [n, 2]@7 [n, 3]@7 [n, 4]@7");
}

static void lets_one_wait_until_the_run_heals(void **state)
{
    (void)state;
    const struct rh_fault_spec spec = {
        .kind = RH_FAULT_HOLD, .is_pinned = true, .times = 4, .span = RH_NEVER};
    hears(&spec, 1, "[n, 1]@0 [n, 2]@0 [n, 3]@0 [n, 4]@0");
}

static void brings_what_nobody_sent_and_what_came_before(void **state)
{
    (void)state;
    const struct rh_fault_spec specs[] = {
        {.kind = RH_FAULT_FORGE,
         .actor = "r",
         .has_at = true,
         .at = 5,
         .payload = RH_ITEM(NULL, "forged")},
        {.kind = RH_FAULT_FORGE,
         .actor = "r",
         .has_at = true,
         .at = 6,
         .signal = RH_SIGNAL_EXIT,
         .payload = RH_ITEM(NULL, "kill")},
    };
    assert_int_equal(play(specs, 2, 0, 0), RH_END_QUIESCENT);
    assert_string_equal(stage.heard, "[n, 1]@0 [n, 2]@0 [n, 3]@0 [n, 4]@0 forged@5");
    assert_true(rh_inspect_is_alive(rh_world_node(stage.world, 0), stage.receiver));
    assert_int_equal(rh_world_fault_fired(stage.world, 1), 1);
    clear();
}

static void strikes_within_its_budget(void **state)
{
    (void)state;
    const struct rh_fault_spec specs[] = {
        {.kind = RH_FAULT_DROP, .max = 4, .weight = 9},
        {.kind = RH_FAULT_DUPLICATE, .max = 4, .weight = 9},
    };
    uint32_t most = 0;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        assert_int_equal(play(specs, 2, seed, 3), RH_END_QUIESCENT);
        uint32_t struck =
            rh_world_fault_fired(stage.world, 0) + rh_world_fault_fired(stage.world, 1);
        assert_true(struck <= 3);
        most = struck > most ? struck : most;
        clear();
    }
    assert_int_equal(most, 3);
}

static void strikes_in_its_time_only(void **state)
{
    (void)state;
    const struct rh_fault_spec specs[] = {
        {.kind = RH_FAULT_DROP, .max = 9, .since = 1},
        {.kind = RH_FAULT_CRASH, .actor = "s", .since = 3, .until = 4},
    };
    for (uint64_t seed = 1; seed <= 20; seed++) {
        assert_int_equal(play(specs, 2, seed, 0), RH_END_QUIESCENT);
        assert_string_equal(stage.heard, "[n, 1]@0 [n, 2]@0 [n, 3]@0 [n, 4]@0");
        clear();
    }
}

static void strikes_who_is_stalled_at_once(void **state)
{
    (void)state;
    const struct rh_fault_spec specs[] = {
        {.kind = RH_FAULT_STALL, .actor = "s", .has_at = true, .span = 5},
        {.kind = RH_FAULT_CRASH, .actor = "s", .has_at = true}};
    assert_int_equal(play(specs, 2, 0, 0), RH_END_QUIESCENT);
    assert_int_equal(rh_world_fault_fired(stage.world, 0), 1);
    assert_int_equal(rh_world_fault_fired(stage.world, 1), 1);
    assert_int_equal(rh_world_now(stage.world), 0);
    clear();
}

static void says_what_every_kind_may_and_promises(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < RH_FAULT_COUNT; kind++) {
        assert_true(strlen(rh_fault_kind_word((enum rh_fault_kind)kind)) > 2);
        assert_true(rh_fault_kind_family((enum rh_fault_kind)kind) < RH_FAULT_FAMILY_COUNT);
    }
    assert_string_equal(rh_fault_kind_word(RH_FAULT_COUNT), "?");
    assert_int_equal(rh_fault_kind_family(RH_FAULT_COUNT), RH_FAULT_FAMILY_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drops_the_third),
        cmocka_unit_test(drops_what_it_fits_and_nothing_else),
        cmocka_unit_test(leaves_a_copy_that_comes_next),
        cmocka_unit_test(puts_another_payload_in_its_place),
        cmocka_unit_test(strikes_no_message_with_what_refuses_effects),
        cmocka_unit_test(lets_one_wait_and_the_rest_behind_it),
        cmocka_unit_test(lets_one_wait_until_the_run_heals),
        cmocka_unit_test(brings_what_nobody_sent_and_what_came_before),
        cmocka_unit_test(strikes_within_its_budget),
        cmocka_unit_test(strikes_in_its_time_only),
        cmocka_unit_test(strikes_who_is_stalled_at_once),
        cmocka_unit_test(says_what_every_kind_may_and_promises),
    };
    return cmocka_run_group_tests_name("harness.world.faults", tests, NULL, NULL) ? 1 : 0;
}

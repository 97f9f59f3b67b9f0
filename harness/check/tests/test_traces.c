/* SPDX-License-Identifier: MIT */
/* Worked traces of known defects, as far as they happen on one node, with the line at which a checker must fire:
 * W2 (its reuse of a slot), W3, W10, W11, W14, and W15 as the storm that must not alarm anybody. W1, W12, W13 and W16
 * need connections, W4 to W9 conversations and hosts. */
#include "harness/check/tests/feed.h"

#define A actor(1)
#define B actor(2)
#define C actor(3)
#define NO_WHY RH_WHY_NONE

static struct feed cast(void)
{
    struct feed f = feed_open(NULL);
    born(&f, A);
    born(&f, B);
    born(&f, C);
    return f;
}

static void exit_begins(struct feed *f, struct rh_pid who, const char *reason)
{
    struct rh_message message = text(reason);
    TELL(f, EXIT, .actor = who, .message = &message, .why = RH_WHY_REQUESTED);
}

/* W2: a slot has a new tenant, and what was sent to the old one reaches it. */
static void w2_the_next_tenant_of_a_slot_is_somebody_else(void **state)
{
    (void)state;
    struct feed f = cast();
    sends(&f, RH_SIGNAL_MESSAGE, A, B, 0, "secret");
    dies(&f, B, "normal");
    born(&f, later_actor(2));
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_MESSAGE, later_actor(2), A, 0, "secret", NO_WHY);
    feed_fails(&f, RH_END_QUIESCENT, "conservation/once", "ends once",
               "MESSAGE secret from <1.1.1> to <1.2.2>");
}

/* W3: LINK waits behind the message that ends its target; the corpse ignores it. */
static struct feed w3_up_to_the_corpse(void)
{
    struct feed f = cast();
    sends(&f, RH_SIGNAL_MESSAGE, C, B, 0, "die");
    TELL(&f, LINK_ADD, .actor = A, .peer = B);
    sends(&f, RH_SIGNAL_LINK, A, B, 0, NULL);
    TELL(&f, TURN_END, .actor = A);
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_MESSAGE, B, C, 0, "die", NO_WHY);
    TELL(&f, TURN_END, .actor = B);
    dies(&f, B, "x");
    return f;
}

static void w3_a_link_to_a_corpse_is_answered(void **state)
{
    (void)state;
    struct feed f = w3_up_to_the_corpse();
    meets(&f, RH_EVENT_DROP, RH_SIGNAL_LINK, B, A, 0, NULL, RH_WHY_NOPROC);
    feed_fails(&f, RH_END_QUIESCENT, "links/one-notice", "at once", "no EXIT was sent");
    f = w3_up_to_the_corpse();
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_LINK, B, A, 0, NULL, NO_WHY);
    feed_fails(&f, RH_END_QUIESCENT, "exits/after", "only a live actor", "handle LINK");
}

static void w3_what_should_happen_is_fine(void **state)
{
    (void)state;
    struct feed f = w3_up_to_the_corpse();
    meets(&f, RH_EVENT_DROP, RH_SIGNAL_LINK, B, A, 0, NULL, RH_WHY_NOPROC);
    sends(&f, RH_SIGNAL_EXIT, B, A, 0, "noproc");
    TELL(&f, LINK_REMOVE, .actor = A, .peer = B, .why = RH_WHY_PARTNER);
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_EXIT, A, B, 0, "noproc", NO_WHY);
    struct rh_message noproc = text("noproc");
    TELL(&f, EXIT, .actor = A, .peer = B, .message = &noproc, .why = RH_WHY_PARTNER);
    TELL(&f, EXIT_END, .actor = A);
    feed_holds(&f, RH_END_QUIESCENT);
}

/* W10: EXIT is under way, A unlinks, and dies of it all the same. */
static void w10_unlink_is_a_barrier(void **state)
{
    (void)state;
    struct feed f = cast();
    linked(&f, A, B);
    exit_begins(&f, B, "failure");
    TELL(&f, LINK_REMOVE, .actor = B, .peer = A, .why = RH_WHY_EXIT);
    sends(&f, RH_SIGNAL_EXIT, B, A, 0, "failure");
    TELL(&f, EXIT_END, .actor = B);
    TELL(&f, LINK_REMOVE, .actor = A, .peer = B, .why = RH_WHY_REQUESTED);
    sends(&f, RH_SIGNAL_UNLINK, A, B, 0, NULL);
    TELL(&f, TURN_END, .actor = A);
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_EXIT, A, B, 0, "failure", NO_WHY);
    feed_fails(&f, RH_END_QUIESCENT, "links/barrier", "still there",
               "<1.1.1> and <1.2.1>: the EXIT took effect");
}

/* W11: a cancelled receive puts its message back behind its followers. */
static void w11_a_cancelled_receive_leaves_the_order(void **state)
{
    (void)state;
    struct feed f = cast();
    struct rh_message tag = text("m1");
    struct rh_receive first = {.tags = &tag, .tag_count = 1, .timeout = RH_NEVER};
    struct rh_receive any = {.timeout = RH_NEVER};
    TELL(&f, WAIT, .actor = A, .due = RH_NEVER, .want = &first);
    sends(&f, RH_SIGNAL_MESSAGE, B, A, 0, "m1");
    sends(&f, RH_SIGNAL_MESSAGE, B, A, 0, "m2");
    meets(&f, RH_EVENT_PUT, RH_SIGNAL_MESSAGE, A, B, 0, "m1", NO_WHY);
    TELL(&f, WAIT_END, .actor = A, .why = RH_WHY_REQUESTED);
    meets(&f, RH_EVENT_PUT, RH_SIGNAL_MESSAGE, A, B, 0, "m2", NO_WHY);
    TELL(&f, WAIT, .actor = A, .due = RH_NEVER, .want = &any);
    TELL(&f, WAIT_END, .actor = A, .why = RH_WHY_FIRED);
    meets(&f, RH_EVENT_TAKE, RH_SIGNAL_MESSAGE, A, B, 0, "m2", NO_WHY);
    feed_fails(&f, RH_END_QUIESCENT, "mailboxes/selective", "MESSAGE m1 from <1.2.1>",
               "take MESSAGE m2");
}

/* W14: a kill that waits for the end of a slice is treated as trappable. */
static void w14_a_kill_is_never_a_message(void **state)
{
    (void)state;
    struct feed f = cast();
    TELL(&f, TRAP, .actor = A, .number = 1);
    sends(&f, RH_SIGNAL_EXIT_SIGNAL, B, A, 0, "kill");
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_EXIT_SIGNAL, A, B, 0, "kill", NO_WHY);
    TELL(&f, TURN_END, .actor = A);
    feed_fails(&f, RH_END_QUIESCENT, "reasons/effect", "<1.1.1> exits with killed", "goes on");
}

/* ---- W15, on a real node ---- */

#define PAIRS 2000u

static uint32_t heard;

static enum rh_status link_with(struct rh_context *ctx, void *state,
                                const struct rh_delivery *start)
{
    (void)state;
    struct rh_pid partner;
    struct rh_reader reader;
    rh_reader_message(&reader, &start->message);
    return rh_read_pid(&reader, &partner) ? rh_link(ctx, partner) : RH_OK;
}

static enum rh_status listen(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    (void)ctx;
    (void)state;
    heard += in->kind == RH_DELIVERY_EXIT;
    return RH_OK;
}

static const struct rh_behaviour partner = {
    .name = "partner", .init = link_with, .receive = listen};

static void w15_a_storm_alarms_nobody(void **state)
{
    (void)state;
    static struct rh_pid victims[PAIRS];
    struct rh_judge *judge = NULL;
    struct rh_world *world = NULL;
    struct rh_strategy *strategy = NULL;
    uint32_t node = 0;
    const struct rh_judge_options all = {0};
    assert_int_equal(rh_judge_create(&all, &judge), RH_OK);
    assert_int_equal(rh_strategy_fifo(NULL, &strategy), RH_OK);
    const struct rh_world_options options = {.strategy = strategy};
    assert_int_equal(rh_world_create(&options, &world), RH_OK);
    assert_int_equal(rh_world_add_node(world, "n1", &node), RH_OK);
    assert_int_equal(rh_judge_begin(judge, world), RH_OK);
    for (uint32_t i = 0; i < PAIRS; i++) {
        struct rh_pid watcher;
        assert_int_equal(rh_world_spawn(world, node, "victim", &partner, NULL, &victims[i]), RH_OK);
        const struct rh_spawn_options with = {.trap = true, .argument = RH_ITEM(NULL, victims[i])};
        assert_int_equal(rh_world_spawn(world, node, "partner", &partner, &with, &watcher), RH_OK);
    }
    assert_int_equal(rh_world_run(world), RH_END_QUIESCENT);
    for (uint32_t i = 0; i < PAIRS; i++) {
        assert_int_equal(
            rh_node_exit_signal(rh_world_node(world, node), 0, victims[i], text("kill")), RH_OK);
    }
    heard = 0;
    rh_judge_finish(judge, rh_world_run(world));
    assert_int_equal(heard, PAIRS);
    assert_null(rh_judge_violation(judge));
    assert_int_equal(rh_judge_status(judge), RH_OK);
    rh_judge_destroy(judge);
    rh_world_destroy(world);
    rh_strategy_destroy(strategy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(w2_the_next_tenant_of_a_slot_is_somebody_else),
        cmocka_unit_test(w3_a_link_to_a_corpse_is_answered),
        cmocka_unit_test(w3_what_should_happen_is_fine),
        cmocka_unit_test(w10_unlink_is_a_barrier),
        cmocka_unit_test(w11_a_cancelled_receive_leaves_the_order),
        cmocka_unit_test(w14_a_kill_is_never_a_message),
        cmocka_unit_test(w15_a_storm_alarms_nobody),
    };
    return cmocka_run_group_tests_name("harness.check.traces", tests, NULL, NULL) ? 1 : 0;
}

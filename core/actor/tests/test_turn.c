/* SPDX-License-Identifier: MIT */
/* Turns: what is the same all through one, how one ends, and that nothing follows its end. */
#include "core/actor/tests/stage.h"

#include <stdio.h>
#include <string.h>

/* ---- after the end ---- */

/* References of everything that the actor has when its last turn begins. */
struct belongings {
    struct rh_pid other;
    struct rh_ref monitor;
    struct rh_ref alias;
    struct rh_ref timer;
    struct rh_ref group;
    uint64_t events;
    uint64_t events_at_exit;
};

static void count_event(void *self, const struct rh_event *event)
{
    (void)event;
    ((struct belongings *)self)->events++;
}

static enum rh_status acquire(struct rh_context *ctx, void *state, void *argument)
{
    struct belongings *own = argument;
    struct rh_receive want = {.timeout = RH_SECOND};
    (void)state;
    assert_status(rh_link(ctx, own->other), RH_OK);
    assert_status(rh_monitor(ctx, own->other, RH_ALIAS_NONE, &own->monitor), RH_OK);
    assert_status(rh_alias_open(ctx, RH_ALIAS_EXPLICIT, &own->alias), RH_OK);
    assert_status(rh_timer_start(ctx, RH_SECOND, own->other, word("late"), &own->timer), RH_OK);
    assert_status(rh_register(ctx, "me", rh_self(ctx)), RH_OK);
    assert_status(rh_group_join(ctx, "team", rh_self(ctx)), RH_OK);
    assert_status(rh_group_monitor(ctx, "team", &own->group), RH_OK);
    return rh_receive(ctx, &want);
}

static struct rh_message large(struct rh_context *ctx)
{
    char text[101];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    return RH_ITEM(rh_allocator_of(ctx), (const char *)text);
}

#define ENDED(call) assert_status((call), RH_EXITED)

static void send_everything(struct rh_context *ctx, const struct belongings *own)
{
    struct rh_delivery in = {.kind = RH_DELIVERY_MESSAGE, .message = large(ctx)};
    struct rh_ref ref;
    ENDED(rh_send(ctx, own->other, large(ctx)));
    ENDED(rh_send_with(ctx, own->other, large(ctx), RH_RETURN));
    ENDED(rh_send_name(ctx, "me", large(ctx)));
    ENDED(rh_send_name_at(ctx, "new", 1, large(ctx)));
    ENDED(rh_send_alias(ctx, own->alias, large(ctx)));
    ENDED(rh_forward(ctx, &in, own->other));
    ENDED(RH_SEND(ctx, own->other, "ping", 1));
    ENDED(rh_output(ctx, large(ctx)));
    ENDED(rh_timer_start(ctx, 1, own->other, large(ctx), &ref));
    ENDED(rh_timer_start_name(ctx, 1, "new", large(ctx), &ref));
    ENDED(rh_send_after(ctx, 1, own->other, large(ctx), &ref));
    ENDED(rh_send_after_name(ctx, 1, "new", large(ctx), &ref));
    ENDED(rh_timer_cancel(ctx, own->timer, NULL));
    rh_duration left;
    ENDED(rh_timer_read(ctx, own->timer, &left));
    rh_message_unref(in.message);
}

static void bind_everything(struct rh_context *ctx, const struct belongings *own)
{
    struct rh_spawn_options options = {.argument = large(ctx), .link = true, .monitor = true};
    struct rh_ref ref;
    struct rh_pid pid;
    ENDED(rh_spawn(ctx, stage_member(), &options, &pid, &ref));
    ENDED(rh_spawn(ctx, stage_member(), NULL, &pid, NULL));
    options.argument = large(ctx);
    ENDED(rh_spawn_request(ctx, stage_member(), &options, &ref));
    ENDED(rh_spawn_request(ctx, stage_member(), NULL, &ref));
    ENDED(rh_link(ctx, rh_parent(ctx)));
    ENDED(rh_link_tagged(ctx, own->other, 1));
    ENDED(rh_link_all(ctx, &own->other, 1));
    ENDED(rh_unlink(ctx, own->other, RH_FLUSH));
    ENDED(rh_exit_signal(ctx, own->other, large(ctx)));
    ENDED(rh_exit_signal(ctx, rh_self(ctx), word("kill")));
    ENDED(rh_ask_alive(ctx, own->other, &ref));
    ENDED(rh_monitor(ctx, own->other, RH_ALIAS_REPLY, &ref));
    ENDED(rh_monitor_name(ctx, "new", RH_ALIAS_NONE, &ref));
    ENDED(rh_demonitor(ctx, own->monitor, RH_FLUSH));
    ENDED(rh_alias_open(ctx, RH_ALIAS_REPLY, &ref));
    ENDED(rh_alias_close(ctx, own->alias));
}

static void find_everything(struct rh_context *ctx, const struct belongings *own)
{
    struct rh_receive want = {.timeout = 0};
    struct rh_ref ref;
    struct rh_pid pid;
    ENDED(rh_register(ctx, "new", own->other));
    ENDED(rh_unregister(ctx, "me"));
    ENDED(rh_whereis(ctx, "me", &pid));
    assert_true(rh_pid_is_none(pid));
    ENDED(rh_group_join(ctx, "team", own->other));
    ENDED(rh_group_leave(ctx, "team", rh_self(ctx)));
    ENDED(rh_group_monitor(ctx, "new", &ref));
    ENDED(rh_group_demonitor(ctx, own->group, RH_FLUSH));
    assert_int_equal(rh_group_members(ctx, "team", &pid, 1), 0);
    ENDED(rh_receive(ctx, &want));
    rh_receive_cancel(ctx);
    assert_true(rh_trap(ctx, false));
}

static enum rh_status exit_then_try_everything(struct rh_context *ctx, void *state, void *argument)
{
    struct belongings *own = argument;
    (void)state;
    ENDED(rh_exit(ctx, word("first")));
    own->events_at_exit = own->events;
    ENDED(rh_exit(ctx, large(ctx)));
    send_everything(ctx, own);
    bind_everything(ctx, own);
    find_everything(ctx, own);
    struct rh_pid pid;
    assert_int_equal(rh_links(ctx, &pid, 1), 1);
    assert_int_equal(rh_monitors(ctx, &pid, 1), 1);
    assert_int_equal(rh_mailbox_length(ctx), 0);
    assert_int_equal(own->events, own->events_at_exit);
    return RH_OK;
}

static void after_the_end_nothing_changes(void **state)
{
    struct stage s;
    struct purse purse = {0};
    struct rh_allocator allocator = purse_allocator(&purse);
    struct rh_node_options options = {.allocator = &allocator};
    (void)state;
    stage_open_with(&s, &options);
    struct rh_pid a = enter_selective(&s, "a");
    struct belongings own = {.other = enter_trapping(&s, "b")};
    assert_status(act(&s, a, acquire, &own), RH_OK);
    settle(&s);
    struct rh_observer observer = {count_event, &own};
    rh_node_observe(s.node, &observer);
    assert_status(act(&s, a, exit_then_try_everything, &own), RH_OK);
    assert_true(own.events > own.events_at_exit); /* the exit step */
    settle(&s);
    assert_false(is_alive(&s, a));
    assert_string_equal(heard(&s, own.other), "exit a first; ");
    assert_int_equal(stats(&s).spawned, 2);
    stage_close(&s);
    assert_int_equal(purse.blocks, 0);
    assert_int_equal(purse.bytes, 0);
}

/* ---- what a turn may answer ---- */

static enum rh_status answer(struct rh_context *ctx, void *state, void *argument)
{
    (void)ctx;
    (void)state;
    return *(enum rh_status *)argument;
}

static const char *end_by_answer(enum rh_status status)
{
    static char text[64];
    struct stage s;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    (void)act_monitor(&s, a, b, RH_ALIAS_NONE);
    settle(&s);
    assert_status(act(&s, b, answer, &status), RH_OK);
    settle(&s);
    (void)snprintf(text, sizeof(text), "%s", heard(&s, a));
    stage_close(&s);
    return text;
}

static void a_status_is_the_reason(void **state)
{
    (void)state;
    assert_string_equal(end_by_answer(RH_OK), "");
    assert_string_equal(end_by_answer(RH_DONE), "down b normal; ");
    assert_string_equal(end_by_answer(RH_NO_MEMORY), "down b no_memory; ");
    assert_string_equal(end_by_answer(RH_FULL), "down b full; ");
    assert_string_equal(end_by_answer(RH_EXITED), "down b exited; ");
}

struct reason_case {
    struct rh_message reason;
    const char *seen;
};

static enum rh_status exit_with(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    (void)rh_exit(ctx, ((struct reason_case *)argument)->reason);
    return RH_NO_MEMORY; /* the exit came first */
}

static void an_exit_reason_is_kept_or_visibly_shortened(void **state)
{
    char text[301];
    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    const struct rh_allocator *allocator = rh_allocator_default();
    struct reason_case cases[] = {
        {RH_ARRAY(allocator, "shutdown", 7), "down b [shutdown, 7]; "},
        {rh_message_failed(RH_NO_MEMORY), "down b no_memory; "},
        {rh_message_none(), "down b [error, invalid]; "},
        {RH_ITEM(allocator, (const char *)text), "down b [error, truncated]; "},
        {RH_ARRAY(allocator, "shutdown", (const char *)text), "down b [shutdown, truncated]; "},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct stage s;
        stage_open(&s);
        struct rh_pid a = enter_plain(&s, "a");
        struct rh_pid b = enter_plain(&s, "b");
        (void)act_monitor(&s, a, b, RH_ALIAS_NONE);
        settle(&s);
        assert_status(act(&s, b, exit_with, &cases[i]), RH_OK);
        settle(&s);
        assert_string_equal(heard(&s, a), cases[i].seen);
        stage_close(&s);
    }
}

/* ---- the clock ---- */

static enum rh_status note_now(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    *(rh_instant *)argument = rh_now(ctx);
    return RH_OK;
}

static void time_comes_with_the_event(void **state)
{
    struct stage s;
    rh_instant now = 0;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    s.now = 17;
    assert_status(act(&s, a, note_now, &now), RH_OK);
    assert_int_equal(now, 17);
    stage_close(&s);
}

/* ---- random streams ---- */

struct draws {
    uint64_t bound;
    uint64_t drawn[8];
};

static enum rh_status draw(struct rh_context *ctx, void *state, void *argument)
{
    struct draws *draws = argument;
    (void)state;
    for (size_t i = 0; i < 8; i++) {
        draws->drawn[i] = rh_random(ctx, draws->bound);
    }
    return RH_OK;
}

/* What `a` draws after `others` have drawn. */
static struct draws draws_of(uint64_t seed, int others)
{
    struct stage s;
    struct rh_node_options options = {.seed = seed};
    struct draws draws = {.bound = 1000000};
    struct draws of_others = {.bound = 3};
    stage_open_with(&s, &options);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    for (int i = 0; i < others; i++) {
        assert_status(act(&s, b, draw, &of_others), RH_OK);
    }
    assert_status(act(&s, a, draw, &draws), RH_OK);
    if (others == 0) { /* another stream */
        of_others.bound = draws.bound;
        assert_status(act(&s, b, draw, &of_others), RH_OK);
        assert_memory_not_equal(of_others.drawn, draws.drawn, sizeof(draws.drawn));
    }
    stage_close(&s);
    return draws;
}

static void others_do_not_disturb_a_random_stream(void **state)
{
    (void)state;
    struct draws alone = draws_of(7, 0);
    struct draws among_others = draws_of(7, 5);
    struct draws other_seed = draws_of(8, 0);
    assert_memory_equal(alone.drawn, among_others.drawn, sizeof(alone.drawn));
    assert_memory_not_equal(alone.drawn, other_seed.drawn, sizeof(alone.drawn));
}

static void a_draw_stays_below_its_bound(void **state)
{
    struct stage s;
    unsigned seen = 0;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct draws draws = {.bound = 3};
    for (int round = 0; round < 8; round++) {
        assert_status(act(&s, a, draw, &draws), RH_OK);
        for (size_t i = 0; i < 8; i++) {
            assert_in_range(draws.drawn[i], 0, 2);
            seen |= 1U << draws.drawn[i];
        }
    }
    assert_int_equal(seen, 7);
    draws.bound = 0;
    assert_status(act(&s, a, draw, &draws), RH_OK);
    assert_int_equal(draws.drawn[7], 0);
    draws.bound = 1;
    assert_status(act(&s, a, draw, &draws), RH_OK);
    assert_int_equal(draws.drawn[7], 0);
    stage_close(&s);
}

/* ---- inputs ---- */

static void a_driver_reaches_only_actors_that_have_started(void **state)
{
    struct stage s;
    enum rh_status ok = RH_OK;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    assert_status(rh_node_input(s.node, 0, a, word("hi")), RH_OK);
    assert_string_equal(heard(&s, a), "user - hi; "); /* at once */
    struct rh_pid b = act_spawn(&s, a, "b", NULL, NULL);
    assert_status(rh_node_input(s.node, 0, b, word("hi")), RH_NOPROC);
    assert_status(rh_node_turn(s.node, 0, b, answer, &ok), RH_NOPROC);
    settle(&s);
    act_exit(&s, b, "boom");
    assert_status(rh_node_input(s.node, 0, b, word("hi")), RH_NOPROC);
    assert_status(rh_node_turn(s.node, 0, b, answer, &ok), RH_NOPROC);
    assert_status(rh_node_input(s.node, 0, a, rh_message_failed(RH_LIMIT)), RH_LIMIT);
    stage_close(&s);
}

OPERATION(do_output, rh_output(ctx, word(op->text)))

static void effects_come_out_in_order(void **state)
{
    struct stage s;
    struct rh_effect effect;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    assert_false(rh_node_take_effect(s.node, &effect));
    (void)perform(&s, a, (struct operation){.text = "one"}, do_output);
    (void)perform(&s, b, (struct operation){.text = "two"}, do_output);
    assert_true(rh_node_take_effect(s.node, &effect));
    assert_true(rh_pid_equal(effect.actor, a));
    assert_int_equal(effect.kind, RH_EFFECT_USER);
    rh_message_unref(effect.message);
    (void)perform(&s, a, (struct operation){.text = "three"}, do_output);
    assert_true(rh_node_take_effect(s.node, &effect));
    assert_true(rh_pid_equal(effect.actor, b));
    rh_message_unref(effect.message);
    stage_close(&s); /* the third goes with the node */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(after_the_end_nothing_changes),
        cmocka_unit_test(a_status_is_the_reason),
        cmocka_unit_test(an_exit_reason_is_kept_or_visibly_shortened),
        cmocka_unit_test(time_comes_with_the_event),
        cmocka_unit_test(others_do_not_disturb_a_random_stream),
        cmocka_unit_test(a_draw_stays_below_its_bound),
        cmocka_unit_test(a_driver_reaches_only_actors_that_have_started),
        cmocka_unit_test(effects_come_out_in_order),
    };
    return cmocka_run_group_tests_name("core.turn", tests, NULL, NULL) ? 1 : 0;
}

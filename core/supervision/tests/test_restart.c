/* SPDX-License-Identifier: MIT */
/* Which ends of a child lead to what, under every strategy; and how often. */
#include "core/supervision/tests/play.h"

static struct play *current;

static struct rh_child_spec worker(const char *id, enum rh_restart restart)
{
    return (struct rh_child_spec){
        .id = id, .start = play_child, .config = &current, .restart = restart};
}

static void begin(struct play *play)
{
    current = play;
    play->fail_at = 0;
    play_begin(play);
}

static struct rh_message reason_of(const char *word)
{
    if (strcmp(word, "{shutdown,x}") == 0) {
        return RH_ARRAY(NULL, "shutdown", "x");
    }
    return RH_ITEM(NULL, word);
}

/* Three children, the middle one of the type in question ends for a reason. */
static void one_end(enum rh_restart_strategy strategy, enum rh_restart restart, const char *reason,
                    const char *expected)
{
    static struct play play;
    begin(&play);
    const struct rh_child_spec children[] = {worker("a", RH_PERMANENT), worker("b", restart),
                                             worker("c", RH_PERMANENT)};
    const struct rh_supervisor config = {
        .strategy = strategy, .intensity = 5, .children = children, .child_count = 3};
    const struct rh_behaviour behaviour = rh_supervisor_behaviour(&config);
    play_supervise(&play, &behaviour);
    assert_string_equal(play.log, "+a#1 +b#1 +c#1 ");
    play_clear_log(&play);
    if (strcmp(reason, "kill") == 0) {
        play_signal(&play, play.parent, play_pid(&play, "b", 1), reason_of(reason));
    } else {
        play_exit(&play, play_pid(&play, "b", 1), reason_of(reason));
    }
    assert_string_equal(play.log, expected);
    assert_true(rh_inspect_is_alive(play.node, play.supervisor));
    play_end(&play);
}

static const char *const restarts[RH_RESTART_STRATEGY_COUNT] = {
    [RH_ONE_FOR_ONE] = "+b#2 ",
    [RH_ONE_FOR_ALL] = "-c#1:shutdown -a#1:shutdown +a#2 +b#2 +c#2 ",
    [RH_REST_FOR_ONE] = "-c#1:shutdown +b#2 +c#2 ",
};

static void follows_strategy_type_and_reason(void **state)
{
    (void)state;
    static const struct {
        const char *reason;
        const char *seen;
        bool transient_restarts;
    } rows[] = {
        {"foo", "foo", true},
        {"normal", "normal", false},
        {"shutdown", "shutdown", false},
        {"{shutdown,x}", "[shutdown, x]", false},
        {"kill", "killed", true},
        {"noproc", "noproc", true},
        {"timeout", "timeout", true},
    };
    for (int strategy = 0; strategy < RH_RESTART_STRATEGY_COUNT; strategy++) {
        for (int type = 0; type < RH_RESTART_COUNT; type++) {
            for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                bool again =
                    type == RH_PERMANENT || (type == RH_TRANSIENT && rows[i].transient_restarts);
                char expected[200];
                (void)snprintf(expected, sizeof expected, "-b#1:%s %s", rows[i].seen,
                               again ? restarts[strategy] : "");
                one_end((enum rh_restart_strategy)strategy, (enum rh_restart)type, rows[i].reason,
                        expected);
            }
        }
    }
}

static void restarts_normally_ended_transients_and_forgets_temporaries_with_the_rest(void **state)
{
    (void)state;
    static struct play play;
    begin(&play);
    const struct rh_child_spec children[] = {worker("a", RH_PERMANENT), worker("b", RH_TRANSIENT),
                                             worker("c", RH_TEMPORARY)};
    const struct rh_supervisor config = {
        .strategy = RH_ONE_FOR_ALL, .intensity = 5, .children = children, .child_count = 3};
    const struct rh_behaviour behaviour = rh_supervisor_behaviour(&config);
    play_supervise(&play, &behaviour);
    play_exit(&play, play_pid(&play, "b", 1), RH_ITEM(NULL, "normal"));
    play_clear_log(&play);
    play_exit(&play, play_pid(&play, "a", 1), RH_ITEM(NULL, "foo"));
    assert_string_equal(play.log, "-a#1:foo -c#1:shutdown +a#2 +b#2 ");
    assert_string_equal(play_call(&play, RH_ARRAY(NULL, "which_children")),
                        "reply [[b, <b#2>, worker], [a, <a#2>, worker]]");
    play_end(&play);
}

/* ---- intensity ---- */

static void with_intensity(struct play *play, uint32_t intensity, rh_duration period)
{
    static struct rh_child_spec children[2];
    static struct rh_supervisor config;
    begin(play);
    children[0] = worker("a", RH_PERMANENT);
    children[1] = worker("b", RH_PERMANENT);
    config = (struct rh_supervisor){
        .intensity = intensity, .period = period, .children = children, .child_count = 2};
    const struct rh_behaviour behaviour = rh_supervisor_behaviour(&config);
    play_supervise(play, &behaviour);
    play_clear_log(play);
}

static void crash(struct play *play, uint64_t incarnation)
{
    play_exit(play, play_pid(play, "a", incarnation), RH_ITEM(NULL, "foo"));
}

static void gives_up_when_children_fail_once_more_than_the_intensity(void **state)
{
    (void)state;
    static struct play play;
    with_intensity(&play, 3, RH_SECOND);
    crash(&play, 1);
    crash(&play, 2);
    crash(&play, 3);
    assert_true(play_is_alive(&play, "a", 4));
    play_clear_log(&play);
    crash(&play, 4);
    assert_string_equal(play.log, "-a#4:foo -b#1:shutdown -sup:shutdown ");
    assert_string_equal(play.parent_saw, "shutdown");
    play_end(&play);
}

static void tolerates_nothing_with_intensity_zero(void **state)
{
    (void)state;
    static struct play play;
    with_intensity(&play, 0, RH_SECOND);
    crash(&play, 1);
    assert_string_equal(play.log, "-a#1:foo -b#1:shutdown -sup:shutdown ");
    play_end(&play);
}

static void counts_a_restart_exactly_one_period_old(void **state)
{
    (void)state;
    static struct play play;
    with_intensity(&play, 1, RH_SECOND);
    crash(&play, 1);
    play_wait(&play, RH_SECOND);
    crash(&play, 2);
    assert_false(rh_inspect_is_alive(play.node, play.supervisor));
    play_end(&play);
}

static void forgets_a_restart_older_than_the_period(void **state)
{
    (void)state;
    static struct play play;
    with_intensity(&play, 1, RH_SECOND);
    for (uint64_t incarnation = 1; incarnation < 20; incarnation++) {
        crash(&play, incarnation);
        play_wait(&play, RH_SECOND + 1);
    }
    assert_true(play_is_alive(&play, "a", 20));
    play_end(&play);
}

static void takes_five_seconds_for_a_period_of_zero(void **state)
{
    (void)state;
    static struct play play;
    with_intensity(&play, 1, 0);
    crash(&play, 1);
    play_wait(&play, 5 * RH_SECOND + 1);
    crash(&play, 2);
    assert_true(play_is_alive(&play, "a", 3));
    play_wait(&play, 5 * RH_SECOND);
    crash(&play, 3);
    assert_false(rh_inspect_is_alive(play.node, play.supervisor));
    play_end(&play);
}

static void counts_the_restarts_of_all_children_together(void **state)
{
    (void)state;
    static struct play play;
    with_intensity(&play, 1, RH_SECOND);
    crash(&play, 1);
    play_exit(&play, play_pid(&play, "b", 1), RH_ITEM(NULL, "bar"));
    assert_string_equal(play.log, "-a#1:foo +a#2 -b#1:bar -a#2:shutdown -sup:shutdown ");
    play_end(&play);
}

static void p44_stops_all_children_in_reverse_order_at_the_limit(void **state)
{
    (void)state;
    static struct play play;
    begin(&play);
    const struct rh_child_spec children[] = {worker("a", RH_PERMANENT), worker("b", RH_PERMANENT),
                                             worker("c", RH_PERMANENT), worker("d", RH_PERMANENT)};
    const struct rh_supervisor config = {
        .intensity = 2, .period = RH_SECOND, .children = children, .child_count = 4};
    const struct rh_behaviour behaviour = rh_supervisor_behaviour(&config);
    play_supervise(&play, &behaviour);
    for (uint64_t incarnation = 1; incarnation <= 3; incarnation++) {
        play_clear_log(&play);
        play_exit(&play, play_pid(&play, "b", incarnation), RH_ITEM(NULL, "crash"));
    }
    assert_string_equal(play.log,
                        "-b#3:crash -d#1:shutdown -c#1:shutdown -a#1:shutdown -sup:shutdown ");
    assert_string_equal(play.parent_saw, "shutdown");
    play_end(&play);
}

/* ---- starts that fail ---- */

static void exits_with_the_child_that_failed_at_boot(void **state)
{
    (void)state;
    static struct play play;
    begin(&play);
    static const struct rh_behaviour spent = {.name = "spent"};
    struct rh_child_spec children[] = {worker("a", RH_PERMANENT),
                                       worker("b", RH_TEMPORARY),
                                       {.id = "c", .behaviour = &spent},
                                       worker("d", RH_PERMANENT)};
    const struct rh_supervisor config = {.children = children, .child_count = 4};
    const struct rh_behaviour behaviour = rh_supervisor_behaviour(&config);
    play_supervise(&play, &behaviour);
    assert_string_equal(play.log, "+a#1 +b#1 -b#1:shutdown -a#1:shutdown "
                                  "-sup:[shutdown, [failed_to_start_child, c, noreceive]] ");
    play_end(&play);
}

static void says_which_status_refused_a_child_at_boot(void **state)
{
    (void)state;
    static struct play play;
    begin(&play);
    play.refuse = true;
    const struct rh_child_spec children[] = {worker("a", RH_PERMANENT)};
    const struct rh_supervisor config = {.children = children, .child_count = 1};
    const struct rh_behaviour behaviour = rh_supervisor_behaviour(&config);
    play_supervise(&play, &behaviour);
    assert_string_equal(play.log, "-sup:[shutdown, [failed_to_start_child, a, limit]] ");
    play_end(&play);
}

static void tries_again_as_often_as_the_intensity_allows(void **state)
{
    (void)state;
    static struct play play;
    with_intensity(&play, 3, RH_SECOND);
    play.fail_inits = 2;
    crash(&play, 1);
    assert_string_equal(play.log, "-a#1:foo +a#2 -a#2:bad +a#3 -a#3:bad +a#4 ");
    assert_true(play_is_alive(&play, "a", 4));
    play_end(&play);
}

static void gives_up_on_a_child_that_cannot_be_started_again(void **state)
{
    (void)state;
    static struct play play;
    with_intensity(&play, 3, RH_SECOND);
    play.refuse = true;
    crash(&play, 1);
    assert_string_equal(play.log, "-a#1:foo -b#1:shutdown -sup:shutdown ");
    play_end(&play);
}

static void starts_all_anew_when_one_of_all_fails_to_start(void **state)
{
    (void)state;
    static struct play play;
    begin(&play);
    const struct rh_child_spec children[] = {worker("a", RH_PERMANENT), worker("b", RH_PERMANENT),
                                             worker("c", RH_PERMANENT)};
    const struct rh_supervisor config = {
        .strategy = RH_ONE_FOR_ALL, .intensity = 5, .children = children, .child_count = 3};
    const struct rh_behaviour behaviour = rh_supervisor_behaviour(&config);
    play_supervise(&play, &behaviour);
    play_clear_log(&play);
    play.fail_inits = 1;
    play_exit(&play, play_pid(&play, "c", 1), RH_ITEM(NULL, "foo"));
    assert_string_equal(play.log, "-c#1:foo -b#1:shutdown -a#1:shutdown +a#2 -a#2:bad "
                                  "+a#3 +b#2 +c#2 ");
    play_end(&play);
}

static void treats_a_failing_init_as_an_end_when_ready_at_once(void **state)
{
    (void)state;
    static struct play play;
    begin(&play);
    struct rh_child_spec child = worker("a", RH_TEMPORARY);
    child.readiness = RH_READY_AT_ONCE;
    const struct rh_supervisor config = {.children = &child, .child_count = 1};
    const struct rh_behaviour behaviour = rh_supervisor_behaviour(&config);
    play.fail_inits = 1;
    play_supervise(&play, &behaviour);
    assert_string_equal(play.log, "+a#1 -a#1:bad ");
    assert_true(rh_inspect_is_alive(play.node, play.supervisor));
    play_end(&play);
}

static void assert_refused(const struct rh_supervisor *config)
{
    static struct play play;
    begin(&play);
    const struct rh_behaviour behaviour = rh_supervisor_behaviour(config);
    play_supervise(&play, &behaviour);
    assert_string_equal(play.log, "-sup:invalid ");
    play_end(&play);
}

static void refuses_specs_that_are_not_acceptable(void **state)
{
    (void)state;
    const struct rh_child_spec good = worker("a", RH_PERMANENT);
    struct rh_child_spec both = good;
    static const struct rh_behaviour spent = {.name = "spent"};
    both.behaviour = &spent;
    const struct rh_child_spec bad[][2] = {
        {good, {.id = NULL, .start = play_child}},
        {good, {.id = "", .start = play_child}},
        {good, {.id = "b"}},
        {good, both},
        {good, good},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_refused(&(struct rh_supervisor){.children = bad[i], .child_count = 2});
    }
    for (size_t i = 0; i < 4; i++) { /* that two have the same id is no matter here */
        assert_refused(&(struct rh_supervisor){
            .children = &good, .child_count = 1, .templates = bad[i], .template_count = 2});
    }
    assert_refused(&(struct rh_supervisor){
        .children = &good, .child_count = 1, .strategy = RH_RESTART_STRATEGY_COUNT});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_strategy_type_and_reason),
        cmocka_unit_test(restarts_normally_ended_transients_and_forgets_temporaries_with_the_rest),
        cmocka_unit_test(gives_up_when_children_fail_once_more_than_the_intensity),
        cmocka_unit_test(tolerates_nothing_with_intensity_zero),
        cmocka_unit_test(counts_a_restart_exactly_one_period_old),
        cmocka_unit_test(forgets_a_restart_older_than_the_period),
        cmocka_unit_test(takes_five_seconds_for_a_period_of_zero),
        cmocka_unit_test(counts_the_restarts_of_all_children_together),
        cmocka_unit_test(p44_stops_all_children_in_reverse_order_at_the_limit),
        cmocka_unit_test(exits_with_the_child_that_failed_at_boot),
        cmocka_unit_test(says_which_status_refused_a_child_at_boot),
        cmocka_unit_test(tries_again_as_often_as_the_intensity_allows),
        cmocka_unit_test(gives_up_on_a_child_that_cannot_be_started_again),
        cmocka_unit_test(starts_all_anew_when_one_of_all_fails_to_start),
        cmocka_unit_test(treats_a_failing_init_as_an_end_when_ready_at_once),
        cmocka_unit_test(refuses_specs_that_are_not_acceptable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}

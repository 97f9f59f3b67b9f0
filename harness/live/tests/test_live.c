/* SPDX-License-Identifier: MIT */
/* A difference between the two worlds is noticed: relays that swallow, repeat or keep silent. And whatever comes of a run, it
 * leaves no descriptor and no child. */
#include "harness/live/live.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#define TWO_NODES                                                                                  \
    "scenario: two nodes\n"                                                                        \
    "nodes: [n1, n2]\n"                                                                            \
    "pipes: [{between: [n1, n2], connected: true}]\n"

static const char message_text[] = TWO_NODES "actors:\n"
                                             "  a: sink\n"
                                             "  b: {behaviour: sink, node: n2}\n"
                                             "steps:\n"
                                             "  - a: {send: {to: <b>, message: one}}\n"
                                             "expect:\n"
                                             "  - alive: [a, b]\n"
                                             "explore: {strategy: fifo}\n";

static const char end_text[] = TWO_NODES "actors:\n"
                                         "  a: {behaviour: sink, trap: true, link: <b>}\n"
                                         "  b: {behaviour: sink, trap: true, node: n2}\n"
                                         "steps:\n"
                                         "  - a: {disconnect: n2}\n"
                                         "expect:\n"
                                         "  - alive: [a, b]\n"
                                         "explore: {strategy: fifo}\n";

static const char kill_text[] = TWO_NODES "actors:\n"
                                          "  a: {behaviour: sink, trap: true, link: <b>}\n"
                                          "  b: {behaviour: sink, node: n2}\n"
                                          "steps:\n"
                                          "  - kill_node: n2\n"
                                          "expect:\n"
                                          "  - received: {a: [[exit, <b>, noconnection]]}\n"
                                          "explore: {strategy: fifo}\n";

static const char wait_text[] = "scenario: a box waits in vain\n"
                                "behaviours:\n"
                                "  waits: {receive: {tags: [never]}, on: []}\n"
                                "actors:\n"
                                "  box: {behaviour: waits, mailbox: true}\n"
                                "  a: {behaviour: sender, with: {to: <box>}}\n"
                                "explore: {strategy: fifo}\n";

static const char reset_text[] = TWO_NODES "actors:\n"
                                           "  a: {behaviour: sink, trap: true, link: <b>}\n"
                                           "  b: {behaviour: sink, trap: true, node: n2}\n"
                                           "steps:\n"
                                           "  - reset_pipe: [n1, n2]\n"
                                           "expect:\n"
                                           "  - received: {a: [[exit, <b>, noconnection]]}\n"
                                           "explore: {strategy: fifo}\n";

static const char draw_text[] = "scenario: a draw\n"
                                "actors:\n"
                                "  a: {behaviour: sink, script: [{draw: {below: 2, as: $x}}]}\n"
                                "expect:\n"
                                "  - alive: [a]\n"
                                "explore: {strategy: fifo}\n";

static const char timers_text[] = "scenario: the shorter timer is set later\n"
                                  "behaviours:\n"
                                  "  waits:\n"
                                  "    on:\n"
                                  "      - user: first\n"
                                  "        do: [{timer: {after: 5ms, message: first}}]\n"
                                  "      - user: second\n"
                                  "        do: [{timer: {after: 4ms, message: second}}]\n"
                                  "      - {timeout: _, do: []}\n"
                                  "actors:\n"
                                  "  a: waits\n"
                                  "steps:\n"
                                  "  - input: {to: a, message: first}\n"
                                  "  - settle\n"
                                  "  - input: {to: a, message: second}\n"
                                  "expect:\n"
                                  "  - alive: [a]\n"
                                  "explore: {strategy: fifo}\n";

static const char crash_text[] = "scenario: a crash at a time\n"
                                 "actors:\n"
                                 "  a: sink\n"
                                 "  b: {behaviour: sink, monitor: [<a>]}\n"
                                 "faults:\n"
                                 "  - {crash: a, reason: boom, at: 1ms}\n"
                                 "expect:\n"
                                 "  - dead: {a: boom}\n"
                                 "explore: {strategy: fifo}\n";

static const char parted_text[] =
    "scenario: a connection that is kept, and one that is lost\n"
    "nodes: [n1, n2]\n"
    "network: {heartbeat: 5ms, deadline: 40ms}\n"
    "pipes: [{between: [n1, n2], connected: true}]\n"
    "actors:\n"
    "  a: {behaviour: sink, trap: true, link: [<b>]}\n"
    "  b: {behaviour: sink, trap: true, node: n2}\n"
    "steps:\n"
    "  - wait: 30ms\n"
    "  - part: {between: [n1, n2], for: 90ms}\n"
    "  - wait: 120ms\n"
    "expect:\n"
    "  - received: {a: [[exit, <b>, noconnection]], b: [[exit, <a>, noconnection]]}\n"
    "explore: {strategy: fifo}\n";

/* Both harms strike each connection that there is at the time, and the second comes when both sides have heard of the first. */
static const char closed_text[] = TWO_NODES "behaviours:\n"
                                            "  again:\n"
                                            "    init: [{monitor: <b>}]\n"
                                            "    on:\n"
                                            "      - {down: noconnection, do: {monitor: <b>}}\n"
                                            "actors:\n"
                                            "  a: again\n"
                                            "  b: {behaviour: sink, node: n2}\n"
                                            "faults:\n"
                                            "  - {close_pipe: [n1, n2], at: 4ms}\n"
                                            "  - {reset_pipe: [n1, n2], at: 8ms}\n"
                                            "steps:\n"
                                            "  - wait: 12ms\n"
                                            "expect:\n"
                                            "  - alive: [a, b]\n"
                                            "explore: {strategy: fifo}\n";

/* What is read before a reset, in one look with it, hides why there is no more. */
static const char torn_text[] =
    TWO_NODES "behaviours:\n"
              "  quiet:\n"
              "    on: [{message: _, do: []}]\n"
              "actors:\n"
              "  a: {behaviour: quiet, monitor: [<b>]}\n"
              "  b: {behaviour: quiet, node: n2}\n"
              "steps:\n"
              "  - cut_pipe: {between: [n2, n1], bytes: 60}\n"
              "  - b: {send: {to: <a>, message: [1, some text that fills a frame]}}\n"
              "  - b: {send: {to: <a>, message: [2, some text that fills a frame]}}\n"
              "expect:\n"
              "  - alive: [a, b]\n"
              "explore: {strategy: fifo}\n";

/* Both dial, and connections go while others are let in. */
static const char dialled_text[] =
    "scenario: resets while both dial\n"
    "nodes: [n1, n2]\n"
    "behaviours:\n"
    "  talker:\n"
    "    on:\n"
    "      - {user: talk, do: {send: {to: <b>, message: hello}}}\n"
    "actors:\n"
    "  t: talker\n"
    "  b: {behaviour: sink, node: n2, script: [{send: {to: <t>, message: hello}}]}\n"
    "faults:\n"
    "  - {reset_pipe: [n1, n2], max: 2}\n"
    "  - kill_node: n2\n"
    "steps:\n"
    "  - input: {to: t, message: talk}\n"
    "  - settle\n"
    "  - input: {to: t, message: talk}\n"
    "  - settle\n"
    "  - input: {to: t, message: talk}\n"
    "expect:\n"
    "  - alive: [t]\n"
    "explore: {strategy: fifo}\n";

/* A round of who is at rest is under way when the frozen one goes on. */
static const char frozen_text[] = TWO_NODES "actors:\n"
                                            "  a: sink\n"
                                            "  b: {behaviour: sink, node: n2}\n"
                                            "steps:\n"
                                            "  - {freeze_node: {node: n2, for: 100us}}\n"
                                            "  - wait: 300us\n"
                                            "  - {freeze_node: {node: n2, for: 200us}}\n"
                                            "  - wait: 400us\n"
                                            "  - {freeze_node: {node: n2, for: 300us}}\n"
                                            "  - wait: 500us\n"
                                            "  - {freeze_node: {node: n2, for: 50us}}\n"
                                            "  - a: {send: {to: <b>, message: one}}\n"
                                            "expect:\n"
                                            "  - alive: [a, b]\n"
                                            "explore: {strategy: fifo}\n";

static struct rh_live_figures figures;

static void play_often(uint64_t runs, uint64_t members_max, const char *text,
                       enum rh_live_flaw flaw, struct rh_result *result)
{
    struct rh_scenario *scenario = NULL;
    const struct rh_live_options options = {
        .program = RH_PROGRAM, .runs = runs, .flaw = flaw, .members_max = members_max};
    assert_int_equal(rh_scenario_parse(NULL, "test", text, strlen(text), NULL, &scenario), RH_OK);
    assert_int_equal(rh_live_run(scenario, &options, result, &figures), RH_OK);
    rh_scenario_destroy(scenario);
}

static void play_knowing(uint64_t members_max, const char *text, enum rh_live_flaw flaw,
                         struct rh_result *result)
{
    play_often(4, members_max, text, flaw, result);
}

static void play(const char *text, enum rh_live_flaw flaw, struct rh_result *result)
{
    play_knowing(0, text, flaw, result);
}

static size_t descriptors(void)
{
    size_t count = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (folder != NULL && readdir(folder) != NULL) {
        count++;
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    return count;
}

/* When a beat is due, and when a silence has been too long, depends on when everything was. */
static void the_simulator_goes_by_the_real_clock(void **state)
{
    (void)state;
    struct rh_result result;
    play_knowing(1, parted_text, RH_LIVE_FLAW_NONE, &result);
    assert_false(result.has_violation);
    assert_int_equal(result.verdict, RH_VERDICT_UNKNOWN);
    assert_int_equal(figures.followed, 4);
    rh_result_deinit(&result);
}

static void goes_along(const char *text, uint64_t runs)
{
    struct rh_result result;
    play_often(runs, 1, text, RH_LIVE_FLAW_NONE, &result);
    if (result.has_violation) {
        print_message("%s: %s\n", result.violation.invariant, result.violation.observed);
    }
    assert_false(result.has_violation);
    assert_int_equal(figures.followed, runs);
    rh_result_deinit(&result);
}

static void what_harm_has_ended_is_not_the_word_of_the_other_side(void **state)
{
    (void)state;
    goes_along(closed_text, 20);
}

static void a_reset_may_hide_behind_what_came_before(void **state)
{
    (void)state;
    goes_along(torn_text, 20);
}

static void what_is_dialled_while_others_go_is_told_apart(void **state)
{
    (void)state;
    goes_along(dialled_text, 100);
}

static void who_is_thawed_is_asked(void **state)
{
    (void)state;
    goes_along(frozen_text, 30);
}

static void both_worlds_agree(void **state)
{
    (void)state;
    struct rh_result result;
    play(message_text, RH_LIVE_FLAW_NONE, &result);
    assert_int_equal(result.verdict, RH_VERDICT_PASSED);
    assert_int_equal(figures.members, 4);
    assert_int_equal(figures.followed, 4);
    assert_int_equal(figures.seen, 1);
    assert_true(figures.is_complete);
    rh_result_deinit(&result);
}

static void a_lost_frame_is_noticed(void **state)
{
    (void)state;
    struct rh_result result;
    play(message_text, RH_LIVE_FLAW_LOST_FRAME, &result);
    assert_int_equal(result.verdict, RH_VERDICT_FAILED);
    assert_true(result.has_violation);
    assert_true(result.trace.size > 0);
    assert_int_equal(figures.followed, 0);
    rh_result_deinit(&result);
}

static void a_frame_that_comes_twice_is_noticed(void **state)
{
    (void)state;
    struct rh_result result;
    play(message_text, RH_LIVE_FLAW_TWICE, &result);
    assert_int_equal(result.verdict, RH_VERDICT_FAILED);
    assert_int_equal(figures.followed, 0);
    rh_result_deinit(&result);
}

static void a_missing_end_is_no_member(void **state)
{
    (void)state;
    struct rh_result result;
    play(end_text, RH_LIVE_FLAW_NONE, &result);
    assert_int_equal(result.verdict, RH_VERDICT_PASSED);
    rh_result_deinit(&result);
    play(end_text, RH_LIVE_FLAW_MISSING_EOF, &result);
    assert_int_equal(result.verdict, RH_VERDICT_FAILED);
    assert_int_equal(figures.members, 0);
    rh_result_deinit(&result);
}

static void a_reset_that_is_seen_as_an_end_is_noticed(void **state)
{
    (void)state;
    struct rh_result result;
    play(reset_text, RH_LIVE_FLAW_NONE, &result);
    assert_int_equal(result.verdict, RH_VERDICT_PASSED);
    assert_int_equal(figures.followed, 4);
    rh_result_deinit(&result);
    play(reset_text, RH_LIVE_FLAW_RESET_AS_EOF, &result);
    assert_int_equal(result.verdict, RH_VERDICT_FAILED);
    assert_string_equal(result.violation.invariant, "live/order");
    assert_int_equal(figures.followed, 0);
    rh_result_deinit(&result);
}

/* Processes and simulator find the same, and who reads it knows the actors by their names. */
static void what_both_worlds_find_is_told_with_names(void **state)
{
    (void)state;
    struct rh_result result;
    play(wait_text, RH_LIVE_FLAW_NONE, &result);
    assert_int_equal(result.verdict, RH_VERDICT_FAILED);
    assert_string_equal(result.violation.invariant, "deadlock/receive");
    assert_non_null(
        strstr(result.violation.observed, "box waits, its mailbox holds [MESSAGE 1 from a]"));
    rh_result_deinit(&result);
}

static void a_killed_node_is_killed(void **state)
{
    (void)state;
    struct rh_result result;
    play(kill_text, RH_LIVE_FLAW_NONE, &result);
    assert_int_equal(result.verdict, RH_VERDICT_PASSED);
    assert_int_equal(figures.members, 4);
    rh_result_deinit(&result);
}

/* Before the second is set the first may have fired; and afterwards either may be due first. */
static void time_goes_by_between_two_settings(void **state)
{
    (void)state;
    struct rh_result result;
    play(timers_text, RH_LIVE_FLAW_NONE, &result);
    assert_int_equal(result.verdict, RH_VERDICT_PASSED);
    assert_int_equal(figures.simulated, 3);
    assert_int_equal(figures.followed, 4);
    rh_result_deinit(&result);
}

static void a_fault_at_a_time_always_strikes(void **state)
{
    (void)state;
    struct rh_result result;
    play(crash_text, RH_LIVE_FLAW_NONE, &result);
    assert_int_equal(result.verdict, RH_VERDICT_PASSED);
    assert_int_equal(figures.followed, 4);
    rh_result_deinit(&result);
}

static void what_cannot_be_played_is_skipped_with_its_reason(void **state)
{
    (void)state;
    struct rh_result result;
    play(draw_text, RH_LIVE_FLAW_NONE, &result);
    assert_int_equal(result.verdict, RH_VERDICT_SKIPPED);
    assert_non_null(strstr(result.why, "'draw'"));
    rh_result_deinit(&result);
}

static void without_a_program_it_is_an_error(void **state)
{
    (void)state;
    struct rh_result result;
    struct rh_scenario *scenario = NULL;
    const struct rh_live_options options = {.program = "/nowhere/at/all"};
    assert_int_equal(
        rh_scenario_parse(NULL, "test", message_text, strlen(message_text), NULL, &scenario),
        RH_OK);
    assert_int_equal(rh_live_run(scenario, &options, &result, &figures), RH_OK);
    assert_int_equal(result.verdict, RH_VERDICT_ERROR);
    rh_result_deinit(&result);
    rh_scenario_destroy(scenario);
}

static void nothing_is_left_behind(void **state)
{
    (void)state;
    size_t before = descriptors();
    struct rh_result result;
    play(kill_text, RH_LIVE_FLAW_NONE, &result);
    rh_result_deinit(&result);
    play(message_text, RH_LIVE_FLAW_LOST_FRAME, &result);
    rh_result_deinit(&result);
    assert_int_equal(descriptors(), before);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_worlds_agree),
        cmocka_unit_test(the_simulator_goes_by_the_real_clock),
        cmocka_unit_test(what_harm_has_ended_is_not_the_word_of_the_other_side),
        cmocka_unit_test(a_reset_may_hide_behind_what_came_before),
        cmocka_unit_test(what_is_dialled_while_others_go_is_told_apart),
        cmocka_unit_test(who_is_thawed_is_asked),
        cmocka_unit_test(a_lost_frame_is_noticed),
        cmocka_unit_test(a_frame_that_comes_twice_is_noticed),
        cmocka_unit_test(a_missing_end_is_no_member),
        cmocka_unit_test(a_reset_that_is_seen_as_an_end_is_noticed),
        cmocka_unit_test(what_both_worlds_find_is_told_with_names),
        cmocka_unit_test(a_killed_node_is_killed),
        cmocka_unit_test(time_goes_by_between_two_settings),
        cmocka_unit_test(a_fault_at_a_time_always_strikes),
        cmocka_unit_test(what_cannot_be_played_is_skipped_with_its_reason),
        cmocka_unit_test(without_a_program_it_is_an_error),
        cmocka_unit_test(nothing_is_left_behind),
    };
    return cmocka_run_group_tests_name("harness.live", tests, NULL, NULL) ? 1 : 0;
}

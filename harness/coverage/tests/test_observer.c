/* SPDX-License-Identifier: MIT */
/* What is counted of real runs, of which runs, and that it does not depend on who plays them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "harness/coverage/observer.h"
#include "harness/document/tests/failing_allocator.h"

#include <rehearse/scenario.h>

static struct rh_scenario *parse(const struct rh_allocator *allocator, const char *text)
{
    struct rh_scenario *scenario = NULL;
    char said[2048];
    if (rh_scenario_parse(allocator, "covered.yaml", text, strlen(text), NULL, &scenario) !=
        RH_OK) {
        (void)rh_scenario_diagnostics(scenario, false, said, sizeof said);
        fail_msg("%s", said);
    }
    return scenario;
}

static struct rh_result explore(const char *text, const struct rh_explore_options *options)
{
    struct rh_scenario *scenario = parse(NULL, text);
    struct rh_result result;
    assert_int_equal(rh_scenario_explore(scenario, options, &result), RH_OK);
    rh_scenario_destroy(scenario);
    return result;
}

static struct rh_result covered(const char *text)
{
    const struct rh_explore_options with = {.with_coverage = true};
    return explore(text, &with);
}

static bool is_covered(const struct rh_result *result, enum rh_coverage_family family,
                       const char *key)
{
    return rh_coverage_is_covered(rh_coverage_find(&result->coverage, family, key));
}

static uint64_t counted(const struct rh_result *result, enum rh_coverage_family family,
                        const char *key, unsigned which)
{
    const struct rh_coverage_item *item = rh_coverage_find(&result->coverage, family, key);
    return item == NULL ? 0 : item->counts[which];
}

/* a -> b twice, in the one order that there is */
static const char two_messages[] =
    "scenario: two messages\n"
    "actors:\n"
    "  b: sink\n"
    "  a: {behaviour: sender, with: {to: <b>, count: 2, message: [job, 1]}}\n"
    "expect: [{count: {of: {deliver: {to: b}}, is: 2}}]\n"
    "never: [{exit: {actor: b}}]\n"
    "explore: {strategy: fifo}\n";

static void counts_what_has_happened_in_a_run(void **state)
{
    struct rh_result result = covered(two_messages);
    (void)state;
    assert_int_equal(result.runs, 1);
    assert_int_equal(counted(&result, RH_COVERAGE_MESSAGE, "sink: [job]", 0), 2);
    assert_int_equal(counted(&result, RH_COVERAGE_MESSAGE, "sink: MESSAGE", 0), 2);
    assert_int_equal(counted(&result, RH_COVERAGE_MESSAGE, "sink: START", 0), 1);
    assert_int_equal(counted(&result, RH_COVERAGE_MESSAGE, "sender: START", 0), 1);
    assert_int_equal(counted(&result, RH_COVERAGE_TRANSITION, "MESSAGE send", 0), 2);
    assert_int_equal(counted(&result, RH_COVERAGE_TRANSITION, "MESSAGE handle", 0), 2);
    assert_int_equal(counted(&result, RH_COVERAGE_TRANSITION, "spawn", 0), 2);
    assert_int_equal(counted(&result, RH_COVERAGE_INVARIANT, "order", 0), 1);
    assert_int_equal(counted(&result, RH_COVERAGE_INVARIANT, "order", 1), 1);
    assert_int_equal(counted(&result, RH_COVERAGE_INVARIANT, "procs", 0), 1);
    assert_int_equal(counted(&result, RH_COVERAGE_INVARIANT, "procs", 1), 0);
    assert_int_equal(counted(&result, RH_COVERAGE_INVARIANT, "expect/count", 1), 1);
    assert_int_equal(counted(&result, RH_COVERAGE_INVARIANT, "never/exit", 0), 1);
    assert_int_equal(counted(&result, RH_COVERAGE_FAULT, "crash: idle", 0), 0);
    rh_result_deinit(&result);
}

static void counts_nothing_unless_asked(void **state)
{
    const struct rh_explore_options without = {0};
    const struct rh_explore_options with = {.with_coverage = true};
    struct rh_result one = explore(two_messages, &without);
    struct rh_result other = explore(two_messages, &with);
    (void)state;
    assert_int_equal(one.coverage.count, 0);
    assert_true(other.coverage.count > 10);
    assert_memory_equal(one.digest, other.digest, sizeof one.digest);
    assert_int_equal(one.events, other.events);
    rh_result_deinit(&one);
    rh_result_deinit(&other);
}

/* Two senders: which message comes first is a race, and so is the exit of the receiver. */
static const char races[] = "scenario: races\n"
                            "actors:\n"
                            "  b: {behaviour: collect, with: {count: 2}}\n"
                            "  a: {behaviour: sender, with: {to: <b>}}\n"
                            "  c: {behaviour: sender, with: {to: <b>}}\n"
                            "  d: {behaviour: sender, with: {to: <b>}}\n"
                            "expect: [{dead: {b: normal}}]\n"
                            "explore: {strategy: exhaustive}\n";

static void sees_dependent_steps_in_both_orders(void **state)
{
    struct rh_result result = covered(races);
    const struct rh_coverage_item *same =
        rh_coverage_find(&result.coverage, RH_COVERAGE_PAIR, "actor: MESSAGE | MESSAGE");
    (void)state;
    /* b handles the first of three and ends at the second; the third finds it dead. Each order is as likely. */
    assert_true(is_covered(&result, RH_COVERAGE_PAIR, "actor: MESSAGE | exits"));
    assert_int_equal(counted(&result, RH_COVERAGE_PAIR, "actor: MESSAGE | exits", 0), result.runs);
    assert_int_equal(counted(&result, RH_COVERAGE_PAIR, "actor: MESSAGE | exits", 1), result.runs);
    assert_null(same);
    rh_result_deinit(&result);
}

static void tells_two_of_a_kind_apart_by_their_senders(void **state)
{
    static const char text[] = "scenario: two senders\n"
                               "actors:\n"
                               "  b: sink\n"
                               "  a: {behaviour: sender, with: {to: <b>}}\n"
                               "  c: {behaviour: sender, with: {to: <b>}}\n"
                               "expect: [{alive: b}]\n"
                               "explore: {strategy: exhaustive}\n";
    struct rh_result result = covered(text);
    uint64_t first = counted(&result, RH_COVERAGE_PAIR, "actor: MESSAGE | MESSAGE", 0);
    uint64_t second = counted(&result, RH_COVERAGE_PAIR, "actor: MESSAGE | MESSAGE", 1);
    (void)state;
    assert_int_equal(first + second, result.runs);
    assert_int_equal(first, second);
    rh_result_deinit(&result);
}

/* The end of a link, and of a monitor, is told before their notices. */
static void takes_a_notice_for_what_it_is(void **state)
{
    static const char text[] = "scenario: notices\n"
                               "actors:\n"
                               "  b: {behaviour: sink, trap: true, link: a, monitor: c}\n"
                               "  a: {behaviour: sink, script: [{exit: boom}]}\n"
                               "  c: {behaviour: sink, script: [{exit: boom}]}\n"
                               "expect: [{alive: b}]\n"
                               "explore: {strategy: exhaustive}\n";
    struct rh_result result = covered(text);
    (void)state;
    assert_true(is_covered(&result, RH_COVERAGE_PAIR, "actor: EXIT | DOWN"));
    rh_result_deinit(&result);
}

/* Taking from the mailbox is a step of its own, whatever is taken. */
static void takes_from_a_mailbox_in_a_step_of_its_own(void **state)
{
    static const char text[] =
        "scenario: a mailbox\n"
        "behaviours: {taker: {init: [{receive: {patterns: [_]}}], on: [{message: _, do: []}]}}\n"
        "actors:\n"
        "  b: {behaviour: taker, mailbox: true}\n"
        "  a: {behaviour: sender, with: {to: <b>, count: 2}}\n"
        "expect: [{alive: b}]\n"
        "explore: {strategy: exhaustive}\n";
    struct rh_result result = covered(text);
    (void)state;
    assert_true(is_covered(&result, RH_COVERAGE_PAIR, "actor: MESSAGE | TAKE"));
    assert_int_equal(counted(&result, RH_COVERAGE_TRANSITION, "MESSAGE take", 0), result.runs);
    rh_result_deinit(&result);
}

static void tells_in_which_state_a_fault_strikes(void **state)
{
    static const char text[] = "scenario: a crash at any moment\n"
                               "actors:\n"
                               "  b: sink\n"
                               "  a: {behaviour: sender, with: {to: <b>, count: 1}}\n"
                               "faults: [{crash: b, max: 1}]\n"
                               "expect: [{alive: a}]\n"
                               "explore: {strategy: exhaustive}\n";
    static const char inside[] =
        "scenario: a crash in a turn\n"
        "actors:\n"
        "  b: echo\n"
        "  a: {behaviour: pinger, with: {to: <b>}}\n"
        "faults: [{crash: b, when: {receives: [ping, _], after_operations: 1}}]\n"
        "expect: [{dead: {b: crash}}]\n"
        "explore: {strategy: fifo}\n";
    struct rh_result result = covered(text);
    (void)state;
    assert_true(counted(&result, RH_COVERAGE_FAULT, "crash: idle", 0) > 0);
    assert_true(counted(&result, RH_COVERAGE_FAULT, "crash: busy", 0) > 0);
    assert_int_equal(counted(&result, RH_COVERAGE_FAULT, "crash: in a turn", 0), 0);
    assert_int_equal(counted(&result, RH_COVERAGE_FAULT, "crash: dead", 0), 0);
    rh_result_deinit(&result);
    result = covered(inside);
    assert_int_equal(counted(&result, RH_COVERAGE_FAULT, "crash: in a turn", 0), 1);
    assert_int_equal(counted(&result, RH_COVERAGE_FAULT, "crash: idle", 0), 0);
    rh_result_deinit(&result);
}

/* ---- whoever plays ---- */

static void assert_same(const struct rh_coverage *one, const struct rh_coverage *other)
{
    assert_int_equal(one->count, other->count);
    for (size_t i = 0; i < one->count; i++) {
        assert_string_equal(one->items[i].key, other->items[i].key);
        assert_memory_equal(one->items[i].counts, other->items[i].counts,
                            sizeof one->items[i].counts);
    }
}

static void counts_the_same_with_any_number_of_threads(void **state)
{
    static const char *const strategies[] = {
        "exhaustive",
        "dpor",
        "random, runs: 500",
        "[random, exhaustive]",
    };
    (void)state;
    for (size_t i = 0; i < sizeof strategies / sizeof strategies[0]; i++) {
        char text[1024];
        (void)snprintf(text, sizeof text,
                       "scenario: a crowd\ntime: free\n"
                       "actors:\n"
                       "  b: {behaviour: counter, trap: true}\n"
                       "  a: {behaviour: sender, with: {to: <b>, count: 2, message: [add, 1]}}\n"
                       "  c: {behaviour: sender, with: {to: <b>, count: 2, message: [get]}}\n"
                       "  d: {behaviour: crasher, with: {after: 0}, link: b}\n"
                       "faults: [{crash: b}]\n"
                       "expect: [{alive: [a, c]}]\n"
                       "explore: {strategy: %s}\n",
                       strategies[i]);
        const struct rh_explore_options alone = {.with_coverage = true};
        struct rh_result one = explore(text, &alone);
        assert_true(one.runs > 50);
        for (uint32_t jobs = 2; jobs <= 4; jobs++) {
            const struct rh_explore_options options = {.with_coverage = true, .jobs = jobs};
            struct rh_result many = explore(text, &options);
            assert_same(&one.coverage, &many.coverage);
            rh_result_deinit(&many);
        }
        rh_result_deinit(&one);
    }
}

/* A run that dpor takes back is no run; where everything has its instant there is none that the clock takes back. */
static void counts_only_runs_that_count(void **state)
{
    static const char text[] = "scenario: times that fit\n"
                               "actors:\n"
                               "  b: sink\n"
                               "  a: {behaviour: ticker, with: {to: <b>, every: 1ms, count: 2}}\n"
                               "  c: {behaviour: ticker, with: {to: <b>, every: 1ms, count: 2}}\n"
                               "expect: [{alive: b}]\n"
                               "explore: {strategy: dpor}\n";
    struct rh_result result = covered(text);
    (void)state;
    assert_true(result.complete);
    assert_int_equal(counted(&result, RH_COVERAGE_INVARIANT, "order", 0), result.runs);
    assert_int_equal(counted(&result, RH_COVERAGE_MESSAGE, "sink: START", 0), result.runs);
    rh_result_deinit(&result);
}

/* ---- memory ---- */

static bool plays_without(uint64_t refused)
{
    struct failing_allocator failing;
    struct rh_scenario *scenario = parse(NULL, races);
    struct rh_result result;
    failing_allocator_init(&failing, refused);
    const struct rh_explore_options options = {
        .with_coverage = true, .begins_anew = true, .allocator = &failing.allocator};
    enum rh_status status = rh_scenario_explore(scenario, &options, &result);
    assert_true(status == RH_OK || status == RH_NO_MEMORY);
    rh_result_deinit(&result);
    rh_scenario_destroy(scenario);
    assert_int_equal(failing.bytes, 0);
    assert_false(failing.has_lost_size);
    return failing.requests >= refused;
}

static void survives_every_refused_allocation(void **state)
{
    uint64_t n = 1;
    (void)state;
    while (plays_without(n)) {
        n += n < 2000 ? 1 : 37;
    }
    assert_true(n > 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_what_has_happened_in_a_run),
        cmocka_unit_test(counts_nothing_unless_asked),
        cmocka_unit_test(sees_dependent_steps_in_both_orders),
        cmocka_unit_test(tells_two_of_a_kind_apart_by_their_senders),
        cmocka_unit_test(takes_a_notice_for_what_it_is),
        cmocka_unit_test(takes_from_a_mailbox_in_a_step_of_its_own),
        cmocka_unit_test(tells_in_which_state_a_fault_strikes),
        cmocka_unit_test(counts_the_same_with_any_number_of_threads),
        cmocka_unit_test(counts_only_runs_that_count),
        cmocka_unit_test(survives_every_refused_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0 ? 1 : 0;
}

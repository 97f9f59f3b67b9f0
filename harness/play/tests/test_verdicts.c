/* SPDX-License-Identifier: MIT */
/* Every verdict, and that nothing which was cut short passes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <rehearse/scenario.h>

#define TWO                                                                                        \
    "scenario: two senders\n"                                                                      \
    "time: free\n"                                                                                 \
    "actors:\n"                                                                                    \
    "  all: sink\n"                                                                                \
    "  a: {behaviour: sender, with: {to: <all>, count: 2}}\n"                                      \
    "  b: {behaviour: sender, with: {to: <all>, count: 2}}\n"
#define ALIVE "expect: [{alive: all}]\n"

struct row {
    const char *text;
    const char *verdict;
    const char *tally;
    const char *why; /**< is said among other things */
};

#define APART                                                                                      \
    "scenario: apart\nnodes: [n1, n2]\nactors: {a: sink, b: {behaviour: sink, node: n2}}\n"        \
    "expect: [{alive: [a, b]}]\nexplore: {strategy: dpor}\n"

static const struct row rows[] = {
    {TWO ALIVE "explore: {strategy: exhaustive}\n", "proved", "passed", ""},
    {TWO ALIVE "explore: {strategy: dpor}\n", "proved", "passed", ""},
    {TWO ALIVE "explore: {strategy: fifo}\n", "passed", "passed", ""},
    {TWO ALIVE "explore: {strategy: random, runs: 20}\n", "passed", "passed", ""},
    {TWO "expect: [{dead: {all: boom}}]\nexplore: {strategy: exhaustive}\n", "failed", "failed",
     ""},
    {TWO "expect: [{runs: 7}]\nexplore: {strategy: exhaustive}\n", "failed", "failed", ""},
    {TWO "expect: [{outcomes: 7}]\nexplore: {strategy: exhaustive}\n", "failed", "failed", ""},
    /* nothing was asked */
    {TWO "faults: [{crash: all, when: {receives: never}}]\n" ALIVE "explore: {strategy: fifo}\n",
     "vacuous", "failed", "never struck"},
    /* of what a swarm has drawn one strike is enough */
    {TWO
     "faults: {drawn: 1, of: [{crash: a, when: {receives: never}}, {crash: b, at: 0ms}]}\n" ALIVE
     "explore: {strategy: fifo}\n",
     "passed", "passed", ""},
    {TWO "faults: {drawn: 1, of: [{crash: a, when: {receives: never}}]}\n" ALIVE
         "explore: {strategy: fifo}\n",
     "vacuous", "failed", "none of the faults that were drawn"},
    /* cut short */
    {TWO ALIVE "explore: {strategy: exhaustive, budget: {runs: 5}}\n", "unknown", "failed",
     "the budget of 5 runs was spent before everything was covered; about "},
    {TWO ALIVE "explore: {strategy: exhaustive, budget: {events: 9}}\n", "unknown", "failed",
     "the budget of 9 events was spent"},
    {TWO ALIVE "explore: {strategy: dpor, budget: {runs: 5}}\n", "unknown", "failed",
     "the budget of 5 runs"},
    {TWO ALIVE "explore: {strategy: random, runs: 20, budget: {runs: 5}}\n", "unknown", "failed",
     "the budget of 5 runs"},
    {TWO ALIVE "explore: {strategy: {exhaustive: {depth: 2}}}\n", "unknown", "failed",
     "more than 2 decisions"},
    {TWO ALIVE "explore: {strategy: {dpor: {depth: 2}}}\n", "unknown", "failed", "dpor gave up"},
    {TWO ALIVE "bounds: {events: 3}\nexplore: {strategy: exhaustive}\n", "unknown", "failed",
     "cut at 3 events"},
    /* dpor minds time: instants and windows */
    {APART, "proved", "passed", ""},
    {APART "pipes: [{between: [n1, n2], latency: 2ms}]\n", "proved", "passed", ""},
    {APART "pipes: [{between: [n1, n2], latency: 1..2ms}]\n", "proved", "passed", ""},
    {APART "pipes: [{between: [n1, n2], latency: 1..2ms}]\ntime: free\n", "proved", "passed", ""},
    {APART "stall: 1ms\n", "proved", "passed", ""},
    {APART "allow_vacuous: no timer\nfaults: [{late: a, for: 1ms}]\n", "proved", "passed", ""},
    {APART "network: {heartbeat: 3ms, deadline: 6ms}\n", "proved", "passed", ""},
    {APART "network: {heartbeat: 3ms, deadline: 6ms}\ntime: free\n", "unknown", "failed",
     "heartbeats may come at any time"},
    /* and what was cut short does not fail as it should, either */
    {TWO ALIVE "expect_failure: expect/dead\nexplore: {strategy: exhaustive, budget: {runs: 2}}\n",
     "failed", "failed", ""},
    {TWO ALIVE "allow_vacuous: just so\nexplore: {strategy: exhaustive, budget: {runs: 2}}\n",
     "unknown", "failed", "the budget"},
    {TWO ALIVE "skip: not today\nexplore: {strategy: exhaustive}\n", "skipped", "skipped", "today"},
};

static void gives_the_weakest_that_is_true(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rh_scenario *scenario = NULL;
        struct rh_result result;
        char said[2048] = "";
        enum rh_status status =
            rh_scenario_parse(NULL, "v.yaml", rows[i].text, strlen(rows[i].text), NULL, &scenario);
        if (status != RH_OK) {
            (void)rh_scenario_diagnostics(scenario, false, said, sizeof said);
            fail_msg("%s", said);
        }
        assert_int_equal(rh_scenario_explore(scenario, NULL, &result), RH_OK);
        if (strcmp(rh_verdict_word(result.verdict), rows[i].verdict) != 0 ||
            strstr(result.why, rows[i].why) == NULL) {
            fail_msg("%s%s: %s", rows[i].text, rh_verdict_word(result.verdict), result.why);
        }
        assert_string_equal(rh_verdict_tally(result.verdict), rows[i].tally);
        rh_result_deinit(&result);
        rh_scenario_destroy(scenario);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_the_weakest_that_is_true),
    };
    return cmocka_run_group_tests_name("play.verdicts", tests, NULL, NULL) ? 1 : 0;
}

/* SPDX-License-Identifier: MIT */
/* What a caller can ask of an exploration, and what a C program brings along. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <rehearse/scenario.h>

static const char fan_in[] = "scenario: three orders\n"
                             "time: free\n"
                             "actors:\n"
                             "  all: sink\n"
                             "  a: {behaviour: sender, with: {to: all}}\n"
                             "  b: {behaviour: sender, with: {to: all, count: 2}}\n"
                             "expect: {alive: all}\n"
                             "explore: {strategy: [fifo, exhaustive], seed: 5}\n";

static struct rh_scenario *parse(const char *text, const struct rh_program *program)
{
    struct rh_scenario *scenario = NULL;
    enum rh_status status =
        rh_scenario_parse(NULL, "test.yaml", text, strlen(text), program, &scenario);
    assert_int_equal(status, RH_OK);
    return scenario;
}

static struct rh_result explore(const char *text, const struct rh_explore_options *options)
{
    struct rh_scenario *scenario = parse(text, NULL);
    struct rh_result result;
    assert_int_equal(rh_scenario_explore(scenario, options, &result), RH_OK);
    result.title = NULL; /* the scenario's */
    rh_scenario_destroy(scenario);
    return result;
}

/* ---- what a caller can ask ---- */

static void runs_what_the_scenario_asks_for(void **state)
{
    struct rh_result result = explore(fan_in, NULL);
    (void)state;
    assert_string_equal(rh_verdict_word(result.verdict), "proved");
    assert_int_equal(result.runs, 1 + 3);
    assert_int_equal(result.outcomes, 3);
    assert_int_equal(result.seed, 5);
    assert_int_equal(result.trace.size, 0);
    rh_result_deinit(&result);
}

static void runs_another_strategy_on_demand(void **state)
{
    const struct rh_scenario_strategy strategy = {.name = "random", .has_runs = true, .runs = 7};
    const struct rh_explore_options options = {
        .strategies = &strategy, .strategy_count = 1, .keep_trace = true};
    struct rh_result result = explore(fan_in, &options);
    (void)state;
    assert_string_equal(rh_verdict_word(result.verdict), "passed");
    assert_string_equal(result.strategy, "random");
    assert_int_equal(result.runs, 7);
    assert_int_equal(result.seed, 5);
    assert_true(result.trace.size > 0);
    rh_result_deinit(&result);
}

static void keeps_the_strategies_when_only_the_seed_is_another(void **state)
{
    const struct rh_scenario_strategy strategy = {.has_seed = true, .seed = 9};
    const struct rh_explore_options options = {.strategies = &strategy, .strategy_count = 1};
    struct rh_result result = explore(fan_in, &options);
    (void)state;
    assert_string_equal(rh_verdict_word(result.verdict), "proved");
    assert_int_equal(result.runs, 1 + 3);
    assert_int_equal(result.seed, 9);
    rh_result_deinit(&result);
}

static bool twice(void *self, uint64_t runs)
{
    (void)self;
    return runs < 2;
}

static void does_not_call_half_an_exploration_proved(void **state)
{
    const struct rh_explore_options stopped = {.go_on = twice};
    const struct rh_explore_options bounded = {.runs_max = 3};
    struct rh_result result = explore(fan_in, &stopped);
    (void)state;
    assert_string_equal(rh_verdict_word(result.verdict), "unknown");
    assert_int_equal(result.runs, 2);
    rh_result_deinit(&result);
    result = explore(fan_in, &bounded);
    assert_string_equal(rh_verdict_word(result.verdict), "unknown");
    assert_int_equal(result.runs, 3);
    rh_result_deinit(&result);
}

/* Two actors with two messages each: six orders, two without a preemption, four with one. */
#define PAIRS                                                                                      \
    "scenario: pairs\ntime: free\nactors:\n  a: sink\n  b: sink\n"                                 \
    "  s: {behaviour: sender, with: {to: <a>, count: 2}}\n"                                        \
    "  t: {behaviour: sender, with: {to: <b>, count: 2}}\n"                                        \
    "expect: {alive: [a]}\n"

static void proves_within_a_bound_and_says_so(void **state)
{
    (void)state;
    struct rh_result all = explore(PAIRS "explore: {strategy: exhaustive}\n", NULL);
    struct rh_result less = explore(
        PAIRS "explore: {strategy: [pct, {exhaustive: {bound: {preemptions: 0}}}]}\n", NULL);
    struct rh_result both = explore(
        PAIRS "explore: {strategy: [{exhaustive: {bound: {preemptions: 0}}}, exhaustive]}\n", NULL);
    struct rh_result wide =
        explore(PAIRS "explore: {strategy: [{exhaustive: {bound: {preemptions: 99}}}]}\n", NULL);
    assert_int_equal(all.verdict, RH_VERDICT_PROVED);
    assert_string_equal(all.why, "");
    assert_int_equal(less.verdict, RH_VERDICT_PROVED);
    assert_string_equal(less.why, "within at most 0 preemptions");
    assert_true(less.runs - 101 < all.runs);
    assert_string_equal(both.why, "");
    assert_int_equal(wide.runs, all.runs);
    assert_string_equal(wide.why, "");
    rh_result_deinit(&all);
    rh_result_deinit(&less);
    rh_result_deinit(&both);
    rh_result_deinit(&wide);
}

static void draws_runs_as_the_scenario_asks(void **state)
{
    static const char *const names[] = {"random", "uniform", "pct", "pos", "fair", "portfolio"};
    static const uint64_t runs[] = {30, 31, 31, 30, 30, 31};
    (void)state;
    for (size_t i = 0; i < 6; i++) {
        char text[600];
        (void)snprintf(text, sizeof text,
                       PAIRS "explore: {strategy: [{%s: {runs: 30, seed: 3}}]}\n", names[i]);
        struct rh_result one = explore(text, NULL);
        struct rh_result two = explore(text, NULL);
        assert_int_equal(one.verdict, RH_VERDICT_PASSED);
        assert_string_equal(one.strategy, names[i]);
        assert_int_equal(one.runs, runs[i]);
        assert_memory_equal(one.digest, two.digest, sizeof one.digest);
        assert_int_equal(one.seed, 3);
        rh_result_deinit(&one);
        rh_result_deinit(&two);
    }
}

/* What fails is found again by the seed that is told. */
static void the_seed_of_a_failure_is_enough(void **state)
{
    static const char text[] = "scenario: needle\ntime: free\nactors:\n  r: sink\n"
                               "  s: {behaviour: sender, with: {to: <r>, count: 3}}\n"
                               "  t: {behaviour: sender, with: {to: <r>, message: late}}\n"
                               "expect: {received: {r: {any_of: [[[message, _, late], _, _, _], "
                               "[_, [message, _, late], _, _], [_, _, [message, _, late], _]]}}}\n";
    static const char *const names[] = {"random", "uniform", "pct", "pos", "portfolio"};
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        struct rh_scenario_strategy strategy = {
            .name = names[i], .has_runs = true, .runs = 400, .has_seed = true, .seed = 20};
        const struct rh_explore_options options = {.strategies = &strategy, .strategy_count = 1};
        struct rh_result first = explore(text, &options);
        assert_int_equal(first.verdict, RH_VERDICT_FAILED);
        assert_true(first.seed >= 20);
        strategy.seed = first.seed;
        strategy.runs = 1;
        struct rh_result again = explore(text, &options);
        assert_int_equal(again.verdict, RH_VERDICT_FAILED);
        assert_int_equal(again.seed, first.seed);
        assert_true(again.runs <= 2);
        rh_result_deinit(&first);
        rh_result_deinit(&again);
    }
}

static void refuses_an_unknown_strategy(void **state)
{
    const struct rh_scenario_strategy strategy = {.name = "guess"};
    const struct rh_explore_options options = {.strategies = &strategy, .strategy_count = 1};
    struct rh_scenario *scenario = parse(fan_in, NULL);
    struct rh_result result;
    (void)state;
    assert_int_equal(rh_scenario_explore(scenario, &options, &result), RH_INVALID);
    assert_string_equal(rh_verdict_word(result.verdict), "error");
    rh_result_deinit(&result);
    rh_scenario_destroy(scenario);
}

static void refuses_a_scenario_with_errors(void **state)
{
    static const char text[] = "scenario: no actors\n";
    struct rh_scenario *scenario = NULL;
    struct rh_result result;
    char said[256];
    (void)state;
    assert_int_equal(rh_scenario_parse(NULL, "bad.yaml", text, strlen(text), NULL, &scenario),
                     RH_MALFORMED);
    assert_int_equal(rh_scenario_error_count(scenario), 1);
    assert_true(rh_scenario_diagnostics(scenario, false, said, sizeof said) < sizeof said);
    assert_non_null(strstr(said, "bad.yaml"));
    assert_int_equal(rh_scenario_explore(scenario, NULL, &result), RH_INVALID);
    rh_result_deinit(&result);
    rh_scenario_destroy(scenario);
}

static void finds_the_same_failure_with_and_without_digests(void **state)
{
    static const char text[] = "scenario: it fails\n"
                               "actors: {a: sink, b: {behaviour: sender, with: {to: a}}}\n"
                               "never: {deliver: {to: a}}\n";
    const struct rh_explore_options bare = {.without_digest = true};
    struct rh_result result = explore(text, &bare);
    struct rh_result again = explore(text, NULL);
    (void)state;
    assert_string_equal(rh_verdict_word(result.verdict), "failed");
    assert_true(result.trace.size > 0);
    assert_int_equal(result.trace.size, again.trace.size);
    assert_memory_equal(result.trace.bytes, again.trace.bytes, again.trace.size);
    assert_string_equal(result.violation.observed, again.violation.observed);
    rh_result_deinit(&result);
    rh_result_deinit(&again);
}

/* ---- a program of its own ---- */

static enum rh_status greeter_init(struct rh_context *ctx, void *state,
                                   const struct rh_delivery *start)
{
    struct rh_pid to = rh_pid_none();
    int64_t times = 1;
    (void)state;
    rh_parameter_actor(start, "to", &to);
    rh_parameter_number(start, "times", &times);
    enum rh_status status = RH_OK;
    for (int64_t i = 0; i < times && status == RH_OK; i++) {
        status = RH_SEND(ctx, to, "hello", i);
    }
    return status == RH_OK ? RH_DONE : status;
}

static const struct rh_behaviour greeter = {.name = "greeter", .init = greeter_init};
static const struct rh_parameter parameters[] = {
    {"to", RH_PARAMETER_ACTOR, true, "whom"}, {"times", RH_PARAMETER_NUMBER, false, "how often"}};
/* As two that are built in, but with something to say. */
static const struct rh_behaviour echo = {.name = "echo", .init = greeter_init};
static const struct rh_behaviour supervisor = {.name = "supervisor", .init = greeter_init};
static const struct rh_program_behaviour behaviours[] = {
    {&greeter, "greets", parameters, 2, false},
    {&echo, "greets", parameters, 2, false},
    {&supervisor, "greets", parameters, 2, false}};

struct politeness {
    struct rh_judge *judge;
    uint64_t greetings;
};

static enum rh_status polite_create(const struct rh_allocator *allocator, struct rh_judge *judge,
                                    void **ret_self)
{
    static struct politeness politeness;
    (void)allocator;
    politeness.judge = judge;
    *ret_self = &politeness;
    return RH_OK;
}

static void polite_begin(void *self)
{
    ((struct politeness *)self)->greetings = 0;
}

static void polite_record(void *self, const struct rh_record *record)
{
    struct politeness *politeness = self;
    if (record->event->signal == RH_SIGNAL_MESSAGE && ++politeness->greetings > 2) {
        rh_judge_failf(politeness->judge, "politeness", record->event->actor, "greeted %d times",
                       (int)politeness->greetings);
    }
}

static void polite_finish(void *self, enum rh_end end)
{
    (void)end;
    rh_judge_evaluated(((struct politeness *)self)->judge);
}

static void polite_destroy(void *self)
{
    (void)self;
}

static const struct rh_checker polite = {.name = "politeness",
                                         .covers = "",
                                         .claim = "nobody is greeted more than twice",
                                         .kinds = RH_LISTEN(SEND),
                                         .create = polite_create,
                                         .begin = polite_begin,
                                         .record = polite_record,
                                         .finish = polite_finish,
                                         .destroy = polite_destroy};
static const struct rh_checker *const checkers[] = {&polite, NULL};
static const struct rh_program program = {.name = "test",
                                          .version = "1",
                                          .behaviours = behaviours,
                                          .behaviour_count = 3,
                                          .checkers = checkers};

static void plays_the_behaviours_of_a_program(void **state)
{
    struct rh_scenario *scenario =
        parse("scenario: hello\n"
              "actors: {a: {behaviour: greeter, with: {to: b, times: 2}, link: b}, b: sink}\n"
              "expect: {received: {b: [[message, <a>, [hello, 0]], [message, <a>, [hello, 1]]]},\n"
              "         dead: {a: normal}}\n",
              &program);
    struct rh_result result;
    (void)state;
    assert_int_equal(rh_scenario_explore(scenario, NULL, &result), RH_OK);
    assert_string_equal(rh_verdict_word(result.verdict), "passed");
    rh_result_deinit(&result);
    rh_scenario_destroy(scenario);
}

static void prefers_the_files_behaviours_then_the_programs(void **state)
{
    struct rh_program impolite = program;
    impolite.checkers = NULL;
    struct rh_scenario *scenario = parse(
        "scenario: hello\n"
        "behaviours: {greeter: {init: {send: {to: <b>, message: mine}}}}\n"
        "actors:\n"
        "  a: {behaviour: echo, with: {to: b}}\n"
        "  s: {behaviour: supervisor, with: {to: c}}\n"
        "  g: greeter\n"
        "  b: sink\n"
        "  c: sink\n"
        "expect:\n"
        "  - received: {c: [[message, <s>, [hello, 0]]]}\n"
        "  - received: {b: {in_any_order: [[message, <a>, [hello, 0]], [message, <g>, mine]]}}\n",
        &impolite);
    struct rh_result result;
    (void)state;
    assert_int_equal(rh_scenario_explore(scenario, NULL, &result), RH_OK);
    assert_string_equal(rh_verdict_word(result.verdict), "passed");
    rh_result_deinit(&result);
    rh_scenario_destroy(scenario);
}

static void judges_by_the_checkers_of_a_program(void **state)
{
    struct rh_scenario *scenario =
        parse("scenario: hello\n"
              "actors: {a: {behaviour: greeter, with: {to: b, times: 3}}, b: sink}\n"
              "expect_failure: politeness\n",
              &program);
    struct rh_result result;
    (void)state;
    assert_int_equal(rh_scenario_explore(scenario, NULL, &result), RH_OK);
    assert_string_equal(rh_verdict_word(result.verdict), "passed");
    assert_string_equal(result.violation.invariant, "politeness");
    assert_string_equal(result.violation.observed, "greeted 3 times");
    rh_result_deinit(&result);
    rh_scenario_destroy(scenario);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_what_the_scenario_asks_for),
        cmocka_unit_test(runs_another_strategy_on_demand),
        cmocka_unit_test(keeps_the_strategies_when_only_the_seed_is_another),
        cmocka_unit_test(does_not_call_half_an_exploration_proved),
        cmocka_unit_test(proves_within_a_bound_and_says_so),
        cmocka_unit_test(draws_runs_as_the_scenario_asks),
        cmocka_unit_test(the_seed_of_a_failure_is_enough),
        cmocka_unit_test(refuses_an_unknown_strategy),
        cmocka_unit_test(refuses_a_scenario_with_errors),
        cmocka_unit_test(finds_the_same_failure_with_and_without_digests),
        cmocka_unit_test(plays_the_behaviours_of_a_program),
        cmocka_unit_test(prefers_the_files_behaviours_then_the_programs),
        cmocka_unit_test(judges_by_the_checkers_of_a_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * Each kind of the catalogue in three plays: one in which it strikes, one in which it is armed and nothing that it could strike
 * ever comes, which is vacuous, and one in which it may strike twice and no third time, though there is more to strike. What
 * the report says is held against what the listeners of the world are told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <rehearse/fault.h>
#include <rehearse/scenario.h>

/* Somebody who sends, somebody who hears, a clock that ticks, and a crowd. */
#define LOCAL                                                                                      \
    "actors:\n"                                                                                    \
    "  log: sink\n"                                                                                \
    "  w: {behaviour: ticker, with: {to: <log>, every: 1ms, count: 3}}\n"                          \
    "  p: {behaviour: sender, with: {to: <log>, count: 3}}\n"                                      \
    "  one: sink\n"                                                                                \
    "  two: sink\n"                                                                                \
    "  three: sink\n"

/* Two nodes that talk for a while, and one that nobody knows. */
#define REMOTE                                                                                     \
    "nodes: [n1, n2, n3]\n"                                                                        \
    "network: {reach: [[n1, n2]], heartbeat: 5ms, deadline: 20ms}\n"                               \
    "pipes: [{between: [n1, n2], connected: true, latency: 1ms}]\n"                                \
    "behaviours: {quiet: {on: [{message: _, do: []}, {down: _, do: []}]}}\n"                       \
    "actors:\n"                                                                                    \
    "  a: {behaviour: ticker, with: {to: <b>, every: 1ms, count: 6}}\n"                            \
    "  b: {behaviour: quiet, node: n2}\n"                                                          \
    "  c: {behaviour: quiet, monitor: <b>}\n"

/* A host whose children come and go; nobody ever asks for the second program. */
#define HOSTING                                                                                    \
    "nodes: [n1]\n"                                                                                \
    "actors:\n"                                                                                    \
    "  h:\n"                                                                                       \
    "    behaviour: host\n"                                                                        \
    "    with:\n"                                                                                  \
    "      kill_timeout: 5ms\n"                                                                    \
    "      programs: [{name: web, ready: 5ms, process: {}}, {name: idle, process: {}}]\n"          \
    "  t: sink\n"                                                                                  \
    "steps:\n"                                                                                     \
    "  - t: {ask: {to: h, request: [spawn, web, p1]}}\n"                                           \
    "  - t: {ask: {to: h, request: [spawn, web, p2]}}\n"                                           \
    "  - t: {ask: {to: h, request: [spawn, web, p3]}}\n"                                           \
    "  - wait: 30ms\n"                                                                             \
    "  - t: {ask: {to: h, request: [terminate, p1, 10000000, bye]}}\n"                             \
    "  - t: {ask: {to: h, request: [terminate, p2, 10000000, bye]}}\n"                             \
    "  - t: {ask: {to: h, request: [terminate, p3, 10000000, bye]}}\n"

/* What strikes, and what never finds anything: the entry of `faults` after its kind. NULL: it is always possible. */
struct row {
    enum rh_fault_kind kind;
    const char *stage;
    const char *strikes;
    const char *idle;
};

#define ROW(kind, stage, strikes, idle)                                                            \
    {                                                                                              \
        RH_FAULT_##kind, stage, strikes, idle                                                      \
    }
static const struct row rows[] = {
    ROW(CRASH, LOCAL, "[one, two, three]", "one, when: {receives: never}"),
    ROW(KILL, LOCAL, "[one, two, three]", "one, when: {receives: never}"),
    ROW(FIRE, LOCAL, "w", "one"), /* who has no timer */
    ROW(STALL, LOCAL, "[one, two, w], for: 1ms", "w/1, for: 1ms"),
    ROW(SLOW, LOCAL, "[one, two, w], for: 1ms", "w/1, for: 1ms"),
    ROW(LATE, LOCAL, "[one, two, w], for: 1ms", "w/1, for: 1ms"),
    ROW(FAIL_ALLOCATION, LOCAL, "[one, two, w]", "w/1"),
    ROW(EXHAUST, LOCAL, "[one, two, w]", "w/1"),
    ROW(DROP, LOCAL, "{to: log}", "{to: log, message: never}"),
    ROW(DUPLICATE, LOCAL, "{to: log}", "{to: log, message: never}"),
    ROW(REPLACE, LOCAL, "{to: log, with: x}", "{to: log, message: never, with: x}"),
    ROW(CORRUPT, LOCAL, "{to: log}", "{to: log, from: one}"),
    ROW(HOLD, LOCAL, "{to: log}, for: 1ms", "{to: one}, for: 1ms"),
    ROW(FORGE, LOCAL, "{to: one, message: psst}", "{to: w/1, message: psst}"),
    ROW(REPLAY, LOCAL, "{to: log}", "{to: one}"), /* who has handled nothing */
    ROW(KILL_NODE, REMOTE, "n2}\n  - {restart_node: n2, max: 9", NULL),
    ROW(FREEZE_NODE, REMOTE, "{node: n2, for: 1ms}", NULL),
    ROW(SKEW_CLOCK, REMOTE, "{node: n1, by: 1ms}", NULL),
    ROW(RESTART_NODE, REMOTE, "n2}\n  - {kill_node: n2, max: 9", "n2"), /* it never went */
    ROW(PART, REMOTE, "{between: [n1, n2], for: 1ms}", NULL),
    ROW(PARTITION, REMOTE, "{nodes: [n1], for: 1ms}", NULL),
    ROW(CLOSE_PIPE, REMOTE, "[n1, n2]", "[n1, n3]"), /* between which there is none */
    ROW(RESET_PIPE, REMOTE, "[n1, n2]", "[n1, n3]"),
    ROW(HALF_CLOSE_PIPE, REMOTE, "[n1, n2]", "[n1, n3]"),
    ROW(BLACK_HOLE, REMOTE, "[n1, n2]", "[n1, n3]"),
    ROW(CUT_PIPE, REMOTE, "{between: [n1, n2], bytes: 9}", "{between: [n1, n3], bytes: 9}"),
    ROW(FLIP_BYTES, REMOTE, "[n1, n2]", "[n1, n3]"),
    ROW(LOSE_BYTES, REMOTE, "[n1, n2]", "[n1, n3]"),
    ROW(STALL_PIPE, REMOTE, "{between: [n1, n2], for: 1ms}", NULL),
    ROW(NARROW_PIPE, REMOTE, "{between: [n1, n2], bytes: 9}", NULL),
    ROW(BLIP, REMOTE, "[n1, n2]", "[n1, n3]"),
    ROW(REFUSE_IO, REMOTE, "{node: n1, effect: write}", "{node: n1, effect: start}"),
    ROW(REFUSE_START, HOSTING, "web", "idle"),
    ROW(DELAY_START, HOSTING, "web, for: 1ms", "idle, for: 1ms"),
    ROW(FAIL_LAUNCH, HOSTING, "web", "idle"),
    ROW(KILL_PROCESS, HOSTING, "web", "idle"),
    ROW(LOSE_CALLBACK, HOSTING, "web", "idle"),
    ROW(DOUBLE_CALLBACK, HOSTING, "web", "idle"),
    ROW(IGNORE_STOP, HOSTING, "web", "idle"),
};
#undef ROW

#define RUNS 60u
#define AT_RANDOM "{random: {runs: 60, seed: 1}}"

/* Plays a stage with one fault, at random; at most so many are to be told of in a run. */
static void play(const struct row *row, const char *entry, unsigned most, const char *strategy,
                 struct rh_result *ret_result)
{
    const char *word = rh_fault_kind_word(row->kind);
    char text[4096];
    char said[2048] = "";
    struct rh_scenario *scenario = NULL;
    (void)snprintf(text, sizeof text,
                   "scenario: %s\n%sfaults:\n  - {%s: %s}\n"
                   "expect: [{count: {of: {fault: {kind: %s}}, at_most: %u}}]\n"
                   "explore: {strategy: %s}\n",
                   word, row->stage, word, entry, word, most, strategy);
    enum rh_status status =
        rh_scenario_parse(NULL, "kind.yaml", text, strlen(text), NULL, &scenario);
    if (status != RH_OK || rh_scenario_error_count(scenario) > 0) {
        (void)rh_scenario_diagnostics(scenario, false, said, sizeof said);
        fail_msg("%s%s", text, said);
    }
    assert_int_equal(rh_scenario_explore(scenario, NULL, ret_result), RH_OK);
    if (ret_result->verdict == RH_VERDICT_FAILED) {
        fail_msg("%s%s: %s", text, ret_result->violation.invariant, ret_result->violation.observed);
    }
    rh_scenario_destroy(scenario);
}

/* In front of what else is on the menu. */
static void put_more(const char *strikes, const char *more, char *entry, size_t capacity)
{
    const char *end = strstr(strikes, "}\n");
    size_t length = end == NULL ? strlen(strikes) : (size_t)(end - strikes);
    (void)snprintf(entry, capacity, "%.*s%s%s", (int)length, strikes, more, strikes + length);
}

static void each_kind_is_counted_when_it_strikes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rh_result result;
        play(&rows[i], rows[i].strikes, 1, AT_RANDOM, &result);
        const struct rh_fault_tally *tally = &result.tallies[0];
        if (result.verdict != RH_VERDICT_PASSED || tally->strikes == 0 ||
            tally->strikes != tally->fired_in || tally->fired_in > RUNS) {
            fail_msg("%s: %s, struck %u times in %u runs", tally->word,
                     rh_verdict_word(result.verdict), (unsigned)tally->strikes,
                     (unsigned)tally->fired_in);
        }
        assert_string_equal(tally->word, rh_fault_kind_word(rows[i].kind));
        assert_int_equal(tally->spent_in, tally->fired_in); /* once is all that it may */
        rh_result_deinit(&result);
    }
}

static void each_kind_that_finds_nothing_is_vacuous(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rh_result result;
        /* What is always possible does not strike under fifo. */
        const char *strategy = rows[i].idle == NULL ? "fifo" : AT_RANDOM;
        play(&rows[i], rows[i].idle == NULL ? rows[i].strikes : rows[i].idle, 0, strategy, &result);
        const struct rh_fault_tally *tally = &result.tallies[0];
        if (result.verdict != RH_VERDICT_VACUOUS || tally->strikes != 0 || tally->spent_in != 0 ||
            result.faults.armed == 0) {
            fail_msg("%s: %s, struck %u times", tally->word, rh_verdict_word(result.verdict),
                     (unsigned)tally->strikes);
        }
        rh_result_deinit(&result);
    }
}

static void each_kind_is_spent_after_its_last(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rh_result result;
        char entry[256];
        put_more(rows[i].strikes, ", max: 2, weight: 4", entry, sizeof entry);
        play(&rows[i], entry, 2, AT_RANDOM, &result);
        const struct rh_fault_tally *tally = &result.tallies[0];
        bool is_bounded = tally->strikes <= (uint64_t)2 * tally->fired_in;
        if (tally->spent_in == 0 || !is_bounded ||
            tally->strikes != tally->fired_in + tally->spent_in) {
            fail_msg("%s: struck %u times in %u runs, spent in %u", tally->word,
                     (unsigned)tally->strikes, (unsigned)tally->fired_in,
                     (unsigned)tally->spent_in);
        }
        rh_result_deinit(&result);
    }
}

static void every_kind_has_a_row(void **state)
{
    (void)state;
    uint64_t found = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        found |= UINT64_C(1) << rows[i].kind;
    }
    for (unsigned kind = 0; kind < RH_FAULT_COUNT; kind++) {
        if ((found >> kind & 1U) == 0) {
            fail_msg("%s has no row", rh_fault_kind_word((enum rh_fault_kind)kind));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_has_a_row),
        cmocka_unit_test(each_kind_is_counted_when_it_strikes),
        cmocka_unit_test(each_kind_that_finds_nothing_is_vacuous),
        cmocka_unit_test(each_kind_is_spent_after_its_last),
    };
    return cmocka_run_group_tests_name("play.every_fault", tests, NULL, NULL) ? 1 : 0;
}

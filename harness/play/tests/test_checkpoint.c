/* SPDX-License-Identifier: MIT */
/* Every checkpoint of an exploration leads to the same end, and what is none is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <rehearse/scenario.h>

#define KEPT_MAX 512u
#define BYTES_MAX ((size_t)1 << 17)
/* Of more checkpoints than this only some. */
#define RESUMED_MAX 24u

#define HEAD                                                                                       \
    "scenario: orders\n"                                                                           \
    "time: free\n"                                                                                 \
    "actors:\n"                                                                                    \
    "  all: sink\n"                                                                                \
    "  a: {behaviour: sender, with: {to: <all>, count: 3}}\n"                                      \
    "  b: {behaviour: sender, with: {to: <all>, count: 3, message: b}}\n"                          \
    "faults: [{crash: all}]\n"                                                                     \
    "expect: [{alive: a}]\n"

static const char all_of_them[] =
    HEAD "explore: {strategy: [fifo, {random: {runs: 100}}, dpor, exhaustive]}\n";

static const char those_that_draw[] =
    HEAD "explore: {strategy: [uniform, pct, pos, fair, portfolio], runs: 60, seed: 3}\n";
static const char those_within_bounds[] =
    HEAD "explore: {strategy: [{exhaustive: {bound: {delays: 6, faults: 1}}}]}\n";

static const char classes_with_faults[] =
    "scenario: chain\ntime: free\nbehaviours: {node: {on: [{message: _, do: []}]}}\n"
    "actors:\n  a: node\n  b: {behaviour: node, link: [a]}\n  c: {behaviour: node, link: [b]}\n"
    "  d: {behaviour: sender, with: {to: <b>, count: 2}}\n"
    "  e: {behaviour: sender, with: {to: <c>, count: 1}}\n"
    "faults: [{crash: a}, {crash: c}]\nexpect: {alive: [d]}\nexplore: {strategy: dpor}\n";
static const char classes_in_time[] =
    "scenario: timers\nbehaviours:\n  late:\n    state: {n: 0}\n"
    "    init: [{timer: {after: 3ms, message: tick}}, {timer: {after: 5ms, message: tock}}]\n"
    "    on:\n      - {timeout: tick, do: [{add: {$n: 10}}]}\n"
    "      - {timeout: tock, do: [{add: {$n: 100}}]}\n"
    "      - {message: _, do: [{add: {$n: 1}}, {timer: {after: 2ms, message: tick}}]}\n"
    "actors:\n  all: late\n  a: {behaviour: sender, with: {to: <all>, count: 2}}\n"
    "  b: {behaviour: sender, with: {to: <all>, count: 1}}\n"
    "faults: [{crash: a}, {crash: all}]\nexpect: {alive: [b]}\nexplore: {strategy: dpor}\n";
/* Where parts hand on what they remember. */
static const char classes_remembered[] =
    "scenario: greetings\n"
    "time: free\n"
    "behaviours:\n"
    "  one: {on: [{message: start, do: [{send: {to: <b>, message: hi}}, {send: {to: <c>, message: hi}}]}]}\n"
    "  two: {on: [{message: start, do: [{send: {to: <a>, message: hi}}, {send: {to: <c>, message: hi}}]}]}\n"
    "  three: {on: [{message: start, do: [{send: {to: <a>, message: hi}}, {send: {to: <b>, message: hi}}]}]}\n"
    "actors:\n"
    "  a: one\n"
    "  b: two\n"
    "  c: three\n"
    "  x: {behaviour: sender, with: {to: <a>, message: start}}\n"
    "  y: {behaviour: sender, with: {to: <b>, message: start}}\n"
    "  z: {behaviour: sender, with: {to: <c>, message: start}}\n"
    "expect: [{alive: a}]\n"
    "explore: {strategy: dpor}\n";

static const char classes_with_numbers[] =
    "scenario: draws\ntime: free\nbehaviours:\n  dice:\n"
    "    on: [{message: _, do: [{draw: {below: 3, as: $x}}, {output: $x}]}]\n"
    "actors:\n  all: dice\n  a: {behaviour: sender, with: {to: <all>}}\n"
    "  b: {behaviour: sender, with: {to: <all>}}\n"
    "expect: {alive: [a]}\nexplore: {strategy: dpor}\n";

struct kept {
    uint8_t *bytes[KEPT_MAX];
    size_t sizes[KEPT_MAX];
    size_t count;
};

static bool always(void *self)
{
    (void)self;
    return true;
}

static enum rh_status keep(void *self, const uint8_t *bytes, size_t size)
{
    struct kept *kept = self;
    if (kept->count < KEPT_MAX) {
        kept->bytes[kept->count] = test_malloc(size);
        memcpy(kept->bytes[kept->count], bytes, size);
        kept->sizes[kept->count++] = size;
    }
    return RH_OK;
}

static void forget(struct kept *kept)
{
    for (size_t i = 0; i < kept->count; i++) {
        test_free(kept->bytes[i]);
    }
    kept->count = 0;
}

static struct rh_scenario *parse(const char *text)
{
    struct rh_scenario *scenario = NULL;
    assert_int_equal(rh_scenario_parse(NULL, "o.yaml", text, strlen(text), NULL, &scenario), RH_OK);
    return scenario;
}

static struct rh_result explore_parts(const struct rh_scenario *scenario, uint64_t part_runs,
                                      struct kept *kept)
{
    struct rh_result result;
    const struct rh_explore_options options = {
        .wants_checkpoint = always, .checkpoint = keep, .part_runs = part_runs, .self = kept};
    kept->count = 0;
    assert_int_equal(rh_scenario_explore(scenario, &options, &result), RH_OK);
    assert_true(kept->count > 2);
    return result;
}

static struct rh_result explore(const struct rh_scenario *scenario, struct kept *kept)
{
    return explore_parts(scenario, 0, kept);
}

static void assert_same_end(const char *text, uint64_t part_runs, const char *verdict)
{
    struct rh_scenario *scenario = parse(text);
    struct kept kept;
    struct rh_result whole = explore_parts(scenario, part_runs, &kept);
    assert_string_equal(rh_verdict_word(whole.verdict), verdict);
    (void)printf("%llu runs, %zu checkpoints\n", (unsigned long long)whole.runs, kept.count);
    for (size_t i = 0; i < kept.count; i += 1 + kept.count / RESUMED_MAX) {
        struct rh_result result;
        const struct rh_explore_options options = {.jobs = 1 + (uint32_t)i % 3,
                                                   .part_runs = part_runs,
                                                   .resume = kept.bytes[i],
                                                   .resume_size = kept.sizes[i]};
        assert_int_equal(rh_scenario_explore(scenario, &options, &result), RH_OK);
        assert_int_equal(result.verdict, whole.verdict);
        assert_int_equal(result.runs, whole.runs);
        assert_int_equal(result.events, whole.events);
        assert_int_equal(result.outcomes, whole.outcomes);
        assert_int_equal(result.classes, whole.classes);
        assert_int_equal(result.blocked, whole.blocked);
        assert_int_equal(result.seed, whole.seed);
        assert_string_equal(result.strategy, whole.strategy);
        assert_string_equal(result.why, whole.why);
        assert_memory_equal(result.digest, whole.digest, sizeof result.digest);
        assert_memory_equal(&result.faults, &whole.faults, sizeof result.faults);
        rh_result_deinit(&result);
    }
    rh_result_deinit(&whole);
    forget(&kept);
    rh_scenario_destroy(scenario);
}

static void every_checkpoint_leads_to_the_same_end(void **state)
{
    (void)state;
    assert_same_end(all_of_them, 0, "proved");
    assert_same_end(those_that_draw, 0, "passed");
    assert_same_end(those_within_bounds, 0, "proved");
}

/* Small parts, so that there is much between them. */
static void every_checkpoint_of_classes_leads_to_the_same_end(void **state)
{
    (void)state;
    assert_same_end(all_of_them, 3, "proved");
    assert_same_end(classes_with_faults, 2, "proved");
    assert_same_end(classes_with_faults, 5, "proved");
    assert_same_end(classes_in_time, 1, "proved");
    assert_same_end(classes_in_time, 3, "proved");
    assert_same_end(classes_with_numbers, 2, "proved");
    assert_same_end(classes_remembered, 4, "proved");
    assert_same_end(classes_remembered, 16, "proved");
}

static void assert_refused(const struct rh_scenario *scenario, const uint8_t *bytes, size_t size,
                           const char *why)
{
    struct rh_result result;
    const struct rh_explore_options options = {.resume = bytes, .resume_size = size};
    assert_int_equal(rh_scenario_explore(scenario, &options, &result), RH_MALFORMED);
    assert_string_equal(rh_verdict_word(result.verdict), "error");
    assert_non_null(strstr(result.why, why));
    rh_result_deinit(&result);
}

static void refuses_whatever_was_cut_or_changed(void **state)
{
    struct rh_scenario *scenario = parse(all_of_them);
    struct kept kept;
    struct rh_result whole = explore(scenario, &kept);
    static uint8_t bytes[BYTES_MAX];
    size_t size = kept.sizes[kept.count / 2];
    (void)state;
    assert_true(size < sizeof bytes);
    memcpy(bytes, kept.bytes[kept.count / 2], size);
    for (size_t i = 0; i < size; i += 1 + i / 64) {
        assert_refused(scenario, bytes, i, i == 0 ? "it is empty" : "it ");
        bytes[i] = (uint8_t)(bytes[i] ^ 1u << (i % 8));
        assert_refused(scenario, bytes, size, "it");
        bytes[i] = (uint8_t)(bytes[i] ^ 1u << (i % 8));
    }
    rh_result_deinit(&whole);
    forget(&kept);
    rh_scenario_destroy(scenario);
}

static void refuses_what_is_of_another_exploration(void **state)
{
    static const char other_text[] = HEAD "explore: {strategy: exhaustive}\n#\n";
    static const char text[] = HEAD "explore: {strategy: exhaustive}\n";
    struct rh_scenario *scenario = parse(text);
    struct rh_scenario *other = parse(other_text);
    struct kept kept;
    struct rh_result whole = explore(scenario, &kept);
    (void)state;
    assert_refused(other, kept.bytes[0], kept.sizes[0], "another scenario");
    struct rh_result result;
    const struct rh_explore_options options = {
        .runs_max = 7, .resume = kept.bytes[0], .resume_size = kept.sizes[0]};
    assert_int_equal(rh_scenario_explore(scenario, &options, &result), RH_MALFORMED);
    assert_non_null(strstr(result.why, "other strategies"));
    rh_result_deinit(&result);
    rh_result_deinit(&whole);
    forget(&kept);
    rh_scenario_destroy(other);
    rh_scenario_destroy(scenario);
}

static bool at_once(void *self, uint64_t runs)
{
    (void)self;
    (void)runs;
    return false;
}

static void begins_anew_where_nothing_was_explored(void **state)
{
    struct rh_scenario *scenario = parse(all_of_them);
    struct kept kept = {.count = 0};
    struct rh_result result;
    struct rh_result whole;
    const struct rh_explore_options options = {
        .wants_checkpoint = always, .checkpoint = keep, .go_on = at_once, .self = &kept};
    (void)state;
    assert_int_equal(rh_scenario_explore(scenario, &options, &result), RH_OK);
    assert_string_equal(rh_verdict_word(result.verdict), "unknown");
    assert_int_equal(kept.count, 1);
    rh_result_deinit(&result);
    const struct rh_explore_options again = {.resume = kept.bytes[0], .resume_size = kept.sizes[0]};
    assert_int_equal(rh_scenario_explore(scenario, NULL, &whole), RH_OK);
    assert_int_equal(rh_scenario_explore(scenario, &again, &result), RH_OK);
    assert_string_equal(rh_verdict_word(result.verdict), "proved");
    assert_int_equal(result.runs, whole.runs);
    assert_memory_equal(result.digest, whole.digest, sizeof result.digest);
    rh_result_deinit(&whole);
    rh_result_deinit(&result);
    forget(&kept);
    rh_scenario_destroy(scenario);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_checkpoint_leads_to_the_same_end),
        cmocka_unit_test(every_checkpoint_of_classes_leads_to_the_same_end),
        cmocka_unit_test(refuses_whatever_was_cut_or_changed),
        cmocka_unit_test(refuses_what_is_of_another_exploration),
        cmocka_unit_test(begins_anew_where_nothing_was_explored),
    };
    return cmocka_run_group_tests_name("play.checkpoint", tests, NULL, NULL) ? 1 : 0;
}

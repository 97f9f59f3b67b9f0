/* SPDX-License-Identifier: MIT */
/* Lines: what they mean, who follows them, and who writes them down. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "harness/schedule/line.h"
#include "harness/schedule/pinned.h"

/* ---- what a line means ---- */

static void means_what_is_called_so(void **state)
{
    (void)state;
    assert_true(rh_line_means("a -> b: [ping, 1]", "a -> b: [ping, 1]"));
    assert_false(rh_line_means("a -> b: [ping, 1]", "a -> b: [ping, 10]"));
    assert_false(rh_line_means("a -> b: [ping, 10]", "a -> b: [ping, 1]"));
    assert_false(rh_line_means("a -> b: x", "b -> a: x"));
    assert_false(rh_line_means("a -> b: x", "a -> bb: x"));
    assert_true(rh_line_means("crash a", "crash a"));
    assert_false(rh_line_means("crash a", "crash a/1"));
}

static void a_line_without_a_payload_means_any(void **state)
{
    (void)state;
    assert_true(rh_line_means("a -> b", "a -> b: [ping, 1]"));
    assert_true(rh_line_means("a -> b", "a -> b"));
    assert_true(rh_line_means("a -> b: _", "a -> b"));
    assert_false(rh_line_means("a -> b: x", "a -> b"));
    assert_false(rh_line_means("down a -> b", "a -> b: x"));
}

static void a_dash_stands_for_one_item(void **state)
{
    (void)state;
    assert_true(rh_line_means("a -> b: _", "a -> b: {k: [1, 2]}"));
    assert_true(rh_line_means("a -> b: [ping, _]", "a -> b: [ping, [1, {k: \"],\"}]]"));
    assert_true(rh_line_means("a -> b: [_, 2]", "a -> b: [\"a, b\", 2]"));
    assert_false(rh_line_means("a -> b: [_, 2]", "a -> b: [1, 1, 2]"));
    assert_true(rh_line_means("a -> b: {k: _, l: 1}", "a -> b: {k: [3], l: 1}"));
    assert_false(rh_line_means("a -> b: [_x, 2]", "a -> b: [y, 2]"));
    assert_true(rh_line_means("a -> b: [_x, 2]", "a -> b: [_x, 2]"));
}

static void counts_those_of_one_name(void **state)
{
    char line[64];
    (void)state;
    assert_int_equal(rh_line_place("timer a: x"), 1);
    assert_int_equal(rh_line_place("timer a (12): [x, (3)]"), 12);
    assert_int_equal(rh_line_place("timer a: (2)"), 1);
    assert_true(rh_line_means("timer a (2): x", "timer a: x"));
    assert_int_equal(rh_line_placed("timer a: x", 2, line, sizeof line), strlen("timer a (2): x"));
    assert_string_equal(line, "timer a (2): x");
    rh_line_placed("crash a", 3, line, sizeof line);
    assert_string_equal(line, "crash a (3)");
    assert_true(rh_line_means(line, "crash a"));
    rh_line_placed("crash a", 1, line, sizeof line);
    assert_string_equal(line, "crash a");
}

/* ---- following ---- */

struct scene {
    const char *const *names;
};

static size_t name_of(void *self, uint32_t candidate, char *buffer, size_t capacity)
{
    const struct scene *scene = self;
    return (size_t)snprintf(buffer, capacity, "%s", scene->names[candidate]);
}

static struct rh_strategy *pinned(const char *const *lines, size_t count, bool is_lenient,
                                  struct rh_strategy *then)
{
    const struct rh_pinned_options options = {lines, count, is_lenient, then};
    struct rh_strategy *strategy = NULL;
    assert_int_equal(rh_strategy_pinned(NULL, &options, &strategy), RH_OK);
    rh_strategy_begin(strategy);
    return strategy;
}

static uint32_t ask(struct rh_strategy *strategy, const char *const *names, uint32_t count)
{
    struct rh_candidate candidates[8] = {{.earliest = 0}};
    struct scene scene = {names};
    for (uint32_t i = 0; i < count; i++) {
        candidates[i].optional = strncmp(names[i], "crash", 5) == 0;
        candidates[i].earliest = strncmp(names[i], "timer", 5) == 0 ? 5 : 0;
    }
    strategy->line = name_of;
    strategy->line_self = &scene;
    return rh_choice_below(strategy, RH_SITE_NEXT, count, candidates);
}

#define ASK(strategy, ...)                                                                         \
    ask(strategy, (const char *const[]){__VA_ARGS__},                                              \
        sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static void a_line_happens_as_soon_as_it_can(void **state)
{
    static const char *const lines[] = {"c", "a"};
    struct rh_strategy *strategy = pinned(lines, 2, false, NULL);
    (void)state;
    assert_int_equal(ASK(strategy, "a", "b"), 0);
    assert_int_equal(rh_strategy_pinned_next(strategy), 0);
    assert_int_equal(ASK(strategy, "b", "a", "c"), 2);
    assert_int_equal(ASK(strategy, "b", "a"), 1);
    assert_int_equal(rh_strategy_pinned_next(strategy), 2);
    assert_int_equal(ASK(strategy, "b", "c"), 0);
    assert_false(rh_strategy_end(strategy));
    rh_strategy_destroy(strategy);
}

static void what_is_forced_is_a_line_too(void **state)
{
    static const char *const lines[] = {"a", "c"};
    struct rh_strategy *strategy = pinned(lines, 2, false, NULL);
    (void)state;
    assert_int_equal(ASK(strategy, "a"), 0);
    assert_int_equal(ASK(strategy, "b", "c"), 1);
    rh_strategy_destroy(strategy);
}

static void nothing_optional_happens_by_itself(void **state)
{
    static const char *const lines[] = {"crash x"};
    struct rh_strategy *strategy = pinned(NULL, 0, false, NULL);
    (void)state;
    assert_int_equal(ASK(strategy, "crash x", "a"), 1);
    assert_int_equal(ASK(strategy, "crash x", "timer a", "b"), 2);
    assert_int_equal(ASK(strategy, "crash x", "timer a"), 1);
    rh_strategy_destroy(strategy);
    strategy = pinned(lines, 1, false, NULL);
    assert_int_equal(ASK(strategy, "a", "crash x"), 1);
    assert_int_equal(ASK(strategy, "a", "crash x"), 0);
    rh_strategy_destroy(strategy);
}

static void only_the_lenient_pass_a_line_over(void **state)
{
    static const char *const lines[] = {"gone", "draw: 1", "b", "a"};
    struct rh_strategy *strategy = pinned(lines, 4, false, NULL);
    (void)state;
    assert_int_equal(ASK(strategy, "a", "b"), 0);
    assert_int_equal(rh_strategy_pinned_next(strategy), 0);
    rh_strategy_destroy(strategy);
    strategy = pinned(lines, 4, true, NULL);
    assert_int_equal(ASK(strategy, "a", "b"), 1);
    assert_int_equal(rh_strategy_pinned_next(strategy), 3);
    assert_int_equal(ASK(strategy, "b", "a"), 1);
    rh_strategy_destroy(strategy);
}

static void answers_what_is_not_about_who_goes_next(void **state)
{
    static const char *const lines[] = {"draw: 2", "b", "cut: 9"};
    struct rh_strategy *strategy = pinned(lines, 3, false, NULL);
    (void)state;
    assert_int_equal(rh_choice_below(strategy, RH_SITE_CUT, 4, NULL), 0);
    assert_int_equal(rh_choice_below(strategy, RH_SITE_DRAW, 4, NULL), 2);
    assert_int_equal(rh_choice_below(strategy, RH_SITE_DRAW, 4, NULL), 0);
    assert_int_equal(ASK(strategy, "a", "b"), 1);
    assert_int_equal(rh_choice_below(strategy, RH_SITE_CUT, 4, NULL),
                     0); /* there are not so many */
    rh_strategy_destroy(strategy);
}

static void another_strategy_goes_on_behind_the_lines(void **state)
{
    static const char *const lines[] = {"b"};
    struct rh_strategy *all = NULL;
    unsigned runs = 0;
    (void)state;
    assert_int_equal(rh_strategy_exhaustive(NULL, 10, &all), RH_OK);
    struct rh_strategy *strategy = pinned(lines, 1, false, all);
    bool more = true;
    while (more) {
        assert_int_equal(ASK(strategy, "a", "b"), 1);
        assert_int_equal(ASK(strategy, "a", "c", "d"), runs);
        more = rh_strategy_end(strategy);
        runs++;
        if (more) {
            rh_strategy_begin(strategy);
        }
    }
    assert_int_equal(runs, 3);
    assert_true(all->complete);
    rh_strategy_destroy(strategy);
    rh_strategy_destroy(all);
}

/* ---- writing down ---- */

static void a_transcript_can_be_followed(void **state)
{
    struct rh_strategy *random = NULL;
    struct rh_strategy *transcript = NULL;
    uint32_t answers[40];
    size_t count = 0;
    (void)state;
    assert_int_equal(rh_strategy_random(NULL, 3, 1, &random), RH_OK);
    assert_int_equal(rh_strategy_transcript(NULL, random, &transcript), RH_OK);
    rh_strategy_begin(transcript);
    for (size_t i = 0; i < 40; i++) {
        answers[i] = i % 4 == 3 ? rh_choice_below(transcript, RH_SITE_DRAW, 5, NULL)
                                : ASK(transcript, "x", "y", "x", "x", "crash y");
    }
    const char *const *lines = rh_strategy_transcript_lines(transcript, &count);
    assert_int_equal(count, 40);
    struct rh_strategy *again = pinned(lines, count, false, NULL);
    for (size_t i = 0; i < 40; i++) {
        uint32_t answer = i % 4 == 3 ? rh_choice_below(again, RH_SITE_DRAW, 5, NULL)
                                     : ASK(again, "x", "y", "x", "x", "crash y");
        assert_int_equal(answer, answers[i]);
    }
    assert_int_equal(rh_strategy_pinned_next(again), 40);
    assert_int_equal(rh_strategy_pinned_next(random), SIZE_MAX);
    rh_strategy_destroy(again);
    assert_false(rh_strategy_end(transcript));
    rh_strategy_destroy(transcript);
    rh_strategy_destroy(random);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(means_what_is_called_so),
        cmocka_unit_test(a_line_without_a_payload_means_any),
        cmocka_unit_test(a_dash_stands_for_one_item),
        cmocka_unit_test(counts_those_of_one_name),
        cmocka_unit_test(a_line_happens_as_soon_as_it_can),
        cmocka_unit_test(what_is_forced_is_a_line_too),
        cmocka_unit_test(nothing_optional_happens_by_itself),
        cmocka_unit_test(only_the_lenient_pass_a_line_over),
        cmocka_unit_test(answers_what_is_not_about_who_goes_next),
        cmocka_unit_test(another_strategy_goes_on_behind_the_lines),
        cmocka_unit_test(a_transcript_can_be_followed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}

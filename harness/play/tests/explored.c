/* SPDX-License-Identifier: MIT */
#include "harness/play/tests/explored.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rehearse/scenario.h>

#include "harness/play/play.h"
#include "harness/play/tests/brute.h"
#include "harness/scenario/scenario.h"

/* ---- sets of numbers ---- */

static bool set_insert(uint64_t *at, size_t capacity, uint64_t key)
{
    size_t i = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (capacity - 1);
    while (at[i] != 0 && at[i] != key) {
        i = (i + 1) & (capacity - 1);
    }
    bool is_new = at[i] == 0;
    at[i] = key;
    return is_new;
}

static bool set_add(struct set *set, uint64_t key)
{
    if (set->count * 2 >= set->capacity) {
        size_t capacity = set->capacity == 0 ? 64 : set->capacity * 2;
        uint64_t *at = calloc(capacity, sizeof(*at));
        assert_non_null(at);
        for (size_t i = 0; i < set->capacity; i++) {
            if (set->at[i] != 0) {
                (void)set_insert(at, capacity, set->at[i]);
            }
        }
        free(set->at);
        set->at = at;
        set->capacity = capacity;
    }
    bool is_new = set_insert(set->at, set->capacity, key == 0 ? 1 : key);
    set->count += is_new;
    return is_new;
}

bool set_is_among(const struct set *some, const struct set *others)
{
    for (size_t i = 0; i < some->capacity; i++) {
        if (some->at[i] != 0 && set_insert(others->at, others->capacity, some->at[i])) {
            return false;
        }
    }
    return true;
}

/* ---- the program ---- */

char program[65536];
static size_t length;

void put(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int written = vsnprintf(program + length, sizeof program - length, format, arguments);
    va_end(arguments);
    assert_true(written >= 0 && (size_t)written < sizeof program - length);
    length += (size_t)written;
}

void put_head(const char *lines)
{
    length = 0;
    put("scenario: counted\n%s", lines);
}

/* ---- exploring ---- */

void found_clear(struct found *found)
{
    free(found->outcomes.at);
    *found = (struct found){0};
}

enum followed {
    UNFOLLOWED,
    BY_BRUTE,
    BY_CLASSES
};

/* Play the program with a strategy until it wants no more, or for so many runs. */
static void explore_as(struct rh_strategy *strategy, enum followed followed, uint64_t runs_max,
                       struct found *found)
{
    struct rh_scenario *scenario = NULL;
    static const char *const none[] = {NULL};
    const struct rh_judge_options options = {.only = none};
    struct rh_judge *judge = NULL;
    struct rh_play *play = NULL;
    struct set classes = {0};
    struct set endings = {0};
    *found = (struct found){0};
    enum rh_status status =
        rh_scenario_parse(NULL, "test.yaml", program, strlen(program), NULL, &scenario);
    if (status != RH_OK) {
        char said[2000];
        (void)rh_scenario_diagnostics(scenario, false, said, sizeof said);
        print_message("%s\n%s\n", program, said);
    }
    assert_int_equal(status, RH_OK);
    assert_int_equal(rh_play_create(scenario, rh_allocator_default(), &play), RH_OK);
    assert_int_equal(rh_judge_create(&options, &judge), RH_OK);
    for (bool more = true; more && found->runs < runs_max;) {
        struct rh_play_run run = {
            .strategy = strategy, .seed = 1, .run = found->runs, .judge = judge};
        struct rh_play_report report;
        rh_strategy_begin(strategy);
        assert_int_equal(rh_play_run(play, &run, &report), RH_OK);
        if (!rh_strategy_cuts(strategy)) {
            uint64_t class = followed == UNFOLLOWED ? found->runs + 1 : brute_class(strategy);
            uint64_t outcome = report.outcome[0] ^ report.outcome[1];
            (void)set_add(&found->outcomes, outcome);
            (void)set_add(&classes, class);
            (void)set_add(&endings, class * 3 + outcome);
        }
        found->runs++;
        more = rh_strategy_end(strategy);
    }
    found->classes = classes.count;
    found->visited = followed == BY_CLASSES ? strategy->classes : classes.count;
    found->blocked = strategy->blocked;
    found->is_complete = strategy->complete;
    if (endings.count != classes.count) {
        print_message("%zu classes, %zu endings\n%s\n", classes.count, endings.count, program);
    }
    assert_int_equal(endings.count, classes.count); /* a class ends in one way */
    free(classes.at);
    free(endings.at);
    rh_strategy_destroy(strategy);
    rh_judge_destroy(judge);
    rh_play_destroy(play);
    rh_scenario_destroy(scenario);
}

static struct rh_strategy *dpor(void)
{
    struct rh_strategy *strategy = NULL;
    assert_int_equal(rh_strategy_dpor(NULL, 10000, (size_t)64 << 20, &strategy), RH_OK);
    return strategy;
}

void explore_brute(uint64_t runs_max, struct found *found)
{
    explore_as(brute_create(), BY_BRUTE, runs_max, found);
}

void explore_unfollowed(struct rh_strategy *strategy, uint64_t runs_max, struct found *found)
{
    explore_as(strategy, UNFOLLOWED, runs_max, found);
}

void explore_classes(uint64_t runs_max, struct found *found)
{
    explore_as(brute_watch(dpor()), BY_CLASSES, runs_max, found);
}

void assert_parts(uint64_t runs_max, const struct found *whole)
{
    static const uint64_t sizes[] = {2, 7};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct found found;
        explore_as(brute_watch_parts(dpor(), sizes[i]), BY_CLASSES, 2 * runs_max, &found);
        assert_int_equal(found.classes, whole->classes);
        assert_int_equal(found.visited, whole->visited);
        assert_int_equal(found.outcomes.count, whole->outcomes.count);
        assert_int_equal(found.is_complete, whole->is_complete);
        found_clear(&found);
    }
}

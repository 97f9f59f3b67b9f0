/* SPDX-License-Identifier: MIT */
/* Every scenario that is small enough is played in every order and once for each class: both must show the same. A scenario
 * that one of them cannot finish is passed over, and said to be; so few may be that the comparison still means something.
 * Many are: so many events as would take minutes are not waited for. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <rehearse/scenario.h>

#include "harness/play/tests/every_scenario.h"

#include "harness/play/play.h"
#include "harness/scenario/scenario.h"

#define RUNS_MAX 20000u
#define EVENTS_MAX 1000000u
#define SEEN_MAX 65536u

/* What runs show: outcome and violation, as numbers in a table. */
struct shown {
    uint64_t at[SEEN_MAX * 2];
    size_t count;
    uint64_t runs;
    uint64_t events;
    uint64_t blocked;
    bool is_complete;
};
static struct shown all;
static struct shown reduced;

static bool add(struct shown *shown, uint64_t key)
{
    size_t i = (size_t)(key >> 17) & (SEEN_MAX * 2 - 1);
    key = key == 0 ? 1 : key;
    while (shown->at[i] != 0 && shown->at[i] != key) {
        i = (i + 1) & (SEEN_MAX * 2 - 1);
    }
    if (shown->at[i] == key) {
        return false;
    }
    assert_true(shown->count < SEEN_MAX);
    shown->at[i] = key;
    shown->count++;
    return true;
}

static bool has(const struct shown *shown, uint64_t key)
{
    size_t i = (size_t)(key >> 17) & (SEEN_MAX * 2 - 1);
    while (shown->at[i] != 0 && shown->at[i] != key) {
        i = (i + 1) & (SEEN_MAX * 2 - 1);
    }
    return shown->at[i] == key;
}

static uint64_t key_of(const struct rh_play_report *report, const struct rh_judge *judge)
{
    uint64_t key = report->outcome[0] ^ report->outcome[1];
    const struct rh_violation *violation = rh_judge_violation(judge);
    for (const char *at = violation == NULL ? "" : violation->invariant; *at != '\0'; at++) {
        key = (key ^ (unsigned char)*at) * UINT64_C(1099511628211);
    }
    return key;
}

static void play_with(struct rh_scenario *scenario, struct rh_strategy *strategy,
                      struct shown *shown)
{
    const struct rh_judge_options options = {0};
    struct rh_judge *judge = NULL;
    struct rh_play *play = NULL;
    memset(shown, 0, sizeof(*shown));
    assert_int_equal(rh_play_create(scenario, rh_allocator_default(), &play), RH_OK);
    assert_int_equal(rh_judge_create(&options, &judge), RH_OK);
    assert_int_equal(rh_play_judge(play, judge), RH_OK);
    bool more = true;
    for (; more && shown->runs < RUNS_MAX && shown->events < EVENTS_MAX; shown->runs++) {
        const struct rh_play_run run = {
            .strategy = strategy, .seed = 1, .run = shown->runs, .judge = judge};
        struct rh_play_report report;
        rh_strategy_begin(strategy);
        assert_int_equal(rh_play_run(play, &run, &report), RH_OK);
        if (!rh_strategy_cuts(strategy)) {
            (void)add(shown, key_of(&report, judge));
        }
        more = rh_strategy_end(strategy);
        shown->events += report.events;
    }
    shown->is_complete = strategy->complete;
    shown->blocked = strategy->blocked;
    rh_strategy_destroy(strategy);
    rh_judge_destroy(judge);
    rh_play_destroy(play);
}

static bool are_among(const struct shown *some, const struct shown *others)
{
    bool found = true;
    for (size_t i = 0; i < SEEN_MAX * 2 && found; i++) {
        found = some->at[i] == 0 || has(others, some->at[i]);
    }
    return found;
}

/* Of messages that are declared to commute one order is shown. A fault that may choose its time is tried at an instant before
 * what happens at it in classes alone. */
static bool agree(const struct rh_plan *plan)
{
    bool may_show_more = plan->fault_count > 0 && !plan->time_free;
    return (plan->commutes || are_among(&all, &reduced)) &&
           (may_show_more || are_among(&reduced, &all));
}

struct tally {
    unsigned compared;
    unsigned passed_over;
    unsigned blocked;
    unsigned wrong;
};

static void compare(const char *path, void *self)
{
    struct tally *tally = self;
    struct rh_scenario *scenario = NULL;
    struct rh_strategy *strategy = NULL;
    if (rh_scenario_load(NULL, path, NULL, &scenario) != RH_OK) {
        rh_scenario_destroy(scenario);
        return;
    }
    assert_int_equal(rh_strategy_dpor(NULL, 10000, (size_t)256 << 20, &strategy), RH_OK);
    play_with(scenario, strategy, &reduced);
    if (reduced.is_complete) {
        assert_int_equal(rh_strategy_exhaustive(NULL, 10000, &strategy), RH_OK);
        play_with(scenario, strategy, &all);
    }
    if (!reduced.is_complete || !all.is_complete) {
        rh_scenario_destroy(scenario);
        tally->passed_over++;
        print_message("passed over: %s, %llu classes%s\n", path, (unsigned long long)reduced.runs,
                      reduced.is_complete ? "" : ", not all");
        return;
    }
    tally->compared++;
    tally->blocked += reduced.blocked > 0;
    bool same = agree(&scenario->plan);
    rh_scenario_destroy(scenario);
    if (!same || reduced.blocked > 0) {
        print_message("%s: %zu outcomes of %llu runs, %zu of %llu classes, %llu blocked\n", path,
                      all.count, (unsigned long long)all.runs, reduced.count,
                      (unsigned long long)reduced.runs, (unsigned long long)reduced.blocked);
        tally->wrong += !same;
    }
}

static void shows_the_same_in_classes_as_in_all_orders(void **state)
{
    struct tally tally = {0};
    (void)state;
    every_scenario("scenarios", compare, &tally);
    print_message("%u compared, %u passed over, %u with blocked runs\n", tally.compared,
                  tally.passed_over, tally.blocked);
    assert_int_equal(tally.wrong, 0);
    assert_true(tally.compared > 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_the_same_in_classes_as_in_all_orders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) == 0 ? 0 : 1;
}

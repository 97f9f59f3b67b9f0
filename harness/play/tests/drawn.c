/* SPDX-License-Identifier: MIT */
#include "harness/play/tests/drawn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/play/play.h"
#include "harness/play/tests/brute.h"

#define SLOTS 8192u

/* How each class ended. */
struct classes {
    bool is_taken[SLOTS];
    uint64_t class[SLOTS];
    uint64_t outcome[SLOTS];
};
static struct classes visited;

/* Find a class, or where it would be. */
static uint32_t slot_of(const struct classes *classes, uint64_t class)
{
    uint32_t at = (uint32_t)(class >> 13) & (SLOTS - 1);
    while (classes->is_taken[at] && classes->class[at] != class) {
        at = (at + 1) & (SLOTS - 1);
    }
    return at;
}

static void note(struct drawn *drawn, uint64_t class, uint64_t outcome, bool is_drawn)
{
    uint32_t at = slot_of(&visited, class);
    if (visited.is_taken[at]) {
        drawn->unlike += visited.outcome[at] != outcome;
    } else if (is_drawn) {
        drawn->missing++;
    } else {
        visited.is_taken[at] = true;
        visited.class[at] = class;
        visited.outcome[at] = outcome;
        drawn->classes++;
    }
}

/* Return whether the strategy has come to its end. */
static bool play(const struct rh_scenario *scenario, struct rh_strategy *strategy, uint32_t runs,
                 bool is_drawn, struct drawn *drawn)
{
    static const char *const none[] = {NULL};
    const struct rh_judge_options options = {.only = none};
    struct rh_judge *judge = NULL;
    struct rh_play *play = NULL;
    assert_int_equal(rh_play_create(scenario, rh_allocator_default(), &play), RH_OK);
    assert_int_equal(rh_judge_create(&options, &judge), RH_OK);
    bool more = true;
    for (uint32_t i = 0; more && i < runs && !strategy->failed; i++) {
        const struct rh_play_run run = {.strategy = strategy, .seed = 1, .run = i, .judge = judge};
        struct rh_play_report report;
        rh_strategy_begin(strategy);
        assert_int_equal(rh_play_run(play, &run, &report), RH_OK);
        if (!rh_strategy_cuts(strategy) && !strategy->failed) {
            uint64_t class = brute_class_without(strategy, RH_OBJECT_BARRIER);
            note(drawn, class, report.outcome[0] ^ report.outcome[1], is_drawn);
        }
        more = rh_strategy_end(strategy);
    }
    bool is_complete = strategy->complete && !strategy->failed;
    drawn->blocked += (uint32_t)strategy->blocked;
    rh_strategy_destroy(strategy);
    rh_judge_destroy(judge);
    rh_play_destroy(play);
    return is_complete;
}

bool drawn_compare(const struct rh_scenario *scenario, uint32_t runs_max, uint32_t draw,
                   struct drawn *ret_drawn)
{
    struct rh_strategy *strategy = NULL;
    memset(&visited, 0, sizeof visited);
    memset(ret_drawn, 0, sizeof *ret_drawn);
    assert_true(runs_max <= DRAWN_CLASSES_MAX);
    assert_int_equal(rh_strategy_dpor(NULL, 10000, (size_t)64 << 20, &strategy), RH_OK);
    if (!play(scenario, brute_watch(strategy), runs_max, false, ret_drawn)) {
        return false;
    }
    assert_int_equal(rh_strategy_random(NULL, 1, draw, &strategy), RH_OK);
    (void)play(scenario, brute_watch(strategy), draw, true, ret_drawn);
    return true;
}

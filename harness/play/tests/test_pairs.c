/* SPDX-License-Identifier: MIT */
/* Two steps that are possible at one place, in both orders, with a swarm of faults and without: where the second depends on
 * the first, they depend on each other as they are at the place. dpor lets a step sleep behind another one by what both are
 * there. */
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

#include "harness/play/play.h"
#include "harness/play/tests/every_scenario.h"
#include "harness/schedule/dependence.h"
#include "harness/schedule/line.h"
#include "harness/schedule/strategy.h"

#define TOUCHES 256u
#define DEPTH_MAX 60u

struct deed {
    struct rh_touch touches[TOUCHES];
    uint32_t count;
    bool is_known;
    char line[RH_LINE_BYTES];
};

/* Goes some way at random, takes one of two, and then the other. */
struct pair {
    struct rh_strategy head;
    uint64_t seed;
    uint32_t at; /* how far the way is */
    uint32_t depth;
    uint64_t ids[2];
    bool is_swapped;
    bool is_over;
    struct deed deeds[2];
};
static struct pair pair;

static struct {
    uint32_t trials;
    unsigned pairs;
    unsigned wrong;
} tally = {.trials = 20};

static uint64_t stir(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static uint32_t below(uint32_t salt, uint32_t count)
{
    return (uint32_t)(stir(pair.seed + salt * UINT64_C(0x9e3779b97f4a7c15)) % count);
}

static void pair_begin(struct rh_strategy *self)
{
    (void)self;
    pair.depth = 0;
    pair.is_over = false;
    memset(pair.deeds, 0, sizeof pair.deeds);
}

static uint32_t find(uint32_t count, const struct rh_candidate *candidates, uint64_t id)
{
    uint32_t at = 0;
    while (at < count && candidates[at].id != id) {
        at++;
    }
    return at;
}

static void choose_two(uint32_t count, const struct rh_candidate *candidates)
{
    uint32_t first = below(1000, count);
    uint32_t second = count < 2 ? first : (first + 1 + below(1001, count - 1)) % count;
    const struct rh_candidate *a = &candidates[first];
    const struct rh_candidate *b = &candidates[second];
    pair.ids[0] = a->id;
    pair.ids[1] = b->id;
    pair.is_over =
        first == second || a->id == 0 || b->id == 0 || a->strikes == b->id || b->strikes == a->id;
}

static uint32_t pair_below(struct rh_strategy *self, enum rh_site site, uint32_t count,
                           const struct rh_candidate *candidates)
{
    if (site != RH_SITE_NEXT || pair.is_over) {
        return 0;
    }
    if (pair.depth < pair.at) {
        uint32_t chosen = below(pair.depth, count);
        return candidates[chosen].id == 0 ? (chosen + 1) % count : chosen;
    }
    uint32_t turn = pair.depth - pair.at;
    if (turn == 0 && !pair.is_swapped) {
        choose_two(count, candidates);
    }
    uint32_t chosen = turn > 1 ? count : find(count, candidates, pair.ids[turn ^ pair.is_swapped]);
    pair.is_over = pair.is_over || chosen == count;
    if (pair.is_over) {
        return 0;
    }
    (void)self->line(self->line_self, chosen, pair.deeds[turn].line, RH_LINE_BYTES);
    return chosen;
}

/* That time goes on depends on what could wait otherwise than by what is touched. */
static void pair_did(struct rh_strategy *self, const struct rh_followed *followed)
{
    (void)self;
    uint32_t turn = pair.depth++ - pair.at;
    pair.is_over = pair.is_over || followed->id == 0;
    if (pair.depth > pair.at && turn < 2 && !pair.is_over) {
        struct deed *deed = &pair.deeds[turn];
        deed->is_known = followed->touch_count <= TOUCHES && !followed->ends_instant;
        deed->count = deed->is_known ? followed->touch_count : 0;
        if (deed->count > 0) {
            memcpy(deed->touches, followed->touches, deed->count * sizeof deed->touches[0]);
        }
    }
}

static bool pair_cuts(const struct rh_strategy *self)
{
    (void)self;
    return pair.is_over || pair.depth >= pair.at + 2;
}

static bool pair_end(struct rh_strategy *self)
{
    (void)self;
    return true;
}

static const struct rh_strategy_functions functions = {
    .name = "pair",
    .begin = pair_begin,
    .below = pair_below,
    .did = pair_did,
    .cuts = pair_cuts,
    .end = pair_end,
};

static bool depend(const struct deed *a, const struct deed *b)
{
    return rh_touches_depend(a->touches, a->count, b->touches, b->count);
}

/* Return whether both were played. */
static bool play(struct rh_play *play, struct rh_judge *judge)
{
    const struct rh_play_run run = {.strategy = &pair.head, .seed = 1, .judge = judge};
    struct rh_play_report report;
    rh_strategy_begin(&pair.head);
    assert_int_equal(rh_play_run(play, &run, &report), RH_OK);
    return pair.deeds[0].is_known && pair.deeds[1].is_known;
}

static void try_pairs(const struct rh_scenario *scenario, const char *path)
{
    static const char *const none[] = {NULL};
    static struct deed before[2];
    const struct rh_judge_options options = {.only = none};
    struct rh_judge *judge = NULL;
    struct rh_play *stage = NULL;
    assert_int_equal(rh_play_create(scenario, rh_allocator_default(), &stage), RH_OK);
    assert_int_equal(rh_judge_create(&options, &judge), RH_OK);
    for (uint32_t i = 0; i < tally.trials; i++) {
        pair.seed = stir(i + 1);
        pair.at = below(2000, 1 + (i < DEPTH_MAX ? i : DEPTH_MAX));
        pair.is_swapped = false;
        if (!play(stage, judge)) {
            continue;
        }
        memcpy(before, pair.deeds, sizeof before);
        pair.is_swapped = true;
        if (!play(stage, judge)) {
            continue;
        }
        bool in_order = depend(&before[0], &before[1]) || depend(&pair.deeds[0], &pair.deeds[1]);
        tally.pairs++;
        if (in_order && !depend(&before[0], &pair.deeds[0])) {
            tally.wrong++;
            print_message("%s: '%s' and '%s' behind %u steps\n", path, before[0].line,
                          pair.deeds[0].line, pair.at);
        }
    }
    rh_judge_destroy(judge);
    rh_play_destroy(stage);
}

static void compare(const char *path, void *self)
{
    struct rh_scenario *scenario = NULL;
    struct rh_scenario *drawn = NULL;
    (void)self;
    if (rh_scenario_load(NULL, path, NULL, &scenario) == RH_OK) {
        try_pairs(scenario, path);
        if (rh_scenario_swarm(scenario, 1, 1, &drawn) == RH_OK) {
            try_pairs(drawn, path);
        }
    }
    rh_scenario_destroy(drawn);
    rh_scenario_destroy(scenario);
}

static void depend_in_both_orders(void **state)
{
    (void)state;
    pair.head.functions = &functions;
    every_scenario("scenarios", compare, NULL);
    print_message("%u pairs\n", tally.pairs);
    assert_int_equal(tally.wrong, 0);
    assert_true(tally.pairs > 40 * tally.trials);
}

/* More are tried when it is asked for: TRIALS of each scenario. */
int main(int argument_count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(depend_in_both_orders),
    };
    if (argument_count > 1) {
        tally.trials = (uint32_t)strtoul(arguments[1], NULL, 10);
    }
    return cmocka_run_group_tests(tests, NULL, NULL) == 0 ? 0 : 1;
}

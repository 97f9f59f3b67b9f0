/* SPDX-License-Identifier: MIT */
/* Random programs on several nodes, whose connections are cut: every family looks on, and none objects. */
#include "harness/check/judge.h"
#include "harness/check/tests/dice.h"

#include <rehearse/cluster.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define RUNS 400u
#define CUTS 3u

static const char *const not_here[] = {"deadlock", "conversations", "commands",
                                       "requests", "procs",         "waiters",
                                       "bulks",    "envelopes",     NULL};

struct play {
    uint64_t seed;
    uint32_t nodes;
    uint32_t cuts;
    uint32_t chunk;
    bool kills;
};

/* ---- what befalls the pipes ---- */

struct knife {
    const struct play *play;
    uint32_t used;
};

static void knife_each(void *self, struct rh_world *world,
                       bool (*visit)(void *visitor, const struct rh_source_event *event),
                       void *visitor)
{
    const struct knife *knife = self;
    (void)world;
    if (knife->used < knife->play->cuts) {
        const struct rh_source_event event = {
            .id = knife->used, .latest = RH_NEVER, .optional = true};
        (void)visit(visitor, &event);
    }
}

static void knife_execute(void *self, struct rh_world *world, uint64_t id, rh_instant now)
{
    static const enum rh_harm harms[] = {RH_HARM_RESET, RH_HARM_CLOSE, RH_HARM_CUT};
    struct knife *knife = self;
    uint64_t dice = knife->play->seed * 7 + id * 3;
    uint32_t nodes = knife->play->nodes;
    uint32_t from = (uint32_t)(dice % nodes);
    uint32_t to = (from + 1 + (uint32_t)(dice / nodes % (nodes - 1))) % nodes;
    knife->used++;
    (void)now;
    if (knife->play->kills && id % 2 == 1) {
        rh_world_kill_node(world, to, 9, 0);
        return;
    }
    (void)rh_world_harm(world, from, to, harms[dice % 3], dice % 997);
}

/* ---- a run ---- */

static void assert_holds(const struct rh_judge *judge, const struct play *play)
{
    const struct rh_violation *found = rh_judge_violation(judge);
    if (found != NULL) {
        fail_msg("seed %llu, step %llu: %s\nexpected: %s\nobserved: %s",
                 (unsigned long long)play->seed, (unsigned long long)found->step, found->invariant,
                 found->expected, found->observed);
    }
    assert_int_equal(rh_judge_status(judge), RH_OK);
}

static void set_up(struct rh_world *world, const struct play *play)
{
    static const char *const names[] = {"n1", "n2", "n3"};
    const struct rh_pipe_rules rules = {.chunk = play->chunk};
    for (uint32_t i = 0; i < play->nodes; i++) {
        uint32_t node = 0;
        assert_int_equal(rh_world_add_node(world, names[i], &node), RH_OK);
    }
    for (uint32_t i = 0; i < play->nodes * play->nodes; i++) {
        uint32_t from = i / play->nodes;
        uint32_t to = i % play->nodes;
        assert_true(from == to || rh_world_set_rules(world, from, to, &rules) == RH_OK);
    }
}

static enum rh_end run(struct rh_judge *judge, const struct play *play)
{
    struct dice dice;
    struct rh_world *world = NULL;
    struct rh_strategy *strategy = NULL;
    struct knife knife = {play, 0};
    const struct rh_source source = {.each = knife_each, .execute = knife_execute, .self = &knife};
    assert_int_equal(rh_strategy_random(NULL, play->seed, 1, &strategy), RH_OK);
    const struct rh_world_options options = {.strategy = strategy,
                                             .seed = play->seed,
                                             .stall_max = play->seed % 3,
                                             .events_max = 20000,
                                             .find_behaviour = dice_find_behaviour};
    assert_int_equal(rh_world_create(&options, &world), RH_OK);
    set_up(world, play);
    assert_int_equal(rh_judge_begin(judge, world), RH_OK);
    for (uint32_t i = 0; i < play->nodes; i++) {
        assert_int_equal(dice_join(world, i), RH_OK);
    }
    assert_int_equal(dice_cast(&dice, world, 6, 300), RH_OK);
    assert_int_equal(rh_world_add_source(world, &source), RH_OK);
    rh_strategy_begin(strategy);
    enum rh_end end = rh_world_run(world);
    rh_judge_finish(judge, end);
    assert_holds(judge, play);
    (void)rh_strategy_end(strategy);
    rh_strategy_destroy(strategy);
    rh_world_destroy(world);
    return end;
}

static void play_many(struct play play)
{
    struct rh_judge *judge = NULL;
    const struct rh_judge_options options = {.except = not_here};
    assert_int_equal(rh_judge_create(&options, &judge), RH_OK);
    uint64_t quiescent = 0;
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        play.seed = seed;
        quiescent += run(judge, &play) == RH_END_QUIESCENT;
    }
    assert_true(quiescent > RUNS / 2); /* or what holds at the end was hardly looked at */
    for (size_t i = 0; i < rh_judge_count(judge); i++) {
        if (rh_judge_evaluations(judge, i) == 0) {
            fail_msg("%s is vacuous", rh_judge_checker(judge, i)->name);
        }
    }
    rh_judge_destroy(judge);
}

static void holds_on_two_nodes(void **state)
{
    (void)state;
    play_many((struct play){.nodes = 2});
}

static void holds_on_three_nodes(void **state)
{
    (void)state;
    play_many((struct play){.nodes = 3});
}

static void holds_when_connections_are_cut(void **state)
{
    (void)state;
    play_many((struct play){.nodes = 2, .cuts = CUTS});
}

static void holds_on_three_nodes_when_connections_are_cut(void **state)
{
    (void)state;
    play_many((struct play){.nodes = 3, .cuts = CUTS});
}

static void holds_when_frames_come_in_pieces(void **state)
{
    (void)state;
    play_many((struct play){.nodes = 2, .cuts = CUTS, .chunk = 7});
}

static void holds_when_nodes_are_killed(void **state)
{
    (void)state;
    play_many((struct play){.nodes = 3, .cuts = CUTS, .kills = true});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_on_two_nodes),
        cmocka_unit_test(holds_on_three_nodes),
        cmocka_unit_test(holds_when_connections_are_cut),
        cmocka_unit_test(holds_on_three_nodes_when_connections_are_cut),
        cmocka_unit_test(holds_when_frames_come_in_pieces),
        cmocka_unit_test(holds_when_nodes_are_killed),
    };
    return cmocka_run_group_tests_name("harness.check.nodes", tests, NULL, NULL) ? 1 : 0;
}

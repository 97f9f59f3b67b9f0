/* SPDX-License-Identifier: MIT */
/* Strategies hit bugs of known shapes as often as arithmetic says, on a machine of counters and with real actors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/play/play.h"
#include "harness/selfcheck/calibrate.h"

#define RUNS 6000u
#define RUNS_BIASED 120000u
#define RUNS_REAL 500u

static void every_cell_of_the_table_holds(void **state)
{
    (void)state;
    struct calibration cell;
    for (size_t i = 0; calibration_at(i, &cell); i++) {
        uint64_t hits = 0;
        char name[32];
        assert_int_equal(calibration_play(NULL, &cell, 1000 * i, RUNS, 0, &hits), RH_OK);
        double distance = calibration_distance(&cell, RUNS, hits);
        calibration_name(&cell, name, sizeof name);
        if (distance > CALIBRATION_SIGMAS) {
            print_message("%s, %s: %llu of %u runs, %.1f sigma\n", name,
                          calibrated_word(cell.strategy), (unsigned long long)hits, RUNS, distance);
        }
        assert_true(distance <= CALIBRATION_SIGMAS);
    }
}

static void a_bias_of_two_percent_is_noticed(void **state)
{
    (void)state;
    for (unsigned strategy = 0; strategy < CALIBRATED_COUNT; strategy++) {
        const struct calibration cell = {SHAPE_NEEDLE, 1, (enum calibrated)strategy};
        uint64_t hits = 0;
        assert_int_equal(calibration_play(NULL, &cell, 7, RUNS_BIASED, 0, &hits), RH_OK);
        assert_true(calibration_distance(&cell, RUNS_BIASED, hits) <= CALIBRATION_SIGMAS);
        assert_int_equal(calibration_play(NULL, &cell, 7, RUNS_BIASED, 2, &hits), RH_OK);
        assert_true(calibration_distance(&cell, RUNS_BIASED, hits) > CALIBRATION_SIGMAS);
    }
}

static void what_may_never_happen_is_noticed_once_it_does(void **state)
{
    (void)state;
    const struct calibration cell = {SHAPE_ALTERNATE, 3, CALIBRATED_PCT_2};
    assert_true(calibration_expected(&cell) <= 0);
    assert_true(calibration_distance(&cell, 1000000, 0) <= CALIBRATION_SIGMAS);
    assert_true(calibration_distance(&cell, 1000000, 1) > CALIBRATION_SIGMAS);
}

/* ---- with real actors: everything for others happens first, and the strategy does not hear of it ---- */

struct gate {
    struct rh_strategy head;
    struct rh_strategy *inner;
    struct rh_pid receiver;
    struct rh_pid senders[8];
    uint32_t sender_count;
    uint32_t order[32];
    uint32_t length;
};

static void gate_begin(struct rh_strategy *self)
{
    struct gate *gate = (struct gate *)self;
    gate->length = 0;
    gate->sender_count = 0;
    rh_strategy_begin(gate->inner);
}

/* Senders are numbered by who is spawned first. */
static void note_sender(struct gate *gate, struct rh_pid sender)
{
    uint32_t at = gate->sender_count;
    while (at > 0 && gate->senders[at - 1].slot >= sender.slot) {
        if (rh_pid_equal(gate->senders[at - 1], sender)) {
            return;
        }
        at--;
    }
    memmove(&gate->senders[at + 1], &gate->senders[at],
            (gate->sender_count - at) * sizeof gate->senders[0]);
    gate->senders[at] = sender;
    gate->sender_count++;
}

static uint32_t gate_below(struct rh_strategy *self, enum rh_site site, uint32_t count,
                           const struct rh_candidate *candidates)
{
    struct gate *gate = (struct gate *)self;
    assert_int_equal(site, RH_SITE_NEXT);
    for (uint32_t i = 0; i < count; i++) {
        if (rh_pid_is_none(candidates[i].from)) {
            return i; /* a START */
        }
    }
    for (uint32_t i = 0; i < count && gate->length == 0; i++) {
        note_sender(gate, candidates[i].from);
    }
    uint32_t chosen = rh_choice_below(gate->inner, site, count, candidates);
    uint32_t sender = 0;
    while (!rh_pid_equal(gate->senders[sender], candidates[chosen].from)) {
        sender++;
        assert_true(sender < gate->sender_count);
    }
    gate->order[gate->length++] = sender;
    return chosen;
}

static bool gate_end(struct rh_strategy *self)
{
    return rh_strategy_end(((struct gate *)self)->inner);
}

static void gate_destroy(struct rh_strategy *self)
{
    rh_strategy_destroy(((struct gate *)self)->inner);
}

static const struct rh_strategy_functions gate_functions = {.name = "gate",
                                                            .sees_forced = true,
                                                            .begin = gate_begin,
                                                            .below = gate_below,
                                                            .end = gate_end,
                                                            .destroy = gate_destroy};

static uint64_t play_real(const struct calibration *cell, uint64_t seed)
{
    static const char *const none[] = {NULL};
    const struct rh_judge_options judge_options = {.only = none};
    char text[600];
    bool pair = cell->shape == SHAPE_ALTERNATE;
    (void)snprintf(text, sizeof text,
                   "scenario: calibrated\ntime: free\nactors:\n  r: sink\n"
                   "  a: {behaviour: sender, with: {to: <r>, count: %u}}\n"
                   "  b: {behaviour: sender, with: {to: <r>, count: %u}}\n",
                   (unsigned)cell->size, pair ? (unsigned)cell->size : 1u);
    struct rh_scenario *scenario = NULL;
    struct rh_play *play = NULL;
    struct rh_judge *judge = NULL;
    struct gate gate = {.head = {.functions = &gate_functions}};
    uint64_t skipped = 0;
    uint64_t hits = 0;
    assert_int_equal(rh_scenario_parse(NULL, "test.yaml", text, strlen(text), NULL, &scenario),
                     RH_OK);
    assert_int_equal(rh_play_create(scenario, rh_allocator_default(), &play), RH_OK);
    assert_int_equal(rh_judge_create(&judge_options, &judge), RH_OK);
    assert_int_equal(
        calibration_strategy(NULL, cell->strategy, seed, RUNS_REAL, &gate.inner, &skipped), RH_OK);
    for (bool more = true; more;) {
        const struct rh_play_run run = {.strategy = &gate.head, .seed = 1, .judge = judge};
        struct rh_play_report report;
        rh_strategy_begin(&gate.head);
        assert_int_equal(rh_play_run(play, &run, &report), RH_OK);
        assert_true(gate.length == cell->size + (pair ? cell->size : 1u));
        hits += gate.inner->runs >= skipped && calibration_is_hit(cell, gate.order, gate.length);
        more = rh_strategy_end(&gate.head);
    }
    rh_strategy_destroy(&gate.head);
    rh_judge_destroy(judge);
    rh_play_destroy(play);
    rh_scenario_destroy(scenario);
    return hits;
}

static void real_actors_are_met_as_often(void **state)
{
    (void)state;
    static const struct calibration shapes[] = {
        {SHAPE_NEEDLE, 2, 0}, {SHAPE_MIDDLE, 2, 0}, {SHAPE_ALTERNATE, 2, 0}};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        for (unsigned strategy = 0; strategy < CALIBRATED_COUNT; strategy++) {
            struct calibration cell = shapes[i];
            cell.strategy = (enum calibrated)strategy;
            uint64_t hits = play_real(&cell, 5000 * i + 100 * strategy);
            assert_true(calibration_distance(&cell, RUNS_REAL, hits) <= CALIBRATION_SIGMAS);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell_of_the_table_holds),
        cmocka_unit_test(a_bias_of_two_percent_is_noticed),
        cmocka_unit_test(what_may_never_happen_is_noticed_once_it_does),
        cmocka_unit_test(real_actors_are_met_as_often),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) == 0 ? 0 : 1;
}

/* SPDX-License-Identifier: MIT */
/*
 * Calibration on a machine of channels: nothing but counters stands behind the candidates, so that hundreds of thousands of
 * runs cost little, and no fault of the runtime can hide one of a strategy. tests/test_calibrate.c plays some of the same with
 * real actors.
 *
 * Numbers of hits are compared with 5 standard deviations under a fixed seed: a calibration that holds once holds for ever, and
 * one that is off by 2 % of all answers is noticed, which is checked on purpose in every selfcheck.
 */
#include "harness/selfcheck/calibrate.h"

#include "harness/schedule/sampler.h"

#include <stdio.h>

#define CHANNELS_MAX 8u
#define LENGTH_MAX 32u

static const struct calibration shapes[] = {
    {SHAPE_NEEDLE, 1, 0},    {SHAPE_NEEDLE, 2, 0},    {SHAPE_NEEDLE, 4, 0},
    {SHAPE_NEEDLE, 6, 0},    {SHAPE_MIDDLE, 2, 0},    {SHAPE_MIDDLE, 4, 0},
    {SHAPE_MIDDLE, 6, 0},    {SHAPE_ALTERNATE, 2, 0}, {SHAPE_ALTERNATE, 3, 0},
    {SHAPE_ALTERNATE, 4, 0}, {SHAPE_REVERSE, 2, 0},   {SHAPE_REVERSE, 3, 0},
    {SHAPE_REVERSE, 4, 0},   {SHAPE_REVERSE, 5, 0}};

bool calibration_at(size_t index, struct calibration *ret_cell)
{
    if (index >= CALIBRATED_COUNT * (sizeof shapes / sizeof shapes[0])) {
        return false;
    }
    *ret_cell = shapes[index / CALIBRATED_COUNT];
    ret_cell->strategy = (enum calibrated)(index % CALIBRATED_COUNT);
    return true;
}

const char *calibrated_word(enum calibrated strategy)
{
    static const char *const words[] = {
#define X(identifier, word) word,
        CALIBRATED_MAP(X)
#undef X
    };
    return words[strategy];
}

void calibration_name(const struct calibration *cell, char *text, size_t capacity)
{
    static const char *const words[] = {"needle", "middle", "alternate", "reverse"};
    (void)snprintf(text, capacity, "%s %u", words[cell->shape], (unsigned)cell->size);
}

/* ---- what arithmetic says ---- */

static double half_to_the(uint32_t exponent)
{
    double power = 1.0;
    for (uint32_t i = 0; i < exponent; i++) {
        power /= 2;
    }
    return power;
}

/* C(2k, k) */
static double interleavings(uint32_t k)
{
    double product = 1.0;
    for (uint32_t i = 1; i <= k; i++) {
        product = product * (k + i) / i;
    }
    return product;
}

static double expected_of_pct(const struct calibration *cell, uint32_t depth)
{
    double k = cell->size;
    switch (cell->shape) {
    case SHAPE_NEEDLE:
        return depth == 1 ? 0.5 : depth == 2 ? 1 / (k + 1) : cell->size == 1 ? 0.5 : 1 / (2 * k);
    case SHAPE_MIDDLE:
        return depth == 1 ? 0 : depth == 2 ? 1 / (2 * (k + 1)) : 1 / (2 * k);
    default:
        return depth == 3 && cell->size == 2 ? 1.0 / 12 : 0;
    }
}

double calibration_expected(const struct calibration *cell)
{
    double k = cell->size;
    if (cell->shape == SHAPE_REVERSE) {
        double ways = 1;
        for (uint32_t i = 2; i <= cell->size; i++) {
            ways *= i;
        }
        return 1 / ways;
    }
    switch (cell->strategy) {
    case CALIBRATED_UNIFORM:
        return cell->shape == SHAPE_ALTERNATE ? 2 / interleavings(cell->size) : 1 / (k + 1);
    case CALIBRATED_PCT_1:
        return expected_of_pct(cell, 1);
    case CALIBRATED_PCT_2:
        return expected_of_pct(cell, 2);
    case CALIBRATED_PCT_3:
        return expected_of_pct(cell, 3);
    default:
        return half_to_the(cell->shape == SHAPE_NEEDLE   ? cell->size
                           : cell->shape == SHAPE_MIDDLE ? cell->size / 2 + 1
                                                         : 2 * cell->size - 2);
    }
}

double calibration_distance(const struct calibration *cell, uint64_t runs, uint64_t hits)
{
    double expected = calibration_expected(cell);
    double off = (double)hits - expected * (double)runs;
    double variance = expected * (1 - expected) * (double)runs;
    if (variance <= 0) {
        return off == 0 ? 0 : 1000;
    }
    double root = variance; /* by Newton: no other function of libm is needed here */
    for (unsigned i = 0; i < 64; i++) {
        root = (root + variance / root) / 2;
    }
    return (off < 0 ? -off : off) / root;
}

bool calibration_is_hit(const struct calibration *cell, const uint32_t *order, uint32_t length)
{
    switch (cell->shape) {
    case SHAPE_NEEDLE:
        return order[length - 1] == 1;
    case SHAPE_MIDDLE:
        return order[cell->size / 2] == 1;
    case SHAPE_ALTERNATE:
        for (uint32_t i = 1; i < length; i++) {
            if (order[i] == order[i - 1]) {
                return false;
            }
        }
        return true;
    case SHAPE_REVERSE:
        break;
    }
    for (uint32_t i = 0; i < length; i++) {
        if (order[i] != length - 1 - i) {
            return false;
        }
    }
    return true;
}

/* ---- the machine ---- */

struct machine {
    uint32_t count;
    uint32_t left[CHANNELS_MAX];
    uint32_t sent[CHANNELS_MAX];
};

static struct machine machine_of(const struct calibration *cell)
{
    struct machine machine = {.count = 2};
    switch (cell->shape) {
    case SHAPE_NEEDLE:
    case SHAPE_MIDDLE:
        machine.left[0] = cell->size;
        machine.left[1] = 1;
        break;
    case SHAPE_ALTERNATE:
        machine.left[0] = cell->size;
        machine.left[1] = cell->size;
        break;
    case SHAPE_REVERSE:
        machine.count = cell->size;
        for (uint32_t i = 0; i < cell->size; i++) {
            machine.left[i] = 1;
        }
        break;
    }
    return machine;
}

static struct rh_candidate candidate_of(const struct machine *machine, uint32_t channel)
{
    return (struct rh_candidate){
        .kind = RH_PENDING_SIGNAL,
        .actor = {.node = 1, .incarnation = 1, .slot = 1, .generation = 1},
        .from = {.node = 1, .incarnation = 1, .slot = channel + 2, .generation = 1},
        .ordinal = machine->sent[channel],
        .latest = RH_NEVER,
        .weight = 1};
}

struct bias {
    uint64_t seed;
    uint64_t asked;
    uint32_t percent;
};

/* One run; the order of senders. */
static uint32_t play(struct rh_strategy *strategy, struct machine machine, struct bias *bias,
                     uint32_t *ret_order)
{
    uint32_t length = 0;
    for (;;) {
        struct rh_candidate candidates[CHANNELS_MAX];
        uint32_t channels[CHANNELS_MAX];
        uint32_t count = 0;
        for (uint32_t i = 0; i < machine.count; i++) {
            if (machine.left[i] > 0) {
                channels[count] = i;
                candidates[count++] = candidate_of(&machine, i);
            }
        }
        if (count == 0 || length == LENGTH_MAX) {
            return length;
        }
        uint32_t chosen = rh_choice_below(strategy, RH_SITE_NEXT, count, candidates);
        if (bias->percent > 0 &&
            draw_below(draw_stir(bias->seed, bias->asked++), 100) < bias->percent) {
            chosen = 0;
        }
        machine.left[channels[chosen]]--;
        machine.sent[channels[chosen]]++;
        ret_order[length++] = channels[chosen];
    }
}

enum rh_status calibration_strategy(const struct rh_allocator *allocator, enum calibrated strategy,
                                    uint64_t seed, uint64_t runs, struct rh_strategy **ret_strategy,
                                    uint64_t *ret_skipped)
{
    const struct sampler_options walk = {seed, runs, &sampler_walk, 1, false};
    *ret_skipped = 0;
    switch (strategy) {
    case CALIBRATED_RANDOM:
        return rh_strategy_random(allocator, seed, runs, ret_strategy);
    case CALIBRATED_WALK:
        return sampler_create(allocator, &walk, ret_strategy);
    case CALIBRATED_POS:
        return rh_strategy_pos(allocator, seed, runs, ret_strategy);
    case CALIBRATED_UNIFORM:
        *ret_skipped = 1;
        return rh_strategy_uniform(allocator, seed, runs, ret_strategy);
    default:
        *ret_skipped = 1;
        return rh_strategy_pct(allocator, seed, runs, 1 + (uint32_t)(strategy - CALIBRATED_PCT_1),
                               ret_strategy);
    }
}

enum rh_status calibration_play(const struct rh_allocator *allocator,
                                const struct calibration *cell, uint64_t seed, uint64_t runs,
                                uint32_t bias_percent, uint64_t *ret_hits)
{
    struct rh_strategy *strategy = NULL;
    uint64_t skipped = 0;
    enum rh_status status =
        calibration_strategy(allocator, cell->strategy, seed, runs, &strategy, &skipped);
    if (status != RH_OK) {
        return status;
    }
    struct bias bias = {.seed = draw_stir(seed, 77), .percent = bias_percent};
    const struct machine machine = machine_of(cell);
    *ret_hits = 0;
    for (bool more = true; more;) {
        uint32_t order[LENGTH_MAX];
        rh_strategy_begin(strategy);
        uint32_t length = play(strategy, machine, &bias, order);
        if (strategy->runs >= skipped && calibration_is_hit(cell, order, length)) {
            (*ret_hits)++;
        }
        more = rh_strategy_end(strategy);
    }
    status = strategy->status;
    rh_strategy_destroy(strategy);
    return status;
}

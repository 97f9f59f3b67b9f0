/* SPDX-License-Identifier: MIT */
/** @file
 *  How often strategies hit bugs of known shapes, against what arithmetic says.
 *
 *  All messages are under way from the start, for one receiver; nothing else is. The shapes: needle k (A sends k messages, B
 *  one; the bug is "B last"), middle k (B between the two halves), alternate k (A and B send k each, strictly alternating),
 *  reverse n (n senders, one message each, in reverse order). */
#ifndef HARNESS_SELFCHECK_CALIBRATE_H
#define HARNESS_SELFCHECK_CALIBRATE_H

#include <rehearse/choice.h>

/** One row per strategy that is calibrated: identifier, word. */
#define CALIBRATED_MAP(X)                                                                          \
    X(RANDOM, "random")                                                                            \
    X(UNIFORM, "uniform")                                                                          \
    X(PCT_1, "pct 1")                                                                              \
    X(PCT_2, "pct 2")                                                                              \
    X(PCT_3, "pct 3")                                                                              \
    X(POS, "pos")                                                                                  \
    X(WALK, "walk")

enum calibrated {
#define X(identifier, word) CALIBRATED_##identifier,
    CALIBRATED_MAP(X)
#undef X
    CALIBRATED_COUNT
};

enum calibration_shape {
    SHAPE_NEEDLE,
    SHAPE_MIDDLE,
    SHAPE_ALTERNATE,
    SHAPE_REVERSE
};

/** One cell of the table. */
struct calibration {
    enum calibration_shape shape;
    uint32_t size;
    enum calibrated strategy;
};

/** The cells, one after the other; false behind the last. */
bool calibration_at(size_t index, struct calibration *ret_cell);
/** "needle 4" */
void calibration_name(const struct calibration *cell, char *text, size_t capacity);
const char *calibrated_word(enum calibrated strategy);
/** What arithmetic says. */
double calibration_expected(const struct calibration *cell);

/** Play so many runs and count the hits. `bias_percent` of all answers are made "the first" on purpose. RH_NO_MEMORY. */
RH_MUST_USE enum rh_status calibration_play(const struct rh_allocator *allocator,
                                            const struct calibration *cell, uint64_t seed,
                                            uint64_t runs, uint32_t bias_percent,
                                            uint64_t *ret_hits);
/** The strategy of a cell for so many runs; `*ret_skipped` runs before them are not to be counted. */
RH_MUST_USE enum rh_status calibration_strategy(const struct rh_allocator *allocator,
                                                enum calibrated strategy, uint64_t seed,
                                                uint64_t runs, struct rh_strategy **ret_strategy,
                                                uint64_t *ret_skipped);
/** Is an order of senders (numbers from 0) a hit? */
bool calibration_is_hit(const struct calibration *cell, const uint32_t *order, uint32_t length);
/** Distance of hits from what is expected, in standard deviations; a large number where there may be no hits at all. */
double calibration_distance(const struct calibration *cell, uint64_t runs, uint64_t hits);
#define CALIBRATION_SIGMAS 5.0

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The parts of a selfcheck, one row after the other.
 *
 * A program of chance that is counted differently is made small before it is told: whatever can be left out of it while the
 * two still disagree is left out. Where the machine finds too much to look at, a program is passed over; how many were compared
 * is part of the row.
 */
#include "harness/selfcheck/selfcheck.h"

#include "harness/selfcheck/calibrate.h"
#include "harness/selfcheck/count.h"
#include "harness/selfcheck/families.h"
#include "harness/selfcheck/machine/machine.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What the machine may look at, and how many programs share a row. */
#define PREFIXES_MAX 3000u
#define PROGRAMS_A_ROW 1000u
#define BIAS_PERCENT 2u
#define BIASED_DRAWS_LEAST 120000u

struct check {
    const struct selfcheck_options *options;
    struct selfcheck_result *result;
    const char *name; /* of what is under way */
    struct text text;
    enum rh_status status;
};

static bool go_on(void *self, uint64_t runs)
{
    struct check *check = self;
    const struct selfcheck_options *options = check->options;
    if (options->go_on != NULL && !options->go_on(options->self, check->name, runs)) {
        check->result->is_interrupted = true;
    }
    return !check->result->is_interrupted;
}

static bool goes_on(struct check *check)
{
    return check->status == RH_OK && go_on(check, 0);
}

static void tell(struct check *check, const struct selfcheck_row *row)
{
    check->result->rows++;
    check->result->wrong += row->is_wrong ? 1 : 0;
    check->options->row(check->options->self, row);
}

static enum rh_status count(struct check *check, uint64_t runs_max, struct counted *ret_counted)
{
    const struct count_watch watch = {go_on, check};
    return count_classes(check->options->allocator, check->text.at, runs_max, &watch, ret_counted);
}

/* ---- what arithmetic counts ---- */

static void check_families(struct check *check)
{
    struct family_row family;
    for (size_t i = 0; family_at(i, &family, &check->text) && goes_on(check); i++) {
        struct counted counted;
        char expected[24];
        char found[320];
        if (family.expected > check->options->classes_max) {
            continue;
        }
        check->name = family.name;
        check->status = count(check, 2 * family.expected + 1000, &counted);
        if (check->result->is_interrupted || check->status == RH_NO_MEMORY) {
            return;
        }
        bool is_whole = check->status == RH_OK && counted.is_complete && !counted.has_failed;
        check->status = RH_OK;
        uint64_t number = family.of_outcomes ? counted.outcomes : counted.classes;
        (void)snprintf(expected, sizeof expected, "%" PRIu64, family.expected);
        (void)snprintf(found, sizeof found, "%" PRIu64 "%s%s", number,
                       is_whole ? "" : ", not all: ", is_whole ? "" : counted.why);
        const struct selfcheck_row row = {
            .part = "count",
            .name = family.name,
            .expected = expected,
            .found = found,
            .has_blocked = true,
            .blocked = counted.blocked,
            .is_wrong = !is_whole || number != family.expected || counted.blocked != 0,
        };
        tell(check, &row);
    }
}

/* ---- what arithmetic expects ---- */

/* The shape in which a strategy is furthest from what is expected of it. */
struct furthest {
    double distance;
    char shape[32];
};

static void play_cell(struct check *check, const struct calibration *cell, uint64_t seed,
                      struct furthest *furthest)
{
    uint64_t hits = 0;
    check->status =
        calibration_play(check->options->allocator, cell, seed, check->options->draws, 0, &hits);
    double distance = calibration_distance(cell, check->options->draws, hits);
    if (check->status == RH_OK && distance >= furthest->distance) {
        furthest->distance = distance;
        calibration_name(cell, furthest->shape, sizeof furthest->shape);
    }
}

static void tell_distance(struct check *check, const char *name, double distance, const char *shape,
                          bool should_be_off)
{
    char found[64];
    (void)snprintf(found, sizeof found, "%.1f sigma, %s", distance, shape);
    const struct selfcheck_row row = {
        .part = "draw",
        .name = name,
        .expected = should_be_off ? "more than 5 sigma" : "5 sigma at most",
        .found = found,
        .is_wrong = (distance > CALIBRATION_SIGMAS) != should_be_off,
    };
    tell(check, &row);
}

static void check_strategy(struct check *check, enum calibrated strategy)
{
    struct furthest furthest = {0};
    struct calibration cell;
    check->name = calibrated_word(strategy);
    for (size_t i = 0; calibration_at(i, &cell) && goes_on(check); i++) {
        if (cell.strategy == strategy) {
            play_cell(check, &cell, check->options->seed + 1000 * i, &furthest);
        }
    }
    if (goes_on(check)) {
        tell_distance(check, check->name, furthest.distance, furthest.shape, false);
    }
}

/* A check that cannot fail shows nothing: answers that are off must be noticed. */
static void check_bias(struct check *check, enum calibrated strategy)
{
    const struct calibration cell = {SHAPE_NEEDLE, 1, strategy};
    const struct selfcheck_options *options = check->options;
    uint64_t draws = options->draws < BIASED_DRAWS_LEAST ? BIASED_DRAWS_LEAST : options->draws;
    uint64_t hits = 0;
    char name[48];
    (void)snprintf(name, sizeof name, "%s, %u %% off", calibrated_word(strategy), BIAS_PERCENT);
    check->name = name;
    if (goes_on(check)) {
        check->status =
            calibration_play(options->allocator, &cell, options->seed, draws, BIAS_PERCENT, &hits);
    }
    if (goes_on(check)) {
        tell_distance(check, name, calibration_distance(&cell, draws, hits), "needle 1", true);
    }
    check->name = "";
}

/* ---- programs of chance ---- */

struct comparison {
    struct machine_count expected;
    struct counted found;
    bool is_comparable;
    bool differs;
};

static void compare(struct check *check, const struct program *program, uint64_t seed,
                    struct comparison *ret_comparison)
{
    struct comparison *it = ret_comparison;
    *it = (struct comparison){0};
    if (!machine_count(program, PREFIXES_MAX, &it->expected)) {
        check->status = RH_NO_MEMORY;
        return;
    }
    it->expected.classes += check->options->spoil;
    it->differs = !it->expected.is_sound;
    if (!it->expected.is_complete || it->differs) {
        return;
    }
    check->text.length = 0;
    check->text.is_cut = false;
    text_put_program(&check->text, program, seed, it->expected.classes, it->expected.outcomes);
    enum rh_status status = count(check, 3 * it->expected.classes + 100, &it->found);
    if (status == RH_NO_MEMORY || check->result->is_interrupted) {
        check->status = status;
        return;
    }
    it->is_comparable = true;
    it->differs = status != RH_OK || !it->found.is_complete || it->found.has_failed ||
                  it->found.classes != it->expected.classes ||
                  it->found.outcomes != it->expected.outcomes;
}

static bool still_differs(struct check *check, const struct program *program, uint64_t seed)
{
    struct comparison comparison;
    compare(check, program, seed, &comparison);
    return goes_on(check) && comparison.differs;
}

/* Leave out what can be left out of some operations. Returns whether anything could. */
static bool shrink_ops(struct check *check, struct program *program, struct program_ops *ops,
                       uint64_t seed)
{
    bool shrunk = false;
    for (uint8_t i = 0; i < ops->count;) {
        const struct program_ops before = *ops;
        ops->count--;
        for (uint8_t j = i; j < ops->count; j++) {
            ops->at[j] = ops->at[j + 1];
        }
        if (still_differs(check, program, seed)) {
            shrunk = true;
        } else {
            *ops = before;
            i++;
        }
    }
    return shrunk;
}

static bool shrink_flag(struct check *check, struct program *program, bool *flag, uint64_t seed)
{
    if (!*flag) {
        return false;
    }
    *flag = false;
    *flag = !still_differs(check, program, seed);
    return !*flag;
}

static bool cancels(const struct program_actor *actor)
{
    for (uint32_t m = 0; m < PROGRAM_MESSAGE_COUNT; m++) {
        for (uint8_t i = 0; i < actor->on[m].count; i++) {
            if (actor->on[m].at[i].kind == PROGRAM_CANCEL) {
                return true;
            }
        }
    }
    return false;
}

static bool shrink_once(struct check *check, struct program *program, uint64_t seed)
{
    bool shrunk = shrink_ops(check, program, &program->child, seed);
    for (uint32_t i = 0; i < program->actor_count; i++) {
        struct program_actor *actor = &program->actors[i];
        shrunk = shrink_ops(check, program, &actor->init, seed) || shrunk;
        shrunk = shrink_ops(check, program, &actor->script, seed) || shrunk;
        for (uint32_t m = 0; m < PROGRAM_MESSAGE_COUNT; m++) {
            shrunk = shrink_ops(check, program, &actor->on[m], seed) || shrunk;
        }
        shrunk =
            (!cancels(actor) && shrink_flag(check, program, &actor->has_timer, seed)) || shrunk;
        shrunk = shrink_flag(check, program, &actor->traps, seed) || shrunk;
    }
    uint8_t crash = program->crash;
    if (crash != PROGRAM_NOBODY) {
        program->crash = PROGRAM_NOBODY;
        if (still_differs(check, program, seed)) {
            return true;
        }
        program->crash = crash;
    }
    return shrunk;
}

static void tell_difference(struct check *check, struct program *program, uint64_t seed)
{
    struct comparison comparison;
    char name[48];
    char expected[80];
    char found[400];
    while (goes_on(check) && shrink_once(check, program, seed)) {
    }
    compare(check, program, seed, &comparison);
    if (!goes_on(check)) {
        return;
    }
    (void)snprintf(name, sizeof name, "program %" PRIu64 ", made small", seed);
    (void)snprintf(expected, sizeof expected, "%" PRIu64 " classes, %" PRIu64 " outcomes",
                   comparison.expected.classes, comparison.expected.outcomes);
    (void)snprintf(found, sizeof found, "%" PRIu64 ", %" PRIu64 "%s%s%s", comparison.found.classes,
                   comparison.found.outcomes, comparison.found.is_complete ? "" : ", not all: ",
                   comparison.found.is_complete ? "" : comparison.found.why,
                   comparison.expected.is_sound ? "" : ", and the machine errs");
    const struct selfcheck_row row = {.part = "chance",
                                      .name = name,
                                      .expected = expected,
                                      .found = found,
                                      .has_blocked = true,
                                      .blocked = comparison.found.blocked,
                                      .is_wrong = true,
                                      .detail = check->text.at};
    tell(check, &row);
}

/* So many programs, one row. */
struct batch {
    uint64_t compared;
    uint64_t expected;
    uint64_t found;
    uint64_t blocked;
    uint64_t wrong;
};

static void check_program(struct check *check, uint64_t seed, struct batch *batch)
{
    struct program program;
    struct comparison comparison;
    program_draw(&program, seed);
    compare(check, &program, seed, &comparison);
    if (!goes_on(check)) {
        return;
    }
    if (comparison.is_comparable) {
        batch->compared++;
        batch->expected += comparison.expected.classes;
        batch->found += comparison.found.classes;
        batch->blocked += comparison.found.blocked;
    }
    if (comparison.differs) {
        batch->wrong++;
        tell_difference(check, &program, seed);
    }
}

static void check_programs(struct check *check, uint64_t from, uint64_t programs)
{
    struct batch batch = {0};
    char name[64];
    char expected[40];
    char found[40];
    (void)snprintf(name, sizeof name, "programs %" PRIu64 " to %" PRIu64, from,
                   from + programs - 1);
    check->name = name;
    for (uint64_t i = 0; i < programs && goes_on(check); i++) {
        check_program(check, from + i, &batch);
    }
    if (goes_on(check)) {
        char title[112];
        (void)snprintf(title, sizeof title, "%s, %" PRIu64 " compared", name, batch.compared);
        (void)snprintf(expected, sizeof expected, "%" PRIu64, batch.expected);
        (void)snprintf(found, sizeof found, "%" PRIu64, batch.found);
        const struct selfcheck_row row = {
            .part = "chance",
            .name = title,
            .expected = expected,
            .found = found,
            .has_blocked = true,
            .blocked = batch.blocked,
            .is_wrong = batch.wrong > 0 || batch.compared * 2 < programs,
        };
        tell(check, &row);
    }
    check->name = "";
}

enum rh_status selfcheck_run(const struct selfcheck_options *options,
                             struct selfcheck_result *ret_result)
{
    struct check check = {.options = options, .result = ret_result, .name = "", .status = RH_OK};
    *ret_result = (struct selfcheck_result){0};
    check_families(&check);
    for (unsigned i = 0; i < CALIBRATED_COUNT && options->draws > 0 && goes_on(&check); i++) {
        check_strategy(&check, (enum calibrated)i);
        check_bias(&check, (enum calibrated)i);
    }
    for (uint64_t done = 0; done < options->programs && goes_on(&check);) {
        uint64_t left = options->programs - done;
        uint64_t some = left < PROGRAMS_A_ROW ? left : PROGRAMS_A_ROW;
        check_programs(&check, options->seed + done, some);
        done += some;
    }
    return check.status;
}

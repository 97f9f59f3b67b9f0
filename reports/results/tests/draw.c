/* SPDX-License-Identifier: MIT */
#include "reports/results/tests/draw.h"

#include "core/base/random.h"

#include <rehearse/report_file.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TEXT_BYTES 40

uint64_t draw_below(struct draw *draw, uint64_t bound)
{
    return random_below(random_stream(draw->seed, 1), &draw->count, bound);
}

/* Any bytes but zero, sometimes none. */
static const char *draw_text(struct draw *draw, char text[TEXT_BYTES])
{
    static const char some[] = "abc <&\n\x1b\xc3\xbc\xff\xed\xa0\x80'\"#";
    size_t size = (size_t)draw_below(draw, TEXT_BYTES - 1);
    for (size_t i = 0; i < size; i++) {
        text[i] = some[draw_below(draw, sizeof some - 1)];
    }
    text[size] = '\0';
    return text;
}

void draw_run(struct draw *draw, struct drawn_run *ret_run)
{
    static const char *const paths[DRAW_PLAYS_MAX] = {
        "a.yaml", "b/a.yaml", "b/\xff.yaml", "b/z.yaml", "c d.yaml", "d.yaml",
        "e.yaml", "f.yaml",   "g.yaml",      "h.yaml",   "i.yaml",   "j.yaml"};
    *ret_run =
        (struct drawn_run){.run = {.command = "rehearse",
                                   .settings = draw_below(draw, 2) == 0 ? "" : "--seed 0x7",
                                   .shard_count = 1 + (uint32_t)draw_below(draw, 5),
                                   .play_count = (size_t)draw_below(draw, DRAW_PLAYS_MAX + 1)}};
    for (size_t i = 0; i < DRAW_PLAYS_MAX; i++) {
        ret_run->plays[i] = (struct rh_results_play){.path = paths[i], .digest = i};
    }
}

static void draw_violation(struct draw *draw, struct rh_result *result)
{
    char text[TEXT_BYTES];
    result->has_violation = true;
    result->is_of_no_run = draw_below(draw, 3) == 0;
    result->violation.invariant = "expect/drawn";
    result->violation.line = (uint32_t)draw_below(draw, 3);
    result->violation.step = draw_below(draw, 100);
    (void)snprintf(result->violation.expected, sizeof result->violation.expected, "%s",
                   draw_text(draw, text));
    (void)snprintf(result->violation.observed, sizeof result->violation.observed, "%s",
                   draw_text(draw, text));
}

static void draw_play(struct draw *draw, struct rh_report_file *file,
                      const struct rh_results_play *play)
{
    char texts[6][TEXT_BYTES];
    uint8_t trace[24];
    struct rh_result result = {.path = play->path,
                               .title = draw_below(draw, 4) == 0 ? NULL : draw_text(draw, texts[0]),
                               .strategy = "random",
                               .verdict = (enum rh_verdict)draw_below(draw, RH_VERDICT_COUNT),
                               .seed = draw_below(draw, UINT64_MAX),
                               .runs = draw_below(draw, 1000),
                               .digest = {draw_below(draw, UINT64_MAX), play->digest},
                               .tally_count = (uint32_t)draw_below(draw, 3)};
    for (uint32_t i = 0; i < result.tally_count; i++) {
        result.tallies[i] = (struct rh_fault_tally){
            .word = "crash", .line = i, .is_pinned = i == 1, .strikes = draw_below(draw, 9)};
    }
    if (result.verdict == RH_VERDICT_FAILED) {
        draw_violation(draw, &result);
        result.trace = (struct rh_bytes_owned){.bytes = trace, .size = sizeof trace};
        memset(trace, (int)draw_below(draw, 256), sizeof trace);
    }
    struct rh_report_entry entry = {
        .result = &result,
        .trace_path = draw_below(draw, 2) == 0 ? NULL : draw_text(draw, texts[1]),
        .shrunk_trace = {trace, result.trace.size == 0 ? 0 : (size_t)draw_below(draw, 9)},
        .nearest_trace = {trace, result.trace.size == 0 ? 0 : (size_t)draw_below(draw, 9)},
        .replay_trace = {trace, result.trace.size == 0 ? 0 : (size_t)draw_below(draw, 9)},
        .plan = draw_below(draw, 4) == 0 ? draw_text(draw, texts[4]) : NULL,
        .plan_path = draw_below(draw, 4) == 0 ? draw_text(draw, texts[5]) : NULL,
        .elapsed = draw_below(draw, 100),
        .is_interrupted = result.verdict == RH_VERDICT_SKIPPED && draw_below(draw, 2) == 0,
        .has_diverged = result.verdict == RH_VERDICT_ERROR && draw_below(draw, 2) == 0};
    if (result.has_violation && draw_below(draw, 2) == 0) {
        entry.shrunk_path = entry.shrunk_size = entry.nearest = "drawn";
        entry.shrunk_text = draw_text(draw, texts[3]);
    }
    for (uint64_t i = draw_below(draw, 4); i > 0; i--) {
        assert_int_equal(
            rh_coverage_add(&result.coverage,
                            (enum rh_coverage_family)draw_below(draw, RH_COVERAGE_FAMILY_COUNT),
                            i == 1 ? "one" : "another", draw_below(draw, 9), 0),
            RH_OK);
    }
    result.coverage.is_cut = draw_below(draw, 5) == 0;
    if (draw_below(draw, 9) == 0) {
        rh_report_file_bad(file, play->path, 0, draw_text(draw, texts[2]));
    } else if (draw_below(draw, 9) == 0) {
        rh_report_file_nothing(file);
    } else {
        rh_report_file_result(file, &entry);
    }
    rh_coverage_deinit(&result.coverage);
}

struct drawn_file draw_shard(struct draw *draw, const struct drawn_run *drawn, uint32_t shard)
{
    struct drawn_file file = {NULL, 0};
    struct rh_results_run run = drawn->run;
    char *bytes = NULL;
    FILE *out = open_memstream(&bytes, &file.size);
    assert_non_null(out);
    run.plays = drawn->plays;
    run.shard = shard;
    run.command = draw_below(draw, 2) == 0 ? "rehearse" : "bin/rehearse";
    run.signal = draw_below(draw, 4) == 0 ? 15 : 0;
    run.has_internal = draw_below(draw, 6) == 0;
    const struct rh_report_file_options options = {
        .format = RH_REPORT_FORMAT_RESULTS, .out = out, .command = run.command, .run = &run};
    struct rh_report_file *report = rh_report_file_open(&options);
    assert_non_null(report);
    for (size_t i = shard; i < run.play_count; i += run.shard_count) {
        if (run.signal != 0 && draw_below(draw, 3) == 0) {
            break;
        }
        rh_report_file_at(report, i);
        draw_play(draw, report, &drawn->plays[i]);
    }
    assert_true(rh_report_file_close(report));
    assert_int_equal(fclose(out), 0);
    file.bytes = (uint8_t *)bytes;
    return file;
}

/* SPDX-License-Identifier: MIT */
/* Any bytes as a report: noise FORMAT SEED CASES BYTES > FILE. What comes out has to be well-formed all the same. */
#include "core/base/random.h"

#include <rehearse/report_file.h>

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 4000U
#define CASES_MAX 1000U

struct noise {
    uint64_t seed;
    uint64_t count;
    uint64_t bytes; /**< of a text */
};

static uint64_t draw(struct noise *noise, uint64_t below)
{
    return random_mix(noise->seed + noise->count++ * RANDOM_STRIDE) % below;
}

/* Bytes that mean something somewhere come more often than others. */
static const char *text(struct noise *noise, char *buffer, size_t capacity)
{
    static const char special[] =
        "<>&\"'#\\]]>--->\n\r\t`|:,;%{}[]\x01\x1b\x7f\xc3\xed\xa0\x80\xff";
    size_t size = (size_t)draw(noise, noise->bytes < capacity ? noise->bytes : capacity - 1);
    for (size_t i = 0; i < size; i++) {
        uint64_t what = draw(noise, 4);
        buffer[i] = what == 0   ? special[draw(noise, sizeof special - 1)]
                    : what == 1 ? (char)(1 + draw(noise, 255))
                                : (char)('a' + draw(noise, 26));
    }
    buffer[size] = '\0';
    return buffer;
}

/* Keys are printable: what is no key is refused. */
static void cover(struct noise *noise, struct rh_coverage *coverage)
{
    static char key[TEXT_MAX];
    for (uint64_t i = draw(noise, 30); i > 0; i--) {
        enum rh_coverage_family family =
            (enum rh_coverage_family)draw(noise, RH_COVERAGE_FAMILY_COUNT);
        bool has_second = rh_coverage_count_word(family, 1) != NULL;
        enum rh_status status =
            rh_coverage_add(coverage, family, text(noise, key, 12), draw(noise, UINT64_MAX),
                            has_second ? draw(noise, 3) : 0);
        (void)status;
    }
}

static void one(struct noise *noise, const char *path, struct rh_report_file *file)
{
    static char title[TEXT_MAX];
    static char trace[TEXT_MAX];
    static char shrunk[3][TEXT_MAX];
    struct rh_result result = {.path = path,
                               .title = text(noise, title, sizeof title),
                               .strategy = "random",
                               .seed = draw(noise, UINT64_MAX),
                               .verdict = (enum rh_verdict)draw(noise, RH_VERDICT_COUNT)};
    (void)text(noise, result.why, sizeof result.why);
    result.has_violation = result.verdict == RH_VERDICT_FAILED;
    result.violation.invariant = "noise/any";
    result.violation.line = (uint32_t)draw(noise, 100);
    (void)text(noise, result.violation.expected, sizeof result.violation.expected);
    (void)text(noise, result.violation.observed, sizeof result.violation.observed);
    cover(noise, &result.coverage);
    struct rh_report_entry entry = {
        .result = &result,
        .trace_path = draw(noise, 2) == 0 ? NULL : text(noise, trace, sizeof trace),
        .elapsed = draw(noise, UINT64_C(1) << 40)};
    if (result.has_violation && draw(noise, 2) == 0) {
        entry.shrunk_path = text(noise, shrunk[0], sizeof shrunk[0]);
        entry.shrunk_size = entry.nearest = text(noise, shrunk[1], sizeof shrunk[1]);
        entry.shrunk_text = text(noise, shrunk[2], sizeof shrunk[2]);
    }
    if (draw(noise, 8) == 0) {
        rh_report_file_bad(file, path, 0, title);
    } else {
        rh_report_file_result(file, &entry);
    }
    rh_coverage_deinit(&result.coverage);
}

int main(int argc, char **argv)
{
    static char paths[CASES_MAX][TEXT_MAX];
    static struct rh_results_play plays[CASES_MAX];
    struct rh_results_run run = {.command = "rehearse", .shard_count = 1, .plays = plays};
    struct rh_report_file_options options = {.out = stdout, .command = "rehearse", .run = &run};
    if (argc != 5 || !rh_report_format_find(argv[1], &options.format)) {
        return 2;
    }
    struct noise noise = {.seed = strtoull(argv[2], NULL, 0), .bytes = strtoull(argv[4], NULL, 0)};
    while (run.play_count < CASES_MAX && run.play_count < strtoull(argv[3], NULL, 0)) {
        plays[run.play_count].path = text(&noise, paths[run.play_count], TEXT_MAX);
        run.play_count++;
    }
    struct rh_report_file *file = rh_report_file_open(&options);
    for (size_t i = 0; i < run.play_count; i++) {
        one(&noise, plays[i].path, file);
    }
    return rh_report_file_close(file) ? 0 : 1;
}

/* SPDX-License-Identifier: MIT */
/* The laws of merging, on files that are drawn; and what becomes of files that are cut, changed or of another run. */
#include "reports/results/tests/draw.h"

#include <rehearse/report_file.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CASES 300U
#define FILES_MAX 8U

struct files {
    struct drawn_file files[FILES_MAX];
    size_t count;
};

static void free_files(struct files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        free(files->files[i].bytes);
    }
}

/* Merge some files, named by their numbers, into one. */
static struct drawn_file merge(const struct drawn_file *files, const size_t *chosen, size_t count)
{
    struct drawn_file merged = {NULL, 0};
    struct rh_results *results = rh_results_create();
    char *bytes = NULL;
    char complaint[512];
    FILE *out = open_memstream(&bytes, &merged.size);
    assert_non_null(results);
    assert_non_null(out);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(rh_results_add(results, files[chosen[i]].bytes, files[chosen[i]].size,
                                        complaint, sizeof complaint),
                         RH_OK);
    }
    assert_true(rh_results_write(results, out));
    assert_int_equal(fclose(out), 0);
    rh_results_destroy(results);
    merged.bytes = (uint8_t *)bytes;
    return merged;
}

static void assert_same(struct drawn_file a, struct drawn_file b)
{
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.bytes, b.bytes, a.size);
}

/* Files of one run: each shard at least once, some twice, with other results. */
static struct files draw_files(struct draw *draw)
{
    struct drawn_run run;
    struct files files = {.count = 0};
    draw_run(draw, &run);
    for (uint32_t i = 0; i < run.run.shard_count; i++) {
        files.files[files.count++] = draw_shard(draw, &run, i);
    }
    while (files.count < FILES_MAX && draw_below(draw, 3) != 0) {
        uint32_t shard = (uint32_t)draw_below(draw, run.run.shard_count);
        files.files[files.count++] = draw_shard(draw, &run, shard);
    }
    return files;
}

static void shuffle(struct draw *draw, size_t *chosen, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        chosen[i] = i;
    }
    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)draw_below(draw, i);
        size_t kept = chosen[i - 1];
        chosen[i - 1] = chosen[j];
        chosen[j] = kept;
    }
}

static void merging_does_not_depend_on_order(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < CASES; seed++) {
        struct draw draw = {.seed = seed};
        struct files files = draw_files(&draw);
        size_t one[FILES_MAX];
        size_t other[FILES_MAX];
        shuffle(&draw, one, files.count);
        shuffle(&draw, other, files.count);
        struct drawn_file a = merge(files.files, one, files.count);
        struct drawn_file b = merge(files.files, other, files.count);
        assert_same(a, b);
        free(a.bytes);
        free(b.bytes);
        free_files(&files);
    }
}

static void merging_does_not_depend_on_what_was_merged_before(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < CASES; seed++) {
        struct draw draw = {.seed = seed};
        struct files files = draw_files(&draw);
        size_t order[FILES_MAX];
        shuffle(&draw, order, files.count);
        struct drawn_file all = merge(files.files, order, files.count);
        size_t cut = 1 + (size_t)draw_below(&draw, files.count);
        struct drawn_file parts[2] = {merge(files.files, order, cut), {NULL, 0}};
        size_t count = 1;
        if (cut < files.count) {
            parts[count++] = merge(files.files, order + cut, files.count - cut);
        }
        struct drawn_file joined = merge(parts, (size_t[]){count - 1, 0}, count);
        assert_same(all, joined);
        free(all.bytes);
        free(joined.bytes);
        free(parts[0].bytes);
        free(parts[1].bytes);
        free_files(&files);
    }
}

static void merging_a_file_with_itself_changes_nothing(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < CASES; seed++) {
        struct draw draw = {.seed = seed};
        struct files files = draw_files(&draw);
        struct drawn_file once = merge(files.files, (size_t[]){0}, 1);
        struct drawn_file twice = merge(files.files, (size_t[]){0, 0, 0}, 3);
        assert_same(once, files.files[0]);
        assert_same(once, twice);
        free(once.bytes);
        free(twice.bytes);
        free_files(&files);
    }
}

static void write_formats(const struct rh_results *results, char *text[RH_REPORT_FORMAT_COUNT])
{
    const struct rh_results_run *run = rh_results_run(results);
    for (unsigned format = 0; format < RH_REPORT_FORMAT_COUNT; format++) {
        size_t size;
        const struct rh_report_file_options options = {.format = (enum rh_report_format)format,
                                                       .out = open_memstream(&text[format], &size),
                                                       .command = run->command,
                                                       .run = run};
        struct rh_report_file *file = rh_report_file_open(&options);
        assert_non_null(file);
        for (size_t i = 0; i < run->play_count; i++) {
            struct rh_results_entry entry;
            assert_true(rh_results_take(results, i, &entry));
            rh_report_file_at(file, i);
            if (entry.kind == RH_RESULTS_PLAYED) {
                rh_report_file_result(file, &entry.entry);
            } else if (entry.kind == RH_RESULTS_BAD) {
                rh_report_file_bad(file, entry.path, 0, entry.diagnostics);
            } else if (entry.kind == RH_RESULTS_NOTHING) {
                rh_report_file_nothing(file);
            }
            rh_results_entry_deinit(&entry);
        }
        assert_true(rh_report_file_close(file));
        assert_int_equal(fclose(options.out), 0);
    }
}

/* What is taken out and written again is what was read: no field is lost, whatever its bytes. */
static void nothing_is_lost_on_the_way(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < CASES; seed++) {
        struct draw draw = {.seed = seed};
        struct drawn_run run;
        char complaint[512];
        char *text[RH_REPORT_FORMAT_COUNT];
        draw_run(&draw, &run);
        run.run.shard_count = 1;
        struct drawn_file file = draw_shard(&draw, &run, 0);
        struct rh_results *results = rh_results_create();
        assert_int_equal(
            rh_results_add(results, file.bytes, file.size, complaint, sizeof complaint), RH_OK);
        write_formats(results, text);
        assert_memory_equal(text[RH_REPORT_FORMAT_RESULTS], file.bytes, file.size);
        for (unsigned i = 0; i < RH_REPORT_FORMAT_COUNT; i++) {
            free(text[i]);
        }
        rh_results_destroy(results);
        free(file.bytes);
    }
}

static size_t count_whole(const struct rh_results *results)
{
    size_t count = 0;
    for (size_t i = 0; i < rh_results_run(results)->play_count; i++) {
        count += !rh_results_is_missing(results, i);
    }
    return count;
}

/* A shard whose file ends early is known to be one, and what is whole of it counts. */
static void a_file_that_is_cut_anywhere_is_read_up_to_there(void **state)
{
    (void)state;
    struct draw draw = {.seed = 8};
    struct drawn_run run;
    char complaint[512];
    draw_run(&draw, &run);
    run.run.play_count = DRAW_PLAYS_MAX - 4;
    run.run.shard_count = 1;
    struct drawn_file file = draw_shard(&draw, &run, 0);
    size_t before = 0;
    for (size_t size = 0; size < file.size; size++) {
        struct rh_results *results = rh_results_create();
        uint8_t *bytes = malloc(size + 1); /* of its own, so that nothing behind it can be read */
        memcpy(bytes, file.bytes, size);
        enum rh_status status = rh_results_add(results, bytes, size, complaint, sizeof complaint);
        if (status != RH_TRUNCATED) {
            fail_msg("cut to %zu of %zu: %s, '%s'", size, file.size, rh_status_sentence(status),
                     complaint);
        }
        size_t played = 0;
        if (rh_results_run(results) != NULL) {
            assert_int_equal(rh_results_shard(results, 0), RH_RESULTS_CUT);
            played = count_whole(results);
        }
        assert_true(played >= before);
        before = played;
        rh_results_destroy(results);
        free(bytes);
    }
    struct rh_results *whole = rh_results_create();
    assert_int_equal(rh_results_add(whole, file.bytes, file.size, complaint, sizeof complaint),
                     RH_OK);
    assert_int_equal(before, count_whole(whole));
    assert_true(before > 3);
    rh_results_destroy(whole);
    free(file.bytes);
}

/* A byte that is another never does harm; in the header it is noticed. */
static void a_file_that_was_changed_does_no_harm(void **state)
{
    (void)state;
    struct draw draw = {.seed = 3};
    struct drawn_run run;
    char complaint[512];
    char *text[RH_REPORT_FORMAT_COUNT];
    draw_run(&draw, &run);
    run.run.play_count = 3;
    struct drawn_file file = draw_shard(&draw, &run, 0);
    for (size_t i = 0; i < file.size; i++) {
        uint8_t kept = file.bytes[i];
        file.bytes[i] = (uint8_t)(kept ^ (1U << draw_below(&draw, 8)));
        struct rh_results *results = rh_results_create();
        enum rh_status status =
            rh_results_add(results, file.bytes, file.size, complaint, sizeof complaint);
        if (status == RH_OK) {
            write_formats(results, text);
            for (unsigned j = 0; j < RH_REPORT_FORMAT_COUNT; j++) {
                free(text[j]);
            }
        } else {
            assert_true(complaint[0] != '\0');
        }
        rh_results_destroy(results);
        file.bytes[i] = kept;
    }
    free(file.bytes);
}

static void assert_refused(const struct drawn_run *one, const struct drawn_run *other,
                           const char *said)
{
    struct draw draw = {.seed = 1};
    struct drawn_file files[2] = {draw_shard(&draw, one, 0), draw_shard(&draw, other, 0)};
    struct rh_results *results = rh_results_create();
    char complaint[512] = "";
    assert_int_equal(
        rh_results_add(results, files[0].bytes, files[0].size, complaint, sizeof complaint), RH_OK);
    assert_int_equal(
        rh_results_add(results, files[1].bytes, files[1].size, complaint, sizeof complaint),
        RH_INVALID);
    if (strstr(complaint, said) == NULL) {
        fail_msg("'%s' is not in '%s'", said, complaint);
    }
    rh_results_destroy(results);
    free(files[0].bytes);
    free(files[1].bytes);
}

static void files_of_another_run_are_refused(void **state)
{
    (void)state;
    struct draw draw = {.seed = 5};
    struct drawn_run run;
    draw_run(&draw, &run);
    run.run.play_count = 4;
    run.run.settings = "";
    struct drawn_run other = run;
    other.run.settings = "--seed 0x7";
    assert_refused(&run, &other, "options '--seed 0x7'");
    other = run;
    other.run.shard_count++;
    assert_refused(&run, &other, "and shards of");
    other = run;
    other.run.play_count = 3;
    assert_refused(&run, &other, "another selection of scenarios: 3, not 4");
    other = run;
    other.plays[1].path = "other.yaml";
    assert_refused(&run, &other, "the 2. is 'other.yaml', not 'b/a.yaml'");
    other = run;
    other.plays[3].digest = 99;
    assert_refused(&run, &other, "'b/z.yaml' was another file");
    other = run;
    other.run.program = "mine 1.0";
    assert_refused(&run, &other, "program 'mine 1.0'");
    other = run;
    other.run.without_times = true;
    assert_refused(&run, &other, "--no-times");
}

/* A second attempt that is whole takes the place of a first that was interrupted, and of one that was cut. */
static void a_second_attempt_counts(void **state)
{
    (void)state;
    struct drawn_run run = {.run = {.settings = "", .shard_count = 2, .play_count = 4}};
    struct drawn_file whole[2];
    char complaint[512];
    for (size_t i = 0; i < 4; i++) {
        run.plays[i].path = "same.yaml";
        run.plays[i].number = i;
    }
    struct draw draw = {.seed = 11};
    do { /* until neither is interrupted */
        struct rh_results *results = rh_results_create();
        whole[0] = draw_shard(&draw, &run, 0);
        whole[1] = draw_shard(&draw, &run, 1);
        size_t cut = whole[0].size - 5; /* in the footer */
        assert_int_equal(rh_results_add(results, whole[0].bytes, cut, complaint, sizeof complaint),
                         RH_TRUNCATED);
        assert_int_equal(rh_results_shard(results, 1), RH_RESULTS_ABSENT);
        assert_int_equal(rh_results_shard(results, 0), RH_RESULTS_CUT);
        for (size_t i = 0; i < 2; i++) {
            assert_int_equal(
                rh_results_add(results, whole[i].bytes, whole[i].size, complaint, sizeof complaint),
                RH_OK);
        }
        enum rh_results_state states[2] = {rh_results_shard(results, 0),
                                           rh_results_shard(results, 1)};
        rh_results_destroy(results);
        free(whole[0].bytes);
        free(whole[1].bytes);
        if (states[0] == RH_RESULTS_ENDED && states[1] == RH_RESULTS_ENDED) {
            return;
        }
    } while (draw.count < 10000);
    fail_msg("every one of them is interrupted");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merging_does_not_depend_on_order),
        cmocka_unit_test(merging_does_not_depend_on_what_was_merged_before),
        cmocka_unit_test(merging_a_file_with_itself_changes_nothing),
        cmocka_unit_test(nothing_is_lost_on_the_way),
        cmocka_unit_test(a_file_that_is_cut_anywhere_is_read_up_to_there),
        cmocka_unit_test(a_file_that_was_changed_does_no_harm),
        cmocka_unit_test(files_of_another_run_are_refused),
        cmocka_unit_test(a_second_attempt_counts),
    };
    return cmocka_run_group_tests_name("results", tests, NULL, NULL) ? 1 : 0;
}

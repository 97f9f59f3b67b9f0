/* SPDX-License-Identifier: MIT */
/* Any bytes as a result file, or as what follows its header: joined with itself, taken apart, told, written again and read
 * again. */
#include <rehearse/report_file.h>

#include <stdlib.h>
#include <string.h>

#define FOOTER_BYTES 8

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Put a good header in front. Its digest would keep a fuzzer from ever getting past one of its own. */
static uint8_t *with_header(const uint8_t *bytes, size_t size, size_t *ret_size)
{
    static const struct rh_results_play plays[] = {
        {"a.yaml", 0, 1}, {"b.yaml", 0, 2}, {"b.yaml", 1, 2}};
    static const struct rh_results_run run = {
        .command = "rehearse", .shard_count = 2, .plays = plays, .play_count = 3};
    char *header = NULL;
    size_t header_size = 0;
    const struct rh_report_file_options options = {.format = RH_REPORT_FORMAT_RESULTS,
                                                   .out = open_memstream(&header, &header_size),
                                                   .command = run.command,
                                                   .run = &run};
    (void)rh_report_file_close(rh_report_file_open(&options));
    (void)fclose(options.out);
    header_size -= FOOTER_BYTES;
    uint8_t *whole = malloc(header_size + size);
    memcpy(whole, header, header_size);
    memcpy(whole + header_size, bytes, size);
    free(header);
    *ret_size = header_size + size;
    return whole;
}

static void tell(const struct rh_results *results, struct rh_report *report,
                 struct rh_report_file *file)
{
    for (size_t i = 0; i < rh_results_run(results)->play_count && i < 1000; i++) {
        struct rh_results_entry entry;
        if (rh_results_take(results, i, &entry) && entry.kind == RH_RESULTS_PLAYED) {
            rh_report_result(report, &entry.entry);
            rh_report_file_result(file, &entry.entry);
        } else if (entry.kind == RH_RESULTS_BAD) {
            rh_report_bad_file(report, entry.path, entry.diagnostics);
            rh_report_file_bad(file, entry.path, 0, entry.diagnostics);
        }
        rh_results_entry_deinit(&entry);
    }
}

static void read_all(const uint8_t *bytes, size_t size)
{
    static FILE *nowhere;
    char complaint[200];
    nowhere = nowhere == NULL ? fopen("/dev/null", "w") : nowhere;
    struct rh_results *results = rh_results_create();
    if (results == NULL || nowhere == NULL) {
        abort();
    }
    (void)rh_results_add(results, bytes, size, complaint, sizeof complaint);
    (void)rh_results_add(results, bytes, size, complaint, sizeof complaint);
    if (rh_results_run(results) != NULL) {
        char *text = NULL;
        size_t text_size = 0;
        struct rh_report_failures failures = {0};
        struct rh_report report = {.out = nowhere, .is_verbose = true, .failures = &failures};
        const struct rh_report_file_options options = {
            .format = size % 2 == 0 ? RH_REPORT_FORMAT_JUNIT : RH_REPORT_FORMAT_RESULTS,
            .out = nowhere,
            .run = rh_results_run(results)};
        struct rh_report_file *file = rh_report_file_open(&options);
        FILE *out = open_memstream(&text, &text_size);
        tell(results, &report, file);
        rh_report_summary(&report);
        rh_report_failures_deinit(&failures);
        (void)rh_report_file_close(file);
        (void)rh_results_write(results, out);
        (void)fclose(out);
        struct rh_results *again = rh_results_create();
        if (rh_results_add(again, (const uint8_t *)text, text_size, complaint, sizeof complaint) !=
            RH_OK) {
            abort(); /* what is written can be read */
        }
        rh_results_destroy(again);
        free(text);
    }
    rh_results_destroy(results);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    size_t whole_size;
    read_all(bytes, size);
    uint8_t *whole = with_header(bytes, size, &whole_size);
    read_all(whole, whole_size);
    free(whole);
    return 0;
}

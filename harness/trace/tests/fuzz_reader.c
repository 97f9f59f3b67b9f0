/* SPDX-License-Identifier: MIT */
/* Any bytes as a trace: read to the end twice, show, compare with itself. */
#include "harness/trace/reader.h"
#include "harness/trace/show.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void read_all(struct rh_trace_reader *reader)
{
    struct rh_trace_item item;
    while (rh_trace_next(reader, &item) == RH_OK) {
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static FILE *nowhere;
    struct rh_trace_reader one;
    struct rh_trace_reader other;
    if (nowhere == NULL) {
        nowhere = fopen("/dev/null", "w");
    }
    enum rh_status status = rh_trace_open(&one, NULL, bytes, size);
    if (status == RH_OK && nowhere != NULL) {
        struct rh_show_options options = {.width = 100};
        read_all(&one);
        rh_trace_rewind(&one);
        (void)rh_trace_show(&one, &options, nowhere);
        rh_trace_rewind(&one);
        if (rh_trace_open(&other, NULL, bytes, size) == RH_OK) {
            (void)rh_trace_diff(&one, "one", &other, "other", nowhere);
        }
        rh_trace_close(&other);
    }
    rh_trace_close(&one);
    return 0;
}

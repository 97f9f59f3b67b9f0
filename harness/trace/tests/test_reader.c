/* SPDX-License-Identifier: MIT */
/* What a writer never writes: every entry of every item is replaced by one that stands nowhere, and must be refused. An empty
 * array is such an entry: no number, no text, no digest, no payload, and no violation. */
#include "harness/trace/tests/stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define ENTRIES_MAX 16
#define BYTES_MAX 4096
#define HEADER_LIMITS 12 /* the one entry that may be an empty array */

/* Where the entries of an array of at most 23 stand; the last is the end. Returns how many there are. */
static size_t find_entries(const uint8_t *bytes, size_t size, size_t at[ENTRIES_MAX + 1])
{
    size_t count = bytes[0] & 31U;
    assert_int_equal(bytes[0] >> 5, 4);
    assert_true(count <= ENTRIES_MAX);
    at[0] = 1;
    for (size_t i = 0; i < count; i++) {
        size_t length = 0;
        assert_int_equal(rh_item_length(bytes + at[i], size - at[i], &length), RH_OK);
        at[i + 1] = at[i] + length;
    }
    return count;
}

/* Copy an array with one entry replaced. */
static size_t replace(const uint8_t *bytes, const size_t at[ENTRIES_MAX + 1], size_t count,
                      size_t entry, uint8_t with, uint8_t *ret_bytes)
{
    size_t behind = at[count] - at[entry + 1];
    assert_true(at[count] + 1 < BYTES_MAX);
    memcpy(ret_bytes, bytes, at[entry]);
    ret_bytes[at[entry]] = with;
    memcpy(ret_bytes + at[entry] + 1, bytes + at[entry + 1], behind);
    return at[entry] + 1 + behind;
}

/* A trace that has most kinds of items, a violation included. */
static struct rh_bytes_owned rich_trace(void)
{
    static const struct rh_violation violation = {
        .invariant = "own/one", .step = 3, .expected = "this", .observed = "that", .line = 1};
    struct stage_options options = {
        .seed = 3, .with_fault = true, .heals = true, .cap = 10, .violation = &violation};
    return stage_record(&options, NULL);
}

static void every_entry_of_an_item_is_checked(void **state)
{
    (void)state;
    struct rh_bytes_owned trace = rich_trace();
    struct rh_trace_reader reader;
    struct rh_trace_item item;
    unsigned refused[RH_TRACE_EVENT + 1] = {0};
    assert_int_equal(rh_trace_open(&reader, NULL, trace.bytes, trace.size), RH_OK);
    while (rh_trace_next(&reader, &item) == RH_OK) {
        size_t at[ENTRIES_MAX + 1];
        size_t count = find_entries(item.bytes.bytes, item.bytes.size, at);
        for (size_t entry = 0; entry < count; entry++) {
            uint8_t bytes[BYTES_MAX];
            struct rh_trace_item other;
            size_t size = replace(item.bytes.bytes, at, count, entry, 0x80, bytes);
            assert_int_equal(rh_trace_decode((struct rh_item){bytes, size}, &other), RH_MALFORMED);
            refused[item.code]++;
        }
    }
    static const enum rh_trace_code seen[] = {RH_TRACE_STEP,  RH_TRACE_NAME,  RH_TRACE_DECISION,
                                              RH_TRACE_FAULT, RH_TRACE_PHASE, RH_TRACE_FOOTER,
                                              RH_TRACE_EVENT};
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++) {
        assert_true(refused[seen[i]] > 0);
    }
    rh_trace_close(&reader);
    stage_free(&trace);
}

static void every_entry_of_the_header_is_checked(void **state)
{
    (void)state;
    struct rh_bytes_owned trace = rich_trace();
    struct rh_trace_reader reader;
    size_t at[ENTRIES_MAX + 1];
    size_t count = find_entries(trace.bytes, trace.size, at);
    assert_int_equal(count, 14);
    for (size_t entry = 0; entry < count; entry++) {
        uint8_t bytes[BYTES_MAX];
        size_t size = replace(trace.bytes, at, count, entry, 0x80, bytes);
        enum rh_status status = rh_trace_open(&reader, NULL, bytes, size);
        assert_int_equal(status, entry == HEADER_LIMITS ? RH_OK : RH_MALFORMED);
        assert_true(entry == HEADER_LIMITS || reader.flaw != NULL);
        assert_false(reader.info.header_fits);
        rh_trace_close(&reader);
    }
    stage_free(&trace);
}

/* Items that no writer makes, and why: a step or a time at the same time, a choice of one, one that was not there, ... */
static void items_that_say_nothing_are_refused(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[8];
        size_t size;
    } items[] = {
        {{0x80}, 1},                               /* nothing */
        {{0x00}, 1},                               /* no array */
        {{0x81, 0x20}, 2},                         /* a negative code */
        {{0x82, 0x18, 0xff}, 3},                   /* a code that is too high, cut */
        {{0x82, 0x18, 0xff, 0x01}, 4},             /* a code that is too high */
        {{0x82, 0x00, 0x00}, 3},                   /* a step at the same time */
        {{0x83, 0x00, 0x01, 0x01}, 4},             /* a step of three entries */
        {{0x85, 0x00, 0x00, 0x00, 0x01, 0x01}, 6}, /* a step of no source */
        {{0x82, 0x07, 0x00}, 3},                   /* no time has passed */
        {{0x81, 0x07}, 2},                         /* a time without one */
        {{0x84, 0x02, 0x00, 0x01, 0x00}, 5},       /* a choice of one */
        {{0x84, 0x02, 0x00, 0x02, 0x02}, 5},       /* the third of two */
        {{0x84, 0x02, 0x17, 0x02, 0x00}, 5},       /* a site that is not there */
        {{0x83, 0x09, 0x01, 0x00}, 4},             /* a zero that is to be left out */
        {{0x81, 0x09}, 2},                         /* an event of nobody known */
        {{0x82, 0x04, 0x01}, 3},                   /* a phase that is no word */
    };
    for (size_t i = 0; i < sizeof items / sizeof *items; i++) {
        struct rh_trace_item item;
        assert_int_equal(rh_trace_decode((struct rh_item){items[i].bytes, items[i].size}, &item),
                         RH_MALFORMED);
    }
    struct rh_trace_item good;
    static const uint8_t step[] = {0x82, 0x00, 0x05};
    assert_int_equal(rh_trace_decode((struct rh_item){step, sizeof step}, &good), RH_OK);
    assert_int_equal(good.now, 5);
    static const uint8_t time[] = {0x82, 0x07,
                                   0x20}; /* back by one: a decoder knows only differences */
    assert_int_equal(rh_trace_decode((struct rh_item){time, sizeof time}, &good), RH_OK);
    assert_true(good.now == UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_entry_of_an_item_is_checked),
        cmocka_unit_test(every_entry_of_the_header_is_checked),
        cmocka_unit_test(items_that_say_nothing_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}

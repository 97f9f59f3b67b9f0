/* SPDX-License-Identifier: MIT */
/* Writing and reading one run, and everything that may go wrong on the way. */
#include "harness/trace/print.h"
#include "harness/trace/tests/stage.h"
#include "harness/trace/writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cbor.h>
#include <cmocka.h>

static struct rh_trace_reader opened(const struct rh_bytes_owned *trace)
{
    struct rh_trace_reader reader;
    assert_int_equal(rh_trace_open(&reader, NULL, trace->bytes, trace->size), RH_OK);
    return reader;
}

static bool text_is(struct rh_text text, const char *word)
{
    return text.size == strlen(word) && memcmp(text.bytes, word, text.size) == 0;
}

/* How many items have a phrase in their line? */
static unsigned count_lines(const struct rh_bytes_owned *trace, const char *phrase)
{
    struct rh_trace_reader reader = opened(trace);
    struct rh_print_names names = {rh_trace_print_name, &reader};
    struct rh_trace_item item;
    unsigned found = 0;
    while (rh_trace_next(&reader, &item) == RH_OK) {
        char line[400];
        size_t length = rh_trace_print_line(&item, &names, line, sizeof line);
        assert_true(length < sizeof line);
        assert_int_equal(strlen(line), length);
        found += strstr(line, phrase) != NULL;
    }
    rh_trace_close(&reader);
    return found;
}

static void header_carries_the_scenario(void **state)
{
    (void)state;
    struct stage_options options = {.seed = UINT64_MAX};
    struct rh_bytes_owned trace = stage_record(&options, NULL);
    struct rh_trace_reader reader = opened(&trace);
    assert_true(reader.info.has_scenario);
    assert_true(reader.info.header_fits);
    assert_true(text_is(reader.info.scenario, STAGE_SCENARIO));
    assert_true(text_is(reader.info.path, "plays/small.yaml"));
    assert_true(text_is(reader.info.strategy, "random"));
    assert_true(reader.info.seed == UINT64_MAX);
    struct rh_limits limits = rh_limits_default();
    assert_memory_equal(&reader.info.limits, &limits, sizeof limits);
    rh_trace_close(&reader);
    stage_free(&trace);
}

static void reads_back_what_happened(void **state)
{
    (void)state;
    struct stage_options options = {
        .seed = 3, .clients = 2, .rounds = 2, .heals = true, .cap = 4000};
    struct rh_bytes_owned trace = stage_record(&options, NULL);
    assert_int_equal(count_lines(&trace, "server: <- client [ping, 0, <client>]"), 1);
    assert_int_equal(count_lines(&trace, "-> second client [pong, 1, null]"), 1);
    assert_int_equal(count_lines(&trace, "exits: [finished, \"after all its rounds\"]"), 2);
    assert_int_equal(count_lines(&trace, "5ms, server: says [tick]"), 2);
    assert_int_equal(count_lines(&trace, "is registered as server"), 1);
    assert_int_equal(count_lines(&trace, "server: lets wait at most 4000"), 1);
    assert_int_equal(count_lines(&trace, "phase: converge"), 1);
    assert_int_equal(count_lines(&trace, "the run ends: quiescent, passed"), 1);
    stage_free(&trace);
}

static void footer_carries_the_violation(void **state)
{
    (void)state;
    struct rh_violation violation = {.invariant = "links/one-notice",
                                     .step = 7,
                                     .line = 14,
                                     .column = 5,
                                     .expected = "one notice",
                                     .observed = "none, and \xff is no UTF-8"};
    struct stage_options options = {.violation = &violation};
    struct rh_bytes_owned trace = stage_record(&options, NULL);
    struct rh_trace_reader reader = opened(&trace);
    struct rh_trace_item item;
    enum rh_status status;
    while ((status = rh_trace_next(&reader, &item)) == RH_OK) {
    }
    assert_int_equal(status, RH_DONE);
    assert_int_equal(item.code, RH_TRACE_FOOTER);
    assert_true(item.result.has_violation);
    assert_int_equal(item.result.verdict, RH_VERDICT_FAILED);
    assert_true(text_is(item.result.invariant, "links/one-notice"));
    assert_true(text_is(item.result.observed, "none, and ? is no UTF-8"));
    assert_int_equal(item.result.step, 7);
    assert_int_equal(item.result.line, 14);
    assert_false(reader.is_edited);
    rh_trace_close(&reader);
    stage_free(&trace);
}

static void equal_runs_have_equal_bytes(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct stage_options options = {.seed = seed, .with_fault = seed % 2 == 1};
        uint64_t digests[3][2];
        struct rh_bytes_owned one = stage_record(&options, digests[0]);
        struct rh_bytes_owned two = stage_record(&options, digests[1]);
        assert_int_equal(stage_play(&options, NULL, digests[2]), RH_OK);
        assert_int_equal(one.size, two.size);
        assert_memory_equal(one.bytes, two.bytes, one.size);
        assert_memory_equal(digests[0], digests[1], sizeof digests[0]);
        assert_memory_equal(digests[0], digests[2], sizeof digests[0]);
        options.word = 1;
        assert_int_equal(stage_play(&options, NULL, digests[2]), RH_OK);
        assert_memory_not_equal(digests[0], digests[2], sizeof digests[0]);
        stage_free(&one);
        stage_free(&two);
    }
}

static void digests_of_runs_add_up_in_order(void **state)
{
    (void)state;
    const uint64_t a[2] = {1, 2};
    const uint64_t b[2] = {3, 4};
    uint64_t ab[2] = {0, 0};
    uint64_t ba[2] = {0, 0};
    rh_trace_digest_add(ab, a);
    rh_trace_digest_add(ab, b);
    rh_trace_digest_add(ba, b);
    rh_trace_digest_add(ba, a);
    assert_memory_not_equal(ab, ba, sizeof ab);
}

/* A long run, so that it has several digests on its way. */
static struct rh_bytes_owned long_trace(void)
{
    struct stage_options options = {.seed = 5, .clients = 4, .rounds = 300};
    return stage_record(&options, NULL);
}

static void a_cut_trace_reads_up_to_the_cut(void **state)
{
    (void)state;
    struct rh_bytes_owned trace = long_trace();
    struct rh_trace_reader reader = opened(&trace);
    struct rh_trace_item item;
    size_t body = reader.body;
    size_t last = body;
    /* An item's end is a place to cut as well as its middle. */
    for (size_t size = 0; size < trace.size; size += size < body + 2000 ? 1 : 997) {
        struct rh_trace_reader cut;
        enum rh_status status = rh_trace_open(&cut, NULL, trace.bytes, size);
        if (size < body) {
            assert_int_equal(status, RH_TRUNCATED);
            continue;
        }
        assert_int_equal(status, RH_OK);
        while ((status = rh_trace_next(&cut, &item)) == RH_OK) {
        }
        assert_int_equal(status, RH_TRUNCATED);
        assert_true(cut.flaw_offset <= size && cut.flaw_offset >= last);
        assert_true(size - cut.flaw_offset < 400);
        assert_non_null(cut.flaw);
        assert_false(cut.is_edited);
        last = cut.flaw_offset;
        rh_trace_close(&cut);
    }
    rh_trace_close(&reader);
    stage_free(&trace);
}

static void every_edited_byte_is_noticed(void **state)
{
    (void)state;
    struct stage_options options = {.seed = 2, .with_fault = true};
    struct rh_bytes_owned trace = stage_record(&options, NULL);
    struct rh_trace_reader reader = opened(&trace);
    size_t body = reader.body;
    rh_trace_close(&reader);
    size_t footer = 0;
    for (size_t at = body; at < trace.size; at++) {
        for (unsigned flip = 1; flip < 256; flip <<= 1) {
            trace.bytes[at] ^= (uint8_t)flip;
            struct rh_trace_item item;
            enum rh_status status = rh_trace_open(&reader, NULL, trace.bytes, trace.size);
            while (status == RH_OK && (status = rh_trace_next(&reader, &item)) == RH_OK) {
            }
            footer += status == RH_DONE && !reader.is_edited;
            rh_trace_close(&reader);
            trace.bytes[at] ^= (uint8_t)flip;
        }
    }
    /* How the run ended and its verdict stand behind the last digest. */
    assert_true(footer < 16);
    stage_free(&trace);
}

static void an_edited_scenario_is_noticed(void **state)
{
    (void)state;
    struct stage_options options = {0};
    struct rh_bytes_owned trace = stage_record(&options, NULL);
    struct rh_trace_reader reader = opened(&trace);
    size_t at = (size_t)((const uint8_t *)reader.info.scenario.bytes - trace.bytes);
    rh_trace_close(&reader);
    trace.bytes[at] = 'S';
    reader = opened(&trace);
    assert_false(reader.info.header_fits);
    rh_trace_close(&reader);
    stage_free(&trace);
}

static void something_else_is_no_trace(void **state)
{
    (void)state;
    static const char *const others[] = {"scenario: a title\n", "\x9a\x3f\xff\xff\xff",
                                         "\x8e\x6erehearse-trace\x02", "{\"a\": 1}", "\xff"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct rh_trace_reader reader;
        enum rh_status status =
            rh_trace_open(&reader, NULL, (const uint8_t *)others[i], strlen(others[i]));
        assert_true(status == RH_MALFORMED || status == RH_TRUNCATED);
        assert_non_null(reader.flaw);
        rh_trace_close(&reader);
    }
}

static void bytes_behind_the_footer_are_refused(void **state)
{
    (void)state;
    struct stage_options options = {0};
    struct rh_bytes_owned trace = stage_record(&options, NULL);
    struct rh_trace_sink sink = rh_trace_sink_memory(&trace);
    assert_int_equal(sink.write(sink.self, (const uint8_t *)"\x81\x00", 2), RH_OK);
    struct rh_trace_reader reader = opened(&trace);
    struct rh_trace_item item;
    enum rh_status status;
    while ((status = rh_trace_next(&reader, &item)) == RH_OK) {
    }
    assert_int_equal(status, RH_MALFORMED);
    assert_int_equal(reader.flaw_offset, trace.size - 2);
    rh_trace_close(&reader);
    stage_free(&trace);
}

/* Another reader of CBOR agrees on where every item ends. */
static void libcbor_reads_every_item(void **state)
{
    (void)state;
    struct rh_bytes_owned trace = long_trace();
    size_t at = 0;
    while (at < trace.size) {
        struct cbor_decoder_result result =
            cbor_stream_decode(trace.bytes + at, trace.size - at, &cbor_empty_callbacks, NULL);
        assert_int_equal(result.status, CBOR_DECODER_FINISHED);
        at += result.read;
    }
    assert_int_equal(at, trace.size);
    stage_free(&trace);
}

/* ---- decisions ---- */

struct decisions {
    struct rh_decision rows[4096];
    size_t count;
};

static void collect_decisions(const struct rh_bytes_owned *trace, struct decisions *decisions)
{
    struct rh_trace_reader reader = opened(trace);
    struct rh_trace_item item;
    decisions->count = 0;
    while (rh_trace_next(&reader, &item) == RH_OK) {
        if (item.code == RH_TRACE_DECISION) {
            assert_true(decisions->count < 4096);
            decisions->rows[decisions->count++] = item.decision;
        }
    }
    rh_trace_close(&reader);
}

static void the_recorded_decisions_give_the_same_run(void **state)
{
    (void)state;
    static struct decisions decisions;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct stage_options options = {.seed = seed, .clients = 3, .with_fault = true};
        uint64_t recorded[2];
        struct rh_bytes_owned trace = stage_record(&options, recorded);
        collect_decisions(&trace, &decisions);
        assert_true(decisions.count > 10);
        assert_int_equal(
            rh_strategy_replay(NULL, decisions.rows, decisions.count, &options.strategy), RH_OK);
        uint64_t replayed[2];
        assert_int_equal(stage_play(&options, NULL, replayed), RH_OK);
        assert_false(options.strategy->failed);
        assert_memory_equal(recorded, replayed, sizeof recorded);
        rh_strategy_destroy(options.strategy);
        stage_free(&trace);
    }
}

static void fifo_decides_nothing(void **state)
{
    (void)state;
    static struct decisions decisions;
    struct stage_options options = {.seed = 1};
    assert_int_equal(rh_strategy_fifo(NULL, &options.strategy), RH_OK);
    struct rh_bytes_owned trace = stage_record(&options, NULL);
    collect_decisions(&trace, &decisions);
    assert_int_equal(decisions.count, 0);
    rh_strategy_destroy(options.strategy);
    stage_free(&trace);
}

/* ---- sinks ---- */

static enum rh_status refuse(void *self, const uint8_t *bytes, size_t size)
{
    unsigned *pieces = self;
    (void)bytes;
    (void)size;
    return ++*pieces == 3 ? RH_IO : RH_OK;
}

static void a_sink_that_fails_fails_the_run(void **state)
{
    (void)state;
    unsigned pieces = 0;
    struct rh_trace_sink sink = {.write = refuse, .self = &pieces};
    struct stage_options options = {.clients = 4, .rounds = 300};
    assert_int_equal(stage_play(&options, &sink, NULL), RH_IO);
    assert_int_equal(pieces, 3);
}

struct limited {
    unsigned items;
    unsigned items_max;
};

static bool look(void *self, const uint8_t *bytes, size_t size)
{
    struct limited *limited = self;
    size_t length = 0;
    assert_int_equal(rh_item_length(bytes, size, &length), RH_OK);
    assert_int_equal(length, size);
    return ++limited->items < limited->items_max;
}

static void a_sink_may_stop_the_run(void **state)
{
    (void)state;
    struct limited limited = {.items_max = 100};
    struct rh_trace_sink sink = {.item = look, .self = &limited};
    struct stage_options options = {.clients = 4, .rounds = 300};
    assert_int_equal(stage_play(&options, &sink, NULL), RH_OK);
    assert_int_equal(limited.items, 100);
}

/* Who shows every item writes none of them quickly. */
static void quick_items_are_as_slow_ones(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 8; seed++) {
        struct limited limited = {.items_max = UINT32_MAX};
        struct rh_trace_sink shows = {.item = look, .self = &limited};
        struct stage_options options = {
            .seed = seed,
            .clients = seed < 4 ? 4 : 300,
            .rounds = seed < 4 ? 700 : 20,
            .word = seed == 2 ? 0xd8d8 : (uint32_t)seed * 1000,
            .with_fault = seed % 2 == 1,
        };
        if (seed % 4 != 3) {
            assert_int_equal(rh_strategy_fifo(NULL, &options.strategy), RH_OK);
        }
        uint64_t digests[2][2];
        assert_int_equal(stage_play(&options, &shows, digests[0]), RH_OK);
        assert_int_equal(stage_play(&options, NULL, digests[1]), RH_OK);
        assert_true(limited.items > 4096);
        assert_memory_equal(digests[0], digests[1], sizeof digests[0]);
        rh_strategy_destroy(options.strategy);
    }
}

/* ---- in the middle of a run: what a panic prints ---- */

struct middle {
    unsigned items;
    unsigned told; /**< how often it was asked */
};

static size_t count_char(const char *text, char wanted)
{
    size_t count = 0;
    for (; *text != '\0'; text++) {
        count += *text == wanted;
    }
    return count;
}

static bool ask_for_the_last(void *self, const uint8_t *bytes, size_t size)
{
    struct middle *middle = self;
    struct rh_trace_item item;
    assert_int_equal(rh_trace_decode((struct rh_item){bytes, size}, &item), RH_OK);
    middle->items++;
    if (item.code != RH_TRACE_EVENT || item.kind != RH_EVENT_HANDLE || middle->items < 100) {
        return true;
    }
    char text[4096];
    const struct rh_trace_writer *writer = rh_trace_current();
    assert_non_null(writer);
    assert_true(rh_trace_seed(writer) == 77);
    assert_true(rh_trace_step(writer) > 0);
    size_t length = rh_trace_print_last(writer, 5, text, sizeof text);
    assert_int_equal(length, strlen(text));
    assert_int_equal(count_char(text, '\n'), 5);
    /* The last line is this very event. */
    const char *last = text + length - 1;
    while (last > text && last[-1] != '\n') {
        last--;
    }
    assert_non_null(strstr(last, " <- "));
    char start[16];
    assert_int_equal(rh_trace_print_last(writer, 5, start, sizeof start), length);
    assert_memory_equal(start, text, sizeof start - 1);
    assert_int_equal(start[sizeof start - 1], '\0');
    assert_int_equal(rh_trace_print_last(writer, 5, NULL, 0), length);
    assert_int_equal(rh_trace_print_last(writer, 0, text, sizeof text), 0);
    assert_string_equal(text, "");
    middle->told++;
    return true;
}

static void the_last_events_are_known_in_the_middle(void **state)
{
    (void)state;
    struct middle middle = {0};
    struct rh_trace_sink sink = {.item = ask_for_the_last, .self = &middle};
    struct stage_options options = {.clients = 2, .rounds = 300, .seed = 77};
    assert_null(rh_trace_current());
    assert_int_equal(stage_play(&options, &sink, NULL), RH_OK);
    assert_null(rh_trace_current());
    /* More than one segment, so that the one before was looked into, too. */
    assert_true(middle.items > 2048 && middle.told > 500);
}

static void a_file_holds_the_same_bytes(void **state)
{
    (void)state;
    struct stage_options options = {.seed = 9};
    struct rh_bytes_owned trace = stage_record(&options, NULL);
    struct rh_trace_file file;
    assert_int_equal(rh_trace_file_open(&file, RH_TEST_DIR "/same.trace"), RH_OK);
    struct rh_trace_sink sink = rh_trace_sink_file(&file);
    assert_int_equal(stage_play(&options, &sink, NULL), RH_OK);
    assert_int_equal(rh_trace_file_close(&file), RH_OK);
    FILE *in = fopen(RH_TEST_DIR "/same.trace", "rb");
    assert_non_null(in);
    uint8_t bytes[16384];
    size_t size = fread(bytes, 1, sizeof bytes, in);
    assert_int_equal(fclose(in), 0);
    assert_int_equal(size, trace.size);
    assert_memory_equal(bytes, trace.bytes, size);
    assert_int_equal(rh_trace_file_open(&file, RH_TEST_DIR "/no/such/folder"), RH_IO);
    assert_int_not_equal(file.os_error, 0);
    stage_free(&trace);
}

/* ---- memory ---- */

struct scarce {
    uint64_t left;
    int64_t live;
};

static void *scarce_allocate(void *self, size_t bytes)
{
    struct scarce *scarce = self;
    const struct rh_allocator *plain = rh_allocator_default();
    void *block = scarce->left == 0 ? NULL : plain->allocate(plain->self, bytes);
    scarce->left -= scarce->left > 0;
    scarce->live += block != NULL;
    return block;
}

static void *scarce_resize(void *self, void *block, size_t before, size_t bytes)
{
    struct scarce *scarce = self;
    const struct rh_allocator *plain = rh_allocator_default();
    void *grown = scarce->left == 0 ? NULL : plain->resize(plain->self, block, before, bytes);
    scarce->left -= scarce->left > 0;
    scarce->live += grown != NULL && block == NULL;
    return grown;
}

static void scarce_release(void *self, void *block, size_t bytes)
{
    struct scarce *scarce = self;
    const struct rh_allocator *plain = rh_allocator_default();
    scarce->live -= block != NULL;
    plain->release(plain->self, block, bytes);
}

static void every_failing_allocation_is_a_status(void **state)
{
    (void)state;
    struct scarce scarce = {0};
    struct rh_allocator allocator = {scarce_allocate, scarce_resize, scarce_release, &scarce};
    struct stage_options options = {.allocator = &allocator, .clients = 8, .rounds = 60};
    unsigned failed = 0;
    enum rh_status status = RH_NO_MEMORY;
    for (uint64_t n = 0; n < 2000 && status != RH_OK; n++) {
        struct rh_bytes_owned bytes = {.allocator = &allocator};
        struct rh_trace_sink sink = rh_trace_sink_memory(&bytes);
        scarce.left = n;
        status = stage_play(&options, &sink, NULL);
        failed += status != RH_OK;
        allocator.release(&scarce, bytes.bytes, bytes.capacity);
        assert_true(scarce.live == 0);
    }
    assert_int_equal(status, RH_OK);
    assert_true(failed > 10);
}

/* A scenario travels in its trace; with characters of two bytes in it, wherever they fall, it must come out as it went in. */
static void long_texts_keep_their_characters(void **state)
{
    (void)state;
    for (size_t shift = 0; shift < 4; shift++) {
        char text[3 * RH_VIOLATION_TEXT_BYTES];
        uint8_t out[sizeof(text) + 9];
        memset(text, 'a', sizeof(text));
        for (size_t i = shift; i + 2 < sizeof(text); i += 3) {
            text[i] = (char)0xc3;
            text[i + 1] = (char)0xa4;
        }
        size_t size = sizeof(text) - 4;
        while (((unsigned char)text[size] & 0xc0U) == 0x80U) {
            size--;
        }
        assert_true(writer_is_text(text, size));
        uint8_t *end = writer_text(out, text, size);
        assert_memory_equal(end - size, text, size);
        text[size / 2] = (char)0xff;
        assert_false(writer_is_text(text, size));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_carries_the_scenario),
        cmocka_unit_test(long_texts_keep_their_characters),
        cmocka_unit_test(reads_back_what_happened),
        cmocka_unit_test(footer_carries_the_violation),
        cmocka_unit_test(equal_runs_have_equal_bytes),
        cmocka_unit_test(digests_of_runs_add_up_in_order),
        cmocka_unit_test(a_cut_trace_reads_up_to_the_cut),
        cmocka_unit_test(every_edited_byte_is_noticed),
        cmocka_unit_test(an_edited_scenario_is_noticed),
        cmocka_unit_test(something_else_is_no_trace),
        cmocka_unit_test(bytes_behind_the_footer_are_refused),
        cmocka_unit_test(libcbor_reads_every_item),
        cmocka_unit_test(the_recorded_decisions_give_the_same_run),
        cmocka_unit_test(fifo_decides_nothing),
        cmocka_unit_test(a_sink_that_fails_fails_the_run),
        cmocka_unit_test(a_sink_may_stop_the_run),
        cmocka_unit_test(quick_items_are_as_slow_ones),
        cmocka_unit_test(the_last_events_are_known_in_the_middle),
        cmocka_unit_test(a_file_holds_the_same_bytes),
        cmocka_unit_test(every_failing_allocation_is_a_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}

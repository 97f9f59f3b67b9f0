/* SPDX-License-Identifier: MIT */
/* What is made of traces: following a recording, differences, columns, and what led to a moment. */
#include "harness/trace/columns.h"
#include "harness/trace/compare.h"
#include "harness/trace/history.h"
#include "harness/trace/print.h"
#include "harness/trace/show.h"
#include "harness/trace/tests/stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What is written to a stream, as text. */
struct page {
    FILE *out;
    char *text;
    size_t size;
};

static void page_open(struct page *page)
{
    page->text = NULL;
    page->out = open_memstream(&page->text, &page->size);
    assert_non_null(page->out);
}

static const char *page_close(struct page *page)
{
    assert_int_equal(fclose(page->out), 0);
    return page->text;
}

static struct rh_trace_reader opened(const struct rh_bytes_owned *trace)
{
    struct rh_trace_reader reader;
    assert_int_equal(rh_trace_open(&reader, NULL, trace->bytes, trace->size), RH_OK);
    return reader;
}

/* ---- following ---- */

static struct rh_trace_compare compare;

/* Play while following a recording. */
static void follow(const struct stage_options *options, struct rh_trace_reader *recording)
{
    rh_trace_compare_init(&compare, recording);
    struct rh_trace_sink sink = rh_trace_compare_sink(&compare);
    assert_int_equal(stage_play(options, &sink, NULL), RH_OK);
}

static void the_same_run_follows_to_the_end(void **state)
{
    (void)state;
    struct stage_options options = {.seed = 4, .clients = 4, .rounds = 200, .with_fault = true};
    struct rh_bytes_owned trace = stage_record(&options, NULL);
    struct rh_trace_reader recording = opened(&trace);
    follow(&options, &recording);
    assert_int_equal(compare.follow, RH_FOLLOW_SAME);
    assert_true(compare.items > 2000);
    assert_true(recording.is_ended);
    rh_trace_close(&recording);
    stage_free(&trace);
}

static void another_run_stops_at_the_first_difference(void **state)
{
    (void)state;
    struct stage_options options = {.seed = 4, .clients = 4, .rounds = 200};
    struct rh_bytes_owned trace = stage_record(&options, NULL);
    struct rh_trace_reader recording = opened(&trace);
    struct page page;
    options.word = 17;
    follow(&options, &recording);
    assert_int_equal(compare.follow, RH_FOLLOW_DIVERGED);
    assert_true(compare.items < 60);
    page_open(&page);
    rh_trace_compare_print(&compare, page.out);
    const char *text = page_close(&page);
    assert_non_null(strstr(
        text, "  recorded  step 1, 0ns, second client: -> server [ping, 0, <second client>]\n"));
    assert_non_null(strstr(
        text, "  happened  step 1, 0ns, second client: -> server [ping, 17, <second client>]\n"));
    free(page.text);
    rh_trace_close(&recording);
    stage_free(&trace);
}

static void a_new_actor_is_told_by_its_name(void **state)
{
    (void)state;
    struct stage_options options = {.seed = 4, .clients = 2};
    struct rh_bytes_owned trace = stage_record(&options, NULL);
    struct rh_trace_reader recording = opened(&trace);
    struct page page;
    options.clients = 3;
    follow(&options, &recording);
    assert_int_equal(compare.follow, RH_FOLLOW_DIVERGED);
    page_open(&page);
    rh_trace_compare_print(&compare, page.out);
    const char *text = page_close(&page);
    assert_non_null(strstr(text, "recorded  step 0, 0ns, decision next: "));
    assert_non_null(strstr(text, "happened  step 0, 0ns, c3: is spawned, client\n"));
    free(page.text);
    rh_trace_close(&recording);
    stage_free(&trace);
}

static void a_cut_recording_is_followed_up_to_the_cut(void **state)
{
    (void)state;
    struct stage_options options = {.seed = 4, .clients = 4, .rounds = 200};
    struct rh_bytes_owned trace = stage_record(&options, NULL);
    size_t whole = trace.size;
    for (size_t i = 1; i <= 5; i++) {
        trace.size = whole - i * (whole / 8);
        struct rh_trace_reader recording = opened(&trace);
        follow(&options, &recording);
        assert_int_equal(compare.follow, RH_FOLLOW_ENDED);
        assert_true(compare.items > 100);
        rh_trace_close(&recording);
    }
    stage_free(&trace);
}

/* Whatever byte of an event is changed, the replay says where. */
static void every_edited_event_diverges(void **state)
{
    (void)state;
    struct stage_options options = {.seed = 4, .with_fault = true};
    struct rh_bytes_owned trace = stage_record(&options, NULL);
    struct rh_trace_reader recording = opened(&trace);
    size_t body = recording.body;
    rh_trace_close(&recording);
    for (size_t at = body; at < trace.size; at++) {
        trace.bytes[at] ^= 1;
        recording = opened(&trace);
        follow(&options, &recording);
        assert_true(compare.follow == RH_FOLLOW_DIVERGED ||
                    compare.follow == RH_FOLLOW_UNREADABLE || compare.follow == RH_FOLLOW_ENDED);
        rh_trace_close(&recording);
        trace.bytes[at] ^= 1;
    }
    stage_free(&trace);
}

/* ---- differences ---- */

static void a_difference_is_told_with_what_was_common(void **state)
{
    (void)state;
    struct stage_options options = {.seed = 1};
    struct rh_bytes_owned one = stage_record(&options, NULL);
    options.seed = 2;
    struct rh_bytes_owned two = stage_record(&options, NULL);
    struct rh_trace_reader a = opened(&one);
    struct rh_trace_reader b = opened(&two);
    struct page page;
    page_open(&page);
    assert_false(rh_trace_diff(&a, "a.trace", &b, "b.trace", page.out));
    assert_string_equal(page_close(&page), "other seed: 0x1 and 0x2\n"
                                           "first difference after 10 items, at step 0\n"
                                           "  - a.trace\n"
                                           "  + b.trace\n"
                                           "    step 0, 0ns, server: is spawned, server\n"
                                           "    step 0, 0ns, client: is spawned, client\n"
                                           "    step 0, 0ns, second client: is spawned, client\n"
                                           "  - step 0, 0ns, decision next: 3 of 3\n"
                                           "  - step 1, 0ns, second client: starts\n"
                                           "  + step 0, 0ns, decision next: 1 of 3\n"
                                           "  + step 1, 0ns, server: starts\n");
    free(page.text);
    rh_trace_close(&a);
    rh_trace_close(&b);
    stage_free(&one);
    stage_free(&two);
}

static void a_trace_is_the_same_run_as_itself(void **state)
{
    (void)state;
    struct stage_options options = {.seed = 1};
    struct rh_bytes_owned trace = stage_record(&options, NULL);
    struct rh_trace_reader a = opened(&trace);
    struct rh_trace_reader b = opened(&trace);
    struct page page;
    page_open(&page);
    assert_true(rh_trace_diff(&a, "a", &b, "b", page.out));
    assert_non_null(strstr(page_close(&page), "the same run: "));
    free(page.text);
    /* Cut, it is the same until it says no more. */
    b.size -= 30;
    page_open(&page);
    assert_false(rh_trace_diff(&a, "a", &b, "b", page.out));
    assert_non_null(strstr(page_close(&page), "the trace was cut within an item"));
    free(page.text);
    rh_trace_close(&a);
    rh_trace_close(&b);
    stage_free(&trace);
}

/* ---- columns ---- */

static size_t count_of(const char *text, const char *word)
{
    size_t count = 0;
    for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word)) {
        count++;
    }
    return count;
}

static void no_line_is_wider_than_asked(void **state)
{
    (void)state;
    struct stage_options options = {.seed = 1, .clients = 4, .with_fault = true, .heals = true};
    struct rh_bytes_owned trace = stage_record(&options, NULL);
    struct rh_trace_reader reader = opened(&trace);
    for (unsigned width = 60; width < 200; width += 7) {
        struct rh_show_options show = {.width = width, .with_everything = width % 2 == 0};
        struct page page;
        page_open(&page);
        assert_int_equal(rh_trace_show(&reader, &show, page.out), RH_DONE);
        for (const char *line = page_close(&page); *line != '\0';) {
            size_t length = strcspn(line, "\n");
            assert_true(length <= width);
            line += length + 1;
        }
        free(page.text);
    }
    rh_trace_close(&reader);
    stage_free(&trace);
}

static void filters_leave_the_rest_out(void **state)
{
    (void)state;
    struct stage_options options = {.seed = 1};
    struct rh_bytes_owned trace = stage_record(&options, NULL);
    struct rh_trace_reader reader = opened(&trace);
    const char *const actors[] = {"client"};
    struct rh_show_options show = {
        .width = 120, .as_list = true, .actors = actors, .actor_count = 1, .from_step = 1};
    struct page page;
    page_open(&page);
    assert_int_equal(rh_trace_show(&reader, &show, page.out), RH_DONE);
    const char *text = page_close(&page);
    assert_int_equal(count_of(text, "client: starts"), 1);
    assert_int_equal(count_of(text, "server: "), 0);
    assert_int_equal(count_of(text, "second client: "), 0);
    free(page.text);
    show.from_step = 1000;
    page_open(&page);
    assert_int_equal(rh_trace_show(&reader, &show, page.out), RH_DONE);
    assert_string_equal(page_close(&page), "");
    free(page.text);
    rh_trace_close(&reader);
    stage_free(&trace);
}

static void times_are_short(void **state)
{
    (void)state;
    static const struct {
        rh_duration time;
        const char *text;
    } rows[] = {{0, "0"},
                {1, "1ns"},
                {999, "999ns"},
                {1500, "1.5us"},
                {5 * RH_MILLISECOND, "5ms"},
                {RH_SECOND + 1, "1.000000001s"},
                {90 * RH_SECOND, "90s"},
                {RH_NEVER, "never"},
                {RH_NEVER - 1, "18446744073.709551614s"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[64];
        assert_int_equal(rh_trace_print_time(rows[i].time, text, sizeof text),
                         strlen(rows[i].text));
        assert_string_equal(text, rows[i].text);
    }
}

/* ---- what led there ---- */

static uint32_t actor_of(const struct rh_history *history, const char *name)
{
    for (uint32_t i = 1; i <= history->reader.name_count; i++) {
        struct rh_text text = rh_trace_name(&history->reader, i);
        if (text.size == strlen(name) && memcmp(text.bytes, name, text.size) == 0) {
            return i;
        }
    }
    fail();
    return 0;
}

static void a_handling_knows_where_it_was_sent(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 10; seed++) {
        struct stage_options options = {.seed = seed, .clients = 3, .with_fault = true};
        struct rh_bytes_owned trace = stage_record(&options, NULL);
        struct rh_history history;
        unsigned handled = 0;
        assert_int_equal(rh_history_load(&history, NULL, trace.bytes, trace.size), RH_OK);
        assert_int_equal(history.status, RH_DONE);
        for (uint32_t i = 0; i < history.count; i++) {
            const struct rh_moment *moment = &history.moments[i];
            if (moment->kind != RH_EVENT_HANDLE || moment->signal == RH_SIGNAL_TIMER ||
                moment->signal == RH_SIGNAL_START) {
                continue;
            }
            struct rh_trace_item there;
            struct rh_trace_item here;
            assert_true(moment->cause < i);
            rh_history_item(&history, moment->cause, &there);
            rh_history_item(&history, i, &here);
            assert_int_equal(there.kind, RH_EVENT_SEND);
            assert_int_equal(there.actor, here.peer);
            assert_int_equal(there.peer, here.actor);
            assert_true(rh_item_equal(there.message, here.message));
            handled++;
        }
        assert_true(handled > 20);
        rh_history_deinit(&history);
        stage_free(&trace);
    }
}

static void what_others_did_is_not_in_the_past_of_a_client(void **state)
{
    (void)state;
    struct stage_options options = {.seed = 1, .clients = 3};
    struct rh_bytes_owned trace = stage_record(&options, NULL);
    struct rh_history history;
    uint32_t chosen[512];
    uint32_t past = 0;
    assert_int_equal(rh_history_load(&history, NULL, trace.bytes, trace.size), RH_OK);
    uint32_t client = actor_of(&history, "client");
    uint32_t other = actor_of(&history, "c3");
    /* The step in which the client starts: nothing but that has led there. */
    uint64_t step = 0;
    for (uint32_t i = 0; i < history.count && step == 0; i++) {
        bool starts =
            history.moments[i].actor == client && history.moments[i].kind == RH_EVENT_HANDLE;
        step = starts ? history.moments[i].step : 0;
    }
    const uint32_t actors[2] = {client, 0};
    uint32_t count = rh_history_slice(&history, step, actors, chosen, 512, &past);
    assert_int_equal(count, past);
    assert_true(count > 3);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_not_equal(history.moments[chosen[i]].actor, other);
        assert_true(i == 0 || chosen[i] > chosen[i - 1]);
    }
    /* At the end the server has told it of everything. */
    count = rh_history_slice(&history, UINT64_MAX, actors, chosen, 512, &past);
    bool has_other = false;
    for (uint32_t i = 0; i < count; i++) {
        has_other = has_other || history.moments[chosen[i]].actor == other;
    }
    assert_true(has_other);
    rh_history_deinit(&history);
    stage_free(&trace);
}

static void a_short_slice_keeps_faults_and_exits(void **state)
{
    (void)state;
    struct stage_options options = {.seed = 1, .clients = 3, .with_fault = true};
    struct rh_bytes_owned trace = stage_record(&options, NULL);
    struct rh_history history;
    uint32_t chosen[6];
    uint32_t past = 0;
    bool has_fault = false;
    assert_int_equal(rh_history_load(&history, NULL, trace.bytes, trace.size), RH_OK);
    const uint32_t actors[2] = {actor_of(&history, "server"), 0};
    assert_int_equal(rh_history_slice(&history, UINT64_MAX, actors, chosen, 6, &past), 6);
    assert_true(past > 20);
    for (uint32_t i = 0; i < 6; i++) {
        has_fault = has_fault || history.moments[chosen[i]].kind == UINT8_MAX;
    }
    assert_true(has_fault);
    rh_history_deinit(&history);
    stage_free(&trace);
}

/* A client may wait in vain for what another, that was crashed, would have caused. */
static void what_has_not_happened_is_told_by_the_faults_of_others(void **state)
{
    (void)state;
    struct stage_options options = {.seed = 1, .clients = 3, .with_fault = true};
    struct rh_bytes_owned trace = stage_record(&options, NULL);
    struct rh_history history;
    uint32_t chosen[512];
    uint32_t past = 0;
    bool has_fault = false;
    assert_int_equal(rh_history_load(&history, NULL, trace.bytes, trace.size), RH_OK);
    uint64_t step = 0;
    for (uint32_t i = 0; i < history.count; i++) {
        step = history.moments[i].kind == UINT8_MAX ? history.moments[i].step : step;
    }
    const uint32_t actors[2] = {actor_of(&history, "c3"), 0};
    uint32_t count = rh_history_slice(&history, step, actors, chosen, 512, &past);
    assert_int_equal(count, past);
    assert_true(count > 3);
    for (uint32_t i = 0; i < count; i++) {
        has_fault = has_fault || history.moments[chosen[i]].kind == UINT8_MAX;
    }
    assert_true(has_fault);
    rh_history_deinit(&history);
    stage_free(&trace);
}

static void a_history_of_a_cut_trace_has_its_beginning(void **state)
{
    (void)state;
    struct stage_options options = {.seed = 1, .rounds = 50};
    struct rh_bytes_owned trace = stage_record(&options, NULL);
    struct rh_history history;
    assert_int_equal(rh_history_load(&history, NULL, trace.bytes, trace.size / 2), RH_OK);
    assert_int_equal(history.status, RH_TRUNCATED);
    assert_false(history.has_footer);
    assert_true(history.count > 20);
    rh_history_deinit(&history);
    assert_int_equal(rh_history_load(&history, NULL, trace.bytes, 40), RH_TRUNCATED);
    rh_history_deinit(&history);
    stage_free(&trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_run_follows_to_the_end),
        cmocka_unit_test(another_run_stops_at_the_first_difference),
        cmocka_unit_test(a_new_actor_is_told_by_its_name),
        cmocka_unit_test(a_cut_recording_is_followed_up_to_the_cut),
        cmocka_unit_test(every_edited_event_diverges),
        cmocka_unit_test(a_difference_is_told_with_what_was_common),
        cmocka_unit_test(a_trace_is_the_same_run_as_itself),
        cmocka_unit_test(no_line_is_wider_than_asked),
        cmocka_unit_test(filters_leave_the_rest_out),
        cmocka_unit_test(times_are_short),
        cmocka_unit_test(a_handling_knows_where_it_was_sent),
        cmocka_unit_test(what_others_did_is_not_in_the_past_of_a_client),
        cmocka_unit_test(a_short_slice_keeps_faults_and_exits),
        cmocka_unit_test(what_has_not_happened_is_told_by_the_faults_of_others),
        cmocka_unit_test(a_history_of_a_cut_trace_has_its_beginning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * Equality is that of bytes: the same writer wrote both, so the first byte that differs is the first thing that happened
 * otherwise. What a person wants to hear of is an event, though, and the first difference may be the first mention of an
 * actor or the time of a step; so collecting goes on to the next item that says something, on both sides.
 */
#include "harness/trace/compare.h"

#include "harness/trace/print.h"

#include <string.h>

void rh_trace_compare_init(struct rh_trace_compare *compare, struct rh_trace_reader *recording)
{
    memset(compare, 0, sizeof *compare);
    rh_trace_rewind(recording);
    compare->recording = recording;
}

static bool says_something(const struct rh_trace_item *item)
{
    return item->code == RH_TRACE_EVENT || item->code == RH_TRACE_FAULT ||
           item->code == RH_TRACE_PHASE || item->code == RH_TRACE_PIPE ||
           item->code == RH_TRACE_FOOTER || item->code == RH_TRACE_DECISION ||
           item->code == RH_TRACE_DIGEST;
}

static void keep_name(struct rh_trace_compare *compare, const struct rh_trace_item *item)
{
    if (compare->name_count == RH_TRACE_GOT_NAMES) {
        return;
    }
    size_t room = sizeof compare->names[0].text - 1;
    size_t size = item->name.size < room ? item->name.size : room;
    compare->names[compare->name_count].index = item->actor;
    memcpy(compare->names[compare->name_count].text, item->name.bytes, size);
    compare->names[compare->name_count].text[size] = '\0';
    compare->name_count++;
}

/* Keep an item of the run; returns whether it says enough. */
static bool keep_got(struct rh_trace_compare *compare, const uint8_t *bytes, size_t size)
{
    struct rh_trace_item item;
    if (rh_trace_decode((struct rh_item){bytes, size}, &item) != RH_OK) {
        return true;
    }
    compare->step += item.code == RH_TRACE_STEP;
    compare->now += item.now;
    if (item.code == RH_TRACE_NAME) {
        keep_name(compare, &item);
    }
    compare->is_got_cut = size > sizeof compare->got_bytes;
    if (!compare->is_got_cut) {
        memcpy(compare->got_bytes, bytes, size);
        struct rh_item kept = {compare->got_bytes, size};
        if (rh_trace_decode(kept, &compare->got) != RH_OK) {
            return true;
        }
    } else {
        compare->got = item;
        compare->got.message = (struct rh_item){NULL, 0};
    }
    compare->got.step = compare->step;
    compare->got.now = compare->now;
    compare->got.due = item.due == RH_NEVER ? RH_NEVER : item.due + compare->now;
    return says_something(&item);
}

/* The recording's side: from the item that differs on to one that says something. */
static void find_expected(struct rh_trace_compare *compare)
{
    enum rh_status status = RH_OK;
    while (status == RH_OK && !says_something(&compare->expected)) {
        status = rh_trace_next(compare->recording, &compare->expected);
    }
    compare->has_expected = status == RH_OK;
}

static bool first_look(struct rh_trace_compare *compare, const uint8_t *bytes, size_t size)
{
    compare->step = compare->recording->step;
    compare->now = compare->recording->now;
    enum rh_status status = rh_trace_next(compare->recording, &compare->expected);
    if (status == RH_TRUNCATED) {
        compare->follow = RH_FOLLOW_ENDED;
        return false;
    }
    if (status != RH_OK && status != RH_DONE) {
        compare->follow = RH_FOLLOW_UNREADABLE;
        return false;
    }
    const struct rh_item *expected = &compare->expected.bytes;
    if (status == RH_OK && expected->size == size && memcmp(expected->bytes, bytes, size) == 0) {
        compare->items++;
        return true;
    }
    if (status == RH_OK) {
        find_expected(compare);
    }
    bool enough = keep_got(compare, bytes, size);
    compare->follow = enough ? RH_FOLLOW_DIVERGED : RH_FOLLOW_DIFFERS;
    return !enough;
}

static bool on_item(void *self, const uint8_t *bytes, size_t size)
{
    struct rh_trace_compare *compare = self;
    if (compare->follow == RH_FOLLOW_SAME) {
        return first_look(compare, bytes, size);
    }
    if (compare->follow != RH_FOLLOW_DIFFERS) {
        return false;
    }
    if (keep_got(compare, bytes, size)) {
        compare->follow = RH_FOLLOW_DIVERGED;
    }
    return compare->follow == RH_FOLLOW_DIFFERS;
}

struct rh_trace_sink rh_trace_compare_sink(struct rh_trace_compare *compare)
{
    return (struct rh_trace_sink){.item = on_item, .self = compare};
}

void rh_trace_compare_leave(struct rh_trace_compare *compare)
{
    if (compare->follow == RH_FOLLOW_SAME) {
        compare->follow = RH_FOLLOW_LEFT;
        compare->step = compare->recording->step;
    }
}

void rh_trace_compare_end(struct rh_trace_compare *compare)
{
    struct rh_trace_item item;
    if (compare->follow == RH_FOLLOW_SAME && rh_trace_next(compare->recording, &item) != RH_DONE) {
        compare->follow = RH_FOLLOW_UNREADABLE;
    }
}

/* ---- in words ---- */

static size_t got_name(void *self, struct rh_pid pid, char *buffer, size_t capacity)
{
    const struct rh_trace_compare *compare = self;
    for (uint32_t i = 0; i < compare->name_count; i++) {
        if (compare->names[i].index == pid.slot) {
            return (size_t)snprintf(buffer, capacity, "%s", compare->names[i].text);
        }
    }
    return rh_trace_print_name(compare->recording, pid, buffer, capacity);
}

static void print_item(const char *title, const struct rh_trace_item *item,
                       const struct rh_print_names *names, FILE *out)
{
    char line[512];
    size_t length = rh_trace_print_line(item, names, line, sizeof line);
    (void)fprintf(out, "  %s  %s%s\n", title, line, length < sizeof line ? "" : "...");
}

void rh_trace_compare_print(const struct rh_trace_compare *compare, FILE *out)
{
    if (compare->follow != RH_FOLLOW_DIVERGED) {
        return;
    }
    struct rh_trace_compare copy = *compare;
    struct rh_print_names recorded = {rh_trace_print_name, compare->recording};
    struct rh_print_names got = {got_name, &copy};
    if (compare->has_expected) {
        print_item("recorded", &compare->expected, &recorded, out);
    } else {
        (void)fprintf(out, "  recorded  nothing any more\n");
    }
    print_item("happened", &compare->got, &got, out);
}

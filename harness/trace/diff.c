/* SPDX-License-Identifier: MIT */
/*
 * Two runs are the same as long as their items are the same bytes. Where they part, a decision is usually the first thing
 * that differs and an event the first thing that shows; both are told, after the last few events that they have in common.
 */
#include "harness/trace/print.h"
#include "harness/trace/show.h"

#include <string.h>

#define CONTEXT 3
#define LINE_BYTES 400

struct context {
    char lines[CONTEXT][LINE_BYTES];
    unsigned count;
};

static void remember(struct context *context, const struct rh_trace_item *item,
                     struct rh_trace_reader *reader)
{
    struct rh_print_names names = {rh_trace_print_name, reader};
    rh_trace_print_line(item, &names, context->lines[context->count % CONTEXT], LINE_BYTES);
    context->count++;
}

static void put_context(const struct context *context, FILE *out)
{
    unsigned from = context->count > CONTEXT ? context->count - CONTEXT : 0;
    for (unsigned i = from; i < context->count; i++) {
        (void)fprintf(out, "    %s\n", context->lines[i % CONTEXT]);
    }
}

static bool says_something(const struct rh_trace_item *item)
{
    return rh_trace_matters(item) || item->code == RH_TRACE_DECISION;
}

/* From an item that differs: what it says, up to the first event. */
static void put_side(struct rh_trace_reader *reader, struct rh_trace_item *item,
                     enum rh_status status, char mark, FILE *out)
{
    struct rh_print_names names = {rh_trace_print_name, reader};
    bool shown = false;
    while (status == RH_OK && !shown) {
        if (says_something(item)) {
            char line[LINE_BYTES];
            rh_trace_print_line(item, &names, line, sizeof line);
            (void)fprintf(out, "  %c %s\n", mark, line);
            shown = item->code != RH_TRACE_DECISION;
        }
        if (!shown) {
            status = rh_trace_next(reader, item);
        }
    }
    if (!shown) {
        (void)fprintf(out, "  %c %s\n", mark,
                      status == RH_DONE ? "nothing any more" : reader->flaw);
    }
}

static void put_texts(FILE *out, const char *what, struct rh_text a, struct rh_text b)
{
    if (a.size != b.size || (a.size > 0 && memcmp(a.bytes, b.bytes, a.size) != 0)) {
        (void)fprintf(out, "%s: ", what);
        rh_trace_put_text(out, a);
        (void)fprintf(out, " and ");
        rh_trace_put_text(out, b);
        (void)fputc('\n', out);
    }
}

static void put_headers(const struct rh_trace_info *a, const struct rh_trace_info *b, FILE *out)
{
    put_texts(out, "other release", a->version, b->version);
    put_texts(out, "other scenario", a->path, b->path);
    put_texts(out, "other strategy", a->strategy, b->strategy);
    if (a->seed != b->seed) {
        (void)fprintf(out, "other seed: 0x%llx and 0x%llx\n", (unsigned long long)a->seed,
                      (unsigned long long)b->seed);
    }
    bool same = a->scenario.size == b->scenario.size &&
                (a->scenario.size == 0 ||
                 memcmp(a->scenario.bytes, b->scenario.bytes, a->scenario.size) == 0);
    if (!same) {
        (void)fprintf(out, "the scenarios have different texts\n");
    }
}

bool rh_trace_diff(struct rh_trace_reader *a, const char *a_name, struct rh_trace_reader *b,
                   const char *b_name, FILE *out)
{
    struct rh_trace_item a_item = {.code = RH_TRACE_TIME};
    struct rh_trace_item b_item = {.code = RH_TRACE_TIME};
    struct context context = {.count = 0};
    rh_trace_rewind(a);
    rh_trace_rewind(b);
    put_headers(&a->info, &b->info, out);
    enum rh_status a_status;
    enum rh_status b_status;
    for (;;) {
        a_status = rh_trace_next(a, &a_item);
        b_status = rh_trace_next(b, &b_item);
        if (a_status != RH_OK || b_status != RH_OK || !rh_item_equal(a_item.bytes, b_item.bytes)) {
            break;
        }
        if (rh_trace_matters(&a_item)) {
            remember(&context, &a_item, a);
        }
    }
    if (a_status == b_status && a_status != RH_OK) {
        (void)fprintf(out, "the same run: %llu items\n", (unsigned long long)a->items);
        return true;
    }
    (void)fprintf(out, "first difference after %llu items, at step %llu\n",
                  (unsigned long long)(a->items < b->items ? a->items : b->items),
                  (unsigned long long)(a->step < b->step ? a->step : b->step));
    (void)fprintf(out, "  - %s\n  + %s\n", a_name, b_name);
    put_context(&context, out);
    put_side(a, &a_item, a_status, '-', out);
    put_side(b, &b_item, b_status, '+', out);
    return false;
}

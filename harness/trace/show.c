/* SPDX-License-Identifier: MIT */
/* Two passes: the first finds out who appears, because the form depends on how many they are; the second prints. */
#include "harness/trace/show.h"

#include "harness/trace/columns.h"
#include "harness/trace/print.h"

#include <string.h>

#define WIDTH_DEFAULT 100U

static bool is_text(struct rh_text text, const char *word)
{
    return text.size == strlen(word) && memcmp(text.bytes, word, text.size) == 0;
}

static bool is_chosen(const struct rh_trace_reader *reader, const struct rh_show_options *options,
                      uint32_t actor)
{
    for (size_t i = 0; i < options->actor_count; i++) {
        if (is_text(rh_trace_name(reader, actor), options->actors[i])) {
            return true;
        }
    }
    return options->actor_count == 0;
}

static bool is_shown(const struct rh_trace_reader *reader, const struct rh_show_options *options,
                     const struct rh_trace_item *item)
{
    if (item->step < options->from_step ||
        (options->to_step != 0 && item->step > options->to_step)) {
        return false;
    }
    if (item->code == RH_TRACE_NAME || item->code == RH_TRACE_TIME ||
        (item->code == RH_TRACE_STEP && item->source == 0)) {
        return false;
    }
    if (!options->with_everything && !rh_trace_matters(item)) {
        return false;
    }
    uint32_t column = rh_trace_column(item);
    return column == 0 || is_chosen(reader, options, column);
}

/* Who has something to show, in order of mention; RH_COLUMNS_MAX + 1 of them are too many. Reads to the end, so that
 * everybody is known by then, also whoever is mentioned later. */
static size_t find_actors(struct rh_trace_reader *reader, const struct rh_show_options *options,
                          uint32_t actors[RH_COLUMNS_MAX + 1], bool *ret_with_time)
{
    struct rh_trace_item item;
    size_t count = 0;
    rh_trace_rewind(reader);
    *ret_with_time = false;
    while (rh_trace_next(reader, &item) == RH_OK) {
        bool shown = is_shown(reader, options, &item);
        uint32_t actor = shown ? rh_trace_column(&item) : 0;
        *ret_with_time = *ret_with_time || (shown && item.now != 0);
        if (count > RH_COLUMNS_MAX) {
            continue;
        }
        size_t at = 0;
        while (at < count && actors[at] < actor) {
            at++;
        }
        if (actor != 0 && (at == count || actors[at] != actor)) {
            memmove(&actors[at + 1], &actors[at], (count - at) * sizeof *actors);
            actors[at] = actor;
            count++;
        }
    }
    return count;
}

enum rh_status rh_trace_show(struct rh_trace_reader *reader, const struct rh_show_options *options,
                             FILE *out)
{
    uint32_t actors[RH_COLUMNS_MAX + 1] = {0};
    struct rh_columns columns;
    struct rh_print_names names = {rh_trace_print_name, reader};
    struct rh_trace_item item;
    bool with_time = false;
    size_t count = find_actors(reader, options, actors, &with_time);
    rh_columns_init(&columns, out, &names, options->width == 0 ? WIDTH_DEFAULT : options->width,
                    with_time);
    rh_columns_split(&columns, actors, options->as_list ? 0 : count);
    columns.with_colour = options->with_colour;
    rh_columns_head(&columns);
    rh_trace_rewind(reader);
    enum rh_status status;
    while ((status = rh_trace_next(reader, &item)) == RH_OK) {
        if (is_shown(reader, options, &item)) {
            rh_columns_row(&columns, &item, ' ');
        }
    }
    return status;
}

/* ---- the head ---- */

static void put_texts(FILE *out, const char *title, struct rh_text text)
{
    if (text.size > 0) {
        (void)fprintf(out, "%-10s", title);
        rh_trace_put_text(out, text);
        (void)fputc('\n', out);
    }
}

static void put_result(FILE *out, const struct rh_trace_reader *reader,
                       const struct rh_trace_result *result)
{
    (void)fprintf(out, "%-10s%s after %llu steps: %s\n", "result", rh_verdict_word(result->verdict),
                  (unsigned long long)reader->step, rh_end_word(result->end));
    if (result->has_violation) {
        (void)fprintf(out, "%-10s", "violated");
        rh_trace_put_text(out, result->invariant);
        (void)fprintf(out, " at step %llu\n", (unsigned long long)result->step);
        put_texts(out, "expected", result->expected);
        put_texts(out, "observed", result->observed);
    }
    (void)fprintf(out, "%-10s", "digest");
    for (size_t i = 0; i < RH_TRACE_DIGEST_BYTES; i++) {
        (void)fprintf(out, "%02x", result->digest[i]);
    }
    (void)fprintf(out, "\n");
}

enum rh_status rh_trace_show_head(struct rh_trace_reader *reader, FILE *out)
{
    const struct rh_trace_info *info = &reader->info;
    struct rh_trace_item item;
    enum rh_status status;
    rh_trace_rewind(reader);
    do {
        status = rh_trace_next(reader, &item);
    } while (status == RH_OK && item.code != RH_TRACE_FOOTER);
    put_texts(out, "scenario", info->path);
    put_texts(out, "program", info->program);
    (void)fprintf(out, "%-10s", "strategy");
    rh_trace_put_text(out, info->strategy);
    (void)fprintf(out, ", seed 0x%llx, run %llu, rehearse ", (unsigned long long)info->seed,
                  (unsigned long long)info->run);
    rh_trace_put_text(out, info->version);
    (void)fputc('\n', out);
    if (status == RH_OK) {
        put_result(out, reader, &item.result);
        status = rh_trace_next(reader, &item);
    }
    return status;
}

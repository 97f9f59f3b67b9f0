/* SPDX-License-Identifier: MIT */
/* What `trace show` prints, of the events that were chosen. */
#include "reports/export/export.h"

#include "harness/trace/columns.h"
#include "harness/trace/print.h"
#include "harness/trace/show.h"

#include <stdlib.h>

#define WIDTH_DEFAULT 100U

struct text {
    struct rh_columns columns;
    struct rh_print_names names;
};

/* Who has something to show, in order of mention; with one more than fits there are no columns. */
static size_t find_actors(const struct export *export, uint32_t actors[RH_COLUMNS_MAX + 1],
                          bool *ret_with_time)
{
    const struct rh_history *history = export->history;
    bool *is_there = calloc((size_t)history->reader.name_count + 1, sizeof *is_there);
    size_t count = 0;
    *ret_with_time = false;
    for (uint32_t i = 0; i < history->count && is_there != NULL; i++) {
        if (export->is_shown[i]) {
            is_there[history->moments[i].actor] = true;
            *ret_with_time = *ret_with_time || history->moments[i].now != 0;
        }
    }
    for (uint32_t i = 1; i <= history->reader.name_count && is_there != NULL; i++) {
        if (is_there[i] && count <= RH_COLUMNS_MAX) {
            actors[count++] = i;
        }
    }
    free(is_there);
    return count;
}

static void begin(struct export *export)
{
    uint32_t actors[RH_COLUMNS_MAX + 1] = {0};
    bool with_time;
    unsigned width = export->options->width;
    size_t count = find_actors(export, actors, &with_time);
    struct text *text = export->state = export_allocate(export, 1, sizeof *text);
    if (text == NULL) {
        return;
    }
    (void)rh_trace_show_head(&export->history->reader, export->out);
    (void)fputc('\n', export->out);
    text->names = (struct rh_print_names){rh_trace_print_name, &export->history->reader};
    rh_columns_init(&text->columns, export->out, &text->names, width == 0 ? WIDTH_DEFAULT : width,
                    with_time);
    rh_columns_split(&text->columns, actors, count);
    rh_columns_head(&text->columns);
}

static void event(struct export *export, const struct export_event *event)
{
    struct text *text = export->state;
    if (event->what != EXPORT_VIOLATION) {
        rh_columns_row(&text->columns, event->item, ' ');
        return;
    }
    char *name = export_string(event->item->result.invariant);
    char note[128];
    (void)snprintf(note, sizeof note, "'%s' is violated", name == NULL ? "?" : name);
    rh_columns_note(&text->columns, event->item->step, note);
    free(name);
}

static void end(struct export *export)
{
    free(export->state);
}

const struct export_format export_text = {begin, event, end};

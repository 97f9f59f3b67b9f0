/* SPDX-License-Identifier: MIT */
/* A cell that is too long is cut, because a column that is not straight is no column; so what a cell says first is what
 * matters most. With more actors than fit, a list of lines is easier to read than columns of six characters. */
#include "harness/trace/columns.h"

#include "harness/trace/print.h"

#include <string.h>

#define STEP_WIDTH 8U
#define TIME_WIDTH 9U
#define CELL_MIN 17U
#define CELL_MAX 44U
#define TEXT_BYTES 1024U

static const char *paint_of(const struct rh_columns *columns, const struct rh_trace_item *item)
{
    if (!columns->with_colour) {
        return "";
    }
    if (item->code == RH_TRACE_FAULT) {
        return "\x1b[1;31m";
    }
    if (item->code == RH_TRACE_EVENT &&
        (item->kind == RH_EVENT_EXIT || item->kind == RH_EVENT_DROP ||
         item->kind == RH_EVENT_REFUSE)) {
        return "\x1b[33m";
    }
    return item->code == RH_TRACE_EVENT && item->kind == RH_EVENT_SEND ? "\x1b[2m" : "";
}

static unsigned left_width(const struct rh_columns *columns)
{
    return STEP_WIDTH + (columns->with_time ? TIME_WIDTH : 0);
}

void rh_columns_init(struct rh_columns *columns, FILE *out, const struct rh_print_names *names,
                     unsigned width, bool with_time)
{
    *columns = (struct rh_columns){
        .out = out, .names = *names, .cell = CELL_MIN, .width = width, .with_time = with_time};
}

void rh_columns_split(struct rh_columns *columns, const uint32_t *actors, size_t count)
{
    unsigned left = left_width(columns);
    if (count == 0 || count > RH_COLUMNS_MAX || left + count * CELL_MIN > columns->width) {
        return;
    }
    columns->count = (unsigned)count;
    columns->cell = (columns->width - left) / columns->count;
    columns->cell = columns->cell < CELL_MAX ? columns->cell : CELL_MAX;
    memcpy(columns->actors, actors, count * sizeof *actors);
}

/* Count the characters of UTF-8 text up to `room`; returns their bytes. */
static size_t fit(const char *text, size_t room, size_t *ret_characters)
{
    size_t at = 0;
    size_t characters = 0;
    while (text[at] != '\0' && characters < room) {
        at++;
        while (((unsigned char)text[at] & 0xC0U) == 0x80) {
            at++;
        }
        characters++;
    }
    *ret_characters = characters;
    return at;
}

/* Write text in `room` characters, cut with two dots; returns how many it took. */
static size_t put_cell(FILE *out, const char *text, size_t room)
{
    size_t characters;
    size_t bytes = fit(text, room, &characters);
    if (text[bytes] == '\0' || room < 4) {
        (void)fprintf(out, "%.*s", (int)bytes, text);
        return characters;
    }
    bytes = fit(text, room - 2, &characters);
    (void)fprintf(out, "%.*s..", (int)bytes, text);
    return characters + 2;
}

static void put_left(struct rh_columns *columns, uint64_t step, rh_instant now, char mark)
{
    char time[40] = "";
    char number[24] = "";
    if (!columns->has_row || step != columns->last_step) {
        (void)snprintf(number, sizeof number, "%llu", (unsigned long long)step);
    }
    if (!columns->has_row ? now != 0 : now != columns->last_now) {
        rh_trace_print_time(now, time, sizeof time);
    }
    (void)fprintf(columns->out, "%c %5s ", mark, number);
    if (columns->with_time) {
        (void)fprintf(columns->out, "%8s ", time);
    }
    columns->has_row = true;
    columns->last_step = step;
    columns->last_now = now;
}

void rh_columns_head(struct rh_columns *columns)
{
    if (columns->count == 0) {
        return;
    }
    (void)fprintf(columns->out, "%s   step %s", columns->with_colour ? "\x1b[1m" : "",
                  columns->with_time ? "    time " : "");
    for (unsigned i = 0; i < columns->count; i++) {
        char name[TEXT_BYTES];
        struct rh_pid pid = {0, 0, columns->actors[i], 1};
        columns->names.pid(columns->names.self, pid, name, sizeof name);
        size_t took = put_cell(columns->out, name, columns->cell - 1);
        if (i + 1 < columns->count) {
            (void)fprintf(columns->out, "%*s", (int)(columns->cell - took), "");
        }
    }
    (void)fprintf(columns->out, "%s\n", columns->with_colour ? "\x1b[0m" : "");
}

static unsigned place_of(const struct rh_columns *columns, const struct rh_trace_item *item)
{
    uint32_t actor = rh_trace_column(item);
    for (unsigned i = 0; i < columns->count && actor != 0; i++) {
        if (columns->actors[i] == actor) {
            return i;
        }
    }
    return 0;
}

void rh_columns_row(struct rh_columns *columns, const struct rh_trace_item *item, char mark)
{
    char text[TEXT_BYTES];
    size_t length = 0;
    unsigned place = place_of(columns, item);
    uint32_t actor = rh_trace_column(item);
    bool is_list = columns->count == 0;
    bool is_elsewhere = !is_list && actor != columns->actors[place];
    put_left(columns, item->step, item->now, mark);
    if (actor != 0 && (is_list || is_elsewhere)) {
        struct rh_pid pid = {0, 0, actor, 1};
        length = columns->names.pid(columns->names.self, pid, text, sizeof text / 2);
        length = length < sizeof text / 2 ? length : sizeof text / 2 - 1;
        text[length++] = ':';
        text[length++] = ' ';
    }
    rh_trace_print(item, &columns->names, text + length, sizeof text - length);
    unsigned indent = is_list ? 0 : place * columns->cell;
    bool is_last = is_list || actor == 0 || is_elsewhere || place + 1 == columns->count;
    unsigned left = left_width(columns) + indent;
    unsigned room = is_last && columns->width > left ? columns->width - left : columns->cell - 1;
    const char *paint = paint_of(columns, item);
    (void)fprintf(columns->out, "%*s%s", (int)indent, "", paint);
    put_cell(columns->out, text, room);
    (void)fprintf(columns->out, "%s\n", *paint != '\0' ? "\x1b[0m" : "");
}

void rh_columns_note(struct rh_columns *columns, uint64_t step, const char *text)
{
    columns->has_row = false;
    (void)fprintf(columns->out, "%s", columns->with_colour ? "\x1b[1;31m" : "");
    put_left(columns, step, 0, '>');
    (void)fprintf(columns->out, "%s%s\n", text, columns->with_colour ? "\x1b[0m" : "");
}

/* SPDX-License-Identifier: MIT */
/*
 * JSON's values are a subset of the messages' values, so that the way there loses nothing. On the way back come pids
 * (in replies of supervisors), which outcomes show as names; maps, which the files do not use, become objects.
 */
#include "harness/conformance/value.h"

#include <string.h>

void rh_beam_build_json(struct rh_builder *builder, const struct rh_beam_json *value)
{
    switch (value->kind) {
    case RH_BEAM_JSON_BOOL:
        rh_build_bool(builder, value->boolean);
        return;
    case RH_BEAM_JSON_INT:
        rh_build_int(builder, value->integer);
        return;
    case RH_BEAM_JSON_STRING:
        rh_build_text(builder, value->string, value->size);
        return;
    case RH_BEAM_JSON_ARRAY:
        rh_build_array(builder, value->count);
        for (size_t i = 0; i < value->count; i++) {
            rh_beam_build_json(builder, value->items[i]);
        }
        return;
    case RH_BEAM_JSON_OBJECT:
        rh_build_map(builder, value->count);
        for (size_t i = 0; i < value->count; i++) {
            rh_build_text(builder, value->keys[i]->string, value->keys[i]->size);
            rh_beam_build_json(builder, value->items[i]);
        }
        return;
    default:
        rh_build_null(builder);
        return;
    }
}

struct rh_message rh_beam_message(const struct rh_beam_json *value)
{
    struct rh_builder builder;
    rh_builder_init(&builder, NULL, SIZE_MAX);
    rh_beam_build_json(&builder, value);
    return rh_build_finish(&builder);
}

struct printer {
    struct rh_beam_text *text;
    rh_beam_name_of name_of;
    const void *self;
};

static void put_next(struct printer *printer, struct rh_reader *reader);

static void put_entries(struct printer *printer, struct rh_reader *reader, bool is_map)
{
    size_t count = 0;
    bool entered = is_map ? rh_read_map(reader, &count) : rh_read_array(reader, &count);
    rh_beam_put_word(printer->text, is_map ? "{" : "[");
    for (size_t i = 0; entered && i < count; i++) {
        if (i > 0) {
            rh_beam_put_word(printer->text, ",");
        }
        if (is_map) {
            put_next(printer, reader);
            rh_beam_put_word(printer->text, ":");
        }
        put_next(printer, reader);
    }
    rh_beam_put_word(printer->text, is_map ? "}" : "]");
}

static void put_scalar(struct printer *printer, struct rh_reader *reader)
{
    struct rh_text text;
    struct rh_pid pid;
    int64_t number = 0;
    bool boolean = false;
    struct rh_item item;
    if (rh_read_kind(reader) == RH_KIND_INT && rh_read_int(reader, &number)) {
        rh_beam_put_int(printer->text, number);
    } else if (rh_read_kind(reader) == RH_KIND_TEXT && rh_read_text(reader, &text)) {
        rh_beam_put_string(printer->text, text.bytes, text.size);
    } else if (rh_read_kind(reader) == RH_KIND_BOOL && rh_read_bool(reader, &boolean)) {
        rh_beam_put_word(printer->text, boolean ? "true" : "false");
    } else if (rh_read_kind(reader) == RH_KIND_PID && rh_read_pid(reader, &pid)) {
        const char *name = printer->name_of(printer->self, pid);
        rh_beam_put_string(printer->text, name, strlen(name));
    } else if (rh_read_kind(reader) == RH_KIND_NULL && rh_read_null(reader)) {
        rh_beam_put_word(printer->text, "null");
    } else {
        (void)rh_read_item(reader, &item);
        rh_beam_put_word(printer->text, "\"?\"");
    }
}

static void put_next(struct printer *printer, struct rh_reader *reader)
{
    enum rh_kind kind = rh_read_kind(reader);
    if (kind == RH_KIND_ARRAY || kind == RH_KIND_MAP) {
        put_entries(printer, reader, kind == RH_KIND_MAP);
    } else {
        put_scalar(printer, reader);
    }
}

void rh_beam_put_item(struct rh_beam_text *text, struct rh_item item, rh_beam_name_of name_of,
                      const void *self)
{
    struct printer printer = {.text = text, .name_of = name_of, .self = self};
    struct rh_reader reader;
    rh_reader_item(&reader, item);
    put_next(&printer, &reader);
}

const char *rh_beam_bare(struct rh_beam_arena *arena, const char *json)
{
    size_t length = strlen(json);
    bool plain = length >= 2 && json[0] == '"' && strchr(json, '\\') == NULL;
    return plain ? rh_beam_copy(arena, json + 1, length - 2) : json;
}

/* SPDX-License-Identifier: MIT */
/* The one place where values become text: traces, reports, error messages and golden files all show
 * what is written here, so it depends on nothing but the value and the names given.
 *
 * Text that is quoted is escaped byte by byte: control characters of either block (C0, DEL, C1) and
 * bytes that are no UTF-8, so that nothing a message contains can drive a terminal. `$` begins no
 * bare text, which is why variables and kinds are spelt with it.
 *
 * Nesting is kept on a fixed stack of RH_NESTING_CEILING levels; what lies deeper prints as `...`. */
#include "core/message/head.h"
#include "core/message/utf8.h"

#include <rehearse/message.h>

struct level {
    uint64_t left; /* items still to come, keys and values counted apart */
    bool is_map;
};

struct printer {
    char *buffer;
    size_t capacity;
    size_t length;
    const struct rh_print_names *names;
    size_t depth;
    struct level levels[RH_NESTING_CEILING];
};

static void put(struct printer *printer, const char *bytes, size_t size)
{
    if (printer->length < printer->capacity) {
        size_t room = printer->capacity - printer->length;
        memcpy(printer->buffer + printer->length, bytes, size < room ? size : room);
    }
    printer->length += size;
}

static void put_word(struct printer *printer, const char *word)
{
    put(printer, word, strlen(word));
}

static void put_uint(struct printer *printer, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    put(printer, digits + at, sizeof digits - at);
}

static void put_hex(struct printer *printer, uint8_t byte)
{
    static const char digits[] = "0123456789abcdef";
    char pair[2] = {digits[byte >> 4], digits[byte & 15U]};
    put(printer, pair, sizeof pair);
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_bare(struct rh_text text)
{
    static const char *const reserved[] = {"true", "false", "null", "_"};
    if (text.size == 0 || !is_letter(text.bytes[0])) {
        return false;
    }
    for (size_t i = 1; i < text.size; i++) {
        char c = text.bytes[i];
        if (!is_letter(c) && !(c >= '0' && c <= '9') && memchr(".:#-", c, 4) == NULL) {
            return false;
        }
    }
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++) {
        if (strlen(reserved[i]) == text.size && memcmp(reserved[i], text.bytes, text.size) == 0) {
            return false;
        }
    }
    return true;
}

static bool is_control(const uint8_t *at, size_t size)
{
    return (size == 1 && (at[0] < 0x20 || at[0] == 0x7f)) ||
           (size == 2 && at[0] == 0xc2 && at[1] < 0xa0);
}

/* Print what stands at `at` as part of a quoted text; return how many bytes that was. */
static size_t put_character(struct printer *printer, const uint8_t *at, size_t left)
{
    size_t size = rh_utf8_step(at, left);
    if (size == 1 && (at[0] == '"' || at[0] == '\\')) {
        put_word(printer, "\\");
    } else if (size == 1 && at[0] == '\n') {
        put_word(printer, "\\n");
        return 1;
    } else if (size == 1 && at[0] == '\t') {
        put_word(printer, "\\t");
        return 1;
    } else if (size == 0 || is_control(at, size)) {
        size_t escaped = size == 0 ? 1 : size;
        for (size_t i = 0; i < escaped; i++) {
            put_word(printer, "\\x");
            put_hex(printer, at[i]);
        }
        return escaped;
    }
    put(printer, (const char *)at, size);
    return size;
}

static void put_text(struct printer *printer, struct rh_text text)
{
    if (is_bare(text)) {
        put(printer, text.bytes, text.size);
        return;
    }
    put_word(printer, "\"");
    for (size_t at = 0; at < text.size;) {
        at += put_character(printer, (const uint8_t *)text.bytes + at, text.size - at);
    }
    put_word(printer, "\"");
}

static void put_bytes(struct printer *printer, struct rh_bytes bytes)
{
    put_word(printer, "h'");
    for (size_t i = 0; i < bytes.size; i++) {
        put_hex(printer, bytes.bytes[i]);
    }
    put_word(printer, "'");
}

static void put_name(struct printer *printer, struct rh_pid pid)
{
    if (rh_pid_is_none(pid)) {
        put_word(printer, "none");
        return;
    }
    size_t length = 0;
    if (printer->names != NULL && printer->names->pid != NULL) {
        bool has_room = printer->length < printer->capacity;
        length = printer->names->pid(printer->names->self, pid,
                                     has_room ? printer->buffer + printer->length : NULL,
                                     has_room ? printer->capacity - printer->length : 0);
    }
    if (length == 0) {
        put_word(printer, "pid");
    }
    printer->length += length;
}

static bool print_pid(struct printer *printer, struct rh_reader *reader)
{
    struct rh_pid pid;
    if (!rh_read_pid(reader, &pid)) {
        return false;
    }
    put_word(printer, "<");
    put_name(printer, pid);
    put_word(printer, ">");
    return true;
}

static bool print_ref(struct printer *printer, struct rh_reader *reader)
{
    struct rh_ref ref;
    if (!rh_read_ref(reader, &ref)) {
        return false;
    }
    put_word(printer, "<");
    put_name(printer, ref.owner);
    put_word(printer, "#"); /* a/2 is a child */
    put_uint(printer, ref.ordinal);
    put_word(printer, ">");
    return true;
}

/* Integers are printed from their head: neither of C's types holds the whole range. */
static bool print_int(struct printer *printer, struct rh_reader *reader)
{
    struct rh_item item;
    struct rh_head head;
    if (!rh_read_item(reader, &item) || !rh_head_read(item.bytes, item.size, &head)) {
        return false;
    }
    if (head.major == RH_MAJOR_NEGATIVE && head.argument == UINT64_MAX) {
        put_word(printer, "-18446744073709551616");
    } else if (head.major == RH_MAJOR_NEGATIVE) {
        put_word(printer, "-");
        put_uint(printer, head.argument + 1);
    } else {
        put_uint(printer, head.argument);
    }
    return true;
}

static bool print_string(struct printer *printer, struct rh_reader *reader, enum rh_kind kind)
{
    struct rh_text text;
    struct rh_bytes bytes;
    if (kind == RH_KIND_TEXT && rh_read_text(reader, &text)) {
        put_text(printer, text);
    } else if (kind == RH_KIND_BYTES && rh_read_bytes(reader, &bytes)) {
        put_bytes(printer, bytes);
    } else {
        return false;
    }
    return true;
}

static bool print_simple(struct printer *printer, struct rh_reader *reader, enum rh_kind kind)
{
    bool value;
    if (kind == RH_KIND_BOOL && rh_read_bool(reader, &value)) {
        put_word(printer, value ? "true" : "false");
    } else if (kind == RH_KIND_NULL && rh_read_null(reader)) {
        put_word(printer, "null");
    } else {
        return false;
    }
    return true;
}

static bool print_mark(struct printer *printer, struct rh_reader *reader, enum rh_kind kind)
{
    uint32_t slot;
    enum rh_kind wanted;
    if (kind == RH_KIND_ANY && rh_read_any(reader)) {
        put_word(printer, "_");
    } else if (kind == RH_KIND_VARIABLE && rh_read_variable(reader, &slot)) {
        put_word(printer, "$");
        put_uint(printer, slot);
    } else if (kind == RH_KIND_ANY_OF && rh_read_any_of(reader, &wanted)) {
        put_word(printer, "$");
        put_word(printer, rh_kind_word(wanted));
    } else {
        return false;
    }
    return true;
}

/* Enter an array or a map; too deep a one is skipped. */
static bool print_opening(struct printer *printer, struct rh_reader *reader, bool is_map)
{
    size_t count;
    struct rh_item item;
    if (printer->depth == RH_NESTING_CEILING) {
        put_word(printer, "...");
        return rh_read_item(reader, &item);
    }
    if (!(is_map ? rh_read_map(reader, &count) : rh_read_array(reader, &count))) {
        return false;
    }
    put_word(printer, is_map ? "{" : "[");
    struct level *level = &printer->levels[printer->depth++];
    level->left = is_map ? 2 * (uint64_t)count : count;
    level->is_map = is_map;
    return true;
}

static bool print_next(struct printer *printer, struct rh_reader *reader)
{
    enum rh_kind kind = rh_read_kind(reader);
    switch (kind) {
    case RH_KIND_INT:
        return print_int(printer, reader);
    case RH_KIND_TEXT:
    case RH_KIND_BYTES:
        return print_string(printer, reader, kind);
    case RH_KIND_BOOL:
    case RH_KIND_NULL:
        return print_simple(printer, reader, kind);
    case RH_KIND_ARRAY:
    case RH_KIND_MAP:
        return print_opening(printer, reader, kind == RH_KIND_MAP);
    case RH_KIND_PID:
        return print_pid(printer, reader);
    case RH_KIND_REF:
        return print_ref(printer, reader);
    case RH_KIND_ANY:
    case RH_KIND_VARIABLE:
    case RH_KIND_ANY_OF:
        return print_mark(printer, reader, kind);
    default:
        return false;
    }
}

/* After an item: close what it completes, and separate it from what comes next. */
static void print_separator(struct printer *printer, bool is_first)
{
    while (printer->depth > 0 && printer->levels[printer->depth - 1].left == 0) {
        put_word(printer, printer->levels[--printer->depth].is_map ? "}" : "]");
        is_first = false;
    }
    if (printer->depth > 0) {
        struct level *level = &printer->levels[printer->depth - 1];
        if (!is_first) {
            put_word(printer, level->is_map && level->left % 2 == 1 ? ": " : ", ");
        }
        level->left--;
    }
}

static void print_item(struct printer *printer, struct rh_reader *reader)
{
    do {
        size_t depth = printer->depth;
        if (!print_next(printer, reader)) {
            put_word(printer, "!malformed");
            return;
        }
        print_separator(printer, printer->depth > depth);
    } while (printer->depth > 0);
    if (!rh_read_end(reader)) {
        put_word(printer, "!malformed");
    }
}

static size_t terminate(struct printer *printer)
{
    if (printer->capacity > 0) {
        size_t end = printer->length < printer->capacity ? printer->length : printer->capacity - 1;
        printer->buffer[end] = '\0';
    }
    return printer->length;
}

static void printer_init(struct printer *printer, const struct rh_print_names *names, char *buffer,
                         size_t capacity)
{
    printer->buffer = buffer;
    printer->capacity = capacity;
    printer->length = 0;
    printer->names = names;
    printer->depth = 0;
}

size_t rh_item_print(struct rh_item item, const struct rh_print_names *names, char *buffer,
                     size_t capacity)
{
    struct printer printer;
    struct rh_reader reader;
    printer_init(&printer, names, buffer, capacity);
    rh_reader_item(&reader, item);
    if (item.size > 0) {
        print_item(&printer, &reader);
    }
    return terminate(&printer);
}

size_t rh_message_print(const struct rh_message *message, const struct rh_print_names *names,
                        char *buffer, size_t capacity)
{
    enum rh_status status = rh_message_status(*message);
    if (status == RH_OK) {
        return rh_item_print(rh_message_item(message), names, buffer, capacity);
    }
    struct printer printer;
    printer_init(&printer, names, buffer, capacity);
    put_word(&printer, "!");
    put_word(&printer, rh_status_word(status));
    return terminate(&printer);
}

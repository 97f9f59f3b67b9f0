/* SPDX-License-Identifier: MIT */
/*
 * Reading is one pass by recursion, whose depth is bounded; errors leave by a flag and a position and never by a
 * jump. Fractions and exponents are refused: nothing in these files is a measurement, and a number that does not
 * survive a round trip must not decide whether two outcomes are equal.
 */
#include "harness/conformance/json.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    struct rh_beam_arena *arena;
    const char *bytes;
    size_t size;
    size_t at;
    unsigned line;
    unsigned depth;
    struct rh_beam_flaw *flaw;
};

static struct rh_beam_json *refuse(struct reader *reader, const char *sentence)
{
    reader->flaw->column = (unsigned)reader->at + 1;
    snprintf(reader->flaw->text, sizeof reader->flaw->text, "%s", sentence);
    return NULL;
}

static int peek(const struct reader *reader)
{
    return reader->at < reader->size ? (unsigned char)reader->bytes[reader->at] : -1;
}

static void skip_space(struct reader *reader)
{
    while (peek(reader) == ' ' || peek(reader) == '\t' || peek(reader) == '\r' ||
           peek(reader) == '\n') {
        reader->at++;
    }
}

static struct rh_beam_json *make(struct reader *reader, enum rh_beam_json_kind kind)
{
    struct rh_beam_json *value = rh_beam_take(reader->arena, sizeof *value);
    value->kind = kind;
    value->line = reader->line;
    value->column = (unsigned)reader->at + 1;
    return value;
}

/* ---- words and numbers ---- */

static struct rh_beam_json *read_literal(struct reader *reader)
{
    static const struct {
        const char *word;
        enum rh_beam_json_kind kind;
        bool boolean;
    } literals[] = {{"null", RH_BEAM_JSON_NULL, false},
                    {"true", RH_BEAM_JSON_BOOL, true},
                    {"false", RH_BEAM_JSON_BOOL, false}};
    for (size_t i = 0; i < sizeof literals / sizeof *literals; i++) {
        size_t length = strlen(literals[i].word);
        if (reader->size - reader->at >= length &&
            memcmp(reader->bytes + reader->at, literals[i].word, length) == 0) {
            struct rh_beam_json *value = make(reader, literals[i].kind);
            value->boolean = literals[i].boolean;
            reader->at += length;
            return value;
        }
    }
    return refuse(reader, reader->at == reader->size ? "the line ends where a value should be"
                                                     : "no JSON value starts like this");
}

static bool is_digit(int byte)
{
    return byte >= '0' && byte <= '9';
}

static struct rh_beam_json *read_integer(struct reader *reader)
{
    struct rh_beam_json *value = make(reader, RH_BEAM_JSON_INT);
    bool negative = peek(reader) == '-';
    reader->at += negative ? 1 : 0;
    size_t first = reader->at;
    uint64_t magnitude = 0;
    uint64_t most = negative ? (uint64_t)1 << 63 : ((uint64_t)1 << 63) - 1;
    while (is_digit(peek(reader))) {
        uint64_t digit = (uint64_t)(peek(reader) - '0');
        if (magnitude > (most - digit) / 10) {
            return refuse(reader, "the integer does not fit into 64 bits");
        }
        magnitude = magnitude * 10 + digit;
        reader->at++;
    }
    size_t digits = reader->at - first;
    if (digits == 0) {
        return refuse(reader, "a number needs a digit here");
    }
    if (digits > 1 && reader->bytes[first] == '0') {
        reader->at = first;
        return refuse(reader, "a number must not start with 0");
    }
    if (peek(reader) == '.' || peek(reader) == 'e' || peek(reader) == 'E') {
        return refuse(reader, "only integers are used in this form");
    }
    value->integer = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    return value;
}

/* ---- strings ---- */

static int hex_value(int byte)
{
    if (is_digit(byte)) {
        return byte - '0';
    }
    int lower = byte | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/** Read four hexadecimal digits; -1 if there are fewer. */
static int32_t read_unit(struct reader *reader)
{
    int32_t unit = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_value(peek(reader));
        if (digit < 0) {
            return -1;
        }
        unit = unit * 16 + digit;
        reader->at++;
    }
    return unit;
}

static size_t encode_utf8(uint32_t code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned char leads[] = {0, 0xc0, 0xe0, 0xf0};
    out[0] = (char)(leads[more] | code >> (6 * more));
    for (size_t i = 1; i <= more; i++) {
        out[i] = (char)(0x80 | (code >> (6 * (more - i)) & 0x3f));
    }
    return more + 1;
}

/** Read what follows `\u`, a surrogate pair included; returns the bytes written or 0. */
static size_t read_unicode(struct reader *reader, char *out)
{
    int32_t unit = read_unit(reader);
    if (unit < 0 || (unit >= 0xdc00 && unit < 0xe000)) {
        return 0;
    }
    uint32_t code = (uint32_t)unit;
    if (unit >= 0xd800 && unit < 0xdc00) {
        if (peek(reader) != '\\' || reader->at + 1 >= reader->size ||
            reader->bytes[reader->at + 1] != 'u') {
            return 0;
        }
        reader->at += 2;
        int32_t low = read_unit(reader);
        if (low < 0xdc00 || low >= 0xe000) {
            return 0;
        }
        code = 0x10000 + ((code - 0xd800) << 10) + ((uint32_t)low - 0xdc00);
    }
    return encode_utf8(code, out);
}

static size_t read_escape(struct reader *reader, char *out)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    int letter = peek(reader);
    reader->at += letter >= 0 ? 1 : 0;
    if (letter == 'u') {
        return read_unicode(reader, out);
    }
    const char *found = letter > 0 ? strchr(letters, letter) : NULL;
    if (found == NULL) {
        return 0;
    }
    out[0] = meanings[found - letters];
    return 1;
}

/** Return the length of the well-formed UTF-8 sequence at the reader, 0 if there is none. */
static size_t utf8_length(const struct reader *reader)
{
    const unsigned char *at = (const unsigned char *)reader->bytes + reader->at;
    size_t left = reader->size - reader->at;
    size_t length = at[0] < 0x80 ? 1 : at[0] < 0xc2 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
    if (length == 0 || at[0] > 0xf4 || length > left) {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    bool overlong = (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xf0 && at[1] < 0x90);
    bool surrogate = at[0] == 0xed && at[1] >= 0xa0;
    bool beyond = at[0] == 0xf4 && at[1] >= 0x90;
    return overlong || surrogate || beyond ? 0 : length;
}

static struct rh_beam_json *read_string(struct reader *reader)
{
    struct rh_beam_json *value = make(reader, RH_BEAM_JSON_STRING);
    struct rh_beam_text text = {.arena = reader->arena};
    reader->at++;
    while (peek(reader) != '"') {
        char escaped[4];
        const char *piece = reader->bytes + reader->at;
        size_t length;
        if (peek(reader) < 0x20) {
            return refuse(reader, peek(reader) < 0 ? "the string does not end"
                                                   : "a control character must be escaped");
        }
        if (peek(reader) == '\\') {
            reader->at++;
            length = read_escape(reader, escaped);
            piece = escaped;
        } else {
            length = utf8_length(reader);
            reader->at += length;
        }
        if (length == 0) {
            return refuse(reader, piece == escaped ? "unknown escape" : "this is not UTF-8");
        }
        rh_beam_put(&text, piece, length);
    }
    reader->at++;
    value->string = rh_beam_text_end(&text);
    value->size = text.length;
    value->has_nul = memchr(value->string, '\0', value->size) != NULL;
    return value;
}

/* ---- arrays and objects ---- */

static struct rh_beam_json *read_value(struct reader *reader);

static bool append(struct reader *reader, struct rh_beam_json *value, size_t *capacity,
                   struct rh_beam_json *key, struct rh_beam_json *item)
{
    if (item == NULL) {
        return false;
    }
    if (value->count == *capacity) {
        size_t again = *capacity;
        value->items = rh_beam_grow(reader->arena, value->items, capacity, sizeof(*value->items));
        value->keys = rh_beam_grow(reader->arena, value->keys, &again, sizeof(*value->keys));
    }
    value->keys[value->count] = key;
    value->items[value->count++] = item;
    return true;
}

static struct rh_beam_json *read_key(struct reader *reader, const struct rh_beam_json *object)
{
    skip_space(reader);
    size_t start = reader->at;
    if (peek(reader) != '"') {
        return refuse(reader, "a key must be a string");
    }
    struct rh_beam_json *key = read_string(reader);
    if (key == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < object->count; i++) {
        if (object->keys[i]->size == key->size &&
            memcmp(object->keys[i]->string, key->string, key->size) == 0) {
            reader->at = start;
            return refuse(reader, "this key stands twice in the object");
        }
    }
    skip_space(reader);
    if (peek(reader) != ':') {
        return refuse(reader, "a colon must follow the key");
    }
    reader->at++;
    return key;
}

/** Read what stands between the brackets; the reader is behind the opening one. */
static struct rh_beam_json *read_entries(struct reader *reader, struct rh_beam_json *value,
                                         int closing)
{
    size_t capacity = 0;
    skip_space(reader);
    while (peek(reader) != closing) {
        struct rh_beam_json *key = NULL;
        if (closing == '}') {
            key = read_key(reader, value);
            if (key == NULL) {
                return NULL;
            }
        }
        if (!append(reader, value, &capacity, key, read_value(reader))) {
            return NULL;
        }
        skip_space(reader);
        if (peek(reader) == ',') {
            reader->at++;
            skip_space(reader);
            if (peek(reader) == closing) {
                return refuse(reader, "an entry must follow the comma");
            }
        } else if (peek(reader) != closing) {
            return refuse(reader, closing == '}' ? "a comma or } must follow the entry"
                                                 : "a comma or ] must follow the entry");
        }
    }
    reader->at++;
    return value;
}

static struct rh_beam_json *read_value(struct reader *reader)
{
    skip_space(reader);
    int first = peek(reader);
    if (first == '"') {
        return read_string(reader);
    }
    if (first == '-' || is_digit(first)) {
        return read_integer(reader);
    }
    if (first != '[' && first != '{') {
        return read_literal(reader);
    }
    if (reader->depth == RH_BEAM_JSON_DEPTH_MAX) {
        return refuse(reader, "too deeply nested");
    }
    struct rh_beam_json *value =
        make(reader, first == '[' ? RH_BEAM_JSON_ARRAY : RH_BEAM_JSON_OBJECT);
    reader->at++;
    reader->depth++;
    value = read_entries(reader, value, first == '[' ? ']' : '}');
    reader->depth--;
    return value;
}

struct rh_beam_json *rh_beam_json_read(struct rh_beam_arena *arena, const char *file, unsigned line,
                                       const char *bytes, size_t size,
                                       struct rh_beam_flaw *ret_flaw)
{
    struct reader reader = {
        .arena = arena, .bytes = bytes, .size = size, .line = line, .flaw = ret_flaw};
    *ret_flaw = (struct rh_beam_flaw){.file = file, .line = line, .column = 1};
    if (size > RH_BEAM_JSON_BYTES_MAX) {
        return refuse(&reader, "the line is too long");
    }
    struct rh_beam_json *value = read_value(&reader);
    skip_space(&reader);
    if (value != NULL && reader.at < size) {
        return refuse(&reader, "something follows the value");
    }
    return value;
}

/* ---- looking at values ---- */

bool rh_beam_flaw_at(struct rh_beam_flaw *flaw, const struct rh_beam_json *at, const char *format,
                     ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(flaw->text, sizeof flaw->text, format, arguments);
    va_end(arguments);
    flaw->line = at->line;
    flaw->column = at->column;
    return false;
}

struct rh_beam_json *rh_beam_json_get(const struct rh_beam_json *object, const char *key)
{
    if (object == NULL || object->kind != RH_BEAM_JSON_OBJECT) {
        return NULL;
    }
    for (size_t i = 0; i < object->count; i++) {
        if (rh_beam_json_is_word(object->keys[i], key)) {
            return object->items[i];
        }
    }
    return NULL;
}

bool rh_beam_json_is_word(const struct rh_beam_json *value, const char *word)
{
    return value != NULL && value->kind == RH_BEAM_JSON_STRING && !value->has_nul &&
           strcmp(value->string, word) == 0;
}

const char *rh_beam_json_kind_word(enum rh_beam_json_kind kind)
{
    static const char *const words[RH_BEAM_JSON_KINDS] = {"null",     "a boolean", "an integer",
                                                          "a string", "an array",  "an object"};
    return words[kind];
}

static int compare_bytes(const char *a, size_t a_size, const char *b, size_t b_size)
{
    int order = memcmp(a, b, a_size < b_size ? a_size : b_size);
    return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

static int compare_keys(const void *a, const void *b)
{
    const struct rh_beam_json *left = **(struct rh_beam_json *const *const *)a;
    const struct rh_beam_json *right = **(struct rh_beam_json *const *const *)b;
    return compare_bytes(left->string, left->size, right->string, right->size);
}

static void put_object(struct rh_beam_text *text, const struct rh_beam_json *object)
{
    /* Pointers into `keys`: the position in it tells which item belongs to the key. */
    struct rh_beam_json ***order =
        rh_beam_take(text->arena, (object->count + 1) * sizeof(struct rh_beam_json **));
    for (size_t i = 0; i < object->count; i++) {
        order[i] = &object->keys[i];
    }
    qsort(order, object->count, sizeof *order, compare_keys);
    for (size_t i = 0; i < object->count; i++) {
        rh_beam_put_word(text, i == 0 ? "{" : ",");
        rh_beam_put_string(text, (*order[i])->string, (*order[i])->size);
        rh_beam_put_word(text, ":");
        rh_beam_put_json(text, object->items[order[i] - object->keys]);
    }
    rh_beam_put_word(text, object->count == 0 ? "{}" : "}");
}

void rh_beam_put_json(struct rh_beam_text *text, const struct rh_beam_json *value)
{
    switch (value->kind) {
    case RH_BEAM_JSON_BOOL:
        rh_beam_put_word(text, value->boolean ? "true" : "false");
        return;
    case RH_BEAM_JSON_INT:
        rh_beam_put_int(text, value->integer);
        return;
    case RH_BEAM_JSON_STRING:
        rh_beam_put_string(text, value->string, value->size);
        return;
    case RH_BEAM_JSON_OBJECT:
        put_object(text, value);
        return;
    case RH_BEAM_JSON_ARRAY:
        for (size_t i = 0; i < value->count; i++) {
            rh_beam_put_word(text, i == 0 ? "[" : ",");
            rh_beam_put_json(text, value->items[i]);
        }
        rh_beam_put_word(text, value->count == 0 ? "[]" : "]");
        return;
    default:
        rh_beam_put_word(text, "null");
        return;
    }
}

const char *rh_beam_json_text(struct rh_beam_arena *arena, const struct rh_beam_json *value)
{
    struct rh_beam_text text = {.arena = arena};
    rh_beam_put_json(&text, value);
    return rh_beam_text_end(&text);
}

static int compare_arrays(const struct rh_beam_json *a, const struct rh_beam_json *b)
{
    for (size_t i = 0; i < a->count && i < b->count; i++) {
        int order = rh_beam_json_compare(a->items[i], b->items[i]);
        if (order != 0) {
            return order;
        }
    }
    return (a->count > b->count) - (a->count < b->count);
}

static int compare_objects(const struct rh_beam_json *a, const struct rh_beam_json *b)
{
    struct rh_beam_arena arena = {0};
    int order = strcmp(rh_beam_json_text(&arena, a), rh_beam_json_text(&arena, b));
    rh_beam_arena_deinit(&arena);
    return order;
}

int rh_beam_json_compare(const struct rh_beam_json *a, const struct rh_beam_json *b)
{
    if (a->kind != b->kind) {
        return a->kind < b->kind ? -1 : 1;
    }
    switch (a->kind) {
    case RH_BEAM_JSON_BOOL:
        return (int)a->boolean - (int)b->boolean;
    case RH_BEAM_JSON_INT:
        return (a->integer > b->integer) - (a->integer < b->integer);
    case RH_BEAM_JSON_STRING:
        return compare_bytes(a->string, a->size, b->string, b->size);
    case RH_BEAM_JSON_ARRAY:
        return compare_arrays(a, b);
    case RH_BEAM_JSON_OBJECT:
        return compare_objects(a, b);
    default:
        return 0;
    }
}

/* SPDX-License-Identifier: MIT */
/* One mechanism for all verbs. A verb is its word and a string of letters; a letter is a row of `fields`: where its value
 * is kept in struct wire_message, and of which shape it is. Encoder and decoder walk the letters, so what one writes the
 * other reads, and a new verb is a row of WIRE_MAP and nothing else.
 *
 * The decoder judges heads by itself, since all that it wants is small: an array, a text, integers below a bound. Values
 * that belong to users go through core/message's border, as everything from outside does. A value in last place is judged
 * together with the end of the frame, so that payloads are walked once; only one that is followed by another is measured
 * before. */
#include "core/wire/wire.h"

#include "core/base/assert.h"
#include "core/message/head.h"
#include "core/message/utf8.h"
#include "core/wire/frame.h"

#include <string.h>

/* CBOR's `undefined`: no value. */
#define NOTHING 0xf7U

/* ---- The tables ---- */

struct verb {
    const char *word;
    const char *fields;
    uint8_t word_size;
    uint8_t field_count;
};

static const struct verb verbs[] = {
#define X(identifier, word, opcode, fields, sentence)                                              \
    {word, fields, sizeof(word) - 1, sizeof(fields) - 1},
    WIRE_MAP(X)
#undef X
};

static const bool plain_verbs[WIRE_COUNT] = {
    [WIRE_SEND] = true, [WIRE_SEND_NAMED] = true,      [WIRE_LINK] = true,
    [WIRE_EXIT] = true, [WIRE_TRANSPORT_ERROR] = true,
};

enum shape {
    SHAPE_NONE, /* no letter of ours */
    SHAPE_NUMBER,
    SHAPE_NUMBER_OR_NAME,
    SHAPE_NAME,
    SHAPE_ITEM,
    SHAPE_REASON,
};

struct field {
    enum shape shape;
    size_t offset;       /* of the number or item in the message */
    uint64_t most;       /* the largest number */
    uint64_t plain_most; /* the same for a peer that did not say hello */
};

#define AT(member) offsetof(struct wire_message, member)
#define ID_MOST (WIRE_BY_PID - 1)

static const struct field fields[] = {
    ['f'] = {SHAPE_NUMBER, AT(from), ID_MOST, ID_MOST},
    ['F'] = {SHAPE_NUMBER_OR_NAME, AT(from), UINT64_MAX, ID_MOST},
    ['t'] = {SHAPE_NUMBER, AT(to), UINT64_MAX, ID_MOST},
    ['T'] = {SHAPE_NUMBER_OR_NAME, AT(to), UINT64_MAX, ID_MOST},
    ['r'] = {SHAPE_NUMBER, AT(reference), UINT64_MAX, UINT64_MAX},
    ['a'] = {SHAPE_NUMBER, AT(numbers[0]), UINT32_MAX, UINT32_MAX},
    ['b'] = {SHAPE_NUMBER, AT(numbers[1]), UINT32_MAX, UINT32_MAX},
    ['c'] = {SHAPE_NUMBER, AT(numbers[2]), UINT32_MAX, UINT32_MAX},
    ['d'] = {SHAPE_NUMBER, AT(numbers[3]), UINT32_MAX, UINT32_MAX},
    ['n'] = {SHAPE_NAME, AT(name), 0, 0},
    ['i'] = {SHAPE_ITEM, AT(item), 0, 0},
    ['x'] = {SHAPE_REASON, AT(reason), 0, 0},
};

static const struct field *field_of(char letter)
{
    const struct field *field = &fields[(unsigned char)letter];
    RH_ASSERT(field->shape != SHAPE_NONE);
    return field;
}

static const struct verb *verb_of(enum wire_verb verb)
{
    RH_ASSERT(verb < WIRE_COUNT);
    return &verbs[verb];
}

static uint64_t *number_at(struct wire_message *message, const struct field *field)
{
    return (uint64_t *)(void *)((char *)message + field->offset);
}

static uint64_t number_of(const struct wire_message *message, const struct field *field)
{
    return *(const uint64_t *)(const void *)((const char *)message + field->offset);
}

static struct rh_item *item_at(struct wire_message *message, const struct field *field)
{
    return (struct rh_item *)(void *)((char *)message + field->offset);
}

static const struct rh_item *item_of(const struct wire_message *message, const struct field *field)
{
    return (const struct rh_item *)(const void *)((const char *)message + field->offset);
}

const char *wire_verb_word(enum wire_verb verb)
{
    return verb_of(verb)->word;
}

const char *wire_verb_fields(enum wire_verb verb)
{
    return verb_of(verb)->fields;
}

bool wire_verb_is_plain(enum wire_verb verb)
{
    return verb < WIRE_COUNT && plain_verbs[verb];
}

const char *wire_result_word(enum wire_result result)
{
    switch (result) {
    case WIRE_OK:
        return "ok";
    case WIRE_UNKNOWN_VERB:
        return "unknown_verb";
    case WIRE_BAD_ITEM:
        return "bad_item";
    case WIRE_BAD_FIELD:
        return "bad_field";
    case WIRE_NOT_AN_ARRAY:
        break;
    }
    return "bad_frame";
}

/* ---- Reading ---- */

struct decoder {
    const uint8_t *at;
    size_t left;
    const struct rh_limits *limits;
    bool plain;
    bool is_last; /* the field that is being read */
};

static void advance(struct decoder *decoder, size_t size)
{
    decoder->at += size;
    decoder->left -= size;
}

/* Read a head of one major type and of minimal length. */
static bool read_head(struct decoder *decoder, enum rh_major major, uint64_t *ret_argument)
{
    struct rh_head head;
    if (!rh_head_read(decoder->at, decoder->left, &head) || head.major != major ||
        head.size != rh_head_size(head.argument)) {
        return false;
    }
    advance(decoder, head.size);
    *ret_argument = head.argument;
    return true;
}

static bool read_text(struct decoder *decoder, struct rh_item *ret_text)
{
    uint64_t size;
    if (!read_head(decoder, RH_MAJOR_TEXT, &size) || size > decoder->left) {
        return false;
    }
    ret_text->bytes = decoder->at;
    ret_text->size = (size_t)size;
    advance(decoder, (size_t)size);
    return true;
}

static enum wire_result read_number(struct decoder *decoder, const struct field *field,
                                    struct wire_message *message)
{
    uint64_t number;
    if (!read_head(decoder, RH_MAJOR_UINT, &number) ||
        number > (decoder->plain ? field->plain_most : field->most)) {
        return WIRE_BAD_FIELD;
    }
    *number_at(message, field) = number;
    return WIRE_OK;
}

static enum wire_result read_name(struct decoder *decoder, size_t size_least,
                                  struct wire_message *message)
{
    struct rh_item name;
    if (!read_text(decoder, &name) || name.size < size_least ||
        name.size > decoder->limits->name_bytes_max || !rh_utf8_valid(name.bytes, name.size) ||
        memchr(name.bytes, 0, name.size) != NULL) {
        return WIRE_BAD_FIELD;
    }
    message->name = name;
    return WIRE_OK;
}

static enum wire_result read_item(struct decoder *decoder, size_t bytes_max, struct rh_item *item)
{
    size_t size = decoder->left;
    if (size > 0 && decoder->at[0] == NOTHING && (size == 1 || !decoder->is_last)) {
        advance(decoder, 1);
        return WIRE_OK;
    }
    if (!decoder->is_last) {
        size = rh_item_skip(decoder->at, decoder->left);
    }
    if (size > bytes_max || rh_item_validate(decoder->limits, decoder->at, size, NULL) != RH_OK) {
        return WIRE_BAD_ITEM;
    }
    item->bytes = decoder->at;
    item->size = size;
    advance(decoder, size);
    return WIRE_OK;
}

/* Class words and what a reason is truncated to fit a handle, and may be told whatever the limit is. */
static enum wire_result read_reason(struct decoder *decoder, struct rh_item *reason)
{
    size_t bytes_max = decoder->limits->reason_bytes_max;
    if (decoder->plain && (decoder->left == 0 || decoder->at[0] >> 5 != RH_MAJOR_TEXT)) {
        return WIRE_BAD_ITEM;
    }
    return read_item(
        decoder, bytes_max < RH_MESSAGE_INLINE_BYTES ? RH_MESSAGE_INLINE_BYTES : bytes_max, reason);
}

static enum wire_result read_field(struct decoder *decoder, const struct field *field,
                                   struct wire_message *message)
{
    bool is_text = decoder->left > 0 && decoder->at[0] >> 5 == RH_MAJOR_TEXT;
    switch (field->shape) {
    case SHAPE_NUMBER_OR_NAME:
        return is_text ? read_name(decoder, 1, message) : read_number(decoder, field, message);
    case SHAPE_NAME:
        return read_name(decoder, 0, message);
    case SHAPE_ITEM:
        return read_item(decoder, decoder->limits->message_bytes_max, item_at(message, field));
    case SHAPE_REASON:
        return read_reason(decoder, item_at(message, field));
    default:
        return read_number(decoder, field, message);
    }
}

static enum wire_verb find_verb(struct rh_item word)
{
    enum wire_verb verb = WIRE_HELLO;
    while (verb < WIRE_COUNT && (verbs[verb].word_size != word.size ||
                                 memcmp(verbs[verb].word, word.bytes, word.size) != 0)) {
        verb++;
    }
    return verb;
}

enum wire_result wire_decode(const uint8_t *bytes, size_t size, const struct rh_limits *limits,
                             bool plain, struct wire_message *ret_message)
{
    struct decoder decoder = {bytes, size, limits, plain, false};
    struct rh_item word;
    struct rh_head array;
    memset(ret_message, 0, sizeof *ret_message);
    ret_message->verb = WIRE_COUNT;
    if (!rh_head_read(bytes, size, &array) || array.major != RH_MAJOR_ARRAY) {
        return WIRE_NOT_AN_ARRAY;
    }
    advance(&decoder, array.size);
    if (array.size != rh_head_size(array.argument) || array.argument == 0 ||
        !read_text(&decoder, &word)) {
        return WIRE_BAD_FIELD;
    }
    enum wire_verb verb = find_verb(word);
    if (verb == WIRE_COUNT || (plain && !plain_verbs[verb])) {
        return WIRE_UNKNOWN_VERB;
    }
    ret_message->verb = verb;
    if (array.argument != (uint64_t)verbs[verb].field_count + 1) {
        return WIRE_BAD_FIELD;
    }
    enum wire_result result = WIRE_OK;
    for (const char *letter = verbs[verb].fields; *letter != '\0' && result == WIRE_OK; letter++) {
        decoder.is_last = letter[1] == '\0';
        result = read_field(&decoder, field_of(*letter), ret_message);
    }
    return result == WIRE_OK && decoder.left > 0 ? WIRE_BAD_FIELD : result;
}

/* ---- Writing ---- */

static bool writes_name(const struct wire_message *message, const struct field *field)
{
    return field->shape == SHAPE_NAME ||
           (field->shape == SHAPE_NUMBER_OR_NAME && message->name.size > 0);
}

static bool writes_item(const struct field *field)
{
    return field->shape == SHAPE_ITEM || field->shape == SHAPE_REASON;
}

static size_t field_size(const struct wire_message *message, const struct field *field)
{
    if (writes_item(field)) {
        size_t size = item_of(message, field)->size;
        return size > 0 ? size : 1;
    }
    if (writes_name(message, field)) {
        return rh_head_size(message->name.size) + message->name.size;
    }
    return rh_head_size(number_of(message, field));
}

size_t wire_size(const struct wire_message *message)
{
    const struct verb *verb = verb_of(message->verb);
    size_t size = FRAME_HEADER_BYTES + rh_head_size((uint64_t)verb->field_count + 1) +
                  rh_head_size(verb->word_size) + verb->word_size;
    for (const char *letter = verb->fields; *letter != '\0'; letter++) {
        size += field_size(message, field_of(*letter));
    }
    return size;
}

static uint8_t *write_head(uint8_t *to, enum rh_major major, uint64_t argument)
{
    size_t size = rh_head_size(argument);
    rh_head_write(to, size, major, argument);
    return to + size;
}

static uint8_t *write_bytes(uint8_t *to, const void *bytes, size_t size)
{
    if (size > 0) {
        memcpy(to, bytes, size);
    }
    return to + size;
}

static uint8_t *write_field(uint8_t *to, const struct wire_message *message,
                            const struct field *field)
{
    if (writes_item(field)) {
        static const uint8_t nothing = NOTHING;
        const struct rh_item *item = item_of(message, field);
        return item->size > 0 ? write_bytes(to, item->bytes, item->size)
                              : write_bytes(to, &nothing, 1);
    }
    if (writes_name(message, field)) {
        to = write_head(to, RH_MAJOR_TEXT, message->name.size);
        return write_bytes(to, message->name.bytes, message->name.size);
    }
    return write_head(to, RH_MAJOR_UINT, number_of(message, field));
}

size_t wire_encode(const struct wire_message *message, uint8_t *to, size_t room)
{
    const struct verb *verb = verb_of(message->verb);
    size_t size = wire_size(message);
    RH_ASSERT(size <= room);
    RH_ASSERT(size - FRAME_HEADER_BYTES <= UINT32_MAX);
    frame_header_write(to, (uint32_t)(size - FRAME_HEADER_BYTES));
    uint8_t *at = to + FRAME_HEADER_BYTES;
    at = write_head(at, RH_MAJOR_ARRAY, (uint64_t)verb->field_count + 1);
    at = write_head(at, RH_MAJOR_TEXT, verb->word_size);
    at = write_bytes(at, verb->word, verb->word_size);
    for (const char *letter = verb->fields; *letter != '\0'; letter++) {
        at = write_field(at, message, field_of(*letter));
    }
    RH_ASSERT((size_t)(at - to) == size);
    return size;
}

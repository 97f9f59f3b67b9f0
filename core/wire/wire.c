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

/* wire_size_most counts one byte for each of a frame's first two heads. */
#define X(identifier, word, opcode, fields, sentence)                                              \
    _Static_assert(sizeof(word) <= 24 && sizeof(fields) < 24, "the heads of " word " are short");
WIRE_MAP(X)
#undef X

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

/* Each reader takes the place where something begins and returns the place behind it; NULL: it is not what is wanted. */
struct decoder {
    const uint8_t *end;
    const struct rh_limits *limits;
    struct wire_message *message;
    enum wire_result flaw; /* of a reader that has returned NULL */
    bool plain;
    bool is_last; /* the field that is being read */
};

static inline size_t left_from(const struct decoder *decoder, const uint8_t *at)
{
    return (size_t)(decoder->end - at);
}

/* Read a head of one major type and of minimal length. Most are one byte. */
static inline const uint8_t *read_head(const struct decoder *decoder, const uint8_t *at,
                                       enum rh_major major, uint64_t *ret_argument)
{
    uint64_t argument = at < decoder->end ? at[0] - ((uint64_t)major << 5) : UINT64_MAX;
    if (argument < 24) {
        *ret_argument = argument;
        return at + 1;
    }
    struct rh_head head = rh_head_read_any(at, left_from(decoder, at));
    if (head.size == 0 || head.major != major || !rh_head_is_shortest(&head)) {
        return NULL;
    }
    *ret_argument = head.argument;
    return at + head.size;
}

static const uint8_t *read_text(const struct decoder *decoder, const uint8_t *at,
                                struct rh_item *ret_text)
{
    uint64_t size;
    at = read_head(decoder, at, RH_MAJOR_TEXT, &size);
    if (at == NULL || size > left_from(decoder, at)) {
        return NULL;
    }
    ret_text->bytes = at;
    ret_text->size = (size_t)size;
    return at + size;
}

static const uint8_t *read_number(struct decoder *decoder, const uint8_t *at,
                                  const struct field *field)
{
    uint64_t number;
    decoder->flaw = WIRE_BAD_FIELD;
    at = read_head(decoder, at, RH_MAJOR_UINT, &number);
    if (at == NULL || number > (decoder->plain ? field->plain_most : field->most)) {
        return NULL;
    }
    *number_at(decoder->message, field) = number;
    return at;
}

static const uint8_t *read_name(struct decoder *decoder, const uint8_t *at, size_t size_least)
{
    struct rh_item name;
    decoder->flaw = WIRE_BAD_FIELD;
    at = read_text(decoder, at, &name);
    if (at == NULL || name.size < size_least || name.size > decoder->limits->name_bytes_max ||
        !rh_utf8_valid(name.bytes, name.size) || memchr(name.bytes, 0, name.size) != NULL) {
        return NULL;
    }
    decoder->message->name = name;
    return at;
}

static const uint8_t *read_item(struct decoder *decoder, const uint8_t *at, size_t bytes_max,
                                struct rh_item *item)
{
    size_t size = left_from(decoder, at);
    decoder->flaw = WIRE_BAD_ITEM;
    if (size > 0 && at[0] == NOTHING && (size == 1 || !decoder->is_last)) {
        return at + 1;
    }
    if (!decoder->is_last) {
        size = rh_item_skip(at, size);
    }
    if (size > bytes_max || rh_item_validate(decoder->limits, at, size, NULL) != RH_OK) {
        return NULL;
    }
    item->bytes = at;
    item->size = size;
    return at + size;
}

/* Class words and what a reason is truncated to fit a handle, and may be told whatever the limit is. */
static const uint8_t *read_reason(struct decoder *decoder, const uint8_t *at,
                                  struct rh_item *reason)
{
    size_t bytes_max = decoder->limits->reason_bytes_max;
    if (decoder->plain && (at == decoder->end || at[0] >> 5 != RH_MAJOR_TEXT)) {
        decoder->flaw = WIRE_BAD_ITEM;
        return NULL;
    }
    bytes_max = bytes_max < RH_MESSAGE_INLINE_BYTES ? RH_MESSAGE_INLINE_BYTES : bytes_max;
    return read_item(decoder, at, bytes_max, reason);
}

static const uint8_t *read_field(struct decoder *decoder, const uint8_t *at,
                                 const struct field *field)
{
    switch (field->shape) {
    case SHAPE_NUMBER:
        return read_number(decoder, at, field);
    case SHAPE_NUMBER_OR_NAME:
        if (at == decoder->end || at[0] >> 5 != RH_MAJOR_TEXT) {
            return read_number(decoder, at, field);
        }
        return read_name(decoder, at, 1);
    case SHAPE_NAME:
        return read_name(decoder, at, 0);
    case SHAPE_ITEM:
        return read_item(decoder, at, decoder->limits->message_bytes_max,
                         item_at(decoder->message, field));
    case SHAPE_REASON:
        return read_reason(decoder, at, item_at(decoder->message, field));
    default:
        return NULL; /* field_of has refused it */
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

static enum wire_result read_fields(struct decoder *decoder, const uint8_t *at, const char *letter)
{
    for (; *letter != '\0'; letter++) {
        decoder->is_last = letter[1] == '\0';
        at = read_field(decoder, at, field_of(*letter));
        if (at == NULL) {
            return decoder->flaw;
        }
    }
    return at == decoder->end ? WIRE_OK : WIRE_BAD_FIELD;
}

enum wire_result wire_decode(const uint8_t *bytes, size_t size, const struct rh_limits *limits,
                             bool plain, struct wire_message *ret_message)
{
    struct decoder decoder = {
        .end = bytes + size, .limits = limits, .message = ret_message, .plain = plain};
    struct rh_item word;
    struct rh_head array;
    wire_message_init(ret_message, WIRE_COUNT);
    if (!rh_head_read(bytes, size, &array) || array.major != RH_MAJOR_ARRAY) {
        return WIRE_NOT_AN_ARRAY;
    }
    const uint8_t *at = bytes + array.size;
    if (!rh_head_is_shortest(&array) || array.argument == 0 ||
        (at = read_text(&decoder, at, &word)) == NULL) {
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
    return read_fields(&decoder, at, verbs[verb].fields);
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

size_t wire_size_most(const struct wire_message *message)
{
    const struct verb *verb = verb_of(message->verb);
    return FRAME_HEADER_BYTES + 2 + verb->word_size +
           (size_t)verb->field_count * RH_HEAD_BYTES_MAX + message->name.size + message->item.size +
           message->reason.size;
}

static inline uint8_t *write_head(uint8_t *to, enum rh_major major, uint64_t argument)
{
    if (argument < 24) {
        *to = (uint8_t)((unsigned)major << 5 | (unsigned)argument);
        return to + 1;
    }
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
    if (field->shape == SHAPE_NUMBER) { /* most are */
        return write_head(to, RH_MAJOR_UINT, number_of(message, field));
    }
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
    RH_ASSERT(wire_size_most(message) <= room || wire_size(message) <= room);
    uint8_t *at = to + FRAME_HEADER_BYTES;
    at = write_head(at, RH_MAJOR_ARRAY, (uint64_t)verb->field_count + 1);
    at = write_head(at, RH_MAJOR_TEXT, verb->word_size);
    at = write_bytes(at, verb->word, verb->word_size);
    for (const char *letter = verb->fields; *letter != '\0'; letter++) {
        at = write_field(at, message, field_of(*letter));
    }
    size_t size = (size_t)(at - to);
    RH_ASSERT(size - FRAME_HEADER_BYTES <= UINT32_MAX);
    frame_header_write(to, (uint32_t)(size - FRAME_HEADER_BYTES));
    return size;
}

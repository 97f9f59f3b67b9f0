/* SPDX-License-Identifier: MIT */
/* The border. Everything that comes from outside, as a frame, a trace or a file, passes here once;
 * behind it items are valid and are walked without another look.
 *
 * What the subset demands beyond well-formedness is judged here, too: shortest heads, definite lengths,
 * UTF-8, sorted keys, the five tags with their content, and no count or length that the bytes left
 * could not hold. The last one makes the time linear in the bytes received, whatever they announce.
 * Nesting is a fixed array of open containers, so depth costs no stack of ours; tags are not nested,
 * because each of ours has a content of fixed shape that is read on the spot.
 *
 * A check takes the place where something begins and returns the place behind it, so that the position stays in a
 * register; NULL is a flaw. Heads of the subset are read here. Any other is shown to libcbor, whose stateless decoder knows
 * all that CBOR has, and which says what was refused; its `required` is never looked at, because on short input it may be
 * 0 or have wrapped. */
#include "core/message/head.h"
#include "core/message/utf8.h"

#include <rehearse/message.h>

#include <cbor.h>

struct container {
    uint64_t left;      /* items still to come, keys and values counted apart */
    const uint8_t *key; /* the previous key; key_size 0: there is none */
    size_t key_size;
    bool is_map;
};

struct validator {
    const uint8_t *begin;
    const uint8_t *end;
    struct container *innermost;
    struct container *deepest; /* that may be open */
    enum rh_status status;
    struct rh_flaw flaw;
    struct container open[1 + RH_NESTING_CEILING]; /* the first holds the item itself */
};

static const uint8_t *flawed(struct validator *validator, const uint8_t *at, enum rh_status status,
                             const char *sentence)
{
    validator->status = status;
    validator->flaw.offset = (size_t)(at - validator->begin);
    validator->flaw.sentence = sentence;
    return NULL;
}

/* ---- What the subset does not have ---- */

static void on_indefinite(void *ret_sentence)
{
    *(const char **)ret_sentence = "a length is indefinite";
}

static void on_float(void *ret_sentence, float value)
{
    (void)value;
    *(const char **)ret_sentence = "a floating-point number";
}

static void on_double(void *ret_sentence, double value)
{
    (void)value;
    *(const char **)ret_sentence = "a floating-point number";
}

static void on_undefined(void *ret_sentence)
{
    *(const char **)ret_sentence = "the value undefined";
}

/* Say why there is no head of ours at `at`. */
RH_COLD static const uint8_t *refuse(struct validator *validator, const uint8_t *at)
{
    struct cbor_callbacks callbacks = cbor_empty_callbacks;
    callbacks.byte_string_start = on_indefinite;
    callbacks.string_start = on_indefinite;
    callbacks.indef_array_start = on_indefinite;
    callbacks.indef_map_start = on_indefinite;
    callbacks.indef_break = on_indefinite;
    callbacks.float2 = on_float;
    callbacks.float4 = on_float;
    callbacks.float8 = on_double;
    callbacks.undefined = on_undefined;
    const char *sentence = "a reserved head";
    size_t left = (size_t)(validator->end - at);
    if (left == 0 ||
        cbor_stream_decode(at, left, &callbacks, &sentence).status == CBOR_DECODER_NEDATA) {
        return flawed(validator, at, RH_TRUNCATED, "the bytes end before the item");
    }
    return flawed(validator, at, RH_MALFORMED, sentence);
}

/* ---- Heads ---- */

static inline bool is_string(const struct rh_head *head)
{
    return head->major == RH_MAJOR_BYTES || head->major == RH_MAJOR_TEXT;
}

/* Simple values are three, in one byte. */
static inline bool is_simple(const struct rh_head *head)
{
    return head->size == 1 && head->argument >= RH_SIMPLE_FALSE && head->argument <= RH_SIMPLE_NULL;
}

RH_COLD static const uint8_t *refuse_length(struct validator *validator, const uint8_t *at,
                                            struct rh_head head)
{
    size_t left = (size_t)(validator->end - at) - head.size;
    if (head.major == RH_MAJOR_SIMPLE || (is_string(&head) && head.argument > left)) {
        return refuse(validator, at);
    }
    return flawed(validator, at, RH_MALFORMED, "a head is longer than it has to be");
}

/* Read a head. */
static inline const uint8_t *read_head(struct validator *validator, const uint8_t *at,
                                       struct rh_head *ret_head)
{
    if (!rh_head_read(at, (size_t)(validator->end - at), ret_head)) {
        return refuse(validator, at);
    }
    if (!rh_head_is_shortest(ret_head)) {
        return refuse_length(validator, at, *ret_head);
    }
    return at + ret_head->size;
}

/* ---- Tags ---- */

#define NOT_ITS_OWN "a tag has content that is not its own"

/* As `expect`, for any head. */
RH_APART static const uint8_t *expect_any(struct validator *validator, const uint8_t *at,
                                          enum rh_major major, uint64_t least, uint64_t most,
                                          struct rh_head *ret_head)
{
    const uint8_t *behind = read_head(validator, at, ret_head);
    if (behind != NULL &&
        (ret_head->major != major || ret_head->argument < least || ret_head->argument > most)) {
        return flawed(validator, at, RH_MALFORMED, NOT_ITS_OWN);
    }
    return behind;
}

/* Read a head that has to be of this type, with an argument in these bounds. Most are one byte. */
static inline const uint8_t *expect(struct validator *validator, const uint8_t *at,
                                    enum rh_major major, uint64_t least, uint64_t most,
                                    struct rh_head *ret_head)
{
    uint64_t argument = at < validator->end ? at[0] - ((uint64_t)major << 5) : UINT64_MAX;
    if (argument < 24 && argument >= least && argument <= most) {
        *ret_head = (struct rh_head){major, 1, argument};
        return at + 1;
    }
    return expect_any(validator, at, major, least, most, ret_head);
}

static const uint8_t *check_identity(struct validator *validator, const uint8_t *at, uint64_t count)
{
    struct rh_head head;
    at = expect(validator, at, RH_MAJOR_ARRAY, count, count, &head);
    for (uint64_t i = 0; i < count && at != NULL; i++) {
        at = expect(validator, at, RH_MAJOR_UINT, 0, i < 4 ? UINT32_MAX : UINT64_MAX, &head);
    }
    return at;
}

static const uint8_t *check_kind_word(struct validator *validator, const uint8_t *at)
{
    struct rh_head head;
    const uint8_t *content = expect(validator, at, RH_MAJOR_TEXT, 0, UINT64_MAX, &head);
    if (content == NULL) {
        return NULL;
    }
    if (head.argument > (size_t)(validator->end - content)) {
        return refuse(validator, at);
    }
    struct rh_text word = {(const char *)content, (size_t)head.argument};
    enum rh_kind kind = rh_kind_find(word);
    if (kind == RH_KIND_NONE || kind > RH_KIND_REF) {
        return flawed(validator, at, RH_MALFORMED, NOT_ITS_OWN);
    }
    return content + word.size;
}

static const uint8_t *check_tagged(struct validator *validator, const uint8_t *at,
                                   const uint8_t *content, uint64_t tag)
{
    struct rh_head head;
    switch (tag) {
    case RH_TAG_PID:
    case RH_TAG_REF:
        return check_identity(validator, content, tag == RH_TAG_PID ? 4 : 5);
    case RH_TAG_ANY:
        return expect(validator, content, RH_MAJOR_SIMPLE, RH_SIMPLE_NULL, RH_SIMPLE_NULL, &head);
    case RH_TAG_VARIABLE:
        return expect(validator, content, RH_MAJOR_UINT, 0, RH_VARIABLES - 1, &head);
    case RH_TAG_ANY_OF:
        return check_kind_word(validator, content);
    default:
        return flawed(validator, at, RH_MALFORMED, "a tag is unknown");
    }
}

/* ---- Containers ---- */

/* Open a container that is not empty. */
static const uint8_t *open_container(struct validator *validator, const uint8_t *at,
                                     const uint8_t *behind, const struct rh_head *head)
{
    bool is_map = head->major == RH_MAJOR_MAP;
    uint64_t left = (uint64_t)(validator->end - behind);
    if (head->argument > (is_map ? left / 2 : left)) {
        return flawed(validator, at, RH_TRUNCATED, "a count is larger than the bytes can hold");
    }
    if (validator->innermost == validator->deepest) {
        return flawed(validator, at, RH_LIMIT, "arrays and maps are nested too deeply");
    }
    if (head->argument > 0) {
        struct container *container = ++validator->innermost;
        container->left = is_map ? 2 * head->argument : head->argument;
        container->key_size = 0;
        container->is_map = is_map;
    }
    return behind;
}

static inline bool expects_key(const struct validator *validator)
{
    const struct container *container = validator->innermost;
    return container->is_map && container->left % 2 == 0;
}

/* Compare the key at `at` with the one before it. */
static const uint8_t *check_key(struct validator *validator, const uint8_t *at,
                                const uint8_t *behind)
{
    struct container *container = validator->innermost;
    size_t size = (size_t)(behind - at);
    size_t common = size < container->key_size ? size : container->key_size;
    if (common > 0 && memcmp(container->key, at, common) >= 0) {
        return flawed(validator, at, RH_MALFORMED, "map keys are not in increasing order");
    }
    container->key = at;
    container->key_size = size;
    return behind;
}

/* Count one item as complete, and every container that this completes. */
static inline void complete(struct validator *validator)
{
    struct container *container = validator->innermost;
    while (--container->left == 0 && container > validator->open) {
        container--;
    }
    validator->innermost = container;
}

/* ---- Items ---- */

/* Check an integer or a string, which may be a key. */
static inline const uint8_t *check_scalar(struct validator *validator, const uint8_t *at,
                                          const uint8_t *behind, const struct rh_head *head)
{
    if (is_string(head)) {
        if (head->argument > (size_t)(validator->end - behind)) {
            return refuse(validator, at);
        }
        if (head->major == RH_MAJOR_TEXT && !rh_utf8_valid(behind, (size_t)head->argument)) {
            return flawed(validator, at, RH_MALFORMED, "a text is not UTF-8");
        }
        behind += head->argument;
    } else if (head->major == RH_MAJOR_NEGATIVE && head->argument > INT64_MAX) {
        return flawed(validator, at, RH_MALFORMED, "an integer is below -2^63");
    }
    return expects_key(validator) ? check_key(validator, at, behind) : behind;
}

/* Check one head with what belongs to it; what a container holds comes next. */
static inline const uint8_t *check_next(struct validator *validator, const uint8_t *at)
{
    struct rh_head head;
    const uint8_t *behind = read_head(validator, at, &head);
    if (behind == NULL) {
        return NULL;
    }
    if (head.major <= RH_MAJOR_TEXT) {
        behind = check_scalar(validator, at, behind, &head);
    } else if (head.major == RH_MAJOR_SIMPLE && !is_simple(&head)) {
        return refuse(validator, at);
    } else if (expects_key(validator)) {
        return flawed(validator, at, RH_MALFORMED, "a map key is no integer, text or byte string");
    } else if (head.major == RH_MAJOR_TAG) {
        behind = check_tagged(validator, at, behind, head.argument);
    } else if (head.major != RH_MAJOR_SIMPLE) {
        behind = open_container(validator, at, behind, &head);
        if (head.argument > 0) {
            return behind;
        }
    }
    if (behind != NULL) {
        complete(validator);
    }
    return behind;
}

/* Check the first item of the bytes. */
RH_APART static const uint8_t *check_item(struct validator *validator, const uint8_t *bytes,
                                          size_t size, uint32_t depth_max)
{
    const uint8_t *at = bytes;
    validator->begin = bytes;
    validator->end = size > 0 ? bytes + size : bytes; /* which may be NULL */
    validator->innermost = validator->open;
    validator->deepest =
        validator->open + (depth_max < RH_NESTING_CEILING ? depth_max : RH_NESTING_CEILING);
    validator->open[0].left = 1;
    validator->open[0].is_map = false;
    do {
        at = check_next(validator, at);
    } while (at != NULL && validator->open[0].left > 0);
    return at;
}

enum rh_status rh_item_validate(const struct rh_limits *limits, const uint8_t *bytes, size_t size,
                                struct rh_flaw *ret_flaw)
{
    struct validator validator;
    uint32_t bytes_max = RH_MESSAGE_BYTES_CEILING;
    uint32_t depth_max = RH_NESTING_CEILING;
    if (limits != NULL) {
        bytes_max = limits->message_bytes_max < bytes_max ? limits->message_bytes_max : bytes_max;
        depth_max = limits->nesting_max;
    }
    validator.status = RH_OK;
    validator.flaw = (struct rh_flaw){0, ""};
    validator.begin = bytes;
    if (size > bytes_max) {
        (void)flawed(&validator, bytes, RH_LIMIT, "the item is too large");
    } else {
        const uint8_t *behind = check_item(&validator, bytes, size, depth_max);
        if (behind != NULL && behind != validator.end) {
            (void)flawed(&validator, behind, RH_MALFORMED, "bytes follow the item");
        }
    }
    if (ret_flaw != NULL) {
        *ret_flaw = validator.flaw;
    }
    return validator.status;
}

enum rh_status rh_item_length(const uint8_t *bytes, size_t size, size_t *ret_length)
{
    struct validator validator;
    const uint8_t *behind = check_item(&validator, bytes, size, RH_NESTING_CEILING);
    if (behind == NULL) {
        return validator.status;
    }
    *ret_length = (size_t)(behind - bytes);
    return RH_OK;
}

enum rh_status rh_message_decode(const struct rh_allocator *allocator,
                                 const struct rh_limits *limits, const uint8_t *bytes, size_t size,
                                 struct rh_message *ret_message)
{
    *ret_message = rh_message_none();
    enum rh_status status = rh_item_validate(limits, bytes, size, NULL);
    return status == RH_OK ? rh_message_copy(allocator, bytes, size, ret_message) : status;
}

enum rh_status rh_message_check(const struct rh_message *message, const struct rh_limits *limits)
{
    enum rh_status status = rh_message_status(*message);
    struct rh_item item = rh_message_item(message);
    if (status != RH_OK || item.size == 0) {
        return status;
    }
    return rh_item_validate(limits, item.bytes, item.size, NULL);
}

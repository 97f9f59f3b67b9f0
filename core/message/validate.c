/* SPDX-License-Identifier: MIT */
/* The border. Everything that comes from outside, as a frame, a trace or a file, passes here once;
 * behind it items are valid and are walked without libcbor.
 *
 * libcbor's stateless decoder reads one head at a time and allocates nothing; what the subset demands
 * beyond well-formedness is judged here: shortest heads, definite lengths, UTF-8, sorted keys, the
 * five tags with their content, and no count or length that the bytes left could not hold. The last
 * one makes the time linear in the bytes received, whatever they announce. Nesting is a fixed array
 * of open containers, so depth costs no stack of ours; tags are not nested, because each of ours has
 * a content of fixed shape that is read on the spot.
 *
 * Most heads are one byte, in which nothing can be wrong but what we judge anyway: those are read here, and libcbor sees
 * the others. The decoder's `required` is never looked at: on short input it may be 0 or have wrapped. */
#include <rehearse/message.h>

#include "core/message/utf8.h"

#include <cbor.h>

/* From 0.9 on the callbacks take lengths as uint64_t. */
#if CBOR_MAJOR_VERSION > 0 || CBOR_MINOR_VERSION >= 9
typedef uint64_t cbor_length;
#else
typedef size_t cbor_length;
#endif

enum token_kind {
    TOKEN_UINT,
    TOKEN_NEGATIVE,
    TOKEN_BYTES,
    TOKEN_TEXT,
    TOKEN_ARRAY,
    TOKEN_MAP,
    TOKEN_TAG,
    TOKEN_SIMPLE,
    TOKEN_REFUSED
};

/* One head, and for strings their content. */
struct token {
    enum token_kind kind;
    uint64_t argument;
    const uint8_t *content;
    const char *refusal;
};

static void set(void *context, enum token_kind kind, uint64_t argument)
{
    struct token *token = context;
    token->kind = kind;
    token->argument = argument;
}

static void refuse(void *context, const char *refusal)
{
    struct token *token = context;
    token->kind = TOKEN_REFUSED;
    token->refusal = refusal;
}

static void on_uint8(void *context, uint8_t value)
{
    set(context, TOKEN_UINT, value);
}

static void on_uint16(void *context, uint16_t value)
{
    set(context, TOKEN_UINT, value);
}

static void on_uint32(void *context, uint32_t value)
{
    set(context, TOKEN_UINT, value);
}

static void on_uint64(void *context, uint64_t value)
{
    set(context, TOKEN_UINT, value);
}

static void on_negative8(void *context, uint8_t value)
{
    set(context, TOKEN_NEGATIVE, value);
}

static void on_negative16(void *context, uint16_t value)
{
    set(context, TOKEN_NEGATIVE, value);
}

static void on_negative32(void *context, uint32_t value)
{
    set(context, TOKEN_NEGATIVE, value);
}

static void on_negative64(void *context, uint64_t value)
{
    set(context, TOKEN_NEGATIVE, value);
}

static void on_bytes(void *context, cbor_data content, cbor_length size)
{
    set(context, TOKEN_BYTES, size);
    ((struct token *)context)->content = content;
}

static void on_text(void *context, cbor_data content, cbor_length size)
{
    set(context, TOKEN_TEXT, size);
    ((struct token *)context)->content = content;
}

static void on_array(void *context, cbor_length count)
{
    set(context, TOKEN_ARRAY, count);
}

static void on_map(void *context, cbor_length count)
{
    set(context, TOKEN_MAP, count);
}

static void on_tag(void *context, uint64_t tag)
{
    set(context, TOKEN_TAG, tag);
}

static void on_indefinite(void *context)
{
    refuse(context, "a length is indefinite");
}

static void on_float(void *context, float value)
{
    (void)value;
    refuse(context, "a floating-point number");
}

static void on_double(void *context, double value)
{
    (void)value;
    refuse(context, "a floating-point number");
}

static void on_undefined(void *context)
{
    refuse(context, "the value undefined");
}

static void on_null(void *context)
{
    set(context, TOKEN_SIMPLE, 0);
}

static void on_bool(void *context, bool value)
{
    set(context, TOKEN_SIMPLE, value ? 2 : 1);
}

static const struct cbor_callbacks callbacks = {
    .uint8 = on_uint8,
    .uint16 = on_uint16,
    .uint32 = on_uint32,
    .uint64 = on_uint64,
    .negint8 = on_negative8,
    .negint16 = on_negative16,
    .negint32 = on_negative32,
    .negint64 = on_negative64,
    .byte_string_start = on_indefinite,
    .byte_string = on_bytes,
    .string = on_text,
    .string_start = on_indefinite,
    .indef_array_start = on_indefinite,
    .array_start = on_array,
    .indef_map_start = on_indefinite,
    .map_start = on_map,
    .tag = on_tag,
    .float2 = on_float,
    .float4 = on_float,
    .float8 = on_double,
    .undefined = on_undefined,
    .null = on_null,
    .boolean = on_bool,
    .indef_break = on_indefinite,
};

struct container {
    uint64_t left; /* items still to come, keys and values counted apart */
    size_t key;    /* where the previous key is; key_size 0: there is none */
    size_t key_size;
    bool is_map;
};

struct validator {
    const uint8_t *bytes;
    size_t size;
    size_t at;
    uint32_t depth_max;
    uint32_t depth;
    struct rh_flaw flaw;
    struct container open[RH_NESTING_CEILING];
};

static enum rh_status flawed(struct validator *validator, size_t offset, enum rh_status status,
                             const char *sentence)
{
    validator->flaw.offset = offset;
    validator->flaw.sentence = sentence;
    return status;
}

/* Whether the head at `first` spends no byte too many on its argument. */
static bool is_shortest(uint8_t first, enum token_kind kind, uint64_t argument)
{
    switch (first & 31U) {
    case 24:
        return kind != TOKEN_SIMPLE && argument >= 24;
    case 25:
        return argument > UINT8_MAX;
    case 26:
        return argument > UINT16_MAX;
    case 27:
        return argument > UINT32_MAX;
    default:
        return true;
    }
}

/* Read a head of one byte, and step over it and a string's content; false for any other. */
static bool short_token(struct validator *validator, struct token *ret_token)
{
    static const enum token_kind kinds[] = {TOKEN_UINT, TOKEN_NEGATIVE, TOKEN_BYTES,
                                            TOKEN_TEXT, TOKEN_ARRAY,    TOKEN_MAP};
    const uint8_t *head = validator->bytes + validator->at;
    size_t left = validator->size - validator->at - 1;
    unsigned major = head[0] >> 5;
    unsigned argument = head[0] & 31U;
    bool is_string = major == 2 || major == 3;
    if (major > 5 || argument > 23 || (is_string && argument > left)) {
        return false;
    }
    ret_token->kind = kinds[major];
    ret_token->argument = argument;
    ret_token->content = head + 1;
    validator->at += is_string ? 1 + argument : 1;
    return true;
}

/* Decode the next head, and step over it and a string's content. */
static enum rh_status next_token(struct validator *validator, struct token *ret_token)
{
    size_t at = validator->at;
    size_t left = validator->size - at;
    if (left == 0) {
        return flawed(validator, at, RH_TRUNCATED, "the bytes end before the item");
    }
    if (short_token(validator, ret_token)) {
        return RH_OK;
    }
    refuse(ret_token, "a reserved head");
    struct cbor_decoder_result result =
        cbor_stream_decode(validator->bytes + at, left, &callbacks, ret_token);
    if (result.status == CBOR_DECODER_NEDATA) {
        return flawed(validator, at, RH_TRUNCATED, "the bytes end before the item");
    }
    if (result.status != CBOR_DECODER_FINISHED || ret_token->kind == TOKEN_REFUSED ||
        result.read == 0 || result.read > left) {
        return flawed(validator, at, RH_MALFORMED, ret_token->refusal);
    }
    if (!is_shortest(validator->bytes[at], ret_token->kind, ret_token->argument)) {
        return flawed(validator, at, RH_MALFORMED, "a head is longer than it has to be");
    }
    validator->at += result.read;
    return RH_OK;
}

static enum rh_status check_scalar(struct validator *validator, size_t at,
                                   const struct token *token)
{
    if (token->kind == TOKEN_NEGATIVE && token->argument > INT64_MAX) {
        return flawed(validator, at, RH_MALFORMED, "an integer is below -2^63");
    }
    if (token->kind == TOKEN_TEXT && !rh_utf8_valid(token->content, (size_t)token->argument)) {
        return flawed(validator, at, RH_MALFORMED, "a text is not UTF-8");
    }
    return RH_OK;
}

/* Read a token that has to be of this kind and at most `most`. */
static enum rh_status expect(struct validator *validator, enum token_kind kind, uint64_t most,
                             struct token *ret_token)
{
    size_t at = validator->at;
    enum rh_status status = next_token(validator, ret_token);
    if (status == RH_OK && (ret_token->kind != kind || ret_token->argument > most)) {
        status = flawed(validator, at, RH_MALFORMED, "a tag has content that is not its own");
    }
    return status;
}

static enum rh_status check_identity(struct validator *validator, uint64_t count)
{
    struct token token;
    size_t at = validator->at;
    enum rh_status status = expect(validator, TOKEN_ARRAY, count, &token);
    if (status == RH_OK && token.argument != count) {
        status = flawed(validator, at, RH_MALFORMED, "a tag has content that is not its own");
    }
    for (uint64_t i = 0; i < count && status == RH_OK; i++) {
        status = expect(validator, TOKEN_UINT, i < 4 ? UINT32_MAX : UINT64_MAX, &token);
    }
    return status;
}

static enum rh_status check_kind_word(struct validator *validator)
{
    struct token token;
    size_t at = validator->at;
    enum rh_status status = expect(validator, TOKEN_TEXT, UINT64_MAX, &token);
    if (status != RH_OK) {
        return status;
    }
    struct rh_text word = {(const char *)token.content, (size_t)token.argument};
    enum rh_kind kind = rh_kind_find(word);
    if (kind == RH_KIND_NONE || kind > RH_KIND_REF) {
        return flawed(validator, at, RH_MALFORMED, "a tag has content that is not its own");
    }
    return RH_OK;
}

static enum rh_status check_tagged(struct validator *validator, size_t at, uint64_t tag)
{
    struct token token;
    switch (tag) {
    case RH_TAG_PID:
        return check_identity(validator, 4);
    case RH_TAG_REF:
        return check_identity(validator, 5);
    case RH_TAG_ANY:
        return expect(validator, TOKEN_SIMPLE, 0, &token);
    case RH_TAG_VARIABLE:
        return expect(validator, TOKEN_UINT, RH_VARIABLES - 1, &token);
    case RH_TAG_ANY_OF:
        return check_kind_word(validator);
    default:
        return flawed(validator, at, RH_MALFORMED, "a tag is unknown");
    }
}

static enum rh_status open_container(struct validator *validator, size_t at,
                                     const struct token *token)
{
    bool is_map = token->kind == TOKEN_MAP;
    uint64_t left = validator->size - validator->at;
    if (token->argument > (is_map ? left / 2 : left)) {
        return flawed(validator, at, RH_TRUNCATED, "a count is larger than the bytes can hold");
    }
    if (validator->depth == validator->depth_max) {
        return flawed(validator, at, RH_LIMIT, "arrays and maps are nested too deeply");
    }
    struct container *container = &validator->open[validator->depth++];
    container->left = is_map ? 2 * token->argument : token->argument;
    container->key_size = 0;
    container->is_map = is_map;
    return RH_OK;
}

static struct container *innermost(struct validator *validator)
{
    return validator->depth > 0 ? &validator->open[validator->depth - 1] : NULL;
}

static bool expects_key(struct validator *validator)
{
    const struct container *container = innermost(validator);
    return container != NULL && container->is_map && container->left % 2 == 0;
}

/* Compare the key between `at` and the position with the one before it. */
static enum rh_status check_key(struct validator *validator, size_t at)
{
    struct container *container = innermost(validator);
    const uint8_t *bytes = validator->bytes;
    size_t size = validator->at - at;
    size_t common = size < container->key_size ? size : container->key_size;
    if (bytes[at] >= 0x80) {
        return flawed(validator, at, RH_MALFORMED, "a map key is no integer, text or byte string");
    }
    if (common > 0 && memcmp(bytes + container->key, bytes + at, common) >= 0) {
        return flawed(validator, at, RH_MALFORMED, "map keys are not in increasing order");
    }
    container->key = at;
    container->key_size = size;
    return RH_OK;
}

/* Count one item as complete, and every container that this completes. */
static void complete(struct validator *validator)
{
    struct container *container = innermost(validator);
    while (container != NULL && --container->left == 0) {
        validator->depth--;
        container = innermost(validator);
    }
}

/* Check one head with what belongs to it. */
static enum rh_status check_next(struct validator *validator)
{
    struct token token;
    size_t at = validator->at;
    bool is_key = expects_key(validator);
    enum rh_status status = next_token(validator, &token);
    if (status != RH_OK) {
        return status;
    }
    status = is_key ? check_key(validator, at) : RH_OK;
    if (status == RH_OK && (token.kind == TOKEN_ARRAY || token.kind == TOKEN_MAP)) {
        status = open_container(validator, at, &token);
        if (status == RH_OK && token.argument > 0) {
            return RH_OK;
        }
        validator->depth -= status == RH_OK ? 1 : 0;
    } else if (status == RH_OK && token.kind == TOKEN_TAG) {
        status = check_tagged(validator, at, token.argument);
    } else if (status == RH_OK) {
        status = check_scalar(validator, at, &token);
    }
    if (status == RH_OK) {
        complete(validator);
    }
    return status;
}

/* Check the first item of the bytes. */
static enum rh_status check_item(struct validator *validator, const uint8_t *bytes, size_t size,
                                 uint32_t depth_max)
{
    validator->bytes = bytes;
    validator->size = size;
    validator->at = 0;
    validator->depth = 0;
    validator->depth_max = depth_max < RH_NESTING_CEILING ? depth_max : RH_NESTING_CEILING;
    validator->flaw.offset = 0;
    validator->flaw.sentence = "";
    enum rh_status status;
    do {
        status = check_next(validator);
    } while (status == RH_OK && validator->depth > 0);
    return status;
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
    enum rh_status status;
    if (size > bytes_max) {
        status = flawed(&validator, 0, RH_LIMIT, "the item is too large");
    } else {
        status = check_item(&validator, bytes, size, depth_max);
        if (status == RH_OK && validator.at != size) {
            status = flawed(&validator, validator.at, RH_MALFORMED, "bytes follow the item");
        }
    }
    if (ret_flaw != NULL) {
        *ret_flaw = validator.flaw;
    }
    return status;
}

enum rh_status rh_item_length(const uint8_t *bytes, size_t size, size_t *ret_length)
{
    struct validator validator;
    enum rh_status status = check_item(&validator, bytes, size, RH_NESTING_CEILING);
    if (status == RH_OK) {
        *ret_length = validator.at;
    }
    return status;
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

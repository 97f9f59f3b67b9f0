/* SPDX-License-Identifier: MIT */
/* Random values are written twice, by libcbor's encoder and by ours, and must come out alike; read
 * back by our reader they must be the values drawn; and whatever our validator accepts after a byte
 * was changed, libcbor's own decoder accepts, and our reader and builder reproduce. */
#include "core/message/tests/support.h"

#include <cbor.h>

#define BYTES_MAX 65536

/* From 0.9 on the callbacks take counts as uint64_t. */
#if CBOR_MAJOR_VERSION > 0 || CBOR_MINOR_VERSION >= 9
typedef uint64_t cbor_count;
#else
typedef size_t cbor_count;
#endif

struct pair {
    uint64_t seed;
    uint8_t bytes[BYTES_MAX];
    size_t size;
    struct rh_builder builder;
};

static uint64_t draw(struct pair *pair, uint64_t below)
{
    return next_random(&pair->seed) % below;
}

/* Integers crowd around the borders of their encodings. */
static uint64_t draw_number(struct pair *pair)
{
    uint64_t bits = draw(pair, 65);
    uint64_t value = bits == 64 ? UINT64_MAX : ((uint64_t)1 << bits) - draw(pair, 2);
    return draw(pair, 2) == 0 ? value : value & next_random(&pair->seed);
}

static uint8_t *rest(struct pair *pair, size_t *ret_left)
{
    *ret_left = BYTES_MAX - pair->size;
    return pair->bytes + pair->size;
}

static void took(struct pair *pair, size_t size)
{
    assert_true(size > 0);
    pair->size += size;
}

static void write_uint(struct pair *pair, uint64_t value)
{
    size_t left;
    uint8_t *at = rest(pair, &left);
    took(pair, cbor_encode_uint(value, at, left));
    rh_build_uint(&pair->builder, value);
}

static void write_negative(struct pair *pair, uint64_t value)
{
    size_t left;
    uint8_t *at = rest(pair, &left);
    value &= INT64_MAX;
    took(pair, cbor_encode_negint(value, at, left));
    rh_build_int(&pair->builder, -1 - (int64_t)value);
}

static void write_string(struct pair *pair, bool is_text, size_t size)
{
    size_t left;
    uint8_t *at = rest(pair, &left);
    took(pair, is_text ? cbor_encode_string_start(size, at, left)
                       : cbor_encode_bytestring_start(size, at, left));
    at = rest(pair, &left);
    for (size_t i = 0; i < size; i++) {
        at[i] = is_text ? (uint8_t)('a' + draw(pair, 26)) : (uint8_t)draw(pair, 256);
    }
    pair->size += size;
    if (is_text) {
        rh_build_text(&pair->builder, (const char *)at, size);
    } else {
        rh_build_bytes(&pair->builder, at, size);
    }
}

static void write_simple(struct pair *pair, uint64_t which)
{
    size_t left;
    uint8_t *at = rest(pair, &left);
    if (which == 0) {
        took(pair, cbor_encode_null(at, left));
        rh_build_null(&pair->builder);
    } else {
        took(pair, cbor_encode_bool(which == 1, at, left));
        rh_build_bool(&pair->builder, which == 1);
    }
}

static void write_identity(struct pair *pair, bool is_ref)
{
    size_t left;
    uint8_t *at = rest(pair, &left);
    uint32_t part[4];
    took(pair, cbor_encode_tag(is_ref ? RH_TAG_REF : RH_TAG_PID, at, left));
    at = rest(pair, &left);
    took(pair, cbor_encode_array_start(is_ref ? 5 : 4, at, left));
    for (int i = 0; i < 4; i++) {
        part[i] = (uint32_t)draw_number(pair);
        at = rest(pair, &left);
        took(pair, cbor_encode_uint(part[i], at, left));
    }
    struct rh_ref ref = {{part[0], part[1], part[2], part[3]}, 0};
    if (is_ref) {
        ref.ordinal = draw_number(pair);
        at = rest(pair, &left);
        took(pair, cbor_encode_uint(ref.ordinal, at, left));
        rh_build_ref(&pair->builder, ref);
    } else {
        rh_build_pid(&pair->builder, ref.owner);
    }
}

/* Returns how many items now have to follow. */
static size_t write_container(struct pair *pair)
{
    size_t left;
    uint8_t *at = rest(pair, &left);
    size_t count = (size_t)(draw(pair, 8) == 0 ? 20 + draw(pair, 20) : draw(pair, 6));
    took(pair, cbor_encode_array_start(count, at, left));
    rh_build_array(&pair->builder, count);
    return count;
}

static void write_scalar(struct pair *pair)
{
    switch (draw(pair, 6)) {
    case 0:
        write_negative(pair, draw_number(pair));
        break;
    case 1:
        write_string(pair, draw(pair, 2) == 0, (size_t)draw(pair, draw(pair, 9) == 0 ? 400 : 30));
        break;
    case 2:
        write_simple(pair, draw(pair, 3));
        break;
    case 3:
        write_identity(pair, draw(pair, 2) == 0);
        break;
    default:
        write_uint(pair, draw_number(pair));
        break;
    }
}

/* Keys in increasing order for libcbor; sorting has a test of its own. */
static void write_map(struct pair *pair)
{
    size_t left;
    uint8_t *at = rest(pair, &left);
    size_t count = (size_t)draw(pair, 30);
    uint64_t key = 0;
    took(pair, cbor_encode_map_start(count, at, left));
    rh_build_map(&pair->builder, count);
    for (size_t i = 0; i < count; i++) {
        key += 1 + draw(pair, 40);
        write_uint(pair, key);
        write_scalar(pair);
    }
}

static struct rh_message write_value(struct pair *pair, uint64_t seed)
{
    size_t pending = 1;
    pair->seed = seed;
    pair->size = 0;
    rh_builder_init(&pair->builder, NULL, BYTES_MAX);
    for (size_t written = 0; pending > 0; written++) {
        pending--;
        uint64_t which = written < 30 ? draw(pair, 4) : 3;
        if (which == 0 || written == 0) {
            pending += write_container(pair);
        } else if (which == 1) {
            write_map(pair);
        } else {
            write_scalar(pair);
        }
    }
    return rh_build_finish(&pair->builder);
}

/* Read one item or head with our reader and build it again. */
static bool copy_next(struct rh_reader *reader, struct rh_builder *builder)
{
    size_t count;
    int64_t n;
    uint64_t u;
    bool b;
    struct rh_text text;
    struct rh_bytes bytes;
    struct rh_pid pid;
    struct rh_ref ref;
    struct rh_reader ahead = *reader;
    switch (rh_read_kind(reader)) {
    case RH_KIND_INT:
        if (rh_read_int(&ahead, &n)) {
            rh_build_int(builder, n);
            return rh_read_int(reader, &n);
        }
        rh_build_uint(builder, rh_read_uint(reader, &u) ? u : 0);
        return !reader->failed;
    case RH_KIND_TEXT:
        return rh_read_text(reader, &text) ? rh_build_text(builder, text.bytes, text.size),
               true                        : false;
    case RH_KIND_BYTES:
        return rh_read_bytes(reader, &bytes) ? rh_build_bytes(builder, bytes.bytes, bytes.size),
               true                          : false;
    case RH_KIND_BOOL:
        return rh_read_bool(reader, &b) ? rh_build_bool(builder, b), true : false;
    case RH_KIND_NULL:
        return rh_read_null(reader) ? rh_build_null(builder), true : false;
    case RH_KIND_ARRAY:
        return rh_read_array(reader, &count) ? rh_build_array(builder, count), true : false;
    case RH_KIND_MAP:
        return rh_read_map(reader, &count) ? rh_build_map(builder, count), true : false;
    case RH_KIND_PID:
        return rh_read_pid(reader, &pid) ? rh_build_pid(builder, pid), true : false;
    case RH_KIND_REF:
        return rh_read_ref(reader, &ref) ? rh_build_ref(builder, ref), true : false;
    default:
        return false;
    }
}

static void expect_rebuilt(const uint8_t *bytes, size_t size)
{
    struct rh_reader reader;
    struct rh_builder builder;
    rh_reader_init(&reader, bytes, size);
    rh_builder_init(&builder, NULL, BYTES_MAX);
    while (reader.left > 0) {
        assert_true(copy_next(&reader, &builder));
    }
    struct rh_message rebuilt = rh_build_finish(&builder);
    size_t rebuilt_size;
    const uint8_t *rebuilt_bytes = rh_message_bytes(&rebuilt, &rebuilt_size);
    assert_int_equal(rebuilt_size, size);
    assert_memory_equal(rebuilt_bytes, bytes, size);
    rh_message_unref(rebuilt);
}

static void encodes_what_libcbor_encodes(void **state)
{
    struct pair *pair = *state;
    for (uint64_t seed = 1; seed <= 5000; seed++) {
        struct rh_message message = write_value(pair, seed);
        size_t size;
        const uint8_t *bytes = rh_message_bytes(&message, &size);
        assert_int_equal(rh_message_status(message), RH_OK);
        assert_int_equal(size, pair->size);
        assert_memory_equal(bytes, pair->bytes, size);
        assert_int_equal(rh_item_validate(NULL, bytes, size, NULL), RH_OK);
        expect_rebuilt(bytes, size);
        rh_message_unref(message);
    }
}

static void on_array(void *pending, cbor_count count)
{
    *(uint64_t *)pending += count;
}

static void on_map(void *pending, cbor_count count)
{
    *(uint64_t *)pending += 2 * (uint64_t)count;
}

static void on_tag(void *pending, uint64_t tag)
{
    (void)tag;
    *(uint64_t *)pending += 1;
}

static bool libcbor_accepts(const uint8_t *bytes, size_t size)
{
    struct cbor_callbacks callbacks = cbor_empty_callbacks;
    uint64_t pending = 1;
    size_t at = 0;
    callbacks.array_start = on_array;
    callbacks.map_start = on_map;
    callbacks.tag = on_tag;
    while (pending > 0) {
        struct cbor_decoder_result result =
            cbor_stream_decode(bytes + at, size - at, &callbacks, &pending);
        if (result.status != CBOR_DECODER_FINISHED) {
            return false;
        }
        at += result.read;
        pending--;
    }
    return at == size;
}

static void accepts_only_what_libcbor_accepts(void **state)
{
    struct pair *pair = *state;
    size_t accepted = 0;
    size_t refused = 0;
    for (uint64_t seed = 1; seed <= 20000; seed++) {
        struct rh_message message = write_value(pair, 1 + seed % 500);
        rh_message_unref(message);
        pair->seed = seed * 7919;
        pair->bytes[draw(pair, pair->size)] ^= (uint8_t)(1 + draw(pair, 255));
        size_t size = pair->size - (draw(pair, 4) == 0 ? (size_t)draw(pair, pair->size) : 0);
        if (rh_item_validate(NULL, pair->bytes, size, NULL) == RH_OK) {
            accepted++;
            assert_true(libcbor_accepts(pair->bytes, size));
            expect_rebuilt(pair->bytes, size);
        } else {
            refused++;
        }
    }
    assert_true(accepted > 1000);
    assert_true(refused > 1000);
}

int main(void)
{
    static struct pair pair;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(encodes_what_libcbor_encodes, &pair),
        cmocka_unit_test_prestate(accepts_only_what_libcbor_accepts, &pair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}

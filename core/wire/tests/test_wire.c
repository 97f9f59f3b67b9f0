/* SPDX-License-Identifier: MIT */
#include "core/message/head.h"
#include "core/message/tests/support.h"
#include "core/wire/frame.h"
#include "core/wire/wire.h"

#define ROOM 4096

/* ---- What every case needs ---- */

/* Decode from a block of the exact size, so that a sanitizer sees a byte too many. Views are into *ret_block. */
static enum wire_result decode(const uint8_t *bytes, size_t size, const struct rh_limits *limits,
                               bool plain, struct wire_message *ret_message, uint8_t **ret_block)
{
    struct rh_limits usual = rh_limits_hostile();
    *ret_block = malloc(size > 0 ? size : 1);
    assert_non_null(*ret_block);
    memcpy(*ret_block, bytes, size);
    return wire_decode(*ret_block, size, limits != NULL ? limits : &usual, plain, ret_message);
}

static bool item_equal(struct rh_item a, struct rh_item b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.bytes, b.bytes, a.size) == 0);
}

static void expect_equal(const struct wire_message *a, const struct wire_message *b)
{
    assert_int_equal(a->verb, b->verb);
    assert_int_equal(a->from, b->from);
    assert_int_equal(a->to, b->to);
    assert_int_equal(a->reference, b->reference);
    assert_memory_equal(a->numbers, b->numbers, sizeof a->numbers);
    assert_true(item_equal(a->name, b->name));
    assert_true(item_equal(a->item, b->item));
    assert_true(item_equal(a->reason, b->reason));
}

static void expect_round_trip(const struct wire_message *message)
{
    uint8_t bytes[ROOM];
    uint8_t *block;
    struct wire_message decoded;
    size_t size = wire_encode(message, bytes, sizeof bytes);
    assert_int_equal(size, wire_size(message));
    assert_int_equal(bytes[0], FRAME_MARK);
    assert_int_equal((size_t)bytes[3] << 8 | bytes[4], size - FRAME_HEADER_BYTES);
    enum wire_result result = decode(bytes + FRAME_HEADER_BYTES, size - FRAME_HEADER_BYTES, NULL,
                                     false, &decoded, &block);
    assert_int_equal(result, WIRE_OK);
    expect_equal(&decoded, message);
    free(block);
    assert_true(wire_size_most(message) >= size);
    uint8_t *exact = malloc(size);
    assert_non_null(exact);
    assert_int_equal(wire_encode(message, exact, size), size);
    assert_memory_equal(exact, bytes, size);
    free(exact);
}

static struct rh_item item_of_hex(const char *hex, uint8_t bytes[64])
{
    struct rh_item item = {bytes, from_hex(hex, bytes, 64)};
    return item;
}

/* ---- Round trips ---- */

static uint64_t draw(uint64_t *seed, uint64_t most)
{
    uint64_t bits = next_random(seed) % 65;
    uint64_t value = next_random(seed) >> (bits == 64 ? 0 : 63 - bits % 64);
    return most == UINT64_MAX ? value : value % (most + 1);
}

static void fill_field(struct wire_message *message, char letter, uint64_t *seed,
                       const struct rh_item items[4], struct rh_item name)
{
    bool named = next_random(seed) % 2 == 0;
    switch (letter) {
    case 'F':
    case 'T':
        if (named) {
            message->name = name;
            break;
        }
        *(letter == 'F' ? &message->from : &message->to) = draw(seed, UINT64_MAX);
        break;
    case 'f':
        message->from = draw(seed, WIRE_BY_PID - 1);
        break;
    case 't':
        message->to = draw(seed, UINT64_MAX);
        break;
    case 'r':
        message->reference = draw(seed, UINT64_MAX);
        break;
    case 'n':
        message->name = name;
        message->name.size = named ? name.size : 0;
        break;
    case 'i':
        message->item = items[next_random(seed) % 4];
        break;
    case 'x':
        message->reason = items[next_random(seed) % 4];
        break;
    default:
        assert_in_range(letter, 'a', 'd');
        message->numbers[letter - 'a'] = draw(seed, UINT32_MAX);
        break;
    }
}

static void every_verb_comes_back(void **state)
{
    (void)state;
    uint8_t bytes[4][64];
    const struct rh_item items[4] = {
        item_of_hex("", bytes[0]),
        item_of_hex("00", bytes[1]),
        item_of_hex("8301a1616102f6", bytes[2]),
        item_of_hex("66626f742e2e2e", bytes[3]),
    };
    const struct rh_item name = {(const uint8_t *)"worker", 6};
    uint64_t seed = 1;
    for (int verb = 0; verb < WIRE_COUNT; verb++) {
        for (int i = 0; i < 500; i++) {
            struct wire_message message = {.verb = (enum wire_verb)verb};
            for (const char *letter = wire_verb_fields(message.verb); *letter != '\0'; letter++) {
                fill_field(&message, *letter, &seed, items, name);
            }
            expect_round_trip(&message);
        }
    }
}

static void thespians_five_are_exactly_thespians(void **state)
{
    (void)state;
    uint8_t item[64];
    const struct rh_item payload = item_of_hex("8101", item);
    const struct rh_item reason = {(const uint8_t *)"\x66normal", 7};
    const struct rh_item name = {(const uint8_t *)"log", 3};
    const struct {
        struct wire_message message;
        const char *hex;
    } examples[] = {
        {{.verb = WIRE_SEND, .from = 7, .to = 300, .item = payload},
         "5a0000000c 84 6473656e64 07 19012c 8101"},
        {{.verb = WIRE_SEND_NAMED, .name = name, .item = payload},
         "5a00000013 84 6a73656e645f6e616d6564 00 636c6f67 8101"},
        {{.verb = WIRE_LINK, .from = 1, .to = 24}, "5a00000009 83 646c696e6b 01 1818"},
        {{.verb = WIRE_EXIT, .from = 1, .reason = reason},
         "5a0000000e 83 6465786974 01 666e6f726d616c"},
        {{.verb = WIRE_TRANSPORT_ERROR, .reason = reason},
         "5a00000018 82 6f7472616e73706f72745f6572726f72 666e6f726d616c"},
    };
    size_t plain = 0;
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        uint8_t expected[64];
        uint8_t written[64];
        uint8_t *block;
        struct wire_message decoded;
        size_t size = from_hex(examples[i].hex, expected, sizeof expected);
        assert_int_equal(wire_encode(&examples[i].message, written, sizeof written), size);
        assert_memory_equal(written, expected, size);
        assert_int_equal(decode(expected + 5, size - 5, NULL, true, &decoded, &block), WIRE_OK);
        expect_equal(&decoded, &examples[i].message);
        assert_true(wire_verb_is_plain(decoded.verb));
        free(block);
    }
    for (int verb = 0; verb < WIRE_COUNT; verb++) {
        plain += wire_verb_is_plain((enum wire_verb)verb);
    }
    assert_int_equal(plain, sizeof examples / sizeof examples[0]);
}

/* ---- Bad input ---- */

struct bad {
    const char *hex;
    enum wire_result result;
    bool plain;
    enum wire_verb verb;
    uint64_t from;
    uint64_t to;
};

#define NONE WIRE_COUNT, 0, 0

/* "send" 6473656e64, "link" 646c696e6b, "exit" 6465786974, "monitor" 676d6f6e69746f72, "heartbeat" 69686561727462656174 */
static const struct bad bad_frames[] = {
    /* no array */
    {"", WIRE_NOT_AN_ARRAY, false, NONE},
    {"00", WIRE_NOT_AN_ARRAY, false, NONE},
    {"20", WIRE_NOT_AN_ARRAY, false, NONE},
    {"4100", WIRE_NOT_AN_ARRAY, false, NONE},
    {"6473656e64", WIRE_NOT_AN_ARRAY, false, NONE},
    {"a0", WIRE_NOT_AN_ARRAY, false, NONE},
    {"c0 846473656e64000107", WIRE_NOT_AN_ARRAY, false, NONE},
    {"f6", WIRE_NOT_AN_ARRAY, false, NONE},
    {"ff", WIRE_NOT_AN_ARRAY, false, NONE},
    {"98", WIRE_NOT_AN_ARRAY, false, NONE},
    {"9c", WIRE_NOT_AN_ARRAY, false, NONE},
    {"9f 6473656e64 00 01 07 ff", WIRE_NOT_AN_ARRAY, false, NONE},
    /* no verb */
    {"80", WIRE_BAD_FIELD, false, NONE},
    {"81", WIRE_BAD_FIELD, false, NONE},
    {"8102", WIRE_BAD_FIELD, false, NONE},
    {"814473656e64", WIRE_BAD_FIELD, false, NONE},
    {"81 7f6473656e64ff", WIRE_BAD_FIELD, false, NONE},
    {"81 6973656e64", WIRE_BAD_FIELD, false, NONE},
    {"81 7b ffffffffffffffff", WIRE_BAD_FIELD, false, NONE},
    {"9b ffffffffffffffff", WIRE_BAD_FIELD, false, NONE},
    /* verbs that we do not know; what follows is nobody's business */
    {"81 60", WIRE_UNKNOWN_VERB, false, NONE},
    {"82 63666f6f", WIRE_UNKNOWN_VERB, false, NONE},
    {"81 6473656e65", WIRE_UNKNOWN_VERB, false, NONE},
    {"81 6373656e ff ff", WIRE_UNKNOWN_VERB, false, NONE},
    {"81 61ff", WIRE_UNKNOWN_VERB, false, NONE},
    {"81 69686561727462656174", WIRE_UNKNOWN_VERB, true, NONE},
    {"84 676d6f6e69746f72 01 02 03", WIRE_UNKNOWN_VERB, true, NONE},
    /* arity */
    {"83 6473656e64 01 02", WIRE_BAD_FIELD, false, WIRE_SEND, 0, 0},
    {"85 6473656e64 01 02 03 04", WIRE_BAD_FIELD, false, WIRE_SEND, 0, 0},
    {"82 69686561727462656174 00", WIRE_BAD_FIELD, false, WIRE_HEARTBEAT, 0, 0},
    {"9b ffffffffffffffff 6473656e64 01 02 03", WIRE_BAD_FIELD, false, WIRE_SEND, 0, 0},
    {"81 69686561727462656174 00", WIRE_BAD_FIELD, false, WIRE_HEARTBEAT, 0, 0},
    {"83 646c696e6b 01 02 03", WIRE_BAD_FIELD, false, WIRE_LINK, 1, 2},
    {"83 646c696e6b 01", WIRE_BAD_FIELD, false, WIRE_LINK, 1, 0},
    {"83 646c696e6b", WIRE_BAD_FIELD, false, WIRE_LINK, 0, 0},
    /* heads that are longer than they have to be */
    {"9803 646c696e6b 01 02", WIRE_BAD_FIELD, false, NONE},
    {"83 78046c696e6b 01 02", WIRE_BAD_FIELD, false, NONE},
    {"83 646c696e6b 1801 02", WIRE_BAD_FIELD, false, WIRE_LINK, 0, 0},
    {"83 646c696e6b 01 1b0000000000000002", WIRE_BAD_FIELD, false, WIRE_LINK, 1, 0},
    /* types and ranges */
    {"83 646c696e6b 20 02", WIRE_BAD_FIELD, false, WIRE_LINK, 0, 0},
    {"83 646c696e6b 01 f6", WIRE_BAD_FIELD, false, WIRE_LINK, 1, 0},
    {"83 646c696e6b 01 6132", WIRE_BAD_FIELD, false, WIRE_LINK, 1, 0},
    {"83 646c696e6b 01 f93c00", WIRE_BAD_FIELD, false, WIRE_LINK, 1, 0},
    {"83 646c696e6b 01 c002", WIRE_BAD_FIELD, false, WIRE_LINK, 1, 0},
    {"83 646c696e6b 01 1c", WIRE_BAD_FIELD, false, WIRE_LINK, 1, 0},
    {"83 646c696e6b 1b8000000000000000 02", WIRE_BAD_FIELD, false, WIRE_LINK, 0, 0},
    {"83 646c696e6b 01 1b8000000000000000", WIRE_BAD_FIELD, true, WIRE_LINK, 1, 0},
    {"85 6d756e64656c6976657261626c65 1b8000000100000000 02 00 00", WIRE_OK, false,
     WIRE_UNDELIVERABLE, WIRE_BY_PID | UINT64_C(1) << 32, 2},
    {"85 686c6976656e657373 01 02 03 1b0000000100000000", WIRE_BAD_FIELD, false, WIRE_LIVENESS, 1,
     2},
    /* names: not text, above the limit of 64, not UTF-8, with a zero byte, empty where an id could be */
    {"83 646a6f696e 01 4167", WIRE_BAD_FIELD, false, WIRE_JOIN, 1, 0},
    {"83 646a6f696e 01 61ff", WIRE_BAD_FIELD, false, WIRE_JOIN, 1, 0},
    {"83 646a6f696e 01 63610062", WIRE_BAD_FIELD, false, WIRE_JOIN, 1, 0},
    {"83 646a6f696e 01 6461", WIRE_BAD_FIELD, false, WIRE_JOIN, 1, 0},
    {"84 676d6f6e69746f72 01 60 03", WIRE_BAD_FIELD, false, WIRE_MONITOR, 1, 0},
    {"84 676d6f6e69746f72 01 61ff 03", WIRE_BAD_FIELD, false, WIRE_MONITOR, 1, 0},
    {"84 676d6f6e69746f72 01 40 03", WIRE_BAD_FIELD, false, WIRE_MONITOR, 1, 0},
    /* values: none, cut off, not of the subset, with something behind them, too deep (8) */
    {"84 6473656e64 01 02", WIRE_BAD_ITEM, false, WIRE_SEND, 1, 2},
    {"84 6473656e64 01 02 18", WIRE_BAD_ITEM, false, WIRE_SEND, 1, 2},
    {"84 6473656e64 01 02 6361", WIRE_BAD_ITEM, false, WIRE_SEND, 1, 2},
    {"84 6473656e64 01 02 9bffffffffffffffff", WIRE_BAD_ITEM, false, WIRE_SEND, 1, 2},
    {"84 6473656e64 01 02 f93c00", WIRE_BAD_ITEM, false, WIRE_SEND, 1, 2},
    {"84 6473656e64 01 02 9f01ff", WIRE_BAD_ITEM, false, WIRE_SEND, 1, 2},
    {"84 6473656e64 01 02 a201000100", WIRE_BAD_ITEM, false, WIRE_SEND, 1, 2},
    {"84 6473656e64 01 02 61ff", WIRE_BAD_ITEM, false, WIRE_SEND, 1, 2},
    {"84 6473656e64 01 02 1817", WIRE_BAD_ITEM, false, WIRE_SEND, 1, 2},
    {"84 6473656e64 01 02 03 00", WIRE_BAD_ITEM, false, WIRE_SEND, 1, 2},
    {"84 6473656e64 01 02 f700", WIRE_BAD_ITEM, false, WIRE_SEND, 1, 2},
    {"84 6473656e64 01 02 818181818181818100", WIRE_OK, false, WIRE_SEND, 1, 2},
    {"84 6473656e64 01 02 81818181818181818100", WIRE_BAD_ITEM, false, WIRE_SEND, 1, 2},
    {"84 6473656e64 01 02 d903e8f6", WIRE_BAD_ITEM, false, WIRE_SEND, 1, 2},
    /* reasons; one that another value follows is measured first */
    {"83 6465786974 05 8101", WIRE_OK, false, WIRE_EXIT, 5, 0},
    {"83 6465786974 05 8101", WIRE_BAD_ITEM, true, WIRE_EXIT, 5, 0},
    {"83 6465786974 05 f7", WIRE_BAD_ITEM, true, WIRE_EXIT, 5, 0},
    {"83 6465786974 05", WIRE_BAD_ITEM, true, WIRE_EXIT, 5, 0},
    {"83 6465786974 05", WIRE_BAD_ITEM, false, WIRE_EXIT, 5, 0},
    {"83 6465786974 05 61ff", WIRE_BAD_ITEM, true, WIRE_EXIT, 5, 0},
    {"85 6d756e64656c6976657261626c65 05 06 f93c00 00", WIRE_BAD_ITEM, false, WIRE_UNDELIVERABLE, 5,
     6},
    {"85 6d756e64656c6976657261626c65 05 06 a201000100 00", WIRE_BAD_ITEM, false,
     WIRE_UNDELIVERABLE, 5, 6},
    {"85 6d756e64656c6976657261626c65 05 06 f7 f7", WIRE_OK, false, WIRE_UNDELIVERABLE, 5, 6},
    {"85 6d756e64656c6976657261626c65 05 06 00", WIRE_BAD_ITEM, false, WIRE_UNDELIVERABLE, 5, 6},
};

static void names_what_is_wrong_with_a_frame(void **state)
{
    (void)state;
    size_t seen[WIRE_NOT_AN_ARRAY + 1] = {0};
    for (size_t i = 0; i < sizeof bad_frames / sizeof bad_frames[0]; i++) {
        const struct bad *bad = &bad_frames[i];
        uint8_t bytes[128];
        uint8_t *block;
        struct wire_message message;
        size_t size = from_hex(bad->hex, bytes, sizeof bytes);
        enum wire_result result = decode(bytes, size, NULL, bad->plain, &message, &block);
        if (result != bad->result || message.verb != bad->verb || message.from != bad->from ||
            message.to != bad->to) {
            fail_msg("%s: %s, verb %d", bad->hex, wire_result_word(result), (int)message.verb);
        }
        assert_true(result == WIRE_OK || message.item.size == 0);
        seen[result]++;
        free(block);
    }
    for (size_t i = 0; i <= WIRE_NOT_AN_ARRAY; i++) {
        assert_true(seen[i] > 2);
    }
}

static void only_what_is_no_array_is_fatal(void **state)
{
    (void)state;
    const char *const words[] = {"ok", "unknown_verb", "bad_item", "bad_field", "bad_frame"};
    for (int result = WIRE_OK; result <= WIRE_NOT_AN_ARRAY; result++) {
        assert_string_equal(wire_result_word((enum wire_result)result), words[result]);
        assert_int_equal(wire_is_fatal((enum wire_result)result), result == WIRE_NOT_AN_ARRAY);
    }
}

/* Every prefix and every change of one byte of every verb's frame is judged without leaving the bytes, and what is
 * accepted comes out as it went in. */
static void no_prefix_and_no_flipped_byte_escapes_judgement(void **state)
{
    (void)state;
    uint8_t payload[64];
    const struct wire_message template_message = {
        .from = 3,
        .to = 40,
        .reference = 500,
        .numbers = {1, 2, 3, 4},
        .name = {(const uint8_t *)"log", 3},
        .item = item_of_hex("82613101", payload),
        .reason = {(const uint8_t *)"\x66normal", 7},
    };
    size_t counts[WIRE_NOT_AN_ARRAY + 1] = {0};
    for (int verb = 0; verb < WIRE_COUNT; verb++) {
        struct wire_message message = template_message;
        uint8_t bytes[256];
        message.verb = (enum wire_verb)verb;
        size_t size = wire_encode(&message, bytes, sizeof bytes) - FRAME_HEADER_BYTES;
        uint8_t *frame = bytes + FRAME_HEADER_BYTES;
        for (size_t cut = 0; cut < size; cut++) {
            uint8_t *block;
            struct wire_message decoded;
            assert_int_not_equal(decode(frame, cut, NULL, false, &decoded, &block), WIRE_OK);
            free(block);
        }
        for (size_t at = 0; at < size; at++) {
            for (unsigned change = 1; change < 256; change++) {
                uint8_t again[256];
                uint8_t *block;
                struct wire_message decoded;
                frame[at] ^= (uint8_t)change;
                enum wire_result result = decode(frame, size, NULL, false, &decoded, &block);
                counts[result]++;
                if (result == WIRE_OK) {
                    assert_int_equal(wire_encode(&decoded, again, sizeof again), 5 + size);
                    assert_memory_equal(again + 5, frame, size);
                }
                free(block);
                frame[at] ^= (uint8_t)change;
            }
        }
    }
    for (size_t i = 0; i <= WIRE_NOT_AN_ARRAY; i++) {
        assert_true(counts[i] > 100);
    }
}

/* ---- Limits ---- */

static enum wire_result decode_with(const struct wire_message *message,
                                    const struct rh_limits *limits)
{
    uint8_t bytes[ROOM];
    uint8_t *block;
    struct wire_message decoded;
    size_t size = wire_encode(message, bytes, sizeof bytes);
    enum wire_result result = decode(bytes + FRAME_HEADER_BYTES, size - FRAME_HEADER_BYTES, limits,
                                     false, &decoded, &block);
    free(block);
    return result;
}

/* A text of `size` bytes, head included; there is none of 25. */
static struct rh_item string_of(size_t size, uint8_t *bytes)
{
    size_t head = size < 25 ? 1 : size < 258 ? 2 : 3;
    memset(bytes, 'x', size);
    rh_head_write(bytes, head, RH_MAJOR_TEXT, size - head);
    struct rh_item item = {bytes, size};
    return item;
}

static void holds_every_limit_to_the_byte(void **state)
{
    (void)state;
    uint8_t bytes[2048];
    struct rh_limits limits = rh_limits_hostile();
    for (size_t size = 1000; size < 1100; size++) {
        struct wire_message message = {.verb = WIRE_SEND, .item = string_of(size, bytes)};
        assert_int_equal(decode_with(&message, &limits),
                         size <= limits.message_bytes_max ? WIRE_OK : WIRE_BAD_ITEM);
    }
    for (uint32_t most = 0; most < 80; most++) {
        limits.reason_bytes_max = most;
        for (size_t size = 1; size < 100; size += size == 24 ? 2 : 1) {
            struct wire_message exit = {.verb = WIRE_EXIT, .reason = string_of(size, bytes)};
            struct wire_message back = {.verb = WIRE_UNDELIVERABLE, .reason = exit.reason};
            enum wire_result expected =
                size <= most || size <= RH_MESSAGE_INLINE_BYTES ? WIRE_OK : WIRE_BAD_ITEM;
            assert_int_equal(decode_with(&exit, &limits), expected);
            assert_int_equal(decode_with(&back, &limits), expected);
        }
    }
    for (size_t size = 0; size < 100; size++) {
        struct wire_message join = {.verb = WIRE_JOIN, .name = {(const uint8_t *)bytes, size}};
        memset(bytes, 'n', sizeof bytes);
        assert_int_equal(decode_with(&join, &limits),
                         size <= limits.name_bytes_max ? WIRE_OK : WIRE_BAD_FIELD);
    }
}

static void a_pid_fits_into_an_id(void **state)
{
    (void)state;
    const struct rh_pid pids[] = {{1, 1, 0, 1}, {1, 1, UINT32_MAX, 0x7fffffff}, {9, 3, 77, 12}};
    for (size_t i = 0; i < sizeof pids / sizeof pids[0]; i++) {
        uint64_t id = wire_by_pid(pids[i]);
        assert_true(wire_is_by_pid(id));
        assert_true(wire_pid_fits(pids[i]));
        assert_true(rh_pid_equal(wire_pid(id, pids[i].node, pids[i].incarnation), pids[i]));
    }
    const struct rh_pid old = {1, 1, 1, 0x80000000};
    assert_false(wire_pid_fits(old));
    assert_false(wire_is_by_pid(12));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_verb_comes_back),
        cmocka_unit_test(thespians_five_are_exactly_thespians),
        cmocka_unit_test(names_what_is_wrong_with_a_frame),
        cmocka_unit_test(only_what_is_no_array_is_fatal),
        cmocka_unit_test(no_prefix_and_no_flipped_byte_escapes_judgement),
        cmocka_unit_test(holds_every_limit_to_the_byte),
        cmocka_unit_test(a_pid_fits_into_an_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}

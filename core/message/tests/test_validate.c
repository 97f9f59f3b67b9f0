/* SPDX-License-Identifier: MIT */
#include "core/message/tests/support.h"

#include "core/message/utf8.h"

struct example {
    const char *hex;
    enum rh_status status;
    size_t offset;
    const char *sentence;
};

static void check(const struct example *example)
{
    uint8_t bytes[512];
    struct rh_flaw flaw = {999, NULL};
    struct rh_message message;
    size_t size = from_hex(example->hex, bytes, sizeof bytes);
    uint8_t *exact = malloc(size + 1);
    assert_non_null(exact);
    memcpy(exact, bytes, size);
    enum rh_status status = rh_item_validate(NULL, exact, size, &flaw);
    if (status != example->status || flaw.offset != example->offset ||
        strcmp(flaw.sentence, example->sentence) != 0) {
        fail_msg("%s: %s, %s at %zu", example->hex, rh_status_word(status), flaw.sentence,
                 flaw.offset);
    }
    assert_int_equal(rh_message_decode(NULL, NULL, exact, size, &message), status);
    assert_int_equal(rh_message_size(&message), status == RH_OK ? size : 0);
    rh_message_unref(message);
    free(exact);
}

static void accepts_the_subset(void **state)
{
    (void)state;
    static const char *const examples[] = {
        "00",
        "17",
        "1818",
        "18ff",
        "190100",
        "1a00010000",
        "1b0000000100000000",
        "1bffffffffffffffff",
        "20",
        "3818",
        "3b7fffffffffffffff",
        "40",
        "4100",
        "60",
        "6161",
        "64c3a9c3a9",
        "f4",
        "f5",
        "f6",
        "80",
        "8101",
        "a0",
        "a10102",
        "a3 01f6 20f6 6161f6",
        "a2 40 01 60 02",
        "a1 6161 a1 6162 80",
        "82 81 81 80 a1 00 a0",
        "d85a 84 00 00 00 00",
        "d85a 84 1affffffff 00 00 01",
        "d85b 85 01 01 01 01 1bffffffffffffffff",
        "d85cf6",
        "d85d00",
        "d85d0f",
        "d85e63696e74",
        "d85e63726566",
    };
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        struct example example = {examples[i], RH_OK, 0, ""};
        check(&example);
    }
}

#define ENDS "the bytes end before the item"
#define COUNT "a count is larger than the bytes can hold"
#define LONGER "a head is longer than it has to be"
#define INDEFINITE "a length is indefinite"
#define FLOATING "a floating-point number"
#define ORDER "map keys are not in increasing order"
#define KEY "a map key is no integer, text or byte string"
#define CONTENT "a tag has content that is not its own"

static const struct example refused[] = {
    {"", RH_TRUNCATED, 0, ENDS},
    {"18", RH_TRUNCATED, 0, ENDS},
    {"1b00000000", RH_TRUNCATED, 0, ENDS},
    {"8201", RH_TRUNCATED, 0, COUNT},
    {"826161", RH_TRUNCATED, 3, ENDS},
    {"6261", RH_TRUNCATED, 0, ENDS},
    {"5bffffffffffffffff", RH_TRUNCATED, 0, ENDS},
    {"7bfffffffffffffff700", RH_TRUNCATED, 0, ENDS},
    {"9a3fffffff", RH_TRUNCATED, 0, COUNT},
    {"9bffffffffffffffff", RH_TRUNCATED, 0, COUNT},
    {"bb8000000000000000", RH_TRUNCATED, 0, COUNT},
    {"a201020304", RH_OK, 0, ""},
    {"a2010203", RH_TRUNCATED, 0, COUNT},
    {"1817", RH_MALFORMED, 0, LONGER},
    {"1900ff", RH_MALFORMED, 0, LONGER},
    {"1a0000ffff", RH_MALFORMED, 0, LONGER},
    {"1b00000000ffffffff", RH_MALFORMED, 0, LONGER},
    {"3817", RH_MALFORMED, 0, LONGER},
    {"580100", RH_MALFORMED, 0, LONGER},
    {"78016161", RH_MALFORMED, 0, LONGER},
    {"980101", RH_MALFORMED, 0, LONGER},
    {"b8010101", RH_MALFORMED, 0, LONGER},
    {"d9005cf6", RH_MALFORMED, 0, LONGER},
    {"3b8000000000000000", RH_MALFORMED, 0, "an integer is below -2^63"},
    {"9f01ff", RH_MALFORMED, 0, INDEFINITE},
    {"bf0102ff", RH_MALFORMED, 0, INDEFINITE},
    {"5f4100ff", RH_MALFORMED, 0, INDEFINITE},
    {"7f6161ff", RH_MALFORMED, 0, INDEFINITE},
    {"ff", RH_MALFORMED, 0, INDEFINITE},
    {"8101ff", RH_MALFORMED, 2, "bytes follow the item"},
    {"0000", RH_MALFORMED, 1, "bytes follow the item"},
    {"f90000", RH_MALFORMED, 0, FLOATING},
    {"fa00000000", RH_MALFORMED, 0, FLOATING},
    {"81fb0000000000000000", RH_MALFORMED, 1, FLOATING},
    {"f7", RH_MALFORMED, 0, "the value undefined"},
    {"e0", RH_MALFORMED, 0, "a reserved head"},
    {"f3", RH_MALFORMED, 0, "a reserved head"},
    {"f814", RH_MALFORMED, 0, "a reserved head"},
    {"f8ff", RH_MALFORMED, 0, "a reserved head"},
    {"1c", RH_MALFORMED, 0, "a reserved head"},
    {"5d", RH_MALFORMED, 0, "a reserved head"},
    {"fc", RH_MALFORMED, 0, "a reserved head"},
    {"61ff", RH_MALFORMED, 0, "a text is not UTF-8"},
    {"62c080", RH_MALFORMED, 0, "a text is not UTF-8"},
    {"63eda080", RH_MALFORMED, 0, "a text is not UTF-8"},
    {"64f4908080", RH_MALFORMED, 0, "a text is not UTF-8"},
    {"8161c3", RH_MALFORMED, 1, "a text is not UTF-8"},
    {"a201000100", RH_MALFORMED, 3, ORDER},
    {"a202000100", RH_MALFORMED, 3, ORDER},
    {"a2 6162 00 6161 00", RH_MALFORMED, 4, ORDER},
    {"a2 626161 00 6162 00", RH_MALFORMED, 5, ORDER},
    {"a2 60 00 40 00", RH_MALFORMED, 3, ORDER},
    {"a1 80 00", RH_MALFORMED, 1, KEY},
    {"a1 f6 00", RH_MALFORMED, 1, KEY},
    {"a1 d85cf6 00", RH_MALFORMED, 1, KEY},
    {"c000", RH_MALFORMED, 0, "a tag is unknown"},
    {"d859f6", RH_MALFORMED, 0, "a tag is unknown"},
    {"d85ff6", RH_MALFORMED, 0, "a tag is unknown"},
    {"d85c00", RH_MALFORMED, 2, CONTENT},
    {"d85cf5", RH_MALFORMED, 2, CONTENT},
    {"d85cd85cf6", RH_MALFORMED, 2, CONTENT},
    {"d85d10", RH_MALFORMED, 2, CONTENT},
    {"d85d20", RH_MALFORMED, 2, CONTENT},
    {"d85e6161", RH_MALFORMED, 2, CONTENT},
    {"d85e63616e79", RH_MALFORMED, 2, CONTENT},
    {"d85e43696e74", RH_MALFORMED, 2, CONTENT},
    {"d85a8301010101", RH_MALFORMED, 2, CONTENT},
    {"d85a850101010101", RH_MALFORMED, 2, CONTENT},
    {"d85a84010101 20", RH_MALFORMED, 6, CONTENT},
    {"d85a84 1b0000000100000000 01 01 01", RH_MALFORMED, 3, CONTENT},
    {"d85b8401010101", RH_MALFORMED, 2, CONTENT},
    {"d85b 85 01 01 01 01 20", RH_MALFORMED, 7, CONTENT},
    {"d85a", RH_TRUNCATED, 2, ENDS},
    {"d85a84010101", RH_TRUNCATED, 6, ENDS},
};

static void refuses_everything_else_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        check(&refused[i]);
    }
}

static void bounds_depth_by_the_limit_and_the_ceiling(void **state)
{
    (void)state;
    struct rh_limits limits = rh_limits_default();
    uint8_t bytes[RH_NESTING_CEILING + 4];
    for (unsigned map = 0; map < 2; map++) {
        for (uint32_t limit = 0; limit < RH_NESTING_CEILING + 3; limit++) {
            limits.nesting_max = limit;
            uint32_t most = limit < RH_NESTING_CEILING ? limit : RH_NESTING_CEILING;
            for (uint32_t depth = most; depth <= most + 1; depth++) {
                uint8_t nested[2 * RH_NESTING_CEILING + 8];
                size_t size = 0;
                for (uint32_t i = 0; i < depth; i++) {
                    nested[size++] = map == 1 ? 0xa1 : 0x81;
                    nested[size] = 0;
                    size += map;
                }
                nested[size++] = 0;
                assert_int_equal(rh_item_validate(&limits, nested, size, NULL),
                                 depth <= most ? RH_OK : RH_LIMIT);
            }
        }
    }
    memset(bytes, 0x81, sizeof bytes);
    bytes[sizeof bytes - 1] = 0x80;
    assert_int_equal(rh_item_validate(NULL, bytes + 4, sizeof bytes - 4, NULL), RH_OK);
    assert_int_equal(rh_item_validate(NULL, bytes + 3, sizeof bytes - 3, NULL), RH_LIMIT);
}

static void bounds_size_by_the_limit(void **state)
{
    (void)state;
    struct rh_limits limits = rh_limits_hostile();
    struct rh_flaw flaw;
    struct rh_message message = rh_message_none();
    uint8_t *bytes = calloc(1, limits.message_bytes_max + 1);
    assert_non_null(bytes);
    size_t content = limits.message_bytes_max - 3;
    bytes[0] = 0x59;
    bytes[1] = (uint8_t)(content >> 8);
    bytes[2] = (uint8_t)content;
    assert_int_equal(rh_message_decode(NULL, &limits, bytes, limits.message_bytes_max, &message),
                     RH_OK);
    assert_int_equal(rh_message_check(&message, &limits), RH_OK);
    assert_int_equal(rh_item_validate(&limits, bytes, limits.message_bytes_max + 1, &flaw),
                     RH_LIMIT);
    assert_string_equal(flaw.sentence, "the item is too large");
    limits.message_bytes_max--;
    assert_int_equal(rh_message_check(&message, &limits), RH_LIMIT);
    assert_int_equal(rh_message_check(&message, NULL), RH_OK);
    rh_message_unref(message);
    free(bytes);
    message = rh_message_none();
    assert_int_equal(rh_message_check(&message, &limits), RH_OK);
    message = rh_message_failed(RH_NO_MEMORY);
    assert_int_equal(rh_message_check(&message, &limits), RH_NO_MEMORY);
}

static void finds_the_end_of_the_first_item_of_a_sequence(void **state)
{
    (void)state;
    uint8_t bytes[64];
    size_t length = 77;
    size_t size = from_hex("82 01 6161 a1 01 02 9f", bytes, sizeof bytes);
    assert_int_equal(rh_item_length(bytes, size, &length), RH_OK);
    assert_int_equal(length, 4);
    assert_int_equal(rh_item_length(bytes + 4, size - 4, &length), RH_OK);
    assert_int_equal(length, 3);
    assert_int_equal(rh_item_length(bytes + 7, size - 7, &length), RH_MALFORMED);
    assert_int_equal(rh_item_length(bytes + 8, 0, &length), RH_TRUNCATED);
    assert_int_equal(length, 3);
}

static void every_prefix_of_an_item_is_truncated(void **state)
{
    (void)state;
    static const char *const examples[] = {
        "a3 01 820304 20 d85a84 1affffffff 190100 02 01 6461626364 83 f6 42 0000 d85e63696e74",
        "d85b 85 01 02 03 04 1b0000000100000000",
        "7818 6162636465666768696a6b6c6d6e6f707172737475767778",
    };
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        uint8_t bytes[128];
        size_t length;
        size_t size = from_hex(examples[i], bytes, sizeof bytes);
        assert_int_equal(rh_item_length(bytes, size, &length), RH_OK);
        assert_int_equal(length, size);
        for (size_t part = 0; part < size; part++) {
            assert_int_equal(rh_item_length(bytes, part, &length), RH_TRUNCATED);
        }
    }
}

/* The definition, by the ranges of RFC 3629's grammar, written without regard to speed. */
static bool is_character(const uint8_t *b, size_t size)
{
    uint32_t code;
    if (size == 1) {
        return b[0] < 0x80;
    }
    if (size == 2 && b[0] >> 5 == 6) {
        code = (b[0] & 31U) << 6 | (b[1] & 63U);
        return b[1] >> 6 == 2 && code >= 0x80;
    }
    if (size == 3 && b[0] >> 4 == 14) {
        code = (b[0] & 15U) << 12 | (b[1] & 63U) << 6 | (b[2] & 63U);
        return b[1] >> 6 == 2 && b[2] >> 6 == 2 && code >= 0x800 &&
               (code < 0xd800 || code > 0xdfff);
    }
    return false;
}

static void knows_every_character_of_up_to_three_bytes(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 1U << 24; i++) {
        uint8_t bytes[3] = {(uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};
        size_t expected = 0;
        for (size_t size = 1; size <= 3; size++) {
            expected = expected == 0 && is_character(bytes, size) ? size : expected;
        }
        if (rh_utf8_step(bytes, 3) != expected) {
            fail_msg("%06x", (unsigned)i);
        }
    }
}

static void knows_the_borders_of_four_byte_characters(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        size_t size;
    } examples[] = {
        {"f0908080", 4}, {"f08fbfbf", 0}, {"f48fbfbf", 4}, {"f4908080", 0},
        {"f3bfbfbf", 4}, {"f5808080", 0}, {"f1808080", 4}, {"f1c08080", 0},
        {"f180c080", 0}, {"f18080c0", 0}, {"f18080", 0},
    };
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        uint8_t bytes[8];
        size_t size = from_hex(examples[i].hex, bytes, sizeof bytes);
        assert_int_equal(rh_utf8_step(bytes, size), examples[i].size);
    }
    assert_true(rh_utf8_valid((const uint8_t *)"abcdefgh\xf0\x90\x80\x80ijklmnopq", 21));
    assert_false(rh_utf8_valid((const uint8_t *)"abcdefghijklm\xf0\x90\x80", 16));
    assert_false(rh_utf8_valid((const uint8_t *)"abcdefgh\x80jklmnop", 16));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_the_subset),
        cmocka_unit_test(refuses_everything_else_by_name),
        cmocka_unit_test(bounds_depth_by_the_limit_and_the_ceiling),
        cmocka_unit_test(bounds_size_by_the_limit),
        cmocka_unit_test(finds_the_end_of_the_first_item_of_a_sequence),
        cmocka_unit_test(every_prefix_of_an_item_is_truncated),
        cmocka_unit_test(knows_every_character_of_up_to_three_bytes),
        cmocka_unit_test(knows_the_borders_of_four_byte_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}

/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "harness/document/number.h"

static void reads_one_spelling_and_names_the_others(void **state)
{
    static const struct {
        const char *text;
        enum rh_number_form form;
        bool is_negative;
        uint64_t magnitude;
    } rows[] = {
        {"0", RH_NUMBER_WHOLE, false, 0},
        {"-0", RH_NUMBER_WHOLE, true, 0},
        {"42", RH_NUMBER_WHOLE, false, 42},
        {"-42", RH_NUMBER_WHOLE, true, 42},
        {"0x2a", RH_NUMBER_WHOLE, false, 42},
        {"0X2A", RH_NUMBER_WHOLE, false, 42},
        {"-0x10", RH_NUMBER_WHOLE, true, 16},
        {"0x0000000000000000001", RH_NUMBER_WHOLE, false, 1},
        {"18446744073709551615", RH_NUMBER_WHOLE, false, UINT64_MAX},
        {"0xffffffffffffffff", RH_NUMBER_WHOLE, false, UINT64_MAX},
        {"18446744073709551616", RH_NUMBER_HUGE, false, 0},
        {"0x10000000000000000", RH_NUMBER_HUGE, false, 0},
        {"+7", RH_NUMBER_PLUS, false, 7},
        {"007", RH_NUMBER_LEADING_ZERO, false, 7},
        {"-07", RH_NUMBER_LEADING_ZERO, true, 7},
        {"1_000", RH_NUMBER_SEPARATED, false, 1000},
        {"1,000,000", RH_NUMBER_SEPARATED, false, 1000000},
        {"1.5", RH_NUMBER_FRACTION, false, 0},
        {"1e9", RH_NUMBER_FRACTION, false, 0},
        {"-1.5E-3", RH_NUMBER_FRACTION, true, 0},
        {"", RH_NUMBER_NONE, false, 0},
        {"-", RH_NUMBER_NONE, false, 0},
        {"+", RH_NUMBER_NONE, false, 0},
        {"0x", RH_NUMBER_NONE, false, 0},
        {"0xg", RH_NUMBER_NONE, false, 0},
        {"0x1g", RH_NUMBER_NONE, false, 0},
        {"12a", RH_NUMBER_NONE, false, 0},
        {"1.", RH_NUMBER_NONE, false, 0},
        {".5", RH_NUMBER_NONE, false, 0},
        {"1e", RH_NUMBER_NONE, false, 0},
        {"1.e5", RH_NUMBER_NONE, false, 0},
        {"1.2.3", RH_NUMBER_NONE, false, 0},
        {"1_", RH_NUMBER_NONE, false, 0},
        {" 1", RH_NUMBER_NONE, false, 0},
        {"1 ", RH_NUMBER_NONE, false, 0},
        {"--1", RH_NUMBER_NONE, false, 0},
        {"12:30", RH_NUMBER_NONE, false, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rh_number number = rh_number_parse(rows[i].text, strlen(rows[i].text));
        if (number.form != rows[i].form) {
            fail_msg("'%s' is read as %d", rows[i].text, (int)number.form);
        }
        if (number.form == RH_NUMBER_NONE || number.form == RH_NUMBER_FRACTION ||
            number.form == RH_NUMBER_HUGE) {
            continue;
        }
        assert_int_equal(number.is_negative, rows[i].is_negative);
        assert_true(number.magnitude == rows[i].magnitude);
    }
}

static void fits_signed_numbers_at_both_ends(void **state)
{
    static const struct {
        struct rh_number number;
        bool fits;
        int64_t value;
    } rows[] = {
        {{RH_NUMBER_WHOLE, false, INT64_MAX}, true, INT64_MAX},
        {{RH_NUMBER_WHOLE, false, (uint64_t)INT64_MAX + 1}, false, 0},
        {{RH_NUMBER_WHOLE, true, (uint64_t)INT64_MAX + 1}, true, INT64_MIN},
        {{RH_NUMBER_WHOLE, true, (uint64_t)INT64_MAX + 2}, false, 0},
        {{RH_NUMBER_WHOLE, true, 0}, true, 0},
        {{RH_NUMBER_WHOLE, true, 1}, true, -1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t value = 77;
        assert_int_equal(rh_number_signed(&rows[i].number, &value), rows[i].fits);
        assert_true(value == (rows[i].fits ? rows[i].value : 77));
    }
}

static void reads_lengths_of_time(void **state)
{
    static const struct {
        const char *text;
        enum rh_duration_form form;
        rh_duration value;
    } rows[] = {
        {"0", RH_DURATION_OK, 0},
        {"0s", RH_DURATION_OK, 0},
        {"10ns", RH_DURATION_OK, 10},
        {"100us", RH_DURATION_OK, 100000},
        {"5ms", RH_DURATION_OK, 5000000},
        {"2s", RH_DURATION_OK, 2000000000},
        {"18446744073s", RH_DURATION_OK, UINT64_C(18446744073000000000)},
        {"18446744073709551614ns", RH_DURATION_OK, UINT64_MAX - 1},
        {"18446744073709551615ns", RH_DURATION_HUGE, 0},
        {"18446744074s", RH_DURATION_HUGE, 0},
        {"99999999999999999999999ns", RH_DURATION_HUGE, 0},
        {"5", RH_DURATION_NO_UNIT, 0},
        {"5 ms", RH_DURATION_SPACE, 5000000},
        {"5msec", RH_DURATION_UNIT, 5000000},
        {"5\xc2\xb5s", RH_DURATION_UNIT, 5000},
        {"2 minutes", RH_DURATION_UNIT, UINT64_C(120000000000)},
        {"5fortnights", RH_DURATION_UNIT, 0},
        {"999999999999h", RH_DURATION_UNIT, 0},
        {"1.5ms", RH_DURATION_FRACTION, 1500000},
        {"0.25us", RH_DURATION_FRACTION, 250},
        {"1.5ns", RH_DURATION_FRACTION, 0},
        {"1.0000000000s", RH_DURATION_FRACTION, 0},
        {"-5ms", RH_DURATION_NEGATIVE, 0},
        {"", RH_DURATION_NONE, 0},
        {"ms", RH_DURATION_NONE, 0},
        {".5s", RH_DURATION_NONE, 0},
        {"soon", RH_DURATION_NONE, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rh_duration_reading reading = rh_duration_parse(rows[i].text, strlen(rows[i].text));
        if (reading.form != rows[i].form || reading.value != rows[i].value) {
            fail_msg("'%s' is read as form %d, %" PRIu64 "ns", rows[i].text, (int)reading.form,
                     reading.value);
        }
    }
}

static void prints_what_it_reads(void **state)
{
    static const char *const texts[] = {"0",   "1ns",    "999ns", "1us", "1500us",
                                        "1ms", "1001ms", "1s",    "60s", "18446744073709551614ns"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct rh_duration_reading reading = rh_duration_parse(texts[i], strlen(texts[i]));
        assert_int_equal(reading.form, RH_DURATION_OK);
        assert_string_equal(rh_duration_print(reading.value).text, texts[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_one_spelling_and_names_the_others),
        cmocka_unit_test(fits_signed_numbers_at_both_ends),
        cmocka_unit_test(reads_lengths_of_time),
        cmocka_unit_test(prints_what_it_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}

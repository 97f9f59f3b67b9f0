/* SPDX-License-Identifier: MIT */
/* strtoull accepts blanks, signs, octal and whatever the locale adds; scenario files accept one spelling, and name the
 * others so that the reader can say what to write instead. */
#include "harness/document/number.h"

#include <stdio.h>
#include <string.h>

struct unit {
    const char *name;
    rh_duration ns;
    bool is_ours; /* the others are only understood, for hints */
};

#define MINUTE (60 * RH_SECOND)

static const struct unit units[] = {
    {"ns", 1, true},
    {"us", RH_MICROSECOND, true},
    {"ms", RH_MILLISECOND, true},
    {"s", RH_SECOND, true},
    {"nsec", 1, false},
    {"nanoseconds", 1, false},
    {"usec", RH_MICROSECOND, false},
    {"\xc2\xb5s", RH_MICROSECOND, false},
    {"\xce\xbcs", RH_MICROSECOND, false},
    {"microseconds", RH_MICROSECOND, false},
    {"msec", RH_MILLISECOND, false},
    {"millis", RH_MILLISECOND, false},
    {"milliseconds", RH_MILLISECOND, false},
    {"MS", RH_MILLISECOND, false},
    {"S", RH_SECOND, false},
    {"sec", RH_SECOND, false},
    {"secs", RH_SECOND, false},
    {"second", RH_SECOND, false},
    {"seconds", RH_SECOND, false},
    {"m", MINUTE, false},
    {"min", MINUTE, false},
    {"minute", MINUTE, false},
    {"minutes", MINUTE, false},
    {"h", 60 * MINUTE, false},
    {"hour", 60 * MINUTE, false},
    {"hours", 60 * MINUTE, false},
};

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* The value of a digit in a base, or the base if it is none. */
static unsigned digit_value(char byte, unsigned base)
{
    unsigned value = base;
    if (is_digit(byte)) {
        value = (unsigned)(byte - '0');
    } else if (byte >= 'a' && byte <= 'f') {
        value = (unsigned)(byte - 'a') + 10;
    } else if (byte >= 'A' && byte <= 'F') {
        value = (unsigned)(byte - 'A') + 10;
    }
    return value < base ? value : base;
}

/* Adds one digit; false if that leaves 64 bits. */
static bool push_digit(uint64_t *magnitude, unsigned digit, unsigned base)
{
    if (*magnitude > (UINT64_MAX - digit) / base) {
        return false;
    }
    *magnitude = *magnitude * base + digit;
    return true;
}

/* Whether something numeric but not whole stands from `at` on: ".5", "e9", ".5e-3". */
static bool is_fraction(const char *text, size_t at, size_t length)
{
    size_t digits = 0;
    if (text[at] == '.') {
        for (at++; at < length && is_digit(text[at]); at++) {
            digits++;
        }
    } else {
        digits = 1;
    }
    if (digits != 0 && at < length && (text[at] == 'e' || text[at] == 'E')) {
        at++;
        at += at < length && (text[at] == '-' || text[at] == '+');
        for (digits = 0; at < length && is_digit(text[at]); at++) {
            digits++;
        }
    }
    return digits != 0 && at == length;
}

static struct rh_number parse_hexadecimal(const char *text, size_t at, size_t length,
                                          struct rh_number number)
{
    number.form = RH_NUMBER_WHOLE;
    for (; at < length; at++) {
        unsigned digit = digit_value(text[at], 16);
        if (digit == 16) {
            number.form = RH_NUMBER_NONE;
            return number;
        }
        if (!push_digit(&number.magnitude, digit, 16)) {
            number.form = RH_NUMBER_HUGE;
        }
    }
    return number;
}

static struct rh_number parse_decimal(const char *text, size_t at, size_t length,
                                      struct rh_number number)
{
    bool is_huge = false, is_separated = false;
    bool has_leading_zero = length - at > 1 && text[at] == '0';
    for (; at < length; at++) {
        if (is_digit(text[at])) {
            is_huge = !push_digit(&number.magnitude, digit_value(text[at], 10), 10) || is_huge;
        } else if ((text[at] == '_' || text[at] == ',') && at + 1 < length &&
                   is_digit(text[at + 1])) {
            is_separated = true;
        } else {
            number.form = is_fraction(text, at, length) ? RH_NUMBER_FRACTION : RH_NUMBER_NONE;
            return number;
        }
    }
    number.form = is_huge            ? RH_NUMBER_HUGE
                  : is_separated     ? RH_NUMBER_SEPARATED
                  : has_leading_zero ? RH_NUMBER_LEADING_ZERO
                                     : RH_NUMBER_WHOLE;
    return number;
}

struct rh_number rh_number_parse(const char *text, size_t length)
{
    struct rh_number number = {RH_NUMBER_NONE, false, 0};
    size_t at = length > 0 && (text[0] == '-' || text[0] == '+') ? 1 : 0;
    if (at == length || !is_digit(text[at])) {
        return number;
    }
    number.is_negative = text[0] == '-';
    bool is_hexadecimal =
        length - at > 2 && text[at] == '0' && (text[at + 1] == 'x' || text[at + 1] == 'X');
    number = is_hexadecimal ? parse_hexadecimal(text, at + 2, length, number)
                            : parse_decimal(text, at, length, number);
    if (number.form == RH_NUMBER_WHOLE && text[0] == '+') {
        number.form = RH_NUMBER_PLUS;
    }
    return number;
}

bool rh_number_signed(const struct rh_number *number, int64_t *value)
{
    if (!number->is_negative && number->magnitude <= INT64_MAX) {
        *value = (int64_t)number->magnitude;
        return true;
    }
    if (number->is_negative && number->magnitude <= (uint64_t)INT64_MAX + 1) {
        *value = number->magnitude == 0 ? 0 : -(int64_t)(number->magnitude - 1) - 1;
        return true;
    }
    return false;
}

static const struct unit *find_unit(const char *text, size_t length)
{
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strlen(units[i].name) == length && memcmp(units[i].name, text, length) == 0) {
            return &units[i];
        }
    }
    return NULL;
}

/* The value of "1.5" in units, if it is a whole number of nanoseconds; else 0. */
static rh_duration fraction_value(const char *text, size_t length, rh_duration unit_ns)
{
    uint64_t value = 0;
    rh_duration scale = unit_ns;
    bool is_behind_point = false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '.') {
            is_behind_point = true;
            continue;
        }
        if (is_behind_point && scale % 10 != 0) {
            return 0;
        }
        scale = is_behind_point ? scale / 10 : scale;
        if (!push_digit(&value, digit_value(text[i], 10), 10)) {
            return 0;
        }
    }
    return scale != 0 && value <= (RH_NEVER - 1) / scale ? value * scale : 0;
}

/* Judges a number of `digits` bytes that is followed by a unit. */
static void judge(struct rh_duration_reading *reading, const char *text, bool has_point,
                  bool has_space)
{
    const struct unit *unit = find_unit(reading->unit, reading->unit_length);
    reading->unit_ns = unit != NULL ? unit->ns : 0;
    if (has_point) {
        reading->form = RH_DURATION_FRACTION;
        reading->value = fraction_value(text, reading->digits, reading->unit_ns);
        return;
    }
    struct rh_number number = rh_number_parse(text, reading->digits);
    bool is_huge = number.form == RH_NUMBER_HUGE ||
                   (reading->unit_ns != 0 && number.magnitude > (RH_NEVER - 1) / reading->unit_ns);
    reading->value = is_huge ? 0 : number.magnitude * reading->unit_ns;
    reading->form = unit == NULL || !unit->is_ours ? RH_DURATION_UNIT
                    : is_huge                      ? RH_DURATION_HUGE
                    : has_space                    ? RH_DURATION_SPACE
                                                   : RH_DURATION_OK;
}

struct rh_duration_reading rh_duration_parse(const char *text, size_t length)
{
    struct rh_duration_reading reading = {RH_DURATION_NONE, 0, 0, text + length, 0, 0};
    if (length > 1 && text[0] == '-' && is_digit(text[1])) {
        reading.form = RH_DURATION_NEGATIVE;
        return reading;
    }
    size_t at = 0;
    bool has_point = false;
    while (at < length && (is_digit(text[at]) || (text[at] == '.' && at > 0 && !has_point &&
                                                  at + 1 < length && is_digit(text[at + 1])))) {
        has_point = has_point || text[at] == '.';
        at++;
    }
    reading.digits = at;
    if (at == 0) {
        return reading;
    }
    while (at < length && text[at] == ' ') {
        at++;
    }
    reading.unit = text + at;
    reading.unit_length = length - at;
    if (reading.unit_length == 0) {
        bool is_zero = reading.digits == 1 && text[0] == '0';
        reading.form = is_zero ? RH_DURATION_OK : RH_DURATION_NO_UNIT;
        return reading;
    }
    judge(&reading, text, has_point, at != reading.digits);
    return reading;
}

struct rh_duration_text rh_duration_print(rh_duration duration)
{
    struct rh_duration_text printed = {"0"};
    for (size_t i = 4; i-- > 0 && duration != 0;) {
        if (duration % units[i].ns == 0) {
            (void)snprintf(printed.text, sizeof printed.text, "%llu%s",
                           (unsigned long long)(duration / units[i].ns), units[i].name);
            break;
        }
    }
    return printed;
}

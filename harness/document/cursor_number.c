/* SPDX-License-Identifier: MIT */
/* Numbers and lengths of time. What people write instead of what is meant (5 ms, 1.5s, 1_000, 007) is understood well
 * enough to answer with the spelling that is accepted, and never silently taken for something. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "harness/document/cursor.h"
#include "harness/document/number.h"

#define EXPECTED_BYTES 96

static struct rh_number number_of(const struct rh_document_node *node)
{
    struct rh_number none = {RH_NUMBER_NONE, false, 0};
    return node->kind == RH_NODE_SCALAR ? rh_number_parse(node->text, node->count) : none;
}

/* What to write in place of a number that was understood but is not accepted. */
static void hint_at_number(const struct rh_cursor *cursor, const struct rh_document_node *node,
                           const struct rh_number *number)
{
    const char *sign = number->is_negative ? "-" : "";
    if (number->form == RH_NUMBER_LEADING_ZERO || number->form == RH_NUMBER_PLUS) {
        rh_diagnostics_hint(cursor->diagnostics, "write %s%" PRIu64, sign, number->magnitude);
    } else if (number->form == RH_NUMBER_SEPARATED) {
        rh_diagnostics_hint(cursor->diagnostics, "write it without separators: %s%" PRIu64, sign,
                            number->magnitude);
    } else if (number->form == RH_NUMBER_FRACTION) {
        rh_diagnostics_hint(cursor->diagnostics, "fractions and exponents are not accepted");
    } else if (number->form == RH_NUMBER_NONE && node->kind == RH_NODE_SCALAR) {
        struct rh_duration_reading reading = rh_duration_parse(node->text, node->count);
        if (reading.form == RH_DURATION_OK) {
            rh_diagnostics_hint(cursor->diagnostics, "it is a plain number, without a unit");
        }
    }
}

bool rh_cursor_unsigned(const struct rh_cursor *cursor, const struct rh_document_node *node,
                        uint64_t least, uint64_t most, uint64_t *number)
{
    if (node == NULL) {
        return false;
    }
    struct rh_number read = number_of(node);
    bool is_negative = read.is_negative && read.magnitude != 0;
    if (read.form == RH_NUMBER_WHOLE && !is_negative && read.magnitude >= least &&
        read.magnitude <= most) {
        *number = read.magnitude;
        return true;
    }
    char expected[EXPECTED_BYTES];
    if (most != UINT64_MAX) {
        (void)snprintf(expected, sizeof expected, "a whole number from %" PRIu64 " to %" PRIu64,
                       least, most);
    } else if (read.form == RH_NUMBER_HUGE) {
        (void)snprintf(expected, sizeof expected, "at most %" PRIu64, most);
    } else if (least != 0 || is_negative) {
        (void)snprintf(expected, sizeof expected, "a whole number, %" PRIu64 " or more", least);
    } else {
        (void)snprintf(expected, sizeof expected, "a whole number");
    }
    rh_cursor_refuse(cursor, node, expected);
    hint_at_number(cursor, node, &read);
    return false;
}

static const struct {
    const char *word;
    uint64_t bytes;
} byte_units[] = {{"KiB", 1024}, {"MiB", 1048576}};

/* Whether a text is meant to be this unit: K, kb, KiB, ... */
static bool is_byte_unit(const char *text, size_t length, const char *unit)
{
    size_t at = length > 0 && (text[0] | 0x20) == (unit[0] | 0x20) ? 1 : length + 1;
    at += at < length && (text[at] | 0x20) == 'i';
    at += at < length && (text[at] | 0x20) == 'b';
    return at == length;
}

/* "64KiB" taken apart: the number of bytes, or 0 if it is none or too large; the unit as it has to be written, or NULL. */
static const char *read_byte_unit(const struct rh_document_node *node, struct rh_number *ret_number,
                                  uint64_t *ret_bytes, bool *ret_accepted)
{
    size_t digits = strspn(node->text, "0123456789");
    size_t begin = digits + strspn(node->text + digits, " ");
    size_t length = node->count - begin;
    for (size_t i = 0; i < sizeof byte_units / sizeof byte_units[0]; i++) {
        const char *unit = byte_units[i].word;
        if (is_byte_unit(node->text + begin, length, unit)) {
            *ret_number = rh_number_parse(node->text, digits);
            bool fits = ret_number->form == RH_NUMBER_WHOLE &&
                        ret_number->magnitude <= UINT64_MAX / byte_units[i].bytes;
            *ret_bytes = fits ? ret_number->magnitude * byte_units[i].bytes : 0;
            *ret_accepted =
                begin == digits && length == 3 && memcmp(node->text + begin, unit, 3) == 0;
            return unit;
        }
    }
    return NULL;
}

bool rh_cursor_bytes(const struct rh_cursor *cursor, const struct rh_document_node *node,
                     uint64_t least, uint64_t most, uint64_t *number)
{
    if (node == NULL || node->kind != RH_NODE_SCALAR) {
        return rh_cursor_unsigned(cursor, node, least, most, number);
    }
    struct rh_number count;
    uint64_t bytes = 0;
    bool is_accepted = false;
    const char *unit = read_byte_unit(node, &count, &bytes, &is_accepted);
    if (unit == NULL) {
        return rh_cursor_unsigned(cursor, node, least, most, number);
    }
    bool fits = bytes != 0 && bytes >= least && bytes <= most;
    if (is_accepted && fits) {
        *number = bytes;
        return true;
    }
    char expected[EXPECTED_BYTES];
    (void)snprintf(expected, sizeof expected, "a number of bytes from %" PRIu64 " to %" PRIu64,
                   least, most);
    rh_cursor_refuse(cursor, node, expected);
    if (fits) {
        rh_diagnostics_hint(cursor->diagnostics, "write %" PRIu64 "%s", count.magnitude, unit);
    }
    return false;
}

bool rh_cursor_integer(const struct rh_cursor *cursor, const struct rh_document_node *node,
                       int64_t least, int64_t most, int64_t *number)
{
    if (node == NULL) {
        return false;
    }
    struct rh_number read = number_of(node);
    int64_t value = 0;
    bool fits = read.form == RH_NUMBER_WHOLE && rh_number_signed(&read, &value);
    if (fits && value >= least && value <= most) {
        *number = value;
        return true;
    }
    char expected[EXPECTED_BYTES];
    bool is_whole = read.form == RH_NUMBER_WHOLE || read.form == RH_NUMBER_HUGE;
    if (is_whole || least != INT64_MIN || most != INT64_MAX) {
        (void)snprintf(expected, sizeof expected, "a whole number from %" PRId64 " to %" PRId64,
                       least, most);
    } else {
        (void)snprintf(expected, sizeof expected, "a whole number");
    }
    rh_cursor_refuse(cursor, node, expected);
    hint_at_number(cursor, node, &read);
    return false;
}

static void hint_at_duration(const struct rh_cursor *cursor, const char *text,
                             const struct rh_duration_reading *reading)
{
    int digits = reading->digits <= 20 ? (int)reading->digits : 0;
    switch (reading->form) {
    case RH_DURATION_NO_UNIT:
        rh_diagnostics_hint(cursor->diagnostics,
                            "the unit is missing: write %.*sns, %.*sus, %.*sms or %.*ss", digits,
                            text, digits, text, digits, text, digits, text);
        break;
    case RH_DURATION_UNIT:
    case RH_DURATION_SPACE:
    case RH_DURATION_FRACTION:
        if (reading->value != 0) {
            rh_diagnostics_hint(cursor->diagnostics, "write %s",
                                rh_duration_print(reading->value).text);
        } else {
            rh_diagnostics_hint(cursor->diagnostics,
                                "a length of time is a whole number and ns, us, ms or s");
        }
        break;
    case RH_DURATION_HUGE:
        rh_diagnostics_hint(cursor->diagnostics, "the longest time is %s",
                            rh_duration_print((RH_NEVER - 1) / RH_SECOND * RH_SECOND).text);
        break;
    case RH_DURATION_NEGATIVE:
        rh_diagnostics_hint(cursor->diagnostics, "a length of time cannot be negative");
        break;
    case RH_DURATION_NONE:
    case RH_DURATION_OK:
        break;
    }
}

bool rh_cursor_duration(const struct rh_cursor *cursor, const struct rh_document_node *node,
                        rh_duration *duration)
{
    if (node == NULL) {
        return false;
    }
    if (node->kind != RH_NODE_SCALAR || rh_node_is_empty(node)) {
        return rh_cursor_refuse(cursor, node, "a length of time, such as 5ms");
    }
    struct rh_duration_reading reading = rh_duration_parse(node->text, node->count);
    if (reading.form != RH_DURATION_OK) {
        rh_cursor_refuse(cursor, node, "a length of time, such as 5ms");
        hint_at_duration(cursor, node->text, &reading);
        return false;
    }
    *duration = reading.value;
    return true;
}

/* The first bound of a window may leave the unit to the second. */
static struct rh_duration_reading read_first_bound(const char *text, size_t length,
                                                   const struct rh_duration_reading *last)
{
    struct rh_duration_reading first = rh_duration_parse(text, length);
    if (first.form != RH_DURATION_NO_UNIT || last->unit_ns == 0) {
        return first;
    }
    char with_unit[48];
    if (length + last->unit_length < sizeof with_unit) {
        memcpy(with_unit, text, length);
        memcpy(with_unit + length, last->unit, last->unit_length);
        first = rh_duration_parse(with_unit, length + last->unit_length);
        first.unit = last->unit;
    }
    return first;
}

static bool is_understood(const struct rh_duration_reading *reading)
{
    return reading->form == RH_DURATION_OK || reading->value != 0;
}

/* `dots` is where the ".." stands, NULL if there is none; then both bounds are the same reading. */
static void hint_at_window(const struct rh_cursor *cursor, const char *text, const char *dots,
                           const struct rh_duration_reading *first,
                           const struct rh_duration_reading *last)
{
    if (dots == NULL && first->digits != 0 && text[first->digits] == '-') {
        rh_diagnostics_hint(cursor->diagnostics, "a window is written with two dots: 1..5ms");
    } else if (dots == NULL) {
        hint_at_duration(cursor, text, last);
    } else if (is_understood(first) && is_understood(last)) {
        rh_diagnostics_hint(cursor->diagnostics, "write %s..%s",
                            rh_duration_print(first->value).text,
                            rh_duration_print(last->value).text);
    } else if (strchr(text, ' ') != NULL) {
        rh_diagnostics_hint(cursor->diagnostics, "write it without spaces");
    } else if (dots == text) {
        rh_diagnostics_hint(cursor->diagnostics, "a window from now on begins with 0: 0..5ms");
    } else if (last->form != RH_DURATION_OK) {
        hint_at_duration(cursor, dots + 2, last);
    } else {
        hint_at_duration(cursor, text, first);
    }
}

bool rh_cursor_durations(const struct rh_cursor *cursor, const struct rh_document_node *node,
                         rh_duration *least, rh_duration *most)
{
    static const char expected[] = "a length of time or a window, such as 5ms or 1..5ms";
    if (node == NULL) {
        return false;
    }
    if (node->kind != RH_NODE_SCALAR || rh_node_is_empty(node)) {
        return rh_cursor_refuse(cursor, node, expected);
    }
    const char *dots = strstr(node->text, "..");
    const char *end = node->text + node->count;
    const char *second = dots != NULL ? dots + 2 : node->text;
    struct rh_duration_reading last = rh_duration_parse(second, (size_t)(end - second));
    struct rh_duration_reading first = last;
    if (dots != NULL) {
        first = read_first_bound(node->text, (size_t)(dots - node->text), &last);
    }
    if (first.form != RH_DURATION_OK || last.form != RH_DURATION_OK) {
        rh_cursor_refuse(cursor, node, expected);
        hint_at_window(cursor, node->text, dots, &first, &last);
        return false;
    }
    if (first.value > last.value) {
        rh_diagnostics_error(cursor->diagnostics, cursor->source, node->span,
                             "the window %s ends before it begins",
                             rh_quote(node->text, node->count).text);
        rh_diagnostics_hint(cursor->diagnostics, "write %s..%s", rh_duration_print(last.value).text,
                            rh_duration_print(first.value).text);
        return false;
    }
    *least = first.value;
    *most = last.value;
    return true;
}

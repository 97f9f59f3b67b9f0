/* SPDX-License-Identifier: MIT */
/** @file
 *  Numbers and lengths of time as people write them. Pure functions of the text; locale-free. */
#ifndef HARNESS_DOCUMENT_NUMBER_H
#define HARNESS_DOCUMENT_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rehearse/pid.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a text is, as a number. */
enum rh_number_form {
    RH_NUMBER_NONE,         /**< nothing like a number */
    RH_NUMBER_WHOLE,        /**< decimal, or 0x and hexadecimal digits, perhaps after a '-' */
    RH_NUMBER_HUGE,         /**< whole, but beyond 64 bits */
    RH_NUMBER_LEADING_ZERO, /**< 007, which is octal to some and not to others */
    RH_NUMBER_PLUS,         /**< +7 */
    RH_NUMBER_SEPARATED,    /**< 1_000 or 1,000 */
    RH_NUMBER_FRACTION      /**< 1.5, 1e9 */
};

struct rh_number {
    enum rh_number_form form;
    bool is_negative;
    uint64_t magnitude; /**< set for the forms WHOLE, LEADING_ZERO, PLUS and SEPARATED */
};

/** Read a whole text as a number. */
struct rh_number rh_number_parse(const char *text, size_t length);

/** Return whether a whole number fits into an int64_t, and put it there. */
bool rh_number_signed(const struct rh_number *number, int64_t *value);

enum rh_duration_form {
    RH_DURATION_NONE,     /**< nothing like a length of time */
    RH_DURATION_OK,       /**< a number and a unit, or 0 */
    RH_DURATION_NO_UNIT,  /**< a number other than 0, alone */
    RH_DURATION_UNIT,     /**< a number and something that is no unit of ours */
    RH_DURATION_SPACE,    /**< a number, blanks, one of our units */
    RH_DURATION_FRACTION, /**< 1.5ms; `value` is set if that is a whole number of nanoseconds */
    RH_DURATION_NEGATIVE,
    RH_DURATION_HUGE /**< too long for 64 bits of nanoseconds */
};

struct rh_duration_reading {
    enum rh_duration_form form;
    rh_duration value; /**< OK, SPACE, FRACTION: nanoseconds; 0 if unknown */
    size_t digits;     /**< bytes of the number */
    const char *unit;  /**< where the unit begins, in the text given */
    size_t unit_length;
    rh_duration
        unit_ns; /**< what the unit, or the one it stands for ("sec", "minutes"), is worth; 0 if unknown */
};

/** Read a whole text as a length of time. */
struct rh_duration_reading rh_duration_parse(const char *text, size_t length);

/** A length of time as the files write it: 0, 1500us, 2s. */
struct rh_duration_text {
    char text[32];
};

struct rh_duration_text rh_duration_print(rh_duration duration);

#ifdef __cplusplus
}
#endif
#endif

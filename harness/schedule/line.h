/* SPDX-License-Identifier: MIT */
/** @file
 *  Lines of a schedule: what an event is called, and whether a line means it.
 *
 *      a -> b: [ping, 1]        `b` handles this message of `a`
 *      a -> b: [ping, _]        any of this kind; `a -> b` alone means any message
 *      down a -> b: boom        a signal that is no message
 *      a does: send             the next operation of a script
 *      crash a                  a fault strikes
 *      draw: 3                  the answer to a question that is not about who goes next
 *      a -> b (2): x            the second of those that are called so */
#ifndef HARNESS_SCHEDULE_LINE_H
#define HARNESS_SCHEDULE_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RH_LINE_BYTES 320

/** Return whether `line` means an event that is called `name`, up to its "(2)". */
bool rh_line_means(const char *line, const char *name);
/** Return which of the events of that name it means: the `n` of "(n)", 1 without it. */
uint32_t rh_line_place(const char *line);
/** Write a name with "(n)" in its place; as snprintf. Without it for 1. */
size_t rh_line_placed(const char *name, uint32_t n, char *buffer, size_t capacity);

#ifdef __cplusplus
}
#endif
#endif

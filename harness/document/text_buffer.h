/* SPDX-License-Identifier: MIT */
/** @file
 *  A growing piece of text: what messages and reports are written into before anything is printed.
 *
 *  `init -> (append | print)* -> text -> deinit`. The first failure sticks: later writes change nothing, so that a
 *  writer checks `status` once, at the end. */
#ifndef HARNESS_DOCUMENT_TEXT_BUFFER_H
#define HARNESS_DOCUMENT_TEXT_BUFFER_H

#include <stdarg.h>
#include <stddef.h>

#include <rehearse/allocator.h>
#include <rehearse/status.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define RH_PRINTF_LIKE(format_index, first) __attribute__((format(printf, format_index, first)))
#else
#define RH_PRINTF_LIKE(format_index, first)
#endif

struct rh_text_buffer {
    const struct rh_allocator *allocator; /**< never NULL after init */
    char *text;                           /**< NUL-terminated; NULL before the first write */
    size_t length;                        /**< bytes, without the NUL */
    size_t capacity;                      /**< bytes allocated */
    size_t length_max;                    /**< bytes, without the NUL, that it may grow to */
    enum rh_status status;                /**< RH_OK, RH_NO_MEMORY or RH_LIMIT; sticks */
};

/** Begin with no text and no allocation. A NULL allocator means the C library's. */
void rh_text_buffer_init(struct rh_text_buffer *buffer, const struct rh_allocator *allocator,
                         size_t length_max);

/** Release the text. Accepts NULL; afterwards the buffer is as after init. */
void rh_text_buffer_deinit(struct rh_text_buffer *buffer);

/** Add bytes to the end, all or none. Returns the sticking status. */
enum rh_status rh_text_buffer_append(struct rh_text_buffer *buffer, const char *bytes,
                                     size_t length);

/** Add one byte `count` times. Returns the sticking status. */
enum rh_status rh_text_buffer_repeat(struct rh_text_buffer *buffer, char byte, size_t count);

/** Add formatted text as printf does, all or none. Returns the sticking status. */
enum rh_status rh_text_buffer_print(struct rh_text_buffer *buffer, const char *format, ...)
    RH_PRINTF_LIKE(2, 3);

/** As rh_text_buffer_print, for callers that are variadic themselves. */
enum rh_status rh_text_buffer_print_list(struct rh_text_buffer *buffer, const char *format,
                                         va_list arguments) RH_PRINTF_LIKE(2, 0);

/** Borrow the text until the next write. Never NULL. */
const char *rh_text_buffer_text(const struct rh_text_buffer *buffer);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: MIT */
/* Growth doubles from a small start and stops exactly at the cap; nothing is ever cut in the middle of a write, so
 * that a report which did not fit is recognisable as such and never looks complete. */
#include "harness/document/text_buffer.h"

#include <stdio.h>
#include <string.h>

#define CAPACITY_FIRST ((size_t)256)

void rh_text_buffer_init(struct rh_text_buffer *buffer, const struct rh_allocator *allocator,
                         size_t length_max)
{
    memset(buffer, 0, sizeof *buffer);
    buffer->allocator = allocator != NULL ? allocator : rh_allocator_default();
    buffer->length_max = length_max;
    buffer->status = RH_OK;
}

void rh_text_buffer_deinit(struct rh_text_buffer *buffer)
{
    if (buffer == NULL || buffer->allocator == NULL) {
        return;
    }
    buffer->allocator->release(buffer->allocator->self, buffer->text, buffer->capacity);
    rh_text_buffer_init(buffer, buffer->allocator, buffer->length_max);
}

/* Makes room for `more` bytes and the NUL. */
static enum rh_status reserve(struct rh_text_buffer *buffer, size_t more)
{
    if (buffer->status != RH_OK) {
        return buffer->status;
    }
    if (more > buffer->length_max - buffer->length) {
        buffer->status = RH_LIMIT;
        return buffer->status;
    }
    size_t needed = buffer->length + more + 1;
    if (needed <= buffer->capacity) {
        return RH_OK;
    }
    size_t capacity = buffer->capacity != 0 ? buffer->capacity : CAPACITY_FIRST;
    while (capacity < needed) {
        capacity *= 2;
    }
    const struct rh_allocator *allocator = buffer->allocator;
    char *text = buffer->text == NULL
                     ? allocator->allocate(allocator->self, capacity)
                     : allocator->resize(allocator->self, buffer->text, buffer->capacity, capacity);
    if (text == NULL) {
        buffer->status = RH_NO_MEMORY;
        return buffer->status;
    }
    buffer->text = text;
    buffer->capacity = capacity;
    buffer->text[buffer->length] = '\0';
    return RH_OK;
}

enum rh_status rh_text_buffer_append(struct rh_text_buffer *buffer, const char *bytes,
                                     size_t length)
{
    if (length != 0 && reserve(buffer, length) == RH_OK) {
        memcpy(buffer->text + buffer->length, bytes, length);
        buffer->length += length;
        buffer->text[buffer->length] = '\0';
    }
    return buffer->status;
}

enum rh_status rh_text_buffer_repeat(struct rh_text_buffer *buffer, char byte, size_t count)
{
    if (count != 0 && reserve(buffer, count) == RH_OK) {
        memset(buffer->text + buffer->length, byte, count);
        buffer->length += count;
        buffer->text[buffer->length] = '\0';
    }
    return buffer->status;
}

enum rh_status rh_text_buffer_print(struct rh_text_buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    enum rh_status status = rh_text_buffer_print_list(buffer, format, arguments);
    va_end(arguments);
    return status;
}

enum rh_status rh_text_buffer_print_list(struct rh_text_buffer *buffer, const char *format,
                                         va_list arguments)
{
    va_list measured;
    va_copy(measured, arguments);
    int needed = vsnprintf(NULL, 0, format, measured);
    va_end(measured);
    if (needed < 0) {
        buffer->status = buffer->status == RH_OK ? RH_INVALID : buffer->status;
        return buffer->status;
    }
    if (needed != 0 && reserve(buffer, (size_t)needed) == RH_OK) {
        size_t room = buffer->capacity - buffer->length;
        (void)vsnprintf(buffer->text + buffer->length, room, format, arguments);
        buffer->length += (size_t)needed;
    }
    return buffer->status;
}

const char *rh_text_buffer_text(const struct rh_text_buffer *buffer)
{
    return buffer->text != NULL ? buffer->text : "";
}

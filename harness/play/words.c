/* SPDX-License-Identifier: MIT */
/* Texts of violations: they go into arrays of a fixed size, and a long one ends with "...". */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "harness/play/properties.h"

static void cut(struct words *words)
{
    if (words->length >= words->capacity && words->capacity > 4) {
        memcpy(words->buffer + words->capacity - 4, "...", 4);
        words->length = words->capacity;
    }
}

static size_t room(const struct words *words)
{
    return words->length < words->capacity ? words->capacity - words->length : 0;
}

void words_print(struct words *words, const char *format, ...)
{
    if (room(words) == 0) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(words->buffer + words->length, room(words), format, arguments);
    va_end(arguments);
    words->length += length > 0 ? (size_t)length : 0;
    cut(words);
}

void words_message(struct words *words, struct rh_play *play, const struct rh_message *message)
{
    if (room(words) == 0) {
        return;
    }
    const struct rh_print_names names = {rh_world_print_name, play->world};
    words->length += rh_message_print(message, &names, words->buffer + words->length, room(words));
    cut(words);
}

void words_actor(struct words *words, struct rh_play *play, struct rh_pid pid)
{
    char name[128];
    (void)rh_world_actor_name(play->world, pid, name, sizeof name);
    words_print(words, "%s", name);
}

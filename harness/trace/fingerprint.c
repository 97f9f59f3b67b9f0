/* SPDX-License-Identifier: MIT */
/*
 * A fingerprint is read off a trace, so that whoever has one, a report, a shrinker or a list of failures, gets the same.
 *
 * The kinds of faults are written down and not compared: a failure that also comes without one of its accidents, or with a
 * lesser one, is still the same failure, better told.
 */
#include "harness/trace/fingerprint.h"

#include "harness/trace/reader.h"

#include <stdio.h>
#include <string.h>

static void keep(char *buffer, size_t capacity, struct rh_text text)
{
    size_t size = text.size < capacity - 1 ? text.size : capacity - 1;
    if (size > 0) {
        memcpy(buffer, text.bytes, size);
    }
    buffer[size] = '\0';
}

static uint64_t fault_bit(struct rh_text word)
{
    for (unsigned kind = 0; kind < RH_FAULT_COUNT; kind++) {
        const char *other = rh_fault_kind_word((enum rh_fault_kind)kind);
        if (strlen(other) == word.size && memcmp(other, word.bytes, word.size) == 0) {
            return UINT64_C(1) << kind;
        }
    }
    return 0;
}

static bool is_of_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("_-/@#", c) != NULL);
}

/* Does a text speak of somebody? */
static bool names(const char *text, struct rh_text name)
{
    for (const char *at = text; name.size > 0 && *at != '\0'; at++) {
        bool begins = at == text || !is_of_name(at[-1]);
        if (begins && strncmp(at, name.bytes, name.size) == 0 && !is_of_name(at[name.size])) {
            return true;
        }
    }
    return false;
}

/* Put a name in its place in a list of names; one that has no room is left out. */
static void insert(char *list, size_t capacity, struct rh_text name)
{
    size_t length = strlen(list);
    char *at = list;
    if (length + name.size + 2 > capacity) {
        return;
    }
    while (*at != '\0') {
        size_t word = strcspn(at, " ");
        size_t common = word < name.size ? word : name.size;
        int order = memcmp(at, name.bytes, common);
        if (order > 0 || (order == 0 && word >= name.size)) {
            break;
        }
        at += word + (at[word] == ' ');
    }
    memmove(at + name.size + 1, at, length - (size_t)(at - list) + 1);
    memcpy(at, name.bytes, name.size);
    at[name.size] = ' ';
}

/* Who waits for whom is what makes a deadlock this one; numbers and payloads are not. */
static void take_names(struct rh_fingerprint *fingerprint, const struct rh_trace_reader *reader)
{
    for (uint32_t i = 1; i <= reader->name_count; i++) {
        struct rh_text name = rh_trace_name(reader, i);
        if (names(fingerprint->observed, name)) {
            insert(fingerprint->named, sizeof fingerprint->named, name);
        }
    }
}

static void take_result(struct rh_fingerprint *fingerprint, const struct rh_trace_reader *reader,
                        const struct rh_trace_result *result)
{
    if (!result->has_violation) {
        return;
    }
    keep(fingerprint->invariant, sizeof fingerprint->invariant, result->invariant);
    for (size_t i = 0; i < 2; i++) {
        keep(fingerprint->actors[i], sizeof fingerprint->actors[i],
             result->actors[i] == 0 ? (struct rh_text){NULL, 0}
                                    : rh_trace_name(reader, result->actors[i]));
    }
    if (result->line != 0) {
        keep(fingerprint->expected, sizeof fingerprint->expected, result->expected);
    }
    keep(fingerprint->observed, sizeof fingerprint->observed, result->observed);
    if (result->line == 0) {
        take_names(fingerprint, reader);
    }
    fingerprint->step = result->step;
    fingerprint->line = result->line;
    fingerprint->column = result->column;
}

enum rh_status rh_fingerprint_read(struct rh_fingerprint *fingerprint,
                                   const struct rh_allocator *allocator, const uint8_t *trace,
                                   size_t size)
{
    struct rh_trace_reader reader;
    struct rh_trace_item item;
    *fingerprint = (struct rh_fingerprint){0};
    enum rh_status status = rh_trace_open(&reader, allocator, trace, size);
    while (status == RH_OK) {
        status = rh_trace_next(&reader, &item);
        if (status == RH_OK && item.code == RH_TRACE_FAULT) {
            fingerprint->faults |= fault_bit(item.name);
        } else if (status == RH_OK && item.code == RH_TRACE_FOOTER) {
            take_result(fingerprint, &reader, &item.result);
        }
    }
    rh_trace_close(&reader);
    return status == RH_DONE ? RH_OK : status;
}

bool rh_fingerprint_same(const struct rh_fingerprint *a, const struct rh_fingerprint *b)
{
    return strcmp(a->invariant, b->invariant) == 0 && strcmp(a->actors[0], b->actors[0]) == 0 &&
           strcmp(a->actors[1], b->actors[1]) == 0 && strcmp(a->expected, b->expected) == 0 &&
           strcmp(a->named, b->named) == 0;
}

size_t rh_fingerprint_print(const struct rh_fingerprint *fingerprint, char *buffer, size_t capacity)
{
    char faults[512] = "";
    size_t at = 0;
    for (unsigned kind = 0; kind < RH_FAULT_COUNT && at < sizeof faults; kind++) {
        if ((fingerprint->faults >> kind & 1U) != 0) {
            at += (size_t)snprintf(faults + at, sizeof faults - at, "%s%s", at == 0 ? " " : "+",
                                   rh_fault_kind_word((enum rh_fault_kind)kind));
        }
    }
    return (size_t)snprintf(buffer, capacity, "%s%s%s%s%s%s", fingerprint->invariant,
                            fingerprint->actors[0][0] == '\0' ? "" : " ", fingerprint->actors[0],
                            fingerprint->actors[1][0] == '\0' ? "" : ",", fingerprint->actors[1],
                            faults);
}

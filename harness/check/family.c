/* SPDX-License-Identifier: MIT */
/* Words for violations. Nothing here runs unless something has failed. */
#include "harness/check/family.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

struct words say_who(const struct rh_judge *judge, struct rh_pid pid)
{
    struct words words = {{0}};
    const struct rh_world *world = rh_judge_world(judge);
    if (rh_pid_is_none(pid)) {
        (void)snprintf(words.text, sizeof(words.text), "nobody");
    } else if (world != NULL) {
        (void)rh_world_actor_name(world, pid, words.text, sizeof(words.text));
    } else {
        (void)snprintf(words.text, sizeof(words.text), "<%" PRIu32 ".%" PRIu32 ".%" PRIu32 ">",
                       pid.node, pid.slot, pid.generation);
    }
    return words;
}

static size_t name_of(void *self, struct rh_pid pid, char *buffer, size_t capacity)
{
    return rh_world_actor_name(self, pid, buffer, capacity);
}

struct words say_what(const struct rh_judge *judge, const struct rh_message *message)
{
    struct words words = {{0}};
    union {
        const struct rh_world *world;
        void *self;
    } world = {.world = rh_judge_world(judge)};
    struct rh_print_names names = {name_of, world.self};
    if (message != NULL) {
        size_t length = rh_message_print(message, world.world == NULL ? NULL : &names, words.text,
                                         sizeof(words.text));
        if (length >= sizeof(words.text)) {
            memcpy(words.text + sizeof(words.text) - 4, "...", 4);
        }
    }
    return words;
}

struct words say_ordinal(uint64_t number)
{
    struct words words = {{0}};
    uint64_t tens = number % 100;
    const char *ending = "th";
    if (tens < 11 || tens > 13) {
        ending = number % 10 == 1 ? "st" : number % 10 == 2 ? "nd" : number % 10 == 3 ? "rd" : "th";
    }
    (void)snprintf(words.text, sizeof(words.text), "%" PRIu64 "%s", number, ending);
    return words;
}

struct words say_signal(const struct rh_judge *judge, enum rh_signal_kind signal,
                        const struct rh_message *message)
{
    struct words words = {{0}};
    struct words payload = say_what(judge, message);
    int length = snprintf(words.text, sizeof(words.text), "%s", rh_signal_kind_word(signal));
    if (payload.text[0] != '\0' && length > 0) {
        size_t at = (size_t)length;
        size_t room = sizeof(words.text) - at - 2;
        size_t bytes = strlen(payload.text);
        bool cut = bytes > room;
        bytes = cut ? room : bytes;
        words.text[at] = ' ';
        memcpy(words.text + at + 1, payload.text, bytes);
        words.text[at + 1 + bytes] = '\0';
        if (cut) {
            memcpy(words.text + at + 1 + bytes - 3, "...", 3);
        }
    }
    return words;
}

const char *conversation_topic(const struct rh_event *event, struct rh_pid *ret_keeper)
{
    static const char prefix[] = "conversation.";
    struct rh_reader reader;
    size_t items = 0;
    if (event->kind != RH_EVENT_MARK || event->name == NULL || event->message == NULL ||
        strncmp(event->name, prefix, sizeof(prefix) - 1) != 0) {
        return NULL;
    }
    rh_reader_message(&reader, event->message);
    bool good = rh_read_array(&reader, &items) && rh_read_pid(&reader, ret_keeper);
    return good ? event->name + sizeof(prefix) - 1 : NULL;
}

bool check_is_word(struct rh_text text, const char *word)
{
    return text.size == strlen(word) && memcmp(text.bytes, word, text.size) == 0;
}

uint32_t check_name(struct model *model, uint32_t node, struct rh_text name)
{
    char words[256];
    size_t size = name.size < sizeof(words) ? name.size : sizeof(words) - 1;
    if (size > 0) {
        memcpy(words, name.bytes, size);
    }
    words[size] = '\0';
    return model_name(model, node, words);
}

struct rh_violation violation_of(const char *invariant, struct rh_pid a, struct rh_pid b)
{
    return (struct rh_violation){.invariant = invariant, .actors = {a, b}};
}

void violation_expect(struct rh_violation *violation, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(violation->expected, sizeof(violation->expected), format, arguments);
    va_end(arguments);
}

void violation_observe(struct rh_violation *violation, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(violation->observed, sizeof(violation->observed), format, arguments);
    va_end(arguments);
}

void violation_add(struct rh_violation *violation, const char *format, ...)
{
    size_t length = strlen(violation->observed);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(violation->observed + length, sizeof(violation->observed) - length, format,
                    arguments);
    va_end(arguments);
}

static struct table *table_of(struct family *family, size_t i)
{
    return (struct table *)(void *)((unsigned char *)family + family->plan->tables[i].offset);
}

enum rh_status family_create(const struct rh_allocator *allocator, struct rh_judge *judge,
                             const struct family_plan *plan, void **ret_self)
{
    struct family *family = allocator->allocate(allocator->self, plan->bytes);
    if (family == NULL) {
        return RH_NO_MEMORY;
    }
    memset(family, 0, plan->bytes);
    *family = (struct family){
        .judge = judge, .model = rh_judge_model(judge), .plan = plan, .allocator = allocator};
    for (size_t i = 0; i < plan->table_count; i++) {
        const struct family_table *table = &plan->tables[i];
        table_init(table_of(family, i), allocator, table->key_bytes, table->row_bytes);
    }
    *ret_self = family;
    return RH_OK;
}

void family_begin(void *self)
{
    struct family *family = self;
    for (size_t i = 0; i < family->plan->table_count; i++) {
        table_clear(table_of(family, i));
    }
}

void family_destroy(void *self)
{
    struct family *family = self;
    for (size_t i = 0; i < family->plan->table_count; i++) {
        table_deinit(table_of(family, i));
    }
    family->allocator->release(family->allocator->self, family, family->plan->bytes);
}

void *family_row(struct family *family, struct table *table, const void *key)
{
    void *row = table_find(table, key);
    row = row != NULL ? row : table_add(table, key);
    if (row == NULL) {
        rh_judge_error(family->judge, RH_NO_MEMORY);
    }
    return row;
}

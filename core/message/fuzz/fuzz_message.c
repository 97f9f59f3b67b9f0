/* SPDX-License-Identifier: MIT */
/* Whatever the validator accepts can be walked, matched, printed and built again to the same bytes;
 * whatever it refuses can still be read and printed without leaving the bytes. */
#include "core/base/assert.h"

#include <rehearse/message.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Build the next item or head again; integers from their value, so that heads are made anew. */
static void copy_next(struct rh_reader *reader, struct rh_builder *builder)
{
    size_t count = 0;
    int64_t n;
    struct rh_text text;
    struct rh_item item = {NULL, 0};
    struct rh_reader ahead = *reader;
    switch (rh_read_kind(reader)) {
    case RH_KIND_INT:
        RH_ASSERT(rh_read_item(reader, &item));
        if (rh_read_int(&ahead, &n)) {
            rh_build_int(builder, n);
        } else {
            rh_build_item(builder, item);
        }
        break;
    case RH_KIND_TEXT:
        RH_ASSERT(rh_read_text(reader, &text));
        rh_build_text(builder, text.bytes, text.size);
        break;
    case RH_KIND_ARRAY:
        RH_ASSERT(rh_read_array(reader, &count));
        rh_build_array(builder, count);
        break;
    case RH_KIND_MAP:
        RH_ASSERT(rh_read_map(reader, &count));
        rh_build_map(builder, count);
        break;
    default:
        RH_ASSERT(rh_read_item(reader, &item));
        rh_build_item(builder, item);
        break;
    }
}

static void check_rebuilding(const struct rh_message *message, size_t size)
{
    struct rh_reader reader;
    struct rh_builder builder;
    rh_reader_message(&reader, message);
    rh_builder_init(&builder, NULL, size);
    while (reader.left > 0) {
        copy_next(&reader, &builder);
    }
    struct rh_message rebuilt = rh_build_finish(&builder);
    RH_ASSERT(rh_message_status(rebuilt) == RH_OK);
    RH_ASSERT(rh_message_equal(&rebuilt, message));
    rh_message_unref(rebuilt);
}

/* Bind every variable of the message, seen as a pattern, to the message itself. */
static void check_patterns(const struct rh_message *message)
{
    struct rh_message any = RH_ITEM(NULL, RH_ANY);
    struct rh_message variable = RH_ITEM(NULL, RH_VARIABLE(7));
    struct rh_bindings bindings;
    struct rh_message filled;
    rh_bindings_init(&bindings);
    RH_ASSERT(rh_pattern_match(&any, message, NULL));
    RH_ASSERT(rh_pattern_match(&variable, message, &bindings));
    RH_ASSERT(rh_item_equal(rh_bindings_get(&bindings, 7), rh_message_item(message)));
    for (uint32_t slot = 0; slot < RH_VARIABLES; slot++) {
        rh_bindings_set(&bindings, slot, rh_message_item(message));
    }
    enum rh_status status = rh_template_fill(NULL, NULL, message, &bindings, &filled);
    RH_ASSERT(status == RH_OK || status == RH_LIMIT);
    RH_ASSERT(status != RH_OK || rh_message_check(&filled, NULL) == RH_OK);
    rh_message_unref(filled);
}

static void check_printing(struct rh_item item)
{
    char part[40];
    size_t length = rh_item_print(item, NULL, NULL, 0);
    RH_ASSERT(rh_item_print(item, NULL, part, sizeof part) == length);
    char *whole = malloc(length + 1);
    RH_ASSERT(whole != NULL);
    RH_ASSERT(rh_item_print(item, NULL, whole, length + 1) == length);
    RH_ASSERT(memcmp(whole, part, length < sizeof part ? length + 1 : sizeof part - 1) == 0);
    for (size_t i = 0; i < length; i++) {
        RH_ASSERT((unsigned char)whole[i] >= 0x20 && whole[i] != 0x7f);
    }
    free(whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct rh_limits limits = rh_limits_default();
    struct rh_message message;
    struct rh_item item = {bytes, size};
    size_t length = 0;
    enum rh_status status = rh_message_decode(NULL, &limits, bytes, size, &message);
    if (rh_item_length(bytes, size, &length) == RH_OK) {
        RH_ASSERT(length > 0 && length <= size);
        RH_ASSERT(status != RH_OK || length == size);
        RH_ASSERT(rh_item_validate(NULL, bytes, length, NULL) == RH_OK);
    } else {
        RH_ASSERT(status != RH_OK);
    }
    check_printing(item);
    (void)rh_item_match(item, item, NULL);
    if (status == RH_OK) {
        check_rebuilding(&message, size);
        check_patterns(&message);
    }
    rh_message_unref(message);
    return 0;
}

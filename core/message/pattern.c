/* SPDX-License-Identifier: MIT */
/* A pattern and an item are walked in step. Where the pattern has no mark, the two must have the same
 * head, hence the same shape, hence the same number of items to come; so one counter serves both and
 * nesting needs no stack. Map keys are no marks and are sorted, so entries meet their partners in
 * order.
 *
 * Filling a template is the same walk with a builder in the place of the item. */
#include <rehearse/message.h>

/* Bind, or compare with what is bound. */
static bool match_variable(struct rh_reader *pattern, struct rh_item item,
                           struct rh_bindings *bindings)
{
    uint32_t slot;
    if (!rh_read_variable(pattern, &slot)) {
        return false;
    }
    struct rh_item bound = rh_bindings_get(bindings, slot);
    if (bound.size > 0) {
        return rh_item_equal(bound, item);
    }
    rh_bindings_set(bindings, slot, item);
    return true;
}

static bool match_kind(struct rh_reader *pattern, enum rh_kind kind)
{
    enum rh_kind wanted;
    return rh_read_any_of(pattern, &wanted) && wanted == kind;
}

/* Match one item that is not entered: a mark or a scalar. */
static bool match_whole(struct rh_reader *pattern, struct rh_reader *reader,
                        struct rh_bindings *bindings)
{
    enum rh_kind kind = rh_read_kind(reader);
    struct rh_item item;
    if (!rh_read_item(reader, &item)) {
        return false;
    }
    switch (rh_read_kind(pattern)) {
    case RH_KIND_ANY:
        return rh_read_any(pattern);
    case RH_KIND_VARIABLE:
        return match_variable(pattern, item, bindings);
    case RH_KIND_ANY_OF:
        return match_kind(pattern, kind);
    default: {
        struct rh_item wanted;
        return rh_read_item(pattern, &wanted) && rh_item_equal(wanted, item);
    }
    }
}

static bool match(struct rh_reader *pattern, struct rh_reader *reader, struct rh_bindings *bindings)
{
    uint64_t pending = 1;
    while (pending > 0) {
        size_t wanted = 0;
        size_t count = 0;
        pending--;
        switch (rh_read_kind(pattern)) {
        case RH_KIND_ARRAY:
            if (!rh_read_array(pattern, &wanted) || !rh_read_array(reader, &count)) {
                return false;
            }
            pending += count;
            break;
        case RH_KIND_MAP:
            if (!rh_read_map(pattern, &wanted) || !rh_read_map(reader, &count)) {
                return false;
            }
            pending += 2 * (uint64_t)count;
            break;
        default:
            if (!match_whole(pattern, reader, bindings)) {
                return false;
            }
            break;
        }
        if (wanted != count) {
            return false;
        }
    }
    return rh_read_end(pattern) && rh_read_end(reader);
}

bool rh_item_match(struct rh_item pattern, struct rh_item item, struct rh_bindings *bindings)
{
    struct rh_reader pattern_reader;
    struct rh_reader reader;
    struct rh_bindings own;
    rh_reader_item(&pattern_reader, pattern);
    rh_reader_item(&reader, item);
    if (item.size == 0) {
        return pattern.size == 0 || rh_read_kind(&pattern_reader) == RH_KIND_ANY;
    }
    if (bindings == NULL) {
        rh_bindings_init(&own);
        bindings = &own;
    }
    uint32_t bound = bindings->bound;
    bool matches = match(&pattern_reader, &reader, bindings);
    if (!matches) {
        bindings->bound = bound;
    }
    return matches;
}

bool rh_pattern_match(const struct rh_message *pattern, const struct rh_message *message,
                      struct rh_bindings *bindings)
{
    return rh_item_match(rh_message_item(pattern), rh_message_item(message), bindings);
}

static void fill_variable(struct rh_builder *builder, struct rh_reader *reader,
                          const struct rh_bindings *bindings)
{
    uint32_t slot = RH_VARIABLES;
    (void)rh_read_variable(reader, &slot);
    struct rh_item unbound = {NULL, 0};
    rh_build_item(builder, bindings != NULL ? rh_bindings_get(bindings, slot) : unbound);
}

/* Copy one item of the template, or its head if it has content of its own. */
static void fill_next(struct rh_builder *builder, struct rh_reader *reader,
                      const struct rh_bindings *bindings)
{
    size_t count = 0;
    struct rh_item item = {NULL, 0};
    switch (rh_read_kind(reader)) {
    case RH_KIND_ARRAY:
        (void)rh_read_array(reader, &count);
        rh_build_array(builder, count);
        break;
    case RH_KIND_MAP:
        (void)rh_read_map(reader, &count);
        rh_build_map(builder, count);
        break;
    case RH_KIND_VARIABLE:
        fill_variable(builder, reader, bindings);
        break;
    default:
        (void)rh_read_item(reader, &item);
        rh_build_item(builder, item);
        break;
    }
}

enum rh_status rh_template_fill(const struct rh_allocator *allocator,
                                const struct rh_limits *limits,
                                const struct rh_message *template_message,
                                const struct rh_bindings *bindings, struct rh_message *ret_message)
{
    struct rh_builder builder;
    struct rh_reader reader;
    *ret_message = rh_message_none();
    if (rh_message_size(template_message) == 0) {
        return rh_message_status(*template_message);
    }
    rh_reader_message(&reader, template_message);
    rh_builder_init(&builder, allocator,
                    limits != NULL ? limits->message_bytes_max : RH_MESSAGE_BYTES_CEILING);
    while (rh_builder_status(&builder) == RH_OK && reader.left > 0) {
        fill_next(&builder, &reader, bindings);
    }
    struct rh_message message = rh_build_finish(&builder);
    enum rh_status status = rh_message_check(&message, limits);
    if (status != RH_OK) {
        rh_message_unref(message);
        return status;
    }
    *ret_message = message;
    return RH_OK;
}

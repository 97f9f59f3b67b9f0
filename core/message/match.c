/* SPDX-License-Identifier: MIT */
/* What RH_MATCH calls for the argument types that are not worth a copy of their reader in every
 * receive function. Values are compared by their encoding where that is already at hand: equal
 * values have equal bytes. */
#include <rehearse/message_match.h>

struct rh_reader *rh_match_bool(struct rh_reader *reader, bool value)
{
    bool found;
    return rh_match_if(reader, rh_read_bool(reader, &found) && found == value);
}

struct rh_reader *rh_match_null(struct rh_reader *reader, struct rh_null value)
{
    (void)value;
    return rh_match_if(reader, rh_read_null(reader));
}

struct rh_reader *rh_match_any(struct rh_reader *reader, struct rh_any mark)
{
    struct rh_item item;
    (void)mark;
    return rh_match_if(reader, rh_read_item(reader, &item));
}

static bool is_same(const void *a, size_t a_size, const void *b, size_t b_size)
{
    return a_size == b_size && (a_size == 0 || memcmp(a, b, a_size) == 0);
}

struct rh_reader *rh_match_text(struct rh_reader *reader, struct rh_text value)
{
    struct rh_text found;
    return rh_match_if(reader, rh_read_text(reader, &found) &&
                                   is_same(found.bytes, found.size, value.bytes, value.size));
}

struct rh_reader *rh_match_bytes(struct rh_reader *reader, struct rh_bytes value)
{
    struct rh_bytes found;
    return rh_match_if(reader, rh_read_bytes(reader, &found) &&
                                   is_same(found.bytes, found.size, value.bytes, value.size));
}

struct rh_reader *rh_match_pid(struct rh_reader *reader, struct rh_pid value)
{
    struct rh_pid found;
    return rh_match_if(reader, rh_read_pid(reader, &found) && rh_pid_equal(found, value));
}

struct rh_reader *rh_match_ref(struct rh_reader *reader, struct rh_ref value)
{
    struct rh_ref found;
    return rh_match_if(reader, rh_read_ref(reader, &found) && rh_ref_equal(found, value));
}

struct rh_reader *rh_match_item(struct rh_reader *reader, struct rh_item value)
{
    struct rh_item found;
    return rh_match_if(reader, rh_read_item(reader, &found) && rh_item_equal(found, value));
}

struct rh_reader *rh_match_message(struct rh_reader *reader, struct rh_message value)
{
    return rh_match_item(reader, rh_message_item(&value));
}

struct rh_reader *rh_match_bind_bool(struct rh_reader *reader, bool *ret_value)
{
    return rh_match_if(reader, rh_read_bool(reader, ret_value));
}

struct rh_reader *rh_match_bind_text(struct rh_reader *reader, struct rh_text *ret_text)
{
    return rh_match_if(reader, rh_read_text(reader, ret_text));
}

struct rh_reader *rh_match_bind_bytes(struct rh_reader *reader, struct rh_bytes *ret_bytes)
{
    return rh_match_if(reader, rh_read_bytes(reader, ret_bytes));
}

struct rh_reader *rh_match_bind_pid(struct rh_reader *reader, struct rh_pid *ret_pid)
{
    return rh_match_if(reader, rh_read_pid(reader, ret_pid));
}

struct rh_reader *rh_match_bind_ref(struct rh_reader *reader, struct rh_ref *ret_ref)
{
    return rh_match_if(reader, rh_read_ref(reader, ret_ref));
}

struct rh_reader *rh_match_bind_item(struct rh_reader *reader, struct rh_item *ret_item)
{
    return rh_match_if(reader, rh_read_item(reader, ret_item));
}

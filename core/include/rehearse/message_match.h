/* SPDX-License-Identifier: MIT */
/** @file
 *  Taking messages apart: a macro that reads like the data, and a reader for data-driven code.
 *  Included by rehearse/message.h. */
#ifndef REHEARSE_MESSAGE_MATCH_H
#define REHEARSE_MESSAGE_MATCH_H

#include <rehearse/message_build.h>

/* These functions are inlined at every call, and branch counters are kept per call: they would say how often which
 * macro is used. LCOV_EXCL_BR_START */
RH_PUBLIC_BEGIN

/* ---- The reader ---- */

/** A position in encoded items. Fields are private. It owns nothing and allocates nothing.
 *  Items are read in order and without nesting: rh_read_array gives the count, then come its items.
 *  A read that does not find what it is named after answers false, leaves its result alone, and
 *  sticks: all later reads answer false, and so does rh_read_end. Code may therefore read
 *  everything and ask once at the end; to try alternatives, ask rh_read_kind first.
 *  Every function is total: whatever the bytes are, no read leaves them. */
struct rh_reader {
    const uint8_t *at;
    size_t left;
    bool failed;
};

/** Start at the first of `size` bytes; they outlive the reader and its views. */
static inline void rh_reader_init(struct rh_reader *reader, const uint8_t *bytes, size_t size)
{
    reader->at = bytes;
    reader->left = size;
    reader->failed = false;
}

/** Start at a message's item; `*message` outlives the reader and its views. */
static inline void rh_reader_message(struct rh_reader *reader, const struct rh_message *message)
{
    size_t size;
    const uint8_t *bytes = rh_message_bytes(message, &size);
    rh_reader_init(reader, bytes, size);
}

/** Start at one item. */
static inline void rh_reader_item(struct rh_reader *reader, struct rh_item item)
{
    rh_reader_init(reader, item.bytes, item.size);
}

/** Return the kind of the next item without moving: RH_KIND_NONE at the end, after a failure, and
 *  before bytes that are no item of the subset. Only the head is looked at. */
enum rh_kind rh_read_kind(const struct rh_reader *reader);

bool rh_read_int(struct rh_reader *reader, int64_t *ret_value);
bool rh_read_uint(struct rh_reader *reader, uint64_t *ret_value);
bool rh_read_bool(struct rh_reader *reader, bool *ret_value);
bool rh_read_null(struct rh_reader *reader);
bool rh_read_text(struct rh_reader *reader, struct rh_text *ret_text);
/** Read text that is exactly `word`, which is terminated. */
bool rh_read_word(struct rh_reader *reader, const char *word);
bool rh_read_bytes(struct rh_reader *reader, struct rh_bytes *ret_bytes);
bool rh_read_pid(struct rh_reader *reader, struct rh_pid *ret_pid);
bool rh_read_ref(struct rh_reader *reader, struct rh_ref *ret_ref);
/** Enter an array: the next `*ret_count` items are its entries. */
bool rh_read_array(struct rh_reader *reader, size_t *ret_count);
/** Enter a map: the next 2 * `*ret_count` items are its keys and values. */
bool rh_read_map(struct rh_reader *reader, size_t *ret_count);
/** Enter a tagged item: the next item is its content. */
bool rh_read_tag(struct rh_reader *reader, uint64_t *ret_tag);
/** Read a pattern mark. */
bool rh_read_any(struct rh_reader *reader);
bool rh_read_variable(struct rh_reader *reader, uint32_t *ret_slot);
bool rh_read_any_of(struct rh_reader *reader, enum rh_kind *ret_kind);
/** Skip one item of any kind, content included, and return a view on it. */
bool rh_read_item(struct rh_reader *reader, struct rh_item *ret_item);
/** Ask whether every read succeeded and nothing is left. Changes nothing. */
static inline bool rh_read_end(const struct rh_reader *reader)
{
    return reader->left == 0 && !reader->failed;
}

/* ---- The macro ---- */

/** RH_MATCH(message, a, b, …): whether *message is the array of exactly these 0 to 12 items.
 *
 *  Values must be equal: integers of any width, bool, `const char *` text, struct rh_text, rh_bytes,
 *  rh_pid, rh_ref, rh_item, rh_message, RH_NULL, RH_ANY (equal to any item).
 *  Pointers are bound: to (unsigned) short, int, long and long long, if the integer is in range; to
 *  bool, struct rh_pid, rh_ref, rh_text, rh_bytes, rh_item (any one item).
 *
 *  RH_MATCH(message, "take") is true of the array ["take"], in a scenario `[take]`, and not of the bare text "take",
 *  in a scenario `take`: that is rh_read_word's.
 *
 *  After a mismatch the bindings have no particular value.
 *  Bound views last as long as *message, the very object: bind from a variable, not a temporary.
 *  Every argument is evaluated once, in no particular order. */
#define RH_MATCH(...) RH_MATCH_N_(RH_COUNT_(__VA_ARGS__), __VA_ARGS__)

/* Private from here on: what the macro expands to. The functions return the reader so that calls
 * nest. */

RH_ALWAYS_INLINE struct rh_reader *rh_match_fail(struct rh_reader *reader)
{
    reader->failed = true;
    reader->left = 0;
    return reader;
}

RH_ALWAYS_INLINE struct rh_reader *rh_match_if(struct rh_reader *reader, bool matches)
{
    return matches ? reader : rh_match_fail(reader);
}

RH_ALWAYS_INLINE struct rh_reader *rh_match_start(struct rh_reader *reader,
                                                  const struct rh_message *message, unsigned head)
{
    rh_reader_message(reader, message);
    if (reader->left == 0 || reader->at[0] != head) {
        return rh_match_fail(reader);
    }
    reader->at++;
    reader->left--;
    return reader;
}

RH_ALWAYS_INLINE struct rh_reader *rh_match_word(struct rh_reader *reader, const char *word)
{
    if (RH_IS_CONSTANT(word != NULL ? strlen(word) : 0) && word != NULL && strlen(word) < 24) {
        size_t size = strlen(word);
        if (reader->left <= size || reader->at[0] != (0x60 | size) ||
            memcmp(reader->at + 1, word, size) != 0) {
            return rh_match_fail(reader);
        }
        reader->at += 1 + size;
        reader->left -= 1 + size;
        return reader;
    }
    return rh_match_if(reader, word != NULL && rh_read_word(reader, word));
}

/* Reads the short heads in place. */
RH_ALWAYS_INLINE bool rh_match_read_int(struct rh_reader *reader, int64_t *ret_value)
{
    const uint8_t *at = reader->at;
    size_t left = reader->left;
    size_t size;
    if (left >= 3 && at[0] == 25) {
        *ret_value = (int64_t)((unsigned)at[1] << 8 | at[2]);
        size = 3;
    } else if (left >= 1 && at[0] < 24) {
        *ret_value = (int64_t)at[0];
        size = 1;
    } else if (left >= 5 && at[0] == 26) {
        *ret_value =
            (int64_t)((uint32_t)at[1] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 8 | at[4]);
        size = 5;
    } else if (left >= 2 && at[0] == 24) {
        *ret_value = (int64_t)at[1];
        size = 2;
    } else {
        return rh_read_int(reader, ret_value);
    }
    reader->at += size;
    reader->left -= size;
    return true;
}

RH_ALWAYS_INLINE bool rh_match_read_uint(struct rh_reader *reader, uint64_t *ret_value)
{
    int64_t value = 0;
    if (reader->left >= 3 && reader->at[0] <= 25) {
        bool found = rh_match_read_int(reader, &value);
        *ret_value = (uint64_t)value;
        return found;
    }
    return rh_read_uint(reader, ret_value);
}

RH_ALWAYS_INLINE struct rh_reader *rh_match_int(struct rh_reader *reader, int64_t value)
{
    int64_t found = 0;
    return rh_match_if(reader, rh_match_read_int(reader, &found) && found == value);
}

RH_ALWAYS_INLINE struct rh_reader *rh_match_uint(struct rh_reader *reader, uint64_t value)
{
    uint64_t found = 0;
    return rh_match_if(reader, rh_match_read_uint(reader, &found) && found == value);
}

#define RH_MATCH_BIND_(name, type, wide_type, read)                                                \
    RH_ALWAYS_INLINE struct rh_reader *name(struct rh_reader *reader, type *ret_value)             \
    {                                                                                              \
        wide_type found = 0;                                                                       \
        bool matches = read(reader, &found) && (wide_type)(type)found == found;                    \
        *ret_value = (type)found; /* always: compilers cannot see what a mismatch implies */       \
        return rh_match_if(reader, matches);                                                       \
    }
RH_MATCH_BIND_(rh_match_bind_short, short, int64_t, rh_match_read_int)
RH_MATCH_BIND_(rh_match_bind_int, int, int64_t, rh_match_read_int)
RH_MATCH_BIND_(rh_match_bind_long, long, int64_t, rh_match_read_int)
RH_MATCH_BIND_(rh_match_bind_long_long, long long, int64_t, rh_match_read_int)
RH_MATCH_BIND_(rh_match_bind_ushort, unsigned short, uint64_t, rh_match_read_uint)
RH_MATCH_BIND_(rh_match_bind_uint, unsigned, uint64_t, rh_match_read_uint)
RH_MATCH_BIND_(rh_match_bind_ulong, unsigned long, uint64_t, rh_match_read_uint)
RH_MATCH_BIND_(rh_match_bind_ulong_long, unsigned long long, uint64_t, rh_match_read_uint)
#undef RH_MATCH_BIND_

struct rh_reader *rh_match_bool(struct rh_reader *reader, bool value);
struct rh_reader *rh_match_null(struct rh_reader *reader, struct rh_null value);
struct rh_reader *rh_match_any(struct rh_reader *reader, struct rh_any mark);
struct rh_reader *rh_match_text(struct rh_reader *reader, struct rh_text value);
struct rh_reader *rh_match_bytes(struct rh_reader *reader, struct rh_bytes value);
struct rh_reader *rh_match_pid(struct rh_reader *reader, struct rh_pid value);
struct rh_reader *rh_match_ref(struct rh_reader *reader, struct rh_ref value);
struct rh_reader *rh_match_item(struct rh_reader *reader, struct rh_item value);
struct rh_reader *rh_match_message(struct rh_reader *reader, struct rh_message value);
struct rh_reader *rh_match_bind_bool(struct rh_reader *reader, bool *ret_value);
struct rh_reader *rh_match_bind_text(struct rh_reader *reader, struct rh_text *ret_text);
struct rh_reader *rh_match_bind_bytes(struct rh_reader *reader, struct rh_bytes *ret_bytes);
struct rh_reader *rh_match_bind_pid(struct rh_reader *reader, struct rh_pid *ret_pid);
struct rh_reader *rh_match_bind_ref(struct rh_reader *reader, struct rh_ref *ret_ref);
struct rh_reader *rh_match_bind_item(struct rh_reader *reader, struct rh_item *ret_item);

RH_PUBLIC_END

#ifndef __cplusplus
/* clang-format off */
#define RH_MATCH_ONE_(reader, x)                                                                   \
    _Generic((x),                                                                                  \
        bool: rh_match_bool,                                                                       \
        char: rh_match_int, signed char: rh_match_int, short: rh_match_int, int: rh_match_int,     \
        long: rh_match_int, long long: rh_match_int,                                               \
        unsigned char: rh_match_uint, unsigned short: rh_match_uint, unsigned: rh_match_uint,      \
        unsigned long: rh_match_uint, unsigned long long: rh_match_uint,                           \
        char *: rh_match_word, const char *: rh_match_word,                                        \
        struct rh_text: rh_match_text, struct rh_bytes: rh_match_bytes,                            \
        struct rh_pid: rh_match_pid, struct rh_ref: rh_match_ref,                                  \
        struct rh_item: rh_match_item, struct rh_message: rh_match_message,                        \
        struct rh_null: rh_match_null, struct rh_any: rh_match_any,                                \
        short *: rh_match_bind_short, unsigned short *: rh_match_bind_ushort,                      \
        int *: rh_match_bind_int, unsigned *: rh_match_bind_uint,                                  \
        long *: rh_match_bind_long, unsigned long *: rh_match_bind_ulong,                          \
        long long *: rh_match_bind_long_long, unsigned long long *: rh_match_bind_ulong_long,      \
        bool *: rh_match_bind_bool, struct rh_text *: rh_match_bind_text,                          \
        struct rh_bytes *: rh_match_bind_bytes, struct rh_pid *: rh_match_bind_pid,                \
        struct rh_ref *: rh_match_bind_ref,                                                        \
        struct rh_item *: rh_match_bind_item)(reader, x)
/* clang-format on */
#define RH_READER_ (&(struct rh_reader){0})
#else
/* As in message_build.h. */
struct rh_temporary_reader {
    rh_temporary_reader() : reader()
    {
    }
    operator rh_reader *()
    {
        return &reader;
    }
    rh_reader reader;
};
#define RH_READER_ rh_temporary_reader()
#define RH_MATCH_ONE_(reader, x) rh_match_overloaded(reader, x)
#define RH_OVERLOAD_(type, function)                                                               \
    inline rh_reader *rh_match_overloaded(rh_reader *reader, type value)                           \
    {                                                                                              \
        return function(reader, value);                                                            \
    }
RH_OVERLOAD_(bool, rh_match_bool)
RH_OVERLOAD_(char, rh_match_int)
RH_OVERLOAD_(signed char, rh_match_int)
RH_OVERLOAD_(short, rh_match_int)
RH_OVERLOAD_(int, rh_match_int)
RH_OVERLOAD_(long, rh_match_int)
RH_OVERLOAD_(long long, rh_match_int)
RH_OVERLOAD_(unsigned char, rh_match_uint)
RH_OVERLOAD_(unsigned short, rh_match_uint)
RH_OVERLOAD_(unsigned, rh_match_uint)
RH_OVERLOAD_(unsigned long, rh_match_uint)
RH_OVERLOAD_(unsigned long long, rh_match_uint)
RH_OVERLOAD_(char *, rh_match_word)
RH_OVERLOAD_(const char *, rh_match_word)
RH_OVERLOAD_(rh_text, rh_match_text)
RH_OVERLOAD_(rh_bytes, rh_match_bytes)
RH_OVERLOAD_(rh_pid, rh_match_pid)
RH_OVERLOAD_(rh_ref, rh_match_ref)
RH_OVERLOAD_(rh_item, rh_match_item)
RH_OVERLOAD_(rh_message, rh_match_message)
RH_OVERLOAD_(rh_null, rh_match_null)
RH_OVERLOAD_(rh_any, rh_match_any)
RH_OVERLOAD_(short *, rh_match_bind_short)
RH_OVERLOAD_(unsigned short *, rh_match_bind_ushort)
RH_OVERLOAD_(int *, rh_match_bind_int)
RH_OVERLOAD_(unsigned *, rh_match_bind_uint)
RH_OVERLOAD_(long *, rh_match_bind_long)
RH_OVERLOAD_(unsigned long *, rh_match_bind_ulong)
RH_OVERLOAD_(long long *, rh_match_bind_long_long)
RH_OVERLOAD_(unsigned long long *, rh_match_bind_ulong_long)
RH_OVERLOAD_(bool *, rh_match_bind_bool)
RH_OVERLOAD_(rh_text *, rh_match_bind_text)
RH_OVERLOAD_(rh_bytes *, rh_match_bind_bytes)
RH_OVERLOAD_(rh_pid *, rh_match_bind_pid)
RH_OVERLOAD_(rh_ref *, rh_match_bind_ref)
RH_OVERLOAD_(rh_item *, rh_match_bind_item)
#undef RH_OVERLOAD_
template <typename type> rh_reader *rh_match_overloaded(rh_reader *reader, type *value) = delete;
#endif

#define RH_MATCH_N_(count, ...)                                                                    \
    RH_JOIN_(RH_MATCH_, RH_JOIN_(RH_ARITY_, count))                                                \
    (RH_JOIN_(RH_EACH_, count), 0x80U | count, __VA_ARGS__)
#define RH_MATCH_EMPTY_(each, head, message) rh_read_end(rh_match_start(RH_READER_, message, head))
#define RH_MATCH_SOME_(each, head, message, ...)                                                   \
    rh_read_end(each(RH_MATCH_ONE_, rh_match_start(RH_READER_, message, head), __VA_ARGS__))

/* LCOV_EXCL_BR_STOP */
#endif

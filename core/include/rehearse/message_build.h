/* SPDX-License-Identifier: MIT */
/** @file
 *  Building messages: macros that read like the data, and a builder for data-driven code.
 *  Included by rehearse/message.h. */
#ifndef REHEARSE_MESSAGE_BUILD_H
#define REHEARSE_MESSAGE_BUILD_H

#include <rehearse/message_value.h>

#if defined(__GNUC__)
#define RH_ALWAYS_INLINE static inline __attribute__((always_inline))
#define RH_IS_CONSTANT(x) __builtin_constant_p(x)
#else
#define RH_ALWAYS_INLINE static inline
#define RH_IS_CONSTANT(x) 0
#endif

/* These functions are inlined at every call, and branch counters are kept per call: they would say how often which
 * macro is used. LCOV_EXCL_BR_START */
RH_PUBLIC_BEGIN

/* ---- Values that have no C type of their own ---- */

struct rh_null {
    char unused;
};
struct rh_any {
    char unused;
};
struct rh_variable {
    uint32_t slot;
};
struct rh_any_of {
    enum rh_kind kind;
};

#ifndef __cplusplus
/** The item null. */
#define RH_NULL ((struct rh_null){0})
/** The items true and false. C17's own `true` and `false` are of type int and would be integers. */
#define RH_TRUE ((bool)1)
#define RH_FALSE ((bool)0)
/** The pattern that matches any item. */
#define RH_ANY ((struct rh_any){0})
/** The pattern that matches any item and binds it; `n` is below RH_VARIABLES. */
#define RH_VARIABLE(n) ((struct rh_variable){(n)})
/** The pattern that matches any item of a kind, such as RH_ANY_OF(RH_KIND_TEXT). */
#define RH_ANY_OF(kind) ((struct rh_any_of){(kind)})
#else
#define RH_NULL (rh_null())
#define RH_TRUE true
#define RH_FALSE false
#define RH_ANY (rh_any())
#define RH_VARIABLE(n) (rh_variable{static_cast<uint32_t>(n)})
#define RH_ANY_OF(kind) (rh_any_of{(kind)})
#endif

/* ---- The builder ---- */

/** Storage of a message that is being built: in the handle while it fits there, then in a block that
 *  doubles. Fields are private.
 *  Life: rh_builder_init -> rh_build_* -> rh_build_finish | rh_builder_deinit.
 *  Items are put in the order in which they are read: rh_build_array(b, 2), then its two items.
 *  A failure (RH_NO_MEMORY; RH_LIMIT above bytes_max; RH_INVALID: text that is not UTF-8, an item
 *  that is none, a count that is not kept) sticks, makes later puts do nothing, and is what finish
 *  returns. */
struct rh_builder {
    const struct rh_allocator *allocator;
    struct rh_message *message; /**< where the handle is written: `own`, or where it is to end up */
    uint32_t used;
    uint32_t room;      /**< bytes that may be put without a call; 0 once there is a block */
    uint32_t bytes_max; /**< 0: RH_MESSAGE_BYTES_CEILING */
    uint8_t status;
    bool has_maps;
    bool has_tags;
    uint64_t missing; /**< items still to come */
    void *context;    /**< of whoever lent `message` */
    struct rh_message own;
};

/** Start building one item of at most `bytes_max` bytes. The builder must not move until it is done.
 *  `allocator` NULL is the C library's; it must outlive the message. Allocates nothing yet. */
void rh_builder_init(struct rh_builder *builder, const struct rh_allocator *allocator,
                     size_t bytes_max);

/** Drop what was built. Harmless after rh_build_finish; accepts NULL. */
void rh_builder_deinit(struct rh_builder *builder);

/** Return the first failure so far, RH_OK if there was none. */
enum rh_status rh_builder_status(const struct rh_builder *builder);

void rh_build_int(struct rh_builder *builder, int64_t value);
void rh_build_uint(struct rh_builder *builder, uint64_t value);
void rh_build_bool(struct rh_builder *builder, bool value);
void rh_build_null(struct rh_builder *builder);
/** Put text of `size` bytes; it must be UTF-8. `text` may be NULL if `size` is 0. */
void rh_build_text(struct rh_builder *builder, const char *text, size_t size);
/** Put a byte string. `bytes` may be NULL if `size` is 0. */
void rh_build_bytes(struct rh_builder *builder, const uint8_t *bytes, size_t size);
void rh_build_pid(struct rh_builder *builder, struct rh_pid pid);
void rh_build_ref(struct rh_builder *builder, struct rh_ref ref);
/** Put a copy of an item; empty is RH_INVALID. */
void rh_build_item(struct rh_builder *builder, struct rh_item item);
/** Put a copy of a message's item and leave the message alone. An empty one is RH_INVALID, a failed
 *  one fails the builder with its status. */
void rh_build_message(struct rh_builder *builder, const struct rh_message *message);
/** Start an array: the next `count` items are its entries. */
void rh_build_array(struct rh_builder *builder, size_t count);
/** Start a map: the next 2 * `count` items are key, value, key, value … The keys (integers, texts,
 *  byte strings) may come in any order; finish sorts them, and refuses two equal ones. */
void rh_build_map(struct rh_builder *builder, size_t count);
/** Start a tagged item: the next item is its content. Finish accepts only the five RH_TAG_ tags with
 *  their content. */
void rh_build_tag(struct rh_builder *builder, uint64_t tag);
/** Put the pattern marks. A slot from RH_VARIABLES up, or a kind that has no mark, is RH_INVALID. */
void rh_build_any(struct rh_builder *builder);
void rh_build_variable(struct rh_builder *builder, uint32_t slot);
void rh_build_any_of(struct rh_builder *builder, enum rh_kind kind);

/** Hand the message over; the builder is then as deinitialised. The caller owns the result, which is
 *  failed (rh_message_status) if anything went wrong, and then holds no memory. */
RH_MUST_USE struct rh_message rh_build_finish(struct rh_builder *builder);

/* ---- The macros ---- */

/** RH_ARRAY(allocator, a, b, …): the array of 0 to 12 arguments.
 *  RH_MAP(allocator, key, value, …): the map of 0 to 8 pairs; keys are integers, text or byte strings
 *  in any order; two equal keys make the message failed (RH_INVALID).
 *  RH_ITEM(allocator, x): the one item x, for scalar messages.
 *
 *  Each is an expression of type struct rh_message that the caller owns; a failure is in
 *  rh_message_status, and rh_send and its like pass it on. Nothing is allocated up to
 *  RH_MESSAGE_INLINE_BYTES. Every argument is evaluated once, in no particular order.
 *
 *  An argument is an integer of any width, bool, `const char *` text, struct rh_text, rh_bytes,
 *  rh_pid, rh_ref, rh_item, rh_message (its item is copied in; the message stays the caller's, so a
 *  large nested one must be named and given back), RH_NULL, RH_TRUE, RH_FALSE, RH_ANY, RH_VARIABLE(n),
 *  RH_ANY_OF(kind). Any other type does not compile. Character constants and C17's `true` have type
 *  int. */
#define RH_ARRAY(...) RH_ARRAY_N_(RH_COUNT_(__VA_ARGS__), __VA_ARGS__)
#define RH_MAP(...) RH_MAP_N_(RH_COUNT_(__VA_ARGS__), __VA_ARGS__)
#define RH_ITEM(source, x) rh_put_finish(RH_PUT_(rh_put_begin(RH_BUILDER_(source)), x))

/* Private from here on: what the macros expand to. The rh_put_ functions write into the handle when
 * a value fits there and call the builder otherwise; they return the builder so that calls nest. */

struct rh_message rh_put_finish_slow(struct rh_builder *builder);
struct rh_message rh_put_finish_map(struct rh_builder *builder);
void rh_put_head_slow(struct rh_builder *builder, unsigned major, uint64_t argument);
void rh_put_text_slow(struct rh_builder *builder, const char *text);

RH_ALWAYS_INLINE struct rh_builder *rh_put_begin(struct rh_builder *builder)
{
    builder->message = &builder->own;
    builder->room = RH_MESSAGE_INLINE_BYTES;
    return builder;
}

RH_ALWAYS_INLINE struct rh_builder *rh_put_start(struct rh_builder *builder, unsigned head)
{
    builder->message = &builder->own;
    builder->room = RH_MESSAGE_INLINE_BYTES;
    builder->message->small.bytes[0] = (uint8_t)head;
    builder->used = 1;
    return builder;
}

RH_ALWAYS_INLINE struct rh_message rh_put_finish(struct rh_builder *builder)
{
    if (builder->room == 0) {
        return rh_put_finish_slow(builder);
    }
    builder->message->small.size = (uint8_t)builder->used;
    return *builder->message;
}

RH_ALWAYS_INLINE struct rh_builder *rh_put_head(struct rh_builder *builder, unsigned major,
                                                uint64_t argument)
{
    uint32_t used = builder->used;
    if (argument < 65536 && used + 3 <= builder->room) {
        uint8_t *at = builder->message->small.bytes + used;
        if (argument < 24) {
            at[0] = (uint8_t)(major << 5 | (unsigned)argument);
            builder->used = used + 1;
        } else if (argument < 256) {
            at[0] = (uint8_t)(major << 5 | 24);
            at[1] = (uint8_t)argument;
            builder->used = used + 2;
        } else {
            at[0] = (uint8_t)(major << 5 | 25);
            at[1] = (uint8_t)(argument >> 8);
            at[2] = (uint8_t)argument;
            builder->used = used + 3;
        }
        return builder;
    }
    if (argument <= UINT32_MAX && used + 5 <= builder->room) {
        uint8_t *at = builder->message->small.bytes + used;
        at[0] = (uint8_t)(major << 5 | 26);
        at[1] = (uint8_t)(argument >> 24);
        at[2] = (uint8_t)(argument >> 16);
        at[3] = (uint8_t)(argument >> 8);
        at[4] = (uint8_t)argument;
        builder->used = used + 5;
        return builder;
    }
    rh_put_head_slow(builder, major, argument);
    return builder;
}

RH_ALWAYS_INLINE struct rh_builder *rh_put_uint(struct rh_builder *builder, uint64_t value)
{
    return rh_put_head(builder, 0, value);
}

RH_ALWAYS_INLINE struct rh_builder *rh_put_int(struct rh_builder *builder, int64_t value)
{
    uint64_t bits = (uint64_t)value;
    return value >= 0 ? rh_put_head(builder, 0, bits) : rh_put_head(builder, 1, ~bits);
}

/* Text that is a constant of at most 16 ASCII bytes is checked while compiling and stored without a
 * call. Spelt out because no compiler folds the loop. */
RH_ALWAYS_INLINE bool rh_text_is_short_ascii(const char *text, size_t size)
{
#define RH_ASCII_(i) (size <= (i) || ((unsigned char)text[i] & 0x80U) == 0)
    return size <= 16 && RH_ASCII_(0) && RH_ASCII_(1) && RH_ASCII_(2) && RH_ASCII_(3) &&
           RH_ASCII_(4) && RH_ASCII_(5) && RH_ASCII_(6) && RH_ASCII_(7) && RH_ASCII_(8) &&
           RH_ASCII_(9) && RH_ASCII_(10) && RH_ASCII_(11) && RH_ASCII_(12) && RH_ASCII_(13) &&
           RH_ASCII_(14) && RH_ASCII_(15);
#undef RH_ASCII_
}

RH_ALWAYS_INLINE struct rh_builder *rh_put_text(struct rh_builder *builder, const char *text)
{
    if (RH_IS_CONSTANT(text != NULL ? strlen(text) : 0) && text != NULL) {
        size_t size = strlen(text);
        uint32_t used = builder->used;
        if (used + 1 + size <= builder->room && rh_text_is_short_ascii(text, size)) {
            uint8_t *at = builder->message->small.bytes + used;
            at[0] = (uint8_t)(0x60 | size);
            memcpy(at + 1, text, size);
            builder->used = used + 1 + (uint32_t)size;
            return builder;
        }
    }
    rh_put_text_slow(builder, text);
    return builder;
}

static inline struct rh_builder *rh_put_bool(struct rh_builder *builder, bool value)
{
    return rh_put_head(builder, 7, value ? 21 : 20);
}

static inline struct rh_builder *rh_put_null(struct rh_builder *builder, struct rh_null value)
{
    (void)value;
    return rh_put_head(builder, 7, 22);
}

struct rh_builder *rh_put_text_view(struct rh_builder *builder, struct rh_text text);
struct rh_builder *rh_put_bytes(struct rh_builder *builder, struct rh_bytes bytes);
struct rh_builder *rh_put_pid(struct rh_builder *builder, struct rh_pid pid);
struct rh_builder *rh_put_ref(struct rh_builder *builder, struct rh_ref ref);
struct rh_builder *rh_put_item(struct rh_builder *builder, struct rh_item item);
struct rh_builder *rh_put_message(struct rh_builder *builder, struct rh_message message);
struct rh_builder *rh_put_any(struct rh_builder *builder, struct rh_any mark);
struct rh_builder *rh_put_variable(struct rh_builder *builder, struct rh_variable mark);
struct rh_builder *rh_put_any_of(struct rh_builder *builder, struct rh_any_of mark);

RH_PUBLIC_END

#ifndef __cplusplus
#define RH_BUILDER_(source)                                                                        \
    &(struct rh_builder)                                                                           \
    {                                                                                              \
        .allocator = (source)                                                                      \
    }

/* clang-format off */
#define RH_PUT_(builder, x)                                                                        \
    _Generic((x),                                                                                  \
        bool: rh_put_bool,                                                                         \
        char: rh_put_int, signed char: rh_put_int, short: rh_put_int, int: rh_put_int,             \
        long: rh_put_int, long long: rh_put_int,                                                   \
        unsigned char: rh_put_uint, unsigned short: rh_put_uint, unsigned: rh_put_uint,            \
        unsigned long: rh_put_uint, unsigned long long: rh_put_uint,                               \
        char *: rh_put_text, const char *: rh_put_text,                                            \
        struct rh_text: rh_put_text_view, struct rh_bytes: rh_put_bytes,                           \
        struct rh_pid: rh_put_pid, struct rh_ref: rh_put_ref,                                      \
        struct rh_item: rh_put_item, struct rh_message: rh_put_message,                            \
        struct rh_null: rh_put_null, struct rh_any: rh_put_any,                                    \
        struct rh_variable: rh_put_variable, struct rh_any_of: rh_put_any_of)(builder, x)
/* clang-format on */
#else
/* In C++ overloading chooses what _Generic chooses in C, and the builder is a temporary of the whole expression. */
struct rh_temporary_builder {
    explicit rh_temporary_builder(const rh_allocator *source) : builder()
    {
        builder.allocator = source;
    }
    operator rh_builder *()
    {
        return &builder;
    }
    rh_builder builder;
};
#define RH_BUILDER_(source) rh_temporary_builder(source)
#define RH_PUT_(builder, x) rh_put_overloaded(builder, x)
#define RH_OVERLOAD_(type, function)                                                               \
    inline rh_builder *rh_put_overloaded(rh_builder *builder, type value)                          \
    {                                                                                              \
        return function(builder, value);                                                           \
    }
RH_OVERLOAD_(bool, rh_put_bool)
RH_OVERLOAD_(char, rh_put_int)
RH_OVERLOAD_(signed char, rh_put_int)
RH_OVERLOAD_(short, rh_put_int)
RH_OVERLOAD_(int, rh_put_int)
RH_OVERLOAD_(long, rh_put_int)
RH_OVERLOAD_(long long, rh_put_int)
RH_OVERLOAD_(unsigned char, rh_put_uint)
RH_OVERLOAD_(unsigned short, rh_put_uint)
RH_OVERLOAD_(unsigned, rh_put_uint)
RH_OVERLOAD_(unsigned long, rh_put_uint)
RH_OVERLOAD_(unsigned long long, rh_put_uint)
RH_OVERLOAD_(char *, rh_put_text)
RH_OVERLOAD_(const char *, rh_put_text)
RH_OVERLOAD_(rh_text, rh_put_text_view)
RH_OVERLOAD_(rh_bytes, rh_put_bytes)
RH_OVERLOAD_(rh_pid, rh_put_pid)
RH_OVERLOAD_(rh_ref, rh_put_ref)
RH_OVERLOAD_(rh_item, rh_put_item)
RH_OVERLOAD_(rh_message, rh_put_message)
RH_OVERLOAD_(rh_null, rh_put_null)
RH_OVERLOAD_(rh_any, rh_put_any)
RH_OVERLOAD_(rh_variable, rh_put_variable)
RH_OVERLOAD_(rh_any_of, rh_put_any_of)
#undef RH_OVERLOAD_
/* No other pointer is a bool. */
template <typename type> rh_builder *rh_put_overloaded(rh_builder *builder, type *value) = delete;
#endif

/* The number of arguments after the first, 0 to 16. */
#define RH_COUNT_(...)                                                                             \
    RH_PICK_(__VA_ARGS__, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, ~)
#define RH_PICK_(first, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, count, ...) count
#define RH_PASTE_(a, b) a##b
#define RH_JOIN_(a, b) RH_PASTE_(a, b)

/* RH_EACH_n(F, s, x1 … xn) is F(…F(F(s, x1), x2)…, xn). */
#define RH_EACH_1(F, s, x) F(s, x)
#define RH_EACH_2(F, s, x, ...) RH_EACH_1(F, F(s, x), __VA_ARGS__)
#define RH_EACH_3(F, s, x, ...) RH_EACH_2(F, F(s, x), __VA_ARGS__)
#define RH_EACH_4(F, s, x, ...) RH_EACH_3(F, F(s, x), __VA_ARGS__)
#define RH_EACH_5(F, s, x, ...) RH_EACH_4(F, F(s, x), __VA_ARGS__)
#define RH_EACH_6(F, s, x, ...) RH_EACH_5(F, F(s, x), __VA_ARGS__)
#define RH_EACH_7(F, s, x, ...) RH_EACH_6(F, F(s, x), __VA_ARGS__)
#define RH_EACH_8(F, s, x, ...) RH_EACH_7(F, F(s, x), __VA_ARGS__)
#define RH_EACH_9(F, s, x, ...) RH_EACH_8(F, F(s, x), __VA_ARGS__)
#define RH_EACH_10(F, s, x, ...) RH_EACH_9(F, F(s, x), __VA_ARGS__)
#define RH_EACH_11(F, s, x, ...) RH_EACH_10(F, F(s, x), __VA_ARGS__)
#define RH_EACH_12(F, s, x, ...) RH_EACH_11(F, F(s, x), __VA_ARGS__)
#define RH_EACH_14(F, s, x, y, ...) RH_EACH_12(F, F(F(s, x), y), __VA_ARGS__)
#define RH_EACH_16(F, s, x, y, ...) RH_EACH_14(F, F(F(s, x), y), __VA_ARGS__)

#define RH_ARRAY_N_(count, ...)                                                                    \
    RH_JOIN_(RH_ARRAY_, RH_JOIN_(RH_ARITY_, count))                                                \
    (RH_JOIN_(RH_EACH_, count), 0x80U | count, __VA_ARGS__)
#define RH_ARRAY_EMPTY_(each, head, source) rh_put_finish(rh_put_start(RH_BUILDER_(source), head))
#define RH_ARRAY_SOME_(each, head, source, ...)                                                    \
    rh_put_finish(each(RH_PUT_, rh_put_start(RH_BUILDER_(source), head), __VA_ARGS__))

#define RH_MAP_N_(count, ...)                                                                      \
    RH_JOIN_(RH_MAP_, RH_JOIN_(RH_MAP_ARITY_, count))                                              \
    (RH_JOIN_(RH_EACH_, count), 0xa0U | count / 2, __VA_ARGS__)
#define RH_MAP_EMPTY_(each, head, source) rh_put_finish(rh_put_start(RH_BUILDER_(source), head))
#define RH_MAP_SOME_(each, head, source, ...)                                                      \
    rh_put_finish_map(each(RH_PUT_, rh_put_start(RH_BUILDER_(source), head), __VA_ARGS__))

#define RH_ARITY_0 EMPTY_
#define RH_ARITY_1 SOME_
#define RH_ARITY_2 SOME_
#define RH_ARITY_3 SOME_
#define RH_ARITY_4 SOME_
#define RH_ARITY_5 SOME_
#define RH_ARITY_6 SOME_
#define RH_ARITY_7 SOME_
#define RH_ARITY_8 SOME_
#define RH_ARITY_9 SOME_
#define RH_ARITY_10 SOME_
#define RH_ARITY_11 SOME_
#define RH_ARITY_12 SOME_
/* A map takes an even number. */
#define RH_MAP_ARITY_0 EMPTY_
#define RH_MAP_ARITY_2 SOME_
#define RH_MAP_ARITY_4 SOME_
#define RH_MAP_ARITY_6 SOME_
#define RH_MAP_ARITY_8 SOME_
#define RH_MAP_ARITY_10 SOME_
#define RH_MAP_ARITY_12 SOME_
#define RH_MAP_ARITY_14 SOME_
#define RH_MAP_ARITY_16 SOME_

/* LCOV_EXCL_BR_STOP */
#endif

// SPDX-License-Identifier: MIT
// RH_ARRAY, RH_MAP, RH_ITEM, RH_SEND and RH_MATCH in C++: every type that they take in C, and with WRONG what they refuse.
#include <rehearse/actor.h>

#include <cstdint>
#include <cstdio>
#include <initializer_list>

namespace {

int failures;

void check(bool holds, const char *what)
{
    if (!holds) {
        std::printf("does not hold: %s\n", what);
        failures++;
    }
}

void numbers()
{
    rh_message message = RH_ARRAY(nullptr, static_cast<signed char>(-1), static_cast<short>(-2), -3, -4L, INT64_MIN, 'a',
                                  static_cast<unsigned char>(1), static_cast<unsigned short>(2), 3U, 4UL, UINT64_MAX, true);
    short one = 0;
    int two = 0;
    long three = 0;
    long long four = 0;
    unsigned short five = 0;
    unsigned six = 0;
    unsigned long seven = 0;
    unsigned long long eight = 0;
    bool nine = false;
    check(RH_MATCH(&message, &one, &two, -3, &three, &four, 'a', &five, &six, 3U, &seven, &eight, &nine), "numbers are bound");
    check(one == -1 && two == -2 && three == -4 && four == INT64_MIN && five == 1 && six == 2 && seven == 4 &&
              eight == UINT64_MAX && nine,
          "and are what they were");
    rh_message_unref(message);
}

void views()
{
    const std::uint8_t raw[] = {1, 2};
    const rh_pid pid = {1, 2, 3, 4};
    char mutable_text[] = "mutable";
    const rh_text view = {"view", 4}; // a comma within braces is one of the macro's
    const rh_bytes two = {raw, 2};
    rh_message message = RH_ARRAY(nullptr, "text", mutable_text, view, two, pid, RH_NULL, RH_TRUE, RH_FALSE);
    rh_text text{};
    rh_bytes bytes{};
    rh_pid found{};
    rh_item item{};
    check(RH_MATCH(&message, "text", mutable_text, &text, &bytes, &found, RH_NULL, true, &item), "views are bound");
    check(text.size == 4 && bytes.size == 2 && bytes.bytes[1] == 2 && rh_pid_equal(found, pid), "and are what they were");
    check(!RH_MATCH(&message, "text"), "an array of another length is another");
    check(RH_MATCH(&message, RH_ANY, RH_ANY, RH_ANY, RH_ANY, pid, RH_ANY, RH_ANY, item), "anything is any item");
    rh_message_unref(message);
}

void nests()
{
    rh_message empty = RH_ARRAY(nullptr);
    rh_message map = RH_MAP(nullptr, "a", 1, 2, "b");
    rh_message one = RH_ITEM(nullptr, "one");
    rh_message both = RH_ARRAY(nullptr, map, one, empty);
    check(RH_MATCH(&empty) && !RH_MATCH(&empty, 1), "an array may be empty");
    check(RH_MATCH(&both, map, "one", empty) && !RH_MATCH(&both, one, map, empty), "messages are parts of messages");
    check(rh_message_status(RH_ARRAY(nullptr, RH_ANY, RH_VARIABLE(1), RH_ANY_OF(RH_KIND_TEXT))) == RH_OK, "patterns");
    for (rh_message message : {empty, map, one, both}) {
        rh_message_unref(message);
    }
}

} // namespace

rh_status say(rh_context *ctx, rh_pid to)
{
#if WRONG == 1
    return RH_SEND(ctx, to, static_cast<void *>(ctx));
#elif WRONG == 2
    return RH_SEND(ctx, to, 1.5);
#else
    return RH_SEND(ctx, to, "pong", 1);
#endif
}

int main()
{
    numbers();
    views();
    nests();
    return failures == 0 ? 0 : 1;
}

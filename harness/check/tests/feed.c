/* SPDX-License-Identifier: MIT */
#include "harness/check/tests/feed.h"

#include <string.h>

struct feed feed_open(const char *family)
{
    struct feed f = {0};
    const char *const only[] = {family, NULL};
    const struct rh_judge_options options = {.only = family == NULL ? NULL : only};
    assert_int_equal(rh_judge_create(&options, &f.judge), RH_OK);
    rh_judge_reset(f.judge, NULL);
    return f;
}

void feed(struct feed *f, struct rh_event event)
{
    event.now = f->now;
    const struct rh_record record = {RH_RECORD_EVENT, ++f->step, f->node, &event};
    rh_judge_record(f->judge, &record);
}

void feed_fault(struct feed *f, const char *kind)
{
    const struct rh_event event = {.kind = RH_EVENT_INPUT, .now = f->now, .name = kind};
    const struct rh_record record = {RH_RECORD_FAULT, ++f->step, f->node, &event};
    rh_judge_record(f->judge, &record);
}

void feed_same_step(struct feed *f)
{
    f->step--;
}

void feed_fails(struct feed *f, enum rh_end end, const char *invariant, const char *expected,
                const char *observed)
{
    rh_judge_finish(f->judge, end);
    const struct rh_violation *found = rh_judge_violation(f->judge);
    assert_non_null(found);
    assert_string_equal(found->invariant, invariant);
    if (strstr(found->expected, expected) == NULL || strstr(found->observed, observed) == NULL) {
        fail_msg("%s\nexpected: %s\nobserved: %s", invariant, found->expected, found->observed);
    }
    assert_int_equal(found->step, f->step);
    rh_judge_destroy(f->judge);
}

void feed_holds(struct feed *f, enum rh_end end)
{
    rh_judge_finish(f->judge, end);
    const struct rh_violation *found = rh_judge_violation(f->judge);
    if (found != NULL) {
        fail_msg("%s\nexpected: %s\nobserved: %s", found->invariant, found->expected,
                 found->observed);
    }
    assert_int_equal(rh_judge_status(f->judge), RH_OK);
    rh_judge_destroy(f->judge);
}

struct rh_pid actor(uint32_t n)
{
    return (struct rh_pid){1, 1, n, 1};
}

struct rh_pid later_actor(uint32_t n)
{
    return (struct rh_pid){1, 1, n, 2};
}

struct rh_pid far_actor(uint32_t n)
{
    return (struct rh_pid){2, 1, n, 1};
}

struct rh_message text(const char *word)
{
    struct rh_message message = RH_ITEM(NULL, word);
    assert_true(message.small.size <= RH_MESSAGE_INLINE_BYTES);
    return message;
}

void sends(struct feed *f, enum rh_signal_kind signal, struct rh_pid from, struct rh_pid to,
           uint64_t ordinal, const char *payload)
{
    struct rh_message message = payload == NULL ? rh_message_none() : text(payload);
    TELL(f, SEND, .signal = signal, .actor = from, .peer = to, .ordinal = ordinal,
         .message = &message);
}

void meets(struct feed *f, enum rh_event_kind kind, enum rh_signal_kind signal, struct rh_pid to,
           struct rh_pid from, uint64_t ordinal, const char *payload, enum rh_why why)
{
    struct rh_message message = payload == NULL ? rh_message_none() : text(payload);
    feed(f, (struct rh_event){.kind = kind,
                              .signal = signal,
                              .actor = to,
                              .peer = from,
                              .ordinal = ordinal,
                              .message = &message,
                              .why = why});
}

void born(struct feed *f, struct rh_pid who)
{
    TELL(f, SPAWN, .actor = who, .ordinal = who.slot);
    sends(f, RH_SIGNAL_START, rh_pid_none(), who, 0, NULL);
    meets(f, RH_EVENT_HANDLE, RH_SIGNAL_START, who, rh_pid_none(), 0, NULL, RH_WHY_NONE);
    TELL(f, TURN_END, .actor = who);
}

void dies(struct feed *f, struct rh_pid who, const char *reason)
{
    struct rh_message message = text(reason);
    TELL(f, EXIT, .actor = who, .message = &message, .why = RH_WHY_REQUESTED);
    TELL(f, EXIT_END, .actor = who);
}

void linked(struct feed *f, struct rh_pid a, struct rh_pid b)
{
    TELL(f, LINK_ADD, .actor = a, .peer = b);
    TELL(f, LINK_ADD, .actor = b, .peer = a);
}

void watched(struct feed *f, struct rh_pid watcher, struct rh_pid target, uint64_t ordinal)
{
    TELL(f, MONITOR_ADD, .actor = watcher, .peer = target, .ordinal = ordinal);
    TELL(f, WATCH_ADD, .actor = target, .peer = watcher, .ordinal = ordinal);
    TELL(f, TURN_END, .actor = watcher);
}

/* SPDX-License-Identifier: MIT */
/*
 * What a part that has been played hands on of its memories, as numbers: the last ones, since those who go on where it stopped
 * stand among what it has seen last. They are given away and written down as they are, so that a part remembers the same
 * whoever plays it, and also when an exploration was ended in between.
 *
 *     each record    key, digest, what the world could not show, flags, touches, makers, sent, drawn, made, kept, gone (how
 *                    many), the event, then each of these
 *         event      id, whose, strikes, line, its bound, that of all, is it optional, holds, held by
 *         touch      object, owner, kind, mode, history
 *         maker      digest, id
 */
#include "harness/schedule/memo.h"
#include "harness/schedule/strategy.h"

/* As many steps as some parts of an exploration have behind each other in their deepest places. */
#define RECORDS_MAX 1024u
#define NUMBERS_MAX ((size_t)1 << 16)

enum flag {
    IS_SENT = 1,
    SPAWNS = 2,
    FLAGS_ALL = 3
};

/* ---- writing ---- */

static bool put_event(struct rh_numbers *numbers, const struct candidate *event)
{
    return rh_numbers_put(numbers, event->id) && rh_numbers_put(numbers, event->whose) &&
           rh_numbers_put(numbers, event->strikes) && rh_numbers_put(numbers, event->bound.line) &&
           rh_numbers_put(numbers, event->bound.line_max) &&
           rh_numbers_put(numbers, event->bound.all_max) &&
           rh_numbers_put(numbers, event->optional ? 1 : 0) &&
           rh_numbers_put(numbers, event->holds) && rh_numbers_put(numbers, event->held_by);
}

static bool put_ids(struct rh_numbers *numbers, const uint64_t *ids, uint32_t count)
{
    bool ok = true;
    for (uint32_t i = 0; i < count && ok; i++) {
        ok = rh_numbers_put(numbers, ids[i]);
    }
    return ok;
}

static bool put_touches(struct rh_numbers *numbers, const struct record *record)
{
    bool ok = true;
    for (uint32_t i = 0; i < record->touch_count && ok; i++) {
        ok = touch_put(numbers, &record->touches[i]) &&
             rh_numbers_put(numbers, record->histories[i]);
    }
    return ok;
}

static bool put_record(struct rh_numbers *numbers, const struct record *record)
{
    uint64_t flags = (record->is_sent ? IS_SENT : 0) | (record->spawns ? SPAWNS : 0);
    const uint64_t head[] = {
        record->key,         record->digest,      record->spent,      flags,
        record->touch_count, record->maker_count, record->sent_count, record->draw_count,
        record->made_count,  record->kept_count,  record->gone_count,
    };
    bool ok = put_ids(numbers, head, sizeof head / sizeof head[0]) &&
              put_event(numbers, &record->candidate) && put_touches(numbers, record);
    for (uint32_t i = 0; i < record->maker_count && ok; i++) {
        ok = rh_numbers_put(numbers, record->links[i].maker) &&
             rh_numbers_put(numbers, record->maker_ids[i]);
    }
    ok = ok && put_ids(numbers, record->sent, record->sent_count);
    for (uint32_t i = 0; i < 2 * record->draw_count && ok; i++) {
        ok = rh_numbers_put(numbers, record->drawn[i]);
    }
    for (uint32_t i = 0; i < record->made_count && ok; i++) {
        ok = put_event(numbers, &record->made[i]);
    }
    return ok && put_ids(numbers, record->others, record->kept_count + record->gone_count);
}

static size_t size_of(const struct record *record)
{
    return (size_t)20 + (size_t)5 * record->touch_count + (size_t)2 * record->maker_count +
           record->sent_count + (size_t)2 * record->draw_count + (size_t)9 * record->made_count +
           record->kept_count + record->gone_count;
}

enum rh_status lore_write(const struct dpor *dpor, struct rh_numbers *numbers)
{
    const struct record *last[RECORDS_MAX];
    uint32_t count = 0;
    size_t size = 0;
    const struct record *it = dpor->memo.last;
    while (it != NULL && count < RECORDS_MAX && size + size_of(it) <= NUMBERS_MAX) {
        size += size_of(it);
        last[count++] = it;
        it = it->earlier;
    }
    bool ok = true;
    while (count > 0 && ok) {
        ok = put_record(numbers, last[--count]);
    }
    return ok ? RH_OK : RH_NO_MEMORY;
}

/* ---- reading ---- */

static bool take_event(struct rh_numbers *numbers, struct candidate *event)
{
    uint64_t line = 0;
    uint64_t line_max = 0;
    uint64_t optional = 0;
    uint64_t holds = 0;
    uint64_t held_by = 0;
    bool ok = rh_numbers_take(numbers, &event->id) && rh_numbers_take(numbers, &event->whose) &&
              rh_numbers_take(numbers, &event->strikes) &&
              rh_numbers_take_most(numbers, UINT32_MAX, &line) &&
              rh_numbers_take_most(numbers, UINT32_MAX, &line_max) &&
              rh_numbers_take(numbers, &event->bound.all_max) &&
              rh_numbers_take_most(numbers, 1, &optional) &&
              rh_numbers_take_most(numbers, RH_HOLD_ALL, &holds) &&
              rh_numbers_take_most(numbers, RH_HOLD_ALL, &held_by);
    event->bound.line = (uint32_t)line;
    event->bound.line_max = (uint32_t)line_max;
    event->optional = optional == 1;
    event->holds = (unsigned)holds;
    event->held_by = (unsigned)held_by;
    return ok;
}

static bool take_ids(struct rh_numbers *numbers, uint64_t *ids, uint32_t count)
{
    bool ok = true;
    for (uint32_t i = 0; i < count && ok; i++) {
        ok = rh_numbers_take(numbers, &ids[i]);
    }
    return ok;
}

static bool take_touches(struct rh_numbers *numbers, struct record *record)
{
    bool ok = true;
    for (uint32_t i = 0; i < record->touch_count && ok; i++) {
        const struct rh_touch *before = i == 0 ? NULL : &record->touches[i - 1];
        ok = touch_take(numbers, before, &record->touches[i]) &&
             rh_numbers_take(numbers, &record->histories[i]);
    }
    return ok;
}

/* How many of something there are: no more than there are numbers. */
static bool take_count(struct rh_numbers *numbers, uint32_t *ret_count)
{
    uint64_t count = 0;
    bool ok = rh_numbers_take_most(numbers, numbers->count - numbers->taken, &count) &&
              count <= UINT32_MAX / 2;
    *ret_count = (uint32_t)count;
    return ok;
}

static bool take_head(struct rh_numbers *numbers, struct record *head)
{
    uint64_t flags = 0;
    bool ok = rh_numbers_take(numbers, &head->key) && rh_numbers_take(numbers, &head->digest) &&
              rh_numbers_take(numbers, &head->spent) &&
              rh_numbers_take_most(numbers, FLAGS_ALL, &flags) &&
              take_count(numbers, &head->touch_count) && take_count(numbers, &head->maker_count) &&
              take_count(numbers, &head->sent_count) && take_count(numbers, &head->draw_count) &&
              take_count(numbers, &head->made_count) && take_count(numbers, &head->kept_count) &&
              take_count(numbers, &head->gone_count) && take_event(numbers, &head->candidate);
    head->is_sent = (flags & IS_SENT) != 0;
    head->spawns = (flags & SPAWNS) != 0;
    return ok;
}

static bool take_lists(struct rh_numbers *numbers, struct record *record)
{
    bool ok = take_touches(numbers, record);
    for (uint32_t i = 0; i < record->maker_count && ok; i++) {
        record->links[i] = (struct link){.record = record};
        ok = rh_numbers_take(numbers, &record->links[i].maker) &&
             rh_numbers_take(numbers, &record->maker_ids[i]);
    }
    ok = ok && take_ids(numbers, record->sent, record->sent_count);
    for (uint32_t i = 0; i < 2 * record->draw_count && ok; i++) {
        uint64_t number = 0;
        ok = rh_numbers_take_most(numbers, UINT32_MAX, &number);
        record->drawn[i] = (uint32_t)number;
    }
    for (uint32_t i = 0; i < record->made_count && ok; i++) {
        ok = take_event(numbers, &record->made[i]);
    }
    return ok && take_ids(numbers, record->others, record->kept_count + record->gone_count);
}

bool lore_read(struct dpor *dpor, struct rh_numbers *numbers)
{
    while (numbers->taken < numbers->count) {
        struct record head = {0};
        if (!take_head(numbers, &head)) {
            return false;
        }
        struct record *record = memo_create(dpor, &head);
        if (record == NULL) {
            return true; /* what is not remembered is played */
        }
        if (!take_lists(numbers, record)) {
            return false;
        }
        memo_put(dpor, record);
    }
    return true;
}

/* SPDX-License-Identifier: MIT */
/** @file
 *  What steps were like, as memo.c remembers it and dream.c uses it. */
#ifndef HARNESS_SCHEDULE_MEMO_H
#define HARNESS_SCHEDULE_MEMO_H

#include "harness/schedule/dpor.h"

#ifdef __cplusplus
extern "C" {
#endif

/** One of those without which a step would not be, among all that are called so. */
struct link {
    struct link *next;
    struct record *record;
    uint64_t maker; /**< its digest */
};

struct record {
    struct record *next;    /**< of those with a like key */
    struct record *alike;   /**< of those with a like digest */
    struct record *earlier; /**< the one that was put before it */
    uint64_t key;
    uint64_t digest;            /**< of the step */
    struct candidate candidate; /**< as it was chosen */
    uint32_t touch_count;
    uint32_t maker_count;
    uint32_t draw_count;
    uint32_t made_count;
    uint32_t kept_count;
    uint32_t gone_count;
    struct rh_touch *touches;
    uint64_t *histories; /**< of what was touched */
    uint32_t sent_count;
    bool spawns;
    uint64_t spent;         /**< faults that could not be seen behind it */
    bool is_sent;           /**< by one of its makers */
    uint64_t *sent;         /**< what it has sent itself, by name */
    struct link *links;     /**< its makers */
    uint64_t *maker_ids;    /**< what they are called */
    uint64_t *others;       /**< what was there before: what was so behind it, and what was not */
    struct candidate *made; /**< what was there behind it only */
    uint32_t *drawn;        /**< numbers, and of how many */
};

static inline bool memo_has_id(const uint64_t *ids, uint32_t count, uint64_t id)
{
    for (uint32_t i = 0; i < count; i++) {
        if (ids[i] == id) {
            return true;
        }
    }
    return false;
}

/** Has a step sent the signal that is called so? */
static inline bool memo_has_sent(const struct step *step, uint64_t id)
{
    return memo_has_id(step->sent, step->sent_count, id);
}

/** A record that says what another one says, with room for all that this counts, which is to be filled in. Room for what was
 *  kept is also for what is gone. NULL: no memory. */
struct record *memo_create(struct dpor *dpor, const struct record *like);
/** Forget everything. */
void memo_forget(struct dpor *dpor);
/** Let it be found, now that it is filled. */
void memo_put(struct dpor *dpor, struct record *record);
/** Has it happened behind the first `end` steps, as they are? With any numbers, or with those that would be drawn now. */
const struct record *memo_find(const struct dpor *dpor, uint32_t end,
                               const struct candidate *candidate, bool any_numbers);
/** The first record of a step. */
const struct record *memo_find_alike(const struct memo *memo, uint64_t digest);
/** Find out from all records of one step, from its first, what became of something that was there before it; false: none has
 *  it. */
bool memo_tell_fate(const struct record *record, uint64_t id, bool *kept);
/** Which faults cannot be seen behind the steps so far though they might be there, since enough of them have struck? As bits;
 *  only those that the last step could have brought. */
uint64_t memo_spent_faults(const struct dpor *dpor);
/** Is one of the records of one step, from its first, of a run in which no other faults were spent than these? */
bool memo_tells_faults(const struct record *record, uint64_t spent);
/** Where among the first `end` steps is the one with this digest? `end`: nowhere. */
uint32_t memo_position_of(const struct dpor *dpor, uint32_t end, uint64_t digest);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: MIT */
/*
 * Wakeup trees. A sequence is put where the first branch leads that can go along with it: one whose event is among the
 * sequence's and can come first there, or one that commutes with all of it. Where such a path ends, the sequence is covered.
 *
 * All events of a sequence but its last have happened in the same order before, and what they touch is known exactly. Of the
 * last only the order is new, and a turn may do something else there: what is to cover it must commute with it for
 * certain, whatever it does.
 *
 * A sequence that was added although something may cover a part of it ends in a doubtful leaf. What goes along with that is
 * added below it: what sleeps there may hide the rest.
 */
#include "harness/schedule/wakeup.h"

#include "harness/schedule/dependence.h"

#include <string.h>

void *store_take(struct store *store, size_t bytes)
{
    if (bytes > store->max - store->used) {
        store->is_exhausted = true;
        return NULL;
    }
    void *block = store->allocator.allocate(store->allocator.self, bytes);
    store->used += block == NULL ? 0 : bytes;
    return block;
}

void store_give(struct store *store, void *block, size_t bytes)
{
    if (block != NULL) {
        store->used -= bytes;
        store->allocator.release(store->allocator.self, block, bytes);
    }
}

static size_t label_bytes(uint32_t count)
{
    return sizeof(struct label) + count * sizeof(struct rh_touch);
}

struct label *label_create(struct store *store, const struct rh_touch *touches, uint32_t count)
{
    struct label *label = store_take(store, label_bytes(count));
    if (label != NULL) {
        label->references = 1;
        label->count = count;
        if (count > 0) {
            memcpy(label->touches, touches, count * sizeof(struct rh_touch));
        }
    }
    return label;
}

/* ---- events ---- */

static uint32_t drawn(const struct draws *draws)
{
    uint32_t count = draws->count;
    while (count > 0 && draws->chosen[count - 1] == 0) {
        count--;
    }
    return count;
}

bool event_equal(const struct event *a, const struct event *b)
{
    uint32_t count = drawn(&a->draws);
    return a->id == b->id && count == drawn(&b->draws) &&
           (count == 0 ||
            memcmp(a->draws.chosen, b->draws.chosen, count * sizeof(a->draws.chosen[0])) == 0);
}

struct event event_keep(const struct event *event)
{
    if (event->label != NULL) {
        event->label->references++;
    }
    return *event;
}

void event_drop(struct store *store, struct event *event)
{
    struct label *label = event->label;
    event->label = NULL;
    if (label != NULL && --label->references == 0) {
        store_give(store, label, label_bytes(label->count));
    }
}

static bool labels_depend(const struct label *a, const struct label *b)
{
    return rh_touches_depend(a->touches, a->count, b->touches, b->count);
}

static bool is_of_runtime(enum rh_signal_kind signal)
{
    return signal == RH_SIGNAL_LINK || signal == RH_SIGNAL_UNLINK || signal == RH_SIGNAL_MONITOR ||
           signal == RH_SIGNAL_DEMONITOR;
}

static bool is_own(const struct rh_touch *touch, const struct event *event)
{
    return touch->owner != 0 && touch->owner == event->whose;
}

uint32_t label_reach(const struct event *event)
{
    uint32_t reach = 0;
    for (uint32_t i = 0; i < event->label->count && !is_of_runtime(event->signal); i++) {
        const struct rh_touch *touch = &event->label->touches[i];
        reach |= is_own(touch, event) ? 0 : UINT32_C(1) << touch->kind;
    }
    return reach;
}

/* Could a turn of `other`'s actor get in the way of what `touch` does? */
static bool turn_may_depend(const struct rh_touch *touch, const struct event *other, uint32_t reach)
{
    if (is_own(touch, other)) {
        return true;
    }
    bool looks = touch->kind == RH_OBJECT_LIFE && touch->mode == RH_MODE_READ; /* as it would */
    return (reach >> touch->kind & 1U) != 0 && !looks;
}

/* Could the runtime, handling a LINK or MONITOR for an actor? It adds, or reads when the actor is dead. */
static bool runtime_may_depend(const struct rh_touch *touch, const struct event *other)
{
    return is_own(touch, other) &&
           (touch->kind == RH_OBJECT_LIFE || touch->kind == RH_OBJECT_LINKS) &&
           touch->mode != RH_MODE_ADD;
}

bool surely_commute(const struct event *exact, const struct event *other, uint32_t reach)
{
    if (exact->id == 0 || other->id == 0 || exact->id == other->id) {
        return false;
    }
    if (other->label != NULL && labels_depend(exact->label, other->label)) {
        return false;
    }
    for (uint32_t i = 0; i < exact->label->count && !other->is_exact; i++) {
        const struct rh_touch *touch = &exact->label->touches[i];
        bool may = is_of_runtime(other->signal) ? runtime_may_depend(touch, other)
                                                : turn_may_depend(touch, other, reach);
        if (may || touch->kind == RH_OBJECT_RUN) {
            return false;
        }
    }
    return true;
}

/* A turn that was seen to happen happens earlier too: its actor lives. */
static bool are_turns_of_one(const struct label *a, const struct label *b)
{
    for (uint32_t i = 0; i < a->count; i++) {
        for (uint32_t j = 0; j < b->count && a->touches[i].kind == RH_OBJECT_STATE; j++) {
            if (a->touches[i].object == b->touches[j].object &&
                a->touches[i].mode == RH_MODE_WRITE && b->touches[j].mode == RH_MODE_WRITE) {
                return true;
            }
        }
    }
    return false;
}

static bool surely_depend(const struct event *a, const struct event *b)
{
    if (a->id == 0 || b->id == 0) {
        return true; /* the end comes without whatever is still to come */
    }
    if (a->label == NULL || b->label == NULL || a->id == b->id) {
        return false;
    }
    return a->is_exact && b->is_exact ? labels_depend(a->label, b->label)
                                      : are_turns_of_one(a->label, b->label);
}

/* ---- sequences ---- */

static uint32_t place_of(const struct sequence *sequence, const struct event *event)
{
    uint32_t at = 0;
    while (at < sequence->count && !event_equal(&sequence->at[at], event)) {
        at++;
    }
    return at;
}

static bool comes_first(const struct sequence *sequence, uint32_t place, const struct event *event,
                        uint32_t reach)
{
    for (uint32_t i = 0; i < place; i++) {
        const struct event *before = &sequence->at[i];
        if (!surely_commute(before, event, reach)) {
            return false;
        }
    }
    return true;
}

static bool commutes_with_all(const struct sequence *sequence, const struct event *event,
                              uint32_t reach)
{
    for (uint32_t i = 0; i < sequence->count; i++) {
        if (!surely_commute(event, &sequence->at[i], reach)) {
            return false;
        }
    }
    return true;
}

/* Is there something in the sequence, in front of `place`, that the event cannot be moved over? */
static bool is_barred(const struct sequence *sequence, uint32_t place, const struct event *event)
{
    for (uint32_t i = 0; i < place && i < sequence->count; i++) {
        if (surely_depend(&sequence->at[i], event)) {
            return true;
        }
    }
    return false;
}

bool sequence_is_asleep(const struct sequence *sequence, const struct event *sleepers,
                        uint32_t sleeper_count, uint32_t reach, bool *ret_doubt)
{
    for (uint32_t i = 0; i < sleeper_count; i++) {
        const struct event *sleeper = &sleepers[i];
        uint32_t place = place_of(sequence, sleeper);
        if (place < sequence->count ? comes_first(sequence, place, sleeper, reach)
                                    : commutes_with_all(sequence, sleeper, reach)) {
            return true;
        }
        *ret_doubt = *ret_doubt || !is_barred(sequence, place, sleeper);
    }
    return false;
}

/* ---- trees ---- */

void branches_free(struct store *store, struct branch *branches)
{
    while (branches != NULL) {
        struct branch *branch = branches;
        branches = branch->next;
        branches_free(store, branch->children);
        event_drop(store, &branch->event);
        store_give(store, branch, sizeof(*branch));
    }
}

static void sequence_remove(struct sequence *sequence, uint32_t place)
{
    sequence->count--;
    memmove(&sequence->at[place], &sequence->at[place + 1],
            (sequence->count - place) * sizeof(struct event));
}

/* The branch that can go along with a sequence, which loses that branch's event. */
static struct branch *companion(struct branch *branches, struct sequence *sequence, uint32_t reach,
                                bool *ret_doubt)
{
    for (struct branch *branch = branches; branch != NULL; branch = branch->next) {
        uint32_t place = place_of(sequence, &branch->event);
        if (place < sequence->count) {
            if (comes_first(sequence, place, &branch->event, reach)) {
                sequence_remove(sequence, place);
                return branch;
            }
        } else if (branch->event.is_exact && commutes_with_all(sequence, &branch->event, reach)) {
            return branch;
        }
        *ret_doubt = *ret_doubt || !is_barred(sequence, place, &branch->event);
    }
    return NULL;
}

bool branches_insert(struct store *store, struct branch **branches, struct sequence *sequence,
                     uint32_t reach, bool is_doubtful)
{
    struct branch *along = companion(*branches, sequence, reach, &is_doubtful);
    while (along != NULL) {
        if (sequence->count == 0 || (along->children == NULL && !along->is_doubtful)) {
            return true;
        }
        is_doubtful = is_doubtful || along->is_doubtful;
        branches = &along->children;
        along = companion(*branches, sequence, reach, &is_doubtful);
    }
    while (*branches != NULL) {
        branches = &(*branches)->next;
    }
    for (uint32_t i = 0; i < sequence->count; i++) {
        struct branch *branch = store_take(store, sizeof(*branch));
        if (branch == NULL) {
            return false;
        }
        *branch = (struct branch){.event = event_keep(&sequence->at[i]),
                                  .is_doubtful = is_doubtful && i + 1 == sequence->count};
        *branches = branch;
        branches = &branch->children;
    }
    return true;
}

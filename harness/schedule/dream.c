/* SPDX-License-Identifier: MIT */
/*
 * Runs that others cover, followed without being played.
 *
 * A dream asks the strategy what is next and tells it what was done, as the world would, out of what memo.c remembers. What may
 * happen behind a step is what was there before it, as far as it is known to stay, and what is made by it: what is known to
 * need nothing but steps that are there. That a barrier is passed, or time can go on, is made by no step: it is so where
 * nothing holds that any more, and a dream goes on as long as it is known whether something does. Where anything is in doubt
 * the dream ends, nothing has happened, and the run is played. It also ends as soon as nothing is asleep any more, or something
 * happens that never has: others do not cover the run then, as long as it is played like this, and so that is what it is told
 * to do first.
 */
#include "harness/schedule/memo.h"

#include "harness/schedule/dependence.h"

#include <string.h>

/* Is something that was there before the step still there behind it? What was not there when the step was remembered is, if it
 * is known to have nothing to do with it. False: nobody knows. */
static bool tell_kept(const struct dpor *dpor, const struct record *record,
                      const struct candidate *candidate, bool *kept)
{
    *kept = false;
    if (tree_is_spent(dpor, candidate)) {
        return true;
    }
    if (memo_tell_fate(record, candidate->id, kept)) {
        return true;
    }
    *kept = true;
    const struct record *other = memo_find(dpor, dpor->depth - 1, candidate, true);
    if (other != NULL && !rh_touches_depend(record->touches, record->touch_count, other->touches,
                                            other->touch_count)) {
        return true;
    }
    return memo_find(dpor, dpor->depth, candidate, true) != NULL; /* it has happened behind it */
}

static bool is_there(const struct memo *memo, uint64_t id)
{
    for (uint32_t i = 0; i < memo->there_count; i++) {
        if (memo->there[i].id == id) {
            return true;
        }
    }
    return false;
}

static bool has_happened(const struct dpor *dpor, uint64_t id)
{
    for (uint32_t i = 0; i < dpor->depth; i++) {
        if (dpor->steps[i]->id == id) {
            return true;
        }
    }
    return false;
}

static bool was_sent(const struct dpor *dpor, uint64_t id)
{
    for (uint32_t i = 0; i < dpor->depth; i++) {
        if (memo_has_sent(dpor->steps[i], id)) {
            return true;
        }
    }
    return false;
}

/* Are all makers of what is remembered among the steps so far: as they were, or at least by name? */
static bool are_made(const struct dpor *dpor, const struct record *record, bool by_name)
{
    for (uint32_t i = 0; i < record->maker_count; i++) {
        bool has = by_name
                       ? has_happened(dpor, record->maker_ids[i])
                       : memo_position_of(dpor, dpor->depth, record->links[i].maker) < dpor->depth;
        if (!has) {
            return false;
        }
    }
    return true;
}

static bool was_made(const struct dpor *dpor, uint64_t id)
{
    const struct memo *memo = &dpor->memo;
    return is_there(memo, id) || has_happened(dpor, id) ||
           memo_has_id(memo->gone, memo->gone_count, id);
}

/* Is it known that something needs more than the step with this digest, which has not happened yet? */
static bool needs_more(const struct dpor *dpor, uint64_t digest, uint64_t id)
{
    const struct memo *memo = &dpor->memo;
    const struct link *link = memo->links[digest & (memo->slot_count - 1)];
    for (; link != NULL; link = link->next) {
        if (link->maker == digest && link->record->candidate.id == id &&
            (!are_made(dpor, link->record, true) ||
             (link->record->is_sent && !was_sent(dpor, id)))) {
            return true;
        }
    }
    return false;
}

/* What does anything hold that is there, of enum rh_hold? */
static unsigned holds(const struct memo *memo)
{
    unsigned held = 0;
    for (uint32_t i = 0; i < memo->there_count; i++) {
        held |= memo->there[i].holds;
    }
    return held;
}

/* Is something that was made only because nothing held it held here? */
static bool is_held(struct memo *memo, const struct candidate *made)
{
    memo->waited |= made->held_by;
    return (made->held_by & holds(memo)) != 0;
}

/* Nobody makes what waits until nothing holds it any more. Is it known whether it is there? A barrier cannot be passed here
 * yet, and either time can go on or something would be too late. */
static bool is_sure(struct memo *memo)
{
    unsigned held = holds(memo);
    unsigned let_go = 0;
    for (uint32_t i = 0; i < memo->there_count; i++) {
        let_go |= memo->there[i].held_by;
    }
    return (memo->waited & ~(held | (let_go & RH_HOLD_TIME))) == 0 &&
           (held & let_go & RH_HOLD_TIME) == 0;
}

/* Add what has come to be by the last step. False: it is not known whether something has. */
static bool add_made(struct dpor *dpor, const struct record *record)
{
    struct memo *memo = &dpor->memo;
    const struct step *last = dpor->steps[dpor->depth - 1];
    struct link *const *slot = &memo->links[last->digest & (memo->slot_count - 1)];
    for (const struct link *link = *slot; link != NULL; link = link->next) {
        if (link->maker != last->digest || was_made(dpor, link->record->candidate.id) ||
            tree_is_spent(dpor, &link->record->candidate) || !are_made(dpor, link->record, false)) {
            continue;
        }
        if (!dpor_reserve(dpor, &memo->there, &memo->there_capacity, memo->there_count + 1,
                          sizeof(struct candidate))) {
            return false;
        }
        memo->there[memo->there_count++] = link->record->candidate;
    }
    for (uint32_t i = 0; i < record->made_count; i++) {
        const struct candidate *made = &record->made[i];
        if (made->id != 0 && !was_made(dpor, made->id) && !tree_is_spent(dpor, made) &&
            !is_held(memo, made) && !needs_more(dpor, last->digest, made->id)) {
            return false;
        }
    }
    /* otherwise there may be faults that were spent whenever it was seen */
    return is_sure(memo) && memo_tells_faults(record, memo_spent_faults(dpor));
}

/* Is nothing there that is known by its makers' names, though not behind what they did here? */
static bool is_all_known(const struct dpor *dpor)
{
    const struct memo *memo = &dpor->memo;
    for (uint32_t i = dpor->shared; i < dpor->depth; i++) {
        uint64_t digest = dpor->steps[i]->digest;
        const struct link *link = memo->links[digest & (memo->slot_count - 1)];
        for (; link != NULL; link = link->next) {
            uint64_t id = link->record->candidate.id;
            if (link->maker == digest && !was_made(dpor, id) &&
                !tree_is_spent(dpor, &link->record->candidate) &&
                are_made(dpor, link->record, true) &&
                (!link->record->is_sent || was_sent(dpor, id))) {
                return false;
            }
        }
    }
    return true;
}

/* What may happen next, as the strategy is asked. */
static bool show(struct dpor *dpor)
{
    struct memo *memo = &dpor->memo;
    if (!dpor_reserve(dpor, &memo->shown, &memo->shown_capacity, memo->there_count,
                      sizeof(struct rh_candidate))) {
        return false;
    }
    for (uint32_t i = 0; i < memo->there_count; i++) {
        const struct candidate *it = &memo->there[i];
        memo->shown[i] = (struct rh_candidate){.id = it->id,
                                               .strikes = it->strikes,
                                               .whose = it->whose,
                                               .bound = it->bound,
                                               .optional = it->optional,
                                               .holds = it->holds,
                                               .held_by = it->held_by};
    }
    return true;
}

/* Does it move the time? What was not too late before may be then. */
static bool moves_time(const struct record *record)
{
    bool found = false;
    for (uint32_t i = 0; i < record->touch_count && !found; i++) {
        found =
            record->touches[i].kind == RH_OBJECT_TIME && record->touches[i].mode == RH_MODE_WRITE;
    }
    return found;
}

/* Take a step as it was remembered; false: something about it is not known. */
static bool dream_step(struct dpor *dpor, const struct candidate *chosen)
{
    struct memo *memo = &dpor->memo;
    const struct record *record = memo_find(dpor, dpor->depth, chosen, false);
    record = record == NULL ? NULL : memo_find_alike(memo, record->digest);
    if (record == NULL || record->candidate.id != chosen->id ||
        !dpor_reserve(dpor, &memo->makers, &memo->maker_capacity, record->maker_count,
                      sizeof(uint32_t)) ||
        !dpor_reserve(dpor, &memo->gone, &memo->gone_capacity, memo->gone_count + memo->there_count,
                      sizeof(uint64_t))) {
        return false;
    }
    for (uint32_t i = 0; i < record->maker_count; i++) {
        memo->makers[i] = memo_position_of(dpor, dpor->depth, record->links[i].maker);
        if (memo->makers[i] == dpor->depth) {
            return false;
        }
    }
    for (uint32_t i = 0; i < record->draw_count; i++) {
        (void)dpor_draw(dpor, record->drawn[record->draw_count + i]);
    }
    const struct rh_followed deed = {.id = record->candidate.id,
                                     .touches = record->touches,
                                     .touch_count = record->touch_count,
                                     .makers = memo->makers,
                                     .maker_count = record->maker_count,
                                     .sent = record->sent,
                                     .sent_count = record->sent_count,
                                     .spawns = record->spawns,
                                     .behind = memo_phase(dpor, dpor->depth)};
    dpor_note_step(dpor, &deed);
    uint32_t kept = 0;
    bool moves = moves_time(record);
    for (uint32_t i = 0; i < memo->there_count; i++) {
        bool stays = false;
        if (memo->there[i].id != record->candidate.id &&
            !tell_kept(dpor, record, &memo->there[i], &stays)) {
            return false;
        }
        if (stays && moves && !memo->there[i].optional) {
            return false;
        }
        if (stays) {
            memo->there[kept++] = memo->there[i];
        } else {
            memo->gone[memo->gone_count++] = memo->there[i].id;
        }
    }
    memo->there_count = kept;
    if (!add_made(dpor, record)) {
        return false;
    }
    return !dpor->head.failed;
}

/* Where nothing must happen a run ends, and others do not cover it. */
static bool may_end(const struct dpor *dpor)
{
    const struct memo *memo = &dpor->memo;
    for (uint32_t i = 0; i < memo->there_count; i++) {
        if (!memo->there[i].optional) {
            return false;
        }
    }
    return dpor->planned == dpor->plan->count;
}

static bool dream_on(struct dpor *dpor)
{
    struct memo *memo = &dpor->memo;
    while (!dpor->head.failed && !may_end(dpor) && show(dpor)) {
        uint32_t chosen = dpor_next(dpor, memo->there_count, memo->shown);
        if (dpor->is_cut) {
            return dpor->is_covered && is_all_known(dpor);
        }
        bool is_awake = dpor->places[dpor->depth].asleep_count == 0 && dpor->depth > dpor->shared;
        struct candidate candidate = memo->there[chosen];
        uint32_t depth = dpor->depth;
        if (dpor->head.failed || is_awake || candidate.id == 0 || !dream_step(dpor, &candidate)) {
            memo->next = depth == dpor->depth ? candidate.id : 0;
            return false;
        }
    }
    return false;
}

/* Is it known of the first step of the plan that all that is asleep there, or was explored, depends on it? */
static bool wakes_all(const struct dpor *dpor, const struct place *place)
{
    const struct candidate *first = tree_candidate(place, dpor->plan->wishes[0].id);
    const struct record *record = memo_find(dpor, dpor->shared, first, true);
    if (record == NULL) {
        return true; /* new, as far as one can tell */
    }
    for (const struct explored *it = place->explored; it != NULL; it = it->next) {
        if (it->id != first->id && !rh_touches_depend(it->footprint.touches, it->footprint.count,
                                                      record->touches, record->touch_count)) {
            return false;
        }
    }
    for (uint32_t i = 0; i < place->asleep_count; i++) {
        const struct footprint *footprint = &place->asleep[i].what->footprint;
        if (!rh_touches_depend(footprint->touches, footprint->count, record->touches,
                               record->touch_count)) {
            return false;
        }
    }
    return true;
}

/* What of enum rh_hold does anything mind that is asleep behind what is taken from a place? */
static unsigned waits_at(const struct place *place)
{
    unsigned waits = 0;
    for (const struct explored *it = place->explored; it != NULL; it = it->next) {
        waits |= footprint_waits(&it->footprint);
    }
    for (uint32_t i = 0; i < place->asleep_count; i++) {
        waits |= footprint_waits(&place->asleep[i].what->footprint);
    }
    return waits;
}

/* What may happen at a place, to begin with. */
static bool fill(struct dpor *dpor, const struct place *place)
{
    struct memo *memo = &dpor->memo;
    memo->there_count = 0;
    memo->gone_count = 0;
    memo->waited = waits_at(place);
    if (!dpor_reserve(dpor, &memo->there, &memo->there_capacity, place->enabled_count,
                      sizeof(struct candidate))) {
        return false;
    }
    for (uint32_t i = 0; i < place->enabled_count; i++) {
        if (place->enabled[i].id != 0) {
            memo->there[memo->there_count++] = place->enabled[i];
        }
    }
    return true;
}

bool dream(struct dpor *dpor)
{
    const struct place *place = &dpor->places[dpor->shared];
    bool had_lost = dpor->has_lost;
    if (dpor->memo.slot_count == 0 || wakes_all(dpor, place) || !fill(dpor, place)) {
        return false;
    }
    dpor_begin_run(dpor);
    dpor->depth = dpor->shared;
    dpor->is_dreaming = true;
    dpor->memo.is_used = true;
    dpor->memo.next = 0;
    bool is_covered = dream_on(dpor);
    dpor->is_dreaming = false;
    dpor->has_lost = had_lost;
    if (!is_covered) {
        (void)(dpor->memo.next != 0 && tree_hint(dpor, dpor->memo.next));
        tree_forget(dpor, dpor->shared + 1);
        arena_return(&dpor->arena, dpor->places[dpor->shared].mark);
    }
    return is_covered;
}

/* SPDX-License-Identifier: MIT */
/*
 * What steps were like. A step is what it is because of what comes before it, and that shows in what it touches: where each
 * object that a remembered step touched has the history that it had then, the event does again what it did.
 *
 * So a run can be followed without being played, as long as all that happens in it has happened before. That is the case for
 * every run that others cover: it is part of something that was explored. Such runs are dreamt, not played: see dream.c.
 *
 * The memory is bounded; when it is full it is emptied, and what is not remembered is played.
 */
#include "harness/schedule/memo.h"

#include "harness/schedule/dependence.h"

#include <string.h>

#define SLOTS_AT_FIRST 256u

static uint64_t mix(uint64_t a, uint64_t b)
{
    uint64_t x = (a + UINT64_C(0x9e3779b97f4a7c15)) ^ b * UINT64_C(0xd6e8feb86659fd93);
    x = (x ^ (x >> 32)) * UINT64_C(0xd6e8feb86659fd93);
    return x ^ (x >> 32);
}

uint64_t memo_digest(const struct dpor *dpor, const struct step *step)
{
    uint64_t sum = 0;
    for (uint32_t word = 0; word <= step->index / 64; word++) {
        uint64_t i = (uint64_t)word * 64;
        for (uint64_t bits = step->before[word]; bits != 0; bits >>= 1, i++) {
            sum += (bits & 1U) != 0 ? dpor->steps[i]->digest : 0;
        }
    }
    uint64_t digest = mix(step->id, sum);
    for (uint32_t i = 0; i < step->draws.count; i++) {
        digest = mix(digest, step->draws.at[i]);
    }
    return digest;
}

static const struct rh_touch *touch_of(const struct footprint *footprint, uint64_t object)
{
    uint32_t from = 0;
    uint32_t end = footprint->count;
    while (from < end) {
        uint32_t at = from + (end - from) / 2;
        if (footprint->touches[at].object < object) {
            from = at + 1;
        } else {
            end = at;
        }
    }
    bool found = from < footprint->count && footprint->touches[from].object == object;
    return found ? &footprint->touches[from] : NULL;
}

/* What an object has been through within the first `end` steps, as far as it matters to whoever touches it in this mode: the
 * last ones on which that depends. */
static uint64_t history_of(const struct dpor *dpor, uint32_t end, uint64_t object,
                           enum rh_mode mode)
{
    uint64_t sum = 0;
    enum rh_mode group = RH_MODE_WRITE;
    for (uint32_t i = end; i > 0; i--) {
        const struct step *step = dpor->steps[i - 1];
        if ((step->footprint.summary & footprint_bit(object)) == 0) {
            continue;
        }
        const struct rh_touch *touch = touch_of(&step->footprint, object);
        touch = touch == NULL ? touch_of(&step->footprint, RH_OBJECT_OF_RUN) : touch; /* of all */
        if (touch == NULL || (sum == 0 && touch->mode == mode && mode != RH_MODE_WRITE)) {
            continue;
        }
        if (sum != 0 && touch->mode != group) {
            break;
        }
        group = touch->mode;
        sum += mix(step->digest, (uint64_t)group + 1);
        if (group == RH_MODE_WRITE) {
            break;
        }
    }
    return sum;
}

/* ---- records ---- */

void memo_forget(struct dpor *dpor)
{
    struct memo *memo = &dpor->memo;
    size_t bytes = memo->slot_count * sizeof(struct record *);
    if (bytes > 0) {
        memset(memo->slots, 0, bytes);
        memset(memo->digests, 0, bytes);
        memset(memo->links, 0, bytes);
    }
    arena_return(&memo->arena, (struct mark){0});
    memo->record_count = 0;
    memo->last = NULL;
}

static void release_tables(struct dpor *dpor, struct memo *memo)
{
    struct rh_allocator *allocator = &dpor->arena.allocator;
    size_t bytes = memo->slot_count * sizeof(struct record *);
    allocator->release(allocator->self, memo->slots, bytes);
    allocator->release(allocator->self, memo->digests, bytes);
    allocator->release(allocator->self, memo->links, bytes);
}

void memo_deinit(struct dpor *dpor)
{
    struct rh_allocator *allocator = &dpor->arena.allocator;
    struct memo *memo = &dpor->memo;
    release_tables(dpor, memo);
    arena_deinit(&memo->arena);
    allocator->release(allocator->self, memo->there,
                       memo->there_capacity * sizeof(struct candidate));
    allocator->release(allocator->self, memo->shown,
                       memo->shown_capacity * sizeof(struct rh_candidate));
    allocator->release(allocator->self, memo->gone, memo->gone_capacity * sizeof(uint64_t));
    allocator->release(allocator->self, memo->makers, memo->maker_capacity * sizeof(uint32_t));
    *memo = (struct memo){0};
}

/* Put a record where it is found, by what it is and by its makers. */
static void put(struct memo *memo, struct record *record)
{
    uint32_t mask = memo->slot_count - 1;
    struct record **slot = &memo->slots[record->key & mask];
    record->next = *slot;
    *slot = record;
    struct record **alike = &memo->digests[record->digest & mask];
    record->alike = *alike;
    *alike = record;
    for (uint32_t i = 0; i < record->maker_count; i++) {
        struct link *link = &record->links[i];
        link->next = memo->links[link->maker & mask];
        memo->links[link->maker & mask] = link;
    }
}

static bool make_room(struct dpor *dpor)
{
    struct memo *memo = &dpor->memo;
    struct rh_allocator *allocator = &dpor->arena.allocator;
    if (memo->record_count < memo->slot_count) {
        return true;
    }
    struct memo larger = *memo;
    larger.slot_count = memo->slot_count == 0 ? SLOTS_AT_FIRST : memo->slot_count * 2;
    size_t bytes = larger.slot_count * sizeof(struct record *);
    larger.slots = allocator->allocate(allocator->self, bytes);
    larger.digests = allocator->allocate(allocator->self, bytes);
    larger.links = allocator->allocate(allocator->self, bytes);
    if (larger.slots == NULL || larger.digests == NULL || larger.links == NULL) {
        release_tables(dpor, &larger);
        return false;
    }
    memset(larger.slots, 0, bytes);
    memset(larger.digests, 0, bytes);
    memset(larger.links, 0, bytes);
    for (uint32_t i = 0; i < memo->slot_count; i++) {
        while (memo->slots[i] != NULL) {
            struct record *record = memo->slots[i];
            memo->slots[i] = record->next;
            put(&larger, record);
        }
    }
    release_tables(dpor, memo);
    *memo = larger;
    return true;
}

uint32_t memo_position_of(const struct dpor *dpor, uint32_t end, uint64_t digest)
{
    uint32_t at = 0;
    while (at < end && dpor->steps[at]->digest != digest) {
        at++;
    }
    return at;
}

/* Is it as it was then, for all that it touched, and does it come of the same? */
static bool is_as_it_was(const struct dpor *dpor, uint32_t end, const struct record *record)
{
    for (uint32_t i = 0; i < record->maker_count; i++) {
        if (memo_position_of(dpor, end, record->links[i].maker) == end) {
            return false;
        }
    }
    for (uint32_t i = 0; i < record->touch_count; i++) {
        const struct rh_touch *touch = &record->touches[i];
        if (history_of(dpor, end, touch->object, touch->mode) != record->histories[i]) {
            return false;
        }
    }
    return true;
}

/* By what the records of an event are told apart first: what its actor's state has been through, if it touches that, and the
 * phases that have ended, which all that happens now comes behind. */
static uint64_t key_of(const struct dpor *dpor, uint32_t end, uint64_t id, uint64_t state,
                       unsigned mode)
{
    bool touches = mode <= RH_MODE_ADD && state != 0;
    uint32_t phase = memo_phase(dpor, end);
    uint64_t key =
        mix(mix(id, mode), touches ? history_of(dpor, end, state, (enum rh_mode)mode) : 0);
    return phase == 0 ? key : mix(key, dpor->steps[phase - 1]->digest);
}

#define NO_MODE ((unsigned)RH_MODE_ADD + 1)

/* The state of an actor as an object; 0: nothing has touched it so far. */
static uint64_t state_of(const struct dpor *dpor, uint32_t end, uint64_t whose)
{
    for (uint32_t i = end; i > 0; i--) {
        const struct footprint *footprint = &dpor->steps[i - 1]->footprint;
        for (uint32_t j = 0; j < footprint->count; j++) {
            const struct rh_touch *touch = &footprint->touches[j];
            if (touch->kind == RH_OBJECT_STATE && touch->owner == whose) {
                return touch->object;
            }
        }
    }
    return 0;
}

static unsigned state_mode_of(const struct footprint *footprint, uint64_t whose)
{
    for (uint32_t i = 0; i < footprint->count; i++) {
        const struct rh_touch *touch = &footprint->touches[i];
        if (touch->kind == RH_OBJECT_STATE && touch->owner == whose) {
            return (unsigned)touch->mode;
        }
    }
    return NO_MODE;
}

/* Are these the numbers that would be drawn now? */
static bool draws_agree(const struct dpor *dpor, const struct record *record)
{
    for (uint32_t i = 0; i < record->draw_count; i++) {
        bool given = dpor->wish != NULL && i < dpor->wish->draws.count;
        uint32_t number = given ? dpor->wish->draws.at[i] : 0;
        number = number < record->drawn[record->draw_count + i] ? number : 0;
        if (record->drawn[i] != number) {
            return false;
        }
    }
    return true;
}

const struct record *memo_find(const struct dpor *dpor, uint32_t end,
                               const struct candidate *candidate, bool any_numbers)
{
    const struct memo *memo = &dpor->memo;
    uint64_t state = state_of(dpor, end, candidate->whose);
    for (unsigned mode = 0; mode <= NO_MODE && memo->slot_count > 0; mode++) {
        uint64_t key = key_of(dpor, end, candidate->id, state, mode);
        const struct record *record = memo->slots[key & (memo->slot_count - 1)];
        for (; record != NULL; record = record->next) {
            if (record->key == key && record->candidate.id == candidate->id &&
                (any_numbers || draws_agree(dpor, record)) && is_as_it_was(dpor, end, record)) {
                return record;
            }
        }
    }
    return NULL;
}

/* ---- remembering ---- */

static bool is_among(uint64_t id, uint32_t count, const struct rh_candidate *candidates)
{
    for (uint32_t i = 0; i < count; i++) {
        if (candidates[i].id == id) {
            return true;
        }
    }
    return false;
}

static bool was_enabled(const struct place *place, uint64_t id)
{
    for (uint32_t i = 0; i < place->enabled_count; i++) {
        if (place->enabled[i].id == id) {
            return true;
        }
    }
    return false;
}

static uint32_t count_bits(const uint64_t *bits, uint32_t end)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < end; i++) {
        count += has_bit(bits, i);
    }
    return count;
}

struct record *memo_create(struct dpor *dpor, const struct record *like)
{
    size_t made = like->made_count;
    size_t makers = like->maker_count;
    size_t touches = like->touch_count;
    size_t others = (size_t)like->kept_count + like->gone_count;
    size_t bytes = sizeof(struct record) + makers * (sizeof(struct link) + sizeof(uint64_t)) +
                   touches * (sizeof(struct rh_touch) + sizeof(uint64_t)) +
                   (others + like->sent_count) * sizeof(uint64_t) +
                   made * sizeof(struct candidate) +
                   (size_t)2 * like->draw_count * sizeof(uint32_t);
    if (!make_room(dpor)) {
        return NULL;
    }
    struct record *record = arena_take(&dpor->memo.arena, bytes);
    if (record == NULL) {
        memo_forget(dpor);
        record = arena_take(&dpor->memo.arena, bytes);
    }
    if (record == NULL) {
        return NULL;
    }
    *record = *like;
    record->made = (struct candidate *)(void *)(record + 1);
    record->links = (struct link *)(void *)(record->made + made);
    record->touches = (struct rh_touch *)(void *)(record->links + makers);
    record->histories = (uint64_t *)(void *)(record->touches + touches);
    record->maker_ids = record->histories + touches;
    record->others = record->maker_ids + makers;
    record->sent = record->others + others;
    record->drawn = (uint32_t *)(void *)(record->sent + like->sent_count);
    return record;
}

void memo_put(struct dpor *dpor, struct record *record)
{
    struct memo *memo = &dpor->memo;
    put(memo, record);
    memo->record_count++;
    record->earlier = memo->last;
    memo->last = record;
}

static void fill_record(const struct dpor *dpor, struct record *record, const struct step *step)
{
    uint32_t makers = 0;
    for (uint32_t i = 0; i < record->touch_count; i++) {
        const struct rh_touch *touch = &step->footprint.touches[i];
        record->touches[i] = *touch;
        record->histories[i] = history_of(dpor, step->index, touch->object, touch->mode);
    }
    for (uint32_t i = 0; i < step->index; i++) {
        if (has_bit(step->makers, i)) {
            record->links[makers] =
                (struct link){.record = record, .maker = dpor->steps[i]->digest};
            record->maker_ids[makers++] = dpor->steps[i]->id;
            record->is_sent = record->is_sent || memo_has_sent(dpor->steps[i], step->id);
        }
    }
    if (step->sent_count > 0) {
        memcpy(record->sent, step->sent, step->sent_count * sizeof(uint64_t));
    }
    for (uint32_t i = 0; i < record->draw_count; i++) {
        record->drawn[i] = step->draws.at[i];
        record->drawn[record->draw_count + i] = step->draw_counts[i];
    }
}

static struct candidate candidate_from(const struct rh_candidate *it)
{
    return (struct candidate){.id = it->id,
                              .strikes = it->strikes,
                              .whose = it->whose,
                              .bound = it->bound,
                              .optional = it->optional,
                              .holds = it->holds,
                              .held_by = it->held_by};
}

/* What was there before the step, and what is there behind it. */
static void fill_events(const struct dpor *dpor, struct record *record, const struct place *place,
                        uint32_t count, const struct rh_candidate *candidates)
{
    uint32_t made = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (!was_enabled(place, candidates[i].id)) {
            record->made[made++] = candidate_from(&candidates[i]);
        }
    }
    record->kept_count = 0;
    for (uint32_t pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < place->enabled_count; i++) {
            uint64_t id = place->enabled[i].id;
            bool stays = is_among(id, count, candidates);
            if (id != record->candidate.id && stays == (pass == 0) &&
                (stays || !tree_is_spent(dpor, &place->enabled[i]))) {
                record->others[record->kept_count + record->gone_count] = id;
                record->kept_count += pass == 0;
                record->gone_count += pass == 1;
            }
        }
    }
}

const struct record *memo_find_alike(const struct memo *memo, uint64_t digest)
{
    const struct record *it =
        memo->slot_count == 0 ? NULL : memo->digests[digest & (memo->slot_count - 1)];
    while (it != NULL && it->digest != digest) {
        it = it->alike;
    }
    return it;
}

bool memo_tell_fate(const struct record *record, uint64_t id, bool *kept)
{
    for (const struct record *it = record; it != NULL; it = it->alike) {
        if (it->digest == record->digest) {
            *kept = memo_has_id(it->others, it->kept_count, id);
            if (*kept || memo_has_id(it->others + it->kept_count, it->gone_count, id)) {
                return true;
            }
        }
    }
    return false;
}

/* Is there anything at the place of which the records of a step do not tell? */
static bool has_news(const struct dpor *dpor, const struct record *record,
                     const struct place *place)
{
    for (uint32_t i = 0; i < place->enabled_count; i++) {
        bool kept = false;
        uint64_t id = place->enabled[i].id;
        if (id != 0 && id != record->candidate.id && !tree_is_spent(dpor, &place->enabled[i]) &&
            !memo_tell_fate(record, id, &kept)) {
            return true;
        }
    }
    return false;
}

/* Can a step bring faults that strike no message: of a new actor, of nodes, of pipes? */
static bool brings_faults(const struct step *step)
{
    bool brings = step->spawns;
    for (uint32_t i = 0; i < step->footprint.count; i++) {
        enum rh_object_kind kind = step->footprint.touches[i].kind;
        brings = brings || kind == RH_OBJECT_NET || kind == RH_OBJECT_PIPE;
    }
    return brings;
}

uint64_t memo_spent_faults(const struct dpor *dpor)
{
    uint64_t spent = 0;
    bool brings = brings_faults(dpor->steps[dpor->depth - 1]);
    for (uint32_t i = 0; i < dpor->depth; i++) {
        const struct step *step = dpor->steps[i];
        const struct candidate fault = {.bound = step->bound};
        struct candidate any = {.bound = step->bound};
        any.bound.line_max = UINT32_MAX;
        if (tree_is_spent(dpor, &any)) {
            return UINT64_MAX;
        }
        if ((step->strikes || brings) && tree_is_spent(dpor, &fault)) {
            spent |= UINT64_C(1) << step->bound.line % 63;
        }
    }
    return spent;
}

bool memo_tells_faults(const struct record *record, uint64_t spent)
{
    const struct record *it = record;
    while (it != NULL && (it->digest != record->digest || (it->spent & ~spent) != 0)) {
        it = it->alike;
    }
    return it != NULL;
}

/* Does it come of something else than its makers, too? */
static bool is_odd(const struct step *step)
{
    return step->behind != step->phase || step->passes_over || step->hindrance.by != 0;
}

/* Can what this did be told from what it touched? */
static bool is_simple(const struct step *step)
{
    for (uint32_t i = 0; i < step->footprint.count; i++) {
        enum rh_object_kind kind = step->footprint.touches[i].kind;
        if (kind == RH_OBJECT_RUN) {
            return false;
        }
    }
    return true;
}

/* Of what is not simple nothing is found again but that it was there, by what it came of. */
static uint64_t key_of_step(const struct dpor *dpor, const struct step *step,
                            const struct candidate *chosen)
{
    uint64_t state = state_of(dpor, step->index, chosen->whose);
    unsigned mode = state_mode_of(&step->footprint, chosen->whose);
    return is_simple(step) ? key_of(dpor, step->index, step->id, state, mode)
                           : mix(step->digest, NO_MODE);
}

void memo_note(struct dpor *dpor, const struct step *last, uint32_t count,
               const struct rh_candidate *candidates)
{
    const struct place *place = &dpor->places[last->index];
    const struct candidate *chosen = tree_candidate(place, last->id);
    if (dpor->is_dreaming || last->id == 0 || last->is_slow || is_odd(last)) {
        return;
    }
    uint32_t made = 0;
    bool brings = brings_faults(last);
    for (uint32_t i = 0; i < count; i++) {
        bool is_made = !was_enabled(place, candidates[i].id);
        made += is_made;
        brings = brings || (is_made && candidates[i].signal == RH_SIGNAL_MESSAGE);
    }
    uint64_t spent = brings ? memo_spent_faults(dpor) : 0;
    const struct record *known = memo_find_alike(&dpor->memo, last->digest);
    if (known != NULL && !has_news(dpor, known, place) && memo_tells_faults(known, spent)) {
        return;
    }
    const struct record like = {.key = key_of_step(dpor, last, chosen),
                                .digest = last->digest,
                                .candidate = *chosen,
                                .touch_count = last->footprint.count,
                                .maker_count = count_bits(last->makers, last->index),
                                .sent_count = last->sent_count,
                                .draw_count = last->draws.count,
                                .made_count = made,
                                .kept_count = place->enabled_count,
                                .spawns = last->spawns,
                                .spent = spent};
    struct record *record = memo_create(dpor, &like);
    if (record == NULL) {
        return; /* it is played when it comes again */
    }
    fill_record(dpor, record, last);
    fill_events(dpor, record, place, count, candidates);
    memo_put(dpor, record);
}

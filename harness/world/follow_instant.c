/* SPDX-License-Identifier: MIT */
/*
 * When a step may happen.
 *
 * Where runs are explored by instants, that time goes on is a step: it is behind all that must happen at the instant that it
 * ends, and before all that must happen at the next. Elsewhere a step has a window of time, which counts from the step that
 * it came from.
 */
#include "harness/world/follow_internal.h"

static bool minds_windows(const struct rh_world *world)
{
    return world->is_timed && !world->by_instants;
}

void follow_bound_timer(struct follow *follow, struct rh_candidate *candidate,
                        const struct rh_pending *pending)
{
    if (!minds_windows(follow->world)) {
        return;
    }
    bool receives = pending->signal == RH_SIGNAL_RECEIVE_TIMER;
    uint64_t timer = receives
                         ? candidate->whose
                         : follow_object(RH_OBJECT_TIMER, follow_actor_key(follow, pending->from),
                                         pending->ordinal);
    const uint32_t *set = follow_map(follow, &follow->set, timer, 0);
    bool counts = set != NULL && *set > 0 && *set <= follow->times.count;
    rh_instant since = counts ? ((const rh_instant *)follow->times.at)[*set - 1] : 0;
    candidate->base = counts ? *set - 1 : RH_FOLLOWED_NONE;
    const rh_instant latest = world_latest_of(follow->world, pending);
    candidate->window_end = latest > since ? latest - since : 0;
}

void follow_set_window(struct follow *follow, const struct rh_candidate *candidate,
                       const struct choice_row *row)
{
    follow->window_begin = 0;
    follow->window_end = RH_NEVER;
    if (!minds_windows(follow->world) || candidate->source == SOURCE_OF_END) {
        return;
    }
    bool counts = follow->base != RH_FOLLOWED_NONE && follow->base < follow->times.count;
    rh_instant since = counts ? ((const rh_instant *)follow->times.at)[follow->base] : 0;
    if (row->optional) {
        return; /* a fault: at any time */
    }
    follow->window_begin = candidate->earliest > since ? candidate->earliest - since : 0;
    follow->window_end = row->latest == RH_NEVER ? RH_NEVER
                         : row->latest > since   ? row->latest - since
                                                 : 0;
}

static void note_in_instant(struct follow *follow, uint32_t deed)
{
    uint32_t *noted = follow_grow(follow, &follow->instant, sizeof(*noted));
    if (noted != NULL) {
        *noted = deed;
    }
}

void follow_look_for_due(struct follow *follow)
{
    const struct rh_world *world = follow->world;
    const uint64_t *due = follow->due.at;
    bool is_whole = true;
    for (uint32_t i = 0; i < follow->due.count && is_whole; i++) {
        is_whole = false;
        for (uint32_t j = 0; j < world->row_count && !is_whole; j++) {
            is_whole = world->candidates[j].id == due[i];
        }
    }
    follow->due.count = 0;
    if (!is_whole) {
        note_in_instant(follow, follow->deeds - 1);
    }
}

void follow_begin_in_time(struct follow *follow, const struct rh_candidate *candidate,
                          const struct choice_row *row)
{
    bool ends = candidate->earliest > follow->world->horizon;
    bool may_wait = row->optional && !row->strikes;
    const uint32_t *deeds = follow->instant.at;
    for (uint32_t i = 0; i < follow->instant.count && ends; i++) {
        follow_add_maker(follow, deeds[i]);
    }
    if (!ends && !may_wait && follow->tick != FOLLOW_NO_DEED) {
        follow_add_maker(follow, follow->tick); /* it may have been put off until now */
    }
    if (ends) {
        follow->instant.count = 0;
        follow->tick = follow->deeds;
    }
    if (ends || may_wait) {
        follow_touch(follow, RH_OBJECT_TIME, 0, 0, ends ? RH_MODE_WRITE : RH_MODE_READ);
    }
    if (ends || !may_wait) {
        note_in_instant(follow, follow->deeds);
        return;
    }
    for (uint32_t i = 0; i < follow->world->row_count; i++) {
        const struct rh_candidate *other = &follow->world->candidates[i];
        bool must = !other->optional && other->source != SOURCE_OF_TIME;
        uint64_t *id = must ? follow_grow(follow, &follow->due, sizeof(*id)) : NULL;
        if (id != NULL) {
            *id = other->id;
        }
    }
}

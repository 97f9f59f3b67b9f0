/* SPDX-License-Identifier: MIT */
/*
 * How a part of an exploration gets to where it begins, and what it tells the others.
 *
 * A part is a chain of places, one behind the other. In its first run it takes the steps that lead there, numbers included, so
 * that everything that can be known by playing is known again; it is told what else is known of the places on the way: what was
 * explored there before the step, which sleeps behind it, and what is planned or explored after it, so that nobody asks for it
 * again. From then on it is a dpor like any other that goes back no further than to its floor.
 *
 * What its runs ask for above the floor is written down. Of two such wishes one is enough if whatever could be first in it
 * could be first in the other, too: whoever has the one has the other.
 */
#include "harness/schedule/dpor.h"

#include "harness/schedule/strategy.h"

#include <string.h>

bool way_init(struct dpor *dpor, uint32_t count, uint32_t floor)
{
    struct way *way = &dpor->way;
    way->points = tree_allocate(dpor, count * sizeof(struct waypoint));
    if (way->points == NULL) {
        return false;
    }
    memset(way->points, 0, count * sizeof(struct waypoint));
    way->capacity = count;
    way->count = count;
    way->floor = floor;
    way->steps = count - 1;
    return true;
}

void ask_free_all(struct dpor *dpor, struct ask *ask)
{
    while (ask != NULL) {
        struct ask *next = ask->next;
        tree_free_plan(dpor, ask->plan);
        tree_release(dpor, ask, ask->bytes);
        ask = next;
    }
}

void way_deinit(struct dpor *dpor)
{
    struct way *way = &dpor->way;
    for (uint32_t i = 0; i < way->capacity; i++) {
        struct waypoint *point = &way->points[i];
        tree_free_explored(dpor, point->explored);
        tree_free_plans(dpor, point->plans);
        ask_free_all(dpor, point->asks);
    }
    if (way->points != NULL) {
        tree_release(dpor, way->points, way->capacity * sizeof(struct waypoint));
    }
    *way = (struct way){0};
}

uint32_t way_next(struct dpor *dpor, uint32_t count, const struct rh_candidate *candidates)
{
    const struct wish *step = &dpor->way.points[dpor->depth].step;
    dpor->wish = step;
    for (uint32_t i = 0; i < count; i++) {
        if (candidates[i].id == step->id) {
            return i;
        }
    }
    dpor->head.diverged_at = dpor->depth;
    rh_strategy_fail(&dpor->head, RH_DIVERGED);
    return 0;
}

void way_enter(struct dpor *dpor, struct place *place)
{
    uint32_t position = (uint32_t)(place - dpor->places);
    if (position >= dpor->way.count) {
        return;
    }
    struct waypoint *point = &dpor->way.points[position];
    place->explored = point->explored;
    place->plans = point->plans;
    point->explored = NULL;
    point->plans = NULL;
}

bool way_ends_at(const struct dpor *dpor, uint32_t position)
{
    return position + 1 == dpor->way.count && position >= dpor->way.floor;
}

void way_leave(struct dpor *dpor, struct place *place)
{
    uint32_t position = (uint32_t)(place - dpor->places);
    if (way_ends_at(dpor, position)) {
        dpor->way.points[position].explored = place->explored;
        place->explored = NULL;
        dpor->way.count = position;
    }
}

/* ---- asking ---- */

static const struct step *step_of(const struct dpor *dpor, uint64_t id)
{
    uint32_t at = dpor->depth;
    while (at > 0 && dpor->steps[at - 1]->id != id) {
        at--;
    }
    return at == 0 ? NULL : dpor->steps[at - 1];
}

/* Does nothing in front of a wish have to come before it? */
static bool could_be_first(const struct dpor *dpor, const struct plan *plan, uint32_t which)
{
    const struct step *step = step_of(dpor, plan->wishes[which].id);
    for (uint32_t i = 0; i < which; i++) {
        const struct step *other = step_of(dpor, plan->wishes[i].id);
        if (step == NULL || other == NULL ||
            (other->index < step->index && has_bit(step->before, other->index))) {
            return false;
        }
    }
    return true;
}

static bool has_first(const struct ask *ask, uint64_t id)
{
    for (uint32_t i = 0; i < ask->plan->count; i++) {
        if (ask->is_first[i] && ask->plan->wishes[i].id == id) {
            return true;
        }
    }
    return false;
}

/* Could all that could be first in one be first in the other? */
static bool implies(const struct ask *one, const struct ask *other)
{
    for (uint32_t i = 0; i < one->plan->count; i++) {
        if (one->is_first[i] && !has_first(other, one->plan->wishes[i].id)) {
            return false;
        }
    }
    return true;
}

static struct ask *ask_create(struct dpor *dpor, struct plan *plan)
{
    size_t bytes = sizeof(struct ask) + plan->count * sizeof(bool);
    struct ask *ask = tree_allocate(dpor, bytes);
    if (ask != NULL) {
        *ask = (struct ask){.bytes = bytes, .plan = plan, .is_first = (bool *)(void *)(ask + 1)};
        for (uint32_t i = 0; i < plan->count; i++) {
            ask->is_first[i] = could_be_first(dpor, plan, i);
        }
    }
    return ask;
}

bool way_ask(struct dpor *dpor, uint32_t position, struct plan *plan)
{
    struct ask *ask = ask_create(dpor, plan);
    if (ask == NULL) {
        tree_free_plan(dpor, plan);
        return false;
    }
    struct ask **at = &dpor->way.points[position].asks;
    while (*at != NULL && !implies(*at, ask)) {
        at = &(*at)->next;
    }
    if (*at != NULL) {
        ask_free_all(dpor, ask);
    } else {
        *at = ask;
    }
    return true;
}

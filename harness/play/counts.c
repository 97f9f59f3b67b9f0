/* SPDX-License-Identifier: MIT */
/* An invariant was evaluated in a run if what it counts went up in it, so that its counter is noted when a run begins and
 * looked at when it ends. Of claims there may be several of a kind: each has a counter of its own. */
#include "harness/play/counts.h"

struct judging {
    struct player *player;
    size_t at;
    bool is_over; /* the run is: count what has changed */
};

static void judge_one(struct judging *it, const char *invariant, uint64_t judged)
{
    uint64_t *before = &it->player->judged[it->at++];
    if (it->is_over) {
        rh_coverage_observer_judged(it->player->observer, invariant, judged > *before);
    }
    *before = judged;
}

static void judge_property(void *self, const char *kind, uint64_t judged)
{
    judge_one(self, kind, judged);
}

static void judge_all(struct player *player, bool is_over)
{
    struct judging it = {.player = player, .is_over = is_over};
    for (size_t i = 0; i < rh_judge_count(player->judge); i++) {
        judge_one(&it, rh_judge_checker(player->judge, i)->name,
                  rh_judge_evaluations(player->judge, i));
    }
    rh_play_each_property(player->play, judge_property, &it);
}

static void count_one(void *self, const char *kind, uint64_t judged)
{
    (void)kind;
    (void)judged;
    ++*(size_t *)self;
}

enum rh_status rh_counts_init(struct player *player)
{
    const struct rh_allocator *allocator = player->allocator;
    player->judged_count = rh_judge_count(player->judge);
    rh_play_each_property(player->play, count_one, &player->judged_count);
    player->judged =
        allocator->allocate(allocator->self, player->judged_count * sizeof(uint64_t) + 1);
    return player->judged == NULL ? RH_NO_MEMORY
                                  : rh_coverage_observer_create(allocator, &player->observer);
}

void rh_counts_deinit(struct player *player)
{
    const struct rh_allocator *allocator = player->allocator;
    rh_coverage_observer_destroy(player->observer);
    if (player->judged != NULL) {
        allocator->release(allocator->self, player->judged,
                           player->judged_count * sizeof(uint64_t) + 1);
    }
}

void rh_counts_begin(struct player *player)
{
    if (player->observer != NULL) {
        judge_all(player, false);
    }
}

void rh_counts_keep(struct player *player)
{
    if (player->observer != NULL) {
        judge_all(player, true);
        rh_coverage_observer_keep(player->observer);
    }
}

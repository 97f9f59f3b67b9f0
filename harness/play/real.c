/* SPDX-License-Identifier: MIT */
/*
 * The same stage, behaviours and operations as in the simulator, on a node that is driven from outside. The world has all
 * nodes of the scenario, so that every pid and every name is what it is there, but only one of them has anybody on it.
 * Nothing here may take that node's effects: they are its driver's.
 */
#include "harness/play/real.h"

#include <rehearse/cluster.h>

#include "core/base/assert.h"
#include "harness/play/internal.h"

static enum rh_status spawn_cast(struct rh_play *play, uint32_t node)
{
    const struct rh_plan *plan = play->plan;
    enum rh_status status = RH_OK;
    for (uint32_t i = plan->actor_count; i < plan->name_count; i++) {
        play->pids[i] = rh_pid_none();
    }
    for (uint32_t i = 0; i < plan->actor_count && status == RH_OK; i++) {
        status = rh_world_name_actor(play->world, play->pids[i], plan->actors[i].name);
    }
    for (uint32_t i = 0; i < plan->actor_count && status == RH_OK; i++) {
        struct rh_pid pid = play->pids[i];
        if (plan->actors[i].node == node) {
            status = stage_spawn(play, i, &pid);
        }
        RH_ASSERT(status != RH_OK || rh_pid_equal(pid, play->pids[i]));
    }
    return status;
}

enum rh_status rh_play_real_begin(struct rh_play *play, const struct rh_play_real *real)
{
    const struct rh_plan *plan = play->plan;
    const struct rh_world_options options = {
        .allocator = play->allocator,
        .limits = &plan->limits,
        .strategy = real->run->strategy,
        .seed = real->seed,
        .time_free = true,
        .find_behaviour = network_find_behaviour,
        .boot_self = play,
    };
    play->status = RH_OK;
    play->run = real->run;
    play->judge = real->judge;
    play->is_interrupted = false;
    rh_judge_reset(real->judge, NULL);
    enum rh_status status = rh_world_create(&options, &play->world);
    if (status != RH_OK) {
        return status;
    }
    rh_world_set_now(play->world, real->now);
    status = rh_world_listen(play->world, real->listener);
    lanes_begin(play);
    status = status == RH_OK ? stage_add_nodes(play, play->world) : status;
    if (status == RH_OK && plan->fault_count > 0) {
        status = rh_world_arm(play->world, play->faults, plan->fault_count);
    }
    status = status == RH_OK ? spawn_cast(play, real->node) : status;
    if (status == RH_OK && plan->nodes.count > 1) {
        status = network_join_one(play, play->world, real->node);
    }
    return status;
}

struct rh_pid rh_play_pid(const struct rh_play *play, uint32_t actor)
{
    return play->pids[actor];
}

struct rh_world *rh_play_real_world(const struct rh_play *play)
{
    return play->world;
}

static bool do_next(struct rh_play *play, uint32_t node, rh_instant now,
                    bool (*find)(void *self, const struct rh_pending *pending))
{
    struct stage_search search = {.is_found = false};
    struct rh_node *on = rh_world_node(play->world, node);
    rh_world_set_now(play->world, now);
    rh_node_each_pending(on, 0, find, &search);
    if (search.is_found) {
        rh_world_set_up(play->world, node, now, &search.found);
    }
    return search.is_found;
}

bool rh_play_real_set_up(struct rh_play *play, uint32_t node, rh_instant now)
{
    return !rh_judge_has_failed(play->judge) && do_next(play, node, now, stage_find_setup);
}

enum rh_status rh_play_real_give(struct rh_play *play, uint32_t node, rh_instant now)
{
    if (!play->plan->has_given) {
        return play->status;
    }
    do {
        while (do_next(play, node, now, stage_find_first)) {
        }
    } while (play->status == RH_OK && !rh_judge_has_failed(play->judge) && lanes_give(play));
    return play->status;
}

enum rh_play_performed rh_play_real_perform(struct rh_play *play, const struct rh_play_part *part,
                                            rh_instant now)
{
    rh_world_set_now(play->world, now);
    return lanes_perform(play, part, now);
}

uint8_t rh_play_real_value_count(const struct rh_play *play)
{
    return play->plan->step_scope.count;
}

struct rh_message *rh_play_real_value(struct rh_play *play, uint8_t slot)
{
    return &play->step_values.at[slot];
}

enum rh_status rh_play_real_status(const struct rh_play *play)
{
    return play->status;
}

void rh_play_real_end(struct rh_play *play)
{
    asks_forget(play);
    lanes_end(play);
    rh_judge_finish(play->judge, RH_END_STOPPED);
    rh_world_destroy(play->world);
    play->world = NULL;
    play->run = NULL;
}

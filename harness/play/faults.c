/* SPDX-License-Identifier: MIT */
/* The faults of a scenario as the menu wants them: names for indices, messages with pids in them. */
#include "harness/play/internal.h"

static size_t count_names(const struct rh_plan *plan)
{
    size_t count = 0;
    for (uint32_t i = 0; i < plan->fault_count; i++) {
        count += plan->faults[i].actors.count + plan->faults[i].senders.count;
    }
    return count;
}

static struct rh_fault_group group_of(struct rh_play *play, const struct rh_plan_ids *ids,
                                      size_t *used)
{
    struct rh_fault_group group = {.count = ids->count};
    const char **names = &play->fault_names[*used];
    for (uint32_t i = 0; i < ids->count; i++) {
        names[i] = play->plan->names[ids->at[i]];
    }
    group.names = ids->count == 0 ? NULL : names;
    *used += ids->count;
    return group;
}

static struct rh_fault_spec spec_of(struct rh_play *play, const struct rh_plan_fault *fault,
                                    size_t *used)
{
    enum rh_fault_family family = rh_fault_kind_family(fault->kind);
    if (family == RH_FAULT_FAMILY_NODE || family == RH_FAULT_FAMILY_PIPE) {
        struct rh_fault_spec spec = network_fault(fault->kind, &fault->deed);
        spec.has_at = fault->has_at;
        spec.at = fault->time;
        spec.since = fault->since;
        spec.until = fault->until;
        spec.weight = (uint32_t)fault->weight;
        spec.max = (uint32_t)fault->max;
        spec.phase = fault->phase;
        spec.at_phase = fault->at_phase;
        return spec;
    }
    struct rh_fault_spec spec = {
        .kind = fault->kind,
        .group = group_of(play, &fault->actors, used),
        .from = group_of(play, &fault->senders, used),
        .message = fault->message == 0 ? NULL : &play->bound[fault->message],
        .payload = *play_message(play, fault->payload), /* borrowed */
        .signal = (enum rh_signal_kind)fault->signal,
        .reason = *play_message(play, fault->reason), /* borrowed */
        .is_pinned = fault->is_pinned,
        .when = fault->when == 0 ? NULL : &play->bound[fault->when],
        .times = (uint32_t)fault->times,
        .every = (uint32_t)fault->every,
        .after_operations = (uint32_t)fault->after_operations,
        .has_at = fault->has_at,
        .at = fault->time,
        .since = fault->since,
        .until = fault->until,
        .weight = (uint32_t)fault->weight,
        .max = (uint32_t)fault->max,
        .span = fault->span,
        .program = fault->program,
        .effect = fault->effect,
        .node = fault->deed.node,
        .other = fault->deed.node,
        .nth = (uint32_t)fault->nth,
        .left = (uint32_t)fault->left,
        .phase = fault->phase,
        .at_phase = fault->at_phase,
    };
    spec.group.node = fault->on_node;
    return spec;
}

enum rh_status play_faults_create(struct rh_play *play)
{
    const struct rh_plan *plan = play->plan;
    play->fault_name_count = count_names(plan);
    play->fault_names = play_allocate(play, play->fault_name_count, sizeof *play->fault_names);
    play->faults = play_allocate(play, plan->fault_count, sizeof *play->faults);
    play->fault_tallies = play_allocate(play, plan->fault_count, sizeof *play->fault_tallies);
    if (play->fault_names == NULL || play->faults == NULL || play->fault_tallies == NULL) {
        return RH_NO_MEMORY;
    }
    size_t used = 0;
    for (uint32_t i = 0; i < plan->fault_count; i++) {
        const struct rh_plan_fault *fault = &plan->faults[i];
        play->faults[i] = spec_of(play, fault, &used);
        play->fault_tallies[i] = (struct rh_fault_tally){
            .word = rh_fault_kind_word(fault->kind),
            .line = fault->at.start.line,
            .is_pinned = fault->when != 0 || fault->is_pinned || fault->has_at || fault->at_phase,
        };
    }
    return RH_OK;
}

void play_faults_count(struct rh_play *play)
{
    for (uint32_t i = 0; i < play->plan->fault_count; i++) {
        const struct rh_plan_fault *fault = &play->plan->faults[i];
        struct rh_fault_tally *tally = &play->fault_tallies[i];
        uint32_t fired = rh_world_fault_fired(play->world, i);
        tally->strikes += fired;
        tally->fired_in += fired > 0;
        tally->spent_in += fault->max > 0 && fired >= fault->max;
    }
}

const struct rh_fault_tally *rh_play_fault_tally(const struct rh_play *play, size_t index)
{
    return &play->fault_tallies[index];
}

void play_faults_destroy(struct rh_play *play)
{
    const struct rh_plan *plan = play->plan;
    play_release(play, play->fault_names, play->fault_name_count, sizeof *play->fault_names);
    play_release(play, play->faults, plan->fault_count, sizeof *play->faults);
    play_release(play, play->fault_tallies, plan->fault_count, sizeof *play->fault_tallies);
}

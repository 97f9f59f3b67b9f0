/* SPDX-License-Identifier: MIT */
/* Supervisors of a scenario: core's supervisor, with specs made of the plan. One block holds everything, because the node
 * borrows it for as long as a supervisor runs. */
#include <rehearse/supervisor.h>

#include "harness/play/internal.h"

struct specs {
    struct rh_supervisor supervisor;
    size_t child_count;
    struct rh_child_spec *children;
    struct rh_spawn_options *options;
};

static const enum rh_readiness readiness[RH_READINESS_WORDS] = {RH_READY_DEFAULT, RH_READY_INIT,
                                                                RH_READY_ANSWER, RH_READY_AT_ONCE};

static void fill_child(struct rh_play *play, const struct rh_plan_child *child,
                       struct rh_child_spec *spec, struct rh_spawn_options *options)
{
    *options = (struct rh_spawn_options){
        .argument = *play_message(play, child->spawn.with), /* borrowed */
        .trap = child->spawn.trap,
        .mailbox = child->spawn.mailbox,
        .cap = child->spawn.cap,
        .overflow = child->spawn.overflow,
    };
    *spec = (struct rh_child_spec){
        .id = child->id,
        .behaviour = &play->roles[child->spawn.role].behaviour,
        .options = options,
        .restart = (enum rh_restart)child->restart,
        .type = child->is_supervisor ? RH_SUPERVISOR : RH_WORKER,
        .readiness = readiness[child->readiness],
        .shutdown = child->is_brutal ? RH_BRUTAL_KILL : child->shutdown,
    };
}

enum rh_status supervisor_role(struct rh_play *play, const struct rh_plan_supervisor *plan,
                               struct role *role)
{
    size_t count = (size_t)plan->children.count + plan->templates.count;
    size_t bytes = sizeof(struct specs) +
                   count * (sizeof(struct rh_child_spec) + sizeof(struct rh_spawn_options));
    struct specs *specs = play_allocate(play, 1, bytes);
    if (specs == NULL) {
        return RH_NO_MEMORY;
    }
    role->owned = specs;
    role->owned_bytes = bytes;
    specs->children = (struct rh_child_spec *)(specs + 1);
    specs->options = (struct rh_spawn_options *)(specs->children + count);
    for (uint32_t i = 0; i < plan->children.count; i++) {
        fill_child(play, &plan->children.at[i], &specs->children[i], &specs->options[i]);
    }
    for (uint32_t i = 0; i < plan->templates.count; i++) {
        uint32_t at = plan->children.count + i;
        fill_child(play, &plan->templates.at[i], &specs->children[at], &specs->options[at]);
    }
    specs->supervisor = (struct rh_supervisor){
        .strategy = (enum rh_restart_strategy)plan->strategy,
        .intensity = (uint32_t)plan->intensity,
        .period = plan->period,
        .children = specs->children,
        .child_count = plan->children.count,
        .templates = specs->children + plan->children.count,
        .template_count = plan->templates.count,
    };
    role->behaviour = rh_supervisor_behaviour(&specs->supervisor);
    return RH_OK;
}

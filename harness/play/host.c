/* SPDX-License-Identifier: MIT */
/* Hosts of a scenario: core's host, with programs made of the plan. One block holds everything, because the node borrows it for
 * as long as a host runs. */
#include <rehearse/cluster.h>
#include <rehearse/host.h>

#include <stdio.h>
#include <string.h>

#include "harness/play/internal.h"

struct block {
    struct rh_host host;
    struct rh_proc_program *programs;
    struct rh_agent *agents;         /* one per program, then service and local */
    struct rh_behaviour *behaviours; /* of the agents */
    struct rh_command *commands;     /* one per program, as the next */
    struct rh_world_proc *processes; /* of those programs that are processes */
    const char **words; /* of the actors that they start: behaviour and name, then NULL */
    char backend[24];
};

/* What agents start, by the names that the file gives behaviours. */
static const struct rh_behaviour *find_behaviour(void *self, const char *name)
{
    const struct rh_play *play = self;
    const struct rh_behaviour *found = network_find_behaviour(self, name);
    for (uint32_t i = 0; found == NULL && i < play->plan->role_count; i++) {
        const struct rh_plan_role *role = &play->plan->roles[i];
        if (role->program != NULL && strcmp(role->program->behaviour->name, name) == 0) {
            found = &play->roles[i].behaviour;
        }
    }
    return found;
}

/* Fill the i-th agent. */
static void fill_agent(struct rh_play *play, const struct rh_plan_proc *proc, struct block *block,
                       uint32_t i, const char ***words)
{
    block->agents[i] =
        (struct rh_agent){.find_behaviour = find_behaviour, .behaviours = play, .actors = *words};
    for (uint32_t n = 0; n < proc->actors.count; n++) {
        *(*words)++ = proc->actors.at[n].behaviour;
        *(*words)++ = proc->actors.at[n].name;
    }
    *(*words)++ = NULL;
    block->behaviours[i] = rh_agent_behaviour(&block->agents[i]);
}

static void fill_program(struct rh_play *play, const struct rh_plan_proc *proc, struct block *block,
                         uint32_t i, const char ***words)
{
    const struct rh_plan_process *process = &proc->process;
    fill_agent(play, proc, block, i, words);
    const struct rh_behaviour *agent =
        proc->has_agent ? &play->roles[proc->agent].behaviour : &block->behaviours[i];
    block->programs[i] =
        (struct rh_proc_program){.name = proc->name, .ready_timeout = proc->ready_timeout};
    if (process->at.start.line == 0) {
        block->programs[i].agent = agent;
        return;
    }
    block->commands[i] = (struct rh_command){.program = proc->name};
    block->programs[i].command = &block->commands[i];
    block->processes[i] = (struct rh_world_proc){
        .options = {.agent = agent},
        .program = {.start_min = process->start_min,
                    .start_max = process->start_max,
                    .refuses = process->refuses},
    };
}

static size_t words_of(const struct rh_plan_proc *proc)
{
    return (size_t)proc->actors.count * 2 + 1;
}

static struct block *block_allocate(struct rh_play *play, const struct rh_plan_host *plan,
                                    size_t *ret_bytes)
{
    size_t programs = plan->programs.count;
    size_t agents = programs + 2;
    size_t words = words_of(&plan->service) + words_of(&plan->local);
    for (size_t i = 0; i < programs; i++) {
        words += words_of(&plan->programs.at[i]);
    }
    *ret_bytes = sizeof(struct block) +
                 programs * (sizeof(struct rh_proc_program) + sizeof(struct rh_command) +
                             sizeof(struct rh_world_proc)) +
                 agents * (sizeof(struct rh_agent) + sizeof(struct rh_behaviour)) +
                 words * sizeof(char *);
    struct block *block = play_allocate(play, 1, *ret_bytes);
    if (block != NULL) {
        block->programs = (struct rh_proc_program *)(block + 1);
        block->agents = (struct rh_agent *)(block->programs + programs);
        block->behaviours = (struct rh_behaviour *)(block->agents + agents);
        block->processes = (struct rh_world_proc *)(block->behaviours + agents);
        block->commands = (struct rh_command *)(block->processes + programs);
        block->words = (const char **)(block->commands + programs);
    }
    return block;
}

enum rh_status host_role(struct rh_play *play, const struct rh_plan_host *plan, struct role *role)
{
    struct block *block = block_allocate(play, plan, &role->owned_bytes);
    if (block == NULL) {
        return RH_NO_MEMORY;
    }
    role->owned = block;
    const char **words = block->words;
    uint32_t count = plan->programs.count;
    for (uint32_t i = 0; i < count; i++) {
        fill_program(play, &plan->programs.at[i], block, i, &words);
    }
    fill_agent(play, &plan->service, block, count, &words);
    fill_agent(play, &plan->local, block, count + 1, &words);
    /* Any word that nobody else listens at. */
    (void)snprintf(block->backend, sizeof block->backend, "backend:%u",
                   (unsigned)(role - play->roles));
    block->host = (struct rh_host){
        .name = plan->name,
        .backend = block->backend,
        .first_node = RH_HOST_ANY_NODE, /* the numbers of children are the world's */
        .programs = block->programs,
        .program_count = count,
        .service = &block->behaviours[count],
        .local = &block->behaviours[count + 1],
        .grace = plan->grace,
        .kill_timeout = plan->kill_timeout,
    };
    role->behaviour = rh_host_behaviour(&block->host);
    return RH_OK;
}

enum rh_status host_add_processes(struct rh_play *play)
{
    enum rh_status status = RH_OK;
    for (uint32_t i = 0; i < play->plan->role_count && status == RH_OK; i++) {
        const struct rh_plan_host *plan = play->plan->roles[i].host;
        struct block *block = play->roles[i].owned;
        for (uint32_t n = 0; plan != NULL && n < plan->programs.count && status == RH_OK; n++) {
            if (plan->programs.at[n].process.at.start.line != 0) {
                status =
                    rh_world_add_proc(play->world, plan->programs.at[n].name, &block->processes[n]);
            }
        }
    }
    return status;
}

/* SPDX-License-Identifier: MIT */
/*
 * Children that are procs of a host. They are what they are in a process of their own: the same root reads the same
 * environment. A child that cannot read its environment is a process all the same, whose one actor says so and ends.
 */
#include "harness/world/internal.h"

#include <string.h>

static const char *look_up(void *self, const char *name)
{
    const struct rh_command *command = self;
    size_t length = strlen(name);
    for (size_t i = 0; command->environment != NULL && command->environment[i] != NULL; i++) {
        const char *entry = command->environment[i];
        if (strncmp(entry, name, length) == 0 && entry[length] == '=') {
            return entry + length + 1;
        }
    }
    return NULL;
}

static enum rh_status lost_init(struct rh_context *ctx, void *state,
                                const struct rh_delivery *start)
{
    (void)state;
    (void)start;
    enum rh_status status =
        rh_output(ctx, RH_ARRAY(rh_allocator_of(ctx), "$exit", RH_PROC_CODE_USAGE, 0, "usage"));
    return status == RH_OK ? RH_DONE : status;
}

static const struct rh_behaviour lost = {.name = "lost", .init = lost_init};

static enum rh_status start_proc(struct rh_world *world, struct rh_node *node,
                                 const struct rh_world_proc *program,
                                 struct rh_proc_identity *identity, struct rh_ref *ret_stdio)
{
    struct world_proc *proc = world->allocator->allocate(world->allocator->self, sizeof(*proc));
    struct rh_pid root;
    if (proc == NULL) {
        rh_proc_identity_deinit(identity);
        return RH_NO_MEMORY;
    }
    proc->next = world->procs;
    world->procs = proc;
    rh_proc_init(&proc->proc, identity, &program->options);
    return rh_proc_start(&proc->proc, node, world->now, &root, ret_stdio);
}

static enum rh_status boot(void *self, struct rh_world *world, uint32_t index,
                           const struct rh_command *command, struct rh_ref *ret_stdio)
{
    const struct rh_world_proc *program = self;
    struct rh_proc_environment environment = {.look_up = look_up,
                                              .self = (struct rh_command *)(uintptr_t)command,
                                              .allocator = world->allocator,
                                              .limits = &world->limits};
    struct rh_proc_identity identity;
    struct rh_node *node = rh_world_node(world, index);
    enum rh_status status = rh_proc_read(&environment, &identity);
    world->naming = rh_world_node_name(world, index);
    if (status == RH_OK) {
        status = start_proc(world, node, program, &identity, ret_stdio);
    } else if (status == RH_INVALID) {
        struct rh_pid actor;
        status = rh_node_spawn(node, world->now, &lost, NULL, &actor);
        status = status == RH_OK ? rh_node_adopt(node, world->now, actor, ret_stdio) : status;
    }
    world->naming = NULL;
    return status;
}

enum rh_status rh_world_add_proc(struct rh_world *world, const char *name,
                                 struct rh_world_proc *proc)
{
    proc->program.name = name;
    proc->program.hears_signals = true;
    proc->program.silent_code = RH_PROC_CODE_FAILED;
    proc->program.boot = boot;
    proc->program.self = proc;
    return rh_world_add_program(world, &proc->program);
}

void world_free_procs(struct rh_world *world)
{
    while (world->procs != NULL) {
        struct world_proc *proc = world->procs;
        world->procs = proc->next;
        rh_proc_deinit(&proc->proc);
        world->allocator->release(world->allocator->self, proc, sizeof(*proc));
    }
}

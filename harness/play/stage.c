/* SPDX-License-Identifier: MIT */
/* Setting the stage: everything before the first event that a strategy chooses.
 *
 * All actors are spawned in the order of the file. Then each has its first turn, in which its name, links and monitors are
 * set up before its own `init` runs, so that they stand in front of whatever `init` sends on the same channels. What
 * installs links and monitors is handled at once; so are the first turns of children that an `init` spawns. Messages and
 * everything else stay in flight: they are what the exploration is about. Where the file has something `given`, everything is
 * brought to rest first, and again after each of its operations, in sending order.
 *
 * An actor's behaviour is a copy of its role's with another `init`; that init finds the cast entry beside the copy. */
#include <rehearse/cluster.h>

#include <stddef.h>

#include "core/base/assert.h"
#include "harness/play/internal.h"

#define SETUP_EVENTS_MAX 1000000

/* ---- roles ---- */

static enum rh_status role_create(struct rh_play *play, const struct rh_plan_role *plan,
                                  struct role *role)
{
    role->play = play;
    if (plan->scripted != NULL) {
        role->scripted = plan->scripted;
        role->behaviour = scripted_behaviour(role);
    } else if (plan->program != NULL) {
        role->behaviour = *plan->program->behaviour;
    } else if (plan->supervisor != NULL) {
        return supervisor_role(play, plan->supervisor, role);
    } else {
        return host_role(play, plan->host, role);
    }
    return RH_OK;
}

/* ---- the first turn of an actor of the file ---- */

static void refuse(const struct cast *cast, enum rh_status status, const char *what,
                   const char *whom)
{
    if (status == RH_NO_MEMORY) {
        play_fail(cast->play, status);
    } else {
        play_refuse(cast->play, cast->actor->at, "actor '%s' cannot %s '%s': %s", cast->actor->name,
                    what, whom, rh_status_sentence(status));
    }
}

/* Who plays a part in this life of the node: those of the file have ended where it was started anew. */
static struct rh_pid partner(struct rh_context *ctx, const struct cast *cast, uint32_t name)
{
    struct rh_play *play = cast->play;
    struct rh_pid pid = play_pid(play, name);
    bool is_first = rh_pid_equal(rh_self(ctx), play->pids[cast - play->casts]);
    if (!is_first && play->world != NULL) {
        (void)rh_world_find(play->world, play->plan->names[name], &pid);
    }
    return pid;
}

static enum rh_status set_up(struct rh_context *ctx, const struct cast *cast)
{
    const struct rh_plan_actor *actor = cast->actor;
    const char *const *names = cast->play->plan->names;
    enum rh_status status = RH_OK;
    if (actor->registered_name != NULL) {
        status = rh_register(ctx, actor->registered_name, rh_self(ctx));
        if (status != RH_OK) {
            refuse(cast, status, "be called", actor->registered_name);
        }
    }
    for (uint32_t i = 0; i < actor->links.count && status == RH_OK; i++) {
        status = rh_link(ctx, partner(ctx, cast, actor->links.at[i]));
        if (status != RH_OK) {
            refuse(cast, status, "be linked with", names[actor->links.at[i]]);
        }
    }
    for (uint32_t i = 0; i < actor->monitors.count && status == RH_OK; i++) {
        struct rh_ref monitor;
        status =
            rh_monitor(ctx, partner(ctx, cast, actor->monitors.at[i]), RH_ALIAS_NONE, &monitor);
        if (status != RH_OK) {
            refuse(cast, status, "monitor", names[actor->monitors.at[i]]);
        }
    }
    return status;
}

static const struct cast *cast_of(const struct rh_context *ctx)
{
    const char *behaviour = (const char *)rh_behaviour_of(ctx);
    return (const struct cast *)(const void *)(behaviour - offsetof(struct cast, behaviour));
}

static enum rh_status cast_init(struct rh_context *ctx, void *state,
                                const struct rh_delivery *start)
{
    const struct cast *cast = cast_of(ctx);
    enum rh_status status = set_up(ctx, cast);
    if (status != RH_OK || cast->real->init == NULL) {
        return status;
    }
    return cast->real->init(ctx, state, start);
}

/* What came of an ask of an actor that has no rows for it closes the ask, and arrives as what it is. */
static enum rh_status cast_receive(struct rh_context *ctx, void *state,
                                   const struct rh_delivery *in)
{
    const struct cast *cast = cast_of(ctx);
    struct rh_outcome outcome;
    struct rh_ref ask;
    (void)asks_result(cast->play, ctx, in, &outcome, &ask);
    return cast->real->receive(ctx, state, in);
}

/* ---- spawning ---- */

static enum rh_status spawn_actor(struct rh_play *play, struct rh_world *world, uint32_t index,
                                  const struct rh_behaviour *behaviour, struct rh_pid *ret_pid)
{
    const struct rh_plan_actor *actor = &play->plan->actors[index];
    const struct rh_spawn_options options = {
        .argument = play->bound == NULL ? rh_message_none()
                                        : rh_message_ref(*play_message(play, actor->spawn.with)),
        .trap = actor->spawn.trap,
        .mailbox = actor->spawn.mailbox,
        .cap = actor->spawn.cap,
        .overflow = actor->spawn.overflow,
    };
    return rh_world_spawn(world, actor->node, actor->name, behaviour, &options, ret_pid);
}

enum rh_status stage_spawn(struct rh_play *play, uint32_t actor, struct rh_pid *ret_pid)
{
    return spawn_actor(play, play->world, actor, &play->casts[actor].behaviour, ret_pid);
}

enum rh_status stage_add_nodes(struct rh_play *play, struct rh_world *world)
{
    enum rh_status status = RH_OK;
    for (uint32_t i = 0; i < play->plan->nodes.count && status == RH_OK; i++) {
        uint32_t index = 0;
        status = rh_world_add_node(world, play->plan->nodes.at[i], &index);
    }
    return status;
}

/* Learn the pids: a fresh world gives out the same ones every time. */
static enum rh_status rehearse_births(struct rh_play *play)
{
    static const struct rh_behaviour nobody = {.name = "nobody"};
    const struct rh_world_options options = {.allocator = play->allocator,
                                             .limits = &play->plan->limits};
    struct rh_world *world = NULL;
    enum rh_status status = rh_world_create(&options, &world);
    if (status == RH_OK) {
        status = stage_add_nodes(play, world);
    }
    for (uint32_t i = 0; i < play->plan->actor_count && status == RH_OK; i++) {
        status = spawn_actor(play, world, i, &nobody, &play->pids[i]);
    }
    rh_world_destroy(world);
    return status;
}

/* ---- life ---- */

static enum rh_status cast_create(struct rh_play *play)
{
    const struct rh_plan *plan = play->plan;
    enum rh_status status = RH_OK;
    for (uint32_t i = 0; i < plan->role_count && status == RH_OK; i++) {
        status = role_create(play, &plan->roles[i], &play->roles[i]);
    }
    for (uint32_t i = 0; i < plan->actor_count && status == RH_OK; i++) {
        struct cast *cast = &play->casts[i];
        cast->play = play;
        cast->actor = &plan->actors[i];
        cast->real = &play->roles[plan->actors[i].spawn.role].behaviour;
        cast->behaviour = *cast->real;
        cast->behaviour.init = cast_init;
        bool is_scripted = plan->roles[plan->actors[i].spawn.role].scripted != NULL;
        if (plan->asks && !is_scripted && cast->real->receive != NULL) {
            cast->behaviour.receive = cast_receive;
        }
    }
    return status;
}

enum rh_status stage_create(struct rh_play *play)
{
    const struct rh_plan *plan = play->plan;
    play->pids = play_allocate(play, plan->name_count, sizeof *play->pids);
    play->roles = play_allocate(play, plan->role_count, sizeof *play->roles);
    play->casts = play_allocate(play, plan->actor_count, sizeof *play->casts);
    if (play->pids == NULL || play->roles == NULL || play->casts == NULL) {
        return RH_NO_MEMORY;
    }
    enum rh_status status = rehearse_births(play);
    if (status == RH_OK) {
        play->bound = play_allocate(play, plan->message_count, sizeof *play->bound);
        status = play->bound == NULL ? RH_NO_MEMORY : play_bind_all(play);
    }
    if (status == RH_OK) {
        status = cast_create(play);
    }
    return status == RH_OK ? play_faults_create(play) : status;
}

void stage_destroy(struct rh_play *play)
{
    const struct rh_plan *plan = play->plan;
    for (uint32_t i = 0; play->roles != NULL && i < plan->role_count; i++) {
        play_release(play, play->roles[i].owned, 1, play->roles[i].owned_bytes);
    }
    play_unbind_all(play);
    play_release(play, play->bound, plan->message_count, sizeof *play->bound);
    play_release(play, play->pids, plan->name_count, sizeof *play->pids);
    play_release(play, play->roles, plan->role_count, sizeof *play->roles);
    play_release(play, play->casts, plan->actor_count, sizeof *play->casts);
    play_faults_destroy(play);
}

/* ---- one run ---- */

/* What belongs to the stage: first turns, and what installs the other half of something. */
bool stage_find_setup(void *self, const struct rh_pending *pending)
{
    struct stage_search *search = self;
    if (pending->kind == RH_PENDING_SIGNAL &&
        (pending->signal == RH_SIGNAL_START || pending->signal == RH_SIGNAL_LINK ||
         pending->signal == RH_SIGNAL_MONITOR)) {
        search->found = *pending;
        search->is_found = true;
    }
    return !search->is_found;
}

/* Whatever is next. */
bool stage_find_first(void *self, const struct rh_pending *pending)
{
    struct stage_search *search = self;
    search->found = *pending;
    search->is_found = true;
    return false;
}

static bool set_one(struct rh_play *play,
                    bool (*find)(void *self, const struct rh_pending *pending))
{
    for (uint32_t i = 0; i < rh_world_node_count(play->world); i++) {
        struct rh_node *node = rh_world_node(play->world, i);
        struct stage_search search = {.is_found = false};
        rh_node_each_pending(node, 0, find, &search);
        if (search.is_found) {
            rh_world_set_up(play->world, i, 0, &search.found);
            return true;
        }
    }
    bool has_pipes = rh_world_node_count(play->world) > 1 || play->plan->processes.count > 0;
    return has_pipes && rh_world_set_up_pipes(play->world, 0);
}

static enum rh_status connect_nodes(struct rh_play *play)
{
    enum rh_status status = RH_OK;
    for (uint32_t i = 0; i < play->plan->pipe_count && status == RH_OK; i++) {
        const struct rh_plan_pipe *pipe = &play->plan->pipes[i];
        if (pipe->is_connected) {
            status = rh_world_dial(play->world, pipe->from, pipe->to);
        }
    }
    return status;
}

static enum rh_status set_all(struct rh_play *play,
                              bool (*find)(void *self, const struct rh_pending *pending))
{
    uint64_t events = 0;
    while (play->status == RH_OK && !rh_judge_has_failed(play->judge) && set_one(play, find)) {
        if (++events > SETUP_EVENTS_MAX) {
            play_refuse(play, (struct rh_span){{0, 0, 0}, {0, 0, 0}},
                        "first turns spawn actors without end");
        }
    }
    return play->status;
}

enum rh_status stage_set(struct rh_play *play)
{
    const struct rh_plan *plan = play->plan;
    enum rh_status status = stage_add_nodes(play, play->world);
    if (status == RH_OK) {
        status = network_rules(play, play->world);
    }
    status = status == RH_OK ? host_add_processes(play) : status;
    if (status == RH_OK && plan->fault_count > 0) {
        status = rh_world_arm(play->world, play->faults, plan->fault_count);
        rh_world_bound_faults(play->world, plan->fault_budget);
    }
    for (uint32_t i = plan->actor_count; i < plan->name_count; i++) {
        play->pids[i] = rh_pid_none();
    }
    /* The argument of the first may mention the last. */
    for (uint32_t i = 0; i < plan->actor_count && status == RH_OK; i++) {
        status = rh_world_name_actor(play->world, play->pids[i], plan->actors[i].name);
    }
    for (uint32_t i = 0; i < plan->actor_count && status == RH_OK; i++) {
        struct rh_pid pid;
        status = stage_spawn(play, i, &pid);
        RH_ASSERT(status != RH_OK || rh_pid_equal(pid, play->pids[i]));
    }
    if (status == RH_OK) {
        status = network_join(play);
    }
    status = status == RH_OK ? set_all(play, stage_find_setup) : status;
    if (status == RH_OK && plan->nodes.count > 1 && !rh_judge_has_failed(play->judge)) {
        status = connect_nodes(play);
        status = status == RH_OK ? set_all(play, stage_find_setup) : status;
    }
    if (status == RH_OK && plan->has_given) {
        do {
            status = set_all(play, stage_find_first);
        } while (status == RH_OK && !rh_judge_has_failed(play->judge) && lanes_give(play));
    }
    return status;
}

/* SPDX-License-Identifier: MIT */
/*
 * The lives of nodes. A killed node is buried, not destroyed: what it allocated is still spoken of, as messages are by the
 * trace and the ledger. Its actors are accounted at once; its next incarnation takes its place empty and stays down until
 * somebody restarts it.
 *
 * A child process is a node that a START effect has added to the world. Its stdin and stdout are a pipe to its parent.
 */
#include "harness/world/internal.h"

#include <rehearse/inspect.h>
#include <rehearse/proc.h>

#include <stdio.h>
#include <string.h>

#define KILL 9
#define STILLBORN 127 /* as a shell says of what could not be run */

/** A command, copied into one block behind this. */
struct command {
    size_t bytes;
    struct rh_command command;
};

const char *rh_world_node_name(const struct rh_world *world, uint32_t node)
{
    return world->nodes[node]->name;
}

bool rh_world_node_is_up(const struct rh_world *world, uint32_t node)
{
    return !world->nodes[node]->is_down;
}

bool world_node_runs(const struct rh_world *world, uint32_t node)
{
    return node < world->node_count && !world->nodes[node]->is_down &&
           world->nodes[node]->frozen_until != RH_NEVER;
}

/* Whether a child runs, what it was told, and how it ends. */
static void touch_child(struct rh_world *world, const struct pipe *pipe)
{
    follow_touch_pipe(world->follow, pipe->names[1], FOLLOW_REST, RH_MODE_WRITE);
}

/* ---- killing ---- */

struct funeral {
    struct rh_world *world;
    struct world_node *node;
};

static bool account(void *self, const struct rh_actor_view *view)
{
    const struct funeral *funeral = self;
    struct rh_event event = {
        .kind = RH_EVENT_EXIT, .now = funeral->world->now, .actor = view->pid, .why = RH_WHY_NODE};
    world_on_event(funeral->node, &event);
    return true;
}

void world_bury(struct rh_world *world, struct world_node *node)
{
    struct funeral funeral = {world, node};
    struct buried *buried = world->allocator->allocate(world->allocator->self, sizeof(*buried));
    struct rh_node *old = node->node;
    if (buried == NULL) {
        world->no_memory = true;
        return;
    }
    node->incarnation++;
    if (world_node_create(world, node) != RH_OK) {
        world->allocator->release(world->allocator->self, buried, sizeof(*buried));
        node->node = old;
        world->no_memory = true;
        return;
    }
    rh_inspect_each_actor(old, account, &funeral);
    const struct rh_event end = {
        .kind = RH_EVENT_NODE_END, .now = world->now, .why = RH_WHY_NODE, .name = node->name};
    world_on_event(node, &end);
    rh_node_observe(old, NULL);
    *buried = (struct buried){world->buried, old};
    world->buried = buried;
    node->network = rh_pid_none();
    node->is_down = true;
    node->frozen_until = 0;
}

static void close_pipes(struct rh_world *world, uint32_t node)
{
    struct listening *before = NULL;
    struct listening *listening = world->pipes.listening;
    while (listening != NULL) {
        struct listening *next = listening->next;
        if (listening->node == node) {
            follow_touch_pipe(world->follow, listening->address, FOLLOW_REST, RH_MODE_WRITE);
            listening_remove(world, before, listening);
        } else {
            before = listening;
        }
        listening = next;
    }
    for (struct pipe *pipe = world->pipes.first; pipe != NULL; pipe = pipe->next) {
        for (unsigned i = 0; i < 2; i++) {
            struct end *end = &pipe->ends[i];
            if (end->node == node && end->is_known) {
                pipe_touch(world, pipe);
                end_leave(world, pipe, end);
                end->is_known = false;
                end->is_ending = false;
            }
        }
    }
}

void rh_world_kill_node(struct rh_world *world, uint32_t node, int signal, int64_t code)
{
    if (node >= world->node_count || world->nodes[node]->is_down) {
        return;
    }
    world_apply_effects(world); /* what it has said is said */
    world_bury(world, world->nodes[node]);
    close_pipes(world, node);
    for (struct pipe *pipe = world->pipes.first; pipe != NULL; pipe = pipe->next) {
        if (pipe->child != NULL && pipe->child->is_running && pipe->ends[1].node == node) {
            child_gone(world, pipe, signal, code);
        }
    }
    pipes_sweep(world);
}

void rh_world_freeze_node(struct rh_world *world, uint32_t node, rh_instant until)
{
    world->clocks_matter = true;
    if (!world->nodes[node]->is_down) {
        world->nodes[node]->frozen_until =
            until == RH_NEVER || until > world->horizon ? until : world->horizon;
    }
}

void world_heal_cluster(struct rh_world *world)
{
    for (uint32_t i = 0; i < world->node_count; i++) {
        if (world->nodes[i]->frozen_until > world->horizon) {
            world->nodes[i]->frozen_until = world->horizon;
        }
    }
    for (uint32_t i = 0; i < world->pipes.way_count; i++) {
        struct way *way = &world->pipes.ways[i];
        if (way->parted_until > world->horizon) {
            way->parted_until = world->horizon;
        }
        way->narrow = 0;
    }
}

enum rh_status rh_world_restart_node(struct rh_world *world, uint32_t node)
{
    if (node >= world->node_count) {
        return RH_INVALID;
    }
    if (!world->nodes[node]->is_down) {
        return RH_ALREADY;
    }
    world->nodes[node]->is_down = false;
    return world->boot == NULL ? RH_OK : world->boot(world->boot_self, world, node);
}

/* ---- programs ---- */

enum rh_status rh_world_add_program(struct rh_world *world, const struct rh_world_program *program)
{
    struct pipes *pipes = &world->pipes;
    const struct rh_allocator *allocator = world->allocator;
    size_t count = pipes->program_count;
    const struct rh_world_program **programs =
        allocator->resize(allocator->self, pipes->programs, count * sizeof(*programs),
                          (count + 1) * sizeof(*programs));
    if (programs == NULL) {
        return RH_NO_MEMORY;
    }
    pipes->programs = programs;
    uint32_t *started = allocator->allocate(allocator->self, (count + 1) * sizeof(*started));
    if (started == NULL) {
        pipes->programs = allocator->resize(
            allocator->self, programs, (count + 1) * sizeof(*programs), count * sizeof(*programs));
        return RH_NO_MEMORY;
    }
    if (count > 0) {
        memcpy(started, pipes->started, count * sizeof(*started));
    }
    allocator->release(allocator->self, pipes->started, count * sizeof(*started));
    pipes->started = started;
    programs[count] = program;
    started[count] = 0;
    pipes->program_count++;
    if (program->start_min != program->start_max) {
        world->clocks_matter = true; /* as with pipes that have a latency */
    }
    return RH_OK;
}

static size_t list_length(const char *const *list)
{
    size_t length = 0;
    while (list != NULL && list[length] != NULL) {
        length++;
    }
    return length;
}

static size_t texts_bytes(const char *const *list)
{
    size_t bytes = 0;
    for (size_t i = 0; i < list_length(list); i++) {
        bytes += strlen(list[i]) + 1;
    }
    return bytes;
}

static const char *copy_text(char **at, const char *text)
{
    if (text == NULL) {
        return NULL;
    }
    size_t bytes = strlen(text) + 1;
    char *copy = *at;
    memcpy(copy, text, bytes);
    *at += bytes;
    return copy;
}

static const char *const *copy_list(const char ***slots, char **at, const char *const *list)
{
    if (list == NULL) {
        return NULL;
    }
    const char **copy = *slots;
    size_t length = list_length(list);
    for (size_t i = 0; i < length; i++) {
        copy[i] = copy_text(at, list[i]);
    }
    copy[length] = NULL;
    *slots += length + 1;
    return copy;
}

static struct command *command_copy(struct rh_world *world, const struct rh_command *command)
{
    size_t slots = list_length(command->arguments) + list_length(command->environment) + 2;
    size_t texts = texts_bytes(command->arguments) + texts_bytes(command->environment) +
                   strlen(command->program) + 1 +
                   (command->directory == NULL ? 0 : strlen(command->directory) + 1);
    size_t bytes = sizeof(struct command) + slots * sizeof(char *) + texts;
    struct command *copy = world->allocator->allocate(world->allocator->self, bytes);
    if (copy == NULL) {
        world->no_memory = true;
        return NULL;
    }
    const char **slot = (const char **)(void *)(copy + 1);
    char *at = (char *)(slot + slots);
    copy->bytes = bytes;
    copy->command = (struct rh_command){
        .program = copy_text(&at, command->program),
        .arguments = copy_list(&slot, &at, command->arguments),
        .environment = copy_list(&slot, &at, command->environment),
        .directory = copy_text(&at, command->directory),
    };
    return copy;
}

void child_destroy(struct rh_world *world, struct child *child)
{
    if (child == NULL) {
        return;
    }
    if (child->command != NULL) {
        world->allocator->release(world->allocator->self, child->command, child->command->bytes);
    }
    world->allocator->release(world->allocator->self, child, sizeof(*child));
}

static struct child *child_create(struct rh_world *world, const struct rh_command *command)
{
    struct pipes *pipes = &world->pipes;
    struct child *child = world->allocator->allocate(world->allocator->self, sizeof(*child));
    if (child == NULL) {
        world->no_memory = true;
        return NULL;
    }
    *child = (struct child){.command = command_copy(world, command)};
    follow_touch_pipe(world->follow, command->program, FOLLOW_REST,
                      RH_MODE_WRITE); /* whose children have numbers */
    for (uint32_t i = 0; i < pipes->program_count && child->program == NULL; i++) {
        if (strcmp(pipes->programs[i]->name, command->program) == 0) {
            child->program = pipes->programs[i];
            (void)snprintf(child->name, sizeof(child->name), "%.40s#%u", child->program->name,
                           (unsigned)++pipes->started[i]);
        }
    }
    return child;
}

void child_start(struct rh_world *world, uint32_t node, const struct rh_effect *effect)
{
    struct child *child = child_create(world, effect->command);
    struct pipe *pipe = child == NULL || child->command == NULL
                            ? NULL
                            : pipe_create(world, node, node, child->name);
    if (pipe == NULL) {
        child_destroy(world, child);
        return;
    }
    struct end *parent = &pipe->ends[0];
    pipe->child = child;
    pipe->ends[1].node = UINT32_MAX;
    parent->owner = effect->actor;
    parent->handle = effect->handle;
    parent->is_known = true;
    if (child->program == NULL || child->program->refuses) {
        way_touch(world, node, node); /* it keeps the name of such a pipe */
    }
    if (child->program == NULL) {
        end_finish(world, pipe, parent, RH_CLOSE_NOT_FOUND);
    } else if (child->program->refuses) {
        end_finish(world, pipe, parent, RH_CLOSE_IO);
    } else {
        (void)snprintf(pipe->names[0], sizeof(pipe->names[0]), "%.16s<%.28s",
                       world->nodes[node]->name, child->name);
        (void)snprintf(pipe->names[1], sizeof(pipe->names[1]), "%.16s>%.28s",
                       world->nodes[node]->name, child->name);
        item_push(world, pipe, parent, ITEM_START, RH_CLOSE_IO);
        if (parent->last != NULL) {
            parent->last->earliest = world->now + child->program->start_min;
            parent->last->latest = world->now + child->program->start_max;
        }
    }
}

/* The node of a child lives as long as the world, and so does its name. */
static enum rh_status add_child_node(struct rh_world *world, struct child *child,
                                     uint32_t *ret_node)
{
    struct child *names = world->pipes.names;
    struct child *name = world->allocator->allocate(world->allocator->self, sizeof(*name));
    if (name == NULL) {
        return RH_NO_MEMORY;
    }
    *name = *child;
    name->command = NULL;
    name->next_name = names;
    world->pipes.names = name;
    return rh_world_add_node(world, name->name, ret_node);
}

void child_boot(struct rh_world *world, struct pipe *pipe)
{
    struct child *child = pipe->child;
    struct end *parent = &pipe->ends[0];
    struct end *stdio = &pipe->ends[1];
    uint32_t node = 0;
    touch_child(world, pipe);
    follow_touch_pipe(world->follow, "nodes", FOLLOW_REST, RH_MODE_WRITE); /* have numbers */
    const struct rh_pid starter = world->acting;
    world->acting = rh_pid_none(); /* another process has memory of its own */
    enum rh_status status = add_child_node(world, child, &node);
    if (status != RH_OK) {
        world->no_memory = true;
        return;
    }
    if (!child->is_stillborn) {
        status = child->program->boot(child->program->self, world, node, &child->command->command,
                                      &stdio->handle);
    }
    world->acting = starter;
    if (status != RH_OK) {
        world_bury(world, world->nodes[node]);
        end_finish(world, pipe, parent, status == RH_NO_MEMORY ? RH_CLOSE_NO_MEMORY : RH_CLOSE_IO);
        return;
    }
    stdio->node = node;
    stdio->owner = stdio->handle.owner;
    stdio->is_known = !child->is_stillborn;
    child->at = world->now;
    child->is_running = true;
    struct rh_io io = {.kind = RH_IO_STARTED, .handle = parent->handle, .number = node + 1};
    pipe_tell(world, pipe, parent, RH_IO_STARTED, node + (uint64_t)1);
    status = rh_node_feed(world->nodes[parent->node]->node, rh_world_clock(world, parent->node),
                          &io, NULL);
    (void)status; /* its owner has gone: the child is on its own */
    if (child->is_stillborn) {
        rh_world_kill_node(world, node, 0, STILLBORN);
    }
}

/* ---- how children end ---- */

static struct rh_pid root_of(const struct rh_world *world, const struct pipe *pipe)
{
    const struct end *stdio = &pipe->ends[1];
    struct rh_pid owner;
    bool known = stdio->is_known &&
                 rh_inspect_handle_owner(world->nodes[stdio->node]->node, stdio->handle, &owner);
    return known ? owner : stdio->owner;
}

/* Which comes next of those that it has not got yet: none is 0. */
static int next_signal(const struct child *child)
{
    int number = 0;
    if ((child->signals >> KILL & 1) != 0) {
        return KILL;
    }
    while (child->signals != 0 && (child->signals >> number & 1) == 0) {
        number++;
    }
    return number;
}

/* Also when its pipe is closed already, and before it runs. */
void child_signal(struct rh_world *world, uint32_t node, const struct rh_effect *effect)
{
    for (struct pipe *pipe = world->pipes.first; pipe != NULL; pipe = pipe->next) {
        struct child *child = pipe->child;
        if (child != NULL && !child->has_run && pipe->ends[0].node == node &&
            rh_ref_equal(pipe->ends[0].handle, effect->handle)) {
            touch_child(world, pipe);
            int before = next_signal(child);
            child->signals |= UINT64_C(1) << (effect->number == 0 ? KILL : effect->number);
            bool overtakes = next_signal(child) != before && !child->is_leaving;
            child->at = overtakes ? world->now : child->at;
        }
    }
}

void child_says(struct rh_world *world, uint32_t node, const struct rh_effect *effect)
{
    struct rh_proc_exit last;
    if (!rh_proc_is_exit(&effect->message, &last)) {
        return;
    }
    for (struct pipe *pipe = world->pipes.first; pipe != NULL; pipe = pipe->next) {
        struct child *child = pipe->child;
        if (child != NULL && child->is_running && !child->is_leaving &&
            pipe->ends[1].node == node && rh_pid_equal(pipe->ends[1].owner, effect->actor)) {
            touch_child(world, pipe);
            child->is_leaving = true;
            child->signal = last.signal;
            child->code = last.code;
            child->at = world->now;
        }
    }
}

bool child_is_struck(const struct rh_world *world, const struct pipe *pipe,
                     struct rh_pid *ret_hears)
{
    const struct child *child = pipe->child;
    bool hears = child->program != NULL && child->program->hears_signals && !child->is_leaving &&
                 (child->signals >> KILL & 1) == 0;
    *ret_hears = hears && child->is_running ? root_of(world, pipe) : rh_pid_none();
    return child->is_running && (child->signals != 0 || child->is_leaving);
}

void child_struck(struct rh_world *world, struct pipe *pipe)
{
    struct child *child = pipe->child;
    uint32_t node = pipe->ends[1].node;
    struct rh_pid hears;
    touch_child(world, pipe);
    (void)child_is_struck(world, pipe, &hears);
    if (child->is_leaving) {
        rh_world_kill_node(world, node, child->signal, child->code);
        return;
    }
    int number = next_signal(child);
    child->signals &= ~(UINT64_C(1) << number);
    if (rh_pid_is_none(hears) ||
        rh_node_input(world->nodes[node]->node, rh_world_clock(world, node), hears,
                      rh_proc_signal(number)) != RH_OK) {
        rh_world_kill_node(world, node, number, 0); /* nobody is there to hear it */
    }
}

void child_gone(struct rh_world *world, struct pipe *pipe, int signal, int64_t code)
{
    struct child *child = pipe->child;
    struct end *parent = &pipe->ends[0];
    pipe_touch(world, pipe);
    touch_child(world, pipe);
    child->is_running = false;
    child->has_run = true;
    child->is_leaving = false;
    child->signals = 0;
    child->signal = signal;
    child->code = code;
    child->at = world->now;
    child->has_ended = !world->nodes[parent->node]->is_down;
    if (parent->is_known && !parent->is_ending) {
        item_push(world, pipe, parent, ITEM_CLOSED, RH_CLOSE_EOF);
    }
}

void children_sweep(struct rh_world *world)
{
    for (struct pipe *pipe = world->pipes.first; pipe != NULL; pipe = pipe->next) {
        struct child *child = pipe->child;
        if (child == NULL || !child->is_running) {
            continue;
        }
        if (!pipe->ends[1].is_known) {
            bool says = child->is_leaving;
            rh_world_kill_node(world, pipe->ends[1].node, says ? child->signal : 0,
                               says ? child->code : child->program->silent_code);
            return; /* which has swept the list itself */
        }
    }
}

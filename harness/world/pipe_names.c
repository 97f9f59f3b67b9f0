/* SPDX-License-Identifier: MIT */
/* What an event of a pipe is called, for strategies and for people, and which steps made it. */
#include "harness/world/internal.h"

#include <stdio.h>

static uint64_t text_key(const char *text, uint64_t key)
{
    for (; *text != '\0'; text++) {
        key = (key ^ (unsigned char)*text) * UINT64_C(1099511628211);
    }
    return key;
}

/* By the pipe's name or the listener's address, and what happens to it. */
uint64_t world_pipe_key(struct rh_world *world, uint64_t id)
{
    uint64_t key = (id & ((1U << (PIPE_EVENT_BITS + 1)) - 1)) + UINT64_C(14695981039346656037);
    uint64_t serial = id >> (PIPE_EVENT_BITS + 1);
    if ((id & ((1U << PIPE_EVENT_BITS) - 1)) != LISTENING_SAYS) {
        const struct pipe *pipe = pipe_find(world, serial);
        return text_key(pipe->names[0], key);
    }
    const struct listening *listening = world->pipes.listening;
    while (listening->serial != serial) {
        listening = listening->next;
    }
    return text_key(listening->address, key + listening->node);
}

uint32_t world_pipe_makers(struct rh_world *world, uint64_t id,
                           uint32_t makers[WORLD_PIPE_MAKERS_MAX])
{
    enum pipe_event what = (enum pipe_event)(id & ((1U << PIPE_EVENT_BITS) - 1));
    if (what != PIPE_ARRIVES && what != PIPE_WRITTEN) {
        return 0;
    }
    const struct pipe *pipe = pipe_find(world, id >> (PIPE_EVENT_BITS + 1));
    const struct end *end = &pipe->ends[id >> PIPE_EVENT_BITS & 1];
    if (what == PIPE_WRITTEN) {
        makers[0] = end->taken_by;
        makers[1] = end->asked_by;
        makers[2] = end->answered;
        return 3;
    }
    makers[0] = end->first->deed;
    makers[1] = end->first->needs[0];
    makers[2] = end->first->needs[1];
    makers[3] = end->heard;
    return 4;
}

size_t world_pipe_line(struct rh_world *world, uint64_t id, char *buffer, size_t capacity)
{
    static const char *const words[] = {
        [PIPE_ARRIVES] = "arrives", [PIPE_WRITTEN] = "written", [PIPE_ENDS] = "closed",
        [PIPE_SIGNAL] = "struck",   [PIPE_EXITED] = "exited",   [LISTENING_SAYS] = "listens",
        [PIPE_OPENS] = "opens",     [PIPE_LAPSES] = "lapses"};
    enum pipe_event what = (enum pipe_event)(id & ((1U << PIPE_EVENT_BITS) - 1));
    uint64_t serial = id >> (PIPE_EVENT_BITS + 1);
    const char *name = NULL;
    if (what != LISTENING_SAYS) {
        name = pipe_find(world, serial)->names[id >> PIPE_EVENT_BITS & 1];
    } else {
        const struct listening *listening = world->pipes.listening;
        while (listening->serial != serial) {
            listening = listening->next;
        }
        name = listening->address;
    }
    return (size_t)snprintf(buffer, capacity, "%s %s", words[what], name);
}

/* SPDX-License-Identifier: MIT */
/* What an agent is made of: agent.c is its turns and its end, agent_actors.c what it looks after, agent_requests.c what it is
 * asked. */
#ifndef CORE_HOST_AGENT_H
#define CORE_HOST_AGENT_H

#include "core/host/internal.h"

enum agent_state {
    AGENT_RUNNING,
    AGENT_DRAINING, /**< one actor after the other is asked to end, the youngest first */
    AGENT_STOPPING, /**< all are killed */
};

struct member {
    struct member *next; /**< the youngest first */
    struct rh_pid pid;
    const struct rh_behaviour *behaviour;
    size_t bytes; /**< of this block, which ends with the name */
    const char *name;
};

struct agent {
    const struct rh_allocator *allocator;
    const struct rh_agent *config;
    struct rh_message id; /**< text: the group of its actors */
    char *group;          /**< the same, terminated */
    size_t group_bytes;
    struct rh_text proc;    /**< in `group`: the first segment of what is routed here */
    struct rh_pid host;     /**< none until it has accepted the callback */
    struct rh_pid expected; /**< who may accept it; of a name only the node */
    struct member *members;
    size_t count;
    uint64_t failed;
    enum agent_state state;
};

/* ---- agent_actors.c ---- */

/** Find an actor; *NULL at the end of the list if there is none. */
struct member **member_by_name(struct agent *agent, struct rh_text name);
struct member **member_by_pid(struct agent *agent, struct rh_pid pid);
/** Forget an actor. */
void member_remove(struct agent *agent, struct member **at);
/** Spawn an actor into the group of the proc: it is the first of the list then. On failure nothing is left but what dies at
 *  once, or, linked as it is, with the agent. */
enum rh_status member_start(struct rh_context *ctx, struct agent *agent,
                            const struct rh_behaviour *behaviour, struct rh_text name,
                            struct rh_item argument);
/** Find a behaviour by the name that somebody gave; NULL: there is none. */
const struct rh_behaviour *behaviour_find(const struct rh_context *ctx, const struct agent *agent,
                                          struct rh_text name);

/* ---- agent_requests.c ---- */

const char *agent_state_word(enum agent_state state);
/** Answer a request; returns what it leads to, the present state if that stays. */
enum agent_state agent_request(struct rh_context *ctx, struct agent *agent, struct rh_item item,
                               struct rh_message *ret_reply);

#endif

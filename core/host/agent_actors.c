/* SPDX-License-Identifier: MIT */
/* The actors that an agent looks after: in its list, linked with it, and in the group of its proc. */
#include "core/host/agent.h"

struct member **member_by_name(struct agent *agent, struct rh_text name)
{
    struct member **at = &agent->members;
    while (*at != NULL && !text_is(name, (*at)->name)) {
        at = &(*at)->next;
    }
    return at;
}

struct member **member_by_pid(struct agent *agent, struct rh_pid pid)
{
    struct member **at = &agent->members;
    while (*at != NULL && !rh_pid_equal((*at)->pid, pid)) {
        at = &(*at)->next;
    }
    return at;
}

void member_remove(struct agent *agent, struct member **at)
{
    struct member *member = *at;
    *at = member->next;
    agent->count--;
    agent->allocator->release(agent->allocator->self, member, member->bytes);
}

const struct rh_behaviour *behaviour_find(const struct rh_context *ctx, const struct agent *agent,
                                          struct rh_text name)
{
    char words[256];
    bool is_name = name.size > 0 && name.size < sizeof words &&
                   name.size <= rh_limits_of(ctx)->name_bytes_max &&
                   memchr(name.bytes, '\0', name.size) == NULL;
    if (!is_name || agent->config->find_behaviour == NULL) {
        return NULL;
    }
    memcpy(words, name.bytes, name.size);
    words[name.size] = '\0';
    return agent->config->find_behaviour(agent->config->behaviours, words);
}

/* Spawn into the group; on failure nothing is left but what dies at once, or, linked as it is, with the agent. */
static enum rh_status member_spawn(struct rh_context *ctx, struct agent *agent,
                                   struct member *member, struct rh_item argument)
{
    struct rh_spawn_options options = {.link = true};
    enum rh_status status =
        rh_message_copy(agent->allocator, argument.bytes, argument.size, &options.argument);
    if (status == RH_OK) {
        status = rh_spawn(ctx, member->behaviour, &options, &member->pid, NULL);
    }
    if (status != RH_OK) {
        return status;
    }
    status = rh_group_join(ctx, agent->group, member->pid);
    if (status != RH_OK) {
        may_fail(rh_exit_signal(ctx, member->pid, rh_reason(RH_REASON_KILL)));
    }
    return status;
}

enum rh_status member_start(struct rh_context *ctx, struct agent *agent,
                            const struct rh_behaviour *behaviour, struct rh_text name,
                            struct rh_item argument)
{
    if (agent->count >= rh_limits_of(ctx)->proc_actors_max) {
        return RH_LIMIT;
    }
    size_t bytes = sizeof(struct member) + name.size + 1;
    struct member *member = agent->allocator->allocate(agent->allocator->self, bytes);
    if (member == NULL) {
        return RH_NO_MEMORY;
    }
    char *copy = (char *)(member + 1);
    memcpy(copy, name.bytes, name.size);
    copy[name.size] = '\0';
    *member = (struct member){
        .next = agent->members, .behaviour = behaviour, .bytes = bytes, .name = copy};
    enum rh_status status = member_spawn(ctx, agent, member, argument);
    agent->members = member;
    agent->count++;
    if (status != RH_OK) {
        member_remove(agent, &agent->members);
    } else if (rh_is_observed(ctx)) {
        rh_mark(ctx, "agent.actor",
                RH_ARRAY(rh_mark_allocator(ctx), "started", member->name, member->pid));
    }
    return status;
}

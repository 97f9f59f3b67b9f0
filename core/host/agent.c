/* SPDX-License-Identifier: MIT */
/*
 * The head of a proc. It starts actors, passes on to them what is routed to the proc, and ends with them: running -> draining
 * -> stopping, never back. What it owes its proc at the end is one number, whether any of its actors failed, so it traps exits
 * and outlives them all; only a kill ends it first, and then its host ends them.
 *
 * It is an ordinary actor: in-process it is spawned by the host, in an OS process by whoever booted that.
 */
#include "core/host/agent.h"

/* ---- its end ---- */

static void become(struct rh_context *ctx, struct agent *agent, enum agent_state state)
{
    agent->state = state;
    if (rh_is_observed(ctx)) {
        rh_mark(ctx, "agent.state", RH_ARRAY(rh_mark_allocator(ctx), agent_state_word(state)));
    }
}

static enum rh_status kill_members(struct rh_context *ctx, const struct agent *agent)
{
    enum rh_status status = RH_OK;
    for (const struct member *member = agent->members; member != NULL; member = member->next) {
        enum rh_status sent = rh_exit_signal(ctx, member->pid, rh_reason(RH_REASON_KILL));
        status = status == RH_OK ? sent : status;
    }
    return status;
}

/* Go on with the end: ask the next one, or be done. */
static enum rh_status end_go_on(struct rh_context *ctx, struct agent *agent)
{
    if (agent->members == NULL) {
        return rh_exit(ctx, RH_ARRAY(NULL, "exit", agent->failed > 0 ? 1 : 0));
    }
    if (agent->state == AGENT_DRAINING) {
        return rh_exit_signal(ctx, agent->members->pid, rh_reason(RH_REASON_SHUTDOWN));
    }
    return RH_OK;
}

static enum rh_status end_begin(struct rh_context *ctx, struct agent *agent, enum agent_state state)
{
    if (agent->state >= state) {
        return RH_OK;
    }
    become(ctx, agent, state);
    enum rh_status status = state == AGENT_STOPPING ? kill_members(ctx, agent) : RH_OK;
    return status == RH_OK ? end_go_on(ctx, agent) : status;
}

static enum rh_status exit_arrived(struct rh_context *ctx, struct agent *agent,
                                   const struct rh_delivery *in)
{
    if (rh_pid_equal(in->from, rh_linked_parent(ctx))) {
        may_fail(kill_members(ctx, agent));
        enum rh_reason_class kind = rh_reason_class(&in->message);
        return rh_exit(ctx, kind == RH_REASON_NORMAL ? rh_reason(RH_REASON_SHUTDOWN)
                                                     : rh_message_ref(in->message));
    }
    struct member **at = member_by_pid(agent, in->from);
    if (*at == NULL || rh_is_linked(ctx, in->from)) {
        return RH_OK; /* a stranger, or an exit signal: its sender is alive */
    }
    enum rh_reason_class kind = rh_reason_class(&in->message);
    bool has_failed = kind != RH_REASON_NORMAL && kind != RH_REASON_SHUTDOWN;
    bool was_asked = agent->members == *at;
    agent->failed += has_failed ? 1 : 0;
    if (has_failed && agent->config->actor_failed != NULL) {
        agent->config->actor_failed(agent->config->behaviours, (*at)->name, &in->message);
    }
    if (rh_is_observed(ctx)) {
        rh_mark(ctx, "agent.actor",
                RH_ARRAY(rh_mark_allocator(ctx), "ended", (*at)->name, (*at)->pid, has_failed));
    }
    member_remove(agent, at);
    bool goes_on = agent->state == AGENT_STOPPING ||
                   (agent->state == AGENT_DRAINING && (was_asked || agent->members == NULL));
    return goes_on ? end_go_on(ctx, agent) : RH_OK;
}

/* ---- messages ---- */

/* Handle a call (with a reference) or cast (with none): the answer goes out before anything ends. */
static enum rh_status request_arrived(struct rh_context *ctx, struct agent *agent,
                                      const struct rh_ref *call, struct rh_item item)
{
    struct rh_message reply;
    enum agent_state next = agent_request(ctx, agent, item, &reply);
    enum rh_status status = RH_OK;
    if (call != NULL) {
        status = reply_send(ctx, *call, reply);
    } else {
        rh_message_unref(reply);
    }
    return status == RH_OK ? end_begin(ctx, agent, next) : status;
}

/* Where a message goes: to an actor of this proc, or, if it is for another one, to the host. */
static struct rh_pid target_of(struct agent *agent, struct rh_text destination)
{
    struct rh_text segment;
    (void)segment_of(destination, 0, &segment);
    if (!texts_equal(segment, agent->proc)) {
        return agent->host;
    }
    struct member *member = NULL;
    if (agent->state == AGENT_RUNNING && segment_of(destination, 1, &segment)) {
        member = *member_by_name(agent, segment);
    }
    return member == NULL ? rh_pid_none() : member->pid;
}

/* Learn who the host is, from nobody else. */
static void accepted(struct agent *agent, const struct rh_delivery *in)
{
    bool is_pid = !rh_pid_is_none(agent->expected);
    bool is_host =
        is_pid ? rh_pid_equal(in->from, agent->expected) : in->from.node == agent->expected.node;
    if (is_host && rh_pid_is_none(agent->host) && RH_MATCH(&in->message, "$accepted", agent->id)) {
        agent->host = in->from;
    }
}

static enum rh_status message_arrived(struct rh_context *ctx, struct agent *agent,
                                      const struct rh_delivery *in)
{
    struct rh_ref call;
    struct rh_item request;
    struct envelope envelope;
    if (rh_is_call(in, &call, &request)) {
        return request_arrived(ctx, agent, &call, request);
    }
    if (rh_is_cast(in, &request)) {
        return request_arrived(ctx, agent, NULL, request);
    }
    if (rh_is_start_question(in, &call)) {
        return reply_send(ctx, call, RH_ITEM(NULL, "ok"));
    }
    if (envelope_read(in, &envelope)) {
        envelope_pass(ctx, in, &envelope, target_of(agent, envelope.destination));
    } else {
        accepted(agent, in);
    }
    return RH_OK;
}

static enum rh_status agent_receive(struct rh_context *ctx, void *state,
                                    const struct rh_delivery *in)
{
    struct agent *agent = state;
    struct envelope envelope;
    switch ((enum rh_delivery_kind)in->kind) {
    case RH_DELIVERY_EXIT:
        return exit_arrived(ctx, agent, in);
    case RH_DELIVERY_MESSAGE:
        return message_arrived(ctx, agent, in);
    case RH_DELIVERY_UNDELIVERABLE:
        if (envelope_read(in, &envelope)) {
            envelope_return(ctx, &envelope, undeliverable_why(in));
        }
        return RH_OK;
    default:
        return RH_OK;
    }
}

/* ---- its beginning ---- */

/* Keep the id, and where in it the name of the proc is: "host/NAME#serial". */
static enum rh_status id_keep(struct agent *agent, struct rh_text id)
{
    agent->group_bytes = id.size + 1;
    agent->group = agent->allocator->allocate(agent->allocator->self, agent->group_bytes);
    agent->id = RH_ITEM(agent->allocator, id);
    if (agent->group == NULL || rh_message_status(agent->id) != RH_OK) {
        return RH_NO_MEMORY;
    }
    memcpy(agent->group, id.bytes, id.size);
    agent->group[id.size] = '\0';
    size_t first = id.size;
    while (first > 0 && id.bytes[first - 1] != '/') {
        first--;
    }
    size_t end = id.size;
    while (end > first && id.bytes[end] != '#') {
        end--;
    }
    agent->proc = (struct rh_text){agent->group + first, end - first};
    return RH_OK;
}

static enum rh_status start_actors(struct rh_context *ctx, struct agent *agent,
                                   struct rh_item argument)
{
    const char *const *pair = agent->config->actors;
    for (; pair != NULL && pair[0] != NULL; pair += 2) {
        const struct rh_behaviour *behaviour = behaviour_find(ctx, agent, text_of(pair[0]));
        enum rh_status status = RH_NOT_FOUND;
        if (behaviour != NULL) {
            status = member_start(ctx, agent, behaviour, text_of(pair[1]), argument);
        }
        if (status != RH_OK) {
            return status;
        }
    }
    return RH_OK;
}

/* Send to the host: a pid, or [name, node], of which only the node is known beforehand. */
static enum rh_status send_to_host(struct rh_context *ctx, struct agent *agent, struct rh_item host,
                                   struct rh_message message)
{
    struct rh_reader reader;
    size_t items = 0;
    struct rh_text name;
    uint64_t node = 0;
    char words[256];
    rh_reader_item(&reader, host);
    if (rh_read_kind(&reader) == RH_KIND_PID && rh_read_pid(&reader, &agent->expected)) {
        return rh_send(ctx, agent->expected, message);
    }
    bool is_name = rh_read_array(&reader, &items) && items == 2 && rh_read_text(&reader, &name) &&
                   rh_read_uint(&reader, &node);
    if (!is_name || node > UINT32_MAX || name.size >= sizeof words) {
        rh_message_unref(message);
        return RH_INVALID;
    }
    memcpy(words, name.bytes, name.size);
    words[name.size] = '\0';
    agent->expected.node = (uint32_t)node;
    return rh_send_name_at(ctx, words, (uint32_t)node, message);
}

/* Tell the host that this proc is up. */
static enum rh_status call_back(struct rh_context *ctx, struct agent *agent, struct rh_text address,
                                struct rh_item host)
{
    return send_to_host(ctx, agent, host,
                        RH_ARRAY(agent->allocator, "$callback", agent->id, address, rh_self(ctx)));
}

static enum rh_status agent_init(struct rh_context *ctx, void *state,
                                 const struct rh_delivery *start)
{
    struct agent *agent = state;
    struct rh_text id;
    struct rh_text address;
    struct rh_item host;
    struct rh_item argument;
    agent->allocator = rh_allocator_of(ctx);
    agent->config = rh_config(ctx);
    (void)rh_trap(ctx, true);
    if (!RH_MATCH(&start->message, "$proc", &id, &address, &host, &argument)) {
        return RH_INVALID;
    }
    enum rh_status status = id_keep(agent, id);
    if (status == RH_OK) {
        become(ctx, agent, AGENT_RUNNING);
        status = start_actors(ctx, agent, argument);
    }
    return status == RH_OK ? call_back(ctx, agent, address, host) : status;
}

static void agent_deinit(void *state, const void *config)
{
    (void)config;
    struct agent *agent = state;
    if (agent->allocator == NULL) {
        return;
    }
    while (agent->members != NULL) {
        member_remove(agent, &agent->members);
    }
    rh_message_unref(agent->id);
    agent->allocator->release(agent->allocator->self, agent->group, agent->group_bytes);
}

static const struct rh_agent nothing = {.find_behaviour = NULL};

const struct rh_behaviour agent_idle = {
    .name = "agent",
    .state_bytes = sizeof(struct agent),
    .init = agent_init,
    .receive = agent_receive,
    .deinit = agent_deinit,
    .config = &nothing,
};

struct rh_behaviour rh_agent_behaviour(const struct rh_agent *agent)
{
    struct rh_behaviour behaviour = agent_idle;
    behaviour.config = agent;
    return behaviour;
}

/* SPDX-License-Identifier: MIT */
/*
 * The head of a proc. It starts actors, passes on to them what is routed to the proc, and ends with them: running -> draining
 * -> stopping, never back. What it owes its proc at the end is one number, whether any of its actors failed, so it traps exits
 * and outlives them all; only a kill ends it first, and then its host ends them.
 *
 * It is an ordinary actor: in-process it is spawned by the host, in an OS process by whoever booted that.
 */
#include "core/host/internal.h"

enum agent_state {
    AGENT_RUNNING,
    AGENT_DRAINING, /**< one actor after the other is asked to end, the youngest first */
    AGENT_STOPPING, /**< all are killed */
};

static const char *const state_words[] = {"running", "draining", "stopping"};

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
    struct rh_text proc; /**< in `group`: the first segment of what is routed here */
    struct rh_pid host;  /**< none until it has accepted the callback */
    struct member *members;
    size_t count;
    uint64_t failed;
    enum agent_state state;
};

/* ---- actors ---- */

static struct member **member_by_name(struct agent *agent, struct rh_text name)
{
    struct member **at = &agent->members;
    while (*at != NULL && !text_is(name, (*at)->name)) {
        at = &(*at)->next;
    }
    return at;
}

static struct member **member_by_pid(struct agent *agent, struct rh_pid pid)
{
    struct member **at = &agent->members;
    while (*at != NULL && !rh_pid_equal((*at)->pid, pid)) {
        at = &(*at)->next;
    }
    return at;
}

static void member_remove(struct agent *agent, struct member **at)
{
    struct member *member = *at;
    *at = member->next;
    agent->count--;
    agent->allocator->release(agent->allocator->self, member, member->bytes);
}

static const struct rh_behaviour *behaviour_find(const struct rh_context *ctx,
                                                 const struct agent *agent, struct rh_text name)
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

static enum rh_status member_start(struct rh_context *ctx, struct agent *agent,
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
                RH_ARRAY(rh_allocator_of(ctx), "started", member->name, member->pid));
    }
    return status;
}

/* ---- its end ---- */

static void become(struct rh_context *ctx, struct agent *agent, enum agent_state state)
{
    agent->state = state;
    if (rh_is_observed(ctx)) {
        rh_mark(ctx, "agent.state", RH_ARRAY(rh_allocator_of(ctx), state_words[state]));
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
    if (*at == NULL) {
        return RH_OK;
    }
    enum rh_reason_class kind = rh_reason_class(&in->message);
    bool has_failed = kind != RH_REASON_NORMAL && kind != RH_REASON_SHUTDOWN;
    bool was_asked = agent->members == *at;
    agent->failed += has_failed ? 1 : 0;
    if (rh_is_observed(ctx)) {
        rh_mark(ctx, "agent.actor",
                RH_ARRAY(rh_allocator_of(ctx), "ended", (*at)->name, (*at)->pid, has_failed));
    }
    member_remove(agent, at);
    bool goes_on = agent->state == AGENT_STOPPING ||
                   (agent->state == AGENT_DRAINING && (was_asked || agent->members == NULL));
    return goes_on ? end_go_on(ctx, agent) : RH_OK;
}

/* ---- requests ---- */

/** A request, its answer and what comes after it. */
struct request {
    struct rh_text word;
    struct rh_text texts[2];
    struct rh_item argument;
    size_t items;
    struct rh_message reply;
};

static enum rh_status handle_start(struct rh_context *ctx, struct agent *agent,
                                   struct request *request)
{
    enum rh_host_error error = RH_HOST_ERROR_COUNT;
    const struct rh_behaviour *behaviour = behaviour_find(ctx, agent, request->texts[0]);
    struct rh_text name = request->texts[1];
    bool is_name = name.size > 0 && memchr(name.bytes, '/', name.size) == NULL &&
                   memchr(name.bytes, '\0', name.size) == NULL &&
                   name.size <= rh_limits_of(ctx)->name_bytes_max;
    if (agent->state != AGENT_RUNNING) {
        error = RH_HOST_ERROR_SHUTTING_DOWN;
    } else if (behaviour == NULL) {
        error = RH_HOST_ERROR_UNKNOWN_BEHAVIOUR;
        name = request->texts[0];
    } else if (!is_name) {
        error = RH_HOST_ERROR_BAD_NAME;
    } else if (*member_by_name(agent, name) != NULL) {
        error = RH_HOST_ERROR_ACTOR_EXISTS;
    }
    if (error != RH_HOST_ERROR_COUNT) {
        request->reply = reply_error(ctx, error, name, NULL);
        return RH_OK;
    }
    enum rh_status status = member_start(ctx, agent, behaviour, name, request->argument);
    request->reply = status == RH_OK ? RH_ARRAY(agent->allocator, "ok", agent->members->pid)
                                     : reply_refused(ctx, status);
    return RH_OK;
}

static void build_member(struct rh_builder *builder, const struct member *member)
{
    rh_build_array(builder, 3);
    build_words(builder, member->name);
    rh_build_pid(builder, member->pid);
    build_words(builder, member->behaviour->name == NULL ? "" : member->behaviour->name);
}

/* The list is kept the youngest first, and told the eldest first. */
static void build_members(struct rh_builder *builder, const struct agent *agent)
{
    rh_build_array(builder, agent->count);
    for (size_t left = agent->count; left > 0; left--) {
        const struct member *member = agent->members;
        for (size_t i = 1; i < left; i++) {
            member = member->next;
        }
        build_member(builder, member);
    }
}

static enum rh_status handle_list(struct rh_context *ctx, struct agent *agent,
                                  struct request *request)
{
    struct rh_builder builder;
    build_begin(ctx, &builder, 2);
    build_words(&builder, "ok");
    build_members(&builder, agent);
    request->reply = rh_build_finish(&builder);
    return RH_OK;
}

static enum rh_status handle_status(struct rh_context *ctx, struct agent *agent,
                                    struct request *request)
{
    (void)ctx;
    struct rh_message map = RH_MAP(agent->allocator, "state", state_words[agent->state], "actors",
                                   agent->count, "failed", agent->failed);
    request->reply = RH_ARRAY(agent->allocator, "ok", map);
    rh_message_unref(map);
    return RH_OK;
}

static enum rh_status handle_drain(struct rh_context *ctx, struct agent *agent,
                                   struct request *request)
{
    (void)ctx;
    (void)agent;
    request->reply = RH_ITEM(NULL, "ok");
    return RH_OK;
}

/** One row per verb. */
static const struct verb {
    const char *word;
    size_t items_min; /**< its verb included */
    size_t items_max;
    enum agent_state leads_to;
    enum rh_status (*handle)(struct rh_context *ctx, struct agent *agent, struct request *request);
} verbs[] = {
    {"start", 3, 4, AGENT_RUNNING, handle_start},   {"list", 1, 1, AGENT_RUNNING, handle_list},
    {"status", 1, 1, AGENT_RUNNING, handle_status}, {"drain", 1, 2, AGENT_DRAINING, handle_drain},
    {"stop", 1, 2, AGENT_STOPPING, handle_drain},
};

static const struct verb *request_read(struct rh_item item, struct request *request)
{
    struct rh_reader reader;
    request->items = 1;
    rh_reader_item(&reader, item);
    if (rh_read_kind(&reader) == RH_KIND_ARRAY) {
        (void)rh_read_array(&reader, &request->items);
    }
    if (!rh_read_text(&reader, &request->word)) {
        return NULL;
    }
    if (request->items > 2) {
        bool has_texts =
            rh_read_text(&reader, &request->texts[0]) && rh_read_text(&reader, &request->texts[1]);
        bool has_all = request->items < 4 || rh_read_item(&reader, &request->argument);
        if (!has_texts || !has_all) {
            return NULL;
        }
    }
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        const struct verb *verb = &verbs[i];
        if (text_is(request->word, verb->word) && request->items >= verb->items_min &&
            request->items <= verb->items_max) {
            return verb;
        }
    }
    return NULL;
}

/* Handle a call (with a reference) or cast (with none): the answer goes out before anything ends. */
static enum rh_status request_arrived(struct rh_context *ctx, struct agent *agent,
                                      const struct rh_ref *call, struct rh_item item)
{
    struct request request = {.argument = {NULL, 0}};
    const struct verb *verb = request_read(item, &request);
    if (verb == NULL) {
        request.reply = reply_error(ctx, RH_HOST_ERROR_INVALID, (struct rh_text){"", 0}, NULL);
    } else {
        (void)verb->handle(ctx, agent, &request);
    }
    if (call != NULL) {
        enum rh_status status = reply_send(ctx, *call, request.reply);
        if (status != RH_OK) {
            return status;
        }
    } else {
        rh_message_unref(request.reply);
    }
    return verb == NULL ? RH_OK : end_begin(ctx, agent, verb->leads_to);
}

/* ---- routing ---- */

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
    } else if (rh_pid_is_none(agent->host) && RH_MATCH(&in->message, "$accepted", agent->id)) {
        agent->host = in->from;
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

/* Tell the host that this proc is up; `host` is a pid, or a name and a node. */
static enum rh_status call_back(struct rh_context *ctx, struct agent *agent, struct rh_text address,
                                struct rh_item host)
{
    struct rh_pid pid;
    uint32_t node = 0;
    struct rh_text name = {NULL, 0};
    char words[256];
    struct rh_reader reader;
    size_t items = 0;
    struct rh_message message =
        RH_ARRAY(agent->allocator, "$callback", agent->id, address, rh_self(ctx));
    rh_reader_item(&reader, host);
    if (rh_read_kind(&reader) == RH_KIND_PID && rh_read_pid(&reader, &pid)) {
        return rh_send(ctx, pid, message);
    }
    uint64_t number = 0;
    bool is_name = rh_read_array(&reader, &items) && items == 2 && rh_read_text(&reader, &name) &&
                   rh_read_uint(&reader, &number) && number <= UINT32_MAX &&
                   name.size < sizeof words;
    if (!is_name) {
        rh_message_unref(message);
        return RH_INVALID;
    }
    node = (uint32_t)number;
    memcpy(words, name.bytes, name.size);
    words[name.size] = '\0';
    return rh_send_name_at(ctx, words, node, message);
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

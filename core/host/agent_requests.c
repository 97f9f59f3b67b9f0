/* SPDX-License-Identifier: MIT */
/* Requests to an agent: one row per verb, one function per row, and what the agent becomes by it. */
#include "core/host/agent.h"

static const char *const state_words[] = {"running", "draining", "stopping"};

const char *agent_state_word(enum agent_state state)
{
    return state_words[state];
}

/** A request, its answer and what comes after it. */
struct request {
    struct rh_text word;
    struct rh_text texts[2];
    struct rh_item argument;
    size_t items;
    struct rh_message reply;
};

static void handle_start(struct rh_context *ctx, struct agent *agent, struct request *request)
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
        return;
    }
    enum rh_status status = member_start(ctx, agent, behaviour, name, request->argument);
    request->reply = status == RH_OK ? RH_ARRAY(agent->allocator, "ok", agent->members->pid)
                                     : reply_refused(ctx, status);
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

static void handle_list(struct rh_context *ctx, struct agent *agent, struct request *request)
{
    struct rh_builder builder;
    build_begin(ctx, &builder, 2);
    build_words(&builder, "ok");
    build_members(&builder, agent);
    request->reply = rh_build_finish(&builder);
}

static void handle_status(struct rh_context *ctx, struct agent *agent, struct request *request)
{
    (void)ctx;
    struct rh_message map = RH_MAP(agent->allocator, "state", state_words[agent->state], "actors",
                                   agent->count, "failed", agent->failed);
    request->reply = RH_ARRAY(agent->allocator, "ok", map);
    rh_message_unref(map);
}

static void handle_drain(struct rh_context *ctx, struct agent *agent, struct request *request)
{
    (void)ctx;
    (void)agent;
    request->reply = RH_ITEM(NULL, "ok");
}

/** One row per verb. */
static const struct verb {
    const char *word;
    size_t items_min; /**< its verb included */
    size_t items_max;
    enum agent_state leads_to;
    void (*handle)(struct rh_context *ctx, struct agent *agent, struct request *request);
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

enum agent_state agent_request(struct rh_context *ctx, struct agent *agent, struct rh_item item,
                               struct rh_message *ret_reply)
{
    struct request request = {.argument = {NULL, 0}};
    const struct verb *verb = request_read(item, &request);
    if (verb == NULL) {
        *ret_reply = reply_error(ctx, RH_HOST_ERROR_INVALID, (struct rh_text){"", 0}, NULL);
        return agent->state;
    }
    verb->handle(ctx, agent, &request);
    *ret_reply = request.reply;
    return verb->leads_to;
}

/* SPDX-License-Identifier: MIT */
/*
 * A dispatcher is a list of jobs. A job is one request, the call to the member that has it now, and the members that it has
 * been to: the call's monitor tells of the member's end behind any answer of it, on one channel, so that a job is rerouted
 * only when no answer can come.
 */
#include <rehearse/dispatch.h>

struct job {
    struct job *next;
    struct rh_ref client;
    struct rh_message payload;
    rh_instant deadline; /**< RH_NEVER: none */
    struct rh_call call;
    struct rh_pid *tried; /**< the last one has it */
    size_t attempts;
    size_t capacity;
};

struct dispatcher {
    const struct rh_allocator *allocator;
    struct rh_message group; /**< a text with its terminator, as bytes */
    enum rh_routing routing;
    uint64_t turn; /**< round robin */
    struct job *jobs;
    size_t job_count;
};

#define X(identifier, word, sentence) word,
static const char *const routing_words[] = {RH_ROUTING_MAP(X)};
#undef X

const char *rh_routing_word(enum rh_routing routing)
{
    return (unsigned)routing < RH_ROUTING_COUNT ? routing_words[routing] : "unknown_routing";
}

/* ---- jobs ---- */

static struct job *job_create(struct dispatcher *dispatcher, struct rh_ref client,
                              struct rh_item payload)
{
    const struct rh_allocator *allocator = dispatcher->allocator;
    struct job *job = allocator->allocate(allocator->self, sizeof(*job));
    if (job == NULL) {
        return NULL;
    }
    *job = (struct job){.client = client, .deadline = RH_NEVER};
    if (rh_message_copy(allocator, payload.bytes, payload.size, &job->payload) != RH_OK) {
        allocator->release(allocator->self, job, sizeof(*job));
        return NULL;
    }
    struct job **end = &dispatcher->jobs;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = job;
    dispatcher->job_count++;
    return job;
}

static void job_destroy(struct dispatcher *dispatcher, struct job *job)
{
    const struct rh_allocator *allocator = dispatcher->allocator;
    struct job **at = &dispatcher->jobs;
    while (*at != job) {
        at = &(*at)->next;
    }
    *at = job->next;
    dispatcher->job_count--;
    rh_message_unref(job->payload);
    if (job->tried != NULL) {
        allocator->release(allocator->self, job->tried, job->capacity * sizeof(*job->tried));
    }
    allocator->release(allocator->self, job, sizeof(*job));
}

static bool job_try(struct dispatcher *dispatcher, struct job *job, struct rh_pid member)
{
    if (job->attempts == job->capacity) {
        size_t capacity = job->capacity == 0 ? 1 : 2 * job->capacity;
        struct rh_pid *grown = dispatcher->allocator->resize(
            dispatcher->allocator->self, job->tried, job->capacity * sizeof(*grown),
            capacity * sizeof(*grown));
        if (grown == NULL) {
            return false;
        }
        job->tried = grown;
        job->capacity = capacity;
    }
    job->tried[job->attempts++] = member;
    return true;
}

static bool job_has_tried(const struct job *job, struct rh_pid member)
{
    for (size_t i = 0; i < job->attempts; i++) {
        if (rh_pid_equal(job->tried[i], member)) {
            return true;
        }
    }
    return false;
}

/* Answer the client (`reply` is taken); the job is over. A client that takes no more is no reason to end. */
static enum rh_status job_answer(struct rh_context *ctx, struct dispatcher *dispatcher,
                                 struct job *job, const char *word, struct rh_message reply)
{
    enum rh_status status = rh_reply(ctx, job->client, reply);
    if (status == RH_LIMIT || status == RH_NO_MEMORY) {
        word = rh_status_word(status);
        status = rh_reply(ctx, job->client, RH_ARRAY(NULL, "error", word));
    }
    if (rh_is_observed(ctx)) {
        rh_mark(ctx, "dispatch.answer",
                RH_ARRAY(rh_mark_allocator(ctx), rh_self(ctx), job->client, word));
    }
    job_destroy(dispatcher, job);
    return status == RH_FULL ? RH_OK : status;
}

static enum rh_status job_refuse(struct rh_context *ctx, struct dispatcher *dispatcher,
                                 struct job *job, const char *word)
{
    return job_answer(ctx, dispatcher, job, word,
                      RH_ARRAY(dispatcher->allocator, "error", word, job->attempts));
}

/* ---- picking ---- */

static const char *group_name(const struct dispatcher *dispatcher)
{
    struct rh_bytes name = {NULL, 0};
    struct rh_reader reader;
    rh_reader_message(&reader, &dispatcher->group);
    (void)rh_read_bytes(&reader, &name);
    return (const char *)name.bytes;
}

/* Leave those that the job has not been to, each once; returns how many. */
static size_t members_left(const struct rh_context *ctx, const struct job *job,
                           struct rh_pid *members, size_t count)
{
    size_t left = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_known = job_has_tried(job, members[i]) || rh_pid_equal(members[i], rh_self(ctx));
        for (size_t j = 0; j < left && !is_known; j++) {
            is_known = rh_pid_equal(members[j], members[i]);
        }
        if (!is_known) {
            members[left++] = members[i];
        }
    }
    return left;
}

static size_t index_pick(struct rh_context *ctx, struct dispatcher *dispatcher,
                         const struct job *job, const struct rh_pid *members, size_t count)
{
    const struct rh_router *router = rh_config(ctx);
    if (router != NULL) {
        return router->pick(router, members, count, rh_message_item(&job->payload));
    }
    switch (dispatcher->routing) {
    case RH_ROUTING_ROUND_ROBIN:
        return (size_t)(dispatcher->turn++ % count);
    case RH_ROUTING_RANDOM:
        return (size_t)rh_random(ctx, count);
    default:
        return 0;
    }
}

/* Pick a member; NULL, or why there is none. */
static const char *member_pick(struct rh_context *ctx, struct dispatcher *dispatcher,
                               const struct job *job, struct rh_pid *ret_member)
{
    const struct rh_allocator *allocator = dispatcher->allocator;
    const char *group = group_name(dispatcher);
    size_t count = rh_group_members(ctx, group, NULL, 0);
    if (count == 0) {
        return "no_consumer_available";
    }
    size_t bytes = count * sizeof(struct rh_pid);
    struct rh_pid *members = allocator->allocate(allocator->self, bytes);
    if (members == NULL) {
        return "no_memory";
    }
    count = rh_group_members(ctx, group, members, count);
    size_t left = members_left(ctx, job, members, count);
    const char *why = left == 0 ? "no_consumer_available" : NULL;
    if (left > 0) {
        size_t index = index_pick(ctx, dispatcher, job, members, left);
        why = index < left ? NULL : "unknown_consumer_selected";
        *ret_member = index < left ? members[index] : rh_pid_none();
    }
    allocator->release(allocator->self, members, bytes);
    return why;
}

/* Give the job to a member that has not had it. */
static enum rh_status job_attempt(struct rh_context *ctx, struct dispatcher *dispatcher,
                                  struct job *job)
{
    struct rh_pid member;
    rh_instant now = rh_now(ctx);
    const char *why = member_pick(ctx, dispatcher, job, &member);
    if (why == NULL && job->deadline <= now) {
        why = "timeout";
    }
    if (why == NULL && !job_try(dispatcher, job, member)) {
        why = "no_memory";
    }
    if (why != NULL) {
        return job_refuse(ctx, dispatcher, job, why);
    }
    rh_duration left = job->deadline == RH_NEVER ? RH_NEVER : job->deadline - now;
    enum rh_status status = rh_call(ctx, member, rh_message_ref(job->payload), left, &job->call);
    if (status == RH_EXITED) {
        return status;
    }
    if (status == RH_FULL) {
        return job_attempt(ctx, dispatcher, job); /* it takes no more: as one that has ended */
    }
    if (status != RH_OK) {
        return job_refuse(ctx, dispatcher, job, rh_status_word(status));
    }
    if (rh_is_observed(ctx)) {
        rh_mark(ctx, "dispatch.attempt",
                RH_ARRAY(rh_mark_allocator(ctx), rh_self(ctx), job->client, member, job->attempts));
    }
    return RH_OK;
}

/* ---- deliveries ---- */

static enum rh_status job_replied(struct rh_context *ctx, struct dispatcher *dispatcher,
                                  struct job *job, const struct rh_message *reply)
{
    struct rh_message null = RH_ITEM(NULL, RH_NULL);
    struct rh_pid member = job->tried[job->attempts - 1];
    return job_answer(ctx, dispatcher, job, "ok",
                      RH_ARRAY(dispatcher->allocator, "ok", member,
                               rh_message_size(reply) == 0 ? null : *reply, job->attempts));
}

static enum rh_status job_went_on(struct rh_context *ctx, struct dispatcher *dispatcher,
                                  struct job *job, const struct rh_outcome *outcome)
{
    if (outcome->kind == RH_OUTCOME_REPLY) {
        return job_replied(ctx, dispatcher, job, outcome->message);
    }
    if (outcome->kind == RH_OUTCOME_TIMEOUT) {
        return job_refuse(ctx, dispatcher, job, "timeout");
    }
    if (rh_is_observed(ctx)) {
        rh_mark(ctx, "dispatch.reroute",
                RH_ARRAY(rh_mark_allocator(ctx), rh_self(ctx), job->client,
                         job->tried[job->attempts - 1], *outcome->message));
    }
    return job_attempt(ctx, dispatcher, job);
}

/* Read ["dispatch", payload(, timeout)]. */
static bool request_read(struct rh_item request, struct rh_item *ret_payload,
                         rh_duration *ret_timeout)
{
    struct rh_reader reader;
    size_t items = 0;
    *ret_timeout = RH_NEVER;
    rh_reader_item(&reader, request);
    if (rh_read_kind(&reader) != RH_KIND_ARRAY || !rh_read_array(&reader, &items) || items < 2 ||
        items > 3 || !rh_read_word(&reader, "dispatch") || !rh_read_item(&reader, ret_payload)) {
        return false;
    }
    if (items == 3 && rh_read_kind(&reader) == RH_KIND_NULL) {
        return rh_read_null(&reader);
    }
    return items == 2 || rh_read_uint(&reader, ret_timeout);
}

static enum rh_status request_handle(struct rh_context *ctx, struct dispatcher *dispatcher,
                                     struct rh_ref call, struct rh_item request)
{
    struct rh_item payload;
    rh_duration timeout;
    const char *why = NULL;
    struct job *job = NULL;
    if (!request_read(request, &payload, &timeout)) {
        why = "invalid";
    } else if (dispatcher->job_count >= rh_limits_of(ctx)->conversation_entries_max) {
        why = "limit";
    } else {
        job = job_create(dispatcher, call, payload);
        why = job == NULL ? "no_memory" : NULL;
    }
    if (why != NULL) {
        enum rh_status status = rh_reply(ctx, call, RH_ARRAY(NULL, "error", why));
        return status == RH_FULL ? RH_OK : status;
    }
    rh_instant now = rh_now(ctx);
    if (timeout != RH_NEVER && timeout < RH_NEVER - now) {
        job->deadline = now + timeout;
    }
    return job_attempt(ctx, dispatcher, job);
}

static enum rh_status dispatcher_receive(struct rh_context *ctx, void *state,
                                         const struct rh_delivery *in)
{
    struct dispatcher *dispatcher = state;
    struct rh_ref call;
    struct rh_item request;
    struct rh_outcome outcome;
    for (struct job *job = dispatcher->jobs; job != NULL; job = job->next) {
        if (rh_call_result(ctx, in, &job->call, &outcome)) {
            return job_went_on(ctx, dispatcher, job, &outcome);
        }
    }
    if (rh_is_start_question(in, &call)) {
        enum rh_status status = rh_reply(ctx, call, RH_ITEM(NULL, "ok"));
        return status == RH_FULL ? RH_OK : status;
    }
    return rh_is_call(in, &call, &request) ? request_handle(ctx, dispatcher, call, request) : RH_OK;
}

/* ---- life ---- */

static enum rh_status group_read(struct dispatcher *dispatcher, const struct rh_context *ctx,
                                 struct rh_text name)
{
    struct rh_builder builder;
    char bytes[256];
    if (name.size == 0 || name.size >= sizeof bytes ||
        name.size > rh_limits_of(ctx)->name_bytes_max ||
        memchr(name.bytes, '\0', name.size) != NULL) {
        return RH_INVALID;
    }
    memcpy(bytes, name.bytes, name.size);
    bytes[name.size] = '\0';
    rh_builder_init(&builder, dispatcher->allocator, sizeof bytes + 8);
    rh_build_bytes(&builder, (const uint8_t *)bytes, name.size + 1);
    dispatcher->group = rh_build_finish(&builder);
    return rh_message_status(dispatcher->group);
}

static enum rh_status routing_read(struct dispatcher *dispatcher, struct rh_text word)
{
    for (unsigned i = 0; i < RH_ROUTING_COUNT; i++) {
        if (strlen(routing_words[i]) == word.size &&
            memcmp(routing_words[i], word.bytes, word.size) == 0) {
            dispatcher->routing = (enum rh_routing)i;
            return RH_OK;
        }
    }
    return RH_INVALID;
}

static enum rh_status dispatcher_init(struct rh_context *ctx, void *state,
                                      const struct rh_delivery *start)
{
    struct dispatcher *dispatcher = state;
    struct rh_reader reader;
    size_t pairs = 0;
    dispatcher->allocator = rh_allocator_of(ctx);
    rh_reader_message(&reader, &start->message);
    enum rh_status status = rh_read_map(&reader, &pairs) ? RH_OK : RH_INVALID;
    for (size_t i = 0; i < pairs && status == RH_OK; i++) {
        struct rh_text key;
        struct rh_text value;
        status = rh_read_text(&reader, &key) && rh_read_text(&reader, &value) ? RH_OK : RH_INVALID;
        if (status == RH_OK && key.size == 5 && memcmp(key.bytes, "group", 5) == 0) {
            status = group_read(dispatcher, ctx, value);
        } else if (status == RH_OK && key.size == 7 && memcmp(key.bytes, "routing", 7) == 0) {
            status = routing_read(dispatcher, value);
        } else if (status == RH_OK) {
            status = RH_INVALID;
        }
    }
    bool has_group = rh_message_size(&dispatcher->group) > 0;
    return status == RH_OK && !has_group ? RH_INVALID : status;
}

static void dispatcher_deinit(void *state, const void *config)
{
    (void)config;
    struct dispatcher *dispatcher = state;
    while (dispatcher->jobs != NULL) {
        job_destroy(dispatcher, dispatcher->jobs);
    }
    rh_message_unref(dispatcher->group);
}

const struct rh_behaviour rh_dispatcher_behaviour = {
    .name = "dispatcher",
    .state_bytes = sizeof(struct dispatcher),
    .init = dispatcher_init,
    .receive = dispatcher_receive,
    .deinit = dispatcher_deinit,
};

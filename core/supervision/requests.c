/* SPDX-License-Identifier: MIT */
/* Requests: one row per verb, one function per row. They are handled only when nothing else is being done; those that
 * start or stop a child are answered when that work concludes. */
#include "core/supervision/internal.h"

/** One request that is being handled. */
struct request {
    struct rh_ref call;
    struct rh_text id;   /**< the child's, or the template's of start_child */
    struct rh_text name; /**< start_child: the new child's id */
    struct rh_item argument;
};

enum rh_status request_reply(struct rh_context *ctx, struct rh_ref call, struct rh_message reply)
{
    enum rh_status failure = rh_message_status(reply);
    if (failure != RH_OK) {
        reply = RH_ARRAY(NULL, "error", rh_status_word(failure));
    }
    enum rh_status status = rh_reply(ctx, call, reply);
    return status == RH_FULL ? RH_OK : status;
}

enum rh_status request_refuse(struct rh_context *ctx, struct rh_ref call,
                              const struct rh_message *reason)
{
    return request_reply(ctx, call, RH_ARRAY(rh_allocator_of(ctx), "error", *reason));
}

static enum rh_status refuse_word(struct rh_context *ctx, struct rh_ref call, const char *word)
{
    return request_reply(ctx, call, RH_ARRAY(rh_allocator_of(ctx), "error", word));
}

static enum rh_status reply_ok(struct rh_context *ctx, struct rh_ref call)
{
    return request_reply(ctx, call, RH_ITEM(rh_allocator_of(ctx), "ok"));
}

static enum rh_status handle_terminate(struct rh_context *ctx, struct supervisor *sup,
                                       const struct request *request)
{
    size_t index = 0;
    if (child_find_id(sup, request->id, &index) == NULL) {
        return refuse_word(ctx, request->call, "not_found");
    }
    sup->work = (struct work){.kind = WORK_REQUEST_STOP, .call = request->call};
    return work_stop(ctx, sup, index, index + 1);
}

/* Restarting and deleting a child are for one that is not running; otherwise answer why not. */
static const char *why_not_absent(const struct child *child)
{
    if (child == NULL) {
        return "not_found";
    }
    if (child->state == CHILD_RESTARTING) {
        return "restarting";
    }
    return child->state == CHILD_ABSENT ? NULL : "running";
}

static enum rh_status handle_restart(struct rh_context *ctx, struct supervisor *sup,
                                     const struct request *request)
{
    size_t index = 0;
    const char *why_not = why_not_absent(child_find_id(sup, request->id, &index));
    if (why_not != NULL) {
        return refuse_word(ctx, request->call, why_not);
    }
    sup->work = (struct work){.kind = WORK_REQUEST_START, .call = request->call};
    return work_start(ctx, sup, index, index + 1);
}

static enum rh_status handle_delete(struct rh_context *ctx, struct supervisor *sup,
                                    const struct request *request)
{
    size_t index = 0;
    const char *why_not = why_not_absent(child_find_id(sup, request->id, &index));
    if (why_not != NULL) {
        return refuse_word(ctx, request->call, why_not);
    }
    child_remove(sup, index);
    return reply_ok(ctx, request->call);
}

static const struct rh_child_spec *template_find(const struct supervisor *sup, struct rh_text id)
{
    for (size_t i = 0; i < sup->config->template_count; i++) {
        const struct rh_child_spec *spec = &sup->config->templates[i];
        if (strlen(spec->id) == id.size && memcmp(spec->id, id.bytes, id.size) == 0) {
            return spec;
        }
    }
    return NULL;
}

static enum rh_status refuse_present(struct rh_context *ctx, const struct supervisor *sup,
                                     struct rh_ref call, const struct child *child)
{
    if (rh_pid_is_none(child->pid)) {
        return refuse_word(ctx, call, "already_present");
    }
    struct rh_message reason = RH_ARRAY(sup->allocator, "already_started", child->pid);
    enum rh_status status = request_refuse(ctx, call, &reason);
    rh_message_unref(reason);
    return status;
}

static enum rh_status handle_start(struct rh_context *ctx, struct supervisor *sup,
                                   const struct request *request)
{
    const struct rh_child_spec *spec = template_find(sup, request->id);
    if (spec == NULL || request->name.size == 0) {
        return refuse_word(ctx, request->call, spec == NULL ? "not_found" : "invalid");
    }
    struct child *child = child_find_id(sup, request->name, NULL);
    if (child != NULL) {
        return refuse_present(ctx, sup, request->call, child);
    }
    struct rh_message argument;
    enum rh_status status =
        rh_message_copy(sup->allocator, request->argument.bytes, request->argument.size, &argument);
    if (status == RH_OK) {
        status = child_add(sup, spec, request->name, argument, &child);
    }
    if (status != RH_OK) {
        return refuse_word(ctx, request->call, rh_status_word(status));
    }
    sup->work = (struct work){.kind = WORK_REQUEST_START, .created = true, .call = request->call};
    return work_start(ctx, sup, sup->count - 1, sup->count);
}

static void build_child(struct rh_builder *builder, const struct child *child)
{
    rh_build_array(builder, 3);
    rh_build_text(builder, child->id.bytes, child->id.size);
    if (!rh_pid_is_none(child->pid)) {
        rh_build_pid(builder, child->pid);
    } else {
        const char *word = child->state == CHILD_RESTARTING ? "restarting" : "undefined";
        rh_build_text(builder, word, strlen(word));
    }
    const char *type = child->spec->type == RH_SUPERVISOR ? "supervisor" : "worker";
    rh_build_text(builder, type, strlen(type));
}

static enum rh_status handle_which(struct rh_context *ctx, struct supervisor *sup,
                                   const struct request *request)
{
    struct rh_builder builder;
    rh_builder_init(&builder, sup->allocator, rh_limits_of(ctx)->message_bytes_max);
    rh_build_array(&builder, sup->count);
    for (size_t i = sup->count; i > 0; i--) {
        build_child(&builder, sup->children[i - 1]);
    }
    return request_reply(ctx, request->call, rh_build_finish(&builder));
}

static enum rh_status handle_count(struct rh_context *ctx, struct supervisor *sup,
                                   const struct request *request)
{
    size_t active = 0;
    size_t supervisors = 0;
    for (size_t i = 0; i < sup->count; i++) {
        active += rh_pid_is_none(sup->children[i]->pid) ? 0 : 1;
        supervisors += sup->children[i]->spec->type == RH_SUPERVISOR ? 1 : 0;
    }
    return request_reply(ctx, request->call,
                         RH_MAP(sup->allocator, "specs", sup->count, "active", active,
                                "supervisors", supervisors, "workers", sup->count - supervisors));
}

/** One row per verb. */
static const struct verb {
    const char *word;
    size_t items_min; /**< of the request, its verb included */
    size_t items_max;
    enum rh_status (*handle)(struct rh_context *ctx, struct supervisor *sup,
                             const struct request *request);
} verbs[] = {
    {"start_child", 3, 4, handle_start},     {"terminate_child", 2, 2, handle_terminate},
    {"restart_child", 2, 2, handle_restart}, {"delete_child", 2, 2, handle_delete},
    {"which_children", 1, 1, handle_which},  {"count_children", 1, 1, handle_count},
};

/* Read a request into its parts; NULL if it is none. A bare text is an array of itself. */
static const struct verb *request_read(struct rh_item item, struct request *request)
{
    struct rh_reader reader;
    size_t items = 1;
    struct rh_text word = {NULL, 0};
    rh_reader_item(&reader, item);
    if (rh_read_kind(&reader) == RH_KIND_ARRAY) {
        (void)rh_read_array(&reader, &items);
    }
    if (!rh_read_text(&reader, &word)) {
        return NULL;
    }
    bool is_read = items < 2 || rh_read_text(&reader, &request->id);
    is_read = is_read && (items < 3 || rh_read_text(&reader, &request->name));
    is_read = is_read && (items < 4 || rh_read_item(&reader, &request->argument));
    for (size_t i = 0; is_read && i < sizeof verbs / sizeof verbs[0]; i++) {
        const struct verb *verb = &verbs[i];
        if (strlen(verb->word) == word.size && memcmp(verb->word, word.bytes, word.size) == 0 &&
            items >= verb->items_min && items <= verb->items_max) {
            return verb;
        }
    }
    return NULL;
}

enum rh_status request_handle(struct rh_context *ctx, struct supervisor *sup,
                              const struct rh_message *message)
{
    struct request request = {.argument = {NULL, 0}};
    struct rh_item item;
    if (RH_MATCH(message, "$start", &request.call)) {
        return reply_ok(ctx, request.call);
    }
    if (!RH_MATCH(message, "$call", &request.call, &item)) {
        return RH_OK;
    }
    const struct verb *verb = request_read(item, &request);
    if (verb == NULL) {
        return refuse_word(ctx, request.call, "invalid");
    }
    return verb->handle(ctx, sup, &request);
}

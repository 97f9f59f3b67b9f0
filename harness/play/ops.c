/* SPDX-License-Identifier: MIT */
/* One small function per operation of RH_OP_MAP.
 *
 * What an operation answers is an answer, not an error, where a program would ask for it: a free name, a timer that has
 * fired, a full mailbox. Everything else ends the actor with the status's word as reason, as an exception would, unless
 * the operation has a `status` variable to put the word in. */
#include <rehearse/remote.h>

#include "harness/play/script.h"

/* ---- what operations have in common ---- */

/* Conclude an operation; `soft` is a status that is an answer. */
static enum rh_status conclude(struct frame *frame, const struct rh_plan_op *op,
                               enum rh_status status, enum rh_status soft)
{
    if (status == RH_EXITED) {
        return RH_EXITED;
    }
    if (op->status != RH_NO_SLOT) {
        return frame_set(frame, op->status,
                         RH_ITEM(rh_allocator_of(frame->ctx), rh_status_word(status)));
    }
    return status == soft ? RH_OK : status;
}

static struct rh_item target_item(struct frame *frame, uint32_t target)
{
    const struct rh_message *message = play_message(frame->play, target);
    struct rh_reader reader;
    uint32_t slot = 0;
    rh_reader_message(&reader, message);
    if (rh_read_kind(&reader) == RH_KIND_VARIABLE && rh_read_variable(&reader, &slot)) {
        return rh_bindings_get(&frame->bindings, slot);
    }
    return rh_message_item(message);
}

/* The actor that an operation is about; itself where the file says none. */
static enum rh_status target(struct frame *frame, const struct rh_plan_op *op,
                             struct rh_pid *ret_pid)
{
    if (op->target == 0) {
        *ret_pid = rh_self(frame->ctx);
        return RH_OK;
    }
    struct rh_reader reader;
    rh_reader_item(&reader, target_item(frame, op->target));
    return rh_read_pid(&reader, ret_pid) ? RH_OK : RH_INVALID;
}

static enum rh_status reference(struct frame *frame, const struct rh_plan_op *op,
                                struct rh_ref *ret_ref)
{
    struct rh_reader reader;
    rh_reader_item(&reader, target_item(frame, op->target));
    return rh_read_ref(&reader, ret_ref) ? RH_OK : RH_INVALID;
}

static enum rh_status target_and_message(struct frame *frame, const struct rh_plan_op *op,
                                         struct rh_pid *ret_pid, struct rh_message *ret_message)
{
    enum rh_status status = target(frame, op, ret_pid);
    return status == RH_OK ? frame_fill(frame, op->message, ret_message) : status;
}

static enum rh_status set_ref(struct frame *frame, uint8_t slot, struct rh_ref ref)
{
    return frame_set(frame, slot, RH_ITEM(rh_allocator_of(frame->ctx), ref));
}

static enum rh_status set_null(struct frame *frame, uint8_t slot)
{
    return frame_set(frame, slot, RH_ITEM(NULL, RH_NULL));
}

static struct rh_message list_of_pids(struct frame *frame, const struct rh_pid *pids, size_t count)
{
    struct rh_builder builder;
    rh_builder_init(&builder, rh_allocator_of(frame->ctx), RH_MESSAGE_BYTES_CEILING);
    rh_build_array(&builder, count);
    for (size_t i = 0; i < count; i++) {
        rh_build_pid(&builder, pids[i]);
    }
    return rh_build_finish(&builder);
}

#define NAME_BYTES 256

/* ---- messages ---- */

/* Is what an operation is about [name, node number]? An agent on another node is told so who its host is. */
static bool is_named_target(struct frame *frame, const struct rh_plan_op *op, char name[NAME_BYTES],
                            uint32_t *ret_node)
{
    struct rh_reader reader;
    struct rh_text text;
    size_t count = 0;
    uint64_t number = 0;
    rh_reader_item(&reader, target_item(frame, op->target));
    if (op->target == 0 || rh_read_kind(&reader) != RH_KIND_ARRAY ||
        !rh_read_array(&reader, &count) || count != 2 || !rh_read_text(&reader, &text) ||
        !rh_read_uint(&reader, &number) || text.size >= NAME_BYTES || number == 0 ||
        number > UINT32_MAX) {
        return false;
    }
    memcpy(name, text.bytes, text.size);
    name[text.size] = '\0';
    *ret_node = (uint32_t)number;
    return true;
}

static enum rh_status run_SEND(struct frame *frame, const struct rh_plan_op *op)
{
    struct rh_pid to;
    struct rh_message message;
    char name[NAME_BYTES];
    uint32_t node = 0;
    enum rh_status status = RH_OK;
    if (is_named_target(frame, op, name, &node)) {
        status = frame_fill(frame, op->message, &message);
        status = status == RH_OK ? rh_send_name_at(frame->ctx, name, node, message) : status;
        return conclude(frame, op, status, RH_FULL);
    }
    status = target_and_message(frame, op, &to, &message);
    if (status == RH_OK) {
        status =
            rh_send_with(frame->ctx, to, message, (op->flags & RH_OP_RETURN) != 0 ? RH_RETURN : 0);
    }
    return conclude(frame, op, status, RH_FULL);
}

static enum rh_status run_REPLY(struct frame *frame, const struct rh_plan_op *op)
{
    struct rh_message message;
    enum rh_status status = frame_fill(frame, op->message, &message);
    if (status != RH_OK) {
        return status;
    }
    if (frame->in == NULL || rh_pid_is_none(frame->in->from)) {
        rh_message_unref(message);
        return RH_OK;
    }
    status = frame->is_call ? rh_reply(frame->ctx, frame->call, message)
                            : rh_send(frame->ctx, frame->in->from, message);
    return conclude(frame, op, status, RH_FULL);
}

static enum rh_status run_FORWARD(struct frame *frame, const struct rh_plan_op *op)
{
    struct rh_pid to;
    enum rh_status status = target(frame, op, &to);
    if (status == RH_OK) {
        status = frame->in == NULL ? RH_INVALID : rh_forward(frame->ctx, frame->in, to);
    }
    return conclude(frame, op, status, status == RH_LIMIT ? RH_LIMIT : RH_FULL);
}

static enum rh_status run_SEND_NAME(struct frame *frame, const struct rh_plan_op *op)
{
    struct rh_message message;
    enum rh_status status = frame_fill(frame, op->message, &message);
    if (status == RH_OK) {
        status = op->node == 0 ? rh_send_name(frame->ctx, op->name, message)
                               : rh_send_name_at(frame->ctx, op->name, op->node, message);
    }
    return conclude(frame, op, status, RH_FULL);
}

static enum rh_status run_SEND_ALIAS(struct frame *frame, const struct rh_plan_op *op)
{
    struct rh_ref alias;
    struct rh_message message;
    enum rh_status status = reference(frame, op, &alias);
    if (status == RH_OK) {
        status = frame_fill(frame, op->message, &message);
    }
    if (status == RH_OK) {
        status = rh_send_alias(frame->ctx, alias, message);
    }
    return conclude(frame, op, status, RH_FULL);
}

/* Give `use` the members of a group in an array of its own. */
static enum rh_status
with_members(struct frame *frame, const char *group,
             enum rh_status (*use)(struct frame *frame, const struct rh_plan_op *op,
                                   const struct rh_pid *members, size_t count),
             const struct rh_plan_op *op)
{
    const struct rh_allocator *allocator = rh_allocator_of(frame->ctx);
    size_t count = rh_group_members(frame->ctx, group, NULL, 0);
    struct rh_pid *members = allocator->allocate(allocator->self, (count + 1) * sizeof *members);
    if (members == NULL) {
        return RH_NO_MEMORY;
    }
    count = rh_group_members(frame->ctx, group, members, count);
    enum rh_status status = use(frame, op, members, count);
    allocator->release(allocator->self, members, (count + 1) * sizeof *members);
    return status;
}

static enum rh_status send_to_members(struct frame *frame, const struct rh_plan_op *op,
                                      const struct rh_pid *members, size_t count)
{
    enum rh_status status = RH_OK;
    for (size_t i = 0; i < count && status == RH_OK; i++) {
        struct rh_message message;
        status = frame_fill(frame, op->message, &message);
        if (status == RH_OK) {
            status = conclude(frame, op, rh_send(frame->ctx, members[i], message), RH_FULL);
        }
    }
    return status;
}

static enum rh_status run_BROADCAST(struct frame *frame, const struct rh_plan_op *op)
{
    return with_members(frame, op->name, send_to_members, op);
}

/* A server that takes no more is no answer: nothing would ever come of the ask. */
static enum rh_status run_ASK(struct frame *frame, const struct rh_plan_op *op)
{
    struct rh_pid to;
    struct rh_message request;
    struct rh_ref ask;
    enum rh_status status = target_and_message(frame, op, &to, &request);
    if (status == RH_OK) {
        status = asks_open(frame->play, frame->ctx, op, to, request, &ask);
    }
    if (status == RH_OK) {
        status = set_ref(frame, op->as, ask);
    }
    return conclude(frame, op, status, RH_OK);
}

static enum rh_status run_UNASK(struct frame *frame, const struct rh_plan_op *op)
{
    struct rh_ref ask;
    enum rh_status status = reference(frame, op, &ask);
    if (status == RH_OK) {
        asks_cancel(frame->play, frame->ctx, ask);
    }
    return status;
}

static enum rh_status run_ANSWER(struct frame *frame, const struct rh_plan_op *op)
{
    struct rh_ref call;
    struct rh_message message;
    enum rh_status status = reference(frame, op, &call);
    if (status == RH_OK) {
        status = frame_fill(frame, op->message, &message);
    }
    if (status == RH_OK) {
        status = rh_reply(frame->ctx, call, message);
    }
    return conclude(frame, op, status, RH_FULL);
}

static enum rh_status run_OUTPUT(struct frame *frame, const struct rh_plan_op *op)
{
    struct rh_message message;
    enum rh_status status = frame_fill(frame, op->message, &message);
    return status == RH_OK ? rh_output(frame->ctx, message) : status;
}

/* ---- ends, links, monitors ---- */

static enum rh_status run_EXIT(struct frame *frame, const struct rh_plan_op *op)
{
    struct rh_message reason;
    enum rh_status status = frame_fill(frame, op->message, &reason);
    return status == RH_OK ? rh_exit(frame->ctx, reason) : status;
}

static enum rh_status run_DONE(struct frame *frame, const struct rh_plan_op *op)
{
    (void)frame;
    (void)op;
    return RH_DONE;
}

static enum rh_status run_FAIL_WITH(struct frame *frame, const struct rh_plan_op *op)
{
    (void)frame;
    return op->fail_with;
}

static enum rh_status run_TRAP(struct frame *frame, const struct rh_plan_op *op)
{
    (void)rh_trap(frame->ctx, (op->flags & RH_OP_TRUE) != 0);
    return RH_OK;
}

static enum rh_status run_LINK(struct frame *frame, const struct rh_plan_op *op)
{
    struct rh_pid to;
    enum rh_status status = target(frame, op, &to);
    if (status == RH_OK) {
        status = (op->flags & RH_OP_HAS_TAG) != 0 ? rh_link_tagged(frame->ctx, to, op->tag)
                                                  : rh_link(frame->ctx, to);
    }
    return conclude(frame, op, status, RH_ALREADY);
}

static enum rh_status run_UNLINK(struct frame *frame, const struct rh_plan_op *op)
{
    struct rh_pid to;
    enum rh_status status = target(frame, op, &to);
    if (status == RH_OK) {
        status = rh_unlink(frame->ctx, to, (op->flags & RH_OP_FLUSH) != 0 ? RH_FLUSH : 0);
    }
    return conclude(frame, op, status, RH_NOT_FOUND);
}

static enum rh_status run_MONITOR(struct frame *frame, const struct rh_plan_op *op)
{
    struct rh_ref monitor = {rh_pid_none(), 0};
    struct rh_pid to;
    enum rh_status status;
    if (op->name != NULL && op->node != 0) {
        status = rh_monitor_name_at(frame->ctx, op->name, op->node, op->alias, &monitor);
    } else if (op->name != NULL) {
        status = rh_monitor_name(frame->ctx, op->name, op->alias, &monitor);
    } else {
        status = target(frame, op, &to);
        if (status == RH_OK) {
            status = rh_monitor(frame->ctx, to, op->alias, &monitor);
        }
    }
    if (status == RH_OK) {
        status = set_ref(frame, op->as, monitor);
    }
    return conclude(frame, op, status, RH_OK);
}

static unsigned flush_of(const struct rh_plan_op *op)
{
    return (op->flags & RH_OP_FLUSH) != 0 ? RH_FLUSH : 0;
}

static enum rh_status run_DEMONITOR(struct frame *frame, const struct rh_plan_op *op)
{
    struct rh_ref monitor;
    enum rh_status status = reference(frame, op, &monitor);
    if (status == RH_OK) {
        status = rh_demonitor(frame->ctx, monitor, flush_of(op));
    }
    return conclude(frame, op, status, RH_NOT_FOUND);
}

static enum rh_status run_EXIT_SIGNAL(struct frame *frame, const struct rh_plan_op *op)
{
    struct rh_pid to;
    struct rh_message reason;
    enum rh_status status = target_and_message(frame, op, &to, &reason);
    if (status == RH_OK) {
        status = rh_exit_signal(frame->ctx, to, reason);
    }
    return conclude(frame, op, status, RH_OK);
}

static enum rh_status run_KILL(struct frame *frame, const struct rh_plan_op *op)
{
    struct rh_pid to;
    enum rh_status status = target(frame, op, &to);
    if (status == RH_OK) {
        status = rh_exit_signal(frame->ctx, to, rh_reason(RH_REASON_KILL));
    }
    return status;
}

static enum rh_status run_ASK_ALIVE(struct frame *frame, const struct rh_plan_op *op)
{
    struct rh_pid to;
    struct rh_ref question;
    enum rh_status status = target(frame, op, &to);
    if (status == RH_OK) {
        status = rh_ask_alive(frame->ctx, to, &question);
    }
    return status == RH_OK ? set_ref(frame, op->as, question) : status;
}

static enum rh_status spawn_options(struct frame *frame, const struct rh_plan_op *op,
                                    struct rh_spawn_options *options)
{
    const struct rh_plan_spawn *spawn = op->spawn;
    *options = (struct rh_spawn_options){
        .link = spawn->link,
        .monitor = op->as_also != RH_NO_SLOT,
        .trap = spawn->trap,
        .mailbox = spawn->mailbox,
        .has_link_tag = spawn->has_tag,
        .link_tag = spawn->tag,
        .cap = spawn->cap,
        .overflow = spawn->overflow,
    };
    return frame_fill(frame, spawn->with, &options->argument);
}

static enum rh_status run_SPAWN(struct frame *frame, const struct rh_plan_op *op)
{
    const struct rh_behaviour *behaviour = &frame->play->roles[op->spawn->role].behaviour;
    struct rh_spawn_options options;
    struct rh_pid child = rh_pid_none();
    struct rh_ref monitor = {rh_pid_none(), 0};
    enum rh_status status = spawn_options(frame, op, &options);
    if (status == RH_OK) {
        status =
            rh_spawn(frame->ctx, behaviour, &options, &child, options.monitor ? &monitor : NULL);
    }
    if (status == RH_OK) {
        status = frame_set(frame, op->as, RH_ITEM(rh_allocator_of(frame->ctx), child));
    }
    if (status == RH_OK && options.monitor) {
        status = set_ref(frame, op->as_also, monitor);
    }
    return conclude(frame, op, status, RH_OK);
}

static enum rh_status run_SPAWN_REQUEST(struct frame *frame, const struct rh_plan_op *op)
{
    const struct rh_behaviour *behaviour = &frame->play->roles[op->spawn->role].behaviour;
    struct rh_spawn_options options;
    struct rh_ref request = {rh_pid_none(), 0};
    enum rh_status status = spawn_options(frame, op, &options);
    if (status == RH_OK) {
        status = rh_spawn_request(frame->ctx, behaviour, &options, &request);
    }
    if (status == RH_OK) {
        status = set_ref(frame, op->as, request);
    }
    if (status == RH_OK) { /* the monitor's reference is the request's */
        status = set_ref(frame, op->as_also, request);
    }
    return conclude(frame, op, status, RH_OK);
}

/* ---- other nodes ---- */

static enum rh_status run_MONITOR_NODE(struct frame *frame, const struct rh_plan_op *op)
{
    struct rh_ref monitor = {rh_pid_none(), 0};
    enum rh_status status = rh_monitor_node(frame->ctx, op->node, &monitor);
    if (status == RH_OK) {
        status = set_ref(frame, op->as, monitor);
    }
    return conclude(frame, op, status, RH_OK);
}

static enum rh_status run_MONITOR_NODES(struct frame *frame, const struct rh_plan_op *op)
{
    struct rh_ref monitor = {rh_pid_none(), 0};
    enum rh_status status = rh_monitor_nodes(frame->ctx, &monitor);
    return status == RH_OK ? set_ref(frame, op->as, monitor) : status;
}

static enum rh_status run_CONNECT(struct frame *frame, const struct rh_plan_op *op)
{
    return conclude(frame, op, network_connect(frame->play, frame->ctx, op->node), RH_OK);
}

static enum rh_status run_DISCONNECT(struct frame *frame, const struct rh_plan_op *op)
{
    return conclude(frame, op, rh_disconnect(frame->ctx, op->node), RH_NOT_FOUND);
}

static enum rh_status run_SPAWN_AT(struct frame *frame, const struct rh_plan_op *op)
{
    struct rh_spawn_options options = {
        .link = (op->flags & RH_OP_FLUSH) != 0,
        .monitor = (op->flags & RH_OP_RETURN) != 0,
    };
    struct rh_ref request = {rh_pid_none(), 0};
    enum rh_status status = frame_fill(frame, op->message, &options.argument);
    if (status == RH_OK) {
        status = rh_spawn_at(frame->ctx, op->node, op->name, &options, &request);
    }
    if (status == RH_OK) {
        status = set_ref(frame, op->as, request);
    }
    return conclude(frame, op, status, RH_OK);
}

/* ---- names, groups ---- */

static enum rh_status run_REGISTER(struct frame *frame, const struct rh_plan_op *op)
{
    struct rh_pid owner;
    enum rh_status status = target(frame, op, &owner);
    if (status == RH_OK) {
        status = rh_register(frame->ctx, op->name, owner);
    }
    return conclude(frame, op, status, RH_OK);
}

static enum rh_status run_UNREGISTER(struct frame *frame, const struct rh_plan_op *op)
{
    return conclude(frame, op, rh_unregister(frame->ctx, op->name), RH_NOT_FOUND);
}

static enum rh_status run_WHEREIS(struct frame *frame, const struct rh_plan_op *op)
{
    struct rh_pid owner;
    enum rh_status status = rh_whereis(frame->ctx, op->name, &owner);
    if (status == RH_NOT_FOUND) {
        return set_null(frame, op->as);
    }
    return status == RH_OK ? frame_set(frame, op->as, RH_ITEM(rh_allocator_of(frame->ctx), owner))
                           : status;
}

static enum rh_status run_JOIN(struct frame *frame, const struct rh_plan_op *op)
{
    struct rh_pid member;
    enum rh_status status = target(frame, op, &member);
    if (status == RH_OK) {
        status = rh_group_join(frame->ctx, op->name, member);
    }
    return conclude(frame, op, status, RH_OK);
}

static enum rh_status run_LEAVE(struct frame *frame, const struct rh_plan_op *op)
{
    struct rh_pid member;
    enum rh_status status = target(frame, op, &member);
    if (status == RH_OK) {
        status = rh_group_leave(frame->ctx, op->name, member);
    }
    return conclude(frame, op, status, RH_NOT_FOUND);
}

static enum rh_status set_members(struct frame *frame, const struct rh_plan_op *op,
                                  const struct rh_pid *members, size_t count)
{
    return frame_set(frame, op->as, list_of_pids(frame, members, count));
}

static enum rh_status run_MEMBERS(struct frame *frame, const struct rh_plan_op *op)
{
    return with_members(frame, op->name, set_members, op);
}

static enum rh_status run_WATCH_GROUP(struct frame *frame, const struct rh_plan_op *op)
{
    struct rh_ref watch;
    enum rh_status status = rh_group_monitor(frame->ctx, op->name, &watch);
    return status == RH_OK ? set_ref(frame, op->as, watch) : status;
}

static enum rh_status run_UNWATCH_GROUP(struct frame *frame, const struct rh_plan_op *op)
{
    struct rh_ref watch;
    enum rh_status status = reference(frame, op, &watch);
    if (status == RH_OK) {
        status = rh_group_demonitor(frame->ctx, watch, flush_of(op));
    }
    return conclude(frame, op, status, RH_NOT_FOUND);
}

/* ---- timers, aliases ---- */

static enum rh_status run_TIMER(struct frame *frame, const struct rh_plan_op *op)
{
    struct rh_pid to;
    struct rh_message message;
    struct rh_ref timer;
    enum rh_status status = target_and_message(frame, op, &to, &message);
    if (status == RH_OK) {
        status = rh_timer_start(frame->ctx, op->time, to, message, &timer);
    }
    if (status == RH_OK) {
        status = set_ref(frame, op->as, timer);
    }
    return conclude(frame, op, status, RH_OK);
}

static enum rh_status run_SEND_AFTER(struct frame *frame, const struct rh_plan_op *op)
{
    struct rh_pid to;
    struct rh_message message;
    struct rh_ref timer;
    enum rh_status status = target_and_message(frame, op, &to, &message);
    if (status == RH_OK) {
        status = op->name != NULL
                     ? rh_send_after_name(frame->ctx, op->time, op->name, message, &timer)
                     : rh_send_after(frame->ctx, op->time, to, message, &timer);
    }
    if (status == RH_OK) {
        status = set_ref(frame, op->as, timer);
    }
    return conclude(frame, op, status, RH_OK);
}

static enum rh_status set_time(struct frame *frame, const struct rh_plan_op *op,
                               enum rh_status status, rh_duration left)
{
    uint64_t nanoseconds = left;
    if (status == RH_NOT_FOUND) {
        return set_null(frame, op->as);
    }
    return status == RH_OK
               ? frame_set(frame, op->as, RH_ITEM(rh_allocator_of(frame->ctx), nanoseconds))
               : RH_OK;
}

static enum rh_status run_CANCEL(struct frame *frame, const struct rh_plan_op *op)
{
    struct rh_ref timer;
    rh_duration left = 0;
    enum rh_status status = reference(frame, op, &timer);
    if (status == RH_OK) {
        status = rh_timer_cancel(frame->ctx, timer, &left);
        enum rh_status set = set_time(frame, op, status, left);
        status = set == RH_OK ? status : set;
    }
    return conclude(frame, op, status, RH_NOT_FOUND);
}

static enum rh_status run_READ_TIMER(struct frame *frame, const struct rh_plan_op *op)
{
    struct rh_ref timer;
    rh_duration left = 0;
    enum rh_status status = reference(frame, op, &timer);
    if (status == RH_OK) {
        status = rh_timer_read(frame->ctx, timer, &left);
        enum rh_status set = set_time(frame, op, status, left);
        status = set == RH_OK ? status : set;
    }
    return conclude(frame, op, status, RH_NOT_FOUND);
}

static enum rh_status run_ALIAS(struct frame *frame, const struct rh_plan_op *op)
{
    struct rh_ref alias;
    enum rh_status status = rh_alias_open(
        frame->ctx, op->alias == RH_ALIAS_NONE ? RH_ALIAS_EXPLICIT : op->alias, &alias);
    if (status == RH_OK) {
        status = set_ref(frame, op->as, alias);
    }
    return conclude(frame, op, status, RH_OK);
}

static enum rh_status run_UNALIAS(struct frame *frame, const struct rh_plan_op *op)
{
    struct rh_ref alias;
    enum rh_status status = reference(frame, op, &alias);
    if (status == RH_OK) {
        status = rh_alias_close(frame->ctx, alias);
    }
    return conclude(frame, op, status, RH_NOT_FOUND);
}

/* ---- looking at oneself ---- */

static enum rh_status set_list(struct frame *frame, const struct rh_plan_op *op,
                               size_t (*list)(const struct rh_context *ctx, struct rh_pid *pids,
                                              size_t capacity))
{
    const struct rh_allocator *allocator = rh_allocator_of(frame->ctx);
    size_t count = list(frame->ctx, NULL, 0);
    struct rh_pid *pids = allocator->allocate(allocator->self, (count + 1) * sizeof *pids);
    if (pids == NULL) {
        return RH_NO_MEMORY;
    }
    (void)list(frame->ctx, pids, count);
    enum rh_status status = frame_set(frame, op->as, list_of_pids(frame, pids, count));
    allocator->release(allocator->self, pids, (count + 1) * sizeof *pids);
    return status;
}

static enum rh_status run_LINKS(struct frame *frame, const struct rh_plan_op *op)
{
    return set_list(frame, op, rh_links);
}

static enum rh_status run_MONITORS(struct frame *frame, const struct rh_plan_op *op)
{
    return set_list(frame, op, rh_monitors);
}

/* ---- selective receive ---- */

static enum rh_status fill_patterns(struct frame *frame, const struct rh_plan_receive *receive,
                                    struct rh_message patterns[RH_RECEIVE_MAX], size_t *ret_count)
{
    for (*ret_count = 0; *ret_count < receive->patterns.count; (*ret_count)++) {
        enum rh_status status =
            play_fill_bound(rh_allocator_of(frame->ctx),
                            play_message(frame->play, receive->patterns.at[*ret_count]),
                            &frame->bindings, &patterns[*ret_count]);
        if (status != RH_OK) {
            return status;
        }
    }
    return RH_OK;
}

enum rh_status frame_receive(struct frame *frame, const struct rh_plan_receive *receive)
{
    struct rh_message patterns[RH_RECEIVE_MAX];
    struct rh_message tags[RH_RECEIVE_MAX];
    size_t count = 0;
    enum rh_status status = fill_patterns(frame, receive, patterns, &count);
    for (uint32_t i = 0; i < receive->tags.count; i++) {
        tags[i] = *play_message(frame->play, receive->tags.at[i]);
    }
    const struct rh_receive want = {.patterns = patterns,
                                    .pattern_count = count,
                                    .tags = tags,
                                    .tag_count = receive->tags.count,
                                    .timeout = receive->timeout};
    if (status == RH_OK) {
        status = rh_receive(frame->ctx, &want);
    }
    for (size_t i = 0; i < count; i++) {
        rh_message_unref(patterns[i]);
    }
    return status;
}

static enum rh_status run_RECEIVE(struct frame *frame, const struct rh_plan_op *op)
{
    return frame_receive(frame, op->receive);
}

static enum rh_status run_RECEIVE_CANCEL(struct frame *frame, const struct rh_plan_op *op)
{
    (void)op;
    rh_receive_cancel(frame->ctx);
    return RH_OK;
}

/* ---- the table ---- */

static enum rh_status (*const operations[RH_OP_COUNT])(struct frame *frame,
                                                       const struct rh_plan_op *op) = {
#define X(identifier, word, sentence) run_##identifier,
    RH_OP_MAP(X)
#undef X
};

enum rh_status frame_run_one(struct frame *frame, const struct rh_plan_op *op)
{
    return operations[op->kind](frame, op);
}

enum rh_status frame_run(struct frame *frame, struct rh_plan_ops ops)
{
    enum rh_status status = RH_OK;
    for (uint32_t i = 0; i < ops.count && status == RH_OK; i++) {
        status = frame_run_one(frame, &ops.at[i]);
    }
    return status;
}

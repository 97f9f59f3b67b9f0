/* SPDX-License-Identifier: MIT */
/* What an actor asks of its handles: a check of who and when, and one queued effect. */
#include "core/io/handle.h"

#include <string.h>

static struct handle *own_handle(struct rh_context *ctx, struct rh_ref ref)
{
    struct handle *handle = handle_find(ctx->node, ref);
    if (handle == NULL) {
        return NULL;
    }
    if (!rh_pid_equal(handle->owner, ctx->self)) {
        ctx->node->stats.foreign_refs++;
        return NULL;
    }
    return handle;
}

/** Copy a string to *cursor, which moves behind it. */
static const char *copy_text(char **cursor, const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *copy = *cursor;
    memcpy(copy, text, bytes);
    *cursor += bytes;
    return copy;
}

/* What a fault refuses is answered as what the world refuses is: by the driver, later. */
static void ask_to_open(struct rh_node *node, struct handle *handle, enum rh_effect_kind effect)
{
    bool may = handle_may(node, handle, effect, 0);
    handle_queue(node, handle, SLOT_OPEN, may ? effect : RH_EFFECT_REFUSE);
}

static enum rh_status open_address(struct rh_context *ctx, const char *address,
                                   enum handle_kind kind, enum rh_effect_kind effect,
                                   struct rh_ref *ret_handle)
{
    if (!turn_operation(ctx)) {
        return RH_EXITED;
    }
    struct rh_node *node = ctx->node;
    size_t length = address == NULL ? 0 : strlen(address);
    if (length == 0 || length > node->limits.address_bytes_max) {
        return RH_INVALID;
    }
    struct handle *handle;
    enum rh_status status = handle_create(node, ctx->actor, kind, length + 1, &handle);
    if (status != RH_OK) {
        return status;
    }
    char *cursor = handle->text;
    handle->address = copy_text(&cursor, address);
    ask_to_open(node, handle, effect);
    *ret_handle = handle->ref;
    return RH_OK;
}

enum rh_status rh_connect(struct rh_context *ctx, const char *address, struct rh_ref *ret_handle)
{
    return open_address(ctx, address, HANDLE_PIPE, RH_EFFECT_CONNECT, ret_handle);
}

enum rh_status rh_listen(struct rh_context *ctx, const char *address, struct rh_ref *ret_handle)
{
    return open_address(ctx, address, HANDLE_LISTENER, RH_EFFECT_LISTEN, ret_handle);
}

struct measure {
    size_t bytes;
    size_t strings;
};

static void measure_list(struct measure *measure, const char *const *list)
{
    for (size_t i = 0; list != NULL && list[i] != NULL; i++) {
        measure->bytes += strlen(list[i]) + 1;
        measure->strings++;
    }
}

/* Both lists, each with its NULL, lie in front of the strings. */
static const char *const *copy_list(const char ***ret_slot, char **cursor, const char *const *list)
{
    const char **copy = *ret_slot;
    size_t count = 0;
    for (; list != NULL && list[count] != NULL; count++) {
        copy[count] = copy_text(cursor, list[count]);
    }
    copy[count] = NULL;
    *ret_slot = copy + count + 1;
    return copy;
}

static void copy_command(struct handle *handle, const struct rh_command *command, size_t strings)
{
    uintptr_t unaligned = (uintptr_t)handle->text;
    size_t gap = (sizeof(char *) - unaligned % sizeof(char *)) % sizeof(char *);
    void *lists = handle->text + gap;
    const char **slot = lists;
    char *cursor = handle->text + gap + (strings + 2) * sizeof(char *);
    handle->command.program = copy_text(&cursor, command->program);
    handle->command.arguments = copy_list(&slot, &cursor, command->arguments);
    handle->command.environment = copy_list(&slot, &cursor, command->environment);
    if (command->directory != NULL) {
        handle->command.directory = copy_text(&cursor, command->directory);
    }
}

enum rh_status rh_start(struct rh_context *ctx, const struct rh_command *command,
                        struct rh_ref *ret_handle)
{
    if (!turn_operation(ctx)) {
        return RH_EXITED;
    }
    struct rh_node *node = ctx->node;
    size_t length = command->program == NULL ? 0 : strlen(command->program);
    if (length == 0 || length > node->limits.address_bytes_max) {
        return RH_INVALID;
    }
    struct measure measure = {.bytes = length + 1};
    measure_list(&measure, command->arguments);
    measure_list(&measure, command->environment);
    measure.bytes += command->directory == NULL ? 0 : strlen(command->directory) + 1;
    if (measure.bytes > node->limits.command_bytes_max) {
        emit_limit(node, ctx->self, RH_LIMIT, "command_bytes_max");
        return RH_LIMIT;
    }
    size_t text_bytes = measure.bytes + (measure.strings + 3) * sizeof(char *);
    struct handle *handle;
    enum rh_status status = handle_create(node, ctx->actor, HANDLE_CHILD, text_bytes, &handle);
    if (status != RH_OK) {
        return status;
    }
    copy_command(handle, command, measure.strings);
    ask_to_open(node, handle, RH_EFFECT_START);
    *ret_handle = handle->ref;
    return RH_OK;
}

static bool can_write(const struct handle *handle)
{
    return handle != NULL && handle->phase == HANDLE_OPEN && !handle->shut &&
           handle->kind != HANDLE_LISTENER;
}

enum rh_status rh_write(struct rh_context *ctx, struct rh_ref ref, const void *bytes, size_t size)
{
    if (!turn_operation(ctx)) {
        return RH_EXITED;
    }
    struct handle *handle = own_handle(ctx, ref);
    if (!can_write(handle)) {
        return RH_NOT_FOUND;
    }
    if (size == 0) {
        return RH_INVALID;
    }
    if (handle->writing) {
        return RH_FULL;
    }
    handle->writing = true;
    handle->bytes = bytes;
    handle->size = size;
    handle->refused = !handle_may(ctx->node, handle, RH_EFFECT_WRITE, size);
    handle_queue(ctx->node, handle, SLOT_WRITE,
                 handle->refused ? RH_EFFECT_REFUSE : RH_EFFECT_WRITE);
    return RH_OK;
}

/* What the driver has not taken yet is taken back rather than answered. */
static enum rh_status set_flow(struct rh_context *ctx, struct rh_ref ref, bool pause)
{
    if (!turn_operation(ctx)) {
        return RH_EXITED;
    }
    struct handle *handle = own_handle(ctx, ref);
    if (handle == NULL || handle->phase > HANDLE_OPEN || handle->kind == HANDLE_LISTENER) {
        return RH_NOT_FOUND;
    }
    enum rh_effect_kind kind = pause ? RH_EFFECT_PAUSE : RH_EFFECT_RESUME;
    bool taken = !handle->effects[SLOT_FLOW].queued;
    bool wanted = taken ? handle->paused : !handle->paused;
    if (wanted == pause || !handle_may(ctx->node, handle, kind, 0)) {
        return RH_OK;
    }
    if (taken) {
        handle_queue(ctx->node, handle, SLOT_FLOW, kind);
    } else {
        handle_withdraw(ctx->node, handle, SLOT_FLOW);
    }
    return RH_OK;
}

enum rh_status rh_pause(struct rh_context *ctx, struct rh_ref ref)
{
    return set_flow(ctx, ref, true);
}

enum rh_status rh_resume(struct rh_context *ctx, struct rh_ref ref)
{
    return set_flow(ctx, ref, false);
}

enum rh_status rh_shutdown(struct rh_context *ctx, struct rh_ref ref)
{
    if (!turn_operation(ctx)) {
        return RH_EXITED;
    }
    struct handle *handle = own_handle(ctx, ref);
    if (!can_write(handle)) {
        return RH_NOT_FOUND;
    }
    handle->shut = true;
    if (!handle->refused) {
        (void)handle_ask(ctx->node, handle, SLOT_SHUTDOWN, RH_EFFECT_SHUTDOWN, 0);
    }
    return RH_OK;
}

enum rh_status rh_close(struct rh_context *ctx, struct rh_ref ref)
{
    if (!turn_operation(ctx)) {
        return RH_EXITED;
    }
    struct handle *handle = own_handle(ctx, ref);
    if (handle == NULL || handle->phase > HANDLE_OPEN) {
        return RH_NOT_FOUND;
    }
    handle->phase = HANDLE_CLOSING;
    handle_withdraw(ctx->node, handle, SLOT_FLOW);
    (void)handle_ask(ctx->node, handle, SLOT_CLOSE, RH_EFFECT_CLOSE, 0);
    return RH_OK;
}

enum rh_status rh_kill(struct rh_context *ctx, struct rh_ref ref, int signal)
{
    if (!turn_operation(ctx)) {
        return RH_EXITED;
    }
    struct handle *handle = own_handle(ctx, ref);
    if (handle == NULL || handle->kind != HANDLE_CHILD || handle->exited) {
        return RH_NOT_FOUND;
    }
    if (signal < 1 || signal > SIGNAL_MAX) {
        return RH_INVALID;
    }
    if (handle_ask(ctx->node, handle, SLOT_KILL, RH_EFFECT_KILL, (uint64_t)signal)) {
        handle->signals |= UINT64_C(1) << signal;
    }
    return RH_OK;
}

enum rh_status rh_give(struct rh_context *ctx, struct rh_ref ref, struct rh_pid to)
{
    if (!turn_operation(ctx)) {
        return RH_EXITED;
    }
    struct handle *handle = own_handle(ctx, ref);
    if (handle == NULL) {
        return RH_NOT_FOUND;
    }
    struct actor *heir = actor_find(ctx->node, to);
    touch(ctx->node, RH_TOUCH_LIFE, to, 0, NULL);
    if (heir == NULL) {
        return RH_NOPROC;
    }
    if (handle->writing) {
        return RH_FULL;
    }
    touch(ctx->node, RH_TOUCH_HANDLE, ref.owner, ref.ordinal, NULL);
    handle_unhang(ctx->actor, handle);
    handle->owner = to;
    handle_hang(heir, handle);
    return RH_OK;
}

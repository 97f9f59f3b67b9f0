/* SPDX-License-Identifier: MIT */
/* Messages of the plan become messages of a run: actors that stand in them by name become pids. The same walk fills in
 * those variables of a pattern that have a value. Items are put in the order in which they are read, so no recursion. */
#include "harness/play/internal.h"

struct rewrite {
    struct rh_builder *builder;
    struct rh_play *play;               /**< replaces names; or NULL */
    const struct rh_bindings *bindings; /**< replaces variables; or NULL */
};

struct rh_pid play_pid(struct rh_play *play, uint32_t name)
{
    if (name >= play->plan->actor_count && play->world != NULL) {
        struct rh_pid pid;
        bool found = rh_world_find(play->world, play->plan->names[name], &pid);
        play->pids[name] = found ? pid : rh_pid_none();
    }
    return play->pids[name];
}

static void put_pid(struct rewrite *rewrite, struct rh_pid pid)
{
    if (rewrite->play != NULL && pid.node == RH_PLAN_NODE) {
        struct rh_pid actor = play_pid(rewrite->play, pid.slot);
        pid = rh_pid_is_none(actor) ? pid : actor;
    }
    rh_build_pid(rewrite->builder, pid);
}

static void put_variable(struct rewrite *rewrite, uint32_t slot)
{
    struct rh_item value = {NULL, 0};
    if (rewrite->bindings != NULL) {
        value = rh_bindings_get(rewrite->bindings, slot);
    }
    if (value.size > 0) {
        rh_build_item(rewrite->builder, value);
    } else {
        rh_build_variable(rewrite->builder, slot);
    }
}

/* One item, of a container only its head: its content follows. */
static bool put_next(struct rewrite *rewrite, struct rh_reader *reader)
{
    size_t count = 0;
    uint32_t slot = 0;
    struct rh_pid pid;
    struct rh_item item;
    switch (rh_read_kind(reader)) {
    case RH_KIND_ARRAY:
        (void)rh_read_array(reader, &count);
        rh_build_array(rewrite->builder, count);
        return true;
    case RH_KIND_MAP:
        (void)rh_read_map(reader, &count);
        rh_build_map(rewrite->builder, count);
        return true;
    case RH_KIND_PID:
        (void)rh_read_pid(reader, &pid);
        put_pid(rewrite, pid);
        return true;
    case RH_KIND_VARIABLE:
        (void)rh_read_variable(reader, &slot);
        put_variable(rewrite, slot);
        return true;
    case RH_KIND_NONE:
        return false;
    default:
        if (!rh_read_item(reader, &item)) {
            return false;
        }
        rh_build_item(rewrite->builder, item);
        return true;
    }
}

static enum rh_status rewrite_message(const struct rh_allocator *allocator,
                                      const struct rh_message *from, struct rewrite *rewrite,
                                      struct rh_message *ret_message)
{
    struct rh_builder builder;
    struct rh_reader reader;
    rh_builder_init(&builder, allocator, RH_MESSAGE_BYTES_CEILING);
    rh_reader_message(&reader, from);
    rewrite->builder = &builder;
    while (put_next(rewrite, &reader)) {
    }
    struct rh_message built = rh_build_finish(&builder);
    enum rh_status status = rh_message_status(built);
    if (status == RH_OK) {
        *ret_message = built;
    }
    return status;
}

enum rh_status play_fill_bound(const struct rh_allocator *allocator,
                               const struct rh_message *pattern, const struct rh_bindings *bindings,
                               struct rh_message *ret_message)
{
    struct rewrite rewrite = {NULL, NULL, bindings};
    return rewrite_message(allocator, pattern, &rewrite, ret_message);
}

static enum rh_status bind(struct rh_play *play, uint32_t index)
{
    struct rewrite rewrite = {NULL, play, NULL};
    struct rh_message bound;
    enum rh_status status =
        rewrite_message(play->allocator, &play->plan->messages[index].value, &rewrite, &bound);
    if (status == RH_OK) {
        rh_message_unref(play->bound[index]);
        play->bound[index] = bound;
    }
    return status;
}

/* A copy of each, also where nothing is replaced: the plan may be played on several threads. */
enum rh_status play_bind_all(struct rh_play *play)
{
    for (uint32_t i = 1; i < play->plan->message_count; i++) {
        enum rh_status status = bind(play, i);
        if (status != RH_OK) {
            return status;
        }
    }
    return RH_OK;
}

void play_unbind_all(struct rh_play *play)
{
    for (uint32_t i = 1; play->bound != NULL && i < play->plan->message_count; i++) {
        rh_message_unref(play->bound[i]);
    }
}

const struct rh_message *play_message(struct rh_play *play, uint32_t index)
{
    static const struct rh_message none = {.small = {0, {0}}};
    if (index == 0) {
        return &none;
    }
    if (play->plan->messages[index].has_children) {
        enum rh_status status = bind(play, index);
        if (status != RH_OK) {
            play_fail(play, status);
        }
    }
    return &play->bound[index];
}

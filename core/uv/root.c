/* SPDX-License-Identifier: MIT */
/*
 * Roots whose end is told. A driver sees no actor end, and an observer would make every event and mark of the node cost. So
 * the driver has an actor, the watcher, which spawns and monitors them in one step: an init that fails is seen as well. What
 * it hears waits until the effects are applied, so that what a root said comes before its end.
 */
#include "core/uv/internal.h"

#include <stdio.h>
#include <string.h>

struct root {
    struct root *next;
    struct rh_pid pid;
    struct rh_ref monitor;
    struct rh_message reason; /**< of one that has ended */
    size_t bytes;
    char name[];
};

/* ---- the watcher ---- */

struct watcher {
    struct rh_uv *uv;
};

static enum rh_status watcher_init(struct rh_context *ctx, void *state,
                                   const struct rh_delivery *start)
{
    (void)state;
    (void)start;
    return rh_trap(ctx, true);
}

static enum rh_status watcher_receive(struct rh_context *ctx, void *state,
                                      const struct rh_delivery *in)
{
    struct rh_uv *uv = ((struct watcher *)state)->uv;
    if (in->kind != RH_DELIVERY_DOWN) {
        return RH_OK;
    }
    struct rh_ref monitor = rh_delivery_ref(ctx, in);
    struct root **at = &uv->roots;
    while (*at != NULL && !rh_ref_equal((*at)->monitor, monitor)) {
        at = &(*at)->next;
    }
    struct root *root = *at;
    if (root != NULL) {
        *at = root->next;
        root->next = NULL;
        root->reason = rh_message_ref(in->message);
        struct root **last = &uv->ended;
        while (*last != NULL) {
            last = &(*last)->next;
        }
        *last = root;
    }
    return RH_OK;
}

static const struct rh_behaviour watcher = {.name = "watcher",
                                            .state_bytes = sizeof(struct watcher),
                                            .init = watcher_init,
                                            .receive = watcher_receive};

/* ---- spawning ---- */

struct birth {
    struct rh_uv *uv;
    const struct rh_behaviour *behaviour;
    struct rh_spawn_options options;
    struct root *root;
    enum rh_status status;
};

static enum rh_status spawn(struct rh_context *ctx, void *state, void *argument)
{
    struct birth *birth = argument;
    *(struct watcher *)state = (struct watcher){.uv = birth->uv};
    birth->status =
        rh_spawn(ctx, birth->behaviour, &birth->options, &birth->root->pid, &birth->root->monitor);
    return RH_OK;
}

struct search {
    struct rh_pid actor;
    struct rh_pending found;
};

static bool find_start(void *self, const struct rh_pending *pending)
{
    struct search *search = self;
    bool is_it = pending->signal == RH_SIGNAL_START && rh_pid_equal(pending->actor, search->actor);
    if (is_it) {
        search->found = *pending;
    }
    return !is_it;
}

/* It has its first turn now, ahead of all that waits. */
static enum rh_status start_watcher(struct rh_uv *uv)
{
    struct search search = {.actor = rh_pid_none()};
    enum rh_status status = rh_node_spawn(uv->node, rh_uv_now(uv), &watcher, NULL, &search.actor);
    if (status != RH_OK) {
        return status;
    }
    rh_node_each_pending(uv->node, 0, find_start, &search);
    RH_ASSERT(rh_pid_equal(search.found.actor, search.actor));
    rh_node_execute(uv->node, rh_uv_now(uv), &search.found);
    uv->watcher = search.actor;
    return RH_OK;
}

static enum rh_status spawn_watched(struct rh_uv *uv, struct birth *birth)
{
    enum rh_status status = rh_pid_is_none(uv->watcher) ? RH_NOPROC : RH_OK;
    if (status == RH_OK) {
        status = rh_node_turn(uv->node, rh_uv_now(uv), uv->watcher, spawn, birth);
    }
    if (status == RH_NOPROC) { /* the first time, or somebody has killed it */
        status = start_watcher(uv);
        if (status == RH_OK) {
            status = rh_node_turn(uv->node, rh_uv_now(uv), uv->watcher, spawn, birth);
        }
    }
    if (status != RH_OK) {
        rh_message_unref(birth->options.argument);
        return status;
    }
    return birth->status;
}

enum rh_status rh_uv_spawn(struct rh_uv *uv, const struct rh_behaviour *behaviour,
                           const struct rh_spawn_options *options, struct rh_pid *ret_root)
{
    struct birth birth = {.uv = uv, .behaviour = behaviour};
    if (options != NULL) {
        birth.options = *options;
    }
    size_t length = strlen(behaviour->name);
    size_t bytes = sizeof(struct root) + length + 1;
    bool is_good = !birth.options.link && !birth.options.monitor;
    birth.root = is_good ? driver_allocate(uv, bytes) : NULL;
    if (birth.root == NULL) {
        rh_message_unref(birth.options.argument);
        return is_good ? RH_NO_MEMORY : RH_INVALID;
    }
    birth.options.monitor = true;
    *birth.root = (struct root){.next = uv->roots, .bytes = bytes};
    memcpy(birth.root->name, behaviour->name, length + 1);
    enum rh_status status = spawn_watched(uv, &birth);
    if (status != RH_OK) {
        driver_release(uv, birth.root, bytes);
        return status;
    }
    uv->roots = birth.root;
    *ret_root = birth.root->pid;
    rh_uv_wake(uv);
    return RH_OK;
}

/* ---- telling ---- */

static void say(const struct root *root)
{
    enum rh_reason_class kind = rh_reason_class(&root->reason);
    char text[512];
    if (kind != RH_REASON_NORMAL && kind != RH_REASON_SHUTDOWN) {
        (void)rh_message_print(&root->reason, NULL, text, sizeof(text));
        (void)fprintf(stderr, "actor '%s' has ended: %s\n", root->name, text);
    }
}

static void release(struct rh_uv *uv, struct root *root)
{
    rh_message_unref(root->reason);
    driver_release(uv, root, root->bytes);
}

void roots_tell(struct rh_uv *uv)
{
    while (uv->ended != NULL && !uv->closing) {
        struct root *root = uv->ended;
        uv->ended = root->next;
        if (uv->options.root_ended == NULL) {
            say(root);
        } else {
            uv->options.root_ended(uv->options.self, root->pid, root->name, &root->reason);
        }
        release(uv, root);
    }
}

static void forget(struct rh_uv *uv, struct root **list)
{
    while (*list != NULL) {
        struct root *root = *list;
        *list = root->next;
        release(uv, root);
    }
}

static enum rh_status leave(struct rh_context *ctx, void *state, void *argument)
{
    (void)ctx;
    (void)state;
    (void)argument;
    return RH_DONE;
}

void roots_forget(struct rh_uv *uv)
{
    if (!rh_pid_is_none(uv->watcher)) {
        enum rh_status status = rh_node_turn(uv->node, rh_uv_now(uv), uv->watcher, leave, NULL);
        RH_ASSERT(status == RH_OK || status == RH_DONE || status == RH_NOPROC);
    }
    forget(uv, &uv->roots);
    forget(uv, &uv->ended);
}

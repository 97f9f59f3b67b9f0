/* SPDX-License-Identifier: MIT */
/*
 * What actors ask of the world outside, and what they hear of it. Each effect that can fail is answered once, in a later event:
 * connect and listen by opened or closed, start by started or closed, write by written or closed, close by closed; after closed
 * there is nothing but the end of a child. Who has exited hears nothing, so only the handles of the living are owed an answer.
 */
#include "harness/check/family.h"

#include <rehearse/io.h>
#include <rehearse/node.h>

#include <inttypes.h>
#include <string.h>

enum phase {
    PHASE_OPENING, /* asked for: opened, started or closed comes next */
    PHASE_OPEN,
    PHASE_CLOSED
};

struct handle {
    struct rh_ref key;
    struct rh_pid owner; /* who was last heard to have it */
    uint64_t phase;      /* enum phase */
    uint64_t asked;      /* enum rh_effect_kind: connect, listen or start */
    bool is_writing;
    bool is_blocked; /* a fault keeps its write: only closed answers it */
    bool is_closing; /* asked for */
    bool has_exited; /* of a child */
};

struct effects {
    struct family family;
    struct table handles;
};

static const struct family_table tables[] = {
    {offsetof(struct effects, handles), sizeof(struct rh_ref), sizeof(struct handle)},
};
static const struct family_plan plan = {.bytes = sizeof(struct effects), FAMILY_TABLES(tables)};

static enum rh_status create(const struct rh_allocator *allocator, struct rh_judge *judge,
                             void **ret_self)
{
    return family_create(allocator, judge, &plan, ret_self);
}

static void fail_handle(struct effects *self, const char *invariant, const struct handle *handle,
                        const char *expected, const char *observed)
{
    struct rh_judge *judge = self->family.judge;
    struct rh_violation found = violation_of(invariant, handle->owner, rh_pid_none());
    violation_expect(&found, "%s", expected);
    violation_observe(&found, "handle %" PRIu64 " of %s: %s", handle->key.ordinal,
                      say_who(judge, handle->key.owner).text, observed);
    rh_judge_fail(judge, &found);
}

/* ---- what is asked for ---- */

static void on_begun(struct effects *self, const struct rh_event *event, enum rh_effect_kind kind)
{
    struct rh_ref ref = {event->peer, event->ordinal};
    struct handle *handle = table_find(&self->handles, &ref);
    if (handle != NULL) {
        fail_handle(self, "effects/handle", handle, "a handle is one thing", "asked for again");
        return;
    }
    handle = table_add(&self->handles, &ref);
    if (handle == NULL) {
        rh_judge_error(self->family.judge, RH_NO_MEMORY);
        return;
    }
    handle->owner = event->actor;
    handle->asked = (uint64_t)kind;
}

static void on_write(struct effects *self, struct handle *handle, bool is_blocked)
{
    if (handle->is_writing) {
        fail_handle(self, "effects/write", handle, "one write at a time", "a second one");
    }
    handle->is_writing = true;
    handle->is_blocked = is_blocked;
}

static void on_effect(struct effects *self, const struct rh_event *event)
{
    static const enum rh_effect_kind beginnings[] = {RH_EFFECT_CONNECT, RH_EFFECT_LISTEN,
                                                     RH_EFFECT_START};
    struct rh_ref ref = {event->peer, event->ordinal};
    for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++) {
        if (strcmp(event->name, rh_effect_kind_word(beginnings[i])) == 0) {
            on_begun(self, event, beginnings[i]);
            return;
        }
    }
    struct handle *handle = table_find(&self->handles, &ref);
    if (handle == NULL) {
        return; /* it was accepted or adopted, and is heard of for the first time */
    }
    handle->owner = event->actor;
    if (strcmp(event->name, rh_effect_kind_word(RH_EFFECT_WRITE)) == 0) {
        on_write(self, handle, event->why == RH_WHY_FAULT);
    }
    handle->is_closing |= strcmp(event->name, rh_effect_kind_word(RH_EFFECT_CLOSE)) == 0;
}

/* ---- what is heard ---- */

static void on_opened(struct effects *self, struct handle *handle, bool is_start)
{
    bool is_asked =
        handle->phase == PHASE_OPENING && (handle->asked == RH_EFFECT_START) == is_start;
    if (!is_asked) {
        fail_handle(self, "effects/once", handle, "what was asked for is answered once",
                    is_start ? "started, and that was not awaited"
                             : "opened, and that was not awaited");
    }
    handle->phase = PHASE_OPEN;
}

static void on_written(struct effects *self, struct handle *handle)
{
    if (!handle->is_writing || handle->is_blocked) {
        fail_handle(self, "effects/once", handle, "a write is answered once",
                    handle->is_blocked ? "written, though a fault keeps it"
                                       : "written, and nothing was being written");
    }
    handle->is_writing = false;
}

static void on_exited(struct effects *self, struct handle *handle)
{
    if (handle->has_exited || handle->phase == PHASE_OPENING) {
        fail_handle(self, "effects/once", handle, "a child that runs ends once",
                    handle->has_exited ? "exited again" : "exited, and never ran");
    }
    handle->has_exited = true;
}

static void on_input(struct effects *self, const struct rh_event *event)
{
    struct rh_ref ref = {event->peer, event->ordinal};
    struct handle *handle = table_find(&self->handles, &ref);
    family_evaluated(&self->family);
    if (handle == NULL) {
        return;
    }
    handle->owner = event->actor;
    if (strcmp(event->name, rh_io_kind_word(RH_IO_EXITED)) == 0) {
        on_exited(self, handle);
        return;
    }
    if (handle->phase == PHASE_CLOSED && strcmp(event->name, rh_io_kind_word(RH_IO_STDERR)) != 0) {
        fail_handle(self, "effects/after", handle, "after closed nothing comes", event->name);
        return;
    }
    if (strcmp(event->name, rh_io_kind_word(RH_IO_OPENED)) == 0 ||
        strcmp(event->name, rh_io_kind_word(RH_IO_STARTED)) == 0) {
        on_opened(self, handle, strcmp(event->name, rh_io_kind_word(RH_IO_STARTED)) == 0);
    } else if (strcmp(event->name, rh_io_kind_word(RH_IO_WRITTEN)) == 0) {
        on_written(self, handle);
    } else if (strcmp(event->name, rh_io_kind_word(RH_IO_CLOSED)) == 0) {
        handle->phase = PHASE_CLOSED;
        handle->is_writing = false;
        handle->is_closing = false;
    }
}

static void record(void *state, const struct rh_record *told)
{
    struct effects *self = state;
    const struct rh_event *event = told->event;
    if (event->signal != RH_SIGNAL_IO || event->name == NULL) {
        return;
    }
    if (event->kind == RH_EVENT_EFFECT) {
        on_effect(self, event);
    } else {
        on_input(self, event);
    }
}

/* ---- the end ---- */

static void finish(void *state, enum rh_end end)
{
    struct effects *self = state;
    const struct model *model = self->family.model;
    if (end != RH_END_QUIESCENT || model->lossy) {
        return;
    }
    for (uint32_t i = 0; i < self->handles.count; i++) {
        const struct handle *handle = table_at(&self->handles, i);
        bool is_owed = handle->phase == PHASE_OPENING || handle->is_closing;
        if (is_owed && model_life(model, handle->owner) == LIFE_ALIVE) {
            fail_handle(self, "effects/owed", handle, "everything that was asked for is answered",
                        handle->is_closing
                            ? "its close was not"
                            : rh_effect_kind_word((enum rh_effect_kind)handle->asked));
            return;
        }
    }
}

const struct rh_checker checker_effects = {
    .name = "effects",
    .covers = "O9 TH-I20 TH-I21",
    .claim = "what is asked of the world outside is answered once, and after the end nothing comes",
    .kinds = RH_LISTEN(EFFECT) | RH_LISTEN(INPUT),
    .live = true,
    .create = create,
    .begin = family_begin,
    .record = record,
    .finish = finish,
    .destroy = family_destroy,
};

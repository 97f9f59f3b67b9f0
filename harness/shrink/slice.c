/* SPDX-License-Identifier: MIT */
/*
 * Happened-before, backward: whatever is not in the past of the failure cannot have caused it. It may still have mattered, by
 * what it did not do, or because a property counts it; so the slice is a proposal like any other, and the first one that is
 * tried: strike out everybody else at once.
 */
#include "harness/shrink/slice.h"

#include "harness/trace/history.h"

#include <string.h>

/* "a/1/2" and "a@2/1" belong to a. */
static size_t root_of(struct rh_text name)
{
    size_t length = 0;
    while (length < name.size && strchr("/@#", name.bytes[length]) == NULL) {
        length++;
    }
    return length;
}

static enum rh_status add(struct rh_slice *slice, struct rh_text name)
{
    const struct rh_allocator *with = slice->allocator;
    char root[sizeof *slice->names];
    size_t length = root_of(name);
    length = length < sizeof root ? length : sizeof root - 1;
    memcpy(root, name.bytes, length);
    root[length] = '\0';
    if (rh_slice_has(slice, root)) {
        return RH_OK;
    }
    if (slice->count == slice->capacity) {
        size_t capacity = slice->capacity == 0 ? 16 : 2 * slice->capacity;
        void *names = with->resize(with->self, slice->names, slice->capacity * sizeof *slice->names,
                                   capacity * sizeof *slice->names);
        if (names == NULL) {
            return RH_NO_MEMORY;
        }
        slice->names = names;
        slice->capacity = capacity;
    }
    memcpy(slice->names[slice->count++], root, sizeof root);
    return RH_OK;
}

static enum rh_status collect(struct rh_slice *slice, struct rh_history *history)
{
    const uint32_t nobody[2] = {0, 0};
    const uint32_t *actors = history->has_footer ? history->result.actors : nobody;
    bool is_of_nobody = actors[0] == 0 && actors[1] == 0;
    enum rh_status status = RH_OK;
    for (uint32_t i = 0; i < history->count; i++) {
        struct rh_moment *moment = &history->moments[i];
        bool is_last =
            moment->actor != 0 && (moment->actor == actors[0] || moment->actor == actors[1]);
        moment->is_past = is_last || moment->kind == UINT8_MAX || (is_of_nobody && moment->matters);
    }
    for (uint32_t i = history->count; i > 0 && status == RH_OK; i--) {
        const struct rh_moment *moment = &history->moments[i - 1];
        if (!moment->is_past) {
            continue;
        }
        if (moment->before != RH_HISTORY_NONE) {
            history->moments[moment->before].is_past = true;
        }
        if (moment->cause != RH_HISTORY_NONE) {
            history->moments[moment->cause].is_past = true;
        }
        status =
            moment->actor == 0 ? RH_OK : add(slice, rh_trace_name(&history->reader, moment->actor));
    }
    return status;
}

enum rh_status rh_slice_init(struct rh_slice *slice, const struct rh_allocator *allocator,
                             const uint8_t *trace, size_t size)
{
    struct rh_history history;
    *slice = (struct rh_slice){.allocator = allocator != NULL ? allocator : rh_allocator_default()};
    enum rh_status status = rh_history_load(&history, slice->allocator, trace, size);
    status = status == RH_OK ? collect(slice, &history) : status;
    rh_history_deinit(&history);
    return status;
}

void rh_slice_deinit(struct rh_slice *slice)
{
    if (slice->names != NULL) {
        slice->allocator->release(slice->allocator->self, slice->names,
                                  slice->capacity * sizeof *slice->names);
    }
    slice->names = NULL;
    slice->count = 0;
}

bool rh_slice_has(const struct rh_slice *slice, const char *name)
{
    for (size_t i = 0; i < slice->count; i++) {
        if (strcmp(slice->names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

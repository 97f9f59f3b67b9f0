/* SPDX-License-Identifier: MIT */
#include "harness/play/outcomes.h"

#include <string.h>

void outcomes_init(struct outcomes *outcomes, const struct rh_allocator *allocator)
{
    *outcomes = (struct outcomes){.allocator = allocator};
}

void outcomes_deinit(struct outcomes *outcomes)
{
    if (outcomes->slots != NULL) {
        outcomes->allocator->release(outcomes->allocator->self, outcomes->slots,
                                     outcomes->slot_count * sizeof(outcomes->slots[0]));
    }
    outcomes_init(outcomes, outcomes->allocator);
}

static bool is_free(const uint64_t slot[2])
{
    return slot[0] == 0 && slot[1] == 0;
}

/* Return whether it was new. */
static bool insert(uint64_t (*slots)[2], size_t slot_count, uint64_t first, uint64_t second)
{
    size_t at = (size_t)first & (slot_count - 1);
    while (!is_free(slots[at])) {
        if (slots[at][0] == first && slots[at][1] == second) {
            return false;
        }
        at = (at + 1) & (slot_count - 1);
    }
    slots[at][0] = first;
    slots[at][1] = second;
    return true;
}

static bool grow(struct outcomes *outcomes)
{
    size_t slot_count = outcomes->slot_count == 0 ? 64 : outcomes->slot_count * 2;
    size_t bytes = slot_count * sizeof(outcomes->slots[0]);
    uint64_t(*slots)[2] = outcomes->allocator->allocate(outcomes->allocator->self, bytes);
    if (slots == NULL) {
        return false;
    }
    memset(slots, 0, bytes);
    for (size_t i = 0; i < outcomes->slot_count; i++) {
        if (!is_free(outcomes->slots[i])) {
            (void)insert(slots, slot_count, outcomes->slots[i][0], outcomes->slots[i][1]);
        }
    }
    size_t count = outcomes->count;
    bool has_more = outcomes->has_more;
    outcomes_deinit(outcomes);
    outcomes->has_more = has_more;
    outcomes->slots = slots;
    outcomes->slot_count = slot_count;
    outcomes->count = count;
    return true;
}

static bool has(const struct outcomes *outcomes, uint64_t first, uint64_t second)
{
    size_t at = (size_t)first & (outcomes->slot_count - 1);
    while (!is_free(outcomes->slots[at]) &&
           (outcomes->slots[at][0] != first || outcomes->slots[at][1] != second)) {
        at = (at + 1) & (outcomes->slot_count - 1);
    }
    return !is_free(outcomes->slots[at]);
}

enum rh_status outcomes_add(struct outcomes *outcomes, const uint64_t digest[2])
{
    uint64_t first = digest[0] == 0 && digest[1] == 0 ? 1 : digest[0];
    if (outcomes->count == OUTCOMES_MAX) {
        outcomes->has_more = outcomes->has_more || !has(outcomes, first, digest[1]);
        return RH_OK;
    }
    if (outcomes->count * 2 >= outcomes->slot_count && !grow(outcomes)) {
        return RH_NO_MEMORY;
    }
    outcomes->count += insert(outcomes->slots, outcomes->slot_count, first, digest[1]);
    return RH_OK;
}

bool outcomes_next(const struct outcomes *outcomes, size_t *at, uint64_t ret_digest[2])
{
    while (*at < outcomes->slot_count && is_free(outcomes->slots[*at])) {
        (*at)++;
    }
    if (*at == outcomes->slot_count) {
        return false;
    }
    memcpy(ret_digest, outcomes->slots[(*at)++], 2 * sizeof ret_digest[0]);
    return true;
}

bool outcomes_has(const struct outcomes *outcomes, const uint64_t digest[2])
{
    uint64_t first = digest[0] == 0 && digest[1] == 0 ? 1 : digest[0];
    size_t at = (size_t)first & (outcomes->slot_count - 1);
    while (outcomes->slot_count > 0 && !is_free(outcomes->slots[at])) {
        if (outcomes->slots[at][0] == first && outcomes->slots[at][1] == digest[1]) {
            return true;
        }
        at = (at + 1) & (outcomes->slot_count - 1);
    }
    return false;
}

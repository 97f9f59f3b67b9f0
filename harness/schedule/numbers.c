/* SPDX-License-Identifier: MIT */
#include "harness/schedule/strategy.h"

#define NUMBERS_AT_FIRST 64u

bool rh_numbers_put(struct rh_numbers *numbers, uint64_t number)
{
    if (numbers->count == numbers->capacity) {
        size_t capacity = numbers->capacity == 0 ? NUMBERS_AT_FIRST : numbers->capacity * 2;
        uint64_t *at =
            numbers->allocator->resize(numbers->allocator->self, numbers->at,
                                       numbers->capacity * sizeof *at, capacity * sizeof *at);
        if (at == NULL) {
            return false;
        }
        numbers->at = at;
        numbers->capacity = capacity;
    }
    numbers->at[numbers->count++] = number;
    return true;
}

bool rh_numbers_take(struct rh_numbers *numbers, uint64_t *ret_number)
{
    if (numbers->taken == numbers->count) {
        return false;
    }
    *ret_number = numbers->at[numbers->taken++];
    return true;
}

bool rh_numbers_take_most(struct rh_numbers *numbers, uint64_t most, uint64_t *ret_number)
{
    return rh_numbers_take(numbers, ret_number) && *ret_number <= most;
}

bool touch_put(struct rh_numbers *numbers, const struct rh_touch *touch)
{
    return rh_numbers_put(numbers, touch->object) && rh_numbers_put(numbers, touch->owner) &&
           rh_numbers_put(numbers, touch->kind) && rh_numbers_put(numbers, touch->mode);
}

bool touch_take(struct rh_numbers *numbers, const struct rh_touch *before,
                struct rh_touch *ret_touch)
{
    uint64_t kind = 0;
    uint64_t mode = 0;
    bool ok = rh_numbers_take(numbers, &ret_touch->object) &&
              rh_numbers_take(numbers, &ret_touch->owner) &&
              rh_numbers_take_most(numbers, RH_OBJECT_COUNT - 1, &kind) &&
              rh_numbers_take_most(numbers, RH_MODE_ADD, &mode);
    ret_touch->kind = (enum rh_object_kind)kind;
    ret_touch->mode = (enum rh_mode)mode;
    return ok && (before == NULL || before->object < ret_touch->object);
}

void rh_numbers_deinit(struct rh_numbers *numbers)
{
    if (numbers->at != NULL) {
        numbers->allocator->release(numbers->allocator->self, numbers->at,
                                    numbers->capacity * sizeof *numbers->at);
    }
    *numbers = (struct rh_numbers){.allocator = numbers->allocator};
}

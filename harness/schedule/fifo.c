/* SPDX-License-Identifier: MIT */
/*
 * First in, first out: the strategy of production. It always answers 0, which every site defines as the unremarkable
 * answer, and wants one run.
 */
#include "harness/schedule/strategy.h"

struct fifo {
    struct rh_strategy head;
    struct rh_allocator allocator;
};

static uint32_t fifo_below(struct rh_strategy *self, enum rh_site site, uint32_t count,
                           const struct rh_candidate *candidates)
{
    (void)self;
    (void)site;
    (void)count;
    (void)candidates;
    return 0;
}

static bool fifo_end(struct rh_strategy *self)
{
    (void)self;
    return false;
}

static void fifo_destroy(struct rh_strategy *self)
{
    struct fifo *fifo = (struct fifo *)self;
    struct rh_allocator allocator = fifo->allocator;
    allocator.release(allocator.self, fifo, sizeof *fifo);
}

static const struct rh_strategy_functions fifo_functions = {
    .name = "fifo",
    .first_only = true,
    .below = fifo_below,
    .end = fifo_end,
    .destroy = fifo_destroy,
};

enum rh_status rh_strategy_fifo(const struct rh_allocator *allocator,
                                struct rh_strategy **ret_strategy)
{
    const struct rh_allocator *with = allocator != NULL ? allocator : rh_allocator_default();
    struct fifo *fifo = with->allocate(with->self, sizeof *fifo);
    if (fifo == NULL) {
        return RH_NO_MEMORY;
    }
    *fifo = (struct fifo){.head = {.functions = &fifo_functions}, .allocator = *with};
    *ret_strategy = &fifo->head;
    return RH_OK;
}

/* SPDX-License-Identifier: MIT */
/** @file
 *  Counting with real actors: the classes that dpor visits in a scenario that is given as text. */
#ifndef HARNESS_SELFCHECK_COUNT_H
#define HARNESS_SELFCHECK_COUNT_H

#include <rehearse/scenario.h>

struct counted {
    uint64_t runs;
    uint64_t classes;
    uint64_t outcomes;
    uint64_t blocked;
    uint64_t events;
    bool is_complete;
    bool has_failed; /**< an invariant was violated on the way */
    char why[256];   /**< it is not complete, or has failed */
};

/** Asked now and then; false ends it all. */
struct count_watch {
    bool (*go_on)(void *self, uint64_t runs);
    void *self;
};

/** Explore until all is seen or so many runs were made. RH_INVALID: the text is no scenario; `why` has its errors.
 *  RH_NO_MEMORY. */
RH_MUST_USE enum rh_status count_classes(const struct rh_allocator *allocator, const char *text,
                                         uint64_t runs_max, const struct count_watch *watch,
                                         struct counted *ret_counted);

#endif

/* SPDX-License-Identifier: MIT */
/** @file
 *  Does the tool count and draw as it should? Three parts: families that arithmetic counts, strategies against their
 *  probabilities, programs of chance against the machine. Every row is told as soon as it is known. */
#ifndef HARNESS_SELFCHECK_SELFCHECK_H
#define HARNESS_SELFCHECK_SELFCHECK_H

#include <rehearse/allocator.h>
#include <rehearse/status.h>

#include <stdbool.h>
#include <stdint.h>

/** One line of the table. Borrowed for the call. */
struct selfcheck_row {
    const char *part; /**< "count", "draw", "chance" */
    const char *name;
    const char *expected;
    const char *found;
    bool has_blocked;
    uint64_t blocked; /**< runs that dpor began and gave up, because others cover them */
    bool is_wrong;
    const char *detail; /**< a scenario that shows what is wrong by itself; NULL: none */
};

struct selfcheck_options {
    const struct rh_allocator *allocator; /**< NULL: default */
    uint64_t classes_max;                 /**< programs of families with more are left out */
    uint64_t programs;                    /**< of chance */
    uint64_t seed;                        /**< of the first one; the i-th has seed + i */
    uint64_t draws; /**< runs for each strategy and shape; 0: nothing is drawn */
    uint64_t spoil; /**< for tests: so many classes too many are expected of programs of chance */
    void (*row)(void *self, const struct selfcheck_row *row);
    /** Asked every few runs, with what is under way; false: stop. May be NULL. */
    bool (*go_on)(void *self, const char *name, uint64_t runs);
    void *self;
};

/** What came of it. */
struct selfcheck_result {
    uint64_t rows;
    uint64_t wrong;
    bool is_interrupted;
};

/** Check everything. RH_NO_MEMORY, or a status that no scenario of ours should have. */
RH_MUST_USE enum rh_status selfcheck_run(const struct selfcheck_options *options,
                                         struct selfcheck_result *ret_result);

#endif

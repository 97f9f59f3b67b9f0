/* SPDX-License-Identifier: MIT */
/** @file
 *  Counting while a run goes on: what a run has counted is kept or dropped as a whole, because an exploration learns at the
 *  end of a run whether it counts.
 *
 *      init -> ((row -> count)* -> keep | drop)* -> take -> ... -> deinit */
#ifndef HARNESS_COVERAGE_TALLY_H
#define HARNESS_COVERAGE_TALLY_H

#include <rehearse/coverage.h>

struct tally_row {
    enum rh_coverage_family family;
    uint64_t run[2];  /**< of the run under way */
    uint64_t kept[2]; /**< of the runs that were kept, since the last take */
    char key[RH_COVERAGE_KEY_BYTES_MAX + 1];
};

struct tally {
    const struct rh_allocator *allocator;
    struct tally_row *rows; /**< the first is nobody's: number 0 is none */
    uint32_t count;
    uint32_t capacity;
    uint32_t *slots; /**< of a hash table: numbers of rows, 0 is free */
    uint32_t slot_count;
    uint32_t *touched; /**< rows of the run under way; all of them fit */
    uint32_t touched_count;
    uint32_t touched_capacity;
    bool is_out_of_memory;
};

/** Allocates nothing. */
void tally_init(struct tally *tally, const struct rh_allocator *allocator);
void tally_deinit(struct tally *tally);
/** Return the number of a row, made if it is not there, the same until deinit; 0: no memory, noted. What is no printable
 *  ASCII in a key becomes a question mark; one that is too long is cut. */
uint32_t tally_row(struct tally *tally, enum rh_coverage_family family, const char *key);

/** Count one more; row 0 is nobody's. */
static inline void tally_count(struct tally *tally, uint32_t number, unsigned which)
{
    struct tally_row *row = number == 0 ? NULL : &tally->rows[number];
    if (row == NULL) {
        return;
    }
    if (row->run[0] == 0 && row->run[1] == 0) {
        tally->touched[tally->touched_count++] = number;
    }
    row->run[which]++;
}

/** The run under way counts, or it does not. */
void tally_keep(struct tally *tally);
void tally_drop(struct tally *tally);
/** Move what was kept into a coverage, in the order of the keys. RH_NO_MEMORY, also if there was none before. */
RH_MUST_USE enum rh_status tally_take(struct tally *tally, struct rh_coverage *coverage);

#endif

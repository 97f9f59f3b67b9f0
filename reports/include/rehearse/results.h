/* SPDX-License-Identifier: MIT */
/** @file
 *  Result files: everything that reports need of a run, or of a part of it that another machine has played.
 *
 *      create -> add* -> (take -> entry_deinit)* -> write* -> destroy
 *
 *  What is added joins what is there: the order of additions, and how files were joined before, make no difference, and a
 *  file that is added twice counts once. Of a scenario that was played more than once the worst result that is whole stays. */
#ifndef REHEARSE_RESULTS_H
#define REHEARSE_RESULTS_H

#include <rehearse/report.h>

RH_PUBLIC_BEGIN

/** Goes up with every change of what stands in a file. */
#define RH_RESULTS_FORMAT 3
/** A run may be split into so many parts. */
#define RH_RESULTS_SHARDS_MAX 100000
/** A trace of a failure is kept with it if it is no larger; its block and its diagram are kept always. */
#define RH_RESULTS_TRACE_BYTES_MAX ((size_t)16 << 20)

/** One play of a selection. */
struct rh_results_play {
    const char *path;
    uint64_t number; /**< how often the path came before: with --swarm, the plan */
    uint64_t digest; /**< of the file's bytes; 0: it could not be read */
};

/** What a result file is of. */
struct rh_results_run {
    const char *program;  /**< name and version of the program; NULL: rehearse itself */
    const char *command;  /**< as that of struct rh_report */
    const char *options;  /**< as that of struct rh_report */
    const char *settings; /**< all options that have a say in what comes out; "" without any */
    bool without_times;
    uint32_t shard;                      /**< from 0; of one file of a run */
    uint32_t shard_count;                /**< 1: it is not split */
    const struct rh_results_play *plays; /**< all of the selection, of whatever shard */
    size_t play_count;
    int signal;    /**< which interrupted it; known at its end, like the others below; 0: none */
    bool has_flaw; /**< something that was to be played could not be read */
    bool has_internal; /**< something went wrong in rehearse itself */
};

/** What is known of a shard. */
enum rh_results_state {
    RH_RESULTS_ABSENT,
    RH_RESULTS_CUT, /**< its file ends without a footer: it was killed, or is still at work */
    RH_RESULTS_INTERRUPTED,
    RH_RESULTS_ENDED
};

/** What came of one play. */
struct rh_results_entry {
    enum {
        RH_RESULTS_MISSING,
        RH_RESULTS_NOTHING, /**< there was nothing to play after all */
        RH_RESULTS_BAD,     /**< it is no scenario */
        RH_RESULTS_PLAYED
    } kind;
    const char *path;
    const char *diagnostics; /**< of BAD */
    struct rh_result result; /**< not to be deinit'ed */
    struct rh_report_entry entry;
    void *memory;
};

struct rh_results;

/** NULL: out of memory. */
struct rh_results *rh_results_create(void);
/** Accepts NULL. */
void rh_results_destroy(struct rh_results *results);

/** Add a file, whose bytes are borrowed until destroy. RH_OK; RH_TRUNCATED: it ends too early, and what is whole was added.
 *  RH_MALFORMED: it is no result file; RH_INVALID: one of another release, selection, or with other options; RH_LIMIT,
 *  RH_NO_MEMORY: nothing was added. All but RH_OK leave a sentence in `complaint`. */
RH_MUST_USE enum rh_status rh_results_add(struct rh_results *results, const uint8_t *bytes,
                                          size_t size, char *complaint, size_t capacity);
/** What all files have in common; `signal` and the flags are those of all of them. NULL: nothing was added. */
const struct rh_results_run *rh_results_run(const struct rh_results *results);
enum rh_results_state rh_results_shard(const struct rh_results *results, uint32_t shard);
/** Return whether nothing of a play is known, or only that it was interrupted. */
bool rh_results_is_missing(const struct rh_results *results, size_t play);
/** Take one play out, in the order of the selection. False: out of memory. */
bool rh_results_take(const struct rh_results *results, size_t play,
                     struct rh_results_entry *ret_entry);
void rh_results_entry_deinit(struct rh_results_entry *entry);
/** Write all as one file. False: it could not be written. */
bool rh_results_write(const struct rh_results *results, FILE *out);

RH_PUBLIC_END

#endif

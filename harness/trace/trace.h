/* SPDX-License-Identifier: MIT */
/** @file
 *  Writing traces: one run as a CBOR sequence that carries its scenario, reads up to any cut, and has a digest.
 *
 *      create -> (begin -> strategy, attach -> [the run] -> end)* -> destroy
 *
 *  A writer without a sink only computes the digest, which is what an exploration does on every run; it then gives the one
 *  run that matters a sink. The bytes of a run depend on nothing but the run: docs/trace-format.md is the legend. */
#ifndef HARNESS_TRACE_TRACE_H
#define HARNESS_TRACE_TRACE_H

#include <rehearse/verdict.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Where the bytes go. Every function may be NULL. Borrowed context. */
struct rh_trace_sink {
    /** Take the next bytes: whole items, each piece but the last ending with a digest. What is not RH_OK sticks and is
     *  what rh_trace_end returns. */
    enum rh_status (*write)(void *self, const uint8_t *bytes, size_t size);
    /** Look at an item as soon as it is made; false asks the world to stop. A replay compares here. */
    bool (*item)(void *self, const uint8_t *bytes, size_t size);
    void *self;
    /** It is given nothing before it has to be, and nothing at all of a short run that turns out not to be wanted. */
    bool is_patient;
};

/** What the header of a trace says. All borrowed until rh_trace_end, but for `world` itself. */
struct rh_trace_header {
    const char *program; /**< whose behaviours it needs; NULL: rehearse itself */
    const char *path;    /**< of the scenario, as the user gave it; NULL: none */
    const char *text;    /**< the whole scenario; NULL: none, cannot be replayed */
    size_t text_bytes;
    uint64_t run;                         /**< number of the run in its exploration, from 0 */
    const struct rh_world_options *world; /**< seed, strategy, times, bounds and limits */
};

/** What the footer says. */
struct rh_trace_footer {
    enum rh_end end;
    enum rh_verdict verdict;              /**< of this run: PASSED or FAILED, ERROR, VACUOUS */
    const struct rh_violation *violation; /**< NULL: none */
    bool
        is_unwanted; /**< nobody will read this run: a patient sink need not see what it has not seen */
};

struct rh_trace_writer;

RH_MUST_USE enum rh_status rh_trace_writer_create(const struct rh_allocator *allocator,
                                                  struct rh_trace_writer **ret_writer);
/** Accepts NULL. */
void rh_trace_writer_destroy(struct rh_trace_writer *writer);

/** Start a run: forget the one before and write the header. `sink` NULL: only digests. `header->world->strategy` is the
 *  strategy that answers, which is what the header names. */
RH_MUST_USE enum rh_status rh_trace_begin(struct rh_trace_writer *writer,
                                          const struct rh_trace_header *header,
                                          const struct rh_trace_sink *sink);

/** Has the sink been given anything of the run under way? */
bool rh_trace_has_begun(const struct rh_trace_writer *writer);
/** The run so far was put back, with the writer, to what it was when nothing had been given to the sink: it is run number
 *  `run` of this strategy and seed from now on, and goes to this sink. */
void rh_trace_go_on(struct rh_trace_writer *writer, uint64_t run, uint64_t seed,
                    const struct rh_strategy *strategy, const struct rh_trace_sink *sink);

/** Return the strategy to give to the world instead of `inner`: it passes every question on and writes the answer down. The
 *  caller goes on to begin and end `inner`, and looks at its fields. Lives until the next begin. */
struct rh_strategy *rh_trace_strategy(struct rh_trace_writer *writer, struct rh_strategy *inner);

/** Listen to the world of this run, before anything is spawned. */
RH_MUST_USE enum rh_status rh_trace_attach(struct rh_trace_writer *writer, struct rh_world *world);

/** End the run, while its world still lives: write the footer and hand everything to the sink. Returns what went wrong
 *  anywhere in this run: RH_NO_MEMORY, or a sink's status. `ret_digest` may be NULL. */
RH_MUST_USE enum rh_status rh_trace_end(struct rh_trace_writer *writer,
                                        const struct rh_trace_footer *footer,
                                        uint64_t ret_digest[2]);

/** Combine the digest of a run into that of all runs before it; start from {0, 0}. */
void rh_trace_digest_add(uint64_t digest[2], const uint64_t run[2]);

/** Hand the sink what it has not seen yet and go on. For a process that is about to die. */
void rh_trace_flush(struct rh_trace_writer *writer);

/** Return the writer whose run is under way on this thread, NULL without one: what a panic hook has to look at. */
struct rh_trace_writer *rh_trace_current(void);
/** Print the last events of the run under way, at most `lines`, one a line; as snprintf. */
size_t rh_trace_print_last(const struct rh_trace_writer *writer, unsigned lines, char *buffer,
                           size_t capacity);
/** What the writer has seen so far, for a panic's first line. */
const char *rh_trace_path(const struct rh_trace_writer *writer); /**< of the scenario, or NULL */
uint64_t rh_trace_seed(const struct rh_trace_writer *writer);
uint64_t rh_trace_step(const struct rh_trace_writer *writer);
rh_instant rh_trace_now(const struct rh_trace_writer *writer);

/** Return a sink that appends to `bytes`, whose allocator must be set; the caller owns them. */
struct rh_trace_sink rh_trace_sink_memory(struct rh_bytes_owned *bytes);

/** A file under way. */
struct rh_trace_file {
    int descriptor; /**< -1: closed */
    int os_error;   /**< errno of what failed */
};
/** Create or empty a file and make the sink of it; directories must exist. RH_IO with os_error. */
RH_MUST_USE enum rh_status rh_trace_file_open(struct rh_trace_file *file, const char *path);
/** Empty it again, for another run; what cannot be emptied is left as it is. */
RH_MUST_USE enum rh_status rh_trace_file_rewind(struct rh_trace_file *file);
struct rh_trace_sink rh_trace_sink_file(struct rh_trace_file *file);
/** RH_IO: the system did not keep what was written. */
RH_MUST_USE enum rh_status rh_trace_file_close(struct rh_trace_file *file);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: MIT */
/** @file
 *  Random programs: reading them, and playing one. */
#ifndef HARNESS_CONFORMANCE_PROGRAM_H
#define HARNESS_CONFORMANCE_PROGRAM_H

#include "harness/conformance/stage.h"

/** One step; a burst has several operations. */
struct rh_beam_step {
    struct rh_beam_op *ops;
    size_t count;
    const char *actor; /**< who acts; NULL: the harness spawns */
    bool is_burst;
};

struct rh_beam_program {
    const char *id;
    struct rh_beam_step *steps;
    size_t count;
};

/** Read a program from its line; False, with the place in *ret_flaw, for anything that the form does not have. */
bool rh_beam_program_read(struct rh_beam_arena *arena, const struct rh_beam_json *line,
                          struct rh_beam_program *ret_program, struct rh_beam_flaw *ret_flaw);
/** Check that a line is an outcome; returns its id or NULL. */
const char *rh_beam_program_outcome_id(const struct rh_beam_json *line,
                                       struct rh_beam_flaw *ret_flaw);

/** Play a program on a fresh stage; returns its outcome as text in the form of the outcome's line. */
const char *rh_beam_program_play(struct rh_beam_stage *stage, const struct rh_beam_program *program,
                                 struct rh_beam_arena *arena);

/** One entry of a log before it is put in order. */
struct rh_beam_entry {
    const struct rh_beam_json *value;
    const char *origin; /**< sender, dead process, or name:N */
    bool is_message;
    bool is_fixed;   /**< the origin lives: arrival order is the order */
    size_t position; /**< of arrival */
};

/** Put the entries of one step and one mailbox in the order that outcomes have: by origin; within a living origin by
 *  arrival; otherwise the notices behind the origin's last message by value. */
void rh_beam_log_order(struct rh_beam_entry *entries, size_t count);

#endif

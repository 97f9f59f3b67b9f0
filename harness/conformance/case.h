/* SPDX-License-Identifier: MIT */
/** @file
 *  A case as read from its line: checked, with every operation resolved to the tables of ops.h. */
#ifndef HARNESS_CONFORMANCE_CASE_H
#define HARNESS_CONFORMANCE_CASE_H

#include "harness/conformance/json.h"
#include "harness/conformance/ops.h"

enum rh_beam_target_kind {
    RH_BEAM_TO_NONE,
    RH_BEAM_TO_ACTOR,
    RH_BEAM_TO_NAME, /**< `node` NULL: the local name */
    RH_BEAM_TO_REF,
    RH_BEAM_TO_NEW_REF, /**< a reference that nobody knows */
};

/** Whom an operation is about. */
struct rh_beam_target {
    enum rh_beam_target_kind kind;
    const char *word;
    const char *node;
};

/** A time-out that never comes; that of an absent field is -2. */
#define RH_BEAM_INFINITY (-1)
#define RH_BEAM_ABSENT (-2)

/** One operation. Absent words and values are NULL, absent numbers RH_BEAM_ABSENT, absent flags false. */
struct rh_beam_op {
    enum rh_beam_op_code code;
    const struct rh_beam_json *at; /**< where it stands in the file */
    uint64_t fields;               /**< which fields are there */
    struct rh_beam_target to;
    const char *by, *actor, *from, *sup, *cleanup_msg_to;
    const char *name, *node, *ref, *ret, *item, *how, *entry, *module, *function;
    int64_t ms, count, timeout_ms;
    bool value, trap, link, ghost, uncaught;
    const struct rh_beam_json *monitor, *reason, *msg, *request;
    const struct rh_beam_json *opts, *monitor_opts, *args, *children, *flags;
    int alias_mode;                 /**< enum rh_alias_mode that opts or monitor_opts ask for */
    const struct rh_beam_json *tag; /**< of a monitor, NULL: DOWN */
    bool flush, info;               /**< of a demonitor */
    struct rh_beam_op **ops;        /**< of `run` or `do` */
    size_t op_count;
};

struct rh_beam_case {
    const char *id;
    const char *title;
    const char *class_word;
    struct rh_beam_op **steps;
    size_t step_count;
    const struct rh_beam_json **expected;
    int64_t *observed; /**< how often the BEAM gave that outcome */
    size_t expected_count;
    const struct rh_beam_json **late_children; /**< specs of every start_child */
    size_t late_child_count;
    bool needs_nodes; /**< more than one node */
};

/** Read a case from its line. False, with the place in *ret_flaw, for anything that the form does not have. */
bool rh_beam_case_read(struct rh_beam_arena *arena, const struct rh_beam_json *line,
                       struct rh_beam_case *ret_case, struct rh_beam_flaw *ret_flaw);

/** Read one operation with what it holds; as rh_beam_case_read. What depends on the rest of the case is not checked. */
struct rh_beam_op *rh_beam_op_read(struct rh_beam_arena *arena, const struct rh_beam_json *object,
                                   struct rh_beam_flaw *ret_flaw);

/** Check the values of one operation's fields, and fill in what they mean. */
bool rh_beam_op_check(struct rh_beam_op *op, struct rh_beam_flaw *ret_flaw);

/** One child of a supervisor. */
struct rh_beam_child {
    const char *id;
    const char *restart;
    int64_t shutdown_ms; /**< RH_BEAM_INFINITY; RH_BEAM_ABSENT: brutal_kill */
    bool trap;
    bool graceful;
};
bool rh_beam_child_read(const struct rh_beam_json *spec, struct rh_beam_child *ret_child,
                        struct rh_beam_flaw *ret_flaw);

/** What a generic server is started with. */
struct rh_beam_server_opts {
    bool trap;
    const struct rh_beam_json
        *init; /**< NULL: starts; otherwise its start fails: [how, reason] or a word */
};
bool rh_beam_server_opts_read(const struct rh_beam_json *opts, struct rh_beam_server_opts *ret_opts,
                              struct rh_beam_flaw *ret_flaw);

const char *rh_beam_op_word(enum rh_beam_op_code code);
bool rh_beam_op_has(const struct rh_beam_op *op, enum rh_beam_field field);
/** Is it an operation at which its actor handles signals to itself? */
bool rh_beam_op_waits(enum rh_beam_op_code code);
/** Does it need a second node? */
bool rh_beam_op_needs_nodes(const struct rh_beam_op *op);

#endif

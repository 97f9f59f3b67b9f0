/* SPDX-License-Identifier: MIT */
/** @file
 *  Private to this folder: what each mapping of a scenario file may hold, as tables. The loader reads by them, the schema is
 *  written from them, so the two cannot disagree. */
#ifndef HARNESS_SCENARIO_FIELDS_H
#define HARNESS_SCENARIO_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct loader;
struct rh_document_node;

/** How a value is written, and what it becomes in the struct that is being loaded. */
enum field_kind {
    FIELD_TEXT,          /**< const char * */
    FIELD_TEXTS,         /**< struct rh_plan_texts */
    FIELD_TRUTH,         /**< bool */
    FIELD_FLAG,          /**< uint32_t, bit `most` set when true */
    FIELD_U32,           /**< uint32_t from `least` to `most` */
    FIELD_U64,           /**< uint64_t from `least` to `most` */
    FIELD_I64,           /**< int64_t */
    FIELD_TIME,          /**< rh_duration */
    FIELD_WORD,          /**< uint32_t or an enum: place among `words` */
    FIELD_VALUE,         /**< uint32_t: message without variables */
    FIELD_TEMPLATE,      /**< uint32_t: message with variables */
    FIELD_PATTERN,       /**< uint32_t: pattern */
    FIELD_PATTERNS,      /**< struct rh_plan_ids of patterns */
    FIELD_PATTERN_ACTOR, /**< uint32_t: pattern of a pid; a bare name is an actor */
    FIELD_TARGET,        /**< uint32_t: template of a pid; a bare name is an actor */
    FIELD_REFERENCE,     /**< uint32_t: template of a reference: a variable */
    FIELD_ACTOR,         /**< uint32_t: index of a name */
    FIELD_ACTORS,        /**< struct rh_plan_ids of them */
    FIELD_NODE,          /**< uint32_t: index of a node */
    FIELD_SLOT,          /**< uint8_t: variable that is set */
    FIELD_OPS,           /**< struct rh_plan_ops */
    FIELD_CONDITIONS,    /**< struct rh_plan_conditions */
    FIELD_KEPT,          /**< const struct rh_document_node *: read later; of this `shape` */
    FIELD_CUSTOM,        /**< `read` does it; the schema takes `shape` */
};

/** One key of a mapping. */
struct field {
    const char *name;
    enum field_kind kind;
    size_t offset; /**< in the struct that is loaded */
    bool is_required;
    uint64_t least;
    uint64_t most;
    const char *const *words;
    bool (*read)(struct loader *loader, const struct rh_document_node *node, void *target);
    const char *shape; /**< name of a definition of the schema */
    const char *about; /**< one sentence */
};

/** A mapping, or one word with an argument. */
struct form {
    const struct field *fields;
    uint32_t count;
    uint8_t whole;      /**< 1 + the field that the value is when it is no mapping; 0: none */
    bool is_only_whole; /**< the value is that field even when it is a mapping */
};

#define FIELD_COUNT(fields) ((uint32_t)(sizeof(fields) / sizeof((fields)[0])))

/** Everything that the schema is made of. */
extern const struct form rh_form_scenario;
extern const struct form rh_form_bounds;
extern const struct form rh_form_limits;
extern const struct form rh_form_actor;
extern const struct form rh_form_behaviour;
extern const struct form rh_form_row;
extern const struct form rh_form_row_exit;
extern const struct form rh_form_row_down;
extern const struct form rh_form_row_spawn_reply;
extern const struct form rh_form_row_group;
extern const struct form rh_form_receive;
extern const struct form rh_form_spawn;
extern const struct form rh_form_supervisor;
extern const struct form rh_form_child;
extern const struct form rh_form_host;
extern const struct form rh_form_proc_program;
extern const struct form rh_form_proc_agent;
extern const struct form rh_form_proc_process;
extern const struct form rh_form_input;
extern const struct form rh_form_fault;
extern const struct form rh_form_faults;
extern const struct form rh_form_swarm;
extern const struct form rh_form_fault_message;
extern const struct form rh_form_fault_replace;
extern const struct form rh_form_fault_replay;
extern const struct form rh_form_fault_forge;
extern const struct form rh_form_network;
extern const struct form rh_form_pipe;
extern const struct form rh_form_deed_node;
extern const struct form rh_form_deed_freeze;
extern const struct form rh_form_deed_skew;
extern const struct form rh_form_deed_pair;
extern const struct form rh_form_deed_part;
extern const struct form rh_form_deed_cut;
extern const struct form rh_form_fault_io;
extern const struct form rh_form_deed_bytes;
extern const struct form rh_form_deed_side;
extern const struct form rh_form_row_node;
extern const struct form rh_form_fault_when;
extern const struct form rh_form_explore;
extern const struct form rh_form_budget;
extern const struct form rh_form_bound;
/** Of an enum rh_plan_strategy_kind; NULL: it has no settings. */
const struct form *rh_form_of_strategy(unsigned kind);
extern const struct form rh_form_promise;
extern const struct form rh_form_count;

/** What befalls nodes and pipes: how it is called in the schema, and its form. Indexed by enum rh_deed. */
struct rh_deed_form {
    const char *shape;
    const struct form *form;
};
extern const struct rh_deed_form rh_deed_forms[];

/** Indexed by enum rh_op. */
extern const struct form *const rh_form_ops;

#ifdef __cplusplus
}
#endif
#endif

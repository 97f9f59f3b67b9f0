/* SPDX-License-Identifier: MIT */
/** @file
 *  Private to this folder: what the sections of the loader share. Readers return whether they succeeded and have reported
 *  what was wrong otherwise; the caller reads on, so that one pass shows everything. */
#ifndef HARNESS_SCENARIO_LOADER_H
#define HARNESS_SCENARIO_LOADER_H

#include "harness/document/cursor.h"
#include "harness/document/value.h"
#include "harness/scenario/fields.h"
#include "harness/scenario/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Where the operations that are being read belong. */
enum place {
    PLACE_ROW,    /**< there is something to reply to */
    PLACE_INIT,   /**< the first turn of a behaviour */
    PLACE_SCRIPT, /**< a script or a step */
};

struct loader {
    struct rh_cursor cursor;
    struct rh_plan *plan;
    const struct rh_program *program; /**< the C program's, or NULL */
    bool is_out_of_memory;

    struct rh_plan_scope *scope; /**< of the variables; NULL: there are none */
    uint32_t bound;              /**< slots of LOCAL variables that the patterns of this row bind */
    enum place place;
    uint32_t reads;   /**< slots that the operation that is being read may use */
    uint32_t sets;    /**< slots that it may set */
    uint64_t repeats; /**< how often what is being read is repeated in one turn; 0: it is not */

    bool saw_actor; /**< what the value that is being read contains */
    bool saw_child;
    bool saw_variable;
};

/* ---- storage ---- */

/** Return zeroed storage of the plan; NULL: out of memory, noted. */
void *rh_loader_allocate(struct loader *loader, size_t count, size_t bytes);
bool rh_loader_out_of_memory(struct loader *loader);

/* ---- reading by tables ---- */

/** Read a mapping into `target`. False if anything was wrong. */
bool rh_load_form(struct loader *loader, const struct rh_document_node *node,
                  const struct form *form, void *target);
/** Read a mapping that must have exactly one key; returns its pair or NULL. `what` names it in messages. */
const struct rh_pair *rh_load_single(struct loader *loader, const struct rh_document_node *node,
                                     const char *what);
/** As rh_cursor_refuse, for a whole node. Always false. */
bool rh_load_refuse(struct loader *loader, const struct rh_document_node *node,
                    const char *expected);
/** Read a list or a mapping into zeroed rows of the plan, one for each entry. NULL: there was nothing to read. *ret_ok: every
 *  one was read. */
typedef bool (*rh_load_item)(struct loader *loader, const struct rh_document_node *item, void *row);
typedef bool (*rh_load_pair)(struct loader *loader, const struct rh_pair *pair, void *row);
void *rh_load_items(struct loader *loader, const struct rh_document_node *node, bool may_be_empty,
                    rh_load_item load, size_t row_bytes, bool *ret_ok);
void *rh_load_pairs(struct loader *loader, const struct rh_document_node *node, rh_load_pair load,
                    size_t row_bytes, bool *ret_ok);
/** Check that no two rows of a list have the same name, a `const char *` at `offset`; one that is NULL is none. */
bool rh_load_distinct(struct loader *loader, const struct rh_document_node *node, const void *rows,
                      size_t row_bytes, size_t offset, const char *what);
void rh_load_error(struct loader *loader, struct rh_span at, const char *format, ...)
    RH_PRINTF_LIKE(3, 4);
void rh_load_warning(struct loader *loader, struct rh_span at, const char *format, ...)
    RH_PRINTF_LIKE(3, 4);
void rh_load_hint(struct loader *loader, const char *format, ...) RH_PRINTF_LIKE(2, 3);

/* ---- nodes ---- */

bool rh_load_node_name(struct loader *loader, const struct rh_document_node *node,
                       uint32_t *target);
bool rh_load_network(struct loader *loader, const struct rh_document_node *node);
bool rh_load_pipes(struct loader *loader, const struct rh_document_node *node);
/** Is a key the word of something that befalls nodes or pipes? */
bool rh_find_deed(const struct rh_document_node *key, enum rh_deed *ret_kind);
bool rh_load_deed(struct loader *loader, enum rh_deed kind, const struct rh_document_node *node,
                  struct rh_plan_deed *deed);

/* ---- names, variables, values ---- */

/** Check that a text can be a name: a letter or '_', then letters, digits and "_-." */
bool rh_load_name(struct loader *loader, const struct rh_document_node *node, const char *kind);
/** Read the name of an actor, in angle brackets or bare. */
bool rh_load_actor(struct loader *loader, const struct rh_document_node *node, uint32_t *name);
bool rh_load_actors(struct loader *loader, const struct rh_document_node *node,
                    struct rh_plan_ids *names);
/** Find a variable by "$name"; UINT32_MAX if there is none. */
uint32_t rh_scope_find(const struct rh_plan_scope *scope, const char *name);
/** Declare a variable; RH_NO_SLOT if there are too many (reported). */
uint8_t rh_scope_declare(struct loader *loader, const struct rh_document_node *node,
                         const char *name, enum rh_variable_kind kind);
/** Let other names have the slots of LOCAL variables: a row is over. */
void rh_scope_forget_locals(struct rh_plan_scope *scope);
/** Declare what the operations below a node set, before any of it is read. */
void rh_scope_declare_results(struct loader *loader, const struct rh_document_node *node);
/** Read "$name" that must exist already. */
bool rh_load_slot(struct loader *loader, const struct rh_document_node *node, uint8_t *slot);
bool rh_load_value(struct loader *loader, const struct rh_document_node *node,
                   enum rh_value_use use, uint32_t *message);
/** Read a target: a template of a pid. A pattern of one. */
bool rh_load_target(struct loader *loader, const struct rh_document_node *node, uint32_t *message);
bool rh_load_pattern_actor(struct loader *loader, const struct rh_document_node *node,
                           uint32_t *message);
/** Take over a message that was built; consumes it. */
bool rh_load_message(struct loader *loader, const struct rh_document_node *node,
                     struct rh_message value, uint32_t *message);

/* ---- sections ---- */

/** Read the argument of a spawn into the operation `target`. */
bool rh_load_spawn_op(struct loader *loader, const struct rh_document_node *node, void *target);
bool rh_load_ops(struct loader *loader, const struct rh_document_node *node,
                 struct rh_plan_ops *ops);
bool rh_load_conditions(struct loader *loader, const struct rh_document_node *node,
                        struct rh_plan_conditions *conditions);
bool rh_load_receive(struct loader *loader, const struct rh_document_node *node,
                     struct rh_plan_receive *receive);
/** Read the name of a behaviour and what it is given. */
bool rh_load_role(struct loader *loader, const struct rh_document_node *behaviour,
                  const struct rh_document_node *with, enum rh_value_use use,
                  struct rh_plan_spawn *spawn);
bool rh_load_supervisor(struct loader *loader, const struct rh_document_node *with, uint32_t *role);
/** Find the names of programs that are processes, so that actors of them can be named. */
bool rh_load_processes(struct loader *loader, const struct rh_document_node *node);
bool rh_load_host(struct loader *loader, const struct rh_document_node *with, uint32_t *role);
bool rh_load_role_add(struct loader *loader, struct rh_plan_role role, uint32_t *index);
/** Read the names first, so that everything can refer to everything; then what stands behind them. */
bool rh_load_behaviour_names(struct loader *loader, const struct rh_document_node *node);
bool rh_load_behaviours(struct loader *loader, const struct rh_document_node *node);
bool rh_load_actor_names(struct loader *loader, const struct rh_document_node *node);
bool rh_load_actors_section(struct loader *loader, const struct rh_document_node *node);
bool rh_load_given(struct loader *loader, const struct rh_document_node *node);
bool rh_load_steps(struct loader *loader, const struct rh_document_node *node);
/** Return whether it is a word that a step begins with. */
bool rh_load_is_step(const struct rh_document_node *word);
bool rh_load_faults(struct loader *loader, const struct rh_document_node *node);
bool rh_load_event(struct loader *loader, const struct rh_document_node *node,
                   struct rh_plan_event *event);
bool rh_load_expect(struct loader *loader, const struct rh_document_node *node);
bool rh_load_always(struct loader *loader, const struct rh_document_node *node);
bool rh_load_never(struct loader *loader, const struct rh_document_node *node);
bool rh_load_eventually(struct loader *loader, const struct rh_document_node *node);
bool rh_load_schedule(struct loader *loader, const struct rh_document_node *node);
bool rh_load_explore(struct loader *loader, const struct rh_document_node *node);

/** Warn about what is legal and surely not meant. */
void rh_lint_plan(struct loader *loader);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: MIT */
/** @file
 *  A YAML document, checked and with positions: a tree of texts, lists and mappings. It knows nothing of what the words
 *  mean; loaders read it through "harness/document/cursor.h".
 *
 *  `parse -> root -> deinit`. The language is a subset of YAML 1.1: one document, no anchors, aliases, tags, directives
 *  or merge keys, keys are unique texts. Scalars are texts, whatever they look like; readers decide. */
#ifndef HARNESS_DOCUMENT_DOCUMENT_H
#define HARNESS_DOCUMENT_DOCUMENT_H

#include <stdbool.h>
#include <stdint.h>

#include <rehearse/allocator.h>
#include <rehearse/status.h>

#include "harness/document/arena.h"
#include "harness/document/diagnostic.h"
#include "harness/document/source.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Nodes that a document may have, keys included. */
#define RH_DOCUMENT_NODES_MAX 65536u
/** Lists and mappings that may stand inside each other. */
#define RH_DOCUMENT_DEPTH_MAX 32u

enum rh_node_kind {
    RH_NODE_SCALAR,
    RH_NODE_SEQUENCE,
    RH_NODE_MAPPING
};

struct rh_document_node;

struct rh_pair {
    const struct rh_document_node *key; /**< always a scalar that is not empty */
    const struct rh_document_node *value;
};

/** One node; all of it belongs to the document and never changes. */
struct rh_document_node {
    enum rh_node_kind kind;
    bool is_quoted;      /**< a scalar in quotes or a block (| or >), not a plain one */
    bool is_flow;        /**< a list or mapping in brackets */
    struct rh_span span; /**< a block list or mapping ends with its last entry */
    const struct rh_document_node
        *key; /**< of the entry whose value this is; NULL for entries of lists, keys and the root */
    const struct rh_document_node *parent; /**< NULL for the root */
    const char *text; /**< scalar: NUL-terminated, and may also contain NUL ("\0"); else NULL */
    uint32_t count;   /**< scalar: bytes of text; list: items; mapping: pairs */
    const struct rh_document_node *const *items; /**< list, in order; else NULL */
    const struct rh_pair *pairs;                 /**< mapping, in order; else NULL */
    struct rh_document_node *next;               /**< while it is built; NULL afterwards */
};

struct rh_document {
    const struct rh_document_source *source; /**< borrowed: outlives the document */
    const struct rh_document_node *root;     /**< NULL unless parse returned RH_OK */
    uint32_t node_count;
    struct rh_arena arena;
};

/** Read a source that was loaded successfully. RH_OK; RH_MALFORMED (reported: all that can be found in one pass),
 *  RH_LIMIT (reported), RH_NO_MEMORY. `document` is to be deinit'ed in every case. A NULL allocator means the C
 *  library's; libyaml's own storage comes from the C library and is gone on return. */
enum rh_status rh_document_parse(struct rh_document *document,
                                 const struct rh_document_source *source,
                                 const struct rh_allocator *allocator,
                                 struct rh_diagnostics *diagnostics) RH_MUST_USE;

/** Release the tree. Accepts NULL and a zeroed document. */
void rh_document_deinit(struct rh_document *document);

/** Return whether nothing was written where this node stands, as after "key:". */
bool rh_node_is_empty(const struct rh_document_node *node);

#ifdef __cplusplus
}
#endif
#endif

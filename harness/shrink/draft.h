/* SPDX-License-Identifier: MIT */
/** @file
 *  A scenario's document as a draft: parts can be struck out and put back, words can be replaced, and what is left is
 *  written the way a person would.
 *
 *      init -> (strike | replace | write)* -> deinit */
#ifndef HARNESS_SHRINK_DRAFT_H
#define HARNESS_SHRINK_DRAFT_H

#include "harness/document/document.h"
#include "harness/document/text_buffer.h"

#ifdef __cplusplus
extern "C" {
#endif

/** One node. What it holds hangs from it in order; an entry of a mapping is its value, which has a key. */
struct rh_draft_node {
    enum rh_node_kind kind;
    bool is_quoted;
    bool is_flow;
    bool is_gone;   /**< struck out, with all that it holds */
    bool is_frozen; /**< not to be touched: the property that fails */
    struct rh_mark at;
    const char *text;          /**< scalar */
    struct rh_draft_node *key; /**< a scalar; NULL: no entry of a mapping */
    struct rh_draft_node *parent;
    struct rh_draft_node *first;
    struct rh_draft_node *next;
};

struct rh_draft {
    struct rh_arena arena;
    struct rh_draft_node *root;
};

/** Copy a document. RH_NO_MEMORY. To be deinit'ed in every case. */
RH_MUST_USE enum rh_status rh_draft_init(struct rh_draft *draft,
                                         const struct rh_allocator *allocator,
                                         const struct rh_document *document);
/** Accepts a zeroed one. */
void rh_draft_deinit(struct rh_draft *draft);

/** Find an entry of a mapping that is not struck out; NULL: there is none. */
struct rh_draft_node *rh_draft_find(const struct rh_draft_node *mapping, const char *key);
/** Find the innermost node that begins at a place, or whose key does; NULL: there is none. */
struct rh_draft_node *rh_draft_at(const struct rh_draft *draft, uint32_t line, uint32_t column);
/** Return the node that comes next in the order of the file, struck out or not; NULL behind the last. */
struct rh_draft_node *rh_draft_next(const struct rh_draft_node *node);
/** Count what an entry holds and is not struck out. */
uint32_t rh_draft_count(const struct rh_draft_node *node);
/** Return whether a node, or one that it hangs from, is struck out. */
bool rh_draft_is_gone(const struct rh_draft_node *node);
/** Copy a text into the draft; NULL without memory. */
const char *rh_draft_text(struct rh_draft *draft, const char *text);

/** Write what is left. */
void rh_draft_write(const struct rh_draft *draft, struct rh_text_buffer *out);
/** Write a text as a scalar in a list in brackets: plain if it is what it looks like, else quoted. */
void rh_draft_put_scalar(struct rh_text_buffer *out, const char *text, bool is_quoted);

#ifdef __cplusplus
}
#endif
#endif

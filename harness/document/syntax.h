/* SPDX-License-Identifier: MIT */
/** @file
 *  Private to this folder: turning what libyaml says into what a person needs to hear. */
#ifndef HARNESS_DOCUMENT_SYNTAX_H
#define HARNESS_DOCUMENT_SYNTAX_H

#include "harness/document/diagnostic.h"
#include "harness/document/document.h"
#include "harness/document/source.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What is known when libyaml gives up. */
struct rh_syntax_error {
    const char *problem; /**< libyaml's sentence */
    const char *context; /**< libyaml's "while …"; may be NULL */
    size_t at;           /**< byte offset of the problem */
    size_t context_at;   /**< byte offset of the context */
    const struct rh_document_node
        *open; /**< innermost list or mapping not yet ended; may be NULL */
    const struct rh_document_node *root;  /**< may be NULL */
    const struct rh_document_node *value; /**< the last complete scalar; may be NULL */
};

/** Report one error about it: where the mistake is rather than where it was noticed, and what to write. */
void rh_syntax_explain(const struct rh_document_source *source, const struct rh_syntax_error *error,
                       struct rh_diagnostics *diagnostics);

#ifdef __cplusplus
}
#endif
#endif

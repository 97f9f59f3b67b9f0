/* SPDX-License-Identifier: MIT */
/** @file
 *  Messages written in YAML: `[ping, 1]`, `{key: [true, null]}`, `[exit, <worker>, _]`, `[reply, $question, $int]`.
 *
 *  | written | value | pattern | template |
 *  |---|---|---|---|
 *  | `42`, `-1`, `0x2a` | integer | the same | the same |
 *  | `true`, `false`, `null` | itself | the same | the same |
 *  | `"42"`, `'_'`, any other word | text | the same | the same |
 *  | `[a, b]` | array | entry by entry | entry by entry |
 *  | `{a: b}` | map; keys are texts or integers | entry by entry | entry by entry |
 *  | `<worker>` | what the caller's resolver makes of it | the same | the same |
 *  | `_` | refused | any item | refused |
 *  | `$int`, `$text` and the other kinds | refused | any item of the kind | refused |
 *  | `$name` | refused | variable | variable |
 *
 *  A text that looks like one of the marks is written in quotes. The marks are those that rh_message_print writes; YAML
 *  gives ':' a meaning of its own inside brackets, so kinds are not written `:int`. */
#ifndef HARNESS_DOCUMENT_VALUE_H
#define HARNESS_DOCUMENT_VALUE_H

#include <rehearse/allocator.h>
#include <rehearse/limits.h>
#include <rehearse/message.h>

#include "harness/document/cursor.h"

#ifdef __cplusplus
extern "C" {
#endif

enum rh_value_use {
    RH_VALUE,
    RH_VALUE_PATTERN,
    RH_VALUE_TEMPLATE
};

/** What to do with the words in values that only the caller understands. Each callback answers true, or reports through
 *  the cursor (rh_cursor_unknown does it well) and answers false. `name` is NUL-terminated, without mark and brackets,
 *  begins with a letter or '_', and has letters, digits and "_-./:#" otherwise. Either callback may be NULL: then the
 *  mark is refused. */
struct rh_value_names {
    /** Say which slot, below RH_VARIABLES, `$name` is. In a pattern an unknown name may be given a new slot. */
    bool (*variable)(void *self, const struct rh_cursor *cursor,
                     const struct rh_document_node *node, const char *name, enum rh_value_use use,
                     uint32_t *slot);
    /** Put exactly one item for `<name>`: a pid, or a text or variable that stands for one until the run. */
    bool (*actor)(void *self, const struct rh_cursor *cursor, const struct rh_document_node *node,
                  const char *name, enum rh_value_use use, struct rh_builder *builder);
    void *self;
};

/** What a loader sets up once for all its messages. Everything is borrowed. */
struct rh_value_context {
    const struct rh_cursor *cursor;
    const struct rh_value_names *names;   /**< NULL: variables and actors are refused */
    const struct rh_allocator *allocator; /**< of the messages; NULL: the C library's */
    const struct rh_limits *limits;       /**< NULL: the production limits */
};

/** Make a message of a node. On true *message is owned by the caller and within the limits. On false it is empty, and what
 *  was wrong is reported, all of it; running out of memory is reported too, and the status of the diagnostics becomes
 *  RH_NO_MEMORY. */
bool rh_value_read(const struct rh_value_context *context, const struct rh_document_node *node,
                   enum rh_value_use use, struct rh_message *message);

#ifdef __cplusplus
}
#endif
#endif

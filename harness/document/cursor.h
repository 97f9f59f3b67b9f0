/* SPDX-License-Identifier: MIT */
/** @file
 *  Reading a document by what it means: each reader takes a node, checks it, and reports what is wrong with it in the
 *  words of the file ("'seed' must be ..."). A loader written on them reads like the format that it loads:
 *
 *      enum { KEY_NAME, KEY_SEED, KEY_COUNT };
 *      static const struct rh_key keys[KEY_COUNT] = {{"name", RH_KEY_REQUIRED}, {"seed", RH_KEY_OPTIONAL}};
 *      const struct rh_document_node *values[KEY_COUNT];
 *      bool ok = rh_cursor_keys(cursor, root, keys, KEY_COUNT, values);
 *      ok = values[KEY_SEED] == NULL || rh_cursor_unsigned(cursor, values[KEY_SEED], 0, UINT64_MAX, &seed);
 *
 *  Every reader returns whether it succeeded and leaves its results untouched otherwise, except where it says so.
 *  A node that is NULL is a failure that was reported already (a required key that is missing): readers return false and
 *  stay silent. So a loader may read on after a failure and show the user everything at once. Quotes make no difference
 *  to a reader that knows what it wants: 0x2a and "0x2a" are the same number. */
#ifndef HARNESS_DOCUMENT_CURSOR_H
#define HARNESS_DOCUMENT_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rehearse/pid.h>

#include "harness/document/diagnostic.h"
#include "harness/document/document.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What readers need besides the node. Borrows both. */
struct rh_cursor {
    const struct rh_document_source *source;
    struct rh_diagnostics *diagnostics;
};

enum rh_key_presence {
    RH_KEY_OPTIONAL,
    RH_KEY_REQUIRED
};

/** One row of a table of keys. */
struct rh_key {
    const char *name;
    enum rh_key_presence presence;
};

/** A text, or a list of texts: both read the same. */
struct rh_texts {
    const struct rh_document_node *node;
    uint32_t count;
};

/** Return the value of a key, NULL if `mapping` is NULL, no mapping, or has no such key. Reports nothing. */
const struct rh_document_node *rh_node_find(const struct rh_document_node *mapping,
                                            const char *key);

/** Return whether a scalar is exactly this text. Accepts NULL. */
bool rh_node_is_text(const struct rh_document_node *node, const char *text);

/** Read a mapping by a table: values[i] becomes the value of keys[i], NULL if it is absent or `node` is no mapping. Reports
 *  unknown keys, each with the nearest known one, and required ones that are missing, also when it returns false. */
bool rh_cursor_keys(const struct rh_cursor *cursor, const struct rh_document_node *node,
                    const struct rh_key *keys, size_t count,
                    const struct rh_document_node **values);

/** Check that a node is a mapping, or a list. A list may be required to have an entry. */
bool rh_cursor_mapping(const struct rh_cursor *cursor, const struct rh_document_node *node);
bool rh_cursor_sequence(const struct rh_cursor *cursor, const struct rh_document_node *node,
                        bool may_be_empty);

/** Read a text that is not empty. The result is NUL-terminated, without inner NUL, and belongs to the document. */
bool rh_cursor_text(const struct rh_cursor *cursor, const struct rh_document_node *node,
                    const char **text);

/** Read a text or a list of texts. An empty list has count 0. */
bool rh_cursor_texts(const struct rh_cursor *cursor, const struct rh_document_node *node,
                     struct rh_texts *texts);

/** Return the n-th text, a scalar; `index` is below the count. */
const struct rh_document_node *rh_texts_at(const struct rh_texts *texts, uint32_t index);

/** Read a whole number, decimal or 0x hexadecimal, from `least` to `most`. */
bool rh_cursor_unsigned(const struct rh_cursor *cursor, const struct rh_document_node *node,
                        uint64_t least, uint64_t most, uint64_t *number);
/** Read a number of bytes from `least` to `most`: a whole number, alone or with KiB or MiB. */
bool rh_cursor_bytes(const struct rh_cursor *cursor, const struct rh_document_node *node,
                     uint64_t least, uint64_t most, uint64_t *number);
bool rh_cursor_integer(const struct rh_cursor *cursor, const struct rh_document_node *node,
                       int64_t least, int64_t most, int64_t *number);

/** Read true or false; nothing else, and who writes yes or off is told so. */
bool rh_cursor_boolean(const struct rh_cursor *cursor, const struct rh_document_node *node,
                       bool *truth);

/** Read a length of time: a whole number and ns, us, ms or s, or a bare 0. Always below RH_NEVER. */
bool rh_cursor_duration(const struct rh_cursor *cursor, const struct rh_document_node *node,
                        rh_duration *duration);

/** Read a window of time: "5ms" is [5ms, 5ms]; "1..5ms" and "1us..5ms" are windows, the first unit being that of the
 *  second if it is left away. *least <= *most. */
bool rh_cursor_durations(const struct rh_cursor *cursor, const struct rh_document_node *node,
                         rh_duration *least, rh_duration *most);

/** Read one of the words of an enumeration; *index is its place among them. */
bool rh_cursor_word(const struct rh_cursor *cursor, const struct rh_document_node *node,
                    const char *const *words, size_t count, size_t *index);

/** Report that a node is not what was expected, in the form all readers use: "'seed' must be <expected>, not <what it
 *  is>". A node of a list is "an entry of 'actors'". The caller may add a hint or a note. Returns false. */
bool rh_cursor_refuse(const struct rh_cursor *cursor, const struct rh_document_node *node,
                      const char *expected);

/** Report that a name is not known, in the form all readers use, with the nearest candidate or, if none is near, the
 *  list of them: "unknown actor 'wroker'". `kind` is the noun. Of <wroker> and $wroker only the name counts; a
 *  node that is no text is refused as such. Returns false. */
bool rh_cursor_unknown(const struct rh_cursor *cursor, const struct rh_document_node *node,
                       const char *kind, const char *const *candidates, size_t count);

#ifdef __cplusplus
}
#endif
#endif

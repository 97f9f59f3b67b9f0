/* SPDX-License-Identifier: MIT */
/** @file
 *  What the walker gives a format, and what a format is. Private to this folder.
 *
 *      begin -> event* -> end
 *
 *  A format arranges and escapes; the words are those of harness/trace/print.h. */
#ifndef REPORTS_EXPORT_EXPORT_H
#define REPORTS_EXPORT_EXPORT_H

#include "harness/trace/history.h"

#include <rehearse/export.h>

enum export_what {
    EXPORT_NOTE,      /**< something happens to one actor */
    EXPORT_SEND,      /**< `actor` sends to `peer`; a later event takes it, or none */
    EXPORT_ARRIVAL,   /**< what `peer` sent reaches `actor` */
    EXPORT_LOSS,      /**< what `peer` sent reaches `actor` and has no effect */
    EXPORT_FAULT,     /**< an injected fault */
    EXPORT_VIOLATION, /**< of an invariant; `item` is the footer */
    EXPORT_ASIDE      /**< a phase, a decision, an event from outside: nobody's */
};

struct export_event {
    enum export_what what;
    const struct rh_trace_item *item;
    uint32_t index; /**< of the moment; RH_HISTORY_NONE for a violation and what is aside */
    uint32_t
        cause; /**< where what arrives here was sent, if that is shown, too; else RH_HISTORY_NONE */
    bool is_sent;      /**< a later event that is shown has this one as its cause */
    uint32_t actor;    /**< whose it is, 0 for nobody's */
    uint32_t peer;     /**< SEND, ARRIVAL, LOSS; 0 for nobody */
    const char *text;  /**< what happens, without who does it */
    const char *label; /**< SEND, ARRIVAL, LOSS: what travels; otherwise "" */
};

struct export
{
    const struct rh_export_options *options;
    FILE *out;
    struct rh_history *history;
    /** By moment: whether it is shown; whether something shown is caused by it. */
    bool *is_shown;
    bool *is_cause;
    bool *has_column;      /**< by actor: whether it takes part in anything that is shown */
    uint64_t shown;        /**< events so far */
    void *state;           /**< the format's own; allocated and released by it */
    enum rh_status status; /**< RH_OK; a format sets it when it cannot go on */
};

struct export_format {
    void (*begin)(struct export *export);
    void (*event)(struct export *export, const struct export_event *event);
    void (*end)(struct export *export);
};

extern const struct export_format export_text;
extern const struct export_format export_mermaid;
extern const struct export_format export_plantuml;
extern const struct export_format export_shiviz;
extern const struct export_format export_perfetto;
extern const struct export_format export_dot;
extern const struct export_format export_json;

/** Return what an actor is called, to be freed; NULL: no memory. */
char *export_name(const struct export *export, uint32_t actor);
/** Return text that need not end, as a string, to be freed; NULL: no memory. Control characters are dots. */
char *export_string(struct rh_text text);
/** Copy at most `capacity - 1` bytes; if that is not all, whole characters and two dots. */
void export_cut(const char *text, char *buffer, size_t capacity);
/** Allocate zeroed bytes, to be freed; NULL also sets the status. */
void *export_allocate(struct export *export, size_t count, size_t size);

#endif

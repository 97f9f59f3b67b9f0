/* SPDX-License-Identifier: MIT */
/*
 * A state, not events: who there is behind the last step that was asked for, who is linked with whom, monitors whom and has
 * spawned whom. Every change is noted as it comes; sorted, the changes of one edge stand together, and the last decides.
 * What only one side of a link knows yet is an arrow: its signal is on the way.
 */
#include "reports/export/export.h"

#include "reports/escape.h"

#include <stdlib.h>
#include <string.h>

#define LABEL_BYTES 60

enum edge_kind {
    EDGE_LINK,
    EDGE_MONITOR,
    EDGE_CHILD
};

struct change {
    uint32_t a;
    uint32_t b;
    enum edge_kind kind;
    uint64_t ordinal; /**< of a monitor; of a link 0: the half of `a`, 1: that of `b` */
    uint64_t at;
    bool is_there;
};

struct node {
    char *behaviour;
    char *name; /**< what it is registered as, the last one */
    char *reason;
    bool is_spawned;
    bool is_gone;
    bool is_used;
};

struct dot {
    struct node *nodes;
    struct change *changes;
    size_t count;
    size_t capacity;
};

static void add(struct export *export, struct change change)
{
    struct dot *dot = export->state;
    if (dot->count == dot->capacity) {
        size_t capacity = dot->capacity == 0 ? 64 : 2 * dot->capacity;
        struct change *changes = realloc(dot->changes, capacity * sizeof *changes);
        if (changes == NULL) {
            export->status = RH_NO_MEMORY;
            return;
        }
        dot->changes = changes;
        dot->capacity = capacity;
    }
    change.at = dot->count;
    dot->changes[dot->count++] = change;
}

/* One edge for both halves: from the smaller number, with the half in the ordinal. */
static void add_link(struct export *export, const struct rh_trace_item *item)
{
    bool is_first = item->actor < item->peer;
    add(export, (struct change){.a = is_first ? item->actor : item->peer,
                                .b = is_first ? item->peer : item->actor,
                                .kind = EDGE_LINK,
                                .ordinal = is_first ? 0 : 1,
                                .is_there = item->kind == RH_EVENT_LINK_ADD});
}

static void keep(char **place, struct rh_text text)
{
    free(*place);
    *place = text.bytes == NULL ? NULL : export_string(text);
}

static void exits(struct export *export, struct node *node, const struct rh_trace_item *item)
{
    struct rh_print_names names = {rh_trace_print_name, &export->history->reader};
    char reason[LABEL_BYTES];
    (void)rh_item_print(item->message, &names, reason, sizeof reason);
    node->is_gone = true;
    keep(&node->reason, (struct rh_text){reason, strlen(reason)});
}

static void event(struct export *export, const struct export_event *event)
{
    struct dot *dot = export->state;
    const struct rh_trace_item *item = event->item;
    struct node *node = &dot->nodes[event->actor];
    if (event->index == RH_HISTORY_NONE || item->code != RH_TRACE_EVENT || event->actor == 0) {
        return;
    }
    switch (item->kind) {
    case RH_EVENT_SPAWN:
        node->is_spawned = true;
        node->is_gone = false;
        keep(&node->behaviour, item->name);
        if (item->peer != 0) {
            add(export,
                (struct change){
                    .a = item->peer, .b = item->actor, .kind = EDGE_CHILD, .is_there = true});
        }
        break;
    case RH_EVENT_EXIT:
        exits(export, node, item);
        break;
    case RH_EVENT_NAME_ADD:
        keep(&node->name, item->name);
        break;
    case RH_EVENT_NAME_REMOVE:
        keep(&node->name, (struct rh_text){NULL, 0});
        break;
    case RH_EVENT_LINK_ADD:
    case RH_EVENT_LINK_REMOVE:
        add_link(export, item);
        break;
    case RH_EVENT_MONITOR_ADD:
    case RH_EVENT_MONITOR_REMOVE:
        add(export, (struct change){.a = item->actor,
                                    .b = item->peer,
                                    .kind = EDGE_MONITOR,
                                    .ordinal = item->ordinal,
                                    .is_there = item->kind == RH_EVENT_MONITOR_ADD});
        break;
    default:
        break;
    }
}

/* ---- writing ---- */

static int order(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b ? 1 : 0;
}

static int compare(const void *left, const void *right)
{
    const struct change *a = left;
    const struct change *b = right;
    int by = order(a->a, b->a);
    by = by != 0 ? by : order(a->b, b->b);
    by = by != 0 ? by : order(a->kind, b->kind);
    by = by != 0 ? by : order(a->ordinal, b->ordinal);
    return by != 0 ? by : order(a->at, b->at);
}

static bool is_same(const struct change *a, const struct change *b)
{
    return a->a == b->a && a->b == b->b && a->kind == b->kind && a->ordinal == b->ordinal;
}

/* Keep of each edge the last change, if it is there by it. */
static void settle(struct dot *dot)
{
    size_t count = 0;
    if (dot->count > 0) {
        qsort(dot->changes, dot->count, sizeof *dot->changes, compare);
    }
    for (size_t i = 0; i < dot->count; i++) {
        bool is_last = i + 1 == dot->count || !is_same(&dot->changes[i], &dot->changes[i + 1]);
        if (is_last && dot->changes[i].is_there) {
            dot->changes[count++] = dot->changes[i];
        }
    }
    dot->count = count;
    for (size_t i = 0; i < count; i++) {
        dot->nodes[dot->changes[i].a].is_used = true;
        dot->nodes[dot->changes[i].b].is_used = true;
    }
}

/* In a quoted string only the quote and the backslash mean something. */
static void put_text(FILE *out, const char *text)
{
    char label[LABEL_BYTES];
    export_cut(text, label, sizeof label);
    for (const char *at = label; *at != '\0';) {
        uint32_t character = escape_next(&at);
        if (character == '"' || character == '\\') {
            (void)fputc('\\', out);
        }
        escape_utf8(out,
                    character < 0x20 || (character >= 0x7F && character < 0xA0) ? '.' : character);
    }
}

static void put_line(FILE *out, const char *before, const char *text)
{
    if (text != NULL) {
        (void)fprintf(out, "\\n%s", before);
        put_text(out, text);
    }
}

static void put_node(struct export *export, uint32_t actor, const struct node *node)
{
    char *name = export_name(export, actor);
    (void)fprintf(export->out, "    a%lu [label=\"", (unsigned long)actor);
    put_text(export->out, name == NULL ? "?" : name);
    put_line(export->out, "", node->behaviour);
    put_line(export->out, "registered as ", node->name);
    put_line(export->out, "exited: ", node->is_gone ? node->reason : NULL);
    (void)fprintf(export->out, "\"%s];\n", node->is_gone ? ", style=dashed, color=gray50" : "");
    free(name);
}

/* Returns how many changes it stands for: both halves of a link, or one. */
static size_t put_edge(FILE *out, const struct change *change, bool has_next)
{
    bool is_whole = has_next && change->kind == EDGE_LINK && change[1].kind == EDGE_LINK &&
                    change[1].a == change->a && change[1].b == change->b;
    bool is_back = change->kind == EDGE_LINK && change->ordinal == 1;
    const char *style = change->kind == EDGE_MONITOR ? " [style=dashed, label=\"monitors\"]"
                        : change->kind == EDGE_CHILD ? " [color=gray70, label=\"spawned\"]"
                        : is_whole                   ? " [dir=none, penwidth=2]"
                                                     : " [label=\"link\", penwidth=2]";
    (void)fprintf(out, "    a%lu -> a%lu%s;\n", (unsigned long)(is_back ? change->b : change->a),
                  (unsigned long)(is_back ? change->a : change->b), style);
    return is_whole ? 2 : 1;
}

static void begin(struct export *export)
{
    size_t actors = (size_t) export->history->reader.name_count + 1;
    struct dot *dot = export->state = export_allocate(export, 1, sizeof *dot);
    if (dot != NULL) {
        dot->nodes = export_allocate(export, actors, sizeof *dot->nodes);
    }
    (void)fputs("digraph run {\n    node [shape=box, fontname=\"sans-serif\"];\n"
                "    edge [fontname=\"sans-serif\", fontsize=10];\n",
                export->out);
}

static void end(struct export *export)
{
    struct dot *dot = export->state;
    uint32_t actors = export->history->reader.name_count;
    if (dot != NULL && dot->nodes != NULL) {
        settle(dot);
        for (uint32_t i = 1; i <= actors; i++) {
            if (dot->nodes[i].is_spawned || dot->nodes[i].is_used) {
                put_node(export, i, &dot->nodes[i]);
            }
        }
        for (size_t i = 0; i < dot->count;) {
            bool is_real = dot->changes[i].a != 0 && dot->changes[i].b != 0;
            i += is_real ? put_edge(export->out, &dot->changes[i], i + 1 < dot->count) : 1;
        }
        for (uint32_t i = 0; i <= actors; i++) {
            free(dot->nodes[i].behaviour);
            free(dot->nodes[i].name);
            free(dot->nodes[i].reason);
        }
    }
    if (dot != NULL) {
        free(dot->nodes);
        free(dot->changes);
    }
    free(dot);
    (void)fputs("}\n", export->out);
}

const struct export_format export_dot = {begin, event, end};

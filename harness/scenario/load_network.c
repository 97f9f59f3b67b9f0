/* SPDX-License-Identifier: MIT */
/* Nodes and what is between them: how pipes carry bytes, and what a step or a fault does to nodes and pipes. */
#include "harness/scenario/loader.h"

#include <string.h>

#define FORM(fields) fields, FIELD_COUNT(fields)

/* ---- between: [a, b] ---- */

static bool load_pair(struct loader *loader, const struct rh_document_node *node, uint32_t *first,
                      uint32_t *second)
{
    if (node->kind != RH_NODE_SEQUENCE || node->count != 2) {
        return rh_load_refuse(loader, node, "two nodes, such as [n1, n2]");
    }
    bool ok = rh_load_node_name(loader, node->items[0], first);
    ok = rh_load_node_name(loader, node->items[1], second) && ok;
    if (ok && *first == *second) {
        rh_load_error(loader, node->span, "these are one node");
        return false;
    }
    return ok;
}

/* ---- network: of every connection ---- */

static bool load_reach(struct loader *loader, const struct rh_document_node *node, void *row)
{
    uint32_t *pair = row;
    return load_pair(loader, node, &pair[0], &pair[1]);
}

static bool read_reach(struct loader *loader, const struct rh_document_node *node, void *target)
{
    struct rh_plan *plan = target;
    bool ok;
    plan->reach = rh_load_items(loader, node, false, load_reach, 2 * sizeof *plan->reach, &ok);
    plan->reach_count = plan->reach == NULL ? 0 : node->count;
    return ok;
}

static const struct field network_fields[] = {
    {.name = "reach",
     .kind = FIELD_CUSTOM,
     .read = read_reach,
     .shape = "reach",
     .about = "which nodes can dial each other, such as [[a, b], [b, c]], and pass on what is for "
              "nodes beyond; all can dial all without it"},
    {.name = "heartbeat",
     .kind = FIELD_TIME,
     .offset = offsetof(struct rh_plan, heartbeat),
     .about = "every connection says something at least so often; never without it"},
    {.name = "deadline",
     .kind = FIELD_TIME,
     .offset = offsetof(struct rh_plan, deadline),
     .about = "a connection is lost when nothing was heard for so long; never without it"},
};
const struct form rh_form_network = {FORM(network_fields), 0, false};

bool rh_load_network(struct loader *loader, const struct rh_document_node *node)
{
    return rh_load_form(loader, node, &rh_form_network, loader->plan);
}

static bool reaches(const struct rh_plan *plan, uint32_t from, uint32_t to)
{
    bool found = plan->reach == NULL;
    for (uint32_t i = 0; i < plan->reach_count; i++) {
        const uint32_t *pair = &plan->reach[2 * (size_t)i];
        found = found || (pair[0] == from && pair[1] == to) || (pair[0] == to && pair[1] == from);
    }
    return found;
}

/* ---- pipes ---- */

#define PIPE(member) offsetof(struct rh_plan_pipe, member)

static bool read_pipe_between(struct loader *loader, const struct rh_document_node *node,
                              void *target)
{
    struct rh_plan_pipe *pipe = target;
    pipe->is_both = true;
    return load_pair(loader, node, &pipe->from, &pipe->to);
}

static bool read_pipe_from(struct loader *loader, const struct rh_document_node *node, void *target)
{
    struct rh_plan_pipe *pipe = target;
    pipe->has_from = true;
    return rh_load_node_name(loader, node, &pipe->from);
}

static bool read_pipe_to(struct loader *loader, const struct rh_document_node *node, void *target)
{
    struct rh_plan_pipe *pipe = target;
    pipe->has_to = true;
    return rh_load_node_name(loader, node, &pipe->to);
}

static bool read_latency(struct loader *loader, const struct rh_document_node *node, void *target)
{
    struct rh_plan_pipe *pipe = target;
    return rh_cursor_durations(&loader->cursor, node, &pipe->latency_min, &pipe->latency_max);
}

static bool read_capacity(struct loader *loader, const struct rh_document_node *node, void *target)
{
    struct rh_plan_pipe *pipe = target;
    uint64_t number = 0;
    if (!rh_cursor_bytes(&loader->cursor, node, 1, INT32_MAX, &number)) {
        return false;
    }
    pipe->capacity = (uint32_t)number;
    return true;
}

static bool read_chunk(struct loader *loader, const struct rh_document_node *node, void *target)
{
    struct rh_plan_pipe *pipe = target;
    uint64_t number = 0;
    if (rh_node_is_text(node, "any")) {
        pipe->is_chunk_any = true;
        return true;
    }
    if (!rh_cursor_bytes(&loader->cursor, node, 1, INT32_MAX, &number)) {
        rh_load_hint(loader, "write a number of bytes, or 'any' for every way to cut");
        return false;
    }
    pipe->chunk = (uint32_t)number;
    return true;
}

static const struct field pipe_fields[] = {
    {.name = "between",
     .kind = FIELD_CUSTOM,
     .read = read_pipe_between,
     .shape = "pair",
     .about = "two nodes: both directions between them"},
    {.name = "from",
     .kind = FIELD_CUSTOM,
     .read = read_pipe_from,
     .shape = "name",
     .about = "one direction: who writes"},
    {.name = "to",
     .kind = FIELD_CUSTOM,
     .read = read_pipe_to,
     .shape = "name",
     .about = "one direction: who reads"},
    {.name = "latency",
     .kind = FIELD_CUSTOM,
     .read = read_latency,
     .shape = "window",
     .about = "how long bytes travel: 5ms, or a window, 1..5ms; 0 without it"},
    {.name = "capacity",
     .kind = FIELD_CUSTOM,
     .read = read_capacity,
     .shape = "bytes",
     .about = "bytes that may be under way: 4096, 64KiB, 1MiB; 64KiB without it"},
    {.name = "chunk",
     .kind = FIELD_CUSTOM,
     .read = read_chunk,
     .shape = "chunk",
     .about = "how many bytes arrive at a time: at most so many, or 'any'; as written without it"},
    {.name = "connected",
     .kind = FIELD_TRUTH,
     .offset = PIPE(is_connected),
     .about = "whether the nodes are connected when the run begins"},
};
const struct form rh_form_pipe = {FORM(pipe_fields), 0, false};

static bool load_pipe(struct loader *loader, const struct rh_document_node *node, void *row)
{
    struct rh_plan_pipe *pipe = row;
    pipe->at = node->span;
    if (!rh_load_form(loader, node, &rh_form_pipe, pipe)) {
        return false;
    }
    if (pipe->is_both ? pipe->has_from || pipe->has_to : !pipe->has_from || !pipe->has_to) {
        rh_load_error(loader, pipe->at, "this does not say which pipes are meant");
        rh_load_hint(loader, "write either 'between: [a, b]' or 'from: a' and 'to: b'");
        return false;
    }
    if (!reaches(loader->plan, pipe->from, pipe->to)) {
        rh_load_error(loader, pipe->at, "there is no pipe between these nodes");
        rh_load_hint(loader, "add [%s, %s] to 'reach' of 'network'",
                     loader->plan->nodes.at[pipe->from], loader->plan->nodes.at[pipe->to]);
        return false;
    }
    return true;
}

bool rh_load_pipes(struct loader *loader, const struct rh_document_node *node)
{
    struct rh_plan *plan = loader->plan;
    bool ok;
    plan->pipes = rh_load_items(loader, node, false, load_pipe, sizeof *plan->pipes, &ok);
    plan->pipe_count = plan->pipes == NULL ? 0 : node->count;
    return ok;
}

/* ---- deeds: what befalls nodes and pipes ---- */

#define DEED(member) offsetof(struct rh_plan_deed, member)

static bool read_deed_between(struct loader *loader, const struct rh_document_node *node,
                              void *target)
{
    struct rh_plan_deed *deed = target;
    return load_pair(loader, node, &deed->node, &deed->other);
}

/* Rows that several deeds have. */
#define NODE_ROW                                                                                   \
    {                                                                                              \
        .name = "node", .kind = FIELD_NODE, .offset = DEED(node), .is_required = true,             \
        .about = "which node"                                                                      \
    }
#define BETWEEN_ROW(text)                                                                          \
    {                                                                                              \
        .name = "between", .kind = FIELD_CUSTOM, .read = read_deed_between, .is_required = true,   \
        .shape = "pair", .about = (text)                                                           \
    }
#define FOR_ROW(text)                                                                              \
    {                                                                                              \
        .name = "for", .kind = FIELD_TIME, .offset = DEED(span), .about = (text)                   \
    }
#define BYTES_ROW(is_needed, text)                                                                 \
    {                                                                                              \
        .name = "bytes", .kind = FIELD_U64, .offset = DEED(bytes), .is_required = (is_needed),     \
        .most = UINT32_MAX, .about = (text)                                                        \
    }
#define UP_TO_ROW                                                                                  \
    {                                                                                              \
        .name = "up_to", .kind = FIELD_U64, .offset = DEED(up_to), .least = 1, .most = UINT32_MAX, \
        .about = "of a fault: any number of 'bytes' up to this one; each is an alternative"        \
    }
#define DIRECTION "the direction from the first node to the second"
#define REJOIN "how long; without it until they rejoin or the run heals"

static const struct field deed_node_fields[] = {
    NODE_ROW,
    FOR_ROW("how long; without it until it thaws or the run heals"),
};
const struct form rh_form_deed_node = {deed_node_fields, 1, 1, false};
const struct form rh_form_deed_freeze = {FORM(deed_node_fields), 1, false};

static const struct field deed_skew_fields[] = {
    NODE_ROW,
    {.name = "by",
     .kind = FIELD_TIME,
     .offset = DEED(span),
     .is_required = true,
     .about = "how far its clock jumps ahead"},
};
const struct form rh_form_deed_skew = {FORM(deed_skew_fields), 0, false};

static const struct field deed_pair_fields[] = {
    BETWEEN_ROW("the nodes; where one direction is meant, it is from the first to the second"),
    FOR_ROW(REJOIN),
};
const struct form rh_form_deed_pair = {deed_pair_fields, 1, 1, false};
const struct form rh_form_deed_part = {FORM(deed_pair_fields), 1, false};

static const struct field deed_cut_fields[] = {
    BETWEEN_ROW(DIRECTION),
    BYTES_ROW(true, "how many bytes arrive before the pipe is reset"),
    UP_TO_ROW,
};
const struct form rh_form_deed_cut = {FORM(deed_cut_fields), 0, false};

static const struct field deed_bytes_fields[] = {
    BETWEEN_ROW(DIRECTION),
    BYTES_ROW(false, "flip_bytes: how many are in front of the one; lose_bytes, narrow_pipe: how "
                     "many, 1 without it"),
    UP_TO_ROW,
};
const struct form rh_form_deed_bytes = {FORM(deed_bytes_fields), 1, false};

static bool read_side(struct loader *loader, const struct rh_document_node *node, void *target)
{
    struct rh_plan_deed *deed = target;
    bool ok = rh_cursor_sequence(&loader->cursor, node, true);
    for (uint32_t i = 0; ok && i < node->count; i++) {
        uint32_t index = 0;
        ok = rh_load_node_name(loader, node->items[i], &index);
        if (ok && index >= 64) {
            rh_load_error(loader, node->items[i]->span,
                          "only the first 64 nodes can be named here");
            ok = false;
        }
        deed->nodes |= ok ? UINT64_C(1) << index : 0;
    }
    return ok;
}

static const struct field deed_side_fields[] = {
    {.name = "nodes",
     .kind = FIELD_CUSTOM,
     .read = read_side,
     .is_required = true,
     .shape = "names",
     .about = "the nodes of one side; all others are on the other"},
    FOR_ROW(REJOIN),
};
const struct form rh_form_deed_side = {FORM(deed_side_fields), 1, false};

#define TAKES(form)                                                                                \
    {                                                                                              \
        "deed_" #form, &rh_form_deed_##form                                                        \
    }
const struct rh_deed_form rh_deed_forms[RH_DEED_COUNT] = {
    [RH_DEED_FREEZE_NODE] = TAKES(freeze),   [RH_DEED_KILL_NODE] = TAKES(node),
    [RH_DEED_THAW_NODE] = TAKES(node),       [RH_DEED_RESTART_NODE] = TAKES(node),
    [RH_DEED_CLOSE_PIPE] = TAKES(pair),      [RH_DEED_RESET_PIPE] = TAKES(pair),
    [RH_DEED_HALF_CLOSE_PIPE] = TAKES(pair), [RH_DEED_BLACK_HOLE] = TAKES(pair),
    [RH_DEED_CUT_PIPE] = TAKES(cut),         [RH_DEED_PART] = TAKES(part),
    [RH_DEED_REJOIN] = TAKES(pair),          [RH_DEED_FLIP_BYTES] = TAKES(bytes),
    [RH_DEED_LOSE_BYTES] = TAKES(bytes),     [RH_DEED_NARROW_PIPE] = TAKES(bytes),
    [RH_DEED_STALL_PIPE] = TAKES(part),      [RH_DEED_BLIP] = TAKES(pair),
    [RH_DEED_PARTITION] = TAKES(side),       [RH_DEED_SKEW_CLOCK] = TAKES(skew),
};

bool rh_find_deed(const struct rh_document_node *key, enum rh_deed *ret_kind)
{
    for (uint32_t i = 0; i < RH_DEED_COUNT; i++) {
        if (rh_node_is_text(key, rh_deed_words[i])) {
            *ret_kind = (enum rh_deed)i;
            return true;
        }
    }
    return false;
}

bool rh_load_deed(struct loader *loader, enum rh_deed kind, const struct rh_document_node *node,
                  struct rh_plan_deed *deed)
{
    *deed = (struct rh_plan_deed){.kind = kind, .span = RH_NEVER};
    return rh_load_form(loader, node, rh_deed_forms[kind].form, deed);
}

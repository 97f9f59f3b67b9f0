/* SPDX-License-Identifier: MIT */
/* The top of a scenario file. Sections are read in the order in which they need each other, not in that of the file:
 * nodes and limits, names of actors and behaviours, behaviours, actors, then everything that speaks of them. */
#include "harness/scenario/load.h"

#include <string.h>

#include "harness/scenario/loader.h"

#define FORM(fields) fields, FIELD_COUNT(fields)
#define PLAN(member) offsetof(struct rh_plan, member)

/* ---- limits, bounds ---- */

static const struct field limit_fields[] = {
#define X(field_, production, hostile, sentence)                                                   \
    {.name = #field_,                                                                              \
     .kind = FIELD_U32,                                                                            \
     .offset = offsetof(struct rh_limits, field_),                                                 \
     .least = 1,                                                                                   \
     .most = (production) > 65536 ? (production) : 65536,                                          \
     .about = sentence},
    RH_LIMITS_MAP(X)
#undef X
};
const struct form rh_form_limits = {FORM(limit_fields), 0, false};

static const struct field bound_fields[] = {
    {.name = "events",
     .kind = FIELD_U64,
     .offset = PLAN(events_max),
     .least = 1,
     .most = 1000000000,
     .about = "events of one run; more makes the verdict unknown"},
    {.name = "instant_events",
     .kind = FIELD_U64,
     .offset = PLAN(instant_events_max),
     .least = 1,
     .most = 1000000000,
     .about =
         "events at one instant; more is a livelock; without it 100000, and 16 for each actor"},
};
const struct form rh_form_bounds = {FORM(bound_fields), 0, false};

static bool read_limits(struct loader *loader, const struct rh_document_node *node, void *target)
{
    return rh_load_form(loader, node, &rh_form_limits, target);
}

static bool read_bounds(struct loader *loader, const struct rh_document_node *node, void *target)
{
    return rh_load_form(loader, node, &rh_form_bounds, target);
}

static bool read_time(struct loader *loader, const struct rh_document_node *node, void *target)
{
    size_t word = 0;
    if (!rh_cursor_word(&loader->cursor, node, rh_time_words, RH_TIME_WORDS, &word)) {
        return false;
    }
    *(bool *)target = word == 1;
    return true;
}

static bool read_expect_failure(struct loader *loader, const struct rh_document_node *node,
                                void *target)
{
    struct rh_plan *plan = target;
    plan->expect_failure_at = node->span;
    return rh_cursor_text(&loader->cursor, node, &plan->expect_failure);
}

/* ---- the table ---- */

/* Read by hand, in an order of their own. */
#define SECTION(key, shape_, text)                                                                 \
    {                                                                                              \
        .name = (key), .kind = FIELD_CUSTOM, .shape = (shape_), .about = (text)                    \
    }
static const struct field scenario_fields[] = {
    {.name = "scenario",
     .kind = FIELD_TEXT,
     .offset = PLAN(title),
     .is_required = true,
     .about = "what it shows, in one sentence"},
    {.name = "about", .kind = FIELD_TEXT, .offset = PLAN(about), .about = "more about it"},
    {.name = "covers",
     .kind = FIELD_TEXTS,
     .offset = PLAN(covers),
     .about = "ids of the behaviour catalogue"},
    {.name = "time",
     .kind = FIELD_CUSTOM,
     .read = read_time,
     .offset = PLAN(time_free),
     .shape = "time",
     .about = "virtual: events happen within their windows; free: in any order at all"},
    {.name = "stall",
     .kind = FIELD_TIME,
     .offset = PLAN(stall),
     .about = "how late a local delivery may be; 0 without it"},
    {.name = "limits",
     .kind = FIELD_CUSTOM,
     .read = read_limits,
     .offset = PLAN(limits),
     .shape = "limits",
     .about = "caps of every node"},
    {.name = "bounds",
     .kind = FIELD_CUSTOM,
     .read = read_bounds,
     .shape = "bounds",
     .about = "what one run may cost"},
    {.name = "allow_vacuous",
     .kind = FIELD_TEXT,
     .offset = PLAN(allow_vacuous),
     .about = "why it passes even if no fault fires or a property is never judged"},
    {.name = "skip", .kind = FIELD_TEXT, .offset = PLAN(skip), .about = "why it is not run"},
    {.name = "expect_failure",
     .kind = FIELD_CUSTOM,
     .read = read_expect_failure,
     .shape = "text",
     .about = "the invariant that must be violated: the scenario passes if it is"},
    SECTION("nodes", "names", "nodes; [n1] without it"),
    SECTION("network", "network", "who reaches whom, and what all connections between nodes have"),
    SECTION("pipes", "pipes", "how bytes travel between nodes"),
    SECTION("behaviours", "behaviours", "behaviours written as operations"),
    SECTION("actors", "actors", "who plays what"),
    SECTION(
        "given", "steps",
        "what has happened when the run begins: operations of actors, each with all that comes of it at once, in one "
        "order"),
    SECTION("steps", "steps", "what the driver makes happen, in order"),
    SECTION("faults", "faults", "accidents"),
    SECTION("expect", "claims", "what holds when a run has ended"),
    SECTION("always", "claims", "what holds after every event"),
    SECTION("never", "events", "what must not happen"),
    SECTION("eventually", "promises", "what must happen"),
    SECTION("schedule", "schedule", "the lines that one run follows: see below"),
    SECTION("explore", "explore", "how it is explored"),
};
const struct form rh_form_scenario = {FORM(scenario_fields), 0, false};

static bool load_nodes(struct loader *loader, const struct rh_document_node *node)
{
    static const char *const one[] = {"n1"};
    struct rh_plan *plan = loader->plan;
    plan->nodes.at = one;
    plan->nodes.count = 1;
    if (node == NULL) {
        return true;
    }
    if (!rh_cursor_sequence(&loader->cursor, node, false)) {
        return false;
    }
    const char **at = rh_loader_allocate(loader, node->count, sizeof *at);
    if (at == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < node->count; i++) {
        if (!rh_load_name(loader, node->items[i], "a node")) {
            return false;
        }
        at[i] = node->items[i]->text;
        for (uint32_t j = 0; j < i; j++) {
            if (strcmp(at[i], at[j]) == 0) {
                rh_load_error(loader, node->items[i]->span, "two nodes are called '%s'", at[i]);
                return false;
            }
        }
    }
    plan->nodes.at = at;
    plan->nodes.count = node->count;
    return true;
}

typedef bool (*section_reader)(struct loader *loader, const struct rh_document_node *node);

static bool load_sections(struct loader *loader, const struct rh_document_node *root)
{
    static const struct {
        const char *key;
        section_reader read;
    } order[] = {
        {"actors", rh_load_actor_names},
        {"actors", rh_load_processes},
        {"behaviours", rh_load_behaviour_names},
        {"behaviours", rh_load_behaviours},
        {"actors", rh_load_actors_section},
        {"given", rh_load_given},
        {"steps", rh_load_steps},
        {"faults", rh_load_faults},
        {"expect", rh_load_expect},
        {"always", rh_load_always},
        {"never", rh_load_never},
        {"eventually", rh_load_eventually},
        {"schedule", rh_load_schedule},
    };
    bool ok = true;
    bool named = true; /* what speaks of actors is only confusing when there are none to speak of */
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        const struct rh_document_node *node = rh_node_find(root, order[i].key);
        if (node == NULL || !named) {
            continue;
        }
        bool good = order[i].read(loader, node);
        ok = ok && good;
        named = i > 2 ? named
                      : node->kind == RH_NODE_MAPPING && loader->plan->actor_count > 0 &&
                            !loader->is_out_of_memory;
    }
    return rh_load_explore(loader, rh_node_find(root, "explore")) && ok;
}

static void check_program(struct loader *loader)
{
    if (loader->plan->actor_count == 0 && loader->cursor.diagnostics->error_count == 0) {
        rh_load_error(loader, (struct rh_span){{0, 0, 0}, {0, 0, 0}},
                      "a scenario needs at least one actor");
        rh_load_hint(loader, "add 'actors: {a: echo}'");
    }
}

enum rh_status rh_plan_load(struct rh_plan *plan, const struct rh_document *document,
                            const struct rh_program *program, struct rh_diagnostics *diagnostics)
{
    struct loader loader = {
        .cursor = {document->source, diagnostics}, .plan = plan, .program = program};
    bool ok = rh_load_form(&loader, document->root, &rh_form_scenario, plan);
    if (document->root->kind == RH_NODE_MAPPING) {
        ok = load_nodes(&loader, rh_node_find(document->root, "nodes")) && ok;
        const struct rh_document_node *network = rh_node_find(document->root, "network");
        ok = (network == NULL || rh_load_network(&loader, network)) && ok;
        const struct rh_document_node *pipes = rh_node_find(document->root, "pipes");
        ok = (pipes == NULL || rh_load_pipes(&loader, pipes)) && ok;
        ok = load_sections(&loader, document->root) && ok;
        check_program(&loader);
        if (ok && diagnostics->error_count == 0) {
            rh_lint_plan(&loader);
        }
    }
    if (loader.is_out_of_memory || diagnostics->status == RH_NO_MEMORY) {
        return RH_NO_MEMORY;
    }
    return ok && diagnostics->error_count == 0 ? RH_OK : RH_MALFORMED;
}

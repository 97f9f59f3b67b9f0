/* SPDX-License-Identifier: MIT */
/* Supervisors: the parameters of the one built-in behaviour whose parameters are behaviours. */
#include "harness/scenario/loader.h"

#include <string.h>

#define FORM(fields) fields, FIELD_COUNT(fields)

struct child_read {
    struct rh_plan_child child;
    const struct rh_document_node *behaviour;
    const struct rh_document_node *with;
};

#define CHILD(member) offsetof(struct child_read, member)

static bool read_shutdown(struct loader *loader, const struct rh_document_node *node, void *target)
{
    struct rh_plan_child *child = &((struct child_read *)target)->child;
    if (rh_node_is_text(node, "kill")) {
        child->is_brutal = true;
        return true;
    }
    if (rh_node_is_text(node, "never")) {
        child->shutdown = RH_NEVER;
        return true;
    }
    return rh_cursor_duration(&loader->cursor, node, &child->shutdown);
}

static const struct field child_fields[] = {
    {.name = "id",
     .kind = FIELD_TEXT,
     .offset = CHILD(child.id),
     .is_required = true,
     .about = "its name within the supervisor"},
    {.name = "behaviour",
     .kind = FIELD_KEPT,
     .offset = CHILD(behaviour),
     .is_required = true,
     .shape = "name",
     .about = "what it does"},
    {.name = "with", .kind = FIELD_KEPT, .offset = CHILD(with), .about = "its parameters"},
    {.name = "restart",
     .kind = FIELD_WORD,
     .offset = CHILD(child.restart),
     .words = rh_restart_words,
     .most = RH_RESTART_WORDS,
     .about = "which ends are failures; permanent without it"},
    {.name = "shutdown",
     .kind = FIELD_CUSTOM,
     .read = read_shutdown,
     .shape = "shutdown",
     .about = "time to stop before it is killed; 'kill': none, 'never': for ever"},
    {.name = "ready",
     .kind = FIELD_WORD,
     .offset = CHILD(child.readiness),
     .words = rh_readiness_words,
     .most = RH_READINESS_WORDS,
     .about = "when it counts as started"},
    {.name = "trap",
     .kind = FIELD_TRUTH,
     .offset = CHILD(child.spawn.trap),
     .about = "whether it traps exits"},
    {.name = "mailbox",
     .kind = FIELD_TRUTH,
     .offset = CHILD(child.spawn.mailbox),
     .about = "whether it receives selectively"},
    {.name = "cap",
     .kind = FIELD_U32,
     .offset = CHILD(child.spawn.cap),
     .least = 1,
     .most = UINT32_MAX,
     .about = "messages that may wait for it"},
    {.name = "overflow",
     .kind = FIELD_WORD,
     .offset = CHILD(child.spawn.overflow),
     .words = rh_overflow_words,
     .most = RH_OVERFLOW_WORDS,
     .about = "what happens to a message at the cap"},
};
const struct form rh_form_child = {FORM(child_fields), 0, false};

static bool load_child(struct loader *loader, const struct rh_document_node *node, void *row)
{
    struct rh_plan_child *child = row;
    struct child_read read = {.child = {.at = node->span}};
    bool ok = rh_load_form(loader, node, &rh_form_child, &read);
    if (read.behaviour != NULL) {
        ok = rh_load_role(loader, read.behaviour, read.with, RH_VALUE, &read.child.spawn) && ok;
    }
    *child = read.child;
    if (ok) {
        child->is_supervisor = loader->plan->roles[child->spawn.role].supervisor != NULL;
    }
    return ok;
}

static bool read_children(struct loader *loader, const struct rh_document_node *node, void *target)
{
    struct rh_plan_children *list = target;
    bool ok;
    list->at = rh_load_items(loader, node, true, load_child, sizeof *list->at, &ok);
    list->count = list->at == NULL ? 0 : node->count;
    return list->at != NULL &&
           rh_load_distinct(loader, node, list->at, sizeof *list->at,
                            offsetof(struct rh_plan_child, id), "children") &&
           ok;
}

#define SUPERVISOR(member) offsetof(struct rh_plan_supervisor, member)
static const struct field supervisor_fields[] = {
    {.name = "strategy",
     .kind = FIELD_WORD,
     .offset = SUPERVISOR(strategy),
     .words = rh_supervision_words,
     .most = RH_SUPERVISION_WORDS,
     .about = "what restarts when one child fails; one_for_one without it"},
    {.name = "intensity",
     .kind = FIELD_U64,
     .offset = SUPERVISOR(intensity),
     .most = UINT32_MAX,
     .about = "restarts within the period that are tolerated; 1 without it"},
    {.name = "period",
     .kind = FIELD_TIME,
     .offset = SUPERVISOR(period),
     .about = "the period; 5s without it"},
    {.name = "children",
     .kind = FIELD_CUSTOM,
     .read = read_children,
     .offset = SUPERVISOR(children),
     .shape = "children",
     .about = "what it starts, in this order"},
    {.name = "templates",
     .kind = FIELD_CUSTOM,
     .read = read_children,
     .offset = SUPERVISOR(templates),
     .shape = "children",
     .about = "what start_child can start"},
};
const struct form rh_form_supervisor = {FORM(supervisor_fields), 0, false};

bool rh_load_supervisor(struct loader *loader, const struct rh_document_node *with, uint32_t *role)
{
    struct rh_plan_supervisor *supervisor = rh_loader_allocate(loader, 1, sizeof *supervisor);
    if (supervisor == NULL) {
        return false;
    }
    supervisor->name = "supervisor";
    supervisor->at = with->span;
    supervisor->intensity = 1;
    return rh_load_form(loader, with, &rh_form_supervisor, supervisor) &&
           rh_load_role_add(loader, (struct rh_plan_role){.supervisor = supervisor}, role);
}

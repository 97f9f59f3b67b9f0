/* SPDX-License-Identifier: MIT */
/* The operation spawn: what a child plays, and how it is tied to its parent. */
#include "harness/scenario/loader.h"

#define SPAWN(member) offsetof(struct spawn_op, member)
struct spawn_op {
    struct rh_plan_spawn spawn;
    const struct rh_document_node *behaviour;
    const struct rh_document_node *with;
    bool has_link_tag;
    uint8_t as;
    uint8_t as_also;
    uint8_t status;
};

static bool read_spawn_tag(struct loader *loader, const struct rh_document_node *node, void *target)
{
    struct rh_plan_spawn *spawn = &((struct spawn_op *)target)->spawn;
    spawn->has_tag = true;
    return rh_cursor_integer(&loader->cursor, node, INT64_MIN, INT64_MAX, &spawn->tag);
}

static const struct field spawn_form_fields[] = {
    {.name = "behaviour",
     .kind = FIELD_KEPT,
     .offset = SPAWN(behaviour),
     .is_required = true,
     .shape = "name",
     .about = "what it does: a built-in behaviour, one of 'behaviours', or one of the program's"},
    {.name = "with", .kind = FIELD_KEPT, .offset = SPAWN(with), .about = "its parameters"},
    {.name = "as",
     .kind = FIELD_SLOT,
     .offset = SPAWN(as),
     .about = "variable for the child; of spawn_request: for the reference of its answer"},
    {.name = "link",
     .kind = FIELD_TRUTH,
     .offset = SPAWN(spawn.link),
     .about = "link with it in the same step"},
    {.name = "tag",
     .kind = FIELD_CUSTOM,
     .read = read_spawn_tag,
     .shape = "integer",
     .about = "tag of that link"},
    {.name = "monitor",
     .kind = FIELD_SLOT,
     .offset = SPAWN(as_also),
     .about = "watch it in the same step; variable for the reference"},
    {.name = "trap",
     .kind = FIELD_TRUTH,
     .offset = SPAWN(spawn.trap),
     .about = "whether it traps exits"},
    {.name = "mailbox",
     .kind = FIELD_TRUTH,
     .offset = SPAWN(spawn.mailbox),
     .about = "whether it receives selectively"},
    {.name = "cap",
     .kind = FIELD_U32,
     .offset = SPAWN(spawn.cap),
     .least = 1,
     .most = UINT32_MAX,
     .about = "messages that may wait for it"},
    {.name = "overflow",
     .kind = FIELD_WORD,
     .offset = SPAWN(spawn.overflow),
     .words = rh_overflow_words,
     .most = RH_OVERFLOW_WORDS,
     .about = "what happens to a message at the cap"},
    {.name = "status",
     .kind = FIELD_SLOT,
     .offset = SPAWN(status),
     .about = "variable for the status's word; without it a failure ends the actor"},
};
const struct form rh_form_spawn = {spawn_form_fields, FIELD_COUNT(spawn_form_fields), 1, false};

bool rh_load_spawn_op(struct loader *loader, const struct rh_document_node *node, void *target)
{
    struct rh_plan_op *op = target;
    struct spawn_op read = {
        .as = RH_NO_SLOT, .as_also = RH_NO_SLOT, .status = RH_NO_SLOT, .behaviour = NULL};
    struct rh_plan_spawn *spawn = rh_loader_allocate(loader, 1, sizeof *spawn);
    if (spawn == NULL) {
        return false;
    }
    bool ok = rh_load_form(loader, node, &rh_form_spawn, &read);
    if (read.behaviour != NULL) {
        ok = rh_load_role(loader, read.behaviour, read.with, RH_VALUE_TEMPLATE, &read.spawn) && ok;
    }
    *spawn = read.spawn;
    op->spawn = spawn;
    op->as = read.as;
    op->as_also = read.as_also;
    op->status = read.status;
    return ok;
}

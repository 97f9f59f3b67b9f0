/* SPDX-License-Identifier: MIT */
/*
 * A name maps to one live actor, an actor has one name, and both end in the owner's exit step. A message to a name is
 * handled by whoever owns it then. At the end the node's registry says the same.
 */
#include "harness/check/family.h"

struct name {
    uint64_t number; /**< of the model */
    struct rh_pid owner;
    uint32_t node; /**< index */
};

struct names {
    struct family family;
    struct table names;
};

static const struct spared spared = {
    .kinds = RH_LISTEN(HANDLE) | RH_LISTEN(PUT) | RH_LISTEN(DROP) | RH_LISTEN(RETURN),
    .facts = FACT_QUALIFIED,
};

static const struct family_table tables[] = {
    {offsetof(struct names, names), sizeof(uint64_t), sizeof(struct name)},
};
static const struct family_plan plan = {
    .bytes = sizeof(struct names), .spared = &spared, FAMILY_TABLES(tables)};

static enum rh_status create(const struct rh_allocator *allocator, struct rh_judge *judge,
                             void **ret_self)
{
    return family_create(allocator, judge, &plan, ret_self);
}

static void fail_name(struct names *self, const char *invariant, struct rh_pid actor,
                      const char *name, const char *expected, struct rh_pid owner)
{
    struct rh_judge *judge = self->family.judge;
    struct rh_violation found = violation_of(invariant, actor, owner);
    violation_expect(&found, "%s", expected);
    violation_observe(&found, "\"%s\": %s is concerned, and it belongs to %s", name,
                      say_who(judge, actor).text, say_who(judge, owner).text);
    rh_judge_fail(judge, &found);
}

/* The number of an event's name on the actor's node; 0 after an error. */
static uint64_t number_of(struct names *self, const struct rh_event *event)
{
    uint32_t number = model_name(self->family.model, event->actor.node, event->name);
    if (number == 0) {
        rh_judge_error(self->family.judge, RH_NO_MEMORY);
    }
    return number;
}

static void on_add(struct names *self, const struct rh_record *told)
{
    const struct rh_event *event = told->event;
    const struct part *part = self->family.model->actor;
    uint64_t number = number_of(self, event);
    struct name *name = number == 0 ? NULL : table_find(&self->names, &number);
    family_evaluated(&self->family);
    if (number == 0) {
        return;
    }
    if (name != NULL && name->owner.incarnation != event->actor.incarnation) {
        table_remove(&self->names, name); /* the node has been started anew */
        name = NULL;
    }
    if (name != NULL) {
        fail_name(self, "names/one-owner", event->actor, event->name, "a taken name is refused",
                  name->owner);
    } else if (self->family.model->life != LIFE_ALIVE) {
        fail_name(self, "names/alive", event->actor, event->name, "only a live actor gets a name",
                  event->actor);
    } else if (part != NULL && part->names > 1) {
        fail_name(self, "names/one-name", event->actor, event->name, "an actor has one name",
                  event->actor);
    } else {
        name = table_add(&self->names, &number);
        if (name == NULL) {
            rh_judge_error(self->family.judge, RH_NO_MEMORY);
            return;
        }
        name->owner = event->actor;
        name->node = told->node;
    }
}

static void on_remove(struct names *self, const struct rh_event *event)
{
    uint64_t number = number_of(self, event);
    struct name *name = number == 0 ? NULL : table_find(&self->names, &number);
    if (number == 0) {
        return;
    }
    if (name == NULL || !rh_pid_equal(name->owner, event->actor)) {
        fail_name(self, "names/one-owner", event->actor, event->name,
                  "a name is taken from its owner", name == NULL ? rh_pid_none() : name->owner);
        return;
    }
    table_remove(&self->names, name);
}

/* Has the owner gone with his node? Its names go with it, and no exit step tells of them. */
static bool is_past(const struct names *self, const struct name *name)
{
    return model_life(self->family.model, name->owner) != LIFE_ALIVE;
}

/* A message that was sent to a name has met somebody, or nobody. */
static void on_message(struct names *self, const struct rh_event *event)
{
    bool reached = event->kind == RH_EVENT_HANDLE || event->kind == RH_EVENT_PUT;
    if (!reached && event->why != RH_WHY_NONAME) {
        return;
    }
    uint64_t number = number_of(self, event);
    const struct name *name = number == 0 ? NULL : table_find(&self->names, &number);
    struct rh_pid owner = name == NULL ? rh_pid_none() : name->owner;
    family_evaluated(&self->family);
    bool owned = name != NULL && !is_past(self, name); /* started anew, nobody has it there */
    if (number != 0 && (reached ? !rh_pid_equal(owner, event->actor) : owned)) {
        fail_name(self, "names/resolved", event->actor, event->name,
                  "a message to a name is for whoever has it when the message is handled", owner);
    }
}

static void on_exit_end(struct names *self, const struct rh_event *event)
{
    const struct part *part = self->family.model->actor;
    if (part == NULL || part->names == 0) {
        return;
    }
    for (uint32_t i = 0; i < self->names.count; i++) {
        const struct name *name = table_at(&self->names, i);
        if (rh_pid_equal(name->owner, event->actor)) {
            fail_name(self, "names/released", event->actor,
                      model_name_text(self->family.model, (uint32_t)name->number),
                      "the exit step of its owner releases a name", event->actor);
            return;
        }
    }
}

static void record(void *state, const struct rh_record *told)
{
    struct names *self = state;
    const struct rh_event *event = told->event;
    switch (event->kind) {
    case RH_EVENT_NAME_ADD:
        on_add(self, told);
        break;
    case RH_EVENT_NAME_REMOVE:
        on_remove(self, event);
        break;
    case RH_EVENT_EXIT_END:
        on_exit_end(self, event);
        break;
    default:
        if (event->name != NULL) {
            on_message(self, event);
        }
        break;
    }
}

static void finish(void *state, enum rh_end end)
{
    struct names *self = state;
    const struct rh_world *world = rh_judge_world(self->family.judge);
    if (world == NULL || end == RH_END_STOPPED || end == RH_END_NO_MEMORY) {
        return;
    }
    for (uint32_t i = 0; i < self->names.count; i++) {
        const struct name *name = table_at(&self->names, i);
        const char *text = model_name_text(self->family.model, (uint32_t)name->number);
        struct rh_pid owner = rh_pid_none();
        const struct rh_node *node = rh_world_node(world, name->node);
        if (node == NULL || is_past(self, name)) {
            continue;
        }
        (void)rh_inspect_whereis(node, text, &owner);
        if (!rh_pid_equal(owner, name->owner)) {
            fail_name(self, "names/registry", name->owner, text,
                      "the registry gives a name to whoever registered it", owner);
            return;
        }
    }
}

const struct rh_checker checker_names = {
    .name = "names",
    .covers = "LU-I9 LU-S14 LU-S15 TH-S8",
    .claim = "a name belongs to one live actor and is free again in its exit step",
    .kinds = RH_LISTEN(HANDLE) | RH_LISTEN(PUT) | RH_LISTEN(DROP) | RH_LISTEN(RETURN) |
             RH_LISTEN(NAME_ADD) | RH_LISTEN(NAME_REMOVE) | RH_LISTEN(EXIT_END),
    .signals = RH_LISTEN_SIGNAL(MESSAGE),
    .live = true,
    .create = create,
    .begin = family_begin,
    .record = record,
    .finish = finish,
    .destroy = family_destroy,
};

/* SPDX-License-Identifier: MIT */
/* Actors, and what they are given to play: a scripted behaviour, one of a C program (the built-in ones are such a
 * program), a supervisor with its children, or a host with its programs. */
#include "harness/scenario/loader.h"

#include <string.h>

#define FORM(fields) fields, FIELD_COUNT(fields)

/* ---- roles ---- */

bool rh_load_role_add(struct loader *loader, struct rh_plan_role role, uint32_t *index)
{
    struct rh_plan *plan = loader->plan;
    for (uint32_t i = 0; i < plan->role_count; i++) {
        if (plan->roles[i].scripted == role.scripted && plan->roles[i].program == role.program &&
            plan->roles[i].supervisor == role.supervisor && plan->roles[i].host == role.host) {
            *index = i;
            return true;
        }
    }
    if (plan->role_count == plan->role_capacity) {
        uint32_t capacity = plan->role_capacity == 0 ? 16 : plan->role_capacity * 2;
        struct rh_plan_role *roles =
            plan->allocator->resize(plan->allocator->self, plan->roles,
                                    plan->role_capacity * sizeof *roles, capacity * sizeof *roles);
        if (roles == NULL) {
            return rh_loader_out_of_memory(loader);
        }
        plan->roles = roles;
        plan->role_capacity = capacity;
    }
    *index = plan->role_count;
    plan->roles[plan->role_count++] = role;
    return true;
}

static const struct rh_program_behaviour *find_in(const struct rh_program *program,
                                                  const char *name)
{
    for (size_t i = 0; program != NULL && i < program->behaviour_count; i++) {
        if (strcmp(program->behaviours[i].behaviour->name, name) == 0) {
            return &program->behaviours[i];
        }
    }
    return NULL;
}

static bool unknown_behaviour(struct loader *loader, const struct rh_document_node *node)
{
    const char *names[128];
    size_t count = 0;
    const struct rh_plan *plan = loader->plan;
    for (uint32_t i = 0; i < plan->behaviour_count && count < 40; i++) {
        names[count++] = plan->behaviours[i].name;
    }
    const struct rh_program *programs[] = {rh_program_builtin(), loader->program};
    for (size_t p = 0; p < 2; p++) {
        for (size_t i = 0; programs[p] != NULL && i < programs[p]->behaviour_count && count < 120;
             i++) {
            names[count++] = programs[p]->behaviours[i].behaviour->name;
        }
    }
    names[count++] = "supervisor";
    names[count++] = "host";
    return rh_cursor_unknown(&loader->cursor, node, "behaviour", names, count);
}

/* ---- parameters ---- */

/* Parameters while they become one map. */
struct parameters {
    struct rh_builder builder;
    bool saw_actor;
    bool saw_child;
    bool saw_variable;
};

static bool load_time(struct loader *loader, const struct rh_document_node *node, uint32_t *message)
{
    rh_duration time = 0;
    if (!rh_cursor_duration(&loader->cursor, node, &time)) {
        return false;
    }
    uint64_t nanoseconds = time;
    return rh_load_message(loader, node, RH_ITEM(loader->plan->allocator, nanoseconds), message);
}

static bool load_actor_list(struct loader *loader, const struct rh_document_node *node,
                            uint32_t *message)
{
    struct rh_plan_ids list;
    if (!rh_load_actors(loader, node, &list)) {
        return false;
    }
    struct rh_builder builder;
    rh_builder_init(&builder, loader->plan->allocator, loader->plan->limits.message_bytes_max);
    rh_build_array(&builder, list.count);
    loader->saw_actor = false;
    loader->saw_child = false;
    loader->saw_variable = false;
    for (uint32_t i = 0; i < list.count; i++) {
        bool is_actor = list.at[i] < loader->plan->actor_count;
        loader->saw_actor = loader->saw_actor || is_actor;
        loader->saw_child = loader->saw_child || !is_actor;
        rh_build_pid(&builder, (struct rh_pid){RH_PLAN_NODE, 1, list.at[i], 1});
    }
    return rh_load_message(loader, node, rh_build_finish(&builder), message);
}

static bool is_variable(const struct rh_document_node *node)
{
    return node->kind == RH_NODE_SCALAR && !node->is_quoted && node->text[0] == '$';
}

static bool check_kind(struct loader *loader, const struct rh_document_node *node,
                       enum rh_kind kind, const char *expected, uint32_t message)
{
    struct rh_reader reader;
    rh_reader_message(&reader, &loader->plan->messages[message].value);
    return rh_read_kind(&reader) == kind || rh_load_refuse(loader, node, expected);
}

static bool load_parameter(struct loader *loader, const struct rh_document_node *node,
                           enum rh_parameter_kind kind, enum rh_value_use use, uint32_t *message)
{
    if (is_variable(node) && use == RH_VALUE_TEMPLATE) {
        return rh_load_value(loader, node, use, message);
    }
    switch (kind) {
    case RH_PARAMETER_ACTOR:
        return use == RH_VALUE_TEMPLATE || node->kind != RH_NODE_SCALAR || node->text[0] != '$'
                   ? rh_load_target(loader, node, message)
                   : rh_load_refuse(loader, node, "an actor");
    case RH_PARAMETER_ACTORS:
        return load_actor_list(loader, node, message);
    case RH_PARAMETER_TIME:
        return load_time(loader, node, message);
    case RH_PARAMETER_NUMBER:
        return rh_load_value(loader, node, use, message) &&
               check_kind(loader, node, RH_KIND_INT, "a whole number", *message);
    case RH_PARAMETER_TRUTH:
        return rh_load_value(loader, node, use, message) &&
               check_kind(loader, node, RH_KIND_BOOL, "true or false", *message);
    case RH_PARAMETER_TEXT:
        return rh_load_value(loader, node, use, message) &&
               check_kind(loader, node, RH_KIND_TEXT, "a text", *message);
    case RH_PARAMETER_LIST:
        return rh_load_value(loader, node, use, message) &&
               check_kind(loader, node, RH_KIND_ARRAY, "a list", *message);
    case RH_PARAMETER_VALUE:
    case RH_PARAMETER_COUNT:
        break;
    }
    return rh_load_value(loader, node, use, message);
}

static bool put_parameter(struct loader *loader, struct parameters *parameters, const char *name,
                          uint32_t message)
{
    const struct rh_plan_message *value = &loader->plan->messages[message];
    rh_build_text(&parameters->builder, name, strlen(name));
    rh_build_message(&parameters->builder, &value->value);
    parameters->saw_actor = parameters->saw_actor || value->has_actors;
    parameters->saw_child = parameters->saw_child || value->has_children;
    parameters->saw_variable = parameters->saw_variable || value->has_variables;
    return true;
}

static bool finish_parameters(struct loader *loader, const struct rh_document_node *node,
                              struct parameters *parameters, bool ok, uint32_t *message)
{
    if (!ok) {
        rh_builder_deinit(&parameters->builder);
        return false;
    }
    loader->saw_actor = parameters->saw_actor;
    loader->saw_child = parameters->saw_child;
    loader->saw_variable = parameters->saw_variable;
    return rh_load_message(loader, node, rh_build_finish(&parameters->builder), message);
}

static bool load_program_with(struct loader *loader, const struct rh_program_behaviour *behaviour,
                              const struct rh_document_node *name,
                              const struct rh_document_node *with, enum rh_value_use use,
                              uint32_t *message)
{
    struct rh_key keys[32];
    const struct rh_document_node *values[32];
    if (behaviour->takes_anything) {
        return with == NULL || rh_load_value(loader, with, use, message);
    }
    size_t count = behaviour->parameter_count < 32 ? behaviour->parameter_count : 32;
    bool is_needed = false;
    for (size_t i = 0; i < count; i++) {
        keys[i].name = behaviour->parameters[i].name;
        keys[i].presence = behaviour->parameters[i].is_required ? RH_KEY_REQUIRED : RH_KEY_OPTIONAL;
        is_needed = is_needed || behaviour->parameters[i].is_required;
    }
    if (with == NULL) {
        if (is_needed) {
            rh_load_error(loader, name->span, "behaviour '%s' needs parameters",
                          behaviour->behaviour->name);
            rh_load_hint(loader, "write {behaviour: %s, with: {%s: ...}}",
                         behaviour->behaviour->name, behaviour->parameters[0].name);
        }
        return !is_needed;
    }
    if (count == 0) {
        rh_load_error(loader, with->span, "behaviour '%s' has no parameters",
                      behaviour->behaviour->name);
        return false;
    }
    if (!rh_cursor_keys(&loader->cursor, with, keys, count, values)) {
        return false;
    }
    struct parameters parameters = {.saw_actor = false};
    rh_builder_init(&parameters.builder, loader->plan->allocator,
                    loader->plan->limits.message_bytes_max);
    rh_build_map(&parameters.builder, with->count);
    bool ok = true;
    for (size_t i = 0; i < count; i++) {
        uint32_t value = 0;
        if (values[i] != NULL) {
            ok = load_parameter(loader, values[i], behaviour->parameters[i].kind, use, &value) &&
                 put_parameter(loader, &parameters, keys[i].name, value) && ok;
        }
    }
    return finish_parameters(loader, with, &parameters, ok, message);
}

/* The parameters of a scripted behaviour are its state variables, `n` for $n. */
static bool load_scripted_with(struct loader *loader, const struct rh_plan_behaviour *behaviour,
                               const struct rh_document_node *with, enum rh_value_use use,
                               uint32_t *message)
{
    const char *names[RH_VARIABLES];
    size_t count = 0;
    if (with == NULL) {
        return true;
    }
    for (uint32_t i = 0; i < behaviour->scope.count; i++) {
        if (behaviour->scope.variables[i].kind == RH_VARIABLE_STATE) {
            names[count++] = behaviour->scope.variables[i].name;
        }
    }
    if (!rh_cursor_mapping(&loader->cursor, with)) {
        return false;
    }
    struct parameters parameters = {.saw_actor = false};
    rh_builder_init(&parameters.builder, loader->plan->allocator,
                    loader->plan->limits.message_bytes_max);
    rh_build_map(&parameters.builder, with->count);
    bool ok = true;
    for (uint32_t i = 0; i < with->count; i++) {
        const struct rh_document_node *key = with->pairs[i].key;
        const char *name = key->text[0] == '$' ? key->text + 1 : key->text;
        size_t found = 0;
        while (found < count && strcmp(names[found], name) != 0) {
            found++;
        }
        if (found == count) {
            ok = rh_cursor_unknown(&loader->cursor, key, "state variable", names, count);
            continue;
        }
        uint32_t value = 0;
        ok = rh_load_value(loader, with->pairs[i].value, use, &value) &&
             put_parameter(loader, &parameters, name, value) && ok;
    }
    return finish_parameters(loader, with, &parameters, ok, message);
}

/* The nearest owner of a name has it: the file, then the program, then Rehearse itself. */
bool rh_load_role(struct loader *loader, const struct rh_document_node *node,
                  const struct rh_document_node *with, enum rh_value_use use,
                  struct rh_plan_spawn *spawn)
{
    const char *name = NULL;
    if (!rh_cursor_text(&loader->cursor, node, &name)) {
        return false;
    }
    struct rh_plan *plan = loader->plan;
    for (uint32_t i = 0; i < plan->behaviour_count; i++) {
        if (strcmp(plan->behaviours[i].name, name) == 0) {
            plan->behaviours[i].is_used = true;
            return rh_load_role_add(loader, (struct rh_plan_role){.scripted = &plan->behaviours[i]},
                                    &spawn->role) &&
                   load_scripted_with(loader, &plan->behaviours[i], with, use, &spawn->with);
        }
    }
    const struct rh_program_behaviour *behaviour = find_in(loader->program, name);
    if (behaviour == NULL && strcmp(name, "supervisor") == 0) {
        if (with == NULL) {
            rh_load_error(loader, node->span, "a supervisor needs 'with'");
            rh_load_hint(loader, "write {behaviour: supervisor, with: {children: [...]}}");
            return false;
        }
        return rh_load_supervisor(loader, with, &spawn->role);
    }
    if (behaviour == NULL && strcmp(name, "host") == 0) {
        if (with == NULL) {
            rh_load_error(loader, node->span, "a host needs 'with'");
            rh_load_hint(loader, "write {behaviour: host, with: {programs: [...]}}");
            return false;
        }
        return rh_load_host(loader, with, &spawn->role);
    }
    behaviour = behaviour != NULL ? behaviour : find_in(rh_program_builtin(), name);
    if (behaviour == NULL) {
        return unknown_behaviour(loader, node);
    }
    return rh_load_role_add(loader, (struct rh_plan_role){.program = behaviour}, &spawn->role) &&
           load_program_with(loader, behaviour, node, with, use, &spawn->with);
}

/* ---- actors ---- */

struct actor_read {
    struct rh_plan_actor actor;
    const struct rh_document_node *behaviour;
    const struct rh_document_node *with;
    const struct rh_document_node *script;
};

#define ACTOR(member) offsetof(struct actor_read, member)

static const struct field actor_fields[] = {
    {.name = "behaviour",
     .kind = FIELD_KEPT,
     .offset = ACTOR(behaviour),
     .is_required = true,
     .shape = "name",
     .about = "what it does: a built-in behaviour, one of 'behaviours', or one of the program's"},
    {.name = "with",
     .kind = FIELD_KEPT,
     .offset = ACTOR(with),
     .about = "parameters of the behaviour; for a scripted one values of its state"},
    {.name = "trap",
     .kind = FIELD_TRUTH,
     .offset = ACTOR(actor.spawn.trap),
     .about = "whether exit signals arrive as deliveries"},
    {.name = "mailbox",
     .kind = FIELD_TRUTH,
     .offset = ACTOR(actor.spawn.mailbox),
     .about = "whether it receives selectively"},
    {.name = "cap",
     .kind = FIELD_U32,
     .offset = ACTOR(actor.spawn.cap),
     .least = 1,
     .most = UINT32_MAX,
     .about = "messages that may wait for it"},
    {.name = "overflow",
     .kind = FIELD_WORD,
     .offset = ACTOR(actor.spawn.overflow),
     .words = rh_overflow_words,
     .most = RH_OVERFLOW_WORDS,
     .about = "what happens to a message at the cap"},
    {.name = "node",
     .kind = FIELD_NODE,
     .offset = ACTOR(actor.node),
     .about = "where it lives; without it on the first node"},
    {.name = "name",
     .kind = FIELD_TEXT,
     .offset = ACTOR(actor.registered_name),
     .about = "name that it is registered under from the start"},
    {.name = "link",
     .kind = FIELD_ACTORS,
     .offset = ACTOR(actor.links),
     .about = "actors that it is linked with from the start"},
    {.name = "monitor",
     .kind = FIELD_ACTORS,
     .offset = ACTOR(actor.monitors),
     .about = "actors that it watches from the start"},
    {.name = "commutes",
     .kind = FIELD_PATTERNS,
     .offset = ACTOR(actor.commutes),
     .about =
         "patterns of messages whose order makes no difference to it: dpor tries one order of any two of them"},
    {.name = "script",
     .kind = FIELD_KEPT,
     .offset = ACTOR(script),
     .shape = "ops",
     .about = "operations that it performs by itself, each an event of its own"},
};
const struct form rh_form_actor = {FORM(actor_fields), 1, false};

static bool load_script(struct loader *loader, const struct rh_document_node *node,
                        struct rh_plan_actor *actor)
{
    loader->scope = &actor->scope;
    loader->bound = 0;
    loader->place = PLACE_SCRIPT;
    rh_scope_declare_results(loader, node);
    bool ok = rh_load_ops(loader, node, &actor->script);
    loader->scope = NULL;
    return ok;
}

static void check_actor(struct loader *loader, const struct rh_document_node *node,
                        const struct rh_plan_actor *actor)
{
    const struct rh_document_node *overflow = rh_node_find(node, "overflow");
    if (overflow != NULL && actor->spawn.cap == 0 && !actor->spawn.mailbox) {
        rh_load_warning(loader, overflow->key->span, "'overflow' means nothing without 'cap'");
    }
    const struct rh_document_node *commutes = rh_node_find(node, "commutes");
    if (commutes != NULL && (actor->spawn.mailbox || actor->spawn.cap > 0)) {
        rh_load_error(loader, commutes->key->span, "'commutes' is for actors without %s",
                      actor->spawn.mailbox ? "a mailbox" : "a cap");
        rh_load_hint(loader, "what waits there is in the order in which it came");
    }
    loader->plan->commutes = loader->plan->commutes || commutes != NULL;
    const struct rh_plan_role *role = &loader->plan->roles[actor->spawn.role];
    if (role->scripted != NULL && role->scripted->receive.at.start.line != 0 &&
        !actor->spawn.mailbox) {
        rh_load_error(loader, node->key != NULL ? node->key->span : node->span,
                      "actor '%s' has no mailbox, and behaviour '%s' receives selectively",
                      actor->name, role->scripted->name);
        rh_load_hint(loader, "add 'mailbox: true'");
    }
}

static bool load_actor_entry(struct loader *loader, const struct rh_pair *pair,
                             struct rh_plan_actor *actor)
{
    struct actor_read read = {.actor = {.name = pair->key->text, .at = pair->key->span}};
    bool ok = rh_load_form(loader, pair->value, &rh_form_actor, &read);
    if (read.behaviour != NULL) {
        ok = rh_load_role(loader, read.behaviour, read.with, RH_VALUE, &read.actor.spawn) && ok;
    }
    *actor = read.actor;
    if (read.script != NULL) {
        ok = load_script(loader, read.script, actor) && ok;
    }
    if (ok) {
        check_actor(loader, pair->value, actor);
    }
    return ok;
}

static void check_registered_names(struct loader *loader, const struct rh_plan_actor *actors)
{
    for (uint32_t i = 0; i < loader->plan->actor_count; i++) {
        for (uint32_t j = 0; j < i && actors[i].registered_name != NULL; j++) {
            if (actors[j].registered_name != NULL && actors[i].node == actors[j].node &&
                strcmp(actors[i].registered_name, actors[j].registered_name) == 0) {
                rh_load_error(loader, actors[i].at, "actors '%s' and '%s' have the same name '%s'",
                              actors[j].name, actors[i].name, actors[i].registered_name);
                break;
            }
        }
    }
}

bool rh_load_actors_section(struct loader *loader, const struct rh_document_node *node)
{
    struct rh_plan_actor *actors = rh_loader_allocate(loader, node->count, sizeof *actors);
    if (actors == NULL || loader->plan->name_count < node->count) {
        return false;
    }
    bool ok = true;
    for (uint32_t i = 0; i < node->count; i++) {
        ok = load_actor_entry(loader, &node->pairs[i], &actors[i]) && ok;
    }
    loader->plan->actors = actors;
    check_registered_names(loader, actors);
    return ok;
}

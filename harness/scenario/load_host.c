/* SPDX-License-Identifier: MIT */
/* Hosts: programs whose procs are agents and actors by the names of behaviours. */
#include "harness/scenario/loader.h"

#include <string.h>

#define FORM(fields) fields, FIELD_COUNT(fields)

struct program_read {
    struct rh_plan_proc proc;
    const struct rh_document_node *agent;
};

#define PROC(member) offsetof(struct program_read, proc.member)

/* Make sure that a behaviour can be found by its name. */
static bool load_behaviour_of(struct loader *loader, const struct rh_document_node *node, void *row)
{
    struct rh_plan_member *member = row;
    struct rh_plan_spawn spawn = {.role = 0};
    bool ok = rh_load_role(loader, node, NULL, RH_VALUE, &spawn);
    member->behaviour = node->text;
    member->role = spawn.role;
    return ok;
}

static bool load_actor(struct loader *loader, const struct rh_pair *pair, void *row)
{
    struct rh_plan_member *member = row;
    member->name = pair->key->text;
    return rh_load_name(loader, pair->key, "an actor of a proc") &&
           load_behaviour_of(loader, pair->value, member);
}

static bool read_actors(struct loader *loader, const struct rh_document_node *node, void *target)
{
    struct rh_plan_members *list = target;
    bool ok;
    list->at = rh_load_pairs(loader, node, load_actor, sizeof *list->at, &ok);
    list->count = list->at == NULL ? 0 : node->count;
    return ok;
}

static bool read_behaviours(struct loader *loader, const struct rh_document_node *node,
                            void *target)
{
    struct rh_plan_members *list = target;
    bool ok;
    list->at = rh_load_items(loader, node, true, load_behaviour_of, sizeof *list->at, &ok);
    list->count = list->at == NULL ? 0 : node->count;
    return ok;
}

#define AGENT_FIELDS                                                                               \
    {.name = "actors",                                                                             \
     .kind = FIELD_CUSTOM,                                                                         \
     .read = read_actors,                                                                          \
     .offset = PROC(actors),                                                                       \
     .shape = "proc_actors",                                                                       \
     .about = "actors that the agent starts before it calls back: name: behaviour"},               \
    {                                                                                              \
        .name = "behaviours", .kind = FIELD_CUSTOM, .read = read_behaviours,                       \
        .offset = PROC(behaviours), .shape = "names",                                              \
        .about = "what else the agent can start, by the request [start, behaviour, name]"          \
    }

#define PROCESS(member) offsetof(struct rh_plan_process, member)

static bool read_start(struct loader *loader, const struct rh_document_node *node, void *target)
{
    struct rh_plan_process *process = target;
    bool ok = rh_cursor_durations(&loader->cursor, node, &process->start_min, &process->start_max);
    loader->plan->starts_vary |= ok && process->start_min != process->start_max;
    return ok;
}

static const struct field process_fields[] = {
    {.name = "start",
     .kind = FIELD_CUSTOM,
     .read = read_start,
     .shape = "window",
     .about = "how long it takes to start: 5ms, or a window, 1..5ms; 0 without it"},
    {.name = "refuses",
     .kind = FIELD_TRUTH,
     .offset = PROCESS(refuses),
     .about = "whether it cannot be started at all"},
};
const struct form rh_form_proc_process = {FORM(process_fields), 0, false};

static bool read_process(struct loader *loader, const struct rh_document_node *node, void *target)
{
    struct rh_plan_process *process = &((struct program_read *)target)->proc.process;
    process->at = node->span;
    return rh_load_form(loader, node, &rh_form_proc_process, process);
}

static const struct field program_fields[] = {
    {.name = "name",
     .kind = FIELD_TEXT,
     .offset = PROC(name),
     .is_required = true,
     .about = "its name, in the request [spawn, program, proc]"},
    AGENT_FIELDS,
    {.name = "agent",
     .kind = FIELD_KEPT,
     .offset = offsetof(struct program_read, agent),
     .shape = "name",
     .about = "the behaviour that is its agent, in place of one that starts actors; $id, $address "
              "and $host of its state are what it has to call back with, and a map as the argument "
              "of the spawn gives values to the others"},
    {.name = "ready",
     .kind = FIELD_TIME,
     .offset = PROC(ready_timeout),
     .about = "time from spawn to callback; without it for ever"},
    {.name = "process",
     .kind = FIELD_CUSTOM,
     .read = read_process,
     .shape = "proc_process",
     .about =
         "it is a process, a node of its own that is called name#1, name#2 and so on, on which "
         "the agent is name#1/2; an actor of this node without it"},
};
const struct form rh_form_proc_program = {FORM(program_fields), 0, false};

static const struct field agent_fields[] = {AGENT_FIELDS};
const struct form rh_form_proc_agent = {FORM(agent_fields), 0, false};

static bool load_program(struct loader *loader, const struct rh_document_node *node, void *row)
{
    struct rh_plan_proc *proc = row;
    struct program_read read = {.proc = {.at = node->span}};
    bool ok = rh_load_form(loader, node, &rh_form_proc_program, &read);
    if (read.agent != NULL && read.proc.actors.count + read.proc.behaviours.count > 0) {
        rh_load_error(loader, read.agent->span,
                      "a program has an agent of its own, or one that starts actors");
        rh_load_hint(loader, "leave out 'agent', or 'actors' and 'behaviours'");
        ok = false;
    } else if (read.agent != NULL) {
        struct rh_plan_member agent = {.name = NULL};
        ok = load_behaviour_of(loader, read.agent, &agent) && ok;
        read.proc.has_agent = true;
        read.proc.agent = agent.role;
    }
    *proc = read.proc;
    return ok;
}

static bool read_programs(struct loader *loader, const struct rh_document_node *node, void *target)
{
    struct rh_plan_procs *list = target;
    bool ok;
    list->at = rh_load_items(loader, node, true, load_program, sizeof *list->at, &ok);
    list->count = list->at == NULL ? 0 : node->count;
    return list->at != NULL &&
           rh_load_distinct(loader, node, list->at, sizeof *list->at,
                            offsetof(struct rh_plan_proc, name), "programs") &&
           ok;
}

static bool read_reserved(struct loader *loader, const struct rh_document_node *node, void *target)
{
    struct program_read read = {.proc = {.at = node->span}};
    bool ok = rh_load_form(loader, node, &rh_form_proc_agent, &read);
    *(struct rh_plan_proc *)target = read.proc;
    return ok;
}

#define HOST(member) offsetof(struct rh_plan_host, member)
static const struct field host_fields[] = {
    {.name = "name",
     .kind = FIELD_TEXT,
     .offset = HOST(name),
     .about = "what it registers on its node; host without it"},
    {.name = "programs",
     .kind = FIELD_CUSTOM,
     .read = read_programs,
     .offset = HOST(programs),
     .shape = "proc_programs",
     .about = "what its procs can be"},
    {.name = "service",
     .kind = FIELD_CUSTOM,
     .read = read_reserved,
     .offset = HOST(service),
     .shape = "proc_agent",
     .about = "what the proc service has"},
    {.name = "local",
     .kind = FIELD_CUSTOM,
     .read = read_reserved,
     .offset = HOST(local),
     .shape = "proc_agent",
     .about = "what the proc local has"},
    {.name = "grace",
     .kind = FIELD_TIME,
     .offset = HOST(grace),
     .about = "time that a proc has to end when nobody says another one; 10s without it"},
    {.name = "kill_timeout",
     .kind = FIELD_TIME,
     .offset = HOST(kill_timeout),
     .about = "time from the kill until a proc counts as one that does not end; 5s without it"},
};
const struct form rh_form_host = {FORM(host_fields), 0, false};

/* ---- processes ---- */

static bool is_process(const struct rh_document_node *node)
{
    const struct rh_document_node *name = rh_node_find(node, "name");
    return rh_node_find(node, "process") != NULL && name != NULL && name->kind == RH_NODE_SCALAR;
}

static bool find_processes(struct loader *loader, const struct rh_document_node *node,
                           const char **names)
{
    struct rh_plan_texts *found = &loader->plan->processes;
    bool ok = true;
    if (node->kind == RH_NODE_SEQUENCE) {
        for (uint32_t i = 0; i < node->count; i++) {
            ok = find_processes(loader, node->items[i], names) && ok;
        }
    }
    if (node->kind != RH_NODE_MAPPING) {
        return ok;
    }
    if (is_process(node)) {
        const struct rh_document_node *name = rh_node_find(node, "name");
        for (uint32_t i = 0; i < found->count && names != NULL; i++) {
            if (strcmp(names[i], name->text) == 0) {
                rh_load_error(loader, name->span, "two programs are processes called '%s'",
                              name->text);
                ok = false;
            }
        }
        if (names != NULL) {
            names[found->count] = name->text;
        }
        found->count++;
    }
    for (uint32_t i = 0; i < node->count; i++) {
        ok = find_processes(loader, node->pairs[i].value, names) && ok;
    }
    return ok;
}

bool rh_load_processes(struct loader *loader, const struct rh_document_node *node)
{
    struct rh_plan_texts *found = &loader->plan->processes;
    (void)find_processes(loader, node, NULL);
    const char **names = rh_loader_allocate(loader, found->count, sizeof *names);
    if (names == NULL) {
        return false;
    }
    found->count = 0;
    found->at = names;
    return find_processes(loader, node, names);
}

bool rh_load_host(struct loader *loader, const struct rh_document_node *with, uint32_t *role)
{
    struct rh_plan_host *host = rh_loader_allocate(loader, 1, sizeof *host);
    if (host == NULL) {
        return false;
    }
    host->at = with->span;
    host->name = "host";
    return rh_load_form(loader, with, &rh_form_host, host) &&
           rh_load_role_add(loader, (struct rh_plan_role){.host = host}, role);
}

/* SPDX-License-Identifier: MIT */
/* Names, variables and messages.
 *
 * Two things need care. A name in angle brackets may be an actor of the file, a child that will exist later (a/1), nobody,
 * or, inside a turn, one of <self>, <sender>, <parent>: those three become variables that whoever runs the turn binds.
 * And whether a variable is known must not depend on the order of rows: what operations set is declared before anything
 * is read, what patterns bind counts for their own row only. */
#include "harness/scenario/loader.h"

#include <string.h>

/* ---- names ---- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_name_part(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

bool rh_load_name(struct loader *loader, const struct rh_document_node *node, const char *kind)
{
    const char *text = NULL;
    if (!rh_cursor_text(&loader->cursor, node, &text)) {
        return false;
    }
    bool good = is_letter(text[0]) && strlen(text) <= 64;
    for (const char *c = text; *c != '\0'; c++) {
        good = good && is_name_part(*c);
    }
    if (!good) {
        rh_load_error(loader, node->span, "%s is no name for %s",
                      rh_quote(node->text, node->count).text, kind);
        rh_load_hint(loader, "a name is a letter or '_', then letters, digits, '_', '-' and '.', "
                             "64 at most");
    }
    return good;
}

static bool add_name(struct loader *loader, const char *text, size_t length, uint32_t *index)
{
    struct rh_plan *plan = loader->plan;
    if (plan->name_count == plan->name_capacity) {
        uint32_t capacity = plan->name_capacity == 0 ? 32 : plan->name_capacity * 2;
        const char **names =
            plan->allocator->resize(plan->allocator->self, plan->names,
                                    plan->name_capacity * sizeof *names, capacity * sizeof *names);
        if (names == NULL) {
            return rh_loader_out_of_memory(loader);
        }
        plan->names = names;
        plan->name_capacity = capacity;
    }
    char *copy = rh_loader_allocate(loader, length + 1, 1);
    if (copy == NULL) {
        return false;
    }
    memcpy(copy, text, length);
    *index = plan->name_count;
    plan->names[plan->name_count++] = copy;
    return true;
}

bool rh_load_actor_names(struct loader *loader, const struct rh_document_node *node)
{
    static const char *const reserved[] = {"self",   "sender", "parent", "none",
                                           "settle", "wait",   "race",   "input"};
    if (!rh_cursor_mapping(&loader->cursor, node)) {
        return false;
    }
    bool ok = true;
    if (node->count == 0) {
        rh_load_error(loader, node->span, "a scenario needs at least one actor");
        rh_load_hint(loader, "write 'actors: {a: echo}'");
        return false;
    }
    for (uint32_t i = 0; i < node->count; i++) {
        const struct rh_document_node *key = node->pairs[i].key;
        uint32_t index = 0;
        ok = rh_load_name(loader, key, "an actor") && ok;
        for (size_t r = 0; r < sizeof reserved / sizeof reserved[0]; r++) {
            if (rh_node_is_text(key, reserved[r])) {
                rh_load_error(loader, key->span, "'%s' means something else and names no actor",
                              key->text);
                ok = false;
            }
        }
        ok = add_name(loader, key->text, key->count, &index) && ok;
    }
    loader->plan->actor_count = loader->plan->name_count;
    return ok;
}

/* Is this what leads from an actor to a child: "/2", "/2/1", and to one on node 2 "@2/1"? */
static bool is_child_path(const char *text, size_t length)
{
    size_t at = 0;
    while (at < length) {
        bool is_node = text[at] == '@';
        size_t begin = ++at; /* behind the '/' or '@' */
        while (at < length && text[at] >= '0' && text[at] <= '9') {
            at++;
        }
        bool goes_on = at < length && (text[at] == '/' || (text[at] == '@' && !is_node));
        if (at == begin || text[begin] == '0' || at - begin > 9 || (at < length && !goes_on) ||
            (is_node && !goes_on)) {
            return false;
        }
    }
    return true;
}

/* Is this the node of a process, "web#1", whose first actor is called so? */
static bool is_process_name(const struct rh_plan_texts *processes, const char *text, size_t length)
{
    size_t head = length;
    while (head > 0 && text[head - 1] >= '0' && text[head - 1] <= '9') {
        head--;
    }
    if (head < 2 || text[head - 1] != '#' || head == length || text[head] == '0' ||
        length - head > 9) {
        return false;
    }
    for (uint32_t i = 0; i < processes->count; i++) {
        if (strlen(processes->at[i]) == head - 1 && memcmp(processes->at[i], text, head - 1) == 0) {
            return true;
        }
    }
    return false;
}

static bool find_name(struct loader *loader, const char *text, size_t length, uint32_t *index)
{
    const struct rh_plan *plan = loader->plan;
    for (uint32_t i = 0; i < plan->name_count; i++) {
        if (strlen(plan->names[i]) == length && memcmp(plan->names[i], text, length) == 0) {
            *index = i;
            return true;
        }
    }
    uint32_t root = 0;
    size_t head = 0;
    while (head < length && text[head] != '/' && text[head] != '@') {
        head++;
    }
    if (head == 0 || length > 200) {
        return false;
    }
    bool is_rooted =
        is_process_name(&plan->processes, text, head) ||
        (head < length && find_name(loader, text, head, &root) && root < plan->actor_count);
    return is_rooted && is_child_path(text + head, length - head) &&
           add_name(loader, text, length, index);
}

static bool unknown_actor(struct loader *loader, const struct rh_document_node *node)
{
    static const char *const roles[] = {"<self>", "<sender>", "<parent>"};
    const char *role =
        loader->scope != NULL && node->text[0] == '<' ? rh_suggest(node->text, roles, 3) : NULL;
    if (role != NULL) {
        rh_load_error(loader, node->span, "unknown actor %s",
                      rh_quote(node->text, node->count).text);
        rh_load_hint(loader, "did you mean '%s'?", role);
        return false;
    }
    return rh_cursor_unknown(&loader->cursor, node, "actor", loader->plan->names,
                             loader->plan->actor_count);
}

bool rh_load_actor(struct loader *loader, const struct rh_document_node *node, uint32_t *name)
{
    const char *text = NULL;
    if (!rh_cursor_text(&loader->cursor, node, &text)) {
        return false;
    }
    size_t length = node->count;
    if (length > 2 && text[0] == '<' && text[length - 1] == '>') {
        text++;
        length -= 2;
    }
    return find_name(loader, text, length, name) || unknown_actor(loader, node);
}

bool rh_load_actors(struct loader *loader, const struct rh_document_node *node,
                    struct rh_plan_ids *names)
{
    struct rh_texts texts;
    if (!rh_cursor_texts(&loader->cursor, node, &texts)) {
        return false;
    }
    uint32_t *at = rh_loader_allocate(loader, texts.count, sizeof *at);
    if (at == NULL) {
        return false;
    }
    bool ok = true;
    for (uint32_t i = 0; i < texts.count; i++) {
        ok = rh_load_actor(loader, rh_texts_at(&texts, i), &at[i]) && ok;
    }
    names->at = at;
    names->count = texts.count;
    return ok;
}

/* ---- variables ---- */

uint32_t rh_scope_find(const struct rh_plan_scope *scope, const char *name)
{
    for (uint32_t i = 0; i < scope->count; i++) {
        if (strcmp(scope->variables[i].name, name) == 0) {
            return i;
        }
    }
    return UINT32_MAX;
}

void rh_scope_forget_locals(struct rh_plan_scope *scope)
{
    for (uint32_t i = 0; i < scope->count; i++) {
        if (scope->variables[i].kind == RH_VARIABLE_LOCAL) {
            scope->variables[i].name = "";
        }
    }
}

static bool is_kind(const char *name)
{
    return rh_kind_find((struct rh_text){name, strlen(name)}) != RH_KIND_NONE;
}

static void kind_is_no_variable(struct loader *loader, const struct rh_document_node *node,
                                const char *name)
{
    rh_load_error(loader, node->span, "'$%s' is the name of a kind", name);
    rh_load_hint(loader, "call the variable something else");
}

uint8_t rh_scope_declare(struct loader *loader, const struct rh_document_node *node,
                         const char *name, enum rh_variable_kind kind)
{
    struct rh_plan_scope *scope = loader->scope;
    for (uint8_t i = 0; kind == RH_VARIABLE_LOCAL && i < scope->count; i++) {
        if (scope->variables[i].name[0] == '\0') {
            scope->variables[i].name = name;
            return i;
        }
    }
    if (is_kind(name)) {
        if (kind != RH_VARIABLE_RESULT) { /* where those get their values it will be said */
            kind_is_no_variable(loader, node, name);
        }
        return RH_NO_SLOT;
    }
    if (scope->count == RH_VARIABLES) {
        rh_load_error(loader, node->span, "more than %d variables", RH_VARIABLES);
        rh_load_hint(loader, "<self>, <sender> and <parent> count as one each");
        return RH_NO_SLOT;
    }
    struct rh_plan_variable *variable = &scope->variables[scope->count];
    memset(variable, 0, sizeof *variable);
    variable->name = name;
    variable->kind = kind;
    variable->at = node->span;
    return scope->count++;
}

static bool is_variable(const struct rh_document_node *node)
{
    return node->kind == RH_NODE_SCALAR && !node->is_quoted && node->count > 1 &&
           node->text[0] == '$' && is_letter(node->text[1]);
}

static void declare_result(struct loader *loader, const struct rh_document_node *node)
{
    if (is_variable(node) && rh_scope_find(loader->scope, node->text + 1) == UINT32_MAX) {
        (void)rh_scope_declare(loader, node, node->text + 1, RH_VARIABLE_RESULT);
    }
}

static void declare_pair(struct loader *loader, const struct rh_pair *pair)
{
    static const char *const setters[] = {"as", "status", "monitor"};
    static const char *const verbs[] = {"alias", "links", "monitors"}; /* `alias: $a` */
    const struct rh_document_node *mapping = pair->value->parent;
    bool is_argument = mapping->count != 1 || rh_node_is_text(mapping->key, "unalias");
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0] && !is_argument; i++) {
        if (rh_node_is_text(pair->key, verbs[i])) {
            declare_result(loader, pair->value);
        }
    }
    for (size_t i = 0; i < sizeof setters / sizeof setters[0]; i++) {
        if (rh_node_is_text(pair->key, setters[i])) {
            declare_result(loader, pair->value);
        }
    }
    bool assigns = rh_node_is_text(pair->key, "set") || rh_node_is_text(pair->key, "add");
    if (assigns && pair->value->kind == RH_NODE_MAPPING) {
        for (uint32_t i = 0; i < pair->value->count; i++) {
            declare_result(loader, pair->value->pairs[i].key);
        }
    }
    if (!rh_node_is_text(pair->key, "message") && !rh_node_is_text(pair->key, "request")) {
        rh_scope_declare_results(loader, pair->value);
    }
}

/* Documents are at most RH_DOCUMENT_DEPTH_MAX deep, and so is this. */
void rh_scope_declare_results(struct loader *loader, const struct rh_document_node *node)
{
    if (node == NULL) {
        return;
    }
    for (uint32_t i = 0; node->kind == RH_NODE_SEQUENCE && i < node->count; i++) {
        rh_scope_declare_results(loader, node->items[i]);
    }
    for (uint32_t i = 0; node->kind == RH_NODE_MAPPING && i < node->count; i++) {
        declare_pair(loader, &node->pairs[i]);
    }
}

static bool unbound(struct loader *loader, const struct rh_document_node *node, const char *name)
{
    const char *candidates[RH_VARIABLES];
    size_t count = 0;
    if (is_kind(name)) {
        kind_is_no_variable(loader, node, name);
        return false;
    }
    for (uint32_t i = 0; loader->scope != NULL && i < loader->scope->count; i++) {
        const struct rh_plan_variable *variable = &loader->scope->variables[i];
        bool local = variable->kind == RH_VARIABLE_LOCAL && (loader->bound >> i & 1U) == 0;
        if (!local && variable->kind <= RH_VARIABLE_LOCAL) {
            candidates[count++] = variable->name;
        }
    }
    rh_load_error(loader, node->span, "variable '$%s' is not bound here", name);
    const char *near = rh_suggest(name, candidates, count);
    if (near != NULL) {
        rh_load_hint(loader, "did you mean '$%s'?", near);
    } else {
        rh_load_hint(loader, "a variable gets its value from 'state', from the pattern of its row, "
                             "or from 'as' or 'set'");
    }
    return false;
}

static bool variable_callback(void *self, const struct rh_cursor *cursor,
                              const struct rh_document_node *node, const char *name,
                              enum rh_value_use use, uint32_t *slot)
{
    (void)cursor;
    struct loader *loader = self;
    loader->saw_variable = true;
    uint32_t found = loader->scope == NULL ? UINT32_MAX : rh_scope_find(loader->scope, name);
    if (use == RH_VALUE_PATTERN) {
        if (loader->scope == NULL) {
            rh_load_error(loader, node->span, "there are no variables here");
            rh_load_hint(loader, "'_' matches anything");
            return false;
        }
        if (found == UINT32_MAX) {
            found = rh_scope_declare(loader, node, name, RH_VARIABLE_LOCAL);
        }
        if (found == RH_NO_SLOT) {
            return false;
        }
        loader->bound |= (uint32_t)1 << found;
    } else if (found == UINT32_MAX || (loader->scope->variables[found].kind == RH_VARIABLE_LOCAL &&
                                       (loader->bound >> found & 1U) == 0)) {
        return unbound(loader, node, name);
    }
    loader->scope->variables[found].is_read = true;
    loader->reads |= (uint32_t)1 << found;
    *slot = found;
    return true;
}

bool rh_load_slot(struct loader *loader, const struct rh_document_node *node, uint8_t *slot)
{
    if (!is_variable(node)) {
        return rh_load_refuse(loader, node, "a variable such as $x");
    }
    uint32_t found =
        loader->scope == NULL ? UINT32_MAX : rh_scope_find(loader->scope, node->text + 1);
    if (found == UINT32_MAX) {
        return unbound(loader, node, node->text + 1);
    }
    loader->sets |= (uint32_t)1 << found;
    *slot = (uint8_t)found;
    return true;
}

/* ---- messages ---- */

/* <self>, <sender>, <parent>: variables that are always bound. */
static bool put_role_in_turn(struct loader *loader, const struct rh_document_node *node,
                             const char *name, enum rh_variable_kind kind,
                             struct rh_builder *builder)
{
    if (kind == RH_VARIABLE_SENDER && loader->place != PLACE_ROW) {
        rh_load_error(loader, node->span, "there is no <sender> here");
        rh_load_hint(loader, "<sender> is for rows of 'on'");
        return false;
    }
    uint32_t slot = rh_scope_find(loader->scope, name);
    if (slot == UINT32_MAX) {
        slot = rh_scope_declare(loader, node, name, kind);
    }
    if (slot == RH_NO_SLOT) {
        return false;
    }
    loader->saw_variable = true;
    rh_build_variable(builder, slot);
    return true;
}

static bool actor_callback(void *self, const struct rh_cursor *cursor,
                           const struct rh_document_node *node, const char *name,
                           enum rh_value_use use, struct rh_builder *builder)
{
    static const struct {
        const char *name;
        const char *variable; /* no user's variable is called so */
        enum rh_variable_kind kind;
    } roles[] = {{"self", "<self>", RH_VARIABLE_SELF},
                 {"sender", "<sender>", RH_VARIABLE_SENDER},
                 {"parent", "<parent>", RH_VARIABLE_PARENT}};
    (void)cursor;
    struct loader *loader = self;
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (strcmp(name, roles[i].name) == 0) {
            if (loader->scope == NULL || use == RH_VALUE) {
                rh_load_error(loader, node->span, "there is no <%s> here", name);
                return false;
            }
            return put_role_in_turn(loader, node, roles[i].variable, roles[i].kind, builder);
        }
    }
    if (strcmp(name, "none") == 0) {
        rh_build_pid(builder, rh_pid_none());
        return true;
    }
    uint32_t index = 0;
    if (!find_name(loader, name, strlen(name), &index)) {
        return !loader->is_out_of_memory && unknown_actor(loader, node);
    }
    loader->saw_actor = loader->saw_actor || index < loader->plan->actor_count;
    loader->saw_child = loader->saw_child || index >= loader->plan->actor_count;
    rh_build_pid(builder, (struct rh_pid){RH_PLAN_NODE, 1, index, 1});
    return true;
}

static bool add_message(struct loader *loader, const struct rh_document_node *node,
                        struct rh_message value, uint32_t *message)
{
    struct rh_plan *plan = loader->plan;
    if (plan->message_count == plan->message_capacity) {
        uint32_t capacity = plan->message_capacity == 0 ? 64 : plan->message_capacity * 2;
        struct rh_plan_message *messages = plan->allocator->resize(
            plan->allocator->self, plan->messages, plan->message_capacity * sizeof *messages,
            capacity * sizeof *messages);
        if (messages == NULL) {
            rh_message_unref(value);
            return rh_loader_out_of_memory(loader);
        }
        plan->messages = messages;
        plan->message_capacity = capacity;
    }
    if (plan->message_count == 0) { /* 0 is no message */
        memset(&plan->messages[plan->message_count++], 0, sizeof *plan->messages);
    }
    *message = plan->message_count;
    plan->messages[plan->message_count++] = (struct rh_plan_message){
        .value = value,
        .at = node->span,
        .has_actors = loader->saw_actor,
        .has_children = loader->saw_child,
        .has_variables = loader->saw_variable,
    };
    return true;
}

static void forget_what_was_seen(struct loader *loader)
{
    loader->saw_actor = false;
    loader->saw_child = false;
    loader->saw_variable = false;
}

static bool read_message(struct loader *loader, const struct rh_document_node *node,
                         enum rh_value_use use, struct rh_message *value)
{
    const struct rh_value_names names = {variable_callback, actor_callback, loader};
    const struct rh_value_context context = {&loader->cursor, &names, loader->plan->allocator,
                                             &loader->plan->limits};
    return rh_value_read(&context, node, use, value);
}

bool rh_load_message(struct loader *loader, const struct rh_document_node *node,
                     struct rh_message value, uint32_t *message)
{
    enum rh_status status = rh_message_status(value);
    if (status == RH_NO_MEMORY) {
        return rh_loader_out_of_memory(loader);
    }
    if (status == RH_OK) {
        status = rh_message_check(&value, &loader->plan->limits);
    }
    if (status != RH_OK) {
        rh_message_unref(value);
        rh_load_error(loader, node->span, "this makes no message: %s", rh_status_sentence(status));
        return false;
    }
    return add_message(loader, node, value, message);
}

bool rh_load_value(struct loader *loader, const struct rh_document_node *node,
                   enum rh_value_use use, uint32_t *message)
{
    struct rh_message value;
    forget_what_was_seen(loader);
    return read_message(loader, node, use, &value) && add_message(loader, node, value, message);
}

/* A word without mark where only an actor can stand. */
static bool is_bare(const struct rh_document_node *node)
{
    return node->kind == RH_NODE_SCALAR && node->count > 0 && node->text[0] != '<' &&
           node->text[0] != '$' && !rh_node_is_text(node, "_");
}

static bool load_bare_actor(struct loader *loader, const struct rh_document_node *node,
                            uint32_t *message)
{
    uint32_t index = 0;
    if (!rh_load_actor(loader, node, &index)) {
        return false;
    }
    forget_what_was_seen(loader);
    loader->saw_actor = index < loader->plan->actor_count;
    loader->saw_child = !loader->saw_actor;
    struct rh_pid pid = {RH_PLAN_NODE, 1, index, 1};
    return rh_load_message(loader, node, RH_ITEM(loader->plan->allocator, pid), message);
}

static bool check_is_actor(struct loader *loader, const struct rh_document_node *node,
                           uint32_t message)
{
    struct rh_reader reader;
    rh_reader_message(&reader, &loader->plan->messages[message].value);
    enum rh_kind kind = rh_read_kind(&reader);
    enum rh_kind of = RH_KIND_NONE;
    if (kind == RH_KIND_ANY_OF) {
        (void)rh_read_any_of(&reader, &of);
    }
    return kind == RH_KIND_PID || kind == RH_KIND_VARIABLE || kind == RH_KIND_ANY ||
           of == RH_KIND_PID || rh_load_refuse(loader, node, "an actor");
}

bool rh_load_target(struct loader *loader, const struct rh_document_node *node, uint32_t *message)
{
    if (is_bare(node)) {
        return load_bare_actor(loader, node, message);
    }
    return rh_load_value(loader, node, RH_VALUE_TEMPLATE, message) &&
           check_is_actor(loader, node, *message);
}

bool rh_load_pattern_actor(struct loader *loader, const struct rh_document_node *node,
                           uint32_t *message)
{
    if (is_bare(node)) {
        return load_bare_actor(loader, node, message);
    }
    return rh_load_value(loader, node, RH_VALUE_PATTERN, message) &&
           check_is_actor(loader, node, *message);
}

/* SPDX-License-Identifier: MIT */
/* The JSON Schema of scenario files, written from the tables that the loader reads by: a key that is missing here is a key
 * that the loader does not know. What the tables do not say (lists of entries, mappings with free keys) is written by
 * hand as definitions, one function each. Editors read YAML 1.2: `on` and `0x2a` are what they look like. */
#include <stdio.h>
#include <string.h>

#include <rehearse/scenario.h>

#include "harness/scenario/fields.h"
#include "harness/scenario/plan.h"
#include "harness/scenario/schema_json.h"

#define SCHEMA_BYTES_MAX ((size_t)1 << 20)

static void put_ref(struct json *json, const char *definition)
{
    char path[80];
    (void)snprintf(path, sizeof path, "#/definitions/%s", definition);
    json_pair(json, "$ref", path);
}

static void put_value_ref(struct json *json, const char *definition)
{
    json_open(json, '{');
    put_ref(json, definition);
    json_close(json, '}');
}

static void key_ref(struct json *json, const char *key, const char *definition)
{
    json_key(json, key);
    put_value_ref(json, definition);
}

/* ---- fields and forms ---- */

static void put_number(struct json *json, const struct field *field)
{
    static const char *const types[] = {"integer", "string"};
    json_list(json, "type", types, 2);
    if (field->kind != FIELD_I64) {
        json_key(json, "minimum");
        json_number(json, field->least);
        json_key(json, "maximum");
        json_number(json, field->most);
    }
    json_pair(json, "pattern", "^-?(0x[0-9a-fA-F]+|[0-9]+)$");
}

static void put_field(struct json *json, const struct field *field)
{
    json_open(json, '{');
    switch (field->kind) {
    case FIELD_TEXT:
    case FIELD_ACTOR:
    case FIELD_NODE:
    case FIELD_TARGET:
    case FIELD_PATTERN_ACTOR:
        put_ref(json, "text");
        break;
    case FIELD_TEXTS:
    case FIELD_ACTORS:
        put_ref(json, "texts");
        break;
    case FIELD_TRUTH:
    case FIELD_FLAG:
        json_pair(json, "type", "boolean");
        break;
    case FIELD_U32:
    case FIELD_U64:
    case FIELD_I64:
        put_number(json, field);
        break;
    case FIELD_TIME:
        put_ref(json, "duration");
        break;
    case FIELD_WORD:
        json_list(json, "enum", field->words, (size_t)field->most);
        break;
    case FIELD_PATTERNS:
        put_ref(json, "patterns");
        break;
    case FIELD_REFERENCE:
    case FIELD_SLOT:
        put_ref(json, "variable");
        break;
    case FIELD_OPS:
        put_ref(json, "ops");
        break;
    case FIELD_CONDITIONS:
        put_ref(json, "conditions");
        break;
    case FIELD_KEPT:
    case FIELD_CUSTOM:
        if (field->shape != NULL && strcmp(field->shape, "any") != 0) {
            put_ref(json, field->shape);
        }
        break;
    case FIELD_VALUE:
    case FIELD_TEMPLATE:
    case FIELD_PATTERN:
        break;
    }
    if (field->about != NULL && json->is_first) { /* nothing may stand beside $ref */
        json_pair(json, "description", field->about);
    } else if (field->about != NULL && (field->kind == FIELD_TRUTH || field->kind == FIELD_FLAG ||
                                        field->kind == FIELD_WORD || field->kind == FIELD_U32 ||
                                        field->kind == FIELD_U64 || field->kind == FIELD_I64)) {
        json_pair(json, "description", field->about);
    }
    json_close(json, '}');
}

static void put_form(struct json *json, const struct form *form)
{
    json_open(json, '{');
    json_pair(json, "type", "object");
    json_key(json, "additionalProperties");
    json_truth(json, false);
    json_key(json, "properties");
    json_open(json, '{');
    uint32_t required = 0;
    for (uint32_t i = 0; i < form->count; i++) {
        json_key(json, form->fields[i].name);
        put_field(json, &form->fields[i]);
        required += form->fields[i].is_required ? 1 : 0;
    }
    json_close(json, '}');
    if (required > 0) {
        json_key(json, "required");
        json_open(json, '[');
        for (uint32_t i = 0; i < form->count; i++) {
            if (form->fields[i].is_required) {
                json_string(json, form->fields[i].name);
            }
        }
        json_close(json, ']');
    }
    json_close(json, '}');
}

/* What stands in the place of a form: never a mapping. */
static void put_plain(struct json *json, const struct field *field)
{
    bool anything =
        field->kind == FIELD_PATTERN || field->kind == FIELD_TEMPLATE || field->kind == FIELD_VALUE;
    if (!anything) {
        put_field(json, field);
        return;
    }
    json_open(json, '{');
    json_key(json, "not");
    json_open(json, '{');
    json_pair(json, "type", "object");
    json_close(json, '}');
    json_close(json, '}');
}

/* A form, or what may stand in its place. */
static void put_argument(struct json *json, const struct form *form)
{
    if (form->count == 0) {
        json_open(json, '{');
        json_key(json, "enum");
        json_open(json, '[');
        json_null(json);
        json_truth(json, true);
        json_close(json, ']');
        json_close(json, '}');
    } else if (form->is_only_whole) {
        put_field(json, &form->fields[form->whole - 1]);
    } else if (form->whole == 0) {
        put_form(json, form);
    } else {
        json_open(json, '{');
        json_key(json, "anyOf");
        json_open(json, '[');
        put_form(json, form);
        put_plain(json, &form->fields[form->whole - 1]);
        json_close(json, ']');
        json_close(json, '}');
    }
}

/* ---- pieces of definitions ---- */

static void one_key(struct json *json)
{
    json_key(json, "minProperties");
    json_number(json, 1);
    json_key(json, "maxProperties");
    json_number(json, 1);
}

/* Open an object with exactly one of the keys that follow, and its properties: close both. */
static void open_single(struct json *json)
{
    json_open(json, '{');
    json_pair(json, "type", "object");
    one_key(json);
    json_key(json, "additionalProperties");
    json_truth(json, false);
    json_key(json, "properties");
    json_open(json, '{');
}

static void list_of(struct json *json, const char *definition)
{
    json_open(json, '{');
    json_pair(json, "type", "array");
    key_ref(json, "items", definition);
    json_close(json, '}');
}

static void map_of(struct json *json, const char *definition)
{
    json_open(json, '{');
    json_pair(json, "type", "object");
    key_ref(json, "additionalProperties", definition);
    json_close(json, '}');
}

static void some_of(struct json *json, const char *definition)
{
    json_open(json, '{');
    json_key(json, "anyOf");
    json_open(json, '[');
    put_value_ref(json, definition);
    list_of(json, definition);
    json_close(json, ']');
    json_close(json, '}');
}

static void pattern_text(struct json *json, const char *name, const char *pattern)
{
    json_key(json, name);
    json_open(json, '{');
    json_pair(json, "type", "string");
    json_pair(json, "pattern", pattern);
    json_close(json, '}');
}

/* ---- definitions ---- */

/* Those that are forms, or what may stand in the place of one. */
#define FORM(name)                                                                                 \
    {                                                                                              \
#name, &rh_form_##name                                                                     \
    }
static const struct {
    const char *name;
    const struct form *form;
} forms[] = {
    FORM(actor),        FORM(behaviour),     FORM(row),
    FORM(row_exit),     FORM(row_down),      FORM(row_spawn_reply),
    FORM(row_group),    FORM(row_node),      FORM(receive),
    FORM(spawn),        FORM(child),         FORM(supervisor),
    FORM(proc_agent),   FORM(proc_process),  FORM(proc_program),
    FORM(host),         FORM(network),       FORM(pipe),
    FORM(deed_node),    FORM(deed_freeze),   FORM(deed_skew),
    FORM(deed_pair),    FORM(deed_part),     FORM(deed_cut),
    FORM(deed_bytes),   FORM(deed_side),     FORM(fault),
    FORM(fault_when),   FORM(fault_message), FORM(fault_replace),
    FORM(fault_replay), FORM(fault_forge),   FORM(fault_io),
    FORM(swarm),        FORM(faults),        FORM(input),
    FORM(promise),      FORM(count),         FORM(bound),
    FORM(budget),       FORM(explore),       FORM(limits),
    FORM(bounds),
};

/* Those that are many of another one. */
static const struct {
    const char *name;
    void (*put)(struct json *json, const char *definition);
    const char *of;
} many[] = {
    {"names", list_of, "text"},
    {"texts", some_of, "text"},
    {"actors", map_of, "actor"},
    {"behaviours", map_of, "behaviour"},
    {"rows", list_of, "row"},
    {"children", list_of, "child"},
    {"proc_actors", map_of, "name"},
    {"proc_programs", list_of, "proc_program"},
    {"pipes", list_of, "pipe"},
    {"ops", some_of, "op"},
    {"steps", list_of, "step"},
    {"fault_list", list_of, "fault"},
    {"events", some_of, "event"},
    {"promises", some_of, "promise"},
    {"observations", map_of, "observation"},
    {"states", map_of, "conditions"},
    {"owners", map_of, "owner"},
    {"partners", map_of, "texts"},
    {"claims", some_of, "claim"},
    {"strategies", some_of, "strategy"},
};

static void define_by_tables(struct json *json)
{
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        json_key(json, forms[i].name);
        put_argument(json, forms[i].form);
    }
    for (size_t i = 0; i < sizeof many / sizeof many[0]; i++) {
        json_key(json, many[i].name);
        many[i].put(json, many[i].of);
    }
}

static void define_values(struct json *json)
{
    static const char *const scalars[] = {"string", "number", "boolean"};
    json_key(json, "text");
    json_open(json, '{');
    json_list(json, "type", scalars, 3);
    json_close(json, '}');
    key_ref(json, "name", "text");
    pattern_text(json, "variable", "^\\$[A-Za-z_]");
    json_key(json, "integer");
    json_open(json, '{');
    json_list(json, "type", (const char *const[]){"integer", "string"}, 2);
    json_close(json, '}');
    json_key(json, "duration");
    json_open(json, '{');
    json_list(json, "type", (const char *const[]){"integer", "string"}, 2);
    json_pair(json, "pattern", "^(0|[0-9]+ *(ns|us|ms|s))$");
    json_key(json, "maximum");
    json_number(json, 0);
    json_close(json, '}');
    json_key(json, "shutdown");
    json_open(json, '{');
    json_key(json, "anyOf");
    json_open(json, '[');
    put_value_ref(json, "duration");
    json_open(json, '{');
    json_list(json, "enum", (const char *const[]){"kill", "never"}, 2);
    json_close(json, '}');
    json_close(json, ']');
    json_close(json, '}');
    json_key(json, "pattern");
    json_open(json, '{');
    json_close(json, '}');
    json_key(json, "values");
    json_open(json, '{');
    json_pair(json, "type", "array");
    json_key(json, "minItems");
    json_number(json, 1);
    json_close(json, '}');
    key_ref(json, "patterns", "values");
    json_key(json, "times");
    json_open(json, '{');
    json_list(json, "type", (const char *const[]){"integer", "string"}, 2);
    json_key(json, "minimum");
    json_number(json, 1);
    json_close(json, '}');
    json_key(json, "time");
    json_open(json, '{');
    json_list(json, "enum", rh_time_words, RH_TIME_WORDS);
    json_close(json, '}');
}

static void define_status(struct json *json)
{
    const char *words[RH_STATUS_COUNT];
    for (size_t i = 0; i < RH_STATUS_COUNT; i++) {
        words[i] = rh_status_word((enum rh_status)i);
    }
    json_key(json, "status");
    json_open(json, '{');
    json_list(json, "enum", words, RH_STATUS_COUNT);
    json_close(json, '}');
}

static void define_variables(struct json *json)
{
    json_key(json, "conditions");
    json_open(json, '{');
    json_pair(json, "type", "object");
    json_key(json, "patternProperties");
    json_open(json, '{');
    json_key(json, "^\\$");
    json_open(json, '{');
    json_close(json, '}');
    json_close(json, '}');
    json_key(json, "additionalProperties");
    json_truth(json, false);
    json_close(json, '}');
    key_ref(json, "assignments", "conditions");
    json_key(json, "state");
    json_open(json, '{');
    json_pair(json, "type", "object");
    json_close(json, '}');
}

static void define_op(struct json *json)
{
    const char *bare[RH_OP_COUNT];
    size_t bare_count = 0;
    for (size_t i = 0; i < RH_OP_COUNT; i++) {
        if (rh_form_ops[i].count == 0) {
            bare[bare_count++] = rh_op_words[i];
        }
    }
    json_key(json, "op");
    json_open(json, '{');
    json_key(json, "anyOf");
    json_open(json, '[');
    json_open(json, '{');
    json_list(json, "enum", bare, bare_count);
    json_close(json, '}');
    open_single(json);
    for (size_t i = 0; i < RH_OP_IF; i++) {
        json_key(json, rh_op_words[i]);
        put_argument(json, &rh_form_ops[i]);
    }
    json_close(json, '}');
    json_close(json, '}');
    put_form(json, &rh_form_ops[RH_OP_IF]);
    put_form(json, &rh_form_ops[RH_OP_REPEAT]);
    json_close(json, ']');
    json_close(json, '}');
}

static void put_deeds(struct json *json)
{
    for (size_t i = 0; i < RH_DEED_COUNT; i++) {
        key_ref(json, rh_deed_words[i], rh_deed_forms[i].shape);
    }
}

static void define_network(struct json *json)
{
    json_key(json, "pair");
    json_open(json, '{');
    json_pair(json, "type", "array");
    key_ref(json, "items", "text");
    json_key(json, "minItems");
    json_number(json, 2);
    json_key(json, "maxItems");
    json_number(json, 2);
    json_close(json, '}');
    json_key(json, "reach");
    json_open(json, '{');
    json_pair(json, "type", "array");
    key_ref(json, "items", "pair");
    json_key(json, "minItems");
    json_number(json, 1);
    json_close(json, '}');
    pattern_text(json, "window", "^(0|[0-9]+ *(ns|us|ms|s)?)([.][.]([0-9]+ *(ns|us|ms|s)))?$");
    json_key(json, "chunk");
    json_open(json, '{');
    json_list(json, "type", (const char *const[]){"integer", "string"}, 2);
    json_pair(json, "pattern", "^(any|0x[0-9a-fA-F]+|[0-9]+([KM]iB)?)$");
    json_close(json, '}');
    json_key(json, "bytes");
    json_open(json, '{');
    json_list(json, "type", (const char *const[]){"integer", "string"}, 2);
    json_key(json, "minimum");
    json_number(json, 1);
    json_pair(json, "pattern", "^(0x[0-9a-fA-F]+|[0-9]+([KM]iB)?)$");
    json_close(json, '}');
}

static void define_steps(struct json *json)
{
    json_key(json, "entry");
    json_open(json, '{');
    json_pair(json, "type", "object");
    one_key(json);
    json_key(json, "properties");
    json_open(json, '{');
    key_ref(json, "input", "input");
    put_deeds(json);
    json_close(json, '}');
    key_ref(json, "additionalProperties", "ops");
    json_close(json, '}');
    json_key(json, "step");
    json_open(json, '{');
    json_key(json, "anyOf");
    json_open(json, '[');
    json_open(json, '{');
    json_list(json, "enum", (const char *const[]){"settle"}, 1);
    json_close(json, '}');
    json_open(json, '{');
    json_pair(json, "type", "object");
    one_key(json);
    json_key(json, "properties");
    json_open(json, '{');
    key_ref(json, "wait", "duration");
    key_ref(json, "phase", "text");
    key_ref(json, "input", "input");
    put_deeds(json);
    json_key(json, "race");
    list_of(json, "entry");
    json_close(json, '}');
    key_ref(json, "additionalProperties", "ops");
    json_close(json, '}');
    json_close(json, ']');
    json_close(json, '}');
    json_key(json, "fault_at");
    json_open(json, '{');
    json_key(json, "anyOf");
    json_open(json, '[');
    put_value_ref(json, "duration");
    json_open(json, '{');
    json_list(json, "enum", (const char *const[]){"begin"}, 1);
    json_close(json, '}');
    json_close(json, ']');
    json_close(json, '}');
}

/* ---- claims and events ---- */

static void put_event_keys(struct json *json, const struct rh_occurrence_keys *keys)
{
    const char *const names[] = {keys->actor, keys->peer, keys->message, keys->name, keys->word};
    json_open(json, '{');
    json_key(json, "anyOf");
    json_open(json, '[');
    put_value_ref(json, "text");
    json_open(json, '{');
    json_pair(json, "type", "object");
    json_key(json, "additionalProperties");
    json_truth(json, false);
    json_key(json, "properties");
    json_open(json, '{');
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i] != NULL) {
            key_ref(json, names[i], i < 2 ? "text" : "pattern");
        }
    }
    json_close(json, '}');
    json_close(json, '}');
    json_close(json, ']');
    json_pair(json, "description", keys->sentence);
    json_close(json, '}');
}

static void define_events(struct json *json)
{
    json_key(json, "event");
    open_single(json);
    for (size_t i = 0; i < RH_OCCURRENCE_COUNT; i++) {
        json_key(json, rh_occurrence_words[i]);
        put_event_keys(json, &rh_occurrence_keys[i]);
    }
    json_close(json, '}');
    json_close(json, '}');
}

static void put_alternatives(struct json *json)
{
    json_key(json, "sequence");
    json_open(json, '{');
    json_pair(json, "type", "array");
    json_close(json, '}');
    json_key(json, "observation");
    json_open(json, '{');
    json_key(json, "anyOf");
    json_open(json, '[');
    put_value_ref(json, "sequence");
    open_single(json);
    json_key(json, "any_of");
    list_of(json, "sequence");
    key_ref(json, "in_any_order", "sequence");
    json_close(json, '}');
    json_close(json, '}');
    json_close(json, ']');
    json_close(json, '}');
}

static const char *const claim_shapes[RH_CLAIM_COUNT] = {
    [RH_CLAIM_ALIVE] = "texts",           [RH_CLAIM_DEAD] = "reasons",
    [RH_CLAIM_RECEIVED] = "observations", [RH_CLAIM_OUTPUT] = "observations",
    [RH_CLAIM_MAILBOX] = "observations",  [RH_CLAIM_STATE] = "states",
    [RH_CLAIM_NAMES] = "owners",          [RH_CLAIM_LINKS] = "partners",
    [RH_CLAIM_MONITORS] = "partners",     [RH_CLAIM_TALLY] = "count",
    [RH_CLAIM_OUTCOMES] = "total",        [RH_CLAIM_RUNS] = "total",
    [RH_CLAIM_CLASSES] = "total",
};

static void define_claim_parts(struct json *json)
{
    json_key(json, "reasons");
    json_open(json, '{');
    json_key(json, "anyOf");
    json_open(json, '[');
    put_value_ref(json, "texts");
    json_open(json, '{');
    json_pair(json, "type", "object");
    json_close(json, '}');
    json_close(json, ']');
    json_close(json, '}');
    json_key(json, "owner");
    json_open(json, '{');
    json_list(json, "type", (const char *const[]){"string", "number", "null"}, 3);
    json_close(json, '}');
    json_key(json, "total");
    json_open(json, '{');
    json_list(json, "type", (const char *const[]){"integer", "string"}, 2);
    json_key(json, "minimum");
    json_number(json, 1);
    json_close(json, '}');
}

static void define_claims(struct json *json)
{
    put_alternatives(json);
    define_claim_parts(json);
    json_key(json, "claim");
    json_open(json, '{');
    json_pair(json, "type", "object");
    json_key(json, "additionalProperties");
    json_truth(json, false);
    json_key(json, "properties");
    json_open(json, '{');
    for (size_t i = 0; i < RH_CLAIM_COUNT; i++) {
        key_ref(json, rh_claim_words[i], claim_shapes[i]);
    }
    json_close(json, '}');
    json_close(json, '}');
}

static void define_explore(struct json *json)
{
    json_key(json, "strategy");
    json_open(json, '{');
    json_key(json, "anyOf");
    json_open(json, '[');
    json_open(json, '{');
    json_list(json, "enum", rh_plan_strategy_words, RH_PLAN_STRATEGY_COUNT);
    json_close(json, '}');
    open_single(json);
    for (unsigned kind = 0; kind < RH_PLAN_STRATEGY_COUNT; kind++) {
        if (rh_form_of_strategy(kind) != NULL) {
            json_key(json, rh_plan_strategy_words[kind]);
            put_form(json, rh_form_of_strategy(kind));
        }
    }
    json_close(json, '}');
    json_close(json, '}');
    json_close(json, ']');
    json_close(json, '}');
    json_key(json, "schedule");
    json_open(json, '{');
    json_pair(json, "type", "array");
    json_key(json, "items");
    json_open(json, '{');
    json_list(json, "type", (const char *const[]){"string", "object"}, 2);
    json_close(json, '}');
    json_close(json, '}');
}

size_t rh_scenario_schema(char *buffer, size_t capacity)
{
    struct rh_text_buffer text;
    rh_text_buffer_init(&text, NULL, SCHEMA_BYTES_MAX);
    struct json json = {&text, 0, true, false};
    json_open(&json, '{');
    json_pair(&json, "$schema", "http://json-schema.org/draft-07/schema#");
    json_pair(&json, "title", "Rehearse scenario");
    json_key(&json, "allOf");
    json_open(&json, '[');
    put_form(&json, &rh_form_scenario);
    json_close(&json, ']');
    json_key(&json, "definitions");
    json_open(&json, '{');
    define_by_tables(&json);
    define_values(&json);
    define_status(&json);
    define_variables(&json);
    define_op(&json);
    define_network(&json);
    define_steps(&json);
    define_events(&json);
    define_claims(&json);
    define_explore(&json);
    json_close(&json, '}');
    json_close(&json, '}');
    (void)rh_text_buffer_append(&text, "\n", 1);
    size_t length = text.length;
    if (capacity > 0) {
        size_t fits = length < capacity ? length : capacity - 1;
        if (fits > 0) {
            memcpy(buffer, text.text, fits);
        }
        buffer[fits] = '\0';
    }
    rh_text_buffer_deinit(&text);
    return length;
}

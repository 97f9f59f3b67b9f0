/* SPDX-License-Identifier: MIT */
/* Writes docs/scenario-reference.md from the tables that the loader reads by: what each mapping may hold, every operation,
 * claim and event, every built-in behaviour. */
#include <stdio.h>
#include <string.h>

#include <rehearse/program.h>

#include "harness/scenario/fields.h"
#include "harness/scenario/plan.h"

static const char *kind_of(const struct field *field)
{
    switch (field->kind) {
    case FIELD_TEXT:
        return "text";
    case FIELD_TEXTS:
        return "text or list of texts";
    case FIELD_TRUTH:
    case FIELD_FLAG:
        return "true or false";
    case FIELD_U32:
    case FIELD_U64:
    case FIELD_I64:
        return "number";
    case FIELD_TIME:
        return "time";
    case FIELD_WORD:
        return "word";
    case FIELD_VALUE:
    case FIELD_TEMPLATE:
        return "message";
    case FIELD_PATTERN:
        return "pattern";
    case FIELD_PATTERNS:
        return "list of patterns";
    case FIELD_PATTERN_ACTOR:
    case FIELD_TARGET:
    case FIELD_ACTOR:
        return "actor";
    case FIELD_REFERENCE:
    case FIELD_SLOT:
        return "variable";
    case FIELD_ACTORS:
        return "actor or list of actors";
    case FIELD_NODE:
        return "node";
    case FIELD_OPS:
        return "operations";
    case FIELD_CONDITIONS:
        return "conditions";
    case FIELD_KEPT:
    case FIELD_CUSTOM:
        break;
    }
    static const struct {
        const char *shape;
        const char *words;
    } shapes[] = {
        {"any", "pattern"},       {"ops", "operations"},      {"duration", "time"},
        {"time", "word"},         {"name", "text"},           {"fault_when", "`when`"},
        {"row_exit", "pattern"},  {"row_down", "pattern"},    {"row_spawn_reply", "pattern"},
        {"row_group", "pattern"}, {"names", "list of texts"}, {"rows", "list of rows"},
        {"state", "variables"},   {"values", "list"},         {"times", "number"},
        {"budget", "`budget`"},   {"children", "children"},   {"strategies", "one or more"},
        {"integer", "number"},    {"limits", "`limits`"},     {"bounds", "`bounds`"},
        {"explore", "`explore`"}, {"receive", "`receive`"},   {"shutdown", "time"},
    };
    for (size_t i = 0; field->shape != NULL && i < sizeof shapes / sizeof shapes[0]; i++) {
        if (strcmp(field->shape, shapes[i].shape) == 0) {
            return shapes[i].words;
        }
    }
    return field->shape == NULL ? "parameters" : field->shape;
}

static void print_kind(const struct field *field)
{
    if (field->kind != FIELD_WORD) {
        (void)printf("%s", kind_of(field));
        return;
    }
    for (uint64_t i = 0; i < field->most; i++) {
        (void)printf("%s`%s`", i == 0 ? "" : ", ", field->words[i]);
    }
}

static void print_form(const char *title, const struct form *form)
{
    (void)printf("\n### %s\n\n| key | is | |\n|---|---|---|\n", title);
    for (uint32_t i = 0; i < form->count; i++) {
        const struct field *field = &form->fields[i];
        (void)printf("| `%s`%s | ", field->name, field->is_required ? " (needed)" : "");
        print_kind(field);
        (void)printf(" | %s |\n", field->about == NULL ? "" : field->about);
    }
}

/* `link: to` and `link: {to, tag, status}` */
static void print_usage(const char *word, const struct form *form, bool is_compound)
{
    if (form->count == 0) {
        (void)printf("`%s`", word);
        return;
    }
    if (form->whole != 0) {
        const struct field *field = &form->fields[form->whole - 1];
        bool is_flag = field->kind == FIELD_FLAG;
        (void)printf("`%s: %s`", word, is_flag ? "true` or `false" : field->name);
    }
    if (form->is_only_whole) {
        return;
    }
    (void)printf("%s`%s%s", form->whole != 0 ? "<br>" : "", is_compound ? "" : word,
                 is_compound ? "{" : ": {");
    for (uint32_t i = 0; i < form->count; i++) {
        (void)printf("%s%s%s", i == 0 ? "" : ", ", form->fields[i].name,
                     form->fields[i].is_required ? "" : "?");
    }
    (void)printf("}`");
}

static void print_operations(void)
{
    static const char *const sentences[RH_OP_COUNT] = {
#define X(identifier, word, sentence) sentence,
        RH_OP_MAP(X)
#undef X
    };
    (void)printf(
        "\n## Operations\n\n"
        "What an actor does in a turn. A key with `?` may be left away. `status` keeps the word of what an\n"
        "operation answered; without it an operation that fails ends the actor with that word as reason, as\n"
        "an exception would. A full mailbox, a free name, a timer that has fired are answers, not failures.\n\n"
        "| operation | |\n|---|---|\n");
    for (size_t i = 0; i < RH_OP_COUNT; i++) {
        (void)printf("| ");
        if (i == RH_OP_SPAWN || i == RH_OP_SPAWN_REQUEST) {
            (void)printf("`%s: behaviour`<br>`%s: {...}`, see below", rh_op_words[i],
                         rh_op_words[i]);
        } else {
            print_usage(rh_op_words[i], &rh_form_ops[i], i == RH_OP_IF || i == RH_OP_REPEAT);
        }
        (void)printf(" | %s |\n", sentences[i]);
    }
    print_form("spawn, spawn_request", &rh_form_spawn);
    print_form("receive", &rh_form_receive);
}

static void print_claims(void)
{
    static const char *const sentences[RH_CLAIM_COUNT] = {
#define X(identifier, word, always, sentence) sentence,
        RH_CLAIM_MAP(X)
#undef X
    };
    static const bool is_for_always[RH_CLAIM_COUNT] = {
#define X(identifier, word, always, sentence) always,
        RH_CLAIM_MAP(X)
#undef X
    };
    static const char *const examples[RH_CLAIM_COUNT] = {
        [RH_CLAIM_ALIVE] = "alive: [a, b]",
        [RH_CLAIM_DEAD] = "dead: {a: boom, b: [error, _]}",
        [RH_CLAIM_RECEIVED] = "received: {a: [[message, <b>, hi], [exit, <b>, boom]]}",
        [RH_CLAIM_OUTPUT] = "output: {a: {any_of: [[x, y], [y, x]]}}",
        [RH_CLAIM_MAILBOX] = "mailbox: {a: {in_any_order: [[message, _, 1], [message, _, 2]]}}",
        [RH_CLAIM_STATE] = "state: {a: {$count: 3, $left: {le: 5}}}",
        [RH_CLAIM_NAMES] = "names: {svc: a, other: null}",
        [RH_CLAIM_LINKS] = "links: {a: [b]}",
        [RH_CLAIM_MONITORS] = "monitors: {a: [b, b]}",
        [RH_CLAIM_TALLY] = "count: {of: {deliver: {to: a}}, at_most: 3}",
        [RH_CLAIM_OUTCOMES] = "outcomes: 6",
        [RH_CLAIM_RUNS] = "runs: 6",
        [RH_CLAIM_CLASSES] = "classes: 6",
    };
    (void)printf("\n## Claims\n\nUnder `expect`, and where it says so under `always`.\n\n"
                 "| claim | always | |\n|---|---|---|\n");
    for (size_t i = 0; i < RH_CLAIM_COUNT; i++) {
        (void)printf("| `%s` | %s | %s |\n", examples[i], is_for_always[i] ? "yes" : "",
                     sentences[i]);
    }
    print_form("count", &rh_form_count);
    print_form("An entry of eventually", &rh_form_promise);
}

static void print_events(void)
{
    (void)printf(
        "\n## Events\n\nUnder `never`, `eventually` and `count`: one key, and what it must be like. What is not\n"
        "said may be anything; `{exit: b}` is short for `{exit: {actor: b}}`.\n\n| event | |\n|---|---|\n");
    for (size_t i = 0; i < RH_OCCURRENCE_COUNT; i++) {
        const struct rh_occurrence_keys *keys = &rh_occurrence_keys[i];
        const char *const all[] = {keys->actor, keys->peer, keys->message, keys->name, keys->word};
        (void)printf("| `%s: {", rh_occurrence_words[i]);
        bool first = true;
        for (size_t k = 0; k < sizeof all / sizeof all[0]; k++) {
            if (all[k] != NULL) {
                (void)printf("%s%s", first ? "" : ", ", all[k]);
                first = false;
            }
        }
        (void)printf("}` | %s |\n", keys->sentence);
    }
}

static void print_behaviours(void)
{
    static const char *const kinds[RH_PARAMETER_COUNT] = {
#define X(identifier, word, sentence) sentence,
        RH_PARAMETER_MAP(X)
#undef X
    };
    const struct rh_program *program = rh_program_builtin();
    (void)printf("\n## Built-in behaviours\n");
    for (size_t i = 0; i < program->behaviour_count; i++) {
        const struct rh_program_behaviour *behaviour = &program->behaviours[i];
        (void)printf("\n### %s\n\n%s.\n", behaviour->behaviour->name, behaviour->about);
        for (size_t p = 0; p < behaviour->parameter_count; p++) {
            const struct rh_parameter *parameter = &behaviour->parameters[p];
            (void)printf("%s- `%s`%s: %s; %s\n", p == 0 ? "\n" : "", parameter->name,
                         parameter->is_required ? " (needed)" : "", parameter->about,
                         kinds[parameter->kind]);
        }
    }
    print_form("supervisor", &rh_form_supervisor);
    print_form("A child of a supervisor", &rh_form_child);
    print_form("host", &rh_form_host);
    print_form("A program of a host", &rh_form_proc_program);
    print_form("process", &rh_form_proc_process);
}

static void print_head(void)
{
    (void)printf(
        "# Scenario files\n\n"
        "Written by `rehearse_write_reference` from the tables that the loader reads by; a test compares.\n\n"
        "A scenario is a YAML mapping. **Messages** are written as they are: `42`, `-1`, `0x2a`, `true`, `null`,\n"
        "`word`, `\"any text\"`, `[a, b]`, `{key: value}`, `<a>` for an actor, `<a/1>` for the first child of one,\n"
        "`<a@2/1>` for its first on the second node, `<none>` for nobody. In turns, `$x` is a variable, and\n"
        "`<self>`, `<sender>`, `<parent>` are who they say.\n"
        "A bare word is a text, and `[word]` is a list of one: where C says `RH_MATCH(&message, \"take\")`, the message is\n"
        "`[take]`. Neither is ever taken for the other, in patterns as in messages.\n"
        "**Patterns** are messages in which `_` is anything, `$int`, `$text`, `$bytes`, `$bool`, `$null`, `$array`,\n"
        "`$map`, `$pid`, `$ref` are anything of a kind, and any other `$x` is bound, or compared if it has a value.\n"
        "**Times** are `5ms`, `1s`, `10us`, `7ns`, `0`. Where only an actor can stand, its bare name will do.\n\n"
        "A run: all actors have their first turn, with their names, links and monitors, and what they send stays in\n"
        "flight; with `given`, everything comes to rest first, then each of its operations happens, with all that comes\n"
        "of it, always in the same order: a long way to where the exploration begins costs no runs.\n"
        "Then steps, scripts, faults and deliveries happen in the order that the strategy chooses. When\n"
        "nothing can happen any more the run heals: no fault strikes, stalled actors go on. When it is quiet again,\n"
        "it is judged.\n\n"
        "Several nodes: whoever uses a pid or a name of another node makes its own node dial that one, and hears\n"
        "`noconnection` if it cannot; `connected: true` saves the first dial. A node that one cannot dial (`reach`)\n"
        "is met through one in between, and there only by whom that one has introduced: let an actor there hand the\n"
        "pid on in a message. A pid that just stands in the file, as in `link: <far>`, is `noconnection` at once.\n"
        "Heartbeats, deadlines and the ends of partings are timers, which `settle` does not wait for and `wait` does.\n"
        "What `restart_node` starts are other actors than those that `<a>` names: these have ended, and their steps\n"
        "do nothing. The new ones are linked with and watch each other, are reached by names that they register, and\n"
        "are `_` in patterns.\n");
}

int main(void)
{
    print_head();
    (void)printf("\n## The file\n");
    print_form("Top", &rh_form_scenario);
    print_form("An actor", &rh_form_actor);
    print_form("A behaviour", &rh_form_behaviour);
    print_form("A row of on", &rh_form_row);
    print_form("A fault", &rh_form_fault);
    print_form("when", &rh_form_fault_when);
    print_form("swarm", &rh_form_swarm);
    print_form("network", &rh_form_network);
    print_form("An entry of pipes", &rh_form_pipe);
    print_form("node_up, node_down", &rh_form_row_node);
    print_form("freeze_node (the other deeds to nodes: just the node)", &rh_form_deed_freeze);
    print_form("skew_clock", &rh_form_deed_skew);
    print_form("part (the other deeds to pipes: just the nodes)", &rh_form_deed_part);
    print_form("cut_pipe", &rh_form_deed_cut);
    print_form("flip_bytes, lose_bytes, narrow_pipe", &rh_form_deed_bytes);
    print_form("partition", &rh_form_deed_side);
    print_form("drop, duplicate, corrupt, hold", &rh_form_fault_message);
    print_form("replace", &rh_form_fault_replace);
    print_form("replay", &rh_form_fault_replay);
    print_form("forge", &rh_form_fault_forge);
    print_form("refuse_io", &rh_form_fault_io);
    (void)printf(
        "\n### A step\n\n"
        "| step | |\n|---|---|\n"
        "| `a: operation`, `a: [operations]` | actor `a` acts; each operation is an event of its own |\n"
        "| `input: {to: a, message: x}` | the outside says something to `a` |\n"
        "| `settle` | wait until nothing can happen but timers |\n"
        "| `wait: 80ms` | let time pass |\n"
        "| `race: [{a: op}, {b: [op, op]}]` | side by side; each entry in its own order |\n");
    static const char *const sentences[RH_DEED_COUNT] = {
#define X(identifier, word, sentence) sentence,
        RH_DEED_MAP(X)
#undef X
    };
    for (size_t i = 0; i < RH_DEED_COUNT; i++) {
        (void)printf("| `%s` | %s |\n", rh_deed_words[i], sentences[i]);
    }
    (void)printf(
        "\n### schedule\n\n"
        "A list of lines. A line is an event, in the words of the table; it happens as soon as it can, once those before\n"
        "it have. Wherever no line can happen, what is oldest does, and no optional fault: a schedule says only where a\n"
        "run leaves first in, first out. With a schedule and without `strategy` one run is made, which follows it. A line\n"
        "that could not happen until the run ended is a violation of `schedule/line`; with `allow_vacuous` it is none.\n"
        "`rehearse shrink` writes schedules.\n\n"
        "| line | |\n|---|---|\n"
        "| `a -> b: [ping, 1]` | `b` handles this message of `a`; `_` in it is any item |\n"
        "| `a -> b` | any message of `a` |\n"
        "| `down a -> b: boom` | a signal that is no message: start, link, unlink, exit, exit_signal, monitor, "
        "demonitor, down ... |\n"
        "| `timer a: tick`, `receive_timer a` | a time-out |\n"
        "| `a does: send`, `step a: send` | the next operation of the script of `a`; of `steps` |\n"
        "| `input a: go`, `wait`, `step kill_node` | the next of `steps` |\n"
        "| `crash a`, `part n1 -> n2` | a fault strikes |\n"
        "| `arrives n1>n2#1`, `written`, `closed` ... | something happens to a pipe |\n"
        "| `draw: 3`, `cut: 5` | the answer to what is drawn next, in the event before it |\n"
        "| `time goes on` | what could happen now is put off, where something has a window of time |\n"
        "| `end` | the run ends without the faults that it could still have |\n"
        "| `timer a (2): tick` | the second of those of this name |\n");
    print_form("explore", &rh_form_explore);
    print_form("random, uniform, pos, fair, portfolio",
               rh_form_of_strategy(RH_PLAN_STRATEGY_RANDOM));
    print_form("pct", rh_form_of_strategy(RH_PLAN_STRATEGY_PCT));
    print_form("exhaustive", rh_form_of_strategy(RH_PLAN_STRATEGY_EXHAUSTIVE));
    print_form("bound", &rh_form_bound);
    print_form("dpor", rh_form_of_strategy(RH_PLAN_STRATEGY_DPOR));
    print_form("budget", &rh_form_budget);
    print_form("bounds", &rh_form_bounds);
    print_form("limits", &rh_form_limits);
    print_operations();
    print_claims();
    print_events();
    print_behaviours();
    return 0;
}

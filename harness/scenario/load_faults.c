/* SPDX-License-Identifier: MIT */
/* Faults: what strikes whom, and when. The key that names the kind holds what it strikes; the rest says how. */
#include <rehearse/io.h>

#include "harness/scenario/loader.h"

#include <string.h>

#define FAULT(member) offsetof(struct rh_plan_fault, member)
#define FORM(fields) fields, FIELD_COUNT(fields)

static const struct field when_fields[] = {
    {.name = "receives",
     .kind = FIELD_PATTERN,
     .offset = FAULT(when),
     .about =
         "the actor handles a message of this pattern; of faults of messages, each that they fit"},
    {.name = "times",
     .kind = FIELD_U64,
     .offset = FAULT(times),
     .least = 1,
     .most = UINT32_MAX,
     .about = "for the n-th time; 1 without it"},
    {.name = "every",
     .kind = FIELD_U64,
     .offset = FAULT(every),
     .least = 1,
     .most = UINT32_MAX,
     .about = "and for each n-th time behind that, as often as 'max' says, or always"},
    {.name = "after_operations",
     .kind = FIELD_U64,
     .offset = FAULT(after_operations),
     .least = 1,
     .most = UINT32_MAX,
     .about = "inside that turn, behind so many operations; 1 without it"},
};
const struct form rh_form_fault_when = {FORM(when_fields), 0, false};

static bool read_on_node(struct loader *loader, const struct rh_document_node *node, void *target)
{
    uint32_t *on_node = &((struct rh_plan_fault *)target)->on_node;
    bool ok = rh_load_node_name(loader, node, on_node);
    *on_node += ok;
    return ok;
}

#define TO(text)                                                                                   \
    {                                                                                              \
        .name = "to", .kind = FIELD_ACTORS, .offset = FAULT(actors), .about = (text)               \
    }
#define FROM(text)                                                                                 \
    {                                                                                              \
        .name = "from", .kind = FIELD_ACTORS, .offset = FAULT(senders), .about = (text)            \
    }
#define OF_PATTERN                                                                                 \
    {                                                                                              \
        .name = "message", .kind = FIELD_PATTERN, .offset = FAULT(message),                        \
        .about = "of this pattern; any without it"                                                 \
    }
static const struct field message_fields[] = {
    TO("one of these receives it; anybody without it"),
    FROM("one of these has sent it; anybody without it"),
    OF_PATTERN,
    {.name = "on",
     .kind = FIELD_CUSTOM,
     .read = read_on_node,
     .shape = "text",
     .about = "the receiver is of this node"},
    {.name = "with",
     .kind = FIELD_VALUE,
     .offset = FAULT(payload),
     .is_required = true,
     .about = "what is handled instead"},
};
const struct form rh_form_fault_message = {message_fields, 4, 1, false};
const struct form rh_form_fault_replace = {FORM(message_fields), 0, false};

static const struct field replay_fields[] = {
    {.name = "to",
     .kind = FIELD_ACTORS,
     .offset = FAULT(actors),
     .is_required = true,
     .about = "one of these has handled it"},
    FROM("one of these had sent it; anybody without it"),
    OF_PATTERN,
};
const struct form rh_form_fault_replay = {FORM(replay_fields), 1, false};

static const char *const forged_words[] = {"exit", "unlink", "down", "demonitor"};
static const enum rh_signal_kind forged_signals[] = {RH_SIGNAL_EXIT, RH_SIGNAL_UNLINK,
                                                     RH_SIGNAL_DOWN, RH_SIGNAL_DEMONITOR};
static const struct field forge_fields[] = {
    {.name = "to",
     .kind = FIELD_ACTORS,
     .offset = FAULT(actors),
     .is_required = true,
     .about = "one of these receives it"},
    {.name = "from",
     .kind = FIELD_ACTORS,
     .offset = FAULT(senders),
     .about = "who seems to have sent it; nobody without it"},
    {.name = "message", .kind = FIELD_VALUE, .offset = FAULT(payload), .about = "a message"},
    {.name = "signal",
     .kind = FIELD_WORD,
     .offset = FAULT(signal),
     .least = 1,
     .most = FIELD_COUNT(forged_words),
     .words = forged_words,
     .about = "or a control signal that nothing backs"},
    {.name = "reason", .kind = FIELD_VALUE, .offset = FAULT(payload), .about = "the signal's"},
};
const struct form rh_form_fault_forge = {FORM(forge_fields), 0, false};

static bool read_when(struct loader *loader, const struct rh_document_node *node, void *target)
{
    return rh_load_form(loader, node, &rh_form_fault_when, target);
}

static bool read_message(struct loader *loader, const struct rh_document_node *node, void *target)
{
    return rh_load_form(loader, node, &rh_form_fault_message, target);
}

static bool read_replace(struct loader *loader, const struct rh_document_node *node, void *target)
{
    return rh_load_form(loader, node, &rh_form_fault_replace, target);
}

static bool read_replay(struct loader *loader, const struct rh_document_node *node, void *target)
{
    return rh_load_form(loader, node, &rh_form_fault_replay, target);
}

static bool read_forge(struct loader *loader, const struct rh_document_node *node, void *target)
{
    struct rh_plan_fault *fault = target;
    const struct rh_document_node *message = rh_node_find(node, "message");
    const struct rh_document_node *signal = rh_node_find(node, "signal");
    if (!rh_load_form(loader, node, &rh_form_fault_forge, target)) {
        return false;
    }
    if ((message == NULL) == (signal == NULL) ||
        (message != NULL && rh_node_find(node, "reason") != NULL)) {
        rh_load_error(loader, node->span,
                      "a forgery is either a 'message', or a 'signal' that may "
                      "have a 'reason'");
        return false;
    }
    fault->signal = signal == NULL ? 0 : (uint32_t)forged_signals[fault->signal - 1];
    return true;
}

static bool read_program(struct loader *loader, const struct rh_document_node *node, void *target)
{
    struct rh_plan_fault *fault = target;
    const struct rh_plan_texts *known = &loader->plan->processes;
    if (!rh_cursor_text(&loader->cursor, node, &fault->program)) {
        return false;
    }
    for (uint32_t i = 0; i < known->count; i++) {
        if (strcmp(known->at[i], fault->program) == 0) {
            return true;
        }
    }
    return rh_cursor_unknown(&loader->cursor, node, "program that is a process", known->at,
                             known->count);
}

#define X(identifier, word, sentence) word,
static const char *const effect_words[] = {RH_EFFECT_MAP(X)};
#undef X

static bool read_effect(struct loader *loader, const struct rh_document_node *node, void *target)
{
    struct rh_plan_fault *fault = target;
    for (size_t i = 1; i < RH_EFFECT_REFUSE; i++) {
        if (rh_node_is_text(node, effect_words[i])) {
            fault->effect = effect_words[i];
            return true;
        }
    }
    return rh_cursor_unknown(&loader->cursor, node, "effect", &effect_words[1],
                             RH_EFFECT_REFUSE - 1);
}

static const struct field io_fields[] = {
    {.name = "node",
     .kind = FIELD_NODE,
     .offset = FAULT(deed.node),
     .is_required = true,
     .about = "whose actors ask"},
    {.name = "effect",
     .kind = FIELD_CUSTOM,
     .read = read_effect,
     .shape = "text",
     .about = "what is refused, such as connect, listen or start; any without it"},
};
const struct form rh_form_fault_io = {FORM(io_fields), 1, false};

static bool read_io(struct loader *loader, const struct rh_document_node *node, void *target)
{
    return rh_load_form(loader, node, &rh_form_fault_io, target);
}

static bool read_at(struct loader *loader, const struct rh_document_node *node, void *target)
{
    struct rh_plan_fault *fault = target;
    if (rh_node_is_text(node, "begin")) {
        fault->at_phase = true;
        return true;
    }
    fault->has_at = true;
    return rh_cursor_duration(&loader->cursor, node, &fault->time);
}

static bool read_phase(struct loader *loader, const struct rh_document_node *node, void *target)
{
    struct rh_plan_fault *fault = target;
    const struct rh_plan *plan = loader->plan;
    if (!rh_cursor_text(&loader->cursor, node, &fault->phase)) {
        return false;
    }
    for (uint32_t i = 0; i < plan->step_count; i++) {
        if (plan->steps[i].kind == RH_STEP_PHASE &&
            strcmp(plan->steps[i].phase, fault->phase) == 0) {
            return true;
        }
    }
    rh_load_error(loader, node->span, "no step begins the phase '%s'", fault->phase);
    return false;
}

#define KIND(word, text)                                                                           \
    {                                                                                              \
        .name = (word), .kind = FIELD_ACTORS, .offset = FAULT(actors), .about = (text)             \
    }
#define DEED(word, shape_, text)                                                                   \
    {                                                                                              \
        .name = (word), .kind = FIELD_CUSTOM, .shape = (shape_), .about = (text)                   \
    }
#define OF_MESSAGE(word, read_, shape_, text)                                                      \
    {                                                                                              \
        .name = (word), .kind = FIELD_CUSTOM, .read = (read_), .shape = (shape_), .about = (text)  \
    }
#define OF_PROGRAM(word, text)                                                                     \
    {                                                                                              \
        .name = (word), .kind = FIELD_CUSTOM, .read = read_program, .shape = "text",               \
        .about = (text)                                                                            \
    }
static const struct field fault_fields[] = {
    KIND("crash", "actor that ends, or several: one of them"),
    KIND("kill", "actor that gets the exit signal kill from outside, or several: one of them"),
    KIND("fire", "actor whose next time-out happens before everything else, or several"),
    KIND("stall", "actor that does not run for a while, or several: one of them"),
    DEED("kill_node", "deed_node", "node that ends at once"),
    DEED("freeze_node", "deed_freeze", "node of which nothing happens for a while"),
    DEED("close_pipe", "deed_pair", "pipes between two nodes that end"),
    DEED("reset_pipe", "deed_pair", "pipes between two nodes that are dropped"),
    DEED("half_close_pipe", "deed_pair", "pipes between two nodes of which one direction ends"),
    DEED("black_hole", "deed_pair", "pipes between two nodes that swallow one direction"),
    DEED("cut_pipe", "deed_cut", "pipe between two nodes that is reset after so many bytes"),
    DEED("part", "deed_part", "nodes between which nothing passes for a while"),
    OF_MESSAGE("drop", read_message, "fault_message", "message that is taken away"),
    OF_MESSAGE("duplicate", read_message, "fault_message", "message that comes twice"),
    OF_MESSAGE("replace", read_replace, "fault_replace", "message that says something else"),
    OF_MESSAGE("corrupt", read_message, "fault_message", "message of which a bit is flipped"),
    OF_MESSAGE("hold", read_message, "fault_message", "message that waits for a while"),
    OF_MESSAGE("forge", read_forge, "fault_forge", "message or signal that nobody sent"),
    OF_MESSAGE("replay", read_replay, "fault_replay", "message that comes once more, later"),
    DEED("flip_bytes", "deed_bytes", "direction in which a bit is flipped"),
    DEED("lose_bytes", "deed_bytes", "direction in which bytes are lost"),
    DEED("stall_pipe", "deed_part", "direction in which nothing passes for a while"),
    DEED("narrow_pipe", "deed_bytes", "direction that has room for only so many bytes"),
    DEED("blip", "deed_pair", "nodes whose pipes are reset, and the first dials at once"),
    DEED("partition", "deed_side", "nodes between which and all others nothing passes"),
    DEED("restart_node", "deed_node", "node that was killed and comes back"),
    OF_PROGRAM("refuse_start", "program of which a start fails"),
    OF_PROGRAM("delay_start", "program of which a start takes longer"),
    OF_PROGRAM("fail_launch", "program of which a process exits with 127 as soon as it runs"),
    OF_PROGRAM("kill_process", "program of which a process ends by signal 9"),
    OF_PROGRAM("lose_callback", "program whose callback is lost"),
    OF_PROGRAM("double_callback", "program whose callback comes twice"),
    OF_PROGRAM("ignore_stop", "program whose agent does not hear that it is to drain or stop"),
    KIND("slow", "actor whose turns take so long, or several: one of them"),
    KIND("late", "actor whose time-outs may come so late, or several: one of them"),
    KIND("fail_allocation", "actor that gets no memory, or several: one of them"),
    OF_MESSAGE("refuse_io", read_io, "fault_io", "what an actor of a node asks for in vain"),
    KIND("exhaust", "actor that runs out of identities, or several: one of them"),
    DEED("skew_clock", "deed_skew", "node whose clock jumps ahead"),
    {.name = "reason", .kind = FIELD_VALUE, .offset = FAULT(reason), .about = "why it crashes"},
    {.name = "when",
     .kind = FIELD_CUSTOM,
     .read = read_when,
     .shape = "fault_when",
     .about = "strikes at this event; without 'when' and 'at' it may strike at any time or never"},
    {.name = "at",
     .kind = FIELD_CUSTOM,
     .read = read_at,
     .shape = "fault_at",
     .about = "strikes at this time; of messages, the first from this time on; 'begin': as its "
              "'phase' begins"},
    {.name = "phase",
     .kind = FIELD_CUSTOM,
     .read = read_phase,
     .shape = "text",
     .about = "strikes only in this phase of the steps, and counts what happens in it"},
    {.name = "from",
     .kind = FIELD_TIME,
     .offset = FAULT(since),
     .about = "a stall begins at this time; anything else does not strike before it"},
    {.name = "until",
     .kind = FIELD_TIME,
     .offset = FAULT(until),
     .about = "it does not strike later"},
    {.name = "for",
     .kind = FIELD_TIME,
     .offset = FAULT(span),
     .about =
         "how long a stall or a hold lasts; without it until the run heals; slow: how long each "
         "turn takes; late: how much too late at most; delay_start: how much longer"},
    {.name = "nth",
     .kind = FIELD_U64,
     .offset = FAULT(nth),
     .least = 1,
     .most = UINT32_MAX,
     .about = "fail_allocation: which of its next allocations fails; 1 without it"},
    {.name = "left",
     .kind = FIELD_U64,
     .offset = FAULT(left),
     .most = UINT32_MAX,
     .about = "exhaust: how many references, links and children it may still have; 0 without it"},
    {.name = "max",
     .kind = FIELD_U64,
     .offset = FAULT(max),
     .least = 1,
     .most = UINT32_MAX,
     .about = "how often it may strike; 1 without it, with 'every' always"},
    {.name = "weight",
     .kind = FIELD_U64,
     .offset = FAULT(weight),
     .least = 1,
     .most = 1000000,
     .about = "how likely random strategies let it strike, against 1 of any other event"},
};
const struct form rh_form_fault = {FORM(fault_fields), 0, false};

/* Which kinds a key means something for, and whether it does for faults that are pinned. */
#define OF(kind) (UINT64_C(1) << RH_FAULT_##kind)
#define OF_MESSAGES                                                                                \
    (OF(DROP) | OF(DUPLICATE) | OF(REPLACE) | OF(CORRUPT) | OF(HOLD) | OF(LOSE_CALLBACK) |         \
     OF(DOUBLE_CALLBACK) | OF(IGNORE_STOP) | OF(REFUSE_IO))
static const struct {
    const char *key;
    uint64_t kinds;
    bool is_of_drawn;
} meanings[] = {{"reason", OF(CRASH), false},
                {"when", OF(CRASH) | OF(KILL) | OF_MESSAGES, false},
                {"at", ~OF(REPLAY), false},
                {"from", UINT64_MAX, true},
                {"until", ~OF(STALL), true},
                {"weight", UINT64_MAX, true},
                {"nth", OF(FAIL_ALLOCATION), false},
                {"left", OF(EXHAUST), false},
                {"for", OF(STALL) | OF(HOLD) | OF(SLOW) | OF(LATE) | OF(DELAY_START), false}};

/* Faults of messages strike the first of a phase by counting. */
static bool check_phase(struct loader *loader, const struct rh_document_node *node,
                        const struct rh_plan_fault *fault)
{
    bool counts = rh_fault_kind_family(fault->kind) == RH_FAULT_FAMILY_MESSAGE;
    if (fault->at_phase && (fault->phase == NULL || counts)) {
        rh_load_error(loader, rh_node_find(node, "at")->span,
                      counts ? "a %s strikes a message: say 'when: {times: 1}'"
                             : "a %s strikes as a 'phase' begins: say which",
                      rh_fault_kind_word(fault->kind));
        return false;
    }
    if (fault->phase != NULL && fault->has_at) {
        rh_load_error(loader, fault->at, "a fault strikes either in a 'phase' or 'at' a time");
        return false;
    }
    return true;
}

static bool check_keys(struct loader *loader, const struct rh_document_node *node,
                       const struct rh_plan_fault *fault)
{
    const char *word = rh_fault_kind_word(fault->kind);
    const struct rh_document_node *at = rh_node_find(node, "at");
    bool is_pinned = fault->when != 0 || fault->is_pinned || at != NULL;
    bool ok = check_phase(loader, node, fault);
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        const struct rh_document_node *value = rh_node_find(node, meanings[i].key);
        bool means = (meanings[i].kinds >> fault->kind & 1U) != 0;
        if (value != NULL && (!means || (is_pinned && meanings[i].is_of_drawn))) {
            rh_load_error(loader, value->key->span, "'%s' means nothing for a %s%s",
                          meanings[i].key, word, means ? " that is pinned" : "");
            ok = false;
        }
    }
    return ok;
}

static bool check_when(struct loader *loader, const struct rh_document_node *node,
                       const struct rh_plan_fault *fault)
{
    const struct rh_document_node *when = rh_node_find(node, "when");
    const struct rh_document_node *operations = rh_node_find(when, "after_operations");
    const struct rh_document_node *receives = rh_node_find(when, "receives");
    const char *word = rh_fault_kind_word(fault->kind);
    if (operations != NULL && fault->kind != RH_FAULT_CRASH) {
        rh_load_error(loader, operations->key->span, "'after_operations' means nothing for a %s",
                      word);
        return false;
    }
    if (when != NULL && receives == NULL && !fault->is_pinned) {
        rh_load_error(loader, when->key->span, "a %s strikes when its actor 'receives' something",
                      word);
        return false;
    }
    if (receives != NULL && fault->is_pinned) {
        rh_load_error(loader, receives->key->span,
                      "'receives' means nothing for a %s: what it is about says which message",
                      word);
        return false;
    }
    return true;
}

static bool check_fault(struct loader *loader, const struct rh_document_node *node,
                        const struct rh_plan_fault *fault)
{
    if (!check_keys(loader, node, fault) || !check_when(loader, node, fault)) {
        return false;
    }
    if (rh_node_find(node, "when") != NULL && fault->has_at) {
        rh_load_error(loader, fault->at, "a fault strikes either 'when' or 'at'");
        return false;
    }
    if (fault->deed.up_to != 0 && fault->deed.up_to < fault->deed.bytes) {
        rh_load_error(loader, fault->at, "'up_to' is less than 'bytes'");
        return false;
    }
    if (fault->until != 0 && fault->until < fault->since) {
        rh_load_error(loader, fault->at, "'until' is before 'from'");
        return false;
    }
    return true;
}

/* What the keys say together. */
static void complete(const struct rh_document_node *node, struct rh_plan_fault *fault)
{
    bool has_when = rh_node_find(node, "when") != NULL;
    enum rh_fault_family family = rh_fault_kind_family(fault->kind);
    bool is_asked = family == RH_FAULT_FAMILY_MESSAGE || family == RH_FAULT_FAMILY_IO;
    fault->is_pinned = is_asked && (has_when || fault->has_at);
    if (fault->max == 0 && fault->every == 0) {
        fault->max = 1;
    }
    if (fault->kind == RH_FAULT_STALL && rh_node_find(node, "from") != NULL) {
        fault->has_at = true;
        fault->time = fault->since;
    }
}

static bool load_fault(struct loader *loader, const struct rh_document_node *node, void *row)
{
    struct rh_plan_fault *fault = row;
    uint32_t found = 0;
    fault->at = node->span;
    fault->times = 1;
    fault->after_operations = 1;
    fault->weight = 1;
    fault->span = RH_NEVER;
    bool deeds = true;
    for (uint32_t i = 0; i < RH_FAULT_COUNT; i++) {
        const struct rh_document_node *value = rh_node_find(node, fault_fields[i].name);
        enum rh_deed deed;
        if (value != NULL && rh_find_deed(value->key, &deed)) {
            deeds = rh_load_deed(loader, deed, value, &fault->deed) && deeds;
        }
        if (value != NULL) {
            fault->kind = (enum rh_fault_kind)i;
            fault->at = value->key->span;
            found++;
        }
    }
    bool ok = rh_load_form(loader, node, &rh_form_fault, fault) && deeds;
    if (found != 1 && ok) {
        rh_load_error(loader, fault->at,
                      found == 0 ? "this does not say which fault it is"
                                 : "an entry of 'faults' is one fault");
        rh_load_hint(loader,
                     "an entry begins with one of crash, kill, fire, stall and an actor, with what "
                     "befalls messages, such as drop, or nodes or pipes, such as kill_node");
        return false;
    }
    complete(node, fault);
    return ok && check_fault(loader, node, fault);
}

static bool read_list(struct loader *loader, const struct rh_document_node *node, void *target)
{
    struct rh_plan *plan = target;
    bool ok;
    plan->faults = rh_load_items(loader, node, true, load_fault, sizeof *plan->faults, &ok);
    plan->fault_count = plan->faults == NULL ? 0 : node->count;
    return ok;
}

static bool read_kinds(struct loader *loader, const struct rh_document_node *node, void *target)
{
    struct rh_plan_swarm *swarm = target;
    const char *words[RH_FAULT_COUNT];
    for (unsigned i = 0; i < RH_FAULT_COUNT; i++) {
        words[i] = rh_fault_kind_word((enum rh_fault_kind)i);
    }
    bool ok = rh_cursor_sequence(&loader->cursor, node, true);
    for (uint32_t i = 0; ok && i < node->count; i++) {
        unsigned kind = 0;
        while (kind < RH_FAULT_COUNT && !rh_node_is_text(node->items[i], words[kind])) {
            kind++;
        }
        if (kind == RH_FAULT_COUNT) {
            ok = rh_cursor_unknown(&loader->cursor, node->items[i], "kind of fault", words,
                                   RH_FAULT_COUNT);
        } else {
            swarm->kinds |= UINT64_C(1) << kind;
        }
    }
    return ok;
}

#define SWARM(member) offsetof(struct rh_plan_swarm, member)
static const struct field swarm_fields[] = {
    {.name = "seed",
     .kind = FIELD_U64,
     .offset = SWARM(seed),
     .most = UINT64_MAX,
     .about = "what draws; 1 without it, and --seed goes before it"},
    {.name = "kinds",
     .kind = FIELD_CUSTOM,
     .read = read_kinds,
     .shape = "names",
     .about = "those that may be drawn; without it all that a scenario can be expected to stand"},
};
const struct form rh_form_swarm = {FORM(swarm_fields), 1, false};

static bool read_swarm(struct loader *loader, const struct rh_document_node *node, void *target)
{
    struct rh_plan_swarm *swarm = &((struct rh_plan *)target)->swarm;
    *swarm = (struct rh_plan_swarm){.is_on = true, .at = node->span, .seed = 1};
    return rh_load_form(loader, node, &rh_form_swarm, swarm);
}

static bool read_drawn(struct loader *loader, const struct rh_document_node *node, void *target)
{
    struct rh_plan *plan = target;
    plan->has_drawn_faults = true;
    return rh_cursor_unsigned(&loader->cursor, node, 0, UINT64_MAX, &plan->drawn_by);
}

static const struct field faults_fields[] = {
    {.name = "of",
     .kind = FIELD_CUSTOM,
     .read = read_list,
     .shape = "fault_list",
     .about = "the faults"},
    {.name = "budget",
     .kind = FIELD_U64,
     .offset = offsetof(struct rh_plan, fault_budget),
     .least = 1,
     .most = UINT32_MAX,
     .about = "how many of those that are not pinned may strike in a run; any number without it"},
    {.name = "swarm",
     .kind = FIELD_CUSTOM,
     .read = read_swarm,
     .shape = "swarm",
     .about = "instead of 'of': the faults are drawn by a seed"},
    {.name = "drawn",
     .kind = FIELD_CUSTOM,
     .read = read_drawn,
     .shape = "integer",
     .about = "a swarm has drawn them by this seed: it is enough that one of them strikes"},
};
const struct form rh_form_faults = {FORM(faults_fields), 1, false};

bool rh_load_faults(struct loader *loader, const struct rh_document_node *node)
{
    const struct rh_plan *plan = loader->plan;
    if (!rh_load_form(loader, node, &rh_form_faults, loader->plan)) {
        return false;
    }
    if (plan->swarm.is_on == (plan->faults != NULL)) {
        rh_load_error(loader, node->span,
                      "the faults are either listed under 'of' or drawn by a 'swarm'");
        return false;
    }
    return true;
}

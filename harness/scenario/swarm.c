/* SPDX-License-Identifier: MIT */
/*
 * Swarm: a plan of faults that nobody thought of. The seed draws which kinds are on, whom they are aimed at, how often and how
 * likely they strike, and how many may strike in a run. Leaving kinds out finds what all of them together hide: a system
 * that is always cut off never gets far enough to fail.
 *
 * What is drawn is the text of a scenario, parsed as any other file, so that a trace carries it, and a plan that found
 * something is kept by saving it. There are two ways. A file that says `swarm` under `faults` expects what it expects under
 * any of them: its text stays, line by line, that section as a comment, and the faults stand at its end. For a file that
 * does not, runs of their own are drawn as well, and what it expects, which is about a world without these accidents, is
 * left out: whatever a run shows is judged by the invariants alone.
 */
#include "harness/scenario/scenario.h"

#include <inttypes.h>
#include <string.h>

#define TEXT_BYTES_MAX ((size_t)4 << 20)

struct swarm {
    const struct rh_plan *plan;
    struct rh_text_buffer text;
    uint64_t seed; /**< mixed */
    uint64_t count;
    uint32_t entries;
    uint64_t kinds; /**< those that may be drawn; 0: see is_claimed */
    bool keeps;     /**< what is not drawn stays */
};

/* The finaliser of splitmix64 over a counter. That a remainder is not quite uniform is no matter here. */
static uint64_t draw(struct swarm *swarm, uint64_t bound)
{
    uint64_t x = swarm->seed + ++swarm->count * UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (x ^ (x >> 31)) % bound;
}

/* ---- the text around the plan ---- */

/* Keys whose sections say what is expected of a world without these faults, or how it is explored. */
static const char *const replaced[] = {"faults", "explore",    "expect",         "always",
                                       "never",  "eventually", "expect_failure", "allow_vacuous"};

static bool is_replaced(const struct swarm *swarm, const char *line, size_t length)
{
    const size_t count = swarm->keeps ? 1 : sizeof(replaced) / sizeof(replaced[0]);
    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(replaced[i]);
        if (length > size && memcmp(line, replaced[i], size) == 0 &&
            (line[size] == ':' || line[size] == ' ')) {
            return true;
        }
    }
    return false;
}

/* A section reaches from a key at the margin to the next one. */
static enum rh_status copy_rest(struct swarm *swarm, const char *text, size_t length)
{
    enum rh_status status = RH_OK;
    bool leaves_out = false;
    for (size_t at = 0; at < length && status == RH_OK;) {
        const char *line = text + at;
        const char *end = memchr(line, '\n', length - at);
        size_t size = end == NULL ? length - at : (size_t)(end - line) + 1;
        bool begins =
            *line != ' ' && *line != '\n' && *line != '#' && *line != '-' && *line != '\r';
        leaves_out = begins ? is_replaced(swarm, line, size) : leaves_out;
        if (leaves_out && swarm->keeps && *line != '#') {
            status = rh_text_buffer_append(&swarm->text, "# ", 2); /* lines keep their numbers */
        }
        if (!leaves_out || swarm->keeps) {
            status = rh_text_buffer_append(&swarm->text, line, size);
        }
        at += size;
    }
    if (status == RH_OK && length > 0 && text[length - 1] != '\n' &&
        (!leaves_out || swarm->keeps)) {
        status = rh_text_buffer_append(&swarm->text, "\n", 1);
    }
    return status;
}

/* ---- the plan ---- */

/* Aimed at a program; some of them are done to its messages. */
static bool is_of_process(enum rh_fault_kind kind)
{
    return kind >= RH_FAULT_REFUSE_START && kind <= RH_FAULT_IGNORE_STOP;
}

static const char *some_actor(struct swarm *swarm)
{
    return swarm->plan->actors[draw(swarm, swarm->plan->actor_count)].name;
}

static const char *some_node(struct swarm *swarm)
{
    const struct rh_plan_texts *nodes = &swarm->plan->nodes;
    return nodes->count < 2 ? "" : nodes->at[draw(swarm, nodes->count)];
}

static void put(struct swarm *swarm, const char *text)
{
    (void)rh_text_buffer_append(&swarm->text, text, strlen(text));
}

static void put_time(struct swarm *swarm, const char *key)
{
    (void)rh_text_buffer_print(&swarm->text, ", %s: %" PRIu64 "ms", key, 1 + draw(swarm, 20));
}

/* Some of it is aimed at one, some at anybody. */
static void put_prey(struct swarm *swarm)
{
    put(swarm, "{");
    bool aims = draw(swarm, 3) > 0;
    if (aims) {
        (void)rh_text_buffer_print(&swarm->text, "to: %s", some_actor(swarm));
    }
    if (draw(swarm, 3) == 0) {
        (void)rh_text_buffer_print(&swarm->text, "%sfrom: %s", aims ? ", " : "", some_actor(swarm));
    }
    put(swarm, "}");
}

static void put_nodes(struct swarm *swarm)
{
    uint32_t nodes = swarm->plan->nodes.count;
    uint64_t one = draw(swarm, nodes);
    uint64_t other = (one + 1 + draw(swarm, nodes - 1)) % nodes;
    (void)rh_text_buffer_print(&swarm->text, "[%s, %s]", swarm->plan->nodes.at[one],
                               swarm->plan->nodes.at[other]);
}

static void put_forgery(struct swarm *swarm)
{
    static const char *const signals[] = {"exit", "unlink", "down", "demonitor"};
    (void)rh_text_buffer_print(&swarm->text, "{to: %s, from: %s, signal: %s}", some_actor(swarm),
                               some_actor(swarm), signals[draw(swarm, 4)]);
}

static void put_bytes(struct swarm *swarm, uint64_t bytes)
{
    put(swarm, "{between: ");
    put_nodes(swarm);
    (void)rh_text_buffer_print(&swarm->text, ", bytes: %" PRIu64 "}", bytes);
}

static void put_target(struct swarm *swarm, enum rh_fault_kind kind)
{
    const struct rh_plan_texts *programs = &swarm->plan->processes;
    const char *node = some_node(swarm);
    switch (kind) {
    case RH_FAULT_KILL_NODE:
        put(swarm, node);
        break;
    case RH_FAULT_FREEZE_NODE:
        (void)rh_text_buffer_print(&swarm->text, "{node: %s", node);
        put_time(swarm, "for");
        put(swarm, "}");
        break;
    case RH_FAULT_RESTART_NODE: /* who never went does not come back */
        (void)rh_text_buffer_print(&swarm->text, "%s}\n    - {kill_node: %s", node, node);
        break;
    case RH_FAULT_SKEW_CLOCK:
        (void)rh_text_buffer_print(&swarm->text, "{node: %s", node);
        put_time(swarm, "by");
        put(swarm, "}");
        break;
    case RH_FAULT_PARTITION:
        (void)rh_text_buffer_print(&swarm->text, "{nodes: [%s]", node);
        put_time(swarm, "for");
        put(swarm, "}");
        break;
    case RH_FAULT_REFUSE_IO:
        (void)rh_text_buffer_print(&swarm->text, "{node: %s, effect: %s}", node,
                                   draw(swarm, 2) == 0 ? "connect" : "listen");
        break;
    case RH_FAULT_PART:
    case RH_FAULT_STALL_PIPE:
        put(swarm, "{between: ");
        put_nodes(swarm);
        put_time(swarm, "for");
        put(swarm, "}");
        break;
    case RH_FAULT_CUT_PIPE:
        put_bytes(swarm, draw(swarm, 200));
        break;
    case RH_FAULT_LOSE_BYTES:
        put_bytes(swarm, 1 + draw(swarm, 20));
        break;
    case RH_FAULT_NARROW_PIPE:
        put_bytes(swarm, UINT64_C(1) << draw(swarm, 10));
        break;
    case RH_FAULT_FORGE:
        put_forgery(swarm);
        break;
    case RH_FAULT_REPLAY:
        put(swarm, some_actor(swarm));
        break;
    default:
        if (rh_fault_kind_family(kind) == RH_FAULT_FAMILY_PIPE) {
            put_nodes(swarm);
        } else if (is_of_process(kind)) {
            put(swarm, programs->at[draw(swarm, programs->count)]);
        } else if (rh_fault_kind_family(kind) == RH_FAULT_FAMILY_MESSAGE) {
            put_prey(swarm);
        } else {
            put(swarm, some_actor(swarm));
        }
        break;
    }
}

static void put_fault(struct swarm *swarm, enum rh_fault_kind kind)
{
    uint64_t max = 1 + draw(swarm, 3);
    uint64_t weight = UINT64_C(1) << draw(swarm, 4);
    (void)rh_text_buffer_print(&swarm->text, "    - {%s: ", rh_fault_kind_word(kind));
    put_target(swarm, kind);
    if (kind == RH_FAULT_STALL || kind == RH_FAULT_HOLD || kind == RH_FAULT_SLOW ||
        kind == RH_FAULT_LATE || kind == RH_FAULT_DELAY_START) {
        put_time(swarm, "for");
    }
    if (kind == RH_FAULT_EXHAUST) {
        (void)rh_text_buffer_print(&swarm->text, ", left: %" PRIu64, draw(swarm, 4));
    }
    if (max > 1) {
        (void)rh_text_buffer_print(&swarm->text, ", max: %" PRIu64, max);
    }
    if (weight > 1) {
        (void)rh_text_buffer_print(&swarm->text, ", weight: %" PRIu64, weight);
    }
    put(swarm, "}\n");
    swarm->entries++;
}

/* Nodes lose, double and change no messages of their own, and programs may rely on that; whoever asks again until he is
 * answered never ends against somebody slow; what an actor without memory marks nobody hears; and a flipped bit may leave a
 * frame that says something else. Only where the scenario has such accidents itself does it claim to stand them. */
static bool needs_claim(enum rh_fault_kind kind)
{
    return kind == RH_FAULT_REPLAY || (rh_fault_kind_family(kind) == RH_FAULT_FAMILY_MESSAGE &&
                                       kind != RH_FAULT_HOLD && !is_of_process(kind));
}

static bool is_claimed(const struct rh_plan *plan, enum rh_fault_kind kind)
{
    bool has_some = false;
    bool has_it = false;
    for (uint32_t i = 0; i < plan->fault_count; i++) {
        has_some |= needs_claim(plan->faults[i].kind);
        has_it |= plan->faults[i].kind == kind;
    }
    bool is_own = kind == RH_FAULT_SLOW || kind == RH_FAULT_FAIL_ALLOCATION ||
                  kind == RH_FAULT_EXHAUST || kind == RH_FAULT_FLIP_BYTES ||
                  kind == RH_FAULT_LOSE_BYTES;
    return (has_some || !needs_claim(kind)) && (has_it || !is_own);
}

/* Can a plan for this scenario have it? What a half-open or silent pipe does is found by a deadline only. */
static bool is_possible(const struct swarm *swarm, enum rh_fault_kind kind)
{
    const struct rh_plan *plan = swarm->plan;
    bool is_asked_for = (swarm->kinds >> kind & 1U) != 0;
    enum rh_fault_family family = rh_fault_kind_family(kind);
    bool is_remote = family == RH_FAULT_FAMILY_NODE || family == RH_FAULT_FAMILY_PIPE ||
                     family == RH_FAULT_FAMILY_IO;
    bool needs_deadline = kind == RH_FAULT_BLACK_HOLE || kind == RH_FAULT_HALF_CLOSE_PIPE ||
                          kind == RH_FAULT_LOSE_BYTES;
    bool is_fair = swarm->kinds == 0 ? is_claimed(plan, kind) : is_asked_for;
    return kind != RH_FAULT_REPLACE && is_fair && (!is_remote || plan->nodes.count > 1) &&
           (!needs_deadline || is_asked_for || plan->deadline > 0) &&
           (!is_of_process(kind) || plan->processes.count > 0);
}

static void put_plan(struct swarm *swarm)
{
    for (uint32_t kind = 0; kind < RH_FAULT_COUNT; kind++) {
        bool is_on = draw(swarm, 3) == 0;
        uint64_t times = 1 + draw(swarm, 2);
        for (uint64_t i = 0; is_on && i < times && is_possible(swarm, kind); i++) {
            put_fault(swarm, kind);
        }
    }
    for (uint32_t kind = 0; kind < RH_FAULT_COUNT && swarm->entries == 0; kind++) {
        if (is_possible(swarm, kind)) {
            put_fault(swarm, kind);
        }
    }
}

static void write_plan(struct swarm *swarm, uint64_t seed)
{
    uint64_t budget = 1 + draw(swarm, 6);
    uint64_t own = swarm->keeps ? swarm->plan->fault_budget : 0;
    (void)rh_text_buffer_print(&swarm->text, "faults: # drawn by a swarm of seed 0x%" PRIx64 "\n",
                               seed);
    if (swarm->keeps) {
        (void)rh_text_buffer_print(&swarm->text, "  drawn: 0x%" PRIx64 "\n", seed);
    }
    (void)rh_text_buffer_print(&swarm->text, "  budget: %" PRIu64 "\n  of:\n",
                               own > 0 ? own : budget);
    put_plan(swarm);
}

static enum rh_status write_text(struct swarm *swarm, const struct rh_scenario *scenario,
                                 uint64_t seed, uint64_t runs)
{
    size_t length;
    const char *text = rh_scenario_text(scenario, &length);
    enum rh_status status = copy_rest(swarm, text, length);
    if (!swarm->keeps) {
        put(swarm, "allow_vacuous: faults of a swarm may find nobody\n");
    }
    write_plan(swarm, seed);
    enum rh_status last = rh_text_buffer_print(&swarm->text, "%s", "");
    if (!swarm->keeps) {
        last = rh_text_buffer_print(&swarm->text,
                                    "explore: {strategy: {random: {runs: %" PRIu64
                                    ", seed: 0x%" PRIx64 "}}}\n",
                                    runs, seed);
    }
    return status == RH_OK ? last : status;
}

static enum rh_status draw_text(struct swarm *swarm, const struct rh_scenario *scenario,
                                uint64_t seed, uint64_t runs, struct rh_scenario **ret_drawn)
{
    swarm->plan = &scenario->plan;
    swarm->seed = seed * UINT64_C(0xd1342543de82ef95);
    rh_text_buffer_init(&swarm->text, scenario->allocator, TEXT_BYTES_MAX);
    enum rh_status status = write_text(swarm, scenario, seed, runs);
    if (status == RH_OK && swarm->entries == 0) {
        status = RH_INVALID;
    }
    if (status == RH_OK) {
        status = rh_scenario_parse(scenario->allocator, rh_scenario_path(scenario),
                                   rh_text_buffer_text(&swarm->text), swarm->text.length,
                                   scenario->program, ret_drawn);
    }
    rh_text_buffer_deinit(&swarm->text);
    return status;
}

/* What fails as it should has nothing to show under faults. */
enum rh_status rh_scenario_swarm(const struct rh_scenario *scenario, uint64_t seed, uint64_t runs,
                                 struct rh_scenario **ret_drawn)
{
    *ret_drawn = NULL;
    const struct rh_plan *plan = &scenario->plan;
    if (scenario->status != RH_OK || plan->actor_count == 0 || plan->expect_failure != NULL) {
        return RH_INVALID;
    }
    struct swarm swarm = {.kinds = 0};
    return draw_text(&swarm, scenario, seed, runs, ret_drawn);
}

enum rh_status rh_scenario_draw(const struct rh_scenario *scenario, uint64_t seed,
                                struct rh_scenario **ret_drawn)
{
    struct swarm swarm = {.keeps = true, .kinds = scenario->plan.swarm.kinds};
    return draw_text(&swarm, scenario, seed, 0, ret_drawn);
}

/* SPDX-License-Identifier: MIT */
/* One run of each class: as many as arithmetic says, and as a count of every interleaving says for programs of chance. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <rehearse/scenario.h>

#include "harness/play/play.h"
#include "harness/play/tests/brute.h"
#include "harness/scenario/scenario.h"

/* What has fewer classes is counted in parts, too. */
#define PARTED_CLASSES_MAX 300u

/* ---- sets of numbers ---- */

struct set {
    uint64_t *at;
    size_t capacity;
    size_t count;
};

static bool set_insert(uint64_t *at, size_t capacity, uint64_t key)
{
    size_t i = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (capacity - 1);
    while (at[i] != 0 && at[i] != key) {
        i = (i + 1) & (capacity - 1);
    }
    bool is_new = at[i] == 0;
    at[i] = key;
    return is_new;
}

static bool set_add(struct set *set, uint64_t key)
{
    if (set->count * 2 >= set->capacity) {
        size_t capacity = set->capacity == 0 ? 64 : set->capacity * 2;
        uint64_t *at = calloc(capacity, sizeof(*at));
        assert_non_null(at);
        for (size_t i = 0; i < set->capacity; i++) {
            if (set->at[i] != 0) {
                (void)set_insert(at, capacity, set->at[i]);
            }
        }
        free(set->at);
        set->at = at;
        set->capacity = capacity;
    }
    bool is_new = set_insert(set->at, set->capacity, key == 0 ? 1 : key);
    set->count += is_new;
    return is_new;
}

/* ---- exploring ---- */

struct found {
    uint64_t runs;
    uint64_t classes; /**< distinct */
    uint64_t visited;
    uint64_t blocked;
    bool is_complete;
    struct set outcomes;
};

enum followed {
    UNFOLLOWED,
    BY_BRUTE,
    BY_CLASSES
};

/* Play a scenario with a strategy until it wants no more, or for so many runs. */
static void explore_as(const char *text, struct rh_strategy *strategy, enum followed followed,
                       uint64_t runs_max, struct found *found)
{
    struct rh_scenario *scenario = NULL;
    static const char *const none[] = {NULL};
    const struct rh_judge_options options = {.only = none};
    struct rh_judge *judge = NULL;
    struct rh_play *play = NULL;
    struct set classes = {0};
    struct set endings = {0};
    *found = (struct found){0};
    enum rh_status status =
        rh_scenario_parse(NULL, "test.yaml", text, strlen(text), NULL, &scenario);
    if (status != RH_OK) {
        char said[2000];
        (void)rh_scenario_diagnostics(scenario, false, said, sizeof said);
        print_message("%s\n%s\n", text, said);
    }
    assert_int_equal(status, RH_OK);
    assert_int_equal(rh_play_create(scenario, rh_allocator_default(), &play), RH_OK);
    assert_int_equal(rh_judge_create(&options, &judge), RH_OK);
    for (bool more = true; more && found->runs < runs_max;) {
        struct rh_play_run run = {
            .strategy = strategy, .seed = 1, .run = found->runs, .judge = judge};
        struct rh_play_report report;
        rh_strategy_begin(strategy);
        assert_int_equal(rh_play_run(play, &run, &report), RH_OK);
        if (!rh_strategy_cuts(strategy)) {
            uint64_t class = followed == UNFOLLOWED ? found->runs + 1 : brute_class(strategy);
            uint64_t outcome = report.outcome[0] ^ report.outcome[1];
            (void)set_add(&found->outcomes, outcome);
            (void)set_add(&classes, class);
            (void)set_add(&endings, class * 3 + outcome);
        }
        found->runs++;
        more = rh_strategy_end(strategy);
    }
    found->classes = classes.count;
    found->visited = followed == BY_CLASSES ? strategy->classes : classes.count;
    found->blocked = strategy->blocked;
    found->is_complete = strategy->complete;
    if (endings.count != classes.count) {
        print_message("%zu classes, %zu endings\n%s\n", classes.count, endings.count, text);
    }
    assert_int_equal(endings.count, classes.count); /* a class ends in one way */
    free(classes.at);
    free(endings.at);
    rh_strategy_destroy(strategy);
    rh_judge_destroy(judge);
    rh_play_destroy(play);
    rh_scenario_destroy(scenario);
}

static void explore(const char *text, struct rh_strategy *strategy, bool is_brute,
                    uint64_t runs_max, struct found *found)
{
    explore_as(text, strategy, is_brute ? BY_BRUTE : BY_CLASSES, runs_max, found);
}

static void explore_unfollowed(const char *text, struct rh_strategy *strategy, uint64_t runs_max,
                               struct found *found)
{
    explore_as(text, strategy, UNFOLLOWED, runs_max, found);
}

static void explore_classes(const char *text, uint64_t runs_max, struct found *found)
{
    struct rh_strategy *strategy = NULL;
    assert_int_equal(rh_strategy_dpor(NULL, 10000, (size_t)64 << 20, &strategy), RH_OK);
    explore(text, brute_watch(strategy), false, runs_max, found);
}

/* In parts the same classes are found, each once. What others cover may have to be played, since a part does not know what
 * the others remember. */
static void assert_parts(const char *text, uint64_t runs_max, const struct found *whole)
{
    static const uint64_t sizes[] = {2, 7};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct rh_strategy *strategy = NULL;
        struct found found;
        assert_int_equal(rh_strategy_dpor(NULL, 10000, (size_t)64 << 20, &strategy), RH_OK);
        explore(text, brute_watch_parts(strategy, sizes[i]), false, 2 * runs_max, &found);
        assert_int_equal(found.classes, whole->classes);
        assert_int_equal(found.visited, whole->visited);
        assert_int_equal(found.outcomes.count, whole->outcomes.count);
        assert_int_equal(found.is_complete, whole->is_complete);
        free(found.outcomes.at);
    }
}

/* ---- programs ---- */

static char text[65536];
static size_t length;

static void put(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int written = vsnprintf(text + length, sizeof text - length, format, arguments);
    va_end(arguments);
    assert_true(written >= 0 && (size_t)written < sizeof text - length);
    length += (size_t)written;
}

static void put_head(void)
{
    length = 0;
    put("scenario: counted\ntime: free\n");
}

static uint64_t factorial(uint32_t n)
{
    return n < 2 ? 1 : n * factorial(n - 1);
}

/* The sum of n! / i!: floor(e n!). */
static uint64_t arrangements(uint32_t n)
{
    return n == 0 ? 1 : n * arrangements(n - 1) + 1;
}

static uint64_t choose(uint32_t n, uint32_t k)
{
    return k == 0 ? 1 : choose(n - 1, k - 1) * n / k;
}

/* The program in `text` has so many classes, each is visited once, and nothing else is. */
static void assert_classes(uint64_t expected)
{
    struct found found;
    explore_classes(text, 200000, &found);
    if (found.classes != expected || found.blocked != 0 || !found.is_complete) {
        print_message("%s\n%" PRIu64 " classes, %" PRIu64 " blocked\n", text, found.classes,
                      found.blocked);
    }
    assert_true(found.is_complete);
    assert_int_equal(found.classes, expected);
    assert_int_equal(found.blocked, 0);
    assert_int_equal(found.runs, expected);
    if (expected < PARTED_CLASSES_MAX) {
        assert_parts(text, 10000, &found);
    }
    free(found.outcomes.at);
}

static void put_fan_in(uint32_t n, uint32_t k)
{
    put_head();
    put("actors:\n  r: sink\n");
    for (uint32_t i = 0; i < n; i++) {
        put("  s%u: {behaviour: sender, with: {to: <r>, count: %u}}\n", i, k);
    }
}

static void counts_fans(void **state)
{
    static const uint32_t several[][3] = {{2, 2, 6},   {2, 3, 20},   {2, 4, 70},  {3, 2, 90},
                                          {2, 5, 252}, {4, 2, 2520}, {3, 3, 1680}};
    (void)state;
    for (uint32_t n = 1; n <= 6; n++) {
        put_fan_in(n, 1);
        assert_classes(factorial(n));
    }
    for (size_t i = 0; i < sizeof several / sizeof several[0]; i++) {
        put_fan_in(several[i][0], several[i][1]);
        assert_classes(several[i][2]);
    }
}

static void counts_broadcasts_and_pairs(void **state)
{
    static const uint32_t sizes[][2] = {{2, 2}, {3, 2}, {4, 2}, {2, 3}, {3, 3}};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint64_t expected = 1;
        put_head();
        put("behaviours:\n  caster:\n    init:\n");
        for (uint32_t j = 0; j < sizes[i][1]; j++) {
            put("      - {send: {to: <r%u>, message: hello}}\n", j);
            expected *= factorial(sizes[i][0]);
        }
        put("    on: [{message: never, do: []}]\nactors:\n");
        for (uint32_t j = 0; j < sizes[i][1]; j++) {
            put("  r%u: sink\n", j);
        }
        for (uint32_t j = 0; j < sizes[i][0]; j++) {
            put("  s%u: caster\n", j);
        }
        assert_classes(expected);
    }
    put_head();
    put("actors:\n");
    for (uint32_t i = 0; i < 6; i++) {
        put("  r%u: sink\n  s%u: {behaviour: sender, with: {to: <r%u>, count: 3}}\n", i, i, i);
    }
    assert_classes(1);
}

static void counts_diamonds_and_stages(void **state)
{
    (void)state;
    for (uint32_t n = 2; n <= 5; n++) {
        put_head();
        put("behaviours:\n  source:\n    init:\n");
        for (uint32_t i = 0; i < n; i++) {
            put("      - {send: {to: <w%u>, message: job}}\n", i);
        }
        put("    on: [{message: never, do: []}]\nactors:\n  sink: sink\n  source: source\n");
        for (uint32_t i = 0; i < n; i++) {
            put("  w%u: {behaviour: forward, with: {to: <sink>}}\n", i);
        }
        assert_classes(factorial(n));
    }
    for (uint32_t k = 1; k <= 4; k++) {
        for (uint32_t stages = 1; stages <= 3; stages++) {
            put_head();
            put("actors:\n  f0: sink\n");
            for (uint32_t i = 0; i < stages; i++) {
                put("  f%u: {behaviour: forward, with: {to: <f%u>}}\n", i + 1, i);
            }
            put("  a: {behaviour: sender, with: {to: <f%u>, count: %u}}\n", stages, k);
            put("  b: {behaviour: sender, with: {to: <f%u>, count: %u}}\n", stages, k);
            assert_classes(choose(2 * k, k));
        }
    }
}

static void counts_tokens(void **state)
{
    static const uint32_t rows[][4] = {
        {4, 1, 6, 1}, {4, 2, 2, 3}, {4, 2, 4, 3}, {4, 2, 8, 5}, {3, 3, 3, 16}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t n = rows[i][0];
        put_head();
        put("behaviours:\n");
        for (uint32_t j = 0; j < n; j++) {
            put("  b%u:\n    on:\n      - message: [token, 0]\n        do: []\n", j);
            for (uint32_t h = 1; h <= rows[i][2]; h++) {
                put("      - message: [token, %u]\n"
                    "        do: [{send: {to: <a%u>, message: [token, %u]}}]\n",
                    h, (j + 1) % n, h - 1);
            }
        }
        put("actors:\n");
        for (uint32_t j = 0; j < n; j++) {
            put("  a%u: b%u\n", j, j);
        }
        for (uint32_t t = 0; t < rows[i][1]; t++) {
            put("  s%u: {behaviour: sender, with: {to: <a%u>, message: [token, %u]}}\n", t,
                t * n / rows[i][1], rows[i][2]);
        }
        assert_classes(rows[i][3]);
    }
}

static void put_all_to_all(uint32_t n, bool started)
{
    put_head();
    put("behaviours:\n");
    for (uint32_t i = 0; i < n; i++) {
        put("  b%u:\n%s", i,
            started ? "    on:\n      - message: start\n        do:\n"
                    : "    on: [{message: never, do: []}]\n    init:\n");
        for (uint32_t j = 0; j < n; j++) {
            if (j != i) {
                put("%s      - {send: {to: <a%u>, message: hello}}\n", started ? "    " : "", j);
            }
        }
    }
    put("actors:\n");
    for (uint32_t i = 0; i < n; i++) {
        put("  a%u: b%u\n", i, i);
    }
    for (uint32_t i = 0; i < n && started; i++) {
        put("  s%u: {behaviour: sender, with: {to: <a%u>, message: start}}\n", i, i);
    }
}

static void counts_all_to_all(void **state)
{
    (void)state;
    put_all_to_all(2, true);
    assert_classes(3);
    put_all_to_all(3, true);
    assert_classes(98);
    put_all_to_all(2, false);
    assert_classes(1);
    put_all_to_all(3, false);
    assert_classes(8);
    put_all_to_all(4, false);
    assert_classes(1296);
}

static void counts_barriers(void **state)
{
    (void)state;
    for (uint32_t depth = 1; depth <= 3; depth++) {
        put_head();
        put("behaviours:\n  node:\n    state: {seen: 0, up: null}\n    on:\n"
            "      - {message: up, if: {$seen: 0}, do: [{set: {$seen: 1}}]}\n"
            "      - {message: up, do: [{send: {to: $up, message: up}}]}\n"
            "actors:\n  n0: sink\n");
        uint32_t inner = (1U << depth) - 1;
        for (uint32_t i = 1; i <= inner; i++) {
            put("  n%u: {behaviour: node, with: {up: <n%u>}}\n", i, i / 2);
        }
        for (uint32_t i = inner + 1; i <= 2 * inner + 1; i++) {
            put("  n%u: {behaviour: sender, with: {to: <n%u>, message: up}}\n", i, i / 2);
        }
        assert_classes(UINT64_C(1) << inner);
    }
}

static void counts_pools(void **state)
{
    static const uint32_t rows[][3] = {{2, 2, 2}, {2, 3, 4},  {2, 4, 8},
                                       {3, 3, 6}, {3, 4, 18}, {3, 5, 54}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t workers = rows[i][0];
        put_head();
        put("behaviours:\n  pool:\n    state: {left: %u}\n    init:\n", rows[i][1] - workers);
        for (uint32_t w = 0; w < workers; w++) {
            put("      - {send: {to: <w%u>, message: job}}\n", w);
        }
        put("    on:\n      - {message: done, if: {$left: {gt: 0}}, do: [{add: {$left: -1}}, "
            "{reply: job}]}\n"
            "  hand:\n    on: [{message: job, do: [{reply: done}]}]\nactors:\n  pool: pool\n");
        for (uint32_t w = 0; w < workers; w++) {
            put("  w%u: hand\n", w);
        }
        assert_classes(rows[i][2]);
    }
}

static void counts_commits(void **state)
{
    (void)state;
    for (uint32_t n = 2; n <= 4; n++) {
        put_head();
        put("behaviours:\n  coordinator:\n    state: {left: %u}\n    init:\n", n);
        for (uint32_t i = 0; i < n; i++) {
            put("      - {send: {to: <p%u>, message: prepare}}\n", i);
        }
        put("    on:\n      - {message: vote, if: {$left: {gt: 1}}, do: [{add: {$left: -1}}]}\n"
            "      - message: vote\n        do:\n");
        for (uint32_t i = 0; i < n; i++) {
            put("          - {send: {to: <p%u>, message: commit}}\n", i);
        }
        put("  participant:\n    on:\n      - {message: prepare, do: [{reply: vote}]}\n"
            "      - {message: commit, do: [{reply: ack}]}\nactors:\n  c: coordinator\n");
        for (uint32_t i = 0; i < n; i++) {
            put("  p%u: participant\n", i);
        }
        assert_classes(factorial(n) * factorial(n));
    }
}

static void counts_timers(void **state)
{
    (void)state;
    for (uint32_t n = 1; n <= 4; n++) {
        put_head();
        put("behaviours:\n  caller:\n    state: {t: null, x: null}\n    init:\n"
            "      - {timer: {after: 5ms, message: late, as: $t}}\n");
        for (uint32_t i = 0; i < n; i++) {
            put("      - {send: {to: <s%u>, message: ask}}\n", i);
        }
        put("    on:\n      - {message: answer, do: [{cancel: {timer: $t, as: $x}}]}\n"
            "  answering:\n    on: [{message: ask, do: [{reply: answer}]}]\nactors:\n  c: caller\n");
        for (uint32_t i = 0; i < n; i++) {
            put("  s%u: answering\n", i);
        }
        assert_classes(2 * factorial(n));
    }
}

/* Setting a timer puts off those of others that are due later, and does not if they have fired: a and b are set in any order,
 * and the first of them may fire before the other is set. */
static void counts_timers_of_two(void **state)
{
    struct found all;
    (void)state;
    put_head();
    put("actors:\n  t: sink\n"
        "  a: {behaviour: sink, script: [{timer: {after: 1ms, to: t, message: a}}]}\n"
        "  b: {behaviour: sink, script: [{timer: {after: 2ms, to: t, message: b}}]}\n");
    explore(text, brute_create(), true, 1000, &all);
    assert_true(all.is_complete);
    assert_int_equal(all.outcomes.count, 2);
    free(all.outcomes.at);
    assert_classes(4);
}

/* Everybody who dies does so by a script of its own. */
static void counts_exits_and_notices(void **state)
{
    static const char *const ways[] = {"monitor", "link"};
    (void)state;
    for (uint32_t n = 1; n <= 4; n++) {
        for (size_t way = 0; way < 2; way++) {
            put_head();
            put("actors:\n");
            for (uint32_t i = 0; i < n; i++) {
                put("  t%u: {behaviour: sink, script: [{exit: boom}]}\n", i);
            }
            put("  w: {behaviour: sink, trap: true, %s: [", ways[way]);
            for (uint32_t i = 0; i < n; i++) {
                put("%s<t%u>", i == 0 ? "" : ", ", i);
            }
            put("]}\n");
            assert_classes(factorial(n)); /* notices in any order */

            put_head();
            put("actors:\n  t: {behaviour: sink, script: [{exit: boom}]}\n");
            for (uint32_t i = 0; i < n; i++) {
                put("  w%u: {behaviour: sink, trap: true, script: [{%s: <t>}]}\n", i, ways[way]);
            }
            assert_classes(UINT64_C(1) << n); /* each half in time or too late */

            put_head();
            put("actors:\n  t: {behaviour: sink, script: [{exit: boom}]}\n");
            for (uint32_t i = 0; i < n; i++) {
                put("  w%u: {behaviour: sink, trap: true, %s: [<t>]}\n", i, ways[way]);
            }
            assert_classes(1); /* a star */
        }
        put_head();
        put("actors:\n  c0: {behaviour: sink, script: [{exit: boom}]}\n");
        for (uint32_t i = 1; i <= n; i++) {
            put("  c%u: {behaviour: sink, link: [<c%u>]}\n", i, i - 1);
        }
        assert_classes(1); /* a chain that is killed at its end */
    }
}

static void counts_crashes_among_messages(void **state)
{
    (void)state;
    for (uint32_t n = 1; n <= 5; n++) {
        put_fan_in(n, 1);
        put("faults: [{crash: r}]\n");
        assert_classes(factorial(n) + arrangements(n));
        put_head();
        put("actors:\n  r: {behaviour: sink, script: [{exit: boom}]}\n");
        for (uint32_t i = 0; i < n; i++) {
            put("  s%u: {behaviour: sender, with: {to: <r>}}\n", i);
        }
        assert_classes(arrangements(n));
    }
}

static void counts_crashes_among_notices(void **state)
{
    (void)state;
    for (uint32_t n = 1; n <= 4; n++) {
        put_head();
        put("actors:\n");
        for (uint32_t i = 0; i < n; i++) {
            put("  t%u: sink\n", i);
        }
        put("  w: {behaviour: sink, monitor: [");
        for (uint32_t i = 0; i < n; i++) {
            put("%s<t%u>", i == 0 ? "" : ", ", i);
        }
        put("]}\nfaults:\n");
        for (uint32_t i = 0; i < n; i++) {
            put("  - {crash: t%u}\n", i);
        }
        assert_classes(arrangements(n)); /* any targets, their notices in any order */
    }
}

/* 1 + F(2n) outcomes, and as many classes. */
static void counts_crashes_in_chains(void **state)
{
    uint64_t before = 0;
    uint64_t fibonacci = 1; /* F(1) */
    (void)state;
    for (uint32_t n = 1; n <= 5; n++) {
        uint64_t even = before + fibonacci; /* F(2n) */
        put_head();
        put("actors:\n  c0: sink\n");
        for (uint32_t i = 1; i < n; i++) {
            put("  c%u: {behaviour: sink, link: [<c%u>]}\n", i, i - 1);
        }
        put("faults:\n");
        for (uint32_t i = 0; i < n; i++) {
            put("  - {crash: c%u, reason: r%u}\n", i, i);
        }
        assert_classes(1 + even);
        before = even;
        fibonacci += even; /* F(2n + 1) */
    }
}

/* ---- random programs ---- */

static uint64_t dice;

static uint32_t roll(uint32_t below)
{
    dice += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t x = dice;
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((x ^ (x >> 31)) % below);
}

static uint32_t actor_count;
static bool is_timed;
static bool has_windows; /* of time */
static bool with_timers;
static bool in_script;
static uint32_t
    level; /* of the message that is being handled: what it sends is of a higher one, or it would not end */

static char actor(void)
{
    return (char)('a' + roll(actor_count));
}

static void put_plain_op(unsigned what)
{
    const char message = (char)('x' + level + roll(3 - level));
    switch (what) {
    case 0:
    case 1:
    case 2:
        put("{send: {to: <%c>, message: %c}}", actor(), message);
        break;
    case 3:
        put("{link: <%c>}", actor());
        break;
    case 4:
        put("{unlink: <%c>}", actor());
        break;
    case 5:
        put("{monitor: <%c>}", actor());
        break;
    case 6:
        put("{exit: %s}", roll(3) == 0 ? "kill" : "boom");
        break;
    case 7:
        put("{exit_signal: {to: <%c>, reason: gone}}", actor());
        break;
    default:
        put("{kill: <%c>}", actor());
        break;
    }
}

/* What actors share besides their lives and links. */
static void put_common_op(unsigned what)
{
    const char message = (char)('x' + level + roll(3 - level));
    switch (what) {
    case 0:
        put("{register: {name: n%u, status: $s}}", roll(2));
        break;
    case 1:
        put("{whereis: {name: n%u, as: $w}}", roll(2));
        break;
    case 2:
        put("{send_name: {name: n%u, message: %c, status: $s}}", roll(2), message);
        break;
    case 3:
        put("{unregister: {name: n%u, status: $s}}", roll(2));
        break;
    case 4:
        put("{ask_alive: <%c>}", actor());
        break;
    case 5:
        put("{spawn: {behaviour: child, link: %s}}", roll(2) == 0 ? "true" : "false");
        break;
    case 6:
        put("{join: g}");
        break;
    case 7:
        put("{broadcast: {group: g, message: %c}}", message);
        break;
    case 8:
        put(in_script ? "{output: here}" : "{output: [$s, $w]}");
        break;
    case 9:
        put("{send_name: {name: n%u, node: n1, message: %c, status: $s}}", roll(2), message);
        break;
    case 10:
        put("{links: $w}");
        break;
    case 11:
        put(in_script ? "{output: what}" : "{draw: {below: 2, as: $w}}");
        break;
    case 12:
        put("{timer: {after: %ums, message: z, as: $t", 1 + roll(3));
        put(roll(2) == 0 ? "}}" : ", to: <%c>}}", actor());
        break;
    default:
        put(in_script ? "{output: there}" : "{cancel: {timer: $t, as: $w}}");
        break;
    }
}

#define COMMON_OPS 14u

static void put_ops(uint32_t most)
{
    uint32_t count = roll(most + 1);
    put("[");
    for (uint32_t i = 0; i < count; i++) {
        put(i == 0 ? "" : ", ");
        if (roll(5) < 2) {
            put_plain_op(roll(9));
        } else {
            put_common_op(roll(with_timers ? COMMON_OPS : COMMON_OPS - 2));
        }
    }
    put("]");
}

/* A few actors that know each other, some messages under way, scripts, perhaps a crash. */
static void put_program(uint64_t seed)
{
    dice = seed;
    actor_count = 2 + roll(2);
    with_timers = is_timed || roll(3) == 0;
    put_head();
    if (is_timed) {
        length = 0;
        put("scenario: counted\n");
    }
    if (has_windows) {
        put("stall: %ums\n", 1 + roll(4));
    }
    put("behaviours:\n  child:\n    on: [{message: x, do: [{output: x}]}]\n");
    for (uint32_t i = 0; i < actor_count; i++) {
        put("  b%c:\n    state: {s: none, w: null, t: null}\n    on:\n", (char)('a' + i));
        level = 1;
        put("      - {message: x, do: ");
        put_ops(2);
        level = 2;
        put("}\n      - {message: y, do: ");
        put_ops(2);
        put("}\n");
        if (with_timers) {
            put("      - {timeout: z, do: ");
            with_timers = false; /* or it would not end */
            put_ops(1);
            with_timers = true;
            put("}\n");
        }
    }
    put("actors:\n");
    for (uint32_t i = 0; i < actor_count; i++) {
        put("  %c: {behaviour: b%c, trap: %s", (char)('a' + i), (char)('a' + i),
            roll(2) == 0 ? "true" : "false");
        if (roll(3) > 0) {
            put(", script: ");
            in_script = true;
            level = 0;
            put_ops(2);
            in_script = false;
        }
        put("}\n");
    }
    if (roll(3) == 0) {
        put("faults:\n  - %s: a\n", roll(3) == 0 ? "kill" : "crash");
    }
    put("steps:\n  - race:\n");
    uint32_t sends = 1 + roll(3);
    for (uint32_t i = 0; i < sends; i++) {
        put("      - %c: {send: {to: <%c>, message: %c}}\n", actor(), actor(),
            roll(2) == 0 ? 'x' : 'y');
    }
}

#define RUNS_MAX 800u
#define PROGRAMS 200u

struct tally {
    uint64_t compared;
    uint64_t blocked;
    uint64_t runs;
    uint64_t classes;
};

static bool has_all(const struct set *set, const struct set *others)
{
    for (size_t i = 0; i < others->capacity; i++) {
        if (others->at[i] != 0 && set_insert(set->at, set->capacity, others->at[i])) {
            return false;
        }
    }
    return true;
}

/* An actor that another node knows is watched by the connection: its end says so there, or it never was known. */
static void follows_what_crosses_between_nodes(void **state)
{
    struct found found;
    (void)state;
    length = 0;
    put("scenario: counted\nnodes: [n1, n2]\npipes: [{between: [n1, n2], connected: true}]\n"
        "actors:\n  a: {behaviour: sink, trap: true, script: [{link: <b>}]}\n"
        "  b: {behaviour: sink, node: n2, script: [{exit: boom}]}\n");
    explore_classes(text, 2000, &found);
    assert_true(found.is_complete);
    assert_int_equal(found.blocked, 0);
    assert_int_equal(found.outcomes.count, 2); /* boom, or noproc */
    free(found.outcomes.at);
}

/* What a strategy that follows nothing shows, which sees only times that there are: all of it is found in classes, too, and
 * nothing else if no fault may choose its time. */
static void compare_with_all_orders(const struct found *reduced, bool has_faults)
{
    struct rh_strategy *strategy = NULL;
    struct found plain;
    assert_int_equal(rh_strategy_exhaustive(NULL, 10000, &strategy), RH_OK);
    explore_unfollowed(text, strategy, 5000, &plain);
    if (plain.is_complete) {
        bool same = has_all(&reduced->outcomes, &plain.outcomes) &&
                    (has_faults || reduced->outcomes.count == plain.outcomes.count);
        if (!same) {
            print_message("%zu outcomes in classes, %zu in all orders\n%s\n",
                          reduced->outcomes.count, plain.outcomes.count, text);
        }
        assert_true(same);
    }
    free(plain.outcomes.at);
}

/* A target that dies has its watcher set a timer: whether that fires before another one of the watcher's depends on the
 * instant at which the target dies. */
static void finds_faults_at_every_instant(void **state)
{
    struct found all;
    struct found reduced;
    (void)state;
    length = 0;
    put("scenario: counted\nbehaviours:\n"
        "  watcher:\n"
        "    init: [{timer: {after: 2500us, message: fixed}}]\n"
        "    on:\n"
        "      - {down: _, do: [{timer: {after: 2ms, message: mine}}]}\n"
        "      - {timeout: mine, do: [{output: mine}]}\n"
        "      - {timeout: fixed, do: [{output: fixed}]}\n"
        "  clock:\n"
        "    init: [{timer: {after: 1ms, message: tick}}]\n"
        "    on: [{timeout: tick, do: []}]\n"
        "actors:\n  t: sink\n  w: {behaviour: watcher, monitor: [<t>]}\n  c: clock\n"
        "faults: [{crash: t}]\n");
    explore(text, brute_create(), true, 1000, &all);
    explore_classes(text, 1000, &reduced);
    assert_true(all.is_complete);
    assert_true(reduced.is_complete);
    assert_int_equal(reduced.classes, all.classes);
    assert_int_equal(reduced.outcomes.count, 4);
    compare_with_all_orders(&reduced, true);
    free(all.outcomes.at);
    free(reduced.outcomes.at);
}

/* What waited is in no order with what is due when it can happen at last: a signal that a time-out was let pass, bytes that
 * were held up where nodes were parted. */
static void shows_what_is_late_in_every_order(void **state)
{
    static const char *const late[] = {
        "scenario: late\nbehaviours:\n"
        "  waiter:\n"
        "    on:\n"
        "      - {message: go, do: [{timer: {after: 1s, message: up}}]}\n"
        "      - {timeout: up, do: [{send: {to: <hears>, message: up}}]}\n"
        "actors:\n  waiter: waiter\n  hears: sink\n"
        "  giver: {behaviour: sink, script: [{send: {to: hears, message: first}}, "
        "{send: {to: waiter, message: go}}]}\n"
        "faults: [{fire: waiter}]\n",
        "scenario: late\nnodes: [n1, n2]\n"
        "pipes: [{between: [n1, n2], connected: true, latency: 1ms}]\n"
        "actors:\n  far: sink\n  hears: {behaviour: sink, node: n2}\n"
        "steps:\n  - part: [n1, n2]\n  - far: {send: {to: <hears>, message: far}}\n"
        "  - wait: 10ms\n  - rejoin: [n1, n2]\n  - reset_pipe: [n1, n2]\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof late / sizeof late[0]; i++) {
        struct found found;
        length = 0;
        put("%s", late[i]);
        explore_classes(text, 1000, &found);
        assert_int_equal(found.outcomes.count, 2);
        compare_with_all_orders(&found, false);
        free(found.outcomes.at);
    }
}

static void compare_program(uint64_t seed, struct tally *tally)
{
    struct found all;
    struct found reduced;
    explore(text, brute_create(), true, RUNS_MAX, &all);
    if (all.is_complete) {
        explore_classes(text, RUNS_MAX, &reduced);
        bool same = reduced.is_complete && reduced.outcomes.count == all.outcomes.count &&
                    reduced.classes == all.classes && reduced.visited == all.classes;
        if (!same) {
            print_message("seed %" PRIu64 ": %" PRIu64 " runs, %" PRIu64 " classes, %zu outcomes; "
                          "dpor %" PRIu64 " runs, %" PRIu64 " classes, %" PRIu64
                          " blocked, %zu outcomes%s\n%s\n",
                          seed, all.runs, all.classes, all.outcomes.count, reduced.visited,
                          reduced.classes, reduced.blocked, reduced.outcomes.count,
                          reduced.is_complete ? "" : ", lost", text);
        }
        assert_true(same);
        if (reduced.classes < PARTED_CLASSES_MAX) {
            assert_parts(text, RUNS_MAX, &reduced);
        }
        if (is_timed) {
            compare_with_all_orders(&reduced, strstr(text, "faults:") != NULL);
        }
        tally->compared++;
        tally->blocked += reduced.blocked;
        tally->runs += all.runs;
        tally->classes += all.classes;
        free(reduced.outcomes.at);
    }
    free(all.outcomes.at);
}

static void compare_programs(uint64_t count)
{
    struct tally tally = {0};
    for (uint64_t seed = 1; seed <= count; seed++) {
        put_program(seed);
        compare_program(seed, &tally);
    }
    print_message("%" PRIu64 " programs, %" PRIu64 " interleavings, %" PRIu64 " classes, %" PRIu64
                  " blocked\n",
                  tally.compared, tally.runs, tally.classes, tally.blocked);
    assert_true(tally.compared * 5 > count * 2);
}

static void visits_each_class_of_random_programs_once(void **state)
{
    (void)state;
    is_timed = false;
    compare_programs(PROGRAMS);
}

static void visits_each_class_of_programs_in_time_once(void **state)
{
    (void)state;
    is_timed = true;
    compare_programs(PROGRAMS);
}

/* What may happen at any time of a window is put off until time has gone on, or not. */
static void visits_each_class_of_programs_with_windows_once(void **state)
{
    (void)state;
    is_timed = true;
    has_windows = true;
    compare_programs(PROGRAMS);
}

/* A barrier waits for what a timer has brought about, and for no timer: the timer may fire behind it as well. */
static void turns_timers_and_barriers_round(void **state)
{
    struct found all;
    struct found reduced;
    (void)state;
    put_head();
    put("behaviours:\n"
        "  clock:\n"
        "    init: [{timer: {after: 5ms, message: now}}]\n"
        "    on: [{timeout: now, do: [{send: {to: <q>, message: m}}]}]\n"
        "  teller:\n"
        "    on: [{message: $what, do: [{output: $what}]}]\n"
        "actors:\n  p: clock\n  q: teller\n  a: sink\n"
        "steps:\n"
        "  - a: {send: {to: <a>, message: x}}\n"
        "  - settle\n"
        "  - a: {send: {to: <q>, message: y}}\n");
    explore(text, brute_create(), true, 1000, &all);
    explore_classes(text, 1000, &reduced);
    assert_true(all.is_complete);
    assert_true(reduced.is_complete);
    assert_int_equal(reduced.classes, all.classes);
    assert_int_equal(reduced.outcomes.count, 2);
    assert_int_equal(all.outcomes.count, 2);
    free(all.outcomes.at);
    free(reduced.outcomes.at);
}

/* The message ends its receiver, and with it the only thing that time could go on to: nothing in such a run says that it
 * could have been put off, and what happens at the beginning is in the way of time. */
static void puts_off_what_takes_the_next_instant_away(void **state)
{
    struct found all;
    struct found reduced;
    (void)state;
    length = 0;
    put("scenario: counted\nstall: 2ms\nbehaviours:\n"
        "  fragile:\n"
        "    init: [{timer: {after: 1ms, message: z}}]\n"
        "    on:\n"
        "      - {message: y, do: [{exit: boom}]}\n"
        "      - {timeout: z, do: [{output: z}]}\n"
        "actors:\n"
        "  b: fragile\n"
        "  a: {behaviour: sender, with: {to: b, message: y}}\n"
        "  c: {behaviour: sink, script: [{output: here}]}\n");
    explore(text, brute_create(), true, 1000, &all);
    explore_classes(text, 1000, &reduced);
    assert_true(all.is_complete);
    assert_true(reduced.is_complete);
    assert_int_equal(reduced.classes, all.classes);
    assert_int_equal(reduced.outcomes.count, 2);
    free(all.outcomes.at);
    free(reduced.outcomes.at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_fans),
        cmocka_unit_test(counts_broadcasts_and_pairs),
        cmocka_unit_test(counts_diamonds_and_stages),
        cmocka_unit_test(counts_tokens),
        cmocka_unit_test(counts_all_to_all),
        cmocka_unit_test(counts_barriers),
        cmocka_unit_test(counts_pools),
        cmocka_unit_test(counts_commits),
        cmocka_unit_test(counts_timers),
        cmocka_unit_test(counts_timers_of_two),
        cmocka_unit_test(counts_exits_and_notices),
        cmocka_unit_test(counts_crashes_among_messages),
        cmocka_unit_test(counts_crashes_among_notices),
        cmocka_unit_test(counts_crashes_in_chains),
        cmocka_unit_test(follows_what_crosses_between_nodes),
        cmocka_unit_test(finds_faults_at_every_instant),
        cmocka_unit_test(shows_what_is_late_in_every_order),
        cmocka_unit_test(turns_timers_and_barriers_round),
        cmocka_unit_test(puts_off_what_takes_the_next_instant_away),
        cmocka_unit_test(visits_each_class_of_random_programs_once),
        cmocka_unit_test(visits_each_class_of_programs_in_time_once),
        cmocka_unit_test(visits_each_class_of_programs_with_windows_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) == 0 ? 0 : 1;
}

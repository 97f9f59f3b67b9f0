/* SPDX-License-Identifier: MIT */
/*
 * Programs that arithmetic can count: fans, broadcasts, rings, trees, pools, commits, timers, notices, and the same with
 * crashes. Each family writes its scenario for two sizes, and has a formula or, where there is none, numbers.
 */
#include "harness/selfcheck/families.h"

#include <stdio.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* ---- arithmetic ---- */

static uint64_t factorial(uint64_t n)
{
    return n < 2 ? 1 : n * factorial(n - 1);
}

static uint64_t power(uint64_t base, uint64_t exponent)
{
    return exponent == 0 ? 1 : base * power(base, exponent - 1);
}

/* The sum of n! / i!: floor(e n!). */
static uint64_t arrangements(uint64_t n)
{
    return n == 0 ? 1 : n * arrangements(n - 1) + 1;
}

static uint64_t choose(uint64_t n, uint64_t k)
{
    return k == 0 ? 1 : choose(n - 1, k - 1) * n / k;
}

static uint64_t fibonacci(uint64_t n)
{
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

/* n channels of k events each, interleaved. */
static uint64_t interleavings(uint32_t n, uint32_t k)
{
    uint64_t ways = 1;
    for (uint32_t i = 2; i <= n; i++) {
        ways *= choose((uint64_t)i * k, k);
    }
    return ways;
}

/* ---- messages ---- */

static void put_head(struct text *text, const char *name)
{
    text_put(text, "scenario: %s\ntime: free\nexplore: {strategy: dpor}\n", name);
}

static void put_fan_in(struct text *text, uint32_t n, uint32_t k)
{
    text_put(text, "actors:\n  r: sink\n");
    for (uint32_t i = 0; i < n; i++) {
        text_put(text, "  s%u: {behaviour: sender, with: {to: <r>, count: %u}}\n", i, k);
    }
}

static uint64_t count_broadcast(uint32_t n, uint32_t m)
{
    return power(factorial(n), m);
}

static void put_broadcast(struct text *text, uint32_t n, uint32_t m)
{
    text_put(text, "behaviours:\n  caster:\n    init:\n");
    for (uint32_t j = 0; j < m; j++) {
        text_put(text, "      - {send: {to: <r%u>, message: hello}}\n", j);
    }
    text_put(text, "    on: [{message: never, do: []}]\nactors:\n");
    for (uint32_t j = 0; j < m; j++) {
        text_put(text, "  r%u: sink\n", j);
    }
    for (uint32_t j = 0; j < n; j++) {
        text_put(text, "  s%u: caster\n", j);
    }
}

static uint64_t count_one(uint32_t n, uint32_t k)
{
    (void)n;
    (void)k;
    return 1;
}

static void put_pairs(struct text *text, uint32_t n, uint32_t k)
{
    text_put(text, "actors:\n");
    for (uint32_t i = 0; i < n; i++) {
        text_put(text, "  r%u: sink\n  s%u: {behaviour: sender, with: {to: <r%u>, count: %u}}\n", i,
                 i, i, k);
    }
}

static uint64_t count_factorial(uint32_t n, uint32_t k)
{
    (void)k;
    return factorial(n);
}

static void put_diamond(struct text *text, uint32_t n, uint32_t k)
{
    (void)k;
    text_put(text, "behaviours:\n  source:\n    init:\n");
    for (uint32_t i = 0; i < n; i++) {
        text_put(text, "      - {send: {to: <w%u>, message: job}}\n", i);
    }
    text_put(text, "    on: [{message: never, do: []}]\nactors:\n  sink: sink\n  source: source\n");
    for (uint32_t i = 0; i < n; i++) {
        text_put(text, "  w%u: {behaviour: forward, with: {to: <sink>}}\n", i);
    }
}

static void put_server(struct text *text, uint32_t n, uint32_t rounds)
{
    text_put(text, "behaviours:\n"
                   "  asking:\n    state: {left: 0}\n"
                   "    init: [{send: {to: <server>, message: ask}}]\n    on:\n"
                   "      - message: answer\n        if: {$left: {gt: 1}}\n"
                   "        do: [{add: {$left: -1}}, {send: {to: <server>, message: ask}}]\n"
                   "  answering:\n    on: [{message: ask, do: [{reply: answer}]}]\n"
                   "actors:\n  server: answering\n");
    for (uint32_t i = 0; i < n; i++) {
        text_put(text, "  c%u: {behaviour: asking, with: {left: %u}}\n", i, rounds);
    }
}

static uint64_t count_stages(uint32_t k, uint32_t stages)
{
    (void)stages;
    return choose(2 * (uint64_t)k, k);
}

static void put_stages(struct text *text, uint32_t k, uint32_t stages)
{
    text_put(text, "actors:\n  f0: sink\n");
    for (uint32_t i = 0; i < stages; i++) {
        text_put(text, "  f%u: {behaviour: forward, with: {to: <f%u>}}\n", i + 1, i);
    }
    text_put(text, "  a: {behaviour: sender, with: {to: <f%u>, count: %u}}\n", stages, k);
    text_put(text, "  b: {behaviour: sender, with: {to: <f%u>, count: %u}}\n", stages, k);
}

/* t tokens on a ring of n, `sizes` is n * 10 + t; each makes so many hops after the delivery that starts it. */
static void put_tokens(struct text *text, uint32_t sizes, uint32_t hops)
{
    uint32_t n = sizes / 10;
    uint32_t tokens = sizes % 10;
    text_put(text, "behaviours:\n");
    for (uint32_t j = 0; j < n; j++) {
        text_put(text, "  b%u:\n    on:\n      - message: [token, 0]\n        do: []\n", j);
        for (uint32_t h = 1; h <= hops; h++) {
            text_put(text,
                     "      - message: [token, %u]\n"
                     "        do: [{send: {to: <a%u>, message: [token, %u]}}]\n",
                     h, (j + 1) % n, h - 1);
        }
    }
    text_put(text, "actors:\n");
    for (uint32_t j = 0; j < n; j++) {
        text_put(text, "  a%u: b%u\n", j, j);
    }
    for (uint32_t t = 0; t < tokens; t++) {
        text_put(text, "  s%u: {behaviour: sender, with: {to: <a%u>, message: [token, %u]}}\n", t,
                 t * n / tokens, hops);
    }
}

static uint64_t count_all_to_all(uint32_t n, uint32_t started)
{
    return started != 0 ? 0 : power(factorial(n - 1), n);
}

static void put_all_to_all(struct text *text, uint32_t n, uint32_t started)
{
    text_put(text, "behaviours:\n");
    for (uint32_t i = 0; i < n; i++) {
        text_put(text, "  b%u:\n%s", i,
                 started != 0 ? "    on:\n      - message: start\n        do:\n"
                              : "    on: [{message: never, do: []}]\n    init:\n");
        for (uint32_t j = 0; j < n; j++) {
            if (j != i) {
                text_put(text, "%s      - {send: {to: <a%u>, message: hello}}\n",
                         started != 0 ? "    " : "", j);
            }
        }
    }
    text_put(text, "actors:\n");
    for (uint32_t i = 0; i < n; i++) {
        text_put(text, "  a%u: b%u\n", i, i);
    }
    for (uint32_t i = 0; i < n && started != 0; i++) {
        text_put(text, "  s%u: {behaviour: sender, with: {to: <a%u>, message: start}}\n", i, i);
    }
}

static uint64_t count_tree(uint32_t depth, uint32_t k)
{
    (void)k;
    return power(2, (UINT64_C(1) << depth) - 1);
}

static void put_tree(struct text *text, uint32_t depth, uint32_t k)
{
    uint32_t inner = (1U << depth) - 1;
    (void)k;
    text_put(text, "behaviours:\n  node:\n    state: {seen: 0, up: null}\n    on:\n"
                   "      - {message: up, if: {$seen: 0}, do: [{set: {$seen: 1}}]}\n"
                   "      - {message: up, do: [{send: {to: $up, message: up}}]}\n"
                   "actors:\n  n0: sink\n");
    for (uint32_t i = 1; i <= inner; i++) {
        text_put(text, "  n%u: {behaviour: node, with: {up: <n%u>}}\n", i, i / 2);
    }
    for (uint32_t i = inner + 1; i <= 2 * inner + 1; i++) {
        text_put(text, "  n%u: {behaviour: sender, with: {to: <n%u>, message: up}}\n", i, i / 2);
    }
}

static uint64_t count_pool(uint32_t workers, uint32_t jobs)
{
    return factorial(workers) * power(workers, jobs - workers);
}

static void put_pool(struct text *text, uint32_t workers, uint32_t jobs)
{
    text_put(text, "behaviours:\n  pool:\n    state: {left: %u}\n    init:\n", jobs - workers);
    for (uint32_t w = 0; w < workers; w++) {
        text_put(text, "      - {send: {to: <w%u>, message: job}}\n", w);
    }
    text_put(text,
             "    on:\n      - {message: done, if: {$left: {gt: 0}}, do: [{add: {$left: -1}}, "
             "{reply: job}]}\n"
             "  hand:\n    on: [{message: job, do: [{reply: done}]}]\nactors:\n  pool: pool\n");
    for (uint32_t w = 0; w < workers; w++) {
        text_put(text, "  w%u: hand\n", w);
    }
}

static uint64_t count_commit(uint32_t n, uint32_t k)
{
    (void)k;
    return factorial(n) * factorial(n);
}

static void put_commit(struct text *text, uint32_t n, uint32_t k)
{
    (void)k;
    text_put(text, "behaviours:\n  coordinator:\n    state: {left: %u}\n    init:\n", n);
    for (uint32_t i = 0; i < n; i++) {
        text_put(text, "      - {send: {to: <p%u>, message: prepare}}\n", i);
    }
    text_put(text,
             "    on:\n      - {message: vote, if: {$left: {gt: 1}}, do: [{add: {$left: -1}}]}\n"
             "      - message: vote\n        do:\n");
    for (uint32_t i = 0; i < n; i++) {
        text_put(text, "          - {send: {to: <p%u>, message: commit}}\n", i);
    }
    text_put(text, "  participant:\n    on:\n      - {message: prepare, do: [{reply: vote}]}\n"
                   "      - {message: commit, do: [{reply: ack}]}\nactors:\n  c: coordinator\n");
    for (uint32_t i = 0; i < n; i++) {
        text_put(text, "  p%u: participant\n", i);
    }
}

/* ---- timers and notices ---- */

static uint64_t count_request(uint32_t n, uint32_t k)
{
    (void)k;
    return 2 * factorial(n);
}

static void put_request(struct text *text, uint32_t n, uint32_t k)
{
    (void)k;
    text_put(text, "behaviours:\n  caller:\n    state: {t: null, x: null}\n    init:\n"
                   "      - {timer: {after: 5ms, message: late, as: $t}}\n");
    for (uint32_t i = 0; i < n; i++) {
        text_put(text, "      - {send: {to: <s%u>, message: ask}}\n", i);
    }
    text_put(text, "    on:\n      - {message: answer, do: [{cancel: {timer: $t, as: $x}}]}\n"
                   "  answering:\n    on: [{message: ask, do: [{reply: answer}]}]\n"
                   "actors:\n  c: caller\n");
    for (uint32_t i = 0; i < n; i++) {
        text_put(text, "  s%u: answering\n", i);
    }
}

static const char *way(uint32_t is_link)
{
    return is_link != 0 ? "link" : "monitor";
}

/* One watcher of n that end by themselves. */
static void put_watcher(struct text *text, uint32_t n, uint32_t is_link)
{
    text_put(text, "actors:\n");
    for (uint32_t i = 0; i < n; i++) {
        text_put(text, "  t%u: {behaviour: sink, script: [{exit: boom}]}\n", i);
    }
    text_put(text, "  w: {behaviour: sink, trap: true, %s: [", way(is_link));
    for (uint32_t i = 0; i < n; i++) {
        text_put(text, "%s<t%u>", i == 0 ? "" : ", ", i);
    }
    text_put(text, "]}\n");
}

static uint64_t count_late(uint32_t n, uint32_t is_link)
{
    (void)is_link;
    return power(2, n);
}

/* n that want to know of one, set up while it ends. */
static void put_late(struct text *text, uint32_t n, uint32_t is_link)
{
    text_put(text, "actors:\n  t: {behaviour: sink, script: [{exit: boom}]}\n");
    for (uint32_t i = 0; i < n; i++) {
        text_put(text, "  w%u: {behaviour: sink, trap: true, script: [{%s: <t>}]}\n", i,
                 way(is_link));
    }
}

static void put_star(struct text *text, uint32_t n, uint32_t is_link)
{
    text_put(text, "actors:\n  t: {behaviour: sink, script: [{exit: boom}]}\n");
    for (uint32_t i = 0; i < n; i++) {
        text_put(text, "  w%u: {behaviour: sink, trap: true, %s: [<t>]}\n", i, way(is_link));
    }
}

static void put_links(struct text *text, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++) {
        text_put(text, "  c%u: {behaviour: sink, link: [<c%u>]}\n", i, i - 1);
    }
}

static void put_chain(struct text *text, uint32_t n, uint32_t k)
{
    (void)k;
    text_put(text, "actors:\n  c0: {behaviour: sink, script: [{exit: boom}]}\n");
    put_links(text, n);
}

/* ---- crashes ---- */

static uint64_t count_crash(uint32_t n, uint32_t k)
{
    (void)k;
    return factorial(n) + arrangements(n);
}

static void put_crash(struct text *text, uint32_t n, uint32_t k)
{
    put_fan_in(text, n, k);
    text_put(text, "faults: [{crash: r}]\n");
}

static uint64_t count_arrangements(uint32_t n, uint32_t k)
{
    (void)k;
    return arrangements(n);
}

static void put_certain(struct text *text, uint32_t n, uint32_t k)
{
    text_put(text, "actors:\n  r: {behaviour: sink, script: [{exit: boom}]}\n");
    for (uint32_t i = 0; i < n; i++) {
        text_put(text, "  s%u: {behaviour: sender, with: {to: <r>, count: %u}}\n", i, k);
    }
}

static void put_crash_any(struct text *text, uint32_t n, uint32_t k)
{
    (void)k;
    text_put(text, "actors:\n  w: {behaviour: sink, monitor: [");
    for (uint32_t i = 0; i < n; i++) {
        text_put(text, "%s<t%u>", i == 0 ? "" : ", ", i);
    }
    text_put(text, "]}\n");
    for (uint32_t i = 0; i < n; i++) {
        text_put(text, "  t%u: sink\n", i);
    }
    text_put(text, "faults:\n");
    for (uint32_t i = 0; i < n; i++) {
        text_put(text, "  - {crash: t%u}\n", i);
    }
}

static uint64_t count_chain_crashes(uint32_t n, uint32_t k)
{
    (void)k;
    return 1 + fibonacci(2 * (uint64_t)n);
}

static void put_chain_crashes(struct text *text, uint32_t n, uint32_t k)
{
    (void)k;
    text_put(text, "actors:\n  c0: sink\n");
    put_links(text, n);
    text_put(text, "faults:\n");
    for (uint32_t i = 0; i < n; i++) {
        text_put(text, "  - {crash: c%u, reason: r%u}\n", i, i);
    }
}

/* ---- faults of messages, and budgets ---- */

/* At most d of n messages are dropped. */
static uint64_t count_drops(uint32_t n, uint32_t d)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i <= d && i <= n; i++) {
        sum += choose(n, i) * factorial(n - i);
    }
    return sum;
}

static void put_drops(struct text *text, uint32_t n, uint32_t d)
{
    put_fan_in(text, n, 1);
    text_put(text, "faults: [{drop: r, max: %u}]\n", d);
}

/* At most d of n messages come twice, and the copies are alike. */
static uint64_t count_duplicates(uint32_t n, uint32_t d)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i <= d && i <= n; i++) {
        sum += choose(n, i) * factorial(n + (uint64_t)i) / power(2, i);
    }
    return sum;
}

static void put_duplicates(struct text *text, uint32_t n, uint32_t d)
{
    put_fan_in(text, n, 1);
    text_put(text, "faults: [{duplicate: r, max: %u}]\n", d);
}

/* At most b of n targets crash, and their watcher is told in any order. */
static uint64_t count_some_crash(uint32_t n, uint32_t b)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i <= b && i <= n; i++) {
        sum += factorial(n) / factorial(n - i);
    }
    return sum;
}

static void put_budget(struct text *text, const char *name, uint32_t n, uint32_t budget)
{
    text_put(text, "faults:\n  budget: %u\n  of:\n", budget);
    for (uint32_t i = 0; i < n; i++) {
        text_put(text, "    - {crash: %s%u, reason: r%u}\n", name, i, i);
    }
}

static void put_some_crash(struct text *text, uint32_t n, uint32_t b)
{
    text_put(text, "actors:\n  w: {behaviour: sink, monitor: [");
    for (uint32_t i = 0; i < n; i++) {
        text_put(text, "%s<t%u>", i == 0 ? "" : ", ", i);
    }
    text_put(text, "]}\n");
    for (uint32_t i = 0; i < n; i++) {
        text_put(text, "  t%u: sink\n", i);
    }
    put_budget(text, "t", n, b);
}

static uint64_t count_anywhere(uint32_t n, uint32_t k)
{
    (void)k;
    return 2 * factorial(n) + arrangements(n);
}

/* One crash of anybody; a sender ends with its send, so that it can crash before it only. */
static void put_anywhere(struct text *text, uint32_t n, uint32_t k)
{
    (void)k;
    text_put(text, "behaviours:\n");
    for (uint32_t i = 0; i < n; i++) {
        text_put(text,
                 "  b%u:\n    init: [{send: {to: <s%u>, message: go}}]\n    on:\n"
                 "      - {message: go, do: [{send: {to: <r>, message: m}}, {exit: normal}]}\n",
                 i, i);
    }
    text_put(text, "actors:\n  r: sink\n");
    for (uint32_t i = 0; i < n; i++) {
        text_put(text, "  s%u: b%u\n", i, i);
    }
    text_put(text, "faults:\n  budget: 1\n  of:\n    - {crash: r}\n");
    for (uint32_t i = 0; i < n; i++) {
        text_put(text, "    - {crash: s%u}\n", i);
    }
}

/* Outcomes of a chain in which at most b crash: for exactly k they are C(n + k - 1, 2k - 1). */
static uint64_t count_chain_budget(uint32_t n, uint32_t b)
{
    uint64_t sum = 1;
    for (uint64_t k = 1; k <= b; k++) {
        sum += choose(n + k - 1, 2 * k - 1);
    }
    return sum;
}

static void put_chain_budget(struct text *text, uint32_t n, uint32_t b)
{
    text_put(text, "actors:\n  c0: sink\n");
    put_links(text, n);
    put_budget(text, "c", n, b);
}

/* ---- the table ---- */

struct family {
    const char *name;
    void (*put)(struct text *text, uint32_t a, uint32_t b);
    uint64_t (*count)(uint32_t a, uint32_t b); /* 0 or NULL: the row says it */
    bool of_outcomes;                          /* not of classes */
};

static const struct family fan_in = {.name = "fan-in", .put = put_fan_in, .count = interleavings};
static const struct family broadcast = {
    .name = "broadcast", .put = put_broadcast, .count = count_broadcast};
static const struct family pairs = {.name = "pairs", .put = put_pairs, .count = count_one};
static const struct family diamond = {
    .name = "diamond", .put = put_diamond, .count = count_factorial};
static const struct family server = {.name = "server", .put = put_server, .count = interleavings};
static const struct family stages = {.name = "stages", .put = put_stages, .count = count_stages};
static const struct family tokens = {.name = "tokens", .put = put_tokens, .count = NULL};
static const struct family all_to_all = {
    .name = "all-to-all", .put = put_all_to_all, .count = count_all_to_all};
static const struct family tree = {.name = "barrier tree", .put = put_tree, .count = count_tree};
static const struct family pool = {.name = "pool", .put = put_pool, .count = count_pool};
static const struct family commit = {
    .name = "two-phase commit", .put = put_commit, .count = count_commit};
static const struct family request = {
    .name = "request, timer", .put = put_request, .count = count_request};
static const struct family watcher = {
    .name = "watcher", .put = put_watcher, .count = count_factorial};
static const struct family late = {.name = "late watchers", .put = put_late, .count = count_late};
static const struct family star = {.name = "star", .put = put_star, .count = count_one};
static const struct family chain = {.name = "chain", .put = put_chain, .count = count_one};
static const struct family crash = {
    .name = "fan-in, crash", .put = put_crash, .count = count_crash};
static const struct family certain = {
    .name = "fan-in, exit", .put = put_certain, .count = count_arrangements};
static const struct family crash_any = {
    .name = "watcher, crashes", .put = put_crash_any, .count = count_arrangements};
static const struct family chain_crashes = {
    .name = "chain, crashes", .put = put_chain_crashes, .count = count_chain_crashes};

static const struct family drops = {
    .name = "fan-in, drops", .put = put_drops, .count = count_drops};
static const struct family duplicates = {
    .name = "fan-in, duplicates", .put = put_duplicates, .count = count_duplicates};
static const struct family some_crash = {
    .name = "watcher, at most", .put = put_some_crash, .count = count_some_crash};
static const struct family chain_budget = {.name = "chain, outcomes",
                                           .put = put_chain_budget,
                                           .count = count_chain_budget,
                                           .of_outcomes = true};

static const struct family anywhere = {
    .name = "fan-in, one crash", .put = put_anywhere, .count = count_anywhere};

struct row {
    const struct family *family;
    uint32_t a;
    uint32_t b;
    uint64_t expected; /* where the family has no formula */
};

static const struct row rows[] = {
    {&fan_in, 1, 1, 0},         {&fan_in, 2, 1, 0},        {&fan_in, 3, 1, 0},
    {&fan_in, 4, 1, 0},         {&fan_in, 5, 1, 0},        {&fan_in, 6, 1, 0},
    {&fan_in, 7, 1, 0},         {&fan_in, 8, 1, 0},        {&fan_in, 9, 1, 0},
    {&fan_in, 2, 2, 0},         {&fan_in, 2, 3, 0},        {&fan_in, 2, 4, 0},
    {&fan_in, 3, 2, 0},         {&fan_in, 2, 5, 0},        {&fan_in, 4, 2, 0},
    {&fan_in, 3, 3, 0},         {&broadcast, 2, 2, 0},     {&broadcast, 3, 2, 0},
    {&broadcast, 4, 2, 0},      {&broadcast, 2, 3, 0},     {&broadcast, 3, 3, 0},
    {&pairs, 6, 3, 0},          {&diamond, 2, 0, 0},       {&diamond, 3, 0, 0},
    {&diamond, 4, 0, 0},        {&diamond, 5, 0, 0},       {&server, 2, 2, 0},
    {&server, 3, 2, 0},         {&stages, 1, 3, 0},        {&stages, 2, 3, 0},
    {&stages, 3, 2, 0},         {&stages, 4, 1, 0},        {&tokens, 41, 6, 1},
    {&tokens, 42, 2, 3},        {&tokens, 42, 4, 3},       {&tokens, 42, 8, 5},
    {&tokens, 33, 3, 16},       {&all_to_all, 2, 1, 3},    {&all_to_all, 3, 1, 98},
    {&all_to_all, 4, 1, 76656}, {&all_to_all, 2, 0, 0},    {&all_to_all, 3, 0, 0},
    {&all_to_all, 4, 0, 0},     {&tree, 1, 0, 0},          {&tree, 2, 0, 0},
    {&tree, 3, 0, 0},           {&tree, 4, 0, 0},          {&pool, 2, 2, 0},
    {&pool, 2, 3, 0},           {&pool, 2, 4, 0},          {&pool, 3, 3, 0},
    {&pool, 3, 4, 0},           {&pool, 3, 5, 0},          {&commit, 2, 0, 0},
    {&commit, 3, 0, 0},         {&commit, 4, 0, 0},        {&commit, 5, 0, 0},
    {&request, 1, 0, 0},        {&request, 2, 0, 0},       {&request, 3, 0, 0},
    {&request, 4, 0, 0},        {&request, 5, 0, 0},       {&watcher, 4, 1, 0},
    {&watcher, 5, 0, 0},        {&late, 1, 0, 0},          {&late, 2, 0, 0},
    {&late, 3, 0, 0},           {&late, 4, 0, 0},          {&late, 1, 1, 0},
    {&late, 2, 1, 0},           {&star, 4, 0, 0},          {&star, 4, 1, 0},
    {&chain, 5, 0, 0},          {&crash, 1, 1, 0},         {&crash, 2, 1, 0},
    {&crash, 3, 1, 0},          {&crash, 4, 1, 0},         {&crash, 5, 1, 0},
    {&certain, 1, 1, 0},        {&certain, 2, 1, 0},       {&certain, 3, 1, 0},
    {&certain, 4, 1, 0},        {&certain, 5, 1, 0},       {&certain, 6, 1, 0},
    {&certain, 7, 1, 0},        {&crash_any, 1, 0, 0},     {&crash_any, 2, 0, 0},
    {&crash_any, 3, 0, 0},      {&crash_any, 4, 0, 0},     {&chain_crashes, 1, 0, 0},
    {&chain_crashes, 2, 0, 0},  {&chain_crashes, 3, 0, 0}, {&chain_crashes, 4, 0, 0},
    {&chain_crashes, 5, 0, 0},  {&chain_crashes, 6, 0, 0}, {&chain_crashes, 7, 0, 0},
    {&drops, 3, 1, 0},          {&drops, 3, 2, 0},         {&drops, 3, 3, 0},
    {&drops, 4, 1, 0},          {&drops, 4, 2, 0},         {&drops, 4, 3, 0},
    {&drops, 4, 4, 0},          {&duplicates, 2, 1, 0},    {&duplicates, 2, 2, 0},
    {&duplicates, 3, 1, 0},     {&duplicates, 3, 2, 0},    {&duplicates, 3, 3, 0},
    {&some_crash, 3, 1, 0},     {&some_crash, 3, 2, 0},    {&some_crash, 3, 3, 0},
    {&some_crash, 4, 1, 0},     {&some_crash, 4, 2, 0},    {&some_crash, 4, 3, 0},
    {&some_crash, 4, 4, 0},     {&chain_budget, 2, 1, 0},  {&chain_budget, 2, 2, 0},
    {&chain_budget, 3, 1, 0},   {&chain_budget, 3, 2, 0},  {&chain_budget, 4, 1, 0},
    {&chain_budget, 4, 2, 0},   {&chain_budget, 5, 1, 0},  {&chain_budget, 5, 2, 0},
    {&anywhere, 1, 0, 0},       {&anywhere, 2, 0, 0},      {&anywhere, 3, 0, 0},
    {&anywhere, 4, 0, 0},       {&anywhere, 5, 0, 0}};

bool family_at(size_t index, struct family_row *ret_row, struct text *text)
{
    if (index >= COUNT(rows)) {
        return false;
    }
    const struct row *row = &rows[index];
    const struct family *family = row->family;
    uint64_t counted = family->count == NULL ? 0 : family->count(row->a, row->b);
    *ret_row = (struct family_row){.expected = row->expected > 0 ? row->expected : counted,
                                   .of_outcomes = family->of_outcomes};
    (void)snprintf(ret_row->name, sizeof ret_row->name, "%s %u,%u", family->name, row->a, row->b);
    text->length = 0;
    text->is_cut = false;
    put_head(text, ret_row->name);
    family->put(text, row->a, row->b);
    return true;
}

/* SPDX-License-Identifier: MIT */
/* One run of each class: as many as arithmetic says. */
#include <inttypes.h>

#include "harness/play/tests/explored.h"

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

/* The program has so many classes, each is visited once, and nothing else is. */
static void assert_classes(uint64_t expected)
{
    struct found found;
    explore_classes(200000, &found);
    if (found.classes != expected || found.blocked != 0 || !found.is_complete) {
        print_message("%s\n%" PRIu64 " classes, %" PRIu64 " blocked\n", program, found.classes,
                      found.blocked);
    }
    assert_true(found.is_complete);
    assert_int_equal(found.classes, expected);
    assert_int_equal(found.blocked, 0);
    assert_int_equal(found.runs, expected);
    if (expected < PARTED_CLASSES_MAX) {
        assert_parts(10000, &found);
    }
    found_clear(&found);
}

static void put_fan_in(uint32_t n, uint32_t k)
{
    put_head("time: free\n");
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
        put_head("time: free\n");
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
    put_head("time: free\n");
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
        put_head("time: free\n");
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
            put_head("time: free\n");
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
        put_head("time: free\n");
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
    put_head("time: free\n");
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
        put_head("time: free\n");
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
        put_head("time: free\n");
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
        put_head("time: free\n");
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
        put_head("time: free\n");
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
    put_head("time: free\n");
    put("actors:\n  t: sink\n"
        "  a: {behaviour: sink, script: [{timer: {after: 1ms, to: t, message: a}}]}\n"
        "  b: {behaviour: sink, script: [{timer: {after: 2ms, to: t, message: b}}]}\n");
    explore_brute(1000, &all);
    assert_true(all.is_complete);
    assert_int_equal(all.outcomes.count, 2);
    found_clear(&all);
    assert_classes(4);
}

/* Everybody who dies does so by a script of its own. */
static void counts_exits_and_notices(void **state)
{
    static const char *const ways[] = {"monitor", "link"};
    (void)state;
    for (uint32_t n = 1; n <= 4; n++) {
        for (size_t way = 0; way < 2; way++) {
            put_head("time: free\n");
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

            put_head("time: free\n");
            put("actors:\n  t: {behaviour: sink, script: [{exit: boom}]}\n");
            for (uint32_t i = 0; i < n; i++) {
                put("  w%u: {behaviour: sink, trap: true, script: [{%s: <t>}]}\n", i, ways[way]);
            }
            assert_classes(UINT64_C(1) << n); /* each half in time or too late */

            put_head("time: free\n");
            put("actors:\n  t: {behaviour: sink, script: [{exit: boom}]}\n");
            for (uint32_t i = 0; i < n; i++) {
                put("  w%u: {behaviour: sink, trap: true, %s: [<t>]}\n", i, ways[way]);
            }
            assert_classes(1); /* a star */
        }
        put_head("time: free\n");
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
        put_head("time: free\n");
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
        put_head("time: free\n");
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
        put_head("time: free\n");
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL) == 0 ? 0 : 1;
}

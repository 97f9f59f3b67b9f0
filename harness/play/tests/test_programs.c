/* SPDX-License-Identifier: MIT */
/* One run of each class: as many as a count of every interleaving says, for programs of chance and some that are not. */
#include <inttypes.h>
#include <string.h>

#include "harness/play/tests/explored.h"

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
    put_head(is_timed ? "" : "time: free\n");
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

/* An actor that another node knows is watched by the connection: its end says so there, or it never was known. */
static void follows_what_crosses_between_nodes(void **state)
{
    struct found found;
    (void)state;
    put_head("nodes: [n1, n2]\npipes: [{between: [n1, n2], connected: true}]\n"
             "actors:\n  a: {behaviour: sink, trap: true, script: [{link: <b>}]}\n"
             "  b: {behaviour: sink, node: n2, script: [{exit: boom}]}\n");
    explore_classes(2000, &found);
    assert_true(found.is_complete);
    assert_int_equal(found.blocked, 0);
    assert_int_equal(found.outcomes.count, 2); /* boom, or noproc */
    found_clear(&found);
}

/* What a strategy that follows nothing shows, which sees only times that there are: all of it is found in classes, too, and
 * nothing else if no fault may choose its time. */
static void compare_with_all_orders(const struct found *reduced, bool has_faults)
{
    struct rh_strategy *strategy = NULL;
    struct found plain;
    assert_int_equal(rh_strategy_exhaustive(NULL, 10000, &strategy), RH_OK);
    explore_unfollowed(strategy, 5000, &plain);
    if (plain.is_complete) {
        bool same = set_is_among(&plain.outcomes, &reduced->outcomes) &&
                    (has_faults || reduced->outcomes.count == plain.outcomes.count);
        if (!same) {
            print_message("%zu outcomes in classes, %zu in all orders\n%s\n",
                          reduced->outcomes.count, plain.outcomes.count, program);
        }
        assert_true(same);
    }
    found_clear(&plain);
}

/* The program has so many outcomes, in as many classes as an enumeration of all orders has. */
static void assert_all_found(size_t outcomes)
{
    struct found all;
    struct found reduced;
    explore_brute(1000, &all);
    explore_classes(1000, &reduced);
    assert_true(all.is_complete);
    assert_true(reduced.is_complete);
    assert_int_equal(reduced.classes, all.classes);
    assert_int_equal(reduced.outcomes.count, outcomes);
    assert_int_equal(all.outcomes.count, outcomes);
    compare_with_all_orders(&reduced, true);
    found_clear(&all);
    found_clear(&reduced);
}

/* A target that dies has its watcher set a timer: whether that fires before another one of the watcher's depends on the
 * instant at which the target dies. */
static void finds_faults_at_every_instant(void **state)
{
    (void)state;
    put_head("behaviours:\n"
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
    assert_all_found(4);
}

/* What waited is in no order with what is due when it can happen at last: a signal that a time-out was let pass, bytes that
 * were held up where nodes were parted. */
static void shows_what_is_late_in_every_order(void **state)
{
    static const char *const late[] = {
        "behaviours:\n"
        "  waiter:\n"
        "    on:\n"
        "      - {message: go, do: [{timer: {after: 1s, message: up}}]}\n"
        "      - {timeout: up, do: [{send: {to: <hears>, message: up}}]}\n"
        "actors:\n  waiter: waiter\n  hears: sink\n"
        "  giver: {behaviour: sink, script: [{send: {to: hears, message: first}}, "
        "{send: {to: waiter, message: go}}]}\n"
        "faults: [{fire: waiter}]\n",
        "nodes: [n1, n2]\n"
        "pipes: [{between: [n1, n2], connected: true, latency: 1ms}]\n"
        "actors:\n  far: sink\n  hears: {behaviour: sink, node: n2}\n"
        "steps:\n  - part: [n1, n2]\n  - far: {send: {to: <hears>, message: far}}\n"
        "  - wait: 10ms\n  - rejoin: [n1, n2]\n  - reset_pipe: [n1, n2]\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof late / sizeof late[0]; i++) {
        struct found found;
        put_head(late[i]);
        explore_classes(1000, &found);
        assert_int_equal(found.outcomes.count, 2);
        compare_with_all_orders(&found, false);
        found_clear(&found);
    }
}

static void compare_program(uint64_t seed, struct tally *tally)
{
    struct found all;
    struct found reduced;
    explore_brute(RUNS_MAX, &all);
    if (all.is_complete) {
        explore_classes(RUNS_MAX, &reduced);
        bool same = reduced.is_complete && reduced.outcomes.count == all.outcomes.count &&
                    reduced.classes == all.classes && reduced.visited == all.classes;
        if (!same) {
            print_message("seed %" PRIu64 ": %" PRIu64 " runs, %" PRIu64 " classes, %zu outcomes; "
                          "dpor %" PRIu64 " runs, %" PRIu64 " classes, %" PRIu64
                          " blocked, %zu outcomes%s\n%s\n",
                          seed, all.runs, all.classes, all.outcomes.count, reduced.visited,
                          reduced.classes, reduced.blocked, reduced.outcomes.count,
                          reduced.is_complete ? "" : ", lost", program);
        }
        assert_true(same);
        if (reduced.classes < PARTED_CLASSES_MAX) {
            assert_parts(RUNS_MAX, &reduced);
        }
        if (is_timed) {
            compare_with_all_orders(&reduced, strstr(program, "faults:") != NULL);
        }
        tally->compared++;
        tally->blocked += reduced.blocked;
        tally->runs += all.runs;
        tally->classes += all.classes;
        found_clear(&reduced);
    }
    found_clear(&all);
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
    (void)state;
    put_head("time: free\n");
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
    assert_all_found(2);
}

/* The message ends its receiver, and with it the only thing that time could go on to: nothing in such a run says that it
 * could have been put off, and what happens at the beginning is in the way of time. */
static void puts_off_what_takes_the_next_instant_away(void **state)
{
    (void)state;
    put_head("stall: 2ms\nbehaviours:\n"
             "  fragile:\n"
             "    init: [{timer: {after: 1ms, message: z}}]\n"
             "    on:\n"
             "      - {message: y, do: [{exit: boom}]}\n"
             "      - {timeout: z, do: [{output: z}]}\n"
             "actors:\n"
             "  b: fragile\n"
             "  a: {behaviour: sender, with: {to: b, message: y}}\n"
             "  c: {behaviour: sink, script: [{output: here}]}\n");
    assert_all_found(2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
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

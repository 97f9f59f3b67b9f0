/* SPDX-License-Identifier: MIT */
/* The machine by itself, on programs that can be counted by hand. That real actors count alike is what a selfcheck shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "harness/selfcheck/machine/machine.h"

static struct program empty(uint32_t actor_count)
{
    return (struct program){.actor_count = actor_count, .crash = PROGRAM_NOBODY};
}

static struct program_ops one(enum program_op_kind kind, uint8_t to, uint8_t what)
{
    return (struct program_ops){1, {{(uint8_t)kind, to, what}}};
}

static void assert_count(const struct program *program, uint64_t classes, uint64_t outcomes)
{
    struct machine_count count;
    assert_true(machine_count(program, 10000, &count));
    assert_true(count.is_complete);
    assert_true(count.is_sound);
    assert_int_equal(count.classes, classes);
    assert_int_equal(count.outcomes, outcomes);
}

static void counts_messages(void **state)
{
    (void)state;
    struct program program = empty(3);
    assert_count(&program, 1, 1);
    program.actors[1].init = one(PROGRAM_SEND, 0, PROGRAM_X);
    assert_count(&program, 1, 1);
    program.actors[2].init = one(PROGRAM_SEND, 0, PROGRAM_X);
    assert_count(&program, 2, 2);
    program.actors[0].init = one(PROGRAM_SEND, 0, PROGRAM_X);
    assert_count(&program, 6, 6);
    program.actors[0].on[PROGRAM_X] = one(PROGRAM_SEND, 1, PROGRAM_Y);
    assert_count(&program, 6, 6); /* what it sends goes one way */
}

/* n! + floor(e n!): the crash anywhere, or not at all. */
static void counts_a_crash(void **state)
{
    (void)state;
    struct program program = empty(2);
    program.crash = 0;
    assert_count(&program, 2, 2);
    program.actors[1].init = one(PROGRAM_SEND, 0, PROGRAM_X);
    assert_count(&program, 3, 3);
    program.actors[0].init = one(PROGRAM_SEND, 0, PROGRAM_X);
    assert_count(&program, 7, 7);
}

static void counts_halves_in_time_or_too_late(void **state)
{
    (void)state;
    static const enum program_op_kind ways[] = {PROGRAM_MONITOR, PROGRAM_LINK};
    for (size_t i = 0; i < 2; i++) {
        struct program program = empty(3);
        program.actors[0].script = one(PROGRAM_EXIT, 0, PROGRAM_BOOM);
        program.actors[1].script = one(ways[i], 0, 0);
        program.actors[1].traps = true;
        assert_count(&program, 2, 2);
        program.actors[2].script = one(ways[i], 0, 0);
        program.actors[2].traps = true;
        assert_count(&program, 4, 4);
    }
}

/* Who does not trap looks whether the other lives, when it links and when the signal is there. */
static void counts_links_of_those_who_do_not_trap(void **state)
{
    (void)state;
    struct program program = empty(2);
    program.actors[0].script = one(PROGRAM_EXIT, 0, PROGRAM_BOOM);
    program.actors[1].script = one(PROGRAM_LINK, 0, 0);
    assert_count(&program, 3, 3);
    program.actors[0].script = one(PROGRAM_EXIT, 0, PROGRAM_NORMAL);
    assert_count(&program, 3, 2); /* noproc kills it, normal does not */
}

static void counts_names(void **state)
{
    (void)state;
    struct program program = empty(2);
    program.actors[0].script = one(PROGRAM_REGISTER, 0, 0);
    program.actors[1].script = one(PROGRAM_REGISTER, 0, 0);
    assert_count(&program, 2, 1); /* whose it is nobody is told */
    program.actors[1].script = one(PROGRAM_REGISTER, 0, 1);
    assert_count(&program, 1, 1);
    program.actors[1].script = one(PROGRAM_SEND_NAME, PROGRAM_X, 0);
    assert_count(&program, 2, 2);
}

static void counts_timers_and_children(void **state)
{
    (void)state;
    struct program program = empty(2);
    program.actors[0].has_timer = true;
    assert_count(&program, 1, 1);
    program.actors[1].init = one(PROGRAM_SEND, 0, PROGRAM_Y);
    assert_count(&program, 2, 2);
    program.actors[0].on[PROGRAM_Y] = one(PROGRAM_CANCEL, 0, 0);
    assert_count(&program, 2, 2);
    program = empty(2);
    program.child = one(PROGRAM_EXIT, 0, PROGRAM_BOOM);
    program.actors[0].script = one(PROGRAM_SPAWN, 0, 1);
    assert_count(&program, 1, 1);
    program.actors[1].init = one(PROGRAM_SEND, 0, PROGRAM_X);
    assert_count(&program, 3, 2); /* before the spawn, behind it, behind the end of both */
}

static void says_when_it_has_not_seen_all(void **state)
{
    (void)state;
    struct machine_count count;
    struct program program = empty(3);
    for (uint32_t i = 0; i < 3; i++) {
        program.actors[i].init = one(PROGRAM_SEND, 0, PROGRAM_X);
    }
    assert_true(machine_count(&program, 5, &count));
    assert_false(count.is_complete);
}

static void draws_programs_that_differ_and_end(void **state)
{
    (void)state;
    uint64_t complete = 0;
    uint64_t larger = 0;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct program program;
        struct program again;
        struct machine_count count;
        program_draw(&program, seed);
        program_draw(&again, seed);
        assert_memory_equal(&program, &again, sizeof program);
        assert_true(machine_count(&program, 3000, &count));
        assert_true(count.is_sound);
        complete += count.is_complete;
        larger += count.is_complete && count.classes > 10;
    }
    assert_true(complete > 120);
    assert_true(larger > 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_messages),
        cmocka_unit_test(counts_a_crash),
        cmocka_unit_test(counts_halves_in_time_or_too_late),
        cmocka_unit_test(counts_links_of_those_who_do_not_trap),
        cmocka_unit_test(counts_names),
        cmocka_unit_test(counts_timers_and_children),
        cmocka_unit_test(says_when_it_has_not_seen_all),
        cmocka_unit_test(draws_programs_that_differ_and_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) == 0 ? 0 : 1;
}

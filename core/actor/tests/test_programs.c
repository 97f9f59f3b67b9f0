/* SPDX-License-Identifier: MIT */
/* Thousands of random programs: every operation, every order, faults; the tables agree after each event and are empty
 * when everybody has gone. */
#include "core/actor/tests/program.h"

#include <string.h>

static uint64_t succeeded[PROGRAM_OPERATIONS_MAX];
static uint64_t handled[RH_SIGNAL_COUNT];

/* Play `count` programs. `leave_early`: the node goes in the middle of it. */
static void play(uint64_t first_seed, int count, struct program as, bool leave_early)
{
    static struct program p;
    for (int i = 0; i < count; i++) {
        p = as;
        uint64_t seed = first_seed + (uint64_t)i;
        assert_status(program_open(&p, seed, seed % 3 == 0 ? 1 : 16), RH_OK);
        for (int step = 0; step < 150; step++) {
            program_step(&p);
        }
        if (!leave_early) {
            program_finish(&p);
        }
        program_close(&p);
        for (unsigned op = 0; op < program_operation_count(); op++) {
            succeeded[op] += p.succeeded[op];
        }
    }
}

static void programs_in_sending_order(void **state)
{
    (void)state;
    play(1000, 3000, (struct program){0}, false);
}

static void programs_in_any_order(void **state)
{
    (void)state;
    play(100000, 3000, (struct program){.any_order = true}, false);
}

static void programs_with_faults(void **state)
{
    (void)state;
    play(200000, 1500, (struct program){.faults = true}, false);
    play(300000, 1500, (struct program){.faults = true, .any_order = true}, false);
}

static void a_node_can_go_at_any_moment(void **state)
{
    (void)state;
    play(400000, 1000, (struct program){0}, true);
    play(500000, 1000, (struct program){.any_order = true, .faults = true}, true);
}

/* One program, as often as it allocates, each time without another of its blocks: what fails leaves nothing behind. */
static void any_allocation_may_fail(void **state)
{
    static struct program p;
    (void)state;
    for (uint64_t seed = 600000; seed < 600003; seed++) {
        bool refused = true;
        for (size_t at = 1; refused; at++) {
            p = (struct program){.any_order = true, .in_a_row = true, .purse.refuse_at = at};
            enum rh_status status = program_open(&p, seed, 1);
            assert_true(status == RH_OK || status == RH_NO_MEMORY);
            if (status == RH_OK) {
                for (int step = 0; step < 150; step++) {
                    program_step(&p);
                }
                program_finish(&p);
            }
            refused = p.purse.allocations >= at;
            program_close(&p);
        }
    }
}

static void every_operation_was_of_use(void **state)
{
    (void)state;
    for (unsigned op = 0; op < program_operation_count(); op++) {
        if (succeeded[op] < 20) {
            fail_msg("%s succeeded %u times", program_operation_name(op), (unsigned)succeeded[op]);
        }
    }
}

struct digest {
    uint64_t value;
};

static void mix(struct digest *digest, uint64_t value)
{
    digest->value = (digest->value ^ value) * UINT64_C(0x100000001b3);
}

static void fold(void *self, const struct rh_event *event)
{
    struct digest *digest = self;
    handled[event->signal] += event->kind == RH_EVENT_HANDLE || event->kind == RH_EVENT_PUT;
    mix(digest, (uint64_t)event->kind);
    mix(digest, (uint64_t)event->signal);
    mix(digest, (uint64_t)event->why);
    mix(digest, event->now);
    mix(digest, event->actor.slot * UINT64_C(1000) + event->actor.generation);
    mix(digest, event->peer.slot * UINT64_C(1000) + event->peer.generation);
    mix(digest, event->ordinal);
    if (event->message != NULL) {
        size_t size;
        const uint8_t *bytes = rh_message_bytes(event->message, &size);
        for (size_t i = 0; i < size; i++) {
            mix(digest, bytes[i]);
        }
    }
}

static uint64_t digest_of(uint64_t seed, uint32_t objects_per_chunk)
{
    static struct program p;
    struct digest digest = {UINT64_C(0xcbf29ce484222325)};
    p = (struct program){.any_order = seed % 2 == 0, .faults = seed % 3 == 0};
    assert_status(program_open(&p, seed, objects_per_chunk), RH_OK);
    p.stage.also = (struct rh_observer){fold, &digest};
    for (int step = 0; step < 100; step++) {
        program_step(&p);
    }
    program_close(&p);
    return digest.value;
}

/* The same program tells the same events, wherever its objects lie. */
static void equal_programs_tell_equal_events(void **state)
{
    uint64_t before = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        uint64_t digest = digest_of(seed, 1);
        assert_true(digest == digest_of(seed, 64));
        assert_true(digest != before);
        before = digest;
    }
    for (int kind = 0; kind <= RH_SIGNAL_GROUP_LEAVE; kind++) {
        assert_true(handled[kind] > 0);
    }
    assert_true(handled[RH_SIGNAL_TIMER] > 0);
    assert_true(handled[RH_SIGNAL_RECEIVE_TIMER] > 0);
    assert_true(handled[RH_SIGNAL_USER] > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(programs_in_sending_order),
        cmocka_unit_test(programs_in_any_order),
        cmocka_unit_test(programs_with_faults),
        cmocka_unit_test(a_node_can_go_at_any_moment),
        cmocka_unit_test(any_allocation_may_fail),
        cmocka_unit_test(every_operation_was_of_use),
        cmocka_unit_test(equal_programs_tell_equal_events),
    };
    return cmocka_run_group_tests_name("core.programs", tests, NULL, NULL) ? 1 : 0;
}

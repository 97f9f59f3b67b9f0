/* SPDX-License-Identifier: MIT */
/* Opening and closing, many times over: nothing is left behind, neither actors nor entries nor timers nor memory. */
#include "core/conversation/tests/talk.h"

#include <stdlib.h>

static struct talk talk;
static unsigned cycles = 10000;

struct baseline {
    struct rh_node_stats stats;
    size_t blocks;
};

static struct baseline baseline_of(void)
{
    return (struct baseline){talk_stats(&talk), talk.blocks};
}

static void expect_baseline(const struct baseline *before)
{
    struct baseline now = baseline_of();
    assert_int_equal(now.stats.actors, before->stats.actors);
    assert_int_equal(now.stats.entries, before->stats.entries);
    assert_int_equal(now.stats.links, before->stats.links);
    assert_int_equal(now.stats.monitors, before->stats.monitors);
    assert_int_equal(now.stats.timers, before->stats.timers);
    assert_int_equal(now.stats.signals_waiting, 0);
    assert_int_equal(now.blocks, before->blocks);
}

static void cycle(const char *participants)
{
    talk_open_with(&talk, RH_CRASH_POLICY_FAIL, participants);
    (void)TALK("ask", "hello", RH_SECOND);
    (void)TALK("send", "one more");
    assert_string_equal(TALK("close"), "ok");
}

/* Covers: LM-S8 LM-I12 P38 */
static void leaves_nothing_behind(void **state)
{
    (void)state;
    talk_begin(&talk);
    cycle("e1+o h2+o");
    cycle("e1+o h2+o");
    struct baseline before = baseline_of();
    for (unsigned i = 0; i < cycles; i++) {
        if (i == cycles / 2) {
            rh_node_observe(talk.node, NULL); /* as in production */
        }
        cycle("e1+o h2+o");
        expect_baseline(&before);
    }
    talk_end_empty(&talk);
}

/* The same with participants of somebody else, failures, restarts, and conversations that nobody closes but their parent. */
static void leaves_nothing_behind_when_things_go_wrong(void **state)
{
    (void)state;
    talk_begin(&talk);
    (void)talk_participant(&talk, "e1");
    struct baseline before = {.blocks = 0};
    for (unsigned i = 0; i < cycles / 10; i++) {
        talk_open_with(&talk, RH_CRASH_POLICY_ROUTE_TO_NEXT, "h1+o e1");
        (void)TALK_LATER("ask", "hello", RH_SECOND);
        (void)TALK_LATER("await_exit", talk_pid(&talk, "e1"));
        talk_settle(&talk);
        talk_exit(&talk, i % 3 == 0 ? talk.incarnation : talk_pid(&talk, "h1"), "boom");
        talk_settle(&talk);
        if (i % 5 == 0) {
            for (unsigned n = 0; n < 4; n++) {
                talk_exit(&talk, talk.incarnation, "boom");
                talk_settle(&talk);
            }
        }
        assert_string_equal(TALK("close"), "ok");
        while (talk.request_count > 0) {
            talk_reply(&talk, 0, RH_ITEM(NULL, "late"));
        }
        talk_settle(&talk);
        if (i == 0) {
            before = baseline_of(); /* the node keeps its slots */
        }
        expect_baseline(&before);
    }
    assert_int_equal(before.stats.actors, 3);
    talk_end_empty(&talk);
}

int main(int count, char **arguments)
{
    if (count > 1) {
        cycles = (unsigned)strtoul(arguments[1], NULL, 10);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_nothing_behind),
        cmocka_unit_test(leaves_nothing_behind_when_things_go_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}

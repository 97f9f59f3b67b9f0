/* SPDX-License-Identifier: MIT */
/* What clients see: requests, replies, time-outs, closing. */
#include "core/conversation/tests/talk.h"

static struct talk talk;

static int set_up(void **state)
{
    (void)state;
    talk.fail_at = 0;
    talk_begin(&talk);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    talk_end_empty(&talk);
    return 0;
}

static void asks_a_participant_and_closes(void **state)
{
    (void)state;
    talk_open_with(&talk, RH_CRASH_POLICY_FAIL, "e1+o");
    assert_string_equal(TALK("ask", "hello"), "[ok, 1, <e1>, [re, hello]]");
    assert_string_equal(TALK("close"), "ok");
    assert_false(talk_is_alive(&talk, talk.conv));
    assert_false(talk_is_alive(&talk, talk_pid(&talk, "e1")));
    assert_string_equal(TALK("close"), "down noproc");
}

static void gives_each_reply_to_who_asked(void **state)
{
    (void)state;
    talk_open_with(&talk, RH_CRASH_POLICY_FAIL, "h1");
    size_t first = TALK_LATER("ask", "a");
    size_t second = TALK_LATER("ask", "b");
    talk_settle(&talk);
    talk_reply(&talk, 1, RH_ITEM(NULL, "to b"));
    talk_settle(&talk);
    assert_string_equal(talk_outcome(&talk, first), "");
    assert_string_equal(talk_outcome(&talk, second), "[ok, 2, <h1>, \"to b\"]");
    talk_reply(&talk, 0, RH_ITEM(NULL, "to a"));
    talk_settle(&talk);
    assert_string_equal(talk_outcome(&talk, first), "[ok, 1, <h1>, \"to a\"]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(asks_a_participant_and_closes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(gives_each_reply_to_who_asked, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}

/* SPDX-License-Identifier: MIT */
/* Events in any order that channels allow: nothing that a conversation promises depends on it. */
#include "core/conversation/tests/play.h"

static struct talk talk;

#define ORDERS 400

/* The whole play, with and without a crash somewhere. */
static void keeps_its_promises_in_any_order(void **state)
{
    (void)state;
    static const char *const victims[] = {NULL, "actor", "h1", "e1", "h2"};
    for (uint64_t order = 1; order <= ORDERS; order++) {
        talk.order = order;
        talk.fail_at = 0;
        talk_arm(&talk, victims[order % 5], 1 + (unsigned)(order / 5 % 9),
                 1 + (uint32_t)(order % 4));
        play_all(&talk, (enum rh_crash_policy)(order % RH_CRASH_POLICY_COUNT));
        play_judge(&talk);
        talk_end_empty(&talk);
    }
    talk.order = 0;
}

/* What a participant says before it ends counts, whoever hears of its end first. Covers: LM-S3 */
static void a_reply_precedes_the_end_of_its_sender(void **state)
{
    (void)state;
    for (uint64_t order = 1; order <= ORDERS; order++) {
        for (unsigned policy = 0; policy < RH_CRASH_POLICY_COUNT; policy++) {
            talk.order = order;
            talk.fail_at = 0;
            talk_begin(&talk);
            talk_open_with(&talk, (enum rh_crash_policy)policy, "h1 h2");
            size_t asked = TALK_LATER("ask", "x");
            talk_settle(&talk);
            talk_reply(&talk, 0, RH_ITEM(NULL, "y"));
            talk_exit(&talk, talk_pid(&talk, "h1"), "boom");
            talk_settle(&talk);
            assert_string_equal(talk_outcome(&talk, asked), "[ok, 1, <h1>, y]");
            assert_int_equal(talk.request_count, 0);
            talk_end_empty(&talk);
        }
    }
    talk.order = 0;
}

/* An end during which there is no actor is told as it was, and once. Covers: LM-S19 */
static void an_end_between_two_incarnations_is_told_as_it_was(void **state)
{
    (void)state;
    for (uint64_t order = 1; order <= ORDERS; order++) {
        talk.order = order;
        talk.fail_at = 0;
        talk_begin(&talk);
        talk_open_with(&talk, RH_CRASH_POLICY_ROUTE_TO_NEXT, "h1 h2 h3");
        talk_exit(&talk, talk.incarnation, "boom");
        talk_exit(&talk, talk_pid(&talk, "h1"), "normal");
        for (uint64_t steps = order % 7; steps > 0; steps--) {
            (void)talk_step(&talk);
        }
        talk_exit(&talk, talk_pid(&talk, "h2"), "boom");
        talk_settle(&talk);
        const char *query = talk_ask(&talk, RH_ITEM(NULL, "query"));
        assert_non_null(strstr(query, "[<h1>, left, normal, 0], [<h2>, crashed, boom, 0]"));
        talk_end_empty(&talk);
    }
    talk.order = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_its_promises_in_any_order),
        cmocka_unit_test(a_reply_precedes_the_end_of_its_sender),
        cmocka_unit_test(an_end_between_two_incarnations_is_told_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}

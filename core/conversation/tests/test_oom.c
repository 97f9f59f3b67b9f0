/* SPDX-License-Identifier: MIT */
/* Every allocation of a run that uses everything fails once. Whatever it hits, nothing leaks and nobody waits for ever. */
#include "core/conversation/tests/play.h"

static struct talk talk;

static size_t sweep(enum rh_crash_policy policy, bool crashes)
{
    for (size_t n = 1;; n++) {
        talk.fail_at = n;
        talk_arm(&talk, crashes ? "actor" : NULL, 6, 1);
        play_all(&talk, policy);
        bool is_complete = talk.attempts < n;
        talk.fail_at = 0;
        play_judge(&talk);
        talk_end(&talk);
        if (is_complete) {
            return n;
        }
    }
}

static void sweeps_every_policy(void **state)
{
    (void)state;
    for (unsigned policy = 0; policy < RH_CRASH_POLICY_COUNT; policy++) {
        assert_true(sweep((enum rh_crash_policy)policy, false) > 200);
    }
}

static void sweeps_a_run_in_which_the_actor_crashes_too(void **state)
{
    (void)state;
    assert_true(sweep(RH_CRASH_POLICY_COMPENSATE, true) > 200);
}

static void sweeps_a_buffer(void **state)
{
    (void)state;
    static const char text[] = "a text that is longer than a handle can hold by itself";
    bool is_complete = false;
    for (size_t n = 1; !is_complete; n++) {
        talk.fail_at = n;
        talk_begin(&talk);
        talk_open_with(&talk, RH_CRASH_POLICY_COMPENSATE, "h1+i");
        (void)TALK_LATER("receive");
        (void)TALK_LATER("compensate", talk.client, text);
        (void)TALK_LATER("send", text);
        (void)TALK("send", text);
        talk_exit(&talk, talk_pid(&talk, "h1"), "boom");
        (void)talk_tell(&talk, RH_ITEM(NULL, "close"));
        talk_settle(&talk);
        (void)talk_ask(&talk, RH_ITEM(NULL, "close"));
        is_complete = talk.attempts < n;
        talk.fail_at = 0;
        play_judge(&talk);
        talk_end(&talk);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sweeps_every_policy),
        cmocka_unit_test(sweeps_a_run_in_which_the_actor_crashes_too),
        cmocka_unit_test(sweeps_a_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}

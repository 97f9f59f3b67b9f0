/* SPDX-License-Identifier: MIT */
/* Every allocation of a run that uses everything fails once. Whatever it hits, nothing leaks and nobody waits for ever. */
#include "core/conversation/tests/play.h"

static struct talk talk;

static size_t sweep(enum rh_crash_policy policy)
{
    for (size_t n = 1;; n++) {
        talk.fail_at = n;
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
        assert_true(sweep((enum rh_crash_policy)policy) > 200);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sweeps_every_policy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}

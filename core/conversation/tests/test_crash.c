/* SPDX-License-Identifier: MIT */
/* Whoever takes part crashes after every operation of every turn: the actor, the keeper, a participant. */
#include "core/conversation/tests/play.h"

static struct talk talk;

/* The stubborn participant outlives a keeper that crashes; everybody else must be gone by itself. */
static void judge(const char *victim)
{
    if (strcmp(victim, "conv") == 0 && talk.has_crashed) {
        talk.is_lenient = true; /* its clients are told by their calls, not by the keeper */
    }
    play_judge(&talk);
    if (!talk.is_lenient) {
        assert_false(talk_is_alive(&talk, talk_pid(&talk, "s1")));
    }
    talk_end_empty(&talk);
}

/* Returns how many points there were. */
static size_t crash_everywhere(const char *victim, enum rh_crash_policy policy)
{
    size_t points = 0;
    bool has_turn = true;
    talk.fail_at = 0;
    for (unsigned turn = 1; has_turn; turn++) {
        bool has_operation = true;
        has_turn = false;
        for (uint32_t operations = 1; has_operation; operations++) {
            talk_arm(&talk, victim, turn, operations);
            play_all(&talk, policy);
            has_turn = has_turn || talk.has_crashed;
            has_operation = talk.has_crashed && operations < 12;
            points += talk.has_crashed ? 1 : 0;
            judge(victim);
        }
    }
    return points;
}

/* Covers: LM-S4 LM-S5 LM-S20 LM-S22 LM-I1 LM-I2 LM-I8 LM-I14 P34 */
static void the_actor_crashes_at_every_point(void **state)
{
    (void)state;
    for (unsigned policy = 0; policy < RH_CRASH_POLICY_COUNT; policy++) {
        assert_true(crash_everywhere("actor", (enum rh_crash_policy)policy) > 100);
    }
}

static void the_keeper_crashes_at_every_point(void **state)
{
    (void)state;
    assert_true(crash_everywhere("conv", RH_CRASH_POLICY_ROUTE_TO_NEXT) > 100);
}

/* Covers: P36 */
static void a_participant_crashes_at_every_point(void **state)
{
    (void)state;
    static const char *const victims[] = {"h1", "e1", "h2", "s1"};
    for (unsigned policy = 0; policy < RH_CRASH_POLICY_COUNT; policy++) {
        size_t points = 0;
        for (size_t i = 0; i < 4; i++) {
            points += crash_everywhere(victims[i], (enum rh_crash_policy)policy);
        }
        assert_true(points > 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_actor_crashes_at_every_point),
        cmocka_unit_test(the_keeper_crashes_at_every_point),
        cmocka_unit_test(a_participant_crashes_at_every_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}

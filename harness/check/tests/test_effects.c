/* SPDX-License-Identifier: MIT */
/* What effects objects to: effects and inputs written by hand. A asks for handles; the n-th is its n-th reference. */
#include "harness/check/tests/feed.h"

#define A actor(1)
#define B actor(2)

static struct feed opened(void)
{
    struct feed f = feed_open("effects");
    born(&f, A);
    born(&f, B);
    return f;
}

static void asks(struct feed *f, const char *effect, uint64_t handle)
{
    TELL(f, EFFECT, .signal = RH_SIGNAL_IO, .actor = A, .peer = A, .ordinal = handle,
         .name = effect);
}

static void hears(struct feed *f, const char *input, uint64_t handle)
{
    TELL(f, INPUT, .signal = RH_SIGNAL_IO, .actor = A, .peer = A, .ordinal = handle, .name = input);
}

static void a_life_of_each_kind(void **state)
{
    struct feed f = opened();
    (void)state;
    asks(&f, "listen", 1);
    hears(&f, "opened", 1);
    hears(&f, "accepted", 1);
    asks(&f, "connect", 2);
    hears(&f, "opened", 2);
    asks(&f, "write", 2);
    hears(&f, "bytes", 2);
    hears(&f, "written", 2);
    asks(&f, "write", 2);
    asks(&f, "close", 2);
    hears(&f, "closed", 2);
    asks(&f, "start", 3);
    hears(&f, "started", 3);
    asks(&f, "kill", 3);
    hears(&f, "closed", 3);
    hears(&f, "stderr", 3);
    hears(&f, "exited", 3);
    asks(&f, "connect", 4);
    hears(&f, "closed", 4);
    feed_holds(&f, RH_END_QUIESCENT);
}

static void who_has_exited_is_owed_nothing(void **state)
{
    struct feed f = opened();
    (void)state;
    asks(&f, "connect", 1);
    asks(&f, "close", 1);
    dies(&f, A, "normal");
    feed_holds(&f, RH_END_QUIESCENT);
}

static void a_run_that_was_cut_owes_nothing(void **state)
{
    struct feed f = opened();
    (void)state;
    asks(&f, "connect", 1);
    feed_holds(&f, RH_END_EVENTS);
}

static void a_connect_without_answer(void **state)
{
    struct feed f = opened();
    (void)state;
    asks(&f, "connect", 1);
    feed_fails(&f, RH_END_QUIESCENT, "effects/owed", "is answered", "connect");
}

static void a_close_without_answer(void **state)
{
    struct feed f = opened();
    (void)state;
    asks(&f, "connect", 1);
    hears(&f, "opened", 1);
    asks(&f, "close", 1);
    feed_fails(&f, RH_END_QUIESCENT, "effects/owed", "is answered", "close");
}

static void opened_twice(void **state)
{
    struct feed f = opened();
    (void)state;
    asks(&f, "connect", 1);
    hears(&f, "opened", 1);
    hears(&f, "opened", 1);
    feed_fails(&f, RH_END_QUIESCENT, "effects/once", "answered once", "not awaited");
}

static void started_what_was_to_be_connected(void **state)
{
    struct feed f = opened();
    (void)state;
    asks(&f, "connect", 1);
    hears(&f, "started", 1);
    feed_fails(&f, RH_END_QUIESCENT, "effects/once", "answered once", "started");
}

static void written_twice(void **state)
{
    struct feed f = opened();
    (void)state;
    asks(&f, "connect", 1);
    hears(&f, "opened", 1);
    asks(&f, "write", 1);
    hears(&f, "written", 1);
    hears(&f, "written", 1);
    feed_fails(&f, RH_END_QUIESCENT, "effects/once", "answered once", "nothing was being written");
}

static void written_though_a_fault_keeps_it(void **state)
{
    struct feed f = opened();
    (void)state;
    asks(&f, "connect", 1);
    hears(&f, "opened", 1);
    TELL(&f, EFFECT, .signal = RH_SIGNAL_IO, .actor = A, .peer = A, .ordinal = 1, .name = "write",
         .why = RH_WHY_FAULT);
    hears(&f, "written", 1);
    feed_fails(&f, RH_END_QUIESCENT, "effects/once", "answered once", "a fault keeps it");
}

static void two_writes_at_a_time(void **state)
{
    struct feed f = opened();
    (void)state;
    asks(&f, "connect", 1);
    hears(&f, "opened", 1);
    asks(&f, "write", 1);
    asks(&f, "write", 1);
    feed_fails(&f, RH_END_QUIESCENT, "effects/write", "one write", "second");
}

static void bytes_after_closed(void **state)
{
    struct feed f = opened();
    (void)state;
    asks(&f, "connect", 1);
    hears(&f, "opened", 1);
    hears(&f, "closed", 1);
    hears(&f, "bytes", 1);
    feed_fails(&f, RH_END_QUIESCENT, "effects/after", "nothing comes", "bytes");
}

static void closed_twice(void **state)
{
    struct feed f = opened();
    (void)state;
    asks(&f, "listen", 1);
    hears(&f, "closed", 1);
    hears(&f, "closed", 1);
    feed_fails(&f, RH_END_QUIESCENT, "effects/after", "nothing comes", "closed");
}

static void exited_twice(void **state)
{
    struct feed f = opened();
    (void)state;
    asks(&f, "start", 1);
    hears(&f, "started", 1);
    hears(&f, "exited", 1);
    hears(&f, "exited", 1);
    feed_fails(&f, RH_END_QUIESCENT, "effects/once", "ends once", "exited again");
}

static void exited_before_it_ran(void **state)
{
    struct feed f = opened();
    (void)state;
    asks(&f, "start", 1);
    hears(&f, "exited", 1);
    feed_fails(&f, RH_END_QUIESCENT, "effects/once", "ends once", "never ran");
}

static void one_handle_for_two_things(void **state)
{
    struct feed f = opened();
    (void)state;
    asks(&f, "start", 1);
    asks(&f, "listen", 1);
    feed_fails(&f, RH_END_QUIESCENT, "effects/handle", "one thing", "again");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_life_of_each_kind),
        cmocka_unit_test(who_has_exited_is_owed_nothing),
        cmocka_unit_test(a_run_that_was_cut_owes_nothing),
        cmocka_unit_test(a_connect_without_answer),
        cmocka_unit_test(a_close_without_answer),
        cmocka_unit_test(opened_twice),
        cmocka_unit_test(started_what_was_to_be_connected),
        cmocka_unit_test(written_twice),
        cmocka_unit_test(written_though_a_fault_keeps_it),
        cmocka_unit_test(two_writes_at_a_time),
        cmocka_unit_test(bytes_after_closed),
        cmocka_unit_test(closed_twice),
        cmocka_unit_test(exited_twice),
        cmocka_unit_test(exited_before_it_ran),
        cmocka_unit_test(one_handle_for_two_things),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0 ? 1 : 0;
}

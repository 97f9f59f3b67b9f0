/* SPDX-License-Identifier: MIT */
/* What links and monitors object to. */
#include "harness/check/tests/feed.h"

#define A actor(1)
#define B actor(2)
#define NO_WHY RH_WHY_NONE

static struct feed two_actors(const char *family)
{
    struct feed f = feed_open(family);
    born(&f, A);
    born(&f, B);
    return f;
}

static void half_goes(struct feed *f, struct rh_pid owner, struct rh_pid partner, enum rh_why why)
{
    TELL(f, LINK_REMOVE, .actor = owner, .peer = partner, .why = why);
}

/* B exits and A, linked, hears of it. */
static void b_exits_and_a_hears(struct feed *f)
{
    struct rh_message boom = text("boom");
    TELL(f, EXIT, .actor = B, .message = &boom, .why = RH_WHY_REQUESTED);
    half_goes(f, B, A, RH_WHY_EXIT);
    sends(f, RH_SIGNAL_EXIT, B, A, 0, "boom");
    TELL(f, EXIT_END, .actor = B);
    half_goes(f, A, B, RH_WHY_PARTNER);
}

/* ---- links ---- */

static void one_notice_per_link_is_fine(void **state)
{
    (void)state;
    struct feed f = two_actors(NULL);
    TELL(&f, TRAP, .actor = A, .number = 1);
    linked(&f, A, B);
    b_exits_and_a_hears(&f);
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_EXIT, A, B, 0, "boom", NO_WHY);
    TELL(&f, TURN_END, .actor = A);
    feed_holds(&f, RH_END_QUIESCENT);
}

static void a_second_exit_has_no_effect(void **state)
{
    (void)state;
    struct feed f = two_actors("links");
    linked(&f, A, B);
    b_exits_and_a_hears(&f);
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_EXIT, A, B, 0, "boom", NO_WHY);
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_EXIT, A, B, 0, "boom", NO_WHY);
    feed_fails(&f, RH_END_QUIESCENT, "links/barrier", "only through a link",
               "<1.1.1> and <1.2.1>: the EXIT took effect");
}

static void an_exit_after_an_unlink_that_was_handled_has_no_effect(void **state)
{
    (void)state;
    struct feed f = two_actors("links");
    linked(&f, A, B);
    half_goes(&f, B, A, RH_WHY_REQUESTED);
    sends(&f, RH_SIGNAL_UNLINK, B, A, 0, NULL);
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_UNLINK, A, B, 0, NULL, NO_WHY);
    feed_same_step(&f);
    half_goes(&f, A, B, RH_WHY_PARTNER);
    meets(&f, RH_EVENT_PUT, RH_SIGNAL_EXIT, A, B, 0, "boom", NO_WHY);
    feed_fails(&f, RH_END_QUIESCENT, "links/barrier", "", "took effect");
}

static void an_exit_after_an_unlink_that_ended_nothing_has_its_effect(void **state)
{
    (void)state;
    struct feed f = two_actors("links");
    linked(&f, A, B);
    half_goes(&f, B, A, RH_WHY_EXIT);
    sends(&f, RH_SIGNAL_EXIT, B, A, 0, "boom");
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_UNLINK, A, B, 0, NULL, NO_WHY); /* of an older link */
    half_goes(&f, A, B, RH_WHY_PARTNER);
    meets(&f, RH_EVENT_PUT, RH_SIGNAL_EXIT, A, B, 0, "boom", NO_WHY);
    feed_holds(&f, RH_END_QUIESCENT);
}

static void ignoring_is_an_effect_too(void **state)
{
    (void)state;
    struct feed f = two_actors("links");
    meets(&f, RH_EVENT_DROP, RH_SIGNAL_EXIT, A, B, 0, "normal", RH_WHY_IGNORED);
    feed_fails(&f, RH_END_QUIESCENT, "links/barrier", "", "not linked");
}

static void a_leaver_tells_each_partner_once(void **state)
{
    (void)state;
    struct feed f = two_actors("links");
    struct rh_message boom = text("boom");
    linked(&f, A, B);
    TELL(&f, EXIT, .actor = B, .message = &boom, .why = RH_WHY_REQUESTED);
    half_goes(&f, B, A, RH_WHY_EXIT);
    TELL(&f, EXIT_END, .actor = B);
    feed_fails(&f, RH_END_QUIESCENT, "links/one-notice", "told to the partner at once",
               "<1.2.1> and <1.1.1>: no EXIT was sent");
    f = two_actors("links");
    linked(&f, A, B);
    TELL(&f, EXIT, .actor = B, .message = &boom, .why = RH_WHY_REQUESTED);
    half_goes(&f, B, A, RH_WHY_EXIT);
    sends(&f, RH_SIGNAL_EXIT, B, A, 0, "boom");
    sends(&f, RH_SIGNAL_EXIT, B, A, 0, "boom");
    feed_fails(&f, RH_END_QUIESCENT, "links/one-notice", "once for each link",
               "without a link that ended");
    f = two_actors("links");
    linked(&f, A, B);
    half_goes(&f, B, A, RH_WHY_EXIT);
    feed_fails(&f, RH_END_QUIESCENT, "links/one-notice", "", "no EXIT was sent");
}

static void a_link_to_nobody_is_answered(void **state)
{
    (void)state;
    struct feed f = two_actors("links");
    TELL(&f, LINK_ADD, .actor = A, .peer = actor(9));
    sends(&f, RH_SIGNAL_LINK, A, actor(9), 0, NULL);
    meets(&f, RH_EVENT_DROP, RH_SIGNAL_LINK, actor(9), A, 0, NULL, RH_WHY_NOPROC);
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_UNLINK, B, A, 0, NULL, NO_WHY);
    feed_fails(&f, RH_END_QUIESCENT, "links/one-notice", "", "no EXIT was sent");
}

static void a_notice_does_not_get_lost(void **state)
{
    (void)state;
    struct feed f = two_actors("links");
    linked(&f, A, B);
    half_goes(&f, B, A, RH_WHY_REQUESTED); /* and no UNLINK went out */
    dies(&f, B, "boom");
    feed_fails(&f, RH_END_QUIESCENT, "links/one-notice", "hears of it once",
               "the second is dead, and the first was never told");
}

static void what_a_fault_drops_is_excused(void **state)
{
    (void)state;
    struct feed f = two_actors("links");
    struct rh_message boom = text("boom");
    linked(&f, A, B);
    TELL(&f, EXIT, .actor = B, .message = &boom, .why = RH_WHY_REQUESTED);
    half_goes(&f, B, A, RH_WHY_EXIT);
    sends(&f, RH_SIGNAL_EXIT, B, A, 0, "boom");
    TELL(&f, EXIT_END, .actor = B);
    meets(&f, RH_EVENT_DROP, RH_SIGNAL_EXIT, A, B, 0, "boom", RH_WHY_FAULT);
    feed_holds(&f, RH_END_QUIESCENT);
}

static void links_are_symmetric_once_nothing_is_under_way(void **state)
{
    (void)state;
    struct feed f = two_actors("links");
    TELL(&f, LINK_ADD, .actor = A, .peer = B);
    sends(&f, RH_SIGNAL_LINK, A, B, 0, NULL);
    feed_holds(&f, RH_END_QUIESCENT);
    f = two_actors("links");
    TELL(&f, LINK_ADD, .actor = A, .peer = B);
    sends(&f, RH_SIGNAL_LINK, A, B, 0, NULL);
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_LINK, B, A, 0, NULL, NO_WHY);
    feed_fails(&f, RH_END_QUIESCENT, "links/symmetric", "on both sides",
               "<1.1.1> and <1.2.1>: only the first");
}

static void links_are_a_set(void **state)
{
    (void)state;
    struct feed f = two_actors("links");
    linked(&f, A, B);
    TELL(&f, LINK_ADD, .actor = A, .peer = B);
    feed_fails(&f, RH_END_QUIESCENT, "links/set", "linked once", "linked again");
    f = two_actors("links");
    half_goes(&f, A, B, RH_WHY_REQUESTED);
    feed_fails(&f, RH_END_QUIESCENT, "links/set", "that is there", "no such half");
    f = two_actors("links");
    TELL(&f, LINK_ADD, .actor = A, .peer = A);
    feed_fails(&f, RH_END_QUIESCENT, "links/set", "nobody with itself", "");
}

static void a_flush_finds_the_exit_that_is_there(void **state)
{
    (void)state;
    struct feed f = two_actors("links");
    linked(&f, A, B);
    b_exits_and_a_hears(&f);
    meets(&f, RH_EVENT_PUT, RH_SIGNAL_EXIT, A, B, 0, "boom", NO_WHY);
    TELL(&f, FLUSH, .signal = RH_SIGNAL_EXIT, .actor = A, .peer = B, .number = 0);
    feed_fails(&f, RH_END_QUIESCENT, "links/flush", "in the mailbox", "still there");
}

/* ---- monitors ---- */

static void target_goes(struct feed *f, uint64_t ordinal)
{
    TELL(f, WATCH_REMOVE, .actor = B, .peer = A, .ordinal = ordinal, .why = RH_WHY_EXIT);
    sends(f, RH_SIGNAL_DOWN, B, A, ordinal, "boom");
}

static void down_arrives(struct feed *f, enum rh_event_kind kind, uint64_t ordinal)
{
    TELL(f, MONITOR_REMOVE, .actor = A, .peer = B, .ordinal = ordinal, .why = RH_WHY_FIRED);
    meets(f, kind, RH_SIGNAL_DOWN, A, B, ordinal, "boom", NO_WHY);
}

static void b_exits(struct feed *f, uint64_t ordinal)
{
    struct rh_message boom = text("boom");
    TELL(f, EXIT, .actor = B, .message = &boom, .why = RH_WHY_REQUESTED);
    target_goes(f, ordinal);
    TELL(f, EXIT_END, .actor = B);
}

static void one_down_per_reference_is_fine(void **state)
{
    (void)state;
    struct feed f = two_actors(NULL);
    watched(&f, A, B, 1);
    watched(&f, A, B, 2);
    struct rh_message boom = text("boom");
    TELL(&f, EXIT, .actor = B, .message = &boom, .why = RH_WHY_REQUESTED);
    target_goes(&f, 1);
    target_goes(&f, 2);
    TELL(&f, EXIT_END, .actor = B);
    down_arrives(&f, RH_EVENT_HANDLE, 1);
    TELL(&f, TURN_END, .actor = A);
    down_arrives(&f, RH_EVENT_HANDLE, 2);
    TELL(&f, TURN_END, .actor = A);
    feed_holds(&f, RH_END_QUIESCENT);
}

static void a_second_down_has_no_effect(void **state)
{
    (void)state;
    struct feed f = two_actors("monitors");
    watched(&f, A, B, 1);
    b_exits(&f, 1);
    down_arrives(&f, RH_EVENT_HANDLE, 1);
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_DOWN, A, B, 1, "boom", NO_WHY);
    feed_fails(&f, RH_END_QUIESCENT, "monitors/after-demonitor", "while its reference is active",
               "monitor 1 of <1.1.1> on <1.2.1>: the DOWN took effect");
}

static void no_down_after_demonitor(void **state)
{
    (void)state;
    struct feed f = two_actors("monitors");
    watched(&f, A, B, 1);
    TELL(&f, MONITOR_REMOVE, .actor = A, .peer = B, .ordinal = 1, .why = RH_WHY_REQUESTED);
    sends(&f, RH_SIGNAL_DEMONITOR, A, B, 1, NULL);
    meets(&f, RH_EVENT_PUT, RH_SIGNAL_DOWN, A, B, 1, "boom", NO_WHY);
    feed_fails(&f, RH_END_QUIESCENT, "monitors/after-demonitor", "", "not active");
}

static void no_down_is_left_after_a_flush(void **state)
{
    (void)state;
    struct feed f = two_actors("monitors");
    watched(&f, A, B, 1);
    b_exits(&f, 1);
    down_arrives(&f, RH_EVENT_PUT, 1);
    TELL(&f, FLUSH, .signal = RH_SIGNAL_DOWN, .actor = A, .ordinal = 1, .number = 1);
    feed_fails(&f, RH_END_QUIESCENT, "monitors/flush", "no DOWN of it is in the mailbox",
               "still there");
}

static void a_reference_ends_once(void **state)
{
    (void)state;
    struct feed f = two_actors("monitors");
    watched(&f, A, B, 1);
    TELL(&f, MONITOR_REMOVE, .actor = A, .peer = B, .ordinal = 1, .why = RH_WHY_REQUESTED);
    sends(&f, RH_SIGNAL_DEMONITOR, A, B, 1, NULL);
    TELL(&f, MONITOR_REMOVE, .actor = A, .peer = B, .ordinal = 1, .why = RH_WHY_REQUESTED);
    feed_fails(&f, RH_END_QUIESCENT, "monitors/one-reference", "ends once", "ended again");
}

static void removing_one_reference_leaves_the_other(void **state)
{
    (void)state;
    struct feed f = two_actors("monitors");
    watched(&f, A, B, 1);
    watched(&f, A, B, 2);
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_DEMONITOR, B, A, 1, NULL, NO_WHY);
    TELL(&f, WATCH_REMOVE, .actor = B, .peer = A, .ordinal = 2, .why = RH_WHY_PARTNER);
    feed_fails(&f, RH_END_QUIESCENT, "monitors/one-reference", "of that reference only",
               "monitor 1 of <1.1.1>");
    f = two_actors("monitors");
    watched(&f, A, B, 1);
    TELL(&f, WATCH_REMOVE, .actor = B, .peer = A, .ordinal = 1, .why = RH_WHY_PARTNER);
    feed_fails(&f, RH_END_QUIESCENT, "monitors/one-reference", "", "nobody asked for it");
}

static void a_down_speaks_of_its_own_target(void **state)
{
    (void)state;
    struct feed f = two_actors("monitors");
    watched(&f, A, B, 1);
    TELL(&f, MONITOR_REMOVE, .actor = A, .peer = B, .ordinal = 1, .why = RH_WHY_FIRED);
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_DOWN, A, actor(3), 1, "boom", NO_WHY);
    feed_fails(&f, RH_END_QUIESCENT, "monitors/one-reference", "its own target", "another");
}

static void references_are_never_used_again(void **state)
{
    (void)state;
    struct feed f = two_actors("monitors");
    watched(&f, A, B, 2);
    TELL(&f, MONITOR_ADD, .actor = A, .peer = B, .ordinal = 1);
    feed_fails(&f, RH_END_QUIESCENT, "monitors/reference", "reference of its own", "used before");
    f = two_actors("monitors");
    watched(&f, A, B, 2);
    TELL(&f, WATCH_ADD, .actor = B, .peer = A, .ordinal = 2);
    feed_fails(&f, RH_END_QUIESCENT, "monitors/reference", "one half", "a second one");
}

static void a_reference_is_known_before_its_down(void **state)
{
    (void)state;
    struct feed f = two_actors("monitors");
    TELL(&f, MONITOR_ADD, .actor = A, .peer = actor(9), .ordinal = 1);
    uint64_t step = f.step;
    sends(&f, RH_SIGNAL_MONITOR, A, actor(9), 1, NULL);
    meets(&f, RH_EVENT_DROP, RH_SIGNAL_MONITOR, actor(9), A, 1, NULL, RH_WHY_NOPROC);
    sends(&f, RH_SIGNAL_DOWN, actor(9), A, 1, "noproc");
    TELL(&f, MONITOR_REMOVE, .actor = A, .peer = actor(9), .ordinal = 1, .why = RH_WHY_FIRED);
    f.step = step - 1; /* the next event is of the same step */
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_DOWN, A, actor(9), 1, "noproc", NO_WHY);
    feed_fails(&f, RH_END_QUIESCENT, "monitors/reference", "in its watcher's hands",
               "in the step that made");
}

static void a_leaver_tells_each_watcher(void **state)
{
    (void)state;
    struct feed f = two_actors("monitors");
    watched(&f, A, B, 1);
    TELL(&f, WATCH_REMOVE, .actor = B, .peer = A, .ordinal = 1, .why = RH_WHY_EXIT);
    TELL(&f, EXIT_END, .actor = B);
    feed_fails(&f, RH_END_QUIESCENT, "monitors/one-notice", "told to its watcher",
               "no DOWN was sent");
    f = two_actors("monitors");
    watched(&f, A, B, 1);
    b_exits(&f, 1);
    sends(&f, RH_SIGNAL_DOWN, B, A, 1, "boom");
    feed_fails(&f, RH_END_QUIESCENT, "monitors/one-notice", "once for each reference",
               "without a monitor that ended");
}

static void a_monitor_of_nobody_is_answered(void **state)
{
    (void)state;
    struct feed f = two_actors("monitors");
    TELL(&f, MONITOR_ADD, .actor = A, .peer = actor(9), .ordinal = 1);
    sends(&f, RH_SIGNAL_MONITOR, A, actor(9), 1, NULL);
    meets(&f, RH_EVENT_DROP, RH_SIGNAL_MONITOR, actor(9), A, 1, NULL, RH_WHY_NOPROC);
    feed_fails(&f, RH_END_QUIESCENT, "monitors/one-notice", "", "no DOWN was sent");
}

static void a_down_does_not_get_lost(void **state)
{
    (void)state;
    struct feed f = two_actors("monitors");
    watched(&f, A, B, 1);
    dies(&f, B, "boom");
    feed_fails(&f, RH_END_QUIESCENT, "monitors/one-notice", "only while its target lives",
               "the target is dead, and no DOWN came");
    f = two_actors("monitors");
    TELL(&f, MONITOR_ADD, .actor = A, .peer = B, .ordinal = 1);
    sends(&f, RH_SIGNAL_MONITOR, A, B, 1, NULL);
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_MONITOR, B, A, 1, NULL, NO_WHY);
    feed_fails(&f, RH_END_QUIESCENT, "monitors/one-notice", "remembers who watches",
               "handled MONITOR and does not");
}

static void demonitor_reaches_the_target(void **state)
{
    (void)state;
    struct feed f = two_actors("monitors");
    watched(&f, A, B, 1);
    TELL(&f, MONITOR_REMOVE, .actor = A, .peer = B, .ordinal = 1, .why = RH_WHY_REQUESTED);
    feed_fails(&f, RH_END_QUIESCENT, "monitors/withdraw", "hears when", "no DEMONITOR was sent");
    f = two_actors("monitors");
    watched(&f, A, B, 1);
    TELL(&f, MONITOR_REMOVE, .actor = A, .peer = B, .ordinal = 1, .why = RH_WHY_REQUESTED);
    sends(&f, RH_SIGNAL_DEMONITOR, A, B, 1, NULL);
    meets(&f, RH_EVENT_DROP, RH_SIGNAL_DEMONITOR, B, A, 1, NULL, RH_WHY_STALE);
    feed_fails(&f, RH_END_QUIESCENT, "monitors/left-behind", "leaves nothing at its target",
               "still has its half");
}

static void a_monitor_that_a_fault_dropped_is_excused(void **state)
{
    (void)state;
    struct feed f = two_actors("monitors");
    watched(&f, A, B, 1);
    b_exits(&f, 1);
    meets(&f, RH_EVENT_DROP, RH_SIGNAL_DOWN, A, B, 1, "boom", RH_WHY_FAULT);
    feed_holds(&f, RH_END_QUIESCENT);
    f = two_actors("monitors");
    watched(&f, A, B, 1);
    TELL(&f, MONITOR_REMOVE, .actor = A, .peer = B, .ordinal = 1, .why = RH_WHY_REQUESTED);
    sends(&f, RH_SIGNAL_DEMONITOR, A, B, 1, NULL);
    meets(&f, RH_EVENT_DROP, RH_SIGNAL_DEMONITOR, B, A, 1, NULL, RH_WHY_FAULT);
    feed_holds(&f, RH_END_QUIESCENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_notice_per_link_is_fine),
        cmocka_unit_test(a_second_exit_has_no_effect),
        cmocka_unit_test(an_exit_after_an_unlink_that_was_handled_has_no_effect),
        cmocka_unit_test(an_exit_after_an_unlink_that_ended_nothing_has_its_effect),
        cmocka_unit_test(ignoring_is_an_effect_too),
        cmocka_unit_test(a_leaver_tells_each_partner_once),
        cmocka_unit_test(a_link_to_nobody_is_answered),
        cmocka_unit_test(a_notice_does_not_get_lost),
        cmocka_unit_test(what_a_fault_drops_is_excused),
        cmocka_unit_test(links_are_symmetric_once_nothing_is_under_way),
        cmocka_unit_test(links_are_a_set),
        cmocka_unit_test(a_flush_finds_the_exit_that_is_there),
        cmocka_unit_test(one_down_per_reference_is_fine),
        cmocka_unit_test(a_second_down_has_no_effect),
        cmocka_unit_test(no_down_after_demonitor),
        cmocka_unit_test(no_down_is_left_after_a_flush),
        cmocka_unit_test(a_reference_ends_once),
        cmocka_unit_test(removing_one_reference_leaves_the_other),
        cmocka_unit_test(a_down_speaks_of_its_own_target),
        cmocka_unit_test(references_are_never_used_again),
        cmocka_unit_test(a_reference_is_known_before_its_down),
        cmocka_unit_test(a_leaver_tells_each_watcher),
        cmocka_unit_test(a_monitor_of_nobody_is_answered),
        cmocka_unit_test(a_down_does_not_get_lost),
        cmocka_unit_test(demonitor_reaches_the_target),
        cmocka_unit_test(a_monitor_that_a_fault_dropped_is_excused),
    };
    return cmocka_run_group_tests_name("harness.check.ties", tests, NULL, NULL) ? 1 : 0;
}

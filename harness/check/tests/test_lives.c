/* SPDX-License-Identifier: MIT */
/* What exits, reasons, names and timers object to. */
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

static void exits(struct feed *f, struct rh_pid who, const char *reason, struct rh_pid cause,
                  enum rh_why why)
{
    struct rh_message message = text(reason);
    TELL(f, EXIT, .actor = who, .peer = cause, .message = &message, .why = why);
}

/* ---- exits ---- */

static void nobody_exits_twice(void **state)
{
    (void)state;
    struct feed f = two_actors("exits");
    dies(&f, A, "boom");
    exits(&f, A, "boom", rh_pid_none(), RH_WHY_REQUESTED);
    feed_fails(&f, RH_END_QUIESCENT, "exits/once", "exits once", "<1.1.1> is dead");
    f = two_actors("exits");
    TELL(&f, EXIT_END, .actor = A);
    feed_fails(&f, RH_END_QUIESCENT, "exits/once", "after its EXIT", "<1.1.1> is alive");
}

static void the_dead_do_nothing(void **state)
{
    (void)state;
    static const enum rh_event_kind deeds[] = {
        RH_EVENT_HANDLE,    RH_EVENT_PUT,   RH_EVENT_TURN_END,    RH_EVENT_LINK_ADD,
        RH_EVENT_TIMER_SET, RH_EVENT_INPUT, RH_EVENT_MONITOR_ADD, RH_EVENT_ALIAS_OPEN};
    for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++) {
        struct feed f = two_actors("exits");
        dies(&f, A, "boom");
        feed(&f, (struct rh_event){.kind = deeds[i],
                                   .signal = RH_SIGNAL_MESSAGE,
                                   .actor = A,
                                   .peer = B,
                                   .ordinal = 5});
        feed_fails(&f, RH_END_QUIESCENT, "exits/after", "only a live actor",
                   rh_event_kind_word(deeds[i]));
    }
    struct feed f = two_actors("exits");
    TELL(&f, TURN_END, .actor = actor(7));
    feed_fails(&f, RH_END_QUIESCENT, "exits/after", "", "<1.7.1> never lived");
}

static void the_dead_only_answer(void **state)
{
    (void)state;
    struct feed f = two_actors("exits");
    dies(&f, A, "boom");
    sends(&f, RH_SIGNAL_MESSAGE, A, B, 0, "hi");
    feed_fails(&f, RH_END_QUIESCENT, "exits/silent", "what has just met nobody",
               "send MESSAGE hi: <1.2.1>, and <1.1.1> is dead");
    f = two_actors("exits");
    dies(&f, A, "boom");
    sends(&f, RH_SIGNAL_LINK, B, A, 0, NULL);
    meets(&f, RH_EVENT_DROP, RH_SIGNAL_LINK, A, B, 0, NULL, RH_WHY_NOPROC);
    sends(&f, RH_SIGNAL_EXIT, A, B, 0, "noproc");
    sends(&f, RH_SIGNAL_EXIT, A, B, 0, "noproc");
    feed_fails(&f, RH_END_QUIESCENT, "exits/silent", "", "send EXIT noproc");
    f = two_actors("exits");
    sends(&f, RH_SIGNAL_MESSAGE, B, actor(7), 0, "hi");
    meets(&f, RH_EVENT_DROP, RH_SIGNAL_MESSAGE, actor(7), B, 0, "hi", RH_WHY_NOPROC);
    sends(&f, RH_SIGNAL_UNDELIVERABLE, actor(7), B, 0, "hi");
    feed_fails(&f, RH_END_QUIESCENT, "exits/silent", "", "<1.7.1> never lived");
}

static void an_exit_step_is_one_block(void **state)
{
    (void)state;
    struct feed f = two_actors("exits");
    exits(&f, A, "boom", rh_pid_none(), RH_WHY_REQUESTED);
    TELL(&f, TURN_END, .actor = B);
    feed_fails(&f, RH_END_QUIESCENT, "exits/atomic", "one block", "turn_end");
    f = two_actors("exits");
    exits(&f, A, "boom", rh_pid_none(), RH_WHY_REQUESTED);
    sends(&f, RH_SIGNAL_MESSAGE, A, B, 0, "bye");
    feed_fails(&f, RH_END_QUIESCENT, "exits/atomic", "", "send MESSAGE bye");
    f = two_actors("exits");
    exits(&f, A, "boom", rh_pid_none(), RH_WHY_REQUESTED);
    TELL(&f, TIMER_CANCEL, .actor = A, .peer = B, .ordinal = 1, .why = RH_WHY_EXIT);
    feed_fails(&f, RH_END_QUIESCENT, "exits/atomic", "only what is the leaver's", "timer_cancel");
    f = two_actors("exits");
    exits(&f, A, "boom", rh_pid_none(), RH_WHY_REQUESTED);
    feed_fails(&f, RH_END_QUIESCENT, "exits/atomic", "is completed", "in the middle");
}

static void an_exit_step_has_an_order(void **state)
{
    (void)state;
    struct feed f = two_actors("exits");
    exits(&f, A, "boom", rh_pid_none(), RH_WHY_REQUESTED);
    sends(&f, RH_SIGNAL_EXIT, A, B, 0, "boom");
    TELL(&f, NAME_REMOVE, .actor = A, .name = "svc", .why = RH_WHY_EXIT);
    feed_fails(&f, RH_END_QUIESCENT, "exits/order", "before anybody hears", "name_remove");
    f = two_actors("exits");
    exits(&f, A, "boom", rh_pid_none(), RH_WHY_REQUESTED);
    sends(&f, RH_SIGNAL_DOWN, A, B, 1, "boom");
    sends(&f, RH_SIGNAL_EXIT, A, B, 0, "boom");
    feed_fails(&f, RH_END_QUIESCENT, "exits/order", "EXIT before its DOWNs", "send EXIT boom");
    f = two_actors("exits");
    exits(&f, A, "boom", rh_pid_none(), RH_WHY_REQUESTED);
    sends(&f, RH_SIGNAL_DOWN, A, B, 2, "boom");
    sends(&f, RH_SIGNAL_DOWN, A, B, 1, "boom");
    feed_fails(&f, RH_END_QUIESCENT, "exits/order", "in the order of their monitors", "send DOWN");
}

static void different_partners_have_no_order(void **state)
{
    (void)state;
    struct feed f = two_actors("exits");
    exits(&f, A, "boom", rh_pid_none(), RH_WHY_REQUESTED);
    sends(&f, RH_SIGNAL_DOWN, A, B, 2, "boom");
    sends(&f, RH_SIGNAL_EXIT, A, actor(3), 0, "boom");
    sends(&f, RH_SIGNAL_DOWN, A, actor(3), 1, "boom");
    TELL(&f, EXIT_END, .actor = A);
    feed_holds(&f, RH_END_QUIESCENT);
}

static void an_exit_step_leaves_nothing(void **state)
{
    (void)state;
    struct feed f = two_actors("exits");
    linked(&f, A, B);
    watched(&f, A, B, 1);
    TELL(&f, ALIAS_OPEN, .actor = A, .ordinal = 2);
    dies(&f, A, "boom");
    feed_fails(&f, RH_END_QUIESCENT, "exits/complete", "nothing of <1.1.1> is left",
               "1 links, 1 monitors, 1 aliases");
    f = two_actors("exits");
    sends(&f, RH_SIGNAL_MESSAGE, B, A, 0, "hi");
    meets(&f, RH_EVENT_PUT, RH_SIGNAL_MESSAGE, A, B, 0, "hi", NO_WHY);
    dies(&f, A, "boom");
    feed_fails(&f, RH_END_QUIESCENT, "exits/complete", "", "1 deliveries in its mailbox");
}

static void an_identity_is_given_once(void **state)
{
    (void)state;
    struct feed f = two_actors("exits");
    TELL(&f, SPAWN, .actor = A, .ordinal = 3);
    feed_fails(&f, RH_END_QUIESCENT, "exits/identity", "given once", "spawn");
    f = two_actors("exits");
    dies(&f, A, "boom");
    born(&f, later_actor(1));
    dies(&f, later_actor(1), "boom");
    TELL(&f, SPAWN, .actor = A, .ordinal = 3);
    feed_fails(&f, RH_END_QUIESCENT, "exits/identity", "", "spawn");
}

static void start_comes_first(void **state)
{
    (void)state;
    struct feed f = feed_open("exits");
    TELL(&f, SPAWN, .actor = A, .ordinal = 1);
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_MESSAGE, A, B, 0, "hi", NO_WHY);
    feed_fails(&f, RH_END_QUIESCENT, "exits/start", "handles START before", "MESSAGE hi");
}

static void a_node_that_goes_runs_no_exit_steps(void **state)
{
    (void)state;
    struct feed f = two_actors(NULL);
    TELL(&f, EXIT, .actor = A, .why = RH_WHY_NODE);
    TELL(&f, EXIT, .actor = B, .why = RH_WHY_NODE);
    feed_holds(&f, RH_END_QUIESCENT);
}

/* ---- reasons ---- */

static void partners_hear_the_reason(void **state)
{
    (void)state;
    static const enum rh_signal_kind notices[] = {RH_SIGNAL_EXIT, RH_SIGNAL_DOWN};
    for (size_t i = 0; i < 2; i++) {
        struct feed f = two_actors("reasons");
        exits(&f, A, "boom", rh_pid_none(), RH_WHY_REQUESTED);
        sends(&f, notices[i], A, B, 1, "bang");
        feed_fails(&f, RH_END_QUIESCENT, "reasons/intact", "<1.1.1>", "bang");
    }
}

static void who_asks_too_late_hears_noproc(void **state)
{
    (void)state;
    struct feed f = two_actors("reasons");
    dies(&f, A, "boom");
    meets(&f, RH_EVENT_DROP, RH_SIGNAL_MONITOR, A, B, 1, NULL, RH_WHY_NOPROC);
    sends(&f, RH_SIGNAL_DOWN, A, B, 1, "boom");
    feed_fails(&f, RH_END_QUIESCENT, "reasons/late", "noproc", "boom");
    f = two_actors("reasons");
    meets(&f, RH_EVENT_DROP, RH_SIGNAL_LINK, A, B, 1, NULL, RH_WHY_NOCONNECTION);
    sends(&f, RH_SIGNAL_EXIT, A, B, 0, "noproc");
    feed_fails(&f, RH_END_QUIESCENT, "reasons/late", "noconnection", "noproc");
}

static void a_linked_actor_dies_of_the_same_reason(void **state)
{
    (void)state;
    struct feed f = two_actors("reasons");
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_EXIT, A, B, 0, "boom", NO_WHY);
    exits(&f, A, "bang", B, RH_WHY_PARTNER);
    feed_fails(&f, RH_END_QUIESCENT, "reasons/intact", "it exits with boom", "bang");
    f = two_actors("reasons");
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_EXIT, A, B, 0, "boom", NO_WHY);
    exits(&f, A, "boom", actor(3), RH_WHY_PARTNER);
    feed_fails(&f, RH_END_QUIESCENT, "reasons/cause", "names who caused it", "it does not");
    f = two_actors("reasons");
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_EXIT, A, B, 0, "boom", NO_WHY);
    TELL(&f, TURN_END, .actor = A);
    feed_fails(&f, RH_END_QUIESCENT, "reasons/effect",
               "<1.1.1> exits with boom, because of <1.2.1>", "goes on");
    f = two_actors("reasons");
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_EXIT, A, B, 0, "boom", NO_WHY);
    feed_fails(&f, RH_END_EVENTS, "reasons/effect", "", "goes on");
}

static void normal_kills_nobody_else(void **state)
{
    (void)state;
    struct feed f = two_actors("reasons");
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_EXIT, A, B, 0, "normal", NO_WHY);
    feed_fails(&f, RH_END_QUIESCENT, "reasons/normal", "never touches", "EXIT normal");
    f = two_actors("reasons");
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_EXIT_SIGNAL, A, A, 0, "normal", NO_WHY);
    exits(&f, A, "normal", A, RH_WHY_PARTNER);
    TELL(&f, EXIT_END, .actor = A);
    feed_holds(&f, RH_END_QUIESCENT);
}

static void a_kill_signal_becomes_killed(void **state)
{
    (void)state;
    struct feed f = two_actors("reasons");
    TELL(&f, TRAP, .actor = A, .number = 1);
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_EXIT_SIGNAL, A, B, 0, "kill", NO_WHY);
    exits(&f, A, "kill", B, RH_WHY_REQUESTED);
    feed_fails(&f, RH_END_QUIESCENT, "reasons/intact", "it exits with killed", "kill");
    f = two_actors("reasons");
    TELL(&f, TRAP, .actor = A, .number = 1);
    meets(&f, RH_EVENT_PUT, RH_SIGNAL_EXIT_SIGNAL, A, B, 0, "kill", NO_WHY);
    feed_fails(&f, RH_END_QUIESCENT, "reasons/kill", "cannot be trapped", "became a message");
    f = two_actors("reasons");
    TELL(&f, TRAP, .actor = A, .number = 1);
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_EXIT_SIGNAL, A, B, 0, "kill", NO_WHY);
    TELL(&f, TURN_END, .actor = A);
    feed_fails(&f, RH_END_QUIESCENT, "reasons/effect", "exits with killed", "goes on");
}

static void a_link_that_carries_kill_can_be_trapped(void **state)
{
    (void)state;
    struct feed f = two_actors("reasons");
    TELL(&f, TRAP, .actor = A, .number = 1);
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_EXIT, A, B, 0, "kill", NO_WHY);
    TELL(&f, TURN_END, .actor = A);
    exits(&f, A, "kill", rh_pid_none(), RH_WHY_REQUESTED);
    sends(&f, RH_SIGNAL_EXIT, A, B, 0, "kill");
    TELL(&f, EXIT_END, .actor = A);
    feed_holds(&f, RH_END_QUIESCENT);
}

static void trapping_decides_what_an_exit_is(void **state)
{
    (void)state;
    struct feed f = two_actors("reasons");
    meets(&f, RH_EVENT_PUT, RH_SIGNAL_EXIT, A, B, 0, "boom", NO_WHY);
    feed_fails(&f, RH_END_QUIESCENT, "reasons/trap", "only an actor that traps", "does not trap");
    f = two_actors("reasons");
    TELL(&f, TRAP, .actor = A, .number = 1);
    meets(&f, RH_EVENT_DROP, RH_SIGNAL_EXIT, A, B, 0, "normal", RH_WHY_IGNORED);
    feed_fails(&f, RH_END_QUIESCENT, "reasons/trap", "hears of every exit", "ignored");
    f = two_actors("reasons");
    meets(&f, RH_EVENT_DROP, RH_SIGNAL_EXIT, A, B, 0, "boom", RH_WHY_IGNORED);
    feed_fails(&f, RH_END_QUIESCENT, "reasons/ignored", "only the reason normal", "EXIT boom");
    f = two_actors("reasons");
    meets(&f, RH_EVENT_DROP, RH_SIGNAL_EXIT_SIGNAL, A, A, 0, "normal", RH_WHY_IGNORED);
    feed_fails(&f, RH_END_QUIESCENT, "reasons/ignored", "from oneself", "ignored");
}

static void nobody_dies_of_a_signal_that_never_came(void **state)
{
    (void)state;
    struct feed f = two_actors("reasons");
    exits(&f, A, "boom", B, RH_WHY_PARTNER);
    feed_fails(&f, RH_END_QUIESCENT, "reasons/cause", "handled in the step", "no such signal");
}

/* ---- names ---- */

static void named(struct feed *f, struct rh_pid who, const char *name)
{
    TELL(f, NAME_ADD, .actor = who, .name = name, .peer = who);
}

static void a_name_has_one_owner(void **state)
{
    (void)state;
    struct feed f = two_actors("names");
    named(&f, A, "svc");
    named(&f, B, "svc");
    feed_fails(&f, RH_END_QUIESCENT, "names/one-owner", "refused",
               "\"svc\": <1.2.1> is concerned, and it belongs to <1.1.1>");
    f = two_actors("names");
    named(&f, A, "svc");
    named(&f, A, "other");
    feed_fails(&f, RH_END_QUIESCENT, "names/one-name", "one name", "other");
    f = two_actors("names");
    named(&f, A, "svc");
    TELL(&f, NAME_REMOVE, .actor = B, .name = "svc", .why = RH_WHY_REQUESTED);
    feed_fails(&f, RH_END_QUIESCENT, "names/one-owner", "from its owner", "svc");
    f = two_actors("names");
    TELL(&f, NAME_REMOVE, .actor = B, .name = "svc", .why = RH_WHY_REQUESTED);
    feed_fails(&f, RH_END_QUIESCENT, "names/one-owner", "", "belongs to nobody");
}

static void the_dead_have_no_names(void **state)
{
    (void)state;
    struct feed f = two_actors("names");
    dies(&f, A, "boom");
    named(&f, A, "svc");
    feed_fails(&f, RH_END_QUIESCENT, "names/alive", "only a live actor", "svc");
    f = two_actors("names");
    named(&f, B, "other");
    named(&f, A, "svc");
    dies(&f, A, "boom");
    feed_fails(&f, RH_END_QUIESCENT, "names/released", "exit step", "\"svc\"");
}

static void a_message_to_a_name_finds_its_owner(void **state)
{
    (void)state;
    struct feed f = two_actors("names");
    struct rh_message hi = text("hi");
    named(&f, A, "svc");
    TELL(&f, HANDLE, .signal = RH_SIGNAL_MESSAGE, .actor = B, .peer = A, .name = "svc",
         .message = &hi);
    feed_fails(&f, RH_END_QUIESCENT, "names/resolved", "whoever has it", "belongs to <1.1.1>");
    f = two_actors("names");
    named(&f, A, "svc");
    TELL(&f, DROP, .signal = RH_SIGNAL_MESSAGE, .actor = {.node = 1}, .peer = A, .name = "svc",
         .message = &hi, .why = RH_WHY_NONAME);
    feed_fails(&f, RH_END_QUIESCENT, "names/resolved", "", "belongs to <1.1.1>");
    f = two_actors("names");
    named(&f, A, "svc");
    TELL(&f, HANDLE, .signal = RH_SIGNAL_MESSAGE, .actor = A, .peer = B, .name = "svc",
         .message = &hi);
    TELL(&f, NAME_REMOVE, .actor = A, .name = "svc", .why = RH_WHY_REQUESTED);
    TELL(&f, DROP, .signal = RH_SIGNAL_MESSAGE, .actor = {.node = 1}, .peer = A, .name = "svc",
         .message = &hi, .why = RH_WHY_NONAME);
    feed_holds(&f, RH_END_QUIESCENT);
}

/* ---- timers ---- */

static void sets(struct feed *f, uint64_t ordinal, rh_instant due)
{
    TELL(f, TIMER_SET, .actor = A, .peer = B, .ordinal = ordinal, .due = due);
}

static void fires(struct feed *f, uint64_t ordinal, rh_instant due)
{
    TELL(f, TIMER_FIRE, .actor = A, .peer = B, .ordinal = ordinal, .due = due);
}

static void a_timer_fires_once(void **state)
{
    (void)state;
    struct feed f = two_actors("timers");
    sets(&f, 1, 5);
    f.now = 5;
    fires(&f, 1, 5);
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_TIMER, B, A, 1, NULL, NO_WHY);
    fires(&f, 1, 5);
    feed_fails(&f, RH_END_QUIESCENT, "timers/once", "at most once",
               "timer 1 of <1.1.1> for <1.2.1>, due at 5 ns: it fired");
    f = two_actors("timers");
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_TIMER, B, A, 1, NULL, NO_WHY);
    feed_fails(&f, RH_END_QUIESCENT, "timers/once", "comes once", "none has fired");
    f = two_actors("timers");
    sets(&f, 1, 5);
    sets(&f, 1, 5);
    feed_fails(&f, RH_END_QUIESCENT, "timers/reference", "of its own", "set again");
}

static void a_cancelled_timer_never_fires(void **state)
{
    (void)state;
    struct feed f = two_actors("timers");
    sets(&f, 1, 5);
    TELL(&f, TIMER_CANCEL, .actor = A, .peer = B, .ordinal = 1, .why = RH_WHY_REQUESTED);
    f.now = 5;
    fires(&f, 1, 5);
    feed_fails(&f, RH_END_QUIESCENT, "timers/once", "not after it was cancelled", "not running");
    f = two_actors("timers");
    TELL(&f, TIMER_CANCEL, .actor = A, .peer = B, .ordinal = 1, .why = RH_WHY_REQUESTED);
    feed_fails(&f, RH_END_QUIESCENT, "timers/once", "is cancelled", "is not running");
}

static void a_timer_is_never_early(void **state)
{
    (void)state;
    struct feed f = two_actors("timers");
    sets(&f, 1, 5);
    f.now = 4;
    fires(&f, 1, 5);
    feed_fails(&f, RH_END_QUIESCENT, "timers/early", "fires at 5 ns or later", "fired at 4 ns");
}

static void a_timer_is_for_its_target(void **state)
{
    (void)state;
    struct feed f = two_actors("timers");
    sets(&f, 1, 5);
    f.now = 5;
    dies(&f, B, "boom");
    feed_fails(&f, RH_END_QUIESCENT, "timers/target", "end in its exit step",
               "1 still aimed at <1.2.1>");
    f = two_actors("timers");
    sets(&f, 1, 5);
    f.now = 5;
    TELL(&f, TIMER_FIRE, .actor = A, .peer = later_actor(2), .ordinal = 1, .due = 5);
    feed_fails(&f, RH_END_QUIESCENT, "timers/target", "was set for", "another one");
    f = two_actors("timers");
    TELL(&f, TIMER_SET, .actor = A, .name = "svc", .ordinal = 1, .due = 5);
    f.now = 5;
    dies(&f, B, "boom");
    TELL(&f, TIMER_FIRE, .actor = A, .peer = B, .name = "svc", .ordinal = 1, .due = 5);
    feed_fails(&f, RH_END_QUIESCENT, "timers/target", "ends with its target",
               "for svc, due at 5 ns: it fired for a dead one");
}

static void timers_of_a_target_keep_due_order(void **state)
{
    (void)state;
    struct feed f = two_actors("timers");
    sets(&f, 1, 5);
    sets(&f, 2, 7);
    f.now = 9;
    fires(&f, 2, 7);
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_TIMER, B, A, 2, NULL, NO_WHY);
    fires(&f, 1, 5);
    feed_fails(&f, RH_END_QUIESCENT, "timers/order", "in due order", "has fired before");
}

static void a_timer_that_was_set_later_may_be_due_earlier(void **state)
{
    (void)state;
    struct feed f = two_actors(NULL);
    sets(&f, 1, 7);
    f.now = 9;
    fires(&f, 1, 7);
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_TIMER, B, A, 1, NULL, NO_WHY);
    f.now = 3; /* the clock of another actor */
    sets(&f, 2, 4);
    f.now = 9;
    fires(&f, 2, 4);
    meets(&f, RH_EVENT_PUT, RH_SIGNAL_TIMER, B, A, 0, NULL, NO_WHY);
    feed_holds(&f, RH_END_QUIESCENT);
}

static void a_timer_that_fires_arrives(void **state)
{
    (void)state;
    struct feed f = two_actors("timers");
    sets(&f, 1, 5);
    sets(&f, 2, 5);
    f.now = 5;
    fires(&f, 1, 5);
    fires(&f, 2, 5);
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_TIMER, B, A, 1, NULL, NO_WHY);
    feed_fails(&f, RH_END_QUIESCENT, "timers/delivered", "reaches its target",
               "timer 2 of <1.1.1> fired for <1.2.1> and did not");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_exits_twice),
        cmocka_unit_test(the_dead_do_nothing),
        cmocka_unit_test(the_dead_only_answer),
        cmocka_unit_test(an_exit_step_is_one_block),
        cmocka_unit_test(an_exit_step_has_an_order),
        cmocka_unit_test(different_partners_have_no_order),
        cmocka_unit_test(an_exit_step_leaves_nothing),
        cmocka_unit_test(an_identity_is_given_once),
        cmocka_unit_test(start_comes_first),
        cmocka_unit_test(a_node_that_goes_runs_no_exit_steps),
        cmocka_unit_test(partners_hear_the_reason),
        cmocka_unit_test(who_asks_too_late_hears_noproc),
        cmocka_unit_test(a_linked_actor_dies_of_the_same_reason),
        cmocka_unit_test(normal_kills_nobody_else),
        cmocka_unit_test(a_kill_signal_becomes_killed),
        cmocka_unit_test(a_link_that_carries_kill_can_be_trapped),
        cmocka_unit_test(trapping_decides_what_an_exit_is),
        cmocka_unit_test(nobody_dies_of_a_signal_that_never_came),
        cmocka_unit_test(a_name_has_one_owner),
        cmocka_unit_test(the_dead_have_no_names),
        cmocka_unit_test(a_message_to_a_name_finds_its_owner),
        cmocka_unit_test(a_timer_fires_once),
        cmocka_unit_test(a_cancelled_timer_never_fires),
        cmocka_unit_test(a_timer_is_never_early),
        cmocka_unit_test(a_timer_is_for_its_target),
        cmocka_unit_test(timers_of_a_target_keep_due_order),
        cmocka_unit_test(a_timer_that_was_set_later_may_be_due_earlier),
        cmocka_unit_test(a_timer_that_fires_arrives),
    };
    return cmocka_run_group_tests_name("harness.check.lives", tests, NULL, NULL) ? 1 : 0;
}

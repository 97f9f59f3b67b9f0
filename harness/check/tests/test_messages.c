/* SPDX-License-Identifier: MIT */
/* What conservation, order, aliases, mailboxes and deadlock object to. */
#include "harness/check/tests/feed.h"

#define MSG RH_SIGNAL_MESSAGE
#define NO_WHY RH_WHY_NONE

static struct feed two_actors(const char *family)
{
    struct feed f = feed_open(family);
    born(&f, actor(1));
    born(&f, actor(2));
    return f;
}

static void wait_for(struct feed *f, struct rh_pid who, const char *tag)
{
    struct rh_message message = tag == NULL ? rh_message_none() : text(tag);
    struct rh_receive want = {
        .tags = &message, .tag_count = tag == NULL ? 0 : 1, .timeout = RH_NEVER};
    TELL(f, WAIT, .actor = who, .due = RH_NEVER, .want = &want);
}

/* ---- conservation ---- */

static void a_message_is_not_handled_twice(void **state)
{
    (void)state;
    struct feed f = two_actors("conservation");
    sends(&f, MSG, actor(1), actor(2), 0, "hi");
    meets(&f, RH_EVENT_HANDLE, MSG, actor(2), actor(1), 0, "hi", NO_WHY);
    meets(&f, RH_EVENT_HANDLE, MSG, actor(2), actor(1), 0, "hi", NO_WHY);
    feed_fails(&f, RH_END_QUIESCENT, "conservation/once", "ends once", "none like it is under way");
}

static void a_message_arrives_as_it_was_sent(void **state)
{
    (void)state;
    struct feed f = two_actors("conservation");
    sends(&f, MSG, actor(1), actor(2), 0, "hi");
    meets(&f, RH_EVENT_PUT, MSG, actor(2), actor(1), 0, "ho", NO_WHY);
    feed_fails(&f, RH_END_QUIESCENT, "conservation/once", "",
               "MESSAGE ho from <1.1.1> to <1.2.1>: put");
}

static void a_payload_that_a_fault_has_replaced_is_excused(void **state)
{
    (void)state;
    struct feed f = two_actors(NULL);
    sends(&f, MSG, actor(1), actor(2), 0, "hi");
    meets(&f, RH_EVENT_HANDLE, MSG, actor(2), actor(1), 0, "ho", RH_WHY_FAULT);
    feed_holds(&f, RH_END_QUIESCENT);
}

static void no_message_is_lost(void **state)
{
    (void)state;
    struct feed f = two_actors("conservation");
    sends(&f, MSG, actor(1), actor(2), 0, "hi");
    feed_fails(&f, RH_END_QUIESCENT, "conservation/once", "every signal has ended",
               "1 have not, such as MESSAGE hi from <1.1.1> to <1.2.1>");
    f = two_actors("conservation");
    struct rh_message hi = text("hi");
    TELL(&f, SEND, .signal = MSG, .actor = actor(1), .peer = {.node = 1}, .name = "svc",
         .message = &hi);
    feed_fails(&f, RH_END_QUIESCENT, "conservation/once", "", "to svc");
}

static void what_is_under_way_at_a_bound_is_not_lost(void **state)
{
    (void)state;
    struct feed f = two_actors(NULL);
    sends(&f, MSG, actor(1), actor(2), 0, "hi");
    feed_holds(&f, RH_END_EVENTS);
}

static void a_return_is_told_to_the_sender(void **state)
{
    (void)state;
    struct feed f = two_actors("conservation");
    sends(&f, MSG, actor(1), actor(3), 0, "hi");
    meets(&f, RH_EVENT_RETURN, MSG, actor(3), actor(1), 0, "hi", RH_WHY_NOPROC);
    feed_fails(&f, RH_END_QUIESCENT, "conservation/answer",
               "UNDELIVERABLE hi from <1.3.1> to <1.1.1>", "ended without it");
    f = two_actors("conservation");
    sends(&f, MSG, actor(1), actor(3), 0, "hi");
    meets(&f, RH_EVENT_RETURN, MSG, actor(3), actor(1), 0, "hi", RH_WHY_NOPROC);
    sends(&f, RH_SIGNAL_UNDELIVERABLE, actor(3), actor(1), 0, "ho");
    feed_fails(&f, RH_END_QUIESCENT, "conservation/answer", "UNDELIVERABLE hi",
               "send UNDELIVERABLE ho");
}

static void only_messages_come_back(void **state)
{
    (void)state;
    struct feed f = two_actors("conservation");
    sends(&f, RH_SIGNAL_UNLINK, actor(1), actor(3), 0, NULL);
    meets(&f, RH_EVENT_RETURN, RH_SIGNAL_UNLINK, actor(3), actor(1), 0, NULL, RH_WHY_NOPROC);
    feed_fails(&f, RH_END_QUIESCENT, "conservation/return", "exactly once", "UNLINK came back");
}

static void nobody_answers_unasked(void **state)
{
    (void)state;
    struct feed f = two_actors("conservation");
    sends(&f, RH_SIGNAL_LIVENESS, actor(2), actor(1), 4, NULL);
    feed_fails(&f, RH_END_QUIESCENT, "conservation/answer", "follows what it answers",
               "<1.1.1>, which asked nothing");
}

static void the_question_of_life_is_answered_truly(void **state)
{
    (void)state;
    struct feed f = two_actors("conservation");
    sends(&f, RH_SIGNAL_ASK_ALIVE, actor(1), actor(2), 4, NULL);
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_ASK_ALIVE, actor(2), actor(1), 4, NULL, NO_WHY);
    TELL(&f, SEND, .signal = RH_SIGNAL_LIVENESS, .actor = actor(2), .peer = actor(1), .ordinal = 4,
         .number = 0);
    feed_fails(&f, RH_END_QUIESCENT, "conservation/answer", "saying alive", "LIVENESS");
}

/* ---- order ---- */

static void a_later_message_does_not_overtake(void **state)
{
    (void)state;
    struct feed f = two_actors("order");
    sends(&f, MSG, actor(1), actor(2), 0, "one");
    sends(&f, MSG, actor(1), actor(2), 0, "two");
    meets(&f, RH_EVENT_HANDLE, MSG, actor(2), actor(1), 0, "two", NO_WHY);
    feed_fails(&f, RH_END_QUIESCENT, "order/channel", "next the 1st, MESSAGE one",
               "handle the 2nd, MESSAGE two");
}

static void a_signal_does_not_overtake_a_message(void **state)
{
    (void)state;
    struct feed f = two_actors("order");
    sends(&f, MSG, actor(1), actor(2), 0, "one");
    sends(&f, RH_SIGNAL_EXIT_SIGNAL, actor(1), actor(2), 0, "boom");
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_EXIT_SIGNAL, actor(2), actor(1), 0, "boom", NO_WHY);
    feed_fails(&f, RH_END_QUIESCENT, "order/channel", "MESSAGE one", "EXIT2 boom");
}

static void different_senders_may_overtake_and_caps_may_drop(void **state)
{
    (void)state;
    struct feed f = two_actors(NULL);
    TELL(&f, CAP, .actor = actor(2), .number = 2);
    sends(&f, MSG, actor(1), actor(2), 0, "one");
    sends(&f, MSG, actor(2), actor(2), 0, "own");
    sends(&f, MSG, actor(1), actor(2), 0, "two");
    meets(&f, RH_EVENT_DROP, MSG, actor(2), actor(1), 0, "two", RH_WHY_OVERFLOW);
    meets(&f, RH_EVENT_HANDLE, MSG, actor(2), actor(2), 0, "own", NO_WHY);
    meets(&f, RH_EVENT_HANDLE, MSG, actor(2), actor(1), 0, "one", NO_WHY);
    feed_holds(&f, RH_END_QUIESCENT);
}

static void a_name_is_a_channel_of_its_own(void **state)
{
    (void)state;
    struct feed f = two_actors(NULL);
    struct rh_message one = text("one");
    TELL(&f, NAME_ADD, .actor = actor(2), .name = "svc", .peer = actor(1));
    TELL(&f, SEND, .signal = MSG, .actor = actor(1), .peer = {.node = 1}, .name = "svc",
         .message = &one);
    sends(&f, MSG, actor(1), actor(2), 0, "two");
    meets(&f, RH_EVENT_HANDLE, MSG, actor(2), actor(1), 0, "two", NO_WHY);
    TELL(&f, HANDLE, .signal = MSG, .actor = actor(2), .peer = actor(1), .name = "svc",
         .message = &one);
    feed_holds(&f, RH_END_QUIESCENT);
}

static void a_copy_that_a_fault_makes_waits_next(void **state)
{
    (void)state;
    struct feed f = two_actors(NULL);
    struct rh_message one = text("one");
    sends(&f, MSG, actor(1), actor(2), 0, "one");
    sends(&f, MSG, actor(1), actor(2), 0, "two");
    TELL(&f, SEND, .signal = MSG, .actor = actor(1), .peer = actor(2), .message = &one,
         .why = RH_WHY_FAULT);
    meets(&f, RH_EVENT_HANDLE, MSG, actor(2), actor(1), 0, "one", NO_WHY);
    meets(&f, RH_EVENT_HANDLE, MSG, actor(2), actor(1), 0, "one", NO_WHY);
    meets(&f, RH_EVENT_HANDLE, MSG, actor(2), actor(1), 0, "two", NO_WHY);
    feed_holds(&f, RH_END_QUIESCENT);
}

/* ---- aliases ---- */

static void a_closed_alias_delivers_nothing(void **state)
{
    (void)state;
    struct feed f = two_actors("aliases");
    TELL(&f, ALIAS_OPEN, .actor = actor(2), .ordinal = 1, .number = RH_ALIAS_EXPLICIT);
    meets(&f, RH_EVENT_HANDLE, MSG, actor(2), actor(1), 1, "hi", NO_WHY);
    TELL(&f, ALIAS_CLOSE, .actor = actor(2), .ordinal = 1, .why = RH_WHY_REQUESTED);
    meets(&f, RH_EVENT_HANDLE, MSG, actor(2), actor(1), 1, "hi", NO_WHY);
    feed_fails(&f, RH_END_QUIESCENT, "aliases/closed", "delivers nothing",
               "alias 1 of <1.2.1>: closed");
}

static void an_open_alias_delivers(void **state)
{
    (void)state;
    struct feed f = two_actors("aliases");
    TELL(&f, ALIAS_OPEN, .actor = actor(2), .ordinal = 1, .number = RH_ALIAS_EXPLICIT);
    meets(&f, RH_EVENT_DROP, MSG, actor(2), actor(1), 1, "hi", RH_WHY_CLOSED);
    feed_fails(&f, RH_END_QUIESCENT, "aliases/open", "arrives", "dropped");
}

static void a_reply_alias_delivers_once(void **state)
{
    (void)state;
    struct feed f = two_actors("aliases");
    TELL(&f, ALIAS_OPEN, .actor = actor(2), .ordinal = 1, .number = RH_ALIAS_REPLY);
    TELL(&f, ALIAS_CLOSE, .actor = actor(2), .ordinal = 1, .why = RH_WHY_FIRED);
    meets(&f, RH_EVENT_HANDLE, MSG, actor(2), actor(1), 1, "hi", NO_WHY);
    meets(&f, RH_EVENT_HANDLE, MSG, actor(2), actor(1), 1, "hi", NO_WHY);
    feed_fails(&f, RH_END_QUIESCENT, "aliases/closed", "", "closed");
    f = two_actors("aliases");
    TELL(&f, ALIAS_OPEN, .actor = actor(2), .ordinal = 1, .number = RH_ALIAS_REPLY);
    meets(&f, RH_EVENT_PUT, MSG, actor(2), actor(1), 1, "hi", NO_WHY);
    feed_fails(&f, RH_END_QUIESCENT, "aliases/once", "one message", "still open");
}

static void an_explicit_alias_stays_open_and_closes_once(void **state)
{
    (void)state;
    struct feed f = two_actors("aliases");
    TELL(&f, ALIAS_OPEN, .actor = actor(2), .ordinal = 1, .number = RH_ALIAS_EXPLICIT);
    TELL(&f, ALIAS_CLOSE, .actor = actor(2), .ordinal = 1, .why = RH_WHY_FIRED);
    feed_fails(&f, RH_END_QUIESCENT, "aliases/closed", "only a reply alias", "it ended");
    f = two_actors("aliases");
    TELL(&f, ALIAS_CLOSE, .actor = actor(2), .ordinal = 1, .why = RH_WHY_REQUESTED);
    feed_fails(&f, RH_END_QUIESCENT, "aliases/closed", "closed once", "again");
    f = two_actors("aliases");
    TELL(&f, ALIAS_OPEN, .actor = actor(2), .ordinal = 1, .number = RH_ALIAS_EXPLICIT);
    TELL(&f, ALIAS_OPEN, .actor = actor(2), .ordinal = 1, .number = RH_ALIAS_EXPLICIT);
    feed_fails(&f, RH_END_QUIESCENT, "aliases/reference", "reference", "opened again");
}

static void an_alias_ends_with_its_monitor(void **state)
{
    (void)state;
    struct feed f = two_actors("aliases");
    TELL(&f, ALIAS_OPEN, .actor = actor(2), .ordinal = 1, .number = RH_ALIAS_DEMONITOR);
    TELL(&f, MONITOR_REMOVE, .actor = actor(2), .peer = actor(1), .ordinal = 1,
         .why = RH_WHY_FIRED);
    meets(&f, RH_EVENT_HANDLE, MSG, actor(2), actor(1), 1, "hi", NO_WHY);
    feed_fails(&f, RH_END_QUIESCENT, "aliases/monitor", "ends when its monitor does",
               "the monitor has ended");
}

/* ---- mailboxes ---- */

static void put(struct feed *f, struct rh_pid to, struct rh_pid from, const char *payload)
{
    sends(f, MSG, from, to, 0, payload);
    meets(f, RH_EVENT_PUT, MSG, to, from, 0, payload, NO_WHY);
}

static void take(struct feed *f, struct rh_pid to, struct rh_pid from, const char *payload)
{
    TELL(f, WAIT_END, .actor = to, .why = RH_WHY_FIRED);
    meets(f, RH_EVENT_TAKE, MSG, to, from, 0, payload, NO_WHY);
}

static void the_earliest_wanted_is_taken(void **state)
{
    (void)state;
    struct feed f = two_actors("mailboxes");
    put(&f, actor(2), actor(1), "noise");
    put(&f, actor(2), actor(1), "one");
    put(&f, actor(2), actor(1), "two");
    wait_for(&f, actor(2), "two");
    take(&f, actor(2), actor(1), "two");
    wait_for(&f, actor(2), NULL);
    take(&f, actor(2), actor(1), "one");
    feed_fails(&f, RH_END_QUIESCENT, "mailboxes/selective",
               "the earliest that is wanted is taken: MESSAGE noise from <1.1.1>",
               "take MESSAGE one");
}

static void what_nobody_wants_stays(void **state)
{
    (void)state;
    struct feed f = two_actors("mailboxes");
    put(&f, actor(2), actor(1), "one");
    wait_for(&f, actor(2), "two");
    take(&f, actor(2), actor(1), "one");
    feed_fails(&f, RH_END_QUIESCENT, "mailboxes/selective", "only what is wanted",
               "take MESSAGE one");
}

/* Covers: LU-S12 */
static void only_who_waits_takes(void **state)
{
    (void)state;
    struct feed f = two_actors("mailboxes");
    put(&f, actor(2), actor(1), "one");
    put(&f, actor(2), actor(1), "two");
    wait_for(&f, actor(2), NULL);
    take(&f, actor(2), actor(1), "one");
    wait_for(&f, actor(2), NULL);
    TELL(&f, WAIT_END, .actor = actor(2), .why = RH_WHY_REQUESTED);
    meets(&f, RH_EVENT_TAKE, MSG, actor(2), actor(1), 0, "two", NO_WHY);
    feed_fails(&f, RH_END_QUIESCENT, "mailboxes/waits", "only who waits takes", "take MESSAGE two");
}

static void only_mail_is_taken_or_discarded(void **state)
{
    (void)state;
    struct feed f = two_actors("mailboxes");
    TELL(&f, CAP, .actor = actor(2), .number = 1);
    put(&f, actor(2), actor(1), "one");
    meets(&f, RH_EVENT_DISCARD, MSG, actor(2), actor(1), 0, "one", RH_WHY_OVERFLOW);
    meets(&f, RH_EVENT_DISCARD, MSG, actor(2), actor(1), 0, "one", RH_WHY_OVERFLOW);
    feed_fails(&f, RH_END_QUIESCENT, "mailboxes/list", "what is in a mailbox",
               "discard MESSAGE one");
}

static void a_copy_takes_no_room_and_no_cap_drops_it(void **state)
{
    (void)state;
    struct rh_message one = text("one");
    struct feed f = two_actors(NULL);
    TELL(&f, CAP, .actor = actor(2), .number = 1);
    sends(&f, MSG, actor(1), actor(2), 0, "one");
    TELL(&f, SEND, .signal = MSG, .actor = actor(1), .peer = actor(2), .message = &one,
         .why = RH_WHY_FAULT);
    meets(&f, RH_EVENT_PUT, MSG, actor(2), actor(1), 0, "one", NO_WHY);
    meets(&f, RH_EVENT_PUT, MSG, actor(2), actor(1), 0, "one", NO_WHY); /* the copy */
    meets(&f, RH_EVENT_DISCARD, MSG, actor(2), actor(1), 0, "one", RH_WHY_OVERFLOW);
    sends(&f, MSG, actor(1), actor(2), 0, "one");
    meets(&f, RH_EVENT_PUT, MSG, actor(2), actor(1), 0, "one", NO_WHY);
    meets(&f, RH_EVENT_DISCARD, MSG, actor(2), actor(1), 0, "one", RH_WHY_OVERFLOW); /* not that */
    sends(&f, MSG, actor(1), actor(2), 0, "two");
    feed_holds(&f, RH_END_EVENTS);
}

static void who_was_found_by_name_takes_room_as_well(void **state)
{
    (void)state;
    struct rh_message one = text("one");
    struct feed f = two_actors("mailboxes");
    TELL(&f, CAP, .actor = actor(2), .number = 1);
    TELL(&f, NAME_ADD, .actor = actor(2), .name = "svc", .peer = actor(1));
    TELL(&f, SEND, .signal = MSG, .actor = actor(1), .peer = {.node = 1}, .name = "svc",
         .message = &one);
    TELL(&f, PUT, .signal = MSG, .actor = actor(2), .peer = actor(1), .name = "svc",
         .message = &one);
    sends(&f, MSG, actor(1), actor(2), 0, "two");
    feed_fails(&f, RH_END_QUIESCENT, "mailboxes/cap", "at most 1", "2 do");
}

static void nobody_sleeps_beside_what_it_wants(void **state)
{
    (void)state;
    struct feed f = two_actors("mailboxes");
    wait_for(&f, actor(2), "one");
    put(&f, actor(2), actor(1), "two");
    put(&f, actor(2), actor(1), "one");
    feed_fails(&f, RH_END_QUIESCENT, "mailboxes/sleeper", "nobody waits",
               "<1.2.1> waits, and has MESSAGE one");
}

static void a_receive_by_reference_wants_that_reference(void **state)
{
    (void)state;
    struct feed f = two_actors("mailboxes");
    struct rh_ref ref = {actor(2), 3};
    struct rh_receive want = {.refs = &ref, .ref_count = 1, .timeout = RH_NEVER};
    meets(&f, RH_EVENT_PUT, RH_SIGNAL_DOWN, actor(2), actor(1), 2, "boom", NO_WHY);
    meets(&f, RH_EVENT_PUT, RH_SIGNAL_DOWN, actor(2), actor(1), 3, "boom", NO_WHY);
    TELL(&f, WAIT, .actor = actor(2), .due = RH_NEVER, .want = &want);
    TELL(&f, WAIT_END, .actor = actor(2), .why = RH_WHY_FIRED);
    meets(&f, RH_EVENT_TAKE, RH_SIGNAL_DOWN, actor(2), actor(1), 2, "boom", NO_WHY);
    feed_fails(&f, RH_END_QUIESCENT, "mailboxes/selective", "DOWN boom", "take DOWN boom");
}

static void a_cap_holds(void **state)
{
    (void)state;
    struct feed f = two_actors("mailboxes");
    TELL(&f, CAP, .actor = actor(2), .number = 1);
    sends(&f, MSG, actor(1), actor(2), 0, "one");
    sends(&f, MSG, actor(1), actor(2), 0, "two");
    feed_fails(&f, RH_END_QUIESCENT, "mailboxes/cap", "at most 1 messages wait for <1.2.1>",
               "2 do");
    f = two_actors("mailboxes");
    TELL(&f, CAP, .actor = actor(2), .number = 1);
    sends(&f, MSG, actor(1), actor(2), 0, "one");
    sends(&f, MSG, actor(1), actor(2), 0, "two");
    meets(&f, RH_EVENT_DROP, MSG, actor(2), actor(1), 0, "two", RH_WHY_OVERFLOW);
    meets(&f, RH_EVENT_PUT, MSG, actor(2), actor(1), 0, "one", NO_WHY);
    meets(&f, RH_EVENT_DISCARD, MSG, actor(2), actor(1), 0, "one", RH_WHY_OVERFLOW);
    sends(&f, MSG, actor(1), actor(2), 0, "three");
    feed_holds(&f, RH_END_EVENTS);
}

static void a_time_out_comes_in_time_and_once(void **state)
{
    (void)state;
    struct feed f = two_actors("mailboxes");
    struct rh_receive want = {.timeout = 5};
    TELL(&f, WAIT, .actor = actor(2), .due = 5, .want = &want);
    f.now = 4;
    TELL(&f, WAIT_END, .actor = actor(2), .why = RH_WHY_FIRED);
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_RECEIVE_TIMER, actor(2), actor(2), 1, NULL, NO_WHY);
    feed_fails(&f, RH_END_QUIESCENT, "mailboxes/time-out", "when its time is over", "at 4 ns");
    f = two_actors("mailboxes");
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_RECEIVE_TIMER, actor(2), actor(2), 1, NULL, NO_WHY);
    feed_fails(&f, RH_END_QUIESCENT, "mailboxes/time-out", "once", "was not waiting");
}

static void nobody_gives_up_beside_what_it_wants(void **state)
{
    (void)state;
    struct feed f = two_actors("mailboxes");
    struct rh_receive want = {.timeout = 5};
    put(&f, actor(2), actor(1), "one");
    TELL(&f, WAIT, .actor = actor(2), .due = 5, .want = &want);
    f.now = 5;
    TELL(&f, WAIT_END, .actor = actor(2), .why = RH_WHY_FIRED);
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_RECEIVE_TIMER, actor(2), actor(2), 1, NULL, NO_WHY);
    feed_fails(&f, RH_END_QUIESCENT, "mailboxes/gives-up", "nobody gives up",
               "<1.2.1> gives up, and has MESSAGE one from <1.1.1>");
}

/* ---- deadlock ---- */

static void who_waits_for_ever_is_blocked(void **state)
{
    (void)state;
    struct feed f = two_actors("deadlock");
    put(&f, actor(2), actor(1), "noise");
    wait_for(&f, actor(2), "one");
    wait_for(&f, actor(1), "two");
    feed_fails(
        &f, RH_END_QUIESCENT, "deadlock/receive", "nobody waits",
        "<1.1.1> waits, its mailbox holds []; <1.2.1> waits, its mailbox holds [MESSAGE noise "
        "from <1.1.1>]; pending timers: 0");
}

static void who_waits_with_a_time_out_or_at_a_bound_is_not(void **state)
{
    (void)state;
    struct feed f = two_actors("deadlock");
    struct rh_receive want = {.timeout = 5};
    TELL(&f, WAIT, .actor = actor(2), .due = 5, .want = &want);
    feed_holds(&f, RH_END_QUIESCENT);
    f = two_actors("deadlock");
    wait_for(&f, actor(2), "one");
    feed_holds(&f, RH_END_EVENTS);
}

/* What rh_call does: a reply alias that goes with a monitor, and a request that carries it. */
static void asks(struct feed *f, struct rh_pid who, struct rh_pid server, uint64_t ordinal)
{
    struct rh_ref ref = {who, ordinal};
    struct rh_message request = RH_ARRAY(rh_allocator_default(), "$call", ref, "what");
    TELL(f, ALIAS_OPEN, .actor = who, .ordinal = ordinal, .number = RH_ALIAS_REPLY_DEMONITOR);
    TELL(f, SEND, .actor = who, .peer = server, .signal = MSG, .message = &request);
    rh_message_unref(request);
}

static void who_asks_and_gets_no_answer_is_blocked(void **state)
{
    (void)state;
    struct feed f = two_actors("deadlock");
    asks(&f, actor(1), actor(2), 1);
    asks(&f, actor(1), actor(2), 2);
    TELL(&f, ALIAS_CLOSE, .actor = actor(1), .ordinal = 1, .why = RH_WHY_FIRED);
    feed_fails(&f, RH_END_QUIESCENT, "deadlock/ask", "every ask has been answered",
               "<1.1.1> waits for the answer of <1.2.1>; pending timers: 0");
}

static void who_was_answered_or_never_asked_or_is_dead_is_not(void **state)
{
    (void)state;
    struct feed f = two_actors("deadlock");
    asks(&f, actor(1), actor(2), 1);
    TELL(&f, ALIAS_CLOSE, .actor = actor(1), .ordinal = 1, .why = RH_WHY_FIRED);
    feed_holds(&f, RH_END_QUIESCENT);
    f = two_actors(
        "deadlock"); /* a reply alias by hand is no ask, nor is one that speaks for another */
    struct rh_ref ref = {actor(2), 1};
    struct rh_message request = RH_ARRAY(rh_allocator_default(), "$call", ref, "what");
    TELL(&f, ALIAS_OPEN, .actor = actor(2), .ordinal = 1, .number = RH_ALIAS_REPLY_DEMONITOR);
    TELL(&f, SEND, .actor = actor(1), .peer = actor(2), .signal = MSG, .message = &request);
    rh_message_unref(request);
    feed_holds(&f, RH_END_QUIESCENT);
    f = two_actors("deadlock");
    asks(&f, actor(1), actor(2), 1);
    dies(&f, actor(1), "boom");
    feed_holds(&f, RH_END_QUIESCENT);
    f = two_actors("deadlock");
    asks(&f, actor(1), actor(2), 1);
    feed_holds(&f, RH_END_EVENTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_not_handled_twice),
        cmocka_unit_test(a_message_arrives_as_it_was_sent),
        cmocka_unit_test(a_payload_that_a_fault_has_replaced_is_excused),
        cmocka_unit_test(no_message_is_lost),
        cmocka_unit_test(what_is_under_way_at_a_bound_is_not_lost),
        cmocka_unit_test(a_return_is_told_to_the_sender),
        cmocka_unit_test(only_messages_come_back),
        cmocka_unit_test(nobody_answers_unasked),
        cmocka_unit_test(the_question_of_life_is_answered_truly),
        cmocka_unit_test(a_later_message_does_not_overtake),
        cmocka_unit_test(a_signal_does_not_overtake_a_message),
        cmocka_unit_test(different_senders_may_overtake_and_caps_may_drop),
        cmocka_unit_test(a_name_is_a_channel_of_its_own),
        cmocka_unit_test(a_copy_that_a_fault_makes_waits_next),
        cmocka_unit_test(a_closed_alias_delivers_nothing),
        cmocka_unit_test(an_open_alias_delivers),
        cmocka_unit_test(a_reply_alias_delivers_once),
        cmocka_unit_test(an_explicit_alias_stays_open_and_closes_once),
        cmocka_unit_test(an_alias_ends_with_its_monitor),
        cmocka_unit_test(the_earliest_wanted_is_taken),
        cmocka_unit_test(what_nobody_wants_stays),
        cmocka_unit_test(only_who_waits_takes),
        cmocka_unit_test(only_mail_is_taken_or_discarded),
        cmocka_unit_test(a_copy_takes_no_room_and_no_cap_drops_it),
        cmocka_unit_test(who_was_found_by_name_takes_room_as_well),
        cmocka_unit_test(nobody_sleeps_beside_what_it_wants),
        cmocka_unit_test(a_receive_by_reference_wants_that_reference),
        cmocka_unit_test(a_cap_holds),
        cmocka_unit_test(a_time_out_comes_in_time_and_once),
        cmocka_unit_test(nobody_gives_up_beside_what_it_wants),
        cmocka_unit_test(who_waits_for_ever_is_blocked),
        cmocka_unit_test(who_waits_with_a_time_out_or_at_a_bound_is_not),
        cmocka_unit_test(who_asks_and_gets_no_answer_is_blocked),
        cmocka_unit_test(who_was_answered_or_never_asked_or_is_dead_is_not),
    };
    return cmocka_run_group_tests_name("harness.check.messages", tests, NULL, NULL) ? 1 : 0;
}

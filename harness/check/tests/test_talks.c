/* SPDX-License-Identifier: MIT */
/* What conversations, commands and requests object to: marks written by hand. K keeps, A works, P and Q answer, C asks. */
#include "harness/check/tests/feed.h"

#define K actor(1)
#define A actor(2)
#define B actor(3) /* the next A */
#define P actor(4)
#define Q actor(5)
#define C actor(6)
#define MARK(f, who, topic, ...)                                                                   \
    mark((f), (who), "conversation." topic, RH_ARRAY(rh_allocator_default(), K, __VA_ARGS__))

static void mark(struct feed *f, struct rh_pid who, const char *topic, struct rh_message message)
{
    TELL(f, MARK, .actor = who, .name = topic, .message = &message);
    rh_message_unref(message);
}

static struct rh_ref call(uint64_t n)
{
    return (struct rh_ref){C, n};
}

static struct feed conversation(const char *family)
{
    struct feed f = feed_open(family);
    for (uint32_t i = 1; i <= 6; i++) {
        born(&f, actor(i));
    }
    MARK(&f, K, "participant", P, "alive", RH_NULL);
    MARK(&f, K, "participant", Q, "alive", RH_NULL);
    MARK(&f, K, "incarnation", 1, A);
    return f;
}

static void phase(struct feed *f, struct rh_pid who, const char *from, const char *to)
{
    MARK(f, who, "phase", from, to, RH_NULL);
}

/* ---- conversations ---- */

static struct feed closed(const char *family)
{
    struct feed f = conversation(family);
    phase(&f, A, "created", "active");
    phase(&f, A, "active", "completing");
    dies(&f, A, "normal");
    MARK(&f, K, "incarnation", 1, RH_NULL);
    phase(&f, K, "completing", "closed");
    return f;
}

static void phases_go_one_way(void **state)
{
    (void)state;
    struct feed f = closed("conversations");
    phase(&f, K, "closed", "failed");
    feed_fails(&f, RH_END_QUIESCENT, "conversations/phase", "to closed", "from closed to failed");
    f = conversation("conversations");
    phase(&f, A, "active", "completing");
    feed_fails(&f, RH_END_QUIESCENT, "conversations/phase", "", "it was created");
    f = conversation("conversations");
    phase(&f, A, "created", "failed");
    phase(&f, A, "failed", "active");
    feed_fails(&f, RH_END_QUIESCENT, "conversations/phase", "", "from failed to active");
    f = conversation("conversations");
    phase(&f, A, "created", "closed");
    feed_fails(&f, RH_END_QUIESCENT, "conversations/phase", "", "from created to closed");
    f = conversation("conversations");
    phase(&f, A, "created", "asleep");
    feed_fails(&f, RH_END_QUIESCENT, "conversations/phase", "", "unknown_phase");
    f = conversation("conversations");
    MARK(&f, A, "event", "active", "send_live", "deliver");
    feed_fails(&f, RH_END_QUIESCENT, "conversations/phase", "knows the phase", "active");
    f = closed("conversations");
    dies(&f, K, "normal");
    feed_holds(&f, RH_END_QUIESCENT);
}

static void one_actor_works_at_a_time(void **state)
{
    (void)state;
    struct feed f = conversation("conversations");
    MARK(&f, K, "incarnation", 2, B);
    feed_fails(&f, RH_END_QUIESCENT, "conversations/one-actor", "one actor", "has not ended");
    f = conversation("conversations");
    MARK(&f, K, "incarnation", 1, RH_NULL);
    feed_fails(&f, RH_END_QUIESCENT, "conversations/one-actor", "has ended", "it is alive");
    f = conversation("conversations");
    dies(&f, A, "boom");
    MARK(&f, K, "incarnation", 1, RH_NULL);
    MARK(&f, K, "incarnation", 3, B);
    feed_fails(&f, RH_END_QUIESCENT, "conversations/incarnation", "numbered", "another number");
    f = conversation("conversations");
    dies(&f, A, "boom");
    MARK(&f, K, "incarnation", 1, RH_NULL);
    feed_fails(&f, RH_END_QUIESCENT, "conversations/one-actor", "started again", "nobody works");
    f = conversation("conversations");
    dies(&f, A, "boom");
    MARK(&f, K, "incarnation", 1, RH_NULL);
    MARK(&f, K, "incarnation", 2, B);
    MARK(&f, B, "event", "created", "query", "snapshot");
    feed_holds(&f, RH_END_QUIESCENT);
}

static void what_is_over_is_not_started_again(void **state)
{
    (void)state;
    struct feed f = closed("conversations");
    MARK(&f, K, "incarnation", 2, B);
    feed_fails(&f, RH_END_QUIESCENT, "conversations/final", "not started again", "closed");
    f = closed("conversations");
    feed_fails(&f, RH_END_QUIESCENT, "conversations/gone", "ends", "its keeper is alive");
    f = conversation("conversations");
    dies(&f, K, "boom");
    feed_fails(&f, RH_END_QUIESCENT, "conversations/gone", "with its keeper", "its actor is alive");
    f = closed("conversations");
    feed_holds(&f, RH_END_EVENTS);
}

static void only_who_works_speaks(void **state)
{
    (void)state;
    struct feed f = conversation("conversations");
    dies(&f, A, "boom");
    MARK(&f, K, "incarnation", 1, RH_NULL);
    MARK(&f, K, "incarnation", 2, B);
    MARK(&f, A, "command", call(1), "send");
    feed_fails(&f, RH_END_QUIESCENT, "conversations/speaker", "only the keeper", "somebody else");
}

static void an_end_is_noted_once_as_what_it_was(void **state)
{
    (void)state;
    struct feed f = conversation("conversations");
    dies(&f, P, "boom");
    MARK(&f, A, "participant", P, "crashed", "boom");
    MARK(&f, A, "participant", P, "crashed", "boom");
    feed_fails(&f, RH_END_QUIESCENT, "conversations/noted-once", "noted once", "a second time");
    f = conversation("conversations");
    dies(&f, P, "boom");
    feed_fails(&f, RH_END_QUIESCENT, "conversations/noted-once", "is noted", "unnoticed");
    f = conversation("conversations");
    dies(&f, P, "normal");
    MARK(&f, A, "participant", P, "crashed", "normal");
    feed_fails(&f, RH_END_QUIESCENT, "conversations/participant", "has left", "says otherwise");
    f = conversation("conversations");
    dies(&f, P, "normal");
    MARK(&f, A, "participant", P, "crashed", "boom");
    feed_fails(&f, RH_END_QUIESCENT, "conversations/participant", "", "ended otherwise");
    f = conversation("conversations");
    MARK(&f, A, "participant", P, "crashed", "boom");
    feed_fails(&f, RH_END_QUIESCENT, "conversations/participant", "", "it is alive");
    f = conversation("conversations");
    dies(&f, C, "boom");
    MARK(&f, A, "participant", C, "crashed", "boom");
    feed_fails(&f, RH_END_QUIESCENT, "conversations/participant", "of participants", "it is none");
    f = conversation("conversations");
    dies(&f, P, "shutdown");
    MARK(&f, A, "participant", P, "left", "shutdown");
    feed_holds(&f, RH_END_QUIESCENT);
}

static void a_notifier_ends_once(void **state)
{
    (void)state;
    struct feed f = conversation("conversations");
    MARK(&f, A, "notifier", call(1), P, "fired");
    feed_fails(&f, RH_END_QUIESCENT, "conversations/notifier", "once", "was not set");
    f = conversation("conversations");
    MARK(&f, A, "notifier", call(1), P, "set");
    MARK(&f, A, "notifier", call(1), Q, "fired");
    feed_fails(&f, RH_END_QUIESCENT, "conversations/notifier", "once", "was not set");
    f = conversation("conversations");
    MARK(&f, A, "notifier", call(1), P, "set");
    dies(&f, P, "boom");
    MARK(&f, A, "participant", P, "crashed", "boom");
    feed_fails(&f, RH_END_QUIESCENT, "conversations/notifier", "fires or", "still set");
    f = conversation("conversations");
    MARK(&f, A, "notifier", call(1), P, "set");
    phase(&f, A, "created", "completing");
    dies(&f, A, "normal");
    phase(&f, K, "completing", "closed");
    dies(&f, K, "normal");
    feed_fails(&f, RH_END_QUIESCENT, "conversations/notifier", "cancelled", "still set");
    f = conversation("conversations");
    MARK(&f, A, "notifier", call(1), P, "set");
    feed_holds(&f, RH_END_QUIESCENT);
}

static void compensators_end_once_the_last_one_first(void **state)
{
    (void)state;
    struct feed f = conversation("conversations");
    MARK(&f, A, "compensator", P, "recorded");
    MARK(&f, A, "compensator", Q, "recorded");
    MARK(&f, A, "compensator", P, "run");
    feed_fails(&f, RH_END_QUIESCENT, "conversations/compensator", "last one first", "later");
    f = conversation("conversations");
    MARK(&f, A, "compensator", P, "recorded");
    MARK(&f, A, "compensator", P, "run");
    MARK(&f, A, "compensator", P, "run");
    feed_fails(&f, RH_END_QUIESCENT, "conversations/compensator", "once", "none is recorded");
    f = conversation("conversations");
    MARK(&f, A, "compensator", P, "recorded");
    phase(&f, A, "created", "completing");
    dies(&f, A, "normal");
    phase(&f, K, "completing", "closed");
    dies(&f, K, "normal");
    feed_fails(&f, RH_END_QUIESCENT, "conversations/compensator", "dropped", "one is left");
    f = conversation("conversations");
    MARK(&f, A, "compensator", P, "recorded");
    MARK(&f, A, "compensator", Q, "recorded");
    MARK(&f, A, "compensator", Q, "run");
    MARK(&f, A, "compensator", P, "dropped");
    feed_holds(&f, RH_END_QUIESCENT);
}

/* ---- commands ---- */

static void a_command_is_answered_once(void **state)
{
    (void)state;
    struct feed f = conversation("commands");
    MARK(&f, K, "command", call(1), "send");
    feed_fails(&f, RH_END_QUIESCENT, "commands/answered-once", "once", "never answered");
    f = conversation("commands");
    MARK(&f, K, "command", call(1), "close");
    MARK(&f, K, "answer", call(1), "ok");
    MARK(&f, K, "answer", call(1), "ok");
    feed_fails(&f, RH_END_QUIESCENT, "commands/answered-once", "once", "answered before");
    f = conversation("commands");
    MARK(&f, K, "command", call(1), "send");
    MARK(&f, K, "command", call(1), "send");
    feed_fails(&f, RH_END_QUIESCENT, "commands/once", "accepted once", "accepted twice");
    f = conversation("commands");
    MARK(&f, K, "command", call(1), "send");
    feed_holds(&f, RH_END_EVENTS);
    f = conversation("commands");
    MARK(&f, K, "command", call(1), "send");
    dies(&f, K, "boom"); /* the client hears of that */
    feed_holds(&f, RH_END_QUIESCENT);
}

/* Before the keeper has it, or when the keeper has handed it on. */
static void a_copy_of_a_command_is_answered_too(void **state)
{
    (void)state;
    for (int accepted = 1; accepted <= 2; accepted++) {
        struct feed f = conversation("commands");
        feed_fault(&f, "duplicate");
        for (int i = 0; i < accepted; i++) {
            MARK(&f, K, "command", call(1), "ask");
        }
        MARK(&f, K, "answer", call(1), "ok");
        MARK(&f, K, "answer", call(1), "ok");
        feed_holds(&f, RH_END_QUIESCENT);
    }
    struct feed f = conversation("commands");
    feed_fault(&f, "duplicate");
    MARK(&f, K, "command", call(1), "ask");
    for (int i = 0; i < 3; i++) {
        MARK(&f, K, "answer", call(1), "ok");
    }
    feed_fails(&f, RH_END_QUIESCENT, "commands/answered-once", "once", "answered before");
}

static void nobody_waits_for_what_is_over(void **state)
{
    (void)state;
    static const char *const verbs[] = {"receive", "receive_of", "ask"};
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        struct feed f = conversation("commands");
        MARK(&f, K, "command", call(1), verbs[i]);
        phase(&f, A, "created", "failed");
        feed_fails(&f, RH_END_QUIESCENT, "commands/answered-once", "", "never answered");
        f = conversation("commands");
        MARK(&f, K, "command", call(1), verbs[i]);
        feed_holds(&f, RH_END_QUIESCENT);
    }
    struct feed f = conversation("commands");
    MARK(&f, K, "command", call(1), "await_exit");
    phase(&f, A, "created", "failed");
    feed_holds(&f, RH_END_QUIESCENT);
    f = conversation("commands");
    MARK(&f, K, "command", call(1), "await_exit");
    phase(&f, A, "created", "completing");
    phase(&f, K, "completing", "closed");
    feed_fails(&f, RH_END_QUIESCENT, "commands/answered-once", "", "never answered");
}

static void what_was_not_delivered_was_not_sent(void **state)
{
    (void)state;
    struct feed f = conversation("commands");
    MARK(&f, K, "command", call(1), "send");
    MARK(&f, A, "request", 1, "sent", P);
    f.step--; /* the same turn */
    MARK(&f, A, "answer", call(1), "delivery_failed");
    feed_fails(&f, RH_END_QUIESCENT, "commands/delivery-failed", "was not sent", "sent");
    f = conversation("commands");
    MARK(&f, K, "command", call(1), "send");
    MARK(&f, A, "request", 1, "sent", P); /* another client's */
    MARK(&f, A, "answer", call(1), "delivery_failed");
    feed_holds(&f, RH_END_QUIESCENT);
}

/* ---- requests ---- */

static void takes(struct feed *f, uint64_t n, const char *verb)
{
    MARK(f, K, "command", call(n), verb);
    MARK(f, A, "wait", call(n), verb);
}

static void gives(struct feed *f, uint64_t n, uint64_t id)
{
    MARK(f, A, "answer", call(n), "ok");
    f->step--;
    MARK(f, A, "request", id, "received", call(n));
}

static void a_request_is_received_or_dropped_once(void **state)
{
    (void)state;
    struct feed f = conversation("requests");
    MARK(&f, A, "request", 1, "sent", P);
    takes(&f, 1, "receive_of");
    MARK(&f, A, "request", 1, "replied", P);
    gives(&f, 1, 1);
    MARK(&f, A, "request", 1, "dropped", "closed");
    feed_fails(&f, RH_END_QUIESCENT, "requests/once", "once", "received or dropped");
    f = conversation("requests");
    MARK(&f, A, "request", 1, "sent", P);
    MARK(&f, A, "request", 1, "replied", P);
    MARK(&f, A, "request", 1, "replied", P);
    feed_fails(&f, RH_END_QUIESCENT, "requests/once", "replied to once", "after that");
    f = conversation("requests");
    MARK(&f, A, "request", 1, "sent", P);
    MARK(&f, A, "request", 1, "dropped", "expired");
    MARK(&f, A, "request", 1, "replied", P);
    feed_fails(&f, RH_END_QUIESCENT, "requests/once", "", "received or dropped");
    f = conversation("requests");
    MARK(&f, A, "request", 7, "replied", P);
    feed_fails(&f, RH_END_QUIESCENT, "requests/once", "", "never sent");
    f = conversation("requests");
    MARK(&f, A, "request", 1, "sent", P);
    MARK(&f, A, "request", 1, "sent", P);
    feed_fails(&f, RH_END_QUIESCENT, "requests/number", "of its own", "one before");
    f = conversation("requests");
    MARK(&f, A, "request", 1, "sent", P);
    MARK(&f, A, "request", 1, "resent", Q);
    MARK(&f, A, "request", 1, "failed", "participant_crashed");
    MARK(&f, A, "request", 2, "dropped", "restarted"); /* the crash came before it was said */
    feed_holds(&f, RH_END_QUIESCENT);
}

static void a_reply_goes_to_who_waits(void **state)
{
    (void)state;
    struct feed f = conversation("requests");
    takes(&f, 1, "receive");
    MARK(&f, A, "answer", call(1), "timeout");
    MARK(&f, A, "request", 1, "sent", P);
    MARK(&f, A, "request", 1, "replied", P);
    MARK(&f, A, "request", 1, "received", call(1));
    feed_fails(&f, RH_END_QUIESCENT, "requests/taker", "who waits", "was answered");
    f = conversation("requests");
    MARK(&f, K, "command", call(1), "query");
    MARK(&f, A, "request", 1, "sent", P);
    MARK(&f, A, "request", 1, "replied", P);
    gives(&f, 1, 1);
    feed_fails(&f, RH_END_QUIESCENT, "requests/taker", "", "takes none");
    f = conversation("requests");
    takes(&f, 1, "ask");
    MARK(&f, A, "request", 1, "sent", P);
    gives(&f, 1, 1);
    feed_fails(&f, RH_END_QUIESCENT, "requests/order", "was replied to", "received before");
}

static void no_reply_waits_for_who_waits(void **state)
{
    (void)state;
    struct feed f = conversation("requests");
    takes(&f, 1, "receive");
    MARK(&f, A, "request", 1, "sent", P);
    MARK(&f, A, "request", 1, "replied", P);
    feed_fails(&f, RH_END_QUIESCENT, "requests/wakes", "while somebody waits", "kept");
    f = conversation("requests"); /* a command under way to the actor does not wait yet */
    MARK(&f, A, "request", 1, "sent", P);
    MARK(&f, K, "command", call(1), "receive");
    MARK(&f, A, "request", 1, "replied", P);
    feed_holds(&f, RH_END_QUIESCENT);
    f = conversation("requests"); /* who waits for another one takes none */
    MARK(&f, A, "request", 1, "sent", P);
    MARK(&f, A, "request", 2, "sent", P);
    takes(&f, 1, "receive_of");
    MARK(&f, A, "request", 1, "replied", P);
    feed_holds(&f, RH_END_QUIESCENT);
    f = conversation("requests"); /* the actor crashed before it could hand it over */
    MARK(&f, A, "request", 1, "sent", P);
    takes(&f, 1, "receive");
    MARK(&f, A, "request", 1, "replied", P);
    f.step--;
    dies(&f, A, "boom");
    f.step++;
    MARK(&f, K, "answer", call(1), "restarted");
    feed_holds(&f, RH_END_QUIESCENT);
}

static void what_is_asked_of_the_dead_fails(void **state)
{
    (void)state;
    struct feed f = conversation("requests");
    MARK(&f, A, "request", 1, "sent", P);
    dies(&f, P, "boom");
    feed_fails(&f, RH_END_QUIESCENT, "requests/ends", "to whom has ended", "neither");
    f = conversation("requests");
    MARK(&f, A, "request", 1, "sent", P);
    MARK(&f, A, "request", 1, "replied", P);
    phase(&f, K, "completing", "closed");
    feed_fails(&f, RH_END_QUIESCENT, "requests/ends", "is dropped", "neither");
    f = conversation("requests");
    MARK(&f, A, "request", 1, "sent", P);
    feed_holds(&f, RH_END_QUIESCENT);
}

static void other_marks_say_nothing(void **state)
{
    (void)state;
    struct feed f = feed_open(NULL);
    born(&f, K);
    mark(&f, K, "conversational", RH_ARRAY(rh_allocator_default(), K, "closed", "created"));
    mark(&f, K, "conversation.phase", RH_ITEM(NULL, "closed"));
    mark(&f, K, "conversation.weather", RH_ARRAY(rh_allocator_default(), K, "fine"));
    feed_holds(&f, RH_END_QUIESCENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(phases_go_one_way),
        cmocka_unit_test(one_actor_works_at_a_time),
        cmocka_unit_test(what_is_over_is_not_started_again),
        cmocka_unit_test(only_who_works_speaks),
        cmocka_unit_test(an_end_is_noted_once_as_what_it_was),
        cmocka_unit_test(a_notifier_ends_once),
        cmocka_unit_test(compensators_end_once_the_last_one_first),
        cmocka_unit_test(a_command_is_answered_once),
        cmocka_unit_test(a_copy_of_a_command_is_answered_too),
        cmocka_unit_test(nobody_waits_for_what_is_over),
        cmocka_unit_test(what_was_not_delivered_was_not_sent),
        cmocka_unit_test(a_request_is_received_or_dropped_once),
        cmocka_unit_test(a_reply_goes_to_who_waits),
        cmocka_unit_test(no_reply_waits_for_who_waits),
        cmocka_unit_test(what_is_asked_of_the_dead_fails),
        cmocka_unit_test(other_marks_say_nothing),
    };
    return cmocka_run_group_tests_name("harness.check.talks", tests, NULL, NULL) ? 1 : 0;
}

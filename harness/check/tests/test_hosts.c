/* SPDX-License-Identifier: MIT */
/* What procs, waiters, bulks and envelopes object to: marks written by hand. H is a host, A the agent of its proc p, W an actor
 * that A has started, C a client. MARK begins a turn, ALSO goes on with it. */
#include "harness/check/tests/feed.h"

#define H actor(1)
#define A actor(2)
#define W actor(3)
#define C actor(4)
#define D actor(5)
#define YES ((bool)true)
#define NO ((bool)false)
#define MARK(f, topic, ...) mark((f), H, topic, RH_ARRAY(rh_allocator_default(), __VA_ARGS__))
#define ALSO(f, topic, ...) ((f)->step--, MARK(f, topic, __VA_ARGS__))

static void mark(struct feed *f, struct rh_pid who, const char *topic, struct rh_message message)
{
    TELL(f, MARK, .actor = who, .name = topic, .message = &message);
    rh_message_unref(message);
}

static void starts(struct feed *f, const char *name, uint64_t serial)
{
    MARK(f, "host.name", "taken", name, serial);
    ALSO(f, "host.spawn", "begun", name, serial);
}

static void ready(struct feed *f, const char *name, uint64_t serial)
{
    MARK(f, "host.route", "bind", name, NO, A);
    ALSO(f, "host.spawn", "ok", name, serial);
    ALSO(f, "host.status", name, serial, "starting", "callback", "ready");
}

static void stops(struct feed *f, const char *name, uint64_t serial)
{
    MARK(f, "host.status", name, serial, "ready", "stop", "stopping");
    ALSO(f, "host.stage", name, serial, "drain");
}

static void ends(struct feed *f, const char *name, uint64_t serial, const char *from)
{
    MARK(f, "host.status", name, serial, from, "exited", "stopped");
    ALSO(f, "host.route", "unbind", name, NO, A);
    ALSO(f, "host.name", "free", name, serial);
}

/* A host and its clients. */
static struct feed host(const char *family)
{
    struct feed f = feed_open(family);
    born(&f, H);
    born(&f, C);
    born(&f, D);
    return f;
}

/* A host with a proc p that is ready. */
static struct feed running(const char *family)
{
    struct feed f = host(family);
    starts(&f, "p", 1);
    f.step--;
    TELL(&f, SPAWN, .actor = A, .peer = H, .name = "agent");
    TELL(&f, HANDLE, .signal = RH_SIGNAL_START, .actor = A);
    ready(&f, "p", 1);
    return f;
}

/* Anything may follow: what the last turn has left is judged. */
static void later(struct feed *f)
{
    MARK(f, "host.spawn", "begun", "later", 99);
    ALSO(f, "host.name", "taken", "later", 99);
}

/* ---- procs ---- */

static void a_status_goes_one_way(void **state)
{
    (void)state;
    struct feed f = running("procs");
    MARK(&f, "host.status", "p", 1, "ready", "launched", "running");
    feed_fails(&f, RH_END_QUIESCENT, "procs/status", "goes one way", "'p' of");
    f = running("procs");
    MARK(&f, "host.status", "p", 1, "running", "stop", "stopping");
    feed_fails(&f, RH_END_QUIESCENT, "procs/status", "knows what status", "running");
    f = running("procs");
    MARK(&f, "host.status", "p", 1, "ready", "stop", "stopped");
    feed_fails(&f, RH_END_QUIESCENT, "procs/status", "what has happened", "stopped");
    f = running("procs");
    MARK(&f, "host.status", "p", 1, "ready", "vanished", "failed");
    feed_fails(&f, RH_END_QUIESCENT, "procs/status", "what has happened", "failed");
    f = running("procs");
    dies(&f, A, "normal");
    ends(&f, "p", 1, "ready");
    MARK(&f, "host.status", "p", 1, "stopped", "signalled", "killed");
    feed_fails(&f, RH_END_QUIESCENT, "procs/status", "is final", "goes on");
    f = running("procs");
    MARK(&f, "host.illegal", "p", 1, "starting", "callback");
    feed_fails(&f, RH_END_QUIESCENT, "procs/status", "changes nothing", "has changed");
    f = running("procs");
    MARK(&f, "host.illegal", "p", 1, "ready", "callback");
    stops(&f, "p", 1);
    dies(&f, A, "normal");
    ends(&f, "p", 1, "stopping");
    feed_holds(&f, RH_END_QUIESCENT);
}

static void a_name_is_one_procs_as_long_as_it_lives(void **state)
{
    (void)state;
    struct feed f = running("procs");
    MARK(&f, "host.name", "taken", "p", 2);
    feed_fails(&f, RH_END_QUIESCENT, "procs/one-name", "at most one", "another one");
    f = running("procs");
    MARK(&f, "host.name", "free", "p", 2);
    feed_fails(&f, RH_END_QUIESCENT, "procs/one-name", "from who has it", "has none");
    f = running("procs");
    MARK(&f, "host.name", "free", "p", 1);
    later(&f);
    feed_fails(&f, RH_END_QUIESCENT, "procs/name", "until it has ended", "has none");
    f = running("procs");
    dies(&f, A, "normal");
    MARK(&f, "host.status", "p", 1, "ready", "exited", "stopped");
    ALSO(&f, "host.route", "unbind", "p", NO, A);
    feed_fails(&f, RH_END_QUIESCENT, "procs/name", "frees its name", "has its name");
    f = running("procs");
    dies(&f, A, "normal");
    ends(&f, "p", 1, "ready");
    starts(&f, "p", 2);
    feed_holds(&f, RH_END_QUIESCENT);
}

static void a_route_leads_to_what_is_ready(void **state)
{
    (void)state;
    struct feed f = host("procs");
    starts(&f, "p", 1);
    ALSO(&f, "host.route", "bind", "p", NO, A);
    later(&f);
    feed_fails(&f, RH_END_QUIESCENT, "procs/route", "before it is ready", "has one");
    f = host("procs");
    starts(&f, "p", 1);
    MARK(&f, "host.spawn", "ok", "p", 1);
    ALSO(&f, "host.status", "p", 1, "starting", "callback", "ready");
    feed_fails(&f, RH_END_QUIESCENT, "procs/route", "ready has a route", "has none");
    f = running("procs");
    dies(&f, A, "normal");
    MARK(&f, "host.status", "p", 1, "ready", "exited", "stopped");
    ALSO(&f, "host.name", "free", "p", 1);
    feed_fails(&f, RH_END_QUIESCENT, "procs/route", "unbinds its route", "has its route");
    f = running("procs");
    MARK(&f, "host.route", "bind", "p", NO, C);
    feed_fails(&f, RH_END_QUIESCENT, "procs/route", "one route", "another");
    f = host("procs");
    MARK(&f, "host.route", "bind", "local/x", NO, C);
    feed_fails(&f, RH_END_QUIESCENT, "procs/reserved", "nobody binds", "a route");
    f = running("procs"); /* routes that somebody has bound are nobody's concern */
    MARK(&f, "host.route", "bind", "p", YES, C);
    MARK(&f, "host.route", "bind", "", NO, C);
    feed_holds(&f, RH_END_QUIESCENT);
}

static void a_spawn_succeeds_or_leaves_nothing(void **state)
{
    (void)state;
    struct feed f = host("procs");
    starts(&f, "p", 1);
    MARK(&f, "host.spawn", "failed", "p", 1);
    feed_fails(&f, RH_END_QUIESCENT, "procs/spawn", "nothing of it runs", "has not ended");
    f = host("procs");
    starts(&f, "p", 1);
    MARK(&f, "host.status", "p", 1, "starting", "broken", "failed");
    ALSO(&f, "host.name", "free", "p", 1);
    feed_fails(&f, RH_END_QUIESCENT, "procs/spawn", "has failed to spawn", "nobody was told");
    f = running("procs");
    MARK(&f, "host.spawn", "failed", "p", 1);
    feed_fails(&f, RH_END_QUIESCENT, "procs/spawn", "once", "is over");
    f = host("procs");
    starts(&f, "p", 1);
    MARK(&f, "host.route", "bind", "p", NO, A);
    ALSO(&f, "host.status", "p", 1, "starting", "callback", "ready");
    feed_fails(&f, RH_END_QUIESCENT, "procs/spawn", "has been spawned", "nobody was told");
    f = host("procs");
    starts(&f, "p", 1);
    MARK(&f, "host.status", "p", 1, "starting", "broken", "failed");
    ALSO(&f, "host.name", "free", "p", 1);
    ALSO(&f, "host.spawn", "failed", "p", 1);
    feed_holds(&f, RH_END_QUIESCENT);
}

static void what_has_ended_has_no_actor(void **state)
{
    (void)state;
    struct feed f = running("procs"); /* the agent */
    ends(&f, "p", 1, "ready");
    feed_fails(&f, RH_END_QUIESCENT, "procs/nothing-left", "no actor that is alive", "stopped");
    f = running("procs"); /* what it has started */
    born(&f, W);
    mark(&f, A, "agent.actor", RH_ARRAY(rh_allocator_default(), "started", "w", W));
    dies(&f, A, "killed");
    ends(&f, "p", 1, "ready");
    feed_fails(&f, RH_END_QUIESCENT, "procs/nothing-left", "no actor that is alive", "stopped");
    f = host("procs"); /* an agent that was never ready */
    starts(&f, "p", 1);
    f.step--;
    TELL(&f, SPAWN, .actor = A, .peer = H, .name = "agent");
    MARK(&f, "host.status", "p", 1, "starting", "broken", "failed");
    feed_fails(&f, RH_END_QUIESCENT, "procs/nothing-left", "no actor that is alive", "failed");
}

/* ---- waiters ---- */

static void asks(struct feed *f, uint64_t number, const char *kind)
{
    MARK(f, "host.waiter", "asked", number, kind, "p");
}

static void answers(struct feed *f, uint64_t number, const char *kind, struct rh_message reply)
{
    ALSO(f, "host.waiter", "answered", number, kind, "p", reply);
    rh_message_unref(reply);
}

static struct rh_message ok_stopped(int code)
{
    struct rh_message status = RH_ARRAY(rh_allocator_default(), "stopped", code);
    struct rh_message reply = RH_ARRAY(rh_allocator_default(), "ok", status);
    rh_message_unref(status);
    return reply;
}

static struct rh_message ok_word(const char *word)
{
    return RH_ARRAY(rh_allocator_default(), "ok", word);
}

static void who_waits_is_answered_once(void **state)
{
    (void)state;
    struct feed f = running("waiters");
    asks(&f, 1, "wait");
    ends(&f, "p", 1, "ready");
    feed_fails(&f, RH_END_QUIESCENT, "waiters/answered", "in the step", "stopped");
    f = host("waiters");
    asks(&f, 1, "spawn");
    starts(&f, "p", 1);
    ready(&f, "p", 1);
    later(&f);
    feed_fails(&f, RH_END_QUIESCENT, "waiters/answered", "in the step", "ready");
    f = running("waiters");
    asks(&f, 1, "wait");
    ends(&f, "p", 1, "ready");
    answers(&f, 1, "wait", ok_stopped(0));
    answers(&f, 1, "wait", ok_stopped(0));
    feed_fails(&f, RH_END_QUIESCENT, "waiters/answered", "once", "does not wait");
    f = running("waiters");
    asks(&f, 1, "wait");
    asks(&f, 1, "wait");
    feed_fails(&f, RH_END_QUIESCENT, "waiters/answered", "has a number", "taken");
    f = running("waiters");
    asks(&f, 1, "wait");
    MARK(&f, "host.waiter", "gone", 1, "wait", "p");
    asks(&f, 2, "wait");
    ends(&f, "p", 1, "ready");
    answers(&f, 2, "wait", ok_stopped(0));
    feed_holds(&f, RH_END_QUIESCENT);
}

static void an_answer_is_the_status_that_the_proc_has(void **state)
{
    (void)state;
    struct feed f = running("waiters");
    asks(&f, 1, "wait");
    answers(&f, 1, "wait", ok_stopped(0));
    feed_fails(&f, RH_END_QUIESCENT, "waiters/status", "the proc has", "stopped");
    f = running("waiters");
    asks(&f, 1, "stop");
    answers(&f, 1, "stop", ok_word("ready"));
    feed_fails(&f, RH_END_QUIESCENT, "waiters/status", "when the proc has ended", "ready");
    f = running("waiters");
    stops(&f, "p", 1);
    asks(&f, 1, "ready");
    answers(&f, 1, "ready", RH_ARRAY(rh_allocator_default(), "ok", A, "local"));
    feed_fails(&f, RH_END_QUIESCENT, "waiters/status", "hears of one that is", "stopping");
    f = running("waiters");
    asks(&f, 1, "wait");
    answers(&f, 1, "wait", RH_ITEM(NULL, "soon"));
    feed_fails(&f, RH_END_QUIESCENT, "waiters/status", "[ok, ...]", "neither");
    f = running("waiters");
    asks(&f, 1, "wait");
    asks(&f, 2, "wait");
    ends(&f, "p", 1, "ready");
    answers(&f, 1, "wait", ok_stopped(0));
    answers(&f, 2, "wait", ok_stopped(1));
    feed_fails(&f, RH_END_QUIESCENT, "waiters/same-end", "all hear the same", "another one");
    f = running("waiters");
    asks(&f, 1, "wait");
    stops(&f, "p", 1);
    answers(&f, 1, "wait", ok_word("stopping"));
    feed_holds(&f, RH_END_QUIESCENT);
}

/* ---- bulks ---- */

/* Two procs that are ready. */
static struct feed two(void)
{
    struct feed f = host("bulks");
    starts(&f, "p", 1);
    ready(&f, "p", 1);
    starts(&f, "q", 2);
    ready(&f, "q", 2);
    return f;
}

static void one_series_of_stages_ends_a_proc(void **state)
{
    (void)state;
    struct feed f = two();
    stops(&f, "p", 1);
    MARK(&f, "host.stage", "p", 1, "drain");
    feed_fails(&f, RH_END_QUIESCENT, "bulks/one-series", "later than the last", "once more");
    f = two();
    MARK(&f, "host.stage", "p", 1, "kill");
    feed_fails(&f, RH_END_QUIESCENT, "bulks/one-series", "is to end", "ready");
    f = two();
    stops(&f, "p", 1);
    MARK(&f, "host.refused", "p", 1);
    feed_fails(&f, RH_END_QUIESCENT, "bulks/one-series", "killed and lives", "stopping");
    f = two();
    stops(&f, "p", 1);
    MARK(&f, "host.stage", "p", 1, "kill");
    MARK(&f, "host.refused", "p", 1);
    MARK(&f, "host.stage", "p", 1, "drain");
    feed_holds(&f, RH_END_QUIESCENT);
}

static void a_summary_adds_up(void **state)
{
    (void)state;
    struct feed f = two();
    MARK(&f, "host.bulk", "begun", 1, 1, 1);
    feed_fails(&f, RH_END_QUIESCENT, "bulks/summary", "that lives is attempted", "left out");
    f = two();
    MARK(&f, "host.bulk", "begun", 1, 2, 1);
    ALSO(&f, "host.bulk", "done", 1, 1, YES);
    feed_fails(&f, RH_END_QUIESCENT, "bulks/summary", "ok is what has ended", "ready");
    f = two();
    ends(&f, "p", 1, "ready");
    ends(&f, "q", 2, "ready");
    MARK(&f, "host.bulk", "begun", 1, 2, 1);
    ALSO(&f, "host.bulk", "done", 1, 1, YES);
    ALSO(&f, "host.bulk", "done", 1, 1, YES);
    feed_fails(&f, RH_END_QUIESCENT, "bulks/summary", "counted once", "done again");
    f = two();
    ends(&f, "p", 1, "ready");
    MARK(&f, "host.bulk", "begun", 1, 2, 1);
    ALSO(&f, "host.bulk", "done", 1, 1, YES);
    ALSO(&f, "host.bulk", "ended", 1, 2, 2, 0);
    feed_fails(&f, RH_END_QUIESCENT, "bulks/summary", "what has become of each", "is not");
    f = two();
    MARK(&f, "host.bulk", "begun", 1, 2, 1);
    ALSO(&f, "host.bulk", "ended", 1, 2, 1, 0);
    feed_fails(&f, RH_END_QUIESCENT, "bulks/summary", "ok and failed", "is not");
    f = two();
    MARK(&f, "host.bulk", "begun", 1, 2, 1);
    feed_fails(&f, RH_END_QUIESCENT, "bulks/ends", "comes to an end", "does not");
}

static void no_more_at_a_time_than_was_asked_for(void **state)
{
    (void)state;
    struct feed f = two();
    MARK(&f, "host.bulk", "begun", 1, 2, 1);
    ALSO(&f, "host.bulk", "stop", 1, 1);
    ALSO(&f, "host.bulk", "stop", 1, 2);
    feed_fails(&f, RH_END_QUIESCENT, "bulks/at-most", "no more at a time", "one more");
    f = two();
    MARK(&f, "host.bulk", "begun", 1, 2, 2);
    ALSO(&f, "host.bulk", "stop", 1, 1);
    ALSO(&f, "host.bulk", "stop", 1, 1);
    feed_fails(&f, RH_END_QUIESCENT, "bulks/summary", "counted once", "it has stopped");
    f = two();
    MARK(&f, "host.bulk", "begun", 1, 2, 1);
    MARK(&f, "host.bulk", "begun", 2, 2, 1);
    feed_fails(&f, RH_END_QUIESCENT, "bulks/one-at-a-time", "one bulk", "another one is");
    f = two();
    MARK(&f, "host.bulk", "stop", 1, 1);
    feed_fails(&f, RH_END_QUIESCENT, "bulks/one-at-a-time", "begins, works", "has not begun");
    f = two();
    MARK(&f, "host.bulk", "begun", 1, 2, 0);
    ALSO(&f, "host.bulk", "stop", 1, 1);
    ends(&f, "p", 1, "ready");
    ALSO(&f, "host.bulk", "done", 1, 1, YES);
    ALSO(&f, "host.bulk", "stop", 1, 2);
    MARK(&f, "host.bulk", "done", 1, 2, NO);
    ALSO(&f, "host.bulk", "ended", 1, 2, 1, 1);
    feed_holds(&f, RH_END_QUIESCENT);
}

static void a_shutdown_is_acknowledged_last(void **state)
{
    (void)state;
    struct feed f = two();
    MARK(&f, "host.shutdown", "acknowledged");
    feed_fails(&f, RH_END_QUIESCENT, "bulks/acknowledged", "when nothing lives", "a proc lives");
    f = two();
    starts(&f, "service", 3); /* lives as long as the host */
    ends(&f, "p", 1, "ready");
    ends(&f, "q", 2, "ready");
    MARK(&f, "host.shutdown", "acknowledged");
    feed_holds(&f, RH_END_QUIESCENT);
}

/* ---- envelopes ---- */

static void routes(struct feed *f, struct rh_pid from)
{
    struct rh_message message = RH_ARRAY(rh_allocator_default(), "$route", "p/w", "hello");
    TELL(f, SEND, .signal = RH_SIGNAL_MESSAGE, .actor = from, .peer = H, .message = &message);
    rh_message_unref(message);
}

static void what_cannot_be_delivered_is_told_to_its_sender_once(void **state)
{
    (void)state;
    struct feed f = host("envelopes");
    later(&f);
    routes(&f, C);
    MARK(&f, "host.undeliverable", "p/w", "noproc", D);
    feed_fails(&f, RH_END_QUIESCENT, "envelopes/sender", "its sender alone", "told of 1");
    f = host("envelopes");
    later(&f);
    routes(&f, C);
    MARK(&f, "host.undeliverable", "p/w", "noproc", C);
    MARK(&f, "host.undeliverable", "p/w", "unroutable", C);
    feed_fails(&f, RH_END_QUIESCENT, "envelopes/once", "told once", "told of 2");
    f = host("envelopes");
    later(&f);
    routes(&f, C);
    MARK(&f, "host.undeliverable", "q", "noproc", C);
    feed_fails(&f, RH_END_QUIESCENT, "envelopes/sender", "its sender alone", "\"q\"");
    f = host("envelopes");
    later(&f);
    routes(&f, C);
    routes(&f, C);
    MARK(&f, "host.undeliverable", "p/w", "noproc", C);
    MARK(&f, "host.undeliverable", "p/w", "noproc", C);
    MARK(&f, "host.undeliverable", "p/w", "noproc", RH_NULL);
    feed_holds(&f, RH_END_QUIESCENT);
}

static void other_marks_say_nothing(void **state)
{
    (void)state;
    struct feed f = feed_open(NULL);
    born(&f, H);
    MARK(&f, "host.weather", "fine");
    MARK(&f, "hostess.status", "p", 1, "ready", "launched", "running");
    mark(&f, H, "host.status", RH_ITEM(NULL, "ready"));
    mark(&f, H, "host.bulk", RH_ITEM(NULL, "ended"));
    mark(&f, H, "host.waiter", RH_ARRAY(rh_allocator_default(), "answered"));
    mark(&f, H, "host.name", RH_ARRAY(rh_allocator_default(), "taken", 1, "p"));
    feed_holds(&f, RH_END_QUIESCENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_status_goes_one_way),
        cmocka_unit_test(a_name_is_one_procs_as_long_as_it_lives),
        cmocka_unit_test(a_route_leads_to_what_is_ready),
        cmocka_unit_test(a_spawn_succeeds_or_leaves_nothing),
        cmocka_unit_test(what_has_ended_has_no_actor),
        cmocka_unit_test(who_waits_is_answered_once),
        cmocka_unit_test(an_answer_is_the_status_that_the_proc_has),
        cmocka_unit_test(one_series_of_stages_ends_a_proc),
        cmocka_unit_test(a_summary_adds_up),
        cmocka_unit_test(no_more_at_a_time_than_was_asked_for),
        cmocka_unit_test(a_shutdown_is_acknowledged_last),
        cmocka_unit_test(what_cannot_be_delivered_is_told_to_its_sender_once),
        cmocka_unit_test(other_marks_say_nothing),
    };
    return cmocka_run_group_tests_name("harness.check.hosts", tests, NULL, NULL) ? 1 : 0;
}

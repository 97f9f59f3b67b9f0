/* SPDX-License-Identifier: MIT */
/* A host under thousands of orders of events: procs of every temper, requests and crashes at any moment. What the marks say
 * must add up, and when everything is calm nothing is left that nobody wants. */
#include "core/host/tests/play.h"

#include "core/actor/tests/draw.h"

static uint64_t seed;

static size_t below(size_t bound)
{
    return draw_below(&seed, bound);
}

static bool step(void)
{
    return draw_step(&seed, play.node, play.now);
}

/* ---- what somebody wants or what goes wrong ---- */

static const char *const names[] = {"p", "q", "r"};

static struct rh_message any_request(void)
{
    static const char *const programs[] = {"plain", "three",   "slow",    "crashing", "silent",
                                           "crash", "normal",  "twice",   "orphan",   "ignores",
                                           "dies",  "missing", "scripted"};
    const char *name = names[below(3)];
    switch (below(9)) {
    case 0:
    case 1:
    case 2:
        return RH_ARRAY(NULL, "spawn", programs[below(16) % 13], name);
    case 3:
        return RH_ARRAY(NULL, "terminate", name, (uint64_t)below(4) * RH_SECOND, "tests");
    case 4:
        return RH_ARRAY(NULL, "wait", name, "stopped", 30 * RH_SECOND);
    case 5:
        return RH_ARRAY(NULL, "kill", name);
    case 6:
        return RH_ARRAY(NULL, "request_stop", name);
    case 7:
        return RH_ARRAY(NULL, "terminate_all", below(3), (uint64_t)below(3) * RH_SECOND, "tests");
    default:
        return RH_ARRAY(NULL, "wait", name, "ready", 30 * RH_SECOND);
    }
}

static void crash_something(void)
{
    const struct proc *proc = play_proc(names[below(3)]);
    struct rh_pid victim = proc == NULL ? rh_pid_none() : proc->local.agent;
    if (below(2) == 0 && play.actor_count > 0) {
        victim = play.actors[below(play.actor_count)];
    }
    if (play_is_alive(victim)) {
        enum rh_status status =
            rh_node_crash(play.node, play.now, victim, RH_ITEM(NULL, "injected"));
        assert_true(status == RH_OK || status == RH_NOPROC);
    }
}

static bool is_scripted(const struct proc *proc)
{
    return proc != NULL && strcmp(proc->manager->word, "script") == 0;
}

/* Let a scripted proc say anything at all, except of what has been answered for by its end. */
static void say_something(void)
{
    const char *name = names[below(3)];
    enum proc_event_kind kind = (enum proc_event_kind)below(PROC_EVENT_COUNT);
    const struct proc *proc = play_proc(name);
    if (is_scripted(proc) && kind != PROC_EVENT_STOP && kind != PROC_EVENT_CALLBACK) {
        play_say(name, kind, (int64_t)below(3));
    }
}

/* What does not end by itself ends now. */
static void end_what_refuses(void)
{
    for (size_t i = 0; i < 3; i++) {
        const struct proc *proc = play_proc(names[i]);
        if (is_scripted(proc) && !proc_status_is_terminal(proc->status)) {
            play_say(names[i], PROC_EVENT_SIGNALLED, 9);
        }
    }
}

static void disturb(void)
{
    switch (below(6)) {
    case 5:
        say_something();
        break;
    case 0:
        crash_something();
        break;
    case 1:
        play.now += below(2) == 0 ? RH_SECOND / 4 : 0;
        break;
    default: {
        size_t client = 1 + below(6);
        if (strcmp(play.clients[client].outcome, "open") != 0) { /* one thing at a time */
            play_ask(client, any_request());
        }
        break;
    }
    }
}

/* ---- what must hold ---- */

/* At every moment: one live proc of a name; a route exists only for one that was ready and has not ended. */
static void check_tables(void)
{
    const struct host *host = play_host();
    size_t bound = 0;
    for (const struct proc *proc = host->procs; proc != NULL; proc = proc->next) {
        bool has_ended = proc_status_is_terminal(proc->status);
        assert_ptr_equal(proc_find(host, proc_name(proc)), proc);
        assert_false(proc->route.is_bound && (has_ended || !proc->was_ready));
        assert_false(has_ended && !proc->was_ready);
        assert_false(has_ended && !ref_is_none(proc->timer));
        assert_true(proc->status != RH_PROC_READY || proc->is_reserved || proc->route.is_bound);
        bound += proc->route.is_bound ? 1 : 0;
    }
    assert_int_equal(host->router.count, bound);
}

/* Every spawn has one end, but for those that failed and will not die; every name that was taken by what ended is free. */
static void check_marks(size_t live, size_t undead)
{
    size_t begun = play_count_marks("host.spawn [begun, ");
    size_t ok = play_count_marks("host.spawn [ok, ");
    size_t failed = play_count_marks("host.spawn [failed, ");
    assert_int_equal(begun, ok + failed + undead);
    assert_int_equal(play_count_marks("host.name [taken, "),
                     play_count_marks("host.name [free, ") + live);
    assert_int_equal(play_count_marks("host.waiter [asked, "),
                     play_count_marks("host.waiter [answered, ") +
                         play_count_marks("host.waiter [gone, "));
    for (const char *at = play.marks; (at = strstr(at, "host.bulk [ended, ")) != NULL; at++) {
        unsigned long long of[4]; /* number, attempted, ok, failed */
        assert_int_equal(play_numbers(at, "host.bulk [ended, ", of, 4), 4);
        assert_int_equal(of[1], of[2] + of[3]);
    }
}

static void check_calm(void)
{
    play_wait(200 * RH_SECOND);
    for (size_t i = 0; i < PLAY_CLIENTS; i++) {
        assert_string_not_equal(play.clients[i].outcome, "open");
    }
    const struct host *host = play_host();
    size_t live = 0;
    size_t undead = 0;
    for (const struct proc *proc = host->procs; proc != NULL; proc = proc->next) {
        live += proc_status_is_terminal(proc->status) ? 0 : 1;
        undead += proc->was_ready ? 0 : 1;
    }
    check_tables();
    assert_null(host->waiters);
    assert_null(host->bulks);
    assert_true(strlen(play.marks) + 600 < sizeof play.marks); /* none was left out */
    check_marks(live, undead);
    end_what_refuses();
    play_ask(7, RH_ARRAY(NULL, "shutdown", 2, RH_SECOND, "tests"));
    play_wait(20 * RH_SECOND);
    assert_int_equal(strncmp(play.clients[7].outcome, "reply [ok, ", 11), 0);
    assert_int_equal(play_living(), PLAY_CLIENTS);
}

/* Covers: HY-I2 HY-I3 HY-I4 HY-I5 HY-I9 HY-I7 HY-I14 HY-I36 */
static void adds_up_in_any_order(void **state)
{
    (void)state;
    size_t ends = 0;
    for (uint64_t run = 1; run <= 400; run++) {
        seed = run;
        play_begin();
        script = (struct script){.launches = below(2) == 0, .calls_back = below(3) != 0};
        for (unsigned stage = PROC_STAGE_DRAIN; stage < PROC_STAGE_COUNT; stage++) {
            script.obeys[stage] = below(3) == 0;
            script.crashes[stage] = below(4) == 0;
        }
        for (size_t i = 0; i < 300; i++) {
            if (below(3) == 0) {
                disturb();
            }
            (void)step();
            check_tables();
        }
        check_calm();
        ends += play_count_marks("host.name [free, ");
        play_end();
    }
    print_message("orders: 400 runs, %zu procs that came and went\n", ends);
    assert_true(ends > 2000);
}

/* Covers: P27 P31c */
static void three_programs_of_the_catalogue_in_any_order(void **state)
{
    (void)state;
    for (uint64_t run = 1; run <= 300; run++) {
        seed = run;
        play_begin();
        play_ask(1, RH_ARRAY(NULL, "spawn", "plain", "p"));
        play_ask(2, RH_ARRAY(NULL, "terminate", "p", RH_SECOND, "tests"));
        play_ask(3, RH_ARRAY(NULL, "spawn", "plain", "p"));
        play_ask(4, RH_ARRAY(NULL, "wait", "p", "stopped", 10 * RH_SECOND));
        play_ask(5, RH_ARRAY(NULL, "kill", "p"));
        play_ask(6, RH_ARRAY(NULL, "terminate", "p", RH_SECOND, "tests"));
        while (step()) {
            check_tables();
        }
        check_calm();
        play_end();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_up_in_any_order),
        cmocka_unit_test(three_programs_of_the_catalogue_in_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}

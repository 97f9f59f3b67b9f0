/* SPDX-License-Identifier: MIT */
/* Spawn as a transaction: whatever fails, and wherever, nothing is left and the name can be used at once. */
#include "core/host/tests/play.h"

static struct rh_message spawn(const char *program, const char *name)
{
    return RH_ARRAY(NULL, "spawn", program, name);
}

static void assert_starts(const char *text, const char *start)
{
    if (strncmp(text, start, strlen(start)) != 0) {
        fail_msg("\"%s\" does not begin with \"%s\"", text, start);
    }
}

/* No name, no route, no process, no registration, nobody who waits. */
static void assert_nothing_remains(const char *name, size_t living)
{
    const struct host *host = play_host();
    assert_null(play_proc(name));
    assert_int_equal(play_routes(), 0);
    assert_int_equal(play_living(), living);
    assert_int_equal(host->waiter_count, 0);
    assert_null(host->waiters);
    assert_string_equal(play_call(RH_ARRAY(NULL, "list")), "reply [ok, []]");
    assert_string_equal(play_call(RH_ARRAY(NULL, "status", name)),
                        "reply [error, not_found, \"'p' does not exist\"]");
    assert_true(rh_node_next_due(play.node) == RH_NEVER);
}

static void spawns_a_proc_that_is_ready(void **state)
{
    (void)state;
    play_begin();
    size_t living = play_living();
    play_ask(1, spawn("plain", "p"));
    assert_starts(play.clients[1].outcome, "open");
    play_settle();
    assert_starts(play.clients[1].outcome, "reply [ok, <");
    assert_int_equal(play_proc("p")->status, RH_PROC_READY);
    assert_int_equal(play_routes(), 1);
    assert_int_equal(play_living(), living + 2);
    assert_string_equal(play_proc("p")->id, "host/p#2");
    assert_string_equal(play_call(RH_ARRAY(NULL, "list")), "reply [ok, [[p, ready]]]");
    assert_starts(play_call(RH_ARRAY(NULL, "info", "p")), "reply [ok, {id: \"host/p#2\"");
    assert_non_null(strstr(play.clients[0].outcome, "manager: local"));
    assert_non_null(strstr(play.clients[0].outcome, "program: plain"));
    assert_non_null(strstr(play.clients[0].outcome, "address: local"));
    assert_int_equal(play_count_marks("host.spawn [ok, p, 2]"), 1);
    play_end();
}

/* Covers: P31b HY-S17 HY-B5 HY-B7 HY-I35 */
static void refuses_names_that_are_taken_reserved_or_bad(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "a/b", "tab\tbed",
                                      "a name that is too long for the limit of names"};
    play_begin();
    assert_starts(play_call(spawn("plain", "p")), "reply [ok, ");
    assert_string_equal(play_call(spawn("plain", "p")),
                        "reply [error, exists, \"proc 'p' already exists\"]");
    assert_string_equal(play_call(spawn("plain", "local")),
                        "reply [error, reserved, \"proc name 'local' is reserved\"]");
    assert_string_equal(play_call(spawn("plain", "service")),
                        "reply [error, reserved, \"proc name 'service' is reserved\"]");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_starts(play_call(spawn("plain", bad[i])), "reply [error, bad_name, ");
    }
    assert_string_equal(play_call(spawn("fancy", "q")),
                        "reply [error, unknown_program, \"there is no program 'fancy'\"]");
    play_ask(1, spawn("patient", "s"));
    play_settle();
    assert_starts(play_call(spawn("plain", "s")), "reply [error, exists"); /* it is starting */
    assert_int_equal(play_host()->proc_count, 3);
    play_end();
}

/* ---- every stage at which a spawn can fail ---- */

struct failure {
    const char *stage;
    const char *program;
    struct script script;
    void (*then)(void); /**< what happens next; NULL: nothing */
    const char *answer;
};

static void time_passes(void)
{
    play_wait(RH_SECOND);
}

static void it_exits(void)
{
    play_happen("p", PROC_EVENT_EXITED, 0);
}

static void it_is_signalled(void)
{
    play_happen("p", PROC_EVENT_SIGNALLED, 11);
}

static void it_breaks(void)
{
    play_happen("p", PROC_EVENT_BROKEN, 0);
}

static void it_is_lost(void)
{
    play_happen("p", PROC_EVENT_LOST, 0);
}

static void somebody_kills_it(void)
{
    play_ask(2, RH_ARRAY(NULL, "kill", "p"));
    play_settle();
    assert_string_equal(play.clients[2].outcome, "reply [ok, [killed, 9]]");
}

static void somebody_stops_it(void)
{
    (void)play_call(RH_ARRAY(NULL, "request_stop", "p", 2 * RH_SECOND, "tests"));
    play_wait(2 * RH_SECOND);
}

static void it_forgets_its_address(void)
{
    play_callback("p", false, true);
}

static void it_forgets_its_agent(void)
{
    play_callback("p", true, false);
}

static void it_calls_back(void)
{
    play_callback("p", true, true);
}

#define DIES                                                                                       \
    {                                                                                              \
        false, false, false, true                                                                  \
    }
#define FAILED(kind) "reply [error, " kind ", \"proc 'p' failed to "

static const struct failure failures[] = {
    {"start is refused",
     "scripted",
     {.start = RH_LIMIT},
     NULL,
     FAILED("spawn_failed") "spawn: a limit of struct rh_limits was reached\"]"},
    {"no memory to start",
     "scripted",
     {.start = RH_NO_MEMORY},
     NULL,
     FAILED("spawn_failed") "spawn: the allocator refused\"]"},
    {"nothing to execute",
     "scripted",
     {.start = RH_OK},
     it_breaks,
     FAILED("spawn_failed") "spawn: broken\"]"},
    {"the agent fails in its first turn",
     "crash",
     {.start = RH_OK},
     NULL,
     FAILED("configuration_failed") "configure: it ended before it was ready: Stopped(exit=1, "
                                    "bad)\"]"},
    {"the agent has nothing to start",
     "missing",
     {.start = RH_OK},
     NULL,
     FAILED("configuration_failed") "configure: it ended before it was ready: Stopped(exit=1, "
                                    "not_found)\"]"},
    {"the agent ends at once",
     "normal",
     {.start = RH_OK},
     NULL,
     FAILED("configuration_failed") "configure: it ended before it was ready: Stopped(exit=0)\"]"},
    {"the agent leaves actors behind",
     "orphan",
     {.start = RH_OK},
     NULL,
     FAILED("configuration_failed") "configure: its agent ended before its actors\"]"},
    {"it breaks after the launch",
     "scripted",
     {.launches = true},
     it_breaks,
     FAILED("configuration_failed") "configure: broken\"]"},
    {"it exits after the launch",
     "scripted",
     {.launches = true},
     it_exits,
     FAILED("configuration_failed") "configure: it ended before it was ready: Stopped(exit=0)\"]"},
    {"it is signalled after the launch",
     "scripted",
     {.launches = true},
     it_is_signalled,
     FAILED("configuration_failed") "configure: it ended before it was ready: Killed(sig=11)\"]"},
    {"the channel is closed",
     "scripted",
     {.launches = true, .obeys = DIES},
     it_is_lost,
     FAILED("configuration_failed") "configure: broken\"]"},
    {"no callback in time",
     "scripted",
     {.launches = true, .obeys = DIES},
     time_passes,
     FAILED("configuration_failed") "configure: it was not ready in time\"]"},
    {"not even launched in time",
     "scripted",
     {.obeys = DIES},
     time_passes,
     FAILED("configuration_failed") "configure: it was not ready in time\"]"},
    {"an agent without callback",
     "silent",
     {.start = RH_OK},
     time_passes,
     FAILED("configuration_failed") "configure: it was not ready in time\"]"},
    {"no address",
     "scripted",
     {.launches = true, .obeys = DIES},
     it_forgets_its_address,
     FAILED("configuration_failed") "configure: it called back without an address\"]"},
    {"no agent",
     "scripted",
     {.launches = true, .obeys = DIES},
     it_forgets_its_agent,
     FAILED("configuration_failed") "configure: it called back without an agent\"]"},
    {"an agent without address",
     "no_address",
     {.start = RH_OK},
     NULL,
     FAILED("configuration_failed") "configure: it called back without an address\"]"},
    {"an agent without agent",
     "no_agent",
     {.start = RH_OK},
     NULL,
     FAILED("configuration_failed") "configure: it called back without an agent\"]"},
    {"the agent cannot be watched",
     "scripted",
     {.launches = true, .attach = RH_NO_MEMORY, .obeys = DIES},
     it_calls_back,
     FAILED("configuration_failed") "configure: the allocator refused\"]"},
    {"killed by somebody",
     "scripted",
     {.launches = true, .obeys = DIES},
     somebody_kills_it,
     FAILED("configuration_failed") "configure: it ended before it was ready: Killed(sig=9)\"]"},
    {"stopped by somebody",
     "patient",
     {.launches = true, .obeys = {false, false, true, true}},
     somebody_stops_it,
     FAILED("configuration_failed") "configure: it ended before it was ready: Stopped(exit=0)\"]"},
};

static void fail_once(const struct failure *failure)
{
    play_begin();
    size_t living = play_living();
    script = failure->script;
    play_ask(1, spawn(failure->program, "p"));
    play_settle();
    if (failure->then != NULL) {
        failure->then();
    }
    if (strcmp(play.clients[1].outcome, failure->answer) != 0) {
        fail_msg("%s: %s, not %s", failure->stage, play.clients[1].outcome, failure->answer);
    }
    assert_int_equal(play.clients[1].answers, 1);
    assert_nothing_remains("p", living);
    assert_int_equal(play_count_marks("host.spawn [failed, p, 2]"), 1);
    assert_int_equal(play_count_marks("host.name [free, p, 2]"), 1);
    memset(&script, 0, sizeof script);
    assert_starts(play_call(spawn("plain", "p")), "reply [ok, ");
    play_end();
}

/* Covers: HY-I6 HY-I4 HY-S1 HY-S4 HY-S9 HY-S14 HY-S15 HY-S19a HY-B6 HY-B8 */
static void leaves_nothing_wherever_it_fails(void **state)
{
    (void)state;
    size_t count = sizeof failures / sizeof failures[0];
    for (size_t i = 0; i < count; i++) {
        fail_once(&failures[i]);
    }
    print_message("stages at which a spawn failed without a trace: %zu\n", count);
}

/* ---- time ---- */

/* Covers: P26 */
static void readiness_is_judged_to_the_tick(void **state)
{
    (void)state;
    play_begin();
    script = (struct script){.launches = true, .obeys = DIES};
    play_ask(1, spawn("scripted", "p"));
    play_wait(RH_SECOND - 1);
    play_callback("p", true, true);
    assert_starts(play.clients[1].outcome, "reply [ok, ");
    play_wait(2 * RH_SECOND);
    assert_int_equal(play_proc("p")->status, RH_PROC_READY);
    play_ask(1, spawn("scripted", "q"));
    play_wait(RH_SECOND);
    assert_starts(play.clients[1].outcome, "reply [error, configuration_failed");
    assert_null(play_proc("q"));
    play_end();
}

/* Covers: HY-I33 */
static void no_time_out_arms_no_timer(void **state)
{
    (void)state;
    play_begin();
    play_ask(1, spawn("patient", "p"));
    play_settle();
    assert_true(ref_is_none(play_proc("p")->timer));
    play_wait(1000 * RH_SECOND);
    assert_string_equal(play.clients[1].outcome, "open");
    play_callback("p", true, true);
    assert_starts(play.clients[1].outcome, "reply [ok, ");
    play_end();
}

static void one_that_will_not_even_die_stays_listed(void **state)
{
    (void)state;
    play_begin();
    play_ask(1, spawn("scripted", "p"));
    play_wait(RH_SECOND);
    assert_string_equal(play.clients[1].outcome, "open"); /* it has been killed, not ended */
    assert_string_equal(script_log, "p:kill ");
    assert_starts(play_call(spawn("plain", "p")), "reply [error, exists");
    play_wait(2 * RH_SECOND);
    assert_string_equal(play.clients[1].outcome,
                        "reply [error, still_running, \"proc 'p' did not end, not even when it was "
                        "killed: it was not ready in time\"]");
    assert_string_equal(play_call(RH_ARRAY(NULL, "list")), "reply [ok, [[p, stopping]]]");
    assert_starts(play_call(spawn("plain", "p")), "reply [error, exists");
    play_happen("p", PROC_EVENT_SIGNALLED, 9);
    assert_starts(play_call(spawn("plain", "p")), "reply [ok, ");
    play_end();
}

/* Covers: HY-I3 */
static void a_second_spawn_of_a_name_waits_for_its_end(void **state)
{
    (void)state;
    play_begin();
    play_ask(1, spawn("slow", "p"));
    play_settle();
    play_ask(2, RH_ARRAY(NULL, "terminate", "p", 2 * RH_SECOND, "tests"));
    play_settle();
    assert_starts(play_call(spawn("plain", "p")), "reply [error, exists");
    play_wait(2 * RH_SECOND);
    assert_starts(play_call(spawn("plain", "p")), "reply [ok, ");
    play_end();
}

static void forgets_the_eldest_end_when_there_is_no_room(void **state)
{
    (void)state;
    play.procs_max = 3; /* with `service` there is room for two */
    play_begin();
    assert_starts(play_call(spawn("plain", "p")), "reply [ok, ");
    assert_starts(play_call(spawn("plain", "q")), "reply [ok, ");
    assert_starts(play_call(spawn("plain", "r")), "reply [error, limit, ");
    (void)play_call(RH_ARRAY(NULL, "kill", "q"));
    (void)play_call(RH_ARRAY(NULL, "kill", "p"));
    assert_string_equal(play_call(RH_ARRAY(NULL, "status", "p")), "reply [ok, [killed, 9]]");
    assert_starts(play_call(spawn("plain", "r")), "reply [ok, ");
    assert_starts(play_call(RH_ARRAY(NULL, "status", "p")), "reply [error, not_found");
    assert_string_equal(play_call(RH_ARRAY(NULL, "status", "q")), "reply [ok, [killed, 9]]");
    play_end();
    play.procs_max = 0;
}

/* Covers: HY-S5 */
static void a_proc_that_was_ready_is_answered_as_ready(void **state)
{
    (void)state;
    play_begin();
    play_ask(1, spawn("patient", "p"));
    play_settle();
    play_callback("p", true, true);
    play_happen("p", PROC_EVENT_EXITED, 0); /* before the client has looked */
    assert_starts(play.clients[1].outcome, "reply [ok, ");
    assert_string_equal(play_call(RH_ARRAY(NULL, "ready", "p")),
                        "reply [error, terminated, \"proc 'p' has ended (status: "
                        "Stopped(exit=0))\", [stopped, 0]]");
    play_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spawns_a_proc_that_is_ready),
        cmocka_unit_test(refuses_names_that_are_taken_reserved_or_bad),
        cmocka_unit_test(leaves_nothing_wherever_it_fails),
        cmocka_unit_test(readiness_is_judged_to_the_tick),
        cmocka_unit_test(no_time_out_arms_no_timer),
        cmocka_unit_test(one_that_will_not_even_die_stays_listed),
        cmocka_unit_test(a_second_spawn_of_a_name_waits_for_its_end),
        cmocka_unit_test(forgets_the_eldest_end_when_there_is_no_room),
        cmocka_unit_test(a_proc_that_was_ready_is_answered_as_ready),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}

/* SPDX-License-Identifier: MIT */
/* Many procs at once: what each did, how many at a time, in which order, and what the summary says. */
#include "core/host/tests/play.h"

static void ready(const char *program, const char *name)
{
    bool is_scripted = strcmp(program, "patient") == 0;
    play_ask(1, RH_ARRAY(NULL, "spawn", program, name));
    play_settle();
    if (is_scripted) {
        play_callback(name, true, true);
    }
    assert_int_equal(strncmp(play.clients[1].outcome, "reply [ok, ", 11), 0);
}

static struct rh_message terminate_all(uint64_t most)
{
    return RH_ARRAY(NULL, "terminate_all", most, 2 * RH_SECOND, "tests");
}

static struct rh_message shutdown(uint64_t most)
{
    return RH_ARRAY(NULL, "shutdown", most, 2 * RH_SECOND, "tests");
}

/* ---- every temper, every width ---- */

/** What a child does with a stop. */
enum temper {
    OBEYS,
    IS_DEAD,
    REFUSES,
    CRASHES,
    TEMPERS,
};

static const char *const programs_of[TEMPERS] = {"plain", "plain", "patient", "dies"};

struct bulk_check {
    size_t in_flight;
    size_t most_in_flight;
    uint64_t last_begun;
    bool in_order;
};

/* Replay the marks of a bulk: what it stops begins in the order of spawning, and never more than allowed at a time. */
static struct bulk_check replay(void)
{
    struct bulk_check check = {.in_order = true};
    bool is_stopping[64] = {false};
    for (const char *at = play.marks; *at != '\0'; at = strchr(at, '\n') + 1) {
        unsigned long long of[2]; /* the bulk, the proc */
        if (play_numbers(at, "host.bulk [stop, ", of, 2) == 2) {
            check.in_order = check.in_order && of[1] > check.last_begun;
            check.last_begun = of[1];
            is_stopping[of[1]] = true;
            check.in_flight++;
        } else if (play_numbers(at, "host.bulk [done, ", of, 2) == 2 && is_stopping[of[1]]) {
            is_stopping[of[1]] = false;
            check.in_flight--;
        }
        check.most_in_flight =
            check.in_flight > check.most_in_flight ? check.in_flight : check.most_in_flight;
    }
    return check;
}

static void run_mix(const enum temper *mix, uint64_t most)
{
    static const char *const names[] = {"p", "q", "r", "s"};
    size_t failed = 0;
    size_t alive = 0;
    char expected[64];
    play_begin();
    for (size_t i = 0; i < 4; i++) {
        ready(programs_of[mix[i]], names[i]);
        failed += mix[i] == REFUSES ? 1 : 0;
        alive += mix[i] == IS_DEAD ? 0 : 1;
    }
    for (size_t i = 0; i < 4; i++) {
        if (mix[i] == IS_DEAD) {
            (void)play_call(RH_ARRAY(NULL, "kill", names[i]));
        }
    }
    play_ask(2, terminate_all(most));
    play_wait(60 * RH_SECOND);
    (void)snprintf(expected, sizeof expected, "reply [ok, 4, %zu, %zu]", 4 - failed, failed);
    assert_string_equal(play.clients[2].outcome, expected);
    struct bulk_check check = replay();
    size_t allowed = most < 1 ? 1 : (size_t)most;
    assert_true(check.in_order);
    assert_int_equal(check.in_flight, 0);
    assert_int_equal(check.most_in_flight, alive < allowed ? alive : allowed);
    for (size_t i = 0; i < 4; i++) {
        const struct proc *proc = play_proc(names[i]);
        static const enum rh_proc_status ends[] = {RH_PROC_STOPPED, RH_PROC_KILLED,
                                                   RH_PROC_STOPPING, RH_PROC_STOPPED};
        assert_non_null(proc); /* what refused is listed, and so is what ended */
        assert_int_equal(proc->status, ends[mix[i]]);
        assert_int_equal(proc->route.is_bound, mix[i] == REFUSES);
    }
    play_end();
}

/* Covers: P28 HY-I9 HY-I13 HY-B9 HY-B11 HY-S3 */
static void counts_each_child_once_whatever_it_does(void **state)
{
    (void)state;
    static const uint64_t widths[] = {0, 1, 2, 4};
    size_t runs = 0;
    for (unsigned code = 0; code < TEMPERS * TEMPERS * TEMPERS * TEMPERS; code++) {
        enum temper mix[4] = {(enum temper)(code % 4), (enum temper)(code / 4 % 4),
                              (enum temper)(code / 16 % 4), (enum temper)(code / 64)};
        bool is_all = code % 7 == 3; /* a mix of everything comes with every width below */
        for (size_t i = 0; is_all && i < 4; i++) {
            run_mix(mix, widths[i]);
            runs++;
        }
    }
    const enum temper every[4] = {OBEYS, IS_DEAD, REFUSES, CRASHES};
    for (size_t turn = 0; turn < 4; turn++) {
        enum temper mix[4];
        for (size_t i = 0; i < 4; i++) {
            mix[i] = every[(i + turn) % 4];
        }
        for (size_t i = 0; i < 4; i++) {
            run_mix(mix, widths[i]);
            runs++;
        }
    }
    print_message("bulk terminations checked: %zu\n", runs);
}

/* ---- together with others ---- */

/* Covers: P31a HY-S19 */
static void awaits_what_is_being_stopped_already(void **state)
{
    (void)state;
    play_begin();
    ready("slow", "p");
    ready("plain", "q");
    (void)play_call(RH_ARRAY(NULL, "request_stop", "p"));
    play_ask(2, terminate_all(1));
    play_settle();
    assert_int_equal(play_proc("q")->status, RH_PROC_STOPPED); /* p takes no place */
    assert_string_equal(play.clients[2].outcome, "open");
    assert_true(play_proc("p")->route.is_bound); /* its last replies can still go out */
    play_wait(2 * RH_SECOND);
    assert_string_equal(play.clients[2].outcome, "reply [ok, 2, 2, 0]");
    assert_int_equal(play_count_marks("host.bulk [stop, 1, 2]"), 0);
    play_end();
}

static void bulks_take_turns(void **state)
{
    (void)state;
    play_begin();
    ready("slow", "p");
    ready("slow", "q");
    play_ask(2, terminate_all(1));
    play_ask(3, terminate_all(2));
    play_settle();
    assert_int_equal(play_proc("q")->status, RH_PROC_READY);
    play_wait(2 * RH_SECOND);
    assert_string_equal(play.clients[2].outcome, "reply [ok, 2, 2, 0]");
    assert_string_equal(play.clients[3].outcome, "reply [ok, 2, 2, 0]");
    play_end();
}

static void one_that_ends_before_its_turn_is_fine(void **state)
{
    (void)state;
    play_begin();
    ready("slow", "p");
    ready("plain", "q");
    play_ask(2, terminate_all(1));
    play_settle();
    (void)play_call(RH_ARRAY(NULL, "kill", "q"));
    play_ask(3, RH_ARRAY(NULL, "spawn", "plain", "q"));
    play_settle(); /* a new one of that name is not the bulk's business */
    play_wait(2 * RH_SECOND);
    assert_string_equal(play.clients[2].outcome, "reply [ok, 2, 2, 0]");
    assert_int_equal(play_proc("q")->status, RH_PROC_READY);
    play_end();
}

static void nothing_to_do_is_done_at_once(void **state)
{
    (void)state;
    play_begin();
    assert_string_equal(play_call(terminate_all(4)), "reply [ok, 0, 0, 0]");
    ready("plain", "p");
    assert_string_equal(play_call(terminate_all(UINT64_MAX)), "reply [ok, 1, 1, 0]");
    assert_string_equal(play_call(terminate_all(4)), "reply [ok, 1, 1, 0]"); /* idempotent */
    play_end();
}

/* ---- shutdown ---- */

/* Covers: P31 HY-S28 HY-I17 HY-B52 */
static void acknowledges_after_the_last_child_has_ended(void **state)
{
    (void)state;
    play_begin();
    ready("slow", "p");
    ready("plain", "q");
    (void)play_call(RH_ARRAY(NULL, "local"));
    play_ask(2, shutdown(4));
    play_ask(3, RH_ARRAY(NULL, "wait", "later"));
    play_wait(RH_SECOND - 1);
    assert_string_equal(play.clients[2].outcome, "open");
    play_wait(1);
    assert_string_equal(play.clients[2].outcome, "reply [ok, 2, 2, 0]");
    assert_string_equal(play.clients[3].outcome,
                        "reply [error, shutting_down, \"'later': everything is being stopped\"]");
    assert_false(play_is_alive(play.host));
    assert_int_equal(play_living(), PLAY_CLIENTS);
    assert_string_equal(play.clients[0].exit_seen, "normal");
    const char *acknowledged = strstr(play.marks, "host.shutdown [acknowledged]");
    const char *ended = strstr(play.marks, "host.status [p, 2, stopping, exited, stopped]");
    assert_true(ended != NULL && acknowledged != NULL && ended < acknowledged);
    play_end();
}

/* Covers: HY-S27 */
static void spawns_nothing_while_it_shuts_down(void **state)
{
    (void)state;
    play_begin();
    ready("slow", "p");
    play_ask(2, shutdown(1));
    play_settle();
    assert_string_equal(play_call(RH_ARRAY(NULL, "spawn", "plain", "q")),
                        "reply [error, shutting_down, \"'q': everything is being stopped\"]");
    play_wait(2 * RH_SECOND);
    assert_string_equal(play_call(RH_ARRAY(NULL, "spawn", "plain", "q")), "down noproc");
    play_end();
}

static void goes_on_if_a_child_will_not_end(void **state)
{
    (void)state;
    play_begin();
    ready("patient", "p");
    ready("plain", "q");
    play_ask(2, shutdown(4));
    play_wait(4 * RH_SECOND);
    assert_string_equal(play.clients[2].outcome,
                        "reply [error, still_running, \"1 of 2 procs did not end\", 2, 1, 1]");
    assert_true(play_is_alive(play.host));
    ready("plain", "r"); /* as before */
    play_happen("p", PROC_EVENT_SIGNALLED, 9);
    play_ask(2, shutdown(4));
    play_wait(4 * RH_SECOND);
    assert_string_equal(play.clients[2].outcome, "reply [ok, 3, 3, 0]");
    assert_false(play_is_alive(play.host));
    play_end();
}

static enum rh_status leave(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    return rh_exit(ctx, RH_ITEM(NULL, (const char *)argument));
}

static void ends_with_its_parent_and_takes_all_along(void **state)
{
    (void)state;
    static const char *const reasons[] = {"normal", "shutdown", "bug"};
    for (size_t i = 0; i < 3; i++) {
        char reason[16];
        (void)snprintf(reason, sizeof reason, "%s", reasons[i]);
        play_begin();
        ready("slow", "p");
        ready("plain", "q");
        ready("ignores", "r"); /* its agent traps, and ignores whoever exits */
        assert_int_equal(rh_node_turn(play.node, play.now, play.clients[0].pid, leave, reason),
                         RH_OK);
        play_settle();
        assert_false(play_is_alive(play.host));
        assert_int_equal(play_living(), PLAY_CLIENTS - 1);
        play_end();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_each_child_once_whatever_it_does),
        cmocka_unit_test(awaits_what_is_being_stopped_already),
        cmocka_unit_test(bulks_take_turns),
        cmocka_unit_test(one_that_ends_before_its_turn_is_fine),
        cmocka_unit_test(nothing_to_do_is_done_at_once),
        cmocka_unit_test(acknowledges_after_the_last_child_has_ended),
        cmocka_unit_test(spawns_nothing_while_it_shuts_down),
        cmocka_unit_test(goes_on_if_a_child_will_not_end),
        cmocka_unit_test(ends_with_its_parent_and_takes_all_along),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}

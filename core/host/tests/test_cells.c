/* SPDX-License-Identifier: MIT */
/* The life of a proc: every cell of the table. */
#include "core/host/tests/play.h"

/* Bring the scripted proc p into a status, by what a manager and a client would say. */
static void bring_to(enum rh_proc_status status)
{
    script = (struct script){.launches = status != RH_PROC_STARTING};
    play_ask(1, RH_ARRAY(NULL, "spawn", "patient", "p"));
    play_settle();
    if (status >= RH_PROC_READY) {
        play_callback("p", true, true);
    }
    switch (status) {
    case RH_PROC_STOPPING:
        (void)play_call(RH_ARRAY(NULL, "request_stop", "p", 3600 * RH_SECOND, "tests"));
        break;
    case RH_PROC_STOPPED:
        play_happen("p", PROC_EVENT_EXITED, 3);
        break;
    case RH_PROC_KILLED:
        play_happen("p", PROC_EVENT_SIGNALLED, 11);
        break;
    case RH_PROC_FAILED:
        play_happen("p", PROC_EVENT_BROKEN, 0);
        break;
    default:
        break;
    }
    assert_int_equal(play_proc("p")->status, status);
}

/* Let it happen, as the outside would make it. */
static void let_happen(enum proc_event_kind kind)
{
    switch (kind) {
    case PROC_EVENT_CALLBACK:
        play_callback("p", true, true);
        break;
    case PROC_EVENT_STOP:
        play_ask(2, RH_ARRAY(NULL, "terminate", "p", 3600 * RH_SECOND, "tests"));
        play_settle();
        break;
    default:
        play_happen("p", kind, 7);
        break;
    }
}

static const char *const expected_replies[RH_PROC_STATUS_COUNT] = {
    "reply [ok, starting]",        "reply [ok, running]",      "reply [ok, ready]",
    "reply [ok, stopping]",        "reply [ok, [stopped, 7]]", "reply [ok, [killed, 7]]",
    "reply [ok, [failed, broken]]"};

static const char *const unchanged_replies[RH_PROC_STATUS_COUNT] = {
    "reply [ok, starting]",        "reply [ok, running]",      "reply [ok, ready]",
    "reply [ok, stopping]",        "reply [ok, [stopped, 3]]", "reply [ok, [killed, 11]]",
    "reply [ok, [failed, broken]]"};

static bool check_cell(enum rh_proc_status before, enum proc_event_kind kind)
{
    play_begin();
    bring_to(before);
    enum proc_move move = proc_move(before, kind);
    size_t moves = play_count_marks("host.status");
    size_t illegals = play_count_marks("host.illegal");
    const char *text;
    let_happen(kind);
    moves = play_count_marks("host.status") - moves;
    illegals = play_count_marks("host.illegal") - illegals;
    text = play_call(RH_ARRAY(NULL, "status", "p"));
    if (move == PROC_MOVE_ILLEGAL || move == PROC_MOVE_KEPT) {
        assert_int_equal(moves, 0);
        assert_int_equal(illegals, move == PROC_MOVE_ILLEGAL ? 1 : 0);
        assert_string_equal(text, unchanged_replies[before]);
    } else if (proc_status_is_terminal((enum rh_proc_status)move) && before < RH_PROC_READY) {
        assert_int_equal(moves, 1); /* nothing remains of what never was ready */
        assert_string_equal(text, "reply [error, not_found, \"'p' does not exist\"]");
        assert_null(play_proc("p"));
    } else {
        assert_int_equal(moves, 1);
        assert_string_equal(text, expected_replies[move]);
    }
    play_end();
    return move != PROC_MOVE_KEPT;
}

static unsigned reached; /* cells that behaved as the table says */

/* Covers: HY-I1 */
static void every_cell_of_the_table_is_as_it_says(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < PROC_EVENT_COUNT; kind++) {
        for (unsigned status = 0; status < RH_PROC_STATUS_COUNT; status++) {
            bool is_marked = check_cell((enum rh_proc_status)status, (enum proc_event_kind)kind);
            if (is_marked && !play.cells[kind][status]) {
                fail_msg("%s in %s left no mark", proc_event_word((enum proc_event_kind)kind),
                         rh_proc_status_word((enum rh_proc_status)status));
            }
            reached++;
        }
    }
}

static const char *move_word(enum proc_move move)
{
    return move == PROC_MOVE_KEPT      ? "kept"
           : move == PROC_MOVE_ILLEGAL ? "illegal"
                                       : rh_proc_status_word((enum rh_proc_status)move);
}

static void print_table(void)
{
    printf("| %-10s", "host");
    for (unsigned status = 0; status < RH_PROC_STATUS_COUNT; status++) {
        printf(" %-8s", rh_proc_status_word((enum rh_proc_status)status));
    }
    printf("\n");
    for (unsigned kind = 0; kind < PROC_EVENT_COUNT; kind++) {
        printf("| %-10s", proc_event_word((enum proc_event_kind)kind));
        for (unsigned status = 0; status < RH_PROC_STATUS_COUNT; status++) {
            printf(" %-8s",
                   move_word(proc_move((enum rh_proc_status)status, (enum proc_event_kind)kind)));
        }
        printf("\n");
    }
    printf("| cells reached: %u of %u\n", reached, PROC_EVENT_COUNT * RH_PROC_STATUS_COUNT);
}

static void what_cannot_be_is_counted(void **state)
{
    (void)state;
    play_begin();
    bring_to(RH_PROC_STOPPED);
    let_happen(PROC_EVENT_CALLBACK);
    let_happen(PROC_EVENT_SIGNALLED);
    const char *text = play_call(RH_ARRAY(NULL, "info", "p"));
    assert_non_null(strstr(text, "illegal: 2"));
    assert_non_null(strstr(text, "status: [stopped, 3]"));
    play_end();
}

static void words_are_found_again(void **state)
{
    (void)state;
    for (unsigned i = 0; i < RH_PROC_STATUS_COUNT; i++) {
        const char *word = rh_proc_status_word((enum rh_proc_status)i);
        assert_int_equal(rh_proc_status_find(text_of(word)), i);
    }
    assert_int_equal(rh_proc_status_find(text_of("dead")), RH_PROC_STATUS_COUNT);
    assert_string_equal(rh_proc_status_word(RH_PROC_STATUS_COUNT), "unknown_status");
    assert_string_equal(rh_host_error_word(RH_HOST_ERROR_EXISTS), "exists");
    assert_string_equal(rh_host_error_word(RH_HOST_ERROR_COUNT), "unknown_error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell_of_the_table_is_as_it_says),
        cmocka_unit_test(what_cannot_be_is_counted),
        cmocka_unit_test(words_are_found_again),
    };
    int failures = cmocka_run_group_tests(tests, NULL, NULL);
    print_table();
    return failures ? 1 : 0;
}

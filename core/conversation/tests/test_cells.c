/* SPDX-License-Identifier: MIT */
/* Every cell of the table: a conversation is brought into the phase, the event happens, and what comes of it is asserted. A
 * cell that is NEVER is tried all the same: what would cause it is done, and it does not happen. The table of what was
 * reached is printed at the end. */
#include "core/conversation/tests/talk.h"

static struct talk talk;

#define CREATED RH_CONVERSATION_CREATED
#define ACTIVE RH_CONVERSATION_ACTIVE
#define COMPLETING RH_CONVERSATION_COMPLETING
#define CLOSED RH_CONVERSATION_CLOSED
#define FAILED RH_CONVERSATION_FAILED

#define DEADLINE (10 * RH_SECOND)

/* What a command is refused with, by phase. */
static const char *const refusals[] = {[COMPLETING] = "[error, closing]",
                                       [CLOSED] = "[error, closed]",
                                       [FAILED] = "[error, failed, timeout]"};

/* ---- bringing it into a phase ---- */

/* The participants by name; with `lasting` there is one more that completing waits for. */
static void open_talk(enum rh_crash_policy policy, const char *participants, bool lasting)
{
    char names[64];
    struct rh_participant list[4];
    size_t count = 0;
    talk.fail_at = 0;
    talk_begin(&talk);
    (void)snprintf(names, sizeof names, "%s", participants);
    for (size_t i = 0; names[i] != '\0'; i += 3) { /* "h1 h2 " */
        char name[3] = {names[i], names[i + 1], '\0'};
        list[count++] = (struct rh_participant){talk_participant(&talk, name),
                                                name[0] == 'i' ? RH_PARTICIPANT_INERT : 0};
    }
    if (lasting) {
        list[count++] = (struct rh_participant){talk_participant(&talk, "s1"),
                                                RH_PARTICIPANT_OWNED | RH_PARTICIPANT_INERT};
    }
    struct rh_conversation_options options = {.participants = list,
                                              .participant_count = count,
                                              .policy = policy,
                                              .deadline = DEADLINE,
                                              .grace = 60 * RH_SECOND,
                                              .restarts = 3};
    talk_open(&talk, &options);
}

/* Into `phase`. Closed is the moment before the keeper ends. */
static void bring(enum rh_conversation_phase phase)
{
    if (phase != CREATED && talk.phase == CREATED) {
        (void)TALK("receive", 0);
    }
    if (phase == COMPLETING || phase == CLOSED) {
        (void)talk_tell(&talk, RH_ITEM(NULL, "close"));
        talk_until(&talk, phase);
    }
    if (phase == COMPLETING) {
        talk_settle(&talk);
    }
    if (phase == FAILED) {
        talk_wait(&talk, DEADLINE);
    }
    assert_int_equal(talk.phase, phase);
}

static void open_in(enum rh_conversation_phase phase, enum rh_crash_policy policy,
                    const char *participants)
{
    open_talk(policy, participants, phase == COMPLETING);
    bring(phase);
}

static bool is_over(enum rh_conversation_phase phase)
{
    return phase != CREATED && phase != ACTIVE;
}

/* The last request of the client is answered with this. */
static void expect(size_t call, const char *outcome)
{
    assert_string_equal(talk_outcome(&talk, call), outcome);
}

/* ---- one function per event ---- */

static void send_live(enum rh_conversation_phase phase)
{
    open_in(phase, RH_CRASH_POLICY_FAIL, "h1 h2 ");
    size_t call = TALK_LATER("send", "x");
    talk_settle(&talk);
    expect(call, is_over(phase) ? refusals[phase] : "[ok, 1]");
    assert_int_equal(talk.request_count, is_over(phase) ? 0 : 1);
}

static void send_dead(enum rh_conversation_phase phase)
{
    open_talk(RH_CRASH_POLICY_COMPENSATE, "h1 ", phase == COMPLETING);
    talk_exit(&talk, talk_pid(&talk, "h1"), "boom");
    talk_settle(&talk);
    bring(phase);
    size_t call = TALK_LATER("send", "x");
    talk_settle(&talk);
    expect(call, is_over(phase) ? refusals[phase] : "[error, delivery_failed]");
}

static void send_parked(enum rh_conversation_phase phase)
{
    open_talk(RH_CRASH_POLICY_FAIL, "i1 ", phase == COMPLETING);
    size_t parked = TALK_LATER("receive");
    talk_settle(&talk);
    assert_int_equal(talk.phase, ACTIVE); /* so nobody ever waits in created */
    if (phase != CREATED && phase != ACTIVE) {
        bring(phase);
        assert_int_equal(talk.calls[parked].outcomes, phase == CLOSED ? 0 : 1);
    }
    size_t call = TALK_LATER("send", "x");
    talk_settle(&talk);
    expect(call, is_over(phase) ? refusals[phase] : "[ok, 1]");
    if (phase == CREATED || phase == ACTIVE) {
        expect(parked, "[ok, 1, null, x]");
    } else {
        expect(parked, phase == FAILED ? refusals[FAILED] : refusals[CLOSED]);
    }
}

static void send_buffer(enum rh_conversation_phase phase)
{
    open_in(phase, RH_CRASH_POLICY_FAIL, "i1 ");
    size_t call = TALK_LATER("send", "x");
    talk_settle(&talk);
    expect(call, is_over(phase) ? refusals[phase] : "[ok, 1]");
    if (!is_over(phase)) {
        assert_string_equal(TALK("receive"), "[ok, 1, null, x]");
    }
}

static void receive_ready(enum rh_conversation_phase phase)
{
    open_talk(RH_CRASH_POLICY_FAIL, "i1 ", phase == COMPLETING);
    assert_string_equal(TALK("send", "x"), "[ok, 1]");
    assert_int_equal(talk.phase, ACTIVE); /* so nothing is ever kept in created */
    if (phase == CREATED) {
        return;
    }
    if (phase == FAILED) {
        talk_wait(&talk, DEADLINE);
    } else if (phase != ACTIVE) {
        (void)talk_tell(&talk, RH_ITEM(NULL, "close"));
        talk_until(&talk, phase);
    }
    size_t call = TALK_LATER("receive");
    talk_settle(&talk);
    expect(call, phase == CLOSED ? refusals[CLOSED] : "[ok, 1, null, x]");
}

static void receive_empty(enum rh_conversation_phase phase)
{
    open_in(phase, RH_CRASH_POLICY_FAIL, "h1 ");
    size_t call = TALK_LATER("receive");
    talk_settle(&talk);
    expect(call, is_over(phase) ? refusals[phase] : "");
    assert_int_equal(talk.phase, phase == CREATED ? ACTIVE : phase);
}

static void receive_timeout(enum rh_conversation_phase phase)
{
    open_talk(RH_CRASH_POLICY_FAIL, "h1 ", phase == COMPLETING);
    rh_duration timeout = phase == FAILED ? DEADLINE + RH_SECOND : RH_SECOND;
    size_t parked = TALK_LATER("receive", timeout);
    talk_settle(&talk);
    if (is_over(phase)) {
        bring(phase);
        talk_settle(&talk);
        expect(parked, phase == FAILED ? refusals[FAILED] : refusals[CLOSED]);
    }
    talk_wait(&talk, 2 * RH_SECOND);
    assert_int_equal(talk.calls[parked].outcomes, 1);
    if (!is_over(phase)) {
        expect(parked, "[error, timeout]");
        assert_string_equal(TALK("send", "x"), "[ok, 1]"); /* and it takes no reply away */
        talk_reply(&talk, 0, RH_ITEM(NULL, "late"));
        assert_string_equal(TALK("receive"), "[ok, 1, <h1>, late]");
    }
}

static void reply(enum rh_conversation_phase phase)
{
    open_talk(RH_CRASH_POLICY_FAIL, "h1 ", phase == COMPLETING);
    if (phase != CREATED) {
        assert_string_equal(TALK("send", "x"), "[ok, 1]");
    }
    bring(phase);
    uint64_t dead_letters = talk_stats(&talk).dead_letters;
    talk_reply(&talk, 0, RH_ITEM(NULL, "y"));
    talk_stray(&talk, talk_pid(&talk, "h1"));
    size_t call = TALK_LATER("receive", 0);
    talk_settle(&talk);
    assert_true(!is_over(phase) || talk_stats(&talk).dead_letters > dead_letters);
    if (phase == CREATED) {
        expect(call, "[error, timeout]");
    } else {
        expect(call, is_over(phase) ? refusals[phase] : "[ok, 1, <h1>, y]");
    }
    assert_non_null(strstr(talk.log, "dropped, unsolicited]"));
    assert_non_null(strstr(talk.log, is_over(phase) ? "1, dropped, " : "dropped"));
}

static void close_it(enum rh_conversation_phase phase)
{
    open_talk(RH_CRASH_POLICY_FAIL, "h1 ", phase != CLOSED);
    bring(phase);
    size_t call = talk_tell(&talk, RH_ITEM(NULL, "close"));
    talk_settle(&talk);
    if (phase != CLOSED) {
        expect(call, ""); /* it is not before s1 has ended */
        assert_int_equal(talk.phase, phase == FAILED ? FAILED : COMPLETING);
        talk_exit(&talk, talk_pid(&talk, "s1"), "bye");
        talk_settle(&talk);
    }
    expect(call, "ok");
    assert_int_equal(talk.phase, CLOSED);
    assert_true(talk_is_alive(&talk, talk_pid(&talk, "h1"))); /* foreign: only unlinked */
    assert_false(talk_is_alive(&talk, talk.conv));
}

static void ends(enum rh_conversation_phase phase, enum rh_crash_policy policy, const char *reason)
{
    open_talk(policy, "h1 h2 ", phase == COMPLETING);
    size_t asked = 0;
    bool has_left = strcmp(reason, "normal") == 0;
    if (phase == ACTIVE) {
        asked = TALK_LATER("ask", "x");
        talk_settle(&talk);
    } else {
        bring(phase);
    }
    talk_exit(&talk, talk_pid(&talk, "h1"), reason);
    if (phase == CLOSED) {
        talk_step(&talk); /* the question whether the actor is alive comes first */
    }
    size_t query = talk_tell(&talk, RH_ITEM(NULL, "query"));
    talk_settle(&talk);
    char record[64];
    (void)snprintf(record, sizeof record, "[<h1>, %s, %s, ", has_left ? "left" : "crashed", reason);
    assert_non_null(strstr(talk_outcome(&talk, query), record));
    bool fails = policy == RH_CRASH_POLICY_FAIL && !has_left && !is_over(phase);
    assert_int_equal(talk.phase, fails ? FAILED : phase);
    if (phase == ACTIVE) {
        const char *error =
            has_left ? "[error, participant_left, 1]" : "[error, participant_crashed, 1]";
        expect(asked, fails ? "[error, failed, [participant_crashed, <h1>, boom]]" : error);
    }
}

static void exit_fail(enum rh_conversation_phase phase)
{
    ends(phase, RH_CRASH_POLICY_FAIL, "boom");
}

static void exit_other(enum rh_conversation_phase phase)
{
    ends(phase, RH_CRASH_POLICY_COMPENSATE, "boom");
}

static void exit_normal(enum rh_conversation_phase phase)
{
    ends(phase, RH_CRASH_POLICY_FAIL, "normal");
}

/* The turn in which it becomes completing or failed crashes as it ends, so that the actor does not end normally. */
static void actor_crash(enum rh_conversation_phase phase)
{
    open_talk(RH_CRASH_POLICY_FAIL, "h1 ", phase == COMPLETING);
    size_t parked = 0;
    if (phase != CREATED) {
        parked = TALK_LATER("receive");
        talk_settle(&talk);
    }
    if (!is_over(phase)) {
        talk_exit(&talk, talk.incarnation, "boom");
        talk_settle(&talk);
        assert_int_equal(talk.incarnations, 2);
        assert_int_equal(talk.phase, phase);
        expect(parked, phase == CREATED ? "" : "[error, restarted]");
        assert_string_equal(TALK("ask", "x", 0), "[error, timeout]");
        return;
    }
    if (phase != CLOSED) {
        talk_arm(&talk, "actor", 1, 1000);
    }
    bring(phase);
    talk_settle(&talk);
    assert_int_equal(talk.incarnations,
                     1); /* closed: there was no actor any more that could crash */
    assert_int_equal(talk.has_crashed, phase != CLOSED);
    expect(parked, phase == FAILED ? refusals[FAILED] : refusals[CLOSED]);
}

static void deadline(enum rh_conversation_phase phase)
{
    open_in(phase, RH_CRASH_POLICY_FAIL, "h1 ");
    size_t asked = is_over(phase) ? 0 : talk_tell(&talk, RH_ITEM(NULL, "receive"));
    if (phase == CREATED) {
        talk_until(&talk, ACTIVE); /* created: nobody has said anything until then, see below */
    }
    talk_wait(&talk, DEADLINE);
    if (phase == COMPLETING) {
        assert_int_equal(talk.phase, CLOSED); /* s1 is killed, its grace is not over */
        assert_false(talk_is_alive(&talk, talk_pid(&talk, "s1")));
        assert_false(talk_is_alive(&talk, talk.conv));
    } else if (!is_over(phase)) {
        assert_int_equal(talk.phase, FAILED);
        expect(asked, refusals[FAILED]);
    } else {
        assert_int_equal(talk.phase, phase);
    }
    if (phase == CREATED) {
        talk_end_empty(&talk);
        open_talk(RH_CRASH_POLICY_FAIL, "h1 ", false);
        talk_wait(&talk, DEADLINE);
        assert_int_equal(talk.phase, FAILED);
    }
}

static void query(enum rh_conversation_phase phase)
{
    char start[64];
    open_in(phase, RH_CRASH_POLICY_FAIL, "h1 ");
    size_t call = talk_tell(&talk, RH_ITEM(NULL, "query"));
    talk_settle(&talk);
    (void)snprintf(start, sizeof start, "phase: %s", rh_conversation_phase_word(phase));
    assert_non_null(strstr(talk_outcome(&talk, call), start));
    assert_int_equal(talk.phase, phase);
}

static void await_exit(enum rh_conversation_phase phase)
{
    open_in(phase, RH_CRASH_POLICY_COMPENSATE, "h1 h2 ");
    size_t call = TALK_LATER("await_exit", talk_pid(&talk, "h1"));
    talk_settle(&talk);
    expect(call, phase == CLOSED ? refusals[CLOSED] : "");
    rh_instant at = talk.now;
    char outcome[64];
    (void)snprintf(outcome, sizeof outcome, "[ok, boom, %llu]", (unsigned long long)at);
    talk_exit(&talk, talk_pid(&talk, "h1"), "boom");
    talk_wait(&talk, RH_SECOND);
    if (phase != CLOSED) {
        expect(call, outcome);
        size_t late = TALK_LATER("await_exit", talk_pid(&talk, "h1"));
        talk_settle(&talk);
        expect(late, outcome); /* with the instant that was recorded */
    }
}

static void compensate(enum rh_conversation_phase phase)
{
    open_in(phase, RH_CRASH_POLICY_COMPENSATE, "h1 h2 ");
    size_t call = TALK_LATER("compensate", talk_pid(&talk, "h2"), "undo");
    talk_settle(&talk);
    expect(call, is_over(phase) ? refusals[phase] : "ok");
    talk_exit(&talk, talk_pid(&talk, "h1"), "boom");
    talk_settle(&talk);
    assert_int_equal(strstr(talk.got, "h2 undo; ") != NULL, !is_over(phase));
}

/* ---- all of them ---- */

static void (*const events[])(enum rh_conversation_phase phase) = {
    [EVENT_SEND_LIVE] = send_live,
    [EVENT_SEND_DEAD] = send_dead,
    [EVENT_SEND_PARKED] = send_parked,
    [EVENT_SEND_BUFFER] = send_buffer,
    [EVENT_RECEIVE_READY] = receive_ready,
    [EVENT_RECEIVE_EMPTY] = receive_empty,
    [EVENT_RECEIVE_TIMEOUT] = receive_timeout,
    [EVENT_REPLY] = reply,
    [EVENT_CLOSE] = close_it,
    [EVENT_EXIT_FAIL] = exit_fail,
    [EVENT_EXIT_OTHER] = exit_other,
    [EVENT_EXIT_NORMAL] = exit_normal,
    [EVENT_ACTOR_CRASH] = actor_crash,
    [EVENT_DEADLINE] = deadline,
    [EVENT_QUERY] = query,
    [EVENT_AWAIT_EXIT] = await_exit,
    [EVENT_COMPENSATE] = compensate,
};
_Static_assert(sizeof events / sizeof events[0] == EVENT_COUNT, "an event without a case");

/* Covers: LM-I9 */
static void reaches_every_cell_and_no_other(void **state)
{
    (void)state;
    for (unsigned event = 0; event < EVENT_COUNT; event++) {
        for (unsigned i = 0; i < RH_CONVERSATION_PHASE_COUNT; i++) {
            enum rh_conversation_phase phase = (enum rh_conversation_phase)i;
            unsigned before = talk_cells[event][phase];
            events[event](phase);
            if (rh_inspect_is_alive(talk.node, talk.conv) && talk_pid(&talk, "s1").generation > 0) {
                talk_exit(&talk, talk_pid(&talk, "s1"), "bye");
                talk_settle(&talk);
            }
            talk_end_empty(&talk);
            bool is_reached = talk_cells[event][phase] > before;
            if (is_reached != (table_outcome(phase, (enum event)event) != OUTCOME_NEVER)) {
                fail_msg("%s in %s: %s", event_word((enum event)event),
                         rh_conversation_phase_word(phase), is_reached ? "reached" : "missed");
            }
        }
    }
}

static void print_table(void)
{
    unsigned reached = 0;
    unsigned never = 0;
    printf("| %-16s", "conversation");
    for (unsigned phase = 0; phase < RH_CONVERSATION_PHASE_COUNT; phase++) {
        printf(" %15s", rh_conversation_phase_word((enum rh_conversation_phase)phase));
    }
    printf("\n");
    for (unsigned event = 0; event < EVENT_COUNT; event++) {
        printf("| %-16s", event_word((enum event)event));
        for (unsigned phase = 0; phase < RH_CONVERSATION_PHASE_COUNT; phase++) {
            enum outcome outcome =
                table_outcome((enum rh_conversation_phase)phase, (enum event)event);
            never += outcome == OUTCOME_NEVER ? 1 : 0;
            reached += talk_cells[event][phase] > 0 ? 1 : 0;
            printf(" %10s %-4u", outcome_word(outcome), talk_cells[event][phase]);
        }
        printf("\n");
    }
    printf("| cells reached: %u of %u; %u that cannot happen were tried\n", reached,
           (unsigned)(EVENT_COUNT * RH_CONVERSATION_PHASE_COUNT) - never, never);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reaches_every_cell_and_no_other),
    };
    int failures = cmocka_run_group_tests(tests, NULL, NULL);
    print_table();
    return failures ? 1 : 0;
}

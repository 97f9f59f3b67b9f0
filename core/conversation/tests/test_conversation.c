/* SPDX-License-Identifier: MIT */
/* What clients see: requests, replies, time-outs, policies, restarts, closing. */
#include "core/conversation/tests/talk.h"

static struct talk talk;

static int set_up(void **state)
{
    (void)state;
    talk.fail_at = 0;
    talk_begin(&talk);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    talk_end_empty(&talk);
    return 0;
}

static struct rh_pid actor(const char *name)
{
    return talk_pid(&talk, name);
}

static void ends(const char *name, const char *reason)
{
    talk_exit(&talk, actor(name), reason);
    talk_settle(&talk);
}

static void replies(size_t request, const char *text)
{
    talk_reply(&talk, request, RH_ITEM(NULL, text));
    talk_settle(&talk);
}

#define EXPECT(call, text) assert_string_equal(talk_outcome(&talk, call), text)

/* ---- asking and receiving ---- */

static void asks_a_participant_and_closes(void **state)
{
    (void)state;
    talk_open_with(&talk, RH_CRASH_POLICY_FAIL, "e1+o");
    assert_string_equal(TALK("ask", "hello"), "[ok, 1, <e1>, [re, hello]]");
    assert_string_equal(TALK("close"), "ok");
    assert_false(talk_is_alive(&talk, talk.conv));
    assert_false(talk_is_alive(&talk, actor("e1")));
    assert_string_equal(TALK("close"), "down noproc");
}

/* Covers: LM-S26 P32 */
static void gives_each_reply_to_who_asked(void **state)
{
    (void)state;
    talk_open_with(&talk, RH_CRASH_POLICY_FAIL, "h1");
    size_t first = TALK_LATER("ask", "a");
    size_t second = TALK_LATER("ask", "b");
    assert_string_equal(TALK("send", "c"), "[ok, 3]");
    size_t third = TALK_LATER("receive");
    talk_settle(&talk);
    replies(1, "to b");
    EXPECT(first, "");
    EXPECT(second, "[ok, 2, <h1>, \"to b\"]");
    EXPECT(third, "");
    replies(1, "to c");
    EXPECT(third, "[ok, 3, <h1>, \"to c\"]");
    replies(0, "to a");
    EXPECT(first, "[ok, 1, <h1>, \"to a\"]");
}

static void collects_replies_by_age_or_by_id(void **state)
{
    (void)state;
    talk_open_with(&talk, RH_CRASH_POLICY_FAIL, "e1");
    assert_string_equal(TALK("send", 1), "[ok, 1]");
    assert_string_equal(TALK("send", 2), "[ok, 2]");
    assert_string_equal(TALK("send", 3), "[ok, 3]");
    assert_string_equal(TALK("receive_of", 2), "[ok, 2, <e1>, [re, 2]]");
    assert_string_equal(TALK("receive_of", 2), "[error, not_found]");
    assert_string_equal(TALK("receive"), "[ok, 1, <e1>, [re, 1]]");
    assert_string_equal(TALK("receive"), "[ok, 3, <e1>, [re, 3]]");
    assert_string_equal(TALK("receive", 0), "[error, timeout]");
    assert_string_equal(TALK("receive_of", 4), "[error, not_found]");
}

static void lets_one_client_wait_for_a_request(void **state)
{
    (void)state;
    talk_open_with(&talk, RH_CRASH_POLICY_FAIL, "h1");
    assert_string_equal(TALK("send", "x"), "[ok, 1]");
    size_t first = TALK_LATER("receive_of", 1);
    assert_string_equal(TALK("receive_of", 1), "[error, already]");
    size_t asked = TALK_LATER("ask", "y", 1000);
    talk_settle(&talk);
    assert_string_equal(TALK("receive_of", 2), "[error, not_found]"); /* it is the ask's */
    replies(0, "a");
    EXPECT(first, "[ok, 1, <h1>, a]");
    talk_wait(&talk, 1000);
    EXPECT(asked, "[error, timeout]");
}

/* Covers: LM-S1 LM-S30 P33 W4 */
static void a_receiver_that_timed_out_swallows_no_reply(void **state)
{
    (void)state;
    talk_open_with(&talk, RH_CRASH_POLICY_FAIL, "h1");
    assert_string_equal(TALK("send", "x"), "[ok, 1]");
    for (unsigned i = 0; i < 3; i++) { /* polling changes nothing */
        size_t call = TALK_LATER("receive", 10 * RH_MILLISECOND);
        talk_wait(&talk, 10 * RH_MILLISECOND);
        EXPECT(call, "[error, timeout]");
    }
    size_t second = TALK_LATER("receive");
    talk_settle(&talk);
    replies(0, "late");
    EXPECT(second, "[ok, 1, <h1>, late]");
}

static void a_client_that_ended_swallows_no_reply(void **state)
{
    (void)state;
    talk_open_with(&talk, RH_CRASH_POLICY_FAIL, "h1");
    assert_string_equal(TALK("send", "x"), "[ok, 1]");
    (void)TALK_LATER("receive");
    (void)TALK_LATER("ask", "y");
    talk_settle(&talk);
    talk_end_client(&talk);
    replies(0, "late");
    assert_string_equal(TALK("receive"), "[ok, 1, <h1>, late]");
    assert_non_null(strstr(talk.log, "2, dropped, expired]"));
}

/* The reply and the end of the time-out at one instant: either comes first, and only that one counts. */
static void a_reply_and_a_time_out_have_one_winner(void **state)
{
    (void)state;
    for (unsigned reply_first = 0; reply_first < 2; reply_first++) {
        talk_open_with(&talk, RH_CRASH_POLICY_FAIL, "h1");
        size_t call = TALK_LATER("ask", "x", RH_SECOND);
        talk_settle(&talk);
        if (reply_first == 1) {
            talk_reply(&talk, 0, RH_ITEM(NULL, "y"));
            talk_settle(&talk);
        }
        talk_wait(&talk, RH_SECOND);
        talk_reply(&talk, 0, RH_ITEM(NULL, "y"));
        talk_settle(&talk);
        EXPECT(call, reply_first == 1 ? "[ok, 1, <h1>, y]" : "[error, timeout]");
        assert_int_equal(talk.calls[call].outcomes, 1);
        assert_string_equal(TALK("close"), "ok");
    }
}

static void refuses_what_is_no_request(void **state)
{
    (void)state;
    talk_open_with(&talk, RH_CRASH_POLICY_FAIL, "h1 h2+i");
    static const char invalid[] = "[error, invalid]";
    assert_string_equal(TALK("send"), invalid);
    assert_string_equal(TALK("receive", "soon"), invalid);
    assert_string_equal(TALK("receive_of"), invalid);
    assert_string_equal(TALK("receive_of", -1), invalid);
    assert_string_equal(TALK("dance"), invalid);
    assert_string_equal(TALK("send", 1, 2), invalid);
    assert_string_equal(TALK(7), invalid);
    assert_string_equal(talk_ask(&talk, RH_ITEM(NULL, 7)), invalid);
    assert_int_equal(talk.phase, RH_CONVERSATION_CREATED);
    assert_string_equal(TALK("send", 1, actor("h2")), "[error, not_participant]");
    assert_string_equal(TALK("send", 1, talk.client), "[error, not_participant]");
    assert_string_equal(TALK("await_exit", talk.client), "[error, not_participant]");
}

/* ---- participants that end ---- */

/* Covers: LM-S12 */
static void a_participant_may_leave(void **state)
{
    (void)state;
    talk_open_with(&talk, RH_CRASH_POLICY_FAIL, "h1 h2");
    size_t asked = TALK_LATER("ask", "x");
    talk_settle(&talk);
    ends("h1", "normal");
    EXPECT(asked, "[error, participant_left, 1]");
    assert_int_equal(talk.phase, RH_CONVERSATION_ACTIVE);
    assert_string_equal(TALK("send", "y"), "[ok, 2]");
    assert_true(rh_pid_equal(talk.requests[1].participant, actor("h2")));
    size_t waiting = TALK_LATER("receive");
    talk_settle(&talk);
    ends("h2", "shutdown");
    EXPECT(waiting, "[error, participant_left, 2]");
    assert_string_equal(TALK("receive"), "[error, participant_left]"); /* nobody is left */
    assert_string_equal(TALK("send", "z"), "[error, delivery_failed]");
}

/* Covers: LM-S3 LM-S7 */
static void a_reply_that_came_before_the_failure_is_delivered(void **state)
{
    (void)state;
    talk_open_with(&talk, RH_CRASH_POLICY_FAIL, "h1");
    assert_string_equal(TALK("send", "x"), "[ok, 1]");
    talk_reply(&talk, 0, RH_ITEM(NULL, "y"));
    ends("h1", "boom");
    assert_int_equal(talk.phase, RH_CONVERSATION_FAILED);
    assert_string_equal(TALK("receive"), "[ok, 1, <h1>, y]");
    assert_string_equal(TALK("receive"), "[error, failed, [participant_crashed, <h1>, boom]]");
    assert_string_equal(TALK("close"), "ok");
}

/* Covers: LM-S13 LM-S23 */
static void requests_go_to_the_next_who_is_alive(void **state)
{
    (void)state;
    talk_open_with(&talk, RH_CRASH_POLICY_ROUTE_TO_NEXT, "h1 h2 h3");
    assert_string_equal(TALK("send", "a"), "[ok, 1]");
    assert_string_equal(TALK("send", "b"), "[ok, 2]");
    assert_string_equal(TALK("send", "c"), "[ok, 3]");
    replies(1, "re b"); /* answered: it goes nowhere */
    ends("h2", "boom");
    ends("h1", "boom");
    assert_int_equal(talk.request_count, 4); /* a and c twice */
    assert_true(rh_pid_equal(talk.requests[2].participant, actor("h3")));
    assert_non_null(strstr(talk.log, "1, resent, <h3>]"));
    replies(2, "re a");
    assert_string_equal(TALK("receive_of", 1), "[ok, 1, <h3>, \"re a\"]");
    assert_string_equal(TALK("receive"), "[ok, 2, <h1>, \"re b\"]");
    assert_string_equal(TALK("send", "d", actor("h1")), "[ok, 4]"); /* who is named is dead */
    size_t waiting = TALK_LATER("receive");
    talk_settle(&talk);
    ends("h3", "boom");
    EXPECT(waiting, "[error, participant_crashed, 3]");
    assert_string_equal(TALK("receive"), "[error, participant_crashed, 4]");
    assert_int_equal(talk.phase, RH_CONVERSATION_ACTIVE);
}

/* Covers: LM-S11 */
static void nobody_waits_for_those_who_have_crashed(void **state)
{
    (void)state;
    talk_open_with(&talk, RH_CRASH_POLICY_COMPENSATE, "h1");
    size_t waiting = TALK_LATER("receive");
    talk_settle(&talk);
    ends("h1", "boom");
    EXPECT(waiting, "[error, participant_crashed]");
}

/* Covers: LM-S24 LM-I7 */
static void a_request_that_cannot_be_sent_is_none(void **state)
{
    (void)state;
    talk_open_with(&talk, RH_CRASH_POLICY_COMPENSATE, "h1");
    ends("h1", "boom");
    assert_string_equal(TALK("send", "x"), "[error, delivery_failed]");
    assert_string_equal(TALK("ask", "x"), "[error, delivery_failed]");
    assert_null(strstr(talk.log, "sent"));
    assert_non_null(strstr(TALK("query"), "context: [[crashed, 0, 0]]"));
}

static void compensators_run_once_and_the_last_one_first(void **state)
{
    (void)state;
    talk_open_with(&talk, RH_CRASH_POLICY_COMPENSATE, "h1 h2 h3");
    assert_string_equal(TALK("compensate", actor("h3"), "first"), "ok");
    assert_string_equal(TALK("compensate", actor("h2"), "second"), "ok");
    assert_string_equal(TALK("compensate", actor("h3"), "third"), "ok");
    size_t asked = TALK_LATER("ask", "x");
    talk_settle(&talk);
    ends("h1", "boom");
    EXPECT(asked, "[error, participant_crashed, 1]");
    assert_string_equal(talk.got, "h3 third; h2 second; h3 first; ");
    ends("h2", "boom");
    assert_string_equal(talk.got, "h3 third; h2 second; h3 first; ");
    assert_string_equal(TALK("send", "y"), "[ok, 2]"); /* it goes on */
}

/* Covers: LM-S17 */
static void strangers_end_without_a_trace(void **state)
{
    (void)state;
    talk_open_with(&talk, RH_CRASH_POLICY_FAIL, "h1");
    talk_participant(&talk, "h9");
    talk_link(&talk, actor("h9"));
    ends("h9", "boom");
    talk_signal(&talk, talk.client, talk.conv, "boom");
    talk_settle(&talk);
    assert_true(talk_is_alive(&talk, talk.conv));
    assert_int_equal(talk.phase, RH_CONVERSATION_CREATED);
    assert_null(strstr(talk.log, "crashed"));
}

/* Covers: LM-S16 */
/* Its sender is alive, and linked. */
static void an_exit_signal_of_a_participant_is_not_its_end(void **state)
{
    (void)state;
    talk_open_with(&talk, RH_CRASH_POLICY_FAIL, "e1 s1+o");
    talk_signal(&talk, actor("e1"), talk.conv, "boom");
    talk_settle(&talk);
    talk_exit(&talk, talk.incarnation, "boom"); /* what the keeper knows goes to the next one */
    talk_settle(&talk);
    assert_string_equal(TALK("ask", "hello"), "[ok, 1, <e1>, [re, hello]]");
    size_t waits = TALK_LATER("await_exit", actor("s1"));
    size_t closes = TALK_LATER("close");
    talk_settle(&talk);
    talk_signal(&talk, actor("s1"), talk.conv, "normal");
    talk_settle(&talk);
    EXPECT(closes, "");
    assert_true(talk_is_alive(&talk, actor("s1")));
    talk_wait(&talk, RH_SECOND); /* its grace */
    EXPECT(closes, "ok");
    assert_string_equal(talk_outcome(&talk, waits), "[ok, killed, 1000000000]");
    assert_false(talk_is_alive(&talk, actor("s1")));
}

static enum rh_status cut_link(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    return rh_unlink(ctx, *(const struct rh_pid *)argument, 0);
}

static void who_has_cut_its_link_is_waited_for_all_the_same(void **state)
{
    (void)state;
    talk_open_with(&talk, RH_CRASH_POLICY_FAIL, "e1+o s1+o");
    static const char *const names[] = {"e1", "s1"};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(rh_node_turn(talk.node, talk.now, actor(names[i]), cut_link, &talk.conv),
                         RH_OK);
    }
    talk_settle(&talk);
    size_t closes = TALK_LATER("close");
    talk_settle(&talk);
    EXPECT(closes, "");
    assert_false(talk_is_alive(&talk, actor("e1")));
    talk_wait(&talk, RH_SECOND);
    EXPECT(closes, "ok");
    assert_false(talk_is_alive(&talk, actor("s1")));
}

static void notifiers_fire_once_or_are_cancelled(void **state)
{
    (void)state;
    talk_open_with(&talk, RH_CRASH_POLICY_COMPENSATE, "h1 h2");
    size_t first = TALK_LATER("await_exit", actor("h1"));
    size_t second = TALK_LATER("await_exit", actor("h1"));
    size_t third = TALK_LATER("await_exit", actor("h2"));
    talk_wait(&talk, 7);
    ends("h1", "boom");
    EXPECT(first, "[ok, boom, 7]");
    EXPECT(second, "[ok, boom, 7]");
    talk_wait(&talk, 7);
    assert_string_equal(TALK("await_exit", actor("h1")), "[ok, boom, 7]");
    EXPECT(third, "");
    assert_string_equal(TALK("close"), "ok");
    EXPECT(third, "[error, closed]");
}

/* ---- the actor that crashes ---- */

static void crash_actor(void)
{
    talk_exit(&talk, talk.incarnation, "boom");
    talk_settle(&talk);
}

/* Covers: LM-S9 LM-S10 */
static void what_is_known_outlives_the_actor(void **state)
{
    (void)state;
    talk_open_with(&talk, RH_CRASH_POLICY_COMPENSATE, "h1 h2");
    assert_string_equal(TALK("compensate", actor("h2"), "undo"), "ok");
    assert_string_equal(TALK("send", "a"), "[ok, 1]");
    replies(0, "re a");
    assert_string_equal(TALK("send", "b"), "[ok, 2]");
    size_t waiting = TALK_LATER("receive_of", 2);
    size_t asked = TALK_LATER("ask", "c");
    size_t notifier = TALK_LATER("await_exit", actor("h1"));
    talk_settle(&talk);
    crash_actor();
    EXPECT(waiting, "[error, restarted]");
    EXPECT(asked, "[error, restarted]");
    EXPECT(notifier, "");
    replies(0, "late"); /* its reply can no longer arrive, and who sent it is told */
    assert_string_equal(TALK("receive"), "[ok, 1, <h1>, \"re a\"]");
    assert_string_equal(TALK("receive"), "[error, restarted, 2]");
    ends("h1", "boom");
    EXPECT(notifier, "[ok, boom, 0]");
    assert_string_equal(talk.got, "h2 undo; ");
    crash_actor();
    assert_string_equal(TALK("send", "d"), "[ok, 4]");
    assert_int_equal(talk.incarnations, 3);
}

/* Covers: LM-S19 */
static void an_end_that_nobody_saw_is_seen_once(void **state)
{
    (void)state;
    static const char *const reasons[] = {"boom", "normal"};
    for (size_t i = 0; i < 2; i++) {
        talk_open_with(&talk, RH_CRASH_POLICY_COMPENSATE, "h1 h2");
        talk_exit(&talk, talk.incarnation, "boom");
        ends("h1", reasons[i]); /* before the keeper has started the next */
        assert_non_null(strstr(TALK("query"), i == 0 ? "[<h1>, crashed, boom, 0], [<h2>, alive"
                                                     : "[<h1>, left, normal, 0], [<h2>, alive"));
        assert_string_equal(TALK("close"), "ok");
        talk_exit(&talk, actor("h2"), "normal");
    }
}

/* Covers: LM-S4 LM-S5 P34 W5 */
static void commands_under_way_are_answered_when_the_actor_crashes(void **state)
{
    (void)state;
    talk_open_with(&talk, RH_CRASH_POLICY_FAIL, "h1");
    size_t send = TALK_LATER("send", "x");
    size_t receive = TALK_LATER("receive");
    size_t query = TALK_LATER("query");
    for (unsigned i = 0; i < 6; i++) {
        (void)talk_step(&talk); /* they have been passed on */
    }
    talk_exit(&talk, talk.incarnation, "boom");
    talk_settle(&talk);
    EXPECT(send, "[error, restarted]");
    EXPECT(receive, "[error, restarted]");
    assert_non_null(strstr(talk_outcome(&talk, query), "incarnation: 2"));
}

/* Covers: LM-I10 */
static void restarts_within_an_intensity(void **state)
{
    (void)state;
    talk_open_with(&talk, RH_CRASH_POLICY_FAIL, "h1");
    for (unsigned i = 0; i < 3; i++) {
        crash_actor();
    }
    talk_wait(&talk, 5 * RH_SECOND + 1); /* those are forgotten */
    crash_actor();
    crash_actor();
    crash_actor();
    assert_int_equal(talk.incarnations, 7);
    assert_int_equal(talk.phase, RH_CONVERSATION_CREATED);
    size_t waiting = TALK_LATER("receive");
    size_t notifier = TALK_LATER("await_exit", actor("h1"));
    talk_settle(&talk);
    crash_actor();
    EXPECT(waiting, "[error, restarted]");
    EXPECT(notifier, "");
    assert_int_equal(talk.phase, RH_CONVERSATION_FAILED);
    assert_string_equal(TALK("send", "x"), "[error, failed, restart_limit]");
    ends("h1", "boom");
    EXPECT(notifier, "[ok, boom, 5000000001]");
}

/* ---- deadline and closing ---- */

/* Covers: LM-S14 LM-I13 P37 */
static void nobody_is_blocked_after_the_deadline(void **state)
{
    (void)state;
    struct rh_participant h1 = {talk_participant(&talk, "h1"), 0};
    struct rh_conversation_options options = {
        .participants = &h1, .participant_count = 1, .restarts = 1, .deadline = RH_SECOND};
    talk_open(&talk, &options);
    talk_wait(&talk, RH_SECOND / 2);
    crash_actor(); /* the next one keeps the same deadline */
    size_t asked = TALK_LATER("ask", "x");
    size_t waiting = TALK_LATER("receive");
    talk_wait(&talk, RH_SECOND / 2);
    EXPECT(asked, "[error, failed, timeout]");
    EXPECT(waiting, "[error, failed, timeout]");
    replies(0, "late");
    assert_string_equal(TALK("receive"), "[error, failed, timeout]");
}

/* Covers: LM-S6 LM-S18 LM-S25 P35 W6 */
static void commands_behind_close_are_answered(void **state)
{
    (void)state;
    talk_open_with(&talk, RH_CRASH_POLICY_FAIL, "h1");
    assert_string_equal(TALK("send", "x"), "[ok, 1]");
    size_t waiting = TALK_LATER("receive");
    size_t close = TALK_LATER("close");
    size_t receive = TALK_LATER("receive");
    size_t send = TALK_LATER("send", "y");
    size_t again = TALK_LATER("close");
    talk_until(&talk, RH_CONVERSATION_CLOSED);
    ends("h1", "boom"); /* closed stays closed */
    EXPECT(waiting, "[error, closed]");
    EXPECT(close, "ok");
    EXPECT(receive, "[error, closed]");
    EXPECT(send, "[error, closed]");
    EXPECT(again, "ok");
    assert_false(talk_is_alive(&talk, talk.conv));
}

static void owned_participants_get_their_grace(void **state)
{
    (void)state;
    talk_open_with(&talk, RH_CRASH_POLICY_FAIL, "s1+o e1+o h1");
    size_t close = TALK_LATER("close");
    talk_wait(&talk, RH_SECOND - 1);
    EXPECT(close, "");
    assert_false(talk_is_alive(&talk, actor("e1")));
    assert_true(talk_is_alive(&talk, actor("s1")));
    talk_wait(&talk, 1);
    EXPECT(close, "ok");
    assert_false(talk_is_alive(&talk, actor("s1")));
    assert_true(talk_is_alive(&talk, actor("h1")));
}

/* Covers: LM-S27 */
static void the_end_of_the_parent_closes(void **state)
{
    (void)state;
    static const char *const victims[] = {"[error, closed]", "[error, failed, timeout]"};
    for (unsigned failed = 0; failed < 2; failed++) {
        struct rh_participant e1 = {talk_participant(&talk, "e1"), RH_PARTICIPANT_OWNED};
        struct rh_conversation_options options = {
            .participants = &e1, .participant_count = 1, .deadline = RH_SECOND};
        talk_open(&talk, &options);
        size_t waiting = TALK_LATER("receive");
        talk_wait(&talk, failed == 1 ? RH_SECOND : 0);
        talk_exit(&talk, talk.parent, "boom");
        talk_settle(&talk);
        EXPECT(waiting, victims[failed]);
        assert_false(talk_is_alive(&talk, talk.conv));
        assert_false(talk_is_alive(&talk, actor("e1")));
        talk_end_empty(&talk);
        talk_begin(&talk);
    }
}

/* Covers: LM-S28 */
static void what_is_owned_ends_with_an_opening_that_fails(void **state)
{
    (void)state;
    struct rh_participant list[2] = {{talk_participant(&talk, "s1"), RH_PARTICIPANT_OWNED},
                                     {talk_participant(&talk, "h1"), 0}};
    struct rh_conversation_options options = {
        .participants = list, .participant_count = 2, .restarts = UINT32_MAX};
    talk_open(&talk, &options);
    assert_false(talk_is_alive(&talk, talk.conv));
    assert_false(talk_is_alive(&talk, list[0].pid));
    assert_true(talk_is_alive(&talk, list[1].pid));
}

static void start_arguments_are_judged(void **state)
{
    (void)state;
    const struct rh_allocator *allocator = rh_allocator_default();
    struct rh_pid h1 = talk_participant(&talk, "h1");
    struct rh_message list = RH_ARRAY(allocator, h1);
    struct rh_message nobody = RH_ARRAY(allocator, rh_pid_none());
    struct rh_message bad[] = {
        RH_ITEM(NULL, 7),
        RH_MAP(allocator, "colour", "red"),
        RH_MAP(allocator, 1, 2),
        RH_MAP(allocator, "participants", "h1"),
        RH_MAP(allocator, "participants", nobody),
        RH_MAP(allocator, "policy", "panic"),
        RH_MAP(allocator, "policy", 1),
        RH_MAP(allocator, "deadline", "soon"),
        RH_MAP(allocator, "restarts", -1),
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        talk_spawn(&talk, bad[i]);
        assert_false(talk_is_alive(&talk, talk.conv));
        assert_true(talk_is_alive(&talk, h1));
    }
    talk_spawn(&talk, RH_MAP(allocator, "inert", list, "owned", list, "deadline", 0, "within", 1));
    assert_string_equal(TALK("send", "x"), "[ok, 1]");
    assert_string_equal(TALK("close"), "ok");
    assert_false(talk_is_alive(&talk, h1));
    talk_spawn(&talk, rh_message_none());
    assert_string_equal(TALK("send", "x"), "[ok, 1]");
    assert_string_equal(TALK("ask", "x"), "[error, delivery_failed]");
    rh_message_unref(list);
    rh_message_unref(nobody);
}

static void says_that_it_is_up(void **state)
{
    (void)state;
    talk_open_with(&talk, RH_CRASH_POLICY_FAIL, "h1");
    assert_string_equal(talk_start(&talk), "ok");
}

static void asks_who_is_named_for_as_long_as_it_takes(void **state)
{
    (void)state;
    talk_open_with(&talk, RH_CRASH_POLICY_FAIL, "h1 e2");
    assert_string_equal(
        talk_ask(&talk, RH_ARRAY(rh_allocator_default(), "ask", "x", RH_NULL, actor("e2"))),
        "[ok, 1, <e2>, [re, x]]");
}

/* ---- bounds ---- */

static void a_participant_that_takes_no_more_is_not_waited_for(void **state)
{
    (void)state;
    talk_open_with(&talk, RH_CRASH_POLICY_ROUTE_TO_NEXT, "c1 h2 c3");
    struct rh_pid h2 = actor("h2");
    size_t first = TALK_LATER("send", 1);
    size_t second = TALK_LATER("ask", 2);
    talk_fill(&talk, actor("c1"));
    while (strcmp(talk_outcome(&talk, second), "") == 0) {
        talk_fill(&talk, actor("c1"));
        assert_true(talk_step(&talk));
    }
    EXPECT(first, "[error, full]");
    EXPECT(second, "[error, full]");
    talk_settle(&talk);
    assert_string_equal(talk_ask(&talk, RH_ARRAY(rh_allocator_default(), "send", 3, h2)),
                        "[ok, 3]");
    size_t third = TALK_LATER("receive_of", 3);
    talk_settle(&talk);
    talk_exit(&talk, h2, "boom");
    while (strcmp(talk_outcome(&talk, third), "") == 0) {
        talk_fill(&talk, actor("c3")); /* to whom it would go */
        assert_true(talk_step(&talk));
    }
    EXPECT(third, "[error, participant_crashed, 3]");
}

static void a_reply_that_is_too_large_is_an_error(void **state)
{
    (void)state;
    static char text[32760];
    memset(text, 'x', sizeof text - 1);
    talk_open_with(&talk, RH_CRASH_POLICY_FAIL, "h1");
    size_t call = TALK_LATER("ask", "x");
    talk_settle(&talk);
    talk_reply(&talk, 0, RH_ITEM(rh_allocator_default(), (const char *)text));
    talk_settle(&talk);
    EXPECT(call, "[error, limit]");
}

/* Covers: LM-S15 */
static void the_context_is_a_ring(void **state)
{
    (void)state;
    talk_open_with(&talk, RH_CRASH_POLICY_FAIL, "");
    for (unsigned i = 0; i < 2 * TALK_CONTEXT; i++) {
        (void)TALK("send", i);
        (void)TALK("receive");
    }
    char tail[64];
    (void)snprintf(tail, sizeof tail, "dropped: %u", 3 * TALK_CONTEXT);
    assert_non_null(talk_find(&talk, RH_ITEM(NULL, "query"), tail));
}

static void entries_are_limited(void **state)
{
    (void)state;
    talk_open_with(&talk, RH_CRASH_POLICY_FAIL, "");
    for (unsigned i = 0; i < TALK_ENTRIES; i++) {
        (void)TALK("send", i);
    }
    assert_string_equal(TALK("send", 0), "[error, limit]");
    assert_string_equal(TALK("await_exit", talk.client), "[error, not_participant]");
    assert_string_equal(TALK("receive"), "[ok, 1, null, 0]");
    assert_non_null(strstr(TALK("send", 0), "[ok, "));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(asks_a_participant_and_closes),
        CASE(gives_each_reply_to_who_asked),
        CASE(collects_replies_by_age_or_by_id),
        CASE(lets_one_client_wait_for_a_request),
        CASE(a_receiver_that_timed_out_swallows_no_reply),
        CASE(a_client_that_ended_swallows_no_reply),
        CASE(a_reply_and_a_time_out_have_one_winner),
        CASE(refuses_what_is_no_request),
        CASE(a_participant_may_leave),
        CASE(a_reply_that_came_before_the_failure_is_delivered),
        CASE(requests_go_to_the_next_who_is_alive),
        CASE(nobody_waits_for_those_who_have_crashed),
        CASE(a_request_that_cannot_be_sent_is_none),
        CASE(compensators_run_once_and_the_last_one_first),
        CASE(strangers_end_without_a_trace),
        CASE(an_exit_signal_of_a_participant_is_not_its_end),
        CASE(who_has_cut_its_link_is_waited_for_all_the_same),
        CASE(notifiers_fire_once_or_are_cancelled),
        CASE(what_is_known_outlives_the_actor),
        CASE(an_end_that_nobody_saw_is_seen_once),
        CASE(commands_under_way_are_answered_when_the_actor_crashes),
        CASE(restarts_within_an_intensity),
        CASE(nobody_is_blocked_after_the_deadline),
        CASE(commands_behind_close_are_answered),
        CASE(owned_participants_get_their_grace),
        CASE(the_end_of_the_parent_closes),
        CASE(what_is_owned_ends_with_an_opening_that_fails),
        CASE(start_arguments_are_judged),
        CASE(says_that_it_is_up),
        CASE(asks_who_is_named_for_as_long_as_it_takes),
        CASE(a_participant_that_takes_no_more_is_not_waited_for),
        CASE(a_reply_that_is_too_large_is_an_error),
        CASE(the_context_is_a_ring),
        CASE(entries_are_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}

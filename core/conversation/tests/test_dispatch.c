/* SPDX-License-Identifier: MIT */
/* Dispatching to a group: who is picked, and what happens when members end. The dispatcher stands where the conversation
 * does in other tests, as whom the client calls. */
#include "core/conversation/tests/talk.h"

#include <rehearse/dispatch.h>

static struct talk talk;

static size_t pick_by_payload(const struct rh_router *router, const struct rh_pid *members,
                              size_t count, struct rh_item payload)
{
    struct rh_reader reader;
    uint64_t index = 0;
    (void)router;
    (void)members;
    (void)count;
    rh_reader_item(&reader, payload);
    (void)rh_read_uint(&reader, &index);
    return (size_t)index;
}

static const struct rh_router by_payload = {pick_by_payload};

static enum rh_status join_body(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    (void)(rh_group_join(ctx, argument, rh_self(ctx)) == RH_OK); /* if there is memory */
    return RH_OK;
}

static void member(const char *name)
{
    static char group[] = "g";
    struct rh_pid pid = talk_participant(&talk, name);
    if (talk_is_alive(&talk, pid)) {
        assert_int_equal(rh_node_turn(talk.node, talk.now, pid, join_body, group), RH_OK);
    }
}

static void start_with(const struct rh_router *router, struct rh_message argument)
{
    static struct rh_behaviour behaviour;
    behaviour = rh_dispatcher_behaviour;
    behaviour.config = router;
    struct rh_spawn_options options = {.argument = argument};
    talk_begin(&talk);
    talk.conv = rh_pid_none();
    if (talk.node == NULL) {
        rh_message_unref(argument);
        return;
    }
    if (rh_node_spawn(talk.node, 0, &behaviour, &options, &talk.conv) != RH_OK) {
        talk.conv = rh_pid_none();
    }
    talk_settle(&talk);
}

static void start(const char *routing)
{
    talk.fail_at = 0;
    start_with(NULL, RH_MAP(rh_allocator_default(), "group", "g", "routing", routing));
}

static void end(void)
{
    if (talk_is_alive(&talk, talk.conv)) {
        talk_exit(&talk, talk.conv, "normal");
        talk_settle(&talk);
    }
    talk_end_empty(&talk);
}

static void ends(const char *name, const char *reason)
{
    talk_exit(&talk, talk_pid(&talk, name), reason);
    talk_settle(&talk);
}

static void picks_by_its_routing(void **state)
{
    (void)state;
    start("round_robin");
    member("e1");
    member("e2");
    assert_string_equal(TALK("dispatch", "a"), "[ok, <e1>, [re, a], 1]");
    assert_string_equal(TALK("dispatch", "b"), "[ok, <e2>, [re, b], 1]");
    assert_string_equal(TALK("dispatch", "c", 1), "[ok, <e1>, [re, c], 1]");
    end();
    start("first");
    member("e1");
    member("e2");
    assert_string_equal(TALK("dispatch", "a"), "[ok, <e1>, [re, a], 1]");
    assert_string_equal(TALK("dispatch", "b"), "[ok, <e1>, [re, b], 1]");
    end();
    start("random");
    member("e1");
    assert_string_equal(TALK("dispatch", "a"), "[ok, <e1>, [re, a], 1]");
    end();
}

static void picks_by_a_function_of_the_program(void **state)
{
    (void)state;
    talk.fail_at = 0;
    start_with(&by_payload, RH_MAP(NULL, "group", "g"));
    member("e1");
    member("e2");
    assert_string_equal(TALK("dispatch", 1), "[ok, <e2>, [re, 1], 1]");
    assert_string_equal(TALK("dispatch", 0), "[ok, <e1>, [re, 0], 1]");
    assert_string_equal(TALK("dispatch", 2), "[error, unknown_consumer_selected, 0]");
    end();
}

/* The member's end and the next attempt are at one instant; an attempt never ends by itself. Covers: LM-S21 */
static void goes_to_another_when_a_member_ends(void **state)
{
    (void)state;
    start("first");
    member("h1");
    member("h2");
    member("h3");
    size_t call = TALK_LATER("dispatch", "x");
    talk_wait(&talk, 251 * RH_MILLISECOND);
    ends("h1", "boom");
    ends("h2", "normal"); /* it has not answered either */
    assert_int_equal(talk.request_count, 3);
    talk_reply(&talk, 2, RH_ITEM(NULL, "y"));
    talk_settle(&talk);
    assert_string_equal(talk_outcome(&talk, call), "[ok, <h3>, y, 3]");
    end();
}

static void says_when_nobody_is_left(void **state)
{
    (void)state;
    start("round_robin");
    assert_string_equal(TALK("dispatch", "x"), "[error, no_consumer_available, 0]");
    member("h1");
    size_t call = TALK_LATER("dispatch", "x");
    talk_settle(&talk);
    ends("h1", "boom");
    assert_string_equal(talk_outcome(&talk, call), "[error, no_consumer_available, 1]");
    end();
}

static void a_time_out_is_for_all_attempts(void **state)
{
    (void)state;
    start("first");
    member("h1");
    member("h2");
    size_t call = TALK_LATER("dispatch", "x", RH_SECOND);
    talk_wait(&talk, RH_SECOND / 2);
    ends("h1", "boom");
    talk_wait(&talk, RH_SECOND / 2 - 1);
    assert_string_equal(talk_outcome(&talk, call), "");
    talk_wait(&talk, 1);
    assert_string_equal(talk_outcome(&talk, call), "[error, timeout, 2]");
    talk_reply(&talk, 1, RH_ITEM(NULL, "late"));
    talk_settle(&talk);
    assert_int_equal(talk.calls[call].outcomes, 1);
    assert_string_equal(TALK("dispatch", "x", 0), "[error, timeout, 0]");
    end();
}

static enum rh_status flood(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    for (size_t i = 0; i < TALK_ENTRIES; i++) {
        struct rh_ref reply_to;
        assert_int_equal(rh_alias_open(ctx, RH_ALIAS_REPLY, &reply_to), RH_OK);
        assert_int_equal(RH_SEND(ctx, *(const struct rh_pid *)argument, "$call", reply_to,
                                 RH_ARRAY(NULL, "dispatch", "a")),
                         RH_OK);
    }
    return RH_OK;
}

static void takes_no_more_than_it_may(void **state)
{
    (void)state;
    static char group[] = "g";
    start("first");
    assert_int_equal(rh_node_turn(talk.node, talk.now, talk.parent, join_body, group), RH_OK);
    assert_int_equal(rh_node_turn(talk.node, talk.now, talk.client, flood, &talk.conv), RH_OK);
    talk_settle(&talk);
    assert_string_equal(TALK("dispatch", "b"), "[error, limit]");
    end();
}

static void refuses_what_it_does_not_understand(void **state)
{
    (void)state;
    start("first");
    assert_string_equal(TALK("dispatch"), "[error, invalid]");
    assert_string_equal(TALK("dispatch", 1, "soon"), "[error, invalid]");
    assert_string_equal(talk_ask(&talk, RH_ITEM(NULL, 7)), "[error, invalid]");
    end();
    start("nowhere");
    assert_false(talk_is_alive(&talk, talk.conv));
    end();
    start_with(NULL, RH_MAP(NULL, "routing", "first"));
    assert_false(talk_is_alive(&talk, talk.conv));
    end();
}

/* What cannot be the name of a group: nothing, more than any name, more than is read, a text with an end inside. */
static void refuses_what_names_no_group(void **state)
{
    char longest[300];
    (void)state;
    memset(longest, 'g', sizeof longest);
    struct rh_limits limits = rh_limits_default();
    const struct rh_text names[] = {
        {"", 0},
        {longest, limits.name_bytes_max + 1},
        {longest, 256},
        {"a\0b", 3},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        start_with(NULL, RH_MAP(rh_allocator_default(), "group", names[i], "routing", "first"));
        assert_false(talk_is_alive(&talk, talk.conv));
        end();
    }
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    bool is_complete = false;
    for (size_t n = 1; !is_complete; n++) {
        talk.fail_at = n;
        start_with(NULL, RH_MAP(rh_allocator_default(), "group", "g", "routing", "round_robin"));
        member("h1");
        member("h2");
        (void)TALK_LATER("dispatch", "a text that is longer than a handle can hold", RH_SECOND);
        (void)TALK_LATER("dispatch", "another one");
        talk_wait(&talk, 0);
        talk_exit(&talk, talk_pid(&talk, "h1"), "boom");
        talk_settle(&talk);
        talk_reply(&talk, talk.request_count - 1, RH_ITEM(NULL, "y"));
        talk_wait(&talk, RH_SECOND);
        is_complete = talk.attempts < n;
        talk.fail_at = 0;
        assert_true(!is_complete || n > 50);
        if (talk_is_alive(&talk, talk.conv) && talk_is_alive(&talk, talk.client)) {
            (void)TALK("dispatch", "still there", 0);
            talk_exit(&talk, talk_pid(&talk, "h2"), "boom");
            talk_settle(&talk);
            for (size_t i = 0; i < talk.call_count; i++) {
                assert_false(talk.calls[i].call.open);
            }
        }
        talk_end(&talk);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(picks_by_its_routing),
        cmocka_unit_test(picks_by_a_function_of_the_program),
        cmocka_unit_test(goes_to_another_when_a_member_ends),
        cmocka_unit_test(says_when_nobody_is_left),
        cmocka_unit_test(a_time_out_is_for_all_attempts),
        cmocka_unit_test(takes_no_more_than_it_may),
        cmocka_unit_test(refuses_what_it_does_not_understand),
        cmocka_unit_test(refuses_what_names_no_group),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}

/* SPDX-License-Identifier: MIT */
/* The client's side in C: a program that opens, asks and reads what comes back. */
#include "core/conversation/tests/talk.h"

static struct talk talk;

/** What the program under test does and has seen. */
static struct {
    struct rh_pid conv;
    struct rh_call call;
    struct rh_conversation_outcome outcome;
    unsigned outcomes;
    char reply[64];
    char detail[64];
} program;

static enum rh_status program_receive(struct rh_context *ctx, void *state,
                                      const struct rh_delivery *in)
{
    (void)state;
    if (rh_conversation_result(ctx, in, &program.call, &program.outcome)) {
        program.outcomes++;
        (void)rh_item_print(program.outcome.reply, NULL, program.reply, sizeof program.reply);
        (void)rh_item_print(program.outcome.detail, NULL, program.detail, sizeof program.detail);
    }
    return RH_OK;
}

static const struct rh_behaviour program_behaviour = {.name = "program",
                                                      .receive = program_receive};
static struct rh_pid pid;

/** What it is to do next. */
struct task {
    struct rh_participant participant;
    enum rh_crash_policy policy;
    struct rh_message request;
    rh_duration timeout;
    bool is_ask;
};

static enum rh_status open_body(struct rh_context *ctx, void *state, void *argument)
{
    const struct task *task = argument;
    (void)state;
    struct rh_conversation_options options = {.participants = &task->participant,
                                              .participant_count = 1,
                                              .policy = task->policy,
                                              .restarts = 1};
    return rh_conversation_open(ctx, &options, &program.conv);
}

static enum rh_status request_body(struct rh_context *ctx, void *state, void *argument)
{
    const struct task *task = argument;
    (void)state;
    program.outcomes = 0;
    return task->is_ask
               ? rh_conversation_ask(ctx, program.conv, task->request, task->timeout, &program.call)
               : rh_call(ctx, program.conv, task->request, task->timeout, &program.call);
}

static void ask(struct rh_message payload, rh_duration timeout)
{
    struct task task = {.request = payload, .timeout = timeout, .is_ask = true};
    assert_int_equal(rh_node_turn(talk.node, talk.now, pid, request_body, &task), RH_OK);
    talk_settle(&talk);
}

static enum rh_conversation_error request(struct rh_message message)
{
    struct task task = {.request = message, .timeout = 60 * RH_SECOND};
    assert_int_equal(rh_node_turn(talk.node, talk.now, pid, request_body, &task), RH_OK);
    talk_settle(&talk);
    return program.outcome.error;
}

static void open_with(const char *participant, enum rh_crash_policy policy)
{
    talk.fail_at = 0;
    talk_begin(&talk);
    assert_int_equal(rh_node_spawn(talk.node, 0, &program_behaviour,
                                   &(struct rh_spawn_options){.trap = true}, &pid),
                     RH_OK);
    talk_settle(&talk);
    struct task task = {.participant = {talk_participant(&talk, participant), RH_PARTICIPANT_OWNED},
                        .policy = policy};
    assert_int_equal(rh_node_turn(talk.node, talk.now, pid, open_body, &task), RH_OK);
    talk_settle(&talk);
}

static void end(void)
{
    talk.conv = program.conv; /* for the end's questions */
    assert_int_equal(rh_node_crash(talk.node, talk.now, pid, RH_ITEM(NULL, "over")), RH_OK);
    talk_wait(&talk, 10 * RH_SECOND);
    assert_false(talk_is_alive(&talk, program.conv));
    talk_end_empty(&talk);
}

static void reads_every_answer(void **state)
{
    (void)state;
    open_with("e1", RH_CRASH_POLICY_COMPENSATE);
    ask(RH_ITEM(NULL, "hello"), RH_NEVER);
    assert_int_equal(program.outcomes, 1);
    assert_int_equal(program.outcome.error, RH_CONVERSATION_ERROR_NONE);
    assert_int_equal(program.outcome.id, 1);
    assert_true(rh_pid_equal(program.outcome.participant, talk_pid(&talk, "e1")));
    assert_string_equal(program.reply, "[re, hello]");
    assert_int_equal(request(RH_ARRAY(NULL, "send", "x")), RH_CONVERSATION_ERROR_NONE);
    assert_int_equal(program.outcome.id, 2);
    assert_int_equal(request(RH_ARRAY(NULL, "receive_of", 7)), RH_CONVERSATION_ERROR_NOT_FOUND);
    assert_int_equal(request(RH_ITEM(NULL, "query")), RH_CONVERSATION_ERROR_NONE);
    assert_int_equal(request(RH_ARRAY(NULL, "dance")), RH_CONVERSATION_ERROR_INVALID);
    struct rh_pid e1 = talk_pid(&talk, "e1");
    talk_exit(&talk, e1, "boom");
    assert_int_equal(request(RH_ARRAY(NULL, "await_exit", e1)), RH_CONVERSATION_ERROR_NONE);
    assert_string_equal(program.reply, "boom");
    assert_int_equal(request(RH_ITEM(NULL, "close")), RH_CONVERSATION_ERROR_NONE);
    assert_int_equal(request(RH_ITEM(NULL, "close")), RH_CONVERSATION_ERROR_CLOSED);
    end();
}

static void reads_failures_and_time_outs(void **state)
{
    (void)state;
    open_with("h1", RH_CRASH_POLICY_FAIL);
    ask(RH_ITEM(NULL, "hello"), RH_SECOND);
    assert_int_equal(program.outcomes, 0);
    talk_wait(&talk, RH_SECOND);
    assert_int_equal(program.outcome.error, RH_CONVERSATION_ERROR_TIMEOUT);
    (void)request(RH_ARRAY(NULL, "receive")); /* given up by the client alone */
    talk_wait(&talk, 60 * RH_SECOND);
    assert_int_equal(program.outcome.error, RH_CONVERSATION_ERROR_TIMEOUT);
    talk_exit(&talk, talk_pid(&talk, "h1"), "boom");
    talk_settle(&talk);
    ask(RH_ITEM(NULL, "hello"), RH_SECOND);
    assert_int_equal(program.outcome.error, RH_CONVERSATION_ERROR_FAILED);
    assert_non_null(strstr(program.detail, "participant_crashed"));
    end();
}

static void a_conversation_that_is_killed_has_failed(void **state)
{
    (void)state;
    open_with("h1", RH_CRASH_POLICY_FAIL);
    ask(RH_ITEM(NULL, "hello"), RH_SECOND);
    talk_signal(&talk, talk.client, program.conv, "kill");
    talk_settle(&talk);
    assert_int_equal(program.outcome.error, RH_CONVERSATION_ERROR_FAILED);
    assert_string_equal(program.detail, "killed");
    talk.is_lenient = true;
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_answer),
        cmocka_unit_test(reads_failures_and_time_outs),
        cmocka_unit_test(a_conversation_that_is_killed_has_failed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}

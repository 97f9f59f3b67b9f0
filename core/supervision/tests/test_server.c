/* SPDX-License-Identifier: MIT */
/* A request server and its clients: every outcome of a call, every end of a server. */
#include "core/supervision/tests/play.h"

/* ---- the server: does what the request says ---- */

struct served {
    struct rh_ref kept; /**< the call to answer later */
    int infos;
};

static char terminated[64]; /**< reason that terminate saw last */
static int deinits;

static enum rh_status served_init(struct rh_context *ctx, void *state,
                                  const struct rh_delivery *start)
{
    (void)state;
    (void)ctx;
    return RH_MATCH(&start->message, "fail") ? RH_INVALID : RH_OK;
}

static enum rh_status served_call(struct rh_context *ctx, void *state, struct rh_ref call,
                                  const struct rh_message *request, struct rh_answer *answer)
{
    struct served *served = state;
    struct rh_item item;
    if (RH_MATCH(request, "echo", &item)) {
        answer->reply = RH_ITEM(rh_allocator_of(ctx), item);
    } else if (RH_MATCH(request, "stop", &item)) {
        answer->stop = RH_ITEM(rh_allocator_of(ctx), item);
    } else if (RH_MATCH(request, "stop_reply", &item)) {
        answer->reply = RH_ITEM(rh_allocator_of(ctx), "ok");
        answer->stop = RH_ITEM(rh_allocator_of(ctx), item);
    } else if (RH_MATCH(request, "done")) {
        answer->reply = RH_ITEM(rh_allocator_of(ctx), "bye");
        return RH_DONE;
    } else if (RH_MATCH(request, "exit")) {
        answer->reply = RH_ITEM(rh_allocator_of(ctx), "never sent, and longer than a handle");
        return rh_exit(ctx, RH_ITEM(NULL, "own"));
    } else if (RH_MATCH(request, "bad")) {
        answer->reply = RH_ARRAY(NULL, "\xff");
    } else if (RH_MATCH(request, "keep")) {
        served->kept = call;
    } else if (RH_MATCH(request, "infos")) {
        answer->reply = RH_ITEM(rh_allocator_of(ctx), served->infos);
    } else if (RH_MATCH(request, "trap", &item)) {
        (void)rh_trap(ctx, true);
        answer->reply = RH_ITEM(rh_allocator_of(ctx), "ok");
    } else {
        return RH_MALFORMED;
    }
    return RH_OK;
}

static enum rh_status served_cast(struct rh_context *ctx, void *state,
                                  const struct rh_message *request, struct rh_answer *answer)
{
    struct served *served = state;
    struct rh_item item;
    if (RH_MATCH(request, "answer", &item)) {
        return rh_reply(ctx, served->kept, RH_ITEM(rh_allocator_of(ctx), item));
    }
    if (RH_MATCH(request, "stop", &item)) {
        answer->reply = RH_ITEM(NULL, "ignored");
        answer->stop = RH_ITEM(rh_allocator_of(ctx), item);
    }
    return RH_OK;
}

static enum rh_status served_info(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    struct served *served = state;
    (void)ctx;
    served->infos++;
    return in->kind == RH_DELIVERY_MESSAGE && RH_MATCH(&in->message, "crash") ? RH_IO : RH_OK;
}

static void served_terminate(struct rh_context *ctx, void *state, const struct rh_message *reason)
{
    (void)ctx;
    (void)state;
    (void)rh_message_print(reason, NULL, terminated, sizeof terminated);
}

static void served_deinit(void *state, const void *config)
{
    (void)state;
    assert_ptr_equal(config, &deinits);
    deinits++;
}

static const struct rh_server server = {
    .name = "served",
    .state_bytes = sizeof(struct served),
    .init = served_init,
    .handle_call = served_call,
    .handle_cast = served_cast,
    .handle_info = served_info,
    .terminate = served_terminate,
    .deinit = served_deinit,
    .config = &deinits,
};

/* ---- the stage: play.supervisor is the server ---- */

static struct play play;

static int set_up(void **state)
{
    (void)state;
    const struct rh_behaviour behaviour = rh_server_behaviour(&server);
    terminated[0] = '\0';
    deinits = 0;
    play.fail_at = 0;
    play_begin(&play);
    play_supervise(&play, &behaviour);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    play_end(&play);
    assert_int_equal(deinits, 1);
    return 0;
}

#define ASK(...) play_call(&play, RH_ARRAY(NULL, __VA_ARGS__))

struct cast {
    struct rh_message request;
};

static enum rh_status cast_body(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    const struct cast *cast = argument;
    assert_int_equal(rh_cast(ctx, play.supervisor, cast->request), RH_OK);
    return RH_OK;
}

static void cast(struct rh_message request)
{
    struct cast argument = {request};
    assert_int_equal(rh_node_turn(play.node, play.now, play.parent, cast_body, &argument), RH_OK);
    play_settle(&play);
}

static size_t counter(size_t which)
{
    struct rh_node_stats stats;
    rh_node_stats(play.node, &stats);
    return (size_t)(which == 0 ? stats.alias_closed : stats.entries);
}

/* ---- calls ---- */

static void answers_a_call_and_leaves_nothing_behind(void **state)
{
    (void)state;
    size_t entries = counter(1);
    assert_string_equal(ASK("echo", 1), "reply 1");
    assert_string_equal(ASK("echo", "a text that is longer than a handle holds"),
                        "reply \"a text that is longer than a handle holds\"");
    assert_int_equal(counter(1), entries);
    assert_true(rh_node_next_due(play.node) == RH_NEVER);
}

static void answers_later(void **state)
{
    (void)state;
    assert_string_equal(ASK("keep"), "open");
    cast(RH_ARRAY(NULL, "answer", 7));
    assert_string_equal(play.outcome, "reply 7");
}

static void times_out_and_drops_the_late_answer(void **state)
{
    (void)state;
    assert_string_equal(ASK("keep"), "open");
    play_wait(&play, 60 * RH_SECOND - 1);
    assert_string_equal(play.outcome, "open");
    play_wait(&play, 1);
    assert_string_equal(play.outcome, "timeout");
    assert_int_equal(counter(0), 0);
    cast(RH_ARRAY(NULL, "answer", 7));
    assert_string_equal(play.outcome, "timeout");
    assert_int_equal(counter(0), 1);
}

static void drops_a_second_answer(void **state)
{
    (void)state;
    (void)ASK("keep");
    cast(RH_ARRAY(NULL, "answer", 7));
    cast(RH_ARRAY(NULL, "answer", 8));
    assert_string_equal(play.outcome, "reply 7");
    assert_int_equal(counter(0), 1);
}

static void forgets_a_cancelled_call(void **state)
{
    (void)state;
    size_t entries = counter(1);
    (void)ASK("keep");
    assert_true(counter(1) > entries);
    assert_string_equal(ASK("echo", 2), "reply 2"); /* the parent cancels the open one first */
    assert_int_equal(counter(1), entries);
    cast(RH_ARRAY(NULL, "answer", 7));
    assert_string_equal(play.outcome, "reply 2");
}

static void tells_the_reason_of_a_server_that_stops_without_answer(void **state)
{
    (void)state;
    assert_string_equal(ASK("stop", "normal"), "down normal");
    assert_string_equal(terminated, "normal");
    assert_string_equal(ASK("echo", 1), "down noproc");
}

static void answers_before_it_stops(void **state)
{
    (void)state;
    assert_string_equal(ASK("stop_reply", "shutdown"), "reply ok");
    assert_string_equal(terminated, "shutdown");
    assert_string_equal(play.log, "-sup:shutdown ");
}

static void answers_before_it_is_done(void **state)
{
    (void)state;
    assert_string_equal(ASK("done"), "reply bye");
    assert_string_equal(play.log, "-sup:normal ");
    assert_string_equal(terminated, "normal");
}

static void answers_nothing_after_its_own_exit(void **state)
{
    (void)state;
    assert_string_equal(ASK("exit"), "down own");
    assert_string_equal(terminated, "");
}

static void ends_with_the_word_of_a_status(void **state)
{
    (void)state;
    assert_string_equal(ASK("what"), "down malformed");
    assert_string_equal(terminated, "malformed");
}

static void ends_when_its_answer_cannot_be_built(void **state)
{
    (void)state;
    assert_string_equal(ASK("bad"), "down invalid");
}

static void stops_at_a_cast(void **state)
{
    (void)state;
    cast(RH_ARRAY(NULL, "stop", "cast"));
    assert_string_equal(play.log, "-sup:cast ");
    assert_string_equal(terminated, "cast");
}

static void hands_everything_else_to_handle_info(void **state)
{
    (void)state;
    struct rh_message messages[] = {RH_ITEM(NULL, 1), RH_ARRAY(NULL, "$call", 1, 2),
                                    RH_ARRAY(NULL, "$cast")};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(rh_node_send(play.node, play.now, play.supervisor, messages[i]), RH_OK);
    }
    play_settle(&play);
    assert_string_equal(ASK("infos"), "reply 3");
    assert_int_equal(rh_node_send(play.node, play.now, play.supervisor, RH_ARRAY(NULL, "crash")),
                     RH_OK);
    play_settle(&play);
    assert_string_equal(play.log, "-sup:io ");
}

static enum rh_status ask_from_full_body(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    (void)argument;
    struct rh_ref ref;
    assert_int_equal(rh_alias_open(ctx, RH_ALIAS_REPLY, &ref), RH_OK);
    struct rh_message request = RH_ARRAY(NULL, "echo", 1);
    return rh_send(ctx, play.supervisor, RH_ARRAY(NULL, "$call", ref, request));
}

static void survives_a_client_that_takes_no_more(void **state)
{
    (void)state;
    static const struct rh_server nothing = {.name = "client"};
    static struct rh_behaviour client;
    client = rh_server_behaviour(&nothing);
    const struct rh_spawn_options capped = {.cap = 1, .overflow = RH_OVERFLOW_REFUSE};
    struct rh_pid pid;
    assert_int_equal(rh_node_spawn(play.node, play.now, &client, &capped, &pid), RH_OK);
    play_settle(&play);
    assert_int_equal(rh_node_turn(play.node, play.now, pid, ask_from_full_body, NULL), RH_OK);
    assert_int_equal(rh_node_send(play.node, play.now, pid, RH_ITEM(NULL, "fills it")), RH_OK);
    play_settle(&play);
    struct rh_node_stats stats;
    rh_node_stats(play.node, &stats);
    assert_int_equal(stats.messages_refused, 1);
    assert_string_equal(ASK("echo", 2), "reply 2");
}

/* ---- parents ---- */

static void ends_with_its_parent_if_it_traps_even_when_normal(void **state)
{
    (void)state;
    assert_string_equal(ASK("trap", 1), "reply ok");
    play_exit(&play, play.parent, RH_ITEM(NULL, "normal"));
    assert_string_equal(play.log, "-sup:normal ");
    assert_string_equal(terminated, "normal");
}

static void survives_its_parents_normal_end_if_it_does_not_trap(void **state)
{
    (void)state;
    play_exit(&play, play.parent, RH_ITEM(NULL, "normal"));
    assert_string_equal(play.log, "");
    assert_true(rh_inspect_is_alive(play.node, play.supervisor));
}

/* ---- calls by name, refused calls ---- */

struct attempt {
    const char *name;
    struct rh_pid to;
    rh_duration timeout;
    enum rh_status status;
};

static enum rh_status attempt_body(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct attempt *attempt = argument;
    struct rh_message request = RH_ARRAY(NULL, "echo", "a request longer than a handle holds");
    rh_call_cancel(ctx, &play.call);
    play.outcome[0] = '\0';
    if (attempt->name != NULL) {
        attempt->status = rh_call_name(ctx, attempt->name, request, attempt->timeout, &play.call);
    } else {
        attempt->status = rh_call(ctx, attempt->to, request, attempt->timeout, &play.call);
    }
    return RH_OK;
}

static enum rh_status call_by(struct attempt attempt)
{
    assert_int_equal(rh_node_turn(play.node, play.now, play.parent, attempt_body, &attempt), RH_OK);
    play_settle(&play);
    return attempt.status;
}

static enum rh_status register_body(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    return rh_register(ctx, argument, rh_self(ctx));
}

static void calls_a_name(void **state)
{
    (void)state;
    static char served_name[] = "served";
    static char parent_name[] = "caller";
    assert_int_equal(rh_node_turn(play.node, 0, play.supervisor, register_body, served_name),
                     RH_OK);
    assert_int_equal(rh_node_turn(play.node, 0, play.parent, register_body, parent_name), RH_OK);
    assert_int_equal(call_by((struct attempt){.name = "served", .timeout = RH_NEVER}), RH_OK);
    assert_string_equal(play.outcome, "reply \"a request longer than a handle holds\"");
    assert_int_equal(call_by((struct attempt){.name = "nobody", .timeout = RH_SECOND}), RH_OK);
    assert_string_equal(play.outcome, "down noproc");
    assert_int_equal(call_by((struct attempt){.name = "caller"}), RH_INVALID);
    assert_int_equal(call_by((struct attempt){.name = ""}), RH_INVALID);
}

static void refuses_a_call_to_oneself_or_nobody(void **state)
{
    (void)state;
    size_t entries = counter(1);
    assert_int_equal(call_by((struct attempt){.to = play.parent}), RH_INVALID);
    assert_int_equal(call_by((struct attempt){.to = rh_pid_none()}), RH_INVALID);
    assert_string_equal(play_call(&play, rh_message_none()), "refused");
    assert_int_equal(counter(1), entries);
    assert_false(play.call.open);
}

/* ---- starting ---- */

struct starting {
    const struct rh_behaviour *behaviour;
    struct rh_spawn_options options;
    struct rh_pid pid;
    enum rh_status status;
};

static enum rh_status start_body(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct starting *starting = argument;
    play.outcome[0] = '\0';
    starting->status = rh_server_start(ctx, starting->behaviour, &starting->options, RH_SECOND,
                                       &starting->pid, &play.call);
    return RH_OK;
}

static struct rh_pid start(const struct rh_behaviour *behaviour, const char *argument)
{
    struct starting starting = {.behaviour = behaviour};
    starting.options.link = true;
    starting.options.argument = RH_ARRAY(NULL, argument);
    assert_int_equal(rh_node_turn(play.node, play.now, play.parent, start_body, &starting), RH_OK);
    assert_int_equal(starting.status, RH_OK);
    play_settle(&play);
    return starting.pid;
}

static void tells_that_a_server_is_up(void **state)
{
    (void)state;
    static struct rh_behaviour behaviour;
    behaviour = rh_server_behaviour(&server);
    struct rh_pid pid = start(&behaviour, "well");
    assert_string_equal(play.outcome, "reply ok");
    assert_true(rh_inspect_is_alive(play.node, pid));
    deinits--; /* the second server's, at the end: it is alive until then */
}

/* As gen_server:start: whoever started it is nobody to it. */
static void has_no_parent_without_a_link(void **state)
{
    (void)state;
    static struct rh_behaviour behaviour;
    behaviour = rh_server_behaviour(&server);
    struct starting starting = {.behaviour = &behaviour, .options = {.trap = true}};
    starting.options.argument = RH_ARRAY(NULL, "well");
    assert_int_equal(rh_node_turn(play.node, play.now, play.parent, start_body, &starting), RH_OK);
    play_settle(&play);
    assert_string_equal(play.outcome, "reply ok");
    play_signal(&play, play.parent, starting.pid, RH_ITEM(NULL, "shutdown"));
    assert_true(rh_inspect_is_alive(play.node, starting.pid));
    play.supervisor = starting.pid;
    assert_string_equal(ASK("infos"), "reply 1");
    deinits--;
}

static void tells_why_a_server_did_not_come_up(void **state)
{
    (void)state;
    static struct rh_behaviour behaviour;
    behaviour = rh_server_behaviour(&server);
    struct rh_pid pid = start(&behaviour, "fail");
    assert_string_equal(play.outcome, "down invalid");
    assert_string_equal(play.parent_saw, "invalid");
    assert_false(rh_inspect_is_alive(play.node, pid));
    deinits--;
}

static enum rh_status deaf_receive(struct rh_context *ctx, void *state,
                                   const struct rh_delivery *in)
{
    (void)ctx;
    (void)state;
    (void)in;
    return RH_OK;
}

static void kills_a_server_that_is_not_up_in_time(void **state)
{
    (void)state;
    static const struct rh_behaviour deaf = {.name = "deaf", .receive = deaf_receive};
    struct rh_pid pid = start(&deaf, "well");
    assert_string_equal(play.outcome, "");
    play_wait(&play, RH_SECOND);
    assert_string_equal(play.outcome, "timeout");
    assert_false(rh_inspect_is_alive(play.node, pid));
    assert_string_equal(play.parent_saw, "");
}

static void tells_that_a_supervisor_is_up_only_when_its_children_are(void **state)
{
    (void)state;
    static const struct rh_behaviour deaf = {.name = "deaf", .receive = deaf_receive};
    static const struct rh_child_spec child = {
        .id = "deaf", .behaviour = &deaf, .readiness = RH_READY_ANSWER};
    static const struct rh_supervisor config = {.children = &child, .child_count = 1};
    static struct rh_behaviour behaviour;
    behaviour = rh_supervisor_behaviour(&config);
    struct rh_pid pid = start(&behaviour, "well");
    assert_string_equal(play.outcome, "");
    play_wait(&play, RH_SECOND);
    assert_string_equal(play.outcome, "timeout");
    assert_false(rh_inspect_is_alive(play.node, pid));
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(answers_a_call_and_leaves_nothing_behind),
        CASE(answers_later),
        CASE(times_out_and_drops_the_late_answer),
        CASE(drops_a_second_answer),
        CASE(forgets_a_cancelled_call),
        CASE(tells_the_reason_of_a_server_that_stops_without_answer),
        CASE(answers_before_it_stops),
        CASE(answers_before_it_is_done),
        CASE(answers_nothing_after_its_own_exit),
        CASE(ends_with_the_word_of_a_status),
        CASE(ends_when_its_answer_cannot_be_built),
        CASE(stops_at_a_cast),
        CASE(hands_everything_else_to_handle_info),
        CASE(survives_a_client_that_takes_no_more),
        CASE(ends_with_its_parent_if_it_traps_even_when_normal),
        CASE(has_no_parent_without_a_link),
        CASE(survives_its_parents_normal_end_if_it_does_not_trap),
        CASE(calls_a_name),
        CASE(refuses_a_call_to_oneself_or_nobody),
        CASE(tells_that_a_server_is_up),
        CASE(tells_why_a_server_did_not_come_up),
        CASE(kills_a_server_that_is_not_up_in_time),
        CASE(tells_that_a_supervisor_is_up_only_when_its_children_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}

/* SPDX-License-Identifier: MIT */
/* Every allocation of a run fails once. Whatever it hits, nothing leaks, nothing hangs, and who is alive answers. */
#include "core/supervision/tests/play.h"

static struct play play;
static struct play *const current = &play;

static bool is_alive(struct rh_pid pid)
{
    return play.node != NULL && !rh_pid_is_none(pid) && rh_inspect_is_alive(play.node, pid);
}

static void maybe_exit(struct rh_pid actor, const char *reason)
{
    if (is_alive(actor)) {
        play_exit(&play, actor, RH_ITEM(NULL, reason));
    }
}

static void maybe_call(struct rh_message request)
{
    if (is_alive(play.parent) && is_alive(play.supervisor)) {
        (void)play_call(&play, request);
    } else {
        rh_message_unref(request);
    }
}

/* The newest incarnation of a child. */
static struct rh_pid newest(const char *id)
{
    struct rh_pid pid = rh_pid_none();
    for (uint64_t incarnation = 1; !rh_pid_is_none(play_pid(&play, id, incarnation));
         incarnation++) {
        pid = play_pid(&play, id, incarnation);
    }
    return pid;
}

static const char long_word[] = "a text that is longer than a handle can hold by itself";

/* A tree, failures of every kind, every request, stubborn children, the end. */
static void play_a_supervisor(enum rh_restart_strategy strategy)
{
    static struct rh_child_spec leaves[1];
    static struct rh_child_spec children[4];
    static struct rh_child_spec pattern;
    static struct rh_supervisor inner;
    static struct rh_supervisor outer;
    static struct rh_behaviour branch;
    const struct rh_child_spec worker = {
        .start = play_child, .config = &current, .shutdown = RH_SECOND};
    leaves[0] = pattern = children[0] = children[1] = children[3] = worker;
    leaves[0].id = "x";
    pattern.id = "w";
    children[0].id = "a";
    children[1].id = "t";
    children[3].id = "b";
    inner = (struct rh_supervisor){.intensity = 1, .children = leaves, .child_count = 1};
    branch = rh_supervisor_behaviour(&inner);
    children[2] =
        (struct rh_child_spec){.id = "branch", .behaviour = &branch, .type = RH_SUPERVISOR};
    outer = (struct rh_supervisor){.strategy = strategy,
                                   .intensity = 9,
                                   .children = children,
                                   .child_count = 4,
                                   .templates = &pattern,
                                   .template_count = 1};
    const struct rh_behaviour root = rh_supervisor_behaviour(&outer);
    play_begin(&play);
    play_supervise(&play, &root);
    maybe_exit(newest("a"), "foo");
    maybe_call(RH_ARRAY(NULL, "start_child", "w", long_word, long_word));
    maybe_call(RH_ARRAY(NULL, "terminate_child", "t"));
    maybe_call(RH_ARRAY(NULL, "which_children"));
    maybe_exit(newest("x"), "bar");
    if (play.node != NULL) {
        play_wait(&play, 2 * RH_SECOND);
    }
    play.fail_inits = 1;
    maybe_exit(newest("b"), "foo");
    maybe_call(RH_ARRAY(NULL, "restart_child", "t"));
    maybe_call(RH_ARRAY(NULL, "count_children"));
    maybe_call(RH_ARRAY(NULL, "terminate_child", long_word));
    maybe_call(RH_ARRAY(NULL, "delete_child", long_word));
    if (play.node != NULL) {
        play_wait(&play, 5 * RH_SECOND);
    }
}

static void check_supervisor(void)
{
    play.fail_at = 0;
    if (is_alive(play.parent) && is_alive(play.supervisor)) {
        const char *outcome = play_call(&play, RH_ARRAY(NULL, "count_children"));
        if (strncmp(outcome, "reply {", 7) != 0) {
            fail_msg("allocation %zu: %s, after %s", play.attempts, outcome, play.log);
        }
    }
    maybe_exit(play.parent, "end");
    if (play.node != NULL) {
        play_wait(&play, 10 * RH_SECOND);
    }
    assert_false(is_alive(play.supervisor));
}

static void sweeps_a_supervisor(void **state)
{
    (void)state;
    for (int strategy = 0; strategy < RH_RESTART_STRATEGY_COUNT; strategy++) {
        size_t attempts = SIZE_MAX;
        for (size_t n = 1; n <= attempts; n++) {
            play.fail_at = n;
            play_a_supervisor((enum rh_restart_strategy)strategy);
            if (play.attempts < n) {
                attempts = 0; /* nothing failed in this run: the sweep is complete */
                assert_true(n > 100);
            }
            check_supervisor();
            play_end(&play);
        }
    }
}

/* ---- servers and calls ---- */

static enum rh_status echo(struct rh_context *ctx, void *state, struct rh_ref call,
                           const struct rh_message *request, struct rh_answer *answer)
{
    (void)ctx;
    (void)state;
    (void)call;
    answer->reply = rh_message_ref(*request);
    return RH_OK;
}

static const struct rh_server echo_server = {.name = "echo", .handle_call = echo};

struct start_call {
    const struct rh_behaviour *behaviour;
    struct rh_pid pid;
    enum rh_status status;
};

static enum rh_status start_body(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct start_call *start = argument;
    struct rh_spawn_options options = {.link = true, .argument = RH_ITEM(NULL, long_word)};
    start->status =
        rh_server_start(ctx, start->behaviour, &options, RH_SECOND, &start->pid, &play.call);
    return RH_OK;
}

static void play_a_server(struct start_call *start)
{
    static struct rh_behaviour behaviour;
    behaviour = rh_server_behaviour(&echo_server);
    *start = (struct start_call){.behaviour = &behaviour, .status = RH_NO_MEMORY};
    play_begin(&play);
    play_supervise(&play, &behaviour);
    maybe_call(RH_ARRAY(NULL, "echo", long_word));
    if (is_alive(play.parent)) {
        assert_int_equal(rh_node_turn(play.node, play.now, play.parent, start_body, start), RH_OK);
        play_settle(&play);
    }
}

static void sweeps_a_server(void **state)
{
    (void)state;
    bool complete = false;
    for (size_t n = 1; !complete; n++) {
        struct start_call start;
        play.fail_at = n;
        play_a_server(&start);
        complete = play.attempts < n;
        play.fail_at = 0;
        assert_true(!complete || n > 20);
        if (start.status == RH_OK && is_alive(play.parent)) {
            play_wait(&play, RH_SECOND);
            assert_false(play.call.open);
        } else if (start.status != RH_OK) {
            assert_false(is_alive(start.pid));
            assert_false(play.call.open && rh_pid_equal(play.call.started, start.pid));
        }
        if (is_alive(play.supervisor) && is_alive(play.parent)) {
            assert_string_equal(play_call(&play, RH_ITEM(NULL, 1)), "reply 1");
        }
        play_end(&play);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sweeps_a_supervisor),
        cmocka_unit_test(sweeps_a_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}

/* SPDX-License-Identifier: MIT */
/* Roots whose end is told: from an init that fails to one that somebody kills. */
#include <rehearse/uv.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uv.h>

static uv_loop_t loop;
static struct rh_node *node;
static struct rh_uv *uv;
static char heard[1024];

static void on_output(void *self, struct rh_pid actor, const struct rh_message *message)
{
    (void)self;
    (void)actor;
    size_t used = strlen(heard);
    char text[128];
    (void)rh_message_print(message, NULL, text, sizeof(text));
    (void)snprintf(heard + used, sizeof(heard) - used, "said %s; ", text);
}

static void on_ended(void *self, struct rh_pid root, const char *behaviour,
                     const struct rh_message *reason)
{
    (void)self;
    (void)root;
    size_t used = strlen(heard);
    char text[128];
    (void)rh_message_print(reason, NULL, text, sizeof(text));
    (void)snprintf(heard + used, sizeof(heard) - used, "%s ended: %s; ", behaviour, text);
}

static void open_stage(const struct rh_allocator *allocator, bool listens)
{
    struct rh_uv_options options = {
        .allocator = allocator, .output = on_output, .root_ended = listens ? on_ended : NULL};
    heard[0] = '\0';
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(rh_node_create(&(struct rh_node_options){0}, &node), RH_OK);
    assert_int_equal(rh_uv_create(&loop, node, &options, &uv), RH_OK);
}

static void close_stage(void)
{
    rh_uv_close(uv, NULL, NULL);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&loop), 0);
    rh_node_destroy(node);
}

static void settle(void)
{
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
}

/* ---- actors ---- */

static enum rh_status fail_init(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    (void)state;
    (void)in;
    enum rh_status status = rh_output(ctx, RH_ITEM(NULL, "last"));
    return status == RH_OK ? rh_exit(ctx, RH_ITEM(NULL, "no_luck")) : status;
}

static enum rh_status refuse_init(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    (void)ctx;
    (void)state;
    (void)in;
    return RH_TAKEN;
}

static enum rh_status obey(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    (void)state;
    return in->kind == RH_DELIVERY_START ? RH_OK : rh_exit(ctx, rh_message_ref(in->message));
}

static const struct rh_behaviour failing = {.name = "failing", .init = fail_init, .receive = obey};
static const struct rh_behaviour refusing = {
    .name = "refusing", .init = refuse_init, .receive = obey};
static const struct rh_behaviour obedient = {.name = "obedient", .init = obey, .receive = obey};

static struct rh_pid spawned(const struct rh_behaviour *behaviour)
{
    struct rh_pid pid;
    assert_int_equal(rh_uv_spawn(uv, behaviour, NULL, &pid), RH_OK);
    return pid;
}

/* ---- cases ---- */

static void an_init_that_fails_is_told_behind_its_last_word(void **state)
{
    (void)state;
    open_stage(NULL, true);
    (void)spawned(&failing);
    (void)spawned(&refusing);
    settle();
    assert_string_equal(heard, "said last; failing ended: no_luck; "
                               "refusing ended: taken; ");
    close_stage();
}

static void every_end_is_told_once_and_none_by_a_close(void **state)
{
    (void)state;
    open_stage(NULL, true);
    struct rh_pid good = spawned(&obedient);
    struct rh_pid killed = spawned(&obedient);
    (void)spawned(&obedient);
    settle();
    assert_string_equal(heard, "");
    assert_int_equal(rh_node_send(node, rh_uv_now(uv), good, RH_ITEM(NULL, "normal")), RH_OK);
    assert_int_equal(rh_node_exit_signal(node, rh_uv_now(uv), killed, rh_reason(RH_REASON_KILL)),
                     RH_OK);
    rh_uv_wake(uv);
    settle();
    assert_string_equal(heard, "obedient ended: normal; obedient ended: killed; ");
    close_stage();
    assert_string_equal(heard, "obedient ended: normal; obedient ended: killed; ");
}

static struct rh_pid parent;

static enum rh_status note_parent(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    (void)state;
    (void)in;
    parent = rh_parent(ctx);
    return RH_OK;
}

static void the_next_spawn_replaces_a_watcher_that_was_killed(void **state)
{
    static const struct rh_behaviour child = {
        .name = "child", .init = note_parent, .receive = obey};
    (void)state;
    open_stage(NULL, true);
    (void)spawned(&child);
    settle();
    assert_int_equal(rh_node_exit_signal(node, rh_uv_now(uv), parent, rh_reason(RH_REASON_KILL)),
                     RH_OK);
    rh_uv_wake(uv);
    settle();
    (void)spawned(&failing);
    settle();
    assert_string_equal(heard, "said last; failing ended: no_luck; ");
    close_stage();
}

/* What a program wrote that listens to nothing. */
static void without_a_listener_bad_ends_are_lines_on_stderr(void **state)
{
    (void)state;
    int ends[2];
    char text[256] = "";
    assert_int_equal(pipe(ends), 0);
    open_stage(NULL, false);
    int kept = dup(STDERR_FILENO);
    assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
    (void)spawned(&refusing);
    struct rh_pid good = spawned(&obedient);
    assert_int_equal(rh_node_send(node, rh_uv_now(uv), good, RH_ITEM(NULL, "shutdown")), RH_OK);
    rh_uv_wake(uv);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    assert_true(dup2(kept, STDERR_FILENO) >= 0);
    (void)close(kept);
    (void)close(ends[1]);
    assert_true(read(ends[0], text, sizeof(text) - 1) > 0);
    (void)close(ends[0]);
    assert_string_equal(text, "actor 'refusing' has ended: taken\n");
    close_stage();
}

static bool is_dry;

static void *allocate(void *self, size_t size)
{
    (void)self;
    return is_dry ? NULL : malloc(size);
}

static void release(void *self, void *block, size_t size)
{
    (void)self;
    (void)size;
    free(block);
}

static void a_spawn_that_is_refused_leaves_nothing(void **state)
{
    static const struct rh_allocator dry = {.allocate = allocate, .release = release};
    struct rh_spawn_options options = {.argument = RH_ARRAY(NULL, "a", "b")};
    struct rh_pid pid;
    (void)state;
    is_dry = false;
    open_stage(&dry, true);
    is_dry = true;
    assert_int_equal(rh_uv_spawn(uv, &obedient, &options, &pid), RH_NO_MEMORY);
    is_dry = false;
    options = (struct rh_spawn_options){.argument = RH_ARRAY(NULL, "a", "b"), .link = true};
    assert_int_equal(rh_uv_spawn(uv, &obedient, &options, &pid), RH_INVALID);
    settle();
    assert_string_equal(heard, "");
    close_stage();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_init_that_fails_is_told_behind_its_last_word),
        cmocka_unit_test(every_end_is_told_once_and_none_by_a_close),
        cmocka_unit_test(the_next_spawn_replaces_a_watcher_that_was_killed),
        cmocka_unit_test(without_a_listener_bad_ends_are_lines_on_stderr),
        cmocka_unit_test(a_spawn_that_is_refused_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}

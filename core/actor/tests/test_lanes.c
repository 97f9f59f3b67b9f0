/* SPDX-License-Identifier: MIT */
/* Lanes say what a walk of the queue would, whatever is put there and in whatever order it leaves. */
#include "core/actor/lanes.h"
#include "core/actor/tests/draw.h"
#include "core/actor/tests/stage.h"

#define MEMBERS 6
#define LISTED_MAX 4096

struct listed {
    const void *handles[LISTED_MAX];
    size_t count;
};

static bool list_one(void *self, const struct rh_pending *pending)
{
    struct listed *listed = self;
    assert_true(listed->count < LISTED_MAX);
    listed->handles[listed->count++] = pending->handle;
    return true;
}

/* The definition: nothing of its channel was sent earlier, or it is one that waits for nothing. */
static bool is_deliverable(const struct rh_node *node, const struct signal *signal)
{
    if (signal->kind == RH_SIGNAL_TAKE || signal->kind == RH_SIGNAL_START) {
        return true;
    }
    const struct actor *actor = actor_find(node, signal->to);
    if (actor != NULL && actor->phase == PHASE_EMBRYO) {
        return false;
    }
    for (const struct signal *earlier = signal->prev; earlier != NULL; earlier = earlier->prev) {
        if (earlier->kind != RH_SIGNAL_TAKE && same_channel(node, earlier, signal)) {
            return false;
        }
    }
    return true;
}

static void assert_told(struct stage *stage)
{
    static struct listed listed;
    const char *what = "";
    size_t at = 0;
    listed.count = 0;
    rh_node_each_pending(stage->node, stage->now, list_one, &listed);
    for (const struct signal *signal = stage->node->queue.head; signal != NULL;
         signal = signal->next) {
        if (is_deliverable(stage->node, signal)) {
            assert_true(at < listed.count && listed.handles[at] == signal);
            at++;
        }
    }
    assert_int_equal(at, listed.count);
    if (!rh_inspect_validate(stage->node, &what)) {
        fail_msg("%s", what);
    }
}

OPERATION(do_send_name, rh_send_name(ctx, op->name, RH_ITEM(NULL, 7)))

static const struct rh_behaviour idle = {.name = "idle"};

static enum rh_status guess_and_spawn(struct rh_context *ctx, void *state, void *argument)
{
    struct rh_pid child;
    (void)state;
    (void)argument;
    assert_status(rh_spawn(ctx, &idle, NULL, &child, NULL), RH_OK);
    assert_status(rh_send(ctx, child, RH_ITEM(NULL, 1)), RH_OK);
    return RH_OK;
}

static void happen(struct stage *stage, const struct rh_pid *members, uint64_t *seed)
{
    struct rh_pid actor = members[draw_below(seed, MEMBERS)];
    struct rh_pid to = members[draw_below(seed, MEMBERS)];
    static const struct rh_receive anything = {.timeout = RH_NEVER};
    switch (draw_below(seed, 9)) {
    case 0:
        (void)perform(stage, actor, (struct operation){.name = "svc"}, do_send_name);
        break;
    case 1:
        assert_status(rh_node_turn(stage->node, stage->now, actor, guess_and_spawn, NULL), RH_OK);
        break;
    case 2:
        assert_status(
            rh_node_forge(stage->node, stage->now, RH_SIGNAL_MESSAGE, actor, to, RH_ITEM(NULL, 9)),
            RH_OK);
        break;
    case 3:
        assert_status(act_receive(stage, members[0], &anything), RH_OK);
        break;
    default:
        for (size_t count = draw_below(seed, 20); count > 0; count--) {
            (void)act_send(stage, actor, to, "x");
        }
        break;
    }
}

static void what_lanes_tell_is_what_a_walk_finds(void **state)
{
    size_t with_lanes = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        static const char *const names[MEMBERS] = {"a", "b", "c", "d", "e", "f"};
        struct stage s;
        struct rh_pid members[MEMBERS];
        uint64_t drawn = seed;
        stage_open(&s);
        for (size_t i = 0; i < MEMBERS; i++) {
            members[i] = i == 0 ? enter_selective(&s, names[i]) : enter_plain(&s, names[i]);
        }
        assert_status(act_register(&s, members[1], "svc", members[2]), RH_OK);
        for (int step = 0; step < 150; step++) {
            happen(&s, members, &drawn);
            assert_told(&s);
            (void)draw_step(&drawn, s.node, s.now);
            (void)draw_step(&drawn, s.node, s.now);
            assert_told(&s);
            with_lanes += s.node->lanes != NULL ? 1 : 0;
        }
        while (draw_step(&drawn, s.node, s.now)) {
            assert_told(&s);
        }
        assert_null(s.node->lanes); /* nothing waits */
        stage_close(&s);
    }
    assert_true(with_lanes > 1000);
}

static void without_memory_the_queue_is_walked(void **state)
{
    struct purse purse = {0};
    struct rh_allocator allocator = purse_allocator(&purse);
    struct rh_node_options options = {.allocator = &allocator};
    struct stage s;
    (void)state;
    stage_open_with(&s, &options);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    for (int i = 0; i < 200; i++) {
        (void)act_send(&s, a, b, "x");
    }
    assert_told(&s);
    purse.refuse_at = purse.allocations + 1;
    purse.refuse_after = true;
    assert_told(&s);
    assert_null(s.node->lanes);
    purse.refuse_at = 0;
    purse.refuse_after = false;
    assert_told(&s);
    assert_told(&s);
    assert_non_null(s.node->lanes);
    /* What an actor does takes no memory for lanes: they are forgotten when they are full. */
    for (int i = 0; i < 400; i++) {
        (void)act_send(&s, b, a, "y");
    }
    assert_null(s.node->lanes);
    settle(&s);
    stage_close(&s);
}

/* Lanes go with the last signal, so there are none of nothing: nobody would give them back. */
static void there_are_no_lanes_of_nothing(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    for (int i = 0; i < 200; i++) {
        (void)act_send(&s, a, b, "x");
    }
    assert_told(&s); /* meets many that are not deliverable */
    settle(&s);
    assert_told(&s);
    assert_null(s.node->lanes);
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_are_no_lanes_of_nothing),
        cmocka_unit_test(what_lanes_tell_is_what_a_walk_finds),
        cmocka_unit_test(without_memory_the_queue_is_walked),
    };
    return cmocka_run_group_tests_name("core.lanes", tests, NULL, NULL) ? 1 : 0;
}

/* SPDX-License-Identifier: MIT */
/* Spawning: what a child gets, how it may end before it has begun, and what its parent is told. */
#include "core/actor/tests/stage.h"

#include <string.h>

/* A child that notes its life in the record that its config points to. */
struct life {
    unsigned inits;
    unsigned receives;
    unsigned deinits;
    unsigned releases;
    struct rh_pid self;
    struct rh_pid parent;
    char argument[64];
    enum rh_status init_says;
    const char *init_exits;
};

struct own {
    uint64_t zero[4]; /* the node hands it over cleared */
    struct life *life;
};

static enum rh_status life_init(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    struct own *own = state;
    struct life *life = (struct life *)(uintptr_t)rh_config(ctx);
    static const uint64_t zero[4];
    assert_memory_equal(own->zero, zero, sizeof(zero));
    own->life = life;
    life->inits++;
    life->self = rh_self(ctx);
    life->parent = rh_parent(ctx);
    assert_int_equal(in->kind, RH_DELIVERY_START);
    assert_true(rh_pid_equal(in->from, life->parent));
    (void)rh_message_print(&in->message, NULL, life->argument, sizeof(life->argument));
    if (life->init_exits != NULL) {
        return rh_exit(ctx, word(life->init_exits));
    }
    return life->init_says;
}

static enum rh_status life_receive(struct rh_context *ctx, void *state,
                                   const struct rh_delivery *in)
{
    struct own *own = state;
    (void)ctx;
    own->life->receives++;
    return RH_MATCH(&in->message, "stop") ? RH_DONE : RH_OK;
}

static void life_deinit(void *state, const void *config)
{
    struct own *own = state;
    assert_ptr_equal(own->life, config);
    own->life->deinits++;
}

static void life_release(const void *config)
{
    struct life *life = (struct life *)(uintptr_t)config;
    life->releases++;
}

static struct rh_behaviour living(const struct life *life)
{
    return (struct rh_behaviour){.name = "living",
                                 .state_bytes = sizeof(struct own),
                                 .init = life_init,
                                 .receive = life_receive,
                                 .deinit = life_deinit,
                                 .config = life,
                                 .release = life_release};
}

OPERATION(do_spawn, rh_spawn(ctx, op->behaviour, op->options, &op->pids[0], &op->ref))
OPERATION(do_request, rh_spawn_request(ctx, op->behaviour, op->options, &op->ref))

static struct operation spawn_as(struct stage *s, struct rh_pid parent,
                                 const struct rh_behaviour *behaviour,
                                 const struct rh_spawn_options *options)
{
    return perform(s, parent, (struct operation){.behaviour = behaviour, .options = options},
                   do_spawn);
}

static void a_child_gets_its_argument_and_a_cleared_state(void **state)
{
    struct stage s;
    struct life life = {0};
    struct rh_behaviour behaviour = living(&life);
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_spawn_options options = {.argument = RH_ARRAY(rh_allocator_default(), "hi", 7)};
    struct operation done = spawn_as(&s, a, &behaviour, &options);
    assert_status(done.status, RH_OK);
    assert_int_equal(life.inits, 0); /* START is on its way */
    assert_false(look(&s, done.pids[0]).started);
    settle(&s);
    assert_int_equal(life.inits, 1);
    assert_true(rh_pid_equal(life.self, done.pids[0]));
    assert_true(rh_pid_equal(life.parent, a));
    assert_string_equal(life.argument, "[hi, 7]");
    stage_close(&s);
    assert_int_equal(life.deinits, 1); /* the node frees what it still has */
}

static void deinit_follows_init_once(void **state)
{
    struct stage s;
    struct life life = {0};
    struct rh_behaviour behaviour = living(&life);
    (void)state;
    stage_open(&s);
    struct rh_pid pid;
    assert_status(rh_node_spawn(s.node, 0, &behaviour, NULL, &pid), RH_OK);
    settle(&s);
    assert_true(rh_pid_is_none(life.parent));
    assert_status(rh_node_send(s.node, 0, pid, word("go")), RH_OK);
    assert_status(rh_node_send(s.node, 0, pid, RH_ARRAY(NULL, "stop")), RH_OK);
    settle(&s);
    assert_int_equal(life.receives, 2);
    assert_int_equal(life.deinits, 1);
    assert_status(rh_node_crash(s.node, 0, pid, word("again")), RH_NOPROC);
    stage_close_empty(&s);
    assert_int_equal(life.deinits, 1);
    assert_int_equal(life.releases, 1);
}

static void an_actor_that_never_started_is_not_deinitialised(void **state)
{
    struct stage s;
    struct life life = {0};
    struct rh_behaviour behaviour = living(&life);
    (void)state;
    stage_open(&s);
    struct rh_pid crashed;
    struct rh_pid left;
    assert_status(rh_node_spawn(s.node, 0, &behaviour, NULL, &crashed), RH_OK);
    assert_status(rh_node_crash(s.node, 0, crashed, word("boom")), RH_OK);
    settle(&s); /* START is a dead letter */
    assert_int_equal(stats(&s).dead_letters, 1);
    assert_status(rh_node_spawn(s.node, 0, &behaviour, NULL, &left), RH_OK);
    assert_int_equal(life.releases, 1); /* its behaviour is given back all the same */
    stage_close(&s);
    assert_int_equal(life.inits, 0);
    assert_int_equal(life.deinits, 0);
    assert_int_equal(life.releases, 2);
}

/* Spawn a monitored child and return how its end looks to its parent. */
static const char *end_of(struct stage *s, struct rh_pid a, const struct rh_behaviour *behaviour)
{
    struct rh_spawn_options options = {.monitor = true};
    struct operation done = spawn_as(s, a, behaviour, &options);
    assert_status(done.status, RH_OK);
    settle(s);
    assert_false(is_alive(s, done.pids[0]));
    return heard(s, a);
}

static void how_init_ends_is_the_reason(void **state)
{
    struct stage s;
    struct life life = {0};
    struct rh_behaviour behaviour = living(&life);
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    life.init_says = RH_DONE;
    assert_string_equal(end_of(&s, a, &behaviour), "down ? normal; ");
    life.init_says = RH_NO_MEMORY;
    assert_string_equal(end_of(&s, a, &behaviour), "down ? no_memory; ");
    life.init_exits = "broken";
    assert_string_equal(end_of(&s, a, &behaviour), "down ? broken; ");
    life.init_exits = "normal";
    assert_string_equal(end_of(&s, a, &behaviour), "down ? normal; ");
    assert_int_equal(life.inits, 4);
    assert_int_equal(life.deinits, 4);
    assert_int_equal(life.receives, 0);
    stage_close(&s);
}

static void an_actor_without_receive_is_spent_after_init(void **state)
{
    struct stage s;
    struct life life = {0};
    struct rh_behaviour behaviour = living(&life);
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    behaviour.receive = NULL;
    assert_string_equal(end_of(&s, a, &behaviour), "down ? noreceive; ");
    life.init_says = RH_DONE;
    assert_string_equal(end_of(&s, a, &behaviour), "down ? normal; ");
    life.init_says = RH_LIMIT;
    assert_string_equal(end_of(&s, a, &behaviour), "down ? limit; ");
    struct rh_behaviour nothing = {.name = "nothing"};
    assert_string_equal(end_of(&s, a, &nothing), "down ? noreceive; ");
    stage_close(&s);
}

static void link_and_monitor_are_there_at_once(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_trapping(&s, "a");
    struct rh_spawn_options options = {
        .link = true, .monitor = true, .has_link_tag = true, .link_tag = -3};
    struct rh_ref monitor;
    struct rh_pid b = act_spawn(&s, a, "b", &options, &monitor);
    assert_int_equal(look(&s, a).link_count, 1); /* before anything was handled */
    assert_int_equal(look(&s, b).link_count, 1);
    assert_int_equal(look(&s, b).watcher_count, 1);
    assert_true(rh_pid_equal(monitor.owner, a));
    settle(&s);
    act_exit(&s, b, "boom");
    settle(&s);
    assert_string_equal(heard(&s, a), "exit b boom tag=-3; down b boom; ");
    stage_close(&s);
}

static void a_linked_parent_dies_with_a_child_that_fails_to_start(void **state)
{
    struct stage s;
    struct life life = {.init_says = RH_INVALID};
    struct rh_behaviour behaviour = living(&life);
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_spawn_options options = {.link = true};
    assert_status(spawn_as(&s, a, &behaviour, &options).status, RH_OK);
    settle(&s);
    assert_false(is_alive(&s, a));
    stage_close_empty(&s);
}

static void a_trapping_child_is_born_trapping(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_spawn_options options = {.trap = true};
    struct rh_pid b = act_spawn(&s, a, "b", &options, NULL);
    assert_true(look(&s, b).trapping);
    assert_status(act_exit_signal(&s, a, b, "boom"), RH_OK); /* behind START */
    settle(&s);
    assert_string_equal(heard(&s, b), "exit a boom; ");
    stage_close(&s);
}

static void the_monitor_of_a_spawn_can_carry_an_alias(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_spawn_options options = {.monitor = true, .alias = RH_ALIAS_DEMONITOR};
    struct rh_ref monitor;
    struct rh_pid b = act_spawn(&s, a, "b", &options, &monitor);
    assert_int_equal(look(&s, a).alias_count, 1);
    settle(&s);
    act_exit(&s, b, "boom");
    settle(&s);
    assert_int_equal(look(&s, a).alias_count, 0);
    assert_string_equal(heard(&s, a), "down b boom; ");
    stage_close(&s);
}

static enum rh_status greets_its_parent(struct rh_context *ctx, void *state,
                                        const struct rh_delivery *start)
{
    (void)state;
    enum rh_status status = rh_send(ctx, start->from, word("hello"));
    return status == RH_OK ? RH_DONE : status;
}

static void the_reply_to_a_request_precedes_everything_of_the_child(void **state)
{
    struct stage s;
    (void)state;
    stage_open(&s);
    struct rh_pid a = enter_trapping(&s, "a");
    static const struct rh_behaviour greeter = {.name = "greeter", .init = greets_its_parent};
    struct rh_spawn_options options = {.link = true, .monitor = true};
    struct operation done =
        perform(&s, a, (struct operation){.behaviour = &greeter, .options = &options}, do_request);
    assert_status(done.status, RH_OK);
    assert_true(rh_pid_equal(done.ref.owner, a));
    settle(&s);
    assert_string_equal(heard(&s, a),
                        "spawn_reply ?; message ? hello; exit ? normal; down ? normal; ");
    done = perform(&s, a, (struct operation){.behaviour = &greeter}, do_request);
    settle(&s);
    assert_string_equal(heard(&s, a), "spawn_reply ?; message ? hello; ");
    stage_close(&s);
}

static void a_refused_spawn_leaves_nothing(void **state)
{
    struct stage s;
    struct rh_limits limits = rh_limits_default();
    struct rh_node_options node = {.limits = &limits};
    (void)state;
    limits.actors_max = 2;
    limits.message_bytes_max = 64;
    stage_open_with(&s, &node);
    struct rh_pid a = enter_plain(&s, "a");
    static const char large[128];
    struct rh_spawn_options options = {
        .argument =
            RH_ITEM(rh_allocator_default(), ((struct rh_bytes){(const uint8_t *)large, 100}))};
    assert_status(spawn_as(&s, a, stage_member(), &options).status, RH_LIMIT);
    struct rh_spawn_options failed = {.argument = rh_message_failed(RH_NO_MEMORY)};
    assert_status(spawn_as(&s, a, stage_member(), &failed).status, RH_NO_MEMORY);
    (void)enter_plain(&s, "b");
    struct rh_spawn_options tied = {.link = true, .monitor = true, .mailbox = true};
    assert_status(spawn_as(&s, a, stage_member(), &tied).status, RH_LIMIT);
    assert_int_equal(stats(&s).spawned, 2);
    assert_int_equal(stats(&s).entries, 0);
    assert_int_equal(stats(&s).limits_reached, 1);
    struct rh_pid root;
    assert_status(rh_node_spawn(s.node, 0, stage_member(), &tied, &root), RH_INVALID);
    stage_close(&s);
}

/* ---- keys ---- */

struct keys {
    uint64_t keys[8];
    size_t count;
};

static void note_key(void *self, const struct rh_event *event)
{
    struct keys *keys = self;
    if (event->kind == RH_EVENT_SPAWN) {
        assert_true(keys->count < 8);
        keys->keys[keys->count++] = event->number;
    }
}

/* The same family: a with two children, the first of which has one. `detour`: with strangers in between. */
static struct keys family(bool detour)
{
    struct stage s;
    struct keys keys = {0};
    stage_open(&s);
    struct rh_observer observer = {note_key, &keys};
    struct rh_pid a = enter_plain(&s, "a");
    struct rh_pid x = enter_plain(&s, "x");
    if (detour) {
        struct rh_pid y = act_spawn(&s, x, "y", NULL, NULL);
        settle(&s);
        (void)act_spawn(&s, x, "z", NULL, NULL);
        act_exit(&s, y, "boom");
        settle(&s);
    }
    rh_node_observe(s.node, &observer);
    struct rh_pid b = act_spawn(&s, a, "b", NULL, NULL);
    settle(&s);
    (void)act_spawn(&s, a, "c", NULL, NULL);
    (void)act_spawn(&s, b, "d", NULL, NULL);
    settle(&s);
    rh_node_observe(s.node, NULL);
    stage_close(&s);
    return keys;
}

static void equal_family_trees_have_equal_keys_whatever_the_slots(void **state)
{
    (void)state;
    struct keys plain = family(false);
    struct keys detour = family(true);
    assert_int_equal(plain.count, 3);
    assert_memory_equal(plain.keys, detour.keys, sizeof(plain.keys));
    assert_true(plain.keys[0] != plain.keys[1]);
    assert_true(plain.keys[0] != plain.keys[2]);
    assert_true(plain.keys[1] != plain.keys[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_gets_its_argument_and_a_cleared_state),
        cmocka_unit_test(deinit_follows_init_once),
        cmocka_unit_test(an_actor_that_never_started_is_not_deinitialised),
        cmocka_unit_test(how_init_ends_is_the_reason),
        cmocka_unit_test(an_actor_without_receive_is_spent_after_init),
        cmocka_unit_test(link_and_monitor_are_there_at_once),
        cmocka_unit_test(a_linked_parent_dies_with_a_child_that_fails_to_start),
        cmocka_unit_test(a_trapping_child_is_born_trapping),
        cmocka_unit_test(the_monitor_of_a_spawn_can_carry_an_alias),
        cmocka_unit_test(the_reply_to_a_request_precedes_everything_of_the_child),
        cmocka_unit_test(a_refused_spawn_leaves_nothing),
        cmocka_unit_test(equal_family_trees_have_equal_keys_whatever_the_slots),
    };
    return cmocka_run_group_tests_name("core.spawn", tests, NULL, NULL) ? 1 : 0;
}

/* SPDX-License-Identifier: MIT */
/* Containment: what goes wrong ends no more than it has to, and says nothing that is not so. */
#include "core/actor/tests/stage.h"
#include "core/remote/tests/peer.h"

#include <stdlib.h>
#include <string.h>

static struct net net;
static struct peer_side peer;

static const struct rh_pid x = {7, 1, 5, 1}; /* actors of the peer, node 7 */
static const struct rh_pid y = {7, 1, 6, 1};

static struct rh_message hello(void)
{
    return RH_ITEM(NULL, "hello");
}

static size_t count_of(const char *text, const char *word)
{
    size_t count = 0;
    for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word)) {
        count++;
    }
    return count;
}

static enum rh_status give_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct rh_pid endpoint;
    struct rh_endpoint_options options = {.handle = *(const struct rh_ref *)argument};
    assert_int_equal(rh_endpoint_spawn(ctx, &options, &endpoint), RH_NOT_FOUND);
    return RH_OK;
}

static void a_handle_of_somebody_else_ends_nobody(void **state)
{
    (void)state;
    net_open(&net, 1);
    struct rh_spawn_options plain = {0};
    struct rh_pid a = net_actor_with(&net, 1, "a", &plain);
    net_act(&net, "a", give_turn, &net.listeners[0]);
    net_act(&net, "a", give_turn, &(struct rh_ref){a, 5});
    net_settle(&net);
    assert_true(net_alive(&net, "a"));
    struct rh_node_stats stats;
    rh_node_stats(net.nodes[0], &stats);
    assert_int_equal(stats.dead_letters, 0); /* nothing was spawned in vain */
    net_close(&net);
}

/* Two ways to speak, none, or with oneself. */
static enum rh_status spawn_wrong_turn(struct rh_context *ctx, void *state, void *argument)
{
    const struct rh_command command = {.program = "p"};
    const struct rh_ref handle = *(const struct rh_ref *)argument;
    const struct rh_endpoint_options wrong[] = {
        {.node = 2},
        {.node = 2, .address = "node:2", .command = &command},
        {.node = 2, .address = "node:2", .handle = handle},
        {.node = 2, .command = &command, .handle = handle},
        {.node = rh_self(ctx).node, .address = "node:2"},
    };
    struct rh_pid endpoint;
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(rh_endpoint_spawn(ctx, &wrong[i], &endpoint), RH_INVALID);
    }
    return RH_OK;
}

static enum rh_status listen_wrong_turn(struct rh_context *ctx, void *state, void *argument)
{
    char longest[300];
    struct rh_pid listener;
    (void)state;
    (void)argument;
    size_t most = rh_limits_of(ctx)->address_bytes_max;
    assert_true(most + 1 < sizeof(longest));
    memset(longest, 'a', most + 1);
    longest[most + 1] = '\0';
    assert_int_equal(rh_listener_spawn(ctx, NULL, NULL, &listener), RH_INVALID);
    assert_int_equal(rh_listener_spawn(ctx, longest, NULL, &listener), RH_INVALID);
    return RH_OK;
}

static void what_cannot_be_an_endpoint_is_refused(void **state)
{
    (void)state;
    net_open(&net, 1);
    struct rh_spawn_options plain = {0};
    (void)net_actor_with(&net, 1, "a", &plain);
    struct rh_node_stats before;
    struct rh_node_stats after;
    rh_node_stats(net.nodes[0], &before);
    net_act(&net, "a", spawn_wrong_turn, &net.listeners[0]);
    net_act(&net, "a", listen_wrong_turn, NULL);
    struct rh_endpoint_options own = {.node = 1};
    struct rh_pid endpoint;
    struct rh_ref handle;
    assert_int_equal(rh_node_endpoint(net.nodes[0], 0, &own, &endpoint, &handle), RH_INVALID);
    net_settle(&net);
    rh_node_stats(net.nodes[0], &after);
    assert_int_equal(after.actors, before.actors); /* nobody was spawned for it */
    assert_true(net_alive(&net, "a"));
    net_close(&net);
}

/* Without memory for the question there is no answer, rather than a wrong one. */
static void without_memory_nobody_is_called_dead(void **state)
{
    (void)state;
    struct purse purse = {0};
    struct rh_allocator allocator = purse_allocator(&purse);
    struct rh_limits limits = rh_limits_default();
    limits.pool_objects_per_chunk = 1;
    net_open_in(&net, 1, &limits, &allocator);
    struct rh_pid a = net_actor(&net, 1, "a");
    peer_hello(&peer, &net, 7, 1);
    peer_export(&peer, 1, x);
    SAY(&peer, .verb = WIRE_ASK_ALIVE, .from = 1, .to = wire_by_pid(a), .reference = 8);
    assert_non_null(strstr(peer_heard(&peer), "liveness"));
    purse.refuse_at = purse.allocations + 1;
    SAY(&peer, .verb = WIRE_ASK_ALIVE, .from = 1, .to = wire_by_pid(a), .reference = 9);
    assert_string_equal(peer_heard(&peer), "");
    assert_true(net_alive(&net, "a"));
    net_close(&net);
    assert_int_equal(purse.blocks, 0);
}

static enum rh_status timer_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct rh_ref timer;
    assert_int_equal(rh_timer_start(ctx, 5, *(const struct rh_pid *)argument, hello(), &timer),
                     RH_OK);
    return RH_OK;
}

static void a_timer_of_somebody_else_ends_no_connection(void **state)
{
    (void)state;
    net_open(&net, 2);
    (void)net_actor(&net, 1, "a");
    (void)net_actor(&net, 2, "b");
    net_send(&net, "a", net_pid(&net, "b"), hello());
    net_settle(&net);
    struct rh_pid endpoint = net_connection(&net, 1).endpoint;
    net_act(&net, "a", timer_turn, &endpoint);
    net.now += 10;
    net_settle(&net);
    assert_true(net_connection(&net, 1).up);
    net_close(&net);
}

static enum rh_status watch_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct rh_ref *monitor = argument;
    assert_int_equal(rh_monitor_node(ctx, 2, monitor), RH_OK);
    return RH_OK;
}

static enum rh_status demonitor_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    const struct rh_ref *monitor = argument;
    assert_int_equal(rh_demonitor(ctx, *monitor, 0), RH_NOT_FOUND);
    return RH_OK;
}

static void a_reference_of_nothing_ends_no_watch_of_a_node(void **state)
{
    (void)state;
    net_open(&net, 2);
    struct rh_pid a = net_actor(&net, 1, "a");
    struct rh_ref monitor;
    net_act(&net, "a", watch_turn, &monitor);
    net_settle(&net);
    net_act(&net, "a", demonitor_turn, &(struct rh_ref){a, 0});
    net_cut(&net, 1, 2);
    net_settle(&net);
    assert_string_equal(net_heard(&net, "a"), "node_down n2 transport_closed; ");
    net_close(&net);
}

static enum rh_status join_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        assert_int_equal(rh_group_join(ctx, argument, rh_self(ctx)), RH_OK);
    }
    return RH_OK;
}

static size_t member_count;
static enum rh_status members_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct rh_pid members[1];
    member_count = rh_group_members(ctx, argument, members, 1);
    return RH_OK;
}

/* More members and more held signals than control frames may wait: a connection that goes up says them all the same. */
static void what_was_there_before_a_connection_does_not_prevent_it(void **state)
{
    (void)state;
    struct rh_limits limits = rh_limits_default();
    limits.lane_controls_max = 64;
    net_open_with(&net, 2, &limits);
    (void)net_actor(&net, 1, "a");
    (void)net_actor(&net, 2, "b");
    net_act(&net, "b", join_turn, (void *)(uintptr_t) "g");
    for (uint32_t i = 0; i < 100; i++) {
        (void)net_monitor(&net, "a", (struct rh_pid){2, 1, 1000 + i, 1});
    }
    net_settle(&net);
    assert_true(net_connection(&net, 1).up);
    assert_int_equal(count_of(net_heard(&net, "a"), "noproc; "), 100);
    net_act(&net, "a", members_turn, (void *)(uintptr_t) "g");
    assert_int_equal(member_count, 100);
    net_close(&net);
}

static enum rh_status ask_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    struct rh_ref question;
    assert_int_equal(rh_ask_alive(ctx, *(const struct rh_pid *)argument, &question), RH_OK);
    return RH_OK;
}

static enum rh_status spawn_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    (void)argument;
    struct rh_ref request;
    assert_int_equal(rh_spawn_at(ctx, 7, "recorder", NULL, &request), RH_OK);
    return RH_OK;
}

/* Node 1 with a (1) and b (2), and a peer with x (1) and y (2). */
static void open_known(void)
{
    net_open(&net, 1);
    (void)net_actor(&net, 1, "a");
    (void)net_actor(&net, 1, "b");
    peer_hello(&peer, &net, 7, 1);
    peer_export(&peer, 1, x);
    peer_export(&peer, 2, y);
    net_send(&net, "a", x, hello());
    net_send(&net, "b", x, hello());
    net_settle(&net);
    (void)peer_heard(&peer);
}

/* An answer under a reference that is good, but of somebody else or to somebody else, is none. */
static void answers_are_of_whom_was_asked_to_who_asked(void **state)
{
    (void)state;
    open_known();
    uint64_t reference = UINT64_C(1) << 56;
    net_act(&net, "a", ask_turn, (void *)(uintptr_t)&x);
    net_settle(&net);
    assert_string_equal(peer_heard(&peer), "ask_alive 1>1; ");
    struct wire_message lie = {.verb = WIRE_LIVENESS, .to = 1, .reference = reference};
    static const struct {
        uint64_t from;
        uint64_t to;
    } wrong[] = {{2, 1}, {99, 1}, {1, 2}, {1, 0}, {1, 99}, {0, 2}};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        lie.from = wrong[i].from;
        lie.to = wrong[i].to;
        peer_say(&peer, &lie);
        assert_string_equal(net_heard(&net, "a"), "");
    }
    SAY(&peer, .verb = WIRE_LIVENESS, .from = wire_by_pid(y), .to = 1, .reference = reference);
    assert_string_equal(net_heard(&net, "a"), "");
    SAY(&peer, .verb = WIRE_LIVENESS, .from = wire_by_pid(x), .to = 1, .reference = reference,
        .numbers = {1});
    assert_string_equal(net_heard(&net, "a"), "liveness ?7 yes; ");
    net_close(&net);
}

static void a_spawn_reply_to_somebody_else_is_none(void **state)
{
    (void)state;
    open_known();
    uint64_t reference = UINT64_C(1) << 56;
    net_act(&net, "a", spawn_turn, NULL);
    net_settle(&net);
    SAY(&peer, .verb = WIRE_SPAWN_REPLY, .from = 1, .to = 2, .reference = reference,
        .reason = peer_item("ok"));
    assert_string_equal(net_heard(&net, "a"), "");
    SAY(&peer, .verb = WIRE_SPAWN_REPLY, .from = 1, .to = 1, .reference = reference,
        .reason = peer_item("ok"));
    assert_string_equal(net_heard(&net, "a"), "spawn_reply ?7; ");
    net_close(&net);
}

static void an_unlink_is_confirmed_by_its_own_two(void **state)
{
    (void)state;
    open_known();
    uint64_t reference = UINT64_C(1) << 56;
    net_link(&net, "a", x);
    net_unlink(&net, "a", x);
    net_settle(&net);
    assert_int_equal(net_connection(&net, 1).unlink_count, 1);
    SAY(&peer, .verb = WIRE_UNLINK_ACK, .from = 2, .to = 1, .reference = reference);
    SAY(&peer, .verb = WIRE_UNLINK_ACK, .from = 1, .to = 2, .reference = reference);
    assert_int_equal(net_connection(&net, 1).unlink_count, 1);
    SAY(&peer, .verb = WIRE_UNLINK_ACK, .from = 1, .to = 1, .reference = reference);
    assert_int_equal(net_connection(&net, 1).unlink_count, 0);
    net_close(&net);
}

static void answers_say_of_whom_they_are(void **state)
{
    (void)state;
    open_known();
    struct rh_pid a = net_pid(&net, "a");
    SAY(&peer, .verb = WIRE_ASK_ALIVE, .from = 1, .to = 1, .reference = 5);
    SAY(&peer, .verb = WIRE_ASK_ALIVE, .from = 1, .to = wire_by_pid(a), .reference = 6);
    a.generation++;
    SAY(&peer, .verb = WIRE_ASK_ALIVE, .from = 1, .to = wire_by_pid(a), .reference = 7);
    assert_string_equal(peer_heard(&peer), "liveness pid>1; liveness pid>1; liveness pid>1; ");
    net_close(&net);
}

static void what_nobody_sent_comes_back_to_nobody(void **state)
{
    (void)state;
    open_known();
    SAY(&peer, .verb = WIRE_ALIAS_SEND, .from = 0, .to = 99, .numbers = {RH_RETURN, 0},
        .item = peer_item("x"));
    assert_string_equal(peer_heard(&peer), "");
    net_close(&net);
}

static void hang_up(void)
{
    struct net_pipe *pipe = &net.pipes[peer.pipe];
    SAY(&peer, .verb = WIRE_TRANSPORT_ERROR, .reason = peer_item("bye"));
    (void)peer_heard(&peer);
    pipe->used = false;
    for (size_t i = 0; i < 2; i++) {
        free(pipe->end[i].bytes);
        pipe->end[i].bytes = NULL;
    }
}

static void open_with_purse(struct purse *purse, const struct rh_allocator *allocator)
{
    struct rh_limits limits = rh_limits_default();
    limits.pool_objects_per_chunk = 1;
    *purse = (struct purse){0};
    net_open_in(&net, 1, &limits, allocator);
    (void)net_actor(&net, 1, "a");
}

/* Whoever connects may call itself what it likes: it is not remembered. */
static void strangers_are_forgotten(void **state)
{
    (void)state;
    struct purse purse;
    struct rh_allocator allocator = purse_allocator(&purse);
    open_with_purse(&purse, &allocator);
    size_t bytes = 0;
    for (uint32_t number = 2; number < 300; number++) {
        peer_hello(&peer, &net, number, 1);
        assert_int_equal(net_connection(&net, 1).generation, number - 1); /* always a later one */
        hang_up();
        if (number == 20) {
            bytes = purse.bytes;
        }
    }
    assert_int_equal(purse.bytes, bytes);
    net_close(&net);
}

static void end_of_pipe(size_t pipe)
{
    net.pipes[pipe].end[0].open = false;
    net.pipes[pipe].end[1].eof = true;
    net_settle(&net);
}

/* Both have dialled, and the other side has given its own pipe up; over a real kernel that hello may come when all is done. */
static void a_pipe_that_was_given_up_displaces_nothing(void **state)
{
    (void)state;
    open_known();
    struct rh_pid endpoint = net_connection(&net, 1).endpoint;
    net_link(&net, "a", x);
    struct peer_side ghost = {.net = &net, .pipe = net_dial(&net, 1)};
    SAY(&ghost, .verb = WIRE_HELLO, .numbers = {WIRE_VERSION, 7, 1}, .name = peer_text("peer"));
    assert_string_equal(peer_heard(&ghost), "heartbeat; ");
    end_of_pipe(ghost.pipe);
    assert_true(rh_pid_equal(net_connection(&net, 1).endpoint, endpoint));
    assert_true(net_connection(&net, 1).up);
    assert_string_equal(net_heard(&net, "a"), "");
    net_close(&net);
}

static void a_pipe_that_is_wanted_displaces_the_old_one(void **state)
{
    (void)state;
    open_known();
    uint64_t generation = net_connection(&net, 1).generation;
    net_link(&net, "a", x);
    struct peer_side again = {.net = &net, .pipe = net_dial(&net, 1)};
    SAY(&again, .verb = WIRE_HELLO, .numbers = {WIRE_VERSION, 7, 1}, .name = peer_text("peer"));
    SAY(&again, .verb = WIRE_SEND, .to = 1, .item = peer_item("sneaky"));
    assert_string_equal(net_heard(&net, "a"), "");
    SAY(&again, .verb = WIRE_HEARTBEAT);
    assert_int_equal(net_connection(&net, 1).generation, generation + 1);
    assert_true(net_connection(&net, 1).up);
    assert_string_equal(net_heard(&net, "a"), "exit ?7 noconnection; ");
    net_close(&net);
}

/* Whoever does not know the question is taken when there is nothing to lose any more. */
static void a_pipe_that_waits_is_taken_when_the_old_one_ends(void **state)
{
    (void)state;
    open_known();
    struct peer_side again = {.net = &net, .pipe = net_dial(&net, 1)};
    SAY(&again, .verb = WIRE_HELLO, .numbers = {WIRE_VERSION, 7, 1}, .name = peer_text("peer"));
    end_of_pipe(peer.pipe);
    assert_true(net_connection(&net, 1).up);
    SAY(&again, .verb = WIRE_SEND, .to = wire_by_pid(net_pid(&net, "a")), .item = peer_item("hi"));
    assert_string_equal(net_heard(&net, "a"), "message - hi; ");
    net_close(&net);
}

/* Node 1 dials, and is asked. */
static void who_dials_says_that_it_wants_the_pipe(void **state)
{
    (void)state;
    net_open(&net, 2);
    (void)net_actor(&net, 1, "a");
    struct rh_pid b = net_actor(&net, 2, "b");
    net.frozen[1] = true;
    net_send(&net, "a", b, hello());
    net_settle(&net);
    struct net_pipe *pipe = &net.pipes[0];
    pipe->end[1].node = UINT32_MAX; /* from now on the test is node 2 */
    static const uint8_t heartbeat[] = {0x5a, 0,   0,   0,   0x0b, 0x81, 0x69, 'h',
                                        'e',  'a', 'r', 't', 'b',  'e',  'a',  't'};
    pipe->end[1].size = 0;
    pipe->end[0].bytes = realloc(pipe->end[0].bytes, sizeof(heartbeat));
    memcpy(pipe->end[0].bytes, heartbeat, sizeof(heartbeat));
    pipe->end[0].size = sizeof(heartbeat);
    net_settle(&net);
    assert_int_equal(pipe->end[1].size, sizeof(heartbeat));
    assert_memory_equal(pipe->end[1].bytes, heartbeat, sizeof(heartbeat));
    net_close(&net);
}

static enum rh_status watch_all_turn(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    return rh_monitor_nodes(ctx, argument);
}

/* A connection that fails as it goes up leaves the watches as they were. */
static void who_watches_nodes_keeps_no_more_than_it_needs(void **state)
{
    (void)state;
    struct purse purse;
    struct rh_allocator allocator = purse_allocator(&purse);
    open_with_purse(&purse, &allocator);
    struct rh_ref watch;
    net_act(&net, "a", watch_all_turn, &watch);
    net_act(&net, "a", watch_all_turn, &watch);
    peer_hello(&peer, &net, 7, 1);
    hang_up();
    size_t blocks = purse.blocks;
    for (size_t n = 1; n < 20; n++) {
        purse.refuse_at = 0;
        peer_dial(&peer, &net);
        purse.refuse_at = purse.allocations + n;
        SAY(&peer, .verb = WIRE_HELLO, .numbers = {WIRE_VERSION, 7, 1}, .name = peer_text("peer"));
        purse.refuse_at = 0;
        hang_up();
    }
    assert_in_range(purse.blocks, blocks, blocks + 2); /* the notices that wait for an UP */
    net_close(&net);
}

/* Ids that no plain peer has, and reasons that none gives, make nobody a plain peer. */
static void a_first_frame_is_held_to_what_plain_peers_say(void **state)
{
    (void)state;
    net_open(&net, 1);
    struct rh_pid a = net_actor(&net, 1, "a");
    peer_dial(&peer, &net);
    SAY(&peer, .verb = WIRE_SEND, .from = 1, .to = wire_by_pid(a), .item = peer_item("x"));
    assert_false(net_connection(&net, 1).up);
    SAY(&peer, .verb = WIRE_SEND, .from = 1, .to = 5, .item = peer_item("x"));
    assert_true(net_connection(&net, 1).up);
    assert_true(net_connection(&net, 1).plain);
    struct rh_node_stats stats;
    rh_node_stats(net.nodes[0], &stats);
    assert_int_equal(stats.frames_in, 2);
    assert_int_equal(stats.frames_bad, 1);
    net_close(&net);
}

/* A name that the other side could not read would make it deaf to the whole hello. */
static void a_name_that_cannot_be_said_is_none(void **state)
{
    (void)state;
    char name[400];
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    const char *const names[] = {name, "\xff", "left"};
    for (size_t i = 0; i < 3; i++) {
        struct rh_node_options options = {.node = 1, .name = names[i]};
        struct rh_endpoint_options greets = {.greets = true};
        struct rh_node *node;
        struct rh_pid endpoint;
        struct rh_ref handle;
        struct rh_effect effect;
        struct wire_message hello_frame;
        struct rh_limits limits = rh_limits_default();
        assert_int_equal(rh_node_create(&options, &node), RH_OK);
        assert_int_equal(rh_node_endpoint(node, 0, &greets, &endpoint, &handle), RH_OK);
        (void)rh_node_run(node, 0, 10);
        assert_true(rh_node_take_effect(node, &effect));
        assert_int_equal(effect.kind, RH_EFFECT_WRITE);
        assert_int_equal(wire_decode(effect.bytes + FRAME_HEADER_BYTES,
                                     effect.size - FRAME_HEADER_BYTES, &limits, false,
                                     &hello_frame),
                         WIRE_OK);
        assert_int_equal(hello_frame.name.size, i == 2 ? 4 : 0);
        rh_node_destroy(node);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_handle_of_somebody_else_ends_nobody),
        cmocka_unit_test(what_cannot_be_an_endpoint_is_refused),
        cmocka_unit_test(without_memory_nobody_is_called_dead),
        cmocka_unit_test(a_timer_of_somebody_else_ends_no_connection),
        cmocka_unit_test(a_reference_of_nothing_ends_no_watch_of_a_node),
        cmocka_unit_test(what_was_there_before_a_connection_does_not_prevent_it),
        cmocka_unit_test(answers_are_of_whom_was_asked_to_who_asked),
        cmocka_unit_test(a_spawn_reply_to_somebody_else_is_none),
        cmocka_unit_test(an_unlink_is_confirmed_by_its_own_two),
        cmocka_unit_test(answers_say_of_whom_they_are),
        cmocka_unit_test(what_nobody_sent_comes_back_to_nobody),
        cmocka_unit_test(strangers_are_forgotten),
        cmocka_unit_test(a_pipe_that_was_given_up_displaces_nothing),
        cmocka_unit_test(a_pipe_that_is_wanted_displaces_the_old_one),
        cmocka_unit_test(a_pipe_that_waits_is_taken_when_the_old_one_ends),
        cmocka_unit_test(who_dials_says_that_it_wants_the_pipe),
        cmocka_unit_test(who_watches_nodes_keeps_no_more_than_it_needs),
        cmocka_unit_test(a_first_frame_is_held_to_what_plain_peers_say),
        cmocka_unit_test(a_name_that_cannot_be_said_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}

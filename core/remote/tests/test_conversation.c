/* SPDX-License-Identifier: MIT */
/* Participants and clients on other nodes, and the loss of the connection to them. */
#include "core/remote/tests/net.h"

#include <rehearse/conversation.h>
#include <rehearse/node.h>

#include <string.h>

static struct net net;
static struct rh_call call;
static struct rh_pid conv;

/* A participant: answers "now" and holds everything else for ever. */
static enum rh_status participant_receive(struct rh_context *ctx, void *state,
                                          const struct rh_delivery *in)
{
    struct rh_ref reference;
    struct rh_item item;
    struct rh_reader reader;
    (void)state;
    if (!rh_is_call(in, &reference, &item)) {
        return RH_OK;
    }
    rh_reader_item(&reader, item);
    return rh_read_word(&reader, "now")
               ? rh_reply(ctx, reference, RH_ARRAY(NULL, "from", rh_self(ctx).node))
               : RH_OK;
}

static const struct rh_behaviour participant = {.name = "participant",
                                                .receive = participant_receive};

static struct rh_pid participant_on(uint32_t node)
{
    struct rh_pid pid;
    assert_int_equal(rh_node_spawn(net.nodes[node - 1], net.now, &participant, NULL, &pid), RH_OK);
    net_settle(&net);
    return pid;
}

static enum rh_status open_body(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    return rh_conversation_open(ctx, argument, &conv);
}

/* A conversation on node 1 with a participant on node 2 and one on node 1, in this order. */
static void open_with(enum rh_crash_policy policy)
{
    net_open(&net, 2);
    (void)net_actor(&net, 1, "near");
    (void)net_actor(&net, 2, "far");
    struct rh_participant list[] = {{participant_on(2), 0}, {participant_on(1), 0}};
    struct rh_conversation_options options = {
        .participants = list, .participant_count = 2, .policy = policy, .restarts = 1};
    net_act(&net, "near", open_body, &options);
    net_settle(&net);
}

static enum rh_status ask_body(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    return rh_conversation_ask(ctx, conv, RH_ITEM(NULL, (const char *)argument), RH_NEVER, &call);
}

static const char *ask(const char *client, char *payload)
{
    net_act(&net, client, ask_body, payload);
    net_settle(&net);
    return net_heard(&net, client);
}

static char now[] = "now";
static char never[] = "never";

static void asks_across_nodes(void **state)
{
    (void)state;
    open_with(RH_CRASH_POLICY_FAIL);
    assert_non_null(strstr(ask("near", now), "[from, 2]"));
    assert_non_null(strstr(ask("far", now), "[from, 2]"));
    net_close(&net);
}

/* Covers: LM-S29 */
static void a_lost_participant_has_crashed(void **state)
{
    (void)state;
    open_with(RH_CRASH_POLICY_FAIL);
    assert_string_equal(ask("near", never), "");
    net_cut(&net, 1, 2);
    net_settle(&net);
    const char *heard = net_heard(&net, "near");
    assert_non_null(strstr(heard, "[error, failed, [participant_crashed, "));
    assert_non_null(strstr(heard, "noconnection]]"));
    net_close(&net);
}

static void what_a_lost_participant_owed_goes_to_the_next(void **state)
{
    (void)state;
    open_with(RH_CRASH_POLICY_ROUTE_TO_NEXT);
    net.frozen[1] = true; /* node 2 does nothing any more */
    assert_string_equal(ask("near", now), "");
    net_cut(&net, 1, 2);
    net_settle(&net);
    assert_non_null(strstr(net_heard(&net, "near"), "[from, 1]"));
    net.frozen[1] = false;
    net_close(&net);
}

/* A client that cannot be reached waits no more, and swallows no reply. */
static void a_lost_client_waits_no_more(void **state)
{
    (void)state;
    open_with(RH_CRASH_POLICY_COMPENSATE);
    assert_string_equal(ask("far", never), "");
    net_cut(&net, 1, 2);
    net_settle(&net);
    assert_non_null(strstr(net_heard(&net, "far"), "noconnection"));
    assert_non_null(strstr(ask("near", now), "[from, 1]"));
    struct rh_actor_view view;
    assert_true(rh_inspect_actor(net.nodes[0], conv, &view));
    assert_int_equal(view.watcher_count, 0);
    net_close(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_across_nodes),
        cmocka_unit_test(a_lost_participant_has_crashed),
        cmocka_unit_test(what_a_lost_participant_owed_goes_to_the_next),
        cmocka_unit_test(a_lost_client_waits_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}

/* SPDX-License-Identifier: MIT */
/* Questions and answers on one node: a client asks ["ping", n] and waits, with a time-out of five seconds, then asks again.
 * The other side answers ["pong", n]. Rows:
 *
 *      call           rh_call to a server: a port with a monitor and a timer, as Erlang's gen_server:call
 *      conversation   `ask` of a conversation with that server as its participant
 */
#include "bench/measure.h"

#include <rehearse/conversation.h>
#include <rehearse/node.h>

#include <string.h>

#define BUDGET 1000u

static struct rh_node *node;
static bool is_conversation;

static enum rh_status server_call(struct rh_context *ctx, void *state, struct rh_ref call,
                                  const struct rh_message *request, struct rh_answer *answer)
{
    (void)state;
    (void)call;
    uint64_t number = 0;
    measure_require(RH_MATCH(request, "ping", &number), "not a question");
    answer->reply = RH_ARRAY(rh_allocator_of(ctx), "pong", number);
    return RH_OK;
}

static const struct rh_server server = {.name = "server", .handle_call = server_call};

struct client {
    struct rh_pid to;
    uint64_t left;
    struct rh_call call;
};

static struct rh_pid asked;
static uint64_t questions;
static uint64_t answers;

static enum rh_status client_ask(struct rh_context *ctx, struct client *client)
{
    struct rh_message ping = RH_ARRAY(rh_allocator_of(ctx), "ping", client->left);
    return is_conversation
               ? rh_conversation_ask(ctx, client->to, ping, 5 * RH_SECOND, &client->call)
               : rh_call(ctx, client->to, ping, 5 * RH_SECOND, &client->call);
}

static enum rh_status client_init(struct rh_context *ctx, void *state,
                                  const struct rh_delivery *start)
{
    struct client *client = state;
    (void)start;
    client->to = asked;
    client->left = questions;
    if (is_conversation) {
        struct rh_participant participant = {asked, 0};
        struct rh_conversation_options options = {.participants = &participant,
                                                  .participant_count = 1};
        enum rh_status status = rh_conversation_open(ctx, &options, &client->to);
        if (status != RH_OK) {
            return status;
        }
    }
    return client_ask(ctx, client);
}

static bool is_pong(struct rh_item reply, uint64_t number)
{
    struct rh_reader reader;
    size_t items = 0;
    uint64_t found = 0;
    rh_reader_item(&reader, reply);
    return rh_read_array(&reader, &items) && rh_read_word(&reader, "pong") &&
           rh_read_uint(&reader, &found) && found == number;
}

static enum rh_status client_receive(struct rh_context *ctx, void *state,
                                     const struct rh_delivery *in)
{
    struct client *client = state;
    bool is_answered;
    if (is_conversation) {
        struct rh_conversation_outcome outcome;
        is_answered = rh_conversation_result(ctx, in, &client->call, &outcome) &&
                      outcome.error == RH_CONVERSATION_ERROR_NONE &&
                      is_pong(outcome.reply, client->left);
    } else {
        struct rh_outcome outcome;
        is_answered = rh_call_result(ctx, in, &client->call, &outcome) &&
                      outcome.kind == RH_OUTCOME_REPLY &&
                      RH_MATCH(outcome.message, "pong", client->left);
    }
    measure_require(is_answered, "that is no answer");
    answers++;
    return --client->left == 0 ? RH_DONE : client_ask(ctx, client);
}

static const struct rh_behaviour client_behaviour = {.name = "client",
                                                     .state_bytes = sizeof(struct client),
                                                     .init = client_init,
                                                     .receive = client_receive};

static void node_run(void)
{
    while (rh_node_run(node, measure_now_ns(), BUDGET) == BUDGET) {
    }
}

static uint64_t ask(uint64_t size)
{
    static struct rh_behaviour server_behaviour;
    struct rh_pid client;
    server_behaviour = rh_server_behaviour(&server);
    measure_require(rh_node_spawn(node, measure_now_ns(), &server_behaviour, NULL, &asked) == RH_OK,
                    "cannot spawn");
    node_run();
    questions = size;
    answers = 0;
    uint64_t start_ns = measure_now_ns();
    measure_require(rh_node_spawn(node, measure_now_ns(), &client_behaviour, NULL, &client) ==
                        RH_OK,
                    "cannot spawn");
    node_run();
    uint64_t ns = measure_now_ns() - start_ns;
    measure_require(answers == size, "an answer is missing");
    measure_require(rh_node_crash(node, measure_now_ns(), asked, rh_reason(RH_REASON_NORMAL)) ==
                        RH_OK,
                    "cannot stop");
    node_run();
    struct rh_node_stats stats;
    rh_node_stats(node, &stats);
    measure_require(stats.actors == 0 && stats.timers == 0, "somebody is left");
    return ns;
}

int main(int argc, char **argv)
{
    static const struct measure_entry entries[] = {
        {"ask", ask, 1},
        {NULL, NULL, 0},
    };
    measure_require(argc == 4, "usage: ask_bench ROW WORKLOAD SIZE");
    is_conversation = strcmp(argv[1], "conversation") == 0;
    measure_require(is_conversation || strcmp(argv[1], "call") == 0,
                    "the rows are call, conversation");
    struct rh_node_options options = {.node = 1};
    measure_require(rh_node_create(&options, &node) == RH_OK, "no node");
    int code = measure_main("rehearse", argv[1], entries, argv[2], argv[3]);
    rh_node_destroy(node);
    return code;
}

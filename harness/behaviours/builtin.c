/* SPDX-License-Identifier: MIT */
/* The catalogue of what scenarios can use without a line of C: one row per behaviour, one per parameter. */
#include "harness/behaviours/builtin.h"

#include <rehearse/conversation.h>
#include <rehearse/dispatch.h>

#define PARAMETERS(array) (array), sizeof(array) / sizeof((array)[0]), false
#define NO_PARAMETERS NULL, 0, false

static const struct rh_parameter forward_parameters[] = {
    {"to", RH_PARAMETER_ACTOR, true, "whom to pass every message on to"},
};
static const struct rh_parameter ring_parameters[] = {
    {"to", RH_PARAMETER_ACTOR, true, "the next on the ring"},
};
static const struct rh_parameter broadcaster_parameters[] = {
    {"to", RH_PARAMETER_ACTORS, true, "who gets it, in this order"},
    {"message", RH_PARAMETER_VALUE, true, "what they get"},
    {"at_start", RH_PARAMETER_TRUTH, false, "whether it is sent at the start; true unless given"},
};
static const struct rh_parameter collect_parameters[] = {
    {"count", RH_PARAMETER_NUMBER, true, "how many messages to take"},
    {"report_to", RH_PARAMETER_ACTOR, false,
     "who gets [collected, count] then; unless given it ends with normal"},
};
static const struct rh_parameter crasher_parameters[] = {
    {"after", RH_PARAMETER_NUMBER, false,
     "the message at which it ends, 0 for at the start; 1 unless given"},
    {"reason", RH_PARAMETER_VALUE, false, "the reason; crash unless given"},
};
static const struct rh_parameter pinger_parameters[] = {
    {"to", RH_PARAMETER_ACTOR, true, "who gets [ping, n]"},
    {"count", RH_PARAMETER_NUMBER, false,
     "how many; 1 unless given; then it outputs [done, count]"},
};
static const struct rh_parameter client_parameters[] = {
    {"server", RH_PARAMETER_ACTOR, true, "whom to call"},
    {"request", RH_PARAMETER_VALUE, false, "what to ask; request unless given"},
    {"timeout", RH_PARAMETER_TIME, false, "how long to wait; 5s unless given"},
    {"retries", RH_PARAMETER_NUMBER, false,
     "how often to ask again after a time-out; 0 unless given"},
};
static const struct rh_parameter server_parameters[] = {
    {"delay", RH_PARAMETER_TIME, false, "how long an answer takes; 0 unless given"},
    {"silent", RH_PARAMETER_TRUTH, false, "never answers; false unless given"},
};
static const struct rh_parameter worker_parameters[] = {
    {"pool", RH_PARAMETER_ACTOR, false, "who gets [ready] at the start"},
};
static const struct rh_parameter ticker_parameters[] = {
    {"to", RH_PARAMETER_ACTOR, true, "who gets [tick, n]"},
    {"every", RH_PARAMETER_TIME, false, "how far apart; 1ms unless given"},
    {"count", RH_PARAMETER_NUMBER, false, "how many; 1 unless given"},
};

static const struct rh_parameter sender_parameters[] = {
    {"to", RH_PARAMETER_ACTOR, true, "the receiver"},
    {"count", RH_PARAMETER_NUMBER, false, "how many messages; 1 unless given"},
    {"message", RH_PARAMETER_VALUE, false, "what it sends; the numbers from 1 unless given"},
    {"waits", RH_PARAMETER_TRUTH, false, "sends when it hears start, not at once"},
};

static const struct rh_parameter conversation_parameters[] = {
    {"participants", RH_PARAMETER_ACTORS, false, "servers that answer payloads, in this order"},
    {"owned", RH_PARAMETER_ACTORS, false, "participants that end with it"},
    {"inert", RH_PARAMETER_ACTORS, false, "participants that are watched and get no payloads"},
    {"policy", RH_PARAMETER_TEXT, false,
     "what the crash of a participant leads to: fail, route_to_next or compensate; fail unless given"},
    {"deadline", RH_PARAMETER_TIME, false, "when it fails with timeout; never unless given"},
    {"grace", RH_PARAMETER_TIME, false,
     "what owned participants get to end before they are killed; 5s unless given"},
    {"restarts", RH_PARAMETER_NUMBER, false,
     "how many crashes of its actor are tolerated; 3 unless given"},
    {"within", RH_PARAMETER_TIME, false, "in which time; 5s unless given"},
};

static const struct rh_parameter dispatcher_parameters[] = {
    {"group", RH_PARAMETER_TEXT, true, "the process group whose members are asked"},
    {"routing", RH_PARAMETER_TEXT, false,
     "who is asked first: round_robin, first or random; round_robin unless given"},
};

static const struct rh_program_behaviour rows[] = {
    {&behaviour_echo, "sends every message back to its sender", NO_PARAMETERS},
    {&behaviour_forward, "passes every message on", PARAMETERS(forward_parameters)},
    {&behaviour_ring, "passes [token, n] on as [token, n - 1] until n is 0",
     PARAMETERS(ring_parameters)},
    {&behaviour_broadcaster,
     "sends one message to many, at the start and for every message it gets",
     PARAMETERS(broadcaster_parameters)},
    {&behaviour_sink, "takes everything and does nothing", NO_PARAMETERS},
    {&behaviour_collect, "takes a number of messages, then says so",
     PARAMETERS(collect_parameters)},
    {&behaviour_counter, "adds up [add, n], answers [get] with [count, sum]", NO_PARAMETERS},
    {&behaviour_crasher, "ends with a reason at a certain message", PARAMETERS(crasher_parameters)},
    {&behaviour_pinger, "sends [ping, 1], and the next for each [pong, n]",
     PARAMETERS(pinger_parameters)},
    {&behaviour_ponger, "answers [ping, n] with [pong, n]", NO_PARAMETERS},
    {&behaviour_client, "calls a server; outputs [reply, answer], [down, reason] or timeout",
     PARAMETERS(client_parameters)},
    {&behaviour_server, "answers a call with [echo, request]; the request [stop, reason] ends it",
     PARAMETERS(server_parameters)},
    {&behaviour_worker, "answers [job, x] with [result, x]; [crash, reason] ends it",
     PARAMETERS(worker_parameters)},
    {&behaviour_sender, "sends a number of messages at once", PARAMETERS(sender_parameters)},
    {&rh_conversation_behaviour,
     "keeps the thread between clients that call it and participants that answer; its actor is its "
     "first child",
     PARAMETERS(conversation_parameters)},
    {&rh_dispatcher_behaviour,
     "passes [dispatch, payload] on to one member of a group, and to another if that ends before it "
     "has answered",
     PARAMETERS(dispatcher_parameters)},
    {&behaviour_ticker, "sends [tick, n] at regular times", PARAMETERS(ticker_parameters)},
};

static const struct rh_program program = {
    .name = "rehearse",
    .version = "",
    .behaviours = rows,
    .behaviour_count = sizeof(rows) / sizeof(rows[0]),
};

const struct rh_program *rh_program_builtin(void)
{
    return &program;
}

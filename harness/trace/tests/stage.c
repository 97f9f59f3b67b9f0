/* SPDX-License-Identifier: MIT */
#include "harness/trace/tests/stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct client_state {
    struct rh_pid server;
    uint32_t done;
};

struct client_config {
    uint32_t rounds;
    uint32_t word;
};

static enum rh_status client_ping(struct rh_context *ctx, const struct client_state *self)
{
    const struct client_config *config = rh_config(ctx);
    return RH_SEND(ctx, self->server, "ping", config->word + self->done, rh_self(ctx));
}

static enum rh_status client_init(struct rh_context *ctx, void *state,
                                  const struct rh_delivery *start)
{
    struct client_state *self = state;
    struct rh_reader reader;
    struct rh_ref ref;
    rh_reader_message(&reader, &start->message);
    if (!rh_read_pid(&reader, &self->server)) {
        return RH_INVALID;
    }
    enum rh_status status = rh_link(ctx, self->server);
    if (status == RH_OK) {
        status = rh_timer_start(ctx, 5 * RH_MILLISECOND, self->server,
                                RH_ARRAY(rh_allocator_of(ctx), "tick"), &ref);
    }
    if (status == RH_OK) {
        status = rh_monitor(ctx, self->server, RH_ALIAS_NONE, &ref);
    }
    return status == RH_OK ? client_ping(ctx, self) : status;
}

static enum rh_status client_receive(struct rh_context *ctx, void *state,
                                     const struct rh_delivery *in)
{
    struct client_state *self = state;
    const struct client_config *config = rh_config(ctx);
    if (in->kind != RH_DELIVERY_MESSAGE) {
        return RH_OK;
    }
    self->done++;
    if (self->done < config->rounds) {
        return client_ping(ctx, self);
    }
    return rh_exit(ctx, RH_ARRAY(rh_allocator_of(ctx), "finished", "after all its rounds"));
}

static enum rh_status server_init(struct rh_context *ctx, void *state,
                                  const struct rh_delivery *start)
{
    (void)state;
    (void)start;
    (void)rh_trap(ctx, true);
    enum rh_status status = rh_register(ctx, "server", rh_self(ctx));
    return status == RH_OK ? rh_group_join(ctx, "servers", rh_self(ctx)) : status;
}

static enum rh_status server_receive(struct rh_context *ctx, void *state,
                                     const struct rh_delivery *in)
{
    int64_t number;
    struct rh_pid from;
    (void)state;
    if (in->kind == RH_DELIVERY_MESSAGE && RH_MATCH(&in->message, "ping", &number, &from)) {
        return RH_SEND(ctx, from, "pong", number, RH_NULL);
    }
    if (in->kind == RH_DELIVERY_TIMEOUT) {
        return rh_output(ctx, rh_message_ref(in->message));
    }
    return RH_OK;
}

static const struct rh_behaviour server = {
    .name = "server", .init = server_init, .receive = server_receive};

static const char *const names[] = {"client", "second client", "c3", "c4", "c5", "c6", "c7", "c8"};

static enum rh_status spawn_all(const struct stage_options *options, struct rh_world *world,
                                const struct rh_behaviour *client)
{
    uint32_t node = 0;
    struct rh_pid server_pid;
    enum rh_status status = rh_world_add_node(world, "n1", &node);
    if (status == RH_OK) {
        struct rh_spawn_options spawn = {.cap = options->cap};
        status = rh_world_spawn(world, node, "server", &server, &spawn, &server_pid);
    }
    uint32_t clients = options->clients == 0 ? 2 : options->clients;
    for (uint32_t i = 0; i < clients && status == RH_OK; i++) {
        struct rh_pid pid;
        struct rh_spawn_options spawn = {
            .argument = RH_ITEM(options->allocator, server_pid),
        };
        status = rh_world_spawn(world, node, names[i % 8], client, &spawn, &pid);
    }
    return status;
}

static enum rh_status play(const struct stage_options *options, const struct rh_behaviour *client,
                           struct rh_trace_writer *writer, struct rh_world *world,
                           uint64_t ret_digest[2])
{
    struct rh_message when = RH_ARRAY(options->allocator, "pong", RH_ANY, RH_ANY);
    struct rh_fault_spec fault = {.kind = RH_FAULT_CRASH, .actor = "client", .when = &when};
    enum rh_status status = rh_trace_attach(writer, world);
    if (status == RH_OK) {
        status = spawn_all(options, world, client);
    }
    if (status == RH_OK && options->with_fault) {
        status = rh_world_arm(world, &fault, 1);
    }
    enum rh_end end = RH_END_NO_MEMORY;
    if (status == RH_OK) {
        end = rh_world_run(world);
        if (options->heals && end == RH_END_QUIESCENT) {
            rh_world_heal(world);
            end = rh_world_run(world);
        }
        status = end == RH_END_NO_MEMORY ? RH_NO_MEMORY : RH_OK;
    }
    struct rh_trace_footer footer = {
        .end = end,
        .verdict = options->violation == NULL ? RH_VERDICT_PASSED : RH_VERDICT_FAILED,
        .violation = options->violation,
    };
    enum rh_status written = rh_trace_end(writer, &footer, ret_digest);
    rh_message_unref(when);
    return status == RH_OK ? written : status;
}

static enum rh_status play_with(const struct stage_options *options, struct rh_strategy *strategy,
                                const struct rh_trace_sink *sink, uint64_t ret_digest[2])
{
    struct client_config config = {options->rounds == 0 ? 3 : options->rounds, options->word};
    struct rh_behaviour client = {.name = "client",
                                  .state_bytes = sizeof(struct client_state),
                                  .init = client_init,
                                  .receive = client_receive,
                                  .config = &config};
    struct rh_trace_writer *writer = NULL;
    struct rh_world *world = NULL;
    struct rh_world_options about = {
        .allocator = options->allocator, .strategy = strategy, .seed = options->seed};
    struct rh_trace_header header = {.path = "plays/small.yaml",
                                     .text = STAGE_SCENARIO,
                                     .text_bytes = sizeof STAGE_SCENARIO - 1,
                                     .world = &about};
    enum rh_status status = rh_trace_writer_create(options->allocator, &writer);
    if (status == RH_OK) {
        status = rh_trace_begin(writer, &header, sink);
    }
    if (status == RH_OK) {
        about.strategy = rh_trace_strategy(writer, strategy);
        status = rh_world_create(&about, &world);
    }
    if (status == RH_OK) {
        rh_strategy_begin(strategy);
        status = play(options, &client, writer, world, ret_digest);
        (void)rh_strategy_end(strategy);
    }
    rh_world_destroy(world);
    rh_trace_writer_destroy(writer);
    return status;
}

enum rh_status stage_play(const struct stage_options *options, const struct rh_trace_sink *sink,
                          uint64_t ret_digest[2])
{
    if (options->strategy != NULL) {
        return play_with(options, options->strategy, sink, ret_digest);
    }
    struct rh_strategy *strategy = NULL;
    enum rh_status status = rh_strategy_random(options->allocator, options->seed, 1, &strategy);
    if (status == RH_OK) {
        status = play_with(options, strategy, sink, ret_digest);
    }
    rh_strategy_destroy(strategy);
    return status;
}

struct rh_bytes_owned stage_record(const struct stage_options *options, uint64_t ret_digest[2])
{
    struct rh_bytes_owned bytes = {.allocator = rh_allocator_default()};
    struct rh_trace_sink sink = rh_trace_sink_memory(&bytes);
    assert_int_equal(stage_play(options, &sink, ret_digest), RH_OK);
    return bytes;
}

void stage_free(struct rh_bytes_owned *bytes)
{
    bytes->allocator->release(bytes->allocator->self, bytes->bytes, bytes->capacity);
    *bytes = (struct rh_bytes_owned){0};
}

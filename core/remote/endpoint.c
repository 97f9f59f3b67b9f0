/* SPDX-License-Identifier: MIT */
/*
 * The endpoint: the actor that owns a connection's pipe. It opens it, says hello, cuts what comes into frames and acts on
 * each, all that are complete in one read; it beats and listens for beats. Only its own exit ends the connection, and only
 * the pipe, the framing, the peer's word or the spawner end it.
 */
#include "core/remote/internal.h"

#define BEAT "beat"
#define DEADLINE "deadline"

/** Numbers of nodes for plain peers that were not given one. */
#define PLAIN_FIRST (UINT32_C(1) << 31)

static uint32_t plain_number(const struct connection *connection)
{
    uint32_t number = connection->options.set.node;
    if (number == 0) {
        number = PLAIN_FIRST;
        while (peer_find(connection->home->remote, number) != NULL &&
               peer_find(connection->home->remote, number)->connection != NULL) {
            number++;
        }
    }
    return number;
}

static void begin_plain(struct connection *connection)
{
    connection->plain = true;
    connection_greet(connection, plain_number(connection), UINT32_MAX); /* any older one is lost */
}

static void heard_hello(struct connection *connection, const struct wire_message *hello)
{
    if (hello->numbers[0] != WIRE_VERSION) {
        connection_refuse(connection, "version");
        return;
    }
    connection_greet(connection, (uint32_t)hello->numbers[1], (uint32_t)hello->numbers[2]);
}

/* Whoever says it waits for an answer, and would wait for ever. What was read of it before the flaw tells what is wrong. */
static void misheard_hello(struct connection *connection, const struct wire_message *hello)
{
    const char *why = "bad_field";
    if (hello->numbers[0] != 0 && hello->numbers[0] != WIRE_VERSION) {
        why = "version"; /* whose fields may be others */
    } else if (hello->numbers[0] == WIRE_VERSION && hello->numbers[1] == 0) {
        why = "node_number";
    }
    connection_refuse(connection, why);
}

static void act(struct connection *connection, const struct wire_message *message)
{
    if (connection->state == CONNECTION_UP) {
        arrive(connection, message);
    } else if (message->verb == WIRE_TRANSPORT_ERROR) {
        connection_fail(connection, "transport_error");
    } else if (message->verb == WIRE_HEARTBEAT) {
        connection_heartbeat(connection);
    } else if (connection->parked != 0) {
        arrive_forged(connection, "no_hello"); /* it has said who it is, and was not answered */
    } else if (message->verb == WIRE_HELLO) {
        heard_hello(connection, message);
    } else if (wire_verb_is_plain(message->verb)) {
        begin_plain(connection);
        if (connection->state == CONNECTION_UP && connection->failed == NULL) {
            arrive(connection, message);
        }
    } else {
        arrive_forged(connection, "no_hello");
    }
}

static void bad_frame(struct connection *connection, const char *what, bool fatal)
{
    struct rh_node *node = connection->home;
    node->stats.frames_bad++;
    EMIT(node, .kind = RH_EVENT_FRAME_BAD, .actor = connection->endpoint->pid, .name = what);
    if (fatal) {
        connection_fail(connection, what);
    }
}

/* The end of something is heard even if its reason cannot be: nobody would say it again. */
static bool is_heard_anyway(enum wire_result read, enum wire_verb verb)
{
    return read == WIRE_BAD_ITEM && (verb == WIRE_EXIT || verb == WIRE_MONITOR_EXIT ||
                                     verb == WIRE_SPAWN_REPLY || verb == WIRE_TRANSPORT_ERROR);
}

/* Has the other side not said yet who it is? */
static bool is_stranger(const struct connection *connection)
{
    return connection->state != CONNECTION_UP && connection->parked == 0;
}

/* Whoever begins with one of thespian's verbs has not said hello: no more is understood of it than of any plain peer. */
static enum wire_result read_frame(struct connection *connection, const uint8_t *frame, size_t size,
                                   struct wire_message *ret_message)
{
    const struct rh_limits *limits = &connection->home->limits;
    connection->home->stats.frames_in++;
    enum wire_result result = wire_decode(frame, size, limits, connection->plain, ret_message);
    return is_stranger(connection) && wire_verb_is_plain(ret_message->verb)
               ? wire_decode(frame, size, limits, true, ret_message)
               : result;
}

static void read_bytes(struct connection *connection, const uint8_t *bytes, size_t size)
{
    struct rh_node *node = connection->home;
    if (connection->closing == NULL) {
        connection->heard = node->now;
    }
    while (connection->failed == NULL && connection->closing == NULL) {
        const uint8_t *frame = NULL;
        size_t frame_size = 0;
        enum frame_result result =
            frame_next(&connection->cutter, &bytes, &size, &frame, &frame_size);
        if (result == FRAME_MORE) {
            return;
        }
        if (result != FRAME_COMPLETE) {
            bad_frame(connection, frame_result_word(result), true);
            return;
        }
        struct wire_message message;
        enum wire_result read = read_frame(connection, frame, frame_size, &message);
        if (read != WIRE_OK) {
            bad_frame(connection, wire_result_word(read), wire_is_fatal(read));
        }
        if (read == WIRE_OK || is_heard_anyway(read, message.verb)) {
            act(connection, &message);
        } else if (message.verb == WIRE_HELLO && is_stranger(connection)) {
            misheard_hello(connection, &message);
        }
    }
}

static void opened(struct connection *connection)
{
    connection->open = true;
    connection->heard = connection->home->now;
    if (connection->state != CONNECTION_OPENING) {
        return;
    }
    connection->state = CONNECTION_HELLO;
    if (connection->plain) {
        begin_plain(connection);
    } else if (connection->outgoing) {
        connection_hello(connection);
    }
}

static void closed(struct connection *connection, enum rh_close_why why)
{
    connection->open = false;
    connection->has_handle = false;
    if (frame_is_open(&connection->cutter)) {
        bad_frame(connection, "closed_in_mid_frame", false);
    }
    bool transport = why == RH_CLOSE_EOF || why == RH_CLOSE_RESET || why == RH_CLOSE_REQUESTED;
    connection_fail(connection, transport ? "transport_closed" : rh_close_word(why));
}

static void written(struct connection *connection)
{
    connection->lane.flying_size = 0;
    if (connection->closing != NULL && connection->lane.used == 0) {
        connection_fail(connection, connection->closing);
    }
}

static void io(struct connection *connection, const struct rh_io *io)
{
    switch (io->kind) {
    case RH_IO_OPENED:
    case RH_IO_STARTED:
        opened(connection);
        return;
    case RH_IO_BYTES:
        read_bytes(connection, io->bytes, io->size);
        return;
    case RH_IO_WRITTEN:
        written(connection);
        return;
    case RH_IO_EOF:
        closed(connection, RH_CLOSE_EOF);
        return;
    case RH_IO_CLOSED:
        closed(connection, io->why);
        return;
    case RH_IO_ACCEPTED:
    case RH_IO_STDERR:
    case RH_IO_EXITED:
    case RH_IO_COUNT:
        return;
    }
}

/* ---- beats ---- */

static void arm(struct rh_context *ctx, struct connection *connection, rh_duration delay,
                const char *what)
{
    struct rh_ref unused;
    if (delay > 0 &&
        rh_timer_start(ctx, delay, rh_self(ctx), RH_ITEM(NULL, what), &unused) != RH_OK) {
        connection_fail(connection, "no_memory");
    }
}

static void timeout(struct rh_context *ctx, struct connection *connection,
                    const struct rh_message *what)
{
    const struct rh_endpoint_options *options = &connection->options.set;
    struct rh_message beat = RH_ITEM(NULL, BEAT);
    rh_instant now = rh_now(ctx);
    if (rh_message_equal(what, &beat)) {
        rh_duration quiet = now - connection->said;
        if (quiet < options->heartbeat) {
            arm(ctx, connection, options->heartbeat - quiet, BEAT);
            return;
        }
        if (connection->state == CONNECTION_UP && !connection->plain) {
            connection_say(connection, &(struct wire_message){.verb = WIRE_HEARTBEAT});
        }
        arm(ctx, connection, options->heartbeat, BEAT);
        return;
    }
    rh_duration silence = now - connection->heard;
    if (silence >= options->deadline) {
        connection_fail(connection, "heartbeat_timeout");
        return;
    }
    arm(ctx, connection, options->deadline - silence, DEADLINE);
}

/* ---- the behaviour ---- */

/* What is written says nothing of what is heard; whoever answers says that he does. Until a connection is up, and with relays,
 * which look up each other's actors, the rest has to do with all that a node knows of others. */
static void touch_turn(const struct connection *connection, enum rh_delivery_kind kind,
                       const struct rh_io *io)
{
    const struct rh_node *node = connection->home;
    bool hears = kind == RH_DELIVERY_IO && io->kind == RH_IO_BYTES;
    bool has_written = kind == RH_DELIVERY_IO && io->kind == RH_IO_WRITTEN;
    bool is_usual = connection->state == CONNECTION_UP && !node->relays &&
                    (hears || kind == RH_DELIVERY_TIMEOUT);
    if (!hears) {
        bool is_plain = has_written && connection->closing == NULL;
        touch_lane(connection, is_plain ? RH_TOUCH_WRITTEN : RH_TOUCH_LANE, 0);
    }
    if (!has_written) {
        touch_connection(connection);
        touch_net(node, is_usual ? RH_TOUCH_SEES_NET : RH_TOUCH_NET);
    }
}

static enum rh_status finish(struct rh_context *ctx, struct connection *connection)
{
    connection->in_turn = false;
    return connection->failed == NULL ? RH_OK : rh_exit(ctx, connection_reason(connection));
}

static enum rh_status endpoint_init(struct rh_context *ctx, void *state,
                                    const struct rh_delivery *start)
{
    (void)start;
    struct connection *connection = ((struct endpoint *)state)->connection;
    const struct rh_endpoint_options *options = &connection->options.set;
    connection->in_turn = true;
    touch_turn(connection, RH_DELIVERY_START, NULL);
    connection->heard = rh_now(ctx);
    enum rh_status status = RH_OK;
    if (connection->has_handle) {
        opened(connection);
    } else {
        status = options->command != NULL ? rh_start(ctx, options->command, &connection->handle)
                                          : rh_connect(ctx, options->address, &connection->handle);
        connection->has_handle = status == RH_OK;
    }
    if (status != RH_OK) {
        connection_fail(connection, rh_status_word(status));
    }
    arm(ctx, connection, options->heartbeat, BEAT);
    arm(ctx, connection, options->deadline, DEADLINE);
    return finish(ctx, connection);
}

static enum rh_status endpoint_receive(struct rh_context *ctx, void *state,
                                       const struct rh_delivery *in)
{
    struct connection *connection = ((struct endpoint *)state)->connection;
    if (in->kind == RH_DELIVERY_EXIT) {
        bool spawner = rh_pid_equal(in->from, rh_parent(ctx));
        return spawner ? rh_exit(ctx, rh_message_ref(in->message)) : RH_OK;
    }
    connection->in_turn = true;
    touch_turn(connection, in->kind, rh_delivery_io(ctx));
    if (in->kind == RH_DELIVERY_IO) {
        const struct rh_io *what = rh_delivery_io(ctx);
        if (rh_ref_equal(what->handle, connection->handle)) {
            io(connection, what);
        }
    } else if (in->kind == RH_DELIVERY_TIMEOUT && rh_pid_equal(in->from, rh_self(ctx))) {
        timeout(ctx, connection, &in->message);
    }
    return finish(ctx, connection);
}

const struct rh_behaviour endpoint_behaviour = {
    .name = "endpoint",
    .state_bytes = sizeof(struct endpoint),
    .init = endpoint_init,
    .receive = endpoint_receive,
};

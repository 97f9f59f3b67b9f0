/* SPDX-License-Identifier: MIT */
/* A peer that says whatever it likes to a whole node: an endpoint, actors that do what messages tell them, and every
 * table behind. Bytes come in pieces between events, writes are answered at once or late, the pipe ends in one of its
 * ways.
 *
 * The first byte says how: bit 0 a plain peer; bit 1 the bytes are frames behind one byte of length each, so that
 * headers are right; bit 2 hello and two exports come first; bit 3 the node dials; bit 4 writes are answered late;
 * bits 5 and 6 the end; bit 7 that each frame is acted upon before the next one comes, so that there can be answers.
 * The second draws pieces and events; its bit 7 gives the node a second peer, who says hello and no more: bit 6 under
 * the first one's number. The third refuses one allocation, that of its number behind the beginning; 0 none.
 *
 * At every step the node's tables agree, no more is kept than one frame, and what the node writes is what a decoder
 * takes. At the end no connection, proxy or export is left, and no byte of memory behind the node. */
#include "core/base/assert.h"
#include "core/base/random.h"
#include "core/wire/frame.h"
#include "core/wire/wire.h"

#include <rehearse/inspect.h>
#include <rehearse/remote.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define PEER 2u
#define THIRD 9u
#define PLAYERS 3u
#define STREAM_MAX 8192u
#define EVENTS_MAX 3000u
#define CONNECTS_MAX 3u

enum {
    HOW_PLAIN = 1,
    HOW_FRAMES = 2,
    HOW_HELLO = 4,
    HOW_DIAL = 8,
    HOW_LATE = 16,
    HOW_END = 96,
    HOW_TALK = 128
};

enum {
    SECOND = 128,
    SECOND_IS_SAME = 64
};

/* A pipe, seen from the driver. */
struct pipe {
    struct rh_ref handle;
    bool open;
    bool writing;
    bool plain;
    struct frame_cutter written;
    uint8_t buffer[4096];
};

/* What a peer says. */
struct stream {
    uint8_t bytes[STREAM_MAX];
    size_t size;
};

struct play {
    struct rh_node *node;
    struct rh_limits limits;
    rh_instant now;
    unsigned how;
    uint64_t stream;
    uint64_t draws;
    struct rh_pid players[PLAYERS];
    struct pipe pipes[2]; /* the fuzzer's, and the quiet one */
    struct stream second; /* what the quiet one says */
    uint32_t connects;
    size_t events;
};

/* ---- memory ---- */

static size_t blocks;
static size_t refuse_in; /* allocations until one is refused; 0: never */

static bool refuses(void)
{
    return refuse_in > 0 && --refuse_in == 0;
}

static void *fuzz_allocate(void *self, size_t bytes)
{
    (void)self;
    void *block = refuses() ? NULL : malloc(bytes);
    blocks += block != NULL;
    return block;
}

static void *fuzz_resize(void *self, void *block, size_t before, size_t bytes)
{
    (void)self;
    (void)before;
    void *resized = refuses() ? NULL : realloc(block, bytes);
    blocks += block == NULL && resized != NULL;
    return resized;
}

static void fuzz_release(void *self, void *block, size_t bytes)
{
    (void)self;
    (void)bytes;
    blocks -= block != NULL;
    free(block);
}

/* ---- players: actors that do what messages tell them ---- */

struct player {
    struct rh_pid other; /* the last that said anything */
    struct rh_ref last;  /* the last monitor, question or alias */
};

static const struct rh_behaviour *find_behaviour(void *self, const char *name);

static enum rh_status act_on_life(struct rh_context *ctx, struct player *player, int64_t what)
{
    struct rh_spawn_options options = {.link = what % 2 == 0, .monitor = what % 3 == 0};
    switch (what) {
    case 0:
        return rh_link(ctx, player->other);
    case 1:
        return rh_unlink(ctx, player->other, 0);
    case 2:
        return rh_monitor(ctx, player->other, RH_ALIAS_NONE, &player->last);
    case 3:
        return rh_monitor(ctx, player->other, RH_ALIAS_REPLY_DEMONITOR, &player->last);
    case 4:
        return rh_demonitor(ctx, player->last, RH_FLUSH);
    case 5:
        return rh_ask_alive(ctx, player->other, &player->last);
    case 6:
        return rh_exit_signal(ctx, player->other, rh_reason(RH_REASON_KILL));
    case 7:
        return rh_exit_signal(ctx, player->other, RH_ARRAY(NULL, "stop", rh_self(ctx)));
    case 8:
        return rh_exit(ctx, RH_ARRAY(NULL, "done", "with a reason that is longer than a handle"));
    case 9:
    case 10:
    case 11:
        return rh_spawn_at(ctx, player->other.node, "player", &options, &player->last);
    default:
        return rh_monitor_name_at(ctx, "log", player->other.node, RH_ALIAS_NONE, &player->last);
    }
}

static enum rh_status act_on_words(struct rh_context *ctx, struct player *player, int64_t what,
                                   const struct rh_delivery *in)
{
    switch (what) {
    case 13:
        return RH_SEND(ctx, player->other, "echo", rh_self(ctx));
    case 14:
        return rh_send_with(ctx, player->other, RH_ARRAY(NULL, "back"), RH_RETURN);
    case 15:
        return rh_send_name_at(ctx, "log", player->other.node, RH_ARRAY(NULL, "named"));
    case 16:
        return rh_send_alias(ctx, rh_delivery_ref(ctx, in), RH_ARRAY(NULL, "alias"));
    case 17:
        return rh_forward(ctx, in, player->other);
    case 18:
        return rh_group_join(ctx, "group", rh_self(ctx));
    case 19:
        return rh_group_leave(ctx, "group", rh_self(ctx));
    case 20:
        return rh_group_monitor(ctx, "group", &player->last);
    case 21:
        return rh_monitor_node(ctx, player->other.node, &player->last);
    case 22:
        return rh_monitor_nodes(ctx, &player->last);
    case 23:
        return rh_disconnect(ctx, player->other.node);
    case 24:
        return rh_send(ctx, player->other, rh_message_none());
    case 25:
        (void)rh_trap(ctx, !rh_trap(ctx, true));
        return RH_OK;
    default:
        return rh_alias_open(ctx, RH_ALIAS_REPLY, &player->last);
    }
}

static enum rh_status player_receive(struct rh_context *ctx, void *state,
                                     const struct rh_delivery *in)
{
    struct player *player = state;
    struct rh_pid pid;
    int64_t what = 99;
    if (in->kind == RH_DELIVERY_MESSAGE && !rh_pid_is_none(in->from)) {
        player->other = in->from;
    }
    if (RH_MATCH(&in->message, &what, &pid)) {
        player->other = pid;
    } else if (!RH_MATCH(&in->message, &what)) {
        struct rh_reader reader;
        rh_reader_message(&reader, &in->message);
        what = rh_read_int(&reader, &what) ? what : 99;
    }
    enum rh_status status = what < 0 || what > 26 ? RH_OK
                            : what < 13           ? act_on_life(ctx, player, what)
                                                  : act_on_words(ctx, player, what, in);
    return status == RH_EXITED ? RH_EXITED : RH_OK;
}

static const struct rh_behaviour player_behaviour = {
    .name = "player",
    .state_bytes = sizeof(struct player),
    .receive = player_receive,
};

static const struct rh_behaviour *find_behaviour(void *self, const char *name)
{
    (void)self;
    return strcmp(name, "player") == 0 ? &player_behaviour : NULL;
}

/* ---- what holds at every step ---- */

static bool check_connection(void *self, const struct rh_connection_view *view)
{
    const struct play *play = self;
    const struct rh_limits *limits = &play->limits;
    size_t frame = (size_t)limits->frame_bytes_max + FRAME_HEADER_BYTES;
    RH_ASSERT(view->kept_bytes <= frame);
    RH_ASSERT(view->proxy_count <= limits->proxies_max);
    RH_ASSERT(view->held_count <= limits->held_signals_max);
    RH_ASSERT(view->lane_bytes <= limits->lane_bytes_max + (limits->lane_controls_max + 1) * frame);
    return true;
}

static void check(struct play *play)
{
    const char *what = "";
    RH_ASSERT(rh_inspect_validate(play->node, &what));
    rh_inspect_each_connection(play->node, check_connection, play);
}

/* What the node says is well-formed; to a plain peer also plain. */
static void check_written(struct play *play, struct pipe *pipe, const uint8_t *bytes, size_t size)
{
    const uint8_t *frame = NULL;
    size_t frame_size = 0;
    struct wire_message message;
    enum frame_result result;
    while ((result = frame_next(&pipe->written, &bytes, &size, &frame, &frame_size)) ==
           FRAME_COMPLETE) {
        RH_ASSERT(wire_decode(frame, frame_size, &play->limits, pipe->plain, &message) == WIRE_OK);
    }
    RH_ASSERT(result == FRAME_MORE);
    RH_ASSERT(!frame_is_open(&pipe->written));
}

/* ---- the driver ---- */

static uint64_t draw(struct play *play, uint64_t below)
{
    return random_below(play->stream, &play->draws, below);
}

static void run(struct play *play, size_t budget)
{
    budget = budget < EVENTS_MAX - play->events ? budget : EVENTS_MAX - play->events;
    play->events += rh_node_run(play->node, play->now, budget);
}

static void feed(struct play *play, struct rh_io io)
{
    enum rh_status status;
    while ((status = rh_node_feed(play->node, play->now, &io, NULL)) == RH_FULL) {
        RH_ASSERT(rh_node_run(play->node, play->now, 1) == 1);
    }
    RH_ASSERT(status == RH_OK || status == RH_NOPROC);
    check(play);
}

static void answer_write(struct play *play, struct pipe *pipe)
{
    if (pipe->writing) {
        pipe->writing = false;
        feed(play, (struct rh_io){.kind = RH_IO_WRITTEN, .handle = pipe->handle});
    }
}

static struct pipe *pipe_of(struct play *play, struct rh_ref handle)
{
    struct pipe *pipe = &play->pipes[0];
    while (pipe < play->pipes + 2 && !(pipe->open && rh_ref_equal(pipe->handle, handle))) {
        pipe++;
    }
    return pipe < play->pipes + 2 ? pipe : NULL;
}

static void answer_close(struct play *play, struct rh_ref handle, enum rh_close_why why)
{
    struct pipe *pipe = pipe_of(play, handle);
    if (pipe != NULL) {
        pipe->open = false;
        pipe->writing = false;
    }
    feed(play, (struct rh_io){.kind = RH_IO_CLOSED, .handle = handle, .why = why});
}

static void pipe_open(struct play *play, struct pipe *pipe, struct rh_ref handle)
{
    pipe->handle = handle;
    pipe->open = true;
    pipe->writing = false;
    pipe->plain = (play->how & HOW_PLAIN) != 0 && pipe == &play->pipes[0];
    frame_cutter_init(&pipe->written, pipe->buffer, play->limits.frame_bytes_max);
}

static void answer_connect(struct play *play, struct rh_ref handle)
{
    if (play->pipes[0].open || play->connects == CONNECTS_MAX) {
        answer_close(play, handle, RH_CLOSE_REFUSED);
        return;
    }
    play->connects++;
    pipe_open(play, &play->pipes[0], handle);
    feed(play, (struct rh_io){.kind = RH_IO_OPENED, .handle = handle});
}

static void apply_write(struct play *play, const struct rh_effect *effect)
{
    struct pipe *pipe = pipe_of(play, effect->handle);
    RH_ASSERT(pipe != NULL && !pipe->writing);
    check_written(play, pipe, effect->bytes, effect->size);
    pipe->writing = true;
    if ((play->how & HOW_LATE) == 0) {
        answer_write(play, pipe);
    }
}

static void take_effects(struct play *play)
{
    struct rh_effect effect;
    while (rh_node_take_effect(play->node, &effect)) {
        switch (effect.kind) {
        case RH_EFFECT_CONNECT:
            answer_connect(play, effect.handle);
            break;
        case RH_EFFECT_WRITE:
            apply_write(play, &effect);
            break;
        case RH_EFFECT_CLOSE:
            answer_close(play, effect.handle, RH_CLOSE_REQUESTED);
            break;
        case RH_EFFECT_USER:
            rh_message_unref(effect.message);
            break;
        default:
            break;
        }
    }
}

static void settle(struct play *play)
{
    size_t before;
    do {
        before = play->events;
        run(play, 100);
        take_effects(play);
        answer_write(play, &play->pipes[0]);
        answer_write(play, &play->pipes[1]);
        take_effects(play);
    } while (play->events > before);
    check(play);
}

/* ---- the stream ---- */

static void add(struct stream *stream, const uint8_t *bytes, size_t size)
{
    size = size < STREAM_MAX - stream->size ? size : STREAM_MAX - stream->size;
    memcpy(stream->bytes + stream->size, bytes, size);
    stream->size += size;
}

static void add_message(struct stream *stream, const struct wire_message *message)
{
    uint8_t bytes[128];
    add(stream, bytes, wire_encode(message, bytes, sizeof(bytes)));
}

static void add_hello(struct stream *stream, uint64_t node)
{
    add_message(stream,
                &(struct wire_message){.verb = WIRE_HELLO, .numbers = {WIRE_VERSION, node, 1}});
    for (uint64_t number = 1; number <= 2; number++) {
        add_message(stream, &(struct wire_message){.verb = WIRE_EXPORT,
                                                   .from = number,
                                                   .numbers = {node, 1, number - 1, 1}});
    }
}

static void add_frames(struct stream *stream, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        uint8_t header[FRAME_HEADER_BYTES];
        size_t frame = bytes[0] < size - 1 ? bytes[0] : size - 1;
        frame_header_write(header, (uint32_t)frame);
        add(stream, header, sizeof(header));
        add(stream, bytes + 1, frame);
        bytes += 1 + frame;
        size -= 1 + frame;
    }
}

static size_t next_piece(struct play *play, const uint8_t *bytes, size_t left)
{
    size_t piece = (size_t)(1 + draw(play, draw(play, 2) == 0 ? 8 : 200));
    if ((play->how & HOW_TALK) != 0 && left >= FRAME_HEADER_BYTES) {
        piece = FRAME_HEADER_BYTES + ((size_t)bytes[3] << 8 | bytes[4]);
    }
    return piece < left ? piece : left;
}

static void feed_piece(struct play *play, const struct pipe *pipe, const uint8_t *bytes,
                       size_t size)
{
    uint8_t *block = malloc(size);
    RH_ASSERT(block != NULL);
    memcpy(block, bytes, size);
    if (pipe->open) {
        feed(play, (struct rh_io){
                       .kind = RH_IO_BYTES, .handle = pipe->handle, .bytes = block, .size = size});
    }
    free(block);
    take_effects(play);
}

static void play_stream(struct play *play, const struct stream *stream)
{
    for (size_t at = 0; at < stream->size;) {
        size_t piece = next_piece(play, stream->bytes + at, stream->size - at);
        feed_piece(play, &play->pipes[0], stream->bytes + at, piece);
        at += piece;
        if ((play->how & HOW_TALK) != 0) {
            settle(play);
            continue;
        }
        run(play, (size_t)draw(play, 12));
        take_effects(play);
        if (draw(play, 4) == 0) {
            answer_write(play, &play->pipes[0]);
        }
    }
}

static void end_pipe(struct play *play, struct pipe *pipe)
{
    unsigned end = play->how & HOW_END;
    if (pipe->open && end == 0) {
        feed(play, (struct rh_io){.kind = RH_IO_EOF, .handle = pipe->handle});
        settle(play);
    }
    if (pipe->open) {
        answer_close(play, pipe->handle, end == 32 ? RH_CLOSE_EOF : RH_CLOSE_RESET);
    }
}

/* ---- the play ---- */

static enum rh_status knock(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    (void)argument;
    struct rh_ref unused;
    (void)rh_trap(ctx, true);
    enum rh_status status = rh_group_join(ctx, "group", rh_self(ctx));
    return status == RH_OK ? rh_monitor_name_at(ctx, "log", PEER, RH_ALIAS_NONE, &unused) : status;
}

static enum rh_status name_player(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    (void)argument;
    return rh_register(ctx, "log", rh_self(ctx));
}

static void open_inbound(struct play *play, struct pipe *pipe,
                         const struct rh_endpoint_options *options)
{
    struct rh_pid endpoint;
    struct rh_ref handle;
    RH_ASSERT(rh_node_endpoint(play->node, play->now, options, &endpoint, &handle) == RH_OK);
    pipe_open(play, pipe, handle);
    run(play, 1);
}

static void begin(struct play *play)
{
    struct rh_endpoint_options options = {.node = PEER, .plain = (play->how & HOW_PLAIN) != 0};
    for (size_t i = 0; i < PLAYERS; i++) {
        struct rh_spawn_options how = {.trap = i == 0};
        RH_ASSERT(rh_node_spawn(play->node, play->now, &player_behaviour, &how,
                                &play->players[i]) == RH_OK);
    }
    run(play, PLAYERS);
    RH_ASSERT(rh_node_turn(play->node, play->now, play->players[1], name_player, NULL) == RH_OK);
    if ((play->how & HOW_DIAL) != 0) {
        options.address = "peer";
        RH_ASSERT(rh_node_know(play->node, &options) == RH_OK);
        RH_ASSERT(rh_node_turn(play->node, play->now, play->players[0], knock, NULL) == RH_OK);
        settle(play);
    } else {
        open_inbound(play, &play->pipes[0], &options);
    }
    take_effects(play);
}

/* A peer of the other number, or of the same: which pipe stays then is the node's to say. */
static void begin_second(struct play *play, unsigned which)
{
    struct stream *stream = &play->second;
    open_inbound(play, &play->pipes[1], NULL);
    stream->size = 0;
    add_hello(stream, (which & SECOND_IS_SAME) != 0 ? PEER : THIRD);
    feed_piece(play, &play->pipes[1], stream->bytes, stream->size);
    run(play, 10);
    take_effects(play);
}

static void finish(struct play *play)
{
    settle(play);
    end_pipe(play, &play->pipes[0]);
    end_pipe(play, &play->pipes[1]);
    play->connects = CONNECTS_MAX;
    settle(play);
    if (play->events < EVENTS_MAX) {
        struct rh_node_stats stats;
        rh_node_stats(play->node, &stats);
        RH_ASSERT(stats.connections == 0);
        RH_ASSERT(stats.proxies == 0);
        RH_ASSERT(stats.exports == 0);
    }
}

static void prepare(struct play *play, struct rh_node_options *options,
                    const struct rh_allocator *allocator)
{
    play->limits = rh_limits_hostile();
    play->limits.frame_bytes_max = 256;
    play->limits.message_bytes_max = 200;
    play->limits.lane_controls_max = 24;
    play->limits.proxies_max = 6;
    *options = (struct rh_node_options){
        .node = 1,
        .limits = &play->limits,
        .allocator = allocator,
        .find_behaviour = find_behaviour,
        .name = "fuzz",
    };
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct play play;
    static struct stream stream;
    const struct rh_allocator allocator = {
        .allocate = fuzz_allocate, .resize = fuzz_resize, .release = fuzz_release};
    struct rh_node_options options;
    if (size < 4) {
        return 0;
    }
    play = (struct play){.how = bytes[0], .stream = random_stream(bytes[1], 1)};
    stream.size = 0;
    blocks = 0;
    refuse_in = 0;
    prepare(&play, &options, &allocator);
    RH_ASSERT(rh_node_create(&options, &play.node) == RH_OK);
    begin(&play);
    if ((bytes[1] & SECOND) != 0) {
        begin_second(&play, bytes[1]);
    }
    refuse_in = bytes[2];
    if ((play.how & HOW_HELLO) != 0) {
        add_hello(&stream, PEER);
    }
    if ((play.how & HOW_FRAMES) != 0) {
        add_frames(&stream, bytes + 3, size - 3);
    } else {
        add(&stream, bytes + 3, size - 3);
    }
    play_stream(&play, &stream);
    finish(&play);
    rh_node_destroy(play.node);
    RH_ASSERT(blocks == 0);
    return 0;
}

/* SPDX-License-Identifier: MIT */
/* A peer that says what it likes, byte by byte, to one node: what it may break and what not. Bytes are fed in every cut, and
 * the pipe is closed behind every byte; good frames do the same whatever surrounds them. */
#include "core/message/tests/support.h"
#include "core/wire/frame.h"
#include "core/wire/wire.h"

#include <rehearse/inspect.h>
#include <rehearse/remote.h>

#define PEER 2u
#define LOG_MAX 8192
#define STREAM_MAX 2048

/* ---- a node, its one actor, and the peer's end of the pipe ---- */

struct stage {
    struct rh_node *node;
    struct rh_limits limits;
    struct rh_pid actor;
    struct rh_ref handle;
    bool open;
    bool plain;
    struct frame_cutter cutter;
    uint8_t buffer[4096 + FRAME_HEADER_BYTES];
    char log[LOG_MAX]; /* what the actor heard, what the node said, what was wrong */
};

struct stream {
    uint8_t bytes[STREAM_MAX];
    size_t size;
};

static struct stage stage;

static void note(const char *what, const char *text)
{
    size_t used = strlen(stage.log);
    int size = snprintf(stage.log + used, LOG_MAX - used, "%s %s; ", what, text);
    assert_in_range(size, 0, LOG_MAX - used - 1);
}

static size_t print_pid(void *self, struct rh_pid pid, char *buffer, size_t capacity)
{
    (void)self;
    return (size_t)snprintf(buffer, capacity, "%u.%u", pid.node, pid.slot);
}

static void note_message(const char *what, const struct rh_message *message)
{
    static const struct rh_print_names names = {print_pid, NULL};
    char text[256];
    (void)rh_message_print(message, &names, text, sizeof text);
    note(what, text);
}

/* An array of one pid is answered, and linked with. */
static enum rh_status receive(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    (void)state;
    struct rh_pid from;
    note_message(rh_delivery_kind_word((enum rh_delivery_kind)in->kind), &in->message);
    if (in->kind == RH_DELIVERY_MESSAGE && RH_MATCH(&in->message, &from)) {
        enum rh_status status = rh_link(ctx, from);
        return status == RH_OK ? rh_send(ctx, from, rh_message_none()) : status;
    }
    return RH_OK;
}

static const struct rh_behaviour behaviour = {.name = "listener", .receive = receive};

static void on_event(void *self, const struct rh_event *event)
{
    (void)self;
    if (event->kind == RH_EVENT_FRAME_BAD || event->kind == RH_EVENT_CONNECTION_DOWN) {
        note(event->kind == RH_EVENT_FRAME_BAD ? "bad" : "down", event->name);
    }
}

static void feed(struct rh_io io)
{
    io.handle = stage.handle;
    enum rh_status status = rh_node_feed(stage.node, 0, &io, NULL);
    assert_true(status == RH_OK || status == RH_NOPROC);
}

/* What the node writes has to be good frames; their verbs are noted. */
static void hear(const uint8_t *bytes, size_t size)
{
    const uint8_t *frame = NULL;
    size_t frame_size = 0;
    while (frame_next(&stage.cutter, &bytes, &size, &frame, &frame_size) == FRAME_COMPLETE) {
        struct wire_message message;
        char text[64] = "";
        assert_int_equal(wire_decode(frame, frame_size, &stage.limits, stage.plain, &message),
                         WIRE_OK);
        if (message.verb == WIRE_TRANSPORT_ERROR || message.verb == WIRE_SEND ||
            message.verb == WIRE_EXIT) {
            (void)rh_item_print(message.verb == WIRE_SEND ? message.item : message.reason, NULL,
                                text, sizeof text);
        }
        note(wire_verb_word(message.verb), text);
    }
    assert_false(frame_is_open(&stage.cutter));
}

static void settle(void)
{
    struct rh_effect effect;
    const char *what = "";
    (void)rh_node_run(stage.node, 0, 1000);
    while (rh_node_take_effect(stage.node, &effect)) {
        if (effect.kind == RH_EFFECT_WRITE) {
            hear(effect.bytes, effect.size);
            feed((struct rh_io){.kind = RH_IO_WRITTEN});
        } else if (effect.kind == RH_EFFECT_CLOSE) {
            stage.open = false;
            feed((struct rh_io){.kind = RH_IO_CLOSED, .why = RH_CLOSE_REQUESTED});
        }
        (void)rh_node_run(stage.node, 0, 1000);
    }
    if (!rh_inspect_validate(stage.node, &what)) {
        fail_msg("%s", what);
    }
}

static void say(const uint8_t *bytes, size_t size)
{
    uint8_t *block = malloc(size > 0 ? size : 1);
    assert_non_null(block);
    memcpy(block, bytes, size);
    if (stage.open && size > 0) {
        feed((struct rh_io){.kind = RH_IO_BYTES, .bytes = block, .size = size});
    }
    free(block);
}

static void say_hex(const char *hex)
{
    uint8_t bytes[256];
    say(bytes, from_hex(hex, bytes, sizeof bytes));
    settle();
}

static void add(struct stream *stream, const struct wire_message *message)
{
    stream->size += wire_encode(message, stream->bytes + stream->size, STREAM_MAX - stream->size);
}

static uint64_t actor_id(void)
{
    return wire_by_pid(stage.actor);
}

static void add_hello(struct stream *stream)
{
    add(stream, &(struct wire_message){.verb = WIRE_HELLO, .numbers = {WIRE_VERSION, PEER, 1}});
    add(stream, &(struct wire_message){.verb = WIRE_EXPORT, .from = 1, .numbers = {PEER, 1, 7, 1}});
}

static void say_stream(const struct stream *stream)
{
    say(stream->bytes, stream->size);
    settle();
}

static void open_stage(bool with_hello)
{
    static const struct rh_observer observer = {on_event, NULL};
    struct rh_node_options options = {.node = 1, .limits = &stage.limits, .observer = &observer};
    struct rh_spawn_options how = {.trap = true};
    struct rh_pid endpoint;
    memset(&stage, 0, sizeof stage);
    stage.limits = rh_limits_hostile();
    frame_cutter_init(&stage.cutter, stage.buffer, 4096);
    assert_int_equal(rh_node_create(&options, &stage.node), RH_OK);
    assert_int_equal(rh_node_spawn(stage.node, 0, &behaviour, &how, &stage.actor), RH_OK);
    assert_int_equal(rh_node_endpoint(stage.node, 0, NULL, &endpoint, &stage.handle), RH_OK);
    stage.open = true;
    settle();
    stage.log[0] = '\0';
    if (with_hello) {
        struct stream stream = {.size = 0};
        add_hello(&stream);
        say_stream(&stream);
        assert_string_equal(stage.log, "hello ; ");
        stage.log[0] = '\0';
    }
}

static void close_stage(void)
{
    struct rh_node_stats stats;
    if (stage.open) {
        feed((struct rh_io){.kind = RH_IO_EOF});
        settle();
    }
    rh_node_stats(stage.node, &stats);
    assert_int_equal(stats.connections, 0);
    assert_int_equal(stats.proxies, 0);
    assert_int_equal(stats.exports, 0);
    rh_node_destroy(stage.node);
}

/* ---- bad input ---- */

struct bad {
    const char *hex;
    const char *log;
};

static void broken_framing_ends_the_connection_with_its_reason(void **state)
{
    (void)state;
    const struct bad all[] = {
        {"5b", "bad bad_frame_header; down bad_frame_header; "},
        {"5affffffff", "bad frame_too_large; down frame_too_large; "},
        {"5a00000401", "bad frame_too_large; down frame_too_large; "},
        {"5a00000000", "bad bad_frame; down bad_frame; "},
        {"5a00000001 07", "bad bad_frame; down bad_frame; "},
        {"5a00000013 826f7472616e73706f72745f6572726f72 6162", "down transport_error; "},
        {"5a00000012 826f7472616e73706f72745f6572726f72 ff",
         "bad bad_item; down transport_error; "},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        open_stage(true);
        say_hex(all[i].hex);
        assert_string_equal(stage.log, all[i].log);
        assert_false(stage.open);
        close_stage();
    }
}

static void everything_else_is_counted_and_the_connection_lives(void **state)
{
    (void)state;
    const struct bad all[] = {
        {"5a00000006 81646e6f7065", "bad unknown_verb; "},
        {"5a00000007 83646c696e6b01", "bad bad_field; "},
        {"5a0000000b 846473656e640101f93c00", "bad bad_item; "},
        {"5a00000009 846473656e64090107", "bad unknown_number; "},
        {"5a00000009 846473656e64010907", "bad unknown_target; "},
        {"5a00000008 83646c696e6b0101", "bad unknown_target; exit noproc; "},
        {"5a00000010 83646c696e6b011b8000000000000000", "bad unknown_target; "},
        {"5a0000000d 86666578706f7274 01 02 01 07 01", "bad forged_export; "},
        {"5a0000000d 86666578706f7274 03 01 01 07 01", "bad forged_export; "},
        {"5a0000000b 856568656c6c6f 01020160", "bad second_hello; "},
    };
    struct rh_node_stats stats;
    struct stream after = {.size = 0};
    uint8_t reason[] = {0x61, 'x'};
    open_stage(true);
    add(&after,
        &(struct wire_message){.verb = WIRE_EXIT, .from = 1, .reason = {reason, sizeof reason}});
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        stage.log[0] = '\0';
        say_hex(all[i].hex);
        assert_string_equal(stage.log, all[i].log);
        assert_true(stage.open);
    }
    rh_node_stats(stage.node, &stats);
    assert_int_equal(stats.frames_bad + stats.frames_forged, sizeof all / sizeof all[0]);
    assert_int_equal(stats.proxies, 1);
    say_stream(&after);
    rh_node_stats(stage.node, &stats);
    assert_int_equal(stats.proxies, 0);
    close_stage();
}

/* ---- good frames ---- */

/* The actor is told of the peer's, links with it, answers with the empty message, hears it exit. */
static void add_talk(struct stream *stream)
{
    static uint8_t bytes[64];
    struct rh_pid own = {PEER, 1, 7, 1};
    struct rh_message payload = RH_ARRAY(NULL, own);
    struct rh_item item = rh_message_item(&payload);
    memcpy(bytes, item.bytes, item.size);
    item.bytes = bytes;
    add(stream,
        &(struct wire_message){.verb = WIRE_SEND, .from = 1, .to = actor_id(), .item = item});
    add(stream, &(struct wire_message){.verb = WIRE_SEND, .from = 1, .to = actor_id()});
}

static void add_exit(struct stream *stream, struct rh_item reason)
{
    add(stream, &(struct wire_message){.verb = WIRE_EXIT, .from = 1, .reason = reason});
}

static void the_empty_message_stays_empty_both_ways(void **state)
{
    (void)state;
    struct stream stream = {.size = 0};
    open_stage(true);
    add_talk(&stream);
    say_stream(&stream);
    assert_string_equal(stage.log, "message [<2.7>]; message ; export ; link ; send ; ");
    close_stage();
}

static void an_exit_is_heard_even_if_its_reason_is_bad(void **state)
{
    (void)state;
    uint8_t deep[20];
    uint8_t large[66] = {0x78, 64};
    uint8_t fraction[] = {0xf9, 0x3c, 0x00};
    memset(deep, 0x81, sizeof deep);
    deep[sizeof deep - 1] = 0;
    memset(large + 2, 'x', 64);
    const struct rh_item reasons[] = {
        {deep, sizeof deep}, {large, sizeof large}, {fraction, sizeof fraction}};
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        struct stream talk = {.size = 0};
        struct stream end = {.size = 0};
        open_stage(true);
        add_talk(&talk);
        say_stream(&talk);
        stage.log[0] = '\0';
        add_exit(&end, reasons[i]);
        say_stream(&end);
        assert_string_equal(stage.log, "bad bad_item; exit [error, invalid]; ");
        close_stage();
    }
}

static void frames_of_one_read_are_all_acted_upon(void **state)
{
    (void)state;
    uint8_t one[] = {0x01};
    struct stream stream = {.size = 0};
    open_stage(false);
    add_hello(&stream);
    for (int i = 0; i < 10; i++) {
        add(&stream, &(struct wire_message){
                         .verb = WIRE_SEND, .from = 1, .to = actor_id(), .item = {one, 1}});
    }
    say_stream(&stream);
    assert_string_equal(stage.log, "message 1; message 1; message 1; message 1; message 1; "
                                   "message 1; message 1; message 1; message 1; message 1; "
                                   "hello ; ");
    close_stage();
}

static size_t whole_conversation(struct stream *stream)
{
    static uint8_t reason[] = {0x64, 'b', 'o', 'o', 'm'};
    struct rh_item item = {reason, sizeof reason};
    stream->size = 0;
    add_hello(stream);
    add_talk(stream);
    add_exit(stream, item);
    return stream->size;
}

/* What has been read is acted upon in turns of its own: the actor links when it has had one before the exit is read. */
static void any_cut_gives_the_same_conversation(void **state)
{
    (void)state;
    struct stream stream;
    size_t cuts = 0;
    size_t linked_count = 0;
    size_t told = 0; /* where the message ends that tells it to */
    open_stage(false);
    size_t size = whole_conversation(&stream);
    close_stage();
    for (int frame = 0; frame < 3; frame++) {
        told += FRAME_HEADER_BYTES + stream.bytes[told + 4];
    }
    for (size_t a = 0; a <= size; a++) {
        for (size_t b = a; b <= size; b += 3) {
            open_stage(false);
            say(stream.bytes, a);
            settle();
            say(stream.bytes + a, b - a);
            settle();
            say(stream.bytes + b, size - b);
            settle();
            assert_non_null(strstr(stage.log, "hello ; "));
            assert_non_null(strstr(stage.log, "message [<2.7>]; "));
            assert_non_null(strstr(stage.log, "message ; "));
            bool linked = (a >= told && a < size) || (b >= told && b < size);
            assert_int_equal(strstr(stage.log, "exit boom; ") != NULL, linked);
            linked_count += linked;
            assert_null(strstr(stage.log, "bad"));
            assert_true(stage.open);
            close_stage();
            cuts++;
        }
    }
    assert_true(cuts > 1000);
    assert_in_range(linked_count, 100, cuts - 100);
}

static void every_close_leaves_what_was_complete_and_one_end(void **state)
{
    (void)state;
    struct stream stream;
    size_t ends[8];
    size_t frames = 0;
    open_stage(false);
    size_t size = whole_conversation(&stream);
    close_stage();
    for (size_t at = 0; at < size; at += FRAME_HEADER_BYTES + stream.bytes[at + 4]) {
        ends[frames++] = at;
    }
    assert_int_equal(frames, 5);
    for (size_t end = 0; end <= size; end++) {
        size_t whole = 0;
        while (whole < frames && ends[whole] < end) {
            whole++;
        }
        bool clean = end == size || (whole < frames && ends[whole] == end);
        struct rh_node_stats stats;
        open_stage(false);
        say(stream.bytes, end);
        feed((struct rh_io){.kind = RH_IO_EOF});
        settle();
        rh_node_stats(stage.node, &stats);
        assert_int_equal(stats.frames_bad, clean ? 0 : 1);
        assert_int_equal(strstr(stage.log, "bad closed_in_mid_frame; ") != NULL, !clean);
        assert_int_equal(strstr(stage.log, "message [<2.7>]; ") != NULL,
                         whole > 3 || (whole == 3 && clean));
        bool up = whole > 1 || (whole == 1 && clean);
        assert_int_equal(strstr(stage.log, "down transport_closed; ") != NULL, up);
        assert_int_equal(stats.proxies, 0);
        close_stage();
    }
}

static void never_keeps_more_than_a_frame(void **state)
{
    (void)state;
    uint8_t bytes[FRAME_HEADER_BYTES + 1024] = {0};
    struct stream hello = {.size = 0};
    open_stage(false);
    add_hello(&hello);
    say_stream(&hello);
    frame_header_write(bytes, stage.limits.frame_bytes_max);
    for (size_t i = 0; i + 1 < FRAME_HEADER_BYTES + stage.limits.frame_bytes_max; i++) {
        say(bytes + i, 1);
    }
    settle();
    assert_true(stage.open);
    stage.log[0] = '\0';
    say(bytes, 1);
    settle();
    assert_string_equal(stage.log, "bad bad_frame; down bad_frame; ");
    close_stage();
}

/* ---- a plain peer ---- */

static enum rh_status link_and_leave(struct rh_context *ctx, void *state, void *reason)
{
    const struct rh_pid first = {PEER, 1, 1, 1};
    (void)state;
    enum rh_status status = rh_link(ctx, first);
    return status == RH_OK ? rh_exit(ctx, rh_message_ref(*(struct rh_message *)reason)) : status;
}

static void expect_plain_exit(struct rh_message reason, const char *log)
{
    static const struct rh_observer observer = {on_event, NULL};
    struct rh_node_options options = {.node = 1, .limits = &stage.limits, .observer = &observer};
    struct rh_endpoint_options plain = {.node = PEER, .plain = true};
    struct rh_pid endpoint;
    memset(&stage, 0, sizeof stage);
    stage.limits = rh_limits_hostile();
    stage.plain = true;
    frame_cutter_init(&stage.cutter, stage.buffer, 4096);
    assert_int_equal(rh_node_create(&options, &stage.node), RH_OK);
    assert_int_equal(rh_node_spawn(stage.node, 0, &behaviour, NULL, &stage.actor), RH_OK);
    assert_int_equal(rh_node_endpoint(stage.node, 0, &plain, &endpoint, &stage.handle), RH_OK);
    stage.open = true;
    settle();
    stage.log[0] = '\0';
    assert_int_equal(rh_node_turn(stage.node, 0, stage.actor, link_and_leave, &reason), RH_OK);
    settle();
    assert_string_equal(stage.log, log);
    rh_message_unref(reason);
    close_stage();
}

static void a_plain_peer_hears_reasons_as_texts_that_fit(void **state)
{
    (void)state;
    static const uint8_t zeros[30];
    const struct rh_bytes bytes = {zeros, sizeof zeros};
    expect_plain_exit(RH_ITEM(NULL, "boom"), "link ; exit boom; ");
    expect_plain_exit(RH_ARRAY(NULL, "shutdown", 3), "link ; exit \"[shutdown, 3]\"; ");
    expect_plain_exit(RH_ARRAY(NULL, "shutdown", bytes), "link ; exit shutdown; ");
    expect_plain_exit(RH_ARRAY(NULL, "x", bytes), "link ; exit error; ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broken_framing_ends_the_connection_with_its_reason),
        cmocka_unit_test(everything_else_is_counted_and_the_connection_lives),
        cmocka_unit_test(the_empty_message_stays_empty_both_ways),
        cmocka_unit_test(an_exit_is_heard_even_if_its_reason_is_bad),
        cmocka_unit_test(frames_of_one_read_are_all_acted_upon),
        cmocka_unit_test(any_cut_gives_the_same_conversation),
        cmocka_unit_test(every_close_leaves_what_was_complete_and_one_end),
        cmocka_unit_test(never_keeps_more_than_a_frame),
        cmocka_unit_test(a_plain_peer_hears_reasons_as_texts_that_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}

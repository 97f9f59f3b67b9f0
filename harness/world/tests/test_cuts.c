/* SPDX-License-Identifier: MIT */
/* Frames over pipes that are cut: in chunks of every size they mean the same, and of a connection that is reset after any
 * number of bytes the whole frames in front of the cut count. */
#include <rehearse/cluster.h>
#include <rehearse/fault.h>

#include "core/wire/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define FRAME_MAX 32

/* What the reader has cut out of the stream. */
static struct {
    struct frame_cutter cutter;
    uint8_t buffer[FRAME_MAX + FRAME_HEADER_BYTES];
    unsigned frames;
    size_t bytes; /* of their contents */
    bool is_bad;
    bool is_reset;
    struct rh_ref handle; /* of the writer */
} seen;

static void cut_frames(const struct rh_io *io)
{
    const uint8_t *input = io->bytes;
    size_t left = io->size;
    const uint8_t *bytes = NULL;
    size_t size = 0;
    enum frame_result result = frame_next(&seen.cutter, &input, &left, &bytes, &size);
    while (result == FRAME_COMPLETE) {
        seen.frames++;
        for (size_t i = 0; i < size; i++) {
            assert_int_equal(bytes[i], (uint8_t)('a' + seen.bytes++ % 26));
        }
        result = frame_next(&seen.cutter, &input, &left, &bytes, &size);
    }
    seen.is_bad = seen.is_bad || result != FRAME_MORE;
}

static enum rh_status receive(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    const struct rh_io *io = rh_delivery_io(ctx);
    (void)state;
    (void)in;
    if (io != NULL && io->kind == RH_IO_BYTES) {
        cut_frames(io);
    }
    seen.is_reset |= io != NULL && io->kind == RH_IO_CLOSED && io->why == RH_CLOSE_RESET;
    return RH_OK;
}

static enum rh_status do_listen(struct rh_context *ctx, void *state, void *argument)
{
    struct rh_ref listener;
    (void)state;
    return rh_listen(ctx, argument, &listener);
}

static enum rh_status do_connect(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    return rh_connect(ctx, argument, &seen.handle);
}

static const struct rh_behaviour actor = {.name = "actor", .receive = receive};

/* ---- a stream of frames from n1 to n2 ---- */

struct stream {
    uint8_t bytes[4 * FRAME_MAX];
    size_t size;
};

static void add_frame(struct stream *stream, uint32_t size, size_t *letters)
{
    frame_header_write(&stream->bytes[stream->size], size);
    stream->size += FRAME_HEADER_BYTES;
    for (uint32_t i = 0; i < size; i++) {
        stream->bytes[stream->size++] = (uint8_t)('a' + (*letters)++ % 26);
    }
}

static enum rh_status do_write(struct rh_context *ctx, void *state, void *argument)
{
    const struct stream *stream = argument;
    (void)state;
    return rh_write(ctx, seen.handle, stream->bytes, stream->size);
}

struct stage {
    struct rh_world *world;
    struct rh_pid actors[2];
};

static void act(const struct stage *stage, unsigned who,
                enum rh_status (*body)(struct rh_context *ctx, void *state, void *argument),
                const void *argument)
{
    assert_int_equal(rh_node_turn(rh_world_node(stage->world, who), rh_world_now(stage->world),
                                  stage->actors[who], body, (void *)(uintptr_t)argument),
                     RH_OK);
}

/* Connected, uncut, before the run. */
static void set_up(struct stage *stage, struct rh_strategy *strategy,
                   const struct rh_pipe_rules *rules)
{
    static const char *const names[] = {"n1", "n2"};
    const struct rh_world_options options = {.strategy = strategy, .seed = 1};
    memset(&seen, 0, sizeof(seen));
    frame_cutter_init(&seen.cutter, seen.buffer, FRAME_MAX);
    assert_int_equal(rh_world_create(&options, &stage->world), RH_OK);
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t node = 0;
        assert_int_equal(rh_world_add_node(stage->world, names[i], &node), RH_OK);
        assert_int_equal(
            rh_world_spawn(stage->world, node, names[i], &actor, NULL, &stage->actors[i]), RH_OK);
        (void)rh_node_run(rh_world_node(stage->world, node), 0, 10);
    }
    assert_int_equal(rh_world_set_rules(stage->world, 0, 1, rules), RH_OK);
    act(stage, 1, do_listen, "node:2");
    while (rh_world_set_up_pipes(stage->world, 0)) {
    }
    act(stage, 0, do_connect, "node:2");
    while (rh_world_set_up_pipes(stage->world, 0)) {
    }
    rh_strategy_begin(strategy);
}

static void run(const struct stage *stage)
{
    assert_int_equal(rh_world_run(stage->world), RH_END_QUIESCENT);
}

static bool tear_down(const struct stage *stage, struct rh_strategy *strategy)
{
    bool more = rh_strategy_end(strategy);
    rh_world_destroy(stage->world);
    return more;
}

/* A stream of L bytes can be cut in 2^(L-1) ways. Travelling takes longer than the write's completion, which so comes first. */
static void all_256_chunkings_of_a_frame_decode_alike(void **state)
{
    const struct rh_pipe_rules rules = {
        .chunk = RH_CHUNK_ANY, .latency_min = RH_MILLISECOND, .latency_max = RH_MILLISECOND};
    struct rh_strategy *strategy = NULL;
    struct stream stream = {.size = 0};
    size_t letters = 0;
    bool more = true;
    (void)state;
    add_frame(&stream, 4, &letters);
    assert_int_equal(stream.size, 9);
    assert_int_equal(rh_strategy_exhaustive(rh_allocator_default(), 4096, &strategy), RH_OK);
    while (more) {
        struct stage stage;
        set_up(&stage, strategy, &rules);
        act(&stage, 0, do_write, &stream);
        run(&stage);
        assert_int_equal(seen.frames, 1);
        assert_int_equal(seen.bytes, 4);
        assert_false(seen.is_bad || frame_is_open(&seen.cutter));
        more = tear_down(&stage, strategy);
    }
    assert_true(strategy->complete);
    assert_int_equal(strategy->runs, 256);
    rh_strategy_destroy(strategy);
}

/* A stream of m frames can be cut in one more places than it has bytes, m + 1 of them between frames. */
static void of_every_cut_the_whole_frames_count(void **state)
{
    static const uint32_t sizes[] = {4, 0, 11};
    const struct rh_pipe_rules rules = {.chunk = 3};
    struct stream stream = {.size = 0};
    size_t letters = 0;
    size_t ends[4] = {0};
    unsigned cuts = 0;
    unsigned clean = 0;
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        add_frame(&stream, sizes[i], &letters);
        ends[i + 1] = stream.size;
    }
    for (size_t cut = 0; cut <= stream.size; cut++, cuts++) {
        struct rh_strategy *strategy = NULL;
        struct stage stage;
        unsigned whole = 0;
        assert_int_equal(rh_strategy_fifo(rh_allocator_default(), &strategy), RH_OK);
        set_up(&stage, strategy, &rules);
        act(&stage, 0, do_write, &stream);
        const struct rh_fault_spec fault = {
            .kind = RH_FAULT_CUT_PIPE, .node = 0, .other = 1, .bytes = cut};
        rh_world_strike(stage.world, &fault);
        run(&stage);
        while (whole < 3 && ends[whole + 1] <= cut) {
            whole++;
        }
        assert_int_equal(seen.frames, whole);
        assert_false(seen.is_bad);
        assert_true(seen.is_reset);
        assert_int_equal(frame_is_open(&seen.cutter) != 0, ends[whole] != cut);
        clean += frame_is_open(&seen.cutter) ? 0 : 1;
        (void)tear_down(&stage, strategy);
        rh_strategy_destroy(strategy);
    }
    assert_int_equal(cuts, 9 + 5 + 16 + 1);
    assert_int_equal(clean, 3 + 1);
}

/* Each bit of each byte of the headers: what follows is no frame, or one of another length that never comes whole. */
static void a_flipped_header_is_never_taken_for_a_frame(void **state)
{
    const struct rh_pipe_rules rules = {.latency_min = RH_MILLISECOND,
                                        .latency_max = RH_MILLISECOND};
    struct stream stream = {.size = 0};
    size_t letters = 0;
    unsigned bad = 0;
    (void)state;
    add_frame(&stream, 4, &letters);
    for (uint64_t at = 0; at < FRAME_HEADER_BYTES; at++) {
        const struct rh_fault_spec faults[] = {{.kind = RH_FAULT_FLIP_BYTES,
                                                .node = 0,
                                                .other = 1,
                                                .bytes = at,
                                                .has_at = true,
                                                .at = RH_MILLISECOND / 2}};
        struct rh_strategy *strategy = NULL;
        struct stage stage;
        assert_int_equal(rh_strategy_fifo(rh_allocator_default(), &strategy), RH_OK);
        set_up(&stage, strategy, &rules);
        assert_int_equal(rh_world_arm(stage.world, faults, 1), RH_OK);
        act(&stage, 0, do_write, &stream);
        run(&stage);
        assert_int_equal(rh_world_fault_fired(stage.world, 0), 1);
        assert_int_equal(seen.frames, 0);
        assert_true(seen.is_bad || frame_is_open(&seen.cutter));
        bad += seen.is_bad;
        (void)tear_down(&stage, strategy);
        rh_strategy_destroy(strategy);
    }
    assert_int_equal(bad, 4); /* the mark, and lengths above the limit; 5 for 4 bytes only waits */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_256_chunkings_of_a_frame_decode_alike),
        cmocka_unit_test(of_every_cut_the_whole_frames_count),
        cmocka_unit_test(a_flipped_header_is_never_taken_for_a_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0 ? 1 : 0;
}

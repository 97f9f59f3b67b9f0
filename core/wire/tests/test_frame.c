/* SPDX-License-Identifier: MIT */
/* Wherever the stream is cut, the same frames come out. Small streams are cut in every way there is, 2^(L-1); larger ones
 * at every pair of places. Pieces that are fed lie in blocks of their exact size, and so does the cutter's buffer, so that
 * a sanitizer sees a byte too many. With the argument "all", also a stream of two messages, 2^26 ways. */
#include "core/message/tests/support.h"
#include "core/wire/frame.h"
#include "core/wire/wire.h"

#define STREAM_MAX 128

/* What has come out of a cutter: frames with their headers, one behind another. */
struct outcome {
    uint8_t bytes[STREAM_MAX];
    size_t size;
    size_t frames;
    enum frame_result last;
};

struct stream {
    const char *hex;
    uint32_t frame_bytes_max;
    size_t frames;            /* complete before the end or the flaw */
    size_t clean;             /* bytes of those */
    enum frame_result result; /* once all is fed */
};

static const struct stream streams[] = {
    {"5a00000000", 8, 1, 5, FRAME_MORE},
    {"5a0000000107", 8, 1, 6, FRAME_MORE},
    {"5a0000000107 5a00000000 5a000000020809", 2, 3, 18, FRAME_MORE},
    {"5a00000009 846473656e64000107", 9, 1, 14, FRAME_MORE},
    {"5a00000008 83646c696e6b0102", 8, 1, 13, FRAME_MORE},
    {"5a00000009 836465786974016178", 9, 1, 14, FRAME_MORE},
    {"5a0000000b 8169686561727462656174", 11, 1, 16, FRAME_MORE},
    {"5a000000020102 5a000000030102", 3, 1, 7, FRAME_MORE},
    {"5a0000000107 5b", 8, 1, 6, FRAME_BAD_HEADER},
    {"5a0000000107 00 5a0000000107", 8, 1, 6, FRAME_BAD_HEADER},
    {"5affffffff", 32768, 0, 0, FRAME_TOO_LARGE},
    {"5a00000004", 3, 0, 0, FRAME_TOO_LARGE},
    {"5a00000003010203 5a0000000401020304", 3, 1, 8, FRAME_TOO_LARGE},
};

#define STREAM_COUNT (sizeof(streams) / sizeof(streams[0]))

static void collect(struct frame_cutter *cutter, const uint8_t *input, size_t left,
                    struct outcome *outcome)
{
    const uint8_t *bytes = NULL;
    size_t size = 0;
    for (;;) {
        outcome->last = frame_next(cutter, &input, &left, &bytes, &size);
        if (outcome->last != FRAME_COMPLETE) {
            break;
        }
        assert_false(frame_is_open(cutter));
        assert_true(outcome->size + FRAME_HEADER_BYTES + size <= STREAM_MAX);
        frame_header_write(outcome->bytes + outcome->size, (uint32_t)size);
        memcpy(outcome->bytes + outcome->size + FRAME_HEADER_BYTES, bytes, size);
        outcome->size += FRAME_HEADER_BYTES + size;
        outcome->frames++;
    }
    assert_true(cutter->kept < FRAME_HEADER_BYTES + cutter->frame_bytes_max);
    assert_true(outcome->last != FRAME_MORE || left == 0);
}

/* Feed bytes from a block of their own. */
static void feed_apart(struct frame_cutter *cutter, const uint8_t *bytes, size_t size,
                       struct outcome *outcome)
{
    uint8_t *block = malloc(size > 0 ? size : 1);
    assert_non_null(block);
    memcpy(block, bytes, size);
    collect(cutter, block, size, outcome);
    free(block);
}

static uint8_t *start(struct frame_cutter *cutter, uint32_t frame_bytes_max)
{
    uint8_t *buffer = malloc((size_t)frame_bytes_max + FRAME_HEADER_BYTES);
    assert_non_null(buffer);
    frame_cutter_init(cutter, buffer, frame_bytes_max);
    return buffer;
}

static void expect_outcome(const struct stream *stream, const uint8_t *bytes,
                           const struct outcome *outcome)
{
    assert_int_equal(outcome->frames, stream->frames);
    assert_int_equal(outcome->size, stream->clean);
    assert_memory_equal(outcome->bytes, bytes, stream->clean);
    assert_int_equal(outcome->last, stream->result);
}

/* Bit i of `cuts`: the stream is cut behind byte i. */
static void play(const struct stream *stream, const uint8_t *bytes, size_t size, uint64_t cuts,
                 struct frame_cutter *cutter)
{
    struct outcome outcome = {.size = 0};
    size_t from = 0;
    frame_cutter_init(cutter, cutter->buffer, stream->frame_bytes_max);
    for (size_t i = 0; i < size; i++) {
        if (i + 1 == size || (cuts >> i & 1) != 0) {
            collect(cutter, bytes + from, i + 1 - from, &outcome);
            from = i + 1;
        }
    }
    expect_outcome(stream, bytes, &outcome);
    assert_int_equal(frame_is_open(cutter) != 0,
                     stream->result == FRAME_MORE && stream->clean < size);
}

static uint64_t play_every_chunking(const struct stream *stream)
{
    uint8_t bytes[STREAM_MAX];
    size_t size = from_hex(stream->hex, bytes, sizeof bytes);
    struct frame_cutter cutter;
    uint8_t *buffer = start(&cutter, stream->frame_bytes_max);
    uint64_t ways = (uint64_t)1 << (size - 1);
    for (uint64_t cuts = 0; cuts < ways; cuts++) {
        play(stream, bytes, size, cuts, &cutter);
    }
    free(buffer);
    return ways;
}

static void every_chunking_gives_the_same_frames(void **state)
{
    (void)state;
    uint64_t ways = 0;
    for (size_t i = 0; i < STREAM_COUNT; i++) {
        ways += play_every_chunking(&streams[i]);
    }
    assert_int_equal(ways, 16 + 32 + 131072 + 8192 + 4096 + 8192 + 32768 + 8192 + 64 + 4096 + 16 +
                               16 + 65536);
}

static void two_messages_are_cut_in_every_way(void **state)
{
    (void)state;
    const struct stream stream = {"5a00000009 846473656e64000107 5a00000008 83646c696e6b0102", 9, 2,
                                  27, FRAME_MORE};
    assert_int_equal(play_every_chunking(&stream), (uint64_t)1 << 26);
}

static void every_pair_of_cuts_gives_the_same_frames(void **state)
{
    (void)state;
    size_t tried = 0;
    for (size_t i = 0; i < STREAM_COUNT; i++) {
        uint8_t bytes[STREAM_MAX];
        size_t size = from_hex(streams[i].hex, bytes, sizeof bytes);
        for (size_t a = 0; a <= size; a++) {
            for (size_t b = a; b <= size; b++) {
                struct outcome outcome = {.size = 0};
                struct frame_cutter cutter;
                uint8_t *buffer = start(&cutter, streams[i].frame_bytes_max);
                feed_apart(&cutter, bytes, a, &outcome);
                feed_apart(&cutter, bytes + a, b - a, &outcome);
                feed_apart(&cutter, bytes + b, size - b, &outcome);
                expect_outcome(&streams[i], bytes, &outcome);
                free(buffer);
                tried++;
            }
        }
    }
    assert_true(tried > 1000);
}

/* The length of the longest run of whole frames in the first `size` bytes of a clean stream. */
static size_t whole(const uint8_t *bytes, size_t size, size_t *ret_frames)
{
    size_t at = 0;
    *ret_frames = 0;
    while (size - at >= FRAME_HEADER_BYTES &&
           size - at >= (size_t)FRAME_HEADER_BYTES + bytes[at + 4]) {
        at += (size_t)FRAME_HEADER_BYTES + bytes[at + 4];
        ++*ret_frames;
    }
    return at;
}

static void every_close_leaves_whole_frames_and_one_error(void **state)
{
    (void)state;
    uint8_t bytes[STREAM_MAX];
    size_t size = from_hex("5a00000009 846473656e64000107 5a00000000 5a00000008 83646c696e6b0102"
                           "5a00000009 836465786974016178",
                           bytes, sizeof bytes);
    size_t clean_closes = 0;
    for (size_t end = 0; end <= size; end++) {
        for (size_t cut = 0; cut <= end; cut++) {
            struct outcome outcome = {.size = 0};
            struct frame_cutter cutter;
            uint8_t *buffer = start(&cutter, 9);
            size_t frames;
            size_t clean = whole(bytes, end, &frames);
            feed_apart(&cutter, bytes, cut, &outcome);
            feed_apart(&cutter, bytes + cut, end - cut, &outcome);
            assert_int_equal(outcome.frames, frames);
            assert_int_equal(outcome.size, clean);
            assert_memory_equal(outcome.bytes, bytes, clean);
            assert_int_equal(outcome.last, FRAME_MORE);
            assert_int_equal(frame_is_open(&cutter) != 0, clean < end);
            assert_int_equal(cutter.kept, end - clean);
            clean_closes += clean == end && cut == 0;
            free(buffer);
        }
    }
    assert_int_equal(size, 46);
    assert_int_equal(clean_closes, 5);
    assert_string_equal(frame_result_word(FRAME_CUT_SHORT), "closed_in_mid_frame");
}

static void refuses_a_bomb_at_once_and_keeps_nothing(void **state)
{
    (void)state;
    const uint8_t bomb[] = {0x5a, 0xff, 0xff, 0xff, 0xff};
    for (size_t cut = 0; cut <= sizeof bomb; cut++) {
        struct outcome outcome = {.size = 0};
        struct frame_cutter cutter;
        uint8_t *buffer = start(&cutter, 32768);
        feed_apart(&cutter, bomb, cut, &outcome);
        feed_apart(&cutter, bomb + cut, sizeof bomb - cut, &outcome);
        assert_int_equal(outcome.last, FRAME_TOO_LARGE);
        assert_int_equal(cutter.kept, 0);
        assert_false(frame_is_open(&cutter));
        free(buffer);
    }
}

static void refuses_a_wrong_first_byte_without_waiting(void **state)
{
    (void)state;
    for (unsigned first = 0; first < 256; first++) {
        struct outcome outcome = {.size = 0};
        struct frame_cutter cutter;
        uint8_t byte = (uint8_t)first;
        uint8_t *buffer = start(&cutter, 8);
        feed_apart(&cutter, &byte, 1, &outcome);
        assert_int_equal(outcome.last, first == FRAME_MARK ? FRAME_MORE : FRAME_BAD_HEADER);
        assert_int_equal(cutter.kept, first == FRAME_MARK ? 1 : 0);
        free(buffer);
    }
}

static void tells_a_failure_again_and_takes_no_more(void **state)
{
    (void)state;
    const uint8_t frame[] = {0x5a, 0, 0, 0, 0};
    const enum frame_result failures[] = {FRAME_BAD_HEADER, FRAME_TOO_LARGE};
    const char *const words[] = {"bad_frame_header", "frame_too_large"};
    const uint8_t flaws[][5] = {{0x5b}, {0x5a, 0, 0, 0, 9}};
    for (size_t i = 0; i < 2; i++) {
        struct outcome outcome = {.size = 0};
        struct frame_cutter cutter;
        uint8_t *buffer = start(&cutter, 8);
        collect(&cutter, flaws[i], sizeof flaws[i], &outcome);
        assert_int_equal(outcome.last, failures[i]);
        assert_string_equal(frame_result_word(outcome.last), words[i]);
        const uint8_t *input = frame;
        size_t left = sizeof frame;
        const uint8_t *bytes = NULL;
        size_t size = 0;
        assert_int_equal(frame_next(&cutter, &input, &left, &bytes, &size), failures[i]);
        assert_int_equal(left, sizeof frame);
        assert_null(bytes);
        free(buffer);
    }
    assert_string_equal(frame_result_word(FRAME_COMPLETE), "");
    assert_string_equal(frame_result_word(FRAME_MORE), "");
}

static void accepts_exactly_the_limit(void **state)
{
    (void)state;
    for (uint32_t limit = 0; limit < 70; limit++) {
        for (uint32_t size = 0; size < 72; size++) {
            uint8_t bytes[FRAME_HEADER_BYTES + 72] = {0};
            struct outcome outcome = {.size = 0};
            struct frame_cutter cutter;
            uint8_t *buffer = start(&cutter, limit);
            frame_header_write(bytes, size);
            for (uint32_t i = 0; i < FRAME_HEADER_BYTES + size; i++) {
                collect(&cutter, bytes + i, 1, &outcome);
            }
            assert_int_equal(outcome.frames, size <= limit ? 1 : 0);
            assert_int_equal(outcome.last, size <= limit ? FRAME_MORE : FRAME_TOO_LARGE);
            free(buffer);
        }
    }
}

static void hands_out_whole_frames_where_they_lie(void **state)
{
    (void)state;
    const uint8_t stream[] = {0x5a, 0, 0, 0, 2, 1, 2, 0x5a, 0, 0, 0, 1, 3, 0x5a, 0, 0};
    struct frame_cutter cutter;
    uint8_t *buffer = start(&cutter, 8);
    const uint8_t *input = stream;
    size_t left = sizeof stream;
    const uint8_t *bytes = NULL;
    size_t size = 0;
    assert_int_equal(frame_next(&cutter, &input, &left, &bytes, &size), FRAME_COMPLETE);
    assert_ptr_equal(bytes, stream + 5);
    assert_int_equal(size, 2);
    assert_int_equal(frame_next(&cutter, &input, &left, &bytes, &size), FRAME_COMPLETE);
    assert_ptr_equal(bytes, stream + 12);
    assert_int_equal(size, 1);
    assert_int_equal(frame_next(&cutter, &input, &left, &bytes, &size), FRAME_MORE);
    assert_int_equal(left, 0);
    assert_int_equal(cutter.kept, 3);
    frame_cutter_init(&cutter, buffer, 8);
    input = stream;
    left = 7;
    assert_int_equal(frame_next(&cutter, &input, &left, &bytes, &size), FRAME_COMPLETE);
    assert_ptr_equal(bytes, stream + 5);
    assert_int_equal(left, 0);
    free(buffer);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_chunking_gives_the_same_frames),
        cmocka_unit_test(every_pair_of_cuts_gives_the_same_frames),
        cmocka_unit_test(every_close_leaves_whole_frames_and_one_error),
        cmocka_unit_test(refuses_a_bomb_at_once_and_keeps_nothing),
        cmocka_unit_test(refuses_a_wrong_first_byte_without_waiting),
        cmocka_unit_test(tells_a_failure_again_and_takes_no_more),
        cmocka_unit_test(accepts_exactly_the_limit),
        cmocka_unit_test(hands_out_whole_frames_where_they_lie),
    };
    const struct CMUnitTest all[] = {
        cmocka_unit_test(two_messages_are_cut_in_every_way),
    };
    if (argc > 1 && strcmp(argv[1], "all") == 0) {
        return cmocka_run_group_tests(all, NULL, NULL) ? 1 : 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}

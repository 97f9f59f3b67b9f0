/* SPDX-License-Identifier: MIT */
/* core/wire.md is what other languages are written from: its tables are those of the sources, every example is what we read
 * and write, bytes and all, and every bad example has the word that the page gives it. */
#include "core/message/head.h"
#include "core/message/tests/support.h"
#include "core/wire/frame.h"
#include "core/wire/wire.h"

#include <inttypes.h>

#define PAGE RH_SOURCE_DIR "/core/wire.md"
#define LINE_MAX_BYTES 1024
#define BYTES_MAX 512

/* ---- The page, line by line ---- */

enum block {
    BLOCK_NONE,
    BLOCK_GOOD,
    BLOCK_BAD,
    BLOCK_OTHER,
};

struct page {
    FILE *file;
    char line[LINE_MAX_BYTES];
    unsigned number;
    enum block block; /* of the line */
    bool plain;
    char section[LINE_MAX_BYTES];
};

static void page_open(struct page *page)
{
    memset(page, 0, sizeof *page);
    page->file = fopen(PAGE, "r");
    assert_non_null(page->file);
}

static bool begins(const char *line, const char *word)
{
    return strncmp(line, word, strlen(word)) == 0;
}

/* Read on to the next line that says something; fences are none. */
static bool page_next(struct page *page)
{
    while (fgets(page->line, sizeof page->line, page->file) != NULL) {
        size_t length = strlen(page->line);
        assert_true(length > 0 && page->line[length - 1] == '\n');
        page->line[length - 1] = '\0';
        page->number++;
        if (begins(page->line, "```")) {
            const char *info = page->line + 3;
            page->plain = strstr(info, "plain") != NULL;
            page->block = page->block != BLOCK_NONE ? BLOCK_NONE
                          : begins(info, "wire")    ? BLOCK_GOOD
                          : begins(info, "bad")     ? BLOCK_BAD
                                                    : BLOCK_OTHER;
        } else if (begins(page->line, "## ")) {
            memcpy(page->section, page->line + 3, length - 3);
        } else if (length > 1) {
            return true;
        }
    }
    assert_int_equal(page->block, BLOCK_NONE);
    fclose(page->file);
    return false;
}

/* Split a row of a table into its cells, without the blanks around them; 0: the line is no row. */
static size_t row_cells(char *line, char *cells[8])
{
    size_t count = 0;
    if (line[0] != '|' || line[1] == '-') {
        return 0;
    }
    char *at = line + 1;
    for (char *bar = strchr(at, '|'); bar != NULL && count < 8; bar = strchr(at, '|')) {
        *bar = '\0';
        while (*at == ' ') {
            at++;
        }
        for (char *end = bar; end > at && end[-1] == ' '; end--) {
            end[-1] = '\0';
        }
        cells[count++] = at;
        at = bar + 1;
    }
    return count;
}

/* ---- Diagnostic notation ---- */

struct writer {
    char text[LINE_MAX_BYTES];
    size_t length;
};

static void put(struct writer *writer, const char *text)
{
    size_t length = strlen(text);
    assert_true(writer->length + length < sizeof writer->text);
    memcpy(writer->text + writer->length, text, length + 1);
    writer->length += length;
}

static void put_number(struct writer *writer, uint64_t number)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRIu64, number);
    put(writer, text);
}

static void put_string(struct writer *writer, const uint8_t *bytes, uint64_t size, bool is_text)
{
    put(writer, is_text ? "\"" : "h'");
    for (uint64_t i = 0; i < size; i++) {
        char text[4];
        (void)snprintf(text, sizeof text, is_text ? "%c" : "%02x", (int)bytes[i]);
        put(writer, text);
    }
    put(writer, is_text ? "\"" : "'");
}

/* Write one item in CBOR's diagnostic notation; return its size. */
static size_t put_item(struct writer *writer, const uint8_t *at, size_t left)
{
    static const char *const simple[] = {"false", "true", "null", "undefined"};
    struct rh_head head = {RH_MAJOR_SIMPLE, 1, 0};
    assert_true(rh_head_read(at, left, &head));
    size_t size = head.size;
    uint64_t items = head.argument;
    switch (head.major) {
    case RH_MAJOR_UINT:
        put_number(writer, head.argument);
        return size;
    case RH_MAJOR_NEGATIVE:
        put(writer, "-");
        put_number(writer, head.argument + 1);
        return size;
    case RH_MAJOR_BYTES:
    case RH_MAJOR_TEXT:
        assert_true(head.argument <= left - size);
        put_string(writer, at + size, head.argument, head.major == RH_MAJOR_TEXT);
        return size + (size_t)head.argument;
    case RH_MAJOR_SIMPLE:
        assert_in_range(head.argument, 20, 23);
        put(writer, simple[head.argument - 20]);
        return size;
    case RH_MAJOR_TAG:
        put_number(writer, head.argument);
        put(writer, "(");
        size += put_item(writer, at + size, left - size);
        put(writer, ")");
        return size;
    case RH_MAJOR_ARRAY:
    case RH_MAJOR_MAP:
        break;
    }
    bool is_map = head.major == RH_MAJOR_MAP;
    put(writer, is_map ? "{" : "[");
    for (uint64_t i = 0; i < items; i++) {
        put(writer, i > 0 ? ", " : "");
        size += put_item(writer, at + size, left - size);
        if (is_map) {
            put(writer, ": ");
            size += put_item(writer, at + size, left - size);
        }
    }
    put(writer, is_map ? "}" : "]");
    return size;
}

/* ---- Examples ---- */

/* Cut and decode the one frame of `bytes`, as an endpoint would that is closed behind it. */
static const char *read_frame(const uint8_t *bytes, size_t size, bool plain,
                              struct wire_message *ret_message)
{
    static uint8_t buffer[32768 + FRAME_HEADER_BYTES];
    struct rh_limits limits = rh_limits_default();
    struct frame_cutter cutter;
    const uint8_t *frame = NULL;
    size_t frame_size = 0;
    limits.frame_bytes_max = 32768;
    frame_cutter_init(&cutter, buffer, limits.frame_bytes_max);
    enum frame_result cut = frame_next(&cutter, &bytes, &size, &frame, &frame_size);
    if (cut == FRAME_MORE && frame_is_open(&cutter)) {
        cut = FRAME_CUT_SHORT;
    }
    if (cut != FRAME_COMPLETE) {
        return frame_result_word(cut);
    }
    assert_int_equal(size, 0);
    return wire_result_word(wire_decode(frame, frame_size, &limits, plain, ret_message));
}

static void check_example(const char *diagnostic, const char *hex, bool plain, size_t counts[])
{
    uint8_t bytes[BYTES_MAX];
    uint8_t again[BYTES_MAX];
    struct wire_message message;
    struct writer writer = {.length = 0};
    size_t size = from_hex(hex, bytes, sizeof bytes);
    const char *word = read_frame(bytes, size, plain, &message);
    if (strcmp(word, "ok") != 0) {
        fail_msg("%s: %s", diagnostic, word);
    }
    assert_int_equal(put_item(&writer, bytes + FRAME_HEADER_BYTES, size - FRAME_HEADER_BYTES),
                     size - FRAME_HEADER_BYTES);
    assert_string_equal(writer.text, diagnostic);
    assert_int_equal(wire_encode(&message, again, sizeof again), size);
    assert_memory_equal(again, bytes, size);
    counts[message.verb]++;
}

static void every_example_is_read_and_written(void **state)
{
    (void)state;
    struct page page;
    char diagnostic[LINE_MAX_BYTES];
    size_t counts[WIRE_COUNT] = {0};
    size_t plain_counts[WIRE_COUNT] = {0};
    page_open(&page);
    while (page_next(&page)) {
        if (page.block == BLOCK_GOOD) {
            memcpy(diagnostic, page.line, sizeof diagnostic);
            assert_true(page_next(&page));
            assert_int_equal(page.block, BLOCK_GOOD);
            check_example(diagnostic, page.line, page.plain, page.plain ? plain_counts : counts);
        }
    }
    for (int verb = 0; verb < WIRE_COUNT; verb++) {
        assert_true(counts[verb] > 0);
        assert_int_equal(plain_counts[verb] > 0, wire_verb_is_plain((enum wire_verb)verb));
    }
}

/* ---- Bad input ---- */

static const char *const bad_words[] = {"bad_frame_header",   "frame_too_large", "bad_frame",
                                        "unknown_verb",       "bad_field",       "bad_item",
                                        "closed_in_mid_frame"};

#define BAD_COUNT (sizeof bad_words / sizeof bad_words[0])

static size_t find_bad(const char *word)
{
    size_t index = 0;
    while (index < BAD_COUNT && strcmp(bad_words[index], word) != 0) {
        index++;
    }
    return index;
}

static void every_bad_example_has_its_word(void **state)
{
    (void)state;
    struct page page;
    size_t counts[BAD_COUNT] = {0};
    page_open(&page);
    while (page_next(&page)) {
        if (page.block == BLOCK_BAD) {
            uint8_t bytes[BYTES_MAX];
            struct wire_message message;
            char *hex = strchr(page.line, ' ');
            assert_non_null(hex);
            *hex = '\0';
            size_t size = from_hex(hex + 1, bytes, sizeof bytes);
            assert_string_equal(read_frame(bytes, size, page.plain, &message), page.line);
            assert_true(find_bad(page.line) < BAD_COUNT);
            counts[find_bad(page.line)]++;
        }
    }
    for (size_t i = 0; i < BAD_COUNT; i++) {
        assert_true(counts[i] > 0);
    }
}

/* Everything that the cutter and the decoder answer is among the words, and the fatal ones end the connection. */
static void the_table_of_words_is_complete(void **state)
{
    (void)state;
    struct page page;
    bool fatal[BAD_COUNT] = {false};
    bool listed[BAD_COUNT] = {false};
    page_open(&page);
    while (page_next(&page)) {
        char *cells[8];
        if (strcmp(page.section, "Bad input") == 0 && row_cells(page.line, cells) == 3 &&
            strcmp(cells[0], "word") != 0) {
            size_t index = find_bad(cells[0]);
            assert_true(index < BAD_COUNT);
            listed[index] = true;
            fatal[index] = begins(cells[2], "the connection ends");
        }
    }
    for (int i = WIRE_UNKNOWN_VERB; i <= WIRE_NOT_AN_ARRAY; i++) {
        size_t index = find_bad(wire_result_word((enum wire_result)i));
        assert_true(index < BAD_COUNT && listed[index]);
        assert_int_equal(fatal[index], wire_is_fatal((enum wire_result)i));
    }
    for (int i = FRAME_BAD_HEADER; i <= FRAME_TOO_LARGE; i++) {
        size_t index = find_bad(frame_result_word((enum frame_result)i));
        assert_true(index < BAD_COUNT && listed[index] && fatal[index]);
    }
    assert_true(find_bad(frame_result_word(FRAME_CUT_SHORT)) < BAD_COUNT);
}

/* ---- Tables ---- */

struct row {
    const char *word;
    unsigned opcode;
    const char *fields;
    const char *sentence;
};

static const struct row rows[] = {
#define X(identifier, word, opcode, fields, sentence) {word, opcode, fields, sentence},
    WIRE_MAP(X)
#undef X
};

static void the_table_of_verbs_is_that_of_the_sources(void **state)
{
    (void)state;
    struct page page;
    size_t count = 0;
    page_open(&page);
    while (page_next(&page)) {
        char *cells[8];
        char opcode[16];
        if (strcmp(page.section, "Verbs") != 0 || row_cells(page.line, cells) != 5 ||
            strcmp(cells[0], "verb") == 0) {
            continue;
        }
        assert_true(count < WIRE_COUNT);
        const struct row *row = &rows[count];
        (void)snprintf(opcode, sizeof opcode, "%u", row->opcode);
        assert_string_equal(cells[0], row->word);
        assert_string_equal(cells[1], row->opcode == 0 ? "-" : opcode);
        assert_string_equal(cells[2], row->fields[0] == '\0' ? "-" : row->fields);
        assert_string_equal(cells[3], wire_verb_is_plain((enum wire_verb)count) ? "yes" : "");
        assert_string_equal(cells[4], row->sentence);
        count++;
    }
    assert_int_equal(count, WIRE_COUNT);
}

static bool is_limit(const char *name, const char *value, const char *sentence)
{
    char text[16];
#define X(field, production, hostile, words)                                                       \
    (void)snprintf(text, sizeof text, "%d", production);                                           \
    if (strcmp(#field, name) == 0) {                                                               \
        return strcmp(text, value) == 0 && strcmp(words, sentence) == 0;                           \
    }
    RH_LIMITS_MAP(X)
#undef X
    return false;
}

static void the_limits_are_those_of_the_sources(void **state)
{
    (void)state;
    struct page page;
    size_t count = 0;
    page_open(&page);
    while (page_next(&page)) {
        char *cells[8];
        if (strcmp(page.section, "Limits") == 0 && row_cells(page.line, cells) == 3 &&
            strcmp(cells[0], "limit") != 0) {
            assert_true(is_limit(cells[0], cells[1], cells[2]));
            count++;
        }
    }
    assert_true(count >= 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_example_is_read_and_written),
        cmocka_unit_test(every_bad_example_has_its_word),
        cmocka_unit_test(the_table_of_words_is_complete),
        cmocka_unit_test(the_table_of_verbs_is_that_of_the_sources),
        cmocka_unit_test(the_limits_are_those_of_the_sources),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}

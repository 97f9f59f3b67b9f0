/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness/document/diagnostic.h"
#include "harness/document/source.h"
#include "harness/document/utf8.h"

struct fixture {
    struct rh_document_source source;
    struct rh_diagnostics diagnostics;
};

static int prepare(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    if (fixture == NULL) {
        return 1;
    }
    rh_diagnostics_init(&fixture->diagnostics, NULL);
    *state = fixture;
    return 0;
}

static int clean_up(void **state)
{
    struct fixture *fixture = *state;
    rh_diagnostics_deinit(&fixture->diagnostics);
    rh_source_deinit(&fixture->source);
    free(fixture);
    return 0;
}

static enum rh_status copy(struct fixture *fixture, const char *bytes, size_t length)
{
    return rh_source_copy(&fixture->source, NULL, "test.yaml", bytes, length,
                          &fixture->diagnostics);
}

static void write_file(const char *path, const char *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static void finds_lines_whatever_ends_them(void **state)
{
    struct fixture *fixture = *state;
    static const char text[] = "one\ntwo\r\nthree\rfour";
    static const char *const lines[] = {"one", "two", "three", "four"};
    assert_int_equal(copy(fixture, text, sizeof text - 1), RH_OK);
    assert_int_equal(fixture->source.line_count, 4);
    for (uint32_t i = 0; i < 4; i++) {
        size_t length;
        const char *line = rh_source_line(&fixture->source, i + 1, &length);
        assert_int_equal(length, strlen(lines[i]));
        assert_memory_equal(line, lines[i], length);
    }
}

static void gives_an_empty_text_one_line(void **state)
{
    struct fixture *fixture = *state;
    size_t length = 1;
    assert_int_equal(copy(fixture, "", 0), RH_OK);
    assert_int_equal(fixture->source.line_count, 1);
    (void)rh_source_line(&fixture->source, 1, &length);
    assert_int_equal(length, 0);
    (void)rh_source_line(&fixture->source, 2, &length);
    assert_int_equal(length, 0);
    struct rh_mark mark = rh_source_mark(&fixture->source, 7);
    assert_int_equal(mark.line, 1);
    assert_int_equal(mark.column, 1);
    assert_int_equal(mark.offset, 0);
}

static void counts_columns_in_characters(void **state)
{
    struct fixture *fixture = *state;
    static const char text[] = "a\n\xc3\xa9\xe6\xbc\xa2\xf0\x9f\x8e\xadz";
    assert_int_equal(copy(fixture, text, sizeof text - 1), RH_OK);
    struct rh_mark mark = rh_source_mark(&fixture->source, sizeof text - 2);
    assert_int_equal(mark.line, 2);
    assert_int_equal(mark.column, 4);
    assert_int_equal(mark.offset, sizeof text - 2);
}

static void leaves_the_byte_order_mark_out(void **state)
{
    struct fixture *fixture = *state;
    static const char text[] = "\xef\xbb\xbfname: x\n";
    assert_int_equal(copy(fixture, text, sizeof text - 1), RH_OK);
    assert_string_equal(fixture->source.bytes, "name: x\n");
    assert_int_equal(fixture->source.length, 8);
    assert_int_equal(fixture->source.line_starts[1], 8);
}

static void accepts_exactly_the_largest_text(void **state)
{
    struct fixture *fixture = *state;
    char *text = malloc(RH_SOURCE_BYTES_MAX + 1);
    assert_non_null(text);
    memset(text, '\n', RH_SOURCE_BYTES_MAX + 1);
    assert_int_equal(copy(fixture, text, RH_SOURCE_BYTES_MAX), RH_OK);
    assert_int_equal(fixture->source.line_count, RH_SOURCE_BYTES_MAX + 1);
    rh_source_deinit(&fixture->source);
    assert_int_equal(copy(fixture, text, RH_SOURCE_BYTES_MAX + 1), RH_LIMIT);
    assert_int_equal(fixture->diagnostics.error_count, 1);
    rh_source_deinit(&fixture->source);
    write_file(RH_TEST_DIR "/largest", text, RH_SOURCE_BYTES_MAX);
    assert_int_equal(
        rh_source_load(&fixture->source, NULL, RH_TEST_DIR "/largest", &fixture->diagnostics),
        RH_OK);
    assert_int_equal(fixture->source.length, RH_SOURCE_BYTES_MAX);
    rh_source_deinit(&fixture->source);
    write_file(RH_TEST_DIR "/too-large", text, RH_SOURCE_BYTES_MAX + 1);
    assert_int_equal(
        rh_source_load(&fixture->source, NULL, RH_TEST_DIR "/too-large", &fixture->diagnostics),
        RH_LIMIT);
    free(text);
}

static void says_why_a_file_cannot_be_read(void **state)
{
    struct fixture *fixture = *state;
    static const char fifo[] = RH_TEST_DIR "/fifo";
    struct rh_text_buffer out;
    assert_int_equal(
        rh_source_load(&fixture->source, NULL, "no/such/file.yaml", &fixture->diagnostics), RH_IO);
    assert_int_equal(fixture->source.os_error, ENOENT);
    rh_source_deinit(&fixture->source);
    assert_int_equal(rh_source_load(&fixture->source, NULL, "/", &fixture->diagnostics), RH_IO);
    assert_int_equal(fixture->source.os_error, EISDIR);
    rh_source_deinit(&fixture->source);
    assert_int_equal(rh_source_load(&fixture->source, NULL, "/dev/null", &fixture->diagnostics),
                     RH_IO);
    rh_source_deinit(&fixture->source);
    (void)unlink(fifo);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(rh_source_load(&fixture->source, NULL, fifo, &fixture->diagnostics), RH_IO);
    rh_text_buffer_init(&out, NULL, 4096);
    assert_int_equal(rh_diagnostics_render(&fixture->diagnostics, false, &out), RH_OK);
    assert_string_equal(rh_text_buffer_text(&out),
                        "no/such/file.yaml: error: cannot open: No such file or directory\n"
                        "/: error: cannot read: it is a directory\n"
                        "      hint: name a file in it\n"
                        "/dev/null: error: cannot read: it is a device\n" RH_TEST_DIR
                        "/fifo: error: cannot read: it is a pipe\n");
    rh_text_buffer_deinit(&out);
}

/* Every pair of first and second byte, completed with well-formed tails, against the definition. */
static void decodes_utf8_as_it_is_defined(void **state)
{
    (void)state;
    for (unsigned first = 0; first < 256; first++) {
        for (unsigned second = 0; second < 256; second++) {
            const char bytes[] = {(char)first, (char)second, '\x80', '\x80'};
            uint32_t value = RH_UTF8_BAD;
            if (first < 0x80) {
                value = first;
            } else if ((second & 0xc0) == 0x80 && first >= 0xc0 && first < 0xf8) {
                unsigned more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
                static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
                value = (first & (0x3fu >> more)) << (6 * more) | (second & 0x3fu)
                                                                      << (6 * (more - 1));
                bool is_bad =
                    value < least[more] || (value >= 0xd800 && value < 0xe000) || value > 0x10ffff;
                value = is_bad ? RH_UTF8_BAD : value;
            }
            assert_int_equal(rh_utf8_next(bytes, sizeof bytes).value, value);
        }
    }
    assert_int_equal(rh_utf8_next("\xc3", 1).value, RH_UTF8_BAD);
    assert_int_equal(rh_utf8_next("\xe6\xbc", 2).value, RH_UTF8_BAD);
    assert_int_equal(rh_utf8_next("\xe6\xbcz", 3).value, RH_UTF8_BAD);
    assert_int_equal(rh_utf8_next("\xf0\x9f\x8ez", 4).value, RH_UTF8_BAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(finds_lines_whatever_ends_them, prepare, clean_up),
        cmocka_unit_test_setup_teardown(gives_an_empty_text_one_line, prepare, clean_up),
        cmocka_unit_test_setup_teardown(counts_columns_in_characters, prepare, clean_up),
        cmocka_unit_test_setup_teardown(leaves_the_byte_order_mark_out, prepare, clean_up),
        cmocka_unit_test_setup_teardown(accepts_exactly_the_largest_text, prepare, clean_up),
        cmocka_unit_test_setup_teardown(says_why_a_file_cannot_be_read, prepare, clean_up),
        cmocka_unit_test(decodes_utf8_as_it_is_defined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}

/* SPDX-License-Identifier: MIT */
/* One decoder, and what each format does with a character. */
#include "reports/escape.h"

#include <stdbool.h>
#include <string.h>

#define REPLACEMENT UINT32_C(0xFFFD)

uint32_t escape_next(const char **at)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    const unsigned char *bytes = (const unsigned char *)*at;
    unsigned more = bytes[0] < 0x80 ? 0 : bytes[0] >= 0xF0 ? 3 : bytes[0] >= 0xE0 ? 2 : 1;
    uint32_t character = more == 0 ? bytes[0] : bytes[0] & (0x3FU >> more);
    if (bytes[0] >= 0x80 && (bytes[0] < 0xC2 || bytes[0] > 0xF4)) {
        *at += 1;
        return REPLACEMENT;
    }
    for (unsigned i = 1; i <= more; i++) {
        if ((bytes[i] & 0xC0U) != 0x80) {
            *at += 1;
            return REPLACEMENT;
        }
        character = character << 6 | (bytes[i] & 0x3FU);
    }
    bool is_surrogate = character >= 0xD800 && character <= 0xDFFF;
    if (character < least[more] || is_surrogate || character > 0x10FFFF) {
        *at += 1;
        return REPLACEMENT;
    }
    *at += more + 1;
    return character;
}

void escape_utf8(FILE *out, uint32_t character)
{
    if (character < 0x80) {
        (void)fputc((int)character, out);
    } else if (character < 0x800) {
        (void)fprintf(out, "%c%c", (int)(0xC0 | character >> 6), (int)(0x80 | (character & 0x3F)));
    } else if (character < 0x10000) {
        (void)fprintf(out, "%c%c%c", (int)(0xE0 | character >> 12),
                      (int)(0x80 | (character >> 6 & 0x3F)), (int)(0x80 | (character & 0x3F)));
    } else {
        (void)fprintf(out, "%c%c%c%c", (int)(0xF0 | character >> 18),
                      (int)(0x80 | (character >> 12 & 0x3F)), (int)(0x80 | (character >> 6 & 0x3F)),
                      (int)(0x80 | (character & 0x3F)));
    }
}

void escape_xml(FILE *out, const char *text)
{
    while (*text != '\0') {
        uint32_t character = escape_next(&text);
        bool is_control = character < 0x20 && character != '\t' && character != '\n';
        switch (character) {
        case '<':
            (void)fputs("&lt;", out);
            break;
        case '>':
            (void)fputs("&gt;", out);
            break;
        case '&':
            (void)fputs("&amp;", out);
            break;
        case '"':
            (void)fputs("&quot;", out);
            break;
        default:
            escape_utf8(out, is_control || character == 0xFFFE || character == 0xFFFF ? REPLACEMENT
                                                                                      : character);
            break;
        }
    }
}

/* A `<` could end the element that a script stands in. */
static void put_json(FILE *out, const char *text, bool is_script)
{
    (void)fputc('"', out);
    while (*text != '\0') {
        uint32_t character = escape_next(&text);
        if (character == '"' || character == '\\') {
            (void)fprintf(out, "\\%c", (int)character);
        } else if (character == '\n') {
            (void)fputs("\\n", out);
        } else if ((character == '<' && is_script) || character < 0x20 ||
                   (character >= 0x7F && character < 0xA0) || character == 0x2028 ||
                   character == 0x2029 || character == 0xFEFF || character == 0xFFFE ||
                   character == 0xFFFF) {
            (void)fprintf(out, "\\u%04x", (unsigned)character);
        } else {
            escape_utf8(out, character);
        }
    }
    (void)fputc('"', out);
}

void escape_json(FILE *out, const char *text)
{
    put_json(out, text, false);
}

void escape_script(FILE *out, const char *text)
{
    put_json(out, text, true);
}

void escape_tap(FILE *out, const char *text)
{
    while (*text != '\0') {
        uint32_t character = escape_next(&text);
        if (character == '#' || character == '\\') {
            (void)fputc('\\', out);
        }
        escape_utf8(out,
                    character < 0x20 || (character >= 0x7F && character < 0xA0) ? '.' : character);
    }
}

void escape_command(FILE *out, const char *text, int is_property)
{
    while (*text != '\0') {
        uint32_t character = escape_next(&text);
        bool is_special = character == '%' || character == '\r' || character == '\n' ||
                          (is_property && (character == ':' || character == ','));
        if (is_special) {
            (void)fprintf(out, "%%%02X", (unsigned)character);
        } else {
            escape_utf8(out, character < 0x20 ? '.' : character);
        }
    }
}

void escape_markdown(FILE *out, const char *text)
{
    while (*text != '\0') {
        uint32_t character = escape_next(&text);
        if (character == '<') {
            (void)fputs("&lt;", out);
        } else if (character == '&') {
            (void)fputs("&amp;", out);
        } else if (character < 0x80 && strchr("|`*_[]\\", (int)character) != NULL) {
            (void)fprintf(out, "\\%c", (int)character);
        } else {
            escape_utf8(out, character < 0x20 ? ' ' : character);
        }
    }
}

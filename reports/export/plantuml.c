/* SPDX-License-Identifier: MIT */
/* As Mermaid's, with what PlantUML adds: colours for faults and violations, dividers for what is nobody's. Its texts are
 * markup (creole, and macros behind % and $), so that what may mean something is written as <U+XXXX>; brackets, dashes and
 * the like mean something only when they are doubled. */
#include "reports/export/export.h"

#include "reports/escape.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_BYTES 120

static void put_text(FILE *out, const char *text)
{
    uint32_t before = 0;
    while (*text != '\0') {
        uint32_t character = escape_next(&text);
        bool is_ascii = character >= 0x20 && character < 0x7F;
        bool is_doubled = character == before && character != ' ';
        before = character;
        if (!is_ascii && (character < 0xA0 || character == 0x2028 || character == 0x2029)) {
            (void)fputc('.', out);
        } else if (is_ascii && (strchr("<>\"~\\|%!$&'`@^=;", (int)character) != NULL ||
                                (is_doubled && strchr("[]-_*/.{}#:+", (int)character) != NULL))) {
            (void)fprintf(out, "<U+%04lX>", (unsigned long)character);
        } else {
            escape_utf8(out, character);
        }
    }
}

static void begin(struct export *export)
{
    (void)fputs("@startuml\nhide footbox\n", export->out);
    for (uint32_t i = 1; i <= export->history->reader.name_count; i++) {
        char *name = export->has_column[i] ? export_name(export, i) : NULL;
        if (name != NULL) {
            char text[TEXT_BYTES];
            export_cut(name, text, sizeof text);
            (void)fputs("participant \"", export->out);
            put_text(export->out, *text == '\0' ? " " : text);
            (void)fprintf(export->out, "\" as a%lu\n", (unsigned long)i);
        }
        free(name);
    }
}

static void put_left(FILE *out, const struct export_event *event)
{
    unsigned long actor = event->actor;
    unsigned long peer = event->peer;
    switch (event->what) {
    case EXPORT_SEND:
        (void)fprintf(out, "a%lu --> a%lu : ", actor, peer);
        break;
    case EXPORT_ARRIVAL:
        (void)fprintf(out, "a%lu -> a%lu : ", peer, actor);
        break;
    case EXPORT_LOSS:
        (void)fprintf(out, "a%lu ->x a%lu : ", peer, actor);
        break;
    case EXPORT_FAULT:
        (void)fprintf(out, "note over a%lu #FFD0A0 : ", actor);
        break;
    case EXPORT_VIOLATION:
        (void)fprintf(out, "note over a%lu #FFB0B0 : ", actor);
        break;
    default:
        (void)fprintf(out, "note over a%lu : ", actor);
        break;
    }
}

static void event(struct export *export, const struct export_event *event)
{
    FILE *out = export->out;
    char text[TEXT_BYTES];
    bool is_short = event->what == EXPORT_SEND || event->what == EXPORT_ARRIVAL;
    if (event->what == EXPORT_SEND && event->is_sent) {
        return;
    }
    if (event->what == EXPORT_VIOLATION) {
        char *name = export_string(event->item->result.invariant);
        (void)snprintf(text, sizeof text, "%s is violated", name == NULL ? "?" : name);
        free(name);
    } else {
        export_cut(is_short ? event->label : event->text, text, sizeof text);
    }
    if (event->actor == 0) {
        (void)fputs("== ", out);
    } else {
        put_left(out, event);
    }
    (void)fprintf(out, "%llu ", (unsigned long long)event->item->step);
    put_text(out, text);
    (void)fputs(event->actor == 0 ? " ==\n" : "\n", out);
}

static void end(struct export *export)
{
    (void)fputs("@enduml\n", export->out);
}

const struct export_format export_plantuml = {begin, event, end};

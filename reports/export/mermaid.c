/* SPDX-License-Identifier: MIT */
/* A participant an actor, an arrow where something arrives, a cross where it has no effect, a note for everything else. What
 * was sent shows where it arrives; if it does not, as a dotted arrow. Mermaid has no quoting: what means something to it is
 * written as the code of its character, and texts are short, since viewers refuse large diagrams. */
#include "reports/export/export.h"

#include "reports/escape.h"

#include <stdlib.h>

#define TEXT_BYTES 80

static void put_text(FILE *out, const char *text)
{
    while (*text != '\0') {
        uint32_t character = escape_next(&text);
        bool is_plain = character >= 0x20 && character < 0x7F && character != '#' &&
                        character != ';' && character != '"' && character != '<' &&
                        character != '>' && character != '&' && character != '`' &&
                        character != '%';
        if (is_plain) {
            (void)fputc((int)character, out);
        } else {
            (void)fprintf(out, "#%lu;", (unsigned long)(character < 0x20 ? '.' : character));
        }
    }
}

static void begin(struct export *export)
{
    (void)fputs("sequenceDiagram\n", export->out);
    for (uint32_t i = 1; i <= export->history->reader.name_count; i++) {
        char *name = export->has_column[i] ? export_name(export, i) : NULL;
        if (name != NULL) {
            char text[TEXT_BYTES];
            export_cut(name, text, sizeof text);
            (void)fprintf(export->out, "    participant a%lu as ", (unsigned long)i);
            put_text(export->out, text);
            (void)fputc('\n', export->out);
        }
        free(name);
    }
}

static void put_arrow(FILE *out, uint32_t from, const char *arrow, uint32_t to)
{
    (void)fprintf(out, "    a%lu%sa%lu: ", (unsigned long)from, arrow, (unsigned long)to);
}

static void event(struct export *export, const struct export_event *event)
{
    FILE *out = export->out;
    char text[TEXT_BYTES];
    bool is_short = event->what == EXPORT_SEND || event->what == EXPORT_ARRIVAL;
    if (event->actor == 0 || (event->what == EXPORT_SEND && event->is_sent)) {
        return;
    }
    if (event->what == EXPORT_SEND) {
        put_arrow(out, event->actor, "--)", event->peer);
    } else if (event->what == EXPORT_ARRIVAL) {
        put_arrow(out, event->peer, "->>", event->actor);
    } else if (event->what == EXPORT_LOSS) {
        put_arrow(out, event->peer, "-x", event->actor);
    } else {
        (void)fprintf(out, "    Note over a%lu: ", (unsigned long)event->actor);
    }
    (void)fprintf(out, "%llu ", (unsigned long long)event->item->step);
    if (event->what == EXPORT_VIOLATION) {
        char *name = export_string(event->item->result.invariant);
        (void)snprintf(text, sizeof text, "%s is violated", name == NULL ? "?" : name);
        free(name);
    } else {
        export_cut(is_short ? event->label : event->text, text, sizeof text);
    }
    put_text(out, text);
    (void)fputc('\n', out);
}

static void end(struct export *export)
{
    (void)export;
}

const struct export_format export_mermaid = {begin, event, end};

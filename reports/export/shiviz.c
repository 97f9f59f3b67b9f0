/* SPDX-License-Identifier: MIT */
/*
 * One line an event, `host {"host":1,"other":2} text`: what ShiViz reads with
 *
 *     (?<host>\S+) (?<clock>\{.*\}) (?<event>.*)
 *
 * Only what is shown ticks, but clocks pass through everything: a choice of events keeps its order. Clocks are short lists,
 * since most actors know few others; a clock is kept with what was sent for as long as somebody may still handle it. What
 * arrives from another node is an event of the endpoint that reads it; what departs is nobody's, and has no line.
 */
#include "reports/export/export.h"

#include "reports/escape.h"

#include <stdlib.h>
#include <string.h>

#define NOBODY "(world)"
#define NO_BREAK_SPACE 0xA0
/* Entries that are merged or printed: a run in which everybody knows everybody is more than anybody looks at. */
#define ENTRIES_MAX ((uint64_t)1 << 27)

struct entry {
    uint32_t actor;
    uint32_t count;
};

struct clock {
    struct entry *entries; /**< by actor, ascending */
    uint32_t count;
    uint32_t capacity;
};

struct shiviz {
    struct clock *actors;
    struct clock *sent; /**< by moment */
    uint32_t *waiting; /**< by moment: how many others are caused by it and have not happened yet */
    char **hosts;
    struct clock merged; /**< room */
    uint32_t next;
    uint64_t entries;
};

/* ---- clocks ---- */

static bool reserve(struct clock *clock, uint32_t count)
{
    if (count <= clock->capacity) {
        return true;
    }
    uint32_t capacity = count < 4 ? 4 : count + count / 2;
    struct entry *entries = realloc(clock->entries, capacity * sizeof *entries);
    if (entries == NULL) {
        return false;
    }
    clock->entries = entries;
    clock->capacity = capacity;
    return true;
}

static bool copy(struct clock *to, const struct clock *from)
{
    if (!reserve(to, from->count)) {
        return false;
    }
    if (from->count > 0) {
        memcpy(to->entries, from->entries, from->count * sizeof *from->entries);
    }
    to->count = from->count;
    return true;
}

static bool merge(struct clock *clock, const struct clock *other, struct clock *room)
{
    uint32_t a = 0;
    uint32_t b = 0;
    room->count = 0;
    if (!reserve(room, clock->count + other->count)) {
        return false;
    }
    while (a < clock->count || b < other->count) {
        struct entry *entry = &room->entries[room->count++];
        if (b == other->count ||
            (a < clock->count && clock->entries[a].actor < other->entries[b].actor)) {
            *entry = clock->entries[a++];
        } else if (a == clock->count || other->entries[b].actor < clock->entries[a].actor) {
            *entry = other->entries[b++];
        } else {
            *entry = clock->entries[a++];
            uint32_t count = other->entries[b++].count;
            entry->count = count > entry->count ? count : entry->count;
        }
    }
    return copy(clock, room);
}

static bool tick(struct clock *clock, uint32_t actor)
{
    uint32_t at = 0;
    while (at < clock->count && clock->entries[at].actor < actor) {
        at++;
    }
    if (at == clock->count || clock->entries[at].actor != actor) {
        if (!reserve(clock, clock->count + 1)) {
            return false;
        }
        memmove(&clock->entries[at + 1], &clock->entries[at],
                (clock->count - at) * sizeof *clock->entries);
        clock->entries[at] = (struct entry){actor, 0};
        clock->count++;
    }
    clock->entries[at].count++;
    return true;
}

static void release(struct clock *clock)
{
    free(clock->entries);
    *clock = (struct clock){0};
}

/* ---- moments ---- */

static bool pass(struct export *export, uint32_t index)
{
    struct shiviz *shiviz = export->state;
    const struct rh_moment *moment = &export->history->moments[index];
    struct clock under_way = {0};
    struct clock *clock =
        moment->line == RH_HISTORY_NONE ? &under_way : &shiviz->actors[moment->line];
    bool ok = true;
    if (moment->cause != RH_HISTORY_NONE) {
        struct clock *sent = &shiviz->sent[moment->cause];
        shiviz->entries += clock->count + sent->count;
        ok = merge(clock, sent, &shiviz->merged);
        if (--shiviz->waiting[moment->cause] == 0) {
            release(sent);
        }
    }
    if (ok && export->is_shown[index] && moment->line != RH_HISTORY_NONE) {
        ok = tick(clock, moment->line);
    }
    ok = ok && (shiviz->waiting[index] == 0 || copy(&shiviz->sent[index], clock));
    release(&under_way);
    return ok;
}

/* ---- hosts: no spaces, no quotes, no two alike ---- */

static bool is_plain(const char *name)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_./:@#-";
    return *name != '\0' && name[strspn(name, plain)] == '\0';
}

static int compare(const void *a, const void *b)
{
    return strcmp(**(char **const *)a, **(char **const *)b);
}

static char *numbered(char *name, uint32_t actor)
{
    size_t size = strlen(name) + sizeof "~4294967295";
    char *host = malloc(size);
    if (host != NULL) {
        for (char *at = name; *at != '\0'; at++) {
            *at = is_plain((char[2]){*at, '\0'}) ? *at : '_';
        }
        (void)snprintf(host, size, "%s~%lu", name, (unsigned long)actor);
    }
    free(name);
    return host;
}

/* Equal names are beside each other once sorted; a number makes them different, and no plain name has a ~ in it. */
static bool name_hosts(struct export *export, struct shiviz *shiviz)
{
    uint32_t count = export->history->reader.name_count;
    char ***sorted = calloc((size_t)count + 1, sizeof *sorted);
    bool *is_double = calloc((size_t)count + 1, sizeof *is_double);
    bool ok = sorted != NULL && is_double != NULL;
    for (uint32_t i = 0; i <= count && ok; i++) {
        shiviz->hosts[i] = i == 0 ? export_string((struct rh_text){NOBODY, strlen(NOBODY)})
                                  : export_name(export, i);
        sorted[i] = &shiviz->hosts[i];
        ok = shiviz->hosts[i] != NULL;
    }
    if (ok) {
        qsort(sorted, (size_t)count + 1, sizeof *sorted, compare);
    }
    for (uint32_t i = 1; i <= count && ok; i++) {
        is_double[sorted[i] - shiviz->hosts] = strcmp(*sorted[i - 1], *sorted[i]) == 0;
    }
    for (uint32_t i = 1; i <= count && ok; i++) {
        if (is_double[i] || !is_plain(shiviz->hosts[i])) {
            shiviz->hosts[i] = numbered(shiviz->hosts[i], i);
            ok = shiviz->hosts[i] != NULL;
        }
    }
    free(sorted);
    free(is_double);
    return ok;
}

/* ---- the format ---- */

static void begin(struct export *export)
{
    const struct rh_history *history = export->history;
    size_t actors = (size_t)history->reader.name_count + 1;
    struct shiviz *shiviz = export->state = export_allocate(export, 1, sizeof *shiviz);
    if (shiviz == NULL) {
        return;
    }
    shiviz->actors = export_allocate(export, actors, sizeof *shiviz->actors);
    shiviz->hosts = export_allocate(export, actors, sizeof *shiviz->hosts);
    shiviz->sent = export_allocate(export, history->count, sizeof *shiviz->sent);
    shiviz->waiting = export_allocate(export, history->count, sizeof *shiviz->waiting);
    if (export->status == RH_OK && !name_hosts(export, shiviz)) {
        export->status = RH_NO_MEMORY;
    }
    for (uint32_t i = 0; i < history->count && export->status == RH_OK; i++) {
        if (history->moments[i].cause != RH_HISTORY_NONE) {
            shiviz->waiting[history->moments[i].cause]++;
        }
    }
}

static void put_clock(FILE *out, const struct shiviz *shiviz, const struct clock *clock)
{
    for (uint32_t i = 0; i < clock->count; i++) {
        (void)fprintf(out, "%s\"%s\":%lu", i == 0 ? "{" : ",",
                      shiviz->hosts[clock->entries[i].actor],
                      (unsigned long)clock->entries[i].count);
    }
    (void)fputc('}', out);
}

/* One line for every language: what ends a line in any of them is a dot. A brace with a space behind it would be taken for the
 * end of the clock: that space is one that does not break. */
static void put_text(FILE *out, const char *text)
{
    uint32_t last = 0;
    while (*text != '\0') {
        uint32_t character = escape_next(&text);
        character = character == ' ' && last == '}' ? NO_BREAK_SPACE : character;
        last = character;
        bool is_end = character < 0x20 || (character >= 0x7F && character < 0xA0) ||
                      character == 0x2028 || character == 0x2029;
        escape_utf8(out, is_end ? '.' : character);
    }
}

static void event(struct export *export, const struct export_event *event)
{
    struct shiviz *shiviz = export->state;
    bool is_aside = event->index == RH_HISTORY_NONE;
    uint32_t host = is_aside ? event->actor : export->history->moments[event->index].line;
    bool ok = true;
    if (is_aside) {
        ok = tick(&shiviz->actors[host], host);
    }
    while (ok && event->index != RH_HISTORY_NONE && shiviz->next <= event->index) {
        ok = pass(export, shiviz->next++);
    }
    shiviz->entries += host == RH_HISTORY_NONE ? 0 : shiviz->actors[host].count;
    if (!ok || shiviz->entries > ENTRIES_MAX) {
        export->status = ok ? RH_LIMIT : RH_NO_MEMORY;
        return;
    }
    if (host == RH_HISTORY_NONE) {
        return; /* it is on its way, which is no host's event */
    }
    (void)fprintf(export->out, "%s ", shiviz->hosts[host]);
    put_clock(export->out, shiviz, &shiviz->actors[host]);
    (void)fprintf(export->out, " %llu ", (unsigned long long)event->item->step);
    if (host != event->actor) {
        (void)fprintf(export->out, "%s: ", shiviz->hosts[event->actor]);
    }
    put_text(export->out, event->text);
    (void)fputc('\n', export->out);
}

static void end(struct export *export)
{
    struct shiviz *shiviz = export->state;
    if (shiviz == NULL) {
        return;
    }
    for (uint32_t i = 0; i <= export->history->reader.name_count; i++) {
        if (shiviz->actors != NULL) {
            release(&shiviz->actors[i]);
        }
        if (shiviz->hosts != NULL) {
            free(shiviz->hosts[i]);
        }
    }
    for (uint32_t i = 0; i < export->history->count && shiviz->sent != NULL; i++) {
        release(&shiviz->sent[i]);
    }
    release(&shiviz->merged);
    free(shiviz->actors);
    free(shiviz->hosts);
    free(shiviz->sent);
    free(shiviz->waiting);
    free(shiviz);
}

const struct export_format export_shiviz = {begin, event, end};

/* SPDX-License-Identifier: MIT */
/*
 * A step is one sentence: who it is about, what was handled, and what that did. The words are those of somebody who tells a
 * colleague; the exact events are in the diagram and in the trace.
 */
#include "harness/shrink/tell.h"

#include "harness/document/text_buffer.h"
#include "harness/trace/columns.h"
#include "harness/trace/history.h"
#include "harness/trace/print.h"

#include <stdarg.h>
#include <string.h>

#define STEPS_MAX 40u
#define PHRASE_BYTES 400u
#define SENTENCE_BYTES 2400u

/* ---- paragraphs ---- */

static const char *strong(const struct rh_tell *tell)
{
    return tell->with_colour ? "\x1b[1m" : "";
}

static const char *off(const struct rh_tell *tell)
{
    return tell->with_colour ? "\x1b[0m" : "";
}

static void put_title(const struct rh_tell *tell, const char *title)
{
    (void)fprintf(tell->out, "\n%s%s%s\n", strong(tell), title, off(tell));
}

/* Text behind what the line has already, `indent` characters of it, in as many lines as it takes. */
static void put_wrapped(const struct rh_tell *tell, unsigned indent, const char *text)
{
    size_t room = tell->width > indent + 20 ? tell->width - indent : 60;
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        size_t cut = length;
        if (length > room) {
            cut = room;
            while (cut > 0 && text[cut] != ' ') {
                cut--;
            }
            cut = cut == 0 ? length : cut;
        }
        rh_trace_put_text(tell->out, (struct rh_text){text, cut});
        (void)fputc('\n', tell->out);
        text += cut;
        text += *text == ' ' || *text == '\n';
        if (*text != '\0') {
            (void)fprintf(tell->out, "%*s", (int)indent, "");
        }
    }
}

static void put_paragraph(const struct rh_tell *tell, const char *format, ...) RH_PRINTF_LIKE(2, 3);
static void put_paragraph(const struct rh_tell *tell, const char *format, ...)
{
    char text[SENTENCE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    (void)fputs("  ", tell->out);
    put_wrapped(tell, 2, text);
}

static void put_field(const struct rh_tell *tell, const char *title, const char *text)
{
    if (*text != '\0') {
        (void)fprintf(tell->out, "  %s%-9s%s ", strong(tell), title, off(tell));
        put_wrapped(tell, 12, text);
    }
}

void rh_tell_failure(const struct rh_tell *tell, const struct rh_shrunk *shrunk)
{
    const struct rh_fingerprint *failure = &shrunk->failure;
    char seen[RH_VIOLATION_TEXT_BYTES + 64];
    struct rh_history history;
    char expected[RH_VIOLATION_TEXT_BYTES] = "";
    (void)snprintf(seen, sizeof seen, "%s (at step %llu of %llu%s)", failure->observed,
                   (unsigned long long)failure->step, (unsigned long long)shrunk->after.steps,
                   shrunk->after.steps < shrunk->before.steps ? " of the shrunk run" : "");
    if (rh_history_load(&history, shrunk->allocator, shrunk->trace.bytes, shrunk->trace.size) ==
            RH_OK &&
        history.has_footer) {
        (void)snprintf(expected, sizeof expected, "%.*s", (int)history.result.expected.size,
                       history.result.expected.bytes);
    }
    rh_history_deinit(&history);
    put_field(tell, "expected", expected);
    put_field(tell, "seen", seen);
}

/* ---- phrases ---- */

struct phrase {
    char text[PHRASE_BYTES];
    char peer[RH_FINGERPRINT_NAME_BYTES];
    char payload[PHRASE_BYTES / 2];
};

static void name_of(const struct rh_history *history, uint32_t actor, char *buffer, size_t capacity)
{
    struct rh_text name = rh_trace_name(&history->reader, actor);
    (void)snprintf(buffer, capacity, "%.*s", (int)name.size, name.bytes);
}

static void say_handle(struct phrase *phrase, const struct rh_trace_item *item)
{
    const char *peer = phrase->peer;
    const char *payload = phrase->payload;
    char *text = phrase->text;
    switch (item->signal) {
    case RH_SIGNAL_MESSAGE:
        (void)snprintf(text, PHRASE_BYTES, "handles %s from %s", payload, peer);
        break;
    case RH_SIGNAL_START:
        (void)snprintf(text, PHRASE_BYTES, "starts");
        break;
    case RH_SIGNAL_EXIT:
        (void)snprintf(text, PHRASE_BYTES, "hears that %s, linked with it, has ended: %s", peer,
                       payload);
        break;
    case RH_SIGNAL_EXIT_SIGNAL:
        (void)snprintf(text, PHRASE_BYTES, "gets an exit signal from %s: %s", peer, payload);
        break;
    case RH_SIGNAL_DOWN:
        (void)snprintf(text, PHRASE_BYTES, "is told that %s has ended: %s", peer, payload);
        break;
    case RH_SIGNAL_LINK:
        (void)snprintf(text, PHRASE_BYTES, "is linked with %s", peer);
        break;
    case RH_SIGNAL_MONITOR:
        (void)snprintf(text, PHRASE_BYTES, "is watched by %s from now on", peer);
        break;
    case RH_SIGNAL_DEMONITOR:
        (void)snprintf(text, PHRASE_BYTES, "is watched by %s no more", peer);
        break;
    case RH_SIGNAL_TIMER:
        (void)snprintf(text, PHRASE_BYTES, "has its time-out: %s", payload);
        break;
    case RH_SIGNAL_RECEIVE_TIMER:
        (void)snprintf(text, PHRASE_BYTES, "gives up waiting");
        break;
    default:
        (void)snprintf(text, PHRASE_BYTES, "handles %s%s%s from %s",
                       rh_signal_kind_word(item->signal), *payload == '\0' ? "" : " ", payload,
                       peer);
        break;
    }
}

static void say_send(struct phrase *phrase, const struct rh_trace_item *item)
{
    const char *peer = phrase->peer;
    const char *payload = phrase->payload;
    char *text = phrase->text;
    if (item->signal == RH_SIGNAL_MESSAGE && item->peer == 0 && item->name.bytes != NULL) {
        (void)snprintf(text, PHRASE_BYTES, "sends %s to the name %.*s", payload,
                       (int)item->name.size, item->name.bytes);
    } else if (item->signal == RH_SIGNAL_MESSAGE) {
        (void)snprintf(text, PHRASE_BYTES, "sends %s to %s", payload, peer);
    } else if (item->signal == RH_SIGNAL_LINK) {
        (void)snprintf(text, PHRASE_BYTES, "links with %s", peer);
    } else if (item->signal == RH_SIGNAL_MONITOR) {
        (void)snprintf(text, PHRASE_BYTES, "watches %s from now on", peer);
    } else if (item->signal == RH_SIGNAL_DEMONITOR) {
        (void)snprintf(text, PHRASE_BYTES, "watches %s no more", peer);
    } else {
        (void)snprintf(text, PHRASE_BYTES, "sends %s%s%s to %s", rh_signal_kind_word(item->signal),
                       *payload == '\0' ? "" : " ", payload, peer);
    }
}

/* ["$call", <p#1>, take] is "the call take". */
static void plain_call(char *payload)
{
    static const char head[] = "[\"$call\", <";
    char *request = strstr(payload, ">, ");
    size_t length = strlen(payload);
    if (strncmp(payload, head, sizeof head - 1) != 0 || request == NULL ||
        payload[length - 1] != ']') {
        return;
    }
    payload[length - 1] = '\0';
    request += 3;
    memmove(payload + 9, request, strlen(request) + 1); /* the head is longer than that */
    memcpy(payload, "the call ", 9);
}

/* What is said already by the signal that did it, or that it was handled. */
static bool goes_without_saying(const struct rh_trace_item *item)
{
    if (item->code != RH_TRACE_EVENT) {
        return false;
    }
    switch (item->kind) {
    case RH_EVENT_TURN_END:
    case RH_EVENT_MONITOR_ADD:
    case RH_EVENT_LINK_ADD:
    case RH_EVENT_ALIAS_OPEN:
    case RH_EVENT_ALIAS_CLOSE:
        return true;
    case RH_EVENT_FLUSH:
        return item->number == 0;
    case RH_EVENT_HANDLE:
        return item->signal == RH_SIGNAL_USER;
    case RH_EVENT_INPUT:
        return item->message.size == 0 && item->signal != RH_SIGNAL_IO;
    default:
        return false;
    }
}

/* What an event is in a sentence; false: it goes without saying. */
static bool say(struct rh_history *history, const struct rh_trace_item *item, struct phrase *phrase)
{
    struct rh_print_names names = {rh_trace_print_name, &history->reader};
    name_of(history, item->peer, phrase->peer, sizeof phrase->peer);
    phrase->payload[0] = '\0';
    if (item->message.size > 0) {
        rh_item_print(item->message, &names, phrase->payload, sizeof phrase->payload);
        plain_call(phrase->payload);
    }
    if (item->code == RH_TRACE_EVENT && item->kind == RH_EVENT_HANDLE) {
        say_handle(phrase, item);
    } else if (item->code == RH_TRACE_EVENT && item->kind == RH_EVENT_SEND) {
        say_send(phrase, item);
    } else if (item->code == RH_TRACE_EVENT && item->kind == RH_EVENT_EXIT) {
        (void)snprintf(phrase->text, PHRASE_BYTES, "ends: %s", phrase->payload);
    } else if (item->code == RH_TRACE_EVENT && item->kind == RH_EVENT_INPUT &&
               item->message.size > 0) {
        (void)snprintf(phrase->text, PHRASE_BYTES, "hears %s from outside", phrase->payload);
    } else if (item->code == RH_TRACE_EVENT && item->kind == RH_EVENT_DROP) {
        (void)snprintf(phrase->text, PHRASE_BYTES, "gets nothing of %s from %s (%s)",
                       *phrase->payload == '\0' ? rh_signal_kind_word(item->signal)
                                                : phrase->payload,
                       phrase->peer, rh_why_word(item->why));
    } else if (item->code == RH_TRACE_FAULT) {
        (void)snprintf(phrase->text, PHRASE_BYTES, "is struck by a fault: %.*s",
                       (int)item->name.size, item->name.bytes);
    } else {
        rh_trace_print(item, &names, phrase->text, sizeof phrase->text);
    }
    return !goes_without_saying(item);
}

/* ---- steps ---- */

struct sentence {
    const struct rh_tell *tell;
    uint64_t step;
    uint32_t actor;
    unsigned phrases;
    char text[SENTENCE_BYTES];
    size_t length;
};

static void end_sentence(struct sentence *sentence)
{
    if (sentence->phrases > 0) {
        (void)fprintf(sentence->tell->out, "%5llu  ", (unsigned long long)sentence->step);
        put_wrapped(sentence->tell, 7, sentence->text);
    }
    sentence->phrases = 0;
    sentence->length = 0;
    sentence->actor = 0;
}

static void add_phrase(struct sentence *sentence, const struct rh_history *history,
                       const struct rh_trace_item *item, const char *phrase)
{
    char name[RH_FINGERPRINT_NAME_BYTES];
    size_t room = sizeof sentence->text - sentence->length;
    bool is_other = item->actor != sentence->actor && item->actor != 0;
    name_of(history, item->actor, name, sizeof name);
    int length = snprintf(sentence->text + sentence->length, room, "%s%s%s%s",
                          sentence->phrases == 0 ? ""
                          : is_other             ? "; "
                                                 : ", ",
                          is_other ? name : "", is_other ? " " : "", phrase);
    size_t wrote = length < 0 ? 0 : (size_t)length;
    sentence->length += wrote < room ? wrote : room - 1;
    sentence->actor = item->actor != 0 ? item->actor : sentence->actor;
    sentence->phrases++;
}

static void tell_moment(struct sentence *sentence, struct rh_history *history, uint32_t index)
{
    struct rh_trace_item item;
    struct phrase phrase;
    rh_history_item(history, index, &item);
    if (sentence->phrases > 0 && item.step != sentence->step) {
        end_sentence(sentence);
    }
    sentence->step = item.step;
    if (say(history, &item, &phrase)) {
        add_phrase(sentence, history, &item, phrase.text);
    }
}

/* A long run is told by what the failure depends on. */
static void choose(struct rh_history *history, bool *chosen)
{
    uint32_t near[STEPS_MAX];
    uint32_t past = 0;
    uint32_t actors[2] = {0, 0};
    if (history->has_footer && history->result.has_violation) {
        memcpy(actors, history->result.actors, sizeof actors);
    }
    uint32_t count =
        rh_history_slice(history, history->reader.step, actors, near, STEPS_MAX, &past);
    for (uint32_t i = 0; i < count; i++) {
        chosen[near[i]] = true;
    }
    for (uint32_t i = 0; i < history->count; i++) {
        chosen[i] = chosen[i] || history->moments[i].kind == UINT8_MAX;
    }
}

void rh_tell_steps(const struct rh_tell *tell, const struct rh_shrunk *shrunk)
{
    struct rh_history history;
    struct sentence sentence = {.tell = tell};
    enum rh_status status =
        rh_history_load(&history, shrunk->allocator, shrunk->trace.bytes, shrunk->trace.size);
    bool is_long = status == RH_OK && history.reader.step > STEPS_MAX;
    size_t bytes = history.count + (size_t)1;
    bool *chosen =
        status == RH_OK ? history.allocator->allocate(history.allocator->self, bytes) : NULL;
    put_title(tell, is_long ? "How it came to that (what matters most)" : "How it came to that");
    if (chosen != NULL) {
        memset(chosen, 0, bytes);
        if (is_long) {
            choose(&history, chosen);
        }
        for (uint32_t i = 0; i < history.count; i++) {
            const struct rh_moment *moment = &history.moments[i];
            bool is_birth = moment->step == 0 && moment->kind == RH_EVENT_SPAWN;
            bool begins = moment->step == 0 && moment->kind == RH_EVENT_HANDLE &&
                          moment->signal == RH_SIGNAL_START;
            if ((is_long ? chosen[i] : moment->matters) && !is_birth && !begins) {
                tell_moment(&sentence, &history, i);
            }
        }
        end_sentence(&sentence);
        history.allocator->release(history.allocator->self, chosen, bytes);
    }
    rh_history_deinit(&history);
}

/* What a diagram shows: what happens, and not how the stage was set. */
static bool is_drawn(const struct rh_moment *moment)
{
    bool is_begin = moment->step == 0 &&
                    (moment->kind == RH_EVENT_SPAWN ||
                     (moment->kind == RH_EVENT_HANDLE && moment->signal == RH_SIGNAL_START));
    bool is_again = moment->kind == RH_EVENT_TURN_END || moment->kind == RH_EVENT_FLUSH ||
                    moment->kind == RH_EVENT_MONITOR_ADD || moment->kind == RH_EVENT_LINK_ADD ||
                    moment->kind == RH_EVENT_ALIAS_OPEN || moment->kind == RH_EVENT_ALIAS_CLOSE ||
                    (moment->kind == RH_EVENT_HANDLE && moment->signal == RH_SIGNAL_USER);
    return moment->matters && !is_begin && !is_again;
}

static size_t drawn_actors(const struct rh_history *history, uint32_t *actors, bool *ret_with_time)
{
    size_t count = 0;
    *ret_with_time = false;
    for (uint32_t i = 0; i < history->count && count <= RH_COLUMNS_MAX; i++) {
        const struct rh_moment *moment = &history->moments[i];
        size_t at = 0;
        if (!is_drawn(moment)) {
            continue;
        }
        *ret_with_time = *ret_with_time || moment->now != 0;
        while (at < count && actors[at] < moment->actor) {
            at++;
        }
        if (moment->actor != 0 && (at == count || actors[at] != moment->actor)) {
            memmove(&actors[at + 1], &actors[at], (count - at) * sizeof *actors);
            actors[at] = moment->actor;
            count++;
        }
    }
    return count;
}

static void draw(const struct rh_tell *tell, struct rh_history *history,
                 const struct rh_fingerprint *failure)
{
    uint32_t actors[RH_COLUMNS_MAX + 2];
    struct rh_columns columns;
    struct rh_print_names names = {rh_trace_print_name, &history->reader};
    bool with_time = false;
    size_t count = drawn_actors(history, actors, &with_time);
    char note[RH_FINGERPRINT_NAME_BYTES + 32];
    rh_columns_init(&columns, tell->out, &names, tell->width, with_time);
    rh_columns_split(&columns, actors, count);
    columns.with_colour = tell->with_colour;
    rh_columns_head(&columns);
    for (uint32_t i = 0; i < history->count; i++) {
        struct rh_trace_item item;
        if (is_drawn(&history->moments[i])) {
            rh_history_item(history, i, &item);
            rh_columns_row(&columns, &item, ' ');
        }
    }
    (void)snprintf(note, sizeof note, "'%s' is violated", failure->invariant);
    rh_columns_note(&columns, failure->step, note);
}

void rh_tell_diagram(const struct rh_tell *tell, const struct rh_shrunk *shrunk)
{
    struct rh_history history;
    if (rh_history_load(&history, shrunk->allocator, shrunk->trace.bytes, shrunk->trace.size) ==
        RH_OK) {
        draw(tell, &history, &shrunk->failure);
    }
    rh_history_deinit(&history);
}

/* ---- what would have helped ---- */

static void tell_lines(const struct rh_tell *tell, const struct rh_lines *lines, size_t from,
                       size_t to)
{
    for (size_t i = 0; i < lines->count; i++) {
        bool is_marked = i >= from && i <= to;
        if (rh_line_is_event(lines->at[i])) {
            (void)fprintf(tell->out, "  %c %3llu  ", is_marked ? '>' : ' ',
                          (unsigned long long)rh_lines_step(lines, i));
            put_wrapped(tell, 9, lines->at[i]);
        }
    }
}

/* Which run the steps are of, where that needs to be said. */
static const char *head_of(const struct rh_shrunk *shrunk, bool is_apart)
{
    if (shrunk->neighbour.difference == RH_DIFFERENCE_NONE) {
        return is_apart ? "of the shrunk scenario, " : "";
    }
    if (shrunk->neighbour.failing.count > 0) {
        return is_apart ? "in another order of the shrunk run, which fails alike, "
                        : "in another order that fails alike, ";
    }
    return is_apart ? "in the shrunk run, " : "";
}

static size_t print_none(const struct rh_shrunk *shrunk, const char *head, char *buffer,
                         size_t capacity)
{
    unsigned long long orders = shrunk->too_late.tried;
    unsigned long long tried = shrunk->neighbour.tried;
    if (shrunk->too_late.is_known) {
        return (size_t)snprintf(buffer, capacity,
                                "%sno run that differs in one pair of steps or one fault holds "
                                "(%llu %s tried).",
                                head, tried, tried == 1 ? "was" : "were");
    }
    if (shrunk->too_late.is_certain) {
        return (size_t)snprintf(buffer, capacity, "%sno order holds (there %s %llu).", head,
                                orders == 1 ? "is" : "are", orders);
    }
    return (size_t)snprintf(buffer, capacity, "%sno order that was tried holds (%llu).", head,
                            orders);
}

static size_t print_nearest(const struct rh_shrunk *shrunk, const char *head, char *buffer,
                            size_t capacity)
{
    const struct rh_neighbour *neighbour = &shrunk->neighbour;
    const struct rh_lines *run = neighbour->failing.count > 0 ? &neighbour->failing : &shrunk->run;
    unsigned long long step = rh_lines_step(run, neighbour->at);
    size_t at = neighbour->at;
    switch (neighbour->difference) {
    case RH_DIFFERENCE_SWAP:
        return (size_t)snprintf(buffer, capacity,
                                "%shad '%s' (step %llu) come before '%s' (step %llu), everything "
                                "would have held.",
                                head, run->at[at + 1],
                                (unsigned long long)rh_lines_step(run, at + 1), run->at[at], step);
    case RH_DIFFERENCE_FIRST:
        return (size_t)snprintf(buffer, capacity,
                                "%shad '%s' come before '%s' (step %llu), everything would have "
                                "held.",
                                head, neighbour->run.at[at], run->at[at], step);
    case RH_DIFFERENCE_FAULT:
        if (neighbour->fault != UINT32_MAX) {
            return (size_t)snprintf(buffer, capacity,
                                    "%swithout the %s of 'faults', everything holds.", head,
                                    shrunk->after.faults == 1 ? "fault" : "right one");
        }
        return (size_t)snprintf(buffer, capacity,
                                "%swithout the fault '%s' (step %llu), everything holds.", head,
                                run->at[at], step);
    case RH_DIFFERENCE_ANSWER:
        return (size_t)snprintf(buffer, capacity,
                                "%shad '%s' (at step %llu) been another number, everything would "
                                "have held.",
                                head, run->at[at], step);
    case RH_DIFFERENCE_NONE:
        break;
    }
    return print_none(shrunk, head, buffer, capacity);
}

size_t rh_tell_nearest(const struct rh_shrunk *shrunk, bool is_apart, char *buffer, size_t capacity)
{
    size_t length = print_nearest(shrunk, head_of(shrunk, is_apart), buffer, capacity);
    if (capacity > 0 && buffer[0] >= 'a' && buffer[0] <= 'z') {
        buffer[0] = (char)(buffer[0] - 'a' + 'A');
    }
    return length;
}

static void tell_nearest(const struct rh_tell *tell, const struct rh_shrunk *shrunk)
{
    char text[SENTENCE_BYTES];
    const struct rh_neighbour *neighbour = &shrunk->neighbour;
    rh_tell_nearest(shrunk, false, text, sizeof text);
    put_paragraph(tell, "%s", text);
    if (neighbour->failing.count > 0) {
        bool is_swap = neighbour->difference == RH_DIFFERENCE_SWAP;
        put_paragraph(tell, "That other order is:");
        tell_lines(tell, &neighbour->failing, neighbour->at, neighbour->at + is_swap);
    }
}

void rh_tell_neighbour(const struct rh_tell *tell, const struct rh_shrunk *shrunk)
{
    const struct rh_too_late *late = &shrunk->too_late;
    put_title(tell, "What would have helped");
    tell_nearest(tell, shrunk);
    if (!late->is_known) {
        return;
    }
    if (late->at + 1 < shrunk->run.count) {
        uint64_t step = rh_lines_step(&shrunk->run, late->at);
        char ways[80] = "there is one way to go on, which fails";
        if (late->tried > 1) {
            (void)snprintf(ways, sizeof ways, "%s %llu ways to go on%s fail",
                           late->is_certain ? "all" : "the", (unsigned long long)late->tried,
                           late->is_certain ? "" : " that were tried");
        }
        put_paragraph(tell,
                      "Of the run above, '%s' (step %llu) is the last that could have gone "
                      "otherwise: behind it, %s.",
                      shrunk->run.at[late->at], (unsigned long long)step, ways);
    } else {
        put_paragraph(tell, "Up to the last step it could still have gone well.");
    }
}

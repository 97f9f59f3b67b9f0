/* SPDX-License-Identifier: MIT */
/*
 * Two passes. The first is the history: it says who was caused by whom, and is what a choice is made from (by step, actor,
 * cause, or the last few). The second reads the trace once more, item by item, and tells a format those that were chosen, in
 * words: so that a format never decodes, and nothing is formatted in two ways. Moments and items are in the same order, so
 * one index follows the other.
 */
#include "reports/export/export.h"

#include "harness/trace/print.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_BYTES_AT_FIRST 512U

static const struct export_format *const formats[] = {
    [RH_EXPORT_TEXT] = &export_text,         [RH_EXPORT_MERMAID] = &export_mermaid,
    [RH_EXPORT_PLANTUML] = &export_plantuml, [RH_EXPORT_SHIVIZ] = &export_shiviz,
    [RH_EXPORT_PERFETTO] = &export_perfetto, [RH_EXPORT_DOT] = &export_dot,
    [RH_EXPORT_JSON] = &export_json,
};

static const char *const words[] = {
#define X(identifier, word, sentence) word,
    RH_EXPORT_FORMAT_MAP(X)
#undef X
};

const char *rh_export_format_word(enum rh_export_format format)
{
    return words[format];
}

bool rh_export_format_find(const char *word, enum rh_export_format *ret_format)
{
    for (unsigned i = 0; i < RH_EXPORT_FORMAT_COUNT; i++) {
        if (strcmp(words[i], word) == 0) {
            *ret_format = (enum rh_export_format)i;
            return true;
        }
    }
    return false;
}

bool rh_export_has_events(enum rh_export_format format)
{
    return format != RH_EXPORT_DOT;
}

/* ---- for the formats ---- */

void *export_allocate(struct export *export, size_t count, size_t size)
{
    void *bytes = calloc(count == 0 ? 1 : count, size);
    if (bytes == NULL) {
        export->status = RH_NO_MEMORY;
    }
    return bytes;
}

char *export_string(struct rh_text text)
{
    char *string = malloc(text.size + 1);
    if (string == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.bytes[i];
        string[i] = byte < 0x20 || byte == 0x7F ? '.' : text.bytes[i];
    }
    string[text.size] = '\0';
    return string;
}

char *export_name(const struct export *export, uint32_t actor)
{
    return export_string(rh_trace_name(&export->history->reader, actor));
}

void export_cut(const char *text, char *buffer, size_t capacity)
{
    size_t size = strlen(text);
    if (size < capacity) {
        memcpy(buffer, text, size + 1);
        return;
    }
    size = capacity - sizeof "..";
    while (size > 0 && ((unsigned char)text[size] & 0xC0U) == 0x80) {
        size--;
    }
    memcpy(buffer, text, size);
    memcpy(buffer + size, "..", sizeof "..");
}

/* ---- what is shown ---- */

static bool is_text(struct rh_text text, const char *word)
{
    return text.size == strlen(word) && memcmp(text.bytes, word, text.size) == 0;
}

static bool is_wanted(const struct export *export, uint32_t actor)
{
    const struct rh_export_options *options = export->options;
    for (size_t i = 0; i < options->actor_count; i++) {
        if (is_text(rh_trace_name(&export->history->reader, actor), options->actors[i])) {
            return true;
        }
    }
    return options->actor_count == 0;
}

static bool is_in_time(const struct export *export, uint64_t step)
{
    const struct rh_export_options *options = export->options;
    return step >= options->from_step && (options->to_step == 0 || step <= options->to_step);
}

/* Unmark what the slice does not hold. */
static enum rh_status choose_causes(struct export *export)
{
    struct rh_history *history = export->history;
    const uint32_t nobody[2] = {0, 0};
    bool violated = history->has_footer && history->result.has_violation;
    uint64_t last = export->options->last;
    uint32_t max = last != 0 && last < history->count ? (uint32_t)last : history->count;
    uint32_t past;
    uint32_t *chosen = malloc((size_t)(max + 1U) * sizeof *chosen);
    if (chosen == NULL) {
        return RH_NO_MEMORY;
    }
    uint32_t count =
        rh_history_slice(history, violated ? history->result.step : history->reader.step,
                         violated ? history->result.actors : nobody, chosen, max, &past);
    uint32_t at = 0;
    for (uint32_t i = 0; i < history->count; i++) {
        bool is_chosen = at < count && chosen[at] == i;
        at += is_chosen;
        export->is_shown[i] = export->is_shown[i] && is_chosen;
    }
    free(chosen);
    return RH_OK;
}

static void choose_last(struct export *export)
{
    uint64_t left = export->options->last;
    for (uint32_t i = export->history->count; i > 0; i--) {
        bool *is_shown = &export->is_shown[i - 1];
        *is_shown = *is_shown && left > 0;
        left -= *is_shown;
    }
}

static bool is_signal(const struct rh_moment *moment)
{
    switch (moment->kind) {
    case RH_EVENT_SEND:
    case RH_EVENT_HANDLE:
    case RH_EVENT_PUT:
    case RH_EVENT_DROP:
    case RH_EVENT_RETURN:
        return moment->peer != 0;
    default:
        return false;
    }
}

/* Whose columns there are, and which sends are answered by something that is shown. */
static void choose_columns(struct export *export)
{
    for (uint32_t i = 0; i < export->history->count; i++) {
        const struct rh_moment *moment = &export->history->moments[i];
        if (!export->is_shown[i]) {
            continue;
        }
        export->has_column[moment->actor] = true;
        if (is_signal(moment)) {
            export->has_column[moment->peer] = true;
        }
        if (moment->cause != RH_HISTORY_NONE && export->is_shown[moment->cause]) {
            export->is_cause[moment->cause] = true;
        }
    }
    if (export->history->has_footer) {
        export->has_column[export->history->result.actors[0]] = true;
    }
}

static enum rh_status choose(struct export *export)
{
    const struct rh_history *history = export->history;
    const struct rh_export_options *options = export->options;
    bool is_state = !rh_export_has_events(options->format);
    bool *wanted = export_allocate(export, (size_t)history->reader.name_count + 1, sizeof *wanted);
    if (wanted == NULL) {
        return RH_NO_MEMORY;
    }
    for (uint32_t i = 0; i <= history->reader.name_count; i++) {
        wanted[i] = is_wanted(export, i);
    }
    for (uint32_t i = 0; i < history->count; i++) {
        const struct rh_moment *moment = &history->moments[i];
        export->is_shown[i] = (moment->matters || is_state || options->with_everything) &&
                              is_in_time(export, moment->step) && wanted[moment->actor];
    }
    free(wanted);
    enum rh_status status = options->only_causes && !is_state ? choose_causes(export) : RH_OK;
    if (options->last != 0 && !is_state) {
        choose_last(export);
    }
    choose_columns(export);
    return status;
}

/* ---- words ---- */

struct walk {
    struct export *export;
    const struct export_format *format;
    struct rh_print_names names;
    uint32_t next;   /* moment */
    bool is_in_last; /* the first chosen moment is behind */
    bool told_violation;
    char *text;
    size_t text_bytes;
    char *label;
    size_t label_bytes;
};

static bool reserve(char **text, size_t *bytes, size_t needed)
{
    if (needed < *bytes) {
        return true;
    }
    size_t size = needed + 1 + TEXT_BYTES_AT_FIRST;
    char *grown = realloc(*text, size);
    if (grown == NULL) {
        return false;
    }
    *text = grown;
    *bytes = size;
    return true;
}

static bool put_text(struct walk *walk, const struct rh_trace_item *item)
{
    size_t needed = rh_trace_print(item, &walk->names, walk->text, walk->text_bytes);
    if (needed >= walk->text_bytes) {
        if (!reserve(&walk->text, &walk->text_bytes, needed)) {
            return false;
        }
        (void)rh_trace_print(item, &walk->names, walk->text, walk->text_bytes);
    }
    return true;
}

/* What travels: the payload of a message, the word of another signal, with what it carries. */
static bool put_label(struct walk *walk, const struct rh_trace_item *item)
{
    bool is_message = item->signal == RH_SIGNAL_MESSAGE && item->message.size > 0;
    const char *word = is_message ? "" : rh_signal_kind_word(item->signal);
    size_t at = strlen(word);
    if (!reserve(&walk->label, &walk->label_bytes, at + 1)) {
        return false;
    }
    memcpy(walk->label, word, at + 1);
    if (item->message.size == 0) {
        return true;
    }
    if (at > 0) {
        walk->label[at++] = ' ';
    }
    size_t needed =
        rh_item_print(item->message, &walk->names, walk->label + at, walk->label_bytes - at);
    if (at + needed >= walk->label_bytes) {
        if (!reserve(&walk->label, &walk->label_bytes, at + needed)) {
            return false;
        }
        (void)rh_item_print(item->message, &walk->names, walk->label + at, walk->label_bytes - at);
    }
    return true;
}

static void tell(struct walk *walk, struct export_event *event)
{
    bool travels =
        event->what == EXPORT_SEND || event->what == EXPORT_ARRIVAL || event->what == EXPORT_LOSS;
    walk->label[0] = '\0';
    if (!put_text(walk, event->item) || (travels && !put_label(walk, event->item))) {
        walk->export->status = RH_NO_MEMORY;
        return;
    }
    event->text = walk->text;
    event->label = walk->label;
    walk->format->event(walk->export, event);
    walk->export->shown++;
}

static enum export_what what_of(const struct rh_trace_item *item)
{
    if (item->code == RH_TRACE_FAULT) {
        return EXPORT_FAULT;
    }
    if (item->code != RH_TRACE_EVENT || item->peer == 0) {
        return EXPORT_NOTE;
    }
    switch (item->kind) {
    case RH_EVENT_SEND:
        return EXPORT_SEND;
    case RH_EVENT_HANDLE:
    case RH_EVENT_PUT:
        return EXPORT_ARRIVAL;
    case RH_EVENT_DROP:
    case RH_EVENT_RETURN:
        return EXPORT_LOSS;
    default:
        return EXPORT_NOTE;
    }
}

static void tell_moment(struct walk *walk, const struct rh_trace_item *item, uint32_t index)
{
    struct export *export = walk->export;
    const struct rh_moment *moment = &export->history->moments[index];
    if (!export->is_shown[index]) {
        return;
    }
    bool has_cause = moment->cause != RH_HISTORY_NONE && export->is_shown[moment->cause];
    struct export_event event = {
        .what = what_of(item),
        .item = item,
        .index = index,
        .cause = has_cause ? moment->cause : RH_HISTORY_NONE,
        .is_sent = export->is_cause[index],
        .actor = moment->actor,
        .peer = is_signal(moment) ? moment->peer : 0,
    };
    walk->is_in_last = true;
    tell(walk, &event);
}

/* What is nobody's, unless only causes, or somebody's, or the last few are wanted and those have not begun. */
static void tell_aside(struct walk *walk, const struct rh_trace_item *item)
{
    const struct rh_export_options *options = walk->export->options;
    bool is_there =
        item->code == RH_TRACE_PHASE ||
        (options->with_everything &&
         (item->code == RH_TRACE_DECISION || (item->code == RH_TRACE_STEP && item->source != 0)));
    if (is_there && !options->only_causes && options->actor_count == 0 &&
        (options->last == 0 || walk->is_in_last) && is_in_time(walk->export, item->step)) {
        struct export_event event = {
            .what = EXPORT_ASIDE, .item = item, .index = RH_HISTORY_NONE, .cause = RH_HISTORY_NONE};
        tell(walk, &event);
    }
}

/* Behind the last event of its step. */
static void tell_violation(struct walk *walk)
{
    const struct rh_history *history = walk->export->history;
    const struct rh_trace_result *result = &history->result;
    walk->told_violation = true;
    if (!history->has_footer || !result->has_violation || !is_in_time(walk->export, result->step)) {
        return;
    }
    struct rh_trace_item item = {.code = RH_TRACE_FOOTER, .step = result->step, .result = *result};
    struct export_event event = {
        .what = EXPORT_VIOLATION,
        .item = &item,
        .index = RH_HISTORY_NONE,
        .cause = RH_HISTORY_NONE,
        .actor = result->actors[0],
    };
    item.now = walk->next > 0 ? history->moments[walk->next - 1].now : 0;
    tell(walk, &event);
}

static bool is_moment(const struct rh_trace_item *item)
{
    return item->code == RH_TRACE_EVENT || item->code == RH_TRACE_FAULT ||
           item->code == RH_TRACE_PIPE;
}

static void tell_all(struct walk *walk)
{
    struct export *export = walk->export;
    struct rh_history *history = export->history;
    struct rh_trace_item item;
    rh_trace_rewind(&history->reader);
    while (export->status == RH_OK && rh_trace_next(&history->reader, &item) == RH_OK) {
        if (!walk->told_violation &&
            (item.code == RH_TRACE_FOOTER || item.step > history->result.step)) {
            tell_violation(walk);
        }
        if (is_moment(&item)) {
            if (walk->next < history->count) {
                tell_moment(walk, &item, walk->next++);
            }
        } else {
            tell_aside(walk, &item);
        }
    }
}

static enum rh_status walk(struct export *export)
{
    struct walk walk = {
        .export = export,
        .format = formats[export->options->format],
        .names = {rh_trace_print_name, &export->history->reader},
        /* Without a violation there is nothing to tell. */
        .told_violation = !export->history->has_footer || !export->history->result.has_violation,
    };
    if (!reserve(&walk.text, &walk.text_bytes, TEXT_BYTES_AT_FIRST) ||
        !reserve(&walk.label, &walk.label_bytes, TEXT_BYTES_AT_FIRST)) {
        free(walk.text);
        return RH_NO_MEMORY;
    }
    walk.format->begin(export);
    tell_all(&walk);
    walk.format->end(export);
    free(walk.text);
    free(walk.label);
    return export->status;
}

enum rh_status rh_export_trace(const struct rh_export_options *options, const uint8_t *bytes,
                               size_t size)
{
    struct rh_history history = {0};
    enum rh_status status = rh_history_load(&history, NULL, bytes, size);
    if (status == RH_OK) {
        struct export export = {.options = options, .out = options->out, .history = &history};
        enum rh_status read = history.status;
        export.is_shown = export_allocate(&export, history.count, sizeof(bool));
        export.is_cause = export_allocate(&export, history.count, sizeof(bool));
        export.has_column =
            export_allocate(&export, (size_t)history.reader.name_count + 1, sizeof(bool));
        status = export.status == RH_OK ? choose(&export) : export.status;
        status = status == RH_OK ? walk(&export) : status;
        free(export.is_shown);
        free(export.is_cause);
        free(export.has_column);
        status = status == RH_OK && read != RH_DONE ? read : status;
    }
    rh_history_deinit(&history);
    return status == RH_OK && ferror(options->out) != 0 ? RH_IO : status;
}

/* SPDX-License-Identifier: MIT */
/* Everything that the trace says of an event, under the names of docs/trace-format.md, and in words. What has no value has no
 * key. docs/trace-export.schema.json is the contract. */
#include "reports/export/export.h"

#include "reports/escape.h"

#include <stdlib.h>

static void put_string(FILE *out, const char *key, struct rh_text text)
{
    char *string = export_string(text);
    (void)fprintf(out, ",\"%s\":", key);
    escape_json(out, string == NULL ? "?" : string);
    free(string);
}

static void put_number(FILE *out, const char *key, uint64_t number)
{
    (void)fprintf(out, ",\"%s\":%llu", key, (unsigned long long)number);
}

static void begin(struct export *export)
{
    FILE *out = export->out;
    const struct rh_trace_info *info = &export->history->reader.info;
    (void)fputs("{\"format\":1", out);
    put_string(out, "version", info->version);
    if (info->path.size > 0) {
        put_string(out, "scenario", info->path);
    }
    put_string(out, "strategy", info->strategy);
    (void)fprintf(out, ",\"seed\":\"0x%llx\"", (unsigned long long)info->seed);
    put_number(out, "run", info->run);
    (void)fputs(",\"actors\":[", out);
    for (uint32_t i = 1; i <= export->history->reader.name_count; i++) {
        (void)fprintf(out, "%s\n{\"id\":%lu", i == 1 ? "" : ",", (unsigned long)i);
        put_string(out, "name", rh_trace_name(&export->history->reader, i));
        (void)fputc('}', out);
    }
    (void)fputs("],\"events\":[", out);
}

static const char *what_of(const struct rh_trace_item *item)
{
    switch (item->code) {
    case RH_TRACE_EVENT:
        return rh_event_kind_word(item->kind);
    case RH_TRACE_FAULT:
        return "fault";
    case RH_TRACE_PIPE:
        return "pipe";
    case RH_TRACE_PHASE:
        return "phase";
    case RH_TRACE_DECISION:
        return "decision";
    case RH_TRACE_FOOTER:
        return "violation";
    default:
        return "step";
    }
}

static void put_message(struct export *export, struct rh_item message)
{
    struct rh_print_names names = {rh_trace_print_name, &export->history->reader};
    size_t size = rh_item_print(message, &names, NULL, 0) + 1;
    char *text = malloc(size);
    if (text == NULL) {
        export->status = RH_NO_MEMORY;
        return;
    }
    (void)rh_item_print(message, &names, text, size);
    (void)fputs(",\"message\":", export->out);
    escape_json(export->out, text);
    free(text);
}

static void put_fields(struct export *export, const struct rh_trace_item *item)
{
    FILE *out = export->out;
    if (item->peer != 0) {
        put_number(out, "peer", item->peer);
    }
    if (item->code == RH_TRACE_EVENT && rh_event_kind_signal(item->kind) != RH_EVENT_SIGNAL_NONE) {
        (void)fprintf(out, ",\"signal\":\"%s\"", rh_signal_kind_word(item->signal));
    }
    if (item->message.size > 0) {
        put_message(export, item->message);
    }
    if (item->name.bytes != NULL) {
        put_string(out, "name", item->name);
    }
    if (item->why != RH_WHY_NONE) {
        (void)fprintf(out, ",\"why\":\"%s\"", rh_why_word(item->why));
    }
    if (item->status != RH_OK) {
        (void)fprintf(out, ",\"status\":\"%s\"", rh_status_word(item->status));
    }
    if (item->ordinal != 0) {
        put_number(out, "ordinal", item->ordinal);
    }
    if (item->number != 0) {
        put_number(out, "number", item->number);
    }
    bool has_due = item->kind == RH_EVENT_TIMER_SET || item->kind == RH_EVENT_TIMER_CANCEL ||
                   item->kind == RH_EVENT_TIMER_FIRE || item->kind == RH_EVENT_WAIT;
    if (item->code == RH_TRACE_EVENT && has_due && item->due != RH_NEVER) {
        put_number(out, "due", item->due);
    }
}

static void event(struct export *export, const struct export_event *event)
{
    FILE *out = export->out;
    (void)fprintf(out, "%s\n{\"step\":%llu", export->shown == 0 ? "" : ",",
                  (unsigned long long)event->item->step);
    put_number(out, "now", event->item->now);
    if (event->index != RH_HISTORY_NONE) {
        put_number(out, "id", event->index);
    }
    (void)fprintf(out, ",\"what\":\"%s\"", what_of(event->item));
    if (event->actor != 0) {
        put_number(out, "actor", event->actor);
    }
    if (event->index != RH_HISTORY_NONE) {
        put_fields(export, event->item);
    }
    if (event->cause != RH_HISTORY_NONE) {
        put_number(out, "cause", event->cause);
    }
    (void)fputs(",\"text\":", out);
    escape_json(out, event->text);
    (void)fputc('}', out);
}

static void put_violation(FILE *out, const struct rh_trace_result *result)
{
    (void)fprintf(out, ",\"violation\":{\"step\":%llu", (unsigned long long)result->step);
    put_string(out, "invariant", result->invariant);
    (void)fputs(",\"actors\":[", out);
    for (unsigned i = 0; i < 2 && result->actors[i] != 0; i++) {
        (void)fprintf(out, "%s%lu", i == 0 ? "" : ",", (unsigned long)result->actors[i]);
    }
    (void)fputc(']', out);
    put_string(out, "expected", result->expected);
    put_string(out, "observed", result->observed);
    if (result->line != 0) {
        put_number(out, "line", result->line);
        put_number(out, "column", result->column);
    }
    (void)fputc('}', out);
}

static void end(struct export *export)
{
    FILE *out = export->out;
    const struct rh_history *history = export->history;
    (void)fprintf(out, "],\"complete\":%s", history->has_footer ? "true" : "false");
    if (history->has_footer) {
        const struct rh_trace_result *result = &history->result;
        (void)fprintf(out, ",\"result\":{\"verdict\":\"%s\",\"end\":\"%s\"",
                      rh_verdict_word(result->verdict), rh_end_word(result->end));
        put_number(out, "steps", history->reader.step);
        (void)fputs(",\"digest\":\"", out);
        for (unsigned i = 0; i < RH_TRACE_DIGEST_BYTES; i++) {
            (void)fprintf(out, "%02x", result->digest[i]);
        }
        (void)fputc('"', out);
        if (result->has_violation) {
            put_violation(out, result);
        }
        (void)fputc('}', out);
    }
    (void)fputs("}\n", out);
}

const struct export_format export_json = {begin, event, end};

/* SPDX-License-Identifier: MIT */
/*
 * Trace events, the JSON that Perfetto and chrome://tracing read: a thread an actor, in it a slice a turn with a slice for
 * each event of it, a flow from where something was sent to where it was handled, an instant for a fault, a phase and a
 * violation. Virtual time often stands still while much happens, and a slice of no length cannot be seen: each event takes
 * one microsecond of the axis and none begins before its virtual time, which is `now` (in nanoseconds) of its arguments.
 */
#include "reports/export/export.h"

#include "reports/escape.h"

#include <stdlib.h>

#define EVENT_NS 1000U

struct perfetto {
    uint64_t *starts; /**< by moment, on the axis */
    uint64_t next;    /**< free place on the axis */
    bool has_turn;
    uint32_t turn_actor;
    uint64_t turn_step;
};

static void put_place(FILE *out, const char *kind, uint32_t actor, uint64_t at)
{
    (void)fprintf(out, "\"ph\":\"%s\",\"pid\":1,\"tid\":%lu,\"ts\":%llu.%03llu", kind,
                  (unsigned long)actor, (unsigned long long)(at / 1000),
                  (unsigned long long)(at % 1000));
}

static void put_meta(FILE *out, const char *what, uint32_t actor, const char *name)
{
    (void)fprintf(out, "%s{\"name\":\"%s\",\"ph\":\"M\",\"pid\":1,\"tid\":%lu,\"args\":{\"name\":",
                  actor == 0 && *what == 'p' ? "" : ",\n", what, (unsigned long)actor);
    escape_json(out, name == NULL ? "?" : name);
    (void)fputs("}}", out);
    if (*what == 't') {
        (void)fprintf(out,
                      ",\n{\"name\":\"thread_sort_index\",\"ph\":\"M\",\"pid\":1,\"tid\":%lu,"
                      "\"args\":{\"sort_index\":%lu}}",
                      (unsigned long)actor, (unsigned long)actor);
    }
}

static void begin(struct export *export)
{
    const struct rh_history *history = export->history;
    struct perfetto *perfetto = export->state = export_allocate(export, 1, sizeof *perfetto);
    (void)fputs("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n", export->out);
    char *path = export_string(history->reader.info.path);
    put_meta(export->out, "process_name", 0, path == NULL || *path == '\0' ? "run" : path);
    free(path);
    put_meta(export->out, "thread_name", 0, "(world)");
    for (uint32_t i = 1; i <= history->reader.name_count; i++) {
        if (export->has_column[i]) {
            char *name = export_name(export, i);
            put_meta(export->out, "thread_name", i, name);
            free(name);
        }
    }
    if (perfetto != NULL) {
        perfetto->starts = export_allocate(export, history->count, sizeof *perfetto->starts);
    }
}

static void end_turn(struct export *export)
{
    struct perfetto *perfetto = export->state;
    if (perfetto->has_turn) {
        (void)fputs(",\n{", export->out);
        put_place(export->out, "E", perfetto->turn_actor, perfetto->next);
        (void)fputc('}', export->out);
        perfetto->has_turn = false;
    }
}

static void begin_turn(struct export *export, const struct export_event *event, uint64_t at)
{
    struct perfetto *perfetto = export->state;
    uint64_t step = event->item->step;
    if (perfetto->has_turn && perfetto->turn_actor == event->actor && perfetto->turn_step == step) {
        return;
    }
    end_turn(export);
    perfetto->has_turn = true;
    perfetto->turn_actor = event->actor;
    perfetto->turn_step = step;
    (void)fprintf(export->out, ",\n{\"name\":\"step %llu\",\"cat\":\"turn\",",
                  (unsigned long long)step);
    put_place(export->out, "B", event->actor, at);
    (void)fputc('}', export->out);
}

static void put_slice(struct export *export, const struct export_event *event, const char *kind,
                      const char *more, uint64_t at)
{
    static const char *const categories[] = {"note",  "send",      "arrival", "loss",
                                             "fault", "violation", "aside"};
    FILE *out = export->out;
    (void)fputs(",\n{\"name\":", out);
    escape_json(out, event->text);
    (void)fprintf(out, ",\"cat\":\"%s\",", categories[event->what]);
    put_place(out, kind, event->actor, at);
    (void)fprintf(out, "%s,\"args\":{\"step\":%llu,\"now\":%llu}}", more,
                  (unsigned long long)event->item->step, (unsigned long long)event->item->now);
}

/* Both ends when it arrives, under a number of its own: one event may be the cause of many. */
static void put_flow(struct export *export, const struct export_event *event, uint64_t at)
{
    struct perfetto *perfetto = export->state;
    uint32_t from = export->history->moments[event->cause].actor;
    const char *ends[2] = {"s", "f"};
    for (unsigned i = 0; i < 2; i++) {
        (void)fprintf(export->out, ",\n{\"name\":\"signal\",\"cat\":\"signal\",\"id\":%lu,%s",
                      (unsigned long)event->index, i == 1 ? "\"bp\":\"e\"," : "");
        put_place(export->out, ends[i], i == 0 ? from : event->actor,
                  i == 0 ? perfetto->starts[event->cause] : at);
        (void)fputc('}', export->out);
    }
}

static void event(struct export *export, const struct export_event *event)
{
    struct perfetto *perfetto = export->state;
    uint64_t now = event->item->now;
    bool is_full = perfetto->next > UINT64_MAX - 2 * (uint64_t)EVENT_NS;
    bool is_late = now > perfetto->next && now < UINT64_MAX - 2 * (uint64_t)EVENT_NS;
    if (is_late) {
        end_turn(export);
        perfetto->next = now;
    }
    uint64_t at = perfetto->next;
    bool is_instant = event->what == EXPORT_FAULT || event->what == EXPORT_VIOLATION ||
                      event->what == EXPORT_ASIDE || event->actor == 0;
    if (is_instant) {
        end_turn(export);
        put_slice(export, event, "i", event->what == EXPORT_ASIDE ? ",\"s\":\"p\"" : ",\"s\":\"g\"",
                  at);
    } else {
        begin_turn(export, event, at);
        put_slice(export, event, "X", ",\"dur\":1.000", at);
    }
    if (event->index != RH_HISTORY_NONE) {
        perfetto->starts[event->index] = at;
    }
    if (event->cause != RH_HISTORY_NONE) {
        put_flow(export, event, at);
    }
    perfetto->next = is_full ? at : at + EVENT_NS;
}

static void end(struct export *export)
{
    struct perfetto *perfetto = export->state;
    if (perfetto != NULL) {
        end_turn(export);
        free(perfetto->starts);
    }
    free(perfetto);
    (void)fputs("\n]}\n", export->out);
}

const struct export_format export_perfetto = {begin, event, end};

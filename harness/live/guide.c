/* SPDX-License-Identifier: MIT */
/*
 * At each choice the simulator offers what may happen, and the first record in the merged order that is the beginning of
 * one of those is taken, at the time at which it happened; from there on the events of both are compared one by one, node by
 * node.
 */
#include "harness/live/guide.h"

#include "harness/live/match.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct guide {
    struct rh_strategy head;
    const struct live_order *order;
    struct told told;
    size_t position;  /* everything in the order before it has been used */
    rh_instant clock; /* of the event that was chosen */
    bool has_diverged;
    char text[GUIDE_TEXT_BYTES];
};

/* ---- words ---- */

static const char *name_of(struct guide *it, struct rh_pid pid, char text[64])
{
    (void)rh_world_actor_name(it->told.world, pid, text, 64);
    return text;
}

static void describe(struct guide *it, const struct rh_event *event, char *text, size_t capacity)
{
    char actor[64];
    char peer[64];
    char message[96] = "";
    if (event->message != NULL) {
        message[0] = ' ';
        (void)rh_message_print(event->message, NULL, message + 1, sizeof(message) - 1);
    }
    (void)snprintf(text, capacity, "%s %s %s %s%s%s%s at %" PRIu64 "ns, due %" PRIu64,
                   rh_event_kind_word(event->kind), rh_signal_kind_word(event->signal),
                   name_of(it, event->actor, actor), name_of(it, event->peer, peer),
                   event->name == NULL ? "" : " ", event->name == NULL ? "" : event->name, message,
                   event->now, event->due);
}

static const char *word_of(struct guide *it, uint32_t stream, char *text, size_t capacity)
{
    if (stream == it->told.nodes) {
        static const char *const words[] = {[DEED_COMMAND] = "a command",
                                            [DEED_LANE] = "a step",
                                            [DEED_FAULT] = "a fault",
                                            [DEED_HEAL] = "the end of the first act"};
        bool is_over = it->told.at[stream] >= it->told.run->deed_count;
        (void)snprintf(text, capacity, "%s",
                       is_over ? "nothing" : words[it->told.run->deeds[it->told.at[stream]].kind]);
        return text;
    }
    const struct live_stream *told = &it->told.run->company.nodes[stream].stream;
    if (it->told.at[stream] >= told->count) {
        (void)snprintf(text, capacity, "nothing more");
        return text;
    }
    const struct live_record *record = &told->records[it->told.at[stream]];
    char actor[64];
    char peer[64];
    switch (record->word) {
    case LIVE_SAYS_STEP:
        (void)snprintf(
            text, capacity, "handles %s of %s at %s", rh_signal_kind_word(record->event.signal),
            name_of(it, record->event.peer, peer), name_of(it, record->event.actor, actor));
        break;
    case LIVE_SAYS_EVENT:
        describe(it, &record->event, text, capacity);
        break;
    default:
        (void)snprintf(text, capacity, record->word == LIVE_SAYS_PART ? "a step" : "a fault");
        break;
    }
    return text;
}

static void diverge(struct guide *it, uint32_t stream, const char *simulated)
{
    char live[GUIDE_TEXT_BYTES / 2];
    if (it->has_diverged) {
        return;
    }
    it->has_diverged = true;
    (void)snprintf(it->text, sizeof(it->text), "%s: live: %.200s; simulated: %.200s",
                   stream < it->told.nodes ? rh_world_node_name(it->told.world, stream)
                                           : "the steps",
                   word_of(it, stream, live, sizeof(live)), simulated);
    rh_world_stop(it->told.world);
}

static uint32_t find_event(uint32_t count, const struct rh_candidate *candidates,
                           const struct choice_row *rows, enum pipe_event wanted)
{
    for (uint32_t i = 0; i < count; i++) {
        uint64_t what = rows[i].pipe_event & ((1U << PIPE_EVENT_BITS) - 1);
        if (candidates[i].source != UINT32_MAX && rows[i].pipe_event != 0 && what == wanted) {
            return i;
        }
    }
    return count;
}

/* Nothing else is left: a write that was not answered there before its pipe ended is answered, and who hung up before it was
 * let in is forgotten. */
static uint32_t left_over(uint32_t count, const struct rh_candidate *candidates,
                          const struct choice_row *rows)
{
    uint32_t answer = find_event(count, candidates, rows, PIPE_WRITTEN);
    return answer < count ? answer : find_event(count, candidates, rows, PIPE_LAPSES);
}

/* Has everything happened that was told? What keeps connections may still be under way when a run is ended. */
static bool is_past(const struct guide *it)
{
    const struct told *told = &it->told;
    uint32_t deed = told->at[told->nodes];
    bool is_past = deed >= told->run->deed_count || told->run->deeds[deed].kind == DEED_HEAL;
    for (uint32_t i = 0; i < told->nodes && is_past; i++) {
        is_past = !told_goes_on(told, i);
    }
    return is_past;
}

/* May the next of a stream happen? A node's waits for bytes, and a deed until all has happened that was told before it. */
static bool has_its_turn(const struct guide *it, uint32_t stream, bool is_strict)
{
    return stream < it->told.nodes ? !told_owes_bytes(&it->told, stream)
                                   : !is_strict || told_is_heard(&it->told);
}

static uint32_t look(struct guide *it, uint32_t count, const struct rh_candidate *candidates,
                     bool is_strict)
{
    for (uint32_t i = 0; i < count; i++) {
        if (candidates[i].source != UINT32_MAX && it->told.world->rows[i].pipe_event != 0 &&
            match_is_welcome(&it->told, it->told.world->rows[i].pipe_event)) {
            it->clock = told_time(&it->told, candidates[i].source);
            return i;
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        if (candidates[i].source != UINT32_MAX && it->told.world->rows[i].pipe_event != 0 &&
            match_is_free(&it->told, it->told.world->rows[i].pipe_event)) {
            it->clock = match_time_of_free(&it->told, candidates[i].source,
                                           it->told.world->rows[i].pipe_event);
            return i;
        }
    }
    while (it->position < it->order->count &&
           it->order->places[it->position].index <
               it->told.at[it->order->places[it->position].stream]) {
        it->position++;
    }
    for (size_t p = it->position; p < it->order->count; p++) {
        const struct live_place *place = &it->order->places[p];
        if (place->index != it->told.at[place->stream] ||
            !has_its_turn(it, place->stream, is_strict)) {
            continue;
        }
        for (uint32_t i = 0; i < count; i++) {
            if (candidates[i].source != UINT32_MAX &&
                match_fits(&it->told, place->stream, &candidates[i], &it->told.world->rows[i])) {
                it->clock = told_time(&it->told, place->stream);
                return i;
            }
        }
    }
    return count;
}

static uint32_t choose(struct guide *it, uint32_t count, const struct rh_candidate *candidates)
{
    const struct choice_row *rows = it->told.world->rows;
    uint32_t chosen = look(it, count, candidates, true);
    if (chosen == count) {
        told_hope_no_more(&it->told);
        chosen = look(it, count, candidates, true);
    }
    uint32_t left = chosen == count ? left_over(count, candidates, rows) : count;
    if (chosen == count && left == count) {
        chosen = look(it, count, candidates, false);
    }
    if (chosen == count && left == count && is_past(it)) {
        left = find_event(count, candidates, rows, PIPE_ARRIVES);
    }
    if (chosen == count && left < count) {
        it->clock = it->told.times[candidates[left].source];
        chosen = left;
    }
    return chosen;
}

static const char *row_word(const struct guide *it, const struct rh_candidate *candidate,
                            const struct choice_row *row)
{
    static const char *const news[] = {
        [PIPE_ARRIVES] = "arrival", [PIPE_WRITTEN] = "written", [PIPE_ENDS] = "closed",
        [PIPE_SIGNAL] = "signal",   [PIPE_EXITED] = "exited",   [LISTENING_SAYS] = "listening",
        [PIPE_OPENS] = "opened",    [PIPE_LAPSES] = "lapse"};
    static const char *const items[] = {
        [ITEM_REQUEST] = "accepted", [ITEM_START] = "started", [ITEM_OPENED] = "opened",
        [ITEM_BYTES] = "bytes",      [ITEM_EOF] = "eof",       [ITEM_CLOSED] = "closed"};
    if (candidate->source == UINT32_MAX) {
        return "the end";
    }
    if (row->pipe_event != 0) {
        unsigned index;
        enum pipe_event what;
        const struct pipe *pipe = match_pipe(&it->told, row->pipe_event, &index, &what);
        return what == PIPE_ARRIVES ? items[pipe->ends[index].first->kind] : news[what];
    }
    return candidate->source >= it->told.nodes ? "a step or fault"
                                               : rh_signal_kind_word(row->pending.signal);
}

/* Nothing of what may happen did happen next. */
static void refuse(struct guide *it, uint32_t count, const struct rh_candidate *candidates)
{
    uint32_t stream =
        it->position < it->order->count ? it->order->places[it->position].stream : it->told.nodes;
    char text[GUIDE_TEXT_BYTES / 2] = "only";
    size_t at = strlen(text);
    for (uint32_t i = 0; i < count && at + 100 < sizeof(text); i++) {
        char actor[64];
        (void)name_of(it, candidates[i].actor, actor);
        at += (size_t)snprintf(text + at, sizeof(text) - at, "%s %s at %.60s", i == 0 ? "" : ",",
                               row_word(it, &candidates[i], &it->told.world->rows[i]), actor);
    }
    diverge(it, stream, text);
}

static uint32_t guide_below(struct rh_strategy *self, enum rh_site site, uint32_t count,
                            const struct rh_candidate *candidates)
{
    struct guide *it = (struct guide *)self;
    if (site == RH_SITE_CLOCK) {
        bool is_small = count == RH_SECOND;
        return (uint32_t)(is_small ? it->clock % RH_SECOND : it->clock / RH_SECOND);
    }
    if (site != RH_SITE_NEXT || it->has_diverged) {
        return 0;
    }
    uint32_t chosen = choose(it, count, candidates);
    bool may_end = candidates[0].source == UINT32_MAX;
    if (chosen < count) {
        return chosen;
    }
    if (!may_end) {
        refuse(it, count, candidates);
    }
    return 0;
}

/* ---- what happens here ---- */

static bool same_message(const struct rh_message *a, const struct rh_message *b)
{
    return a == NULL || b == NULL ? a == b : rh_message_equal(a, b);
}

static bool same_event(const struct rh_event *a, const struct rh_event *b)
{
    if (match_is_end(a) && match_is_end(b)) {
        return rh_pid_equal(a->actor, b->actor) && rh_ref_equal(told_handle(a), told_handle(b));
    }
    return a->kind == b->kind && a->signal == b->signal && a->why == b->why &&
           a->status == b->status && rh_pid_equal(a->actor, b->actor) &&
           rh_pid_equal(a->peer, b->peer) && a->ordinal == b->ordinal && a->number == b->number &&
           a->now == b->now && a->due == b->due && match_same_text(a->name, b->name) &&
           same_message(a->message, b->message);
}

static void on_event(struct guide *it, uint32_t node, const struct rh_event *event)
{
    char text[200];
    if (told_is_soft(&it->told, node, event, false) || it->has_diverged) {
        told_skim(&it->told, node);
        if (told_brings_more(&it->told, node) && !is_past(it)) {
            diverge(it, node, "more bytes arrive");
        }
        return;
    }
    const struct live_record *record = told_next(&it->told, node);
    if (record == NULL && it->told.run->company.nodes[node].is_killed) {
        return; /* its end, which nobody has told */
    }
    if (record == NULL || record->word != LIVE_SAYS_EVENT || !same_event(&record->event, event)) {
        describe(it, event, text, sizeof(text));
        diverge(it, node, text);
        return;
    }
    told_use(&it->told, node);
}

static void on_step(struct guide *it, const struct rh_record *record)
{
    const struct rh_event *event = record->event;
    char text[200];
    if (event->signal == RH_SIGNAL_IO || it->has_diverged) {
        return;
    }
    for (size_t p = it->position; p < it->order->count; p++) {
        const struct live_place *place = &it->order->places[p];
        uint32_t stream = place->stream;
        bool found = false;
        if (place->index != it->told.at[stream]) {
            continue;
        }
        if (event->signal == RH_SIGNAL_USER) {
            found = match_is_source(&it->told, stream, record->node, event->ordinal);
        } else if (stream == record->node) {
            found = match_is_step(told_next(&it->told, stream), event->signal, event->actor,
                                  event->peer, event->ordinal, event->name);
        }
        if (found) {
            told_use(&it->told, stream);
            return;
        }
    }
    describe(it, event, text, sizeof(text));
    diverge(it, event->signal == RH_SIGNAL_USER ? it->told.nodes : record->node, text);
}

static void on_phase(struct guide *it)
{
    bool fits = it->told.at[it->told.nodes] < it->told.run->deed_count &&
                it->told.run->deeds[it->told.at[it->told.nodes]].kind == DEED_HEAL;
    for (uint32_t i = 0; i < it->told.nodes && !it->has_diverged && !fits; i++) {
        if (told_next(&it->told, i) != NULL) {
            diverge(it, i, "nothing more");
        }
    }
    if (fits) {
        told_use(&it->told, it->told.nodes);
    } else {
        diverge(it, it->told.nodes, "nothing more");
    }
}

static void on_record(void *self, const struct rh_record *record)
{
    struct guide *it = self;
    if (record->kind == RH_RECORD_PHASE) {
        on_phase(it);
        return;
    }
    if (record->step == 0) {
        return;
    }
    if (record->kind == RH_RECORD_EVENT) {
        on_event(it, record->node, record->event);
    } else if (record->kind == RH_RECORD_STEP) {
        on_step(it, record);
    }
}

enum rh_status guide_begun(void *self, struct rh_world *world)
{
    struct guide *it = self;
    it->told.world = world;
    const struct rh_listener listener = {RH_LISTEN_ALL, on_record, it};
    return rh_world_listen(world, &listener);
}

/* ---- life ---- */

static bool guide_end(struct rh_strategy *self)
{
    (void)self;
    return false;
}

static void guide_strategy_destroy(struct rh_strategy *self)
{
    (void)self; /* it is the guide's */
}

enum rh_status guide_create(const struct director *run, const struct live_order *order,
                            struct guide **ret_guide)
{
    static const struct rh_strategy_functions functions = {
        .name = "live",
        .sees_forced = true,
        .below = guide_below,
        .end = guide_end,
        .destroy = guide_strategy_destroy,
    };
    struct guide *it = calloc(1, sizeof(*it));
    enum rh_status status = it == NULL ? RH_NO_MEMORY : told_init(&it->told, run);
    if (status != RH_OK) {
        free(it);
        return status;
    }
    it->head.functions = &functions;
    it->order = order;
    *ret_guide = it;
    return RH_OK;
}

void guide_destroy(struct guide *guide)
{
    if (guide != NULL) {
        told_free(&guide->told);
        free(guide);
    }
}

struct rh_strategy *guide_strategy(struct guide *guide)
{
    if (guide->told.no_memory) {
        guide->head.failed = true;
        guide->head.status = RH_NO_MEMORY;
    }
    return &guide->head;
}

const char *guide_difference(struct guide *it)
{
    for (uint32_t i = 0; i < it->told.nodes && !it->has_diverged; i++) {
        if (told_goes_on(&it->told, i)) {
            it->has_diverged = true;
            (void)snprintf(it->text, sizeof(it->text), "%s: live: goes on; simulated: nothing more",
                           it->told.run->plan->nodes.at[i]);
        }
    }
    return it->has_diverged ? it->text : NULL;
}

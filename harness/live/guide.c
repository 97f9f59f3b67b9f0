/* SPDX-License-Identifier: MIT */
/*
 * At each choice the simulator offers what may happen, and the first record in the merged order that is the beginning of
 * one of those is taken; from there on the events of both are compared one by one, node by node.
 *
 * Bytes are counted, not compared by piece: a real read may join what two writes wrote, and what it joins arrives here as
 * several pieces one behind the other, before anything else happens on that node. A write is answered here as soon as it was
 * answered there, so that what is written is the same, and whoever waits for that before it ends does so at the same moment.
 * That a connection is open may be told here before the other side has accepted, as it is by a real relay, and comes later
 * where it cannot: nobody but the endpoint hears of it.
 */
#include "harness/live/guide.h"

#include "harness/world/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What has come by a handle in the real run and here. */
struct inflow {
    uint32_t node;
    struct rh_ref handle;
    uint64_t due;
    uint64_t done;
    uint64_t wrote_due; /* bytes written there */
    uint64_t wrote;
    uint64_t answered_due; /* of them, those of writes that were answered */
    uint64_t answered;
    bool is_opened; /* told there, not yet here */
};

struct guide {
    struct rh_strategy head;
    const struct director *run;
    const struct live_order *order;
    struct rh_world *world;
    size_t position; /* everything in the order before it has been used */
    uint32_t *at;    /* by stream: the next record */
    uint32_t nodes;
    struct inflow *inflows;
    uint32_t inflow_count;
    bool waits_in_vain; /* nothing of what it waits for can come */
    bool has_diverged;
    char text[GUIDE_TEXT_BYTES];
};

/* ---- words ---- */

static const char *name_of(struct guide *it, struct rh_pid pid, char text[64])
{
    (void)rh_world_actor_name(it->world, pid, text, 64);
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
    (void)snprintf(text, capacity, "%s %s %s %s%s%s%s", rh_event_kind_word(event->kind),
                   rh_signal_kind_word(event->signal), name_of(it, event->actor, actor),
                   name_of(it, event->peer, peer), event->name == NULL ? "" : " ",
                   event->name == NULL ? "" : event->name, message);
}

static const char *word_of(struct guide *it, uint32_t stream, char *text, size_t capacity)
{
    if (stream == it->nodes) {
        static const char *const words[] = {[DEED_COMMAND] = "a command",
                                            [DEED_LANE] = "a step",
                                            [DEED_FAULT] = "a fault",
                                            [DEED_HEAL] = "the end of the first act"};
        bool is_over = it->at[stream] >= it->run->deed_count;
        (void)snprintf(text, capacity, "%s",
                       is_over ? "nothing" : words[it->run->deeds[it->at[stream]].kind]);
        return text;
    }
    const struct live_stream *told = &it->run->company.nodes[stream].stream;
    if (it->at[stream] >= told->count) {
        (void)snprintf(text, capacity, "nothing more");
        return text;
    }
    const struct live_record *record = &told->records[it->at[stream]];
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
                   stream < it->nodes ? rh_world_node_name(it->world, stream) : "the steps",
                   word_of(it, stream, live, sizeof(live)), simulated);
    rh_world_stop(it->world);
}

static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* ---- what was live ---- */

static struct inflow *inflow_of(struct guide *it, uint32_t node, struct rh_ref handle)
{
    for (uint32_t i = 0; i < it->inflow_count; i++) {
        if (it->inflows[i].node == node && rh_ref_equal(it->inflows[i].handle, handle)) {
            return &it->inflows[i];
        }
    }
    struct inflow *grown =
        realloc(it->inflows, (it->inflow_count + (size_t)1) * sizeof(*it->inflows));
    if (grown == NULL) {
        it->head.failed = true;
        it->head.status = RH_NO_MEMORY;
        return NULL;
    }
    it->inflows = grown;
    grown[it->inflow_count] = (struct inflow){.node = node, .handle = handle};
    return &grown[it->inflow_count++];
}

static bool owes_bytes(const struct guide *it, uint32_t node)
{
    for (uint32_t i = 0; i < it->inflow_count; i++) {
        if (it->inflows[i].node == node && it->inflows[i].done < it->inflows[i].due) {
            return true;
        }
    }
    return false;
}

/* Is anything that has come there not here yet? */
static bool owes(const struct guide *it, uint32_t node)
{
    for (uint32_t i = 0; i < it->inflow_count; i++) {
        const struct inflow *inflow = &it->inflows[i];
        if (inflow->node == node &&
            (inflow->is_opened || inflow->answered < inflow->answered_due)) {
            return true;
        }
    }
    return owes_bytes(it, node);
}

static bool brings_more(const struct guide *it, uint32_t node)
{
    for (uint32_t i = 0; i < it->inflow_count; i++) {
        if (it->inflows[i].node == node && it->inflows[i].done > it->inflows[i].due) {
            return true;
        }
    }
    return false;
}

static bool is_named(const struct rh_event *event, const char *word)
{
    return event->name != NULL && strcmp(event->name, word) == 0;
}

static struct rh_ref handle_of(const struct rh_event *event)
{
    return (struct rh_ref){.owner = event->peer, .ordinal = event->ordinal};
}

/* One write there may be two here, the second of which waits for the answer to the first. */
static void count_write(struct guide *it, uint32_t node, const struct rh_event *event, bool is_live)
{
    struct inflow *inflow = event->kind == RH_EVENT_EFFECT && is_named(event, "write")
                                ? inflow_of(it, node, handle_of(event))
                                : NULL;
    if (inflow != NULL) {
        *(is_live ? &inflow->wrote_due : &inflow->wrote) += event->number;
    }
}

/* Is it something that is counted, or nobody's business? Counts it. */
static bool is_soft(struct guide *it, uint32_t node, const struct rh_event *event, bool is_live)
{
    if (event->signal != RH_SIGNAL_IO) {
        return false;
    }
    if (event->kind == RH_EVENT_EFFECT || event->kind == RH_EVENT_HANDLE) {
        count_write(it, node, event, is_live);
        return true;
    }
    bool is_opened = is_named(event, "opened");
    bool is_answer = is_named(event, "written");
    if (event->kind != RH_EVENT_INPUT || (!is_opened && !is_answer && !is_named(event, "bytes"))) {
        return false;
    }
    struct inflow *inflow = inflow_of(it, node, handle_of(event));
    if (inflow == NULL) {
        return true;
    }
    if (is_opened) {
        inflow->is_opened = is_live;
    } else if (is_answer) {
        *(is_live ? &inflow->answered_due : &inflow->answered) =
            is_live ? inflow->wrote_due : inflow->wrote;
    } else if (is_live) {
        inflow->due += event->number;
    } else {
        inflow->done += event->number;
    }
    return true;
}

static const struct live_record *next_of(const struct guide *it, uint32_t node)
{
    const struct live_stream *stream = &it->run->company.nodes[node].stream;
    return it->at[node] < stream->count ? &stream->records[it->at[node]] : NULL;
}

static bool is_input(const struct live_record *record, const char *word)
{
    return record->word == LIVE_SAYS_EVENT && record->kind == RH_RECORD_EVENT &&
           record->event.kind == RH_EVENT_INPUT && record->event.signal == RH_SIGNAL_IO &&
           is_named(&record->event, word);
}

/* Does a record have to wait until what came before it is here? It may be in vain that a pipe which is open there already is
 * waited for, or the answer to a write. */
static bool waits(const struct guide *it, uint32_t node, const struct live_record *record)
{
    if (is_input(record, "bytes") && owes_bytes(it, node)) {
        return true;
    }
    bool is_counted =
        is_input(record, "bytes") || is_input(record, "written") || is_input(record, "opened");
    return is_counted && !it->waits_in_vain && owes(it, node);
}

/* Pass what has no counterpart, up to something that has, or that waits. */
static void skim(struct guide *it, uint32_t node)
{
    const struct live_record *record;
    while ((record = next_of(it, node)) != NULL && !waits(it, node, record)) {
        bool is_told = record->word == LIVE_SAYS_EVENT;
        bool passes = record->word == LIVE_SAYS_DIALLED || record->word == LIVE_SAYS_STARTED ||
                      (is_told && record->kind != RH_RECORD_EVENT) ||
                      (is_told && is_soft(it, node, &record->event, true));
        if (!passes) {
            return;
        }
        it->at[node]++;
    }
}

static void skim_deeds(struct guide *it)
{
    while (it->at[it->nodes] < it->run->deed_count &&
           it->run->deeds[it->at[it->nodes]].kind == DEED_COMMAND) {
        it->at[it->nodes]++;
    }
}

static void use(struct guide *it, uint32_t stream)
{
    it->at[stream]++;
    if (stream < it->nodes) {
        skim(it, stream);
    } else {
        skim_deeds(it);
    }
}

/* ---- what may happen here ---- */

/* What is sent to a name is not what is sent to whoever has it: each is counted by itself. */
static bool is_step(const struct live_record *record, enum rh_signal_kind signal,
                    struct rh_pid actor, struct rh_pid from, uint64_t ordinal, const char *name)
{
    const struct rh_event *event = &record->event;
    return record->word == LIVE_SAYS_STEP && event->signal == signal &&
           rh_pid_equal(event->actor, actor) && rh_pid_equal(event->peer, from) &&
           event->ordinal == ordinal && same_text(event->name, name);
}

static bool is_source(const struct guide *it, uint32_t stream, uint32_t source, uint64_t id)
{
    if (stream == it->nodes) {
        if (it->at[stream] >= it->run->deed_count) {
            return false;
        }
        const struct live_deed *deed = &it->run->deeds[it->at[stream]];
        return deed->id == id && deed->kind == (source == 0 ? DEED_LANE : DEED_FAULT);
    }
    const struct live_record *record = next_of(it, stream);
    return record != NULL && record->id == id &&
           record->word == (source == 0 ? LIVE_SAYS_PART : LIVE_SAYS_STRUCK);
}

/* Is it also the same message that is struck? */
static bool is_prey(const struct guide *it, uint32_t stream, const struct choice_row *row)
{
    const struct live_record *record = stream < it->nodes ? next_of(it, stream) : NULL;
    if (record == NULL || !record->has_prey || !row->strikes) {
        return !row->strikes;
    }
    const struct rh_event *event = &record->event;
    const struct rh_pending *pending = &row->pending;
    return row->strikes_on == stream && event->signal == pending->signal &&
           rh_pid_equal(event->actor, pending->actor) && rh_pid_equal(event->peer, pending->from) &&
           event->ordinal == pending->ordinal && same_text(event->name, pending->name);
}

static const struct pipe *pipe_of(const struct guide *it, uint64_t event, unsigned *ret_end,
                                  enum pipe_event *ret_what)
{
    *ret_what = (enum pipe_event)(event & ((1U << PIPE_EVENT_BITS) - 1));
    *ret_end = (unsigned)(event >> PIPE_EVENT_BITS & 1);
    return *ret_what == LISTENING_SAYS ? NULL
                                       : pipe_find(it->world, event >> (PIPE_EVENT_BITS + 1));
}

/* From which node comes the connection that is accepted next? */
static bool is_from(const struct guide *it, uint32_t node, const struct live_record *record,
                    uint32_t from)
{
    const struct live_stream *stream = &it->run->company.nodes[node].stream;
    uint32_t accepted = 0;
    for (const struct live_record *at = stream->records; at < record; at++) {
        accepted += at->word == LIVE_SAYS_EVENT && at->event.kind == RH_EVENT_INPUT &&
                    at->event.signal == RH_SIGNAL_IO && is_named(&at->event, "accepted");
    }
    for (uint32_t i = 0; i < it->run->link_count; i++) {
        const struct live_link *link = &it->run->links[i];
        if (link->to == node && link->accepted == accepted) {
            return link->from == from;
        }
    }
    return false;
}

/* EOF and CLOSED are one thing to whoever owns a connection. Which of them comes first is not the same in both worlds: a
 * write that meets the end is answered by CLOSED at once here, and by a relay a moment later. But what was reset ends by a
 * reset, unless the relay had nothing to reset that side with. */
static bool is_end(const struct rh_event *event)
{
    return event->kind == RH_EVENT_INPUT && event->signal == RH_SIGNAL_IO &&
           (is_named(event, "eof") || is_named(event, "closed"));
}

static bool is_end_of(const struct guide *it, uint32_t node, const struct pipe *pipe,
                      const struct rh_event *event)
{
    bool is_rough = pipe->was_reset && (it->run->company.relay.unaware >> node % 64 & 1) == 0;
    return is_end(event) && !(is_rough && is_named(event, "eof"));
}

/* Is the record this news of a pipe? */
static bool is_news(const struct guide *it, uint32_t node, const struct live_record *record,
                    uint64_t event)
{
    unsigned index;
    enum pipe_event what;
    const struct pipe *pipe = pipe_of(it, event, &index, &what);
    if (pipe == NULL || record->word != LIVE_SAYS_EVENT || record->event.kind != RH_EVENT_INPUT ||
        record->event.signal != RH_SIGNAL_IO || pipe->ends[index].node != node) {
        return false;
    }
    const struct end *end = &pipe->ends[index];
    if (what == PIPE_ARRIVES && end->first->kind == ITEM_REQUEST) {
        return is_named(&record->event, "accepted") &&
               is_from(it, node, record, pipe->ends[0].node);
    }
    if (!rh_ref_equal(end->handle, handle_of(&record->event))) {
        return false;
    }
    bool is_eof_next = end->first != NULL && end->first->kind == ITEM_EOF;
    if (what == PIPE_ENDS && !end->is_ending && is_eof_next && is_named(&record->event, "eof")) {
        return false; /* as it came */
    }
    bool ends =
        what == PIPE_ENDS ||
        (what == PIPE_ARRIVES && (end->first->kind == ITEM_CLOSED || end->first->kind == ITEM_EOF));
    return ends && is_end_of(it, node, pipe, &record->event);
}

/* What may be done at any time, since nobody hears of it, or is owed. */
static bool is_free(struct guide *it, uint64_t event)
{
    unsigned index;
    enum pipe_event what;
    struct rh_pid owner;
    const struct pipe *pipe = pipe_of(it, event, &index, &what);
    if (pipe == NULL) {
        return false;
    }
    const struct end *end = &pipe->ends[index];
    if (what == PIPE_ARRIVES && end->first->kind == ITEM_REQUEST) {
        return !rh_world_node_is_up(it->world, end->node);
    }
    if (what == PIPE_LAPSES) {
        return false;
    }
    const struct rh_node *node = rh_world_node(it->world, end->node);
    if (!rh_inspect_handle_owner(node, end->handle, &owner) || !rh_inspect_is_alive(node, owner)) {
        return true;
    }
    if (what != PIPE_ARRIVES && what != PIPE_WRITTEN && what != PIPE_OPENS) {
        return false;
    }
    const struct inflow *inflow = inflow_of(it, end->node, end->handle);
    if (what == PIPE_OPENS) {
        return inflow != NULL && inflow->is_opened;
    }
    if (what == PIPE_WRITTEN) {
        return inflow != NULL &&
               (inflow->answered < inflow->answered_due || inflow->wrote < inflow->wrote_due);
    }
    return inflow != NULL && ((end->first->kind == ITEM_BYTES && inflow->done < inflow->due) ||
                              (end->first->kind == ITEM_OPENED && inflow->is_opened));
}

static bool fits(const struct guide *it, uint32_t stream, const struct rh_candidate *candidate,
                 const struct choice_row *row)
{
    if (row->pipe_event != 0) {
        const struct live_record *record = stream < it->nodes ? next_of(it, stream) : NULL;
        return record != NULL && is_news(it, stream, record, row->pipe_event);
    }
    if (candidate->source >= it->nodes) {
        return is_source(it, stream, candidate->source - it->nodes, row->source_event) &&
               is_prey(it, stream, row);
    }
    const struct live_record *record = candidate->source == stream ? next_of(it, stream) : NULL;
    const struct rh_pending *pending = &row->pending;
    return record != NULL &&
           is_step(record, pending->signal, pending->actor, pending->from, pending->ordinal,
                   pending->name) &&
           record->pending == pending->kind;
}

/* Is it a connection that its node accepts next? It goes first: whoever dialled may hang up, and then there is none. */
static bool is_welcome(const struct guide *it, uint64_t event)
{
    unsigned index;
    enum pipe_event what;
    const struct pipe *pipe = pipe_of(it, event, &index, &what);
    if (pipe == NULL || what != PIPE_ARRIVES || pipe->ends[index].first->kind != ITEM_REQUEST) {
        return false;
    }
    uint32_t node = pipe->ends[index].node;
    const struct live_record *record = node < it->nodes ? next_of(it, node) : NULL;
    return record != NULL && !owes_bytes(it, node) && is_news(it, node, record, event);
}

/* An event of a pipe that may happen without anybody hearing of it. */
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

static uint32_t look(struct guide *it, uint32_t count, const struct rh_candidate *candidates)
{
    for (uint32_t i = 0; i < count; i++) {
        if (candidates[i].source != UINT32_MAX && it->world->rows[i].pipe_event != 0 &&
            is_welcome(it, it->world->rows[i].pipe_event)) {
            return i;
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        if (candidates[i].source != UINT32_MAX && it->world->rows[i].pipe_event != 0 &&
            is_free(it, it->world->rows[i].pipe_event)) {
            return i;
        }
    }
    while (it->position < it->order->count &&
           it->order->places[it->position].index < it->at[it->order->places[it->position].stream]) {
        it->position++;
    }
    for (size_t p = it->position; p < it->order->count; p++) {
        const struct live_place *place = &it->order->places[p];
        if (place->index != it->at[place->stream] ||
            (place->stream < it->nodes && owes_bytes(it, place->stream))) {
            continue;
        }
        for (uint32_t i = 0; i < count; i++) {
            if (candidates[i].source != UINT32_MAX &&
                fits(it, place->stream, &candidates[i], &it->world->rows[i])) {
                return i;
            }
        }
    }
    return count;
}

static uint32_t choose(struct guide *it, uint32_t count, const struct rh_candidate *candidates)
{
    uint32_t chosen = look(it, count, candidates);
    if (chosen == count) {
        it->waits_in_vain = true;
        for (uint32_t i = 0; i < it->nodes; i++) {
            skim(it, i);
        }
        it->waits_in_vain = false;
        chosen = look(it, count, candidates);
    }
    return chosen < count ? chosen : left_over(count, candidates, it->world->rows);
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
        const struct pipe *pipe = pipe_of(it, row->pipe_event, &index, &what);
        return what == PIPE_ARRIVES ? items[pipe->ends[index].first->kind] : news[what];
    }
    return candidate->source >= it->nodes ? "a step or fault"
                                          : rh_signal_kind_word(row->pending.signal);
}

/* Nothing of what may happen did happen next. */
static void refuse(struct guide *it, uint32_t count, const struct rh_candidate *candidates)
{
    uint32_t stream =
        it->position < it->order->count ? it->order->places[it->position].stream : it->nodes;
    char text[GUIDE_TEXT_BYTES / 2] = "only";
    size_t at = strlen(text);
    for (uint32_t i = 0; i < count && at + 100 < sizeof(text); i++) {
        char actor[64];
        (void)name_of(it, candidates[i].actor, actor);
        at += (size_t)snprintf(text + at, sizeof(text) - at, "%s %s at %.60s", i == 0 ? "" : ",",
                               row_word(it, &candidates[i], &it->world->rows[i]), actor);
    }
    diverge(it, stream, text);
}

static uint32_t guide_below(struct rh_strategy *self, enum rh_site site, uint32_t count,
                            const struct rh_candidate *candidates)
{
    struct guide *it = (struct guide *)self;
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
    if (is_end(a) && is_end(b)) {
        return rh_pid_equal(a->actor, b->actor) && rh_ref_equal(handle_of(a), handle_of(b));
    }
    return a->kind == b->kind && a->signal == b->signal && a->why == b->why &&
           a->status == b->status && rh_pid_equal(a->actor, b->actor) &&
           rh_pid_equal(a->peer, b->peer) && a->ordinal == b->ordinal && a->number == b->number &&
           same_text(a->name, b->name) && same_message(a->message, b->message);
}

static void on_event(struct guide *it, uint32_t node, const struct rh_event *event)
{
    char text[200];
    if (is_soft(it, node, event, false) || it->has_diverged) {
        skim(it, node);
        if (brings_more(it, node)) {
            diverge(it, node, "more bytes arrive");
        }
        return;
    }
    const struct live_record *record = next_of(it, node);
    if (record == NULL && it->run->company.nodes[node].is_killed) {
        return; /* its end, which nobody has told */
    }
    if (record == NULL || record->word != LIVE_SAYS_EVENT || !same_event(&record->event, event)) {
        describe(it, event, text, sizeof(text));
        diverge(it, node, text);
        return;
    }
    use(it, node);
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
        if (place->index != it->at[stream]) {
            continue;
        }
        if (event->signal == RH_SIGNAL_USER) {
            found = is_source(it, stream, record->node, event->ordinal);
        } else if (stream == record->node) {
            found = is_step(next_of(it, stream), event->signal, event->actor, event->peer,
                            event->ordinal, event->name);
        }
        if (found) {
            use(it, stream);
            return;
        }
    }
    describe(it, event, text, sizeof(text));
    diverge(it, event->signal == RH_SIGNAL_USER ? it->nodes : record->node, text);
}

static void on_phase(struct guide *it)
{
    bool fits = it->at[it->nodes] < it->run->deed_count &&
                it->run->deeds[it->at[it->nodes]].kind == DEED_HEAL;
    for (uint32_t i = 0; i < it->nodes && !it->has_diverged && !fits; i++) {
        if (next_of(it, i) != NULL) {
            diverge(it, i, "nothing more");
        }
    }
    if (fits) {
        use(it, it->nodes);
    } else {
        diverge(it, it->nodes, "nothing more");
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
    it->world = world;
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
        .below = guide_below,
        .end = guide_end,
        .destroy = guide_strategy_destroy,
    };
    struct guide *it = calloc(1, sizeof(*it));
    uint32_t nodes = run->company.count;
    uint32_t *at = calloc(nodes + (size_t)1, sizeof(*at));
    if (it == NULL || at == NULL) {
        free(it);
        free(at);
        return RH_NO_MEMORY;
    }
    *it = (struct guide){
        .head = {.functions = &functions}, .run = run, .order = order, .at = at, .nodes = nodes};
    for (uint32_t i = 0; i < nodes; i++) {
        at[i] = run->company.nodes[i].stream.started;
        skim(it, i);
    }
    skim_deeds(it);
    *ret_guide = it;
    return RH_OK;
}

void guide_destroy(struct guide *guide)
{
    if (guide != NULL) {
        free(guide->at);
        free(guide->inflows);
        free(guide);
    }
}

struct rh_strategy *guide_strategy(struct guide *guide)
{
    return &guide->head;
}

const char *guide_difference(struct guide *it)
{
    for (uint32_t i = 0; i < it->nodes && !it->has_diverged; i++) {
        if (next_of(it, i) != NULL) {
            it->has_diverged = true;
            (void)snprintf(it->text, sizeof(it->text), "%s: live: goes on; simulated: nothing more",
                           it->run->plan->nodes.at[i]);
        }
    }
    return it->has_diverged ? it->text : NULL;
}

/* SPDX-License-Identifier: MIT */
/*
 * Vector clocks: the clock of a record says how many records of each stream have come before it. A node's own records are in
 * order. What arrives by a pipe comes behind the record of the write that its last byte is from, which the offsets of both
 * sides tell; a connection that is accepted, behind the wish to connect; an end, behind what ended it. A deed of the
 * parent comes behind all that it had heard, what a child does on command behind the command.
 *
 * Who has accepted whom is known by the relay: local sockets are accepted in the order in which they were connected.
 */
#include "harness/live/merge.h"

#include <stdlib.h>
#include <string.h>

/* What a node calls one side of a connection. */
struct side {
    uint32_t node;
    uint32_t link; /* of which connection */
    struct rh_ref handle;
    bool is_known;
    uint32_t opened; /* record of the wish to connect, or of ACCEPTED */
    uint64_t wrote;  /* while the order is made */
    uint64_t read;
};
struct link {
    struct side sides[2];
};

struct merger {
    const struct director *run;
    struct link *links;
    uint32_t link_count;
    uint32_t *at;    /* by stream: how many are placed */
    uint32_t *clock; /* by stream: of its last record placed */
    uint32_t *needs; /* of the record that is looked at */
    uint32_t streams;
};

static bool is_io(const struct live_record *record, enum rh_event_kind kind, const char *word)
{
    return record->word == LIVE_SAYS_EVENT && record->kind == RH_RECORD_EVENT &&
           record->event.kind == kind && record->event.signal == RH_SIGNAL_IO &&
           record->event.name != NULL && strcmp(record->event.name, word) == 0;
}

static struct rh_ref handle_of(const struct live_record *record)
{
    return (struct rh_ref){.owner = record->event.peer, .ordinal = record->event.ordinal};
}

/* Which of all wishes to connect of a node is the n-th to that other one? */
static uint32_t wish_number(const struct director *run, uint32_t node, uint32_t to, uint32_t n)
{
    const struct live_stream *stream = &run->company.nodes[node].stream;
    uint32_t wishes = 0;
    for (uint32_t i = 0; i < stream->count; i++) {
        if (stream->records[i].word == LIVE_SAYS_DIALLED) {
            if (stream->records[i].id == to && n-- == 0) {
                return wishes;
            }
            wishes++;
        }
    }
    return UINT32_MAX;
}

/* The n-th record of that kind. */
static bool find_nth(const struct director *run, uint32_t node, enum rh_event_kind kind,
                     const char *word, uint32_t n, uint32_t *ret_index)
{
    const struct live_stream *stream = &run->company.nodes[node].stream;
    for (uint32_t i = 0; i < stream->count; i++) {
        if (is_io(&stream->records[i], kind, word) && n-- == 0) {
            *ret_index = i;
            return true;
        }
    }
    return false;
}

/* ACCEPTED names the listener; the new handle is its number, made by the same owner. */
static void find_sides(struct merger *it, struct link *link, const struct live_link *told)
{
    uint32_t index = 0;
    struct side *dialled = &link->sides[0];
    struct side *accepted = &link->sides[1];
    uint32_t number = (uint32_t)(link - it->links);
    *dialled = (struct side){.node = told->from, .link = number};
    *accepted = (struct side){.node = told->to, .link = number};
    uint32_t wish = wish_number(it->run, told->from, told->to, told->connected);
    if (find_nth(it->run, told->from, RH_EVENT_EFFECT, "connect", wish, &index)) {
        dialled->is_known = true;
        dialled->opened = index;
        dialled->handle = handle_of(&it->run->company.nodes[told->from].stream.records[index]);
    }
    if (told->accepted != UINT32_MAX &&
        find_nth(it->run, told->to, RH_EVENT_INPUT, "accepted", told->accepted, &index)) {
        const struct rh_event *event =
            &it->run->company.nodes[told->to].stream.records[index].event;
        accepted->is_known = true;
        accepted->opened = index;
        accepted->handle = (struct rh_ref){.owner = event->actor, .ordinal = event->number};
    }
}

static struct side *side_of(struct merger *it, uint32_t node, struct rh_ref handle,
                            struct side **ret_other)
{
    for (uint32_t i = 0; i < it->link_count; i++) {
        for (unsigned s = 0; s < 2; s++) {
            struct side *side = &it->links[i].sides[s];
            if (side->is_known && side->node == node && rh_ref_equal(side->handle, handle)) {
                *ret_other = &it->links[i].sides[1 - s];
                return side;
            }
        }
    }
    return NULL;
}

static void need(struct merger *it, uint32_t stream, uint32_t count)
{
    if (it->needs[stream] < count) {
        it->needs[stream] = count;
    }
}

/* The write that the byte is from. */
static void need_write(struct merger *it, const struct side *writer, uint64_t byte)
{
    const struct live_stream *stream = &it->run->company.nodes[writer->node].stream;
    uint64_t written = 0;
    for (uint32_t i = 0; i < stream->count && writer->is_known; i++) {
        const struct live_record *record = &stream->records[i];
        if (is_io(record, RH_EVENT_EFFECT, "write") &&
            rh_ref_equal(handle_of(record), writer->handle)) {
            written += record->event.number;
            if (written >= byte) {
                need(it, writer->node, i + 1);
                return;
            }
        }
    }
}

/* Did the other side end the connection by itself? Then that is what comes first of its ends: who has heard of one closes
 * behind it. */
static bool ends_by_itself(const struct merger *it, const struct side *other, uint32_t *ret_index)
{
    const struct live_stream *stream = &it->run->company.nodes[other->node].stream;
    for (uint32_t i = 0; i < stream->count && other->is_known; i++) {
        const struct live_record *record = &stream->records[i];
        if (!rh_ref_equal(handle_of(record), other->handle)) {
            continue;
        }
        if (is_io(record, RH_EVENT_EFFECT, "close") || is_io(record, RH_EVENT_EFFECT, "shutdown")) {
            *ret_index = i;
            return true;
        }
        if (is_io(record, RH_EVENT_INPUT, "eof") || is_io(record, RH_EVENT_INPUT, "closed")) {
            return false;
        }
    }
    return false;
}

/* What has ended the connection: the other side's word, its death, or harm; of those that were there before it was heard, the
 * first. */
static void need_end(struct merger *it, uint32_t node, const struct side *other)
{
    uint32_t word = 0;
    bool has_word = ends_by_itself(it, other, &word);
    for (uint32_t i = 0; i < it->run->deed_count; i++) {
        const struct live_deed *deed = &it->run->deeds[i];
        bool between = (deed->node == node && deed->other == other->node) ||
                       (deed->node == other->node && deed->other == node);
        bool ends = (deed->is_kill && deed->node == other->node) ||
                    (deed->is_harm && between && other->link < deed->links);
        bool is_first = !has_word || word >= deed->heard[other->node];
        if (ends && is_first && deed->heard[node] <= it->at[node]) {
            need(it, it->streams - 1, i + 1);
            return;
        }
    }
    if (has_word) {
        need(it, other->node, word + 1);
    }
}

static void need_command(struct merger *it, uint32_t number)
{
    for (uint32_t i = 0; i < it->run->deed_count; i++) {
        const struct live_deed *deed = &it->run->deeds[i];
        if (deed->kind == DEED_COMMAND && deed->number == number) {
            need(it, it->streams - 1, i + 1);
        }
    }
}

static void need_io(struct merger *it, uint32_t node, const struct live_record *record)
{
    struct side *other = NULL;
    if (is_io(record, RH_EVENT_INPUT, "accepted")) {
        const struct rh_ref handle = {.owner = record->event.actor,
                                      .ordinal = record->event.number};
        if (side_of(it, node, handle, &other) != NULL && other->is_known) {
            need(it, other->node, other->opened + 1);
        }
        return;
    }
    struct side *side = side_of(it, node, handle_of(record), &other);
    if (side == NULL) {
        return;
    }
    if (is_io(record, RH_EVENT_INPUT, "bytes")) {
        need_write(it, other, side->read + record->event.number);
    } else if (is_io(record, RH_EVENT_INPUT, "eof") ||
               (is_io(record, RH_EVENT_INPUT, "closed") &&
                record->event.number != RH_CLOSE_REQUESTED)) {
        need_end(it, node, other);
    }
}

/* Fill in what has to come before the next record of a stream; false: it has none. */
static bool look_at(struct merger *it, uint32_t stream)
{
    memset(it->needs, 0, it->streams * sizeof(*it->needs));
    uint32_t at = it->at[stream];
    if (stream == it->streams - 1) {
        if (at >= it->run->deed_count) {
            return false;
        }
        for (uint32_t i = 0; i + 1 < it->streams; i++) {
            need(it, i, it->run->deeds[at].heard[i]);
        }
        return true;
    }
    const struct live_stream *told = &it->run->company.nodes[stream].stream;
    if (at >= told->count) {
        return false;
    }
    const struct live_record *record = &told->records[at];
    if (record->word == LIVE_SAYS_PART || record->word == LIVE_SAYS_STRUCK) {
        need_command(it, record->number);
    } else if (record->word == LIVE_SAYS_EVENT) {
        need_io(it, stream, record);
    }
    return true;
}

static bool is_ready(const struct merger *it)
{
    for (uint32_t i = 0; i < it->streams; i++) {
        if (it->at[i] < it->needs[i]) {
            return false;
        }
    }
    return true;
}

/* Its clock is the latest of what it needs and of its own stream. */
static void place(struct merger *it, uint32_t stream, struct live_order *order)
{
    uint32_t n = it->streams;
    uint32_t *own = it->clock + (size_t)stream * n;
    for (uint32_t from = 0; from < n; from++) {
        /* What it needs of a stream brings along all that stream knew by then. */
        for (size_t p = order->count; it->needs[from] > 0 && p > 0; p--) {
            const struct live_place *before = &order->places[p - 1];
            if (before->stream == from && before->index + 1 == it->needs[from]) {
                const uint32_t *theirs = order->clocks + (p - 1) * n;
                for (uint32_t i = 0; i < n; i++) {
                    own[i] = own[i] < theirs[i] ? theirs[i] : own[i];
                }
                break;
            }
        }
    }
    own[stream] = it->at[stream] + 1;
    memcpy(order->clocks + order->count * n, own, n * sizeof(*own));
    order->places[order->count++] = (struct live_place){stream, it->at[stream]};
    if (stream + 1 < n) {
        const struct live_record *record =
            &it->run->company.nodes[stream].stream.records[it->at[stream]];
        struct side *other = NULL;
        struct side *side = NULL;
        if (is_io(record, RH_EVENT_INPUT, "bytes") &&
            (side = side_of(it, stream, handle_of(record), &other)) != NULL) {
            side->read += record->event.number;
        }
    }
    it->at[stream]++;
}

/* Does something new begin here? What a node does in one event stays together. */
static bool begins(const struct live_record *record)
{
    return record->word != LIVE_SAYS_EVENT ||
           (record->event.kind == RH_EVENT_INPUT && record->event.signal == RH_SIGNAL_IO);
}

static void place_event(struct merger *it, uint32_t stream, struct live_order *order)
{
    place(it, stream, order);
    if (stream + 1 == it->streams) {
        return;
    }
    const struct live_stream *told = &it->run->company.nodes[stream].stream;
    memset(it->needs, 0, it->streams * sizeof(*it->needs));
    while (it->at[stream] < told->count && !begins(&told->records[it->at[stream]])) {
        place(it, stream, order);
    }
}

/* Deeds first, then the lower node; where nothing is ready the clocks contradict each other, and the first goes. */
static bool place_next(struct merger *it, struct live_order *order)
{
    uint32_t first = UINT32_MAX;
    for (uint32_t turn = 0; turn < it->streams; turn++) {
        uint32_t stream = turn == 0 ? it->streams - 1 : turn - 1;
        if (!look_at(it, stream)) {
            continue;
        }
        first = first == UINT32_MAX ? stream : first;
        if (is_ready(it)) {
            place_event(it, stream, order);
            return true;
        }
    }
    if (first == UINT32_MAX) {
        return false;
    }
    order->was_forced = true;
    memset(it->needs, 0, it->streams * sizeof(*it->needs));
    place_event(it, first, order);
    return true;
}

enum rh_status live_merge(const struct director *run, struct live_order *ret_order)
{
    uint32_t streams = run->company.count + 1;
    size_t total = run->deed_count;
    for (uint32_t i = 0; i < run->company.count; i++) {
        total += run->company.nodes[i].stream.count;
    }
    struct merger it = {
        .run = run,
        .streams = streams,
        .link_count = run->link_count,
        .links = calloc(run->link_count + (size_t)1, sizeof(*it.links)),
        .at = calloc(streams, sizeof(*it.at)),
        .clock = calloc((size_t)streams * streams, sizeof(*it.clock)),
        .needs = calloc(streams, sizeof(*it.needs)),
    };
    *ret_order = (struct live_order){
        .places = calloc(total + 1, sizeof(*ret_order->places)),
        .clocks = calloc((total + 1) * streams, sizeof(*ret_order->clocks)),
    };
    bool has_memory = it.links != NULL && it.at != NULL && it.clock != NULL && it.needs != NULL &&
                      ret_order->places != NULL && ret_order->clocks != NULL;
    for (uint32_t i = 0; i < run->link_count && has_memory; i++) {
        find_sides(&it, &it.links[i], &run->links[i]);
    }
    while (has_memory && place_next(&it, ret_order)) {
    }
    free(it.links);
    free(it.at);
    free(it.clock);
    free(it.needs);
    if (!has_memory) {
        live_order_free(ret_order);
    }
    return has_memory ? RH_OK : RH_NO_MEMORY;
}

void live_order_free(struct live_order *order)
{
    free(order->places);
    free(order->clocks);
    *order = (struct live_order){0};
}

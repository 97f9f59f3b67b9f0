/* SPDX-License-Identifier: MIT */
/*
 * Bytes are counted, not compared by piece: a real read may join what two writes wrote, and what it joins arrives here as
 * several pieces one behind the other, before anything else happens on that node. A write is answered here as soon as it was
 * answered there, so that what is written is the same, and whoever waits for that before it ends does so at the same moment.
 * That a connection is open may be told here before the other side has accepted, as it is by a real relay, and comes later
 * where it cannot: nobody but the endpoint hears of it.
 */
#include "harness/live/told.h"

#include <stdlib.h>
#include <string.h>

struct inflow *told_inflow(struct told *it, uint32_t node, struct rh_ref handle)
{
    for (uint32_t i = 0; i < it->inflow_count; i++) {
        if (it->inflows[i].node == node && rh_ref_equal(it->inflows[i].handle, handle)) {
            return &it->inflows[i];
        }
    }
    struct inflow *grown =
        realloc(it->inflows, (it->inflow_count + (size_t)1) * sizeof(*it->inflows));
    if (grown == NULL) {
        it->no_memory = true;
        return NULL;
    }
    it->inflows = grown;
    grown[it->inflow_count] = (struct inflow){.node = node, .handle = handle};
    return &grown[it->inflow_count++];
}

bool told_owes_bytes(const struct told *it, uint32_t node)
{
    for (uint32_t i = 0; i < it->inflow_count; i++) {
        if (it->inflows[i].node == node && it->inflows[i].done < it->inflows[i].due) {
            return true;
        }
    }
    return false;
}

/* Is anything that has come there not here yet? */
static bool owes(const struct told *it, uint32_t node)
{
    for (uint32_t i = 0; i < it->inflow_count; i++) {
        const struct inflow *inflow = &it->inflows[i];
        if (inflow->node == node &&
            (inflow->is_opened || inflow->answered < inflow->answered_due)) {
            return true;
        }
    }
    return told_owes_bytes(it, node);
}

bool told_brings_more(const struct told *it, uint32_t node)
{
    for (uint32_t i = 0; i < it->inflow_count; i++) {
        if (it->inflows[i].node == node && it->inflows[i].done > it->inflows[i].due) {
            return true;
        }
    }
    return false;
}

bool told_is_named(const struct rh_event *event, const char *word)
{
    return event->name != NULL && strcmp(event->name, word) == 0;
}

struct rh_ref told_handle(const struct rh_event *event)
{
    return (struct rh_ref){.owner = event->peer, .ordinal = event->ordinal};
}

/* One write there may be two here, the second of which waits for the answer to the first. */
static void count_write(struct told *it, uint32_t node, const struct rh_event *event, bool is_live)
{
    struct inflow *inflow = event->kind == RH_EVENT_EFFECT && told_is_named(event, "write")
                                ? told_inflow(it, node, told_handle(event))
                                : NULL;
    if (inflow != NULL) {
        *(is_live ? &inflow->wrote_due : &inflow->wrote) += event->number;
    }
}

bool told_is_soft(struct told *it, uint32_t node, const struct rh_event *event, bool is_live)
{
    if (event->signal != RH_SIGNAL_IO) {
        return false;
    }
    if (event->kind == RH_EVENT_EFFECT || event->kind == RH_EVENT_HANDLE) {
        count_write(it, node, event, is_live);
        return true;
    }
    bool is_opened = told_is_named(event, "opened");
    bool is_answer = told_is_named(event, "written");
    if (event->kind != RH_EVENT_INPUT ||
        (!is_opened && !is_answer && !told_is_named(event, "bytes"))) {
        return false;
    }
    struct inflow *inflow = told_inflow(it, node, told_handle(event));
    if (inflow == NULL) {
        return true;
    }
    if (is_opened) {
        inflow->is_opened = is_live;
    } else if (is_answer) {
        *(is_live ? &inflow->answered_due : &inflow->answered) =
            is_live ? inflow->wrote_due : inflow->wrote;
        inflow->answered_at = is_live ? event->now : inflow->answered_at;
    } else if (is_live) {
        inflow->due += event->number;
        inflow->due_at = event->now;
    } else {
        inflow->done += event->number;
    }
    return true;
}

const struct live_record *told_next(const struct told *it, uint32_t node)
{
    const struct live_stream *stream = &it->run->company.nodes[node].stream;
    return it->at[node] < stream->count ? &stream->records[it->at[node]] : NULL;
}

const struct live_record *told_news(const struct told *it, uint32_t node)
{
    const struct live_stream *stream = &it->run->company.nodes[node].stream;
    const struct live_record *record = told_next(it, node);
    uint32_t at = it->at[node];
    if (record == NULL || record->word != LIVE_SAYS_EVENT ||
        record->event.kind != RH_EVENT_HANDLE || record->event.signal != RH_SIGNAL_START) {
        return record;
    }
    while (at < stream->count && stream->records[at].word == LIVE_SAYS_EVENT &&
           stream->records[at].event.kind != RH_EVENT_INPUT) {
        at++;
    }
    return at < stream->count ? &stream->records[at] : NULL;
}

bool told_is_input(const struct live_record *record, const char *word)
{
    return record->word == LIVE_SAYS_EVENT && record->kind == RH_RECORD_EVENT &&
           record->event.kind == RH_EVENT_INPUT && record->event.signal == RH_SIGNAL_IO &&
           told_is_named(&record->event, word);
}

/* Does a record have to wait until what came before it is here? It may be in vain that a pipe which is open there already is
 * waited for, or the answer to a write. */
static bool waits(const struct told *it, uint32_t node, const struct live_record *record)
{
    if (told_is_input(record, "bytes") && told_owes_bytes(it, node)) {
        return true;
    }
    bool is_counted = told_is_input(record, "bytes") || told_is_input(record, "written") ||
                      told_is_input(record, "opened");
    return is_counted && !it->waits_in_vain && owes(it, node);
}

static void pass(struct told *it, uint32_t node)
{
    rh_instant now = told_next(it, node)->event.now;
    it->times[node] = now > it->times[node] ? now : it->times[node];
    it->at[node]++;
}

void told_skim(struct told *it, uint32_t node)
{
    const struct live_record *record;
    while ((record = told_next(it, node)) != NULL && !waits(it, node, record)) {
        bool is_told = record->word == LIVE_SAYS_EVENT;
        bool passes = record->word == LIVE_SAYS_DIALLED || record->word == LIVE_SAYS_STARTED ||
                      (is_told && record->kind != RH_RECORD_EVENT) ||
                      (is_told && told_is_soft(it, node, &record->event, true));
        if (!passes) {
            return;
        }
        pass(it, node);
    }
}

static void skim_deeds(struct told *it)
{
    while (it->at[it->nodes] < it->run->deed_count &&
           it->run->deeds[it->at[it->nodes]].kind == DEED_COMMAND) {
        it->at[it->nodes]++;
    }
}

void told_use(struct told *it, uint32_t stream)
{
    if (stream < it->nodes) {
        pass(it, stream);
        told_skim(it, stream);
    } else {
        it->at[stream]++;
        skim_deeds(it);
    }
}

bool told_is_heard(const struct told *it)
{
    uint32_t at = it->at[it->nodes];
    for (uint32_t i = 0; i < it->nodes && at < it->run->deed_count; i++) {
        if (it->at[i] < it->run->deeds[at].heard[i]) {
            return false;
        }
    }
    return true;
}

rh_instant told_time(const struct told *it, uint32_t stream)
{
    return stream == it->nodes ? it->run->deeds[it->at[stream]].time
                               : told_next(it, stream)->event.now;
}

bool told_goes_on(const struct told *it, uint32_t node)
{
    const struct live_stream *stream = &it->run->company.nodes[node].stream;
    uint32_t i = it->at[node];
    while (i < stream->count && live_is_small_talk(&stream->records[i])) {
        i++;
    }
    return i < stream->count;
}

void told_hope_no_more(struct told *it)
{
    it->waits_in_vain = true;
    for (uint32_t i = 0; i < it->nodes; i++) {
        told_skim(it, i);
    }
    it->waits_in_vain = false;
}

enum rh_status told_init(struct told *it, const struct director *run)
{
    uint32_t nodes = run->company.count;
    *it = (struct told){
        .run = run,
        .nodes = nodes,
        .at = calloc(nodes + (size_t)1, sizeof(*it->at)),
        .times = calloc(nodes + (size_t)1, sizeof(*it->times)),
    };
    if (it->at == NULL || it->times == NULL) {
        told_free(it);
        return RH_NO_MEMORY;
    }
    for (uint32_t i = 0; i < nodes; i++) {
        it->at[i] = run->company.nodes[i].stream.started;
        told_skim(it, i);
    }
    skim_deeds(it);
    return RH_OK;
}

void told_free(struct told *it)
{
    free(it->at);
    free(it->times);
    free(it->inflows);
    *it = (struct told){.nodes = 0};
}

/* SPDX-License-Identifier: MIT */
/* Which of the events that may happen here is the one that a record tells of. News of pipes have other numbers in both worlds:
 * they are known by whose handle they are about. */
#include "harness/live/match.h"

#include <string.h>

bool match_same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

bool match_is_step(const struct live_record *record, enum rh_signal_kind signal,
                   struct rh_pid actor, struct rh_pid from, uint64_t ordinal, const char *name)
{
    const struct rh_event *event = &record->event;
    return record->word == LIVE_SAYS_STEP && event->signal == signal &&
           rh_pid_equal(event->actor, actor) && rh_pid_equal(event->peer, from) &&
           event->ordinal == ordinal && match_same_text(event->name, name);
}

bool match_is_source(const struct told *it, uint32_t stream, uint32_t source, uint64_t id)
{
    if (stream == it->nodes) {
        if (it->at[stream] >= it->run->deed_count) {
            return false;
        }
        const struct live_deed *deed = &it->run->deeds[it->at[stream]];
        return deed->id == id && deed->kind == (source == 0 ? DEED_LANE : DEED_FAULT);
    }
    const struct live_record *record = told_next(it, stream);
    return record != NULL && record->id == id &&
           record->word == (source == 0 ? LIVE_SAYS_PART : LIVE_SAYS_STRUCK);
}

/* Is it also the same message that is struck? */
static bool is_prey(const struct told *it, uint32_t stream, const struct choice_row *row)
{
    const struct live_record *record = stream < it->nodes ? told_next(it, stream) : NULL;
    if (record == NULL || !record->has_prey || !row->strikes) {
        return !row->strikes;
    }
    const struct rh_event *event = &record->event;
    const struct rh_pending *pending = &row->pending;
    return row->strikes_on == stream && event->signal == pending->signal &&
           rh_pid_equal(event->actor, pending->actor) && rh_pid_equal(event->peer, pending->from) &&
           event->ordinal == pending->ordinal && match_same_text(event->name, pending->name);
}

const struct pipe *match_pipe(const struct told *it, uint64_t event, unsigned *ret_end,
                              enum pipe_event *ret_what)
{
    *ret_what = (enum pipe_event)(event & ((1U << PIPE_EVENT_BITS) - 1));
    *ret_end = (unsigned)(event >> PIPE_EVENT_BITS & 1);
    return *ret_what == LISTENING_SAYS ? NULL
                                       : pipe_find(it->world, event >> (PIPE_EVENT_BITS + 1));
}

/* Return which connection is accepted next; NULL: that is not known. */
static const struct live_link *accepted_by(const struct told *it, uint32_t node,
                                           const struct live_record *record)
{
    const struct live_stream *stream = &it->run->company.nodes[node].stream;
    uint32_t accepted = 0;
    for (const struct live_record *at = stream->records; at < record; at++) {
        accepted += at->word == LIVE_SAYS_EVENT && at->event.kind == RH_EVENT_INPUT &&
                    at->event.signal == RH_SIGNAL_IO && told_is_named(&at->event, "accepted");
    }
    for (uint32_t i = 0; i < it->run->link_count; i++) {
        const struct live_link *link = &it->run->links[i];
        if (link->to == node && link->accepted == accepted) {
            return link;
        }
    }
    return NULL;
}

/* Of those that one node has dialled, some may have gone before anybody let them in. */
static bool is_of(const struct told *it, uint32_t node, const struct live_record *record,
                  const struct pipe *pipe)
{
    const struct live_link *link = accepted_by(it, node, record);
    return link != NULL && link->from == pipe->ends[0].node && link->connected + 1 == pipe->number;
}

/* Would harm strike it here that was done before there was such a connection? */
static bool is_behind_harm(const struct told *it, uint32_t node, const struct live_record *record)
{
    const struct live_link *link = accepted_by(it, node, record);
    uint32_t index = link == NULL ? 0 : (uint32_t)(link - it->run->links);
    for (uint32_t i = it->at[it->nodes]; i < it->run->deed_count && link != NULL; i++) {
        const struct live_deed *deed = &it->run->deeds[i];
        if (deed->is_harm && index >= deed->links) {
            return true;
        }
    }
    return false;
}

bool match_is_end(const struct rh_event *event)
{
    return event->kind == RH_EVENT_INPUT && event->signal == RH_SIGNAL_IO &&
           (told_is_named(event, "eof") || told_is_named(event, "closed"));
}

static bool is_end_of(const struct told *it, uint32_t node, const struct pipe *pipe,
                      const struct rh_event *event)
{
    bool is_rough = pipe->was_reset && (it->run->company.relay.unaware >> node % 64 & 1) == 0;
    return match_is_end(event) && !(is_rough && told_is_named(event, "eof"));
}

/* Is the record this news of a pipe? */
static bool is_news(const struct told *it, uint32_t node, const struct live_record *record,
                    uint64_t event)
{
    unsigned index;
    enum pipe_event what;
    const struct pipe *pipe = match_pipe(it, event, &index, &what);
    if (pipe == NULL || record->word != LIVE_SAYS_EVENT || record->event.kind != RH_EVENT_INPUT ||
        record->event.signal != RH_SIGNAL_IO || pipe->ends[index].node != node) {
        return false;
    }
    const struct end *end = &pipe->ends[index];
    if (what == PIPE_ARRIVES && end->first->kind == ITEM_REQUEST) {
        return told_is_named(&record->event, "accepted") && is_of(it, node, record, pipe);
    }
    if (!rh_ref_equal(end->handle, told_handle(&record->event))) {
        return false;
    }
    bool is_eof_next = end->first != NULL && end->first->kind == ITEM_EOF;
    if (what == PIPE_ENDS && !end->is_ending && is_eof_next &&
        told_is_named(&record->event, "eof")) {
        return false; /* as it came */
    }
    bool ends =
        what == PIPE_ENDS ||
        (what == PIPE_ARRIVES && (end->first->kind == ITEM_CLOSED || end->first->kind == ITEM_EOF));
    return ends && is_end_of(it, node, pipe, &record->event);
}

bool match_is_free(struct told *it, uint64_t event)
{
    unsigned index;
    enum pipe_event what;
    struct rh_pid owner;
    const struct pipe *pipe = match_pipe(it, event, &index, &what);
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
    const struct inflow *inflow = told_inflow(it, end->node, end->handle);
    if (what == PIPE_OPENS) {
        return inflow != NULL && inflow->is_opened;
    }
    if (what == PIPE_WRITTEN) {
        return inflow != NULL &&
               (inflow->answered < inflow->answered_due || inflow->wrote < inflow->wrote_due);
    }
    const struct live_record *news = told_news(it, end->node);
    bool is_first = news != NULL && news != told_next(it, end->node) &&
                    told_is_input(news, "bytes") &&
                    rh_ref_equal(told_handle(&news->event), end->handle);
    return inflow != NULL &&
           ((end->first->kind == ITEM_BYTES && (inflow->done < inflow->due || is_first)) ||
            (end->first->kind == ITEM_OPENED && inflow->is_opened));
}

rh_instant match_time_of_free(struct told *it, uint32_t node, uint64_t event)
{
    unsigned index;
    enum pipe_event what;
    const struct pipe *pipe = match_pipe(it, event, &index, &what);
    const struct inflow *inflow =
        pipe == NULL ? NULL : told_inflow(it, node, pipe->ends[index].handle);
    if (inflow != NULL && what == PIPE_ARRIVES && inflow->done < inflow->due) {
        return inflow->due_at;
    }
    if (inflow != NULL && what == PIPE_WRITTEN && inflow->answered < inflow->answered_due) {
        return inflow->answered_at;
    }
    const struct live_record *news = told_news(it, node);
    return news != NULL && news != told_next(it, node) ? news->event.now : it->times[node];
}

bool match_fits(const struct told *it, uint32_t stream, const struct rh_candidate *candidate,
                const struct choice_row *row)
{
    if (row->pipe_event != 0) {
        const struct live_record *record = stream < it->nodes ? told_news(it, stream) : NULL;
        return record != NULL && is_news(it, stream, record, row->pipe_event);
    }
    if (candidate->source >= it->nodes) {
        return match_is_source(it, stream, candidate->source - it->nodes, row->source_event) &&
               is_prey(it, stream, row);
    }
    const struct live_record *record = candidate->source == stream ? told_next(it, stream) : NULL;
    const struct rh_pending *pending = &row->pending;
    return record != NULL &&
           match_is_step(record, pending->signal, pending->actor, pending->from, pending->ordinal,
                         pending->name) &&
           record->pending == pending->kind;
}

bool match_is_welcome(const struct told *it, uint64_t event)
{
    unsigned index;
    enum pipe_event what;
    const struct pipe *pipe = match_pipe(it, event, &index, &what);
    if (pipe == NULL || what != PIPE_ARRIVES || pipe->ends[index].first->kind != ITEM_REQUEST) {
        return false;
    }
    uint32_t node = pipe->ends[index].node;
    const struct live_record *record = node < it->nodes ? told_next(it, node) : NULL;
    return record != NULL && !told_owes_bytes(it, node) && is_news(it, node, record, event) &&
           !is_behind_harm(it, node, record);
}

/* SPDX-License-Identifier: MIT */
/** @file
 *  What the nodes have told of a run, and how far the simulator has gone along with it: stream by stream, and byte by byte of
 *  what came by each connection. Private to harness/live. */
#ifndef HARNESS_LIVE_TOLD_H
#define HARNESS_LIVE_TOLD_H

#include "harness/live/director.h"

/** What has come by a handle in the real run and here. */
struct inflow {
    uint32_t node;
    struct rh_ref handle;
    uint64_t due;
    uint64_t done;
    uint64_t wrote_due; /**< bytes written there */
    uint64_t wrote;
    uint64_t answered_due; /**< of them, those of writes that were answered */
    uint64_t answered;
    rh_instant due_at; /**< when the last of what is due came there */
    rh_instant answered_at;
    bool is_opened; /**< told there, not yet here */
};

struct told {
    const struct director *run;
    struct rh_world *world; /**< which goes along; NULL before it has begun */
    uint32_t nodes;         /**< the stream behind theirs is of the parent's deeds */
    uint32_t *at;           /**< by stream: the next record */
    rh_instant *times;      /**< by node: of the last record that was passed */
    struct inflow *inflows;
    uint32_t inflow_count;
    bool waits_in_vain; /**< nothing of what it waits for can come */
    bool no_memory;
};

/** `run` is borrowed. RH_NO_MEMORY. */
RH_MUST_USE enum rh_status told_init(struct told *it, const struct director *run);
void told_free(struct told *it);

bool told_is_named(const struct rh_event *event, const char *word);
struct rh_ref told_handle(const struct rh_event *event);
/** Is it this news of a connection? */
bool told_is_input(const struct live_record *record, const char *word);

/** Return the next record of a node, NULL: there is none. */
const struct live_record *told_next(const struct told *it, uint32_t node);
/** The same, but behind the START of whoever is told something before it was its turn: that comes first, and is no step. */
const struct live_record *told_news(const struct told *it, uint32_t node);
/** Has all happened here that the parent had heard when it did what it did next? */
bool told_is_heard(const struct told *it);
/** When did the next thing of a stream happen? It has one. */
rh_instant told_time(const struct told *it, uint32_t stream);
/** The next of a stream has happened here, too. */
void told_use(struct told *it, uint32_t stream);
/** Pass what has no counterpart, up to something that has, or that waits. */
void told_skim(struct told *it, uint32_t node);
/** Pass also what waits for something that may have no counterpart here: nothing else can happen. */
void told_hope_no_more(struct told *it);
/** Is there more than that connections are kept, which goes on until somebody ends it? */
bool told_goes_on(const struct told *it, uint32_t node);

/** NULL without memory. */
struct inflow *told_inflow(struct told *it, uint32_t node, struct rh_ref handle);
/** Have bytes come there that have not here? */
bool told_owes_bytes(const struct told *it, uint32_t node);
/** Have bytes come here that have not there? */
bool told_brings_more(const struct told *it, uint32_t node);
/** Is it something that is counted, or nobody's business? Counts it. */
bool told_is_soft(struct told *it, uint32_t node, const struct rh_event *event, bool is_live);

#endif

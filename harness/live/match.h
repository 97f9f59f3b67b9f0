/* SPDX-License-Identifier: MIT */
/** @file
 *  Is what may happen in the simulator what a record tells of? Private to harness/live. */
#ifndef HARNESS_LIVE_MATCH_H
#define HARNESS_LIVE_MATCH_H

#include "harness/live/told.h"
#include "harness/world/internal.h"

bool match_same_text(const char *a, const char *b);
/** Is the record the beginning of this step? What is sent to a name is not what is sent to whoever has it: each is counted by
 *  itself. */
bool match_is_step(const struct live_record *record, enum rh_signal_kind signal,
                   struct rh_pid actor, struct rh_pid from, uint64_t ordinal, const char *name);
/** Is the next of a stream this event of a source: 0, the lanes, or 1, the faults? */
bool match_is_source(const struct told *it, uint32_t stream, uint32_t source, uint64_t id);
/** EOF and CLOSED are one thing to whoever owns a connection. Which of them comes first is not the same in both worlds: a
 *  write that meets the end is answered by CLOSED at once here, and by a relay a moment later. But what was reset ends by a
 *  reset, unless the relay had nothing to reset that side with. */
bool match_is_end(const struct rh_event *event);
/** Take apart what an event of a pipe is called; NULL: it is of none. */
const struct pipe *match_pipe(const struct told *it, uint64_t event, unsigned *ret_end,
                              enum pipe_event *ret_what);
/** May it be done at any time, since nobody hears of it, or it is owed? */
bool match_is_free(struct told *it, uint64_t event);
/** When did that happen there, on this node? */
rh_instant match_time_of_free(struct told *it, uint32_t node, uint64_t event);
/** Is it the next of a stream? */
bool match_fits(const struct told *it, uint32_t stream, const struct rh_candidate *candidate,
                const struct choice_row *row);
/** Is it a connection that its node accepts next? It goes first: whoever dialled may hang up, and then there is none.
 *  But not before harm that it came behind. */
bool match_is_welcome(const struct told *it, uint64_t event);

#endif

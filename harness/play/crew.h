/* SPDX-License-Identifier: MIT */
/** @file
 *  Threads that play parts ahead, while the caller puts together what came of those before. Private to the rooms of an
 *  exploration.
 *
 *      create -> (offer | finish)* -> (drop -> ...)* -> destroy */
#ifndef HARNESS_PLAY_CREW_H
#define HARNESS_PLAY_CREW_H

#include "harness/play/part.h"

struct crew;

/** `player` is the caller's own, which plays as well; `jobs` players in all, >= 1. Threads begin when there is something for
 *  them; one that cannot begin is done without. Their memory is from the player's allocator. RH_NO_MEMORY. */
RH_MUST_USE enum rh_status crew_create(struct player *player, uint32_t jobs,
                                       struct crew **ret_crew);
/** Have a part played when somebody is free. Borrowed until it is finished or dropped. */
void crew_offer(struct crew *crew, struct part *part);
/** See to it that a part has been played. False: the caller's `go_on` has said no, and it may not have been. */
bool crew_finish(struct crew *crew, struct part *part);
/** Nothing that is still offered is wanted. Returns when nobody plays any of it. */
void crew_drop(struct crew *crew);
/** Accepts NULL. */
void crew_destroy(struct crew *crew);

#endif

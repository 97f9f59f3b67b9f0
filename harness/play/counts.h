/* SPDX-License-Identifier: MIT */
/** @file
 *  What a player covers, where that is wanted. Private to harness/play.
 *
 *      init -> (begin -> [a run] -> keep)* -> deinit */
#ifndef HARNESS_PLAY_COUNTS_H
#define HARNESS_PLAY_COUNTS_H

#include "harness/play/part.h"

/** Give a player an observer, which its world has to be attached to; its judge and its play are there. RH_NO_MEMORY. */
RH_MUST_USE enum rh_status rh_counts_init(struct player *player);
/** Accepts a player that counts nothing, like those that follow. */
void rh_counts_deinit(struct player *player);
/** A run is about to begin. */
void rh_counts_begin(struct player *player);
/** A run counts: add what it has covered. */
void rh_counts_keep(struct player *player);

#endif

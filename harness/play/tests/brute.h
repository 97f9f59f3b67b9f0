/* SPDX-License-Identifier: MIT */
/** @file
 *  The other way to count classes: every interleaving is run, and what it touched is put into a normal form. */
#ifndef HARNESS_PLAY_TESTS_BRUTE_H
#define HARNESS_PLAY_TESTS_BRUTE_H

#include <rehearse/choice.h>

/** A strategy that tries all sequences of answers, depth first, and follows each run. */
struct rh_strategy *brute_create(void);
/** Another strategy (taken), whose runs have classes too. */
struct rh_strategy *brute_watch(struct rh_strategy *strategy);
/** The same of one that is played in parts of so many runs, some of which are away at a time. */
struct rh_strategy *brute_watch_parts(struct rh_strategy *strategy, uint64_t part_runs);
/** Of the run that has just been played: equal for two runs iff they order what depends on each other in the same way. */
uint64_t brute_class(const struct rh_strategy *brute);
/** The same, as if nobody shared objects of a kind. */
uint64_t brute_class_without(struct rh_strategy *brute, enum rh_object_kind kind);

#endif

/* SPDX-License-Identifier: MIT */
/** @file
 *  Random numbers by counting: each is a function of its key, and of nothing that was drawn before. */
#ifndef HARNESS_SCHEDULE_DRAW_H
#define HARNESS_SCHEDULE_DRAW_H

#include <rehearse/choice.h>

/** 64 random bits for a key and a number within it: the finaliser of splitmix64. */
uint64_t draw_stir(uint64_t key, uint64_t number);
/** A uniform number below `count` (>= 1) for a key. */
uint32_t draw_below(uint64_t key, uint32_t count);
/** One of `count` (>= 1) candidates, in proportion to their weights; as draw_below if all weigh one. */
uint32_t draw_candidate(uint64_t key, uint32_t count, const struct rh_candidate *candidates);
/** A priority: the higher of two is that of a with probability a / (a + b), for weights a and b. Never 0. */
uint64_t draw_priority(uint64_t key, uint32_t weight);

#endif

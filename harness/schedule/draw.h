/* SPDX-License-Identifier: MIT */
/** @file
 *  Random numbers by counting: each is a function of its key, and of nothing that was drawn before. */
#ifndef HARNESS_SCHEDULE_DRAW_H
#define HARNESS_SCHEDULE_DRAW_H

#include <stdint.h>

/** 64 random bits for a key and a number within it: the finaliser of splitmix64. */
uint64_t draw_stir(uint64_t key, uint64_t number);
/** A uniform number below `count` (>= 1) for a key. */
uint32_t draw_below(uint64_t key, uint32_t count);

#endif

/* SPDX-License-Identifier: MIT */
/* Counter-based random numbers, reduced to a range by multiplication, and drawn again where that would favour some answers. */
#include "harness/schedule/draw.h"

/* Beyond that a weight makes no difference to a priority. */
#define WEIGHT_MAX 1000u

uint64_t draw_stir(uint64_t key, uint64_t number)
{
    uint64_t mixed = key + number + UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}

uint32_t draw_below(uint64_t key, uint32_t count)
{
    uint32_t unfair_below = (uint32_t)(0u - count) % count;
    for (uint64_t redraw = 0;; redraw++) {
        uint64_t product = (draw_stir(key, redraw) >> 32) * count;
        if ((uint32_t)product >= unfair_below) {
            return (uint32_t)(product >> 32);
        }
    }
}

uint32_t draw_candidate(uint64_t key, uint32_t count, const struct rh_candidate *candidates)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < count; i++) {
        total += candidates[i].weight;
    }
    if (total <= count || total > UINT32_MAX) {
        return draw_below(key, count);
    }
    uint32_t drawn = draw_below(key, (uint32_t)total);
    uint32_t at = 0;
    while (drawn >= candidates[at].weight) {
        drawn -= candidates[at].weight;
        at++;
    }
    return at;
}

/* The highest of so many draws. */
uint64_t draw_priority(uint64_t key, uint32_t weight)
{
    uint64_t highest = draw_stir(key, 0);
    for (uint32_t i = 1; i < weight && i < WEIGHT_MAX; i++) {
        uint64_t bits = draw_stir(key, i);
        highest = bits > highest ? bits : highest;
    }
    return highest | 1;
}

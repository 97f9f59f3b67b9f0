/* SPDX-License-Identifier: MIT */
/** @file
 *  Giving the maps of a newly built item their one order. */
#ifndef REHEARSE_MESSAGE_MAP_H
#define REHEARSE_MESSAGE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Sort the entries of the map that begins at `map`, in place, by the bytes of their keys. False if
 *  two keys are equal or one is no integer, text or byte string. */
bool rh_map_settle(uint8_t *map, size_t size);

/** Settle every map within an item, and check that every tag has the content that belongs to it. */
bool rh_map_settle_all(uint8_t *item, size_t size);

#endif

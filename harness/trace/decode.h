/* SPDX-License-Identifier: MIT */
/** @file
 *  The entries of one item. Private to harness/trace. */
#ifndef HARNESS_TRACE_DECODE_H
#define HARNESS_TRACE_DECODE_H

#include "harness/trace/reader.h"

/** Take a header apart. NULL, or a static sentence about what is wrong with it. */
const char *trace_decode_header(struct rh_item bytes, struct rh_trace_info *ret_info);

#endif

/* SPDX-License-Identifier: MIT */
/** @file
 *  Assertions for our own invariants, on in every build. What an outsider can cause is a status instead. */
#ifndef CORE_BASE_ASSERT_H
#define CORE_BASE_ASSERT_H

#include <rehearse/panic.h>

/** State one condition. If it does not hold the process panics. The condition is evaluated once, in every build. */
#define RH_ASSERT(condition) ((condition) ? (void)0 : rh_panic(__FILE__, __LINE__, #condition))

#endif

/* SPDX-License-Identifier: MIT */
/* What a compiler is not to inline. A function that is inlined gives its registers and its stack to its caller, which then
 * saves and makes room for them also where it does not come that way. */
#ifndef CORE_BASE_INLINE_H
#define CORE_BASE_INLINE_H

/** A function off the common way. */
#if defined(__GNUC__)
#define RH_COLD __attribute__((cold, noinline))
#else
#define RH_COLD
#endif

/** A common one that is not the only way through its caller. */
#if defined(__GNUC__)
#define RH_APART __attribute__((noinline))
#else
#define RH_APART
#endif

#endif

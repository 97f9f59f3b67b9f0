/* SPDX-License-Identifier: MIT */
/* A mark for functions off the common way: kept out of their callers, whose registers and stack they would take. */
#ifndef CORE_BASE_COLD_H
#define CORE_BASE_COLD_H

#if defined(__GNUC__)
#define RH_COLD __attribute__((cold, noinline))
#else
#define RH_COLD
#endif

#endif

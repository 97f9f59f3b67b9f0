/* SPDX-License-Identifier: MIT */
/** @file
 *  What public headers put around their declarations, so that they mean the same in C and C++, and so that the shared
 *  libraries show what is declared between these two and nothing else:
 *
 *      RH_PUBLIC_BEGIN -> declarations -> RH_PUBLIC_END */
#ifndef REHEARSE_API_H
#define REHEARSE_API_H

#if defined(__GNUC__)
#define RH_VISIBLE_BEGIN_ _Pragma("GCC visibility push(default)")
#define RH_VISIBLE_END_ _Pragma("GCC visibility pop")
#else
#define RH_VISIBLE_BEGIN_
#define RH_VISIBLE_END_
#endif

#ifdef __cplusplus
#define RH_PUBLIC_BEGIN                                                                            \
    extern "C" {                                                                                   \
    RH_VISIBLE_BEGIN_
#define RH_PUBLIC_END                                                                              \
    RH_VISIBLE_END_                                                                                \
    }
#define RH_NORETURN [[noreturn]]
#else
#define RH_PUBLIC_BEGIN RH_VISIBLE_BEGIN_
#define RH_PUBLIC_END RH_VISIBLE_END_
#define RH_NORETURN _Noreturn
#endif

#endif

/* SPDX-License-Identifier: MIT */
/** @file
 *  Which release this is. */
#ifndef REHEARSE_VERSION_H
#define REHEARSE_VERSION_H

#ifdef __cplusplus
extern "C" {
#endif

/** Return the release as "major.minor.patch", as traces and reports record it. Static storage. */
const char *rh_version(void);

#ifdef __cplusplus
}
#endif
#endif

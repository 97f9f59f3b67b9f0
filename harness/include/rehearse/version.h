/* SPDX-License-Identifier: MIT */
/** @file
 *  Which release this is. */
#ifndef REHEARSE_VERSION_H
#define REHEARSE_VERSION_H

#include <rehearse/api.h>

RH_PUBLIC_BEGIN

/** Return the release as "major.minor.patch", as traces and reports record it. Static storage. */
const char *rh_version(void);

RH_PUBLIC_END
#endif

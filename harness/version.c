/* SPDX-License-Identifier: MIT */
/* The build knows the release from one place, the project() line; nothing else repeats the number. */
#include <rehearse/version.h>

const char *rh_version(void)
{
    return RH_VERSION_TEXT;
}

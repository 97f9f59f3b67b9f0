/* SPDX-License-Identifier: MIT */
/* Both columns of the table as values. A hostile build hands out the shrunk column as the default too, so that whoever
 * does not choose meets the rare paths. */
#include <rehearse/limits.h>

struct rh_limits rh_limits_default(void)
{
#ifdef RH_HOSTILE
    return rh_limits_hostile();
#else
    struct rh_limits limits = {
#define X(field, production, hostile, sentence) .field = (production),
        RH_LIMITS_MAP(X)
#undef X
    };
    return limits;
#endif
}

struct rh_limits rh_limits_hostile(void)
{
    struct rh_limits limits = {
#define X(field, production, hostile, sentence) .field = (hostile),
        RH_LIMITS_MAP(X)
#undef X
    };
    return limits;
}

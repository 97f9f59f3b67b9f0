/* SPDX-License-Identifier: MIT */
#ifndef TURNSTILE_H
#define TURNSTILE_H

#include <rehearse/actor.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Answers [coin] from anybody with [open], once for each coin; says how many went through when it is asked [count]. */
extern const struct rh_behaviour turnstile_behaviour;

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: MIT */
/* The behaviours that come with Rehearse, by family. */
#ifndef HARNESS_BEHAVIOURS_BUILTIN_H
#define HARNESS_BEHAVIOURS_BUILTIN_H

#include <rehearse/program.h>

/* relays.c: what comes in goes out */
extern const struct rh_behaviour behaviour_echo;
extern const struct rh_behaviour behaviour_forward;
extern const struct rh_behaviour behaviour_ring;
extern const struct rh_behaviour behaviour_broadcaster;

/* receivers.c: what comes in stays */
extern const struct rh_behaviour behaviour_sink;
extern const struct rh_behaviour behaviour_collect;
extern const struct rh_behaviour behaviour_counter;
extern const struct rh_behaviour behaviour_crasher;

/* callers.c: questions and answers */
extern const struct rh_behaviour behaviour_pinger;
extern const struct rh_behaviour behaviour_ponger;
extern const struct rh_behaviour behaviour_client;
extern const struct rh_behaviour behaviour_server;
extern const struct rh_behaviour behaviour_worker;
extern const struct rh_behaviour behaviour_ticker;

/* sender.c: messages in flight */
extern const struct rh_behaviour behaviour_sender;

#endif

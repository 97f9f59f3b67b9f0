/* SPDX-License-Identifier: MIT */
/** @file
 *  Everything that can grow has a cap here. Reaching one is a status and an event, never an abort. */
#ifndef REHEARSE_LIMITS_H
#define REHEARSE_LIMITS_H

#include <rehearse/api.h>

#include <stdint.h>

RH_PUBLIC_BEGIN

/** One row per limit: field, production value, value of the hostile build, what it caps. */
#define RH_LIMITS_MAP(X)                                                                             \
    X(actors_max, 16777216, 4096, "actors alive at a time on one node")                              \
    X(signals_max, 67108864, 65536, "signals and table entries at a time on one node")               \
    X(names_max, 65536, 256, "registered names on one node")                                         \
    X(name_bytes_max, 255, 64, "bytes of a name or group name")                                      \
    X(groups_max, 65536, 64, "process groups on one node")                                           \
    X(message_bytes_max, 32768, 1024, "bytes of one encoded message")                                \
    X(reason_bytes_max, 255, 64, "bytes of an exit reason; a larger one is truncated visibly")       \
    X(nesting_max, 32, 8, "depth of arrays, maps and tags in a message")                             \
    X(hops_max, 64, 8, "times that one message may be forwarded")                                    \
    X(mailbox_messages_max, 65536, 4096, "messages waiting for one selective actor by default")      \
    X(frame_bytes_max, 32768, 1024, "bytes of one frame on the wire, its header not counted")        \
    X(lane_bytes_max, 1048576, 4096, "bytes of data frames that wait for one connection")            \
    X(lane_controls_max, 4096, 64, "control frames that wait for one connection")                    \
    X(proxies_max, 65536, 256, "remote actors known on one connection")                              \
    X(connections_max, 1024, 16, "connections of one node")                                          \
    X(held_signals_max, 65536, 256, "signals that wait for one connection to be opened")             \
    X(handles_max, 65536, 64, "pipes and children of one node")                                      \
    X(address_bytes_max, 255, 64, "bytes of the address of a pipe, or of a program's path")          \
    X(command_bytes_max, 131072, 1024, "bytes of the arguments and environment of a child")          \
    X(conversation_entries_max, 4096, 32,                                                            \
      "requests, kept replies and waiting commands of one conversation; requests of one dispatcher") \
    X(conversation_context_max, 256, 8, "entries of the context of one conversation")                \
    X(procs_max, 4096, 32, "procs of one host, those that have ended included")                      \
    X(routes_max, 65536, 64, "routes that somebody has bound at one host")                           \
    X(waiters_max, 65536, 64, "requests that one host has not answered yet")                         \
    X(stderr_bytes_max, 4096, 64, "bytes of stderr that are kept of one proc")                       \
    X(proc_actors_max, 65536, 64, "actors that the agent of one proc looks after")                   \
    X(pool_objects_per_chunk, 128, 1, "signals allocated at a time; 1 allocates each by itself")

struct rh_limits {
#define X(field, production, hostile, sentence) uint32_t field;
    RH_LIMITS_MAP(X)
#undef X
};

/** Return by value the limits of whoever does not choose: the production values, in a build with RH_HOSTILE the shrunk
 *  ones. */
struct rh_limits rh_limits_default(void);

/** Return the shrunk limits that make the rare paths common. */
struct rh_limits rh_limits_hostile(void);

RH_PUBLIC_END
#endif

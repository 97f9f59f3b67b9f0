/* SPDX-License-Identifier: MIT */
/** @file
 *  Several nodes in one world: the pipes between them, child processes that are nodes too, and what may befall either.
 *
 *  The world is the driver of its nodes: after each event it takes their effects. A pipe has two directions, each with rules
 *  of its own; what is under way arrives in order, as an event per chunk. Its name, "n1>n2#1", says who connected to whom
 *  and for which time; an arrow the other way, "n1<n2#1", means the direction back.
 *
 *  Addresses: "node:NUMBER" is the listener of that node (only that node may listen there); any other word is whoever
 *  listens there first. Node numbers are index + 1, nodes here are told by their index. */
#ifndef REHEARSE_CLUSTER_H
#define REHEARSE_CLUSTER_H

#include <rehearse/proc.h>
#include <rehearse/remote.h>
#include <rehearse/world.h>

RH_PUBLIC_BEGIN

/** Every arrival takes as many bytes as the strategy draws at RH_SITE_CUT, and may take several writes at once. */
#define RH_CHUNK_ANY UINT32_MAX

/** How bytes travel in one direction. Zeroed: at once, 64 KiB, one write one chunk. */
struct rh_pipe_rules {
    rh_duration latency_min;
    rh_duration latency_max;
    uint32_t
        capacity; /**< bytes that may be under way; what does not fit waits with its writer; 0: 65536 */
    uint32_t chunk; /**< no arrival takes more bytes than this; 0: as written; RH_CHUNK_ANY */
};
/** Set the rules of the direction from one node to another, for all its pipes. RH_INVALID: no such node, or a latency that
 *  ends before it begins. RH_NO_MEMORY. */
RH_MUST_USE enum rh_status rh_world_set_rules(struct rh_world *world, uint32_t from, uint32_t to,
                                              const struct rh_pipe_rules *rules);

/** What may be done to the pipes between two nodes, from outside: identifier, word, sentence. */
#define RH_HARM_MAP(X)                                                                             \
    X(CLOSE, "close", "both directions end behind what is under way")                              \
    X(RESET, "reset", "both sides hear CLOSED reset, what is under way is lost")                   \
    X(HALF_CLOSE, "half_close",                                                                    \
      "one direction ends behind what is under way; later writes vanish")                          \
    X(BLACK_HOLE, "black_hole", "what is written in one direction vanishes, and nobody is told")   \
    X(CUT, "cut", "reset as soon as so many bytes of one direction have arrived")
enum rh_harm {
#define X(identifier, word, sentence) RH_HARM_##identifier,
    RH_HARM_MAP(X)
#undef X
    RH_HARM_COUNT
};
const char *rh_harm_word(enum rh_harm harm);

/** Harm every pipe between two nodes; HALF_CLOSE, BLACK_HOLE and CUT (`bytes`, counted from the pipe's start) concern the
 *  direction from `from` to `to`. Returns how many pipes there were. */
uint32_t rh_world_harm(struct rh_world *world, uint32_t from, uint32_t to, enum rh_harm harm,
                       uint64_t bytes);
/** Let nothing pass from one node to the other until `until` (RH_NEVER: until the world heals); what is under way waits.
 *  An earlier instant ends it. RH_NO_MEMORY, RH_INVALID. */
RH_MUST_USE enum rh_status rh_world_part(struct rh_world *world, uint32_t from, uint32_t to,
                                         rh_instant until);
/** Return how many pipes between the two are open or being opened. */
uint32_t rh_world_pipes(const struct rh_world *world, uint32_t a, uint32_t b);
/** Return the bytes that are under way between nodes. */
size_t rh_world_bytes(const struct rh_world *world);

/** End a node at once: no exit step runs, its actors are accounted `node`, its pipes end in later events. Nothing while it
 *  is down. For a child process its parent hears EXITED with `signal`, or, if that is 0, `code`. */
void rh_world_kill_node(struct rh_world *world, uint32_t node, int signal, int64_t code);
/** Let nothing of a node happen until `until`; RH_NEVER: until thawed or healed. An earlier instant thaws it. */
void rh_world_freeze_node(struct rh_world *world, uint32_t node, rh_instant until);
/** Start a node that is down anew: same number, next incarnation; then `boot` of the world's options. RH_ALREADY: it is up.
 *  Or what `boot` said. */
RH_MUST_USE enum rh_status rh_world_restart_node(struct rh_world *world, uint32_t node);
bool rh_world_node_is_up(const struct rh_world *world, uint32_t node);
const char *rh_world_node_name(const struct rh_world *world, uint32_t node);

/** Do what a fault of nodes or pipes does (from RH_FAULT_KILL_NODE on), and tell FAULT. */
void rh_world_strike(struct rh_world *world, const struct rh_fault_spec *spec);

/** In which state a fault finds what it strikes: identifier, word, sentence. Of several pipes the busiest counts. */
#define RH_STRUCK_MAP(X)                                                                           \
    X(NOTHING, "nothing", "there is no such pipe or child")                                        \
    X(OPENING, "opening", "the pipe is not known to both its sides")                               \
    X(STILL, "still", "nothing is under way on the pipe")                                          \
    X(HALF, "half closed", "one direction of the pipe has ended, or swallows")                     \
    X(BUSY, "busy", "bytes are under way on the pipe")                                             \
    X(BLOCKED, "blocked", "who writes into the pipe waits for room")                               \
    X(DOWN, "down", "the node is down")                                                            \
    X(FROZEN, "frozen", "the node is frozen")                                                      \
    X(ALONE, "alone", "the node runs, and has no pipe")                                            \
    X(CONNECTED, "connected", "the node runs, and has pipes")                                      \
    X(STARTING, "starting", "the child has been asked for, and does not run")                      \
    X(UNHEARD, "unheard", "the child runs, and has said nothing")                                  \
    X(HEARD, "heard", "the child runs, and has said something")                                    \
    X(LEAVING, "leaving", "the child has been told to end, or has said that it does")
enum rh_struck {
#define X(identifier, word, sentence) RH_STRUCK_##identifier,
    RH_STRUCK_MAP(X)
#undef X
    RH_STRUCK_COUNT
};
const char *rh_struck_word(enum rh_struck state);
/** For who listens, while FAULT of a node, a pipe or a process is told: the state of what is about to be struck. At any other
 *  time RH_STRUCK_NOTHING. */
enum rh_struck rh_world_struck(const struct rh_world *world);

/** How the nodes of a world find each other. */
struct rh_world_network {
    const uint32_t
        *reach; /**< pairs of nodes that can dial each other, and relay for others; NULL: all can */
    size_t reach_count;    /**< pairs */
    rh_duration heartbeat; /**< of every connection; 0: none */
    rh_duration deadline;  /**< of every connection; 0: none */
};
/** Bytes of the address of a node of the world, with its end. */
#define RH_WORLD_ADDRESS_BYTES 24
/** Write how a node of the world reaches another one; *ret_way borrows the address. False: it does not. */
bool rh_world_way(const struct rh_world_network *network, uint32_t from, uint32_t to,
                  char address[RH_WORLD_ADDRESS_BYTES], struct rh_endpoint_options *ret_way);
/** Tell a node how to reach those other nodes of the world that it can, and let it listen at its own address. After all
 *  nodes, for each; again for one that was restarted. The actors that do it have no names of the scenario: see
 *  rh_world_is_network. */
RH_MUST_USE enum rh_status rh_world_join(struct rh_world *world, uint32_t node, rh_instant now,
                                         const struct rh_world_network *network);
/** Return whether an actor is one of those that connect nodes: no actor of the scenario is among its ancestors. */
bool rh_world_is_network(const struct rh_world *world, struct rh_pid actor);
/** Let a node dial another one; what comes of it are events. RH_INVALID: it has not joined. */
RH_MUST_USE enum rh_status rh_world_dial(struct rh_world *world, uint32_t node, uint32_t to);
/** Let a node close its connection to another one, if there is one. RH_INVALID: it has not joined. */
RH_MUST_USE enum rh_status rh_world_hang_up(struct rh_world *world, uint32_t node, uint32_t to);
/** While a world is set up, before its run, or for a driver with a loop of its own: do the next thing that pipes have to tell,
 *  if there is one, as no step of the run, at `now` and uncut. */
bool rh_world_set_up_pipes(struct rh_world *world, rh_instant now);

/** What START effects may start: a name that stands for a node of the same world. Borrowed. */
struct rh_world_program {
    const char *name;
    rh_duration start_min; /**< it runs so long after it was asked for */
    rh_duration start_max;
    bool refuses;        /**< it cannot be started: CLOSED io */
    bool hears_signals;  /**< all but 9 are inputs for the owner of its stdio: rh_proc_signal */
    int64_t silent_code; /**< its exit code when its stdio is closed, and it has not said another */
    /** Bring the new node up. *ret_stdio is what it calls its stdin and stdout: rh_node_adopt or rh_node_endpoint. What is
     *  not RH_OK is a failed start. `command` is borrowed for the call. */
    enum rh_status (*boot)(void *self, struct rh_world *world, uint32_t node,
                           const struct rh_command *command, struct rh_ref *ret_stdio);
    void *self;
};
/** Add a program. A child is called NAME#1, NAME#2 and so on. It ends when the owner of its stdio says how (see
 *  rh_proc_is_exit), by a signal, or when its stdio is closed. RH_NO_MEMORY. */
RH_MUST_USE enum rh_status rh_world_add_program(struct rh_world *world,
                                                const struct rh_world_program *program);

/** A program that is a proc of a host: rh_proc_start with what START has put into its environment. */
struct rh_world_proc {
    struct rh_proc_options options;
    struct rh_world_program program; /**< filled in, but for times and `refuses` */
};
/** Add such a program under `name`. `proc` is borrowed; times and `refuses` of its program may be set before. One whose
 *  environment is missing or invalid starts, and exits with code 2. RH_NO_MEMORY. */
RH_MUST_USE enum rh_status rh_world_add_proc(struct rh_world *world, const char *name,
                                             struct rh_world_proc *proc);

RH_PUBLIC_END
#endif

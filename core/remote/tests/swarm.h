/* SPDX-License-Identifier: MIT */
/* Random programs over several nodes: actors that do anything to anybody, pipes that carry bytes in pieces and break, nodes
 * that die and come back; one thing at a time, from one seed. */
#ifndef CORE_REMOTE_TESTS_SWARM_H
#define CORE_REMOTE_TESTS_SWARM_H

#include "core/actor/tests/stage.h"

#include <rehearse/remote.h>

#define SWARM_NODES 4
#define SWARM_PIDS 20
#define SWARM_REFS 24
#define SWARM_PIPES 64
#define SWARM_WATCHES 4096
#define SWARM_OPERATIONS_MAX 48

/** One end of a pipe, and what a driver owes its owner. */
struct swarm_end {
    uint32_t node;
    struct rh_ref handle;
    bool known;       /**< the node has the handle and has not been told CLOSED */
    bool opened_due;  /**< OPENED */
    bool written_due; /**< WRITTEN */
    bool reset_due;   /**< CLOSED, reset */
    bool eof;         /**< the other end is gone: CLOSED, eof, behind the bytes */
    uint8_t *bytes;   /**< on their way to this end */
    size_t size;
};

struct swarm_pipe {
    bool used;
    bool knocking; /**< end 1 has not been accepted */
    struct swarm_end end[2];
};

/** A monitor that somebody set up. */
struct swarm_watch {
    struct rh_ref ref;
    struct rh_pid target;
    bool lenient; /**< it may end otherwise, or its target is not an actor */
    bool withdrawn;
    unsigned fired;
};

struct swarm {
    struct rh_node *nodes[SWARM_NODES];
    struct rh_ref listeners[SWARM_NODES];
    uint32_t incarnation[SWARM_NODES];
    uint32_t count;
    struct purse purse; /**< of all nodes */
    struct rh_allocator allocator;
    struct rh_limits limits;
    uint32_t first_generation;
    uint64_t random;
    rh_instant now;
    bool any_order; /**< events are picked from what is pending */
    bool calm;      /**< nothing breaks: no cut, no kill, no disconnect */
    bool poor;      /**< allocations are refused: statuses that say so are a matter of course */
    bool exhausted; /**< ids end: so are those */
    unsigned budget;
    struct rh_pid pids[SWARM_PIDS];
    struct rh_ref refs[SWARM_REFS];
    struct swarm_pipe pipes[SWARM_PIPES];
    struct swarm_watch watches[SWARM_WATCHES];
    size_t watch_count;
    uint64_t succeeded[SWARM_OPERATIONS_MAX];
    uint64_t bytes_crossed;
};

/** Create `count` nodes. `swarm` is zeroed but for the knobs; limits zero: the default ones. */
void swarm_open(struct swarm *swarm, uint64_t seed, uint32_t count);
/** Do something somewhere. The validators of all nodes are content after. */
void swarm_step(struct swarm *swarm);
/** Let everything happen that is on its way; then the nodes must agree about links and monitors. */
void swarm_settle(struct swarm *swarm);
/** End every actor and settle: all tables are empty. */
void swarm_finish(struct swarm *swarm);
/** Destroy the nodes, at whatever moment; no block may be left. */
void swarm_close(struct swarm *swarm);
/* ---- between its own files ---- */

uint64_t swarm_below(struct swarm *swarm, uint64_t bound);
bool swarm_once_in(struct swarm *swarm, uint64_t times);
extern struct swarm *swarm_playing;
extern const struct rh_behaviour swarm_anybody;
const struct rh_behaviour *swarm_find_behaviour(void *self, const char *name);
/** A turn of one to three operations; the argument is the swarm. */
enum rh_status swarm_operate(struct rh_context *ctx, void *state, void *argument);
/** One event of a node, one effect, one thing that a driver owes to a pipe: false if there is none. */
bool swarm_happen(struct swarm *swarm, uint32_t index);
bool swarm_apply(struct swarm *swarm, uint32_t node);
bool swarm_serve(struct swarm *swarm, struct swarm_pipe *pipe);
void swarm_validate(struct swarm *swarm);

unsigned swarm_operation_count(void);
const char *swarm_operation_name(unsigned operation);

#endif

/* SPDX-License-Identifier: MIT */
/* A pipe, listener or child as the node knows it. Private to core/io. */
#ifndef CORE_IO_HANDLE_H
#define CORE_IO_HANDLE_H

#include "core/actor/internal.h"

enum handle_kind {
    HANDLE_PIPE, /**< connected, accepted or adopted */
    HANDLE_LISTENER,
    HANDLE_CHILD,
};

/** What its owner knows of it. */
enum handle_phase {
    HANDLE_OPENING, /**< neither OPENED nor STARTED was heard */
    HANDLE_OPEN,
    HANDLE_CLOSING, /**< rh_close was called, or its owner has exited */
    HANDLE_CLOSED,  /**< a child whose EXITED is still to come */
};

/** The effects that a handle may have queued, at most one of each; KILL takes a set of signals. */
enum handle_slot {
    SLOT_OPEN, /**< CONNECT, LISTEN or START */
    SLOT_WRITE,
    SLOT_FLOW, /**< PAUSE or RESUME */
    SLOT_SHUTDOWN,
    SLOT_CLOSE,
    SLOT_KILL,
    SLOT_COUNT
};

struct handle {
    struct handle *hash_next;
    struct handle *next; /**< of its owner's, circular; NULL: the owner has exited */
    struct handle *prev;
    struct rh_ref ref;
    struct rh_pid owner; /**< the last one */
    uint8_t kind;        /**< enum handle_kind */
    uint8_t phase;       /**< enum handle_phase */
    bool writing;        /**< a WRITE is not answered */
    bool refused;        /**< and a fault has refused it: CLOSED answers */
    bool shut;           /**< for writing */
    bool paused;         /**< what the driver was told */
    bool started;        /**< STARTED came, so EXITED will */
    bool exited;         /**< EXITED came */
    size_t block_bytes;  /**< of this allocation */
    const uint8_t *bytes;
    size_t size;
    uint64_t signals; /**< to send, by number */
    struct effect effects[SLOT_COUNT];
    struct rh_command command; /**< CHILD: points into text */
    const char *address;       /**< points into text; NULL: the driver had it open */
    char text[];
};

#define SIGNAL_KILL 9
#define SIGNAL_MAX 63

/** Make a record of `text_bytes` of text with the next reference of `owner`, hang it from `owner`. RH_LIMIT, RH_NO_MEMORY,
 *  RH_EXHAUSTED. */
enum rh_status handle_create(struct rh_node *node, struct actor *owner, enum handle_kind kind,
                             size_t text_bytes, struct handle **ret_handle);
/** Withdraw its effects and forget it. */
void handle_free(struct rh_node *node, struct handle *handle);
struct handle *handle_find(const struct rh_node *node, struct rh_ref ref);
/** Free it if nothing more can be heard of it. */
void handle_free_when_done(struct rh_node *node, struct handle *handle);

void handle_hang(struct actor *owner, struct handle *handle);
void handle_unhang(struct actor *owner, struct handle *handle);

/** Tell of an effect; false: a fault takes it away. `number` is of its event. */
bool handle_may(struct rh_node *node, const struct handle *handle, enum rh_effect_kind kind,
                uint64_t number);
/** Queue an effect unless it is queued already. */
void handle_queue(struct rh_node *node, struct handle *handle, enum handle_slot slot,
                  enum rh_effect_kind kind);
/** Both. */
bool handle_ask(struct rh_node *node, struct handle *handle, enum handle_slot slot,
                enum rh_effect_kind kind, uint64_t number);
void handle_withdraw(struct rh_node *node, struct handle *handle, enum handle_slot slot);

#endif

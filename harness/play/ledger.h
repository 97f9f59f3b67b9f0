/* SPDX-License-Identifier: MIT */
/** @file
 *  What became of every actor of a run: whether it lives, why it ended, what it handled and said. One listener, from which
 *  both the outcome and the properties read. */
#ifndef HARNESS_PLAY_LEDGER_H
#define HARNESS_PLAY_LEDGER_H

#include <rehearse/world.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A list of messages that it owns. */
struct mail_list {
    struct rh_message *at;
    uint32_t count;
    uint32_t capacity;
};

struct ledger_actor {
    struct rh_pid pid;
    bool traps;
    bool is_dead;
    bool is_watched; /**< somebody asks for what it handled and said */
    struct rh_message reason;
    uint64_t deliveries[2]; /**< digests of all, in order */
    uint64_t outputs[2];
    struct mail_list received; /**< [word, actor, payload], if it is watched */
    struct mail_list said;
};

struct ledger {
    const struct rh_allocator *allocator;
    struct rh_world *world;      /**< of the run */
    struct ledger_actor *actors; /**< in the order of their births */
    uint32_t count;
    uint32_t capacity;
    uint32_t *index; /**< 1 + place in `actors`, hashed by pid */
    uint32_t index_capacity;
    const char *const *watched; /**< names of actors whose deliveries and outputs are kept */
    uint32_t watched_count;
    bool is_out_of_memory;
    uint8_t *scratch; /**< for normal forms */
    size_t scratch_capacity;
};

void ledger_init(struct ledger *ledger, const struct rh_allocator *allocator);
void ledger_deinit(struct ledger *ledger);
/** Listen to this world, before anything is spawned. RH_NO_MEMORY. */
RH_MUST_USE enum rh_status ledger_begin(struct ledger *ledger, struct rh_world *world);
/** Forget the run, before its world goes: messages hang from its nodes. */
void ledger_end(struct ledger *ledger);
/** Find an actor; NULL if it was never spawned. */
struct ledger_actor *ledger_find(const struct ledger *ledger, struct rh_pid pid);
/** Digest the run: equal for runs that differ in nothing an actor could tell. */
void ledger_outcome(struct ledger *ledger, uint64_t ret_digest[2]);

/** Is a record about an actor of another node than the one that tells it? Such a one is of the actor's proxy there. */
bool ledger_is_abroad(const struct rh_record *record);

/** What a behaviour was given, as scenarios write it. */
struct delivered {
    enum rh_delivery_kind kind;
    struct rh_pid to;
    struct rh_pid from;
    const struct rh_message *message; /**< payload or reason; may be NULL */
};
/** Tell whether an event is the delivery of something to a behaviour, and what. */
bool ledger_delivered(const struct ledger *ledger, const struct rh_event *event,
                      struct delivered *ret_delivered);
/** Write a delivery as scenarios do: [message, <from>, payload]. */
struct rh_message delivered_message(const struct rh_world *world,
                                    const struct rh_allocator *allocator,
                                    const struct rh_event *event,
                                    const struct delivered *delivered);

#ifdef __cplusplus
}
#endif
#endif

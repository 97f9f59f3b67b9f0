/* SPDX-License-Identifier: MIT */
/** @file
 *  Read-only views of a node for checkers, reports and debuggers: the only window into a running system. */
#ifndef REHEARSE_INSPECT_H
#define REHEARSE_INSPECT_H

#include <rehearse/node.h>

RH_PUBLIC_BEGIN

/** One live actor. Borrowed for the call. */
struct rh_actor_view {
    struct rh_pid pid;
    struct rh_pid parent;
    uint64_t key; /**< same for the same place in the family tree, whatever the slot */
    const char *behaviour;
    const char *name; /**< registered name or NULL */
    const void *state;
    bool started;
    bool trapping;
    bool has_mailbox;
    bool waiting;        /**< in a selective receive */
    rh_instant wait_due; /**< RH_NEVER: without time-out */
    size_t mailbox_length;
    size_t inbox_length; /**< walks the inbox */
    size_t link_count;
    size_t monitor_count;
    size_t watcher_count;
    size_t timer_count; /**< aimed at it */
    size_t alias_count;
};

bool rh_inspect_is_alive(const struct rh_node *node, struct rh_pid pid);
bool rh_inspect_actor(const struct rh_node *node, struct rh_pid pid,
                      struct rh_actor_view *ret_view);
/** Visit live actors in slot order; stops when visit returns false. */
void rh_inspect_each_actor(const struct rh_node *node,
                           bool (*visit)(void *self, const struct rh_actor_view *view), void *self);
/** Visit what waits in a mailbox, in order. */
void rh_inspect_each_mail(const struct rh_node *node, struct rh_pid pid,
                          bool (*visit)(void *self, const struct rh_delivery *mail), void *self);
/** Return the name that a delivery in a mailbox carries, as rh_delivery_name does in a turn; NULL: none. */
const char *rh_inspect_mail_name(const struct rh_node *node, const struct rh_delivery *mail);
/** Visit the partners of the links, the targets of the monitors, the watchers; `name` is set for monitors by name. */
enum rh_relation {
    RH_RELATION_LINK,
    RH_RELATION_MONITOR,
    RH_RELATION_WATCHER
};
void rh_inspect_each_relation(
    const struct rh_node *node, struct rh_pid pid, enum rh_relation relation,
    bool (*visit)(void *self, struct rh_pid other, uint64_t ordinal, const char *name), void *self);
/** Find who hears about a pipe, listener or child; false: there is no such handle. */
bool rh_inspect_handle_owner(const struct rh_node *node, struct rh_ref handle,
                             struct rh_pid *ret_owner);
bool rh_inspect_whereis(const struct rh_node *node, const char *name, struct rh_pid *ret_pid);

/** Verify every internal table against every other; false and a sentence in *ret_what on the first contradiction.
 *  Reports, never repairs. Cost: the whole node. */
bool rh_inspect_validate(const struct rh_node *node, const char **ret_what);

RH_PUBLIC_END
#endif

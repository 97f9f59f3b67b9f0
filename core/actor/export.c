/* SPDX-License-Identifier: MIT */
/*
 * Exports: which other nodes must hear of an actor's exit. An entry is made when the actor first sends anything that goes
 * to that node, to stay or to be passed on, in the turn that does; in the exit step it becomes the GONE, behind the EXITs of
 * its links and before the DOWNs of its watchers, on the channel that everything took which it has sent there. So no node
 * hears of the exit before the rest.
 */
#include "core/actor/internal.h"

enum rh_status export_prepare_slow(struct rh_node *node, struct actor *actor, uint32_t hop)
{
    const struct signal *first = actor->exports;
    for (const struct signal *entry = first; entry != NULL;
         entry = entry->next == first ? NULL : entry->next) {
        if (entry->body.from.node == hop) {
            return RH_OK;
        }
    }
    enum rh_status status = RH_OK;
    struct signal *entry = signal_create(node, &status);
    if (entry == NULL) {
        return status;
    }
    entry->role = ROLE_EXPORT;
    entry->to = actor_pid(node, actor);
    entry->body.from.node = hop;
    list_append(&actor->exports, entry);
    return RH_OK;
}

void exports_exit(struct rh_node *node, struct actor *actor, const struct rh_message *reason)
{
    while (actor->exports != NULL) {
        struct signal *entry = actor->exports;
        struct rh_pid to = {.node = entry->body.from.node};
        list_remove(&actor->exports, entry);
        if (node->foreign == NULL || entry->role != ROLE_EXPORT) {
            signal_destroy(node, entry); /* nothing that it sent has left; or a promise */
            continue;
        }
        entry->body.message = rh_message_ref(*reason);
        signal_post(node, entry, RH_SIGNAL_GONE, entry->to, to);
    }
}

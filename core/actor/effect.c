/* SPDX-License-Identifier: MIT */
/* The queue of effects, in the order in which they were asked for. What an actor says to the world is stored here; what it
 * asks of a handle is stored in the handle. */
#include "core/actor/internal.h"

void effect_queue(struct rh_node *node, struct effect *effect)
{
    RH_ASSERT(!effect->queued);
    effect->queued = true;
    effect->next = NULL;
    effect->prev = node->effects_tail;
    if (node->effects_tail == NULL) {
        node->effects_head = effect;
    } else {
        node->effects_tail->next = effect;
    }
    node->effects_tail = effect;
}

void effect_unqueue(struct rh_node *node, struct effect *effect)
{
    RH_ASSERT(effect->queued);
    effect->queued = false;
    if (effect->prev == NULL) {
        node->effects_head = effect->next;
    } else {
        effect->prev->next = effect->next;
    }
    if (effect->next == NULL) {
        node->effects_tail = effect->prev;
    } else {
        effect->next->prev = effect->prev;
    }
}

bool effect_say(struct rh_node *node, struct rh_pid actor, struct rh_message message)
{
    struct user_effect *said = node_allocate(node, sizeof(*said));
    if (said == NULL) {
        return false;
    }
    *said = (struct user_effect){
        .effect = {.kind = RH_EFFECT_USER}, .actor = actor, .message = message};
    effect_queue(node, &said->effect);
    return true;
}

bool rh_node_take_effect(struct rh_node *node, struct rh_effect *ret_effect)
{
    if (node->foreign != NULL) {
        node->foreign->flush(node);
    }
    struct effect *effect = node->effects_head;
    if (effect == NULL) {
        return false;
    }
    if (effect->handle != NULL) {
        if (handle_effect(effect, ret_effect)) {
            effect_unqueue(node, effect);
        }
        return true;
    }
    effect_unqueue(node, effect);
    struct user_effect *said = (struct user_effect *)effect;
    *ret_effect =
        (struct rh_effect){.kind = RH_EFFECT_USER, .actor = said->actor, .message = said->message};
    node_release(node, said, sizeof(*said));
    return true;
}

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

struct effect_fate effect_ask_filter(struct rh_node *node, struct rh_filter_question *question)
{
    question->point = RH_FILTER_EFFECT;
    question->actions |= RH_FILTER_CAN(PASS);
    question->now = node->now;
    struct rh_filter_answer answer = node->filter.ask(node->filter.self, question);
    bool can = (question->actions >> answer.action & 1) != 0;
    struct effect_fate fate = {.action = can ? answer.action : RH_FILTER_PASS,
                               .status = can ? RH_OK : RH_INVALID};
    if (fate.action == RH_FILTER_REPLACE) {
        fate.replacement = answer.replacement;
    } else {
        rh_message_unref(answer.replacement);
    }
    return fate;
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

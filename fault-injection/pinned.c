/* SPDX-License-Identifier: MIT */
/*
 * Core's one filter. A fault that was drawn for the message which is handled now strikes here, and so does any that is pinned
 * to a message: the n-th that it fits, each n-th, or the first from some time on. What a fault has made or held already is
 * struck by none, and not counted: otherwise copies could be copied without end.
 */
#include "fault-injection/menu.h"

static const struct rh_filter_answer pass = {.action = RH_FILTER_PASS};

/* What a replay would bring again. */
static void keep(struct rh_fault_menu *menu, const struct rh_filter_question *question)
{
    for (size_t i = 0; i < menu->count; i++) {
        struct armed *armed = &menu->armed[i];
        if (armed->spec->kind == RH_FAULT_REPLAY &&
            menu_fits(menu, armed->spec, question->from, question->actor, question->message)) {
            struct rh_message kept = rh_message_ref(*question->message);
            rh_message_unref(armed->kept);
            armed->kept = kept;
            armed->kept_from = question->from;
            armed->kept_by = question->actor;
            armed->has_kept = true;
        }
    }
}

/* One more message that it fits is handled: does it strike there? */
static bool is_due(struct armed *armed, rh_instant now)
{
    const struct rh_fault_spec *spec = armed->spec;
    uint32_t first = spec->times == 0 ? 1 : spec->times;
    armed->matches++;
    if (spec->has_at) {
        return now >= spec->at;
    }
    return armed->matches >= first &&
           (spec->every == 0 || (armed->matches - first) % spec->every == 0);
}

/* Crash and kill: the turn of their actor. */
static bool strikes_turn(const struct rh_fault_menu *menu, struct armed *armed,
                         const struct rh_filter_question *question)
{
    const struct rh_fault_spec *spec = armed->spec;
    bool is_its = false;
    for (size_t i = 0; i < (spec->actor == NULL ? spec->group.count : 1) && !is_its; i++) {
        struct rh_pid actor;
        const char *name = spec->actor == NULL ? spec->group.names[i] : spec->actor;
        is_its =
            menu->host.find(menu->host.self, name, &actor) && rh_pid_equal(actor, question->actor);
    }
    return question->turn && is_its && rh_pattern_match(spec->when, question->message, NULL) &&
           is_due(armed, question->now);
}

static bool strikes_message(const struct rh_fault_menu *menu, struct armed *armed,
                            const struct rh_filter_question *question)
{
    const struct rh_fault_spec *spec = armed->spec;
    return question->signal == RH_SIGNAL_MESSAGE && !question->is_of_fault &&
           menu_family(spec->kind)->answer != NULL && /* of a hold and a refusal: others ask */
           menu_fits(menu, spec, question->from, question->actor, question->message) &&
           is_due(armed, question->now);
}

static struct rh_filter_answer strike(struct rh_fault_menu *menu, struct armed *armed,
                                      const struct rh_filter_question *question)
{
    const struct rh_fault_spec *spec = armed->spec;
    const struct fault_family *family = menu_family(spec->kind);
    bool is_of_message = rh_fault_kind_family(spec->kind) == RH_FAULT_FAMILY_MESSAGE;
    menu_strikes(menu, armed, question->actor, is_of_message ? question->message : NULL);
    if (is_of_message) {
        return family->answer(&menu->host, spec, question->message);
    }
    if (spec->kind == RH_FAULT_CRASH) {
        return (struct rh_filter_answer){RH_FILTER_CRASH, spec->after_operations,
                                         fault_reason(spec)};
    }
    family->strike(&menu->host, armed, question->actor, question->now);
    return pass;
}

static struct rh_filter_answer answer_effect(struct rh_fault_menu *menu,
                                             const struct rh_filter_question *question)
{
    for (size_t i = 0; i < menu->count; i++) {
        struct armed *armed = &menu->armed[i];
        bool is_ready = armed->is_waiting || (armed->spec->is_pinned && !menu_is_off(menu, armed));
        if (!menu->healed && is_ready && fault_refuses(menu, armed, question) &&
            (armed->is_waiting || is_due(armed, question->now))) {
            armed->is_waiting = false;
            armed->fired++;
            menu->host.network(menu->host.self, armed->spec, question->now); /* tells */
            return (struct rh_filter_answer){.action = RH_FILTER_DROP};
        }
    }
    return pass;
}

struct rh_filter_answer menu_answer(void *self, const struct rh_filter_question *question)
{
    struct rh_fault_menu *menu = self;
    struct armed *forced = menu->forced;
    if (question->point == RH_FILTER_EFFECT && question->signal == RH_SIGNAL_IO) {
        return answer_effect(menu, question);
    }
    if (question->message == NULL) {
        return pass;
    }
    if (forced != NULL) {
        menu->forced = NULL;
        return menu_family(forced->spec->kind)
            ->answer(&menu->host, forced->spec, question->message);
    }
    if (question->signal == RH_SIGNAL_MESSAGE && !question->is_of_fault) {
        keep(menu, question);
    }
    struct rh_filter_answer answer = pass;
    for (size_t i = 0; i < menu->count && answer.action == RH_FILTER_PASS; i++) {
        struct armed *armed = &menu->armed[i];
        const struct rh_fault_spec *spec = armed->spec;
        if (!menu_is_off(menu, armed) &&
            ((spec->when != NULL && strikes_turn(menu, armed, question)) ||
             (spec->is_pinned && strikes_message(menu, armed, question)))) {
            answer = strike(menu, armed, question);
        }
    }
    return answer;
}

bool rh_fault_menu_hold(struct rh_fault_menu *menu, const struct rh_fault_prey *prey,
                        rh_instant now)
{
    const struct rh_pending *pending = prey->pending;
    if (pending->signal != RH_SIGNAL_MESSAGE || pending->is_of_fault) {
        return false;
    }
    for (size_t i = 0; i < menu->count; i++) {
        struct armed *armed = &menu->armed[i];
        const struct rh_fault_spec *spec = armed->spec;
        if (spec->kind == RH_FAULT_HOLD && spec->is_pinned && !menu_is_off(menu, armed) &&
            menu_fits(menu, spec, pending->from, pending->actor, pending->message) &&
            is_due(armed, now)) {
            menu_strikes(menu, armed, pending->actor, pending->message);
            menu->host.hold(menu->host.self, prey, fault_end(spec, now));
            return true;
        }
    }
    return false;
}

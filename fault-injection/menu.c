/* SPDX-License-Identifier: MIT */
/*
 * The menu: which faults may strike, when, and how often they did. A drawn fault is an optional event, offered whenever what
 * it is about is there: its actor, its pipe, or a message that is about to be handled, to whose handling it is an alternative.
 * One pinned to a time is an event that must happen then; one pinned to a message strikes through core's filter (pinned.c).
 *
 * Two bounds: how often a fault may strike, and how many drawn faults may strike in the run. What has met its bound is not
 * offered.
 */
#include "fault-injection/menu.h"

#include <string.h>

static const struct fault_family *const families[RH_FAULT_COUNT] = {
    [RH_FAULT_CRASH] = &fault_crash,
    [RH_FAULT_KILL] = &fault_kill,
    [RH_FAULT_FIRE] = &fault_fire,
    [RH_FAULT_STALL] = &fault_stall,
    [RH_FAULT_DROP] = &fault_drop,
    [RH_FAULT_DUPLICATE] = &fault_duplicate,
    [RH_FAULT_REPLACE] = &fault_replace,
    [RH_FAULT_CORRUPT] = &fault_corrupt,
    [RH_FAULT_HOLD] = &fault_hold,
    [RH_FAULT_FORGE] = &fault_forge,
    [RH_FAULT_REPLAY] = &fault_replay,
    [RH_FAULT_KILL_NODE] = &fault_network,
    [RH_FAULT_FREEZE_NODE] = &fault_network,
    [RH_FAULT_CLOSE_PIPE] = &fault_network,
    [RH_FAULT_RESET_PIPE] = &fault_network,
    [RH_FAULT_HALF_CLOSE_PIPE] = &fault_network,
    [RH_FAULT_BLACK_HOLE] = &fault_network,
    [RH_FAULT_CUT_PIPE] = &fault_network,
    [RH_FAULT_PART] = &fault_network,
    [RH_FAULT_FLIP_BYTES] = &fault_network,
    [RH_FAULT_LOSE_BYTES] = &fault_network,
    [RH_FAULT_STALL_PIPE] = &fault_network,
    [RH_FAULT_NARROW_PIPE] = &fault_network,
    [RH_FAULT_BLIP] = &fault_network,
    [RH_FAULT_PARTITION] = &fault_network,
    [RH_FAULT_RESTART_NODE] = &fault_network,
    [RH_FAULT_REFUSE_START] = &fault_network,
    [RH_FAULT_DELAY_START] = &fault_network,
    [RH_FAULT_FAIL_LAUNCH] = &fault_network,
    [RH_FAULT_KILL_PROCESS] = &fault_network,
    [RH_FAULT_LOSE_CALLBACK] = &fault_lose_callback,
    [RH_FAULT_DOUBLE_CALLBACK] = &fault_double_callback,
    [RH_FAULT_IGNORE_STOP] = &fault_ignore_stop,
    [RH_FAULT_SLOW] = &fault_slow,
    [RH_FAULT_LATE] = &fault_late,
    [RH_FAULT_FAIL_ALLOCATION] = &fault_starve,
    [RH_FAULT_REFUSE_IO] = &fault_refuse_io,
    [RH_FAULT_EXHAUST] = &fault_exhaust,
    [RH_FAULT_SKEW_CLOCK] = &fault_network,
};

const struct fault_family *menu_family(enum rh_fault_kind kind)
{
    return families[kind];
}

const char *rh_fault_kind_word(enum rh_fault_kind kind)
{
#define X(identifier, word, family, may, may_never, promised) word,
    static const char *const words[] = {RH_FAULT_MAP(X)};
#undef X
    return (unsigned)kind < RH_FAULT_COUNT ? words[kind] : "?";
}

enum rh_fault_family rh_fault_kind_family(enum rh_fault_kind kind)
{
#define X(identifier, word, family, may, may_never, promised) RH_FAULT_FAMILY_##family,
    static const enum rh_fault_family of[] = {RH_FAULT_MAP(X)};
#undef X
    return (unsigned)kind < RH_FAULT_COUNT ? of[kind] : RH_FAULT_FAMILY_COUNT;
}

/* Faults of nodes, pipes and processes are about nobody. */
static bool is_about_nobody(const struct rh_fault_spec *spec)
{
    enum rh_fault_family family = rh_fault_kind_family(spec->kind);
    return family == RH_FAULT_FAMILY_NODE || family == RH_FAULT_FAMILY_PIPE ||
           family == RH_FAULT_FAMILY_PROCESS || family == RH_FAULT_FAMILY_IO;
}

static bool is_of_messages(const struct rh_fault_spec *spec)
{
    return rh_fault_kind_family(spec->kind) == RH_FAULT_FAMILY_MESSAGE;
}

bool menu_is_drawn(const struct rh_fault_spec *spec)
{
    return spec->when == NULL && !spec->has_at && !spec->at_phase && !spec->is_pinned;
}

/* ---- who ---- */

static uint32_t target_count(const struct rh_fault_spec *spec)
{
    if (spec->bytes_most > spec->bytes) {
        return (uint32_t)(spec->bytes_most - spec->bytes + 1);
    }
    bool alone = spec->actor != NULL || is_about_nobody(spec);
    return alone ? 1 : (uint32_t)spec->group.count;
}

/* The same fault with the number of bytes that a target stands for. */
static struct rh_fault_spec with_bytes(const struct rh_fault_spec *spec, uint32_t target)
{
    struct rh_fault_spec one = *spec;
    one.bytes += spec->bytes_most > spec->bytes ? target : 0;
    return one;
}

/* Find the i-th actor that it may be about. */
static bool find(const struct rh_fault_menu *menu, const struct rh_fault_spec *spec,
                 uint32_t target, struct rh_pid *ret_actor)
{
    *ret_actor = rh_pid_none();
    const char *name = spec->actor != NULL          ? spec->actor
                       : target < spec->group.count ? spec->group.names[target]
                                                    : NULL;
    return is_about_nobody(spec) ||
           (name != NULL && menu->host.find(menu->host.self, name, ret_actor));
}

static bool is_called(const struct rh_fault_menu *menu, const char *name, struct rh_pid actor)
{
    struct rh_pid found;
    return menu->host.recall(menu->host.self, name, &found) && rh_pid_equal(found, actor);
}

static bool is_among(const struct rh_fault_menu *menu, const struct rh_fault_group *group,
                     struct rh_pid actor)
{
    bool found = group->names == NULL;
    for (size_t i = 0; i < group->count && !found; i++) {
        found = is_called(menu, group->names[i], actor);
    }
    return found && (group->node == 0 || group->node == actor.node);
}

bool menu_fits(const struct rh_fault_menu *menu, const struct rh_fault_spec *spec,
               struct rh_pid from, struct rh_pid to, const struct rh_message *message)
{
    struct rh_pid child = spec->kind == RH_FAULT_IGNORE_STOP ? to : from;
    if (spec->program != NULL &&
        (!fault_is_about(spec->kind, message) ||
         !menu->host.is_of_program(menu->host.self, spec->program, child))) {
        return false;
    }
    return (spec->message == NULL || rh_pattern_match(spec->message, message, NULL)) &&
           (spec->actor == NULL ? is_among(menu, &spec->group, to)
                                : is_called(menu, spec->actor, to)) &&
           is_among(menu, &spec->from, from);
}

/* ---- striking ---- */

static bool is_spent(const struct rh_fault_menu *menu, const struct armed *armed)
{
    const struct rh_fault_spec *spec = armed->spec;
    uint32_t max = spec->max == 0 ? (spec->every == 0 ? 1 : UINT32_MAX) : spec->max;
    bool is_over = menu->budget > 0 && menu_is_drawn(spec) && menu->drawn >= menu->budget;
    return menu->healed || is_over || armed->fired + armed->is_waiting >= max;
}

bool menu_is_off(const struct rh_fault_menu *menu, const struct armed *armed)
{
    const char *phase = armed->spec->phase;
    bool is_its = phase == NULL || (menu->phase != NULL && strcmp(phase, menu->phase) == 0);
    return !is_its || is_spent(menu, armed);
}

void menu_strikes(struct rh_fault_menu *menu, struct armed *armed, struct rh_pid actor,
                  const struct rh_message *message)
{
    const struct rh_fault_host *host = &menu->host;
    armed->fired++;
    menu->drawn += menu_is_drawn(armed->spec);
    if (is_about_nobody(armed->spec)) {
        return; /* the world says where */
    }
    bool has_reason = message == NULL && armed->spec->kind == RH_FAULT_CRASH;
    struct rh_message reason = has_reason        ? fault_reason(armed->spec)
                               : message == NULL ? rh_message_none()
                                                 : rh_message_ref(*message);
    host->tell(host->self, armed->spec->kind, actor, &reason);
    rh_message_unref(reason);
}

/* ---- life ---- */

enum rh_status rh_fault_menu_create(const struct rh_allocator *allocator,
                                    const struct rh_fault_spec *specs, size_t count,
                                    const struct rh_fault_host *host,
                                    struct rh_fault_menu **ret_menu)
{
    struct rh_fault_menu *menu =
        allocator->allocate(allocator->self, sizeof(*menu) + count * sizeof(menu->armed[0]));
    if (menu == NULL) {
        return RH_NO_MEMORY;
    }
    *menu = (struct rh_fault_menu){.allocator = allocator, .host = *host, .count = count};
    menu->filter = (struct rh_filter){menu_answer, menu};
    for (size_t i = 0; i < count; i++) {
        menu->armed[i] = (struct armed){.spec = &specs[i]};
        menu->holds |= specs[i].kind == RH_FAULT_HOLD && !menu_is_drawn(&specs[i]);
    }
    *ret_menu = menu;
    return RH_OK;
}

void rh_fault_menu_destroy(struct rh_fault_menu *menu)
{
    if (menu == NULL) {
        return;
    }
    for (size_t i = 0; i < menu->count; i++) {
        rh_message_unref(menu->armed[i].kept);
    }
    menu->allocator->release(menu->allocator->self, menu,
                             sizeof(*menu) + menu->count * sizeof(menu->armed[0]));
}

void rh_fault_menu_bound(struct rh_fault_menu *menu, uint64_t budget)
{
    menu->budget = budget;
}

const struct rh_filter *rh_fault_menu_filter(const struct rh_fault_menu *menu)
{
    return &menu->filter;
}

bool rh_fault_menu_holds(const struct rh_fault_menu *menu)
{
    return menu->holds;
}

void rh_fault_menu_enter(struct rh_fault_menu *menu, const char *phase, rh_instant now)
{
    menu->phase = phase;
    menu->phase_since = now;
}

void rh_fault_menu_heal(struct rh_fault_menu *menu)
{
    menu->healed = true;
}

uint32_t rh_fault_menu_fired(const struct rh_fault_menu *menu, size_t id)
{
    return menu->armed[id].fired;
}

/* ---- offers ---- */

struct offering {
    struct rh_fault_menu *menu;
    struct rh_fault_offer offer; /**< what is the same for all offers of the fault */
    bool (*visit)(void *self, const struct rh_fault_offer *offer);
    void *self;
    bool goes_on;
};

static bool offer_message(void *self, const struct rh_fault_prey *prey)
{
    struct offering *it = self;
    const struct rh_fault_spec *spec = it->menu->armed[it->offer.spec].spec;
    const struct rh_pending *pending = prey->pending;
    if (pending->is_of_fault ||
        !menu_fits(it->menu, spec, pending->from, pending->actor, pending->message)) {
        return true;
    }
    struct rh_fault_offer offer = it->offer;
    offer.actor = pending->actor;
    offer.earliest = offer.earliest > prey->earliest ? offer.earliest : prey->earliest;
    offer.prey = prey;
    it->goes_on = it->visit(it->self, &offer);
    return it->goes_on;
}

static void offer_actors(struct offering *it)
{
    const struct rh_fault_menu *menu = it->menu;
    const struct armed *armed = &menu->armed[it->offer.spec];
    const struct fault_family *family = families[armed->spec->kind];
    for (uint32_t i = 0; i < target_count(armed->spec) && it->goes_on; i++) {
        struct rh_fault_offer offer = it->offer;
        const struct rh_fault_spec spec = with_bytes(armed->spec, i);
        struct armed one = *armed;
        one.spec = &spec;
        offer.target = i;
        if (find(menu, armed->spec, i, &offer.actor) &&
            (family->possible == NULL || family->possible(&menu->host, &one, offer.actor))) {
            it->goes_on = it->visit(it->self, &offer);
        }
    }
}

static bool is_over(const struct rh_fault_menu *menu, const struct rh_fault_spec *spec)
{
    return spec->until != 0 && menu->host.now(menu->host.self) > spec->until;
}

void rh_fault_menu_each(struct rh_fault_menu *menu,
                        bool (*visit)(void *self, const struct rh_fault_offer *offer), void *self)
{
    struct offering it = {.menu = menu, .visit = visit, .self = self, .goes_on = true};
    for (size_t i = 0; i < menu->count && it.goes_on; i++) {
        const struct armed *armed = &menu->armed[i];
        const struct rh_fault_spec *spec = armed->spec;
        bool is_filters = spec->when != NULL || spec->is_pinned;
        if (is_filters || menu_is_off(menu, armed) || is_over(menu, spec)) {
            continue;
        }
        it.offer = (struct rh_fault_offer){
            .spec = (uint32_t)i,
            .earliest = spec->has_at     ? spec->at
                        : spec->at_phase ? menu->phase_since
                                         : spec->since,
            .latest = spec->has_at      ? spec->at
                      : spec->at_phase  ? menu->phase_since
                      : spec->until > 0 ? spec->until
                                        : RH_NEVER,
            .optional = menu_is_drawn(spec),
            .weight = spec->weight == 0 ? 1 : spec->weight,
        };
        if (is_of_messages(spec)) {
            menu->host.each_message(menu->host.self, offer_message, &it);
        } else {
            offer_actors(&it);
        }
    }
}

static void strike_message(struct rh_fault_menu *menu, struct armed *armed,
                           const struct rh_fault_prey *prey, rh_instant now)
{
    const struct rh_fault_host *host = &menu->host;
    menu_strikes(menu, armed, prey->pending->actor, prey->pending->message);
    if (armed->spec->kind == RH_FAULT_HOLD) {
        host->hold(host->self, prey, fault_end(armed->spec, now));
        return;
    }
    menu->forced = armed;
    host->handle(host->self, prey);
    menu->forced = NULL;
}

void rh_fault_menu_execute(struct rh_fault_menu *menu, uint32_t spec, uint32_t target,
                           const struct rh_fault_prey *prey, rh_instant now)
{
    struct armed *armed = &menu->armed[spec];
    struct rh_pid actor;
    if (prey != NULL) {
        strike_message(menu, armed, prey, now);
    } else if (armed->spec->kind == RH_FAULT_REFUSE_IO) {
        armed->is_waiting = true; /* it has struck when something is refused */
        menu->drawn++;
    } else if (find(menu, armed->spec, target, &actor)) {
        bool replays = armed->spec->kind == RH_FAULT_REPLAY;
        bool comes = rh_fault_kind_family(armed->spec->kind) == RH_FAULT_FAMILY_FORGERY;
        menu_strikes(menu, armed, actor,
                     replays ? &armed->kept
                     : comes ? &armed->spec->payload
                             : NULL);
        const struct rh_fault_spec its = with_bytes(armed->spec, target);
        struct armed one = *armed;
        one.spec = &its;
        families[its.kind]->strike(&menu->host, &one, actor, now);
    }
}

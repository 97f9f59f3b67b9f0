/* SPDX-License-Identifier: MIT */
/*
 * The menu: which faults may strike, when, and how often they did. A fault pinned to a message strikes through core's
 * filter, at the event it is pinned to; one pinned to a time is an event that must happen then; any other is an optional
 * event, offered whenever its actor lives. The budget of a fault is how often it may strike.
 */
#include "fault-injection/menu.h"

struct rh_fault_menu {
    const struct rh_allocator *allocator;
    struct rh_fault_host host;
    struct rh_filter filter;
    bool healed;
    size_t count;
    struct armed armed[];
};

static const struct fault_family *const families[RH_FAULT_COUNT] = {
    [RH_FAULT_CRASH] = &fault_crash,
    [RH_FAULT_KILL] = &fault_kill,
    [RH_FAULT_FIRE] = &fault_fire,
    [RH_FAULT_STALL] = &fault_stall,
};

static bool is_of_network(const struct rh_fault_spec *spec)
{
    return spec->kind >= RH_FAULT_KILL_NODE;
}

static const struct fault_family *family_of(const struct rh_fault_spec *spec)
{
    return is_of_network(spec) ? &fault_network : families[spec->kind];
}

/* Find whom it is about; faults of nodes and pipes are about nobody. */
static bool find(const struct rh_fault_menu *menu, const struct rh_fault_spec *spec,
                 struct rh_pid *ret_actor)
{
    *ret_actor = rh_pid_none();
    return is_of_network(spec) || menu->host.find(menu->host.self, spec->actor, ret_actor);
}

const char *rh_fault_kind_word(enum rh_fault_kind kind)
{
#define X(identifier, word, may, may_never, promised) word,
    static const char *const words[] = {RH_FAULT_MAP(X)};
#undef X
    return (unsigned)kind < RH_FAULT_COUNT ? words[kind] : "?";
}

static bool spent(const struct rh_fault_menu *menu, const struct armed *armed)
{
    uint32_t max = armed->spec->max == 0 ? 1 : armed->spec->max;
    return menu->healed || armed->fired >= max;
}

static void strikes(struct rh_fault_menu *menu, struct armed *armed, struct rh_pid actor)
{
    armed->fired++;
    if (is_of_network(armed->spec)) {
        return; /* the world says where */
    }
    struct rh_message reason = fault_reason(armed->spec);
    menu->host.tell(menu->host.self, armed->spec->kind, actor, &reason);
    rh_message_unref(reason);
}

static struct rh_filter_answer ask(void *self, const struct rh_filter_question *question)
{
    struct rh_fault_menu *menu = self;
    struct rh_filter_answer pass = {.action = RH_FILTER_PASS};
    if (!question->turn || question->message == NULL) {
        return pass;
    }
    for (size_t i = 0; i < menu->count; i++) {
        struct armed *armed = &menu->armed[i];
        const struct rh_fault_spec *spec = armed->spec;
        struct rh_pid actor;
        if (spec->when == NULL || spent(menu, armed) || !find(menu, spec, &actor) ||
            !rh_pid_equal(actor, question->actor) ||
            !rh_pattern_match(spec->when, question->message, NULL)) {
            continue;
        }
        armed->matches++;
        if (armed->matches < (spec->times == 0 ? 1 : spec->times)) {
            continue;
        }
        strikes(menu, armed, actor);
        if (spec->kind == RH_FAULT_CRASH) {
            return (struct rh_filter_answer){RH_FILTER_CRASH, spec->after_operations,
                                             fault_reason(spec)};
        }
        family_of(spec)->strike(&menu->host, spec, actor, question->now);
    }
    return pass;
}

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
    menu->filter = (struct rh_filter){ask, menu};
    for (size_t i = 0; i < count; i++) {
        menu->armed[i] = (struct armed){.spec = &specs[i]};
    }
    *ret_menu = menu;
    return RH_OK;
}

void rh_fault_menu_destroy(struct rh_fault_menu *menu)
{
    if (menu != NULL) {
        menu->allocator->release(menu->allocator->self, menu,
                                 sizeof(*menu) + menu->count * sizeof(menu->armed[0]));
    }
}

const struct rh_filter *rh_fault_menu_filter(const struct rh_fault_menu *menu)
{
    return &menu->filter;
}

void rh_fault_menu_each(struct rh_fault_menu *menu,
                        bool (*visit)(void *self, const struct rh_fault_offer *offer), void *self)
{
    for (size_t i = 0; i < menu->count; i++) {
        const struct armed *armed = &menu->armed[i];
        const struct rh_fault_spec *spec = armed->spec;
        struct rh_pid actor;
        if (spec->when != NULL || spent(menu, armed) || !find(menu, spec, &actor)) {
            continue;
        }
        const struct fault_family *family = family_of(spec);
        if (family->possible != NULL && !family->possible(&menu->host, spec, actor)) {
            continue;
        }
        struct rh_fault_offer offer = {(uint32_t)i, actor, spec->has_at ? spec->at : 0,
                                       !spec->has_at};
        if (!visit(self, &offer)) {
            return;
        }
    }
}

void rh_fault_menu_execute(struct rh_fault_menu *menu, uint32_t id, rh_instant now)
{
    struct armed *armed = &menu->armed[id];
    struct rh_pid actor;
    if (find(menu, armed->spec, &actor)) {
        strikes(menu, armed, actor);
        family_of(armed->spec)->strike(&menu->host, armed->spec, actor, now);
    }
}

void rh_fault_menu_heal(struct rh_fault_menu *menu)
{
    menu->healed = true;
}

uint32_t rh_fault_menu_fired(const struct rh_fault_menu *menu, size_t id)
{
    return menu->armed[id].fired;
}

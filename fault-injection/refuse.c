/* SPDX-License-Identifier: MIT */
/* Refuse: what an actor asks of the world outside does not happen, and it hears so. Where that cannot be, it passes. */
#include "fault-injection/menu.h"

#include <string.h>

bool fault_refuses(const struct rh_fault_menu *menu, const struct armed *armed,
                   const struct rh_filter_question *question)
{
    const struct rh_fault_spec *spec = armed->spec;
    (void)menu;
    return spec->kind == RH_FAULT_REFUSE_IO && question->actor.node == spec->node + 1 &&
           (question->actions & RH_FILTER_CAN(DROP)) != 0 && question->name != NULL &&
           (spec->effect == NULL || strcmp(spec->effect, question->name) == 0);
}

/* One at a time: it strikes what is asked for next. */
static bool possible(const struct rh_fault_host *host, const struct armed *armed,
                     struct rh_pid actor)
{
    (void)host;
    (void)actor;
    return !armed->is_waiting;
}

const struct fault_family fault_refuse_io = {.possible = possible};

/* SPDX-License-Identifier: MIT */
/* Drop: the message ends without a turn. Senders that need an answer have a time-out for it. */
#include "fault-injection/menu.h"

static struct rh_filter_answer answer(const struct rh_fault_host *host,
                                      const struct rh_fault_spec *spec,
                                      const struct rh_message *message)
{
    (void)host;
    (void)spec;
    (void)message;
    return (struct rh_filter_answer){.action = RH_FILTER_DROP};
}

const struct fault_family fault_drop = {.answer = answer};

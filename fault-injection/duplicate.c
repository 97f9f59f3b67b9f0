/* SPDX-License-Identifier: MIT */
/* Duplicate: the message is handled, and waits again, next in its channel. Receivers count, or do things that can be done
 * twice. */
#include "fault-injection/menu.h"

static struct rh_filter_answer answer(const struct rh_fault_host *host,
                                      const struct rh_fault_spec *spec,
                                      const struct rh_message *message)
{
    (void)host;
    (void)spec;
    (void)message;
    return (struct rh_filter_answer){.action = RH_FILTER_DUPLICATE};
}

const struct fault_family fault_duplicate = {.answer = answer};

/* SPDX-License-Identifier: MIT */
/* Forge and replay: something comes that nobody sent, or that came before. What is a payload stays one, whatever it looks
 * like, and a control signal counts only if something current backs it. */
#include "fault-injection/menu.h"

#include <rehearse/inspect.h>

struct rh_pid fault_sender(const struct rh_fault_host *host, const struct rh_fault_spec *spec)
{
    struct rh_pid sender = rh_pid_none();
    if (spec->from.count == 0 || !host->recall(host->self, spec->from.names[0], &sender)) {
        return rh_pid_none();
    }
    return sender;
}

/* Nothing comes before the first turn. */
static bool has_started(const struct rh_fault_host *host, const struct armed *armed,
                        struct rh_pid actor)
{
    (void)armed;
    struct rh_actor_view view;
    return rh_inspect_actor(host->node(host->self, actor), actor, &view) && view.started;
}

static void forge(const struct rh_fault_host *host, const struct armed *armed, struct rh_pid actor,
                  rh_instant now)
{
    (void)now;
    const struct rh_fault_spec *spec = armed->spec;
    enum rh_signal_kind kind = spec->signal == RH_SIGNAL_START ? RH_SIGNAL_MESSAGE : spec->signal;
    enum rh_status status =
        rh_node_forge(host->node(host->self, actor), host->clock(host->self, actor), kind,
                      fault_sender(host, spec), actor, rh_message_ref(spec->payload));
    (void)status; /* refused for want of memory: nothing comes, and the limit event says so */
}

static bool has_kept(const struct rh_fault_host *host, const struct armed *armed,
                     struct rh_pid actor)
{
    (void)host;
    return armed->has_kept && rh_pid_equal(armed->kept_by, actor);
}

static void replay(const struct rh_fault_host *host, const struct armed *armed, struct rh_pid actor,
                   rh_instant now)
{
    (void)now;
    enum rh_status status =
        rh_node_forge(host->node(host->self, actor), host->clock(host->self, actor),
                      RH_SIGNAL_MESSAGE, armed->kept_from, actor, rh_message_ref(armed->kept));
    (void)status;
}

const struct fault_family fault_forge = {.possible = has_started, .strike = forge};
const struct fault_family fault_replay = {.possible = has_kept, .strike = replay};

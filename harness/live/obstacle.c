/* SPDX-License-Identifier: MIT */
/*
 * What stands between a scenario and real processes. Everything here can be told from the file, so that a list of what can be
 * played is the same everywhere. Whatever is not known to work is refused, with the reason.
 */
#include "harness/live/live.h"

#include <rehearse/program.h>

#include "harness/scenario/scenario.h"

#include <stdio.h>
#include <string.h>

#define SPAN_MAX (500 * RH_MILLISECOND) /* of real time, for one timer or wait */

struct search {
    const struct rh_plan *plan;
    bool has_time; /* something takes a time that is not none */
    char *buffer;
    size_t capacity;
    const char *found;
};

static void refuse(struct search *search, uint32_t line, const char *why)
{
    if (search->found == NULL) {
        (void)snprintf(search->buffer, search->capacity, "line %u: %s", (unsigned)line, why);
        search->found = search->buffer;
    }
}

static void look_at_span(struct search *search, uint32_t line, rh_duration span)
{
    search->has_time = search->has_time || (span != RH_NEVER && span > 0);
    if (span != RH_NEVER && span > SPAN_MAX) {
        refuse(search, line, "it would take more than 500ms of real time");
    }
}

static void look_at_ops(struct search *search, struct rh_plan_ops ops);

static void look_at_op(struct search *search, const struct rh_plan_op *op)
{
    uint32_t line = op->at.start.line;
    look_at_span(search, line, op->time);
    if (op->kind == RH_OP_DRAW) {
        refuse(search, line, "'draw' asks the strategy, and there is none");
    } else if (search->plan->nodes.count > 1 &&
               (op->kind == RH_OP_READ_TIMER ||
                (op->kind == RH_OP_CANCEL && op->as != RH_NO_SLOT))) {
        refuse(search, line, "how much time a timer has left depends on real time");
    }
    if (op->receive != NULL) {
        look_at_span(search, line, op->receive->timeout);
    }
    look_at_ops(search, op->body);
    look_at_ops(search, op->otherwise);
}

static void look_at_ops(struct search *search, struct rh_plan_ops ops)
{
    for (uint32_t i = 0; i < ops.count; i++) {
        look_at_op(search, &ops.at[i]);
    }
}

static void look_at_behaviour(struct search *search, const struct rh_plan_behaviour *behaviour)
{
    look_at_ops(search, behaviour->init);
    for (uint32_t i = 0; i < behaviour->row_count; i++) {
        look_at_ops(search, behaviour->rows[i].ops);
    }
    look_at_span(search, behaviour->at.start.line, behaviour->receive.timeout);
}

static bool is_child(const struct search *search, uint32_t name)
{
    return name >= search->plan->actor_count && search->plan->nodes.count > 1;
}

static void look_at_deed(struct search *search, uint32_t line, enum rh_deed kind, rh_duration span)
{
    look_at_span(search, line, span);
    switch (kind) {
    case RH_DEED_KILL_NODE:
    case RH_DEED_FREEZE_NODE:
    case RH_DEED_CLOSE_PIPE:
    case RH_DEED_RESET_PIPE:
    case RH_DEED_HALF_CLOSE_PIPE:
    case RH_DEED_BLACK_HOLE:
    case RH_DEED_CUT_PIPE:
    case RH_DEED_PART:
    case RH_DEED_THAW_NODE:
    case RH_DEED_REJOIN:
        break;
    case RH_DEED_RESTART_NODE:
        refuse(search, line, "a killed process is not started anew");
        break;
    default:
        refuse(search, line, "that cannot be done to processes and their sockets");
        break;
    }
}

static void look_at_step(struct search *search, const struct rh_plan_step *step)
{
    uint32_t line = step->at.start.line;
    switch (step->kind) {
    case RH_STEP_ACT:
    case RH_STEP_INPUT:
        look_at_ops(search, step->ops);
        if (is_child(search, step->actor)) {
            refuse(search, line, "it is not known which node that child is on");
        }
        break;
    case RH_STEP_DEED:
        look_at_deed(search, line, step->deed.kind, step->deed.span);
        break;
    case RH_STEP_PHASE:
        refuse(search, line, "in which phase something happens is known to the simulator");
        break;
    case RH_STEP_WAIT:
        look_at_span(search, line, step->time);
        break;
    default:
        break;
    }
    for (uint32_t i = 0; i < step->entry_count; i++) {
        look_at_step(search, &step->entries[i]);
    }
}

static void look_at_fault(struct search *search, const struct rh_plan_fault *fault)
{
    uint32_t line = fault->at.start.line;
    look_at_span(search, line, fault->time);
    if (fault->since > 0 || fault->until > 0) {
        refuse(search, line, "a fault's window is one of virtual time");
    } else if (fault->deed.up_to > 0) {
        refuse(search, line, "which of several bytes is struck is drawn by the simulator");
    }
    switch (fault->kind) {
    case RH_FAULT_FORGE:
    case RH_FAULT_REPLAY:
        if (search->plan->nodes.count > 1) {
            refuse(search, line, "what is forged on several nodes is known to one of them");
        }
        break;
    case RH_FAULT_FIRE:
    case RH_FAULT_CRASH:
    case RH_FAULT_KILL:
        for (uint32_t i = 0; i < fault->actors.count; i++) {
            if (is_child(search, fault->actors.at[i])) {
                refuse(search, line, "it is not known which node that child is on");
            }
        }
        break;
    case RH_FAULT_KILL_NODE:
    case RH_FAULT_FREEZE_NODE:
    case RH_FAULT_CLOSE_PIPE:
    case RH_FAULT_RESET_PIPE:
    case RH_FAULT_HALF_CLOSE_PIPE:
    case RH_FAULT_BLACK_HOLE:
    case RH_FAULT_CUT_PIPE:
    case RH_FAULT_PART:
        look_at_span(search, line, fault->deed.span);
        break;
    case RH_FAULT_DROP:
    case RH_FAULT_DUPLICATE:
    case RH_FAULT_REPLACE:
    case RH_FAULT_CORRUPT: /* the node's own filter does it, where it knows which message is meant */
        if (fault->has_at || search->plan->nodes.count > 1) {
            refuse(search, line, "which message is struck depends on times or on other nodes");
        }
        break;
    default:
        refuse(search, line, "that fault cannot be done to a process");
        break;
    }
}

/* Is it given a time? */
static void look_at_spawn(struct search *search, const struct rh_plan_spawn *spawn)
{
    const struct rh_program_behaviour *behaviour = search->plan->roles[spawn->role].program;
    if (spawn->with >= search->plan->message_count) {
        return; /* the file has no messages at all */
    }
    const struct rh_delivery start = {.message = search->plan->messages[spawn->with].value};
    for (size_t i = 0; behaviour != NULL && i < behaviour->parameter_count; i++) {
        rh_duration time = 0;
        if (behaviour->parameters[i].kind == RH_PARAMETER_TIME) {
            rh_parameter_time(&start, behaviour->parameters[i].name, &time);
        }
        search->has_time = search->has_time || time > 0;
    }
}

static void look_at_role(struct search *search, const struct rh_plan_role *role)
{
    if (role->scripted != NULL) {
        look_at_behaviour(search, role->scripted);
    } else if (role->supervisor != NULL) {
        look_at_span(search, role->supervisor->at.start.line, role->supervisor->period);
        for (uint32_t i = 0; i < role->supervisor->children.count; i++) {
            const struct rh_plan_child *child = &role->supervisor->children.at[i];
            look_at_span(search, child->at.start.line, child->shutdown);
            look_at_spawn(search, &child->spawn);
        }
    } else if (role->host != NULL) {
        look_at_span(search, role->host->at.start.line, role->host->grace);
        look_at_span(search, role->host->at.start.line, role->host->kill_timeout);
    }
}

static void look_at_net(struct search *search)
{
    const struct rh_plan *plan = search->plan;
    for (uint32_t i = 0; i < plan->pipe_count; i++) {
        if (plan->pipes[i].capacity > 0) {
            refuse(search, plan->pipes[i].at.start.line, "a real pipe has a capacity of its own");
        }
    }
    for (uint32_t i = 0; i < plan->role_count && plan->nodes.count > 1; i++) {
        const struct rh_plan_role *role = &plan->roles[i];
        if (role->program != NULL && strcmp(role->program->behaviour->name, "conversation") == 0) {
            refuse(search, 1, "a conversation tells times, which several nodes do not share");
        }
    }
    if (plan->nodes.count > 1 && plan->has_given) {
        refuse(search, 1, "what is given is arranged on one node only");
    }
    const struct rh_limits least = rh_limits_hostile(); /* so small only where the file says so */
    if (plan->nodes.count > 1 && (plan->limits.held_signals_max < least.held_signals_max ||
                                  plan->limits.lane_bytes_max < least.lane_bytes_max ||
                                  plan->limits.lane_controls_max < least.lane_controls_max)) {
        refuse(search, 1, "what a limit catches between nodes depends on the speed of real pipes");
    }
    look_at_span(search, 1, plan->heartbeat);
    look_at_span(search, 1, plan->deadline);
    if (plan->processes.count > 0) {
        refuse(search, 1, "the processes of a host are nodes of the simulator");
    }
}

static void look_everywhere(struct search *search)
{
    const struct rh_plan *plan = search->plan;
    look_at_net(search);
    for (uint32_t i = 0; i < plan->role_count; i++) {
        look_at_role(search, &plan->roles[i]);
    }
    for (uint32_t i = 0; i < plan->actor_count; i++) {
        look_at_ops(search, plan->actors[i].script);
        look_at_spawn(search, &plan->actors[i].spawn);
    }
    for (uint32_t i = 0; i < plan->step_count; i++) {
        look_at_step(search, &plan->steps[i]);
    }
    for (uint32_t i = 0; i < plan->fault_count; i++) {
        look_at_fault(search, &plan->faults[i]);
    }
    for (uint32_t i = 0; i < plan->eventually_count; i++) {
        if (plan->eventually[i].within != RH_NEVER) {
            refuse(search, plan->eventually[i].at.start.line, "'within' speaks of virtual time");
        }
    }
}

bool rh_live_minds_time(const struct rh_scenario *scenario)
{
    const struct rh_plan *plan = &scenario->plan;
    char buffer[128];
    struct search search = {.plan = plan, .buffer = buffer, .capacity = sizeof(buffer)};
    look_everywhere(&search);
    return search.has_time && !plan->time_free;
}

bool rh_live_needs_all_orders(const struct rh_scenario *scenario)
{
    return scenario->plan.commutes;
}

const char *const *rh_live_unasked(const struct rh_scenario *scenario)
{
    static const char *const of_time[] = {"deadlock", NULL};
    return rh_live_minds_time(scenario) ? of_time : NULL;
}

const char *rh_live_obstacle(const struct rh_scenario *scenario, char *buffer, size_t capacity)
{
    const struct rh_plan *plan = &scenario->plan;
    struct search search = {.plan = plan, .buffer = buffer, .capacity = capacity};
    if (scenario->status != RH_OK) {
        return "it has errors";
    }
    if (plan->skip != NULL) {
        return plan->skip;
    }
    if (plan->expect_failure != NULL) {
        return "it is to fail, which is the simulator's to show";
    }
    look_everywhere(&search);
    return search.found;
}

/* SPDX-License-Identifier: MIT */
/* Steps and scripts as a source of events.
 *
 * A lane is something that acts in its own order. There is one for the steps, one for every actor with a script, and, while
 * a race is under way, one for each of its entries; all of them race with each other and with the world. An operation is
 * an event of its own. What a dead actor was to do is left out. A `settle` waits until no signal is under way and no other
 * lane can go on, without waiting for timers; a `wait` is an event that is due later. */
#include "harness/play/script.h"

#include <stdio.h>

#define LANE_STEPS 0U
#define LANE_SCRIPTS 1U

static uint32_t first_race_lane(const struct rh_play *play)
{
    return LANE_SCRIPTS + play->script_count;
}

static uint32_t lane_count(const struct rh_play *play)
{
    return first_race_lane(play) + play->race_lane_count;
}

static struct lane *lane_at(struct rh_play *play, uint32_t index)
{
    if (index == LANE_STEPS) {
        return &play->step_lane;
    }
    return index < first_race_lane(play) ? &play->script_lanes[index - LANE_SCRIPTS]
                                         : &play->race_lanes[index - first_race_lane(play)];
}

/* The values that the operations of a lane share. */
static struct rh_message *values_of(struct rh_play *play, uint32_t lane,
                                    const struct rh_plan_scope **ret_scope)
{
    if (lane >= LANE_SCRIPTS && lane < first_race_lane(play)) {
        uint32_t script = lane - LANE_SCRIPTS;
        *ret_scope = &play->plan->actors[play->script_steps[script].actor].scope;
        return play->script_values[script].at;
    }
    *ret_scope = &play->plan->step_scope;
    return play->step_values.at;
}

/* ---- going on ---- */

static bool acts(const struct rh_plan_step *step)
{
    return step->kind == RH_STEP_ACT || step->kind == RH_STEP_INPUT;
}

/* A child that does not exist yet has not ended. */
static bool has_ended(struct rh_play *play, uint32_t name)
{
    struct rh_pid pid = play_pid(play, name);
    struct rh_node *node = rh_world_node_of(play->world, pid);
    return node != NULL && !rh_inspect_is_alive(node, pid);
}

static bool is_over(const struct lane *lane)
{
    return lane->step == NULL;
}

/* Leave out what the dead were to do. The steps behind it then come because they are dead. */
static void skip_dead(struct rh_play *play, struct lane *lane)
{
    if (is_over(lane)) {
        return;
    }
    const struct rh_plan_step *step = lane->step;
    if (step->kind == RH_STEP_ACT && lane->op >= step->ops.count) {
        lane->step = NULL;
    } else if (acts(step) && has_ended(play, step->actor)) {
        lane->step = NULL;
        if (!lane->is_script && play->missed_in[step->actor] == 0) {
            play->missed_in[step->actor] = play->step + 1;
        }
    }
}

static bool race_is_over(struct rh_play *play)
{
    for (uint32_t i = 0; i < play->race_lane_count; i++) {
        skip_dead(play, &play->race_lanes[i]);
        if (!is_over(&play->race_lanes[i])) {
            return false;
        }
    }
    return true;
}

static bool scripts_wait(struct rh_play *play)
{
    for (uint32_t i = 0; i < play->script_count; i++) {
        skip_dead(play, &play->script_lanes[i]);
        if (!is_over(&play->script_lanes[i])) {
            return false;
        }
    }
    return true;
}

static void begin_step(struct rh_play *play, rh_instant now)
{
    struct lane *lane = &play->step_lane;
    *lane = (struct lane){.ready = now};
    if (play->step >= play->plan->step_count) {
        return;
    }
    const struct rh_plan_step *step = &play->plan->steps[play->step];
    lane->step = step;
    if (step->kind == RH_STEP_WAIT) {
        lane->ready = now > RH_NEVER - 1 - step->time ? RH_NEVER - 1 : now + step->time;
    }
    for (uint32_t i = 0; step->kind == RH_STEP_RACE && i < step->entry_count; i++) {
        play->race_lanes[i] = (struct lane){.step = &step->entries[i], .ready = now};
    }
}

static void next_step(struct rh_play *play, rh_instant now)
{
    play->step++;
    begin_step(play, now);
}

/* Pass everything that takes no event of its own. */
static void advance(struct rh_play *play)
{
    for (;;) {
        struct lane *lane = &play->step_lane;
        if (play->step >= play->plan->step_count) {
            return;
        }
        skip_dead(play, lane);
        rh_instant now = rh_world_now(play->world);
        now = now > lane->ready ? now : lane->ready;
        if (is_over(lane)) {
            next_step(play, now);
        } else if (lane->step->kind == RH_STEP_RACE && race_is_over(play)) {
            next_step(play, now);
        } else if (lane->step->kind == RH_STEP_SETTLE && scripts_wait(play) &&
                   rh_world_is_settled(play->world)) {
            play->settled_at = rh_world_moves(play->world);
            next_step(play, now);
        } else {
            return;
        }
    }
}

/* ---- the source ---- */

static struct rh_pid actor_of(struct rh_play *play, const struct lane *lane)
{
    return !acts(lane->step) ? rh_pid_none() : play_pid(play, lane->step->actor);
}

/* Is it a thing to do, and can it be done? A child that has not had its first turn yet is waited for. */
static bool is_offered(struct rh_play *play, const struct lane *lane)
{
    struct rh_actor_view view;
    if (is_over(lane)) {
        return false;
    }
    if (lane->step->kind == RH_STEP_WAIT || lane->step->kind == RH_STEP_DEED ||
        lane->step->kind == RH_STEP_PHASE) {
        return true;
    }
    if (!acts(lane->step)) {
        return false;
    }
    struct rh_pid pid = actor_of(play, lane);
    struct rh_node *node = rh_world_node_of(play->world, pid);
    return lane->step->actor < play->plan->actor_count ||
           (node != NULL && rh_inspect_actor(node, pid, &view) && view.started);
}

static void lanes_each(void *self, struct rh_world *world,
                       bool (*visit)(void *visitor, const struct rh_source_event *event),
                       void *visitor)
{
    struct rh_play *play = self;
    (void)world;
    advance(play);
    uint32_t count = lane_count(play);
    for (uint32_t i = 0; i < count; i++) {
        struct lane *lane = lane_at(play, i);
        skip_dead(play, lane);
        if (!is_offered(play, lane)) {
            continue;
        }
        const struct rh_source_event event = {.id = i,
                                              .earliest = lane->ready,
                                              .latest = lane->ready,
                                              .actor = actor_of(play, lane),
                                              .is_turn = acts(lane->step),
                                              .group = lane->is_script ? 0 : 1,
                                              .round = play->step,
                                              .behind = lane->is_script ? 0 : play->settled_at,
                                              .is_odd = lane->step->kind == RH_STEP_DEED ||
                                                        lane->step->kind == RH_STEP_PHASE};
        if (!visit(visitor, &event)) {
            return;
        }
    }
}

struct act {
    struct rh_play *play;
    uint32_t lane;
    const struct rh_plan_op *op;
};

static enum rh_status act_body(struct rh_context *ctx, void *state, void *argument)
{
    struct act *act = argument;
    const struct rh_plan_scope *scope = NULL;
    struct rh_message *values = values_of(act->play, act->lane, &scope);
    struct frame frame;
    (void)state;
    frame_init(&frame, act->play, ctx, scope, values, NULL);
    return frame_run_one(&frame, act->op);
}

/* All steps share their variables. */
static void touch_variables(const struct rh_play *play, const struct lane *lane,
                            const struct rh_plan_op *op)
{
    const struct rh_plan_scope *scope = &play->plan->step_scope;
    for (uint32_t i = 0; !lane->is_script && i < scope->count; i++) {
        const uint32_t bit = (uint32_t)1 << i;
        if (scope->variables[i].is_read && ((op->reads | op->sets) & bit) != 0) {
            rh_world_touch_shared(play->world, i, (op->sets & bit) != 0);
        }
    }
}

static void perform(struct rh_play *play, uint32_t index, struct lane *lane, rh_instant now)
{
    const struct rh_plan_step *step = lane->step;
    struct rh_pid pid = actor_of(play, lane);
    struct rh_node *node = rh_world_node_of(play->world, pid);
    const rh_instant shown = rh_world_clock_at(play->world, pid.node - 1, now);
    uint64_t refusals = rh_world_refusals(play->world);
    enum rh_status status = RH_OK;
    if (step->kind == RH_STEP_INPUT) {
        lane->step = NULL;
        status =
            rh_node_input(node, shown, pid, rh_message_ref(*play_message(play, step->message)));
    } else {
        struct act act = {play, index, &step->ops.at[lane->op++]};
        touch_variables(play, lane, act.op);
        status = rh_node_turn(node, shown, pid, act_body, &act);
    }
    if (status == RH_NO_MEMORY && rh_world_refusals(play->world) == refusals) {
        play_fail(play, status); /* no fault has asked for it */
    }
}

static bool is_left_out(struct rh_play *play, const struct rh_plan_step *step)
{
    return acts(step) && has_ended(play, step->actor);
}

/* Is nothing left of the step under way that anybody alive could do? */
static bool is_step_over(struct rh_play *play)
{
    const struct lane *lane = &play->step_lane;
    bool is_race = !is_over(lane) && lane->step->kind == RH_STEP_RACE;
    uint32_t count = is_race ? play->race_lane_count : 1;
    bool over = play->step < play->plan->step_count;
    for (uint32_t i = 0; i < count && over; i++) {
        lane = is_race ? &play->race_lanes[i] : lane;
        bool is_done =
            !is_over(lane) && lane->step->kind == RH_STEP_ACT && lane->op >= lane->step->ops.count;
        over = is_over(lane) || is_done || is_left_out(play, lane->step);
    }
    return over;
}

/* What comes next may be somebody else's since others are dead. */
static void lanes_done(void *self, struct rh_world *world)
{
    struct rh_play *play = self;
    const struct rh_plan *plan = play->plan;
    bool goes_on = is_step_over(play);
    for (uint32_t i = play->step + 1; goes_on && i < plan->step_count; i++) {
        const struct rh_plan_step *step = &plan->steps[i];
        const struct rh_plan_step *entries = step->kind == RH_STEP_RACE ? step->entries : step;
        uint32_t count = step->kind == RH_STEP_RACE ? step->entry_count : 1;
        for (uint32_t j = 0; j < count; j++) {
            if (is_left_out(play, &entries[j])) {
                rh_world_pass_over(world, play_pid(play, entries[j].actor));
            } else {
                goes_on = false;
            }
        }
    }
}

static void lanes_execute(void *self, struct rh_world *world, uint64_t id, rh_instant now)
{
    struct rh_play *play = self;
    struct lane *lane = lane_at(play, (uint32_t)id);
    for (uint32_t i = 0; !lane->is_script && i < play->plan->name_count; i++) {
        if (play->missed_in[i] != 0 && play->missed_in[i] <= play->step) {
            rh_world_touch_life(world, play_pid(play, i));
        }
    }
    if (lane->step->kind == RH_STEP_DEED) {
        const struct rh_plan_deed deed = lane->step->deed;
        lane->step = NULL;
        network_do(play, &deed);
    } else if (lane->step->kind == RH_STEP_WAIT) {
        lane->step = NULL;
    } else if (lane->step->kind == RH_STEP_PHASE) {
        const char *phase = lane->step->phase;
        lane->step = NULL;
        rh_world_enter_phase(play->world, phase);
    } else {
        perform(play, (uint32_t)id, lane, now);
    }
    lane->ready = now;
}

static bool is_settling(const struct rh_play *play)
{
    return !is_over(&play->step_lane) && play->step_lane.step->kind == RH_STEP_SETTLE;
}

static bool lanes_settle(void *self)
{
    const struct rh_play *play = self;
    bool found = false;
    for (uint32_t i = play->step; i < play->plan->step_count && !found; i++) {
        found = play->plan->steps[i].kind == RH_STEP_SETTLE;
    }
    return found;
}

/* Nothing else can happen: a barrier that waits for a frozen actor, or somebody that acts for a child that is never
 * born, would wait for ever. */
static bool lanes_quiescent(void *self, struct rh_world *world)
{
    struct rh_play *play = self;
    if (is_settling(play)) {
        next_step(play, rh_world_now(world));
        return true;
    }
    bool released = false;
    for (uint32_t i = 0; i < lane_count(play); i++) {
        struct lane *lane = lane_at(play, i);
        if (!is_over(lane) && acts(lane->step) && !is_offered(play, lane)) {
            lane->step = NULL;
            released = true;
        }
    }
    return released;
}

static const char *name_of(const struct rh_play *play, const struct lane *lane)
{
    return play->plan->names[lane->step->actor];
}

static size_t line_of_input(struct rh_play *play, const struct lane *lane, char *buffer,
                            size_t capacity)
{
    char text[160];
    const struct rh_print_names names = {rh_world_print_name, play->world};
    size_t length =
        rh_message_print(play_message(play, lane->step->message), &names, text, sizeof text);
    return (size_t)snprintf(buffer, capacity, "input %s: %s", name_of(play, lane),
                            length < sizeof text ? text : "_");
}

/* "a does: send" is of a script, "step a: send" of the driver. */
static size_t lanes_line(void *self, struct rh_world *world, uint64_t id, char *buffer,
                         size_t capacity)
{
    struct rh_play *play = self;
    const struct lane *lane = lane_at(play, (uint32_t)id);
    const struct rh_plan_step *step = lane->step;
    (void)world;
    switch (step->kind) {
    case RH_STEP_INPUT:
        return line_of_input(play, lane, buffer, capacity);
    case RH_STEP_ACT:
        return (size_t)snprintf(buffer, capacity, "%s%s%s: %s", lane->is_script ? "" : "step ",
                                name_of(play, lane), lane->is_script ? " does" : "",
                                rh_op_words[step->ops.at[lane->op].kind]);
    case RH_STEP_DEED:
        return (size_t)snprintf(buffer, capacity, "step %s", rh_deed_words[step->deed.kind]);
    case RH_STEP_PHASE:
        return (size_t)snprintf(buffer, capacity, "step phase");
    default:
        return (size_t)snprintf(buffer, capacity, "wait");
    }
}

struct rh_source lanes_source(struct rh_play *play)
{
    return (struct rh_source){.each = lanes_each,
                              .execute = lanes_execute,
                              .quiescent = lanes_quiescent,
                              .settles = lanes_settle,
                              .done = lanes_done,
                              .self = play,
                              .line = lanes_line};
}

/* ---- life ---- */

enum rh_status lanes_create(struct rh_play *play)
{
    const struct rh_plan *plan = play->plan;
    for (uint32_t i = 0; i < plan->step_count; i++) {
        if (plan->steps[i].entry_count > play->race_lane_count) {
            play->race_lane_count = plan->steps[i].entry_count;
        }
    }
    for (uint32_t i = 0; i < plan->actor_count; i++) {
        play->script_count += plan->actors[i].script.count > 0 ? 1 : 0;
    }
    uint32_t count = play->script_count;
    play->script_values = play_allocate(play, count, sizeof(struct values));
    play->script_steps = play_allocate(play, count, sizeof(struct rh_plan_step));
    play->script_lanes = play_allocate(play, count, sizeof(struct lane));
    play->race_lanes = play_allocate(play, play->race_lane_count, sizeof(struct lane));
    play->missed_in = play_allocate(play, plan->name_count, sizeof(uint32_t));
    if (play->script_values == NULL || play->script_steps == NULL || play->script_lanes == NULL ||
        play->race_lanes == NULL || play->missed_in == NULL) {
        return RH_NO_MEMORY;
    }
    uint32_t script = 0;
    for (uint32_t i = 0; i < plan->actor_count; i++) {
        if (plan->actors[i].script.count > 0) {
            play->script_steps[script++] = (struct rh_plan_step){
                .kind = RH_STEP_ACT, .actor = i, .ops = plan->actors[i].script};
        }
    }
    return RH_OK;
}

void lanes_destroy(struct rh_play *play)
{
    play_release(play, play->script_values, play->script_count, sizeof(struct values));
    play_release(play, play->script_steps, play->script_count, sizeof(struct rh_plan_step));
    play_release(play, play->script_lanes, play->script_count, sizeof(struct lane));
    play_release(play, play->race_lanes, play->race_lane_count, sizeof(struct lane));
    play_release(play, play->missed_in, play->plan->name_count, sizeof(uint32_t));
}

void lanes_begin(struct rh_play *play)
{
    for (uint32_t i = 0; i < play->script_count; i++) {
        play->script_lanes[i] = (struct lane){.step = &play->script_steps[i], .is_script = true};
    }
    for (uint32_t i = 0; i < play->race_lane_count; i++) {
        play->race_lanes[i] = (struct lane){.step = NULL};
    }
    for (uint32_t i = 0; i < play->plan->name_count; i++) {
        play->missed_in[i] = 0;
    }
    play->step = 0;
    play->settled_at = 0;
    play->given = 0;
    play->given_lane = (struct lane){.step = NULL};
    begin_step(play, 0);
}

bool lanes_give(struct rh_play *play)
{
    struct lane *lane = &play->given_lane;
    skip_dead(play, lane);
    while (is_over(lane) && play->given < play->plan->given_count) {
        *lane = (struct lane){.step = &play->plan->given[play->given++]};
        skip_dead(play, lane);
    }
    if (is_over(lane)) {
        return false;
    }
    if (is_offered(play, lane)) {
        perform(play, LANE_STEPS, lane, rh_world_now(play->world));
    } else {
        play_refuse(play, lane->step->at, "there is no such actor yet");
        lane->step = NULL;
    }
    return true;
}

uint32_t rh_play_lane(const struct rh_play *play, const struct rh_play_part *part)
{
    return part->is_script                ? LANE_SCRIPTS + part->index
           : part->entry == RH_PLAY_WHOLE ? LANE_STEPS
                                          : first_race_lane(play) + part->entry;
}

const struct rh_plan_step *rh_play_script(const struct rh_play *play, uint32_t index)
{
    return &play->script_steps[index];
}

enum rh_play_performed lanes_perform(struct rh_play *play, const struct rh_play_part *part,
                                     rh_instant now)
{
    const struct rh_plan_step *step =
        part->is_script ? &play->script_steps[part->index] : &play->plan->steps[part->index];
    step = part->entry == RH_PLAY_WHOLE ? step : &step->entries[part->entry];
    struct lane lane = {step, part->op, now, part->is_script};
    skip_dead(play, &lane);
    if (is_over(&lane)) {
        return RH_PLAY_LEFT_OUT;
    }
    if (!is_offered(play, &lane)) {
        return RH_PLAY_NOT_YET;
    }
    perform(play, rh_play_lane(play, part), &lane, now);
    return RH_PLAY_PERFORMED;
}

static void forget(struct values *values)
{
    for (uint32_t i = 0; i < RH_VARIABLES; i++) {
        rh_message_unref(values->at[i]);
        values->at[i] = rh_message_none();
    }
}

void lanes_end(struct rh_play *play)
{
    forget(&play->step_values);
    for (uint32_t i = 0; play->script_values != NULL && i < play->script_count; i++) {
        forget(&play->script_values[i]);
    }
}

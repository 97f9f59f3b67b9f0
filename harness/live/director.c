/* SPDX-License-Identifier: MIT */
/*
 * The steps as the simulator takes them: a lane for the steps, one for each script, one for each entry of a race; an
 * operation is told to the child that has its actor, and the next one of that lane waits for the answer. What concerns
 * nodes and sockets is done here.
 *
 * Rest: every child is asked whether there is anything left to handle, and answers when there is not. Two rounds without a
 * word or a byte in between are rest, since what was written to a local socket can be read at once, and a round is answered
 * behind a look at the sockets. Drawn faults strike after a drawn number of events, or at rest.
 */
#include "harness/live/work.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAUSE_MAX (400 * RH_MICROSECOND)

/* ---- rest ---- */

static void begin_round(struct director *it)
{
    struct work *work = it->work;
    work->round++;
    work->is_asking = true;
    work->asked_at = it->company.activity;
    for (uint32_t i = 0; i < it->company.count; i++) {
        if (live_answers(&it->company.nodes[i])) {
            live_say_number(it, i, LIVE_ROUND, work->round);
        }
    }
}

/* Look at the round under way, and begin another; `is_resting` says whether there was rest at its end. */
static void look_around(struct director *it)
{
    struct work *work = it->work;
    const struct company *company = &it->company;
    bool is_answered = work->is_asking;
    bool has_timers = false;
    for (uint32_t i = 0; i < company->count; i++) {
        const struct live_node *node = &company->nodes[i];
        is_answered = is_answered && (!live_answers(node) || node->quiet == work->round);
        has_timers = has_timers || (live_answers(node) && node->has_timers);
    }
    if (company->activity != work->activity) {
        work->is_resting = false;
    }
    if (is_answered) {
        work->is_asking = false;
        work->is_resting =
            company->activity == work->activity && work->asked_at == company->activity;
        work->activity = company->activity;
        work->has_timers = has_timers;
    }
    if (!work->is_asking && !work->is_resting) {
        begin_round(it);
    }
}

static bool has_failed(struct director *it)
{
    if (it->why[0] == '\0' && it->company.complaint[0] != '\0') {
        (void)snprintf(it->why, sizeof(it->why), "%s", it->company.complaint);
    }
    if (it->why[0] == '\0' && it->company.relay.has_failed) {
        (void)snprintf(it->why, sizeof(it->why), "the relay has run out of memory");
    }
    return it->why[0] != '\0';
}

static bool goes_on(struct director *it)
{
    const struct rh_live_options *options = it->options;
    return options->go_on == NULL || options->go_on(options->self, 0);
}

/* Wait until nothing more happens by itself. */
static enum director_end await_rest(struct director *it)
{
    rh_instant end = live_clock() + PATIENCE;
    it->work->is_resting = false;
    while (!it->work->is_resting) {
        look_around(it);
        company_turn(&it->company, TURN_MS);
        if (has_failed(it)) {
            return DIRECTOR_FAILED;
        }
        if (!goes_on(it)) {
            return DIRECTOR_STOPPED;
        }
        if (live_clock() > end) {
            return DIRECTOR_BUSY;
        }
        look_around(it);
    }
    return DIRECTOR_RESTED;
}

/* ---- the stage ---- */

static void say_set(struct director *it, uint32_t node)
{
    size_t length = 0;
    struct pack *pack = company_say(&it->company, node);
    const char *text = rh_scenario_text(it->scenario, &length);
    pack_begin(pack, LIVE_SET);
    pack_u32(pack, node);
    pack_u64(pack, live_actors_seed(it->plan));
    pack_u64(pack, it->shuffle == 0 ? 0 : it->shuffle + node);
    pack_text(pack, it->company.folder.path);
    pack_text(pack, rh_scenario_path(it->scenario));
    pack_u8(pack, 1);
    pack_bytes(pack, text, length);
    pack_end(pack);
}

static void shut_all(struct director *it, bool is_shut)
{
    uint32_t count = it->company.count;
    for (uint32_t i = 0; i < count * count; i++) {
        relay_shut(&it->company.relay, i / count, i % count, is_shut);
    }
}

/* Let in whoever a node has dialled, one after the other. Looks at what it has said from *at on. */
static enum director_end let_in(struct director *it, uint32_t node, uint32_t *at)
{
    const struct live_stream *stream = &it->company.nodes[node].stream;
    enum director_end end = DIRECTOR_RESTED;
    for (; *at < stream->count && end == DIRECTOR_RESTED; ++*at) {
        if (stream->records[*at].word == LIVE_SAYS_DIALLED) {
            relay_shut(&it->company.relay, node, (uint32_t)stream->records[*at].id, false);
            end = await_rest(it);
        }
    }
    return end;
}

/* As the simulator: nobody is let in before everybody has dialled, and then one after the other, in the order of the nodes. */
static enum director_end connect_in_order(struct director *it, uint32_t *at)
{
    enum director_end end = await_rest(it);
    bool more = true;
    while (end == DIRECTOR_RESTED && more) {
        more = false;
        for (uint32_t i = 0; i < it->company.count && end == DIRECTOR_RESTED; i++) {
            uint32_t before = at[i];
            end = let_in(it, i, &at[i]);
            more = more || at[i] > before;
        }
    }
    shut_all(it, true);
    return end;
}

/* First what links and monitors ask for, then what the file wants to be connected. */
static enum director_end connect_all(struct director *it)
{
    const struct rh_plan *plan = it->plan;
    uint32_t *at = calloc(it->company.count, sizeof(*at));
    if (at == NULL) {
        (void)snprintf(it->why, sizeof(it->why), "out of memory");
        return DIRECTOR_FAILED;
    }
    shut_all(it, true);
    enum director_end end = connect_in_order(it, at);
    for (uint32_t i = 0; i < plan->pipe_count && end == DIRECTOR_RESTED; i++) {
        if (plan->pipes[i].is_connected) {
            live_say_number(it, plan->pipes[i].from, LIVE_DIAL, plan->pipes[i].to);
            it->company.activity++;
        }
    }
    end = end == DIRECTOR_RESTED ? connect_in_order(it, at) : end;
    shut_all(it, false);
    free(at);
    return end;
}

static void say_go(struct director *it, uint32_t node)
{
    struct pack *pack = company_say(&it->company, node);
    pack_begin(pack, LIVE_GO);
    pack_u64(pack, it->work->begun);
    pack_end(pack);
}

static enum director_end set_stage(struct director *it)
{
    for (uint32_t i = 0; i < it->company.count; i++) {
        say_set(it, i);
    }
    enum director_end end = connect_all(it);
    it->company.relay.is_held = true; /* nobody hears of another's play before its own begins */
    it->work->begun = live_clock();
    if (end == DIRECTOR_RESTED) {
        live_tell_faults(it);
    }
    for (uint32_t i = 0; i < it->company.count && end == DIRECTOR_RESTED; i++) {
        say_go(it, i);
    }
    bool all = false;
    rh_instant late = live_clock() + PATIENCE;
    while (end == DIRECTOR_RESTED && !all) {
        company_turn(&it->company, TURN_MS);
        all = true;
        for (uint32_t i = 0; i < it->company.count; i++) {
            all = all && it->company.nodes[i].stream.started > 0;
        }
        end = has_failed(it) ? DIRECTOR_FAILED : live_clock() > late ? DIRECTOR_BUSY : end;
    }
    it->company.relay.is_held = false;
    it->company.relay.flaw = it->options->flaw;
    return end;
}

/* ---- lanes ---- */

static bool acts(const struct rh_plan_step *step)
{
    return step->kind == RH_STEP_ACT || step->kind == RH_STEP_INPUT;
}

static void begin_lane(struct director *it, struct lane *lane, const struct rh_plan_step *step,
                       struct rh_play_part part)
{
    rh_instant now = live_clock();
    *lane = (struct lane){.step = step, .part = part, .due = now, .at = it->work->now};
    if (step == NULL) {
        lane->state = LANE_OVER;
    } else if (step->kind == RH_STEP_WAIT) {
        lane->due = now + step->time;
        lane->at += step->time;
    } else if (it->shuffle != 0) {
        lane->due = now + live_draw(it, PAUSE_MAX);
    }
}

static void begin_step(struct director *it)
{
    struct work *work = it->work;
    const struct rh_plan *plan = it->plan;
    const struct rh_plan_step *step =
        work->step < plan->step_count ? &plan->steps[work->step] : NULL;
    struct rh_play_part part = {.index = work->step, .entry = RH_PLAY_WHOLE};
    begin_lane(it, &work->lanes[0], step, part);
    for (uint32_t i = 0; step != NULL && step->kind == RH_STEP_RACE && i < step->entry_count; i++) {
        part.entry = i;
        begin_lane(it, &work->lanes[1 + work->script_count + i], &step->entries[i], part);
    }
}

static void perform(struct director *it, struct lane *lane)
{
    struct work *work = it->work;
    uint32_t node = live_node_of(it, lane->step->actor);
    const struct live_node *on = &it->company.nodes[node];
    if (!on->is_up || on->is_killed) {
        lane->state = LANE_OVER; /* what the dead were to do is left out */
        return;
    }
    if (on->is_frozen) {
        return;
    }
    lane->number = ++work->numbers;
    lane->state = LANE_ASKED;
    live_note(it, DEED_COMMAND)->number = lane->number;
    struct pack *pack = company_say(&it->company, node);
    pack_begin(pack, LIVE_PERFORM);
    pack_u32(pack, lane->number);
    pack_u8(pack, lane->part.is_script);
    pack_u32(pack, lane->part.index);
    pack_u32(pack, lane->part.entry);
    pack_u32(pack, lane->part.op);
    pack_u64(pack, lane->at);
    pack_u8(pack, it->plan->step_scope.count);
    for (uint8_t slot = 0; slot < it->plan->step_scope.count; slot++) {
        pack_message(pack, &work->values[slot]);
    }
    pack_end(pack);
}

static void work_lane(struct director *it, struct lane *lane, rh_instant now)
{
    if ((lane->state != LANE_IDLE && lane->state != LANE_WAITING) || lane->due > now) {
        return;
    }
    if (lane->state == LANE_WAITING && !it->work->is_resting) {
        return;
    }
    if (lane->step->kind == RH_STEP_WAIT) {
        it->work->now = lane->at;
        live_note(it, DEED_LANE)->id = rh_play_lane(it->play, &lane->part);
        lane->state = LANE_OVER;
    } else if (lane->step->kind == RH_STEP_DEED) {
        lane->state = LANE_OVER;
        live_do_step(it, rh_play_lane(it->play, &lane->part), &lane->step->deed);
    } else if (acts(lane->step)) {
        perform(it, lane);
    }
}

static bool are_over(const struct lane *lanes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (lanes[i].state != LANE_OVER) {
            return false;
        }
    }
    return true;
}

/* When was the last that a node has told of? */
static void look_at_time(struct director *it, uint32_t node)
{
    const struct live_stream *stream = &it->company.nodes[node].stream;
    for (uint32_t i = stream->count; i > 0; i--) {
        if (stream->records[i - 1].word == LIVE_SAYS_EVENT) {
            it->work->now = stream->records[i - 1].event.now;
            return;
        }
    }
}

static void work_lanes(struct director *it)
{
    struct work *work = it->work;
    rh_instant now = live_clock();
    const struct rh_plan_step *step = work->lanes[0].step;
    uint32_t race = 1 + work->script_count;
    bool passes = false;
    if (step != NULL && step->kind == RH_STEP_RACE) {
        passes = are_over(work->lanes + race, work->lane_count - race);
    } else if (step != NULL && step->kind == RH_STEP_SETTLE) {
        passes = work->is_resting && are_over(work->lanes + 1, work->script_count);
        look_at_time(it, 0);
    } else if (step != NULL) {
        passes = work->lanes[0].state == LANE_OVER;
    }
    if (passes) {
        work->now = work->now > work->lanes[0].at ? work->now : work->lanes[0].at;
        work->step++;
        begin_step(it);
    }
    for (uint32_t i = 0; i < work->lane_count; i++) {
        work_lane(it, &work->lanes[i], now);
    }
}

/* Those that wait for somebody who will not come. */
static bool drop_waiting(struct director *it)
{
    bool dropped = false;
    for (uint32_t i = 0; i < it->work->lane_count; i++) {
        struct lane *lane = &it->work->lanes[i];
        if (lane->state == LANE_WAITING) {
            lane->state = LANE_OVER;
            dropped = true;
        }
    }
    return dropped;
}

static void on_answer(void *self, uint32_t node, const struct live_answer *answer,
                      struct unpack *values)
{
    struct director *it = self;
    struct work *work = it->work;
    struct live_stream *stream = &it->company.nodes[node].stream;
    if (answer->performed != RH_PLAY_PERFORMED && stream->count > 0) {
        live_record_free(&stream->records[--stream->count]); /* it was about to, and did not */
    }
    look_at_time(it, node);
    uint8_t count = unpack_u8(values);
    for (uint8_t slot = 0; slot < count && answer->performed == RH_PLAY_PERFORMED; slot++) {
        struct rh_message value = unpack_message(values);
        if (rh_message_item(&value).size > 0) {
            rh_message_unref(work->values[slot]);
            work->values[slot] = value;
        }
    }
    for (uint32_t i = 0; i < it->plan->fault_count; i++) {
        struct armed *armed = &work->armed[i];
        if (armed->is_asked && armed->number == answer->number) {
            armed->is_asked = false;
            armed->left -= answer->performed == RH_PLAY_PERFORMED ? 1 : armed->left;
        }
    }
    for (uint32_t i = 0; i < work->lane_count; i++) {
        struct lane *lane = &work->lanes[i];
        if (lane->state != LANE_ASKED || lane->number != answer->number) {
            continue;
        }
        if (answer->performed == RH_PLAY_NOT_YET) {
            lane->state = LANE_WAITING;
            continue;
        }
        lane->part.op++;
        bool is_over = answer->performed == RH_PLAY_LEFT_OUT || lane->step->kind == RH_STEP_INPUT ||
                       lane->part.op >= lane->step->ops.count;
        lane->state = is_over ? LANE_OVER : LANE_IDLE;
        lane->due = it->shuffle == 0 ? 0 : live_clock() + live_draw(it, PAUSE_MAX);
    }
}

/* ---- acts ---- */

static bool is_over(struct director *it)
{
    const struct work *work = it->work;
    return work->is_resting && !work->has_timers && work->relief_count == 0 &&
           are_over(work->lanes, work->lane_count) && work->lanes[0].step == NULL;
}

static enum director_end play_act(struct director *it)
{
    struct work *work = it->work;
    rh_instant late = live_clock() + PATIENCE;
    work->is_resting = false;
    for (;;) {
        look_around(it);
        live_relieve(it, live_clock());
        bool at_rest = work->is_resting && are_over(work->lanes, work->lane_count) &&
                       work->lanes[0].step == NULL;
        bool more = live_work_faults(it, at_rest);
        work_lanes(it);
        if (is_over(it) && !more && it->company.activity == work->activity) {
            return DIRECTOR_RESTED;
        }
        if (work->is_resting && !work->has_timers && work->relief_count == 0 && !more &&
            drop_waiting(it)) {
            continue;
        }
        company_turn(&it->company, work->is_asking ? TURN_MS : 1);
        if (has_failed(it)) {
            return DIRECTOR_FAILED;
        }
        if (!goes_on(it)) {
            return DIRECTOR_STOPPED;
        }
        if (live_clock() > late) {
            return DIRECTOR_BUSY;
        }
    }
}

static void heal(struct director *it)
{
    struct company *company = &it->company;
    it->work->is_healing = true;
    (void)live_note(it, DEED_HEAL);
    it->work->relief_count = 0;
    for (uint32_t i = 0; i < company->count; i++) {
        live_thaw(it, i);
        for (uint32_t to = i + 1; to < company->count; to++) {
            relay_part(&company->relay, i, to, false);
        }
        if (live_answers(&company->nodes[i])) {
            live_say(it, i, LIVE_HEAL);
        }
    }
}

static bool make_work(struct director *it, struct work *work)
{
    const struct rh_plan *plan = it->plan;
    uint32_t entries = 0;
    for (uint32_t i = 0; i < plan->step_count; i++) {
        entries = plan->steps[i].entry_count > entries ? plan->steps[i].entry_count : entries;
    }
    for (uint32_t i = 0; i < plan->actor_count; i++) {
        work->script_count += plan->actors[i].script.count > 0;
    }
    work->lane_count = 1 + work->script_count + entries;
    work->lanes = calloc(work->lane_count, sizeof(*work->lanes));
    work->armed = calloc(plan->fault_count + (size_t)1, sizeof(*work->armed));
    it->work = work;
    return work->lanes != NULL && work->armed != NULL;
}

static void begin_lanes(struct director *it)
{
    struct work *work = it->work;
    uint32_t script = 0;
    for (uint32_t i = 0; i < work->lane_count; i++) {
        work->lanes[i].state = LANE_OVER;
    }
    for (uint32_t i = 0; i < it->plan->actor_count; i++) {
        if (it->plan->actors[i].script.count > 0) {
            struct rh_play_part part = {.is_script = true, .index = script, .entry = RH_PLAY_WHOLE};
            struct lane *lane = &work->lanes[1 + script++];
            begin_lane(it, lane, rh_play_script(it->play, part.index), part);
        }
    }
    begin_step(it);
}

static void free_work(struct work *work)
{
    for (uint32_t i = 0; i < RH_VARIABLES; i++) {
        rh_message_unref(work->values[i]);
    }
    free(work->lanes);
    free(work->armed);
    free(work->reliefs);
}

static enum director_end play_acts(struct director *it)
{
    enum director_end end = set_stage(it);
    if (end != DIRECTOR_RESTED) {
        return end;
    }
    begin_lanes(it);
    live_arm(it);
    end = play_act(it);
    if (end == DIRECTOR_RESTED) {
        heal(it);
        end = play_act(it);
    }
    return end;
}

/* The relay goes, and with it who was connected with whom. */
static void keep_links(struct director *it)
{
    const struct relay *relay = &it->company.relay;
    it->links = calloc(relay->pipe_count + (size_t)1, sizeof(*it->links));
    for (uint32_t i = 0; i < relay->pipe_count && it->links != NULL; i++) {
        const struct relay_pipe *pipe = &relay->pipes[i];
        it->links[it->link_count++] = (struct live_link){.from = pipe->sides[0].node,
                                                         .to = pipe->sides[1].node,
                                                         .connected = pipe->connected,
                                                         .accepted = pipe->accepted};
    }
}

enum director_end director_play(struct director *it)
{
    struct work work = {0};
    enum director_end end = DIRECTOR_FAILED;
    it->company.answered = on_answer;
    it->company.self = it;
    if (!make_work(it, &work)) {
        (void)snprintf(it->why, sizeof(it->why), "out of memory");
    } else if (company_open(&it->company, it->options->program, it->plan->nodes.count) != RH_OK) {
        (void)snprintf(it->why, sizeof(it->why), "no process or socket can be had");
    } else {
        end = play_acts(it);
    }
    it->company.is_over = true;
    for (uint32_t i = 0; i < it->company.count; i++) {
        if (live_answers(&it->company.nodes[i])) {
            live_say(it, i, LIVE_END);
        }
    }
    keep_links(it);
    company_close(&it->company);
    if (end == DIRECTOR_RESTED && !company_ended_well(&it->company, it->why, sizeof(it->why))) {
        end = DIRECTOR_FAILED;
    }
    free_work(&work);
    it->work = NULL;
    return end;
}

void director_deinit(struct director *it)
{
    for (uint32_t i = 0; i < it->deed_count; i++) {
        free(it->deeds[i].heard);
    }
    free(it->deeds);
    free(it->links);
    it->links = NULL;
    it->link_count = 0;
    it->deed_count = 0;
    for (uint32_t i = 0; i < it->company.count; i++) {
        live_stream_free(&it->company.nodes[i].stream);
    }
    free(it->company.nodes);
    it->deeds = NULL;
    it->company.nodes = NULL;
    it->company.count = 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * A program under way.
 *
 * Steps: an actor handles the oldest signal of one sender; it does the next operation of its script; its timer is due; it
 * crashes. What a step touches is written down as it happens. The rules, in short: a turn writes its actor's state; what its
 * links are, and whether it lives, others may read or add to; an exit writes all of it, and the name. A dead letter only reads
 * whether its target lives. Sending writes the channel, for the dead answer too.
 *
 * A class is the order in which each object was touched, without order among reads and among adds.
 */
#include "harness/selfcheck/machine/state.h"

#include <string.h>

uint64_t state_mix(uint64_t key, uint64_t number)
{
    uint64_t x = (key ^ (key >> 29)) * UINT64_C(0xff51afd7ed558ccd) + number;
    x = (x ^ (x >> 32)) * UINT64_C(0xc4ceb9fe1a85ec53);
    return x ^ (x >> 29);
}

/* ---- touching ---- */

static void touch(struct state *state, unsigned object, enum mode mode)
{
    uint8_t *touched = &state->touched[object];
    *touched = *touched == MODE_NONE || *touched == mode ? (uint8_t)mode : MODE_WRITE;
}

static uint64_t closed(const struct chain *chain)
{
    return chain->mode == MODE_NONE ? chain->closed
                                    : state_mix(chain->closed, chain->group + chain->mode);
}

static void extend(struct chain *chain, uint8_t mode, uint64_t step)
{
    if (chain->mode != mode || mode == MODE_WRITE) {
        chain->closed = closed(chain);
        chain->group = 0;
    }
    chain->mode = mode;
    chain->group += state_mix(step, mode);
}

static void note(struct state *state, uint64_t step)
{
    for (unsigned i = 0; i < OBJECTS; i++) {
        if (state->touched[i] != MODE_NONE) {
            extend(&state->chains[i], state->touched[i], step);
            state->touched[i] = MODE_NONE;
        }
    }
}

uint64_t state_class(const struct state *state)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < OBJECTS; i++) {
        if (state->chains[i].mode != MODE_NONE) {
            sum += state_mix(closed(&state->chains[i]), i + 1u);
        }
    }
    return sum;
}

/* ---- signals ---- */

static void post(struct state *state, struct signal signal)
{
    if (state->signal_count == SIGNALS_MAX) {
        state->is_too_large = true;
        return;
    }
    state->signals[state->signal_count++] = signal;
    if (signal.kind != SIGNAL_START) {
        touch(state, OBJECT_CHANNEL + signal.from * ACTORS + signal.to, MODE_WRITE);
    }
}

static struct signal take(struct state *state, uint32_t index)
{
    struct signal signal = state->signals[index];
    state->signal_count--;
    memmove(&state->signals[index], &state->signals[index + 1],
            (state->signal_count - index) * sizeof signal);
    state->handled[signal.from][signal.to]++;
    return signal;
}

static void entries_add(struct state *state, struct entries *entries, uint8_t partner,
                        uint8_t number)
{
    if (entries->count == ENTRIES_MAX) {
        state->is_too_large = true;
        return;
    }
    entries->at[entries->count++] = (struct entry){partner, number};
}

static bool entries_remove(struct entries *entries, uint8_t partner, uint8_t number)
{
    for (uint8_t i = 0; i < entries->count; i++) {
        if (entries->at[i].partner == partner && entries->at[i].number == number) {
            entries->count--;
            memmove(&entries->at[i], &entries->at[i + 1],
                    (size_t)(entries->count - i) * sizeof(struct entry));
            return true;
        }
    }
    return false;
}

/* ---- the end of an actor ---- */

static void end(struct state *state, uint8_t self, uint8_t reason)
{
    struct actor *actor = &state->actors[self];
    touch(state, OBJECT_STATE + self, MODE_WRITE);
    touch(state, OBJECT_LIFE + self, MODE_WRITE);
    touch(state, OBJECT_LINKS + self, MODE_WRITE);
    touch(state, OBJECT_NAMES_OF + self, MODE_WRITE);
    if (actor->name != NO_NAME) {
        touch(state, OBJECT_NAME + actor->name, MODE_WRITE);
        state->names[actor->name] = PROGRAM_NOBODY;
        actor->name = NO_NAME;
    }
    actor->timer_is_set = false;
    actor->is_alive = false;
    actor->reason = reason;
    for (uint8_t i = 0; i < ACTORS; i++) {
        const struct half half = actor->halves[i];
        if (half.is_there) {
            actor->halves[i] = (struct half){0};
            post(state, (struct signal){SIGNAL_EXIT, self, i, reason, half.own, half.peer});
        }
    }
    for (uint8_t i = 0; i < actor->watchers.count; i++) {
        const struct entry entry = actor->watchers.at[i];
        post(state, (struct signal){SIGNAL_DOWN, self, entry.partner, reason, entry.number, 0});
    }
    for (uint8_t i = 0; i < actor->monitors.count; i++) {
        const struct entry entry = actor->monitors.at[i];
        post(state, (struct signal){SIGNAL_DEMONITOR, self, entry.partner, 0, entry.number, 0});
    }
    actor->watchers.count = 0;
    actor->monitors.count = 0;
}

/* ---- operations ---- */

static void op_link(struct state *state, uint8_t self, uint8_t to)
{
    struct actor *actor = &state->actors[self];
    struct half *half = &actor->halves[to];
    touch(state, OBJECT_LINKS + self, MODE_WRITE);
    if (half->is_there) {
        return;
    }
    if (!actor->traps) {
        touch(state, OBJECT_LIFE + to, MODE_READ);
        if (!state->actors[to].is_alive) {
            return;
        }
    }
    *half = (struct half){true, ++actor->generation, 0};
    post(state, (struct signal){SIGNAL_LINK, self, to, 0, half->own, 0});
}

static void op_unlink(struct state *state, uint8_t self, uint8_t to)
{
    struct half *half = &state->actors[self].halves[to];
    touch(state, OBJECT_LINKS + self, MODE_WRITE);
    if (half->is_there) {
        post(state, (struct signal){SIGNAL_UNLINK, self, to, 0, half->own, half->peer});
        *half = (struct half){0};
    }
}

static void op_spawn(struct state *state, uint8_t self, bool linked)
{
    struct actor *actor = &state->actors[self];
    if (self >= PROGRAM_ACTORS_MAX || actor->children == CHILDREN_MAX) {
        state->is_too_large = true;
        return;
    }
    uint8_t child = (uint8_t)(PROGRAM_ACTORS_MAX + self * CHILDREN_MAX + actor->children++);
    state->actors[child] = (struct actor){.is_born = true, .is_alive = true, .name = NO_NAME};
    post(state, (struct signal){SIGNAL_START, self, child, 0, 0, 0});
    if (linked) {
        uint8_t generation = ++actor->generation;
        actor->halves[child] = (struct half){true, generation, 0};
        state->actors[child].halves[self] = (struct half){true, 0, generation};
        touch(state, OBJECT_LINKS + self, MODE_WRITE);
        touch(state, OBJECT_LINKS + child, MODE_WRITE);
    }
}

static void op_register(struct state *state, uint8_t self, uint8_t name)
{
    struct actor *actor = &state->actors[self];
    touch(state, OBJECT_LIFE + self, MODE_READ);
    touch(state, OBJECT_NAME + name, MODE_READ);
    touch(state, OBJECT_NAMES_OF + self, MODE_READ);
    if (state->names[name] == PROGRAM_NOBODY && actor->name == NO_NAME) {
        touch(state, OBJECT_NAME + name, MODE_WRITE);
        touch(state, OBJECT_NAMES_OF + self, MODE_WRITE);
        state->names[name] = self;
        actor->name = name;
    }
}

static void op_unregister(struct state *state, uint8_t name)
{
    uint8_t owner = state->names[name];
    touch(state, OBJECT_NAME + name, MODE_READ);
    if (owner != PROGRAM_NOBODY) {
        touch(state, OBJECT_NAME + name, MODE_WRITE);
        touch(state, OBJECT_NAMES_OF + owner, MODE_WRITE);
        state->names[name] = PROGRAM_NOBODY;
        state->actors[owner].name = NO_NAME;
    }
}

/* Returns false when it was the actor's last. */
static bool run_op(struct state *state, uint8_t self, const struct program_op *op)
{
    struct actor *actor = &state->actors[self];
    switch ((enum program_op_kind)op->kind) {
    case PROGRAM_SEND:
        post(state, (struct signal){SIGNAL_MESSAGE, self, op->to, op->what, 0, 0});
        break;
    case PROGRAM_LINK:
        op_link(state, self, op->to);
        break;
    case PROGRAM_UNLINK:
        op_unlink(state, self, op->to);
        break;
    case PROGRAM_MONITOR:
        entries_add(state, &actor->monitors, op->to, ++actor->monitor);
        post(state, (struct signal){SIGNAL_MONITOR, self, op->to, 0, actor->monitor, 0});
        break;
    case PROGRAM_EXIT:
        end(state, self, op->what);
        return false;
    case PROGRAM_EXIT_SIGNAL:
        post(state, (struct signal){SIGNAL_EXIT_SIGNAL, self, op->to, op->what, 0, 0});
        break;
    case PROGRAM_SPAWN:
        op_spawn(state, self, op->what != 0);
        break;
    case PROGRAM_REGISTER:
        op_register(state, self, op->what);
        break;
    case PROGRAM_UNREGISTER:
        op_unregister(state, op->what);
        break;
    case PROGRAM_SEND_NAME:
        touch(state, OBJECT_NAME + op->what, MODE_READ);
        if (state->names[op->what] != PROGRAM_NOBODY) {
            post(state,
                 (struct signal){SIGNAL_MESSAGE, self, state->names[op->what], op->to, 0, 0});
        }
        break;
    case PROGRAM_CANCEL:
        actor->timer_is_set = false;
        break;
    case PROGRAM_OP_COUNT:
        break;
    }
    return true;
}

static void turn(struct state *state, uint8_t self, const struct program_ops *ops)
{
    touch(state, OBJECT_STATE + self, MODE_WRITE);
    for (uint8_t i = 0; i < ops->count && run_op(state, self, &ops->at[i]); i++) {
    }
}

/* ---- handling ---- */

static void receive(struct state *state, uint8_t self, const struct signal *signal)
{
    struct actor *actor = &state->actors[self];
    unsigned kind = signal->kind == SIGNAL_EXIT_SIGNAL ? SIGNAL_EXIT : signal->kind; /* alike */
    actor->received = state_mix(actor->received, kind + 1u);
    actor->received = state_mix(actor->received, signal->from);
    actor->received = state_mix(actor->received, signal->what);
    touch(state, OBJECT_STATE + self, MODE_WRITE);
}

static void handle_dead(struct state *state, const struct signal *signal)
{
    touch(state, OBJECT_LIFE + signal->to, MODE_READ);
    if (signal->kind == SIGNAL_LINK) {
        post(state, (struct signal){SIGNAL_EXIT, signal->to, signal->from, PROGRAM_NOPROC, 0,
                                    signal->own});
    } else if (signal->kind == SIGNAL_MONITOR) {
        post(state, (struct signal){SIGNAL_DOWN, signal->to, signal->from, PROGRAM_NOPROC,
                                    signal->own, 0});
    }
}

static void handle_link(struct state *state, const struct signal *signal)
{
    struct half *half = &state->actors[signal->to].halves[signal->from];
    touch(state, OBJECT_LIFE + signal->to, MODE_ADD);
    touch(state, OBJECT_LINKS + signal->to, MODE_ADD);
    half->peer = signal->own;
    half->is_there = true;
}

static void handle_unlink(struct state *state, const struct signal *signal)
{
    struct half *half = &state->actors[signal->to].halves[signal->from];
    touch(state, OBJECT_LIFE + signal->to, MODE_ADD);
    touch(state, OBJECT_LINKS + signal->to, MODE_ADD);
    bool ends_peer = half->is_there && signal->own != 0 && half->peer == signal->own;
    bool ends_own = half->is_there && signal->peer != 0 && half->own == signal->peer;
    half->peer = ends_peer ? 0 : half->peer;
    half->own = ends_own ? 0 : half->own;
    half->is_there = half->own != 0 || half->peer != 0;
}

/* An exit signal that counts. */
static void strike(struct state *state, const struct signal *signal)
{
    uint8_t self = signal->to;
    if (state->actors[self].traps) {
        receive(state, self, signal);
    } else if (signal->what == PROGRAM_NORMAL) {
        touch(state, OBJECT_STATE + self, MODE_READ);
    } else {
        end(state, self, signal->what);
    }
}

static void handle_exit(struct state *state, const struct signal *signal)
{
    struct half *half = &state->actors[signal->to].halves[signal->from];
    touch(state, OBJECT_LINKS + signal->to, MODE_ADD);
    bool counts = half->is_there && ((signal->own != 0 && half->peer == signal->own) ||
                                     (signal->peer != 0 && half->own == signal->peer));
    if (counts) {
        *half = (struct half){0};
        strike(state, signal);
    }
}

static void handle_exit_signal(struct state *state, const struct signal *signal)
{
    if (signal->what == PROGRAM_KILL) {
        end(state, signal->to, PROGRAM_KILLED);
    } else {
        strike(state, signal);
    }
}

static void handle_message(struct state *state, const struct signal *signal)
{
    receive(state, signal->to, signal);
    if (signal->to < PROGRAM_ACTORS_MAX) {
        turn(state, signal->to, &state->program->actors[signal->to].on[signal->what]);
    }
}

static void handle(struct state *state, const struct signal *signal)
{
    struct actor *actor = &state->actors[signal->to];
    if (!actor->is_alive) {
        handle_dead(state, signal);
        return;
    }
    switch ((enum signal_kind)signal->kind) {
    case SIGNAL_START:
        turn(state, signal->to, &state->program->child);
        break;
    case SIGNAL_MESSAGE:
        handle_message(state, signal);
        break;
    case SIGNAL_LINK:
        handle_link(state, signal);
        break;
    case SIGNAL_UNLINK:
        handle_unlink(state, signal);
        break;
    case SIGNAL_EXIT:
        handle_exit(state, signal);
        break;
    case SIGNAL_EXIT_SIGNAL:
        handle_exit_signal(state, signal);
        break;
    case SIGNAL_MONITOR:
        touch(state, OBJECT_LIFE + signal->to, MODE_ADD);
        entries_add(state, &actor->watchers, signal->from, signal->own);
        break;
    case SIGNAL_DEMONITOR:
        touch(state, OBJECT_LIFE + signal->to, MODE_ADD);
        (void)entries_remove(&actor->watchers, signal->from, signal->own);
        break;
    case SIGNAL_DOWN:
        if (entries_remove(&actor->monitors, signal->from, signal->own)) {
            receive(state, signal->to, signal);
        } else {
            touch(state, OBJECT_STATE + signal->to, MODE_READ);
        }
        break;
    }
}

/* ---- steps ---- */

static bool is_oldest(const struct state *state, uint32_t index)
{
    for (uint32_t i = 0; i < index; i++) {
        if (state->signals[i].from == state->signals[index].from &&
            state->signals[i].to == state->signals[index].to) {
            return false;
        }
    }
    return true;
}

uint32_t state_events(const struct state *state, struct event *events, uint32_t *ret_must)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < state->signal_count; i++) {
        if (is_oldest(state, i)) {
            events[count++] = (struct event){EVENT_SIGNAL, 0, (uint8_t)i};
        }
    }
    for (uint32_t i = 0; i < state->program->actor_count; i++) {
        const struct actor *actor = &state->actors[i];
        if (actor->is_alive && actor->script_at < state->program->actors[i].script.count) {
            events[count++] = (struct event){EVENT_SCRIPT, (uint8_t)i, 0};
        }
        if (actor->timer_is_set) {
            events[count++] = (struct event){EVENT_TIMER, (uint8_t)i, 0};
        }
    }
    *ret_must = count;
    uint8_t crash = state->program->crash;
    if (crash != PROGRAM_NOBODY && !state->has_crashed && state->actors[crash].is_alive) {
        events[count++] = (struct event){EVENT_CRASH, crash, 0};
    }
    return count;
}

static void step_script(struct state *state, uint8_t self)
{
    const struct program_ops *script = &state->program->actors[self].script;
    struct program_ops one = {1, {script->at[state->actors[self].script_at++]}};
    touch(state, OBJECT_LIFE + self, MODE_READ);
    turn(state, self, &one);
}

void state_step(struct state *state, const struct event *event)
{
    uint64_t step = (uint64_t)event->kind << 32 | (uint64_t)event->actor << 16;
    struct actor *actor = &state->actors[event->actor];
    switch ((enum event_kind)event->kind) {
    case EVENT_SIGNAL: {
        struct signal signal = take(state, event->index);
        step |= (uint64_t)signal.from << 24 | (uint64_t)signal.to << 16 |
                state->handled[signal.from][signal.to];
        handle(state, &signal);
        break;
    }
    case EVENT_SCRIPT:
        step |= actor->script_at;
        step_script(state, event->actor);
        break;
    case EVENT_TIMER:
        actor->timer_is_set = false;
        receive(state, event->actor, &(struct signal){.kind = 100, .what = PROGRAM_Z});
        turn(state, event->actor, &state->program->actors[event->actor].on[PROGRAM_Z]);
        break;
    case EVENT_CRASH:
        state->has_crashed = true;
        touch(state, OBJECT_LIFE + event->actor, MODE_READ);
        end(state, event->actor, PROGRAM_CRASH);
        break;
    }
    note(state, state_mix(step, 1));
}

void state_begin(struct state *state, const struct program *program)
{
    memset(state, 0, sizeof *state);
    state->program = program;
    memset(state->names, PROGRAM_NOBODY, sizeof state->names);
    for (uint32_t i = 0; i < program->actor_count; i++) {
        const struct program_actor *plan = &program->actors[i];
        state->actors[i] = (struct actor){.is_born = true,
                                          .is_alive = true,
                                          .traps = plan->traps,
                                          .timer_is_set = plan->has_timer,
                                          .name = NO_NAME};
    }
    for (uint32_t i = 0; i < program->actor_count; i++) {
        const struct program_ops *init = &program->actors[i].init;
        for (uint32_t j = 0; j < init->count; j++) {
            (void)run_op(state, (uint8_t)i, &init->at[j]);
        }
    }
    memset(state->touched, MODE_NONE, sizeof state->touched);
}

/* ---- normal forms ---- */

static uint64_t place_in_channel(const struct state *state, uint32_t index)
{
    uint64_t place = 0;
    for (uint32_t i = 0; i < index; i++) {
        place += state->signals[i].from == state->signals[index].from &&
                 state->signals[i].to == state->signals[index].to;
    }
    return place;
}

static uint64_t digest_signal(const struct state *state, uint32_t index)
{
    const struct signal *signal = &state->signals[index];
    uint64_t digest = state_mix(place_in_channel(state, index) + 7, signal->kind);
    digest = state_mix(digest, (uint64_t)signal->from << 8 | signal->to);
    digest = state_mix(digest, signal->what);
    return state_mix(digest, (uint64_t)signal->own << 8 | signal->peer);
}

/* Entries are ordered only within one partner. */
static uint64_t digest_entries(const struct entries *entries)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < entries->count; i++) {
        uint64_t place = 0;
        for (uint32_t j = 0; j < i; j++) {
            place += entries->at[j].partner == entries->at[i].partner;
        }
        sum +=
            state_mix(place << 16 | (uint64_t)entries->at[i].partner << 8, entries->at[i].number);
    }
    return sum;
}

static uint64_t digest_actor(const struct actor *actor)
{
    uint64_t digest = actor->received;
    digest = state_mix(digest, (uint64_t)actor->is_alive << 2 | (uint64_t)actor->timer_is_set << 1 |
                                   actor->is_born);
    digest = state_mix(digest, (uint64_t)actor->script_at << 24 | (uint64_t)actor->name << 16 |
                                   (uint64_t)actor->children << 8 | actor->reason);
    digest = state_mix(digest, (uint64_t)actor->generation << 8 | actor->monitor);
    for (uint32_t i = 0; i < ACTORS; i++) {
        const struct half *half = &actor->halves[i];
        digest = state_mix(digest,
                           (uint64_t)half->is_there << 16 | (uint64_t)half->own << 8 | half->peer);
    }
    digest = state_mix(digest, digest_entries(&actor->watchers));
    return state_mix(digest, digest_entries(&actor->monitors));
}

uint64_t state_digest(const struct state *state)
{
    uint64_t digest = state->has_crashed;
    for (uint32_t i = 0; i < ACTORS; i++) {
        digest = state_mix(digest, digest_actor(&state->actors[i]));
    }
    uint64_t sum = 0;
    for (uint32_t i = 0; i < state->signal_count; i++) {
        sum += digest_signal(state, i);
    }
    for (uint32_t i = 0; i < PROGRAM_NAMES; i++) {
        digest = state_mix(digest, state->names[i]);
    }
    return state_mix(digest, sum);
}

uint64_t state_outcome(const struct state *state)
{
    uint64_t digest = 0;
    for (uint32_t i = 0; i < ACTORS; i++) {
        const struct actor *actor = &state->actors[i];
        digest = state_mix(digest, actor->received);
        digest = state_mix(digest, (uint64_t)actor->is_born << 9 | (uint64_t)actor->is_alive << 8 |
                                       (actor->is_alive ? 0u : actor->reason));
    }
    return digest;
}

/* SPDX-License-Identifier: MIT */
/*
 * A node of a scenario as a process. stdin is the control connection, both ways. The node is driven by core/uv; what
 * comes next among what it could handle is chosen here, as a driver may: the oldest first, or, where the parent wants a
 * shuffle, any that is deliverable. Every event is told before the next thing happens, so that a kill leaves the whole
 * story.
 *
 * Rest is told on request only: a round is answered behind some slices of the loop in which nothing has happened. One
 * would not do: what was read in one turn of the loop may be told in the next, as the end of a socket is.
 */
#include "harness/live/live.h"

#include <rehearse/cluster.h>
#include <rehearse/uv.h>
#include <rehearse/uv_proc.h>

#include "core/base/assert.h"
#include "harness/live/record.h"
#include "harness/play/real.h"
#include "harness/scenario/scenario.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uv.h>

#define SLICE                                                                                      \
    1u /* events between two looks at the sockets: what one writes goes out before the next, as there */
#define STILL 4u        /* slices without anything are rest */
#define CHOICES_MAX 64u /* among so many events a shuffle chooses */
#define ADDRESS_BYTES 256u
#define AMBUSHES_MAX 64u /* more faults of messages are forgotten */

/* A fault that is to strike one of the messages to come. */
struct ambush {
    uint32_t number;
    uint32_t fault;
    uint64_t patience; /* so many events go before */
    uint64_t draw;
};

struct child {
    const struct rh_program *program;
    int fd; /* of the control connection, for writing */
    uv_loop_t loop;
    uv_pipe_t control;
    struct pack in;
    struct pack out;
    char read_buffer[65536];
    char *folder;
    char address[ADDRESS_BYTES];
    struct rh_scenario *scenario;
    struct rh_play *play;
    struct rh_judge *judge;
    struct rh_strategy *strategy;
    struct rh_play_run run;
    uint32_t index;
    struct rh_node *node;
    struct rh_uv *uv;
    struct ambush ambushes[AMBUSHES_MAX];
    uint32_t ambush_count;
    uint32_t striking; /* number of the strike under way */
    rh_instant struck_at;
    bool is_alone;      /* its time is the simulator's: see choose */
    rh_instant begun;   /* on the clock, once it plays */
    rh_instant horizon; /* the latest time of an event */
    uint64_t shuffle;   /* 0: the oldest first */
    uint32_t round;     /* to be answered; 0: none */
    uint32_t still;     /* slices in which nothing has happened */
    bool is_playing;
    bool timer_went_last;
    bool is_ending;
    bool is_closed;
    int code;
};

/* ---- saying ---- */

/* All of it, now: the parent always reads. */
static void say(struct child *child)
{
    size_t at = 0;
    while (at < child->out.size && !child->out.failed) {
        ssize_t size = write(child->fd, child->out.bytes + at, child->out.size - at);
        if (size >= 0) {
            at += (size_t)size;
        } else if (errno == EAGAIN || errno == EINTR) {
            struct pollfd wait = {.fd = child->fd, .events = POLLOUT};
            (void)poll(&wait, 1, -1);
        } else {
            _exit(1); /* nobody is there any more */
        }
    }
    child->out.size = 0;
}

static void complain(struct child *child, const char *text)
{
    pack_begin(&child->out, LIVE_SAYS_COMPLAINT);
    pack_text(&child->out, text);
    pack_end(&child->out);
    say(child);
    child->code = 1;
    child->is_ending = true;
    uv_stop(&child->loop);
}

static void say_number(struct child *child, enum live_word word, uint32_t a, uint32_t b)
{
    pack_begin(&child->out, (uint8_t)word);
    pack_u32(&child->out, a);
    pack_u32(&child->out, b);
    pack_end(&child->out);
    say(child);
}

static void on_record(void *self, const struct rh_record *record)
{
    struct child *child = self;
    child->still = 0;
    if (record->kind == RH_RECORD_EVENT || record->kind == RH_RECORD_FAULT) {
        bool is_network =
            rh_world_is_network(rh_play_real_world(child->play), record->event->actor);
        live_put_event(&child->out, record->kind, record->event, is_network);
        say(child);
    }
}

/* ---- the node ---- */

/* "node:2" is the relay's socket for the way there, one's own name the place to listen at. */
static const char *locate(void *self, const char *address)
{
    struct child *child = self;
    static const char head[] = "node:";
    if (strncmp(address, head, sizeof(head) - 1) != 0) {
        return address;
    }
    unsigned long number = strtoul(address + sizeof(head) - 1, NULL, 10);
    if (number == child->index + 1) {
        (void)snprintf(child->address, sizeof(child->address), "unix:%s/%lu", child->folder,
                       number);
    } else {
        (void)snprintf(child->address, sizeof(child->address), "unix:%s/%u-%lu", child->folder,
                       child->index + 1, number);
        say_number(child, LIVE_SAYS_DIALLED, (uint32_t)number - 1, 0);
    }
    return child->address;
}

struct choices {
    struct rh_pending at[CHOICES_MAX];
    uint32_t count;
    uint32_t timers; /* the last of them is one: the earliest */
};

static bool collect(void *self, const struct rh_pending *pending)
{
    struct choices *choices = self;
    bool is_timer = pending->kind == RH_PENDING_TIMER;
    if (is_timer || choices->count < CHOICES_MAX - 1) {
        choices->at[choices->count++] = *pending;
    }
    choices->timers += is_timer;
    return !is_timer;
}

static uint64_t draw(struct child *child)
{
    child->shuffle ^= child->shuffle << 13;
    child->shuffle ^= child->shuffle >> 7;
    child->shuffle ^= child->shuffle << 17;
    return child->shuffle;
}

/* The time of all nodes begins with the run, as in the simulator; a timer fires when the clock has come so far. */
static rh_instant tell_time(void *self)
{
    const struct child *child = self;
    return child->is_playing ? uv_hrtime() - child->begun : 0;
}

/* When an event happens. As in the simulator, a signal does when it was sent, and a timer when it is due: what a node by
 * itself says of times is the same in both worlds. What comes from other nodes has no such time. */
static rh_instant time_of(struct child *child, rh_instant now, const struct rh_pending *pending)
{
    rh_instant time = child->is_alone ? pending->due : now;
    child->horizon = time > child->horizon ? time : child->horizon;
    return time;
}

/* A due timer goes before the oldest signal, but never twice in a row while signals wait: as rh_node_run. */
static bool choose(struct child *child, rh_instant now, struct rh_pending *ret_pending)
{
    struct choices choices = {.count = 0};
    rh_node_each_pending(child->node, now, collect, &choices);
    if (choices.count == 0) {
        return false;
    }
    uint32_t at = 0;
    if (child->shuffle != 0) {
        at = (uint32_t)(draw(child) % choices.count);
    } else if (choices.timers > 0 && (!child->timer_went_last || choices.count == 1)) {
        at = choices.count - 1;
    }
    *ret_pending = choices.at[at];
    child->timer_went_last = ret_pending->kind == RH_PENDING_TIMER;
    return true;
}

static bool visit_timer(void *self, const struct rh_pending *pending)
{
    struct child *child = *(struct child **)self;
    struct rh_world *world = rh_play_real_world(child->play);
    bool counts = pending->kind == RH_PENDING_TIMER && !rh_world_is_network(world, pending->actor);
    if (counts) {
        *(struct child **)self = NULL;
    }
    return !counts;
}

static void answer(struct child *child)
{
    struct child *found = child;
    rh_node_each_pending(child->node, RH_NEVER, visit_timer, &found);
    say_number(child, LIVE_SAYS_QUIET, child->round, found == NULL ? 1 : 0);
    child->round = 0;
}

static bool has_failed(struct child *child)
{
    const struct rh_violation *violation = rh_judge_violation(child->judge);
    if (violation != NULL) {
        complain(child, violation->observed);
    } else if (rh_play_real_status(child->play) != RH_OK) {
        complain(child, rh_status_sentence(rh_play_real_status(child->play)));
    }
    return child->is_ending;
}

static void on_struck(void *self, const struct rh_strike *struck)
{
    struct child *child = self;
    live_put_struck(&child->out, struck->event, child->striking, child->struck_at, struck->prey);
}

static bool strike_now(struct child *child, const struct ambush *ambush)
{
    child->striking = ambush->number;
    child->struck_at = child->is_alone ? child->horizon : rh_uv_now(child->uv);
    return rh_world_strike_armed(rh_play_real_world(child->play), ambush->fault, ambush->draw,
                                 child->struck_at, on_struck, child);
}

/* Let one of those strike that have waited long enough, if there is a message for it. */
static bool spring(struct child *child)
{
    for (uint32_t i = 0; i < child->ambush_count; i++) {
        struct ambush *ambush = &child->ambushes[i];
        if (ambush->patience > 0) {
            ambush->patience--;
        } else if (strike_now(child, ambush)) {
            say(child);
            *ambush = child->ambushes[--child->ambush_count];
            return true;
        }
    }
    return false;
}

static size_t on_run(void *self, struct rh_node *node, rh_instant now, size_t budget)
{
    struct child *child = self;
    struct rh_world *world = rh_play_real_world(child->play);
    struct rh_pending pending;
    size_t handled = 0;
    if (child->is_ending) {
        return 0;
    }
    while (handled < budget && !child->is_playing &&
           rh_play_real_set_up(child->play, child->index, now)) {
        handled++;
    }
    while (handled < budget && child->is_playing) {
        if (spring(child)) {
            handled++;
            continue;
        }
        if (!choose(child, now, &pending)) {
            break;
        }
        rh_instant time = time_of(child, now, &pending);
        rh_world_set_now(world, time);
        live_put_step(&child->out, time, &pending, rh_world_is_network(world, pending.actor));
        rh_node_execute(node, time, &pending);
        handled++;
    }
    child->still = handled > 0 ? 0 : child->still + 1;
    if (!has_failed(child) && child->round != 0 && child->still >= STILL) {
        answer(child);
    }
    return child->round != 0 ? budget : handled; /* who is asked looks again */
}

/* ---- commands ---- */

static enum rh_status make_play(struct child *child, uint64_t seed)
{
    static const char *const none[] = {NULL};
    const struct rh_judge_options judge = {.only = none};
    child->is_alone = child->scenario->plan.nodes.count == 1;
    enum rh_status status = rh_play_create(child->scenario, NULL, &child->play);
    status = status == RH_OK ? rh_judge_create(&judge, &child->judge) : status;
    status = status == RH_OK ? rh_strategy_random(NULL, seed, 0, &child->strategy) : status;
    if (status != RH_OK) {
        return status;
    }
    child->run = (struct rh_play_run){.strategy = child->strategy, .judge = child->judge};
    const struct rh_listener listener = {RH_LISTEN_ALL, on_record, child};
    const struct rh_play_real real = {
        .node = child->index,
        .seed = seed,
        .judge = child->judge,
        .run = &child->run,
        .listener = &listener,
        .now = tell_time(child),
    };
    return rh_play_real_begin(child->play, &real);
}

static void set(struct child *child, struct unpack *frame)
{
    child->index = unpack_u32(frame);
    uint64_t seed = unpack_u64(frame);
    child->shuffle = unpack_u64(frame);
    child->folder = unpack_text(frame);
    char *name = unpack_text(frame);
    char *text = unpack_text(frame);
    enum rh_status status = frame->failed ? RH_NO_MEMORY : RH_OK;
    if (status == RH_OK) {
        status =
            rh_scenario_parse(NULL, name, text, strlen(text), child->program, &child->scenario);
    }
    free(name);
    free(text);
    status = status == RH_OK ? make_play(child, seed) : status;
    if (status == RH_OK) {
        const struct rh_uv_options options = {
            .budget = SLICE, .run = on_run, .locate = locate, .clock = tell_time, .self = child};
        child->node = rh_world_node(rh_play_real_world(child->play), child->index);
        status = rh_uv_create(&child->loop, child->node, &options, &child->uv);
    }
    if (status != RH_OK) {
        complain(child, rh_status_sentence(status));
    }
}

static void go(struct child *child, rh_instant begun)
{
    enum rh_status status = rh_play_real_give(child->play, child->index, rh_uv_now(child->uv));
    if (status == RH_OK && !has_failed(child)) {
        pack_begin(&child->out, LIVE_SAYS_STARTED);
        pack_end(&child->out);
        say(child);
        child->begun = begun;
        child->is_playing = true;
    }
}

static void put_values(struct child *child)
{
    uint8_t count = rh_play_real_value_count(child->play);
    pack_u8(&child->out, count);
    for (uint8_t slot = 0; slot < count; slot++) {
        pack_message(&child->out, rh_play_real_value(child->play, slot));
    }
}

static void take_values(struct child *child, struct unpack *frame)
{
    uint8_t count = unpack_u8(frame);
    for (uint8_t slot = 0; slot < count && !frame->failed; slot++) {
        struct rh_message *value = rh_play_real_value(child->play, slot);
        struct rh_message told = unpack_message(frame);
        if (rh_message_item(&told).size > 0) { /* what is given is known here only */
            rh_message_unref(*value);
            *value = told;
        }
    }
}

static void perform(struct child *child, struct unpack *frame)
{
    uint32_t number = unpack_u32(frame);
    struct rh_play_part part = {.is_script = unpack_u8(frame) != 0};
    part.index = unpack_u32(frame);
    part.entry = unpack_u32(frame);
    part.op = unpack_u32(frame);
    rh_instant time = unpack_u64(frame);
    time = child->is_alone ? time : rh_uv_now(child->uv);
    child->horizon = time > child->horizon ? time : child->horizon;
    take_values(child, frame);
    live_put_part(&child->out, rh_play_lane(child->play, &part), number, time);
    say(child);
    enum rh_play_performed performed = rh_play_real_perform(child->play, &part, time);
    pack_begin(&child->out, LIVE_SAYS_DONE);
    pack_u32(&child->out, number);
    pack_u8(&child->out, (uint8_t)performed);
    put_values(child);
    pack_end(&child->out);
    say(child);
}

static void strike(struct child *child, struct unpack *frame)
{
    struct ambush ambush = {.number = unpack_u32(frame)};
    ambush.fault = unpack_u32(frame);
    ambush.patience = unpack_u64(frame);
    ambush.draw = unpack_u64(frame);
    if (!child->is_playing) {
        if (child->ambush_count < AMBUSHES_MAX) {
            child->ambushes[child->ambush_count++] = ambush;
        }
        return;
    }
    bool struck = strike_now(child, &ambush);
    if (!struck) { /* the answer takes it back */
        live_put_struck(&child->out, ambush.fault, ambush.number, child->struck_at, NULL);
    }
    pack_begin(&child->out, LIVE_SAYS_DONE);
    pack_u32(&child->out, ambush.number);
    pack_u8(&child->out, struck ? RH_PLAY_PERFORMED : RH_PLAY_LEFT_OUT);
    put_values(child);
    pack_end(&child->out);
    say(child);
}

/* Harm comes between two events, and finds everything said and written. Until the parent says so, nothing is looked at but
 * its connection, which says nothing else meanwhile. */
static void hold(struct child *child)
{
    struct unpack frame;
    uint8_t what = 0;
    bool failed = false;
    size_t size = 0;
    say_number(child, LIVE_SAYS_HELD, 0, 0);
    pack_drop(&child->in, child->in.size);
    while (size == 0) {
        struct pollfd wait = {.fd = child->fd, .events = POLLIN};
        (void)poll(&wait, 1, -1);
        ssize_t got = read(child->fd, child->read_buffer, sizeof(child->read_buffer));
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
            _exit(1);
        }
        pack_append(&child->in, child->read_buffer, got < 0 ? 0 : (size_t)got);
        size = unpack_frame(child->in.bytes, child->in.size, &what, &frame, &failed);
    }
    child->round = 0;
}

static void obey(struct child *child, enum live_command command, struct unpack *frame)
{
    if (command != LIVE_SET && child->uv == NULL) {
        complain(child, "a command before there was a scenario");
        return;
    }
    switch (command) {
    case LIVE_SET:
        set(child, frame);
        break;
    case LIVE_DIAL:
        rh_world_set_now(rh_play_real_world(child->play), rh_uv_now(child->uv));
        if (rh_world_dial(rh_play_real_world(child->play), child->index, unpack_u32(frame)) !=
            RH_OK) {
            complain(child, "it cannot dial");
        }
        break;
    case LIVE_GO:
        go(child, unpack_u64(frame));
        break;
    case LIVE_PERFORM:
        perform(child, frame);
        break;
    case LIVE_STRIKE:
        strike(child, frame);
        break;
    case LIVE_ROUND:
        child->round = unpack_u32(frame);
        child->still = 0;
        break;
    case LIVE_HOLD:
    case LIVE_RESUME:
        break;
    case LIVE_HEAL:
        child->ambush_count = 0;
        rh_world_heal(rh_play_real_world(child->play));
        break;
    case LIVE_END:
        child->is_ending = true;
        uv_stop(&child->loop);
        break;
    }
    if (child->uv != NULL && !child->is_ending && !has_failed(child)) {
        rh_uv_wake(child->uv);
    }
}

static void obey_all(struct child *child)
{
    uint8_t what = 0;
    struct unpack frame;
    bool failed = false;
    size_t size;
    while (!child->is_ending &&
           (size = unpack_frame(child->in.bytes, child->in.size, &what, &frame, &failed)) > 0) {
        if (what == LIVE_HOLD) { /* it is the last that was said */
            hold(child);
            continue;
        }
        obey(child, (enum live_command)what, &frame);
        pack_drop(&child->in, size);
    }
}

/* ---- the process ---- */

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct child *child = handle->data;
    (void)suggested;
    *buffer = uv_buf_init(child->read_buffer, sizeof(child->read_buffer));
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct child *child = stream->data;
    (void)buffer;
    if (size < 0) {
        child->is_ending = true; /* the parent has gone */
        uv_stop(&child->loop);
        return;
    }
    pack_append(&child->in, child->read_buffer, (size_t)size);
    obey_all(child);
}

static void on_closed(void *self)
{
    ((struct child *)self)->is_closed = true;
}

static void clean_up(struct child *child)
{
    child->is_ending = true;
    uv_close((uv_handle_t *)&child->control, NULL);
    child->is_closed = child->uv == NULL;
    if (child->uv != NULL) {
        rh_uv_close(child->uv, on_closed, child);
    }
    while (!child->is_closed || uv_loop_alive(&child->loop) != 0) {
        (void)uv_run(&child->loop, UV_RUN_DEFAULT);
    }
    if (child->play != NULL && rh_play_real_world(child->play) != NULL) {
        rh_play_real_end(child->play);
    }
    rh_judge_destroy(child->judge);
    rh_play_destroy(child->play);
    rh_strategy_destroy(child->strategy);
    rh_scenario_destroy(child->scenario);
    free(child->folder);
    pack_free(&child->in);
    pack_free(&child->out);
}

int rh_live_node(const struct rh_program *program)
{
    struct child *child = calloc(1, sizeof(*child));
    int in = -1;
    if (child == NULL) {
        return 1;
    }
    child->program = program;
    if (rh_uv_die_with_parent(0) == RH_NOPROC || !rh_uv_can_wait(STDIN_FILENO) ||
        rh_uv_take_stdio(&in, NULL) != RH_OK) {
        free(child);
        return 2;
    }
    child->fd = in;
    child->control.data = child;
    if (uv_loop_init(&child->loop) != 0 || uv_pipe_init(&child->loop, &child->control, 0) != 0 ||
        uv_pipe_open(&child->control, in) != 0 ||
        uv_read_start((uv_stream_t *)&child->control, on_allocate, on_read) != 0) {
        free(child);
        return 1;
    }
    while (!child->is_ending) {
        (void)uv_run(&child->loop, UV_RUN_DEFAULT);
    }
    int code = child->code;
    clean_up(child);
    (void)uv_loop_close(&child->loop);
    free(child);
    return code;
}

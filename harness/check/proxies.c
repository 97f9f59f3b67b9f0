/* SPDX-License-Identifier: MIT */
/*
 * Who knows whom by which number. On each side of a connection a number is given once and to one actor; an actor whose end
 * was said is not introduced again, but to say once more that it is nobody; what arrives is from an actor that is known. When
 * nothing is under way any more, nobody is kept for the dead, and the two sides of a connection are each other's inverse; and
 * who introduces an actor of another node knows that actor by another connection.
 *
 * Rows stay as long as their endpoint, also those that have ended.
 */
#include "harness/check/family.h"

#include <inttypes.h>

enum state {
    STATE_OPEN,
    STATE_ENDED,
    STATE_AGAIN, /**< open once more, for somebody who is nobody */
};

/* An actor on one connection: on the side that introduces it, or on the other. */
struct row {
    struct rh_pid endpoint;
    struct rh_pid actor;
    uint64_t number;
    uint64_t state;
};

/* The highest number of one side. */
struct highest {
    struct rh_pid endpoint;
    uint64_t number;
};

struct side {
    struct table rows;
    struct table highest;
};

struct proxies {
    struct family family;
    struct side exports; /**< own actors, as the peer knows them */
    struct side proxies; /**< the peer's */
    struct rh_pid reader;
    bool refused; /**< a limit has kept somebody from being known */
};

static const struct family_table tables[] = {
    {offsetof(struct proxies, exports.rows), 2 * sizeof(struct rh_pid), sizeof(struct row)},
    {offsetof(struct proxies, exports.highest), sizeof(struct rh_pid), sizeof(struct highest)},
    {offsetof(struct proxies, proxies.rows), 2 * sizeof(struct rh_pid), sizeof(struct row)},
    {offsetof(struct proxies, proxies.highest), sizeof(struct rh_pid), sizeof(struct highest)},
};
static const struct family_plan plan = {.bytes = sizeof(struct proxies), FAMILY_TABLES(tables)};

static enum rh_status create(const struct rh_allocator *allocator, struct rh_judge *judge,
                             void **ret_self)
{
    return family_create(allocator, judge, &plan, ret_self);
}

static void begin(void *state)
{
    struct proxies *self = state;
    family_begin(self);
    self->reader = rh_pid_none();
    self->refused = false;
}

static void fail_row(struct proxies *self, const char *invariant, struct row row,
                     const char *expected, const char *observed)
{
    struct rh_judge *judge = self->family.judge;
    struct rh_violation found = violation_of(invariant, row.actor, row.endpoint);
    violation_expect(&found, "%s", expected);
    violation_observe(&found, "%s, number %" PRIu64 " at %s: %s", say_who(judge, row.actor).text,
                      row.number, say_who(judge, row.endpoint).text, observed);
    rh_judge_fail(judge, &found);
}

static struct row *row_find(const struct side *side, struct rh_pid endpoint, struct rh_pid actor)
{
    struct {
        struct rh_pid endpoint;
        struct rh_pid actor;
    } key = {endpoint, actor};
    return table_find(&side->rows, &key);
}

/* Count a number as given; false: it is not above all others, or there is no memory. */
static bool number_rises(struct proxies *self, struct side *side, struct rh_pid endpoint,
                         struct rh_pid actor, uint64_t number)
{
    struct highest *highest = family_row(&self->family, &side->highest, &endpoint);
    if (highest == NULL) {
        return false;
    }
    if (number <= highest->number) {
        fail_row(self, "proxies/number", (struct row){endpoint, actor, number, 0},
                 "a number is given once on a connection, and each is above all before",
                 "a number as high has been given");
        return false;
    }
    highest->number = number;
    return true;
}

static void on_add(struct proxies *self, struct side *side, struct rh_pid endpoint,
                   struct rh_pid actor, uint64_t number)
{
    struct row *row = row_find(side, endpoint, actor);
    family_evaluated(&self->family);
    if (row != NULL && row->state != STATE_ENDED && (row->number != 0 || number == 0)) {
        fail_row(self, "proxies/bijection", (struct row){endpoint, actor, number, 0},
                 "an actor has one number on a connection", "it has one already");
        return;
    }
    if (number != 0 && !number_rises(self, side, endpoint, actor, number)) {
        return;
    }
    if (row == NULL) {
        struct row key = {.endpoint = endpoint, .actor = actor};
        row = table_add(&side->rows, &key);
    } else if (row->state == STATE_ENDED) {
        row->state = STATE_AGAIN;
    }
    if (row == NULL) {
        rh_judge_error(self->family.judge, RH_NO_MEMORY);
        return;
    }
    row->number = number;
}

/* How somebody ended. */
enum ending {
    ENDING_EXIT,
    ENDING_NOBODY, /**< there is none: said as often as somebody asks */
    ENDING_LOSS,   /**< out of reach, and may come back */
};

static void on_remove(struct proxies *self, struct side *side, struct rh_pid endpoint,
                      struct rh_pid actor, uint64_t number, enum ending ending)
{
    struct row *row = row_find(side, endpoint, actor);
    family_evaluated(&self->family);
    if (row == NULL || row->state == STATE_ENDED || row->number != number) {
        fail_row(self, "proxies/bijection", (struct row){endpoint, actor, number, 0},
                 "only who is known ends, under its own number", "it is not known by that number");
    } else if (ending == ENDING_LOSS) {
        table_remove(&side->rows, row);
    } else if (row->state == STATE_AGAIN && ending == ENDING_EXIT) {
        fail_row(self, "proxies/resurrected", (struct row){endpoint, actor, number, 0},
                 "who has ended on a connection is not introduced there again, but as nobody",
                 "it has ended once more, as if it had lived");
    } else {
        row->state = STATE_ENDED;
    }
}

static enum ending ending_of(const struct rh_message *reason)
{
    struct rh_message noproc = rh_reason(RH_REASON_NOPROC);
    struct rh_message noconnection = rh_reason(RH_REASON_NOCONNECTION);
    if (reason != NULL && messages_same(reason, &noconnection)) {
        return ENDING_LOSS;
    }
    return reason != NULL && messages_same(reason, &noproc) ? ENDING_NOBODY : ENDING_EXIT;
}

/* One's own actor is alive or not; one of a third node may only be out of reach. */
static enum ending ending_here(const struct model *model)
{
    if (model_is_abroad(model)) {
        return ENDING_LOSS;
    }
    return model->life == LIFE_ALIVE ? ENDING_EXIT : ENDING_NOBODY;
}

/* What is said by an actor itself. Answers come from whoever was asked, known or not. */
static bool is_said(enum rh_signal_kind signal)
{
    switch (signal) {
    case RH_SIGNAL_MESSAGE:
    case RH_SIGNAL_LINK:
    case RH_SIGNAL_UNLINK:
    case RH_SIGNAL_EXIT_SIGNAL:
    case RH_SIGNAL_MONITOR:
    case RH_SIGNAL_DEMONITOR:
    case RH_SIGNAL_ASK_ALIVE:
    case RH_SIGNAL_GONE:
        return true;
    default:
        return false;
    }
}

static void on_arrive(struct proxies *self, const struct rh_event *event)
{
    if (!is_said(event->signal) || rh_pid_is_none(event->actor)) {
        return;
    }
    const struct row *row = row_find(&self->proxies, self->reader, event->actor);
    family_evaluated(&self->family);
    if (row == NULL || row->state == STATE_ENDED) {
        fail_row(self, "proxies/known", (struct row){self->reader, event->actor, 0, 0},
                 "what arrives is from somebody who was introduced and has not ended",
                 rh_signal_kind_word(event->signal));
    }
}

static void side_forget(struct side *side, struct rh_pid endpoint)
{
    for (uint32_t i = side->rows.count; i > 0; i--) {
        struct row *row = table_at(&side->rows, i - 1);
        if (rh_pid_equal(row->endpoint, endpoint)) {
            table_remove(&side->rows, row);
        }
    }
    struct highest *highest = table_find(&side->highest, &endpoint);
    if (highest != NULL) {
        table_remove(&side->highest, highest);
    }
}

static void check_ended(struct proxies *self, const struct side *side, struct rh_pid endpoint)
{
    for (uint32_t i = 0; i < side->rows.count; i++) {
        const struct row *row = table_at(&side->rows, i);
        if (row->state != STATE_ENDED && rh_pid_equal(row->endpoint, endpoint)) {
            fail_row(self, "proxies/ended", *row, "whoever is known on a connection ends with it",
                     "it has not");
            return;
        }
    }
}

static void on_endpoint_end(struct proxies *self, const struct rh_event *event)
{
    if (self->exports.rows.count + self->proxies.rows.count == 0) {
        return;
    }
    if (event->kind == RH_EVENT_EXIT_END) {
        check_ended(self, &self->exports, event->actor);
        check_ended(self, &self->proxies, event->actor);
    }
    side_forget(&self->exports, event->actor);
    side_forget(&self->proxies, event->actor);
}

static void record(void *state, const struct rh_record *told)
{
    struct proxies *self = state;
    const struct rh_event *event = told->event;
    switch (event->kind) {
    case RH_EVENT_EXPORT_ADD:
        on_add(self, &self->exports, event->peer, event->actor, event->number);
        break;
    case RH_EVENT_EXPORT_REMOVE:
        on_remove(self, &self->exports, event->peer, event->actor, event->number,
                  ending_here(self->family.model));
        break;
    case RH_EVENT_PROXY_ADD:
        on_add(self, &self->proxies, event->actor, event->peer, event->number);
        break;
    case RH_EVENT_PROXY_REMOVE:
        on_remove(self, &self->proxies, event->actor, event->peer, event->number,
                  ending_of(event->message));
        break;
    case RH_EVENT_HANDLE:
        self->reader = event->actor;
        break;
    case RH_EVENT_ARRIVE:
        on_arrive(self, event);
        break;
    case RH_EVENT_LIMIT:
        self->refused = self->refused || strcmp(event->name, "proxies_max") == 0;
        break;
    case RH_EVENT_EXIT:
        if (event->why == RH_WHY_NODE) {
            on_endpoint_end(self, event);
        }
        break;
    default:
        on_endpoint_end(self, event);
        break;
    }
}

/* The endpoint at the other end, if both ends are up; none: not. */
static struct rh_pid opposite(const struct model *model, struct rh_pid endpoint)
{
    for (uint32_t i = 0; i < model->ties.count; i++) {
        const struct tie *tie = table_at(&model->ties, i);
        if (tie->up && rh_pid_equal(tie->endpoint, endpoint)) {
            const struct tie *back =
                model_tie(model, (uint32_t)(tie->key & UINT32_MAX), (uint32_t)(tie->key >> 32));
            return back != NULL && back->up ? back->endpoint : rh_pid_none();
        }
    }
    return rh_pid_none();
}

/* Two ends that are up: does the far side have the same actor under the same number? */
static void compare(struct proxies *self, const struct row *row, const struct side *far_side,
                    const char *observed)
{
    struct rh_pid other = opposite(self->family.model, row->endpoint);
    if (rh_pid_is_none(other) || row->number == 0) {
        return;
    }
    const struct row *far_row = row_find(far_side, other, row->actor);
    family_evaluated(&self->family);
    if (far_row == NULL || far_row->state == STATE_ENDED || far_row->number != row->number) {
        fail_row(self, "proxies/inverse", *row,
                 "both sides of a connection know the same actor by the same number", observed);
    }
}

/* Does the node that introduces somebody else's actor know it by another of its connections? */
static bool is_known_itself(const struct proxies *self, const struct row *row)
{
    for (uint32_t i = 0; i < self->proxies.rows.count; i++) {
        const struct row *other = table_at(&self->proxies.rows, i);
        if (other->state != STATE_ENDED && rh_pid_equal(other->actor, row->actor) &&
            other->endpoint.node == row->endpoint.node &&
            !rh_pid_equal(other->endpoint, row->endpoint)) {
            return true;
        }
    }
    return false;
}

static void finish(void *state, enum rh_end end)
{
    struct proxies *self = state;
    const struct model *model = self->family.model;
    if (end != RH_END_QUIESCENT || !rh_judge_is_still(self->family.judge)) {
        return;
    }
    for (uint32_t i = 0; i < self->exports.rows.count; i++) {
        const struct row *row = table_at(&self->exports.rows, i);
        if (row->state == STATE_ENDED) {
            continue;
        }
        if (model_life(model, row->actor) == LIFE_DEAD && row->actor.node == row->endpoint.node) {
            fail_row(self, "proxies/leak", *row, "the exit of an actor is said to whoever knows it",
                     "it is dead, and was not");
        } else if (row->actor.node != row->endpoint.node && !is_known_itself(self, row)) {
            fail_row(self, "proxies/relay", *row,
                     "who passes on what is for an actor knows it, and says when it is gone",
                     "it knows that actor no longer");
        } else if (!self->refused) {
            compare(self, row, &self->proxies, "the other side does not");
        }
    }
    for (uint32_t i = 0; i < self->proxies.rows.count; i++) {
        const struct row *row = table_at(&self->proxies.rows, i);
        if (row->state == STATE_ENDED) {
            continue;
        }
        if (model_life(model, row->actor) == LIFE_DEAD &&
            !rh_pid_is_none(opposite(model, row->endpoint))) {
            fail_row(self, "proxies/leak", *row, "nobody is kept for an actor that has exited",
                     "it is dead, and kept");
        } else {
            compare(self, row, &self->exports, "the side that introduced it does not");
        }
    }
}

const struct rh_checker checker_proxies = {
    .name = "proxies",
    .covers = "TH-I3 TH-I4 TH-I5 TH-I6 TH-I7 TH-I9 TH-S2 TH-S4 TH-S13 TH-S15",
    .claim = "a connection has one number for each actor, gives it once, and forgets the dead",
    .kinds = RH_LISTEN(EXPORT_ADD) | RH_LISTEN(EXPORT_REMOVE) | RH_LISTEN(PROXY_ADD) |
             RH_LISTEN(PROXY_REMOVE) | RH_LISTEN(HANDLE) | RH_LISTEN(ARRIVE) | RH_LISTEN(LIMIT) |
             RH_LISTEN(EXIT) | RH_LISTEN(EXIT_END),
    .signals = RH_LISTEN_SIGNAL(IO),
    .live = true,
    .create = create,
    .begin = begin,
    .record = record,
    .finish = finish,
    .destroy = family_destroy,
};

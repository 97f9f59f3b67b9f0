/* SPDX-License-Identifier: MIT */
/*
 * Connections, as each side tells of its own. For a pair (node, peer) up and down alternate, generations only rise, and each
 * ends once: for a reason of the transport, the framing, or somebody's wish, never because of what a frame asks for. The end
 * of an endpoint is the end of its connection; nothing of a connection is acted on when it is not up. Broken framing and a
 * lane that is too full end it at once and under that name, and nothing else goes under their names; any other frame that is
 * refused leaves it alone, and does nothing: a link, monitor, question or exit signal that a node sends for an actor of
 * another one, a frame has just said. When nothing is under way any more, both sides say the same.
 */
#include "harness/check/family.h"

#include <inttypes.h>
#include <string.h>

struct side {
    uint64_t key; /**< node << 32 | peer */
    struct rh_pid endpoint;
    uint64_t generation; /**< the last that was up */
    uint64_t up;
};

struct connections {
    struct family family;
    struct table sides;
    struct rh_pid reader; /**< whose turn about a pipe has begun last */
    struct rh_pid doomed; /**< the endpoint that has to end now */
    const char *doom;     /**< and why; NULL: nobody */
    bool heard;           /**< a frame has arrived, and this is what it does */
    struct rh_event said; /**< what it said: signal, actor, peer */
};

static const struct family_table tables[] = {
    {offsetof(struct connections, sides), sizeof(uint64_t), sizeof(struct side)},
};
static const struct family_plan plan = {.bytes = sizeof(struct connections), FAMILY_TABLES(tables)};

static enum rh_status create(const struct rh_allocator *allocator, struct rh_judge *judge,
                             void **ret_self)
{
    return family_create(allocator, judge, &plan, ret_self);
}

static void begin(void *state)
{
    struct connections *self = state;
    family_begin(self);
    self->reader = rh_pid_none();
    self->doom = NULL;
    self->heard = false;
}

static void fail_side(struct connections *self, const char *invariant, struct side side,
                      const char *expected, const char *observed)
{
    struct rh_judge *judge = self->family.judge;
    struct rh_violation found = violation_of(invariant, side.endpoint, rh_pid_none());
    violation_expect(&found, "%s", expected);
    violation_observe(&found, "node %" PRIu64 " and node %" PRIu64 ", connection %" PRIu64 ": %s",
                      side.key >> 32, side.key & UINT32_MAX, side.generation, observed);
    rh_judge_fail(judge, &found);
}

static struct side *side_of(const struct connections *self, struct rh_pid endpoint)
{
    for (uint32_t i = 0; i < self->sides.count; i++) {
        struct side *side = table_at(&self->sides, i);
        if (side->up && rh_pid_equal(side->endpoint, endpoint)) {
            return side;
        }
    }
    return NULL;
}

static void on_up(struct connections *self, const struct rh_event *event)
{
    uint64_t key = (uint64_t)self->family.model->told_on << 32 | event->peer.node;
    const struct side told = {.key = key, .endpoint = event->actor, .generation = event->number};
    struct side *side = family_row(&self->family, &self->sides, &key);
    family_evaluated(&self->family);
    if (side == NULL) {
        return;
    }
    if (side->up) {
        fail_side(self, "connections/alternate", told,
                  "two nodes have one connection: the old one ends before the next is up",
                  "it is up, and so is an older one");
    } else if (event->number <= side->generation) {
        fail_side(self, "connections/generation", told, "the generations of a connection rise",
                  "an earlier one was as high");
    } else {
        side->endpoint = event->actor;
        side->generation = event->number;
        side->up = 1;
    }
}

/* Words with which a connection may end: whoever asked for it, the transport, the framing, a bound, memory, a write that is
 * refused. */
static bool is_reason(const char *word)
{
    static const char *const words[] = {
        "requested",        "displaced",
        "exited",           "transport_closed",
        "transport_error",  "io",
        "refused",          "heartbeat_timeout",
        "control_overflow", "limit",
        "no_memory",        "exhausted",
        "bad_frame_header", "frame_too_large",
        "bad_frame",        "fault",
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(words[i], word) == 0) {
            return true;
        }
    }
    return false;
}

/* A bound or broken framing: the connection cannot go on. */
static const char *doom_of(const struct rh_event *event)
{
    static const char *const fatal[] = {"bad_frame_header", "frame_too_large", "bad_frame"};
    if (event->kind == RH_EVENT_LIMIT) {
        bool full = strcmp(event->name, "lane_controls_max") == 0;
        return !full ? NULL : event->status == RH_NO_MEMORY ? "no_memory" : "control_overflow";
    }
    for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++) {
        if (strcmp(fatal[i], event->name) == 0) {
            return fatal[i];
        }
    }
    return NULL;
}

static void on_refused(struct connections *self, const struct rh_event *event)
{
    const char *doom = doom_of(event);
    self->heard = false;
    if (doom != NULL && self->doom == NULL && side_of(self, event->actor) != NULL) {
        self->doom = doom;
        self->doomed = event->actor;
    }
}

/* The end of a connection that is named after a bound or the framing, and the other way round. */
static void check_doom(struct connections *self, const struct rh_event *event, struct side told)
{
    const struct rh_event as_limit = {.kind = RH_EVENT_FRAME_BAD, .name = event->name};
    bool doomed = self->doom != NULL && rh_pid_equal(self->doomed, event->actor);
    bool named = doom_of(&as_limit) != NULL || strcmp(event->name, "control_overflow") == 0;
    if (doomed ? strcmp(self->doom, event->name) != 0 : named) {
        fail_side(self, "connections/classified", told,
                  "broken framing and a full lane end a connection, under their own name",
                  event->name);
    }
    self->doom = doomed ? NULL : self->doom;
}

/* What is asked for an actor of another node: has a frame said so? Of messages other families keep account. */
static void on_sent(struct connections *self, const struct rh_event *event)
{
    bool by_frame = event->signal == RH_SIGNAL_LINK || event->signal == RH_SIGNAL_EXIT_SIGNAL ||
                    event->signal == RH_SIGNAL_MONITOR || event->signal == RH_SIGNAL_ASK_ALIVE;
    if (!by_frame || event->why == RH_WHY_FAULT || rh_pid_is_none(event->actor) ||
        event->actor.node == self->family.model->told_on) {
        return;
    }
    family_evaluated(&self->family);
    bool same = self->heard && self->said.signal == event->signal &&
                rh_pid_equal(self->said.actor, event->actor);
    self->heard = false;
    if (!same) {
        struct rh_judge *judge = self->family.judge;
        struct rh_violation found = violation_of("connections/heard", event->actor, event->peer);
        violation_expect(&found, "what a node sends for an actor of another one, a frame has said");
        violation_observe(&found, "%s from %s, and none has", rh_signal_kind_word(event->signal),
                          say_who(judge, event->actor).text);
        rh_judge_fail(judge, &found);
    }
}

/* A connection that cannot go on does nothing more. */
static void check_going_on(struct connections *self, const struct rh_event *event)
{
    bool other = event->kind == RH_EVENT_ARRIVE || event->kind == RH_EVENT_HANDLE;
    if (self->doom == NULL || !other) {
        return;
    }
    const struct side *side = side_of(self, self->doomed);
    if (side != NULL) {
        fail_side(self, "connections/classified", *side,
                  "broken framing and a full lane end a connection at once", self->doom);
    }
    self->doom = NULL;
}

static void on_down(struct connections *self, const struct rh_event *event)
{
    uint64_t key = (uint64_t)self->family.model->told_on << 32 | event->peer.node;
    const struct side told = {.key = key, .endpoint = event->actor, .generation = event->number};
    struct side *side = table_find(&self->sides, &key);
    family_evaluated(&self->family);
    if (side == NULL || !side->up || side->generation != event->number ||
        !rh_pid_equal(side->endpoint, event->actor)) {
        fail_side(self, "connections/once", told, "a connection goes down once, after it was up",
                  "it is not up (any more)");
        return;
    }
    side->up = 0;
    if (event->name != NULL) {
        check_doom(self, event, told);
    }
    if (event->name == NULL || !is_reason(event->name)) {
        fail_side(self, "connections/contained", told,
                  "only the transport, the framing, a bound or somebody's wish ends a connection",
                  event->name == NULL ? "it ended for no reason" : event->name);
    }
}

/* Something that only a connection that is up can do. */
static void on_deed(struct connections *self, const struct rh_event *event, struct rh_pid endpoint)
{
    family_evaluated(&self->family);
    if (side_of(self, endpoint) != NULL) {
        return;
    }
    struct rh_judge *judge = self->family.judge;
    struct rh_violation found = violation_of("connections/after", endpoint, event->actor);
    violation_expect(&found, "nothing of a connection is acted on before it is up and after it is "
                             "down");
    violation_observe(&found, "%s %s, of %s", rh_event_kind_word(event->kind),
                      rh_signal_kind_word(event->signal), say_who(judge, endpoint).text);
    rh_judge_fail(judge, &found);
}

static void on_exit_end(struct connections *self, const struct rh_event *event)
{
    const struct side *side = self->sides.count == 0 ? NULL : side_of(self, event->actor);
    if (side != NULL) {
        fail_side(self, "connections/once", *side,
                  "the end of an endpoint is the end of its connection",
                  "the endpoint has exited, and it is still up");
    }
}

/* A node that has stopped says nothing more; a next one of its number counts anew. */
static void forget_node(struct connections *self)
{
    for (uint32_t i = self->sides.count; i > 0; i--) {
        struct side *side = table_at(&self->sides, i - 1);
        if (side->key >> 32 == self->family.model->told_on) {
            table_remove(&self->sides, side);
        }
    }
}

static void record(void *state, const struct rh_record *told)
{
    struct connections *self = state;
    const struct rh_event *event = told->event;
    check_going_on(self, event);
    switch (event->kind) {
    case RH_EVENT_FRAME_BAD:
    case RH_EVENT_LIMIT:
        on_refused(self, event);
        break;
    case RH_EVENT_SEND:
        on_sent(self, event);
        break;
    case RH_EVENT_CONNECTION_UP:
        on_up(self, event);
        break;
    case RH_EVENT_CONNECTION_DOWN:
        on_down(self, event);
        break;
    case RH_EVENT_HANDLE:
        if (event->signal == RH_SIGNAL_IO) {
            self->reader = event->actor;
        }
        break;
    case RH_EVENT_ARRIVE:
        self->heard = true;
        self->said = *event;
        on_deed(self, event, self->reader);
        break;
    case RH_EVENT_LOSE:
        self->heard = false;
        on_deed(self, event, self->reader);
        break;
    case RH_EVENT_PROXY_ADD:
        on_deed(self, event, event->actor);
        break;
    case RH_EVENT_EXPORT_ADD:
        on_deed(self, event, event->peer);
        break;
    case RH_EVENT_EXIT:
        if (event->why == RH_WHY_NODE) {
            forget_node(self);
        }
        break;
    default:
        on_exit_end(self, event);
        break;
    }
}

static void finish(void *state, enum rh_end end)
{
    struct connections *self = state;
    if (end != RH_END_QUIESCENT || !rh_judge_is_still(self->family.judge) ||
        self->family.model->node_lost) {
        return;
    }
    for (uint32_t i = 0; i < self->sides.count; i++) {
        const struct side *side = table_at(&self->sides, i);
        uint64_t back = side->key << 32 | side->key >> 32;
        const struct side *other = table_find(&self->sides, &back);
        family_evaluated(&self->family);
        if (side->up && other != NULL && !other->up) {
            fail_side(self, "connections/agreed", *side, "both sides of a connection see it end",
                      "up here, down there");
            return;
        }
    }
}

const struct rh_checker checker_connections = {
    .name = "connections",
    .covers = "TH-I8 TH-I14 BM-I4 BM-I14 BM-I15 BM-I17 BM-I18 TH-S6 TH-S7",
    .claim = "a connection is up, then down, once, and acts only in between",
    .kinds = RH_LISTEN(CONNECTION_UP) | RH_LISTEN(CONNECTION_DOWN) | RH_LISTEN(HANDLE) |
             RH_LISTEN(ARRIVE) | RH_LISTEN(LOSE) | RH_LISTEN(PROXY_ADD) | RH_LISTEN(EXPORT_ADD) |
             RH_LISTEN(EXIT) | RH_LISTEN(EXIT_END) | RH_LISTEN(FRAME_BAD) | RH_LISTEN(LIMIT) |
             RH_LISTEN(SEND),
    .signals = RH_LISTEN_SIGNAL(IO) | RH_LISTEN_SIGNAL(LINK) | RH_LISTEN_SIGNAL(EXIT_SIGNAL) |
               RH_LISTEN_SIGNAL(MONITOR) | RH_LISTEN_SIGNAL(ASK_ALIVE),
    .live = true,
    .create = create,
    .begin = begin,
    .record = record,
    .finish = finish,
    .destroy = family_destroy,
};

/* SPDX-License-Identifier: MIT */
/* Handling one signal: find the target, ask the filter, act. Every signal that leaves the queue comes through here. */
#include "core/actor/internal.h"

void node_emit(struct rh_node *node, struct rh_event *event)
{
    event->now = node->now;
    node->observer.event(node->observer.self, event);
}

/* Names each field: a compiler clears what is left out as a block, which takes longer than all
 * the rest of the event. */
static inline void tell(struct rh_node *node, enum rh_event_kind kind, const struct signal *signal,
                        enum rh_why why, const char *name)
{
    bool sent = kind == RH_EVENT_SEND || kind == RH_EVENT_DEPART;
    const struct rh_event event = {
        .kind = kind,
        .signal = (enum rh_signal_kind)signal->kind,
        .why = why,
        .status = RH_OK,
        .now = node->now,
        .actor = sent ? signal->body.from : signal->to,
        .peer = sent ? signal->to : signal->body.from,
        .ordinal = signal->kind == RH_SIGNAL_EXIT ? 0 : signal->body.id.ordinal,
        .number = signal->body.detail,
        .due = 0,
        .message = &signal->body.message,
        .name = name,
        .want = NULL,
        .hop = sent ? signal_hop(node, signal) : 0,
    };
    node->observer.event(node->observer.self, &event);
}

RH_COLD static void tell_flagged(struct rh_node *node, enum rh_event_kind kind,
                                 const struct signal *signal, enum rh_why why)
{
    if (why == RH_WHY_NONE && (signal->body.flags & SIGNAL_REPLACED) != 0) {
        why = RH_WHY_FAULT;
    }
    struct name *name = NULL;
    if ((signal->body.flags & SIGNAL_BY_NAME) != 0) {
        name = name_of_detail(node, signal->body.detail);
    }
    tell(node, kind, signal, why, name == NULL ? NULL : name->text);
}

void signal_tell(struct rh_node *node, enum rh_event_kind kind, const struct signal *signal,
                 enum rh_why why)
{
    if ((signal->body.flags & (SIGNAL_REPLACED | SIGNAL_BY_NAME)) != 0) {
        tell_flagged(node, kind, signal, why);
    } else {
        tell(node, kind, signal, why, NULL);
    }
}

void emit_limit(struct rh_node *node, struct rh_pid actor, enum rh_status status, const char *limit)
{
    node->stats.limits_reached++;
    EMIT(node, .kind = RH_EVENT_LIMIT, .actor = actor, .status = status, .name = limit);
}

void waiting_ends(struct actor *actor, struct signal *signal)
{
    if ((signal->body.flags & SIGNAL_COUNTED) != 0) {
        signal->body.flags &= (uint8_t)~SIGNAL_COUNTED;
        RH_ASSERT(actor->waiting > 0);
        actor->waiting--;
    }
}

static void drop(struct rh_node *node, struct signal *signal, enum rh_why why)
{
    if (signal->kind == RH_SIGNAL_MESSAGE) {
        node->stats.messages_dropped++;
    }
    bool mail = signal->role == ROLE_MAIL;
    emit_signal(node, mail ? RH_EVENT_DISCARD : RH_EVENT_DROP, signal, why);
    signal_destroy(node, signal);
}

static bool has_payload(const struct signal *signal)
{
    return signal->kind == RH_SIGNAL_MESSAGE || signal->kind == RH_SIGNAL_TIMER ||
           signal->kind == RH_SIGNAL_USER;
}

/* Inputs never queue and a timer fires once, unless what it delivers is a message. */
static bool can_double(const struct signal *signal)
{
    return signal->kind == RH_SIGNAL_MESSAGE || (signal->body.flags & SIGNAL_AS_MESSAGE) != 0;
}

/* Does handling it run the behaviour? A crash is armed only where it does, or it would strike another's turn. */
static bool leads_to_turn(const struct rh_node *node, const struct actor *actor,
                          const struct signal *signal)
{
    if (signal->role == ROLE_MAIL) {
        return true;
    }
    bool direct = actor->mailbox == NULL;
    switch ((enum rh_signal_kind)signal->kind) {
    case RH_SIGNAL_START:
    case RH_SIGNAL_RECEIVE_TIMER:
    case RH_SIGNAL_USER:
    case RH_SIGNAL_IO:
        return true;
    case RH_SIGNAL_LINK:
    case RH_SIGNAL_UNLINK:
    case RH_SIGNAL_MONITOR:
    case RH_SIGNAL_DEMONITOR:
    case RH_SIGNAL_ASK_ALIVE:
        return false;
    case RH_SIGNAL_EXIT:
        return direct && actor->trap && exit_is_current(actor, signal);
    case RH_SIGNAL_EXIT_SIGNAL:
        return direct && actor->trap && rh_reason_class(&signal->body.message) != RH_REASON_KILL;
    case RH_SIGNAL_MESSAGE:
        return direct && alias_is_open(actor, signal->body.id.ordinal);
    case RH_SIGNAL_DOWN:
        return direct && monitor_find(actor, signal->body.id.ordinal) != NULL;
    case RH_SIGNAL_GROUP_JOIN:
    case RH_SIGNAL_GROUP_LEAVE:
        return direct && group_notice_is_current(node, signal);
    case RH_SIGNAL_NODE_UP:
    case RH_SIGNAL_NODE_DOWN:
        return direct && node_notice_is_current(node, signal);
    default:
        return direct;
    }
}

/* The copy waits next in the same channel: in front of everything that was sent after the original. */
static void duplicate(struct rh_node *node, struct actor *actor, const struct signal *signal)
{
    enum rh_status status = RH_OK;
    struct signal *copy = signal_create(node, &status);
    if (copy == NULL) {
        return;
    }
    copy->kind = RH_SIGNAL_MESSAGE;
    copy->to = actor_pid(node, actor);
    copy->body = signal->body;
    copy->body.flags &= (uint8_t) ~(SIGNAL_BY_NAME | SIGNAL_COUNTED);
    copy->body.flags |= SIGNAL_OF_FAULT;
    if (signal->kind == RH_SIGNAL_TIMER) {
        copy->body.id.ordinal = 0; /* of a message it would be an alias */
    }
    copy->body.message = rh_message_ref(signal->body.message);
    queue_push_front(node, copy);
    emit_signal(node, RH_EVENT_SEND, copy, RH_WHY_FAULT);
}

/* An actor that is never to start ends here: nothing could reach it any more. */
static void take_away(struct rh_node *node, struct actor *actor, struct signal *signal)
{
    bool start = signal->kind == RH_SIGNAL_START;
    waiting_ends(actor, signal);
    drop(node, signal, RH_WHY_FAULT);
    if (start) {
        actor_exit(node, actor, rh_reason(RH_REASON_KILLED), rh_pid_none(), RH_WHY_FAULT);
    }
}

/* What may be dropped behind the filter keeps its payload. */
static bool is_replaceable(const struct actor *actor, const struct signal *signal)
{
    bool may_overflow =
        (signal->body.flags & SIGNAL_BY_NAME) != 0 && actor->mailbox != NULL && actor->cap > 0;
    return has_payload(signal) &&
           (signal->kind != RH_SIGNAL_MESSAGE ||
            (!may_overflow && alias_is_open(actor, signal->body.id.ordinal)));
}

static unsigned actions_on(const struct actor *actor, const struct signal *signal, bool turn)
{
    return RH_FILTER_CAN(PASS) | RH_FILTER_CAN(DROP) |
           (can_double(signal) ? RH_FILTER_CAN(DUPLICATE) : 0) |
           (is_replaceable(actor, signal) ? RH_FILTER_CAN(REPLACE) : 0) |
           (turn ? RH_FILTER_CAN(CRASH) : 0);
}

static struct rh_filter_answer ask_filter(struct rh_node *node, const struct actor *actor,
                                          const struct signal *signal)
{
    bool input = signal->kind == RH_SIGNAL_USER || signal->kind == RH_SIGNAL_IO;
    bool turn = leads_to_turn(node, actor, signal);
    struct rh_filter_question question = {
        .point = input ? RH_FILTER_INPUT : RH_FILTER_SIGNAL,
        .signal = (enum rh_signal_kind)signal->kind,
        .actor = actor_pid(node, actor),
        .from = signal->body.from,
        .message = has_payload(signal) ? &signal->body.message : NULL,
        .turn = turn,
        .is_of_fault = (signal->body.flags & SIGNAL_OF_FAULT) != 0,
        .actions = actions_on(actor, signal, turn),
        .now = node->now,
    };
    if (signal->kind == RH_SIGNAL_IO) {
        question.name = rh_io_kind_word(node->io->kind);
        question.handle = node->io->handle;
        question.number = io_number(node->io);
    }
    struct rh_filter_answer answer = node->filter.ask(node->filter.self, &question);
    if ((question.actions >> answer.action & 1) == 0) {
        answer.action = RH_FILTER_PASS;
    }
    if (answer.action != RH_FILTER_REPLACE && answer.action != RH_FILTER_CRASH) {
        rh_message_unref(answer.replacement);
    }
    return answer;
}

bool filter_asks(struct rh_node *node, struct actor *actor, struct signal *signal)
{
    RH_ASSERT(node->crash_operations == 0);
    struct rh_filter_answer answer = ask_filter(node, actor, signal);
    switch (answer.action) {
    case RH_FILTER_PASS:
        break;
    case RH_FILTER_DROP:
        take_away(node, actor, signal);
        return false;
    case RH_FILTER_DUPLICATE:
        duplicate(node, actor, signal);
        break;
    case RH_FILTER_REPLACE:
        rh_message_unref(signal->body.message);
        signal->body.message = answer.replacement;
        signal->body.flags |= SIGNAL_REPLACED;
        break;
    case RH_FILTER_CRASH:
        turn_arm_crash(node, answer.operations < 1 ? 1 : answer.operations, answer.replacement);
        break;
    }
    return true;
}

void actor_deliver(struct rh_node *node, struct actor *actor, struct signal *signal,
                   enum rh_delivery_kind kind)
{
    if (actor->mailbox != NULL && kind != RH_DELIVERY_START && kind != RH_DELIVERY_USER &&
        kind != RH_DELIVERY_IO && kind != RH_DELIVERY_RECEIVE_TIMEOUT) {
        emit_signal(node, RH_EVENT_PUT, signal, RH_WHY_NONE);
        signal->body.flags &= (uint8_t)~SIGNAL_REPLACED;
        signal->body.kind = (uint8_t)kind;
        mailbox_put(node, actor, signal);
        return;
    }
    emit_signal(node, RH_EVENT_HANDLE, signal, RH_WHY_NONE);
    waiting_ends(actor, signal);
    signal->body.kind = (uint8_t)kind;
    (void)turn_run(node, actor, &signal->body);
    signal_destroy(node, signal);
}

static void message_handle(struct rh_node *node, struct actor *actor, struct signal *signal)
{
    if ((signal->body.flags & SIGNAL_BY_NAME) != 0 && !message_fits(node, actor, signal)) {
        drop(node, signal, RH_WHY_OVERFLOW);
        return;
    }
    if (signal->body.id.ordinal != 0 && !alias_pass(node, actor, signal->body.id.ordinal)) {
        node->stats.alias_closed++;
        waiting_ends(actor, signal);
        drop(node, signal, RH_WHY_CLOSED);
        return;
    }
    node->stats.messages_handled++;
    actor_deliver(node, actor, signal, RH_DELIVERY_MESSAGE);
}

static void question_handle(struct rh_node *node, struct signal *signal)
{
    struct rh_pid asker = signal->body.from;
    struct rh_pid asked = signal->to;
    emit_signal(node, RH_EVENT_HANDLE, signal, RH_WHY_NONE);
    signal->body.detail = 1;
    signal_post(node, signal, RH_SIGNAL_LIVENESS, asked, asker);
}

static void node_notice_handle(struct rh_node *node, struct actor *actor, struct signal *signal,
                               enum rh_delivery_kind kind)
{
    if (!node_notice_is_current(node, signal)) {
        node->stats.stale_downs++;
        drop(node, signal, RH_WHY_STALE);
        return;
    }
    node->foreign->heard(node, actor, signal->body.id.ordinal);
    actor_deliver(node, actor, signal, kind);
}

static void handle_for(struct rh_node *node, struct actor *actor, struct signal *signal)
{
    switch ((enum rh_signal_kind)signal->kind) {
    case RH_SIGNAL_START:
        actor_deliver(node, actor, signal, RH_DELIVERY_START);
        return;
    case RH_SIGNAL_MESSAGE:
        message_handle(node, actor, signal);
        return;
    case RH_SIGNAL_LINK:
        link_handle(node, actor, signal);
        return;
    case RH_SIGNAL_UNLINK:
        unlink_handle(node, actor, signal);
        return;
    case RH_SIGNAL_EXIT:
        exit_handle(node, actor, signal);
        return;
    case RH_SIGNAL_EXIT_SIGNAL:
        exit_signal_handle(node, actor, signal);
        return;
    case RH_SIGNAL_MONITOR:
        monitor_handle(node, actor, signal);
        return;
    case RH_SIGNAL_DEMONITOR:
        demonitor_handle(node, actor, signal);
        return;
    case RH_SIGNAL_DOWN:
        down_handle(node, actor, signal);
        return;
    case RH_SIGNAL_ASK_ALIVE:
        question_handle(node, signal);
        return;
    case RH_SIGNAL_LIVENESS:
        actor_deliver(node, actor, signal, RH_DELIVERY_LIVENESS);
        return;
    case RH_SIGNAL_UNDELIVERABLE:
        actor_deliver(node, actor, signal, RH_DELIVERY_UNDELIVERABLE);
        return;
    case RH_SIGNAL_SPAWN_REPLY:
        actor_deliver(node, actor, signal, RH_DELIVERY_SPAWN_REPLY);
        return;
    case RH_SIGNAL_GROUP_JOIN:
        group_notice_handle(node, actor, signal, RH_DELIVERY_GROUP_JOIN);
        return;
    case RH_SIGNAL_GROUP_LEAVE:
        group_notice_handle(node, actor, signal, RH_DELIVERY_GROUP_LEAVE);
        return;
    case RH_SIGNAL_TAKE:
        mailbox_take(node, actor);
        return;
    case RH_SIGNAL_NODE_UP:
        node_notice_handle(node, actor, signal, RH_DELIVERY_NODE_UP);
        return;
    case RH_SIGNAL_NODE_DOWN:
        node_notice_handle(node, actor, signal, RH_DELIVERY_NODE_DOWN);
        return;
    case RH_SIGNAL_GONE:
    case RH_SIGNAL_SPAWN_REQUEST:
    case RH_SIGNAL_IO:
    case RH_SIGNAL_TIMER:
    case RH_SIGNAL_RECEIVE_TIMER:
    case RH_SIGNAL_USER:
    case RH_SIGNAL_COUNT:
        break;
    }
    bool queues = false; /* these kinds never do */
    RH_ASSERT(queues);
}

/* A name in `to` is resolved now; the name stays in `detail` for whoever tells the story. */
static struct actor *target_of(struct rh_node *node, struct signal *signal, enum rh_why *ret_why)
{
    *ret_why = RH_WHY_NOPROC;
    if ((signal->body.flags & SIGNAL_BY_NAME) != 0 && signal->kind == RH_SIGNAL_MESSAGE) {
        *ret_why = RH_WHY_NONAME;
        struct name *name = name_of_detail(node, signal->body.detail);
        struct actor *owner = actor_find(node, name->owner);
        if (owner != NULL) {
            signal->to = name->owner;
        }
        return owner;
    }
    return actor_find(node, signal->to);
}

void signal_handle(struct rh_node *node, struct signal *signal)
{
    node->stats.events++;
    if (!pid_is_local(node, signal->to)) {
        if (node->foreign == NULL) {
            dead_letter(node, signal, RH_WHY_NOCONNECTION);
        } else {
            node->foreign->handle(node, signal);
        }
        return;
    }
    enum rh_why why;
    struct actor *actor = target_of(node, signal, &why);
    if (actor == NULL) {
        dead_letter(node, signal, why);
        return;
    }
    if (signal->kind == RH_SIGNAL_TAKE || filter_passes(node, actor, signal)) {
        handle_for(node, actor, signal);
    }
}

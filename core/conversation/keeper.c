/* SPDX-License-Identifier: MIT */
/*
 * The keeper: the address of a conversation. While there is an actor it passes commands on to it, to be returned if that
 * is dead by then, and tells it how participants have ended; it does not look at the record. Once it has handled the
 * actor's EXIT the record is its own: it answers what was under way, then starts the next incarnation in the same
 * turn, or, when the phase is no longer an actor's, carries out what comes itself, by the same code.
 *
 * What was passed on and not handled comes back behind the actor's EXIT. The keeper has seen all of it when a question
 * whether the actor is alive, sent in the turn of that EXIT, is answered: only then may it end.
 */
#include "core/conversation/internal.h"

/** How a participant has ended, as the keeper was told by their link. */
struct ended {
    bool is_known;
    struct rh_message reason;
    rh_instant at;
};

struct keeper {
    struct conversation *conv;
    struct rh_pid actor; /**< none: the record is the keeper's */
    size_t barriers;     /**< questions that are not answered: commands may still come back */
    bool is_ending;      /**< the parent has ended */
    struct rh_message end_reason;
    struct ended *ended; /**< one per participant */
    rh_instant *restarts;
    size_t restart_count;
};

/* ---- the actor ---- */

static enum rh_status actor_start(struct rh_context *ctx, struct keeper *keeper)
{
    struct conversation *conv = keeper->conv;
    struct rh_spawn_options options = {.link = true};
    conv->references++;
    enum rh_status status = rh_spawn(ctx, &conv->actor, &options, &keeper->actor, NULL);
    if (status != RH_OK) {
        conv->references--;
        keeper->actor = rh_pid_none();
        return status;
    }
    conv->incarnation++;
    mark_incarnation(ctx, conv, keeper->actor);
    return RH_OK;
}

/* May the actor be started once more? Notes that it is. */
static bool restart_is_allowed(struct rh_context *ctx, struct keeper *keeper)
{
    const struct conversation *conv = keeper->conv;
    rh_instant now = rh_now(ctx);
    size_t kept = 0;
    for (size_t i = 0; i < keeper->restart_count; i++) {
        if (now - keeper->restarts[i] <= conv->within) {
            keeper->restarts[kept++] = keeper->restarts[i];
        }
    }
    keeper->restart_count = kept;
    if (kept == conv->restarts_max) {
        return false;
    }
    keeper->restarts[keeper->restart_count++] = now;
    return true;
}

static enum rh_status actor_restart(struct rh_context *ctx, struct keeper *keeper)
{
    struct conversation *conv = keeper->conv;
    if (!restart_is_allowed(ctx, keeper)) {
        become_phase(ctx, conv, RH_CONVERSATION_FAILED, RH_ITEM(NULL, "restart_limit"));
        return RH_OK;
    }
    enum rh_status status = actor_start(ctx, keeper);
    if (status == RH_OK) {
        context_note(ctx, conv, CONTEXT_RESTARTED, conv->incarnation);
    } else if (status != RH_EXITED) {
        become_phase(ctx, conv, RH_CONVERSATION_FAILED, RH_ITEM(NULL, rh_status_word(status)));
        status = RH_OK;
    }
    return status;
}

/* ---- the end ---- */

/* The last turn of all. */
static enum rh_status keeper_end(struct rh_context *ctx, struct keeper *keeper)
{
    struct conversation *conv = keeper->conv;
    while (conv->kept != NULL) {
        (void)exchange_drop(ctx, conv, conv->kept, "closed"); /* no alias is the keeper's */
    }
    for (size_t i = 0; i < conv->participant_count; i++) {
        if (conv->participants[i].health == HEALTH_ALIVE && !conv->participants[i].is_owned) {
            (void)rh_unlink(ctx, conv->participants[i].pid, RH_FLUSH);
        }
    }
    return keeper->is_ending ? rh_exit(ctx, rh_message_ref(keeper->end_reason)) : RH_DONE;
}

/* Go on as far as possible. */
static enum rh_status keeper_conclude(struct rh_context *ctx, struct keeper *keeper,
                                      enum rh_status status)
{
    struct conversation *conv = keeper->conv;
    if (status != RH_OK || !rh_pid_is_none(keeper->actor)) {
        return status;
    }
    if (conv->is_winding_down && conv->phase != RH_CONVERSATION_CLOSED &&
        conversation_is_wound_down(conv)) {
        status = become_closed(ctx, conv);
    }
    if (status == RH_OK && conv->phase == RH_CONVERSATION_CLOSED && keeper->barriers == 0) {
        return keeper_end(ctx, keeper);
    }
    return status;
}

/* ---- taking over ---- */

/* The command that was being carried out when the actor ended. */
static enum rh_status current_settle(struct rh_context *ctx, struct conversation *conv)
{
    if (!conv->has_current) {
        return RH_OK;
    }
    struct command command = conv->current;
    if (command_is_idempotent(&command)) {
        enum rh_status status = command_handle(ctx, conv, &command);
        return status == RH_DONE ? RH_OK : status;
    }
    return conversation_is_open(conv)
               ? command_refuse(ctx, conv, command.call, RH_CONVERSATION_ERROR_RESTARTED)
               : command_refuse_phase(ctx, conv, command.call);
}

static enum rh_status ends_settle(struct rh_context *ctx, struct keeper *keeper)
{
    enum rh_status status = RH_OK;
    for (size_t i = 0; i < keeper->conv->participant_count && status == RH_OK; i++) {
        const struct ended *ended = &keeper->ended[i];
        if (ended->is_known) {
            status = participant_ended(ctx, keeper->conv, i, ended->reason, ended->at);
        }
    }
    return status;
}

/* Answer everybody who waits for what will not come. */
static enum rh_status receivers_settle(struct rh_context *ctx, struct conversation *conv)
{
    enum rh_conversation_error error = RH_CONVERSATION_ERROR_NONE;
    if (conversation_is_open(conv)) {
        error = RH_CONVERSATION_ERROR_RESTARTED;
    } else if (conv->phase == RH_CONVERSATION_COMPLETING) {
        error = RH_CONVERSATION_ERROR_CLOSED;
    }
    enum rh_status status = receivers_drain(ctx, conv, error);
    if (status != RH_OK) {
        return status;
    }
    return exchanges_abandon(
        ctx, conv, error == RH_CONVERSATION_ERROR_NONE ? RH_CONVERSATION_ERROR_FAILED : error);
}

static enum rh_status take_over(struct rh_context *ctx, struct keeper *keeper)
{
    struct conversation *conv = keeper->conv;
    enum rh_status status = ends_settle(ctx, keeper);
    if (status == RH_OK) {
        status = current_settle(ctx, conv);
    }
    if (status == RH_OK) {
        status = receivers_settle(ctx, conv);
    }
    if (status == RH_OK) {
        status = conversation_settle(ctx, conv);
    }
    if (status == RH_OK && conversation_is_open(conv)) {
        status = actor_restart(ctx, keeper);
    }
    if (status == RH_OK && conv->phase == RH_CONVERSATION_FAILED) {
        status = receivers_settle(ctx, conv); /* if it was the restart that failed */
    }
    if (status == RH_OK && conv->phase == RH_CONVERSATION_COMPLETING) {
        status = conversation_wind_down(ctx, conv);
    }
    return status;
}

static enum rh_status close_of_parent(struct rh_context *ctx, struct keeper *keeper)
{
    struct rh_ref nobody = {rh_pid_none(), 0};
    struct rh_message request = RH_ARRAY(rh_allocator_of(ctx), "$call", nobody, "close");
    if (!rh_pid_is_none(keeper->actor)) {
        return rh_send_with(ctx, keeper->actor, request, RH_RETURN);
    }
    rh_message_unref(request);
    struct command command = {.call = nobody, .verb = VERB_CLOSE, .timeout = RH_NEVER};
    return command_handle(ctx, keeper->conv, &command);
}

static enum rh_status actor_ended(struct rh_context *ctx, struct keeper *keeper,
                                  const struct rh_message *reason)
{
    struct conversation *conv = keeper->conv;
    struct rh_pid actor = keeper->actor;
    bool has_finished = rh_reason_class(reason) == RH_REASON_NORMAL && !conversation_is_open(conv);
    keeper->actor = rh_pid_none();
    mark_incarnation(ctx, conv, rh_pid_none());
    if (!has_finished) {
        (void)conversation_event(ctx, conv, EVENT_ACTOR_CRASH);
    }
    struct rh_ref barrier;
    enum rh_status status = rh_ask_alive(ctx, actor, &barrier);
    if (status == RH_OK) {
        keeper->barriers++;
        status = take_over(ctx, keeper);
    }
    return status;
}

/* ---- deliveries ---- */

static enum rh_status participant_exit(struct rh_context *ctx, struct keeper *keeper, size_t index,
                                       const struct rh_message *reason)
{
    struct conversation *conv = keeper->conv;
    struct ended *ended = &keeper->ended[index];
    if (ended->is_known) {
        return RH_OK;
    }
    *ended = (struct ended){true, rh_message_ref(*reason), rh_now(ctx)};
    if (!rh_pid_is_none(keeper->actor)) {
        return rh_send(ctx, keeper->actor,
                       RH_ARRAY(rh_allocator_of(ctx), "$exit", index, ended->at, *reason));
    }
    enum rh_status status = participant_ended(ctx, conv, index, *reason, ended->at);
    return status == RH_OK ? conversation_settle(ctx, conv) : status;
}

static enum rh_status exit_arrived(struct rh_context *ctx, struct keeper *keeper,
                                   const struct rh_delivery *in)
{
    if (rh_pid_equal(in->from, keeper->actor)) {
        return actor_ended(ctx, keeper, &in->message);
    }
    enum rh_status status = RH_OK;
    struct rh_pid parent = rh_linked_parent(ctx);
    if (!rh_pid_is_none(parent) && rh_pid_equal(in->from, parent) && !keeper->is_ending) {
        keeper->is_ending = true;
        keeper->end_reason = rh_message_ref(in->message);
        status = close_of_parent(ctx, keeper);
    }
    size_t index = participant_find(keeper->conv, in->from);
    bool is_end = index != NOBODY && !rh_is_linked(ctx, in->from);
    return status != RH_OK || !is_end ? status : participant_exit(ctx, keeper, index, &in->message);
}

/* Of an owned participant that was told to end: nothing new, unless it has cut its link. */
static enum rh_status down_arrived(struct rh_context *ctx, struct keeper *keeper,
                                   const struct rh_delivery *in)
{
    size_t index = participant_find(keeper->conv, in->from);
    return index == NOBODY ? RH_OK : participant_exit(ctx, keeper, index, &in->message);
}

/* A command that never reached an actor: while there is another one it is answered, unless it may be tried again. */
static enum rh_status command_returned(struct rh_context *ctx, struct keeper *keeper,
                                       const struct rh_delivery *in, struct rh_ref call,
                                       struct rh_item item)
{
    struct command command;
    (void)command_read(call, item, &command);
    if (rh_pid_is_none(keeper->actor)) {
        return command_handle(ctx, keeper->conv, &command);
    }
    if (command_is_idempotent(&command)) {
        return rh_send_with(ctx, keeper->actor, rh_message_ref(in->message), RH_RETURN);
    }
    enum rh_status status = rh_reply(ctx, call, RH_ARRAY(NULL, "error", "restarted"));
    if (status == RH_OK || status == RH_FULL) {
        mark_answer(ctx, keeper->conv, call, "restarted");
        status = RH_OK;
    }
    return status;
}

/* A command that cannot be passed on is refused by the keeper, which has to be able to do at least that. */
static enum rh_status command_pass(struct rh_context *ctx, struct keeper *keeper,
                                   const struct rh_delivery *in, struct rh_ref call)
{
    enum rh_status status =
        rh_send_with(ctx, keeper->actor, rh_message_ref(in->message), RH_RETURN);
    if (status == RH_OK || status == RH_EXITED) {
        return status;
    }
    const char *word = rh_status_word(status);
    status = rh_reply(ctx, call, RH_ARRAY(NULL, "error", word));
    if (status == RH_OK || status == RH_FULL) {
        mark_answer(ctx, keeper->conv, call, word);
        status = RH_OK;
    }
    return status;
}

static enum rh_status message_arrived(struct rh_context *ctx, struct keeper *keeper,
                                      const struct rh_delivery *in)
{
    struct rh_ref call;
    struct rh_item item;
    struct command command;
    bool has_actor = !rh_pid_is_none(keeper->actor);
    if (rh_is_start_question(in, &call)) {
        enum rh_status status = rh_reply(ctx, call, RH_ITEM(NULL, "ok"));
        return status == RH_FULL ? RH_OK : status;
    }
    if (rh_is_call(in, &call, &item)) {
        if (has_actor && !rh_is_observed(ctx)) {
            return command_pass(ctx, keeper, in, call);
        }
        (void)command_read(call, item, &command);
        mark_command(ctx, keeper->conv, &command);
        return has_actor ? command_pass(ctx, keeper, in, call)
                         : command_handle(ctx, keeper->conv, &command);
    }
    if (participant_find(keeper->conv, in->from) == NOBODY) {
        return RH_OK;
    }
    return has_actor ? RH_SEND(ctx, keeper->actor, "$stray") : reply_arrived(ctx, keeper->conv, in);
}

static enum rh_status timer_fired(struct rh_context *ctx, struct keeper *keeper,
                                  const struct rh_delivery *in)
{
    struct conversation *conv = keeper->conv;
    struct rh_ref timer = rh_delivery_ref(ctx, in);
    if (rh_ref_equal(timer, conv->grace_timer)) {
        return owned_tell(ctx, conv, RH_REASON_KILL);
    }
    if (!rh_ref_equal(timer, conv->deadline_timer)) {
        return RH_OK;
    }
    (void)conversation_event(ctx, conv, EVENT_DEADLINE);
    enum rh_status status = owned_tell(ctx, conv, RH_REASON_KILL);
    return status == RH_OK ? become_closed(ctx, conv) : status;
}

static enum rh_status delivery_arrived(struct rh_context *ctx, struct keeper *keeper,
                                       const struct rh_delivery *in)
{
    struct rh_ref call;
    struct rh_item item;
    switch ((enum rh_delivery_kind)in->kind) {
    case RH_DELIVERY_MESSAGE:
        return message_arrived(ctx, keeper, in);
    case RH_DELIVERY_EXIT:
        return exit_arrived(ctx, keeper, in);
    case RH_DELIVERY_DOWN:
        return down_arrived(ctx, keeper, in);
    case RH_DELIVERY_UNDELIVERABLE:
        if (RH_MATCH(&in->message, "$call", &call, &item)) {
            return command_returned(ctx, keeper, in, call, item);
        }
        return RH_OK;
    case RH_DELIVERY_LIVENESS:
        keeper->barriers -= keeper->barriers > 0 ? 1 : 0;
        return RH_OK;
    case RH_DELIVERY_TIMEOUT:
        return timer_fired(ctx, keeper, in);
    default:
        return RH_OK;
    }
}

static enum rh_status keeper_receive(struct rh_context *ctx, void *state,
                                     const struct rh_delivery *in)
{
    struct keeper *keeper = state;
    return keeper_conclude(ctx, keeper, delivery_arrived(ctx, keeper, in));
}

/* ---- life ---- */

static enum rh_status tables_create(struct rh_context *ctx, struct keeper *keeper)
{
    const struct conversation *conv = keeper->conv;
    const struct rh_allocator *allocator = conv->allocator;
    if (conv->restarts_max > rh_limits_of(ctx)->conversation_entries_max) {
        return RH_INVALID;
    }
    size_t ended_bytes = conv->participant_count * sizeof(*keeper->ended);
    if (ended_bytes > 0) {
        keeper->ended = allocator->allocate(allocator->self, ended_bytes);
        if (keeper->ended == NULL) {
            return RH_NO_MEMORY;
        }
        memset(keeper->ended, 0, ended_bytes);
    }
    if (conv->restarts_max > 0) {
        keeper->restarts =
            allocator->allocate(allocator->self, conv->restarts_max * sizeof(*keeper->restarts));
    }
    return conv->restarts_max > 0 && keeper->restarts == NULL ? RH_NO_MEMORY : RH_OK;
}

/* The keeper's first operation: however its first turn ends, what it was given to own ends with it. */
static enum rh_status participants_link(struct rh_context *ctx, const struct conversation *conv)
{
    size_t bytes = conv->participant_count * sizeof(struct rh_pid);
    struct rh_pid *partners =
        bytes > 0 ? conv->allocator->allocate(conv->allocator->self, bytes) : NULL;
    if (bytes > 0 && partners == NULL) {
        return RH_NO_MEMORY;
    }
    for (size_t i = 0; i < conv->participant_count; i++) {
        partners[i] = conv->participants[i].pid;
    }
    enum rh_status status = rh_link_all(ctx, partners, conv->participant_count);
    if (partners != NULL) {
        conv->allocator->release(conv->allocator->self, partners, bytes);
    }
    for (size_t i = 0; i < conv->participant_count && status == RH_OK; i++) {
        mark_participant(ctx, conv, &conv->participants[i]);
    }
    return status;
}

/* A conversation that does not come up: what it was given to own ends with it, the others are as they were. */
static void participants_abandon(struct rh_context *ctx, const struct conversation *conv)
{
    for (size_t i = 0; i < conv->participant_count; i++) {
        if (!conv->participants[i].is_owned) {
            (void)rh_unlink(ctx, conv->participants[i].pid, RH_FLUSH);
        }
    }
}

static enum rh_status keeper_open(struct rh_context *ctx, struct keeper *keeper,
                                  const struct rh_delivery *start)
{
    enum rh_status status = conversation_create(ctx, &keeper->conv);
    if (status == RH_OK) {
        status = start_read(keeper->conv, start, rh_now(ctx));
    }
    if (status == RH_OK) {
        status = tables_create(ctx, keeper);
    }
    if (status == RH_OK) {
        status = participants_link(ctx, keeper->conv);
    }
    (void)rh_trap(ctx, true);
    return status == RH_OK ? actor_start(ctx, keeper) : status;
}

static enum rh_status keeper_init(struct rh_context *ctx, void *state,
                                  const struct rh_delivery *start)
{
    struct keeper *keeper = state;
    enum rh_status status = keeper_open(ctx, keeper, start);
    if (status != RH_OK && status != RH_EXITED) {
        if (keeper->conv != NULL) {
            participants_abandon(ctx, keeper->conv);
        }
        start_kill_owned(ctx, start);
    }
    return status;
}

static void keeper_deinit(void *state, const void *config)
{
    (void)config;
    struct keeper *keeper = state;
    struct conversation *conv = keeper->conv;
    if (conv == NULL) {
        return;
    }
    const struct rh_allocator *allocator = conv->allocator;
    if (keeper->ended != NULL) {
        for (size_t i = 0; i < conv->participant_count; i++) {
            rh_message_unref(keeper->ended[i].reason);
        }
        allocator->release(allocator->self, keeper->ended,
                           conv->participant_count * sizeof(*keeper->ended));
    }
    if (keeper->restarts != NULL) {
        allocator->release(allocator->self, keeper->restarts,
                           conv->restarts_max * sizeof(*keeper->restarts));
    }
    rh_message_unref(keeper->end_reason);
    conversation_unref(conv);
}

const struct rh_behaviour rh_conversation_behaviour = {
    .name = "conversation",
    .state_bytes = sizeof(struct keeper),
    .init = keeper_init,
    .receive = keeper_receive,
    .deinit = keeper_deinit,
};

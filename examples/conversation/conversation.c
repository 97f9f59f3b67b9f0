/* SPDX-License-Identifier: MIT */
/*
 * A conversation, and the smallest driver that a node can have.
 *
 * Two prompters can help out with a line; the first one has fallen asleep. An actor opens a conversation with both, asks for
 * a line, hears nothing in time, asks again, and ends the sleeper: what that one has not answered goes to the other.
 *
 * The driver is `main`: it runs the node, takes what actors say to the world, and when nothing is left to do it lets the time
 * pass until the next timer, at once. A driver with a real clock, real pipes and processes is core/uv (see examples/host).
 */
#include <rehearse/conversation.h>
#include <rehearse/node.h>

#include <inttypes.h>
#include <stdio.h>

/* ---- a prompter: a server, as any participant ---- */

struct prompter {
    bool asleep;
};

static enum rh_status prompter_init(struct rh_context *ctx, void *state,
                                    const struct rh_delivery *start)
{
    struct prompter *self = state;
    (void)ctx;
    self->asleep = RH_MATCH(&start->message, "asleep");
    return RH_OK;
}

static enum rh_status prompter_receive(struct rh_context *ctx, void *state,
                                       const struct rh_delivery *in)
{
    const struct prompter *self = state;
    struct rh_ref call;
    struct rh_item request;
    if (!rh_is_call(in, &call, &request) || self->asleep) {
        return RH_OK;
    }
    return rh_reply(ctx, call, RH_ARRAY(rh_allocator_of(ctx), "line", request));
}

static const struct rh_behaviour prompter_behaviour = {
    .name = "prompter",
    .state_bytes = sizeof(struct prompter),
    .init = prompter_init,
    .receive = prompter_receive,
};

/* ---- the actor: one step for each outcome ---- */

struct actor {
    struct rh_pid sleeper;
    struct rh_pid other;
    struct rh_pid conversation;
    struct rh_call call; /* the command that is under way; one at a time is enough here */
    enum {
        ACTOR_ASKED,
        ACTOR_ASKED_AGAIN,
        ACTOR_CLOSES
    } step;
};

static enum rh_status actor_ask(struct rh_context *ctx, struct actor *self, rh_duration patience)
{
    return rh_conversation_ask(ctx, self->conversation, RH_ITEM(rh_allocator_of(ctx), "to be"),
                               patience, &self->call);
}

static enum rh_status actor_init(struct rh_context *ctx, void *state,
                                 const struct rh_delivery *start)
{
    struct actor *self = state;
    const struct rh_spawn_options asleep = {.argument = RH_ARRAY(rh_allocator_of(ctx), "asleep")};
    (void)start;
    enum rh_status status = rh_spawn(ctx, &prompter_behaviour, &asleep, &self->sleeper, NULL);
    if (status == RH_OK) {
        status = rh_spawn(ctx, &prompter_behaviour, NULL, &self->other, NULL);
    }
    if (status != RH_OK) {
        return status;
    }
    const struct rh_participant participants[] = {
        {.pid = self->sleeper, .flags = RH_PARTICIPANT_OWNED},
        {.pid = self->other, .flags = RH_PARTICIPANT_OWNED},
    };
    const struct rh_conversation_options options = {
        .participants = participants,
        .participant_count = sizeof participants / sizeof *participants,
        .policy = RH_CRASH_POLICY_ROUTE_TO_NEXT,
        .grace = RH_SECOND,
    };
    status = rh_conversation_open(ctx, &options, &self->conversation);
    return status == RH_OK ? actor_ask(ctx, self, 100 * RH_MILLISECOND) : status;
}

static enum rh_status actor_go_on(struct rh_context *ctx, struct actor *self,
                                  const struct rh_conversation_outcome *outcome)
{
    const struct rh_allocator *allocator = rh_allocator_of(ctx);
    enum rh_status status;
    switch (self->step) {
    case ACTOR_ASKED:
        if (outcome->error != RH_CONVERSATION_ERROR_TIMEOUT) {
            break;
        }
        self->step = ACTOR_ASKED_AGAIN;
        status = actor_ask(ctx, self, RH_NEVER);
        return status == RH_OK ? rh_exit_signal(ctx, self->sleeper, RH_ITEM(allocator, "kill"))
                               : status;
    case ACTOR_ASKED_AGAIN:
        if (outcome->error != RH_CONVERSATION_ERROR_NONE ||
            !rh_pid_equal(outcome->participant, self->other)) {
            break;
        }
        self->step = ACTOR_CLOSES;
        /* Every command but `ask` is an rh_call; rh_conversation_result takes the answer apart all the same. */
        return rh_call(ctx, self->conversation, RH_ARRAY(allocator, "close"), RH_SECOND,
                       &self->call);
    case ACTOR_CLOSES:
        return outcome->error == RH_CONVERSATION_ERROR_NONE
                   ? rh_output(ctx, RH_ITEM(allocator, "closed"))
                   : rh_exit(ctx, RH_ITEM(allocator, "not_closed"));
    }
    return rh_exit(ctx, RH_ITEM(allocator, "unexpected"));
}

static enum rh_status actor_receive(struct rh_context *ctx, void *state,
                                    const struct rh_delivery *in)
{
    struct actor *self = state;
    struct rh_conversation_outcome outcome;
    if (!rh_conversation_result(ctx, in, &self->call, &outcome)) {
        return RH_OK;
    }
    enum rh_status status = rh_output(
        ctx, outcome.reply.size > 0
                 ? RH_ARRAY(rh_allocator_of(ctx), rh_conversation_error_word(outcome.error),
                            outcome.reply)
                 : RH_ARRAY(rh_allocator_of(ctx), rh_conversation_error_word(outcome.error)));
    if (status == RH_OK) {
        status = actor_go_on(ctx, self, &outcome);
    }
    return status == RH_OK && !self->call.open ? RH_DONE : status;
}

static const struct rh_behaviour actor_behaviour = {
    .name = "actor",
    .state_bytes = sizeof(struct actor),
    .init = actor_init,
    .receive = actor_receive,
};

/* ---- the driver ---- */

/* Say what actors have said; true if one of them said that the conversation is closed. */
static bool take_effects(struct rh_node *node)
{
    struct rh_effect effect;
    bool is_closed = false;
    while (rh_node_take_effect(node, &effect)) {
        char text[128];
        (void)rh_message_print(&effect.message, NULL, text, sizeof text);
        (void)puts(text);
        struct rh_message closed = RH_ITEM(NULL, "closed");
        is_closed = is_closed || rh_message_equal(&effect.message, &closed);
        rh_message_unref(closed);
        rh_message_unref(effect.message);
    }
    return is_closed;
}

int main(void)
{
    enum {
        BUDGET = 1000
    };
    const struct rh_node_options options = {.name = "theatre"};
    struct rh_node *node;
    struct rh_pid actor;
    struct rh_node_stats stats;
    bool is_closed = false;
    if (rh_node_create(&options, &node) != RH_OK) {
        return 1;
    }
    enum rh_status status = rh_node_spawn(node, 0, &actor_behaviour, NULL, &actor);
    rh_instant now = 0;
    while (status == RH_OK && now != RH_NEVER) {
        bool is_idle = rh_node_run(node, now, BUDGET) < BUDGET;
        is_closed = take_effects(node) || is_closed;
        now = is_idle ? rh_node_next_due(node) : now;
    }
    rh_node_stats(node, &stats);
    (void)printf("%" PRIu64 " actors were there, %" PRIu64 " are left\n", stats.spawned,
                 stats.actors);
    rh_node_destroy(node);
    return is_closed && stats.actors == 0 ? 0 : 1;
}

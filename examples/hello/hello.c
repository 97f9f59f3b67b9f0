/* SPDX-License-Identifier: MIT */
/*
 * A program with actors and an invariant of its own, and the whole command line of rehearse around them:
 *
 *     hello run examples/hello        plays tickets.yaml and time-out.yaml in every order
 *     hello run FILE                  any scenario may name "ticket_desk" and "customer"
 *
 * The counter hands out numbered tickets, the customer asks for some and gives up on a counter that is silent. The
 * invariant `tickets` listens to everything that happens, in every scenario: no number is handed out twice.
 */
#include <rehearse/rehearse.h>
#include <rehearse/server.h>

#include <inttypes.h>

/* ---- the counter ---- */

struct counter {
    int64_t last;
    int64_t left; /* tickets on the roll */
};

static enum rh_status counter_init(struct rh_context *ctx, void *state,
                                   const struct rh_delivery *start)
{
    struct counter *counter = state;
    (void)ctx;
    counter->left = INT64_MAX;
    rh_parameter_number(start, "tickets", &counter->left);
    return RH_OK;
}

static enum rh_status counter_receive(struct rh_context *ctx, void *state,
                                      const struct rh_delivery *in)
{
    struct counter *counter = state;
    struct rh_ref call;
    struct rh_item request;
    if (!rh_is_call(in, &call, &request) || counter->left == 0) {
        return RH_OK;
    }
    counter->left--;
    counter->last++;
    return rh_reply(ctx, call, RH_ARRAY(rh_allocator_of(ctx), "ticket", counter->last));
}

static const struct rh_behaviour counter_behaviour = {
    .name = "ticket_desk",
    .state_bytes = sizeof(struct counter),
    .init = counter_init,
    .receive = counter_receive,
};

static const struct rh_parameter counter_parameters[] = {
    {"tickets", RH_PARAMETER_NUMBER, false, "how many there are before it falls silent; no end"},
};

/* ---- the customer ---- */

struct customer {
    struct rh_pid counter;
    rh_duration patience;
    int64_t wanted;
    struct rh_call call;
};

static enum rh_status customer_ask(struct rh_context *ctx, struct customer *customer)
{
    if (customer->wanted == 0) {
        return RH_DONE;
    }
    customer->wanted--;
    return rh_call(ctx, customer->counter, RH_ITEM(rh_allocator_of(ctx), "ticket"),
                   customer->patience, &customer->call);
}

static enum rh_status customer_init(struct rh_context *ctx, void *state,
                                    const struct rh_delivery *start)
{
    struct customer *customer = state;
    customer->patience = RH_SECOND;
    customer->wanted = 1;
    rh_parameter_actor(start, "counter", &customer->counter);
    rh_parameter_time(start, "patience", &customer->patience);
    rh_parameter_number(start, "wanted", &customer->wanted);
    return customer_ask(ctx, customer);
}

static enum rh_status customer_receive(struct rh_context *ctx, void *state,
                                       const struct rh_delivery *in)
{
    struct customer *customer = state;
    struct rh_outcome outcome;
    if (!rh_call_result(ctx, in, &customer->call, &outcome)) {
        return RH_OK;
    }
    if (outcome.kind != RH_OUTCOME_REPLY) {
        return rh_exit(ctx, RH_ITEM(rh_allocator_of(ctx), "gave_up"));
    }
    enum rh_status status = rh_output(ctx, rh_message_ref(*outcome.message));
    return status == RH_OK ? customer_ask(ctx, customer) : status;
}

static const struct rh_behaviour customer_behaviour = {
    .name = "customer",
    .state_bytes = sizeof(struct customer),
    .init = customer_init,
    .receive = customer_receive,
};

static const struct rh_parameter customer_parameters[] = {
    {"counter", RH_PARAMETER_ACTOR, true, "whom to ask"},
    {"patience", RH_PARAMETER_TIME, false, "how long to wait for each ticket; 1s"},
    {"wanted", RH_PARAMETER_NUMBER, false, "how many, one after the other; 1"},
};

/* ---- the invariant: numbers that customers show come from one roll, so none is shown twice ---- */

enum {
    TICKETS_MAX = 64
};

struct tickets {
    const struct rh_allocator *allocator;
    struct rh_judge *judge;
    uint64_t seen; /* bit n: ticket n */
};

static enum rh_status tickets_create(const struct rh_allocator *allocator, struct rh_judge *judge,
                                     void **ret_self)
{
    struct tickets *self = allocator->allocate(allocator->self, sizeof *self);
    if (self == NULL) {
        return RH_NO_MEMORY;
    }
    *self = (struct tickets){.allocator = allocator, .judge = judge};
    *ret_self = self;
    return RH_OK;
}

static void tickets_begin(void *state)
{
    struct tickets *self = state;
    self->seen = 0;
}

static void tickets_record(void *state, const struct rh_record *record)
{
    struct tickets *self = state;
    const struct rh_event *event = record->event;
    int64_t number;
    if (!RH_MATCH(event->message, "ticket", &number) || number < 0 || number >= TICKETS_MAX) {
        return;
    }
    rh_judge_evaluated(self->judge);
    uint64_t bit = UINT64_C(1) << number;
    if ((self->seen & bit) != 0) {
        rh_judge_failf(self->judge, "tickets/unique", event->actor,
                       "ticket %" PRId64 " was handed out before", number);
    }
    self->seen |= bit;
}

static void tickets_finish(void *state, enum rh_end end)
{
    (void)state;
    (void)end;
}

static void tickets_destroy(void *state)
{
    struct tickets *self = state;
    self->allocator->release(self->allocator->self, self, sizeof *self);
}

static const struct rh_checker tickets_checker = {
    .name = "tickets",
    .covers = "",
    .claim = "no ticket is handed out twice",
    .kinds = RH_LISTEN(OUTPUT),
    .create = tickets_create,
    .begin = tickets_begin,
    .record = tickets_record,
    .finish = tickets_finish,
    .destroy = tickets_destroy,
};

/* ---- the program ---- */

static const struct rh_program_behaviour behaviours[] = {
    {.behaviour = &counter_behaviour,
     .about = "hands out numbered tickets",
     .parameters = counter_parameters,
     .parameter_count = sizeof counter_parameters / sizeof *counter_parameters},
    {.behaviour = &customer_behaviour,
     .about = "asks for tickets, shows them, and gives up on silence",
     .parameters = customer_parameters,
     .parameter_count = sizeof customer_parameters / sizeof *customer_parameters},
};

static const struct rh_checker *const checkers[] = {&tickets_checker, NULL};

static const struct rh_program program = {
    .name = "hello",
    .version = "1.0",
    .behaviours = behaviours,
    .behaviour_count = sizeof behaviours / sizeof *behaviours,
    .checkers = checkers,
};

int main(int argc, char **argv)
{
    return rh_main(argc, argv, &program);
}

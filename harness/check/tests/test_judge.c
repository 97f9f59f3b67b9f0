/* SPDX-License-Identifier: MIT */
/* Who hears what, what is kept of it, and which checkers there are. */
#include "harness/check/tests/feed.h"

#include <string.h>

#define A actor(1)
#define B actor(2)

/* A checker of a program: counts what it hears, and does what it is told to at the n-th event. */
struct probe {
    struct rh_judge *judge;
    uint64_t events;
    uint64_t records[RH_RECORD_COUNT];
    uint32_t begun;
    uint32_t finished;
    enum rh_end end;
};

static struct probe probe;
static enum {
    PROBE_LISTEN,
    PROBE_FAIL,
    PROBE_ERROR
} probe_act;

static enum rh_status probe_create(const struct rh_allocator *allocator, struct rh_judge *judge,
                                   void **ret_self)
{
    (void)allocator;
    probe = (struct probe){.judge = judge};
    *ret_self = &probe;
    return RH_OK;
}

static void probe_begin(void *self)
{
    ((struct probe *)self)->begun++;
}

static void probe_record(void *self, const struct rh_record *record)
{
    struct probe *it = self;
    it->records[record->kind]++;
    it->events += record->kind == RH_RECORD_EVENT;
    rh_judge_evaluated(it->judge);
    if (probe_act == PROBE_FAIL) {
        rh_judge_failf(it->judge, "probe/first", record->event->actor, "event %d", (int)it->events);
        rh_judge_failf(it->judge, "probe/second", record->event->actor, "never kept");
    } else if (probe_act == PROBE_ERROR) {
        rh_judge_error(it->judge, RH_NO_MEMORY);
        rh_judge_failf(it->judge, "probe/late", record->event->actor, "after an error");
    }
}

static void probe_finish(void *self, enum rh_end end)
{
    struct probe *it = self;
    it->finished++;
    it->end = end;
}

static void probe_destroy(void *self)
{
    (void)self;
}

static const struct rh_checker probe_checker = {
    .name = "probe",
    .claim = "the probe is content",
    .kinds = RH_LISTEN(SEND) | RH_LISTEN(TURN_END) | RH_LISTEN_RECORD(PHASE),
    .signals = RH_LISTEN_SIGNAL(MESSAGE),
    .create = probe_create,
    .begin = probe_begin,
    .record = probe_record,
    .finish = probe_finish,
    .destroy = probe_destroy,
};
static const struct rh_checker *const program[] = {&probe_checker, NULL};

static struct feed probed(int act)
{
    struct feed f = {0};
    const char *const only[] = {"probe", NULL};
    const struct rh_judge_options options = {.checkers = program, .only = only};
    probe_act = PROBE_LISTEN;
    assert_int_equal(rh_judge_create(&options, &f.judge), RH_OK);
    rh_judge_reset(f.judge, NULL);
    born(&f, A);
    born(&f, B);
    probe.events = 0;
    probe_act = act == 0 ? PROBE_LISTEN : act == 1 ? PROBE_FAIL : PROBE_ERROR;
    return f;
}

static void there_are_twenty_four_families(void **state)
{
    (void)state;
    size_t count = 0;
    for (const struct rh_checker *const *at = rh_checkers(); *at != NULL; at++, count++) {
        assert_true((*at)->claim[0] != '\0');
        assert_true((*at)->covers[0] != '\0');
        assert_true((*at)->kinds != 0);
    }
    assert_int_equal(count, 24);
}

static void hears_the_kinds_and_signals_it_wants(void **state)
{
    (void)state;
    struct feed f = probed(0);
    sends(&f, RH_SIGNAL_MESSAGE, A, B, 0, "hi");
    sends(&f, RH_SIGNAL_UNLINK, A, B, 0, NULL);
    meets(&f, RH_EVENT_HANDLE, RH_SIGNAL_MESSAGE, B, A, 0, "hi", RH_WHY_NONE);
    TELL(&f, TURN_END, .actor = B);
    assert_int_equal(probe.events, 2);
    const struct rh_event phase = {.name = "converge"};
    const struct rh_record told = {RH_RECORD_PHASE, 9, 0, &phase};
    const struct rh_record step = {RH_RECORD_STEP, 10, 0, &phase};
    rh_judge_record(f.judge, &told);
    rh_judge_record(f.judge, &step);
    assert_int_equal(probe.records[RH_RECORD_PHASE], 1);
    assert_int_equal(probe.records[RH_RECORD_STEP], 0);
    assert_int_equal(rh_judge_count(f.judge), 1);
    assert_ptr_equal(rh_judge_checker(f.judge, 0), &probe_checker);
    assert_int_equal(rh_judge_evaluations(f.judge, 0), 5); /* two TURN_ENDs of births */
    rh_judge_finish(f.judge, RH_END_QUIESCENT);
    assert_int_equal(probe.end, RH_END_QUIESCENT);
    rh_judge_destroy(f.judge);
}

static void keeps_the_first_violation_and_hears_no_more(void **state)
{
    (void)state;
    struct feed f = probed(1);
    TELL(&f, TURN_END, .actor = B);
    uint64_t step = f.step;
    TELL(&f, TURN_END, .actor = B);
    assert_int_equal(probe.events, 1);
    rh_judge_finish(f.judge, RH_END_QUIESCENT);
    assert_int_equal(probe.end, RH_END_STOPPED);
    const struct rh_violation *found = rh_judge_violation(f.judge);
    assert_non_null(found);
    assert_true(rh_judge_has_failed(f.judge));
    assert_string_equal(found->invariant, "probe/first");
    assert_string_equal(found->observed, "event 1");
    assert_string_equal(found->expected, "the probe is content");
    assert_int_equal(found->step, step);
    assert_true(rh_pid_equal(found->actors[0], B));
    assert_int_equal(rh_judge_status(f.judge), RH_OK);
    rh_judge_destroy(f.judge);
}

static void an_error_is_no_verdict(void **state)
{
    (void)state;
    struct feed f = probed(2);
    TELL(&f, TURN_END, .actor = B);
    TELL(&f, TURN_END, .actor = B);
    assert_int_equal(probe.events, 1);
    rh_judge_finish(f.judge, RH_END_QUIESCENT);
    assert_int_equal(rh_judge_status(f.judge), RH_NO_MEMORY);
    assert_null(rh_judge_violation(f.judge));
    rh_judge_destroy(f.judge);
}

static void a_run_begins_anew(void **state)
{
    (void)state;
    struct feed f = probed(1);
    TELL(&f, TURN_END, .actor = B);
    rh_judge_finish(f.judge, RH_END_QUIESCENT);
    assert_non_null(rh_judge_violation(f.judge));
    probe_act = PROBE_LISTEN;
    rh_judge_reset(f.judge, NULL);
    assert_null(rh_judge_violation(f.judge));
    born(&f, A);
    rh_judge_finish(f.judge, RH_END_QUIESCENT);
    assert_null(rh_judge_violation(f.judge));
    assert_int_equal(probe.begun, 2);
    assert_int_equal(probe.finished, 2);
    rh_judge_destroy(f.judge);
}

static void names_choose_the_checkers(void **state)
{
    (void)state;
    struct rh_judge *judge = NULL;
    const char *const some[] = {"links", "probe", NULL};
    const char *const unknown[] = {"lynx", NULL};
    struct rh_judge_options options = {.checkers = program, .only = some};
    assert_int_equal(rh_judge_create(&options, &judge), RH_OK);
    assert_int_equal(rh_judge_count(judge), 2);
    assert_string_equal(rh_judge_checker(judge, 0)->name, "links");
    rh_judge_destroy(judge);
    options = (struct rh_judge_options){.checkers = program, .except = some};
    assert_int_equal(rh_judge_create(&options, &judge), RH_OK);
    assert_int_equal(rh_judge_count(judge), 23);
    rh_judge_destroy(judge);
    options.except = unknown;
    assert_int_equal(rh_judge_create(&options, &judge), RH_NOT_FOUND);
    options = (struct rh_judge_options){.only = unknown};
    assert_int_equal(rh_judge_create(&options, &judge), RH_NOT_FOUND);
}

static void an_instance_can_be_added_once(void **state)
{
    (void)state;
    struct rh_judge *judge = NULL;
    const struct rh_judge_options options = {0};
    assert_int_equal(rh_judge_create(&options, &judge), RH_OK);
    probe = (struct probe){.judge = judge};
    probe_act = PROBE_LISTEN;
    assert_int_equal(rh_judge_add(judge, &probe_checker, &probe), RH_OK);
    assert_int_equal(rh_judge_add(judge, &probe_checker, &probe), RH_TAKEN);
    assert_int_equal(rh_judge_count(judge), 25);
    rh_judge_reset(judge, NULL);
    struct feed f = {.judge = judge};
    born(&f, A);
    assert_int_equal(probe.events, 1);
    rh_judge_finish(judge, RH_END_QUIESCENT);
    rh_judge_destroy(judge);
    rh_judge_destroy(NULL);
}

/* ---- with a world ---- */

static enum rh_status chatter(struct rh_context *ctx, void *state, const struct rh_delivery *in)
{
    (void)state;
    return rh_send(ctx, rh_self(ctx), rh_message_ref(in->message));
}

static const struct rh_behaviour chatterer = {.name = "chatterer", .receive = chatter};

static void a_violation_stops_the_world_and_calls_actors_by_name(void **state)
{
    (void)state;
    struct rh_judge *judge = NULL;
    struct rh_world *world = NULL;
    struct rh_strategy *strategy = NULL;
    uint32_t node = 0;
    struct rh_pid alice;
    const struct rh_judge_options options = {.checkers = program};
    assert_int_equal(rh_strategy_fifo(NULL, &strategy), RH_OK);
    const struct rh_world_options world_options = {.strategy = strategy};
    assert_int_equal(rh_world_create(&world_options, &world), RH_OK);
    assert_int_equal(rh_world_add_node(world, "n1", &node), RH_OK);
    probe_act = PROBE_LISTEN;
    assert_int_equal(rh_judge_create(&options, &judge), RH_OK);
    assert_int_equal(rh_judge_begin(judge, world), RH_OK);
    assert_int_equal(rh_world_spawn(world, node, "alice", &chatterer, NULL, &alice), RH_OK);
    assert_int_equal(rh_node_send(rh_world_node(world, node), 0, alice, text("hi")), RH_OK);
    for (int i = 0; i < 10; i++) {
        enum rh_end end;
        assert_true(rh_world_step(world, &end));
    }
    struct rh_message forged = text("forged");
    const struct rh_event event = {.kind = RH_EVENT_HANDLE,
                                   .signal = RH_SIGNAL_MESSAGE,
                                   .actor = alice,
                                   .peer = alice,
                                   .message = &forged};
    const struct rh_record record = {RH_RECORD_EVENT, rh_world_steps(world), node, &event};
    rh_judge_record(judge, &record);
    assert_int_equal(rh_world_run(world), RH_END_STOPPED);
    assert_int_equal(rh_world_steps(world), 10);
    rh_judge_finish(judge, RH_END_STOPPED);
    const struct rh_violation *found = rh_judge_violation(judge);
    assert_string_equal(found->invariant, "conservation/once");
    assert_non_null(strstr(found->observed, "MESSAGE forged from alice to alice"));
    assert_int_equal(found->step, 10);
    rh_judge_destroy(judge);
    rh_world_destroy(world);
    rh_strategy_destroy(strategy);
}

static void long_texts_are_cut_and_readable(void **state)
{
    (void)state;
    struct feed f = feed_open("conservation");
    born(&f, A);
    char long_text[400];
    memset(long_text, 'x', sizeof(long_text) - 1);
    long_text[sizeof(long_text) - 1] = '\0';
    struct rh_message message = RH_ITEM(NULL, long_text);
    TELL(&f, HANDLE, .signal = RH_SIGNAL_MESSAGE, .actor = A, .peer = A, .message = &message);
    rh_message_unref(message);
    feed_fails(&f, RH_END_QUIESCENT, "conservation/once", "", "... from <1.1.1>");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_are_twenty_four_families),
        cmocka_unit_test(hears_the_kinds_and_signals_it_wants),
        cmocka_unit_test(keeps_the_first_violation_and_hears_no_more),
        cmocka_unit_test(an_error_is_no_verdict),
        cmocka_unit_test(a_run_begins_anew),
        cmocka_unit_test(names_choose_the_checkers),
        cmocka_unit_test(an_instance_can_be_added_once),
        cmocka_unit_test(a_violation_stops_the_world_and_calls_actors_by_name),
        cmocka_unit_test(long_texts_are_cut_and_readable),
    };
    return cmocka_run_group_tests_name("harness.check.judge", tests, NULL, NULL) ? 1 : 0;
}

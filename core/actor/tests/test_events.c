/* SPDX-License-Identifier: MIT */
/* What the event stream says about caps, waits, flushes and faults, for whoever judges it. */
#include "core/actor/tests/stage.h"

struct notes {
    uint64_t told[RH_EVENT_COUNT];
    struct rh_event last[RH_EVENT_COUNT];
    size_t tags;
};

static void note(void *self, const struct rh_event *event)
{
    struct notes *notes = self;
    notes->told[event->kind]++;
    notes->last[event->kind] = *event;
    if (event->kind == RH_EVENT_WAIT) {
        notes->tags = ((const struct rh_receive *)event->want)->tag_count;
    }
}

static void open_with_notes(struct stage *s, struct notes *notes)
{
    *notes = (struct notes){0};
    stage_open(s);
    struct rh_observer observer = {note, notes};
    rh_node_observe(s->node, &observer);
}

static void a_cap_is_told_at_birth(void **state)
{
    struct stage s;
    struct notes notes;
    (void)state;
    open_with_notes(&s, &notes);
    (void)enter_plain(&s, "a");
    assert_int_equal(notes.told[RH_EVENT_CAP], 0);
    struct rh_spawn_options options = {.cap = 3};
    struct rh_pid b = enter(&s, "b", &options);
    assert_int_equal(notes.told[RH_EVENT_CAP], 1);
    assert_int_equal(notes.last[RH_EVENT_CAP].number, 3);
    assert_true(rh_pid_equal(notes.last[RH_EVENT_CAP].actor, b));
    (void)enter_selective(&s, "c");
    assert_int_equal(notes.last[RH_EVENT_CAP].number, s.limits.mailbox_messages_max);
    stage_close(&s);
}

static enum rh_status mark(struct rh_context *ctx, void *state, void *argument)
{
    (void)state;
    (void)argument;
    assert_true(rh_is_observed(ctx));
    rh_mark(ctx, "phase", RH_ITEM(NULL, "active"));
    rh_mark(ctx, "phase", rh_message_failed(RH_NO_MEMORY));
    (void)rh_exit(ctx, rh_reason(RH_REASON_NORMAL));
    rh_mark(ctx, "phase", RH_ITEM(NULL, "too late"));
    return RH_EXITED;
}

static void a_mark_is_told_and_nothing_comes_of_it(void **state)
{
    struct stage s;
    struct notes notes;
    (void)state;
    open_with_notes(&s, &notes);
    struct rh_pid a = enter_plain(&s, "a");
    uint64_t sent = notes.told[RH_EVENT_SEND];
    assert_status(rh_node_turn(s.node, s.now, a, mark, NULL), RH_OK);
    assert_int_equal(notes.told[RH_EVENT_MARK], 1);
    assert_string_equal(notes.last[RH_EVENT_MARK].name, "phase");
    assert_true(rh_pid_equal(notes.last[RH_EVENT_MARK].actor, a));
    assert_int_equal(notes.told[RH_EVENT_SEND], sent);
    stage_close(&s);
}

static void a_wait_says_what_it_wants_and_until_when(void **state)
{
    struct stage s;
    struct notes notes;
    (void)state;
    open_with_notes(&s, &notes);
    struct rh_pid a = enter_selective(&s, "a");
    struct rh_message tag = word("go");
    struct rh_receive want = {.tags = &tag, .tag_count = 1, .timeout = 5};
    assert_status(act_receive(&s, a, &want), RH_OK);
    assert_int_equal(notes.tags, 1);
    assert_int_equal(notes.last[RH_EVENT_WAIT].due, s.now + 5);
    assert_int_equal(look(&s, a).wait_due, s.now + 5);
    want.timeout = RH_NEVER - 1; /* so late that it is never */
    wait_for(&s, 1);
    assert_status(act_receive(&s, a, &want), RH_OK);
    assert_true(notes.last[RH_EVENT_WAIT].due == RH_NEVER);
    assert_true(look(&s, a).wait_due == RH_NEVER);
    stage_close(&s);
}

static void a_flush_says_how_many_it_removed(void **state)
{
    struct stage s;
    struct notes notes;
    (void)state;
    open_with_notes(&s, &notes);
    struct rh_spawn_options options = {.mailbox = true, .trap = true};
    struct rh_pid a = enter(&s, "a", &options);
    struct rh_pid b = enter_plain(&s, "b");
    struct rh_ref ref = act_monitor(&s, a, b, RH_ALIAS_NONE);
    assert_status(act_link(&s, a, b), RH_OK);
    settle(&s);
    act_exit(&s, b, "boom");
    settle(&s);
    assert_status(act_demonitor(&s, a, ref, RH_FLUSH), RH_NOT_FOUND);
    assert_int_equal(notes.last[RH_EVENT_FLUSH].signal, RH_SIGNAL_DOWN);
    assert_int_equal(notes.last[RH_EVENT_FLUSH].ordinal, ref.ordinal);
    assert_int_equal(notes.last[RH_EVENT_FLUSH].number, 1);
    assert_status(act_unlink(&s, a, b, RH_FLUSH), RH_OK);
    assert_int_equal(notes.last[RH_EVENT_FLUSH].signal, RH_SIGNAL_EXIT);
    assert_true(rh_pid_equal(notes.last[RH_EVENT_FLUSH].peer, b));
    assert_int_equal(notes.last[RH_EVENT_FLUSH].number, 1);
    assert_status(act_unlink(&s, a, b, RH_FLUSH), RH_OK);
    assert_int_equal(notes.last[RH_EVENT_FLUSH].number, 0);
    stage_close(&s);
}

struct fault {
    enum rh_filter_action action;
    bool at_take;
};

static struct rh_filter_answer strike(void *self, const struct rh_filter_question *question)
{
    struct fault *fault = self;
    struct rh_filter_answer answer = {.action = RH_FILTER_PASS};
    if (question->message != NULL && question->turn == fault->at_take) {
        answer.action = fault->action;
        if (fault->action == RH_FILTER_REPLACE) {
            answer.replacement = word("other");
        }
        fault->action = RH_FILTER_PASS;
    }
    return answer;
}

/* One message for a selective actor, with one fault on its way or at its take. */
static void play_fault(struct notes *notes, struct fault fault)
{
    struct stage s;
    open_with_notes(&s, notes);
    struct rh_pid a = enter_selective(&s, "a");
    struct rh_pid b = enter_plain(&s, "b");
    struct rh_filter filter = {strike, &fault};
    rh_node_set_filter(s.node, &filter);
    struct rh_receive want = {.timeout = RH_NEVER};
    assert_status(act_receive(&s, a, &want), RH_OK);
    assert_status(act_send(&s, b, a, "hi"), RH_OK);
    settle(&s);
    rh_node_set_filter(s.node, NULL);
    stage_close(&s);
}

static void what_a_fault_takes_away_is_told_where_it_was(void **state)
{
    struct notes notes;
    (void)state;
    play_fault(&notes, (struct fault){RH_FILTER_DROP, false});
    assert_int_equal(notes.told[RH_EVENT_DROP], 1);
    assert_int_equal(notes.last[RH_EVENT_DROP].why, RH_WHY_FAULT);
    assert_int_equal(notes.told[RH_EVENT_DISCARD], 0);
    play_fault(&notes, (struct fault){RH_FILTER_DROP, true});
    assert_int_equal(notes.told[RH_EVENT_DROP], 0);
    assert_int_equal(notes.told[RH_EVENT_PUT], 1);
    assert_int_equal(notes.told[RH_EVENT_DISCARD], 1);
    assert_int_equal(notes.last[RH_EVENT_DISCARD].why, RH_WHY_FAULT);
}

static void a_replaced_payload_is_marked_once(void **state)
{
    struct notes notes;
    (void)state;
    play_fault(&notes, (struct fault){RH_FILTER_REPLACE, false});
    assert_int_equal(notes.last[RH_EVENT_PUT].why, RH_WHY_FAULT);
    assert_int_equal(notes.last[RH_EVENT_TAKE].why, RH_WHY_NONE);
    play_fault(&notes, (struct fault){RH_FILTER_REPLACE, true});
    assert_int_equal(notes.last[RH_EVENT_PUT].why, RH_WHY_NONE);
    assert_int_equal(notes.last[RH_EVENT_TAKE].why, RH_WHY_FAULT);
}

static void the_table_says_which_events_are_of_signals(void **state)
{
    unsigned counts[RH_EVENT_SIGNAL_CROSSING + 1] = {0};
    (void)state;
    for (unsigned kind = 0; kind < RH_EVENT_COUNT; kind++) {
        counts[rh_event_kind_signal((enum rh_event_kind)kind)]++;
    }
    assert_int_equal(counts[RH_EVENT_SIGNAL_LOCAL], 9);
    assert_int_equal(counts[RH_EVENT_SIGNAL_CROSSING], 3);
    assert_int_equal(rh_event_kind_signal(RH_EVENT_SEND), RH_EVENT_SIGNAL_LOCAL);
    assert_int_equal(rh_event_kind_signal(RH_EVENT_FLUSH), RH_EVENT_SIGNAL_LOCAL);
    assert_int_equal(rh_event_kind_signal(RH_EVENT_DEPART), RH_EVENT_SIGNAL_CROSSING);
    assert_int_equal(rh_event_kind_signal(RH_EVENT_COUNT), RH_EVENT_SIGNAL_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cap_is_told_at_birth),
        cmocka_unit_test(a_mark_is_told_and_nothing_comes_of_it),
        cmocka_unit_test(a_wait_says_what_it_wants_and_until_when),
        cmocka_unit_test(a_flush_says_how_many_it_removed),
        cmocka_unit_test(what_a_fault_takes_away_is_told_where_it_was),
        cmocka_unit_test(a_replaced_payload_is_marked_once),
        cmocka_unit_test(the_table_says_which_events_are_of_signals),
    };
    return cmocka_run_group_tests_name("core.events", tests, NULL, NULL) ? 1 : 0;
}

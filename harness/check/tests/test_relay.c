/* SPDX-License-Identifier: MIT */
/* Deliberate bugs: real runs whose records pass through a relay that loses, repeats, alters or swaps one. The family that
 * answers for it must object, alone, within a few seeds. */
#include "harness/check/judge.h"
#include "harness/check/tests/dice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define SEEDS 60u

enum act {
    LOSE,
    REPEAT,
    ALTER,
    SWAP
};

struct bug {
    const char *title;
    const char *family;
    enum act act;
    enum rh_event_kind kind;
    int signal; /* -1: any */
    int why;    /* -1: any */
};

#define ANY (-1)

static const struct bug bugs[] = {
    {"a message is never handled", "conservation", LOSE, RH_EVENT_HANDLE, RH_SIGNAL_MESSAGE, ANY},
    {"a message is handled twice", "conservation", REPEAT, RH_EVENT_HANDLE, RH_SIGNAL_MESSAGE, ANY},
    {"a payload is damaged", "conservation", ALTER, RH_EVENT_HANDLE, RH_SIGNAL_MESSAGE, ANY},
    {"a returned message never arrives", "conservation", LOSE, RH_EVENT_SEND,
     RH_SIGNAL_UNDELIVERABLE, ANY},
    {"a question is never answered", "conservation", LOSE, RH_EVENT_SEND, RH_SIGNAL_LIVENESS, ANY},
    {"a discarded message is not told", "conservation", LOSE, RH_EVENT_DISCARD, RH_SIGNAL_MESSAGE,
     ANY},
    {"two of one channel change places", "order", SWAP, RH_EVENT_HANDLE, ANY, ANY},
    {"an EXIT is not sent", "links", LOSE, RH_EVENT_SEND, RH_SIGNAL_EXIT, ANY},
    {"an EXIT is sent twice", "links", REPEAT, RH_EVENT_SEND, RH_SIGNAL_EXIT, ANY},
    {"an EXIT takes effect without a link", "links", LOSE, RH_EVENT_LINK_REMOVE, ANY,
     RH_WHY_PARTNER},
    {"half a link is not made", "links", LOSE, RH_EVENT_LINK_ADD, ANY, ANY},
    {"a DOWN is not sent", "monitors", LOSE, RH_EVENT_SEND, RH_SIGNAL_DOWN, ANY},
    {"a DOWN is sent twice", "monitors", REPEAT, RH_EVENT_SEND, RH_SIGNAL_DOWN, ANY},
    {"a DOWN takes effect twice", "monitors", REPEAT, RH_EVENT_HANDLE, RH_SIGNAL_DOWN, ANY},
    {"a monitor is not installed", "monitors", LOSE, RH_EVENT_WATCH_ADD, ANY, ANY},
    {"a demonitor is not sent", "monitors", LOSE, RH_EVENT_SEND, RH_SIGNAL_DEMONITOR, ANY},
    {"a reason is lost on the way to a link", "reasons", ALTER, RH_EVENT_SEND, RH_SIGNAL_EXIT, ANY},
    {"a reason is lost on the way to a monitor", "reasons", ALTER, RH_EVENT_SEND, RH_SIGNAL_DOWN,
     ANY},
    {"a linked actor dies of something else", "reasons", ALTER, RH_EVENT_EXIT, ANY, RH_WHY_PARTNER},
    {"a linked actor survives", "reasons", LOSE, RH_EVENT_EXIT, ANY, RH_WHY_PARTNER},
    {"a name outlives its owner", "names", LOSE, RH_EVENT_NAME_REMOVE, ANY, RH_WHY_EXIT},
    {"the registry forgets to take a name back", "names", LOSE, RH_EVENT_NAME_REMOVE, ANY,
     RH_WHY_REQUESTED},
    {"a name is given twice", "names", REPEAT, RH_EVENT_NAME_ADD, ANY, ANY},
    {"a timer fires twice", "timers", REPEAT, RH_EVENT_TIMER_FIRE, ANY, ANY},
    {"a timer fires early", "timers", ALTER, RH_EVENT_TIMER_FIRE, ANY, ANY},
    {"a timer outlives its target", "timers", LOSE, RH_EVENT_TIMER_CANCEL, ANY, RH_WHY_EXIT},
    {"a time-out gets lost", "timers", LOSE, RH_EVENT_HANDLE, RH_SIGNAL_TIMER, ANY},
    {"a reply alias stays open", "aliases", LOSE, RH_EVENT_ALIAS_CLOSE, ANY, RH_WHY_FIRED},
    {"an alias was never opened", "aliases", LOSE, RH_EVENT_ALIAS_OPEN, ANY, ANY},
    {"mail appears from nowhere", "mailboxes", LOSE, RH_EVENT_PUT, ANY, ANY},
    {"mail is taken twice", "mailboxes", REPEAT, RH_EVENT_TAKE, ANY, ANY},
    {"mail changes places", "mailboxes", SWAP, RH_EVENT_PUT, ANY, ANY},
    {"mail stays after it was taken", "mailboxes", LOSE, RH_EVENT_TAKE, ANY, ANY},
    {"an actor exits twice", "exits", REPEAT, RH_EVENT_EXIT, ANY, ANY},
    {"an exit step does not end", "exits", LOSE, RH_EVENT_EXIT_END, ANY, ANY},
    {"an exit step forgets a link", "exits", LOSE, RH_EVENT_LINK_REMOVE, ANY, RH_WHY_EXIT},
    {"an exit step forgets mail", "exits", LOSE, RH_EVENT_DISCARD, ANY, RH_WHY_EXIT},
    {"a dead actor has a turn", "exits", LOSE, RH_EVENT_SPAWN, ANY, ANY},
    {"the books forget a link", "balance", LOSE, RH_EVENT_LINK_ADD, ANY, ANY},
    {"the books forget a timer", "balance", LOSE, RH_EVENT_TIMER_SET, ANY, ANY},
    {"the books forget an exit", "balance", LOSE, RH_EVENT_EXIT, ANY, ANY},
};

struct relay {
    struct rh_judge *judge;
    const struct bug *bug;
    uint32_t skip; /* how many candidates pass first */
    bool struck;
    bool holding;
    struct rh_event held;
    struct rh_message held_message; /* referenced */
};

static void pass(struct relay *relay, struct rh_record record, const struct rh_event *event)
{
    record.event = event;
    rh_judge_record(relay->judge, &record);
}

static bool fits(const struct relay *relay, const struct rh_record *record)
{
    const struct rh_event *event = record->event;
    const struct bug *bug = relay->bug;
    return !relay->struck && record->kind == RH_RECORD_EVENT && event->kind == bug->kind &&
           (bug->signal == ANY || (int)event->signal == bug->signal) &&
           (bug->why == ANY || (int)event->why == bug->why);
}

static void hold(struct relay *relay, const struct rh_event *event)
{
    relay->holding = true;
    relay->held = *event;
    relay->held_message =
        event->message == NULL ? rh_message_none() : rh_message_ref(*event->message);
    relay->held.message = &relay->held_message;
}

static void release(struct relay *relay, const struct rh_record *record)
{
    relay->holding = false;
    pass(relay, *record, &relay->held);
    rh_message_unref(relay->held_message);
}

static bool same_channel(const struct relay *relay, const struct rh_event *event)
{
    return event->kind == relay->held.kind && rh_pid_equal(event->actor, relay->held.actor) &&
           rh_pid_equal(event->peer, relay->held.peer) &&
           (event->message == NULL || !rh_message_equal(event->message, &relay->held_message));
}

/* Hold one back until another of its channel has gone by. */
static void swap(struct relay *relay, const struct rh_record *record)
{
    if (relay->holding) {
        pass(relay, *record, record->event);
        if (record->kind == RH_RECORD_EVENT && same_channel(relay, record->event)) {
            relay->struck = true;
            release(relay, record);
        }
    } else if (fits(relay, record)) {
        hold(relay, record->event);
    } else {
        pass(relay, *record, record->event);
    }
}

static void on_record(void *self, const struct rh_record *record)
{
    struct relay *relay = self;
    if (relay->bug->act == SWAP) {
        swap(relay, record);
        return;
    }
    if (!fits(relay, record) || relay->skip-- > 0) {
        pass(relay, *record, record->event);
        return;
    }
    relay->struck = true;
    struct rh_event altered = *record->event;
    struct rh_message other = RH_ITEM(NULL, "altered");
    switch (relay->bug->act) {
    case LOSE:
        break;
    case REPEAT:
        pass(relay, *record, record->event);
        pass(relay, *record, record->event);
        break;
    default:
        altered.message = &other;
        altered.now = altered.due == 0 ? altered.now : altered.due - 1;
        pass(relay, *record, &altered);
        break;
    }
}

static void run(struct relay *relay, uint64_t seed)
{
    struct dice dice;
    struct rh_world *world = NULL;
    struct rh_strategy *strategy = NULL;
    uint32_t node = 0;
    assert_int_equal(rh_strategy_random(NULL, seed, 1, &strategy), RH_OK);
    const struct rh_world_options options = {
        .strategy = strategy, .seed = seed, .events_max = 5000};
    assert_int_equal(rh_world_create(&options, &world), RH_OK);
    assert_int_equal(rh_world_add_node(world, "n1", &node), RH_OK);
    const struct rh_listener listener = {RH_LISTEN_ALL, on_record, relay};
    assert_int_equal(rh_world_listen(world, &listener), RH_OK);
    rh_judge_reset(relay->judge, world);
    assert_int_equal(dice_cast(&dice, world, 6, 400), RH_OK);
    enum rh_end end = rh_world_run(world);
    if (relay->holding) {
        const struct rh_record record = {RH_RECORD_EVENT, rh_world_steps(world), 0, NULL};
        release(relay, &record);
    }
    rh_judge_finish(relay->judge, end);
    rh_world_destroy(world);
    rh_strategy_destroy(strategy);
}

/* How many of the seeds are needed until the bug is reported; 0: never. */
static uint32_t seeds_until_caught(const struct bug *bug)
{
    struct rh_judge *judge = NULL;
    const char *const only[] = {bug->family, NULL};
    const struct rh_judge_options options = {.only = only};
    assert_int_equal(rh_judge_create(&options, &judge), RH_OK);
    uint32_t caught = 0;
    for (uint32_t seed = 1; seed <= SEEDS && caught == 0; seed++) {
        struct relay relay = {.judge = judge, .bug = bug, .skip = seed % 3};
        run(&relay, seed);
        const struct rh_violation *found = rh_judge_violation(judge);
        assert_int_equal(rh_judge_status(judge), RH_OK);
        if (found != NULL) {
            assert_true(relay.struck || bug->act == SWAP);
            assert_memory_equal(found->invariant, bug->family, strlen(bug->family));
            assert_true(found->expected[0] != '\0');
            assert_true(found->observed[0] != '\0');
            caught = seed;
        }
    }
    rh_judge_destroy(judge);
    return caught;
}

static void every_bug_is_caught_by_its_family(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bugs) / sizeof(bugs[0]); i++) {
        if (seeds_until_caught(&bugs[i]) == 0) {
            fail_msg("%s: %s did not object", bugs[i].title, bugs[i].family);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_bug_is_caught_by_its_family)};
    return cmocka_run_group_tests_name("harness.check.relay", tests, NULL, NULL) ? 1 : 0;
}

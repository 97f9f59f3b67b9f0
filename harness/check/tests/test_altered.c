/* SPDX-License-Identifier: MIT */
/* Deliberate bugs of conversations: real runs whose marks pass through a relay that loses or repeats one. Unaltered they
 * hold; altered, the family that answers for it must object, within a few seeds. */
#include "harness/check/judge.h"

#include <rehearse/conversation.h>
#include <rehearse/program.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define SEEDS 600u
#define COMMANDS 6u
#define CAST 3u /* participants */

/* ---- the talk ---- */

struct cast {
    struct rh_pid keeper;
    struct rh_pid participants[CAST];
};

struct talker {
    uint32_t left;
};

static struct cast *cast; /* one world at a time */

static struct rh_message some_command(struct rh_context *ctx)
{
    const struct rh_allocator *allocator = rh_allocator_of(ctx);
    struct rh_pid participant = cast->participants[rh_random(ctx, CAST)];
    uint64_t wait = rh_random(ctx, 3) * 1000000;
    switch (rh_random(ctx, 12)) {
    case 0:
    case 1:
    case 2:
        return RH_ARRAY(allocator, "send", "hello");
    case 3:
    case 4:
    case 5:
        return RH_ARRAY(allocator, "receive", wait);
    case 6:
    case 7:
        return RH_ARRAY(allocator, "ask", "hello", wait);
    case 8:
        return RH_ARRAY(allocator, "await_exit", participant);
    case 9:
        return RH_ARRAY(allocator, "compensate", participant, "undo");
    case 10:
        return RH_ARRAY(allocator, "query");
    default:
        return rh_random(ctx, 4) == 0 ? RH_ARRAY(allocator, "close")
                                      : RH_ARRAY(allocator, "receive_of", 1, wait);
    }
}

static enum rh_status talk(struct rh_context *ctx, struct talker *talker)
{
    struct rh_ref reply;
    if (talker->left == 0) {
        return RH_OK;
    }
    talker->left--;
    if (rh_random(ctx, 8) == 0) {
        struct rh_pid victim = cast->participants[rh_random(ctx, CAST)];
        return rh_exit_signal(ctx, victim, RH_ITEM(NULL, "boom"));
    }
    enum rh_status status = rh_alias_open(ctx, RH_ALIAS_REPLY, &reply);
    if (status == RH_OK) {
        struct rh_message command = some_command(ctx);
        status =
            rh_send(ctx, cast->keeper, RH_ARRAY(rh_allocator_of(ctx), "$call", reply, command));
        rh_message_unref(command);
    }
    return status;
}

static enum rh_status talker_init(struct rh_context *ctx, void *state,
                                  const struct rh_delivery *start)
{
    struct talker *talker = state;
    (void)start;
    talker->left = COMMANDS;
    enum rh_status status = talk(ctx, talker);
    return status == RH_OK ? talk(ctx, talker) : status;
}

static enum rh_status talker_receive(struct rh_context *ctx, void *state,
                                     const struct rh_delivery *in)
{
    (void)in;
    return talk(ctx, state);
}

static const struct rh_behaviour talker = {.name = "talker",
                                           .state_bytes = sizeof(struct talker),
                                           .init = talker_init,
                                           .receive = talker_receive};

static const struct rh_behaviour *builtin(const char *name)
{
    const struct rh_program *program = rh_program_builtin();
    for (size_t i = 0; i < program->behaviour_count; i++) {
        if (strcmp(program->behaviours[i].behaviour->name, name) == 0) {
            return program->behaviours[i].behaviour;
        }
    }
    return NULL;
}

static struct rh_message arrangement(uint64_t seed)
{
    struct rh_builder builder;
    rh_builder_init(&builder, rh_allocator_default(), RH_MESSAGE_BYTES_CEILING);
    rh_build_map(&builder, 3);
    rh_build_text(&builder, "policy", 6);
    const char *word = rh_crash_policy_word((enum rh_crash_policy)(seed % RH_CRASH_POLICY_COUNT));
    rh_build_text(&builder, word, strlen(word));
    rh_build_text(&builder, "deadline", 8);
    rh_build_uint(&builder, seed % 4 == 0 ? 3000000 : 0);
    rh_build_text(&builder, "participants", 12);
    rh_build_array(&builder, CAST);
    for (uint32_t i = 0; i < CAST; i++) {
        rh_build_pid(&builder, cast->participants[i]);
    }
    return rh_build_finish(&builder);
}

static void populate(struct rh_world *world, uint64_t seed)
{
    static const char *const names[CAST] = {"p", "q", "r"};
    static const struct rh_fault_spec faults[] = {
        {.kind = RH_FAULT_CRASH, .actor = "conv/1", .max = 1},
        {.kind = RH_FAULT_CRASH, .actor = "conv/2", .max = 1},
    };
    struct rh_pid talkers[2];
    for (uint32_t i = 0; i < CAST; i++) {
        assert_int_equal(
            rh_world_spawn(world, 0, names[i], builtin("server"), NULL, &cast->participants[i]),
            RH_OK);
    }
    const struct rh_spawn_options options = {.argument = arrangement(seed)};
    assert_int_equal(
        rh_world_spawn(world, 0, "conv", &rh_conversation_behaviour, &options, &cast->keeper),
        RH_OK);
    assert_int_equal(rh_world_spawn(world, 0, "a", &talker, NULL, &talkers[0]), RH_OK);
    assert_int_equal(rh_world_spawn(world, 0, "b", &talker, NULL, &talkers[1]), RH_OK);
    assert_int_equal(rh_world_arm(world, faults, 2), RH_OK);
}

/* ---- the relay ---- */

enum act {
    NOTHING,
    LOSE,
    REPEAT
};

struct bug {
    const char *title;
    const char *family;
    enum act act;
    const char *topic;
    const char *word; /* an item of the mark; NULL: any */
};

static const struct bug bugs[] = {
    {"a phase is skipped", "conversations", LOSE, "conversation.phase", NULL},
    {"a phase is entered twice", "conversations", REPEAT, "conversation.phase", NULL},
    {"a crash is noted twice", "conversations", REPEAT, "conversation.participant", "crashed"},
    {"a crash is not noted", "conversations", LOSE, "conversation.participant", "crashed"},
    {"a stranger's crash is noted", "conversations", LOSE, "conversation.participant", "alive"},
    {"an incarnation begins twice", "conversations", REPEAT, "conversation.incarnation", NULL},
    {"an incarnation begins unseen", "conversations", LOSE, "conversation.incarnation", NULL},
    {"a notifier fires twice", "conversations", REPEAT, "conversation.notifier", "fired"},
    {"a notifier never fires", "conversations", LOSE, "conversation.notifier", "fired"},
    {"a notifier is not cancelled", "conversations", LOSE, "conversation.notifier", "cancelled"},
    {"a compensator runs twice", "conversations", REPEAT, "conversation.compensator", "run"},
    {"a compensator is not recorded", "conversations", LOSE, "conversation.compensator",
     "recorded"},
    {"a command is not answered", "commands", LOSE, "conversation.answer", NULL},
    {"a command is answered twice", "commands", REPEAT, "conversation.answer", NULL},
    {"a command is accepted twice", "commands", REPEAT, "conversation.command", NULL},
    {"an answer to nothing", "commands", LOSE, "conversation.command", NULL},
    {"a request is not sent", "requests", LOSE, "conversation.request", "sent"},
    {"a request is sent twice", "requests", REPEAT, "conversation.request", "sent"},
    {"a reply comes twice", "requests", REPEAT, "conversation.request", "replied"},
    {"a reply never came", "requests", LOSE, "conversation.request", "replied"},
    {"a reply is received twice", "requests", REPEAT, "conversation.request", "received"},
    {"a reply is not received", "requests", LOSE, "conversation.request", "received"},
    {"a request fails twice", "requests", REPEAT, "conversation.request", "failed"},
    {"a reply goes to nobody", "requests", LOSE, "conversation.command", "receive"},
};

struct relay {
    struct rh_judge *judge;
    const struct bug *bug;
    uint32_t skip;
    bool struck;
};

static bool has_word(const struct rh_message *message, const char *word)
{
    struct rh_reader reader;
    size_t count = 0;
    bool found = word == NULL;
    rh_reader_message(&reader, message);
    (void)rh_read_array(&reader, &count);
    for (size_t i = 0; i < count && !found; i++) {
        struct rh_item item;
        struct rh_reader inner;
        if (!rh_read_item(&reader, &item)) {
            break;
        }
        rh_reader_item(&inner, item);
        found = rh_read_word(&inner, word);
    }
    return found;
}

static bool fits(const struct relay *relay, const struct rh_record *record)
{
    const struct rh_event *event = record->event;
    const struct bug *bug = relay->bug;
    return !relay->struck && bug->act != NOTHING && record->kind == RH_RECORD_EVENT &&
           event->kind == RH_EVENT_MARK && strcmp(event->name, bug->topic) == 0 &&
           has_word(event->message, bug->word);
}

static void on_record(void *self, const struct rh_record *record)
{
    struct relay *relay = self;
    bool strikes = fits(relay, record) && relay->skip-- == 0;
    relay->struck = relay->struck || strikes;
    if (!strikes || relay->bug->act == REPEAT) {
        rh_judge_record(relay->judge, record);
    }
    if (strikes && relay->bug->act == REPEAT) {
        rh_judge_record(relay->judge, record);
    }
}

static enum rh_end run(struct relay *relay, uint64_t seed)
{
    struct cast the_cast;
    struct rh_world *world = NULL;
    struct rh_strategy *strategy = NULL;
    uint32_t node = 0;
    cast = &the_cast;
    assert_int_equal(rh_strategy_random(NULL, seed, 1, &strategy), RH_OK);
    const struct rh_world_options options = {
        .strategy = strategy, .seed = seed, .events_max = 20000};
    assert_int_equal(rh_world_create(&options, &world), RH_OK);
    assert_int_equal(rh_world_add_node(world, "n1", &node), RH_OK);
    const struct rh_listener listener = {RH_LISTEN_ALL, on_record, relay};
    assert_int_equal(rh_world_listen(world, &listener), RH_OK);
    rh_judge_reset(relay->judge, world);
    populate(world, seed);
    enum rh_end end = rh_world_run(world);
    rh_judge_finish(relay->judge, end);
    rh_world_destroy(world);
    rh_strategy_destroy(strategy);
    return end;
}

static void unaltered_runs_hold(void **state)
{
    (void)state;
    static const struct bug none = {.act = NOTHING};
    struct rh_judge *judge = NULL;
    static const char *const except[] = {"deadlock", NULL}; /* a talker may wait for ever */
    const struct rh_judge_options options = {.except = except};
    assert_int_equal(rh_judge_create(&options, &judge), RH_OK);
    for (uint32_t seed = 1; seed <= SEEDS; seed++) {
        struct relay relay = {.judge = judge, .bug = &none};
        assert_int_equal(run(&relay, seed), RH_END_QUIESCENT);
        const struct rh_violation *found = rh_judge_violation(judge);
        if (found != NULL) {
            fail_msg("seed %u: %s\nexpected: %s\nobserved: %s", seed, found->invariant,
                     found->expected, found->observed);
        }
        assert_int_equal(rh_judge_status(judge), RH_OK);
    }
    rh_judge_destroy(judge);
}

/* How many seeds are needed until the bug is reported; 0: never. */
static uint32_t seeds_until_caught(const struct bug *bug)
{
    struct rh_judge *judge = NULL;
    const char *const only[] = {bug->family, NULL};
    const struct rh_judge_options options = {.only = only};
    assert_int_equal(rh_judge_create(&options, &judge), RH_OK);
    uint32_t caught = 0;
    for (uint32_t seed = 1; seed <= SEEDS && caught == 0; seed++) {
        struct relay relay = {.judge = judge, .bug = bug, .skip = seed / 3 % 3};
        (void)run(&relay, seed);
        const struct rh_violation *found = rh_judge_violation(judge);
        assert_int_equal(rh_judge_status(judge), RH_OK);
        if (found != NULL) {
            assert_true(relay.struck);
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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unaltered_runs_hold),
        cmocka_unit_test(every_bug_is_caught_by_its_family),
    };
    return cmocka_run_group_tests_name("harness.check.altered", tests, NULL, NULL) ? 1 : 0;
}

/* SPDX-License-Identifier: MIT */
/* Making failures small: the corpus, whose minima are known, and what must not happen on the way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <rehearse/actor.h>
#include <rehearse/panic.h>
#include <rehearse/rehearse.h>
#include <rehearse/scenario.h>

#include "core/base/assert.h"
#include "harness/scenario/scenario.h"
#include "harness/shrink/draft.h"
#include "harness/shrink/reduce.h"
#include "harness/shrink/shrink.h"
#include "harness/shrink/tell.h"
#include "harness/shrink/tests/files.h"
#include "harness/trace/history.h"

#define CORPUS "harness/shrink/tests/corpus"

static char text[1 << 16];

/* Explore until it fails. */
static struct rh_result failing_run(const char *scenario_text, uint64_t seed)
{
    struct rh_scenario *scenario = NULL;
    struct rh_result result;
    const struct rh_scenario_strategy strategy = {.has_seed = true, .seed = seed};
    const struct rh_explore_options options = {.strategies = &strategy,
                                               .strategy_count = seed == 0 ? 0 : 1};
    assert_int_equal(
        rh_scenario_parse(NULL, "test.yaml", scenario_text, strlen(scenario_text), NULL, &scenario),
        RH_OK);
    assert_int_equal(rh_scenario_explore(scenario, &options, &result), RH_OK);
    rh_scenario_destroy(scenario);
    assert_true(result.has_violation);
    return result;
}

static enum rh_status shrink(const struct rh_result *result, uint64_t runs,
                             struct rh_shrunk *shrunk)
{
    const struct rh_shrink_options options = {.runs = runs};
    return rh_shrink(&options, result->trace.bytes, result->trace.size, shrunk);
}

static struct rh_shrunk shrink_text(const char *scenario_text)
{
    struct rh_shrunk shrunk;
    struct rh_result result = failing_run(scenario_text, 0);
    assert_int_equal(shrink(&result, 0, &shrunk), RH_OK);
    rh_result_deinit(&result);
    return shrunk;
}

/* ---- minimal ---- */

static struct rh_trial trial_of(const struct rh_shrunk *shrunk, struct rh_purse *purse,
                                const char *body)
{
    struct rh_trial trial;
    const struct rh_stage_options stage = {
        .path = "minimal.yaml", .seed = 1, .events_max = 100000, .purse = purse};
    *purse = (struct rh_purse){.runs = 1000000, .events = 100000000};
    rh_trial_init(&trial, &stage);
    assert_int_equal(rh_trial_begin(&trial, body, strlen(body), (const char *const *)shrunk->run.at,
                                    shrunk->run.count),
                     RH_OK);
    trial.guard = shrunk->guard;
    return trial;
}

static void strike_trimmings(struct rh_draft *draft)
{
    static const char *const keys[] = {"schedule", "explore"};
    for (size_t i = 0; i < 2; i++) {
        struct rh_draft_node *node = rh_draft_find(draft->root, keys[i]);
        if (node != NULL) {
            node->is_gone = true;
        }
    }
}

/* No entry can go by itself, whatever it is. */
static unsigned count_spare_entries(struct rh_draft *draft, struct rh_trial *trial)
{
    unsigned spare = 0;
    struct rh_reduction reduction = {draft, trial, 0};
    for (struct rh_draft_node *node = draft->root; node != NULL; node = rh_draft_next(node)) {
        bool fails = false;
        bool is_detail = trial->keeps_details && node->key != NULL && node->parent != NULL &&
                         node->parent->parent != NULL && node->parent->parent->parent != NULL;
        if (rh_reduce_may(node) && !is_detail) {
            node->is_gone = true;
            assert_int_equal(rh_reduce_try(&reduction, &fails), RH_OK);
            node->is_gone = false;
            spare += fails;
        }
    }
    return spare;
}

/* No line of the schedule can go by itself. */
static unsigned count_spare_lines(const struct rh_shrunk *shrunk, struct rh_trial *trial,
                                  const char *body)
{
    unsigned spare = 0;
    struct rh_stage stage;
    assert_int_equal(rh_stage_open(&stage, &trial->stage, body, strlen(body), RH_STAGE_NONE),
                     RH_OK);
    for (size_t gone = 0; gone < shrunk->schedule.count; gone++) {
        const char *lines[256];
        size_t count = 0;
        struct rh_outcome_of_run outcome;
        assert_true(shrunk->schedule.count <= 256);
        for (size_t i = 0; i < shrunk->schedule.count; i++) {
            if (i != gone) {
                lines[count++] = shrunk->schedule.at[i];
            }
        }
        assert_int_equal(rh_stage_follow(&stage, lines, count, false, &outcome, NULL), RH_OK);
        spare += rh_trial_is_wanted(trial, &outcome) && outcome.steps <= trial->steps;
    }
    rh_stage_close(&stage);
    return spare;
}

static void assert_minimal(const struct rh_shrunk *shrunk)
{
    struct rh_scenario *scenario = NULL;
    struct rh_draft draft;
    struct rh_purse purse;
    struct rh_text_buffer body;
    assert_true(shrunk->is_whole);
    assert_int_equal(
        rh_scenario_parse(NULL, "minimal", shrunk->text, shrunk->length, NULL, &scenario), RH_OK);
    assert_int_equal(rh_draft_init(&draft, NULL, &scenario->document), RH_OK);
    strike_trimmings(&draft);
    rh_text_buffer_init(&body, NULL, 1 << 20);
    rh_draft_write(&draft, &body);
    struct rh_trial trial = trial_of(shrunk, &purse, rh_text_buffer_text(&body));
    rh_reduce_freeze(&draft, shrunk->failure.line, shrunk->failure.column);
    assert_int_equal(count_spare_lines(shrunk, &trial, rh_text_buffer_text(&body)), 0);
    assert_int_equal(count_spare_entries(&draft, &trial), 0);
    rh_text_buffer_deinit(&body);
    rh_trial_deinit(&trial);
    rh_draft_deinit(&draft);
    rh_scenario_destroy(scenario);
}

/* ---- the corpus ---- */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void every_failure_of_the_corpus_becomes_as_small_as_it_can(void **state)
{
    static struct files files;
    double ratios[FILES_MAX];
    (void)state;
    files_collect(&files, CORPUS);
    assert_true(files.count >= 10);
    for (size_t i = 0; i < files.count; i++) {
        (void)files_read(files.names[i], text, sizeof text);
        assert_int_equal(strncmp(text, "# minimum: ", 11), 0);
        unsigned long minimum = strtoul(text + 11, NULL, 10);
        struct rh_shrunk shrunk = shrink_text(text);
        ratios[i] = (double)shrunk.after.steps / (double)minimum;
        printf("%-44s %3llu -> %2llu steps, minimum %2lu; %2u -> %u actors; %4llu versions, %5llu "
               "runs\n",
               files.names[i] + sizeof CORPUS, (unsigned long long)shrunk.before.steps,
               (unsigned long long)shrunk.after.steps, minimum, shrunk.before.actors,
               shrunk.after.actors, (unsigned long long)shrunk.tries,
               (unsigned long long)shrunk.runs);
        assert_true(ratios[i] <= 1.5);
        assert_true(shrunk.after.steps >= minimum); /* or the minimum is not known */
        assert_minimal(&shrunk);
        rh_shrunk_deinit(&shrunk);
    }
    qsort(ratios, files.count, sizeof ratios[0], by_size);
    printf("events / known minimum: median %.2f, worst %.2f, of %zu\n", ratios[files.count / 2],
           ratios[files.count - 1], files.count);
}

/* ---- an actor that panics ---- */

static unsigned panics;

static void count_panic(const char *file, int line, const char *condition)
{
    (void)file;
    (void)line;
    (void)condition;
    panics++;
}

struct fuse {
    bool wet;
};

/* Its author never meant it to be lit dry. */
static enum rh_status fuse_receive(struct rh_context *ctx, void *state,
                                   const struct rh_delivery *in)
{
    struct fuse *fuse = state;
    struct rh_text word;
    if (RH_MATCH(&in->message, &word) && word.size == 3) {
        fuse->wet = true;
        return RH_OK;
    }
    RH_ASSERT(fuse->wet);
    return rh_output(ctx, RH_ITEM(NULL, "hiss"));
}

static const struct rh_behaviour fuse_behaviour = {
    .name = "fuse", .state_bytes = sizeof(struct fuse), .receive = fuse_receive};
static const struct rh_program_behaviour fuse_entry = {.behaviour = &fuse_behaviour,
                                                       .about = "panics when it is lit dry"};
static const struct rh_program fuse_program = {
    .name = "fuses", .version = "1", .behaviours = &fuse_entry, .behaviour_count = 1};

static const char wet_fuse[] = "scenario: a fuse that hisses\n"
                               "actors: {f: fuse, other: sink}\n"
                               "steps:\n"
                               "  - input: {to: f, message: [wet]}\n"
                               "  - input: {to: other, message: noise}\n"
                               "  - input: {to: f, message: [spark]}\n"
                               "never:\n"
                               "  - output: {actor: f, message: hiss}\n";

static void a_version_that_panics_fails_otherwise(void **state)
{
    (void)state;
    struct rh_scenario *scenario = NULL;
    struct rh_result result;
    struct rh_shrunk shrunk;
    panics = 0;
    rh_panic_hook before = rh_panic_hook_set(count_panic);
    assert_int_equal(
        rh_scenario_parse(NULL, "test.yaml", wet_fuse, strlen(wet_fuse), &fuse_program, &scenario),
        RH_OK);
    assert_int_equal(rh_scenario_error_count(scenario), 0);
    assert_int_equal(rh_scenario_explore(scenario, NULL, &result), RH_OK);
    assert_true(result.has_violation);
    const struct rh_shrink_options options = {.program = &fuse_program};
    assert_int_equal(rh_shrink(&options, result.trace.bytes, result.trace.size, &shrunk), RH_OK);
    assert_true(shrunk.is_whole);
    assert_int_equal(shrunk.after.actors, 1);
    assert_non_null(strstr(shrunk.text, "wet")); /* without it, the fuse goes off */
    assert_non_null(strstr(shrunk.text, "spark"));
    assert_null(strstr(shrunk.text, "noise"));
    rh_shrunk_deinit(&shrunk);
    rh_result_deinit(&result);
    rh_scenario_destroy(scenario);
    assert_int_equal(panics, 0);
    assert_ptr_equal(rh_panic_hook_set(before), count_panic);
}

/* ---- the same failure, and no other ---- */

static const char two_bugs[] =
    "scenario: two bugs, of which one is easier to have\n"
    "behaviours:\n"
    "  door:\n"
    "    state: {open: false, knocks: 0}\n"
    "    on:\n"
    "      - message: open\n"
    "        do: {set: {$open: true}}\n"
    "      - message: enter\n"
    "        do: [{if: {$open: false}, then: {output: bumped}}]\n"
    "      - message: knock\n"
    "        do: [{add: {$knocks: 1}}, {if: {$knocks: {gt: 1}}, then: {output: annoyed}}]\n"
    "actors:\n"
    "  door: door\n"
    "  a: {behaviour: sender, with: {to: door, message: open}}\n"
    "  b: {behaviour: sender, with: {to: door, message: enter}}\n"
    "  c: {behaviour: sender, with: {to: door, message: knock, count: 2}}\n"
    "never:\n"
    "  - output: {actor: door, message: annoyed}\n"
    "  - output: {actor: door, message: bumped}\n"
    "explore: {strategy: random, runs: 1}\n";

static void does_not_end_with_another_bug(void **state)
{
    unsigned bumped = 0;
    unsigned annoyed = 0;
    (void)state;
    for (uint64_t seed = 1; seed < 20; seed++) {
        struct rh_fingerprint wanted;
        struct rh_shrunk shrunk;
        struct rh_result result = failing_run(two_bugs, seed);
        assert_int_equal(rh_fingerprint_read(&wanted, NULL, result.trace.bytes, result.trace.size),
                         RH_OK);
        assert_int_equal(shrink(&result, 0, &shrunk), RH_OK);
        bool is_bump = strstr(wanted.observed, "bumped") != NULL;
        assert_true(rh_fingerprint_same(&wanted, &shrunk.failure));
        assert_int_equal(is_bump, strstr(shrunk.text, "message: bumped") != NULL);
        assert_int_equal(is_bump, strstr(shrunk.text, "message: annoyed") == NULL);
        bumped += is_bump;
        annoyed += !is_bump;
        rh_shrunk_deinit(&shrunk);
        rh_result_deinit(&result);
    }
    assert_true(bumped > 0);
    assert_true(annoyed > 0);
}

static void a_deadlock_stays_one_of_the_same_actors(void **state)
{
    (void)state;
    (void)files_read(CORPUS "/two-locks.yaml", text, sizeof text);
    struct rh_shrunk shrunk = shrink_text(text);
    assert_string_equal(shrunk.failure.named, "a b p q ");
    assert_non_null(strstr(shrunk.text, "q: {behaviour: taker, with: {first: <b>, second: <a>}}"));
    rh_shrunk_deinit(&shrunk);
}

/* Without who sends the third answer it would fail always, and be smaller. */
static void what_passes_in_order_must_go_on_passing(void **state)
{
    static const char three[] =
        "scenario: three answers are counted, unless the counter is reset among them\n"
        "behaviours:\n"
        "  tally:\n"
        "    state: {n: 0}\n"
        "    on:\n"
        "      - message: one\n"
        "        do: {add: {$n: 1}}\n"
        "      - message: reset\n"
        "        do: {set: {$n: 0}}\n"
        "actors:\n"
        "  counter: tally\n"
        "  r: {behaviour: sender, with: {to: counter, message: reset}}\n"
        "  a: {behaviour: sender, with: {to: counter, message: one}}\n"
        "  b: {behaviour: sender, with: {to: counter, message: one, count: 2}}\n"
        "expect:\n"
        "  - state: {counter: {$n: 3}}\n"
        "explore: {strategy: random, runs: 50}\n";
    (void)state;
    struct rh_shrunk shrunk = shrink_text(three);
    assert_int_equal(shrunk.guard, RH_GUARD_PLAIN);
    assert_int_equal(shrunk.after.actors, 4);
    assert_int_equal(shrunk.after.steps, 4);
    assert_int_equal(shrunk.neighbour.difference, RH_DIFFERENCE_SWAP);
    rh_shrunk_deinit(&shrunk);
}

static void of_what_never_holds_the_surroundings_are_kept(void **state)
{
    static const char never_holds[] = "scenario: nobody ends it\n"
                                      "actors:\n"
                                      "  b: sink\n"
                                      "  a: {behaviour: sender, with: {to: <b>, message: 7}}\n"
                                      "  c: {behaviour: sink, link: d}\n"
                                      "  d: sink\n"
                                      "expect:\n"
                                      "  - dead: {b: boom}\n"
                                      "explore: {strategy: fifo}\n";
    (void)state;
    struct rh_shrunk shrunk = shrink_text(never_holds);
    assert_int_equal(shrunk.guard, RH_GUARD_OBSERVED);
    assert_non_null(strstr(shrunk.text, "a: {behaviour: sender, with: {to: <b>, message: 7}}"));
    assert_null(strstr(shrunk.text, "c: "));
    assert_int_equal(shrunk.neighbour.difference, RH_DIFFERENCE_NONE);
    assert_false(shrunk.too_late.is_known);
    assert_true(shrunk.too_late.is_certain);
    rh_shrunk_deinit(&shrunk);
}

/* ---- lesser faults ---- */

static const char sight[] = "scenario: who watches over a wire loses sight\n"
                            "nodes: [n1, n2]\n"
                            "pipes: [{between: [n1, n2], connected: true}]\n"
                            "behaviours:\n"
                            "  watcher:\n"
                            "    init: {monitor: {name: svc, node: n2}}\n"
                            "    on: [{down: noconnection, do: {output: lost}}]\n"
                            "actors:\n"
                            "  a: watcher\n"
                            "  b: {behaviour: sink, node: n2, name: svc}\n"
                            "never: [{output: {actor: a, message: lost}}]\n"
                            "explore: {strategy: random}\n"
                            "faults: [{%s}]\n";

static void of_all_faults_that_do_it_the_least_is_left(void **state)
{
    static const char *const faults[] = {
        "reset_pipe: [n1, n2]", "close_pipe: [n1, n2]",
        "blip: [n1, n2]",       "cut_pipe: {between: [n1, n2], bytes: 5}",
        "kill_node: n2",
    };
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        (void)snprintf(text, sizeof text, sight, faults[i]);
        struct rh_shrunk shrunk = shrink_text(text);
        assert_non_null(strstr(shrunk.text, "half_close_pipe: "));
        assert_minimal(&shrunk);
        rh_shrunk_deinit(&shrunk);
    }
}

/* ---- what a fault is about ---- */

static const char a_job_is_lost[] =
    "scenario: a job is lost on its way\n"
    "behaviours:\n"
    "  tool:\n"
    "    on: [{message: [note], do: {output: noted}}, {message: [job, _], do: {output: finished}}]\n"
    "actors:\n"
    "  giver: {behaviour: sink,\n"
    "          script: [{send: {to: tool, message: [note]}}, {send: {to: tool, message: [job, 1]}}]}\n"
    "  tool: tool\n"
    "faults: [{drop: {to: tool, from: giver, message: [job, _]}, when: {times: 1}}]\n"
    "expect: [{output: {tool: [noted, finished]}}]\n"
    "explore: {strategy: random}\n";

/* Struck out too early, the note would be taken instead of the job. */
static void what_a_fault_is_about_goes_and_what_it_strikes_stays(void **state)
{
    (void)state;
    struct rh_shrunk shrunk = shrink_text(a_job_is_lost);
    assert_non_null(strstr(shrunk.text, "\nfaults: [{drop: {}}]\n"));
    assert_non_null(strstr(shrunk.text, "- drop giver -> tool: [job, 1]"));
    assert_minimal(&shrunk);
    rh_shrunk_deinit(&shrunk);
}

/* ---- a build without the bug ---- */

static unsigned asked;

static bool holds_with_a(void *self, const char *version, size_t length)
{
    (void)length;
    asked++;
    return strstr(version, self) != NULL;
}

static const char never_ends[] = "scenario: nobody ends it\n"
                                 "actors:\n"
                                 "  b: sink\n"
                                 "  a: {behaviour: sender, with: {to: <b>, message: 7}}\n"
                                 "  c: {behaviour: sender, with: {to: <b>, message: 8}}\n"
                                 "expect: [{dead: {b: boom}}]\n"
                                 "explore: {strategy: fifo}\n";

static enum rh_status shrink_against(const char *what, struct rh_shrunk *shrunk)
{
    char self[32];
    (void)snprintf(self, sizeof self, "%s", what);
    struct rh_result result = failing_run(never_ends, 0);
    const struct rh_shrink_options options = {.holds = holds_with_a, .holds_self = self};
    asked = 0;
    enum rh_status status = rh_shrink(&options, result.trace.bytes, result.trace.size, shrunk);
    rh_result_deinit(&result);
    return status;
}

static void where_the_bug_is_not_decides_what_is_kept(void **state)
{
    struct rh_shrunk shrunk;
    (void)state;
    assert_int_equal(shrink_against("message: 7", &shrunk), RH_OK);
    assert_int_equal(shrunk.guard, RH_GUARD_ELSEWHERE);
    assert_true(shrunk.is_whole);
    assert_non_null(strstr(shrunk.text, "message: 7"));
    assert_null(strstr(shrunk.text, "message: 8")); /* alone, all of it would be kept */
    assert_true(asked > 2);
    rh_shrunk_deinit(&shrunk);
}

static void a_build_in_which_nothing_holds_is_refused(void **state)
{
    struct rh_shrunk shrunk;
    (void)state;
    assert_int_equal(shrink_against("message: 9", &shrunk), RH_TAKEN);
    assert_int_equal(asked, 1);
    rh_shrunk_deinit(&shrunk);
}

/* ---- the result ---- */

static void the_same_trace_gives_the_same_result(void **state)
{
    struct rh_shrunk one;
    struct rh_shrunk two;
    (void)state;
    (void)files_read(CORPUS "/overdraft.yaml", text, sizeof text);
    struct rh_result result = failing_run(text, 0);
    assert_int_equal(shrink(&result, 0, &one), RH_OK);
    assert_int_equal(shrink(&result, 0, &two), RH_OK);
    assert_string_equal(one.text, two.text);
    assert_int_equal(one.trace.size, two.trace.size);
    assert_memory_equal(one.trace.bytes, two.trace.bytes, one.trace.size);
    assert_int_equal(one.runs, two.runs);
    assert_int_equal(one.events, two.events);
    rh_shrunk_deinit(&one);
    rh_shrunk_deinit(&two);
    rh_result_deinit(&result);
}

static void the_result_fails_by_itself_and_shrinks_no_further(void **state)
{
    (void)state;
    (void)files_read(CORPUS "/overtaken.yaml", text, sizeof text);
    struct rh_shrunk once = shrink_text(text);
    struct rh_shrunk twice = shrink_text(once.text);
    assert_true(rh_fingerprint_same(&once.failure, &twice.failure));
    assert_int_equal(twice.after.steps, once.after.steps);
    assert_string_equal(strchr(twice.text, '\n'), strchr(once.text, '\n'));
    rh_shrunk_deinit(&once);
    rh_shrunk_deinit(&twice);
}

static void a_small_purse_leaves_a_larger_scenario_that_fails(void **state)
{
    uint64_t before = 0;
    (void)state;
    (void)files_read(CORPUS "/overdraft.yaml", text, sizeof text);
    struct rh_result result = failing_run(text, 0);
    for (uint64_t runs = 60; runs < 4000; runs *= 8) {
        struct rh_shrunk shrunk;
        assert_int_equal(shrink(&result, runs, &shrunk), RH_OK);
        assert_true(shrunk.length > 0);
        assert_true(before == 0 || shrunk.length <= before);
        assert_int_equal(shrunk.is_whole, runs > 2000);
        before = shrunk.length;
        rh_shrunk_deinit(&shrunk);
    }
    rh_result_deinit(&result);
}

static void a_trace_in_which_nothing_failed_is_refused(void **state)
{
    static const char good[] = "scenario: all is well\nactors: {a: sink}\nexpect: {alive: a}\n";
    struct rh_scenario *scenario = NULL;
    struct rh_result result;
    struct rh_shrunk shrunk;
    const struct rh_explore_options options = {.keep_trace = true};
    (void)state;
    assert_int_equal(rh_scenario_parse(NULL, "good", good, strlen(good), NULL, &scenario), RH_OK);
    assert_int_equal(rh_scenario_explore(scenario, &options, &result), RH_OK);
    assert_int_equal(shrink(&result, 0, &shrunk), RH_NOT_FOUND);
    rh_shrunk_deinit(&shrunk);
    assert_int_not_equal(
        rh_shrink(&(struct rh_shrink_options){0}, (const uint8_t *)"no trace", 8, &shrunk), RH_OK);
    rh_shrunk_deinit(&shrunk);
    rh_result_deinit(&result);
    rh_scenario_destroy(scenario);
}

/* ---- what would have helped ---- */

static void finds_the_two_runs_between_which_it_fails(void **state)
{
    char sentence[512];
    (void)state;
    (void)files_read(CORPUS "/late-watcher.yaml", text, sizeof text);
    struct rh_shrunk shrunk = shrink_text(text);
    assert_int_equal(shrunk.neighbour.difference, RH_DIFFERENCE_SWAP);
    rh_tell_nearest(&shrunk, false, sentence, sizeof sentence);
    assert_string_equal(sentence, "In another order that fails alike, had 'down target -> watcher: "
                                  "normal' (step 3) come before 'input watcher: go' (step 2), "
                                  "everything would have held.");
    rh_tell_nearest(&shrunk, true, sentence, sizeof sentence);
    assert_non_null(
        strstr(sentence, "In another order of the shrunk run, which fails alike, had "));
    assert_true(shrunk.too_late.is_known);
    assert_true(shrunk.too_late.is_certain);
    assert_string_equal(shrunk.run.at[shrunk.too_late.at], "input watcher: go");
    rh_shrunk_deinit(&shrunk);
}

static void tells_what_would_have_had_to_happen_first(void **state)
{
    char sentence[512];
    (void)state;
    (void)files_read(CORPUS "/overtaken.yaml", text, sizeof text);
    struct rh_shrunk shrunk = shrink_text(text);
    assert_int_equal(shrunk.neighbour.difference, RH_DIFFERENCE_FIRST);
    assert_string_equal(shrunk.neighbour.run.at[shrunk.neighbour.at], "opener -> reader: open");
    rh_tell_nearest(&shrunk, false, sentence, sizeof sentence);
    assert_int_equal(strncmp(sentence, "Had 'opener -> reader: open' come before ", 41), 0);
    rh_tell_nearest(&shrunk, true, sentence, sizeof sentence);
    assert_int_equal(strncmp(sentence, "In the shrunk run, had 'opener", 30), 0);
    rh_shrunk_deinit(&shrunk);
}

static void spares_a_fault_and_changes_a_number(void **state)
{
    (void)state;
    (void)files_read(CORPUS "/lost-jobs.yaml", text, sizeof text);
    struct rh_shrunk shrunk = shrink_text(text);
    assert_int_equal(shrunk.neighbour.difference, RH_DIFFERENCE_FAULT);
    assert_non_null(strstr(shrunk.text, "crash: hand")); /* it was killed */
    rh_shrunk_deinit(&shrunk);
    (void)files_read(CORPUS "/unlucky-number.yaml", text, sizeof text);
    shrunk = shrink_text(text);
    assert_int_equal(shrunk.neighbour.difference, RH_DIFFERENCE_ANSWER);
    rh_shrunk_deinit(&shrunk);
}

/* What the two traces that stand side by side say of themselves. */
static bool is_failing(const struct rh_bytes_owned *trace)
{
    struct rh_history history;
    assert_int_equal(rh_history_load(&history, NULL, trace->bytes, trace->size), RH_OK);
    assert_true(history.has_footer);
    bool is = history.result.has_violation;
    rh_history_deinit(&history);
    return is;
}

static void records_the_run_beside_the_failing_one(void **state)
{
    static const char *const files[] = {"late-watcher.yaml", "overtaken.yaml", "lost-jobs.yaml",
                                        "unlucky-number.yaml"};
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[128];
        (void)snprintf(path, sizeof path, CORPUS "/%s", files[i]);
        (void)files_read(path, text, sizeof text);
        struct rh_shrunk shrunk = shrink_text(text);
        assert_true(is_failing(&shrunk.trace));
        assert_false(is_failing(&shrunk.nearest_trace));
        assert_int_equal(shrunk.beside_trace.size > 0, shrunk.neighbour.failing.count > 0);
        assert_true(shrunk.beside_trace.size == 0 || is_failing(&shrunk.beside_trace));
        rh_shrunk_deinit(&shrunk);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_failure_of_the_corpus_becomes_as_small_as_it_can),
        cmocka_unit_test(a_version_that_panics_fails_otherwise),
        cmocka_unit_test(does_not_end_with_another_bug),
        cmocka_unit_test(a_deadlock_stays_one_of_the_same_actors),
        cmocka_unit_test(what_passes_in_order_must_go_on_passing),
        cmocka_unit_test(of_what_never_holds_the_surroundings_are_kept),
        cmocka_unit_test(of_all_faults_that_do_it_the_least_is_left),
        cmocka_unit_test(what_a_fault_is_about_goes_and_what_it_strikes_stays),
        cmocka_unit_test(where_the_bug_is_not_decides_what_is_kept),
        cmocka_unit_test(a_build_in_which_nothing_holds_is_refused),
        cmocka_unit_test(the_same_trace_gives_the_same_result),
        cmocka_unit_test(the_result_fails_by_itself_and_shrinks_no_further),
        cmocka_unit_test(a_small_purse_leaves_a_larger_scenario_that_fails),
        cmocka_unit_test(a_trace_in_which_nothing_failed_is_refused),
        cmocka_unit_test(finds_the_two_runs_between_which_it_fails),
        cmocka_unit_test(tells_what_would_have_had_to_happen_first),
        cmocka_unit_test(spares_a_fault_and_changes_a_number),
        cmocka_unit_test(records_the_run_beside_the_failing_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}

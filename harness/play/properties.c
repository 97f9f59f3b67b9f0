/* SPDX-License-Identifier: MIT */
/* The scenario's own properties as one checker. `expect` is judged when a run has ended by itself; `always` behind every
 * event, once the stage is set; `never` and the counts as events come; `eventually` when its time is over or the run is.
 * A run that was cut short proves nothing about what holds at the end, so nothing is judged then. */
#include "harness/play/properties.h"

#include <stdio.h>

#include "harness/document/number.h"

static void fail_event(struct properties *properties, const char *invariant,
                       const struct rh_plan_event *pattern, const struct rh_record *record)
{
    struct rh_violation violation = {.invariant = invariant,
                                     .step = record->step,
                                     .actors = {record->event->actor, record->event->peer},
                                     .line = pattern->at.start.line,
                                     .column = pattern->at.start.column};
    struct words expected = {violation.expected, sizeof violation.expected, 0};
    struct words observed = {violation.observed, sizeof violation.observed, 0};
    words_print(&expected, "never: ");
    words_pattern(&expected, properties->play, pattern);
    words_event(&observed, properties->play, record);
    rh_judge_fail(properties->play->judge, &violation);
}

static void fail_promise(struct properties *properties, uint32_t index, uint64_t step)
{
    const struct rh_plan_promise *plan = &properties->play->plan->eventually[index];
    const struct promise *promise = &properties->promises[index];
    struct rh_violation violation = {.invariant = "eventually",
                                     .step = step,
                                     .line = plan->at.start.line,
                                     .column = plan->at.start.column};
    struct words expected = {violation.expected, sizeof violation.expected, 0};
    struct words observed = {violation.observed, sizeof violation.observed, 0};
    words_pattern(&expected, properties->play, &plan->event);
    if (plan->within != RH_NEVER) {
        words_print(&expected, ", within %s", rh_duration_print(plan->within).text);
    }
    if (plan->has_after) {
        words_print(&expected, ", after ");
        words_pattern(&expected, properties->play, &plan->after);
    }
    words_print(&observed, "nothing like it since %s", rh_duration_print(promise->since).text);
    rh_judge_fail(properties->play->judge, &violation);
}

/* ---- as events come ---- */

static void count_events(struct properties *properties, const struct rh_plan_claim *claims,
                         uint32_t claim_count, uint64_t *counts, const struct rh_record *record)
{
    for (uint32_t i = 0; i < claim_count; i++) {
        if (claims[i].kind == RH_CLAIM_TALLY &&
            event_fits(properties->play, &claims[i].event, record)) {
            counts[i]++;
        }
    }
}

static void keep_promises(struct properties *properties, const struct rh_record *record)
{
    struct rh_play *play = properties->play;
    for (uint32_t i = 0; i < play->plan->eventually_count; i++) {
        const struct rh_plan_promise *plan = &play->plan->eventually[i];
        struct promise *promise = &properties->promises[i];
        bool minds = plan->has_after; /* what comes behind what */
        bool keeps = (promise->is_open || minds) && event_fits(play, &plan->event, record);
        bool opens = minds && event_fits(play, &plan->after, record);
        if (keeps && minds) {
            rh_world_touch_promise(play->world, i, false);
        }
        if (opens) {
            rh_world_touch_promise(play->world, i, true);
        }
        if (keeps && promise->is_open) {
            promise->is_open = false;
            properties->promise_judged[i]++;
            rh_judge_evaluated(play->judge);
        }
        if (opens && !promise->is_open) {
            *promise = (struct promise){true, record->event->now};
        }
    }
}

static void check_never(struct properties *properties, const struct rh_record *record)
{
    const struct rh_plan *plan = properties->play->plan;
    for (uint32_t i = 0; i < plan->never_count; i++) {
        if (event_fits(properties->play, &plan->never[i], record)) {
            fail_event(properties, "never", &plan->never[i], record);
        }
    }
}

/* ---- between events ---- */

static void check_deadlines(struct properties *properties, const struct rh_record *record)
{
    const struct rh_plan *plan = properties->play->plan;
    for (uint32_t i = 0; i < plan->eventually_count && !plan->time_free; i++) {
        const struct promise *promise = &properties->promises[i];
        rh_duration within = plan->eventually[i].within;
        if (promise->is_open && within != RH_NEVER && record->event->now > promise->since &&
            record->event->now - promise->since > within) {
            fail_promise(properties, i, record->step);
        }
    }
}

static void check_always(struct properties *properties, uint64_t step)
{
    const struct rh_plan *plan = properties->play->plan;
    for (uint32_t i = 0; i < plan->always_count; i++) {
        struct rh_violation violation = {.invariant = "always", .step = step};
        properties->always_judged[i]++;
        rh_judge_evaluated(properties->play->judge);
        if (!claim_holds(properties->play, &plan->always[i], properties->always_counts[i],
                         &violation)) {
            rh_judge_fail(properties->play->judge, &violation);
            return;
        }
    }
}

/* ---- the checker ---- */

static void begin(void *self)
{
    struct properties *properties = self;
    const struct rh_plan *plan = properties->play->plan;
    properties->has_started = false;
    for (uint32_t i = 0; i < plan->expect_count; i++) {
        properties->expect_counts[i] = 0;
    }
    for (uint32_t i = 0; i < plan->always_count; i++) {
        properties->always_counts[i] = 0;
    }
    for (uint32_t i = 0; i < plan->eventually_count; i++) {
        properties->promises[i] = (struct promise){!plan->eventually[i].has_after, 0};
    }
}

static void record(void *self, const struct rh_record *record)
{
    struct properties *properties = self;
    const struct rh_plan *plan = properties->play->plan;
    if (record->kind == RH_RECORD_STEP) {
        properties->has_started = true;
        check_deadlines(properties, record);
        check_always(properties, record->step > 0 ? record->step - 1 : 0);
        return;
    }
    count_events(properties, plan->expect, plan->expect_count, properties->expect_counts, record);
    count_events(properties, plan->always, plan->always_count, properties->always_counts, record);
    keep_promises(properties, record);
    check_never(properties, record);
}

static void finish_claims(struct properties *properties, uint64_t step)
{
    static const char *const invariants[RH_CLAIM_COUNT] = {
#define X(identifier, word, always, sentence) "expect/" word,
        RH_CLAIM_MAP(X)
#undef X
    };
    struct rh_play *play = properties->play;
    for (uint32_t i = 0; i < play->plan->expect_count; i++) {
        const struct rh_plan_claim *claim = &play->plan->expect[i];
        struct rh_violation violation = {.invariant = invariants[claim->kind], .step = step};
        properties->expect_judged[i]++;
        rh_judge_evaluated(play->judge);
        if (claim->kind != RH_CLAIM_OUTCOMES && claim->kind != RH_CLAIM_RUNS &&
            !claim_holds(play, claim, properties->expect_counts[i], &violation)) {
            rh_judge_fail(play->judge, &violation);
            return;
        }
    }
}

static void finish(void *self, enum rh_end end)
{
    struct properties *properties = self;
    struct rh_play *play = properties->play;
    uint64_t step = rh_world_steps(play->world);
    for (uint32_t i = 0; i < play->plan->never_count; i++) {
        properties->never_judged[i]++;
    }
    if (end != RH_END_QUIESCENT) {
        return;
    }
    check_always(properties, step);
    for (uint32_t i = 0; i < play->plan->eventually_count; i++) {
        if (properties->promises[i].is_open && !rh_judge_has_failed(play->judge)) {
            fail_promise(properties, i, step);
        }
    }
    if (!rh_judge_has_failed(play->judge)) {
        finish_claims(properties, step);
    }
}

static uint64_t kinds_of(const struct rh_plan *plan)
{
    bool looks_between_events = plan->always_count > 0 || plan->eventually_count > 0;
    uint64_t kinds = looks_between_events ? RH_LISTEN_RECORD(STEP) : 0;
    for (uint32_t i = 0; i < plan->expect_count; i++) {
        kinds |= plan->expect[i].kind == RH_CLAIM_TALLY ? event_kinds(&plan->expect[i].event) : 0;
    }
    for (uint32_t i = 0; i < plan->always_count; i++) {
        kinds |= plan->always[i].kind == RH_CLAIM_TALLY ? event_kinds(&plan->always[i].event) : 0;
    }
    for (uint32_t i = 0; i < plan->never_count; i++) {
        kinds |= event_kinds(&plan->never[i]);
    }
    for (uint32_t i = 0; i < plan->eventually_count; i++) {
        kinds |= event_kinds(&plan->eventually[i].event);
        kinds |= plan->eventually[i].has_after ? event_kinds(&plan->eventually[i].after) : 0;
    }
    return kinds;
}

enum rh_status rh_play_judge(struct rh_play *play, struct rh_judge *judge)
{
    return rh_judge_add(judge, &play->properties->checker, play->properties);
}

/* ---- life ---- */

static void watch(struct properties *properties)
{
    const struct rh_plan *plan = properties->play->plan;
    for (uint32_t i = 0; i < plan->expect_count; i++) {
        for (uint32_t o = 0; o < plan->expect[i].observation_count; o++) {
            properties->watched[properties->watched_count++] =
                plan->names[plan->expect[i].observations[o].actor];
        }
    }
    properties->play->ledger.watched = properties->watched;
    properties->play->ledger.watched_count = properties->watched_count;
}

static uint32_t observations_of(const struct rh_plan *plan)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < plan->expect_count; i++) {
        count += plan->expect[i].observation_count;
    }
    return count;
}

enum rh_status properties_create(struct rh_play *play)
{
    const struct rh_plan *plan = play->plan;
    struct properties *properties = play_allocate(play, 1, sizeof *properties);
    if (properties == NULL) {
        return RH_NO_MEMORY;
    }
    play->properties = properties;
    properties->play = play;
    properties->checker = (struct rh_checker){
        .name = "scenario",
        .covers = "",
        .claim = "what the scenario itself expects",
        .kinds = kinds_of(plan),
        .live = true,
        .begin = begin,
        .record = record,
        .finish = finish,
    };
    uint64_t **const counters[] = {&properties->expect_counts, &properties->expect_judged,
                                   &properties->always_counts, &properties->always_judged,
                                   &properties->never_judged,  &properties->promise_judged};
    const uint32_t counts[] = {plan->expect_count, plan->expect_count, plan->always_count,
                               plan->always_count, plan->never_count,  plan->eventually_count};
    bool good = true;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        *counters[i] = play_allocate(play, counts[i], sizeof(uint64_t));
        good = good && *counters[i] != NULL;
    }
    properties->promises =
        play_allocate(play, plan->eventually_count, sizeof *properties->promises);
    properties->watched = play_allocate(play, observations_of(plan), sizeof *properties->watched);
    if (!good || properties->promises == NULL || properties->watched == NULL) {
        return RH_NO_MEMORY;
    }
    watch(properties);
    return RH_OK;
}

void properties_destroy(struct rh_play *play)
{
    const struct rh_plan *plan = play->plan;
    struct properties *properties = play->properties;
    if (properties == NULL) {
        return;
    }
    play_release(play, properties->expect_counts, plan->expect_count, sizeof(uint64_t));
    play_release(play, properties->expect_judged, plan->expect_count, sizeof(uint64_t));
    play_release(play, properties->always_counts, plan->always_count, sizeof(uint64_t));
    play_release(play, properties->always_judged, plan->always_count, sizeof(uint64_t));
    play_release(play, properties->never_judged, plan->never_count, sizeof(uint64_t));
    play_release(play, properties->promise_judged, plan->eventually_count, sizeof(uint64_t));
    play_release(play, properties->promises, plan->eventually_count, sizeof(struct promise));
    play_release(play, properties->watched, observations_of(plan), sizeof *properties->watched);
    play_release(play, properties, 1, sizeof *properties);
}

/* ---- over all runs ---- */

/* Visit each number that is counted over all runs. */
static size_t each_count(const struct rh_play *play,
                         void (*visit)(uint64_t *count, uint64_t *other), uint64_t *others)
{
    const struct rh_plan *plan = play->plan;
    const struct properties *properties = play->properties;
    const struct {
        uint64_t *counts;
        uint32_t count;
    } all[] = {{properties->expect_judged, plan->expect_count},
               {properties->always_judged, plan->always_count},
               {properties->never_judged, plan->never_count},
               {properties->promise_judged, plan->eventually_count}};
    size_t at = 0;
    for (uint32_t i = 0; i < plan->fault_count; i++, at += 3) {
        struct rh_fault_tally *tally = &play->fault_tallies[i];
        if (visit != NULL) {
            visit(&tally->strikes, &others[at]);
            visit(&tally->fired_in, &others[at + 1]);
            visit(&tally->spent_in, &others[at + 2]);
        }
    }
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        for (uint32_t j = 0; j < all[i].count; j++, at++) {
            if (visit != NULL) {
                visit(&all[i].counts[j], &others[at]);
            }
        }
    }
    return at;
}

static void take(uint64_t *count, uint64_t *other)
{
    *other = *count;
    *count = 0;
}

static void add(uint64_t *count, uint64_t *other)
{
    *count += *other;
}

size_t rh_play_tally_count(const struct rh_play *play)
{
    return each_count(play, NULL, NULL);
}

void rh_play_tally_take(struct rh_play *play, uint64_t *ret_tally)
{
    (void)each_count(play, take, ret_tally);
}

void rh_play_tally_add(struct rh_play *play, uint64_t *tally)
{
    (void)each_count(play, add, tally);
}

/* ---- kinds ---- */

static void tell_kind(const char *when, const char *word, uint64_t judged,
                      void (*visit)(void *self, const char *kind, uint64_t judged), void *self)
{
    char kind[64];
    (void)snprintf(kind, sizeof kind, "%s/%s", when, word);
    visit(self, kind, judged);
}

void rh_play_each_property(const struct rh_play *play,
                           void (*visit)(void *self, const char *kind, uint64_t judged), void *self)
{
    const struct rh_plan *plan = play->plan;
    const struct properties *properties = play->properties;
    for (uint32_t i = 0; i < plan->expect_count; i++) {
        enum rh_claim kind = plan->expect[i].kind;
        if (kind == RH_CLAIM_RUNS || kind == RH_CLAIM_OUTCOMES || kind == RH_CLAIM_CLASSES) {
            continue; /* of the exploration */
        }
        tell_kind("expect", rh_claim_words[plan->expect[i].kind], properties->expect_judged[i],
                  visit, self);
    }
    for (uint32_t i = 0; i < plan->always_count; i++) {
        tell_kind("always", rh_claim_words[plan->always[i].kind], properties->always_judged[i],
                  visit, self);
    }
    for (uint32_t i = 0; i < plan->never_count; i++) {
        tell_kind("never", rh_occurrence_words[plan->never[i].kind], properties->never_judged[i],
                  visit, self);
    }
    for (uint32_t i = 0; i < plan->eventually_count; i++) {
        tell_kind("eventually", rh_occurrence_words[plan->eventually[i].event.kind],
                  properties->promise_judged[i], visit, self);
    }
}

/* ---- vacuity ---- */

static bool tell_unjudged(const uint64_t *judged, size_t index, struct rh_span at, const char *what,
                          char *text, size_t capacity)
{
    if (judged[index] > 0) {
        return false;
    }
    (void)snprintf(text, capacity, "%s at line %u was never judged", what, at.start.line);
    return true;
}

bool rh_play_is_vacuous(const struct rh_play *play, char *text, size_t capacity)
{
    const struct rh_plan *plan = play->plan;
    const struct properties *properties = play->properties;
    bool found = false;
    for (uint32_t i = 0; i < plan->expect_count && !found; i++) {
        found = tell_unjudged(properties->expect_judged, i, plan->expect[i].at, "the expectation",
                              text, capacity);
    }
    for (uint32_t i = 0; i < plan->always_count && !found; i++) {
        found = tell_unjudged(properties->always_judged, i, plan->always[i].at, "the 'always'",
                              text, capacity);
    }
    for (uint32_t i = 0; i < plan->never_count && !found; i++) {
        found = tell_unjudged(properties->never_judged, i, plan->never[i].at, "the 'never'", text,
                              capacity);
    }
    for (uint32_t i = 0; i < plan->eventually_count && !found; i++) {
        found = tell_unjudged(properties->promise_judged, i, plan->eventually[i].at,
                              "the 'eventually'", text, capacity);
    }
    return found;
}

/* SPDX-License-Identifier: MIT */
/*
 * All interleavings, each by its normal form: every step is digested together with the steps that come before it in any
 * equivalent run, and a class is the sum over its steps. Nothing of harness/schedule but the table of what depends on what is
 * used, and sums do not care about order.
 *
 * What is behind a barrier is in order with what it depends on only: a fault may strike before the barrier or behind it, and
 * what comes of that, if the two have nothing to do with each other, comes before the one or after it for no reason.
 */
#include "harness/play/tests/brute.h"

#include "harness/schedule/dependence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define STEPS 256u
#define WORDS (STEPS / 64)
#define CHOICES 1024u
#define TOUCHES 128u

struct step {
    uint64_t id;
    uint64_t digest;
    uint64_t before[WORDS]; /* bits */
    uint64_t makers[WORDS];
    uint32_t behind;
    uint32_t touch_count;
    struct rh_touch touches[TOUCHES];
};

struct brute {
    struct rh_strategy head;
    uint32_t counts[CHOICES];
    uint32_t chosen[CHOICES];
    uint32_t length;
    uint32_t depth;
    uint32_t step_count;
    uint64_t drawn; /* within the step under way */
    struct step steps[STEPS];
};

static void brute_begin(struct rh_strategy *self)
{
    struct brute *brute = (struct brute *)self;
    brute->depth = 0;
    brute->step_count = 0;
}

static uint64_t stir(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* A step that drew another number is another step. */
static void note_drawn(struct brute *brute, enum rh_site site, uint32_t chosen)
{
    brute->drawn = site == RH_SITE_NEXT ? 0 : stir(brute->drawn + chosen + 1);
}

static uint32_t brute_below(struct rh_strategy *self, enum rh_site site, uint32_t count,
                            const struct rh_candidate *candidates)
{
    struct brute *brute = (struct brute *)self;
    (void)candidates;
    if (brute->depth == brute->length) {
        assert_true(brute->length < CHOICES);
        brute->counts[brute->length] = count;
        brute->chosen[brute->length++] = 0;
    }
    assert_int_equal(brute->counts[brute->depth], count);
    uint32_t chosen = brute->chosen[brute->depth++];
    note_drawn(brute, site, chosen);
    return chosen;
}

static bool has_bit(const uint64_t *bits, uint32_t index)
{
    return (bits[index / 64] >> index % 64 & 1U) != 0;
}

static void set_bit(uint64_t *bits, uint32_t index)
{
    bits[index / 64] |= UINT64_C(1) << index % 64;
}

static void behind(struct brute *brute, struct step *step, uint32_t earlier)
{
    for (uint32_t i = 0; i < WORDS; i++) {
        step->before[i] |= brute->steps[earlier].before[i];
    }
    set_bit(step->before, earlier);
}

/* What comes before a step in any equivalent run, and the digest of all that. */
static void digest_step(struct brute *brute, uint32_t index)
{
    struct step *step = &brute->steps[index];
    uint64_t sum = 0;
    memset(step->before, 0, sizeof step->before);
    for (uint32_t i = 0; i < index; i++) {
        const struct step *other = &brute->steps[i];
        if ((step->behind == 0 && has_bit(step->makers, i)) ||
            rh_touches_depend(other->touches, other->touch_count, step->touches,
                              step->touch_count)) {
            behind(brute, step, i);
        }
    }
    for (uint32_t i = 0; i < index; i++) {
        sum += has_bit(step->before, i) ? brute->steps[i].digest : 0;
    }
    step->digest = stir(stir(step->id) ^ sum);
}

static void brute_did(struct rh_strategy *self, const struct rh_followed *followed)
{
    struct brute *brute = (struct brute *)self;
    if (brute->step_count == STEPS || followed->touch_count > TOUCHES) {
        self->failed = true; /* too large to be counted */
        return;
    }
    struct step *step = &brute->steps[brute->step_count];
    *step = (struct step){.id = followed->id ^ brute->drawn, .touch_count = followed->touch_count};
    if (followed->touch_count > 0) {
        memcpy(step->touches, followed->touches, followed->touch_count * sizeof(struct rh_touch));
    }
    step->behind = followed->behind;
    for (uint32_t i = 0; i < followed->maker_count; i++) {
        set_bit(step->makers, followed->makers[i]);
    }
    digest_step(brute, brute->step_count++);
}

static bool brute_end(struct rh_strategy *self)
{
    struct brute *brute = (struct brute *)self;
    brute->length = brute->depth;
    while (brute->length > 0 &&
           brute->chosen[brute->length - 1] + 1 == brute->counts[brute->length - 1]) {
        brute->length--;
    }
    if (brute->length == 0) {
        self->complete = true;
        return false;
    }
    brute->chosen[brute->length - 1]++;
    return true;
}

static void brute_destroy(struct rh_strategy *self)
{
    free(self);
}

static const struct rh_strategy_functions functions = {
    .name = "brute",
    .begin = brute_begin,
    .below = brute_below,
    .did = brute_did,
    .end = brute_end,
    .destroy = brute_destroy,
};

struct rh_strategy *brute_create(void)
{
    struct brute *brute = calloc(1, sizeof(*brute));
    assert_non_null(brute);
    brute->head.functions = &functions;
    return &brute->head;
}

/* ---- another strategy, followed ---- */

#define AWAY_MAX 5u

struct watched {
    struct rh_strategy head;
    struct rh_strategy *inner;
    struct rh_strategy *brute;
    struct rh_strategy *whole; /* of which `inner` is a part; NULL: it is all */
    struct rh_strategy *away[AWAY_MAX];
    uint32_t away_count;
    uint64_t part_runs;
};

/* Give away what can be given, and play the first of it. */
static bool play_next_part(struct watched *watched)
{
    struct rh_strategy **away = watched->away;
    while (watched->away_count < AWAY_MAX) {
        assert_int_equal(
            rh_strategy_split(watched->whole, watched->part_runs, &away[watched->away_count]),
            RH_OK);
        if (away[watched->away_count] == NULL) {
            break;
        }
        watched->away_count++;
    }
    watched->inner = watched->away_count == 0 ? NULL : away[0];
    return watched->inner != NULL;
}

static bool end_part(struct watched *watched)
{
    bool more = rh_strategy_end(watched->inner);
    if (more && watched->inner->runs < watched->part_runs) {
        return true;
    }
    assert_int_equal(rh_strategy_join(watched->whole, watched->inner), RH_OK);
    watched->away_count--;
    memmove(watched->away, watched->away + 1, watched->away_count * sizeof watched->away[0]);
    return play_next_part(watched);
}

static void watched_begin(struct rh_strategy *self)
{
    struct watched *watched = (struct watched *)self;
    brute_begin(watched->brute);
    rh_strategy_begin(watched->inner);
}

static uint32_t watched_below(struct rh_strategy *self, enum rh_site site, uint32_t count,
                              const struct rh_candidate *candidates)
{
    struct watched *watched = (struct watched *)self;
    uint32_t chosen = rh_choice_below(watched->inner, site, count, candidates);
    note_drawn((struct brute *)watched->brute, site, chosen);
    return chosen;
}

static void watched_did(struct rh_strategy *self, const struct rh_followed *followed)
{
    struct watched *watched = (struct watched *)self;
    brute_did(watched->brute, followed);
    self->failed = self->failed || watched->brute->failed;
    if (!self->failed && watched->inner->functions->did != NULL) {
        watched->inner->functions->did(watched->inner, followed);
    }
}

static bool watched_cuts(const struct rh_strategy *self)
{
    return rh_strategy_cuts(((const struct watched *)self)->inner);
}

static bool watched_end(struct rh_strategy *self)
{
    struct watched *watched = (struct watched *)self;
    bool more = watched->whole == NULL ? rh_strategy_end(watched->inner) : end_part(watched);
    const struct rh_strategy *shown = watched->whole == NULL ? watched->inner : watched->whole;
    self->classes = shown->classes;
    self->blocked = shown->blocked;
    self->complete = shown->complete;
    return more;
}

static void watched_destroy(struct rh_strategy *self)
{
    struct watched *watched = (struct watched *)self;
    for (uint32_t i = 0; i < watched->away_count; i++) {
        rh_strategy_destroy(watched->away[i]);
    }
    rh_strategy_destroy(watched->whole == NULL ? watched->inner : watched->whole);
    rh_strategy_destroy(watched->brute);
    free(watched);
}

static const struct rh_strategy_functions watched_functions = {
    .name = "watched",
    .begin = watched_begin,
    .below = watched_below,
    .did = watched_did,
    .cuts = watched_cuts,
    .end = watched_end,
    .destroy = watched_destroy,
};

struct rh_strategy *brute_watch(struct rh_strategy *strategy)
{
    struct watched *watched = calloc(1, sizeof(*watched));
    assert_non_null(watched);
    *watched = (struct watched){
        .head = {.functions = &watched_functions}, .inner = strategy, .brute = brute_create()};
    return &watched->head;
}

struct rh_strategy *brute_watch_parts(struct rh_strategy *strategy, uint64_t part_runs)
{
    struct watched *watched = (struct watched *)brute_watch(NULL);
    watched->whole = strategy;
    watched->part_runs = part_runs;
    assert_true(play_next_part(watched));
    return &watched->head;
}

uint64_t brute_class(const struct rh_strategy *self)
{
    if (self->functions == &watched_functions) {
        self = ((const struct watched *)self)->brute;
    }
    const struct brute *brute = (const struct brute *)self;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < brute->step_count; i++) {
        sum += stir(brute->steps[i].digest);
    }
    return sum;
}

uint64_t brute_class_without(struct rh_strategy *self, enum rh_object_kind kind)
{
    bool is_watched = self->functions == &watched_functions;
    struct brute *brute = (struct brute *)(is_watched ? ((struct watched *)self)->brute : self);
    for (uint32_t i = 0; i < brute->step_count; i++) {
        struct step *step = &brute->steps[i];
        uint32_t kept = 0;
        for (uint32_t j = 0; j < step->touch_count; j++) {
            if (step->touches[j].kind != kind) {
                step->touches[kept++] = step->touches[j];
            }
        }
        step->touch_count = kept;
        digest_step(brute, i);
    }
    return brute_class(self);
}

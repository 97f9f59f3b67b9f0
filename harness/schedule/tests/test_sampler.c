/* SPDX-License-Identifier: MIT */
/* Strategies that draw their runs, and bounds, on machines of channels whose interleavings are known. */
#include <rehearse/choice.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CHANNELS 6
#define LENGTH 64

/** So many events in each channel; channel i is of actor `actors[i]`. Capital letters in an order are faults. */
struct machine {
    uint32_t count;
    uint32_t events[CHANNELS];
    uint32_t actors[CHANNELS];
    bool faults[CHANNELS];
    uint32_t weight; /* of faults */
};

static struct rh_pid pid(uint32_t slot)
{
    return (struct rh_pid){.node = 1, .incarnation = 1, .slot = slot, .generation = 1};
}

static uint32_t offer(const struct machine *machine, const uint32_t *done,
                      struct rh_candidate *candidates, uint32_t *channels)
{
    uint32_t count = 0;
    bool must = false;
    for (uint32_t i = 0; i < machine->count; i++) {
        must = must || (!machine->faults[i] && done[i] < machine->events[i]);
    }
    if (!must) {
        candidates[0] =
            (struct rh_candidate){.source = UINT32_MAX, .latest = RH_NEVER, .weight = 1};
        channels[count++] = CHANNELS;
    }
    for (uint32_t i = 0; i < machine->count; i++) {
        if (done[i] < machine->events[i]) {
            candidates[count] =
                (struct rh_candidate){.kind = RH_PENDING_SIGNAL,
                                      .source = machine->faults[i] ? 1 : 0,
                                      .actor = pid(machine->actors[i]),
                                      .optional = machine->faults[i],
                                      .latest = RH_NEVER,
                                      .weight = machine->faults[i] ? machine->weight : 1,
                                      .ordinal = machine->faults[i] ? i : done[i]};
            candidates[count].from = machine->faults[i] ? rh_pid_none() : pid(100 + i);
            channels[count++] = i;
        }
    }
    return count;
}

/* One run; its order as letters. A run ends when nothing is left or the end is chosen. */
static void play(struct rh_strategy *strategy, const struct machine *machine, char *ret_order)
{
    uint32_t done[CHANNELS] = {0};
    uint32_t length = 0;
    for (;;) {
        struct rh_candidate candidates[CHANNELS + 1];
        uint32_t channels[CHANNELS + 1];
        uint32_t count = offer(machine, done, candidates, channels);
        if (count == 1 && channels[0] == CHANNELS) {
            break;
        }
        uint32_t chosen = channels[rh_choice_below(strategy, RH_SITE_NEXT, count, candidates)];
        if (chosen == CHANNELS) {
            break;
        }
        done[chosen]++;
        assert_true(length < LENGTH - 1);
        ret_order[length++] = (char)((machine->faults[chosen] ? 'A' : 'a') + chosen);
    }
    ret_order[length] = '\0';
}

static const struct machine pair = {.count = 2, .events = {2, 2}, .actors = {1, 2}};
static const struct machine crowd = {
    .count = 4, .events = {3, 1, 4, 2}, .actors = {1, 1, 2, 3}, .faults = {false, false, false}};

/* ---- strategies that draw ---- */

#define DRAWING 5
static enum rh_status create(unsigned which, const struct rh_allocator *allocator, uint64_t seed,
                             uint64_t runs, struct rh_strategy **ret_strategy)
{
    switch (which) {
    case 0:
        return rh_strategy_uniform(allocator, seed, runs, ret_strategy);
    case 1:
        return rh_strategy_pct(allocator, seed, runs, 3, ret_strategy);
    case 2:
        return rh_strategy_pos(allocator, seed, runs, ret_strategy);
    case 3:
        return rh_strategy_fair(allocator, seed, runs, ret_strategy);
    default:
        return rh_strategy_portfolio(allocator, seed, runs, ret_strategy);
    }
}

static bool measures(unsigned which)
{
    return which == 0 || which == 1 || which == 4;
}

static void any_run_can_be_had_alone(void **state)
{
    (void)state;
    for (unsigned which = 0; which < DRAWING; which++) {
        struct rh_strategy *all = NULL;
        assert_int_equal(create(which, NULL, 40, 30, &all), RH_OK);
        bool more = true;
        for (uint64_t run = 0; more; run++) {
            char order[LENGTH];
            char alone[LENGTH];
            uint64_t seed = rh_strategy_seed(all, 0);
            rh_strategy_begin(all);
            play(all, &crowd, order);
            if (run > 0 || !measures(which)) {
                struct rh_strategy *one = NULL;
                assert_int_equal(seed, 40 + run - (measures(which) ? 1 : 0));
                assert_int_equal(create(which, NULL, seed, 1, &one), RH_OK);
                if (measures(which)) {
                    rh_strategy_begin(one);
                    play(one, &crowd, alone);
                    assert_string_equal(alone, "aaabccccdd"); /* the oldest first */
                    assert_true(rh_strategy_end(one));
                }
                rh_strategy_begin(one);
                play(one, &crowd, alone);
                assert_string_equal(alone, order);
                assert_false(rh_strategy_end(one));
                rh_strategy_destroy(one);
            }
            more = rh_strategy_end(all);
        }
        assert_int_equal(all->runs, measures(which) ? 31 : 30);
        rh_strategy_destroy(all);
    }
}

static void every_order_comes_up(void **state)
{
    (void)state;
    static const char *const orders[] = {"aabb", "abab", "abba", "baab", "baba", "bbaa"};
    for (unsigned which = 0; which < DRAWING; which++) {
        unsigned seen[6] = {0};
        struct rh_strategy *strategy = NULL;
        assert_int_equal(create(which, NULL, 1, 600, &strategy), RH_OK);
        for (bool more = true; more;) {
            char order[LENGTH];
            rh_strategy_begin(strategy);
            play(strategy, &pair, order);
            for (size_t i = 0; i < 6; i++) {
                seen[i] += strcmp(orders[i], order) == 0;
            }
            more = rh_strategy_end(strategy);
        }
        for (size_t i = 0; i < 6; i++) {
            bool is_unfair = i == 0 || i == 5 || i == 2 || i == 3;
            assert_true(which == 3 ? (seen[i] == 0) == is_unfair : seen[i] > 0);
        }
        rh_strategy_destroy(strategy);
    }
}

/* A fault of weight 3 beside one message and nothing else to do: it goes first in three of four runs. */
static void faults_weigh_what_they_weigh(void **state)
{
    (void)state;
    const struct machine machine = {
        .count = 2, .events = {1, 1}, .actors = {1, 2}, .faults = {false, true}, .weight = 3};
    for (unsigned which = 0; which < 4; which++) {
        uint32_t first = 0;
        struct rh_strategy *strategy = NULL;
        enum rh_status status = which == 3   ? rh_strategy_random(NULL, 1, 4000, &strategy)
                                : which == 1 ? rh_strategy_pct(NULL, 1, 4000, 1, &strategy)
                                             : create(which, NULL, 1, 4000, &strategy);
        assert_int_equal(status, RH_OK);
        for (bool more = true; more;) {
            char order[LENGTH];
            rh_strategy_begin(strategy);
            play(strategy, &machine, order);
            first += order[0] == 'B';
            more = rh_strategy_end(strategy);
        }
        assert_in_range(first, 2863, 3137); /* 3000, and 5 sigma */
        rh_strategy_destroy(strategy);
    }
}

/** Faults strike in some runs and not in others, and never in the run that is measured. */
static void faults_strike_now_and_then(void **state)
{
    (void)state;
    const struct machine machine = {.count = 3,
                                    .events = {2, 2, 1},
                                    .actors = {1, 2, 1},
                                    .faults = {false, false, true},
                                    .weight = 1};
    for (unsigned which = 0; which < DRAWING; which++) {
        unsigned struck = 0;
        unsigned spared = 0;
        struct rh_strategy *strategy = NULL;
        assert_int_equal(create(which, NULL, 1, 200, &strategy), RH_OK);
        for (bool more = true; more;) {
            char order[LENGTH];
            bool is_measured = measures(which) && strategy->runs == 0;
            rh_strategy_begin(strategy);
            play(strategy, &machine, order);
            bool strikes = strchr(order, 'C') != NULL;
            assert_false(is_measured && strikes);
            struck += strikes && !is_measured;
            spared += !strikes && !is_measured;
            more = rh_strategy_end(strategy);
        }
        assert_true(struck > 0);
        assert_true(spared > 0 || which == 3); /* fair leaves nobody waiting */
        rh_strategy_destroy(strategy);
    }
}

static void nobody_starves_under_fair(void **state)
{
    (void)state;
    const struct machine machine = {.count = 3, .events = {20, 3, 20}, .actors = {1, 1, 2}};
    struct rh_strategy *fair = NULL;
    assert_int_equal(rh_strategy_fair(NULL, 1, 50, &fair), RH_OK);
    for (bool more = true; more;) {
        char order[LENGTH];
        rh_strategy_begin(fair);
        play(fair, &machine, order);
        for (size_t i = 0; i + 1 < 9; i++) { /* all three are ready, each in its turn */
            assert_true(order[i] != order[i + 1] && (i == 0 || order[i - 1] != order[i + 1]));
        }
        more = rh_strategy_end(fair);
    }
    rh_strategy_destroy(fair);
}

/* What pct tells of its runs holds only as long as they are no longer than the one that was measured. */
static void pct_tells_what_it_guarantees(void **state)
{
    (void)state;
    struct machine machine = pair;
    char order[LENGTH];
    char text[256];
    struct rh_strategy *pct = NULL;
    assert_int_equal(rh_strategy_pct(NULL, 1, 10, 2, &pct), RH_OK);
    for (bool more = true; more;) {
        rh_strategy_begin(pct);
        play(pct, &machine, order);
        more = rh_strategy_end(pct);
    }
    pct->functions->tell(pct, text, sizeof text);
    /* (1 - 1 / (2 * 4))^10 */
    assert_string_equal(text, "a bug of depth 2 would have been missed with a probability of 0.263 "
                              "at most (2 channels, 4 steps)");
    machine.events[1] = 5;
    rh_strategy_begin(pct);
    play(pct, &machine, order);
    (void)rh_strategy_end(pct);
    pct->functions->tell(pct, text, sizeof text);
    assert_string_equal(
        text, "pct of depth 2 without a guarantee: a run had 7 steps, the measured one 4");
    rh_strategy_destroy(pct);
    assert_int_equal(rh_strategy_pct(NULL, 1, 10, 0, &pct), RH_INVALID);
    assert_int_equal(rh_strategy_pct(NULL, 1, 10, 65, &pct), RH_INVALID);
}

/* ---- parts ---- */

/* Given away in parts of any size, the runs are the same, in their order. */
static void parts_are_the_whole(void **state)
{
    (void)state;
    for (unsigned which = 0; which < DRAWING; which++) {
        for (uint64_t size = 1; size < 9; size += 3) {
            struct rh_strategy *whole = NULL;
            struct rh_strategy *parted = NULL;
            struct rh_strategy *away[3];
            char text[2][256];
            assert_int_equal(create(which, NULL, 3, 20, &whole), RH_OK);
            assert_int_equal(create(which, NULL, 3, 20, &parted), RH_OK);
            size_t count = 0;
            bool more = true;
            while (more) {
                while (count < 3 && rh_strategy_split(parted, size, &away[count]) == RH_OK &&
                       away[count] != NULL) {
                    count++;
                }
                assert_true(count > 0);
                for (bool part_goes_on = true; part_goes_on;) {
                    char order[2][LENGTH];
                    assert_true(more);
                    rh_strategy_begin(whole);
                    rh_strategy_begin(away[0]);
                    play(whole, &crowd, order[0]);
                    play(away[0], &crowd, order[1]);
                    assert_string_equal(order[0], order[1]);
                    assert_int_equal(rh_strategy_seed(whole, 0), rh_strategy_seed(away[0], 0));
                    more = rh_strategy_end(whole);
                    part_goes_on = rh_strategy_end(away[0]);
                }
                assert_int_equal(rh_strategy_join(parted, away[0]), RH_OK);
                count--;
                memmove(away, away + 1, count * sizeof away[0]);
            }
            assert_int_equal(count, 0);
            assert_int_equal(rh_strategy_split(parted, size, &away[0]), RH_OK);
            assert_null(away[0]);
            assert_int_equal(parted->runs, whole->runs);
            whole->functions->tell(whole, text[0], sizeof text[0]);
            parted->functions->tell(parted, text[1], sizeof text[1]);
            assert_string_equal(text[0], text[1]);
            rh_strategy_destroy(whole);
            rh_strategy_destroy(parted);
        }
    }
}

/* Written down between two parts and read by another one, it goes on where it was. */
static void goes_on_where_it_was(void **state)
{
    (void)state;
    for (unsigned which = 0; which < DRAWING; which++) {
        struct rh_numbers numbers = {.allocator = rh_allocator_default()};
        struct rh_strategy *first = NULL;
        struct rh_strategy *second = NULL;
        struct rh_strategy *part = NULL;
        char order[2][LENGTH];
        assert_int_equal(create(which, NULL, 3, 9, &first), RH_OK);
        assert_int_equal(create(which, NULL, 3, 9, &second), RH_OK);
        for (size_t parts = 0; parts < 2; parts++) {
            assert_int_equal(rh_strategy_split(first, 4, &part), RH_OK);
            for (bool more = true; more;) {
                rh_strategy_begin(part);
                play(part, &crowd, order[0]);
                more = rh_strategy_end(part);
            }
            assert_int_equal(rh_strategy_join(first, part), RH_OK);
        }
        assert_int_equal(rh_strategy_save(first, &numbers), RH_OK);
        assert_int_equal(rh_strategy_load(second, &numbers), RH_OK);
        for (size_t i = 0; i < 2; i++) {
            assert_int_equal(rh_strategy_split(i == 0 ? first : second, 1, &part), RH_OK);
            rh_strategy_begin(part);
            play(part, &crowd, order[i]);
            (void)rh_strategy_end(part);
            rh_strategy_destroy(part);
        }
        assert_string_equal(order[0], order[1]);
        numbers.count--;
        numbers.taken = 0;
        struct rh_strategy *third = NULL;
        assert_int_equal(create(which, NULL, 3, 9, &third), RH_OK);
        assert_int_equal(rh_strategy_load(third, &numbers), RH_MALFORMED);
        rh_numbers_deinit(&numbers);
        rh_strategy_destroy(first);
        rh_strategy_destroy(second);
        rh_strategy_destroy(third);
    }
}

/* ---- what others fell into ---- */

/* The first run already is that of its seed, and seeds make a difference. */
static void every_run_is_of_its_seed(void **state)
{
    (void)state;
    for (unsigned which = 0; which < DRAWING; which++) {
        char first[LENGTH] = "";
        unsigned different = 0;
        for (uint64_t seed = 0; seed < 40; seed++) {
            struct rh_strategy *strategy = NULL;
            char order[LENGTH];
            assert_int_equal(create(which, NULL, seed, 1, &strategy), RH_OK);
            for (bool more = true; more;) {
                rh_strategy_begin(strategy);
                play(strategy, &crowd, order);
                more = rh_strategy_end(strategy);
            }
            if (seed == 0) {
                memcpy(first, order, sizeof first);
            }
            different += strcmp(first, order) != 0;
            rh_strategy_destroy(strategy);
        }
        assert_true(different > 20);
    }
}

static size_t shift;

static void *shifted_allocate(void *self, size_t bytes)
{
    (void)self;
    char *block = malloc(bytes + shift);
    return block == NULL ? NULL : block + shift;
}

static void shifted_release(void *self, void *block, size_t bytes)
{
    (void)self;
    (void)bytes;
    free(block == NULL ? NULL : (char *)block - shift);
}

static void *shifted_resize(void *self, void *block, size_t before, size_t bytes)
{
    void *moved = shifted_allocate(self, bytes);
    if (moved != NULL && block != NULL) {
        memcpy(moved, block, before);
        shifted_release(self, block, before);
    }
    return moved;
}

/* No address makes a difference. */
static void runs_are_the_same_wherever_memory_is(void **state)
{
    static const struct rh_allocator allocator = {shifted_allocate, shifted_resize, shifted_release,
                                                  NULL};
    (void)state;
    for (unsigned which = 0; which < DRAWING; which++) {
        char orders[2][30][LENGTH];
        for (size_t i = 0; i < 2; i++) {
            struct rh_strategy *strategy = NULL;
            size_t run = 0;
            shift = 4096 * i;
            assert_int_equal(create(which, &allocator, 5, 29, &strategy), RH_OK);
            for (bool more = true; more;) {
                rh_strategy_begin(strategy);
                memset(orders[i][run], 0, LENGTH);
                play(strategy, &crowd, orders[i][run++]);
                more = rh_strategy_end(strategy);
            }
            rh_strategy_destroy(strategy);
            assert_true(run >= 29);
        }
        assert_memory_equal(orders[0], orders[1], (size_t)29 * LENGTH);
    }
}

/* ---- bounds ---- */

static const struct rh_bounds open_bounds = {RH_UNBOUNDED, RH_UNBOUNDED, RH_UNBOUNDED,
                                             RH_UNBOUNDED};

static uint64_t count(const struct machine *machine, const struct rh_bounds *bounds, char *ret_text,
                      size_t capacity)
{
    struct rh_strategy *strategy = NULL;
    assert_int_equal(rh_strategy_bounded(NULL, 100, bounds, &strategy), RH_OK);
    for (bool more = true; more;) {
        char order[LENGTH];
        rh_strategy_begin(strategy);
        play(strategy, machine, order);
        more = rh_strategy_end(strategy);
    }
    assert_true(strategy->complete);
    strategy->functions->tell(strategy, ret_text, capacity);
    uint64_t runs = strategy->runs;
    rh_strategy_destroy(strategy);
    return runs;
}

static void bounds_leave_what_is_within(void **state)
{
    (void)state;
    /* aabb costs nothing; abab and baba two preemptions; every b before an a costs a delay. */
    static const uint64_t preempted[] = {2, 4, 6, 6};
    static const uint64_t delayed[] = {1, 3, 6, 6};
    static const uint64_t chosen[] = {1, 2, 4, 6};
    char text[100];
    for (uint64_t i = 0; i < 4; i++) {
        struct rh_bounds bounds = open_bounds;
        bounds.preemptions = i;
        assert_int_equal(count(&pair, &bounds, text, sizeof text), preempted[i]);
        assert_int_equal(text[0] != '\0', i < 2);
        bounds = open_bounds;
        bounds.delays = i;
        assert_int_equal(count(&pair, &bounds, text, sizeof text), delayed[i]);
        bounds = open_bounds;
        bounds.choices = i;
        assert_int_equal(count(&pair, &bounds, text, sizeof text), chosen[i]);
    }
    assert_int_equal(count(&pair, &open_bounds, text, sizeof text), 6);
    assert_string_equal(text, "");
}

static void bounds_on_faults_count_strikes(void **state)
{
    (void)state;
    /* One event and two faults: none 1, one of them 2 * 2, both 3! */
    const struct machine machine = {.count = 3,
                                    .events = {1, 1, 1},
                                    .actors = {1, 1, 1},
                                    .faults = {false, true, true},
                                    .weight = 1};
    static const uint64_t expected[] = {1, 5, 11, 11};
    char text[100];
    for (uint64_t i = 0; i < 4; i++) {
        struct rh_bounds bounds = open_bounds;
        bounds.faults = i;
        assert_int_equal(count(&machine, &bounds, text, sizeof text), expected[i]);
    }
}

static void a_bound_that_cut_something_is_told(void **state)
{
    (void)state;
    struct rh_bounds bounds = open_bounds;
    char text[100];
    bounds.preemptions = 1;
    bounds.delays = 2;
    (void)count(&pair, &bounds, text, sizeof text);
    assert_string_equal(text, "within at most 1 preemption, 2 delays");
}

static void a_bounded_run_that_is_too_deep_is_not_complete(void **state)
{
    (void)state;
    struct rh_bounds bounds = open_bounds;
    struct rh_strategy *strategy = NULL;
    char order[LENGTH];
    bounds.preemptions = 1;
    assert_int_equal(rh_strategy_bounded(NULL, 1, &bounds, &strategy), RH_OK);
    rh_strategy_begin(strategy);
    play(strategy, &crowd, order);
    assert_false(rh_strategy_end(strategy));
    assert_false(strategy->complete);
    assert_int_equal(strategy->status, RH_LIMIT);
    rh_strategy_destroy(strategy);
}

/* ---- memory ---- */

struct thrift {
    uint32_t left;
    size_t held;
};

static void *thrift_allocate(void *self, size_t bytes)
{
    struct thrift *thrift = self;
    if (thrift->left == 0) {
        return NULL;
    }
    thrift->left--;
    thrift->held += bytes;
    return malloc(bytes);
}

static void *thrift_resize(void *self, void *block, size_t before, size_t bytes)
{
    struct thrift *thrift = self;
    if (thrift->left == 0) {
        return NULL;
    }
    thrift->left--;
    thrift->held += bytes - before;
    return realloc(block, bytes);
}

static void thrift_release(void *self, void *block, size_t bytes)
{
    ((struct thrift *)self)->held -= block == NULL ? 0 : bytes;
    free(block);
}

static void lack_of_memory_is_a_status(void **state)
{
    (void)state;
    for (unsigned which = 0; which < DRAWING; which++) {
        bool was_enough = false;
        for (uint32_t left = 0; !was_enough; left++) {
            struct thrift thrift = {.left = left};
            const struct rh_allocator allocator = {thrift_allocate, thrift_resize, thrift_release,
                                                   &thrift};
            struct rh_strategy *strategy = NULL;
            enum rh_status status = create(which, &allocator, 1, 3, &strategy);
            for (bool more = status == RH_OK; more;) {
                char order[LENGTH];
                rh_strategy_begin(strategy);
                play(strategy, &crowd, order);
                more = rh_strategy_end(strategy);
                status = strategy->status;
            }
            was_enough = status == RH_OK;
            assert_true(was_enough || status == RH_NO_MEMORY);
            rh_strategy_destroy(strategy);
            assert_int_equal(thrift.held, 0);
        }
    }
}

/* Channels of one run only do not add up. */
static void memory_does_not_grow_with_runs(void **state)
{
    (void)state;
    for (unsigned which = 0; which < DRAWING; which++) {
        struct thrift thrift = {.left = 1000};
        const struct rh_allocator allocator = {thrift_allocate, thrift_resize, thrift_release,
                                               &thrift};
        struct rh_strategy *strategy = NULL;
        size_t held = 0;
        assert_int_equal(create(which, &allocator, 1, 5000, &strategy), RH_OK);
        for (uint32_t run = 0; run < 5000; run++) {
            struct machine machine = crowd;
            char order[LENGTH];
            for (uint32_t i = 0; i < machine.count; i++) {
                machine.actors[i] += run * 10;
            }
            rh_strategy_begin(strategy);
            play(strategy, &machine, order);
            (void)rh_strategy_end(strategy);
            held = run == 50 ? thrift.held : held;
        }
        assert_int_equal(thrift.held, held);
        assert_false(strategy->failed);
        rh_strategy_destroy(strategy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_run_can_be_had_alone),
        cmocka_unit_test(every_order_comes_up),
        cmocka_unit_test(faults_strike_now_and_then),
        cmocka_unit_test(faults_weigh_what_they_weigh),
        cmocka_unit_test(nobody_starves_under_fair),
        cmocka_unit_test(pct_tells_what_it_guarantees),
        cmocka_unit_test(parts_are_the_whole),
        cmocka_unit_test(goes_on_where_it_was),
        cmocka_unit_test(every_run_is_of_its_seed),
        cmocka_unit_test(runs_are_the_same_wherever_memory_is),
        cmocka_unit_test(bounds_leave_what_is_within),
        cmocka_unit_test(bounds_on_faults_count_strikes),
        cmocka_unit_test(a_bound_that_cut_something_is_told),
        cmocka_unit_test(a_bounded_run_that_is_too_deep_is_not_complete),
        cmocka_unit_test(lack_of_memory_is_a_status),
        cmocka_unit_test(memory_does_not_grow_with_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) == 0 ? 0 : 1;
}

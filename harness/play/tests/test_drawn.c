/* SPDX-License-Identifier: MIT */
/* Every scenario whose classes are few: what is drawn of it is of one that was visited. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <rehearse/scenario.h>

#include "harness/play/tests/drawn.h"
#include "harness/play/tests/every_scenario.h"

struct tally {
    uint32_t runs_max;
    uint32_t draw;
    unsigned compared;
    unsigned passed_over;
    unsigned classes;
    unsigned blocked;
    unsigned wrong;
};
static struct tally tally = {.runs_max = 300, .draw = 100};

static void compare(const char *path, void *self)
{
    struct rh_scenario *scenario = NULL;
    struct drawn drawn;
    (void)self;
    if (rh_scenario_load(NULL, path, NULL, &scenario) != RH_OK) {
        rh_scenario_destroy(scenario);
        return;
    }
    bool is_compared = drawn_compare(scenario, tally.runs_max, tally.draw, &drawn);
    bool commutes = scenario->plan.commutes; /* by declaration: what it ends in may differ */
    rh_scenario_destroy(scenario);
    if (!is_compared) {
        tally.passed_over++;
        return;
    }
    bool is_wrong = drawn.missing > 0 || (drawn.unlike > 0 && !commutes);
    tally.compared++;
    tally.classes += drawn.classes;
    tally.blocked += drawn.blocked;
    tally.wrong += is_wrong;
    if (is_wrong) {
        print_message("%s: %u classes, %u of %u runs missing, %u unlike\n", path, drawn.classes,
                      drawn.missing, tally.draw, drawn.unlike);
    }
}

static void visits_every_class_that_is_drawn(void **state)
{
    (void)state;
    every_scenario("scenarios", compare, NULL);
    print_message("%u compared, %u classes, %u blocked, %u passed over\n", tally.compared,
                  tally.classes, tally.blocked, tally.passed_over);
    assert_int_equal(tally.wrong, 0);
    assert_true(tally.compared > 300);
    assert_true(tally.blocked < tally.classes / 200); /* next to none are begun for nothing */
}

/* Larger ones are compared when it is asked for: RUNS DRAW. */
int main(int argument_count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(visits_every_class_that_is_drawn),
    };
    if (argument_count > 2) {
        tally.runs_max = (uint32_t)strtoul(arguments[1], NULL, 10);
        tally.draw = (uint32_t)strtoul(arguments[2], NULL, 10);
    }
    return cmocka_run_group_tests(tests, NULL, NULL) == 0 ? 0 : 1;
}

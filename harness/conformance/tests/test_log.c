/* SPDX-License-Identifier: MIT */
/* The order inside a log: by origin, by arrival where the origin lives, by value behind the last message where it died. */
#include "harness/conformance/program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct row {
    const char *value;
    const char *origin;
    bool is_fixed;
};

static void expect_order(const struct row *rows, size_t count, const char *expected)
{
    struct rh_beam_arena arena = {0};
    struct rh_beam_entry entries[8];
    struct rh_beam_text text = {.arena = &arena};
    for (size_t i = 0; i < count; i++) {
        struct rh_beam_flaw flaw;
        entries[i] = (struct rh_beam_entry){
            .value = rh_beam_json_read(&arena, "f", 1, rows[i].value, strlen(rows[i].value), &flaw),
            .origin = rows[i].origin,
            .is_fixed = rows[i].is_fixed,
            .is_message = strncmp(rows[i].value, "[\"msg\"", 6) == 0,
            .position = i};
    }
    rh_beam_log_order(entries, count);
    for (size_t i = 0; i < count; i++) {
        rh_beam_put_json(&text, entries[i].value);
    }
    assert_string_equal(rh_beam_text_end(&text), expected);
    rh_beam_arena_deinit(&arena);
}

static void groups_by_origin_in_bytewise_order(void **state)
{
    const struct row rows[] = {{"[\"msg\",\"p2\",\"a\"]", "p2", true},
                               {"[\"msg\",\"p10\",\"b\"]", "p10", true},
                               {"[\"msg\",\"p2\",\"c\"]", "p2", true}};
    (void)state;
    expect_order(rows, 3, "[\"msg\",\"p10\",\"b\"][\"msg\",\"p2\",\"a\"][\"msg\",\"p2\",\"c\"]");
}

static void the_living_keep_the_order_of_their_signals(void **state)
{
    const struct row rows[] = {{"[\"msg\",\"p\",\"b\"]", "p", true},
                               {"[\"EXIT\",\"p\",\"x\"]", "p", true},
                               {"[\"msg\",\"p\",\"a\"]", "p", true}};
    (void)state;
    expect_order(rows, 3, "[\"msg\",\"p\",\"b\"][\"EXIT\",\"p\",\"x\"][\"msg\",\"p\",\"a\"]");
}

static void the_notices_of_a_death_are_sorted_behind_the_last_message(void **state)
{
    const struct row rows[] = {{"[\"EXIT\",\"p\",\"z\"]", "p", false},
                               {"[\"msg\",\"p\",\"a\"]", "p", false},
                               {"[\"EXIT\",\"p\",\"x\"]", "p", false},
                               {"[\"DOWN\",\"m2\",\"p\",\"x\"]", "p", false},
                               {"[\"DOWN\",\"m1\",\"p\",\"x\"]", "p", false}};
    (void)state;
    expect_order(rows, 5,
                 "[\"EXIT\",\"p\",\"z\"][\"msg\",\"p\",\"a\"][\"DOWN\",\"m1\",\"p\",\"x\"]"
                 "[\"DOWN\",\"m2\",\"p\",\"x\"][\"EXIT\",\"p\",\"x\"]");
}

static void a_monitor_by_name_has_an_origin_of_its_own(void **state)
{
    const struct row rows[] = {{"[\"EXIT\",\"p\",\"x\"]", "p", false},
                               {"[\"DOWN\",\"m2\",\"n1\",\"x\"]", "name:n1", false},
                               {"[\"DOWN\",\"m1\",\"n1\",\"x\"]", "name:n1", false}};
    (void)state;
    expect_order(rows, 3,
                 "[\"DOWN\",\"m1\",\"n1\",\"x\"][\"DOWN\",\"m2\",\"n1\",\"x\"]"
                 "[\"EXIT\",\"p\",\"x\"]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_by_origin_in_bytewise_order),
        cmocka_unit_test(the_living_keep_the_order_of_their_signals),
        cmocka_unit_test(the_notices_of_a_death_are_sorted_behind_the_last_message),
        cmocka_unit_test(a_monitor_by_name_has_an_origin_of_its_own),
    };
    return cmocka_run_group_tests_name("harness.conformance.log", tests, NULL, NULL) ? 1 : 0;
}

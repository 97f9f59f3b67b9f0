/* SPDX-License-Identifier: MIT */
/* The hash table and the slab against an array. */
#include "harness/check/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define KEYS 512u

struct row {
    uint64_t key[2];
    uint64_t value;
};

static uint64_t draw(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

static void agrees_with_an_array(void **state)
{
    (void)state;
    static uint64_t naive[KEYS];
    struct table table;
    uint64_t random = 1;
    table_init(&table, rh_allocator_default(), 2 * sizeof(uint64_t), sizeof(struct row));
    for (uint32_t round = 0; round < 20; round++) {
        memset(naive, 0, sizeof(naive));
        uint32_t count = 0;
        for (uint32_t i = 0; i < 5000; i++) {
            uint64_t index = draw(&random) % KEYS;
            const uint64_t key[2] = {index % 7, index};
            struct row *row = table_find(&table, key);
            assert_int_equal(row != NULL, naive[index] != 0);
            if (row != NULL) {
                assert_int_equal(row->value, naive[index]);
            }
            if (row == NULL) {
                row = table_add(&table, key);
                assert_non_null(row);
                assert_int_equal(row->value, 0);
                naive[index] = row->value = draw(&random) + 1;
                count++;
            } else if (draw(&random) % 2 == 0) {
                table_remove(&table, row);
                naive[index] = 0;
                count--;
            }
            assert_int_equal(table.count, count);
        }
        uint64_t sum = 0;
        for (uint32_t i = 0; i < table.count; i++) {
            const struct row *row = table_at(&table, i);
            assert_int_equal(row->value, naive[row->key[1]]);
            sum += row->value;
        }
        for (uint32_t i = 0; i < KEYS; i++) {
            sum -= naive[i];
        }
        assert_int_equal(sum, 0);
        table_clear(&table);
        assert_int_equal(table.count, 0);
    }
    table_deinit(&table);
}

static void clearing_survives_the_last_epoch(void **state)
{
    (void)state;
    struct table table;
    const uint64_t key = 5;
    table_init(&table, rh_allocator_default(), sizeof(key), sizeof(key));
    table.epoch = UINT32_MAX - 1;
    for (int i = 0; i < 4; i++) {
        assert_null(table_find(&table, &key));
        assert_non_null(table_add(&table, &key));
        assert_non_null(table_find(&table, &key));
        table_clear(&table);
    }
    table_deinit(&table);
}

static void *refuse(void *self, size_t bytes)
{
    (void)self;
    (void)bytes;
    return NULL;
}

static void *refuse_resize(void *self, void *block, size_t before, size_t bytes)
{
    (void)block;
    (void)before;
    return refuse(self, bytes);
}

static void refused_memory_changes_nothing(void **state)
{
    (void)state;
    struct table table;
    struct slab slab;
    struct rh_allocator scarce = *rh_allocator_default();
    table_init(&table, &scarce, sizeof(uint64_t), sizeof(uint64_t));
    slab_init(&slab, &scarce, sizeof(uint64_t));
    for (uint64_t key = 0; key < 16; key++) {
        assert_non_null(table_add(&table, &key));
        assert_int_not_equal(slab_take(&slab), 0);
    }
    const uint64_t another = 99;
    scarce.resize = refuse_resize;
    assert_null(table_add(&table, &another));
    assert_int_equal(slab_take(&slab), 0);
    scarce.allocate = refuse;
    assert_null(table_add(&table, &another));
    scarce = *rh_allocator_default();
    for (uint64_t key = 0; key < 16; key++) {
        assert_non_null(table_find(&table, &key));
    }
    assert_non_null(table_add(&table, &another));
    assert_int_not_equal(slab_take(&slab), 0);
    table_deinit(&table);
    slab_deinit(&slab);
}

static void a_slab_gives_numbers_that_stay(void **state)
{
    (void)state;
    struct slab slab;
    slab_init(&slab, rh_allocator_default(), sizeof(uint64_t));
    for (uint32_t i = 1; i <= 100; i++) {
        assert_int_equal(slab_take(&slab), i);
        const uint64_t value = i;
        memcpy(slab_at(&slab, i), &value, sizeof(value));
    }
    slab_give(&slab, 7);
    slab_give(&slab, 9);
    assert_int_equal(slab_take(&slab), 9);
    assert_int_equal(slab_take(&slab), 7);
    assert_int_equal(slab_take(&slab), 101);
    uint64_t value;
    memcpy(&value, slab_at(&slab, 50), sizeof(value));
    assert_int_equal(value, 50);
    slab_clear(&slab);
    assert_int_equal(slab_take(&slab), 1);
    slab_deinit(&slab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_an_array),
        cmocka_unit_test(clearing_survives_the_last_epoch),
        cmocka_unit_test(refused_memory_changes_nothing),
        cmocka_unit_test(a_slab_gives_numbers_that_stay),
    };
    return cmocka_run_group_tests_name("harness.check.table", tests, NULL, NULL) ? 1 : 0;
}

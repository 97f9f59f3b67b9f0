/* SPDX-License-Identifier: MIT */
/* Memory that can be put back: what was there is there again, where it was and with what it held, whatever happened since. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "harness/document/tests/failing_allocator.h"
#include "harness/play/store.h"

#define BLOCKS 400u

/* Blocks of a store, and what each is to hold: its own number, over and over. */
struct held {
    unsigned char *at[BLOCKS];
    size_t bytes[BLOCKS];
    unsigned char mark[BLOCKS];
};

static uint64_t draws;

static uint32_t below(uint32_t bound)
{
    draws = draws * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(draws >> 33) % bound;
}

static size_t draw_size(void)
{
    switch (below(4)) {
    case 0:
        return below(20);
    case 1:
        return 1000 + below(60);
    case 2:
        return below(6000);
    default:
        return below(300);
    }
}

static void check(const struct held *held)
{
    for (size_t i = 0; i < BLOCKS; i++) {
        for (size_t j = 0; held->at[i] != NULL && j < held->bytes[i]; j++) {
            assert_int_equal(held->at[i][j], held->mark[i]);
        }
    }
}

static void fill(struct held *held, size_t i, size_t from)
{
    memset(held->at[i] + from, held->mark[i], held->bytes[i] - from);
}

/* One block is taken, given back, or gets another size. */
static void change_one(struct store *store, struct held *held)
{
    const struct rh_allocator *allocator = &store->allocator;
    size_t i = below(BLOCKS);
    size_t size = draw_size();
    if (held->at[i] == NULL) {
        held->at[i] = allocator->allocate(allocator->self, size);
        held->bytes[i] = size;
        held->mark[i] = (unsigned char)below(256);
        assert_non_null(held->at[i]);
        assert_int_equal((uintptr_t)held->at[i] % _Alignof(max_align_t), 0);
        fill(held, i, 0);
    } else if (below(2) == 0) {
        size_t kept = size < held->bytes[i] ? size : held->bytes[i];
        held->at[i] = allocator->resize(allocator->self, held->at[i], held->bytes[i], size);
        assert_non_null(held->at[i]);
        held->bytes[i] = size;
        fill(held, i, kept);
    } else {
        memset(held->at[i], 0x5a, held->bytes[i]);
        allocator->release(allocator->self, held->at[i], held->bytes[i]);
        held->at[i] = NULL;
    }
}

static void puts_back_what_was_marked(void **state)
{
    struct failing_allocator failing;
    struct store store;
    (void)state;
    failing_allocator_init(&failing, 0);
    store_init(&store, &failing.allocator);
    struct held held = {.at = {NULL}};
    for (unsigned mark = 0; mark < 20; mark++) {
        for (unsigned i = below(1000); i > 0; i--) {
            change_one(&store, &held);
        }
        check(&held);
        assert_true(store_mark(&store));
        const struct held marked = held;
        for (unsigned times = below(4); times > 0; times--) {
            for (unsigned i = below(1000); i > 0; i--) {
                change_one(&store, &held);
            }
            check(&held);
            store_rewind(&store);
            held = marked;
            check(&held);
        }
    }
    store_deinit(&store);
    assert_int_equal(failing.bytes, 0);
    assert_false(failing.has_lost_size);
}

/* What is given back is given out again: a store does not grow for as long as it is used. */
static void gives_out_again_what_was_released(void **state)
{
    struct store store;
    (void)state;
    store_init(&store, rh_allocator_default());
    const struct rh_allocator *allocator = &store.allocator;
    for (unsigned i = 0; i < 10000; i++) {
        size_t bytes = 1 + i % 5000;
        void *block = allocator->allocate(allocator->self, bytes);
        assert_non_null(block);
        allocator->release(allocator->self, block, bytes);
    }
    assert_true(store_size(&store) < (size_t)256 * 1024);
    store_deinit(&store);
}

static void rewinds_to_an_empty_store(void **state)
{
    struct store store;
    (void)state;
    store_init(&store, rh_allocator_default());
    const struct rh_allocator *allocator = &store.allocator;
    assert_true(store_mark(&store));
    void *first = allocator->allocate(allocator->self, 100000);
    assert_non_null(first);
    store_rewind(&store);
    assert_int_equal(store_size(&store), 0);
    assert_ptr_equal(allocator->allocate(allocator->self, 100000), first);
    allocator->release(allocator->self, NULL, 0);
    assert_null(allocator->allocate(allocator->self, SIZE_MAX));
    assert_null(allocator->allocate(allocator->self, SIZE_MAX / 2 + 1));
    store_deinit(&store);
}

static void is_whole_without_memory(void **state)
{
    (void)state;
    for (uint64_t refused = 1; refused < 8; refused++) {
        struct failing_allocator failing;
        struct store store;
        failing_allocator_init(&failing, refused);
        store_init(&store, &failing.allocator);
        const struct rh_allocator *allocator = &store.allocator;
        unsigned char *blocks[3];
        for (unsigned i = 0; i < 3; i++) {
            blocks[i] = allocator->allocate(allocator->self, 30000);
            if (blocks[i] != NULL) {
                memset(blocks[i], (int)i, 30000);
            }
        }
        bool is_marked = store_mark(&store);
        assert_int_equal(store.is_marked, is_marked);
        for (unsigned i = 0; i < 3; i++) {
            assert_true(blocks[i] == NULL || blocks[i][29999] == i);
        }
        store_deinit(&store);
        assert_int_equal(failing.bytes, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(puts_back_what_was_marked),
        cmocka_unit_test(gives_out_again_what_was_released),
        cmocka_unit_test(rewinds_to_an_empty_store),
        cmocka_unit_test(is_whole_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) == 0 ? 0 : 1;
}

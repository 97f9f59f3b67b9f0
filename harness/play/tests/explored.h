/* SPDX-License-Identifier: MIT */
/** @file
 *  Programs that tests write, explored: how many runs, classes and outcomes they have. */
#ifndef HARNESS_PLAY_TESTS_EXPLORED_H
#define HARNESS_PLAY_TESTS_EXPLORED_H

#include <rehearse/choice.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/** What has fewer classes is counted in parts, too. */
#define PARTED_CLASSES_MAX 300u

/** Numbers, each once. */
struct set {
    uint64_t *at;
    size_t capacity;
    size_t count;
};
/** Are all of these among others? */
bool set_is_among(const struct set *some, const struct set *others);

struct found {
    uint64_t runs;
    uint64_t classes; /**< distinct */
    uint64_t visited;
    uint64_t blocked;
    bool is_complete;
    struct set outcomes; /**< found_clear forgets them */
};
void found_clear(struct found *found);

/** What is explored: begun with these lines behind its title, and gone on with. */
extern char program[65536];
void put_head(const char *lines);
void put(const char *format, ...);

/** Play the program in all orders, each of which has a class, or in those that a strategy (taken) plays and that have none, or
 *  once for each class; so many runs at most. */
void explore_brute(uint64_t runs_max, struct found *found);
void explore_unfollowed(struct rh_strategy *strategy, uint64_t runs_max, struct found *found);
void explore_classes(uint64_t runs_max, struct found *found);
/** In parts the same classes are found, each once. What others cover may have to be played, since a part does not know what
 *  the others remember. */
void assert_parts(uint64_t runs_max, const struct found *whole);

#endif

/* SPDX-License-Identifier: MIT */
/* A stage for the tests of pipes: a world of two nodes, an actor on each that writes down what it hears. */
#ifndef HARNESS_WORLD_TESTS_TALK_H
#define HARNESS_WORLD_TESTS_TALK_H

#include <rehearse/cluster.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LOG_BYTES 512

/* What one actor of a test has heard, as words: "opened bytes:abc written eof closed:reset ". */
struct heard {
    char text[LOG_BYTES];
    char bytes[256];
    size_t byte_count;
    struct rh_ref handle;   /* connected, started or accepted last */
    struct rh_ref listener; /* of those who listen */
    bool closes_at_eof;
    const char *says; /* as soon as it is open */
};

extern struct heard heard[4];
extern bool connects_early; /* in the next world */
extern const struct rh_behaviour talker;

struct stage {
    struct rh_world *world;
    struct rh_strategy *strategy;
    struct rh_pid actors[2];
};

void set_up(struct stage *stage, struct rh_strategy *strategy, const struct rh_pipe_rules *rules);
bool tear_down(struct stage *stage);
struct rh_strategy *fifo(void);
void act(struct stage *stage, unsigned who,
         enum rh_status (*body)(struct rh_context *ctx, void *state, void *argument),
         const void *argument);
enum rh_status do_listen(struct rh_context *ctx, void *state, void *argument);
enum rh_status do_connect(struct rh_context *ctx, void *state, void *argument);
enum rh_status do_write(struct rh_context *ctx, void *state, void *argument);
enum rh_status do_close(struct rh_context *ctx, void *state, void *argument);
enum rh_status do_shutdown(struct rh_context *ctx, void *state, void *argument);
enum rh_status do_pause(struct rh_context *ctx, void *state, void *argument);
enum rh_status do_resume(struct rh_context *ctx, void *state, void *argument);
void run(struct stage *stage);
void connect_them(struct stage *stage);
void both_heard(const char *first, const char *second);

#endif

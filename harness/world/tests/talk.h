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
/* The same of one run, first in, first out; the two are connected, and have heard nothing. */
void set_up_connected(struct stage *stage, const struct rh_pipe_rules *rules);
void tear_down_all(struct stage *stage);
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
/* Start a child with one argument, "--loud". */
enum rh_status do_start(struct rh_context *ctx, void *state, void *argument);
/* `argument` is a number, NULL: 15. */
enum rh_status do_kill(struct rh_context *ctx, void *state, void *argument);
/* Boot a child that is called "child" and writes down what it hears as the actor of n2 does. */
enum rh_status boot_child(void *self, struct rh_world *world, uint32_t node,
                          const struct rh_command *command, struct rh_ref *ret_stdio);
void run(struct stage *stage);
void connect_them(struct stage *stage);
void both_heard(const char *first, const char *second);

#endif

/* SPDX-License-Identifier: MIT */
/* A driver by hand: effects are taken and told as text, inputs fed one by one, and what all players hear is one text. A
 * handle is printed as its place in the order of first appearance. */
#ifndef CORE_IO_TESTS_DRIVER_H
#define CORE_IO_TESTS_DRIVER_H

#include "core/actor/tests/stage.h"

struct player {
    char *storage; /**< what it writes from; freed by deinit */
};

extern struct rh_node *node;
extern struct purse purse;
extern enum rh_status on_accept; /**< what a player's turn returns on ACCEPTED */
extern const struct rh_behaviour player_behaviour;

void open_node(const struct rh_limits *limits);
void open_node_with(struct rh_node_options options);
/** Destroy it; the validator has nothing to say and no block is left. */
void close_node(void);
struct rh_pid enter_player(void);
/** What was heard so far; forgets it. The validator has nothing to say. */
const char *heard_all(void);
uint64_t handles_now(void);
/** Append "what; ". */
void append(char *text, size_t capacity, const char *what);
size_t handle_index(struct rh_ref ref);
/** Take all effects: "connect 0 unix:a; write 0 hello; ". */
const char *effects(void);

/** One operation in a turn of its own. */
struct order {
    const char *text;
    struct rh_ref ref;
    struct rh_pid to;
    const struct rh_command *command;
    int number;
    enum rh_status status;
};

struct order tell(struct rh_pid actor, struct order order,
                  enum rh_status (*body)(struct rh_context *, void *, void *));
/** Its status, with "hello" and 15 as whatever it needs. */
enum rh_status status_of(struct rh_pid actor, struct rh_ref ref,
                         enum rh_status (*body)(struct rh_context *, void *, void *));
/** Exit; allocating fails the test. */
void leave_now(struct rh_pid actor);

enum rh_status do_connect(struct rh_context *ctx, void *state, void *argument);
enum rh_status do_listen(struct rh_context *ctx, void *state, void *argument);
enum rh_status do_start(struct rh_context *ctx, void *state, void *argument);
enum rh_status do_write(struct rh_context *ctx, void *state, void *argument);
/** Write bytes that live in the state and go with it. */
enum rh_status do_write_own(struct rh_context *ctx, void *state, void *argument);
enum rh_status do_pause(struct rh_context *ctx, void *state, void *argument);
enum rh_status do_resume(struct rh_context *ctx, void *state, void *argument);
enum rh_status do_shutdown(struct rh_context *ctx, void *state, void *argument);
enum rh_status do_close(struct rh_context *ctx, void *state, void *argument);
enum rh_status do_kill(struct rh_context *ctx, void *state, void *argument);
enum rh_status do_give(struct rh_context *ctx, void *state, void *argument);
enum rh_status do_output(struct rh_context *ctx, void *state, void *argument);

enum rh_status feed_io(struct rh_io io);
enum rh_status feed(struct rh_ref handle, enum rh_io_kind kind);
enum rh_status feed_bytes(struct rh_ref handle, enum rh_io_kind kind, const char *text);
enum rh_status feed_closed(struct rh_ref handle, enum rh_close_why why);
enum rh_status feed_accepted(struct rh_ref listener, struct rh_ref *ret_accepted);

extern const struct rh_command cat;
struct rh_ref connect_to(struct rh_pid actor, const char *address);
/** A pipe that is open, its effects taken and its opening heard. */
struct rh_ref open_pipe(struct rh_pid actor);
struct rh_ref open_child(struct rh_pid actor);

#endif

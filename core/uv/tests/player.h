/* SPDX-License-Identifier: MIT */
/* A node on a loop with one actor that plays with real pipes, sockets and children, and notes what it hears. Every case counts
 * the descriptors of this process before and after. */
#ifndef CORE_UV_TESTS_PLAYER_H
#define CORE_UV_TESTS_PLAYER_H

#include <rehearse/inspect.h>
#include <rehearse/uv.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <uv.h>

extern uv_loop_t loop;
extern struct rh_node *node;
extern struct rh_uv *uv;
extern struct rh_pid actor;

extern char script[4096];   /**< what was heard but bytes, in order */
extern char received[4096]; /**< the first bytes */
extern size_t received_total;
extern uint64_t received_sum;
extern struct rh_ref last;  /**< the last handle that was opened, started or accepted */
extern int64_t last_number; /**< of it */
extern size_t accepted_count;
extern bool echoing; /**< write back what comes in */
extern bool shut_on_eof;
struct sending {
    const char *bytes;
    size_t size;
    size_t piece;
    size_t done;
};
extern struct sending sending; /**< a long text, piece by piece */

/** What libuv keeps for the process and never gives back: before the first case. */
void warm_up(void);
void open_stage(void);
/** Closes whatever is left; no child, no descriptor and no libuv handle remains. */
void close_stage(void);

/** Run the loop until something is so; half a minute is too long. */
void run_until(bool (*is_so)(const void *argument), const void *argument);
/** One round of the loop, which waits for nothing. */
void run_once(void);
bool has_received(const void *size);
bool has_accepted(const void *count);
bool has_closed(const void *count);
/** Until the script has this. */
void await(const char *text);

/** One operation, in a turn of its own. */
struct order {
    const char *text;
    struct rh_ref ref;
    struct rh_command command;
    int number;
    enum rh_status status;
};

struct rh_ref tell(struct order order, enum rh_status (*body)(struct rh_context *, void *, void *));

enum rh_status do_connect(struct rh_context *ctx, void *state, void *argument);
enum rh_status do_listen(struct rh_context *ctx, void *state, void *argument);
enum rh_status do_start(struct rh_context *ctx, void *state, void *argument);
enum rh_status do_write(struct rh_context *ctx, void *state, void *argument);
enum rh_status do_shutdown(struct rh_context *ctx, void *state, void *argument);
enum rh_status do_close(struct rh_context *ctx, void *state, void *argument);
enum rh_status do_pause(struct rh_context *ctx, void *state, void *argument);
enum rh_status do_resume(struct rh_context *ctx, void *state, void *argument);
enum rh_status do_kill(struct rh_context *ctx, void *state, void *argument);
enum rh_status do_exit(struct rh_context *ctx, void *state, void *argument);
/** Start a child that runs this. */
struct rh_ref start_shell(const char *text);

#endif

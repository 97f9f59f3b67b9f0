/* SPDX-License-Identifier: MIT */
/*
 * What a supervisor is made of. Private to core/supervision; built on the public actor interface only.
 *
 * A supervisor does one piece of work at a time. Every piece has the same shape: stop the children [first, end) of the
 * table from the last to the first, start those that are left from the first to the last, then conclude; boot has no
 * first part, ending no second one. While a child is being waited for, everything else goes to the backlog, a queue
 * whose nodes for exits are part of the children that they are about: only a request needs memory to wait.
 *
 *      supervisor.c   deliveries in, the backlog, what they mean when nothing is being done
 *      work.c         the one piece of work
 *      children.c     the table
 *      restart.c      which ends are failures, intensity, what a strategy restarts
 *      requests.c     calls and their replies
 *
 * All functions return RH_OK to go on; anything else ends the actor and is passed up at once.
 */
#ifndef CORE_SUPERVISION_INTERNAL_H
#define CORE_SUPERVISION_INTERNAL_H

#include <rehearse/server.h>
#include <rehearse/supervisor.h>

enum child_state {
    CHILD_ABSENT,   /**< not running and not meant to */
    CHILD_STARTING, /**< spawned, `wait` is the answer that makes it ready */
    CHILD_RUNNING,
    CHILD_STOPPING,   /**< told to stop, `wait` is the monitor */
    CHILD_RESTARTING, /**< could not be restarted, a message to oneself will try again */
};

enum event_kind {
    EVENT_NONE,
    EVENT_CHILD_EXIT,
    EVENT_PARENT_EXIT,
    EVENT_MESSAGE
};

/** Something that waits until the present work is done. */
struct event {
    struct event *next;
    enum event_kind kind; /**< EVENT_NONE: not queued */
    struct child *child;
    struct rh_pid from;
    struct rh_message message;
};

struct child {
    const struct rh_child_spec *spec;
    struct rh_text id;
    struct rh_message argument;
    enum child_state state;
    struct rh_pid pid; /**< none when absent or restarting */
    uint64_t incarnation;
    struct rh_ref wait;
    struct event exit;
    enum rh_reason_class exit_class; /**< of the queued exit */
    size_t bytes;                    /**< of this block, which ends with the id */
};

enum work_kind {
    WORK_NONE,
    WORK_BOOT,
    WORK_RESTART,
    WORK_REQUEST_START, /**< start_child and restart_child */
    WORK_REQUEST_STOP,  /**< terminate_child */
    WORK_END,
};

struct work {
    enum work_kind kind;
    bool starting; /**< in the second part */
    bool created;  /**< start_child: the child goes again if it does not start */
    size_t first;
    size_t cursor; /**< children[cursor - 1] is stopping, or children[cursor] is starting */
    size_t end;
    struct rh_ref call;       /**< whom to answer */
    struct rh_message reason; /**< WORK_END */
};

struct supervisor {
    const struct rh_allocator *allocator;
    const struct rh_supervisor *config;
    struct child **children; /**< in starting order */
    size_t count;
    size_t capacity;
    rh_instant *restarts; /**< of the last period, oldest first */
    size_t restart_count;
    size_t restart_capacity;
    struct event *backlog_head;
    struct event *backlog_tail;
    struct event parent_exit;
    struct rh_ref stop_timer;
    struct work work;
};

/* ---- children.c ---- */

/** Grow an array to hold one more element. */
bool array_grow(const struct rh_allocator *allocator, void **array, size_t *capacity, size_t count,
                size_t element_bytes);
bool spec_is_acceptable(const struct rh_child_spec *spec);
/** Append an absent child; `argument` is taken. RH_NO_MEMORY. */
enum rh_status child_add(struct supervisor *sup, const struct rh_child_spec *spec,
                         struct rh_text id, struct rh_message argument, struct child **ret_child);
void child_remove(struct supervisor *sup, size_t index);
struct child *child_find_pid(const struct supervisor *sup, struct rh_pid pid);
/** Find by id; `ret_index` may be NULL. */
struct child *child_find_id(const struct supervisor *sup, struct rh_text id, size_t *ret_index);
size_t child_index(const struct supervisor *sup, const struct child *child);
/** The child has no actor any more. */
void child_forget_actor(struct supervisor *sup, struct child *child, enum child_state state);
void children_destroy(struct supervisor *sup);

/* ---- supervisor.c: the backlog ---- */

void backlog_push(struct supervisor *sup, struct event *event);
void backlog_withdraw(struct supervisor *sup, struct event *event);

/* ---- work.c ---- */

bool is_busy(const struct supervisor *sup);
/** Start the children [first, end). The rest of sup->work is the caller's to set before. */
enum rh_status work_start(struct rh_context *ctx, struct supervisor *sup, size_t first, size_t end);
/** Stop the children [first, end), then start those that are left if it is a restart. */
enum rh_status work_stop(struct rh_context *ctx, struct supervisor *sup, size_t first, size_t end);
/** Stop everything and exit with `reason` (taken). */
enum rh_status work_end(struct rh_context *ctx, struct supervisor *sup, struct rh_message reason);
/** Deliveries that the work may be waiting for; they tell whether it was. */
bool work_on_exit(struct rh_context *ctx, struct supervisor *sup, const struct rh_delivery *in,
                  enum rh_status *ret_status);
enum rh_status work_on_down(struct rh_context *ctx, struct supervisor *sup,
                            const struct rh_delivery *in);
enum rh_status work_on_liveness(struct rh_context *ctx, struct supervisor *sup,
                                const struct rh_delivery *in);
bool work_on_message(struct rh_context *ctx, struct supervisor *sup, const struct rh_delivery *in,
                     enum rh_status *ret_status);
enum rh_status work_on_timeout(struct rh_context *ctx, struct supervisor *sup,
                               const struct rh_delivery *in);

/* ---- restart.c ---- */

/** A running child has ended, and nothing else is being done. */
enum rh_status restart_on_exit(struct rh_context *ctx, struct supervisor *sup, struct child *child,
                               enum rh_reason_class reason);
/** A child that is being restarted could not be; arrange to try again in a later turn. */
enum rh_status restart_again_later(struct rh_context *ctx, struct child *child);
/** Handle the message that restart_again_later sent; false if it is another one. */
bool restart_on_message(struct rh_context *ctx, struct supervisor *sup, const struct event *event,
                        enum rh_status *ret_status);

/* ---- requests.c ---- */

enum rh_status request_handle(struct rh_context *ctx, struct supervisor *sup,
                              const struct rh_message *message);
/** Answer a call with `reply` (taken). A client that takes no more loses it; any other refusal ends the supervisor, so that
 *  no client waits for ever. */
enum rh_status request_reply(struct rh_context *ctx, struct rh_ref call, struct rh_message reply);
/** Answer ["error", reason]. */
enum rh_status request_refuse(struct rh_context *ctx, struct rh_ref call,
                              const struct rh_message *reason);

#endif

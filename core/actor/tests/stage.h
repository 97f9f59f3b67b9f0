/* SPDX-License-Identifier: MIT */
/* A stage for tests of the core: named actors that act when told to and write down what they hear. */
#ifndef CORE_ACTOR_TESTS_STAGE_H
#define CORE_ACTOR_TESTS_STAGE_H

#include <rehearse/inspect.h>
#include <rehearse/node.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define CAST_MAX 16

struct member {
    char name[8];
    struct rh_pid pid;
    char heard[1024]; /* "message a hi; exit b boom; " */
};

/** An allocator that counts what is out, and refuses or forbids on demand. */
struct purse {
    size_t blocks;      /**< out now */
    size_t bytes;       /**< out now */
    size_t allocations; /**< so far */
    size_t refuse_at;   /**< the allocation that fails; 0: none */
    bool refuse_after;  /**< so do all that follow it */
    bool forbid;        /**< allocating fails the test */
};
struct rh_allocator purse_allocator(struct purse *purse);

struct stage {
    struct rh_node *node;
    struct rh_limits limits;
    rh_instant now;
    struct member cast[CAST_MAX];
    size_t count;
    uint64_t kinds;  /**< of events that are written down */
    char log[4096];  /**< "name_remove:exit b svc; send DOWN b>a; " */
    uint64_t copies; /**< SENDs of messages by a fault */
    uint64_t discards;
    struct rh_observer also; /**< hears everything that stage_log hears */
};

void stage_open(struct stage *stage);
void stage_open_with(struct stage *stage, const struct rh_node_options *options);
/** Destroy the node; the validator must have nothing to say. */
void stage_close(struct stage *stage);
/** Close with everybody gone: no actor, no entry, nothing that waits. */
void stage_close_empty(struct stage *stage);
/** Fail unless the validator is content and every message is accounted for; needs stage_log since the first event. */
void stage_audit(struct stage *stage);

#define STAGE_BIT(kind) (UINT64_C(1) << RH_EVENT_##kind)
/** Write down events of these kinds from now on. */
void stage_log(struct stage *stage, uint64_t kinds);
/** What was written down so far; forgets it. */
const char *logged(struct stage *stage);

/** Enter an actor; it has started when this returns. */
struct rh_pid enter(struct stage *stage, const char *name, const struct rh_spawn_options *options);
struct rh_pid enter_plain(struct stage *stage, const char *name);
struct rh_pid enter_trapping(struct stage *stage, const char *name);
struct rh_pid enter_selective(struct stage *stage, const char *name);

/** Give an actor that is there already a name; it writes down what it hears if it is a stage_member. */
void adopt(struct stage *stage, const char *name, struct rh_pid pid);
/** The behaviour of those who enter. */
const struct rh_behaviour *stage_member(void);

/** Make an actor act: the body runs as one turn of it. */
enum rh_status act(struct stage *stage, struct rh_pid actor,
                   enum rh_status (*body)(struct rh_context *ctx, void *state, void *argument),
                   void *argument);
/** Run until nothing can happen at this instant. */
void settle(struct stage *stage);
/** Let time pass, then settle. */
void wait_for(struct stage *stage, rh_duration duration);
/** What an actor has heard so far; forgets it. */
const char *heard(struct stage *stage, struct rh_pid actor);
bool is_alive(const struct stage *stage, struct rh_pid actor);
struct rh_actor_view look(const struct stage *stage, struct rh_pid actor);
struct rh_node_stats stats(const struct stage *stage);

/** What one operation needs and what it answers. */
struct operation {
    struct rh_pid to;
    const char *text;
    const char *name;
    int64_t tag;
    unsigned flags;
    enum rh_alias_mode alias;
    rh_duration delay;
    struct rh_ref ref;
    const struct rh_receive *want;
    const struct rh_behaviour *behaviour;
    const struct rh_spawn_options *options;
    enum rh_status status;
    size_t count;
    struct rh_pid pids[4];
};
/** Perform an operation in a turn of `actor`, which must be alive; returns it with its answers. */
struct operation perform(struct stage *stage, struct rh_pid actor, struct operation operation,
                         enum rh_status (*body)(struct rh_context *, void *, void *));

/** Define a body for perform from an expression over `ctx` and `op` that gives a status. */
#define OPERATION(name, expression)                                                                \
    static enum rh_status name(struct rh_context *ctx, void *state, void *argument)                \
    {                                                                                              \
        struct operation *op = argument;                                                           \
        (void)state;                                                                               \
        op->status = (expression);                                                                 \
        return RH_OK;                                                                              \
    }

/* One operation each. */
enum rh_status act_send(struct stage *stage, struct rh_pid actor, struct rh_pid to,
                        const char *text);
enum rh_status act_link(struct stage *stage, struct rh_pid actor, struct rh_pid to);
enum rh_status act_link_tagged(struct stage *stage, struct rh_pid actor, struct rh_pid to,
                               int64_t tag);
enum rh_status act_unlink(struct stage *stage, struct rh_pid actor, struct rh_pid to,
                          unsigned flags);
void act_exit(struct stage *stage, struct rh_pid actor, const char *reason);
enum rh_status act_exit_signal(struct stage *stage, struct rh_pid actor, struct rh_pid to,
                               const char *reason);
struct rh_ref act_monitor(struct stage *stage, struct rh_pid actor, struct rh_pid to,
                          enum rh_alias_mode alias);
enum rh_status act_demonitor(struct stage *stage, struct rh_pid actor, struct rh_ref ref,
                             unsigned flags);
enum rh_status act_register(struct stage *stage, struct rh_pid actor, const char *name,
                            struct rh_pid who);
/** Spawn a stage_member that is adopted as `name`; `ret_monitor` may be NULL. */
struct rh_pid act_spawn(struct stage *stage, struct rh_pid actor, const char *name,
                        const struct rh_spawn_options *options, struct rh_ref *ret_monitor);
void act_trap(struct stage *stage, struct rh_pid actor, bool trap);
enum rh_status act_receive(struct stage *stage, struct rh_pid actor, const struct rh_receive *want);

void assert_status(enum rh_status found, enum rh_status wanted);
/** The reason text as a message. */
struct rh_message word(const char *text);

#endif

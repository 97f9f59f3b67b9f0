/* SPDX-License-Identifier: MIT */
/*
 * What a host is made of. Private to core/host; built on the public actor interface only.
 *
 * A host is one state machine: its turns are atomic, so that what a spawn, a stop or a waiter sees of procs, names and routes
 * is never half done. Everything in it hangs from three lists: procs, waiters, bulks.
 *
 *      host.c       deliveries in
 *      requests.c   one row per verb, and the queries
 *      spawn.c      spawn as a transaction, callbacks
 *      stop.c       one proc: stages, grace, refusal
 *      bulk.c       many procs: terminate_all, shutdown
 *      wait.c       who waits for what, and the answers
 *      procs.c      the table of procs: find, make, move, forget
 *      route.c      envelopes; router.c  where they go
 *      answer.c     replies, texts for people
 *      local.c      the manager of in-process procs
 *      process.c    the manager of procs that are processes
 *      agent.c      the head of a proc
 *
 * A function that returns a status refuses by it, and has changed nothing. What must not fail returns nothing; if it does
 * fail, for want of memory, the host is `broken` and ends with the turn.
 */
#ifndef CORE_HOST_INTERNAL_H
#define CORE_HOST_INTERNAL_H

#include "core/host/manager.h"
#include "core/host/router.h"

#include <rehearse/server.h>

/** Words for people; what does not fit is cut off. */
struct text {
    size_t size;
    char bytes[240];
};

/** What the in-process manager knows of a proc. */
struct proc_local {
    struct rh_pid agent;      /**< none: it has ended */
    struct rh_ref watch;      /**< of the agent */
    struct rh_ref group;      /**< the subscription to the joins and leaves of its actors */
    bool has_ended;           /**< the agent has; the proc does when its last actor has */
    enum proc_event_kind end; /**< what to say then, with number or reason */
    int64_t number;
    struct rh_message reason; /**< the agent has failed: with this */
};

/** What the manager of processes knows of a proc. */
struct proc_process {
    uint32_t node;        /**< the number that the child's node was told to have; 0: no child */
    struct rh_ref handle; /**< of nobody: none, or no more */
    struct rh_ref watch;  /**< of the agent */
    struct rh_ref timer;  /**< it has exited, and somebody has its pipes */
    int64_t id;           /**< of the process; 0: it has not started */
    bool has_started;
    bool has_exited;
    bool is_closed;
    int64_t code;
    int signal;
    struct rh_message reason; /**< the agent has failed: with this, if that was heard */
};

/** One incarnation of a proc. */
struct proc {
    struct proc *next; /**< in the order of spawning */
    const struct rh_proc_program *program;
    const struct rh_manager *manager;
    uint64_t serial; /**< n-th proc of this host */
    enum rh_proc_status status;
    int64_t number;   /**< STOPPED: code, KILLED: signal */
    struct text why;  /**< FAILED and STOPPED: why, as far as is known; doomed: why it will have */
    rh_instant since; /**< of this status */
    bool is_reserved; /**< service and local */
    bool is_doomed;   /**< its spawn has failed: whatever it says at its end, it has FAILED */
    bool has_run;     /**< it has been launched */
    bool was_ready;   /**< otherwise nothing of it remains at its end */
    uint64_t illegal; /**< how often something was said of it that cannot be */
    struct rh_pid agent;        /**< from READY until it is lost */
    struct rh_message address;  /**< text, from READY on */
    struct rh_message argument; /**< of the spawn */
    struct rh_message reason;   /**< of the stop */
    enum proc_stage
        stage; /**< how far the stop has come; NONE while STOPPING: it has survived the kill */
    rh_duration grace;
    struct rh_ref timer; /**< readiness, then the next stage; of nobody: none */
    struct route route;  /**< bound from READY until the end */
    uint8_t *tail; /**< the manager's: what the proc said last on stderr; released with the proc */
    size_t tail_bytes;
    size_t tail_capacity;
    struct proc_local local;
    struct proc_process process;
    size_t bytes; /**< of this block, which ends with name and id */
    const char *name;
    const char *id; /**< "host/name#serial", for callbacks, groups and the environment */
};

/** Who is owed an answer about a proc. */
#define WAITER_KIND_MAP(X)                                                                         \
    X(SPAWN, "spawn")                                                                              \
    X(READY, "ready")                                                                              \
    X(WAIT, "wait")                                                                                \
    X(STOP, "stop")

enum waiter_kind {
#define X(identifier, word) WAITER_##identifier,
    WAITER_KIND_MAP(X)
#undef X
    WAITER_KIND_COUNT
};

/** What somebody waits for. */
struct waiting {
    enum waiter_kind kind;
    enum rh_proc_status least; /**< WAIT */
    uint64_t serial;           /**< of the proc; 0: of the next one of this name */
    struct rh_ref call;
};

struct waiter {
    struct waiter *next; /**< in the order of asking */
    uint64_t number;     /**< n-th of this host */
    struct waiting what;
    struct rh_ref timer;
    struct rh_ref watch; /**< of the client */
    size_t bytes;        /**< of this block, which ends with the name */
    const char *name;
};

enum target_state {
    TARGET_WAITING,
    TARGET_STOPPING, /**< by this bulk */
    TARGET_AWAITED,  /**< by somebody else */
    TARGET_DONE,
};

struct target {
    uint64_t serial;
    enum target_state state;
};

/** How to stop. */
struct stopping {
    rh_duration grace;
    struct rh_item reason;
};

/** A terminate_all or shutdown. Only the first in the list is at work. */
struct bulk {
    struct bulk *next;
    uint64_t number; /**< n-th of this host */
    struct rh_ref call;
    bool is_shutdown;
    bool has_begun;
    uint64_t most;
    rh_duration grace;
    struct rh_message reason;
    struct target *targets;
    size_t attempted; /**< targets */
    size_t ok;
    size_t failed;
};

/** A route that somebody has bound. */
struct custom_route {
    struct custom_route *next;
    struct route route;
    size_t bytes; /**< of this block, which ends with the destination */
};

/** What the manager of processes knows of its host. */
struct host_process {
    struct rh_pid listener; /**< where children connect; none: somebody else's */
};

#define HOST_MANAGERS_MAX 4

struct host {
    const struct rh_allocator *allocator;
    const struct rh_host *config;
    const struct rh_manager *managers[HOST_MANAGERS_MAX];
    size_t manager_count;
    struct host_process process;
    struct rh_proc_program service; /**< what the reserved procs are */
    struct rh_proc_program local;
    struct proc *procs;
    size_t proc_count;
    uint64_t serials;
    struct waiter *waiters;
    size_t waiter_count;
    uint64_t waiter_numbers;
    struct bulk *bulks;
    size_t bulk_count;
    uint64_t bulk_numbers;
    struct router router;
    struct custom_route *customs;
    size_t custom_count;
    size_t shutdowns;      /**< asked for and not answered */
    bool ends;             /**< a shutdown has been acknowledged */
    enum rh_status broken; /**< RH_OK, or why it cannot keep its promises: it ends with this turn */
};

/* ---- procs.c ---- */

/** Return who runs it; NULL: nobody can. */
const struct rh_manager *manager_of(const struct rh_proc_program *program);

/** Make room, and a proc that is STARTING and not begun. RH_LIMIT, RH_NO_MEMORY. Its name is free and acceptable. */
enum rh_status proc_create(struct rh_context *ctx, struct host *host,
                           const struct rh_proc_program *program, struct rh_text name,
                           struct rh_item argument, struct proc **ret_proc);
/** Forget it; it runs no more or never did, and nobody waits for it. */
void proc_remove(struct host *host, struct proc *proc);
void procs_destroy(struct host *host);
struct proc *proc_find(const struct host *host, struct rh_text name);
struct proc *proc_find_serial(const struct host *host, uint64_t serial);
struct proc *proc_find_id(const struct host *host, struct rh_text id);
struct rh_text proc_name(const struct proc *proc);
/** Return whether a proc, or a route, may have this name. */
bool proc_name_is_good(const struct rh_context *ctx, const struct host *host, struct rh_text name);
bool proc_name_is_reserved(struct rh_text name);
/** Something has happened: look its cell up and carry it out, with all that comes of it (routes, waiters, bulks). Returns
 *  whether its status is another one now. If that is an end, the proc may be gone. */
bool proc_happen(struct rh_context *ctx, struct host *host, const struct proc_event *event);
/** Start the one timer that a proc has, in place of an earlier one. */
enum rh_status proc_arm(struct rh_context *ctx, struct proc *proc, rh_duration delay);
void proc_disarm(struct rh_context *ctx, struct proc *proc);
/** Cast [word, reason] (without reason: [word]) to the agent, if it is known: for managers. RH_NOPROC: it is not. */
enum rh_status proc_tell(struct rh_context *ctx, const struct proc *proc, struct rh_pid agent,
                         const char *word);

/* ---- spawn.c ---- */

const struct rh_proc_program *program_find(const struct host *host, struct rh_text name);
void spawn_request(struct rh_context *ctx, struct host *host, struct rh_ref call,
                   struct rh_text program_name, struct rh_text name, struct rh_item argument);
/** Find one of the reserved procs, or make it. */
enum rh_status spawn_reserved(struct rh_context *ctx, struct host *host, struct rh_text name,
                              struct proc **ret_proc);
/** Handle ["$callback", id, address, agent]; false: it is something else. */
bool spawn_on_callback(struct rh_context *ctx, struct host *host, const struct rh_delivery *in);
/** Mark that the name is free, and that a spawn has left nothing. */
void spawn_mark_end(struct rh_context *ctx, const struct proc *proc);
/** The spawn has failed, and this is why, however the proc will end. */
void spawn_doom(struct proc *proc, const char *why);
/** The spawn has failed while the proc runs: end it, without a trace. */
void spawn_fail(struct rh_context *ctx, struct host *host, struct proc *proc, const char *why);

/* ---- stop.c ---- */

/** The grace of stops for which nobody has named one. */
rh_duration host_grace(const struct host *host);
/** Make a proc end that has not: from `stage` on, or join the stop under way. RH_NO_MEMORY and the like: nothing has
 *  changed. */
enum rh_status stop_begin(struct rh_context *ctx, struct host *host, struct proc *proc,
                          const struct stopping *how, enum proc_stage stage);
/** Kill a proc that is of no use, whatever fails. */
void stop_force(struct rh_context *ctx, struct host *host, struct proc *proc);
/** Its agent is gone: give it the time to end by itself, then stop it. */
void stop_lost(struct rh_context *ctx, struct host *host, const struct proc_event *event);
/** The time of its stage is over. */
void stop_on_timeout(struct rh_context *ctx, struct host *host, struct proc *proc);

/* ---- bulk.c ---- */

void bulk_request(struct rh_context *ctx, struct host *host, struct rh_ref call, bool is_shutdown,
                  uint64_t most, const struct stopping *how);
/** A proc has ended (or, `ok` false, has not, and that was all one can do). */
void bulk_on_end(struct rh_context *ctx, struct host *host, const struct proc *proc, bool ok);
/** Go on with the first, and those behind it. */
void bulks_run(struct rh_context *ctx, struct host *host);
void bulks_destroy(struct host *host);

/* ---- wait.c ---- */

/** Owe somebody an answer. RH_LIMIT, RH_NO_MEMORY and the like: nothing is owed. */
enum rh_status host_waiter_add(struct rh_context *ctx, struct host *host,
                               const struct waiting *what, struct rh_text name,
                               rh_duration timeout);
/** Take back what host_waiter_add has just added. */
void host_waiter_take_back(struct rh_context *ctx, struct host *host);
/** A proc has been made: it is what those wait for who came before it. */
void host_waiters_adopt(struct host *host, const struct proc *proc);
/** Answer whom its status concerns. */
void host_waiters_on_move(struct rh_context *ctx, struct host *host, const struct proc *proc);
/** It has survived the kill: answer who counts on its end. */
void host_waiters_on_refusal(struct rh_context *ctx, struct host *host, const struct proc *proc);
/** The host ends: answer everybody. */
void host_waiters_on_end(struct rh_context *ctx, struct host *host);
/** Handle the timers and watches of waiters; false: it is something else. */
bool host_waiters_receive(struct rh_context *ctx, struct host *host, const struct rh_delivery *in);
void host_waiters_destroy(struct host *host);

/* ---- requests.c ---- */

void host_request(struct rh_context *ctx, struct host *host, struct rh_ref call,
                  struct rh_item request);

/* ---- route.c ---- */

void route_bind_request(struct rh_context *ctx, struct host *host, struct rh_ref call,
                        struct rh_text destination, bool is_exact, struct rh_pid target);
void route_unbind_request(struct rh_context *ctx, struct host *host, struct rh_ref call,
                          struct rh_text destination, bool is_exact);
/** Mark a bind or unbind. */
void route_mark(struct rh_context *ctx, const char *word, const struct route *route);
/** Handle messages that are to be routed and those that come back; false: it is something else. */
bool route_receive(struct rh_context *ctx, struct host *host, const struct rh_delivery *in);
void routes_destroy(struct host *host);

/** A message on its way. */
struct envelope {
    struct rh_text destination;
    struct rh_item payload;
    struct rh_pid sender; /**< none: nobody wants to hear of it */
    bool is_fresh;        /**< from the sender itself */
};
/** Read one out of a MESSAGE or UNDELIVERABLE. Views. */
bool envelope_read(const struct rh_delivery *in, struct envelope *ret_envelope);
/** Pass it on, or tell its sender that it cannot be (target none: unroutable). */
void envelope_pass(struct rh_context *ctx, const struct rh_delivery *in,
                   const struct envelope *envelope, struct rh_pid target);
/** Tell the sender, once: an undeliverable is never itself returned. */
void envelope_return(struct rh_context *ctx, const struct envelope *envelope, const char *why);
/** Say why an UNDELIVERABLE has come back. */
const char *undeliverable_why(const struct rh_delivery *in);
/** Give the n-th segment; false: there is none. */
bool segment_of(struct rh_text destination, size_t n, struct rh_text *ret_segment);

/* ---- agent.c ---- */

/** An agent that can start nothing. */
extern const struct rh_behaviour agent_idle;

/* ---- answer.c ---- */

void text_add(struct text *text, const char *words);
void text_add_view(struct text *text, struct rh_text view);
void text_add_int(struct text *text, int64_t number);
void text_add_item(struct text *text, struct rh_item item);
/** Add what an error says of `name`. */
void text_add_error(struct text *text, enum rh_host_error error, struct rh_text name);
/** Add the end of what a proc said on stderr, on one line; nothing if it said nothing. */
void text_add_tail(struct text *text, const struct proc *proc);
/** Add "Stopped(exit=0)" and the like. */
void text_add_status(struct text *text, const struct proc *proc);
struct rh_text text_view(const struct text *text);

void build_begin(const struct rh_context *ctx, struct rh_builder *builder, size_t items);
void build_words(struct rh_builder *builder, const char *words);
/** Put a status as messages carry it. */
void build_status(struct rh_builder *builder, const struct proc *proc);

/** Answer a call (reply taken). A client that takes no more, or is no actor, loses it; where memory fails a smaller error
 *  goes out. RH_NO_MEMORY and the like: not even that. */
/** What is answered in the place of a reply that could not be built: an error that needs no memory. Reply taken. */
struct rh_message reply_or_failure(struct rh_message reply);
enum rh_status reply_send(struct rh_context *ctx, struct rh_ref call, struct rh_message reply);
/** The same; if it fails the host is broken and ends, so that no client waits for ever. */
void host_answer(struct rh_context *ctx, struct host *host, struct rh_ref call,
                 struct rh_message reply);
/** Answer with an error. */
void host_refuse(struct rh_context *ctx, struct host *host, struct rh_ref call,
                 enum rh_host_error error, struct rh_text name);
struct rh_message reply_ok(const struct rh_context *ctx);
struct rh_message reply_status(const struct rh_context *ctx, const struct proc *proc);
/** ["error", kind, text]; `why` may be NULL. */
struct rh_message reply_error(const struct rh_context *ctx, enum rh_host_error error,
                              struct rh_text name, const struct text *why);
/** ["error", kind, text, status] */
struct rh_message reply_ended(const struct rh_context *ctx, enum rh_host_error error,
                              const struct proc *proc);
/** The error that a status of ours is to a client. */
struct rh_message reply_refused(const struct rh_context *ctx, enum rh_status status);

/** Do what is done if it can be: what comes of it when it cannot is the next stage's, or nobody's. */
static inline void may_fail(enum rh_status status)
{
    (void)status;
}

static inline bool ref_is_none(struct rh_ref ref)
{
    return rh_pid_is_none(ref.owner);
}

static inline bool text_is(struct rh_text text, const char *word)
{
    return strlen(word) == text.size && memcmp(word, text.bytes, text.size) == 0;
}

static inline bool texts_equal(struct rh_text a, struct rh_text b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.bytes, b.bytes, a.size) == 0);
}

static inline struct rh_text text_of(const char *words)
{
    struct rh_text text = {words, strlen(words)};
    return text;
}

#endif

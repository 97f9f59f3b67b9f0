/* SPDX-License-Identifier: MIT */
/** @file
 *  A proc of a host, seen from within: what a process does that a host has started. Its first actor is the *root*. The root
 *  connects to the host's node, spawns the agent, and calls back once both are there; it ends when the agent has ended, or
 *  when the host is gone.
 *
 *      read environment -> rh_proc_init -> rh_proc_start -> (callback, the agent's life) -> the root's last word
 *
 *  It runs in real processes (rehearse/uv_proc.h) and in the simulator alike: the process is whoever drives the node. */
#ifndef REHEARSE_PROC_H
#define REHEARSE_PROC_H

#include <rehearse/node.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One row per variable that a host sets for a child: identifier, name, form, what it says. */
#define RH_PROC_VARIABLE_MAP(X)                                                                    \
    X(ID, "REHEARSE_HOST_PROC_ID", "NODE.INCARNATION/NAME",                                        \
      "the numbers that the child's node has, and what the host calls it")                         \
    X(BACKEND, "REHEARSE_HOST_BACKEND_ADDR", "NODE=ADDRESS",                                       \
      "the number of the host's node, and where it accepts connections")                           \
    X(CALLBACK, "REHEARSE_HOST_CALLBACK_ADDR", "NAME",                                             \
      "what the actor is registered as that is told of the child")

enum rh_proc_variable {
#define X(identifier, name, form, sentence) RH_PROC_VARIABLE_##identifier,
    RH_PROC_VARIABLE_MAP(X)
#undef X
    RH_PROC_VARIABLE_COUNT
};

const char *rh_proc_variable_name(enum rh_proc_variable variable);

/** Bytes of a variable's value, its end included. */
#define RH_PROC_TEXT_MAX 512

/** What the three variables say. */
struct rh_proc_identity {
    char id[RH_PROC_TEXT_MAX]; /**< as it was given; the callback says it again */
    const char *name;          /**< within `id` */
    uint32_t node;
    uint32_t incarnation;
    uint32_t host; /**< number of the host's node */
    char backend[RH_PROC_TEXT_MAX];
    char callback[RH_PROC_TEXT_MAX];
};

/** Where variables are found, and who hears of those that are missing or invalid. */
struct rh_proc_environment {
    const char *(*look_up)(void *self, const char *name); /**< NULL: there is none of this name */
    /** Hear of one variable, as in "parameter 'REHEARSE_HOST_PROC_ID' missing"; may be NULL. Borrowed. */
    void (*complain)(void *self, const char *text);
    void *self;
};

/** Read what a child is. Every variable that is missing or invalid is complained about: RH_INVALID, *ret_identity is then
 *  undefined. Allocates nothing. Do not move it: `name` points into it. */
RH_MUST_USE enum rh_status rh_proc_read(const struct rh_proc_environment *environment,
                                        struct rh_proc_identity *ret_identity);

/** Bytes that rh_proc_id_write may need for a name of `name_bytes`. */
#define RH_PROC_ID_BYTES(name_bytes) ((name_bytes) + 23)
/** Write the value of the first variable: the other way round. The host's half. RH_INVALID: a name that is empty, not UTF-8,
 *  or has a '/' or control character in it, a number 0, or `capacity` is too small. */
RH_MUST_USE enum rh_status rh_proc_id_write(uint32_t node, uint32_t incarnation, const char *name,
                                            char *buffer, size_t capacity);

/** How a process ends, where its agent does not say: identifier, exit code, sentence. */
#define RH_PROC_CODE_MAP(X)                                                                        \
    X(ENDED, 0, "the agent has ended, and every one of its actors well")                           \
    X(FAILED, 1, "the agent or one of its actors has failed")                                      \
    X(USAGE, 2, "the environment is missing or invalid")                                           \
    X(HOST_LOST, 3, "the host or the connection to it is gone, or could never be reached")         \
    X(NO_MEMORY, 4, "there was no memory")

enum rh_proc_code {
#define X(identifier, code, sentence) RH_PROC_CODE_##identifier = (code),
    RH_PROC_CODE_MAP(X)
#undef X
};

/** How a proc runs. Zeroed but for `agent` is usable. */
struct rh_proc_options {
    const struct rh_behaviour
        *agent; /**< spawned with a link; its argument is the proc's name; borrowed */
    rh_duration connect_timeout; /**< from the start to the callback; 0: none */
    rh_duration heartbeat;       /**< of the connection; 0: none */
    rh_duration deadline;        /**< of the connection; 0: none */
    rh_duration last_words;      /**< at most so long for what is on its way to the host; 0: 1 s */
};

/** A proc. The caller's storage, for as long as the node lives; fields are private. */
struct rh_proc {
    struct rh_proc_identity identity;
    struct rh_proc_options options;
    struct rh_behaviour root;
};

/** Make a proc of what was read. Cannot fail. */
void rh_proc_init(struct rh_proc *proc, const struct rh_proc_identity *identity,
                  const struct rh_proc_options *options);

/** Spawn the root and adopt the stdin and stdout of the process, which the driver binds to *ret_stdio: their end is the end
 *  of the host. As rh_node_spawn and rh_node_adopt. */
RH_MUST_USE enum rh_status rh_proc_start(struct rh_proc *proc, struct rh_node *node,
                                         rh_instant now, struct rh_pid *ret_root,
                                         struct rh_ref *ret_stdio);

/** The USER input that tells a root of a signal sent to its process: SIGTERM and SIGINT ask the agent to stop; a second one,
 *  or any other, ends it with code 128 + number. */
struct rh_message rh_proc_signal(int number);

/** Recognise the last word of a root, its one rh_output: the process is to exit with *ret_code, because of *ret_reason, a view
 *  into `message`. A root that ends without it has failed. */
bool rh_proc_is_exit(const struct rh_message *message, int64_t *ret_code,
                     struct rh_item *ret_reason);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: MIT */
/** @file
 *  A proc of a host, seen from within: what a process does that a host has started. Its first actor is the *root*. The root
 *  connects to the host's node and spawns the agent, which calls back; it ends when the agent has ended, or when the host is
 *  gone.
 *
 *      rh_proc_read -> rh_proc_init -> rh_proc_start -> (connection, agent, callback) -> the root's last word
 *
 *  It runs in real processes (rehearse/uv_proc.h) and in the simulator alike: the process is whoever drives the node. */
#ifndef REHEARSE_PROC_H
#define REHEARSE_PROC_H

#include <rehearse/node.h>

RH_PUBLIC_BEGIN

/** One row per variable that a host sets for a child: identifier, name, form, what it says. */
#define RH_PROC_VARIABLE_MAP(X)                                                                    \
    X(ID, "REHEARSE_HOST_PROC_ID", "NODE.INCARNATION/ID",                                          \
      "the numbers that the child's node has, and what its host calls the proc")                   \
    X(BACKEND, "REHEARSE_HOST_BACKEND_ADDR", "NODE=ADDRESS",                                       \
      "the number of the host's node, and where it accepts connections")                           \
    X(CALLBACK, "REHEARSE_HOST_CALLBACK_ADDR", "NAME", "what the host is registered as there")     \
    X(ARGUMENT, "REHEARSE_HOST_PROC_ARGUMENT", "a message in hexadecimal digits",                  \
      "the agent's argument; the only one that may be missing")

enum rh_proc_variable {
#define X(identifier, name, form, sentence) RH_PROC_VARIABLE_##identifier,
    RH_PROC_VARIABLE_MAP(X)
#undef X
    RH_PROC_VARIABLE_COUNT
};

const char *rh_proc_variable_name(enum rh_proc_variable variable);

/** Bytes of the first three values, the end of the text included. */
#define RH_PROC_TEXT_MAX 512

/** What the variables say. */
struct rh_proc_identity {
    uint32_t node;
    uint32_t incarnation;
    uint32_t host; /**< number of the host's node */
    char id[RH_PROC_TEXT_MAX];
    char backend[RH_PROC_TEXT_MAX];
    char callback[RH_PROC_TEXT_MAX];
    struct rh_message argument; /**< null if there was none; owned */
};

/** Where variables are found, and who hears of those that are missing or invalid. */
struct rh_proc_environment {
    const char *(*look_up)(void *self, const char *name); /**< NULL: there is none of this name */
    /** Hear of one variable, as in "parameter 'REHEARSE_HOST_PROC_ID' missing"; may be NULL. Borrowed. */
    void (*complain)(void *self, const char *text);
    void *self;
    const struct rh_allocator *allocator; /**< of the argument; NULL: the default */
    const struct rh_limits *limits;       /**< of the argument; NULL: the default */
};

/** Read what a child is. Every variable that is missing or invalid is complained about: RH_INVALID. RH_NO_MEMORY. Unless RH_OK
 *  there is nothing to release. */
RH_MUST_USE enum rh_status rh_proc_read(const struct rh_proc_environment *environment,
                                        struct rh_proc_identity *ret_identity);
/** Release what was read, unless rh_proc_init took it. */
void rh_proc_identity_deinit(struct rh_proc_identity *identity);

/** Bytes that rh_proc_write_* need for what is `size` bytes long, the end of the text included. */
#define RH_PROC_VALUE_BYTES(size) ((size)*2 + 24)
/** Write values, the other way round: the host's half. `buffer` has room. RH_INVALID: what could not be read again. */
RH_MUST_USE enum rh_status rh_proc_write_id(uint32_t node, uint32_t incarnation, const char *id,
                                            char *buffer);
RH_MUST_USE enum rh_status rh_proc_write_backend(uint32_t host, const char *address, char *buffer);
void rh_proc_write_argument(const struct rh_message *argument, char *buffer);

/** How a process ends, where its agent does not say ["exit", code]: identifier, exit code, sentence. */
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
    /** What its agent is: rh_agent_behaviour, or one's own (see struct rh_host). Spawned with a link; borrowed. */
    const struct rh_behaviour *agent;
    rh_duration connect_timeout; /**< until the connection is up; 0: none */
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

/** Make a proc of what was read, which is taken. Cannot fail. */
void rh_proc_init(struct rh_proc *proc, struct rh_proc_identity *identity,
                  const struct rh_proc_options *options);
/** Release what was not started. */
void rh_proc_deinit(struct rh_proc *proc);

/** Spawn the root and adopt the stdin and stdout of the process, which the driver binds to *ret_stdio: their end is the end
 *  of the host. Once. As rh_node_spawn and rh_node_adopt. */
RH_MUST_USE enum rh_status rh_proc_start(struct rh_proc *proc, struct rh_node *node, rh_instant now,
                                         struct rh_pid *ret_root, struct rh_ref *ret_stdio);

/** The USER input that tells a root of a signal sent to its process: SIGTERM and SIGINT are a cast ["stop"] to the agent; a
 *  second one, any other, or one before there is an agent, ends the process by that signal. Behind the agent's end it only
 *  keeps the root from waiting for last words. */
struct rh_message rh_proc_signal(int number);

/** The last word of a root, its one rh_output: how the process is to end. One that ends without it has failed. */
struct rh_proc_exit {
    int64_t code;
    int signal;            /**< not 0: by that signal */
    struct rh_item reason; /**< a view into the message */
};
bool rh_proc_is_exit(const struct rh_message *message, struct rh_proc_exit *ret_exit);

RH_PUBLIC_END
#endif

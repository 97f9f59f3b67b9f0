/* SPDX-License-Identifier: MIT */
/** @file
 *  Pipes and child processes, as actors use them. An actor asks (each call queues one effect for the driver and returns
 *  at once), and hears what came of it in RH_DELIVERY_IO turns of its own. Nothing here blocks or copies bytes.
 *
 *      rh_connect -> OPENED -> (BYTES | rh_write -> WRITTEN)* -> EOF? -> CLOSED
 *      rh_listen  -> OPENED -> ACCEPTED*                             -> CLOSED
 *      rh_start   -> STARTED -> (BYTES | STDERR | WRITTEN)* -> EOF? -> EXITED and CLOSED, in either order
 *
 *  CLOSED is always the last word about a handle (for a child: the later of EXITED and CLOSED), it comes exactly once, and
 *  also instead of OPENED or STARTED when those fail. After rh_close nothing but CLOSED (and EXITED) follows. The handles of
 *  an actor that exits are closed by its exit step, its children killed; nobody hears of them any more. */
#ifndef REHEARSE_IO_H
#define REHEARSE_IO_H

#include <rehearse/actor.h>

RH_PUBLIC_BEGIN

/** Why a handle is closed: identifier, the word that traces and reasons print, a sentence. */
#define RH_CLOSE_MAP(X)                                                                            \
    X(REQUESTED, "requested", "its owner closed it")                                               \
    X(EOF, "eof", "both directions have ended")                                                    \
    X(REFUSED, "refused", "nobody listens there, or the address is not usable")                    \
    X(NOT_FOUND, "not_found", "there is no such program or path")                                  \
    X(RESET, "reset", "the other side dropped it")                                                 \
    X(IO, "io", "the operating system failed")                                                     \
    X(NO_MEMORY, "no_memory", "the driver ran out of memory")                                      \
    X(FAULT, "fault", "a fault has refused to open it, or to write")

enum rh_close_why {
#define X(identifier, word, sentence) RH_CLOSE_##identifier,
    RH_CLOSE_MAP(X)
#undef X
    RH_CLOSE_COUNT
};

const char *rh_close_word(enum rh_close_why why);

/** One row per thing that a driver tells about a handle: identifier, word, which fields of struct rh_io are set. */
#define RH_IO_MAP(X)                                                                               \
    X(OPENED, "opened", "a connect or listen has succeeded; number = the port of a tcp listener")  \
    X(ACCEPTED, "accepted", "accepted: a pipe of its own, open; it is the listener's owner's")     \
    X(BYTES, "bytes", "bytes, size >= 1: what came in; for a child: from its stdout")              \
    X(WRITTEN, "written", "the bytes of rh_write are the owner's again")                           \
    X(EOF, "eof", "the other side writes no more")                                                 \
    X(STARTED, "started", "the child runs; number = its process id")                               \
    X(STDERR, "stderr", "bytes, size: what a child said on stderr")                                \
    X(EXITED, "exited", "the child has ended: number = code, or signal != 0")                      \
    X(CLOSED, "closed", "why; the handle names nothing any more")

enum rh_io_kind {
#define X(identifier, word, sentence) RH_IO_##identifier,
    RH_IO_MAP(X)
#undef X
    RH_IO_COUNT
};

const char *rh_io_kind_word(enum rh_io_kind kind);

/** What happened to a handle. Borrowed for the turn, `bytes` included. */
struct rh_io {
    enum rh_io_kind kind;
    struct rh_ref handle;
    struct rh_ref accepted;
    const uint8_t *bytes;
    size_t size;
    int64_t number;
    int signal;
    enum rh_close_why why;
};

/** Return what a RH_DELIVERY_IO is about; NULL in any other turn. */
const struct rh_io *rh_delivery_io(const struct rh_context *ctx);

/** How to start a child. Its stdin and stdout are one pipe, its stderr comes as STDERR. Strings are copied. */
struct rh_command {
    const char *program;          /**< a path, or a name that is looked for in PATH */
    const char *const *arguments; /**< NULL-terminated, without the program itself; may be NULL */
    const char *const
        *environment; /**< NULL-terminated "NAME=value" in addition to the parent's; may be NULL */
    const char *directory; /**< NULL: the parent's */
};

/** Open a pipe to an address: "unix:PATH", "tcp:HOST:PORT", or what the driver knows by another word (the world:
 *  "node:NUMBER"). *ret_handle is the caller's reference; the outcome comes as OPENED or CLOSED. RH_INVALID (empty or longer
 *  than address_bytes_max), RH_LIMIT (handles_max), RH_NO_MEMORY, RH_EXHAUSTED, RH_EXITED. */
RH_MUST_USE enum rh_status rh_connect(struct rh_context *ctx, const char *address,
                                      struct rh_ref *ret_handle);
/** Accept pipes at an address. As rh_connect. */
RH_MUST_USE enum rh_status rh_listen(struct rh_context *ctx, const char *address,
                                     struct rh_ref *ret_handle);
/** Start a child process. As rh_connect; RH_LIMIT also for command_bytes_max. It leads a process group: what is left of that
 *  when the child has ended, or when its owner exits, is killed. Of a *node* that was killed (SIGKILL) a child sees only that
 *  its stdin ends: one that runs rh_uv_die_with_parent, as every proc does, is killed then on Linux, what it has started itself
 *  only if that does the same. */
RH_MUST_USE enum rh_status rh_start(struct rh_context *ctx, const struct rh_command *command,
                                    struct rh_ref *ret_handle);

/** Write. The bytes stay the caller's and must stay as they are until WRITTEN or CLOSED, or until its deinit; rh_close does
 *  not end that. RH_FULL: one write is under way already. RH_NOT_FOUND: not one's own, not open, or shut down for writing.
 *  RH_INVALID: no bytes. RH_EXITED. Never allocates. An exit takes back what the driver has not begun to write. */
RH_MUST_USE enum rh_status rh_write(struct rh_context *ctx, struct rh_ref handle, const void *bytes,
                                    size_t size);
/** Hear no BYTES for a while; bytes stay in the pipe, the other side will block. Never allocates. RH_NOT_FOUND. */
enum rh_status rh_pause(struct rh_context *ctx, struct rh_ref handle);
enum rh_status rh_resume(struct rh_context *ctx, struct rh_ref handle);
/** Write no more: the other side sees the end after what was written. Reading goes on. RH_NOT_FOUND. */
enum rh_status rh_shutdown(struct rh_context *ctx, struct rh_ref handle);
/** Close a handle; a child's pipes. RH_NOT_FOUND: not one's own, or closed already. */
enum rh_status rh_close(struct rh_context *ctx, struct rh_ref handle);
/** Send a signal to a child and its process group. RH_NOT_FOUND: not one's own child, or EXITED was heard. RH_INVALID: not in
 *  1 to 63. Several before the driver sends them are a set, as they are to a process: the lowest goes first. */
enum rh_status rh_kill(struct rh_context *ctx, struct rh_ref handle, int signal);
/** Make another actor of this node the owner of a handle: later turns about it are that one's, its name stays. An heir that
 *  exits closes it. RH_NOT_FOUND, RH_NOPROC, RH_FULL: a write of the caller's is under way. */
enum rh_status rh_give(struct rh_context *ctx, struct rh_ref handle, struct rh_pid to);

RH_PUBLIC_END
#endif

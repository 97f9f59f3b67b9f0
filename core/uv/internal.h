/* SPDX-License-Identifier: MIT */
/* What the files of the driver share. Private to core/uv. */
#ifndef CORE_UV_INTERNAL_H
#define CORE_UV_INTERNAL_H

#include "core/base/assert.h"

#include <rehearse/uv.h>

#include <uv.h>

#define CHANNEL_BUCKETS 1024u /* a power of two */
#define READ_BYTES 65536u

enum channel_kind {
    CHANNEL_PIPE,
    CHANNEL_LISTENER,
    CHANNEL_CHILD,
};

/** A libuv handle that is between its init and the callback of uv_close. */
struct stream {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_pipe_t pipe;
        uv_tcp_t tcp;
    } u;
    bool live;
    bool ended; /**< nothing more comes from it */
};

/** One handle of the node, and what it is in this process. */
struct channel {
    struct rh_uv *uv;
    struct channel *hash_next;
    struct channel *next; /**< of all */
    struct channel *prev;
    struct channel *todo_next;
    size_t block_bytes;
    struct rh_ref ref;
    enum channel_kind kind;
    struct stream in;
    struct stream out; /**< not live: `in` is for both directions */
    struct stream err;
    uv_process_t process;
    uv_timer_t retry; /**< of a connect to a listener whose queue is full */
    uint32_t retries;
    uint32_t open_handles; /**< streams and retry; not the process */
    bool retry_is_live;
    bool process_is_live;
    bool resolving;
    bool tries_next; /**< when its stream is closed */
    bool is_tcp;
    bool has_group; /**< the child was started and is not reaped */
    bool is_open;   /**< reads and writes are possible */
    bool paused;
    bool writing;     /**< a uv_write is under way */
    bool shut_wanted; /**< end the writing direction when the write is done */
    bool shutting;
    bool shut;
    bool closing;
    bool told; /**< CLOSED was fed */
    bool is_todo;
    bool tell_opened; /**< of what a later event of the loop tells the node */
    bool tell_started;
    bool tell_written;
    bool tell_closed;
    bool is_broken; /**< writing failed: `why` */
    enum rh_close_why why;
    struct addrinfo *found;         /**< all addresses of a name; NULL: there is nothing to free */
    const struct addrinfo *untried; /**< the next of them */
    int64_t number;                 /**< of OPENED or STARTED */
    union {
        uv_connect_t connect;
        uv_getaddrinfo_t resolve;
        uv_shutdown_t shutdown;
    } request;
    uv_write_t write;
    char address[]; /**< of CONNECT and LISTEN */
};

struct root;

struct rh_uv {
    uv_loop_t *loop;
    struct rh_node *node;
    struct rh_uv_options options;
    struct rh_allocator allocator;
    uv_check_t check; /**< behind the loop's look at files: one slice of work */
    uv_idle_t idle;   /**< active while there is more: the loop does not sleep */
    uv_timer_t timer; /**< the earliest timer of the node */
    unsigned own_handles;
    bool is_applying;
    bool was_fed; /**< while effects were applied: the node may have more to do */
    bool closing;
    void (*closed)(void *self);
    void *closed_self;
    struct channel *channels;
    struct channel *buckets[CHANNEL_BUCKETS];
    struct channel *todo_head;
    struct channel *todo_tail;
    size_t todo_count;
    struct rh_pid watcher;   /**< none: nobody has spawned a root yet */
    struct root *roots;      /**< that live */
    struct root *ended;      /**< in that order; not told yet */
    char buffer[READ_BYTES]; /**< what was read, for the length of a feed */
};

static inline void *driver_allocate(struct rh_uv *uv, size_t bytes)
{
    return uv->allocator.allocate(uv->allocator.self, bytes);
}

static inline void driver_release(struct rh_uv *uv, void *block, size_t bytes)
{
    uv->allocator.release(uv->allocator.self, block, bytes);
}

/* ---- driver.c ---- */

/** Tell the node, and apply what it asks for. */
void driver_feed(struct rh_uv *uv, const struct rh_io *io);
/** Take all effects of the node and do as they say. */
void driver_apply(struct rh_uv *uv);
/** There is something to be done that the loop does not see. */
void driver_schedule(struct rh_uv *uv);
/** Finish rh_uv_close if nothing is left. */
void driver_finish(struct rh_uv *uv);

/* ---- root.c ---- */

/** Tell which roots have ended. */
void roots_tell(struct rh_uv *uv);
/** Free what is known of roots, and tell nobody. */
void roots_forget(struct rh_uv *uv);

/* ---- channel.c ---- */

/** Return a channel in the table, or NULL. */
struct channel *channel_create(struct rh_uv *uv, struct rh_ref ref, enum channel_kind kind,
                               const char *address);
struct channel *channel_find(const struct rh_uv *uv, struct rh_ref ref);
/** Give it its handle: an accepted pipe has none before the node made it. */
void channel_name(struct channel *channel, struct rh_ref ref);
/** Close all streams; the node is told when they are. */
void channel_close(struct channel *channel, enum rh_close_why why);
/** Something about it is over: free it if all is. */
void channel_settle(struct channel *channel);
/** See to it in the next slice. */
void channel_later(struct channel *channel);
/** What was put off. */
void channel_tell(struct channel *channel);
/** OPENED or STARTED, if that was put off: nothing else may come before. */
void channel_tell_opening(struct channel *channel);
/** Init a stream: 0 or libuv's error. */
int stream_init_pipe(struct channel *channel, struct stream *stream);
int stream_init_tcp(struct channel *channel, struct stream *stream);
void stream_close(struct stream *stream);
void retry_start(struct channel *channel, uint64_t milliseconds, uv_timer_cb callback);

/* ---- stream.c ---- */

/** Begin to read; failing that, close. */
void channel_read(struct channel *channel);
void channel_pause(struct channel *channel, bool pause);
void channel_write(struct channel *channel, const uint8_t *bytes, size_t size);
void channel_shutdown(struct channel *channel);
/** Writing has failed: tell what can still be read, then close. */
void channel_drain(struct channel *channel);
/** Close what has ended in both directions. */
void channel_end(struct channel *channel);
enum rh_close_why why_of(int error);

/* ---- address.c, child.c ---- */

/** Its stream, to an address that was not to be used, is closed: try the next one. */
void channel_try_next(struct channel *channel);
/** Of a name that was looked up. */
void channel_forget_addresses(struct channel *channel);
void channel_connect(struct channel *channel);
void channel_listen(struct channel *channel);
void channel_start(struct channel *channel, const struct rh_command *command);
void channel_kill(struct channel *channel, int number);

#endif

/* SPDX-License-Identifier: MIT */
/* Virtual pipes: what hangs from them. Private to harness/world. */
#ifndef HARNESS_WORLD_PIPE_H
#define HARNESS_WORLD_PIPE_H

#include <rehearse/cluster.h>

/** What is on its way to one end, in order. */
enum item_kind {
    ITEM_REQUEST, /**< to the accepting side: somebody connects */
    ITEM_START,   /**< to the parent: the child is about to run */
    ITEM_OPENED,
    ITEM_BYTES,
    ITEM_EOF,
    ITEM_CLOSED
};
struct item {
    struct item *next;
    enum item_kind kind;
    enum rh_close_why why;
    rh_instant earliest;
    rh_instant latest;
    size_t size;
    size_t taken;      /**< bytes that have arrived already */
    uint32_t deed;     /**< that sent it */
    uint32_t needs[2]; /**< and what that needed, of a write */
    uint8_t bytes[];
};

/** One end of a pipe, with what travels towards it. */
struct end {
    uint32_t node;        /**< index */
    struct rh_pid owner;  /**< who asked for it */
    struct rh_ref handle; /**< what its node calls it */
    bool is_known;        /**< its node has the handle and has not heard CLOSED */
    bool is_ending;       /**< CLOSED comes next, whatever is under way */
    enum rh_close_why why;
    rh_instant ending_at;
    bool is_paused;
    bool has_heard_eof;

    bool is_shut;         /**< it writes no more: its EOF is under way or has arrived */
    bool will_shut;       /**< as soon as its write is in the pipe */
    bool is_broken;       /**< the other end is gone: what is written is lost */
    bool has_lost;        /**< something was: CLOSED reset comes as soon as it is known here */
    rh_instant lost_at;   /**< when the first of that was written */
    bool is_muted;        /**< what it writes vanishes */
    const uint8_t *bytes; /**< of the write under way; NULL: none */
    size_t size;
    size_t taken;        /**< of them, in the pipe */
    rh_instant taken_at; /**< when the last of them was */
    uint32_t taken_by;   /**< the deed in which that was */
    uint32_t asked_by;   /**< the one in which there first was something to write */
    uint32_t answered;   /**< the one in which it last heard WRITTEN */
    uint64_t written;    /**< bytes, ever: in the pipe, or waiting for room */

    struct item *first; /**< towards this end */
    struct item *last;
    size_t under_way; /**< bytes */
    uint64_t arrived; /**< bytes, ever */
    uint32_t heard;   /**< the deed in which the last item arrived */
    rh_instant clock; /**< when the last item arrived, or the way was free again */
    bool is_cut;      /**< reset once `cut_at` bytes have arrived */
    uint64_t cut_at;
};

/** A child process, seen from its parent's end 0. */
struct child {
    const struct rh_world_program *program;
    struct command *command; /**< copied */
    char name[64];
    bool is_running;
    bool has_run;      /**< it does no more */
    bool has_ended;    /**< EXITED is to be told */
    bool is_leaving;   /**< it has said how it ends */
    bool is_stillborn; /**< it ends as soon as it runs */
    uint64_t signals;  /**< that it has not got yet; bit n is number n */
    rh_instant at; /**< of the end, of the last word, or of the next signal: not before it ran */
    int signal;
    int64_t code;
    struct child *next_name; /**< of those whose nodes the world has */
};

struct pipe {
    struct pipe *next;
    uint64_t serial;
    uint32_t number;    /**< the how-manyeth of its way, from 1 */
    struct end ends[2]; /**< who connected or started; who accepted or was started */
    char names[2][48];  /**< of what travels to end 0 and to end 1 */
    char *address;
    struct child *child; /**< NULL: a connection */
    bool was_reset;
    bool was_opened; /**< whoever connects has been told so before it was accepted */
};

/** Somebody listens, or is about to. */
struct listening {
    struct listening *next;
    uint64_t serial;
    uint32_t node;
    struct rh_pid owner;
    struct rh_ref handle;
    char *address;
    bool is_open;
    bool is_ending;
    enum rh_close_why why;
    rh_instant at;
};

/** Two nodes, in one direction. */
struct way {
    uint32_t from;
    uint32_t to;
    struct rh_pipe_rules rules;
    uint32_t opened;         /**< pipes, ever: names count them */
    rh_instant parted_until; /**< 0: not */
    uint32_t narrow; /**< bytes that may be under way, whatever the rules say; 0: as they say */
};

struct pipes {
    struct pipe *first; /**< in the order in which they were made */
    struct pipe *last;
    struct listening *listening;
    struct listening *listening_last;
    uint64_t serial;
    struct way *ways;
    uint32_t way_count;
    const struct rh_world_program **programs;
    uint32_t *started; /**< children of each program so far */
    uint32_t program_count;
    struct child *names; /**< of the nodes that are children */
};

/** An event that a pipe, a child or a listener has to tell. Its id has the serial number above the end above these bits. */
#define PIPE_EVENT_BITS 3U
enum pipe_event {
    PIPE_ARRIVES, /**< the first item towards an end */
    PIPE_WRITTEN,
    PIPE_ENDS,      /**< CLOSED at an end */
    PIPE_SIGNAL,    /**< a child ends as it has said, or gets a signal */
    PIPE_EXITED,    /**< a parent hears of a child's end */
    LISTENING_SAYS, /**< OPENED or CLOSED of a listener */
    PIPE_OPENS,     /**< its system accepts for whoever listens: OPENED */
    PIPE_LAPSES     /**< who connected has hung up before anybody accepted: nobody hears of it */
};

struct rh_world;

void pipes_deinit(struct rh_world *world);
struct way *way_find(struct pipes *pipes, uint32_t from, uint32_t to);
/** As way_find, made if there is none; NULL: out of memory, noted. */
struct way *way_get(struct rh_world *world, uint32_t from, uint32_t to);

/* ---- mechanics (pipe.c) ---- */

static inline struct end *other_end(struct pipe *pipe, const struct end *end)
{
    return &pipe->ends[end == &pipe->ends[0] ? 1 : 0];
}

/** Make a pipe from a node towards another; NULL: out of memory, noted. `to_name` names the far side. */
struct pipe *pipe_create(struct rh_world *world, uint32_t from, uint32_t to, const char *to_name);
struct pipe *pipe_find(struct rh_world *world, uint64_t serial);
/** How many bytes may be under way from an end. */
uint32_t end_capacity(struct rh_world *world, struct pipe *pipe, const struct end *end);
/** Find the end that a node calls so; NULL: there is none. */
struct end *end_find(struct rh_world *world, uint32_t node, struct rh_ref handle,
                     struct pipe **ret_pipe);
/** Send something without bytes to an end. */
void item_push(struct rh_world *world, struct pipe *pipe, struct end *to, enum item_kind kind,
               enum rh_close_why why);
void end_write(struct rh_world *world, struct pipe *pipe, struct end *end, const uint8_t *bytes,
               size_t size);
void end_shut(struct rh_world *world, struct pipe *pipe, struct end *end);
/** An end is gone, or about to hear CLOSED: what was under way to it is lost, and the other end sees it in time. */
void end_leave(struct rh_world *world, struct pipe *pipe, struct end *end);
/** CLOSED is what this end hears next. */
void end_finish(struct rh_world *world, struct pipe *pipe, struct end *end, enum rh_close_why why);
/** Both ends hear CLOSED reset; what is under way is lost. */
void pipe_reset(struct rh_world *world, struct pipe *pipe);
/** Are these the two nodes of a pipe, and does it have both ends? */
bool pipe_is_between(const struct pipe *pipe, uint32_t a, uint32_t b);
bool pipe_is_whole(const struct pipe *pipe);
/** Forget the pipes that nobody will hear of any more. */
void pipes_sweep(struct rh_world *world);
void items_drop(struct rh_world *world, struct end *end);
/** Remove the first. */
void item_pop(struct rh_world *world, struct end *end);
/** Put into the pipe what has room. */
void end_pump(struct rh_world *world, struct pipe *pipe, struct end *end);
/** Forget a listener; `before` is the one in front of it, or NULL. */
void listening_remove(struct rh_world *world, struct listening *before,
                      struct listening *listening);

/* ---- what may happen (drive.c) ---- */

/** Take and apply the effects of all nodes. */
void world_apply_effects(struct rh_world *world);
/** Add what may happen to candidates and rows. */
void world_gather_pipes(struct rh_world *world);
/** Do one of them. */
void world_execute_pipe(struct rh_world *world, uint64_t id, rh_instant earliest);
/** Nothing is on its way that could still arrive by itself. */
bool pipes_are_settled(const struct rh_world *world);
/** Whoever owns an end now: it may have been given away. */
struct rh_pid end_owner(const struct rh_world *world, const struct end *end);
/** Tell the listeners news of a pipe. `to` is the end that hears it. */
void pipe_tell(struct rh_world *world, const struct pipe *pipe, const struct end *to,
               enum rh_io_kind kind, uint64_t number);

/* ---- what steps share (pipe_touch.c) ---- */

/** The step has to do with all of a pipe: what travels either way, and both ends. */
void pipe_touch(struct rh_world *world, const struct pipe *pipe);
/** With what travels away from an end. Writes and what answers them are in order by themselves. */
void pipe_touch_tail(struct rh_world *world, const struct pipe *pipe, const struct end *writer,
                     enum rh_mode mode);
/** An end is about to write, or the first item towards it to arrive. */
void pipe_touch_by_write(struct rh_world *world, struct pipe *pipe, const struct end *end,
                         size_t size);
void pipe_touch_by_arrival(struct rh_world *world, struct pipe *pipe, struct end *end);
/** The order in which listeners and those who dial come to an address. */
void pipe_touch_address(struct rh_world *world, const char *address, enum rh_mode mode);
/** The step counts the pipes of a way: one more has a name with their number in it. */
void way_touch(struct rh_world *world, uint32_t from, uint32_t to);

/* ---- children (process.c) ---- */

void child_start(struct rh_world *world, uint32_t node, const struct rh_effect *effect);
/** ITEM_START has come: boot, and tell the parent. */
void child_boot(struct rh_world *world, struct pipe *pipe);
/** A signal was sent to the child of this handle, if there is one. */
void child_signal(struct rh_world *world, uint32_t node, const struct rh_effect *effect);
/** An actor has said something: perhaps how its process ends. */
void child_says(struct rh_world *world, uint32_t node, const struct rh_effect *effect);
/** Return whether the child is about to end, or to get a signal; *ret_hears is who gets it, none where it ends it. */
bool child_is_struck(const struct rh_world *world, const struct pipe *pipe,
                     struct rh_pid *ret_hears);
/** That happens. */
void child_struck(struct rh_world *world, struct pipe *pipe);
/** The child's node has gone. */
void child_gone(struct rh_world *world, struct pipe *pipe, int signal, int64_t code);
void child_destroy(struct rh_world *world, struct child *child);
/** Children whose stdio is closed end by themselves. */
void children_sweep(struct rh_world *world);

#endif

/* SPDX-License-Identifier: MIT */
/** @file
 *  Small programs as data: a few actors with messages under way, scripts, handlers, links, monitors, names, timers, children
 *  and perhaps a crash. The machine of this folder runs them by itself; ../write.c turns them into scenarios. */
#ifndef HARNESS_SELFCHECK_MACHINE_PROGRAM_H
#define HARNESS_SELFCHECK_MACHINE_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#define PROGRAM_ACTORS_MAX 3u
#define PROGRAM_OPS_MAX 2u
#define PROGRAM_NAMES 2u
#define PROGRAM_NOBODY UINT8_MAX

enum program_op_kind {
    PROGRAM_SEND,        /**< `what` to `to` */
    PROGRAM_LINK,        /**< with `to` */
    PROGRAM_UNLINK,      /**< from `to` */
    PROGRAM_MONITOR,     /**< `to` */
    PROGRAM_EXIT,        /**< with reason `what` */
    PROGRAM_EXIT_SIGNAL, /**< of reason `what` to `to` */
    PROGRAM_SPAWN,       /**< a child, linked if `what` */
    PROGRAM_REGISTER,    /**< itself as name `what` */
    PROGRAM_UNREGISTER,  /**< whoever has name `what` */
    PROGRAM_SEND_NAME,   /**< message `to` to name `what` */
    PROGRAM_CANCEL,      /**< its timer */
    PROGRAM_OP_COUNT
};

enum program_message {
    PROGRAM_X,
    PROGRAM_Y,
    PROGRAM_Z, /**< of timers only */
    PROGRAM_MESSAGE_COUNT
};

enum program_reason {
    PROGRAM_BOOM,
    PROGRAM_NORMAL,
    PROGRAM_KILL,
    PROGRAM_GONE,
    PROGRAM_KILLED,
    PROGRAM_NOPROC,
    PROGRAM_CRASH
};

struct program_op {
    uint8_t kind;
    uint8_t to;
    uint8_t what;
};
struct program_ops {
    uint8_t count;
    struct program_op at[PROGRAM_OPS_MAX];
};

struct program_actor {
    bool traps;
    bool has_timer;          /**< set before anything happens */
    struct program_ops init; /**< sends only: under way before anything happens */
    struct program_ops script;
    struct program_ops on[PROGRAM_MESSAGE_COUNT];
};

struct program {
    uint32_t actor_count;
    struct program_actor actors[PROGRAM_ACTORS_MAX];
    struct program_ops child; /**< what every child does at first */
    uint8_t crash;            /**< who may crash, at any time; or PROGRAM_NOBODY */
};

/** The program of a seed. All its runs end; spawning is left to scripts, so that there are few children. */
void program_draw(struct program *program, uint64_t seed);

#endif

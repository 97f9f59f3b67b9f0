/* SPDX-License-Identifier: MIT */
/** @file
 *  What the commands share. Each is one file with one function. */
#ifndef HARNESS_CLI_CLI_H
#define HARNESS_CLI_CLI_H

#include "harness/cli/exit_code.h"
#include "harness/cli/options.h"

#include <rehearse/report.h>
#include <rehearse/results.h>
#include <rehearse/scenario.h>

#include <setjmp.h>
#include <stdatomic.h>

struct rh_trace_file;

struct cli {
    const struct rh_program *program; /**< NULL: rehearse itself */
    const char *name;                 /**< of the program, for messages */
    const char *command;              /**< how it was started, for commands that are printed */
    struct cli_arguments arguments;
    bool with_colour;
    bool is_terminal; /**< stdout */
    unsigned width;
};

int cli_run(struct cli *cli);
int cli_merge(struct cli *cli);
int cli_replay(struct cli *cli);
int cli_shrink(struct cli *cli);
int cli_explain(struct cli *cli);
int cli_save(struct cli *cli);
int cli_list(struct cli *cli);
int cli_check(struct cli *cli);
int cli_trace_show(struct cli *cli);
int cli_trace_diff(struct cli *cli);
int cli_trace_export(struct cli *cli);
int cli_schema(struct cli *cli);
int cli_completion(struct cli *cli);
int cli_selfcheck(struct cli *cli);
int cli_node(struct cli *cli);
int cli_proc(struct cli *cli);

/** Find a behaviour of the program's own, or else a built-in one. `cli` is a struct cli; for find_behaviour. */
const struct rh_behaviour *cli_find_behaviour(void *cli, const char *name);
/** Split "NAME=WHAT" of --spawn; false: it is no such pair, or WHAT is no behaviour, and that was complained about. */
bool cli_split_spawn(struct cli *cli, const char *text, char *name, size_t capacity,
                     const char **ret_what);

/** Return whether an option was given, and its value. */
bool cli_has(const struct cli *cli, enum cli_option option);
const char *cli_text(const struct cli *cli, enum cli_option option);

/** Write "name: text" and a line end to stderr; returns the code, so that a command can end with it. */
int cli_complain(const struct cli *cli, enum cli_exit code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- terminal.c ---- */

/** Decide on colour and width by options, environment and terminal, in this order. */
void cli_look_at_terminal(struct cli *cli);
/** Nanoseconds of a clock that only goes forward. */
uint64_t cli_clock(void);
/** Its time after so many of a unit of `ns`, or as far off as it can tell. */
uint64_t cli_clock_after(uint64_t number, uint64_t ns);

/** A line on stderr about what takes longer than two seconds; where stderr is no terminal one every 30 seconds in which nothing
 *  else is said, or as many milliseconds as REHEARSE_PROGRESS_EVERY has. */
struct cli_progress {
    bool is_terminal;
    bool is_shown;
    uint64_t started;
    uint64_t next;
    uint64_t line_every_ns;      /**< where it is no terminal */
    atomic_ullong *silent_since; /**< shared by those that take turns; NULL: since it started */
    double share;                /**< of what is explored, 0: not known */
    const char *what;
    size_t number; /**< of `count`, from 1; 0: it is the only one */
    size_t count;
};
void cli_progress_start(struct cli_progress *progress, const char *what);
void cli_progress_tell(struct cli_progress *progress, uint64_t runs);
void cli_progress_end(struct cli_progress *progress);

/* ---- interrupt.c ---- */

/** Let SIGINT and SIGTERM ask for an end; a second one ends at once. */
void cli_interrupt_watch(void);
/** Let a stdout that nobody reads ask for an end, too, instead of ending everything at once. */
void cli_interrupt_watch_pipe(void);
/** Return whether it was that. */
bool cli_interrupt_is_pipe(void);
/** Return the signal that asked, 0 for none. */
int cli_interrupt_signal(void);
/** Where to go on if nobody heeds the signal for two seconds, because a turn does not end: sigsetjmp there, arm, do what may
 *  not end, disarm. Unarmed, the process ends then. */
sigjmp_buf *cli_interrupt_point(void);
void cli_interrupt_arm(void);
void cli_interrupt_disarm(void);
/** What follows a signal is under way and takes the time that it takes. */
void cli_interrupt_done(void);

/* ---- pool.c ---- */

/** Threads that do numbered jobs ahead of the caller, who needs them in order. */
struct cli_pool;
/** `work` is called once for each number below `count`, in order, by any thread; by one that is not the caller's at most
 *  `ahead` jobs before it is asked for. `jobs` threads in all. NULL: out of memory. */
struct cli_pool *cli_pool_start(void (*work)(void *self, size_t index), void *self, size_t count,
                                uint32_t jobs, size_t ahead);
/** See to it that a job is done: by the caller, or wait. */
void cli_pool_finish(struct cli_pool *pool, size_t index);
/** Begin no other job, and wait for those under way. Accepts NULL. */
void cli_pool_stop(struct cli_pool *pool);
/** Threads that are not at work may be used for something else: take one of them, give it back. */
bool cli_pool_hire(struct cli_pool *pool);
void cli_pool_release(struct cli_pool *pool);

/* ---- panic.c ---- */

/** Let a failed assertion tell what it was doing, and end with CLI_EXIT_INTERNAL. */
void cli_panic_watch(const char *name);

/* ---- files.c ---- */

struct cli_files {
    char **paths;
    size_t count;
    size_t capacity;
    bool has_flaw; /**< something below a folder cannot be read, and a complaint was written */
};
/** Collect the scenario files that the operands name: files as they are, of folders every *.yaml below, in bytewise order;
 *  without operands `fallback`. Links are followed, but not back to where they are. False: a complaint was written, and
 *  there is nothing to be done. To be deinit'ed in every case. */
bool cli_files_find(const struct cli *cli, const char *fallback, struct cli_files *files);
void cli_files_deinit(struct cli_files *files);

/** Read a whole file, at most `size_max` bytes. False: a complaint was written. `*ret_bytes` is to be freed. */
bool cli_read_file(const struct cli *cli, const char *path, size_t size_max, uint8_t **ret_bytes,
                   size_t *ret_size);
/** More than a path can have: one that does not fit is refused by whatever opens it. */
#define CLI_PATH_BYTES 4608
/** Write where what is kept of a failing run goes to `path`, of CLI_PATH_BYTES: each play of the run, or of NULL, has a name
 *  of its own, the same whatever shard plays it. */
void cli_trace_path(const struct cli *cli, const struct rh_results_run *run,
                    const struct rh_results_play *play, uint64_t seed, const char *ending,
                    char *path);
/** Open a file for a trace, with the folders above it. False: a complaint was written. */
bool cli_open_trace(const struct cli *cli, const char *path, struct rh_trace_file *file);
/** Make the folders above a file. What cannot be made shows when the file is opened. */
void cli_make_folders(const char *path);
/** Write a file, whole or not at all, with the folders above it. False: a complaint was written. */
bool cli_write_file(const struct cli *cli, const char *path, const uint8_t *bytes, size_t size);

/* ---- load.c ---- */

/** Load a scenario. NULL: out of memory, a complaint was written. One with errors is returned, too. */
struct rh_scenario *cli_load(const struct cli *cli, const char *path);
/** Return its diagnostics, to be freed; NULL without any, or out of memory. */
char *cli_diagnostics(const struct cli *cli, const struct rh_scenario *scenario);
/** Return whether --filter lets it pass. */
bool cli_is_selected(const struct cli *cli, const struct rh_scenario *scenario);

#endif

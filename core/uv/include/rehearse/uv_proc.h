/* SPDX-License-Identifier: MIT */
/** @file
 *  A program that a host can launch is this, and behaviours:
 *
 *      int main(void)
 *      {
 *          struct rh_uv_proc_options options = {.find_behaviour = find};
 *          options.proc.agent = &agent;
 *          return rh_uv_proc_main(&options);
 *      }
 *
 *  It dies with its host, however that dies: the kernel sends it SIGKILL (Linux), and the end of stdin ends it everywhere.
 *  What it starts itself with rh_start has a parent of its own: this process. */
#ifndef REHEARSE_UV_PROC_H
#define REHEARSE_UV_PROC_H

#include <rehearse/proc.h>
#include <rehearse/uv.h>

RH_PUBLIC_BEGIN

/** What a proc brings along. Zeroed but for `proc.agent` is usable; all pointers are borrowed. */
struct rh_uv_proc_options {
    struct rh_proc_options proc;
    const struct rh_limits *limits; /**< NULL: the default */
    uint64_t seed;                  /**< as rh_node_options' */
    const struct rh_behaviour *(*find_behaviour)(void *self,
                                                 const char *name); /**< as rh_node_options' */
    /** Hear a line for people: what is wrong with the environment, why the process ends, what actors said with rh_output.
     *  NULL: it is written to stderr, whose end a host keeps. */
    void (*complain)(void *self, const char *text);
    void *self; /**< of both functions */
};

/** Be a proc, from the environment of this process, until it ends; returns its exit code (RH_PROC_CODE_MAP). Owns the process
 *  for that time: SIGTERM and SIGINT (which are ignored afterwards), stdin, and stdout, which becomes a second stderr. Runs a
 *  loop of its own, and blocks. */
int rh_uv_proc_main(const struct rh_uv_proc_options *options);

/** Let the kernel kill this process as soon as its parent (the thread that started it) has ended. `parent` is its process id,
 *  if known: a parent that ended before it could be named is noticed; 0: not known. RH_NOPROC: it has ended already.
 *  RH_NOT_FOUND: this system cannot do it. RH_IO: it refuses to. Survives exec, but not a fork. */
RH_MUST_USE enum rh_status rh_uv_die_with_parent(int64_t parent);

/** Take stdin away from the rest of this process, which reads nothing there from now on, and let stdout be stderr: no stray
 *  line gets between frames. *ret_in and *ret_out are new descriptors, closed on exec; `ret_out` NULL drops the old stdout.
 *  RH_IO: none is taken. */
RH_MUST_USE enum rh_status rh_uv_take_stdio(int *ret_in, int *ret_out);

/** Can the driver wait for this descriptor: is it a pipe or a socket? */
bool rh_uv_can_wait(int fd);

RH_PUBLIC_END
#endif

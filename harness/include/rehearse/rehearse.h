/* SPDX-License-Identifier: MIT */
/** @file
 *  Everything at once, and the command line as one call. A program with actors of its own is
 *
 *      #include <rehearse/rehearse.h>
 *
 *      int main(int argc, char **argv)
 *      {
 *          return rh_main(argc, argv, &program);
 *      }
 *
 *  and has all that `rehearse` has: run, replay, list, check, trace show and diff, on scenarios that may name its behaviours
 *  and its invariants. */
#ifndef REHEARSE_REHEARSE_H
#define REHEARSE_REHEARSE_H

#include <rehearse/actor.h>
#include <rehearse/check.h>
#include <rehearse/choice.h>
#include <rehearse/fault.h>
#include <rehearse/inspect.h>
#include <rehearse/message.h>
#include <rehearse/node.h>
#include <rehearse/panic.h>
#include <rehearse/program.h>
#include <rehearse/reason.h>
#include <rehearse/scenario.h>
#include <rehearse/verdict.h>
#include <rehearse/version.h>
#include <rehearse/world.h>

RH_PUBLIC_BEGIN

/** Run the command line of `argv` and return the exit code: 0 everything held, 1 something failed, 2 bad usage or input,
 *  3 a bug of ours, 4 nothing selected, 5 a replay diverged, 6 inconclusive, 130 and 143 interrupted. Prints to stdout and
 *  stderr, reads the environment, installs a panic hook and, while it plays, handlers of SIGINT and SIGTERM. `program` may
 *  be NULL. */
int rh_main(int argc, char **argv, const struct rh_program *program);

RH_PUBLIC_END
#endif

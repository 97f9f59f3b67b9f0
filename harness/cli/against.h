/* SPDX-License-Identifier: MIT */
/** @file
 *  Asking another build of the program whether a scenario holds there.
 *
 *      open -> (holds)* -> close */
#ifndef HARNESS_CLI_AGAINST_H
#define HARNESS_CLI_AGAINST_H

#include "harness/cli/cli.h"

struct cli_against {
    const struct cli *cli;
    const char *program; /**< NULL: nobody is asked */
    char folder[64];     /**< where what is asked lies; "": nowhere */
    char file[80];
    bool is_out_of_order; /**< it could not be asked; a complaint was made */
};

/** Take what the command line says; false: it cannot be done, and a complaint was made. To be closed in every case. */
bool cli_against_open(struct cli_against *against, const struct cli *cli);
/** Return whether a scenario, which need not end with a zero, holds there; self: a struct cli_against. */
bool cli_against_holds(void *self, const char *text, size_t length);
/** Accepts a zeroed one. */
void cli_against_close(struct cli_against *against);

#endif

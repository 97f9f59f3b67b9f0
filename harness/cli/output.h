/* SPDX-License-Identifier: MIT */
/** @file
 *  Files that the program writes, whole or not at all. */
#ifndef HARNESS_CLI_OUTPUT_H
#define HARNESS_CLI_OUTPUT_H

#include "harness/cli/cli.h"

struct cli_output {
    FILE *file;
    const char *path; /**< as it was given */
    char *place;      /**< where that is */
    char *part;       /**< where it is written until it is whole; NULL: in its place */
    int lock;         /**< holds the part as long as this process lives; -1: none */
};

/** Begin to write what is to appear at `path`, which is borrowed, with the folders above it. False: a complaint was written,
 *  and there is nothing to close. */
bool cli_output_open(const struct cli *cli, const char *path, struct cli_output *output);
/** Let it appear, if what was written so far `is_good`. False: it does not, and a complaint was written. */
bool cli_output_close(const struct cli *cli, struct cli_output *output, bool is_good);

/** Let nothing appear. */
void cli_output_drop(struct cli_output *output);

/** Find out early whether something can be written at `path`; nothing of it stays. A device or a pipe says so when it is
 *  written. False: a complaint was written. */
bool cli_output_can(const struct cli *cli, const char *path);

/** Return whether two names are of one file, which may not be there yet; devices and pipes are none. */
bool cli_is_same_file(const char *one, const char *other);
/** Return stdout for `-`, and stdout or stderr for another name of what they are written to; NULL: it is neither. */
FILE *cli_stream_of(const char *path);

#endif

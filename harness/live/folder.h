/* SPDX-License-Identifier: MIT */
/** @file
 *  The folder of a run's sockets. Private to harness/live. */
#ifndef HARNESS_LIVE_FOLDER_H
#define HARNESS_LIVE_FOLDER_H

#include <rehearse/status.h>

#define FOLDER_BYTES 64

struct live_folder {
    char path[FOLDER_BYTES]; /**< empty: there is none */
    int lock;                /**< held as long as the folder is somebody's; valid with a path */
};

/** Make one that nobody else has. RH_IO. */
RH_MUST_USE enum rh_status folder_make(struct live_folder *folder);
/** Remove it and the sockets in it. Accepts one that was never made. */
void folder_remove(struct live_folder *folder);
/** Remove what runs have left that were killed. */
void folders_clean(void);

#endif

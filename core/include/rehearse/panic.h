/* SPDX-License-Identifier: MIT */
/** @file
 *  What happens when the runtime finds a bug of its own. */
#ifndef REHEARSE_PANIC_H
#define REHEARSE_PANIC_H

#include <rehearse/api.h>

RH_PUBLIC_BEGIN

/** Tell about a failed assertion, before the process aborts: `file` is relative to the project's root, `text` is the
 *  condition as written. Runs on the thread that failed, perhaps in the middle of a change of state: read, print, and
 *  return (the process then aborts), or leave by longjmp, which only a test may do, or who throws away everything that
 *  the thread was about to change. */
typedef void (*rh_panic_hook)(const char *file, int line, const char *text);

/** Install the one hook of the process, NULL for none, and return what it replaces. Safe from any thread. The hook is
 *  taken out while it runs, so that an assertion inside it aborts instead of recurring: one that leaves by longjmp
 *  installs itself anew. */
rh_panic_hook rh_panic_hook_set(rh_panic_hook hook);

/** End the process as a failed assertion does: run the hook if there is one, then abort. Prints nothing by itself. */
RH_NORETURN void rh_panic(const char *file, int line, const char *text);

RH_PUBLIC_END
#endif

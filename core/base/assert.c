/* SPDX-License-Identifier: MIT */
/* The core cannot print: it has no stdio and knows neither seed nor step. So a failed assertion only finds the hook that
 * the program installed, and aborts. The hook is the one mutable thing in the core that no node owns; it is atomic
 * because worlds run in many threads, and exchanged for NULL so that a second failure cannot recur into it. */
#include "core/base/assert.h"

#include <rehearse/panic.h>

#include <stdatomic.h>
#include <stdlib.h>

static _Atomic(rh_panic_hook) panic_hook;

rh_panic_hook rh_panic_hook_set(rh_panic_hook hook)
{
    return atomic_exchange(&panic_hook, hook);
}

void rh_panic(const char *file, int line, const char *text)
{
    rh_panic_hook hook = atomic_exchange(&panic_hook, (rh_panic_hook)0);
    if (hook) {
        hook(file, line, text);
    }
    abort();
}

# SPDX-License-Identifier: MIT
# Commands for looking into a replayed run:
#
#   gdb -x rehearse.gdb --args rehearse replay --at 12 NAME.trace
#   (gdb) run
#
# stops in front of step 12. There: rh-world, rh-actor NAME, rh-pending, rh-next, rh-until STEP, and all that gdb can.

set print pretty on
set breakpoint pending on
break rh_debug_stop
commands
    silent
    printf "in front of step %lu: rh-world, rh-actor NAME, rh-pending, rh-next, rh-until STEP, bt\n", *at
end

define rh-world
    call (void)rh_debug_world(world)
end
document rh-world
Print every actor with its mailbox, links and monitors, and what may happen next.
end

define rh-actor
    call (void)rh_debug_actor(world, "$arg0")
end
document rh-actor
Print one actor: rh-actor NAME, as traces call it.
end

define rh-pending
    call (void)rh_debug_pending(world)
end
document rh-pending
Print the signals and timers that wait.
end

define rh-next
    set var *at = *at + 1
    continue
end
document rh-next
Go on, and stop in front of the next step.
end

define rh-until
    if $arg0 <= *at
        printf "step %lu is over: a run goes forward only\n", (unsigned long)$arg0
    else
        set var *at = $arg0
        continue
    end
end
document rh-until
Go on, and stop in front of a later step: rh-until STEP.
end

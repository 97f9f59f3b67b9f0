// SPDX-License-Identifier: MIT
#ifndef VISITOR_HPP
#define VISITOR_HPP

#include <rehearse/actor.h>

/// Pays `coins` times at `turnstile`, and shows each [open, n] that it hears.
extern const rh_behaviour visitor_behaviour;

#endif

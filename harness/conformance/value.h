/* SPDX-License-Identifier: MIT */
/** @file
 *  Values between the two worlds: JSON of the files, messages of the runtime, texts that outcomes are compared by. */
#ifndef HARNESS_CONFORMANCE_VALUE_H
#define HARNESS_CONFORMANCE_VALUE_H

#include "harness/conformance/json.h"

#include <rehearse/message.h>

/** Put a JSON value into a message under construction. */
void rh_beam_build_json(struct rh_builder *builder, const struct rh_beam_json *value);
/** Return the message of a JSON value; the caller owns it. */
struct rh_message rh_beam_message(const struct rh_beam_json *value);

/** How an actor is called in an outcome. */
typedef const char *(*rh_beam_name_of)(const void *self, struct rh_pid pid);

/** Put an item as compact JSON; pids as the names of their actors. */
void rh_beam_put_item(struct rh_beam_text *text, struct rh_item item, rh_beam_name_of name_of,
                      const void *self);

/** Return a reason as part of a longer word, such as error:X: texts bare, everything else as JSON. */
const char *rh_beam_bare(struct rh_beam_arena *arena, const char *json);

#endif

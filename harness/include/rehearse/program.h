/* SPDX-License-Identifier: MIT */
/** @file
 *  What a C program brings along: behaviours and invariants of its own, under names that scenario files can use.
 *
 *      static const struct rh_parameter parameters[] = {{"to", RH_PARAMETER_ACTOR, true, "whom to greet"}};
 *      static const struct rh_program_behaviour behaviours[] = {{&greeter, "greets once", parameters, 1}};
 *      static const struct rh_program program = {.name = "hello", .version = "1.0", .behaviours = behaviours,
 *                                                .behaviour_count = 1};
 *
 *  In a scenario `actors: {a: {behaviour: greeter, with: {to: <b>}}}`: what stands under `with` arrives as the argument
 *  of `init`, in the START delivery, as a map from parameter names to values. The behaviours that come with Rehearse
 *  are such a program. */
#ifndef REHEARSE_PROGRAM_H
#define REHEARSE_PROGRAM_H

#include <rehearse/actor.h>
#include <rehearse/check.h>

RH_PUBLIC_BEGIN

/** One row per kind of parameter: identifier, word, how it is written in a scenario and how it arrives. */
#define RH_PARAMETER_MAP(X)                                                                        \
    X(VALUE, "value", "any message")                                                               \
    X(NUMBER, "number", "a whole number")                                                          \
    X(TRUTH, "truth", "true or false")                                                             \
    X(TEXT, "text", "a text")                                                                      \
    X(ACTOR, "actor", "an actor of the scenario; arrives as its pid")                              \
    X(ACTORS, "actors", "a list of actors; arrives as an array of pids")                           \
    X(TIME, "time", "a length of time such as 5ms; arrives as nanoseconds")                        \
    X(LIST, "list", "a list of any messages")

enum rh_parameter_kind {
#define X(identifier, word, sentence) RH_PARAMETER_##identifier,
    RH_PARAMETER_MAP(X)
#undef X
    RH_PARAMETER_COUNT
};

/** One parameter of a behaviour. The loader refuses unknown, missing and ill-typed ones. */
struct rh_parameter {
    const char *name;
    enum rh_parameter_kind kind;
    bool is_required;
    const char *about; /**< one sentence, with the default */
};

/** A behaviour that scenarios can name; it goes by `behaviour->name`. One of the scenario's own with that name comes
 *  before it, and it comes before a built-in one. */
struct rh_program_behaviour {
    const struct rh_behaviour *behaviour;
    const char *about; /**< one sentence */
    const struct rh_parameter *parameters;
    size_t parameter_count;
    bool
        takes_anything; /**< `with` is any message and is passed on unchecked; no parameters then */
};

/** Everything that a program registers. Borrowed, with all that it points to, for as long as scenarios use it. */
struct rh_program {
    const char *name;
    const char *version;
    const struct rh_program_behaviour *behaviours;
    size_t behaviour_count;
    const struct rh_checker *const *checkers; /**< ended by NULL; NULL: none */
};

/** Return the behaviours that come with Rehearse. Static storage. */
const struct rh_program *rh_program_builtin(void);

/** Read parameters in `init`: return the value under `name` in the START argument, size 0 if it was not given. */
struct rh_item rh_parameter_item(const struct rh_delivery *start, const char *name);
/** As rh_parameter_item, with what was not given left as it is. */
void rh_parameter_number(const struct rh_delivery *start, const char *name, int64_t *number);
void rh_parameter_truth(const struct rh_delivery *start, const char *name, bool *truth);
void rh_parameter_time(const struct rh_delivery *start, const char *name, rh_duration *time);
void rh_parameter_actor(const struct rh_delivery *start, const char *name, struct rh_pid *actor);
/** Give a message of its own (the actor unrefs it in `deinit`) for the value under `name`, left alone if it was not
 *  given. RH_NO_MEMORY. */
RH_MUST_USE enum rh_status rh_parameter_message(struct rh_context *ctx,
                                                const struct rh_delivery *start, const char *name,
                                                struct rh_message *message);

RH_PUBLIC_END
#endif

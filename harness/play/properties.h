/* SPDX-License-Identifier: MIT */
/** @file
 *  Private to this folder: what a scenario says about its runs. */
#ifndef HARNESS_PLAY_PROPERTIES_H
#define HARNESS_PLAY_PROPERTIES_H

#include "harness/play/internal.h"

#ifdef __cplusplus
extern "C" {
#endif

/** `eventually`, during a run. */
struct promise {
    bool is_open;
    rh_instant since; /**< when it began to wait */
};

struct properties {
    struct rh_play *play;
    struct rh_checker checker; /**< its `kinds`: what anybody's pattern asks for */
    uint64_t *expect_counts;   /**< `count` claims of expect: events so far */
    uint64_t *always_counts;
    struct promise *promises;
    bool has_started; /**< the stage is set: `always` is judged from now on */
    const char **watched;
    uint32_t watched_count;

    /* ---- over all runs: how often each was judged ---- */
    uint64_t *expect_judged;
    uint64_t *always_judged;
    uint64_t *never_judged;
    uint64_t *promise_judged;
};

/** Whether an event of a run fits a pattern of the plan (events.c). */
bool event_fits(struct rh_play *play, const struct rh_plan_event *pattern,
                const struct rh_record *record);
/** The kinds of events that can fit. */
uint64_t event_kinds(const struct rh_plan_event *pattern);

/** Text that is cut where it does not fit. */
struct words {
    char *buffer;
    size_t capacity;
    size_t length;
};
void words_print(struct words *words, const char *format, ...) RH_PRINTF_LIKE(2, 3);
void words_message(struct words *words, struct rh_play *play, const struct rh_message *message);
void words_actor(struct words *words, struct rh_play *play, struct rh_pid pid);
/** Write an event as people read it: "exit b boom". */
void words_event(struct words *words, struct rh_play *play, const struct rh_record *record);
void words_pattern(struct words *words, struct rh_play *play, const struct rh_plan_event *pattern);

/** Judge one claim (claims.c); false: what was expected and what was observed is in the violation, and whose it is.
 *  `count` is the number of events for `count` claims. */
bool claim_holds(struct rh_play *play, const struct rh_plan_claim *claim, uint64_t count,
                 struct rh_violation *violation);
/** Judge a list of messages against what is expected of it (observed.c). RH_NO_MEMORY is reported to the play. */
bool observation_holds(struct rh_play *play, const struct rh_plan_observation *observation,
                       const struct mail_list *list, struct rh_violation *violation);

#ifdef __cplusplus
}
#endif
#endif

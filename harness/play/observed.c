/* SPDX-License-Identifier: MIT */
/* Lists of what was handled, said, or left, against what was expected: in order, as one of several lists, or in any order.
 * The last is a matching of patterns with messages, found by augmenting paths, because a pattern may fit several. */
#include <string.h>

#include "harness/play/properties.h"

/* ---- in order ---- */

static bool fits_in_order(struct rh_play *play, const struct rh_plan_sequence *sequence,
                          const struct mail_list *list)
{
    struct rh_bindings bindings;
    rh_bindings_init(&bindings);
    if (sequence->patterns.count != list->count) {
        return false;
    }
    for (uint32_t i = 0; i < list->count; i++) {
        if (!rh_pattern_match(play_message(play, sequence->patterns.at[i]), &list->at[i],
                              &bindings)) {
            return false;
        }
    }
    return true;
}

/* ---- in any order ---- */

struct matching {
    struct rh_play *play;
    const struct rh_plan_sequence *sequence;
    const struct mail_list *list;
    uint32_t *owner; /* of each message: 1 + pattern, 0: none */
    bool *tried;
};

/* Give pattern `p` a message, moving others to other messages if need be. As deep as there are patterns, at most
 * RH_UNORDERED_MAX. */
static bool place(struct matching *matching, uint32_t p)
{
    const struct rh_message *pattern =
        play_message(matching->play, matching->sequence->patterns.at[p]);
    for (uint32_t m = 0; m < matching->list->count; m++) {
        if (matching->tried[m] || !rh_pattern_match(pattern, &matching->list->at[m], NULL)) {
            continue;
        }
        matching->tried[m] = true;
        if (matching->owner[m] == 0 || place(matching, matching->owner[m] - 1)) {
            matching->owner[m] = p + 1;
            return true;
        }
    }
    return false;
}

static bool fits_in_any_order(struct rh_play *play, const struct rh_plan_sequence *sequence,
                              const struct mail_list *list)
{
    uint32_t count = list->count;
    if (sequence->patterns.count != count) {
        return false;
    }
    struct matching matching = {
        .play = play,
        .sequence = sequence,
        .list = list,
        .owner = play_allocate(play, count, sizeof *matching.owner),
        .tried = play_allocate(play, count, sizeof *matching.tried),
    };
    bool good = matching.owner != NULL && matching.tried != NULL;
    if (!good) {
        play_fail(play, RH_NO_MEMORY);
    }
    for (uint32_t p = 0; p < count && good; p++) {
        memset(matching.tried, 0, count * sizeof *matching.tried);
        good = place(&matching, p);
    }
    play_release(play, matching.owner, count, sizeof *matching.owner);
    play_release(play, matching.tried, count, sizeof *matching.tried);
    return good;
}

/* ---- in words ---- */

static void print_sequence(struct words *words, struct rh_play *play,
                           const struct rh_plan_sequence *sequence)
{
    words_print(words, "[");
    for (uint32_t i = 0; i < sequence->patterns.count; i++) {
        words_print(words, i == 0 ? "" : ", ");
        words_message(words, play, play_message(play, sequence->patterns.at[i]));
    }
    words_print(words, "]");
}

static void explain(struct rh_play *play, const struct rh_plan_observation *observation,
                    const struct mail_list *list, struct rh_violation *violation)
{
    const char *name = play->plan->names[observation->actor];
    struct words expected = {violation->expected, sizeof violation->expected, 0};
    struct words observed = {violation->observed, sizeof violation->observed, 0};
    words_print(&expected, "%s: ", name);
    for (uint32_t i = 0; i < observation->alternative_count; i++) {
        words_print(&expected, i == 0 ? "" : " or ");
        print_sequence(&expected, play, &observation->alternatives[i]);
    }
    words_print(&expected, observation->in_any_order ? " in any order" : "");
    words_print(&observed, "%s: [", name);
    for (uint32_t i = 0; i < list->count; i++) {
        words_print(&observed, i == 0 ? "" : ", ");
        words_message(&observed, play, &list->at[i]);
    }
    words_print(&observed, "]");
}

bool observation_holds(struct rh_play *play, const struct rh_plan_observation *observation,
                       const struct mail_list *list, struct rh_violation *violation)
{
    for (uint32_t i = 0; i < observation->alternative_count; i++) {
        const struct rh_plan_sequence *sequence = &observation->alternatives[i];
        if (observation->in_any_order ? fits_in_any_order(play, sequence, list)
                                      : fits_in_order(play, sequence, list)) {
            return true;
        }
    }
    violation->line = observation->at.start.line;
    violation->column = observation->at.start.column;
    violation->actors[0] = play_pid(play, observation->actor);
    explain(play, observation, list, violation);
    return false;
}

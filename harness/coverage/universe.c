/* SPDX-License-Identifier: MIT */
/* What could be, family by family. */
#include "harness/coverage/internal.h"

#include "harness/scenario/words.h"

#include <rehearse/check.h>
#include <rehearse/cluster.h>

bool each_invariant(universe_visit visit, void *self)
{
    char key[KEY_BYTES];
    bool goes_on = true;
    for (const struct rh_checker *const *at = rh_checkers(); *at != NULL && goes_on; at++) {
        goes_on = visit(self, (*at)->name, NULL);
    }
#define X(identifier, word, always, sentence)                                                      \
    (void)snprintf(key, sizeof key, "expect/%s", word);                                            \
    goes_on = goes_on && visit(self, key, NULL);                                                   \
    (void)snprintf(key, sizeof key, "always/%s", word);                                            \
    goes_on = goes_on && (!(always) || visit(self, key, NULL));
    RH_CLAIM_MAP(X)
#undef X
#define X(identifier, word, actor, peer, message, name, why, sentence)                             \
    (void)snprintf(key, sizeof key, "never/%s", word);                                             \
    goes_on = goes_on && visit(self, key, NULL);                                                   \
    (void)snprintf(key, sizeof key, "eventually/%s", word);                                        \
    goes_on = goes_on && visit(self, key, NULL);
    RH_OCCURRENCE_MAP(X)
#undef X
    return goes_on;
}

void rh_coverage_universe(enum rh_coverage_family family,
                          bool (*visit)(void *self, const char *key, const char *why), void *self)
{
    switch (family) {
    case RH_COVERAGE_MESSAGE:
        (void)each_message(visit, self);
        break;
    case RH_COVERAGE_TRANSITION:
        (void)each_transition(visit, self);
        break;
    case RH_COVERAGE_PAIR:
        (void)each_pair(visit, self);
        break;
    case RH_COVERAGE_FAULT:
        (void)each_fault(visit, self);
        break;
    case RH_COVERAGE_INVARIANT:
        (void)each_invariant(visit, self);
        break;
    default:
        break;
    }
}

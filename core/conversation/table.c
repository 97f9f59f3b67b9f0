/* SPDX-License-Identifier: MIT */
/* The table and its words. */
#include "core/conversation/table.h"

static const unsigned char outcomes[EVENT_COUNT][RH_CONVERSATION_PHASE_COUNT] = {
#define X(identifier, word, created, active, completing, closed, failed)                           \
    {OUTCOME_##created, OUTCOME_##active, OUTCOME_##completing, OUTCOME_##closed, OUTCOME_##failed},
    CONVERSATION_EVENT_MAP(X)
#undef X
};

#define X(identifier, word, created, active, completing, closed, failed) word,
static const char *const event_words[] = {CONVERSATION_EVENT_MAP(X)};
#undef X
#define X(identifier, word) word,
static const char *const outcome_words[] = {CONVERSATION_OUTCOME_MAP(X)};
static const char *const phase_words[] = {RH_CONVERSATION_PHASE_MAP(X)};
#undef X
#define X(identifier, word, sentence) word,
static const char *const policy_words[] = {RH_CRASH_POLICY_MAP(X)};
static const char *const error_words[] = {"ok", RH_CONVERSATION_ERROR_MAP(X)};
#undef X

enum outcome table_outcome(enum rh_conversation_phase phase, enum event event)
{
    return (enum outcome)outcomes[event][phase];
}

const char *event_word(enum event event)
{
    return event_words[event];
}

const char *outcome_word(enum outcome outcome)
{
    return outcome_words[outcome];
}

const char *rh_conversation_phase_word(enum rh_conversation_phase phase)
{
    return (unsigned)phase < RH_CONVERSATION_PHASE_COUNT ? phase_words[phase] : "unknown_phase";
}

const char *rh_crash_policy_word(enum rh_crash_policy policy)
{
    return (unsigned)policy < RH_CRASH_POLICY_COUNT ? policy_words[policy] : "unknown_policy";
}

const char *rh_conversation_error_word(enum rh_conversation_error error)
{
    return (unsigned)error < RH_CONVERSATION_ERROR_COUNT ? error_words[error] : "unknown_error";
}

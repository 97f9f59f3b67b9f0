/* SPDX-License-Identifier: MIT */
#include "harness/scenario/words.h"

const char *const rh_op_words[RH_OP_COUNT] = {
#define X(identifier, word, sentence) word,
    RH_OP_MAP(X)
#undef X
};

const char *const rh_deed_words[RH_DEED_COUNT] = {
#define X(identifier, word, sentence) word,
    RH_DEED_MAP(X)
#undef X
};

const char *const rh_compare_words[RH_COMPARE_COUNT] = {
#define X(identifier, word) word,
    RH_COMPARE_MAP(X)
#undef X
};

const char *const rh_claim_words[RH_CLAIM_COUNT] = {
#define X(identifier, word, always, sentence) word,
    RH_CLAIM_MAP(X)
#undef X
};

const char *const rh_occurrence_words[RH_OCCURRENCE_COUNT] = {
#define X(identifier, word, actor, peer, message, name, why, sentence) word,
    RH_OCCURRENCE_MAP(X)
#undef X
};

#define OR_NULL(key) (sizeof(key) == 1 ? NULL : (key))
const struct rh_occurrence_keys rh_occurrence_keys[RH_OCCURRENCE_COUNT] = {
#define X(identifier, word, actor, peer, message, name, why, sentence)                             \
    {OR_NULL(actor), OR_NULL(peer), OR_NULL(message), OR_NULL(name), OR_NULL(why), sentence},
    RH_OCCURRENCE_MAP(X)
#undef X
};

const char *const rh_plan_strategy_words[RH_PLAN_STRATEGY_COUNT] = {
#define X(identifier, word, sentence) word,
    RH_PLAN_STRATEGY_MAP(X)
#undef X
};

const char *const rh_time_words[RH_TIME_WORDS] = {"virtual", "free"};
const char *const rh_overflow_words[RH_OVERFLOW_WORDS] = {"refuse", "drop_newest", "drop_oldest"};
const char *const rh_alias_words[RH_ALIAS_WORDS] = {"explicit", "demonitor", "reply",
                                                    "reply_demonitor"};
const char *const rh_restart_words[RH_RESTART_WORDS] = {"permanent", "transient", "temporary"};
const char *const rh_supervision_words[RH_SUPERVISION_WORDS] = {"one_for_one", "one_for_all",
                                                                "rest_for_one"};
const char *const rh_readiness_words[RH_READINESS_WORDS] = {"default", "init", "answer", "at_once"};

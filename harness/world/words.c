/* SPDX-License-Identifier: MIT */
/* The printed words of the world's X-macros. */
#include <rehearse/verdict.h>

#define WORD(identifier, word, sentence) word,

const char *rh_record_kind_word(enum rh_record_kind kind)
{
    static const char *const words[] = {RH_RECORD_MAP(WORD)};
    return (unsigned)kind < RH_RECORD_COUNT ? words[kind] : "?";
}

const char *rh_end_word(enum rh_end end)
{
    static const char *const words[] = {RH_END_MAP(WORD)};
    return (unsigned)end < RH_END_COUNT ? words[end] : "?";
}

const char *rh_verdict_word(enum rh_verdict verdict)
{
#define VERDICT_WORD(identifier, word, tally, sentence) word,
    static const char *const words[] = {RH_VERDICT_MAP(VERDICT_WORD)};
    return (unsigned)verdict < sizeof(words) / sizeof(words[0]) ? words[verdict] : "?";
}

const char *rh_verdict_tally(enum rh_verdict verdict)
{
#define VERDICT_TALLY(identifier, word, tally, sentence) tally,
    static const char *const tallies[] = {RH_VERDICT_MAP(VERDICT_TALLY)};
    return (unsigned)verdict < sizeof(tallies) / sizeof(tallies[0]) ? tallies[verdict] : "failed";
}

void rh_result_deinit(struct rh_result *result)
{
    rh_coverage_deinit(&result->coverage);
    struct rh_bytes_owned *trace = &result->trace;
    if (trace->bytes != NULL) {
        trace->allocator->release(trace->allocator->self, trace->bytes, trace->capacity);
    }
    *trace = (struct rh_bytes_owned){0};
}

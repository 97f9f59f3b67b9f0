/* SPDX-License-Identifier: MIT */
/* The two printed columns of the status table. A value that is no status, which only a cast can make, still gets a word:
 * these functions are called while something else is being reported. */
#include <rehearse/status.h>

const char *rh_status_word(enum rh_status status)
{
    switch (status) {
#define X(identifier, word, sentence)                                                              \
    case RH_##identifier:                                                                          \
        return (word);
        RH_STATUS_MAP(X)
#undef X
    case RH_STATUS_COUNT:
        break;
    }
    return "unknown_status";
}

const char *rh_status_sentence(enum rh_status status)
{
    switch (status) {
#define X(identifier, word, sentence)                                                              \
    case RH_##identifier:                                                                          \
        return (sentence);
        RH_STATUS_MAP(X)
#undef X
    case RH_STATUS_COUNT:
        break;
    }
    return "the value is not a status";
}

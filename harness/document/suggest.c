/* SPDX-License-Identifier: MIT */
/* "Did you mean": the restricted Damerau-Levenshtein distance over bytes, three rows at a time, on words short enough
 * for the stack. A word that is longer than that was not mistyped, it is something else. */
#include <string.h>

#include "harness/document/diagnostic.h"

#define WORD_BYTES_MAX 64

static char folded(char letter)
{
    if (letter >= 'A' && letter <= 'Z') {
        return (char)(letter - 'A' + 'a');
    }
    return letter == '-' || letter == ' ' ? '_' : letter;
}

static unsigned smaller(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static unsigned distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    unsigned rows[3][WORD_BYTES_MAX + 1];
    unsigned *above = rows[0], *row = rows[1], *spare = rows[2];
    for (size_t j = 0; j <= b_length; j++) {
        row[j] = (unsigned)j;
    }
    for (size_t i = 1; i <= a_length; i++) {
        unsigned *above_above = above;
        above = row;
        row = spare;
        spare = above_above;
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_length; j++) {
            unsigned differs = folded(a[i - 1]) != folded(b[j - 1]);
            row[j] = smaller(smaller(above[j], row[j - 1]) + 1, above[j - 1] + differs);
            if (i > 1 && j > 1 && differs && folded(a[i - 1]) == folded(b[j - 2]) &&
                folded(a[i - 2]) == folded(b[j - 1])) {
                row[j] = smaller(row[j], above_above[j - 2] + 1);
            }
        }
    }
    return row[b_length];
}

static unsigned distance_max(size_t length)
{
    if (length <= 3) {
        return length > 1 ? 1 : 0;
    }
    return length <= 8 ? 2 : (unsigned)(length / 3);
}

/* The one candidate that the word begins; NULL if none or several do. */
static const char *find_completion(const char *word, size_t length, const char *const *candidates,
                                   size_t count)
{
    const char *found = NULL;
    for (size_t i = 0; length >= 3 && i < count; i++) {
        if (strncmp(word, candidates[i], length) == 0) {
            if (found != NULL) {
                return NULL;
            }
            found = candidates[i];
        }
    }
    return found;
}

const char *rh_suggest(const char *word, const char *const *candidates, size_t count)
{
    size_t length = strlen(word);
    if (length == 0 || length > WORD_BYTES_MAX) {
        return NULL;
    }
    const char *best = NULL;
    unsigned best_distance = distance_max(length) + 1;
    for (size_t i = 0; i < count; i++) {
        size_t candidate_length = strlen(candidates[i]);
        if (candidate_length > WORD_BYTES_MAX) {
            continue;
        }
        unsigned d = distance(word, length, candidates[i], candidate_length);
        if (d < best_distance && d < candidate_length) {
            best = candidates[i];
            best_distance = d;
        }
    }
    if (best_distance > 1) {
        const char *completion = find_completion(word, length, candidates, count);
        best = completion != NULL ? completion : best;
    }
    return best;
}

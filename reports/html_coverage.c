/* SPDX-License-Identifier: MIT */
/* An item is [key, count, count], and why it cannot happen if it cannot. First what could be there, in its own order, then
 * what nobody foresaw: names of a scenario's own behaviours and of a program's invariants. */
#include "reports/html_coverage.h"

#include "reports/escape.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define EXACT_MAX (UINT64_C(1) << 53)

struct writing {
    FILE *out;
    const struct rh_coverage *coverage;
    enum rh_coverage_family family;
    unsigned char *is_told; /**< of each item; NULL: out of memory, then items may come twice */
    uint64_t count;
};

static void put_count(FILE *out, uint64_t count)
{
    const char *quote = count > EXACT_MAX ? "\"" : "";
    (void)fprintf(out, ",%s%llu%s", quote, (unsigned long long)count, quote);
}

static void put_item(struct writing *it, const char *key, const uint64_t counts[2], const char *why)
{
    (void)fputs(it->count++ == 0 ? "\n[" : ",\n[", it->out);
    escape_script(it->out, key);
    put_count(it->out, counts[0]);
    put_count(it->out, counts[1]);
    if (why != NULL) {
        (void)fputc(',', it->out);
        escape_script(it->out, why);
    }
    (void)fputc(']', it->out);
}

static bool put_possible(void *self, const char *key, const char *why)
{
    static const uint64_t none[2] = {0, 0};
    struct writing *it = self;
    const struct rh_coverage_item *item = rh_coverage_find(it->coverage, it->family, key);
    if (item != NULL && it->is_told != NULL) {
        it->is_told[item - it->coverage->items] = 1;
    }
    put_item(it, key, item == NULL ? none : item->counts, why);
    return true;
}

static void put_others(struct writing *it)
{
    for (size_t i = 0; i < it->coverage->count && it->is_told != NULL; i++) {
        const struct rh_coverage_item *item = &it->coverage->items[i];
        if (item->family == it->family && it->is_told[i] == 0) {
            put_item(it, item->key, item->counts, NULL);
        }
    }
}

static void put_family(struct writing *it)
{
    const char *second = rh_coverage_count_word(it->family, 1);
    (void)fprintf(it->out, "{\"family\":\"%s\",\"sentence\":\"%s\",\"counts\":[\"%s\"",
                  rh_coverage_family_word(it->family), rh_coverage_family_sentence(it->family),
                  rh_coverage_count_word(it->family, 0));
    if (second != NULL) {
        (void)fprintf(it->out, ",\"%s\"", second);
    }
    (void)fputs("],\"items\":[", it->out);
    it->count = 0;
    rh_coverage_universe(it->family, put_possible, it);
    unsigned long long foreseen = it->count;
    put_others(it);
    (void)fprintf(it->out, "],\"foreseen\":%llu}", foreseen);
}

void html_coverage_put(FILE *out, const struct rh_coverage *coverage)
{
    struct writing it = {.out = out, .coverage = coverage};
    (void)fputc('[', out);
    if (coverage->count > 0) {
        it.is_told = calloc(coverage->count, 1);
        for (unsigned family = 0; family < RH_COVERAGE_FAMILY_COUNT; family++) {
            (void)fputs(family == 0 ? "" : ",\n", out);
            it.family = (enum rh_coverage_family)family;
            put_family(&it);
        }
        free(it.is_told);
    }
    (void)fputc(']', out);
}

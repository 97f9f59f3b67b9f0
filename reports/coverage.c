/* SPDX-License-Identifier: MIT */
/*
 * What a suite has covered, for people (Markdown) and for programs (JSON): how much of each family, what is missing, what
 * cannot happen and why, and of each item how often, in how many scenarios, and which was the first. Nothing depends on who
 * played what when.
 */
#include "reports/escape.h"
#include "reports/file.h"

#include <rehearse/coverage.h>

#include <stdlib.h>
#include <string.h>

/* Which scenarios saw an item; beside the item of the same place in `sum`. */
struct sight {
    uint64_t scenarios;
    char *first; /* path */
};

struct report_coverage {
    struct rh_coverage sum;
    struct sight *sights;
    size_t capacity;
    uint64_t scenarios;
    uint64_t runs;
};

/* ---- adding up ---- */

static void begin(struct rh_report_file *file)
{
    file->coverage = calloc(1, sizeof *file->coverage);
    file->is_out_of_memory = file->is_out_of_memory || file->coverage == NULL;
}

/* Make room for a sight at the place of an item that is new. */
static bool add_sight(struct report_coverage *it, size_t at)
{
    if (it->sum.count > it->capacity) {
        size_t capacity = it->sum.capacity;
        struct sight *sights = realloc(it->sights, capacity * sizeof *sights);
        if (sights == NULL) {
            return false;
        }
        it->sights = sights;
        it->capacity = capacity;
    }
    memmove(&it->sights[at + 1], &it->sights[at], (it->sum.count - 1 - at) * sizeof *it->sights);
    it->sights[at] = (struct sight){0};
    return true;
}

static bool add_item(struct report_coverage *it, const struct rh_coverage_item *item,
                     const char *path)
{
    size_t before = it->sum.count;
    if (rh_coverage_add(&it->sum, item->family, item->key, item->counts[0], item->counts[1]) !=
        RH_OK) {
        return false;
    }
    const struct rh_coverage_item *found = rh_coverage_find(&it->sum, item->family, item->key);
    if (found == NULL) {
        return true; /* it is full, and says so */
    }
    size_t at = (size_t)(found - it->sum.items);
    if (it->sum.count > before && !add_sight(it, at)) {
        it->sum.count = before; /* without a sight it is not there */
        return false;
    }
    struct sight *sight = &it->sights[at];
    sight->scenarios++;
    sight->first = sight->first == NULL ? strdup(path) : sight->first;
    return sight->first != NULL;
}

static void each(struct rh_report_file *file, const struct report_case *one)
{
    struct report_coverage *it = file->coverage;
    if (it == NULL || one->entry == NULL) {
        return;
    }
    const struct rh_coverage *coverage = &one->entry->result->coverage;
    it->scenarios++;
    it->runs += one->entry->result->runs;
    it->sum.is_cut = it->sum.is_cut || coverage->is_cut;
    it->sum.is_partial = it->sum.is_partial || coverage->is_partial;
    for (size_t i = 0; i < coverage->count && !file->is_out_of_memory; i++) {
        file->is_out_of_memory = !add_item(it, &coverage->items[i], one->path);
    }
}

static void forget(struct rh_report_file *file)
{
    struct report_coverage *it = file->coverage;
    for (size_t i = 0; i < it->sum.count; i++) {
        free(it->sights[i].first);
    }
    free(it->sights);
    rh_coverage_deinit(&it->sum);
    free(it);
    file->coverage = NULL;
}

/* ---- what is not there ---- */

struct listing {
    FILE *out;
    const struct rh_coverage *sum;
    enum rh_coverage_family family;
    bool of_impossible; /* otherwise of what is missing */
    uint64_t told;
    void (*tell)(struct listing *it, const char *key, const char *why,
                 const struct rh_coverage_item *item);
};

static bool list_one(void *self, const char *key, const char *why)
{
    struct listing *it = self;
    const struct rh_coverage_item *item = rh_coverage_find(it->sum, it->family, key);
    bool is_listed = it->of_impossible ? why != NULL : why == NULL && !rh_coverage_is_covered(item);
    if (is_listed) {
        it->tell(it, key, why, item);
        it->told++;
    }
    return true;
}

static void list(FILE *out, const struct rh_coverage *sum, enum rh_coverage_family family,
                 bool of_impossible,
                 void (*tell)(struct listing *it, const char *key, const char *why,
                              const struct rh_coverage_item *item))
{
    struct listing it = {
        .out = out, .sum = sum, .family = family, .of_impossible = of_impossible, .tell = tell};
    rh_coverage_universe(family, list_one, &it);
}

/* ---- Markdown ---- */

static unsigned long long number(uint64_t n)
{
    return (unsigned long long)n;
}

static void put_counts(FILE *out, const struct rh_coverage_item *item)
{
    const char *second = rh_coverage_count_word(item->family, 1);
    (void)fprintf(out, "%llu %s", number(item->counts[0]), rh_coverage_count_word(item->family, 0));
    if (second != NULL) {
        (void)fprintf(out, ", %llu %s", number(item->counts[1]), second);
    }
}

static void tell_missing(struct listing *it, const char *key, const char *why,
                         const struct rh_coverage_item *item)
{
    (void)why;
    (void)fprintf(it->out, "%s- `%s`", it->told == 0 ? "\nMissing:\n\n" : "", key);
    if (item != NULL) {
        (void)fputs(", half of it: ", it->out);
        put_counts(it->out, item);
    }
    (void)fputc('\n', it->out);
}

static void tell_impossible(struct listing *it, const char *key, const char *why,
                            const struct rh_coverage_item *item)
{
    (void)fprintf(it->out, "%s- `%s`: %s%s\n", it->told == 0 ? "\nCannot happen:\n\n" : "", key,
                  why, rh_coverage_is_covered(item) ? "; **and yet it has**" : "");
}

static void put_seen(FILE *out, const struct report_coverage *it, enum rh_coverage_family family)
{
    const char *head = "\nSeen:\n\n";
    for (size_t i = 0; i < it->sum.count; i++) {
        const struct rh_coverage_item *item = &it->sum.items[i];
        if (item->family != family || !rh_coverage_is_covered(item)) {
            continue;
        }
        (void)fprintf(out, "%s- `%s`: ", head, item->key);
        put_counts(out, item);
        (void)fprintf(out, "; %llu scenario%s, first ", number(it->sights[i].scenarios),
                      it->sights[i].scenarios == 1 ? "" : "s");
        escape_markdown(out, it->sights[i].first);
        (void)fputc('\n', out);
        head = "";
    }
}

static void put_head(FILE *out, const struct report_coverage *it)
{
    (void)fprintf(out, "# Behaviour coverage\n\n%llu scenarios, %llu runs.\n\n",
                  number(it->scenarios), number(it->runs));
    (void)fputs("| family | covered | of | also seen | |\n|---|---:|---:|---:|---|\n", out);
    for (unsigned i = 0; i < RH_COVERAGE_FAMILY_COUNT; i++) {
        enum rh_coverage_family family = (enum rh_coverage_family)i;
        struct rh_coverage_sum sum = rh_coverage_sum(&it->sum, family);
        (void)fprintf(out, "| %s | %llu | %llu | %llu | %s |\n", rh_coverage_family_word(family),
                      number(sum.covered), number(sum.possible), number(sum.others),
                      rh_coverage_family_sentence(family));
    }
    if (it->sum.is_cut) {
        (void)fputs("\nThere was more than could be kept.\n", out);
    }
    if (it->sum.is_partial) {
        (void)fputs("\nAn exploration was resumed: what it had seen before is not in here.\n", out);
    }
}

static void end_markdown(struct rh_report_file *file)
{
    struct report_coverage *it = file->coverage;
    if (it == NULL) {
        return;
    }
    put_head(file->out, it);
    for (unsigned i = 0; i < RH_COVERAGE_FAMILY_COUNT; i++) {
        enum rh_coverage_family family = (enum rh_coverage_family)i;
        struct rh_coverage_sum sum = rh_coverage_sum(&it->sum, family);
        (void)fprintf(file->out, "\n## %s: %llu of %llu\n", rh_coverage_family_word(family),
                      number(sum.covered), number(sum.possible));
        list(file->out, &it->sum, family, false, tell_missing);
        list(file->out, &it->sum, family, true, tell_impossible);
        put_seen(file->out, it, family);
    }
    forget(file);
}

/* ---- JSON ---- */

static void json_missing(struct listing *it, const char *key, const char *why,
                         const struct rh_coverage_item *item)
{
    (void)why;
    (void)item;
    (void)fputs(it->told == 0 ? "" : ",", it->out);
    escape_json(it->out, key);
}

static void json_impossible(struct listing *it, const char *key, const char *why,
                            const struct rh_coverage_item *item)
{
    (void)item;
    (void)fputs(it->told == 0 ? "{\"key\":" : ",{\"key\":", it->out);
    escape_json(it->out, key);
    (void)fputs(",\"why\":", it->out);
    escape_json(it->out, why);
    (void)fputc('}', it->out);
}

static void json_items(FILE *out, const struct report_coverage *it, enum rh_coverage_family family)
{
    const char *comma = "";
    for (size_t i = 0; i < it->sum.count; i++) {
        const struct rh_coverage_item *item = &it->sum.items[i];
        if (item->family != family) {
            continue;
        }
        (void)fprintf(out, "%s\n{\"key\":", comma);
        escape_json(out, item->key);
        (void)fprintf(out, ",\"covered\":%s,\"counts\":[%llu,%llu],\"scenarios\":%llu,\"first\":",
                      rh_coverage_is_covered(item) ? "true" : "false", number(item->counts[0]),
                      number(item->counts[1]), number(it->sights[i].scenarios));
        escape_json(out, it->sights[i].first);
        (void)fputc('}', out);
        comma = ",";
    }
}

static void json_family(FILE *out, const struct report_coverage *it, enum rh_coverage_family family)
{
    struct rh_coverage_sum sum = rh_coverage_sum(&it->sum, family);
    (void)fprintf(out,
                  "%s\n\"%s\":{\"covered\":%llu,\"possible\":%llu,\"others\":%llu,\"absurd\":%llu,"
                  "\"missing\":[",
                  family == 0 ? "" : ",", rh_coverage_family_word(family), number(sum.covered),
                  number(sum.possible), number(sum.others), number(sum.absurd));
    list(out, &it->sum, family, false, json_missing);
    (void)fputs("],\"impossible\":[", out);
    list(out, &it->sum, family, true, json_impossible);
    (void)fputs("],\"items\":[", out);
    json_items(out, it, family);
    (void)fputs("]}", out);
}

static void end_json(struct rh_report_file *file)
{
    struct report_coverage *it = file->coverage;
    if (it == NULL) {
        return;
    }
    (void)fprintf(file->out,
                  "{\"scenarios\":%llu,\"runs\":%llu,\"cut\":%s,\"partial\":%s,\"families\":{",
                  number(it->scenarios), number(it->runs), it->sum.is_cut ? "true" : "false",
                  it->sum.is_partial ? "true" : "false");
    for (unsigned i = 0; i < RH_COVERAGE_FAMILY_COUNT; i++) {
        json_family(file->out, it, (enum rh_coverage_family)i);
    }
    (void)fputs("}}\n", file->out);
    forget(file);
}

const struct report_format_functions report_coverage = {
    .begin = begin, .each = each, .end = end_markdown};
const struct report_format_functions report_coverage_json = {
    .begin = begin, .each = each, .end = end_json};

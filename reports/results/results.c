/* SPDX-License-Identifier: MIT */
/*
 * Files are joined as sets with an order in each place: of two items for the same play the greater one stays, of two ends of
 * the same shard too. The greatest of anything is the same in whatever order one looks, and however often; that is all it takes
 * for merging to be associative, commutative and idempotent.
 *
 * Greater is: whole before interrupted, then worse before better (what failed once has failed), then the bytes. Of the
 * commands by which the runs were started the first in the alphabet is as good as any.
 */
#include "reports/results/encode.h"
#include "reports/results/entry.h"

#include <stdlib.h>
#include <string.h>

/* What is kept of a play: an item, borrowed. */
struct kept {
    struct rh_item bytes; /* size 0: nothing is known */
    bool is_interrupted;
    uint8_t severity;
};

struct rh_results {
    struct rh_results_run run;
    struct rh_item key; /* borrowed; size 0: nothing was added */
    char *texts;        /* of the run */
    char *command;
    struct rh_results_play *plays;
    struct kept *kept;
    uint8_t *states;          /* enum rh_results_state, one a shard */
    struct results_end *ends; /* one a shard */
};

struct rh_results *rh_results_create(void)
{
    return calloc(1, sizeof(struct rh_results));
}

void rh_results_destroy(struct rh_results *results)
{
    if (results != NULL) {
        free(results->texts);
        free(results->command);
        free(results->plays);
        free(results->kept);
        free(results->states);
        free(results->ends);
        free(results);
    }
}

/* ---- what all have in common ---- */

static char *keep(char **at, struct rh_text text)
{
    char *kept = *at;
    if (text.bytes == NULL) {
        return NULL;
    }
    memcpy(kept, text.bytes, text.size);
    kept[text.size] = '\0';
    *at += text.size + 1;
    return kept;
}

static bool begin(struct rh_results *results, const struct results_header *header)
{
    struct rh_reader plays = header->plays;
    char *at = malloc(header->key.size + 1); /* the head of a text makes room for its zero */
    results->texts = at;
    results->plays = calloc(header->play_count + 1, sizeof *results->plays);
    results->kept = calloc(header->play_count + 1, sizeof *results->kept);
    results->states = calloc(header->shard_count, sizeof *results->states);
    results->ends = calloc(header->shard_count, sizeof *results->ends);
    if (at == NULL || results->plays == NULL || results->kept == NULL || results->states == NULL ||
        results->ends == NULL) {
        return false;
    }
    results->run = (struct rh_results_run){.program = keep(&at, header->program),
                                           .settings = keep(&at, header->settings),
                                           .options = keep(&at, header->options),
                                           .without_times = header->without_times,
                                           .shard_count = header->shard_count,
                                           .plays = results->plays,
                                           .play_count = header->play_count};
    for (size_t i = 0; i < header->play_count; i++) {
        struct rh_text path = {NULL, 0};
        results_read_play(&plays, &path, &results->plays[i].number, &results->plays[i].digest);
        results->plays[i].path = keep(&at, path);
    }
    results->key = header->key;
    return true;
}

/* ---- what they differ in ---- */

struct complaint {
    char *text;
    size_t capacity;
};

static enum rh_status complain(const struct complaint *complaint, enum rh_status status,
                               const char *what)
{
    (void)snprintf(complaint->text, complaint->capacity, "%s", what);
    return status;
}

static enum rh_status differ(const struct complaint *complaint, const char *what,
                             struct rh_text theirs, const char *ours)
{
    (void)snprintf(complaint->text, complaint->capacity,
                   "%s '%.*s' do not go together with those of the others, '%s'", what,
                   (int)(theirs.size < 200 ? theirs.size : 200),
                   theirs.bytes == NULL ? "" : theirs.bytes, ours == NULL ? "" : ours);
    return RH_INVALID;
}

static bool is_same(struct rh_text text, const char *other)
{
    return text.bytes == NULL || other == NULL
               ? text.bytes == NULL && other == NULL
               : strlen(other) == text.size && memcmp(text.bytes, other, text.size) == 0;
}

/* The selections differ: in what first? */
static enum rh_status differ_in_plays(const struct rh_results *results,
                                      const struct results_header *header,
                                      const struct complaint *complaint)
{
    struct rh_reader plays = header->plays;
    size_t count =
        header->play_count < results->run.play_count ? header->play_count : results->run.play_count;
    for (size_t i = 0; i < count; i++) {
        const struct rh_results_play *ours = &results->plays[i];
        struct rh_results_play theirs = {0};
        struct rh_text path = {NULL, 0};
        results_read_play(&plays, &path, &theirs.number, &theirs.digest);
        if (!is_same(path, ours->path) || theirs.number != ours->number) {
            (void)snprintf(complaint->text, complaint->capacity,
                           "another selection of scenarios: the %zu. is '%.*s', not '%s'", i + 1,
                           (int)(path.size < 200 ? path.size : 200), path.bytes, ours->path);
            return RH_INVALID;
        }
        if (theirs.digest != ours->digest) {
            (void)snprintf(complaint->text, complaint->capacity,
                           "other scenarios: '%s' was another file there", ours->path);
            return RH_INVALID;
        }
    }
    (void)snprintf(complaint->text, complaint->capacity,
                   "another selection of scenarios: %zu, not %zu", header->play_count,
                   results->run.play_count);
    return RH_INVALID;
}

static enum rh_status check_key(const struct rh_results *results,
                                const struct results_header *header,
                                const struct complaint *complaint)
{
    const struct rh_results_run *run = &results->run;
    if (results->key.size == header->key.size &&
        memcmp(results->key.bytes, header->key.bytes, header->key.size) == 0) {
        return RH_OK;
    }
    if (!is_same(header->program, run->program)) {
        return differ(complaint, "results of the program",
                      header->program.bytes == NULL ? (struct rh_text){"rehearse", 8}
                                                    : header->program,
                      run->program == NULL ? "rehearse" : run->program);
    }
    if (!is_same(header->settings, run->settings) || !is_same(header->options, run->options)) {
        return differ(complaint, "options", header->settings, run->settings);
    }
    if (header->without_times != run->without_times) {
        return complain(complaint, RH_INVALID, "some have times and some were run with --no-times");
    }
    if (header->shard_count != run->shard_count) {
        (void)snprintf(complaint->text, complaint->capacity, "shards of %u and shards of %u",
                       (unsigned)header->shard_count, (unsigned)run->shard_count);
        return RH_INVALID;
    }
    return differ_in_plays(results, header, complaint);
}

/* ---- joining ---- */

static uint8_t severity(const struct results_item *item)
{
    static const uint8_t of[RH_VERDICT_COUNT] = {
        [RH_VERDICT_SKIPPED] = 1, [RH_VERDICT_PROVED] = 2,  [RH_VERDICT_PASSED] = 3,
        [RH_VERDICT_UNKNOWN] = 4, [RH_VERDICT_VACUOUS] = 5, [RH_VERDICT_FAILED] = 6,
        [RH_VERDICT_ERROR] = 7};
    return item->code == RESULTS_NOTHING ? 0 : item->code == RESULTS_PLAYED ? of[item->verdict] : 8;
}

static bool is_greater(const struct kept *a, const struct kept *b)
{
    if (b->bytes.size == 0) {
        return true;
    }
    if (a->is_interrupted != b->is_interrupted) {
        return b->is_interrupted;
    }
    if (a->severity != b->severity) {
        return a->severity > b->severity;
    }
    if (a->bytes.size != b->bytes.size) {
        return a->bytes.size > b->bytes.size;
    }
    return memcmp(a->bytes.bytes, b->bytes.bytes, a->bytes.size) > 0;
}

static enum rh_results_state state_of(const struct results_end *end)
{
    return end->signal != 0 ? RH_RESULTS_INTERRUPTED : RH_RESULTS_ENDED;
}

static unsigned weight(const struct results_end *end)
{
    return (unsigned)end->has_internal << 9 | (unsigned)end->has_flaw << 8 | end->signal;
}

static void join_end(struct rh_results *results, const struct results_end *end)
{
    uint8_t *state = &results->states[end->shard];
    enum rh_results_state theirs = state_of(end);
    if (theirs > *state || (theirs == *state && weight(end) > weight(&results->ends[end->shard]))) {
        *state = (uint8_t)theirs;
        results->ends[end->shard] = *end;
    }
}

static void join_item(struct rh_results *results, const struct results_item *item)
{
    struct rh_reader ends = item->ends;
    if (item->code != RESULTS_FOOTER) {
        struct kept kept = {item->bytes, item->is_interrupted, severity(item)};
        if (is_greater(&kept, &results->kept[item->play])) {
            results->kept[item->play] = kept;
        }
        return;
    }
    for (size_t i = 0; i < item->end_count; i++) {
        struct results_end end = {0};
        results_read_end(&ends, &end);
        join_end(results, &end);
    }
}

static void join_shards(struct rh_results *results, const struct results_header *header)
{
    struct rh_reader shards = header->shards;
    for (size_t i = 0; i < header->header_shards; i++) {
        uint64_t shard = 0;
        (void)rh_read_uint(&shards, &shard);
        if (results->states[shard] == RH_RESULTS_ABSENT) {
            results->states[shard] = RH_RESULTS_CUT;
        }
    }
}

static bool join_command(struct rh_results *results, struct rh_text command)
{
    char *kept = command.bytes == NULL ? NULL : malloc(command.size + 1);
    if (kept == NULL) {
        return command.bytes == NULL;
    }
    char *at = kept;
    (void)keep(&at, command);
    if (results->command != NULL && strcmp(results->command, kept) <= 0) {
        free(kept);
        return true;
    }
    free(results->command);
    results->command = kept;
    return true;
}

/* The flags of all are summed anew, since a shard's may have gone. */
static void sum_ends(struct rh_results *results)
{
    struct rh_results_run *run = &results->run;
    run->command = results->command;
    run->signal = 0;
    run->has_flaw = false;
    run->has_internal = false;
    for (uint32_t i = 0; i < run->shard_count; i++) {
        const struct results_end *end = &results->ends[i];
        run->signal = end->signal > (uint32_t)run->signal ? (int)end->signal : run->signal;
        run->has_flaw = run->has_flaw || end->has_flaw;
        run->has_internal = run->has_internal || end->has_internal;
    }
}

/* Read all of it before anything of it is joined. */
static enum rh_status check_items(struct results_reader reader, const struct complaint *complaint)
{
    struct results_item item;
    enum rh_status status = RH_OK;
    while (status == RH_OK) {
        status = results_next(&reader, &item);
    }
    if (status != RH_DONE) {
        (void)snprintf(complaint->text, complaint->capacity, "at byte %zu: %s", reader.at,
                       reader.flaw);
    }
    return status == RH_DONE ? RH_OK : status;
}

enum rh_status rh_results_add(struct rh_results *results, const uint8_t *bytes, size_t size,
                              char *complaint, size_t capacity)
{
    const struct complaint told = {complaint, capacity};
    struct results_reader reader;
    struct results_item item;
    enum rh_status status = results_open(&reader, bytes, size);
    if (status != RH_OK) {
        return complain(&told, status, reader.flaw);
    }
    enum rh_status end = check_items(reader, &told);
    if (end != RH_OK && end != RH_TRUNCATED) {
        return end;
    }
    if (results->key.size != 0) {
        status = check_key(results, &reader.header, &told);
    } else if (!begin(results, &reader.header)) {
        status = complain(&told, RH_NO_MEMORY, "out of memory");
    }
    if (status == RH_OK && !join_command(results, reader.header.command)) {
        status = complain(&told, RH_NO_MEMORY, "out of memory");
    }
    if (status != RH_OK) {
        return status;
    }
    join_shards(results, &reader.header);
    while (results_next(&reader, &item) == RH_OK) {
        join_item(results, &item);
    }
    sum_ends(results);
    return end;
}

/* ---- what came of it ---- */

const struct rh_results_run *rh_results_run(const struct rh_results *results)
{
    return results->key.size == 0 ? NULL : &results->run;
}

enum rh_results_state rh_results_shard(const struct rh_results *results, uint32_t shard)
{
    return (enum rh_results_state)results->states[shard];
}

bool rh_results_is_missing(const struct rh_results *results, size_t play)
{
    return results->kept[play].bytes.size == 0 || results->kept[play].is_interrupted;
}

/* An item was valid when its file was added: it is read as a file of its own, whose header is known. */
bool rh_results_take(const struct rh_results *results, size_t play,
                     struct rh_results_entry *ret_entry)
{
    const struct kept *kept = &results->kept[play];
    struct results_reader reader = {.bytes = kept->bytes.bytes,
                                    .size = kept->bytes.size,
                                    .header = {.play_count = results->run.play_count}};
    struct results_item item;
    *ret_entry = (struct rh_results_entry){.kind = RH_RESULTS_MISSING};
    if (kept->bytes.size == 0) {
        return true;
    }
    bool ok = results_next(&reader, &item) == RH_OK && results_entry(&item, ret_entry);
    ret_entry->entry.result = &ret_entry->result;
    ret_entry->entry.number = results->plays[play].number;
    return ok;
}

bool rh_results_write(const struct rh_results *results, FILE *out)
{
    const struct rh_results_run *run = &results->run;
    uint32_t counts[RH_RESULTS_ENDED + 1] = {0};
    for (uint32_t i = 0; i < run->shard_count; i++) {
        counts[results->states[i]]++;
    }
    results_put_header(out, results->key.bytes, results->key.size, results->command,
                       run->shard_count - counts[RH_RESULTS_ABSENT]);
    for (uint32_t i = 0; i < run->shard_count; i++) {
        if (results->states[i] != RH_RESULTS_ABSENT) {
            results_put_uint(out, i);
        }
    }
    for (size_t i = 0; i < run->play_count; i++) {
        if (results->kept[i].bytes.size > 0) {
            (void)fwrite(results->kept[i].bytes.bytes, 1, results->kept[i].bytes.size, out);
        }
    }
    results_put_head(out, ENCODE_ARRAY, 2);
    results_put_uint(out, RESULTS_FOOTER);
    results_put_head(out, ENCODE_ARRAY, counts[RH_RESULTS_INTERRUPTED] + counts[RH_RESULTS_ENDED]);
    for (uint32_t i = 0; i < run->shard_count; i++) {
        const struct results_end *end = &results->ends[i];
        if (results->states[i] > RH_RESULTS_CUT) {
            results_put_end(out, i, (int)end->signal, end->has_flaw, end->has_internal);
        }
    }
    return fflush(out) == 0 && ferror(out) == 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * How far an exploration has come, as bytes: a CBOR sequence of items that messages could have, like a trace.
 *
 *     header   ["rehearse-checkpoint", format, version, program, digest of the scenario's text, digest of what is explored]
 *     state    [0, number...]       what has been found so far
 *     why      [1, text, note]      the bound that was reached, and what the strategies say
 *     tally    [2, number...]       how often faults struck and properties were judged
 *     outcomes [3, bytes]...        16 bytes each, in pieces
 *     open     [4, number...]...    what the strategy under way has still to explore, in pieces
 *     end      [5, digest]          of all bytes in front of it
 *
 * It is written between two joins, when everything is known of the parts that are back and nothing of those that are away,
 * which are open again for whoever resumes. An exploration goes on with exactly the parts that would have come next, so it
 * finds what it would have found, digests and all. What was ended before anything came back is written down without anything
 * open, so that whoever resumes it begins anew; anything else that says that it has explored nothing is refused.
 *
 * It comes from outside like any file: lengths, ranges and digest are checked before anything is believed.
 */
#include "harness/play/exploration.h"
#include "harness/trace/digest.h"
#include "harness/trace/encode.h"

#include <rehearse/version.h>

#include <string.h>

#define MAGIC "rehearse-checkpoint"
#define FORMAT 5
#define PIECE 1024u
#define HEADER_ENTRIES 6

enum code {
    CODE_STATE,
    CODE_WHY,
    CODE_TALLY,
    CODE_OUTCOMES,
    CODE_OPEN,
    CODE_END
};

/* The numbers of the state. */
#define STATE_MAP(X)                                                                               \
    X(it->approach)                                                                                \
    X(it->given)                                                                                   \
    X(it->exhaustive_runs)                                                                         \
    X(it->result->seed)                                                                            \
    X(it->result->runs)                                                                            \
    X(it->result->events)                                                                          \
    X(it->result->classes)                                                                         \
    X(it->result->blocked)                                                                         \
    X(it->result->digest[0])                                                                       \
    X(it->result->digest[1])
#define FLAG_MAP(X)                                                                                \
    X(it->bounded)                                                                                 \
    X(it->proved)                                                                                  \
    X(it->has_classes)                                                                             \
    X(it->outcomes.has_more)                                                                       \
    X(it->result->complete)
#define X(name) +1
enum {
    STATE_NUMBERS = 0 STATE_MAP(X) FLAG_MAP(X) + 1
};
#undef X

/* ---- writing ---- */

/* `capacity` is a bound of what is written at once. */
static uint8_t *room(struct exploration *it, size_t capacity)
{
    struct rh_bytes_owned *saved = &it->saved;
    if (saved->capacity - saved->size < capacity) {
        size_t larger = 2 * saved->capacity + capacity;
        uint8_t *bytes =
            it->allocator->resize(it->allocator->self, saved->bytes, saved->capacity, larger);
        if (bytes == NULL) {
            return NULL;
        }
        saved->bytes = bytes;
        saved->capacity = larger;
    }
    return saved->bytes + saved->size;
}

static void wrote(struct exploration *it, const uint8_t *end)
{
    it->saved.size = (size_t)(end - it->saved.bytes);
}

static bool put_numbers(struct exploration *it, enum code code, const uint64_t *numbers,
                        size_t count)
{
    uint8_t *at = room(it, (count + 2) * ENCODE_HEAD_BYTES_MAX);
    if (at == NULL) {
        return false;
    }
    at = encode_head(at, ENCODE_ARRAY, count + 1);
    at = encode_uint(at, code);
    for (size_t i = 0; i < count; i++) {
        at = encode_uint(at, numbers[i]);
    }
    wrote(it, at);
    return true;
}

static bool put_pieces(struct exploration *it, enum code code, const uint64_t *numbers,
                       size_t count)
{
    bool ok = true;
    for (size_t i = 0; i < count && ok; i += PIECE) {
        ok = put_numbers(it, code, numbers + i, count - i < PIECE ? count - i : PIECE);
    }
    return ok;
}

/* Which strategies, with which settings, and within which budgets. */
static void digest_plan(const struct exploration *it, uint8_t ret_digest[RH_TRACE_DIGEST_BYTES])
{
    uint8_t bytes[RH_TRACE_DIGEST_BYTES + 13 * ENCODE_HEAD_BYTES_MAX];
    struct approach approach;
    memset(ret_digest, 0, RH_TRACE_DIGEST_BYTES);
    for (size_t i = 0; approach_get(it, i, &approach) == RH_OK; i++) {
        memcpy(bytes, ret_digest, RH_TRACE_DIGEST_BYTES);
        uint8_t *at = bytes + RH_TRACE_DIGEST_BYTES;
        at = encode_uint(at, approach.kind);
        at = encode_uint(at, approach.runs);
        at = encode_uint(at, approach.seed);
        at = encode_uint(at, approach.depth);
        at = encode_uint(at, approach.bounds.choices);
        at = encode_uint(at, approach.bounds.preemptions);
        at = encode_uint(at, approach.bounds.delays);
        at = encode_uint(at, approach.bounds.faults);
        at = encode_uint(at, it->runs_max);
        at = encode_uint(at, it->options->part_runs);
        at = encode_uint(at, it->options->without_checks ? 1 : 0);
        at = encode_uint(at, it->options->without_digest ? 1 : 0);
        trace_digest(bytes, (size_t)(at - bytes), ret_digest);
    }
}

static void digest_text(const struct exploration *it, uint8_t ret_digest[RH_TRACE_DIGEST_BYTES])
{
    size_t length = 0;
    const char *text = rh_scenario_text(it->scenario, &length);
    trace_digest((const uint8_t *)text, length, ret_digest);
}

static const char *program_of(const struct exploration *it)
{
    const struct rh_program *program = it->scenario->program;
    return program == NULL || program->name == NULL ? "" : program->name;
}

static bool put_header(struct exploration *it)
{
    const char *program = program_of(it);
    uint8_t digest[RH_TRACE_DIGEST_BYTES];
    uint8_t *at = room(it, strlen(program) + strlen(rh_version()) + 256);
    if (at == NULL) {
        return false;
    }
    at = encode_head(at, ENCODE_ARRAY, HEADER_ENTRIES);
    at = encode_bytes(at, ENCODE_TEXT, MAGIC, strlen(MAGIC));
    at = encode_uint(at, FORMAT);
    at = encode_bytes(at, ENCODE_TEXT, rh_version(), strlen(rh_version()));
    at = encode_bytes(at, ENCODE_TEXT, program, strlen(program));
    digest_text(it, digest);
    at = encode_bytes(at, ENCODE_BYTES, digest, sizeof digest);
    digest_plan(it, digest);
    at = encode_bytes(at, ENCODE_BYTES, digest, sizeof digest);
    wrote(it, at);
    return true;
}

static uint64_t strategy_number(const struct exploration *it)
{
    uint64_t number = 0;
    while (number < RH_PLAN_STRATEGY_COUNT &&
           strcmp(rh_plan_strategy_words[number], it->result->strategy) != 0) {
        number++;
    }
    return number;
}

static bool put_state(struct exploration *it)
{
#define X(name) (name),
    const uint64_t numbers[STATE_NUMBERS] = {STATE_MAP(X)
#undef X
#define X(name) (name) ? 1 : 0,
                                                 FLAG_MAP(X) strategy_number(it)};
#undef X
    return put_numbers(it, CODE_STATE, numbers, STATE_NUMBERS);
}

static bool put_why(struct exploration *it)
{
    const char *why = it->bounded ? it->result->why : "";
    uint8_t *at = room(it, strlen(why) + strlen(it->note) + 64);
    if (at == NULL) {
        return false;
    }
    at = encode_head(at, ENCODE_ARRAY, 3);
    at = encode_uint(at, CODE_WHY);
    at = encode_bytes(at, ENCODE_TEXT, why, strlen(why));
    at = encode_bytes(at, ENCODE_TEXT, it->note, strlen(it->note));
    wrote(it, at);
    return true;
}

static bool put_tally(struct exploration *it)
{
    return put_pieces(it, CODE_TALLY, it->tally, it->tally_count);
}

static bool put_outcomes(struct exploration *it)
{
    uint64_t piece[PIECE];
    size_t count = 0;
    bool ok = true;
    for (size_t i = 0; ok && outcomes_next(&it->outcomes, &i, &piece[count]);) {
        count += 2;
        if (count == PIECE) {
            ok = put_numbers(it, CODE_OUTCOMES, piece, count);
            count = 0;
        }
    }
    return ok && (count == 0 || put_numbers(it, CODE_OUTCOMES, piece, count));
}

static bool put_open(struct exploration *it, const struct rh_strategy *strategy)
{
    struct rh_numbers numbers = {.allocator = it->allocator};
    bool ok = rh_strategy_save(strategy, &numbers) == RH_OK &&
              put_pieces(it, CODE_OPEN, numbers.at, numbers.count);
    rh_numbers_deinit(&numbers);
    return ok;
}

static bool put_end(struct exploration *it)
{
    uint8_t digest[RH_TRACE_DIGEST_BYTES];
    uint8_t *at = room(it, 64);
    if (at == NULL) {
        return false;
    }
    trace_digest(it->saved.bytes, it->saved.size, digest);
    at = encode_head(at, ENCODE_ARRAY, 2);
    at = encode_uint(at, CODE_END);
    at = encode_bytes(at, ENCODE_BYTES, digest, sizeof digest);
    wrote(it, at);
    return true;
}

enum rh_status exploration_save(struct exploration *it, const struct rh_strategy *strategy)
{
    it->saved.size = 0;
    bool ok = put_header(it) && put_state(it) && put_why(it) && put_tally(it) && put_outcomes(it) &&
              (strategy == NULL || put_open(it, strategy)) && put_end(it);
    return ok ? RH_OK : RH_NO_MEMORY;
}

/* ---- reading ---- */

struct reading {
    struct exploration *it;
    const uint8_t *bytes;
    size_t size;
    size_t at;
    const char *flaw; /* the first thing that is wrong */
    struct rh_numbers tally;
};

static bool refuse(struct reading *reading, const char *flaw)
{
    reading->flaw = reading->flaw == NULL ? flaw : reading->flaw;
    return false;
}

static bool next_item(struct reading *reading, struct rh_reader *reader)
{
    size_t length = 0;
    const uint8_t *begin = reading->bytes + reading->at;
    enum rh_status status = rh_item_length(begin, reading->size - reading->at, &length);
    if (status != RH_OK) {
        return refuse(reading, status == RH_TRUNCATED ? "it was cut" : "it is no checkpoint");
    }
    rh_reader_init(reader, begin, length);
    reading->at += length;
    return true;
}

static bool is_digest(struct rh_reader *reader, const uint8_t digest[RH_TRACE_DIGEST_BYTES])
{
    struct rh_bytes bytes;
    return rh_read_bytes(reader, &bytes) && bytes.size == RH_TRACE_DIGEST_BYTES &&
           memcmp(bytes.bytes, digest, RH_TRACE_DIGEST_BYTES) == 0;
}

static bool read_header(struct reading *reading)
{
    const struct exploration *it = reading->it;
    struct rh_reader reader;
    size_t count = 0;
    uint64_t format = 0;
    uint8_t digest[RH_TRACE_DIGEST_BYTES];
    if (reading->size == 0) {
        return refuse(reading, "it is empty");
    }
    if (!next_item(reading, &reader)) {
        return false;
    }
    if (!rh_read_array(&reader, &count) || count != HEADER_ENTRIES ||
        !rh_read_word(&reader, MAGIC)) {
        return refuse(reading, "it is no checkpoint");
    }
    if (!rh_read_uint(&reader, &format) || format != FORMAT ||
        !rh_read_word(&reader, rh_version())) {
        return refuse(reading, "it was written by another release");
    }
    if (!rh_read_word(&reader, program_of(it))) {
        return refuse(reading, "it was written by another program");
    }
    digest_text(it, digest);
    if (!is_digest(&reader, digest)) {
        return refuse(reading, "it is of another scenario, or the scenario was changed since");
    }
    digest_plan(it, digest);
    return (is_digest(&reader, digest) && rh_read_end(&reader)) ||
           refuse(reading, "it was explored with other strategies, seeds, budgets or options");
}

static bool read_state(struct reading *reading, struct rh_reader *reader)
{
    struct exploration *it = reading->it;
    uint64_t number = 0;
    bool ok = true;
#define X(name)                                                                                    \
    ok = ok && rh_read_uint(reader, &number);                                                      \
    name = number;
    STATE_MAP(X)
#undef X
#define X(name)                                                                                    \
    ok = ok && rh_read_uint(reader, &number) && number <= 1;                                       \
    name = number == 1;
    FLAG_MAP(X)
#undef X
    ok = ok && rh_read_uint(reader, &number) &&
         (number < RH_PLAN_STRATEGY_COUNT || it->result->runs == 0);
    it->result->strategy =
        ok && number < RH_PLAN_STRATEGY_COUNT ? rh_plan_strategy_words[number] : "";
    if (ok && (it->result->runs == 0) != (it->result->events == 0)) {
        return refuse(reading, "nothing has been explored in it");
    }
    struct approach approach;
    ok = ok && approach_get(it, it->approach, &approach) == RH_OK;
    return ok || refuse(reading, "its state is none");
}

static bool read_text(struct rh_reader *reader, char *buffer, size_t capacity)
{
    struct rh_text text;
    if (!rh_read_text(reader, &text) || text.size >= capacity) {
        return false;
    }
    memcpy(buffer, text.bytes, text.size);
    buffer[text.size] = '\0';
    return true;
}

static bool read_why(struct reading *reading, struct rh_reader *reader)
{
    struct exploration *it = reading->it;
    return (read_text(reader, it->result->why, sizeof it->result->why) &&
            read_text(reader, it->note, sizeof it->note)) ||
           refuse(reading, "its state is none");
}

static bool read_numbers(struct reading *reading, struct rh_reader *reader, size_t count,
                         struct rh_numbers *numbers)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t number = 0;
        if (!rh_read_uint(reader, &number)) {
            return refuse(reading, "its numbers are none");
        }
        if (!rh_numbers_put(numbers, number)) {
            return refuse(reading, rh_status_sentence(RH_NO_MEMORY));
        }
    }
    return true;
}

static bool read_outcomes(struct reading *reading, struct rh_reader *reader, size_t count)
{
    for (size_t i = 0; i + 1 < count; i += 2) {
        uint64_t outcome[2];
        if (!rh_read_uint(reader, &outcome[0]) || !rh_read_uint(reader, &outcome[1])) {
            return refuse(reading, "its outcomes are none");
        }
        if (outcomes_add(&reading->it->outcomes, outcome) != RH_OK) {
            return refuse(reading, rh_status_sentence(RH_NO_MEMORY));
        }
    }
    return count % 2 == 0 || refuse(reading, "its outcomes are none");
}

/* Where nothing has been explored nothing has been found, and all of it is still open. */
static bool is_nothing(const struct exploration *it)
{
    const struct rh_result *result = it->result;
    uint64_t found = it->given | it->exhaustive_runs | result->classes | result->blocked |
                     result->digest[0] | result->digest[1];
    return found == 0 && !it->proved && !it->has_classes && !result->complete &&
           it->outcomes.count == 0 && it->open.count == 0;
}

/* One item; false behind the last one, too. */
static bool read_item(struct reading *reading, uint64_t *expected)
{
    struct exploration *it = reading->it;
    struct rh_reader reader;
    uint8_t digest[RH_TRACE_DIGEST_BYTES];
    size_t count = 0;
    uint64_t code = 0;
    size_t begin = reading->at;
    if (!next_item(reading, &reader)) {
        return false;
    }
    bool ok = rh_read_array(&reader, &count) && count > 0 && rh_read_uint(&reader, &code) &&
              (*expected <= CODE_WHY ? code == *expected : code >= *expected);
    if (!ok || code > CODE_END) {
        return refuse(reading, "it is no checkpoint");
    }
    *expected = code <= CODE_WHY ? code + 1 : code;
    switch ((enum code)code) {
    case CODE_STATE:
        ok = read_state(reading, &reader);
        break;
    case CODE_WHY:
        ok = read_why(reading, &reader);
        break;
    case CODE_TALLY:
        ok = read_numbers(reading, &reader, count - 1, &reading->tally);
        break;
    case CODE_OUTCOMES:
        ok = read_outcomes(reading, &reader, count - 1);
        break;
    case CODE_OPEN:
        ok = read_numbers(reading, &reader, count - 1, &it->open);
        break;
    case CODE_END:
        trace_digest(reading->bytes, begin, digest);
        ok = is_digest(&reader, digest) || refuse(reading, "it was changed since it was written");
        break;
    }
    if (ok && !rh_read_end(&reader)) {
        return refuse(reading, "it is no checkpoint");
    }
    return ok && code != CODE_END;
}

enum rh_status exploration_resume(struct exploration *it, const uint8_t *bytes, size_t size)
{
    struct reading reading = {
        .it = it, .bytes = bytes, .size = size, .tally = {.allocator = it->allocator}};
    uint64_t expected = CODE_STATE;
    it->open.allocator = it->allocator;
    if (read_header(&reading)) {
        while (read_item(&reading, &expected)) {
        }
    }
    if (reading.flaw == NULL && reading.at < size) {
        (void)refuse(&reading, "something stands behind its end");
    }
    if (reading.flaw == NULL && reading.tally.count != it->tally_count) {
        (void)refuse(&reading, "its state is none");
    }
    if (reading.flaw == NULL && it->result->runs == 0 && !is_nothing(it)) {
        (void)refuse(&reading, "nothing has been explored in it");
    }
    if (reading.flaw == NULL && reading.tally.count > 0) {
        memcpy(it->tally, reading.tally.at, it->tally_count * sizeof *it->tally);
    }
    rh_numbers_deinit(&reading.tally);
    if (reading.flaw == NULL) {
        return RH_OK;
    }
    bool no_memory = strcmp(reading.flaw, rh_status_sentence(RH_NO_MEMORY)) == 0;
    it->flaw = reading.flaw;
    return no_memory ? RH_NO_MEMORY : RH_MALFORMED;
}

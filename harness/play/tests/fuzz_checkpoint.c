/* SPDX-License-Identifier: MIT */
/* Checkpoints from outside: whatever stands behind a header that fits, with a digest that fits, is refused or explored. */
#include <rehearse/scenario.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "harness/trace/digest.h"

#define BYTES_MAX ((size_t)1 << 16)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char text[] = "scenario: orders\n"
                           "time: free\n"
                           "actors:\n"
                           "  all: sink\n"
                           "  a: {behaviour: sender, with: {to: <all>, count: 3}}\n"
                           "  b: {behaviour: sender, with: {to: <all>, count: 3}}\n"
                           "faults: [{crash: all}]\n"
                           "expect: [{alive: a}]\n"
                           "explore: {strategy: [dpor, {random: {runs: 40}}, exhaustive]}\n";

static uint8_t good[BYTES_MAX];
static size_t good_size;

static bool always(void *self)
{
    (void)self;
    return true;
}

static enum rh_status keep(void *self, const uint8_t *bytes, size_t size)
{
    (void)self;
    if (good_size == 0 && size <= sizeof good) {
        memcpy(good, bytes, size);
        good_size = size;
    }
    return RH_OK;
}

static bool for_a_while(void *self, uint64_t runs)
{
    (void)self;
    return runs < 1u << 20 ? --*(int *)self > 0 : false;
}

static size_t item(const uint8_t *bytes, size_t size)
{
    size_t length = 0;
    return rh_item_length(bytes, size, &length) == RH_OK ? length : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t bytes[BYTES_MAX];
    static struct rh_scenario *scenario;
    struct rh_result result;
    int left = 40;
    if (scenario == NULL) {
        const struct rh_explore_options options = {
            .part_runs = 3, .wants_checkpoint = always, .checkpoint = keep};
        if (rh_scenario_parse(NULL, "f.yaml", text, sizeof text - 1, NULL, &scenario) != RH_OK ||
            rh_scenario_explore(scenario, &options, &result) != RH_OK || good_size == 0) {
            abort();
        }
        rh_result_deinit(&result);
    }
    size_t header = item(good, good_size);
    if (size > sizeof bytes - header - 32) {
        return 0;
    }
    memcpy(bytes, good, header);
    if (size > 0 && data[0] == 0) { /* a good state, and then the input */
        header += item(good + header, good_size - header);
        header += item(good + header, good_size - header);
        header += item(good + header, good_size - header);
        memcpy(bytes, good, header);
        data++;
        size--;
    }
    memcpy(bytes + header, data, size);
    size_t end = header + size;
    uint8_t digest[RH_TRACE_DIGEST_BYTES];
    trace_digest(bytes, end, digest);
    bytes[end++] = 0x82;
    bytes[end++] = 0x05;
    bytes[end++] = 0x50;
    memcpy(bytes + end, digest, sizeof digest);
    end += sizeof digest;
    const struct rh_explore_options options = {
        .part_runs = 3, .go_on = for_a_while, .self = &left, .resume = bytes, .resume_size = end};
    enum rh_status status = rh_scenario_explore(scenario, &options, &result);
    if (status != RH_OK && status != RH_MALFORMED) {
        abort();
    }
    rh_result_deinit(&result);
    return 0;
}

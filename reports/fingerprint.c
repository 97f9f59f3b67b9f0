/* SPDX-License-Identifier: MIT */
/* The digest covers what rh_fingerprint_same compares, so that lists of failures from many machines can be joined by it. A
 * violation of all runs together has no trace: its invariant and what was promised are all there is. */
#include "reports/fingerprint.h"

#include "harness/trace/digest.h"
#include "harness/trace/fingerprint.h"

#include <stdio.h>
#include <string.h>

static void take(struct rh_fingerprint *fingerprint, const struct rh_result *result)
{
    const struct rh_violation *violation = &result->violation;
    if (!result->is_of_no_run && result->trace.size > 0 &&
        rh_fingerprint_read(fingerprint, NULL, result->trace.bytes, result->trace.size) == RH_OK &&
        fingerprint->invariant[0] != '\0') {
        return;
    }
    *fingerprint = (struct rh_fingerprint){.line = violation->line};
    (void)snprintf(fingerprint->invariant, sizeof fingerprint->invariant, "%s",
                   violation->invariant);
    if (violation->line != 0) {
        memcpy(fingerprint->expected, violation->expected, sizeof fingerprint->expected);
    }
}

static size_t append(uint8_t *bytes, size_t at, const char *text)
{
    size_t size = strlen(text) + 1;
    memcpy(bytes + at, text, size);
    return at + size;
}

void report_fingerprint(const struct rh_report_entry *entry, struct report_fingerprint *ret)
{
    struct rh_fingerprint found;
    uint8_t bytes[sizeof found];
    uint8_t digest[RH_TRACE_DIGEST_BYTES];
    *ret = (struct report_fingerprint){.words = ""};
    if (entry->fingerprint != NULL && entry->fingerprint_key != NULL) {
        (void)snprintf(ret->words, sizeof ret->words, "%s", entry->fingerprint);
        (void)snprintf(ret->key, sizeof ret->key, "%s", entry->fingerprint_key);
        return;
    }
    if (!entry->result->has_violation) {
        return;
    }
    take(&found, entry->result);
    size_t size = append(bytes, 0, found.invariant);
    size = append(bytes, size, found.actors[0]);
    size = append(bytes, size, found.actors[1]);
    size = append(bytes, size, found.expected);
    size = append(bytes, size, found.named);
    trace_digest(bytes, size, digest);
    for (size_t i = 0; i < sizeof digest; i++) {
        (void)snprintf(ret->key + 2 * i, 3, "%02x", digest[i]);
    }
    (void)rh_fingerprint_print(&found, ret->words, sizeof ret->words);
}

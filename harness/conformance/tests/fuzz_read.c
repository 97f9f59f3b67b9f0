/* SPDX-License-Identifier: MIT */
/* Any bytes as a line of cases, programs and outcomes: refused or read, never a crash. What is read prints and reads back
 * as the same. */
#include "harness/conformance/case.h"
#include "harness/conformance/program.h"

#include "core/base/assert.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct rh_beam_arena arena;
    struct rh_beam_flaw flaw;
    struct rh_beam_case subject;
    struct rh_beam_program program;
    rh_beam_arena_reset(&arena);
    struct rh_beam_json *json =
        rh_beam_json_read(&arena, "line", 1, (const char *)bytes, size, &flaw);
    if (json == NULL) {
        RH_ASSERT(flaw.column >= 1);
        RH_ASSERT(flaw.column <= size + 1);
        return 0;
    }
    const char *text = rh_beam_json_text(&arena, json);
    struct rh_beam_json *again = rh_beam_json_read(&arena, "line", 1, text, strlen(text), &flaw);
    RH_ASSERT(again != NULL);
    RH_ASSERT(rh_beam_json_compare(again, again) == 0);
    RH_ASSERT(strcmp(rh_beam_json_text(&arena, again), text) == 0);
    (void)rh_beam_case_read(&arena, json, &subject, &flaw);
    (void)rh_beam_program_read(&arena, json, &program, &flaw);
    (void)rh_beam_program_outcome_id(json, &flaw);
    return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * A verdict names one outcome: the first that is not allowed, or the first that the BEAM gave and no order did. All that
 * was expected stands beside it, so that one line tells the whole difference.
 */
#include "harness/conformance/judge.h"

#include "harness/conformance/outcome.h"

#include <string.h>

static const char *list_of(struct rh_beam_arena *arena, const char *const *texts, size_t count)
{
    struct rh_beam_text list = {.arena = arena};
    for (size_t i = 0; i < count; i++) {
        rh_beam_put_word(&list, i == 0 ? "" : " or ");
        rh_beam_put_word(&list, texts[i]);
    }
    return rh_beam_text_end(&list);
}

static bool contains(const char *const *texts, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(texts[i], text) == 0) {
            return true;
        }
    }
    return false;
}

static const char *play_case(void *self, struct rh_beam_stage *stage, struct rh_beam_arena *arena)
{
    const struct rh_beam_case *subject = self;
    rh_beam_cluster_init(stage, subject);
    stage->late_children = subject->late_children;
    stage->late_child_count = subject->late_child_count;
    for (size_t i = 0; i < subject->step_count && stage->broken == NULL; i++) {
        rh_beam_stage_step(stage, subject->steps[i]);
    }
    return rh_beam_outcome(stage, subject, arena);
}

static bool allows_all(struct rh_beam_report *report, struct rh_beam_arena *arena,
                       const struct rh_beam_case *subject, const char *const *expected,
                       const struct rh_beam_findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        if (!contains(expected, subject->expected_count, findings->items[i].text)) {
            rh_beam_report_fail(report, subject->id, findings, "an outcome that is not allowed",
                                list_of(arena, expected, subject->expected_count),
                                findings->items[i].text);
            return false;
        }
    }
    return true;
}

static bool reaches_all(struct rh_beam_report *report, struct rh_beam_arena *arena,
                        const struct rh_beam_case *subject, const char *const *expected,
                        const struct rh_beam_findings *findings)
{
    const char **texts = rh_beam_take(arena, (findings->count + 1) * sizeof(const char *));
    for (size_t i = 0; i < findings->count; i++) {
        texts[i] = findings->items[i].text;
    }
    for (size_t i = 0; i < subject->expected_count; i++) {
        if (subject->observed[i] > 0 && !contains(texts, findings->count, expected[i])) {
            rh_beam_report_fail(report, subject->id, findings,
                                "an outcome of the BEAM that no order reaches", expected[i],
                                list_of(arena, texts, findings->count));
            return false;
        }
    }
    return true;
}

void rh_beam_judge_case(struct rh_beam_report *report, struct rh_beam_arena *arena,
                        const struct rh_beam_budget *budget, const struct rh_beam_case *subject)
{
    const char **expected = rh_beam_take(arena, subject->expected_count * sizeof(const char *));
    for (size_t i = 0; i < subject->expected_count; i++) {
        expected[i] = rh_beam_expected(arena, subject, subject->expected[i]);
    }
    struct rh_beam_findings findings = {.arena = arena};
    struct rh_beam_case copy = *subject;
    rh_beam_explore(budget, play_case, &copy, &findings);
    if (findings.broken != NULL) {
        rh_beam_report_fail(report, subject->id, &findings, "the run is broken",
                            list_of(arena, expected, subject->expected_count), findings.broken);
    } else if (allows_all(report, arena, subject, expected, &findings) &&
               (!findings.complete || reaches_all(report, arena, subject, expected, &findings))) {
        rh_beam_report_pass(report, subject->id, &findings);
    }
}

/* ---- programs ---- */

static const char *play_program(void *self, struct rh_beam_stage *stage,
                                struct rh_beam_arena *arena)
{
    return rh_beam_program_play(stage, self, arena);
}

void rh_beam_judge_program(struct rh_beam_report *report, struct rh_beam_arena *arena,
                           const struct rh_beam_budget *budget,
                           const struct rh_beam_program *program,
                           const struct rh_beam_json *outcome)
{
    struct rh_beam_findings findings = {.arena = arena};
    struct rh_beam_program copy = *program;
    const char *expected = rh_beam_json_text(arena, outcome);
    rh_beam_explore(budget, play_program, &copy, &findings);
    if (findings.broken != NULL) {
        rh_beam_report_fail(report, program->id, &findings, "the run is broken", expected,
                            findings.broken);
        return;
    }
    for (size_t i = 0; i < findings.count; i++) {
        if (strcmp(findings.items[i].text, expected) != 0) {
            rh_beam_report_fail(report, program->id, &findings, "another outcome", expected,
                                findings.items[i].text);
            return;
        }
    }
    rh_beam_report_pass(report, program->id, &findings);
}

/* SPDX-License-Identifier: MIT */
#include "harness/scenario/scenario.h"

#include <string.h>

#include "harness/scenario/load.h"

#define DIAGNOSTICS_BYTES_MAX ((size_t)1 << 20)

static enum rh_status create(const struct rh_allocator *allocator, const struct rh_program *program,
                             struct rh_scenario **ret_scenario)
{
    allocator = allocator != NULL ? allocator : rh_allocator_default();
    struct rh_scenario *scenario = allocator->allocate(allocator->self, sizeof *scenario);
    if (scenario == NULL) {
        return RH_NO_MEMORY;
    }
    memset(scenario, 0, sizeof *scenario);
    scenario->allocator = allocator;
    scenario->program = program;
    rh_diagnostics_init(&scenario->diagnostics, allocator);
    rh_plan_init(&scenario->plan, allocator);
    *ret_scenario = scenario;
    return RH_OK;
}

/* The scenario with the drawn faults takes the place of the one that asks for them, and keeps that for other seeds. */
static enum rh_status replace_swarm(struct rh_scenario **scenario, uint64_t seed)
{
    struct rh_scenario *undrawn = *scenario;
    struct rh_scenario *drawn = NULL;
    enum rh_status status = rh_scenario_draw(undrawn, seed, &drawn);
    if (drawn != NULL) {
        drawn->undrawn = undrawn;
        *scenario = drawn;
    } else if (status == RH_INVALID) {
        rh_diagnostics_error(&undrawn->diagnostics, &undrawn->source, undrawn->plan.swarm.at,
                             "none of these kinds can strike here");
        status = RH_MALFORMED;
        undrawn->status = status;
    }
    return status;
}

enum rh_status rh_scenario_redraw(struct rh_scenario **scenario, uint64_t seed)
{
    struct rh_scenario *before = *scenario;
    struct rh_scenario *undrawn = before->undrawn;
    if (undrawn == NULL) {
        return RH_NOT_FOUND;
    }
    enum rh_status status = replace_swarm(&undrawn, seed);
    if (undrawn == before->undrawn) {
        return status;
    }
    before->undrawn = NULL;
    rh_scenario_destroy(before);
    *scenario = undrawn;
    return status;
}

/* What is left once there is a text, or a reason why there is none. */
static enum rh_status finish(struct rh_scenario **scenario, enum rh_status status)
{
    struct rh_scenario *loaded = *scenario;
    if (status == RH_OK) {
        status = rh_document_parse(&loaded->document, &loaded->source, loaded->allocator,
                                   &loaded->diagnostics);
    }
    if (status == RH_OK) {
        status =
            rh_plan_load(&loaded->plan, &loaded->document, loaded->program, &loaded->diagnostics);
    }
    loaded->status = status;
    if (status == RH_OK && loaded->plan.swarm.is_on) {
        status = replace_swarm(scenario, loaded->plan.swarm.seed);
        loaded = *scenario;
    }
    if (status == RH_NO_MEMORY) {
        rh_scenario_destroy(loaded);
        *scenario = NULL;
    }
    return status;
}

enum rh_status rh_scenario_load(const struct rh_allocator *allocator, const char *path,
                                const struct rh_program *program, struct rh_scenario **ret_scenario)
{
    *ret_scenario = NULL;
    enum rh_status status = create(allocator, program, ret_scenario);
    if (status != RH_OK) {
        return status;
    }
    struct rh_scenario *scenario = *ret_scenario;
    status = rh_source_load(&scenario->source, scenario->allocator, path, &scenario->diagnostics);
    return finish(ret_scenario, status);
}

enum rh_status rh_scenario_parse(const struct rh_allocator *allocator, const char *name,
                                 const char *text, size_t length, const struct rh_program *program,
                                 struct rh_scenario **ret_scenario)
{
    *ret_scenario = NULL;
    enum rh_status status = create(allocator, program, ret_scenario);
    if (status != RH_OK) {
        return status;
    }
    struct rh_scenario *scenario = *ret_scenario;
    status = rh_source_copy(&scenario->source, scenario->allocator, name, text, length,
                            &scenario->diagnostics);
    return finish(ret_scenario, status);
}

void rh_scenario_destroy(struct rh_scenario *scenario)
{
    if (scenario == NULL) {
        return;
    }
    rh_scenario_destroy(scenario->undrawn);
    rh_plan_deinit(&scenario->plan);
    rh_document_deinit(&scenario->document);
    rh_diagnostics_deinit(&scenario->diagnostics);
    rh_source_deinit(&scenario->source);
    scenario->allocator->release(scenario->allocator->self, scenario, sizeof *scenario);
}

/* Hand out a text as snprintf does, and release it. */
static size_t give_out(struct rh_text_buffer *text, char *buffer, size_t capacity)
{
    size_t length = text->length;
    if (capacity > 0) {
        size_t fits = length < capacity ? length : capacity - 1;
        if (fits > 0) {
            memcpy(buffer, text->text, fits);
        }
        buffer[fits] = '\0';
    }
    rh_text_buffer_deinit(text);
    return length;
}

size_t rh_scenario_diagnostics(const struct rh_scenario *scenario, bool with_colour, char *buffer,
                               size_t capacity)
{
    struct rh_text_buffer text;
    rh_text_buffer_init(&text, scenario->allocator, DIAGNOSTICS_BYTES_MAX);
    (void)rh_diagnostics_render(&scenario->diagnostics, with_colour, &text);
    return give_out(&text, buffer, capacity);
}

uint32_t rh_scenario_error_count(const struct rh_scenario *scenario)
{
    return scenario->diagnostics.error_count;
}

uint32_t rh_scenario_warning_count(const struct rh_scenario *scenario)
{
    return scenario->diagnostics.warning_count;
}

const char *rh_scenario_path(const struct rh_scenario *scenario)
{
    return scenario->source.name;
}

const char *rh_scenario_title(const struct rh_scenario *scenario)
{
    return scenario->plan.title;
}

const char *rh_scenario_about(const struct rh_scenario *scenario)
{
    return scenario->plan.about;
}

const char *rh_scenario_skip(const struct rh_scenario *scenario)
{
    return scenario->plan.skip;
}

const char *rh_scenario_covers(const struct rh_scenario *scenario, size_t index)
{
    return index < scenario->plan.covers.count ? scenario->plan.covers.at[index] : NULL;
}

const char *rh_scenario_text(const struct rh_scenario *scenario, size_t *ret_length)
{
    *ret_length = scenario->source.length;
    return scenario->source.bytes != NULL ? scenario->source.bytes : "";
}

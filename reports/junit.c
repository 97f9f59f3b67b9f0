/* SPDX-License-Identifier: MIT */
/*
 * JUnit XML, of which there is no standard but what its readers do. A suite is a folder, a case a scenario; names are unique
 * because paths are, and GitLab drops what is named twice. GitLab reads bodies, not messages, and attachments in system-out;
 * the xUnit plugin of Jenkins refuses `file`, and properties of a case, so that those of all its cases are the suite's. Sums
 * and properties stand in front of what they are of: a suite is kept until it ends.
 */
#include "reports/escape.h"
#include "reports/file.h"

#include <rehearse/version.h>

#include <stdlib.h>
#include <string.h>

static bool is_strict(const struct rh_report_file *file)
{
    return file->options.format == RH_REPORT_FORMAT_JUNIT_STRICT;
}

static void put_attribute(FILE *out, const char *name, const char *value)
{
    (void)fprintf(out, " %s=\"", name);
    escape_xml(out, value);
    (void)fputc('"', out);
}

static void put_number(FILE *out, const char *name, uint64_t value)
{
    (void)fprintf(out, " %s=\"%llu\"", name, (unsigned long long)value);
}

static void put_time(FILE *out, rh_duration elapsed)
{
    (void)fputs(" time=\"", out);
    report_seconds(out, elapsed);
    (void)fputc('"', out);
}

/* ---- suites ---- */

static void put_property(FILE *out, const char *of, uint64_t number, const char *name,
                         const char *value)
{
    (void)fputs("      <property name=\"", out);
    escape_xml(out, of);
    if (number > 0) {
        (void)fprintf(out, " #%llu", (unsigned long long)number + 1);
    }
    (void)fprintf(out, "%s%s\"", *of == '\0' ? "" : ".", name);
    put_attribute(out, "value", value);
    (void)fputs("/>\n", out);
}

static void put_properties(struct rh_report_file *file)
{
    const char *options = file->options.options;
    (void)fputs("    <properties>\n", file->out);
    put_property(file->out, "", 0, "rehearse.version", rh_version());
    if (options != NULL) {
        put_property(file->out, "", 0, "rehearse.options", options);
    }
    if (file->suite.properties != NULL) {
        (void)fwrite(file->suite.properties, 1, file->suite.properties_size, file->out);
    }
    (void)fputs("    </properties>\n", file->out);
}

/* Close what is written in memory; what is there of it is to be freed. */
static bool close_memory(struct rh_report_file *file)
{
    bool good = file->suite.memory == NULL || fclose(file->suite.memory) == 0;
    good = (file->suite.more == NULL || fclose(file->suite.more) == 0) && good;
    file->suite.memory = NULL;
    file->suite.more = NULL;
    return good;
}

static void suite_free(struct rh_report_file *file)
{
    free(file->suite.cases);
    free(file->suite.properties);
    free(file->suite.name);
    file->suite.cases = NULL;
    file->suite.properties = NULL;
    file->suite.name = NULL;
}

static void suite_end(struct rh_report_file *file)
{
    if (file->suite.memory == NULL) {
        return;
    }
    file->is_out_of_memory = !close_memory(file) || file->is_out_of_memory;
    (void)fputs("  <testsuite", file->out);
    put_attribute(file->out, "name", file->suite.name);
    put_number(file->out, "tests", file->suite.tests);
    put_number(file->out, "failures", file->suite.failures);
    put_number(file->out, "errors", file->suite.errors);
    put_number(file->out, "skipped", file->suite.skipped);
    put_time(file->out, file->suite.elapsed);
    (void)fputs(">\n", file->out);
    put_properties(file);
    if (file->suite.cases != NULL) {
        (void)fwrite(file->suite.cases, 1, file->suite.cases_size, file->out);
    }
    (void)fputs("  </testsuite>\n", file->out);
    suite_free(file);
}

/* Go on with the suite of a folder, or begin it. */
static bool suite_of(struct rh_report_file *file, const char *folder, size_t size)
{
    if (file->suite.memory != NULL && strlen(file->suite.name) == size &&
        strncmp(file->suite.name, folder, size) == 0) {
        return true;
    }
    suite_end(file);
    file->suite.name = strndup(folder, size);
    file->suite.memory = open_memstream(&file->suite.cases, &file->suite.cases_size);
    file->suite.more = open_memstream(&file->suite.properties, &file->suite.properties_size);
    file->suite.tests = file->suite.failures = file->suite.errors = file->suite.skipped = 0;
    file->suite.elapsed = 0;
    if (file->suite.name != NULL && file->suite.memory != NULL && file->suite.more != NULL) {
        return true;
    }
    (void)close_memory(file);
    suite_free(file);
    file->is_out_of_memory = true;
    return false;
}

/* ---- cases ---- */

static bool is_error(const struct report_case *one)
{
    return strcmp(one->verdict, "bad") == 0 || strcmp(one->verdict, "error") == 0;
}

static void put_trouble(const struct rh_report_file *file, const struct report_case *one)
{
    FILE *out = file->suite.memory;
    const char *element = is_error(one) ? "error" : "failure";
    const struct rh_result *result = one->entry == NULL ? NULL : one->entry->result;
    bool has_violation = result != NULL && result->has_violation;
    (void)fprintf(out, "      <%s", element);
    put_attribute(out, "message", one->details);
    put_attribute(out, "type", has_violation ? result->violation.invariant : one->verdict);
    (void)fputc('>', out);
    escape_xml(out, *one->block != '\0' ? one->block : one->details);
    (void)fprintf(out, "</%s>\n", element);
    if (one->trace != NULL) {
        (void)fputs("      <system-out>[[ATTACHMENT|", out);
        escape_xml(out, one->trace);
        (void)fputs("]]</system-out>\n", out);
    }
}

/* The second of a path, and the second plan of a swarm, are called so: "name.yaml #2". */
static void put_name(FILE *out, const char *name, uint64_t number)
{
    (void)fputs(" name=\"", out);
    escape_xml(out, name);
    if (number > 0) {
        (void)fprintf(out, " #%llu", (unsigned long long)number + 1);
    }
    (void)fputc('"', out);
}

static void put_case(const struct rh_report_file *file, const struct report_case *one,
                     const char *name)
{
    FILE *out = file->suite.memory;
    (void)fputs("    <testcase", out);
    put_attribute(out, "classname", file->suite.name);
    put_name(out, name, one->number);
    if (!is_strict(file)) {
        put_attribute(out, "file", one->path);
    }
    put_time(out, one->entry == NULL ? 0 : one->entry->elapsed);
    if (strcmp(one->tally, "passed") == 0) {
        (void)fputs("/>\n", out);
        return;
    }
    (void)fputs(">\n", out);
    if (strcmp(one->tally, "skipped") == 0) {
        (void)fputs("      <skipped", out);
        put_attribute(out, "message", one->details);
        (void)fputc('>', out);
        escape_xml(out, one->details);
        (void)fputs("</skipped>\n", out);
    } else {
        put_trouble(file, one);
    }
    (void)fputs("    </testcase>\n", out);
}

/* With what a scenario was played, and a digest of what came of it. */
static void put_play(const struct rh_report_file *file, const struct report_case *one,
                     const char *name)
{
    char text[40];
    if (one->entry == NULL || one->entry->result->runs == 0) {
        return;
    }
    const struct rh_result *result = one->entry->result;
    FILE *out = file->suite.more;
    put_property(out, name, one->number, "strategy",
                 result->strategy == NULL ? "" : result->strategy);
    (void)snprintf(text, sizeof text, "0x%llx", (unsigned long long)result->seed);
    put_property(out, name, one->number, "seed", text);
    (void)snprintf(text, sizeof text, "%016llx%016llx", (unsigned long long)result->digest[0],
                   (unsigned long long)result->digest[1]);
    put_property(out, name, one->number, "digest", text);
}

static void each(struct rh_report_file *file, const struct report_case *one)
{
    const char *slash = strrchr(one->path, '/');
    const char *name = slash == NULL ? one->path : slash + 1;
    size_t folder = slash == NULL ? 0 : (size_t)(slash - one->path);
    if (!suite_of(file, folder == 0 ? "." : one->path, folder == 0 ? 1 : folder)) {
        return;
    }
    rh_duration elapsed = one->entry == NULL ? 0 : one->entry->elapsed;
    bool failed = strcmp(one->tally, "failed") == 0;
    file->suite.tests++;
    file->suite.failures += failed && !is_error(one);
    file->suite.errors += failed && is_error(one);
    file->suite.skipped += strcmp(one->tally, "skipped") == 0;
    file->suite.elapsed += elapsed;
    put_case(file, one, name);
    put_play(file, one, name);
}

static void begin(struct rh_report_file *file)
{
    (void)fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n", file->out);
}

static void end(struct rh_report_file *file)
{
    suite_end(file);
    (void)fputs("</testsuites>\n", file->out);
}

const struct report_format_functions report_junit = {.begin = begin, .each = each, .end = end};

/* SPDX-License-Identifier: MIT */
/* The command line of beam_conformance. */
#include "harness/conformance/suite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: beam_conformance [--cases FILE.jsonl] [--programs FILE.jsonl --outcomes FILE.jsonl]\n"
    "                        [--only ID] [--verbose] [--orders N] [--runs N] [--seed N]\n"
    "                        [--free-order]\n"
    "\n"
    "Play what was measured on the BEAM, in every order, and compare.\n"
    "\n"
    "  --cases FILE      cases: each outcome must be allowed; each that the BEAM gave be reached\n"
    "  --programs FILE   random programs: each order must give the outcome of the BEAM\n"
    "  --outcomes FILE   the outcomes of the programs\n"
    "  --only ID         only this case or program\n"
    "  --verbose         a line also for what passes\n"
    "  --free-order      cases: signals of different senders arrive in any order, not in that of their sending\n"
    "  --orders N        play up to N orders completely (100000), sample what has more\n"
    "  --runs N          a sample is fifo and N random runs (1000)\n"
    "  --seed N          of the first random run (1)\n"
    "\n"
    "Exit code: 0 all passed, 1 something failed, 2 bad input or command line, 3 out of memory,\n"
    "4 nothing to play. The last line is `N passed, N failed, N skipped`.\n";

static void say_exhausted(void)
{
    fputs("beam_conformance: error: out of memory\n", stderr);
    exit(3);
}

static int complain(const char *what, const char *about)
{
    fprintf(stderr, "beam_conformance: error: %s '%s'\n\n%s", what, about, usage);
    return 2;
}

static bool read_number(const char *text, uint64_t *ret_number)
{
    char *end = NULL;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    *ret_number = number;
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
}

static const char **word_option(struct rh_beam_suite *suite, const char *option)
{
    return strcmp(option, "--cases") == 0      ? &suite->cases
           : strcmp(option, "--programs") == 0 ? &suite->programs
           : strcmp(option, "--outcomes") == 0 ? &suite->outcomes
           : strcmp(option, "--only") == 0     ? &suite->only
                                               : NULL;
}

static uint64_t *number_option(struct rh_beam_suite *suite, const char *option)
{
    return strcmp(option, "--orders") == 0 ? &suite->budget.orders_max
           : strcmp(option, "--runs") == 0 ? &suite->budget.random_runs
           : strcmp(option, "--seed") == 0 ? &suite->budget.seed
                                           : NULL;
}

/** Return -1 to go on, otherwise the exit code. */
static int read_options(int count, char **words, struct rh_beam_suite *suite, bool *ret_verbose)
{
    for (int i = 1; i < count; i++) {
        const char **word = word_option(suite, words[i]);
        uint64_t *number = number_option(suite, words[i]);
        if (strcmp(words[i], "--free-order") == 0) {
            suite->budget.free_order = true;
            continue;
        }
        if (strcmp(words[i], "--help") == 0) {
            fputs(usage, stdout);
            return 0;
        }
        if (strcmp(words[i], "--verbose") == 0) {
            *ret_verbose = true;
            continue;
        }
        if (word == NULL && number == NULL) {
            return complain("unknown option", words[i]);
        }
        if (i + 1 == count) {
            return complain("a value must follow", words[i]);
        }
        if (number != NULL && !read_number(words[i + 1], number)) {
            return complain("not a number:", words[i + 1]);
        }
        if (word != NULL) {
            *word = words[i + 1];
        }
        i++;
    }
    if ((suite->programs == NULL) != (suite->outcomes == NULL)) {
        return complain("belong together: --programs and", "--outcomes");
    }
    return suite->cases != NULL || suite->programs != NULL
               ? -1
               : complain("nothing to play without", "--cases");
}

int main(int argc, char **argv)
{
    struct rh_beam_suite suite = {.budget = {.orders_max = 100000, .random_runs = 1000, .seed = 1}};
    struct rh_beam_report report;
    bool verbose = false;
    rh_beam_on_exhausted(say_exhausted);
    int code = read_options(argc, argv, &suite, &verbose);
    if (code >= 0) {
        return code;
    }
    rh_beam_report_init(&report, stdout, stderr, verbose);
    rh_beam_suite_play(&suite, &report);
    code = rh_beam_report_end(&report);
    rh_beam_report_deinit(&report);
    return code;
}

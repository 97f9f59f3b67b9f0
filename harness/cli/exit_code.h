/* SPDX-License-Identifier: MIT */
/** @file
 *  What the program answers to whoever started it: part of the interface. */
#ifndef HARNESS_CLI_EXIT_CODE_H
#define HARNESS_CLI_EXIT_CODE_H

/** One row per code: identifier, number, sentence. Codes above 128 are 128 + the signal. */
#define CLI_EXIT_MAP(X)                                                                            \
    X(HELD, 0, "everything held")                                                                  \
    X(FAILED, 1, "an invariant or expectation was violated")                                       \
    X(USAGE, 2, "bad usage, or a scenario or trace that cannot be read")                           \
    X(INTERNAL, 3, "a bug in rehearse itself, or it ran out of something")                         \
    X(NOTHING, 4, "no scenario was selected")                                                      \
    X(DIVERGED, 5, "a run did not follow its recording, or two equal runs differ")                 \
    X(INCONCLUSIVE, 6, "a bound was reached: nothing failed, not everything was covered")          \
    X(INTERRUPTED, 130, "interrupted; what was done is reported")                                  \
    X(TERMINATED, 143, "terminated; what was done is reported")

enum cli_exit {
#define X(identifier, code, sentence) CLI_EXIT_##identifier = (code),
    CLI_EXIT_MAP(X)
#undef X
};

#endif

/* SPDX-License-Identifier: MIT */
/** @file
 *  The command line as tables: what is parsed, what help prints and what a shell completes all come from here. */
#ifndef HARNESS_CLI_OPTIONS_H
#define HARNESS_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct rh_checker;

/** One row per command: identifier, words, operands, one sentence. */
#define CLI_COMMAND_MAP(X)                                                                         \
    X(RUN, "run", "[FILE|FOLDER]...", "play scenarios, scenarios/ by default")                     \
    X(REPLAY, "replay", "TRACE...", "play a recorded run again, and compare event by event")       \
    X(SHRINK, "shrink", "TRACE|FILE", "make the smallest scenario that fails in the same way")     \
    X(EXPLAIN, "explain", "TRACE|FILE", "tell a failure in sentences, and what would have helped") \
    X(SAVE, "save", "TRACE|FILE", "keep a failure as a scenario that is to pass from now on")      \
    X(MERGE, "merge", "RESULTS...", "join what shards have found, as if one machine had played")   \
    X(LIST, "list", "[FILE|FOLDER]...", "print which scenarios there are")                         \
    X(CHECK, "check", "FILE|FOLDER...", "read scenarios without playing them")                     \
    X(TRACE_SHOW, "trace show", "TRACE", "print a recorded run, one column an actor")              \
    X(TRACE_DIFF, "trace diff", "TRACE TRACE", "print where two recorded runs first differ")       \
    X(TRACE_EXPORT, "trace export", "TRACE",                                                       \
      "write a recorded run in a format that others draw or read")                                 \
    X(NODE, "node", "", "run a node that speaks the wire on stdin and stdout")                     \
    X(PROC, "proc", "", "be a process of a host, which says in the environment what for")          \
    X(SELFCHECK, "selfcheck", "", "count and draw what arithmetic knows, and compare")             \
    X(SCHEMA, "schema", "", "print the JSON Schema of scenario files, for editors")                \
    X(COMPLETION, "completion", "bash|zsh|fish", "print what makes a shell complete all this")     \
    X(HELP, "help", "[COMMAND|faults [FAULT]|invariants]",                                         \
      "print what a command takes, which faults there are, what is always checked")                \
    X(VERSION, "version", "", "print which release this is")

/** Examples that the help of a command shows: command, what stands behind the program, what it does. */
#define CLI_EXAMPLE_MAP(X)                                                                         \
    X(RUN, "run", "every scenario below scenarios/")                                               \
    X(RUN, "run scenarios/links -f monitor", "those of a folder that speak of it")                 \
    X(RUN, "run a.yaml -s random -n 10000", "ten thousand random orders")                          \
    X(RUN, "run a.yaml -s dpor -j auto", "one run of each class of orders")                        \
    X(RUN, "run --report junit=out.xml", "for CI")                                                 \
    X(RUN, "run --shard auto --report results=F", "what falls to this machine of many")            \
    X(REPLAY, "replay NAME.trace", "is it still the same run?")                                    \
    X(REPLAY, "replay --at 12 NAME.trace", "the state in front of step 12")                        \
    X(SHRINK, "shrink NAME.trace -o small.yaml", "the same failure, as small as it gets")          \
    X(EXPLAIN, "explain NAME.trace", "what happened, what would have helped")                      \
    X(SAVE, "save NAME.trace", "into scenarios/regressions/")                                      \
    X(MERGE, "merge *.results --report html=out.html", "what all of them found")                   \
    X(LIST, "list -v", "every scenario with what it covers")                                       \
    X(LIST, "list --live", "those that real processes can play")                                   \
    X(CHECK, "check a.yaml", "mistakes, with line and suggestion")                                 \
    X(TRACE_SHOW, "trace show NAME.trace", "columns, one an actor")                                \
    X(TRACE_SHOW, "trace show -l -a x NAME.trace", "a line an event, of one actor")                \
    X(TRACE_DIFF, "trace diff A.trace B.trace", "where they part")                                 \
    X(TRACE_EXPORT, "trace export --format mermaid --causes --last 40 T", "for an issue")          \
    X(TRACE_EXPORT, "trace export --format perfetto -o t.json T", "for ui.perfetto.dev")           \
    X(TRACE_EXPORT, "trace export --format dot --to 12 T", "links behind step 12")                 \
    X(NODE, "node --spawn a=echo", "for a peer on stdin and stdout")                               \
    X(NODE, "node --no-stdio -l tcp:127.0.0.1:9000 -s a=echo", "for peers on a port")              \
    X(SELFCHECK, "selfcheck", "some seconds; --long takes minutes")                                \
    X(SCHEMA, "schema > scenario.schema.json", "for an editor")                                    \
    X(HELP, "help faults", "the catalogue of accidents")                                           \
    X(HELP, "help faults crash", "one of them")

enum cli_command {
#define X(identifier, words, operands, sentence) CLI_##identifier,
    CLI_COMMAND_MAP(X)
#undef X
    CLI_COMMAND_COUNT
};

#define CLI_OF(identifier) (1U << CLI_##identifier)
#define CLI_OF_ALL UINT32_MAX
#define CLI_OF_TRACE (CLI_OF(TRACE_SHOW) | CLI_OF(TRACE_EXPORT))
#define CLI_OF_FILES (CLI_OF(RUN) | CLI_OF(LIST) | CLI_OF(CHECK))

/** What an option is followed by. */
enum cli_argument {
    CLI_NOTHING,
    CLI_TEXT,
    CLI_NUMBER
};

/** One row per option: identifier, long name, letter or 0, argument, its name, commands, sentence. */
#define CLI_OPTION_MAP(X)                                                                          \
    X(STRATEGY, "strategy", 's', CLI_TEXT, "NAME", CLI_OF(RUN),                                    \
      "fifo, random, uniform, pct, pct:DEPTH, pos, fair, portfolio, exhaustive, dpor or pinned, "  \
      "instead of what the scenario asks for")                                                     \
    X(SEED, "seed", 0, CLI_NUMBER, "N", CLI_OF(RUN) | CLI_OF(SELFCHECK),                           \
      "of the first run or program drawn; 0x is welcome")                                          \
    X(RUNS, "runs", 'n', CLI_NUMBER, "N", CLI_OF(RUN) | CLI_OF(SELFCHECK),                         \
      "how many runs are drawn; for selfcheck, programs")                                          \
    X(LONG, "long", 0, CLI_NOTHING, NULL, CLI_OF(SELFCHECK),                                       \
      "also what takes minutes, and 100,000 programs")                                             \
    X(JOBS, "jobs", 'j', CLI_TEXT, "N", CLI_OF(RUN),                                               \
      "play in so many threads, 1 by default; auto: one a core; the output is the same")           \
    X(BUDGET_TIME, "budget-time", 0, CLI_TEXT, "TIME", CLI_OF(RUN),                                \
      "stop after 90s, 5m, 500ms; what was not covered by then is unknown")                        \
    X(CHECKPOINT, "checkpoint", 0, CLI_TEXT, "FILE", CLI_OF(RUN),                                  \
      "now and then, and at a signal, write down how far the only scenario has come")              \
    X(CHECKPOINT_EVERY, "checkpoint-every", 0, CLI_NUMBER, "MS", CLI_OF(RUN),                      \
      "how often that is; 1000 by default")                                                        \
    X(RESUME, "resume", 0, CLI_TEXT, "FILE", CLI_OF(RUN),                                          \
      "go on from a checkpoint of the same scenario")                                              \
    X(SWARM, "swarm", 0, CLI_NUMBER, "N", CLI_OF(RUN),                                             \
      "play each scenario under N plans of faults, drawn by the seed, without what it expects; "   \
      "-v prints them, and what fails is kept as a scenario")                                      \
    X(FILTER, "filter", 'f', CLI_TEXT, "TEXT", CLI_OF_FILES,                                       \
      "only scenarios whose path or title contains it")                                            \
    X(SHARD, "shard", 0, CLI_TEXT, "I/N", CLI_OF(RUN) | CLI_OF(LIST),                              \
      "only every Nth of what is selected, from the Ith on, from 0; auto: as Slurm, Kubernetes, "  \
      "GitLab, Buildkite, CircleCI or Bazel say")                                                  \
    X(TRACE, "trace", 't', CLI_TEXT, "FILE", CLI_OF(RUN),                                          \
      "write the trace of the last run, or the failing one, of the only scenario")                 \
    X(TRACE_DIR, "trace-dir", 0, CLI_TEXT, "FOLDER", CLI_OF(RUN) | CLI_OF(SHRINK) | CLI_OF(MERGE), \
      "where failing runs are written; .rehearse/traces by default; of merge, nowhere")            \
    X(NO_SHRINK, "no-shrink", 0, CLI_NOTHING, NULL, CLI_OF(RUN), "leave failing runs as they are") \
    X(SHRINK_RUNS, "shrink-runs", 0, CLI_NUMBER, "N", CLI_OF(RUN) | CLI_OF(SHRINK) | CLI_OF(SAVE), \
      "how many runs making a failure small may take; 20000 by default, behind a run 2000")        \
    X(SHRINK_TIME, "shrink-time", 0, CLI_NUMBER, "S", CLI_OF(RUN) | CLI_OF(SHRINK) | CLI_OF(SAVE), \
      "and how many seconds, so that the outcome depends on the machine; without end by default")  \
    X(AGAINST, "against", 0, CLI_TEXT, "PROGRAM", CLI_OF(SHRINK) | CLI_OF(SAVE),                   \
      "another build of this program, without the bug: what is left must hold there, so that "     \
      "nothing else can be made small")                                                            \
    X(OUTPUT, "output", 'o', CLI_TEXT, "FILE",                                                     \
      CLI_OF(SHRINK) | CLI_OF(SAVE) | CLI_OF(TRACE_EXPORT) | CLI_OF(MERGE),                        \
      "where the scenario, or what is exported, goes; of merge, all results as one file")          \
    X(REPORT, "report", 0, CLI_TEXT, "FORMAT=FILE", CLI_OF(RUN) | CLI_OF(MERGE),                   \
      "also write a report for other programs: junit, junit-strict, tap, jsonl, annotations, "     \
      "markdown, html, coverage, coverage-json or results; - is stdout; may be repeated")          \
    X(NO_TIMES, "no-times", 0, CLI_NOTHING, NULL, CLI_OF(RUN) | CLI_OF(MERGE),                     \
      "say nowhere how long it took, so that equal runs give equal reports")                       \
    X(CHECK_DETERMINISM, "check-determinism", 0, CLI_NOTHING, NULL, CLI_OF(RUN),                   \
      "play everything twice and compare the digests")                                             \
    X(DIGESTS, "digests", 0, CLI_NOTHING, NULL, CLI_OF(RUN) | CLI_OF(MERGE),                       \
      "also print a digest of all runs, for comparing machines and builds")                        \
    X(LIVE, "live", 0, CLI_NOTHING, NULL, CLI_OF(RUN) | CLI_OF(LIST),                              \
      "play with processes and real faults; list: which can be played so")                         \
    X(SKIP_CODE, "skip-code", 0, CLI_NUMBER, "N", CLI_OF(RUN),                                     \
      "exit code if everything selected was skipped; 0 by default")                                \
    X(FAIL_FAST, "fail-fast", 'x', CLI_NOTHING, NULL, CLI_OF(RUN), "stop at the first failure")    \
    X(FORMAT, "format", 0, CLI_TEXT, "NAME", CLI_OF(TRACE_EXPORT),                                 \
      "text, mermaid, plantuml, shiviz, perfetto, dot or json")                                    \
    X(LAST, "last", 0, CLI_NUMBER, "N", CLI_OF(TRACE_EXPORT), "at most N events, the last ones")   \
    X(CAUSES, "causes", 0, CLI_NOTHING, NULL, CLI_OF(TRACE_EXPORT),                                \
      "only what led to the violation, or to the end")                                             \
    X(FROM, "from", 0, CLI_NUMBER, "STEP", CLI_OF_TRACE, "the first step to print")                \
    X(TO, "to", 0, CLI_NUMBER, "STEP", CLI_OF_TRACE, "the last")                                   \
    X(ACTOR, "actor", 'a', CLI_TEXT, "NAME", CLI_OF_TRACE,                                         \
      "only what happens to this actor; may be repeated")                                          \
    X(ALL, "all", 0, CLI_NOTHING, NULL, CLI_OF_TRACE,                                              \
      "also decisions and what merely completes another event")                                    \
    X(LINES, "lines", 'l', CLI_NOTHING, NULL, CLI_OF(TRACE_SHOW), "a line an event, no columns")   \
    X(NUMBER, "number", 'n', CLI_NUMBER, "N", CLI_OF(NODE),                                        \
      "of this node in its cluster; 1 by default")                                                 \
    X(INCARNATION, "incarnation", 0, CLI_NUMBER, "N", CLI_OF(NODE),                                \
      "how often a node of that number was started; 1 by default")                                 \
    X(NAME, "name", 0, CLI_TEXT, "TEXT", CLI_OF(NODE), "what it calls itself to other nodes")      \
    X(SPAWN, "spawn", 's', CLI_TEXT, "NAME=WHAT", CLI_OF(NODE) | CLI_OF(PROC),                     \
      "start an actor that is known by NAME and does WHAT, a behaviour; may be repeated")          \
    X(LISTEN, "listen", 'l', CLI_TEXT, "ADDRESS", CLI_OF(NODE),                                    \
      "accept other nodes at unix:PATH or tcp:HOST:PORT; may be repeated")                         \
    X(CONNECT, "connect", 'c', CLI_TEXT, "ADDRESS", CLI_OF(NODE),                                  \
      "connect to another node; with N=ADDRESS, to node N when it is needed; may be repeated")     \
    X(HEARTBEAT, "heartbeat", 0, CLI_NUMBER, "MS", CLI_OF(NODE) | CLI_OF(PROC),                    \
      "say something on each connection at least so often; never by default")                      \
    X(DEADLINE, "deadline", 0, CLI_NUMBER, "MS", CLI_OF(NODE) | CLI_OF(PROC),                      \
      "give up a connection that is silent for so long; never by default")                         \
    X(RELAY, "relay", 0, CLI_NOTHING, NULL, CLI_OF(NODE),                                          \
      "let nodes that do not reach each other talk over this one; all of them need it")            \
    X(NO_STDIO, "no-stdio", 0, CLI_NOTHING, NULL, CLI_OF(NODE),                                    \
      "leave stdin and stdout alone, and run until a signal ends it; if it listens nowhere, "      \
      "until its last connection is lost")                                                         \
    X(AT, "at", 0, CLI_NUMBER, "STEP", CLI_OF(REPLAY),                                             \
      "print the state in front of this step; with gdb, stop there")                               \
    X(STEP, "step", 0, CLI_NOTHING, NULL, CLI_OF(REPLAY),                                          \
      "stop in front of each step, and ask what then; h says what can be answered, q leaves")      \
    X(WIDTH, "width", 'w', CLI_NUMBER, "N", CLI_OF_ALL,                                            \
      "characters of a line; by default as wide as the terminal, or 100")                          \
    X(COLOR, "color", 0, CLI_NOTHING, NULL, CLI_OF_ALL, "use colour even where it is no terminal") \
    X(NO_COLOR, "no-color", 0, CLI_NOTHING, NULL, CLI_OF_ALL, "use none")                          \
    X(VERBOSE, "verbose", 'v', CLI_NOTHING, NULL,                                                  \
      CLI_OF(RUN) | CLI_OF(MERGE) | CLI_OF(LIST) | CLI_OF(NODE),                                   \
      "also titles, times, and what a scenario covers; of a node, its connections")                \
    X(QUIET, "quiet", 'q', CLI_NOTHING, NULL,                                                      \
      CLI_OF(RUN) | CLI_OF(MERGE) | CLI_OF(CHECK) | CLI_OF(REPLAY) | CLI_OF(SELFCHECK),            \
      "only what went wrong, and the last line")                                                   \
    X(HELP_FLAG, "help", 'h', CLI_NOTHING, NULL, CLI_OF_ALL, "this text")                          \
    X(VERSION_FLAG, "version", 0, CLI_NOTHING, NULL, CLI_OF_ALL, "as the command")

enum cli_option {
#define X(identifier, name, letter, argument, word, commands, sentence) CLI_OPTION_##identifier,
    CLI_OPTION_MAP(X)
#undef X
    CLI_OPTION_COUNT
};

#define CLI_REPEATED_MAX 16

struct cli_value {
    bool is_set;
    const char *text; /**< the last one given */
    uint64_t number;
    const char *repeated[CLI_REPEATED_MAX]; /**< texts, in order */
    size_t count;
};

/** A command line taken apart. Borrows the arguments. */
struct cli_arguments {
    enum cli_command command;
    struct cli_value values[CLI_OPTION_COUNT];
    const char **operands; /**< in the array of arguments, moved to its front */
    size_t operand_count;
};

/** Take a command line apart. False: it is not acceptable, and `complaint` says why, in one line or two. The arguments are
 *  reordered. Options may stand anywhere; `--` ends them; names are never abbreviated. */
bool cli_parse(int argc, const char **argv, struct cli_arguments *arguments, char *complaint,
               size_t complaint_bytes);

/** Read a whole number, decimal or 0x hexadecimal. */
bool cli_number(const char *text, uint64_t *ret_number);

const char *cli_command_words(enum cli_command command);
const char *cli_option_name(enum cli_option option);
/** Return whether a command has no operands. */
bool cli_takes_nothing(enum cli_command command);
/** Find a command by its words, in one argument or two; returns how many it took, 0 if there is none. */
size_t cli_command_find(const char *const *words, size_t count, enum cli_command *ret_command);

/** Write the help of everything, or of one command. */
void cli_help(FILE *out, const char *program, const char *command_name, bool with_colour);
/** Print the catalogue of faults, or only one: what each may, may never, and what is promised under it. False: there is none
 *  of this name. */
bool cli_help_faults(FILE *out, const char *only, bool with_colour);
/** Print the families of invariants, and those of the program, NULL or ended by NULL. */
void cli_help_invariants(FILE *out, const struct rh_checker *const *of_program, bool with_colour);
void cli_help_command(FILE *out, const char *program, enum cli_command command, bool with_colour);

#endif

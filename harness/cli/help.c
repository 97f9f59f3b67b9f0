/* SPDX-License-Identifier: MIT */
/* Help: examples first, then the table. */
#include "harness/cli/options.h"

#include "harness/cli/exit_code.h"

#include <rehearse/check.h>
#include <rehearse/fault.h>

#include <string.h>

#define COLUMN 26
#define WIDTH 80

struct paint {
    const char *strong;
    const char *off;
};

static struct paint paint_for(bool with_colour)
{
    return with_colour ? (struct paint){"\x1b[1m", "\x1b[0m"} : (struct paint){"", ""};
}

static const char *const family_words[] = {
#define X(identifier, word, sentence) sentence,
    RH_FAULT_FAMILY_MAP(X)
#undef X
};

static void put_examples(FILE *out, const char *program)
{
    (void)fprintf(
        out,
        "  %s run                                  play every scenario below scenarios/\n"
        "  %s run scenarios/links --seed 7         a folder, with another seed\n"
        "  %s replay .rehearse/traces/NAME.trace   the same run again, compared\n"
        "  %s explain NAME.trace                   what went wrong, in sentences\n"
        "  %s trace show NAME.trace --actor a      what happened to one actor\n"
        "  %s node --spawn a=echo                  a node, for a peer on stdin and stdout\n",
        program, program, program, program, program, program);
}

/* What stands on the left, and where its sentence begins: on the next line if there is no room. */
static void put_left(FILE *out, const char *text)
{
    (void)fprintf(out, "  %-*s", COLUMN - 2, text);
    if (strlen(text) > COLUMN - 3) {
        (void)fprintf(out, "\n%*s", COLUMN, "");
    }
}

void cli_help(FILE *out, const char *program, const char *command_name, bool with_colour)
{
    struct paint paint = paint_for(with_colour);
    (void)fprintf(out, "%s plays message-passing programs in every order, with every accident.\n\n",
                  program);
    (void)fprintf(out, "%sexamples%s\n", paint.strong, paint.off);
    put_examples(out, command_name);
    (void)fprintf(out, "\n%scommands%s\n", paint.strong, paint.off);
#define X(identifier, words, operands, sentence)                                                   \
    put_left(out, *(operands) == '\0' ? words : words " " operands);                               \
    (void)fprintf(out, "%s\n", sentence);
    CLI_COMMAND_MAP(X)
#undef X
    (void)fprintf(out, "\n%sexit codes%s\n", paint.strong, paint.off);
#define X(identifier, code, sentence) (void)fprintf(out, "  %-5d%s\n", code, sentence);
    CLI_EXIT_MAP(X)
#undef X
    (void)fprintf(out, "\n'%s help COMMAND' says more.\n", command_name);
}

/* A sentence from COLUMN on, in as many lines as it needs. */
static void put_sentence(FILE *out, const char *sentence)
{
    while (strlen(sentence) > WIDTH - COLUMN) {
        size_t cut = WIDTH - COLUMN;
        while (cut > 0 && sentence[cut] != ' ') {
            cut--;
        }
        if (cut == 0) {
            break;
        }
        (void)fprintf(out, "%.*s\n%*s", (int)cut, sentence, COLUMN, "");
        sentence += cut + 1;
    }
    (void)fprintf(out, "%s\n", sentence);
}

static void put_fault(FILE *out, const char *what, const char *sentence)
{
    (void)fprintf(out, "  %-*s", COLUMN - 2, what);
    put_sentence(out, sentence);
}

bool cli_help_faults(FILE *out, const char *only, bool with_colour)
{
    struct paint paint = paint_for(with_colour);
    bool has_any = false;
    if (only == NULL) {
        (void)fprintf(out,
                      "Accidents that 'faults:' of a scenario, or a program in C, can have.\n");
    }
#define X(identifier, word, family, may, may_never, promised)                                      \
    if (only == NULL || strcmp(only, word) == 0) {                                                 \
        has_any = true;                                                                            \
        (void)fprintf(out, "%s%s%s%s (%s)\n", only == NULL ? "\n" : "", paint.strong, word,        \
                      paint.off, family_words[RH_FAULT_FAMILY_##family]);                          \
        put_fault(out, "may", may);                                                                \
        put_fault(out, "may never", may_never);                                                    \
        put_fault(out, "promised under it", promised);                                             \
    }
    RH_FAULT_MAP(X)
#undef X
    return has_any;
}

static void put_checkers(FILE *out, const struct rh_checker *const *checkers)
{
    for (; *checkers != NULL; checkers++) {
        char claim[160];
        (void)snprintf(claim, sizeof claim, "%s%s", (*checkers)->claim,
                       (*checkers)->live ? "" : " (not with --live)");
        put_fault(out, (*checkers)->name, claim);
    }
}

void cli_help_invariants(FILE *out, const struct rh_checker *const *of_program, bool with_colour)
{
    struct paint paint = paint_for(with_colour);
    (void)fprintf(out, "What holds in every run, whatever a scenario expects.\n\n");
    put_checkers(out, rh_checkers());
    if (of_program != NULL && *of_program != NULL) {
        (void)fprintf(out, "\n%sof this program%s\n", paint.strong, paint.off);
        put_checkers(out, of_program);
    }
}

static void put_examples_of(FILE *out, const char *program, enum cli_command command,
                            const struct paint *paint)
{
    static const struct {
        enum cli_command command;
        const char *arguments;
        const char *sentence;
    } examples[] = {
#define X(identifier, arguments, sentence) {CLI_##identifier, arguments, sentence},
        CLI_EXAMPLE_MAP(X)
#undef X
    };
    int width = 0;
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        int length = (int)strlen(examples[i].arguments);
        width = examples[i].command == command && length > width ? length : width;
    }
    if (width > 0) {
        (void)fprintf(out, "%sexamples%s\n", paint->strong, paint->off);
    }
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        if (examples[i].command == command) {
            (void)fprintf(out, "  %s %-*s  %s\n", program, width, examples[i].arguments,
                          examples[i].sentence);
        }
    }
    (void)fprintf(out, "%s", width > 0 ? "\n" : "");
}

static void put_option(FILE *out, const char *name, char letter, const char *word,
                       const char *sentence)
{
    char text[64];
    char letters[8] = "    ";
    if (letter != 0) {
        (void)snprintf(letters, sizeof letters, "-%c, ", letter);
    }
    (void)snprintf(text, sizeof text, "%s--%s%s%s", letters, name, word == NULL ? "" : " ",
                   word == NULL ? "" : word);
    put_left(out, text);
    put_sentence(out, sentence);
}

void cli_help_command(FILE *out, const char *program, enum cli_command command, bool with_colour)
{
    struct paint paint = paint_for(with_colour);
    static const char *const operands[] = {
#define X(identifier, words, operands, sentence) operands,
        CLI_COMMAND_MAP(X)
#undef X
    };
    static const char *const sentences[] = {
#define X(identifier, words, operands, sentence) sentence,
        CLI_COMMAND_MAP(X)
#undef X
    };
    (void)fprintf(out, "%susage:%s %s %s [OPTION]...%s%s\n\n%s\n\n", paint.strong, paint.off,
                  program, cli_command_words(command), *operands[command] == '\0' ? "" : " ",
                  operands[command], sentences[command]);
    put_examples_of(out, program, command, &paint);
    (void)fprintf(out, "%soptions%s\n", paint.strong, paint.off);
#define X(identifier, name, letter, argument, word, commands, sentence)                            \
    if (((uint32_t)(commands) >> command & 1U) != 0) {                                             \
        put_option(out, name, letter, word, sentence);                                             \
    }
    CLI_OPTION_MAP(X)
#undef X
}

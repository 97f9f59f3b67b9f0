/* SPDX-License-Identifier: MIT */
/* rehearse_write_manual: rehearse(1) as scdoc reads it. Commands, options, faults and exit codes are the tables that the
 * program is made of; only what stands between them is written here. */
#include "harness/cli/exit_code.h"
#include "harness/cli/options.h"

#include <rehearse/fault.h>

#include <string.h>

/* scdoc reads some characters as marks. */
static void put(const char *text)
{
    for (; *text != '\0'; text++) {
        if (strchr("*_\\#[]|~", *text) != NULL) {
            (void)putchar('\\');
        }
        (void)putchar(*text);
    }
}

/* Sentences of the tables begin small and end without a full stop. */
static void put_sentence(const char *sentence)
{
    char first[2] = {sentence[0], '\0'};
    if (first[0] >= 'a' && first[0] <= 'z' && strncmp(sentence, "fifo", 4) != 0) {
        first[0] = (char)(first[0] - 'a' + 'A');
    }
    put(first);
    put(sentence + 1);
    (void)puts(".");
}

static void put_option(const char *name, char letter, const char *word, const char *sentence)
{
    if (letter != 0) {
        (void)printf("*-%c*, ", letter);
    }
    (void)printf("*--%s*", name);
    if (word != NULL) {
        (void)fputs(" _", stdout);
        (void)fputs(word, stdout);
        (void)fputs("_", stdout);
    }
    (void)fputs("\n\t", stdout);
    put_sentence(sentence);
    (void)putchar('\n');
}

/* Options of one command, or those of all when `command` is CLI_COMMAND_COUNT. */
static void put_options(unsigned command)
{
#define X(identifier, name, letter, argument, word, commands, sentence)                            \
    {                                                                                              \
        bool is_common = (uint32_t)(commands) == CLI_OF_ALL;                                       \
        if (command == CLI_COMMAND_COUNT                                                           \
                ? is_common                                                                        \
                : !is_common && ((uint32_t)(commands) >> command & 1U) != 0) {                     \
            put_option(name, letter, word, sentence);                                              \
        }                                                                                          \
    }
    CLI_OPTION_MAP(X)
#undef X
}

static void put_command(unsigned command, const char *words, const char *operands,
                        const char *sentence)
{
    /* In a heading there are no marks. */
    (void)printf("## rehearse %s%s%s\n\n", words, *operands == '\0' ? "" : " ", operands);
    put_sentence(sentence);
    (void)putchar('\n');
    put_options(command);
}

static void put_commands(void)
{
#define X(identifier, words, operands, sentence)                                                   \
    put_command(CLI_##identifier, words, operands, sentence);
    CLI_COMMAND_MAP(X)
#undef X
}

static void put_faults(void)
{
#define X(identifier, word, family, may, may_never, promised)                                      \
    (void)fputs("*", stdout);                                                                      \
    put(word);                                                                                     \
    (void)fputs("*\n\t", stdout);                                                                  \
    put_sentence(may);                                                                             \
    (void)putchar('\n');
    RH_FAULT_MAP(X)
#undef X
}

static void put_exit_codes(void)
{
#define X(identifier, code, sentence)                                                              \
    (void)printf("*%d*\n\t", code);                                                                \
    put_sentence(sentence);                                                                        \
    (void)putchar('\n');
    CLI_EXIT_MAP(X)
#undef X
}

int main(void)
{
    (void)puts(
        "rehearse(1) \"Rehearse " RH_VERSION_TEXT "\" \"User Commands\"\n\n"
        "# NAME\n\n"
        "rehearse - play message-passing programs in every order, with every accident\n\n"
        "# SYNOPSIS\n\n"
        "*rehearse* _COMMAND_ \\[_OPTION_\\]... \\[_OPERAND_\\]...\n\n"
        "# DESCRIPTION\n\n"
        "*rehearse* plays scenarios: files that say which actors there are, what happens to\n"
        "them, and what must hold whatever the order. It tries all orders, or many, with the\n"
        "faults that a scenario allows, on virtual time. A run that fails is explained, made\n"
        "small and recorded, and *rehearse replay* plays it again, event by event.\n\n"
        "Options stand behind the command, in any order among operands; *--* ends them. A\n"
        "folder means every file below it that ends in .yaml and is not hidden.\n\n"
        "# COMMANDS\n");
    put_commands();
    (void)puts("# COMMON OPTIONS\n");
    put_options(CLI_COMMAND_COUNT);
    (void)puts(
        "# FAULTS\n\n"
        "What can stand under *faults:* of a scenario; *rehearse help faults* also says what\n"
        "each may never do, and what is promised under it.\n");
    put_faults();
    (void)puts("# EXIT STATUS\n");
    put_exit_codes();
    (void)puts("# ENVIRONMENT\n\n"
               "*NO\\_COLOR*, *CLICOLOR*, *CLICOLOR\\_FORCE*, *FORCE\\_COLOR*, *TERM*\n"
               "\tWhether there is colour; *--color* and *--no-color* come before them.\n\n"
               "*COLUMNS*\n"
               "\tCharacters of a line, where *--width* does not say it.\n\n"
               "*REHEARSE\\_PROGRESS\\_EVERY*\n"
               "\tMilliseconds without a word after which a line says how far it is, where\n"
               "\tstderr is no terminal; 30000 without it.\n\n"
               "*GITHUB\\_ACTIONS*, *GITHUB\\_STEP\\_SUMMARY*\n"
               "\tOn GitHub failures are also marked in the files, and told in the summary.\n\n"
               "*XML\\_OUTPUT\\_FILE*\n"
               "\tWhere a report as JUnit XML is written as well, which is what Bazel asks for.\n\n"
               "# FILES\n\n"
               "_.rehearse/traces/_\n"
               "\tTraces of what failed, and the scenarios that were made of them.\n\n"
               "# EXAMPLES\n\n"
               "*rehearse run scenarios/links --seed 7*\n"
               "\tPlay a folder, with another seed.\n\n"
               "*rehearse run --report junit=rehearse.xml*\n"
               "\tPlay everything below scenarios/, and tell a CI system.\n\n"
               "*rehearse explain .rehearse/traces/NAME.trace*\n"
               "\tTell what went wrong, in sentences.\n\n"
               "# SEE ALSO\n\n"
               "*rehearse-scenario*(5), *gdb*(1), *ctest*(1)");
    return ferror(stdout) == 0 ? 0 : 1;
}

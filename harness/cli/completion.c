/* SPDX-License-Identifier: MIT */
/* `completion`: what makes a shell complete the command line, written from the tables that the command line is read by.
 *
 * Each script carries the tables as they are and asks nobody when a key is pressed: a program that has gone, or is another
 * one by now, completes what it was. What completes to what is the same in all shells: an option's argument by its name in
 * the table (a FILE, a FOLDER, or one of a few words), an operand by that of the command. */
#include "harness/cli/cli.h"

#include "harness/scenario/words.h"

#include <rehearse/export.h>
#include <rehearse/report_file.h>

#include <ctype.h>
#include <string.h>

struct option_row {
    enum cli_option option;
    const char *name;
    char letter;
    enum cli_argument argument;
    const char *word;
    uint32_t commands;
    const char *sentence;
};

static const struct option_row options[] = {
#define X(identifier, name, letter, argument, word, commands, sentence)                            \
    {CLI_OPTION_##identifier, name, letter, argument, word, commands, sentence},
    CLI_OPTION_MAP(X)
#undef X
};

struct command_row {
    const char *words;
    const char *operands;
    const char *sentence;
};

static const struct command_row commands[] = {
#define X(identifier, words, operands, sentence) {words, operands, sentence},
    CLI_COMMAND_MAP(X)
#undef X
};

/* A script that is being written. */
struct script {
    FILE *out;
    const char *program;
    char function[64]; /* a name for shell functions */
};

static bool takes(size_t command, const struct option_row *row)
{
    return (row->commands >> command & 1) != 0;
}

/* Text between single quotes, for bash, zsh and (with backslashes doubled) fish. `escaped` gets a backslash in front. */
static void put_text(FILE *out, const char *text, const char *escaped)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            (void)fputs("'\\''", out);
            continue;
        }
        if (strchr(escaped, *text) != NULL) {
            (void)fputc('\\', out);
        }
        (void)fputc(*text, out);
    }
}

/* ---- what completes to what ---- */

enum value_kind {
    VALUE_NONE, /* anything; nothing is known of it */
    VALUE_FILE,
    VALUE_FOLDER,
    VALUE_WORDS, /* one of those that put_words writes */
    VALUE_HEADS  /* as VALUE_WORDS, and more text follows */
};

static enum value_kind value_of(const struct option_row *row)
{
    if (row->option == CLI_OPTION_STRATEGY || row->option == CLI_OPTION_JOBS ||
        row->option == CLI_OPTION_FORMAT) {
        return VALUE_WORDS;
    }
    if (row->option == CLI_OPTION_REPORT) {
        return VALUE_HEADS;
    }
    if (row->word != NULL && strcmp(row->word, "FILE") == 0) {
        return VALUE_FILE;
    }
    return row->word != NULL && strcmp(row->word, "FOLDER") == 0 ? VALUE_FOLDER : VALUE_NONE;
}

static void put_words(FILE *out, const struct option_row *row)
{
    if (row->option == CLI_OPTION_STRATEGY) {
        for (size_t i = 0; i < RH_PLAN_STRATEGY_COUNT; i++) {
            (void)fprintf(out, "%s%s", i == 0 ? "" : " ", rh_plan_strategy_words[i]);
        }
    } else if (row->option == CLI_OPTION_REPORT) {
        for (unsigned i = 0; i < RH_REPORT_FORMAT_COUNT; i++) {
            (void)fprintf(out, "%s%s=", i == 0 ? "" : " ",
                          rh_report_format_word((enum rh_report_format)i));
        }
    } else if (row->option == CLI_OPTION_FORMAT) {
        for (unsigned i = 0; i < RH_EXPORT_FORMAT_COUNT; i++) {
            (void)fprintf(out, "%s%s", i == 0 ? "" : " ",
                          rh_export_format_word((enum rh_export_format)i));
        }
    } else if (row->option == CLI_OPTION_JOBS) {
        (void)fputs("auto", out);
    }
}

/* The words that a command's operands may be, such as "bash|zsh|fish": what is not in capitals there. */
static void put_operand_words(FILE *out, const char *operands)
{
    const char *between = "";
    while (*operands != '\0') {
        size_t length = strcspn(operands, "[]|. ");
        if (length > 0 && islower((unsigned char)operands[0])) {
            (void)fprintf(out, "%s%.*s", between, (int)length, operands);
            between = " ";
        }
        operands += length + (operands[length] != '\0');
    }
}

static bool has_files(const char *operands)
{
    return strstr(operands, "FILE") != NULL || strstr(operands, "TRACE") != NULL;
}

/* The n-th word that may stand first: "trace" once for all its commands. False: there are no more. */
static bool is_first_of_its_word(size_t command)
{
    size_t length = strcspn(commands[command].words, " ");
    for (size_t i = 0; i < command; i++) {
        if (strcspn(commands[i].words, " ") == length &&
            strncmp(commands[i].words, commands[command].words, length) == 0) {
            return false;
        }
    }
    return true;
}

static void put_first_words(FILE *out)
{
    const char *between = "";
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++) {
        if (is_first_of_its_word(i)) {
            (void)fprintf(out, "%s%.*s", between, (int)strcspn(commands[i].words, " "),
                          commands[i].words);
            between = " ";
        }
    }
}

/* The second words of commands of two that begin as this one does. */
static void put_second_words(FILE *out, size_t command)
{
    size_t length = strcspn(commands[command].words, " ");
    const char *between = "";
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++) {
        if (strncmp(commands[i].words, commands[command].words, length + 1) == 0) {
            (void)fprintf(out, "%s%s", between, commands[i].words + length + 1);
            between = " ";
        }
    }
}

static bool has_two_words(size_t command)
{
    return strchr(commands[command].words, ' ') != NULL;
}

/* ---- bash ---- */

static void put_bash_values(const struct script *script, size_t command)
{
    static const char *const actions[] = {
        [VALUE_NONE] = "return", [VALUE_FILE] = "kind=files", [VALUE_FOLDER] = "kind=folders"};
    for (size_t i = 0; i < CLI_OPTION_COUNT; i++) {
        const struct option_row *row = &options[i];
        enum value_kind kind = value_of(row);
        if (!takes(command, row) || row->argument == CLI_NOTHING) {
            continue;
        }
        (void)fprintf(script->out, "        '%s --%s'", commands[command].words, row->name);
        if (row->letter != 0) {
            (void)fprintf(script->out, " | '%s -%c'", commands[command].words, row->letter);
        }
        (void)fputs(") ", script->out);
        if (kind == VALUE_WORDS || kind == VALUE_HEADS) {
            (void)fprintf(script->out, "kind=%s words='", kind == VALUE_WORDS ? "words" : "heads");
            put_words(script->out, row);
            (void)fputs("'", script->out);
        } else {
            (void)fputs(actions[kind], script->out);
        }
        (void)fputs(" ;;\n", script->out);
    }
}

static void put_bash_command(const struct script *script, size_t command)
{
    (void)fprintf(script->out, "        '%s')\n            options='", commands[command].words);
    const char *between = "";
    for (size_t i = 0; i < CLI_OPTION_COUNT; i++) {
        if (takes(command, &options[i])) {
            (void)fprintf(script->out, "%s--%s", between, options[i].name);
            between = " ";
        }
    }
    (void)fputs("'\n            operands='", script->out);
    if (strstr(commands[command].operands, "COMMAND") != NULL) {
        put_first_words(script->out);
        (void)fputc(' ', script->out);
    }
    put_operand_words(script->out, commands[command].operands);
    (void)fprintf(script->out, "'\n            operand=%s\n            ;;\n",
                  has_files(commands[command].operands) ? "files" : "words");
}

/* What was found out, as an answer. */
static void put_bash_answer(const struct script *script)
{
    FILE *out = script->out;
    (void)fprintf(
        out,
        "    esac\n"
        "    if [[ -z $kind ]]; then\n"
        "        kind=$operand words=$operands\n"
        "        [[ $current != -* ]] || kind=words words=$options\n"
        "    fi\n"
        "    case $kind in\n"
        "        words) mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\") ;;\n"
        "        heads)\n"
        "            compopt -o nospace\n"
        "            mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
        "            ;;\n"
        "        files | folders)\n"
        "            compopt -o filenames\n"
        "            [[ $kind == files ]] && kind=-f || kind=-d\n"
        "            mapfile -t COMPREPLY < <(compgen $kind -- \"$current\")\n"
        "            ;;\n"
        "    esac\n"
        "}\n"
        "complete -F %s %s\n",
        script->function, script->program);
}

static void put_bash(const struct script *script)
{
    FILE *out = script->out;
    (void)fprintf(
        out,
        "# bash: made by '%s completion bash'\n"
        "%s()\n{\n"
        "    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
        "    local command=${COMP_WORDS[1]} at=1\n"
        "    local kind='' words='' options='' operands='' operand=''\n"
        "    COMPREPLY=()\n"
        "    if ((COMP_CWORD == 1)); then\n"
        "        mapfile -t COMPREPLY < <(compgen -W '",
        script->program, script->function);
    put_first_words(out);
    (void)fputs(" --help --version' -- \"$current\")\n        return\n    fi\n"
                "    case $command in\n",
                out);
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++) {
        if (has_two_words(i) && is_first_of_its_word(i)) {
            (void)fprintf(out, "        %.*s)\n            at=2\n            words='",
                          (int)strcspn(commands[i].words, " "), commands[i].words);
            put_second_words(out, i);
            (void)fputs("'\n            ;;\n", out);
        }
    }
    (void)fputs(
        "    esac\n"
        "    if ((at == 2 && COMP_CWORD == 2)); then\n"
        "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
        "        return\n"
        "    fi\n"
        "    ((at == 1)) || command=\"$command ${COMP_WORDS[2]}\"\n"
        "    # bash takes --option=value apart.\n"
        "    if [[ $current == '=' ]]; then\n"
        "        current=\n"
        "    elif [[ $before == '=' ]]; then\n"
        "        before=${COMP_WORDS[COMP_CWORD - 2]}\n"
        "    fi\n"
        "    [[ ${COMP_WORDS[COMP_CWORD]} == '=' || ${COMP_WORDS[COMP_CWORD - 1]} == '=' ]] &&\n"
        "        [[ $before != -* ]] && kind=files\n"
        "    case \"$command $before\" in\n",
        out);
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++) {
        put_bash_values(script, i);
    }
    (void)fputs("    esac\n    case $command in\n", out);
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++) {
        put_bash_command(script, i);
    }
    put_bash_answer(script);
}

/* ---- zsh ---- */

static void put_zsh_option(const struct script *script, const struct option_row *row)
{
    FILE *out = script->out;
    enum value_kind kind = value_of(row);
    /* '*' : it may come again, and what a letter stands for does not keep the name away. */
    const char *names[2] = {NULL, NULL};
    char letter[3] = {'-', row->letter, '\0'};
    names[0] = row->letter == 0 ? NULL : letter;
    names[1] = row->name;
    for (size_t i = 0; i < 2; i++) {
        if (names[i] == NULL) {
            continue;
        }
        (void)fprintf(out, "                '*%s%s%s[", i == 0 ? "" : "--", names[i],
                      row->argument == CLI_NOTHING ? ""
                      : i == 0                     ? "+"
                                                   : "=");
        put_text(out, row->sentence, "[]\\");
        (void)fputc(']', out);
        if (row->argument != CLI_NOTHING) {
            (void)fprintf(out, ":%s:", row->word);
            if (kind == VALUE_FILE || kind == VALUE_FOLDER) {
                (void)fputs(kind == VALUE_FILE ? "_files" : "_files -/", out);
            } else if (kind == VALUE_HEADS) {
                (void)fprintf(out, "%s_report", script->function);
            } else if (kind == VALUE_WORDS) {
                (void)fputc('(', out);
                put_words(out, row);
                (void)fputc(')', out);
            }
        }
        (void)fputs("' \\\n", out);
    }
}

static void put_zsh_command(const struct script *script, size_t command)
{
    const char *operands = commands[command].operands;
    (void)fprintf(script->out, "        '%s')\n            _arguments -S \\\n",
                  commands[command].words);
    for (size_t i = 0; i < CLI_OPTION_COUNT; i++) {
        if (takes(command, &options[i])) {
            put_zsh_option(script, &options[i]);
        }
    }
    if (has_files(operands)) {
        (void)fputs("                '*:file:_files'\n", script->out);
    } else {
        (void)fputs("                '*:word:(", script->out);
        if (strstr(operands, "COMMAND") != NULL) {
            put_first_words(script->out);
            (void)fputc(' ', script->out);
        }
        put_operand_words(script->out, operands);
        (void)fputs(")'\n", script->out);
    }
    (void)fputs("            ;;\n", script->out);
}

static void put_zsh_report(const struct script *script)
{
    (void)fprintf(script->out,
                  "%s_report()\n{\n"
                  "    if compset -P '*='; then\n        _files\n    else\n"
                  "        compadd -S '' -- ",
                  script->function);
    put_words(script->out, &options[CLI_OPTION_REPORT]);
    (void)fputs("\n    fi\n}\n", script->out);
}

static void put_zsh(const struct script *script)
{
    FILE *out = script->out;
    (void)fprintf(out, "#compdef %s\n# zsh: made by '%s completion zsh'\n", script->program,
                  script->program);
    put_zsh_report(script);
    (void)fprintf(out,
                  "%s()\n{\n"
                  "    local command=$words[2]\n"
                  "    local -a known\n"
                  "    if ((CURRENT == 2)); then\n"
                  "        known=(\n",
                  script->function);
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++) {
        if (is_first_of_its_word(i)) {
            (void)fprintf(out, "            '%.*s:", (int)strcspn(commands[i].words, " "),
                          commands[i].words);
            put_text(out, commands[i].sentence, ":\\");
            (void)fputs("'\n", out);
        }
    }
    (void)fputs("        )\n        _describe command known\n        return\n    fi\n"
                "    case $command in\n",
                out);
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++) {
        if (has_two_words(i) && is_first_of_its_word(i)) {
            (void)fprintf(out,
                          "        %.*s)\n            if ((CURRENT == 3)); then\n"
                          "                compadd -- ",
                          (int)strcspn(commands[i].words, " "), commands[i].words);
            put_second_words(out, i);
            (void)fputs("\n                return\n            fi\n"
                        "            command=\"$command $words[3]\"\n"
                        "            shift words\n            ((CURRENT--))\n            ;;\n",
                        out);
        }
    }
    (void)fputs("    esac\n    shift words\n    ((CURRENT--))\n    case $command in\n", out);
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++) {
        put_zsh_command(script, i);
    }
    (void)fprintf(out,
                  "    esac\n}\n"
                  "# Found by its name in $fpath, or read by `source`.\n"
                  "if [[ $funcstack[1] == _%s ]]; then\n    %s \"$@\"\nelse\n"
                  "    compdef %s %s\nfi\n",
                  script->program, script->function, script->function, script->program);
}

/* ---- fish ---- */

static void put_fish_option(const struct script *script, size_t command,
                            const struct option_row *row)
{
    FILE *out = script->out;
    enum value_kind kind = value_of(row);
    (void)fprintf(out, "complete -c %s -n '%s_is %s'", script->program, script->function,
                  commands[command].words);
    if (row->letter != 0) {
        (void)fprintf(out, " -s %c", row->letter);
    }
    (void)fprintf(out, " -l %s", row->name);
    if (row->argument != CLI_NOTHING) {
        (void)fputs(
            kind == VALUE_FILE || kind == VALUE_FOLDER || kind == VALUE_HEADS ? " -r" : " -x", out);
    }
    if (kind == VALUE_FILE) {
        (void)fputs(" -F", out);
    } else if (kind == VALUE_FOLDER) {
        (void)fputs(" -f -a '(__fish_complete_directories)'", out);
    } else if (kind != VALUE_NONE) {
        (void)fputs(kind == VALUE_HEADS ? " -a '" : " -f -a '", out);
        put_words(out, row);
        (void)fputs("'", out);
    }
    (void)fputs(" -d '", out);
    for (const char *at = row->sentence; *at != '\0'; at++) {
        (void)fprintf(out, "%s%c", *at == '\'' || *at == '\\' ? "\\" : "", *at);
    }
    (void)fputs("'\n", out);
}

static void put_fish_command(const struct script *script, size_t command)
{
    const char *operands = commands[command].operands;
    FILE *out = script->out;
    for (size_t i = 0; i < CLI_OPTION_COUNT; i++) {
        if (takes(command, &options[i])) {
            put_fish_option(script, command, &options[i]);
        }
    }
    (void)fprintf(out, "complete -c %s -n '%s_is %s'", script->program, script->function,
                  commands[command].words);
    if (has_files(operands)) {
        (void)fputs(" -F\n", out);
        return;
    }
    (void)fputs(" -f -a '", out);
    if (strstr(operands, "COMMAND") != NULL) {
        put_first_words(out);
        (void)fputc(' ', out);
    }
    put_operand_words(out, operands);
    (void)fputs("'\n", out);
}

static void put_fish(const struct script *script)
{
    FILE *out = script->out;
    (void)fprintf(
        out,
        "# fish: made by '%s completion fish'\n"
        "# Is the command line this command, as far as it goes? Is it no more than that?\n"
        "function %s_is\n"
        "    set -l words (commandline -opc)\n"
        "    set -l last (math 1 + (count $argv))\n"
        "    test (count $words) -ge $last\n"
        "    and test \"$words[2..$last]\" = \"$argv\"\n"
        "end\n"
        "function %s_is_only\n"
        "    set -l words (commandline -opc)\n"
        "    test (count $words) -eq (math 1 + (count $argv))\n"
        "    and test \"$words[2..-1]\" = \"$argv\"\n"
        "end\n"
        "complete -c %s -f\n",
        script->program, script->function, script->function, script->program);
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++) {
        if (is_first_of_its_word(i)) {
            (void)fprintf(out, "complete -c %s -n '%s_is_only' -a %.*s -d '", script->program,
                          script->function, (int)strcspn(commands[i].words, " "),
                          commands[i].words);
            put_text(out, has_two_words(i) ? "" : commands[i].sentence, "");
            (void)fputs("'\n", out);
        }
        if (has_two_words(i)) {
            size_t length = strcspn(commands[i].words, " ");
            (void)fprintf(out, "complete -c %s -n '%s_is_only %.*s' -a %s -d '", script->program,
                          script->function, (int)length, commands[i].words,
                          commands[i].words + length + 1);
            put_text(out, commands[i].sentence, "");
            (void)fputs("'\n", out);
        }
    }
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++) {
        put_fish_command(script, i);
    }
}

/* ---- the command ---- */

int cli_completion(struct cli *cli)
{
    static const struct {
        const char *shell;
        void (*put)(const struct script *script);
    } all[] = {{"bash", put_bash}, {"zsh", put_zsh}, {"fish", put_fish}};
    struct script script = {.out = stdout, .program = cli->name};
    if (cli->arguments.operand_count != 1) {
        return cli_complain(cli, CLI_EXIT_USAGE, "'completion' takes one of bash, zsh, fish");
    }
    size_t at = (size_t)snprintf(script.function, sizeof script.function, "_%s", cli->name);
    for (size_t i = 0; i < at && i < sizeof script.function - 1; i++) {
        char *c = &script.function[i];
        *c = isalnum((unsigned char)*c) ? *c : '_';
    }
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (strcmp(cli->arguments.operands[0], all[i].shell) == 0) {
            all[i].put(&script);
            return CLI_EXIT_HELD;
        }
    }
    return cli_complain(cli, CLI_EXIT_USAGE,
                        "there is no completion for '%s', only for bash, zsh and fish",
                        cli->arguments.operands[0]);
}

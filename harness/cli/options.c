/* SPDX-License-Identifier: MIT */
/* Our own few lines instead of getopt_long: that keeps the parser without state, refuses abbreviations (a script that uses
 * one breaks when an option is added), and lets a wrong name be answered with the right one. */
#include "harness/cli/options.h"

#include "harness/document/diagnostic.h"

#include <string.h>

struct option_row {
    const char *name;
    char letter;
    enum cli_argument argument;
    uint32_t commands;
};

static const struct option_row rows[] = {
#define X(identifier, name, letter, argument, word, commands, sentence)                            \
    {name, letter, argument, commands},
    CLI_OPTION_MAP(X)
#undef X
};

static const char *const command_words[] = {
#define X(identifier, words, operands, sentence) words,
    CLI_COMMAND_MAP(X)
#undef X
};

static const char *const command_operands[] = {
#define X(identifier, words, operands, sentence) operands,
    CLI_COMMAND_MAP(X)
#undef X
};

bool cli_takes_nothing(enum cli_command command)
{
    return command_operands[command][0] == '\0';
}

const char *cli_command_words(enum cli_command command)
{
    return command_words[command];
}

const char *cli_option_name(enum cli_option option)
{
    return rows[option].name;
}

bool cli_number(const char *text, uint64_t *ret_number)
{
    bool is_hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    uint64_t base = is_hex ? 16 : 10;
    uint64_t number = 0;
    const char *at = text + (is_hex ? 2 : 0);
    if (*at == '\0') {
        return false;
    }
    for (; *at != '\0'; at++) {
        static const char digits[] = "0123456789abcdef";
        char lower = *at >= 'A' && *at <= 'F' ? (char)(*at - 'A' + 'a') : *at;
        const char *digit = memchr(digits, lower, (size_t)base);
        if (digit == NULL || number > (UINT64_MAX - (uint64_t)(digit - digits)) / base) {
            return false;
        }
        number = number * base + (uint64_t)(digit - digits);
    }
    *ret_number = number;
    return true;
}

size_t cli_command_find(const char *const *words, size_t count, enum cli_command *ret_command)
{
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++) {
        const char *space = strchr(command_words[i], ' ');
        size_t first =
            space == NULL ? strlen(command_words[i]) : (size_t)(space - command_words[i]);
        if (count == 0 || strlen(words[0]) != first ||
            memcmp(words[0], command_words[i], first) != 0) {
            continue;
        }
        if (space == NULL || (count > 1 && strcmp(words[1], space + 1) == 0)) {
            *ret_command = (enum cli_command)i;
            return space == NULL ? 1 : 2;
        }
    }
    return 0;
}

/* ---- complaints ---- */

struct parser {
    struct cli_arguments *arguments;
    const char **argv;
    size_t count; /**< of argv */
    size_t at;    /**< the argument that is read next */
    char *complaint;
    size_t complaint_bytes;
};

RH_PRINTF_LIKE(2, 3)
static bool complain(struct parser *parser, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    (void)vsnprintf(parser->complaint, parser->complaint_bytes, format, list);
    va_end(list);
    return false;
}

static bool complain_of_option(struct parser *parser, const char *name, size_t length)
{
    const char *names[CLI_OPTION_COUNT];
    size_t count = 0;
    for (size_t i = 0; i < CLI_OPTION_COUNT; i++) {
        if ((rows[i].commands >> parser->arguments->command & 1) != 0) {
            names[count++] = rows[i].name;
        }
    }
    char word[128];
    (void)snprintf(word, sizeof word, "%.*s", (int)length, name);
    const char *nearest = rh_suggest(word, names, count);
    const char *command = command_words[parser->arguments->command];
    if (nearest != NULL) {
        return complain(parser, "'%s' has no option %s; did you mean '--%s'?", command,
                        rh_quote(name - 2, length + 2).text, nearest);
    }
    return complain(parser, "'%s' has no option %s", command, rh_quote(name - 2, length + 2).text);
}

static bool complain_of_command(struct parser *parser, const char *word)
{
    const char *nearest = NULL;
    if (strcmp(word, "trace") == 0) {
        return complain(parser, "'trace' needs one of show, diff, export");
    }
    nearest = rh_suggest(word, command_words, CLI_COMMAND_COUNT);
    if (nearest != NULL) {
        return complain(parser, "there is no command %s; did you mean '%s'?",
                        rh_quote(word, strlen(word)).text, nearest);
    }
    return complain(parser, "there is no command %s", rh_quote(word, strlen(word)).text);
}

/* ---- options ---- */

static bool set(struct parser *parser, size_t option, const char *text)
{
    struct cli_value *value = &parser->arguments->values[option];
    value->is_set = true;
    value->text = text;
    if (rows[option].argument == CLI_NUMBER && !cli_number(text, &value->number)) {
        return complain(parser, "'--%s' takes a whole number, not %s", rows[option].name,
                        rh_quote(text, strlen(text)).text);
    }
    if (rows[option].argument == CLI_TEXT) {
        if (value->count == CLI_REPEATED_MAX) {
            return complain(parser, "'--%s' is given too often", rows[option].name);
        }
        value->repeated[value->count++] = text;
    }
    return true;
}

/* The argument of an option: what is attached to it, or the next word. */
static bool set_with(struct parser *parser, size_t option, const char *attached)
{
    if (rows[option].argument == CLI_NOTHING) {
        return attached == NULL ? set(parser, option, NULL)
                                : complain(parser, "'--%s' takes nothing", rows[option].name);
    }
    if (attached != NULL) {
        return set(parser, option, attached);
    }
    if (parser->at == parser->count) {
        return complain(parser, "'--%s' needs %s", rows[option].name,
                        rows[option].argument == CLI_NUMBER ? "a number" : "a word");
    }
    return set(parser, option, parser->argv[parser->at++]);
}

static bool applies(const struct parser *parser, size_t option)
{
    return (rows[option].commands >> parser->arguments->command & 1) != 0;
}

static bool read_long(struct parser *parser, const char *name)
{
    const char *equals = strchr(name, '=');
    size_t length = equals == NULL ? strlen(name) : (size_t)(equals - name);
    for (size_t i = 0; i < CLI_OPTION_COUNT; i++) {
        if (applies(parser, i) && strlen(rows[i].name) == length &&
            memcmp(rows[i].name, name, length) == 0) {
            return set_with(parser, i, equals == NULL ? NULL : equals + 1);
        }
    }
    return complain_of_option(parser, name, length);
}

/* -qv, -n 5, -n5 */
static bool read_letters(struct parser *parser, const char *letters)
{
    for (; *letters != '\0'; letters++) {
        size_t option = 0;
        while (option < CLI_OPTION_COUNT &&
               (rows[option].letter != *letters || !applies(parser, option))) {
            option++;
        }
        if (option == CLI_OPTION_COUNT) {
            return complain(parser, "'%s' has no option '-%s'",
                            command_words[parser->arguments->command],
                            (char[2]){*letters > ' ' && *letters < 127 ? *letters : '?', '\0'});
        }
        if (rows[option].argument != CLI_NOTHING) {
            return set_with(parser, option, letters[1] == '\0' ? NULL : letters + 1);
        }
        if (!set(parser, option, NULL)) {
            return false;
        }
    }
    return true;
}

static bool read_all(struct parser *parser)
{
    struct cli_arguments *arguments = parser->arguments;
    bool only_operands = false;
    while (parser->at < parser->count) {
        const char *word = parser->argv[parser->at++];
        bool ok = true;
        if (only_operands || word[0] != '-' || word[1] == '\0') {
            arguments->operands[arguments->operand_count++] = word;
        } else if (strcmp(word, "--") == 0) {
            only_operands = true;
        } else if (word[1] == '-') {
            ok = read_long(parser, word + 2);
        } else {
            ok = read_letters(parser, word + 1);
        }
        if (!ok) {
            return false;
        }
    }
    return true;
}

/* Options before the command: only those that are commands in themselves. */
static bool read_flag(struct parser *parser, const char *word)
{
    parser->arguments->command = CLI_HELP;
    if (strcmp(word, "--version") == 0) {
        parser->arguments->command = CLI_VERSION;
        return true;
    }
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        return true;
    }
    return complain(parser, "the command comes first, then its options");
}

bool cli_parse(int argc, const char **argv, struct cli_arguments *arguments, char *complaint,
               size_t complaint_bytes)
{
    struct parser parser = {arguments, argv,      argc < 0 ? 0 : (size_t)argc,
                            1,         complaint, complaint_bytes};
    memset(arguments, 0, sizeof *arguments);
    arguments->command = CLI_HELP;
    if (complaint_bytes > 0) {
        complaint[0] = '\0';
    }
    if (parser.count < 2) {
        return complain(&parser, "a command is needed");
    }
    arguments->operands = argv + 1; /* what has been read makes room for what is kept */
    if (argv[1][0] == '-') {
        parser.at = 2;
        return read_flag(&parser, argv[1]);
    }
    size_t took = cli_command_find(argv + 1, parser.count - 1, &arguments->command);
    if (took == 0) {
        return complain_of_command(&parser, argv[1]);
    }
    parser.at = 1 + took;
    return read_all(&parser);
}

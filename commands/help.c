/* SPDX-License-Identifier: Apache-2.0 */
/* `cairn help`: pages about the commands, in the forms that other programs
 * read too. */
#include "commands/help.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "host/file.h"

enum { COLUMN = 30, WIDTH = 78 };

/* ---- Text ---------------------------------------------------------------- */

/* Prints text after column `at`, wrapped and indented to `indent`. */
static void print_wrapped(FILE *out, const char *text, int at, int indent)
{
    int column = at;
    while (*text) {
        int length = (int)strcspn(text, " ");
        if (column + length > WIDTH && column > indent) {
            fprintf(out, "\n%*s", indent, "");
            column = indent;
        }
        fprintf(out, "%.*s", length, text);
        column += length;
        text += length;
        while (*text == ' ') {
            text++;
        }
        if (*text && column + 1 + (int)strcspn(text, " ") <= WIDTH) {
            fputc(' ', out);
            column++;
        } else if (*text) {
            column = WIDTH;
        }
    }
    fputc('\n', out);
}

static void print_row(FILE *out, const char *name, const char *text)
{
    int printed = fprintf(out, "  %s", name);
    if (printed > COLUMN - 2) {
        fputc('\n', out);
        printed = 0;
    }
    fprintf(out, "%*s", COLUMN - printed, "");
    print_wrapped(out, text, COLUMN, COLUMN);
}

void help_print_commands(FILE *out, const char *family)
{
    const struct command *command;
    for (size_t i = 0; (command = command_at(i)); i++) {
        size_t length = family ? strlen(family) : 0;
        if (!family || (strncmp(command->name, family, length) == 0 &&
                        command->name[length] == ' ')) {
            print_row(out, command->name, command->purpose);
        }
    }
}

void help_print_family(FILE *out, const char *family)
{
    fprintf(out, "usage: cairn %s COMMAND [OPTION]... [ARGUMENT]...\n\n",
            family);
    help_print_commands(out, family);
    fprintf(out, "\n'cairn %s COMMAND --help' explains a command.\n", family);
}

void help_print_overview(FILE *out)
{
    fprintf(out,
            "usage: cairn COMMAND [OPTION]... [ARGUMENT]...\n\n"
            "A virtual bench for trusted machines.\n\nCommands:\n");
    help_print_commands(out, NULL);
    fprintf(out,
            "\n'cairn COMMAND --help' explains a command; "
            "'cairn --version' prints the version.\n"
            "Exit codes: 0 done or trusted, 1 failed or refused, 2 misuse, "
            "3 undecided.\n");
}

static void print_option(FILE *out, const struct option *option)
{
    char name[96];
    snprintf(name, sizeof(name), "%c%c%s --%s%s%s", option->letter ? '-' : ' ',
             option->letter ? option->letter : ' ', option->letter ? "," : " ",
             option->name,
             option->argument && !option_is_free(option) ? " " : "",
             option->argument ? option->argument : "");
    print_row(out, name, option->text);
}

static const char *group_of(const struct option *option)
{
    return option->group ? option->group : "Options";
}

/* True for the first option of its group. */
static bool opens_group(const struct command *command, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (strcmp(group_of(&command->options[i]),
                   group_of(&command->options[index])) == 0) {
            return false;
        }
    }
    return true;
}

void help_print_command(FILE *out, const struct command *command)
{
    static const struct option help = {'h',  "help", NULL,
                                       NULL, NULL,   "show this page"};
    fprintf(out, "usage: cairn %s%s%s%s\n\n%s\n", command->name,
            command->option_count ? " [OPTION]..." : "",
            *command->operands ? " " : "", command->operands, command->purpose);
    for (size_t i = 0; i < command->option_count; i++) {
        if (!opens_group(command, i)) {
            continue;
        }
        const char *group = group_of(&command->options[i]);
        fprintf(out, "\n%s:\n", group);
        for (size_t j = i; j < command->option_count; j++) {
            if (strcmp(group_of(&command->options[j]), group) == 0) {
                print_option(out, &command->options[j]);
            }
        }
    }
    fputc('\n', out);
    print_option(out, &help);
}

/* ---- The command --------------------------------------------------------- */

/* clang-format off */
static const struct option options[] = {
    {0, "man", NULL, NULL, NEEDS(WITHOUT("man-pages"), WITHOUT("completion")),
     "print the source of its man page"},
    {0, "man-pages", "FOLDER", NULL, NEEDS(WITHOUT("completion")),
     "write all man pages into FOLDER"},
    {0, "completion", "bash|zsh", NULL, NULL,
     "print completion for the shell instead"},
};
/* clang-format on */

/* cairn-pack-caliptra.1 in folder, or cairn.1 for no command. */
static int write_man_page(const struct arguments *arguments, const char *folder,
                          const struct command *command)
{
    char *path = xasprintf("%s/cairn%s%s.1", folder, command ? "-" : "",
                           command ? command->name : "");
    for (char *at = path + strlen(folder); *at; at++) {
        *at = *at == ' ' ? '-' : *at;
    }
    char *text = NULL;
    size_t size = 0;
    struct error error = {""};
    FILE *page = open_memstream(&text, &size);
    help_print_man(page, command);
    fclose(page);
    int result = file_write(path, text, size, &error) == 0
                     ? COMMAND_DONE
                     : command_failure(arguments, "%s", error.text);
    free(text);
    free(path);
    return result;
}

static int write_man_pages(const struct arguments *arguments,
                           const char *folder)
{
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        return command_failure(arguments, "cannot make folder '%s': %s", folder,
                               strerror(errno));
    }
    int result = write_man_page(arguments, folder, NULL);
    for (size_t i = 0; command_at(i) && result == COMMAND_DONE; i++) {
        result = write_man_page(arguments, folder, command_at(i));
    }
    return result;
}

static int explain_family(const struct arguments *arguments, const char *family)
{
    if (arguments_flag(arguments, "man")) {
        return command_misuse(
            arguments, "'%s' has a page for each of its commands", family);
    }
    help_print_family(arguments->out, family);
    return COMMAND_DONE;
}

static int no_command(const struct arguments *arguments)
{
    const char *word = arguments->operands[0];
    char guess[40];
    return command_guess(word, guess, sizeof(guess))
               ? command_misuse(arguments,
                                "no command '%s', did you mean '%s'?", word,
                                guess)
               : command_misuse(arguments, "no command '%s', see 'cairn help'",
                                word);
}

static int help_run(struct arguments *arguments)
{
    const char *shell = arguments_value(arguments, "completion");
    const char *folder = arguments_value(arguments, "man-pages");
    if (shell) {
        help_print_completion(arguments->out, shell);
        return COMMAND_DONE;
    }
    if (folder) {
        return write_man_pages(arguments, folder);
    }
    const struct command *command = NULL;
    size_t count = arguments->operand_count;
    if (count == 1 && command_is_family(arguments->operands[0])) {
        return explain_family(arguments, arguments->operands[0]);
    }
    if (count) {
        size_t words;
        command = command_find(count, arguments->operands, &words);
        if (!command || words != count) {
            return no_command(arguments);
        }
    }
    if (arguments_flag(arguments, "man")) {
        help_print_man(arguments->out, command);
    } else if (command) {
        help_print_command(arguments->out, command);
    } else {
        help_print_overview(arguments->out);
    }
    return COMMAND_DONE;
}

const struct command command_help = {
    .name = "help",
    .purpose = "explain a command",
    .operands = "[COMMAND]...",
    .description =
        "Without a command, lists the commands. With one, prints the same page "
        "as its option --help. The same tables make the man pages and the "
        "shell completion that 'make install' installs; to try completion "
        "without installing:\n\n"
        "    . <(cairn help --completion bash)",
    OPTIONS(options),
    .run = help_run,
};

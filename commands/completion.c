/* SPDX-License-Identifier: Apache-2.0 */
/* Shell completion from the command tables. */
#include <string.h>

#include "base/buffer.h"
#include "commands/help.h"
#include "include/cairn/cairn.h"

/* Does an argument with this placeholder name a path? */
static bool is_path(const char *placeholder)
{
    return strstr(placeholder, "FILE") || strstr(placeholder, "FOLDER") ||
           strstr(placeholder, "SCRIPT") || strstr(placeholder, "BUNDLE") ||
           strstr(placeholder, "OVERLAY") || strstr(placeholder, "BOARD");
}

/* The values of "a|b|C" as words; C stands for something else. */
static void print_values(FILE *out, const char *argument)
{
    const char *gap = "";
    while (*argument) {
        size_t length = strcspn(argument, "|");
        if (*argument < 'A' || *argument > 'Z') {
            fprintf(out, "%s%.*s", gap, (int)length, argument);
            gap = " ";
        }
        argument += length + (argument[length] == '|');
    }
}

/* Words that the operands of a command may be, besides files. */
static void print_operands(FILE *out, const struct command *command)
{
    const char *name;
    if (strstr(command->operands, "BOARD")) {
        fputs("        operands='", out);
        for (size_t i = 0; (name = cairn_board_name(i)); i++) {
            fprintf(out, "%s%s", i ? " " : "", name);
        }
        fputs("'\n", out);
    }
}

/* The command names, or the second words of a family. */
static void print_words(FILE *out, const char *family)
{
    const struct command *command;
    const char *last = "";
    for (size_t i = 0; (command = command_at(i)); i++) {
        const char *name = command->name;
        size_t length = strcspn(name, " ");
        if (family) {
            size_t family_length = strlen(family);
            if (length == family_length && name[length] == ' ' &&
                memcmp(name, family, length) == 0) {
                fprintf(out, " %s", name + length + 1);
            }
        } else if (strncmp(last, name, length) != 0 ||
                   (last[length] != ' ' && last[length] != '\0')) {
            fprintf(out, " %.*s", (int)length, name);
            last = name;
        }
    }
}

static void print_bash_command(FILE *out, const struct command *command)
{
    fprintf(out, "    '%s')\n        options='--help", command->name);
    for (size_t i = 0; i < command->option_count; i++) {
        fprintf(out, " --%s", command->options[i].name);
    }
    fputs("'\n", out);
    print_operands(out, command);
    fputs("        case $previous in\n", out);
    for (size_t i = 0; i < command->option_count; i++) {
        const struct option *option = &command->options[i];
        if (!option->argument || option_is_free(option)) {
            continue;
        }
        fprintf(out, "        --%s", option->name);
        if (option->letter) {
            fprintf(out, "|-%c", option->letter);
        }
        if (strchr(option->argument, '|')) {
            fputs(") values='", out);
            print_values(out, option->argument);
            fputs(is_path(option->argument) ? "' paths=1 ;;\n" : "' ;;\n", out);
        } else {
            fputs(is_path(option->argument) ? ") paths=1 ;;\n"
                                            : ") return ;;\n",
                  out);
        }
    }
    fputs("        esac ;;\n", out);
}

static void print_families(FILE *out)
{
    const struct command *command;
    char last[32] = "";
    for (size_t i = 0; (command = command_at(i)); i++) {
        size_t length = strcspn(command->name, " ");
        bool same =
            strlen(last) == length && memcmp(last, command->name, length) == 0;
        if (command->name[length] && !same && length < sizeof(last)) {
            memcpy(last, command->name, length);
            last[length] = '\0';
            fprintf(out, "        %s) values='", last);
            print_words(out, last);
            fputs(" --help' ;;\n", out);
        }
    }
}

static void print_bash(FILE *out)
{
    fputs(
        "# Completion for cairn(1): bash, or zsh with bashcompinit.\n"
        "_cairn()\n{\n"
        "    local word=${COMP_WORDS[COMP_CWORD]}\n"
        "    local previous=${COMP_WORDS[COMP_CWORD-1]}\n"
        "    local command=${COMP_WORDS[1]} options= values= paths= operands=\n"
        "    COMPREPLY=()\n"
        "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
        "        values='--help --version",
        out);
    print_words(out, NULL);
    fputs(
        "'\n    elif [ \"$COMP_CWORD\" -eq 2 ]; then\n"
        "        case $command in\n",
        out);
    print_families(out);
    fputs("        help) operands='", out);
    print_words(out, NULL);
    fputs(
        "' ;;\n        esac\n"
        "    elif [ \"$command\" = help ] && [ \"$COMP_CWORD\" -eq 3 ]; then\n"
        "        case ${COMP_WORDS[2]} in\n",
        out);
    print_families(out);
    fputs("        esac\n    fi\n    case $command in\n    ", out);
    const struct command *command;
    const char *bar = "";
    for (size_t i = 0; (command = command_at(i)); i++) {
        size_t length = strcspn(command->name, " ");
        if (command->name[length]) {
            fprintf(out, "%s%.*s", bar, (int)length, command->name);
            bar = "|";
        }
    }
    fputs(
        ") [ \"$COMP_CWORD\" -gt 2 ] && command=\"$command "
        "${COMP_WORDS[2]}\" ;;\n"
        "    esac\n    case $command in\n",
        out);
    for (size_t i = 0; (command = command_at(i)); i++) {
        print_bash_command(out, command);
    }
    fputs(
        "    esac\n"
        "    if [ -n \"$values\" ]; then\n"
        "        COMPREPLY=($(compgen -W \"$values\" -- \"$word\"))\n"
        "        [ -z \"$paths\" ] ||\n"
        "            COMPREPLY+=($(compgen -f -- \"$word\"))\n"
        "    elif [ -z \"$paths\" ] && [ \"${word#-}\" != \"$word\" ]; then\n"
        "        COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
        "    else\n"
        "        COMPREPLY=($(compgen -f -- \"$word\"))\n"
        "        [ -n \"$paths\" ] ||\n"
        "            COMPREPLY+=($(compgen -W \"$operands\" -- \"$word\"))\n"
        "    fi\n}\n"
        "complete -o filenames -F _cairn cairn\n",
        out);
}

void help_print_completion(FILE *out, const char *shell)
{
    if (strcmp(shell, "zsh") == 0) {
        fputs(
            "#compdef cairn\n"
            "autoload -U +X bashcompinit && bashcompinit\n",
            out);
    }
    print_bash(out);
}

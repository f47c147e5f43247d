/* SPDX-License-Identifier: Apache-2.0 */
/* Man pages from the command tables, as man(7) source. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "commands/help.h"
#include "include/cairn/cairn.h"
#include "session/reason.h"

/* A character of running text: the ones that roff would interpret escaped. */
static void put_escaped(FILE *out, char c)
{
    if (c == '\\') {
        fputs("\\e", out);
    } else if (c == '-') {
        fputs("\\-", out);
    } else {
        fputc(c, out);
    }
}

static void print_escaped(FILE *out, const char *text)
{
    for (; *text; text++) {
        put_escaped(out, *text);
    }
}

/* One line; a dot or quote that starts it is not a request. */
static void print_line(FILE *out, const char *line, size_t length)
{
    if (length && (line[0] == '.' || line[0] == '\'')) {
        fputs("\\&", out);
    }
    for (size_t i = 0; i < length; i++) {
        put_escaped(out, line[i]);
    }
    fputc('\n', out);
}

static void print_paragraphs(FILE *out, const char *text)
{
    bool kept = false;
    while (*text) {
        size_t length = strcspn(text, "\n");
        bool keep = strncmp(text, "    ", 4) == 0;
        if (keep != kept) {
            fputs(keep ? ".RS 4\n.nf\n" : ".fi\n.RE\n", out);
            kept = keep;
        }
        if (length == 0) {
            fputs(".PP\n", out);
        } else {
            print_line(out, text + (keep ? 4 : 0), length - (keep ? 4 : 0));
        }
        text += length + (text[length] == '\n');
        /* Empty lines around kept ones are the request's own space. */
        while (*text == '\n' && (kept || strncmp(text + 1, "    ", 4) == 0)) {
            text++;
        }
    }
    if (kept) {
        fputs(".fi\n.RE\n", out);
    }
}

static void print_option(FILE *out, const struct option *option)
{
    fputs(".TP\n", out);
    if (option->letter) {
        fprintf(out, "\\fB\\-%c\\fR, ", option->letter);
    }
    fputs("\\fB\\-\\-", out);
    print_escaped(out, option->name);
    fputs("\\fR", out);
    if (option->argument) {
        fputs(option_is_free(option) ? "\\fI" : " \\fI", out);
        print_escaped(out, option->argument);
        fputs("\\fR", out);
    }
    fputc('\n', out);
    print_line(out, option->text, strlen(option->text));
}

static void print_head(FILE *out, const char *name, const char *purpose)
{
    fputs(".TH ", out);
    for (const char *at = name; *at; at++) {
        fputc(*at == ' ' ? '-' : toupper((unsigned char)*at), out);
    }
    fprintf(out, " 1 \"%s\" \"Cairn %s\" \"Cairn manual\"\n.SH NAME\n",
            cairn_version_date(), cairn_version());
    for (const char *at = name; *at; at++) {
        put_escaped(out, *at == ' ' ? '-' : *at);
    }
    fputs(" \\- ", out);
    print_escaped(out, purpose);
    fputc('\n', out);
}

static void print_exit_status(FILE *out, int code, const char *text)
{
    fprintf(out, ".TP\n.B %d\n", code);
    print_line(out, text, strlen(text));
}

static bool tells_reasons(const struct command *command)
{
    for (size_t i = 0; command && i < command->option_count; i++) {
        if (strcmp(command->options[i].name, "exit-status") == 0) {
            return true;
        }
    }
    return false;
}

/* A command that tells reasons lists those with codes of their own as well. */
static void print_foot(FILE *out, const struct command *command)
{
    static const struct {
        int code;
        const char *text;
    } codes[] = {
#define EXIT_STATUS(code, text) {code, text},
#include "commands/exit_status.def"
#undef EXIT_STATUS
    };
    fputs(".SH EXIT STATUS\n", out);
    for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
        print_exit_status(out, codes[i].code, codes[i].text);
    }
    if (!tells_reasons(command)) {
        return;
    }
    fputs(
        ".PP\nWith \\fB\\-\\-exit\\-status reason\\fR or "
        "\\fBguest\\fR a run that failed has a code for its reason:\n",
        out);
    for (int i = SESSION_REASON_FAILED; i < SESSION_REASONS; i++) {
        enum session_reason reason = (enum session_reason)i;
        print_exit_status(out, session_reason_code(reason),
                          session_reason_text(reason));
    }
}

static void print_see_also(FILE *out, const struct command *except)
{
    fputs(".SH SEE ALSO\n", out);
    if (except) {
        fputs(".BR cairn (1),\n", out);
    }
    const struct command *command;
    for (size_t i = 0; (command = command_at(i)); i++) {
        if (command == except) {
            continue;
        }
        fputs(".BR cairn\\-", out);
        for (const char *at = command->name; *at; at++) {
            put_escaped(out, *at == ' ' ? '-' : *at);
        }
        fputs(" (1),\n", out);
    }
    fputs(".BR cairn\\-board (5),\n.BR cairn\\-agent (5)\n", out);
}

static void print_overview(FILE *out)
{
    print_head(out, "cairn", "a virtual bench for trusted machines");
    fputs(
        ".SH SYNOPSIS\n.B cairn\n.I command\n"
        "[\\fIoption\\fR]... [\\fIargument\\fR]...\n"
        ".br\n.B cairn \\-\\-version\n.br\n.B cairn \\-\\-help\n"
        ".SH DESCRIPTION\n"
        "Builds a machine from a board description, holds every processor\n"
        "in reset, and lets the chain of trust release them one by one.\n"
        "Every decision is traced and reported. Features that are not\n"
        "modelled are listed.\n.SH COMMANDS\n",
        out);
    const struct command *command;
    for (size_t i = 0; (command = command_at(i)); i++) {
        fputs(".TP\n\\fBcairn ", out);
        print_escaped(out, command->name);
        fputs("\\fR\n", out);
        print_line(out, command->purpose, strlen(command->purpose));
    }
    print_foot(out, NULL);
    print_see_also(out, NULL);
}

void help_print_man(FILE *out, const struct command *command)
{
    if (!command) {
        print_overview(out);
        return;
    }
    char *name = xasprintf("cairn %s", command->name);
    print_head(out, name, command->purpose);
    fputs(".SH SYNOPSIS\n.B ", out);
    print_escaped(out, name);
    fputc('\n', out);
    free(name);
    if (command->option_count) {
        fputs("[\\fIoption\\fR]...\n", out);
    }
    if (*command->operands) {
        print_line(out, command->operands, strlen(command->operands));
    }
    fputs(".SH DESCRIPTION\n", out);
    print_paragraphs(out, command->description ? command->description
                                               : command->purpose);
    if (command->describe) {
        struct buffer text = {0};
        command->describe(&text);
        fputs(".PP\n", out);
        print_paragraphs(out, buffer_text(&text));
        buffer_fini(&text);
    }
    if (command->option_count) {
        fputs(".SH OPTIONS\n", out);
    }
    const char *group = NULL;
    for (size_t i = 0; i < command->option_count; i++) {
        const struct option *option = &command->options[i];
        if (option->group && (!group || strcmp(group, option->group) != 0)) {
            fprintf(out, ".SS %s\n", option->group);
        }
        group = option->group;
        print_option(out, option);
    }
    print_foot(out, command);
    print_see_also(out, command);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the terms of an option table, and complaining. */
#include "commands/needs.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

/* One part of a term, in parts: "no --engine=chaos". */
enum relation { NEEDS_OPTION, NEEDS_NO_OPTION, NEEDS_BEHIND, NEEDS_CONDITION };

struct part {
    enum relation relation;
    char name[32];   /* of the option or the condition */
    char about[128]; /* an option's value, what is between parentheses */
};

struct check {
    const struct arguments *arguments;
    const struct needs_judge *judge;
    const struct option *option; /* the one at hand */
};

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static struct part read_part(const char *text, size_t length)
{
    static const struct {
        const char *start;
        enum relation relation;
    } starts[] = {
        {"no --",     NEEDS_NO_OPTION},
        {"behind --", NEEDS_BEHIND   },
        {"--",        NEEDS_OPTION   },
        {"",          NEEDS_CONDITION},
    };
    struct part part = {.relation = NEEDS_CONDITION};
    size_t row = 0;
    while (!starts_with(text, starts[row].start)) {
        row++;
    }
    size_t skipped = strlen(starts[row].start);
    part.relation = starts[row].relation;
    text += skipped;
    length -= skipped;
    size_t name = strcspn(text, "=(");
    name = name < length ? name : length;
    snprintf(part.name, sizeof(part.name), "%.*s", (int)name, text);
    if (name < length) {
        size_t end = text[name] == '(' ? 2 : 1; /* and its parenthesis */
        snprintf(part.about, sizeof(part.about), "%.*s",
                 (int)(length - name - end), text + name + 1);
    }
    return part;
}

/* Where the text of a term or a part ends. */
static size_t length_to(const char *text, size_t length, const char *delimiter)
{
    const char *end = strstr(text, delimiter);
    return end && (size_t)(end - text) < length ? (size_t)(end - text) : length;
}

static bool is_given(const struct arguments *arguments, const struct part *part)
{
    const char *value = arguments_value(arguments, part->name);
    return part->about[0] ? value && strcmp(value, part->about) == 0
                          : arguments_flag(arguments, part->name);
}

/* True if each of an option stands behind another one of that name; with the
 * option `instead` the first may stand alone. */
static bool is_behind(const struct check *check, const char *name,
                      const char *instead)
{
    bool free = *instead && arguments_flag(check->arguments, instead);
    for (size_t i = 0; i < check->arguments->given_count; i++) {
        const struct option *option = check->arguments->given[i].option;
        if (option == check->option && !free) {
            return false;
        }
        free = option != check->option &&
               (free || strcmp(option->name, name) == 0);
    }
    return true;
}

/* Fills *why when it does not hold. */
static bool holds(const struct check *check, const struct part *part,
                  struct buffer *why)
{
    const struct arguments *arguments = check->arguments;
    bool met = false;
    switch (part->relation) {
    case NEEDS_OPTION:
        met = is_given(arguments, part);
        if (!met) {
            buffer_print(why, "without --%s", part->name);
        }
        return met;
    case NEEDS_NO_OPTION:
        met = !is_given(arguments, part);
        if (!met) {
            buffer_print(why, "with --%s%s%s", part->name,
                         part->about[0] ? " " : "", part->about);
        }
        return met;
    case NEEDS_BEHIND:
        met = is_behind(check, part->name, part->about);
        if (!met) {
            buffer_print(why, "without its own --%s before it", part->name);
        }
        return met;
    default:
        return !check->judge ||
               check->judge->holds(check->judge->context, part->name,
                                   part->about, why);
    }
}

/* "without --a", "without --b" becomes "without --a or --b". */
static void add_reason(struct buffer *reasons, const char *reason, bool last)
{
    static const char without[] = "without ";
    bool more = reasons->size != 0;
    bool alike = more && starts_with(reason, without) &&
                 starts_with(buffer_text(reasons), without);
    buffer_print(reasons, "%s%s",
                 !more           ? ""
                 : alike && last ? " or "
                                 : ", ",
                 reason + (alike ? sizeof(without) - 1 : 0));
}

/* Fills *why when none of the parts between "or" holds. */
static bool term_holds(const struct check *check, const char *term,
                       size_t length, struct buffer *why)
{
    static const char or [] = " or ";
    bool met = false;
    while (!met && length != 0) {
        size_t part_length = length_to(term, length, or);
        struct part part = read_part(term, part_length);
        struct buffer reason = {0};
        size_t taken = part_length;
        taken += taken < length ? sizeof(or) - 1 : 0;
        met = holds(check, &part, &reason);
        if (!met) {
            add_reason(why, buffer_text(&reason), taken == length);
        }
        buffer_fini(&reason);
        term += taken;
        length -= taken;
    }
    return met;
}

static int check_option(const struct check *check)
{
    static const char and[] = ", ";
    const char *at = check->option->needs;
    int result = COMMAND_DONE;
    while (result == COMMAND_DONE && at && *at) {
        struct buffer why = {0};
        size_t length = length_to(at, strlen(at), and);
        if (!term_holds(check, at, length, &why)) {
            result = command_misuse(check->arguments,
                                    "option '--%s' has no effect %s",
                                    check->option->name, buffer_text(&why));
        }
        buffer_fini(&why);
        at += length;
        at += *at ? sizeof(and) - 1 : 0;
    }
    return result;
}

int needs_check(const struct arguments *arguments,
                const struct needs_judge *judge)
{
    int result = COMMAND_DONE;
    for (size_t i = 0; result == COMMAND_DONE && i < arguments->given_count;
         i++) {
        const struct check check = {arguments, judge,
                                    arguments->given[i].option};
        result = check_option(&check);
    }
    return result;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Asking for options that were given, and the conditions of their use. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/number.h"
#include "session/request/option.h"

const struct option *given_find(const struct given_options *given,
                                const char *name, size_t length)
{
    for (size_t i = 0; i < given->option_count; i++) {
        const struct option *option = &given->options[i];
        if (strncmp(option->name, name, length) == 0 &&
            option->name[length] == '\0') {
            return option;
        }
    }
    return NULL;
}

const char *given_nth(const struct given_options *given, const char *name,
                      size_t index)
{
    const struct option *option = given_find(given, name, strlen(name));
    assert(option);
    for (size_t i = 0; i < given->count; i++) {
        if (given->list[i].option == option && index-- == 0) {
            return given->list[i].value;
        }
    }
    return NULL;
}

size_t given_count(const struct given_options *given, const char *name)
{
    const struct option *option = given_find(given, name, strlen(name));
    assert(option);
    size_t count = 0;
    for (size_t i = 0; i < given->count; i++) {
        count += given->list[i].option == option;
    }
    return count;
}

bool given_flag(const struct given_options *given, const char *name)
{
    return given_count(given, name) != 0;
}

const char *given_value(const struct given_options *given, const char *name)
{
    size_t count = given_count(given, name);
    return count ? given_nth(given, name, count - 1) : NULL;
}

const char *given_behind(const struct given_options *given, const char *name,
                         size_t index, const char *other)
{
    size_t before = 0; /* how many of that name */
    for (size_t i = 0; i < given->count; i++) {
        const struct given *at = &given->list[i];
        before += strcmp(at->option->name, name) == 0;
        if (before == index + 1 && strcmp(at->option->name, other) == 0) {
            return at->value;
        }
    }
    return NULL;
}

int given_number(const struct given_options *given, const char *name,
                 uint64_t least, uint64_t most, uint64_t *value,
                 struct session_error *error)
{
    const char *text = given_value(given, name);
    uint64_t number = 0;
    int code = text ? number_read(text, &number) : 0;
    if (code == -EINVAL) {
        return session_misuse(error, name, "'%s' is not a number%s", text,
                              *text >= '0' && *text <= '9'
                                  ? " with one of the units k, M, G, T, P and "
                                    "E, powers of 1024"
                                  : "");
    }
    if (code || (text && (number < least || number > most))) {
        return session_misuse(error, name, "'%s' is out of range, %llu to %llu",
                              text, (unsigned long long)least,
                              (unsigned long long)most);
    }
    *value = text ? number : *value;
    return 0;
}

/* ---- Conditions ---------------------------------------------------------- */

static bool is_behind(const struct given_options *given,
                      const struct option *option,
                      const struct option_need *need)
{
    bool free = need->about && given_flag(given, need->about);
    for (size_t i = 0; i < given->count; i++) {
        const struct option *at = given->list[i].option;
        if (at == option && !free) {
            return false;
        }
        free = at != option && (free || strcmp(at->name, need->name) == 0);
    }
    return true;
}

static bool was_given(const struct given_options *given,
                      const struct option_need *need)
{
    const char *value = given_value(given, need->name);
    return need->about ? value && strcmp(value, need->about) == 0
                       : given_flag(given, need->name);
}

/* Fills *why when it is not met. */
static bool is_met(const struct given_options *given,
                   const struct option *option, const struct option_need *need,
                   const struct option_context *context, struct buffer *why)
{
    bool met = false;
    switch (need->relation) {
    case OPTION_NEEDS_WITH:
        met = was_given(given, need);
        buffer_print(why, "without --%s", need->name);
        return met;
    case OPTION_NEEDS_WITHOUT:
        met = !was_given(given, need);
        buffer_print(why, "with --%s%s%s", need->name, need->about ? " " : "",
                     need->about ? need->about : "");
        return met;
    case OPTION_NEEDS_BEHIND:
        met = is_behind(given, option, need);
        buffer_print(why, "without its own --%s before it", need->name);
        return met;
    default:
        return !context || need->holds(context, need, why);
    }
}

/* "without --a", "without --b" becomes "without --a or --b". */
static void add_reason(struct buffer *reasons, const char *reason, bool last)
{
    static const char without[] = "without ";
    const size_t length = sizeof(without) - 1;
    bool more = reasons->size != 0;
    bool alike = more && strncmp(reason, without, length) == 0 &&
                 strncmp(buffer_text(reasons), without, length) == 0;
    buffer_print(reasons, "%s%s",
                 !more           ? ""
                 : alike && last ? " or "
                                 : ", ",
                 reason + (alike ? length : 0));
}

/* Moves on behind the alternatives, and fills *why when none of them is met. */
static bool any_is_met(const struct given_options *given,
                       const struct option *option,
                       const struct option_need **at,
                       const struct option_context *context, struct buffer *why)
{
    bool met = false;
    bool more = true;
    for (; more; (*at)++) {
        struct buffer reason = {0};
        more = (*at)->either;
        if (!met) {
            met = is_met(given, option, *at, context, &reason);
            add_reason(why, buffer_text(&reason), !more);
        }
        buffer_fini(&reason);
    }
    return met;
}

int given_check(const struct given_options *given,
                const struct option_context *context,
                struct session_error *error)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < given->count; i++) {
        const struct option *option = given->list[i].option;
        const struct option_need *need = option->needs;
        while (code == 0 && need && need->relation != OPTION_NEEDS_END) {
            struct buffer why = {0};
            if (!any_is_met(given, option, &need, context, &why)) {
                code = session_misuse(error, NULL,
                                      "option '--%s' has no effect %s",
                                      option->name, buffer_text(&why));
            }
            buffer_fini(&why);
        }
    }
    return code;
}

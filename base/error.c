/* SPDX-License-Identifier: Apache-2.0 */
/* Text of an error: the first cause is kept, and callers put context before
 * it. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int error_set(struct error *error, int code, const char *format, ...)
{
    if (error && error->text[0] == '\0') {
        va_list args;
        va_start(args, format);
        vsnprintf(error->text, sizeof(error->text), format, args);
        va_end(args);
    }
    return code;
}

void error_prefix(struct error *error, const char *format, ...)
{
    if (!error || error->text[0] == '\0') {
        return;
    }
    struct error whole;
    va_list args;
    va_start(args, format);
    int length = vsnprintf(whole.text, sizeof(whole.text), format, args);
    va_end(args);
    if (length < 0 || (size_t)length + 3 > sizeof(whole.text)) {
        return;
    }
    size_t room = sizeof(whole.text) - (size_t)length;
    snprintf(whole.text + length, room, ": %.*s", (int)room - 3, error->text);
    *error = whole;
}

void error_clear(struct error *error)
{
    if (error) {
        error->text[0] = '\0';
    }
}

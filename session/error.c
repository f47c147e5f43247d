/* SPDX-License-Identifier: Apache-2.0 */
/* Filling struct session_error. */
#include "session/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

static void fill(struct session_error *error, bool misuse, const char *option,
                 const char *format, va_list args)
{
    error->misuse = misuse;
    error->option = option;
    vsnprintf(error->text, sizeof(error->text), format, args);
}

int session_misuse(struct session_error *error, const char *option,
                   const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fill(error, true, option, format, args);
    va_end(args);
    return -EINVAL;
}

int session_failure(struct session_error *error, const char *option,
                    const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fill(error, false, option, format, args);
    va_end(args);
    return -EIO;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Calling what an observer has. */
#include "session/observer.h"

#include <stdarg.h>

#include "base/buffer.h"

void session_say(const struct session_observer *observer, const char *format,
                 ...)
{
    struct buffer line = {0};
    va_list args;
    if (!observer->say) {
        return;
    }
    va_start(args, format);
    buffer_vprint(&line, format, args);
    va_end(args);
    observer->say(observer->context, buffer_text(&line));
    buffer_fini(&line);
}

bool session_is_ending(const struct session_observer *observer)
{
    return observer->is_ending && observer->is_ending(observer->context);
}

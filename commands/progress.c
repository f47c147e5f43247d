/* SPDX-License-Identifier: Apache-2.0 */
/* Rewriting a line on a terminal. */
#include "commands/progress.h"

#include <stdarg.h>
#include <unistd.h>

#include "host/time.h"

enum { INTERVAL_NS = 100 * 1000 * 1000 };

void progress_init(struct progress *progress, FILE *out, bool quiet)
{
    bool terminal = fileno(out) >= 0 && isatty(fileno(out));
    *progress = (struct progress){.out = terminal && !quiet ? out : NULL};
}

void progress_update(struct progress *progress, const char *format, ...)
{
    if (!progress->out) {
        return;
    }
    uint64_t now = host_time_ns();
    if (progress->shown_ns && now - progress->shown_ns < INTERVAL_NS) {
        return;
    }
    va_list args;
    va_start(args, format);
    fputc('\r', progress->out);
    vfprintf(progress->out, format, args);
    fputs("\x1b[K", progress->out);
    va_end(args);
    fflush(progress->out);
    progress->shown = true;
    progress->shown_ns = now;
}

void progress_clear(struct progress *progress)
{
    if (progress->shown) {
        fputs("\r\x1b[K", progress->out);
        fflush(progress->out);
        progress->shown = false;
    }
}

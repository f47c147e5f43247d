/* SPDX-License-Identifier: Apache-2.0 */
/* Limits the lines of each kind and place, and passes the others to their
 * sink. */
#include "base/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "base/assert.h"
#include "base/bits.h"
#include "base/hash.h"

void log_init(struct log *log)
{
    *log = (struct log){
        .enabled = {
                    [LOG_GUEST] = true, [LOG_UNMODELLED] = true, [LOG_HOST] = true}
    };
}

const char *log_kind_name(enum log_kind kind)
{
    static const char *const names[LOG_KINDS] = {
        [LOG_GUEST] = "guest",
        [LOG_UNMODELLED] = "unmodelled",
        [LOG_TRACE] = "trace",
        [LOG_HOST] = "host",
    };
    assert(kind < LOG_KINDS);
    return names[kind];
}

/* True while the place may still print. Two places that share a slot share
 * the limit, which costs a line and never a count. */
static bool may_print(struct log *log, enum log_kind kind, const char *agent,
                      uint64_t place, bool *last)
{
    *last = false;
    if (kind == LOG_TRACE) {
        return true;
    }
    uint64_t seed = place * LOG_KINDS + kind;
    uint64_t hash = hash64(seed, agent, strlen(agent));
    uint16_t *printed = &log->repeats[hash % ARRAY_SIZE(log->repeats)];
    if (*printed == LOG_REPEATS) {
        return false;
    }
    assert(*printed < LOG_REPEATS);
    (*printed)++;
    *last = *printed == LOG_REPEATS;
    return true;
}

void log_write(struct log *log, enum log_kind kind, const char *agent,
               uint64_t place, const char *format, ...)
{
    debug_assert(kind < LOG_KINDS && agent);
    log->count[kind]++;
    bool last;
    if (!log->enabled[kind] || !log->sink ||
        !may_print(log, kind, agent, place, &last)) {
        return;
    }
    char message[384];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);

    char line[512];
    const char *more = last ? " (further ones are only counted)" : "";
    if (log->now_ns) {
        uint64_t now = log->now_ns(log->clock);
        snprintf(line, sizeof(line),
                 "%6" PRIu64 ".%06" PRIu64 " ms %s: %s: %s%s", now / 1000000,
                 now % 1000000, log_kind_name(kind), agent, message, more);
    } else {
        snprintf(line, sizeof(line), "%s: %s: %s%s", log_kind_name(kind), agent,
                 message, more);
    }
    log->sink(log->context, kind, line);
}

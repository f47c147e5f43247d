/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The logs of a machine.
 *
 *   LOG_GUEST       a guest did what its specification forbids; the device
 *                   reacted as specified and the machine goes on
 *   LOG_UNMODELLED  a guest reached something that Cairn does not model
 *   LOG_TRACE       what happened, for debugging; off by default
 *   LOG_HOST        the host could not do what a device needed (a full disk);
 *                   the device told the guest in its way
 *
 * Every line belongs to an agent (a device or core by name). Guest and
 * unmodelled lines are limited per place: the first few are printed, the rest
 * counted. With strict set, the first unmodelled line fails the run.
 * One log per machine; engine thread only.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_kind { LOG_GUEST, LOG_UNMODELLED, LOG_TRACE, LOG_HOST, LOG_KINDS };

/* Receives one finished line without a line end. */
typedef void log_sink(void *context, enum log_kind kind, const char *line);

struct log {
    log_sink *sink; /* NULL: lines are only counted */
    void *context;
    uint64_t (*now_ns)(void *clock); /* NULL: lines carry no time */
    void *clock;
    bool enabled[LOG_KINDS];
    bool strict;
    uint64_t count[LOG_KINDS];
    /* private: lines already printed per hashed place */
    uint16_t repeats[2048];
};

/* Enables all but trace lines, and no sink. */
void log_init(struct log *log);
const char *log_kind_name(enum log_kind kind);

/* place tells repeats apart (a register offset, a pc): lines of the same kind,
 * agent and place are printed LOG_REPEATS times and then counted silently. */
enum { LOG_REPEATS = 4 };
void log_write(struct log *log, enum log_kind kind, const char *agent,
               uint64_t place, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* True when strict is set and something unmodelled was met. */
static inline bool log_failed(const struct log *log)
{
    return log->strict && log->count[LOG_UNMODELLED] != 0;
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Counting what is left of a run, and saying why it stopped. */
#include "session/limits.h"

#include <errno.h>
#include <stdio.h>

#include "base/assert.h"
#include "host/time.h"

enum {
    NS_PER_INSTRUCTION = 100,
    RESETS_LEAST = 20000,
    INSTRUCTIONS_PER_RESET = 1000000,
};

static uint64_t sum(uint64_t one, uint64_t other)
{
    return other > UINT64_MAX - one ? UINT64_MAX : one + other;
}

void session_limits_begin(struct session_limits *limits,
                          struct cairn_machine *machine, uint64_t instructions,
                          uint64_t virtual_ns, bool watched)
{
    uint64_t time_ns = instructions > UINT64_MAX / NS_PER_INSTRUCTION
                           ? UINT64_MAX
                           : instructions * NS_PER_INSTRUCTION;
    bool shorter =
        virtual_ns != 0 && (instructions == 0 || virtual_ns < time_ns);
    time_ns = shorter ? virtual_ns : time_ns;
    uint64_t resets_max = instructions / INSTRUCTIONS_PER_RESET;
    assert(machine != NULL);
    *limits = (struct session_limits){
        .machine = machine,
        .instructions = instructions,
        .end = sum(cairn_instructions(machine, NULL), instructions),
        .time_ns = time_ns,
        .end_ns = sum(cairn_time_ns(machine), time_ns),
        .raises = shorter ? "--max-time" : "--max-instructions",
        .resets_max = watched                     ? UINT64_MAX
                      : resets_max > RESETS_LEAST ? resets_max
                                                  : RESETS_LEAST,
    };
}

bool session_limits_put(const struct session_limits *limits,
                        struct cairn_until *until)
{
    assert(limits->machine != NULL);
    uint64_t done = cairn_instructions(limits->machine, NULL);
    until->limit_ns = limits->time_ns != 0 ? limits->end_ns : 0;
    if (limits->instructions == 0) {
        return true;
    }
    until->instructions = limits->end > done ? limits->end - done : 0;
    return until->instructions != 0;
}

bool session_limits_is_late(const struct session_limits *limits)
{
    return limits->time_ns != 0 &&
           cairn_time_ns(limits->machine) >= limits->end_ns;
}

bool session_limits_reset(struct session_limits *limits)
{
    assert(limits->resets <= limits->resets_max);
    if (limits->resets == limits->resets_max) {
        return false;
    }
    limits->resets++;
    (void)cairn_reset(limits->machine);
    return true;
}

/* Names the limit, and the state of the machine, which may be why it struck. */
static int limit(const struct session_limits *limits, struct cairn_error *error,
                 const char *what, const char *raises)
{
    const char *state = cairn_standstill(limits->machine);
    snprintf(error->text, sizeof(error->text),
             "the limit of %s was reached%s%s; %s raises it", what,
             state[0] ? ": " : "", state, raises);
    return -ETIMEDOUT;
}

int session_limits_judge(const struct session_limits *limits,
                         enum cairn_stop stop, struct cairn_error *error)
{
    struct cairn_machine *machine = limits->machine;
    char what[80];
    switch (stop) {
    case CAIRN_STOP_BUDGET:
        snprintf(what, sizeof(what), "%llu instructions",
                 (unsigned long long)limits->instructions);
        return limit(limits, error, what, "--max-instructions");
    case CAIRN_STOP_TIME:
        snprintf(what, sizeof(what), "%.*f ms of virtual time",
                 limits->time_ns % 1000000 != 0 ? 6 : 0,
                 (double)limits->time_ns / 1e6);
        return limit(limits, error, what, limits->raises);
    case CAIRN_STOP_RESET:
        snprintf(what, sizeof(what), "%llu resets",
                 (unsigned long long)limits->resets);
        return limit(limits, error, what, "--max-instructions");
    case CAIRN_STOP_IDLE:
        snprintf(error->text, sizeof(error->text), "%s",
                 cairn_standstill(machine));
        return -EDEADLK;
    case CAIRN_STOP_UNMODELLED:
        snprintf(error->text, sizeof(error->text),
                 "an unmodelled feature was accessed (strict)");
        return -EOPNOTSUPP;
    default:
        return 0;
    }
}

/* ---- The host's time ----------------------------------------------------- */

void session_timeout_begin(struct session_timeout *timeout, uint64_t host_ns)
{
    *timeout = (struct session_timeout){
        .end_ns = host_ns != 0 ? sum(host_time_ns(), host_ns) : 0};
}

bool session_timeout_is_over(struct session_timeout *timeout)
{
    timeout->over = timeout->over ||
                    (timeout->end_ns != 0 && host_time_ns() >= timeout->end_ns);
    return timeout->over;
}

int session_timeout_judge(const struct cairn_machine *machine, uint64_t host_ns,
                          struct cairn_error *error)
{
    snprintf(error->text, sizeof(error->text),
             "--timeout: %.3f s of the host's time were over at instruction "
             "%llu; another run may end elsewhere",
             (double)host_ns / 1e9,
             (unsigned long long)cairn_instructions(machine, NULL));
    return -ETIMEDOUT;
}

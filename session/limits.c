/* SPDX-License-Identifier: Apache-2.0 */
/* Counting what is left of a run, and saying why it stopped. */
#include "session/limits.h"

#include <errno.h>
#include <stdio.h>

#include "base/assert.h"

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
                          struct cairn_machine *machine, uint64_t instructions)
{
    uint64_t time_ns = instructions > UINT64_MAX / NS_PER_INSTRUCTION
                           ? UINT64_MAX
                           : instructions * NS_PER_INSTRUCTION;
    uint64_t resets_max = instructions / INSTRUCTIONS_PER_RESET;
    assert(machine != NULL);
    *limits = (struct session_limits){
        .machine = machine,
        .instructions = instructions,
        .end = sum(cairn_instructions(machine, NULL), instructions),
        .time_ns = time_ns,
        .end_ns = sum(cairn_time_ns(machine), time_ns),
        .resets_max = resets_max > RESETS_LEAST ? resets_max : RESETS_LEAST,
    };
}

bool session_limits_put(const struct session_limits *limits,
                        struct cairn_until *until)
{
    assert(limits->machine != NULL);
    uint64_t done = cairn_instructions(limits->machine, NULL);
    if (limits->instructions == 0) {
        return true;
    }
    until->instructions = limits->end > done ? limits->end - done : 0;
    until->limit_ns = limits->end_ns;
    return until->instructions != 0;
}

bool session_limits_is_late(const struct session_limits *limits)
{
    return limits->instructions != 0 &&
           cairn_time_ns(limits->machine) >= limits->end_ns;
}

bool session_limits_reset(struct session_limits *limits)
{
    assert(limits->instructions == 0 || limits->resets <= limits->resets_max);
    if (limits->instructions != 0 && limits->resets == limits->resets_max) {
        return false;
    }
    limits->resets++;
    (void)cairn_reset(limits->machine);
    return true;
}

/* What a limit struck may be a sign of what the machine does. */
static int limit(const struct session_limits *limits, struct cairn_error *error,
                 const char *what)
{
    const char *state = cairn_standstill(limits->machine);
    snprintf(error->text, sizeof(error->text),
             "the limit of %s was reached%s%s; --max-instructions raises it",
             what, state[0] ? ": " : "", state);
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
        return limit(limits, error, what);
    case CAIRN_STOP_TIME:
        snprintf(what, sizeof(what), "%llu ms of virtual time",
                 (unsigned long long)limits->time_ns / 1000000);
        return limit(limits, error, what);
    case CAIRN_STOP_RESET:
        snprintf(what, sizeof(what), "%llu resets",
                 (unsigned long long)limits->resets);
        return limit(limits, error, what);
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

/* SPDX-License-Identifier: Apache-2.0 */
/* Verbs that any board understands. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "platform/agent/agent.h"

/* A value as messages and variables show it. */
static int set_number(struct agent *agent, const char *name, uint64_t value)
{
    char text[24];
    snprintf(text, sizeof(text), "0x%08llx", (unsigned long long)value);
    return agent_set(agent, name, text);
}

/* ---- Variables and flow -------------------------------------------------- */

static int set(struct agent *agent, char **words, unsigned count)
{
    struct buffer value = {0};
    for (unsigned i = 1; i < count; i++) {
        buffer_print(&value, "%s%s", i > 1 ? " " : "", words[i]);
    }
    int result = agent_set(agent, words[0], buffer_text(&value));
    buffer_fini(&value);
    return result;
}

static int set_default(struct agent *agent, char **words, unsigned count)
{
    return agent_get(agent, words[0]) ? 0 : set(agent, words, count);
}

static int stop(struct agent *agent, char **words, unsigned count)
{
    agent->stopped = true;
    return 0;
}

static int user(struct agent *agent, char **words, unsigned count)
{
    uint64_t value;
    int result = agent_number(agent, words[0], &value);
    if (result == 0 && value > UINT32_MAX) {
        return agent_fail(agent, -EINVAL, "a user id has 32 bits");
    }
    if (result == 0) {
        agent->user = (uint32_t)value;
        agent->service->user = (uint32_t)value;
    }
    return result;
}

/* ---- Lines and running --------------------------------------------------- */

static int power(struct agent *agent, char **words, unsigned count)
{
    cairn_power(agent->machine);
    return 0;
}

static int line(struct agent *agent, char **words, unsigned count)
{
    uint64_t level;
    int result = agent_number(agent, words[1], &level);
    if (result) {
        return result;
    }
    result = cairn_line_set(agent->machine, words[0], (uint32_t)level);
    return result ? agent_fail(agent, -EINVAL, "no input line '%s'", words[0])
                  : 0;
}

static int reset_line(struct agent *agent, const char *line, bool asserted)
{
    int result = cairn_reset_line(agent->machine, line, asserted);
    switch (result) {
    case 0:
        return 0;
    case -EAGAIN:
        return agent_fail(agent, result, "the power is off");
    case -EPERM:
        return agent_fail(agent, result, "no registers assert and release '%s'",
                          line);
    default:
        return agent_fail(agent, -EINVAL, "no reset line '%s'", line);
    }
}

static int assert_line(struct agent *agent, char **words, unsigned count)
{
    return reset_line(agent, words[0], true);
}

static int release(struct agent *agent, char **words, unsigned count)
{
    return reset_line(agent, words[0], false);
}

/* "within N [instructions]" at words[at], or nothing. */
static int parse_within(struct agent *agent, char **words, unsigned count,
                        unsigned at, uint64_t *limit)
{
    *limit = 0;
    if (at == count) {
        return 0;
    }
    bool unit = at + 3 == count && strcmp(words[at + 2], "instructions") == 0;
    if (strcmp(words[at], "within") != 0 || (at + 2 != count && !unit)) {
        return agent_fail(agent, -EINVAL,
                          "expected 'within N instructions', not '%s'",
                          words[at]);
    }
    int result = agent_number(agent, words[at + 1], limit);
    if (result == 0 && *limit == 0) {
        return agent_fail(agent, -EINVAL, "within 0 instructions");
    }
    return result;
}

static int wait_line(struct agent *agent, char **words, unsigned count)
{
    struct cairn_until until = {
        .size = sizeof(struct cairn_until), .line = words[0], .level = 1};
    unsigned at = 1;
    uint32_t now;
    int result = 0;
    if (cairn_line_get(agent->machine, words[0], &now)) {
        return agent_fail(agent, -EINVAL, "no line '%s'", words[0]);
    }
    if (at < count && words[at][0] == '=') {
        uint64_t level;
        result = agent_number(agent, words[at] + 1, &level);
        until.level = (uint32_t)level;
        at++;
    }
    if (result == 0) {
        result = parse_within(agent, words, count, at, &until.instructions);
    }
    if (result) {
        return result;
    }
    char *doing = xasprintf("waiting for %s = %u", words[0], until.level);
    result = agent_run(agent, &until, doing);
    free(doing);
    return result;
}

static int run(struct agent *agent, char **words, unsigned count)
{
    if (count == 2 && strcmp(words[1], "instructions") != 0) {
        return agent_fail(agent, -EINVAL, "expected 'run N instructions'");
    }
    struct cairn_until until = {.size = sizeof(struct cairn_until)};
    int result = agent_number(agent, words[0], &until.instructions);
    return result || until.instructions == 0
               ? result
               : agent_run(agent, &until, "running");
}

/* Until a core is about to run an instruction. */
static int until_address(struct agent *agent, char **words, unsigned count)
{
    struct cairn_until until = {.size = sizeof(struct cairn_until),
                                .core = words[0]};
    int result = agent_number(agent, words[1], &until.address);
    if (result == 0) {
        result = parse_within(agent, words, count, 2, &until.instructions);
    }
    return result ? result : agent_run(agent, &until, "waiting for an address");
}

/* ---- The bus ------------------------------------------------------------- */

static int write_value(struct agent *agent, char **words, unsigned count)
{
    uint64_t address;
    uint64_t value;
    int result = agent_address(agent, words[0], &address, NULL);
    for (unsigned i = 1; i < count && result == 0; i++) {
        result = agent_number(agent, words[i], &value);
        if (result == 0) {
            result =
                agent_write(agent, address + 4ull * (i - 1), (uint32_t)value);
        }
    }
    return result;
}

static int read_value(struct agent *agent, char **words, unsigned count)
{
    uint64_t address;
    uint32_t value;
    if (count == 2 || (count == 3 && strcmp(words[1], "->") != 0)) {
        return agent_fail(agent, -EINVAL, "expected 'read ADDRESS -> NAME'");
    }
    int result = agent_address(agent, words[0], &address, NULL);
    if (result == 0) {
        result = agent_read(agent, address, &value);
    }
    if (result == 0 && count == 3) {
        result = set_number(agent, words[2], value);
    }
    return result;
}

/* ADDRESS VALUE [MASK] */
static int expect(struct agent *agent, char **words, unsigned count)
{
    uint64_t address;
    uint64_t wanted;
    uint64_t mask = UINT32_MAX;
    uint32_t value = 0;
    int result = agent_address(agent, words[0], &address, NULL);
    result = result ? result : agent_number(agent, words[1], &wanted);
    if (result == 0 && count == 3) {
        result = agent_number(agent, words[2], &mask);
    }
    result = result ? result : agent_read(agent, address, &value);
    if (result == 0 && ((value ^ wanted) & mask) != 0) {
        return agent_fail(agent, -EPROTO, "%s is 0x%08x, expected 0x%08x%s%s",
                          words[0], value, (uint32_t)wanted,
                          count == 3 ? " under mask " : "",
                          count == 3 ? words[2] : "");
    }
    return result;
}

/* The bus must refuse: ADDRESS is read, or written with VALUE. */
static int refuse(struct agent *agent, char **words, unsigned count)
{
    uint64_t address;
    uint64_t value = 0;
    int result = agent_address(agent, words[0], &address, NULL);
    if (result == 0 && count == 2) {
        result = agent_number(agent, words[1], &value);
    }
    if (result) {
        return result;
    }
    result = count == 2 ? cairn_bus_write(agent->machine, "soc", agent->user,
                                          address, 4, value)
                        : cairn_bus_read(agent->machine, "soc", agent->user,
                                         address, 4, &value);
    return result == -EFAULT
               ? 0
               : agent_fail(agent, -EPROTO, "%s: no bus error", words[0]);
}

/* ADDRESS MASK VALUE [within N [instructions]] */
static int poll(struct agent *agent, char **words, unsigned count)
{
    uint64_t address;
    uint64_t mask;
    uint64_t wanted;
    struct agent_wait wait = {0};
    int result = agent_address(agent, words[0], &address, NULL);
    result = result ? result : agent_number(agent, words[1], &mask);
    result = result ? result : agent_number(agent, words[2], &wanted);
    result = result ? result : parse_within(agent, words, count, 3, &wait.left);
    if (result) {
        return result;
    }
    wait.left = wait.left ? wait.left : agent->budget;
    char *doing =
        xasprintf("polling %s for 0x%08x", words[0], (uint32_t)wanted);
    for (;;) {
        uint32_t value;
        result = agent_read(agent, address, &value);
        if (result || ((value ^ wanted) & mask) == 0) {
            break;
        }
        result = agent_slice(agent, &wait, doing);
        if (result) {
            break;
        }
    }
    free(doing);
    return result;
}

/* ---- Conditions ---------------------------------------------------------- */

static bool is_set(const struct agent *agent, const char *name)
{
    const char *value = agent_get(agent, name);
    return value && *value;
}

static int if_set(struct agent *agent, char **words, unsigned count)
{
    return is_set(agent, words[0]) ? agent_do(agent, words + 1, count - 1) : 0;
}

static int unless_set(struct agent *agent, char **words, unsigned count)
{
    return is_set(agent, words[0]) ? 0 : agent_do(agent, words + 1, count - 1);
}

static int if_is(struct agent *agent, char **words, unsigned count)
{
    const char *value = agent_get(agent, words[0]);
    return value && strcmp(value, words[1]) == 0
               ? agent_do(agent, words + 2, count - 2)
               : 0;
}

static int require(struct agent *agent, char **words, unsigned count)
{
    const char *value = agent_get(agent, words[0]);
    return value && strcmp(value, words[1]) == 0
               ? 0
               : agent_fail(agent, -EPROTO, "%s is '%s', expected '%s'",
                            words[0], value ? value : "", words[1]);
}

#define MANY UINT32_MAX

const struct agent_verb agent_verbs[] = {
    {"set",     1, MANY, "set NAME VALUE...",                  set          },
    {"default", 1, MANY, "default NAME VALUE...",              set_default  },
    {"if",      2, MANY, "if NAME VERB...",                    if_set       },
    {"unless",  2, MANY, "unless NAME VERB...",                unless_set   },
    {"if-is",   3, MANY, "if-is NAME VALUE VERB...",           if_is        },
    {"require", 2, 2,    "require NAME VALUE",                 require      },
    {"stop",    0, 0,    "stop",                               stop         },
    {"user",    1, 1,    "user ID",                            user         },
    {"power",   0, 0,    "power",                              power        },
    {"line",    2, 2,    "line INPUT LEVEL",                   line         },
    {"assert",  1, 1,    "assert LINE",                        assert_line  },
    {"release", 1, 1,    "release LINE",                       release      },
    {"wait",    1, 5,    "wait LINE [=LEVEL] [within N]",      wait_line    },
    {"run",     1, 2,    "run N instructions",                 run          },
    {"until",   2, 5,    "until CORE ADDRESS [within N]",      until_address},
    {"write",   2, MANY, "write ADDRESS VALUE...",             write_value  },
    {"read",    1, 3,    "read ADDRESS [-> NAME]",             read_value   },
    {"expect",  2, 3,    "expect ADDRESS VALUE [MASK]",        expect       },
    {"refuse",  1, 2,    "refuse ADDRESS [VALUE]",             refuse       },
    {"poll",    3, 6,    "poll ADDRESS MASK VALUE [within N]", poll         },
    {NULL,      0, 0,    NULL,                                 NULL         },
};

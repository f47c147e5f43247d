/* SPDX-License-Identifier: Apache-2.0 */
/* Words, variables, files and lines of a script, and the running of the
 * machine between them. */
#include "platform/agent/agent.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "host/ending.h"
#include "host/file.h"
#include "platform/machine/callback.h"
#include "platform/machine/sized.h"

/* Bounds of what a script may ask of the host. A response of the mailbox has up
 * to 512 KiB as text. */
enum {
    FILE_MAX = 16 << 20, /* of the files that a verb names, together */
    VARIABLES_MAX = 1000,
    TEXT_MAX = 4 << 20,      /* of all variables */
    LINE_SIZE_MAX = 1 << 20, /* with the values in it */
    DEPTH_MAX = 16,          /* of conditions */
};
/* Instructions between two polls of a register: at first, and after a longer
 * wait, as for the verification of a signature. */
enum { SLICE = 100, LONG_WAIT = 10000, LONG_SLICE = 1000 };
/* Timers that are armed again and again keep a waiting machine from being idle
 * without an instruction, so time has a limit too. */
enum { NS_PER_INSTRUCTION = 100 };

static const char default_name[] = "default script";

/* ---- Messages ------------------------------------------------------------ */

int agent_fail(struct agent *agent, int code, const char *format, ...)
{
    struct buffer text = {0};
    va_list args;
    va_start(args, format);
    buffer_vprint(&text, format, args);
    va_end(args);
    error_set(&agent->error, code, "%s:%u: %s", agent->file, agent->line,
              buffer_text(&text));
    buffer_fini(&text);
    return code;
}

/* ---- Variables ----------------------------------------------------------- */

const char *agent_get(const struct agent *agent, const char *name)
{
    for (const struct agent_variable *v = agent->variables; v; v = v->next) {
        if (strcmp(v->name, name) == 0) {
            return v->value;
        }
    }
    return NULL;
}

static struct agent_variable *find_variable(const struct agent *agent,
                                            const char *name)
{
    struct agent_variable *variable = agent->variables;
    while (variable && strcmp(variable->name, name) != 0) {
        variable = variable->next;
    }
    return variable;
}

static void store(struct agent *agent, const char *name, const char *value)
{
    struct agent_variable *variable = find_variable(agent, name);
    if (!variable) {
        variable = xcalloc(1, sizeof(*variable));
        variable->name = xstrdup(name);
        variable->next = agent->variables;
        agent->variables = variable;
        agent->variable_count++;
        agent->text_size += strlen(name);
    } else {
        agent->text_size -= strlen(variable->value);
        free(variable->value);
    }
    variable->value = xstrdup(value);
    agent->text_size += strlen(value);
}

int agent_set(struct agent *agent, const char *name, const char *value)
{
    const struct agent_variable *variable = find_variable(agent, name);
    size_t more = strlen(value) + (variable ? 0 : strlen(name));
    size_t less = variable ? strlen(variable->value) : 0;
    if (!variable && agent->variable_count >= VARIABLES_MAX) {
        return agent_fail(agent, -E2BIG,
                          "variable '%s': there are %d already, the most that "
                          "a script may have",
                          name, VARIABLES_MAX);
    }
    if (agent->text_size - less + more > TEXT_MAX) {
        return agent_fail(agent, -E2BIG,
                          "variable '%s': %zu bytes are too many, all "
                          "variables may have %d",
                          name, strlen(value), TEXT_MAX);
    }
    store(agent, name, value);
    return 0;
}

static int take_variables(struct agent *agent)
{
    for (size_t i = 0; i < agent->options->variable_count; i++) {
        const char *pair = agent->options->variables[i];
        const char *equals = strchr(pair, '=');
        if (!equals || equals == pair) {
            return error_set(&agent->error, -EINVAL,
                             "variable '%s' is not NAME=VALUE", pair);
        }
        char *name = xstrndup(pair, (size_t)(equals - pair));
        store(agent, name, equals + 1);
        free(name);
    }
    return 0;
}

static void drop_variables(struct agent *agent)
{
    while (agent->variables) {
        struct agent_variable *next = agent->variables->next;
        free(agent->variables->name);
        free(agent->variables->value);
        free(agent->variables);
        agent->variables = next;
    }
}

/* ---- Words --------------------------------------------------------------- */

static int check_length(struct agent *agent, const struct buffer *line)
{
    return line->size > LINE_SIZE_MAX
               ? agent_fail(agent, -E2BIG,
                            "the line has more than %d bytes, with the values "
                            "in it",
                            LINE_SIZE_MAX)
               : 0;
}

/* Appends the line with ${NAME} replaced. */
static int substitute(struct agent *agent, const char *line, size_t length,
                      struct buffer *out)
{
    const char *end = line + length;
    while (line < end) {
        if (check_length(agent, out)) {
            return -E2BIG;
        }
        if (end - line < 2 || line[0] != '$' || line[1] != '{') {
            buffer_append(out, line++, 1);
            continue;
        }
        const char *close = memchr(line, '}', (size_t)(end - line));
        if (!close) {
            return agent_fail(agent, -EINVAL, "'${' without '}'");
        }
        char *name = xstrndup(line + 2, (size_t)(close - line - 2));
        const char *value = agent_get(agent, name);
        int result = 0;
        if (value) {
            buffer_append(out, value, strlen(value));
        } else {
            result =
                agent_fail(agent, -EINVAL, "variable '%s' is not set", name);
        }
        free(name);
        if (result) {
            return result;
        }
        line = close + 1;
    }
    return check_length(agent, out);
}

/* Cuts text into words in place; words has room for half of its length. */
static int cut_words(struct agent *agent, char *text, char **words,
                     unsigned *count)
{
    *count = 0;
    char *at = text;
    for (;;) {
        at += strspn(at, " \t\r");
        if (*at == '\0' || *at == '#') {
            return 0;
        }
        char *end;
        if (*at == '"') {
            end = strchr(++at, '"');
            if (!end) {
                return agent_fail(agent, -EINVAL, "a quote is not closed");
            }
        } else {
            end = at + strcspn(at, " \t\r");
        }
        words[(*count)++] = at;
        at = *end ? end + 1 : end;
        *end = '\0';
    }
}

int agent_number(struct agent *agent, const char *word, uint64_t *value)
{
    char *end;
    errno = 0;
    *value = strtoull(word, &end, 0);
    if (!isdigit((unsigned char)word[0]) || *end || errno) {
        return agent_fail(agent, -EINVAL, "'%s' is not a number", word);
    }
    return 0;
}

/* ---- Files --------------------------------------------------------------- */

/* One that the caller handed over counts for as much as one that is read. */
static int append_file(struct agent *agent, const struct cairn_image *file,
                       struct buffer *bytes)
{
    if (bytes->size != 0 && bytes->size + file->size > FILE_MAX) {
        return agent_fail(agent, -EFBIG,
                          "file '%s': %zu bytes more than %zu are too many, "
                          "the limit is %d",
                          file->memory, file->size, bytes->size, FILE_MAX);
    }
    buffer_append(bytes, file->bytes, file->size);
    return 0;
}

int agent_file(struct agent *agent, const char *name, struct buffer *bytes)
{
    for (size_t i = 0; i < agent->options->file_count; i++) {
        const struct cairn_image *file = &agent->options->files[i];
        if (strcmp(file->memory, name) == 0) {
            return append_file(agent, file, bytes);
        }
    }
    const char *folder = agent->options->folder;
    size_t room = bytes->size < FILE_MAX ? FILE_MAX - bytes->size : 0;
    char *path = name[0] == '/' || !folder ? xstrdup(name)
                                           : xasprintf("%s/%s", folder, name);
    struct error cause = {""};
    int result = file_read(path, room, bytes, &cause);
    if (result) {
        agent_fail(agent, -EINVAL, "%s", cause.text);
    }
    free(path);
    return result ? -EINVAL : 0;
}

/* ---- The bus and time ---------------------------------------------------- */

int agent_read(struct agent *agent, uint64_t address, uint32_t *value)
{
    uint64_t wide = 0;
    int result =
        cairn_bus_read(agent->machine, "soc", agent->user, address, 4, &wide);
    *value = (uint32_t)wide;
    return result
               ? agent_fail(agent, result == -EFAULT ? -EPROTO : result,
                            "read of 0x%08llx: %s", (unsigned long long)address,
                            result == -EFAULT ? "bus error" : strerror(-result))
               : 0;
}

int agent_write(struct agent *agent, uint64_t address, uint32_t value)
{
    int result =
        cairn_bus_write(agent->machine, "soc", agent->user, address, 4, value);
    return result
               ? agent_fail(agent, result == -EFAULT ? -EPROTO : result,
                            "write of 0x%08x to 0x%08llx: %s", value,
                            (unsigned long long)address,
                            result == -EFAULT ? "bus error" : strerror(-result))
               : 0;
}

/* The error of a wait that ended: the time that ran out is its own, or the
 * script's. */
static int expire(struct agent *agent, uint64_t own, const char *doing)
{
    return agent->budget == 0
               ? agent_fail(agent, -ETIME,
                            "%s: the limit of %llu instructions, or of the "
                            "time of so many, was reached",
                            doing, (unsigned long long)agent->limit)
               : agent_fail(agent, -ETIMEDOUT,
                            "%s: not within %llu instructions, or the time of "
                            "so many",
                            doing, (unsigned long long)own);
}

/* Why cairn_run came back, as the script's result. */
static int judge(struct agent *agent, enum cairn_stop stop, const char *doing)
{
    switch (stop) {
    case CAIRN_STOP_IDLE:
        return agent_fail(agent, -EDEADLK, "%s: %s", doing,
                          cairn_standstill(agent->machine));
    case CAIRN_STOP_UNMODELLED:
        return agent_fail(agent, -EOPNOTSUPP,
                          "%s: an unmodelled feature was accessed (strict)",
                          doing);
    case CAIRN_STOP_REQUESTED:
        return agent_fail(agent, -EINTR, "%s: stopped", doing);
    default:
        return 0;
    }
}

/* Processors that wait use up time, not instructions: a wait that lasted to its
 * end has cost all that it was given. */
static void pay(struct agent *agent, uint64_t given, uint64_t ran, bool over)
{
    uint64_t cost = over ? given : ran;
    agent->budget -= cost < agent->budget ? cost : agent->budget;
}

static uint64_t time_of(const struct agent *agent, uint64_t instructions)
{
    uint64_t now = cairn_time_ns(agent->machine);
    return instructions > (UINT64_MAX - now) / NS_PER_INSTRUCTION
               ? UINT64_MAX
               : now + instructions * NS_PER_INSTRUCTION;
}

int agent_run(struct agent *agent, const struct cairn_until *until,
              const char *doing)
{
    struct cairn_until left = *until;
    bool waits = until->line || until->core;
    if (!until->instructions || until->instructions > agent->budget) {
        left.instructions = agent->budget;
    }
    if (agent->budget == 0) {
        return expire(agent, 0, doing);
    }
    if (ending_signal() != 0) {
        return judge(agent, CAIRN_STOP_REQUESTED, doing);
    }
    /* Without anything to wait for time is what is to pass. */
    *(waits ? &left.limit_ns : &left.time_ns) =
        time_of(agent, left.instructions);
    agent->service->watching = waits;
    uint64_t before = cairn_instructions(agent->machine, NULL);
    const struct agent_service *service = agent->service;
    enum cairn_stop stop = service->run
                               ? service->run(service->run_context, &left)
                               : cairn_run(agent->machine, &left);
    bool over = stop == CAIRN_STOP_BUDGET || stop == CAIRN_STOP_TIME;
    pay(agent, left.instructions,
        cairn_instructions(agent->machine, NULL) - before, over);
    agent->service->watching = false;
    if (waits && agent->service->fault && stop == CAIRN_STOP_REQUESTED) {
        struct buffer why = {0};
        agent_explain_fault(agent, &why);
        int result =
            agent_fail(agent, -EPROTO, "%s: %s", doing, buffer_text(&why));
        buffer_fini(&why);
        return result;
    }
    if (!over) {
        return judge(agent, stop, doing);
    }
    bool all = until->instructions && until->instructions == left.instructions;
    return !waits && all ? 0 : expire(agent, left.instructions, doing);
}

int agent_slice(struct agent *agent, struct agent_wait *wait, const char *doing)
{
    uint64_t length = wait->waited < LONG_WAIT ? SLICE : LONG_SLICE;

    if (wait->left == 0) {
        return expire(agent, wait->waited, doing);
    }
    const struct cairn_until slice = {
        .size = sizeof(struct cairn_until),
        .instructions = wait->left < length ? wait->left : length,
    };
    wait->left -= slice.instructions;
    wait->waited += slice.instructions;
    return agent_run(agent, &slice, doing);
}

/* ---- Verbs --------------------------------------------------------------- */

static const struct agent_verb *find_verb(const char *name)
{
    const struct agent_verb *const tables[] = {
        agent_verbs, agent_caliptra_verbs, agent_fuse_verbs};
    for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
        for (const struct agent_verb *verb = tables[i]; verb->name; verb++) {
            if (strcmp(verb->name, name) == 0) {
                return verb;
            }
        }
    }
    return NULL;
}

int agent_do(struct agent *agent, char **words, unsigned count)
{
    const struct agent_verb *verb = find_verb(words[0]);
    if (!verb) {
        return agent_fail(agent, -EINVAL, "unknown verb '%s'", words[0]);
    }
    if (count - 1 < verb->least || count - 1 > verb->most) {
        return agent_fail(agent, -EINVAL, "expected '%s'", verb->synopsis);
    }
    if (agent->depth >= DEPTH_MAX) {
        return agent_fail(agent, -E2BIG, "more than %d verbs in one",
                          DEPTH_MAX);
    }
    agent->depth++;
    int result = verb->run(agent, words + 1, count - 1);
    agent->depth--;
    return result;
}

static int do_line(struct agent *agent, const char *line, size_t length,
                   const char *verb)
{
    struct buffer text = {0};
    char **words = NULL;
    unsigned count = 0;
    int result = substitute(agent, line, length, &text);
    if (result == 0) {
        char *copy = xstrdup(buffer_text(&text));
        words = xcalloc(text.size + 2, sizeof(*words));
        words[0] = (char *)(uintptr_t)verb;
        unsigned shift = verb ? 1 : 0;
        result = cut_words(agent, copy, words + shift, &count);
        if (result == 0 && count) {
            result = agent_do(agent, words, count + shift);
        }
        free(copy);
    }
    free(words);
    buffer_fini(&text);
    return result;
}

/* True if an earlier run did this line, of which a snapshot told. */
static bool is_done(const struct agent *agent, const char *text)
{
    static const char always[] = "default ";
    return agent->resume && agent->file == default_name &&
           agent->line <= agent->service->line &&
           strncmp(text, always, strlen(always)) != 0;
}

static void note_done(struct agent *agent)
{
    if (agent->file == default_name && agent->line > agent->service->line) {
        agent->service->line = agent->line;
    }
}

int agent_lines(struct agent *agent, const char *text, const char *name,
                const char *verb)
{
    const char *file = agent->file;
    unsigned line = agent->line;
    int result = 0;
    agent->file = name;
    agent->line = 0;
    while (*text && result == 0 && !agent->stopped) {
        size_t length = strcspn(text, "\n");
        agent->line++;
        if (!is_done(agent, text)) {
            result = do_line(agent, text, length, verb);
        }
        if (result == 0) {
            note_done(agent);
        }
        text += length + (text[length] == '\n');
    }
    agent->file = file;
    agent->line = line;
    return result;
}

static int run_script(struct agent *agent)
{
    const struct cairn_agent_options *options = agent->options;
    if (options->resume) {
        agent->user = agent->service->user;
        return agent->service->line ? agent_lines(agent, agent_default_script,
                                                  default_name, NULL)
                                    : 0;
    }
    agent->service->user = agent->user;
    agent->service->line = 0;
    if (!options->script) {
        return agent_lines(agent, agent_default_script, default_name, NULL);
    }
    return agent_lines(agent, options->script,
                       options->script_name ? options->script_name : "script",
                       NULL);
}

static int run_agent(struct cairn_machine *machine,
                     const struct cairn_agent_options *options,
                     struct cairn_error *error)
{
    struct cairn_agent_options own;
    int result =
        sized_take(&own, sizeof(own), options, "cairn_agent_options", error);
    if (result != 0) {
        return result;
    }
    struct agent agent = {
        .machine = machine,
        .options = &own,
        .limit =
            own.instructions ? own.instructions : AGENT_INSTRUCTIONS_DEFAULT,
        .user = 1,
        .resume = own.resume,
        .service = agent_service(machine),
    };
    agent.budget = agent.limit;
    result = take_variables(&agent);
    if (result == 0) {
        result = run_script(&agent);
    }
    drop_variables(&agent);
    if (result && error) {
        snprintf(error->text, sizeof(error->text), "%s", agent.error.text);
    }
    return result;
}

int cairn_agent_run(struct cairn_machine *machine,
                    const struct cairn_agent_options *options,
                    struct cairn_error *error)
{
    return MACHINE_CALL(machine, error, run_agent(machine, options, error));
}

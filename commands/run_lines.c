/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of `cairn run`: --press, and --reset-at. */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "commands/run_request.h"

/* The level of a line, of 32 bits; one below 0 as its two's complement. */
static bool parse_level(const char *text, uint32_t *level)
{
    const bool negative = text[0] == '-';
    uint64_t value = 0;

    if (!command_parse_number(negative ? text + 1 : text, &value) ||
        value > (negative ? (uint64_t)INT32_MAX + 1 : UINT32_MAX)) {
        return false;
    }
    *level = (uint32_t)(negative ? 0 - value : value);
    return true;
}

/* LINE@TIME, or LINE=VALUE@TIME. */
static bool parse_press(struct run_request *request, const char *text,
                        struct session_press *press)
{
    const char *at = strrchr(text, '@');
    const char *equals = strchr(text, '=');
    const char *end = equals && at && equals < at ? equals : at;

    if (!at || end == text || !command_parse_time(at + 1, &press->time_ns)) {
        return false;
    }
    press->line = run_request_cut(request, text, end);
    press->sets = end != at;
    return !press->sets ||
           parse_level(run_request_cut(request, end + 1, at), &press->value);
}

int run_request_set_presses(struct run_request *request)
{
    const struct arguments *arguments = request->arguments;
    size_t count = arguments_count(arguments, "press");
    request->presses = xcalloc(count + 1, sizeof(*request->presses));
    for (size_t i = 0; i < count; i++) {
        const char *text = arguments_nth(arguments, "press", i);
        if (!parse_press(request, text, &request->presses[i])) {
            return command_misuse(arguments,
                                  "option '--press': '%s' is not "
                                  "LINE[=VALUE]@TIME, for example power@5s",
                                  text);
        }
    }
    request->options.presses = request->presses;
    request->options.press_count = count;
    return COMMAND_DONE;
}

/* LINE@INSTRUCTION[+TIME] */
static bool parse_reset(struct run_request *request, const char *text,
                        struct cairn_reset_at *reset)
{
    const char *at = strrchr(text, '@');
    if (!at || at == text) {
        return false;
    }
    const char *end = at + strcspn(at, "+");
    const char *place = run_request_cut(request, at + 1, end);
    reset->line = run_request_cut(request, text, at);
    if (*end == '+' && (!command_parse_time(end + 1, &reset->release_ns) ||
                        reset->release_ns == 0)) {
        return false;
    }
    return command_parse_number(place, &reset->instructions);
}

int run_request_set_resets(struct run_request *request)
{
    const struct arguments *arguments = request->arguments;
    size_t count = arguments_count(arguments, "reset-at");
    request->resets = xcalloc(count + 1, sizeof(*request->resets));
    for (size_t i = 0; i < count; i++) {
        const char *text = arguments_nth(arguments, "reset-at", i);
        if (!parse_reset(request, text, &request->resets[i])) {
            return command_misuse(arguments,
                                  "option '--reset-at': '%s' is not "
                                  "LINE@INSTRUCTION[+TIME], for example "
                                  "mcu_reset.line0@4000000+10us",
                                  text);
        }
    }
    request->options.resets = request->resets;
    request->options.reset_count = count;
    return COMMAND_DONE;
}

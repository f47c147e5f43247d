/* SPDX-License-Identifier: Apache-2.0 */
#include "session/power_cut.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/buffer.h"

/* Where boards keep what their firmware writes, in order of preference: the
 * boot MCU's serial flash, firmware's variables. */
static const char *const flashes[] = {"mcu_nor", "nor1"};

/* One number up to any of the delimiters; moves on to it. */
static bool take_number(const char **text, const char *delimiters,
                        uint32_t *value)
{
    size_t length = strcspn(*text, delimiters);
    char *digits = strndup(*text, length);
    uint64_t number = 0;
    bool good = command_parse_number(digits, &number) && number <= UINT32_MAX;

    free(digits);
    *value = (uint32_t)number;
    *text += length;
    return good;
}

static bool parse(struct session_power_cut *cut, const char *text)
{
    if (!take_number(&text, ":@", &cut->operation) || cut->operation == 0) {
        return false;
    }
    if (*text == ':') {
        text++;
        if (!take_number(&text, "@", &cut->byte)) {
            return false;
        }
    }
    if (*text == '@') {
        text++;
        return take_number(&text, "", &cut->seed);
    }
    return *text == '\0';
}

int session_power_cut_load(struct session_power_cut *cut,
                           const struct arguments *arguments,
                           struct run_output *output)
{
    const char *text = arguments_value(arguments, "power-cut");

    cut->output = output;
    cut->asked = text != NULL;
    if (text && !parse(cut, text)) {
        return command_misuse(arguments,
                              "option '--power-cut': '%s' is not "
                              "OPERATION[:BYTE][@SEED], for example 12:100@7",
                              text);
    }
    return COMMAND_DONE;
}

static void power_changed(void *context, uint32_t level)
{
    struct session_power_cut *cut = context;
    cut->lost = cut->lost || level != 0;
}

static int set(const struct session_power_cut *cut, const char *input,
               uint32_t level)
{
    char *name = xasprintf("%s.%s", cut->flash, input);
    int result = cairn_line_set(cut->machine, name, level);
    free(name);
    return result;
}

static bool plan(struct session_power_cut *cut)
{
    char *lost = xasprintf("%s.power_lost", cut->flash);
    bool good = set(cut, "cut_operation", cut->operation) == 0 &&
                set(cut, "cut_byte", cut->byte) == 0 &&
                set(cut, "cut_seed", cut->seed) == 0 &&
                cairn_line_watch(cut->machine, lost, power_changed, cut) == 0;

    free(lost);
    return good;
}

int session_power_cut_plan(struct session_power_cut *cut,
                           struct cairn_machine *machine,
                           struct cairn_error *error)
{
    cut->machine = machine;
    for (size_t i = 0; cut->asked && i < ARRAY_SIZE(flashes); i++) {
        cut->flash = flashes[i];
        if (plan(cut)) {
            return 0;
        }
    }
    cut->flash = NULL;
    if (!cut->asked) {
        return 0;
    }
    snprintf(error->text, sizeof(error->text),
             "option '--power-cut': the board has neither flash mcu_nor nor "
             "nor1");
    return -ENOENT;
}

static void say(const struct session_power_cut *cut, const char *text)
{
    char *line = xasprintf("run: power: %s: %s", cut->flash, text);
    run_output_say(cut->output, line);
    free(line);
}

bool session_power_cut_again(struct session_power_cut *cut)
{
    if (!cut->lost) {
        return false;
    }
    char *text = xasprintf("lost in operation %u, on again", cut->operation);
    say(cut, text);
    free(text);
    cairn_power(cut->machine);
    cut->lost = false;
    cut->done = true;
    return true;
}

void session_power_cut_finish(const struct session_power_cut *cut)
{
    uint32_t operations = 0;

    if (!cut->flash || cut->done) {
        return;
    }
    char *line = xasprintf("%s.operations", cut->flash);
    (void)cairn_line_get(cut->machine, line, &operations);
    char *text = xasprintf("never lost: %u operations, none is number %u",
                           operations, cut->operation);
    say(cut, text);
    free(text);
    free(line);
}

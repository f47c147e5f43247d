/* SPDX-License-Identifier: Apache-2.0 */
/* Arming the flash device that cuts its own power, and powering on again. */
#include "session/power_cut.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/buffer.h"

static void power_changed(void *context, uint32_t level)
{
    struct session_cut *cut = context;
    cut->lost = cut->lost || level != 0;
}

static int set(const struct session_cut *cut, const char *input, uint32_t level)
{
    char *name = xasprintf("%s.%s", cut->flash, input);
    int result = cairn_line_set(cut->machine, name, level);
    assert(cut->machine != NULL && cut->flash != NULL);
    free(name);
    return result;
}

static bool plan(struct session_cut *cut)
{
    char *lost = xasprintf("%s.power_lost", cut->flash);
    bool good = set(cut, "cut_operation", cut->plan.operation) == 0 &&
                set(cut, "cut_byte", cut->plan.byte) == 0 &&
                set(cut, "cut_seed", cut->plan.seed) == 0 &&
                cairn_line_watch(cut->machine, lost, power_changed, cut) == 0;

    free(lost);
    return good;
}

int session_cut_plan(struct session_cut *cut, struct cairn_machine *machine,
                     const char *flash, struct cairn_error *error)
{
    cut->machine = machine;
    if (cut->plan.operation == 0) {
        return 0;
    }
    cut->flash = flash;
    if (flash && plan(cut)) {
        return 0;
    }
    cut->flash = NULL;
    snprintf(error->text, sizeof(error->text),
             "option '--power-cut': the board has no flash whose power can be "
             "cut");
    return -ENOENT;
}

bool session_cut_again(struct session_cut *cut)
{
    if (!cut->lost) {
        return false;
    }
    assert(cut->flash != NULL && cut->plan.operation != 0);
    session_say(cut->observer, "power: %s: lost in operation %u, on again",
                cut->flash, cut->plan.operation);
    cairn_power(cut->machine);
    cut->lost = false;
    cut->done = true;
    return true;
}

int session_cut_judge(const struct session_cut *cut, int code,
                      struct cairn_error *error)
{
    uint32_t operations = 0;
    char text[200];

    if (!cut->flash || cut->done) {
        return code;
    }
    char *line = xasprintf("%s.operations", cut->flash);
    (void)cairn_line_get(cut->machine, line, &operations);
    free(line);
    if (operations == cut->plan.operation) {
        snprintf(text, sizeof(text),
                 "%s: never lost: operation %u, the last, ends before byte %u",
                 cut->flash, operations, cut->plan.byte);
    } else {
        snprintf(text, sizeof(text),
                 "%s: never lost: %u operations, none is number %u", cut->flash,
                 operations, cut->plan.operation);
    }
    session_say(cut->observer, "power: %s", text);
    if (code != 0) {
        return code;
    }
    snprintf(error->text, sizeof(error->text), "--power-cut: %s", text);
    return -ENOMSG;
}

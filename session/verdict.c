/* SPDX-License-Identifier: Apache-2.0 */
/* Comparing the events of a run with what it was for. */
#include "session/verdict.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The goals of each end, as cairn_reached knows it, and what is said of it;
 * NULL: nothing, and what the goal says. */
static const struct {
    const char *goal;
    const char *chain_goal; /* on a board with a boot MCU */
    const char *text;
} ends[] = {
    [SESSION_END_SCRIPT] = {"runtime",   NULL,          NULL                    },
    [SESSION_END_OWN_SCRIPT] = {"power",     NULL,          "the script ended well" },
    [SESSION_END_DEBUGGER] = {NULL,        NULL,          "the debugger left"     },
    [SESSION_END_OFF] = {"off",       "application", "the guest ended well"  },
    [SESSION_END_PRINTED] = {"processor", NULL,
                            "the guest printed what was expected"               },
    [SESSION_END_LEFT] = {NULL,        NULL,          "the user ended the run"},
    [SESSION_END_IDLE] = {"processor", "application", "all processors wait"   },
};

/* Adds that no firmware was given, if the ROM waits for it. */
static void add_cause(const struct session_verdict *run,
                      struct cairn_error *words)
{
    size_t length = strlen(words->text);
    if (!run->has_firmware && !run->has_chain &&
        cairn_reached(run->machine, "firmware-ready", NULL) == 0 &&
        cairn_reached(run->machine, "fmc", NULL) != 0) {
        snprintf(words->text + length, sizeof(words->text) - length,
                 "; no firmware was given (--firmware)");
    }
}

static bool is_script(enum session_end end)
{
    return end == SESSION_END_SCRIPT || end == SESSION_END_OWN_SCRIPT;
}

int session_verdict(const struct session_verdict *run,
                    struct cairn_error *words)
{
    struct cairn_error unwanted = {""};
    bool asked = run->until && is_script(run->end);
    const char *goals[] = {
        asked ? run->until : ends[run->end].goal,
        run->has_chain ? ends[run->end].chain_goal : NULL,
        run->has_capsule ? "update" : NULL,
    };
    words = words ? words : &unwanted;
    for (size_t i = 0; i < sizeof(goals) / sizeof(goals[0]); i++) {
        int code = goals[i] ? cairn_reached(run->machine, goals[i], words) : 0;
        if (code != 0) {
            add_cause(run, words);
            return code;
        }
    }
    if (ends[run->end].text) {
        snprintf(words->text, sizeof(words->text), "%s", ends[run->end].text);
    }
    return 0;
}

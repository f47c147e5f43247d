/* SPDX-License-Identifier: Apache-2.0 */
/* From options, fuses and firmware to the variables of a script. */
#include "session/variables.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/buffer.h"
#include "trust/caliptra/bundle.h"
#include "trust/caliptra/fuses.h"

/* Bit of the security state beside the life cycle; and room for the variables
 * that are made here. */
enum { DEBUG_LOCKED = 4, OWN = 8 };

static int security_state(const struct session_options *options,
                          const struct session_start *start, uint32_t *state,
                          struct session_error *why)
{
    struct fuses fuses;
    struct error error = {""};
    const char *name = options->fuses ? options->fuses : "part.fuses";
    fuses_init(&fuses);
    if (start->fuses.size && fuses_parse(&fuses, name, start->fuses.bytes,
                                         start->fuses.size, &error)) {
        return session_failure(why, NULL, "%s", error.text);
    }
    if (options->has_life_cycle) {
        fuses.life_cycle = options->life_cycle;
    }
    bool locked = fuses.debug_locked && !options->debug_unlocked;
    *state = fuses.life_cycle | (locked ? DEBUG_LOCKED : 0);
    return 0;
}

static void set(struct session_variables *variables, const char *name,
                const char *value)
{
    assert(variables->count < variables->room);
    variables->list[variables->count++] = xasprintf("%s=%s", name, value);
}

static void set_entry(struct session_variables *variables,
                      const struct session_start *start)
{
    struct caliptra_bundle bundle;
    char number[24];
    if (start->firmware.size &&
        caliptra_bundle_read(&bundle, start->firmware.bytes,
                             start->firmware.size, NULL) == 0 &&
        bundle.fmc.inside) {
        snprintf(number, sizeof(number), "0x%08x",
                 bundle.fmc.entry->entry_point);
        set(variables, "FMC_ENTRY", number);
    }
}

int session_variables_make(struct session_variables *variables,
                           const struct session_options *options,
                           const struct session_start *start,
                           struct session_error *error)
{
    size_t count = options->variable_count;
    uint32_t state = 0;
    char number[24];
    assert(variables->list == NULL && variables->count == 0);
    variables->room = count + OWN;
    variables->list = xcalloc(variables->room, sizeof(*variables->list));
    int code = security_state(options, start, &state, error);
    if (code) {
        return code;
    }
    snprintf(number, sizeof(number), "%u", state);
    set(variables, "SECURITY_STATE", number);
    snprintf(number, sizeof(number), "%llu", (unsigned long long)options->seed);
    set(variables, "SEED", number);
    set(variables, "UNTIL",
        options->until ? options->until
        : options->gdb ? "reset"
                       : "runtime");
    if (start->firmware.size) {
        set(variables, "FIRMWARE", "firmware.bundle");
    }
    if (start->fuses.size) {
        set(variables, "FUSES", "part.fuses");
    }
    set_entry(variables, start);
    for (size_t i = 0; i < count; i++) {
        variables->list[variables->count++] = xstrdup(options->variables[i]);
    }
    return 0;
}

void session_variables_until(struct session_variables *variables,
                             const char *goal)
{
    set(variables, "UNTIL", goal);
}

void session_variables_fini(struct session_variables *variables)
{
    for (size_t i = 0; i < variables->count; i++) {
        free(variables->list[i]);
    }
    free(variables->list);
}

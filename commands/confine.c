/* SPDX-License-Identifier: Apache-2.0 */
/* Collects the files that the arguments name, and enters the sandbox with
 * them. */
#include "commands/confine.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "host/sandbox.h"

void confine_reader(const struct arguments *arguments)
{
    size_t most = arguments->operand_count + arguments->given.count;
    struct sandbox_place *places = xcalloc(most + 1, sizeof(*places));
    struct sandbox sandbox = {.places = places};
    if (!command_owns_process()) {
        free(places);
        return;
    }
    for (size_t i = 0; i < arguments->operand_count; i++) {
        places[sandbox.place_count++] =
            (struct sandbox_place){arguments->operands[i], SANDBOX_READ};
    }
    for (size_t i = 0; i < arguments->given.count; i++) {
        const struct given *given = &arguments->given.list[i];
        if (given->value && strstr(given->option->argument, "FILE")) {
            places[sandbox.place_count++] =
                (struct sandbox_place){given->value, SANDBOX_READ};
        }
    }
    /* Leaks are looked for there, in builds that do. */
    places[sandbox.place_count++] =
        (struct sandbox_place){"/proc/self", SANDBOX_READ};
    sandbox_enter(&sandbox);
    free(places);
}

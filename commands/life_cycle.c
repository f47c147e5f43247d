/* SPDX-License-Identifier: Apache-2.0 */
/* The life cycles that a part can be in, by their names. */
#include "commands/life_cycle.h"

#include <string.h>

#include "base/bits.h"
#include "trust/caliptra/fuses.h"

void life_cycle_take(const struct arguments *arguments,
                     struct session_options *options)
{
    static const struct {
        const char *name;
        uint32_t value;
    } cycles[] = {
        {"production",    CALIPTRA_LIFECYCLE_PRODUCTION   },
        {"manufacturing", CALIPTRA_LIFECYCLE_MANUFACTURING},
        {"unprovisioned", CALIPTRA_LIFECYCLE_UNPROVISIONED},
    };
    const char *cycle = arguments_value(arguments, "lifecycle");
    for (size_t i = 0; cycle && i < ARRAY_SIZE(cycles); i++) {
        if (strcmp(cycles[i].name, cycle) == 0) {
            options->has_life_cycle = true;
            options->life_cycle = cycles[i].value;
        }
    }
}

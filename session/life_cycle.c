/* SPDX-License-Identifier: Apache-2.0 */
/* The life cycles that a part can be in, by their names. */
#include "session/life_cycle.h"

#include <string.h>

#include "base/bits.h"
#include "trust/caliptra/fuses.h"

void session_life_cycle_take(const char *cycle, struct session_options *options)
{
    static const struct {
        const char *name;
        uint32_t value;
    } cycles[] = {
        {"production",    CALIPTRA_LIFECYCLE_PRODUCTION   },
        {"manufacturing", CALIPTRA_LIFECYCLE_MANUFACTURING},
        {"unprovisioned", CALIPTRA_LIFECYCLE_UNPROVISIONED},
    };
    for (size_t i = 0; cycle && i < ARRAY_SIZE(cycles); i++) {
        if (strcmp(cycles[i].name, cycle) == 0) {
            options->has_life_cycle = true;
            options->life_cycle = cycles[i].value;
        }
    }
}

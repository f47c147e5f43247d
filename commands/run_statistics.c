/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/run_statistics.h"

#include <inttypes.h>

static double ratio(uint64_t a, uint64_t b)
{
    return b == 0 ? 0 : (double)a / (double)b;
}

void run_statistics(const struct cairn_machine *machine, FILE *out)
{
    struct cairn_engine_statistics s;

    cairn_engine_statistics(machine, &s);
    const struct {
        const char *name;
        uint64_t value;
    } figures[] = {
        {"instructions", cairn_instructions(machine, NULL)},
        {"blocks compiled",              s.blocks                       },
        {"instructions in them",              s.instructions},
        {"bytes of host code",              s.bytes                         },
        {"flushes of all code",              s.flushes},
        {"entries",              s.entries                                     },
        {"jumps aimed",              s.links},
        {"exits for the run loop",              s.left                          },
        {"exits at a budget's end",              s.cut},
        {"exits for missing code",              s.missed                           },
        {"exits for a step",              s.stepped},
    };

    for (size_t i = 0; i < sizeof(figures) / sizeof(*figures); i++) {
        fprintf(out, "  %-26s %" PRIu64 "\n", figures[i].name,
                figures[i].value);
    }
    fprintf(out, "  %-26s %.1f\n", "bytes an instruction",
            ratio(s.bytes, s.instructions));
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/embedded.h"

#include <string.h>

#include "base/bits.h"

/* Of embedded.S. */
extern const uint8_t embedded_rom[];
extern const uint8_t embedded_rom_end[];
extern const uint8_t embedded_bundle[];
extern const uint8_t embedded_bundle_end[];
extern const uint8_t embedded_fuses[];
extern const uint8_t embedded_fuses_end[];

bool embedded_find(const char *name, struct embedded_file *file)
{
    static const struct {
        const char *name;
        const uint8_t *start;
        const uint8_t *end;
    } table[] = {
        {"rom.bin",         embedded_rom,    embedded_rom_end   },
        {"firmware.bundle", embedded_bundle, embedded_bundle_end},
        {"part.fuses",      embedded_fuses,  embedded_fuses_end },
    };
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        if (strcmp(table[i].name, name) == 0) {
            *file = (struct embedded_file){
                .name = table[i].name,
                .bytes = table[i].start,
                .size = (size_t)(table[i].end - table[i].start),
            };
            return true;
        }
    }
    return false;
}

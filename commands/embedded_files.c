/* SPDX-License-Identifier: Apache-2.0 */
/* Files that embedded.S brings into the program, by their names. */
#include "commands/embedded.h"

#include <string.h>

#include "base/bits.h"

/* Symbols of embedded.S. */
#define EMBEDDED(name)                                                         \
    extern const uint8_t embedded_##name[];                                    \
    extern const uint8_t embedded_##name##_end[]
EMBEDDED(rom);
EMBEDDED(bundle);
EMBEDDED(bundle_2);
EMBEDDED(bundle_2_lms);
EMBEDDED(fuses);
EMBEDDED(flash);
EMBEDDED(array);
EMBEDDED(mcu);
EMBEDDED(ast2700);
EMBEDDED(ast2700_array);
EMBEDDED(ast2700_mcu);

bool embedded_find(const char *name, struct cairn_image *file)
{
    static const struct {
        const char *name;
        const uint8_t *start;
        const uint8_t *end;
    } table[] = {
        {"rom.bin",               embedded_rom,           embedded_rom_end          },
        {"firmware.bundle",       embedded_bundle,        embedded_bundle_end       },
        {"firmware-2.bundle",     embedded_bundle_2,      embedded_bundle_2_end     },
        {"firmware-2-lms.bundle", embedded_bundle_2_lms,
         embedded_bundle_2_lms_end                                                  },
        {"part.fuses",            embedded_fuses,         embedded_fuses_end        },
        {"trust.img.gz",          embedded_flash,         embedded_flash_end        },
        {"trust.fuses",           embedded_array,         embedded_array_end        },
        {"mcu.bin",               embedded_mcu,           embedded_mcu_end          },
        {"ast2700.img.gz",        embedded_ast2700,       embedded_ast2700_end      },
        {"ast2700.fuses",         embedded_ast2700_array, embedded_ast2700_array_end},
        {"ast2700-mcu.bin",       embedded_ast2700_mcu,   embedded_ast2700_mcu_end  },
    };
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        if (strcmp(table[i].name, name) == 0) {
            *file = (struct cairn_image){
                .memory = table[i].name,
                .bytes = table[i].start,
                .size = (size_t)(table[i].end - table[i].start),
            };
            return true;
        }
    }
    return false;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that the program carries: what `cairn run` boots when told nothing.
 * embedded.S and embedded_files.c hold them in cairn; in cairn-bare, which is
 * what packs them, and in tests, embedded_none.c says that there are none.
 */
#ifndef COMMANDS_EMBEDDED_H
#define COMMANDS_EMBEDDED_H

#include <stdbool.h>

#include "include/cairn/cairn.h"

/*
 * Fills *file, whose field memory is its name; false when the program does not
 * carry it. Names, as boards have them in cairn,carried: "rom.bin",
 * "firmware.bundle", "part.fuses" of a lone root of trust; "firmware-2.bundle",
 * "firmware-2-lms.bundle" of one of 2.x; "mcu.bin", "trust.img.gz",
 * "trust.fuses" of board trust; "ast2700-mcu.bin", "ast2700.img.gz",
 * "ast2700.fuses" of board ast2700.
 */
bool embedded_find(const char *name, struct cairn_image *file);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* `cairn inspect` of an image that MCUboot starts: see trust/mcuboot/. */
#ifndef COMMANDS_INSPECT_MCUBOOT_H
#define COMMANDS_INSPECT_MCUBOOT_H

#include "base/buffer.h"
#include "commands/command.h"

/* Prints the file at path, and with --verify the verdict on it; an exit
 * code. */
int inspect_mcuboot(const struct arguments *arguments, const char *path,
                    const struct buffer *file);

#endif

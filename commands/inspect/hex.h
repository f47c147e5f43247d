/* SPDX-License-Identifier: Apache-2.0 */
/* `cairn inspect` of Intel HEX, and of the MCUboot images in it. */
#ifndef COMMANDS_INSPECT_HEX_H
#define COMMANDS_INSPECT_HEX_H

#include <stdbool.h>

#include "base/buffer.h"
#include "commands/command.h"

/* True if the file starts with the head of a record. */
bool hex_recognise(const void *bytes, size_t size);

/* Prints addresses and images, and with --verify the verdict on these: an exit
 * code. */
int inspect_hex(const struct arguments *arguments, const char *path,
                const struct buffer *file);

#endif

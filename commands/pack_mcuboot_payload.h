/* SPDX-License-Identifier: Apache-2.0 */
/* The program that `cairn pack mcuboot` puts into an image. */
#ifndef COMMANDS_PACK_MCUBOOT_PAYLOAD_H
#define COMMANDS_PACK_MCUBOOT_PAYLOAD_H

#include <stddef.h>

#include "base/buffer.h"
#include "commands/command.h"

/*
 * Reads a program of up to limit bytes into *payload, which the caller frees
 * whatever is returned. *own becomes the number of leading bytes that were
 * headers of an ELF file; they read as zeros. Returns COMMAND_DONE, or
 * COMMAND_FAILED after a complaint.
 */
int mcuboot_payload_read(const struct arguments *arguments, const char *path,
                         size_t limit, struct buffer *payload, size_t *own);

#endif

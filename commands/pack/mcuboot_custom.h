/* SPDX-License-Identifier: Apache-2.0 */
/* TLVs of the vendor, as options of `cairn pack mcuboot` give them. */
#ifndef COMMANDS_PACK_MCUBOOT_CUSTOM_H
#define COMMANDS_PACK_MCUBOOT_CUSTOM_H

#include "base/buffer.h"
#include "commands/command.h"
#include "trust/mcuboot/write.h"

/*
 * Reads each --custom-tlv TAG=VALUE into *pack, which points into *values from
 * then on; the caller frees *values whatever is returned. Returns COMMAND_DONE,
 * or COMMAND_MISUSED after a complaint.
 */
int mcuboot_custom_read(const struct arguments *arguments,
                        struct mcuboot_pack *pack, struct buffer *values);

#endif

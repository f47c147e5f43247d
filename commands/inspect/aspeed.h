/* SPDX-License-Identifier: Apache-2.0 */
/* `cairn inspect` of what an AST2700 boots: see trust/aspeed/. */
#ifndef COMMANDS_INSPECT_ASPEED_H
#define COMMANDS_INSPECT_ASPEED_H

#include "base/buffer.h"
#include "commands/command.h"
#include "trust/aspeed/flash.h"
#include "trust/caliptra/fuses.h"

/* Prints the file at path, and with --verify the verdict on it; an exit code.
 */
int inspect_aspeed_flash(const struct arguments *arguments, const char *path,
                         const struct buffer *file);

/* Defined in inspect.c: changes fuses as --with-fuses and the hashes ask for,
 * and says which key hashes the user named; an exit code after a complaint. */
int inspect_choose_fuses(const struct arguments *arguments, struct fuses *fuses,
                         struct caliptra_named *named);

#endif

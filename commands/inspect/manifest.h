/* SPDX-License-Identifier: Apache-2.0 */
/* `cairn inspect` of SoC manifests, Caliptra's and an AST2700's. */
#ifndef COMMANDS_INSPECT_MANIFEST_H
#define COMMANDS_INSPECT_MANIFEST_H

#include "base/buffer.h"
#include "commands/command.h"

/* Print the file at path, and with --verify the verdict on it; an exit code. */
int inspect_soc_manifest(const struct arguments *arguments, const char *path,
                         const struct buffer *file);
int inspect_aspeed_manifest(const struct arguments *arguments, const char *path,
                            const struct buffer *file);

#endif

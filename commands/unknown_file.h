/* SPDX-License-Identifier: Apache-2.0 */
/* Names of files that `cairn inspect` does not explain, by their contents. */
#ifndef COMMANDS_UNKNOWN_FILE_H
#define COMMANDS_UNKNOWN_FILE_H

#include <stddef.h>

/* "an ELF file", with the command that takes it where there is one; NULL for
 * contents that are not known either. */
const char *unknown_file_name(const void *bytes, size_t size);

#endif

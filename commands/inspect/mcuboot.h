/* SPDX-License-Identifier: Apache-2.0 */
/* `cairn inspect` of MCUboot images. */
#ifndef COMMANDS_INSPECT_MCUBOOT_H
#define COMMANDS_INSPECT_MCUBOOT_H

#include "base/buffer.h"
#include "commands/command.h"
#include "trust/mcuboot/image.h"

/* The keys and values to verify images with. */
struct mcuboot_expected {
    struct mcuboot_wanted wanted;
    struct mcuboot_key *key;
    struct mcuboot_key *decrypt;
};

/* Reads the options; the caller frees *expected, whatever this returns. An exit
 * code after its complaint. */
int mcuboot_expected_read(const struct arguments *arguments,
                          struct mcuboot_expected *expected);
void mcuboot_expected_fini(struct mcuboot_expected *expected);

/* Prints an image, and with --verify the verdict on it: an exit code. */
int inspect_mcuboot(const struct arguments *arguments, const char *path,
                    const struct buffer *file);

#endif

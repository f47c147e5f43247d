/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of images, from the files that options name. */
#ifndef COMMANDS_IMAGE_KEY_H
#define COMMANDS_IMAGE_KEY_H

#include "commands/pass_phrase.h"
#include "trust/mcuboot/keys.h"

/* Reads a key, unless path is NULL; the caller destroys it. An exit code after
 * its complaint. */
int image_key_read(const struct pass_phrases *phrases, const char *path,
                   struct mcuboot_key **key);

#endif

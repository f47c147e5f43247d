/* SPDX-License-Identifier: Apache-2.0 */
/* Reads keys of images. */
#include "commands/image_key.h"

#include <openssl/crypto.h>

#include "base/buffer.h"
#include "host/file.h"

enum { KEY_LIMIT = 1 << 20 };

int image_key_read(const struct pass_phrases *phrases, const char *path,
                   struct mcuboot_key **key)
{
    const struct arguments *arguments = phrases->arguments;
    const struct pass_phrase from = pass_phrase_named(&phrases->from, path);
    struct buffer file = {0};
    struct error error = {""};
    int result = COMMAND_DONE;

    *key = NULL;
    if (path == NULL) {
        return COMMAND_DONE;
    }
    if (file_read(path, KEY_LIMIT, &file, &error) != 0) {
        result = command_failure(arguments, "%s", error.text);
    } else {
        *key = mcuboot_key_read(file.bytes, file.size, &from, &error);
        if (*key == NULL) {
            result = command_failure(arguments, "'%s': %s", path, error.text);
        }
        OPENSSL_cleanse(file.bytes, file.size);
    }
    buffer_fini(&file);
    return result;
}

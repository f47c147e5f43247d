/* SPDX-License-Identifier: Apache-2.0 */
/* Reads options of `cairn disk` that several of its commands have. */
#include "commands/disk_format.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

const struct image_type *disk_format_for(const struct arguments *arguments,
                                         const char *path)
{
    const char *format = arguments_value(arguments, "format");
    const struct image_type *raw = image_type(0);
    if (format) {
        return image_type_find(format);
    }
    for (size_t i = 1; image_type(i); i++) {
        const size_t suffix = strlen(image_type(i)->suffix);
        const size_t length = strlen(path);
        if (length > suffix &&
            strcmp(path + length - suffix, image_type(i)->suffix) == 0) {
            return image_type(i);
        }
    }
    return raw;
}

int disk_format_check_new(const struct arguments *arguments, const char *path)
{
    struct stat there;
    return !arguments_flag(arguments, "force") && lstat(path, &there) == 0
               ? command_failure(arguments, "'%s' exists (--force replaces it)",
                                 path)
               : COMMAND_DONE;
}

int disk_format_cluster_bits(const struct arguments *arguments, unsigned *bits)
{
    uint64_t size = 0;
    int result =
        arguments_number_from(arguments, "cluster-size", 4096, 2 << 20, &size);
    *bits = size == 0 ? 0 : (unsigned)__builtin_ctzll(size);
    return result != COMMAND_DONE || size == 0 || (size & (size - 1)) == 0
               ? result
               : command_misuse(arguments,
                                "option '--cluster-size': %" PRIu64
                                " is not a power of two",
                                size);
}

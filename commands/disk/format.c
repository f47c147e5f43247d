/* SPDX-License-Identifier: Apache-2.0 */
/* Reads options of `cairn disk` that several of its commands have. */
#include "commands/disk/format.h"

#include <inttypes.h>
#include <sys/stat.h>

#include "backends/image_format.h"

int disk_format_for(const struct arguments *arguments, const char *path,
                    const struct image_type **type)
{
    const char *format = arguments_value(arguments, "format");
    const char *name = format ? format : image_format_of_name(path);
    *type = image_type_find(name);
    return *type ? COMMAND_DONE
                 : command_misuse(arguments,
                                  "'%s' is %s by its name, which is not "
                                  "supported: --format says what it is to be",
                                  path, name);
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

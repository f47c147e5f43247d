/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the format of a file, by its name and by its contents. */
#include "backends/image_format.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/bits.h"

static const struct format {
    const char *name;
    const char *suffix; /* NULL: none that another row does not have */
    int place;          /* of the magic; from the end if it is negative */
    const char *magic;
    size_t magic_size;
} formats[] = {
#define FORMAT(name, suffix, place, magic)                                     \
    {name, suffix, place, magic, sizeof(magic) - 1},
#include "backends/formats.def"
#undef FORMAT
};

static const char raw[] = "raw";

const char *image_format_of_name(const char *path)
{
    const size_t length = strlen(path);
    for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
        const size_t suffix =
            formats[i].suffix ? strlen(formats[i].suffix) : length;
        if (length > suffix &&
            strcasecmp(path + length - suffix, formats[i].suffix) == 0) {
            return formats[i].name;
        }
    }
    return raw;
}

static int has_magic(struct image_file *file, const struct format *format,
                     bool *has)
{
    uint8_t bytes[32];
    const uint64_t back = format->place < 0 ? (uint64_t)-format->place : 0;
    const uint64_t at =
        format->place < 0 ? file->size - back : (uint64_t)format->place;
    *has = false;
    if (back > file->size || !in_range(at, format->magic_size, file->size)) {
        return 0;
    }
    int code = image_file_read(file, at, bytes, format->magic_size, true);
    *has = code == 0 && memcmp(bytes, format->magic, format->magic_size) == 0;
    return code;
}

int image_format_of_contents(struct image_file *file, const char **name)
{
    *name = raw;
    for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
        bool has;
        int code = has_magic(file, &formats[i], &has);
        if (code != 0) {
            return code;
        }
        if (has) {
            *name = formats[i].name;
            break;
        }
    }
    return 0;
}

static bool is(const char *one, const char *other)
{
    return strcmp(one, other) == 0;
}

int image_format_choose(struct image_file *file, const char *format,
                        const struct image_type **type, struct error *error)
{
    const char *by_name = image_format_of_name(file->path);
    const char *contents;
    *type = image_type_find(format ? format : by_name);
    if (format) {
        return *type ? 0
                     : error_set(error, -EINVAL, "'%s': no format '%s'",
                                 file->path, format);
    }
    int code = image_format_of_contents(file, &contents);
    if (code != 0) {
        return error_set(error, code, "cannot read '%s': %s", file->path,
                         strerror(-code));
    }
    if (is(by_name, contents)) {
        return *type ? 0
                     : error_set(error, -EINVAL,
                                 "'%s' is %s by its name and contents, which "
                                 "is not supported (as format raw it is the "
                                 "disk byte for byte)",
                                 file->path, by_name);
    }
    const bool ours = !is(by_name, raw) && image_type_find(by_name);
    const char *other = ours ? by_name : contents;
    const bool can_be = !is(other, raw) && image_type_find(other);
    return error_set(error, -EINVAL,
                     "'%s' is %s by its name and %s by its contents, which a "
                     "guest may have written: say which it is (format raw%s%s)",
                     file->path, by_name, contents, can_be ? " or " : "",
                     can_be ? other : "");
}

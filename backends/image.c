/* SPDX-License-Identifier: Apache-2.0 */
/* Opens an image with its chain, and calls its type. */
#include "backends/image.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "backends/image_format.h"
#include "base/assert.h"
#include "base/bits.h"
#include "base/buffer.h"

#define IMAGE(name) extern const struct image_type image_##name;
#include "backends/images.def"
#undef IMAGE

static const struct image_type *const types[] = {
#define IMAGE(name) &image_##name,
#include "backends/images.def"
#undef IMAGE
};

const struct image_type *image_type(size_t index)
{
    return index < ARRAY_SIZE(types) ? types[index] : NULL;
}

const struct image_type *image_type_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        if (strcmp(types[i]->name, name) == 0) {
            return types[i];
        }
    }
    return NULL;
}

/* ---- Chains -------------------------------------------------------------- */

int image_open_file(struct image_file *file, const struct image_type *type,
                    const struct image_options *options, struct image *above,
                    struct image **opened, struct error *error)
{
    struct image *image = xcalloc(1, sizeof(*image));
    *opened = NULL;
    image->type = type;
    image->file = *file;
    image->options = options;
    image->depth = above ? above->depth + 1 : 0;
    image->state = xcalloc(1, type->state_size + 1);
    int code = type->open(image, error);
    image->options = NULL;
    if (code != 0) {
        if (above) {
            above->told = image->told;
        }
        type->close(image);
        image_close(image->backing);
        image_file_close(&image->file);
        free(image->state);
        free(image);
        return code;
    }
    assert(image->granule_bytes != 0);
    *opened = image;
    return 0;
}

static int open_below(const char *path, const struct image_options *options,
                      struct image *above, struct image **opened,
                      struct error *error)
{
    struct image_file file;
    *opened = NULL;
    int code = image_file_open(&file, path, options->read_only, error);
    if (code != 0) {
        return code;
    }
    const struct image_type *type;
    code = image_format_choose(&file, options->format, &type, error);
    if (code != 0) {
        image_file_close(&file);
        return code;
    }
    return image_open_file(&file, type, options, above, opened, error);
}

int image_open(const char *path, const struct image_options *options,
               struct image **opened, struct error *error)
{
    return open_below(path, options, NULL, opened, error);
}

char *image_backing_path(const char *path, const char *name)
{
    const char *slash = strrchr(path, '/');
    return name[0] == '/' || !slash
               ? xstrdup(name)
               : xasprintf("%.*s/%s", (int)(slash - path), path, name);
}

/* True if both are the same file, or the first is in the folder of the second
 * or below. */
static bool may_follow(const char *path, const char *named_by,
                       const char *allowed)
{
    char *real = realpath(path, NULL);
    char *above = realpath(named_by, NULL);
    char *other = allowed ? realpath(allowed, NULL) : NULL;
    bool may = real && other && strcmp(real, other) == 0;
    if (real && above) {
        const size_t folder = (size_t)(strrchr(above, '/') + 1 - above);
        may = may || strncmp(real, above, folder) == 0;
    }
    free(real);
    free(above);
    free(other);
    return may;
}

int image_check_depth(const char *path, unsigned depth, struct error *error)
{
    enum { DEPTH_MAX = 16 };
    return depth <= DEPTH_MAX
               ? 0
               : error_set(error, -ELOOP,
                           "'%s': it is backing image %u of a chain, and the "
                           "limit is %d",
                           path, depth, DEPTH_MAX);
}

int image_open_backing(struct image *image, const char *name,
                       const char *format, struct error *error)
{
    const struct image_options *options = image->options;
    const struct image_options below = {
        .format = format,
        .backing = options->backing,
        .read_only = true,
    };
    char *path = image_backing_path(image->file.path, name);
    struct error why = {""};
    int code = image_check_depth(path, image->depth + 1, &why);
    image->told = code != 0;
    if (code == 0 && !may_follow(path, image->file.path, options->backing)) {
        code = error_set(&why, -EACCES,
                         "it is not in the image's folder, nor was it named");
    }
    if (code == 0) {
        code = open_below(path, &below, image, &image->backing, &why);
    }
    if (code != 0 && image->told) {
        error_set(error, code, "%s", why.text);
    } else if (code != 0) {
        error_set(error, code, "'%s': backing image '%s': %s", image->file.path,
                  name, why.text);
    }
    image->told = code != 0;
    free(path);
    return code;
}

char *image_backing_name(const char *path, const char *backing)
{
    char *file = realpath(backing, NULL);
    const char *slash = strrchr(path, '/');
    char *above =
        slash ? xasprintf("%.*s", (int)(slash - path + 1), path) : xstrdup(".");
    char *folder = realpath(above, NULL);
    const size_t length = folder ? strlen(folder) : 0;
    char *name =
        !file ? xstrdup(backing)
        : folder && strncmp(file, folder, length) == 0 && file[length] == '/'
            ? xstrdup(file + length + 1)
            : xstrdup(file);
    free(file);
    free(above);
    free(folder);
    return name;
}

/* The backing image's facts, and its name instead of the path. */
static int look_at_backing(const char *path, struct image_layout *layout,
                           char **name, struct error *error)
{
    const struct image_options options = {.format = layout->backing_format,
                                          .read_only = true};
    struct image *backing;
    int code = image_open(layout->backing, &options, &backing, error);
    if (!backing) {
        return code;
    }
    layout->size_bytes =
        layout->size_bytes ? layout->size_bytes : backing->size_bytes;
    layout->backing_format = backing->type->name;
    image_close(backing);
    *name = path ? image_backing_name(path, layout->backing)
                 : realpath(layout->backing, NULL);
    layout->backing = *name;
    return 0;
}

int image_create(const char *path, const struct image_type *type,
                 const struct image_layout *layout, struct image **opened,
                 struct error *error)
{
    struct image_layout wanted = *layout;
    struct image_options options = {.backing = layout->backing};
    struct image_file file = {.fd = -1};
    char *name = NULL;
    const char *called = layout->name ? layout->name : path;
    int code =
        layout->backing ? look_at_backing(called, &wanted, &name, error) : 0;
    *opened = NULL;
    if (code == 0) {
        wanted.size_bytes = (wanted.size_bytes + 511) & ~511ull;
        code = image_file_create(&file, path, called, error);
    }
    struct image_file made = {.made = file.made};
    if (code == 0) {
        code = type->create(&file, &wanted, error);
        if (code != 0) {
            image_file_close(&file);
        }
    }
    if (code == 0) {
        code = image_open_file(&file, type, &options, NULL, opened, error);
    }
    if (code != 0) {
        image_file_undo(&made, path);
    }
    free(name);
    return code;
}

int image_close(struct image *image)
{
    if (!image) {
        return 0;
    }
    int code = image_sync(image);
    image->type->close(image);
    image_close(image->backing);
    image_file_close(&image->file);
    free(image->state);
    free(image);
    return code;
}

/* ---- Contents ------------------------------------------------------------ */

const char *image_why(const struct image *image, int code)
{
    for (; image && code == -EUCLEAN; image = image->backing) {
        if (image->trouble.text[0] != '\0') {
            return image->trouble.text;
        }
    }
    return strerror(-code);
}

int image_read(struct image *image, uint64_t offset, void *bytes, size_t size,
               bool wait)
{
    const uint64_t there =
        offset < image->size_bytes ? image->size_bytes - offset : 0;
    const size_t inside = there < size ? (size_t)there : size;
    int code =
        inside == 0 ? 0 : image->type->read(image, offset, bytes, inside, wait);
    if (code == 0 && inside < size) {
        memset((uint8_t *)bytes + inside, 0, size - inside);
    }
    return code;
}

int image_write(struct image *image, uint64_t offset, const void *bytes,
                size_t size, bool wait)
{
    assert(in_range(offset, size, image->size_bytes));
    return image->type->write(image, offset, bytes, size, wait);
}

int image_zero(struct image *image, uint64_t offset, uint64_t size, bool unmap)
{
    assert(in_range(offset, size, image->size_bytes));
    return size == 0 ? 0 : image->type->zero(image, offset, size, unmap);
}

int image_sync(struct image *image)
{
    return image->file.read_only ? 0 : image->type->sync(image);
}

bool image_is_synced(struct image *image)
{
    return image->file.read_only || image->type->is_synced(image);
}

int image_run(struct image *image, uint64_t offset, uint64_t size,
              struct image_run *run)
{
    if (offset >= image->size_bytes) {
        *run = (struct image_run){IMAGE_HOLE, size, 0};
        return 0;
    }
    if (size > image->size_bytes - offset) {
        size = image->size_bytes - offset;
    }
    int code = image->type->run(image, offset, size, run);
    assert(code != 0 || (run->size != 0 && run->size <= size));
    return code;
}

int image_run_through(struct image *image, uint64_t offset, uint64_t size,
                      struct image_run *run)
{
    int code = image_run(image, offset, size, run);
    while (code == 0 && run->place == IMAGE_BACKED) {
        image = image->backing;
        if (!image) {
            run->place = IMAGE_HOLE;
            break;
        }
        code = image_run(image, offset, run->size, run);
    }
    return code;
}

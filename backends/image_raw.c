/* SPDX-License-Identifier: Apache-2.0 */
/* A disk byte for byte, with holes where nothing was written. */
#include "backends/image.h"

#include <string.h>

enum { SECTOR = 512 };

static int create_raw(struct image_file *file,
                      const struct image_layout *layout, struct error *error)
{
    if (layout->backing) {
        return error_set(error, -EINVAL, "a raw image has no backing image");
    }
    int code = image_file_resize(file, layout->size_bytes);
    return code == 0 ? 0
                     : error_set(error, code, "cannot write '%s': %s",
                                 file->path, strerror(-code));
}

static int open_raw(struct image *image, struct error *error)
{
    /* A disk has whole sectors: the last one goes on with zeros. */
    image->size_bytes = (image->file.size + SECTOR - 1) / SECTOR * SECTOR;
    image->granule_bytes = 4096;
    return 0;
}

static void close_raw(struct image *image)
{
}

static int read_raw(struct image *image, uint64_t offset, void *bytes,
                    size_t size, bool wait)
{
    return image_file_read(&image->file, offset, bytes, size, wait);
}

static int write_raw(struct image *image, uint64_t offset, const void *bytes,
                     size_t size, bool wait)
{
    int code = offset + size > image->file.size
                   ? image_file_resize(&image->file, image->size_bytes)
                   : 0;
    return code != 0
               ? code
               : image_file_write(&image->file, offset, bytes, size, wait);
}

static int zero_raw(struct image *image, uint64_t offset, uint64_t size,
                    bool unmap)
{
    const uint64_t there = image->file.size;
    if (offset >= there) {
        return 0;
    }
    return image_file_zero(&image->file, offset,
                           size < there - offset ? size : there - offset,
                           unmap);
}

static int sync_raw(struct image *image)
{
    return image_file_is_synced(&image->file) ? 0
                                              : image_file_sync(&image->file);
}

static bool is_synced_raw(struct image *image)
{
    return image_file_is_synced(&image->file);
}

static int run_raw(struct image *image, uint64_t offset, uint64_t size,
                   struct image_run *run)
{
    bool hole;
    run->size = image_file_run(&image->file, offset, size, &hole);
    run->place = hole ? IMAGE_HOLE : IMAGE_STORED;
    run->host_offset = offset;
    return 0;
}

static void describe_raw(const struct image *image, struct image_facts *facts)
{
    *facts = (struct image_facts){0};
}

const struct image_type image_raw = {
    .name = "raw",
    .create = create_raw,
    .open = open_raw,
    .close = close_raw,
    .read = read_raw,
    .write = write_raw,
    .zero = zero_raw,
    .sync = sync_raw,
    .is_synced = is_synced_raw,
    .run = run_raw,
    .describe = describe_raw,
};

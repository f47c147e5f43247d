/* SPDX-License-Identifier: Apache-2.0 */
/* "file:PATH": a disk image in a regular file (image.h), by itself or under one
 * that takes what is written. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/block.h"
#include "backends/image.h"

struct state {
    struct image *image;
};

/* ---- Overlays ------------------------------------------------------------ */

static bool is_same_file(const struct image_file *a, const struct image_file *b)
{
    struct stat first;
    struct stat second;
    return fstat(a->fd, &first) == 0 && fstat(b->fd, &second) == 0 &&
           first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

/* An overlay that is there must be over this file and no other. */
static int check_base(const struct image *overlay, const struct image *wanted,
                      struct error *error)
{
    const struct image *base = overlay->backing;
    if (!base) {
        return error_set(error, -EINVAL, "'%s' is no overlay of '%s'",
                         overlay->file.path, wanted->file.path);
    }
    if (!is_same_file(&base->file, &wanted->file)) {
        return error_set(
            error, -EINVAL, "'%s' is no overlay of '%s' but of '%s'",
            overlay->file.path, wanted->file.path, base->file.path);
    }
    return base->type == wanted->type
               ? 0
               : error_set(error, -EINVAL, "'%s' says that '%s' is %s, not %s",
                           overlay->file.path, wanted->file.path,
                           base->type->name, wanted->type->name);
}

static int open_overlay(const char *path, const char *base, const char *format,
                        struct image **image, struct error *error)
{
    const struct image_options options = {.format = "qcow2", .backing = base};
    const struct image_options below = {.format = format, .read_only = true};
    struct image *wanted = NULL;
    int code = image_open(path, &options, image, error);
    if (code == 0) {
        code = image_open(base, &below, &wanted, error);
    }
    if (code == 0) {
        code = check_base(*image, wanted, error);
    }
    image_close(wanted);
    return code;
}

static int open_over(const char *base, const struct block_options *options,
                     struct image **image, struct error *error)
{
    const struct image_layout layout = {.backing = base,
                                        .backing_format = options->format};
    if (options->read_only) {
        return error_set(error, -EINVAL,
                         "'%s' is not written, so it needs no overlay", base);
    }
    if (options->overlay && options->temporary) {
        return error_set(error, -EINVAL,
                         "'%s': an overlay is kept or it is temporary", base);
    }
    return options->overlay && access(options->overlay, F_OK) == 0
               ? open_overlay(options->overlay, base, options->format, image,
                              error)
               : image_create(options->overlay, image_type_find("qcow2"),
                              &layout, image, error);
}

/* ---- The back end -------------------------------------------------------- */

static int open_file(struct block *block, const char *operand,
                     const struct block_options *options, struct error *error)
{
    struct state *state = block->state;
    const struct image_options alone = {.format = options->format,
                                        .read_only = options->read_only};
    int code = options->overlay || options->temporary
                   ? open_over(operand, options, &state->image, error)
                   : image_open(operand, &alone, &state->image, error);
    if (code == 0) {
        block->size_bytes = state->image->size_bytes;
        block->granule_bytes = state->image->granule_bytes;
    }
    return code;
}

static void close_file(struct block *block)
{
    struct state *state = block->state;
    image_close(state->image);
}

static int move(struct block *block, const struct block_request *request,
                bool wait)
{
    struct state *state = block->state;
    return request->operation == BLOCK_READ
               ? image_read(state->image, request->offset, request->bytes,
                            (size_t)request->size, wait)
               : image_write(state->image, request->offset, request->bytes,
                             (size_t)request->size, wait);
}

static int serve_file(struct block *block, const struct block_request *request)
{
    struct state *state = block->state;
    switch (request->operation) {
    case BLOCK_READ:
    case BLOCK_WRITE:
        return move(block, request, true);
    case BLOCK_FLUSH:
        return image_sync(state->image);
    case BLOCK_DISCARD:
    case BLOCK_WRITE_ZEROES:
        return image_zero(state->image, request->offset, request->size,
                          request->operation == BLOCK_DISCARD ||
                              request->may_unmap);
    }
    return -EINVAL;
}

static int attempt_file(struct block *block,
                        const struct block_request *request)
{
    struct state *state = block->state;
    if (request->operation == BLOCK_READ || request->operation == BLOCK_WRITE) {
        return move(block, request, false);
    }
    return request->operation == BLOCK_FLUSH && image_is_synced(state->image)
               ? 0
               : -EAGAIN;
}

static const char *why_file(const struct block *block, int status)
{
    const struct state *state = block->state;
    return image_why(state->image, status);
}

const struct block_type block_file = {
    .name = "file",
    .operand = "PATH",
    .purpose = "a disk image in a regular file",
    .state_size = sizeof(struct state),
    .open = open_file,
    .close = close_file,
    .serve = serve_file,
    .attempt = attempt_file,
    .why = why_file,
};

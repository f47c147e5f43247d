/* SPDX-License-Identifier: Apache-2.0 */
/* Contents that the memories of a board start with: images that the caller
 * gives, or files that the board names (cairn,image). */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/file.h"
#include "platform/machine/machine.h"

static int take_image(struct node *node, const void *bytes, size_t size,
                      struct error *error)
{
    if (size > node->size_bytes) {
        return board_error(&node->machine->board, node->offset, NULL, error,
                           -EFBIG, "an image of %zu bytes does not fit in %llu",
                           size, (unsigned long long)node->size_bytes);
    }
    buffer_clear(&node->image);
    buffer_append(&node->image, bytes, size);
    return 0;
}

static int read_image(struct node *node, struct error *error)
{
    const struct board *board = &node->machine->board;
    const char *file = board_string(board, node->offset, "cairn,image");
    if (!file) {
        return 0;
    }
    char *path = file[0] == '/' ? xstrdup(file)
                                : xasprintf("%s/%s", board->folder, file);
    struct buffer bytes = {0};
    struct error inner = {""};
    int code = 0;
    if (access(path, F_OK) == 0 && !board_reaches(board, path)) {
        code = error_set(&inner, -EACCES, "file '%s': %s%s", path,
                         strerror(EACCES), BOARD_OUTSIDE);
    }
    code =
        code ? code : file_read(path, (size_t)node->size_bytes, &bytes, &inner);
    if (code != 0) {
        node_fail(node, "cairn,image", code, &inner, error);
    } else {
        code = take_image(node, bytes.bytes, bytes.size, error);
    }
    buffer_fini(&bytes);
    free(path);
    return code;
}

static const struct cairn_image *find_image(const struct cairn_options *options,
                                            const struct node *node)
{
    for (size_t i = 0; i < options->image_count; i++) {
        if (strcmp(options->images[i].memory, node->name) == 0) {
            return &options->images[i];
        }
    }
    return NULL;
}

/* A piece over what the memory starts with. */
static int add_piece(struct node *node, uint64_t offset,
                     const struct cairn_load *piece, struct error *error)
{
    uint8_t blank = *region_blank_page(node->region);
    size_t end = (size_t)offset + piece->size;
    if (piece->size > node->size_bytes - offset) {
        return error_set(
            error, -EFBIG,
            "file '%s': %zu bytes at 0x%llx pass the end of memory '%s' "
            "of board '%s'",
            piece->name, piece->size, (unsigned long long)piece->address,
            node->name, node->machine->board.name);
    }
    if (end > node->image.size) {
        size_t more = end - node->image.size;
        memset(buffer_grow(&node->image, more), blank, more);
    }
    memcpy(node->image.bytes + offset, piece->bytes, piece->size);
    return 0;
}

static int place_piece(struct cairn_machine *machine,
                       const struct cairn_load *piece, struct error *error)
{
    for (size_t i = 0; i < machine->node_count; i++) {
        struct node *node = &machine->nodes[i];
        uint64_t offset = piece->address;
        if (node->region &&
            (!piece->memory || strcmp(piece->memory, node->name) == 0) &&
            (piece->is_offset
                 ? offset < node->size_bytes
                 : machine_place_in(node, piece->address, &offset))) {
            return add_piece(node, offset, piece, error);
        }
    }
    return error_set(
        error, -EFAULT,
        "file '%s': %zu bytes at 0x%llx: no memory%s%s of board '%s' is "
        "there for its processors",
        piece->name, piece->size, (unsigned long long)piece->address,
        piece->memory ? " " : "", piece->memory ? piece->memory : "",
        machine->board.name);
}

/* Blank pages stay untouched: a flash is mostly erased. */
static void load_image(struct region *region, const struct buffer *image)
{
    const uint8_t *blank = region_blank_page(region);
    for (size_t at = 0; at < image->size; at += REGION_PAGE_SIZE) {
        size_t left = image->size - at;
        size_t part = left < REGION_PAGE_SIZE ? left : REGION_PAGE_SIZE;
        if (memcmp(image->bytes + at, blank, part) != 0) {
            region_load(region, at, image->bytes + at, part);
        }
    }
}

int machine_load_images(struct cairn_machine *machine,
                        const struct cairn_options *options,
                        struct error *error)
{
    for (size_t i = 0; i < options->image_count; i++) {
        const char *name = options->images[i].memory;
        if (!machine_find(machine, NODE_MEMORY, name)) {
            return error_set(error, -ENOENT, "board '%s': no memory '%s'",
                             machine->board.name, name);
        }
    }
    int code = 0;
    for (size_t i = 0; code == 0 && i < machine->node_count; i++) {
        struct node *node = &machine->nodes[i];
        if (!node->region) {
            continue;
        }
        const struct cairn_image *image = find_image(options, node);
        code = image ? take_image(node, image->bytes, image->size, error)
                     : read_image(node, error);
    }
    for (size_t i = 0; code == 0 && i < options->load_count; i++) {
        code = place_piece(machine, &options->loads[i], error);
    }
    for (size_t i = 0; code == 0 && i < machine->node_count; i++) {
        if (machine->nodes[i].region) {
            load_image(machine->nodes[i].region, &machine->nodes[i].image);
        }
    }
    return code;
}

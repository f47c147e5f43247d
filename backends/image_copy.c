/* SPDX-License-Identifier: Apache-2.0 */
/* Walks over the runs of an image: counts them, or copies what is no zeros. */
#include "backends/image_copy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/buffer.h"

enum { PIECE = 1 << 20, BLOCK = 4096 };

/* ---- Surveys ------------------------------------------------------------- */

static bool is_here(enum image_place place)
{
    return place == IMAGE_STORED || place == IMAGE_COMPRESSED;
}

/* Where a cell of the map begins: a disk has whole sectors, so cells are of
 * one size. */
static uint64_t cell_start(const struct image *image, unsigned cell)
{
    return image->size_bytes / IMAGE_MAP_CELLS * cell;
}

int image_take_survey(struct image *image, struct image_survey *survey)
{
    uint64_t here[IMAGE_MAP_CELLS] = {0};
    unsigned cell = 0;
    int code = 0;
    *survey = (struct image_survey){0};
    for (uint64_t at = 0; code == 0 && at < image->size_bytes;) {
        struct image_run run;
        while (cell_start(image, cell + 1) <= at) {
            cell++;
        }
        code = image_run(image, at, cell_start(image, cell + 1) - at, &run);
        if (code == 0) {
            survey->bytes[run.place] += run.size;
            here[cell] += is_here(run.place) ? run.size : 0;
            at += run.size;
        }
    }
    const uint64_t size = cell_start(image, 1);
    for (unsigned i = 0; i < IMAGE_MAP_CELLS; i++) {
        const uint64_t share = here[i] / (size / 254 + 1);
        survey->cells[i] = here[i] == 0      ? 0
                           : here[i] == size ? 255
                           : share == 0      ? 1
                                             : (uint8_t)share;
    }
    return code;
}

/* ---- Copies -------------------------------------------------------------- */

/* The blocks that are not zeros, as few writes as they need. */
static int write_blocks(struct image *to, uint64_t offset, const uint8_t *bytes,
                        size_t size)
{
    int code = 0;
    for (size_t at = 0; code == 0 && at < size;) {
        size_t end = at;
        while (end < size) {
            const size_t block = size - end < BLOCK ? size - end : BLOCK;
            if (all_bytes(bytes + end, block, 0)) {
                break;
            }
            end += block;
        }
        if (end != at) {
            code = image_write(to, offset + at, bytes + at, end - at, true);
        }
        at = end == at ? end + BLOCK : end;
    }
    return code;
}

static int copy_run(struct image *from, struct image *to, uint64_t offset,
                    uint8_t *bytes, size_t size, struct error *error)
{
    int code = image_read(from, offset, bytes, size, true);
    if (code != 0) {
        return error_set(error, code, "'%s': cannot read at 0x%llx: %s",
                         from->file.path, (unsigned long long)offset,
                         image_why(from, code));
    }
    code = write_blocks(to, offset, bytes, size);
    return code == 0
               ? 0
               : error_set(error, code, "'%s': cannot write at 0x%llx: %s",
                           to->file.path, (unsigned long long)offset,
                           strerror(-code));
}

int image_copy(struct image *from, struct image *to,
               bool (*progress)(void *context, uint64_t done, uint64_t all),
               void *context, struct error *error)
{
    uint8_t *bytes = xcalloc(1, PIECE);
    int code = 0;
    for (uint64_t at = 0; code == 0 && at < from->size_bytes;) {
        struct image_run run;
        uint64_t most = from->size_bytes - at;
        if (progress && !progress(context, at, from->size_bytes)) {
            code = error_set(error, -EINTR, "stopped");
            break;
        }
        code = image_run_through(from, at, most, &run);
        if (code != 0) {
            error_set(error, code, "'%s': cannot read at 0x%llx: %s",
                      from->file.path, (unsigned long long)at,
                      image_why(from, code));
        } else if (run.place != IMAGE_HOLE && run.place != IMAGE_ZERO) {
            run.size = run.size < PIECE ? run.size : PIECE;
            code = copy_run(from, to, at, bytes, (size_t)run.size, error);
        }
        at += run.size;
    }
    if (code == 0) {
        code = image_sync(to);
        if (code != 0) {
            error_set(error, code, "'%s': %s", to->file.path, strerror(-code));
        }
    }
    free(bytes);
    return code;
}

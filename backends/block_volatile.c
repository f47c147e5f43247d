/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "volatile:PATH": a regular file behind a write cache that loses its power
 * when the disk is closed. A flush writes the cache to the file; of the blocks
 * of PAGE bytes that were written since the last one, half are lost at the end,
 * each for itself, as a disk writes its cache in an order of its own and may be
 * in the middle of it. Which ones depends on what was written alone. A block is
 * what the guest sees as the physical one, so it is written as a whole or not
 * at all: ext4 with blocks of 1 KiB cannot mount after half a commit block.
 *
 * Written bytes wait at their place in pages as large as the disk, which exist
 * where they are touched, with a bit for each sector that is newer than the
 * file's. Zeroing goes to the file at once, which a cache may do.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "backends/block.h"
#include "backends/image_format.h"
#include "base/bits.h"
#include "base/buffer.h"
#include "host/memory.h"

enum {
    SECTOR = 512,
    PAGE = 4096,
    WORD = 64,
    /* Pages are given back to the host when so much was flushed. */
    RELEASE_BYTES = 64 << 20,
};

struct state {
    struct image_file file;
    pthread_mutex_t lock;
    bool locks;     /* the lock exists */
    uint8_t *bytes; /* NULL: of a read-only disk */
    size_t mapped;
    uint64_t *dirty; /* a bit for each sector */
    uint64_t sectors;
    uint64_t writes; /* selects what is lost */
    uint64_t flushed;
};

/* ---- Sectors ------------------------------------------------------------- */

static bool is_dirty(const struct state *state, uint64_t sector)
{
    return (state->dirty[sector / WORD] >> (sector % WORD) & 1) != 0;
}

/* The first dirty sector from this one on, or limit; words without one are
 * passed over as a whole. */
static uint64_t next_dirty(const struct state *state, uint64_t sector,
                           uint64_t limit)
{
    while (sector < limit && !is_dirty(state, sector)) {
        sector += state->dirty[sector / WORD] == 0 ? WORD - sector % WORD : 1;
    }
    return sector < limit ? sector : limit;
}

static uint64_t end_of_dirty(const struct state *state, uint64_t sector,
                             uint64_t limit)
{
    while (sector < limit && is_dirty(state, sector)) {
        sector++;
    }
    return sector;
}

static void set_dirty(struct state *state, uint64_t from, uint64_t to,
                      bool dirty)
{
    for (uint64_t sector = from; sector < to; sector++) {
        uint64_t bit = UINT64_C(1) << (sector % WORD);
        uint64_t *word = &state->dirty[sector / WORD];

        *word = dirty ? *word | bit : *word & ~bit;
    }
}

static int write_back(struct state *state, uint64_t from, uint64_t to)
{
    int code = image_file_write(&state->file, from * SECTOR,
                                state->bytes + from * SECTOR,
                                (size_t)((to - from) * SECTOR), true);
    if (code == 0) {
        set_dirty(state, from, to, false);
        state->flushed += (to - from) * SECTOR;
    }
    return code;
}

static int write_back_all(struct state *state)
{
    uint64_t sector = 0;
    int code = 0;

    while (code == 0 && (sector = next_dirty(state, sector, state->sectors)) <
                            state->sectors) {
        uint64_t end = end_of_dirty(state, sector, state->sectors);

        code = write_back(state, sector, end);
        sector = end;
    }
    if (code == 0 && state->flushed >= RELEASE_BYTES) {
        memory_fill(state->bytes, state->mapped, 0);
        state->flushed = 0;
    }
    return code;
}

/* ---- Requests ------------------------------------------------------------ */

static int read_both(struct state *state, const struct block_request *request,
                     bool wait)
{
    uint64_t first = request->offset / SECTOR;
    uint64_t limit = (request->offset + request->size) / SECTOR;
    int code = image_file_read(&state->file, request->offset, request->bytes,
                               (size_t)request->size, wait);

    if (code != 0 || state->bytes == NULL) {
        return code;
    }
    for (uint64_t sector = next_dirty(state, first, limit); sector < limit;) {
        uint64_t end = end_of_dirty(state, sector, limit);

        memcpy((uint8_t *)request->bytes + (sector - first) * SECTOR,
               state->bytes + sector * SECTOR,
               (size_t)((end - sector) * SECTOR));
        sector = next_dirty(state, end, limit);
    }
    return 0;
}

static void write_cache(struct state *state,
                        const struct block_request *request)
{
    uint64_t first = request->offset / SECTOR;

    memcpy(state->bytes + request->offset, request->bytes,
           (size_t)request->size);
    set_dirty(state, first, first + request->size / SECTOR, true);
    state->writes++;
}

static int zero(struct state *state, const struct block_request *request)
{
    uint64_t first = request->offset / SECTOR;
    int code = image_file_zero(&state->file, request->offset, request->size,
                               request->operation == BLOCK_DISCARD ||
                                   request->may_unmap);

    if (code == 0) {
        set_dirty(state, first, first + request->size / SECTOR, false);
    }
    return code;
}

/* With the lock held. */
static int serve_held(struct state *state, const struct block_request *request,
                      bool wait)
{
    if ((request->offset | request->size) % SECTOR != 0) {
        return -EINVAL;
    }
    switch (request->operation) {
    case BLOCK_READ:
        return read_both(state, request, wait);
    case BLOCK_WRITE:
        write_cache(state, request);
        return 0;
    case BLOCK_FLUSH:
        return !wait                  ? -EAGAIN
               : state->bytes != NULL ? write_back_all(state)
                                      : 0;
    case BLOCK_DISCARD:
    case BLOCK_WRITE_ZEROES:
        return !wait ? -EAGAIN : zero(state, request);
    }
    return -EINVAL;
}

static int serve_volatile(struct block *block,
                          const struct block_request *request)
{
    struct state *state = block->state;

    pthread_mutex_lock(&state->lock);
    int code = serve_held(state, request, true);
    pthread_mutex_unlock(&state->lock);
    return code;
}

static int attempt_volatile(struct block *block,
                            const struct block_request *request)
{
    struct state *state = block->state;

    if (pthread_mutex_trylock(&state->lock) != 0) {
        return -EAGAIN;
    }
    int code = serve_held(state, request, false);
    pthread_mutex_unlock(&state->lock);
    return code;
}

/* ---- Begin and end ------------------------------------------------------- */

static int open_raw_file(struct state *state, const char *operand,
                         const struct block_options *options,
                         struct error *error)
{
    const struct image_type *type = NULL;
    int code =
        image_file_open(&state->file, operand, options->read_only, error);

    if (code == 0) {
        code = image_format_choose(&state->file, options->format, &type, error);
    }
    if (code == 0 &&
        (options->overlay || options->temporary || type != image_type(0))) {
        code = error_set(error, -EINVAL,
                         "'volatile:%s' is a raw disk without an overlay",
                         operand);
    }
    if (code == 0 && state->file.size % SECTOR != 0) {
        code = error_set(error, -EINVAL,
                         "'volatile:%s': %llu bytes are no multiple of %d",
                         operand, (unsigned long long)state->file.size, SECTOR);
    }
    if (code != 0) {
        image_file_close(&state->file);
    }
    return code;
}

static int open_volatile(struct block *block, const char *operand,
                         const struct block_options *options,
                         struct error *error)
{
    struct state *state = block->state;
    int code = open_raw_file(state, operand, options, error);

    if (code != 0) {
        return code;
    }
    block->size_bytes = state->file.size;
    block->granule_bytes = PAGE;
    pthread_mutex_init(&state->lock, NULL);
    state->locks = true;
    state->sectors = state->file.size / SECTOR;
    if (block->read_only || state->sectors == 0) {
        return 0;
    }
    state->mapped = (size_t)((state->file.size + PAGE - 1) / PAGE * PAGE);
    state->bytes = memory_map(state->mapped, 0, error);
    state->dirty =
        xcalloc((size_t)(state->sectors / WORD + 1), sizeof(*state->dirty));
    return state->bytes != NULL ? 0 : -ENOMEM;
}

/* SplitMix64, by Steele, Lea and Flood. */
static bool survives(uint64_t page, uint64_t writes)
{
    uint64_t x = (page ^ writes << 32) * UINT64_C(0x9e3779b97f4a7c15);

    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return (x >> 63) != 0;
}

static void lose_power(struct state *state)
{
    for (uint64_t sector = next_dirty(state, 0, state->sectors);
         sector < state->sectors;
         sector = next_dirty(state, sector + 1, state->sectors)) {
        if (survives(sector * SECTOR / PAGE, state->writes)) {
            write_back(state, sector, sector + 1);
        }
    }
}

static void close_volatile(struct block *block)
{
    struct state *state = block->state;

    if (state->bytes != NULL) {
        lose_power(state);
        memory_unmap(state->bytes, state->mapped);
    }
    free(state->dirty);
    if (state->locks) {
        pthread_mutex_destroy(&state->lock);
        image_file_close(&state->file);
    }
}

const struct block_type block_volatile = {
    .name = "volatile",
    .operand = "PATH",
    .purpose =
        "a regular file behind a write cache: without a flush, half of "
        "what was written is lost at the end",
    .state_size = sizeof(struct state),
    .open = open_volatile,
    .close = close_volatile,
    .serve = serve_volatile,
    .attempt = attempt_volatile,
};

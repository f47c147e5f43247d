/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Block device (virtio 1.2, 5.2), with several queues, flush, discard, write
 * zeroes, a write cache that can be turned off, and topology. Secure erase,
 * geometry and zones are not modelled; the lifetime is "not defined".
 *
 * A request is kept in the state until the medium is done with it. It needs one
 * of VIRTIO_BLK_REQUESTS places: a queue that finds none is served when one
 * becomes free.
 */
#include "virtio/blk.h"

#include <string.h>

enum { HEADER = sizeof(struct virtio_blk_header) };
/* Data of a request of one segment less than the chain has, for header and
 * status. */
enum { SEGMENTS_MAX = VIRTIO_CHAIN_MAX - 2 };
#define RANGE_MAX UINT32_C(0x400000) /* sectors of a discard */

static const struct virtio_blk_medium *medium_of(const struct virtio *virtio)
{
    return virtio->outside;
}

static struct virtio_blk_state *state_of(const struct virtio *virtio)
{
    return (struct virtio_blk_state *)virtio->state;
}

/* ---- Configuration (5.2.3, 5.2.4) ---------------------------------------- */

static uint64_t features(const struct virtio *virtio)
{
    const struct virtio_blk_medium *medium = medium_of(virtio);

    return VIRTIO_FEATURE(VIRTIO_BLK_F_SEG_MAX) |
           VIRTIO_FEATURE(VIRTIO_BLK_F_BLK_SIZE) |
           VIRTIO_FEATURE(VIRTIO_BLK_F_FLUSH) |
           VIRTIO_FEATURE(VIRTIO_BLK_F_TOPOLOGY) |
           VIRTIO_FEATURE(VIRTIO_BLK_F_CONFIG_WCE) |
           VIRTIO_FEATURE(VIRTIO_BLK_F_LIFETIME) |
           (virtio->queues > 1 ? VIRTIO_FEATURE(VIRTIO_BLK_F_MQ) : 0) |
           (medium->read_only ? VIRTIO_FEATURE(VIRTIO_BLK_F_RO) : 0) |
           (medium->discards && !medium->read_only
                ? VIRTIO_FEATURE(VIRTIO_BLK_F_DISCARD) |
                      VIRTIO_FEATURE(VIRTIO_BLK_F_WRITE_ZEROES)
                : 0);
}

/* Completed writes are on the medium: the driver turned the cache off, or
 * knows of none (5.2.6.2). */
static bool writes_through(const struct virtio *virtio)
{
    return !virtio_has(virtio, VIRTIO_BLK_F_FLUSH) ||
           state_of(virtio)->write_through != 0;
}

static void config(const struct virtio *virtio, void *bytes)
{
    const struct virtio_blk_medium *medium = medium_of(virtio);
    const struct virtio_blk_config config = {
        .capacity = medium->size_bytes / VIRTIO_BLK_SECTOR,
        .seg_max = SEGMENTS_MAX,
        .blk_size = VIRTIO_BLK_SECTOR,
        .physical_block_exp = medium->physical_block_exp,
        .writeback = !writes_through(virtio),
        .num_queues = (uint16_t)virtio->queues,
        .max_discard_sectors = RANGE_MAX,
        .max_discard_seg = 1,
        .discard_sector_alignment = 1u << medium->physical_block_exp,
        .max_write_zeroes_sectors = RANGE_MAX,
        .max_write_zeroes_seg = 1,
        .write_zeroes_may_unmap = 1,
    };

    memcpy(bytes, &config, sizeof(config));
}

/* Only writeback, and only with CONFIG_WCE (5.2.5.1). */
static void configure(struct virtio *virtio, uint32_t offset, const void *bytes,
                      uint32_t size)
{
    const uint8_t *value = bytes;

    if (offset != offsetof(struct virtio_blk_config, writeback) || size != 1 ||
        !virtio_has(virtio, VIRTIO_BLK_F_CONFIG_WCE)) {
        virtio_fault(virtio, VIRTIO_FAULT_CONFIG_READ_ONLY, 0, offset);
        return;
    }
    state_of(virtio)->write_through = *value == 0;
}

/* ---- Ends ---------------------------------------------------------------- */

/* A failed read leaves zeros, so that the length in the used entry is true. */
static void clear_data(struct virtio *virtio, const struct virtio_chain *chain)
{
    static const uint8_t zeros[VIRTIO_BLK_SECTOR];
    const uint64_t size = chain->writable_bytes - 1;

    for (uint64_t done = 0; done < size; done += sizeof(zeros)) {
        const uint64_t left = size - done;

        if (!virtio_write(virtio, chain, done, zeros,
                          left < sizeof(zeros) ? left : sizeof(zeros))) {
            return;
        }
    }
}

static void finish(struct virtio *virtio, struct virtio_chain *chain,
                   enum virtio_blk_status status)
{
    const uint8_t byte = (uint8_t)status;

    if (status != VIRTIO_BLK_S_OK) {
        clear_data(virtio, chain);
    }
    virtio_write(virtio, chain, chain->writable_bytes - 1, &byte, 1);
    virtio_complete(virtio, chain, chain->writable_bytes);
}

/* ---- Requests (5.2.6) ---------------------------------------------------- */

static bool is_within(const struct virtio_blk_medium *medium, uint64_t sector,
                      uint64_t bytes)
{
    const uint64_t sectors = medium->size_bytes / VIRTIO_BLK_SECTOR;

    return sector <= sectors && bytes / VIRTIO_BLK_SECTOR <= sectors - sector &&
           bytes % VIRTIO_BLK_SECTOR == 0;
}

/* Either the request begins at the medium, or the result is its status. */
enum result {
    DONE = VIRTIO_BLK_S_OK,
    FAILED = VIRTIO_BLK_S_IOERR,
    UNSUPPORTED = VIRTIO_BLK_S_UNSUPP,
    BEGUN,
};

static enum result begin(struct virtio *virtio, unsigned number,
                         enum virtio_blk_operation operation, uint64_t sector,
                         uint64_t bytes)
{
    medium_of(virtio)->submit(virtio, number, operation,
                              sector * VIRTIO_BLK_SECTOR, bytes);
    return BEGUN;
}

/* ---- Reads and writes ---------------------------------------------------- */

/* The bytes that a request of that type has of data for or from the medium. */
static uint64_t data_bytes(uint32_t type, const struct virtio_chain *chain)
{
    return type == VIRTIO_BLK_T_IN    ? chain->writable_bytes - 1
           : type == VIRTIO_BLK_T_OUT ? chain->readable_bytes - HEADER
                                      : 0;
}

/* The part of them that is not moved yet. */
static uint64_t left_bytes(const struct virtio_blk_state *state,
                           unsigned number)
{
    return data_bytes(state->types[number], &state->requests[number]) -
           state->moved[number];
}

/* The size of the piece that is due or under way, when so many bytes are left.
 */
static uint64_t piece_bytes(const struct virtio_blk_medium *medium,
                            uint64_t left)
{
    const uint64_t most = medium->transfer_max;

    return most != 0 && left > most ? most : left;
}

/* Begins to move what is left. Nothing is moved if not all of it is within the
 * medium. */
static enum result move_rest(struct virtio *virtio, unsigned number,
                             uint64_t left)
{
    const struct virtio_blk_state *state = state_of(virtio);
    const struct virtio_blk_medium *medium = medium_of(virtio);
    const uint64_t sector =
        state->sectors[number] + state->moved[number] / VIRTIO_BLK_SECTOR;

    return is_within(medium, sector, left)
               ? begin(virtio, number,
                       state->types[number] == VIRTIO_BLK_T_IN
                           ? VIRTIO_BLK_READ
                           : VIRTIO_BLK_WRITE,
                       sector, piece_bytes(medium, left))
               : FAILED;
}

static enum result move(struct virtio *virtio, unsigned number,
                        const struct virtio_blk_header *header)
{
    struct virtio_blk_state *state = state_of(virtio);

    if (header->type == VIRTIO_BLK_T_OUT && medium_of(virtio)->read_only) {
        return FAILED;
    }
    state->sectors[number] = header->sector;
    return move_rest(virtio, number,
                     data_bytes(header->type, &state->requests[number]));
}

uint8_t virtio_blk_physical_exponent(uint32_t granule_bytes)
{
    uint8_t exponent = 0;

    while (exponent < 3 &&
           (VIRTIO_BLK_SECTOR << (exponent + 1)) <= (int64_t)granule_bytes) {
        exponent++;
    }
    return exponent;
}

bool virtio_blk_gather(struct virtio *virtio, unsigned number, void *bytes,
                       uint64_t size)
{
    const struct virtio_blk_state *state = state_of(virtio);

    return virtio_read(virtio, &state->requests[number],
                       HEADER + state->moved[number], bytes, size);
}

/* ---- Other requests ------------------------------------------------------ */

/* Discard and write zeroes (5.2.6.2): one range, of which only write zeroes may
 * have the flag unmap. */
static enum result change_range(struct virtio *virtio, unsigned number,
                                const struct virtio_blk_header *header)
{
    const struct virtio_chain *chain = &state_of(virtio)->requests[number];
    const struct virtio_blk_medium *medium = medium_of(virtio);
    const bool discards = header->type == VIRTIO_BLK_T_DISCARD;
    struct virtio_blk_range range;

    if (!virtio_has(virtio, discards ? VIRTIO_BLK_F_DISCARD
                                     : VIRTIO_BLK_F_WRITE_ZEROES)) {
        return UNSUPPORTED;
    }
    if (chain->readable_bytes != HEADER + sizeof(range) ||
        !virtio_read(virtio, chain, HEADER, &range, sizeof(range))) {
        return FAILED;
    }
    if ((range.flags & ~(discards ? 0u : (uint32_t)VIRTIO_BLK_UNMAP)) != 0) {
        return UNSUPPORTED;
    }
    const uint64_t bytes = (uint64_t)range.sectors * VIRTIO_BLK_SECTOR;
    if (range.sectors > RANGE_MAX || !is_within(medium, range.sector, bytes)) {
        return FAILED;
    }
    return begin(virtio, number,
                 discards                                ? VIRTIO_BLK_DISCARD
                 : (range.flags & VIRTIO_BLK_UNMAP) != 0 ? VIRTIO_BLK_UNMAP_ZERO
                                                         : VIRTIO_BLK_ZERO,
                 range.sector, bytes);
}

/* Answers what the device says of itself, as much as there is room for. */
static enum result answer(struct virtio *virtio,
                          const struct virtio_chain *chain, const void *bytes,
                          uint64_t size)
{
    const uint64_t room = chain->writable_bytes - 1;

    return virtio_write(virtio, chain, 0, bytes, size < room ? size : room)
               ? DONE
               : FAILED;
}

static enum result get_id(struct virtio *virtio,
                          const struct virtio_chain *chain)
{
    const char *serial = medium_of(virtio)->serial;
    char id[VIRTIO_BLK_ID_SIZE] = {0};

    for (unsigned i = 0; serial != NULL && i < sizeof(id) && serial[i] != '\0';
         i++) {
        id[i] = serial[i];
    }
    return answer(virtio, chain, id, sizeof(id));
}

static enum result get_lifetime(struct virtio *virtio,
                                const struct virtio_chain *chain)
{
    static const struct virtio_blk_lifetime not_defined;

    return virtio_has(virtio, VIRTIO_BLK_F_LIFETIME)
               ? answer(virtio, chain, &not_defined, sizeof(not_defined))
               : UNSUPPORTED;
}

/* ---- Beginnings ---------------------------------------------------------- */

static enum result begin_type(struct virtio *virtio, unsigned number,
                              const struct virtio_blk_header *header)
{
    const struct virtio_chain *chain = &state_of(virtio)->requests[number];

    switch (header->type) {
    case VIRTIO_BLK_T_IN:
    case VIRTIO_BLK_T_OUT:
        return move(virtio, number, header);
    case VIRTIO_BLK_T_FLUSH:
        return begin(virtio, number, VIRTIO_BLK_FLUSH, 0, 0);
    case VIRTIO_BLK_T_GET_ID:
        return get_id(virtio, chain);
    case VIRTIO_BLK_T_GET_LIFETIME:
        return get_lifetime(virtio, chain);
    case VIRTIO_BLK_T_DISCARD:
    case VIRTIO_BLK_T_WRITE_ZEROES:
        return change_range(virtio, number, header);
    default:
        return UNSUPPORTED;
    }
}

static void start(struct virtio *virtio, unsigned number)
{
    struct virtio_blk_state *state = state_of(virtio);
    struct virtio_chain *chain = &state->requests[number];
    struct virtio_blk_header header;

    if (chain->readable_bytes < HEADER || chain->writable_bytes == 0) {
        virtio_fault(virtio, VIRTIO_FAULT_REQUEST_SHORT, chain->queue,
                     chain->readable_bytes);
        chain->taken = 0;
        return;
    }
    if (!virtio_read(virtio, chain, 0, &header, sizeof(header))) {
        chain->taken = 0;
        return;
    }
    state->types[number] = header.type;
    state->moved[number] = 0;
    const enum result result = begin_type(virtio, number, &header);
    if (result != BEGUN) {
        finish(virtio, chain, (enum virtio_blk_status)result);
    }
}

static unsigned free_place(const struct virtio_blk_state *state)
{
    unsigned number = 0;

    while (number < VIRTIO_BLK_REQUESTS && state->requests[number].taken != 0) {
        number++;
    }
    return number;
}

static void serve(struct virtio *virtio, unsigned queue)
{
    struct virtio_blk_state *state = state_of(virtio);

    for (;;) {
        const unsigned number = free_place(state);

        if (number == VIRTIO_BLK_REQUESTS) {
            state->blocked |= 1u << queue;
            return;
        }
        if (!virtio_take(virtio, queue, &state->requests[number])) {
            return;
        }
        start(virtio, number);
    }
}

/* ---- Ends of requests ---------------------------------------------------- */

/* Requests that found no place have one now. The queue that had it comes last,
 * so that none waits for ever. */
static void serve_blocked(struct virtio *virtio, unsigned had)
{
    struct virtio_blk_state *state = state_of(virtio);
    const uint32_t blocked = state->blocked;

    state->blocked = 0;
    for (unsigned i = 1; i <= virtio->queues; i++) {
        const unsigned queue = (had + i) % virtio->queues;

        if ((blocked >> queue & 1) != 0) {
            virtio_serve(virtio, queue);
        }
    }
}

/* The medium is done with a piece; of a read it gave these bytes. Begins the
 * next piece, or the flush of what was written; DONE behind them. */
static enum result go_on(struct virtio *virtio, unsigned number,
                         const void *bytes, uint64_t size)
{
    struct virtio_blk_state *state = state_of(virtio);
    const uint64_t left = left_bytes(state, number);
    const uint64_t piece = piece_bytes(medium_of(virtio), left);
    const uint32_t type = state->types[number];
    const uint32_t bit = 1u << number;

    if (type == VIRTIO_BLK_T_IN &&
        (size != piece || !virtio_write(virtio, &state->requests[number],
                                        state->moved[number], bytes, size))) {
        return FAILED;
    }
    state->moved[number] += piece;
    if (left != piece) {
        return move_rest(virtio, number, left - piece);
    }
    if (type != VIRTIO_BLK_T_IN && type != VIRTIO_BLK_T_FLUSH &&
        (state->syncing & bit) == 0 && writes_through(virtio)) {
        state->syncing |= bit;
        return begin(virtio, number, VIRTIO_BLK_FLUSH, 0, 0);
    }
    return DONE;
}

void virtio_blk_done(struct virtio *virtio, unsigned number, bool succeeded,
                     const void *bytes, uint64_t size)
{
    struct virtio_blk_state *state = state_of(virtio);
    struct virtio_chain *chain = &state->requests[number];

    if (chain->taken == 0) { /* a medium that knows more than the state does */
        return;
    }
    const enum result result =
        succeeded ? go_on(virtio, number, bytes, size) : FAILED;
    if (result == BEGUN) {
        return;
    }
    state->syncing &= ~(1u << number);
    finish(virtio, chain, (enum virtio_blk_status)result);
    if (state->blocked != 0) {
        serve_blocked(virtio, chain->queue);
    }
}

/* ---- Life ---------------------------------------------------------------- */

static void drop(struct virtio *virtio, unsigned queue)
{
    struct virtio_blk_state *state = state_of(virtio);

    for (unsigned i = 0; i < VIRTIO_BLK_REQUESTS; i++) {
        struct virtio_chain *chain = &state->requests[i];

        if (chain->taken != 0 && chain->queue == queue) {
            medium_of(virtio)->cancel(virtio, i);
            state->syncing &= ~(1u << i);
            chain->taken = 0;
        }
    }
    state->blocked &= ~(1u << queue);
}

static bool possible(const struct virtio *virtio)
{
    const struct virtio_blk_state *state = state_of(virtio);

    for (unsigned i = 0; i < VIRTIO_BLK_REQUESTS; i++) {
        const struct virtio_chain *chain = &state->requests[i];

        if (!virtio_chain_is_possible(virtio, chain) ||
            (chain->taken != 0 &&
             (chain->readable_bytes < HEADER || chain->writable_bytes == 0 ||
              state->moved[i] > data_bytes(state->types[i], chain)))) {
            return false;
        }
    }
    return true;
}

const struct virtio_type virtio_blk = {
    .name = "blk",
    .title = "block device",
    .id = VIRTIO_ID_BLK,
    .queues = VIRTIO_BLK_QUEUES,
    .state_size = sizeof(struct virtio_blk_state),
    .config_size = sizeof(struct virtio_blk_config),
    .features = features,
    .config = config,
    .configure = configure,
    .serve = serve,
    .drop = drop,
    .possible = possible,
};

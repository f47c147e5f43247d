/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Data of SD cards and eMMC: from the medium, which is a disk of the session, a
 * boot partition, which is a memory of the board, or a register. Latencies are
 * those of a card of 100 MB/s.
 */
#include "devices/sd/card.h"

#include <errno.h>
#include <string.h>

#include "base/bits.h"

enum { START_NS = 100000, BYTE_NS = 10, REGISTER_NS = 20000 };

/* ---- Status -------------------------------------------------------------- */

uint32_t card_status(struct device *card, enum card_phase phase)
{
    struct card_state *state = card->state;
    uint32_t status =
        state->errors | (uint32_t)phase << 9 |
        (state->moving == 0 && state->busy == 0 ? STATUS_READY : 0) |
        (state->app != 0 ? STATUS_APPLICATION : 0);

    state->errors = 0;
    return status;
}

bool card_is_addressed(const struct card_state *state, uint32_t argument)
{
    return argument >> 16 == state->address;
}

/* CMD7: the card is selected by its own address, and by any other not. */
static bool select_card(struct device *card, uint32_t argument)
{
    struct card_state *state = card->state;
    bool mine = card_is_addressed(state, argument) && argument >> 16 != 0;

    if (mine && state->phase == CARD_STANDBY) {
        state->phase = CARD_TRANSFER;
    } else if (!mine && state->phase >= CARD_TRANSFER) {
        card_stop(card);
        state->phase = CARD_STANDBY;
    }
    return mine;
}

const uint8_t card_tuning[64] = {
    0xff, 0x0f, 0xff, 0x00, 0xff, 0xcc, 0xc3, 0xcc, 0xc3, 0x3c, 0xcc,
    0xff, 0xfe, 0xff, 0xfe, 0xef, 0xff, 0xdf, 0xff, 0xdd, 0xff, 0xfb,
    0xff, 0xfb, 0xbf, 0xff, 0x7f, 0xff, 0x77, 0xf7, 0xbd, 0xef, 0xff,
    0xf0, 0xff, 0xf0, 0x0f, 0xfc, 0xcc, 0x3c, 0xcc, 0x33, 0xcc, 0xcf,
    0xff, 0xef, 0xff, 0xee, 0xff, 0xfd, 0xff, 0xfd, 0xdf, 0xff, 0xbf,
    0xff, 0xbb, 0xff, 0xf7, 0xff, 0xf7, 0x7f, 0x7b, 0xde};

bool card_is_present(const struct device *card)
{
    return card->disk != NULL;
}

bool card_is_writable(const struct device *card)
{
    return card->disk != NULL && !card->disk->read_only;
}

bool card_is_busy(const struct device *card)
{
    const struct card_state *state = card->state;
    return state->busy != 0;
}

void card_listen(struct device *card, const struct sd_host *host)
{
    struct card_wiring *wiring = card->wiring;
    wiring->host = *host;
}

/* ---- Where data begin and end -------------------------------------------- */

static uint64_t source_size(const struct device *card)
{
    const struct card_state *state = card->state;
    const struct card_wiring *wiring = card->wiring;

    switch ((enum card_source)state->source) {
    case SOURCE_MEDIUM:
        return card->disk ? card->disk->size_bytes / SD_BLOCK * SD_BLOCK : 0;
    case SOURCE_REGION: /* its half, where offset lies */
        return wiring->boot == NULL ? 0
               : state->offset < wiring->boot->size_bytes / 2
                   ? wiring->boot->size_bytes / 2
                   : wiring->boot->size_bytes;
    case SOURCE_BYTES:
        return SD_BLOCK;
    case SOURCE_NONE:
        break;
    }
    return 0;
}

void card_send_bytes(struct device *card, struct sd_reply *reply)
{
    struct card_state *state = card->state;

    state->phase = CARD_SENDING;
    state->source = SOURCE_BYTES;
    state->offset = 0;
    state->writes = 0;
    state->limited = 1;
    state->left = 1;
    reply->data = SD_READ;
}

void card_start_medium(struct device *card, struct sd_reply *reply,
                       uint64_t offset, bool writes, bool multiple)
{
    struct card_state *state = card->state;

    uint32_t blocks = state->blocks;

    state->blocks = 0;
    state->offset = offset;
    if (offset >= source_size(card)) {
        state->errors |= STATUS_OUT_OF_RANGE;
        state->source = SOURCE_NONE;
        return;
    }
    if (writes && !card_is_writable(card)) {
        state->errors |= STATUS_WRITE_PROTECTED;
        state->source = SOURCE_NONE;
        return;
    }
    state->phase = writes ? CARD_RECEIVING : CARD_SENDING;
    state->writes = writes;
    state->limited = !multiple || blocks != 0;
    state->left = multiple ? blocks : 1;
    reply->data = writes ? SD_WRITE : SD_READ;
}

void card_stop(struct device *card)
{
    struct card_state *state = card->state;

    disk_cancel_all(card);
    timer_cancel(&card->fabric->clock, &card->timers[0]);
    state->moving = 0;
    state->busy = 0;
    state->source = SOURCE_NONE;
    if (state->phase == CARD_SENDING || state->phase == CARD_RECEIVING ||
        state->phase == CARD_PROGRAMMING) {
        state->phase = CARD_TRANSFER;
    }
}

void card_go_idle(struct device *card)
{
    struct card_state *state = card->state;

    card_stop(card);
    state->phase = CARD_IDLE;
    state->address = 0;
    state->errors = 0;
    state->app = 0;
    state->bus_width = 0;
    state->speed = 0;
    state->blocks = 0;
    state->erase_known = 0;
}

/* ---- Moves --------------------------------------------------------------- */

static int submit(struct device *card, size_t size)
{
    struct card_state *state = card->state;
    const struct disk_request request = {
        .operation = state->writes != 0 ? DISK_WRITE : DISK_READ,
        .offset = state->offset,
        .size = size,
        .latency_ns = START_NS + (uint64_t)size * BYTE_NS,
    };

    state->moving = (uint32_t)size;
    int code = disk_submit(card, 0, &request);
    if (code != 0) {
        state->moving = 0;
    }
    return code;
}

/* Data that a write to a boot partition brings is in the memory at once. */
static int gather_region(struct device *card, size_t size)
{
    const struct card_state *state = card->state;
    const struct card_wiring *wiring = card->wiring;
    uint8_t block[SD_BLOCK];

    for (size_t at = 0; at < size; at += SD_BLOCK) {
        size_t part = size - at < SD_BLOCK ? size - at : SD_BLOCK;
        int code = wiring->host.gather(wiring->host.device, block, part);
        if (code != 0) {
            return code;
        }
        region_load(wiring->boot, state->offset + at, block, part);
    }
    return 0;
}

int card_move(struct device *card, size_t size)
{
    struct card_state *state = card->state;
    struct clock *clock = &card->fabric->clock;
    bool fits = in_range(state->offset, size, source_size(card));

    if (state->moving != 0 || size == 0 || size > SD_MOVE_MAX) {
        return -EBUSY;
    }
    if (fits && state->source == SOURCE_MEDIUM && size % SD_BLOCK == 0) {
        return submit(card, size);
    }
    if (fits && state->source == SOURCE_REGION && state->writes != 0) {
        int code = gather_region(card, size);
        if (code != 0) {
            return code;
        }
    }
    state->moving = (uint32_t)size;
    timer_arm(clock, &card->timers[0], clock_now(clock) + REGISTER_NS);
    return 0;
}

/* A move ended: the card goes on, or is done. */
static void end_move(struct device *card, bool good)
{
    struct card_state *state = card->state;
    uint32_t size = state->moving;

    state->moving = 0;
    state->offset += size;
    if (!good) {
        state->errors |= STATUS_ERROR;
        return;
    }
    uint32_t blocks = (size + SD_BLOCK - 1) / SD_BLOCK;
    if (state->limited != 0) {
        state->left = blocks < state->left ? state->left - blocks : 0;
        if (state->left == 0) {
            state->source = SOURCE_NONE;
            state->phase = CARD_TRANSFER;
        }
    }
}

/* A move that was no request to the disk. */
void card_timer(struct device *card)
{
    struct card_state *state = card->state;
    const struct card_wiring *wiring = card->wiring;
    uint32_t size = state->moving;
    uint64_t offset = state->offset;
    bool good = size != 0 && state->source != SOURCE_MEDIUM &&
                in_range(offset, size, source_size(card));
    const void *bytes = NULL;

    if (!good) {
        state->errors |= STATUS_OUT_OF_RANGE;
    } else if (state->source == SOURCE_BYTES) {
        bytes = state->bytes + offset;
    } else if (state->source == SOURCE_REGION && state->writes == 0) {
        bytes = region_host(wiring->boot) + offset;
    }
    end_move(card, good);
    if (wiring->host.moved != NULL) {
        wiring->host.moved(wiring->host.device, good, bytes,
                           bytes != NULL ? size : 0);
    }
}

/* ---- The disk ------------------------------------------------------------ */

int card_gather(struct device *card, unsigned number, void *bytes, size_t size)
{
    const struct card_wiring *wiring = card->wiring;

    return wiring->host.gather != NULL
               ? wiring->host.gather(wiring->host.device, bytes, size)
               : -EFAULT;
}

void card_completed(struct device *card, unsigned number,
                    enum disk_status status, const void *bytes, size_t size)
{
    struct card_state *state = card->state;
    const struct card_wiring *wiring = card->wiring;
    bool good = status == DISK_DONE;

    if (state->busy != 0) {
        state->busy = 0;
        state->phase = CARD_TRANSFER;
        state->errors |= good ? 0 : STATUS_ERROR;
    } else {
        end_move(card, good);
    }
    if (wiring->host.moved != NULL) {
        wiring->host.moved(wiring->host.device, good, bytes, size);
    }
}

void card_start_request(struct device *card, struct sd_reply *reply,
                        const struct disk_request *request)
{
    struct card_state *state = card->state;

    state->busy = 1;
    state->phase = CARD_PROGRAMMING;
    reply->busy = true;
    if (disk_submit(card, 0, request) != 0) {
        state->busy = 0;
        state->phase = CARD_TRANSFER;
        state->errors |= STATUS_ERROR;
        reply->busy = false;
    }
}

void card_set_erase(struct card_state *state, bool last, uint32_t argument)
{
    if (last) {
        state->erase_last = argument;
    } else {
        state->erase_first = argument;
    }
    state->erase_known |= last ? 2 : 1;
}

void card_erase(struct device *card, struct sd_reply *reply, uint64_t first,
                uint64_t last, bool possible)
{
    struct card_state *state = card->state;
    const struct disk_request request = {
        .operation = DISK_WRITE_ZEROES,
        .may_unmap = true,
        .offset = first * SD_BLOCK,
        .size = (last - first + 1) * SD_BLOCK,
        .latency_ns = 1000000,
    };

    if (state->erase_known != 3 || first > last) {
        state->errors |= STATUS_ERASE_SEQUENCE;
    } else if (!possible || last >= card->disk->size_bytes / SD_BLOCK) {
        state->errors |= STATUS_ERASE_PARAMETER;
    } else if (!card_is_writable(card)) {
        state->errors |= STATUS_WRITE_PROTECTED;
    } else {
        card_start_request(card, reply, &request);
    }
    state->erase_known = 0;
}

/* ---- Commands ------------------------------------------------------------ */

bool card_obey(struct device *card, const struct card_registers *registers,
               unsigned index, uint32_t argument, struct sd_reply *reply)
{
    struct card_state *state = card->state;
    bool standby = state->phase == CARD_STANDBY;
    bool data = state->phase >= CARD_SENDING;

    if (index == 7) {
        return select_card(card, argument);
    }
    if (index == 12 && state->app == 0) {
        card_stop(card);
        return data;
    }
    if (!card_is_addressed(state, argument)) {
        return false;
    }
    switch (index) {
    case 9:
        registers->fill_csd(card, reply->long_);
        return standby;
    case 10:
        memcpy(reply->long_, registers->cid, sizeof(registers->cid));
        return standby;
    case 13:
        return state->phase >= CARD_STANDBY;
    case 15:
        card_stop(card);
        state->phase = CARD_INACTIVE;
        return false;
    default:
        return false;
    }
}

void card_reset(struct device *card, enum reset_domain domain)
{
    if (domain == RESET_POWER_ON) {
        disk_cancel_all(card);
        timer_cancel(&card->fabric->clock, &card->timers[0]);
    }
}

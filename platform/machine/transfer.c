/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the order of transfers, and the buffers of those to come. */
#include "platform/machine/transfer.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/buffer.h"
#include "base/memory.h"

/* As much as a guest needs that has 32 requests of 1 MiB in flight. */
enum { IDLE_BYTES_MAX = 32 << 20, ALIGNMENT = 4096 };

void transfers_init(struct transfers *transfers, struct block *block,
                    void (*done)(struct transfers *transfers, void *owner,
                                 int status))
{
    *transfers = (struct transfers){.block = block, .done = done};
    transfers->last = &transfers->first;
}

/* ---- Buffers ------------------------------------------------------------- */

static size_t class_bytes(unsigned class)
{
    return (size_t)1 << (TRANSFER_SMALLEST_LOG2 + class);
}

struct transfer *transfer_make(struct transfers *transfers, size_t size)
{
    unsigned class = 0;
    while (class_bytes(class) < size) {
        class ++;
    }
    assert(class < TRANSFER_CLASSES);
    struct transfer *transfer = transfers->idle[class];
    if (transfer) {
        transfers->idle[class] = transfer->next;
        transfers->idle_bytes -= class_bytes(class);
    } else {
        transfer = xcalloc(1, sizeof(*transfer));
        while (
            !(transfer->bytes = aligned_alloc(ALIGNMENT, class_bytes(class)))) {
            if (!memory_relieve()) {
                memory_exhausted();
            }
        }
        transfer->class = class;
        transfer->transfers = transfers;
    }
    transfer->owner = NULL;
    transfer->next = NULL;
    transfer->started = false;
    return transfer;
}

static void destroy(struct transfer *transfer)
{
    free(transfer->bytes);
    free(transfer);
}

void transfer_free(struct transfer *transfer)
{
    if (!transfer) {
        return;
    }
    struct transfers *transfers = transfer->transfers;
    const size_t size = class_bytes(transfer->class);
    if (transfers->idle_bytes + size > IDLE_BYTES_MAX) {
        destroy(transfer);
        return;
    }
    transfer->next = transfers->idle[transfer->class];
    transfers->idle[transfer->class] = transfer;
    transfers->idle_bytes += size;
}

void transfers_fini(struct transfers *transfers)
{
    assert(!transfers->first);
    for (unsigned i = 0; i < TRANSFER_CLASSES; i++) {
        while (transfers->idle[i]) {
            struct transfer *transfer = transfers->idle[i];
            transfers->idle[i] = transfer->next;
            destroy(transfer);
        }
    }
    transfers->idle_bytes = 0;
}

/* ---- Order --------------------------------------------------------------- */

static bool changes(const struct block_request *request)
{
    return request->operation != BLOCK_READ &&
           request->operation != BLOCK_FLUSH;
}

/* Both are within the disk. */
static bool overlap(const struct block_request *a,
                    const struct block_request *b)
{
    return a->offset < b->offset + b->size && b->offset < a->offset + a->size;
}

/* True if it has to wait for an earlier one. */
static bool is_held(const struct transfer *transfer)
{
    const struct transfer *other = transfer->transfers->first;
    for (; other && other != transfer; other = other->next) {
        if ((changes(&transfer->request) || changes(&other->request)) &&
            overlap(&transfer->request, &other->request)) {
            return true;
        }
    }
    return false;
}

static void start_held(struct transfers *transfers)
{
    struct transfer *transfer = transfers->first;
    for (; transfer && transfers->held != 0; transfer = transfer->next) {
        if (!transfer->started && !is_held(transfer)) {
            transfer->started = true;
            transfers->held--;
            block_submit(transfers->block, &transfer->request);
        }
    }
}

static void tell(struct transfer *transfer)
{
    struct transfers *transfers = transfer->transfers;
    void *owner = transfer->owner;
    const int status = transfer->request.status;
    if (!owner) {
        transfer_free(transfer);
    }
    transfers->done(transfers, owner, status);
}

static void unlink_transfer(struct transfers *transfers,
                            struct transfer *transfer)
{
    struct transfer **at = &transfers->first;
    while (*at != transfer) {
        assert(*at);
        at = &(*at)->next;
    }
    *at = transfer->next;
    if (!transfer->next) {
        transfers->last = at;
    }
    transfer->next = NULL;
}

static void served(struct block_request *request)
{
    struct transfer *transfer = request->context;
    struct transfers *transfers = transfer->transfers;
    unlink_transfer(transfers, transfer);
    start_held(transfers);
    tell(transfer);
}

void transfer_start(struct transfer *transfer)
{
    struct transfers *transfers = transfer->transfers;
    struct block_request *request = &transfer->request;
    const bool held = is_held(transfer);
    request->bytes = transfer->bytes;
    request->done = served;
    request->context = transfer;
    if (!held && block_try(transfers->block, request)) {
        tell(transfer);
        return;
    }
    *transfers->last = transfer;
    transfers->last = &transfer->next;
    transfer->started = !held;
    if (held) {
        transfers->held++;
    } else {
        block_submit(transfers->block, request);
    }
}

/* ---- Waiting ------------------------------------------------------------- */

/* The first one never waits for another, so it was started. */
static void finish_first(struct transfers *transfers)
{
    assert(transfers->first && transfers->first->started);
    block_finish(&transfers->first->request);
}

void transfer_finish(struct transfer *transfer)
{
    struct transfers *transfers = transfer->transfers;
    assert(transfer->owner);
    while (!transfer->started) {
        finish_first(transfers);
    }
    block_finish(&transfer->request);
}

void transfers_drain(struct transfers *transfers)
{
    while (transfers->first) {
        finish_first(transfers);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Records calls and memory of a device, and replays them. */
#include "virtio/record.h"

#include <assert.h>
#include <string.h>

static_assert(sizeof(struct virtio_record) == 32, "records have no padding");

/* ---- Areas --------------------------------------------------------------- */

/* Where the last bytes of an area are kept; NULL: it is too large. A new one
 * takes the place of the oldest, and begins with zeros. */
static struct virtio_record_area *find(struct virtio_record_area *areas,
                                       unsigned *next, uint64_t address,
                                       uint64_t size)
{
    if (size > VIRTIO_RECORD_AREA_MAX) {
        return NULL;
    }
    for (unsigned i = 0; i < VIRTIO_RECORD_AREAS; i++) {
        if (areas[i].address == address && areas[i].size == size) {
            return &areas[i];
        }
    }
    struct virtio_record_area *area = &areas[*next];
    *next = (*next + 1) % VIRTIO_RECORD_AREAS;
    memset(area, 0, sizeof(*area));
    area->address = address;
    area->size = (uint32_t)size;
    return area;
}

/* ---- Recording ----------------------------------------------------------- */

static void write(struct virtio_recorder *recorder,
                  const struct virtio_record *record, const void *bytes)
{
    recorder->write(recorder, record, sizeof(*record));
    if (record->size != 0) {
        recorder->write(recorder, bytes, record->size);
    }
}

void virtio_record_call(struct virtio *virtio, enum virtio_record_kind kind,
                        unsigned what, unsigned queue, uint64_t value,
                        const void *bytes, uint32_t size)
{
    struct virtio_recorder *recorder = virtio->recorder;
    const struct virtio_record record = {
        .kind = (uint8_t)kind,
        .what = (uint8_t)what,
        .queue = (uint16_t)queue,
        .size = size,
        .value = value,
        .time_ns = recorder->now_ns(recorder),
    };

    write(recorder, &record, bytes);
}

/* Leaves of a record of memory what has changed since it was last seen; the
 * bytes may change meanwhile, so there is one copy of them. */
static void trim(struct virtio_record_area *area, struct virtio_record *record,
                 const uint8_t *bytes)
{
    uint8_t before[VIRTIO_RECORD_AREA_MAX];
    uint32_t first = 0;
    uint32_t end = record->mapped;

    memcpy(before, area->bytes, end);
    memcpy(area->bytes, bytes, end);
    while (end > 0 && area->bytes[end - 1] == before[end - 1]) {
        end--;
    }
    while (first < end && area->bytes[first] == before[first]) {
        first++;
    }
    record->offset = first;
    record->size = end - first;
}

static void *record_map(struct virtio *virtio, enum virtio_space space,
                        uint64_t address, uint64_t *size,
                        enum virtio_access access)
{
    struct virtio_recorder *recorder = virtio->recorder;
    uint8_t *memory = recorder->host->map(virtio, space, address, size, access);
    struct virtio_record record = {
        .kind = VIRTIO_RECORD_MEMORY,
        .what = (uint8_t)space,
        .value = address,
        .mapped = memory != NULL ? (uint32_t)*size : 0,
    };
    const uint8_t *bytes = memory;
    struct virtio_record_area *area = NULL;

    if (memory != NULL && space == VIRTIO_RINGS) {
        area = find(recorder->areas, &recorder->next, address, *size);
    }
    if (area != NULL) {
        trim(area, &record, memory);
        bytes = area->bytes + record.offset;
    } else if (space == VIRTIO_RINGS || access == VIRTIO_READ) {
        record.size = record.mapped;
    }
    write(recorder, &record, bytes);
    return memory;
}

static void record_unmap(struct virtio *virtio, void *pointer, uint64_t size,
                         enum virtio_access access)
{
    const struct virtio_host *host = virtio->recorder->host;

    if (host->unmap != NULL) {
        host->unmap(virtio, pointer, size, access);
    }
}

static void record_used(struct virtio *virtio, unsigned queue)
{
    virtio->recorder->host->used(virtio, queue);
}

static void record_configured(struct virtio *virtio)
{
    virtio->recorder->host->configured(virtio);
}

static void record_later(struct virtio *virtio)
{
    virtio->recorder->host->later(virtio);
}

static void record_fault(struct virtio *virtio,
                         const struct virtio_fault *fault, unsigned queue,
                         uint64_t value)
{
    virtio->recorder->host->fault(virtio, fault, queue, value);
}

static const struct virtio_host recording = {
    .map = record_map,
    .unmap = record_unmap,
    .used = record_used,
    .configured = record_configured,
    .later = record_later,
    .fault = record_fault,
};

void virtio_record_begin(struct virtio *virtio,
                         struct virtio_recorder *recorder)
{
    recorder->host = virtio->host;
    recorder->next = 0;
    memset(recorder->areas, 0, sizeof(recorder->areas));
    virtio->recorder = recorder;
    virtio->host = &recording;
}

void virtio_record_end(struct virtio *virtio)
{
    virtio->host = virtio->recorder->host;
    virtio->recorder = NULL;
}

void virtio_record_outside(struct virtio *virtio, const void *bytes,
                           uint32_t size)
{
    if (virtio->recorder != NULL) {
        virtio_record_call(virtio, VIRTIO_RECORD_OUTSIDE, 0, 0, 0, bytes, size);
    }
}

/* ---- Replay -------------------------------------------------------------- */

/* The next record and its bytes; false at the end, and where there is none. */
static bool next_record(struct virtio_replay *replay,
                        struct virtio_record *record, const uint8_t **bytes)
{
    if (replay->size < sizeof(*record)) {
        replay->failed |= replay->size != 0;
        return false;
    }
    memcpy(record, replay->bytes, sizeof(*record));
    *bytes = replay->bytes + sizeof(*record);
    if (record->size > replay->size - sizeof(*record)) {
        replay->failed = true;
        return false;
    }
    replay->bytes += sizeof(*record) + record->size;
    replay->size -= sizeof(*record) + record->size;
    return true;
}

/* Puts what was seen into the memory. */
static bool put(struct virtio_replay *replay,
                const struct virtio_record *record, const uint8_t *bytes,
                uint8_t *memory)
{
    struct virtio_record_area *area =
        record->what == VIRTIO_RINGS
            ? find(replay->areas, &replay->next, record->value, record->mapped)
            : NULL;

    if (record->offset > record->mapped ||
        record->size > record->mapped - record->offset) {
        return false;
    }
    if (area != NULL) {
        memcpy(area->bytes + record->offset, bytes, record->size);
        memcpy(memory, area->bytes, record->mapped);
    } else {
        memcpy(memory + record->offset, bytes, record->size);
    }
    return true;
}

static void *replay_map(struct virtio *virtio, enum virtio_space space,
                        uint64_t address, uint64_t *size,
                        enum virtio_access access)
{
    struct virtio_replay *replay = virtio->replay;
    struct virtio_record record;
    const uint8_t *bytes;

    if (replay->failed || !next_record(replay, &record, &bytes) ||
        record.kind != VIRTIO_RECORD_MEMORY || record.what != space ||
        record.value != address || record.mapped > *size) {
        replay->failed = true;
        return NULL;
    }
    if (record.mapped == 0) {
        return NULL;
    }
    uint64_t piece = record.mapped;
    uint8_t *memory = replay->host->map(virtio, space, address, &piece, access);
    if (memory == NULL) {
        replay->failed = true;
        return NULL;
    }
    if (piece != record.mapped || !put(replay, &record, bytes, memory)) {
        replay->failed = true;
        if (replay->host->unmap != NULL) {
            replay->host->unmap(virtio, memory, piece, access);
        }
        return NULL;
    }
    *size = piece;
    return memory;
}

/* Makes the call of a record. */
static void call(struct virtio *virtio, const struct virtio_record *record,
                 const uint8_t *bytes)
{
    struct virtio_replay *replay = virtio->replay;

    switch (record->kind) {
    case VIRTIO_RECORD_ACCEPT:
        virtio_accept(virtio, record->value);
        break;
    case VIRTIO_RECORD_STATUS:
        virtio_set_status(virtio, (uint32_t)record->value);
        break;
    case VIRTIO_RECORD_CONFIG:
        virtio_write_config(virtio, (uint32_t)record->value, bytes,
                            record->size);
        break;
    case VIRTIO_RECORD_SET:
        virtio_queue_set(virtio, record->queue,
                         (enum virtio_queue_field)record->what, record->value);
        break;
    case VIRTIO_RECORD_ENABLE:
        virtio_queue_enable(virtio, record->queue);
        break;
    case VIRTIO_RECORD_STOP:
        virtio_queue_stop(virtio, record->queue);
        break;
    case VIRTIO_RECORD_RESET:
        virtio_queue_reset(virtio, record->queue);
        break;
    case VIRTIO_RECORD_KICK:
        virtio_kick(virtio, (uint32_t)record->value);
        break;
    case VIRTIO_RECORD_RUN:
        virtio_run(virtio);
        break;
    case VIRTIO_RECORD_OUTSIDE:
        replay->outside(virtio, bytes, record->size);
        break;
    default: /* memory that no call asked for, or nothing that is recorded */
        replay->failed = true;
    }
}

bool virtio_replay(struct virtio *virtio, struct virtio_replay *replay)
{
    struct virtio_host replaying = *virtio->host;
    struct virtio_record record;
    const uint8_t *bytes;

    replay->host = virtio->host;
    replay->failed = false;
    replay->next = 0;
    memset(replay->areas, 0, sizeof(replay->areas));
    replaying.map = replay_map;
    virtio->replay = replay;
    virtio->host = &replaying;
    while (!replay->failed && next_record(replay, &record, &bytes)) {
        call(virtio, &record, bytes);
    }
    virtio->host = replay->host;
    virtio->replay = NULL;
    return !replay->failed;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A session that is recorded and replayed to a fresh device gives the same
 * state and memory, for each kind, format and way of memory. */
#include "virtio/record.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "tests/harness.h"
#include "virtio/test_kinds.h"

enum { LOG_MAX = 4 << 20, SIZE = 8, PLACES = 4, FIRST = 0x8000 };

struct log {
    struct virtio_recorder recorder;
    uint64_t time_ns;
    size_t size;
    uint8_t bytes[LOG_MAX];
};

static struct log *log_of(struct virtio_recorder *recorder)
{
    return (struct log *)((char *)recorder - offsetof(struct log, recorder));
}

static uint64_t now_ns(struct virtio_recorder *recorder)
{
    return log_of(recorder)->time_ns++;
}

static void write(struct virtio_recorder *recorder, const void *bytes,
                  size_t size)
{
    struct log *log = log_of(recorder);

    if (size > LOG_MAX - log->size) {
        abort();
    }
    memcpy(log->bytes + log->size, bytes, size);
    log->size += size;
}

/* The only thing that the outside of a kind does here by itself: it finishes
 * what is under way. The byte is the kind's place. */
static void finish(struct virtio *virtio, const void *bytes, uint32_t size)
{
    const struct test_kind *kind = &test_kinds[*(const uint8_t *)bytes];

    if (size == 1 && kind->finish != NULL) {
        kind->finish(virtio);
    }
}

/* Requests, kicks, a queue that stops and starts, a reset, a second start. */
static void drive(struct test_driver *driver, unsigned number, uint64_t wanted)
{
    const struct test_kind *kind = &test_kinds[number];
    const uint8_t byte = (uint8_t)number;

    for (unsigned round = 0; round < 2; round++) {
        test_driver_start(driver, wanted, test_kind_queues(kind), SIZE);
        for (unsigned i = 0; i < 200; i++) {
            struct test_buffer buffers[4];
            const unsigned count =
                kind->request(driver, FIRST + i % PLACES * 4096, buffers);
            unsigned id;
            uint32_t written;

            test_add(driver, kind->queue, buffers, count);
            test_want_all(driver, kind->queue);
            test_kick(driver, kind->queue);
            if (i % 3 == 0) {
                virtio_record_outside(&driver->virtio, &byte, 1);
                test_finish(driver, kind);
            }
            while (test_used(driver, kind->queue, &id, &written)) {
            }
            if (i == 100) {
                virtio_queue_stop(&driver->virtio, kind->queue);
                test_queue_enable(driver, kind->queue, SIZE);
            }
        }
        virtio_run(&driver->virtio);
        virtio_record_outside(&driver->virtio, &byte, 1);
        test_finish(driver, kind);
        if (round == 0) {
            test_driver_reset(driver);
        }
    }
}

/* Bytes that the core neither read nor wrote are zeros in the replay. */
static void expect_same_memory(const uint8_t *replayed, const uint8_t *recorded,
                               size_t size)
{
    size_t differ = 0;

    for (size_t i = 0; i < size; i++) {
        differ += replayed[i] != 0 && replayed[i] != recorded[i];
    }
    EXPECT_EQ(differ, 0);
}

static void record_and_replay(struct log *log, unsigned number, unsigned mode)
{
    const struct test_kind *kind = &test_kinds[number];
    const uint64_t wanted =
        (mode & 1) != 0 ? UINT64_MAX : ~VIRTIO_FEATURE(VIRTIO_F_RING_PACKED);
    union test_outside *outsides = xcalloc(2, sizeof(*outsides));
    struct test_driver recorded;
    struct test_driver replayed;

    test_kind_init(&recorded, kind, &outsides[0]);
    test_kind_init(&replayed, kind, &outsides[1]);
    recorded.memory.piece = (mode & 2) != 0 ? 13 : 0;
    recorded.memory.temporary = (mode & 2) != 0;
    if (kind->hold != NULL) {
        kind->hold(&outsides[0]);
        kind->hold(&outsides[1]);
    }
    memset(log, 0, sizeof(*log));
    log->recorder.now_ns = now_ns;
    log->recorder.write = write;
    virtio_record_begin(&recorded.virtio, &log->recorder);
    drive(&recorded, number, wanted);
    virtio_record_end(&recorded.virtio);

    struct virtio_replay *replay = xcalloc(1, sizeof(*replay));
    replay->bytes = log->bytes;
    replay->size = log->size;
    replay->outside = finish;
    EXPECT(virtio_replay(&replayed.virtio, replay));
    EXPECT_BYTES(replayed.state, recorded.state, kind->type->state_size);
    EXPECT_EQ(replayed.memory.mapped, 0);
    expect_same_memory(replayed.rings, recorded.rings, TEST_RINGS_SIZE);
    expect_same_memory(replayed.buffers, recorded.buffers, TEST_BUFFERS_SIZE);
    EXPECT_EQ(recorded.virtio.statistics[kind->queue].requests,
              replayed.virtio.statistics[kind->queue].requests);
    free(replay);
    test_driver_fini(&recorded);
    test_driver_fini(&replayed);
    free(outsides);
}

TEST(a_recorded_session_replays_to_the_same_state_and_memory)
{
    OWNED(free_at) struct log *log = xcalloc(1, sizeof(*log));

    for (unsigned number = 0; number < test_kind_count; number++) {
        for (unsigned mode = 0; mode < 4; mode++) { /* packed, awkward */
            test_case("%s, mode %u", test_kinds[number].type->name, mode);
            record_and_replay(log, number, mode);
        }
    }
}

/* Fields that a kind of record has no use for are zeros. */
static void expect_zeros(const struct virtio_record *record)
{
    const bool memory = record->kind == VIRTIO_RECORD_MEMORY;
    const bool of_queue = record->kind >= VIRTIO_RECORD_SET &&
                          record->kind <= VIRTIO_RECORD_RESET;
    const bool bytes = memory || record->kind == VIRTIO_RECORD_CONFIG ||
                       record->kind == VIRTIO_RECORD_OUTSIDE;

    EXPECT(memory || record->kind == VIRTIO_RECORD_SET || record->what == 0);
    EXPECT(of_queue || record->queue == 0);
    EXPECT(bytes || record->size == 0);
    EXPECT(memory || (record->mapped == 0 && record->offset == 0));
    EXPECT(!memory || record->time_ns == 0);
    EXPECT(!memory || record->size <= record->mapped - record->offset);
    EXPECT((record->kind != VIRTIO_RECORD_ENABLE &&
            record->kind != VIRTIO_RECORD_STOP &&
            record->kind != VIRTIO_RECORD_RESET &&
            record->kind != VIRTIO_RECORD_RUN &&
            record->kind != VIRTIO_RECORD_OUTSIDE) ||
           record->value == 0);
}

/* Calls of all kinds for three queues, whose areas are more than are kept. */
static void make_calls(struct test_driver *driver, struct log *log)
{
    static const struct test_buffer absent = {TEST_BUFFERS_SIZE, 8, false};
    static const struct test_buffer present = {0, 8, true};
    static const uint8_t byte;
    struct virtio *virtio = &driver->virtio;

    memset(log, 0, sizeof(*log));
    memset(&log->recorder, 0xff, sizeof(log->recorder)); /* of another time */
    log->recorder.now_ns = now_ns;
    log->recorder.write = write;
    log->time_ns = 1;
    virtio_record_begin(virtio, &log->recorder);
    test_driver_start(driver, UINT64_MAX, ECHO_QUEUES, SIZE);
    virtio_write_config(virtio, 4, "abcd", 4);
    for (unsigned i = 0; i < 9; i++) {
        EXPECT(test_works(driver, &test_kinds[0], i % ECHO_QUEUES));
    }
    virtio_run(virtio);
    virtio_queue_stop(virtio, 1);
    virtio_queue_reset(virtio, 2);
    virtio_record_outside(virtio, &byte, 1);
    /* The host hears of all that the device tells it. */
    virtio_kick(virtio, ECHO_QUEUES);
    EXPECT_EQ(driver->faults[VIRTIO_FAULT_KICK_QUEUE], 1);
    EXPECT_EQ(driver->fault_queue, ECHO_QUEUES);
    virtio->host->configured(virtio);
    virtio->host->later(virtio);
    EXPECT_EQ(driver->configured_calls, 1);
    EXPECT_EQ(driver->later_calls, 1);
    EXPECT_EQ(driver->used_calls[1], 3);
    /* Memory that is not there is not there again. */
    test_add(driver, 0, (struct test_buffer[]){absent, present}, 2);
    virtio_kick(virtio, 0);
    EXPECT_EQ(driver->faults[VIRTIO_FAULT_BUFFER_MEMORY], 1);
    virtio_record_end(virtio);
    virtio_record_outside(virtio, &byte, 1); /* into no record */
}

TEST(each_call_is_a_record_of_its_kind)
{
    OWNED(free_at) struct log *log = xcalloc(1, sizeof(*log));
    union test_outside outside;
    OWNED(test_driver_fini) struct test_driver driver;
    unsigned kinds = 0;

    test_kind_init(&driver, &test_kinds[0], &outside);
    make_calls(&driver, log);
    for (size_t at = 0; at < log->size;) {
        struct virtio_record record;

        memcpy(&record, log->bytes + at, sizeof(record));
        test_case("kind %u", record.kind);
        kinds |= 1u << record.kind;
        expect_zeros(&record);
        at += sizeof(record) + record.size;
    }
    EXPECT_EQ(kinds, 0xffe);
}

/* ---- Replays ------------------------------------------------------------- */

static unsigned outside_calls;

static void count_call(struct virtio *virtio, const void *bytes, uint32_t size)
{
    EXPECT_EQ(*(const uint8_t *)bytes, 0);
    EXPECT_EQ(size, 1);
    outside_calls++;
}

/* Replays the first bytes of a record to a new device, with so many maps. */
static bool replay_part(struct test_driver *driver, union test_outside *outside,
                        const struct log *log, size_t size, int maps)
{
    struct virtio_replay *replay = xcalloc(1, sizeof(*replay));

    memset(replay, 0xff, sizeof(*replay)); /* of another time */
    replay->areas[0].address = TEST_RINGS;
    replay->areas[0].size = SIZE * 16;
    replay->bytes = log->bytes;
    replay->size = size;
    replay->outside = count_call;
    outside_calls = 0;
    test_kind_init(driver, &test_kinds[0], outside);
    driver->memory.fails = maps;
    const bool good = virtio_replay(&driver->virtio, replay);
    free(replay);
    return good;
}

TEST(each_call_is_made_again)
{
    OWNED(free_at) struct log *log = xcalloc(1, sizeof(*log));
    union test_outside outsides[2];
    struct test_driver recorded;
    OWNED(test_driver_fini) struct test_driver replayed = {0};

    test_kind_init(&recorded, &test_kinds[0], &outsides[0]);
    make_calls(&recorded, log);
    EXPECT(replay_part(&replayed, &outsides[1], log, log->size, -1));
    EXPECT(replayed.virtio.replay == NULL && recorded.virtio.recorder == NULL);
    EXPECT(replayed.virtio.host == recorded.virtio.host);
    EXPECT_EQ(outside_calls, 1);
    EXPECT_BYTES(replayed.state, recorded.state, sizeof(struct echo_state));
    test_driver_fini(&recorded);
}

/* Wherever a record ends, what is there was done, and nothing else; between
 * calls that is an end like any other. */
TEST(a_record_that_is_cut_off_is_replayed_up_to_there)
{
    OWNED(free_at) struct log *log = xcalloc(1, sizeof(*log));
    union test_outside outside;
    struct test_driver driver;
    unsigned calls = 0;
    int maps = 0;
    bool outside_called = false;

    test_kind_init(&driver, &test_kinds[0], &outside);
    make_calls(&driver, log);
    test_driver_fini(&driver);
    for (size_t at = 0; at < log->size;) {
        struct virtio_record record;

        memcpy(&record, log->bytes + at, sizeof(record));
        const size_t end = at + sizeof(record) + record.size;
        const bool memory = record.kind == VIRTIO_RECORD_MEMORY;
        struct virtio_record next = {.kind = VIRTIO_RECORD_RUN};

        if (end < log->size) {
            memcpy(&next, log->bytes + end, sizeof(next));
        }
        test_case("%zu of %zu", end, log->size);
        EXPECT_EQ(replay_part(&driver, &outside, log, end, -1),
                  next.kind != VIRTIO_RECORD_MEMORY);
        EXPECT_EQ(driver.memory.mapped, 0);
        test_driver_fini(&driver);
        EXPECT(!replay_part(&driver, &outside, log, end - 1, -1));
        EXPECT_EQ(outside_calls, outside_called);
        outside_called |= record.kind == VIRTIO_RECORD_OUTSIDE;
        test_driver_fini(&driver);
        if (memory && record.mapped != 0) { /* but not in the replay */
            EXPECT(!replay_part(&driver, &outside, log, end, maps++));
            test_driver_fini(&driver);
        }
        calls += !memory;
        at = end;
    }
    EXPECT(calls > 20);
}

/* The device asks for the memory that it asked for then. */
TEST(a_record_of_other_memory_is_refused)
{
    static const struct {
        size_t offset;
        int32_t more;
    } rows[] = {
        {offsetof(struct virtio_record, kind),   -1},
        {offsetof(struct virtio_record, what),   1 },
        {offsetof(struct virtio_record, value),  1 },
        {offsetof(struct virtio_record, mapped), 1 },
        {offsetof(struct virtio_record, mapped), -1},
        {offsetof(struct virtio_record, offset), 1 },
    };
    OWNED(free_at) struct log *log = xcalloc(1, sizeof(*log));
    union test_outside outside;
    struct test_driver driver;
    struct virtio_record record;
    size_t at = 0;

    test_kind_init(&driver, &test_kinds[0], &outside);
    make_calls(&driver, log);
    test_driver_fini(&driver);
    for (;;) { /* all of an area has changed */
        memcpy(&record, log->bytes + at, sizeof(record));
        if (record.kind == VIRTIO_RECORD_MEMORY &&
            record.size == record.mapped) {
            break;
        }
        at += sizeof(record) + record.size;
        REQUIRE(at < log->size);
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t *byte = log->bytes + at + rows[i].offset;

        test_case("row %zu", i);
        *byte = (uint8_t)(*byte + rows[i].more);
        EXPECT(!replay_part(&driver, &outside, log, log->size, -1));
        EXPECT_EQ(driver.memory.mapped, 0);
        *byte = (uint8_t)(*byte - rows[i].more);
        test_driver_fini(&driver);
    }
}

/* Areas of two queues are seen over and over, and written once. */
TEST(memory_that_has_not_changed_is_left_out)
{
    OWNED(free_at) struct log *log = xcalloc(1, sizeof(*log));
    union test_outside outside;
    OWNED(test_driver_fini) struct test_driver driver;
    unsigned records = 0;

    test_kind_init(&driver, &test_kinds[0], &outside);
    log->recorder.now_ns = now_ns;
    log->recorder.write = write;
    virtio_record_begin(&driver.virtio, &log->recorder);
    test_driver_start(&driver, ~VIRTIO_FEATURE(VIRTIO_F_RING_PACKED), 2, SIZE);
    for (unsigned i = 0; i < 3; i++) {
        EXPECT(test_works(&driver, &test_kinds[0], i % 2));
    }
    virtio_serve(&driver.virtio, 0);
    virtio_serve(&driver.virtio, 1);
    log->size = 0;
    virtio_serve(&driver.virtio, 0);
    virtio_serve(&driver.virtio, 1);
    virtio_record_end(&driver.virtio);
    for (size_t at = 0; at < log->size; at += sizeof(struct virtio_record)) {
        struct virtio_record record;

        memcpy(&record, log->bytes + at, sizeof(record));
        EXPECT_EQ(record.kind, VIRTIO_RECORD_MEMORY);
        EXPECT(record.mapped != 0);
        REQUIRE(record.size == 0);
        records++;
    }
    EXPECT_EQ(records, 6);
}

/* Cut off or changed, a record is refused, or ends in a state of the device's.
 */
TEST(a_spoilt_record_is_refused_or_harmless)
{
    OWNED(free_at) struct log *log = xcalloc(1, sizeof(*log));
    uint64_t random = 88172645463325252u;
    unsigned refused = 0;

    record_and_replay(log, 0, 1);
    for (unsigned i = 0; i < 300; i++) {
        struct virtio_replay *replay = xcalloc(1, sizeof(*replay));
        union test_outside outside;
        struct test_driver driver;

        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        uint8_t *byte = &log->bytes[random % 20000 % log->size];
        const uint8_t before = *byte;
        *byte ^= (uint8_t)(random >> 40 | 1);
        replay->bytes = log->bytes;
        replay->size = i % 2 == 0 ? log->size : random >> 8 & 0x3fff;
        replay->outside = finish;
        test_kind_init(&driver, &test_kinds[0], &outside);
        refused += !virtio_replay(&driver.virtio, replay);
        EXPECT_EQ(driver.memory.mapped, 0);
        *byte = before;
        test_driver_fini(&driver);
        free(replay);
    }
    EXPECT(refused > 100);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Transfers of the I2C adapter (virtio 1.2, 5.16), as a bus sees them. */
#include "virtio/i2c.h"

#include <stdio.h>
#include <string.h>

#include "tests/harness.h"
#include "virtio/test_driver.h"

enum { REQUESTS = 0x1000, STRIDE = 0x100, DATA = 0x20, STATUS = 0x80 };
enum { CHIP = 0x51 };

struct bench {
    struct virtio_i2c_outside outside; /* first: of the device */
    char heard[128];                   /* what happened on the bus */
    unsigned bytes;                    /* that went over it */
    unsigned takes;                    /* bytes that the chip acknowledges */
    uint32_t away;                     /* of the bytes, from their place */
    struct test_driver driver;
};

static void hear(struct virtio *virtio, const char *what)
{
    char *heard = ((struct bench *)virtio->outside)->heard;
    const size_t length = strlen(heard);

    snprintf(heard + length, sizeof(((struct bench *)0)->heard) - length, "%s",
             what);
}

static void hear_byte(struct virtio *virtio, const char *before, unsigned value)
{
    char what[8];

    snprintf(what, sizeof(what), "%s%02x ", before, value & 0xff);
    hear(virtio, what);
}

static bool on_start(struct virtio *virtio, unsigned address, bool reads)
{
    hear_byte(virtio, reads ? "R" : "W", address);
    return address == CHIP;
}

static bool on_put(struct virtio *virtio, uint8_t byte)
{
    struct bench *bench = virtio->outside;

    hear_byte(virtio, "", byte);
    bench->bytes++;
    return bench->takes != 0 && bench->takes-- != 0;
}

static uint8_t on_get(struct virtio *virtio)
{
    hear(virtio, "? ");
    ((struct bench *)virtio->outside)->bytes++;
    return 0x77;
}

static void on_stop(struct virtio *virtio)
{
    hear(virtio, "P ");
}

static void start(struct bench *bench)
{
    *bench = (struct bench){
        .outside = {on_start, on_put, on_get, on_stop},
        .takes = 100,
    };
    test_driver_init(&bench->driver, &virtio_i2c, &bench->outside);
    test_driver_start(&bench->driver, UINT64_MAX, 1, 16);
}

struct message {
    unsigned address; /* as in the header */
    uint32_t flags;
    uint32_t size;
    bool writable; /* its bytes */
};

static void add(struct bench *bench, unsigned index,
                const struct message *message)
{
    const uint32_t at = REQUESTS + index * STRIDE;
    const struct virtio_i2c_header header = {
        .address = (uint16_t)message->address,
        .flags = message->flags,
    };
    struct test_buffer buffers[3] = {
        {at, sizeof(header), false}
    };
    unsigned count = 1;

    memcpy(bench->driver.buffers + at, &header, sizeof(header));
    memset(bench->driver.buffers + at + DATA, 0x11, 8);
    bench->driver.buffers[at + STATUS] = 0xee;
    if (message->size != 0) {
        buffers[count++] = (struct test_buffer){
            at + DATA + bench->away, message->size, message->writable};
    }
    buffers[count++] = (struct test_buffer){at + STATUS, 1, true};
    test_add(&bench->driver, 0, buffers, count);
}

static unsigned status(const struct bench *bench, unsigned index)
{
    return bench->driver.buffers[REQUESTS + index * STRIDE + STATUS];
}

enum {
    READ = VIRTIO_I2C_FLAGS_M_RD,
    MORE = VIRTIO_I2C_FLAGS_FAIL_NEXT,
    GOOD = CHIP << 1,
    BAD = 0x20,
};

TEST(requests_are_segments_of_transfers)
{
    static const struct {
        const char *name;
        struct message messages[3];
        unsigned count;
        unsigned takes;
        unsigned statuses; /* a digit each, the last one last */
        const char *heard;
    } rows[] = {
        {"quick",                       {{GOOD, 0, 0, false}},                   1, 9, 0, "W51 P "           },
        {"quick read",                  {{GOOD, READ, 0, false}},                1, 9, 0, "R51 P "           },
        {"write",                       {{GOOD, 0, 2, false}},                   1, 9, 0, "W51 11 11 P "     },
        {"read",                        {{GOOD, READ, 2, true}},                 1, 9, 0, "R51 ? ? P "       },
        {"write, then read",
         {{GOOD, MORE, 1, false}, {GOOD, READ, 2, true}},
         2,                                                                         9,
         0x00,                                                                            "W51 11 R51 ? ? P "},
        {"nobody there",                {{BAD, 0, 1, false}},                    1, 9, 1, "W10 P "           },
        {"a byte that is not taken",
         {{GOOD, 0, 3, false}},
         1,                                                                         1,
         1,                                                                               "W51 11 11 P "     },
        {"the rest of a group fails",
         {{BAD, MORE, 1, false}, {GOOD, MORE, 1, false}, {GOOD, READ, 1, true}},
         3,                                                                         9,
         0x111,                                                                           "W10 P "           },
        {"and the next group does not",
         {{BAD, MORE, 1, false}, {GOOD, 0, 1, false}, {GOOD, READ, 1, true}},
         3,                                                                         9,
         0x110,                                                                           "W10 P R51 ? P "   },
        {"flag that is reserved",       {{GOOD, 4, 1, false}},                   1, 9, 1, "P "               },
        {"address of 10 bits",          {{0x51f0, 0, 1, false}},                 1, 9, 1, "P "               },
        {"read of bytes to be written",
         {{GOOD, READ, 1, false}},
         1,                                                                         9,
         1,                                                                               "P "               },
        {"write of bytes to be read",   {{GOOD, 0, 1, true}},                    1, 9, 1, "P "               },
        {"too long",                    {{GOOD, 0, 8193, false}},                1, 9, 1, "P "               },
        {"too long a read",             {{GOOD, READ, 8193, true}},              1, 9, 1, "P "               },
        {"read from nobody",            {{BAD, READ, 2, true}},                  1, 9, 1, "R10 P "           },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bench bench;
        unsigned statuses = 0;
        unsigned id;
        uint32_t written;

        test_case("%s", rows[i].name);
        start(&bench);
        bench.takes = rows[i].takes;
        for (unsigned n = 0; n < rows[i].count; n++) {
            add(&bench, n, &rows[i].messages[n]);
        }
        test_kick(&bench.driver, 0);
        for (unsigned n = 0; n < rows[i].count; n++) {
            const struct message *message = &rows[i].messages[n];
            const uint32_t room = 1 + (message->writable ? message->size : 0);

            EXPECT(test_used(&bench.driver, 0, &id, &written));
            statuses = statuses << 4 | status(&bench, n);
            EXPECT_EQ(written, status(&bench, n) == 0 || room == 1 ? room : 0);
        }
        EXPECT_EQ(statuses, rows[i].statuses);
        EXPECT_STR(bench.heard, rows[i].heard);
        test_driver_fini(&bench.driver);
    }
}

TEST(what_is_read_is_in_the_buffer)
{
    static const struct message message = {GOOD, READ, 3, true};
    struct bench bench;
    unsigned id;
    uint32_t written = 0;

    start(&bench);
    add(&bench, 0, &message);
    test_kick(&bench.driver, 0);
    EXPECT(test_used(&bench.driver, 0, &id, &written));
    EXPECT_EQ(written, 4);
    EXPECT_BYTES(bench.driver.buffers + REQUESTS + DATA, "\x77\x77\x77\x11", 4);
    test_driver_fini(&bench.driver);
}

TEST(all_bytes_go_over_the_bus)
{
    static const uint32_t sizes[] = {1, 63, 64, 65, 128, 200, 8192};

    for (size_t i = 0; i < 2 * sizeof(sizes) / sizeof(sizes[0]); i++) {
        const uint32_t size = sizes[i / 2];
        const bool reads = i % 2 != 0;
        const struct message message = {GOOD, reads ? READ : 0, size, reads};
        struct bench bench;
        uint32_t written = 0;
        unsigned id;

        test_case("%s of %u bytes", reads ? "read" : "write", size);
        start(&bench);
        bench.takes = size;
        memset(bench.driver.buffers + REQUESTS + DATA + 8, 0x11, size);
        add(&bench, 0, &message);
        test_kick(&bench.driver, 0);
        EXPECT(test_used(&bench.driver, 0, &id, &written));
        EXPECT_EQ(status(&bench, 0), VIRTIO_I2C_MSG_OK);
        EXPECT_EQ(written, reads ? size + 1 : 1);
        EXPECT_EQ(bench.bytes, size);
        for (uint32_t n = 0; n <= size && reads; n++) {
            EXPECT(DATA + n == STATUS ||
                   bench.driver.buffers[REQUESTS + DATA + n] ==
                       (n < size ? 0x77 : 0x11));
        }
        test_driver_fini(&bench.driver);
    }
}

/* Even if the group went on. */
TEST(bytes_that_are_nowhere_end_a_transfer)
{
    static const struct message messages[] = {
        {GOOD, MORE,        1, false},
        {GOOD, MORE | READ, 1, true },
    };

    for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
        struct bench bench;

        test_case("message %zu", i);
        start(&bench);
        bench.away = TEST_BUFFERS_SIZE;
        add(&bench, 0, &messages[i]);
        test_kick(&bench.driver, 0);
        EXPECT_EQ(bench.driver.faults[VIRTIO_FAULT_BUFFER_MEMORY], 1);
        EXPECT_STR(bench.heard, messages[i].writable ? "R51 ? P " : "W51 P ");
        test_driver_fini(&bench.driver);
    }
}

/* A group whose end never comes. */
TEST(a_reset_ends_a_transfer)
{
    static const struct message first = {BAD, MORE, 1, false};
    static const struct message second = {GOOD, 0, 1, false};
    struct bench bench;

    start(&bench);
    add(&bench, 0, &first);
    test_kick(&bench.driver, 0);
    test_driver_reset(&bench.driver);
    test_driver_start(&bench.driver, UINT64_MAX, 1, 16);
    add(&bench, 1, &second);
    test_kick(&bench.driver, 0);
    EXPECT_EQ(status(&bench, 1), VIRTIO_I2C_MSG_OK);
    EXPECT_STR(bench.heard, "W10 P P W51 11 P ");
    test_driver_fini(&bench.driver);
}

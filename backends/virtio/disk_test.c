/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A virtio block device over a file, as a daemon has it: this program is linked
 * with virtio/, backends/ and what they use, and has no machine.
 */
#include "backends/virtio/disk.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "host/file.h"
#include "tests/harness.h"
#include "virtio/test_driver.h"

enum {
    SIZE = 64 << 10,
    SECTOR = 5,
    BYTES = 3 * VIRTIO_BLK_SECTOR,
    REQUEST = 0x1000, /* and its status behind it */
    STATUS = REQUEST + sizeof(struct virtio_blk_header),
    DATA = 0x2000,
};

struct bench {
    char path[32];
    char *what;
    struct loop *loop;
    struct block *block;
    struct virtio_disk disk;
    struct test_driver driver;
};

static void start(struct bench *bench, bool read_only)
{
    const struct block_options options = {.read_only = read_only};

    memset(bench, 0, sizeof(*bench));
    memcpy(bench->path, "/tmp/cairn-disk-XXXXXX", 23);
    const int fd = mkstemp(bench->path);
    REQUIRE(fd >= 0 && ftruncate(fd, SIZE) == 0);
    close(fd);
    bench->what = xasprintf("file:%s", bench->path);
    bench->loop = loop_create(NULL);
    REQUIRE(block_open(bench->loop, bench->what, &options, &bench->block,
                       NULL) == 0);
    virtio_disk_init(&bench->disk, bench->block, "serial");
    test_driver_init(&bench->driver, &virtio_blk, &bench->disk);
    test_driver_start(&bench->driver, UINT64_MAX, 1, 16);
}

static void end(struct bench *bench)
{
    test_driver_reset(&bench->driver);
    virtio_disk_fini(&bench->disk);
    test_driver_fini(&bench->driver);
    block_close(bench->block);
    loop_destroy(bench->loop);
    unlink(bench->path);
    free(bench->what);
}

static void send(struct bench *bench, uint32_t type)
{
    const struct virtio_blk_header header = {.type = type, .sector = SECTOR};
    const bool has_data = type != VIRTIO_BLK_T_FLUSH;
    const struct test_buffer buffers[] = {
        {REQUEST,                  sizeof(header),       false},
        {has_data ? DATA : STATUS, has_data ? BYTES : 1,
         type == VIRTIO_BLK_T_IN || !has_data                 },
        {STATUS,                   1,                    true },
    };

    memcpy(bench->driver.buffers + REQUEST, &header, sizeof(header));
    bench->driver.buffers[STATUS] = 0xff;
    EXPECT(test_add(&bench->driver, 0, buffers, has_data ? 3 : 2) >= 0);
    test_kick(&bench->driver, 0);
}

/* The status; the loop turns until it is there. */
static unsigned finish(struct bench *bench)
{
    uint32_t written;
    unsigned id;

    while (!test_used(&bench->driver, 0, &id, &written)) {
        loop_turn(bench->loop, LOOP_FOREVER);
    }
    return bench->driver.buffers[STATUS];
}

static unsigned request(struct bench *bench, uint32_t type)
{
    send(bench, type);
    return finish(bench);
}

TEST(requests_of_a_driver_end_in_a_file)
{
    struct buffer file = {0};
    struct bench bench;

    start(&bench, false);
    uint8_t *data = bench.driver.buffers + DATA;
    for (unsigned i = 0; i < BYTES; i++) {
        data[i] = (uint8_t)(i * 3);
    }
    EXPECT_EQ(request(&bench, VIRTIO_BLK_T_OUT), VIRTIO_BLK_S_OK);
    EXPECT_EQ(request(&bench, VIRTIO_BLK_T_FLUSH), VIRTIO_BLK_S_OK);
    EXPECT_EQ(file_read(bench.path, SIZE, &file, NULL), 0);
    EXPECT_BYTES(file.bytes + SECTOR * VIRTIO_BLK_SECTOR, data, BYTES);
    memset(data, 0, BYTES);
    EXPECT_EQ(request(&bench, VIRTIO_BLK_T_IN), VIRTIO_BLK_S_OK);
    EXPECT_BYTES(data, file.bytes + SECTOR * VIRTIO_BLK_SECTOR, BYTES);
    buffer_fini(&file);
    end(&bench);
}

TEST(a_file_that_cannot_be_read_is_an_error_of_the_request)
{
    struct bench bench;

    start(&bench, false);
    EXPECT_EQ(truncate(bench.path, VIRTIO_BLK_SECTOR), 0);
    EXPECT_EQ(request(&bench, VIRTIO_BLK_T_IN), VIRTIO_BLK_S_IOERR);
    end(&bench);
}

TEST(a_disk_that_is_read_only_says_so)
{
    struct bench bench;

    start(&bench, true);
    EXPECT((virtio_features(&bench.driver.virtio) &
            VIRTIO_FEATURE(VIRTIO_BLK_F_RO)) != 0);
    EXPECT_EQ(request(&bench, VIRTIO_BLK_T_OUT), VIRTIO_BLK_S_IOERR);
    EXPECT_EQ(request(&bench, VIRTIO_BLK_T_IN), VIRTIO_BLK_S_OK);
    end(&bench);
}

/* The request after the reset has the number of the one before. */
TEST(a_reset_waits_for_what_the_host_has_begun)
{
    struct bench bench;

    start(&bench, false);
    for (unsigned i = 0; i < 50; i++) {
        memset(bench.driver.buffers + DATA, (int)i, BYTES);
        send(&bench, i % 2 == 0 ? VIRTIO_BLK_T_OUT : VIRTIO_BLK_T_FLUSH);
        test_driver_reset(&bench.driver);
        EXPECT_EQ(bench.block->requests, 0);
        test_driver_start(&bench.driver, UINT64_MAX, 1, 16);
        EXPECT_EQ(request(&bench, VIRTIO_BLK_T_IN), VIRTIO_BLK_S_OK);
        EXPECT_EQ(bench.driver.buffers[DATA], i - i % 2);
    }
    end(&bench);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "backends/block.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/image.h"
#include "base/bits.h"
#include "base/buffer.h"
#include "tests/harness.h"

enum { SIZE = 256 << 10 };

struct disk {
    char path[64];
    char *what;
    struct loop *loop;
    struct block *block;
};

static void disk_init(struct disk *disk, bool read_only)
{
    *disk = (struct disk){.path = "/tmp/cairn-block-XXXXXX"};
    int fd = mkstemp(disk->path);
    EXPECT(fd >= 0);
    EXPECT_EQ(ftruncate(fd, SIZE), 0);
    close(fd);
    disk->what = xasprintf("file:%s", disk->path);
    disk->loop = loop_create(NULL);
    const struct block_options options = {.read_only = read_only};
    EXPECT_EQ(block_open(disk->loop, disk->what, &options, &disk->block, NULL),
              0);
}

static void disk_fini(struct disk *disk)
{
    block_close(disk->block);
    loop_destroy(disk->loop);
    unlink(disk->path);
    free(disk->what);
}

static void note_done(struct block_request *request)
{
    unsigned *count = request->context;
    (*count)++;
}

static int ask(struct disk *disk, enum block_operation operation,
               uint64_t offset, uint64_t size, void *bytes)
{
    unsigned count = 0;
    struct block_request request = {.operation = operation,
                                    .offset = offset,
                                    .size = size,
                                    .bytes = bytes,
                                    .done = note_done,
                                    .context = &count};
    block_submit(disk->block, &request);
    EXPECT_EQ(count, 0);
    loop_drain(disk->loop);
    EXPECT_EQ(count, 1);
    return request.status;
}

FIXTURE(struct disk, disk, disk_fini)
FIXTURE_BEGIN(disk, disk_init(disk, false))

TEST_ON(what_was_written_is_read_and_what_was_discarded_is_zeros, disk)
{
    static uint8_t written[SIZE];
    static uint8_t read[SIZE];
    EXPECT_EQ(disk->block->size_bytes, SIZE);
    memset(written, 0x5a, sizeof(written));
    EXPECT_EQ(ask(disk, BLOCK_WRITE, 0, SIZE, written), 0);
    EXPECT_EQ(ask(disk, BLOCK_FLUSH, 0, 0, NULL), 0);
    EXPECT_EQ(ask(disk, BLOCK_DISCARD, 4096, SIZE / 2, NULL), 0);
    memset(written + 4096, 0, SIZE / 2);
    EXPECT_EQ(ask(disk, BLOCK_READ, 0, SIZE, read), 0);
    EXPECT_BYTES(read, written, SIZE);
    EXPECT_EQ(ask(disk, BLOCK_DISCARD, 0, 0, NULL), 0);
    struct stat there;
    EXPECT_EQ(stat(disk->path, &there), 0);
    EXPECT_EQ(there.st_size, SIZE);
    EXPECT(there.st_blocks * 512 < SIZE);
}

TEST(zeros_are_written_with_and_without_their_room)
{
    static const bool may_unmap[] = {false, true};
    static uint8_t written[SIZE];
    static uint8_t read[SIZE];
    for (size_t i = 0; i < ARRAY_SIZE(may_unmap); i++) {
        OWNED(disk_fini) struct disk disk;
        unsigned count = 0;
        struct block_request request = {.operation = BLOCK_WRITE_ZEROES,
                                        .may_unmap = may_unmap[i],
                                        .offset = 1000,
                                        .size = SIZE / 2,
                                        .done = note_done,
                                        .context = &count};
        disk_init(&disk, false);
        memset(written, 0x5a, sizeof(written));
        EXPECT_EQ(ask(&disk, BLOCK_WRITE, 0, SIZE, written), 0);
        block_submit(disk.block, &request);
        block_finish(&request);
        EXPECT_EQ(count, 1);
        EXPECT_EQ(request.status, 0);
        memset(written + 1000, 0, SIZE / 2);
        EXPECT_EQ(ask(&disk, BLOCK_READ, 0, SIZE, read), 0);
        EXPECT_BYTES(read, written, SIZE);
        struct stat there;
        EXPECT_EQ(stat(disk.path, &there), 0);
        EXPECT_EQ(there.st_blocks * 512 < SIZE, may_unmap[i]);
    }
}

/* The file system may be able or not; what it did counts. */
TEST_BEGINS(a_request_that_is_served_at_once_is_served_as_any_other, disk)
{
    uint8_t written[512];
    uint8_t read[512] = {0};
    struct block_request request = {.operation = BLOCK_WRITE,
                                    .offset = 512,
                                    .size = sizeof(written),
                                    .bytes = written};
    memset(written, 0x77, sizeof(written));
    disk_init(disk, false);
    if (block_try(disk->block, &request)) {
        EXPECT_EQ(request.status, 0);
    } else {
        EXPECT_EQ(ask(disk, BLOCK_WRITE, 512, sizeof(written), written), 0);
    }
    /* The host's medium is waited for elsewhere, if there is a need. */
    request = (struct block_request){.operation = BLOCK_FLUSH};
    EXPECT(!block_try(disk->block, &request));
    EXPECT_EQ(ask(disk, BLOCK_FLUSH, 0, 0, NULL), 0);
    EXPECT(block_try(disk->block, &request));
    EXPECT_EQ(request.status, 0);
    request = (struct block_request){.operation = BLOCK_READ,
                                     .offset = 512,
                                     .size = sizeof(read),
                                     .bytes = read};
    if (block_try(disk->block, &request)) {
        EXPECT_EQ(request.status, 0);
        EXPECT_BYTES(read, written, sizeof(read));
    }
    request.offset = SIZE;
    EXPECT(block_try(disk->block, &request));
    EXPECT_EQ(request.status, -EINVAL);
    /* Whatever takes room or gives it back is a job. */
    request = (struct block_request){.operation = BLOCK_DISCARD, .size = 512};
    EXPECT(!block_try(disk->block, &request));
}

TEST(requests_outside_or_against_the_rules_are_refused)
{
    static const struct {
        enum block_operation operation;
        uint64_t offset;
        uint64_t size;
        bool read_only;
        int status;
    } rows[] = {
        {BLOCK_READ,              SIZE,       0,          false, 0      },
        {BLOCK_READ,              SIZE - 1,   1,          false, 0      },
        {BLOCK_READ,              SIZE - 1,   2,          false, -EINVAL},
        {BLOCK_READ,              SIZE + 1,   0,          false, -EINVAL},
        {BLOCK_WRITE,             UINT64_MAX, 2,          false, -EINVAL},
        {BLOCK_DISCARD,           1,          UINT64_MAX, false, -EINVAL},
        {BLOCK_READ,              0,          1,          true,  0      },
        {BLOCK_WRITE,             0,          1,          true,  -EROFS },
        {BLOCK_DISCARD,           0,          1,          true,  -EROFS },
        {BLOCK_FLUSH,             0,          0,          true,  0      },
        {(enum block_operation)9, 0,          1,          false, -EINVAL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(disk_fini) struct disk disk;
        uint8_t bytes[2] = {0};
        test_case("row %zu", i);
        disk_init(&disk, rows[i].read_only);
        EXPECT_EQ(
            ask(&disk, rows[i].operation, rows[i].offset, rows[i].size, bytes),
            rows[i].status);
    }
}

TEST_BEGINS(many_requests_are_under_way_at_once, disk)
{
    enum { COUNT = 64, PIECE = SIZE / COUNT };
    static struct block_request requests[COUNT];
    static uint8_t bytes[COUNT][PIECE];
    static uint8_t read[SIZE];
    unsigned count = 0;
    const struct block_options read_only = {.read_only = true};
    disk_init(disk, false);
    for (unsigned i = 0; i < COUNT; i++) {
        memset(bytes[i], (int)i, PIECE);
        requests[i] = (struct block_request){.operation = BLOCK_WRITE,
                                             .offset = i * PIECE,
                                             .size = PIECE,
                                             .bytes = bytes[i],
                                             .done = note_done,
                                             .context = &count};
        block_submit(disk->block, &requests[i]);
    }
    /* Closing waits for them. */
    block_close(disk->block);
    EXPECT_EQ(count, COUNT);
    EXPECT_EQ(
        block_open(disk->loop, disk->what, &read_only, &disk->block, NULL), 0);
    EXPECT_EQ(ask(disk, BLOCK_READ, 0, SIZE, read), 0);
    EXPECT_BYTES(read, bytes, SIZE);
}

TEST_BEGINS(a_raw_disk_ends_with_a_whole_sector, disk)
{
    enum { ODD = 1000, WHOLE = 1024 };
    uint8_t bytes[WHOLE];
    uint8_t read[WHOLE];
    struct stat there;
    memset(bytes, 0x5a, sizeof(bytes));
    disk_init(disk, false);
    block_close(disk->block);
    EXPECT_EQ(truncate(disk->path, 0), 0);
    int fd = open(disk->path, O_WRONLY | O_CLOEXEC);
    EXPECT_EQ(write(fd, bytes, ODD), ODD);
    close(fd);
    memset(bytes + ODD, 0, WHOLE - ODD);
    EXPECT_EQ(block_open(disk->loop, disk->what, &(struct block_options){0},
                         &disk->block, NULL),
              0);
    EXPECT_EQ(disk->block->size_bytes, WHOLE);
    EXPECT_EQ(ask(disk, BLOCK_READ, 0, WHOLE, read), 0);
    EXPECT_BYTES(read, bytes, WHOLE);
    EXPECT_EQ(ask(disk, BLOCK_DISCARD, 512, 512, NULL), 0);
    EXPECT_EQ(stat(disk->path, &there), 0);
    EXPECT_EQ(there.st_size, ODD);
    memset(bytes + 512, 0x33, 512);
    EXPECT_EQ(ask(disk, BLOCK_WRITE, 512, 512, bytes + 512), 0);
    EXPECT_EQ(ask(disk, BLOCK_READ, 0, WHOLE, read), 0);
    EXPECT_BYTES(read, bytes, WHOLE);
    EXPECT_EQ(stat(disk->path, &there), 0);
    EXPECT_EQ(there.st_size, WHOLE);
}

/* ---- Overlays ------------------------------------------------------------ */

static int open_with(struct disk *disk, const struct block_options *options,
                     char *text)
{
    struct error error = {""};
    int code =
        block_open(disk->loop, disk->what, options, &disk->block, &error);
    memcpy(text, error.text, sizeof(error.text));
    return code;
}

static void leave(struct disk *disk)
{
    block_close(disk->block);
    disk->block = NULL;
}

static uint8_t first_byte(struct disk *disk)
{
    uint8_t byte = 0;
    EXPECT_EQ(ask(disk, BLOCK_READ, 0, 1, &byte), 0);
    return byte;
}

TEST_ON(an_overlay_takes_what_is_written, disk)
{
    char text[512];
    uint8_t byte = 0x11;
    EXPECT_EQ(ask(disk, BLOCK_WRITE, 0, 1, &byte), 0);
    leave(disk);
    OWNED(free_at) char *overlay = xasprintf("%s.over", disk->path);
    const struct block_options temporary = {.temporary = true};
    const struct block_options kept = {.overlay = overlay};
    for (unsigned i = 0; i < 4; i++) {
        const bool keeps = i >= 2;
        test_case("time %u", i);
        REQUIRE(open_with(disk, keeps ? &kept : &temporary, text) == 0);
        EXPECT_EQ(disk->block->size_bytes, SIZE);
        EXPECT(!disk->block->read_only);
        EXPECT_EQ(first_byte(disk), i == 3 ? 0x22 : 0x11);
        byte = 0x22;
        EXPECT_EQ(ask(disk, BLOCK_WRITE, 0, 1, &byte), 0);
        EXPECT_EQ(first_byte(disk), 0x22);
        leave(disk);
    }
    /* The base is as it was. */
    REQUIRE(open_with(disk, &(struct block_options){.read_only = true}, text) ==
            0);
    EXPECT_EQ(first_byte(disk), 0x11);
    unlink(overlay);
}

TEST(an_overlay_of_another_file_and_one_that_makes_no_sense_are_refused)
{
    struct disk disk;
    OWNED(disk_fini) struct disk other;
    char text[512];
    disk_init(&disk, false);
    disk_init(&other, false);
    leave(&disk);
    leave(&other);
    char *overlay = xasprintf("%s.over", disk.path);
    const struct {
        struct block_options options;
        const char *says;
    } rows[] = {
        {{.overlay = overlay},                     "is no overlay of"},
        {{.overlay = overlay, .temporary = true},  "kept or it is"   },
        {{.temporary = true, .read_only = true},   "is not written"  },
        {{.overlay = "/tmp/cairn/none/over"},      "cannot open"     },
        {{.overlay = other.path, .format = "raw"}, "not a qcow2"     },
        {{.format = "vmdk"},                       "no format 'vmdk'"},
    };
    REQUIRE(open_with(&disk, &rows[0].options, text) == 0);
    leave(&disk);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("row %zu", i);
        EXPECT(open_with(&other, &rows[i].options, text) < 0);
        EXPECT(strstr(text, rows[i].says));
    }
    unlink(overlay);
    free(overlay);
    disk_fini(&disk);
}

/* A disk that says of itself that it is a qcow2 image, as a raw one and as what
 * it says. */
TEST_ON(an_overlay_goes_with_its_base_in_one_format, disk)
{
    char text[512];
    leave(disk);
    unlink(disk->path);
    OWNED(free_at) char *overlay = xasprintf("%s.over", disk->path);
    OWNED(free_at) char *alone = xasprintf("%s.alone", disk->path);
    const struct image_layout layout = {.size_bytes = SIZE};
    const char *const made[] = {disk->path, alone};
    for (size_t i = 0; i < ARRAY_SIZE(made); i++) {
        struct image *image = NULL;
        EXPECT_EQ(image_create(made[i], image_type_find("qcow2"), &layout,
                               &image, NULL),
                  0);
        image_close(image);
    }
    const struct {
        struct block_options options;
        int code;
        const char *says;
    } rows[] = {
        {{.overlay = overlay, .format = "raw"},   0,       ""                 },
        {{.overlay = overlay, .format = "raw"},   0,       ""                 },
        {{.overlay = overlay, .format = "qcow2"}, -EINVAL, "is raw, not qcow2"},
        {{.overlay = alone, .format = "raw"},
         -EINVAL,
         ".alone' is no overlay of"                                           },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("row %zu", i);
        EXPECT_EQ(open_with(disk, &rows[i].options, text), rows[i].code);
        EXPECT(strstr(text, rows[i].says));
        EXPECT_EQ(text[0] == '\0', rows[i].code == 0);
        EXPECT_EQ(disk->block != NULL, rows[i].code == 0);
        leave(disk);
    }
    unlink(overlay);
    unlink(alone);
}

TEST_ON(a_disk_says_where_it_is_and_why_it_fails, disk)
{
    char text[512];
    uint8_t byte = 0;
    EXPECT_STR(block_path(disk->block), disk->path);
    EXPECT_EQ(disk->block->granule_bytes, 4096);
    EXPECT_STR(block_why(disk->block, -EIO), "Input/output error");
    leave(disk);
    /* Data behind the end of the file, which the image knows of. */
    const struct image_layout layout = {.size_bytes = SIZE, .cluster_bits = 12};
    const struct block_options options = {.format = "qcow2"};
    struct image *image = NULL;
    EXPECT_EQ(image_create(disk->path, image_type_find("qcow2"), &layout,
                           &image, NULL),
              0);
    EXPECT_EQ(image_write(image, 0, &byte, 1, true), 0);
    image_close(image);
    int fd = open(disk->path, O_WRONLY | O_CLOEXEC);
    EXPECT_EQ(pwrite(fd, "\x80\0\1\0\0\0\0\0", 8, 4 * 4096), 8);
    close(fd);
    REQUIRE(open_with(disk, &options, text) == 0);
    EXPECT_EQ(disk->block->granule_bytes, 4096);
    EXPECT_EQ(ask(disk, BLOCK_READ, 0, 1, &byte), -EUCLEAN);
    EXPECT(strstr(block_why(disk->block, -EUCLEAN), "entry 0 of the L2 table"));
}

TEST_ON(a_disk_has_one_writer, disk)
{
    struct block *second = NULL;
    struct error error = {""};
    EXPECT_EQ(block_open(disk->loop, disk->what, &(struct block_options){0},
                         &second, &error),
              -EWOULDBLOCK);
    EXPECT(strstr(error.text, "is in use"));
    EXPECT(!second);
}

TEST(what_is_no_disk_is_refused)
{
    static const struct {
        const char *what;
        int code;
        const char *says;
    } rows[] = {
        {"file",                  -EINVAL, "'file' is none of file:PATH, volatile:PATH"},
        {"disk:/tmp",             -EINVAL, "is none of file:PATH, volatile:PATH"       },
        {"file:/dev/null",        -EINVAL, "is not a regular file"                     },
        {"file:/tmp/cairn/none/", -ENOENT, "No such file or directory"                 },
    };
    struct loop *loop = loop_create(NULL);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct block *block = NULL;
        struct error error = {""};
        test_case("%s", rows[i].what);
        EXPECT_EQ(block_open(loop, rows[i].what, &(struct block_options){0},
                             &block, &error),
                  rows[i].code);
        EXPECT(strstr(error.text, rows[i].says));
    }
    loop_destroy(loop);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images against a model in memory, under random reads and changes, and where
 * it is installed with Debian's qemu-img as the judge of what is in the file.
 */
#include "backends/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "tests/harness.h"

enum { SIZE = 3 << 20, CHUNK = 200 << 10 };

/* ---- A folder, and the judge --------------------------------------------- */

struct folder {
    char path[64];
    uint64_t random;
};

static void folder_init(struct folder *folder)
{
    *folder = (struct folder){.path = "/tmp/cairn-image-XXXXXX", .random = 1};
    REQUIRE(mkdtemp(folder->path) != NULL);
}

static void folder_fini(const struct folder *folder)
{
    OWNED(free_at) char *command = xasprintf("rm -r %s", folder->path);
    EXPECT_EQ(system(command), 0);
}

static int run(const struct folder *folder, const char *command)
{
    char *line = xasprintf("cd %s && %s >log 2>&1", folder->path, command);
    int status = system(line);
    free(line);
    return status;
}

static bool has_judge(void)
{
    return system("qemu-img --version >/dev/null 2>&1") == 0;
}

static char *path_in(const struct folder *folder, const char *name)
{
    return xasprintf("%s/%s", folder->path, name);
}

static uint64_t draw(struct folder *folder, uint64_t below)
{
    uint64_t x = folder->random;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    folder->random = x;
    return x % below;
}

/* No errors; leaks only where a power cut may have left some. */
static void judge(const struct folder *folder, const char *name, bool leaks)
{
    char *command = xasprintf("qemu-img check -f qcow2 %s", name);
    int status = run(folder, command);
    EXPECT(status == 0 || (leaks && WEXITSTATUS(status) == 3));
    if (status != 0 && !(leaks && WEXITSTATUS(status) == 3)) {
        run(folder, "cat log >&2");
        OWNED(free_at) char *show = xasprintf("head -5 %s/log", folder->path);
        EXPECT_EQ(system(show), 0);
    }
    free(command);
}

static void make_file(const struct folder *folder, const char *name,
                      const uint8_t *bytes, size_t size)
{
    OWNED(free_at) char *path = path_in(folder, name);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    REQUIRE(fd >= 0);
    EXPECT_EQ(write(fd, bytes, size), size);
    close(fd);
}

static void read_file(const struct folder *folder, const char *name,
                      uint8_t *bytes, size_t size)
{
    OWNED(free_at) char *path = path_in(folder, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    REQUIRE(fd >= 0);
    EXPECT_EQ(read(fd, bytes, size), size);
    close(fd);
}

static struct image *open_image(const struct folder *folder, const char *name,
                                bool read_only)
{
    const struct image_options options = {.read_only = read_only};
    struct image *image = NULL;
    struct error error = {""};
    char *path = path_in(folder, name);
    image_open(path, &options, &image, &error);
    EXPECT_STR(error.text, "");
    free(path);
    return image;
}

/* ---- Against the model --------------------------------------------------- */

static uint8_t model[SIZE];
static uint8_t seen[SIZE];
static uint8_t chunk[CHUNK];

static void expect_all(struct image *image, const uint8_t *expected)
{
    EXPECT_EQ(image_read(image, 0, seen, image->size_bytes, true), 0);
    EXPECT_BYTES(seen, expected, image->size_bytes);
}

/* At once where that can be, as a machine does it. */
static int write_either_way(struct image *image, uint64_t offset, size_t size)
{
    int code = image_write(image, offset, chunk, size, false);
    return code == -EAGAIN ? image_write(image, offset, chunk, size, true)
                           : code;
}

static void one_step(struct folder *folder, struct image *image)
{
    const uint64_t size =
        draw(folder, 4) != 0 ? draw(folder, 9000) : draw(folder, CHUNK);
    const uint64_t offset = draw(folder, image->size_bytes - size + 1);
    const unsigned what = (unsigned)draw(folder, 16);
    if (what < 8) {
        memset(chunk, (int)draw(folder, 255) + 1, size);
        EXPECT_EQ(write_either_way(image, offset, size), 0);
        memcpy(model + offset, chunk, size);
    } else if (what < 11) {
        EXPECT_EQ(image_zero(image, offset, size, what != 8), 0);
        memset(model + offset, 0, size);
    } else if (what < 15) {
        int code = image_read(image, offset, seen, size, false);
        if (code == -EAGAIN) {
            code = image_read(image, offset, seen, size, true);
        }
        EXPECT_EQ(code, 0);
        EXPECT_BYTES(seen, model + offset, size);
    } else {
        EXPECT_EQ(image_sync(image), 0);
        EXPECT(image_is_synced(image));
    }
}

/* Each run has the contents that are said of its place. */
static void expect_runs(struct image *image)
{
    static const uint8_t none[4096];
    for (uint64_t at = 0; at < image->size_bytes;) {
        struct image_run found;
        EXPECT_EQ(image_run_through(image, at, image->size_bytes - at, &found),
                  0);
        REQUIRE(found.size != 0);
        for (uint64_t i = 0;
             (found.place == IMAGE_HOLE || found.place == IMAGE_ZERO) &&
             i < found.size;
             i += sizeof(none)) {
            uint64_t left = found.size - i;
            EXPECT_BYTES(model + at + i, none,
                         left < sizeof(none) ? left : sizeof(none));
        }
        at += found.size;
    }
}

static const struct {
    const char *name;
    const char *make; /* by qemu-img, with -c from the base; NULL: ourselves */
    unsigned cluster_bits;
    const char *backing;
} rows[] = {
    {"our own",              NULL,                                                 16, NULL          },
    {"our own, small",       NULL,                                                 12, NULL          },
    {"our own, large",       NULL,                                                 21, NULL          },
    {"over raw",             NULL,                                                 16, "base.img"    },
    {"over qcow2",           NULL,                                                 12, "base.qcow2"  },
    {"over compressed",      NULL,                                                 14, "packed.qcow2"},
    {"over zstd",            NULL,                                                 14, "zstd.qcow2"  },
    {"compressed by zlib",   "-c",                                                 0,  NULL          },
    {"compressed by zstd",   "-c -o compression_type=zstd",                        0,  NULL          },
    {"small, by zstd",       "-c -o compression_type=zstd,cluster_size=4096",      0,
     NULL                                                                                            },
    {"large, by zstd",       "-c -o compression_type=zstd,cluster_size=2M",        0,  NULL          },
    {"theirs",               "-o compat=1.1",                                      0,  NULL          },
    {"theirs, version 2",    "-o compat=0.10",                                     0,  NULL          },
    {"tiny",                 "-o cluster_size=512",                                0,  NULL          },
    {"tiny, version 2",      "-o compat=0.10,cluster_size=512 -b base.img -F raw", 0,
     NULL                                                                                            },
    {"refcounts of a bit",
     "-o cluster_size=4096,refcount_bits=1 -b base.qcow2 -F qcow2",                0,  NULL          },
    {"refcounts of 64 bits", "-o cluster_size=512,refcount_bits=64",               0,  NULL          },
    {"lazy refcounts",       "-o lazy_refcounts=on",                               0,  NULL          },
    {"all preallocated",     "-o preallocation=metadata",                          0,  NULL          },
};

/* True if it has the contents of the base at first, compressed. */
static bool is_packed(size_t row)
{
    return rows[row].make && strncmp(rows[row].make, "-c", 2) == 0;
}

/* The contents of backing images, which are shorter. */
static uint64_t make_bases(const struct folder *folder)
{
    enum { BASE = 2 << 20 };
    for (size_t i = 0; i < BASE; i++) {
        model[i] = i / 700 % 3 == 0 ? 0 : (uint8_t)(i / 700 * 13 + i % 7);
    }
    memset(model + (512 << 10), 0, 512 << 10);
    make_file(folder, "base.img", model, BASE);
    if (has_judge()) {
        EXPECT_EQ(run(folder,
                      "qemu-img convert -f raw -O qcow2 base.img "
                      "base.qcow2 && qemu-img convert -c -f raw -O "
                      "qcow2 base.img packed.qcow2 && qemu-img convert -c -f "
                      "raw -O qcow2 -o compression_type=zstd base.img "
                      "zstd.qcow2"),
                  0);
    }
    return BASE;
}

static struct image *make_image(const struct folder *folder, size_t row)
{
    if (rows[row].make) {
        char *command =
            is_packed(row) ? xasprintf(
                                 "qemu-img convert -f raw -O qcow2 %s base.img "
                                 "d.qcow2 && qemu-img resize d.qcow2 %d",
                                 rows[row].make, SIZE)
                           : xasprintf("qemu-img create -f qcow2 %s d.qcow2 %d",
                                       rows[row].make, SIZE);
        EXPECT_EQ(run(folder, command), 0);
        free(command);
        return open_image(folder, "d.qcow2", false);
    }
    char *path = path_in(folder, "d.qcow2");
    char *backing =
        rows[row].backing ? path_in(folder, rows[row].backing) : NULL;
    const struct image_layout layout = {.size_bytes = SIZE,
                                        .cluster_bits = rows[row].cluster_bits,
                                        .backing = backing};
    struct image *image = NULL;
    struct error error = {""};
    image_create(path, image_type_find("qcow2"), &layout, &image, &error);
    EXPECT_STR(error.text, "");
    free(path);
    free(backing);
    return image;
}

TEST(debians_qemu_img_is_there_to_judge)
{
    if (!has_judge()) {
        SKIP("qemu-img is not installed");
    }
}

TEST(an_image_is_the_disk_that_was_written)
{
    enum { STEPS = 300, ROUNDS = 3 };
    const bool judged = has_judge();
    for (size_t row = 0; row < ARRAY_SIZE(rows); row++) {
        OWNED(folder_fini) struct folder folder;
        test_case("%s", rows[row].name);
        folder_init(&folder);
        const uint64_t base = make_bases(&folder);
        const bool needs =
            rows[row].make ||
            (rows[row].backing && strcmp(rows[row].backing, "base.img") != 0);
        struct image *image =
            needs && !judged ? NULL : make_image(&folder, row);
        if (image) {
            if (!image->backing && !is_packed(row)) {
                memset(model, 0, base);
            }
            memset(model + base, 0, SIZE - base);
        }
        for (unsigned round = 0; image && round < ROUNDS; round++) {
            /* A read that must not wait gets nothing of the file. */
            image->file.waits_reads = round == 1;
            expect_all(image, model);
            for (unsigned i = 0; i < STEPS; i++) {
                one_step(&folder, image);
            }
            expect_all(image, model);
            expect_runs(image);
            EXPECT_EQ(image_close(image), 0);
            if (judged) {
                judge(&folder, "d.qcow2", false);
                EXPECT_EQ(run(&folder, "qemu-img convert -O raw d.qcow2 out"),
                          0);
                read_file(&folder, "out", seen, SIZE);
                EXPECT_BYTES(seen, model, SIZE);
            }
            image = open_image(&folder, "d.qcow2", round == ROUNDS - 2);
            if (image && image->file.read_only) {
                expect_all(image, model);
                image_close(image);
                image = open_image(&folder, "d.qcow2", false);
            }
        }
        image_close(image);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An image whose host stops between two writes, or loses what it wrote since
 * the last sync: Debian's qemu-img finds no error in it but lost clusters, and
 * what was there at the last sync is.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends/image.h"
#include "base/bits.h"
#include "base/buffer.h"
#include "host/file.h"
#include "tests/harness.h"

enum { DISK = 1 << 20, FILE_MAX = 32 << 20, STEPS = 100, SECTOR = 512 };

/* ---- What happens to the file -------------------------------------------- */

struct event {
    enum image_change_kind kind;
    uint64_t offset;
    uint64_t size;
    uint8_t *bytes;
};

struct bench {
    char folder[64];
    char *path;
    uint64_t random;
    struct event *events;
    size_t count;
    uint8_t *before; /* the file when the image had been made */
    size_t before_size;
    uint8_t disk[DISK];
    uint8_t stable[DISK];        /* at the guest's last sync */
    bool touched[DISK / SECTOR]; /* since then */
    size_t last_sync;            /* of events, when it returned */
};

static struct bench bench;
static uint8_t medium[FILE_MAX];

static uint64_t draw(uint64_t below)
{
    uint64_t x = bench.random;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    bench.random = x;
    return x % below;
}

static int note(void *context, const struct image_change *change)
{
    bench.events =
        realloc(bench.events, (bench.count + 1) * sizeof(*bench.events));
    if (!bench.events) {
        abort();
    }
    struct event *event = &bench.events[bench.count++];
    *event = (struct event){change->kind, change->offset, change->size, NULL};
    if (change->bytes) {
        event->bytes = xcalloc(1, change->size + 1);
        memcpy(event->bytes, change->bytes, change->size);
    }
    return 0;
}

/* To the medium, which is *size long. */
static void apply(const struct event *event, size_t *size)
{
    const size_t end = (size_t)(event->offset + event->size);
    switch (event->kind) {
    case IMAGE_CHANGE_RESIZE:
        if (event->offset < *size) {
            memset(medium + event->offset, 0, *size - event->offset);
        }
        *size = (size_t)event->offset;
        break;
    case IMAGE_CHANGE_WRITE:
        *size = end > *size ? end : *size;
        memcpy(medium + event->offset, event->bytes, event->size);
        break;
    case IMAGE_CHANGE_ZERO:
    case IMAGE_CHANGE_RELEASE:
        if (end <= *size) {
            memset(medium + event->offset, 0, event->size);
        }
        break;
    case IMAGE_CHANGE_SYNC:
        break;
    }
}

/* ---- The guest ----------------------------------------------------------- */

static void touch(uint64_t offset, uint64_t size)
{
    for (uint64_t at = offset / SECTOR; at * SECTOR < offset + size; at++) {
        bench.touched[at] = true;
    }
}

static void one_step(struct image *image, bool may_sync)
{
    static uint8_t bytes[64 << 10];
    const uint64_t size = (draw(4) != 0 ? 1 + draw(8) : 1 + draw(100)) * SECTOR;
    const uint64_t offset = draw((DISK - size) / SECTOR + 1) * SECTOR;
    switch (draw(8)) {
    case 0:
        if (!may_sync) {
            break;
        }
        EXPECT_EQ(image_sync(image), 0);
        memcpy(bench.stable, bench.disk, DISK);
        memset(bench.touched, 0, sizeof(bench.touched));
        bench.last_sync = bench.count;
        break;
    case 1:
    case 2:
        EXPECT_EQ(image_zero(image, offset, size, true), 0);
        memset(bench.disk + offset, 0, size);
        touch(offset, size);
        break;
    default:
        memset(bytes, (int)(1 + draw(255)), size);
        EXPECT_EQ(image_write(image, offset, bytes, size, true), 0);
        memcpy(bench.disk + offset, bytes, size);
        touch(offset, size);
    }
}

/* ---- A cut --------------------------------------------------------------- */

static bool has_judge(void)
{
    return system("qemu-img --version >/dev/null 2>&1") == 0;
}

static char *path_of(const char *name)
{
    return xasprintf("%s/%s", bench.folder, name);
}

static struct image *make_image(const char *make)
{
    const struct image_options options = {.format = "qcow2"};
    const struct image_layout layout = {.size_bytes = DISK, .cluster_bits = 12};
    struct image *image = NULL;
    struct error error = {""};
    if (make) {
        char *line = xasprintf("qemu-img create -q -f qcow2 %s %s %d", make,
                               bench.path, DISK);
        EXPECT_EQ(system(line), 0);
        free(line);
        image_open(bench.path, &options, &image, &error);
    } else {
        image_create(bench.path, image_type_find("qcow2"), &layout, &image,
                     &error);
    }
    EXPECT_STR(error.text, "");
    return image;
}

static void keep_before(void)
{
    struct buffer file = {0};
    EXPECT_EQ(file_read(bench.path, FILE_MAX, &file, NULL), 0);
    bench.before = file.bytes;
    bench.before_size = file.size;
}

enum loss { LOSES_NONE, LOSES_HALF, LOSES_ONE, LOSSES };

/* The file with the first `cut` events, but for some since its last sync. */
static void make_medium(size_t cut, enum loss loss)
{
    size_t size = bench.before_size;
    size_t synced = 0;
    for (size_t i = 0; i < cut; i++) {
        synced = bench.events[i].kind == IMAGE_CHANGE_SYNC ? i : synced;
    }
    memset(medium, 0, sizeof(medium));
    memcpy(medium, bench.before, size);
    const size_t lost = synced + draw(cut - synced + 1);
    for (size_t i = 0; i < cut; i++) {
        if (loss == LOSES_NONE || i < synced ||
            (loss == LOSES_HALF ? draw(2) == 0 : i != lost)) {
            apply(&bench.events[i], &size);
        }
    }
    OWNED(free_at) char *path = path_of("cut.qcow2");
    EXPECT_EQ(file_write(path, medium, size, NULL), 0);
}

static void judge(bool leaks)
{
    char *line = xasprintf("qemu-img check -f qcow2 %s/cut.qcow2 >%s/log 2>&1",
                           bench.folder, bench.folder);
    int status = system(line);
    EXPECT(status == 0 || (leaks && WEXITSTATUS(status) == 3));
    free(line);
}

static void expect_stable(struct image *image)
{
    static uint8_t seen[DISK];
    EXPECT_EQ(image_read(image, 0, seen, DISK, true), 0);
    for (size_t i = 0; i < DISK / SECTOR; i++) {
        if (!bench.touched[i] &&
            memcmp(seen + i * SECTOR, bench.stable + i * SECTOR, SECTOR) != 0) {
            EXPECT_BYTES(seen + i * SECTOR, bench.stable + i * SECTOR, SECTOR);
            break;
        }
    }
}

/* It goes on from there, as after the power came back. */
static void look_at_medium(bool judged)
{
    const struct image_options options = {.format = "qcow2"};
    struct image *image = NULL;
    struct error error = {""};
    char *path = path_of("cut.qcow2");
    if (judged) {
        judge(true);
    }
    image_open(path, &options, &image, &error);
    EXPECT_STR(error.text, "");
    free(path);
    if (image) {
        static uint8_t bytes[64 << 10];
        expect_stable(image);
        memset(bytes, 0x99, sizeof(bytes));
        EXPECT_EQ(image_write(image, DISK / 2, bytes, sizeof(bytes), true), 0);
        EXPECT_EQ(image_zero(image, 0, 200 << 10, true), 0);
        EXPECT_EQ(image_close(image), 0);
    }
    if (judged) {
        judge(true);
    }
}

static void one_run(const char *make, bool judged)
{
    enum { CUTS = 12, LAST = 30, UNSYNCED = 15 };
    bench.path = path_of("d.qcow2");
    struct image *image = make_image(make);
    keep_before();
    image->file.observe = note;
    for (uint64_t i = UNSYNCED + draw(STEPS); i != 0; i--) {
        one_step(image, i > UNSYNCED);
    }
    EXPECT_EQ(image_close(image), 0);
    for (unsigned i = 0; i < CUTS; i++) {
        /* Most writes of tables come last. */
        const size_t since = bench.count - bench.last_sync;
        const size_t most = i % 4 != 0 && since > LAST ? LAST : since;
        const size_t cut = bench.count - draw(most + 1);
        test_case("%s: %zu of %zu changes, the last sync at %zu",
                  make ? make : "our own", cut, bench.count, bench.last_sync);
        make_medium(cut, (enum loss)(i % LOSSES));
        look_at_medium(judged);
    }
    for (size_t i = 0; i < bench.count; i++) {
        free(bench.events[i].bytes);
    }
    free(bench.events);
    free(bench.before);
    unlink(bench.path);
    free(bench.path);
}

TEST(a_cut_at_any_write_loses_clusters_at_most)
{
    static const char *const makes[] = {
        NULL,
        "-o cluster_size=512",
        "-o cluster_size=512,compat=0.10",
        "-o cluster_size=1024,refcount_bits=64",
    };
    enum { RUNS = 2 };
    const bool judged = has_judge();
    uint64_t random = 1;
    for (size_t i = 0; i < RUNS * ARRAY_SIZE(makes); i++) {
        const char *make = makes[i % ARRAY_SIZE(makes)];
        if (make && !judged) {
            continue;
        }
        memset(&bench, 0, sizeof(bench));
        bench.random = random++ * 0x9e3779b97f4a7c15u;
        strcpy(bench.folder, "/tmp/cairn-power-XXXXXX");
        REQUIRE(mkdtemp(bench.folder) != NULL);
        one_run(make, judged);
        OWNED(free_at) char *line = xasprintf("rm -r %s", bench.folder);
        EXPECT_EQ(system(line), 0);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Where an image has what: the tables of a new one, the runs of a disk, and
 * which bytes of the file a change of the disk changes. */
#include "tests/image_folder.h"

/* Clusters of 4 KiB, and two L2 tables. */
enum { K = 1 << 10, CLUSTER = 4 * K, DISK = 4 * K * K, BASE = 64 * K };

/* ---- New images ---------------------------------------------------------- */

TEST(a_new_image_has_its_tables_one_behind_the_other)
{
    const uint64_t mib = 1 << 20;
    const uint64_t gib = 1 << 30;
    const struct {
        unsigned bits;
        uint64_t size;
        uint64_t l1_entries;
        uint64_t blocks; /* of refcounts */
        uint64_t clusters;
    } rows[] = {
        {0,  512,              1,       1, 4   },
        {12, 512,              1,       1, 4   },
        {12, 2 * mib,          1,       1, 4   },
        {12, 2 * mib + 512,    2,       1, 4   },
        {12, gib,              512,     1, 4   },
        {12, gib + 512,        513,     1, 5   },
        {12, 2045 * gib,       1047040, 1, 2048},
        {12, 2045 * gib + 512, 1047041, 2, 2050},
        {12, 8192 * gib - 512, 1 << 22, 5, 8199},
        {13, 8 * mib + 512,    2,       1, 4   },
        {21, 512 * gib,        1,       1, 4   },
        {21, 512 * gib + 512,  2,       1, 4   },
    };
    begin();
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const unsigned bits = rows[i].bits ? rows[i].bits : 16;
        test_case("row %zu", i);
        struct image *image = create(
            "a.qcow2", (struct image_layout){.size_bytes = rows[i].size,
                                             .cluster_bits = rows[i].bits});
        REQUIRE(image != NULL);
        EXPECT_EQ(image->size_bytes, rows[i].size);
        EXPECT_EQ(image->granule_bytes, 1 << bits);
        EXPECT_EQ(image->file.size, rows[i].clusters << bits);
        EXPECT_EQ(image_write(image, rows[i].size - 1, "!", 1, true), 0);
        EXPECT_EQ(image_close(image), 0);
        EXPECT_EQ(peek("a.qcow2", 4, 4), 3);
        EXPECT_EQ(peek("a.qcow2", 20, 4), bits);
        EXPECT_EQ(peek("a.qcow2", 24, 8), rows[i].size);
        EXPECT_EQ(peek("a.qcow2", 36, 4), rows[i].l1_entries);
        EXPECT_EQ(peek("a.qcow2", 40, 8), (2 + rows[i].blocks) << bits);
        EXPECT_EQ(peek("a.qcow2", 48, 8), 1 << bits);
        EXPECT_EQ(peek("a.qcow2", 56, 4), 1);
        EXPECT_EQ(peek("a.qcow2", 96, 4), 4);
        EXPECT_EQ(peek("a.qcow2", 100, 4), 104);
        EXPECT_EQ(peek("a.qcow2", (1 << bits) + 8 * (rows[i].blocks - 1), 8),
                  (1 + rows[i].blocks) << bits);
        judge("a.qcow2");
    }
    end();
}

TEST(an_image_that_cannot_be_is_not_made)
{
    /* clang-format off */
    const struct {
        const char *name;
        struct image_layout layout;
        int code;
        const char *says;
    } rows[] = {
        {"small clusters", {.size_bytes = DISK, .cluster_bits = 11}, -EINVAL,
         "clusters of 2048 bytes are not of 4 KiB"},
        {"large clusters", {.size_bytes = DISK, .cluster_bits = 22}, -EINVAL,
         "clusters of 4194304 bytes are not of 4"},
        {"a large disk", {.size_bytes = 8ull << 40, .cluster_bits = 12}, -EFBIG,
         "a disk of 8796093022208 bytes is too large for clusters of 4096"},
        {"a negative disk", {.size_bytes = 1ull << 63, .cluster_bits = 21},
         -EFBIG, "is too large for clusters of 2097152"},
    };
    /* clang-format on */
    begin();
    char *path = place("a.qcow2");
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct image *image = NULL;
        struct error error = {""};
        test_case("%s", rows[i].name);
        EXPECT_EQ(image_create(path, image_type_find("qcow2"), &rows[i].layout,
                               &image, &error),
                  rows[i].code);
        EXPECT(strstr(error.text, rows[i].says));
        EXPECT(!image && access(path, F_OK) != 0);
    }
    free(path);
    end();
}

/* A folder of 1004 characters, and a name for what is left. */
TEST(the_name_of_a_backing_image_has_its_limit)
{
    static const char format[] =
        "d=$(printf d%%.0s $(seq 250)); p=$d/$d/$d/$d; %s";
    struct buffer path = {0};
    begin();
    EXPECT_EQ(
        shell(format, "mkdir -p $p && truncate -s 4M $p/name_of_19_letters_"),
        0);
    EXPECT_EQ(shell(format, "cp $p/name* $p/name_of_20__letters_"), 0);
    for (unsigned longer = 0; longer < 2; longer++) {
        struct image *image = NULL;
        struct error error = {""};
        buffer_clear(&path);
        buffer_print(&path, "%s", folder);
        for (unsigned i = 0; i < 4; i++) {
            buffer_print(&path, "/%0250d", 0);
        }
        memset(path.bytes + strlen(folder), 'd', path.size - strlen(folder));
        for (unsigned i = 0; i < 4; i++) {
            path.bytes[strlen(folder) + i * 251] = '/';
        }
        buffer_print(&path,
                     longer ? "/name_of_20__letters_" : "/name_of_19_letters_");
        OWNED(free_at) char *name = place("a.qcow2");
        const struct image_layout layout = {.backing = buffer_text(&path),
                                            .backing_format = "raw"};
        EXPECT_EQ(image_create(name, image_type_find("qcow2"), &layout, &image,
                               &error),
                  longer ? -ENAMETOOLONG : 0);
        EXPECT(strstr(error.text, longer ? "the name 'd" : ""));
        image_close(image);
        if (!longer) {
            EXPECT_EQ(peek("a.qcow2", 8, 8), 104 + 16 + 8);
            EXPECT_EQ(peek("a.qcow2", 16, 4), 1023);
            EXPECT_EQ(peek("a.qcow2", 104, 8), 0xe2792aca00000003);
            judge("a.qcow2");
        }
        unlink(name);
    }
    buffer_fini(&path);
    end();
}

/* ---- What is done to a disk and to its file ------------------------------ */

static char noted[2000];

static int note(void *context, const struct image_change *change)
{
    static const char *const kinds[] = {"", "zero ", "free ", "size ", "sync"};
    const size_t length = strlen(noted);
    char *at = noted + length;
    const size_t room = sizeof(noted) - length;
    if (change->kind == IMAGE_CHANGE_SYNC) {
        snprintf(at, room, "sync ");
    } else if (change->kind == IMAGE_CHANGE_RESIZE) {
        snprintf(at, room, "size %llx ", (unsigned long long)change->offset);
    } else {
        snprintf(at, room, "%s%llx+%llx ", kinds[change->kind],
                 (unsigned long long)change->offset,
                 (unsigned long long)change->size);
    }
    return 0;
}

/* "w1000+200 ...": writes, zeroes or discards (u) from an offset on so many
 * bytes, in hexadecimal; "s" is a sync. */
static void play(struct image *image, const char *script)
{
    static uint8_t bytes[DISK];
    memset(bytes, 0xa5, sizeof(bytes));
    while (*script) {
        char *end = NULL;
        const char what = *script;
        const uint64_t offset = strtoull(script + 1, &end, 16);
        const uint64_t size = *end == '+' ? strtoull(end + 1, &end, 16) : 0;
        int code = what == 's'   ? image_sync(image)
                   : what == 'w' ? image_write(image, offset, bytes, size, true)
                                 : image_zero(image, offset, size, what == 'u');
        EXPECT_EQ(code, 0);
        script = *end ? end + 1 : end;
    }
}

/* A disk over nothing, or over one that is shorter. */
static struct image *make(bool over)
{
    char *base = place("base.img");
    EXPECT_EQ(shell("head -c %d /dev/zero | tr '\\0' x >base.img", BASE), 0);
    struct image *image =
        create("a.qcow2",
               (struct image_layout){.size_bytes = DISK,
                                     .cluster_bits = 12,
                                     .backing = over ? base : NULL,
                                     .backing_format = over ? "raw" : NULL});
    free(base);
    return image;
}

TEST(a_change_of_the_disk_is_few_changes_of_the_file)
{
    /* clang-format off */
    static const struct {
        const char *name;
        bool over;
        const char *before;
        const char *script;
        const char *changes;
    } rows[] = {
        {"new clusters", false, "", "w0+3000", "size 400000 5000+3000 "},
        {"part of a new cluster", false, "", "w1200+100",
         "size 400000 5200+100 "},
        {"new clusters, from part to part", false, "", "w1200+2000",
         "size 400000 5200+2000 "},
        {"part of one over another image", true, "", "w1200+100",
         "size 400000 5000+200 5300+d00 5200+100 "},
        {"parts of two over another image", true, "", "w1200+1000",
         "size 400000 5000+200 6200+e00 5200+1000 "},
        {"part of one behind the other image", true, "", "w20200+100",
         "size 400000 5200+100 "},
        {"more than a run", false, "", "w0+21000",
         "size 400000 5000+20000 25000+1000 "},
        {"over the end of a table", false, "", "w1fe000+4000",
         "size 400000 5000+2000 8000+2000 "},
        {"clusters of its own", false, "w0+3000", "w800+1000 w0+3000",
         "5800+1000 5000+3000 "},
        {"its own and new ones", false, "w1000+1000", "w0+3000",
         "6000+1000 5000+1000 7000+1000 "},
        {"its own, elsewhere", false, "w1000+1000 w0+1000", "w0+2000",
         "6000+1000 5000+1000 "},
        {"its own, behind a table", false, "w1fe000+4000", "w1fe000+4000",
         "5000+2000 8000+2000 "},
        {"zeros with room", false, "w0+3000 z1000+1000", "w0+3000",
         "5000+1000 6000+1000 7000+1000 "},
        {"zeros with room, in part", false, "w0+3000 z1000+1000", "w1200+100",
         "6000+200 6300+d00 6200+100 "},
        {"zeros without", true, "u0+3000", "w1200+100", "5200+100 "},
        {"room again", false, "w0+3000 s u1000+1000 s", "w8000+200",
         "6200+e00 6000+200 "},
        {"first sync", false, "w0+1000", "s",
         "2000+1000 sync 4000+1000 sync 3000+8 sync "},
        {"second sync", false, "w0+1000 s", "s w0+1000 s s", "5000+1000 sync "},
        {"two tables", false, "w0+1000 w200000+1000", "s",
         "2000+1000 sync 4000+1000 6000+1000 sync 3000+10 sync "},
        {"the second table", false, "w200000+1000", "s",
         "2000+1000 sync 4000+1000 sync 3008+8 sync "},
        {"the second table and the first", false, "w200000+1000 w0+1000", "s",
         "2000+1000 sync 4000+1000 6000+1000 sync 3000+10 sync "},
        {"discards", false, "w0+3000 s", "u1000+2000 s s",
         "sync 4000+1000 sync free 6000+2000 2000+1000 sync "},
        {"zeros are no data", true, "", "z0+10000 u0+10000", "size 400000 "},
        {"zeros of a part", true, "", "z200+100 u200+200",
         "size 400000 5000+200 5300+d00 5200+100 5200+200 "},
        {"zeros of what is none", false, "", "z0+400000 z200+100 s", "sync "},
    };
    /* clang-format on */
    begin();
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("%s", rows[i].name);
        struct image *image = make(rows[i].over);
        REQUIRE(image != NULL);
        play(image, rows[i].before);
        noted[0] = '\0';
        image->file.observe = note;
        play(image, rows[i].script);
        image->file.observe = NULL;
        EXPECT_STR(noted, rows[i].changes);
        EXPECT_EQ(image_close(image), 0);
        judge("a.qcow2");
    }
    end();
}

/* ---- Runs ---------------------------------------------------------------- */

static void tell_runs(struct image *image, bool through)
{
    static const char *const places[] = {"hole", "zero", "stored", "packed",
                                         "backed"};
    noted[0] = '\0';
    for (uint64_t at = 0; at < DISK;) {
        struct image_run run = {0};
        const size_t length = strlen(noted);
        EXPECT_EQ(through ? image_run_through(image, at, DISK - at, &run)
                          : image_run(image, at, DISK - at, &run),
                  0);
        REQUIRE(run.size != 0);
        char at_host[32] = "";
        if (run.place == IMAGE_STORED && !through) {
            snprintf(at_host, sizeof(at_host), "@%llx",
                     (unsigned long long)run.host_offset);
        }
        snprintf(noted + length, sizeof(noted) - length, "%llx:%s%s ",
                 (unsigned long long)run.size, places[run.place], at_host);
        at += run.size;
    }
}

TEST(runs_are_as_long_as_they_can_be)
{
    /* clang-format off */
    static const struct {
        const char *name;
        bool over;
        const char *script;
        const char *runs;
        const char *through;
    } rows[] = {
        {"nothing", false, "", "200000:hole 200000:hole ",
         "200000:hole 200000:hole "},
        {"nothing over an image", true, "", "200000:backed 200000:backed ",
         "10000:stored 1f0000:hole 200000:hole "},
        {"side by side", false, "w0+3000",
         "3000:stored@5000 1fd000:hole 200000:hole ",
         "3000:stored 1fd000:hole 200000:hole "},
        {"apart", false, "w1000+1000 w0+1000 w2000+1000",
         "1000:stored@6000 1000:stored@5000 1000:stored@7000 1fd000:hole "
         "200000:hole ",
         "1000:stored 1000:stored 1000:stored 1fd000:hole 200000:hole "},
        {"over a table", false, "w1fe000+4000",
         "1fe000:hole 2000:stored@5000 2000:stored@8000 1fe000:hole ",
         "1fe000:hole 2000:stored 2000:stored 1fe000:hole "},
        {"zeros with room", false, "w0+4000 z1000+2000",
         "1000:stored@5000 2000:zero 1000:stored@8000 1fc000:hole 200000:hole ",
         "1000:stored 2000:zero 1000:stored 1fc000:hole 200000:hole "},
        {"zeros without", true, "w0+5000 z1000+1000 u2000+2000",
         "1000:stored@5000 1000:zero 2000:zero 1000:stored@9000 1fb000:backed "
         "200000:backed ",
         "1000:stored 1000:zero 2000:zero 1000:stored b000:stored 1f0000:hole "
         "200000:hole "},
    };
    /* clang-format on */
    begin();
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("%s", rows[i].name);
        struct image *image = make(rows[i].over);
        REQUIRE(image != NULL);
        play(image, rows[i].script);
        tell_runs(image, false);
        EXPECT_STR(noted, rows[i].runs);
        tell_runs(image, true);
        EXPECT_STR(noted, rows[i].through);
        image_close(image);
    }
    end();
}

TEST(a_run_is_what_is_behind_its_offset)
{
    struct image_run run;
    begin();
    struct image *image = make(false);
    REQUIRE(image != NULL);
    play(image, "w0+3000");
    EXPECT_EQ(image_run(image, 0x1234, 0x800, &run), 0);
    EXPECT_EQ(run.size, 0x800);
    EXPECT_EQ(run.host_offset, 0x6234);
    EXPECT_EQ(image_run(image, 0x1234, DISK, &run), 0);
    EXPECT_EQ(run.size, 0x3000 - 0x1234);
    EXPECT_EQ(image_run(image, DISK - 512, DISK, &run), 0);
    EXPECT_EQ(run.size, 512);
    EXPECT_EQ(image_run(image, DISK / 2 + 0x1235, DISK, &run), 0);
    EXPECT_EQ(run.size, DISK / 2 - 0x1235);
    EXPECT_EQ(image_run(image, DISK, 77, &run), 0);
    EXPECT_EQ(run.place, IMAGE_HOLE);
    EXPECT_EQ(run.size, 77);
    image_close(image);
    end();
}

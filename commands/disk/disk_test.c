/* SPDX-License-Identifier: Apache-2.0 */
/* cairn disk by its options, output and exit codes; backends/image_test.c has
 * what is in the images. */
#include "commands/command.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/image.h"
#include "base/bits.h"
#include "base/buffer.h"
#include "host/file.h"
#include "tests/command_folder.h"

static char *in_folder(const char *name)
{
    return xasprintf("%s/%s", folder, name);
}

static const struct {
    const char *line;
    int code;
    const char *out;
    const char *err;
} rows[] = {
    {"disk create @/a.qcow2",                                          2, "",                          "--size or --back"},
    {"disk create --size 100 @/a.img",                                 2, "",                          "512"             },
    {"disk create --size 1M --cluster-size 5K @/a.qcow2",              2, "",
     "power of two"                                                                                                      },
    {"disk create --size 1M --cluster-size 4M @/a.qcow2",              2, "",                          "2097152"         },
    {"disk create --size 3M @/a.img",                                  0, "raw, 3 MiB",                ""                },
    {"disk create --size 3M @/a.img",                                  1, "",                          "exists (--force" },
    {"disk create --size 2560K --force @/a.img",                       0, "raw, 2.5 MiB",              ""                },
    {"disk create --backing @/a.img @/b.qcow2",                        0, "qcow2, 2.5 MiB",            ""                },
    {"disk create --backing @/a.img @/b.img",                          1, "",                          "no backing image"},
    {"disk create --backing @/none @/c.qcow2",                         1, "",                          "cannot open"     },
    {"disk create --backing-format raw @/c.qcow2",                     2, "",                          "--backing"       },
    {"disk show @/a.img",                                              0, "empty         2.5 MiB",     ""                },
    {"disk show @/b.qcow2",                                            0, "over          a.img (raw)", ""                },
    {"disk show --json @/b.qcow2",                                     0, "\"backing\":\"a.img\"",     ""                },
    {"disk show --format qcow2 @/a.img",                               1, "",                          "not a qcow2"     },
    {"disk show @/none",                                               1, "",                          "cannot open"     },
    {"disk convert @/b.qcow2 @/d.img",                                 0, "",                          ""                },
    {"disk convert @/b.qcow2 @/d.img",                                 1, "",                          "exists"          },
    {"disk convert --from qcow2 @/a.img @/e.img",                      1, "",                          "not a qcow2"     },
    {"disk convert --format qcow2 @/a.img @/q.img",                    0, "",                          ""                },
    {"disk show @/q.img",                                              1, "",                          "say which it is" },
    {"disk show --format qcow2 @/q.img",                               0, "qcow2 version 3",           ""                },
    {"disk create --size 513 --force @/o.img",                         0,
     "513 bytes were rounded up to 1024",                                                              ""                },
    {"disk create --size 1.5M --force @/o.img",                        0, "raw, 1.5 MiB",              ""                },
    {"disk create --size 1P @/o.qcow2",                                0, "qcow2, 1 PiB",              ""                },
    {"disk create --size 1.5 --force @/o.img",                         2, "",                          "is not a number" },
    {"disk create --size 1.x5G --force @/o.img",                       2, "",                          "is not a number" },
    {"disk create --size 1M @/v.vmdk",                                 2, "",                          "is vmdk by"      },
    {"disk create --size 1M --format raw @/v.vmdk",                    0, "raw, 1 MiB",                ""                },
    {"disk show @/v.vmdk",                                             1, "",                          "vmdk by its name"},
    {"disk show --format raw @/v.vmdk",                                0, "1 MiB",                     ""                },
    {"disk convert @/a.img @/w.VHDX",                                  2, "",                          "is vhdx by"      },
    {"disk convert @/v.vmdk @/w.img",                                  1, "",                          "say which it is" },
    {"disk convert --from raw @/v.vmdk @/w.img",                       0, "",                          ""                },
    {"disk create --force --format qcow2 --backing @/b.qcow2 @/a.img", 1, "",
     "over itself"                                                                                                       },
    {"disk create --force --backing @/b.qcow2 @/b.qcow2",              1, "",                          "over itself"     },
    {"disk create --force --size 1M /dev/null",                        1, "",                          "not a regular"   },
    {"disk convert --force @/a.img /dev/null",                         1, "",                          "not a regular"   },
};

TEST(images_are_made_shown_and_converted)
{
    REQUIRE(make_folder());
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        expect(rows[i].line, rows[i].code, rows[i].out, rows[i].err);
    }
    remove_folder();
}

/* A user's decisions about a file outlive what is in it. */
TEST(an_image_that_replaces_a_file_keeps_its_mode_and_its_link)
{
    static const char *const commands[] = {
        "disk create --size 1M --force @/link",
        "disk convert --force @/from.img @/link",
    };
    REQUIRE(make_folder());
    char *file = in_folder("secret.img");
    char *link = in_folder("link");
    char *from = in_folder("from.img");
    EXPECT_EQ(file_write(from, "some", 4, NULL), 0);
    EXPECT_EQ(symlink("secret.img", link), 0);
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        struct stat there;
        EXPECT_EQ(file_write_private(file, "old", 3, NULL), 0);
        expect(commands[i], 0, "", "");
        EXPECT(lstat(link, &there) == 0 && S_ISLNK(there.st_mode));
        EXPECT_EQ(stat(link, &there), 0);
        EXPECT_EQ(there.st_mode & 0777, 0600);
        EXPECT(there.st_size != 3);
    }
    free(file);
    free(link);
    free(from);
    remove_folder();
}

/* The last image that is followed, and the one behind it. */
TEST(chains_are_followed_as_far_by_each_command)
{
    enum { DEEPEST = 16 };
    REQUIRE(make_folder());
    expect("disk create --size 1M @/c0.qcow2", 0, "", "");
    for (unsigned i = 1; i <= DEEPEST; i++) {
        char *line = xasprintf("disk create --backing @/c%u.qcow2 @/c%u.qcow2",
                               i - 1, i);
        expect(line, 0, "", "");
        free(line);
    }
    expect("disk show @/c16.qcow2", 0, "c0.qcow2: qcow2", "");
    expect("disk convert @/c16.qcow2 @/to.img", 0, "", "");
    char *line = xasprintf(
        "cd %s && sed s/c15.qcow2/c16.qcow2/ c16.qcow2 >c17.qcow2", folder);
    EXPECT_EQ(system(line), 0);
    free(line);
    expect("disk show @/c17.qcow2", 1, "",
           "c0.qcow2': it is backing image 17 of a chain");
    expect("disk convert @/c17.qcow2 @/too.img", 1, "",
           "c0.qcow2': it is backing image 17 of a chain");
    expect("disk create --backing @/c16.qcow2 @/new.qcow2", 1, "",
           "c0.qcow2': it is backing image 17 of a chain");
    remove_folder();
}

/* The machine that writes to an image goes on with it, and nobody else. */
TEST(an_image_that_a_machine_writes_is_not_replaced)
{
    const struct image_options options = {.format = "raw"};
    struct image *image = NULL;
    REQUIRE(make_folder());
    char *path = in_folder("used.img");
    expect("disk create --size 1M @/used.img", 0, "", "");
    EXPECT_EQ(image_open(path, &options, &image, NULL), 0);
    expect("disk create --size 2M --force @/used.img", 1, "", "in use");
    image_close(image);
    expect("disk create --size 2M --force @/used.img", 0, "", "");
    free(path);
    remove_folder();
}

TEST(images_that_cannot_be_read_or_written_are_shown)
{
    static const struct {
        const char *make; /* the image x.qcow2 */
        const char *says;
        int read; /* exit code of a conversion */
    } images[] = {
        {"-o encrypt.format=aes,encrypt.key-secret=s --object "
         "secret,id=s,data=a", "is encrypted",           1},
        {"-o data_file=x.data",         "external data file",     1},
        {"-o extended_l2=on",           "extended L2 entries",    1},
        {"-o cluster_size=4096",        "snapshots     1 inside", 0},
    };
    REQUIRE(make_folder());
    for (size_t i = 0; i < ARRAY_SIZE(images); i++) {
        char *line = xasprintf(
            "cd %s && rm -f x* && qemu-img create -q -f qcow2 %s x.qcow2 1M && "
            "{ test %zu != 3 || qemu-img snapshot -c one x.qcow2; }",
            folder, images[i].make, i);
        if (system("qemu-img --version >/dev/null 2>&1") != 0) {
            free(line);
            remove_folder();
            SKIP("qemu-img is not installed");
        }
        EXPECT_EQ(system(line), 0);
        free(line);
        expect("disk show @/x.qcow2", 0, images[i].says, "");
        expect("disk convert @/x.qcow2 @/x.img", images[i].read, "",
               images[i].read ? images[i].says : "");
    }
    remove_folder();
}

/* Places of a new image: a cluster each for the header, the refcount table, a
 * refcount block and L1, then what a conversion writes. */
enum { CLUSTER = 65536, REFCOUNTS = CLUSTER, L1 = 3 * CLUSTER };

static void put_word(const char *path, uint64_t at, uint64_t word)
{
    uint8_t bytes[8];
    FILE *file = fopen(path, "r+");
    REQUIRE(file != NULL);
    for (unsigned i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)(word >> (56 - 8 * i));
    }
    EXPECT(fseek(file, (long)at, SEEK_SET) == 0 &&
           fwrite(bytes, 8, 1, file) == 1);
    fclose(file);
}

static uint64_t word_at(const char *path, uint64_t at)
{
    struct buffer bytes = {0};
    uint64_t word = 0;
    EXPECT_EQ(file_read(path, 16 << 20, &bytes, NULL), 0);
    for (unsigned i = 0; i < 8; i++) {
        word = word << 8 | bytes.bytes[at + i];
    }
    buffer_fini(&bytes);
    return word;
}

/* A run would meet it at some write, and stop there. */
TEST(tables_that_name_tables_are_shown_as_damage)
{
    static const struct {
        uint64_t at; /* in the file, or in the L2 table */
        bool in_l2;
        uint64_t word;
        const char *says;
    } words[] = {
        {8,             true,  1ull << 63 | L1,
         "entry 1 of the L2 table at 0x40000 (L1 entry 0) names 0x30000, where "
         "the L1 table is"                                                               },
        {8,             true,  1ull << 62 | 0x200,     "names 0x200, where the header is"},
        {L1,            false, 1ull << 63 | REFCOUNTS,
         "entry 0 of the L1 table names 0x10000, where the refcount table is"            },
        {REFCOUNTS + 8, false, L1,
         "entry 1 of the refcount table names 0x30000, where the L1 table is"            },
    };
    REQUIRE(make_folder());
    char *path = in_folder("x.qcow2");
    char *from = in_folder("from.img");
    EXPECT_EQ(file_write(from, "data", 4, NULL), 0);
    EXPECT_EQ(truncate(from, 2 * CLUSTER), 0);
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        test_case("%s", words[i].says);
        expect("disk convert --force @/from.img @/x.qcow2", 0, "", "");
        expect("disk show @/x.qcow2", 0, "map", "");
        const uint64_t l2 = word_at(path, L1) & 0xfffffffffe00;
        put_word(path, (words[i].in_l2 ? l2 : 0) + words[i].at, words[i].word);
        expect("disk show @/x.qcow2", 1, words[i].says, words[i].says);
        expect("disk show --json @/x.qcow2", 1, words[i].says, "x.qcow2': ");
    }
    free(path);
    free(from);
    remove_folder();
}

TEST(a_copy_has_the_bytes_and_the_holes)
{
    enum { SIZE = 8 << 20, AT = 3 << 20 };
    static uint8_t bytes[SIZE];
    REQUIRE(make_folder());
    char *from = in_folder("from.img");
    char *to = in_folder("to.img");
    for (unsigned i = 0; i < 9000; i++) {
        bytes[AT + i] = (uint8_t)(i * 7 + 1);
    }
    EXPECT_EQ(file_write(from, bytes, SIZE, NULL), 0);
    expect("disk convert --cluster-size 4K @/from.img @/mid.qcow2", 0, "", "");
    expect("disk convert @/mid.qcow2 @/to.img", 0, "", "");
    expect("disk show @/mid.qcow2", 0, "stored        12 KiB", "");
    struct buffer read = {0};
    struct stat there;
    EXPECT_EQ(file_read(to, SIZE, &read, NULL), 0);
    EXPECT_EQ(read.size, SIZE);
    EXPECT_BYTES(read.bytes, bytes, SIZE);
    EXPECT_EQ(stat(to, &there), 0);
    EXPECT(there.st_blocks * 512 < 100000);
    buffer_fini(&read);
    free(from);
    free(to);
    remove_folder();
}

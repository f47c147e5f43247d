/* SPDX-License-Identifier: Apache-2.0 */
/* Files whose format is known by name or contents; Debian's qemu-img makes
 * those of other programs. */
#include "backends/image_format.h"

#include "backends/block.h"
#include "tests/image_folder.h"

/* The name of the type, or "" and the reason. */
static const char *type_of(const char *name, const char *format, char *text)
{
    const struct image_options options = {.format = format, .read_only = true};
    struct image *image = NULL;
    try_open(name, &options, &image, text);
    const char *type = image ? image->type->name : "";
    image_close(image);
    return type;
}

TEST(name_and_contents_must_agree_on_the_format)
{
    static const struct {
        const char *name;
        const char *format;
        const char *type; /* "": refused */
        const char *says;
    } rows[] = {
        {"a.qcow2",   NULL,    "qcow2", ""                               },
        {"a.qcow2",   "raw",   "raw",   ""                               },
        {"A.QCOW2",   NULL,    "qcow2", ""                               },
        {"raw.img",   NULL,    "raw",   ""                               },
        {"raw.img",   "qcow2", "",      "is not a qcow2 image"           },
        {"raw.qcow2", NULL,    "",      "qcow2 by its name and raw by it"},
        {"raw.qcow2", "raw",   "raw",   ""                               },
        {"a.img",     NULL,    "",      "(format raw or qcow2)"          },
        {"a.img",     "qcow2", "qcow2", ""                               },
        {"a.img",     "raw",   "raw",   ""                               },
        {"a.img",     "vmdk",  "",      "no format 'vmdk'"               },
        {"a.vmdk",    NULL,    "",      "(format raw or qcow2)"          },
        {"raw.vmdk",  NULL,    "",      "vmdk by its name and raw by its"},
        {"raw.vmdk",  "raw",   "raw",   ""                               },
    };
    char text[512];
    begin();
    image_close(
        create("a.qcow2", (struct image_layout){.size_bytes = 1 << 20}));
    EXPECT_EQ(shell("cp a.qcow2 A.QCOW2 && cp a.qcow2 a.img && "
                    "cp a.qcow2 a.vmdk && "
                    "truncate -s 1M raw.img raw.qcow2 raw.vmdk"),
              0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("row %zu", i);
        EXPECT_STR(type_of(rows[i].name, rows[i].format, text), rows[i].type);
        EXPECT(strstr(text, rows[i].says));
    }
    end();
}

static const struct {
    const char *name; /* of the format */
    const char *suffix;
    const char *make; /* makes the file "x" */
} others[] = {
    {"qcow",      "qcow", "qemu-img create -q -f qcow x 1M"                  },
    {"vmdk",      "vmdk", "qemu-img create -q -f vmdk x 1M"                  },
    {"vmdk",      "vmdk",
     "qemu-img create -q -f vmdk -o subformat=streamOptimized x 1M"          },
    {"vmdk",      "vmdk",
     "qemu-img create -q -f vmdk -o subformat=monolithicFlat x 1M"           },
    {"vdi",       "vdi",  "qemu-img create -q -f vdi x 1M"                   },
    {"vhdx",      "vhdx", "qemu-img create -q -f vhdx x 8M"                  },
    {"vhd",       "vhd",  "qemu-img create -q -f vpc x 1M"                   },
    {"vhd",       "vpc",  "qemu-img create -q -f vpc -o subformat=fixed x 1M"},
    {"qed",       "qed",  "qemu-img create -q -f qed x 1M"                   },
    {"parallels", "hdd",  "qemu-img create -q -f parallels x 1M"             },
    {"gzip",      "gz",   "echo disk | gzip >x"                              },
    {"xz",        "xz",   "echo disk | xz >x"                                },
    {"bzip2",     "bz2",  "echo disk | bzip2 >x"                             },
    {"dmg",       "dmg",
     "truncate -s 1M x; printf koly | dd of=x bs=512 "
     "seek=2047 conv=notrunc status=none"                                    },
    {"simg",      "simg", "printf '\\072\\377\\046\\355' >x"                 },
};

/* Each in a file of its own name, of a raw one's, and what is no such file in
 * one of its name. */
TEST(images_of_other_programs_are_no_raw_disks)
{
    char text[512];
    begin();
    if (!has_qemu_img()) {
        end();
        SKIP("qemu-img is not installed");
    }
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        OWNED(free_at) char *own = xasprintf("own.%s", others[i].suffix);
        char *line =
            xasprintf("rm -f x* raw.img && %s && cp x %s && mv x raw.img",
                      others[i].make, own);
        test_case("row %zu, %s", i, others[i].name);
        EXPECT_EQ(shell("%s", line), 0);
        EXPECT_STR(type_of(own, NULL, text), "");
        EXPECT(strstr(text, others[i].name));
        EXPECT(strstr(text, "by its name and contents, which is not support"));
        EXPECT_STR(type_of("raw.img", NULL, text), "");
        EXPECT(strstr(text, "is raw by its name"));
        EXPECT(strstr(text, others[i].name));
        EXPECT_STR(type_of("raw.img", "raw", text), "raw");
        free(line);
        line = xasprintf("truncate -s 0 %s && truncate -s 1M %s", own, own);
        EXPECT_EQ(shell("%s", line), 0);
        EXPECT_STR(type_of(own, NULL, text), "");
        EXPECT(strstr(text, "raw by its contents"));
        EXPECT_STR(type_of(own, "raw", text), "raw");
        free(line);
    }
    end();
}

TEST(a_disk_behind_a_cache_is_raw_by_name_and_contents)
{
    struct loop *loop = loop_create(NULL);
    char *what;
    begin();
    what = xasprintf("volatile:%s/x.vdi", folder);
    EXPECT_EQ(shell("truncate -s 1M x.vdi"), 0);
    for (unsigned i = 0; i < 2; i++) {
        const struct block_options options = {.format = i ? "raw" : NULL};
        struct block *block = NULL;
        EXPECT_EQ(block_open(loop, what, &options, &block, NULL) == 0, i != 0);
        block_close(block);
    }
    free(what);
    end();
    loop_destroy(loop);
}

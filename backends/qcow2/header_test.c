/* SPDX-License-Identifier: Apache-2.0 */
/* Headers up to their limits, and beyond. */
#include "tests/image_folder.h"

OWNER(struct image, image_close)

/* Clusters of 4 KiB: header, refcount table, block, L1 table. */
enum { DISK = 1 << 20, PATCHES = 5, EXTENSION = 104, NAME_AT = 200 };

struct change {
    unsigned at;
    unsigned size;
    uint64_t value;
};

#define BACKING_FORMAT 0xe2792acaull << 32 |
#define FEATURE_NAMES  0x6803f857ull << 32 |
#define OTHER          0x11111111ull << 32 |
#define RAW            0x7261770000000000
#define NONE           0x6e6f6e65

static void change(const char *name, const struct change *changes)
{
    for (size_t i = 0; i < PATCHES && changes[i].size != 0; i++) {
        patch(name, changes[i].at, changes[i].value, changes[i].size);
    }
}

/* ---- Headers that are fine ----------------------------------------------- */

/* clang-format off */
static const struct fine {
    const char *name;
    struct change changes[PATCHES];
    struct image_options options;
    struct image_facts facts;
} fine[] = {
    {"as it was made", .facts = {.version = 3, .refcount_bits = 16}},
    {"a disk as large as its table",
     {{24, 8, 2 << 20}},
     .facts = {.version = 3, .refcount_bits = 16}},
    {"an L1 table up to the end of the file",
     {{36, 4, 512}},
     {.read_only = true},
     {.version = 3, .refcount_bits = 16}},
    {"no refcounts",
     {{56, 4, 0}},
     {.read_only = true},
     {.version = 3, .refcount_bits = 16}},
    {"marks",
     {{72, 8, 3}, {80, 8, 1}},
     {.read_only = true},
     {.version = 3,
      .refcount_bits = 16,
      .dirty = true,
      .corrupt = true,
      .lazy_refcounts = true}},
    {"other marks",
     {{80, 8, 2}},
     .facts = {.version = 3, .refcount_bits = 16}},
    {"snapshots",
     {{60, 4, 7}},
     {.read_only = true},
     {.version = 3, .refcount_bits = 16, .snapshots = 7}},
    {"wide refcounts",
     {{96, 4, 6}},
     {.read_only = true},
     {.version = 3, .refcount_bits = 64}},
    {"the longest header",
     {{100, 4, 4096}},
     .facts = {.version = 3, .refcount_bits = 16}},
    {"no field of compression",
     {{EXTENSION, 1, 2}},
     .facts = {.version = 3, .refcount_bits = 16}},
    {"version 2, which has less",
     {{4, 4, 2}, {72, 8, BACKING_FORMAT 3}, {80, 8, RAW}, {96, 4, 7}},
     .facts = {.version = 2, .refcount_bits = 16, .backing_format = "raw"}},
    {"an extension up to the end",
     {{EXTENSION, 8, OTHER 3984}},
     .facts = {.version = 3, .refcount_bits = 16}},
    {"an extension up to the name",
     {{EXTENSION, 8, OTHER 88}, {8, 8, NAME_AT}, {16, 4, 4},
      {NAME_AT, 4, NONE}},
     {.alone = true},
     {.version = 3, .refcount_bits = 16, .backing = "none"}},
    {"extensions behind one of 8 bytes and one of 1",
     {{EXTENSION, 8, OTHER 8},
      {120, 8, OTHER 1},
      {128, 8, BACKING_FORMAT 9},
      {136, 8, BACKING_FORMAT 3},
      {144, 8, RAW}},
     .facts = {.version = 3, .refcount_bits = 16, .backing_format = "raw"}},
    {"nothing behind the end",
     {{112, 8, BACKING_FORMAT 3}, {120, 8, RAW}},
     .facts = {.version = 3, .refcount_bits = 16}},
    {"the longest name of a format",
     {{EXTENSION, 8, BACKING_FORMAT 15}, {112, 15, 'x'}},
     .facts = {.version = 3,
               .refcount_bits = 16,
               .backing_format = "xxxxxxxxxxxxxxx"}},
    {"a name at the end",
     {{8, 8, 4092}, {16, 4, 4}, {4092, 4, NONE}},
     {.alone = true},
     {.version = 3, .refcount_bits = 16, .backing = "none"}},
    {"two features to look at",
     {{72, 8, 4 | 16}},
     {.read_only = true, .look = true, .alone = true},
     {.version = 3,
      .refcount_bits = 16,
      .refused = "has an external data file, which is not supported"}},
    {"news to look at",
     {{72, 8, 32}},
     {.read_only = true, .look = true, .alone = true},
     {.version = 3,
      .refcount_bits = 16,
      .refused = "has feature 5, which is not known"}},
    {"encryption to look at",
     {{32, 4, 1}},
     {.read_only = true, .look = true, .alone = true},
     {.version = 3,
      .refcount_bits = 16,
      .refused = "is encrypted, which is not supported"}},
};
/* clang-format on */

static void make(void)
{
    image_close(create("a.qcow2", (struct image_layout){.size_bytes = DISK,
                                                        .cluster_bits = 12}));
}

static const char *text_or(const char *text)
{
    return text ? text : "none";
}

static void expect_facts(const struct image *image,
                         const struct image_facts *expected)
{
    struct image_facts facts;
    image->type->describe(image, &facts);
    EXPECT_EQ(facts.version, expected->version);
    EXPECT_EQ(facts.cluster_size, 4096);
    EXPECT_EQ(facts.refcount_bits, expected->refcount_bits);
    EXPECT_STR(text_or(facts.backing), text_or(expected->backing));
    EXPECT_STR(text_or(facts.backing_format),
               text_or(expected->backing_format));
    EXPECT_STR(text_or(facts.refused), text_or(expected->refused));
    EXPECT_EQ(facts.snapshots, expected->snapshots);
    EXPECT_EQ(facts.dirty, expected->dirty);
    EXPECT_EQ(facts.corrupt, expected->corrupt);
    EXPECT_EQ(facts.lazy_refcounts, expected->lazy_refcounts);
}

TEST(a_header_is_understood_up_to_its_limits)
{
    char text[512];
    begin();
    for (size_t i = 0; i < ARRAY_SIZE(fine); i++) {
        OWNED(image_close_at) struct image *image = NULL;
        test_case("%s", fine[i].name);
        make();
        change("a.qcow2", fine[i].changes);
        try_open("a.qcow2", &fine[i].options, &image, text);
        EXPECT_STR(text, "");
        if (image) {
            expect_facts(image, &fine[i].facts);
        }
    }
    end();
}

TEST(a_backing_image_may_have_the_longest_name)
{
    const struct image_options options = {.read_only = true, .alone = true};
    static const struct change longest[PATCHES] = {
        {8,           8,    4096 - 1023},
        {16,          4,    1023       },
        {4096 - 1023, 1023, 'x'        }
    };
    static const struct change longer[PATCHES] = {
        {8,           8,    4096 - 1024},
        {16,          4,    1024       },
        {4096 - 1024, 1024, 'x'        }
    };
    struct image *image = NULL;
    struct image_facts facts;
    char text[512];
    begin();
    make();
    change("a.qcow2", longest);
    REQUIRE(try_open("a.qcow2", &options, &image, text) == 0);
    image->type->describe(image, &facts);
    EXPECT_EQ(strspn(facts.backing, "x"), 1023);
    EXPECT_EQ(strlen(facts.backing), 1023);
    image_close(image);
    change("a.qcow2", longer);
    EXPECT_EQ(try_open("a.qcow2", &options, &image, text), -EUCLEAN);
    EXPECT(strstr(text, "a name of a backing image of 1024 bytes at 0xc00"));
    end();
}

/* ---- Headers that are refused -------------------------------------------- */

/* clang-format off */
static const struct {
    const char *name;
    struct change changes[PATCHES];
    int code;
    const char *says;
} refused[] = {
    {"version", {{4, 4, 4}}, -ENOTSUP, "version 4"},
    {"version 1", {{4, 4, 1}}, -ENOTSUP, "version 1"},
    {"tiny clusters", {{20, 4, 8}}, -EUCLEAN, "clusters of 2^8"},
    {"huge clusters", {{20, 4, 22}}, -EUCLEAN, "clusters of 2^22"},
    {"odd size", {{24, 8, 511}}, -EUCLEAN, "a disk of 511"},
    {"the largest size", {{24, 8, 0x7ffffffffffffe00}},
     -EUCLEAN, "an L1 table of 1 entr"},
    {"negative size", {{24, 8, 1ull << 63}}, -EUCLEAN, "a disk of 9223"},
    {"size without tables", {{24, 8, (2 << 20) + 512}},
     -EUCLEAN, "1 entries, not 2"},
    {"no L1 table", {{36, 4, 0}}, -EUCLEAN, "0 entries, not 1"},
    {"AES", {{32, 4, 1}}, -ENOTSUP, "is encrypted"},
    {"LUKS", {{32, 4, 2}}, -ENOTSUP, "is encrypted"},
    {"the longest L1 table", {{36, 4, 4 << 20}}, -EUCLEAN, "the L1 table at"},
    {"longer L1 table", {{36, 4, (4 << 20) + 1}},
     -EFBIG, "the L1 table of 33554440 bytes, at most 33554432"},
    {"L1 table over the end", {{36, 4, 513}},
     -EUCLEAN, "the L1 table at 0x3000, in a file of 16384 bytes"},
    {"L1 table behind", {{40, 8, 1 << 30}}, -EUCLEAN, "the L1 table at"},
    {"L1 table between", {{40, 8, 4097}}, -EUCLEAN, "the L1 table at"},
    {"L1 table nowhere", {{40, 8, 0}}, -EUCLEAN, "the L1 table at 0x0, in a"},
    {"refcounts nowhere", {{48, 8, 0}}, -EUCLEAN, "refcount table at 0x0, in"},
    {"most refcounts", {{56, 4, 2048}}, -EUCLEAN, "table at 0x1000, in a"},
    {"more refcounts", {{56, 4, 2049}}, -EFBIG, "the refcount table of"},
    {"a snapshot", {{60, 4, 1}}, -ENOTSUP, "internal snapshots (1)"},
    {"corrupt", {{72, 8, 2}}, -EUCLEAN, "marked as corrupt"},
    {"external data", {{72, 8, 4}}, -ENOTSUP, "external data file"},
    {"zstd without a type", {{72, 8, 8}}, -EUCLEAN, "of type 0, which its"},
    {"subclusters", {{72, 8, 16}}, -ENOTSUP, "extended L2 entries"},
    {"news", {{72, 8, 1ull << 40}}, -ENOTSUP, "has feature 40, which"},
    {"first of news", {{72, 8, 32}}, -ENOTSUP, "has feature 5, which"},
    {"last of news", {{72, 8, 1ull << 63}}, -ENOTSUP, "has feature 63, which"},
    {"wide refcounts", {{96, 4, 7}}, -EUCLEAN, "refcounts of 2^7"},
    {"short header", {{100, 4, 96}}, -EUCLEAN, "a header of 96"},
    {"odd header", {{100, 4, 108}}, -EUCLEAN, "a header of 108"},
    {"long header", {{100, 4, 4104}}, -EUCLEAN, "a header of 4104"},
    {"compression", {{100, 4, 112}, {104, 1, 2}},
     -ENOTSUP, "of type 2, which is not"},
    {"long extension", {{EXTENSION, 8, OTHER 3985}},
     -EUCLEAN, "a header extension of 3985 bytes at 0x68"},
    {"longest extension", {{EXTENSION, 8, OTHER UINT32_MAX}},
     -EUCLEAN, "a header extension of"},
    {"extension into the name", {{8, 8, NAME_AT}, {16, 4, 4},
      {EXTENSION, 8, OTHER 89}},
     -EUCLEAN, "a header extension"},
    {"extension before the name", {{8, 8, 112}, {16, 4, 4},
      {EXTENSION, 8, OTHER 1}},
     -EUCLEAN, "a header extension"},
    {"long name of a format", {{EXTENSION, 8, BACKING_FORMAT 16}},
     -ENOTSUP, "a name of 16 bytes for"},
    {"no backing name", {{8, 8, 200}}, -EUCLEAN, "of 0 bytes at 0xc8"},
    {"backing name behind", {{8, 8, 4092}, {16, 4, 5}},
     -EUCLEAN, "a name of a backing"},
    {"backing name in two", {{8, 8, NAME_AT}, {16, 4, 4},
      {NAME_AT, 4, 0x61006200}},
     -EUCLEAN, "the name of its back"},
    {"no magic", {{0, 4, 0}}, -EINVAL, "is not a qcow2"},
    {"news with a name", {{72, 8, 1ull << 40},
      {EXTENSION, 8, FEATURE_NAMES 96},
      {112, 8, 0x002861621f7f7e20}, {160, 8, 0x01287a7a00000000}},
     -ENOTSUP, "has 'ab??~ ', which"},
    {"news with a second name", {{72, 8, 1ull << 41},
      {EXTENSION, 8, FEATURE_NAMES 96},
      {112, 8, 0x0028616200000000}, {160, 8, 0x00297a7a00000000}},
     -ENOTSUP, "has 'zz', which"},
    {"news with part of a name", {{72, 8, 1ull << 41},
      {EXTENSION, 8, FEATURE_NAMES 95}, {160, 8, 0x00297a7a00000000}},
     -ENOTSUP, "has feature 41, which"},
    {"news without a name", {{72, 8, 1ull << 41},
      {EXTENSION, 8, FEATURE_NAMES 48}, {112, 8, 0x0029000000000000}},
     -ENOTSUP, "has feature 41, which"},
    {"news with the longest name", {{72, 8, 1ull << 41},
      {EXTENSION, 8, FEATURE_NAMES 96},
      {114, 46, 'x'}, {112, 2, 0x0029}, {160, 2, 0x0101}},
     -ENOTSUP, "has 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', which"},
};
/* clang-format on */

TEST(a_header_is_refused_by_what_is_wrong_with_it)
{
    char text[512];
    begin();
    for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
        const struct image_options options = {.format = "qcow2"};
        OWNED(image_close_at) struct image *image = NULL;
        test_case("%s", refused[i].name);
        make();
        change("a.qcow2", refused[i].changes);
        EXPECT_EQ(try_open("a.qcow2", &options, &image, text), refused[i].code);
        EXPECT(strstr(text, refused[i].says));
        EXPECT(strstr(text, "/a.qcow2'"));
    }
    end();
}

/* ---- Compression --------------------------------------------------------- */

TEST(a_compression_that_is_unknown_or_damaged_is_refused)
{
    enum { DATA = 5 << 16 }; /* where qemu-img puts the first cluster */
    /* clang-format off */
    static const struct {
        const char *name;
        const char *type;
        struct change changes[PATCHES];
        int code;
        int read; /* what a read of the first cluster returns */
        const char *says;
    } cases[] = {
        {"undamaged", "zstd", {{0}}, 0, 0, ""},
        {"a type of the future", "zstd", {{104, 1, 2}},
         -ENOTSUP, 0, "type 2, which is"},
        {"zstd without the bit", "zstd", {{72, 8, 0}},
         -EUCLEAN, 0, "type 1, which its"},
        {"zlib with the bit", "zstd", {{104, 1, 0}},
         -EUCLEAN, 0, "type 0, which its"},
        {"no frame", "zstd", {{DATA, 4, 0x12345678}}, 0, -EUCLEAN, ""},
        {"a window of 2 GiB", "zstd", {{DATA + 4, 2, 0x00a8}}, 0, -EUCLEAN, ""},
        {"a frame of less", "zstd", {{DATA + 4, 2, 0x2000}}, 0, -EUCLEAN, ""},
        {"the largest window", "zstd",
         {{DATA, 8, 0x28b52ffd00680300}, {DATA + 8, 2, 0x0878}}, 0, 0, ""},
        {"a larger window", "zstd",
         {{DATA, 8, 0x28b52ffd00700300}, {DATA + 8, 2, 0x0878}},
         0, -EUCLEAN, ""},
        {"undamaged", "zlib", {{0}}, 0, 0, ""},
        {"no block", "zlib", {{DATA, 1, 7}}, 0, -EUCLEAN, ""},
        {"a block of less", "zlib", {{DATA, 8, 0x010400fbff787878}},
         0, -EUCLEAN, ""},
    };
    /* clang-format on */
    char text[512];
    begin();
    if (!has_qemu_img()) {
        end();
        SKIP("qemu-img is not installed");
    }
    EXPECT_EQ(shell("head -c 100000 /dev/zero | tr '\\0' x >a.img && "
                    "truncate -s %d a.img",
                    DISK),
              0);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct image_options options = {.format = "qcow2"};
        OWNED(image_close_at) struct image *image = NULL;
        uint8_t bytes[16] = {0};
        test_case("%s, %s", cases[i].type, cases[i].name);
        EXPECT_EQ(shell("qemu-img convert -c -f raw -O qcow2 -o "
                        "compression_type=%s a.img a.qcow2",
                        cases[i].type),
                  0);
        change("a.qcow2", cases[i].changes);
        EXPECT_EQ(try_open("a.qcow2", &options, &image, text), cases[i].code);
        EXPECT(strstr(text, cases[i].says));
        if (image) {
            image->file.waits_reads = true;
            EXPECT_EQ(image_read(image, 0, bytes, sizeof(bytes), false),
                      -EAGAIN);
            EXPECT_EQ(image_read(image, 0, bytes, sizeof(bytes), true),
                      cases[i].read);
            EXPECT_EQ(bytes[15], cases[i].read == 0 ? 'x' : 0);
            /* It is kept until another one is wanted. */
            EXPECT_EQ(image_read(image, 9, bytes, 1, false) == 0,
                      cases[i].read == 0);
        }
    }
    end();
}

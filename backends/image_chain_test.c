/* SPDX-License-Identifier: Apache-2.0 */
/* Images over others: which are followed, how they are named, and what is read
 * of them; and what becomes of an image that cannot be made. */
#include "tests/image_folder.h"

enum { DISK = 1 << 20, CLUSTER = 4096 };

static void make(const char *name, unsigned cluster_bits, const char *backing)
{
    OWNED(free_at) char *below = backing ? place(backing) : NULL;
    image_close(create(name, (struct image_layout){
                                 .size_bytes = DISK,
                                 .cluster_bits = cluster_bits,
                                 .backing = below,
                                 .backing_format = backing ? "qcow2" : NULL}));
}

/* ---- Chains -------------------------------------------------------------- */

TEST(a_backing_image_elsewhere_has_to_be_named)
{
    static const struct {
        const char *name;
        const char *backing;
        int code;
    } rows[] = {
        {"near.qcow2",        NULL,         0      },
        {"below/far.qcow2",   NULL,         -EACCES},
        {"below/far.qcow2",   "base.qcow2", 0      },
        {"below/far.qcow2",   "near.qcow2", -EACCES},
        {"below/link.qcow2",  NULL,         0      },
        {"below/third.qcow2", NULL,         -EACCES},
        {"below/next.qcow2",  NULL,         -EACCES},
    };
    char text[512];
    begin();
    EXPECT_EQ(shell("mkdir below belowmore"), 0);
    make("base.qcow2", 12, NULL);
    make("belowmore/base.qcow2", 12, NULL);
    make("below/next.qcow2", 12, "belowmore/base.qcow2");
    make("near.qcow2", 16, "base.qcow2");
    make("below/far.qcow2", 16, "base.qcow2");
    make("below/third.qcow2", 16, "near.qcow2");
    EXPECT_EQ(shell("cd below && ln -s ../near.qcow2 link.qcow2 && "
                    "ln -s ../base.qcow2 base.qcow2"),
              0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char *backing = rows[i].backing ? place(rows[i].backing) : NULL;
        const struct image_options options = {.backing = backing};
        struct image *image = NULL;
        test_case("row %zu", i);
        EXPECT_EQ(try_open(rows[i].name, &options, &image, text), rows[i].code);
        EXPECT(rows[i].code == 0 || strstr(text, "nor was it named"));
        image_close(image);
        free(backing);
    }
    end();
}

TEST(a_chain_that_is_a_circle_ends)
{
    char text[512];
    begin();
    make("a.qcow2", 12, NULL);
    make("b.qcow2", 12, "a.qcow2");
    EXPECT_EQ(shell("cp b.qcow2 a.qcow2"), 0);
    const struct image_options options = {.read_only = true};
    struct image *image = NULL;
    EXPECT_EQ(try_open("a.qcow2", &options, &image, text), -ELOOP);
    EXPECT(
        strstr(text, "it is backing image 17 of a chain, and the limit is 16"));
    end();
}

TEST(an_image_that_cannot_be_followed_says_why)
{
    static const struct {
        const char *command; /* behind a chain a over b over c */
        const char *says;    /* behind the folder */
    } rows[] = {
        {"rm c.qcow2",
         "/b.qcow2': backing image 'c.qcow2': it is not in the image's folder" },
        {"rm b.qcow2",
         "/a.qcow2': backing image 'b.qcow2': it is not in the image's folder" },
        {"truncate -s 0 c.qcow2",       "/b.qcow2': backing image 'c.qcow2': '"},
        {"rm c.qcow2 && mkdir c.qcow2",
         "/b.qcow2': backing image 'c.qcow2': '"                               },
    };
    const struct image_options options = {.read_only = true};
    const struct image_options alone = {.read_only = true, .alone = true};
    char text[512];
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct image *image = NULL;
        test_case("%s", rows[i].command);
        begin();
        make("c.qcow2", 12, NULL);
        make("b.qcow2", 12, "c.qcow2");
        make("a.qcow2", 12, "b.qcow2");
        EXPECT_EQ(shell("%s", rows[i].command), 0);
        EXPECT(try_open("a.qcow2", &options, &image, text) < 0);
        char *says = xasprintf("'%s%s", folder, rows[i].says);
        EXPECT(strncmp(text, says, strlen(says)) == 0);
        free(says);
        /* Alone it can be opened; nobody knows what is below. */
        struct image_run run;
        REQUIRE(try_open("a.qcow2", &alone, &image, text) == 0);
        EXPECT_EQ(image_run(image, 0, 512, &run), 0);
        EXPECT_EQ(run.place, IMAGE_BACKED);
        EXPECT_EQ(image_run_through(image, 0, 512, &run), 0);
        EXPECT_EQ(run.place, IMAGE_HOLE);
        image_close(image);
        end();
    }
}

/* "%s" is the folder; to be freed. */
static char *in_folder(const char *path)
{
    return path[0] == '%' ? place(path + 3) : xstrdup(path);
}

TEST(a_backing_image_is_named_from_the_folder_of_the_image)
{
    static const struct {
        const char *path;
        const char *backing;
        const char *name;
        bool there;
    } rows[] = {
        {"%s/a.qcow2",   "%s/base.img",      "base.img",       true },
        {"%s/a.qcow2",   "%s/d/base.img",    "d/base.img",     true },
        {"%s/d/a.qcow2", "%s/d/../base.img", "%s/base.img",    true },
        {"%s/d/a.qcow2", "%s/dd/base.img",   "%s/dd/base.img", true },
        {"/a.qcow2",     "%s/base.img",      "%s/base.img",    true },
        {"%s/a.qcow2",   "%s/none.img",      "%s/none.img",    false},
        {"%s/e/a.qcow2", "%s/base.img",      "%s/base.img",    true },
    };
    begin();
    EXPECT_EQ(shell("mkdir d dd && touch base.img d/base.img dd/base.img"), 0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("row %zu", i);
        OWNED(free_at) char *path = in_folder(rows[i].path);
        OWNED(free_at) char *backing = in_folder(rows[i].backing);
        OWNED(free_at) char *expected = in_folder(rows[i].name);
        OWNED(free_at) char *name = image_backing_name(path, backing);
        EXPECT_STR(name, expected);
        /* And it is found by that name. */
        OWNED(free_at) char *found = image_backing_path(path, name);
        EXPECT_EQ(access(found, F_OK) == 0, rows[i].there);
    }
    char *near = image_backing_path("a.qcow2", "base.img");
    EXPECT_STR(near, "base.img");
    free(near);
    /* In the folder where the program is. */
    char *here = getcwd(NULL, 0);
    EXPECT_EQ(chdir(folder), 0);
    near = image_backing_name("a.qcow2", "d/base.img");
    EXPECT_STR(near, "d/base.img");
    free(near);
    EXPECT_EQ(chdir(here), 0);
    free(here);
    end();
}

/* ---- Contents of a chain ------------------------------------------------- */

TEST(a_contradiction_below_is_that_of_the_image_below)
{
    uint8_t bytes[8];
    begin();
    struct image *image =
        create("b.qcow2",
               (struct image_layout){.size_bytes = DISK, .cluster_bits = 12});
    EXPECT_EQ(image_write(image, 0, "data", 4, true), 0);
    EXPECT_EQ(image_close(image), 0);
    patch("b.qcow2", 4 * CLUSTER, 1ull << 63 | 1ull << 40, 8);
    char *below = place("b.qcow2");
    image = create("a.qcow2", (struct image_layout){.size_bytes = DISK + 100,
                                                    .backing = below});
    REQUIRE(image != NULL);
    EXPECT_EQ(image->size_bytes, DISK + 512);
    EXPECT_EQ(image_read(image, 0, bytes, 1, true), -EUCLEAN);
    EXPECT(strstr(image_why(image, -EUCLEAN),
                  "entry 0 of the L2 table at 0x4000"));
    EXPECT(!strstr(image_why(image, -EUCLEAN), "written any more"));
    EXPECT_STR(image_why(image, -EIO), "Input/output error");
    EXPECT_STR(image_why(NULL, -EUCLEAN), "Structure needs cleaning");
    /* The image itself is fine, and so is what is behind the one below. */
    memset(bytes, 1, sizeof(bytes));
    EXPECT_EQ(image_read(image, DISK - 4, bytes, 8, true), 0);
    EXPECT_EQ(bytes[0] | bytes[7], 0);
    memset(bytes, 1, sizeof(bytes));
    EXPECT_EQ(image_read(image, DISK + 508, bytes, 8, true), 0);
    EXPECT_EQ(bytes[0] | bytes[7], 0);
    memset(bytes, 1, sizeof(bytes));
    EXPECT_EQ(image_read(image, DISK + 513, bytes, 8, true), 0);
    EXPECT_EQ(bytes[0] | bytes[7], 0);
    EXPECT_EQ(image_close(image), 0);
    free(below);
    end();
}

/* ---- Images that cannot be made ------------------------------------------ */

TEST(a_file_is_left_only_if_an_image_is_in_it_or_it_was_there)
{
    static const struct {
        const char *name;
        struct image_layout layout;
        bool there;
        int code;
    } rows[] = {
        {"clusters", {.size_bytes = DISK, .cluster_bits = 1},   false, -EINVAL},
        {"clusters", {.size_bytes = DISK, .cluster_bits = 1},   true,  -EINVAL},
        {"none",     {.backing = "/cairn/none"},                false, -ENOENT},
        {"format",
         {.backing = "/etc/passwd", .backing_format = "qcow2"},
         false,                                                        -EINVAL},
        {"fine",     {.size_bytes = DISK},                      false, 0      },
    };
    begin();
    char *path = place("a.qcow2");
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct image *image = NULL;
        struct error error = {""};
        test_case("%s", rows[i].name);
        EXPECT_EQ(shell(rows[i].there ? "touch a.qcow2" : "rm -f a.qcow2"), 0);
        EXPECT_EQ(image_create(path, image_type_find("qcow2"), &rows[i].layout,
                               &image, &error),
                  rows[i].code);
        EXPECT_EQ(image != NULL, rows[i].code == 0);
        EXPECT_EQ(error.text[0] != '\0', rows[i].code != 0);
        EXPECT_EQ(access(path, F_OK) == 0, rows[i].there || rows[i].code == 0);
        image_close(image);
    }
    EXPECT(!image_type_find("none"));
    EXPECT(image_type(1) == image_type_find("qcow2"));
    EXPECT(!image_type(2));
    EXPECT_EQ(image_close(NULL), 0);
    free(path);
    end();
}

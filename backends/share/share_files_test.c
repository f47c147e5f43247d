/* SPDX-License-Identifier: Apache-2.0 */
/* Files of a shared folder: their bytes, names and owners by the limits that
 * each call has. */
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/xattr.h>

#include "backends/share/internal.h"
#include "backends/share/test_folder.h"
#include "base/bits.h"
#include "tests/harness.h"

static const struct share_new a_file = {.mode = S_IFREG | 0644};
static const struct share_new a_folder = {.mode = S_IFDIR | 0755};

static struct share_node *look(struct test_folder *folder, const char *name)
{
    struct share_node *node = NULL;
    EXPECT_EQ(share_look_up(folder->share, share_root(folder->share), name,
                            &node, NULL),
              0);
    return node;
}

static int make(struct test_folder *folder, const char *name,
                const struct share_new *new)
{
    struct share_node *node;
    int code =
        share_make(folder->share, share_root(folder->share), name, new, &node);
    if (code == 0) {
        share_let_go(folder->share, node, 1);
    }
    return code;
}

static bool has_values(const struct test_folder *folder)
{
    return setxattr(folder->shared, "user.x", "", 0, 0) == 0;
}

/* ---- Bytes --------------------------------------------------------------- */

FIXTURE(struct test_folder, folder, test_folder_close)
FIXTURE_BEGIN(folder, test_folder_open(folder, &(struct share_options){0}))

TEST_BEGINS(bytes_are_those_of_places_that_there_are, folder)
{
    const uint64_t none = UINT64_C(1) << 63;
    const uint64_t last = INT64_MAX;
    struct share_file *file;
    struct share_file *reader;
    char bytes[8] = "";
    test_folder_open(folder, &(struct share_options){.descriptors = 2});
    struct share *share = folder->share;
    test_write(test_path(folder, "f"), "text");
    struct share_node *node = look(folder, "f");
    REQUIRE(share_open_file(share, node, O_RDWR, &file) == 0);
    REQUIRE(share_open_file(share, node, O_RDONLY, &reader) == 0);
    struct share_file *third = NULL;
    EXPECT_EQ(share_open_file(share, node, O_RDONLY, &third), -ENFILE);
    EXPECT_EQ(share->file_count, 2);
    EXPECT_EQ(share_read(file, bytes, 8, last - 8), 0);
    EXPECT_EQ(share_read(file, bytes, 8, last - 7), -EINVAL);
    EXPECT_EQ(share_write(file, bytes, 8, last - 7, false), -EFBIG);
    EXPECT_EQ(share_write(file, bytes, 8, none, false), -EFBIG);
    EXPECT_EQ(share_write(reader, "x", 1, 0, false), -EBADF);
    EXPECT_EQ(share_write(file, "", 0, 0, false), 0);
    EXPECT_EQ(share_seek(file, 0, SEEK_DATA), 0);
    EXPECT_EQ(share_seek(file, 1, SEEK_HOLE), 4);
    EXPECT_EQ(share_seek(file, 5, SEEK_DATA), -ENXIO);
    EXPECT_EQ(share_seek(file, none, SEEK_DATA), -EINVAL);
    EXPECT_EQ(share_seek(file, last, SEEK_HOLE), -ENXIO);
    EXPECT_EQ(share_seek(file, 0, SEEK_SET), -EINVAL);
    EXPECT_EQ(share_copy(file, 0, reader, 0, 4), -EBADF);
    EXPECT_EQ(share_copy(file, none, file, 4, 4), -EINVAL);
    EXPECT_EQ(share_copy(file, 0, file, none, 4), -EINVAL);
    EXPECT(share_copy(file, last, file, 4, 4) != -EINVAL);
    EXPECT(share_copy(file, 0, file, last, 4) != -EINVAL);
    EXPECT_EQ(share_copy(file, 1, file, 6, 2), 2);
    EXPECT_EQ(share_read(reader, bytes, 8, 0), 8);
    EXPECT_BYTES(bytes, "text\0\0ex", 8);
    EXPECT_EQ(share_allocate(file, 0, none, 1), -EFBIG);
    EXPECT_EQ(share_allocate(file, 0, 1, last), -EFBIG);
    EXPECT_EQ(share_allocate(file, 0, 0, 0), -EINVAL);
    EXPECT_EQ(share_allocate(reader, 0, 0, 9), -EBADF);
    EXPECT_EQ(share_allocate(file, 0, 90, 10), 0);
    EXPECT_EQ(share_allocate(file, FALLOC_FL_KEEP_SIZE, 90, 20), 0);
    struct share_attributes is;
    EXPECT_EQ(share_get(share, node, &is), 0);
    EXPECT_EQ(is.size, 100);
    const struct share_change cuts[] = {
        {.what = SHARE_SIZE, .size = none},
        {.what = SHARE_SIZE, .size = 3   },
    };
    EXPECT_EQ(share_set(share, node, file, &cuts[0]), -EFBIG);
    EXPECT_EQ(share_set(share, node, reader, &cuts[1]), -EINVAL);
    EXPECT_EQ(share_set(share, node, file, &cuts[1]), 0);
    EXPECT_EQ(share_sync(file, true), 0);
    EXPECT_EQ(share_sync(file, false), 0);
    EXPECT_STR(test_read(folder, "f"), "tex");
    share_close_file(share, reader);
    EXPECT_EQ(share_set(share, node, NULL, &cuts[1]), 0);
    share_close_file(share, file);
    share_let_go(share, node, 1);
}

/* The host takes a part of what is written, then no more. */
TEST_ON(a_write_ends_where_the_host_has_no_more_room, folder)
{
    struct share_file *file;
    struct rlimit before;
    test_write(test_path(folder, "f"), "");
    struct share_node *node = look(folder, "f");
    REQUIRE(share_open_file(folder->share, node, O_RDWR, &file) == 0);
    REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
    const struct rlimit few = {5, before.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    (void)setrlimit(RLIMIT_FSIZE, &few);
    int64_t first = share_write(file, "abcdefgh", 8, 0, false);
    int64_t second = share_write(file, "abcdefgh", 8, 5, false);
    (void)setrlimit(RLIMIT_FSIZE, &before);
    (void)signal(SIGXFSZ, handler);
    EXPECT_EQ(first, 5);
    EXPECT_EQ(second, -EFBIG);
    EXPECT_STR(test_read(folder, "f"), "abcde");
    share_close_file(folder->share, file);
    share_let_go(folder->share, node, 1);
}

TEST_ON(flags_of_the_host_are_those_that_were_asked_for, folder)
{
    static const struct {
        int asked;
        int has; /* of the flags that are kept */
    } rows[] = {
        {O_RDONLY,                     O_RDONLY        },
        {O_WRONLY | O_APPEND,          O_WRONLY        },
        {O_RDWR | O_DSYNC,             O_RDWR | O_DSYNC},
        {O_RDWR | O_SYNC | O_NOFOLLOW, O_RDWR | O_SYNC },
        {O_RDWR | O_EXCL | O_CREAT,    O_RDWR          },
    };
    const int seen = O_ACCMODE | O_APPEND | O_DSYNC | O_SYNC | O_PATH;
    test_write(test_path(folder, "f"), "text");
    struct share_node *node = look(folder, "f");
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct share_file *file;
        test_case("row %zu", i);
        REQUIRE(share_open_file(folder->share, node, rows[i].asked, &file) ==
                0);
        EXPECT_EQ(fcntl(file->fd, F_GETFL) & seen, rows[i].has);
        EXPECT_EQ(fcntl(file->fd, F_GETFD), FD_CLOEXEC);
        EXPECT_EQ(file->appends, (rows[i].asked & O_APPEND) != 0);
        share_close_file(folder->share, file);
    }
    share_let_go(folder->share, node, 1);
}

TEST_ON(locks_are_of_ranges_that_there_are, folder)
{
    static const struct {
        struct share_lock lock;
        int code;
    } rows[] = {
        {{F_WRLCK, INT64_MAX, 0},               0      },
        {{F_WRLCK, (uint64_t)INT64_MAX + 1, 0}, -EINVAL},
        {{F_WRLCK, 5, INT64_MAX - 5},           0      },
        {{F_WRLCK, 5, INT64_MAX - 4},           -EINVAL},
    };
    struct share_file *file;
    struct share_file *other;
    test_write(test_path(folder, "f"), "text");
    struct share_node *node = look(folder, "f");
    REQUIRE(share_open_file(folder->share, node, O_RDWR, &file) == 0);
    REQUIRE(share_open_file(folder->share, node, O_RDWR, &other) == 0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct share_lock found = rows[i].lock;
        test_case("row %zu", i);
        EXPECT_EQ(share_lock(file, &rows[i].lock), rows[i].code);
        EXPECT_EQ(share_find_lock(other, &found), rows[i].code);
        if (rows[i].code == 0) {
            const struct share_lock end = {F_UNLCK, rows[i].lock.start,
                                           rows[i].lock.length};
            EXPECT_EQ(found.type, F_WRLCK);
            EXPECT_EQ(found.start, rows[i].lock.start);
            EXPECT_EQ(share_lock(other, &rows[i].lock), -EAGAIN);
            EXPECT_EQ(share_lock(file, &end), 0);
            EXPECT_EQ(share_find_lock(other, &found), 0);
            EXPECT_EQ(found.type, F_UNLCK);
        }
    }
    share_close_file(folder->share, other);
    share_close_file(folder->share, file);
    share_let_go(folder->share, node, 1);
}

/* ---- Names --------------------------------------------------------------- */

TEST_BEGINS(names_are_made_where_they_can_be, folder)
{
    static char longest[SHARE_PATH_MAX + 1];
    struct share_node *made;
    struct share_file *file = NULL;
    static char text[SHARE_PATH_MAX];
    test_folder_open(folder,
                     &(struct share_options){.owners = SHARE_OWNERS_KEPT});
    struct share *share = folder->share;
    struct share_node *root = share_root(share);
    if (!has_values(folder)) {
        test_folder_close(folder);
        SKIP("the file system of /tmp has no attributes of users");
    }
    struct share_new link = {.mode = S_IFLNK | 0777, .target = ""};
    EXPECT_EQ(make(folder, "l", &link), -ENOENT);
    memset(longest, 'a', SHARE_PATH_MAX);
    link.target = longest;
    EXPECT_EQ(make(folder, "l", &link), -ENAMETOOLONG);
    longest[SHARE_PATH_MAX - 1] = '\0';
    EXPECT_EQ(make(folder, "l", &link), 0);
    struct share_node *node = look(folder, "l");
    EXPECT_EQ(share_read_link(share, node, text, SHARE_PATH_MAX),
              SHARE_PATH_MAX - 1);
    EXPECT_EQ(share_read_link(share, node, text, SHARE_PATH_MAX - 1),
              -ENAMETOOLONG);
    share_let_go(share, node, 1);
    EXPECT_EQ(make(folder, "l", &link), -EEXIST);
    EXPECT_EQ(make(folder, "f", &a_file), 0);
    node = look(folder, "f");
    EXPECT_EQ(share_read_link(share, node, text, 10), -EINVAL);
    EXPECT_EQ(share_make(share, node, "x", &a_file, &made), -ENOTDIR);
    EXPECT_EQ(share_remove(share, node, "x", false), -ENOTDIR);
    EXPECT_EQ(share_rename(share, root, "f", node, "x", 0), -ENOTDIR);
    EXPECT_EQ(share_rename(share, node, "x", root, "f", 0), -ENOTDIR);
    EXPECT_EQ(share_link(share, node, root, "l"), -EEXIST);
    EXPECT_EQ(share_link(share, root, root, "x"), -EPERM);
    EXPECT_EQ(root->pins, 1);
    EXPECT_EQ(
        share_create(share, root, "f", O_RDWR | O_EXCL, &a_file, &made, &file),
        -EEXIST);
    EXPECT_EQ(share_create(share, root, "f", O_RDWR, &a_file, &made, &file), 0);
    EXPECT(made == node && share_file_node(file) == node);
    EXPECT_EQ(node->holds, 3);
    share_close_file(share, file);
    share_let_go(share, made, 1);
    EXPECT_EQ(make(folder, "d", &a_folder), 0);
    struct share_node *d = look(folder, "d");
    EXPECT_EQ(share_create(share, root, "d", O_RDWR, &a_file, &made, &file),
              -EISDIR);
    EXPECT_EQ(d->holds, 1);
    EXPECT_EQ(share_open_file(share, d, O_RDONLY | O_TRUNC, &file), -EISDIR);
    EXPECT_EQ(share_remove_node(share, root), -EBUSY);
    EXPECT_EQ(share_rename_node(share, root, d, "x"), -EBUSY);
    EXPECT_EQ(share_remove_node(share, d), 0);
    EXPECT_EQ(share_remove_node(share, d), -ENOENT);
    EXPECT_EQ(share_rename_node(share, d, root, "x"), -ENOENT);
    share_let_go(share, d, 1);
    share_let_go(share, node, 1);
}

/* A file without write permission is written by the one who makes it. */
TEST_ON(files_are_made_with_their_mode, folder)
{
    static const struct {
        uint32_t mode;
        int flags;
    } rows[] = {
        {0444, O_RDWR  },
        {0200, O_RDWR  },
        {0000, O_RDONLY},
        {0640, O_RDWR  },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct share_new new = {.mode = S_IFDIR | rows[i].mode};
        struct share_node *made;
        struct share_file *file;
        struct stat there = {0};
        test_case("mode %03o", rows[i].mode);
        EXPECT_EQ(share_create(folder->share, share_root(folder->share), "f",
                               rows[i].flags, &new, &made, &file),
                  0);
        EXPECT_EQ(fstat(file->fd, &there), 0);
        EXPECT_EQ(there.st_mode, S_IFREG | rows[i].mode);
        EXPECT_EQ(made->holds, 2);
        share_close_file(folder->share, file);
        EXPECT_EQ(share_remove_node(folder->share, made), 0);
        share_let_go(folder->share, made, 1);
    }
}

/* A node knows its name after names were changed through the share. */
TEST_ON(nodes_know_their_names, folder)
{
    struct share_attributes is;
    struct share *share = folder->share;
    struct share_node *root = share_root(share);
    EXPECT_EQ(make(folder, "d", &a_folder), 0);
    EXPECT_EQ(make(folder, "a", &a_file), 0);
    EXPECT_EQ(make(folder, "b", &a_file), 0);
    struct share_node *d = look(folder, "d");
    struct share_node *a = look(folder, "a");
    struct share_node *b = look(folder, "b");
    EXPECT_EQ(share_rename(share, root, "a", root, "b", RENAME_EXCHANGE), 0);
    EXPECT_STR(a->name, "b");
    EXPECT_STR(b->name, "a");
    EXPECT_EQ(share_rename(share, root, "d", root, "a", RENAME_EXCHANGE), 0);
    EXPECT_STR(d->name, "a");
    EXPECT_STR(b->name, "d");
    EXPECT_EQ(share_rename(share, root, "b", d, "x", 0), 0);
    EXPECT(a->parent == d && share_get(share, a, &is) == 0);
    /* The one that is replaced has none. */
    EXPECT_EQ(share_rename(share, d, "x", root, "d", 0), 0);
    EXPECT_STR(a->name, "d");
    EXPECT(!b->name && a->parent == root);
    EXPECT_EQ(share_get(share, b, &is), 0);
    EXPECT_EQ(is.links, 0);
    share_let_go(share, b, 1);
    /* A node whose other name is removed, or replaced, keeps its own. */
    EXPECT_EQ(share_link(share, a, root, "other"), 0);
    EXPECT_EQ(share_link(share, a, root, "third"), 0);
    EXPECT_EQ(share_link(share, a, d, "d"), 0);
    EXPECT_STR(a->name, "d");
    EXPECT_EQ(share_remove(share, root, "other", false), 0);
    EXPECT_EQ(share_remove(share, d, "d", false), 0);
    EXPECT(a->name && strcmp(a->name, "d") == 0);
    EXPECT_EQ(make(folder, "new", &a_file), 0);
    EXPECT_EQ(share_rename(share, root, "new", root, "third", 0), 0);
    EXPECT(a->name && strcmp(a->name, "d") == 0);
    EXPECT_EQ(share_remove(share, root, "absent", false), -ENOENT);
    EXPECT_EQ(share_remove(share, root, "d", true), -ENOTDIR);
    EXPECT(a->name && a->pins == 0 && a->holds == 1);
    EXPECT_EQ(share_rename(share, root, "d", root, "third", RENAME_NOREPLACE),
              -EEXIST);
    EXPECT_STR(a->name, "d");
    share_let_go(share, a, 1);
    share_let_go(share, d, 1);
    EXPECT_EQ(share->node_count, 1);
    EXPECT_EQ(share->descriptors, 1);
}

/* ---- Owners -------------------------------------------------------------- */

TEST(owners_are_kept_as_far_as_they_make_sense)
{
    static const struct {
        bool folder;
        uint8_t mode[4]; /* as the host has it */
        size_t size;
        uint32_t shown;
    } rows[] = {
        {false, {0xed, 0x41},       4, S_IFREG | 0755 }, /* a folder's */
        {false, {0xa4, 0x01},       4, S_IFREG | 0644 }, /* of no type */
        {false, {0xff, 0x2f, 1},    4, S_IFCHR | 07777},
        {false, {0xed, 0x81},       3, S_IFREG | 0600 },
        {true,  {0xed, 0x83, 0, 0}, 4, S_IFDIR | 01755},
    };
    struct test_folder folder;
    test_folder_open(&folder, &(struct share_options){
                                  .owners = SHARE_OWNERS_KEPT, .uid = 3});
    if (!has_values(&folder)) {
        test_folder_close(&folder);
        SKIP("the file system of /tmp has no attributes of users");
    }
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct share_attributes is;
        const char *path = test_path(&folder, "it");
        test_case("row %zu", i);
        test_write(path, "");
        if (rows[i].folder) {
            (void)unlink(path);
            (void)mkdir(path, 0700);
        }
        (void)chmod(path, rows[i].folder ? 0700 : 0600);
        EXPECT_EQ(
            setxattr(path, "user.virtfs.mode", rows[i].mode, rows[i].size, 0),
            0);
        EXPECT_EQ(setxattr(path, "user.virtfs.uid", "\1\0\0\0\0", 5, 0), 0);
        struct share_node *node = look(&folder, "it");
        EXPECT_EQ(share_get(folder.share, node, &is), 0);
        EXPECT_EQ(is.mode, rows[i].shown);
        EXPECT_EQ(is.uid, 3);
        EXPECT_EQ(is.major | is.minor, 0);
        share_let_go(folder.share, node, 1);
        EXPECT_EQ(share_remove(folder.share, share_root(folder.share), "it",
                               rows[i].folder),
                  0);
    }
    test_folder_close(&folder);
}

TEST_BEGINS(changes_of_owners_end_privileges, folder)
{
    enum { UID = SHARE_UID, DROP = SHARE_DROP_PRIVILEGES };
    static const struct {
        uint32_t mode;
        unsigned what;
        uint32_t then;
        uint32_t uid;
        uint32_t gid;
    } rows[] = {
        {S_IFREG | 06755, UID,              S_IFREG | 0755,  70, 2 },
        {S_IFREG | 06755, SHARE_GID,        S_IFREG | 0755,  1,  80},
        {S_IFREG | 06755, DROP,             S_IFREG | 0755,  1,  2 },
        {S_IFREG | 06745, UID,              S_IFREG | 02745, 70, 2 },
        {S_IFREG | 06755, SHARE_MODE,       S_IFREG | 04711, 1,  2 },
        {S_IFREG | 06755, SHARE_MODE | UID, S_IFREG | 04711, 70, 2 },
        {S_IFDIR | 02755, UID | SHARE_GID,  S_IFDIR | 02755, 70, 80},
        {S_IFREG | 06755, SHARE_MODIFIED,   S_IFREG | 06755, 1,  2 },
    };
    test_folder_open(folder,
                     &(struct share_options){.owners = SHARE_OWNERS_KEPT});
    if (!has_values(folder)) {
        test_folder_close(folder);
        SKIP("the file system of /tmp has no attributes of users");
    }
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct share_new new = {
            .mode = rows[i].mode, .caller = {1, 2}
        };
        const struct share_change change = {
            .what = rows[i].what, .mode = 0104711, .uid = 70, .gid = 80};
        struct share_attributes is;
        test_case("row %zu", i);
        EXPECT_EQ(make(folder, "it", &new), 0);
        struct share_node *node = look(folder, "it");
        EXPECT_EQ(share_set(folder->share, node, NULL, &change), 0);
        EXPECT_EQ(share_get(folder->share, node, &is), 0);
        EXPECT_EQ(is.mode, rows[i].then);
        EXPECT_EQ(is.uid, rows[i].uid);
        EXPECT_EQ(is.gid, rows[i].gid);
        EXPECT_EQ(is.modified.tv_sec == 0,
                  (rows[i].what & SHARE_MODIFIED) != 0);
        EXPECT_EQ(share_remove_node(folder->share, node), 0);
        share_let_go(folder->share, node, 1);
    }
}

TEST_BEGINS(attributes_are_those_of_the_host, folder)
{
    struct share_attributes is;
    struct stat there;
    test_folder_open(folder, &(struct share_options){.uid = 5, .gid = 6});
    test_write(test_path(folder, "f"), "some text");
    if (geteuid() == 0) {
        EXPECT_EQ(chown(test_path(folder, "f"), 1234, 4321), 0);
    }
    EXPECT_EQ(stat(test_path(folder, "f"), &there), 0);
    struct share_node *node = look(folder, "f");
    EXPECT_EQ(share_get(folder->share, node, &is), 0);
    EXPECT_EQ(is.uid, geteuid() == 0 ? 65534 : 5);
    EXPECT_EQ(is.gid, geteuid() == 0 ? 65534 : 6);
    EXPECT_EQ(is.number, there.st_ino);
    EXPECT_EQ(is.size, 9);
    EXPECT_EQ(is.blocks, there.st_blocks);
    EXPECT_EQ(is.block_size, there.st_blksize);
    EXPECT_EQ(is.links, 1);
    EXPECT_EQ(is.changed.tv_sec, there.st_ctim.tv_sec);
    EXPECT_EQ(is.changed.tv_nsec, there.st_ctim.tv_nsec);
    EXPECT_EQ(is.accessed.tv_nsec, there.st_atim.tv_nsec);
    EXPECT_EQ(is.modified.tv_nsec, there.st_mtim.tv_nsec);
    share_let_go(folder->share, node, 1);
}

TEST_ON(extended_attributes_have_names_and_sizes_that_fit, folder)
{
    static char name[SHARE_NAME_MAX + 2];
    static char big[SHARE_VALUE_MAX + 1];
    char names[16];
    struct share *share = folder->share;
    struct share_node *root = share_root(share);
    if (!has_values(folder)) {
        test_folder_close(folder);
        SKIP("the file system of /tmp has no attributes of users");
    }
    memset(name, 'n', sizeof(name) - 1);
    memcpy(name, "user.", 5);
    EXPECT_EQ(share_set_value(share, root, name, "v", 1, 0), -ERANGE);
    EXPECT_EQ(share_get_value(share, root, name, NULL, 0), -ERANGE);
    name[SHARE_NAME_MAX] = '\0';
    EXPECT_EQ(share_set_value(share, root, name, "v", 1, 0), 0);
    EXPECT_EQ(share_remove_value(share, root, name), 0);
    EXPECT_EQ(share_set_value(share, root, "user.x", big, sizeof(big), 0),
              -E2BIG);
    EXPECT(share_set_value(share, root, "user.y", big, sizeof(big) - 1, 0) !=
           -E2BIG);
    (void)share_remove_value(share, root, "user.y");
    EXPECT_EQ(share_list_values(share, root, names, 7), 7);
    EXPECT_STR(names, "user.x");
    EXPECT_EQ(share_list_values(share, root, names, 6), -ERANGE);
    EXPECT_EQ(share_set_value(share, root, "user.x", "", 0, XATTR_CREATE),
              -EEXIST);
    EXPECT_EQ(share_set_value(share, root, "user.z", "", 0, XATTR_REPLACE),
              -ENODATA);
}

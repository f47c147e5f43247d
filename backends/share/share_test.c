/* SPDX-License-Identifier: Apache-2.0 */
/* The shared folder itself: no name leaves it, nodes outlive their descriptors
 * and names, and owners are what the options say. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/xattr.h>

#include "backends/share/test_folder.h"
#include "base/bits.h"
#include "tests/harness.h"

static const struct share_new a_file = {.mode = S_IFREG | 0644};
static const struct share_new a_folder = {.mode = S_IFDIR | 0755};

static int make(struct test_folder *folder, struct share_node *at,
                const char *name, const struct share_new *new)
{
    struct share_node *node;
    int code = share_make(folder->share, at, name, new, &node);
    if (code == 0) {
        share_let_go(folder->share, node, 1);
    }
    return code;
}

static struct share_node *find(struct test_folder *folder, const char *name)
{
    struct share_node *node = NULL;
    (void)share_look_up(folder->share, share_root(folder->share), name, &node,
                        NULL);
    return node;
}

FIXTURE(struct test_folder, folder, test_folder_close)
FIXTURE_BEGIN(folder, test_folder_open(folder, &(struct share_options){0}))

TEST_ON(names_that_lead_elsewhere_are_none, folder)
{
    static const struct {
        const char *name;
        int code;
    } cases[] = {
        {"",          -EINVAL},
        {".",         -EINVAL},
        {"..",        -EINVAL},
        {"../secret", -EINVAL},
        {"/etc",      -EINVAL},
        {"a/b",       -EINVAL},
        {"absent",    -ENOENT},
    };
    struct share_node *root = share_root(folder->share);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct share_node *node;
        test_case("'%s'", cases[i].name);
        EXPECT_EQ(
            share_look_up(folder->share, root, cases[i].name, &node, NULL),
            cases[i].code);
        if (cases[i].code == -EINVAL) {
            EXPECT_EQ(make(folder, root, cases[i].name, &a_file), -EINVAL);
            EXPECT_EQ(share_remove(folder->share, root, cases[i].name, false),
                      -EINVAL);
            EXPECT_EQ(
                share_rename(folder->share, root, "x", root, cases[i].name, 0),
                -EINVAL);
        }
    }
}

TEST_ON(symbolic_links_are_read_and_never_followed, folder)
{
    static const char *const targets[] = {"/etc/passwd", "../secret", "..", "/",
                                          "."};
    struct share_node *root = share_root(folder->share);
    for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
        const struct share_new link = {.mode = S_IFLNK | 0777,
                                       .target = targets[i]};
        struct share_node *node;
        struct share_node *below;
        struct share_file *file;
        char target[64] = "";
        test_case("%s", targets[i]);
        EXPECT_EQ(share_make(folder->share, root, "link", &link, &node), 0);
        int size = share_read_link(folder->share, node, target, sizeof(target));
        EXPECT_EQ(size, strlen(targets[i]));
        EXPECT_BYTES(target, targets[i], strlen(targets[i]));
        EXPECT_EQ(share_open_file(folder->share, node, O_RDONLY, &file),
                  -ELOOP);
        EXPECT_EQ(share_look_up(folder->share, node, "passwd", &below, NULL),
                  -ENOTDIR);
        const struct share_change cut = {.what = SHARE_SIZE};
        EXPECT_EQ(share_set(folder->share, node, NULL, &cut), -ELOOP);
        share_let_go(folder->share, node, 1);
        EXPECT_EQ(share_remove(folder->share, root, "link", false), 0);
    }
}

TEST_ON(devices_are_not_made_and_fifos_not_opened, folder)
{
    struct share_file *file;
    struct share_node *root = share_root(folder->share);
    const struct share_new device = {
        .mode = S_IFCHR | 0666, .major = 1, .minor = 3};
    const struct share_new fifo = {.mode = S_IFIFO | 0666};
    const struct share_new socket = {.mode = S_IFSOCK | 0666};
    EXPECT_EQ(make(folder, root, "null", &device), -EPERM);
    EXPECT_EQ(make(folder, root, "fifo", &fifo), 0);
    EXPECT_EQ(make(folder, root, "socket", &socket), 0);
    struct share_node *node = find(folder, "fifo");
    EXPECT_EQ(share_open_file(folder->share, node, O_RDONLY, &file), -ENXIO);
    share_let_go(folder->share, node, 1);
}

TEST_BEGINS(a_read_only_share_changes_nothing, folder)
{
    struct share_file *file;
    test_folder_open(folder, &(struct share_options){.read_only = true});
    struct share *share = folder->share;
    struct share_node *root = share_root(share);
    test_write(test_path(folder, "file"), "text");
    struct share_node *node = find(folder, "file");
    REQUIRE(node);
    const struct share_change mode = {.what = SHARE_MODE, .mode = 0600};
    EXPECT_EQ(make(folder, root, "new", &a_file), -EROFS);
    EXPECT_EQ(share_remove(share, root, "file", false), -EROFS);
    EXPECT_EQ(share_rename(share, root, "file", root, "other", 0), -EROFS);
    EXPECT_EQ(share_link(share, node, root, "other"), -EROFS);
    EXPECT_EQ(share_set(share, node, NULL, &mode), -EROFS);
    EXPECT_EQ(share_set_value(share, node, "user.x", "1", 1, 0), -EROFS);
    EXPECT_EQ(share_remove_value(share, node, "user.x"), -EROFS);
    EXPECT_EQ(share_open_file(share, node, O_WRONLY, &file), -EROFS);
    EXPECT_EQ(share_open_file(share, node, O_RDONLY | O_TRUNC, &file), -EROFS);
    EXPECT_EQ(share_open_file(share, node, O_RDONLY, &file), 0);
    share_close_file(share, file);
    EXPECT_STR(test_read(folder, "file"), "text");
    share_let_go(share, node, 1);
}

/* ---- Nodes --------------------------------------------------------------- */

enum { DEPTH = 200 };

TEST_BEGINS(nodes_outlive_their_descriptors, folder)
{
    struct share_node *nodes[DEPTH];
    char name[16];
    test_folder_open(folder, &(struct share_options){.descriptors = 16});
    struct share *share = folder->share;
    struct share_node *at = share_root(share);
    for (unsigned i = 0; i < DEPTH; i++) {
        (void)snprintf(name, sizeof(name), "f%u", i);
        REQUIRE(share_make(share, at, name, &a_folder, &nodes[i]) == 0);
        at = nodes[i];
    }
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = DEPTH; i-- != 0;) {
            struct share_attributes attributes;
            EXPECT_EQ(share_get(share, nodes[i], &attributes), 0);
            EXPECT(S_ISDIR(attributes.mode));
        }
    }
    EXPECT_EQ(share_rename(share, share_root(share), "f0", share_root(share),
                           "moved", 0),
              0);
    EXPECT_EQ(make(folder, nodes[DEPTH - 1], "deep", &a_file), 0);
    /* Not by the host: a folder that took the name of another is another. */
    EXPECT_EQ(rename(test_path(folder, "moved"), test_path(folder, "away")), 0);
    EXPECT_EQ(mkdir(test_path(folder, "moved"), 0755), 0);
    struct share_node *fresh = find(folder, "moved");
    EXPECT(fresh && fresh != nodes[0]);
    share_let_go(share, fresh, 1);
    for (unsigned i = 0; i < DEPTH; i++) {
        share_let_go(share, nodes[i], 1);
    }
}

TEST_BEGINS(an_open_file_outlives_its_names, folder)
{
    struct share_file *file;
    struct share_node *node;
    struct share_attributes attributes;
    char text[8] = "";
    test_folder_open(folder, &(struct share_options){.descriptors = 16});
    struct share *share = folder->share;
    struct share_node *root = share_root(share);
    REQUIRE(share_create(share, root, "gone", O_RDWR | O_EXCL, &a_file, &node,
                         &file) == 0);
    EXPECT_EQ(share_write(file, "text", 4, 0, true), 4);
    EXPECT_EQ(share_remove(share, root, "gone", false), 0);
    EXPECT_EQ(share_get(share, node, &attributes), 0);
    EXPECT_EQ(attributes.links, 0);
    EXPECT_EQ(attributes.size, 4);
    EXPECT_EQ(share_read(file, text, sizeof(text), 0), 4);
    EXPECT_BYTES(text, "text", 4);
    EXPECT_EQ(share_link(share, node, root, "back"), -ENOENT);
    EXPECT_EQ(share_remove_node(share, node), -ENOENT);
    share_close_file(share, file);
    share_let_go(share, node, 1);
}

TEST_ON(names_of_one_file_are_one_node, folder)
{
    struct share *share = folder->share;
    struct share_node *root = share_root(share);
    EXPECT_EQ(make(folder, root, "one", &a_file), 0);
    struct share_node *one = find(folder, "one");
    REQUIRE(one);
    EXPECT_EQ(share_link(share, one, root, "two"), 0);
    struct share_node *two = find(folder, "two");
    EXPECT(one == two);
    EXPECT_EQ(share_rename(share, root, "one", root, "two", 0), 0);
    EXPECT_EQ(share_remove(share, root, "two", false), 0);
    struct share_node *left = find(folder, "one");
    EXPECT(left == one);
    share_let_go(share, one, left ? 3 : 2);
}

TEST_ON(renames_move_replace_and_exchange, folder)
{
    struct share *share = folder->share;
    struct share_node *root = share_root(share);
    EXPECT_EQ(make(folder, root, "sub", &a_folder), 0);
    struct share_node *sub = find(folder, "sub");
    test_write(test_path(folder, "a"), "a");
    test_write(test_path(folder, "b"), "b");
    EXPECT_EQ(share_rename(share, root, "a", root, "b", RENAME_NOREPLACE),
              -EEXIST);
    EXPECT_EQ(share_rename(share, root, "a", root, "b", RENAME_EXCHANGE), 0);
    EXPECT_STR(test_read(folder, "b"), "a");
    EXPECT_EQ(share_rename(share, root, "b", sub, "b", 0), 0);
    EXPECT_STR(test_read(folder, "sub/b"), "a");
    EXPECT_EQ(share_rename(share, root, "a", sub, "b", 0), 0);
    EXPECT_STR(test_read(folder, "sub/b"), "b");
    EXPECT_EQ(share_rename(share, root, "sub", sub, "inside", 0), -EINVAL);
    EXPECT_EQ(share_rename(share, root, "sub", root, "x", 1u << 30), -EINVAL);
    EXPECT_EQ(share_remove(share, root, "sub", true), -ENOTEMPTY);
    EXPECT_EQ(share_remove(share, root, "sub", false), -EISDIR);
    share_let_go(share, sub, 1);
}

/* ---- Races --------------------------------------------------------------- */

struct racer {
    const char *shared;
    atomic_bool stop;
};

/* Has a folder and a link out of the share change places. */
static void *race(void *context)
{
    struct racer *racer = context;
    char names[3][128];
    static const char *const ends[] = {"dir", "link", "free"};
    for (unsigned i = 0; i < 3; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "%s/%s", racer->shared,
                       ends[i]);
    }
    while (!racer->stop) {
        if (renameat2(AT_FDCWD, names[0], AT_FDCWD, names[1],
                      RENAME_EXCHANGE) != 0) {
            abort();
        }
    }
    return NULL;
}

TEST_BEGINS(no_race_of_names_leads_out, folder)
{
    test_folder_open(folder, &(struct share_options){.descriptors = 16});
    struct share *share = folder->share;
    struct share_node *root = share_root(share);
    struct racer racer = {.shared = folder->shared};
    pthread_t thread;
    unsigned found = 0;
    REQUIRE(mkdir(test_path(folder, "dir"), 0755) == 0);
    test_write(test_path(folder, "dir/file"), "inside");
    REQUIRE(symlink("..", test_path(folder, "link")) == 0);
    REQUIRE(pthread_create(&thread, NULL, race, &racer) == 0);
    for (unsigned i = 0; i < 3000; i++) {
        struct share_node *dir = NULL;
        struct share_node *below = NULL;
        if (share_look_up(share, root, "dir", &dir, NULL) != 0) {
            continue;
        }
        EXPECT(share_look_up(share, dir, "secret", &below, NULL) != 0);
        EXPECT(share_look_up(share, dir, "in", &below, NULL) != 0);
        EXPECT(make(folder, dir, "secret", &a_file) != 0 ||
               share_remove(share, dir, "secret", false) == 0);
        if (share_look_up(share, dir, "file", &below, NULL) == 0) {
            struct share_file *file;
            char text[8] = "";
            if (share_open_file(share, below, O_RDONLY, &file) == 0) {
                EXPECT_EQ(share_read(file, text, sizeof(text), 0), 6);
                EXPECT_BYTES(text, "inside", 6);
                share_close_file(share, file);
                found++;
            }
            share_let_go(share, below, 1);
        }
        share_let_go(share, dir, 1);
    }
    racer.stop = true;
    (void)pthread_join(thread, NULL);
    EXPECT(found != 0);
    char secret[128];
    (void)snprintf(secret, sizeof(secret), "%s/secret", folder->path);
    FILE *file = fopen(secret, "r");
    EXPECT(file && fgetc(file) == 's');
    if (file) {
        (void)fclose(file);
    }
}

/* ---- Owners -------------------------------------------------------------- */

TEST_BEGINS(what_is_made_belongs_to_the_user, folder)
{
    struct share_attributes is;
    test_folder_open(folder, &(struct share_options){.uid = 1000, .gid = 1001});
    struct share *share = folder->share;
    const struct share_new new = {
        .mode = S_IFREG | 06777, .caller = {500, 501}
    };
    mode_t mask = umask(077);
    EXPECT_EQ(make(folder, share_root(share), "file", &new), 0);
    (void)umask(mask);
    struct share_node *node = find(folder, "file");
    REQUIRE(node);
    EXPECT_EQ(share_get(share, node, &is), 0);
    EXPECT_EQ(is.mode, S_IFREG | 0777); /* no set-id bits on the host */
    EXPECT_EQ(is.uid, 1000);
    EXPECT_EQ(is.gid, 1001);
    const struct share_change change = {
        .what = SHARE_MODE | SHARE_UID, .mode = 04711, .uid = 7};
    EXPECT_EQ(share_set(share, node, NULL, &change), 0);
    EXPECT_EQ(share_get(share, node, &is), 0);
    EXPECT_EQ(is.mode, S_IFREG | 0711);
    EXPECT_EQ(is.uid, 1000);
    struct stat there;
    EXPECT_EQ(stat(test_path(folder, "file"), &there), 0);
    EXPECT_EQ(there.st_uid, geteuid());
    share_let_go(share, node, 1);
}

TEST_BEGINS(kept_owners_are_in_attributes_of_the_host, folder)
{
    static const struct share_new cases[] = {
        {.mode = S_IFREG | 04755, .caller = {500, 501}},
        {.mode = S_IFDIR | 01777,                       .caller = {0, 7}},
        {.mode = S_IFLNK | 0777,.target = "/etc/passwd", .caller = {1, 2}},
        {.mode = S_IFCHR | 0640,  .major = 4, .minor = 300, .caller = {3, 4}},
        {.mode = S_IFBLK | 0660,       .major = 259, .minor = 70000},
        {.mode = S_IFIFO | 0600 },
        {.mode = S_IFSOCK | 0600          },
    };
    test_folder_open(folder,
                     &(struct share_options){.owners = SHARE_OWNERS_KEPT});
    struct share *share = folder->share;
    struct share_node *root = share_root(share);
    if (setxattr(folder->shared, "user.x", "", 0, 0) != 0) {
        test_folder_close(folder);
        SKIP("the file system of /tmp has no attributes of users");
    }
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct share_attributes is;
        struct stat there;
        char target[32];
        test_case("mode 0%o", cases[i].mode);
        EXPECT_EQ(make(folder, root, "it", &cases[i]), 0);
        struct share_node *node = find(folder, "it");
        REQUIRE(node);
        EXPECT_EQ(share_get(share, node, &is), 0);
        EXPECT_EQ(is.mode, cases[i].mode);
        EXPECT_EQ(is.uid, cases[i].caller.uid);
        EXPECT_EQ(is.gid, cases[i].caller.gid);
        EXPECT_EQ(is.major, cases[i].major);
        EXPECT_EQ(is.minor, cases[i].minor);
        EXPECT_EQ(stat(test_path(folder, "it"), &there), 0);
        EXPECT_EQ(there.st_mode,
                  S_ISDIR(cases[i].mode) ? S_IFDIR | 0700 : S_IFREG | 0600);
        if (cases[i].target) {
            EXPECT_EQ(share_read_link(share, node, target, sizeof(target)), 11);
        }
        const struct share_change owner = {
            .what = SHARE_UID | SHARE_GID, .uid = 70, .gid = 80};
        EXPECT_EQ(share_set(share, node, NULL, &owner), 0);
        EXPECT_EQ(share_get(share, node, &is), 0);
        EXPECT_EQ(is.uid, 70);
        EXPECT_EQ(is.mode & S_ISUID, 0);
        char names[64];
        EXPECT_EQ(share_list_values(share, node, names, sizeof(names)), 0);
        share_let_go(share, node, 1);
        EXPECT_EQ(share_remove(share, root, "it", S_ISDIR(cases[i].mode)), 0);
    }
}

TEST_BEGINS(a_folder_gives_its_group_if_its_mode_says_so, folder)
{
    struct share_attributes is;
    struct share_node *outer;
    struct share_node *inner;
    test_folder_open(folder,
                     &(struct share_options){.owners = SHARE_OWNERS_KEPT});
    struct share *share = folder->share;
    const struct share_new shared = {
        .mode = S_IFDIR | 02775, .caller = {1, 50}
    };
    const struct share_new sub = {
        .mode = S_IFDIR | 0755, .caller = {2, 60}
    };
    if (setxattr(folder->shared, "user.x", "", 0, 0) != 0) {
        test_folder_close(folder);
        SKIP("the file system of /tmp has no attributes of users");
    }
    REQUIRE(share_make(share, share_root(share), "o", &shared, &outer) == 0);
    REQUIRE(share_make(share, outer, "i", &sub, &inner) == 0);
    EXPECT_EQ(share_get(share, inner, &is), 0);
    EXPECT_EQ(is.gid, 50);
    EXPECT_EQ(is.mode, S_IFDIR | 02755);
    share_let_go(share, inner, 1);
    share_let_go(share, outer, 1);
}

TEST_ON(attributes_of_the_host_are_not_the_clients, folder)
{
    static const struct {
        const char *name;
        int code;
    } cases[] = {
        {"user.mine",               0          },
        {"user.virtfs.uid",         -EOPNOTSUPP},
        {"security.capability",     -EOPNOTSUPP},
        {"trusted.overlay.opaque",  -EOPNOTSUPP},
        {"system.posix_acl_access", -EOPNOTSUPP},
        {"user.",                   -EOPNOTSUPP},
    };
    char value[8];
    char names[64];
    struct share *share = folder->share;
    struct share_node *root = share_root(share);
    if (setxattr(folder->shared, "user.virtfs.uid", "abcd", 4, 0) != 0) {
        test_folder_close(folder);
        SKIP("the file system of /tmp has no attributes of users");
    }
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        test_case("%s", cases[i].name);
        EXPECT_EQ(share_set_value(share, root, cases[i].name, "v", 1, 0),
                  cases[i].code);
        EXPECT_EQ(
            share_get_value(share, root, cases[i].name, value, sizeof(value)),
            cases[i].code ? cases[i].code : 1);
    }
    EXPECT_EQ(share_list_values(share, root, names, sizeof(names)), 10);
    EXPECT_STR(names, "user.mine");
    EXPECT_EQ(share_list_values(share, root, NULL, 0), 10);
    EXPECT_EQ(share_list_values(share, root, names, 5), -ERANGE);
    EXPECT_EQ(share_remove_value(share, root, "user.mine"), 0);
    EXPECT_EQ(share_remove_value(share, root, "user.mine"), -ENODATA);
}

/* ---- Folders ------------------------------------------------------------- */

TEST_ON(a_folder_is_listed_in_the_order_of_its_names, folder)
{
    static const char *const names[] = {"b",         "a",        "c d",
                                        "new\nline", "\xc3\xa4", "Z"};
    static const char *const order[] = {".", "..",  "Z",         "a",
                                        "b", "c d", "new\nline", "\xc3\xa4"};
    struct share_file *file;
    struct share_entry entry;
    struct share *share = folder->share;
    struct share_node *root = share_root(share);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        EXPECT_EQ(make(folder, root, names[i], &a_file), 0);
    }
    REQUIRE(share_open_file(share, root, O_RDONLY, &file) == 0);
    for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
        EXPECT_EQ(share_list(share, file, i, &entry), 1);
        EXPECT_STR(entry.name, order[i]);
        struct share_node *node = i < 2 ? NULL : find(folder, order[i]);
        struct share_attributes is;
        if (node && share_get(share, node, &is) == 0) {
            EXPECT_EQ(entry.number, is.number);
            share_let_go(share, node, 1);
        }
        (void)unlink(test_path(folder, order[i])); /* moves no other */
    }
    EXPECT_EQ(share_list(share, file, ARRAY_SIZE(order), &entry), 0);
    EXPECT_EQ(share_list(share, file, UINT64_MAX, &entry), 0);
    EXPECT_EQ(share_list(share, file, 0, &entry), 1);
    EXPECT_EQ(share_list(share, file, 2, &entry), 0);
    share_close_file(share, file);
}

TEST(what_is_no_folder_cannot_be_shared)
{
    struct share *share;
    struct error error = {""};
    const struct share_options absent = {.path = "/tmp/cairn-no-such-folder"};
    EXPECT_EQ(share_open(&absent, &share, &error), -ENOENT);
    EXPECT_STR(error.text,
               "folder '/tmp/cairn-no-such-folder': cannot be opened: No such "
               "file or directory");
    EXPECT(share == NULL);
    share_close(share);
}

TEST(errors_have_the_numbers_of_linux)
{
    EXPECT_EQ(share_protocol_error(-ENOENT), 2);
    EXPECT_EQ(share_protocol_error(-ENOTEMPTY), 39);
    EXPECT_EQ(share_protocol_error(-EOPNOTSUPP), 95);
    EXPECT_EQ(share_protocol_error(-EKEYREVOKED), 5);
}

TEST_ON(trouble_of_the_host_is_kept, folder)
{
    struct share_node *node;
    share_note(folder->share, -ENOENT);
    share_note(folder->share, -EEXIST);
    EXPECT_EQ(share_trouble(folder->share), 0);
    share_note(folder->share, -ENOSPC);
    share_note(folder->share, 0);
    EXPECT_EQ(share_trouble(folder->share), -ENOSPC);
    EXPECT_EQ(rmdir(folder->shared), 0);
    int code = share_look_up(folder->share, share_root(folder->share), "name",
                             &node, NULL);
    EXPECT_EQ(code, -ENOENT);
    share_note(folder->share, code);
    EXPECT_EQ(share_trouble(folder->share), -ENOENT);
}

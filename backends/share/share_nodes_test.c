/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes of a shared folder, and the descriptors by which they are reached. */
#include <errno.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "backends/share/internal.h"
#include "backends/share/test_folder.h"
#include "base/bits.h"
#include "tests/harness.h"

static const struct share_new a_file = {.mode = S_IFREG | 0644};
static const struct share_new a_folder = {.mode = S_IFDIR | 0755};

static struct share_node *find(struct share *share, struct share_node *folder,
                               const char *name)
{
    struct share_node *node = NULL;
    EXPECT_EQ(share_look_up(share, folder, name, &node, NULL), 0);
    return node;
}

static int make(struct share *share, struct share_node *folder,
                const char *name, const struct share_new *new)
{
    struct share_node *node;
    int code = share_make(share, folder, name, new, &node);
    if (code == 0) {
        share_let_go(share, node, 1);
    }
    return code;
}

/* ---- Descriptor 0 -------------------------------------------------------- */

/* The next descriptor that is opened is 0. */
static void free_zero(void)
{
    (void)close(STDIN_FILENO);
}

static bool is_zero_free(void)
{
    return fcntl(STDIN_FILENO, F_GETFD) < 0;
}

static void take_zero(void)
{
    EXPECT(freopen("/dev/null", "r", stdin) != NULL);
    EXPECT(!is_zero_free());
}

FIXTURE(struct test_folder, folder, test_folder_close)
FIXTURE_BEGIN(folder, test_folder_open(folder, &(struct share_options){0}))

TEST_ON(a_folder_of_descriptor_0_is_like_any_other, folder)
{
    struct share_node *made;
    struct share_file *file;
    struct share *share = folder->share;
    EXPECT_EQ(make(share, share_root(share), "d", &a_folder), 0);
    struct share_node *d = find(share, share_root(share), "d");
    free_zero();
    EXPECT_EQ(share_node_fd(share, d), 0);
    EXPECT_EQ(make(share, d, "file", &a_file), 0);
    EXPECT_EQ(make(share, d, "sub", &a_folder), 0);
    EXPECT_EQ(make(share, d, "link",
                   &(struct share_new){.mode = S_IFLNK | 0777, .target = "x"}),
              0);
    EXPECT_EQ(share_create(share, d, "new", O_RDWR, &a_file, &made, &file), 0);
    share_close_file(share, file);
    share_let_go(share, made, 1);
    struct share_node *node = find(share, d, "file");
    EXPECT(share_find_name(share, d, "file") == node);
    EXPECT_EQ(share_link(share, node, d, "hard"), 0);
    EXPECT_EQ(share_rename(share, d, "hard", d, "other", 0), 0);
    EXPECT_EQ(share_remove(share, d, "other", false), 0);
    EXPECT_EQ(share_remove(share, d, "sub", true), 0);
    for (unsigned i = 0; i < 2; i++) {
        EXPECT_EQ(access(test_path(folder, i ? "d/sub" : "d/other"), F_OK), -1);
        EXPECT_EQ(access(test_path(folder, i ? "d/new" : "d/file"), F_OK), 0);
    }
    EXPECT_EQ(d->pins, 0);
    EXPECT_EQ(d->fd, 0);
    share_let_go(share, node, 1);
    share_let_go(share, d, 1);
    EXPECT(is_zero_free());
    take_zero();
}

/* One that loses its name keeps it. */
static void check_kept(struct share *share, struct share_node *node)
{
    struct share_attributes is;
    struct share_node *root = share_root(share);
    EXPECT_EQ(share_remove(share, root, "gone", false), 0);
    EXPECT(!node->name && node->fd == 0 && node->pins == 0);
    EXPECT_EQ(share_get(share, node, &is), 0);
    EXPECT_EQ(is.links, 0);
}

TEST(a_file_of_descriptor_0_is_like_any_other)
{
    static const enum share_owners owners[] = {SHARE_OWNERS_USER,
                                               SHARE_OWNERS_KEPT};
    for (size_t i = 0; i < ARRAY_SIZE(owners); i++) {
        OWNED(test_folder_close) struct test_folder folder;
        struct share_attributes is;
        struct statvfs statistics = {0};
        struct share_file *file;
        char bytes[16] = "";
        test_case("owners %zu", i);
        test_folder_open(&folder, &(struct share_options){.owners = owners[i]});
        struct share *share = folder.share;
        struct share_node *root = share_root(share);
        const struct share_change change = {
            .what = SHARE_MODE | SHARE_UID | SHARE_ACCESSED | SHARE_MODIFIED,
            .mode = 0610,
            .uid = 77,
            .accessed = {.tv_sec = 5},
            .modified = {.tv_sec = 6}};
        EXPECT_EQ(make(share, root, "gone", &a_file), 0);
        struct share_node *node = find(share, root, "gone");
        free_zero();
        EXPECT_EQ(share_node_fd(share, node), 0);
        EXPECT_EQ(share->newest == node, 1);
        EXPECT_EQ(share_set_owner(share, node, &a_file), 0);
        EXPECT_EQ(share_set(share, node, NULL, &change), 0);
        EXPECT_EQ(share_get(share, node, &is), 0);
        EXPECT_EQ(is.mode, S_IFREG | 0610);
        EXPECT_EQ(is.uid, i == 0 ? 0 : 77);
        EXPECT_EQ(is.accessed.tv_sec, 5);
        EXPECT_EQ(is.modified.tv_sec, 6);
        EXPECT_EQ(share_statistics(share, node, &statistics), 0);
        EXPECT(statistics.f_bsize != 0);
        EXPECT_EQ(share_set_value(share, node, "user.x", "abc", 3, 0), 0);
        EXPECT_EQ(share_get_value(share, node, "user.x", bytes, 16), 3);
        EXPECT_BYTES(bytes, "abc", 3);
        EXPECT_EQ(share_list_values(share, node, bytes, 16), 7);
        EXPECT_EQ(share_remove_value(share, node, "user.x"), 0);
        EXPECT_EQ(share_get_value(share, node, "user.x", bytes, 16), -ENODATA);
        EXPECT_EQ(share_open_file(share, node, O_RDWR, &file), 0);
        share_close_file(share, file);
        check_kept(share, node);
        share_let_go(share, node, 1);
        EXPECT(is_zero_free());
        /* An open file has it as well, and what is opened for one call. */
        EXPECT_EQ(make(share, root, "gone", &a_file), 0);
        node = find(share, root, "gone");
        EXPECT_EQ(share_node_fd(share, node), 0);
        node->fd = fcntl(0, F_DUPFD_CLOEXEC, 100);
        free_zero();
        EXPECT_EQ(share_open_file(share, node, O_RDWR, &file), 0);
        EXPECT_EQ(file->fd, 0);
        EXPECT_EQ(share_write(file, "text", 4, 0, false), 4);
        share_close_file(share, file);
        EXPECT(is_zero_free());
        EXPECT_EQ(share_sync_all(share), 0);
        EXPECT(is_zero_free());
        share_let_go(share, node, 1);
        take_zero();
    }
}

TEST_ON(a_link_and_a_share_of_descriptor_0_are_like_any_other, folder)
{
    struct error error;
    struct share *share;
    char target[16];
    REQUIRE(symlink("there", test_path(folder, "link")) == 0);
    free_zero();
    EXPECT_EQ(share_open(&(struct share_options){.path = folder->shared},
                         &share, &error),
              0);
    EXPECT_EQ(share_root(share)->fd, 0);
    struct share_node *node = find(share, share_root(share), "link");
    EXPECT(share_node_fd(share, node) > 0);
    share_let_go(share, node, 1);
    share_close(share);
    EXPECT(is_zero_free());
    node = find(folder->share, share_root(folder->share), "link");
    EXPECT_EQ(share_read_link(folder->share, node, target, sizeof(target)), 5);
    EXPECT_EQ(node->fd, 0);
    EXPECT_EQ(share_read_link(folder->share, node, target, 6), 5);
    EXPECT_EQ(share_read_link(folder->share, node, target, 5), -ENAMETOOLONG);
    EXPECT_EQ(share_get_value(folder->share, node, "user.x", target, 16),
              -ENODATA);
    const struct share_change mode = {.what = SHARE_MODE, .mode = 0600};
    const struct share_change owner = {.what = SHARE_UID, .uid = 5};
    EXPECT_EQ(share_set(folder->share, node, NULL, &mode), -EOPNOTSUPP);
    EXPECT_EQ(share_set(folder->share, node, NULL, &owner), 0);
    share_let_go(folder->share, node, 1);
    take_zero();
}

/* ---- Nodes whose descriptors were closed --------------------------------- */

/* With room for the root's descriptor and one more. */
TEST_BEGINS(a_node_whose_name_is_anothers_is_stale, folder)
{
    struct share_attributes is;
    struct share_file *file;
    test_folder_open(folder, &(struct share_options){.descriptors = 2});
    struct share *share = folder->share;
    struct share_node *root = share_root(share);
    EXPECT_EQ(make(share, root, "d", &a_folder), 0);
    EXPECT_EQ(make(share, root, "other", &a_file), 0);
    EXPECT_EQ(make(share, root, "dead", &a_file), 0);
    struct share_node *d = find(share, root, "d");
    struct share_node *other = find(share, root, "other");
    struct share_node *dead = find(share, root, "dead");
    EXPECT_EQ(make(share, d, "inner", &a_file), -ENFILE);
    EXPECT_EQ(share_get(share, d, &is), 0);
    struct share_node *inner = NULL;
    test_write(test_path(folder, "d/inner"), "");
    EXPECT_EQ(share_look_up(share, d, "inner", &inner, NULL), 0);
    EXPECT_EQ(share_get(share, other, &is), 0); /* in the folder's place */
    EXPECT(d->fd < 0 && inner->fd < 0 && other->fd >= 0);
    EXPECT_EQ(share->descriptors, 2);
    /* The folder around it has the only place, and keeps it meanwhile. */
    EXPECT_EQ(share_get(share, inner, &is), -ENFILE);
    EXPECT_EQ(d->pins, 0);
    EXPECT_EQ(share_get(share, d, &is), 0);
    EXPECT_EQ(share_get(share, other, &is), 0);
    EXPECT_EQ(rename(test_path(folder, "d"), test_path(folder, "away")), 0);
    EXPECT_EQ(share_get(share, d, &is), -ESTALE);
    EXPECT_EQ(share_get(share, inner, &is), -ESTALE);
    EXPECT_EQ(mkdir(test_path(folder, "d"), 0755), 0);
    EXPECT_EQ(share_get(share, d, &is), -ESTALE);
    EXPECT_EQ(share->descriptors, 1);
    EXPECT_EQ(unlink(test_path(folder, "dead")), 0);
    test_write(test_path(folder, "dead"), "another");
    EXPECT_EQ(share_open_file(share, dead, O_RDONLY, &file), -ESTALE);
    EXPECT_EQ(share_set_value(share, dead, "user.x", "", 0, 0), -ESTALE);
    EXPECT_EQ(share_remove_value(share, dead, "user.x"), -ESTALE);
    EXPECT_EQ(share_list_values(share, dead, NULL, 0), -ESTALE);
    EXPECT_EQ(share_get_value(share, dead, "user.x", NULL, 0), -ESTALE);
    const struct share_change times = {.what = SHARE_ACCESSED};
    const struct share_change mode = {.what = SHARE_MODE, .mode = 0600};
    EXPECT_EQ(share_set(share, dead, NULL, &times), -ESTALE);
    EXPECT_EQ(share_set(share, dead, NULL, &mode), -ESTALE);
    EXPECT_EQ(share_set_owner(share, dead, &a_file), -ESTALE);
    struct statvfs statistics;
    EXPECT_EQ(share_statistics(share, dead, &statistics), -ESTALE);
    EXPECT_EQ(share_remove_node(share, dead), -ESTALE);
    EXPECT_EQ(share_rename_node(share, dead, root, "x"), -ESTALE);
    EXPECT_EQ(share_link(share, dead, root, "x"), -ESTALE);
    EXPECT_EQ(share_rename(share, root, "other", inner->parent, "x", 0),
              -ESTALE);
    EXPECT_EQ(access(test_path(folder, "dead"), F_OK), 0);
    EXPECT_EQ(root->pins, 1);
    EXPECT_EQ(root->holds, 1 + 3); /* by the nodes in it */
    share_let_go(share, inner, 1);
    share_let_go(share, dead, 1);
    share_let_go(share, other, 1);
    share_let_go(share, d, 1);
}

TEST_ON(folders_in_each_other_are_opened_again_up_to_a_depth, folder)
{
    static struct share_node nodes[SHARE_DEPTH_MAX + 1];
    static char name[] = "absent";
    for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
        nodes[i] = (struct share_node){.fd = -1,
                                       .name = name,
                                       .parent = i ? &nodes[i - 1]
                                                   : share_root(folder->share)};
    }
    EXPECT_EQ(share_node_fd(folder->share, &nodes[SHARE_DEPTH_MAX]),
              -ENAMETOOLONG);
    EXPECT_EQ(share_node_fd(folder->share, &nodes[SHARE_DEPTH_MAX - 1]),
              -ESTALE);
}

/* So many that some are at the same place of the table. */
TEST_BEGINS(many_nodes_are_told_apart, folder)
{
    enum { COUNT = 1500 };
    static struct share_node *nodes[COUNT];
    char name[16];
    test_folder_open(folder, &(struct share_options){.descriptors = 16});
    struct share *share = folder->share;
    for (unsigned i = 0; i < COUNT; i++) {
        struct share_attributes is;
        (void)snprintf(name, sizeof(name), "%u", i);
        int fd = openat(share_root(share)->fd, ".", O_RDONLY | O_CLOEXEC);
        close(openat(fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        close(fd);
        REQUIRE(share_look_up(share, share_root(share), name, &nodes[i], &is) ==
                0);
        EXPECT_EQ(is.number, nodes[i]->identity.inode);
    }
    EXPECT_EQ(share->node_count, COUNT + 1);
    for (unsigned i = 0; i < COUNT; i++) {
        (void)snprintf(name, sizeof(name), "%u", i);
        EXPECT(find(share, share_root(share), name) == nodes[i]);
    }
    for (unsigned i = 0; i < COUNT; i += 2) {
        share_let_go(share, nodes[i], 2);
    }
    for (unsigned i = 1; i < COUNT; i += 2) {
        (void)snprintf(name, sizeof(name), "%u", i);
        EXPECT(find(share, share_root(share), name) == nodes[i]);
        share_let_go(share, nodes[i], 3);
    }
    EXPECT_EQ(share->node_count, 1);
}

TEST_ON(numbers_of_other_file_systems_have_them_in_their_upper_byte, folder)
{
    struct share *share = folder->share;
    const uint64_t own = share->root->identity.device;
    const uint64_t last = (UINT64_C(1) << 56) - 1;
    EXPECT_EQ(share_number(share, own, 5), 5);
    EXPECT_EQ(share_number(share, own, last), last);
    EXPECT_EQ(share_number(share, own, last + 1) >> 56, 128);
    EXPECT_EQ(share_number(share, own, last + 1) & last,
              ((last + 1) * UINT64_C(0x9e3779b97f4a7c15)) >> 8);
    for (uint64_t i = 1; i < 130; i++) {
        EXPECT_EQ(share_number(share, own + i, 7),
                  (i < 127 ? i : 127) << 56 | 7);
    }
    EXPECT_EQ(share->device_count, SHARE_DEVICES_MAX);
    EXPECT_EQ(share_number(share, own + 3, 7), UINT64_C(3) << 56 | 7);
    EXPECT_EQ(share_number(share, own + 3, UINT64_MAX) >> 56, 128 | 3);
}

/* ---- Limits -------------------------------------------------------------- */

TEST(descriptors_are_an_eighth_of_what_the_host_permits)
{
    static const struct {
        rlim_t soft;
        rlim_t hard;
        rlim_t soft_then;
        unsigned most;
    } rows[] = {
        {64,  4000, 4000, 500},
        {64,  100,  100,  16 },
        {140, 140,  140,  17 },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        int status = 0;
        pid_t child = fork();
        if (child == 0) {
            struct test_folder folder;
            struct rlimit limit = {rows[i].soft, rows[i].hard};
            if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
                _exit(2);
            }
            test_folder_open(&folder, &(struct share_options){0});
            (void)getrlimit(RLIMIT_NOFILE, &limit);
            bool good = limit.rlim_cur == rows[i].soft_then &&
                        folder.share->descriptors_max == rows[i].most;
            test_folder_close(&folder);
            _exit(good ? 0 : 1);
        }
        test_case("%u of %u", (unsigned)rows[i].soft, (unsigned)rows[i].hard);
        waitpid(child, &status, 0);
        EXPECT_EQ(status, 0);
    }
}

/* The process has no more: those of nodes are closed for others. */
TEST(descriptors_that_the_host_refuses_are_taken_from_nodes)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        enum { COUNT = 40 };
        struct test_folder folder;
        struct share_node *nodes[COUNT];
        struct share_attributes is;
        char name[16];
        bool good = true;
        test_folder_open(&folder, &(struct share_options){.descriptors = 500});
        const int used = dup(0);
        const struct rlimit limit = {(rlim_t)used + 4, (rlim_t)used + 4};
        close(used);
        (void)setrlimit(RLIMIT_NOFILE, &limit);
        for (unsigned i = 0; i < COUNT; i++) {
            (void)snprintf(name, sizeof(name), "%u", i);
            test_write(test_path(&folder, name), "");
            good &= share_look_up(folder.share, share_root(folder.share), name,
                                  &nodes[i], NULL) == 0;
        }
        for (unsigned i = 0; i < 2 * COUNT; i++) {
            good &= share_get(folder.share, nodes[i % COUNT], &is) == 0;
        }
        good &= folder.share->descriptors == 5;
        for (unsigned i = 0; i < COUNT; i++) {
            share_let_go(folder.share, nodes[i], 1);
        }
        test_folder_close(&folder);
        _exit(good ? 0 : 1);
    }
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
}

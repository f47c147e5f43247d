/* SPDX-License-Identifier: Apache-2.0 */
/* Locks of a client's processes: how many there may be, and who waits for whom.
 * fuse_locks_test.c has their ranges. */
#include "backends/share/locks.h"

#include <errno.h>
#include <sys/resource.h>

#include "backends/share/internal.h"
#include "backends/share/test_folder.h"
#include "base/bits.h"
#include "tests/harness.h"

enum { LOCKS_MAX = 1024, FILES_MAX = 1024, WAITERS_MAX = 16 };

static struct test_folder folder;
static struct share_locks *locks;
static struct share_node *node;

static struct share_node *look(const char *name)
{
    struct share_node *found = NULL;
    EXPECT_EQ(share_look_up(folder.share, share_root(folder.share), name,
                            &found, NULL),
              0);
    return found;
}

static void setup(const struct share_options *options)
{
    test_folder_open(&folder, options);
    locks = share_locks_create(folder.share, SHARE_SERVER_DECIDES);
    test_write(test_path(&folder, "f"), "text");
    node = look("f");
}

static void finish(void)
{
    share_locks_destroy(locks);
    EXPECT_EQ(folder.share->file_count, 0);
    share_let_go(folder.share, node, 1);
    test_folder_close(&folder);
}

/* One byte, or none. */
static int ask(uint64_t owner, short type, uint64_t at, bool waits)
{
    const struct share_claim claim = {
        .node = node,
        .owner = owner,
        .file = owner + 100,
        .process = (uint32_t)owner + 200,
        .lock = {type, at, 1}
    };
    return share_claim(locks, &claim, waits);
}

/* The process with the first lock in the way of everybody's, or 0. */
static uint32_t in_the_way(struct share_node *of, uint64_t at)
{
    struct share_claim claim = {
        .node = of, .owner = UINT64_MAX, .lock = {F_WRLCK, at, 1}
    };
    EXPECT_EQ(share_find_claim(locks, &claim), 0);
    EXPECT_EQ(claim.process == 0, claim.lock.type == F_UNLCK);
    EXPECT_EQ(claim.lock.start, at);
    return claim.process;
}

TEST(a_file_has_so_many_locks)
{
    setup(&(struct share_options){0});
    for (uint64_t i = 0; i < LOCKS_MAX; i++) {
        EXPECT_EQ(ask(i, F_WRLCK, 2 * i, false), 0);
    }
    EXPECT_EQ(ask(LOCKS_MAX, F_WRLCK, 5001, false), -ENOLCK);
    EXPECT_EQ(in_the_way(node, 5001), 0);
    EXPECT_EQ(ask(7, F_UNLCK, 14, false), 0);
    EXPECT_EQ(ask(LOCKS_MAX, F_WRLCK, 5001, false), 0);
    EXPECT_EQ(in_the_way(node, 5001), LOCKS_MAX + 200);
    EXPECT_EQ(folder.share->file_count, 1);
    finish();
}

TEST(so_many_files_have_locks)
{
    struct rlimit limit = {0};
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_max < 3000) {
        SKIP("this host permits few descriptors");
    }
    limit.rlim_cur = 3000;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    static struct share_node *nodes[FILES_MAX + 1];
    char name[16];
    setup(&(struct share_options){.descriptors = FILES_MAX + 16});
    struct share_node *one = node;
    for (unsigned i = 0; i <= FILES_MAX; i++) {
        (void)snprintf(name, sizeof(name), "%u", i);
        test_write(test_path(&folder, name), "");
        node = nodes[i] = look(name);
        EXPECT_EQ(ask(1, F_WRLCK, 0, false), i < FILES_MAX ? 0 : -ENOLCK);
        EXPECT_EQ(in_the_way(nodes[i / 2], 0), 201);
    }
    EXPECT_EQ(folder.share->file_count, FILES_MAX);
    share_unlock_owner(locks, nodes[5], 2);
    EXPECT_EQ(folder.share->file_count, FILES_MAX);
    share_unlock_owner(locks, nodes[5], 1);
    EXPECT_EQ(folder.share->file_count, FILES_MAX - 1);
    share_unlock_owner(locks, nodes[5], 1);
    EXPECT_EQ(ask(1, F_WRLCK, 0, false), 0);
    share_unlock_file(locks, 101);
    EXPECT_EQ(folder.share->file_count, 0);
    for (unsigned i = 0; i <= FILES_MAX; i++) {
        share_let_go(folder.share, nodes[i], 1);
    }
    node = one;
    finish();
}

TEST(so_many_who_wait_are_known)
{
    enum { LAST = WAITERS_MAX + 1 };
    setup(&(struct share_options){0});
    for (uint64_t i = 0; i <= LAST; i++) {
        EXPECT_EQ(ask(i, F_WRLCK, i, false), 0);
    }
    for (uint64_t i = 1; i <= LAST; i++) {
        EXPECT_EQ(ask(i, F_WRLCK, 0, true), -EAGAIN);
    }
    for (uint64_t i = 1; i <= LAST; i++) {
        test_case("process %u", (unsigned)i);
        EXPECT_EQ(ask(0, F_WRLCK, i, true), i < LAST ? -EDEADLK : -EAGAIN);
        EXPECT_EQ(ask(0, F_WRLCK, i, false), -EAGAIN); /* who does not wait */
    }
    share_locks_reset(locks);
    EXPECT_EQ(folder.share->file_count, 0);
    EXPECT_EQ(ask(1, F_WRLCK, 1, false), 0);
    EXPECT_EQ(ask(0, F_WRLCK, 0, false), 0);
    EXPECT_EQ(ask(0, F_WRLCK, 1, true), -EAGAIN); /* nobody waits */
    finish();
}

TEST(a_circle_of_ten_is_seen)
{
    for (uint64_t count = 9; count <= 10; count++) {
        setup(&(struct share_options){0});
        for (uint64_t i = 0; i <= count; i++) {
            EXPECT_EQ(ask(i, F_WRLCK, i, false), 0);
        }
        for (uint64_t i = 1; i <= count; i++) {
            EXPECT_EQ(ask(i, F_WRLCK, i < count ? i + 1 : 0, true), -EAGAIN);
        }
        EXPECT_EQ(ask(0, F_WRLCK, 1, true), count == 9 ? -EDEADLK : -EAGAIN);
        finish();
    }
}

TEST(locks_end_with_the_file_by_which_they_were_made)
{
    setup(&(struct share_options){0});
    for (uint64_t i = 0; i < 4; i++) {
        EXPECT_EQ(ask(i, i % 2 ? F_RDLCK : F_WRLCK, 10 * i, false), 0);
    }
    for (uint64_t gone = 0; gone < 4; gone++) {
        share_unlock_file(locks, (gone * 3 + 1) % 4 + 100);
        for (uint64_t i = 0; i < 4; i++) {
            bool left = true;
            for (uint64_t j = 0; j <= gone; j++) {
                left = left && i != (j * 3 + 1) % 4;
            }
            EXPECT_EQ(in_the_way(node, 10 * i), left ? i + 200 : 0);
        }
        EXPECT_EQ(folder.share->file_count, gone < 3);
    }
    finish();
}

TEST(what_cannot_be_opened_or_locked_is_refused)
{
    static const struct {
        struct share_lock lock;
        int code;
    } rows[] = {
        {{F_RDLCK, INT64_MAX, 0},               0      },
        {{F_RDLCK, (uint64_t)INT64_MAX + 1, 0}, -EINVAL},
        {{F_RDLCK, 1, INT64_MAX - 1},           0      },
        {{F_RDLCK, 1, INT64_MAX},               -EINVAL},
    };
    for (unsigned read_only = 0; read_only < 2; read_only++) {
        setup(&(struct share_options){.read_only = read_only});
        REQUIRE(mkdir(test_path(&folder, "d"), 0700) == 0);
        struct share_claim claim = {
            .node = look("d"), .lock = {F_RDLCK, 0, 0}
        };
        EXPECT_EQ(share_claim(locks, &claim, false), -EISDIR);
        share_unlock_owner(locks, claim.node, 0);
        EXPECT_EQ(share_find_claim(locks, &claim), -EISDIR);
        share_let_go(folder.share, claim.node, 1);
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
            claim = (struct share_claim){.node = node, .lock = rows[i].lock};
            test_case("row %zu", i);
            EXPECT_EQ(share_claim(locks, &claim, true), rows[i].code);
            claim.owner = 5;
            EXPECT_EQ(share_find_claim(locks, &claim), rows[i].code);
        }
        share_unlock_owner(locks, node, 0);
        EXPECT_EQ(folder.share->file_count, 0);
        /* One that cannot be written is locked among the client's own. */
        EXPECT_EQ(ask(1, F_WRLCK, 3, false), 0);
        EXPECT_EQ(ask(2, F_RDLCK, 3, false), -EAGAIN);
        EXPECT_EQ(in_the_way(node, 3), 201);
        finish();
    }
}

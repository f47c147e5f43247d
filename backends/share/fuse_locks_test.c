/* SPDX-License-Identifier: Apache-2.0 */
/* Locks of the FUSE server: among its client's processes, and with the host. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/file.h>

#include "abi/linux_errors.h"
#include "tests/fuse_client.h"

/* The result of a lock's request: bytes 10 to 19, or the whole file. */
static unsigned ask_lock(struct client *client, uint32_t operation,
                         uint64_t file, uint64_t owner, uint32_t type,
                         uint32_t flags)
{
    const struct fuse_lock in = {
        .file = file,
        .owner = owner,
        .range = {10, 19, type, 7},
        .lock_flags = flags,
    };
    return ask(client, operation, 0, &in, sizeof(in));
}

static uint32_t locked_for(struct client *client, uint64_t file, uint64_t owner)
{
    struct fuse_lock_range out = {.type = UINT32_MAX};
    EXPECT_EQ(ask_lock(client, FUSE_GETLK, file, owner, FUSE_LOCK_WRITE, 0), 0);
    EXPECT_EQ(client->size, sizeof(out));
    memcpy(&out, client->result, sizeof(out));
    if (out.type != FUSE_LOCK_NONE) {
        EXPECT_EQ(out.start, 10);
        EXPECT_EQ(out.end, 19);
    }
    return out.type;
}

FIXTURE(struct client, client, close_client)
FIXTURE_BEGIN(client,
              open_client(client, &(struct share_options){0}, FUSE_CACHE_AUTO))

TEST_ON(locks_are_those_of_the_host, client)
{
    uint64_t node;
    const unsigned again = (unsigned)-FUSE_ASK_AGAIN;
    const uint64_t file = make_file(client, "file", &node);
    struct flock lock = {.l_type = F_WRLCK, .l_start = 15, .l_len = 1};
    int host = open(test_path(&client->folder, "file"), O_RDWR | O_CLOEXEC);
    EXPECT(host >= 0);

    /* The host's are in the way, */
    EXPECT_EQ(fcntl(host, F_OFD_SETLK, &lock), 0);
    EXPECT_EQ(ask_lock(client, FUSE_SETLK, file, 1, FUSE_LOCK_READ, 0),
              LINUX_EAGAIN);
    EXPECT_EQ(ask_lock(client, FUSE_SETLKW, file, 1, FUSE_LOCK_READ, 0), again);
    lock.l_type = F_UNLCK;
    EXPECT_EQ(fcntl(host, F_OFD_SETLK, &lock), 0);
    EXPECT_EQ(ask_lock(client, FUSE_SETLKW, file, 1, FUSE_LOCK_WRITE, 0), 0);
    /* and the client's in the host's. */
    lock.l_type = F_RDLCK;
    EXPECT_EQ(fcntl(host, F_OFD_SETLK, &lock), -1);

    /* One of two owners has it, until it closes a file. */
    EXPECT_EQ(locked_for(client, file, 1), FUSE_LOCK_NONE);
    EXPECT_EQ(locked_for(client, file, 2), FUSE_LOCK_WRITE);
    EXPECT_EQ(ask_lock(client, FUSE_SETLK, file, 2, FUSE_LOCK_READ, 0),
              LINUX_EAGAIN);
    const struct fuse_flush flush = {.file = file, .lock_owner = 1};
    EXPECT_EQ(ask(client, FUSE_FLUSH, node, &flush, sizeof(flush)), 0);
    EXPECT_EQ(ask_lock(client, FUSE_SETLK, file, 2, FUSE_LOCK_READ, 0), 0);
    EXPECT_EQ(fcntl(host, F_OFD_SETLK, &lock), 0);

    /* Locks of files end with their file, as do those of ranges. */
    EXPECT_EQ(flock(host, LOCK_SH), 0);
    EXPECT_EQ(
        ask_lock(client, FUSE_SETLKW, file, 3, FUSE_LOCK_WRITE, FUSE_FLOCK),
        again);
    EXPECT_EQ(flock(host, LOCK_UN), 0);
    EXPECT_EQ(
        ask_lock(client, FUSE_SETLKW, file, 3, FUSE_LOCK_WRITE, FUSE_FLOCK), 0);
    EXPECT_EQ(flock(host, LOCK_SH | LOCK_NB), -1);
    const struct fuse_release release = {.file = file};
    EXPECT_EQ(ask(client, FUSE_RELEASE, node, &release, sizeof(release)), 0);
    EXPECT_EQ(flock(host, LOCK_SH | LOCK_NB), 0);
    lock.l_type = F_WRLCK;
    EXPECT_EQ(fcntl(host, F_OFD_SETLK, &lock), 0);

    EXPECT_EQ(ask_lock(client, FUSE_SETLK, file, 1, FUSE_LOCK_WRITE, 0),
              LINUX_EBADF);
    close(host);
}

/* Sets bytes from first to last, or asks for them; the process is the owner. */
static unsigned ask_range(struct client *client, uint32_t operation,
                          uint64_t file, uint64_t owner, uint64_t first,
                          uint64_t last, uint32_t type)
{
    const struct fuse_lock in = {
        .file = file,
        .owner = owner,
        .range = {first, last, type, (uint32_t)owner},
    };
    return ask(client, operation, 0, &in, sizeof(in));
}

/* The lock that is in the way of a write lock of owner 99:
 * "FIRST-LAST:TYPE:PROCESS" */
static const char *in_the_way(struct client *client, uint64_t file,
                              uint64_t first, uint64_t last)
{
    static char text[80];
    struct fuse_lock_range out = {.type = UINT32_MAX};
    EXPECT_EQ(
        ask_range(client, FUSE_GETLK, file, 99, first, last, FUSE_LOCK_WRITE),
        0);
    memcpy(&out, client->result, sizeof(out));
    if (out.type == FUSE_LOCK_NONE) {
        return "none";
    }
    snprintf(text, sizeof(text), "%" PRIu64 "-%" PRIu64 ":%u:%u", out.start,
             out.end, out.type, out.pid);
    return text;
}

/* As fcntl(2) has them on any file system. */
TEST_ON(ranges_are_of_processes_and_split_and_merge, client)
{
    uint64_t node;
    const uint64_t one = make_file(client, "file", &node);
    const struct fuse_open in = {.flags = O_RDWR};
    struct fuse_open_result opened;
    EXPECT_EQ(ask(client, FUSE_OPEN, node, &in, sizeof(in)), 0);
    memcpy(&opened, client->result, sizeof(opened));
    const uint64_t two = opened.file;
    struct flock lock = {.l_type = F_WRLCK, .l_start = 140, .l_len = 1};
    int host = open(test_path(&client->folder, "file"), O_RDWR | O_CLOEXEC);
    static const struct {
        uint64_t owner;
        uint64_t first;
        uint64_t last;
        uint32_t type;
        bool by_other_file;
        bool refused;
        const char *at_150; /* in the way from there on */
    } steps[] = {
        {1, 100, 199,       FUSE_LOCK_WRITE, false, false, "100-199:1:1"},
        {1, 150, 249,       FUSE_LOCK_WRITE, true,  false, "100-249:1:1"},
        {2, 249, 300,       FUSE_LOCK_READ,  false, true,  "100-249:1:1"},
        {1, 120, 160,       FUSE_LOCK_READ,  true,  false, "120-160:0:1"},
        {2, 130, 155,       FUSE_LOCK_READ,  false, false, "120-160:0:1"},
        {2, 130, 155,       FUSE_LOCK_WRITE, false, true,  "120-160:0:1"},
        {1, 140, 155,       FUSE_LOCK_NONE,  false, false, "156-160:0:1"},
        {1, 0,   INT64_MAX, FUSE_LOCK_NONE,  false, false, "130-155:0:2"},
        {2, 155, INT64_MAX, FUSE_LOCK_WRITE, true,  false, "130-154:0:2"},
        {2, 0,   INT64_MAX, FUSE_LOCK_NONE,  false, false, "none"       },
    };
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        test_case("step %zu", i);
        EXPECT_EQ(ask_range(client, FUSE_SETLK,
                            steps[i].by_other_file ? two : one, steps[i].owner,
                            steps[i].first, steps[i].last, steps[i].type),
                  steps[i].refused ? LINUX_EAGAIN : 0);
        EXPECT_STR(in_the_way(client, one, 151, 1000), steps[i].at_150);
        /* The host has what both have together. */
        lock.l_type = F_WRLCK;
        EXPECT_EQ(fcntl(host, F_OFD_SETLK, &lock), i == 9 ? 0 : -1);
        lock.l_type = F_UNLCK;
        EXPECT_EQ(fcntl(host, F_OFD_SETLK, &lock), 0);
    }
    /* For a lock of the host the process is nobody's here. */
    lock.l_type = F_WRLCK;
    EXPECT_EQ(fcntl(host, F_OFD_SETLK, &lock), 0);
    EXPECT_STR(in_the_way(client, one, 0, 1000), "140-140:1:0");
    EXPECT_EQ(ask_range(client, FUSE_SETLK, one, 1, 100, 119, FUSE_LOCK_READ),
              0);
    EXPECT_EQ(ask_range(client, FUSE_SETLK, one, 1, 0, 199, FUSE_LOCK_WRITE),
              LINUX_EAGAIN);
    /* The lock that was given before the host refused was taken back. */
    lock = (struct flock){.l_type = F_WRLCK, .l_start = 0, .l_len = 100};
    EXPECT_EQ(fcntl(host, F_OFD_SETLK, &lock), 0);
    lock = (struct flock){.l_type = F_RDLCK, .l_start = 100, .l_len = 40};
    EXPECT_EQ(fcntl(host, F_OFD_SETLK, &lock), 0);
    lock.l_type = F_WRLCK;
    EXPECT_EQ(fcntl(host, F_OFD_SETLK, &lock), -1);
    close(host);
}

TEST_ON(processes_that_wait_for_each_other_are_seen, client)
{
    uint64_t node;
    const unsigned again = (unsigned)-FUSE_ASK_AGAIN;
    const uint64_t file = make_file(client, "file", &node);
    for (uint64_t owner = 1; owner <= 3; owner++) {
        EXPECT_EQ(ask_range(client, FUSE_SETLK, file, owner, owner, owner,
                            FUSE_LOCK_WRITE),
                  0);
    }
    EXPECT_EQ(ask_range(client, FUSE_SETLKW, file, 1, 2, 2, FUSE_LOCK_WRITE),
              again);
    EXPECT_EQ(ask_range(client, FUSE_SETLKW, file, 2, 3, 3, FUSE_LOCK_WRITE),
              again);
    EXPECT_EQ(ask_range(client, FUSE_SETLKW, file, 3, 1, 1, FUSE_LOCK_WRITE),
              LINUX_EDEADLK);
    EXPECT_EQ(ask_range(client, FUSE_SETLK, file, 3, 1, 1, FUSE_LOCK_WRITE),
              LINUX_EAGAIN);
    /* Without the second's lock the first waits for nobody. */
    EXPECT_EQ(ask_range(client, FUSE_SETLK, file, 2, 2, 2, FUSE_LOCK_NONE), 0);
    EXPECT_EQ(ask_range(client, FUSE_SETLKW, file, 3, 1, 1, FUSE_LOCK_WRITE),
              again);
    EXPECT_EQ(ask_range(client, FUSE_SETLKW, file, 1, 2, 2, FUSE_LOCK_WRITE),
              0);
}

TEST_ON(locks_that_are_none_are_refused, client)
{
    uint64_t node;
    const uint64_t file = make_file(client, "file", &node);
    static const struct fuse_lock_range ranges[] = {
        {0,  10,                      3,              0},
        {11, 10,                      FUSE_LOCK_READ, 0},
        {0,  (uint64_t)INT64_MAX + 1, FUSE_LOCK_READ, 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
        const struct fuse_lock in = {.file = file, .range = ranges[i]};
        test_case("range %zu", i);
        EXPECT_EQ(ask(client, FUSE_SETLK, 0, &in, sizeof(in)), LINUX_EINVAL);
    }
    /* There are not more than so many in a file. */
    unsigned refused = 0;
    for (uint64_t owner = 0; owner < 1030; owner++) {
        unsigned code =
            ask_lock(client, FUSE_SETLK, file, owner, FUSE_LOCK_READ, 0);
        EXPECT(code == 0 || code == LINUX_ENOLCK || code == LINUX_ENFILE);
        refused += code != 0;
    }
    EXPECT(refused >= 6);
    fuse_destroy(client->server);
    client->server =
        fuse_create(client->folder.share, FUSE_CACHE_AUTO, FUSE_LOCKS_CLIENT);
    EXPECT_EQ(hello(client), 0);
    EXPECT_EQ(ask_lock(client, FUSE_SETLK, 0, 1, FUSE_LOCK_READ, 0),
              LINUX_ENOSYS);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The 9P2000.L server, by its messages. */
#include <errno.h>
#include <sys/xattr.h>

#include "abi/linux_errors.h"
#include "base/bits.h"
#include "tests/ninep_client.h"

FIXTURE(struct client, client, close_client)
FIXTURE_BEGIN(client, open_client(client, &(struct share_options){0}))

TEST_BEGINS(a_session_begins_with_its_version, client)
{
    test_folder_open(&client->folder, &(struct share_options){0});
    client->server = ninep_create(client->folder.share);
    EXPECT_EQ(walk(client, ROOT, OTHER, ""), LINUX_EPROTO);
    EXPECT_EQ(ask(client, NINEP_TVERSION, "4s", 100u, NINEP_VERSION),
              LINUX_EINVAL);
    EXPECT_EQ(ask(client, NINEP_TVERSION, "4s", 8192u, "9P2000.u"), 0);
    EXPECT_EQ(take(client, 4), 8192);
    EXPECT_EQ(take(client, 2), 7);
    EXPECT_BYTES(client->reply + client->at, "unknown", 7);
    EXPECT_EQ(ask(client, NINEP_TVERSION, "4s", UINT32_MAX, NINEP_VERSION), 0);
    EXPECT_EQ(take(client, 4), NINEP_MESSAGE_MAX);
    EXPECT_EQ(ask(client, NINEP_TATTACH, "44ss4", ROOT, 5u, "u", "", 0u),
              LINUX_EOPNOTSUPP);
    EXPECT_EQ(ask(client, NINEP_TATTACH, "44ss4", ROOT, NINEP_NO_FID, "u",
                  "/etc", 0u),
              LINUX_ENOENT);
    EXPECT_EQ(
        ask(client, NINEP_TATTACH, "44ss4", ROOT, NINEP_NO_FID, "u", "/", 0u),
        0);
    EXPECT_EQ(take(client, 1), NINEP_QID_FOLDER);
    EXPECT(ninep_has_client(client->server));
    EXPECT_EQ(
        ask(client, NINEP_TATTACH, "44ss4", ROOT, NINEP_NO_FID, "u", "/", 0u),
        LINUX_EBADF);
    /* Again: the client was restarted. */
    EXPECT_EQ(ask(client, NINEP_TVERSION, "4s", 8192u, NINEP_VERSION), 0);
    EXPECT_EQ(walk(client, ROOT, OTHER, ""), LINUX_EBADF);
    EXPECT(!ninep_has_client(client->server));
}

TEST_ON(malformed_messages_are_refused, client)
{
    uint8_t reply[NINEP_ERROR_SIZE];
    (void)walk(client, ROOT, OTHER, "");
    size_t whole = load_le32(client->message);
    for (size_t size = 0; size < whole; size++) {
        test_case("%zu bytes", size);
        store_le32(client->message, (uint32_t)size);
        EXPECT_EQ(ninep_serve(client->server, client->message, size, reply,
                              sizeof(reply)),
                  size < NINEP_HEADER_SIZE ? 0 : sizeof(reply));
    }
    store_le32(client->message, (uint32_t)whole);
    EXPECT_EQ(ninep_serve(client->server, client->message, whole, reply,
                          sizeof(reply) - 1),
              0);
    store_le32(client->message, (uint32_t)whole + 1);
    EXPECT_EQ(send(client, whole), LINUX_EINVAL);
    EXPECT_EQ(ask(client, NINEP_TCLUNK, "44", ROOT, 0u), LINUX_EINVAL);
    EXPECT_EQ(ask(client, NINEP_TAUTH, "4", 0u), LINUX_EOPNOTSUPP);
    EXPECT_EQ(ask(client, 0, ""), LINUX_EOPNOTSUPP);
    EXPECT_EQ(ask(client, NINEP_TWALK, "442", ROOT, 9u, 17u), LINUX_EINVAL);
    EXPECT_EQ(ask(client, NINEP_TWALK, "442", ROOT, 9u, 1u), LINUX_EINVAL);
    EXPECT_EQ(ask(client, NINEP_TWRITE, "4844", ROOT, UINT64_C(0), 5u, 0u),
              LINUX_EINVAL);
    EXPECT_EQ(ask(client, NINEP_TLOPEN, "44", ROOT, 3u), LINUX_EINVAL);
}

TEST_ON(walks_stay_inside, client)
{
    static const struct {
        const char *name;
        unsigned error;
    } cases[] = {
        {"..",        0           },
        {".",         LINUX_EINVAL},
        {"../secret", LINUX_EINVAL},
        {"/etc",      LINUX_EINVAL},
        {"absent",    LINUX_ENOENT},
        {"link",      0           },
    };
    uint64_t root;
    REQUIRE(symlink("/etc", test_path(&client->folder, "link")) == 0);
    EXPECT_EQ(walk(client, ROOT, OTHER, ""), 0);
    EXPECT_EQ(ask(client, NINEP_TGETATTR, "48", ROOT, UINT64_MAX), 0);
    client->at += 8 + 5;
    root = take(client, 8);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        test_case("%s", cases[i].name);
        EXPECT_EQ(walk(client, ROOT, FILE_FID, cases[i].name), cases[i].error);
        if (i == 0) {
            client->at += 2 + 5;
            EXPECT_EQ(take(client, 8), root);
        }
        EXPECT_EQ(ask(client, NINEP_TCLUNK, "4", FILE_FID),
                  cases[i].error ? LINUX_EBADF : 0);
    }
    /* As far as the names lead: no fid is made. */
    EXPECT_EQ(
        ask(client, NINEP_TWALK, "442ss", ROOT, FILE_FID, 2u, "link", "passwd"),
        0);
    EXPECT_EQ(take(client, 2), 1);
    EXPECT_EQ(take(client, 1), NINEP_QID_LINK);
    EXPECT_EQ(ask(client, NINEP_TCLUNK, "4", FILE_FID), LINUX_EBADF);
    EXPECT_EQ(walk(client, ROOT, FILE_FID, "link"), 0);
    EXPECT_EQ(ask(client, NINEP_TLOPEN, "44", FILE_FID, 0u), LINUX_ELOOP);
    EXPECT_EQ(ask(client, NINEP_TREADLINK, "4", FILE_FID), 0);
    EXPECT_EQ(take(client, 2), 4);
    EXPECT_BYTES(client->reply + client->at, "/etc", 4);
    EXPECT_EQ(walk(client, FILE_FID, OTHER, ".."), LINUX_EBADF); /* in use */
    EXPECT_EQ(walk(client, FILE_FID, FILE_FID, ".."), 0);
}

TEST_BEGINS(files_are_made_written_and_read, client)
{
    char longest[SHARE_NAME_MAX + 2];
    memset(longest, 'n', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    const struct {
        const char *name;
        unsigned error;
    } cases[] = {
        {"plain",                    0                 },
        {"with space",               0                 },
        {"new\nline",                0                 },
        {"\xc3\xa4\xf0\x9f\x98\x80", 0                 },
        {"\xff\xfe",                 0                 },
        {longest + 1,                0                 },
        {longest,                    LINUX_ENAMETOOLONG},
        {"..",                       LINUX_EINVAL      },
        {"a/b",                      LINUX_EINVAL      },
    };
    open_client(client, &(struct share_options){0});
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        test_case("'%s'", cases[i].name);
        EXPECT_EQ(walk(client, ROOT, FILE_FID, ""), 0);
        EXPECT_EQ(ask(client, NINEP_TLCREATE, "4s444", FILE_FID, cases[i].name,
                      2u | NINEP_OPEN_EXCLUSIVE, 0444u, 0u),
                  cases[i].error);
        if (cases[i].error == 0) {
            EXPECT_EQ(ask(client, NINEP_TWRITE, "48441", FILE_FID, UINT64_C(1),
                          5u, 0x64636261u, 0x65u),
                      0);
            EXPECT_EQ(take(client, 4), 5);
            EXPECT_EQ(
                ask(client, NINEP_TREAD, "484", FILE_FID, UINT64_C(0), 100u),
                0);
            EXPECT_EQ(take(client, 4), 6);
            EXPECT_BYTES(client->reply + client->at, "\0abcde", 6);
            EXPECT_EQ(
                ask(client, NINEP_TREAD, "484", FILE_FID, UINT64_MAX, 100u),
                LINUX_EINVAL);
            struct stat there;
            EXPECT_EQ(stat(test_path(&client->folder, cases[i].name), &there),
                      0);
            EXPECT_EQ(there.st_mode, S_IFREG | 0444);
            EXPECT_EQ(
                ask(client, NINEP_TUNLINKAT, "4s4", ROOT, cases[i].name, 0u),
                0);
        }
        EXPECT_EQ(ask(client, NINEP_TCLUNK, "4", FILE_FID), 0);
    }
}

TEST_ON(attributes_are_changed_and_shown, client)
{
    test_write(test_path(&client->folder, "file"), "contents");
    EXPECT_EQ(walk(client, ROOT, FILE_FID, "file"), 0);
    EXPECT_EQ(ask(client, NINEP_TSETATTR, "4444488888", FILE_FID,
                  NINEP_SET_MODE | NINEP_SET_SIZE | NINEP_SET_ATIME |
                      NINEP_SET_ATIME_VALUE | NINEP_SET_MTIME |
                      NINEP_SET_MTIME_VALUE,
                  0640u, 0u, 0u, UINT64_C(3), UINT64_C(11), UINT64_C(12),
                  UINT64_C(13), UINT64_C(14)),
              0);
    EXPECT_EQ(ask(client, NINEP_TGETATTR, "48", FILE_FID, UINT64_MAX), 0);
    EXPECT_EQ(take(client, 8), NINEP_GETATTR_BASIC);
    EXPECT_EQ(take(client, 1), NINEP_QID_FILE);
    client->at += 12;
    EXPECT_EQ(take(client, 4), S_IFREG | 0640);
    EXPECT_EQ(take(client, 4), 0);
    EXPECT_EQ(take(client, 4), 0);
    EXPECT_EQ(take(client, 8), 1);
    EXPECT_EQ(take(client, 8), 0);
    EXPECT_EQ(take(client, 8), 3);
    client->at += 16;
    EXPECT_EQ(take(client, 8), 11);
    EXPECT_EQ(take(client, 8), 12);
    EXPECT_EQ(take(client, 8), 13);
    EXPECT_EQ(take(client, 8), 14);
    EXPECT_EQ(client->size, 160);
    EXPECT_EQ(ask(client, NINEP_TSETATTR, "4444488888", FILE_FID,
                  NINEP_SET_ATIME | NINEP_SET_ATIME_VALUE, 0u, 0u, 0u,
                  UINT64_C(0), UINT64_C(1), UINT64_C(1000000000), UINT64_C(0),
                  UINT64_C(0)),
              LINUX_EINVAL);
    EXPECT_EQ(ask(client, NINEP_TSTATFS, "4", FILE_FID), 0);
    EXPECT_EQ(take(client, 4), NINEP_FILE_SYSTEM);
    EXPECT_EQ(client->size, NINEP_HEADER_SIZE + 60);
}

TEST_ON(names_are_made_moved_and_removed, client)
{
    const struct test_folder *folder = &client->folder;
    EXPECT_EQ(ask(client, NINEP_TMKDIR, "4s44", ROOT, "sub", 0750u, 0u), 0);
    EXPECT_EQ(take(client, 1), NINEP_QID_FOLDER);
    EXPECT_EQ(ask(client, NINEP_TMKDIR, "4s44", ROOT, "sub", 0750u, 0u),
              LINUX_EEXIST);
    EXPECT_EQ(ask(client, NINEP_TSYMLINK, "4ss4", ROOT, "link", "target", 0u),
              0);
    EXPECT_EQ(take(client, 1), NINEP_QID_LINK);
    EXPECT_EQ(ask(client, NINEP_TMKNOD, "4s4444", ROOT, "node",
                  (unsigned)(S_IFREG | 0600), 0u, 0u, 0u),
              0);
    EXPECT_EQ(ask(client, NINEP_TMKNOD, "4s4444", ROOT, "dev",
                  (unsigned)(S_IFBLK | 0600), 8u, 0u, 0u),
              LINUX_EPERM);
    EXPECT_EQ(walk(client, ROOT, OTHER, "sub"), 0);
    EXPECT_EQ(walk(client, ROOT, FILE_FID, "node"), 0);
    EXPECT_EQ(ask(client, NINEP_TLINK, "44s", OTHER, FILE_FID, "hard"), 0);
    EXPECT_EQ(ask(client, NINEP_TLINK, "44s", OTHER, 99u, "hard"), LINUX_EBADF);
    EXPECT_EQ(ask(client, NINEP_TRENAMEAT, "4s4s", ROOT, "node", OTHER, "n"),
              0);
    /* A fid follows its file. */
    EXPECT_EQ(ask(client, NINEP_TRENAME, "44s", FILE_FID, ROOT, "again"), 0);
    EXPECT_EQ(access(test_path(folder, "again"), F_OK), 0);
    EXPECT_EQ(ask(client, NINEP_TREMOVE, "4", FILE_FID), 0);
    EXPECT_EQ(access(test_path(folder, "again"), F_OK), -1);
    EXPECT_EQ(ask(client, NINEP_TCLUNK, "4", FILE_FID), LINUX_EBADF);
    EXPECT_EQ(
        ask(client, NINEP_TUNLINKAT, "4s4", ROOT, "sub", NINEP_UNLINK_FOLDER),
        LINUX_ENOTEMPTY);
    EXPECT_EQ(ask(client, NINEP_TREMOVE, "4", ROOT), LINUX_EBUSY);
}

TEST_ON(folders_are_read_in_pieces, client)
{
    char name[16];
    unsigned count = 0;
    uint64_t position = 0;
    for (unsigned i = 0; i < 100; i++) {
        (void)snprintf(name, sizeof(name), "file%02u", i);
        test_write(test_path(&client->folder, name), "");
    }
    EXPECT_EQ(walk(client, ROOT, OTHER, ""), 0);
    EXPECT_EQ(ask(client, NINEP_TREADDIR, "484", OTHER, UINT64_C(0), 200u),
              LINUX_EBADF);
    EXPECT_EQ(ask(client, NINEP_TLOPEN, "44", OTHER, NINEP_OPEN_FOLDER), 0);
    for (unsigned rounds = 0; rounds < 100; rounds++) {
        EXPECT_EQ(ask(client, NINEP_TREADDIR, "484", OTHER, position, 200u), 0);
        uint64_t size = take(client, 4);
        EXPECT(size <= 200);
        if (size == 0) {
            break;
        }
        for (size_t end = client->at + size; client->at < end; count++) {
            client->at += 13;
            position = take(client, 8);
            uint64_t type = take(client, 1);
            uint64_t length = take(client, 2);
            if (count >= 2) {
                (void)snprintf(name, sizeof(name), "file%02u", count - 2);
                EXPECT_EQ(length, 6);
                EXPECT_EQ(type, DT_REG);
                EXPECT_BYTES(client->reply + client->at, name, 6);
            }
            client->at += length;
        }
    }
    EXPECT_EQ(count, 102);
}

/* The most that a file of the host may lock of a range. */
static short most_of(int host, off_t start, off_t length)
{
    struct flock lock = {.l_type = F_WRLCK, .l_start = start, .l_len = length};
    EXPECT_EQ(fcntl(host, F_OFD_GETLK, &lock), 0);
    return lock.l_type == F_UNLCK   ? F_WRLCK
           : lock.l_type == F_RDLCK ? F_RDLCK
                                    : F_UNLCK;
}

TEST_ON(locks_are_those_of_the_host, client)
{
    test_write(test_path(&client->folder, "file"), "contents");
    EXPECT_EQ(walk(client, ROOT, FILE_FID, "file"), 0);
    EXPECT_EQ(walk(client, ROOT, OTHER, "file"), 0);
    EXPECT_EQ(ask(client, NINEP_TLOPEN, "44", FILE_FID, 2u), 0);
    EXPECT_EQ(ask(client, NINEP_TLOPEN, "44", OTHER, 0u), 0);
    /* A process may lock by one file and unlock by another; and what Linux has
     * decided among its own is no conflict. */
    const struct {
        unsigned fid;
        unsigned type;
        unsigned process;
        short host; /* what another program may have */
    } cases[] = {
        {FILE_FID, NINEP_LOCK_WRITE, 1, F_UNLCK},
        {OTHER,    NINEP_LOCK_READ,  1, F_RDLCK},
        {FILE_FID, NINEP_LOCK_WRITE, 1, F_UNLCK},
        {OTHER,    NINEP_LOCK_NONE,  2, F_UNLCK}, /* a child closes its copy */
        {OTHER,    NINEP_LOCK_NONE,  1, F_WRLCK},
        {OTHER,    NINEP_LOCK_READ,  1, F_RDLCK},
        {OTHER,    NINEP_LOCK_READ,  2, F_RDLCK},
        {FILE_FID, NINEP_LOCK_NONE,  1, F_RDLCK},
        {OTHER,    NINEP_LOCK_WRITE, 3, F_UNLCK},
    };
    int host = open(test_path(&client->folder, "file"), O_RDWR | O_CLOEXEC);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        test_case("step %zu", i);
        EXPECT_EQ(ask(client, NINEP_TLOCK, "414884s", cases[i].fid,
                      cases[i].type, 0u, UINT64_C(2), UINT64_C(3),
                      cases[i].process, "c"),
                  0);
        EXPECT_EQ(take(client, 1), NINEP_LOCK_DONE);
        EXPECT_EQ(most_of(host, 2, 3), cases[i].host);
    }
    /* The rest ends with the files by which it was made. */
    EXPECT_EQ(ask(client, NINEP_TCLUNK, "4", OTHER), 0);
    EXPECT_EQ(most_of(host, 2, 3), F_WRLCK);

    struct flock lock = {.l_type = F_WRLCK, .l_start = 2, .l_len = 3};
    EXPECT_EQ(fcntl(host, F_OFD_SETLK, &lock), 0);
    EXPECT_EQ(ask(client, NINEP_TLOCK, "414884s", FILE_FID, NINEP_LOCK_READ, 0u,
                  UINT64_C(0), UINT64_C(0), 1u, "c"),
              0);
    EXPECT_EQ(take(client, 1), NINEP_LOCK_BLOCKED);
    for (unsigned type = NINEP_LOCK_READ; type <= NINEP_LOCK_NONE; type++) {
        test_case("type %u", type);
        EXPECT_EQ(ask(client, NINEP_TGETLOCK, "41884s", FILE_FID, type,
                      UINT64_C(0), UINT64_C(0), 5u, "client"),
                  0);
        EXPECT_EQ(take(client, 1), NINEP_LOCK_WRITE);
        EXPECT_EQ(take(client, 8), 2);
        EXPECT_EQ(take(client, 8), 3);
        EXPECT_EQ(take(client, 4), 0); /* no process of the client */
    }
    EXPECT_EQ(ask(client, NINEP_TLOCK, "414884s", FILE_FID, 9u, 0u, UINT64_C(2),
                  UINT64_C(3), 1u, "c"),
              LINUX_EINVAL);
    EXPECT_EQ(ask(client, NINEP_TLOCK, "414884s", FILE_FID, NINEP_LOCK_READ, 0u,
                  UINT64_MAX, UINT64_C(3), 1u, "c"),
              0);
    EXPECT_EQ(take(client, 1), NINEP_LOCK_ERROR);
    close(host);
}

TEST_ON(extended_attributes_go_in_pieces, client)
{
    if (setxattr(client->folder.shared, "user.x", "", 0, 0) != 0) {
        close_client(client);
        SKIP("the file system of /tmp has no attributes of users");
    }
    EXPECT_EQ(walk(client, ROOT, VALUE, ""), 0);
    EXPECT_EQ(ask(client, NINEP_TXATTRCREATE, "4s84", VALUE, "user.test",
                  UINT64_C(6), 0u),
              0);
    EXPECT_EQ(
        ask(client, NINEP_TWRITE, "4842", VALUE, UINT64_C(0), 2u, 0x6261u), 0);
    EXPECT_EQ(ask(client, NINEP_TWRITE, "4844", VALUE, UINT64_C(1), 4u, 0u),
              LINUX_ENOSPC);
    EXPECT_EQ(
        ask(client, NINEP_TWRITE, "4844", VALUE, UINT64_C(2), 4u, 0x66656463u),
        0);
    EXPECT_EQ(ask(client, NINEP_TWRITE, "4841", VALUE, UINT64_C(6), 1u, 0u),
              LINUX_ENOSPC);
    EXPECT_EQ(ask(client, NINEP_TCLUNK, "4", VALUE), 0);
    EXPECT_EQ(ask(client, NINEP_TXATTRWALK, "44s", ROOT, VALUE, "user.test"),
              0);
    EXPECT_EQ(take(client, 8), 6);
    EXPECT_EQ(ask(client, NINEP_TREAD, "484", VALUE, UINT64_C(1), 100u), 0);
    EXPECT_EQ(take(client, 4), 5);
    EXPECT_BYTES(client->reply + client->at, "bcdef", 5);
    EXPECT_EQ(ask(client, NINEP_TREAD, "484", VALUE, UINT64_MAX, 100u), 0);
    EXPECT_EQ(take(client, 4), 0);
    EXPECT_EQ(ask(client, NINEP_TWRITE, "4841", VALUE, UINT64_C(0), 1u, 0u),
              LINUX_EBADF);
    EXPECT_EQ(ask(client, NINEP_TCLUNK, "4", VALUE), 0);
    EXPECT_EQ(ask(client, NINEP_TXATTRWALK, "44s", ROOT, VALUE, "user.none"),
              LINUX_ENODATA);
    EXPECT_EQ(
        ask(client, NINEP_TXATTRWALK, "44s", ROOT, VALUE, "security.selinux"),
        LINUX_EOPNOTSUPP);
    /* Cut short: nothing is set. */
    EXPECT_EQ(walk(client, ROOT, VALUE, ""), 0);
    EXPECT_EQ(ask(client, NINEP_TXATTRCREATE, "4s84", VALUE, "user.cut",
                  UINT64_C(6), 0u),
              0);
    EXPECT_EQ(ask(client, NINEP_TCLUNK, "4", VALUE), LINUX_EINVAL);
    EXPECT_EQ(ask(client, NINEP_TXATTRWALK, "44s", ROOT, VALUE, "user.cut"),
              LINUX_ENODATA);
    EXPECT_EQ(ask(client, NINEP_TXATTRWALK, "44s", ROOT, VALUE, ""), 0);
    EXPECT_EQ(take(client, 8), 17); /* user.x, user.test */
    EXPECT_EQ(walk(client, ROOT, OTHER, ""), 0);
    EXPECT_EQ(ask(client, NINEP_TXATTRCREATE, "4s84", OTHER, "user.big",
                  UINT64_C(65537), 0u),
              LINUX_E2BIG);
}

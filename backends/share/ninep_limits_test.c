/* SPDX-License-Identifier: Apache-2.0 */
/* The 9P2000.L server: every field of its replies, and the ends of its tables
 * and of what requests may ask for. */
#include <errno.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>

#include "abi/linux_errors.h"
#include "backends/share/internal.h"
#include "backends/share/ninep_internal.h"
#include "tests/ninep_client.h"

enum { NONE = 99 };

static unsigned clunk(struct client *client, unsigned fid)
{
    return ask(client, NINEP_TCLUNK, "4", fid);
}

static unsigned open_fid(struct client *client, unsigned fid, const char *name,
                         unsigned flags)
{
    unsigned code = walk(client, ROOT, fid, name);
    return code ? code : ask(client, NINEP_TLOPEN, "44", fid, flags);
}

FIXTURE(struct client, client, close_client)
FIXTURE_BEGIN(client, open_client(client, &(struct share_options){0}))

TEST_ON(fids_of_any_number_are_told_apart, client)
{
    /* Each two are at the same place of the table. */
    static const unsigned numbers[] = {7, 7 + 4096, 7 + 8192, 0x80000007,
                                       UINT32_MAX - 1};
    char name[16];
    for (unsigned i = 0; i < ARRAY_SIZE(numbers); i++) {
        (void)snprintf(name, sizeof(name), "%u", i);
        test_write(test_path(&client->folder, name), name);
        EXPECT_EQ(open_fid(client, numbers[i], name, 0), 0);
    }
    EXPECT_EQ(client->server->fid_count, 1 + ARRAY_SIZE(numbers));
    EXPECT_EQ(walk(client, ROOT, NINEP_NO_FID, ""), LINUX_EBADF);
    EXPECT_EQ(client->server->fid_count, 1 + ARRAY_SIZE(numbers));
    for (unsigned gone = 0; gone < ARRAY_SIZE(numbers); gone++) {
        for (unsigned i = 0; i < ARRAY_SIZE(numbers); i++) {
            unsigned code =
                ask(client, NINEP_TREAD, "484", numbers[i], UINT64_C(0), 9u);
            test_case("fid %u of those from %u", i, gone);
            EXPECT_EQ(code, i < gone ? LINUX_EBADF : 0);
            if (i >= gone) {
                EXPECT_EQ(take(client, 4), 1);
                EXPECT_EQ(take(client, 1), '0' + i);
            }
        }
        EXPECT_EQ(clunk(client, numbers[gone]), 0);
    }
    EXPECT_EQ(client->server->fid_count, 1);
    client->server->fid_count = NINEP_FIDS_MAX;
    EXPECT_EQ(walk(client, ROOT, OTHER, ""), LINUX_ENFILE);
    client->server->fid_count = 1;
    EXPECT_EQ(share_root(client->folder.share)->holds, 2);
}

TEST_ON(requests_of_fids_that_there_are_not_are_refused, client)
{
    static const struct {
        uint8_t type;
        const char *fields;
    } rows[] = {
        {NINEP_TSTATFS,   "4"         },
        {NINEP_TREADLINK, "4"         },
        {NINEP_TGETATTR,  "48"        },
        {NINEP_TFSYNC,    "44"        },
        {NINEP_TCLUNK,    "4"         },
        {NINEP_TREMOVE,   "4"         },
        {NINEP_TREAD,     "484"       },
        {NINEP_TREADDIR,  "484"       },
        {NINEP_TWRITE,    "484"       },
        {NINEP_TLOPEN,    "44"        },
        {NINEP_TWALK,     "442"       },
        {NINEP_TSETATTR,  "4444488888"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("type %u", rows[i].type);
        memset(client->message, 0, 200);
        size_t size = NINEP_HEADER_SIZE;
        for (const char *field = rows[i].fields; *field; field++) {
            size += (size_t)(*field - '0');
        }
        store_le32(client->message, (uint32_t)size);
        client->message[4] = rows[i].type;
        client->message[5] = 0x34;
        client->message[6] = 0x12;
        client->message[7] = NONE;
        EXPECT_EQ(send(client, size), LINUX_EBADF);
    }
    EXPECT_EQ(ask(client, NINEP_TMKDIR, "4s44", NONE, "x", 0750u, 0u),
              LINUX_EBADF);
    EXPECT_EQ(ask(client, NINEP_TSYMLINK, "4ss4", NONE, "x", "y", 0u),
              LINUX_EBADF);
    EXPECT_EQ(ask(client, NINEP_TMKNOD, "4s4444", NONE, "x", 0600u, 0u, 0u, 0u),
              LINUX_EBADF);
    EXPECT_EQ(ask(client, NINEP_TLCREATE, "4s444", NONE, "x", 0u, 0600u, 0u),
              LINUX_EBADF);
    EXPECT_EQ(ask(client, NINEP_TRENAMEAT, "4s4s", ROOT, "x", NONE, "y"),
              LINUX_EBADF);
    EXPECT_EQ(ask(client, NINEP_TRENAME, "44s", ROOT, NONE, "y"), LINUX_EBADF);
    EXPECT_EQ(ask(client, NINEP_TXATTRWALK, "44s", NONE, 5u, ""), LINUX_EBADF);
    EXPECT_EQ(ask(client, NINEP_TXATTRCREATE, "4s84", NONE, "user.x",
                  UINT64_C(1), 0u),
              LINUX_EBADF);
    EXPECT_EQ(ask(client, NINEP_TGETLOCK, "41884s", NONE, 0u, UINT64_C(0),
                  UINT64_C(0), 5u, "c"),
              LINUX_EBADF);
    EXPECT_EQ(ask(client, NINEP_TLOCK, "414884s", ROOT, 0u, 0u, UINT64_C(0),
                  UINT64_C(0), 5u, "c"),
              LINUX_EBADF);
    /* Some are open already, or are not. */
    EXPECT_EQ(open_fid(client, OTHER, "", 0), 0);
    EXPECT_EQ(ask(client, NINEP_TLOPEN, "44", OTHER, 0u), LINUX_EBADF);
    EXPECT_EQ(ask(client, NINEP_TLCREATE, "4s444", OTHER, "x", 0u, 0600u, 0u),
              LINUX_EBADF);
    EXPECT_EQ(ask(client, NINEP_TXATTRCREATE, "4s84", OTHER, "user.x",
                  UINT64_C(1), 0u),
              LINUX_EBADF);
    EXPECT_EQ(ask(client, NINEP_TFSYNC, "44", ROOT, 0u), LINUX_EBADF);
    EXPECT_EQ(ask(client, NINEP_TWRITE, "4841", ROOT, UINT64_C(0), 1u, 0u),
              LINUX_EBADF);
    EXPECT_EQ(ask(client, NINEP_TREAD, "484", ROOT, UINT64_C(0), 1u),
              LINUX_EBADF);
    EXPECT_EQ(ask(client, NINEP_TLCREATE, "4s444", ROOT, "x", 3u, 0600u, 0u),
              LINUX_EINVAL);
    EXPECT_EQ(ask(client, NINEP_TFLUSH, "2", 1u), 0);
    EXPECT_EQ(client->size, NINEP_HEADER_SIZE);
}

TEST_BEGINS(nodes_are_made_of_each_type, client)
{
    static const struct {
        uint32_t mode;
        uint32_t major;
        uint32_t minor;
        unsigned error;
        uint32_t shown;
        uint64_t device;
    } rows[] = {
        {S_IFCHR | 0640,  1,     3,       0,            S_IFCHR | 0640,  0x103     },
        {S_IFBLK | 0660,  0xcff, 0xabc12, 0,            S_IFBLK | 0660,  0xabccff12},
        {01640,           0,     0,       0,            S_IFREG | 01640, 0         },
        {S_IFIFO | 04755, 0,     0,       0,            S_IFIFO | 04755, 0         },
        {S_IFDIR | 0755,  0,     0,       LINUX_EINVAL, 0,               0         },
        {S_IFLNK | 0755,  0,     0,       LINUX_EINVAL, 0,               0         },
    };
    open_client(client, &(struct share_options){.owners = SHARE_OWNERS_KEPT});
    if (setxattr(client->folder.shared, "user.x", "", 0, 0) != 0) {
        close_client(client);
        SKIP("the file system of /tmp has no attributes of users");
    }
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("mode %o", rows[i].mode);
        EXPECT_EQ(ask(client, NINEP_TMKNOD, "4s4444", ROOT, "n", rows[i].mode,
                      rows[i].major, rows[i].minor, 9u),
                  rows[i].error);
        if (rows[i].error != 0) {
            continue;
        }
        EXPECT_EQ(walk(client, ROOT, OTHER, "n"), 0);
        EXPECT_EQ(ask(client, NINEP_TGETATTR, "48", OTHER, UINT64_MAX), 0);
        client->at += 8 + NINEP_QID_SIZE;
        EXPECT_EQ(take(client, 4), rows[i].shown);
        EXPECT_EQ(take(client, 4), 0); /* who attached */
        EXPECT_EQ(take(client, 4), 9);
        EXPECT_EQ(take(client, 8), 1);
        EXPECT_EQ(take(client, 8), rows[i].device);
        EXPECT_EQ(ask(client, NINEP_TREMOVE, "4", OTHER), 0);
    }
}

TEST_BEGINS(owners_are_who_attached_and_the_group_that_is_named, client)
{
    open_client(client, &(struct share_options){.owners = SHARE_OWNERS_KEPT});
    if (setxattr(client->folder.shared, "user.x", "", 0, 0) != 0) {
        close_client(client);
        SKIP("the file system of /tmp has no attributes of users");
    }
    EXPECT_EQ(
        ask(client, NINEP_TMKDIR, "4s44", ROOT, "d", S_IFREG | 01750u, 11u), 0);
    EXPECT_EQ(walk(client, ROOT, OTHER, "d"), 0);
    EXPECT_EQ(ask(client, NINEP_TGETATTR, "48", OTHER, UINT64_MAX), 0);
    client->at += 8 + NINEP_QID_SIZE;
    EXPECT_EQ(take(client, 4), S_IFDIR | 01750);
    EXPECT_EQ(take(client, 4), 0);
    EXPECT_EQ(take(client, 4), 11);
    EXPECT_EQ(walk(client, ROOT, 20, ""), 0);
    EXPECT_EQ(ask(client, NINEP_TLCREATE, "4s444", 20u, "f", 2u,
                  S_IFDIR | 0640u, 12u),
              0);
    EXPECT_EQ(ask(client, NINEP_TGETATTR, "48", 20u, UINT64_MAX), 0);
    client->at += 8 + NINEP_QID_SIZE;
    EXPECT_EQ(take(client, 4), S_IFREG | 0640);
    EXPECT_EQ(take(client, 4), 0);
    EXPECT_EQ(take(client, 4), 12);
    EXPECT_EQ(ask(client, NINEP_TSYMLINK, "4ss4", ROOT, "link", "target", 13u),
              0);
    EXPECT_EQ(walk(client, ROOT, 21, "link"), 0);
    EXPECT_EQ(ask(client, NINEP_TGETATTR, "48", 21u, UINT64_MAX), 0);
    client->at += 8 + NINEP_QID_SIZE + 8;
    EXPECT_EQ(take(client, 4), 13);
    /* A user who is none is the first. */
    EXPECT_EQ(ask(client, NINEP_TATTACH, "44ss4", 22u, NINEP_NO_FID, "u", "",
                  NINEP_NO_USER),
              0);
    EXPECT_EQ(ninep_find(client->server, 22)->uid, 0);
    EXPECT_EQ(
        ask(client, NINEP_TATTACH, "44ss4", 23u, NINEP_NO_FID, "u", "x", 5u),
        LINUX_ENOENT);
    EXPECT_EQ(
        ask(client, NINEP_TATTACH, "44ss4", 23u, NINEP_NO_FID, "u", "", 5u), 0);
    EXPECT_EQ(walk(client, 23, 24, "d"), 0);
    EXPECT_EQ(ninep_find(client->server, 24)->uid, 5);
}

TEST_BEGINS(attributes_are_those_of_the_host, client)
{
    struct stat there;
    struct statvfs space;
    open_client(client, &(struct share_options){.uid = 5, .gid = 6});
    test_write(test_path(&client->folder, "f"), "text");
    EXPECT_EQ(stat(test_path(&client->folder, "f"), &there), 0);
    EXPECT_EQ(walk(client, ROOT, OTHER, "f"), 0);
    EXPECT_EQ(ask(client, NINEP_TGETATTR, "48", OTHER, UINT64_MAX), 0);
    const uint64_t version = (uint64_t)there.st_mtim.tv_sec ^
                             (uint64_t)there.st_mtim.tv_nsec ^ 4 << 8;
    const uint64_t longs[] = {1,
                              0,
                              4,
                              (uint64_t)there.st_blksize,
                              (uint64_t)there.st_blocks,
                              (uint64_t)there.st_atim.tv_sec,
                              (uint64_t)there.st_atim.tv_nsec,
                              (uint64_t)there.st_mtim.tv_sec,
                              (uint64_t)there.st_mtim.tv_nsec,
                              (uint64_t)there.st_ctim.tv_sec,
                              (uint64_t)there.st_ctim.tv_nsec,
                              0,
                              0,
                              0,
                              0};
    EXPECT_EQ(take(client, 8), NINEP_GETATTR_BASIC);
    EXPECT_EQ(take(client, 1), NINEP_QID_FILE);
    EXPECT_EQ(take(client, 4), version & UINT32_MAX);
    EXPECT_EQ(take(client, 8), there.st_ino);
    EXPECT_EQ(take(client, 4), there.st_mode);
    EXPECT_EQ(take(client, 4), 5);
    EXPECT_EQ(take(client, 4), 6);
    for (size_t i = 0; i < ARRAY_SIZE(longs); i++) {
        test_case("word %zu", i);
        EXPECT_EQ(take(client, 8), longs[i]);
    }
    EXPECT_EQ(client->at, client->size);
    EXPECT_EQ(ask(client, NINEP_TSTATFS, "4", OTHER), 0);
    EXPECT_EQ(statvfs(client->folder.shared, &space), 0);
    EXPECT_EQ(take(client, 4), NINEP_FILE_SYSTEM);
    EXPECT_EQ(take(client, 4), space.f_frsize);
    EXPECT_EQ(take(client, 8), space.f_blocks);
    EXPECT(take(client, 8) >= take(client, 8));
    EXPECT_EQ(take(client, 8), space.f_files);
    EXPECT(take(client, 8) <= space.f_files);
    EXPECT_EQ(take(client, 8), space.f_fsid);
    EXPECT_EQ(take(client, 4), 255);
}

TEST_ON(times_are_set_to_values_or_to_now, client)
{
    struct stat there;
    test_write(test_path(&client->folder, "f"), "text");
    EXPECT_EQ(walk(client, ROOT, OTHER, "f"), 0);
    static const struct {
        unsigned valid;
        uint64_t nanoseconds;
        unsigned error;
        bool now[2];
    } rows[] = {
        {NINEP_SET_ATIME | NINEP_SET_ATIME_VALUE | NINEP_SET_MTIME |
             NINEP_SET_MTIME_VALUE,      999999999,
         0,                                                                 {false, false}},
        {NINEP_SET_ATIME,                         2000000000, 0,            {true, false} },
        {NINEP_SET_ATIME | NINEP_SET_ATIME_VALUE, 0,          0,            {false, false}},
        {NINEP_SET_MTIME | NINEP_SET_ATIME_VALUE, 1,          0,            {false, true} },
        {NINEP_SET_MTIME | NINEP_SET_MTIME_VALUE,
         1000000000,                                          LINUX_EINVAL,
         {false, true}                                                                    },
        {NINEP_SET_ATIME | NINEP_SET_ATIME_VALUE,
         1000000000,                                          LINUX_EINVAL,
         {false, true}                                                                    },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("row %zu", i);
        EXPECT_EQ(ask(client, NINEP_TSETATTR, "4444488888", OTHER,
                      rows[i].valid, 0u, 0u, 0u, UINT64_C(0), UINT64_C(11),
                      rows[i].nanoseconds, UINT64_C(13), rows[i].nanoseconds),
                  rows[i].error);
        EXPECT_EQ(stat(test_path(&client->folder, "f"), &there), 0);
        EXPECT_EQ(there.st_atim.tv_sec != 11, rows[i].now[0]);
        EXPECT_EQ(there.st_mtim.tv_sec != 13, rows[i].now[1]);
        EXPECT_EQ(there.st_size, 4);
    }
}

/* A reply has as much as a message, and as many entries as are whole in it. */
TEST_ON(replies_fit_into_a_message, client)
{
    static const struct {
        unsigned size;
        size_t got;
    } rows[] = {
        {24,  0 },
        {25,  25},
        {50,  25},
        {51,  51},
        {82,  51},
        {83,  83},
        {500, 83},
    };
    test_write(test_path(&client->folder, "file.txt"), "");
    EXPECT_EQ(open_fid(client, OTHER, "", NINEP_OPEN_FOLDER), 0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("%u bytes", rows[i].size);
        EXPECT_EQ(ask(client, NINEP_TREADDIR, "484", OTHER, UINT64_C(0),
                      rows[i].size),
                  0);
        EXPECT_EQ(take(client, 4), rows[i].got);
        EXPECT_EQ(client->size, NINEP_HEADER_SIZE + 4 + rows[i].got);
    }
    static const struct {
        uint8_t qid;
        uint8_t type;
    } entries[] = {
        {NINEP_QID_FOLDER, DT_DIR},
        {NINEP_QID_FOLDER, DT_DIR},
        {NINEP_QID_FILE,   DT_REG},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(entries); i++) {
        EXPECT_EQ(take(client, 1), entries[i].qid);
        EXPECT_EQ(take(client, 4), 0);
        EXPECT(take(client, 8) != 0);
        EXPECT_EQ(take(client, 8), i + 1);
        EXPECT_EQ(take(client, 1), entries[i].type);
        client->at += take(client, 2);
    }
    EXPECT_EQ(open_fid(client, FILE_FID, "file.txt", NINEP_OPEN_FOLDER),
              LINUX_ENOTDIR);
    EXPECT_EQ(ask(client, NINEP_TLOPEN, "44", FILE_FID, 2u), 0);
    client->at += NINEP_QID_SIZE;
    EXPECT_EQ(take(client, 4), 0);
    EXPECT_EQ(ask(client, NINEP_TFSYNC, "44", FILE_FID, 0u), 0);
    EXPECT_EQ(ask(client, NINEP_TFSYNC, "44", FILE_FID, 1u), 0);
    EXPECT_EQ(truncate(test_path(&client->folder, "file.txt"), 100000), 0);
    EXPECT_EQ(
        ask(client, NINEP_TREAD, "484", FILE_FID, UINT64_C(0), UINT32_MAX), 0);
    EXPECT_EQ(client->size, 65536);
    EXPECT_EQ(take(client, 4), 65536 - NINEP_HEADER_SIZE - 4);
    uint8_t reply[16];
    EXPECT_EQ(ninep_serve(client->server, client->message, 23, reply, 12), 12);
    EXPECT_EQ(ninep_serve(client->server, client->message, 23, reply, 16), 16);
    EXPECT_EQ(load_le32(reply + NINEP_HEADER_SIZE), 5);
}

TEST_ON(values_have_sizes_flags_and_ends, client)
{
    if (setxattr(client->folder.shared, "user.x", "old", 3, 0) != 0) {
        close_client(client);
        SKIP("the file system of /tmp has no attributes of users");
    }
    static const struct {
        const char *name;
        unsigned flags;
        unsigned size;
        unsigned error; /* at the end */
    } rows[] = {
        {"user.x", XATTR_CREATE,  1, LINUX_EEXIST },
        {"user.y", XATTR_REPLACE, 1, LINUX_ENODATA},
        {"user.x", XATTR_REPLACE, 1, 0            },
        {"user.x", 0,             0, 0            }, /* removes it */
        {"user.x", 0,             0, LINUX_ENODATA},
        {"user.y", 4,             1, 0            },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("row %zu", i);
        EXPECT_EQ(walk(client, ROOT, VALUE, ""), 0);
        EXPECT_EQ(ask(client, NINEP_TXATTRCREATE, "4s84", VALUE, rows[i].name,
                      (uint64_t)rows[i].size, rows[i].flags),
                  0);
        EXPECT_EQ(client->server->value_count, 1);
        EXPECT_EQ(ask(client, NINEP_TREAD, "484", VALUE, UINT64_C(0), 1u),
                  LINUX_EBADF);
        EXPECT_EQ(ask(client, NINEP_TLOPEN, "44", VALUE, 0u), LINUX_EBADF);
        if (rows[i].size != 0) {
            EXPECT_EQ(
                ask(client, NINEP_TWRITE, "4841", VALUE, UINT64_C(0), 1u, 65u),
                0);
            EXPECT_EQ(take(client, 4), 1);
        }
        EXPECT_EQ(clunk(client, VALUE), rows[i].error);
        EXPECT_EQ(client->server->value_count, 0);
    }
    char name[SHARE_NAME_MAX + 2];
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    EXPECT_EQ(ask(client, NINEP_TXATTRWALK, "44s", ROOT, VALUE, name),
              LINUX_ENAMETOOLONG);
    client->server->value_count = NINEP_VALUES_MAX;
    EXPECT_EQ(ask(client, NINEP_TXATTRWALK, "44s", ROOT, VALUE, "user.y"),
              LINUX_ENFILE);
    EXPECT_EQ(walk(client, ROOT, VALUE, ""), 0);
    EXPECT_EQ(ask(client, NINEP_TXATTRCREATE, "4s84", VALUE, "user.z",
                  UINT64_C(1), 0u),
              LINUX_ENFILE);
    client->server->value_count = NINEP_VALUES_MAX - 1;
    EXPECT_EQ(ask(client, NINEP_TXATTRCREATE, "4s84", VALUE, "user.z",
                  UINT64_C(65536), 0u),
              0);
    client->server->value_count = 1;
    /* A client that goes has set nothing. */
    EXPECT_EQ(ask(client, NINEP_TXATTRWALK, "44s", ROOT, OTHER, "user.y"), 0);
    EXPECT_EQ(take(client, 8), 1);
    EXPECT_EQ(ask(client, NINEP_TXATTRWALK, "44s", ROOT, OTHER, "user.y"),
              LINUX_EBADF);
    EXPECT_EQ(ask(client, NINEP_TVERSION, "4s", 4096u, NINEP_VERSION), 0);
    EXPECT_EQ(client->server->value_count, 0);
    EXPECT_EQ(client->server->fid_count, 0);
    EXPECT_EQ(share_root(client->folder.share)->holds, 1);
    EXPECT_EQ(getxattr(client->folder.shared, "user.z", NULL, 0), -1);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The FUSE server, by its messages; fuse_locks_test.c has its locks. */
#include <errno.h>
#include <sys/xattr.h>

#include "abi/linux_errors.h"
#include "base/bits.h"
#include "tests/fuse_client.h"

FIXTURE(struct client, client, close_client)
FIXTURE_BEGIN(client,
              open_client(client, &(struct share_options){0}, FUSE_CACHE_AUTO))

TEST_ON(a_session_begins_with_its_version, client)
{
    static const struct {
        uint32_t major;
        uint32_t minor;
        unsigned error;
    } cases[] = {
        {7, 38, 0           },
        {7, 31, 0           },
        {7, 99, 0           },
        {7, 30, LINUX_EPROTO},
        {6, 99, LINUX_EPROTO},
        {8, 0,  0           },
    };
    struct fuse_init_result out;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct fuse_init in = {cases[i].major, cases[i].minor, 4096,
                                     UINT32_MAX};
        test_case("%u.%u", cases[i].major, cases[i].minor);
        EXPECT_EQ(ask(client, FUSE_INIT, 0, &in, sizeof(in)), cases[i].error);
        if (cases[i].error == 0) {
            REQUIRE(client->size == sizeof(out));
            memcpy(&out, client->result, sizeof(out));
            EXPECT_EQ(out.major, 7);
            EXPECT_EQ(out.max_write, FUSE_TRANSFER_MAX);
            EXPECT_EQ(out.max_pages, 64);
            EXPECT(out.features & FUSE_AUTO_INVALIDATE);
        }
    }
    /* After a greeting in another version nothing is answered but a greeting.
     */
    EXPECT_EQ(ask_name(client, FUSE_LOOKUP, FUSE_ROOT, "", 0, "x"), LINUX_EIO);
    EXPECT_EQ(hello(client), 0);
    EXPECT_EQ(ask_name(client, FUSE_LOOKUP, FUSE_ROOT, "", 0, "x"),
              LINUX_ENOENT);
    EXPECT(fuse_has_client(client->server));
    EXPECT_EQ(ask(client, FUSE_DESTROY, 0, "", 0), 0);
    EXPECT(!fuse_has_client(client->server));
    EXPECT_EQ(ask_name(client, FUSE_LOOKUP, FUSE_ROOT, "", 0, "x"), LINUX_EIO);
}

TEST_ON(malformed_requests_are_refused, client)
{
    const struct fuse_mknod in = {.mode = S_IFREG | 0600};
    EXPECT_EQ(ask_name(client, FUSE_MKNOD, FUSE_ROOT, &in, sizeof(in), "f"), 0);
    struct fuse_request head;
    memcpy(&head, client->message, sizeof(head));
    for (uint32_t size = 0; size < head.size; size++) {
        test_case("%u bytes", size);
        memcpy(client->message, &size, sizeof(size));
        size_t answered = fuse_serve(client->server, client->message, size,
                                     client->reply, sizeof(client->reply));
        EXPECT_EQ(answered, size < sizeof(head) ? 0 : 16);
    }
    memcpy(client->message, &head, sizeof(head));
    EXPECT_EQ(fuse_serve(client->server, client->message, head.size,
                         client->reply, 15),
              0);
    EXPECT_EQ(fuse_serve(client->server, client->message, head.size - 1u,
                         client->reply, 100),
              16);
    EXPECT_EQ(ask(client, 99, FUSE_ROOT, "", 0), LINUX_ENOSYS);
    EXPECT_EQ(ask(client, FUSE_STATFS, FUSE_ROOT, "x", 1), LINUX_EINVAL);
    EXPECT_EQ(ask_parts(client, FUSE_SYMLINK, FUSE_ROOT, "", 0, "a", 2, "b", 1),
              LINUX_EINVAL);
    const uint64_t nodes[] = {0, 3, 1000, UINT64_MAX};
    for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
        EXPECT_EQ(ask_name(client, FUSE_LOOKUP, nodes[i], "", 0, "f"),
                  LINUX_ESTALE);
        forget(client, nodes[i], 1);
    }
    const struct fuse_transfer read = {.file = UINT64_MAX, .size = 10};
    EXPECT_EQ(ask(client, FUSE_READ, FUSE_ROOT, &read, sizeof(read)),
              LINUX_EBADF);
    EXPECT_EQ(ask(client, FUSE_READDIR, FUSE_ROOT, &read, sizeof(read)),
              LINUX_EBADF);
}

TEST_ON(names_that_lead_elsewhere_are_none, client)
{
    static const struct {
        const char *name;
        unsigned error;
    } cases[] = {
        {"",          LINUX_EINVAL},
        {"../secret", LINUX_EINVAL},
        {"/etc",      LINUX_EINVAL},
        {"a/b",       LINUX_EINVAL},
        {"..",        0           },
        {".",         0           },
        {"link",      0           },
    };
    REQUIRE(symlink("/etc", test_path(&client->folder, "link")) == 0);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        test_case("'%s'", cases[i].name);
        EXPECT_EQ(
            ask_name(client, FUSE_LOOKUP, FUSE_ROOT, "", 0, cases[i].name),
            cases[i].error);
        if (cases[i].name[0] == '.' && cases[i].error == 0) {
            EXPECT_EQ(entry_of(client).node, FUSE_ROOT);
        }
    }
    uint64_t link = look_up(client, FUSE_ROOT, "link");
    EXPECT_EQ(look_up(client, link, "passwd"), 0);
    EXPECT_EQ(ask(client, FUSE_READLINK, link, "", 0), 0);
    EXPECT_EQ(client->size, 4);
    EXPECT_BYTES(client->result, "/etc", 4);
    const struct fuse_open in = {0};
    EXPECT_EQ(ask(client, FUSE_OPEN, link, &in, sizeof(in)), LINUX_ELOOP);
}

TEST_ON(a_node_lives_as_long_as_its_lookups, client)
{
    test_write(test_path(&client->folder, "file"), "x");
    uint64_t node = look_up(client, FUSE_ROOT, "file");
    uint64_t generation = entry_of(client).generation;
    EXPECT_EQ(look_up(client, FUSE_ROOT, "file"), node);
    const struct fuse_getattr in = {0};
    forget(client, node, 1);
    EXPECT_EQ(ask(client, FUSE_GETATTR, node, &in, sizeof(in)), 0);
    struct {
        struct fuse_batch_forget head;
        struct fuse_forget_one one[2];
    } batch = {
        {UINT32_MAX, 0             },
        {{node, 5},  {FUSE_ROOT, 7}}
    };
    EXPECT_EQ(ask(client, FUSE_BATCH_FORGET, 0, &batch, sizeof(batch)),
              UINT32_MAX);
    EXPECT_EQ(ask(client, FUSE_GETATTR, node, &in, sizeof(in)), LINUX_ESTALE);
    EXPECT_EQ(ask(client, FUSE_GETATTR, FUSE_ROOT, &in, sizeof(in)), 0);
    EXPECT_EQ(look_up(client, FUSE_ROOT, "file"), node);
    EXPECT_EQ(entry_of(client).generation, generation + 1);
}

TEST_ON(files_are_made_written_and_read, client)
{
    uint64_t node;
    uint64_t file = make_file(client, "file", &node);
    struct fuse_transfer at = {.file = file, .offset = 2, .size = 5};
    EXPECT_EQ(
        ask_parts(client, FUSE_WRITE, node, &at, sizeof(at), "hello", 5, "", 0),
        0);
    EXPECT_EQ(load_le32(client->result), 5);
    EXPECT_EQ(
        ask_parts(client, FUSE_WRITE, node, &at, sizeof(at), "hell", 4, "", 0),
        LINUX_EINVAL);
    at.offset = 0;
    at.size = UINT32_MAX; /* as much as there is room for */
    EXPECT_EQ(ask(client, FUSE_READ, node, &at, sizeof(at)), 0);
    EXPECT_EQ(client->size, 7);
    EXPECT_BYTES(client->result, "\0\0hello", 7);
    client->room = 16 + 3;
    EXPECT_EQ(ask(client, FUSE_READ, node, &at, sizeof(at)), 0);
    EXPECT_EQ(client->size, 3);
    client->room = sizeof(client->reply);
    const struct fuse_fsync sync = {.file = file};
    EXPECT_EQ(ask(client, FUSE_FSYNC, node, &sync, sizeof(sync)), 0);
    const struct fuse_flush flush = {.file = file};
    EXPECT_EQ(ask(client, FUSE_FLUSH, node, &flush, sizeof(flush)), 0);
    EXPECT_EQ(ask(client, FUSE_SYNCFS, FUSE_ROOT, "\0\0\0\0\0\0\0", 8), 0);
    const struct fuse_fallocate room = {.file = file, .size = 100};
    EXPECT_EQ(ask(client, FUSE_FALLOCATE, node, &room, sizeof(room)), 0);
    const struct fuse_fallocate odd = {.file = file, .size = 9, .mode = 64};
    EXPECT_EQ(ask(client, FUSE_FALLOCATE, node, &odd, sizeof(odd)),
              LINUX_EOPNOTSUPP);
    struct fuse_lseek seek = {.file = file, .whence = FUSE_SEEK_HOLE};
    EXPECT_EQ(ask(client, FUSE_LSEEK, node, &seek, sizeof(seek)), 0);
    seek.whence = 0;
    EXPECT_EQ(ask(client, FUSE_LSEEK, node, &seek, sizeof(seek)), LINUX_EINVAL);
    uint64_t other;
    const struct fuse_copy copy = {
        .from_file = file,
        .from_offset = 2,
        .to_file = make_file(client, "copy", &other),
        .size = 5,
    };
    EXPECT_EQ(ask(client, FUSE_COPY_FILE_RANGE, node, &copy, sizeof(copy)), 0);
    EXPECT_STR(test_read(&client->folder, "copy"), "hello");
    const struct fuse_release release = {.file = file};
    EXPECT_EQ(ask(client, FUSE_RELEASE, node, &release, sizeof(release)), 0);
    EXPECT_EQ(ask(client, FUSE_READ, node, &at, sizeof(at)), LINUX_EBADF);
}

TEST_ON(what_is_appended_is_at_the_end_of_the_host, client)
{
    struct fuse_open_result out;
    test_write(test_path(&client->folder, "log"), "one ");
    uint64_t node = look_up(client, FUSE_ROOT, "log");
    const struct fuse_open in = {1 | FUSE_OPEN_APPEND, 0};
    EXPECT_EQ(ask(client, FUSE_OPEN, node, &in, sizeof(in)), 0);
    memcpy(&out, client->result, sizeof(out));
    test_write(test_path(&client->folder, "log"), "one two ");
    struct fuse_transfer at = {.file = out.file, .offset = 4, .size = 3};
    EXPECT_EQ(
        ask_parts(client, FUSE_WRITE, node, &at, sizeof(at), "end", 3, "", 0),
        0);
    EXPECT_STR(test_read(&client->folder, "log"), "one two end");
    at.transfer_flags = FUSE_WRITE_CACHED; /* a page of a mapping */
    EXPECT_EQ(
        ask_parts(client, FUSE_WRITE, node, &at, sizeof(at), "TWO", 3, "", 0),
        0);
    EXPECT_STR(test_read(&client->folder, "log"), "one TWO end");
}

TEST_BEGINS(attributes_are_changed_and_shown, client)
{
    struct fuse_getattr_result out;
    open_client(client, &(struct share_options){0}, FUSE_CACHE_NONE);
    test_write(test_path(&client->folder, "file"), "contents");
    uint64_t node = look_up(client, FUSE_ROOT, "file");
    EXPECT_EQ(entry_of(client).name_valid_s, 0);
    struct fuse_setattr in = {
        .valid = FUSE_SET_MODE | FUSE_SET_SIZE | FUSE_SET_ACCESSED |
                 FUSE_SET_MODIFIED | FUSE_SET_UID,
        .mode = 04700,
        .size = 3,
        .accessed = 11,
        .accessed_ns = 12,
        .modified = 13,
        .modified_ns = 14,
        .uid = 9,
    };
    EXPECT_EQ(ask(client, FUSE_SETATTR, node, &in, sizeof(in)), 0);
    REQUIRE(client->size == sizeof(out));
    memcpy(&out, client->result, sizeof(out));
    EXPECT_EQ(out.attributes.mode, S_IFREG | 0700);
    EXPECT_EQ(out.attributes.size, 3);
    EXPECT_EQ(out.attributes.accessed, 11);
    EXPECT_EQ(out.attributes.accessed_ns, 12);
    EXPECT_EQ(out.attributes.modified, 13);
    EXPECT_EQ(out.attributes.modified_ns, 14);
    EXPECT_EQ(out.attributes.uid, 0);
    in.valid = FUSE_SET_ACCESSED_NOW;
    EXPECT_EQ(ask(client, FUSE_SETATTR, node, &in, sizeof(in)), 0);
    memcpy(&out, client->result, sizeof(out));
    EXPECT(out.attributes.accessed > 1000);
    EXPECT_EQ(out.attributes.modified, 13);
    in.valid = FUSE_SET_ACCESSED;
    in.accessed_ns = 1000000000;
    EXPECT_EQ(ask(client, FUSE_SETATTR, node, &in, sizeof(in)), LINUX_EINVAL);
    EXPECT_EQ(ask(client, FUSE_STATFS, FUSE_ROOT, "", 0), 0);
    EXPECT_EQ(client->size, sizeof(struct fuse_statfs_result));
}

TEST_ON(names_are_made_moved_and_removed, client)
{
    const struct test_folder *folder = &client->folder;
    const struct fuse_mkdir dir = {.mode = 0750};
    EXPECT_EQ(ask_name(client, FUSE_MKDIR, FUSE_ROOT, &dir, sizeof(dir), "sub"),
              0);
    uint64_t sub = entry_of(client).node;
    EXPECT_EQ(entry_of(client).attributes.mode, S_IFDIR | 0750);
    const struct fuse_mknod fifo = {.mode = S_IFIFO | 0600};
    const struct fuse_mknod device = {.mode = S_IFCHR | 0600, .device = 0x103};
    EXPECT_EQ(ask_name(client, FUSE_MKNOD, sub, &fifo, sizeof(fifo), "fifo"),
              0);
    EXPECT_EQ(
        ask_name(client, FUSE_MKNOD, sub, &device, sizeof(device), "null"),
        LINUX_EPERM);
    EXPECT_EQ(ask_parts(client, FUSE_SYMLINK, FUSE_ROOT, "", 0, "link", 5,
                        "../secret", 10),
              0);
    EXPECT_EQ(entry_of(client).attributes.mode, S_IFLNK | 0777);
    uint64_t node;
    (void)make_file(client, "file", &node);
    const struct fuse_link hard = {node};
    EXPECT_EQ(ask_name(client, FUSE_LINK, sub, &hard, sizeof(hard), "hard"), 0);
    EXPECT_EQ(entry_of(client).node, node);
    EXPECT_EQ(entry_of(client).attributes.links, 2);
    const struct fuse_rename move = {sub};
    EXPECT_EQ(ask_parts(client, FUSE_RENAME, FUSE_ROOT, &move, sizeof(move),
                        "link", 5, "moved", 6),
              0);
    EXPECT_EQ(access(test_path(folder, "link"), F_OK), -1);
    struct fuse_rename2 keep = {sub, RENAME_NOREPLACE, 0};
    EXPECT_EQ(ask_parts(client, FUSE_RENAME2, FUSE_ROOT, &keep, sizeof(keep),
                        "file", 5, "moved", 6),
              LINUX_EEXIST);
    keep.flags = 4; /* RENAME_WHITEOUT makes a device */
    EXPECT_EQ(ask_parts(client, FUSE_RENAME2, FUSE_ROOT, &keep, sizeof(keep),
                        "file", 5, "moved", 6),
              LINUX_EINVAL);
    EXPECT_EQ(ask_name(client, FUSE_RMDIR, FUSE_ROOT, "", 0, "sub"),
              LINUX_ENOTEMPTY);
    EXPECT_EQ(ask_name(client, FUSE_UNLINK, sub, "", 0, "moved"), 0);
    EXPECT_EQ(ask_name(client, FUSE_UNLINK, sub, "", 0, "moved"), LINUX_ENOENT);
    EXPECT_EQ(ask_name(client, FUSE_UNLINK, FUSE_ROOT, "", 0, "sub"),
              LINUX_EISDIR);
}

/* Reads a folder in pieces of `size`; how many entries it has. */
static unsigned read_folder(struct client *client, uint64_t file,
                            uint32_t operation, uint32_t size)
{
    unsigned count = 0;
    struct fuse_transfer in = {.file = file, .size = size};
    for (unsigned rounds = 0; rounds < 1000; rounds++) {
        EXPECT_EQ(ask(client, operation, FUSE_ROOT, &in, sizeof(in)), 0);
        if (client->size == 0) {
            return count;
        }
        for (size_t at = 0; at < client->size; count++) {
            struct fuse_folder_entry entry;
            struct fuse_entry found = {0};
            if (operation == FUSE_READDIRPLUS) {
                memcpy(&found, client->result + at, sizeof(found));
                at += sizeof(found);
            }
            memcpy(&entry, client->result + at, sizeof(entry));
            at += sizeof(entry) + ((entry.name_size + 7) & ~7u);
            in.offset = entry.next;
            EXPECT(found.node == 0 || found.attributes.number == entry.number);
            EXPECT(found.node == 0 || S_ISREG(found.attributes.mode));
            if (found.node != 0) {
                forget(client, found.node, 1);
            }
        }
    }
    return count;
}

TEST_BEGINS(folders_are_read_in_pieces, client)
{
    struct fuse_open_result out;
    char name[16];
    open_client(client, &(struct share_options){.descriptors = 16},
                FUSE_CACHE_AUTO);
    for (unsigned i = 0; i < 100; i++) {
        (void)snprintf(name, sizeof(name), "file%02u", i);
        test_write(test_path(&client->folder, name), "");
    }
    const struct fuse_open in = {0};
    EXPECT_EQ(ask(client, FUSE_OPENDIR, FUSE_ROOT, &in, sizeof(in)), 0);
    memcpy(&out, client->result, sizeof(out));
    EXPECT_EQ(read_folder(client, out.file, FUSE_READDIR, 100), 102);
    EXPECT_EQ(read_folder(client, out.file, FUSE_READDIR, 4096), 102);
    EXPECT_EQ(read_folder(client, out.file, FUSE_READDIRPLUS, 400), 102);
    EXPECT_EQ(ask(client, FUSE_OPENDIR, look_up(client, FUSE_ROOT, "file00"),
                  &in, sizeof(in)),
              LINUX_ENOTDIR);
}

TEST_ON(extended_attributes_are_set_and_read, client)
{
    if (setxattr(client->folder.shared, "user.x", "", 0, 0) != 0) {
        close_client(client);
        SKIP("the file system of /tmp has no attributes of users");
    }
    const struct fuse_setxattr set = {3, 0};
    struct fuse_getxattr get = {0};
    EXPECT_EQ(ask_parts(client, FUSE_SETXATTR, FUSE_ROOT, &set, sizeof(set),
                        "user.y", 7, "abc", 3),
              0);
    EXPECT_EQ(ask_parts(client, FUSE_SETXATTR, FUSE_ROOT, &set, sizeof(set),
                        "user.y", 7, "ab", 2),
              LINUX_EINVAL);
    EXPECT_EQ(
        ask_name(client, FUSE_GETXATTR, FUSE_ROOT, &get, sizeof(get), "user.y"),
        0);
    EXPECT_EQ(load_le32(client->result), 3);
    get.size = 2;
    EXPECT_EQ(
        ask_name(client, FUSE_GETXATTR, FUSE_ROOT, &get, sizeof(get), "user.y"),
        LINUX_ERANGE);
    get.size = 100;
    EXPECT_EQ(
        ask_name(client, FUSE_GETXATTR, FUSE_ROOT, &get, sizeof(get), "user.y"),
        0);
    EXPECT_EQ(client->size, 3);
    EXPECT_EQ(ask(client, FUSE_LISTXATTR, FUSE_ROOT, &get, sizeof(get)), 0);
    EXPECT_EQ(client->size, 14);
    EXPECT_EQ(ask_name(client, FUSE_REMOVEXATTR, FUSE_ROOT, "", 0, "user.y"),
              0);
    EXPECT_EQ(ask_name(client, FUSE_GETXATTR, FUSE_ROOT, &get, sizeof(get),
                       "security.capability"),
              LINUX_EOPNOTSUPP);
}

TEST_BEGINS(kept_owners_are_those_of_the_clients_processes, client)
{
    uint64_t node;
    open_client(client, &(struct share_options){.owners = SHARE_OWNERS_KEPT},
                FUSE_CACHE_AUTO);
    if (setxattr(client->folder.shared, "user.x", "", 0, 0) != 0) {
        close_client(client);
        SKIP("the file system of /tmp has no attributes of users");
    }
    uint64_t file = make_file(client, "file", &node);
    EXPECT_EQ(entry_of(client).attributes.uid, 500);
    EXPECT_EQ(entry_of(client).attributes.gid, 501);
    struct fuse_setattr in = {.valid = FUSE_SET_MODE, .mode = 06755};
    EXPECT_EQ(ask(client, FUSE_SETATTR, node, &in, sizeof(in)), 0);
    /* A write by somebody without the privilege ends set-id bits. */
    const struct fuse_transfer at = {
        .file = file, .size = 1, .transfer_flags = FUSE_WRITE_DROP};
    EXPECT_EQ(
        ask_parts(client, FUSE_WRITE, node, &at, sizeof(at), "x", 1, "", 0), 0);
    struct fuse_getattr_result out;
    const struct fuse_getattr get = {0};
    EXPECT_EQ(ask(client, FUSE_GETATTR, node, &get, sizeof(get)), 0);
    memcpy(&out, client->result, sizeof(out));
    EXPECT_EQ(out.attributes.mode, S_IFREG | 0755);
}

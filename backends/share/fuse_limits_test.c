/* SPDX-License-Identifier: Apache-2.0 */
/* The FUSE server: what clients get at each setting, and the ends of its tables
 * and of what requests may ask for. */
#include <errno.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "abi/linux_errors.h"
#include "backends/share/fuse_internal.h"
#include "backends/share/internal.h"
#include "base/bits.h"
#include "tests/fuse_client.h"

static uint64_t open_file(struct client *client, uint64_t node, uint32_t flags)
{
    const struct fuse_open in = {.flags = flags};
    struct fuse_open_result out = {.file = UINT64_MAX};
    EXPECT_EQ(ask(client, FUSE_OPEN, node, &in, sizeof(in)), 0);
    memcpy(&out, client->result, sizeof(out));
    return out.file;
}

static struct fuse_attributes attributes_of(struct client *client,
                                            uint64_t node)
{
    struct fuse_getattr_result out = {0};
    const struct fuse_getattr in = {0};
    EXPECT_EQ(ask(client, FUSE_GETATTR, node, &in, sizeof(in)), 0);
    memcpy(&out, client->result, sizeof(out));
    EXPECT_EQ(out.valid_s, fuse_valid_s(client->server));
    return out.attributes;
}

TEST(clients_learn_how_long_they_may_believe)
{
    enum {
        ALWAYS_THERE = FUSE_ASYNC_READ | FUSE_ATOMIC_TRUNCATE | FUSE_EXPORT |
                       FUSE_BIG_WRITES | FUSE_HAS_READDIRPLUS |
                       FUSE_READDIRPLUS_AUTO | FUSE_ASYNC_DIRECT |
                       FUSE_PARALLEL_FOLDERS | FUSE_HAS_MAX_PAGES |
                       FUSE_DROP_PRIVILEGES,
        LOCKS = FUSE_POSIX_LOCKS | FUSE_FLOCK_LOCKS,
        KEEP = FUSE_OPENED_KEEP_CACHE,
    };
    static const struct {
        enum fuse_cache cache;
        enum fuse_locks locks;
        uint32_t features;
        uint64_t valid_s;
        uint32_t opened;
        uint32_t folder;
    } rows[] = {
        {FUSE_CACHE_AUTO,   FUSE_LOCKS_HOST,   FUSE_AUTO_INVALIDATE | LOCKS, 1,     0,
         0                                                                                 },
        {FUSE_CACHE_NONE,   FUSE_LOCKS_CLIENT, FUSE_AUTO_INVALIDATE,         0,
         FUSE_OPENED_DIRECT,                                                              0},
        {FUSE_CACHE_ALWAYS, FUSE_LOCKS_CLIENT, FUSE_CACHE_LINKS,             86400, KEEP,
         KEEP | FUSE_OPENED_CACHE_FOLDER                                                   },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(close_client) struct client client;
        struct fuse_init_result out;
        struct fuse_open_result opened;
        const struct fuse_init in = {FUSE_MAJOR, FUSE_MINOR, 4096, UINT32_MAX};
        const struct fuse_open read = {0};
        test_case("row %zu", i);
        open_client(&client, &(struct share_options){0}, rows[i].cache);
        client.server->locks = rows[i].locks;
        EXPECT_EQ(ask(&client, FUSE_INIT, 0, &in, sizeof(in)), 0);
        memcpy(&out, client.result, sizeof(out));
        EXPECT_EQ(out.features, ALWAYS_THERE | rows[i].features);
        EXPECT_EQ(out.minor, FUSE_MINOR);
        EXPECT_EQ(out.max_readahead, 4096);
        EXPECT_EQ(out.max_background, 64);
        EXPECT_EQ(out.congestion_threshold, 48);
        EXPECT_EQ(out.time_granularity_ns, 1);
        test_write(test_path(&client.folder, "f"), "text");
        uint64_t node = look_up(&client, FUSE_ROOT, "f");
        EXPECT_EQ(entry_of(&client).name_valid_s, rows[i].valid_s);
        EXPECT_EQ(entry_of(&client).attributes_valid_s, rows[i].valid_s);
        EXPECT_EQ(fuse_valid_s(client.server), rows[i].valid_s);
        (void)attributes_of(&client, node);
        EXPECT_EQ(ask(&client, FUSE_OPEN, node, &read, sizeof(read)), 0);
        memcpy(&opened, client.result, sizeof(opened));
        EXPECT_EQ(opened.flags, rows[i].opened);
        EXPECT_EQ(ask(&client, FUSE_OPENDIR, 1, &read, sizeof(read)), 0);
        memcpy(&opened, client.result, sizeof(opened));
        EXPECT_EQ(opened.flags, rows[i].folder);
    }
}

FIXTURE(struct client, client, close_client)
FIXTURE_BEGIN(client,
              open_client(client, &(struct share_options){0}, FUSE_CACHE_AUTO))

/* Beyond the first places of both tables, which grow. */
TEST_BEGINS(many_nodes_and_files_are_told_apart, client)
{
    enum { COUNT = 150 };
    uint64_t nodes[COUNT];
    uint64_t files[COUNT];
    char name[16];
    open_client(client, &(struct share_options){.descriptors = 400},
                FUSE_CACHE_AUTO);
    for (unsigned i = 0; i < COUNT; i++) {
        (void)snprintf(name, sizeof(name), "%u", i);
        test_write(test_path(&client->folder, name), name);
        nodes[i] = look_up(client, FUSE_ROOT, name);
        EXPECT_EQ(nodes[i], i + 2);
        files[i] = open_file(client, nodes[i], 0);
        EXPECT_EQ(files[i], i);
    }
    EXPECT_EQ(look_up(client, FUSE_ROOT, "7"), nodes[7]);
    forget(client, nodes[7], 1);
    EXPECT(fuse_find(client->server, nodes[7]) != NULL);
    const uint64_t gone[] = {70, 7, 71};
    for (unsigned i = 0; i < ARRAY_SIZE(gone); i++) {
        const struct fuse_release in = {.file = files[gone[i]]};
        forget(client, nodes[gone[i]], 1);
        EXPECT(!fuse_find(client->server, nodes[gone[i]]));
        EXPECT_EQ(ask(client, FUSE_RELEASE, 0, &in, sizeof(in)), 0);
    }
    /* The place of a node that was left last is taken first, and the first of
     * files. */
    static const uint64_t places[] = {7, 70, 71};
    for (unsigned i = ARRAY_SIZE(gone); i-- > 0;) {
        (void)snprintf(name, sizeof(name), "%u", (unsigned)gone[i]);
        EXPECT_EQ(look_up(client, FUSE_ROOT, name), nodes[gone[i]]);
        EXPECT_EQ(entry_of(client).generation, 2);
        files[gone[i]] = open_file(client, nodes[gone[i]], 0);
        EXPECT_EQ(files[gone[i]], places[2 - i]);
    }
    for (unsigned i = 0; i < COUNT; i++) {
        const struct fuse_transfer in = {.file = files[i], .size = 16};
        (void)snprintf(name, sizeof(name), "%u", i);
        EXPECT_EQ(ask(client, FUSE_READ, 0, &in, sizeof(in)), 0);
        EXPECT_EQ(client->size, strlen(name));
        EXPECT_BYTES(client->result, name, strlen(name));
        EXPECT_EQ(look_up(client, FUSE_ROOT, name), nodes[i]);
    }
    EXPECT(!fuse_find(client->server, COUNT + 2));
    EXPECT(!fuse_find(client->server, client->server->node_size + 1));
    EXPECT(!fuse_file(client->server, client->server->file_size));
}

TEST_ON(only_so_many_nodes_are_forgotten_as_the_request_says, client)
{
    test_write(test_path(&client->folder, "a"), "");
    test_write(test_path(&client->folder, "b"), "");
    const uint64_t a = look_up(client, FUSE_ROOT, "a");
    const uint64_t b = look_up(client, FUSE_ROOT, "b");
    struct {
        struct fuse_batch_forget head;
        struct fuse_forget_one one[2];
    } batch = {
        {1,      0     },
        {{a, 1}, {b, 1}}
    };
    (void)ask(client, FUSE_BATCH_FORGET, 0, &batch, sizeof(batch));
    EXPECT(!fuse_find(client->server, a) && fuse_find(client->server, b));
    batch.head.count = 2;
    (void)ask(client, FUSE_BATCH_FORGET, 0, &batch, sizeof(batch) - 1);
    EXPECT(fuse_find(client->server, b) != NULL);
    (void)ask(client, FUSE_BATCH_FORGET, 0, &batch, sizeof(batch));
    EXPECT(!fuse_find(client->server, b));
}

TEST_BEGINS(attributes_are_those_of_the_host, client)
{
    struct stat there;
    open_client(client, &(struct share_options){.uid = 5, .gid = 6},
                FUSE_CACHE_AUTO);
    test_write(test_path(&client->folder, "f"), "text");
    EXPECT_EQ(stat(test_path(&client->folder, "f"), &there), 0);
    const struct fuse_attributes is =
        attributes_of(client, look_up(client, FUSE_ROOT, "f"));
    EXPECT_EQ(is.number, there.st_ino);
    EXPECT_EQ(is.size, 4);
    EXPECT_EQ(is.blocks, there.st_blocks);
    EXPECT_EQ(is.block_size, there.st_blksize);
    EXPECT_EQ(is.links, 1);
    EXPECT_EQ(is.uid, 5);
    EXPECT_EQ(is.gid, 6);
    EXPECT_EQ(is.changed, there.st_ctim.tv_sec);
    EXPECT_EQ(is.changed_ns, there.st_ctim.tv_nsec);
    EXPECT_EQ(is.modified, there.st_mtim.tv_sec);
    EXPECT_EQ(is.modified_ns, there.st_mtim.tv_nsec);
    EXPECT_EQ(is.accessed, there.st_atim.tv_sec);
    EXPECT_EQ(is.accessed_ns, there.st_atim.tv_nsec);
    EXPECT_EQ(is.device, 0);
    struct statvfs space;
    struct fuse_statfs_result out;
    EXPECT_EQ(ask(client, FUSE_STATFS, FUSE_ROOT, "", 0), 0);
    memcpy(&out, client->result, sizeof(out));
    EXPECT_EQ(statvfs(client->folder.shared, &space), 0);
    EXPECT_EQ(out.blocks, space.f_blocks);
    EXPECT_EQ(out.files, space.f_files);
    EXPECT_EQ(out.block_size, space.f_bsize);
    EXPECT_EQ(out.fragment_size, space.f_frsize);
    EXPECT_EQ(out.name_max, 255);
    EXPECT(out.blocks_free >= out.blocks_available && out.blocks_free != 0);
    EXPECT(out.files_free != 0 || space.f_ffree == 0);
}

TEST_BEGINS(nodes_are_made_of_each_type, client)
{
    static const struct {
        uint32_t mode;
        uint32_t device;
        unsigned error;
        uint32_t shown;
    } rows[] = {
        {S_IFCHR | 0640,  0x103,      0,            S_IFCHR | 0640 },
        {S_IFBLK | 0660,  0xabcfff12, 0,            S_IFBLK | 0660 },
        {01640,           0,          0,            S_IFREG | 01640},
        {S_IFIFO | 04755, 0,          0,            S_IFIFO | 04755},
        {S_IFDIR | 0755,  0,          LINUX_EINVAL, 0              },
        {S_IFLNK | 0755,  0,          LINUX_EINVAL, 0              },
    };
    open_client(client, &(struct share_options){.owners = SHARE_OWNERS_KEPT},
                FUSE_CACHE_AUTO);
    if (setxattr(client->folder.shared, "user.x", "", 0, 0) != 0) {
        close_client(client);
        SKIP("the file system of /tmp has no attributes of users");
    }
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct fuse_mknod in = {.mode = rows[i].mode,
                                      .device = rows[i].device};
        test_case("mode %o", rows[i].mode);
        EXPECT_EQ(ask_name(client, FUSE_MKNOD, 1, &in, sizeof(in), "n"),
                  rows[i].error);
        if (rows[i].error == 0) {
            EXPECT_EQ(entry_of(client).attributes.mode, rows[i].shown);
            EXPECT_EQ(entry_of(client).attributes.device, rows[i].device);
            EXPECT_EQ(ask_name(client, FUSE_UNLINK, 1, "", 0, "n"), 0);
        }
    }
    const struct fuse_mkdir dir = {.mode = S_IFREG | 01750};
    EXPECT_EQ(ask_name(client, FUSE_MKDIR, 1, &dir, sizeof(dir), "d"), 0);
    EXPECT_EQ(entry_of(client).attributes.mode, S_IFDIR | 01750);
    const struct fuse_create create = {O_RDWR, S_IFDIR | 04640, 0, 0};
    EXPECT_EQ(ask_name(client, FUSE_CREATE, 1, &create, sizeof(create), "f"),
              0);
    EXPECT_EQ(entry_of(client).attributes.mode, S_IFREG | 04640);
    /* Opened to be emptied, by somebody without the privilege. */
    const uint64_t node = entry_of(client).node;
    struct fuse_open in = {O_WRONLY | FUSE_OPEN_TRUNCATE, 0};
    EXPECT_EQ(ask(client, FUSE_OPEN, node, &in, sizeof(in)), 0);
    EXPECT_EQ(attributes_of(client, node).mode, S_IFREG | 04640);
    in = (struct fuse_open){O_WRONLY, FUSE_OPEN_DROP};
    EXPECT_EQ(ask(client, FUSE_OPEN, node, &in, sizeof(in)), 0);
    EXPECT_EQ(attributes_of(client, node).mode, S_IFREG | 04640);
    in.flags |= FUSE_OPEN_TRUNCATE;
    EXPECT_EQ(ask(client, FUSE_OPEN, node, &in, sizeof(in)), 0);
    EXPECT_EQ(attributes_of(client, node).mode, S_IFREG | 0640);
}

TEST_ON(attributes_are_changed_one_by_one, client)
{
    uint64_t node;
    uint64_t other;
    const uint64_t file = make_file(client, "f", &node);
    (void)make_file(client, "other", &other);
    struct fuse_setattr in = {.valid = FUSE_SET_ACCESSED | FUSE_SET_MODIFIED |
                                       FUSE_SET_MODE,
                              .mode = 0400,
                              .accessed = 1,
                              .accessed_ns = 999999999,
                              .modified = 2,
                              .modified_ns = 999999999};
    EXPECT_EQ(ask(client, FUSE_SETATTR, node, &in, sizeof(in)), 0);
    EXPECT_EQ(attributes_of(client, node).modified_ns, 999999999);
    in = (struct fuse_setattr){.valid = FUSE_SET_MODIFIED_NOW};
    EXPECT_EQ(ask(client, FUSE_SETATTR, node, &in, sizeof(in)), 0);
    EXPECT(attributes_of(client, node).modified > 1000);
    EXPECT_EQ(attributes_of(client, node).accessed, 1);
    in = (struct fuse_setattr){.modified_ns = 1000000000};
    EXPECT_EQ(ask(client, FUSE_SETATTR, node, &in, sizeof(in)), LINUX_EINVAL);
    in = (struct fuse_setattr){
        .valid = FUSE_SET_SIZE | FUSE_SET_BY_FILE, .file = file, .size = 9};
    EXPECT_EQ(ask(client, FUSE_SETATTR, other, &in, sizeof(in)), LINUX_EBADF);
    EXPECT_EQ(ask(client, FUSE_SETATTR, node, &in, sizeof(in)), 0);
    EXPECT_EQ(attributes_of(client, node).size, 9);
    EXPECT_EQ(attributes_of(client, other).size, 0);
}

TEST_ON(requests_about_what_is_not_there_are_refused, client)
{
    uint64_t node;
    const uint64_t file = make_file(client, "f", &node);
    const uint64_t reader = open_file(client, node, 0);
    const struct fuse_open odd = {.flags = 3};
    const struct fuse_create odd_file = {.flags = 3};
    const struct fuse_create again = {FUSE_OPEN_EXCLUSIVE, 0600, 0, 0};
    EXPECT_EQ(ask(client, FUSE_OPEN, node, &odd, sizeof(odd)), LINUX_EINVAL);
    EXPECT_EQ(
        ask_name(client, FUSE_CREATE, 1, &odd_file, sizeof(odd_file), "x"),
        LINUX_EINVAL);
    EXPECT_EQ(ask_name(client, FUSE_CREATE, 1, &again, sizeof(again), "f"),
              LINUX_EEXIST);
    const struct fuse_transfer to_reader = {.file = reader, .size = 1};
    EXPECT_EQ(ask_parts(client, FUSE_WRITE, node, &to_reader, sizeof(to_reader),
                        "x", 1, "", 0),
              LINUX_EBADF);
    const struct fuse_transfer nowhere = {.file = 99, .size = 1};
    EXPECT_EQ(ask_parts(client, FUSE_WRITE, node, &nowhere, sizeof(nowhere),
                        "x", 1, "", 0),
              LINUX_EBADF);
    const struct fuse_flush flush = {.file = 99};
    EXPECT_EQ(ask(client, FUSE_FLUSH, 0, &flush, sizeof(flush)), LINUX_EBADF);
    const struct fuse_fsync sync = {.file = 99};
    EXPECT_EQ(ask(client, FUSE_FSYNC, 0, &sync, sizeof(sync)), LINUX_EBADF);
    const struct fuse_fallocate room = {.file = 99, .size = 1};
    EXPECT_EQ(ask(client, FUSE_FALLOCATE, 0, &room, sizeof(room)), LINUX_EBADF);
    struct fuse_lseek seek = {.file = 99, .whence = FUSE_SEEK_DATA};
    EXPECT_EQ(ask(client, FUSE_LSEEK, 0, &seek, sizeof(seek)), LINUX_EBADF);
    seek.file = file; /* which is empty */
    EXPECT_EQ(ask(client, FUSE_LSEEK, 0, &seek, sizeof(seek)), LINUX_ENXIO);
    EXPECT_EQ(
        ask_parts(client, FUSE_WRITE, node,
                  &(struct fuse_transfer){.file = file, .offset = 2, .size = 2},
                  sizeof(struct fuse_transfer), "ab", 2, "", 0),
        0);
    seek.whence = FUSE_SEEK_HOLE;
    seek.offset = 1;
    EXPECT_EQ(ask(client, FUSE_LSEEK, 0, &seek, sizeof(seek)), 0);
    EXPECT_EQ(client->size, 8);
    EXPECT_EQ(load_le64(client->result), 4);
}

TEST_ON(copies_and_names_of_what_is_not_there_are_refused, client)
{
    uint64_t node;
    (void)make_file(client, "f", &node);
    test_write(test_path(&client->folder, "f"), "text");
    (void)open_file(client, node, 0);
    static const struct {
        uint64_t from;
        uint64_t to;
        uint64_t flags;
        unsigned error;
    } copies[] = {
        {1, 0, 0, 0           },
        {0, 1, 0, LINUX_EBADF }, /* read only */
        {9, 0, 0, LINUX_EBADF },
        {0, 9, 0, LINUX_EBADF },
        {1, 0, 1, LINUX_EINVAL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(copies); i++) {
        const struct fuse_copy copy = {.from_file = copies[i].from,
                                       .from_offset = 2,
                                       .to_file = copies[i].to,
                                       .to_offset = 10,
                                       .size = 2,
                                       .flags = copies[i].flags};
        test_case("copy %zu", i);
        EXPECT_EQ(ask(client, FUSE_COPY_FILE_RANGE, 0, &copy, sizeof(copy)),
                  copies[i].error);
        EXPECT(copies[i].error != 0 || load_le32(client->result) == 2);
    }
    const struct fuse_link link = {77};
    EXPECT_EQ(ask_name(client, FUSE_LINK, 1, &link, sizeof(link), "x"),
              LINUX_ESTALE);
    const struct fuse_link same = {node};
    EXPECT_EQ(ask_name(client, FUSE_LINK, 1, &same, sizeof(same), "f"),
              LINUX_EEXIST);
    const struct fuse_rename move = {77};
    EXPECT_EQ(
        ask_parts(client, FUSE_RENAME, 1, &move, sizeof(move), "f", 2, "x", 2),
        LINUX_ESTALE);
    EXPECT_EQ(ask(client, FUSE_READLINK, node, "", 0), LINUX_EINVAL);
    EXPECT_EQ(ask_name(client, FUSE_LOOKUP, node, "", 0, "."), 0);
    EXPECT_EQ(entry_of(client).node, node);
    EXPECT_EQ(ask_name(client, FUSE_LOOKUP, node, "", 0, ".."), 0);
    EXPECT_EQ(entry_of(client).node, FUSE_ROOT);
}

TEST_ON(space_is_allocated_in_each_way, client)
{
    uint64_t node;
    const uint64_t file = make_file(client, "f", &node);
    struct fuse_fallocate in = {.file = file, .offset = 10, .size = 90};
    EXPECT_EQ(ask(client, FUSE_FALLOCATE, 0, &in, sizeof(in)), 0);
    EXPECT_EQ(attributes_of(client, node).size, 100);
    in.offset = 100;
    in.mode = FUSE_ALLOCATE_KEEP_SIZE;
    EXPECT_EQ(ask(client, FUSE_FALLOCATE, 0, &in, sizeof(in)), 0);
    EXPECT_EQ(attributes_of(client, node).size, 100);
    in.mode = FUSE_ALLOCATE_KEEP_SIZE | FUSE_ALLOCATE_PUNCH_HOLE;
    EXPECT_EQ(ask(client, FUSE_FALLOCATE, 0, &in, sizeof(in)), 0);
    in.mode = 8; /* FALLOC_FL_COLLAPSE_RANGE */
    EXPECT_EQ(ask(client, FUSE_FALLOCATE, 0, &in, sizeof(in)),
              LINUX_EOPNOTSUPP);
}

/* A reply has as many entries as are whole in it. */
TEST_ON(entries_that_do_not_fit_wait, client)
{
    static const struct {
        uint32_t operation;
        uint32_t size;
        size_t got;
    } rows[] = {
        {FUSE_READDIR,     31,  0  },
        {FUSE_READDIR,     32,  32 },
        {FUSE_READDIR,     64,  64 },
        {FUSE_READDIR,     103, 64 },
        {FUSE_READDIR,     104, 104}, /* a name of 9 bytes */
        {FUSE_READDIR,     500, 104},
        {FUSE_READDIRPLUS, 159, 0  },
        {FUSE_READDIRPLUS, 160, 160},
        {FUSE_READDIRPLUS, 487, 320},
        {FUSE_READDIRPLUS, 488, 488},
    };
    struct fuse_open_result out;
    test_write(test_path(&client->folder, "file.text"), "");
    const uint64_t node = look_up(client, FUSE_ROOT, "file.text");
    const struct fuse_open open = {0};
    EXPECT_EQ(ask(client, FUSE_OPENDIR, 1, &open, sizeof(open)), 0);
    memcpy(&out, client->result, sizeof(out));
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct fuse_transfer in = {.file = out.file,
                                         .size = rows[i].size};
        test_case("row %zu", i);
        EXPECT_EQ(ask(client, rows[i].operation, 1, &in, sizeof(in)), 0);
        EXPECT_EQ(client->size, rows[i].got);
    }
    /* The last has all three; the first two count no lookup. */
    struct fuse_entry entry;
    for (unsigned i = 0; i < 3; i++) {
        memcpy(&entry, client->result + i * 160ul, sizeof(entry));
        EXPECT_EQ(entry.node, i == 2 ? node : 0);
    }
    EXPECT_EQ(client->server->nodes[0].lookups, 0);
    EXPECT_EQ(client->server->nodes[node - 1].lookups, 2);
    struct fuse_folder_entry head;
    memcpy(&head, client->result + 320 + sizeof(entry), sizeof(head));
    EXPECT_EQ(head.name_size, 9);
    EXPECT_EQ(head.type, DT_REG);
    EXPECT_EQ(head.next, 3);
    EXPECT_BYTES(client->result + 472, "file.text\0\0\0\0\0\0\0", 16);
    client->room = 16 + 32;
    const struct fuse_transfer in = {.file = out.file, .size = 500};
    EXPECT_EQ(ask(client, FUSE_READDIR, 1, &in, sizeof(in)), 0);
    EXPECT_EQ(client->size, 32);
}

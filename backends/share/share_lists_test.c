/* SPDX-License-Identifier: Apache-2.0 */
/* Folders of a share, by the lists of their entries. */
#include <errno.h>

#include "backends/share/internal.h"
#include "backends/share/test_folder.h"
#include "base/bits.h"
#include "tests/harness.h"

static struct share_node *look(struct test_folder *folder, const char *name)
{
    struct share_node *node = NULL;
    EXPECT_EQ(share_look_up(folder->share, share_root(folder->share), name,
                            &node, NULL),
              0);
    return node;
}

/* The position of a folder's entry of a name, with the entry. */
static uint64_t position_of(struct share *share, struct share_file *file,
                            const char *name, struct share_entry *entry)
{
    uint64_t at = 0;
    while (share_list(share, file, at, entry) == 1 &&
           strcmp(entry->name, name) != 0) {
        at++;
    }
    return at;
}

TEST(entries_have_numbers_and_types)
{
    static const enum share_owners owners[] = {SHARE_OWNERS_USER,
                                               SHARE_OWNERS_KEPT};
    for (size_t i = 0; i < ARRAY_SIZE(owners); i++) {
        OWNED(test_folder_close) struct test_folder folder;
        struct share_entry entry;
        struct share_file *file;
        test_case("owners %zu", i);
        test_folder_open(&folder, &(struct share_options){.owners = owners[i]});
        struct share *share = folder.share;
        struct share_node *root = share_root(share);
        REQUIRE(mkdir(test_path(&folder, "d"), 0755) == 0);
        REQUIRE(mkdir(test_path(&folder, "d/e"), 0755) == 0);
        test_write(test_path(&folder, "d/f"), "");
        struct share_node *d = look(&folder, "d");
        REQUIRE(share_open_file(share, d, O_RDONLY, &file) == 0);
        /* In the middle first: that reads all. */
        EXPECT_EQ(share_list(share, file, 3, &entry), 1);
        EXPECT_STR(entry.name, "f");
        EXPECT_EQ(entry.type, i == 0 ? DT_REG : DT_UNKNOWN);
        EXPECT_EQ(position_of(share, file, ".", &entry), 0);
        EXPECT_EQ(entry.number, d->identity.inode);
        EXPECT_EQ(position_of(share, file, "..", &entry), 1);
        EXPECT_EQ(entry.number, root->identity.inode);
        EXPECT_EQ(entry.type, DT_DIR);
        EXPECT_EQ(position_of(share, file, "e", &entry), 2);
        EXPECT_EQ(entry.type, DT_DIR);
        const size_t bytes = share->listing_bytes;
        EXPECT_EQ(bytes, 2 * (sizeof(entry) + 2));
        EXPECT_EQ(share_list(share, file, 0, &entry), 1);
        EXPECT_EQ(share->listing_bytes, bytes);
        EXPECT_EQ(share_remove(share, d, "f", false), 0);
        EXPECT_EQ(share_remove(share, d, "e", true), 0);
        EXPECT_EQ(share_remove(share, root, "d", true), 0);
        EXPECT_EQ(share_list(share, file, 0, &entry), -ENOENT);
        EXPECT_EQ(share->listing_bytes, 0);
        share_close_file(share, file);
        REQUIRE(share_open_file(share, root, O_RDONLY, &file) == 0);
        EXPECT_EQ(share_list(share, file, 1, &entry), 1);
        EXPECT_EQ(entry.number, root->identity.inode);
        share_close_file(share, file);
        share_let_go(share, d, 1);
        test_write(test_path(&folder, "f"), "");
        struct share_node *f = look(&folder, "f");
        REQUIRE(share_open_file(share, f, O_RDONLY, &file) == 0);
        EXPECT_EQ(share_list(share, file, 0, &entry), -ENOTDIR);
        share_close_file(share, file);
        share_let_go(share, f, 1);
    }
}

/* Lists of files that were opened later are dropped for others', and made again
 * when they are read on. */
TEST(lists_of_all_folders_take_64_mib)
{
    enum { NAMES = 2000, FILES = 125, MOST = 64 << 20 };
    struct share_file *files[FILES];
    OWNED(test_folder_close) struct test_folder folder;
    struct share_entry entry;
    char name[SHARE_NAME_MAX + 1];
    test_folder_open(&folder, &(struct share_options){.descriptors = 200});
    struct share *share = folder.share;
    for (unsigned i = 0; i < NAMES; i++) {
        (void)snprintf(name, sizeof(name), "%0250u", i);
        test_write(test_path(&folder, name), "");
    }
    const size_t bytes = NAMES * (sizeof(entry) + 251);
    const size_t kept = MOST / bytes;
    for (unsigned i = 0; i < FILES; i++) {
        REQUIRE(share_open_file(share, share_root(share), O_RDONLY,
                                &files[i]) == 0);
        EXPECT_EQ(share_list(share, files[i], 2 + i, &entry), 1);
        EXPECT_EQ(strtoul(entry.name, NULL, 10), i);
        EXPECT_EQ(share->listing_bytes, (i < kept ? i + 1 : kept) * bytes);
        EXPECT(files[i]->listing.entries != NULL);
    }
    for (unsigned i = FILES - 5; i < FILES; i++) {
        EXPECT_EQ(share_list(share, files[i], 2 + i, &entry), 1);
        EXPECT_EQ(strtoul(entry.name, NULL, 10), i);
    }
    /* In any order. */
    for (unsigned i = 0; i < FILES; i++) {
        share_close_file(share, files[i * 7 % FILES]);
    }
    EXPECT_EQ(share->listing_bytes, 0);
    EXPECT_EQ(share->file_count, 0);
    EXPECT(!share->files);
}

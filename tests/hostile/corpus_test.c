/* SPDX-License-Identifier: Apache-2.0 */
/* Seeds of fuzzers (tests/corpus) that name the version of their format name
 * the present one: a fuzzer whose seeds are all refused looks as busy as any.
 */
#include <dirent.h>
#include <stdlib.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "host/file.h"
#include "platform/record/format.h"
#include "platform/snapshot/head.h"
#include "tests/harness.h"

enum { SEED_MAX = 1 << 20 };

static bool is_present_snapshot(const struct buffer *seed)
{
    return seed->size >= SNAPSHOT_FIXED_SIZE &&
           load_le32(seed->bytes + 8) == SNAPSHOT_VERSION;
}

/* The first frame, behind two bytes of size, is a head and its origin. */
static bool is_present_record(const struct buffer *seed)
{
    enum { BEFORE = 24, CHECK = 8 }; /* bytes around the frame in a file */
    const struct record_head none = {0};
    struct buffer file = {0};
    uint64_t check = 0;
    record_put_head(&none, &check, &file);
    const size_t bare = file.size - BEFORE - CHECK;
    buffer_fini(&file);
    if (seed->size < 2 + bare) {
        return false;
    }
    const size_t size = seed->bytes[0] | (size_t)seed->bytes[1] << 8;
    return size == bare + load_le32(seed->bytes + 2 + bare - 4);
}

static const struct {
    const char *folder;
    bool (*is_present)(const struct buffer *seed);
} corpora[] = {
    {"tests/corpus/snapshot", is_present_snapshot},
    {"tests/corpus/record",   is_present_record  },
};

TEST(seeds_are_of_the_present_version_of_their_format)
{
    for (size_t i = 0; i < ARRAY_SIZE(corpora); i++) {
        DIR *folder = opendir(corpora[i].folder);
        const struct dirent *entry;
        unsigned count = 0;
        REQUIRE(folder != NULL);
        while ((entry = readdir(folder))) {
            struct buffer seed = {0};
            char *path = xasprintf("%s/%s", corpora[i].folder, entry->d_name);
            if (entry->d_name[0] != '.') {
                test_case("%s", path);
                EXPECT_EQ(file_read(path, SEED_MAX, &seed, NULL), 0);
                EXPECT(corpora[i].is_present(&seed));
                count++;
            }
            buffer_fini(&seed);
            free(path);
        }
        EXPECT(count != 0);
        closedir(folder);
    }
}

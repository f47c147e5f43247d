/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/caliptra_bundle.h"

#include <stdlib.h>
#include <string.h>

#include "tests/harness.h"
#include "trust/caliptra_words.h"

/* One ring for all tests: its two LMS trees take seconds. */
static struct key_ring *ring(void)
{
    static struct key_ring ring;
    static bool made;
    if (!made) {
        struct keys_options options = {
            .seed = "bundle test",
            .seed_size = 11,
            .vendor_lms_count = 1,
            .owner_lms = true,
        };
        struct error error = {""};
        made = keys_generate(&ring, &options, &error) == 0;
        EXPECT_STR(error.text, "");
    }
    return &ring;
}

static const uint8_t fmc_bytes[] = {0x13, 0, 0, 0, 0x6f, 0, 0, 0, 1};
static const uint8_t runtime_bytes[] = {0x13, 0, 0, 0, 0x6f, 0, 0, 0};

static void make_pack(struct caliptra_pack *pack, int generation, bool lms)
{
    caliptra_pack_init(pack, generation);
    pack->fmc.bytes = fmc_bytes;
    pack->fmc.size = sizeof(fmc_bytes);
    pack->runtime.bytes = runtime_bytes;
    pack->runtime.size = sizeof(runtime_bytes);
    pack->signing.keys = ring();
    pack->signing.lms = lms;
    pack->signing.lms_leaf = 3;
}

/* A good bundle with the fuses that suit it. */
static void make_bundle(int generation, bool lms, struct buffer *out,
                        struct fuses *fuses)
{
    struct caliptra_pack pack;
    make_pack(&pack, generation, lms);
    struct error error = {""};
    EXPECT_EQ(caliptra_bundle_write(&pack, out, &error), 0);
    EXPECT_STR(error.text, "");
    struct caliptra_bundle bundle;
    EXPECT_EQ(caliptra_bundle_read(&bundle, out->bytes, out->size, &error), 0);
    caliptra_bundle_fuses(&bundle, fuses);
}

static uint32_t verify(const struct buffer *bundle, int generation,
                       const struct fuses *fuses)
{
    struct caliptra_verdict verdict;
    caliptra_bundle_verify(bundle->bytes, bundle->size, generation, fuses,
                           &verdict);
    return verdict.code;
}

TEST(a_written_1_x_bundle_verifies_with_its_fuses)
{
    struct buffer bundle = {0};
    struct fuses fuses;
    make_bundle(CALIPTRA_1_1, true, &bundle, &fuses);
    EXPECT_EQ(fuses.lms_verify, 1);
    EXPECT_EQ(bundle.size, 5884 + 12 + 8);
    EXPECT_EQ(verify(&bundle, CALIPTRA_1_1, &fuses), 0);
    buffer_fini(&bundle);
}

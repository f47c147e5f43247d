/* SPDX-License-Identifier: Apache-2.0 */
/* SoC manifests with a security version: signatures, conversion, damage. */
#include "trust/aspeed/manifest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "tests/harness.h"
#include "tests/key_rings.h"

struct subject {
    struct buffer bundle_bytes;
    struct caliptra_bundle bundle;
    struct buffer bytes;
    struct aspeed_soc_manifest manifest;
};

static void subject_init(struct subject *subject)
{
    static const uint8_t code[] = {0x13, 0, 0, 0, 0x6f, 0, 0, 0};
    static const struct caliptra_soc_image images[] = {
        {1,  CALIPTRA_SOC_SOURCE_IN_REQUEST,                            {1, 2}},
        {10, CALIPTRA_SOC_SOURCE_IN_REQUEST | 1u << ASPEED_STAGE_SHIFT, {3, 4}},
    };
    struct caliptra_pack pack;
    struct soc_manifest_pack manifest;
    struct error error = {""};
    memset(subject, 0, sizeof(*subject));
    caliptra_pack_init(&pack, CALIPTRA_1_1);
    pack.fmc.bytes = pack.runtime.bytes = code;
    pack.fmc.size = pack.runtime.size = sizeof(code);
    pack.signing.keys = test_ring_make("aspeed", true);
    pack.signing.lms = true;
    pack.signing.lms_leaf = 1;
    EXPECT_EQ(caliptra_bundle_write(&pack, &subject->bundle_bytes, &error), 0);
    EXPECT_EQ(caliptra_bundle_read(&subject->bundle,
                                   subject->bundle_bytes.bytes,
                                   subject->bundle_bytes.size, &error),
              0);
    soc_manifest_pack_init(&manifest, &pack.signing);
    manifest.images = images;
    manifest.count = ARRAY_SIZE(images);
    EXPECT_EQ(aspeed_manifest_write(&manifest, 5, &subject->bytes, &error), 0);
    EXPECT_EQ(aspeed_manifest_read(&subject->manifest, subject->bytes.bytes,
                                   subject->bytes.size, &error),
              0);
    EXPECT_STR(error.text, "");
}

static void subject_fini(struct subject *subject)
{
    buffer_fini(&subject->bundle_bytes);
    buffer_fini(&subject->bytes);
}

static bool holds(const struct subject *subject, uint32_t lowest)
{
    struct verdict verdict = {0};
    aspeed_manifest_verify(&subject->manifest, &subject->bundle, true, lowest,
                           &verdict);
    bool good = verdict_decide(&verdict) == VERDICT_IS_TRUSTED;
    verdict_fini(&verdict);
    return good;
}

FIXTURE(struct subject, subject, subject_fini)
FIXTURE_BEGIN(subject, subject_init(subject))

TEST_ON(a_written_manifest_verifies, subject)
{
    EXPECT_EQ(subject->bytes.size, 16004);
    EXPECT(
        aspeed_manifest_recognise(subject->bytes.bytes, subject->bytes.size));
    EXPECT_EQ(load_le32(subject->bytes.bytes + 4), 7168);
    EXPECT_EQ(load_le32(subject->bytes.bytes + 12), 5);
    EXPECT_EQ(load_le32(subject->bytes.bytes + 8888), 2);
    EXPECT(holds(subject, 5));
    EXPECT(!holds(subject, 6));
}

/* Offsets of fields that a signature covers, or that are one. */
TEST(each_flipped_field_is_refused)
{
    static const size_t offsets[] = {
        8,    12,   16,   20,   116,  164,  300,  1880, 1976, 2024, 2200, 3740,
        3836, 4000, 5456, 5600, 7172, 7300, 8888, 8892, 8900, 8950, 16003};
    for (size_t i = 0; i < ARRAY_SIZE(offsets); i++) {
        OWNED(subject_fini) struct subject subject;
        subject_init(&subject);
        test_case("offset %zu", offsets[i]);
        ((uint8_t *)&subject.manifest)[offsets[i]] ^= 4;
        EXPECT(!holds(&subject, 0));
    }
}

TEST_ON(converted_it_is_caliptras, subject)
{
    struct caliptra_soc_manifest *converted = xcalloc(1, sizeof(*converted));
    struct caliptra_verdict verdict;
    aspeed_manifest_convert(&subject->manifest, converted);
    EXPECT(soc_manifest_images(converted, sizeof(*converted), NULL) != NULL);
    EXPECT(!aspeed_manifest_recognise(converted, sizeof(*converted)));
    soc_manifest_verify(converted, sizeof(*converted), &subject->bundle, true,
                        &verdict);
    EXPECT_EQ(verdict.code, 0);
    free(converted);
}

TEST_ON(damage_is_reported_with_place_and_value, subject)
{
    static const struct {
        size_t offset;
        uint32_t value;
        const char *error;
    } rows[] = {
        {0,    1,   "offset 0x0: marker 0x00000001, not 0x41544d4e"},
        {4,    9,   "offset 0x4: preamble size 9, not 7168"        },
        {8888, 0,
         "offset 0x22b8: 0 images; the file has room for 127, a manifest for "
         "127"                                                     },
        {8888, 128,
         "offset 0x22b8: 128 images; the file has room for 127, a manifest for "
         "127"                                                     },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct error error = {""};
        uint32_t before = load_le32(subject->bytes.bytes + rows[i].offset);
        store_le32(subject->bytes.bytes + rows[i].offset, rows[i].value);
        EXPECT_EQ(aspeed_manifest_read(&subject->manifest, subject->bytes.bytes,
                                       subject->bytes.size, &error),
                  -EINVAL);
        EXPECT_STR(error.text, rows[i].error);
        store_le32(subject->bytes.bytes + rows[i].offset, before);
    }
}

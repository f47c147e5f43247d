/* SPDX-License-Identifier: Apache-2.0 */
/* Offsets and codes are those of the published runtime 1.2. */
#include "trust/caliptra/soc_manifest.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "tests/harness.h"

/* Rings that live over all tests: their LMS trees take seconds. */
static struct key_ring *ring(const char *seed)
{
    static struct key_ring rings[2];
    struct key_ring *ring = &rings[strcmp(seed, "bundle") != 0];
    if (!ring->development) {
        struct keys_options options = {
            .seed = seed,
            .seed_size = strlen(seed),
            .vendor_lms_count = 1,
            .owner_lms = true,
        };
        EXPECT_EQ(keys_generate(ring, &options, NULL), 0);
        ring->development = true;
    }
    return ring;
}

static const struct caliptra_soc_image images[] = {
    {0x1001, CALIPTRA_SOC_SOURCE_IN_REQUEST, {1, 2, 3}},
    {0x1000, CALIPTRA_SOC_SOURCE_IN_REQUEST, {4, 5, 6}},
    {0x2000, CALIPTRA_SOC_IGNORE_AUTH_CHECK, {0}      },
};

/* A bundle that endorses, and a manifest by other keys. */
struct subject {
    struct buffer bundle_bytes;
    struct caliptra_bundle bundle;
    struct soc_manifest_pack pack;
    struct buffer bytes;
};

static void subject_init(struct subject *subject, bool vendor_signs)
{
    static const uint8_t code[] = {0x13, 0, 0, 0, 0x6f, 0, 0, 0};
    struct caliptra_pack pack;
    struct error error = {""};
    memset(subject, 0, sizeof(*subject));
    caliptra_pack_init(&pack, CALIPTRA_1_1);
    pack.fmc.bytes = pack.runtime.bytes = code;
    pack.fmc.size = pack.runtime.size = sizeof(code);
    pack.signing.keys = ring("bundle");
    pack.signing.lms = true;
    pack.signing.lms_leaf = 1;
    EXPECT_EQ(caliptra_bundle_write(&pack, &subject->bundle_bytes, &error), 0);
    EXPECT_EQ(caliptra_bundle_read(&subject->bundle,
                                   subject->bundle_bytes.bytes,
                                   subject->bundle_bytes.size, &error),
              0);
    soc_manifest_pack_init(&subject->pack, &pack.signing);
    subject->pack.keys = ring("manifest");
    subject->pack.vendor_signs = vendor_signs;
    subject->pack.images = images;
    subject->pack.count = ARRAY_SIZE(images);
    EXPECT_EQ(soc_manifest_write(&subject->pack, &subject->bytes, &error), 0);
    EXPECT_STR(error.text, "");
}

static void subject_fini(struct subject *subject)
{
    buffer_fini(&subject->bundle_bytes);
    buffer_fini(&subject->bytes);
}

static uint32_t verify(const struct subject *subject, size_t size, bool lms)
{
    struct caliptra_verdict verdict;
    soc_manifest_verify(subject->bytes.bytes, size, &subject->bundle, lms,
                        &verdict);
    EXPECT((verdict.code == 0) == (verdict.text == NULL));
    return verdict.code;
}

TEST(a_written_manifest_verifies_with_and_without_lms)
{
    for (unsigned vendor_signs = 0; vendor_signs < 2; vendor_signs++) {
        OWNED(subject_fini) struct subject subject;
        subject_init(&subject, vendor_signs);
        EXPECT_EQ(subject.bytes.size, 7168 + 4 + 3 * 56);
        EXPECT_EQ(verify(&subject, subject.bytes.size, true), 0);
        EXPECT_EQ(verify(&subject, subject.bytes.size, false), 0);
    }
}

FIXTURE(struct subject, subject, subject_fini)
FIXTURE_BEGIN(subject, subject_init(subject, true))

TEST_BEGINS(each_flipped_bit_has_the_runtimes_code, subject)
{
    static const struct {
        size_t offset;
        uint32_t code;
        bool lms_only;
    } cases[] = {
        {0,              0x000e0045, false}, /* marker */
        {4,              0x000e0046, false}, /* size */
        {8,              0x000e0047, false}, /* version */
        {12,             0x000e0047, false}, /* flags */
        {16,             0x000e0047, false}, /* vendor ECC key */
        {112,            0x000e0047, false}, /* vendor LMS key */
        {160,            0x000e0047, false}, /* vendor ECC endorsement */
        {300,            0x000e0048, true }, /* vendor LMS endorsement */
        {1876,           0x000e0049, false}, /* owner ECC key */
        {1980,           0x000e0049, false}, /* owner LMS key */
        {2020,           0x000e0049, false}, /* owner ECC endorsement */
        {2200,           0x000e004a, true }, /* owner LMS endorsement */
        {3740,           0x000e0047, false}, /* vendor over the list */
        {3900,           0x000e0048, true }, /* vendor over the list, LMS */
        {5452,           0x000e0049, false}, /* owner over the list */
        {5600,           0x000e004a, true }, /* owner over the list, LMS */
        {7168,           0x000e004c, false}, /* count, by 4 */
        {7168 + 3,       0x000e004d, false}, /* count, far too many */
        {7168 + 4,       0x000e0047, false}, /* identifier */
        {7168 + 8,       0x000e0047, false}, /* flags */
        {7168 + 12,      0x000e0047, false}, /* digest */
        {7168 + 4 + 167, 0x000e0047, false}, /* last digest */
    };
    subject_init(subject, true);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        test_case("offset %zu", cases[i].offset);
        subject->bytes.bytes[cases[i].offset] ^= 4;
        EXPECT_EQ(verify(subject, subject->bytes.size, true), cases[i].code);
        EXPECT_EQ(verify(subject, subject->bytes.size, false),
                  cases[i].lms_only ? 0 : cases[i].code);
        subject->bytes.bytes[cases[i].offset] ^= 4;
    }
}

TEST_BEGINS(without_the_vendors_signature_the_owners_is_checked, subject)
{
    subject_init(subject, false);
    subject->bytes.bytes[7168 + 12] ^= 1;
    EXPECT_EQ(verify(subject, subject->bytes.size, false), 0x000e0049);
}

TEST_ON(cuts_have_codes_of_their_own, subject)
{
    EXPECT_EQ(verify(subject, 0, false), 0x000e004b);
    EXPECT_EQ(verify(subject, 7167, false), 0x000e004b);
    EXPECT_EQ(verify(subject, 7168, false), 0x000e004c);
    EXPECT_EQ(verify(subject, 7171, false), 0x000e004c);
    EXPECT_EQ(verify(subject, subject->bytes.size - 1, false), 0x000e004c);
    for (size_t size = 0; size < subject->bytes.size; size++) {
        struct error error = {""};
        EXPECT(soc_manifest_images(subject->bytes.bytes, size, &error) == NULL);
        EXPECT(error.text[0] != '\0');
    }
}

TEST_ON(bytes_behind_the_list_count_as_signed, subject)
{
    buffer_append_zeros(&subject->bytes, 4);
    EXPECT_EQ(verify(subject, subject->bytes.size, false), 0x000e0047);
}

TEST_ON(bad_packs_are_refused, subject)
{
    static const struct caliptra_soc_image twice[] = {
        {7, 0, {0}},
        {8, 0, {0}},
        {7, 0, {0}},
    };
    struct error error = {""};
    struct buffer out = {0};
    subject->pack.count = 0;
    EXPECT_EQ(soc_manifest_write(&subject->pack, &out, &error), -EINVAL);
    EXPECT_STR(error.text, "0 images; a manifest has 1 to 127");
    error_clear(&error);
    subject->pack.images = twice;
    subject->pack.count = ARRAY_SIZE(twice);
    EXPECT_EQ(soc_manifest_write(&subject->pack, &out, &error), -EINVAL);
    EXPECT_STR(error.text, "images 0 and 2 have the same identifier 0x7");
    EXPECT_EQ(out.size, 0);
}

static void print_json(const struct subject *subject, struct buffer *out)
{
    OWNED(json_end_object) struct json json;
    json_init(&json, out);
    json_begin_object(&json, NULL);
    soc_manifest_print_json(subject->bytes.bytes, subject->bytes.size, &json);
}

TEST_ON(explanations_name_each_image, subject)
{
    OWNED(buffer_fini) struct buffer text = {0};
    soc_manifest_print(subject->bytes.bytes, subject->bytes.size, &text);
    EXPECT(strstr(buffer_text(&text), "image 0x00001000  040506") != NULL);
    EXPECT(strstr(buffer_text(&text), "image 0x00002000  any contents") !=
           NULL);
    buffer_clear(&text);
    print_json(subject, &text);
    EXPECT(strstr(buffer_text(&text), "\"id\":\"0x00001001\"") != NULL);
}

TEST(explanations_are_as_approved)
{
    struct subject subject;
    OWNED(buffer_fini) struct buffer out = {0};
    for (int lms = 0; lms < 2; lms++) {
        subject_init(&subject, lms);
        soc_manifest_print(subject.bytes.bytes, subject.bytes.size, &out);
        print_json(&subject, &out);
        buffer_print(&out, "\n");
        subject_fini(&subject);
    }
    EXPECT_APPROVED(buffer_text(&out), "soc_manifest.txt");
}

/* Each of the keys in turn is public only. */
TEST_ON(a_manifest_that_cannot_be_signed_is_not_written, subject)
{
    OWNED(free_at) struct key_ring *keys = xcalloc(1, sizeof(*keys));
    bool *const has_private[] = {
        &keys->owner_ecc.has_private, &keys->owner_lms.has_private,
        &keys->vendor_ecc[0].has_private, &keys->vendor_lms[0].has_private};
    *keys = *subject->pack.keys;
    subject->pack.keys = keys;
    for (size_t i = 0; i < ARRAY_SIZE(has_private); i++) {
        OWNED(buffer_fini) struct buffer out = {0};
        struct error error = {""};
        test_case("key %zu", i);
        *has_private[i] = false;
        EXPECT(soc_manifest_write(&subject->pack, &out, &error) < 0);
        EXPECT(error.text[0] != '\0');
        *has_private[i] = true;
    }
}

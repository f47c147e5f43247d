/* SPDX-License-Identifier: Apache-2.0 */
/* Both versions of the FMC header, written and read. */
#include "trust/aspeed/fmc.h"

#include <errno.h>
#include <string.h>

#include "base/bits.h"
#include "tests/harness.h"

static const uint8_t code[] = {1, 2, 3, 4, 5};
static const uint8_t prebuilt[] = {9, 8, 7};

static struct fmc_pack pack_of(uint32_t version)
{
    return (struct fmc_pack){
        .version = version,
        .svn = 4,
        .code = {code, sizeof(code)},
        .prebuilt_count = 1,
        .prebuilts = {{.type = 7, .part = {prebuilt, sizeof(prebuilt)}}   },
    };
}

TEST(what_is_written_is_read)
{
    for (uint32_t version = 1; version <= 2; version++) {
        const struct fmc_pack pack = pack_of(version);
        size_t header = version == 1 ? 128 : 2560;
        OWNED(buffer_fini) struct buffer out = {0};
        struct error error = {""};
        struct fmc fmc;
        test_case("version %u", version);
        EXPECT_EQ(fmc_write(&pack, &out, &error), 0);
        EXPECT_STR(error.text, "");
        EXPECT_EQ(out.size, header + 8 + 3);
        EXPECT_BYTES(out.bytes, "ASTH", 4);
        buffer_append_zeros(&out, 50);
        EXPECT_EQ(fmc_read(&fmc, out.bytes, out.size, &error), 0);
        EXPECT_STR(error.text, "");
        EXPECT_EQ(fmc.version, version);
        EXPECT_EQ(fmc.code.size, 8);
        EXPECT_BYTES(fmc.code.bytes, code, sizeof(code));
        REQUIRE(fmc.prebuilt_count == 1);
        EXPECT_EQ(fmc.prebuilts[0].type, 7);
        EXPECT_BYTES(fmc.prebuilts[0].part.bytes, prebuilt, sizeof(prebuilt));
        EXPECT_EQ(fmc.size, header + 8 + 3);
    }
}

FIXTURE(struct buffer, out, buffer_fini)

TEST_BEGINS(fields_are_at_their_offsets, out)
{
    const struct fmc_pack pack = pack_of(2);
    REQUIRE(fmc_write(&pack, out, NULL) == 0);
    EXPECT_EQ(load_le32(out->bytes + 0x700), 4);       /* SVN */
    EXPECT_EQ(load_le32(out->bytes + 0x704), 8);       /* size */
    EXPECT_EQ(load_le32(out->bytes + 0x700 + 56), 7);  /* a prebuilt's type */
    EXPECT_EQ(load_le32(out->bytes + 0x700 + 60), 3);  /* and size */
    EXPECT_EQ(load_le32(out->bytes + 0x700 + 112), 0); /* the end */
}

TEST(damage_is_reported_with_place_and_value)
{
    static const struct {
        size_t offset;
        uint32_t value;
        const char *error;
    } rows[] = {
        {0,     0x12345678, "offset 0x0: magic 0x12345678, not 0x48545341"},
        {4,     3,          "offset 0x4: version 3, not 1 or 2"           },
        {0x704, 0x38001,
         "offset 0x704: the code has 0x38001 bytes, the limit is 0x38000" },
        {0x704, 100,
         "offset 0x704: size 0x64, but only 0xb bytes follow at 0xa00"    },
        {0x73c, 100,
         "offset 0x73c: size 0x64, but only 0x3 bytes follow at 0xa08"    },
    };
    const struct fmc_pack pack = pack_of(2);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(buffer_fini) struct buffer out = {0};
        struct error error = {""};
        struct fmc fmc;
        test_case("%s", rows[i].error);
        REQUIRE(fmc_write(&pack, &out, NULL) == 0);
        store_le32(out.bytes + rows[i].offset, rows[i].value);
        EXPECT_EQ(fmc_read(&fmc, out.bytes, out.size, &error), -EINVAL);
        EXPECT_STR(error.text, rows[i].error);
    }
}

TEST_BEGINS(every_cut_is_refused, out)
{
    const struct fmc_pack pack = pack_of(2);
    struct fmc fmc;
    REQUIRE(fmc_write(&pack, out, NULL) == 0);
    for (size_t size = 0; size < out->size; size++) {
        struct error error = {""};
        EXPECT_EQ(fmc_read(&fmc, out->bytes, size, &error), -EINVAL);
        EXPECT(error.text[0] != '\0');
    }
}

TEST(what_does_not_fit_the_header_is_not_written)
{
    struct fmc_pack pack = pack_of(3);
    struct buffer out = {0};
    EXPECT_EQ(fmc_write(&pack, &out, NULL), -EINVAL);
    pack = pack_of(2);
    pack.svn = 65;
    EXPECT_EQ(fmc_write(&pack, &out, NULL), -EINVAL);
    pack = pack_of(2);
    pack.ecc_key_index = 16;
    EXPECT_EQ(fmc_write(&pack, &out, NULL), -EINVAL);
    pack = pack_of(2);
    pack.code.size = ASPEED_FMC_V2_MAX + 1;
    EXPECT_EQ(fmc_write(&pack, &out, NULL), -EFBIG);
    pack = pack_of(2);
    pack.prebuilt_count = ASPEED_FMC_PREBUILTS_V2 + 1;
    EXPECT_EQ(fmc_write(&pack, &out, NULL), -EINVAL);
    EXPECT_EQ(out.size, 0);
}

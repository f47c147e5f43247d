/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/caliptra/fuses.h"

#include <string.h>

#include "base/bits.h"
#include "tests/harness.h"

static int parse(struct fuses *fuses, const char *text, struct error *error)
{
    error_clear(error);
    return fuses_parse(fuses, "f.txt", text, strlen(text), error);
}

FIXTURE(struct buffer, text, buffer_fini)

TEST_BEGINS(printed_fuses_read_back_as_they_were, text)
{
    struct fuses fuses;
    struct fuses again;
    struct error error = {""};
    fuses_init(&fuses);
    for (size_t i = 0; i < 48; i++) {
        fuses.vendor_key_hash[i] = (uint8_t)(i * 7);
    }
    fuses.fmc_svn = 5;
    fuses.hsm_id[15] = 0xee;
    fuses.life_cycle = CALIPTRA_LIFECYCLE_MANUFACTURING;
    fuses_print(&fuses, text);
    memset(&again, 0, sizeof(again));
    EXPECT_EQ(parse(&again, buffer_text(text), &error), 0);
    EXPECT_STR(error.text, "");
    EXPECT_BYTES(&again, &fuses, sizeof(fuses));
}

TEST(comments_blanks_and_missing_names_are_fine)
{
    struct fuses fuses;
    struct error error = {""};
    fuses_init(&fuses);
    EXPECT_EQ(parse(&fuses,
                    "# a part\n\n   fmc_svn=0x10 # sixteen\r\n"
                    "\tlms_verify\t=\t1\n\nsoc_stepping = 2",
                    &error),
              0);
    EXPECT_EQ(fuses.fmc_svn, 16);
    EXPECT_EQ(fuses.lms_verify, 1);
    EXPECT_EQ(fuses.soc_stepping, 2);
    EXPECT_EQ(fuses.life_cycle, CALIPTRA_LIFECYCLE_PRODUCTION);
}

TEST(mistakes_are_named_with_file_and_line)
{
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"\nfmc_svn 3",                               "f.txt:2: expected 'name = value'"                    },
        {"fmc = 3",                                   "f.txt:1: unknown fuse 'fmc'"                         },
        {"fmc_svn = x",                               "f.txt:1: 'fmc_svn' takes a 32-bit number, got 'x'"   },
        {"fmc_svn = ",                                "f.txt:1: 'fmc_svn' takes a 32-bit number, got ''"    },
        {"fmc_svn = 4294967296",
         "f.txt:1: 'fmc_svn' takes a 32-bit number, got '4294967296'"                                       },
        {"fmc_svn = -1",                              "f.txt:1: 'fmc_svn' takes a 32-bit number, got '-1'"  },
        {"fmc_svn = 1x",                              "f.txt:1: 'fmc_svn' takes a 32-bit number, got '1x'"  },
        {"fmc_svn = 0000000000000001",
         "f.txt:1: 'fmc_svn' takes a 32-bit number, got '0000000000000001'"                                 },
        {"hsm_id = 00",                               "f.txt:1: 'hsm_id' takes 32 hexadecimal digits, got 2"},
        {"hsm_id = 0000000000000000000000000000000g",
         "f.txt:1: 'hsm_id' has '0g' where hexadecimal digits belong"                                       },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct fuses fuses;
        struct error error;
        fuses_init(&fuses);
        EXPECT(parse(&fuses, rows[i].text, &error) < 0);
        EXPECT_STR(error.text, rows[i].message);
    }
}

TEST(version_numbers_become_as_many_low_bits)
{
    static const struct {
        uint32_t svn;
        uint32_t words[4];
    } rows[] = {
        {0,   {0, 0, 0, 0}                                    },
        {1,   {1, 0, 0, 0}                                    },
        {5,   {31, 0, 0, 0}                                   },
        {32,  {0xffffffff, 0, 0, 0}                           },
        {33,  {0xffffffff, 1, 0, 0}                           },
        {128, {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        uint32_t words[4];
        test_case("version %u", rows[i].svn);
        fuses_svn_words(rows[i].svn, words, 4);
        EXPECT_BYTES(words, rows[i].words, sizeof(words));
    }
}

/* Offsets from 0x30030200 as the register specification of 1.1 gives them. */
TEST(registers_lie_where_the_core_has_them)
{
    struct fuses fuses;
    uint32_t words[CALIPTRA_SOC_IFC_FUSE_WORDS];
    fuses_init(&fuses);
    fuses.uds_seed[0] = 0x12;
    fuses.field_entropy[31] = 0x34;
    fuses.vendor_key_hash[0] = 0x56;
    fuses.ecc_revocation = 3;
    fuses.owner_key_hash[47] = 0x78;
    fuses.fmc_svn = 2;
    fuses.runtime_svn = 33;
    fuses.anti_rollback_disable = 1;
    fuses.idevid_attributes[3] = 0x9a;
    fuses.hsm_id[15] = 0xbc;
    fuses.life_cycle = 1;
    fuses.lms_verify = 1;
    fuses.lms_revocation = 0xf0;
    fuses.soc_stepping = 7;
    fuses_registers(&fuses, words);
    EXPECT_EQ(words[0] >> 24, 0x12);
    EXPECT_EQ(words[(0x24c - 0x200) / 4] & 0xff, 0x34);
    EXPECT_EQ(words[(0x250 - 0x200) / 4] >> 24, 0x56);
    EXPECT_EQ(words[(0x280 - 0x200) / 4], 3);
    EXPECT_EQ(words[(0x2b0 - 0x200) / 4] & 0xff, 0x78);
    EXPECT_EQ(words[(0x2b4 - 0x200) / 4], 3);
    EXPECT_EQ(words[(0x2b8 - 0x200) / 4], UINT32_MAX);
    EXPECT_EQ(words[(0x2bc - 0x200) / 4], 1);
    EXPECT_EQ(words[(0x2c8 - 0x200) / 4], 1);
    EXPECT_EQ(words[(0x2cc - 0x200) / 4] & 0xff, 0x9a);
    EXPECT_EQ(words[(0x338 - 0x200) / 4] & 0xff, 0xbc);
    EXPECT_EQ(words[(0x33c - 0x200) / 4], 1);
    EXPECT_EQ(words[(0x340 - 0x200) / 4], 1);
    EXPECT_EQ(words[(0x344 - 0x200) / 4], 0xf0);
    EXPECT_EQ(words[(0x348 - 0x200) / 4], 7);
}

TEST_BEGINS(a_part_of_which_nothing_is_said_has_the_approved_fuses, text)
{
    struct fuses fuses;
    fuses_init(&fuses);
    fuses_print(&fuses, text);
    EXPECT_APPROVED(buffer_text(text), "fuses.txt");
}

TEST(numbers_have_all_of_32_bits)
{
    static const struct {
        const char *text;
        uint32_t value;
    } rows[] = {
        {"fmc_svn = 4294967295",      UINT32_MAX},
        {"fmc_svn = 0xffffffff",      UINT32_MAX},
        {"fmc_svn = 000000000000017", 15        },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct fuses fuses;
        struct error error = {""};
        fuses_init(&fuses);
        EXPECT_EQ(parse(&fuses, rows[i].text, &error), 0);
        EXPECT_STR(error.text, "");
        EXPECT_EQ(fuses.fmc_svn, rows[i].value);
    }
}

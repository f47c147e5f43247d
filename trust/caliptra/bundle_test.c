/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Codes in these tables are those that the released ROMs left in their fatal
 * error register for the same change (1.0.3, 1.1.1, 2.0.2, 2.1.2), or that
 * their published test cases name.
 */
#include "trust/caliptra/bundle.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/hex.h"
#include "tests/bundle_made.h"
#include "trust/caliptra/words.h"

static uint32_t verify(const struct subject *subject)
{
    struct caliptra_verdict verdict;
    caliptra_bundle_verify(subject->bytes.bytes, subject->bytes.size,
                           subject->generation, &subject->fuses, &verdict);
    EXPECT((verdict.code == 0) == (verdict.detail[0] == '\0'));
    EXPECT((verdict.code == 0) == (verdict.text == NULL));
    return verdict.code;
}

/* Sets the word at offset, makes what says consistent again, verifies, and
 * puts all bytes back. */
static uint32_t verify_with(struct subject *subject, size_t offset,
                            uint32_t value, unsigned what)
{
    uint8_t *copy = malloc(subject->bytes.size);
    memcpy(copy, subject->bytes.bytes, subject->bytes.size);
    store_le32(subject->bytes.bytes + offset, value);
    struct error error = {""};
    if (what != 0) {
        EXPECT_EQ(caliptra_bundle_resign(subject->bytes.bytes,
                                         subject->bytes.size, &subject->signing,
                                         what, &error),
                  0);
        EXPECT_STR(error.text, "");
    }
    uint32_t code = verify(subject);
    memcpy(subject->bytes.bytes, copy, subject->bytes.size);
    free(copy);
    return code;
}

static uint32_t verify_flipped(struct subject *subject, size_t offset)
{
    uint32_t value = load_le32(subject->bytes.bytes + offset);
    return verify_with(subject, offset, value ^ 0x100, 0);
}

#define AT_1(field) offsetof(struct caliptra_manifest, field)
#define AT_2(field) offsetof(struct caliptra2_manifest, field)

enum {
    SIGN = CALIPTRA_RESIGN_VENDOR | CALIPTRA_RESIGN_OWNER,
    TOC_AND_SIGN = SIGN | CALIPTRA_RESIGN_TOC,
};

TEST(a_written_bundle_verifies_with_its_fuses)
{
    static const int generations[] = {CALIPTRA_1_0, CALIPTRA_1_1, CALIPTRA_2_0,
                                      CALIPTRA_2_1};
    for (size_t i = 0; i < ARRAY_SIZE(generations); i++) {
        test_case("generation %d", generations[i]);
        struct subject subject;
        subject_init(&subject, generations[i], true);
        EXPECT_EQ(verify(&subject), 0);
        EXPECT_EQ(subject.bytes.size,
                  caliptra_layout(generations[i])->number == 2 ? 17152
                                                               : 5884 + 12 + 8);
        buffer_fini(&subject.bytes);
    }
}

TEST(an_ecc_only_bundle_verifies_where_lms_is_off)
{
    struct subject subject;
    subject_init(&subject, CALIPTRA_1_1, false);
    EXPECT_EQ(subject.fuses.lms_verify, 0);
    EXPECT_EQ(verify(&subject), 0);
    subject.fuses.lms_verify = 1;
    EXPECT_EQ(verify(&subject), 0x000b0031);
    buffer_fini(&subject.bytes);
}

TEST(the_same_input_gives_the_same_bytes)
{
    struct subject one;
    struct subject two;
    subject_init(&one, CALIPTRA_1_1, true);
    subject_init(&two, CALIPTRA_1_1, true);
    REQUIRE(one.bytes.size == two.bytes.size);
    EXPECT_BYTES(one.bytes.bytes, two.bytes.bytes, one.bytes.size);
    buffer_fini(&one.bytes);
    buffer_fini(&two.bytes);
}

static void subject_init_mldsa(struct subject *subject)
{
    struct caliptra_pack pack;
    make_pack(&pack, CALIPTRA_2_1, true);
    pack.pqc_type = CALIPTRA2_PQC_MLDSA;
    pack.signing.vendor_pqc_index = 2;
    *subject =
        (struct subject){.generation = CALIPTRA_2_1, .signing = pack.signing};
    struct error error = {""};
    EXPECT_EQ(caliptra_bundle_write(&pack, &subject->bytes, &error), 0);
    EXPECT_STR(error.text, "");
    struct caliptra_bundle bundle;
    EXPECT_EQ(caliptra_bundle_read(&bundle, subject->bytes.bytes,
                                   subject->bytes.size, &error),
              0);
    caliptra_bundle_fuses(&bundle, &subject->fuses);
}

TEST(a_bundle_signed_with_ml_dsa_verifies_and_flips_have_the_codes_of_the_rom)
{
    static const struct {
        size_t offset;
        uint32_t code;
    } rows[] = {
        {AT_2(preamble.vendor_pqc_index),             0x000b0032},
        {AT_2(preamble.vendor_pqc_key) + 2588,        0x000b005a},
        {AT_2(preamble.vendor_signatures.pqc),        0x000b0055},
        {AT_2(preamble.vendor_signatures.pqc) + 4000, 0x000b0055},
        {AT_2(preamble.owner_keys.pqc) + 2588,        0x000b0007},
        {AT_2(preamble.owner_signatures.pqc) + 3000,  0x000b0057},
        {AT_2(header.owner_data.not_before) + 1,      0x000b000f},
    };
    struct subject subject;
    subject_init_mldsa(&subject);
    EXPECT_EQ(subject.fuses.pqc_key_type, 1);
    EXPECT_EQ(verify(&subject), 0);
    EXPECT_EQ(subject.bytes.size, 17152);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("offset 0x%zx", rows[i].offset);
        EXPECT_EQ(verify_flipped(&subject, rows[i].offset), rows[i].code);
    }
    test_case("signed again");
    EXPECT_EQ(verify_with(&subject, AT_2(header.pl0_pauser), 7, SIGN), 0);
    buffer_fini(&subject.bytes);
}

TEST(single_flips_in_a_1_x_bundle_have_the_codes_of_the_rom)
{
    static const struct {
        size_t offset;
        uint32_t code;
    } rows[] = {
        {AT_1(marker),                             0x000b0001},
        {AT_1(size),                               0x000b0002},
        {AT_1(preamble.vendor_keys.ecc[3].y),      0x000b0005},
        {AT_1(preamble.vendor_keys.lms[31].root),  0x000b0005},
        {AT_1(preamble.vendor_signatures.ecc.r),   0x000b000c},
        {AT_1(preamble.vendor_signatures.ecc.s),   0x000b000c},
        {AT_1(preamble.vendor_signatures.lms.y),   0x000b0033},
        {AT_1(preamble.owner_keys.ecc.x),          0x000b0007},
        {AT_1(preamble.owner_keys.lms.id),         0x000b0007},
        {AT_1(preamble.owner_signatures.ecc.s),    0x000b000f},
        {AT_1(preamble.owner_signatures.lms.path), 0x000b0038},
        {AT_1(preamble.reserved),                  0         },
        {AT_1(header.revision),                    0x000b000c},
        {AT_1(header.toc_count),                   0x000b000c},
        {AT_1(header.toc_digest),                  0x000b000c},
        {AT_1(header.vendor_data),                 0x000b000c},
        {AT_1(header.owner_data.not_after) + 1,    0x000b000f},
        {AT_1(fmc.digest),                         0x000b0012},
        {AT_1(runtime.load_address),               0x000b0012},
        {sizeof(struct caliptra_manifest),         0x000b0014},
        {sizeof(struct caliptra_manifest) + 12,    0x000b0016},
    };
    struct subject subject;
    subject_init(&subject, CALIPTRA_1_1, true);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("offset 0x%zx", rows[i].offset);
        EXPECT_EQ(verify_flipped(&subject, rows[i].offset), rows[i].code);
    }
    buffer_fini(&subject.bytes);
}

TEST(single_flips_in_a_2_x_bundle_have_the_codes_of_the_rom)
{
    static const struct {
        size_t offset;
        uint32_t code;
    } rows[] = {
        {AT_2(marker),                                 0x000b0001},
        {AT_2(size),                                   0x000b0002},
        {AT_2(preamble.ecc_descriptor),                0x000b0042},
        {AT_2(preamble.pqc_descriptor),                0x000b0044},
        {AT_2(preamble.ecc_descriptor.key_digest[3]),  0x000b0005},
        {AT_2(preamble.pqc_descriptor.key_digest[31]), 0x000b0005},
        {AT_2(preamble.vendor_ecc_index),              0x000b0008},
        {AT_2(preamble.vendor_ecc_key.x),              0x000b0059},
        {AT_2(preamble.vendor_pqc_index),              0x000b0032},
        {AT_2(preamble.vendor_pqc_key) + 24,           0x000b005a},
        {AT_2(preamble.vendor_pqc_key) + 48,           0         },
        {AT_2(preamble.vendor_signatures.ecc),         0x000b000c},
        {AT_2(preamble.vendor_signatures.pqc) + 100,   0x000b0033},
        {AT_2(preamble.owner_keys.ecc),                0x000b0007},
        {AT_2(preamble.owner_keys.pqc) + 2000,         0x000b0007},
        {AT_2(preamble.owner_signatures.ecc),          0x000b000f},
        {AT_2(preamble.owner_signatures.pqc) + 1500,   0x000b0038},
        {AT_2(header.toc_count),                       0x000b000c},
        {AT_2(header.svn),                             0x000b000c},
        {AT_2(header.owner_data.not_before) + 1,       0x000b000f},
        {AT_2(fmc.load_address),                       0x000b0012},
        {sizeof(struct caliptra2_manifest),            0x000b0014},
        {sizeof(struct caliptra2_manifest) + 12,       0x000b0016},
    };
    struct subject subject;
    subject_init(&subject, CALIPTRA_2_1, true);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("offset 0x%zx", rows[i].offset);
        EXPECT_EQ(verify_flipped(&subject, rows[i].offset), rows[i].code);
    }
    test_case("an index that names another key");
    EXPECT_EQ(verify_with(&subject, AT_2(preamble.vendor_ecc_index), 1, 0),
              0x000b0059);
    EXPECT_EQ(verify_with(&subject, AT_2(preamble.vendor_pqc_index), 1, 0),
              0x000b005a);
    test_case("the last index, and the one behind it");
    EXPECT_EQ(verify_with(&subject, AT_2(preamble.vendor_ecc_index), 3, 0),
              0x000b0059);
    EXPECT_EQ(verify_with(&subject, AT_2(preamble.vendor_ecc_index), 4, 0),
              0x000b0008);
    EXPECT_EQ(verify_with(&subject, AT_2(preamble.vendor_pqc_index), 31, 0),
              0x000b005a);
    EXPECT_EQ(verify_with(&subject, AT_2(preamble.vendor_pqc_index), 32, 0),
              0x000b0032);
    test_case("PQC types");
    EXPECT_EQ(verify_with(&subject, AT_2(pqc_type), 2, 0), 0x000b0049);
    EXPECT_EQ(verify_with(&subject, AT_2(pqc_type), 1, 0), 0x000b005c);
    subject.fuses.pqc_key_type = 1;
    EXPECT_EQ(verify_with(&subject, AT_2(pqc_type), 1, 0), 0x000b0045);
    EXPECT_EQ(verify(&subject), 0x000b005c);
    subject.fuses.pqc_key_type = 2;
    EXPECT_EQ(verify(&subject), 0x000b005b);
    buffer_fini(&subject.bytes);
}

/* The part behind the signatures needs new ones. */
TEST(signed_again_a_1_x_bundle_fails_where_it_is_wrong)
{
    enum { ICCM = 0x40000000 };
    static const struct {
        size_t offset;
        uint32_t value;
        unsigned what;
        uint32_t code;
    } rows[] = {
        {AT_1(header.vendor_ecc_index), 1,              SIGN,         0x000b000d},
        {AT_1(header.vendor_lms_index), 1,              SIGN,         0x000b0030},
        {AT_1(header.toc_count),        1,              SIGN,         0x000b0010},
        {AT_1(header.toc_count),        3,              SIGN,         0x000b0010},
        {AT_1(header.toc_digest),       0,              SIGN,         0x000b0012},
        {AT_1(header.pl0_pauser),       77,             SIGN,         0         },
        {AT_1(fmc.size),                0,              TOC_AND_SIGN, 0x000b003b},
        {AT_1(runtime.size),            0,              TOC_AND_SIGN, 0x000b003c},
        {AT_1(runtime.size),            12,             TOC_AND_SIGN, 0x000b002f},
        {AT_1(fmc.size),                0xfffffff0,     TOC_AND_SIGN, 0x000b002f},
        {AT_1(fmc.offset),              0xfffffffc,     TOC_AND_SIGN, 0x000b0040},
        {AT_1(runtime.offset),          0xfffffffc,     TOC_AND_SIGN, 0x000b0040},
        {AT_1(runtime.offset),          5884,           TOC_AND_SIGN, 0x000b0017},
        {AT_1(fmc.offset),              5884 + 20,      TOC_AND_SIGN, 0x000b0018},
        {AT_1(fmc.load_address),        0xfffffffc,     TOC_AND_SIGN, 0x000b003e},
        {AT_1(runtime.load_address),    0xfffffffc,     TOC_AND_SIGN, 0x000b003f},
        {AT_1(runtime.load_address),    ICCM + 8,       TOC_AND_SIGN, 0x000b0034},
        {AT_1(fmc.digest),              0,              TOC_AND_SIGN, 0x000b0014},
        {AT_1(runtime.digest),          0,              TOC_AND_SIGN, 0x000b0016},
        {AT_1(fmc.load_address),        ICCM - 4096,    TOC_AND_SIGN, 0x000b0021},
        {AT_1(fmc.load_address),        ICCM + 0x1fffc, TOC_AND_SIGN, 0x000b0021},
        {AT_1(fmc.load_address),        ICCM + 0x1002,  TOC_AND_SIGN, 0x000b0022},
        {AT_1(fmc.entry_point),         ICCM - 4,       TOC_AND_SIGN, 0x000b0023},
        {AT_1(fmc.entry_point),         ICCM + 2,       TOC_AND_SIGN, 0x000b0024},
        {AT_1(fmc.svn),                 32,             SIGN,         0x000b0012},
        {AT_1(fmc.svn),                 33,             TOC_AND_SIGN, 0x000b0025},
        {AT_1(fmc.svn),                 32,             TOC_AND_SIGN, 0         },
        {AT_1(runtime.load_address),    0x50000000,     TOC_AND_SIGN, 0x000b0028},
        {AT_1(runtime.load_address),    ICCM + 0x1001,  TOC_AND_SIGN, 0x000b0029},
        {AT_1(runtime.entry_point),     ICCM + 0x20000, TOC_AND_SIGN, 0x000b002a},
        {AT_1(runtime.entry_point),     ICCM + 1,       TOC_AND_SIGN, 0x000b002b},
        {AT_1(runtime.svn),             129,            TOC_AND_SIGN, 0x000b002c},
        {AT_1(runtime.svn),             128,            TOC_AND_SIGN, 0         },
        {AT_1(fmc.load_address),        0xfffffff4,     TOC_AND_SIGN, 0x000b0021},
        {AT_1(runtime.load_address),    0xfffffff8,     TOC_AND_SIGN, 0x000b0028},
        {AT_1(runtime.load_address),    ICCM + 12,      TOC_AND_SIGN, 0         },
        {AT_1(fmc.load_address),        ICCM + 4,       TOC_AND_SIGN, 0x000b0034},
        {AT_1(fmc.load_address),        ICCM + 0x10,    TOC_AND_SIGN, 0x000b0034},
        {AT_1(fmc.load_address),        ICCM + 0x14,    TOC_AND_SIGN, 0         },
        {AT_1(fmc.load_address),        ICCM + 0x1fff4, TOC_AND_SIGN, 0         },
        {AT_1(fmc.load_address),        ICCM + 0x1fff8, TOC_AND_SIGN, 0x000b0021},
        {AT_1(fmc.entry_point),         ICCM + 0x1fffc, TOC_AND_SIGN, 0         },
        {AT_1(fmc.entry_point),         ICCM + 0x20000, TOC_AND_SIGN, 0x000b0023},
        {AT_1(runtime.entry_point),     ICCM + 0x1fffc, TOC_AND_SIGN, 0         },
        {AT_1(fmc.offset),              0xfffffff3,     TOC_AND_SIGN, 0x000b0018},
        {AT_1(fmc.offset),              0xfffffff4,     TOC_AND_SIGN, 0x000b0040},
    };
    struct subject subject;
    subject_init(&subject, CALIPTRA_1_1, true);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("offset 0x%zx = 0x%x", rows[i].offset, rows[i].value);
        EXPECT_EQ(
            verify_with(&subject, rows[i].offset, rows[i].value, rows[i].what),
            rows[i].code);
    }
    buffer_fini(&subject.bytes);
}

TEST(signed_again_a_2_x_bundle_fails_where_it_is_wrong)
{
    enum { ICCM = 0x40000000 };
    static const struct {
        size_t offset;
        uint32_t value;
        unsigned what;
        uint32_t code;
    } rows[] = {
        {AT_2(header.vendor_ecc_index), 1,              SIGN,         0x000b000d},
        {AT_2(header.vendor_pqc_index), 1,              SIGN,         0x000b0030},
        {AT_2(header.toc_count),        1,              SIGN,         0x000b0010},
        {AT_2(header.svn),              129,            SIGN,         0x000b002c},
        {AT_2(header.svn),              128,            SIGN,         0         },
        {AT_2(fmc.load_address),        ICCM + 0x3fffc, TOC_AND_SIGN, 0x000b0021},
        {AT_2(fmc.load_address),        ICCM + 0x20000, TOC_AND_SIGN, 0         },
        {AT_2(fmc.load_address),        ICCM + 0x20000, SIGN,         0x000b0012},
        {AT_2(runtime.entry_point),     ICCM + 0x40000, TOC_AND_SIGN, 0x000b002a},
        {AT_2(runtime.entry_point),     ICCM + 0x3fffc, TOC_AND_SIGN, 0         },
        {AT_2(fmc.load_address),        ICCM + 0x3fff4, TOC_AND_SIGN, 0         },
        {AT_2(fmc.load_address),        ICCM + 0x3fff8, TOC_AND_SIGN, 0x000b0021},
        {AT_2(fmc.svn),                 99,             TOC_AND_SIGN, 0         },
    };
    struct subject subject;
    subject_init(&subject, CALIPTRA_2_1, true);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("offset 0x%zx = 0x%x", rows[i].offset, rows[i].value);
        EXPECT_EQ(
            verify_with(&subject, rows[i].offset, rows[i].value, rows[i].what),
            rows[i].code);
    }
    buffer_fini(&subject.bytes);
}

TEST(fuses_decide)
{
    struct subject subject;
    subject_init(&subject, CALIPTRA_1_1, false);
    const struct fuses good = subject.fuses;

    memset(subject.fuses.vendor_key_hash, 0, 48);
    EXPECT_EQ(verify(&subject), 0x000b0003);
    subject.fuses.life_cycle = CALIPTRA_LIFECYCLE_UNPROVISIONED;
    EXPECT_EQ(verify(&subject), 0);
    subject.fuses = good;
    subject.fuses.vendor_key_hash[47] ^= 1;
    EXPECT_EQ(verify(&subject), 0x000b0005);
    subject.fuses = good;
    subject.fuses.owner_key_hash[0] ^= 1;
    EXPECT_EQ(verify(&subject), 0x000b0007);
    memset(subject.fuses.owner_key_hash, 0, 48);
    EXPECT_EQ(verify(&subject), 0);
    subject.fuses.ecc_revocation = 1;
    EXPECT_EQ(verify(&subject), 0x000b0009);
    subject.fuses = good;
    subject.fuses.fmc_svn = 1;
    EXPECT_EQ(verify(&subject), 0x000b0027);
    subject.fuses.anti_rollback_disable = 1;
    EXPECT_EQ(verify(&subject), 0);
    subject.fuses = good;
    subject.fuses.runtime_svn = 1;
    EXPECT_EQ(verify(&subject), 0x000b002e);
    buffer_fini(&subject.bytes);

    subject_init(&subject, CALIPTRA_1_1, true);
    subject.fuses.lms_revocation = 1;
    EXPECT_EQ(verify(&subject), 0x00b0003a);
    buffer_fini(&subject.bytes);

    subject_init(&subject, CALIPTRA_2_1, true);
    subject.fuses.lms_revocation = 1;
    EXPECT_EQ(verify(&subject), 0x000b003a);
    subject.fuses.lms_revocation = 0;
    subject.fuses.mldsa_revocation = 1;
    EXPECT_EQ(verify(&subject), 0);
    subject.fuses.ecc_revocation = 1;
    EXPECT_EQ(verify(&subject), 0x000b0009);
    subject.fuses.ecc_revocation = 2;
    EXPECT_EQ(verify(&subject), 0);
    subject.fuses.runtime_svn = 1;
    EXPECT_EQ(verify(&subject), 0x000b002e);
    test_case("no keys in fuses: counts of keys still bound, 0 does not");
    subject.fuses.runtime_svn = 0;
    subject.fuses.life_cycle = CALIPTRA_LIFECYCLE_UNPROVISIONED;
    memset(subject.fuses.vendor_key_hash, 0, 48);
    EXPECT_EQ(verify(&subject), 0);
    EXPECT_EQ(verify_with(&subject, AT_2(preamble.vendor_ecc_index), 4, 0),
              0x000b0008);
    EXPECT_EQ(verify_with(&subject, AT_2(preamble.ecc_descriptor), 1, 0), 0);
    EXPECT_EQ(verify_with(&subject, AT_2(preamble.pqc_descriptor), 1, 0), 0);
    buffer_fini(&subject.bytes);
}

TEST(the_last_vendor_key_cannot_be_revoked)
{
    struct caliptra_pack pack;
    make_pack(&pack, CALIPTRA_1_1, false);
    pack.signing.vendor_ecc_index = 3;
    struct error error = {""};
    struct subject subject = {.generation = CALIPTRA_1_1};
    REQUIRE(caliptra_bundle_write(&pack, &subject.bytes, &error) == 0);
    struct caliptra_bundle bundle;
    caliptra_bundle_read(&bundle, subject.bytes.bytes, subject.bytes.size,
                         &error);
    caliptra_bundle_fuses(&bundle, &subject.fuses);
    subject.fuses.ecc_revocation = 0xf;
    EXPECT_EQ(verify(&subject), 0);
    EXPECT_EQ(verify_with(&subject, AT_1(preamble.vendor_ecc_index), 4, 0),
              0x000b0008);
    buffer_fini(&subject.bytes);
}

/* Whatever is cut off, the reader stays inside and the verifier decides. */
static void cut_everywhere(int generation)
{
    struct subject subject;
    subject_init(&subject, generation, false);
    size_t whole = subject.bytes.size;
    size_t needed =
        caliptra_layout(generation)->number == 2 ? 16956 + 20 : whole;
    for (size_t size = 0; size < whole; size += size % 97 == 0 ? 3 : 1) {
        /* An allocation of just this size: sanitizers see any step over. */
        uint8_t *cut = malloc(size + 1);
        memcpy(cut, subject.bytes.bytes, size);
        struct caliptra_bundle bundle;
        struct error error = {""};
        if (caliptra_bundle_read(&bundle, cut, size, &error) == 0) {
            OWNED(buffer_fini) struct buffer text = {0};
            caliptra_bundle_print(&bundle, &text);
            EXPECT(text.size > 1000);
        } else {
            EXPECT(strstr(error.text, "bytes") != NULL);
        }
        if (size % 64 == 0 || size > needed - 30) {
            struct caliptra_verdict verdict;
            caliptra_bundle_verify(cut, size, generation, &subject.fuses,
                                   &verdict);
            EXPECT_EQ(verdict.code != 0,
                      size < needed ||
                          caliptra_layout(generation)->number == 2);
        }
        free(cut);
    }
    buffer_fini(&subject.bytes);
}

TEST(a_bundle_cut_at_any_length_is_refused_in_words)
{
    cut_everywhere(CALIPTRA_1_1);
}

TEST(random_damage_is_found_or_harmless)
{
    struct subject subject;
    subject_init(&subject, CALIPTRA_1_1, false);
    uint64_t random = 88172645463325252u;
    for (int round = 0; round < 300; round++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        size_t at = (size_t)(random % (subject.bytes.size - 4));
        uint32_t value = (uint32_t)(random >> 32);
        test_case("round %d, offset 0x%zx = 0x%x", round, at, value);
        uint32_t code = verify_with(&subject, at, value, 0);
        bool counts = at + 4 <= AT_1(preamble.vendor_signatures.lms) ||
                      at >= AT_1(header);
        EXPECT(!counts || code != 0 ||
               load_le32(subject.bytes.bytes + at) == value);
    }
    buffer_fini(&subject.bytes);
}

TEST(the_writer_refuses_what_no_rom_would_take)
{
    struct error error = {""};
    OWNED(buffer_fini) struct buffer out = {0};
    struct caliptra_pack pack;
#define REFUSED(change, words)                                                 \
    make_pack(&pack, CALIPTRA_1_1, false);                                     \
    error_clear(&error);                                                       \
    change;                                                                    \
    EXPECT(caliptra_bundle_write(&pack, &out, &error) < 0);                    \
    EXPECT(strstr(error.text, words) != NULL);                                 \
    EXPECT_EQ(out.size, 0);
    REFUSED(pack.fmc.size = 0, "FMC: the image is empty");
    REFUSED(pack.runtime.size = 0, "runtime: the image is empty");
    REFUSED(pack.fmc.size = 1 << 20, "the mailbox has room for 131072");
    REFUSED(pack.fmc.load_address = 0x3ffffffc, "0x3ffffffc");
    REFUSED(pack.fmc.load_address = 0x4001fffc, "not in ICCM");
    REFUSED(pack.fmc.load_address = 0x40000002, "multiples of 4");
    REFUSED(pack.fmc.entry_point = 0x50000000, "entry point 0x50000000");
    REFUSED(pack.runtime.load_address = pack.runtime.entry_point = 0x40000004,
            "overlap");
    REFUSED(pack.fmc.svn = 33, "version 33 is above 32");
    REFUSED(pack.runtime.svn = 129, "version 129 is above 128");
    REFUSED(pack.signing.vendor_ecc_index = 4, "below 4 and 32");
    REFUSED((pack.signing.lms = true, pack.signing.vendor_pqc_index = 1),
            "filler");
    REFUSED((pack.generation = CALIPTRA_2_0, pack.pqc_type = 2),
            "neither ML-DSA (1) nor LMS (3)");
    REFUSED((pack.generation = CALIPTRA_2_0,
             pack.pqc_type = CALIPTRA2_PQC_MLDSA,
             pack.signing.vendor_pqc_index = 4),
            "4 (ML-DSA) must be below 4 and 4");
#undef REFUSED
}

TEST(error_codes_have_texts)
{
    EXPECT_STR(caliptra_error_text(0x000b0007),
               "owner keys do not match the fuse");
    EXPECT(caliptra_error_text(0) == NULL);
    EXPECT(caliptra_error_text(0x12345678) == NULL);
}

/* Upstream's worked example: the hashes of its public test keys. */
static void take_words(uint8_t out[48], const char *hex)
{
    EXPECT_EQ(hex_bytes(out, 48, hex), 48);
}

#include "trust/caliptra/test_keys.h"

TEST(key_hashes_are_those_of_the_published_example)
{
    OWNED(free_at) struct key_ring *keys = xcalloc(1, sizeof(*keys));
    for (unsigned i = 0; i < 4; i++) {
        take_words(keys->vendor_ecc[i].key.x, test_vendor_ecc[i].x);
        take_words(keys->vendor_ecc[i].key.y, test_vendor_ecc[i].y);
    }
    for (unsigned i = 0; i < CALIPTRA_VENDOR_LMS_KEYS; i++) {
        take_words(keys->vendor_lms[i].public_key, test_vendor_lms[i % 4]);
    }
    take_words(keys->owner_ecc.key.x, test_owner_ecc.x);
    take_words(keys->owner_ecc.key.y, test_owner_ecc.y);
    take_words(keys->owner_lms.public_key, test_owner_lms);

    /* The private keys of the example are not available: sign with our own,
     * then put the public parts of the example where a bundle has them. */
    struct subject subject;
    subject_init(&subject, CALIPTRA_2_0, true);
    struct caliptra_pack pack;
    make_pack(&pack, CALIPTRA_2_0, true);
    OWNED(free_at) struct key_ring *mixed = xcalloc(1, sizeof(*mixed));
    *mixed = *keys;
    for (unsigned i = 0; i < 4; i++) {
        memcpy(mixed->vendor_ecc[i].key.d, ring()->vendor_ecc[i].key.d, 48);
        mixed->vendor_ecc[i].has_private = true;
    }
    memcpy(mixed->owner_ecc.key.d, ring()->owner_ecc.key.d, 48);
    mixed->owner_ecc.has_private = true;
    pack.signing.keys = mixed;
    pack.signing.lms = false;
    struct buffer out = {0};
    struct error error = {""};
    EXPECT_EQ(caliptra_bundle_write(&pack, &out, &error), 0);
    struct caliptra_bundle bundle;
    REQUIRE(caliptra_bundle_read(&bundle, out.bytes, out.size, &error) == 0);
    uint8_t vendor[48];
    uint8_t owner[48];
    uint8_t expected[48];
    caliptra_bundle_key_hashes(&bundle, vendor, owner);
    take_words(expected,
               "b17ca877666657ccd100e6926c7206b60c995cb68992c6c9"
               "baefce728af05441dee1ff415adfc187e1e4edb4d3b2d909");
    EXPECT_BYTES(vendor, expected, 48);
    take_words(expected,
               "1b179390e4e6c44422ed553e256c7d675cd93190cb49d88d"
               "485aa4ef3906cd492ab3ee3d3ba5f2c990ad13390fed4de5");
    EXPECT_BYTES(owner, expected, 48);
    buffer_fini(&out);
    buffer_fini(&subject.bytes);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The image verifier of our ROM, compiled for the host over a few registers.
 * Codes are those that the released 1.x ROMs gave for the same flips, and the
 * host-side verifier, which shares no code with the guest, must agree on every
 * byte class of the manifest.
 */
#include "guest/caliptra/rom/image.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "abi/caliptra_image.h"
#include "abi/caliptra_memory.h"
#include "abi/caliptra_soc_ifc.h"
#include "base/bits.h"
#include "tests/caliptra/guest_registers.h"
#include "tests/harness.h"
#include "tests/key_rings.h"
#include "trust/caliptra/bundle.h"

enum { MAX_BUNDLE = 8192 };

struct bench {
    struct guest_registers registers;
    struct key_ring ring;
    struct fuses fuses;
    uint8_t good[MAX_BUNDLE]; /* with LMS signatures */
    size_t size;
    bool ready;
};

static const uint8_t fmc_bytes[16] = {0x13};
static const uint8_t runtime_bytes[24] = {0x6f};

static struct caliptra_signing signing(struct bench *bench)
{
    return (struct caliptra_signing){
        .keys = &bench->ring, .lms = true, .lms_leaf = 5};
}

static void pack_good(struct bench *bench)
{
    struct caliptra_pack pack;
    struct caliptra_bundle bundle;
    OWNED(buffer_fini) struct buffer out = {0};
    struct error error = {""};
    caliptra_pack_init(&pack, CALIPTRA_1_1);
    pack.fmc.bytes = fmc_bytes;
    pack.fmc.size = sizeof fmc_bytes;
    pack.fmc.svn = 5;
    pack.runtime.bytes = runtime_bytes;
    pack.runtime.size = sizeof runtime_bytes;
    pack.runtime.svn = 7;
    pack.signing = signing(bench);
    EXPECT_EQ(caliptra_bundle_write(&pack, &out, &error), 0);
    EXPECT_EQ(caliptra_bundle_read(&bundle, out.bytes, out.size, &error), 0);
    EXPECT_STR(error.text, "");
    fuses_init(&bench->fuses);
    caliptra_bundle_fuses(&bundle, &bench->fuses);
    bench->fuses.lms_verify = 1;
    bench->size = out.size;
    memcpy(bench->good, out.bytes, out.size);
}

/* One for all tests. */
static struct bench *bench(void)
{
    static struct bench bench;
    if (!bench.ready) {
        EXPECT(test_ring_load(&bench.ring, "guest-image"));
        pack_good(&bench);
        bench.ready = true;
    }
    return &bench;
}

static void burn_hash(uint32_t *words, const uint8_t bytes[48])
{
    for (size_t i = 0; i < 12; i++) {
        words[i] = load_be32(&bytes[4 * i]);
    }
}

static void burn(struct guest_registers *registers, const struct fuses *fuses)
{
    uint32_t *words = registers->fuses;
    burn_hash(words + 0x50 / 4, fuses->vendor_key_hash);
    words[0x80 / 4] = fuses->ecc_revocation;
    burn_hash(words + 0x84 / 4, fuses->owner_key_hash);
    fuses_svn_words(fuses->fmc_svn, words + 0xb4 / 4, 1);
    fuses_svn_words(fuses->runtime_svn, words + 0xb8 / 4, 4);
    words[0xc8 / 4] = fuses->anti_rollback_disable;
    words[0x140 / 4] = fuses->lms_verify;
    words[0x144 / 4] = fuses->lms_revocation;
    registers->security_state =
        fuses->life_cycle | (fuses->debug_locked != 0 ? 4 : 0);
}

static uint32_t guest_verify(const uint8_t *bytes, size_t size, int generation,
                             const struct fuses *fuses,
                             struct image_verdict *verdict)
{
    struct guest_registers *registers = &bench()->registers;
    memset(registers, 0, sizeof *registers);
    registers->hardware_revision = generation == CALIPTRA_1_0 ? 0x01 : 0x11;
    burn(registers, fuses);
    memcpy(registers->sram, bytes, size);
    guest_registers_use(registers);
    struct caliptra_manifest manifest;
    memcpy(&manifest, registers->sram, sizeof manifest);
    return image_verify(&manifest, (uint32_t)size, false, verdict);
}

/* The code for the good bundle with one bit flipped. */
static uint32_t flipped(size_t offset, int generation)
{
    uint8_t bytes[MAX_BUNDLE];
    struct image_verdict verdict;
    memcpy(bytes, bench()->good, bench()->size);
    bytes[offset] ^= 1;
    return guest_verify(bytes, bench()->size, generation, &bench()->fuses,
                        &verdict);
}

TEST(a_good_bundle_passes_on_both_generations)
{
    struct image_verdict verdict;
    struct bench *b = bench();
    EXPECT_EQ(guest_verify(b->good, b->size, CALIPTRA_1_0, &b->fuses, &verdict),
              0);
    EXPECT_EQ(b->registers.winternitz_runs, 0);
    EXPECT_EQ(guest_verify(b->good, b->size, CALIPTRA_1_1, &b->fuses, &verdict),
              0);
    EXPECT(b->registers.winternitz_runs > 0);
    EXPECT_EQ(verdict.ecc_index, 0);
    EXPECT_EQ(verdict.lms_index, 0);
}

TEST(without_the_lms_fuse_lms_signatures_do_not_count)
{
    struct bench *b = bench();
    struct fuses fuses = b->fuses;
    struct image_verdict verdict;
    uint8_t bytes[MAX_BUNDLE];
    fuses.lms_verify = 0;
    memcpy(bytes, b->good, b->size);
    bytes[0x7f0 + 100] ^= 1;
    EXPECT_EQ(guest_verify(bytes, b->size, CALIPTRA_1_1, &fuses, &verdict), 0);
    EXPECT_EQ(verdict.lms_index, UINT32_MAX);
}

TEST(a_flipped_bit_gives_the_code_of_the_released_roms)
{
    static const struct {
        size_t offset;
        uint32_t code;
    } cases[] = {
        {0,      0x000b0001}, /* marker */
        {4,      0x000b0002}, /* size */
        {8,      0x000b0005}, /* vendor key */
        {0x788,  0x000b000c}, /* active ECC index: another key */
        {0x790,  0x000b000c}, /* vendor ECC signature */
        {0x850,  0x000b0033}, /* vendor LMS signature */
        {0xe44,  0x000b0007}, /* owner key */
        {0xed4,  0x000b000f}, /* owner ECC signature */
        {0x1000, 0x000b0038}, /* owner LMS signature */
        {0x15a0, 0x000b000c}, /* TOC count: flags, signed by the vendor */
        {0x15b0, 0x000b000c}, /* TOC digest */
        {0x1610, 0x000b000f}, /* owner data */
        {0x1640, 0x000b0012}, /* TOC entry of the FMC */
        {0x1700, 0x000b0014}, /* FMC */
        {0x1710, 0x000b0016}, /* runtime */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        test_case("offset 0x%zx", cases[i].offset);
        EXPECT_EQ(flipped(cases[i].offset, CALIPTRA_1_1), cases[i].code);
    }
}

TEST(guest_and_host_verifiers_agree_on_flips_all_over_the_manifest)
{
    struct bench *b = bench();
    for (size_t offset = 0; offset < b->size; offset += 37) {
        uint8_t bytes[MAX_BUNDLE];
        struct caliptra_verdict expected;
        memcpy(bytes, b->good, b->size);
        bytes[offset] ^= 1;
        caliptra_bundle_verify(bytes, b->size, CALIPTRA_1_1, &b->fuses,
                               &expected);
        test_case("offset 0x%zx", offset);
        EXPECT_EQ(flipped(offset, CALIPTRA_1_1), expected.code);
    }
}

TEST(guest_and_host_verifiers_agree_on_types_in_an_lms_signature)
{
    struct bench *b = bench();
    const size_t signature =
        offsetof(struct caliptra_manifest, preamble.vendor_signatures.lms);
    const size_t places[] = {
        signature + offsetof(struct caliptra_lms_signature, q) + 2,
        signature + offsetof(struct caliptra_lms_signature, ots_type) + 3,
        signature + offsetof(struct caliptra_lms_signature, tree_type) + 3,
    };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        for (unsigned value = 0; value < 256; value += value < 16 ? 1 : 48) {
            uint8_t bytes[MAX_BUNDLE];
            struct caliptra_verdict expected;
            struct image_verdict verdict;
            memcpy(bytes, b->good, b->size);
            bytes[places[i]] = (uint8_t)value;
            caliptra_bundle_verify(bytes, b->size, CALIPTRA_1_1, &b->fuses,
                                   &expected);
            test_case("offset 0x%zx = %u", places[i], value);
            EXPECT_EQ(
                guest_verify(bytes, b->size, CALIPTRA_1_1, &b->fuses, &verdict),
                expected.code);
        }
    }
}

/* Changes a word of the manifest, has everything signed again, and compares
 * both verifiers with the code expected. */
static void resigned(size_t offset, uint32_t value, uint32_t code)
{
    struct bench *b = bench();
    struct caliptra_signing keys = signing(b);
    struct caliptra_verdict expected;
    struct image_verdict verdict;
    struct error error = {""};
    uint8_t bytes[MAX_BUNDLE];
    memcpy(bytes, b->good, b->size);
    memcpy(bytes + offset, &value, sizeof value);
    EXPECT_EQ(caliptra_bundle_resign(bytes, b->size, &keys,
                                     CALIPTRA_RESIGN_TOC |
                                         CALIPTRA_RESIGN_VENDOR |
                                         CALIPTRA_RESIGN_OWNER,
                                     &error),
              0);
    test_case("word 0x%zx = 0x%x", offset, value);
    EXPECT_EQ(guest_verify(bytes, b->size, CALIPTRA_1_1, &b->fuses, &verdict),
              code);
    caliptra_bundle_verify(bytes, b->size, CALIPTRA_1_1, &b->fuses, &expected);
    EXPECT_EQ(expected.code, code);
}

#define FMC(field)                                                             \
    (offsetof(struct caliptra_manifest, fmc) +                                 \
     offsetof(struct caliptra_toc_entry, field))
#define RUNTIME(field)                                                         \
    (offsetof(struct caliptra_manifest, runtime) +                             \
     offsetof(struct caliptra_toc_entry, field))
#define HEADER(field)                                                          \
    (offsetof(struct caliptra_manifest, header) +                              \
     offsetof(struct caliptra_header, field))

TEST(well_signed_nonsense_in_the_table_of_contents_is_refused)
{
    resigned(HEADER(vendor_ecc_index), 1, 0x000b000d);
    resigned(HEADER(vendor_lms_index), 1, 0x000b0030);
    resigned(HEADER(toc_count), 3, 0x000b0010);
    resigned(FMC(size), 0, 0x000b003b);
    resigned(RUNTIME(size), 0, 0x000b003c);
    resigned(RUNTIME(size), 0x1000, 0x000b002f);
    resigned(FMC(offset), UINT32_MAX, 0x000b0040);
    resigned(RUNTIME(offset), 5884 + 4, 0x000b0017);
    resigned(RUNTIME(offset), 0, 0x000b0018);
    resigned(FMC(load_address), UINT32_MAX, 0x000b003e);
    resigned(RUNTIME(load_address), UINT32_MAX, 0x000b003f);
    resigned(RUNTIME(load_address), 0x40000000, 0x000b0034);
    resigned(FMC(load_address), 0x30000000, 0x000b0021);
    resigned(FMC(load_address), 0x4001fff4, 0x000b0021);
    resigned(FMC(load_address), 0x40001001, 0x000b0022);
    resigned(FMC(entry_point), 0x40020000, 0x000b0023);
    resigned(FMC(entry_point), 0x40000002, 0x000b0024);
    resigned(FMC(svn), 33, 0x000b0025);
    resigned(RUNTIME(load_address), 0x30000000, 0x000b0028);
    resigned(RUNTIME(load_address), 0x40010002, 0x000b0029);
    resigned(RUNTIME(entry_point), 0, 0x000b002a);
    resigned(RUNTIME(entry_point), 0x40010001, 0x000b002b);
    resigned(RUNTIME(svn), 129, 0x000b002c);
}

/* Values around each bound that words of the manifest may have, by kind. */
enum { WORD_VALUES = 18 };
enum word_kind { NUMBER, INDEX, VERSION, PLACE, ADDRESS, WORD_KINDS };

#define FIRST_END (CALIPTRA_MANIFEST_SIZE + (uint32_t)sizeof(fmc_bytes))
#define ICCM_END  (CALIPTRA_ICCM_BASE + CALIPTRA_ICCM_SIZE)
/* clang-format off */
static const uint32_t bounds[WORD_KINDS][WORD_VALUES] = {
    [NUMBER] = {0, 1, 2, 3, CALIPTRA_MANIFEST_SIZE, UINT32_MAX},
    [INDEX] = {0, 1, 2, 3, 4, 5, 31, 32, 33, UINT32_MAX},
    [VERSION] = {0, 4, 5, 7, 8, 32, 33, 127, 128, 129},
    [PLACE] = {0, 1, 4, 15, 16, 17, CALIPTRA_MANIFEST_SIZE - 1,
               CALIPTRA_MANIFEST_SIZE, CALIPTRA_MANIFEST_SIZE + 1,
               FIRST_END - 1, FIRST_END, FIRST_END + 1, UINT32_MAX - 15,
               UINT32_MAX},
    [ADDRESS] = {0, CALIPTRA_ICCM_BASE - 4, CALIPTRA_ICCM_BASE,
                 CALIPTRA_ICCM_BASE + 1, CALIPTRA_ICCM_BASE + 2,
                 CALIPTRA_ICCM_BASE + 12, CALIPTRA_ICCM_BASE + 16,
                 CALIPTRA_ICCM_BASE + 24, ICCM_END - 24, ICCM_END - 20,
                 ICCM_END - 16, ICCM_END - 12, ICCM_END - 4, ICCM_END,
                 UINT32_MAX - 23, UINT32_MAX - 15, UINT32_MAX},
};
/* clang-format on */

/* Without LMS, which would take longer and knows no words. */
static void agree(size_t offset, uint32_t value, const struct fuses *fuses)
{
    struct bench *b = bench();
    const struct caliptra_signing keys = {.keys = &b->ring};
    struct caliptra_verdict expected;
    struct image_verdict verdict;
    uint8_t bytes[MAX_BUNDLE];
    memcpy(bytes, b->good, b->size);
    memcpy(bytes + offset, &value, sizeof value);
    EXPECT_EQ(caliptra_bundle_resign(bytes, b->size, &keys,
                                     CALIPTRA_RESIGN_TOC |
                                         CALIPTRA_RESIGN_VENDOR |
                                         CALIPTRA_RESIGN_OWNER,
                                     NULL),
              0);
    test_case("word 0x%zx = 0x%x", offset, (unsigned)value);
    caliptra_bundle_verify(bytes, b->size, CALIPTRA_1_1, fuses, &expected);
    EXPECT_EQ(guest_verify(bytes, b->size, CALIPTRA_1_1, fuses, &verdict),
              expected.code);
}

TEST(guest_and_host_verifiers_agree_at_every_bound)
{
    static const struct {
        size_t offset;
        enum word_kind kind;
    } words[] = {
        {offsetof(struct caliptra_manifest, size),                      NUMBER},
        {offsetof(struct caliptra_manifest,                                 preamble.vendor_ecc_index),                           INDEX},
        {offsetof(struct caliptra_manifest,                            preamble.vendor_lms_index),                            INDEX},
        {HEADER(vendor_ecc_index),INDEX},
        {HEADER(vendor_lms_index),          INDEX                                                   },
        {HEADER(toc_count),          NUMBER                     },
        {FMC(id),                 NUMBER                           },
        {FMC(type),                           NUMBER                              },
        {FMC(offset),                         PLACE                  },
        {FMC(size),                       PLACE                   },
        {FMC(load_address),                         ADDRESS                       },
        {FMC(entry_point),                 ADDRESS           },
        {FMC(svn),                  VERSION                    },
        {RUNTIME(id),                          NUMBER                           },
        {RUNTIME(type),                       NUMBER                 },
        {RUNTIME(offset),                     PLACE                  },
        {RUNTIME(size),                   PLACE                   },
        {RUNTIME(load_address),                     ADDRESS                       },
        {RUNTIME(entry_point),             ADDRESS           },
        {RUNTIME(svn),              VERSION                    },
    };
    struct fuses fuses = bench()->fuses;
    fuses.lms_verify = 0;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        for (size_t j = 0; j < WORD_VALUES; j++) {
            uint32_t value = bounds[words[i].kind][j];
            if (j == 0 || value != 0) {
                agree(words[i].offset, value, &fuses);
            }
        }
    }
}

/* The FMC moves from before the runtime to behind it. */
TEST(guest_and_host_verifiers_agree_on_images_side_by_side)
{
    struct caliptra_manifest manifest;
    struct fuses fuses = bench()->fuses;
    fuses.lms_verify = 0;
    memcpy(&manifest, bench()->good, sizeof manifest);
    for (uint32_t at = 0; at < 16; at++) {
        agree(FMC(load_address), manifest.runtime.load_address - 20 + 4 * at,
              &fuses);
        agree(RUNTIME(load_address), manifest.fmc.load_address + 4 * at,
              &fuses);
    }
    /* The last byte of the one is the first of the other. */
    agree(FMC(load_address),
          manifest.runtime.load_address + manifest.runtime.size - 1, &fuses);
    agree(RUNTIME(load_address),
          manifest.fmc.load_address + manifest.fmc.size - 1, &fuses);
}

/* The error that the driver found is in the first extended error word. */
TEST(a_signature_that_cannot_be_evaluated_has_a_cause)
{
    static const struct {
        size_t offset;
        uint32_t code, cause;
    } cases[] = {
        {offsetof(struct caliptra_manifest,
         preamble.vendor_signatures.lms.ots_type[3]),
         0x000b0031, 0x000c000d},
        {offsetof(struct caliptra_manifest,
         preamble.owner_signatures.lms.tree_type[3]),
         0x000b0036, 0x000c0006},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        test_case("case %zu", i);
        EXPECT_EQ(flipped(cases[i].offset, CALIPTRA_1_1), cases[i].code);
        EXPECT_EQ(bench()->registers.extended_error[0], cases[i].cause);
        EXPECT_EQ(bench()->registers.extended_error[1], 0);
    }
}

TEST(guest_and_host_verifiers_agree_on_keys_and_signatures)
{
#define AT(field)                                                              \
    offsetof(struct caliptra_manifest, preamble.field),                        \
        sizeof(((struct caliptra_manifest *)0)->preamble.field)
    static const struct {
        size_t offset;
        size_t size;
    } fields[] = {
        {AT(vendor_keys.ecc[0].x)},    {AT(vendor_keys.ecc[0].y)},
        {AT(vendor_signatures.ecc.r)}, {AT(vendor_signatures.ecc.s)},
        {AT(vendor_signatures.lms)},   {AT(vendor_keys.lms[0])},
        {AT(owner_keys.ecc.x)},        {AT(owner_keys.ecc.y)},
        {AT(owner_signatures.ecc.r)},  {AT(owner_signatures.ecc.s)},
        {AT(owner_signatures.lms)},    {AT(owner_keys.lms)},
    };
#undef AT
    struct bench *b = bench();
    for (size_t i = 0; i < 2 * sizeof fields / sizeof fields[0]; i++) {
        const size_t offset = fields[i / 2].offset;
        struct caliptra_bundle bundle;
        struct caliptra_verdict expected;
        struct image_verdict verdict;
        struct fuses fuses = b->fuses;
        uint8_t bytes[MAX_BUNDLE];
        memcpy(bytes, b->good, b->size);
        if (i % 2 == 0) {
            memset(bytes + offset, 0, fields[i / 2].size);
        } else {
            bytes[offset + fields[i / 2].size - 1] ^= 1;
        }
        EXPECT_EQ(caliptra_bundle_read(&bundle, bytes, b->size, NULL), 0);
        caliptra_bundle_key_hashes(&bundle, fuses.vendor_key_hash,
                                   fuses.owner_key_hash);
        test_case("offset 0x%zx, %s", offset, i % 2 == 0 ? "zeros" : "a bit");
        caliptra_bundle_verify(bytes, b->size, CALIPTRA_1_1, &fuses, &expected);
        EXPECT(expected.code != 0);
        EXPECT_EQ(guest_verify(bytes, b->size, CALIPTRA_1_1, &fuses, &verdict),
                  expected.code);
    }
}

TEST(guest_and_host_verifiers_agree_on_every_version_fuse)
{
    struct fuses fuses = bench()->fuses;
    struct image_verdict verdict;
    fuses.lms_verify = 0;
    for (fuses.fmc_svn = 4; fuses.fmc_svn < 7; fuses.fmc_svn++) {
        for (fuses.runtime_svn = 6; fuses.runtime_svn < 9;
             fuses.runtime_svn++) {
            for (unsigned off = 0; off < 2; off++) {
                fuses.anti_rollback_disable = off;
                agree(FMC(svn), 5, &fuses);
                EXPECT_EQ(guest_verify(bench()->good, bench()->size,
                                       CALIPTRA_1_1, &fuses, &verdict) == 0 &&
                              verdict.fmc_effective_svn !=
                                  (off != 0 ? 0 : fuses.fmc_svn),
                          0);
            }
        }
    }
}

/* The good bundle on a part with other fuses. */
static void with_fuses(const struct fuses *fuses, uint32_t code)
{
    struct bench *b = bench();
    struct caliptra_verdict expected;
    struct image_verdict verdict;
    EXPECT_EQ(guest_verify(b->good, b->size, CALIPTRA_1_1, fuses, &verdict),
              code);
    caliptra_bundle_verify(b->good, b->size, CALIPTRA_1_1, fuses, &expected);
    EXPECT_EQ(expected.code, code);
}

TEST(fuses_decide_whose_and_which_firmware_runs)
{
    struct fuses fuses = bench()->fuses;
    memset(fuses.vendor_key_hash, 0, sizeof fuses.vendor_key_hash);
    with_fuses(&fuses, 0x000b0003);
    fuses.life_cycle = CALIPTRA_LIFECYCLE_UNPROVISIONED;
    with_fuses(&fuses, 0);

    fuses = bench()->fuses;
    fuses.vendor_key_hash[47] ^= 1;
    with_fuses(&fuses, 0x000b0005);

    fuses = bench()->fuses;
    fuses.owner_key_hash[0] ^= 0x80;
    with_fuses(&fuses, 0x000b0007);
    memset(fuses.owner_key_hash, 0, sizeof fuses.owner_key_hash);
    with_fuses(&fuses, 0);

    fuses = bench()->fuses;
    fuses.ecc_revocation = 1;
    with_fuses(&fuses, 0x000b0009);

    fuses = bench()->fuses;
    fuses.lms_revocation = 1;
    with_fuses(&fuses, 0x00b0003a);

    fuses = bench()->fuses;
    fuses.fmc_svn = 6;
    with_fuses(&fuses, 0x000b0027);
    fuses.anti_rollback_disable = 1;
    with_fuses(&fuses, 0);

    fuses = bench()->fuses;
    fuses.runtime_svn = 8;
    with_fuses(&fuses, 0x000b002e);
    fuses.runtime_svn = 7;
    with_fuses(&fuses, 0);
}

/* Revocation is looked at before the signatures, so any index can be tried. The
 * last key of a set is never revoked. */
static void revoke(size_t field, uint32_t index, const struct fuses *fuses,
                   uint32_t code, bool revoked)
{
    struct caliptra_verdict expected;
    struct image_verdict verdict;
    uint8_t bytes[MAX_BUNDLE];
    memcpy(bytes, bench()->good, bench()->size);
    store_le32(bytes + field, index);
    test_case("index %u at %zu", (unsigned)index, field);
    EXPECT_EQ(guest_verify(bytes, bench()->size, CALIPTRA_1_1, fuses,
                           &verdict) == code,
              revoked);
    caliptra_bundle_verify(bytes, bench()->size, CALIPTRA_1_1, fuses,
                           &expected);
    EXPECT_EQ(expected.code == code, revoked);
}

TEST(each_key_but_the_last_can_be_revoked)
{
    const size_t ecc =
        offsetof(struct caliptra_manifest, preamble.vendor_ecc_index);
    const size_t lms =
        offsetof(struct caliptra_manifest, preamble.vendor_lms_index);
    for (uint32_t index = 0; index < 32; index++) {
        struct fuses fuses = bench()->fuses;
        if (index < 4) {
            fuses.ecc_revocation = 1u << index;
            revoke(ecc, index, &fuses, 0x000b0009, index != 3);
            fuses.ecc_revocation ^= 0xf;
            revoke(ecc, index, &fuses, 0x000b0009, false);
        }
        fuses = bench()->fuses;
        fuses.lms_revocation = 1u << index;
        revoke(lms, index, &fuses, 0x00b0003a, index != 31);
        fuses.lms_revocation = ~fuses.lms_revocation;
        revoke(lms, index, &fuses, 0x00b0003a, false);
    }
}

TEST(an_update_must_keep_keys_owner_and_fmc_of_the_cold_boot)
{
    struct bench *b = bench();
    struct image_verdict verdict;
    struct caliptra_manifest manifest;
    EXPECT_EQ(guest_verify(b->good, b->size, CALIPTRA_1_1, &b->fuses, &verdict),
              0);
    memcpy(&manifest, b->good, sizeof manifest);
    uint32_t *vault = b->registers.data_vault;
    const uint32_t size = (uint32_t)b->size;

    EXPECT_EQ(image_verify(&manifest, size, true, &verdict), 0x000b001d);
    memcpy(vault + (0x28 + 9 * 48) / 4, verdict.owner_key_hash, 48);
    vault[0x4ac / 4] = 1;
    EXPECT_EQ(image_verify(&manifest, size, true, &verdict), 0x000b001e);
    vault[0x4ac / 4] = 0;
    vault[0x4b0 / 4] = 1;
    EXPECT_EQ(image_verify(&manifest, size, true, &verdict), 0x000b003d);
    vault[0x4b0 / 4] = 0;
    EXPECT_EQ(image_verify(&manifest, size, true, &verdict), 0x000b001f);
    memcpy(vault + (0x28 + 8 * 48) / 4, manifest.fmc.digest, 48);
    EXPECT_EQ(image_verify(&manifest, size, true, &verdict), 0);
}

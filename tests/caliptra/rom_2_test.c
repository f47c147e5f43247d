/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Released Caliptra 2.x ROMs on the 2.x boards, from the folder that
 * CAIRN_CALIPTRA_ROMS names; skipped without it. Error codes are those that the
 * ROMs show, keys those that their own project publishes for its test secrets.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "abi/caliptra_image.h"
#include "abi/caliptra_memory.h"
#include "abi/caliptra_soc_ifc.h"
#include "base/bits.h"
#include "crypto/hex.h"
#include "host/file.h"
#include "tests/caliptra/soc.h"
#include "tests/harness.h"
#include "tests/key_rings.h"
#include "trust/caliptra/bundle.h"

#define LIMIT         20000000ull
#define INTERNAL_TRNG "tests/caliptra/internal-trng.dtso"

enum { CSRNG_REPETITION_FAILED = 0x000d0007 };

struct rom {
    const char *file;
    const char *board;
    bool logs;
};

static const struct rom roms[] = {
    {"caliptra-rom-2.0.0-62c8009.bin",          "caliptra-2.0", false},
    {"caliptra-rom-2.0.1-3824083.bin",          "caliptra-2.0", false},
    {"caliptra-rom-2.0.2-473ae25.bin",          "caliptra-2.0", false},
    {"caliptra-rom-with-log-2.0.2-473ae25.bin", "caliptra-2.0", true },
    {"caliptra-rom-2.1.0-a72a76f.bin",          "caliptra-2.1", false},
    {"caliptra-rom-2.1.1-510a23a.bin",          "caliptra-2.1", false},
    {"caliptra-rom-2.1.2-45de392.bin",          "caliptra-2.1", false},
    {"caliptra-rom-with-log-2.1.2-45de392.bin", "caliptra-2.1", true },
};

static struct key_ring *ring(void)
{
    static struct key_ring ring;
    static bool loaded;

    loaded = loaded || test_ring_load(&ring, "2.x");
    return &ring;
}

/* Four instructions each: nop, and a jump to itself. ROMs copy less than 16
 * bytes one by one, which ICCM does not take. */
static const uint8_t code[] = {0x13, 0, 0, 0, 0x6f, 0, 0, 0,
                               0x13, 0, 0, 0, 0x6f, 0, 0, 0};

struct bench {
    struct buffer rom;
    struct buffer bundle;
    struct fuses fuses;
    struct soc soc;
};

static bool pack(struct bench *bench, unsigned pqc_type)
{
    struct caliptra_pack recipe;
    struct caliptra_bundle view;
    struct error error = {""};

    caliptra_pack_init(&recipe, CALIPTRA_2_0);
    recipe.pqc_type = pqc_type;
    recipe.fmc.bytes = code;
    recipe.fmc.size = sizeof(code);
    recipe.runtime.bytes = code;
    recipe.runtime.size = sizeof(code);
    recipe.svn = 5;
    recipe.signing.keys = ring();
    recipe.signing.lms_leaf = 1;
    if (!EXPECT_EQ(caliptra_bundle_write(&recipe, &bench->bundle, &error), 0) ||
        !EXPECT_EQ(caliptra_bundle_read(&view, bench->bundle.bytes,
                                        bench->bundle.size, &error),
                   0)) {
        return false;
    }
    fuses_init(&bench->fuses);
    caliptra_bundle_fuses(&view, &bench->fuses);
    return true;
}

/* False when the test is to be skipped or has failed. */
static bool set_up_with(struct bench *bench, const struct rom *rom,
                        const char *overlay, unsigned pqc_type)
{
    const char *folder = getenv("CAIRN_CALIPTRA_ROMS");
    struct error error = {""};
    char path[512];

    memset(bench, 0, sizeof(*bench));
    if (folder == NULL) {
        test_skip("CAIRN_CALIPTRA_ROMS is not set");
        return false;
    }
    test_case("%s, PQC type %u", rom->file, pqc_type);
    snprintf(path, sizeof(path), "%s/%s", folder, rom->file);
    if (access(path, F_OK) != 0) {
        test_skip("CAIRN_CALIPTRA_ROMS lacks ROMs of generation 2");
        return false;
    }
    return EXPECT_EQ(file_read(path, 1 << 18, &bench->rom, &error), 0) &&
           pack(bench, pqc_type) &&
           EXPECT(
               soc_create_with(&bench->soc, rom->board, overlay, &bench->rom));
}

static bool set_up(struct bench *bench, const struct rom *rom,
                   unsigned pqc_type)
{
    return set_up_with(bench, rom, NULL, pqc_type);
}

static void tear_down(struct bench *bench)
{
    if (bench->soc.machine != NULL) {
        soc_destroy(&bench->soc);
    }
    buffer_fini(&bench->bundle);
    buffer_fini(&bench->rom);
}

static bool boot(struct bench *bench)
{
    return EXPECT_EQ(soc_boot(&bench->soc, &bench->fuses, &bench->bundle), 0) &&
           EXPECT(soc_run_to(&bench->soc, CALIPTRA_ICCM_BASE, LIMIT));
}

static void boots_with(const char *overlay, unsigned pqc_type)
{
    for (size_t i = 0; i < ARRAY_SIZE(roms); i++) {
        struct bench bench;
        bool ready = set_up_with(&bench, &roms[i], overlay, pqc_type);

        if (ready && boot(&bench)) {
            EXPECT_EQ(soc_read(&bench.soc, CALIPTRA_SOC_IFC_FW_ERROR_NON_FATAL),
                      0);
            EXPECT_EQ(soc_read(&bench.soc, CALIPTRA_SOC_IFC_HW_ERROR_FATAL), 0);
            EXPECT_EQ(cairn_unmodelled_count(bench.soc.machine), 0);
            EXPECT(!roms[i].logs ||
                   strstr(buffer_text(&bench.soc.console),
                          "[exit] Launching FMC @ 0x40000000") != NULL);
        }
        tear_down(&bench);
        if (getenv("CAIRN_CALIPTRA_ROMS") == NULL) {
            return;
        }
    }
}

TEST(released_roms_enter_firmware_signed_with_ml_dsa)
{
    boots_with(NULL, CALIPTRA2_PQC_MLDSA);
}

TEST(released_roms_enter_firmware_signed_with_lms)
{
    boots_with(NULL, CALIPTRA2_PQC_LMS);
}

TEST(released_roms_boot_with_the_cores_own_random_numbers)
{
    boots_with(INTERNAL_TRNG, CALIPTRA2_PQC_MLDSA);
}

/* The codes name the health test that failed. */
TEST(released_roms_stop_at_noise_that_is_stuck)
{
    for (size_t i = 0; i < ARRAY_SIZE(roms); i++) {
        struct bench bench;
        bool ready =
            set_up_with(&bench, &roms[i], INTERNAL_TRNG, CALIPTRA2_PQC_MLDSA);

        if (ready && EXPECT_EQ(cairn_line_set(bench.soc.machine,
                                              "entropy_source.noise_stuck", 1),
                               0)) {
            EXPECT_EQ(soc_boot(&bench.soc, &bench.fuses, &bench.bundle),
                      CSRNG_REPETITION_FAILED);
            EXPECT_EQ(cairn_unmodelled_count(bench.soc.machine), 0);
        }
        tear_down(&bench);
        if (getenv("CAIRN_CALIPTRA_ROMS") == NULL) {
            return;
        }
    }
}

/* How the keys that the default secrets lead to begin: DOE, key vault, HMAC,
 * ECC and ML-DSA together. */
TEST(identities_are_the_published_ones)
{
    static const char *const keys[] = {
        /* LDevID, ECC */
        "e01c576caebb0fd1aee108d1836f5b9aa0487371b07150cdb6ba1237704fffc0"
        "253de4504095471000a7756106427e70",
        /* IDevID, ML-DSA */
        "edc75cac6fb71127f8fa038a8066592760114a2d7ca432fa5d66e9788f45ba6c",
        /* LDevID, ML-DSA */
        "81e264590912bed2dc307d5378a158d80bf65dcd066baad93c8331c43caf5ffb",
    };

    for (size_t i = 0; i < ARRAY_SIZE(roms); i++) {
        struct bench bench;
        uint8_t *dccm;
        size_t size;
        bool ready = set_up(&bench, &roms[i], CALIPTRA2_PQC_MLDSA);

        if (ready && boot(&bench) &&
            EXPECT(cairn_memory(bench.soc.machine, "dccm", &dccm, &size) ==
                   0)) {
            for (size_t k = 0; k < ARRAY_SIZE(keys); k++) {
                uint8_t bytes[48];
                size_t length = hex_bytes(bytes, sizeof(bytes), keys[k]);

                test_case("%s, key %zu", roms[i].file, k);
                EXPECT(memmem(dccm, size, bytes, length) != NULL);
            }
        }
        tear_down(&bench);
        if (getenv("CAIRN_CALIPTRA_ROMS") == NULL) {
            return;
        }
    }
}

#define AT(field) offsetof(struct caliptra2_manifest, field)

TEST(spoilt_bundles_are_refused_with_their_codes)
{
    static const struct {
        size_t offset;
        unsigned pqc_type;
        uint32_t code;
    } rows[] = {
        {AT(marker),                              1, 0x000b0001},
        {AT(size),                                1, 0x000b0002},
        {AT(preamble.ecc_descriptor),             1, 0x000b0042},
        {AT(preamble.vendor_ecc_key.x),           1, 0x000b0059},
        {AT(preamble.vendor_pqc_key) + 24,        1, 0x000b005a},
        {AT(preamble.vendor_signatures.ecc),      1, 0x000b000c},
        {AT(preamble.vendor_signatures.pqc) + 99, 1, 0x000b0055},
        {AT(preamble.vendor_signatures.pqc) + 99, 3, 0x000b0033},
        {AT(preamble.owner_keys.ecc),             1, 0x000b0007},
        {AT(preamble.owner_signatures.ecc),       1, 0x000b000f},
        {AT(preamble.owner_signatures.pqc) + 99,  1, 0x000b0057},
        {AT(header.toc_count),                    1, 0x000b000c},
        {AT(fmc.digest),                          1, 0x000b0012},
        {CALIPTRA2_MANIFEST_SIZE,                 1, 0x000b0014},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        for (size_t r = 2; r < ARRAY_SIZE(roms); r += 4) {
            struct bench bench;
            bool ready = set_up(&bench, &roms[r], rows[i].pqc_type);

            test_case("%s, offset 0x%zx", roms[r].file, rows[i].offset);
            if (ready) {
                bench.bundle.bytes[rows[i].offset] ^= 1;
                EXPECT_EQ(soc_boot(&bench.soc, &bench.fuses, &bench.bundle),
                          rows[i].code);
            }
            tear_down(&bench);
            if (getenv("CAIRN_CALIPTRA_ROMS") == NULL) {
                return;
            }
        }
    }
}

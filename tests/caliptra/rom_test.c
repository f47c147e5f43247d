/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The black-box suite of a Caliptra 1.x ROM: each behaviour below is tried on
 * our own ROM and on every released one. The released ROMs are taken from the
 * folder that CAIRN_CALIPTRA_ROMS names, under the names that they are
 * published with; without it those tests are skipped.
 *
 * Expected error codes are those that the released ROMs show; the bundles are
 * packed, spoilt and signed again here.
 */
#include <stdio.h>
#include <string.h>

#include "abi/caliptra_image.h"
#include "abi/caliptra_mailbox.h"
#include "abi/caliptra_memory.h"
#include "abi/caliptra_soc_ifc.h"
#include "base/bits.h"
#include "crypto/sha2.h"
#include "tests/caliptra/part.h"
#include "tests/harness.h"
#include "tests/key_rings.h"
#include "trust/caliptra/bundle.h"

#define LIMIT 20000000ull

struct rom {
    const char *file;
    const char *board;
    const char *digest; /* of the log line, or NULL for a silent build */
    bool released;
};

static const struct rom roms[] = {
    {"rom.bin",                                 "caliptra-1.1", NULL, false},
    {"caliptra-rom-1.0.1-9342687.bin",          "caliptra-1.0", NULL, true },
    {"caliptra-rom-with-log-1.0.1-9342687.bin", "caliptra-1.0",
     "67E538CA65E0C690",                                              true },
    {"caliptra-rom-1.0.3-e8e23d9.bin",          "caliptra-1.0", NULL, true },
    {"caliptra-rom-with-log-1.0.3-e8e23d9.bin", "caliptra-1.0",
     "13EA3613A6803431",                                              true },
    {"caliptra-rom-1.1.1-d6713db.bin",          "caliptra-1.1", NULL, true },
    {"caliptra-rom-with-log-1.1.1-d6713db.bin", "caliptra-1.1",
     "0212785561DA4479",                                              true },
    {"rom.bin",                                 "caliptra-1.0", NULL, false},
};

/* ---- What all tests share: keys and firmware, made once ------------------ */

static struct key_ring ring;

static struct caliptra_signing signing(bool lms)
{
    return (struct caliptra_signing){.keys = &ring, .lms = lms};
}

static void pack(struct caliptra_pack *recipe, bool lms)
{
    caliptra_pack_init(recipe, CALIPTRA_1_1);
    EXPECT(part_firmware(recipe));
    recipe->signing = signing(lms);
}

/* A good bundle, and the fuses of a production part that boots it. */
static bool good(struct buffer *bundle, struct fuses *fuses, bool lms)
{
    struct caliptra_pack recipe;
    struct caliptra_bundle view;
    struct error error = {0};

    pack(&recipe, lms);
    if (caliptra_bundle_write(&recipe, bundle, &error) ||
        caliptra_bundle_read(&view, bundle->bytes, bundle->size, &error)) {
        printf("%s\n", error.text);
        return false;
    }
    fuses_init(fuses);
    caliptra_bundle_key_hashes(&view, fuses->vendor_key_hash,
                               fuses->owner_key_hash);
    fuses->fmc_svn = 3;
    fuses->runtime_svn = 4;
    fuses->lms_verify = lms;
    return true;
}

/* A bench for one test: machine, good bundle, fuses. */
struct bench {
    const struct rom *rom;
    struct buffer rom_bytes;
    struct soc soc;
    struct buffer bundle;
    struct fuses fuses;
};

static bool set_up(struct bench *bench, const struct rom *rom, bool lms)
{
    static bool ready;

    memset(bench, 0, sizeof(*bench));
    bench->rom = rom;
    ready = ready || test_ring_load(&ring, "rom");
    return part_rom_read(rom->file, rom->released, &bench->rom_bytes) &&
           EXPECT(ready) && EXPECT(good(&bench->bundle, &bench->fuses, lms)) &&
           EXPECT(soc_create(&bench->soc, rom->board, &bench->rom_bytes));
}

static void tear_down(struct bench *bench)
{
    if (bench->soc.machine) {
        soc_destroy(&bench->soc);
    }
    buffer_fini(&bench->bundle);
    buffer_fini(&bench->rom_bytes);
}

static bool printed(struct bench *bench, const char *text)
{
    return strstr(buffer_text(&bench->soc.console), text) != NULL;
}

/* ---- Good boots ---------------------------------------------------------- */

static bool boot_to_runtime(struct bench *bench)
{
    struct caliptra_pack ours;

    return EXPECT(part_firmware(&ours)) &&
           EXPECT_EQ(soc_boot(&bench->soc, &bench->fuses, &bench->bundle), 0) &&
           EXPECT(soc_run_to(&bench->soc, ours.fmc.entry_point, LIMIT)) &&
           EXPECT(soc_wait(&bench->soc, "soc_ifc.ready_for_runtime", 1, LIMIT));
}

static void check_boot(const struct rom *rom, bool lms)
{
    OWNED(tear_down) struct bench bench = {0};

    if (set_up(&bench, rom, lms) && boot_to_runtime(&bench)) {
        EXPECT(printed(&bench, "[fmc] entered"));
        EXPECT(printed(&bench, "[runtime] ready"));
        EXPECT(!rom->digest || printed(&bench, rom->digest));
        EXPECT_EQ(soc_read(&bench.soc, CALIPTRA_SOC_IFC_FW_ERROR_FATAL), 0);
        EXPECT_EQ(soc_read(&bench.soc, CALIPTRA_SOC_IFC_FW_ERROR_NON_FATAL), 0);
        EXPECT_EQ(soc_read(&bench.soc, CALIPTRA_SOC_IFC_HW_ERROR_FATAL), 0);
        EXPECT_EQ(soc_read(&bench.soc, CALIPTRA_SOC_IFC_HW_ERROR_NON_FATAL), 0);
        EXPECT_EQ(cairn_unmodelled_count(bench.soc.machine), 0);
    }
}

static void boots_in_production_with_ecc(const struct rom *rom)
{
    check_boot(rom, false);
}

static void boots_in_production_with_lms(const struct rom *rom)
{
    check_boot(rom, true);
}

/* The key that the smoke tests of the firmware publish for these secrets: it
 * covers DOE, key vault, HMAC and key generation at once. */
static const uint8_t ldevid_key[] = {
    0x04, 0x84, 0x2c, 0x00, 0xaf, 0x05, 0xac, 0xcc, 0xeb, 0x14, 0x51,
    0x4e, 0x2d, 0x37, 0xb0, 0xc3, 0xaa, 0xa2, 0x18, 0xf1, 0x50, 0x57,
    0xf1, 0xdc, 0xb8, 0x24, 0xa2, 0x14, 0x98, 0x0b, 0x74, 0x46, 0x88,
    0xa0, 0x88, 0x8a, 0x02, 0x97, 0xfa, 0x7d, 0xc5, 0xe1, 0xea, 0xd8,
    0xca, 0x12, 0x91, 0xdb, 0x22, 0x9c, 0x28, 0xeb, 0x86, 0x78, 0xbc,
    0xe8, 0x00, 0x82, 0x2c, 0x07, 0x22, 0x8f, 0x41, 0x6a, 0xe4, 0x9d,
    0x21, 0x8e, 0x5d, 0xa2, 0xf2, 0xd1, 0xa8, 0xa2, 0x7d, 0xc1, 0x9a,
    0xdf, 0x66, 0x8a, 0x74, 0x62, 0x89, 0x99, 0xd2, 0x22, 0xb4, 0x01,
    0x59, 0xd8, 0x07, 0x6f, 0xaf, 0xbb, 0x8c, 0x5e, 0xdb};

static void derives_the_published_ldevid_key(const struct rom *rom)
{
    const size_t tbs = CALIPTRA_DCCM_LDEVID_TBS - CALIPTRA_DCCM_BASE;
    OWNED(tear_down) struct bench bench = {0};
    uint8_t *dccm;
    size_t size;

    if (set_up(&bench, rom, false) && boot_to_runtime(&bench) &&
        EXPECT(cairn_memory(bench.soc.machine, "dccm", &dccm, &size) == 0)) {
        EXPECT(memmem(dccm + tbs, 1024, ldevid_key, sizeof(ldevid_key)) !=
               NULL);
    }
}

/* PCR 0 as any verifier would compute it from what went in. */
static void expected_pcr0(const struct bench *bench, uint8_t pcr[48])
{
    const uint8_t status[9] = {
        CALIPTRA_LIFECYCLE_PRODUCTION,   1, 0, 0, 5, 3, 0xff,
        bench->fuses.lms_verify ? 1 : 0, 1};
    const struct caliptra_manifest *m = (const void *)bench->bundle.bytes;
    uint8_t fmc_digest[48];
    const struct {
        const uint8_t *bytes;
        size_t size;
    } inputs[] = {
        {status,                       sizeof(status)},
        {bench->fuses.vendor_key_hash, 48            },
        {bench->fuses.owner_key_hash,  48            },
        {fmc_digest,                   48            }
    };

    for (int i = 0; i < 12; i++) {
        store_be32(fmc_digest + 4 * i, m->fmc.digest[i]);
    }
    memset(pcr, 0, 48);
    for (size_t i = 0; i < ARRAY_SIZE(inputs); i++) {
        uint8_t text[96];
        memcpy(text, pcr, 48);
        memcpy(text + 48, inputs[i].bytes, inputs[i].size);
        sha384(text, 48 + inputs[i].size, pcr);
    }
}

static void measures_into_pcr_0(const struct rom *rom)
{
    OWNED(tear_down) struct bench bench = {0};
    OWNED(buffer_fini) struct buffer line = {0};
    uint8_t pcr[48];

    if (set_up(&bench, rom, false) && boot_to_runtime(&bench)) {
        expected_pcr0(&bench, pcr);
        buffer_print(&line, "PCR0 ");
        buffer_print_hex(&line, pcr, sizeof(pcr));
        if (!EXPECT(strcasestr(buffer_text(&bench.soc.console),
                               buffer_text(&line)) != NULL)) {
            printf("%s\nnot in:\n%s\n", buffer_text(&line),
                   buffer_text(&bench.soc.console));
        }
    }
}

/* ---- Resets -------------------------------------------------------------- */

static void warm_reset_enters_the_same_fmc(const struct rom *rom)
{
    OWNED(tear_down) struct bench bench = {0};

    if (set_up(&bench, rom, false) && boot_to_runtime(&bench)) {
        buffer_clear(&bench.soc.console);
        EXPECT(soc_warm_reset(&bench.soc));
        EXPECT(soc_wait(&bench.soc, "soc_ifc.ready_for_runtime", 1, LIMIT));
        EXPECT(printed(&bench, "[fmc] entered"));
        EXPECT_EQ(soc_read(&bench.soc, CALIPTRA_SOC_IFC_FW_ERROR_FATAL), 0);
    }
}

static void warm_reset_before_firmware_is_fatal(const struct rom *rom)
{
    OWNED(tear_down) struct bench bench = {0};

    if (set_up(&bench, rom, false) &&
        EXPECT(soc_power(&bench.soc, &bench.fuses)) &&
        EXPECT(soc_wait(&bench.soc, "soc_ifc.ready_for_fw", 1, LIMIT))) {
        EXPECT(soc_warm_reset(&bench.soc));
        EXPECT(soc_wait(&bench.soc, "soc_ifc.cptra_error_fatal", 1, LIMIT));
        EXPECT_EQ(soc_read(&bench.soc, CALIPTRA_SOC_IFC_FW_ERROR_FATAL),
                  0x01040010);
    }
}

static bool send_update(struct bench *bench, const struct buffer *bundle)
{
    buffer_clear(&bench->soc.console);
    return EXPECT(soc_mailbox_send(&bench->soc, CALIPTRA_CMD_FIRMWARE_LOAD,
                                   bundle->bytes, bundle->size));
}

static void update_reset_enters_a_new_runtime(const struct rom *rom)
{
    OWNED(tear_down) struct bench bench = {0};
    struct caliptra_pack recipe;
    OWNED(buffer_fini) struct buffer update = {0};

    if (set_up(&bench, rom, false) && boot_to_runtime(&bench)) {
        pack(&recipe, false);
        recipe.runtime.svn = 6;
        recipe.runtime.version = 77;
        EXPECT_EQ(caliptra_bundle_write(&recipe, &update, NULL), 0);
        if (send_update(&bench, &update)) {
            EXPECT_EQ(soc_mailbox_wait(&bench.soc, LIMIT), 2);
            soc_mailbox_finish(&bench.soc);
            EXPECT(soc_wait(&bench.soc, "soc_ifc.ready_for_runtime", 1, LIMIT));
            EXPECT(printed(&bench, "[runtime] update reset"));
            EXPECT(printed(&bench, "[runtime] ready"));
            EXPECT_EQ(soc_read(&bench.soc, CALIPTRA_SOC_IFC_FW_ERROR_NON_FATAL),
                      0);
        }
    }
}

static void refused_update_leaves_the_old_runtime(const struct rom *rom)
{
    OWNED(tear_down) struct bench bench = {0};

    if (set_up(&bench, rom, false) && boot_to_runtime(&bench)) {
        bench.bundle.bytes[bench.bundle.size - 1] ^= 1;
        if (send_update(&bench, &bench.bundle)) {
            EXPECT_EQ(soc_mailbox_wait(&bench.soc, LIMIT), 3);
            soc_mailbox_finish(&bench.soc);
            EXPECT(soc_wait(&bench.soc, "soc_ifc.ready_for_runtime", 1, LIMIT));
            EXPECT(printed(&bench, "[runtime] ready"));
            EXPECT_EQ(soc_read(&bench.soc, CALIPTRA_SOC_IFC_FW_ERROR_NON_FATAL),
                      0x000b0016);
            EXPECT_EQ(soc_read(&bench.soc, CALIPTRA_SOC_IFC_FW_ERROR_FATAL), 0);
        }
    }
}

/* ---- Refusals ------------------------------------------------------------ */

#define MANIFEST(member) offsetof(struct caliptra_manifest, member)
/* A bundle with one place changed, made consistent again as far as said. */
/* clang-format off */
static const struct spoilt {
    const char *name;
    size_t offset; /* negative: from the end */
    uint32_t flip;
    unsigned resign;
    bool lms;
    uint32_t code;
} spoilt[] = {
    {"marker", MANIFEST(marker), 1, 0, false, 0x000b0001},
    {"size field", MANIFEST(size), 4, 0, false, 0x000b0002},
    {"vendor ECC key", MANIFEST(preamble.vendor_keys.ecc[0].x), 1, 0, false,
     0x000b0005},
    {"an unused vendor ECC key", MANIFEST(preamble.vendor_keys.ecc[3].y), 1, 0,
     false, 0x000b0005},
    {"vendor LMS key", MANIFEST(preamble.vendor_keys.lms[31].root), 1, 0, false,
     0x000b0005},
    {"vendor ECC index to another key", MANIFEST(preamble.vendor_ecc_index), 1,
     0, false, 0x000b000c},
    {"vendor ECC index out of bounds", MANIFEST(preamble.vendor_ecc_index), 4,
     0, false, 0x000b0008},
    {"vendor ECC signature r", MANIFEST(preamble.vendor_signatures.ecc.r), 1, 0,
     false, 0x000b000c},
    {"vendor ECC signature s", MANIFEST(preamble.vendor_signatures.ecc.s), 1, 0,
     false, 0x000b000c},
    {"vendor LMS signature", MANIFEST(preamble.vendor_signatures.lms.y), 1, 0,
     true, 0x000b0033},
    {"vendor LMS index out of bounds", MANIFEST(preamble.vendor_lms_index), 32,
     0, true, 0x000b0032},
    {"owner ECC key", MANIFEST(preamble.owner_keys.ecc.x), 1, 0, false,
     0x000b0007},
    {"owner LMS key", MANIFEST(preamble.owner_keys.lms.root), 1, 0, false,
     0x000b0007},
    {"owner ECC signature", MANIFEST(preamble.owner_signatures.ecc.r), 1, 0,
     false, 0x000b000f},
    {"owner LMS signature", MANIFEST(preamble.owner_signatures.lms.y), 1, 0,
     true, 0x000b0038},
    {"header revision", MANIFEST(header.revision), 1, 0, false, 0x000b000c},
    {"header ECC index", MANIFEST(header.vendor_ecc_index), 1,
     CALIPTRA_RESIGN_VENDOR | CALIPTRA_RESIGN_OWNER, false, 0x000b000d},
    {"header LMS index", MANIFEST(header.vendor_lms_index), 1,
     CALIPTRA_RESIGN_VENDOR | CALIPTRA_RESIGN_OWNER, true, 0x000b0030},
    {"header TOC count, signed again", MANIFEST(header.toc_count), 1,
     CALIPTRA_RESIGN_VENDOR | CALIPTRA_RESIGN_OWNER, false, 0x000b0010},
    {"header TOC digest", MANIFEST(header.toc_digest), 1, 0, false, 0x000b000c},
    {"header TOC digest, signed again", MANIFEST(header.toc_digest), 1,
     CALIPTRA_RESIGN_VENDOR | CALIPTRA_RESIGN_OWNER, false, 0x000b0012},
    {"owner data of the header", MANIFEST(header.owner_data), 1, 0, false,
     0x000b000f},
    {"FMC digest", MANIFEST(fmc.digest), 1, 0, false, 0x000b0012},
    {"FMC digest, signed again", MANIFEST(fmc.digest), 1,
     CALIPTRA_RESIGN_ALL - CALIPTRA_RESIGN_IMAGES, false, 0x000b0014},
    {"FMC load address outside ICCM", MANIFEST(fmc.load_address), 0x10000000,
     CALIPTRA_RESIGN_ALL, false, 0x000b0021},
    {"FMC load address unaligned", MANIFEST(fmc.load_address), 2,
     CALIPTRA_RESIGN_ALL, false, 0x000b0022},
    {"FMC entry outside ICCM", MANIFEST(fmc.entry_point), 0x10000000,
     CALIPTRA_RESIGN_ALL, false, 0x000b0023},
    {"FMC entry unaligned", MANIFEST(fmc.entry_point), 2, CALIPTRA_RESIGN_ALL,
     false, 0x000b0024},
    {"FMC version above 32", MANIFEST(fmc.svn), 5 ^ 33, CALIPTRA_RESIGN_ALL,
     false, 0x000b0025},
    {"FMC version below the fuse", MANIFEST(fmc.svn), 5 ^ 2,
     CALIPTRA_RESIGN_ALL, false, 0x000b0027},
    {"runtime digest, signed again", MANIFEST(runtime.digest), 1,
     CALIPTRA_RESIGN_ALL - CALIPTRA_RESIGN_IMAGES, false, 0x000b0016},
    {"runtime load address outside ICCM", MANIFEST(runtime.load_address),
     0x10000000, CALIPTRA_RESIGN_ALL, false, 0x000b0028},
    {"runtime load address unaligned", MANIFEST(runtime.load_address), 2,
     CALIPTRA_RESIGN_ALL, false, 0x000b0029},
    {"runtime entry outside ICCM", MANIFEST(runtime.entry_point), 0x10000000,
     CALIPTRA_RESIGN_ALL, false, 0x000b002a},
    {"runtime entry unaligned", MANIFEST(runtime.entry_point), 2,
     CALIPTRA_RESIGN_ALL, false, 0x000b002b},
    {"runtime version above 128", MANIFEST(runtime.svn), 5 ^ 129,
     CALIPTRA_RESIGN_ALL, false, 0x000b002c},
    {"runtime version below the fuse", MANIFEST(runtime.svn), 5 ^ 3,
     CALIPTRA_RESIGN_ALL, false, 0x000b002e},
    {"FMC body", MANIFEST(runtime) + sizeof(struct caliptra_toc_entry), 1, 0,
     false, 0x000b0014},
};
/* clang-format on */

static void refuses_spoilt_bundles_with_their_codes(const struct rom *rom)
{
    struct bench bench;
    const struct caliptra_signing with_lms = {.keys = &ring, .lms = true};

    if (!set_up(&bench, rom, true)) {
        tear_down(&bench);
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(spoilt); i++) {
        const struct spoilt *s = &spoilt[i];
        OWNED(buffer_fini) struct buffer bundle = {0};

        test_case("%s", s->name);
        buffer_append(&bundle, bench.bundle.bytes, bench.bundle.size);
        store_le32(bundle.bytes + s->offset,
                   load_le32(bundle.bytes + s->offset) ^ s->flip);
        if (s->resign) {
            EXPECT_EQ(caliptra_bundle_resign(bundle.bytes, bundle.size,
                                             &with_lms, s->resign, NULL),
                      0);
        }
        bench.fuses.lms_verify = s->lms;
        EXPECT_EQ(soc_boot(&bench.soc, &bench.fuses, &bundle), s->code);
    }
    test_case("last byte of the runtime");
    bench.bundle.bytes[bench.bundle.size - 1] ^= 0x80;
    bench.fuses.lms_verify = false;
    EXPECT_EQ(soc_boot(&bench.soc, &bench.fuses, &bench.bundle), 0x000b0016);
    tear_down(&bench);
}

static void refuses_what_the_fuses_forbid(const struct rom *rom)
{
    OWNED(tear_down) struct bench bench = {0};
    struct fuses f;

    if (set_up(&bench, rom, false)) {
        test_case("vendor hash fuse zero");
        f = bench.fuses;
        memset(f.vendor_key_hash, 0, sizeof(f.vendor_key_hash));
        EXPECT_EQ(soc_boot(&bench.soc, &f, &bench.bundle), 0x000b0003);
        test_case("vendor hash wrong");
        f = bench.fuses;
        f.vendor_key_hash[47] ^= 1;
        EXPECT_EQ(soc_boot(&bench.soc, &f, &bench.bundle), 0x000b0005);
        test_case("owner hash wrong");
        f = bench.fuses;
        f.owner_key_hash[0] ^= 1;
        EXPECT_EQ(soc_boot(&bench.soc, &f, &bench.bundle), 0x000b0007);
        test_case("vendor ECC key 0 revoked");
        f = bench.fuses;
        f.ecc_revocation = 1;
        EXPECT_EQ(soc_boot(&bench.soc, &f, &bench.bundle), 0x000b0009);
        test_case("FMC version below the fuse");
        f = bench.fuses;
        f.fmc_svn = 6;
        EXPECT_EQ(soc_boot(&bench.soc, &f, &bench.bundle), 0x000b0027);
        test_case("runtime version below the fuse");
        f = bench.fuses;
        f.runtime_svn = 100;
        EXPECT_EQ(soc_boot(&bench.soc, &f, &bench.bundle), 0x000b002e);
    }
}

static void takes_what_the_fuses_allow(const struct rom *rom)
{
    OWNED(tear_down) struct bench bench = {0};
    struct fuses f;

    if (set_up(&bench, rom, false)) {
        test_case("owner hash fuse zero");
        f = bench.fuses;
        memset(f.owner_key_hash, 0, sizeof(f.owner_key_hash));
        EXPECT_EQ(soc_boot(&bench.soc, &f, &bench.bundle), 0);
        test_case("anti-rollback disabled");
        f = bench.fuses;
        f.fmc_svn = 9;
        f.anti_rollback_disable = 1;
        EXPECT_EQ(soc_boot(&bench.soc, &f, &bench.bundle), 0);
        test_case("another vendor ECC key revoked");
        f = bench.fuses;
        f.ecc_revocation = 2;
        EXPECT_EQ(soc_boot(&bench.soc, &f, &bench.bundle), 0);
        test_case("unprovisioned without a vendor hash");
        f = bench.fuses;
        memset(f.vendor_key_hash, 0, sizeof(f.vendor_key_hash));
        f.life_cycle = CALIPTRA_LIFECYCLE_UNPROVISIONED;
        f.debug_locked = 0;
        EXPECT_EQ(soc_boot(&bench.soc, &f, &bench.bundle), 0);
    }
}

/* Flips a bit of the ROM's last text: the ROM digests itself at boot. */
static void notices_a_flipped_bit_in_itself(const struct rom *rom)
{
    OWNED(tear_down) struct bench bench = {0};
    OWNED(buffer_fini) struct buffer bytes = {0};
    struct soc soc;

    if (set_up(&bench, rom, false)) {
        size_t last = bench.rom_bytes.size;
        while (last > 0 && bench.rom_bytes.bytes[last - 1] == 0) {
            last--;
        }
        /* RomInfo is the last thing in the file and starts 64-byte aligned;
         * the bytes before it belong to what is digested. */
        size_t at = ((last - 1) & ~(size_t)63) - 8;
        buffer_append(&bytes, bench.rom_bytes.bytes, bench.rom_bytes.size);
        bytes.bytes[at] ^= 0x10;
        if (EXPECT(soc_create(&soc, rom->board, &bytes))) {
            EXPECT_EQ(soc_boot(&soc, &bench.fuses, &bench.bundle), 0x90080001);
            soc_destroy(&soc);
        }
    }
}

/* The ROM digests itself as its processor reads the words. */
static void seal_again(struct buffer *rom)
{
    size_t last = rom->size;
    uint8_t code[CALIPTRA_ROM_SIZE];
    uint8_t digest[32];

    while (last > 0 && rom->bytes[last - 1] == 0) {
        last--;
    }
    size_t info = (last - 1) & ~(size_t)63;
    for (size_t i = 0; i < info; i += 4) {
        store_be32(code + i, load_le32(rom->bytes + i));
    }
    sha256(code, info, digest);
    for (size_t i = 0; i < sizeof(digest); i += 4) {
        store_le32(rom->bytes + info + i, load_be32(digest + i));
    }
}

/* The first bytes of each expected answer, as they are in the ROM. */
static const struct answer {
    const char *name;
    uint8_t bytes[8];
    uint32_t code;
} answers[] = {
    {"SHA-256",         "\xba\x78\x16\xbf\x8f\x01\xcf\xea", 0x90010002},
    {"SHA-384",         "\x3f\x75\x00\xcb\x8b\x5e\xa3\x45", 0x90020002},
    {"key pair",        "\x54\xf5\xee\xfe\x49\x56\x76\x4a", 0x90040005},
    {"signature",       "\x55\x9d\x79\x93\x28\x36\x26\x12", 0x90040003},
    {"verification",    "\x92\xbb\xed\x94\xaa\xb8\xec\xa5", 0x90040003},
    {"HMAC",            "\xe3\xd2\x45\xaf\x31\x40\x48\x76", 0x90030002},
    {"Winternitz loop", "\xbb\x17\x8f\xd3\xb7\x7b\x80\xf8", 0x90070002},
    {"LMS",             "\x91\x4d\xc2\x50\xbe\xde\x25\x80", 0x90070002},
};

TEST(own_rom_fails_on_each_wrong_answer)
{
    struct bench bench;

    if (!set_up(&bench, &roms[0], false)) {
        tear_down(&bench);
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
        OWNED(buffer_fini) struct buffer rom = {0};
        struct soc soc;

        test_case("%s", answers[i].name);
        buffer_append(&rom, bench.rom_bytes.bytes, bench.rom_bytes.size);
        uint8_t *at = memmem(rom.bytes, rom.size, answers[i].bytes, 8);
        EXPECT(at != NULL);
        if (at) {
            at[3] ^= 1;
            seal_again(&rom);
            if (EXPECT(soc_create(&soc, "caliptra-1.1", &rom))) {
                EXPECT_EQ(soc_boot(&soc, &bench.fuses, &bench.bundle),
                          answers[i].code);
                soc_destroy(&soc);
            }
        }
    }
    tear_down(&bench);
}

/* ---- Mailbox ------------------------------------------------------------- */

static void unknown_command_is_fatal(const struct rom *rom)
{
    OWNED(tear_down) struct bench bench = {0};

    if (set_up(&bench, rom, false) &&
        EXPECT(soc_power(&bench.soc, &bench.fuses)) &&
        EXPECT(soc_wait(&bench.soc, "soc_ifc.ready_for_fw", 1, LIMIT))) {
        EXPECT(soc_mailbox_send(&bench.soc, 0xabcd1234, NULL, 0));
        EXPECT(soc_wait(&bench.soc, "soc_ifc.cptra_error_fatal", 1, LIMIT));
        EXPECT_EQ(soc_read(&bench.soc, CALIPTRA_SOC_IFC_FW_ERROR_FATAL),
                  0x01020004);
    }
}

static unsigned command(struct bench *bench, uint32_t code)
{
    uint8_t request[4];

    store_le32(request, caliptra_checksum(code, "", 0));
    EXPECT(soc_mailbox_send(&bench->soc, code, request, 4));
    unsigned status = soc_mailbox_wait(&bench->soc, LIMIT);
    soc_mailbox_finish(&bench->soc);
    return status;
}

/* Before it has firmware, and as often as anybody likes. */
static void tests_itself_when_asked(const struct rom *rom)
{
    OWNED(tear_down) struct bench bench = {0};

    if (set_up(&bench, rom, false) &&
        EXPECT(soc_power(&bench.soc, &bench.fuses)) &&
        EXPECT(soc_wait(&bench.soc, "soc_ifc.ready_for_fw", 1, LIMIT))) {
        for (unsigned i = 0; i < 2; i++) {
            EXPECT_EQ(command(&bench, CALIPTRA_CMD_SELF_TEST_GET_RESULTS), 3);
            EXPECT_EQ(command(&bench, CALIPTRA_CMD_SELF_TEST_START), 1);
            EXPECT_EQ(command(&bench, CALIPTRA_CMD_SELF_TEST_START), 3);
            EXPECT_EQ(command(&bench, CALIPTRA_CMD_SELF_TEST_GET_RESULTS), 1);
        }
        EXPECT_EQ(soc_read(&bench.soc, CALIPTRA_SOC_IFC_FW_ERROR_NON_FATAL), 0);
        EXPECT_EQ(soc_read(&bench.soc, CALIPTRA_SOC_IFC_FW_ERROR_FATAL), 0);
    }
}

static void empty_bundle_is_fatal(const struct rom *rom)
{
    OWNED(tear_down) struct bench bench = {0};
    struct buffer empty = {0};

    if (set_up(&bench, rom, false)) {
        EXPECT_EQ(soc_boot(&bench.soc, &bench.fuses, &empty), 0x01020002);
    }
}

/* ---- Each behaviour on each ROM ------------------------------------------ */

#define BEHAVIOUR(name)                                                        \
    TEST(own_rom_##name)                                                       \
    {                                                                          \
        name(&roms[0]);                                                        \
    }                                                                          \
    TEST(rom_1_0_1_##name)                                                     \
    {                                                                          \
        name(&roms[1]);                                                        \
    }                                                                          \
    TEST(rom_1_0_1_log_##name)                                                 \
    {                                                                          \
        name(&roms[2]);                                                        \
    }                                                                          \
    TEST(rom_1_0_3_##name)                                                     \
    {                                                                          \
        name(&roms[3]);                                                        \
    }                                                                          \
    TEST(rom_1_0_3_log_##name)                                                 \
    {                                                                          \
        name(&roms[4]);                                                        \
    }                                                                          \
    TEST(rom_1_1_1_##name)                                                     \
    {                                                                          \
        name(&roms[5]);                                                        \
    }                                                                          \
    TEST(rom_1_1_1_log_##name)                                                 \
    {                                                                          \
        name(&roms[6]);                                                        \
    }                                                                          \
    TEST(own_rom_on_1_0_##name)                                                \
    {                                                                          \
        name(&roms[7]);                                                        \
    }

BEHAVIOUR(boots_in_production_with_ecc)
BEHAVIOUR(boots_in_production_with_lms)
BEHAVIOUR(derives_the_published_ldevid_key)
BEHAVIOUR(measures_into_pcr_0)
BEHAVIOUR(warm_reset_enters_the_same_fmc)
BEHAVIOUR(warm_reset_before_firmware_is_fatal)
BEHAVIOUR(update_reset_enters_a_new_runtime)
BEHAVIOUR(refused_update_leaves_the_old_runtime)
BEHAVIOUR(refuses_spoilt_bundles_with_their_codes)
BEHAVIOUR(refuses_what_the_fuses_forbid)
BEHAVIOUR(takes_what_the_fuses_allow)
BEHAVIOUR(notices_a_flipped_bit_in_itself)
BEHAVIOUR(unknown_command_is_fatal)
BEHAVIOUR(tests_itself_when_asked)
BEHAVIOUR(empty_bundle_is_fatal)

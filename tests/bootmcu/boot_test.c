/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The firmware of the boot MCU up to the release, compiled for the host: each
 * of its checks of a set has an input that only it refuses, and what it writes
 * is compared register by register. tests/bootmcu/banks_test.c has the choice
 * of a bank and what comes after the release, tests/bootmcu/update_test.c the
 * updates.
 */
#include <string.h>
#include <zlib.h>

#include "abi/caliptra_soc_ifc.h"
#include "abi/caliptra_soc_manifest.h"
#include "tests/bootmcu/checks.h"

/* ---- What a good flash leads to ------------------------------------------ */

static void check_start_of_root_of_trust(const struct boot_mcu_soc *soc)
{
    size_t at = expect_write(soc, 0, BOOT_MCU_RESET_PERIOD, 20000000);
    at = expect_write(soc, at, BOOT_MCU_RESET_ASSERT, 0x300);
    at = expect_write(soc, at, BOOT_MCU_RESET_REQUIRED + 4 * 8, 0);
    at = expect_write(soc, at, BOOT_MCU_RESET_RELEASE, 0x100);
    at = expect_write(soc, at, BOOT_MCU_RESET_REQUIRED + 4 * 9, 0);
    at = expect_write(soc, at, BOOT_MCU_RESET_RELEASE, 0x200);
    /* All fuse registers, and no word behind them. */
    for (uint32_t i = 0; i <= 0x148 / 4; i++) {
        at = expect_write(soc, at,
                          ROT_SIDE(CALIPTRA_SOC_IFC_FUSE_UDS_SEED + 4 * i),
                          soc->fuses[i]);
    }
    EXPECT_EQ(boot_mcu_times(soc, ROT_SIDE(CALIPTRA_SOC_IFC_FUSES_END)), 0);
    size_t end = at;
    at = expect_write(soc, at, ROT_SIDE(CALIPTRA_SOC_IFC_WDT_CFG), 1000000000);
    at = expect_write(soc, at, ROT_SIDE(CALIPTRA_SOC_IFC_WDT_CFG + 4), 0);
    for (uint32_t i = 0; i < CALIPTRA_MBOX_USERS; i++) {
        at = expect_write(
            soc, at, ROT_SIDE(CALIPTRA_SOC_IFC_MBOX_VALID_PAUSER + 4 * i), 1);
        at = expect_write(
            soc, at, ROT_SIDE(CALIPTRA_SOC_IFC_MBOX_PAUSER_LOCK + 4 * i), 1);
    }
    at = expect_write(soc, at, BOOT_MCU_FUSES_LOCK, BOOT_MCU_LOCK_SECRETS);
    at = expect_write(soc, at, ROT_SIDE(CALIPTRA_SOC_IFC_FUSE_WR_DONE), 1);
    EXPECT_EQ(at - end, 2 + 2 * CALIPTRA_MBOX_USERS + 2);
    EXPECT_EQ(boot_mcu_times(soc, BOOT_MCU_FUSES_BURN), 0);
}

TEST(a_good_flash_is_verified_copied_and_released)
{
    const struct set set = boot_mcu_set(5);
    struct boot_mcu_soc *soc = boot_mcu_good();
    soc->polls = 3;
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_SERVES);
    EXPECT_STR(buffer_text(&soc->console),
               "boot MCU: bank 0\n"
               "root of trust: wants firmware\n"
               "root of trust: runs\n"
               "SoC manifest: accepted\n"
               "image 0x1000: authorised\n"
               "image 0x1001: authorised\n"
               "application cores: released\n");
    check_start_of_root_of_trust(soc);
    check_release(soc, 3, 0x0e000040);
    check_memory(soc, &set);
    EXPECT_EQ(soc->bundle.size, (SET_BUNDLE_SIZE + 3) / 4 * 4);
    EXPECT_EQ(soc->bundle.bytes[SET_BUNDLE_SIZE - 1], 5);
    EXPECT_EQ(soc->manifest.size,
              offsetof(struct caliptra_soc_manifest, images.images[2]));
    EXPECT_EQ(reset_register(soc, BOOT_MCU_KEPT_TRIED), 0);
    EXPECT_EQ(reset_register(soc, BOOT_MCU_KEPT_TRYING), 0);
    EXPECT_EQ(reset_register(soc, BOOT_MCU_KEPT_RUNNING), 1);
    EXPECT_EQ(soc->operation_count, 0);
}

/* A bank that hangs is known by what is written before it is looked at. */
TEST(the_bank_that_is_tried_is_kept_meanwhile)
{
    struct boot_mcu_soc *soc = boot_mcu_good();
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_SERVES);
    size_t at = expect_write(soc, 0, BOOT_MCU_KEPT_RUNNING, 0);
    at = expect_write(soc, at, BOOT_MCU_KEPT_TRYING, 1);
    at = expect_write(soc, at, BOOT_MCU_RESET_ASSERT, 0x300);
    at = expect_write(soc, at, BOOT_MCU_KEPT_TRIED, 0);
    at = expect_write(soc, at, BOOT_MCU_KEPT_TRYING, 0);
    at = expect_write(soc, at, BOOT_MCU_KEPT_RUNNING, 1);
    expect_write(soc, at, BOOT_MCU_RESET_RELEASE, 1);
}

/* ---- The root of trust --------------------------------------------------- */

static void expect_bank_refused(struct boot_mcu_soc *soc, const char *why)
{
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_RESET);
    EXPECT_SAYS(soc, why);
    EXPECT_SAYS(soc, "bank 0: refused: ");
    EXPECT_EQ(reset_register(soc, BOOT_MCU_KEPT_TRIED), 1);
    EXPECT_EQ(reset_register(soc, BOOT_MCU_KEPT_TRYING), 1);
    EXPECT_EQ(boot_mcu_times(soc, BOOT_MCU_RESET_LOCK), 0);
    EXPECT_EQ(reset_register(soc, BOOT_MCU_RESET_VERDICT), 0);
    EXPECT_EQ(reset_register(soc, BOOT_MCU_RESET_LINES) & 0xff, 0xff);
}

TEST(whatever_goes_wrong_in_the_root_of_trust_refuses_the_bank)
{
    static const struct {
        enum rot_fault fault;
        bool hardware;
        const char *why;
    } cases[] = {
        {ROT_NO_FUSES,     false, "refused: root of trust: does not start\n"},
        {ROT_NO_FUSES,     true,  "refused: root of trust: does not start\n"},
        {ROT_NO_BUNDLE,    false, "refused: root of trust: does not start\n"},
        {ROT_NO_BUNDLE,    true,  "refused: root of trust: does not start\n"},
        {ROT_BAD_BUNDLE,   false,
         "root of trust: error 0xb000c\nbank 0: refused: Caliptra bundle: "
         "refused\n"                                                        },
        {ROT_NO_RUNTIME,   false,
         "root of trust: error 0xb0001\nbank 0: refused: Caliptra bundle: "
         "refused\n"                                                        },
        {ROT_NO_RUNTIME,   true,
         "root of trust: error 0xb0001\nbank 0: refused: Caliptra bundle: "
         "refused\n"                                                        },
        {ROT_BAD_MANIFEST, false,
         "root of trust: error 0xe0045\nbank 0: refused: SoC manifest: "
         "refused\n"                                                        },
        {ROT_DIES,         false,
         "refused: image: the root of trust does not answer\n"              },
        {ROT_REFUSES,      false,
         "refused: image: the root of trust does not answer\n"              },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct boot_mcu_soc *soc = boot_mcu_good();
        test_case("fault %u, hardware %d", cases[i].fault, cases[i].hardware);
        soc->fault = cases[i].fault;
        soc->fault_is_hardware = cases[i].hardware;
        soc->polls = 2;
        expect_bank_refused(soc, cases[i].why);
    }
}

TEST(each_answer_about_an_image_but_one_refuses_it)
{
    static const struct {
        uint32_t answer;
        const char *why;
    } cases[] = {
        {CALIPTRA_IMAGE_HASH_MISMATCH,
         "image 0x1000: refused\nbank 0: refused: image: the digest is not "
         "the manifest's\n"                                                            },
        {CALIPTRA_IMAGE_NOT_AUTHORISED,
         "image 0x1000: refused\nbank 0: refused: image: not in the "
         "manifest\n"                                                                  },
        {1,                             "bank 0: refused: image: not in the manifest\n"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct boot_mcu_soc *soc = boot_mcu_good();
        test_case("0x%x", (unsigned)cases[i].answer);
        soc->answer = cases[i].answer;
        expect_bank_refused(soc, cases[i].why);
    }
}

/* The wires are not what it said. */
TEST(a_gate_that_stays_shut_is_told)
{
    struct boot_mcu_soc *soc = boot_mcu_good();
    soc->answer = CALIPTRA_IMAGE_AUTHORISED;
    soc->gate_stays_shut = true;
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_RESET);
    EXPECT_SAYS(soc, "bank 0: refused: application cores: the gate stays shut");
    EXPECT_EQ(reset_register(soc, BOOT_MCU_RESET_VERDICT), 0);
}

/* ---- Sets ---------------------------------------------------------------- */

struct set_case {
    const char *name;
    const char *why; /* NULL: released */
    struct set_image images[3];
    struct set set; /* without images: those of a good set, or these */
};

static struct set set_of(const struct set_case *wanted)
{
    struct set set = boot_mcu_set(5);
    for (unsigned i = 0; i < 3; i++) {
        if (wanted->images[i].id != 0) {
            set.images[i] = wanted->images[i];
            set.count = i + 1 > set.count ? i + 1 : set.count;
        }
    }
    set.without_bundle = wanted->set.without_bundle;
    set.without_manifest = wanted->set.without_manifest;
    set.manifest_size = wanted->set.manifest_size;
    return set;
}

#define MONITOR(flags, place, size)                                            \
    {                                                                          \
        FLASH_IMAGE_MONITOR, flags, place, 0x0e000040, size                    \
    }
#define KERNEL(flags, place, size)                                             \
    {                                                                          \
        FLASH_IMAGE_KERNEL, flags, place, 0, size                              \
    }
#define STARTS  (BOOT_IMAGE_STARTS | BOOT_IMAGE_SECURE)
#define NOWHERE "image: no memory where it wants to go"
#define COVERS  "image: covers another"

/* clang-format off */
static const struct set_case set_cases[] = {
    {.name = "no bundle",
     .why = "Caliptra bundle: none",
     .set.without_bundle = true},
    {.name = "no manifest",
     .why = "SoC manifest: none, or of a wrong size",
     .set.without_manifest = true},
    {.name = "a manifest of all places",
     .set.manifest_size = sizeof(struct caliptra_soc_manifest)},
    {.name = "a manifest that is too large",
     .why = "SoC manifest: none, or of a wrong size",
     .set.manifest_size = sizeof(struct caliptra_soc_manifest) + 4},
    {.name = "a manifest with half a word",
     .why = "SoC manifest: none, or of a wrong size",
     .set.manifest_size = sizeof(struct caliptra_soc_manifest) - 2},
    {.name = "nothing starts",
     .why = "images: none of them starts",
     .images = {MONITOR(BOOT_IMAGE_SECURE, 0x0e000000, 300)}},
    {.name = "no payload", .images = {[1] = KERNEL(0, 0x40080000, 0)}},
    {.name = "the last bytes of DRAM",
     .images = {[1] = KERNEL(0, 0x5ffffff0, 16)}},
    {.name = "behind the last bytes of DRAM",
     .why = NOWHERE,
     .images = {[1] = KERNEL(0, 0x5ffffff0, 17)}},
    {.name = "at the end of DRAM",
     .why = NOWHERE,
     .images = {[1] = KERNEL(0, 0x60000000, 1)}},
    {.name = "the first bytes of DRAM",
     .images = {[1] = KERNEL(0, 0x40000000, 16)}},
    {.name = "before DRAM",
     .why = NOWHERE,
     .images = {[1] = KERNEL(0, 0x3ffffff0, 16)}},
    {.name = "above 32 bits",
     .why = NOWHERE,
     .images = {[1] = KERNEL(0, UINT64_C(0x140000000), 16)}},
    {.name = "not aligned",
     .why = NOWHERE,
     .images = {[1] = KERNEL(0, 0x40000001, 16)}},
    {.name = "not aligned by 8",
     .why = NOWHERE,
     .images = {[1] = KERNEL(0, 0x40000008, 16)}},
    {.name = "DRAM as Secure memory",
     .why = NOWHERE,
     .images = {[1] = KERNEL(BOOT_IMAGE_SECURE, 0x40000000, 16)}},
    {.name = "Secure memory as DRAM",
     .why = NOWHERE,
     .images = {[1] = KERNEL(0, 0x0e100000, 16)}},
    {.name = "Secure memory",
     .images = {[1] = KERNEL(BOOT_IMAGE_SECURE, 0x0e100000, 16)}},
    {.name = "before Secure memory",
     .why = NOWHERE,
     .images = {[1] = KERNEL(BOOT_IMAGE_SECURE, 0x0dfffff0, 16)}},
    {.name = "all of Secure memory",
     .why = COVERS,
     .images = {MONITOR(STARTS, 0x0e000000, 0x1000000)}},
    {.name = "more than Secure memory has",
     .why = NOWHERE,
     .images = {[1] = KERNEL(BOOT_IMAGE_SECURE, 0x0e001000, 0x1000001)}},
    {.name = "up to the record",
     .images = {[1] = KERNEL(BOOT_IMAGE_SECURE, 0x0effeff0, 16)}},
    {.name = "into the record",
     .why = COVERS,
     .images = {[1] = KERNEL(BOOT_IMAGE_SECURE, 0x0effeff0, 17)}},
    {.name = "the end of the record",
     .why = COVERS,
     .images = {[1] = KERNEL(BOOT_IMAGE_SECURE, 0x0efffff0, 16)}},
    {.name = "into the monitor's end",
     .why = COVERS,
     .images = {MONITOR(STARTS, 0x0e000010, 33),
                KERNEL(BOOT_IMAGE_SECURE, 0x0e000030, 16)}},
    {.name = "behind the monitor",
     .images = {MONITOR(STARTS, 0x0e000010, 32),
                KERNEL(BOOT_IMAGE_SECURE, 0x0e000030, 16)}},
    {.name = "before the monitor",
     .images = {MONITOR(STARTS, 0x0e000010, 32),
                KERNEL(BOOT_IMAGE_SECURE, 0x0e000000, 16)}},
    {.name = "into the monitor's start",
     .why = COVERS,
     .images = {MONITOR(STARTS, 0x0e000010, 32),
                KERNEL(BOOT_IMAGE_SECURE, 0x0e000000, 17)}},
    {.name = "into the second of three",
     .why = COVERS,
     .images = {[2] = {FLASH_IMAGE_INITRD, 0, 0x40080010, 0, 16}}},
    {.name = "around the second of three",
     .why = COVERS,
     .images = {[2] = {FLASH_IMAGE_INITRD, 0, 0x40000000, 0, 0x90000}}},
    {.name = "wires are counted from the first image again",
     .images = {[2] = {0x1022, 0, 0x40090000, 0, 16}}},
    {.name = "three",
     .images = {[2] = {FLASH_IMAGE_INITRD, 0, 0x40090000, 0, 0x90000}}},
};
/* clang-format on */

static uint32_t wires(const struct set *set)
{
    uint32_t all = 0;
    for (unsigned i = 0; i < set->count; i++) {
        all |= 1u << (set->images[i].id & 31);
    }
    return all;
}

TEST(images_go_where_there_is_memory_for_them)
{
    for (size_t i = 0; i < sizeof(set_cases) / sizeof(set_cases[0]); i++) {
        const struct set set = set_of(&set_cases[i]);
        struct boot_mcu_soc *soc = boot_mcu_good();
        boot_mcu_set_place(soc, FLASH_BANK_0, &set);
        test_case("%s", set_cases[i].name);
        if (set_cases[i].why != NULL) {
            expect_bank_refused(soc, set_cases[i].why);
        } else {
            EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_SERVES);
            check_release(soc, wires(&set), 0x0e000040);
            check_memory(soc, &set);
        }
    }
}

TEST(a_set_without_one_of_the_manifests_images_is_refused)
{
    struct set set = boot_mcu_set(5);
    struct boot_mcu_soc *soc = boot_mcu_good();
    OWNED(buffer_fini) struct buffer bank = {0};
    set.images[set.count++] =
        (struct set_image){FLASH_IMAGE_INITRD, 0, 0x41000000, 0, 100, 0};
    boot_mcu_set_write(&set, &bank);
    /* The directory ends before it. */
    struct flash_directory directory;
    memcpy(&directory, bank.bytes, sizeof(directory));
    directory.count--;
    directory.header_crc32 = (uint32_t)crc32_z(0, (uint8_t *)&directory, 8);
    memcpy(bank.bytes, &directory, sizeof(directory));
    memcpy(soc->flash + FLASH_BANK_0, bank.bytes, bank.size);
    expect_bank_refused(soc, "images: one of the manifest's is missing");
}

/* ---- Directory and headers ----------------------------------------------- */

enum { DIRECTORY, ENTRY_LAST, HEADER_LAST };

/* clang-format off */
static const struct patch {
    const char *name;
    uint32_t where;
    uint32_t offset;
    uint32_t size;
    uint32_t value;
    const char *why;
} patches[] = {
#define AT(type, field)                                                        \
    offsetof(struct type, field), sizeof(((struct type *)0)->field)
#define UNKNOWN "directory: unknown version or count"
#define BOUNDS  "directory: an image is out of bounds"
#define DIFFER  "image: header and directory differ"
    {"magic", DIRECTORY, AT(flash_directory, magic), 1, "directory: none"},
    {"version 0", DIRECTORY, AT(flash_directory, version), 0, UNKNOWN},
    {"version 2", DIRECTORY, AT(flash_directory, version), 2, UNKNOWN},
    {"no images", DIRECTORY, AT(flash_directory, count), 0, UNKNOWN},
    {"33 images", DIRECTORY, AT(flash_directory, count), 33, UNKNOWN},
    {"32 images", DIRECTORY, AT(flash_directory, count), 32, BOUNDS},
    {"first in the directory", DIRECTORY, 20, 4, 16 + 4 * 12 - 1, BOUNDS},
    {"in the one before", ENTRY_LAST, AT(flash_entry, offset), 0x1000, BOUNDS},
    {"more than the bank", ENTRY_LAST, AT(flash_entry, size),
     FLASH_BANK_SIZE + 1, BOUNDS},
    {"behind the bank", ENTRY_LAST, AT(flash_entry, offset), FLASH_BANK_SIZE,
     BOUNDS},
    {"a byte behind the bank", ENTRY_LAST, AT(flash_entry, offset),
     FLASH_BANK_SIZE - 64 - 501 + 1, BOUNDS},
    {"up to the end of the bank", ENTRY_LAST, AT(flash_entry, offset),
     FLASH_BANK_SIZE - 64 - 501, "image: no header"},
    {"another identifier", ENTRY_LAST, AT(flash_entry, id), 0x1002, DIFFER},
    {"the first is of nobody", DIRECTORY, 16 + 2 * 12, 4, 0xfff,
     "images: one of the manifest's is missing"},
    {"identifier of nobody", ENTRY_LAST, AT(flash_entry, id), 0xfff,
     "images: one of the manifest's is missing"},
    {"half a header", ENTRY_LAST, AT(flash_entry, size), 63,
     "image: no header"},
    {"only a header", ENTRY_LAST, AT(flash_entry, size), 64, DIFFER},
    {"a byte less", ENTRY_LAST, AT(flash_entry, size), 64 + 500, DIFFER},
    {"header magic", HEADER_LAST, AT(boot_image, magic), 1, "image: no header"},
    {"header size", HEADER_LAST, AT(boot_image, header_size), 65,
     "image: no header"},
    {"header identifier", HEADER_LAST, AT(boot_image, id), 0x1002, DIFFER},
    {"header payload", HEADER_LAST, AT(boot_image, payload_size), 500, DIFFER},
    {"header version", HEADER_LAST, AT(boot_image, version), 6,
     "image: the digest is not the manifest's"},
#undef AT
};
/* clang-format on */

static void apply(struct boot_mcu_soc *soc, const struct patch *patch)
{
    uint8_t *bank = soc->flash + FLASH_BANK_0;
    const size_t last =
        sizeof(struct flash_directory) + 3 * sizeof(struct flash_entry);
    struct flash_entry entry;
    memcpy(&entry, bank + last, sizeof(entry));
    uint8_t *from = patch->where == DIRECTORY    ? bank
                    : patch->where == ENTRY_LAST ? bank + last
                                                 : bank + entry.offset;
    memcpy(from + patch->offset, &patch->value, patch->size);
    uint32_t crc = (uint32_t)crc32_z(
        0, bank, offsetof(struct flash_directory, header_crc32));
    memcpy(bank + offsetof(struct flash_directory, header_crc32), &crc, 4);
}

TEST(each_field_of_directory_and_header_is_checked)
{
    for (size_t i = 0; i < sizeof(patches) / sizeof(patches[0]); i++) {
        struct boot_mcu_soc *soc = boot_mcu_good();
        apply(soc, &patches[i]);
        test_case("%s", patches[i].name);
        expect_bank_refused(soc, patches[i].why);
    }
}

TEST(a_directory_with_a_wrong_checksum_is_refused)
{
    struct boot_mcu_soc *soc = boot_mcu_good();
    soc->flash[FLASH_BANK_0 + offsetof(struct flash_directory, header_crc32)] ^=
        1;
    expect_bank_refused(soc, "directory: wrong header checksum");
}

TEST(a_set_boots_at_the_floor_and_not_below)
{
    struct boot_mcu_soc *soc = boot_mcu_good();
    soc->fuses[BOOT_MCU_FUSES_FLOOR / 4] = 0x10001;
    soc->fuses[BOOT_MCU_FUSES_FLOOR / 4 + 15] = 0x80000003;
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_SERVES);
    soc = boot_mcu_good();
    soc->fuses[BOOT_MCU_FUSES_FLOOR / 4] = 0x30001;
    soc->fuses[BOOT_MCU_FUSES_FLOOR / 4 + 15] = 0x80000003;
    expect_bank_refused(soc, "images: their version is below the floor");
}

/* All images of a set carry its version; the monitor's counts. */
TEST(the_version_of_a_set_is_its_monitors)
{
    for (unsigned i = 0; i < 2; i++) {
        struct set set = boot_mcu_set(5);
        struct boot_mcu_soc *soc = boot_mcu_good();
        set.images[i].version = 2;
        boot_mcu_set_place(soc, FLASH_BANK_0, &set);
        soc->fuses[BOOT_MCU_FUSES_FLOOR / 4] = 7;
        if (i == 0) {
            expect_bank_refused(soc,
                                "images: their version is below the floor");
        } else {
            EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_SERVES);
        }
    }
}

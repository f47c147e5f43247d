/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The firmware of the boot MCU up to the release, compiled for the host: each
 * of its checks has an input that only it refuses, and what it writes is
 * compared register by register. tests/boot_mcu_update_test.c has the updates.
 */
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "abi/boot_service.h"
#include "abi/caliptra_soc_ifc.h"
#include "abi/caliptra_soc_manifest.h"
#include "guest/bootmcu/metadata.h"
#include "tests/boot_mcu_set.h"
#include "tests/harness.h"

#define EXPECT_SAYS(soc, text)                                                 \
    do {                                                                       \
        if (!EXPECT(boot_mcu_says(soc, text))) {                               \
            printf("no '%s' in:\n%s\n", text, buffer_text(&(soc)->console));   \
        }                                                                      \
    } while (0)

static uint32_t reset_register(const struct boot_mcu_soc *soc, uint32_t address)
{
    return soc->reset[(address - BOOT_MCU_RESET_BASE) / 4];
}

static void set_reset_register(struct boot_mcu_soc *soc, uint32_t address,
                               uint32_t value)
{
    soc->reset[(address - BOOT_MCU_RESET_BASE) / 4] = value;
}

/* Expects the write of a value behind the one at index; returns its index. */
static size_t expect_write(const struct boot_mcu_soc *soc, size_t index,
                           uint32_t address, uint32_t value)
{
    size_t found = boot_mcu_wrote(soc, index, address, value);
    test_case("0x%08x <- 0x%x", (unsigned)address, (unsigned)value);
    EXPECT(found != SIZE_MAX);
    test_case("-");
    return found == SIZE_MAX ? index : found + 1;
}

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

static void check_release(const struct boot_mcu_soc *soc, uint32_t required,
                          uint64_t entry)
{
    size_t at = 0;
    for (uint32_t core = 0; core < SOC_RESET_CORES; core++) {
        at =
            expect_write(soc, at, BOOT_MCU_RESET_REQUIRED + 4 * core, required);
        at = expect_write(soc, at, BOOT_MCU_RESET_ENTRY + 4 * core,
                          (uint32_t)(entry >> 4));
    }
    at = expect_write(soc, at, BOOT_MCU_RESET_LOCK, 1);
    at = expect_write(soc, at, BOOT_MCU_RESET_RELEASE, 1);
    expect_write(soc, at, BOOT_MCU_RESET_VERDICT, SOC_RESET_VERDICT_RELEASED);
    EXPECT_EQ(reset_register(soc, BOOT_MCU_RESET_LINES), 0xfe);
}

static void check_memory(const struct boot_mcu_soc *soc, const struct set *set)
{
    const struct boot_record *record = boot_mcu_record();
    struct buffer bank = {0};
    struct flash_directory directory;
    boot_mcu_set_write(set, &bank);
    EXPECT_BYTES(soc->flash + FLASH_BANK_0, bank.bytes, bank.size);
    memcpy(&directory, bank.bytes, sizeof(directory));
    EXPECT_EQ(record->magic, BOOT_RECORD_MAGIC);
    EXPECT_EQ(record->count, set->count);
    for (unsigned i = 0; i < set->count; i++) {
        const struct set_image *image = &set->images[i];
        struct flash_entry entry;
        memcpy(&entry,
               bank.bytes + sizeof(directory) +
                   (directory.count - set->count + i) * sizeof(entry),
               sizeof(entry));
        EXPECT_EQ(record->images[i].id, image->id);
        EXPECT_EQ(record->images[i].size, image->size);
        EXPECT_EQ(record->images[i].address, image->load_address);
        EXPECT_BYTES(boot_mcu_memory((uint32_t)image->load_address),
                     bank.bytes + entry.offset + sizeof(struct boot_image),
                     image->size);
    }
    buffer_fini(&bank);
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
    struct buffer bank = {0};
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
    buffer_fini(&bank);
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

/* ---- Which bank ---------------------------------------------------------- */

static const uint8_t states[] = {FWU_BANK_INVALID, FWU_BANK_VALID,
                                 FWU_BANK_ACCEPTED};

static bool may(const struct metadata *metadata, unsigned bank, uint32_t tried,
                uint8_t state)
{
    return metadata->header.bank_state[bank] == state &&
           (tried & 1u << bank) == 0;
}

/* The rule again, from its words: the active one unless it is invalid, else an
 * accepted one, else a valid one, the previous before the others, recovery. */
static unsigned expected_bank(const struct metadata *metadata, uint32_t tried)
{
    const unsigned active = metadata->header.active_index;
    const unsigned previous = metadata->header.previous_active_index;
    const unsigned order[] = {previous, 0, 1};
    if (may(metadata, active, tried, FWU_BANK_VALID) ||
        may(metadata, active, tried, FWU_BANK_ACCEPTED)) {
        return active;
    }
    for (unsigned state = 2; state >= 1; state--) {
        for (unsigned i = 0; i < 3; i++) {
            if (may(metadata, order[i], tried, states[state])) {
                return order[i];
            }
        }
    }
    return (tried & 4) == 0 ? METADATA_RECOVERY : METADATA_NO_BANK;
}

TEST(the_bank_is_chosen_by_the_rule_in_every_state)
{
    for (unsigned i = 0; i < 9 * 4 * 8; i++) {
        const struct metadata metadata = {
            .header = {.active_index = i / 9 % 2,
                       .previous_active_index = i / 18 % 2,
                       .bank_state = {states[i % 3], states[i / 3 % 3]}}
        };
        test_case("states %u %u, active %u, previous %u, tried %u", i % 3,
                  i / 3 % 3, i / 9 % 2, i / 18 % 2, i / 36);
        EXPECT_EQ(metadata_choose(&metadata, i / 36),
                  expected_bank(&metadata, i / 36));
    }
    EXPECT_EQ(metadata_choose(NULL, 0), METADATA_RECOVERY);
    EXPECT_EQ(metadata_choose(NULL, 3), METADATA_RECOVERY);
    EXPECT_EQ(metadata_choose(NULL, 4), METADATA_NO_BANK);
}

static void seal(struct metadata *metadata)
{
    metadata->header.crc32 = (uint32_t)crc32_z(0, (const uint8_t *)metadata + 4,
                                               sizeof(*metadata) - 4);
}

static const struct {
    const char *name;
    size_t offset;
    size_t size;
    uint32_t value;
    bool good;
} metadata_fields[] = {
#define AT(field)                                                              \
    offsetof(struct metadata, field), sizeof(((struct metadata *)0)->field)
    {"version 1",       AT(header.version),               1,                           false},
    {"version 3",       AT(header.version),               3,                           false},
    {"active 1",        AT(header.active_index),          1,                           true },
    {"active 2",        AT(header.active_index),          2,                           false},
    {"previous 0",      AT(header.previous_active_index), 0,                           true },
    {"previous 2",      AT(header.previous_active_index), 2,                           false},
    {"size",            AT(header.metadata_size),         sizeof(struct metadata) - 1, false},
    {"larger",          AT(header.metadata_size),         sizeof(struct metadata) + 1, false},
    {"no descriptor",   AT(header.descriptor_offset),     0,                           false},
    {"one bank",        AT(descriptor.bank_count),        1,                           false},
    {"three banks",     AT(descriptor.bank_count),        3,                           false},
    {"no image",        AT(descriptor.image_count),       0,                           false},
    {"two images",      AT(descriptor.image_count),       2,                           false},
    {"state of bank 0", AT(header.bank_state[0]),         0xfd,                        false},
    {"bank 0 valid",    AT(header.bank_state[0]),         0xfe,                        true },
    {"bank 0 invalid",  AT(header.bank_state[0]),         0xff,                        true },
    {"state of bank 1", AT(header.bank_state[1]),         0,                           false},
    {"bank 1 accepted", AT(header.bank_state[1]),         0xfc,                        true },
#undef AT
};

TEST(each_field_of_the_metadata_is_checked)
{
    for (size_t i = 0; i < sizeof(metadata_fields) / sizeof(metadata_fields[0]);
         i++) {
        struct boot_mcu_soc *soc = boot_mcu_good();
        struct metadata metadata;
        memcpy(&metadata, soc->flash + FLASH_METADATA_0, sizeof(metadata));
        memcpy((uint8_t *)&metadata + metadata_fields[i].offset,
               &metadata_fields[i].value, metadata_fields[i].size);
        seal(&metadata);
        memcpy(soc->flash + FLASH_METADATA_0, &metadata, sizeof(metadata));
        memcpy(soc->flash + FLASH_METADATA_1, &metadata, sizeof(metadata));
        test_case("%s", metadata_fields[i].name);
        (void)boot_mcu_run(soc);
        EXPECT_EQ(boot_mcu_says(soc, "the update metadata is damaged"),
                  !metadata_fields[i].good);
    }
}

TEST(one_good_copy_of_the_metadata_is_enough)
{
    for (unsigned damaged = 0; damaged < 4; damaged++) {
        const struct set set = boot_mcu_set(5);
        struct boot_mcu_soc *soc = boot_mcu_good();
        boot_mcu_set_place(soc, FLASH_RECOVERY, &set);
        soc->flash[FLASH_METADATA_0] ^= (uint8_t)(damaged & 1);
        soc->flash[FLASH_METADATA_1] ^= (uint8_t)(damaged >> 1);
        test_case("damaged %u", damaged);
        EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_SERVES);
        EXPECT_SAYS(soc, damaged == 3
                             ? "boot MCU: recovery bank, the update metadata "
                               "is damaged\n"
                             : "boot MCU: bank 0\n");
        EXPECT_EQ(reset_register(soc, BOOT_MCU_KEPT_RUNNING),
                  damaged == 3 ? 3 : 1);
    }
}

/* Room is the bank's own. */
TEST(the_recovery_bank_is_smaller)
{
    const struct set set = boot_mcu_set(5);
    for (uint32_t more = 0; more < 2; more++) {
        struct boot_mcu_soc *soc = boot_mcu_good();
        const uint32_t offset = FLASH_RECOVERY_SIZE - 64 - 501 + more;
        boot_mcu_set_place(soc, FLASH_RECOVERY, &set);
        soc->flash[FLASH_METADATA_0] ^= 1;
        soc->flash[FLASH_METADATA_1] ^= 1;
        memcpy(soc->flash + FLASH_RECOVERY + 16 + 3 * 12 + 4, &offset, 4);
        EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_RESET);
        EXPECT_SAYS(soc, more == 0 ? "recovery bank: refused: image: no header"
                                   : "recovery bank: refused: directory: an "
                                     "image is out of bounds");
        EXPECT_EQ(reset_register(soc, BOOT_MCU_KEPT_TRIED), 4);
        EXPECT_EQ(reset_register(soc, BOOT_MCU_KEPT_TRYING), 4);
    }
}

TEST(without_a_bank_the_boot_mcu_stops)
{
    struct boot_mcu_soc *soc = boot_mcu_good();
    set_reset_register(soc, BOOT_MCU_KEPT_TRIED, 7);
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_STOPPED);
    EXPECT_STR(buffer_text(&soc->console), "stopped: no bank boots\n");
    EXPECT_EQ(reset_register(soc, BOOT_MCU_RESET_PERIOD), 0);
    EXPECT_EQ(reset_register(soc, BOOT_MCU_RESET_VERDICT),
              SOC_RESET_VERDICT_STOPPED);
}

/* ---- Resets -------------------------------------------------------------- */

TEST(a_boot_mcu_that_wakes_among_running_cores_resets_all)
{
    static const struct {
        uint32_t lines;
        bool resets;
    } cases[] = {
        {0x3ff, false},
        {0x2ff, false}, /* the root of trust kept its power */
        {0x3fe, true },
        {0x37f, true },
        {0x1ff, true },
        {0x0ff, true },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct boot_mcu_soc *soc = boot_mcu_good();
        test_case("lines 0x%x", (unsigned)cases[i].lines);
        set_reset_register(soc, BOOT_MCU_RESET_LINES, cases[i].lines);
        set_reset_register(soc, BOOT_MCU_KEPT_RUNNING, 3);
        EXPECT_EQ(boot_mcu_run(soc),
                  cases[i].resets ? BOOT_MCU_RESET : BOOT_MCU_SERVES);
        EXPECT_EQ(boot_mcu_says(soc, "boot MCU: reset in a running system\n"),
                  cases[i].resets);
        EXPECT_EQ(reset_register(soc, BOOT_MCU_KEPT_RUNNING),
                  cases[i].resets ? 0 : 1);
        EXPECT_EQ(boot_mcu_times(soc, BOOT_MCU_RESET_PERIOD),
                  cases[i].resets ? 0 : 1);
    }
}

TEST(a_bank_that_hung_is_not_tried_again)
{
    for (unsigned bit = 0; bit < 2; bit++) {
        struct fwu metadata = boot_mcu_metadata();
        const struct set set = boot_mcu_set(6);
        struct boot_mcu_soc *soc = boot_mcu_good();
        metadata.bank_state[1] = FWU_BANK_ACCEPTED;
        boot_mcu_metadata_place(soc, &metadata);
        boot_mcu_set_place(soc, FLASH_BANK_1, &set);
        set_reset_register(soc, BOOT_MCU_RESET_CAUSE,
                           2 | (bit != 0 ? SOC_RESET_CAUSE_WATCHDOG : 0));
        set_reset_register(soc, BOOT_MCU_KEPT_TRYING, 1);
        test_case("the watchdog bit: %u", bit);
        EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_SERVES);
        EXPECT_EQ(boot_mcu_says(soc, "boot MCU: the watchdog bit\n"), bit);
        EXPECT_SAYS(soc,
                    bit != 0 ? "boot MCU: bank 1\n" : "boot MCU: bank 0\n");
        /* That it bit is forgotten, why else it was reset is not. */
        EXPECT_EQ(reset_register(soc, BOOT_MCU_RESET_CAUSE), 2);
        EXPECT_EQ(reset_register(soc, BOOT_MCU_KEPT_RUNNING), bit + 1);
    }
}

/* A bank that was tried before the watchdog bit stays tried. */
TEST(banks_that_were_tried_add_up)
{
    struct boot_mcu_soc *soc = boot_mcu_good();
    set_reset_register(soc, BOOT_MCU_RESET_CAUSE, SOC_RESET_CAUSE_WATCHDOG);
    set_reset_register(soc, BOOT_MCU_KEPT_TRIED, 1);
    set_reset_register(soc, BOOT_MCU_KEPT_TRYING, 4);
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_STOPPED);
    soc = boot_mcu_good();
    set_reset_register(soc, BOOT_MCU_KEPT_TRIED, 1);
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_RESET);
    EXPECT_SAYS(soc, "recovery bank: refused: directory: none");
    EXPECT_EQ(reset_register(soc, BOOT_MCU_KEPT_TRIED), 5);
}

/* By the cause of a trap. */
TEST(a_trap_is_told_and_stops_the_boot)
{
    struct boot_mcu_soc *soc = boot_mcu_good();
    EXPECT_EQ(boot_mcu_trap(soc, 7, 0x80001230, 0), BOOT_MCU_STOPPED);
    EXPECT_STR(buffer_text(&soc->console),
               "trap 0x7 at 0x80001230, value 0x0\n"
               "stopped: the boot MCU trapped\n");
    EXPECT_EQ(reset_register(soc, BOOT_MCU_RESET_PERIOD), 0);
}

/* Boots, and resets all but what survives. */
static struct boot_mcu_soc *restarted(void)
{
    struct boot_mcu_soc *soc = boot_mcu_good();
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_SERVES);
    boot_mcu_warm(soc);
    return soc;
}

TEST(a_root_of_trust_with_power_keeps_its_firmware)
{
    const struct set set = boot_mcu_set(5);
    struct boot_mcu_soc *soc = restarted();
    soc->polls = 2;
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_SERVES);
    EXPECT_SAYS(soc,
                "boot MCU: bank 0\nroot of trust: runs again\nSoC "
                "manifest: accepted\n");
    EXPECT_EQ(boot_mcu_times(soc, BOOT_MCU_RESET_ASSERT), 0);
    EXPECT_EQ(boot_mcu_times(soc, ROT_SIDE(CALIPTRA_SOC_IFC_FUSE_UDS_SEED)), 0);
    EXPECT_EQ(reset_register(soc, BOOT_MCU_RESET_REQUIRED + 4 * 9), 0);
    EXPECT_EQ(boot_mcu_times(soc, BOOT_MCU_RESET_REQUIRED + 4 * 8), 0);
    size_t at =
        expect_write(soc, 0, ROT_SIDE(CALIPTRA_SOC_IFC_WDT_CFG), 1000000000);
    at = expect_write(soc, at, BOOT_MCU_FUSES_LOCK, BOOT_MCU_LOCK_SECRETS);
    expect_write(soc, at, ROT_SIDE(CALIPTRA_SOC_IFC_FUSE_WR_DONE), 1);
    check_release(soc, 3, 0x0e000040);
    check_memory(soc, &set);
}

TEST(a_root_of_trust_that_lost_its_power_starts_over)
{
    struct boot_mcu_soc *soc = restarted();
    uint32_t lines = reset_register(soc, BOOT_MCU_RESET_LINES);
    set_reset_register(soc, BOOT_MCU_RESET_LINES,
                       lines | 1u << SOC_RESET_LINE_POWER);
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_SERVES);
    EXPECT_SAYS(soc, "root of trust: wants firmware\n");
}

TEST(a_root_of_trust_with_another_banks_firmware_starts_over)
{
    for (uint32_t running = 0; running < 4; running++) {
        struct boot_mcu_soc *soc = restarted();
        set_reset_register(soc, BOOT_MCU_KEPT_RUNNING, running);
        test_case("running %u", (unsigned)running);
        EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_SERVES);
        EXPECT_SAYS(soc, running == 1 ? "root of trust: runs again\n"
                                      : "root of trust: wants firmware\n");
    }
}

TEST(a_root_of_trust_starts_over_when_the_watchdog_bit)
{
    struct boot_mcu_soc *soc = restarted();
    set_reset_register(soc, BOOT_MCU_RESET_CAUSE, SOC_RESET_CAUSE_WATCHDOG);
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_SERVES);
    EXPECT_SAYS(soc, "boot MCU: bank 0\nroot of trust: wants firmware\n");
}

/* It is not the bank that failed: the next boot tries the same one anew. */
TEST(a_root_of_trust_that_does_not_start_again_costs_no_bank)
{
    static const enum rot_fault faults[] = {ROT_NO_FUSES, ROT_NO_BUNDLE};
    for (unsigned i = 0; i < 2; i++) {
        struct boot_mcu_soc *soc = restarted();
        soc->fault = faults[i];
        EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_RESET);
        EXPECT_SAYS(soc,
                    "bank 0: refused: root of trust: does not start again");
        EXPECT_EQ(reset_register(soc, BOOT_MCU_KEPT_TRIED), 0);
        EXPECT_EQ(reset_register(soc, BOOT_MCU_KEPT_RUNNING), 0);
        soc->fault = ROT_GOOD;
        boot_mcu_warm(soc);
        EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_SERVES);
        EXPECT_SAYS(soc, "root of trust: wants firmware\n");
    }
}

/* ---- Services ------------------------------------------------------------ */

enum { CHANNEL = 2 };

/* Questions that the channel asks in turn, and what it was told. */
static struct {
    uint32_t request[4];
    uint32_t arguments[4][5];
    uint32_t results[4][4];
    unsigned count, next;
} talk;

static uint32_t *service(struct boot_mcu_soc *soc, uint32_t address)
{
    return &soc->services[(address - BOOT_SERVICE) / 4];
}

static bool ask_next(struct boot_mcu_soc *soc)
{
    if (talk.next > 0) {
        EXPECT_EQ(*service(soc, BOOT_SERVICE_REQUEST + 4 * CHANNEL), 0);
        memcpy(talk.results[talk.next - 1],
               service(soc, BOOT_SERVICE_RESULT + 16 * CHANNEL), 16);
    }
    if (talk.next == talk.count) {
        return false;
    }
    memset(service(soc, BOOT_SERVICE_RESULT), 0xee, 16 * SOC_RESET_CORES);
    memset(service(soc, BOOT_SERVICE_ARGUMENT), 0xdd, 32 * SOC_RESET_CORES);
    memcpy(service(soc, BOOT_SERVICE_ARGUMENT + 32 * CHANNEL),
           talk.arguments[talk.next], sizeof(talk.arguments[0]));
    *service(soc, BOOT_SERVICE_REQUEST + 4 * CHANNEL) =
        talk.request[talk.next++];
    return true;
}

static enum boot_mcu_end serve(struct boot_mcu_soc *soc, unsigned count)
{
    talk.count = count;
    talk.next = 0;
    soc->sleeps = ask_next;
    return boot_mcu_run(soc);
}

TEST(a_core_starts_where_the_caller_says)
{
    struct boot_mcu_soc *soc = boot_mcu_good();
    const uint32_t core_5[] = {5, 0x11, 0x22, 0x33, 0x44};
    for (unsigned i = 0; i < 4; i++) {
        talk.request[i] =
            i == 1 || i == 3 ? BOOT_SERVICE_CORE_STATE : BOOT_SERVICE_CORE_ON;
        memcpy(talk.arguments[i], core_5, sizeof(core_5));
    }
    talk.arguments[3][0] = 6;
    EXPECT_EQ(serve(soc, 4), BOOT_MCU_SERVES);
    EXPECT_EQ(talk.results[0][0], BOOT_SERVICE_CORE_GOOD);
    EXPECT_EQ(talk.results[1][0], 0);
    EXPECT_EQ((int32_t)talk.results[2][0], BOOT_SERVICE_CORE_ON_NOW);
    EXPECT_EQ(talk.results[3][0], 1);
    EXPECT_EQ(reset_register(soc, BOOT_MCU_RESET_LINES), 0xde);
    EXPECT_EQ(*service(soc, BOOT_SERVICE_START + 16 * 5), 0x11);
    EXPECT_EQ(*service(soc, BOOT_SERVICE_START + 16 * 5 + 12), 0x44);
    EXPECT_EQ(*service(soc, BOOT_SERVICE_START + 16 * 6), 0);
}

TEST(cores_that_are_not_there_are_invalid)
{
    static const struct {
        uint32_t request;
        uint32_t core;
        int32_t result;
    } cases[] = {
        {BOOT_SERVICE_CORE_ON,    7, BOOT_SERVICE_CORE_GOOD   },
        {BOOT_SERVICE_CORE_ON,    8, BOOT_SERVICE_CORE_INVALID},
        {BOOT_SERVICE_CORE_ON,    9, BOOT_SERVICE_CORE_INVALID},
        {BOOT_SERVICE_CORE_STATE, 7, 1                        },
        {BOOT_SERVICE_CORE_STATE, 8, BOOT_SERVICE_CORE_INVALID},
        {BOOT_SERVICE_CORE_STATE, 0, 0                        },
        {77,                      0, BOOT_SERVICE_CORE_INVALID},
        {10,                      0, BOOT_SERVICE_CORE_INVALID},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct boot_mcu_soc *soc = boot_mcu_good();
        test_case("request %u of core %u", (unsigned)cases[i].request,
                  (unsigned)cases[i].core);
        memset(&talk, 0, sizeof(talk));
        talk.request[0] = cases[i].request;
        talk.arguments[0][0] = cases[i].core;
        EXPECT_EQ(serve(soc, 1), BOOT_MCU_SERVES);
        EXPECT_EQ((int32_t)talk.results[0][0], cases[i].result);
        /* The other channels' results are as they were. */
        EXPECT_EQ(*service(soc, BOOT_SERVICE_RESULT + 16 * CHANNEL + 16),
                  0xeeeeeeee);
        EXPECT_EQ(*service(soc, BOOT_SERVICE_RESULT + 16 * CHANNEL + 4),
                  0xeeeeeeee);
        EXPECT_EQ(*service(soc, BOOT_SERVICE_RESULT + 16 * CHANNEL - 4),
                  0xeeeeeeee);
    }
}

TEST(a_core_whose_images_are_not_authorised_is_denied)
{
    struct boot_mcu_soc *soc = boot_mcu_good();
    memset(&talk, 0, sizeof(talk));
    talk.request[0] = BOOT_SERVICE_CORE_ON;
    talk.arguments[0][0] = 3;
    soc->gate_stays_shut_for_others = true;
    EXPECT_EQ(serve(soc, 1), BOOT_MCU_SERVES);
    EXPECT_EQ((int32_t)talk.results[0][0], BOOT_SERVICE_CORE_DENIED);
}

TEST(a_core_that_wants_off_is_held)
{
    struct boot_mcu_soc *soc = boot_mcu_good();
    memset(&talk, 0, sizeof(talk));
    talk.request[0] = BOOT_SERVICE_CORE_ON;
    talk.arguments[0][0] = CHANNEL;
    talk.request[1] = BOOT_SERVICE_CORE_OFF;
    EXPECT_EQ(serve(soc, 2), BOOT_MCU_SERVES);
    EXPECT_EQ(talk.results[0][0], BOOT_SERVICE_CORE_GOOD);
    EXPECT_EQ(talk.results[1][0], BOOT_SERVICE_CORE_GOOD);
    EXPECT_EQ(reset_register(soc, BOOT_MCU_RESET_LINES), 0xfe);
    expect_write(soc, 0, BOOT_MCU_RESET_ASSERT, 1u << CHANNEL);
}

TEST(the_system_ends_by_keys)
{
    struct boot_mcu_soc *soc = boot_mcu_good();
    memset(&talk, 0, sizeof(talk));
    talk.request[0] = BOOT_SERVICE_POWER_OFF;
    EXPECT_EQ(serve(soc, 1), BOOT_MCU_OFF);
    EXPECT_SAYS(soc, "boot MCU: power off\n");
    soc = boot_mcu_good();
    talk.request[0] = BOOT_SERVICE_RESET;
    EXPECT_EQ(serve(soc, 1), BOOT_MCU_RESET);
    EXPECT_SAYS(soc, "boot MCU: reset\n");
}

TEST(the_image_type_is_told_in_four_words)
{
    struct boot_mcu_soc *soc = boot_mcu_good();
    memset(&talk, 0, sizeof(talk));
    talk.request[0] = BOOT_SERVICE_IMAGE_TYPE;
    EXPECT_EQ(serve(soc, 1), BOOT_MCU_SERVES);
    EXPECT_EQ(talk.results[0][0], 0x04030201);
    EXPECT_EQ(talk.results[0][3], 0x100f0e0d);
    soc = boot_mcu_good();
    const struct set set = boot_mcu_set(5);
    boot_mcu_set_place(soc, FLASH_RECOVERY, &set);
    memset(soc->flash, 0, 2 * FLASH_METADATA_1);
    EXPECT_EQ(serve(soc, 1), BOOT_MCU_SERVES);
    for (unsigned i = 0; i < 4; i++) {
        EXPECT_EQ(talk.results[0][i], 0);
    }
}

/* ---- Sleep --------------------------------------------------------------- */

TEST(while_it_sleeps_the_boot_mcu_wakes_to_kick_the_watchdog)
{
    struct boot_mcu_soc *soc = boot_mcu_good();
    soc->time = 0x7fffffff0;
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_SERVES);
    EXPECT_EQ(soc->wakes_by, 1u << 7 | 1u << 11);
    uint64_t at = 0x7fffffff0 + 5 * UINT64_C(10000000);
    size_t write = expect_write(soc, 0, BOOT_MCU_RESET_KICK, 1);
    write = expect_write(soc, write, BOOT_MCU_MTIMECMP, UINT32_MAX);
    write =
        expect_write(soc, write, BOOT_MCU_MTIMECMP + 4, (uint32_t)(at >> 32));
    expect_write(soc, write, BOOT_MCU_MTIMECMP, (uint32_t)at);
}

/* The low word was read before it wrapped, the high one behind it. */
TEST(a_time_that_is_read_across_its_low_word_is_read_again)
{
    struct boot_mcu_soc *soc = boot_mcu_good();
    soc->time = UINT64_C(0x300000010);
    soc->wraps = true;
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_SERVES);
    EXPECT_EQ(soc->time_compare[1], 4);
}

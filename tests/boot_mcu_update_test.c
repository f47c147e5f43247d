/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Updates by the firmware of the boot MCU, compiled for the host: each check of
 * a capsule has one that only it refuses, and flash and fuses are compared with
 * what they must be. tests/update_test.c has the same on the whole board.
 */
#include <openssl/rsa.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "abi/boot_service.h"
#include "guest/bootmcu/report.h"
#include "guest/bootmcu/update.h"
#include "tests/boot_mcu_checks.h"
#include "tests/capsule_signer.h"
#include "tests/harness.h"

/* The set in bank 0 has version 5, the floor is 4. */
enum { ACTIVE = 5, FLOOR = 4, NEW = 7 };

/* ---- Capsules ------------------------------------------------------------ */

static const struct test_signer *signer(void)
{
    static struct test_signer signer;
    if (signer.signer == NULL) {
        EVP_PKEY *key = EVP_RSA_gen(2048);
        test_signer_make(&signer, key);
        EVP_PKEY_free(key);
    }
    return &signer;
}

static void set_floor(struct boot_mcu_soc *soc, uint32_t floor)
{
    for (uint32_t i = 0; i < 16; i++) {
        uint32_t ones = floor > 32 * i ? floor - 32 * i : 0;
        soc->fuses[BOOT_MCU_FUSES_FLOOR / 4 + i] =
            ones >= 32 ? UINT32_MAX : (1u << ones) - 1;
    }
}

static struct boot_mcu_soc *start(void)
{
    struct boot_mcu_soc *soc = boot_mcu_good();
    memcpy(soc->fuses + BOOT_MCU_FUSES_SIGNER / 4, signer()->certificate, 32);
    set_floor(soc, FLOOR);
    return soc;
}

struct order {
    uint32_t version;
    uint32_t lowest;
    bool at_once;
    const struct set *set;    /* NULL: one of that version */
    const struct buffer *raw; /* in place of a set and its version header */
};

static void make(const struct order *order, struct buffer *out)
{
    struct set set = boot_mcu_set(order->version);
    struct buffer bank = {0};
    boot_mcu_set_write(order->set != NULL ? order->set : &set, &bank);
    const struct capsule_pack pack = {
        .image_type = boot_mcu_metadata().images[0].image_type,
        .image_index = 1,
        .flags = UEFI_CAPSULE_PERSIST |
                 (order->at_once ? 0u : UEFI_CAPSULE_OS_ACCEPTS),
        .versioned = order->raw == NULL,
        .version = order->version,
        .lowest_supported_version = order->lowest,
        .image = order->raw != NULL ? order->raw->bytes : bank.bytes,
        .image_size = order->raw != NULL ? order->raw->size : bank.size,
        .signer = signer()->signer,
        .monotonic_count = 0x1122334455667788,
    };
    EXPECT_EQ(capsule_write(&pack, out, NULL), 0);
    buffer_fini(&bank);
}

static size_t deliver(struct boot_mcu_soc *soc, struct order order)
{
    struct buffer capsule = {0};
    size_t size;
    make(&order, &capsule);
    memcpy(soc->flash + FLASH_CAPSULE, capsule.bytes, capsule.size);
    size = capsule.size;
    buffer_fini(&capsule);
    return size;
}

static void boot(struct boot_mcu_soc *soc, const char *bank)
{
    boot_mcu_power(soc);
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_SERVES);
    EXPECT_SAYS(soc, bank);
}

static struct metadata metadata_of(const struct boot_mcu_soc *soc)
{
    struct metadata metadata;
    memcpy(&metadata, soc->flash + FLASH_METADATA_0, sizeof(metadata));
    EXPECT_BYTES(soc->flash + FLASH_METADATA_1, &metadata, sizeof(metadata));
    EXPECT_EQ(metadata.header.crc32,
              crc32_z(0, (const uint8_t *)&metadata + 4, sizeof(metadata) - 4));
    return metadata;
}

static void put_metadata(struct boot_mcu_soc *soc, struct metadata *metadata)
{
    metadata->header.crc32 = (uint32_t)crc32_z(0, (const uint8_t *)metadata + 4,
                                               sizeof(*metadata) - 4);
    memcpy(soc->flash + FLASH_METADATA_0, metadata, sizeof(*metadata));
    memcpy(soc->flash + FLASH_METADATA_1, metadata, sizeof(*metadata));
}

static void expect_state(const struct boot_mcu_soc *soc, unsigned active,
                         unsigned previous, uint8_t state_0, uint8_t state_1)
{
    const struct metadata metadata = metadata_of(soc);
    EXPECT_EQ(metadata.header.active_index, active);
    EXPECT_EQ(metadata.header.previous_active_index, previous);
    EXPECT_EQ(metadata.header.bank_state[0], state_0);
    EXPECT_EQ(metadata.header.bank_state[1], state_1);
    /* The images follow their bank. */
    EXPECT_EQ(metadata.banks[1].accepted, state_1 == FWU_BANK_ACCEPTED);
}

/* Exactly the blocks that hold so many bytes are erased, the last one first. */
static void expect_spent(const struct boot_mcu_soc *soc, size_t size)
{
    unsigned blocks =
        (unsigned)((size + FLASH_ERASE_SIZE - 1) / FLASH_ERASE_SIZE);
    unsigned last = soc->operation_count;
    unsigned seen = 0;
    for (unsigned i = 0; i < soc->operation_count; i++) {
        if (soc->operations[i].size == 0 &&
            soc->operations[i].place >= FLASH_CAPSULE) {
            EXPECT_EQ(soc->operations[i].place,
                      FLASH_CAPSULE + (blocks - 1 - seen) * FLASH_ERASE_SIZE);
            last = seen == 0 ? i : last;
            seen++;
        }
    }
    EXPECT_EQ(seen, blocks);
    /* First of all it is no capsule any more. */
    EXPECT_EQ(soc->operations[last - 1].place, FLASH_CAPSULE);
    EXPECT_EQ(soc->operations[last - 1].size, sizeof(struct uefi_guid));
}

/* ---- Installed ----------------------------------------------------------- */

TEST(a_good_capsule_fills_the_other_bank_and_begins_a_trial)
{
    struct boot_mcu_soc *soc = start();
    const struct set set = boot_mcu_set(NEW);
    struct buffer bank = {0};
    struct flash_trial trial;
    boot_mcu_set_write(&set, &bank);
    memset(soc->flash + FLASH_BANK_1, 0, 3 * FLASH_ERASE_SIZE);
    size_t size = deliver(soc, (struct order){.version = NEW, .lowest = 6});
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_SERVES);
    EXPECT_SAYS(soc,
                "update: bank 1 gets the new set\n"
                "update: bank 1 is active, on trial\n"
                "update: boot 1 of 3 on trial\n"
                "boot MCU: bank 1\n");
    EXPECT_BYTES(soc->flash + FLASH_BANK_1, bank.bytes, bank.size);
    EXPECT_EQ(soc->flash[FLASH_BANK_1 + bank.size], 0xff);
    EXPECT_EQ(soc->flash[FLASH_BANK_1 + FLASH_ERASE_SIZE - 1], 0xff);
    EXPECT_EQ(soc->flash[FLASH_BANK_1 + FLASH_ERASE_SIZE], 0);
    memcpy(&trial, soc->flash + FLASH_BOOT_RECORD, sizeof(trial));
    EXPECT_EQ(trial.magic, FLASH_TRIAL_MAGIC);
    EXPECT_EQ(trial.bank, 1);
    EXPECT_EQ(trial.lowest_version, 6);
    EXPECT_EQ(trial.os_accepts, 1);
    EXPECT_EQ(trial.crc32, crc32_z(0, (const uint8_t *)&trial, 16));
    EXPECT_EQ(trial.boots, 0xfffffffe);
    expect_state(soc, 1, 0, FWU_BANK_ACCEPTED, FWU_BANK_VALID);
    expect_spent(soc, size);
    EXPECT_EQ(update_floor(), FLOOR);
    buffer_fini(&bank);
}

/* A set of more than one block, whose last is not full. */
TEST(a_large_set_is_copied_block_by_block)
{
    struct set set = boot_mcu_set(NEW);
    struct boot_mcu_soc *soc = start();
    struct buffer bank = {0};
    set.images[1].size = 3 * FLASH_ERASE_SIZE + 77;
    boot_mcu_set_write(&set, &bank);
    const uint32_t blocks = (uint32_t)(bank.size / FLASH_ERASE_SIZE);
    size_t size =
        deliver(soc, (struct order){.version = NEW, .lowest = 6, .set = &set});
    boot(soc, "boot MCU: bank 1\n");
    EXPECT_BYTES(soc->flash + FLASH_BANK_1, bank.bytes, bank.size);
    unsigned erased = 0;
    for (unsigned i = 0; i < soc->operation_count; i++) {
        uint32_t place = soc->operations[i].place;
        if (place >= FLASH_BANK_1 && place < FLASH_CAPSULE) {
            erased += soc->operations[i].size == 0;
            EXPECT(soc->operations[i].size <= FLASH_ERASE_SIZE);
        }
    }
    EXPECT_EQ(erased, blocks + 1);
    expect_spent(soc, size);
    buffer_fini(&bank);
}

TEST(a_capsule_of_whole_blocks_is_spent_to_its_last)
{
    struct boot_mcu_soc *soc = start();
    struct buffer capsule = {0};
    const struct order order = {.version = NEW};
    make(&order, &capsule);
    struct set set = boot_mcu_set(NEW);
    set.images[1].size += 2 * FLASH_ERASE_SIZE - (uint32_t)capsule.size;
    buffer_fini(&capsule);
    size_t size = deliver(soc, (struct order){.version = NEW, .set = &set});
    EXPECT_EQ(size, 2 * FLASH_ERASE_SIZE);
    boot(soc, "boot MCU: bank 1\n");
    expect_spent(soc, size);
}

TEST(a_bank_that_is_to_be_written_is_invalid_before)
{
    struct boot_mcu_soc *soc = start();
    struct metadata metadata = metadata_of(soc);
    metadata.header.bank_state[1] = FWU_BANK_ACCEPTED;
    metadata.banks[1].accepted = 1;
    put_metadata(soc, &metadata);
    deliver(soc, (struct order){.version = NEW});
    boot(soc, "boot MCU: bank 1\n");
    expect_state(soc, 1, 0, FWU_BANK_ACCEPTED, FWU_BANK_VALID);
    /* Two copies, before the bank's first block. */
    EXPECT_EQ(soc->operations[0].place, FLASH_METADATA_0);
    EXPECT_EQ(soc->operations[3].place, FLASH_METADATA_1);
    EXPECT_EQ(soc->operations[4].place, FLASH_BANK_1);
    /* One that is invalid need not be said so. */
    soc = start();
    deliver(soc, (struct order){.version = NEW});
    boot(soc, "boot MCU: bank 1\n");
    EXPECT_EQ(soc->operations[0].place, FLASH_BANK_1);
}

/* The first copy is good, the second was cut off when power went. */
TEST(a_damaged_second_copy_is_mended_before_the_first_changes)
{
    for (unsigned damaged = 0; damaged < 3; damaged++) {
        struct boot_mcu_soc *soc = start();
        soc->flash[FLASH_METADATA_0] ^= damaged == 2;
        soc->flash[FLASH_METADATA_1] ^= damaged == 1;
        test_case("damaged %u", damaged);
        deliver(soc, (struct order){.version = NEW});
        boot(soc, "boot MCU: bank 1\n");
        expect_state(soc, 1, 0, FWU_BANK_ACCEPTED, FWU_BANK_VALID);
        static const uint32_t order[] = {FLASH_METADATA_1, FLASH_METADATA_1,
                                         FLASH_METADATA_0, FLASH_METADATA_0,
                                         FLASH_METADATA_1, FLASH_METADATA_1};
        unsigned first = damaged == 1 ? 0 : 2;
        unsigned seen = first;
        for (unsigned i = 0; i < soc->operation_count; i++) {
            if (soc->operations[i].place < FLASH_BOOT_RECORD) {
                EXPECT_EQ(soc->operations[i].place, order[seen % 6]);
                EXPECT_EQ(soc->operations[i].size,
                          seen % 2 == 0 ? 0 : sizeof(struct metadata));
                seen++;
            }
        }
        EXPECT_EQ(seen, 6);
    }
}

/* ---- Refused ------------------------------------------------------------- */

/* The bench is told the reason that the console has. */
static void expect_refused(struct boot_mcu_soc *soc, const char *why)
{
    boot_mcu_power(soc);
    soc->refused = UPDATE_REFUSALS;
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_SERVES);
    EXPECT_SAYS(soc, "update: refused: ");
    EXPECT_SAYS(soc, why);
    REQUIRE(soc->refused < UPDATE_REFUSALS);
    EXPECT_SAYS(soc, report_words((enum update_refusal)soc->refused));
    EXPECT_SAYS(soc, "boot MCU: bank 0\n");
    EXPECT_EQ(soc->operation_count, 0);
    EXPECT_EQ(boot_mcu_times(soc, BOOT_MCU_FUSES_BURN), 0);
}

TEST(capsules_are_judged_by_floor_version_and_set)
{
    const struct set other = boot_mcu_set(NEW + 1);
    struct set no_monitor = boot_mcu_set(NEW);
    no_monitor.images[0].id = FLASH_IMAGE_DEVICE_TREE;
    const struct {
        struct order order;
        const char *why; /* NULL: installed */
    } cases[] = {
        {{.version = FLOOR - 1},               "capsule: its version is below the floor\n"},
        {{.version = FLOOR},                   NULL                                       },
        {{.version = NEW, .lowest = NEW},      NULL                                       },
        {{.version = NEW, .lowest = NEW + 1},  "capsule: no version\n"                    },
        {{.version = NEW, .set = &other},
         "capsule: its set has another version\n"                                         },
        {{.version = NEW, .set = &no_monitor},
         "capsule: its set has another version\n"                                         },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct boot_mcu_soc *soc = start();
        struct order order = cases[i].order;
        if (order.lowest > order.version) {
            order.lowest = order.version;
        }
        test_case("case %zu", i);
        if (cases[i].order.lowest > cases[i].order.version) {
            struct buffer raw = {0};
            struct set set = boot_mcu_set(NEW);
            buffer_append_le32(&raw, UEFI_FMP_PAYLOAD_SIGNATURE);
            buffer_append_le32(&raw, 16);
            buffer_append_le32(&raw, cases[i].order.version);
            buffer_append_le32(&raw, cases[i].order.lowest);
            boot_mcu_set_write(&set, &raw);
            order.raw = &raw;
            deliver(soc, order);
            buffer_fini(&raw);
        } else {
            deliver(soc, order);
        }
        if (cases[i].why != NULL) {
            expect_refused(soc, cases[i].why);
        } else {
            boot(soc, "boot MCU: bank 1\n");
        }
    }
}

/* A payload as the tool would not write it. */
TEST(a_payload_starts_with_its_version)
{
    static const struct {
        uint32_t words[4];
        size_t size;
        const char *why;
    } cases[] = {
        {{UEFI_FMP_PAYLOAD_SIGNATURE, 16, NEW, 0},     15, "capsule: no version\n"            },
        {{UEFI_FMP_PAYLOAD_SIGNATURE, 16, NEW, 0},
         16,                                               "capsule: no set of images in it\n"},
        {{UEFI_FMP_PAYLOAD_SIGNATURE + 1, 16, NEW, 0},
         16,                                               "capsule: no version\n"            },
        {{UEFI_FMP_PAYLOAD_SIGNATURE, 17, NEW, 0},     16, "capsule: no version\n"            },
        {{UEFI_FMP_PAYLOAD_SIGNATURE, 16, NEW, NEW},
         16,                                               "capsule: no set of images in it\n"},
        {{UEFI_FMP_PAYLOAD_SIGNATURE, 16, NEW, 8},     16, "capsule: no version\n"            },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct boot_mcu_soc *soc = start();
        struct buffer raw = {0};
        for (unsigned j = 0; j < 4; j++) {
            buffer_append_le32(&raw, cases[i].words[j]);
        }
        raw.size = cases[i].size;
        test_case("case %zu", i);
        deliver(soc, (struct order){.version = NEW, .raw = &raw});
        expect_refused(soc, cases[i].why);
        buffer_fini(&raw);
    }
}

TEST(a_set_in_a_capsule_may_fill_a_bank_and_no_more)
{
    for (uint32_t more = 0; more < 2; more++) {
        const struct set set = boot_mcu_set(NEW);
        struct boot_mcu_soc *soc = start();
        struct buffer raw = {0};
        buffer_append_le32(&raw, UEFI_FMP_PAYLOAD_SIGNATURE);
        buffer_append_le32(&raw, 16);
        buffer_append_le32(&raw, NEW);
        buffer_append_le32(&raw, 0);
        boot_mcu_set_write(&set, &raw);
        buffer_append_zeros(&raw, 16 + FLASH_BANK_SIZE + more - raw.size);
        deliver(soc, (struct order){.version = NEW, .raw = &raw});
        if (more != 0) {
            expect_refused(soc, "capsule: no set of images in it\n");
        } else {
            boot(soc, "boot MCU: bank 1\n");
        }
        buffer_fini(&raw);
    }
}

#define HEADER "capsule: sizes of its header are wrong\n"
#define CUT    "capsule: cut off, or not of one image\n"
#define OTHER  "capsule: for another component\n"
#define NONE   "capsule: no PKCS #7 signature\n"
#define SHAPE  "capsule: its signature is no PKCS #7 structure\n"
#define DIGEST "capsule: the payload is not what was signed\n"

/* Offsets in the capsule, and those of two places that change with another. */
enum {
    SIZE = 24,
    FMP = 28,
    OFFSET = 36,
    IMAGE = 44,
    IMAGE_SIZE = IMAGE + 24,
    SUPPORT = IMAGE + 40,
    AUTHENTICATION = 92,
    LENGTH = AUTHENTICATION + 8,
};

static const struct {
    const char *name;
    size_t offset;
    size_t size;
    uint64_t value;
    const char *why;
} capsule_fields[] = {
    {"header 27",          16,                  4, 27,                     HEADER                       },
    {"header 29",          16,                  4, 29,                     HEADER                       },
    {"a byte too few",     SIZE,                4, 27,                     HEADER                       },
    {"only a header",      SIZE,                4, 28,                     CUT                          },
    {"half of FMP",        SIZE,                4, 35,                     CUT                          },
    {"no offset",          SIZE,                4, 43,                     CUT                          },
    {"half of the image",  SIZE,                4, 91,                     CUT                          },
    {"more than there is", SIZE,                4, FLASH_CAPSULE_SIZE + 1, HEADER                       },
    {"all there is",       SIZE,                4, FLASH_CAPSULE_SIZE,     CUT                          },
    {"FMP version 0",      FMP,                 4, 0,                      CUT                          },
    {"FMP version 2",      FMP,                 4, 2,                      CUT                          },
    {"a driver",           FMP + 4,             2, 1,                      CUT                          },
    {"no payload",         FMP + 6,             2, 0,                      CUT                          },
    {"two payloads",       FMP + 6,             2, 2,                      CUT                          },
    {"offset",             OFFSET,              8, 17,                     CUT                          },
    {"offset 8",           OFFSET,              8, 8,                      CUT                          },
    {"offset above 32",    OFFSET + 4,          4, 1,                      CUT                          },
    {"image version 2",    IMAGE,               4, 2,                      CUT                          },
    {"image version 4",    IMAGE,               4, 4,                      CUT                          },
    {"component",          IMAGE + 4 + 15,      1, 0,                      OTHER                        },
    {"index 0",            IMAGE + 20,          1, 0,                      OTHER                        },
    {"index 2",            IMAGE + 20,          1, 2,                      OTHER                        },
    {"vendor code",        IMAGE + 28,          4, 1,                      CUT                          },
    {"not signed",         SUPPORT,             8, 0,                      "capsule: not signed\n"      },
    {"dependencies",       SUPPORT,             8, 2,                      "capsule: not signed\n"      },
    {"both",               SUPPORT,             8, 3,                      "capsule: has dependencies\n"},
    {"something else",     SUPPORT + 4,         4, 1,                      "capsule: has dependencies\n"},
    {"count",              AUTHENTICATION,      1, 0,                      DIGEST                       },
    {"end of the count",   AUTHENTICATION + 7,  1, 0,                      DIGEST                       },
    {"length",             LENGTH,              4, 23,                     NONE                         },
    {"no DER",             LENGTH,              4, 24,                     SHAPE                        },
    {"DER without end",    LENGTH,              4, UINT32_MAX,             CUT                          },
    {"revision",           LENGTH + 4,          2, 0x0201,                 NONE                         },
    {"certificate type",   LENGTH + 6,          2, 0x0ef0,                 NONE                         },
    {"type of signature",  LENGTH + 8 + 15,     1, 0,                      NONE                         },
    {"DER",                AUTHENTICATION + 32, 1, 0x31,                   SHAPE                        },
};

TEST(each_field_of_a_capsule_is_checked)
{
    for (size_t i = 0; i < sizeof(capsule_fields) / sizeof(capsule_fields[0]);
         i++) {
        struct boot_mcu_soc *soc = start();
        deliver(soc, (struct order){.version = NEW});
        memcpy(soc->flash + FLASH_CAPSULE + capsule_fields[i].offset,
               &capsule_fields[i].value, capsule_fields[i].size);
        test_case("%s", capsule_fields[i].name);
        expect_refused(soc, capsule_fields[i].why);
    }
}

/* Sizes that agree, to be cut off within what the signature needs. */
TEST(a_capsule_that_ends_within_its_signature_is_refused)
{
    static const struct {
        uint32_t size;
        const char *why;
    } cases[] = {
        {AUTHENTICATION,              NONE},
        {AUTHENTICATION + 31,         NONE},
        {AUTHENTICATION + 32,         CUT },
        {FLASH_CAPSULE_SIZE,          NONE},
        {AUTHENTICATION + 32 + 0x100, CUT },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct boot_mcu_soc *soc = start();
        uint32_t left = cases[i].size - AUTHENTICATION;
        deliver(soc, (struct order){.version = NEW});
        memcpy(soc->flash + FLASH_CAPSULE + SIZE, &cases[i].size, 4);
        memcpy(soc->flash + FLASH_CAPSULE + IMAGE_SIZE, &left, 4);
        if (cases[i].size == FLASH_CAPSULE_SIZE) {
            soc->flash[FLASH_CAPSULE + LENGTH + 4] ^= 1;
        }
        test_case("%u bytes", (unsigned)cases[i].size);
        expect_refused(soc, cases[i].why);
    }
}

/* Nothing may follow the structure in what its length names. */
TEST(bytes_behind_a_signature_are_refused)
{
    struct boot_mcu_soc *soc = start();
    size_t size = deliver(soc, (struct order){.version = NEW});
    uint32_t length = (uint32_t)size - LENGTH;
    memcpy(soc->flash + FLASH_CAPSULE + LENGTH, &length, 4);
    expect_refused(soc, SHAPE);
    length++;
    memcpy(soc->flash + FLASH_CAPSULE + LENGTH, &length, 4);
    expect_refused(soc, CUT);
}

TEST(a_capsule_of_another_signer_is_refused)
{
    for (unsigned word = 0; word < 8; word += 7) {
        struct boot_mcu_soc *soc = start();
        deliver(soc, (struct order){.version = NEW});
        soc->fuses[BOOT_MCU_FUSES_SIGNER / 4 + word] ^= 1u << 31;
        expect_refused(soc, "capsule: signed by somebody else\n");
    }
}

/* The last bytes of the signature are those of its number. */
TEST(a_capsule_whose_signature_is_wrong_is_refused)
{
    struct boot_mcu_soc *soc = start();
    uint32_t length;
    deliver(soc, (struct order){.version = NEW});
    memcpy(&length, soc->flash + FLASH_CAPSULE + LENGTH, 4);
    soc->flash[FLASH_CAPSULE + LENGTH + length - 1] ^= 1;
    expect_refused(soc, "capsule: the signature is wrong\n");
}

TEST(what_is_not_blank_and_no_capsule_is_told)
{
    static const struct {
        uint8_t byte, last;
        bool told;
    } cases[] = {
        {0x00, 0x00, false},
        {0xff, 0xff, false},
        {0x00, 0x01, true },
        {0xff, 0xfe, true },
        {0x00, 0xff, true },
        {0xff, 0x00, true },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct boot_mcu_soc *soc = start();
        memset(soc->flash + FLASH_CAPSULE, cases[i].byte, 64);
        soc->flash[FLASH_CAPSULE + 15] = cases[i].last;
        soc->flash[FLASH_CAPSULE + 16] = 0x55;
        test_case("case %zu", i);
        if (cases[i].told) {
            expect_refused(soc, "capsule: of no kind that is known\n");
        } else {
            boot(soc, "boot MCU: bank 0\n");
            EXPECT(!boot_mcu_says(soc, "update:"));
        }
    }
}

TEST(a_set_that_is_active_already_is_spent_at_once)
{
    struct boot_mcu_soc *soc = start();
    size_t size = deliver(soc, (struct order){.version = ACTIVE});
    boot(soc, "boot MCU: bank 0\n");
    EXPECT_SAYS(soc,
                "update: refused: capsule: its version is active "
                "already\n");
    expect_spent(soc, size);
    expect_state(soc, 0, 1, FWU_BANK_ACCEPTED, FWU_BANK_INVALID);
    /* Not when what is active is no set. */
    soc = start();
    deliver(soc, (struct order){.version = ACTIVE});
    soc->flash[FLASH_BANK_0 + 8] ^= 1;
    boot(soc, "boot MCU: bank 1\n");
}

/* ---- Trials -------------------------------------------------------------- */

/* Version NEW is on trial in bank 1, with its first boot done. */
static struct boot_mcu_soc *on_trial(uint32_t lowest)
{
    struct boot_mcu_soc *soc = start();
    deliver(soc, (struct order){.version = NEW, .lowest = lowest});
    boot(soc, "update: boot 1 of 3 on trial\nboot MCU: bank 1\n");
    return soc;
}

TEST(a_trial_has_three_boots)
{
    struct boot_mcu_soc *soc = on_trial(6);
    boot(soc, "update: boot 2 of 3 on trial\nboot MCU: bank 1\n");
    EXPECT_EQ(soc->operation_count, 1);
    boot(soc, "update: boot 3 of 3 on trial\nboot MCU: bank 1\n");
    EXPECT_EQ(soc->operations[0].size, 4);
    boot(soc,
         "update: no boots are left of the trial\n"
         "update: bank 0 is active again\nboot MCU: bank 0\n");
    expect_state(soc, 0, 1, FWU_BANK_ACCEPTED, FWU_BANK_INVALID);
    EXPECT_EQ(update_floor(), FLOOR);
    boot(soc, "boot MCU: bank 0\n");
    EXPECT(!boot_mcu_says(soc, "update:"));
}

TEST(a_trial_whose_record_is_lost_is_over)
{
    for (unsigned i = 0; i < 3; i++) {
        struct boot_mcu_soc *soc = on_trial(6);
        struct flash_trial trial;
        memcpy(&trial, soc->flash + FLASH_BOOT_RECORD, sizeof(trial));
        trial.magic ^= i == 0;
        trial.bank ^= i == 1;
        trial.crc32 =
            (uint32_t)crc32_z(0, (const uint8_t *)&trial, 16) ^ (i == 2);
        memcpy(soc->flash + FLASH_BOOT_RECORD, &trial, sizeof(trial));
        test_case("case %u", i);
        boot(soc,
             "update: the trial's record is lost\n"
             "update: bank 0 is active again\nboot MCU: bank 0\n");
    }
}

TEST(an_acceptance_raises_the_floor)
{
    static const struct {
        uint32_t floor, lowest, after;
    } cases[] = {
        {FLOOR, 6,     6    },
        {FLOOR, NEW,   NEW  },
        {FLOOR, FLOOR, FLOOR},
        {FLOOR, 1,     FLOOR},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct boot_mcu_soc *soc = start();
        deliver(soc, (struct order){.version = NEW,
                                    .lowest = cases[i].lowest,
                                    .at_once = true});
        boot(soc, "update: bank 1 is accepted\n");
        expect_state(soc, 1, 0, FWU_BANK_ACCEPTED, FWU_BANK_ACCEPTED);
        EXPECT_EQ(update_floor(), cases[i].after);
        EXPECT_EQ(boot_mcu_times(soc, BOOT_MCU_FUSES_BURN),
                  cases[i].after > FLOOR ? cases[i].after : 0);
        boot(soc, "boot MCU: bank 1\n");
        EXPECT_EQ(update_floor(), cases[i].after);
        EXPECT_EQ(boot_mcu_times(soc, BOOT_MCU_FUSES_BURN), 0);
        EXPECT(!boot_mcu_says(soc, "update:"));
    }
}

/* Fuses of the floor end where those of the signer begin. */
TEST(the_floor_ends_with_its_fuses)
{
    static const uint32_t versions[] = {31, 32, 33, 511, 512, 513};
    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
        struct boot_mcu_soc *soc = start();
        uint32_t version = versions[i];
        uint32_t floor = version < 512 ? version : 512;
        deliver(soc, (struct order){.version = version,
                                    .lowest = version,
                                    .at_once = true});
        test_case("version %u", (unsigned)version);
        boot(soc, "boot MCU: bank 1\n");
        EXPECT_EQ(update_floor(), floor);
        struct boot_mcu_soc expected = *soc;
        set_floor(&expected, floor);
        EXPECT_BYTES(soc->fuses, expected.fuses, sizeof(soc->fuses));
        EXPECT_BYTES(soc->fuses + BOOT_MCU_FUSES_SIGNER / 4,
                     signer()->certificate, 32);
    }
}

/* The record of a trial is not signed. */
TEST(the_floor_stays_below_what_runs)
{
    struct boot_mcu_soc *soc = start();
    struct flash_trial trial;
    deliver(soc, (struct order){.version = NEW, .lowest = 6, .at_once = true});
    boot(soc, "update: bank 1 is accepted\n");
    memcpy(&trial, soc->flash + FLASH_BOOT_RECORD, sizeof(trial));
    trial.lowest_version = NEW + 5;
    trial.crc32 = (uint32_t)crc32_z(0, (const uint8_t *)&trial, 16);
    memcpy(soc->flash + FLASH_BOOT_RECORD, &trial, sizeof(trial));
    boot(soc, "boot MCU: bank 1\n");
    EXPECT_EQ(update_floor(), NEW);
}

/* Power went between acceptance and floor: no older set slips in. */
TEST(a_floor_to_come_counts_for_the_next_capsule)
{
    for (unsigned i = 0; i < 3; i++) {
        struct boot_mcu_soc *soc = start();
        deliver(soc,
                (struct order){.version = NEW, .lowest = 6, .at_once = true});
        boot(soc, "update: bank 1 is accepted\n");
        set_floor(soc, FLOOR);
        if (i == 2) {
            /* A record of the other bank's trial is nothing. */
            struct flash_trial trial;
            memcpy(&trial, soc->flash + FLASH_BOOT_RECORD, sizeof(trial));
            trial.bank = 0;
            trial.crc32 = (uint32_t)crc32_z(0, (const uint8_t *)&trial, 16);
            memcpy(soc->flash + FLASH_BOOT_RECORD, &trial, sizeof(trial));
        }
        deliver(soc, (struct order){.version = i == 1 ? 6 : 5});
        test_case("case %u", i);
        if (i == 0) {
            boot(soc,
                 "update: refused: capsule: its version is below the "
                 "floor\nboot MCU: bank 1\n");
            EXPECT_EQ(update_floor(), 6);
        } else {
            boot(soc, "boot MCU: bank 0\n");
        }
    }
}

/* ---- Empty capsules ------------------------------------------------------ */

static size_t deliver_empty(struct boot_mcu_soc *soc, bool accept,
                            uint8_t other)
{
    struct buffer capsule = {0};
    struct uefi_guid type = boot_mcu_metadata().images[0].image_type;
    type.bytes[15] ^= other;
    if (accept) {
        capsule_write_accept(&type, &capsule);
    } else {
        capsule_write_revert(&capsule);
    }
    memcpy(soc->flash + FLASH_CAPSULE, capsule.bytes, capsule.size);
    size_t size = capsule.size;
    buffer_fini(&capsule);
    return size;
}

TEST(an_accept_capsule_ends_the_trial)
{
    struct boot_mcu_soc *soc = on_trial(6);
    size_t size = deliver_empty(soc, true, 0);
    boot(soc, "update: bank 1 is accepted\nboot MCU: bank 1\n");
    expect_state(soc, 1, 0, FWU_BANK_ACCEPTED, FWU_BANK_ACCEPTED);
    expect_spent(soc, size);
    EXPECT_EQ(update_floor(), 6);
}

TEST(an_accept_capsule_that_fits_nothing_is_refused)
{
    struct boot_mcu_soc *soc = start();
    deliver_empty(soc, true, 0);
    expect_refused(soc, "accept capsule: nothing is on trial\n");
    soc = on_trial(6);
    deliver_empty(soc, true, 1);
    boot(soc,
         "update: refused: accept capsule: for another component\n"
         "update: boot 2 of 3 on trial\n");
}

/* The size of an empty capsule is not checked; erasing ends with the flash. */
TEST(an_empty_capsule_of_any_size_is_spent)
{
    static const uint32_t sizes[] = {FLASH_CAPSULE_SIZE - 1, FLASH_CAPSULE_SIZE,
                                     UINT32_MAX, 0};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct boot_mcu_soc *soc = on_trial(6);
        deliver_empty(soc, true, 0);
        memcpy(soc->flash + FLASH_CAPSULE + SIZE, &sizes[i], 4);
        test_case("size 0x%x", (unsigned)sizes[i]);
        boot(soc, "update: bank 1 is accepted\n");
        if (sizes[i] != 0) {
            expect_spent(soc, FLASH_CAPSULE_SIZE);
        }
        boot(soc, "boot MCU: bank 1\n");
        EXPECT(!boot_mcu_says(soc, "update:"));
    }
}

TEST(a_revert_capsule_goes_back)
{
    struct boot_mcu_soc *soc = on_trial(6);
    size_t size = deliver_empty(soc, false, 0);
    boot(soc, "update: bank 0 is active again\nboot MCU: bank 0\n");
    expect_state(soc, 0, 1, FWU_BANK_ACCEPTED, FWU_BANK_INVALID);
    EXPECT_EQ(metadata_of(soc).banks[1].accepted, 0);
    expect_spent(soc, size);
    deliver_empty(soc, false, 0);
    expect_refused(soc, "revert capsule: there is no bank to go back to\n");
}

/* ---- The way back -------------------------------------------------------- */

/* Each of what a way back needs is missing once. */
enum missing {
    NOTHING,
    ACCEPTED,     /* the previous bank is only valid */
    ANOTHER,      /* it is the active one */
    SET,          /* it holds none */
    MONITOR_SIZE, /* the version is not there */
    FLOOR_UP,     /* it is below the floor */
    FLOOR_SOON,
    AT_FLOOR, /* nothing, just so */
    AT_FLOOR_SOON,
    MISSING
};

static struct boot_mcu_soc *without(enum missing what)
{
    struct boot_mcu_soc *soc = start();
    uint32_t lowest = what == FLOOR_SOON ? ACTIVE + 1 : ACTIVE;
    deliver(soc, (struct order){.version = NEW,
                                .lowest = lowest,
                                .at_once = what >= FLOOR_SOON});
    boot(soc, "boot MCU: bank 1\n");
    set_floor(soc, what == FLOOR_UP       ? ACTIVE + 1
                   : what == AT_FLOOR     ? ACTIVE
                   : what == MONITOR_SIZE ? 1
                                          : FLOOR);
    struct metadata metadata = metadata_of(soc);
    if (what == ACCEPTED) {
        metadata.header.bank_state[0] = FWU_BANK_VALID;
    } else if (what == ANOTHER) {
        metadata.header.previous_active_index = 1;
        metadata.header.bank_state[1] = FWU_BANK_ACCEPTED;
    } else if (what == SET) {
        soc->flash[FLASH_BANK_0] ^= 1;
    } else if (what == MONITOR_SIZE) {
        const uint32_t size = 63;
        memcpy(soc->flash + FLASH_BANK_0 + 16 + 2 * 12 + 8, &size, 4);
    }
    put_metadata(soc, &metadata);
    boot_mcu_power(soc);
    return soc;
}

static bool may_go_back(enum missing what)
{
    return what == NOTHING || what == AT_FLOOR || what == AT_FLOOR_SOON;
}

TEST(a_way_back_leads_to_an_accepted_set_above_the_floor)
{
    for (enum missing what = NOTHING; what < MISSING; what++) {
        struct boot_mcu_soc *soc = without(what);
        deliver_empty(soc, false, 0);
        test_case("missing %u", what);
        boot(soc, may_go_back(what)
                      ? "update: bank 0 is active again\nboot MCU: bank 0\n"
                      : "update: refused: revert capsule: there is no bank "
                        "to go back to\n");
    }
}

/* ---- The guest's word ---------------------------------------------------- */

static void read_metadata(struct boot_mcu_soc *soc, struct metadata *metadata)
{
    *metadata = metadata_of(soc);
}

TEST(a_guest_goes_back_by_the_same_rule)
{
    for (enum missing what = NOTHING; what < MISSING; what++) {
        struct boot_mcu_soc *soc = without(what);
        struct metadata metadata;
        read_metadata(soc, &metadata);
        test_case("missing %u", what);
        EXPECT_EQ(update_select_previous(&metadata, 0), FWU_DENIED);
        EXPECT_EQ(update_select_previous(&metadata, 2), FWU_DENIED);
        EXPECT_EQ(soc->operation_count, 0);
        EXPECT_EQ(update_select_previous(&metadata, 1),
                  may_go_back(what) ? FWU_SUCCESS : FWU_DENIED);
        EXPECT_EQ(metadata_of(soc).header.active_index, !may_go_back(what));
        EXPECT_EQ(metadata_of(soc).header.bank_state[1],
                  may_go_back(what) ? FWU_BANK_INVALID
                                    : metadata.header.bank_state[1]);
    }
    EXPECT_EQ(update_select_previous(NULL, 0), FWU_DENIED);
}

TEST(a_guest_blesses_the_bank_it_runs_from)
{
    struct boot_mcu_soc *soc = on_trial(6);
    struct metadata metadata;
    struct uefi_guid type = boot_mcu_metadata().images[0].image_type;
    struct uefi_guid other = type;
    other.bytes[15] ^= 1;
    soc->operation_count = 0;
    read_metadata(soc, &metadata);
    EXPECT_EQ(update_bless(NULL, 1, &type), FWU_DENIED);
    EXPECT_EQ(update_bless(&metadata, 0, &type), FWU_DENIED);
    EXPECT_EQ(update_bless(&metadata, 1, &other), FWU_OUT_OF_BOUNDS);
    EXPECT_EQ(soc->operation_count, 0);
    EXPECT_EQ(update_floor(), FLOOR);
    EXPECT_EQ(update_bless(&metadata, 1, &type), FWU_SUCCESS);
    expect_state(soc, 1, 0, FWU_BANK_ACCEPTED, FWU_BANK_ACCEPTED);
    EXPECT_EQ(update_floor(), 6);
    unsigned before = soc->operation_count;
    EXPECT_EQ(update_bless(&metadata, 1, &type), FWU_SUCCESS);
    EXPECT_EQ(soc->operation_count, before);
}

/* ---- Through the services ------------------------------------------------ */

enum { CHANNEL = 3 };

static struct {
    uint32_t request;
    uint32_t arguments[4];
    uint32_t results[2];
    bool asked;
} talk;

static bool ask(struct boot_mcu_soc *soc)
{
    uint32_t *services = soc->services;
    if (!talk.asked) {
        memcpy(services + 0x100 / 4 + 8 * CHANNEL, talk.arguments,
               sizeof(talk.arguments));
        services[CHANNEL] = talk.request;
        talk.asked = true;
        return true;
    }
    memcpy(talk.results, services + 0x200 / 4 + 4 * CHANNEL,
           sizeof(talk.results));
    return false;
}

static uint32_t asked(struct boot_mcu_soc *soc, uint32_t request,
                      const struct uefi_guid *type)
{
    talk.request = request;
    talk.asked = false;
    memset(talk.arguments, 0, sizeof(talk.arguments));
    if (type != NULL) {
        memcpy(talk.arguments, type, sizeof(talk.arguments));
    }
    soc->sleeps = ask;
    boot_mcu_power(soc);
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_SERVES);
    soc->sleeps = NULL;
    return talk.results[0];
}

static void expect_update(struct boot_mcu_soc *soc, uint32_t state,
                          uint32_t boots)
{
    EXPECT_EQ(asked(soc, BOOT_SERVICE_UPDATE, NULL), state);
    EXPECT_EQ(talk.results[1], boots);
}

TEST(a_guest_is_told_what_state_its_bank_is_in)
{
    struct boot_mcu_soc *soc = on_trial(6);
    expect_update(soc, BOOT_SERVICE_BANK_TRIAL, 1);
    expect_update(soc, BOOT_SERVICE_BANK_TRIAL, 0);
    expect_update(soc, BOOT_SERVICE_BANK_ACCEPTED, 0);
    /* Bank 1 is active and does not boot. */
    soc = on_trial(6);
    soc->reset[(BOOT_MCU_KEPT_TRIED - BOOT_MCU_RESET_BASE) / 4] = 2;
    talk.request = BOOT_SERVICE_UPDATE;
    talk.asked = false;
    soc->sleeps = ask;
    boot_mcu_warm(soc);
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_SERVES);
    EXPECT_SAYS(soc, "boot MCU: bank 0\n");
    EXPECT_EQ(talk.results[0], BOOT_SERVICE_BANK_OTHER);
    soc->sleeps = NULL;
}

/* A boot that follows a refused bank changes nothing in the flash. */
TEST(a_boot_after_a_refused_bank_counts_no_boot)
{
    struct boot_mcu_soc *soc = on_trial(6);
    soc->flash[FLASH_BANK_1] ^= 1;
    boot_mcu_power(soc);
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_RESET);
    EXPECT_SAYS(soc,
                "update: boot 2 of 3 on trial\nboot MCU: bank 1\nbank 1: "
                "refused: directory: none\n");
    deliver(soc, (struct order){.version = NEW + 1, .at_once = true});
    boot_mcu_warm(soc);
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_SERVES);
    EXPECT_SAYS(soc, "boot MCU: bank 0\n");
    EXPECT(!boot_mcu_says(soc, "update:"));
    EXPECT_EQ(soc->operation_count, 0);
}

TEST(a_guest_blesses_and_goes_back_by_requests)
{
    struct boot_mcu_soc *soc = on_trial(6);
    struct uefi_guid type = boot_mcu_metadata().images[0].image_type;
    struct uefi_guid other = type;
    other.bytes[15] ^= 1;
    EXPECT_EQ((int32_t)asked(soc, BOOT_SERVICE_FWU_ACCEPT, &other),
              FWU_OUT_OF_BOUNDS);
    EXPECT_EQ(asked(soc, BOOT_SERVICE_FWU_ACCEPT, &type), FWU_SUCCESS);
    expect_state(soc, 1, 0, FWU_BANK_ACCEPTED, FWU_BANK_ACCEPTED);
    EXPECT_EQ(update_floor(), 6);
    EXPECT_EQ((int32_t)asked(soc, BOOT_SERVICE_FWU_REVERSE, NULL), FWU_DENIED);
    soc = on_trial(FLOOR);
    EXPECT_EQ(asked(soc, BOOT_SERVICE_FWU_REVERSE, NULL), FWU_SUCCESS);
    expect_state(soc, 0, 1, FWU_BANK_ACCEPTED, FWU_BANK_INVALID);
    EXPECT_SAYS(soc, "update: bank 0 is active again\n");
}

/* Nothing of the trial's end is the business of another bank. */
TEST(a_bank_that_is_not_active_accepts_nothing)
{
    struct boot_mcu_soc *soc = start();
    deliver(soc, (struct order){.version = NEW, .lowest = 6, .at_once = true});
    soc->fault = ROT_BAD_MANIFEST;
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_RESET);
    soc->fault = ROT_GOOD;
    boot_mcu_warm(soc);
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_SERVES);
    EXPECT_SAYS(soc, "boot MCU: bank 0\n");
    EXPECT(!boot_mcu_says(soc, "accepted\nu"));
    expect_state(soc, 1, 0, FWU_BANK_ACCEPTED, FWU_BANK_VALID);
    EXPECT_EQ(update_floor(), FLOOR);
}

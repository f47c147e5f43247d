/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Updates by the firmware of the boot MCU, compiled for the host: each check of
 * a capsule has one that only it refuses, and flash and fuses are compared with
 * what they must be. tests/chain/update_test.c has the same on the whole board.
 */
#include "tests/bootmcu/capsules.h"

/* ---- Installed ----------------------------------------------------------- */

FIXTURE(struct buffer, bank, buffer_fini)

TEST_BEGINS(a_good_capsule_fills_the_other_bank_and_begins_a_trial, bank)
{
    struct boot_mcu_soc *soc = start();
    const struct set set = boot_mcu_set(NEW);
    struct flash_trial trial;
    boot_mcu_set_write(&set, bank);
    memset(soc->flash + FLASH_BANK_1, 0, 3 * FLASH_ERASE_SIZE);
    size_t size = deliver(soc, (struct order){.version = NEW, .lowest = 6});
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_SERVES);
    EXPECT_SAYS(soc,
                "update: bank 1 gets the new set\n"
                "update: bank 1 is active, on trial\n"
                "update: boot 1 of 3 on trial\n"
                "boot MCU: bank 1\n");
    EXPECT_BYTES(soc->flash + FLASH_BANK_1, bank->bytes, bank->size);
    EXPECT_EQ(soc->flash[FLASH_BANK_1 + bank->size], 0xff);
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
}

/* A set of more than one block, whose last is not full. */
TEST_BEGINS(a_large_set_is_copied_block_by_block, bank)
{
    struct set set = boot_mcu_set(NEW);
    struct boot_mcu_soc *soc = start();
    set.images[1].size = 3 * FLASH_ERASE_SIZE + 77;
    boot_mcu_set_write(&set, bank);
    const uint32_t blocks = (uint32_t)(bank->size / FLASH_ERASE_SIZE);
    size_t size =
        deliver(soc, (struct order){.version = NEW, .lowest = 6, .set = &set});
    boot(soc, "boot MCU: bank 1\n");
    EXPECT_BYTES(soc->flash + FLASH_BANK_1, bank->bytes, bank->size);
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
            OWNED(buffer_fini) struct buffer raw = {0};
            struct set set = boot_mcu_set(NEW);
            buffer_append_le32(&raw, UEFI_FMP_PAYLOAD_SIGNATURE);
            buffer_append_le32(&raw, 16);
            buffer_append_le32(&raw, cases[i].order.version);
            buffer_append_le32(&raw, cases[i].order.lowest);
            boot_mcu_set_write(&set, &raw);
            order.raw = &raw;
            deliver(soc, order);
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
        OWNED(buffer_fini) struct buffer raw = {0};
        for (unsigned j = 0; j < 4; j++) {
            buffer_append_le32(&raw, cases[i].words[j]);
        }
        raw.size = cases[i].size;
        test_case("case %zu", i);
        deliver(soc, (struct order){.version = NEW, .raw = &raw});
        expect_refused(soc, cases[i].why);
    }
}

TEST(a_set_in_a_capsule_may_fill_a_bank_and_no_more)
{
    for (uint32_t more = 0; more < 2; more++) {
        const struct set set = boot_mcu_set(NEW);
        struct boot_mcu_soc *soc = start();
        OWNED(buffer_fini) struct buffer raw = {0};
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
    }
}

#define HEADER "capsule: sizes of its header are wrong\n"
#define CUT    "capsule: cut off, or not of one image\n"
#define OTHER  "capsule: for another component\n"
#define NONE   "capsule: no PKCS #7 signature\n"
#define SHAPE  "capsule: its signature is no PKCS #7 structure\n"
#define DIGEST "capsule: the payload is not what was signed\n"

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

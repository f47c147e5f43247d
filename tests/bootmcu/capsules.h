/* SPDX-License-Identifier: Apache-2.0 */
/* Capsules for the boot MCU's firmware on the host, and the state of its flash
 * afterwards, for tests of updates and of trials. */
#ifndef TESTS_BOOTMCU_CAPSULES_H
#define TESTS_BOOTMCU_CAPSULES_H

#include <openssl/rsa.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "abi/boot_service.h"
#include "guest/bootmcu/report.h"
#include "guest/bootmcu/update.h"
#include "tests/bootmcu/checks.h"
#include "tests/capsule_signer.h"
#include "tests/harness.h"

/* The set in bank 0 has version 5, the floor is 4. */
enum { ACTIVE = 5, FLOOR = 4, NEW = 7 };

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

/* ---- Capsules ------------------------------------------------------------ */

static inline void set_floor(struct boot_mcu_soc *soc, uint32_t floor)
{
    for (uint32_t i = 0; i < 16; i++) {
        uint32_t ones = floor > 32 * i ? floor - 32 * i : 0;
        soc->fuses[BOOT_MCU_FUSES_FLOOR / 4 + i] =
            ones >= 32 ? UINT32_MAX : (1u << ones) - 1;
    }
}

static inline struct boot_mcu_soc *start(void)
{
    struct boot_mcu_soc *soc = boot_mcu_good();
    memcpy(soc->fuses + BOOT_MCU_FUSES_SIGNER / 4, test_signer(0)->certificate,
           32);
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

static inline void make(const struct order *order, struct buffer *out)
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
        .signer = test_signer(0)->signer,
        .monotonic_count = 0x1122334455667788,
    };
    EXPECT_EQ(capsule_write(&pack, out, NULL), 0);
    buffer_fini(&bank);
}

static inline size_t deliver(struct boot_mcu_soc *soc, struct order order)
{
    struct buffer capsule = {0};
    size_t size;
    make(&order, &capsule);
    memcpy(soc->flash + FLASH_CAPSULE, capsule.bytes, capsule.size);
    size = capsule.size;
    buffer_fini(&capsule);
    return size;
}

static inline void boot(struct boot_mcu_soc *soc, const char *bank)
{
    boot_mcu_power(soc);
    EXPECT_EQ(boot_mcu_run(soc), BOOT_MCU_SERVES);
    EXPECT_SAYS(soc, bank);
}

static inline struct metadata metadata_of(const struct boot_mcu_soc *soc)
{
    struct metadata metadata;
    memcpy(&metadata, soc->flash + FLASH_METADATA_0, sizeof(metadata));
    EXPECT_BYTES(soc->flash + FLASH_METADATA_1, &metadata, sizeof(metadata));
    EXPECT_EQ(metadata.header.crc32,
              crc32_z(0, (const uint8_t *)&metadata + 4, sizeof(metadata) - 4));
    return metadata;
}

static inline void put_metadata(struct boot_mcu_soc *soc,
                                struct metadata *metadata)
{
    metadata->header.crc32 = (uint32_t)crc32_z(0, (const uint8_t *)metadata + 4,
                                               sizeof(*metadata) - 4);
    memcpy(soc->flash + FLASH_METADATA_0, metadata, sizeof(*metadata));
    memcpy(soc->flash + FLASH_METADATA_1, metadata, sizeof(*metadata));
}

static inline void expect_state(const struct boot_mcu_soc *soc, unsigned active,
                                unsigned previous, uint8_t state_0,
                                uint8_t state_1)
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
static inline void expect_spent(const struct boot_mcu_soc *soc, size_t size)
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

/* The bench is told the reason that the console has. */
static inline void expect_refused(struct boot_mcu_soc *soc, const char *why)
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

#endif

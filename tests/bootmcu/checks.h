/* SPDX-License-Identifier: Apache-2.0 */
/* Checks that tests of the boot MCU's firmware on the host share. */
#ifndef TESTS_BOOTMCU_CHECKS_H
#define TESTS_BOOTMCU_CHECKS_H

#include <stdio.h>
#include <string.h>

#include "tests/bootmcu/set.h"
#include "tests/harness.h"

#define EXPECT_SAYS(soc, text)                                                 \
    do {                                                                       \
        if (!EXPECT(boot_mcu_says(soc, text))) {                               \
            printf("no '%s' in:\n%s\n", text, buffer_text(&(soc)->console));   \
        }                                                                      \
    } while (0)

static inline uint32_t reset_register(const struct boot_mcu_soc *soc,
                                      uint32_t address)
{
    return soc->reset[(address - BOOT_MCU_RESET_BASE) / 4];
}

static inline void set_reset_register(struct boot_mcu_soc *soc,
                                      uint32_t address, uint32_t value)
{
    soc->reset[(address - BOOT_MCU_RESET_BASE) / 4] = value;
}

/* Expects a write of the value among those from index on; returns the index
 * behind it. */
static inline size_t expect_write(const struct boot_mcu_soc *soc, size_t index,
                                  uint32_t address, uint32_t value)
{
    size_t found = boot_mcu_wrote(soc, index, address, value);
    test_case("0x%08x <- 0x%x", (unsigned)address, (unsigned)value);
    EXPECT(found != SIZE_MAX);
    test_case("-");
    return found == SIZE_MAX ? index : found + 1;
}

static inline void check_release(const struct boot_mcu_soc *soc,
                                 uint32_t required, uint64_t entry)
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

static inline void check_memory(const struct boot_mcu_soc *soc,
                                const struct set *set)
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

#endif

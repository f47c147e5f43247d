/* SPDX-License-Identifier: Apache-2.0 */
/* Translation tables: blocks of 1 GiB for the rows, and pages of 4 KiB that the
 * boot row maps anew each turn. */
#include "guest/bench/firmware/firmware.h"
#include "guest/kit/mmu/mmu.h"

enum {
    ENTRIES = 512,
    SPARE = 24,
    DEVICE_NGNRE = 3 << 2, /* AttrIndx 3 */
    UNCACHED_INDEX = 2 << 2,
};

/* MMU_MAIR, with Device-nGnRE as its fourth type. */
static const uint64_t mair = MMU_MAIR | (uint64_t)0x04 << 24;

/* EL3: 39 bits of address, 4 KiB granule, 40 bits of physical address. */
static const uint64_t tcr_el3 =
    25 | 3 << 12 | 1 << 8 | 1 << 10 | 2 << 16 | UINT64_C(1) << 31 | 1 << 23;

/* Alignment checked (A and SA), instruction cache on; then M and C as well. */
static const uint64_t sctlr_off = 0x30c5183a;
static const uint64_t sctlr_on = 0x30c5183f;

static uint64_t level_1[ENTRIES] __attribute__((aligned(4096)));
static uint64_t spare[SPARE][ENTRIES] __attribute__((aligned(4096)));
static unsigned spare_used;

void tables_make(void)
{
    const uint64_t ram = 0x40000000 | MMU_BLOCK | MMU_SHARED | MMU_ACCESSED;

    for (unsigned i = 0; i < ENTRIES; i++) {
        level_1[i] = 0;
    }
    level_1[0] = MMU_DEVICE_BLOCK;
    level_1[1] = ram | MMU_NORMAL;
    level_1[2] = ram | DEVICE_NGNRE;
    level_1[3] = ram | UNCACHED_INDEX;
    level_1[5] = ram | MMU_NORMAL | MMU_USER_READ;
    spare_used = 0;
}

/* The table of the next level behind an entry, made if there is none. */
static uint64_t *descend(uint64_t *entry)
{
    if ((*entry & MMU_TABLE) != MMU_TABLE) {
        uint64_t *table = spare[spare_used++];

        for (unsigned i = 0; i < ENTRIES; i++) {
            table[i] = 0;
        }
        *entry = (uint64_t)(uintptr_t)table | MMU_TABLE;
    }
    return (uint64_t *)(uintptr_t)(*entry & ~UINT64_C(0xfff));
}

/* Maps addresses above 7 GiB to RAM, by pages; how many. */
unsigned tables_map(uint64_t base, uint64_t size, uint64_t attributes)
{
    unsigned pages = 0;

    for (uint64_t at = base; at < base + size; at += 4096) {
        uint64_t virtual = at + 0x180000000;
        uint64_t *level_2 = descend(&level_1[virtual >> 30]);
        uint64_t *level_3 = descend(&level_2[virtual >> 21 & 511]);

        level_3[virtual >> 12 & 511] = at | attributes | MMU_TABLE;
        pages++;
    }
    return pages;
}

void tables_on_el3(void)
{
    WRITE_SYSTEM(mair_el3, mair);
    WRITE_SYSTEM(tcr_el3, tcr_el3);
    WRITE_SYSTEM(ttbr0_el3, (uintptr_t)level_1);
    __asm__ volatile("tlbi alle3\n\tdsb sy\n\tisb" : : : "memory");
    WRITE_SYSTEM(sctlr_el3, sctlr_on);
}

void tables_off_el3(void)
{
    WRITE_SYSTEM(sctlr_el3, sctlr_off);
}

/* Written at EL3, so that EL1 is entered with the MMU on. */
void tables_on_el1(void)
{
    WRITE_SYSTEM(mair_el1, mair);
    WRITE_SYSTEM(tcr_el1, MMU_TCR_EL1);
    WRITE_SYSTEM(ttbr0_el1, (uintptr_t)level_1);
    WRITE_SYSTEM(sctlr_el1, MMU_SCTLR_EL1);
    __asm__ volatile("tlbi alle1\n\tdsb sy\n\tisb" : : : "memory");
}

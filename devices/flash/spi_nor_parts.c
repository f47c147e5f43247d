/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts of serial NOR flash, and how they describe themselves: JESD216B, with
 * the basic table at the address that the header gives and, for Winbond, the
 * table of 4-byte address commands. Timing is that of the W25Q512JV's data
 * sheet; dual and quad input in DTR and QPI, which the model does not have, are
 * not offered.
 */
#include <string.h>

#include "base/bits.h"
#include "devices/flash/spi_nor.h"

#define MIB(count) ((uint64_t)(count) << 20)

static const struct spi_nor_part parts[] = {
#include "devices/flash/spi_nor_parts.def"
};

const struct spi_nor_part *spi_nor_part_find(const char *name)
{
    for (unsigned i = 0; i < ARRAY_SIZE(parts); i++) {
        if (strcmp(parts[i].name, name) == 0) {
            return &parts[i];
        }
    }
    return NULL;
}

/* ---- Macronix: one basic table, single-line commands --------------------- */

static void describe_macronix(const struct spi_nor_part *part, uint8_t *sfdp)
{
    static const uint32_t header[] = {
        0x50444653, /* "SFDP" */
        0xff000106, /* revision 1.6, one table */
        0x10010600, /* basic table, revision 1.6, 16 words */
        0xff000030, /* at 30 */
    };
    uint32_t basic[16] = {
        0xff8220e5, /* 4 KiB erases by 20, 3- or 4-byte addresses */
        (uint32_t)(part->size_bytes * 8 - 1),
        [7] = 0xd810200c, /* erases of 4 KiB by 20 and of 64 KiB by D8 */
        [8] = 0xff00ff00,
        [10] = 0x00000080, /* pages of 256 bytes */
    };

    memset(sfdp, 0xff, SPI_NOR_SFDP);
    for (unsigned i = 0; i < ARRAY_SIZE(header); i++) {
        store_le32(sfdp + 4 * i, header[i]);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(basic); i++) {
        store_le32(sfdp + 0x30 + 4 * i, basic[i]);
    }
}

/* ---- Winbond ------------------------------------------------------------- */

enum { BASIC_AT = 0x80, BASIC_WORDS = 16, FOUR_BYTE_AT = 0xd0 };

/* Words 1 to 16 of the basic table (JESD216B, 6.4). */
static void fill_basic(const struct spi_nor_part *part,
                       uint32_t words[BASIC_WORDS])
{
    const uint32_t table[BASIC_WORDS] = {
        0xfff320e5, /* 1: 4 KiB erases by 20; reads 1-1-2, 1-2-2, 1-1-4, 1-4-4;
                       3- or 4-byte addresses */
        (uint32_t)(part->size_bytes * 8 - 1), /* 2: last bit */
        0x6b08eb44, /* 3: 1-4-4 by EB, 2 mode and 4 wait clocks; 1-1-4 by 6B, 8
                       wait clocks */
        0xbb803b08, /* 4: 1-1-2 by 3B, 8 wait clocks; 1-2-2 by BB, 4 mode clocks
                     */
        0xffffffee, /* 5: neither 2-2-2 nor 4-4-4 */
        0x0000ffff,
        0x0000ffff,
        0x520f200c, /* 8: erases of 4 KiB by 20, of 32 KiB by 52 */
        0x0000d810, /* 9: erases of 64 KiB by D8 */
        0x00a53a26, /* 10: 48 ms, 128 ms and 160 ms, at most 14 times that */
        0xe214ea82, /* 11: pages of 256 bytes; 704 us, first byte 32 us, others
                       3 us, chip 192 s */
        0xffffffff, /* 12: no suspending */
        0x757a757a, /* 13: the commands for it */
        0x5cd5a2f7, /* 14: power-down by B9, AB ends it within 3 us; write in
                       progress by 05 */
        0xff400000, /* 15: QE is bit 1 of status 2, written by 01 with 2 bytes;
                       no continuous read */
        0xa5f970e9, /* 16: 4-byte addresses: B7, extended address register, own
                       commands; back by E9 or reset; reset by 66, 99 */
    };

    memcpy(words, table, sizeof(table));
}

static void describe_winbond(const struct spi_nor_part *part, uint8_t *sfdp)
{
    static const uint32_t header[] = {
        0x50444653, 0xff010106,                /* revision 1.6, two tables */
        0x10010600, 0xff000000 | BASIC_AT,     /* basic table, revision 1.6 */
        0x02010084, 0xff000000 | FOUR_BYTE_AT, /* 4-byte address commands */
    };
    static const uint32_t four_byte[] = {
        0xfff00aff, /* reads 13 0C 3C BC 6C EC, programs 12 34, erases of types
                       1 and 3 */
        0xffdcff21,
    };
    uint32_t basic[BASIC_WORDS];

    fill_basic(part, basic);
    memset(sfdp, 0xff, SPI_NOR_SFDP);
    for (unsigned i = 0; i < ARRAY_SIZE(header); i++) {
        store_le32(sfdp + 4 * i, header[i]);
    }
    for (unsigned i = 0; i < BASIC_WORDS; i++) {
        store_le32(sfdp + BASIC_AT + 4 * i, basic[i]);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(four_byte); i++) {
        store_le32(sfdp + FOUR_BYTE_AT + 4 * i, four_byte[i]);
    }
}

void spi_nor_describe(const struct spi_nor_part *part,
                      uint8_t sfdp[SPI_NOR_SFDP])
{
    if (part->vendor == WINBOND) {
        describe_winbond(part, sfdp);
    } else {
        describe_macronix(part, sfdp);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The boot MCU's driver of its flash, compiled for the host over registers that
 * do nothing by themselves: commands as JEDEC JESD216 names them, with
 * addresses of four bytes, through the SPI controller of SiFive's manual.
 */
#include <stdio.h>
#include <string.h>

#include "abi/boot_mcu.h"
#include "abi/flash_image.h"
#include "base/buffer.h"
#include "guest/bootmcu/flash.h"
#include "tests/harness.h"
#include "tests/register_file.h"

enum {
    CSMODE = BOOT_MCU_SPI_CSMODE,
    FMT = BOOT_MCU_SPI_FMT,
    TXDATA = BOOT_MCU_SPI_TXDATA,
    FCTRL = BOOT_MCU_SPI_FCTRL,
};

/* The bytes that the wire has to carry for one command; the flash is not mapped
 * then. */
static void expect_command(struct buffer *text, unsigned code, unsigned place,
                           const uint8_t *data, unsigned size)
{
    buffer_print(text, "%x=0 %x=80008 %x=2 %x=6 %x=0 %x=2 ", FCTRL, FMT, CSMODE,
                 TXDATA, CSMODE, CSMODE);
    buffer_print(text, "%x=%x ", TXDATA, code);
    for (int shift = 24; shift >= 0; shift -= 8) {
        buffer_print(text, "%x=%x ", TXDATA, place >> shift & 0xff);
    }
    for (unsigned i = 0; i < size; i++) {
        buffer_print(text, "%x=%x ", TXDATA, data[i]);
    }
    buffer_print(text, "%x=0 %x=1 ", CSMODE, FCTRL);
}

TEST(a_place_is_mapped_where_the_controller_has_it)
{
    EXPECT_EQ((uintptr_t)flash_at(0), BOOT_MCU_FLASH);
    EXPECT_EQ((uintptr_t)flash_at(0x12345), BOOT_MCU_FLASH + 0x12345);
}

TEST(the_block_of_a_place_is_erased)
{
    static const struct {
        uint32_t place, block;
    } cases[] = {
        {0,          0         },
        {0xffff,     0         },
        {0x10000,    0x10000   },
        {0x9876ffff, 0x98760000},
        {0x12345678, 0x12340000},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        OWNED(buffer_fini) struct buffer expected = {0};
        test_case("0x%x", (unsigned)cases[i].place);
        registers_clear();
        expect_command(&expected, 0xdc, cases[i].block, NULL, 0);
        flash_erase(cases[i].place);
        EXPECT_STR(registers_journal(), buffer_text(&expected));
    }
}

TEST(bytes_are_programmed_page_by_page)
{
    static const struct {
        uint32_t place;
        uint32_t size;
        uint32_t parts[4]; /* ends with 0 */
    } cases[] = {
        {0x1000,     0,   {0}            },
        {0x1000,     1,   {1}            },
        {0x1000,     256, {256}          },
        {0x1000,     257, {256, 1}       },
        {0x10ff,     2,   {1, 1}         },
        {0x1001,     255, {255}          },
        {0x01020380, 600, {128, 256, 216}},
    };
    uint8_t bytes[600];
    for (unsigned i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(5 * i + i / 256);
    }
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        OWNED(buffer_fini) struct buffer expected = {0};
        uint32_t done = 0;
        test_case("%u bytes at 0x%x", (unsigned)cases[i].size,
                  (unsigned)cases[i].place);
        registers_clear();
        for (unsigned k = 0; k < 4 && cases[i].parts[k] != 0; k++) {
            expect_command(&expected, 0x12, cases[i].place + done, bytes + done,
                           cases[i].parts[k]);
            done += cases[i].parts[k];
        }
        flash_program(cases[i].place, bytes, cases[i].size);
        EXPECT_STR(registers_journal(), buffer_text(&expected));
    }
}

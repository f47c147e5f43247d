/* SPDX-License-Identifier: Apache-2.0 */
/* SD card and eMMC by the sequences that Linux's and U-Boot's cores send, with
 * registers decoded here from the field definitions of the standards. */
#include "devices/sd/test_slot.h"
#include "tests/device.h"
#include "tests/harness.h"

enum { NO_ANSWER = 0x00018000, DONE = 2 };
#define RCA 0x10000u

static uint32_t answer(struct slot *slot, unsigned index, uint32_t argument,
                       unsigned flags)
{
    uint32_t status = slot_send(slot, index, argument, flags);

    EXPECT_EQ(status & 0xffff8001, 1);
    return slot_get(slot, RESPONSE, 4);
}

/* Bits of a long response, numbered as in CID and CSD. */
static uint32_t field(struct slot *slot, unsigned first, unsigned count)
{
    uint32_t value = 0;

    for (unsigned bit = first + count; bit-- > first;) {
        unsigned at = bit - 8;
        uint32_t word = slot_get(slot, RESPONSE + 4 * (at / 32), 4);
        value = value << 1 | (word >> at % 32 & 1);
    }
    return value;
}

FIXTURE(struct slot, slot, slot_stop)

TEST_BEGINS(linux_finds_an_sd_card, slot)
{
    uint8_t bytes[64];

    slot_start(slot, &sd_card);
    slot_prepare(slot);
    slot_send(slot, 0, 0, R0);
    EXPECT_EQ(answer(slot, 8, 0x1aa, R1), 0x1aa);
    EXPECT_EQ(slot_send(slot, 5, 0, R3), NO_ANSWER); /* no SDIO */
    EXPECT_EQ(answer(slot, 55, 0, R1), 0x00400120);  /* and CMD5 was illegal */
    EXPECT_EQ(answer(slot, 41, 0x40300000, R3), 0xc0ff8000);
    slot_send(slot, 2, 0, R2);
    EXPECT_EQ(field(slot, 64, 32), 0x4149524e);     /* "AIRN" */
    EXPECT_EQ(answer(slot, 3, 0, R1), RCA | 0x500); /* state ready to ident */
    slot_send(slot, 9, RCA, R2);
    EXPECT_EQ(field(slot, 126, 2), 1);
    EXPECT_EQ((field(slot, 48, 22) + 1) * 512 * 1024, SLOT_MEDIUM);
    EXPECT_EQ(field(slot, 84, 12) & 0x400, 0x400); /* class 10 */
    EXPECT_EQ(answer(slot, 7, RCA, R1B), 0x700);
    EXPECT_EQ(answer(slot, 55, RCA, R1), 0x920);
    slot_read_bytes(slot, 51, 0, bytes, 8);
    EXPECT_BYTES(bytes, "\x02\x35\x80\x02\0\0\0\0", 8);
    slot_read_bytes(slot, 6, 0x00fffff1, bytes, 64);
    EXPECT_EQ(bytes[13] & 2, 2); /* high speed */
    EXPECT_EQ(bytes[16] & 0xf, 1);
    slot_read_bytes(slot, 6, 0x80fffff1, bytes, 64);
    EXPECT_EQ(bytes[16] & 0xf, 1);
    answer(slot, 55, RCA, R1);
    EXPECT_EQ(answer(slot, 6, 2, R1), 0x920);
    answer(slot, 55, RCA, R1);
    slot_read_bytes(slot, 13, 0, bytes, 64);
    EXPECT_EQ(bytes[0], 0x80);
}

TEST_BEGINS(erase_zeroes_and_the_card_is_busy_meanwhile, slot)
{
    slot_start(slot, &sd_card);
    memset(slot->medium, 0xee, SLOT_MEDIUM);
    slot_prepare(slot);
    answer(slot, 8, 0x1aa, R1);
    answer(slot, 55, 0, R1);
    answer(slot, 41, 0x40ff8000, R3);
    slot_send(slot, 2, 0, R2);
    answer(slot, 3, 0, R1);
    answer(slot, 7, RCA, R1B);
    answer(slot, 32, 3, R1);
    answer(slot, 33, 4, R1);
    EXPECT_EQ(slot_send(slot, 38, 0, R1B), 1);
    EXPECT_EQ(slot_get(slot, PRESENT, 4) & 0x100002, 2);
    EXPECT_EQ(answer(slot, 13, RCA, R1), 0xe00);
    slot_settle(slot);
    EXPECT_EQ(slot_get(slot, STATUS, 4) & DONE, DONE);
    EXPECT_EQ(slot->medium[3 * 512 - 1], 0xee);
    EXPECT_EQ(slot->medium[3 * 512], 0);
    EXPECT_EQ(slot->medium[5 * 512 - 1], 0);
    EXPECT_EQ(slot->medium[5 * 512], 0xee);
}

TEST_BEGINS(a_card_that_cannot_be_written_says_so, slot)
{
    slot_start(slot, &sd_card);
    slot->disk.read_only = true;
    EXPECT_EQ(slot_get(slot, PRESENT, 4) & 0x80000, 0);
    slot_prepare(slot);
    answer(slot, 55, 0, R1);
    answer(slot, 41, 0x40ff8000, R3);
    slot_send(slot, 2, 0, R2);
    answer(slot, 3, 0, R1);
    slot_send(slot, 9, RCA, R2);
    EXPECT_EQ(field(slot, 12, 1), 1);
    answer(slot, 7, RCA, R1B);
    slot_blocks(slot, 512, 1, 0);
    slot_send(slot, 24, 0, R1 | DATA);
    EXPECT_EQ(slot_get(slot, RESPONSE, 4), 0x04000900);
}

/* ---- eMMC ---------------------------------------------------------------- */

static void start_emmc(struct slot *slot)
{
    slot_start(slot, &emmc_card);
    slot_prepare(slot);
    slot_send(slot, 0, 0, R0);
    EXPECT_EQ(slot_send(slot, 8, 0x1aa, R1), NO_ANSWER);
    EXPECT_EQ(slot_send(slot, 55, 0, R1), NO_ANSWER);
    slot_send(slot, 0, 0, R0);
    EXPECT_EQ(answer(slot, 1, 0, R3), 0x00ff8080);
    EXPECT_EQ(answer(slot, 1, 0x40ff8080, R3), 0x80ff8080);
    slot_send(slot, 2, 0, R2);
    EXPECT_EQ(answer(slot, 3, RCA, R1), 0x500);
    slot_send(slot, 9, RCA, R2);
    EXPECT_EQ(answer(slot, 7, RCA, R1B), 0x700);
}

/* CMD6 to a byte of EXT_CSD. */
static uint32_t set_byte(struct slot *slot, unsigned index, unsigned value)
{
    slot_send(slot, 6, 3u << 24 | index << 16 | value << 8, R1B);
    slot_settle(slot);
    return answer(slot, 13, RCA, R1);
}

FIXTURE_BEGIN(slot, start_emmc(slot))

TEST_ON(the_emmcs_csd_has_its_size_in_bytes, slot)
{
    slot_send(slot, 7, 0, R0);
    slot_send(slot, 9, RCA, R2);
    EXPECT_EQ(field(slot, 122, 4), 4);
    uint32_t unit = 1u << (field(slot, 47, 3) + 2) << field(slot, 80, 4);
    EXPECT_EQ((field(slot, 62, 12) + 1) * unit, SLOT_MEDIUM);
}

TEST_ON(linux_reads_ext_csd_and_switches, slot)
{
    uint8_t bytes[512];

    slot_read_bytes(slot, 8, 0, bytes, 512);
    EXPECT_EQ(load_le32(bytes + 212), SLOT_MEDIUM / 512);
    EXPECT_EQ(bytes[192], 8);
    EXPECT_EQ(bytes[196], 0x17);
    EXPECT_EQ(bytes[226], SLOT_BOOT / 2 / (128 << 10));
    EXPECT_EQ(bytes[168], 0); /* no RPMB */
    EXPECT_EQ(set_byte(slot, 183, 2), 0x900);
    EXPECT_EQ(set_byte(slot, 185, 2), 0x900);
    EXPECT_EQ(set_byte(slot, 33, 1), 0x900);
    slot_read_bytes(slot, 8, 0, bytes, 512);
    EXPECT_EQ(bytes[183], 2);
    EXPECT_EQ(bytes[185], 2);
    slot_read_bytes(slot, 21, 0, bytes, 128);
    EXPECT_EQ(load_le32(bytes), 0xff00ffff);
    EXPECT_EQ(set_byte(slot, 192, 1) & 0x80, 0x80); /* not to be written */
    EXPECT_EQ(set_byte(slot, 179, 3) & 0x80, 0x80); /* no RPMB */
    EXPECT_EQ(set_byte(slot, 32, 1), 0x900);
    EXPECT_EQ(slot->flushes, 1);
    slot_send(slot, 0, 0, R0);
    answer(slot, 1, 0x40ff8080, R3);
    slot_send(slot, 2, 0, R2);
    answer(slot, 3, RCA, R1);
    answer(slot, 7, RCA, R1B);
    slot_read_bytes(slot, 8, 0, bytes, 512);
    EXPECT_EQ(bytes[183], 0);
}

/* As Linux's host driver tunes: it reads no block, and finds the clock chosen.
 */
TEST_ON(the_host_tunes_itself, slot)
{
    set_byte(slot, 183, 2);
    set_byte(slot, 185, 2);
    slot_set(slot, 0x3e, 2, 0x40);
    slot_blocks(slot, 128, 0, 0x10);
    slot_send(slot, 21, 0, R1 | DATA);
    EXPECT_EQ(slot_get(slot, 0x3e, 2), 0x40);
    slot_settle(slot);
    EXPECT_EQ(slot_get(slot, STATUS, 4) & ~1u, INT_READ_READY);
    EXPECT_EQ(slot_get(slot, 0x3e, 2), 0x80);
    EXPECT_EQ(answer(slot, 13, RCA, R1), 0x900);
    EXPECT_EQ(slot_get(slot, PRESENT, 4) & 6, 0);
}

static void write_block(struct slot *slot, uint32_t address, uint32_t word)
{
    slot_blocks(slot, 512, 1, 0);
    slot_send(slot, 24, address, R1 | DATA);
    for (unsigned i = 0; i < 512; i += 4) {
        slot_set(slot, BUFFER, 4, word);
    }
    slot_settle(slot);
    EXPECT_EQ(slot_get(slot, STATUS, 4) & DONE, DONE);
}

/* Linux asks so where the host may not wait as long as the card may take. */
TEST_ON(a_command_without_busy_is_not_waited_for, slot)
{
    EXPECT_EQ(slot_send(slot, 6, 0x03200101, R1), 1);
    EXPECT_EQ(slot_get(slot, PRESENT, 4) & 0x100006, 0);
    EXPECT_EQ(answer(slot, 13, RCA, R1), 0xe00);
    slot_settle(slot);
    EXPECT_EQ(slot_get(slot, PRESENT, 4) & 0x100006, 0x100000);
    EXPECT_EQ(slot_get(slot, STATUS, 4), 1);
    EXPECT_EQ(answer(slot, 13, RCA, R1), 0x900);
}

TEST_ON(boot_partitions_are_the_memory, slot)
{
    uint8_t bytes[512];

    set_byte(slot, 179, 0x48 | 1);
    write_block(slot, 512, 0x11111111);
    set_byte(slot, 179, 0x48 | 2);
    write_block(slot, 512, 0x22222222);
    EXPECT_EQ(load_le32(region_host(slot->boot) + 512), 0x11111111);
    EXPECT_EQ(load_le32(region_host(slot->boot) + SLOT_BOOT / 2 + 512),
              0x22222222);
    slot_read_bytes(slot, 17, 512, bytes, 512);
    EXPECT_EQ(load_le32(bytes + 508), 0x22222222);
    slot_blocks(slot, 512, 1, 0x10);
    slot_send(slot, 17, SLOT_BOOT / 2, R1 | DATA);
    EXPECT_EQ(slot_get(slot, RESPONSE, 4) >> 31, 1);
    set_byte(slot, 179, 0x48);
    write_block(slot, 512, 0x33333333);
    EXPECT_EQ(load_le32(slot->medium + 512), 0x33333333);
    device_reset(slot->card, RESET_POWER_ON);
    slot_send(slot, 0, 0, R0);
    answer(slot, 1, 0x40ff8080, R3);
    slot_send(slot, 2, 0, R2);
    answer(slot, 3, RCA, R1);
    answer(slot, 7, RCA, R1B);
    slot_read_bytes(slot, 8, 0, bytes, 512);
    EXPECT_EQ(bytes[179], 0x48); /* where to boot from is kept */
}

TEST_ON(erase_is_by_groups_and_trim_by_blocks, slot)
{
    memset(slot->medium, 0xee, SLOT_MEDIUM);
    answer(slot, 35, 512 * 10, R1);
    answer(slot, 36, 512 * 11, R1);
    slot_send(slot, 38, 1, R1B);
    slot_settle(slot);
    EXPECT_EQ(slot->medium[512 * 10 - 1], 0xee);
    EXPECT_EQ(slot->medium[512 * 10], 0);
    EXPECT_EQ(slot->medium[512 * 12], 0xee);
    answer(slot, 35, 512 * 10, R1);
    answer(slot, 36, 512 * 11, R1);
    slot_send(slot, 38, 0, R1B);
    slot_settle(slot);
    EXPECT_EQ(slot->medium[0], 0);
    EXPECT_EQ(slot->medium[(512 << 10) - 1], 0);
    EXPECT_EQ(slot->medium[512 << 10], 0xee);
    slot_send(slot, 38, 0, R1B); /* without its range */
    EXPECT_EQ(slot_get(slot, RESPONSE, 4), 0x10000900);
}

TEST_BEGINS(without_an_image_there_is_no_device, slot)
{
    slot_start(slot, &emmc_card);
    slot->card->disk = NULL;
    slot_prepare(slot);
    EXPECT_EQ(slot_send(slot, 1, 0, R3), NO_ANSWER);
}

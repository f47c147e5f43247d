/* SPDX-License-Identifier: Apache-2.0 */
/* The DMA engine of the controller. */
#include "tests/harness.h"
#include "tests/smc_driver.h"
#include "tests/told.h"

static void start_dma(struct bench *bench, uint32_t flash, uint32_t dram,
                      uint32_t size, uint32_t control)
{
    set(bench, DMA_CTRL, 0xaeed0000);
    EXPECT_EQ(get(bench, DMA_CTRL) >> 30, 3);
    set(bench, DMA_FLASH, flash);
    set(bench, DMA_DRAM, dram);
    set(bench, DMA_LEN, size - 1);
    set(bench, DMA_CTRL, control | 1);
}

static void finish_dma(struct bench *bench)
{
    struct clock *clock = &bench->bus.fabric.clock;

    for (unsigned i = 0; i < 100 && clock_next(clock) != TIME_NEVER; i++) {
        clock_advance(clock, clock_next(clock));
    }
    EXPECT_EQ(get(bench, INTR) & INTR_DMA_DONE, INTR_DMA_DONE);
}

FIXTURE(struct bench, bench, bench_stop)
FIXTURE_BEGIN(bench, start(bench))

TEST_ON(dma_needs_a_grant, bench)
{
    OWNED(told_fini) struct told told;

    told_init(&told, bench->bus.device);
    set(bench, DMA_LEN, 15);
    EXPECT_TOLD(&told, "guest: device: dma_len is written without a grant\n");
    EXPECT_EQ(get(bench, DMA_LEN), 0);
    set(bench, DMA_CTRL, 1);
    EXPECT_TOLD(&told, "guest: device: DMA is started without a grant\n");
    EXPECT_EQ(get(bench, DMA_CTRL), 0);
    EXPECT_EQ(clock_next(&bench->bus.fabric.clock), TIME_NEVER);
    set(bench, DMA_CTRL, 0xaeed0000);
    set(bench, DMA_CTRL, 0xdeea0000);
    EXPECT_EQ(get(bench, DMA_CTRL), 0);
    start_dma(bench, 0x200, TEST_RAM, 10000, 0);
    set(bench, DMA_LEN, 15);
    EXPECT_TOLD(&told, "guest: device: dma_len is written while DMA runs\n");
    set(bench, DMA_CTRL, 1);
    EXPECT_TOLD(&told,
                "guest: device: DMA is started while it runs "
                "(further ones are only counted)\n");
    EXPECT_EQ(get(bench, DMA_LEN), 9999);
}

TEST_ON(dma_copies_to_memory_and_adds_up, bench)
{
    uint32_t sum = 0;

    for (uint32_t i = 0; i < 10000; i++) {
        region_host(bench->flash[0])[0x200 + i] = (uint8_t)(i * 7);
        sum += (uint32_t)(uint8_t)(i * 7) << 8 * (i % 4);
    }
    set(bench, INTR, 8);
    start_dma(bench, 0x200, TEST_RAM + 0x40, 10000, 0);
    EXPECT_EQ(get(bench, INTR) & INTR_DMA_DONE, 0);
    clock_advance(&bench->bus.fabric.clock, 4096 * DMA_BYTE_NS);
    EXPECT_EQ(get(bench, DMA_LEN), 10000 - 4096);
    EXPECT_EQ(get(bench, DMA_FLASH), 0x200 + 4096);
    EXPECT_EQ(get(bench, DMA_DRAM), TEST_RAM + 0x40 + 4096);
    finish_dma(bench);
    EXPECT_EQ(clock_now(&bench->bus.fabric.clock), 10000 * DMA_BYTE_NS);
    EXPECT_BYTES(region_host(bench->bus.ram) + 0x40,
                 region_host(bench->flash[0]) + 0x200, 10000);
    EXPECT_EQ(get(bench, DMA_SUM), sum);
    EXPECT_EQ(bench->bus.device->outputs[0].level, 1);
    EXPECT_EQ(get(bench, DMA_CTRL) >> 30, 0);
    set(bench, DMA_CTRL, 0);
    EXPECT_EQ(bench->bus.device->outputs[0].level, 0);
    EXPECT_EQ(get(bench, DMA_SUM), 0);
}

TEST_ON(dma_reads_in_place_for_a_checksum, bench)
{
    store_le32(region_host(bench->flash[0]) + 0x10, 0x11111111);
    store_le32(region_host(bench->flash[0]) + 0x14, 0x22222222);
    start_dma(bench, 0x10, TEST_RAM, 8, 0xa3 << 8 | 0xf << 4 | 0xc);
    finish_dma(bench);
    EXPECT_EQ(get(bench, DMA_SUM), 0x33333333);
    EXPECT_EQ(get(bench, CTRL0), 0x406b0f41);
    EXPECT_EQ(get(bench, 0x94), 0xa3);
    EXPECT_EQ(get(bench, DMA_DRAM), TEST_RAM);
    EXPECT_EQ(load_le32(region_host(bench->bus.ram)), 0);
    /* Without bit 3 settings stay; what is read is written nowhere. */
    start_dma(bench, 0x10, TEST_RAM, 8, 0x5 << 8 | 0xb << 4 | 4 | 2);
    EXPECT_EQ(bench->bus.fabric.log.count[LOG_GUEST], 1);
    EXPECT_EQ(get(bench, DMA_CTRL) & 7, 5);
    finish_dma(bench);
    EXPECT_EQ(get(bench, DMA_SUM), 0x66666666);
    EXPECT_EQ(get(bench, CTRL0), 0x406b0f41);
    EXPECT_EQ(get(bench, 0x94), 0xa3);
}

/* A command and its data are bytes in memory, five words less a byte. */
TEST_ON(dma_sends_what_is_in_memory_to_a_chip, bench)
{
    static const uint8_t sent[] = {0x02, 0, 1, 0, 1, 2,   3,   4, 5, 6,
                                   7,    8, 9, 8, 7, 0x6, 0x5, 4, 3};

    enable_writes(bench);
    SEND(bench, 0, 0x06);
    memcpy(region_host(bench->bus.ram) + 0x40, sent, sizeof(sent));
    set(bench, CTRL0, USER);
    start_dma(bench, 0x20, TEST_RAM + 0x40, sizeof(sent), 2);
    finish_dma(bench);
    EXPECT_EQ(bench->bus.fabric.log.count[LOG_GUEST], 0);
    EXPECT_EQ(get(bench, DMA_FLASH), 0x20 + 20);
    EXPECT_EQ(get(bench, DMA_DRAM), TEST_RAM + 0x40 + 20);
    set(bench, CTRL0, USER | STOP);
    EXPECT_BYTES(region_host(bench->flash[0]) + 0x100, sent + 4,
                 sizeof(sent) - 4);
    EXPECT_EQ(region_host(bench->flash[0])[0x100 + 15], 0);
    EXPECT_EQ(region_host(bench->flash[0])[0x100 + 16], 0xff);
    for (uint32_t size = 1; size < 9; size++) { /* in whole words */
        test_case("%u bytes", size);
        start_dma(bench, 0, TEST_RAM, size, 4);
        finish_dma(bench);
        EXPECT_EQ(get(bench, DMA_FLASH), size <= 4 ? 4 : 8);
    }
}

/* The second chip's segment begins within the first 16 MiB. */
TEST_BEGINS(dma_writes_to_the_chip_whose_segment_it_is_in, bench)
{
    enum { SEGMENT = 0x100000 };

    start(bench);
    enable_writes(bench);
    SEND(bench, 1, 0x06);
    set(bench, SEG0, SEGMENT);
    set(bench, SEG1, 0x02000000 | SEGMENT >> 16);
    /* In write mode each word is a command with its address. */
    set(bench, CTRL1, 0x00020402);
    store_le32(region_host(bench->bus.ram), 0x04030201);
    start_dma(bench, SEGMENT + 0x100, TEST_RAM, 4, 2);
    finish_dma(bench);
    EXPECT_BYTES(region_host(bench->flash[1]) + 0x100, "\1\2\3\4\xff", 5);
    set(bench, CTRL1, 0x400);
    start_dma(bench, SEGMENT + 0x100, TEST_RAM + 0x40, 4, 0);
    finish_dma(bench);
    EXPECT_EQ(load_le32(region_host(bench->bus.ram) + 0x40), 0x04030201);
    /* In user mode the words of a segment's start are all the chip's. */
    set(bench, CTRL1, USER | STOP);
    set(bench, CTRL1, USER);
    start_dma(bench, SEGMENT, TEST_RAM, 8, 2);
    finish_dma(bench);
    EXPECT_EQ(bench->bus.fabric.log.count[LOG_GUEST], 0);
}

TEST_ON(dma_carries_into_the_high_word_of_memory, bench)
{
    test_bus_show(&bench->bus, 0x2fffff000);
    store_le32(region_host(bench->flash[0]) + 8, 0x11223344);
    set(bench, DMA_CTRL, 0xaeed0000);
    set(bench, DMA_HIGH, 2);
    start_dma(bench, 0, 0xfffffff8, 12, 0);
    finish_dma(bench);
    EXPECT_EQ(get(bench, DMA_DRAM), 4);
    EXPECT_EQ(get(bench, DMA_HIGH), 3);
    EXPECT_EQ(load_le32(region_host(bench->bus.ram) + 0x1000), 0x11223344);
}

TEST_ON(dma_to_where_nothing_is_ends, bench)
{
    set(bench, DMA_CTRL, 0xaeed0000);
    set(bench, DMA_HIGH, 0xf);
    start_dma(bench, 0, 0x1000, 0x2000000, 0);
    finish_dma(bench);
    EXPECT_EQ(get(bench, DMA_LEN), 0x1ffffff);
    /* It goes on in no chip's segment, and wraps at the window's end. */
    start_dma(bench, 0x7ffffffc, TEST_RAM, 8, 4);
    finish_dma(bench);
    EXPECT_EQ(get(bench, DMA_FLASH), 4);
}

TEST_ON(a_start_takes_the_end_of_the_last_transfer_back, bench)
{
    const struct line *interrupt;

    interrupt = &bench->bus.device->outputs[0];
    set(bench, INTR, 8);
    start_dma(bench, 0, TEST_RAM, 4, 0);
    finish_dma(bench);
    EXPECT_EQ(interrupt->level, 1);
    start_dma(bench, 0, TEST_RAM, 4, 0);
    EXPECT_EQ(get(bench, INTR), 8);
    EXPECT_EQ(interrupt->level, 0);
    finish_dma(bench);
    EXPECT_EQ(interrupt->level, 1);
}

TEST_ON(dma_reads_zeros_where_no_chip_is, bench)
{
    memset(region_host(bench->bus.ram), 0x55, 12);
    start_dma(bench, 0x40000000, TEST_RAM, 8, 0);
    finish_dma(bench);
    EXPECT_BYTES(region_host(bench->bus.ram), "\0\0\0\0\0\0\0\0\x55", 9);
    EXPECT_EQ(get(bench, DMA_SUM), 0);
    start_dma(bench, 0x40000000, TEST_RAM, 8, 3 << 8 | 0xe << 4 | 0xc);
    finish_dma(bench);
    EXPECT_EQ(get(bench, SEG0), 0x08000000); /* nothing is calibrated */
    EXPECT_EQ(get(bench, FULL_DUPLEX), 0);
}

TEST_ON(dma_that_is_stopped_does_not_end, bench)
{
    start_dma(bench, 0, TEST_RAM, 10000, 0);
    set(bench, DMA_CTRL, 0);
    EXPECT_EQ(clock_next(&bench->bus.fabric.clock), TIME_NEVER);
    EXPECT_EQ(get(bench, INTR), 0);
    EXPECT_EQ(get(bench, DMA_CTRL), 0);
    start_dma(bench, 0, TEST_RAM, 10000, 0);
    EXPECT(clock_next(&bench->bus.fabric.clock) != TIME_NEVER);
    device_reset(bench->bus.device, RESET_WARM);
    EXPECT_EQ(clock_next(&bench->bus.fabric.clock), TIME_NEVER);
    start_dma(bench, 0, TEST_RAM, 4, 0);
    finish_dma(bench);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The FMC with two chips, driven as Linux's and U-Boot's drivers do. */
#ifndef TESTS_SMC_DRIVER_H
#define TESTS_SMC_DRIVER_H

#include "devices/aspeed/test_smc.h"
#include "tests/harness.h"

enum {
    CONF = 0x00,
    CE_CTRL = 0x04,
    INTR = 0x08,
    CMD_CTRL = 0x0c,
    SOFT_RESET = 0x50,
    CTRL0 = 0x10,
    CTRL1 = 0x14,
    SEG0 = 0x30,
    SEG1 = 0x34,
    DMA_HIGH = 0x7c,
    DMA_CTRL = 0x80,
    DMA_FLASH = 0x84,
    DMA_DRAM = 0x88,
    DMA_LEN = 0x8c,
    DMA_SUM = 0x90,
    FULL_DUPLEX = 0x1e4,
    KEPT = 0x1f4,
};
enum { USER = 3, STOP = 4, CHIP_SIZE = 32 << 20, DMA_BYTE_NS = 40 };
#define WINDOW 0x100000000u
#define SECOND 0x08000000u /* where the second chip is in the window */

static inline void start(struct bench *bench)
{
    memset(bench, 0, sizeof(*bench));
    test_bus_init(&bench->bus);
    bench->part = "w25q512jv";
    for (unsigned i = 0; i < BENCH_CHIPS; i++) {
        bench_add_chip(
            bench, region_create_erased("flash", CHIP_SIZE, &bench->bus.error));
    }
    bench->bus.device = bench_make(bench, &aspeed_fmc);
    bench->space = space_create(&bench->bus.fabric, "cpu");
    bench_show(bench, bench->space, WINDOW, SMC_WINDOW_SIZE, SMC_BANK_WINDOW);
    /* In this order on purpose: the controller learns of the chips later. */
    device_reset(bench->bus.device, RESET_POWER_ON);
    for (unsigned i = 0; i < BENCH_CHIPS; i++) {
        device_reset(bench->chips[i], RESET_POWER_ON);
    }
}

static inline void set(struct bench *bench, uint64_t offset, uint32_t value)
{
    test_write(bench->bus.device, 0, offset, value);
}

static inline uint32_t get(struct bench *bench, uint64_t offset)
{
    return test_read(bench->bus.device, 0, offset);
}

static inline uint64_t load(struct bench *bench, uint64_t offset, unsigned size)
{
    uint64_t value = 0;

    space_read(bench->space, NULL, gpa(WINDOW + offset), size, &value);
    return value;
}

static inline void store(struct bench *bench, uint64_t offset, unsigned size,
                         uint64_t value)
{
    EXPECT_EQ(
        space_write(bench->space, NULL, gpa(WINDOW + offset), size, value), 0);
}

/* True if an address is memory for a processor. */
static inline bool is_memory(struct bench *bench, uint64_t offset)
{
    struct span span;
    return space_span(bench->space, gpa(WINDOW + offset), &span) == 0;
}

/* A command in user mode, as drivers send it: bytes out, then bytes in. */
static inline void user(struct bench *bench, unsigned chip, const uint8_t *out,
                        size_t out_size, uint8_t *in, size_t in_size)
{
    uint64_t at = chip == 0 ? 0 : SECOND;
    uint32_t before = get(bench, CTRL0 + 4 * chip);

    set(bench, CTRL0 + 4 * chip, 0x400 | USER | STOP);
    set(bench, CTRL0 + 4 * chip, 0x400 | USER);
    for (size_t i = 0; i < out_size; i++) {
        store(bench, at, 1, out[i]);
    }
    for (size_t i = 0; i < in_size; i++) {
        in[i] = (uint8_t)load(bench, at, 1);
    }
    set(bench, CTRL0 + 4 * chip, 0x400 | USER | STOP);
    set(bench, CTRL0 + 4 * chip, before);
}

#define SEND(bench, chip, ...)                                                 \
    do {                                                                       \
        static const uint8_t bytes_[] = {__VA_ARGS__};                         \
        user(bench, chip, bytes_, sizeof(bytes_), NULL, 0);                    \
    } while (0)

static inline void enable_writes(struct bench *bench)
{
    set(bench, CONF, get(bench, CONF) | 7u << 16);
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The controller with two chips, driven as Linux's and U-Boot's drivers do, and
 * its window as an address space shows it. */
#include "bus/device_state.h"
#include "devices/aspeed/test_smc.h"
#include "devices/test_spoil.h"
#include "tests/device.h"
#include "tests/harness.h"
#include "tests/told.h"

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

static void start(struct bench *bench)
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

static struct device *bench_no_peer(const void *node, const char *name,
                                    unsigned index)
{
    (void)node;
    (void)name;
    (void)index;
    return NULL;
}

static void set(struct bench *bench, uint64_t offset, uint32_t value)
{
    test_write(bench->bus.device, 0, offset, value);
}

static uint32_t get(struct bench *bench, uint64_t offset)
{
    return test_read(bench->bus.device, 0, offset);
}

static uint64_t load(struct bench *bench, uint64_t offset, unsigned size)
{
    uint64_t value = 0;

    space_read(bench->space, NULL, gpa(WINDOW + offset), size, &value);
    return value;
}

static void store(struct bench *bench, uint64_t offset, unsigned size,
                  uint64_t value)
{
    EXPECT_EQ(
        space_write(bench->space, NULL, gpa(WINDOW + offset), size, value), 0);
}

/* True if an address is memory for a processor. */
static bool is_memory(struct bench *bench, uint64_t offset)
{
    struct span span;
    return space_span(bench->space, gpa(WINDOW + offset), &span) == 0;
}

/* A command in user mode, as drivers send it: bytes out, then bytes in. */
static void user(struct bench *bench, unsigned chip, const uint8_t *out,
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

static void enable_writes(struct bench *bench)
{
    set(bench, CONF, get(bench, CONF) | 7u << 16);
}

TEST(the_tables_promises_hold)
{
    /* A write of these depends on the grant of the DMA engine, and the start of
     * the engine on all of them. */
    static const char *const exclusions[] = {"INTR_CTRL",
                                             "DMA_CTRL",
                                             "DMA_FLASH_ADDR",
                                             "DMA_DRAM_ADDR",
                                             "DMA_LEN",
                                             "DMA_DRAM_ADDR_HIGH",
                                             "DMA_CHECKSUM",
                                             "CE_CTRL",
                                             "TIMINGS",
                                             "CTRL0",
                                             "CTRL1",
                                             "CTRL2",
                                             "FULL_DUPLEX_RX_DATA",
                                             NULL};
    struct bench bench;

    start(&bench);
    EXPECT_DEVICE(bench.bus.device, exclusions);
    bench_stop(&bench);
}

/* Their chips are missing, but for one too many it is that. */
TEST(the_fmc_selects_three_chips_and_the_others_two)
{
    static const struct {
        const struct device_type *type;
        unsigned count;
        int code;
    } rows[] = {
        {&aspeed_fmc, 0, 0      },
        {&aspeed_fmc, 3, -ENOENT},
        {&aspeed_fmc, 4, -EINVAL},
        {&aspeed_spi, 2, -ENOENT},
        {&aspeed_spi, 3, -EINVAL},
    };
    static const struct property_source properties = {
        .find = bench_find,
        .peer = bench_no_peer,
        .space = bench_space,
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct bench bench = {.count = rows[i].count};

        test_case("%s, %u", rows[i].type->compatible, rows[i].count);
        test_bus_init(&bench.bus);
        bench.bus.device = device_create(&bench.bus.fabric, rows[i].type,
                                         "device", &properties, &bench);
        EXPECT_EQ(device_init(bench.bus.device, &bench.bus.error),
                  rows[i].code);
        test_bus_fini(&bench.bus);
    }
}

TEST(after_power_on_both_chips_are_memory_up_to_16_mib)
{
    struct bench bench;

    start(&bench);
    region_host(bench.flash[0])[0x1234] = 0x5a;
    region_host(bench.flash[1])[0x1234] = 0xa5;
    EXPECT_EQ(get(&bench, CTRL0), 0x406b0641);
    EXPECT(is_memory(&bench, 0));
    EXPECT(is_memory(&bench, 0xffffff));
    EXPECT(!is_memory(&bench, 0x1000000));
    EXPECT_EQ(load(&bench, 0x1234, 1), 0x5a);
    /* Three bytes of address wrap. */
    EXPECT_EQ(load(&bench, 0x1001234, 1), 0x5a);
    EXPECT(is_memory(&bench, SECOND));
    EXPECT_EQ(load(&bench, SECOND + 0x1234, 1), 0xa5);
    /* In no segment. */
    EXPECT_EQ(load(&bench, 0x10000000, 4), 0);
    bench_stop(&bench);
}

TEST(identity_is_read_in_user_mode)
{
    struct bench bench;
    uint8_t in[3];

    start(&bench);
    user(&bench, 0, (const uint8_t[]){0x9f}, 1, in, 3);
    EXPECT_BYTES(in, "\xff\xff\xff",
                 3); /* writes are not enabled: no command */
    EXPECT_EQ(get(&bench, INTR) & INTR_WRITE_PROTECTED, INTR_WRITE_PROTECTED);
    set(&bench, INTR, INTR_WRITE_PROTECTED);
    EXPECT_EQ(get(&bench, INTR), 0);
    enable_writes(&bench);
    for (unsigned chip = 0; chip < BENCH_CHIPS; chip++) {
        user(&bench, chip, (const uint8_t[]){0x9f}, 1, in, 3);
        EXPECT_BYTES(in, "\xef\x40\x20", 3);
    }
    bench_stop(&bench);
}

/* As in Linux's spi_mem: an access of 4 bytes is 4 bytes of the bus. */
TEST(words_in_user_mode_are_bytes_of_the_bus)
{
    struct bench bench;

    start(&bench);
    enable_writes(&bench);
    region_load(bench.flash[0], 0x123456, "abcdefgh", 8);
    set(&bench, CTRL0, USER | STOP);
    set(&bench, CTRL0, USER);
    EXPECT(!is_memory(&bench, 0));
    store(&bench, 0, 4, 0x56341203);
    EXPECT_EQ(load(&bench, 0, 4), 0x64636261);
    EXPECT_EQ(load(&bench, 0, 2), 0x6665);
    EXPECT_EQ(load(&bench, 0, 1), 0x67);
    set(&bench, CTRL0, USER | STOP);
    EXPECT_EQ(load(&bench, 0, 1), 0xff);
    bench_stop(&bench);
}

TEST(four_bytes_of_address_are_a_matter_of_chip_and_controller)
{
    struct bench bench;

    start(&bench);
    enable_writes(&bench);
    region_host(bench.flash[0])[0x1800000] = 0x77;
    set(&bench, CE_CTRL, get(&bench, CE_CTRL) | 0x11);
    EXPECT(!is_memory(&bench, 0)); /* the chip takes three */
    SEND(&bench, 0, 0xb7);
    EXPECT(is_memory(&bench, 0x1ffffff));
    EXPECT_EQ(load(&bench, 0x1800000, 1), 0x77);
    SEND(&bench, 0, 0xe9);
    EXPECT(!is_memory(&bench, 0));
    set(&bench, CTRL0, 0x406c0641); /* the command has four by itself */
    EXPECT(is_memory(&bench, 0x1ffffff));
    EXPECT_EQ(load(&bench, 0x1800000, 1), 0x77);
    bench_stop(&bench);
}

TEST(dummy_bytes_that_do_not_fit_shift_what_is_read)
{
    struct bench bench;

    start(&bench);
    region_load(bench.flash[0], 0, "abcd", 4);
    set(&bench, CTRL0, 0x406b0601);
    EXPECT(!is_memory(&bench, 0));
    EXPECT_EQ(load(&bench, 0, 2), 0x61ff);
    set(&bench, CTRL0, 0x600);
    EXPECT(is_memory(&bench, 0));
    EXPECT_EQ(load(&bench, 0, 2), 0x6261);
    bench_stop(&bench);
}

TEST(segments_move_chips_and_are_read_back_as_written)
{
    struct bench bench;

    start(&bench);
    set(&bench, SEG0, 0x00010000);
    EXPECT_EQ(get(&bench, SEG0), 0x00010000);
    EXPECT(is_memory(&bench, 0xffff));
    EXPECT(!is_memory(&bench, 0x10000));
    set(&bench, SEG1, 0x02010001);
    EXPECT_EQ(get(&bench, SEG1), 0x02010001);
    region_host(bench.flash[1])[0x42] = 0x42;
    EXPECT_EQ(load(&bench, 0x10042, 1), 0x42);
    EXPECT(!is_memory(&bench, SECOND));
    set(&bench, SEG1, 0);
    EXPECT(!is_memory(&bench, 0x10042));
    set(&bench, SEG0, 0x08000004); /* the first chip starts at 0 */
    EXPECT_EQ(get(&bench, SEG0), 0x08000000);
    /* The first of two that overlap is seen. */
    set(&bench, SEG1, 0x08000000);
    region_host(bench.flash[0])[0x42] = 0x24;
    EXPECT_EQ(load(&bench, 0x42, 1), 0x24);
    EXPECT_EQ(smc_chip_at(bench.bus.device->state, 0x42), 0);
    bench_stop(&bench);
}

TEST(write_mode_programs_by_stores)
{
    struct bench bench;

    start(&bench);
    enable_writes(&bench);
    SEND(&bench, 0, 0x06);
    set(&bench, CTRL0, 0x00020402);
    store(&bench, 0x100, 4, 0x04030201);
    EXPECT_BYTES(region_host(bench.flash[0]) + 0x100, "\x01\x02\x03\x04\xff",
                 5);
    store(&bench, 0x104, 4, 0); /* write enable is used up */
    EXPECT_EQ(region_host(bench.flash[0])[0x104], 0xff);
    EXPECT_EQ(load(&bench, 0x100, 4), 0);
    bench_stop(&bench);
}

/* A chip's contents repeat in its segment; there is no third chip. */
TEST(a_debugger_sees_what_the_chips_hold)
{
    static const struct access debugger = {.debug = true};
    static const struct {
        uint64_t offset;
        unsigned size;
        uint64_t value;
    } rows[] = {
        {0x10,             4, 0x14131211                  },
        {0x10,             8, UINT64_C(0xffffffff14131211)},
        {0x12,             2, 0x1413                      },
        {CHIP_SIZE + 0x10, 1, 0x11                        },
        {SECOND + 0x10,    4, 0xffffffff                  },
        {0x20000000,       4, 0xffffffff                  }, /* of the third segment */
        {0x40000000,       4, 0                           }, /* of none */
    };
    struct bench bench;
    uint64_t value = 0;

    start(&bench);
    set(&bench, CTRL0, USER | STOP); /* no memory */
    set(&bench, SEG1 + 4, 0x21002000);
    for (unsigned i = 0; i < 4; i++) {
        region_host(bench.flash[0])[0x10 + i] = (uint8_t)(0x11 + i);
    }
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("row %zu", i);
        space_read(bench.space, &debugger, gpa(WINDOW + rows[i].offset),
                   rows[i].size, &value);
        EXPECT_EQ(value, rows[i].value);
    }
    set(&bench, CTRL0, 0x400);
    EXPECT_EQ(load(&bench, 0x10, 8), 0xffffffff14131211);
    set(&bench, CTRL1 + 4, USER);
    EXPECT_EQ(load(&bench, 0x20000000, 4), 0xffffffff); /* pulled up */
    bench_stop(&bench);
}

/* Each chip has its bits of CONF and CE_CTRL. */
TEST(chips_are_enabled_one_by_one)
{
    struct bench bench;

    start(&bench);
    for (unsigned chip = 0; chip < BENCH_CHIPS; chip++) {
        const uint64_t other = chip == 0 ? SECOND : 0;

        test_case("chip %u", chip);
        set(&bench, CONF, 1u << (16 + chip));
        set(&bench, INTR, 0x600);
        set(&bench, CTRL0 + 4 * chip, USER);
        store(&bench, chip == 0 ? 0 : SECOND, 1, 0xb7);
        EXPECT_EQ(get(&bench, INTR) & INTR_WRITE_PROTECTED, 0);
        set(&bench, CTRL0 + 4 * chip, 0x400);
        set(&bench, CE_CTRL, 1u << chip);
        EXPECT(is_memory(&bench, other == 0 ? SECOND + 0x1ffffff : 0x1ffffff));
        EXPECT(!is_memory(&bench, other + 0x1ffffff));
        store(&bench, other, 1, 0);
        EXPECT_EQ(get(&bench, INTR) & INTR_WRITE_PROTECTED,
                  INTR_WRITE_PROTECTED);
    }
    set(&bench, SOFT_RESET, 0x1234);
    EXPECT_EQ(get(&bench, SOFT_RESET), 0x1234);
    bench_stop(&bench);
}

/* CE_CMD_CTRL bits 4 to 7 leave out bytes of the address: an identity is read
 * by a command that has none. */
TEST(bytes_of_the_address_can_be_left_out)
{
    struct bench bench;
    struct told told;

    start(&bench);
    set(&bench, CMD_CTRL, 0x70);
    EXPECT(!is_memory(&bench, 0));
    set(&bench, CTRL0, 0x009f0401);
    EXPECT_EQ(load(&bench, 0x123456, 1), 0xef);
    told_init(&told, bench.bus.device);
    set(&bench, CTRL0, 0x009f0402);
    EXPECT_EQ(load(&bench, 0, 1), 0);
    EXPECT_TOLD(&told, "guest: device: chip 0 is read in write mode\n");
    told_fini(&told);
    bench_stop(&bench);
}

TEST(accesses_in_no_segment_are_told)
{
    struct bench bench;
    struct told told;

    start(&bench);
    told_init(&told, bench.bus.device);
    EXPECT_EQ(load(&bench, 0x40000000, 4), 0);
    EXPECT_TOLD(&told, "guest: device: a read in no chip's segment\n");
    store(&bench, 0x40000000, 4, 0);
    EXPECT_TOLD(&told, "guest: device: a write in no chip's segment\n");
    told_fini(&told);
    struct window window = {.device = bench.bus.device,
                            .bank = SMC_BANK_WINDOW};
    EXPECT_EQ(aspeed_fmc.gate(bench.bus.device, 1, bench.space, &window,
                              &bench.bus.error),
              -EINVAL);
    window.device = NULL;
    EXPECT_EQ(aspeed_fmc.gate(bench.bus.device, 0, bench.space, &window,
                              &bench.bus.error),
              -EINVAL);
    bench_stop(&bench);
}

TEST(stores_in_read_mode_change_nothing)
{
    struct bench bench;

    start(&bench);
    enable_writes(&bench);
    store(&bench, 0x100, 4, 0);
    EXPECT_EQ(region_host(bench.flash[0])[0x100], 0xff);
    bench_stop(&bench);
}

TEST(what_comes_in_with_a_byte_sent_is_kept)
{
    struct bench bench;

    start(&bench);
    enable_writes(&bench);
    set(&bench, CTRL0, USER | STOP);
    set(&bench, CTRL0, USER);
    store(&bench, 0, 1, 0x9f);
    store(&bench, 0, 1, 0);
    EXPECT_EQ(get(&bench, FULL_DUPLEX), 0xef);
    bench_stop(&bench);
}

TEST(a_watchdog_reset_keeps_four_byte_addresses_if_told)
{
    struct bench bench;

    start(&bench);
    enable_writes(&bench);
    SEND(&bench, 0, 0xb7);
    set(&bench, CE_CTRL, 0x11);
    set(&bench, KEPT, 0x110);
    device_reset(bench.bus.device, RESET_WARM);
    EXPECT_EQ(get(&bench, CE_CTRL) & 0x11, 0x11);
    EXPECT_EQ(get(&bench, CONF), 0xa);
    EXPECT(is_memory(&bench, 0x1ffffff));
    device_reset(bench.bus.device, RESET_POWER_ON);
    EXPECT_EQ(get(&bench, CE_CTRL) & 0x11, 0);
    bench_stop(&bench);
}

/* The controller's reset ends the command of a chip that goes on. */
TEST(a_page_that_is_under_way_is_programmed_at_a_reset_but_not_at_power_on)
{
    static const uint8_t page[] = {0x02, 0, 0, 0, 0x5a};

    for (unsigned power = 0; power < 2; power++) {
        struct bench bench;

        test_case(power ? "power-on" : "reset");
        start(&bench);
        enable_writes(&bench);
        SEND(&bench, 0, 0x06);
        set(&bench, CTRL0, USER);
        for (size_t i = 0; i < sizeof(page); i++) {
            store(&bench, 0, 1, page[i]);
        }
        device_reset(bench.bus.device, power ? RESET_POWER_ON : RESET_WARM);
        device_reset(bench.chips[0], power ? RESET_POWER_ON : RESET_WARM);
        EXPECT_EQ(region_host(bench.flash[0])[0], power ? 0xff : 0x5a);
        bench_stop(&bench);
    }
}

TEST(states_that_somebody_made_up_end_in_nothing_worse)
{
    enum { STATES = 1000 };
    struct bench bench;

    start(&bench);
    for (unsigned n = 0; n < STATES; n++) {
        for (unsigned i = 0; i < BENCH_CHIPS; i++) {
            test_spoil(bench.chips[i]);
        }
        test_spoil(bench.bus.device);
        for (unsigned i = 0; i < 12; i++) {
            store(&bench, i % 2 != 0 ? SECOND : 0, 1, i);
            (void)load(&bench, i % 2 != 0 ? SECOND : 0, 4);
        }
        clock_advance(&bench.bus.fabric.clock,
                      clock_now(&bench.bus.fabric.clock) + 1000000);
        set(&bench, CTRL0, 0x400 | USER | STOP);
        set(&bench, CTRL1, 0x400);
    }
    bench_stop(&bench);
}

TEST(a_restored_controller_shows_what_it_did)
{
    struct bench bench;
    struct buffer record = {0};
    const uint8_t *bytes;
    size_t size;

    start(&bench);
    set(&bench, SEG0, 0x00100000);
    device_save(bench.bus.device, &record);
    set(&bench, SEG0, 0x08000000);
    set(&bench, CTRL0, USER);
    EXPECT(!is_memory(&bench, 0));
    bytes = record.bytes;
    size = record.size;
    EXPECT_EQ(device_restore(bench.bus.device, &bytes, &size, &bench.bus.error),
              0);
    device_restored(bench.bus.device);
    EXPECT(is_memory(&bench, 0xfffff));
    EXPECT(!is_memory(&bench, 0x100000));
    buffer_fini(&record);
    bench_stop(&bench);
}

/* ---- DMA ----------------------------------------------------------------- */

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

TEST(dma_needs_a_grant)
{
    struct bench bench;
    struct told told;

    start(&bench);
    told_init(&told, bench.bus.device);
    set(&bench, DMA_LEN, 15);
    EXPECT_TOLD(&told, "guest: device: dma_len is written without a grant\n");
    EXPECT_EQ(get(&bench, DMA_LEN), 0);
    set(&bench, DMA_CTRL, 1);
    EXPECT_TOLD(&told, "guest: device: DMA is started without a grant\n");
    EXPECT_EQ(get(&bench, DMA_CTRL), 0);
    EXPECT_EQ(clock_next(&bench.bus.fabric.clock), TIME_NEVER);
    set(&bench, DMA_CTRL, 0xaeed0000);
    set(&bench, DMA_CTRL, 0xdeea0000);
    EXPECT_EQ(get(&bench, DMA_CTRL), 0);
    start_dma(&bench, 0x200, TEST_RAM, 10000, 0);
    set(&bench, DMA_LEN, 15);
    EXPECT_TOLD(&told, "guest: device: dma_len is written while DMA runs\n");
    set(&bench, DMA_CTRL, 1);
    EXPECT_TOLD(&told,
                "guest: device: DMA is started while it runs "
                "(further ones are only counted)\n");
    EXPECT_EQ(get(&bench, DMA_LEN), 9999);
    told_fini(&told);
    bench_stop(&bench);
}

TEST(dma_copies_to_memory_and_adds_up)
{
    struct bench bench;
    uint32_t sum = 0;

    start(&bench);
    for (uint32_t i = 0; i < 10000; i++) {
        region_host(bench.flash[0])[0x200 + i] = (uint8_t)(i * 7);
        sum += (uint32_t)(uint8_t)(i * 7) << 8 * (i % 4);
    }
    set(&bench, INTR, 8);
    start_dma(&bench, 0x200, TEST_RAM + 0x40, 10000, 0);
    EXPECT_EQ(get(&bench, INTR) & INTR_DMA_DONE, 0);
    clock_advance(&bench.bus.fabric.clock, 4096 * DMA_BYTE_NS);
    EXPECT_EQ(get(&bench, DMA_LEN), 10000 - 4096);
    EXPECT_EQ(get(&bench, DMA_FLASH), 0x200 + 4096);
    EXPECT_EQ(get(&bench, DMA_DRAM), TEST_RAM + 0x40 + 4096);
    finish_dma(&bench);
    EXPECT_EQ(clock_now(&bench.bus.fabric.clock), 10000 * DMA_BYTE_NS);
    EXPECT_BYTES(region_host(bench.bus.ram) + 0x40,
                 region_host(bench.flash[0]) + 0x200, 10000);
    EXPECT_EQ(get(&bench, DMA_SUM), sum);
    EXPECT_EQ(bench.bus.device->outputs[0].level, 1);
    EXPECT_EQ(get(&bench, DMA_CTRL) >> 30, 0);
    set(&bench, DMA_CTRL, 0);
    EXPECT_EQ(bench.bus.device->outputs[0].level, 0);
    EXPECT_EQ(get(&bench, DMA_SUM), 0);
    bench_stop(&bench);
}

TEST(dma_reads_in_place_for_a_checksum)
{
    struct bench bench;

    start(&bench);
    store_le32(region_host(bench.flash[0]) + 0x10, 0x11111111);
    store_le32(region_host(bench.flash[0]) + 0x14, 0x22222222);
    start_dma(&bench, 0x10, TEST_RAM, 8, 0x3 << 8 | 0xe << 4 | 0xc);
    finish_dma(&bench);
    EXPECT_EQ(get(&bench, DMA_SUM), 0x33333333);
    EXPECT_EQ(get(&bench, CTRL0), 0x406b0e41);
    EXPECT_EQ(get(&bench, 0x94), 3);
    EXPECT_EQ(get(&bench, DMA_DRAM), TEST_RAM);
    EXPECT_EQ(load_le32(region_host(bench.bus.ram)), 0);
    /* Without bit 3 settings stay; what is read is written nowhere. */
    start_dma(&bench, 0x10, TEST_RAM, 8, 0x5 << 8 | 0xa << 4 | 4 | 2);
    EXPECT_EQ(bench.bus.fabric.log.count[LOG_GUEST], 1);
    EXPECT_EQ(get(&bench, DMA_CTRL) & 7, 5);
    finish_dma(&bench);
    EXPECT_EQ(get(&bench, DMA_SUM), 0x66666666);
    EXPECT_EQ(get(&bench, CTRL0), 0x406b0e41);
    EXPECT_EQ(get(&bench, 0x94), 3);
    bench_stop(&bench);
}

/* A command and its data are bytes in memory, five words less a byte. */
TEST(dma_sends_what_is_in_memory_to_a_chip)
{
    static const uint8_t sent[] = {0x02, 0, 1, 0, 1, 2,   3,   4, 5, 6,
                                   7,    8, 9, 8, 7, 0x6, 0x5, 4, 3};
    struct bench bench;

    start(&bench);
    enable_writes(&bench);
    SEND(&bench, 0, 0x06);
    memcpy(region_host(bench.bus.ram) + 0x40, sent, sizeof(sent));
    set(&bench, CTRL0, USER);
    start_dma(&bench, 0x20, TEST_RAM + 0x40, sizeof(sent), 2);
    finish_dma(&bench);
    EXPECT_EQ(bench.bus.fabric.log.count[LOG_GUEST], 0);
    EXPECT_EQ(get(&bench, DMA_FLASH), 0x20 + 20);
    EXPECT_EQ(get(&bench, DMA_DRAM), TEST_RAM + 0x40 + 20);
    set(&bench, CTRL0, USER | STOP);
    EXPECT_BYTES(region_host(bench.flash[0]) + 0x100, sent + 4,
                 sizeof(sent) - 4);
    EXPECT_EQ(region_host(bench.flash[0])[0x100 + 15], 0);
    EXPECT_EQ(region_host(bench.flash[0])[0x100 + 16], 0xff);
    for (uint32_t size = 1; size < 9; size++) { /* in whole words */
        test_case("%u bytes", size);
        start_dma(&bench, 0, TEST_RAM, size, 4);
        finish_dma(&bench);
        EXPECT_EQ(get(&bench, DMA_FLASH), size <= 4 ? 4 : 8);
    }
    bench_stop(&bench);
}

/* The second chip's segment begins within the first 16 MiB. */
TEST(dma_writes_to_the_chip_whose_segment_it_is_in)
{
    enum { SEGMENT = 0x100000 };
    struct bench bench;

    start(&bench);
    enable_writes(&bench);
    SEND(&bench, 1, 0x06);
    set(&bench, SEG0, SEGMENT);
    set(&bench, SEG1, 0x02000000 | SEGMENT >> 16);
    /* In write mode each word is a command with its address. */
    set(&bench, CTRL1, 0x00020402);
    store_le32(region_host(bench.bus.ram), 0x04030201);
    start_dma(&bench, SEGMENT + 0x100, TEST_RAM, 4, 2);
    finish_dma(&bench);
    EXPECT_BYTES(region_host(bench.flash[1]) + 0x100, "\1\2\3\4\xff", 5);
    set(&bench, CTRL1, 0x400);
    start_dma(&bench, SEGMENT + 0x100, TEST_RAM + 0x40, 4, 0);
    finish_dma(&bench);
    EXPECT_EQ(load_le32(region_host(bench.bus.ram) + 0x40), 0x04030201);
    /* In user mode the words of a segment's start are all the chip's. */
    set(&bench, CTRL1, USER | STOP);
    set(&bench, CTRL1, USER);
    start_dma(&bench, SEGMENT, TEST_RAM, 8, 2);
    finish_dma(&bench);
    EXPECT_EQ(bench.bus.fabric.log.count[LOG_GUEST], 0);
    bench_stop(&bench);
}

TEST(dma_carries_into_the_high_word_of_memory)
{
    struct bench bench;

    start(&bench);
    test_bus_show(&bench.bus, 0x2fffff000);
    store_le32(region_host(bench.flash[0]) + 8, 0x11223344);
    set(&bench, DMA_CTRL, 0xaeed0000);
    set(&bench, DMA_HIGH, 2);
    start_dma(&bench, 0, 0xfffffff8, 12, 0);
    finish_dma(&bench);
    EXPECT_EQ(get(&bench, DMA_DRAM), 4);
    EXPECT_EQ(get(&bench, DMA_HIGH), 3);
    EXPECT_EQ(load_le32(region_host(bench.bus.ram) + 0x1000), 0x11223344);
    bench_stop(&bench);
}

TEST(dma_to_where_nothing_is_ends)
{
    struct bench bench;

    start(&bench);
    set(&bench, DMA_CTRL, 0xaeed0000);
    set(&bench, DMA_HIGH, 0xf);
    start_dma(&bench, 0, 0x1000, 0x2000000, 0);
    finish_dma(&bench);
    EXPECT_EQ(get(&bench, DMA_LEN), 0x1ffffff);
    /* It goes on in no chip's segment, and wraps at the window's end. */
    start_dma(&bench, 0x7ffffffc, TEST_RAM, 8, 4);
    finish_dma(&bench);
    EXPECT_EQ(get(&bench, DMA_FLASH), 4);
    bench_stop(&bench);
}

TEST(a_chip_without_power_is_no_memory)
{
    struct bench bench;

    start(&bench);
    enable_writes(&bench);
    device_input(bench.chips[0], NOR_CUT_OPERATION, 1);
    SEND(&bench, 0, 0x06);
    SEND(&bench, 0, 0x02, 0, 0, 0, 0, 0);
    EXPECT(!is_memory(&bench, 0));
    EXPECT_EQ(load(&bench, 0, 4), 0xffffffff);
    EXPECT(is_memory(&bench, SECOND));
    device_reset(bench.chips[0], RESET_POWER_ON);
    EXPECT(is_memory(&bench, 0));
    bench_stop(&bench);
}

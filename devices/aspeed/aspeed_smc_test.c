/* SPDX-License-Identifier: Apache-2.0 */
/* The controller with two chips, driven as Linux's and U-Boot's drivers do, and
 * its window as an address space shows it. */
#include "bus/device_state.h"
#include "devices/test_spoil.h"
#include "tests/device.h"
#include "tests/harness.h"
#include "tests/smc_driver.h"
#include "tests/told.h"

FIXTURE(struct bench, bench, bench_stop)
FIXTURE_BEGIN(bench, start(bench))

TEST_ON(the_tables_promises_hold, bench)
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

    EXPECT_DEVICE(bench->bus.device, exclusions);
}

static struct device *bench_no_peer(const void *node, const char *name,
                                    unsigned index)
{
    return NULL;
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

TEST_ON(after_power_on_both_chips_are_memory_up_to_16_mib, bench)
{
    region_host(bench->flash[0])[0x1234] = 0x5a;
    region_host(bench->flash[1])[0x1234] = 0xa5;
    EXPECT_EQ(get(bench, CTRL0), 0x406b0641);
    EXPECT(is_memory(bench, 0));
    EXPECT(is_memory(bench, 0xffffff));
    EXPECT(!is_memory(bench, 0x1000000));
    EXPECT_EQ(load(bench, 0x1234, 1), 0x5a);
    /* Three bytes of address wrap. */
    EXPECT_EQ(load(bench, 0x1001234, 1), 0x5a);
    EXPECT(is_memory(bench, SECOND));
    EXPECT_EQ(load(bench, SECOND + 0x1234, 1), 0xa5);
    /* In no segment. */
    EXPECT_EQ(load(bench, 0x10000000, 4), 0);
}

TEST_ON(identity_is_read_in_user_mode, bench)
{
    uint8_t in[3];

    user(bench, 0, (const uint8_t[]){0x9f}, 1, in, 3);
    EXPECT_BYTES(in, "\xff\xff\xff",
                 3); /* writes are not enabled: no command */
    EXPECT_EQ(get(bench, INTR), INTR_WRITE_PROTECTED);
    set(bench, INTR, 2);
    EXPECT_EQ(get(bench, INTR), INTR_WRITE_PROTECTED | 2);
    EXPECT_EQ(bench->bus.device->outputs[0].level, 1);
    set(bench, INTR, INTR_WRITE_PROTECTED | 2);
    EXPECT_EQ(get(bench, INTR), 2);
    EXPECT_EQ(bench->bus.device->outputs[0].level, 0);
    store(bench, 0, 1, 0);
    EXPECT_EQ(bench->bus.device->outputs[0].level, 1);
    set(bench, INTR, INTR_WRITE_PROTECTED);
    EXPECT_EQ(get(bench, INTR), 0);
    enable_writes(bench);
    for (unsigned chip = 0; chip < BENCH_CHIPS; chip++) {
        user(bench, chip, (const uint8_t[]){0x9f}, 1, in, 3);
        EXPECT_BYTES(in, "\xef\x40\x20", 3);
    }
}

/* As in Linux's spi_mem: an access of 4 bytes is 4 bytes of the bus. */
TEST_ON(words_in_user_mode_are_bytes_of_the_bus, bench)
{
    enable_writes(bench);
    region_load(bench->flash[0], 0x123456, "abcdefgh", 8);
    set(bench, CTRL0, USER | STOP);
    set(bench, CTRL0, USER);
    EXPECT(!is_memory(bench, 0));
    store(bench, 0, 4, 0x56341203);
    EXPECT_EQ(load(bench, 0, 4), 0x64636261);
    EXPECT_EQ(load(bench, 0, 2), 0x6665);
    EXPECT_EQ(load(bench, 0, 1), 0x67);
    set(bench, CTRL0, USER | STOP);
    EXPECT_EQ(load(bench, 0, 1), 0xff);
}

TEST_ON(four_bytes_of_address_are_a_matter_of_chip_and_controller, bench)
{
    enable_writes(bench);
    region_host(bench->flash[0])[0x1800000] = 0x77;
    set(bench, CE_CTRL, get(bench, CE_CTRL) | 0x11);
    EXPECT(!is_memory(bench, 0)); /* the chip takes three */
    SEND(bench, 0, 0xb7);
    EXPECT(is_memory(bench, 0x1ffffff));
    EXPECT_EQ(load(bench, 0x1800000, 1), 0x77);
    SEND(bench, 0, 0xe9);
    EXPECT(!is_memory(bench, 0));
    set(bench, CTRL0, 0x406c0641); /* the command has four by itself */
    EXPECT(is_memory(bench, 0x1ffffff));
    EXPECT_EQ(load(bench, 0x1800000, 1), 0x77);
}

TEST_ON(dummy_bytes_that_do_not_fit_shift_what_is_read, bench)
{
    region_load(bench->flash[0], 0, "abcd", 4);
    set(bench, CTRL0, 0x406b0601);
    EXPECT(!is_memory(bench, 0));
    EXPECT_EQ(load(bench, 0, 2), 0x61ff);
    for (uint32_t bytes = 0; bytes < 5; bytes++) { /* one fits */
        static const uint8_t first[] =
            "\xff"
            "abcd";

        test_case("%u", bytes);
        set(bench, CTRL0, 0xb0001 | (bytes & 3) << 6 | (bytes & 4) << 12);
        EXPECT_EQ(is_memory(bench, 0), bytes == 1);
        EXPECT_EQ(load(bench, 0, 1), first[bytes]);
    }
    set(bench, CTRL0, 0x600);
    EXPECT(is_memory(bench, 0));
    EXPECT_EQ(load(bench, 0, 2), 0x6261);
}

TEST_ON(segments_move_chips_and_are_read_back_as_written, bench)
{
    set(bench, SEG0, 0x00010000);
    EXPECT_EQ(get(bench, SEG0), 0x00010000);
    EXPECT(is_memory(bench, 0xffff));
    EXPECT(!is_memory(bench, 0x10000));
    set(bench, SEG1, 0x02010001);
    EXPECT_EQ(get(bench, SEG1), 0x02010001);
    region_host(bench->flash[1])[0x42] = 0x42;
    EXPECT_EQ(load(bench, 0x10042, 1), 0x42);
    EXPECT(!is_memory(bench, SECOND));
    set(bench, SEG1, 0);
    EXPECT(!is_memory(bench, 0x10042));
    set(bench, SEG0, 0x08000004); /* the first chip starts at 0 */
    EXPECT_EQ(get(bench, SEG0), 0x08000000);
    /* The first of two that overlap is seen. */
    set(bench, SEG1, 0x08000000);
    region_host(bench->flash[0])[0x42] = 0x24;
    EXPECT_EQ(load(bench, 0x42, 1), 0x24);
    EXPECT_EQ(smc_chip_at(bench->bus.device->state, 0x42), 0);
}

TEST_ON(write_mode_programs_by_stores, bench)
{
    enable_writes(bench);
    SEND(bench, 0, 0x06);
    set(bench, CTRL0, 0x00020402);
    store(bench, 0x100, 4, 0x04030201);
    EXPECT_BYTES(region_host(bench->flash[0]) + 0x100, "\x01\x02\x03\x04\xff",
                 5);
    store(bench, 0x104, 4, 0); /* write enable is used up */
    EXPECT_EQ(region_host(bench->flash[0])[0x104], 0xff);
    EXPECT_EQ(load(bench, 0x100, 4), 0);
}

/* A chip's contents repeat in its segment; there is no third chip. */
TEST_ON(a_debugger_sees_what_the_chips_hold, bench)
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
        {0x11,             1, 0x12                        },
        {CHIP_SIZE + 0x10, 1, 0x11                        },
        {SECOND + 0x10,    4, 0xffffffff                  },
        {0x20000000,       4, 0xffffffff                  }, /* of the third segment */
        {0x40000000,       4, 0                           }, /* of none */
    };
    uint64_t value = 0;

    set(bench, CTRL0, USER | STOP); /* no memory */
    set(bench, SEG1 + 4, 0x21002000);
    for (unsigned i = 0; i < 4; i++) {
        region_host(bench->flash[0])[0x10 + i] = (uint8_t)(0x11 + i);
    }
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("row %zu", i);
        space_read(bench->space, &debugger, gpa(WINDOW + rows[i].offset),
                   rows[i].size, &value);
        EXPECT_EQ(value, rows[i].value);
    }
    EXPECT_EQ(space_write(bench->space, &debugger, gpa(WINDOW), 4, 0), -EFAULT);
    set(bench, CTRL0, 0x400);
    EXPECT_EQ(load(bench, 0x10, 8), 0xffffffff14131211);
    set(bench, CTRL1 + 4, USER);
    EXPECT_EQ(load(bench, 0x20000000, 4), 0xffffffff); /* pulled up */
}

/* Each chip has its bits of CONF and CE_CTRL. */
TEST_ON(chips_are_enabled_one_by_one, bench)
{
    for (unsigned chip = 0; chip < BENCH_CHIPS; chip++) {
        const uint64_t other = chip == 0 ? SECOND : 0;

        test_case("chip %u", chip);
        set(bench, CONF, 1u << (16 + chip));
        set(bench, INTR, 0x600);
        set(bench, CTRL0 + 4 * chip, USER);
        store(bench, chip == 0 ? 0 : SECOND, 1, 0xb7);
        EXPECT_EQ(get(bench, INTR) & INTR_WRITE_PROTECTED, 0);
        set(bench, CTRL0 + 4 * chip, 0x400);
        set(bench, CE_CTRL, 1u << chip);
        EXPECT(is_memory(bench, other == 0 ? SECOND + 0x1ffffff : 0x1ffffff));
        EXPECT(!is_memory(bench, other + 0x1ffffff));
        store(bench, other, 1, 0);
        EXPECT_EQ(get(bench, INTR) & INTR_WRITE_PROTECTED,
                  INTR_WRITE_PROTECTED);
    }
    set(bench, SOFT_RESET, 0x1234);
    EXPECT_EQ(get(bench, SOFT_RESET), 0x1234);
}

/* CE_CMD_CTRL bits 4 to 7 leave out bytes of the address: an identity is read
 * by a command that has none. */
TEST_ON(bytes_of_the_address_can_be_left_out, bench)
{
    OWNED(told_fini) struct told told;

    for (unsigned bit = 0; bit < 8; bit++) {
        set(bench, CMD_CTRL, 1u << bit);
        EXPECT_EQ(is_memory(bench, 0), bit < 4);
    }
    set(bench, CMD_CTRL, 0x70);
    set(bench, CTRL0, 0x009f0401);
    EXPECT_EQ(load(bench, 0x123456, 1), 0xef);
    told_init(&told, bench->bus.device);
    set(bench, CTRL0, 0x009f0402);
    EXPECT_EQ(load(bench, 0, 1), 0);
    EXPECT_TOLD(&told, "guest: device: chip 0 is read in write mode\n");
}

TEST_ON(accesses_in_no_segment_are_told, bench)
{
    struct told told;

    told_init(&told, bench->bus.device);
    EXPECT_EQ(load(bench, 0x40000000, 4), 0);
    EXPECT_TOLD(&told, "guest: device: a read in no chip's segment\n");
    store(bench, 0x40000000, 4, 0);
    EXPECT_TOLD(&told, "guest: device: a write in no chip's segment\n");
    set(bench, SEG0, 0);
    test_read(bench->bus.device, SMC_BANK_CHIP, 0); /* a bank is of its chip */
    EXPECT_TOLD(&told, "");
    told_fini(&told);
    struct window window = {.device = bench->bus.device,
                            .bank = SMC_BANK_WINDOW};
    EXPECT_EQ(aspeed_fmc.gate(bench->bus.device, 1, bench->space, &window,
                              &bench->bus.error),
              -EINVAL);
    window.device = NULL;
    EXPECT_EQ(aspeed_fmc.gate(bench->bus.device, 0, bench->space, &window,
                              &bench->bus.error),
              -EINVAL);
}

/* They show nothing at first. Registers have no windows of chips. */
TEST_ON(a_gate_adds_a_window_for_each_chip_at_up_to_16_places, bench)
{
    unsigned count = 0;

    struct space *space = space_create(&bench->bus.fabric, "other");
    struct window window = {.device = bench->bus.device,
                            .base = gpa(WINDOW),
                            .size_bytes = SMC_WINDOW_SIZE};
    EXPECT_EQ(aspeed_fmc.gate(bench->bus.device, 0, space, &window,
                              &bench->bus.error),
              0);
    EXPECT(space->windows == NULL);
    window.bank = SMC_BANK_WINDOW;
    for (unsigned i = 1; i < 17; i++) {
        test_case("place %u", i);
        EXPECT_EQ(aspeed_fmc.gate(bench->bus.device, 0, space, &window,
                                  &bench->bus.error),
                  i < 16 ? 0 : -E2BIG);
    }
    for (const struct window *at = space->windows; at; at = at->next) {
        const int chip = (int)at->bank - SMC_BANK_CHIP;

        EXPECT(!at->enabled);
        EXPECT_EQ(at->priority, SMC_CHIPS - chip);
        EXPECT_EQ(at->offset, 0);
        count++;
    }
    EXPECT_EQ(count, 15 * BENCH_CHIPS);
    space_destroy(space);
}

/* A part of the window, from 64 KiB before the second chip on. */
TEST_BEGINS(an_address_space_hears_of_what_moves_in_its_part_of_the_window,
            bench)
{
    enum { HERE = 0x1000000, PART = 0x20000 };
    static const struct {
        uint32_t offset, value;
        unsigned heard;
        uint32_t first; /* address of the chip at HERE + 64 KiB; 1: none */
    } rows[] = {
        {SEG1,  0x10000800, 0, 0       },
        {SEG0,  0x00100000, 0, 0       },
        {CTRL1, 0x400,      0, 0       },
        {SEG1,  0x0ff00800, 0, 0       },
        {SEG1,  0x10000801, 1, 1       },
        {SEG1,  0x100007fe, 1, 0x20000 },
        {SEG1,  0x100007fd, 1, 0x30000 },
        {SEG1,  0x08000000, 1, 1       },
        {SEG1,  0x08010000, 0, 1       },
        {SEG1,  0x08010750, 1, 0xb00000},
        {SEG1,  0x08020750, 0, 0xb00000},
        {SEG1,  0,          1, 1       },
        {SEG1,  0,          0, 1       },
    };
    unsigned count = 0;

    start(bench);
    struct space *space = space_create(&bench->bus.fabric, "part");
    struct window window = {.device = bench->bus.device,
                            .base = gpa(HERE),
                            .size_bytes = PART,
                            .offset = SECOND - PART / 2,
                            .enabled = true,
                            .bank = SMC_BANK_WINDOW};
    EXPECT_EQ(aspeed_fmc.gate(bench->bus.device, 0, space, &window,
                              &bench->bus.error),
              0);
    set(bench, CTRL1, 0x400);
    struct space_listener listener = {test_note, &count, NULL};
    space_listen(space, &listener);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct span span;
        const int code = rows[i].first == 1 ? -EFAULT : 0;

        test_case("row %zu", i);
        count = 0;
        set(bench, rows[i].offset, rows[i].value);
        EXPECT_EQ(count, rows[i].heard);
        EXPECT_EQ(space_span(space, gpa(HERE + PART / 2), &span), code);
        EXPECT(code != 0 ||
               span.host == region_host(bench->flash[1]) + rows[i].first);
    }
    space_unlisten(space, &listener);
    space_destroy(space);
}

/* A read sends zeros, which a page takes for its bytes. */
TEST_ON(a_read_in_user_mode_sends_zeros, bench)
{
    static const uint8_t page[] = {0x02, 0, 0, 0};

    enable_writes(bench);
    SEND(bench, 0, 0x06);
    set(bench, CTRL0, USER);
    for (size_t i = 0; i < sizeof(page); i++) {
        store(bench, 0, 1, page[i]);
    }
    (void)load(bench, 0, 2);
    set(bench, CTRL0, USER | STOP);
    EXPECT_BYTES(region_host(bench->flash[0]), "\0\0\xff", 3);
}

TEST_ON(stores_in_read_mode_change_nothing, bench)
{
    enable_writes(bench);
    store(bench, 0x100, 4, 0);
    EXPECT_EQ(bench->bus.fabric.log.count[LOG_GUEST], 1);
    EXPECT_EQ(region_host(bench->flash[0])[0x100], 0xff);
}

TEST_ON(what_comes_in_with_a_byte_sent_is_kept, bench)
{
    enable_writes(bench);
    set(bench, CTRL0, USER | STOP);
    set(bench, CTRL0, USER);
    store(bench, 0, 1, 0x9f);
    store(bench, 0, 1, 0);
    EXPECT_EQ(get(bench, FULL_DUPLEX), 0xef);
}

TEST_ON(a_watchdog_reset_keeps_four_byte_addresses_if_told, bench)
{
    enable_writes(bench);
    SEND(bench, 0, 0xb7);
    set(bench, CE_CTRL, 0x11);
    set(bench, KEPT, 0x110);
    device_reset(bench->bus.device, RESET_WARM);
    EXPECT_EQ(get(bench, CE_CTRL) & 0x11, 0x11);
    EXPECT_EQ(get(bench, CONF), 0xa);
    EXPECT(is_memory(bench, 0x1ffffff));
    device_reset(bench->bus.device, RESET_POWER_ON);
    EXPECT_EQ(get(bench, CE_CTRL) & 0x11, 0);
}

/* The controller's reset ends the command of a chip that goes on. */
TEST(a_page_that_is_under_way_is_programmed_at_a_reset_but_not_at_power_on)
{
    static const uint8_t page[] = {0x02, 0, 0, 0, 0x5a};

    for (unsigned power = 0; power < 2; power++) {
        OWNED(bench_stop) struct bench bench;

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
    }
}

TEST_BEGINS(states_that_somebody_made_up_end_in_nothing_worse, bench)
{
    enum { STATES = 1000 };

    start(bench);
    for (unsigned n = 0; n < STATES; n++) {
        for (unsigned i = 0; i < BENCH_CHIPS; i++) {
            test_spoil(bench->chips[i]);
        }
        test_spoil(bench->bus.device);
        for (unsigned i = 0; i < 12; i++) {
            store(bench, i % 2 != 0 ? SECOND : 0, 1, i);
            (void)load(bench, i % 2 != 0 ? SECOND : 0, 4);
        }
        clock_advance(&bench->bus.fabric.clock,
                      clock_now(&bench->bus.fabric.clock) + 1000000);
        set(bench, CTRL0, 0x400 | USER | STOP);
        set(bench, CTRL1, 0x400);
    }
}

TEST_ON(a_restored_controller_shows_what_it_did, bench)
{
    OWNED(buffer_fini) struct buffer record = {0};
    const uint8_t *bytes;
    size_t size;

    set(bench, SEG0, 0x00100000);
    device_save(bench->bus.device, &record);
    set(bench, SEG0, 0x08000000);
    set(bench, CTRL0, USER);
    EXPECT(!is_memory(bench, 0));
    bytes = record.bytes;
    size = record.size;
    EXPECT_EQ(
        device_restore(bench->bus.device, &bytes, &size, &bench->bus.error), 0);
    device_restored(bench->bus.device);
    EXPECT(is_memory(bench, 0xfffff));
    EXPECT(!is_memory(bench, 0x100000));
}

TEST_ON(a_chip_without_power_is_no_memory, bench)
{
    enable_writes(bench);
    device_input(bench->chips[0], NOR_CUT_OPERATION, 1);
    SEND(bench, 0, 0x06);
    SEND(bench, 0, 0x02, 0, 0, 0, 0, 0);
    EXPECT(!is_memory(bench, 0));
    EXPECT_EQ(load(bench, 0, 4), 0xffffffff);
    EXPECT(is_memory(bench, SECOND));
    device_reset(bench->chips[0], RESET_POWER_ON);
    EXPECT(is_memory(bench, 0));
}

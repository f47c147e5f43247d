/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The FMC with a serial NOR flash at its guest boundary: the input is a list of
 * accesses of any size to its registers and, through an address space, to its
 * window, of runs of bytes in user mode, of time, resets, power cuts, saves
 * with a restore, and states of hostile snapshots. DMA may reach the
 * controller itself. Where an access meets memory, it reads what the chip would
 * have sent.
 */
#include <string.h>

#include "devices/aspeed/test_smc.h"
#include "devices/test_ops.h"
#include "devices/test_spoil.h"
#include "tests/fuzz.h"

enum { OPS_MAX = 500, STEPS_MAX = 64 };
#define WINDOW    0x100000000u
#define REGISTERS 0x50000000u

enum kind { READ, WRITE, LOAD, STORE, USER, TIME, RESET_IT, AGAIN };

static void start(struct bench *bench)
{
    memset(bench, 0, sizeof(*bench));
    test_bus_init(&bench->bus);
    bench->part = "w25q256jv";
    struct region *flash = region_create("flash", 128 << 10, &bench->bus.error);
    for (unsigned i = 0; i < 128 << 10; i += 4) {
        store_le32(region_host(flash) + i, i * 0x01000193u);
    }
    bench_add_chip(bench, flash);
    bench->bus.device = bench_make(bench, &aspeed_fmc);
    bench_show(bench, bench->bus.space, REGISTERS, 0x1000, 0);
    bench_show(bench, bench->bus.space, WINDOW, SMC_WINDOW_SIZE,
               SMC_BANK_WINDOW);
    device_reset(bench->bus.device, RESET_POWER_ON);
    device_reset(bench->chips[0], RESET_POWER_ON);
    test_write(bench->bus.device, 0, 0, 0x0007000a);
}

/* The window shows the bytes that the chip's commands read. */
static void check_load(struct bench *bench, uint64_t offset, unsigned size,
                       uint64_t value)
{
    struct span span;
    uint64_t sent;
    unsigned chip = smc_chip_at(bench->bus.device->state, offset);

    if (space_span(bench->bus.space, gpa(WINDOW + offset), &span) != 0) {
        return;
    }
    test_require(chip < SMC_CHIPS);
    uint64_t first = smc_segment(bench->bus.device->state, chip).first;
    test_require(smc_read_chip(bench->bus.device, chip, offset - first, size,
                               &sent) == 0);
    test_require(sent == value);
}

static uint64_t window_offset(const struct test_op *op, unsigned size)
{
    uint64_t offset =
        (uint64_t)(op->what >> 5) << 28 | (uint64_t)op->place << 14 | op->value;
    return offset % SMC_WINDOW_SIZE & ~(uint64_t)(size - 1);
}

static void access_window(struct bench *bench, const struct test_op *op)
{
    unsigned size = 1u << (op->what >> 3 & 3);
    uint64_t offset = window_offset(op, size);
    uint64_t value = op->value * 0x10001u;

    if ((op->what & 7) == STORE) {
        space_write(bench->bus.space, NULL, gpa(WINDOW + offset), size, value);
    } else if (space_read(bench->bus.space, NULL, gpa(WINDOW + offset), size,
                          &value) == 0) {
        check_load(bench, offset, size, value);
    }
}

static void access_registers(struct bench *bench, const struct test_op *op)
{
    uint64_t offset = (op->place * 4u) % 0x200;
    uint32_t value = (op->what & 0x20) != 0 ? (uint32_t)op->value << 16
                                            : op->value * 0x10001u;
    value |= (op->what & 0x40) != 0 ? 1 : 0;
    if (offset == 0x80 && (op->what & 0x80) != 0) {
        value = 0xaeed0000;
    }
    if ((op->what & 7) == READ) {
        (void)test_read(bench->bus.device, 0, offset);
    } else {
        test_write(bench->bus.device, 0, offset, value);
    }
}

/* Command, three bytes of address, and bytes of data. */
static void user(struct bench *bench, const struct test_op *op)
{
    unsigned count = op->what >> 5;

    test_write(bench->bus.device, 0, 0x10, 3);
    space_write(bench->bus.space, NULL, gpa(WINDOW), 1, op->place);
    for (unsigned i = 0; i < count; i++) {
        space_write(bench->bus.space, NULL, gpa(WINDOW), 1,
                    op->value >> 8 * (i % 2));
    }
    test_write(bench->bus.device, 0, 0x10, (op->what & 8) != 0 ? 7 : 0);
}

static void pass_time(struct bench *bench, const struct test_op *op)
{
    struct clock *clock = &bench->bus.fabric.clock;

    if (op->value % 16 == 0) {
        device_input(bench->chips[0], NOR_CUT_OPERATION, op->place);
    }
    for (unsigned i = 0; i < STEPS_MAX && clock_next(clock) != TIME_NEVER;
         i++) {
        clock_advance(clock, clock_next(clock));
    }
}

static void step(struct bench *bench, const struct test_op *op)
{
    switch ((enum kind)(op->what & 7)) {
    case READ:
    case WRITE:
        access_registers(bench, op);
        break;
    case LOAD:
    case STORE:
        access_window(bench, op);
        break;
    case USER:
        user(bench, op);
        break;
    case TIME:
        pass_time(bench, op);
        break;
    case RESET_IT:
        device_reset(bench->bus.device, op->place % 3);
        device_reset(bench->chips[0], op->place % 3);
        break;
    case AGAIN:
        test_require(test_again(bench->bus.device, op->value % 8 == 7));
        test_require(test_again(bench->chips[0], op->value % 8 == 6));
        break;
    }
}

FUZZ(data, size)
{
    struct bench bench;
    struct test_op op;

    start(&bench);
    for (unsigned i = 0; i < OPS_MAX && test_op_next(&op, &data, &size); i++) {
        step(&bench, &op);
    }
    bench_stop(&bench);
    return 0;
}

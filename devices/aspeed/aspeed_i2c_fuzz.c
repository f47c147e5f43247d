/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An I2C bus of the AST2700 with a sensor and two EEPROMs at its guest
 * boundary: the input is a list of accesses to its registers and its pool, of
 * commands, of levels at the targets, resets, saves with a restore, and states
 * of hostile snapshots. Memory may be the bus's own registers.
 */
#include "devices/test_bus.h"
#include "devices/test_ops.h"
#include "devices/test_spoil.h"
#include "tests/fuzz.h"

extern const struct device_type aspeed_i2c;
extern const struct device_type i2c_24c02;
extern const struct device_type i2c_24c64;
extern const struct device_type i2c_lm75;

enum { OPS_MAX = 500, TARGETS = 3 };
#define SELF UINT64_C(0x50000000)

enum kind { READ, WRITE, POOL, COMMAND, MEMORY, LEVEL, RESET_IT, AGAIN };

struct bench {
    struct test_bus bus;
    struct device *targets[TARGETS];
};

static void start(struct bench *bench)
{
    static const struct device_type *const types[TARGETS] = {
        &i2c_lm75, &i2c_24c02, &i2c_24c64};
    struct test_bus *bus = &bench->bus;

    test_bus_init(bus);
    bus->device = test_bus_make(bus, &aspeed_i2c);
    bus->parent = bus->device;
    for (unsigned i = 0; i < TARGETS; i++) {
        test_bus_property(bus, "reg", 0x4d + i);
        bench->targets[i] = test_bus_make(bus, types[i]);
    }
    struct window self = {
        .base = gpa(SELF),
        .size_bytes = 0xa0,
        .rights = WINDOW_R | WINDOW_W,
        .enabled = true,
        .device = bus->device,
    };
    space_add_window(bus->space, &self);
    test_write(bus->device, 0, 0, 1);
    test_write(bus->device, 0, 0x30, TEST_RAM);
    test_write(bus->device, 0, 0x34, TEST_RAM + 0x1000);
}

static void access_registers(struct bench *bench, const struct test_op *op)
{
    const uint64_t offset = (op->place * 4u) % 0xa0;

    if ((op->what & 7) == READ) {
        (void)test_read(bench->bus.device, 0, offset);
    } else {
        test_write(bench->bus.device, 0, offset,
                   (op->what & 8) != 0 ? (uint32_t)op->value << 16
                                       : op->value * 0x10001u);
    }
}

static void access_pool(struct bench *bench, const struct test_op *op)
{
    const struct test_who who = {0, false};
    const unsigned size = 1u << (op->what >> 3) % 3;
    const uint64_t offset = op->place % 32 & ~(uint64_t)(size - 1);

    if ((op->what & 0x80) != 0) {
        (void)test_read_as(bench->bus.device, who, 1, offset, size);
    } else {
        test_write_as(bench->bus.device, who, 1, offset, size, op->value);
    }
}

/* A packet to one of the targets, or near them, as often as not. */
static void command(struct bench *bench, const struct test_op *op)
{
    const uint32_t address = 0x4cu + op->place % (TARGETS + 2);

    test_write(bench->bus.device, 0, 0x18,
               (op->what & 8) != 0 ? op->value
                                   : 1u << 16 | address << 24 | op->value);
}

static void set_memory(struct bench *bench, const struct test_op *op)
{
    const uint32_t at =
        (op->what & 8) != 0 ? (uint32_t)SELF : TEST_RAM + op->place * 0x1000u;

    test_write(bench->bus.device, 0, (op->what & 0x10) != 0 ? 0x30 : 0x34, at);
    test_write(bench->bus.device, 0, 0x1c, op->value * 0x10001u);
}

static void perform(struct bench *bench, const struct test_op *op)
{
    struct device *target = bench->targets[op->place % TARGETS];

    switch ((enum kind)(op->what & 7)) {
    case READ:
    case WRITE:
        access_registers(bench, op);
        break;
    case POOL:
        access_pool(bench, op);
        break;
    case COMMAND:
        command(bench, op);
        break;
    case MEMORY:
        set_memory(bench, op);
        break;
    case LEVEL:
        device_input(target, 0, op->value * 0x10001u);
        break;
    case RESET_IT:
        device_reset(bench->bus.device, RESET_WARM);
        test_write(bench->bus.device, 0, 0, 1);
        break;
    case AGAIN:
        test_require(
            test_again((op->what & 8) != 0 ? target : bench->bus.device,
                       op->value % 8 == 7));
        break;
    }
}

FUZZ(data, size)
{
    struct bench bench;
    struct test_op op;

    start(&bench);
    for (unsigned i = 0; i < OPS_MAX && test_op_next(&op, &data, &size); i++) {
        perform(&bench, &op);
    }
    for (unsigned i = 0; i < TARGETS; i++) {
        device_destroy(bench.targets[i]);
    }
    test_bus_fini(&bench.bus);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SD host controller and cards at their guest boundary: the input is a list of
 * accesses of any size to the slot and its wrapper, of writes to the memory
 * that descriptors are in, of commands, of completions good and bad, resets,
 * and saves with a restore, after which nothing may differ. The address space
 * shows the controller's registers too, so that descriptors lead to them. A
 * card never asks for more than the medium has, nor for two things at once.
 */
#include "devices/sd/test_slot.h"
#include "devices/test_ops.h"
#include "tests/fuzz.h"

enum { OPS_MAX = 1000, REGISTERS = 0x50000000 };

enum kind { READ, WRITE, WRITE_ONE, SEND, DESCRIBE, COMPLETE, RESET_IT, AGAIN };

static int check_submit(struct disk *disk, unsigned number,
                        const struct disk_request *request)
{
    const struct slot *slot = slot_of_disk(disk);

    test_require(number == 0 && !slot->in_flight);
    test_require(request->size <= DISK_TRANSFER_MAX ||
                 request->operation == DISK_WRITE_ZEROES);
    test_require(in_range(request->offset, request->size, disk->size_bytes));
    return slot_submit(disk, number, request);
}

static void access_registers(struct slot *slot, const struct test_op *op)
{
    unsigned size = 1u << (op->what >> 3 & 3);
    struct device *device =
        (op->what & 0x20) != 0 ? slot->wrapper : slot->bus.device;
    struct access access = {.debug = (op->what & 0x40) != 0};
    uint64_t offset = op->place & ~(uint64_t)(size - 1);
    uint64_t value = (op->what & 7) == WRITE_ONE ? (uint64_t)1 << op->value % 32
                                                 : op->value * 0x10001u;

    if ((op->what & 7) == READ) {
        device_read(device, 0, &access, offset, size, &value);
    } else {
        device_write(device, 0, &access, offset, size, value);
    }
}

/* A number, an address of a card or a register, a switch of EXT_CSD, or the
 * voltages of ACMD41. */
static uint32_t argument_of(const struct test_op *op)
{
    switch (op->place >> 6) {
    case 0:
        return op->value == 0 ? 0x10000 : op->value * (uint32_t)op->what;
    case 1:
        return (uint32_t)op->value << 16;
    case 2:
        return 0x03000000u | (uint32_t)op->value << 8;
    default:
        return 0x40ff8000u | op->value;
    }
}

/* A command with what it needs, as a driver would, mostly. */
static void send(struct slot *slot, const struct test_op *op)
{
    static const uint16_t modes[] = {0x10, 0x00, 0x11, 0x01,
                                     0x33, 0x27, 0x3b, 0x22};

    slot_set(slot, POWER, 1, 0xf);
    slot_set(slot, CLOCK, 2, 5);
    slot_set(slot, ENABLE, 4, 0x03ff00fb);
    slot_set(slot, MODE, 2, modes[op->what >> 5]);
    slot_set(slot, ARGUMENT, 4, argument_of(op));
    slot_set(slot, COMMAND, 2,
             (op->place & 0x3fu) << 8 |
                 ((op->what & 0x18u) != 0 ? 0x3a : 0x1b));
}

/* Words of descriptors, and where they lead. */
static void describe(struct slot *slot, const struct test_op *op)
{
    uint8_t *at = region_host(slot->bus.ram) + 4 * (size_t)op->place;
    uint32_t bases[] = {TEST_RAM, REGISTERS, 0, UINT32_MAX - 0xff};

    store_le32(at, (op->what & 0x80) != 0 ? bases[op->what >> 5 & 3] + op->value
                                          : op->value * 0x10001u);
    slot_set(slot, ADMA, 4, TEST_RAM);
}

static void complete(struct slot *slot, const struct test_op *op)
{
    struct clock *clock = &slot->bus.fabric.clock;

    if (slot->in_flight) {
        slot_complete(slot, op->value % 8 == 0 ? DISK_FAILED : DISK_DONE);
    }
    if (clock_next(clock) != TIME_NEVER) {
        clock_advance(clock, clock_next(clock));
    }
}

static void step(struct slot *slot, const struct test_op *op)
{
    switch ((enum kind)(op->what & 7)) {
    case READ:
    case WRITE:
    case WRITE_ONE:
        access_registers(slot, op);
        break;
    case SEND:
        send(slot, op);
        break;
    case DESCRIBE:
        describe(slot, op);
        break;
    case COMPLETE:
        complete(slot, op);
        break;
    case RESET_IT:
        if (op->value % 4 == 0) {
            slot_power_on(slot);
        } else {
            device_reset(slot->bus.device, RESET_WARM);
        }
        break;
    case AGAIN:
        test_require(test_restores(slot->bus.device));
        test_require(test_restores(slot->card));
        break;
    }
}

/* Up to the transfer state, as a driver does it. */
static void identify(struct slot *slot)
{
    slot_prepare(slot);
    slot_send(slot, 1, 0x40ff8080, R3);
    slot_send(slot, 55, 0, R1);
    slot_send(slot, 41, 0x40ff8000, R3);
    slot_send(slot, 2, 0, R2);
    slot_send(slot, 3, 0x10000, R1);
    slot_send(slot, 7, 0x10000, R1B);
}

FUZZ(data, size)
{
    struct slot slot;
    struct test_op op;
    struct window window = {
        .base = gpa(REGISTERS),
        .size_bytes = 0x100,
        .rights = WINDOW_R | WINDOW_W,
        .enabled = true,
    };

    if (size == 0) {
        return 0;
    }
    slot_start(&slot, (data[0] & 1) != 0 ? &emmc_card : &sd_card);
    slot.disk.submit = check_submit;
    slot.disk.read_only = (data[0] & 2) != 0;
    if ((data[0] & 4) != 0) {
        identify(&slot);
    }
    data++;
    size--;
    window.device = slot.bus.device;
    space_add_window(slot.bus.space, &window);
    for (unsigned i = 0; i < OPS_MAX && test_op_next(&op, &data, &size); i++) {
        step(&slot, &op);
    }
    slot_stop(&slot);
    return 0;
}

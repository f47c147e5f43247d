/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The FTGMAC100 at its guest boundary: the input is a list of accesses to its
 * registers, of words in its rings and buffers, of frames and packets that come
 * in, of time, resets, saves with a restore, and states of hostile snapshots.
 * Its memory has its own registers in it, so descriptors and buffers may lead
 * back to it. What goes out is always a whole frame that the longest mode
 * allows.
 */
#include <string.h>

#include "base/packet.h"
#include "bus/channel.h"
#include "devices/test_bus.h"
#include "devices/test_ops.h"
#include "devices/test_spoil.h"
#include "tests/fuzz.h"

extern const struct device_type ftgmac100;

enum { OPS_MAX = 300, FRAME_MAX = 9220, RING = 0x1000, BUFFERS = 0x4000 };
#define SELF UINT64_C(0x100000)

enum kind { READ, WRITE, WORD, DESCRIPTOR, KICK, ARRIVE, TIME, AGAIN };

static void sent(struct channels *channels, unsigned channel, const void *bytes,
                 size_t size)
{
    struct packet packet;

    test_require(channel == 0 && packet_decode(bytes, size, &packet));
    test_require(packet.flags == 0 && packet.gso_type == PACKET_GSO_NONE);
    test_require(packet.size >= PACKET_ETHERNET && packet.size <= FRAME_MAX);
}

static void ready(struct channels *channels, unsigned channel)
{
}

static uint8_t open_channel = 1;
static struct channels outside = {
    .open = &open_channel,
    .send = sent,
    .ready = ready,
};

/* Memory at 0 and, of which bits 34:32 are used, at 16 GiB. */
static void start(struct test_bus *bus)
{
    test_bus_init(bus);
    struct window window = {
        .size_bytes = 0x80000,
        .rights = WINDOW_R | WINDOW_W,
        .enabled = true,
        .region = bus->ram,
    };
    space_add_window(bus->space, &window);
    window.base = gpa(UINT64_C(0x400000000));
    space_add_window(bus->space, &window);
    bus->device = test_bus_make(bus, &ftgmac100);
    bus->device->channels = &outside;
    struct window self = {
        .base = gpa(SELF),
        .size_bytes = 0x1000,
        .rights = WINDOW_R | WINDOW_W,
        .enabled = true,
        .device = bus->device,
    };
    space_add_window(bus->space, &self);
    test_write(bus->device, 0, 0x20, RING);
    test_write(bus->device, 0, 0x24, RING + 0x800);
    test_write(bus->device, 0, 0x50, 0x2600f);
}

/* Addresses of rings lead to memory, to the registers, or nowhere. */
static void access_registers(struct test_bus *bus, const struct test_op *op)
{
    const uint64_t offset = (op->place * 4u) % 0x200;
    uint32_t value = op->value * 0x10001u;

    if ((op->what & 0x08) != 0) {
        value = (op->what & 0x10) != 0 ? (uint32_t)SELF | (value & 0x1f0)
                                       : RING + (value & 0xff0);
    }
    if ((op->what & 7) == READ) {
        (void)test_read(bus->device, 0, offset);
    } else {
        test_write(bus->device, 0, offset, value);
    }
}

static void write_word(struct test_bus *bus, const struct test_op *op)
{
    store_le32(region_host(bus->ram) + RING + op->place * 16u,
               op->value * 0x10001u);
}

/* One of 128 that mean something: owned by the controller, in memory. */
static void write_descriptor(struct test_bus *bus, const struct test_op *op)
{
    uint8_t *at = region_host(bus->ram) + RING + (op->place & 0x7f) * 32u;
    const bool transmits = (op->place & 0x40) == 0;

    store_le32(at, (transmits ? 0x80000000u : 0) |
                       (uint32_t)(op->what & 0x70) << 24 |
                       (op->value & 0x3fffu));
    store_le32(at + 4, (uint32_t)op->value << 16);
    store_le32(at + 8, (op->what & 0x80) != 0 ? 4u << 16 : 0);
    store_le32(at + 12, (op->what & 0x08) != 0
                            ? (uint32_t)SELF
                            : BUFFERS + op->place * 0x800u + op->value % 4);
}

static void kick(struct test_bus *bus, const struct test_op *op)
{
    test_write(bus->device, 0, (op->what & 8) != 0 ? 0x1c : 0x18, 1);
}

/* A message, whose header may say anything. */
static void arrive(struct test_bus *bus, const struct test_op *op)
{
    static const uint8_t broadcast_ip[] = {
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x08, 0, 0x45, 0};
    static uint8_t message[PACKET_MESSAGE_MAX];
    const size_t size = PACKET_HEADER + (size_t)op->value % PACKET_FRAME_MAX;

    for (size_t i = 0; i < size; i++) {
        message[i] = (uint8_t)(i * op->place + (op->value >> 8));
    }
    if ((op->what & 8) != 0) {
        memset(message, 0, PACKET_HEADER);
    }
    if ((op->what & 0x10) != 0 && size > PACKET_HEADER + 60) {
        memcpy(message + PACKET_HEADER, broadcast_ip, sizeof(broadcast_ip));
        message[PACKET_HEADER + 23] = (op->what & 0x20) != 0 ? 6 : 17;
    }
    ftgmac100.channel->received(bus->device, 0, message, size);
}

static void perform(struct test_bus *bus, const struct test_op *op)
{
    struct clock *clock = &bus->fabric.clock;

    switch ((enum kind)(op->what & 7)) {
    case READ:
    case WRITE:
        access_registers(bus, op);
        break;
    case WORD:
        write_word(bus, op);
        break;
    case DESCRIPTOR:
        write_descriptor(bus, op);
        break;
    case KICK:
        kick(bus, op);
        break;
    case ARRIVE:
        arrive(bus, op);
        break;
    case TIME:
        clock_advance(clock, clock_now(clock) + op->value * 100u);
        break;
    case AGAIN:
        test_require(test_again(bus->device, op->value % 8 == 7));
        break;
    }
}

FUZZ(data, size)
{
    struct test_bus bus;
    struct test_op op;

    start(&bus);
    for (unsigned i = 0; i < OPS_MAX && test_op_next(&op, &data, &size); i++) {
        perform(&bus, &op);
    }
    bus.device->channels = NULL;
    test_bus_fini(&bus);
    return 0;
}

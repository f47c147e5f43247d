/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices at their guest boundary (test_hostile.def): the input is a list of
 * accesses of any size, by any core, of either security state, to any device;
 * between them changes of inputs, system registers of the GICv3, time, bytes in
 * the memory that tables and commands are read from, and a save and a restore
 * of all state, after which nothing may differ. Nothing may crash, hang or
 * leak, whatever the order.
 */
#include <string.h>

#include "abi/ast2700.h"
#include "bus/gic_cpu.h"
#include "devices/test_bus.h"
#include "devices/test_ops.h"
#include "devices/test_spoil.h"
#include "tests/fuzz.h"

#define DEVICE(symbol) extern const struct device_type symbol;
#include "devices/test_hostile.def"
#undef DEVICE

static const struct device_type *const types[] = {
#define DEVICE(symbol) &(symbol),
#include "devices/test_hostile.def"
#undef DEVICE
};

enum { OPS_MAX = 400, DEVICES = ARRAY_SIZE(types) };

/* Where the memory is looked at most: queue, tables, a device's events, the
 * block of a copy. */
static const uint32_t places[] = {0x1000,  0x10000, 0x40000, 0x50000,
                                  0x60000, 0x70000, 0x80000, 0xff000};

struct op {
    uint8_t what;   /* b3:0 kind, b5:4 log2 size, b6 secure, b7 user */
    uint8_t device; /* b3:0 which, b6:4 core, b7 bank; b6:4 of which are b61
                       and b57:56 of the value */
    uint16_t place; /* word of the bank, or of a place */
    uint64_t value;
};

enum kind {
    READ,
    WRITE,
    WRITE_MEMORY = 8, /* the value into a place of the memory */
    POINT,            /* a valid double word that points there */
    COMMAND,          /* an ITS command of that number */
    INPUT,
    SYSTEM_READ,
    SYSTEM_WRITE,
    TIME,
    AGAIN, /* save and restore, or the state of a hostile snapshot */
};

static struct device *find(struct device **devices,
                           const struct device_type *type)
{
    size_t i = 0;
    while (types[i] != type) {
        i++;
    }
    return devices[i];
}

static void make_all(struct test_bus *bus, struct device **devices)
{
    test_bus_init(bus);
    test_bus_show(bus, AST2700_DRAM + TEST_RAM); /* as HACE says it */
    test_bus_property(bus, "cairn,core-count", 8);
    test_bus_property(bus, "cairn,security", 1);
    test_bus_property(bus, "cairn,lpis", 1);
    test_bus_property(bus, "arm,msi-base-spi", 80);
    test_bus_property(bus, "arm,msi-num-spis", 64);
    uint32_t number = 1; /* of the next device behind the bus */
    for (size_t i = 0; i < DEVICES; i++) {
        bool of_2 = types[i] == &gicv2m;
        bool needs = of_2 || types[i] == &gicv3_its;
        bus->peer = needs ? find(devices, of_2 ? &gicv2 : &gicv3) : NULL;
        bus->parent = types[i]->behind_bus ? find(devices, &pcie_host) : NULL;
        if (bus->parent != NULL) {
            test_bus_property(bus, "reg", number++ << 11);
        }
        devices[i] = test_bus_make(bus, types[i]);
    }
    bus->parent = NULL;
    bus->peer = NULL;
    bus->device = NULL;
}

/* Places grow by words, and to the far end where there is room. */
static uint64_t offset_of(const struct op *op, uint64_t span, unsigned size)
{
    uint64_t offset = (uint64_t)op->place * 4;

    if ((op->place & 0x8000) != 0) {
        offset = (uint64_t)(op->place & 0x7fff) << 5;
    }
    return offset % span & ~(uint64_t)(size - 1);
}

static void access_device(struct device *device, const struct op *op)
{
    unsigned bank = (unsigned)(op->device >> 7) +
                    2 * (unsigned)(op->value >> 60 & 1) %
                        (device->type->bank_count > 2 ? 2 : 1);
    unsigned size = 1u << (op->what >> 4 & 3);
    struct access access = {
        .user = (op->what & 0x80) != 0 ? (uint32_t)op->value & 0xf : 7,
        .master = op->device >> 4 & 7,
        .secure = (op->what & 0x40) != 0,
    };
    uint64_t value;

    bank %= (unsigned)device->type->bank_count;
    uint64_t offset = offset_of(op, device_bank_size(device->type, bank), size);
    if ((op->what & 15) % 8 == WRITE) {
        device_write(device, bank, &access, offset, size, op->value);
    } else {
        device_read(device, bank, &access, offset, size, &value);
    }
}

static void write_memory(struct test_bus *bus, const struct op *op)
{
    uint32_t at =
        places[op->device % ARRAY_SIZE(places)] + (op->place & 0x1ff) * 8;
    uint64_t value = op->value;

    if ((op->what & 15) == POINT) {
        value = (uint64_t)1 << 63 |
                (TEST_RAM + places[op->value % ARRAY_SIZE(places)]) |
                (op->value >> 8 & 0xff);
    } else if ((op->what & 15) == COMMAND) {
        at &= ~31u;
        value = (op->value & 0xf) | (op->value >> 8 & 0xf) << 32;
        store_le64(region_host(bus->ram) + at % TEST_RAM_SIZE, value);
        store_le64(region_host(bus->ram) + (at + 8) % TEST_RAM_SIZE,
                   (op->value >> 16 & 0x1f) | (8192 + (op->value >> 24 & 0xff))
                                                  << 32);
        at += 16;
        value = (uint64_t)1 << 63 | (op->value >> 32 & 0x7ffff) |
                (TEST_RAM + 0x70000);
    }
    store_le64(region_host(bus->ram) + at % TEST_RAM_SIZE, value);
}

static void call_system(struct device *gic, const struct op *op)
{
    const struct gic_cpu *cpu = gic->type->interface;
    static const uint8_t crms[] = {6, 8, 9, 11, 12, 13};
    static const uint8_t op1s[] = {0, 4, 6, 0};
    unsigned crm = crms[op->place % ARRAY_SIZE(crms)];
    uint32_t encoding =
        GIC_CPU_REGISTER(3u, op1s[op->place >> 8 & 3], crm == 6 ? 4u : 12u, crm,
                         (unsigned)op->place >> 12 & 7);
    struct gic_cpu_caller caller = {
        .level = (uint8_t)(1 + (op->what >> 4 & 3) % 3),
        .non_secure = (op->what & 0x40) != 0,
        .irq_to_el3 = (op->device & 1) != 0,
        .fiq_to_el3 = (op->device & 2) != 0,
        .irq_virtual = (op->device & 4) != 0,
        .fiq_virtual = (op->device & 8) != 0,
        .hypervisor = true,
        .monitor = true,
    };
    unsigned core = op->device >> 4 & 7;
    uint64_t value;

    if ((op->what & 15) == SYSTEM_WRITE) {
        cpu->write(gic, core, encoding, &caller, op->value);
    } else {
        cpu->read(gic, core, encoding, &caller, &value);
    }
    cpu->moved(gic, core, caller.non_secure, caller.level == 3);
}

static void perform(struct test_bus *bus, struct device **devices,
                    const struct op *op)
{
    struct device *device =
        devices[((op->device & 15) | (op->value >> 61 & 1) << 4 |
                 (op->value >> 56 & 3) << 5) %
                DEVICES];

    switch (op->what & 15) {
    case WRITE_MEMORY:
    case POINT:
    case COMMAND:
        write_memory(bus, op);
        break;
    case INPUT:
        if (device->type->input_count != 0) {
            device_input(device,
                         op->place % (unsigned)device->type->input_count,
                         op->value & 1);
        }
        break;
    case SYSTEM_READ:
    case SYSTEM_WRITE:
        call_system(find(devices, &gicv3), op);
        break;
    case TIME:
        clock_advance(&bus->fabric.clock,
                      bus->fabric.clock.now_ns + (op->value & 0xffffff));
        break;
    case AGAIN:
        test_require(test_again(device, op->place % 4 == 3));
        break;
    default:
        access_device(device, op);
    }
}

/* All devices as they are after power-on, made once: each input starts there,
 * so a finding is a finding every time. */
struct bench {
    struct test_bus bus;
    struct device *devices[DEVICES];
    void *images[DEVICES];
    uint64_t random[4];
};

static struct bench *prepare(void)
{
    static struct bench *bench;

    if (bench == NULL) {
        bench = xcalloc(1, sizeof(*bench));
        make_all(&bench->bus, bench->devices);
        for (size_t i = 0; i < DEVICES; i++) {
            bench->images[i] = xcalloc(1, device_image_size(types[i]));
            device_image_take(bench->devices[i], bench->images[i]);
        }
        memcpy(bench->random, bench->bus.fabric.random_state,
               sizeof(bench->random));
    }
    return bench;
}

static void start_again(struct bench *bench)
{
    for (size_t i = 0; i < DEVICES; i++) {
        device_image_put(bench->devices[i], bench->images[i]);
    }
    for (size_t i = 0; i < DEVICES; i++) {
        device_restored(bench->devices[i]);
    }
    memset(region_host(bench->bus.ram), 0, TEST_RAM_SIZE);
    bench->bus.fabric.clock.now_ns = 0;
    memcpy(bench->bus.fabric.random_state, bench->random,
           sizeof(bench->random));
}

FUZZ(data, size)
{
    struct bench *bench = prepare();
    struct op op;

    start_again(bench);
    for (unsigned i = 0; i < OPS_MAX && size >= 12; i++) {
        op = (struct op){.what = data[0], .device = data[1]};
        memcpy(&op.place, data + 2, 2);
        memcpy(&op.value, data + 4, 8);
        data += 12;
        size -= 12;
        perform(&bench->bus, bench->devices, &op);
    }
    return 0;
}

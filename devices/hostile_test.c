/* SPDX-License-Identifier: Apache-2.0 */
/* A guest that writes anything anywhere: the devices answer within the contract
 * of the bus and are themselves after the next power-on. */
#include "abi/ast2700.h"
#include "bus/gic_cpu.h"
#include "devices/test_bus.h"
#include "devices/test_spoil.h"
#include "tests/harness.h"

#define DEVICE(symbol) extern const struct device_type symbol;
#include "devices/test_hostile.def"
#undef DEVICE

enum { ACCESSES = 40000 };

static const struct device_type *const types[] = {
#define DEVICE(symbol) &(symbol),
#include "devices/test_hostile.def"
#undef DEVICE
};

static uint64_t draw(struct test_bus *bus)
{
    uint64_t value;

    fabric_random(&bus->fabric, &value, sizeof(value));
    return value;
}

/* A value that is now and then one that means something: small, all ones, or
 * an address in memory. */
static uint64_t draw_value(struct test_bus *bus)
{
    uint64_t value = draw(bus);

    switch (draw(bus) % 4) {
    case 0:
        return value % 256;
    case 1:
        return UINT64_MAX;
    case 2:
        return (uint64_t)1 << 63 | (TEST_RAM + (value % TEST_RAM_SIZE));
    default:
        return value;
    }
}

static void poke(struct test_bus *bus, struct device *device)
{
    unsigned bank = (unsigned)(draw(bus) % device->type->bank_count);
    unsigned size = 1u << draw(bus) % 4;
    uint64_t span = device_bank_size(device->type, bank);
    uint64_t offset = draw(bus) % span;
    struct access access = {
        .user = (uint32_t)draw(bus) % 16,
        .master = (uint8_t)draw(bus) % 9,
        .secure = draw(bus) % 2 != 0,
    };
    uint64_t value;

    if (draw(bus) % 2 != 0) {
        offset %= span < 0x1000 ? span : 0x1000;
    }
    offset &= ~(uint64_t)(size - 1);
    int result =
        device_write(device, bank, &access, offset, size, draw_value(bus));
    EXPECT(result == 0 || result == -EFAULT);
    result = device_read(device, bank, &access, offset, size, &value);
    EXPECT(result == 0 || result == -EFAULT);
    EXPECT(size == 8 || value >> 8 * size == 0);
}

static void disturb(struct test_bus *bus, struct device *device)
{
    if (device->type->input_count != 0) {
        device_input(device, (unsigned)(draw(bus) % device->type->input_count),
                     (uint32_t)draw(bus) % 2);
    }
    clock_advance(&bus->fabric.clock,
                  bus->fabric.clock.now_ns + draw(bus) % 1000000);
}

static void call_interface(struct test_bus *bus, struct device *device)
{
    const struct gic_cpu *cpu = device->type->interface;
    static const unsigned crms[] = {6, 8, 9, 11, 12, 13};
    static const unsigned op1s[] = {0, 4, 6};
    unsigned core = (unsigned)draw(bus) % 8;
    unsigned crm = crms[draw(bus) % ARRAY_SIZE(crms)];
    uint32_t encoding =
        GIC_CPU_REGISTER(3u, op1s[draw(bus) % 3], crm == 6 ? 4u : 12u, crm,
                         (uint32_t)draw(bus) % 8);
    uint64_t flags = draw(bus);
    struct gic_cpu_caller caller = {
        .level = (uint8_t)(1 + draw(bus) % 3),
        .non_secure = (flags & 1) != 0,
        .irq_to_el3 = (flags & 2) != 0,
        .fiq_to_el3 = (flags & 4) != 0,
        .irq_virtual = (flags & 8) != 0,
        .fiq_virtual = (flags & 16) != 0,
        .hypervisor = true,
        .monitor = true,
    };
    uint64_t value;

    EXPECT(cpu->write(device, core, encoding, &caller, draw_value(bus)) <=
           GIC_CPU_TRAP_EL3);
    EXPECT(cpu->read(device, core, encoding, &caller, &value) <=
           GIC_CPU_TRAP_EL3);
    cpu->moved(device, core, (flags & 32) != 0, (flags & 64) != 0);
}

static void torment(struct test_bus *bus, struct device *device)
{
    for (unsigned i = 0; i < ACCESSES; i++) {
        poke(bus, device);
        if (device->type == &gicv3) {
            call_interface(bus, device);
        }
        if (i % 16 == 0) {
            disturb(bus, device);
        }
        if (i % 4096 == 0) {
            EXPECT(test_restores(device));
        }
    }
    for (unsigned i = 0; i < device->type->input_count; i++) {
        device_input(device, i, 0);
    }
}

/* Counts that go on over power-on are history, not damage. */
static void forget_counts(struct device *device)
{
    const struct device_type *type = device->type;

    for (size_t i = 0; i < type->field_count; i++) {
        const struct state_field *field = &type->fields[i];
        if (field->domain == RESET_NEVER) {
            memset((uint8_t *)device->state + field->offset, 0,
                   field->size_bytes);
        }
    }
    device_restored(device);
}

/* A device and the PCI host that it would be behind. */
struct subject {
    struct device *host;
    struct device *device;
};

static struct subject make(struct test_bus *bus, const struct device_type *type)
{
    struct subject subject = {.host = test_bus_make(bus, &pcie_host)};

    bus->parent = subject.host;
    subject.device = test_bus_make(bus, type);
    bus->parent = NULL;
    return subject;
}

static void destroy(struct subject *subject)
{
    device_destroy(subject->device);
    device_destroy(subject->host);
}

static void setup(struct test_bus *bus, const struct device_type *type)
{
    static const struct {
        const char *name;
        uint32_t value;
    } properties[] = {
        {"cairn,core-count", 8     },
        {"cairn,security",   1     },
        {"cairn,lpis",       1     },
        {"arm,msi-base-spi", 80    },
        {"arm,msi-num-spis", 64    },
        {"reg",              0x0800},
    };
    test_bus_init(bus);
    test_bus_show(bus, AST2700_DRAM + TEST_RAM); /* as HACE says it */
    for (size_t i = 0; i < ARRAY_SIZE(properties); i++) {
        test_bus_property(bus, properties[i].name, properties[i].value);
    }
    bus->peer = test_bus_make(bus, type == &gicv2m ? &gicv2 : &gicv3);
}

TEST(random_accesses_end_in_nothing_that_power_on_does_not_repair)
{
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("%s", types[i]->compatible);
        setup(&bus, types[i]);
        struct subject used = make(&bus, types[i]);
        fabric_random(&bus.fabric, region_host(bus.ram), TEST_RAM_SIZE / 2);
        torment(&bus, used.device);
        device_reset(used.device, RESET_POWER_ON);
        forget_counts(used.device);
        OWNED(destroy) struct subject fresh = make(&bus, types[i]);
        EXPECT_EQ(device_hash(used.device, 0), device_hash(fresh.device, 0));
        destroy(&used);
    }
}

/* Anybody may have written a record: with a state that no guest can make, the
 * device still answers. */
TEST(a_state_that_somebody_made_up_ends_in_nothing_worse)
{
    enum { STATES = 200, ACCESSES_EACH = 60 };

    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("%s", types[i]->compatible);
        setup(&bus, types[i]);
        OWNED(destroy) struct subject subject = make(&bus, types[i]);
        for (unsigned n = 0; n < STATES; n++) {
            test_spoil(subject.device);
            for (unsigned k = 0; k < ACCESSES_EACH; k++) {
                poke(&bus, subject.device);
                if (k % 8 == 0) {
                    disturb(&bus, subject.device);
                }
            }
        }
    }
}

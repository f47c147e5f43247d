/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QEMU's PCI test device (docs/specs/pci-testdev.rst there), by which
 * kvm-unit-tests show that a BAR of memory and one of ports work: a driver
 * selects a test, is told where to write which value in which width, and
 * compares the count of the writes that arrived. pci-testdev.dtso puts it into
 * a machine.
 */
#include "base/bits.h"
#include "devices/pci/pci.h"

enum { BANK_CONFIG, BANK_MEMORY, BANK_PORTS };
enum { ID = 0x00051b36, TESTS = 3, WIDTH = 1, VALUE = 0xfa };
/* Where tests have their bytes to write, one each. */
enum { MEMORY_TARGET = 0x800, PORTS_TARGET = 0x80 };
#define CLASS 0x00ff0000u /* no class of its own */

struct state {
    struct pci_state pci;
    uint32_t selected; /* 1 + number, those of ports behind those of memory */
    uint32_t count;    /* of writes since then */
};

struct wiring {
    struct pci_wiring pci;
};

static const struct test {
    char name[32];
    bool any; /* value counts */
} tests[2 * TESTS] = {
    {"memory",            true },
    {"memory, any value", true },
    {"memory, one value", false},
    {"ports",             true },
    {"ports, any value",  true },
    {"ports, one value",  false},
};

static void select_test(struct device *device, const struct access *access,
                        uint32_t value, uint32_t first)
{
    struct state *state = device->state;
    const uint32_t number = value & 0xff;

    if ((access->lanes & 1) != 0) {
        state->selected = number < TESTS ? 1 + first + number : 0;
        state->count = 0;
    }
}

static void select_memory(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    select_test(device, access, value, 0);
}

static void select_ports(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    select_test(device, access, value, TESTS);
}

static uint32_t read_test(struct device *device, const struct access *access,
                          unsigned index)
{
    const struct state *state = device->state;

    return state->selected == 0
               ? 0
               : (state->selected - 1) % TESTS | (uint32_t)WIDTH << 8;
}

static uint32_t read_offset(struct device *device, const struct access *access,
                            unsigned index)
{
    const struct state *state = device->state;

    return state->selected == 0 ? 0
           : state->selected > TESTS
               ? PORTS_TARGET + state->selected - 1 - TESTS
               : MEMORY_TARGET + state->selected - 1;
}

static uint32_t read_data(struct device *device, const struct access *access,
                          unsigned index)
{
    const struct state *state = device->state;

    return state->selected == 0 ? 0 : VALUE;
}

static uint32_t read_name(struct device *device, const struct access *access,
                          unsigned index)
{
    const struct state *state = device->state;

    return state->selected == 0
               ? 0
               : load_le32((const uint8_t *)tests[state->selected - 1].name +
                           4 * index);
}

static void count_write(struct device *device, const struct access *access,
                        uint32_t value, uint32_t first)
{
    struct state *state = device->state;
    const uint32_t number = state->selected - 1 - first;
    const struct test *test;

    if (state->selected <= first || number >= TESTS || access->size != WIDTH ||
        (access->lanes >> number & 1) == 0) {
        return;
    }
    test = &tests[state->selected - 1];
    if (test->any || (value >> 8 * number & 0xff) == VALUE) {
        state->count++;
    }
}

static void write_memory(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    count_write(device, access, value, 0);
}

static void write_ports(struct device *device, const struct access *access,
                        unsigned index, uint32_t value)
{
    count_write(device, access, value, TESTS);
}

static const struct register_spec config[] = {
    PCI_HEADER(struct state, ID, CLASS, 0x11001af4, 0, 0),
    PCI_EMPTY(0x40, PCI_CONFIG_SIZE),
};

#define SELECT select_memory
#define TARGET MEMORY_TARGET
#define WRITE  write_memory
static const struct register_spec memory[] = {
#include "devices/qemu/pci_testdev.def"
};
#undef SELECT
#undef TARGET
#undef WRITE

#define SELECT select_ports
#define TARGET PORTS_TARGET
#define WRITE  write_ports
static const struct register_spec ports[] = {
#include "devices/qemu/pci_testdev.def"
};

static const struct register_bank banks[] = {
    {"config", PCI_CONFIG_SIZE,   1 | 2 | 4 | 8, config, ARRAY_SIZE(config)},
    {"memory", 2 * MEMORY_TARGET, 1 | 2 | 4,     memory, ARRAY_SIZE(memory)},
    {"ports",  2 * PORTS_TARGET,  1 | 2 | 4,     ports,  ARRAY_SIZE(ports) },
};

static const struct state_field fields[] = {
    STATE(struct state, pci.intx, RESET_WARM),
    STATE_TO(struct state, selected, RESET_WARM, 2 * TESTS),
};

static const struct pci_function function = {
    .bars = {{PCI_MEMORY32, BANK_MEMORY}, {PCI_PORTS, BANK_PORTS}},
};

static void reset(struct device *device, enum reset_domain domain)
{
    pci_function_reset(device);
}

const struct device_type pci_testdev = {
    .compatible = "qemu,pci-testdev",
    .title = "PCI test device of QEMU",
    .reference = "docs/specs/pci-testdev.rst of QEMU",
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct wiring),
    DEVICE_TABLE(bank, banks),
    DEVICE_TABLE(field, fields),
    .init = pci_function_init,
    .reset = reset,
    .restored = pci_function_restored,
    .interface = &function,
    .behind_bus = true,
};

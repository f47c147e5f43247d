/* SPDX-License-Identifier: Apache-2.0 */
/* The tests of the PCI test device, as a driver goes through them. */
#include <string.h>

#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type pci_testdev;
extern const struct device_type pcie_host;

enum { TEST, WIDTH, OFFSET = 4, DATA = 8, COUNT = 12, NAME = 16 };

static const struct test_who driver = {0, false};

static struct device *make(struct test_bus *bus)
{
    test_bus_init(bus);
    bus->parent = test_bus_make(bus, &pcie_host);
    test_bus_property(bus, "reg", 0x0800);
    bus->device = test_bus_make(bus, &pci_testdev);
    return bus->device;
}

static void unmake(struct test_bus *bus)
{
    struct device *host = bus->parent;

    device_destroy(bus->device);
    bus->device = host;
    test_bus_fini(bus);
}

static uint32_t get(struct device *device, unsigned bank, uint64_t offset,
                    unsigned size)
{
    return (uint32_t)test_read_as(device, driver, bank, offset, size);
}

static void set(struct device *device, unsigned bank, uint64_t offset,
                unsigned size, uint32_t value)
{
    test_write_as(device, driver, bank, offset, size, value);
}

FIXTURE(struct test_bus, bus, unmake)

TEST_BEGINS(each_bar_counts_what_a_test_asks_for, bus)
{
    struct device *device = make(bus);
    unsigned tests = 0;

    for (unsigned bank = 1; bank <= 2; bank++) {
        for (unsigned number = 0;; number++) {
            test_case("bank %u, test %u", bank, number);
            set(device, bank, TEST, 1, number);
            EXPECT_EQ(get(device, bank, COUNT, 4), 0);
            if (get(device, bank, WIDTH, 1) == 0) {
                break;
            }
            EXPECT(get(device, bank, NAME, 1) != 0);
            const uint64_t offset = get(device, bank, OFFSET, 4);
            const uint32_t data = get(device, bank, DATA, 4);
            set(device, bank, offset, 1, data);
            set(device, bank, offset, 1, ~data);
            set(device, bank, offset, 2, data);
            set(device, bank, offset ^ 1, 1, data);
            EXPECT_EQ(get(device, bank, COUNT, 4), number == 2 ? 1 : 2);
            tests++;
        }
    }
    EXPECT_EQ(tests, 6);
}

TEST_BEGINS(a_bar_does_not_count_for_the_other, bus)
{
    struct device *device = make(bus);

    set(device, 1, TEST, 1, 0);
    const uint64_t offset = get(device, 1, OFFSET, 4);
    set(device, 2, 0x80, 1, 0xfa); /* where ports have theirs */
    EXPECT_EQ(get(device, 1, COUNT, 4), 0);
    set(device, 1, offset, 1, 0xfa);
    EXPECT_EQ(get(device, 1, COUNT, 4), 1);
    EXPECT_EQ(get(device, 2, COUNT, 4), 1);
    device_reset(device, RESET_WARM);
    EXPECT_EQ(get(device, 1, WIDTH, 1), 0);
    EXPECT_EQ(get(device, 1, COUNT, 4), 0);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type ast2700_ipc0;
extern const struct device_type ast2700_ipc1;

enum { TRIG = 0x0, ENABLE = 0x4, STATUS = 0x8, DATA = 0x10 };
enum { MBOX_TX = 0x200, MBOX_RX = 0x300 }; /* as Linux's device tree has it */

TEST(the_tables_promises_hold)
{
    EXPECT_DEVICE_TYPE(&ast2700_ipc0, NULL);
    EXPECT_DEVICE_TYPE(&ast2700_ipc1, NULL);
}

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, test_bus_init(bus))

/* ast2700_mbox_startup of the receiver, ast2700_mbox_send_data, and
 * ast2700_mbox_irq of the receiver. */
TEST_ON(a_message_goes_to_the_receiver_and_its_status_back, bus)
{
    bus->device = test_bus_make(bus, &ast2700_ipc0);
    test_write(bus->device, 0, MBOX_TX + ENABLE, 1u << 3);
    EXPECT_EQ(test_read(bus->device, 0, MBOX_TX + ENABLE), 1u << 3);
    EXPECT_EQ(test_read(bus->device, 0, MBOX_TX + STATUS), 0);
    for (unsigned i = 0; i < 8; i++) {
        test_write(bus->device, 0, MBOX_TX + DATA + 0x60 + 4 * i, 0x1000 + i);
    }
    test_write(bus->device, 0, MBOX_TX + TRIG, 1u << 3);
    EXPECT_EQ(test_read(bus->device, 0, MBOX_TX + TRIG), 1u << 3);
    EXPECT_EQ(test_read(bus->device, 0, MBOX_TX + STATUS), 1u << 3);
    EXPECT_EQ(device_output(bus->device, "page2")->level, 1);
    EXPECT_EQ(device_output(bus->device, "page3")->level, 0);
    for (unsigned i = 0; i < 8; i++) {
        EXPECT_EQ(test_read(bus->device, 0, MBOX_TX + DATA + 0x60 + 4 * i),
                  0x1000 + i);
    }
    test_write(bus->device, 0, MBOX_TX + STATUS, 1u << 3);
    EXPECT_EQ(test_read(bus->device, 0, MBOX_TX + TRIG), 0);
    EXPECT_EQ(device_output(bus->device, "page2")->level, 0);
}

TEST(a_reset_lowers_the_interrupts_of_all_pages)
{
    static const struct {
        const struct device_type *type;
        uint32_t pages;
    } rows[] = {
        {&ast2700_ipc0, 10},
        {&ast2700_ipc1, 8 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("%s", rows[i].type->compatible);
        test_bus_init(&bus);
        bus.device = test_bus_make(&bus, rows[i].type);
        EXPECT_EQ(rows[i].type->output_count, rows[i].pages);
        for (uint32_t page = 0; page < rows[i].pages; page++) {
            test_write(bus.device, 0, 0x100 * page + ENABLE, 1u << page % 4);
            test_write(bus.device, 0, 0x100 * page + TRIG, 1u << page % 4);
            EXPECT_EQ(bus.device->outputs[page].level, 1);
        }
        device_reset(bus.device, RESET_WARM);
        for (uint32_t page = 0; page < rows[i].pages; page++) {
            EXPECT_EQ(bus.device->outputs[page].level, 0);
        }
    }
}

TEST_ON(a_channel_that_is_not_enabled_waits_without_an_interrupt, bus)
{
    bus->device = test_bus_make(bus, &ast2700_ipc1);
    test_write(bus->device, 0, MBOX_RX + TRIG, 2);
    EXPECT_EQ(device_output(bus->device, "page3")->level, 0);
    EXPECT_EQ(test_read(bus->device, 0, MBOX_RX + STATUS), 2);
    test_write(bus->device, 0, MBOX_RX + ENABLE, 2);
    EXPECT_EQ(device_output(bus->device, "page3")->level, 1);
}

TEST_ON(each_page_has_32_words_of_data, bus)
{
    bus->device = test_bus_make(bus, &ast2700_ipc0);
    for (uint32_t i = 0; i < 10 * 32; i++) {
        test_write(bus->device, 0, 0x100 * (i / 32) + DATA + 4 * (i % 32), ~i);
    }
    for (uint32_t page = 0; page < 10; page++) {
        test_write(bus->device, 0, 0x100 * page + ENABLE, page);
    }
    for (uint32_t i = 0; i < 10 * 32; i++) {
        test_case("page %u, word %u", i / 32, i % 32);
        EXPECT_EQ(
            test_read(bus->device, 0, 0x100 * (i / 32) + DATA + 4 * (i % 32)),
            ~i);
        EXPECT_EQ(test_read(bus->device, 0, 0x100 * (i / 32) + ENABLE), i / 32);
    }
}

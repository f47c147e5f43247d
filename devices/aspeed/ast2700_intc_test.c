/* SPDX-License-Identifier: Apache-2.0 */
/* INTC0 and INTC1 against the accesses of Linux's and Zephyr's drivers and the
 * numbers of the binding aspeed,ast2700-interrupt. */
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type ast2700_intc0;
extern const struct device_type ast2700_intc1;

static uint32_t out(const struct test_bus *bus, unsigned number)
{
    char name[16];

    snprintf(name, sizeof(name), "out%u", number);
    return device_output(bus->device, name)->level;
}

static void drive(const struct test_bus *bus, unsigned number, uint32_t level)
{
    char name[16];

    snprintf(name, sizeof(name), "source%u", number);
    device_input(bus->device, test_input(bus->device, name), level);
}

/* Outputs that are asserted, all together. */
static unsigned asserted(const struct test_bus *bus)
{
    unsigned count = 0;

    for (size_t i = 0; i < bus->device->type->output_count; i++) {
        count += bus->device->outputs[i].level;
    }
    return count;
}

TEST(the_tables_promises_hold)
{
    EXPECT_DEVICE_TYPE(&ast2700_intc0, NULL);
    EXPECT_DEVICE_TYPE(&ast2700_intc1, NULL);
}

TEST(outputs_are_at_their_numbers)
{
    EXPECT_EQ(ast2700_intc0.output_count, 590);
    EXPECT_STR(ast2700_intc0.outputs[585].name, "out585");
    EXPECT_STR(ast2700_intc0.inputs[127].name, "source127");
    EXPECT_STR(ast2700_intc0.inputs[128].name, "source480");
    EXPECT_STR(ast2700_intc0.inputs[177].name, "source529");
    EXPECT_EQ(ast2700_intc0.input_count, 178);
    EXPECT_STR(ast2700_intc1.outputs[50].name, "out50");
    EXPECT_STR(ast2700_intc1.inputs[191].name, "source191");
    EXPECT_EQ(ast2700_intc1.input_count, 192);
}

/* ---- INTC1 --------------------------------------------------------------- */

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, test_bus_start(bus, &ast2700_intc1))

/* UART12 is 146: group 4, bit 18. */
TEST_ON(an_interrupt_sets_its_bit_and_the_output_of_its_group, bus)
{
    drive(bus, 146, 1);
    EXPECT_EQ(asserted(bus), 0);
    EXPECT_EQ(test_read(bus->device, 0, 0x144), 0);
    test_write(bus->device, 0, 0x140, 1u << 18);
    EXPECT_EQ(test_read(bus->device, 0, 0x144), 1u << 18);
    EXPECT_EQ(out(bus, 4), 1);
    EXPECT_EQ(asserted(bus), 1);
    EXPECT_EQ(test_read(bus->device, 0, 0x50), 1u << 18);
    test_write(bus->device, 0, 0x100, 1);
    test_write(bus->device, 0, 0x110, 1);
    drive(bus, 32, 1); /* the first of the second group alone */
    EXPECT_EQ(test_read(bus->device, 0, 0x40), 0);
    EXPECT_EQ(test_read(bus->device, 0, 0x44), 1);
    EXPECT_EQ(test_read(bus->device, 0, 0x104), 0);
    EXPECT_EQ(test_read(bus->device, 0, 0x114), 1);
}

/* aspeed_intc1_irq_handler: mask, handle, unmask, clear. */
TEST_ON(a_level_that_is_still_there_is_not_lost_when_its_bit_is_cleared, bus)
{
    test_write(bus->device, 0, 0x100, 3);
    drive(bus, 0, 1);
    drive(bus, 1, 1);
    EXPECT_EQ(test_read(bus->device, 0, 0x104), 3);
    test_write(bus->device, 0, 0x100, 2);
    drive(bus, 0, 0);
    test_write(bus->device, 0, 0x100, 3);
    test_write(bus->device, 0, 0x104, 1);
    EXPECT_EQ(test_read(bus->device, 0, 0x104), 2);
    EXPECT_EQ(out(bus, 0), 1);
    test_write(bus->device, 0, 0x104, 2);
    EXPECT_EQ(test_read(bus->device, 0, 0x104), 2);
    test_write(bus->device, 0, 0x100, 1); /* as for a threaded handler */
    EXPECT_EQ(out(bus, 0), 0);
    test_write(bus->device, 0, 0x104, 2);
    EXPECT_EQ(test_read(bus->device, 0, 0x104), 0);
    test_write(bus->device, 0, 0x100, 3);
    EXPECT_EQ(out(bus, 0), 1);
    drive(bus, 1, 0);
    EXPECT_EQ(out(bus, 0), 1); /* the bit stays until it is cleared */
    test_write(bus->device, 0, 0x104, 2);
    EXPECT_EQ(out(bus, 0), 0);
}

/* aspeed_intc1_routes, with the banks of QEMU and of the debugfs patch. */
TEST_ON(the_route_names_bank_and_output, bus)
{
    static const struct {
        unsigned route;
        unsigned bank;
        unsigned output;
    } cases[] = {
        {0, 0x100, 0 },
        {2, 0x180, 10},
        {3, 0x200, 20},
        {4, 0x280, 30},
        {5, 0x300, 40}
    };

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        test_write(bus->device, 0, cases[i].bank + 0x50, 1u << 19);
    }
    drive(bus, 179, 1);
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        test_case("route %u", cases[i].route);
        for (unsigned bit = 0; bit < 3; bit++) {
            test_write(bus->device, 0, 0x80 + 0x20 * bit + 4 * 5,
                       (cases[i].route >> bit & 1) << 19);
        }
        for (unsigned j = 0; j < ARRAY_SIZE(cases); j++) {
            test_write(bus->device, 0, cases[j].bank + 0x54, UINT32_MAX);
        }
        EXPECT_EQ(test_read(bus->device, 0, cases[i].bank + 0x54), 1u << 19);
        EXPECT_EQ(out(bus, cases[i].output + 5), 1);
        EXPECT_EQ(asserted(bus), 1);
    }
}

TEST_ON(the_boot_mcu_has_one_output_for_all_groups, bus)
{
    test_write(bus->device, 0, 0xa0, 1);        /* SELECT1 of group 0 */
    test_write(bus->device, 0, 0xc0, 1);        /* SELECT2 */
    test_write(bus->device, 0, 0xac, 1u << 16); /* and of group 3 */
    test_write(bus->device, 0, 0xcc, 1u << 16);
    test_write(bus->device, 0, 0x10, 0x3f);
    drive(bus, 32, 1); /* of the Cortex-A35 */
    drive(bus, 112, 1);
    EXPECT_EQ(out(bus, 50), 1);
    EXPECT_EQ(test_read(bus->device, 0, 0x14), 8);
    drive(bus, 0, 1);
    EXPECT_EQ(test_read(bus->device, 0, 0x14), 9);
    drive(bus, 112, 0);
    test_write(bus->device, 0, 0x14, 9);
    EXPECT_EQ(test_read(bus->device, 0, 0x14), 1);
    EXPECT_EQ(test_read(bus->device, 0, 0x40), 1);
    drive(bus, 0, 0);
    test_write(bus->device, 0, 0x14, 1);
    EXPECT_EQ(asserted(bus), 0);
}

/* By route 0, and by that of the boot MCU. */
TEST_ON(each_of_192_interrupts_has_its_bit, bus)
{
    for (uint32_t group = 0; group < 6; group++) {
        test_write(bus->device, 0, 0x100 + 0x10 * group, UINT32_MAX);
    }
    test_write(bus->device, 0, 0x10, UINT32_MAX);
    for (uint32_t i = 0; i < 2 * 192; i++) {
        const uint32_t number = i % 192;
        const uint32_t route = i < 192 ? 0 : UINT32_MAX;

        test_case("%u, route 0x%x", number, route);
        for (uint32_t group = 0; group < 6; group++) {
            test_write(bus->device, 0, 0xa0 + 4 * group, route);
            test_write(bus->device, 0, 0xc0 + 4 * group, route);
        }
        drive(bus, number, 1);
        test_write(bus->device, 0, 0x80, 0); /* all are looked at again */
        for (uint32_t group = 0; group < 6; group++) {
            const uint32_t bit = group == number / 32 ? 1u << number % 32 : 0;

            EXPECT_EQ(test_read(bus->device, 0, 0x40 + 4 * group), bit);
            EXPECT_EQ(test_read(bus->device, 0, 0x104 + 0x10 * group),
                      route == 0 ? bit : 0);
        }
        EXPECT_EQ(test_read(bus->device, 0, 0x14),
                  route == 0 ? 0 : 1u << number / 32);
        EXPECT_EQ(out(bus, route == 0 ? number / 32 : 50), 1);
        EXPECT_EQ(asserted(bus), 1);
        drive(bus, number, 0);
        test_write(bus->device, 0, 0x104 + 0x10 * (number / 32), UINT32_MAX);
        test_write(bus->device, 0, 0x14, UINT32_MAX);
        EXPECT_EQ(asserted(bus), 0);
    }
}

/* ---- INTC0 --------------------------------------------------------------- */

/* aspeed_intc0_routes: 0, 256 and 426 are the first outputs. */
TEST_BEGINS(an_interrupt_of_the_cpu_die_goes_to_the_processor_of_its_route, bus)
{
    test_bus_start(bus, &ast2700_intc0);
    drive(bus, 103, 1);
    EXPECT_EQ(out(bus, 103), 1);
    EXPECT_EQ(asserted(bus), 1);
    test_write(bus->device, 0, 0x20c, 1u << 7);
    EXPECT_EQ(out(bus, 256 + 103), 1);
    EXPECT_EQ(asserted(bus), 1);
    test_write(bus->device, 0, 0x20c, 0);
    test_write(bus->device, 0, 0x30c, 1u << 7);
    EXPECT_EQ(out(bus, 426 + 103), 1);
    EXPECT_EQ(asserted(bus), 1);
    test_write(bus->device, 0, 0x40c, 1u << 7); /* of a route that is none */
    EXPECT_EQ(asserted(bus), 0);
    test_write(bus->device, 0, 0x40c, 0);
    EXPECT_EQ(asserted(bus), 1);
    drive(bus, 103, 0);
    EXPECT_EQ(asserted(bus), 0);
}

TEST_BEGINS(each_group_of_the_cpu_die_has_selectors, bus)
{
    test_bus_start(bus, &ast2700_intc0);
    for (unsigned input = 31; input < 128; input += 31) {
        test_case("%u", input);
        drive(bus, input, 1);
        EXPECT_EQ(out(bus, input), 1);
        test_write(bus->device, 0, 0x200 + 4 * (input / 32), 1u << input % 32);
        EXPECT_EQ(out(bus, input), 0);
        EXPECT_EQ(out(bus, 256 + input), 1);
        drive(bus, input, 0);
        drive(bus, input, 1);
        EXPECT_EQ(out(bus, 256 + input), 1);
        drive(bus, input, 0);
        EXPECT_EQ(asserted(bus), 0);
    }
}

TEST_BEGINS(merged_interrupts_have_a_bank_for_each_destination, bus)
{
    static const struct {
        unsigned input;
        unsigned bank;
        unsigned output;
    } cases[] = {
        {480, 0x1b00, 192},
        {490, 0x2b00, 384},
        {500, 0x3b00, 554},
        {510, 0x1b30, 208},
        {520, 0x1b40, 224}
    };

    test_bus_start(bus, &ast2700_intc0);
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        test_case("M%u", cases[i].input - 480);
        drive(bus, cases[i].input + 4, 1);
        EXPECT_EQ(asserted(bus), 0);
        test_write(bus->device, 0, cases[i].bank, UINT32_MAX);
        EXPECT_EQ(test_read(bus->device, 0, cases[i].bank), 0x3ff);
        test_write(bus->device, 0, cases[i].bank, 1u << 4);
        EXPECT_EQ(test_read(bus->device, 0, cases[i].bank + 4), 1u << 4);
        EXPECT_EQ(out(bus, cases[i].output + 4), 1);
        EXPECT_EQ(asserted(bus), 1);
        test_write(bus->device, 0, cases[i].bank + 4, 1u << 4);
        EXPECT_EQ(out(bus, cases[i].output + 4), 1);
        drive(bus, cases[i].input + 4, 0);
        EXPECT_EQ(out(bus, cases[i].output + 4), 1);
        test_write(bus->device, 0, cases[i].bank + 4, 1u << 4);
        EXPECT_EQ(asserted(bus), 0);
    }
}

/* M0 to M49, in banks of ten. */
TEST_BEGINS(each_interrupt_of_the_cpu_die_has_its_output, bus)
{
    static const unsigned banks[] = {0x1b00, 0x2b00, 0x3b00, 0x1b30, 0x1b40};
    static const unsigned merged[] = {192, 384, 554, 208, 224};
    static const unsigned direct[] = {0, 256, 426};

    test_bus_start(bus, &ast2700_intc0);
    for (unsigned i = 0; i < 3 * 128; i++) {
        const unsigned number = i % 128;
        const unsigned route = i / 128;

        test_case("%u, route %u", number, route);
        for (unsigned bit = 0; bit < 2; bit++) {
            test_write(bus->device, 0, 0x200 + 0x100 * bit + 4 * (number / 32),
                       (route >> bit & 1) << number % 32);
        }
        drive(bus, number, 1);
        EXPECT_EQ(out(bus, direct[route] + number), 1);
        EXPECT_EQ(asserted(bus), 1);
        drive(bus, number, 0);
    }
    for (unsigned i = 0; i < 50; i++) {
        const unsigned bank = i / 10;

        test_case("M%u", i);
        test_write(bus->device, 0, banks[bank], UINT32_MAX);
        drive(bus, 480 + i, 1);
        EXPECT_EQ(test_read(bus->device, 0, banks[bank] + 4), 1u << i % 10);
        EXPECT_EQ(out(bus, merged[bank] + i % 10), 1);
        EXPECT_EQ(asserted(bus), 1);
        drive(bus, 480 + i, 0);
        test_write(bus->device, 0, banks[bank] + 4, UINT32_MAX);
    }
    device_input(bus->device, 177, 1);
    device_reset(bus->device, RESET_WARM);
    EXPECT_EQ(asserted(bus), 0);
    device_destroy(bus->device);
    bus->device = test_bus_make(bus, &ast2700_intc1);
    drive(bus, 5, 1);
    test_write(bus->device, 0, 0x100, UINT32_MAX);
    EXPECT_EQ(asserted(bus), 1);
    device_reset(bus->device, RESET_WARM);
    EXPECT_EQ(asserted(bus), 0);
}

/* ipm_ast2600 of Zephyr: enable, trigger, wait for the status to clear; each of
 * eight bits. */
TEST_BEGINS(each_processor_interrupts_the_two_others, bus)
{
    static const struct {
        unsigned sender;
        unsigned shift; /* in the trigger */
        unsigned receiver;
        unsigned place; /* in the status */
        unsigned output;
    } cases[] = {
        {0x10, 0, 0x20, 0, 400},
        {0x10, 8, 0x30, 0, 570},
        {0x20, 0, 0x10, 0, 144},
        {0x20, 8, 0x30, 8, 578},
        {0x30, 0, 0x10, 8, 152},
        {0x30, 8, 0x20, 8, 408}
    };

    test_bus_start(bus, &ast2700_intc0);
    test_write(bus->device, 0, 0x200, UINT32_MAX); /* has no part in it */
    for (unsigned processor = 0x10; processor < 0x40; processor += 0x10) {
        test_write(bus->device, 0, processor, 0xffff);
        EXPECT_EQ(test_read(bus->device, 0, processor), 0xffff);
    }
    for (unsigned i = 0; i < 8 * ARRAY_SIZE(cases); i++) {
        const unsigned bit = i % 8;
        const unsigned sender = cases[i / 8].sender;
        const unsigned receiver = cases[i / 8].receiver;
        const uint32_t trigger = 1u << (cases[i / 8].shift + bit);
        const uint32_t status = 1u << (cases[i / 8].place + bit);

        test_case("case %u, bit %u", i / 8, bit);
        test_write(bus->device, 0, sender + 8, trigger);
        EXPECT_EQ(test_read(bus->device, 0, sender + 8), trigger);
        EXPECT_EQ(test_read(bus->device, 0, receiver + 4), status);
        EXPECT_EQ(out(bus, cases[i / 8].output + bit), 1);
        EXPECT_EQ(asserted(bus), 1);
        for (unsigned other = 0x10; other < 0x40; other += 0x10) {
            EXPECT_EQ(test_read(bus->device, 0, other + 8),
                      other == sender ? trigger : 0);
        }
        test_write(bus->device, 0, receiver + 4, status);
        EXPECT_EQ(test_read(bus->device, 0, sender + 8), 0);
        EXPECT_EQ(asserted(bus), 0);
    }
}

/* The writes of aspeed_intc0_probe: three banks of the Cortex-A35 for each of
 * 128 to 138, one of the SSP and one of the TSP. */
TEST_BEGINS(the_enables_without_sources_are_there, bus)
{
    static const uint32_t banks[] = {0x1000, 0x1010, 0x1020, 0x2000, 0x3000};

    test_bus_start(bus, &ast2700_intc0);
    for (uint32_t i = 0; i < 11 * ARRAY_SIZE(banks); i++) {
        test_write(bus->device, 0, banks[i % 5] + 0x100 * (i / 5), ~i);
    }
    for (uint32_t i = 0; i < 11 * ARRAY_SIZE(banks); i++) {
        const uint32_t offset = banks[i % 5] + 0x100 * (i / 5);

        test_case("0x%x", offset);
        EXPECT_EQ(test_read(bus->device, 0, offset), ~i);
        EXPECT_EQ(test_read(bus->device, 0, offset + 4), 0);
    }
    EXPECT_EQ(test_read(bus->device, 0, 0x1b00), 0);
    EXPECT_EQ(asserted(bus), 0);
}

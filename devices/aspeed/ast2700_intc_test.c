/* SPDX-License-Identifier: Apache-2.0 */
/* INTC0 and INTC1 against the accesses of Linux's and Zephyr's drivers and the
 * numbers of the binding aspeed,ast2700-interrupt. */
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type ast2700_intc0;
extern const struct device_type ast2700_intc1;

static void start(struct test_bus *bus, const struct device_type *type)
{
    test_bus_init(bus);
    bus->device = test_bus_make(bus, type);
}

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

/* UART12 is 146: group 4, bit 18. */
TEST(an_interrupt_sets_its_bit_and_the_output_of_its_group)
{
    struct test_bus bus;

    start(&bus, &ast2700_intc1);
    drive(&bus, 146, 1);
    EXPECT_EQ(asserted(&bus), 0);
    EXPECT_EQ(test_read(bus.device, 0, 0x144), 0);
    test_write(bus.device, 0, 0x140, 1u << 18);
    EXPECT_EQ(test_read(bus.device, 0, 0x144), 1u << 18);
    EXPECT_EQ(out(&bus, 4), 1);
    EXPECT_EQ(asserted(&bus), 1);
    EXPECT_EQ(test_read(bus.device, 0, 0x50), 1u << 18);
    test_write(bus.device, 0, 0x100, 1);
    test_write(bus.device, 0, 0x110, 1);
    drive(&bus, 32, 1); /* the first of the second group alone */
    EXPECT_EQ(test_read(bus.device, 0, 0x40), 0);
    EXPECT_EQ(test_read(bus.device, 0, 0x44), 1);
    EXPECT_EQ(test_read(bus.device, 0, 0x104), 0);
    EXPECT_EQ(test_read(bus.device, 0, 0x114), 1);
    test_bus_fini(&bus);
}

/* aspeed_intc1_irq_handler: mask, handle, unmask, clear. */
TEST(a_level_that_is_still_there_is_not_lost_when_its_bit_is_cleared)
{
    struct test_bus bus;

    start(&bus, &ast2700_intc1);
    test_write(bus.device, 0, 0x100, 3);
    drive(&bus, 0, 1);
    drive(&bus, 1, 1);
    EXPECT_EQ(test_read(bus.device, 0, 0x104), 3);
    test_write(bus.device, 0, 0x100, 2);
    drive(&bus, 0, 0);
    test_write(bus.device, 0, 0x100, 3);
    test_write(bus.device, 0, 0x104, 1);
    EXPECT_EQ(test_read(bus.device, 0, 0x104), 2);
    EXPECT_EQ(out(&bus, 0), 1);
    test_write(bus.device, 0, 0x104, 2);
    EXPECT_EQ(test_read(bus.device, 0, 0x104), 2);
    test_write(bus.device, 0, 0x100, 1); /* as for a threaded handler */
    EXPECT_EQ(out(&bus, 0), 0);
    test_write(bus.device, 0, 0x104, 2);
    EXPECT_EQ(test_read(bus.device, 0, 0x104), 0);
    test_write(bus.device, 0, 0x100, 3);
    EXPECT_EQ(out(&bus, 0), 1);
    drive(&bus, 1, 0);
    EXPECT_EQ(out(&bus, 0), 1); /* the bit stays until it is cleared */
    test_write(bus.device, 0, 0x104, 2);
    EXPECT_EQ(out(&bus, 0), 0);
    test_bus_fini(&bus);
}

/* aspeed_intc1_routes, with the banks of QEMU and of the debugfs patch. */
TEST(the_route_names_bank_and_output)
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
    struct test_bus bus;

    start(&bus, &ast2700_intc1);
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        test_write(bus.device, 0, cases[i].bank + 0x50, 1u << 19);
    }
    drive(&bus, 179, 1);
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        test_case("route %u", cases[i].route);
        for (unsigned bit = 0; bit < 3; bit++) {
            test_write(bus.device, 0, 0x80 + 0x20 * bit + 4 * 5,
                       (cases[i].route >> bit & 1) << 19);
        }
        for (unsigned j = 0; j < ARRAY_SIZE(cases); j++) {
            test_write(bus.device, 0, cases[j].bank + 0x54, UINT32_MAX);
        }
        EXPECT_EQ(test_read(bus.device, 0, cases[i].bank + 0x54), 1u << 19);
        EXPECT_EQ(out(&bus, cases[i].output + 5), 1);
        EXPECT_EQ(asserted(&bus), 1);
    }
    test_bus_fini(&bus);
}

TEST(the_boot_mcu_has_one_output_for_all_groups)
{
    struct test_bus bus;

    start(&bus, &ast2700_intc1);
    test_write(bus.device, 0, 0xa0, 1);        /* SELECT1 of group 0 */
    test_write(bus.device, 0, 0xc0, 1);        /* SELECT2 */
    test_write(bus.device, 0, 0xac, 1u << 16); /* and of group 3 */
    test_write(bus.device, 0, 0xcc, 1u << 16);
    test_write(bus.device, 0, 0x10, 0x3f);
    drive(&bus, 32, 1); /* of the Cortex-A35 */
    drive(&bus, 112, 1);
    EXPECT_EQ(out(&bus, 50), 1);
    EXPECT_EQ(test_read(bus.device, 0, 0x14), 8);
    drive(&bus, 0, 1);
    EXPECT_EQ(test_read(bus.device, 0, 0x14), 9);
    drive(&bus, 112, 0);
    test_write(bus.device, 0, 0x14, 9);
    EXPECT_EQ(test_read(bus.device, 0, 0x14), 1);
    EXPECT_EQ(test_read(bus.device, 0, 0x40), 1);
    drive(&bus, 0, 0);
    test_write(bus.device, 0, 0x14, 1);
    EXPECT_EQ(asserted(&bus), 0);
    test_bus_fini(&bus);
}

/* ---- INTC0 --------------------------------------------------------------- */

/* aspeed_intc0_routes: 0, 256 and 426 are the first outputs. */
TEST(an_interrupt_of_the_cpu_die_goes_to_the_processor_of_its_route)
{
    struct test_bus bus;

    start(&bus, &ast2700_intc0);
    drive(&bus, 103, 1);
    EXPECT_EQ(out(&bus, 103), 1);
    EXPECT_EQ(asserted(&bus), 1);
    test_write(bus.device, 0, 0x20c, 1u << 7);
    EXPECT_EQ(out(&bus, 256 + 103), 1);
    EXPECT_EQ(asserted(&bus), 1);
    test_write(bus.device, 0, 0x20c, 0);
    test_write(bus.device, 0, 0x30c, 1u << 7);
    EXPECT_EQ(out(&bus, 426 + 103), 1);
    EXPECT_EQ(asserted(&bus), 1);
    test_write(bus.device, 0, 0x40c, 1u << 7); /* of a route that is none */
    EXPECT_EQ(asserted(&bus), 0);
    test_write(bus.device, 0, 0x40c, 0);
    EXPECT_EQ(asserted(&bus), 1);
    drive(&bus, 103, 0);
    EXPECT_EQ(asserted(&bus), 0);
    test_bus_fini(&bus);
}

TEST(each_group_of_the_cpu_die_has_selectors)
{
    struct test_bus bus;

    start(&bus, &ast2700_intc0);
    for (unsigned input = 31; input < 128; input += 31) {
        test_case("%u", input);
        drive(&bus, input, 1);
        EXPECT_EQ(out(&bus, input), 1);
        test_write(bus.device, 0, 0x200 + 4 * (input / 32), 1u << input % 32);
        EXPECT_EQ(out(&bus, input), 0);
        EXPECT_EQ(out(&bus, 256 + input), 1);
        drive(&bus, input, 0);
        drive(&bus, input, 1);
        EXPECT_EQ(out(&bus, 256 + input), 1);
        drive(&bus, input, 0);
        EXPECT_EQ(asserted(&bus), 0);
    }
    test_bus_fini(&bus);
}

TEST(merged_interrupts_have_a_bank_for_each_destination)
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
    struct test_bus bus;

    start(&bus, &ast2700_intc0);
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        test_case("M%u", cases[i].input - 480);
        drive(&bus, cases[i].input + 4, 1);
        EXPECT_EQ(asserted(&bus), 0);
        test_write(bus.device, 0, cases[i].bank, UINT32_MAX);
        EXPECT_EQ(test_read(bus.device, 0, cases[i].bank), 0x3ff);
        test_write(bus.device, 0, cases[i].bank, 1u << 4);
        EXPECT_EQ(test_read(bus.device, 0, cases[i].bank + 4), 1u << 4);
        EXPECT_EQ(out(&bus, cases[i].output + 4), 1);
        EXPECT_EQ(asserted(&bus), 1);
        test_write(bus.device, 0, cases[i].bank + 4, 1u << 4);
        EXPECT_EQ(out(&bus, cases[i].output + 4), 1);
        drive(&bus, cases[i].input + 4, 0);
        EXPECT_EQ(out(&bus, cases[i].output + 4), 1);
        test_write(bus.device, 0, cases[i].bank + 4, 1u << 4);
        EXPECT_EQ(asserted(&bus), 0);
    }
    test_bus_fini(&bus);
}

/* ipm_ast2600 of Zephyr: enable, trigger, wait for the status to clear. */
TEST(each_processor_interrupts_the_two_others)
{
    static const struct {
        unsigned sender;
        uint32_t trigger;
        unsigned receiver;
        uint32_t status;
        unsigned output;
    } cases[] = {
        {0x10, 0x0002, 0x20, 0x0002, 401},
        {0x10, 0x0200, 0x30, 0x0002, 571},
        {0x20, 0x0002, 0x10, 0x0002, 145},
        {0x20, 0x0200, 0x30, 0x0200, 579},
        {0x30, 0x0002, 0x10, 0x0200, 153},
        {0x30, 0x0200, 0x20, 0x0200, 409}
    };
    struct test_bus bus;

    start(&bus, &ast2700_intc0);
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        test_case("case %u", i);
        test_write(bus.device, 0, cases[i].receiver, 0xffff);
        test_write(bus.device, 0, cases[i].sender + 8, cases[i].trigger);
        EXPECT_EQ(test_read(bus.device, 0, cases[i].sender + 8),
                  cases[i].trigger);
        EXPECT_EQ(test_read(bus.device, 0, cases[i].receiver + 4),
                  cases[i].status);
        EXPECT_EQ(out(&bus, cases[i].output), 1);
        EXPECT_EQ(asserted(&bus), 1);
        test_write(bus.device, 0, cases[i].receiver + 4, cases[i].status);
        EXPECT_EQ(test_read(bus.device, 0, cases[i].sender + 8), 0);
        EXPECT_EQ(asserted(&bus), 0);
    }
    test_bus_fini(&bus);
}

/* The writes of aspeed_intc0_probe. */
TEST(the_enables_without_sources_are_there)
{
    struct test_bus bus;

    start(&bus, &ast2700_intc0);
    for (unsigned i = 0; i < 11; i++) {
        for (unsigned j = 0; j < 3; j++) {
            test_write(bus.device, 0, 0x1000 + 0x100 * i + 0x10 * j, 0x55);
            EXPECT_EQ(test_read(bus.device, 0, 0x1000 + 0x100 * i + 0x10 * j),
                      0x55);
            EXPECT_EQ(test_read(bus.device, 0, 0x1004 + 0x100 * i + 0x10 * j),
                      0);
        }
    }
    EXPECT_EQ(asserted(&bus), 0);
    test_bus_fini(&bus);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The gate as a truth table: the formula of abi/gate.h and the reset controller
 * that evaluates it. */
#include "abi/gate.h"
#include "abi/soc_reset.h"
#include "base/bits.h"
#include "devices/test_bus.h"
#include "tests/harness.h"

extern const struct device_type soc_reset;

static const struct {
    uint32_t required, authorised, missing;
} cases[] = {
    {0,          0,          0         },
    {0,          1,          0         },
    {0,          UINT32_MAX, 0         },
    {1,          0,          1         },
    {1,          1,          0         },
    {1,          2,          1         },
    {1,          3,          0         },
    {3,          0,          3         },
    {3,          1,          2         },
    {3,          2,          1         },
    {3,          3,          0         },
    {3,          7,          0         },
    {5,          2,          5         },
    {0x80000000, 0x7fffffff, 0x80000000},
    {0x80000000, 0x80000000, 0         },
    {UINT32_MAX, 0,          UINT32_MAX},
    {UINT32_MAX, 0x7fffffff, 0x80000000},
    {UINT32_MAX, UINT32_MAX, 0         },
};

TEST(a_gate_is_open_when_no_required_wire_is_low)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        test_case("requires 0x%x of 0x%x", cases[i].required,
                  cases[i].authorised);
        EXPECT_EQ(gate_missing(cases[i].required, cases[i].authorised),
                  cases[i].missing);
        EXPECT_EQ(gate_is_open(cases[i].required, cases[i].authorised),
                  cases[i].missing == 0);
    }
}

TEST(the_reset_controller_releases_and_asserts_by_that_table)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(test_bus_fini) struct test_bus bus;
        bool open = cases[i].missing == 0;

        test_bus_start(&bus, &soc_reset);
        test_case("requires 0x%x of 0x%x", cases[i].required,
                  cases[i].authorised);
        test_write(bus.device, 0, SOC_RESET_REQUIRED, cases[i].required);
        device_input(bus.device, 0, cases[i].authorised);
        test_write(bus.device, 0, SOC_RESET_RELEASE, 1);
        EXPECT_EQ(test_read(bus.device, 0, SOC_RESET_LINES) & 1, !open);
        /* released with all wires high, the line follows them down */
        device_input(bus.device, 0, UINT32_MAX);
        test_write(bus.device, 0, SOC_RESET_RELEASE, 1);
        EXPECT_EQ(test_read(bus.device, 0, SOC_RESET_LINES) & 1, 0);
        device_input(bus.device, 0, cases[i].authorised);
        EXPECT_EQ(test_read(bus.device, 0, SOC_RESET_LINES) & 1, !open);
    }
}

TEST(the_first_images_of_the_soc_have_a_wire_each)
{
    static const struct {
        uint32_t image_id;
        bool has_wire;
        uint32_t wire;
    } images[] = {
        {FLASH_IMAGE_CALIPTRA,             false, 0         },
        {FLASH_IMAGE_SOC - 1,              false, 0         },
        {FLASH_IMAGE_MONITOR,              true,  1         },
        {FLASH_IMAGE_KERNEL,               true,  2         },
        {FLASH_IMAGE_INITRD,               true,  8         },
        {FLASH_IMAGE_SOC + GATE_WIRES - 1, true,  0x80000000},
        {FLASH_IMAGE_SOC + GATE_WIRES,     false, 0         },
        {UINT32_MAX,                       false, 0         },
    };

    for (size_t i = 0; i < ARRAY_SIZE(images); i++) {
        test_case("image 0x%x", images[i].image_id);
        EXPECT_EQ(gate_has_wire(images[i].image_id), images[i].has_wire);
        if (images[i].has_wire) {
            EXPECT_EQ(gate_wire(gate_number(images[i].image_id)),
                      images[i].wire);
        }
    }
}

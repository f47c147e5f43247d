/* SPDX-License-Identifier: Apache-2.0 */
/* Both system control units by themselves. */
#include "abi/ast2700.h"
#include "base/bits.h"
#include "bus/device_state.h"
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"
#include "tests/told.h"

extern const struct device_type ast2700_scu0;
extern const struct device_type ast2700_scu1;

static void input(const struct test_bus *bus, const char *name, uint32_t level)
{
    device_input(bus->device, test_input(bus->device, name), level);
}

static uint32_t level(const struct test_bus *bus, const char *output)
{
    return device_output(bus->device, output)->level;
}

static void ask(const struct test_bus *bus, const char *output, bool asserted)
{
    const struct line *line = device_output(bus->device, output);

    bus->device->type->ask_reset(
        bus->device, (unsigned)(line - bus->device->outputs), asserted);
}

TEST(the_tables_promises_hold)
{
    static const char *const exclusions[] = {"RNG_CTRL", NULL};
    static const struct device_type *const types[] = {&ast2700_scu0,
                                                      &ast2700_scu1};

    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        OWNED(test_bus_fini) struct test_bus bus;

        test_bus_start(&bus, types[i]);
        EXPECT_DEVICE(bus.device, exclusions);
    }
}

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, test_bus_start(bus, &ast2700_scu0))

TEST_ON(revisions_are_the_boards, bus)
{
    EXPECT_EQ(bus_get(bus, AST2700_SCU_REVISION), AST2700_A1);
    device_destroy(bus->device);
    test_bus_property(bus, "cairn,silicon-revision", AST2720_A2);
    bus->device = test_bus_make(bus, &ast2700_scu0);
    EXPECT_EQ(bus_get(bus, AST2700_SCU_REVISION), AST2720_A2);
}

TEST_BEGINS(straps_are_set_and_cleared_but_for_locked_ones_until_power_on, bus)
{
    test_bus_start(bus, &ast2700_scu1);
    input(bus, "strap1", 0x420);
    input(bus, "strap2", 1);
    EXPECT_EQ(bus_get(bus, AST2700_SCU1_STRAP2), 1);
    bus_set(bus, AST2700_SCU_STRAP1, 1);
    bus_set(bus, AST2700_SCU_STRAP1_CLR, 0x20);
    EXPECT_EQ(bus_get(bus, AST2700_SCU_STRAP1), 0x401);
    bus_set(bus, AST2700_SCU_STRAP1_LOCK, 0x401);
    bus_set(bus, AST2700_SCU_STRAP1_CLR, 0x401);
    EXPECT_EQ(bus_get(bus, AST2700_SCU_STRAP1), 0x401);
    device_reset(bus->device, RESET_WARM);
    EXPECT_EQ(bus_get(bus, AST2700_SCU_STRAP1), 0x401);
    device_reset(bus->device, RESET_POWER_ON);
    EXPECT_EQ(bus_get(bus, AST2700_SCU_STRAP1), 0x420);
    EXPECT_EQ(bus_get(bus, AST2700_SCU1_STRAP2), 1);
    bus_set(bus, AST2700_SCU1_STRAP2, 2);
    bus_set(bus, AST2700_SCU1_STRAP2_CLR, 1);
    EXPECT_EQ(bus_get(bus, AST2700_SCU1_STRAP2), 2);
    device_reset(bus->device, RESET_POWER_ON);
    EXPECT_EQ(bus_get(bus, AST2700_SCU1_STRAP2), 1);
    test_bus_fini(bus);
    test_bus_start(bus, &ast2700_scu0);
    input(bus, "strap1", 0x420);
    bus_set(bus, AST2700_SCU_STRAP1, 1);
    device_reset(bus->device, RESET_WARM);
    EXPECT_EQ(bus_get(bus, AST2700_SCU_STRAP1), 0x421);
    device_reset(bus->device, RESET_POWER_ON);
    EXPECT_EQ(bus_get(bus, AST2700_SCU_STRAP1), 0x420);
}

/* As U-Boot's header and QEMU's tables have them; 38c of SCU1 is nothing. */
TEST(words_that_firmware_may_look_at_have_their_values)
{
    static const struct {
        const struct device_type *type;
        uint32_t offset, value;
    } rows[] = {
        {&ast2700_scu0, 0x024, 0xff      },
        {&ast2700_scu0, 0x028, 0         },
        {&ast2700_scu0, 0x02c, 0x1000408f},
        {&ast2700_scu0, 0x38c, 0         },
        {&ast2700_scu1, 0x024, 0xff      },
        {&ast2700_scu1, 0x028, 0         },
        {&ast2700_scu1, 0x02c, 0x1000408f},
        {&ast2700_scu1, 0x388, 0xc9100d2 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("%s, 0x%03x", rows[i].type->compatible, rows[i].offset);
        test_bus_start(&bus, rows[i].type);
        EXPECT_EQ(bus_get(&bus, rows[i].offset), rows[i].value);
    }
}

/* A restore finds the lines as they are. */
TEST_ON(a_strap_that_software_changes_holds_and_lets_go_at_once, bus)
{
    uint64_t before;

    bus_set(bus, AST2700_SCU0_CA35_RELEASE, 1);
    bus_set(bus, AST2700_SCU_STRAP1, AST2700_SCU0_STRAP_NO_CA35);
    EXPECT_EQ(level(bus, "ca35"), 1);
    before = device_hash(bus->device, 0);
    device_restored(bus->device);
    EXPECT_EQ(device_hash(bus->device, 0), before);
    bus_set(bus, AST2700_SCU_STRAP1_CLR, AST2700_SCU0_STRAP_NO_CA35);
    EXPECT_EQ(level(bus, "ca35"), 0);
    test_bus_fini(bus);
    test_bus_start(bus, &ast2700_scu1);
    bus_set(bus, AST2700_SCU_MODRST2_CLR, BIT(AST2700_RESET1_CPTRA - 32));
    bus_set(bus, AST2700_SCU_STRAP1, AST2700_SCU1_STRAP_NO_CPTRA);
    EXPECT_EQ(level(bus, "cptra_rst_b"), 0);
    before = device_hash(bus->device, 0);
    device_restored(bus->device);
    EXPECT_EQ(device_hash(bus->device, 0), before);
}

/* In both banks: a bit is a line. */
TEST_BEGINS(ones_assert_and_release_reset_lines, bus)
{
    OWNED(told_fini) struct told told;

    test_bus_start(bus, &ast2700_scu1);
    bus_set(bus, AST2700_SCU_MODRST1, BIT(AST2700_RESET1_MAC0));
    bus_set(bus, AST2700_SCU_MODRST2, BIT(AST2700_RESET1_I2C - 32));
    EXPECT_EQ(level(bus, "reset_mac0"), 1);
    EXPECT_EQ(level(bus, "reset_mac1"), 0);
    EXPECT_EQ(level(bus, "reset_i2c"), 1);
    EXPECT_EQ(bus_get(bus, AST2700_SCU_MODRST1), BIT(AST2700_RESET1_MAC0));
    bus_set(bus, AST2700_SCU_MODRST2_LOCK, BIT(AST2700_RESET1_I2C - 32));
    bus_set(bus, AST2700_SCU_MODRST1_CLR, UINT32_MAX);
    bus_set(bus, AST2700_SCU_MODRST2_CLR, UINT32_MAX);
    EXPECT_EQ(level(bus, "reset_mac0"), 0);
    EXPECT_EQ(level(bus, "reset_i2c"), 1);
    EXPECT_EQ(level(bus, "reset_lpc0"), 0);
    bus_set(bus, AST2700_SCU_MODRST1, 1);
    EXPECT_EQ(level(bus, "reset_lpc0"), 1);
    bus_set(bus, AST2700_SCU_MODRST1_LOCK, 1);
    told_init(&told, bus->device);
    bus_set(bus, AST2700_SCU_MODRST1, BIT(AST2700_RESET1_MAC0) | 1);
    EXPECT_TOLD(&told, "reset_mac0 = 1\n");
}

/* Each has a register to clear 4 behind it and one to lock 10 behind it. */
TEST(ones_set_and_clear_all_but_what_is_locked)
{
    static const struct {
        const struct device_type *type;
        uint32_t offset;
    } rows[] = {
        {&ast2700_scu0, AST2700_SCU_STRAP1   },
        {&ast2700_scu0, AST2700_SCU_MODRST1  },
        {&ast2700_scu0, AST2700_SCU_MODRST2  },
        {&ast2700_scu0, AST2700_SCU_CLKGATE1 },
        {&ast2700_scu1, AST2700_SCU_STRAP1   },
        {&ast2700_scu1, AST2700_SCU1_STRAP2  },
        {&ast2700_scu1, AST2700_SCU_MODRST1  },
        {&ast2700_scu1, AST2700_SCU_MODRST2  },
        {&ast2700_scu1, AST2700_SCU_CLKGATE1 },
        {&ast2700_scu1, AST2700_SCU1_CLKGATE2},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const uint32_t offset = rows[i].offset;
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("%s, 0x%03x", rows[i].type->compatible, offset);
        test_bus_start(&bus, rows[i].type);
        bus_set(&bus, offset + 4, UINT32_MAX);
        EXPECT_EQ(bus_get(&bus, offset), 0);
        bus_set(&bus, offset, 5);
        EXPECT_EQ(bus_get(&bus, offset + 4), 5);
        bus_set(&bus, offset + 4, 1);
        bus_set(&bus, offset + 0x10, 0x14);
        bus_set(&bus, offset, 0x18);
        EXPECT_EQ(bus_get(&bus, offset), 0xc);
        bus_set(&bus, offset + 4, 0xc);
        EXPECT_EQ(bus_get(&bus, offset), 4);
    }
}

/* The lines of all events so far, which are then forgotten. */
static const char *told_of_lines(struct test_bus *bus)
{
    static char text[160];
    struct event_list *events = &bus->fabric.events;
    size_t size = 0;

    text[0] = '\0';
    for (size_t i = 0; i < events->count; i++) {
        const struct event *event = &events->events[i];
        size += (size_t)snprintf(
            text + size, sizeof(text) - size, "%s%c%s", i == 0 ? "" : " ",
            event->fact == FACT_LINE_ASSERTED ? '+' : '-', event->name);
        EXPECT_STR(event->agent, "boot");
    }
    event_list_truncate(events, 0);
    return text;
}

/* Others move too often, and a master without a name tells nothing. */
TEST_BEGINS(lines_that_hold_processors_tell_when_they_move, bus)
{
    static const struct {
        const struct device_type *type;
        uint32_t offset, value;
        const char *told;
    } rows[] = {
        {&ast2700_scu1, AST2700_SCU_MODRST1,       UINT32_MAX, ""                  },
        {&ast2700_scu1, AST2700_SCU_MODRST2_CLR,   UINT32_MAX,
         "-device.reset_caliptra"                                                  },
        {&ast2700_scu1, AST2700_SCU_MODRST2_CLR,   UINT32_MAX, ""                  },
        {&ast2700_scu1, AST2700_SCU_MODRST2,       2,          "+device.reset_mcu1"},
        {&ast2700_scu1, AST2700_SCU_MODRST1_CLR,   UINT32_MAX, ""                  },
        {&ast2700_scu0, AST2700_SCU0_CA35_RELEASE, 1,          "-device.ca35"      },
        {&ast2700_scu0, AST2700_SCU0_CA35_RELEASE, 1,          ""                  },
        {&ast2700_scu0, AST2700_SCU0_SSP_CONTROL,  0,          ""                  },
        {&ast2700_scu0, AST2700_SCU_MODRST1_CLR,   UINT32_MAX, "-device.ssp"       },
        {&ast2700_scu0, AST2700_SCU_MODRST1,       UINT32_MAX, "+device.ssp"       },
        {&ast2700_scu0, AST2700_SCU0_CA35_RELEASE, 0,          "+device.ca35"      },
    };

    test_bus_start(bus, rows[0].type);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct access access = {.maker =
                                    fabric_add_maker(&bus->fabric, "boot")};

        test_case("%zu", i);
        if (bus->device->type != rows[i].type) {
            test_bus_fini(bus);
            test_bus_start(bus, rows[i].type);
            access.maker = fabric_add_maker(&bus->fabric, "boot");
            event_list_truncate(&bus->fabric.events, 0);
        }
        device_write(bus->device, 0, &access, rows[i].offset, 4, rows[i].value);
        EXPECT_STR(told_of_lines(bus), rows[i].told);
    }
    bus_set(bus, AST2700_SCU0_CA35_RELEASE, 1);
    EXPECT_STR(told_of_lines(bus), "");
}

TEST_ON(the_cortex_a35_are_held_until_1_is_written_and_not_by_strap, bus)
{
    EXPECT_EQ(level(bus, "ca35"), 1);
    for (uint32_t i = 0; i < 4; i++) {
        static const char *const names[] = {"rvbar0", "rvbar1", "rvbar2",
                                            "rvbar3"};

        bus_set(bus, AST2700_SCU0_RVBAR + 4 * i, 0x43000000 + i);
        EXPECT_EQ(level(bus, names[i]), 0x43000000 + i);
    }
    input(bus, "watchdog_log", 0x20);
    input(bus, "watchdog_log", 0x400);
    EXPECT_EQ(bus_get(bus, AST2700_SCU_RESET_LOG3), 0x420);
    bus_set(bus, AST2700_SCU_MODRST1_CLR, UINT32_MAX);
    bus_set(bus, AST2700_SCU_MODRST2_CLR, UINT32_MAX);
    EXPECT_EQ(level(bus, "ca35"), 1);
    bus_set(bus, AST2700_SCU0_CA35_RELEASE, 1);
    EXPECT_EQ(level(bus, "ca35"), 0);
    input(bus, "cpu_reset", 1);
    EXPECT_EQ(level(bus, "ca35"), 1);
    input(bus, "cpu_reset", 0);
    EXPECT_EQ(level(bus, "ca35"), 0);
    device_reset(bus->device, RESET_WARM);
    EXPECT_EQ(level(bus, "ca35"), 1);
    EXPECT_EQ(level(bus, "rvbar2"), 0);
    EXPECT_EQ(bus->fabric.log.count[LOG_GUEST], 0);
    bus_set(bus, AST2700_SCU_STRAP1, AST2700_SCU0_STRAP_NO_CA35);
    bus_set(bus, AST2700_SCU0_CA35_RELEASE, 1);
    EXPECT_EQ(level(bus, "ca35"), 1);
    EXPECT_EQ(bus->fabric.log.count[LOG_GUEST], 1);
}

/* As vbootrom does it: reset, set up while held, start. */
TEST_ON(a_cortex_m4_that_is_held_starts_when_it_is_enabled, bus)
{
    EXPECT_EQ(bus_get(bus, AST2700_SCU0_SSP_CONTROL), 0x7fe);
    bus_set(bus, AST2700_SCU_MODRST1, BIT(AST2700_RESET0_SSP));
    bus_set(bus, AST2700_SCU_MODRST1_CLR, BIT(AST2700_RESET0_SSP));
    EXPECT_EQ(bus_get(bus, AST2700_SCU0_SSP_CONTROL), 0x3fe);
    bus_set(bus, AST2700_SCU0_SSP_CONTROL, 0x1e);
    EXPECT_EQ(bus_get(bus, AST2700_SCU0_SSP_CONTROL), 0x31e);
    EXPECT_EQ(level(bus, "ssp"), 1);
    bus_set(bus, AST2700_SCU0_SSP_CONTROL, 0x31f);
    EXPECT_EQ(bus_get(bus, AST2700_SCU0_SSP_CONTROL), 0x1e);
    EXPECT_EQ(level(bus, "ssp"), 0);
    EXPECT_EQ(level(bus, "tsp"), 1);
    bus_set(bus, AST2700_SCU_MODRST1, BIT(AST2700_RESET0_SSP));
    EXPECT_EQ(bus_get(bus, AST2700_SCU0_SSP_CONTROL), 0x71e);
    EXPECT_EQ(level(bus, "ssp"), 1);
}

TEST_ON(a_cortex_m4_that_is_not_to_be_held_starts_with_its_line, bus)
{
    struct told told;
    const uint32_t line = BIT(AST2700_RESET0_TSP - 32);

    told_init(&told, bus->device);
    bus_set(bus, AST2700_SCU0_TSP_CONTROL, 1);
    EXPECT_TOLD(&told,
                "guest: device: the TSP is enabled while its reset line "
                "is asserted\n");
    bus_set(bus, AST2700_SCU0_SSP_CONTROL, 1);
    EXPECT_TOLD(&told,
                "guest: device: the SSP is enabled while its reset line "
                "is asserted\n");
    told_fini(&told);
    EXPECT_EQ(level(bus, "tsp"), 1);
    bus_set(bus, AST2700_SCU0_TSP_CONTROL, 0);
    EXPECT_EQ(bus_get(bus, AST2700_SCU0_TSP_CONTROL), 0x500);
    bus_set(bus, AST2700_SCU_MODRST2_CLR, line);
    EXPECT_EQ(bus_get(bus, AST2700_SCU0_TSP_CONTROL), 0);
    EXPECT_EQ(level(bus, "tsp"), 0);
    bus_set(bus, AST2700_SCU_MODRST2, line);
    EXPECT_EQ(bus_get(bus, AST2700_SCU0_TSP_CONTROL), 0x500);
    bus_set(bus, AST2700_SCU_MODRST2_CLR, line);
    EXPECT_EQ(level(bus, "tsp"), 0);
    bus_set(bus, AST2700_SCU0_TSP_CONTROL, AST2700_M4_HOLD); /* it runs on */
    EXPECT_EQ(level(bus, "tsp"), 0);
    bus_set(bus, AST2700_SCU_MODRST2, line);
    bus_set(bus, AST2700_SCU_MODRST2_CLR, line);
    EXPECT_EQ(bus_get(bus, AST2700_SCU0_TSP_CONTROL), 0x302);
    bus_set(bus, AST2700_SCU0_TSP_CONTROL, 0);
    EXPECT_EQ(level(bus, "tsp"), 0);
}

TEST_ON(the_outside_asserts_and_releases_processors, bus)
{
    ask(bus, "ca35", false);
    EXPECT_EQ(level(bus, "ca35"), 0);
    EXPECT_EQ(bus_get(bus, AST2700_SCU0_CA35_RELEASE), 1);
    ask(bus, "ca35", true);
    EXPECT_EQ(level(bus, "ca35"), 1);
    ask(bus, "tsp", false);
    EXPECT_EQ(level(bus, "tsp"), 0);
    ask(bus, "reset_tsp", true);
    EXPECT_EQ(level(bus, "tsp"), 1);
    ask(bus, "reset_emmc", true);
    EXPECT_EQ(bus_get(bus, AST2700_SCU_MODRST1),
              BIT(AST2700_RESET0_EMMC) | BIT(AST2700_RESET0_SSP));
    for (unsigned id = 31; id < 33; id++) { /* at the end of a bank */
        const struct line *line = &bus->device->outputs[id];

        test_case("line %u", id);
        ast2700_scu0.ask_reset(bus->device, id, true);
        EXPECT_EQ(line->level, 1);
        ast2700_scu0.ask_reset(bus->device, id, false);
        EXPECT_EQ(line->level, 0);
    }
}

TEST_BEGINS(the_outside_moves_lines_of_the_io_die_and_resets_the_whole, bus)
{
    test_bus_start(bus, &ast2700_scu1);
    ask(bus, "reset_i2c", true);
    EXPECT_EQ(level(bus, "reset_i2c"), 1);
    EXPECT_EQ(level(bus, "reset_mac0"), 0);
    ask(bus, "reset_i2c", false);
    EXPECT_EQ(level(bus, "reset_i2c"), 0);
    for (unsigned i = 31; i < 33; i++) { /* at the end of a bank */
        const char *name = i == 31 ? "reset_i3c15" : "reset_mcu0";

        ask(bus, name, true);
        EXPECT_EQ(
            bus_get(bus, i == 31 ? AST2700_SCU_MODRST1 : AST2700_SCU_MODRST2) >>
                    i % 32 &
                1,
            1);
        EXPECT_EQ(level(bus, name), 1);
        ask(bus, name, false);
        EXPECT_EQ(level(bus, name), 0);
    }
    const uint64_t before = device_hash(bus->device, 0);
    ask(bus, "soc", false);
    EXPECT_EQ(device_hash(bus->device, 0), before);
    EXPECT_EQ(level(bus, "soc"), 0);
    EXPECT_EQ(bus->fabric.events.count, 0);
    ask(bus, "soc", true);
    EXPECT_EQ(level(bus, "soc"), 1);
    REQUIRE(bus->fabric.events.count == 1);
    EXPECT_EQ(bus->fabric.events.events[0].fact, FACT_SYSTEM_WARM_RESET);
}

TEST_BEGINS(caliptra_has_power_from_the_first_release_of_its_line_on, bus)
{
    const uint32_t line = BIT(AST2700_RESET1_CPTRA - 32);

    test_bus_start(bus, &ast2700_scu1);
    EXPECT_EQ(level(bus, "cptra_pwrgood"), 0);
    EXPECT_EQ(level(bus, "cptra_rst_b"), 0);
    bus_set(bus, AST2700_SCU_MODRST2_CLR, line);
    EXPECT_EQ(level(bus, "cptra_pwrgood"), 1);
    EXPECT_EQ(level(bus, "cptra_rst_b"), 1);
    bus_set(bus, AST2700_SCU_MODRST2, line);
    EXPECT_EQ(level(bus, "cptra_pwrgood"), 1);
    EXPECT_EQ(level(bus, "cptra_rst_b"), 0);
    bus_set(bus, AST2700_SCU_MODRST2_CLR, line);
    input(bus, "strap1", AST2700_SCU1_STRAP_NO_CPTRA);
    EXPECT_EQ(level(bus, "cptra_rst_b"), 0);
    input(bus, "strap1", 0);
    EXPECT_EQ(level(bus, "cptra_rst_b"), 1);
    bus_set(bus, AST2700_SCU_STRAP1, AST2700_SCU1_STRAP_NO_CPTRA);
    device_reset(bus->device, RESET_WARM);
    bus_set(bus, AST2700_SCU_MODRST2_CLR, line);
    EXPECT_EQ(level(bus, "cptra_rst_b"), 0);
    EXPECT_EQ(bus_get(bus, AST2700_SCU1_CPTRA), 0);
    input(bus, "cptra_ready_for_runtime", 1);
    EXPECT_EQ(bus_get(bus, AST2700_SCU1_CPTRA), AST2700_SCU1_CPTRA_READY);
}

TEST_BEGINS(a_watchdog_resets_the_whole_soc_and_is_logged, bus)
{
    test_bus_start(bus, &ast2700_scu1);
    bus_set(bus, AST2700_SCU_RESET_LOG1, 1);
    bus_set(bus, AST2700_SCU1_SCRATCH, 0x1234);
    bus_set(bus, AST2700_SCU_MODRST2_CLR, UINT32_MAX);
    bus_set(bus, AST2700_SCU_CLKSEL1, 0);
    input(bus, "wdt1", AST2700_RESET_OF_SOC);
    EXPECT_EQ(level(bus, "soc"), 1);
    EXPECT_EQ(level(bus, "cptra_pwrgood"), 0);
    EXPECT_EQ(level(bus, "cptra_rst_b"), 0);
    REQUIRE(bus->fabric.events.count == 1);
    EXPECT_EQ(bus->fabric.events.events[0].fact, FACT_SYSTEM_WATCHDOG_RESET);
    bus_pass(bus, 999);
    EXPECT_EQ(level(bus, "soc"), 1);
    bus_pass(bus, 1);
    EXPECT_EQ(level(bus, "soc"), 0);
    EXPECT_EQ(level(bus, "cptra_rst_b"), 0);
    EXPECT_EQ(bus_get(bus, AST2700_SCU_RESET_LOG1), 0);
    EXPECT_EQ(bus_get(bus, AST2700_SCU1_RESET_LOG4), 0x40);
    EXPECT_EQ(bus_get(bus, AST2700_SCU1_SCRATCH), 0x1234);
    EXPECT_EQ(bus_get(bus, AST2700_SCU_CLKSEL1), 0x86900000);
    bus_set(bus, AST2700_SCU1_RESET_LOG4, 0x40);
    EXPECT_EQ(bus_get(bus, AST2700_SCU1_RESET_LOG4), 0);
    input(bus, "wdt_abr", AST2700_RESET_FULL);
    EXPECT_EQ(bus_get(bus, AST2700_SCU_RESET_LOG1), AST2700_SCU_RESET_LOG_ABR);
}

TEST_BEGINS(a_watchdog_may_reset_the_cortex_a35_alone, bus)
{
    struct told told;

    test_bus_start(bus, &ast2700_scu1);
    input(bus, "wdt0", AST2700_RESET_CPU);
    EXPECT_EQ(level(bus, "cpu_reset"), 1);
    EXPECT_EQ(level(bus, "soc"), 0);
    bus_pass(bus, 1000);
    EXPECT_EQ(level(bus, "cpu_reset"), 0);
    EXPECT_EQ(bus_get(bus, AST2700_SCU1_RESET_LOG4), AST2700_RESET_CPU);
    told_init(&told, bus->device);
    input(bus, "wdt1", AST2700_RESET_CPU);
    EXPECT_TOLD(&told, "watchdog_log = 20\nwatchdog_log = 0\ncpu_reset = 1\n");
    told_fini(&told);
    device_reset(bus->device, RESET_POWER_ON);
    EXPECT_EQ(clock_next(&bus->fabric.clock), TIME_NEVER);
}

TEST_ON(random_numbers_frequencies_and_the_counter_answer, bus)
{
    EXPECT(bus_get(bus, AST2700_SCU_RNG_DATA) !=
           bus_get(bus, AST2700_SCU_RNG_DATA));
    EXPECT_EQ(bus_get(bus, AST2700_SCU_RNG_CONTROL), 0x80000000);
    bus_set(bus, AST2700_SCU_RNG_CONTROL, 1);
    EXPECT_EQ(bus_get(bus, AST2700_SCU_RNG_DATA), 0);
    EXPECT_EQ(bus_get(bus, AST2700_SCU_FREQ_CONTROL), 0);
    bus_set(bus, AST2700_SCU_FREQ_CONTROL, AST2700_SCU_FREQ_ENABLE);
    EXPECT_EQ(bus_get(bus, AST2700_SCU_FREQ_CONTROL), 0x42);
    EXPECT_EQ(bus_get(bus, AST2700_SCU_HPLL_EXT), 0x8000004f);
    bus_pass(bus, UINT64_C(1) << 40);
    EXPECT_EQ(bus_get(bus, AST2700_SCU0_COUNTER + 4), 6);
    EXPECT_EQ(bus_get(bus, AST2700_SCU0_COUNTER), 0x66666666);
    bus_set(bus, AST2700_SCU_DEBUG_CONTROL, 2);
    bus_set(bus, AST2700_SCU0_WRITE_PROTECT, 1 << 18);
    bus_set(bus, AST2700_SCU_DEBUG_CONTROL, 4);
    EXPECT_EQ(bus_get(bus, AST2700_SCU_DEBUG_CONTROL), 2);
    EXPECT_EQ(bus->fabric.log.count[LOG_GUEST], 1);
}

/* All processors read the counter, which is not to go back from one to the
 * next: a core that is ahead waits for the others first. */
TEST_ON(the_counter_is_read_in_step_with_other_cores, bus)
{
    EXPECT_EQ(test_tells(bus, AST2700_SCU0_COUNTER), 1);
    bus_pass(bus, 4000); /* and it begins with the power */
    bus->fabric.clock.powered_ns = 1000;
    EXPECT_EQ(bus_get(bus, AST2700_SCU0_COUNTER), 75);
}

TEST_ON(the_board_says_whether_dram_is_trained, bus)
{
    EXPECT_EQ(bus_get(bus, AST2700_SCU0_VGA), 0);
    device_destroy(bus->device);
    test_bus_property(bus, "cairn,dram-trained", 1);
    bus->device = test_bus_make(bus, &ast2700_scu0);
    EXPECT_EQ(bus_get(bus, AST2700_SCU0_VGA), AST2700_SCU0_DRAM_DONE);
}

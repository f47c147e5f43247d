/* SPDX-License-Identifier: Apache-2.0 */
/* The OTP controller, and blocks that are storage but for their promises. */
#include "abi/ast2700.h"
#include "base/bits.h"
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type ast2700_ahbc;
extern const struct device_type ast2700_otp;
extern const struct device_type ast2700_sli;
extern const struct device_type ast2700_ufs;

enum { M0 = 0x00, M1 = 0x20 };
enum { CALIPTRA = 0x1c00, LAST = 0x1fff };

/* As the driver does it; the command's status. */
static uint32_t obey(struct test_bus *bus, uint32_t master, uint32_t address,
                     uint32_t command)
{
    bus_set(bus, master + AST2700_OTP_ADDRESS, address);
    bus_set(bus, master + AST2700_OTP_COMMAND, command);
    EXPECT_EQ(bus_get(bus, master + AST2700_OTP_STATUS) & 1, 0);
    return bus_get(bus, master + AST2700_OTP_STATUS) >> 4;
}

TEST(the_tables_promises_hold)
{
    static const struct device_type *const types[] = {
        &ast2700_ahbc, &ast2700_sli, &ast2700_ufs};
    struct test_bus bus;

    test_bus_start(&bus, &ast2700_otp);
    EXPECT_DEVICE(bus.device, NULL);
    test_bus_fini(&bus);
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        EXPECT_DEVICE_TYPE(types[i], NULL);
    }
}

TEST(it_needs_a_memory_of_16_kib)
{
    for (uint64_t pages = 3; pages < 5; pages++) {
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("%u KiB", 4 * (unsigned)pages);
        test_bus_init(&bus);
        region_destroy(bus.ram);
        bus.ram = region_create("otp", pages * 4096, &bus.error);
        bus.device = test_bus_create(&bus, &ast2700_otp);
        EXPECT_EQ(device_init(bus.device, &bus.error), pages < 4 ? -EINVAL : 0);
    }
}

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, test_bus_start(bus, &ast2700_otp))

TEST_ON(words_go_from_zero_to_one_and_keep, bus)
{
    EXPECT_EQ(obey(bus, M1, CALIPTRA, AST2700_OTP_READ), 4); /* locked */
    bus_set(bus, AST2700_OTP_KEY, AST2700_OTP_UNLOCK);
    EXPECT_EQ(bus_get(bus, AST2700_OTP_KEY), 1);
    bus_set(bus, M1 + AST2700_OTP_DATA, 0x12);
    EXPECT_EQ(obey(bus, M1, CALIPTRA, AST2700_OTP_PROGRAM), 0);
    bus_set(bus, M1 + AST2700_OTP_DATA, 0x8001);
    EXPECT_EQ(obey(bus, M1, CALIPTRA, AST2700_OTP_PROGRAM), 0);
    device_reset(bus->device, RESET_POWER_ON);
    bus_set(bus, AST2700_OTP_KEY, AST2700_OTP_UNLOCK);
    EXPECT_EQ(obey(bus, M0, CALIPTRA, AST2700_OTP_READ), 0);
    EXPECT_EQ(bus_get(bus, M0 + AST2700_OTP_RESULT), 0x8013);
    REQUIRE(bus->fabric.events.count == 2);
    EXPECT_EQ(bus->fabric.events.events[1].values[0], CALIPTRA);
    EXPECT_EQ(bus->fabric.events.events[1].values[1], 0x8013);
    bus_set(bus, M0 + AST2700_OTP_DATA, 0x8013);
    EXPECT_EQ(obey(bus, M0, CALIPTRA, AST2700_OTP_COMPARE), 0);
    bus_set(bus, M0 + AST2700_OTP_DATA, 0x8012);
    EXPECT_EQ(obey(bus, M0, CALIPTRA, AST2700_OTP_COMPARE), 2);
}

TEST_ON(each_of_six_masters_has_registers_of_its_own, bus)
{
    bus_set(bus, AST2700_OTP_KEY, AST2700_OTP_UNLOCK);
    for (uint32_t master = 0; master < 6 * 0x20; master += 0x20) {
        bus_set(bus, M0 + AST2700_OTP_DATA, 0x100 + master);
        EXPECT_EQ(obey(bus, M0, master, AST2700_OTP_PROGRAM), 0);
        EXPECT_EQ(obey(bus, master, master, AST2700_OTP_READ), 0);
    }
    for (uint32_t master = 0x20; master < 6 * 0x20; master += 0x20) {
        test_case("master %u", master / 0x20);
        EXPECT_EQ(bus_get(bus, master + AST2700_OTP_RESULT), 0x100 + master);
        EXPECT_EQ(bus_get(bus, master + AST2700_OTP_ADDRESS), master);
    }
    bus_set(bus, M1 + AST2700_OTP_STATUS, 0x55);
    EXPECT_EQ(bus_get(bus, M1 + AST2700_OTP_STATUS), 0);
    bus_set(bus, M1 + AST2700_OTP_RESULT, 0x55);
    EXPECT_EQ(bus_get(bus, M1 + AST2700_OTP_RESULT), 0x120);
    for (uint32_t word = 0; word < 4; word++) { /* a command takes data along */
        bus_set(bus, M1 + AST2700_OTP_DATA + 4 * word, 0x55);
        EXPECT_EQ(bus_get(bus, M1 + AST2700_OTP_DATA + 4 * word), 0x55);
    }
    EXPECT_EQ(obey(bus, M1, 0, AST2700_OTP_READ), 0);
    for (uint32_t word = 0; word < 4; word++) {
        EXPECT_EQ(bus_get(bus, M1 + AST2700_OTP_DATA + 4 * word), 0);
    }
}

TEST_ON(several_words_are_programmed_at_once, bus)
{
    bus_set(bus, AST2700_OTP_KEY, AST2700_OTP_UNLOCK);
    bus_set(bus, M0 + AST2700_OTP_DATA, 0x22221111);
    bus_set(bus, M0 + AST2700_OTP_DATA + 12, 0x88887777);
    EXPECT_EQ(obey(bus, M0, 0x440, AST2700_OTP_PROGRAM_MULTIPLE), 0);
    obey(bus, M0, 0x441, AST2700_OTP_READ);
    EXPECT_EQ(bus_get(bus, M0 + AST2700_OTP_RESULT), 0x2222);
    obey(bus, M0, 0x447, AST2700_OTP_READ);
    EXPECT_EQ(bus_get(bus, M0 + AST2700_OTP_RESULT), 0x8888);
    EXPECT_EQ(obey(bus, M0, LAST, AST2700_OTP_READ), 0);
    EXPECT_EQ(obey(bus, M0, LAST, AST2700_OTP_PROGRAM_MULTIPLE), 3);
    EXPECT_EQ(obey(bus, M0, LAST + 1, AST2700_OTP_READ), 3);
    EXPECT_EQ(obey(bus, M0, 0, 0x23b1e368), 0);
    EXPECT_EQ(bus->fabric.log.count[LOG_UNMODELLED], 1);
}

/* The boot loader clears the status and waits for both suspends. */
TEST_BEGINS(the_link_between_the_dies_is_trained, bus)
{
    test_bus_start(bus, &ast2700_sli);
    for (uint32_t channel = 0; channel < 0x600; channel += 0x200) {
        bus_set(bus, channel + AST2700_SLI_CONTROL, 0x1060);
        EXPECT_EQ(bus_get(bus, channel + AST2700_SLI_CONTROL), 0x1060);
        bus_set(bus, channel + AST2700_SLI_STATUS, UINT32_MAX);
        EXPECT_EQ(bus_get(bus, channel + AST2700_SLI_STATUS), 0x17);
        bus_set(bus, channel + 0x1fc, 0x5a);
        EXPECT_EQ(bus_get(bus, channel + 0x1fc), 0x5a);
    }
}

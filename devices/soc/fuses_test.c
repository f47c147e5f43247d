/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "abi/update_report.h"
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"
#include "tests/told.h"

extern const struct device_type soc_fuses;

enum { ADDRESS = 4, BURN = 8, LOCK = 12, VERSION = 16, UPDATE = 20, ARRAY = 1 };

static void burn(struct test_bus *bus, uint32_t address, uint32_t value)
{
    test_write(bus->device, 0, ADDRESS, address);
    test_write(bus->device, 0, BURN, value);
}

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, test_bus_start(bus, &soc_fuses))

TEST_ON(the_tables_promises_hold, bus)
{
    EXPECT_DEVICE(bus->device, NULL);
}

static const struct {
    uint32_t lock;
    bool burns;
    bool shows_secrets;
} locks[] = {
    {0, true,  true },
    {1, false, true },
    {2, true,  false},
    {3, false, false},
};

TEST_ON(bits_are_burnt_and_never_come_back, bus)
{
    OWNED(told_fini) struct told told;

    told_init(&told, bus->device);
    burn(bus, 0x100, 0x0f);
    burn(bus, 0x100, 0x30);
    EXPECT_EQ(test_read(bus->device, ARRAY, 0x100), 0x3f);
    burn(bus, 0x100, 0);
    EXPECT_EQ(test_read(bus->device, ARRAY, 0x100), 0x3f);
    device_reset(bus->device, RESET_POWER_ON);
    EXPECT_EQ(test_read(bus->device, ARRAY, 0x100), 0x3f);
    EXPECT_TOLD(&told,
                "fact FUSE_BURNT 0x100 0xf\n"
                "fact FUSE_BURNT 0x100 0x3f\n"
                "fact FUSE_BURNT 0x100 0x3f\n");
}

TEST_ON(the_last_word_burns_and_is_the_end, bus)
{
    uint64_t value;
    struct access access = {0};

    burn(bus, 0xffc, 0x80000001);
    EXPECT_EQ(test_read(bus->device, ARRAY, 0xffc), 0x80000001);
    EXPECT_EQ(test_read(bus->device, ARRAY, 0xff8), 0);
    EXPECT(device_read(bus->device, ARRAY, &access, 0x1000, 4, &value) != 0);
}

TEST_ON(the_array_itself_is_not_written, bus)
{
    OWNED(told_fini) struct told told;

    told_init(&told, bus->device);
    test_write(bus->device, ARRAY, 0x100, 5);
    EXPECT_EQ(test_read(bus->device, ARRAY, 0x100), 0);
    EXPECT_TOLD(&told,
                "guest: device: 0x5 written to fuses: they are burnt by "
                "BURN\n");
}

/* Secrets are the first 0x50 bytes. */
TEST(each_lock_closes_its_own_until_a_reset)
{
    for (size_t i = 0; i < ARRAY_SIZE(locks); i++) {
        OWNED(test_bus_fini) struct test_bus bus;
        struct told told;

        test_case("lock %u", locks[i].lock);
        test_bus_start(&bus, &soc_fuses);
        burn(&bus, 0, 0x1234);
        burn(&bus, 0x4c, 0x5678);
        burn(&bus, 0x50, 0x9abc);
        test_write(bus.device, 0, LOCK, locks[i].lock);
        test_write(bus.device, 0, LOCK, 0);
        told_init(&told, bus.device);
        burn(&bus, 0x60, 1);
        EXPECT_TOLD(&told, locks[i].burns
                               ? "fact FUSE_BURNT 0x60 0x1\n"
                               : "guest: device: burning is locked\n");
        told_fini(&told);
        EXPECT_EQ(test_read(bus.device, ARRAY, 0x60), locks[i].burns);
        EXPECT_EQ(test_read(bus.device, ARRAY, 0),
                  locks[i].shows_secrets ? 0x1234 : 0);
        EXPECT_EQ(test_read(bus.device, ARRAY, 0x4c),
                  locks[i].shows_secrets ? 0x5678 : 0);
        EXPECT_EQ(test_read(bus.device, ARRAY, 0x50), 0x9abc);
        device_reset(bus.device, RESET_WARM);
        EXPECT_EQ(test_read(bus.device, ARRAY, 0), 0x1234);
        burn(&bus, 0x60, 2);
        EXPECT_EQ(test_read(bus.device, ARRAY, 0x60), locks[i].burns ? 3 : 2);
    }
}

/* The signer's identity is what the array has at 0x240. */
TEST_ON(steps_of_an_update_are_events_and_change_nothing, bus)
{
    static const struct {
        uint32_t word;
        const char *told;
    } steps[] = {
        {0x000001,
         "fact CAPSULE_VERIFIED 0x7 "
         "0100000000000000000000000000000000000000000000000000000000"
         "000000\n"                                                   },
        {0x090002, "fact CAPSULE_REFUSED 0x9\n"                       },
        {0x000103, "fact BANK_INSTALLS of 0x1 0x7\n"                  },
        {0x000104, "fact BANK_ON_TRIAL of 0x1 0x7\n"                  },
        {0x020105, "fact BANK_TRIAL_BOOT of 0x1 0x2 0x3\n"            },
        {0x000106, "fact BANK_ACCEPTED of 0x1 0x7\n"                  },
        {0x000007, "fact BANK_REVERTED of 0x0 0x7\n"                  },
        {0x000008, "fact FLOOR_RAISED 0x7\n"                          },
        {0x000109, "fact BANK_BOOTED of 0x1 0x7\n"                    },
        {0x05010a, "fact BANK_REFUSED of 0x1 0x5\n"                   },
        {0x000000, "guest: device: 0x0 is no step of an update\n"     },
        {0x00000b, "guest: device: 0xb is no step of an update\n"     },
        {0xff0002, "guest: device: 0xff0002 is no step of an update\n"},
    };
    OWNED(told_fini) struct told told;

    burn(bus, 0x240, 1);
    told_init(&told, bus->device);
    test_write(bus->device, 0, VERSION, 7);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        test_case("0x%x", steps[i].word);
        test_write(bus->device, 0, UPDATE, steps[i].word);
        EXPECT_TOLD(&told, steps[i].told);
    }
    EXPECT_EQ(test_read(bus->device, 0, VERSION), 7);
}

/* The last event's name; " (SUBJECT)" of the claim about the same digest. */
static const char *verified_by(struct test_bus *bus)
{
    const struct event_list *list = &bus->device->fabric->events;
    test_write(bus->device, 0, UPDATE, 1);
    return list->events[list->count - 1].name;
}

TEST_ON(a_verified_capsule_has_its_signers_name_if_it_brought_one, bus)
{
    uint8_t digest[32] = {2};
    struct event claim = {.fact = FACT_CAPSULE_SIGNER};

    burn(bus, 0x240, 1);
    event_set_name(&claim, "CN=other");
    claim.digest = event_digest(digest, sizeof(digest));
    event_add(&bus->device->fabric->events, &claim);
    EXPECT_STR(verified_by(bus), "");
    digest[0] = 1;
    event_set_name(&claim, "CN=updates");
    claim.digest = event_digest(digest, sizeof(digest));
    event_add(&bus->device->fabric->events, &claim);
    EXPECT_STR(verified_by(bus), " (CN=updates)");
    memset(claim.name, 'x', sizeof(claim.name) - 1);
    event_add(&bus->device->fabric->events, &claim);
    EXPECT_EQ(strlen(verified_by(bus)), sizeof(claim.name) - 1);
}

TEST_ON(a_bank_is_refused_for_a_reason_that_there_is, bus)
{
    OWNED(told_fini) struct told told;

    told_init(&told, bus->device);
    test_write(bus->device, 0, UPDATE,
               UPDATE_WORD(UPDATE_BANK_REFUSED, 0, BANK_REFUSALS - 1));
    EXPECT(strstr(buffer_text(&told.text), "fact BANK_REFUSED") != NULL);
    test_write(bus->device, 0, UPDATE,
               UPDATE_WORD(UPDATE_BANK_REFUSED, 0, BANK_REFUSALS));
    EXPECT(strstr(buffer_text(&told.text), "is no step of") != NULL);
}

TEST_ON(a_memory_is_needed, bus)
{
    EXPECT_EQ(device_init(bus->device, &bus->error), 0);
    region_destroy(bus->ram);
    bus->ram = NULL;
    EXPECT_EQ(device_init(bus->device, &bus->error), -ENOENT);
    EXPECT_STR(bus->error.text,
               "device: needs property 'cairn,memory' to name a memory");
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The two physical address spaces of a board with --security. */
#include <errno.h>
#include <string.h>

#include "base/bits.h"
#include "platform/machine/machine.h"
#include "tests/harness.h"

OWNER(struct cairn_machine, cairn_destroy)

enum {
    FLASH0 = 0x00000000,
    FLASH1 = 0x04000000,
    UART = 0x09000000,
    SECURE_UART = 0x09040000,
    SECURE_GPIO = 0x090b0000,
    SECURE_RAM = 0x0e000000,
    RAM = 0x40000000,
};

enum { NORMAL = 1, SECURE = 2, BOTH = 3 };

static struct cairn_machine *make(bool security)
{
    static const uint32_t bios[] = {0x14000000}; /* b . */
    const struct cairn_image image = {"flash0", bios, sizeof(bios)};
    const struct cairn_guest guest = {.size = sizeof(struct cairn_guest),
                                      .security = security};
    const struct cairn_options options = {.size = sizeof(struct cairn_options),
                                          .board = "virt",
                                          .seed = 1,
                                          .guest = &guest,
                                          .images = &image,
                                          .image_count = 1};
    struct cairn_machine *machine = NULL;
    struct cairn_error error = {""};
    if (cairn_create(&options, &machine, &error) == 0) {
        cairn_power(machine);
    }
    return machine;
}

static bool answers(struct space *space, uint64_t address)
{
    uint64_t value;
    return space && space_read(space, NULL, gpa(address), 4, &value) == 0;
}

TEST(each_space_shows_what_is_its_own)
{
    static const struct {
        uint64_t address;
        unsigned with;    /* states that see it with security */
        unsigned without; /* and without */
    } rows[] = {
        {FLASH0,      SECURE, NORMAL},
        {FLASH1,      BOTH,   NORMAL},
        {UART,        BOTH,   NORMAL},
        {SECURE_UART, SECURE, 0     },
        {SECURE_GPIO, SECURE, 0     },
        {SECURE_RAM,  SECURE, 0     },
        {RAM,         BOTH,   NORMAL},
        {0x0f000000,  0,      0     },
    };
    for (int security = 0; security < 2; security++) {
        struct cairn_machine *machine = make(security != 0);
        REQUIRE(machine);
        const struct core_config *config = &machine->cores[0]->config;
        EXPECT_EQ(config->aarch64.secure_space != NULL, security != 0);
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
            unsigned seen =
                (answers(config->space, rows[i].address) ? NORMAL : 0) |
                (answers(config->aarch64.secure_space, rows[i].address) ? SECURE
                                                                        : 0);
            EXPECT_EQ(seen, security ? rows[i].with : rows[i].without);
        }
        cairn_destroy(machine);
    }
}

TEST(masters_outside_of_the_processors_are_not_secure)
{
    OWNED(cairn_destroy_at) struct cairn_machine *machine = make(true);
    REQUIRE(machine);
    uint64_t value;
    EXPECT_EQ(cairn_bus_read(machine, "cores", 0, SECURE_RAM, 4, &value),
              -EFAULT);
    EXPECT_EQ(cairn_bus_write(machine, "cores", 0, SECURE_UART, 4, 'x'),
              -EFAULT);
    EXPECT_EQ(cairn_bus_read(machine, "cores", 0, RAM, 4, &value), 0);
}

TEST(a_debugger_at_el3_sees_secure_memory)
{
    OWNED(cairn_destroy_at) struct cairn_machine *machine = make(true);
    REQUIRE(machine);
    struct core *core = machine->cores[0];
    uint8_t bytes[4] = {1, 2, 3, 4};
    uint8_t read[4] = {0};
    EXPECT_EQ(space_copy_in(core->config.aarch64.secure_space, NULL,
                            gpa(SECURE_RAM), bytes, 4, NULL),
              0);
    EXPECT_EQ(core_read_memory(core, gva(SECURE_RAM), read, 4), 0);
    EXPECT_BYTES(read, bytes, 4);
}

TEST(pins_of_the_secure_gpio_end_the_guest)
{
    enum { DATA = SECURE_GPIO, DIRECTION = SECURE_GPIO + 0x400 };
    static const struct {
        unsigned pin;
        enum guest_end end;
    } rows[] = {
        {0, GUEST_OFF    },
        {1, GUEST_RESET  },
        {2, GUEST_GOES_ON},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(cairn_destroy_at) struct cairn_machine *machine = make(true);
        REQUIRE(machine);
        struct space *space = machine->cores[0]->config.aarch64.secure_space;
        uint32_t bit = 1u << rows[i].pin;
        space_write(space, NULL, gpa(DIRECTION), 4, bit);
        EXPECT_EQ(machine->guest_end, GUEST_GOES_ON);
        space_write(space, NULL, gpa(DATA + 4 * bit), 4, bit);
        EXPECT_EQ(machine->guest_end, rows[i].end);
        cairn_stay_on(machine);
        EXPECT_EQ(machine->guest_end,
                  rows[i].end == GUEST_RESET ? GUEST_RESET : GUEST_GOES_ON);
    }
}

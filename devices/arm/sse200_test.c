/* SPDX-License-Identifier: Apache-2.0 */
/* System control, security controller and message unit of the SSE-200. */
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"
#include "tests/told.h"

extern const struct device_type cmsdk_timer;
extern const struct device_type sse200_cpu;
extern const struct device_type sse200_mhu;
extern const struct device_type sse200_security;
extern const struct device_type sse200_system;

TEST(the_tables_promises_hold)
{
    EXPECT_DEVICE_TYPE(&sse200_cpu, NULL);
    EXPECT_DEVICE_TYPE(&sse200_mhu, NULL);
    EXPECT_DEVICE_TYPE(&sse200_security, NULL);
    EXPECT_DEVICE_TYPE(&sse200_system, NULL);
}

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, test_bus_init(bus))

TEST_ON(each_processor_reads_its_own_number, bus)
{
    bus->device = test_bus_make(bus, &sse200_cpu);
    for (uint8_t core = 0; core < 2; core++) {
        EXPECT_EQ(
            test_read_as(bus->device, (struct test_who){core, true}, 0, 0, 4),
            core);
    }
}

TEST_ON(messages_interrupt_the_other_processor, bus)
{
    bus->device = test_bus_make(bus, &sse200_mhu);
    test_write(bus->device, 0, 0x14, 0x5);
    EXPECT_EQ(test_read(bus->device, 0, 0x10), 5);
    EXPECT_EQ(bus_level(bus, "cpu1"), 1);
    EXPECT_EQ(bus_level(bus, "cpu0"), 0);
    test_write(bus->device, 0, 0x18, 0x4);
    EXPECT_EQ(bus_level(bus, "cpu1"), 1);
    test_write(bus->device, 0, 0x18, 0x1);
    EXPECT_EQ(bus_level(bus, "cpu1"), 0);
    test_write(bus->device, 0, 0x04, 0x8);
    EXPECT_EQ(bus_level(bus, "cpu0"), 1);
    device_reset(bus->device, RESET_WARM);
    EXPECT_EQ(bus_level(bus, "cpu0"), 0);
}

/* ---- System control ------------------------------------------------------ */

enum {
    SYNDROME = 0x100,
    MASK = 0x104,
    SWRESET = 0x108,
    SCRATCH = 0x10c,
    VECTOR1 = 0x114,
    CPUWAIT = 0x118,
};

static void start(struct test_bus *bus)
{
    test_bus_init(bus);
    test_bus_property(bus, "cairn,init-vector", 0x10000000);
    test_bus_property(bus, "cairn,wait", 2);
    test_bus_property(bus, "cairn,version", 0x22041743);
    test_bus_property(bus, "cairn,configuration", 0x20048);
    bus->device = test_bus_make(bus, &sse200_system);
}

TEST_BEGINS(a_processor_waits_until_it_is_let_go_and_starts_at_its_vector, bus)
{
    start(bus);
    EXPECT_EQ(bus_level(bus, "wait0"), 0);
    EXPECT_EQ(bus_level(bus, "wait1"), 1);
    EXPECT_EQ(test_read(bus->device, 0, CPUWAIT), 2);
    EXPECT_EQ(bus_level(bus, "vector1"), 0x1000000);
    test_write(bus->device, 0, VECTOR1, 0x10200000);
    EXPECT_EQ(bus_level(bus, "vector1"), 0x1020000);
    EXPECT_EQ(bus_level(bus, "vector0"), 0x1000000);
    test_write(bus->device, 0, CPUWAIT, 0);
    EXPECT_EQ(bus_level(bus, "wait1"), 0);
    test_write(bus->device, 0, CPUWAIT, 3);
    EXPECT_EQ(test_read(bus->device, 0, CPUWAIT), 3);
    EXPECT_EQ(bus_level(bus, "wait1"), 0); /* it runs */
    EXPECT_EQ(bus_level(bus, "wait0"), 0);
    device_reset(bus->device, RESET_WARM);
    EXPECT_EQ(bus_level(bus, "wait1"), 1);
    EXPECT_EQ(bus_level(bus, "vector1"), 0x1020000);
    EXPECT_EQ(test_read(bus->device, 1, 0), 0x22041743);
    EXPECT_EQ(test_read(bus->device, 1, 4), 0x20048);
}

TEST_ON(a_system_without_properties_has_zeros, bus)
{
    bus->device = test_bus_make(bus, &sse200_system);
    EXPECT_EQ(test_read(bus->device, 0, VECTOR1), 0);
    EXPECT_EQ(test_read(bus->device, 0, CPUWAIT), 0);
    EXPECT_EQ(test_read(bus->device, 1, 0), 0);
    EXPECT_EQ(test_read(bus->device, 1, 4), 0);
}

TEST_BEGINS(the_syndrome_tells_why_there_was_a_reset, bus)
{
    start(bus);
    EXPECT_EQ(test_read(bus->device, 0, SYNDROME), 1);
    test_write(bus->device, 0, SYNDROME, 0);
    test_write(bus->device, 0, SCRATCH, 0xabc);
    test_write(bus->device, 0, SWRESET, 0);
    EXPECT_EQ(bus_level(bus, "reset"), 0);
    test_write(bus->device, 0, SWRESET, 0x200);
    EXPECT_EQ(bus_level(bus, "reset"), 1);
    device_reset(bus->device, RESET_WARM);
    EXPECT_EQ(bus_level(bus, "reset"), 0);
    EXPECT_EQ(test_read(bus->device, 0, SYNDROME), 0x200);
    EXPECT_EQ(test_read(bus->device, 0, SCRATCH), 0xabc);
    device_input(bus->device, test_input(bus->device, "request0"), 1);
    EXPECT_EQ(bus_level(bus, "reset"), 1);
    EXPECT_EQ(test_read(bus->device, 0, SYNDROME), 0x210);
    device_reset(bus->device, RESET_WARM);
    test_write(bus->device, 0, MASK, 0);
    device_input(bus->device, test_input(bus->device, "request1"), 1);
    EXPECT_EQ(bus_level(bus, "reset"), 0);
    device_input(bus->device, test_input(bus->device, "s_watchdog"), 1);
    EXPECT_EQ(bus_level(bus, "reset"), 1);
    device_reset(bus->device, RESET_POWER_ON);
    EXPECT_EQ(test_read(bus->device, 0, SYNDROME), 1);
}

/* RESET_MASK has bits for the processors and the Non-secure watchdog. */
TEST(each_cause_of_a_reset_has_a_bit)
{
    for (unsigned i = 0; i < 16; i++) {
        const uint32_t cause = 2u << i % 8;
        const bool resets = i >= 8 || (cause & 0xf2) == 0;
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("cause 0x%x, %s", cause, i < 8 ? "masked" : "let through");
        start(&bus);
        test_write(bus.device, 0, SYNDROME, 0);
        test_write(bus.device, 0, MASK, i < 8 ? 0 : cause);
        device_input(bus.device, i % 8, 1);
        EXPECT_EQ(bus_level(&bus, "reset"), resets);
        EXPECT_EQ(test_read(bus.device, 0, SYNDROME), resets ? cause : 0);
        test_write(bus.device, 0, SYNDROME, 0);
        device_input(bus.device, i % 8, 0);
        EXPECT_EQ(test_read(bus.device, 0, SYNDROME), 0);
    }
}

/* ---- Security controller ------------------------------------------------- */

enum {
    SECRESPCFG = 0x10,
    NSCCFG = 0x14,
    SECMPCINTSTATUS = 0x1c,
    SECPPCINTSTAT = 0x20,
    SECPPCINTCLR = 0x24,
    SECPPCINTEN = 0x28,
    APBNSPPCEXP1 = 0x84,
    APBSPPPCEXP1 = 0xc4,
};
enum { CONTROL, NON_SECURE_CONTROL }; /* banks */
enum { TIMER = 0x40200000, IGNORED = 0x40300000, PORT = 0x55, PORT_BIT = 5 };

/* A timer behind port 5 of APB expansion controller 1, and a node that the
 * board ignores behind port 6. */
struct bench {
    struct test_bus bus;
    struct device *timer;
};

static void add(struct bench *bench, uint32_t base, uint32_t port,
                struct device *device)
{
    struct window window = {
        .name = "behind",
        .base = gpa(base),
        .size_bytes = 0x1000,
        .rights = WINDOW_R | WINDOW_W,
        .enabled = true,
        .device = device,
    };

    EXPECT_EQ(sse200_security.gate(bench->bus.device, port, bench->bus.space,
                                   &window, &bench->bus.error),
              0);
    space_add_window(bench->bus.space, &window);
}

static void start_gates(struct bench *bench)
{
    test_bus_init(&bench->bus);
    bench->timer = test_bus_make(&bench->bus, &cmsdk_timer);
    bench->bus.device = test_bus_make(&bench->bus, &sse200_security);
    add(bench, TIMER, PORT, bench->timer);
    add(bench, IGNORED, PORT + 1, NULL);
}

static void stop_gates(struct bench *bench)
{
    device_destroy(bench->timer);
    test_bus_fini(&bench->bus);
}

/* Writes the timer's reload value and says whether it arrived. */
static bool reaches(struct bench *bench, bool secure, bool privileged)
{
    static uint32_t value = 1;
    const struct access access = {.secure = secure, .privileged = privileged};

    value++;
    space_write(bench->bus.space, &access, gpa(TIMER + 8), 4, value);
    return test_read(bench->timer, 0, 8) == value;
}

FIXTURE(struct bench, bench, stop_gates)
FIXTURE_BEGIN(bench, start_gates(bench))

TEST_ON(a_port_is_for_its_security_and_for_privileged_accesses, bench)
{
    static const struct {
        uint32_t non_secure;
        uint32_t secure_unprivileged;
        uint32_t non_secure_unprivileged;
        bool passes[2][2]; /* by secure, privileged */
    } rows[] = {
        {0, 0, 0, {{false, false}, {false, true}}},
        {0, 1, 0, {{false, false}, {true, true}} },
        {0, 0, 1, {{false, false}, {false, true}}},
        {1, 0, 0, {{false, true}, {false, false}}},
        {1, 1, 0, {{false, true}, {false, false}}},
        {1, 0, 1, {{true, true}, {false, false}} },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct device *device = bench->bus.device;

        test_write(device, CONTROL, APBNSPPCEXP1,
                   rows[i].non_secure << PORT_BIT);
        test_write(device, CONTROL, APBSPPPCEXP1,
                   rows[i].secure_unprivileged << PORT_BIT);
        test_write(device, NON_SECURE_CONTROL, APBSPPPCEXP1,
                   rows[i].non_secure_unprivileged << PORT_BIT);
        for (unsigned access = 0; access < 4; access++) {
            bool secure = access / 2 != 0;
            bool privileged = access % 2 != 0;

            EXPECT_EQ(reaches(bench, secure, privileged),
                      rows[i].passes[secure][privileged]);
        }
    }
}

TEST_ON(a_refusal_interrupts_and_may_be_a_bus_error, bench)
{
    static const struct access non_secure = {.privileged = true};
    struct device *device;
    uint64_t value;

    device = bench->bus.device;
    test_write(bench->timer, 0, 8, 0x55);
    EXPECT_EQ(
        space_read(bench->bus.space, &non_secure, gpa(TIMER + 8), 4, &value),
        0);
    EXPECT_EQ(value, 0);
    EXPECT_EQ(bus_level(&bench->bus, "ppc"), 0);
    test_write(device, CONTROL, SECPPCINTEN, 0x20);
    EXPECT_EQ(bus_level(&bench->bus, "ppc"), 1);
    EXPECT_EQ(test_read(device, CONTROL, SECPPCINTSTAT), 0x20);
    test_write(device, CONTROL, SECPPCINTCLR, 0x20);
    EXPECT_EQ(bus_level(&bench->bus, "ppc"), 0);
    test_write(device, CONTROL, SECRESPCFG, 1);
    EXPECT_EQ(
        space_read(bench->bus.space, &non_secure, gpa(TIMER + 8), 4, &value),
        -EFAULT);
    EXPECT_EQ(bus_level(&bench->bus, "ppc"), 1);
}

TEST_ON(ignored_nodes_are_gated_too, bench)
{
    static const struct access non_secure = {.privileged = true};
    static const struct access secure = {.secure = true, .privileged = true};
    uint64_t value;

    test_write(bench->bus.device, CONTROL, SECRESPCFG, 1);
    EXPECT_EQ(
        space_read(bench->bus.space, &non_secure, gpa(IGNORED), 4, &value),
        -EFAULT);
    EXPECT_EQ(space_read(bench->bus.space, &secure, gpa(IGNORED), 4, &value),
              0);
    EXPECT_EQ(space_write(bench->bus.space, &secure, gpa(IGNORED), 4, 1), 0);
}

TEST_ON(ports_that_there_are_not_are_refused, bench)
{
    struct window window = {.size_bytes = 0x1000};

    struct device *device = bench->bus.device;
    EXPECT_EQ(
        sse200_security.gate(device, 0x20, NULL, &window, &bench->bus.error),
        -EINVAL);
    EXPECT_STR(bench->bus.error.text,
               "'device' has no controller 2 (port 0x20)");
    EXPECT_EQ(
        sse200_security.gate(device, PORT, NULL, &window, &bench->bus.error),
        -EBUSY);
    window.size_bytes = 0x200004;
    EXPECT_EQ(sse200_security.gate(device, PORT + 2, NULL, &window,
                                   &bench->bus.error),
              -EINVAL);
}

/* By the bit of a controller in SECPPCINTSTAT; ports 0 and 15 of each. */
TEST_ON(each_controller_has_its_registers_and_its_bit, bench)
{
    static const struct {
        unsigned bit;
        uint32_t non_secure, unprivileged; /* offsets of registers */
    } rows[] = {
        {0,  0x70, 0xb0},
        {1,  0x74, 0xb4},
        {4,  0x80, 0xc0},
        {7,  0x8c, 0xcc},
        {20, 0x60, 0xa0},
        {23, 0x6c, 0xac},
    };
    OWNED(told_fini) struct told told;

    struct device *device = bench->bus.device;
    told_init(&told, device);
    for (size_t i = 0; i < 2 * ARRAY_SIZE(rows); i++) {
        const unsigned bit = rows[i / 2].bit;
        const unsigned port = i % 2 ? 15 : 0;
        const uint32_t base = TIMER + 0x1000 * (uint32_t)(i + 1);
        const struct access access = {.secure = false, .privileged = false};
        char text[160];

        test_case("bit %u, port %u", bit, port);
        add(bench, base, 16 * bit + port, bench->timer);
        told_clear(&told);
        space_write(bench->bus.space, &access, gpa(base + 8), 4, 3);
        snprintf(text, sizeof(text),
                 "guest: device: Non-secure, unprivileged write at offset 0x8 "
                 "of 'behind': its port is Secure\n");
        EXPECT_TOLD(&told, text);
        EXPECT_EQ(test_read(device, CONTROL, SECPPCINTEN), 0);
        test_write(device, CONTROL, SECPPCINTEN, UINT32_MAX);
        EXPECT_EQ(test_read(device, CONTROL, SECPPCINTSTAT), 1u << bit);
        test_write(device, CONTROL, SECPPCINTCLR, 1u << bit);
        EXPECT_EQ(test_read(device, CONTROL, SECPPCINTSTAT), 0);
        test_write(device, CONTROL, SECPPCINTEN, 0);
        test_write(device, CONTROL, rows[i / 2].non_secure, 1u << port);
        told_clear(&told);
        space_write(bench->bus.space, &access, gpa(base + 8), 4, 4);
        EXPECT(strstr(buffer_text(&told.text), "its port is privileged") !=
               NULL);
        test_write(device, CONTROL, SECPPCINTCLR, 1u << bit);
        test_write(device, NON_SECURE_CONTROL, rows[i / 2].unprivileged,
                   1u << port);
        space_write(bench->bus.space, &access, gpa(base + 8), 4, 100 + i);
        EXPECT_EQ(test_read(bench->timer, 0, 8), 100 + i);
    }
}

TEST_ON(memories_interrupts_and_callable_addresses_are_passed_on, bench)
{
    struct device *device = bench->bus.device;
    device_input(device, test_input(device, "mpc1"), 1);
    device_input(device, test_input(device, "mpcexp2"), 1);
    EXPECT_EQ(test_read(device, CONTROL, SECMPCINTSTATUS), 0x40002);
    EXPECT_EQ(bus_level(&bench->bus, "mpc"), 1);
    for (uint32_t value = 0; value < 4; value++) {
        test_write(device, CONTROL, NSCCFG, value);
        EXPECT_EQ(bus_level(&bench->bus, "code_callable"), value & 1);
        EXPECT_EQ(bus_level(&bench->bus, "ram_callable"), value >> 1);
    }
    device_reset(device, RESET_WARM);
    EXPECT_EQ(bus_level(&bench->bus, "ram_callable"), 0);
    EXPECT_EQ(bus_level(&bench->bus, "mpc"), 1);
    for (unsigned i = 0; i < 9; i++) {
        for (unsigned j = 0; j < 8; j++) {
            device_input(device, j, i == j);
        }
        EXPECT_EQ(bus_level(&bench->bus, "mpc"), i < 8);
        EXPECT_EQ(test_read(device, CONTROL, SECMPCINTSTATUS),
                  i < 4   ? 1u << i
                  : i < 8 ? 0x1000u << i
                          : 0);
    }
}

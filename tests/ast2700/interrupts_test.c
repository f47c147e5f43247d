/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupts of board ast2700 on their ways to its processors: lines of both
 * dies, software interrupts, mailboxes and the boot MCU's timer, each to where
 * the routes of INTC0 and INTC1 say and to nobody else. The processors run
 * programs that store again and again which interrupt they have pending.
 */
#include <string.h>

#include "abi/ast2700.h"
#include "base/bits.h"
#include "include/cairn/cairn.h"
#include "tests/harness.h"
#include "tests/machine.h"

OWNER(struct cairn_machine, cairn_destroy)

enum { A35_CODE = 0x1000, SSP_OFFSET = 0x2c000000, TSP_OFFSET = 0x2e000000 };
/* Words of SRAM1: INTID, VECTPENDING, VECTPENDING, mip. */
enum seen { SEEN_A35, SEEN_SSP, SEEN_TSP, SEEN_MCU, SEEN_COUNT };
enum { NO_INTID = 1023, NO_VECTOR = 0, NO_MIP = 0 };
enum { MIP_TIMER = 1 << 7, MIP_EXTERNAL = 1 << 11 };
enum { UART12_IRQ = 146, UART4_IRQ = 8, UART_IER = 4 };
enum { FIRST_SPI = 32, FIRST_VECTOR = 16 };

#define INTC0(offset) (AST2700_INTC0 + (uint64_t)(offset))
#define INTC1(offset) (AST2700_INTC1 + (uint64_t)(offset))

static const uint32_t mcu_program[] = {
    0x14b80437, /* lui s0, SRAM1 >> 12 */
    0x344022f3, /* 1: csrr t0, mip */
    0x00542623, /* sw t0, 12(s0) */
    0xff9ff06f, /* j 1b */
};

/* The first Cortex-A35 enables all shared interrupts, of group 0; the others
 * wait. */
static const uint32_t a35_program[] = {
    0xd53800a4, /* mrs x4, mpidr_el1 */
    0x92401c84, /* and x4, x4, #0xff */
    0xb5000004, /* cbnz x4, . */
    0xd2a24400, /* mov x0, #0x12200000 */
    0x528006e1, /* mov w1, #0x37 */
    0xb9000001, /* str w1, [x0]: GICD_CTLR */
    0x12800001, /* mov w1, #-1 */
    0xb9010401, /* str w1, [x0, #0x104]: GICD_ISENABLER1 to 8 */
    0xb9010801, 0xb9010c01, 0xb9011001, 0xb9011401,
    0xb9011801, 0xb9011c01, 0xb9012001, 0xd28001e1, /* mov x1, #15 */
    0xd51ecca1,                                     /* msr icc_sre_el3, x1 */
    0xd5033fdf,                                     /* isb */
    0xd2801fe1,                                     /* mov x1, #255 */
    0xd5184601,                                     /* msr icc_pmr_el1, x1 */
    0xd2800021,                                     /* mov x1, #1 */
    0xd518ccc1, /* msr icc_igrpen0_el1, x1 */
    0xd5033fdf, /* isb */
    0xd2a29702, /* mov x2, #0x14b80000 */
    0xd538c843, /* 1: mrs x3, icc_hppir0_el1 */
    0xb9000043, /* str w3, [x2] */
    0x17fffffe, /* b 1b */
};

/* At 0 of a Cortex-M4F: stack, entry; all interrupts are enabled, and masked by
 * PRIMASK, which VECTPENDING does not heed. */
static const uint16_t m4_program[] = {
    0x1000, 0x0000, 0x0009, 0x0000, 0xb672, /* cpsid i */
    0x2000,                                 /* movs r0, #0 */
    0xf2c7, 0x40b8,                         /* movt r0, #0x74b8 */
    0xf24e, 0x1100,                         /* movw r1, #0xe100 */
    0xf2ce, 0x0100,                         /* movt r1, #0xe000 */
    0xf04f, 0x32ff,                         /* mov.w r2, #-1 */
    0x600a, 0x604a, 0x608a, 0x60ca,         /* str r2, [r1, #0]: ISER0 to 7 */
    0x610a, 0x614a, 0x618a, 0x61ca, 0xf64e, 0x5300, /* movw r3, #0xed00 */
    0xf2ce, 0x0300,                                 /* movt r3, #0xe000 */
    0x685c,                                         /* 1: ldr r4, ICSR */
    0xf3c4, 0x3408,                                 /* ubfx r4, r4, #12, #9 */
};
static const uint16_t ssp_end[] = {0x6044, 0xe7fa}; /* str r4, [r0, #4]; b 1b */
static const uint16_t tsp_end[] = {0x6084, 0xe7fa}; /* str r4, [r0, #8]; b 1b */

/* ---- The machine --------------------------------------------------------- */

static uint32_t get(struct cairn_machine *machine, uint64_t address)
{
    uint64_t value = 0;

    EXPECT_EQ(cairn_bus_read(machine, "ca35", 1, address, 4, &value), 0);
    return (uint32_t)value;
}

static void set(struct cairn_machine *machine, uint64_t address, uint32_t value)
{
    EXPECT_EQ(cairn_bus_write(machine, "ca35", 1, address, 4, value), 0);
}

static void run(struct cairn_machine *machine, uint64_t us)
{
    run_for_ns(machine, us * 1000);
}

static void release(struct cairn_machine *machine)
{
    const uint64_t scu0 = AST2700_SCU0;

    for (unsigned i = 0; i < 4; i++) {
        set(machine, scu0 + AST2700_SCU0_RVBAR + 4 * i,
            (AST2700_SRAM0 + A35_CODE) >> 4);
    }
    set(machine, scu0 + AST2700_SCU0_CA35_RELEASE, 1);
    set(machine, scu0 + AST2700_SCU0_SSP_CONTROL, 0);
    set(machine, scu0 + AST2700_SCU_MODRST1_CLR, BIT(AST2700_RESET0_SSP));
    set(machine, scu0 + AST2700_SCU0_TSP_CONTROL, 0);
    set(machine, scu0 + AST2700_SCU_MODRST2_CLR, BIT(AST2700_RESET0_TSP - 32));
}

/* Everything is enabled on all ways; nothing is routed yet. */
static void enable(struct cairn_machine *machine)
{
    static const uint32_t merged[] = {0x1b00, 0x2b00, 0x3b00};
    static const uint32_t banks[] = {0x100, 0x180, 0x200};

    for (size_t i = 0; i < ARRAY_SIZE(merged); i++) {
        set(machine, INTC0(merged[i]), 0x3ff);
        for (unsigned group = 0; group < 6; group++) {
            set(machine, INTC1(banks[i] + 0x10 * group), UINT32_MAX);
        }
    }
    set(machine, INTC1(0x10), 0x3f);
    for (unsigned i = 0; i < 3; i++) {
        set(machine, INTC0(0x10 + 0x10 * i), 0xffff);
    }
}

static struct cairn_machine *make(void)
{
    static uint8_t rom[AST2700_MCU_RESET_VECTOR + sizeof(mcu_program)];
    const struct cairn_image image = {"mcu_rom", rom, sizeof(rom)};
    const struct cairn_options options = {
        .size = sizeof(struct cairn_options),
        .board = "ast2700",
        .seed = 1,
        .images = &image,
        .image_count = 1,
    };
    struct cairn_machine *machine = NULL;
    struct cairn_error error = {""};

    memcpy(rom + AST2700_MCU_RESET_VECTOR, mcu_program, sizeof(mcu_program));
    if (cairn_create(&options, &machine, &error) != 0) {
        EXPECT_STR(error.text, "");
        return NULL;
    }
    cairn_power(machine);
    put_memory(machine, "sram0", A35_CODE, a35_program, sizeof(a35_program));
    put_memory(machine, "ram", SSP_OFFSET, m4_program, sizeof(m4_program));
    put_memory(machine, "ram", SSP_OFFSET + sizeof(m4_program), ssp_end,
               sizeof(ssp_end));
    put_memory(machine, "ram", TSP_OFFSET, m4_program, sizeof(m4_program));
    put_memory(machine, "ram", TSP_OFFSET + sizeof(m4_program), tsp_end,
               sizeof(tsp_end));
    release(machine);
    enable(machine);
    run(machine, 100);
    return machine;
}

/* An observer of an interrupt must see that one, all others none. */
static void expect_seen(struct cairn_machine *machine, int who, uint32_t what)
{
    static const uint32_t nothing[SEEN_COUNT] = {NO_INTID, NO_VECTOR, NO_VECTOR,
                                                 NO_MIP};

    run(machine, 20);
    for (int i = 0; i < SEEN_COUNT; i++) {
        test_case("%d, for %d: 0x%x", i, who, what);
        EXPECT_EQ(get(machine, AST2700_SRAM1 + 4 * (uint64_t)i),
                  i == who ? what : nothing[i]);
    }
}

/* An NVIC keeps a request whose line is gone. */
static void expect_gone(struct cairn_machine *machine, int who)
{
    if (who == SEEN_A35 || who == SEEN_MCU) {
        expect_seen(machine, -1, 0);
    }
}

/* ---- Routes -------------------------------------------------------------- */

static void route(struct cairn_machine *machine, uint64_t selectors,
                  uint64_t stride, unsigned irq, unsigned number)
{
    for (unsigned bit = 0; bit < 3; bit++) {
        set(machine, selectors + stride * bit + 4 * (irq / 32),
            (number >> bit & 1) << irq % 32);
    }
}

/* As drivers end an interrupt: the device, then INTC1, then INTC0. */
static void quiet(struct cairn_machine *machine)
{
    static const uint32_t banks[] = {0x100, 0x180, 0x200};

    set(machine, AST2700_UART12 + UART_IER, 0);
    set(machine, AST2700_UART4 + UART_IER, 0);
    for (size_t i = 0; i < ARRAY_SIZE(banks); i++) {
        for (unsigned group = 0; group < 6; group++) {
            set(machine, INTC1(banks[i] + 0x10 * group + 4), UINT32_MAX);
        }
        set(machine, INTC0(0x1b04 + 0x1000 * i), UINT32_MAX);
        set(machine, INTC0(0x14 + 0x10 * i), 0xffff);
    }
    set(machine, INTC1(0x14), 0x3f);
}

TEST(a_line_of_the_io_die_arrives_where_its_route_says)
{
    static const struct {
        unsigned route;
        int who;
        uint32_t what;
    } cases[] = {
        {0, SEEN_A35, FIRST_SPI + 192 + UART12_IRQ / 32   },
        {2, SEEN_SSP, FIRST_VECTOR + 160 + UART12_IRQ / 32},
        {3, SEEN_TSP, FIRST_VECTOR + 160 + UART12_IRQ / 32},
        {6, SEEN_MCU, MIP_EXTERNAL                        },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(cairn_destroy_at) struct cairn_machine *machine = make();

        REQUIRE(machine);
        expect_seen(machine, -1, 0);
        route(machine, INTC1(0x80), 0x20, UART12_IRQ, cases[i].route);
        set(machine, AST2700_UART12 + UART_IER, 2); /* nothing to send */
        expect_seen(machine, cases[i].who, cases[i].what);
        quiet(machine);
        expect_gone(machine, cases[i].who);
    }
}

TEST(a_line_of_the_cpu_die_arrives_where_its_route_says)
{
    static const uint32_t expected[] = {FIRST_SPI + UART4_IRQ,
                                        FIRST_VECTOR + UART4_IRQ,
                                        FIRST_VECTOR + UART4_IRQ};

    for (unsigned i = 0; i < ARRAY_SIZE(expected); i++) {
        OWNED(cairn_destroy_at) struct cairn_machine *machine = make();

        REQUIRE(machine);
        route(machine, INTC0(0x200), 0x100, UART4_IRQ, i);
        set(machine, AST2700_UART4 + UART_IER, 2);
        expect_seen(machine, (int)i, expected[i]);
        quiet(machine);
        expect_gone(machine, (int)i);
    }
}

TEST(processors_interrupt_each_other)
{
    OWNED(cairn_destroy_at) struct cairn_machine *machine = make();

    REQUIRE(machine);
    set(machine, INTC0(0x28), 0x01); /* SSP to Cortex-A35 */
    expect_seen(machine, SEEN_A35, FIRST_SPI + 144);
    quiet(machine);
    set(machine, INTC0(0x38), 0x80); /* TSP to Cortex-A35 */
    expect_seen(machine, SEEN_A35, FIRST_SPI + 159);
    quiet(machine);
    set(machine, INTC0(0x18), 0x02); /* Cortex-A35 to SSP */
    expect_seen(machine, SEEN_SSP, FIRST_VECTOR + 145);
}

/* Non-secure Cortex-A35 and SSP, then SSP and boot MCU. */
TEST(mailboxes_interrupt_their_receivers)
{
    OWNED(cairn_destroy_at) struct cairn_machine *machine = make();

    REQUIRE(machine);
    set(machine, AST2700_IPC0 + 0x304, 0xf);
    set(machine, AST2700_IPC0 + 0x300, 0x1);
    expect_seen(machine, SEEN_A35, FIRST_SPI + 103);
    set(machine, AST2700_IPC0 + 0x308, 0x1);
    expect_seen(machine, -1, 0);
    route(machine, INTC1(0x80), 0x20, 178, 6);
    set(machine, AST2700_IPC1 + 0x404, 0xf);
    set(machine, AST2700_IPC1 + 0x400, 0x8);
    expect_seen(machine, SEEN_MCU, MIP_EXTERNAL);
    set(machine, AST2700_IPC1 + 0x408, 0x8);
    set(machine, INTC1(0x14), 0x3f);
    expect_seen(machine, -1, 0);
}

TEST(the_boot_mcus_timer_is_its_own)
{
    OWNED(cairn_destroy_at) struct cairn_machine *machine = make();

    REQUIRE(machine);
    set(machine, AST2700_MCU_TIMER + 0x10, 0x10);
    set(machine, AST2700_MCU_TIMER + 0x08, 30);
    set(machine, AST2700_MCU_TIMER + 0x0c, 0);
    set(machine, AST2700_MCU_TIMER + 0x10, 1);
    expect_seen(machine, -1, 0); /* 20 us */
    expect_seen(machine, SEEN_MCU, MIP_TIMER);
}

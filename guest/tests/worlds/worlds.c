/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The monitor and what it runs below it. Each part tries the places of the
 * board from one level of one world, with the MMU off and on, and says what it
 * found; the same text is due on every machine of this map.
 */
#include "guest/tests/worlds/worlds.h"
#include "guest/kit/mmu/mmu.h"

enum scr_bits {
    SCR_NS = 1 << 0,
    SCR_FIQ = 1 << 2,
    SCR_EA = 1 << 3,
    SCR_ONES = 3 << 4,
    SCR_HCE = 1 << 8,
    SCR_SIF = 1 << 9,
    SCR_RW = 1 << 10,
};

/* SPSR: exceptions masked except FIQ, and which level. */
enum {
    AT_EL1 = 0x385,
    AT_EL2 = 0x389,
    FIQ_MASKED = 1 << 6,
};

enum { SECURE_RAM = 0x0e000000, SCRATCH = 0x40800000, TABLES = 0x40a00000 };

/* Seen through the tables below: with NS set, and one page by two worlds. */
static const uint64_t as_normal = 0x80000000;
static const uint64_t twofold = 0x100000000;
static const uint64_t stack_below = 0x40c00000;

static volatile uint32_t interrupts_taken;

/* ---- Serial ports -------------------------------------------------------- */

static struct printer begin(uint32_t port, const char *who, const char *what)
{
    struct printer printer = {pl011_put_line, port};

    print_text(&printer, who);
    print_text(&printer, ": ");
    print_text(&printer, what);
    return printer;
}

void say(uint32_t port, const char *who, const char *what)
{
    struct printer printer = begin(port, who, what);

    print_text(&printer, "\n");
}

void say_number(uint32_t port, const char *who, const char *what,
                uint64_t number)
{
    struct printer printer = begin(port, who, what);

    print_text(&printer, " ");
    print_hex(&printer, number, 1);
    print_text(&printer, "\n");
}

/* ---- Probes -------------------------------------------------------------- */

/* Class of the exception, status code, and whether the address was told. */
static void say_outcome(uint32_t port, const char *who, const char *what,
                        uint64_t address, struct outcome outcome)
{
    struct printer printer = begin(port, who, what);

    print_text(&printer, " ");
    print_hex(&printer, address, 1);
    if (outcome.syndrome == 0) {
        print_text(&printer, " done\n");
        return;
    }
    print_text(&printer, " class ");
    print_hex(&printer, outcome.syndrome >> 26, 1);
    print_text(&printer, " status ");
    print_hex(&printer, outcome.syndrome & 0x3f, 1);
    print_text(&printer,
               outcome.value == address ? " there\n" : " elsewhere\n");
}

/* Every part of the board, once. */
static void try_all(uint32_t port, const char *who, uint64_t base)
{
    static const uint64_t places[] = {
        0x00000000, /* first flash */
        0x04000000, /* second flash */
        0x08000004, /* interrupt controller */
        0x09000018, /* serial port */
        0x09040018, /* Secure serial port */
        0x09010fe0, /* clock */
        0x090b0fe0, /* Secure GPIO */
        SECURE_RAM, /* Secure memory */
        0x0f000000, /* nothing */
    };

    for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        say_outcome(port, who, "read", base + places[i],
                    probe_read(base + places[i]));
    }
    say_outcome(port, who, "write", base + SECURE_RAM + 0x40000,
                probe_write(base + SECURE_RAM + 0x40000, 0x5a5a));
    say_outcome(port, who, "fetch", base + SECURE_RAM + 0x80000,
                probe_fetch(base + SECURE_RAM + 0x80000));
}

/* A function of two instructions in Secure memory, to be fetched. */
static void plant(void)
{
    const uint32_t *from = (const uint32_t *)(uintptr_t)probe_target;

    for (unsigned i = 0; i < 3; i++) {
        put32(SECURE_RAM + 0x80000 + 4 * i, from[i]);
    }
    __asm__ volatile("dsb sy\n\tic iallu\n\tisb" : : : "memory");
}

/* ---- Tables -------------------------------------------------------------- */

static void put_entry(uint64_t table, unsigned index, uint64_t entry)
{
    put32(table + 8 * index, (uint32_t)entry);
    put32(table + 8 * index + 4, (uint32_t)(entry >> 32));
}

/* Gigabytes 0 and 1 as they are, 2 and 3 the same with NS, and at 4 the
 * megabytes of Secure memory. */
static void make_tables(void)
{
    const uint64_t memory = MMU_NORMAL_BLOCK;
    const uint64_t device = MMU_DEVICE_BLOCK;

    for (unsigned i = 0; i < 1024; i++) {
        put_entry(TABLES, i, 0);
    }
    put_entry(TABLES, 0, device);
    put_entry(TABLES, 1, 0x40000000 | memory);
    put_entry(TABLES, 2, device | MMU_NON_SECURE);
    put_entry(TABLES, 3, 0x40000000 | memory | MMU_NON_SECURE);
    put_entry(TABLES, 4, (uint64_t)(TABLES + 0x1000) | MMU_TABLE);
    put_entry(TABLES + 0x1000, 0, SECURE_RAM | memory);
    put_entry(TABLES + 0x1000, 1, (SECURE_RAM + 0x200000) | memory);
    __asm__ volatile("dsb sy" : : : "memory");
}

/* 39 bits of address, 4 KiB granule, 40 bits of physical address. */
static const uint64_t control_bits = 25 | 3 << 12 | 1 << 8 | 1 << 10;

#define MMU_ON(level, translation_control)                                     \
    do {                                                                       \
        WRITE_SYSTEM(mair_el##level, MMU_MAIR);                                \
        WRITE_SYSTEM(tcr_el##level, translation_control);                      \
        WRITE_SYSTEM(ttbr0_el##level, TABLES);                                 \
        __asm__ volatile("tlbi vmalle1\n\tdsb sy\n\tisb" : : : "memory");      \
        WRITE_SYSTEM(sctlr_el##level, SYSREG_READ(sctlr_el##level) | 1);       \
    } while (0)

#define MMU_OFF(level)                                                         \
    WRITE_SYSTEM(sctlr_el##level, SYSREG_READ(sctlr_el##level) & ~(uint64_t)1)

/* ---- Below the monitor --------------------------------------------------- */

static void secure_el1(void)
{
    const char *who = "Secure EL1";

    WRITE_SYSTEM(vbar_el1, (uintptr_t)vectors_el1);
    try_all(SECURE_PORT, who, 0);
    controller_look(SECURE_PORT, who);
    MMU_ON(1, control_bits | 1 << 23 | (uint64_t)2 << 32);
    try_all(SECURE_PORT, "Secure EL1, tables", 0);
    try_all(SECURE_PORT, "Secure EL1, tables with NS", as_normal);
    put32(SCRATCH, 0x1234);
    say_number(SECURE_PORT, who, "the other world's memory",
               get32(SCRATCH + as_normal));
    MMU_OFF(1);
    leave(0, 0);
}

static void normal_el1(void)
{
    const char *who = "EL1";

    WRITE_SYSTEM(vbar_el1, (uintptr_t)vectors_el1);
    try_all(NORMAL_PORT, who, 0);
    controller_look(NORMAL_PORT, who);
    MMU_ON(1, control_bits | 1 << 23 | (uint64_t)2 << 32);
    try_all(NORMAL_PORT, "EL1, tables", 0);
    try_all(NORMAL_PORT, "EL1, tables with NS", as_normal);
    MMU_OFF(1);
    leave(0, 0);
}

static void normal_el2(void)
{
    WRITE_SYSTEM(vbar_el2, (uintptr_t)vectors_el2);
    try_all(NORMAL_PORT, "EL2", 0);
    leave(0, 0);
}

/* Reads the same address in either world, by the same tables. */
static void read_twofold(uint64_t address)
{
    WRITE_SYSTEM(vbar_el1, (uintptr_t)vectors_el1);
    struct outcome outcome = probe_read(address);
    leave(outcome.syndrome, outcome.value);
}

static void wait_for_interrupt(void)
{
    while (interrupts_taken == 0) {
    }
    leave(0, interrupts_taken);
}

/* ---- The monitor --------------------------------------------------------- */

static struct outcome run(void (*function)(void), uint64_t scr, uint64_t spsr,
                          uint64_t argument)
{
    WRITE_SYSTEM(scr_el3, scr | SCR_ONES | SCR_RW);
    WRITE_SYSTEM(sp_el1, stack_below);
    return run_below((uintptr_t)function, spsr, argument);
}

static bool has_el2(void)
{
    return (SYSREG_READ(id_aa64pfr0_el1) >> 8 & 15) != 0;
}

static void at_el3(void)
{
    const char *who = "EL3";

    try_all(SECURE_PORT, who, 0);
    make_tables();
    MMU_ON(3, control_bits | 2 << 16);
    try_all(SECURE_PORT, "EL3, tables", 0);
    try_all(SECURE_PORT, "EL3, tables with NS", as_normal);
    WRITE_SYSTEM(scr_el3, SCR_NS | SCR_ONES | SCR_RW);
    try_all(SECURE_PORT, "EL3, tables, SCR.NS", 0);
    MMU_OFF(3);
    try_all(SECURE_PORT, "EL3, SCR.NS", 0);
}

/* One page of Secure memory, looked at from both worlds in turn: nothing that
 * one of them has cached may serve the other. */
static void in_turn(void)
{
    const char *who = "In turn";
    void (*reader)(void) = (void (*)(void))(uintptr_t)read_twofold;

    put32(SECURE_RAM + 0x100, 0xc0ffee);
    WRITE_SYSTEM(mair_el1, MMU_MAIR);
    WRITE_SYSTEM(tcr_el1, control_bits | 1 << 23 | (uint64_t)2 << 32);
    WRITE_SYSTEM(ttbr0_el1, TABLES);
    WRITE_SYSTEM(sctlr_el1, 0x30d00801);
    __asm__ volatile("tlbi alle1\n\tdsb sy\n\tisb" : : : "memory");
    for (unsigned i = 0; i < 3; i++) {
        struct outcome secure =
            run(reader, SCR_FIQ, AT_EL1 | FIQ_MASKED, twofold + 0x100);
        struct outcome normal =
            run(reader, SCR_NS, AT_EL1 | FIQ_MASKED, twofold + 0x100);

        say_number(SECURE_PORT, who, "Secure", secure.value);
        say_outcome(SECURE_PORT, who, "normal", twofold + 0x100, normal);
    }
    WRITE_SYSTEM(sctlr_el1, 0x30d00800);
}

/* The other world's aborts, where SCR says that they are the monitor's. */
static void take_aborts(void)
{
    struct outcome outcome =
        run((void (*)(void))(uintptr_t)read_twofold, SCR_NS | SCR_EA,
            AT_EL1 | FIQ_MASKED, SECURE_RAM);

    say_outcome(SECURE_PORT, "EL3 for EL1", "read", SECURE_RAM, outcome);
}

static void be_interrupted(void)
{
    WRITE_SYSTEM(S3_7_C14_C2_0, 1000); /* CNTPS_TVAL_EL1 */
    WRITE_SYSTEM(S3_7_C14_C2_1, 1);    /* CNTPS_CTL_EL1 */
    struct outcome outcome =
        run(wait_for_interrupt, SCR_NS | SCR_FIQ, AT_EL1 & ~FIQ_MASKED, 0);

    say_number(SECURE_PORT, "EL3 over EL1", "interrupts", outcome.value);
}

void monitor_interrupt(void)
{
    uint32_t intid = controller_take();

    WRITE_SYSTEM(S3_7_C14_C2_1, 0);
    say_number(SECURE_PORT, "EL3 over EL1", "interrupt", intid);
    controller_end(intid);
    interrupts_taken++;
}

/* By the Secure GPIO's first pin. */
static void power_off(void)
{
    enum { GPIO = 0x090b0000 };

    put32(GPIO + 0x400, 1);
    put32(GPIO + 4, 1);
    for (;;) {
    }
}

void monitor(void)
{
    put32(NORMAL_PORT + 0x30, 0x301);
    put32(SECURE_PORT + 0x30, 0x301);
    WRITE_SYSTEM(cptr_el3, 0);
    plant();
    controller_start();
    at_el3();
    controller_look(SECURE_PORT, "EL3");
    run(secure_el1, 0, AT_EL1 | FIQ_MASKED, 0);
    if (has_el2()) {
        /* The level below has AArch64, and its own stack. */
        WRITE_SYSTEM(scr_el3, SCR_NS | SCR_ONES | SCR_RW);
        WRITE_SYSTEM(hcr_el2, (uint64_t)1 << 31);
        WRITE_SYSTEM(sctlr_el2, 0x30c50830);
        WRITE_SYSTEM(sp_el2, stack_below + 0x10000);
        run(normal_el2, SCR_NS | SCR_HCE, AT_EL2 | FIQ_MASKED, 0);
    }
    run(normal_el1, SCR_NS, AT_EL1 | FIQ_MASKED, 0);
    in_turn();
    take_aborts();
    be_interrupted();
    say(SECURE_PORT, "EL3", "done");
    power_off();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Ibex against its reference guide (cs_registers, exception_interrupts), by
 * every engine. */
#include "base/bits.h"
#include "engine/vcpu.h"
#include "tests/harness.h"
#include "tests/rv32.h"

#define BOOT  (RV32_RAM + 0x1000)
#define TABLE (RV32_RAM + 0x2000)

enum { A0 = 10 };
enum { MTIP = 1, MEIP = 2, NMI = 3, FAST = 6 };
enum { CPUCTRL = 0x7c0, SECURESEED = 0x7c1 };

static const struct core_config engines[] = {
    {.compatible = "lowrisc,ibex",
     .engine = CORE_ENGINE_INTERPRETER,
     .reset_vector = {BOOT + 0x80},
     .riscv = {.user_mode = true, .pmp_entries = 16}},
    {.compatible = "lowrisc,ibex",
     .engine = CORE_ENGINE_ANY,
     .reset_vector = {BOOT + 0x80},
     .riscv = {.user_mode = true, .pmp_entries = 16}},
    {.compatible = "lowrisc,ibex",
     .engine = CORE_ENGINE_CHAOS,
     .reset_vector = {BOOT + 0x80},
     .riscv = {.user_mode = true, .pmp_entries = 16}},
};

static void start(struct rv32 *m, const struct core_config *config)
{
    rv32_init(m, config);
    core_reset(m->core);
    m->here = BOOT + 0x80;
}

FIXTURE(struct rv32, m, rv32_fini)
FIXTURE_BEGIN(m, start(m, &engines[0]))

TEST_ON(registers_are_after_reset_as_the_guide_says, m)
{
    EXPECT_EQ(rv32_get(m, "pc"), BOOT + 0x80);
    EXPECT_EQ(rv32_get(m, "mstatus"), 0x1800);
    EXPECT_EQ(rv32_get(m, "mtvec"), BOOT | 1u);
    EXPECT_EQ(rv32_get(m, "misa"), 0x40101104);
    EXPECT_EQ(rv32_get(m, "mvendorid"), 0);
    EXPECT_EQ(rv32_get(m, "marchid"), 22);
    EXPECT_EQ(rv32_get(m, "mimpid"), 0);
    EXPECT_EQ(rv32_get(m, "cpuctrl"), 0);
    EXPECT_EQ(rv32_get(m, "secureseed"), 0);
}

TEST_ON(traps_are_always_vectored_from_a_table_of_256_bytes, m)
{
    rv32_set(m, "mtvec", TABLE + 0x7c);
    EXPECT_EQ(rv32_get(m, "mtvec"), TABLE | 1u);
    rv32_set(m, "mcause", 0xffffffff);
    EXPECT_EQ(rv32_get(m, "mcause"), 0x8000001f);
    rv32_set(m, "mie", 0xffffffff);
    EXPECT_EQ(rv32_get(m, "mie"), 0x7fff0888);
}

/* Runs until the trap that the inputs cause, and returns mcause. */
static uint32_t trap_of(const struct core_config *config, uint32_t inputs)
{
    struct rv32 m;

    start(&m, config);
    rv32_emit(&m, RISCV_JAL, 0, 0, 0, 0);
    rv32_set(&m, "mtvec", TABLE);
    rv32_set(&m, "mie", 0x7fff0888);
    rv32_set(&m, "mstatus", 0x1808);
    for (unsigned i = 0; i < 21; i++) {
        if ((inputs & BIT(i)) != 0) {
            core_input(m.core, i, 1);
        }
    }
    for (unsigned i = 0; i < 32; i++) {
        m.here = TABLE + 4 * i;
        rv32_emit(&m, RISCV_JAL, 0, 0, 0, 0);
    }
    core_run(m.core, 10);
    uint32_t cause = (uint32_t)rv32_get(&m, "mcause");
    EXPECT_EQ(rv32_get(&m, "pc"), TABLE + 4 * (cause & 0x1f));
    rv32_fini(&m);
    return cause;
}

TEST(interrupts_come_in_the_order_of_the_guide)
{
    for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
        test_case("engine %zu", i);
        EXPECT_EQ(trap_of(&engines[i], BIT(0) | BIT(MTIP)), 0x80000003);
        EXPECT_EQ(trap_of(&engines[i], BIT(MTIP)), 0x80000007);
        EXPECT_EQ(trap_of(&engines[i], BIT(0) | BIT(MEIP)), 0x8000000b);
        EXPECT_EQ(trap_of(&engines[i], BIT(MEIP) | BIT(FAST + 14)), 0x8000001e);
        EXPECT_EQ(trap_of(&engines[i], BIT(FAST + 3) | BIT(FAST + 2)),
                  0x80000012);
        EXPECT_EQ(trap_of(&engines[i], BIT(NMI) | BIT(FAST)), 0x8000001f);
    }
}

/* Double fault detection: cpuctrl bits 6 and 7. */
TEST(cpuctrl_notes_an_exception_in_a_handler)
{
    for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
        OWNED(rv32_fini) struct rv32 m;

        test_case("engine %zu", i);
        start(&m, &engines[i]);
        rv32_emit(&m, RISCV_ECALL, 0, 0, 0, 0);
        m.here = BOOT;
        rv32_emit(&m, RISCV_JAL, 0, 0, 0, 0x20);
        m.here = BOOT + 0x20;
        rv32_emit_csr(&m, RISCV_CSRRS, A0, CPUCTRL, 0);
        rv32_emit(&m, RISCV_ECALL, 0, 0, 0, 0);
        core_run(m.core, 3);
        EXPECT_EQ(rv32_get(&m, "a0"), 0x40);
        core_run(m.core, 1);
        EXPECT_EQ(rv32_get(&m, "cpuctrl"), 0xc0);
        m.here = BOOT;
        rv32_emit(&m, RISCV_MRET, 0, 0, 0, 0);
        rv32_set(&m, "pc", BOOT);
        core_run(m.core, 1);
        EXPECT_EQ(rv32_get(&m, "cpuctrl"), 0x80);
    }
}

TEST_BEGINS(its_own_registers_are_not_in_other_cores, m)
{
    static const struct core_config plain = {.compatible = "riscv,rv32imc"};

    rv32_init(m, &plain);
    rv32_set(m, "mtvec", TABLE);
    m->here = TABLE;
    rv32_emit(m, RISCV_JAL, 0, 0, 0, 0);
    m->here = RV32_RAM;
    rv32_emit_csr(m, RISCV_CSRRS, A0, SECURESEED, 0);
    core_run(m->core, 1);
    EXPECT_EQ(rv32_get(m, "mcause"), 2);
    rv32_fini(m);
    start(m, &engines[0]);
    m->here = BOOT;
    rv32_emit(m, RISCV_JAL, 0, 0, 0, 0);
    m->here = BOOT + 0x80;
    rv32_emit_csr(m, RISCV_CSRRS, A0, SECURESEED, 0);
    rv32_emit_csr(m, RISCV_CSRRWI, 0, CPUCTRL, 3);
    rv32_emit_csr(m, RISCV_CSRRS, A0, 0x7c6, 0); /* VeeR's mpmc */
    core_run(m->core, 2);
    EXPECT_EQ(rv32_get(m, "cpuctrl"), 3);
    EXPECT_EQ(rv32_get(m, "mcause"), 0);
    core_run(m->core, 1);
    EXPECT_EQ(rv32_get(m, "mcause"), 2);
}

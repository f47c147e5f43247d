/* SPDX-License-Identifier: Apache-2.0 */
/* Windows for compiled accesses: whatever ends the right to look through one
 * is noticed, and nothing outside is seen. */
#include "engine/vcpu.h"
#include "tests/harness.h"
#include "tests/rv32.h"

#define PLACE   (RV32_RAM + 0x10000)
#define CODE    (RV32_RAM + 0x20000)
#define HANDLER (RV32_RAM + 0x800)

enum { LOAD_FAULT = 5, STORE_FAULT = 7 };

/* Code is compiled when windows are open. */
static const struct core_config compiled = {.engine = CORE_ENGINE_ANY};

static bool is_open(const struct rv32 *m, enum vcpu_window_kind kind)
{
    return vcpu_of(m->core)->compiled.windows[kind].size != 0;
}

/* Stores x11 to x10, counts it and loads it back, for ever; traps stay where
 * they lead to. */
static void begin(struct rv32 *m, const struct core_config *config)
{
    rv32_init(m, config);
    m->here = HANDLER;
    rv32_emit(m, RISCV_JAL, 0, 0, 0, 0);
    m->here = RV32_RAM;
    rv32_emit(m, RISCV_ADDI, 11, 11, 0, 1);
    rv32_emit(m, RISCV_SW, 0, 10, 11, 0);
    rv32_emit(m, RISCV_LW, 12, 10, 0, 0);
    rv32_emit(m, RISCV_JAL, 0, 0, 0, -12);
    rv32_set(m, "mtvec", HANDLER);
    rv32_set(m, "sp", RV32_RAM + RV32_RAM_SIZE);
    rv32_set(m, "a0", PLACE);
    core_run(m->core, 400);
    EXPECT(is_open(m, VCPU_WINDOW_READ) && is_open(m, VCPU_WINDOW_WRITE));
}

FIXTURE(struct rv32, m, rv32_fini)
FIXTURE_BEGIN(m, begin(m, &compiled))

TEST_ON(a_store_after_a_checkpoint_is_noticed, m)
{
    REQUIRE(region_checkpoint(m->ram, NULL) == 0);
    EXPECT_EQ(region_next_dirty(m->ram, 0), RV32_RAM_SIZE / REGION_PAGE_SIZE);
    core_run(m->core, 40);
    EXPECT_EQ(region_next_dirty(m->ram, 0),
              (PLACE - RV32_RAM) / REGION_PAGE_SIZE);
    EXPECT_EQ(rv32_load(m, PLACE), 110);
    EXPECT_EQ(region_rollback(m->ram), 1);
    EXPECT_EQ(rv32_load(m, PLACE), 100);
    core_run(m->core, 4);
    EXPECT_EQ(rv32_get(m, "a2"), 111);
    EXPECT_EQ(region_next_dirty(m->ram, 0),
              (PLACE - RV32_RAM) / REGION_PAGE_SIZE);
}

TEST_ON(a_watchpoint_is_met, m)
{
    core_add_watchpoint(m->core, gva(PLACE), 4, WATCH_WRITE);
    EXPECT_EQ(core_run(m->core, 100), CORE_STOP_WATCHPOINT);
    EXPECT_EQ(m->core->retired, 402);
    core_run(m->core, 40);
    EXPECT(!is_open(m, VCPU_WINDOW_READ));
    core_remove_watchpoint(m->core, gva(PLACE), 4, WATCH_WRITE);
    EXPECT_EQ(core_run(m->core, 100), CORE_STOP_BUDGET);
}

TEST_ON(memory_that_is_taken_away_is_gone, m)
{
    struct window rest = {.name = "rest",
                          .base = gpa(RV32_RAM),
                          .size_bytes = 0x10000,
                          .priority = 1,
                          .rights = WINDOW_R | WINDOW_W | WINDOW_X,
                          .enabled = true};

    rest.region = m->ram;
    space_add_window(m->space, &rest);
    core_run(m->core, 40);
    EXPECT_EQ(rv32_get(m, "a2"), 110);
    space_enable_window(m->space, space_find(m->space, gpa(PLACE)), false);
    core_run(m->core, 40);
    EXPECT_EQ(rv32_get(m, "mcause"), STORE_FAULT);
    EXPECT_EQ(rv32_get(m, "mtval"), PLACE);
}

TEST_ON(memory_that_may_no_longer_be_written_is_not, m)
{
    region_set_writable(m->ram, false);
    core_run(m->core, 40);
    EXPECT_EQ(rv32_load(m, PLACE), 100);
    EXPECT_EQ(rv32_get(m, "mcause"), STORE_FAULT);
}

TEST_BEGINS(protection_that_comes_later_holds, m)
{
    static const struct core_config config = {.engine = CORE_ENGINE_ANY,
                                              .riscv.pmp_entries = 16,
                                              .riscv.user_mode = true};

    begin(m, &config);
    rv32_set(m, "pmpaddr0", PLACE >> 2);
    rv32_set(m, "pmpcfg0", 0x91); /* locked, NA4, to be read */
    core_run(m->core, 40);
    EXPECT_EQ(rv32_load(m, PLACE), 100);
    EXPECT_EQ(rv32_get(m, "mcause"), STORE_FAULT);
    EXPECT_EQ(rv32_get(m, "mtval"), PLACE);
}

/* In user mode no entry means no access. */
TEST_BEGINS(another_mode_has_windows_of_its_own, m)
{
    static const struct core_config config = {.engine = CORE_ENGINE_ANY,
                                              .riscv.pmp_entries = 16,
                                              .riscv.user_mode = true};

    begin(m, &config);
    rv32_set(m, "mstatus", 1 << 17); /* MPRV, as user mode */
    core_run(m->core, 40);
    EXPECT_EQ(rv32_load(m, PLACE), 100);
    EXPECT_EQ(rv32_get(m, "mcause"), STORE_FAULT);
}

/* Data, then code in the same place, then other code. */
TEST_BEGINS(code_that_is_stored_over_is_new, m)
{
    rv32_init(m, &compiled);
    m->here = RV32_RAM;
    rv32_emit(m, RISCV_SW, 0, 10, 11, 0);
    rv32_emit(m, RISCV_JALR, 1, 13, 0, 0);
    rv32_emit(m, RISCV_JAL, 0, 0, 0, -8);
    m->here = CODE;
    rv32_emit(m, RISCV_ADDI, 14, 0, 0, 1);
    rv32_emit(m, RISCV_JALR, 0, 1, 0, 0);
    rv32_set(m, "a0", CODE + 64);
    rv32_set(m, "a3", RV32_RAM + 8);
    core_run(m->core, 300); /* stores alone */
    EXPECT_EQ(rv32_get(m, "a4"), 0);
    rv32_set(m, "a3", CODE);
    core_run(m->core, 50);
    EXPECT_EQ(rv32_get(m, "a4"), 1);
    rv32_set(m, "a0", CODE);
    rv32_set(m, "a1", 0x00200713); /* addi a4, zero, 2 */
    core_run(m->core, 50);
    EXPECT_EQ(rv32_get(m, "a4"), 2);
}

static void expect_fault(uint32_t address, unsigned cause)
{
    OWNED(rv32_fini) struct rv32 m;
    uint32_t last = RV32_RAM + RV32_RAM_SIZE - 4;

    begin(&m, &compiled);
    rv32_set(&m, "a0", address);
    if (cause == LOAD_FAULT) {
        rv32_set(&m, "pc", RV32_RAM + 8);
    }
    core_run(m.core, 8);
    test_case("address 0x%x", address);
    EXPECT_EQ(rv32_get(&m, "mcause"), cause);
    EXPECT_EQ(rv32_get(&m, "mtval"), address);
    rv32_set(&m, "pc", RV32_RAM);
    rv32_set(&m, "a0", last);
    rv32_set(&m, "a1", 0x12345678);
    core_run(m.core, 3);
    EXPECT_EQ(rv32_load(&m, last), 0x12345679);
    EXPECT_EQ(rv32_get(&m, "a2"), 0x12345679);
}

TEST(nothing_is_seen_beyond_the_ends_of_memory)
{
    static const uint32_t outside[] = {
        RV32_RAM - 4, RV32_RAM - 2, RV32_RAM + RV32_RAM_SIZE,
        RV32_RAM + RV32_RAM_SIZE - 2, 0xfffffffe};

    for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
        expect_fault(outside[i], STORE_FAULT);
        expect_fault(outside[i], LOAD_FAULT);
    }
}

static bool holds(const struct rv32 *m, enum vcpu_window_kind kind,
                  uint32_t address)
{
    const struct vcpu_window *window =
        &vcpu_of(m->core)->compiled.windows[kind];

    return address - window->base < window->size;
}

/* Stores at sp + 12 and at data, for ever. */
static void expect_both(uint32_t sp, uint32_t data)
{
    OWNED(rv32_fini) struct rv32 m;

    begin(&m, &compiled);
    m.here = CODE;
    rv32_emit(&m, RISCV_SW, 0, 2, 11, 12);
    rv32_emit(&m, RISCV_SW, 0, 10, 11, 0);
    rv32_emit(&m, RISCV_JAL, 0, 0, 0, -8);
    rv32_set(&m, "sp", sp);
    rv32_set(&m, "a0", data);
    rv32_set(&m, "pc", CODE);
    core_run(m.core, 300);
    EXPECT(holds(&m, VCPU_WINDOW_STACK, sp + 12));
    EXPECT(holds(&m, VCPU_WINDOW_WRITE, data));
}

TEST(stack_and_data_in_other_pages_have_a_window_each)
{
    expect_both(RV32_RAM + 0x30000, RV32_RAM + 0x38000);
    expect_both(RV32_RAM + 0x38000, RV32_RAM + 0x30000);
    /* Room was made below the page that is stored to. */
    expect_both(RV32_RAM + 0x30ff8, RV32_RAM + 0x38000);
}

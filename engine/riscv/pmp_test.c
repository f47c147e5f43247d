/* SPDX-License-Identifier: Apache-2.0 */
/* Protection that random programs against QEMU do not reach: locked entries,
 * which last until reset. Priv 3.7. */
#include "tests/harness.h"
#include "tests/rv32.h"

enum {
    A0 = 10,
    A1 = 11,
    LOCK = 0x80,
    NA4 = 2 << 3,
    NAPOT = 3 << 3,
    TOR = 1 << 3
};

static const struct core_config config = {.compatible = "riscv,rv32imc",
                                          .riscv.pmp_entries = 16,
                                          .riscv.user_mode = true};

/* Runs one access to address in M mode; returns mcause, 0 if it went well. */
static uint64_t try_access(struct rv32 *m, enum riscv_row row, uint32_t address)
{
    m->here = RV32_RAM;
    rv32_emit(m, row, A0, A1, A0, 0);
    rv32_emit(m, RISCV_JAL, 0, 0, 0, 0);
    m->here = RV32_RAM + 0x100;
    rv32_emit(m, RISCV_JAL, 0, 0, 0, 0);
    rv32_set(m, "mtvec", RV32_RAM + 0x100);
    rv32_set(m, "mcause", 0);
    rv32_set(m, "a1", address);
    rv32_set(m, "pc", RV32_RAM);
    core_run(m->core, 3);
    return rv32_get(m, "mcause");
}

FIXTURE(struct rv32, m, rv32_fini)
FIXTURE_BEGIN(m, rv32_init(m, &config))

TEST_ON(a_locked_entry_holds_for_m_mode, m)
{
    EXPECT_EQ(try_access(m, RISCV_SW, RV32_RAM + 0x5004), 0);
    rv32_set(m, "pmpaddr0", (RV32_RAM + 0x5004) >> 2);
    rv32_set(m, "pmpcfg0", NA4 | 1);
    EXPECT_EQ(try_access(m, RISCV_SW, RV32_RAM + 0x5004), 0);
    rv32_set(m, "pmpcfg0", LOCK | NA4 | 1);
    EXPECT_EQ(try_access(m, RISCV_SW, RV32_RAM + 0x5004), 7);
    EXPECT_EQ(rv32_get(m, "mtval"), RV32_RAM + 0x5004);
    EXPECT_EQ(try_access(m, RISCV_LW, RV32_RAM + 0x5004), 0);
    EXPECT_EQ(try_access(m, RISCV_SW, RV32_RAM + 0x5000), 0);
    EXPECT_EQ(try_access(m, RISCV_SW, RV32_RAM + 0x5008), 0);
    EXPECT_EQ(try_access(m, RISCV_SW, RV32_RAM + 0x5002), 7);
}

TEST_ON(a_locked_entry_cannot_be_changed_until_reset, m)
{
    rv32_set(m, "pmpaddr0", 0x100);
    rv32_set(m, "pmpaddr1", 0x200);
    rv32_set(m, "pmpaddr2", 0x300);
    rv32_set(m, "pmpcfg0", (LOCK | TOR) << 8);
    rv32_set(m, "pmpaddr0", 1); /* the lower end of a locked range */
    rv32_set(m, "pmpaddr1", 1);
    rv32_set(m, "pmpaddr2", 1);
    rv32_set(m, "pmpcfg0", 0x1f1f1f1f);
    EXPECT_EQ(rv32_get(m, "pmpaddr0"), 0x100);
    EXPECT_EQ(rv32_get(m, "pmpaddr1"), 0x200);
    EXPECT_EQ(rv32_get(m, "pmpaddr2"), 1);
    EXPECT_EQ(rv32_get(m, "pmpcfg0"), 0x1f1f881f);
    core_reset(m->core);
    EXPECT_EQ(rv32_get(m, "pmpcfg0"), 0);
}

TEST_ON(a_locked_page_is_not_fetched_from, m)
{
    rv32_set(m, "pmpaddr0", ((RV32_RAM + 0x3000) >> 2) | 0x1ff);
    rv32_set(m, "pmpcfg0", LOCK | NAPOT | 3);
    EXPECT_EQ(try_access(m, RISCV_JALR, RV32_RAM + 0x3000), 1);
    EXPECT_EQ(rv32_get(m, "mepc"), RV32_RAM + 0x3000);
    EXPECT_EQ(try_access(m, RISCV_LW, RV32_RAM + 0x3ffc), 0);
}

TEST_BEGINS(without_entries_there_are_no_registers, m)
{
    static const struct core_config none = {.compatible = "riscv,rv32imc"};

    rv32_init(m, &none);
    EXPECT_EQ(rv32_get(m, "pmpcfg0"), UINT64_MAX);
}

/* ---- Devices, the way to which is remembered ----------------------------- */

static unsigned written;

static void count_write(struct device *device, const struct access *access,
                        unsigned index, uint32_t value)
{
    written++;
}

static const struct register_spec counted_registers[] = {
    {.offset = 0,
     .count = 0x1000 / 4,
     .name = "COUNTED",
     .access = {RW, RW},
     .writable = 0xffffffff,
     .field = NO_FIELD,
     .write = count_write},
};
static const struct register_bank counted_bank = {.name = "counted",
                                                  .size_bytes = 0x1000,
                                                  .sizes = 4,
                                                  .registers =
                                                      counted_registers,
                                                  .register_count = 1};
static const struct device_type counted_type = {
    .compatible = "test,counted", .banks = &counted_bank, .bank_count = 1};

enum { DEVICE = 0x10000000, ELSEWHERE = 0x20000000, STORE_FAULT = 7 };

static void expect_store(struct rv32 *m, uint32_t address, uint64_t cause)
{
    unsigned before = written;

    EXPECT_EQ(try_access(m, RISCV_SW, address), cause);
    EXPECT_EQ(written - before, cause == 0 ? 1u : 0u);
}

static void check_device(enum core_engine engine)
{
    const struct core_config with = {.compatible = "riscv,rv32imc",
                                     .riscv.pmp_entries = 16,
                                     .riscv.user_mode = true,
                                     .engine = engine};
    struct rv32 m;

    rv32_init(&m, &with);
    struct device *device =
        device_create(&m.fabric, &counted_type, "counted", NULL, NULL);
    const struct window shown = {.name = "counted",
                                 .base = gpa(DEVICE),
                                 .size_bytes = 0x1000,
                                 .rights = WINDOW_R | WINDOW_W,
                                 .enabled = true,
                                 .device = device};
    struct window *window = space_add_window(m.space, &shown);
    expect_store(&m, DEVICE, 0);
    expect_store(&m, DEVICE + 0xffc, 0);
    EXPECT(try_access(&m, RISCV_SW, DEVICE + 2) != 0);
    EXPECT_EQ(try_access(&m, RISCV_SB, DEVICE), STORE_FAULT);
    EXPECT_EQ(try_access(&m, RISCV_LW, DEVICE + 4), 0);
    EXPECT_EQ(try_access(&m, RISCV_LW, DEVICE + 4), 0);
    expect_store(&m, DEVICE + 0x1000, STORE_FAULT);
    /* Protection of a part of the page. */
    rv32_set(&m, "pmpaddr0", (DEVICE + 4) >> 2);
    rv32_set(&m, "pmpcfg0", LOCK | NA4 | 1);
    expect_store(&m, DEVICE + 4, STORE_FAULT);
    expect_store(&m, DEVICE, 0);
    EXPECT_EQ(try_access(&m, RISCV_LW, DEVICE + 4), 0);
    /* Windows that go, move and come back. */
    space_enable_window(m.space, window, false);
    expect_store(&m, DEVICE, STORE_FAULT);
    space_enable_window(m.space, window, true);
    expect_store(&m, DEVICE, 0);
    space_move_window(m.space, window, gpa(ELSEWHERE));
    expect_store(&m, DEVICE, STORE_FAULT);
    expect_store(&m, ELSEWHERE, 0);
    expect_store(&m, ELSEWHERE, 0);
    /* A watchpoint as well. */
    EXPECT_EQ(core_add_watchpoint(m.core, gva(ELSEWHERE), 4, WATCH_WRITE), 0);
    rv32_set(&m, "pc", RV32_RAM);
    EXPECT_EQ(core_run(m.core, 3), CORE_STOP_WATCHPOINT);
    rv32_fini(&m);
    device_destroy(device);
}

TEST(a_known_way_to_a_device_ends_with_what_allowed_it)
{
    check_device(CORE_ENGINE_INTERPRETER);
    check_device(CORE_ENGINE_COMPILER);
}

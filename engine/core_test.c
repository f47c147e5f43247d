/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/core.h"

#include <stdio.h>

#include "tests/harness.h"
#include "tests/rv32.h"

static const struct core_config plain = {.compatible = "riscv,rv32imc"};

enum { A0 = 10, A1 = 11, A2 = 12 };

/* a0 counts down from turns, a2 sums. Five words. */
static void emit_loop(struct rv32 *m, uint32_t turns)
{
    rv32_emit_constant(m, A0, turns);
    rv32_emit(m, RISCV_ADD, A2, A2, A0, 0);
    rv32_emit(m, RISCV_ADDI, A0, A0, 0, -1);
    rv32_emit(m, RISCV_BNE, 0, A0, 0, -8);
    rv32_emit(m, RISCV_JAL, 0, 0, 0, 0);
}

TEST(a_known_core_is_found_by_its_compatible)
{
    EXPECT(core_type_find("acme,core") == NULL);
    EXPECT(core_type_find("riscv,rv32imc") != NULL);
    EXPECT(core_type_find("chipsalliance,veer-el2") != NULL);
}

FIXTURE(struct rv32, m, rv32_fini)
FIXTURE_BEGIN(m, rv32_init(m, &plain))

TEST_ON(a_loop_computes_and_counts_its_instructions, m)
{
    emit_loop(m, 100);
    EXPECT_EQ(core_run(m->core, 2 + 300), CORE_STOP_BUDGET);
    EXPECT_EQ(m->core->retired, 302);
    EXPECT_EQ(rv32_get(m, "a2"), 5050);
    EXPECT_EQ(rv32_get(m, "pc"), RV32_RAM + 20);
}

/* The state at every count, stepped, is the state of one run to that count. */
TEST(every_budget_lands_exactly)
{
    for (uint64_t budget = 0; budget < 40; budget++) {
        struct rv32 whole;
        OWNED(rv32_fini) struct rv32 stepped;

        rv32_init(&whole, &plain);
        rv32_init(&stepped, &plain);
        emit_loop(&whole, 9);
        emit_loop(&stepped, 9);
        core_run(whole.core, budget);
        for (uint64_t i = 0; i < budget; i++) {
            EXPECT_EQ(core_run(stepped.core, 1), CORE_STOP_BUDGET);
        }
        test_case("budget %u", (unsigned)budget);
        EXPECT_EQ(whole.core->retired, budget);
        EXPECT_EQ(rv32_get(&whole, "pc"), rv32_get(&stepped, "pc"));
        EXPECT_EQ(core_hash(whole.core), core_hash(stepped.core));
        rv32_fini(&whole);
    }
}

TEST_ON(a_held_core_retires_nothing, m)
{
    emit_loop(m, 9);
    m->core->power = CORE_HELD;
    EXPECT_EQ(core_run(m->core, 10), CORE_STOP_WAITING);
    EXPECT_EQ(m->core->retired, 0);
}

TEST_ON(a_breakpoint_stops_before_its_instruction_once, m)
{
    emit_loop(m, 9);
    EXPECT_EQ(core_add_breakpoint(m->core, gva(RV32_RAM + 12)), 0);
    for (uint64_t turn = 0; turn < 3; turn++) {
        EXPECT_EQ(core_run(m->core, 1000), CORE_STOP_BREAKPOINT);
        EXPECT_EQ(rv32_get(m, "pc"), RV32_RAM + 12);
        EXPECT_EQ(m->core->retired, 3 + turn * 3);
    }
    EXPECT_EQ(core_remove_breakpoint(m->core, gva(RV32_RAM + 12)), 0);
    EXPECT_EQ(core_remove_breakpoint(m->core, gva(RV32_RAM + 12)), -ENOENT);
    EXPECT_EQ(core_run(m->core, 1000), CORE_STOP_BUDGET);
}

TEST_ON(a_breakpoint_at_the_end_of_a_budget_still_stops, m)
{
    emit_loop(m, 9);
    core_add_breakpoint(m->core, gva(RV32_RAM + 12));
    EXPECT_EQ(core_run(m->core, 3), CORE_STOP_BUDGET);
    EXPECT_EQ(core_run(m->core, 3), CORE_STOP_BREAKPOINT);
    EXPECT_EQ(m->core->retired, 3);
}

TEST_ON(a_watchpoint_stops_after_the_access, m)
{
    rv32_emit_constant(m, A1, RV32_RAM + 0x5000);
    rv32_emit(m, RISCV_SW, 0, A1, A1, 4);
    rv32_emit(m, RISCV_LW, A0, A1, 0, 8);
    rv32_emit(m, RISCV_SW, 0, A1, A1, 8);
    rv32_emit(m, RISCV_JAL, 0, 0, 0, 0);
    core_add_watchpoint(m->core, gva(RV32_RAM + 0x5008), 4, WATCH_WRITE);
    EXPECT_EQ(core_run(m->core, 1000), CORE_STOP_WATCHPOINT);
    EXPECT_EQ(m->core->stop_address.value, RV32_RAM + 0x5008);
    EXPECT_EQ(m->core->retired, 5);
    EXPECT_EQ(rv32_load(m, RV32_RAM + 0x5008), RV32_RAM + 0x5000);
    EXPECT_EQ(
        core_remove_watchpoint(m->core, gva(RV32_RAM + 0x5008), 4, WATCH_WRITE),
        0);
    EXPECT_EQ(core_run(m->core, 10), CORE_STOP_BUDGET);
}

TEST_ON(ebreak_can_be_caught, m)
{
    rv32_emit(m, RISCV_EBREAK, 0, 0, 0, 0);
    m->core->catch_ebreak = true;
    EXPECT_EQ(core_run(m->core, 10), CORE_STOP_EBREAK);
    EXPECT_EQ(m->core->retired, 0);
    EXPECT_EQ(rv32_get(m, "pc"), RV32_RAM);
}

/* Without FENCE.I: the next instruction is rewritten by the one before. */
TEST_ON(code_sees_what_was_stored_over_it, m)
{
    struct riscv_insn insn = {.rd = A0, .imm = 42};

    rv32_emit_constant(m, A1, RV32_RAM + 20);
    rv32_emit_constant(m, A2, riscv_encode(RISCV_ADDI, &insn));
    rv32_emit(m, RISCV_SW, 0, A1, A2, 0);
    rv32_emit(m, RISCV_ADDI, A0, 0, 0, 1);
    rv32_emit(m, RISCV_JAL, 0, 0, 0, 0);
    core_run(m->core, 20);
    EXPECT_EQ(rv32_get(m, "a0"), 42);
}

TEST_ON(instructions_may_cross_pages, m)
{
    m->here = RV32_RAM + 0xff6;
    rv32_emit(m, RISCV_ADDI, A0, A0, 0, 1);
    rv32_emit(m, RISCV_ADDI, A0, A0, 0, 2);
    rv32_emit(m, RISCV_ADDI, A0, A0, 0, 4); /* at ffe */
    rv32_emit(m, RISCV_JAL, 0, 0, 0, -12);
    rv32_set(m, "pc", RV32_RAM + 0xff6);
    EXPECT_EQ(core_run(m->core, 400), CORE_STOP_BUDGET);
    EXPECT_EQ(rv32_get(m, "a0"), 700);
}

TEST_ON(wfi_waits_for_an_enabled_line, m)
{
    rv32_emit(m, RISCV_WFI, 0, 0, 0, 0);
    rv32_emit(m, RISCV_JAL, 0, 0, 0, 0);
    rv32_set(m, "mie", 8);
    rv32_set(m, "mtvec", RV32_RAM + 0x101);
    EXPECT_EQ(core_run(m->core, 10), CORE_STOP_WAITING);
    EXPECT_EQ(m->core->retired, 1);
    core_input(m->core, 1, 1);
    EXPECT_EQ(core_run(m->core, 10), CORE_STOP_WAITING);
    core_input(m->core, 0, 1);
    EXPECT_EQ(m->core->power, CORE_RUNNING);
    EXPECT_EQ(core_run(m->core, 2), CORE_STOP_BUDGET);
    rv32_set(m, "mstatus", 8);
    m->here = RV32_RAM + 0x10c; /* vectored: base + 4 * 3 */
    rv32_emit(m, RISCV_JAL, 0, 0, 0, 0);
    core_run(m->core, 1);
    EXPECT_EQ(rv32_get(m, "pc"), RV32_RAM + 0x10c);
    EXPECT_EQ(rv32_get(m, "mcause"), 0x80000003);
    EXPECT_EQ(rv32_get(m, "mepc"), RV32_RAM + 4);
}

TEST_ON(a_handler_that_traps_locks_the_core_up, m)
{
    rv32_set(m, "mtvec", 0x1000);
    rv32_emit(m, RISCV_ECALL, 0, 0, 0, 0);
    EXPECT_EQ(core_run(m->core, 1000), CORE_STOP_WAITING);
    EXPECT_EQ(core_run(m->core, 1000), CORE_STOP_WAITING);
    EXPECT_EQ(rv32_get(m, "mcause"), 1);
    EXPECT_EQ(m->fabric.log.count[LOG_GUEST] > 0, 1);
}

TEST(a_restored_state_runs_on_as_before)
{
    struct rv32 m;
    OWNED(rv32_fini) struct rv32 other;

    rv32_init(&m, &plain);
    rv32_init(&other, &plain);
    emit_loop(&m, 50);
    emit_loop(&other, 50);
    core_run(m.core, 33);
    memcpy(other.core->type->state(other.core), m.core->type->state(m.core),
           m.core->type->state_size);
    other.core->type->restored(other.core);
    EXPECT_EQ(core_hash(other.core), core_hash(m.core));
    core_run(m.core, 44);
    core_run(other.core, 44);
    EXPECT_EQ(core_hash(other.core), core_hash(m.core));
    rv32_fini(&m);
}

static void keep_line(void *context, enum log_kind kind, const char *line)
{
    snprintf(context, 256, "%s", line);
}

TEST_ON(tracing_prints_a_line_for_each_instruction, m)
{
    char line[256] = "";

    m->fabric.log.sink = keep_line;
    m->fabric.log.context = line;
    m->fabric.log.enabled[LOG_TRACE] = true;
    m->core->trace = true;
    emit_loop(m, 9);
    core_run(m->core, 3);
    EXPECT_EQ(m->fabric.log.count[LOG_TRACE], 3);
    EXPECT(strstr(line, "80000008: 00a60633") != NULL);
    EXPECT(strstr(line, "add a2, a2, a0") != NULL);
}

/* ---- VeeR EL2 ------------------------------------------------------------ */

static const struct core_config veer = {.compatible = "chipsalliance,veer-el2"};

static void add_dccm(struct rv32 *m)
{
    struct window window = {.name = "dccm",
                            .base = gpa(0x50000000),
                            .size_bytes = 0x10000,
                            .rights = WINDOW_R | WINDOW_W,
                            .enabled = true,
                            .region = m->ram,
                            .offset = 0x200000};

    space_add_window(m->space, &window);
}

TEST_BEGINS(veer_takes_external_interrupts_by_its_table, m)
{
    rv32_init(m, &veer);
    add_dccm(m);
    rv32_emit(m, RISCV_JAL, 0, 0, 0, 0);
    m->here = RV32_RAM + 0x400;
    rv32_emit(m, RISCV_JAL, 0, 0, 0, 0);
    rv32_store(m, 0x50000400 + 20 * 4, RV32_RAM + 0x400);
    rv32_set(m, "meivt", 0x50000400);
    rv32_set(m, "mie", 0x800);
    rv32_set(m, "mstatus", 8);
    rv32_set(m, "meipt", 5);
    core_input(m->core, 2, 5 << 8 | 20);
    core_run(m->core, 3);
    EXPECT_EQ(rv32_get(m, "pc"), RV32_RAM);
    core_input(m->core, 2, 6 << 8 | 20);
    core_run(m->core, 3);
    EXPECT_EQ(rv32_get(m, "pc"), RV32_RAM + 0x400);
    EXPECT_EQ(rv32_get(m, "mcause"), 0x8000000b);
    EXPECT_EQ(rv32_get(m, "meihap"), 0x50000450);
    EXPECT_EQ(rv32_get(m, "meicidpl"), 6);
}

static void emit_access(struct rv32 *m, enum riscv_row row, uint32_t address)
{
    m->here = RV32_RAM;
    rv32_emit_constant(m, A1, address);
    rv32_emit(m, row, A0, A1, A0, 0);
    rv32_emit(m, RISCV_JAL, 0, 0, 0, 0);
    m->here = RV32_RAM + 0x100;
    rv32_emit(m, RISCV_JAL, 0, 0, 0, 0);
    m->here = RV32_RAM + 0x200;
    rv32_emit(m, RISCV_JAL, 0, 0, 0, 0);
    rv32_set(m, "mtvec", RV32_RAM + 0x100);
    core_input(m->core, 4, RV32_RAM + 0x200);
}

TEST(veer_reports_bus_errors_by_nmi)
{
    static const struct {
        enum riscv_row row;
        uint32_t address, cause, pc;
    } cases[] = {
        {RISCV_LW, 0x10000000, 0xf0000001, RV32_RAM + 0x200},
        {RISCV_SW, 0x10000000, 0xf0000000, RV32_RAM + 0x200},
        {RISCV_LW, 0x50000000, 5,          RV32_RAM + 0x100},
        {RISCV_SW, 0x50000000, 7,          RV32_RAM + 0x100},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        OWNED(rv32_fini) struct rv32 m;

        rv32_init(&m, &veer);
        emit_access(&m, cases[i].row, cases[i].address);
        core_run(m.core, 10);
        test_case("case %u", (unsigned)i);
        EXPECT_EQ(rv32_get(&m, "mcause"), cases[i].cause);
        EXPECT_EQ(rv32_get(&m, "pc"), cases[i].pc);
        if (cases[i].cause >= 0xf0000000) {
            EXPECT_EQ(rv32_get(&m, "mdseac"), cases[i].address);
        } else {
            EXPECT_EQ(rv32_get(&m, "mscause"), 2);
        }
    }
}

TEST_BEGINS(veer_refuses_misaligned_accesses_where_they_have_side_effects, m)
{
    rv32_init(m, &veer);
    emit_access(m, RISCV_LW, RV32_RAM + 0x5001);
    core_run(m->core, 10);
    EXPECT_EQ(rv32_get(m, "mcause"), 0);
    core_reset(m->core);
    emit_access(m, RISCV_LW, RV32_RAM + 0x5001);
    rv32_set(m, "mrac", 0x00020000); /* region 8 */
    core_run(m->core, 10);
    EXPECT_EQ(rv32_get(m, "mcause"), 4);
    EXPECT_EQ(rv32_get(m, "mtval"), RV32_RAM + 0x5001);
    EXPECT_EQ(rv32_get(m, "mscause"), 1);
}

/* The core runs at 100 MHz: 10 ns a tick. */
TEST_BEGINS(veer_internal_timers_count_and_interrupt, m)
{
    rv32_init(m, &veer);
    rv32_emit(m, RISCV_WFI, 0, 0, 0, 0);
    rv32_emit(m, RISCV_JAL, 0, 0, 0, 0);
    rv32_set(m, "mtvec", RV32_RAM + 0x100);
    rv32_set(m, "mie", 1u << 29);
    rv32_set(m, "mstatus", 8);
    rv32_set(m, "mitcnt0", 0);
    rv32_set(m, "mitb0", 100);
    EXPECT_EQ(core_run(m->core, 10), CORE_STOP_WAITING);
    clock_advance(&m->fabric.clock, 500);
    EXPECT_EQ(rv32_get(m, "mitcnt0"), 50);
    EXPECT_EQ(core_run(m->core, 10), CORE_STOP_WAITING);
    EXPECT_EQ(clock_next(&m->fabric.clock), 1000);
    clock_advance(&m->fabric.clock, 1000);
    EXPECT_EQ(m->core->power, CORE_RUNNING);
    EXPECT_EQ(rv32_get(m, "mitcnt0"), 0);
    core_run(m->core, 0);
    rv32_emit(m, RISCV_JAL, 0, 0, 0, 0);
    m->here = RV32_RAM + 0x100;
    rv32_emit(m, RISCV_JAL, 0, 0, 0, 0);
    core_run(m->core, 1);
    EXPECT_EQ(rv32_get(m, "mcause"), 0x8000001d);
    EXPECT_EQ(rv32_get(m, "pc"), RV32_RAM + 0x100);
    EXPECT_EQ(rv32_get(m, "mip"), 0);
}

TEST_BEGINS(veer_takes_an_nmi_on_its_edge, m)
{
    rv32_init(m, &veer);
    emit_access(m, RISCV_LW, RV32_RAM);
    core_run(m->core, 5);
    core_input(m->core, 3, 1);
    core_run(m->core, 5);
    EXPECT_EQ(rv32_get(m, "pc"), RV32_RAM + 0x200);
    EXPECT_EQ(rv32_get(m, "mcause"), 0);
    EXPECT_EQ(rv32_get(m, "mepc"), RV32_RAM + 12);
}

/* ---- Devices ------------------------------------------------------------- */

static struct core *probed_core;
static uint64_t probed_at;

static void probe_write(struct device *device, const struct access *access,
                        unsigned index, uint32_t value)
{
    probed_at = probed_core->retired;
    if (value == 1) {
        core_request_stop(probed_core);
    } else if (value >= 2) {
        core_limit(probed_core, value - 2);
    }
}

static const struct register_spec probe_registers[] = {
    {.offset = 0,
     .count = 1,
     .name = "PROBE",
     .access = {WO, WO},
     .writable = 0xffffffff,
     .field = NO_FIELD,
     .write = probe_write},
};
static const struct register_bank probe_bank = {.name = "probe",
                                                .size_bytes = 0x1000,
                                                .sizes = 4,
                                                .registers = probe_registers,
                                                .register_count = 1};
static const struct device_type probe_type = {
    .compatible = "test,probe", .banks = &probe_bank, .bank_count = 1};

/* Writes value to the probe as the fourth instruction of a long block. */
static struct device *emit_probe(struct rv32 *m, uint32_t value)
{
    struct device *device =
        device_create(&m->fabric, &probe_type, "probe", NULL, NULL);
    struct window window = {.name = "probe",
                            .base = gpa(0x10000000),
                            .size_bytes = 0x1000,
                            .rights = WINDOW_R | WINDOW_W,
                            .enabled = true,
                            .device = device};

    space_add_window(m->space, &window);
    probed_core = m->core;
    rv32_emit(m, RISCV_LUI, A1, 0, 0, 0x10000000);
    rv32_emit_constant(m, A0, value);
    rv32_emit(m, RISCV_SW, 0, A1, A0, 0);
    for (unsigned i = 0; i < 20; i++) {
        rv32_emit(m, RISCV_ADDI, A2, A2, 0, 1);
    }
    rv32_emit(m, RISCV_JAL, 0, 0, 0, 0);
    return device;
}

TEST(a_device_sees_the_exact_count)
{
    struct rv32 m;

    rv32_init(&m, &plain);
    struct device *device = emit_probe(&m, 0);
    EXPECT_EQ(core_run(m.core, 1000), CORE_STOP_BUDGET);
    EXPECT_EQ(probed_at, 3);
    EXPECT_EQ(m.core->retired, 1000);
    rv32_fini(&m);
    device_destroy(device);
}

TEST(a_device_can_stop_the_run_after_its_access)
{
    struct rv32 m;

    rv32_init(&m, &plain);
    struct device *device = emit_probe(&m, 1);
    EXPECT_EQ(core_run(m.core, 1000), CORE_STOP_REQUESTED);
    EXPECT_EQ(m.core->retired, 4);
    EXPECT_EQ(rv32_get(&m, "pc"), RV32_RAM + 16);
    rv32_fini(&m);
    device_destroy(device);
}

TEST(a_device_can_shorten_the_run)
{
    for (uint32_t more = 0; more < 30; more++) {
        struct rv32 m;

        rv32_init(&m, &plain);
        struct device *device = emit_probe(&m, 2 + more);
        EXPECT_EQ(core_run(m.core, 1000), CORE_STOP_BUDGET);
        test_case("%u more", more);
        EXPECT_EQ(m.core->retired, 4 + more);
        EXPECT_EQ(rv32_get(&m, "a2"), more < 20 ? more : 20);
        rv32_fini(&m);
        device_destroy(device);
    }
}

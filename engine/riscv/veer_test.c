/* SPDX-License-Identifier: Apache-2.0 */
/* VeeR EL2's answers to accesses that its memories do not take, by every
 * engine: ROM and ICCM on the bus, DCCM and PIC in the core. */
#include "base/bits.h"
#include "engine/vcpu.h"
#include "tests/harness.h"
#include "tests/rv32.h"

#define ROM     0x00000000u
#define ICCM    0x40000000u
#define DCCM    0x50000000u
#define PIC     0x60000000u
#define HANDLER (RV32_RAM + 0x100)
#define NMI     (RV32_RAM + 0x200)

enum { A0 = 10, A1 = 11, A2 = 12, MEMORY_SIZE = 0x10000 };
enum { NMI_STORE = 0xf0000000, NMI_LOAD = 0xf0000001 };
enum { INPUT_NMI_VECTOR = 4 };

static const struct core_config engines[] = {
    {.compatible = "chipsalliance,veer-el2", .engine = CORE_ENGINE_INTERPRETER},
    {.compatible = "chipsalliance,veer-el2", .engine = CORE_ENGINE_ANY        },
    {.compatible = "chipsalliance,veer-el2", .engine = CORE_ENGINE_CHAOS      },
};

struct bench {
    struct rv32 m;
    struct region *rom, *iccm, *dccm;
};

static struct region *add_memory(struct rv32 *m, const char *name,
                                 uint32_t base, unsigned rights)
{
    struct window window = {.base = gpa(base),
                            .size_bytes = MEMORY_SIZE,
                            .rights = rights,
                            .enabled = true,
                            .region = region_create(name, MEMORY_SIZE, NULL)};

    space_add_window(m->space, &window);
    return window.region;
}

static void begin(struct bench *bench, const struct core_config *config)
{
    struct rv32 *m = &bench->m;

    rv32_init(m, config);
    bench->rom = add_memory(m, "rom", ROM, WINDOW_R | WINDOW_X);
    region_set_writable(bench->rom, false);
    bench->iccm = add_memory(m, "iccm", ICCM, WINDOW_R | WINDOW_W | WINDOW_X);
    bench->iccm->whole_words = true;
    bench->dccm = add_memory(m, "dccm", DCCM, WINDOW_R | WINDOW_W);
    m->here = HANDLER;
    rv32_emit(m, RISCV_JAL, 0, 0, 0, 0);
    m->here = NMI;
    rv32_emit(m, RISCV_JAL, 0, 0, 0, 0);
    m->here = RV32_RAM;
    rv32_set(m, "mtvec", HANDLER);
    core_input(m->core, INPUT_NMI_VECTOR, NMI);
}

static void end(struct bench *bench)
{
    rv32_fini(&bench->m);
    region_destroy(bench->rom);
    region_destroy(bench->iccm);
    region_destroy(bench->dccm);
}

struct access_case {
    enum riscv_row row;
    uint32_t address, mcause, mscause;
};

static const struct access_case accesses[] = {
    {RISCV_SB,  ICCM,               NMI_STORE, 0},
    {RISCV_SH,  ICCM + 2,           NMI_STORE, 0},
    {RISCV_SW,  ICCM + 1,           NMI_STORE, 0},
    {RISCV_SW,  ICCM + 2,           NMI_STORE, 0},
    {RISCV_SH,  ICCM + 0xfff,       NMI_STORE, 0}, /* two pages */
    {RISCV_SW,  ICCM,               0,         0},
    {RISCV_LB,  ICCM + 3,           0,         0},
    {RISCV_LHU, ICCM + 1,           0,         0},
    {RISCV_LW,  ICCM + 2,           0,         0},
    {RISCV_SW,  ICCM + MEMORY_SIZE, NMI_STORE, 0},
    {RISCV_LW,  ICCM + MEMORY_SIZE, NMI_LOAD,  0},
    {RISCV_SB,  ROM + 4,            NMI_STORE, 0},
    {RISCV_SW,  ROM + 4,            NMI_STORE, 0},
    {RISCV_LB,  ROM + 5,            0,         0},
    {RISCV_SB,  DCCM + 1,           0,         0},
    {RISCV_SH,  DCCM + 1,           0,         0},
    {RISCV_SW,  DCCM + 0xffe,       0,         0},
    {RISCV_SB,  DCCM + MEMORY_SIZE, 7,         2},
    {RISCV_LW,  DCCM + MEMORY_SIZE, 5,         2},
    {RISCV_LW,  PIC,                5,         2}, /* none in this machine */
    {RISCV_SB,  PIC,                7,         6},
    {RISCV_LHU, PIC + 2,            5,         6},
    {RISCV_SW,  PIC + 2,            7,         6},
    {RISCV_SB,  PIC + 0x8000,       7,         2},
    {RISCV_SB,  0x10000000,         NMI_STORE, 0},
};

static void check_access(const struct core_config *config,
                         const struct access_case *expected)
{
    bool imprecise = expected->mcause >= NMI_STORE;
    OWNED(end) struct bench bench = {0};
    struct rv32 *m = &bench.m;

    begin(&bench, config);
    rv32_store(m, DCCM, 0);
    rv32_emit_constant(m, A1, expected->address);
    rv32_emit_constant(m, A2, 0x55667788);
    rv32_emit(m, expected->row, A0, A1, A2, 0);
    rv32_emit(m, RISCV_JAL, 0, 0, 0, 0);
    core_run(m->core, 20);
    EXPECT_EQ(rv32_get(m, "mcause"), expected->mcause);
    EXPECT_EQ(rv32_get(m, "mscause"), expected->mscause);
    EXPECT_EQ(rv32_get(m, "mdseac"), imprecise ? expected->address : 0);
    EXPECT_EQ(rv32_get(m, "mtval"),
              expected->mcause == 0 || imprecise ? 0 : expected->address);
    EXPECT_EQ(rv32_get(m, "pc"), imprecise               ? NMI
                                 : expected->mcause != 0 ? HANDLER
                                                         : RV32_RAM + 20);
    if (imprecise) {
        EXPECT_EQ(rv32_load(m, expected->address & ~3u), 0);
    }
}

TEST(each_memory_takes_what_the_hardware_takes)
{
    for (size_t i = 0; i < ARRAY_SIZE(accesses); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(engines); j++) {
            test_case("case %zu, engine %zu", i, j);
            check_access(&engines[j], &accesses[i]);
        }
    }
}

FIXTURE(struct bench, bench, end)

/* Side effects are no property of the core's own memories. */
TEST_BEGINS(mrac_does_not_count_for_iccm, bench)
{
    struct rv32 *m = &bench->m;

    begin(bench, &engines[0]);
    rv32_set(m, "mrac", 2u << 8); /* region 4 */
    rv32_emit_constant(m, A1, ICCM + 1);
    rv32_emit(m, RISCV_LW, A0, A1, 0, 0);
    rv32_emit(m, RISCV_JAL, 0, 0, 0, 0);
    core_run(m->core, 20);
    EXPECT_EQ(rv32_get(m, "mcause"), 0);
}

TEST(only_rom_and_iccm_are_executed_from)
{
    static const struct {
        uint32_t address, mcause, mscause;
    } cases[] = {
        {ROM + 0x40,         0, 0},
        {ICCM + 0x40,        0, 0},
        {ICCM + MEMORY_SIZE, 1, 2},
        {DCCM + 0x40,        1, 9},
        {0x10000000,         1, 9},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases) * ARRAY_SIZE(engines); i++) {
        const uint32_t address = cases[i / ARRAY_SIZE(engines)].address;
        const uint32_t spin = 0x0000006f; /* jal x0, 0 */
        const struct access debug = {.debug = true};
        OWNED(end) struct bench bench = {0};
        struct rv32 *m = &bench.m;

        begin(&bench, &engines[i % ARRAY_SIZE(engines)]);
        space_copy_in(m->space, &debug, gpa(address), &spin, 4, NULL);
        rv32_emit_constant(m, A1, address);
        rv32_emit(m, RISCV_JALR, 0, A1, 0, 0);
        core_run(m->core, 20);
        test_case("case %zu", i);
        EXPECT_EQ(rv32_get(m, "mcause"), cases[i / ARRAY_SIZE(engines)].mcause);
        EXPECT_EQ(rv32_get(m, "mscause"),
                  cases[i / ARRAY_SIZE(engines)].mscause);
    }
}

/* 2.7.1: errors after the first are gated until mdeau is written. */
TEST_BEGINS(a_second_bus_error_waits_for_the_first_to_be_acknowledged, bench)
{
    struct rv32 *m = &bench->m;

    begin(bench, &engines[0]);
    rv32_emit_constant(m, A1, 0x10000000);
    rv32_emit(m, RISCV_SW, 0, A1, 0, 0);
    m->here = NMI;
    rv32_emit(m, RISCV_ADDI, A0, A0, 0, 1);
    rv32_emit(m, RISCV_SW, 0, A1, 0, 4);
    rv32_emit(m, RISCV_JAL, 0, 0, 0, 0);
    core_run(m->core, 20);
    EXPECT_EQ(rv32_get(m, "a0"), 1);
    EXPECT_EQ(rv32_get(m, "mdseac"), 0x10000000);
    rv32_set(m, "mdeau", 1);
    rv32_set(m, "pc", NMI);
    core_run(m->core, 20);
    EXPECT_EQ(rv32_get(m, "a0"), 3);
    EXPECT_EQ(rv32_get(m, "mdseac"), 0x10000004);
}

/* ---- Words to ICCM, by the short way ------------------------------------- */

/* Stores x10 to x11, counts it, for ever. */
static void begin_to_store(struct bench *bench,
                           const struct core_config *config)
{
    struct rv32 *m = &bench->m;

    begin(bench, config);
    rv32_emit(m, RISCV_ADDI, A0, A0, 0, 1);
    rv32_emit(m, RISCV_SW, 0, A1, A0, 0);
    rv32_emit(m, RISCV_JAL, 0, 0, 0, -8);
    rv32_set(m, "a1", ICCM + 0x1ffc);
    core_run(m->core, 300);
    EXPECT_EQ(rv32_load(m, ICCM + 0x1ffc), 100);
    EXPECT(vcpu_of(m->core)->compiled.windows[VCPU_WINDOW_WORDS].size != 0);
}

TEST(words_to_iccm_are_noticed_where_they_must_be)
{
    for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
        OWNED(end) struct bench bench = {0};
        struct rv32 *m = &bench.m;

        test_case("engine %zu", i);
        begin_to_store(&bench, &engines[i]);
        REQUIRE(region_checkpoint(bench.iccm, NULL) == 0);
        core_run(m->core, 30);
        EXPECT_EQ(region_next_dirty(bench.iccm, 0), 1);
        EXPECT_EQ(rv32_load(m, ICCM + 0x1ffc), 110);
        core_add_watchpoint(m->core, gva(ICCM + 0x1ffc), 4, WATCH_WRITE);
        EXPECT_EQ(core_run(m->core, 30), CORE_STOP_WATCHPOINT);
        core_remove_watchpoint(m->core, gva(ICCM + 0x1ffc), 4, WATCH_WRITE);
        core_run(m->core, 30);
        region_set_writable(bench.iccm, false);
        core_run(m->core, 30);
        EXPECT_EQ(rv32_get(m, "mcause"), NMI_STORE);
        EXPECT_EQ(rv32_get(m, "pc"), NMI);
    }
}

TEST(code_in_iccm_is_seen_as_it_was_stored)
{
    for (size_t i = 0; i < ARRAY_SIZE(engines); i++) {
        OWNED(end) struct bench bench = {0};
        struct rv32 *m = &bench.m;

        test_case("engine %zu", i);
        begin_to_store(&bench, &engines[i]);
        rv32_set(m, "a0", 0x00150513); /* addi a0, a0, 1 */
        rv32_set(m, "a1", ICCM + 0x1000);
        rv32_set(m, "pc", RV32_RAM + 4);
        core_run(m->core, 1);
        rv32_store(m, RV32_RAM + 8, 0x00058067); /* jr a1 */
        for (uint32_t n = 1; n < 5; n++) {
            struct access debug = {.debug = true};
            uint32_t spin = 0x0000006f;

            space_copy_in(m->space, &debug, gpa(ICCM + 0x1004), &spin, 4, NULL);
            rv32_set(m, "a0", 0x00050513 | n << 20); /* addi a0, a0, n */
            rv32_set(m, "pc", RV32_RAM + 4);
            core_run(m->core, 20);
            EXPECT_EQ(rv32_get(m, "a0"), (0x00050513 | n << 20) + n);
        }
    }
}

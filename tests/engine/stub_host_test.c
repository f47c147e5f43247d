/* SPDX-License-Identifier: Apache-2.0 */
/* A back end for another host compiles ten operations with the compiler's
 * policy as it is, and ends where the interpreter does. */
#include "tests/engine/stub_host.h"

#include "tests/harness.h"
#include "tests/rv32.h"

enum { ZERO, A0 = 10, A1, A2, A3, A4, DATA = 0x8000, TURNS = 1000 };

static struct compiler *compiler_of(struct rv32 *m)
{
    return vcpu_of(m->core)->code->compiler;
}

/* engine: INTERPRETER as it is; of others the compiler is the stub's. */
static void start(struct rv32 *m, enum core_engine engine)
{
    const struct core_config config = {.engine = engine};

    rv32_init(m, &config);
    if (engine != CORE_ENGINE_INTERPRETER) {
        struct vcpu *cpu = vcpu_of(m->core);

        compiler_destroy(cpu->code->compiler);
        cpu->code->compiler = compiler_create(&stub_host, cpu, cpu->code);
        REQUIRE(cpu->code->compiler != NULL);
    }
}

/* A loop of what is lowered, and what is not behind it; then for ever. */
static void load(struct rv32 *m)
{
    rv32_emit_constant(m, A2, RV32_RAM + DATA);
    rv32_emit_constant(m, A1, TURNS);
    const uint32_t loop = m->here;
    rv32_emit(m, RISCV_LW, A3, A2, 0, 0);
    rv32_emit(m, RISCV_ADD, A0, A0, A3, 0);
    rv32_emit(m, RISCV_XOR, A3, A0, A1, 0);
    rv32_emit(m, RISCV_SUB, A4, A3, A0, 0);
    rv32_emit(m, RISCV_SW, 0, A2, A3, 0);
    rv32_emit(m, RISCV_ADDI, A1, A1, 0, -1);
    rv32_emit(m, RISCV_BNE, 0, A1, ZERO, (int32_t)(loop - m->here));
    rv32_emit(m, RISCV_MUL, A4, A4, A4, 0);
    rv32_emit_csr(m, RISCV_CSRRS, A3, 0x300, 0);
    rv32_emit(m, RISCV_ADDI, A2, A2, 0, 4);
    rv32_emit_constant(m, A1, 2);
    rv32_emit(m, RISCV_JAL, 0, 0, 0, (int32_t)(loop - m->here));
}

/* The state after slices of so many instructions. */
static uint64_t state_after(enum core_engine engine, uint64_t slice)
{
    struct rv32 m;
    uint64_t hash;

    start(&m, engine);
    load(&m);
    for (uint64_t done = 0; done < 8000; done += slice) {
        EXPECT_EQ(core_run(m.core, slice), CORE_STOP_BUDGET);
    }
    EXPECT_EQ(m.core->retired, (8000 + slice - 1) / slice * slice);
    hash = core_hash(m.core);
    rv32_fini(&m);
    return hash;
}

TEST(slices_of_all_sizes_end_as_interpreted)
{
    static const uint64_t slices[] = {1, 7, 64, 1000, 8000};

    for (size_t i = 0; i < sizeof(slices) / sizeof(slices[0]); i++) {
        const uint64_t expected =
            state_after(CORE_ENGINE_INTERPRETER, slices[i]);

        EXPECT_EQ(state_after(CORE_ENGINE_COMPILER, slices[i]), expected);
        EXPECT_EQ(state_after(CORE_ENGINE_CHAOS, slices[i]), expected);
    }
}

TEST(its_code_executes_the_loop_and_jumps_are_mended_once)
{
    struct rv32 m;

    start(&m, CORE_ENGINE_COMPILER);
    load(&m);
    stub_host_executed = 0;
    core_run(m.core, 7 * (TURNS - 1));
    EXPECT(stub_host_executed > 5 * (TURNS - 1));
    EXPECT_EQ(compiler_statistics(compiler_of(&m))->links, 1);
    rv32_fini(&m);
}

TEST(code_that_changes_is_made_anew)
{
    struct rv32 m;

    start(&m, CORE_ENGINE_COMPILER);
    load(&m);
    core_run(m.core, 7 * TURNS / 2);
    const uint64_t blocks = compiler_statistics(compiler_of(&m))->blocks;
    m.here = RV32_RAM + 4 * 4;
    rv32_emit(&m, RISCV_ADDI, A3, ZERO, 0, 0); /* in place of lw */
    m.here += 2 * 4;
    rv32_emit(&m, RISCV_XOR, A3, A3, A3, 0); /* and of sub: a4 stays */
    const uint64_t kept = rv32_get(&m, "a4");
    core_run(m.core, 7 * 20);
    EXPECT_EQ(rv32_get(&m, "a4"), kept);
    EXPECT(compiler_statistics(compiler_of(&m))->blocks > blocks);
    rv32_fini(&m);
}

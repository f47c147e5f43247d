/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/core.h"

#include "tests/harness.h"
#include "tests/rv32.h"

static const struct core_config plain = {.compatible = "riscv,rv32imc"};

/* a0 counts down from a1, a2 sums. */
static void emit_loop(struct rv32 *m, uint32_t turns)
{
    rv32_emit_constant(m, 10, turns);
    rv32_emit(m, RISCV_ADD, 12, 12, 10, 0);
    rv32_emit(m, RISCV_ADDI, 10, 10, 0, -1);
    rv32_emit(m, RISCV_BNE, 0, 10, 0, -8);
    rv32_emit(m, RISCV_JAL, 0, 0, 0, 0);
}

TEST(a_known_core_is_found_by_its_compatible)
{
    EXPECT(core_type_find("acme,core") == NULL);
    EXPECT(core_type_find("riscv,rv32imc") != NULL);
    EXPECT(core_type_find("chipsalliance,veer-el2") != NULL);
}

TEST(a_loop_computes_and_counts_its_instructions)
{
    struct rv32 m;

    rv32_init(&m, &plain);
    emit_loop(&m, 100);
    EXPECT_EQ(core_run(m.core, 2 + 300), CORE_STOP_BUDGET);
    EXPECT_EQ(m.core->retired, 302);
    EXPECT_EQ(rv32_get(&m, "a2"), 5050);
    EXPECT_EQ(rv32_get(&m, "pc"), RV32_RAM + 20);
    rv32_fini(&m);
}

/* The state at every count, stepped, is the state of one run to that count. */
TEST(every_budget_lands_exactly)
{
    for (uint64_t budget = 0; budget < 40; budget++) {
        struct rv32 whole;
        struct rv32 stepped;

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
        rv32_fini(&stepped);
    }
}

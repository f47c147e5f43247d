/* SPDX-License-Identifier: Apache-2.0 */
/* Decoded code: entries into blocks, and cores that share it. */
#include "tests/a64.h"
#include "tests/harness.h"

static const struct core_config plain = {.el2 = false};

/* A block with an instruction that has no operations, fused ones, one that
 * checks something first, and a branch. */
static void load_program(struct a64 *m)
{
    A64_CODE(m, 0, 0x91000400, /* add x0, x0, #1 */
             0xd503201f,       /* nop */
             0x91000421,       /* add x1, x1, #1 */
             0xd2824682,       /* movz x2, #0x1234 */
             0xf2a00022,       /* movk x2, #1, lsl #16 */
             0x1e604000,       /* fmov d0, d0 */
             0x91000463,       /* add x3, x3, #1 */
             0xf1000c7f,       /* cmp x3, #3 */
             0x54ffff01,       /* b.ne .-32 */
             0x91000484,       /* add x4, x4, #1 */
             0x14000000);      /* b . */
    AARCH64_SYS(m->pe, CPACR_EL1) = 3 << 20;
    aarch64_update(m->pe);
}

static void run_to(struct a64 *m, uint64_t count)
{
    core_run(m->core, count - m->core->retired);
}

/* Decoded from the start, then entered everywhere, in runs of all lengths. */
TEST(a_block_is_entered_at_any_of_its_instructions)
{
    for (unsigned entry = 0; entry < 11; entry++) {
        for (uint64_t budget = 1; budget <= 30; budget++) {
            struct a64 whole;
            struct a64 steps;

            a64_init(&whole, &plain);
            a64_init(&steps, &plain);
            load_program(&whole);
            load_program(&steps);
            run_to(&whole, 40);
            whole.core->retired = 0;
            memset(whole.pe->state.r, 0, 8 * sizeof(uint64_t));
            whole.pe->state.r[IR_NZCV] = 0;
            whole.pe->state.r[IR_PC] = A64_RAM + entry * 4;
            steps.pe->state.r[IR_PC] = A64_RAM + entry * 4;
            run_to(&whole, budget);
            for (uint64_t i = 1; i <= budget; i++) {
                run_to(&steps, i);
            }
            test_case("entry %u, %u instructions", entry, (unsigned)budget);
            EXPECT_EQ(whole.core->retired, budget);
            EXPECT_BYTES(whole.pe->state.r, steps.pe->state.r,
                         sizeof(steps.pe->state.r));
            a64_fini(&whole);
            a64_fini(&steps);
        }
    }
}

static struct core *second_core(struct a64 *m)
{
    struct core_config config = m->core->config;
    struct core *core;

    config.name = "second";
    config.compatible = "arm,cortex-a35";
    core_create(&config, &core, NULL);
    core->power = CORE_RUNNING;
    return core;
}

TEST(cores_that_share_code_stop_at_their_own_breakpoints)
{
    struct a64 m;

    a64_init(&m, &plain);
    load_program(&m);
    struct core *second = second_core(&m);
    core_run(second, 2);
    core_add_breakpoint(m.core, gva(A64_RAM + 8));
    EXPECT_EQ(core_run(m.core, 10), CORE_STOP_BREAKPOINT);
    EXPECT_EQ(m.core->retired, 2);
    EXPECT_EQ(core_run(second, 3), CORE_STOP_BUDGET);
    EXPECT_EQ(second->retired, 5);
    core_destroy(second);
    EXPECT_EQ(core_run(m.core, 3), CORE_STOP_BUDGET);
    a64_fini(&m);
}

TEST(code_that_one_core_changes_is_new_to_the_other)
{
    struct a64 m;
    const uint32_t other = 0x91000800; /* add x0, x0, #2 */
    struct core *second;

    a64_init(&m, &plain);
    load_program(&m);
    second = second_core(&m);
    struct aarch64 *pe = aarch64_of(vcpu_of(second));
    core_run(m.core, 2);
    core_run(second, 2);
    EXPECT_EQ(pe->state.r[0], 1);
    a64_load(&m, 0, &other, sizeof(other));
    pe->state.r[IR_PC] = A64_RAM;
    m.pe->state.r[IR_PC] = A64_RAM;
    core_run(second, 2);
    core_run(m.core, 2);
    EXPECT_EQ(pe->state.r[0], 3);
    EXPECT_EQ(m.pe->state.r[0], 3);
    core_destroy(second);
    a64_fini(&m);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads and stores of vector registers: the layout in memory is what "Load
 * multiple 4-element structures" and its kin draw in DDI 0487, C3.2.10.
 */
#include "tests/a64.h"
#include "tests/harness.h"

enum { DATA = 0x10000 };

static const struct core_config config = {0};

/* x1 is the address of bytes 0, 1, 2 ... 255; runs instructions. */
static void run(struct a64 *machine, unsigned instructions)
{
    uint8_t bytes[256];

    for (unsigned i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)i;
    }
    a64_load(machine, DATA, bytes, sizeof(bytes));
    AARCH64_SYS(machine->pe, CPACR_EL1) = 3 << 20;
    machine->pe->state.r[1] = A64_RAM + DATA;
    core_run(machine->core, instructions);
}

FIXTURE(struct a64, machine, a64_fini)
FIXTURE_BEGIN(machine, a64_init(machine, &config))

TEST_ON(ld4_of_bytes_takes_every_fourth, machine)
{
    /* ld4 {v0.8b-v3.8b}, [x1], 32 */
    A64_CODE(machine, 0, 0x0cdf0020);
    run(machine, 1);
    EXPECT_EQ(machine->pe->state.v[0].d[0], 0x1c1814100c080400);
    EXPECT_EQ(machine->pe->state.v[3].d[0], 0x1f1b17130f0b0703);
    EXPECT_EQ(machine->pe->state.v[3].d[1], 0);
    EXPECT_EQ(machine->pe->state.r[1], A64_RAM + DATA + 32);
}

TEST_ON(ld3_and_st1_take_structures_apart, machine)
{
    /* ld3 {v0.4s-v2.4s}, [x1]; st1 {v0.16b-v2.16b}, [x1] */
    A64_CODE(machine, 0, 0x4c404820, 0x4c006020);
    run(machine, 2);
    EXPECT_EQ(a64_at(machine, DATA), 0x0f0e0d0c03020100);
    EXPECT_EQ(a64_at(machine, DATA + 16), 0x1312111007060504);
    EXPECT_EQ(a64_at(machine, DATA + 40), 0x2f2e2d2c23222120);
    EXPECT_EQ(a64_at(machine, DATA + 48), 0x3736353433323130);
}

TEST_ON(a_single_element_leaves_the_others, machine)
{
    /* ld2 {v4.h, v5.h}[5], [x1], 4; st1 {v5.b}[11], [x1] */
    A64_CODE(machine, 0, 0x4dff4824, 0x4d000c25);
    machine->pe->state.v[4].d[0] = machine->pe->state.v[4].d[1] = ~0ull;
    run(machine, 2);
    EXPECT_EQ(machine->pe->state.v[4].d[0], ~0ull);
    EXPECT_EQ(machine->pe->state.v[4].d[1], 0xffffffff0100ffff);
    EXPECT_EQ(machine->pe->state.v[5].d[1], 0x0000000003020000);
    EXPECT_EQ(machine->pe->state.r[1], A64_RAM + DATA + 4);
    EXPECT_EQ(a64_at(machine, DATA), 0x0706050303020100);
}

TEST_ON(ld1r_repeats_an_element, machine)
{
    /* ld1r {v0.4h}, [x1]; ld2r {v30.2d, v31.2d}, [x1] */
    A64_CODE(machine, 0, 0x0d40c420, 0x4d60cc3e);
    machine->pe->state.v[0].d[1] = ~0ull;
    run(machine, 2);
    EXPECT_EQ(machine->pe->state.v[0].d[0], 0x0100010001000100);
    EXPECT_EQ(machine->pe->state.v[0].d[1], 0);
    EXPECT_EQ(machine->pe->state.v[31].d[0], 0x0f0e0d0c0b0a0908);
    EXPECT_EQ(machine->pe->state.v[31].d[1], 0x0f0e0d0c0b0a0908);
}

TEST_ON(scalar_loads_clear_the_rest_and_write_back, machine)
{
    /* ldr h0, [x1, 2]!; ldr b1, [x1], 14; ldp q2, q3, [x1, 16];
     * str d2, [x1, x2, lsl 3] */
    A64_CODE(machine, 0, 0x7c402c20, 0x3c40e421, 0xad408c22, 0xfc227822);
    machine->pe->state.v[0].d[0] = machine->pe->state.v[0].d[1] = ~0ull;
    machine->pe->state.r[2] = 2;
    run(machine, 4);
    EXPECT_EQ(machine->pe->state.v[0].d[0], 0x0302);
    EXPECT_EQ(machine->pe->state.v[0].d[1], 0);
    EXPECT_EQ(machine->pe->state.v[1].d[0], 0x02);
    EXPECT_EQ(machine->pe->state.r[1], A64_RAM + DATA + 16);
    EXPECT_EQ(machine->pe->state.v[2].d[0], 0x2726252423222120);
    EXPECT_EQ(machine->pe->state.v[3].d[1], 0x3f3e3d3c3b3a3938);
    EXPECT_EQ(a64_at(machine, DATA + 32), 0x2726252423222120);
}

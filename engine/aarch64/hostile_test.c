/* SPDX-License-Identifier: Apache-2.0 */
/* Random words as programs at every level, with random system registers: the
 * host must survive and the count must land. */
#include "base/bits.h"
#include "tests/a64.h"
#include "tests/harness.h"

static const struct core_config both = {.el2 = true, .el3 = true};

static uint64_t next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Half of the words are system instructions, which random words seldom are. */
static void fill(struct a64 *m, uint64_t *state)
{
    for (uint64_t at = 0; at < 0x4000; at += 4) {
        uint32_t word = (uint32_t)next(state);
        unsigned row = (unsigned)(next(state) % AARCH64_SYSTEM_REGISTERS);

        switch (next(state) & 3) {
        case 0:
            word = 0xd5000000 | aarch64_registers[row].encoding << 5 |
                   (word & 0x20001f);
            break;
        case 1:
            word = 0xd5080000 | (word & 0x7ffff);
            break;
        default:
            break;
        }
        a64_load(m, at, &word, 4);
    }
}

TEST(random_programs_at_every_level_do_no_harm)
{
    uint64_t state = 0x123456789abcdef;

    for (unsigned round = 0; round < 60; round++) {
        struct a64 m;

        a64_init(&m, &both);
        fill(&m, &state);
        for (unsigned row = 0; row < AARCH64_SYSTEM_REGISTERS; row++) {
            if (next(&state) % 4 == 0) {
                aarch64_register_write(m.pe, (enum aarch64_register)row,
                                       next(&state));
            }
        }
        for (unsigned i = 0; i < 32; i++) {
            m.pe->state.r[i] = A64_RAM + (next(&state) & 0xfff8);
        }
        AARCH64_SYS(m.pe, TTBR0_EL3) = A64_RAM;
        AARCH64_SYS(m.pe, VTTBR_EL2) = A64_RAM + 0x1000;
        AARCH64_SYS(m.pe, TTBR0_EL1) = A64_RAM + 0x2000;
        aarch64_set_sp(m.pe, round & 3, (round & 3) != 0);
        aarch64_update(m.pe);
        for (unsigned i = 0; i < 200; i++) {
            uint64_t before = m.core->retired;

            m.core->power = CORE_RUNNING;
            m.pe->state.r[IR_PC] = A64_RAM + (next(&state) & 0x3ffc);
            core_run(m.core, 50);
            EXPECT(m.core->retired - before <= 50);
        }
        a64_fini(&m);
    }
}

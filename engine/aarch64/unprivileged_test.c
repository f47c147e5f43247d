/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LDTR and STTR of EL1: with the rights of EL0 and in the address space of the
 * moment, as compiled code and as interpreted. Compiled code has them by the
 * soft TLB of EL0, which it must not go on with when that changes.
 */
#include "base/bits.h"
#include "tests/a64.h"
#include "tests/harness.h"

#define ENTRY ((uint64_t)0x403) /* a page or table, AF */
#define USER  ((uint64_t)1 << 6)
#define LOCAL ((uint64_t)1 << 11) /* nG */

/* Offsets in RAM. The tables of two address spaces, and pages: the first of the
 * address space is the user's and another in each, then come code, a privileged
 * page, and one of the user's that is there once it is asked for twice. */
enum {
    L1 = 0x10000,
    OTHER_L1 = 0x20000,
    LOOP = 0x100000,
    PRIVILEGED = 0x101000,
    FIRST = 0x102000,
    OTHER_FIRST = 0x103000,
    FAR_L2 = 0x30000, /* of a page 4 GiB above the first */
    FAR = 0x104000,
    VECTOR = 0xa00, /* in the page of the code */
};

/* x1, x5 and x6 are a user's addresses, x4 a privileged one; x2 and x3 are
 * address spaces. */
/* clang-format off */
static const uint32_t loop[] = {
    0xf8400828 /* ldtr x8, [x1] */,
    0xf8400828 /* ldtr x8, [x1] */,
    0xb8808829 /* ldtrsw x9, [x1, #8] */,
    0x78c0882a /* ldtrsh w10, [x1, #8] */,
    0x3840982b /* ldtrb w11, [x1, #9] */,
    0xf840382c /* ldtr x12, [x1, #3] */,
    0x8b080294 /* add x20, x20, x8 */,
    0xf8010834 /* sttr x20, [x1, #16] */,
    0x78019834 /* sttrh w20, [x1, #25] */,
    0xd5182002 /* msr TTBR0_EL1, x2 */,
    0xd5033fdf /* isb */,
    0xf840082d /* ldtr x13, [x1] */,
    0xf840082d /* ldtr x13, [x1] */,
    0xd5182003 /* msr TTBR0_EL1, x3 */,
    0xd5033fdf /* isb */,
    0xf940008e /* ldr x14, [x4] */,
    0xf840088f /* ldtr x15, [x4] */,
    0xf840088f /* ldtr x15, [x4] */,
    0xd500417f /* msr uao, #1 */,
    0xf8400890 /* ldtr x16, [x4] */,
    0xf8400890 /* ldtr x16, [x4] */,
    0xd500407f /* msr uao, #0 */,
    0xf8000894 /* sttr x20, [x4] */,
    0xf84008b1 /* ldtr x17, [x5] */,
    0xf84008d2 /* ldtr x18, [x6] */,
    0x17ffffe7 /* b +0 */,
};
/* Counts, and goes on behind the instruction. */
static const uint32_t vector[] = {
    0x910006b5 /* add x21, x21, #1 */,
    0xd5384036 /* mrs x22, ELR_EL1 */,
    0x910012d6 /* add x22, x22, #4 */,
    0xd5184036 /* msr ELR_EL1, x22 */,
    0xd69f03e0 /* eret */,
};
/* clang-format on */

static void map(struct a64 *m, uint64_t l1, uint64_t first)
{
    const uint64_t l2 = l1 + 0x1000;
    const uint64_t l3 = l1 + 0x2000;

    a64_put(m, l1, (A64_RAM + l2) | ENTRY);
    a64_put(m, l2, (A64_RAM + l3) | ENTRY);
    a64_put(m, l3, (A64_RAM + first) | ENTRY | USER | LOCAL);
    a64_put(m, l3 + 8, (A64_RAM + LOOP) | ENTRY);
    a64_put(m, l3 + 16, (A64_RAM + PRIVILEGED) | ENTRY);
}

static void init(struct a64 *m, enum core_engine engine)
{
    const struct core_config config = {.engine = engine,
                                       .compatible = "arm,neoverse-n1"};
    uint64_t *r;

    a64_init(m, &config);
    map(m, L1, FIRST);
    map(m, OTHER_L1, OTHER_FIRST);
    a64_put(m, L1 + 4 * 8, (A64_RAM + FAR_L2) | ENTRY);
    a64_put(m, FAR_L2, (A64_RAM + FAR_L2 + 0x1000) | ENTRY);
    a64_put(m, FAR_L2 + 0x1000, (A64_RAM + FAR) | ENTRY | USER | LOCAL);
    a64_load(m, LOOP, loop, sizeof(loop));
    a64_load(m, LOOP + VECTOR, vector, sizeof(vector));
    a64_put(m, FIRST, 0x1000000000000001);
    a64_put(m, FIRST + 8, 0x2222222280008080);
    a64_put(m, OTHER_FIRST, 0x3000000000000003);
    a64_put(m, PRIVILEGED, 0x4000000000000004);
    a64_put(m, FAR + 0x40, 0x5000000000000005);
    aarch64_register_write(m->pe, AARCH64_TCR_EL1, 25 | (uint64_t)1 << 23);
    aarch64_register_write(m->pe, AARCH64_MAIR_EL1, 0xff);
    aarch64_register_write(m->pe, AARCH64_TTBR0_EL1, A64_RAM + L1);
    aarch64_register_write(m->pe, AARCH64_VBAR_EL1, 0x1800);
    aarch64_register_write(m->pe, AARCH64_SCTLR_EL1, 0x30d00801);
    m->pe->state.level = 1;
    aarch64_update(m->pe);
    r = m->pe->state.r;
    r[2] = (A64_RAM + OTHER_L1) | (uint64_t)2 << 48;
    r[3] = A64_RAM + L1;
    r[4] = 0x2000;
    r[5] = 0x40;
    r[6] = ((uint64_t)1 << 32) + 0x40;
    r[IR_PC] = 0x1000;
}

TEST(unprivileged_accesses_have_the_rights_and_space_of_the_moment)
{
    struct a64 m[2];

    init(&m[0], CORE_ENGINE_COMPILER);
    init(&m[1], CORE_ENGINE_INTERPRETER);
    for (unsigned run = 0; run < 200; run++) {
        const uint64_t budget = run < 80 ? 1 : 997 + run;

        core_run(m[0].core, budget);
        core_run(m[1].core, budget);
        EXPECT_EQ(core_hash(m[0].core), core_hash(m[1].core));
        EXPECT_EQ(
            memcmp(region_host(m[0].ram), region_host(m[1].ram), A64_RAM_SIZE),
            0);
    }
    const uint64_t *r = m[0].pe->state.r;
    EXPECT_EQ(r[8], 0x1000000000000001);
    EXPECT_EQ(r[9], 0xffffffff80008080);
    EXPECT_EQ(r[10], 0xffff8080);
    EXPECT_EQ(r[11], 0x80);
    EXPECT_EQ(r[12], 0x0080801000000000);
    EXPECT_EQ(r[13], 0x3000000000000003);
    EXPECT_EQ(r[14], 0x4000000000000004);
    EXPECT_EQ(r[15], 0);                  /* refused each time */
    EXPECT_EQ(r[16], 0x4000000000000004); /* but with PSTATE.UAO */
    EXPECT_EQ(r[18], 0x5000000000000005);
    EXPECT_EQ(r[21] > 3000, 1);
    a64_fini(&m[0]);
    a64_fini(&m[1]);
}

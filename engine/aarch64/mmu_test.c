/* SPDX-License-Identifier: Apache-2.0 */
/* Translation tables by hand; expectations from DDI 0487, D5. */
#include "tests/a64.h"
#include "tests/a64_tables.h"
#include "tests/harness.h"

static const struct core_config plain = {.aarch64.el2 = false};
static const struct core_config virtual = {.aarch64.el2 = true};

/* Descriptors. */

/* Offsets of the tables in RAM. */
#define L1 ((uint64_t)0x10000)
#define L2 ((uint64_t)0x11000)
#define L3 ((uint64_t)0x12000)
#define S2 ((uint64_t)0x14000)

/* 39-bit spaces of 4 KiB pages; attribute 0 normal, 1 device. */
static void init(struct a64 *m, const struct core_config *config)
{
    a64_init(m, config);
    struct aarch64 *pe = m->pe;
    aarch64_set_sp(pe, 1, 1);
    AARCH64_SYS(pe, TCR_EL1) =
        25 | 25 << 16 | (uint64_t)2 << 30 | (uint64_t)2 << 32;
    AARCH64_SYS(pe, TTBR0_EL1) = A64_RAM + L1;
    AARCH64_SYS(pe, TTBR1_EL1) = A64_RAM + L1;
    AARCH64_SYS(pe, MAIR_EL1) = 0x04ff;
    AARCH64_SYS(pe, SCTLR_EL1) |= 1;
    aarch64_update(pe);
    /* 0: the pages of L3; 1 GiB on: RAM as blocks */
    a64_put(m, L1, A64_RAM + L2 + TABLE);
    a64_put(m, L1 + 8, A64_RAM | AF | BLOCK);
    a64_put(m, L2, A64_RAM + L3 + TABLE);
    /* Vectors stay where they are. */
    a64_put(m, 0x800 + 0x200, 0x14000000);
    a64_put(m, 0x800 + 0x400, 0x14000000);
}

struct permission_case {
    const char *what;
    uint64_t table, leaf; /* added bits */
    bool wxn;
    /* by level 0 and 1: read, write, fetch */
    const char *user, *kernel;
};

static const char *rights(struct a64 *m, unsigned level, char text[4])
{
    static const char letters[] = "rwx";
    struct aarch64_translation t;
    unsigned count = 0;

    for (unsigned access = VCPU_READ; access <= VCPU_FETCH; access++) {
        if (aarch64_translate(m->pe, level, 0, (enum vcpu_access)access, true,
                              &t)) {
            text[count++] = letters[access];
        } else {
            EXPECT_EQ(t.status, 0x0f);
        }
    }
    text[count] = '\0';
    return text;
}

TEST(rights_follow_the_descriptors_of_all_levels)
{
    static const struct permission_case cases[] = {
        {"kernel",             0,                 0,                      false, "x",   "rwx"},
        {"kernel, XN",         0,                 UXN | PXN,              false, "",    "rw" },
        {"kernel, read only",  0,                 READ_ONLY,              false, "x",   "rx" },
        {"user",               0,                 USER,                   false, "rwx", "rw" },
        {"user, read only",    0,                 USER | READ_ONLY,       false, "rx",  "rx" },
        {"user, PXN",          0,                 USER | READ_ONLY | PXN, false, "rx",  "r"  },
        {"user, UXN",          0,                 USER | UXN,             false, "rw",  "rw" },
        {"WXN",                0,                 USER,                   true,  "rw",  "rw" },
        {"WXN, kernel",        0,                 0,                      true,  "x",   "rw" },
        {"WXN, read only",     0,                 USER | READ_ONLY,       true,  "rx",  "rx" },
        {"table without user", (uint64_t)1 << 61, USER,                   false, "x",   "rwx"},
        {"table read only",    (uint64_t)1 << 62, USER,                   false, "rx",  "rx" },
        {"table UXN",          (uint64_t)1 << 60, USER | READ_ONLY,       false, "r",   "rx" },
        {"table PXN",          (uint64_t)1 << 59, USER | READ_ONLY,       false, "rx",  "r"  },
    };
    char text[4];

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        OWNED(a64_fini) struct a64 m;

        init(&m, &plain);
        a64_put(&m, L1, (A64_RAM + L2 + TABLE) | cases[i].table);
        a64_put(&m, L3, A64_RAM | AF | PAGE | cases[i].leaf);
        AARCH64_SYS(m.pe, SCTLR_EL1) |= (uint64_t)cases[i].wxn << 19;
        test_case("%s", cases[i].what);
        EXPECT_STR(rights(&m, 0, text), cases[i].user);
        EXPECT_STR(rights(&m, 1, text), cases[i].kernel);
    }
}

TEST(faults_name_their_kind_and_level)
{
    static const struct {
        const char *what;
        uint64_t address;
        uint64_t place, descriptor;
        uint8_t status;
    } cases[] = {
        {"level 1 empty",      0x80000000,         0,       0,                             0x05},
        {"level 2 empty",      0x00200000,         0,       0,                             0x06},
        {"level 3 empty",      0x00001000,         0,       0,                             0x07},
        {"level 3 block",      0x00001000,         L3 + 8,  AF | BLOCK,                    0x07},
        {"no access flag",     0x00001000,         L3 + 8,  PAGE,                          0x0b},
        {"level 1, no flag",   0xc0000000,         L1 + 24, BLOCK,                         0x09},
        {"page too far",       0x00001000,         L3 + 8,  (uint64_t)1 << 40 | AF | PAGE,
         0x03                                                                                  },
        {"table too far",      0x80000000,         L1 + 16, (uint64_t)1 << 41 | TABLE,     0x01},
        {"table not there",    0x80000000,         L1 + 16, 0x1000 | TABLE,                0x16},
        {"between the halves", 0x0000008000000000, 0,       0,                             0x04},
        {"tag without TBI",    0x0100000000000000, 0,       0,                             0x04},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        OWNED(a64_fini) struct a64 m;
        struct aarch64_translation t;

        init(&m, &plain);
        if (cases[i].place != 0) {
            a64_put(&m, cases[i].place, cases[i].descriptor);
        }
        test_case("%s", cases[i].what);
        EXPECT(
            !aarch64_translate(m.pe, 1, cases[i].address, VCPU_READ, true, &t));
        EXPECT_EQ(t.status, cases[i].status);
    }
}

FIXTURE(struct a64, m, a64_fini)
FIXTURE_BEGIN(m, init(m, &plain))

TEST_ON(both_halves_tags_and_walk_disables_are_heeded, m)
{
    struct aarch64_translation t;

    EXPECT(
        aarch64_translate(m->pe, 1, 0xffffff8040001234, VCPU_READ, true, &t));
    EXPECT_EQ(t.pa, A64_RAM + 0x1234);
    AARCH64_SYS(m->pe, TCR_EL1) |= (uint64_t)1 << 37; /* TBI0 */
    EXPECT(
        aarch64_translate(m->pe, 1, 0xab00000040001234, VCPU_READ, true, &t));
    EXPECT(
        !aarch64_translate(m->pe, 1, 0xabffff8040001234, VCPU_READ, true, &t));
    AARCH64_SYS(m->pe, TCR_EL1) |= 1 << 23; /* EPD1 */
    EXPECT(
        !aarch64_translate(m->pe, 1, 0xffffff8040001234, VCPU_READ, true, &t));
    EXPECT_EQ(t.status, 0x04);
}

TEST_ON(granules_of_16_and_64_kib_walk_with_their_strides, m)
{
    struct aarch64_translation t;

    /* 64 KiB, 42 bits: levels 2 and 3. */
    AARCH64_SYS(m->pe, TCR_EL1) = 22 | 1 << 14 | (uint64_t)2 << 32;
    AARCH64_SYS(m->pe, TTBR0_EL1) = A64_RAM + 0x20000;
    a64_put(m, 0x20000 + 8 * 1, (A64_RAM + 0x30000) | TABLE);
    a64_put(m, 0x30000 + 8 * 3, (A64_RAM + 0x50000) | AF | PAGE);
    EXPECT(aarch64_translate(m->pe, 1, ((uint64_t)1 << 29) + 0x3abcd, VCPU_READ,
                             true, &t));
    EXPECT_EQ(t.pa, A64_RAM + 0x5abcd);
    EXPECT(!aarch64_translate(m->pe, 1, 0, VCPU_READ, true, &t));
    EXPECT_EQ(t.status, 0x06);
    /* 16 KiB, 36 bits: levels 2 and 3. */
    AARCH64_SYS(m->pe, TCR_EL1) = 28 | 2 << 14 | (uint64_t)2 << 32;
    a64_put(m, 0x20000 + 8 * 5, (A64_RAM + 0x34000) | TABLE);
    a64_put(m, 0x34000 + 8 * 2, (A64_RAM + 0x8000) | AF | PAGE);
    EXPECT(aarch64_translate(m->pe, 1, (5 << 25) + (2 << 14) + 0x3210,
                             VCPU_READ, true, &t));
    EXPECT_EQ(t.pa, A64_RAM + 0xb210);
}

TEST_BEGINS(stage_2_translates_addresses_and_tables_of_stage_1, m)
{
    struct aarch64_translation t;
    uint64_t second = 3 << 6 | AF | 0x3c; /* read, write, normal */

    init(m, &virtual);
    AARCH64_SYS(m->pe, HCR_EL2) |= 1;
    /* 32 bits from level 1. */
    AARCH64_SYS(m->pe, VTCR_EL2) = 32 | 1 << 6 | 2 << 16;
    AARCH64_SYS(m->pe, VTTBR_EL2) = A64_RAM + S2;
    EXPECT(!aarch64_translate(m->pe, 1, 0x40000000, VCPU_READ, true, &t));
    EXPECT(t.stage2 && t.walk);
    EXPECT_EQ(t.ipa, A64_RAM + L1 + 8);
    EXPECT_EQ(t.status, 0x05);
    a64_put(m, S2 + 8, A64_RAM | second | BLOCK);
    EXPECT(aarch64_translate(m->pe, 1, 0x40000123, VCPU_WRITE, true, &t));
    EXPECT_EQ(t.pa, A64_RAM + 0x123);
    EXPECT(!t.device);
    /* An address of stage 1 that stage 2 does not have. */
    a64_put(m, L3, 0x80000000 | AF | PAGE);
    EXPECT(!aarch64_translate(m->pe, 1, 0x456, VCPU_READ, true, &t));
    EXPECT(t.stage2 && !t.walk);
    EXPECT_EQ(t.ipa, 0x80000456);
    /* Read only at stage 2. */
    a64_put(m, S2 + 8, (A64_RAM | second | BLOCK) & ~(uint64_t)0x80);
    EXPECT(aarch64_translate(m->pe, 1, 0x40000123, VCPU_READ, true, &t));
    EXPECT(!aarch64_translate(m->pe, 1, 0x40000123, VCPU_WRITE, true, &t));
    EXPECT_EQ(t.status, 0x0d);
}

/* Syndromes and fault addresses, as programs see them. */
TEST_ON(a_page_crossing_access_faults_at_the_page_that_fails, m)
{
    a64_put(m, L3, (A64_RAM + 0x100000) | AF | PAGE);
    AARCH64_SYS(m->pe, VBAR_EL1) = A64_RAM + 0x800;
    m->pe->state.r[9] = 0xffc;
    A64_CODE(m, 0, 0xf9000120 /* str x0, [x9] */);
    core_run(m->core, 1);
    EXPECT_EQ(AARCH64_SYS(m->pe, ESR_EL1), 0x96000047);
    EXPECT_EQ(AARCH64_SYS(m->pe, FAR_EL1), 0x1000);
    EXPECT_EQ(a64_at(m, 0x100ff8), 0);
}

TEST_ON(device_memory_takes_no_unaligned_access_and_normal_memory_does, m)
{
    a64_put(m, L3, (A64_RAM + 0x100000) | AF | PAGE);
    a64_put(m, L3 + 8, (A64_RAM + 0x100000) | AF | DEVICE | PAGE);
    AARCH64_SYS(m->pe, VBAR_EL1) = A64_RAM + 0x800;
    m->pe->state.r[0] = 0x1122334455667788;
    m->pe->state.r[9] = 0x101;
    m->pe->state.r[10] = 0x1101;
    A64_CODE(m, 0, 0xf9000120 /* str x0, [x9] */, 0xf9400121 /* ldr x1, [x9] */,
             0xf9400142 /* ldr x2, [x10] */);
    core_run(m->core, 2);
    EXPECT_EQ(m->pe->state.r[1], 0x1122334455667788);
    EXPECT_EQ(a64_at(m, 0x100100), 0x2233445566778800);
    core_run(m->core, 1);
    EXPECT_EQ(AARCH64_SYS(m->pe, ESR_EL1), 0x96000021);
    EXPECT_EQ(AARCH64_SYS(m->pe, FAR_EL1), 0x1101);
}

TEST_ON(tlbi_makes_a_changed_table_seen, m)
{
    a64_put(m, L3, (A64_RAM + 0x100000) | AF | PAGE);
    a64_put(m, 0x100000, 1);
    a64_put(m, 0x101000, 2);
    m->pe->state.r[8] = (A64_RAM + 0x101000) | AF | PAGE;
    m->pe->state.r[9] = A64_RAM + L3;
    m->pe->state.r[10] = 0;
    A64_CODE(m, 0, 0xf9400141 /* ldr x1, [x10] */,
             0xf9000128 /* str x8, [x9] */, 0xd508871f /* tlbi vmalle1 */,
             0xf9400142 /* ldr x2, [x10] */);
    core_run(m->core, 4);
    EXPECT_EQ(m->pe->state.r[1], 1);
    EXPECT_EQ(m->pe->state.r[2], 2);
}

/* Where tables are is remembered from walk to walk. */
TEST_BEGINS(tables_are_gone_with_the_window_that_shows_them, m)
{
    enum { ELSEWHERE = 0x80000000 };
    struct aarch64_translation t;

    init(m, &plain);
    a64_put(m, L3, A64_RAM | AF | PAGE);
    struct window *window = space_find(m->space, gpa(A64_RAM));
    REQUIRE(window != NULL);
    EXPECT(aarch64_translate(m->pe, 1, 0, VCPU_READ, true, &t));
    space_enable_window(m->space, window, false);
    EXPECT(!aarch64_translate(m->pe, 1, 0, VCPU_READ, true, &t));
    EXPECT_EQ(t.status, 0x15); /* external abort on a walk, level 1 */
    space_enable_window(m->space, window, true);
    EXPECT(aarch64_translate(m->pe, 1, 0, VCPU_READ, true, &t));
    space_move_window(m->space, window, gpa(ELSEWHERE));
    EXPECT(!aarch64_translate(m->pe, 1, 0, VCPU_READ, true, &t));
    /* The first address behind the memory, and the last within it. */
    space_move_window(m->space, window, gpa(A64_RAM));
    EXPECT(aarch64_translate(m->pe, 1, 0, VCPU_READ, true, &t));
    a64_put(m, L2, A64_RAM + A64_RAM_SIZE + TABLE);
    EXPECT(!aarch64_translate(m->pe, 1, 0, VCPU_READ, true, &t));
    EXPECT_EQ(t.status, 0x17);
    a64_put(m, L2, A64_RAM + A64_RAM_SIZE - REGION_PAGE_SIZE + TABLE);
    a64_put(m, A64_RAM_SIZE - 8, A64_RAM | AF | PAGE);
    EXPECT(aarch64_translate(m->pe, 1, 511 << 12, VCPU_READ, true, &t));
    EXPECT_EQ(t.pa, A64_RAM);
}

TEST_BEGINS(a_hypervisor_learns_what_a_faulting_guest_transfers, m)
{
    init(m, &virtual);
    AARCH64_SYS(m->pe, SCTLR_EL1) &= ~(uint64_t)1;
    AARCH64_SYS(m->pe, HCR_EL2) |= 1;
    AARCH64_SYS(m->pe, VTCR_EL2) = 32 | 1 << 6 | 2 << 16;
    AARCH64_SYS(m->pe, VTTBR_EL2) = A64_RAM + S2;
    AARCH64_SYS(m->pe, VBAR_EL2) = A64_RAM + 0x800;
    a64_put(m, S2 + 8, A64_RAM | 3 << 6 | AF | 0x3c | BLOCK);
    m->pe->state.r[9] = 0x9000010;
    A64_CODE(m, 0, 0xb9000525 /* str w5, [x9, #4] */);
    core_run(m->core, 1);
    EXPECT_EQ(m->pe->state.level, 2);
    /* Data abort from below; ISV, 4 bytes, x5, write, level 1. */
    EXPECT_EQ(AARCH64_SYS(m->pe, ESR_EL2), 0x93850045);
    EXPECT_EQ(AARCH64_SYS(m->pe, FAR_EL2), 0x9000014);
    EXPECT_EQ(AARCH64_SYS(m->pe, HPFAR_EL2), 0x90000);
}

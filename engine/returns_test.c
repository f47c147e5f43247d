/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Returns of compiled code, which go by a stack of the calls before them,
 * against the interpreter: calls that never return, returns without a call, and
 * code or mappings that change before the return.
 */
#include <pthread.h>

#include "base/bits.h"
#include "tests/a64.h"
#include "tests/a64_tables.h"
#include "tests/harness.h"

/* Offsets in RAM: two sets of tables, the page that calls, the one that stands
 * in for it, what is called, and stacks. */
enum {
    L1 = 0x10000,
    L2 = 0x11000,
    L3 = 0x12000,
    OTHER_L1 = 0x13000,
    OTHER_L2 = 0x14000,
    OTHER_L3 = 0x15000,
    CALLER = 0x20000,
    RIVAL = 0x28000,
    CALLEE = 0x30000,
    STACKS = 0x40000,
};

/* Addresses of these pages. */
enum { CALLER_AT = 0x1000, CALLEE_AT = 0x5000 };
#define BEHIND ((uint64_t)A64_RAM + CALLER + 0xff8) /* the call */

/* The code that is called, from CALLEE_AT on, with the address behind it in
 * X30. X6 and X7 are a value and where it goes. */
static const struct row {
    const char *what;
    uint32_t callee[16];
    uint64_t x6;
    uint64_t x7;
    uint64_t x10;
    bool traps; /* for good */
} rows[] = {
    {"a return",                            {0xd65f03c0 /* ret */}, 0, 0,                                    0,   false},
#define RECURSION                                                              \
    {                                                                          \
        0xaa0a03eb,     /* mov x11, x10 */                                     \
            0xaa1e03f4, /* mov x20, x30 */                                     \
            0x94000003, /* bl .+12 */                                          \
            0xaa1403fe, /* mov x30, x20 */                                     \
            0xd65f03c0, /* ret */                                              \
            0xa9bf7bfd, /* stp x29, x30, [sp, #-16]! */                        \
            0xb400008b, /* cbz x11, .+16 */                                    \
            0xd100056b, /* sub x11, x11, #1 */                                 \
            0x97fffffd, /* bl .-12 */                                          \
            0x91000463, /* add x3, x3, #1 */                                   \
            0xa8c17bfd, /* ldp x29, x30, [sp], #16 */                          \
            0xd65f03c0  /* ret */                                              \
    }
    {"calls of calls, two",                 RECURSION,              0, 0,                                    2,   false},
    {"calls of calls, 59",                  RECURSION,              0, 0,                                    59,  false},
    {"calls of calls, 60",                  RECURSION,              0, 0,                                    60,  false},
    {"calls of calls, 61",                  RECURSION,              0, 0,                                    61,  false},
    {"calls of calls, 62",                  RECURSION,              0, 0,                                    62,  false},
    {"calls of calls, 63",                  RECURSION,              0, 0,                                    63,  false},
    {"calls of calls, 200",                 RECURSION,              0, 0,                                    200, false},
#undef RECURSION
    {"a return to somewhere else",
     {0xd10013de, /* sub x30, x30, #4 */
      0x910013de, /* add x30, x30, #4 */
      0x927ff7de, /* and x30, x30, #~1, for one more value */
      0x910013de, /* add x30, x30, #4 */
      0xd65f03c0 /* ret */},
     0,                                                                0,
     0,                                                                                                           false},
    {"a call that never returns",
     {0xaa1e03f4, /* mov x20, x30 */
      0x94000002, /* bl .+8 */
      0x91000484, /* add x4, x4, #1 */
      0xd61f0280 /* br x20 */},
     0,                                                                0,
     0,                                                                                                           false},
    {"a return for two calls",
     {0xaa1e03f4, /* mov x20, x30 */
      0x94000003, /* bl .+12 */
      0x91000484, /* add x4, x4, #1 */
      0xd65f03c0, /* ret */
      0xaa1403fe, /* mov x30, x20 */
      0xd65f03c0 /* ret */},
     0,                                                                0,
     0,                                                                                                           false},
    {"a call by the register of the link",
     {0xaa1e03f4, /* mov x20, x30 */
      0x1000007e, /* adr x30, .+12 */
      0xd63f03c0, /* blr x30 */
      0xd61f0280, /* br x20 */
      0x91000463, /* add x3, x3, #1 */
      0xd65f03c0 /* ret */},
     0,                                                                0,
     0,                                                                                                           false},
    {"a return to what no call has",
     {0xd280003e, /* mov x30, #1 */
      0xd65f03c0 /* ret */},
     0,                                                                0,
     0,                                                                                                           true },
    {"an exception before the return",
     {0xd4000001, /* svc #0 */
      0xd65f03c0 /* ret */},
     0,                                                                0,
     0,                                                                                                           false},
    {"the code behind the call is written",
     {0xb90000e6, /* str w6, [x7] */
      0x111000c6, /* add w6, w6, #1024: the next immediate */
      0xd5033fdf, /* isb */
      0xd65f03c0 /* ret */},
     0x91000463 /* add x3, x3, #1 */,
     BEHIND,                                                                                                 0,
     false                                                                                                             },
    {"the page of the call goes elsewhere",
     {0xf90000e6, /* str x6, [x7] */
      0xd5033f9f, /* dsb sy */
      0xd5088728, /* tlbi vae1, x8 */
      0xd5033f9f, /* dsb sy */
      0xd5033fdf, /* isb */
      0xd65f03c0 /* ret */},
     (A64_RAM + RIVAL) | AF | PAGE,
     A64_RAM + L3 + (CALLER_AT >> 12) * 8,
     0,                                                                                                           false},
    {"the page of the call goes away",
     {0xf90000ff, /* str xzr, [x7] */
      0xd5033f9f, /* dsb sy */
      0xd508871f, /* tlbi vmalle1 */
      0xd5033f9f, /* dsb sy */
      0xd5033fdf, /* isb */
      0xd65f03c0 /* ret */},
     0,                                                                A64_RAM + L3 + (CALLER_AT >> 12) * 8,
     0,                                                                                                           true },
    {"another address space",
     {0xd5182006, /* msr ttbr0_el1, x6 */
      0xd5033fdf, /* isb */
      0xd65f03c0 /* ret */},
     (A64_RAM + OTHER_L1) | (uint64_t)1 << 48,
     0,                                                                                                      0,
     false                                                                                                             },
};

static void make_tables(struct a64 *m, uint64_t l1, uint64_t caller)
{
    const uint64_t l2 = l1 + 0x1000;
    const uint64_t l3 = l1 + 0x2000;

    a64_put(m, l1, (A64_RAM + l2) | TABLE);
    a64_put(m, l1 + 8, A64_RAM | AF | BLOCK);
    a64_put(m, l2, (A64_RAM + l3) | TABLE);
    a64_put(m, l3 + (CALLER_AT >> 12) * 8, (A64_RAM + caller) | AF | NG | PAGE);
    for (uint64_t page = 1; page < 3; page++) {
        a64_put(m, l3 + ((CALLER_AT >> 12) + page) * 8,
                (A64_RAM + caller + page * 0x1000) | AF | NG | PAGE);
    }
    a64_put(m, l3 + (CALLEE_AT >> 12) * 8, (A64_RAM + CALLEE) | AF | NG | PAGE);
    a64_put(m, l3 + (A64_VECTORS_1 >> 12) * 8,
            (A64_RAM + A64_VECTORS_1) | AF | NG | PAGE);
}

/* last: the call is a page's last instruction, else the third but last. */
static void begin(struct a64 *m, const struct row *row, bool last,
                  enum core_engine engine)
{
    static const uint32_t count[] = {0x91000529, 0x91000929}; /* x9 += 1, 2 */
    const unsigned loop = last ? 0xffc : 0xff4;

    a64_init(m, &(struct core_config){.engine = engine});
    make_tables(m, L1, CALLER);
    make_tables(m, OTHER_L1, RIVAL);
    for (unsigned i = 0; i < 2; i++) {
        const uint64_t page = i == 0 ? CALLER : RIVAL;
        const uint32_t words[] = {
            0x94000000 | (CALLEE_AT - CALLER_AT - loop) / 4, /* bl */
            count[i], count[i], 0x17fffffd,                  /* b .-12 */
        };

        a64_load(m, page + loop, words, sizeof(words));
    }
    a64_load(m, CALLEE, row->callee, sizeof(row->callee));
    for (unsigned at = 0; at < 0x800; at += 4) {
        A64_CODE(m, A64_VECTORS_1 + at, 0x14000000 /* b . */);
    }
    if (!row->traps) {
        A64_CODE(m, A64_VECTORS_1 + 0x200, 0xd69f03e0 /* eret */);
    }
    AARCH64_SYS(m->pe, TCR_EL1) = 25 | 1 << 23;
    AARCH64_SYS(m->pe, MAIR_EL1) = 0xff;
    AARCH64_SYS(m->pe, TTBR0_EL1) = A64_RAM + L1;
    AARCH64_SYS(m->pe, SCTLR_EL1) |= 1;
    AARCH64_SYS(m->pe, VBAR_EL1) = A64_VECTORS_1;
    aarch64_set_sp(m->pe, 1, true);
    m->pe->state.r[AARCH64_SP] = A64_RAM + STACKS;
    m->pe->state.r[6] = row->x6;
    m->pe->state.r[7] = row->x7 + (row->x7 == BEHIND && last ? 8 : 0);
    m->pe->state.r[8] = CALLER_AT >> 12;
    m->pe->state.r[10] = row->x10;
    m->pe->state.r[IR_PC] = CALLER_AT + loop;
    aarch64_update(m->pe);
}

static void compare(const struct row *row, bool last, enum core_engine engine)
{
    struct a64 plain;
    OWNED(a64_fini) struct a64 compiled;

    begin(&plain, row, last, CORE_ENGINE_INTERPRETER);
    begin(&compiled, row, last, engine);
    for (unsigned slice = 1; slice < 4000; slice += 97) {
        core_run(plain.core, slice);
        core_run(compiled.core, slice);
        EXPECT_EQ(core_hash(compiled.core), core_hash(plain.core));
    }
    EXPECT_EQ(plain.pe->state.r[9] < 5, row->traps);
    a64_fini(&plain);
}

TEST(a_return_goes_to_what_is_there_now)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows) * 2; i++) {
        const struct row *row = &rows[i / 2];
        const bool last = i % 2 != 0;

        test_case("%s%s", row->what, last ? ", across pages" : "");
        compare(row, last, CORE_ENGINE_COMPILER);
        compare(row, last, CORE_ENGINE_CHAOS);
    }
}

static void *recurse(void *context)
{
    struct a64 *m = context;

    core_run(m->core, 3000000);
    return NULL;
}

/* Not more of the stack than the thread has. */
TEST(calls_that_never_return_take_no_room)
{
    OWNED(a64_fini) struct a64 m;
    pthread_attr_t small;
    pthread_t thread;

    a64_init(&m, &(struct core_config){.engine = CORE_ENGINE_COMPILER});
    A64_CODE(&m, 0, 0x91000400, /* add x0, x0, #1 */
             0xcac01c21,        /* eor x1, x1, x0, ror #7: no turn like it */
             0x97fffffe);       /* bl .-8 */
    pthread_attr_init(&small);
    EXPECT_EQ(pthread_attr_setstacksize(&small, 128 << 10), 0);
    REQUIRE(pthread_create(&thread, &small, recurse, &m) == 0);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&small);
    EXPECT_EQ(m.pe->state.r[0], 1000000);
}

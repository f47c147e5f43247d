/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loops that wait, with their turns skipped (engine/spin/spin.h) and, as there
 * is a breakpoint, without: after each budget the core's state is the same. The
 * counter follows the instructions, as in a machine; the word at x1 is written
 * between budgets, as another core would.
 */
#include "base/bits.h"
#include "engine/gate.h"
#include "tests/a64.h"
#include "tests/harness.h"

enum {
    WORDS = 16,
    STACK = 0x200000,
    FLAG = STACK + 64, /* two words, 0 until the loop shall end */
    RUNS = 60,
    BUDGET = 20000,
    LARGE_BUDGET = 600000
};

/* A loop that waits until the counter is x2 or so beyond x0, and reads it into
 * x8; that waits for the word at x1; or that counts. Targets of branches are
 * distances from its first word. */
struct loop {
    const char *name;
    bool skips;
    uint32_t words[WORDS];
};

/* clang-format off */
static const struct loop loops[] = {
    {"sub_lo", true, {
        0xd5033fdf /* isb */,
        0xd503203f /* yield */,
        0xd53be048 /* mrs x8, cntvct_el0 */,
        0xcb000109 /* sub x9, x8, x0 */,
        0xeb02013f /* cmp x9, x2 */,
        0x54ffff63 /* b.lo +0 */,
    }},
    {"deadline_hi", true, {
        0x8b020004 /* add x4, x0, x2 */,
        0xd53be028 /* mrs x8, cntpct_el0 */,
        0xeb08009f /* cmp x4, x8 */,
        0x54ffffc8 /* b.hi +4 */,
    }},
    {"deadline_fused", true, {
        0x8b020004 /* add x4, x0, x2 */,
        0xd53be048 /* mrs x8, cntvct_el0 */,
        0xeb040109 /* subs x9, x8, x4 */,
        0x54ffffcb /* b.lt +4 */,
    }},
    {"narrow", true, {
        0xd53be048 /* mrs x8, cntvct_el0 */,
        0x4b000109 /* sub w9, w8, w0 */,
        0x6b02013f /* cmp w9, w2 */,
        0x54ffffa3 /* b.lo +0 */,
    }},
    {"downwards", true, {
        0xaa2003e5 /* mvn x5, x0 */,
        0xd53be048 /* mrs x8, cntvct_el0 */,
        0xaa2803e9 /* mvn x9, x8 */,
        0xcb0900a9 /* sub x9, x5, x9 */,
        0xeb02013f /* cmp x9, x2 */,
        0x54ffff89 /* b.ls +4 */,
    }},
    {"called", true, {
        0x94000005 /* bl +20 */,
        0xcb000109 /* sub x9, x8, x0 */,
        0xeb02013f /* cmp x9, x2 */,
        0x54ffffa3 /* b.lo +0 */,
        0x14000008 /* b +48 */,
        0xa9bf7bfd /* stp x29, x30, [sp, #-16]! */,
        0x94000003 /* bl +36 */,
        0xa8c17bfd /* ldp x29, x30, [sp], #16 */,
        0xd65f03c0 /* ret */,
        0xd5033fdf /* isb */,
        0xd53be048 /* mrs x8, cntvct_el0 */,
        0xd65f03c0 /* ret */,
    }},
    {"called_before", true, {
        0x94000007 /* bl +28 */,
        0xaa0803e0 /* mov x0, x8 */,
        0x94000005 /* bl +28 */,
        0xcb000109 /* sub x9, x8, x0 */,
        0xeb02013f /* cmp x9, x2 */,
        0x54ffffa3 /* b.lo +8 */,
        0x14000004 /* b +40 */,
        0xd5033fdf /* isb */,
        0xd53be048 /* mrs x8, cntvct_el0 */,
        0xd65f03c0 /* ret */,
    }},
    /* Each other time the same read of the clock is in another loop: one that
     * reads what the turn before has computed, */
    {"switches", true, {
        0xd240018c /* eor x12, x12, #1 */,
        0xd2800009 /* mov x9, #0 */,
        0xd53be048 /* mrs x8, cntvct_el0 */,
        0xb400006c /* cbz x12, +24 */,
        0xeb02013f /* cmp x9, x2 */,
        0x540000a2 /* b.hs +40 */,
        0xcb000109 /* sub x9, x8, x0 */,
        0xb5ffff6c /* cbnz x12, +8 */,
        0xeb02013f /* cmp x9, x2 */,
        0x54ffff23 /* b.lo +8 */,
    }},
    /* or one that has a register more, which seldom changes. */
    {"switches_coarse", true, {
        0xd240018c /* eor x12, x12, #1 */,
        0x8b02000b /* add x11, x0, x2 */,
        0xd346fd6b /* lsr x11, x11, #6 */,
        0xd280000a /* mov x10, #0 */,
        0xd53be048 /* mrs x8, cntvct_el0 */,
        0xb400008c /* cbz x12, +36 */,
        0xeb0b015f /* cmp x10, x11 */,
        0x540000c2 /* b.hs +52 */,
        0xd346fd0a /* lsr x10, x8, #6 */,
        0xcb000109 /* sub x9, x8, x0 */,
        0xb5ffff4c /* cbnz x12, +16 */,
        0xeb02013f /* cmp x9, x2 */,
        0x54ffff03 /* b.lo +16 */,
    }},
    {"microseconds", true, {
        0xd2807d06 /* mov x6, #1000 */,
        0xd28007c7 /* mov x7, #62 */,
        0xd346fc42 /* lsr x2, x2, #6 */,
        0xd53be048 /* mrs x8, cntvct_el0 */,
        0xcb000109 /* sub x9, x8, x0 */,
        0x9b067d29 /* mul x9, x9, x6 */,
        0x9ac70929 /* udiv x9, x9, x7 */,
        0xd34afd29 /* lsr x9, x9, #10 */,
        0xeb02013f /* cmp x9, x2 */,
        0x54ffff43 /* b.lo +12 */,
    }},
    {"bit", true, {
        0xd53be048 /* mrs x8, cntvct_el0 */,
        0x374fffe8 /* tbnz w8, #9, 0x14 */,
        0xd53be048 /* mrs x8, cntvct_el0 */,
        0x364fffe8 /* tbz w8, #9, 0x1c */,
    }},
    {"equal", true, {
        0x8b020004 /* add x4, x0, x2 */,
        0xd53be048 /* mrs x8, cntvct_el0 */,
        0xeb04011f /* cmp x8, x4 */,
        0x54ffffc1 /* b.ne +4 */,
    }},
    {"masked", true, {
        0xd53be048 /* mrs x8, cntvct_el0 */,
        0xd3443509 /* ubfx x9, x8, #4, #10 */,
        0xf10fc13f /* cmp x9, #1008 */,
        0x54ffffa3 /* b.lo +0 */,
    }},
    {"zero", true, {
        0xd53be048 /* mrs x8, cntvct_el0 */,
        0xcb000109 /* sub x9, x8, x0 */,
        0xd34bfd29 /* lsr x9, x9, #11 */,
        0xb4ffffa9 /* cbz x9, +0 */,
    }},
    {"ordered", true, {
        0x910003e3 /* mov x3, sp */,
        0xd503205f /* wfe */,
        0xd5033fdf /* isb */,
        0xd53be048 /* mrs x8, cntvct_el0 */,
        0xca080109 /* eor x9, x8, x8 */,
        0x8b030129 /* add x9, x9, x3 */,
        0xf940012a /* ldr x10, [x9] */,
        0xcb000108 /* sub x8, x8, x0 */,
        0xeb02011f /* cmp x8, x2 */,
        0x54ffff03 /* b.lo +4 */,
    }},
    {"stores_the_same", true, {
        0xf90003e2 /* str x2, [sp] */,
        0xd53be048 /* mrs x8, cntvct_el0 */,
        0xf94003eb /* ldr x11, [sp] */,
        0xcb000109 /* sub x9, x8, x0 */,
        0xeb0b013f /* cmp x9, x11 */,
        0x54ffff63 /* b.lo +0 */,
    }},
    {"behind", true, {
        0xaa0003e8 /* mov x8, x0 */,
        0xcb000109 /* sub x9, x8, x0 */,
        0xaa0903ec /* mov x12, x9 */,
        0xeb02013f /* cmp x9, x2 */,
        0x54000062 /* b.hs +28 */,
        0xd53be048 /* mrs x8, cntvct_el0 */,
        0x17fffffb /* b +4 */,
    }},
    {"signed", true, {
        0x92f00005 /* mov x5, #9223372036854775807 */,
        0xd10008a6 /* sub x6, x5, #2 */,
        0xcb0200a7 /* sub x7, x5, x2 */,
        0xd53be048 /* mrs x8, cntvct_el0 */,
        0xcb000109 /* sub x9, x8, x0 */,
        0x8b070129 /* add x9, x9, x7 */,
        0xeb06013f /* cmp x9, x6 */,
        0x54ffff8b /* b.lt +12 */,
    }},
    {"swaps", false, {
        0xf90003e2 /* str x2, [sp] */,
        0xf94003eb /* ldr x11, [sp] */,
        0xf90003e0 /* str x0, [sp] */,
        0xd53be048 /* mrs x8, cntvct_el0 */,
        0xcb000109 /* sub x9, x8, x0 */,
        0xeb0b013f /* cmp x9, x11 */,
        0x54ffff43 /* b.lo +0 */,
    }},
    {"counts", true, {
        0x91000463 /* add x3, x3, #1 */,
        0xd53be048 /* mrs x8, cntvct_el0 */,
        0xcb000109 /* sub x9, x8, x0 */,
        0xeb02013f /* cmp x9, x2 */,
        0x54ffff83 /* b.lo +0 */,
    }},
    {"stores", true, {
        0xd53be048 /* mrs x8, cntvct_el0 */,
        0xf90003e8 /* str x8, [sp] */,
        0xcb000109 /* sub x9, x8, x0 */,
        0xeb02013f /* cmp x9, x2 */,
        0x54ffff83 /* b.lo +0 */,
    }},
    {"stores_called", true, {
        0x94000005 /* bl +20 */,
        0xcb000109 /* sub x9, x8, x0 */,
        0xeb02013f /* cmp x9, x2 */,
        0x54ffffa3 /* b.lo +0 */,
        0x14000005 /* b +36 */,
        0xd5033fdf /* isb */,
        0xd53be048 /* mrs x8, cntvct_el0 */,
        0xb9000fe8 /* str w8, [sp, #12] */,
        0xd65f03c0 /* ret */,
    }},
    {"stores_two", false, {
        0xd53be048 /* mrs x8, cntvct_el0 */,
        0xcb000109 /* sub x9, x8, x0 */,
        0xa90023e9 /* stp x9, x8, [sp] */,
        0xeb02013f /* cmp x9, x2 */,
        0x54ffff83 /* b.lo +0 */,
    }},
    {"stores_before", true, {
        0x91000463 /* add x3, x3, #1 */,
        0xf90003e3 /* str x3, [sp] */,
        0xd53be048 /* mrs x8, cntvct_el0 */,
        0xcb000109 /* sub x9, x8, x0 */,
        0xeb02013f /* cmp x9, x2 */,
        0x54ffff63 /* b.lo +0 */,
    }},
    {"stores_once", true, {
        0xf90003e0 /* str x0, [sp] */,
        0xb9400028 /* ldr w8, [x1] */,
        0x34ffffe8 /* cbz w8, +4 */,
    }},
    {"stores_on_the_way", true, {
        0xd53be048 /* mrs x8, cntvct_el0 */,
        0xf90003e8 /* str x8, [sp] */,
        0xd53be048 /* mrs x8, cntvct_el0 */,
        0xcb000109 /* sub x9, x8, x0 */,
        0xeb02013f /* cmp x9, x2 */,
        0x54ffffa3 /* b.lo +8 */,
    }},
    {"stores_the_turn_before", false, {
        0xd2800009 /* mov x9, #0 */,
        0xd53be048 /* mrs x8, cntvct_el0 */,
        0xf90003e9 /* str x9, [sp] */,
        0xcb000109 /* sub x9, x8, x0 */,
        0xeb02013f /* cmp x9, x2 */,
        0x54ffff83 /* b.lo +4 */,
    }},
    {"stores_parts", true, {
        0xd53be048 /* mrs x8, cntvct_el0 */,
        0xf90003e8 /* str x8, [sp] */,
        0x390007e0 /* strb w0, [sp, #1] */,
        0xcb000109 /* sub x9, x8, x0 */,
        0xeb02013f /* cmp x9, x2 */,
        0x54ffff63 /* b.lo +0 */,
    }},
    {"stores_by_the_clock", false, {
        0xd53be048 /* mrs x8, cntvct_el0 */,
        0x927d1d0b /* and x11, x8, #0x7f8 */,
        0xf82b6be8 /* str x8, [sp, x11] */,
        0xcb000109 /* sub x9, x8, x0 */,
        0xeb02013f /* cmp x9, x2 */,
        0x54ffff63 /* b.lo +0 */,
    }},
    {"loads_what_it_stored", false, {
        0xd53be048 /* mrs x8, cntvct_el0 */,
        0xf90003e8 /* str x8, [sp] */,
        0xf94003ec /* ldr x12, [sp] */,
        0xcb000109 /* sub x9, x8, x0 */,
        0xeb02013f /* cmp x9, x2 */,
        0x54ffff63 /* b.lo +0 */,
    }},
    {"loads_a_part", false, {
        0xd53be048 /* mrs x8, cntvct_el0 */,
        0xd3607d0b /* lsl x11, x8, #32 */,
        0xf90003eb /* str x11, [sp] */,
        0x390003e8 /* strb w8, [sp] */,
        0xb94007ec /* ldr w12, [sp, #4] */,
        0xcb000109 /* sub x9, x8, x0 */,
        0xeb02013f /* cmp x9, x2 */,
        0x54ffff23 /* b.lo +0 */,
    }},
    {"loads_what_was_stored", false, {
        0xf94003ec /* ldr x12, [sp] */,
        0xd53be048 /* mrs x8, cntvct_el0 */,
        0xf90003e8 /* str x8, [sp] */,
        0xcb000109 /* sub x9, x8, x0 */,
        0xeb02013f /* cmp x9, x2 */,
        0x54ffff63 /* b.lo +0 */,
    }},
    {"loads_by_another_address", false, {
        0xd2a0200e /* mov x14, #0x1000000 */,
        0x8b2e63ee /* add x14, sp, x14 */,
        0xf94001cc /* ldr x12, [x14] */,
        0xd53be048 /* mrs x8, cntvct_el0 */,
        0xf90003e8 /* str x8, [sp] */,
        0xcb000109 /* sub x9, x8, x0 */,
        0xeb02013f /* cmp x9, x2 */,
        0x54ffff63 /* b.lo +8 */,
    }},
    /* The same, each other time; until then no such load is known. */
    {"switches_place", true, {
        0xd27801ce /* eor x14, x14, #0x100 */,
        0x8b2e63ef /* add x15, sp, x14 */,
        0xd344fc42 /* lsr x2, x2, #4 */,
        0xd341fc4b /* lsr x11, x2, #1 */,
        0xd53be048 /* mrs x8, cntvct_el0 */,
        0xf94001ec /* ldr x12, [x15] */,
        0xf90003e8 /* str x8, [sp] */,
        0xcb000109 /* sub x9, x8, x0 */,
        0xeb02013f /* cmp x9, x2 */,
        0x54000082 /* b.hs +52 */,
        0xcb00018a /* sub x10, x12, x0 */,
        0xeb0b015f /* cmp x10, x11 */,
        0x54ffff0b /* b.lt +16 */,
    }},
    {"acquires_what_was_stored", false, {
        0xc8dfffec /* ldar x12, [sp] */,
        0xd53be048 /* mrs x8, cntvct_el0 */,
        0xf90003e8 /* str x8, [sp] */,
        0xcb000109 /* sub x9, x8, x0 */,
        0xeb02013f /* cmp x9, x2 */,
        0x54ffff63 /* b.lo +0 */,
    }},
    {"carries", false, {
        0xaa0003e7 /* mov x7, x0 */,
        0xd53be048 /* mrs x8, cntvct_el0 */,
        0xcb070109 /* sub x9, x8, x7 */,
        0xaa0803e7 /* mov x7, x8 */,
        0x8b090063 /* add x3, x3, x9 */,
        0xcb000109 /* sub x9, x8, x0 */,
        0xeb02013f /* cmp x9, x2 */,
        0x54ffff43 /* b.lo +4 */,
    }},
    {"previous", false, {
        0xaa0003e7 /* mov x7, x0 */,
        0xd53be048 /* mrs x8, cntvct_el0 */,
        0xcb070109 /* sub x9, x8, x7 */,
        0xaa0803e7 /* mov x7, x8 */,
        0xf100053f /* cmp x9, #1 */,
        0x54000088 /* b.hi +36 */,
        0xcb000109 /* sub x9, x8, x0 */,
        0xeb02013f /* cmp x9, x2 */,
        0x54ffff23 /* b.lo +4 */,
    }},
    {"product", false, {
        0xd53be048 /* mrs x8, cntvct_el0 */,
        0xcb000109 /* sub x9, x8, x0 */,
        0x9b097d2a /* mul x10, x9, x9 */,
        0xeb02013f /* cmp x9, x2 */,
        0x54ffff83 /* b.lo +0 */,
    }},
    {"flag", true, {
        0xb9400028 /* ldr w8, [x1] */,
        0x34ffffe8 /* cbz w8, +0 */,
    }},
    {"byte", true, {
        0x39c00428 /* ldrsb w8, [x1, #1] */,
        0x361fffe8 /* tbz w8, #3, +0 */,
    }},
    {"indexed", true, {
        0xd2800046 /* mov x6, #2 */,
        0x78667828 /* ldrh w8, [x1, x6, lsl #1] */,
        0x7100011f /* cmp w8, #0 */,
        0x54ffffc0 /* b.eq +4 */,
    }},
    {"wide", true, {
        0xb9800028 /* ldrsw x8, [x1] */,
        0x29403029 /* ldp w9, w12, [x1] */,
        0x2a0c0129 /* orr w9, w9, w12 */,
        0xb4ffffa9 /* cbz x9, +0 */,
    }},
    {"event", true, {
        0xd503205f /* wfe */,
        0xd503205f /* wfe */,
        0xb9400028 /* ldr w8, [x1] */,
        0x34ffffc8 /* cbz w8, +4 */,
    }},
    {"exclusive", true, {
        0xd503205f /* wfe */,
        0x885ffc28 /* ldaxr w8, [x1] */,
        0x35000068 /* cbnz w8, +20 */,
        0xd503205f /* wfe */,
        0x17fffffd /* b +4 */,
        0xd5033f5f /* clrex */,
    }},
    {"acquire", true, {
        0x88dffc28 /* ldar w8, [x1] */,
        0xd503203f /* yield */,
        0x34ffffc8 /* cbz w8, +0 */,
    }},
    {"swap", true, {
        0x52800009 /* mov w9, #0 */,
        0xb8a98028 /* swpa w9, w8, [x1] */,
        0x34ffffe8 /* cbz w8, +4 */,
    }},
    {"compare_and_swap", true, {
        0x3205c3e9 /* mov w9, #134744072 */,
        0x5280000c /* mov w12, #0 */,
        0x2a0903e8 /* mov w8, w9 */,
        0x88e87c2c /* casa w8, w12, [x1] */,
        0x6b09011f /* cmp w8, w9 */,
        0x54ffffa1 /* b.ne +8 */,
    }},
    {"set_bit", true, {
        0x52800009 /* mov w9, #0 */,
        0xb8293028 /* ldset w9, w8, [x1] */,
        0x34ffffe8 /* cbz w8, +4 */,
    }},
    {"called", true, {
        0x14000003 /* b +12 */,
        0xb9400028 /* ldr w8, [x1] */,
        0xd65f03c0 /* ret */,
        0x97fffffe /* bl +4 */,
        0x34ffffe8 /* cbz w8, +12 */,
    }},
    {"saved", true, {
        0xf81f0fe2 /* str x2, [sp, #-16]! */,
        0x39400028 /* ldrb w8, [x1] */,
        0xf84107e9 /* ldr x9, [sp], #16 */,
        0x34ffffa8 /* cbz w8, +0 */,
    }},
    {"retries", true, {
        0x91013443 /* add x3, x2, #77 */,
        0xf1000463 /* subs x3, x3, #1 */,
        0x54000060 /* b.eq +20 */,
        0xb9400028 /* ldr w8, [x1] */,
        0x34ffffa8 /* cbz w8, +4 */,
        0xaa0303e8 /* mov x8, x3 */,
    }},
    {"down", true, {
        0x11013448 /* add w8, w2, #77 */,
        0x71000508 /* subs w8, w8, #1 */,
        0x54ffffe1 /* b.ne +4 */,
    }},
    {"down_by_3", true, {
        0xaa0203e8 /* mov x8, x2 */,
        0xd1000d08 /* sub x8, x8, #3 */,
        0xf100011f /* cmp x8, #0 */,
        0x54ffffcc /* b.gt +4 */,
    }},
    {"up", true, {
        0x52800008 /* mov w8, #0 */,
        0x11000508 /* add w8, w8, #1 */,
        0x6b02011f /* cmp w8, w2 */,
        0x54ffffc3 /* b.lo +4 */,
    }},
    {"up_to", true, {
        0x12800088 /* mov w8, #-5 */,
        0x11000c49 /* add w9, w2, #3 */,
        0x11000508 /* add w8, w8, #1 */,
        0x6b09011f /* cmp w8, w9 */,
        0x54ffffc1 /* b.ne +8 */,
    }},
    {"two_counts", true, {
        0xd2800008 /* mov x8, #0 */,
        0xaa0203e9 /* mov x9, x2 */,
        0x91001508 /* add x8, x8, #5 */,
        0xd1000529 /* sub x9, x9, #1 */,
        0xb5ffffc9 /* cbnz x9, +8 */,
    }},
    {"counts_and_waits", true, {
        0xd2800009 /* mov x9, #0 */,
        0xd53be040 /* mrs x0, CNTVCT_EL0 */,
        0x91000529 /* add x9, x9, #1 */,
        0xd53be048 /* mrs x8, CNTVCT_EL0 */,
        0xcb00010c /* sub x12, x8, x0 */,
        0xeb02019f /* cmp x12, x2 */,
        0x54ffff83 /* b.lo +8 */,
        0xd280000c /* mov x12, #0 */,
    }},
    {"timer", true, {
        0xd53be048 /* mrs x8, CNTVCT_EL0 */,
        0x8b020108 /* add x8, x8, x2 */,
        0xd51be348 /* msr CNTV_CVAL_EL0, x8 */,
        0xd2800068 /* mov x8, #3 */,
        0xd51be328 /* msr CNTV_CTL_EL0, x8 */,
        0xd53be328 /* mrs x8, CNTV_CTL_EL0 */,
        0x3617ffe8 /* tbz w8, #2, +20 */,
    }},
    {"toggles", false, {
        0xd2800009 /* mov x9, #0 */,
        0xd2400129 /* eor x9, x9, #0x1 */,
        0xb9400028 /* ldr w8, [x1] */,
        0x34ffffc8 /* cbz w8, +4 */,
    }},
    {"doubles", false, {
        0xd2800028 /* mov x8, #1 */,
        0x8b080108 /* add x8, x8, x8 */,
        0xb5ffffe8 /* cbnz x8, +4 */,
    }},
    {"stores_a_count", true, {
        0xaa0003e9 /* mov x9, x0 */,
        0x91000529 /* add x9, x9, #1 */,
        0xf90003e9 /* str x9, [sp] */,
        0xb9400028 /* ldr w8, [x1] */,
        0x34ffffa8 /* cbz w8, +4 */,
    }},
    {"loads_then_stores", true, {
        0xb94003e9 /* ldr w9, [sp] */,
        0x5280002c /* mov w12, #1 */,
        0xb90003ec /* str w12, [sp] */,
        0xb9400028 /* ldr w8, [x1] */,
        0x34ffff88 /* cbz w8, +0 */,
        0xb90003e8 /* str w8, [sp] */,
    }},
    {"counts_in_memory", false, {
        0xf94003e9 /* ldr x9, [sp] */,
        0x91000529 /* add x9, x9, #1 */,
        0xf90003e9 /* str x9, [sp] */,
        0xb9400028 /* ldr w8, [x1] */,
        0x34ffff88 /* cbz w8, +0 */,
    }},
    {"adds_the_count", false, {
        0xaa0203e8 /* mov x8, x2 */,
        0xd2800009 /* mov x9, #0 */,
        0x8b080129 /* add x9, x9, x8 */,
        0xd1000508 /* sub x8, x8, #1 */,
        0xb5ffffc8 /* cbnz x8, +8 */,
    }},
};
static const uint32_t before[] = {
    0xd289cdad /* mov x13, #20077 */,
    0x9b0d7c42 /* mul x2, x2, x13 */,
    0x9100e442 /* add x2, x2, #57 */,
    0x92403442 /* and x2, x2, #0x3fff */,
    0xd53be040 /* mrs x0, cntvct_el0 */,
};
static const uint32_t behind[] = {
    0x8b080294 /* add x20, x20, x8 */,
    0xca091e94 /* eor x20, x20, x9, lsl #7 */,
    0x8b0c0294 /* add x20, x20, x12 */,
};
/* clang-format on */

/* Where the core last read a clock. */
struct listener {
    struct core *core;
    uint64_t heard;
};

static uint64_t progress(void *context)
{
    return ((const struct listener *)context)->core->retired;
}

/* As where others run: a read far ahead of them ends the slice. */
static void told(void *context)
{
    struct listener *listener = context;

    listener->heard = listener->core->retired;
    if (listener->heard >= listener->core->unheard) {
        core_limit(listener->core, 0);
    }
}

static void make_machine(struct a64 *m, const struct loop *loop,
                         enum core_engine engine, struct listener *listener,
                         uint32_t counter_hz)
{
    const struct core_config config = {.engine = engine,
                                       .compatible = "arm,neoverse-n1",
                                       .aarch64.counter_hz = counter_hz};
    uint32_t words[ARRAY_SIZE(before) + WORDS + ARRAY_SIZE(behind) + 1];
    size_t count = 0;

    a64_init(m, &config);
    struct window alias = {.name = "alias",
                           .base = gpa(A64_RAM + A64_RAM_SIZE),
                           .size_bytes = A64_RAM_SIZE,
                           .rights = WINDOW_R | WINDOW_W,
                           .enabled = true,
                           .region = m->ram};
    space_add_window(m->space, &alias);
    m->fabric.clock.progress_ns = progress;
    m->fabric.clock.progress_context = listener;
    *listener = (struct listener){m->core, 0};
    memcpy(words, before, sizeof(before));
    count = ARRAY_SIZE(before);
    for (size_t i = 0; i < WORDS && loop->words[i] != 0; i++) {
        words[count++] = loop->words[i];
    }
    memcpy(words + count, behind, sizeof(behind));
    count += ARRAY_SIZE(behind);
    words[count] = 0x14000000 | (-(uint32_t)count & 0x3ffffff); /* b */
    a64_load(m, 0, words, (count + 1) * sizeof(words[0]));
    m->pe->state.r[1] = A64_RAM + FLAG;
    m->pe->state.r[2] = 1;
    aarch64_set_sp(m->pe, 1, true);
    m->pe->state.r[AARCH64_SP] = A64_RAM + STACK;
}

static uint64_t skipped(const struct a64 *m)
{
    struct core_statistics sum = {0};

    core_add_statistics(m->core, &sum);
    return sum.skipped;
}

/* Core, and memory where loops store. */
static bool is_same(const struct a64 m[2])
{
    bool same = core_hash(m[0].core) == core_hash(m[1].core);

    for (size_t page = STACK / REGION_PAGE_SIZE - 1;
         page <= FLAG / REGION_PAGE_SIZE; page++) {
        same =
            same && memcmp(region_page(m[0].ram, page),
                           region_page(m[1].ram, page), REGION_PAGE_SIZE) == 0;
    }
    return same;
}

/* Both to the same places, alone or beside others; false: they differ. */
static bool run_both(struct a64 m[2], const struct listener listeners[2],
                     bool alone)
{
    uint64_t state = 0x2545f4914f6cdd1d;

    for (unsigned run = 0; run < (alone ? RUNS : RUNS / 2); run++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        const uint64_t budget =
            1 + state % (run % 16 == 0 ? LARGE_BUDGET : BUDGET);
        const uint64_t flag = run % 5 == 0 ? UINT64_C(0x0808080808080808) : 0;
        for (unsigned i = 0; i < 2; i++) {
            a64_load(&m[i], FLAG, &flag, sizeof(flag));
            m[i].core->unheard =
                alone ? UINT64_MAX : m[i].core->retired + state % BUDGET / 2;
            core_run(m[i].core, budget);
        }
        if (!is_same(m) || listeners[0].heard != listeners[1].heard) {
            return false;
        }
    }
    return true;
}

static void check(enum core_engine engine, bool alone, uint32_t counter_hz)
{
    for (size_t i = 0; i < ARRAY_SIZE(loops); i++) {
        struct listener listeners[2];
        struct a64 m[2];

        for (size_t j = 0; j < 2; j++) {
            make_machine(&m[j], &loops[i], engine, &listeners[j], counter_hz);
            m[j].fabric.clock.told = alone ? NULL : told;
        }
        core_add_breakpoint(m[0].core, gva(A64_RAM + STACK));
        EXPECT_STR(run_both(m, listeners, alone) ? loops[i].name
                                                 : "states that differ",
                   loops[i].name);
        EXPECT_EQ(skipped(&m[0]), 0);
        bool skips = skipped(&m[1]) > m[1].core->retired / 4;
        EXPECT_STR(!alone || skips == loops[i].skips ? loops[i].name : "else",
                   loops[i].name);
        a64_fini(&m[0]);
        a64_fini(&m[1]);
    }
}

TEST(compiled_loops_end_as_if_each_turn_had_been_executed)
{
    check(CORE_ENGINE_COMPILER, true, 0);
}

TEST(interpreted_loops_end_as_if_each_turn_had_been_executed)
{
    check(CORE_ENGINE_INTERPRETER, true, 0);
}

TEST(clocks_are_read_last_where_they_would_be_beside_other_cores)
{
    check(CORE_ENGINE_COMPILER, false, 0);
}

/* The loop is entered at many distances from where the core is looked at, also
 * with its first turn there. */
TEST(a_loop_may_load_what_its_first_turn_stores)
{
    enum { SLED = 256, LOOP = 4 * SLED + 8, ONCE = 900, ON = 2000 };

    for (unsigned nops = 0; nops <= SLED; nops++) {
        struct listener listener;
        OWNED(a64_fini) struct a64 m;

        make_machine(&m, &loops[0], CORE_ENGINE_COMPILER, &listener, 0);
        for (uint64_t i = 0; i < SLED; i++) {
            A64_CODE(&m, 4 * i, 0xd503201f /* nop */);
        }
        A64_CODE(&m, LOOP - 8, 0x52800008 /* mov w8, #0 */,
                 0x14000001 /* b +8 */, 0xb94003e9 /* ldr w9, [sp] */,
                 0x5280002c /* mov w12, #1 */, 0xb90003ec /* str w12, [sp] */,
                 0xb9400028 /* ldr w8, [x1] */, 0x34ffff88 /* cbz w8, +8 */,
                 0xb90003ff /* str wzr, [sp] */,
                 0xd2400063 /* eor x3, x3, #1 */, 0xd61f00a0 /* br x5 */);
        m.pe->state.r[5] = A64_RAM + LOOP - 8 - 4 * nops;
        a64_put(&m, FLAG, 1);
        core_run(m.core, ONCE);
        a64_put(&m, FLAG, 0);
        core_run(m.core, ON);
        EXPECT_EQ(skipped(&m) != 0, true);
        EXPECT_EQ(m.pe->state.r[9], 1);
        EXPECT_EQ(region_page(m.ram, STACK / REGION_PAGE_SIZE)[0], 1);
    }
}

/* Turns often read the same as those before. */
TEST(loops_end_the_same_by_a_slow_counter)
{
    check(CORE_ENGINE_COMPILER, true, 10000000);
}

FIXTURE(struct a64, m, a64_fini)

TEST_BEGINS(a_delay_of_years_ends_at_its_tick, m)
{
    const struct core_config config = {.compatible = "arm,neoverse-n1"};
    struct listener listener;

    a64_init(m, &config);
    listener = (struct listener){m->core, 0};
    m->fabric.clock.progress_ns = progress;
    m->fabric.clock.progress_context = &listener;
    A64_CODE(m, 0, 0xd53be040 /* mrs x0, cntvct_el0 */,
             0xd2e02002 /* mov x2, #1 << 56 */,
             0xd53be048 /* mrs x8, cntvct_el0 */,
             0xcb000109 /* sub x9, x8, x0 */, 0xeb02013f /* cmp x9, x2 */,
             0x54ffffa3 /* b.lo +8 */, 0x14000000 /* b . */);
    core_run(m->core, INT64_MAX);
    EXPECT_EQ(m->pe->state.r[9], (uint64_t)1 << 56);
}

TEST_BEGINS(short_loops_are_looked_at_rarely, m)
{
    const struct core_config config = {.compatible = "arm,neoverse-n1"};

    a64_init(m, &config);
    A64_CODE(m, 0, 0xd2800c88 /* mov x8, #100 */,
             0xf1000508 /* subs x8, x8, #1 */, 0x54ffffe1 /* b.ne +4 */,
             0x8b080129 /* add x9, x9, x8 */, 0x17fffffc /* b +0 */);
    core_run(m->core, LARGE_BUDGET);
    EXPECT_EQ(skipped(m) < LARGE_BUDGET / 100, true);
}

TEST_BEGINS(a_core_that_runs_beside_others_takes_an_event_without_waiting, m)
{
    struct gate gate = {.waited = NULL};

    a64_init(m, &(struct core_config){.compatible = "arm,neoverse-n1"});
    const struct ir_op wfe = {.low = AARCH64_HELPER_WFE};
    m->pe->vcpu.gate = &gate;
    for (unsigned event = 2; event-- > 0;) {
        m->pe->state.event = (uint8_t)event;
        EXPECT_EQ(
            aarch64_parallel_helpers[AARCH64_HELPER_WFE](&m->pe->vcpu, &wfe),
            VCPU_NEXT);
        EXPECT_EQ(m->pe->state.event, 0);
        EXPECT_EQ(m->pe->waits != 0, event == 0);
    }
    m->pe->vcpu.gate = NULL;
}

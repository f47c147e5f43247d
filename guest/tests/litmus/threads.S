/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The threads of the litmus tests, named as the literature does (Alglave,
 * Maranget, Tautschnig, "Herding cats"): void thread(uint64_t *x, uint64_t *y,
 * uint64_t seen[2]).
 */
    .arch armv8.1-a
    .text

/* A store and a store; a load and a load; a store and a load; a load and a
 * store: with what is between them. */
    .macro ww between=nop
    str x5, [x0]
    \between
    str x5, [x1]
    .endm
    .macro rr between=nop
    ldr x6, [x0]
    \between
    ldr x7, [x1]
    .endm
    .macro wr between=nop
    str x5, [x0]
    \between
    ldr x6, [x1]
    .endm
    .macro rw between=nop
    ldr x6, [x0]
    \between
    str x5, [x1]
    .endm

    .macro define name, what, between:vararg
    .global \name
\name:
    mov x5, #1
    mov x6, xzr
    mov x7, xzr
    \what "\between"
    stp x6, x7, [x2]
    ret
    .endm

    define store_store, ww, nop
    define store_store_dmb, ww, dmb ish
    define store_store_dmbst, ww, dmb ishst
    define load_load, rr, nop
    define load_load_dmb, rr, dmb ish
    define load_load_dmbld, rr, dmb ishld
    define store_load, wr, nop
    define store_load_dmb, wr, dmb ish
    define store_load_dsb, wr, dsb ish
    define load_store, rw, nop
    define load_store_dmb, rw, dmb ish
    define load_store_dmbld, rw, dmb ishld

    .macro begin name
    .global \name
\name:
    mov x5, #1
    mov x6, xzr
    mov x7, xzr
    .endm
    .macro end
    stp x6, x7, [x2]
    ret
    .endm

    begin store_store_release
    str x5, [x0]
    stlr x5, [x1]
    end

    begin load_load_acquire
    ldar x6, [x0]
    ldr x7, [x1]
    end

    begin store_store_code      /* the branch of write_code() becomes a NOP */
    add x3, x0, #64 + 4
    mov w4, #0x201f
    movk w4, #0xd503, lsl #16
    str w4, [x3]
    dc cvau, x3
    dsb ish
    ic ivau, x3
    dsb ish
    str x5, [x1]
    end

    begin load_load_code        /* calls it before, too, so that it is known */
    mov x9, x30
    add x3, x1, #64
    blr x3
    ldr x6, [x0]
    dmb ishld
    isb
    blr x3
    mov x30, x9
    end

    begin store_load_ordered    /* STLR is not overtaken by LDAR */
    stlr x5, [x0]
    ldar x6, [x1]
    end

    begin load_store_ordered
    ldar x6, [x0]
    stlr x5, [x1]
    end

    begin load_load_ordered
    ldar x6, [x0]
    ldar x7, [x1]
    end

    begin store_load_swap       /* LSE, as a store */
    swpal x5, x3, [x0]
    ldar x6, [x1]
    end

    begin store_load_exclusive
1:  ldaxr x3, [x0]
    stlxr w4, x5, [x0]
    cbnz w4, 1b
    ldar x6, [x1]
    end

    begin store_store_exclusive
    str x5, [x0]
1:  ldxr x3, [x1]
    stlxr w4, x5, [x1]
    cbnz w4, 1b
    end

    begin load_load_exclusive
    ldaxr x6, [x0]
    clrex
    ldr x7, [x1]
    end

    begin load_load_add         /* LSE, as a load */
    ldaddal xzr, x6, [x0]
    ldr x7, [x1]
    end

    begin load_again            /* coherence of one place */
    ldr x6, [x1]
    ldr x7, [x1]
    end

    begin store_once
    str x5, [x0]
    end

/* ---- Additions: void add(void *place, uint64_t turns) -------------------- */

/* LDADD and its kin of one size; exclusives; CAS. w and x differ. */
    .macro sized size, r
    .global add_lse\size
add_lse\size:
    mov x2, #1
1:  ldaddal\size \r\()2, \r\()3, [x0]
    subs x1, x1, #1
    b.ne 1b
    ret
    .global add_exclusive\size
add_exclusive\size:
1:  ldaxr\size \r\()2, [x0]
    add \r\()2, \r\()2, #1
    stlxr\size w3, \r\()2, [x0]
    cbnz w3, 1b
    subs x1, x1, #1
    b.ne 1b
    ret
    .global add_cas\size
add_cas\size:
1:  ldr\size \r\()2, [x0]
2:  mov \r\()3, \r\()2
    add \r\()4, \r\()2, #1
    casal\size \r\()2, \r\()4, [x0]
    cmp \r\()2, \r\()3
    b.ne 2b
    subs x1, x1, #1
    b.ne 1b
    ret
    .endm

    sized b, w
    sized h, w
    .macro sized_plain r, n
    .global add_lse\n
add_lse\n:
    mov x2, #1
1:  ldaddal \r\()2, \r\()3, [x0]
    subs x1, x1, #1
    b.ne 1b
    ret
    .global add_exclusive\n
add_exclusive\n:
1:  ldaxr \r\()2, [x0]
    add \r\()2, \r\()2, #1
    stlxr w3, \r\()2, [x0]
    cbnz w3, 1b
    subs x1, x1, #1
    b.ne 1b
    ret
    .global add_cas\n
add_cas\n:
1:  ldr \r\()2, [x0]
2:  mov \r\()3, \r\()2
    add \r\()4, \r\()2, #1
    casal \r\()2, \r\()4, [x0]
    cmp \r\()2, \r\()3
    b.ne 2b
    subs x1, x1, #1
    b.ne 1b
    ret
    .endm
    sized_plain w, w
    sized_plain x, x

/* Adds to a pair of 16 bytes: the upper half grows by 2. */
    .global add_pair_exclusive
add_pair_exclusive:
1:  ldaxp x2, x3, [x0]
    add x2, x2, #1
    add x3, x3, #2
    stlxp w4, x2, x3, [x0]
    cbnz w4, 1b
    subs x1, x1, #1
    b.ne 1b
    ret

    .global add_pair_cas
add_pair_cas:
1:  ldp x2, x3, [x0]
2:  mov x4, x2
    mov x5, x3
    add x6, x2, #1
    add x7, x3, #2
    caspal x2, x3, x6, x7, [x0]
    cmp x2, x4
    ccmp x3, x5, #0, eq
    b.ne 2b
    subs x1, x1, #1
    b.ne 1b
    ret

/* A plain addition under a lock beside it: by exclusives, SWP, CAS. */
    .macro critical
    ldr x4, [x0, #64]
    add x4, x4, #1
    str x4, [x0, #64]
    stlr wzr, [x0]
    subs x1, x1, #1
    b.ne 1b
    ret
2:  yield
    b 1b
    .endm

    .global add_locked_exclusive
add_locked_exclusive:
    mov w2, #1
1:  ldaxr w3, [x0]
    cbnz w3, 2f
    stxr w3, w2, [x0]
    cbnz w3, 1b
    critical

    .global add_locked_swap
add_locked_swap:
    mov w2, #1
1:  swpa w2, w3, [x0]
    cbnz w3, 2f
    critical

    .global add_locked_cas
add_locked_cas:
    mov w2, #1
1:  mov w3, wzr
    casa w3, w2, [x0]
    cbnz w3, 2f
    critical

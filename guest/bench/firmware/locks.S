/* SPDX-License-Identifier: Apache-2.0 */
/*
 * void loop(struct lock *lock, uint64_t *counter, uint64_t turns): takes the
 * lock, adds one to the counter, releases the lock.
 */
    .arch_extension lse

/* As TF-A's: WFE while it is taken, which the release's store ends. */
    .global loop_exclusive
loop_exclusive:
    mov w5, #1
1:  sevl
2:  wfe
3:  ldaxr w4, [x0]
    cbnz w4, 2b
    stxr w4, w5, [x0]
    cbnz w4, 3b
    ldr x6, [x1]
    add x6, x6, #1
    str x6, [x1]
    stlr wzr, [x0]
    subs x2, x2, #1
    b.ne 1b
    ret

/* A swap of LSE, and a spin that only loads, with YIELD. */
    .global loop_swap
loop_swap:
    mov w5, #1
1:  swpa w5, w4, [x0]
    cbz w4, 3f
2:  yield
    ldr w4, [x0]
    cbnz w4, 2b
    b 1b
3:  ldr x6, [x1]
    add x6, x6, #1
    str x6, [x1]
    stlr wzr, [x0]
    subs x2, x2, #1
    b.ne 1b
    ret

/* Tickets: the next in the first word, the one served in the second. */
    .global loop_ticket
loop_ticket:
    mov w5, #1
    add x7, x0, #64
1:  ldadda w5, w4, [x0]
2:  ldar w3, [x7]
    cmp w3, w4
    b.ne 2b
    ldr x6, [x1]
    add x6, x6, #1
    str x6, [x1]
    add w3, w3, #1
    stlr w3, [x7]
    subs x2, x2, #1
    b.ne 1b
    ret

/* SPDX-License-Identifier: Apache-2.0 */
/* Copies and fills by pairs of registers, and a walk over cache lines, as
 * firmware has them. Sizes are multiples of 64. */

/* void copy_pairs(void *to, const void *from, uint64_t size) */
    .global copy_pairs
copy_pairs:
1:  ldp x3, x4, [x1], #16
    stp x3, x4, [x0], #16
    subs x2, x2, #16
    b.ne 1b
    ret

/* void zero_pairs(void *to, uint64_t size) */
    .global zero_pairs
zero_pairs:
1:  stp xzr, xzr, [x0], #16
    subs x1, x1, #16
    b.ne 1b
    ret

/* void clean_lines(const void *from, uint64_t size) */
    .global clean_lines
clean_lines:
    mrs x3, ctr_el0
    ubfx x3, x3, #16, #4
    mov x2, #4
    lsl x2, x2, x3
    add x1, x0, x1
1:  dc civac, x0
    add x0, x0, x2
    cmp x0, x1
    b.lo 1b
    dsb sy
    ret

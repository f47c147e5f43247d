/* SPDX-License-Identifier: Apache-2.0 */
/* int64_t semihosting(uint64_t operation, uint64_t argument) */
    .section .text.semihosting, "ax"
    .global semihosting
semihosting:
    hlt     #0xf000
    ret

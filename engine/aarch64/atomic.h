/* SPDX-License-Identifier: Apache-2.0 */
/* Atomic operations on memory of the host, for cores that run at the same
 * time. */
#ifndef ENGINE_AARCH64_ATOMIC_H
#define ENGINE_AARCH64_ATOMIC_H

#include <stdbool.h>
#include <stdint.h>

/* Operations of AARCH64_HELPER_ATOMIC, by row. */
enum aarch64_atomic {
    AARCH64_ATOMIC_LDADD,
    AARCH64_ATOMIC_LDCLR,
    AARCH64_ATOMIC_LDEOR,
    AARCH64_ATOMIC_LDSET,
    AARCH64_ATOMIC_LDSMAX,
    AARCH64_ATOMIC_LDSMIN,
    AARCH64_ATOMIC_LDUMAX,
    AARCH64_ATOMIC_LDUMIN,
    AARCH64_ATOMIC_SWP,
};

struct vcpu;
struct ir_op;

/* What the forms for cores that run at the same time are made of too
 * (parallel.c). */
uint64_t aarch64_low_bytes(uint64_t value, unsigned bytes);
uint64_t aarch64_combine(enum aarch64_atomic operation, uint64_t memory,
                         uint64_t operand, unsigned bytes);
/* By encoded numbers: 31 is XZR. */
uint64_t aarch64_general(const struct vcpu *cpu, unsigned number);
void aarch64_set_general(struct vcpu *cpu, unsigned number, uint64_t value);
/* Two registers of 4 or 8 bytes as memory holds them, and back. */
void aarch64_join(const struct vcpu *cpu, unsigned number, unsigned bytes,
                  uint64_t out[2]);
void aarch64_split(struct vcpu *cpu, unsigned number, unsigned bytes,
                   const uint64_t value[2]);
/* The register or pair that STXR or STXP stores, as the bytes of memory. */
void aarch64_gather(struct vcpu *cpu, const struct ir_op *op, unsigned one,
                    bool pair, uint64_t value[2]);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The system registers: one row each in registers.def. */
#ifndef ENGINE_AARCH64_REGISTERS_H
#define ENGINE_AARCH64_REGISTERS_H

#include <stdbool.h>
#include <stdint.h>

struct aarch64;

/* op0, op1, CRn, CRm and op2 in one number: bits 20..5 of MRS with op0's
 * implied upper bit (the form of GIC_CPU_REGISTER). */
#define AARCH64_ENCODING(op0, op1, crn, crm, op2)                              \
    ((uint32_t)((op0) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2)))

enum aarch64_register {
#define REGISTER(name, op0, op1, crn, crm, op2, access, reset, mask, read,     \
                 write)                                                        \
    AARCH64_##name,
#include "engine/aarch64/registers.def"
#undef REGISTER
    AARCH64_SYSTEM_REGISTERS
};

typedef uint64_t aarch64_register_reader(struct aarch64 *pe,
                                         enum aarch64_register row);
typedef void aarch64_register_writer(struct aarch64 *pe,
                                     enum aarch64_register row, uint64_t value);

struct aarch64_register_spec {
    const char *name;
    uint32_t encoding;
    uint8_t reader; /* the lowest level that may read, 4: none */
    uint8_t writer;
    uint64_t reset;
    uint64_t mask; /* of what a write changes */
    aarch64_register_reader *read;
    aarch64_register_writer *write;
};

extern const struct aarch64_register_spec
    aarch64_registers[AARCH64_SYSTEM_REGISTERS];

/* The functions that registers.def names. */
#define REGISTER(name, op0, op1, crn, crm, op2, access, reset, mask, read,     \
                 write)                                                        \
    aarch64_register_reader aarch64_read_##read;                               \
    aarch64_register_writer aarch64_write_##write;
#include "engine/aarch64/registers.def"
#undef REGISTER

/* True if a block goes on behind an MSR to this: it changes nothing that the
 * run loop or other code depends on, or asks for attention itself. */
bool aarch64_msr_goes_on(int row);
/* The row in the operand of a decoded MRS or MSR, or -1. */
#define AARCH64_ROW_OF(operand) ((int)((operand) >> 16) - 1)

/* The row of an encoding, or -1. */
int aarch64_register_find(uint32_t encoding);

#endif

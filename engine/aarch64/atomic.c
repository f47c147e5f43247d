/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Atomic memory operations (FEAT_LSE: DDI 0487, C3.2.12 to C3.2.14) and the
 * CRC32 instructions (FEAT_CRC32). Cores run one at a time, so that a load and
 * a store in one helper are atomic; parallel.c has what does not count on it.
 */

#include "engine/aarch64/aarch64.h"

/* Atomics are aligned and need the right to write, whatever they do. */
static bool load(struct aarch64 *pe, uint64_t address, unsigned size,
                 uint64_t value[2])
{
    return aarch64_aligned(pe, address, size, VCPU_WRITE) &&
           aarch64_load(pe, address, size, value);
}

/* A value of `bytes` bytes as a signed number. */
static int64_t extend(uint64_t value, unsigned bytes)
{
    unsigned unused = 64 - bytes * 8;

    return (int64_t)(value << unused) >> unused;
}

uint64_t aarch64_low_bytes(uint64_t value, unsigned bytes)
{
    return bytes == 8 ? value : value & ((UINT64_C(1) << bytes * 8) - 1);
}

uint64_t aarch64_combine(enum aarch64_atomic operation, uint64_t memory,
                         uint64_t operand, unsigned bytes)
{
    int64_t old = extend(memory, bytes);
    int64_t other = extend(operand, bytes);

    switch (operation) {
    case AARCH64_ATOMIC_LDADD:
        return memory + operand;
    case AARCH64_ATOMIC_LDCLR:
        return memory & ~operand;
    case AARCH64_ATOMIC_LDEOR:
        return memory ^ operand;
    case AARCH64_ATOMIC_LDSET:
        return memory | operand;
    case AARCH64_ATOMIC_LDSMAX:
        return old > other ? memory : operand;
    case AARCH64_ATOMIC_LDSMIN:
        return old < other ? memory : operand;
    case AARCH64_ATOMIC_LDUMAX:
        return memory > operand ? memory : operand;
    case AARCH64_ATOMIC_LDUMIN:
        return memory < operand ? memory : operand;
    default: /* AARCH64_ATOMIC_SWP */
        return operand;
    }
}

enum vcpu_outcome aarch64_atomic(struct vcpu *cpu, const struct ir_op *op)
{
    struct aarch64 *pe = aarch64_of(cpu);
    unsigned bytes = 1u << (op->high & 3);
    uint64_t address = cpu->r[op->a];
    uint64_t operand = aarch64_low_bytes(cpu->r[op->b], bytes);
    uint64_t old[2] = {0};
    uint64_t new[2] = {0};

    if (!load(pe, address, bytes, old)) {
        return VCPU_TRAPPED;
    }
    new[0] =
        aarch64_low_bytes(aarch64_combine((enum aarch64_atomic)(op->high >> 4),
                                          old[0], operand, bytes),
                          bytes);
    if (!aarch64_store(pe, address, bytes, new)) {
        return VCPU_TRAPPED;
    }
    cpu->r[op->d] = old[0];
    return VCPU_NEXT;
}

uint64_t aarch64_general(const struct vcpu *cpu, unsigned number)
{
    return number == 31 ? 0 : cpu->r[number];
}

void aarch64_set_general(struct vcpu *cpu, unsigned number, uint64_t value)
{
    cpu->r[number == 31 ? (unsigned)IR_SINK : number] = value;
}

unsigned aarch64_size_of(const struct ir_op *op)
{
    return 1u << ((op->high & 3) + (op->high >> 4 & 1));
}

void aarch64_pack(const struct ir_op *op, uint64_t first, uint64_t second,
                  uint64_t value[2])
{
    const unsigned bytes = 1u << (op->high & 3);

    second = (op->high & 16) != 0 ? second : 0;
    value[0] = aarch64_low_bytes(first, bytes);
    value[1] = bytes == 8 ? second : 0;
    if (bytes == 4) {
        value[0] |= second << 32;
    }
}

/* Joins the halves of a register or pair, by number. */
void aarch64_join(const struct vcpu *cpu, const struct ir_op *op,
                  unsigned number, uint64_t value[2])
{
    aarch64_pack(op, aarch64_general(cpu, number),
                 aarch64_general(cpu, number + 1), value);
}

void aarch64_split(struct vcpu *cpu, const struct ir_op *op, unsigned number,
                   const uint64_t value[2])
{
    const unsigned bytes = 1u << (op->high & 3);

    aarch64_set_general(cpu, number, aarch64_low_bytes(value[0], bytes));
    if ((op->high & 16) != 0) {
        aarch64_set_general(cpu, number + 1,
                            bytes == 8 ? value[1] : value[0] >> 32);
    }
}

enum vcpu_outcome aarch64_cas(struct vcpu *cpu, const struct ir_op *op)
{
    struct aarch64 *pe = aarch64_of(cpu);
    const unsigned size = aarch64_size_of(op);
    uint64_t address = cpu->r[op->a];
    uint64_t expected[2];
    uint64_t new[2];
    uint64_t old[2] = {0};

    aarch64_join(cpu, op, op->d, expected);
    aarch64_join(cpu, op, op->b, new);
    if (!load(pe, address, size, old)) {
        return VCPU_TRAPPED;
    }
    if (old[0] == expected[0] && old[1] == expected[1] &&
        !aarch64_store(pe, address, size, new)) {
        return VCPU_TRAPPED;
    }
    aarch64_split(cpu, op, op->d, old);
    return VCPU_NEXT;
}

/* The polynomials bit-reversed: CRC32 and CRC32C take the lowest bit first. */
enum vcpu_outcome aarch64_crc32(struct vcpu *cpu, const struct ir_op *op)
{
    unsigned bytes = 1u << (op->high & 3);
    uint32_t polynomial = (op->high & 4) != 0 ? 0x82f63b78 : 0xedb88320;
    uint32_t crc = (uint32_t)cpu->r[op->a];
    uint64_t value = cpu->r[op->b];

    for (unsigned i = 0; i < bytes; i++) {
        crc ^= (uint8_t)(value >> i * 8);
        for (unsigned bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (polynomial & -(crc & 1));
        }
    }
    cpu->r[op->d] = crc;
    return VCPU_NEXT;
}

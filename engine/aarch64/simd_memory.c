/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads and stores of vector registers. All that an instruction reads is read
 * before a register changes; its base register is the lifter's business.
 */
#include <string.h>

#include "engine/aarch64/simd.h"

/* d: first register, b: second, a: address; v: log2 of the bytes, | 16 for a
 * pair. */
enum vcpu_outcome aarch64_vector_load(struct vcpu *cpu, const struct ir_op *op)
{
    struct aarch64 *pe = aarch64_of(cpu);
    uint64_t address = pe->state.r[op->a];
    unsigned size = 1u << (op->high & 15);
    bool pair = (op->high & 16) != 0;
    struct aarch64_vector first = {0}, second = {0};

    if (!aarch64_load(pe, address, size, first.d) ||
        (pair && !aarch64_load(pe, address + size, size, second.d))) {
        return VCPU_TRAPPED;
    }
    pe->state.v[op->d] = first;
    if (pair) {
        pe->state.v[op->b] = second;
    }
    return VCPU_NEXT;
}

static bool store(struct aarch64 *pe, uint64_t address, unsigned size,
                  const struct aarch64_vector *v)
{
    uint64_t value[2] = {v->d[0] & simd_mask(size < 8 ? size * 8 : 64),
                         size == 16 ? v->d[1] : 0};

    return aarch64_store(pe, address, size, value);
}

enum vcpu_outcome aarch64_vector_store(struct vcpu *cpu, const struct ir_op *op)
{
    struct aarch64 *pe = aarch64_of(cpu);
    uint64_t address = pe->state.r[op->a];
    unsigned size = 1u << (op->high & 15);

    if (!store(pe, address, size, &pe->state.v[op->d]) ||
        ((op->high & 16) != 0 &&
         !store(pe, address + size, size, &pe->state.v[op->b]))) {
        return VCPU_TRAPPED;
    }
    return VCPU_NEXT;
}

/* ---- Structures ---------------------------------------------------------- */

/* A run of elements. Accesses are single elements as alignment sees it, so
 * more at once only where nothing could object. */
static bool transfer(struct aarch64 *pe, uint64_t address, uint8_t *bytes,
                     unsigned size, unsigned element, bool load)
{
    for (unsigned i = 0, chunk; i < size; i += chunk) {
        uint64_t value[2] = {0};

        chunk = ((address + i) & 7) == 0 && size - i >= 8 ? 8 : element;
        if (!load) {
            memcpy(value, bytes + i, chunk);
        }
        if (!(load ? aarch64_load(pe, address + i, chunk, value)
                   : aarch64_store(pe, address + i, chunk, value))) {
            return false;
        }
        if (load) {
            memcpy(bytes + i, value, chunk);
        }
    }
    return true;
}

unsigned aarch64_structure_registers(uint32_t encoding, unsigned *elements)
{
    unsigned opcode = encoding >> 12 & 15;

    *elements = opcode == 0 ? 4 : opcode == 4 ? 3 : opcode == 8 ? 2 : 1;
    return opcode == 7    ? 1
           : opcode == 10 ? 2
           : opcode == 6  ? 3
           : opcode == 2  ? 4
                          : *elements;
}

/* v: the encoding, a: the base. */
enum vcpu_outcome aarch64_vector_multiple(struct vcpu *cpu,
                                          const struct ir_op *op)
{
    struct simd s = {.pe = aarch64_of(cpu), .insn = (uint32_t)op->high};
    bool load = simd_field(&s, 22, 1) != 0;
    unsigned first = simd_field(&s, 0, 5);
    unsigned each = simd_field(&s, 30, 1) != 0 ? 16 : 8;
    unsigned size = 8u << simd_field(&s, 10, 2), element = size / 8;
    uint64_t address = s.pe->state.r[op->a];
    unsigned structure, count = aarch64_structure_registers(s.insn, &structure);
    struct aarch64_vector v[4] = {0};
    uint8_t bytes[64];

    if (load && !transfer(s.pe, address, bytes, count * each, element, true)) {
        return VCPU_TRAPPED;
    }
    if (!load) {
        for (unsigned i = 0; i < count; i++) {
            v[i] = s.pe->state.v[(first + i) & 31];
        }
    }
    for (unsigned i = 0; i < count * each / element; i++) {
        /* Element i in memory: of which register, and where in it? */
        unsigned row = structure > 1 ? i % structure : i * element / each;
        unsigned column = structure > 1 ? i / structure : i % (each / element);
        uint8_t *place = v[row].b + column * element;

        memcpy(load ? place : bytes + i * element,
               load ? bytes + i * element : place, element);
    }
    if (!load) {
        return transfer(s.pe, address, bytes, count * each, element, false)
                   ? VCPU_NEXT
                   : VCPU_TRAPPED;
    }
    for (unsigned i = 0; i < count; i++) {
        s.pe->state.v[(first + i) & 31] = v[i];
    }
    return VCPU_NEXT;
}

unsigned aarch64_structure_size(uint32_t encoding)
{
    unsigned structure, scale = encoding >> 14 & 3, z = encoding >> 10 & 3;

    if ((encoding >> 24 & 1) == 0) {
        return aarch64_structure_registers(encoding, &structure) *
               ((encoding >> 30 & 1) != 0 ? 16 : 8);
    }
    structure = ((encoding >> 13 & 1) << 1 | (encoding >> 21 & 1)) + 1;
    return structure << (scale == 3 ? z : scale == 2 && z == 1 ? 3 : scale);
}

/* One element of each register, or one for all of it. v and a as above. */
enum vcpu_outcome aarch64_vector_single(struct vcpu *cpu,
                                        const struct ir_op *op)
{
    struct simd s = {.pe = aarch64_of(cpu), .insn = (uint32_t)op->high};
    bool load = simd_field(&s, 22, 1) != 0;
    bool replicate = simd_field(&s, 14, 2) == 3;
    unsigned q = simd_field(&s, 30, 1), first = simd_field(&s, 0, 5);
    unsigned count = (simd_field(&s, 13, 1) << 1 | simd_field(&s, 21, 1)) + 1;
    unsigned element = aarch64_structure_size(s.insn) / count;
    /* Q:S:size is the byte's number. */
    unsigned index =
        (q << 3 | simd_field(&s, 12, 1) << 2 | simd_field(&s, 10, 2)) / element;
    uint64_t address = s.pe->state.r[op->a];
    uint64_t value[4][2] = {{0}};

    for (unsigned i = 0; i < count; i++) {
        struct aarch64_vector *v = &s.pe->state.v[(first + i) & 31];

        value[i][0] = load ? 0 : simd_get(v, element * 8, index);
        if (!(load
                  ? aarch64_load(s.pe, address + i * element, element, value[i])
                  : aarch64_store(s.pe, address + i * element, element,
                                  value[i]))) {
            return VCPU_TRAPPED;
        }
    }
    for (unsigned i = 0; load && i < count; i++) {
        struct aarch64_vector *v = &s.pe->state.v[(first + i) & 31];

        if (!replicate) {
            simd_set(v, element * 8, index, value[i][0]);
            continue;
        }
        v->d[1] = 0;
        for (unsigned j = 0; j < (q != 0 ? 16u : 8u) / element; j++) {
            simd_set(v, element * 8, j, value[i][0]);
        }
    }
    return VCPU_NEXT;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Data accesses and fetches of guests: by the soft TLB where it has an entry,
 * else by the slow path, which is one for all architectures. It asks the
 * guest's traits where an access goes and whether it is allowed, and does the
 * rest: memory, devices, pieces of two pages, watchpoints, soft TLB.
 */
#ifndef ENGINE_MEMORY_H
#define ENGINE_MEMORY_H

#include "engine/vcpu.h"

/*
 * Data accesses of the instruction at hand, of 1, 2, 4, 8 or 16 bytes at any
 * address, with the rights of the present level. value holds the little-endian
 * bytes; the rest of a word is zero. False: the exception was taken.
 */
bool vcpu_load(struct vcpu *cpu, uint64_t address, unsigned size,
               uint64_t value[2]);
bool vcpu_store(struct vcpu *cpu, uint64_t address, unsigned size,
                const uint64_t value[2]);
/* The same with the rights of another level, which a context belongs to. */
bool vcpu_load_as(struct vcpu *cpu, unsigned context, unsigned level,
                  uint64_t address, unsigned size, uint64_t value[2]);
bool vcpu_store_as(struct vcpu *cpu, unsigned context, unsigned level,
                   uint64_t address, unsigned size, const uint64_t value[2]);

/* A granule of an instruction. False: the exception was taken. */
bool vcpu_fetch(struct vcpu *cpu, uint64_t address, uint8_t *bytes);

/* The host bytes of an access that a bank, or a known page, has an entry for.
 */
static inline uint8_t *vcpu_find(struct vcpu *cpu, unsigned context,
                                 enum vcpu_access access, uint64_t address,
                                 unsigned size)
{
    uint8_t *bytes = vcpu_tlb_find(&cpu->tlbs[context], access, address, size);

    return bytes != NULL ? bytes
                         : known_find(cpu, context, access, address, size);
}

/* The memory of all of the page that a place lies in, if the soft TLB or the
 * cache of decoded pages may remember it for this right. */
bool vcpu_page(struct vcpu *cpu, unsigned context, uint64_t page,
               const struct guest_place *place, unsigned right,
               struct span *span);
/* From the bus, byte by byte where the place is not aligned; within a page.
 * False: the bus refused. */
bool vcpu_read_bus(const struct guest_place *place, unsigned size,
                   uint8_t *bytes);

#endif

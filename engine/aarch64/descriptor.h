/* SPDX-License-Identifier: Apache-2.0 */
/* Reads of translation tables for mmu.c, which notes where each descriptor that
 * it used is, so that a store there drops what was made of it: see
 * engine/origins.h. They are inline because each step of a
 * walk calls them. */
#ifndef ENGINE_AARCH64_DESCRIPTOR_H
#define ENGINE_AARCH64_DESCRIPTOR_H

#include <string.h>

#include "engine/aarch64/aarch64.h"

/* Cores that run at the same time have no origins: see engine/origins.h. */
static inline bool aarch64_has_origins(const struct aarch64 *pe,
                                       const struct aarch64_translation *t)
{
    return t->remembers && pe->vcpu.gate == NULL;
}

/* The lowest bit of an address that the level of a walk resolves. */
static inline unsigned aarch64_walk_shift(const struct aarch64_walk *walk)
{
    return walk->shift + (walk->shift - 3) * (3 - walk->level);
}

/* The descriptor is not in vcpu.tables. */
#define AARCH64_NO_ORIGIN UINT64_MAX

/* Tables are in one memory mostly, so where that is is remembered. With *origin
 * the descriptor is in vcpu.tables at that offset. */
static inline bool aarch64_read_table(struct aarch64 *pe, uint64_t address,
                                      bool non_secure, uint64_t *descriptor,
                                      uint64_t *origin)
{
    struct vcpu_tables *tables = &pe->vcpu.tables;
    uint64_t offset = address - tables->first;

    if (offset >= tables->size_bytes || tables->non_secure != non_secure) {
        struct access attributes;
        struct space *space = aarch64_space(pe, non_secure, &attributes);
        struct span span;
        struct gpa first;

        attributes.debug = false;
        if (space_span_around(space, gpa(address), &first, &span) != 0) {
            return space_read(space, &attributes, gpa(address), 8,
                              descriptor) == 0;
        }
        *tables = (struct vcpu_tables){.first = first.value,
                                       .size_bytes = span.size_bytes & ~7ull,
                                       .host = span.host,
                                       .region = span.region,
                                       .offset = span.offset,
                                       .non_secure = non_secure};
        offset = address - tables->first;
        if (offset >= tables->size_bytes) { /* its end is in between */
            return space_read(space, &attributes, gpa(address), 8,
                              descriptor) == 0;
        }
    }
    memcpy(descriptor, tables->host + offset, 8);
    *origin = offset;
    return true;
}

/* The origin that is kept of the walk depends on the descriptor of its level.
 */
static inline void aarch64_note_origin(const struct aarch64_walk *walk,
                                       uint64_t origin,
                                       struct aarch64_translation *t)
{
    struct vcpu *cpu = &walk->pe->vcpu;
    const struct origin_entry entry = {
        .address = walk->whole,
        .contexts = walk->contexts,
        .shift = (uint8_t)aarch64_walk_shift(walk),
        .anywhere = walk->stage2,
    };

    t->uncached |= origin == AARCH64_NO_ORIGIN ||
                   !origins_note(cpu, cpu->tables.region,
                                 cpu->tables.offset + origin, &entry);
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where compiled code goes on for a guest address: what the fetch TLB and the
 * slot of a page say, in one place, by translation context. Compiled code finds
 * and enters it (engine/x86_64/shared.c); what ends entries of the fetch TLB,
 * or drops code, ends it here. An entry that gave way to another page's in the
 * fetch TLB stays.
 */
#ifndef ENGINE_JUMPS_H
#define ENGINE_JUMPS_H

#include <stddef.h>
#include <stdint.h>

struct vcpu;

/* BUCKETS: of pages by the low bits of their numbers, as in the fetch TLB. */
enum { JUMPS = 1024, JUMPS_BUCKETS = 1024 };

struct jump {
    uint64_t pc;
    const uint8_t *code; /* as it is executed */
};

/* The jumps of one context. */
struct jumps {
    /* By jumps_index, at home; or where bit 0 of that is inverted, if another
     * came home and nobody is at home there. */
    struct jump at[JUMPS];
    uint8_t pages[JUMPS_BUCKETS]; /* some entry may lie in such a page */
};

static inline size_t jumps_index(uint64_t pc)
{
    return (size_t)(pc ^ pc >> 10) >> 2 & (JUMPS - 1);
}

static inline size_t jumps_bucket(uint64_t pc)
{
    return (size_t)(pc >> 12) & (JUMPS_BUCKETS - 1);
}

void jumps_init(struct vcpu *cpu);
void jumps_fini(struct vcpu *cpu);
void jumps_clear(struct vcpu *cpu, unsigned context);
/* Forgets those of pages in a leaf of 2^shift bytes, the top byte of its
 * address aside. */
void jumps_forget(struct vcpu *cpu, unsigned context, uint64_t address,
                  unsigned shift);
/* Forgets those of pages in 64ths of the buckets: see code_page.places. */
void jumps_forget_places(struct vcpu *cpu, unsigned context, uint64_t places);

#endif

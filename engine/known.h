/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages that a core has accessed and whose translation still holds, behind the
 * soft TLB, which forgets a page for another of the same place. They spare the
 * walk through the guest's tables. What ends entries of the soft TLB ends them,
 * too. Cores that run at the same time, and guests without translation, have
 * none.
 */
#ifndef ENGINE_KNOWN_H
#define ENGINE_KNOWN_H

#include "engine/tlb.h"

enum { KNOWN_PAGES = 16384 };

struct guest_access;

struct known_page {
    uint64_t page;
    struct region *region;
    uint64_t offset;     /* of the page in region */
    uint32_t generation; /* of the context, when it was entered; 0: none */
    uint8_t context;
    uint8_t kinds; /* bits by VCPU_READ and VCPU_WRITE */
    struct vcpu_leaf leaf;
};

/* One core's, by page and context. */
struct known {
    struct known_page pages[KNOWN_PAGES];
    uint32_t generations[VCPU_CONTEXTS];
};

void known_init(struct vcpu *cpu);
void known_fini(struct vcpu *cpu);
/* After an access to memory of this page, which the soft TLB may remember. */
void known_enter(struct vcpu *cpu, const struct guest_access *access,
                 uint64_t page, const struct span *span, struct vcpu_leaf leaf);
/* Does an access that lies in a known page, and enters the page into the soft
 * TLB. `bytes`: the host's. False: there is none. */
bool known_load(struct vcpu *cpu, const struct guest_access *access,
                void *bytes);
bool known_store(struct vcpu *cpu, const struct guest_access *access,
                 const void *bytes);
/* With a bank of the soft TLB; and with a page, of a leaf of 2^shift bytes at
 * most, the top byte of its address aside. */
void known_forget_bank(struct vcpu *cpu, unsigned context);
void known_forget_page(struct vcpu *cpu, unsigned context, uint64_t address,
                       unsigned shift);

#endif

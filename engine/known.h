/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Known pages: pages that a core has accessed and whose translation still
 * holds, behind the soft TLB, which forgets a page for another of the same
 * place. They spare the walk through the guest's tables; compiled code finds
 * them without a call of C (shared_make). Entries are those of the soft TLB,
 * by page and context, and hold under the same conditions: whatever ends one
 * there ends it here, too. Guests without translation have none.
 *
 * An entry is of the bank whose stamp it has, and a bank that is flushed gets a
 * new one. The table grows when it forgets pages that are still good.
 */
#ifndef ENGINE_KNOWN_H
#define ENGINE_KNOWN_H

#include "engine/tlb.h"

enum { KNOWN_LEAST = 4096, KNOWN_MOST = 32768 };
static_assert((int)KNOWN_MOST < (int)REGION_SOMEWHERE, "places of writers");

/* In vcpu_tlb_entry.kinds, beside a bit for VCPU_READ and VCPU_WRITE each. */
enum { KNOWN_ALIGNED_ONLY = 4 };

struct guest_access;

/* One core's. */
struct known {
    struct vcpu_tlb_entry *entries; /* NULL: none */
    uint32_t mask;                  /* of places, in bytes as vcpu_tlb.salt */
    uint32_t crowded; /* entries that were forgotten while they held */
    uint32_t stamp;   /* the last one given */
};

void known_init(struct vcpu *cpu);
void known_fini(struct vcpu *cpu);
/* With a bank of the soft TLB. */
void known_prepare_bank(struct vcpu *cpu, unsigned context);
/* Enters a page for a kind of access, which may be done without notice if
 * `open`. Returns the place for region_note_writer. */
unsigned known_enter(struct vcpu *cpu, unsigned context, uint64_t page,
                     const struct span *span, struct vcpu_leaf leaf,
                     enum vcpu_access access, bool open);
/* The host bytes of an access, if it lies in a page that may be accessed so
 * without notice; that page comes into the soft TLB, too. */
uint8_t *known_find(struct vcpu *cpu, unsigned context, enum vcpu_access access,
                    uint64_t address, unsigned size);
/* Does a store to a page that may be written, but is clean or holds code, and
 * notes it. False: there is no such page, or the store is not within it. */
bool known_store(struct vcpu *cpu, const struct guest_access *access,
                 const void *bytes);
/* With permission to write at a place of known_enter, or REGION_SOMEWHERE. */
void known_forget_writes(struct vcpu *cpu, unsigned where);
/* With a bank of the soft TLB; and with the pages of a block, or of the leaf of
 * an address, which is of 2^shift bytes at most, the top byte aside. */
void known_forget_bank(struct vcpu *cpu, unsigned context);
void known_forget_page(struct vcpu *cpu, unsigned context, uint64_t address,
                       unsigned shift, unsigned block);

#endif
